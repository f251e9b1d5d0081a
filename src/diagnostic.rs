//! Mistakes in files that people wrote: collected, never thrown.
//!
//! A diagnostic says where, what and what to do. Drawing the excerpt with its caret is the business of the command line.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file as it was read, for excerpts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path, as given.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the run.
    pub level: Level,
    /// A stable code.
    pub code: Code,
    /// What is wrong, as a lowercase fragment without a full stop.
    pub message: String,
    /// The file.
    pub source: Arc<SourceText>,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
    /// What stands under the caret.
    pub label: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Stops nothing.
    Note,
    /// Stops the run.
    Error,
}

/// The stable codes of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file is not YAML, or not the YAML of suites.
    Syntax,
    /// A key that nobody knows.
    UnknownKey,
    /// An expectation that nobody knows.
    UnknownExpectation,
    /// A value that does not fit its place.
    BadValue,
    /// A key that is needed and not there.
    MissingKey,
    /// A key or name given twice.
    Duplicate,
    /// A name that nothing has.
    UnknownName,
    /// A condition that cannot be read.
    BadCondition,
    /// A variable that is not declared, not given or not of its type.
    BadVariable,
    /// Things that do not go together.
    Conflict,
    /// Something that is to come in a later version.
    NotYet,
    /// Plain text that other YAML tools read otherwise.
    Ambiguous,
    /// Something that is legal and probably not meant.
    Doubtful,
    /// A file that cannot be read.
    Unreadable,
}

impl Code {
    /// The code as printed and searched for.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Syntax => "T0100",
            Self::UnknownKey => "T0101",
            Self::UnknownExpectation => "T0102",
            Self::BadValue => "T0103",
            Self::MissingKey => "T0104",
            Self::Duplicate => "T0105",
            Self::UnknownName => "T0106",
            Self::BadCondition => "T0107",
            Self::BadVariable => "T0108",
            Self::Conflict => "T0109",
            Self::NotYet => "T0110",
            Self::Unreadable => "T0111",
            Self::Ambiguous => "T0201",
            Self::Doubtful => "T0202",
        }
    }
}

impl Diagnostic {
    /// The line and column, from 1, where it begins; the column counts characters.
    #[must_use]
    pub fn place(&self) -> (u64, u64) {
        place(&self.source.text, self.span.start)
    }
}

/// The line and column, from 1, of a byte of a text.
#[must_use]
pub fn place(text: &str, byte: usize) -> (u64, u64) {
    let before = &text[..text.floor_char_boundary(byte.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line as u64, column as u64)
}

/// The candidate nearest to a word that was mistyped, if any is near.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let length = candidate.chars().count().max(word.chars().count());
            // A name of one letter is near to every other; nothing in common is no likeness.
            *distance <= (length / 3).max(1) && *distance < length
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
