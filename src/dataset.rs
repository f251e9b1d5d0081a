//! Where data is and how it is to be read.
//!
//! Only descriptions: nothing here opens a file or a connection.

use std::path::PathBuf;

use crate::ir::{Reading, Scalar};

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
}

/// Files, by path or pattern, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The paths or patterns, as the suite writes them.
    pub spelled: Vec<String>,
    /// The same, made relative to the current folder instead of the suite's.
    pub paths: Vec<PathBuf>,
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
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Separated text.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Kind {
    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// The kind that an extension stands for.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" | "tab" => Some(Self::Csv),
            "parquet" | "pq" | "parq" => Some(Self::Parquet),
            _ => None,
        }
    }
}

impl Dataset {
    /// The declared column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
