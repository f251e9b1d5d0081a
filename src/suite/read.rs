//! A suite file to a [`Suite`], or every mistake in it.
//!
//! Takes the suite, its datasets and its columns apart. One rule is the business of `rule`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::{Column, Dataset, Format, Kind, Source};
use crate::diagnostic::{Code, Diagnostic, Level, SourceText, nearest};
use crate::ir::time::{Pattern, Zone};
use crate::ir::{Predicate, Reading, Severity, Type, bind, evaluate};
use crate::outcome::Text;
use crate::suite::condition;
use crate::suite::rule;
use crate::suite::variables::{Variables, Wrong};
use crate::suite::yaml::{self, Content, Entry, Node, boolean};
use crate::suite::{About, Cost, IfMissing, Suite, SuiteDataset};
use crate::suite::{keys, lint};

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
}

/// Reads a suite.
///
/// # Errors
/// Every mistake in it.
pub fn read(request: Request<'_>) -> Result<Suite, Vec<Diagnostic>> {
    let source = Arc::new(SourceText { path: request.path.to_owned(), text: request.text.clone() });
    let mut reader = Reader {
        source: Arc::clone(&source),
        diagnostics: Vec::new(),
        variables: Variables::default(),
        request,
        timezone: Zone::UTC,
    };
    let suite = reader.suite();
    let (mut errors, notes): (Vec<_>, Vec<_>) =
        reader.diagnostics.into_iter().partition(|diagnostic| diagnostic.level == Level::Error);
    errors.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    errors.dedup();
    match suite {
        Some(mut suite) if errors.is_empty() => {
            suite.notes = notes;
            Ok(suite)
        }
        _ => Err(errors),
    }
}

pub(super) struct Reader<'a> {
    pub(super) source: Arc<SourceText>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) variables: Variables,
    request: Request<'a>,
    pub(super) timezone: Zone,
}

/// A dataset while its rules are not read yet.
pub(super) struct Draft<'n> {
    pub(super) data: Dataset,
    pub(super) condition: Predicate,
    pub(super) about: About,
    pub(super) optional: Vec<String>,
    pub(super) expects: Vec<(Option<String>, &'n Node)>,
    pub(super) types: HashMap<String, &'n Node>,
    pub(super) may_be_empty: bool,
    pub(super) span: Range<usize>,
    pub(super) column_spans: HashMap<String, Range<usize>>,
}

impl Reader<'_> {
    fn suite(&mut self) -> Option<Suite> {
        let text = self.source.text.clone();
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
        self.read_variables(&root);
        let env = self.request.env;
        let raw: HashSet<&str> = ["where", "when", "sql", "pattern"].into();
        let mut wrongs: Vec<(Range<usize>, Wrong)> = Vec::new();
        if let Content::Map(entries) = &mut root.content {
            for entry in entries.iter_mut().filter(|entry| entry.key != "vars" && !entry.key.starts_with("x-")) {
                if raw.contains(entry.key.as_str()) {
                    continue;
                }
                self.variables.fill_tree(&mut entry.value, env, &raw, &mut |span, wrong| wrongs.push((span, wrong)));
            }
        }
        for (span, wrong) in wrongs {
            self.error(Code::BadVariable, span, wrong.message).help = wrong.help;
        }
        let mut remarks = Vec::new();
        lint::ambiguous(&root, &mut |span, text, other| remarks.push((span, text.to_owned(), other)));
        for (span, text, other) in remarks {
            let message = format!("tools of YAML 1.1 read `{text}` as {other}; here it is text");
            self.report(Level::Note, Code::Ambiguous, span, message).help = Some("put it in quotes".to_owned());
        }
        self.check_keys(&root, keys::SUITE, "a suite");
        self.version(&root);
        let id = self.suite_id(&root);
        let timezone = self.timezone_of(&root);
        self.timezone = timezone;
        let as_of = root.get("as_of").and_then(|node| self.as_of(node));
        let fail_on = root.get("fail_on").and_then(|node| self.severity(node));
        let about = self.about(&root);
        let defaults = root.get("defaults");
        if let Some(defaults) = defaults {
            self.check_keys(defaults, keys::DEFAULTS, "`defaults`");
        }
        let nothing = Node { span: 0..0, content: Content::Map(Vec::new()) };
        let entries = match root.get("datasets") {
            Some(node) => self.map(node, "datasets").unwrap_or(&[]).to_vec(),
            None => {
                self.error(Code::MissingKey, 0..0, "`datasets` is missing").help =
                    Some("name at least one: `datasets: {sales: {source: sales.csv, expect: [...]}}`".to_owned());
                Vec::new()
            }
        };
        let mut drafts: Vec<(Draft<'_>, Option<String>, Option<String>, IfMissing)> = Vec::new();
        for entry in &entries {
            if let Some(draft) = self.dataset(entry) {
                drafts.push(draft);
            }
        }
        self.unknown_sources(&drafts.iter().map(|(draft, ..)| draft.data.name.clone()).collect::<Vec<_>>());
        let rows: HashMap<String, (Predicate, Vec<Column>)> = drafts
            .iter()
            .map(|(draft, ..)| (draft.data.name.clone(), (draft.condition.clone(), draft.data.columns.clone())))
            .collect();
        let mut rules = Vec::new();
        for (draft, _, skip, _) in &drafts {
            rule::rules_of(self, draft, skip.as_deref(), defaults.unwrap_or(&nothing), &about, &rows, &mut rules);
        }
        rule::settle_ids(self, &mut rules);
        let rules = rules.into_iter().map(|drafted| drafted.rule).collect();
        let datasets = drafts
            .into_iter()
            .map(|(draft, where_text, skip, if_missing)| SuiteDataset {
                data: draft.data,
                condition: draft.condition,
                where_text,
                optional: draft.optional,
                if_missing,
                about: draft.about,
                skip,
            })
            .collect();
        Some(Suite {
            source: Arc::clone(&self.source),
            id: id?,
            about,
            vars: self.variables.shown(),
            as_of,
            timezone,
            fail_on,
            datasets,
            rules,
            notes: Vec::new(),
        })
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

    fn timezone_of(&mut self, root: &Node) -> Zone {
        let Some(node) = root.get("timezone") else { return Zone::UTC };
        let Some(name) = self.text(node) else { return Zone::UTC };
        match name.parse::<chrono_tz::Tz>() {
            Ok(zone) => Zone(zone),
            Err(_) => {
                let near = nearest(&name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
                self.error(Code::BadValue, node.span.clone(), format!("no timezone is called `{name}`")).help =
                    Some(match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "use a name of the IANA database, such as `Europe/Madrid` or `UTC`".to_owned(),
                    });
                Zone::UTC
            }
        }
    }

    fn as_of(&mut self, node: &Node) -> Option<i64> {
        if node.entries().is_some() {
            self.error(Code::NotYet, node.span.clone(), "an `as_of` taken from the data is not read by this version")
                .help = Some("give a date or an instant".to_owned());
            return None;
        }
        let text = self.text(node)?;
        let read = parse_as_of(&text, self.timezone);
        if read.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no date and no instant")).help =
                Some("write `2025-06-30` or `2025-06-30T12:00:00Z`".to_owned());
        }
        read
    }

    fn read_variables(&mut self, root: &Node) {
        let env = self.request.env;
        let declared = match root.get("vars") {
            Some(node) => self.map(node, "vars").unwrap_or(&[]).to_vec(),
            None => Vec::new(),
        };
        let given: HashMap<&str, &str> =
            self.request.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for entry in &declared {
            let name = entry.key.clone();
            if !is_name(&name, |c| c.is_alphanumeric() || c == '_') || name == "as_of" {
                self.error(
                    Code::BadValue,
                    entry.key_span.clone(),
                    format!("`{name}` cannot be the name of a variable"),
                )
                .help = Some("letters, digits and `_`".to_owned());
                continue;
            }
            let mut kind = Type::String;
            let mut default: Option<(String, bool)> = None;
            let mut sound = true;
            let default_node = match &entry.value.content {
                Content::Map(_) => {
                    if ["as_of", "floor"].iter().any(|key| entry.value.get(key).is_some()) {
                        self.error(
                            Code::NotYet,
                            entry.value.span.clone(),
                            "relative dates are not read by this version",
                        )
                        .help = Some("give the date with `--var`".to_owned());
                        continue;
                    }
                    self.check_keys(&entry.value, keys::VARIABLE, "a variable");
                    if let Some(node) = entry.value.get("type") {
                        let allowed =
                            [Type::String, Type::Integer, Type::Decimal, Type::Boolean, Type::Date, Type::Timestamp];
                        match self.one_of(node, &allowed.map(Type::name)).and_then(|word| word.parse().ok()) {
                            Some(found) => kind = found,
                            None => sound = false,
                        }
                    }
                    entry.value.get("default")
                }
                Content::Null(_) => None,
                _ => Some(&entry.value),
            };
            if let Some(node) = default_node {
                match self.text(node).map(|text| self.variables.fill(&text, env)) {
                    Some(Ok(filled)) => default = Some((filled.text, filled.secret)),
                    Some(Err(wrong)) => {
                        if !given.contains_key(name.as_str()) {
                            self.error(Code::BadVariable, node.span.clone(), wrong.message).help = wrong.help;
                            sound = false;
                        }
                    }
                    None => sound = false,
                }
            }
            let value = match given.get(name.as_str()) {
                Some(text) => Some(((*text).to_owned(), false)),
                None => default,
            };
            match value {
                Some((text, secret)) => {
                    if let Err(wrong) = self.variables.set(&name, kind, text, secret) {
                        self.error(Code::BadVariable, entry.key_span.clone(), wrong.message).help = wrong.help;
                    }
                }
                None if sound => {
                    self.error(
                        Code::BadVariable,
                        entry.key_span.clone(),
                        format!("the variable `{name}` is not given"),
                    )
                    .help = Some(format!("run with `--var {name}=…`, or give it a `default`"));
                }
                None => {}
            }
        }
        for (name, _) in self.request.vars {
            if !declared.iter().any(|entry| entry.key == *name) {
                let near = nearest(name, declared.iter().map(|entry| entry.key.as_str()));
                let help = near.map(|near| format!("did you mean `--var {near}=…`?"));
                self.error(Code::BadVariable, 0..0, format!("`--var {name}`: this suite declares no such variable"))
                    .help = help.or_else(|| Some(format!("declare it: `vars: {{{name}: …}}`")));
            }
        }
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

    fn dataset<'n>(&mut self, entry: &'n Entry) -> Option<(Draft<'n>, Option<String>, Option<String>, IfMissing)> {
        let (name, node) = (&entry.key, &entry.value);
        if !is_name(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            || !name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            self.error(Code::BadValue, entry.key_span.clone(), format!("`{name}` cannot be the name of a dataset"))
                .help = Some("a small letter, then small letters, digits and `_`".to_owned());
        }
        self.map(node, name)?;
        self.check_keys(node, keys::DATASET, "a dataset");
        let source = self.source_of(name, node)?;
        let (format, spellings) = self.format(node.get("format"));
        let mut columns = Vec::new();
        let mut expects = Vec::new();
        let mut types = HashMap::new();
        let mut optional = Vec::new();
        let mut column_spans = HashMap::new();
        if let Some(declared) = node.get("columns").and_then(|node| self.map(node, "columns")) {
            for entry in declared {
                let column = crate::suite::nfc(&entry.key);
                column_spans.insert(column.clone(), entry.key_span.clone());
                if column.contains('[') {
                    self.error(Code::NotYet, entry.key_span.clone(), "paths into lists are not read by this version");
                }
                let reading = self.column(&column, entry, &spellings, &mut types, &mut expects, &mut optional);
                columns.push(Column { name: column, reading });
            }
        }
        let where_text = node.get("where").and_then(|node| self.text(node));
        let condition = node.get("where").and_then(|node| self.condition(node)).unwrap_or(Predicate::TRUE);
        if let Some(list) = node.get("expect") {
            for item in self.list(list) {
                expects.push((None, item));
            }
        }
        let key = node.get("key").map(|node| self.texts(node)).unwrap_or_default();
        let skip = self.skip(node);
        let if_missing = match node.get("if_missing").and_then(|node| self.one_of(node, &["fail", "skip", "error"])) {
            Some("fail") => IfMissing::Fail,
            Some("skip") => IfMissing::Skip,
            _ => IfMissing::Error,
        };
        let may_be_empty = node.get("may_be_empty").and_then(|node| self.flag(node)).unwrap_or(false);
        let about = self.about(node);
        let data = Dataset {
            name: name.clone(),
            source,
            format,
            columns,
            key: key.iter().map(|column| crate::suite::nfc(column)).collect(),
            null_values: spellings.null_values,
            quoted_empty_is_text: spellings.quoted_empty_is_text,
        };
        let span = entry.key_span.clone();
        let draft = Draft { data, condition, about, optional, expects, types, may_be_empty, span, column_spans };
        Some((draft, where_text, skip, if_missing))
    }

    fn column<'n>(
        &mut self,
        column: &str,
        entry: &'n Entry,
        spellings: &Spellings,
        types: &mut HashMap<String, &'n Node>,
        expects: &mut Vec<(Option<String>, &'n Node)>,
        optional: &mut Vec<String>,
    ) -> Option<Reading> {
        let node = &entry.value;
        if node.is_null() {
            return None;
        }
        if node.entries().is_none() {
            self.error(
                Code::BadValue,
                node.span.clone(),
                format!("a column is a map of keys, and this is {}", node.kind()),
            )
            .help = Some(format!("write `{column}: {{type: {}}}`", node.text().unwrap_or("string")));
            return None;
        }
        self.check_keys(node, keys::COLUMN, "a column");
        let trim = node.get("trim").and_then(|node| self.flag(node)).unwrap_or(false);
        let mut reading = None;
        if let Some(declared) = node.get("type") {
            types.insert(column.to_owned(), declared);
            let word = if declared.entries().is_some() { declared.get("is") } else { Some(declared) };
            match word {
                None => {
                    self.error(Code::MissingKey, declared.span.clone(), "`is` is missing").help =
                        Some("write `type: {is: integer, …}`".to_owned());
                }
                Some(word) => {
                    if let Some(kind) = self.one_of(word, &Type::ALL.map(Type::name)).and_then(|word| word.parse().ok())
                    {
                        reading = Some(Reading { trim, ..Reading::plain(kind) });
                    }
                }
            }
        }
        if let Some(reading) = &mut reading {
            reading.zone = self.timezone;
            reading.true_values.clone_from(&spellings.true_values);
            reading.false_values.clone_from(&spellings.false_values);
            if let Some(parse) = node.get("parse") {
                if !matches!(reading.kind, Type::Date | Type::Timestamp) {
                    self.error(
                        Code::Conflict,
                        parse.span.clone(),
                        format!("`parse` is for dates and timestamps, not for {}", reading.kind),
                    );
                }
                for item in self.list(parse) {
                    let Some(text) = self.text(item) else { continue };
                    match Pattern::new(&text) {
                        Ok(pattern) => reading.parse.push(pattern),
                        Err(wrong) => {
                            self.error(Code::BadValue, item.span.clone(), format!("the pattern `{text}` {wrong}"))
                                .help =
                                Some("the letters are those of strptime: `%Y-%m-%d`, `%d/%m/%Y %H:%M`".to_owned());
                        }
                    }
                }
            }
        } else if let Some(parse) = node.get("parse") {
            self.error(Code::Conflict, parse.span.clone(), "`parse` needs a `type` beside it").help =
                Some("write `type: date` or `type: timestamp`".to_owned());
        }
        if node.get("optional").and_then(|node| self.flag(node)) == Some(true) {
            optional.push(column.to_owned());
        }
        if let Some(list) = node.get("expect") {
            for item in self.list(list) {
                expects.push((Some(column.to_owned()), item));
            }
        }
        reading
    }

    fn source_of(&mut self, name: &str, node: &Node) -> Option<Source> {
        if let Some((_, path)) = self.request.sources.iter().rev().find(|(dataset, _)| dataset == name) {
            return Some(Source { spelled: vec![path.clone()], paths: vec![PathBuf::from(path)] });
        }
        let Some(source) = node.get("source") else {
            if node.get("from").is_none() {
                self.error(Code::MissingKey, node.span.clone(), format!("`{name}` has no `source`")).help =
                    Some("write `source: file.csv`, relative to this suite".to_owned());
            }
            return None;
        };
        if source.entries().is_some() {
            self.error(Code::NotYet, source.span.clone(), "a source that is a map is not read by this version").help =
                Some("give a path, a pattern or a list of them".to_owned());
            return None;
        }
        let spelled = self.texts(source);
        let folder = self.request.path.parent().unwrap_or_else(|| Path::new(""));
        for text in &spelled {
            if let Some((scheme, rest)) = text.split_once("://") {
                let secret = rest.split('/').next().is_some_and(|authority| authority.contains('@'));
                let (message, help) = if secret {
                    ("a URL with a password does not belong in a suite", "credentials come from the environment")
                } else {
                    ("sources over the network are not read by this version", "give a local path")
                };
                let code = if secret { Code::BadValue } else { Code::NotYet };
                let shown = if secret { "source" } else { scheme };
                self.error(code, source.span.clone(), format!("`{shown}`: {message}")).help = Some(help.to_owned());
                return None;
            }
            if text == "-" || text.is_empty() {
                let what = if text.is_empty() { "an empty path" } else { "standard input" };
                self.error(Code::NotYet, source.span.clone(), format!("{what} is not read by this version"));
                return None;
            }
        }
        if spelled.is_empty() {
            self.error(Code::BadValue, source.span.clone(), "a source needs a path");
            return None;
        }
        let paths = spelled.iter().map(|text| folder.join(text)).collect();
        Some(Source { spelled, paths })
    }

    fn format(&mut self, node: Option<&Node>) -> (Format, Spellings) {
        let mut format = Format::default();
        let mut spellings = Spellings::default();
        let Some(node) = node else { return (format, spellings) };
        let short;
        let node = if node.text().is_some() {
            short = Node {
                span: node.span.clone(),
                content: Content::Map(vec![Entry {
                    key: "type".to_owned(),
                    key_span: node.span.clone(),
                    value: node.clone(),
                }]),
            };
            &short
        } else {
            node
        };
        self.check_keys(node, keys::FORMAT, "a format");
        if let Some(kind) = node.get("type") {
            match kind.text() {
                Some("ndjson" | "json" | "ipc" | "avro" | "excel") => {
                    let said = kind.text().unwrap_or_default().to_owned();
                    self.error(
                        Code::NotYet,
                        kind.span.clone(),
                        format!("the format `{said}` is not read by this version"),
                    );
                }
                _ => {
                    format.kind = self
                        .one_of(kind, &["csv", "parquet"])
                        .map(|word| if word == "csv" { Kind::Csv } else { Kind::Parquet });
                }
            }
        }
        format.delimiter = node.get("delimiter").and_then(|node| self.byte(node));
        format.quote = node.get("quote").and_then(|node| self.byte(node));
        format.header = node.get("header").and_then(|node| self.flag(node));
        format.columns = node.get("columns").map(|node| self.texts(node));
        if let (Some(node), None | Some(true)) = (node.get("columns"), format.header) {
            self.error(Code::Conflict, node.span.clone(), "`columns` of a format goes with `header: false`");
        }
        if let Some(encoding) = node.get("encoding")
            && let Some(text) = self.text(encoding)
            && !matches!(text.to_ascii_lowercase().as_str(), "utf-8" | "utf8")
        {
            self.error(
                Code::NotYet,
                encoding.span.clone(),
                format!("the encoding `{text}` is not read by this version"),
            )
            .help = Some("only utf-8 is; convert the file".to_owned());
        }
        spellings.null_values = node.get("null_values").map(|node| self.texts(node));
        spellings.true_values = node.get("true_values").map(|node| self.texts(node)).unwrap_or_default();
        spellings.false_values = node.get("false_values").map(|node| self.texts(node)).unwrap_or_default();
        if let Some(node) = node.get("quoted_empty") {
            spellings.quoted_empty_is_text = self.one_of(node, &["text", "null"]) == Some("text");
        }
        (format, spellings)
    }

    /// Reads the keys that suite, dataset and rule share.
    pub(super) fn about(&mut self, node: &Node) -> About {
        About {
            title: node.get("title").and_then(|node| self.text(node)),
            description: node.get("description").and_then(|node| self.localised(node)),
            owner: node.get("owner").and_then(|node| self.text(node)),
            runbook: node.get("runbook").and_then(|node| self.text(node)),
            tags: node.get("tags").map(|node| self.texts(node)).unwrap_or_default(),
            impact: node.get("impact").and_then(|node| self.impact(node)),
            meta: node.get("meta").map(crate::suite::parameters::plain),
        }
    }

    fn localised(&mut self, node: &Node) -> Option<Text> {
        if node.entries().is_none() {
            return self.text(node).map(|text| Text { en: text.clone(), es: text });
        }
        self.check_keys(node, &["en", "es"], "a text");
        let en = node.get("en").and_then(|node| self.text(node));
        let es = node.get("es").and_then(|node| self.text(node));
        let en_or = en.clone().or_else(|| es.clone())?;
        Some(Text { es: es.unwrap_or_else(|| en_or.clone()), en: en_or })
    }

    fn impact(&mut self, node: &Node) -> Option<Cost> {
        self.map(node, "impact")?;
        self.check_keys(node, &["per_row", "column", "currency"], "`impact`");
        let mut per_row = None;
        if let Some(node) = node.get("per_row")
            && let Some(text) = self.text(node)
        {
            per_row = crate::ir::value::read_decimal(&text);
            if per_row.is_none() {
                self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no number"));
            }
        }
        if let Some(column) = node.get("column") {
            self.error(Code::NotYet, column.span.clone(), "a cost read from a column is not read by this version")
                .help = Some("give `per_row`".to_owned());
        }
        Some(Cost { per_row, column: None, currency: node.get("currency").and_then(|node| self.text(node)) })
    }

    /// Why something is switched off, if it is.
    pub(super) fn skip(&mut self, node: &Node) -> Option<String> {
        if let Some(enabled) = node.get("enabled")
            && self.flag(enabled) == Some(false)
        {
            return Some("enabled: false".to_owned());
        }
        let when = node.get("when")?;
        let text = self.text(when)?;
        let condition = self.condition(when)?;
        match self.constant(&condition) {
            Some(true) => None,
            Some(false) => Some(format!("when: {text}")),
            None => {
                self.error(Code::BadCondition, when.span.clone(), "`when` asks about variables only").help =
                    Some("write `when: \":entorno = 'prod'\"`; for rows there is `where`".to_owned());
                None
            }
        }
    }

    /// The value of a condition on variables; none if it names a column or is unknown.
    fn constant(&self, condition: &Predicate) -> Option<bool> {
        let scope = bind::Scope { column: &|_| None, as_of: 0, zone: self.timezone };
        let bound = bind::predicate(condition, &scope).ok()?;
        evaluate::predicate(&bound, &evaluate::NoColumns).ok().flatten()
    }

    /// Reads SQL that is a condition.
    pub(super) fn condition(&mut self, node: &Node) -> Option<Predicate> {
        let text = self.text(node)?;
        let variables = self.variables.all();
        match condition::parse(&text, condition::Context { variables: &variables, zone: self.timezone }) {
            Ok(predicate) => Some(predicate),
            Err(mistakes) => {
                for mistake in mistakes {
                    let span = self.inside(node, &mistake.range);
                    self.error(Code::BadCondition, span, mistake.message).help = mistake.help;
                }
                None
            }
        }
    }

    /// The bytes of the file that a range of a scalar's text stands in.
    pub(super) fn inside(&self, node: &Node, range: &Range<usize>) -> Range<usize> {
        let raw = &self.source.text[node.span.clone()];
        let Some(text) = node.text() else { return node.span.clone() };
        match raw.find(text) {
            Some(offset) if range.end <= text.len() => {
                node.span.start + offset + range.start..node.span.start + offset + range.end
            }
            _ => node.span.clone(),
        }
    }

    /// Reports keys that nobody knows, or that this version does not read.
    pub(super) fn check_keys(&mut self, node: &Node, known: &[&str], of: &str) {
        for entry in node.entries().unwrap_or(&[]) {
            let key = entry.key.as_str();
            if known.contains(&key) || key.starts_with("x-") {
                continue;
            }
            if keys::NOT_YET.contains(&key) {
                self.error(Code::NotYet, entry.key_span.clone(), format!("`{key}` is not read by this version")).help =
                    Some("it would be silently without effect, so it is refused".to_owned());
                continue;
            }
            let near = nearest(key, known.iter().copied());
            let near = near
                .map(str::to_owned)
                .or_else(|| crate::expectation::find(key).map(|_| format!("expect: [{key}: …]")));
            let diagnostic =
                self.error(Code::UnknownKey, entry.key_span.clone(), format!("unknown key `{key}` of {of}"));
            diagnostic.label = near.map(|near| format!("did you mean `{near}`?"));
            diagnostic.help = Some(format!("known keys: {}", known.join(", ")));
        }
    }

    /// Reads one of some words.
    pub(super) fn one_of(&mut self, node: &Node, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(node)?;
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(word);
        }
        let near = keys::word_for(&text, words).or_else(|| nearest(&text, words.iter().copied()));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let diagnostic =
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is none of {}", words.join(", ")));
        diagnostic.label = near;
        None
    }

    /// Reads a severity.
    pub(super) fn severity(&mut self, node: &Node) -> Option<Severity> {
        let word = self.one_of(node, &Severity::ALL.map(Severity::name))?;
        Severity::ALL.into_iter().find(|severity| severity.name() == word)
    }

    /// Reads a single value as text.
    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        if let Some(text) = node.text() {
            return Some(text.to_owned());
        }
        self.error(Code::BadValue, node.span.clone(), format!("text is wanted here, and this is {}", node.kind()));
        None
    }

    /// Reads a list of texts, or one.
    pub(super) fn texts(&mut self, node: &Node) -> Vec<String> {
        let items: Vec<&Node> = self.list(node).collect();
        items.into_iter().filter_map(|item| self.text(item)).collect()
    }

    /// Reads true or false.
    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        let text = self.text(node)?;
        let flag = boolean(&text);
        if flag.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is neither true nor false"));
        }
        flag
    }

    fn byte(&mut self, node: &Node) -> Option<u8> {
        let text = self.text(node)?;
        match text.as_bytes() {
            [byte] if byte.is_ascii() => Some(*byte),
            b"\\t" => Some(b'\t'),
            _ => {
                self.error(Code::BadValue, node.span.clone(), format!("`{text}` is not one ASCII character"));
                None
            }
        }
    }

    /// The items of a list; anything else is a list of itself.
    pub(super) fn list<'n>(&mut self, node: &'n Node) -> std::slice::Iter<'n, Node> {
        match node.items() {
            Some(items) => items.iter(),
            None => std::slice::from_ref(node).iter(),
        }
    }

    fn map<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Entry]> {
        let entries = node.entries();
        if entries.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{key}` is a map, and this is {}", node.kind()));
        }
        entries
    }

    fn fault(&mut self, fault: yaml::Fault) {
        let code = if fault.duplicate { Code::Duplicate } else { Code::Syntax };
        self.error(code, fault.span, fault.message).help = fault.help;
    }

    /// Reports a mistake; its label and help can be filled in afterwards.
    pub(super) fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Level::Error, code, span, message)
    }

    /// Reports something; its label and help can be filled in afterwards.
    pub(super) fn report(
        &mut self,
        level: Level,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic {
            level,
            code,
            message: message.into(),
            source: Arc::clone(&self.source),
            span,
            label: None,
            help: None,
        });
        &mut self.diagnostics[index]
    }
}

/// Spellings of a format that columns read with.
#[derive(Default)]
struct Spellings {
    null_values: Option<Vec<String>>,
    true_values: Vec<String>,
    false_values: Vec<String>,
    quoted_empty_is_text: bool,
}

/// Reads a "now": an instant, or a date, whose first moment in the zone it is.
#[must_use]
pub fn parse_as_of(text: &str, zone: Zone) -> Option<i64> {
    let reading = Reading { zone, ..Reading::plain(Type::Timestamp) };
    reading.read_timestamp(text).or_else(|| reading.read_date(text).map(|day| zone.start_of(day)))
}

fn is_name(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}
