//! One dataset: where it is, how it is written, its columns.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use crate::dataset::{self, Column, Database, Dataset, Format, Kind, Location, Part, Pick, STDIN, Source};
use crate::diagnostic::Code;
use crate::ir::name::{self, nfc};
use crate::ir::{Marks, Predicate, Reading, Type};
use crate::outcome::Text;
use crate::repair::Repairs;
use crate::suite::keys;
use crate::suite::pii::Pii;
use crate::suite::quarantine::Quarantine;
use crate::suite::read::from::Read;
use crate::suite::read::{Reader, is_name};
use crate::suite::yaml::{Content, Entry, Node};
use crate::suite::{About, From, IfMissing};

/// A dataset while its rules are not read yet.
pub(in crate::suite) struct Draft<'n> {
    pub(in crate::suite) data: Dataset,
    /// The dataset whose rows it takes, if it has no source of its own.
    pub(in crate::suite) from: Option<From>,
    /// How many of its columns are declared there.
    pub(in crate::suite) inherited: usize,
    pub(in crate::suite) condition: Predicate,
    pub(in crate::suite) about: About,
    pub(in crate::suite) optional: Vec<String>,
    pub(in crate::suite) expects: Vec<(Option<String>, &'n Node)>,
    pub(in crate::suite) types: HashMap<String, &'n Node>,
    pub(in crate::suite) may_be_empty: bool,
    pub(in crate::suite) span: Range<usize>,
    pub(in crate::suite) column_spans: HashMap<String, Range<usize>>,
    /// What people read about columns.
    pub(in crate::suite) described: Vec<(String, Text)>,
    /// What may be done to rows that break rules.
    pub(in crate::suite) repairs: Repairs,
    /// Where that is said, of columns and of the dataset.
    pub(in crate::suite) repair_spans: Vec<(Option<String>, Range<usize>)>,
    /// Where its rows are written to, told apart.
    pub(in crate::suite) quarantine: Option<Quarantine>,
    /// What columns say of personal data.
    pub(in crate::suite) pii: Vec<(String, Pii)>,
}

/// Keys of sources that are databases on a server.
const SERVERS: [&str; 1] = ["database"];

/// Keys of a format, and the types of files that they are for.
const KEYS_OF_KINDS: [(&str, &[Kind]); 16] = [
    ("delimiter", &[Kind::Csv]),
    ("quote", &[Kind::Csv]),
    ("header", &[Kind::Csv, Kind::Excel]),
    ("columns", &[Kind::Csv, Kind::Excel]),
    ("encoding", &[Kind::Csv]),
    ("decimal", &[Kind::Csv]),
    ("thousands", &[Kind::Csv]),
    ("comment", &[Kind::Csv]),
    ("skip_lines", &[Kind::Csv]),
    ("null_values", &[Kind::Csv, Kind::Excel]),
    ("true_values", &[Kind::Csv, Kind::Excel]),
    ("false_values", &[Kind::Csv, Kind::Excel]),
    ("quoted_empty", &[Kind::Csv]),
    ("records", &[Kind::Json]),
    ("sheet", &[Kind::Excel]),
    ("range", &[Kind::Excel]),
];

impl Draft<'_> {
    /// The dataset that is read for it.
    pub(in crate::suite) fn root(&self) -> &str {
        self.from.as_ref().map_or(&self.data.name, |from| &from.root)
    }
}

/// Spellings of a format that columns read with.
#[derive(Default)]
struct Spellings {
    null_values: Option<Vec<String>>,
    true_values: Vec<String>,
    false_values: Vec<String>,
    quoted_empty_is_text: bool,
    marks: Marks,
}

impl Spellings {
    /// Those that a dataset is read with.
    fn of(data: &Dataset) -> Self {
        Self {
            null_values: data.null_values.clone(),
            quoted_empty_is_text: data.quoted_empty_is_text,
            marks: data.format.marks.unwrap_or_default(),
            ..Self::default()
        }
    }
}

impl Reader<'_> {
    /// Reads a dataset; with `of`, one that takes the rows of another.
    #[expect(clippy::too_many_lines, reason = "one step a key, in the order of the keys")]
    pub(super) fn dataset<'n>(&mut self, entry: &'n Entry, of: Option<&Read<'_>>) -> Option<Read<'n>> {
        let (name, node) = (&entry.key, &entry.value);
        if !is_name(name, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            || !name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            self.error(Code::BadValue, entry.key_span.clone(), format!("`{name}` cannot be the name of a dataset"))
                .help = Some("a small letter, then small letters, digits and `_`".to_owned());
        }
        self.map(node, name)?;
        self.check_keys(node, keys::DATASET, "a dataset");
        let mut replaced = false;
        let (source, (format, spellings)) = match of {
            None => {
                let (source, format) = (self.source_of(name, node)?, self.format(node.get("format")));
                // What is said of the file that stood there does not hold for a table that is put in its place.
                replaced = source.connection.is_some() && self.is_replaced(name);
                (source, if replaced { self.format(None) } else { format })
            }
            Some(of) => {
                self.refuse_what_is_of(of, node);
                (of.draft.data.source.clone(), (of.draft.data.format.clone(), Spellings::of(&of.draft.data)))
            }
        };
        if of.is_none() && source.database.is_some() {
            self.refuse_what_databases_lack(&source, node, replaced);
        }
        let mut columns = of.map(|of| of.draft.data.columns.clone()).unwrap_or_default();
        let inherited = columns.len();
        let mut expects = Vec::new();
        let mut types = HashMap::new();
        let mut optional = Vec::new();
        let mut column_spans = HashMap::new();
        let mut described = of.map(|of| of.draft.described.clone()).unwrap_or_default();
        let mut pii = of.map(|of| of.draft.pii.clone()).unwrap_or_default();
        if let Some(declared) = node.get("columns").and_then(|node| self.map(node, "columns")) {
            for entry in declared {
                let column = nfc(&entry.key);
                column_spans.insert(column.clone(), entry.key_span.clone());
                if let Some(text) = entry.value.get("description").and_then(|node| self.localised(node)) {
                    described.push((column.clone(), text));
                }
                if let Some(said) = entry.value.get("pii").and_then(|node| self.pii(node)) {
                    pii.push((column.clone(), said));
                }
                if name::leads_into_list(&column) {
                    self.error(
                        Code::UnknownKey,
                        entry.key_span.clone(),
                        "paths into lists are not read by this version",
                    );
                }
                let reading = self.column(&column, entry, &spellings, &mut types, &mut expects, &mut optional);
                if !columns[..inherited].iter().any(|known| known.name == column) {
                    let missing = self.missing(&entry.value, reading.as_ref());
                    columns.push(Column { name: column, reading, sql: None, missing });
                }
            }
        }
        if let Some(declared) = node.get("columns").and_then(Node::entries) {
            self.computed(declared, &mut columns);
        }
        let declared = node.get("columns").and_then(Node::entries).unwrap_or_default();
        let (repairs, repair_spans) = self.repairs(node, declared, &columns);
        let where_text = node.get("where").and_then(|node| self.text(node));
        let condition = node.get("where").and_then(|node| self.condition(node)).unwrap_or(Predicate::TRUE);
        let condition = match of {
            Some(of) => Predicate::all([of.draft.condition.clone(), condition]),
            None => condition,
        };
        if let Some(list) = node.get("expect") {
            for item in list.as_list() {
                expects.push((None, item));
            }
        }
        let key = match (node.get("key"), of) {
            (Some(node), _) => self.texts(node).iter().map(|column| nfc(column)).collect(),
            (None, Some(of)) => of.draft.data.key.clone(),
            (None, None) => Vec::new(),
        };
        let skip = of.and_then(Read::reason).or_else(|| self.skip(node));
        let if_missing = match node.get("if_missing").and_then(|node| self.one_of(node, &["fail", "skip", "error"])) {
            Some("fail") => IfMissing::Fail,
            Some("skip") => IfMissing::Skip,
            Some(_) => IfMissing::Error,
            None => of.map(|of| of.if_missing).unwrap_or_default(),
        };
        let may_be_empty = node.get("may_be_empty").and_then(|node| self.flag(node));
        // Of a database without a table there are no rows to ask for.
        let without = source.database.as_ref().is_some_and(|database| database.part == Part::Nothing);
        let may_be_empty = may_be_empty.unwrap_or_else(|| without || of.is_some_and(|of| of.draft.may_be_empty));
        let about = self.about(node);
        let data = Dataset {
            name: name.clone(),
            source,
            format,
            columns,
            key,
            null_values: spellings.null_values,
            quoted_empty_is_text: spellings.quoted_empty_is_text,
        };
        let span = entry.key_span.clone();
        let from = of.map(|of| From { dataset: of.draft.data.name.clone(), root: of.draft.root().to_owned() });
        let draft = Draft {
            data,
            from,
            inherited,
            condition,
            about,
            optional,
            expects,
            types,
            may_be_empty,
            span,
            column_spans,
            described,
            repairs,
            repair_spans,
            quarantine: self.quarantine_in(node, of),
            pii,
        };
        Some(Read { draft, where_text, skip, if_missing })
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
            if reading.kind.is_number() {
                reading.marks = spellings.marks;
            }
            if let Some(parse) = node.get("parse") {
                if !matches!(reading.kind, Type::Date | Type::Timestamp | Type::Time) {
                    self.error(
                        Code::Conflict,
                        parse.span.clone(),
                        format!("`parse` is for dates, timestamps and times, not for {}", reading.kind),
                    );
                }
                for item in parse.as_list() {
                    reading.parse.extend(self.pattern(item, reading.kind));
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
            for item in list.as_list() {
                expects.push((Some(column.to_owned()), item));
            }
        }
        reading
    }

    /// Whether whoever calls puts another source in the place of a dataset's own.
    fn is_replaced(&self, name: &str) -> bool {
        self.request.sources.iter().any(|(dataset, _)| dataset == name)
    }

    fn source_of(&mut self, name: &str, node: &Node) -> Option<Source> {
        let replacing = self.request.sources.iter().rev().find(|(dataset, _)| dataset == name);
        if let Some((_, path)) = replacing {
            if let Some(rest) = path.strip_prefix("connection://") {
                return self.connection_named(rest, node);
            }
            if let Some(scheme) = dataset::scheme(path) {
                self.one_of_schemes(&scheme, &node.span)?;
                // Whoever calls may pass a URL that lets its holder in; nobody sees it.
                return Some(Source::new(vec![dataset::masked(path)], vec![Location::Url(path.clone())]));
            }
            let mut source = Source::new(vec![path.clone()], vec![PathBuf::from(path).into()]);
            let database = node.get("source").filter(|source| source.get("sqlite").is_some());
            let part = database.and_then(|source| self.part(source));
            source.database = part.map(|part| Database { part, replaced: true });
            return Some(source);
        }
        let Some(source) = node.get("source") else {
            self.error(Code::MissingKey, node.span.clone(), format!("`{name}` has no `source`")).help =
                Some("write `source: file.csv`, relative to this suite, or `from:` another dataset".to_owned());
            return None;
        };
        if source.get("connection").is_some() {
            return self.connection(source);
        }
        let mut database = None;
        let (source, pick) = match source.entries() {
            Some(_) if source.get("sqlite").is_some() => {
                database = Some(Database { part: self.part(source)?, replaced: false });
                (self.one_path(source)?, None)
            }
            Some(_) => self.source_map(source)?,
            None => (source, None),
        };
        let spelled = self.texts(source);
        let folder = self.folder(&source.span);
        for text in &spelled {
            if let Some(scheme) = dataset::scheme(text) {
                if dataset::holds_secret(text) {
                    let message = "`source`: a URL with a password or a signature does not belong in a suite";
                    self.error(Code::BadValue, source.span.clone(), message).help = Some(
                        "credentials come from the environment; a signed URL is passed by `--source NAME=URL`"
                            .to_owned(),
                    );
                    return None;
                }
                self.one_of_schemes(&scheme, &source.span)?;
            }
            if text.is_empty() {
                self.error(Code::BadValue, source.span.clone(), "a source needs a path").help =
                    Some("`.` is the folder of this suite".to_owned());
                return None;
            }
        }
        if spelled.is_empty() {
            self.error(Code::BadValue, source.span.clone(), "a source needs a path");
            return None;
        }
        let place = |text: &String| match text {
            text if text == STDIN => Location::File(PathBuf::from(text)),
            text if dataset::scheme(text).is_some() => Location::Url(text.clone()),
            text => Location::File(folder.join(text)),
        };
        let places = spelled.iter().map(place).collect();
        Some(Source { spelled, places, pick, database, connection: None })
    }

    /// Refuses a URL of a scheme that is not read.
    fn one_of_schemes(&mut self, scheme: &str, span: &Range<usize>) -> Option<()> {
        if dataset::SCHEMES.contains(&scheme) {
            return Some(());
        }
        let known = dataset::SCHEMES.map(|known| format!("`{known}://`")).join(", ");
        let help = match scheme {
            "file" => "write the path itself".to_owned(),
            _ => format!("data are read from {known}, and from paths"),
        };
        self.error(Code::BadValue, span.clone(), format!("`source`: `{scheme}://` is not read")).help = Some(help);
        None
    }

    /// A source that is a map: its path, and which of the files found are meant.
    fn source_map<'n>(&mut self, source: &'n Node) -> Option<(&'n Node, Option<Pick>)> {
        let server = source.entries().unwrap_or_default().iter().find(|entry| SERVERS.contains(&entry.key.as_str()));
        if let Some(entry) = server {
            self.error(Code::NotYet, entry.key_span.clone(), "this is not how a source is a database").help = Some(
                "write `source: {connection: dwh, table: sales}`, or `{sqlite: sales.db, table: sales}`".to_owned(),
            );
            return None;
        }
        self.check_keys(source, keys::SOURCE, "a source");
        let pick = source.get("pick").and_then(|node| self.one_of(node, &["newest"])).map(|_| Pick::Newest);
        let Some(path) = source.get("path") else {
            self.error(Code::MissingKey, source.span.clone(), "`path` is missing").help =
                Some("write `source: {path: exports/*.csv, pick: newest}`".to_owned());
            return None;
        };
        Some((path, pick))
    }

    /// Reports standard input where it is read more than once: it is there once.
    pub(super) fn one_stdin(&mut self, drafts: &[&Draft<'_>]) {
        let read = |draft: &&Draft<'_>| {
            let times = draft.data.source.spelled.iter().filter(|spelled| *spelled == STDIN).count();
            std::iter::repeat_n(draft.span.clone(), times)
        };
        for span in drafts.iter().flat_map(read).skip(1).collect::<Vec<_>>() {
            self.error(Code::Conflict, span, "standard input can be read as one dataset only").help =
                Some("write it to a file first, or give one of the datasets a path".to_owned());
        }
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
            let word = self.one_of(kind, &Kind::ALL.map(Kind::name));
            format.kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == word);
        }
        self.dialect(node, &mut format);
        spellings.marks = format.marks.unwrap_or_default();
        format.header = node.get("header").and_then(|node| self.flag(node));
        format.columns = node.get("columns").map(|node| self.texts(node));
        if let (Some(node), None | Some(true)) = (node.get("columns"), format.header) {
            self.error(Code::Conflict, node.span.clone(), "`columns` of a format goes with `header: false`");
        }
        if let Some(records) = node.get("records") {
            format.records = self.text(records).map(|path| name::steps(&nfc(&path))).unwrap_or_default();
        }
        format.sheet = node.get("sheet").and_then(|node| self.text(node));
        format.range = node.get("range").and_then(|node| self.text(node));
        self.keys_of_kind(node, format.kind);
        spellings.null_values = node.get("null_values").map(|node| self.texts(node));
        spellings.true_values = node.get("true_values").map(|node| self.texts(node)).unwrap_or_default();
        spellings.false_values = node.get("false_values").map(|node| self.texts(node)).unwrap_or_default();
        if let Some(node) = node.get("quoted_empty") {
            spellings.quoted_empty_is_text = self.one_of(node, &["text", "null"]) == Some("text");
        }
        (format, spellings)
    }

    /// Reports keys of a format that say nothing of its type.
    fn keys_of_kind(&mut self, node: &Node, kind: Option<Kind>) {
        let Some(kind) = kind else { return };
        for entry in node.entries().unwrap_or(&[]) {
            let Some((key, kinds)) = KEYS_OF_KINDS.into_iter().find(|(key, _)| *key == entry.key) else { continue };
            if !kinds.contains(&kind) {
                let kinds = kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" and ");
                let message = format!("`{key}` is for {kinds}, not for {}", kind.name());
                self.error(Code::Conflict, entry.key_span.clone(), message);
            }
        }
    }
}
