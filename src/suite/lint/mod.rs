//! Findings: what is legal and may not mean what its reader thinks. No data are read.
//!
//! A note that is wrong is worse than none, so that each one is proved: from the lowered rules, for every type that an
//! undeclared column may turn out to have, and whatever the values of variables are. What cannot be proved is not told.
//!
//! Spellings that other tools read otherwise are told while a suite is read; all others by [`findings`], one file a kind.

mod contradiction;
mod idle_repair;
mod implied;
mod misnamed;
mod never_fails;
mod never_passes;
mod no_row;
mod refused;
mod repeated;
mod spelling;
mod subject;
mod truth;
mod values;

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Level, Place};
use crate::suite::{Rule, Suite};
pub(in crate::suite) use idle_repair::unwritten;
pub(in crate::suite) use spelling::ambiguous;
use subject::Subject;

/// The kinds of findings, in the order they are looked for. A rule that one of the first four finds idle is compared with no
/// other any more.
const LINTS: [(Code, Lint); 9] = [
    (Code::NoRow, no_row::look),
    (Code::NeverFails, never_fails::look),
    (Code::NeverPasses, never_passes::look),
    (Code::Repeated, repeated::look),
    (Code::Contradiction, contradiction::look),
    (Code::Implied, implied::look),
    (Code::Refused, refused::look),
    (Code::Misnamed, misnamed::look),
    (Code::Doubtful, idle_repair::look),
];

/// Looks for one kind.
type Lint = fn(&Look<'_>) -> Vec<Finding>;

/// What is looked at.
struct Look<'a> {
    suite: &'a Suite,
    /// Every rule that is evaluated whatever the variables are.
    subjects: Vec<Subject<'a>>,
    /// The rules, by their place, of which is known that they are idle.
    idle: HashSet<usize>,
    /// The rules that were found to exclude each other, the earlier one first.
    apart: HashSet<(usize, usize)>,
}

/// What was found.
struct Finding {
    diagnostic: Diagnostic,
    /// The rules that do nothing, by their place among the subjects: nothing more is to be said of them.
    idle: Vec<usize>,
    /// The two rules that exclude each other.
    apart: Option<(usize, usize)>,
}

/// What the rules of a suite say of each other and of themselves.
pub(in crate::suite) fn findings(suite: &Suite) -> Vec<Diagnostic> {
    let expanded = suite.expanded(&|_| None);
    let subjects = expanded.rules.iter().filter_map(|rule| Subject::new(suite, rule));
    let subjects = subjects.filter(Subject::is_settled).collect();
    let mut look = Look { suite, subjects, idle: HashSet::new(), apart: HashSet::new() };
    let mut found = Vec::new();
    for (code, lint) in LINTS {
        for finding in lint(&look) {
            look.idle.extend(&finding.idle);
            look.apart.extend(finding.apart);
            found.push(Finding { diagnostic: Diagnostic { code, ..finding.diagnostic }, ..finding });
        }
    }
    let found = found.into_iter().filter(|finding| look.is_of_the_item(finding));
    let mut found: Vec<Diagnostic> = found.map(|finding| finding.diagnostic).collect();
    // Rules made of one item, for several columns or by a template, share what is said of it.
    let mut told: HashSet<(std::path::PathBuf, usize, Code)> = HashSet::new();
    found.retain(|found| told.insert((found.source.path.clone(), found.span.start, found.code)));
    found
}

impl<'a> Look<'a> {
    /// The rules that are worth comparing, each with its place.
    fn rules(&self) -> impl Iterator<Item = (usize, &Subject<'a>)> {
        self.subjects.iter().enumerate().filter(|(index, _)| !self.idle.contains(index))
    }

    /// Whether an item of the suite stands for more rules than one: it is a pattern, or several columns share it.
    fn is_shared(&self, rule: &Rule) -> bool {
        let same = self.subjects.iter().filter(|other| other.rule.place == rule.place);
        same.count() > 1 || self.is_pattern(rule)
    }

    /// Whether the item of a rule stands for the columns that a pattern fits.
    fn is_pattern(&self, rule: &Rule) -> bool {
        self.suite.rules.iter().any(|other| other.selected.is_some() && other.place == rule.place)
    }

    /// Whether what is said of one rule may be said of the item that made it: all rules of the item are idle, and it is no
    /// pattern, which stands for columns that only the data name.
    fn is_of_the_item(&self, finding: &Finding) -> bool {
        let [index] = finding.idle.as_slice() else { return true };
        let rule = self.subjects[*index].rule;
        let mut same = self.subjects.iter().enumerate().filter(|(_, other)| other.rule.place == rule.place);
        finding.diagnostic.at() != rule.place
            || (same.all(|(index, _)| self.idle.contains(&index)) && !self.is_pattern(rule))
    }

    /// Every two rules of one dataset, the earlier one first. Rules made of one item are not compared with each other.
    fn pairs(&self) -> impl Iterator<Item = ((usize, &Subject<'a>), (usize, &Subject<'a>))> {
        self.rules().flat_map(move |(later, other)| {
            let earlier = self.rules().take_while(move |(index, _)| *index < later);
            let earlier = earlier
                .filter(move |(_, one)| one.rule.dataset == other.rule.dataset && one.rule.place != other.rule.place);
            let earlier = earlier.filter(move |(index, _)| !self.apart.contains(&(*index, later)));
            earlier.map(move |one| (one, (later, other)))
        })
    }
}

impl Finding {
    /// A finding at a place, with its help; its code is that of the lint.
    fn at(place: &Place, message: String, help: &str) -> Self {
        let (source, span) = (Arc::clone(&place.source), place.span.clone());
        let told = Diagnostic::new(Level::Note, Code::Doubtful, source, span, message);
        let diagnostic = Diagnostic { help: Some(help.to_owned()), ..told };
        Self { diagnostic, idle: Vec::new(), apart: None }
    }

    /// Says what stands under the caret.
    fn label(mut self, label: impl Into<String>) -> Self {
        self.diagnostic.label = Some(label.into());
        self
    }

    /// Points to another rule.
    fn beside(mut self, other: &Rule, said: &str) -> Self {
        self.diagnostic.other = Some((other.place.clone(), said.to_owned()));
        self
    }

    /// Says which two rules exclude each other.
    fn between(mut self, earlier: usize, later: usize) -> Self {
        self.apart = Some((earlier, later));
        self
    }

    /// Says which rules do nothing.
    fn idle(mut self, rules: impl IntoIterator<Item = usize>) -> Self {
        self.idle.extend(rules);
        self
    }
}

#[cfg(test)]
mod tests;
