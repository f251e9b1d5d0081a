//! Which rules a command asks for: `--select` and `--exclude` with `suite: dataset: id: tag: severity: owner:` and a glob.

use globset::{Glob, GlobMatcher};

use crate::error::Error;
use crate::outcome;
use crate::suite::{Rule, Suite};

/// Rules to take and to leave out.
pub(super) struct Selection {
    select: Vec<Term>,
    exclude: Vec<Term>,
}

struct Term {
    spelled: String,
    field: Field,
    glob: GlobMatcher,
}

#[derive(Clone, Copy)]
enum Field {
    Suite,
    Dataset,
    Id,
    Tag,
    Severity,
    Owner,
}

const FIELDS: [(&str, Field); 6] = [
    ("suite", Field::Suite),
    ("dataset", Field::Dataset),
    ("id", Field::Id),
    ("tag", Field::Tag),
    ("severity", Field::Severity),
    ("owner", Field::Owner),
];

impl Selection {
    /// Reads the terms of the command line.
    pub(super) fn new(select: &[String], exclude: &[String]) -> Result<Self, Error> {
        let terms = |given: &[String]| given.iter().map(|text| Term::new(text)).collect::<Result<Vec<_>, _>>();
        Ok(Self { select: terms(select)?, exclude: terms(exclude)? })
    }

    /// Whether a rule is asked for: by one of `--select`, if there are any, and by none of `--exclude`.
    pub(super) fn takes(&self, suite: &Suite, rule: &Rule) -> bool {
        (self.select.is_empty() || self.select.iter().any(|term| term.takes(suite, rule)))
            && !self.exclude.iter().any(|term| term.takes(suite, rule))
    }

    /// The selection as the record names it; none if all rules are asked for.
    pub(super) fn recorded(&self) -> Option<outcome::Selection> {
        let spelled = |terms: &[Term]| terms.iter().map(|term| term.spelled.clone()).collect();
        (!self.select.is_empty() || !self.exclude.is_empty())
            .then(|| outcome::Selection { select: spelled(&self.select), exclude: spelled(&self.exclude) })
    }
}

impl Term {
    fn new(text: &str) -> Result<Self, Error> {
        let known = || FIELDS.map(|(name, _)| format!("{name}:")).join(" ");
        let Some((field, pattern)) = text.split_once(':') else {
            return Err(Error::Usage(format!(
                "`{text}` selects nothing; write one of {} and a glob, such as `id:ventas.*`",
                known()
            )));
        };
        let Some((_, field)) = FIELDS.into_iter().find(|(name, _)| *name == field) else {
            return Err(Error::Usage(format!("`{field}:` is nothing to select by; write one of {}", known())));
        };
        let glob = Glob::new(pattern).map_err(|error| Error::Usage(format!("`{pattern}` is no glob: {error}")))?;
        Ok(Self { spelled: text.to_owned(), field, glob: glob.compile_matcher() })
    }

    fn takes(&self, suite: &Suite, rule: &Rule) -> bool {
        match self.field {
            Field::Suite => self.glob.is_match(&suite.id),
            Field::Dataset => self.glob.is_match(&rule.dataset),
            Field::Id => self.glob.is_match(&rule.id),
            Field::Tag => rule.about.tags.iter().any(|tag| self.glob.is_match(tag)),
            Field::Severity => self.glob.is_match(rule.severity.name()),
            Field::Owner => rule.about.owner.as_ref().is_some_and(|owner| self.glob.is_match(owner)),
        }
    }
}
