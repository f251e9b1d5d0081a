//! Where data is and how it is to be read.
//!
//! Only descriptions: nothing here opens a file or a connection.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::ir::{Encoding, Marks, Missing, Reading, Scalar, Value};

/// One dataset of a suite, as far as an engine must know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// Where its data are.
    pub source: Source,
    /// How they are written.
    pub format: Format,
    /// The declared columns, in suite order.
    pub columns: Vec<Column>,
    /// The columns that name a row.
    pub key: Vec<String>,
    /// Spellings that mean no value, if declared.
    pub null_values: Option<Vec<String>>,
    /// Whether an empty field in quotes is text rather than null.
    pub quoted_empty_is_text: bool,
}

/// A declared column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, in Unicode NFC.
    pub name: String,
    /// How its values read, if its type is declared.
    pub reading: Option<Reading>,
    /// What it is computed from, if it is no column of the file; names columns of the file only.
    pub sql: Option<Scalar>,
    /// What stands for no value in it, of whatever type it turns out to be; the reading of a column of data says it too.
    pub missing: Option<Arc<Missing>>,
}

/// Files, by path or pattern, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The paths or patterns, as the suite writes them.
    pub spelled: Vec<String>,
    /// The same, made relative to the current folder instead of the suite's. Where [`STDIN`] is spelled it is a file that
    /// standard input was written to, as far as that has been done.
    pub places: Vec<Location>,
    /// Which of the files found are meant, if not all.
    pub pick: Option<Pick>,
    /// What is read of the one file or connection, if the suite says that it is a database.
    pub database: Option<Database>,
    /// The connection that it is read over, if it is no file.
    pub connection: Option<Connection>,
}

/// The connection that a source is read over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name; where it leads is the matter of the user's own configuration.
    pub name: String,
    /// Whether rows may be fetched for what its engine cannot say.
    pub local: bool,
}

/// What is read of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    /// Which of its rows.
    pub part: Part,
    /// Whether the path was put in the place of the suite's: a file that is no database is then read as what it is.
    pub replaced: bool,
}

/// Which rows of a database are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Those of a table or view.
    Table(String),
    /// Those that a SELECT returns, in the database's own SQL; each `:name` in it with its value.
    Query(String, Vec<(String, Value)>),
    /// None: only what the database says of itself is asked.
    Nothing,
}

/// Where some data are, or which pattern their places match.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// A file, a folder or a pattern of paths on this machine.
    File(PathBuf),
    /// A URL, as written; it may hold a secret, so that people see it only as it displays.
    Url(String),
}

impl Location {
    /// The path on this machine, if it is on this machine.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Url(_) => None,
        }
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

/// For people: the secrets of a URL are masked.
impl fmt::Display for Location {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => into.write_str(&tidy(path).to_string_lossy().replace('\\', "/")),
            Self::Url(url) => into.write_str(&masked(url)),
        }
    }
}

/// The path of a source that is standard input.
pub const STDIN: &str = "-";

/// Which of the files that a source finds are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The one modified last; of several the last by name.
    Newest,
}

impl Source {
    /// Files, by path or pattern, all of those found.
    #[must_use]
    pub fn new(spelled: Vec<String>, places: Vec<Location>) -> Self {
        Self { spelled, places, pick: None, database: None, connection: None }
    }

    /// A part of a database that is no file, by what it is called.
    #[must_use]
    pub fn of_database(named: String, part: Part) -> Self {
        Self { database: Some(Database { part, replaced: false }), ..Self::new(vec![named], Vec::new()) }
    }

    /// The source in a few words.
    #[must_use]
    pub fn shown(&self) -> String {
        const LONGEST: usize = 60;
        let paths = self.spelled.join(", ");
        match self.database.as_ref().map(|database| &database.part) {
            None | Some(Part::Nothing) => paths,
            Some(Part::Table(table)) => format!("{paths}: {table}"),
            Some(Part::Query(sql, _)) => {
                let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
                let short: String = sql.chars().take(LONGEST).collect();
                let more = if short.len() < sql.len() { "…" } else { "" };
                format!("{paths}: {short}{more}")
            }
        }
    }

    /// Whether a part of it is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.spelled.iter().any(|spelled| spelled == STDIN)
    }
}

/// How a dataset is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The kind of file; by extension, then content, if unsaid.
    pub kind: Option<Kind>,
    /// The encoding of its text; detected if unsaid.
    pub encoding: Option<Encoding>,
    /// The byte between fields; detected if unsaid.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold separators.
    pub quote: Quote,
    /// How many lines come before the header.
    pub skip_lines: u64,
    /// What lines begin with that are comments.
    pub comment: Option<String>,
    /// The marks in numbers, if they are said.
    pub marks: Option<Marks>,
    /// Whether the first record names the columns.
    pub header: Option<bool>,
    /// The names of the columns of a file without a header.
    pub columns: Option<Vec<String>>,
    /// The keys that lead to the array of records inside a document of JSON; none if the document is that array.
    pub records: Vec<String>,
    /// The name of a sheet of a workbook, or its number from 1 where no sheet has that name; the first visible one if unsaid.
    pub sheet: Option<String>,
    /// A range of cells of a sheet, or the name of one; what is used if unsaid.
    pub range: Option<String>,
}

/// The byte around fields that hold separators, as far as it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// There is none.
    None,
    /// It is this one.
    Byte(u8),
}

impl Quote {
    /// The byte that is said.
    #[must_use]
    pub const fn byte(self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(byte),
            Self::Unsaid | Self::None => None,
        }
    }
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Separated text.
    Csv,
    /// A JSON object on each line.
    Ndjson,
    /// One JSON document.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, of the file or the stream format; Feather.
    Ipc,
    /// A database of SQLite.
    Sqlite,
    /// Avro object container files.
    Avro,
    /// A sheet of a workbook, of Excel or LibreOffice.
    Excel,
}

impl Kind {
    /// Every kind that a format may name; of a database the source says what is read.
    pub const ALL: [Self; 7] = [Self::Csv, Self::Ndjson, Self::Json, Self::Parquet, Self::Ipc, Self::Avro, Self::Excel];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Ipc => "ipc",
            Self::Sqlite => "sqlite",
            Self::Avro => "avro",
            Self::Excel => "excel",
        }
    }

    /// The kind that an extension stands for; a file called `.json` may hold lines too, which its content says.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" | "tab" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            "parquet" | "pq" | "parq" => Some(Self::Parquet),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Self::Ipc),
            "avro" => Some(Self::Avro),
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Some(Self::Excel),
            _ => None,
        }
    }

    /// Whether cells are handed on as text, for nothing says of what type all those of a column are.
    #[must_use]
    pub const fn is_spelled(self) -> bool {
        matches!(self, Self::Csv | Self::Ndjson | Self::Json | Self::Excel | Self::Sqlite)
    }

    /// Whether files of this kind are text, which may be compressed as a whole.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Ndjson | Self::Json)
    }
}

impl Dataset {
    /// The declared column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A path without steps that go down and up again; files are opened by the path as given.
#[must_use]
pub fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// The schemes of URLs that are read.
pub const SCHEMES: [&str; 10] = ["s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "http", "https"];

/// The scheme of a URL, in small letters; none of a path.
#[must_use]
pub fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

/// Names of parameters of a URL that hold, or belong to, what lets one in.
const SECRET: [&str; 11] =
    ["sig", "token", "secret", "password", "passwd", "pwd", "credential", "auth", "key", "x-amz-", "x-goog-"];

/// Whether a URL holds what nobody else may see: a password, or parameters that let one in.
#[must_use]
pub fn holds_secret(url: &str) -> bool {
    masked(url) != url
}

/// A URL for people: what stands before the `@` of its host, and a query that lets one in, are `***`.
#[must_use]
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        // The container of `abfss://container@account.dfs.core.windows.net` is no secret; a password is.
        Some((user, host)) if scheme.trim_end_matches('s').ends_with("abf") && !user.contains(':') => {
            format!("{user}@{host}")
        }
        Some((_, host)) => format!("***@{host}"),
        None => authority.to_owned(),
    };
    // Before the scheme something else may stand: `--source sales=https://…`.
    let is_web = scheme.to_ascii_lowercase().ends_with("http") || scheme.to_ascii_lowercase().ends_with("https");
    let path = match path.split_once('?') {
        // Of an object's key a question mark may be a part; what lets one in is masked there all the same.
        Some((before, query)) if query.split(['&', ';']).any(|part| is_secret(part, is_web)) => {
            format!("{before}?***")
        }
        _ => path.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

/// Whether a parameter of a query lets one in; in a key of an object only if it has a value.
fn is_secret(parameter: &str, is_web: bool) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let name = name.to_ascii_lowercase();
    (is_web || !value.is_empty()) && SECRET.iter().any(|secret| name.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_no_secret() {
        for (url, shown) in [
            ("https://host/a.csv", "https://host/a.csv"),
            ("https://me:pw@host/a.csv", "https://***@host/a.csv"),
            ("https://me@host:8080/a.csv?page=1", "https://***@host:8080/a.csv?page=1"),
            ("https://host/a.csv?page=1", "https://host/a.csv?page=1"),
            ("https://host/a.csv?X-Amz-Date=1&X-Amz-Signature=abc", "https://host/a.csv?***"),
            ("https://acc.blob.core.windows.net/c/a?sv=2024&SIG=abc%3D", "https://acc.blob.core.windows.net/c/a?***"),
            ("https://host/a?access_token=x", "https://host/a?***"),
            ("https://host?token=x", "https://host?***"),
            ("s3://id:secret@bucket/a.csv", "s3://***@bucket/a.csv"),
            ("s3://bucket/a@b?.csv", "s3://bucket/a@b?.csv"),
            ("abfss://data@acc.dfs.core.windows.net/a", "abfss://data@acc.dfs.core.windows.net/a"),
            ("abfss://data:key@acc.dfs.core.windows.net/a", "abfss://***@acc.dfs.core.windows.net/a"),
        ] {
            assert_eq!(Location::Url(url.to_owned()).to_string(), shown);
            assert_eq!(holds_secret(url), url != shown, "{url}");
        }
    }

    #[test]
    fn a_path_has_no_scheme() {
        assert_eq!(scheme("S3://b/k").as_deref(), Some("s3"));
        assert_eq!(scheme("ftp://x").as_deref(), Some("ftp"));
        assert!(["data/a.csv", "://", "C:\\a", "a b://c"].into_iter().all(|path| scheme(path).is_none()));
    }

    #[test]
    fn a_file_is_shown_without_detours() {
        assert_eq!(Location::from(Path::new("rules/../data/a.csv")).to_string(), "data/a.csv");
    }
}
