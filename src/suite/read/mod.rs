//! A suite file to a [`Suite`], or every mistake in it.
//!
//! Takes the suite, its datasets and its columns apart. One rule is the business of `rule`.

mod about;
mod as_of;
mod breaker;
mod computed;
mod database;
mod dataset;
mod dialect;
mod from;
mod include;
mod missing;
mod pii;
mod quarantine;
mod repair;
mod sources;
mod template;
mod test;
mod value;
mod vars;

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic, Level, SourceText, nearest};
use crate::expectation::Rows;
use crate::ir::time::Zone;
use crate::suite::quarantine::Quarantine;
use crate::suite::rule;
use crate::suite::variables::{Variables, Wrong};
use crate::suite::yaml::{self, Content, Node};
use crate::suite::{AsOf, Suite, SuiteDataset};
use crate::suite::{keys, lint};

pub use as_of::parse_as_of;
pub(super) use dataset::Draft;
use from::Read;
use sources::Sources;

/// What a suite is read with.
pub struct Request<'a> {
    /// The path of the file, as given.
    pub path: &'a Path,
    /// Its text.
    pub text: String,
    /// Variables set on the command line.
    pub vars: &'a [(String, String)],
    /// Sources replaced on the command line, by dataset; relative to the current folder.
    pub sources: &'a [(String, String)],
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The "now" set on the command line, in a spelling that [`parse_as_of`] reads.
    pub as_of: Option<&'a str>,
    /// What the clock says, in microseconds since 1970 UTC: the "now" where nobody sets one.
    pub now: i64,
    /// Reads the text of a file that the suite names.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// Reads a suite.
///
/// # Errors
/// Every mistake in it.
pub fn read(request: Request<'_>) -> Result<Suite, Vec<Diagnostic>> {
    let mut reader = Reader {
        sources: Sources::new(SourceText { path: request.path.to_owned(), text: request.text.clone() }),
        diagnostics: Vec::new(),
        variables: Variables::default(),
        now: AsOf::At(request.now),
        request,
        timezone: Zone::UTC,
        sharing: Vec::new(),
        mutes: Vec::new(),
        quarantine: None,
    };
    let suite = reader.suite();
    let mut diagnostics = std::mem::take(&mut reader.diagnostics);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    // A place that is read several times, by an alias or a template, has its mistakes once.
    let mut told = HashSet::new();
    diagnostics.retain(|diagnostic| told.insert(reader.said(diagnostic)));
    diagnostics.iter_mut().for_each(|diagnostic| reader.sources.settle(diagnostic));
    let (errors, notes): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|diagnostic| diagnostic.level == Level::Error);
    match suite {
        Some(mut suite) if errors.is_empty() => {
            suite.notes = notes;
            suite.mutes = reader.mutes;
            suite.mutes.iter_mut().for_each(|(_, remark)| reader.sources.settle(remark));
            Ok(suite)
        }
        _ => Err(errors),
    }
}

pub(super) struct Reader<'a> {
    pub(super) sources: Sources,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) variables: Variables,
    request: Request<'a>,
    pub(super) timezone: Zone,
    /// The "now", as far as it is known before data is read.
    now: AsOf,
    /// Mutes as in [`Suite::mutes`].
    pub(super) mutes: Vec<(NaiveDate, Diagnostic)>,
    /// The columns that use a template, in backticks.
    sharing: Vec<String>,
    /// What the suite says of quarantine, which its datasets inherit.
    quarantine: Option<Quarantine>,
}

impl Reader<'_> {
    #[expect(clippy::too_many_lines, reason = "one step a key, in the order of the keys")]
    fn suite(&mut self) -> Option<Suite> {
        let text = self.sources.suite().text.clone();
        let mut root = match yaml::read(&text) {
            Ok((root, faults)) => {
                faults.into_iter().for_each(|fault| self.fault(fault));
                root
            }
            Err(faults) => {
                faults.into_iter().for_each(|fault| self.fault(fault));
                return None;
            }
        };
        if root.entries().is_none() {
            self.error(
                Code::Syntax,
                root.span.clone(),
                format!("a suite is a map of keys, and this is {}", root.kind()),
            )
            .help = Some("begin with `tamiz: 1` and `suite: name`".to_owned());
            return None;
        }
        self.include(&mut root);
        self.read_variables(&root);
        self.fill(&mut root);
        self.remark_on_spellings(&root);
        self.check_keys(&root, keys::SUITE, "a suite");
        self.version(&root);
        let id = self.suite_id(&root);
        self.timezone = self.timezone_of(root.get("timezone"));
        self.now = self.as_of(root.get("as_of"));
        let fail_on = root.get("fail_on").and_then(|node| self.severity(node));
        let privacy = self.privacy(root.get("pii"));
        let breaker = self.breaker(root.get("breaker"));
        let about = self.about(&root);
        let defaults = root.get("defaults");
        if let Some(defaults) = defaults {
            self.check_keys(defaults, keys::DEFAULTS, "`defaults`");
        }
        self.quarantine = root.get("quarantine").map(|node| self.quarantine_of(node, None));
        let nothing = Node { span: 0..0, content: Content::Map(Vec::new()) };
        let mut entries = if let Some(node) = root.get("datasets") {
            self.map(node, "datasets").unwrap_or(&[]).to_vec()
        } else {
            self.error(Code::MissingKey, 0..0, "`datasets` is missing").help =
                Some("name at least one: `datasets: {sales: {source: sales.csv, expect: [...]}}`".to_owned());
            Vec::new()
        };
        let mut templates = self.templates(&root);
        self.use_templates(&mut entries, &mut templates);
        let unused = self.unused(&templates);
        let drafts = self.datasets(&entries);
        self.check_newest(root.get("as_of"), &drafts.iter().map(|read| &read.draft).collect::<Vec<_>>());
        self.check_sources(&drafts);
        let rows: HashMap<String, Rows> =
            drafts.iter().map(|read| (read.draft.data.name.clone(), rows(read))).collect();
        let mut rules = Vec::new();
        for Read { draft, skip, .. } in &drafts {
            rule::rules_of(self, draft, skip.as_deref(), defaults.unwrap_or(&nothing), &about, &rows, &mut rules);
        }
        if let Some(read) = unused.as_ref().and_then(|entry| self.dataset(entry, None)) {
            rule::rules_of(self, &read.draft, None, &nothing, &about, &rows, &mut Vec::new());
        }
        rule::settle_ids(self, &mut rules);
        let rules = rules.into_iter().map(|drafted| drafted.rule).collect();
        let places: Vec<_> = drafts
            .iter()
            .map(|Read { draft, .. }| {
                let repairs = draft.repair_spans.iter().map(|(of, span)| (of.clone(), self.place(span))).collect();
                (self.place(&draft.span), repairs)
            })
            .collect();
        let datasets = drafts
            .into_iter()
            .zip(places)
            .map(|(Read { draft, where_text, skip, if_missing }, (place, repair_places))| SuiteDataset {
                place,
                repair_places,
                data: draft.data,
                from: draft.from,
                condition: draft.condition,
                where_text,
                optional: draft.optional,
                if_missing,
                described: draft.described,
                repairs: draft.repairs,
                pii: draft.pii,
                about: draft.about,
                quarantine: draft.quarantine,
                skip,
            })
            .collect();
        let mut suite = Suite {
            source: Arc::clone(self.sources.suite()),
            included: self.sources.included(),
            id: id.clone().unwrap_or_default(),
            about,
            vars: self.variables.shown(),
            secrets: self.variables.secrets(),
            as_of: self.now.clone(),
            timezone: self.timezone,
            fail_on,
            privacy,
            breaker,
            datasets,
            rules,
            tests: Vec::new(),
            notes: Vec::new(),
            mutes: Vec::new(),
        };
        suite.tests = self.tests(&root, &suite);
        self.unused_variables(&root);
        id.map(|_| suite)
    }

    /// Puts the variables into every value.
    fn fill(&mut self, root: &mut Node) {
        let env = self.request.env;
        let raw: HashSet<&str> = ["where", "when", "sql", "pattern"].into();
        let mut wrongs: Vec<(Range<usize>, Wrong)> = Vec::new();
        if let Content::Map(entries) = &mut root.content {
            for entry in entries.iter_mut().filter(|entry| !is_left_as_written(&entry.key)) {
                if raw.contains(entry.key.as_str()) {
                    continue;
                }
                self.variables.fill_tree(&mut entry.value, env, &raw, &mut |span, wrong| wrongs.push((span, wrong)));
            }
        }
        for (span, wrong) in wrongs {
            self.error(Code::BadVariable, span, wrong.message).help = wrong.help;
        }
    }

    fn remark_on_spellings(&mut self, root: &Node) {
        let mut remarks = Vec::new();
        // The cells of tests are data, read by the types of their columns.
        for entry in root.entries().unwrap_or(&[]).iter().filter(|entry| entry.key != "tests") {
            lint::ambiguous(&entry.value, &mut |span, text, other| remarks.push((span, text.to_owned(), other)));
        }
        for (span, text, other) in remarks {
            let message = format!("tools of YAML 1.1 read `{text}` as {other}; here it is text");
            self.report(Level::Note, Code::Ambiguous, span, message).help = Some("put it in quotes".to_owned());
        }
    }

    fn version(&mut self, root: &Node) {
        match root.get("tamiz") {
            None => {
                self.error(Code::MissingKey, 0..0, "`tamiz: 1` is missing, the version of the language").help =
                    Some("begin the file with `tamiz: 1`".to_owned());
            }
            Some(node) if node.text() != Some("1") => {
                self.error(Code::BadValue, node.span.clone(), "this program reads version 1 of the language").help =
                    Some("write `tamiz: 1`".to_owned());
            }
            Some(_) => {}
        }
    }

    fn suite_id(&mut self, root: &Node) -> Option<String> {
        let Some(node) = root.get("suite") else {
            self.error(Code::MissingKey, 0..0, "`suite` is missing, the id of this suite").help =
                Some("add `suite: name`; it names reports and history".to_owned());
            return None;
        };
        let id = self.text(node)?;
        if is_name(&id, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'))
            && !id.starts_with('.')
        {
            return Some(id);
        }
        self.error(Code::BadValue, node.span.clone(), format!("`{id}` is no id of a suite")).help =
            Some("it names files: small letters, digits, `_`, `-` and `.`".to_owned());
        None
    }

    fn timezone_of(&mut self, node: Option<&Node>) -> Zone {
        let Some(node) = node else { return Zone::UTC };
        let Some(name) = self.text(node) else { return Zone::UTC };
        if let Ok(zone) = name.parse::<chrono_tz::Tz>() {
            Zone(zone)
        } else {
            let near = nearest(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            self.error(Code::BadValue, node.span.clone(), format!("no timezone is called `{name}`")).help =
                Some(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "use a name of the IANA database, such as `Europe/Madrid` or `UTC`".to_owned(),
                });
            Zone::UTC
        }
    }

    fn check_sources(&mut self, datasets: &[Read<'_>]) {
        let own = datasets.iter().map(|read| &read.draft).filter(|draft| draft.from.is_none());
        self.one_stdin(&own.collect::<Vec<_>>());
        self.unknown_sources(&datasets.iter().map(|read| read.draft.data.name.clone()).collect::<Vec<_>>());
        self.refuse_sources(datasets);
    }

    fn unknown_sources(&mut self, names: &[String]) {
        for (name, _) in self.request.sources {
            if !names.contains(name) {
                let help =
                    nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                self.error(Code::UnknownName, 0..0, format!("`--source {name}`: this suite has no such dataset"))
                    .help = help;
            }
        }
    }
}

/// The rows that a dataset means.
fn rows(read: &Read<'_>) -> Rows {
    Rows { dataset: read.draft.root().to_owned(), condition: read.draft.condition.clone() }
}

/// Keys of a suite whose values take no variables: those that say which there are, and places for anchors.
fn is_left_as_written(key: &str) -> bool {
    key == "vars" || key == "include" || key.starts_with("x-")
}

fn is_name(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

/// Reads the first of some files as a suite, the others being there to include.
#[cfg(test)]
pub(in crate::suite) fn read_files(files: &[(&str, &str)]) -> Result<Suite, Vec<Diagnostic>> {
    let read = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new(name) == crate::dataset::tidy(path));
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let (path, text) = files[0];
    self::read(Request {
        path: path.as_ref(),
        text: text.to_owned(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &read,
    })
}

/// What is wrong with some files, each mistake with its file and line.
#[cfg(test)]
pub(in crate::suite) fn mistakes(files: &[(&str, &str)]) -> Vec<(String, u64, String)> {
    let place = |wrong: Diagnostic| (wrong.source.path.display().to_string(), wrong.place().0, wrong.message);
    read_files(files).map_or_else(|wrong| wrong.into_iter().map(place).collect(), |_| Vec::new())
}

/// What is legal and worth a remark in a suite.
#[cfg(test)]
pub(in crate::suite) fn remarks(files: &[(&str, &str)]) -> Vec<String> {
    read_files(files).unwrap_or_else(|wrong| panic!("{wrong:?}")).notes.into_iter().map(|note| note.message).collect()
}
