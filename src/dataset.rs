//! Where data is and how it is to be read.
//!
//! Only descriptions: nothing here opens a file or a connection.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::ir::{Missing, Reading, Scalar};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The paths or patterns, as the suite writes them.
    pub spelled: Vec<String>,
    /// The same, made relative to the current folder instead of the suite's. Where [`STDIN`] is spelled it is a file that
    /// standard input was written to, as far as that has been done.
    pub places: Vec<Location>,
    /// Which of the files found are meant, if not all.
    pub pick: Option<Pick>,
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
        Self { spelled, places, pick: None }
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
    /// The byte between fields; detected if unsaid.
    pub delimiter: Option<u8>,
    /// The byte around fields that hold separators.
    pub quote: Option<u8>,
    /// Whether the first record names the columns.
    pub header: Option<bool>,
    /// The names of the columns of a file without a header.
    pub columns: Option<Vec<String>>,
    /// The keys that lead to the array of records inside a document of JSON; none if the document is that array.
    pub records: Vec<String>,
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
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Ndjson, Self::Json, Self::Parquet, Self::Ipc];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Parquet => "parquet",
            Self::Ipc => "ipc",
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
            _ => None,
        }
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
        Some((user, host)) if scheme.starts_with("abfs") && !user.contains(':') => format!("{user}@{host}"),
        Some((_, host)) => format!("***@{host}"),
        None => authority.to_owned(),
    };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
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
    fn a_file_is_shown_without_detours() {
        assert_eq!(Location::from(Path::new("rules/../data/a.csv")).to_string(), "data/a.csv");
    }
}
