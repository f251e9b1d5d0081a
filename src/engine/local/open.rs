//! A dataset opened: its files found, their kinds and columns known.

use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;

use crate::answer::Schema;
use crate::dataset::{Dataset, Kind, Quote};
use crate::diagnostic::nearest;
use crate::engine::local::assets::Assets;
use crate::engine::local::find::{self, Found};
use crate::engine::local::read::Origin;
use crate::engine::local::schema::{paths, schema};
use crate::engine::local::states::{self, Digest, Fingerprint, States, Surveys};
use crate::engine::remote::{self, Connections};
use crate::engine::source::bytes::{Bytes, Codec};
use crate::engine::source::input::Input;
use crate::engine::source::{avro, csv, excel, ipc, json, parquet, sqlite};
use crate::engine::{Progress, computed};
use crate::ir::name::steps;
use crate::ir::time::Zone;
use crate::ir::{Marks, Selector};
use crate::outcome::{Dialect, Fault, KnownBy, Setting};

/// A dataset whose files are found and understood.
pub(super) struct Opened {
    pub(super) kind: Kind,
    pub(super) files: Vec<OpenFile>,
    pub(super) schema: Schema,
    pub(super) progress: Arc<Progress>,
    /// What the suite says of how its files are read, as a digest.
    pub(super) ways: Digest,
    /// The files that its values name, as far as they have been looked at.
    pub(super) assets: Assets,
    /// Whether what the metadata of its files prove need not be read.
    pub(super) proves: bool,
}

/// One file of a dataset.
pub(super) struct OpenFile {
    pub(super) input: Input,
    pub(super) shown: String,
    pub(super) bytes: u64,
    pub(super) modified: Option<SystemTime>,
    pub(super) content: Content,
    /// How it is compressed as a whole, if it is.
    pub(super) codec: Option<Codec>,
    /// What it is known by in a later run, if states are kept and it would be known again.
    pub(super) fingerprint: Option<Fingerprint>,
    /// What the names of its folders say.
    pub(super) folders: Vec<(String, Option<String>)>,
    /// Where each column of the schema, and each field inside structures, comes from in this file.
    pub(super) origins: Vec<Option<Origin>>,
}

/// What a file holds, by its kind.
pub(super) enum Content {
    Csv(csv::File),
    Json(json::File),
    Parquet(parquet::File),
    Ipc(ipc::File),
    Sqlite(sqlite::File),
    Avro(avro::File),
    Excel(excel::File),
}

impl Opened {
    /// Opens a dataset; `needed` are the columns that rules look at, and `states` what earlier runs found in files.
    ///
    /// # Errors
    /// A source that is not there or cannot be read.
    pub(super) fn new(
        dataset: &Dataset,
        needed: &[Selector],
        zone: Zone,
        progress: Arc<Progress>,
        (connections, states): (&Arc<Connections>, Option<&States>),
    ) -> Result<Self, Fault> {
        progress.go_on()?;
        let found = find::files(dataset, connections)?;
        let needed = computed::sources(dataset, needed);
        let asked = needed.iter().filter_map(|selector| match selector {
            Selector::Name(name) => Some(name),
            Selector::Pattern(_) | Selector::All => None,
        });
        let declared = dataset.columns.iter().filter(|column| column.sql.is_none()).map(|column| &column.name);
        let mut names: Vec<String> = asked.chain(declared).chain(&dataset.key).cloned().collect();
        names.sort();
        names.dedup();
        let paths = paths(&names);
        let opened = found
            .into_par_iter()
            .enumerate()
            .map(|(index, found)| open_file((dataset, index, zone), found, &paths, (&progress, states)));
        let mut files = opened.collect::<Result<Vec<OpenFile>, Fault>>()?;
        let kind = one_kind(&files)?;
        refuse_options(dataset, kind)?;
        let ways = ways(dataset, kind, zone);
        let surveys = states.map(|states| Surveys { states, ways });
        let schema = schema(dataset, &mut files, &names, &needed, (zone, surveys))?;
        Ok(Self { kind, files, schema, progress, ways, assets: Assets::default(), proves: true })
    }

    /// Whether the files are text or databases, which cost more to read than to keep what was read.
    pub(super) fn is_slow(&self) -> bool {
        self.kind.is_text() || self.kind == Kind::Sqlite
    }

    /// How a file of separated text is written; a decimal comma may have been found in the values of a column.
    pub(super) fn dialect(&self, file: &OpenFile) -> Option<Dialect> {
        let Content::Csv(csv) = &file.content else { return None };
        let mut dialect = csv.written().clone();
        let mut found =
            self.schema.columns.iter().filter(|column| column.inferred).filter_map(|column| column.reading.as_ref());
        if dialect.decimal.by == KnownBy::Assumed && found.any(|reading| reading.marks == Marks::COMMA) {
            dialect.decimal = Setting { value: Marks::COMMA.decimal.to_string(), by: KnownBy::Detected };
        }
        Some(dialect)
    }

    /// Whether a file has a column, be it null everywhere.
    pub(super) fn has(&self, file: usize, column: usize) -> bool {
        self.files.get(file).and_then(|file| file.origins.get(column)).is_some_and(Option::is_some)
    }
}

impl OpenFile {
    /// Whether it holds nothing from which columns could be known.
    pub(super) fn is_blank(&self) -> bool {
        match &self.content {
            Content::Csv(csv) => csv.columns().is_empty() && (self.bytes == 0 || self.codec.is_some()),
            Content::Json(json) => json.columns().is_empty(),
            Content::Excel(sheet) => sheet.columns().is_empty(),
            Content::Parquet(_) | Content::Ipc(_) | Content::Avro(_) | Content::Sqlite(_) => false,
        }
    }

    /// Whether as many bytes are read of it as it has.
    pub(super) fn is_as_stored(&self) -> bool {
        self.codec.is_none() && !matches!(&self.content, Content::Csv(csv) if !csv.is_utf_8())
    }

    /// Whether a column that it does not have is null in it: it names no columns, or names them record by record.
    pub(super) fn need_not_have(&self) -> bool {
        self.is_blank() || matches!(self.content, Content::Json(_))
    }

    /// Whether its records are text, whole or not.
    pub(super) fn is_text(&self) -> bool {
        self.kind().is_text()
    }

    fn kind(&self) -> Kind {
        match &self.content {
            Content::Csv(_) => Kind::Csv,
            Content::Json(json) if json.form() == json::Form::Lines => Kind::Ndjson,
            Content::Json(_) => Kind::Json,
            Content::Parquet(_) => Kind::Parquet,
            Content::Ipc(_) => Kind::Ipc,
            Content::Sqlite(_) => Kind::Sqlite,
            Content::Avro(_) => Kind::Avro,
            Content::Excel(_) => Kind::Excel,
        }
    }
}

/// What the suite says of how the files of a dataset are read, but for what it says of columns.
fn ways(dataset: &Dataset, kind: Kind, zone: Zone) -> Digest {
    let said = (&dataset.format, &dataset.null_values, dataset.quoted_empty_is_text, kind, zone);
    states::digest([format!("{said:?}").as_bytes()])
}

fn open_file(
    (dataset, index, zone): (&Dataset, usize, Zone),
    found: Found,
    paths: &[Vec<String>],
    (progress, states): (&Arc<Progress>, Option<&States>),
) -> Result<OpenFile, Fault> {
    let input = &found.input;
    let facts = input.facts().map_err(|error| unreadable(input, &error))?;
    let kind = match dataset.format.kind {
        _ if find::is_database(dataset, &found)? => Kind::Sqlite,
        Some(kind) => kind,
        None => find::kind_of(&found)?,
    };
    find::refuse_compressed(&found, kind)?;
    // What is read later is of a file that had this already.
    let surveys = states.filter(|_| !found.is_stdin).map(|states| Surveys { states, ways: ways(dataset, kind, zone) });
    let fingerprint = surveys.and_then(|surveys| surveys.states.fingerprint(&found.input, &found.shown, kind));
    let mut codec = None;
    if kind.is_text() {
        codec = Bytes::open(input).map_err(|error| unreadable(input, &error))?.codec();
    }
    let content = match kind {
        Kind::Csv => {
            let opened = csv::File::open(input, index, &csv_options(dataset));
            Content::Csv(opened.map_err(|error| fault("source_unreadable", &error))?)
        }
        Kind::Ndjson | Kind::Json => {
            let form = match kind {
                Kind::Ndjson => Some(json::Form::Lines),
                // Said, it is one document; by its name alone it may be lines as well.
                _ => dataset.format.kind.map(|_| json::Form::Document),
            };
            let missing: Vec<_> = dataset
                .columns
                .iter()
                .filter_map(|column| Some((steps(&column.name), Arc::clone(column.missing.as_ref()?))))
                .collect();
            let records = &dataset.format.records;
            let options = json::Options { form, records, fields: paths, missing: &missing };
            let known = surveys.and_then(|surveys| surveys.keys(fingerprint.as_ref(), &options));
            let is_new = known.is_none();
            let opened = match known {
                Some(survey) => json::File::surveyed(input, index, &options, survey),
                None => json::File::open(input, index, &options),
            };
            let opened = opened.map_err(|error| unreadable(input, &error))?;
            if let Some(surveys) = surveys.filter(|_| is_new) {
                surveys.keep_keys(input, fingerprint.as_ref(), &options, &opened.survey());
            }
            Content::Json(opened)
        }
        Kind::Parquet => {
            Content::Parquet(parquet::File::open(input, index).map_err(|error| fault("source_unreadable", &error))?)
        }
        Kind::Sqlite => Content::Sqlite(database(dataset, index, input, progress)?),
        Kind::Ipc => Content::Ipc(ipc::File::open(input, index).map_err(|error| fault("source_unreadable", &error))?),
        Kind::Avro => {
            Content::Avro(avro::File::open(input, index).map_err(|error| fault("source_unreadable", &error))?)
        }
        Kind::Excel => {
            let opened = excel::File::open(input, index, &excel_options(dataset));
            Content::Excel(opened.map_err(|error| fault("source_unreadable", &error))?)
        }
    };
    let modified = find::modified(dataset, input, facts.modified).filter(|_| !found.is_stdin);
    let Found { input, shown, folders, .. } = found;
    let bytes = facts.bytes;
    Ok(OpenFile { input, shown, bytes, modified, content, codec, fingerprint, folders, origins: Vec::new() })
}

/// Opens the part of a database that a dataset is.
fn database(dataset: &Dataset, index: usize, input: &Input, progress: &Arc<Progress>) -> Result<sqlite::File, Fault> {
    let Some(path) = input.file() else {
        let message = format!("`{input}` is a database of SQLite, which is read on this machine only; copy it here");
        return Err(fault("source_unreadable", &message));
    };
    let Some(database) = &dataset.source.database else {
        let tables = sqlite::tables(path, progress).map_err(|error| of_database(&error))?;
        let message = format!(
            "`{}` is a database of SQLite, and which of its tables is read is not said: write `source: {{sqlite: PATH, \
             table: NAME}}`; it has {}",
            path.display(),
            listed(&tables)
        );
        return Err(fault("source_unreadable", &message));
    };
    sqlite::File::open(path, index, &database.part, progress).map_err(|error| of_database(&error))
}

/// What keeps a database from being read.
pub(super) fn of_database(error: &sqlite::Error) -> Fault {
    match error {
        sqlite::Error::Unreadable { .. } => fault("source_unreadable", error),
        sqlite::Error::NoTable { name, tables, .. } => {
            let near = nearest(name, tables.iter().map(String::as_str));
            let advice = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", listed(tables)),
            };
            fault("source_missing", &format!("{error}; {advice}"))
        }
        sqlite::Error::Query(_) => fault("not_computable", error),
        sqlite::Error::Stopped(why) => why.fault(),
    }
}

/// Some names for people.
fn listed(names: &[String]) -> String {
    const MOST: usize = 12;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "no table".to_owned(),
        all if all > MOST => format!("{} and {} more", shown.join(", "), all - MOST),
        _ => shown.join(", "),
    }
}

fn header(dataset: &Dataset) -> csv::Header {
    match (&dataset.format.header, &dataset.format.columns) {
        (Some(false), Some(names)) => csv::Header::Names(names.clone()),
        (Some(false), None) => csv::Header::None,
        _ => csv::Header::First,
    }
}

fn excel_options(dataset: &Dataset) -> excel::Options {
    let part = excel::Part { sheet: dataset.format.sheet.clone(), range: dataset.format.range.clone() };
    let null_values = dataset.null_values.clone().unwrap_or_default();
    excel::Options { part, header: header(dataset), null_values }
}

fn csv_options(dataset: &Dataset) -> csv::Options {
    let format = &dataset.format;
    csv::Options {
        encoding: format.encoding,
        delimiter: format.delimiter,
        quote: format.quote,
        header: format.header.map(|_| header(dataset)),
        skip_lines: format.skip_lines,
        comment: format.comment.clone().unwrap_or_default(),
        marks: format.marks,
        null_values: dataset.null_values.clone().unwrap_or_default(),
        quoted_empty_is_text: dataset.quoted_empty_is_text,
    }
}

/// The kind of all files; lines and documents of JSON go together.
fn one_kind(files: &[OpenFile]) -> Result<Kind, Fault> {
    let is_json = |file: &OpenFile| matches!(file.content, Content::Json(_));
    let Some(first) = files.first() else { return Err(fault("source_missing", &"there is no file")) };
    let other = files.iter().find(|file| file.kind() != first.kind() && !(is_json(first) && is_json(file)));
    match other {
        None => Ok(first.kind()),
        Some(other) => {
            let (one, another) = (first.kind().name(), other.kind().name());
            let message = format!(
                "a dataset is of one kind, and `{}` is {one} where `{}` is {another}; narrow the source to one of them, or \
                 say the type of the `format`",
                first.shown, other.shown
            );
            Err(fault("source_unreadable", &message))
        }
    }
}

/// Refuses keys of a format that say nothing of the kind that the files turn out to be.
fn refuse_options(dataset: &Dataset, kind: Kind) -> Result<(), Fault> {
    let format = &dataset.format;
    let readings = || dataset.columns.iter().filter_map(|column| column.reading.as_ref());
    let csv = [
        ("encoding", format.encoding.is_some()),
        ("delimiter", format.delimiter.is_some()),
        ("quote", format.quote != Quote::Unsaid),
        ("skip_lines", format.skip_lines > 0),
        ("comment", format.comment.is_some()),
        ("decimal", format.marks.is_some_and(|marks| marks.thousands.is_none())),
        ("thousands", format.marks.is_some_and(|marks| marks.thousands.is_some())),
        ("quoted_empty", dataset.quoted_empty_is_text),
    ];
    let rows_of_text = [
        ("header", format.header.is_some()),
        ("null_values", dataset.null_values.is_some()),
        ("true_values", readings().any(|reading| !reading.true_values.is_empty())),
        ("false_values", readings().any(|reading| !reading.false_values.is_empty())),
    ];
    let excel = [("sheet", format.sheet.is_some()), ("range", format.range.is_some())];
    let refused = |keys: &[(&'static str, bool)], by: bool| keys.iter().copied().find(|(_, given)| by && *given);
    let given = refused(&csv, kind != Kind::Csv)
        .or_else(|| refused(&rows_of_text, !matches!(kind, Kind::Csv | Kind::Excel)))
        .or_else(|| refused(&excel, kind != Kind::Excel));
    let records = ("records", !format.records.is_empty() && kind != Kind::Json);
    let given = given.or(Some(records).filter(|(_, given)| *given));
    match given {
        None => Ok(()),
        Some((key, _)) => {
            let message = format!("the format says `{key}`, which means nothing for {}", kind.name());
            Err(fault("source_unreadable", &message))
        }
    }
}

pub(super) fn unreadable(place: &dyn std::fmt::Display, error: &std::io::Error) -> Fault {
    let stopped = error.get_ref().and_then(|inner| inner.downcast_ref::<remote::Error>());
    let code = match error.kind() {
        std::io::ErrorKind::NotFound => "source_missing",
        _ if stopped.is_some_and(|inner| inner.kind() == remote::ErrorKind::Stopped) => "timeout",
        _ => "source_unreadable",
    };
    fault(code, &format!("cannot read `{place}`: {error}"))
}

pub(super) fn fault(code: &str, message: &dyn std::fmt::Display) -> Fault {
    Fault { code: code.to_owned(), message: message.to_string(), caused_by: None }
}
