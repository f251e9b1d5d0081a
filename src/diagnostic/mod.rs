//! Mistakes in files that people wrote: collected, never thrown.
//!
//! A diagnostic says where, what and what to do. The files beside this one write it for machines; drawing the excerpt with
//! its caret is the business of the command line.

mod code;
pub mod github;
pub mod json;
pub mod sarif;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

pub use code::Code;

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
    /// Another place that it is about, and what is said of it there.
    pub other: Option<(Place, String)>,
}

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<SourceText>,
    /// Its bytes.
    pub span: Range<usize>,
}

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Stops nothing.
    Note,
    /// Stops the run.
    Error,
}

/// A stretch of a file in lines and columns, from 1; columns count characters, and the last one lies behind the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it begins.
    pub start: (u64, u64),
    /// Where it ends.
    pub end: (u64, u64),
}

impl Level {
    /// The word that machines read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "warning",
            Self::Error => "error",
        }
    }
}

impl Diagnostic {
    /// What is wrong at a place, and nothing beside it.
    #[must_use]
    pub fn new(
        level: Level,
        code: Code,
        source: Arc<SourceText>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self { level, code, message: message.into(), source, span, label: None, help: None, other: None }
    }

    /// The line and column, from 1, where it begins; the column counts characters.
    #[must_use]
    pub fn place(&self) -> (u64, u64) {
        place(&self.source.text, self.span.start)
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Place {
        Place { source: Arc::clone(&self.source), span: self.span.clone() }
    }

    /// The message, and the help after it, as one text.
    #[must_use]
    pub fn whole(&self) -> String {
        let mut text = self.message.clone();
        if let Some(label) = &self.label {
            text += &format!("; {label}");
        }
        if let Some((place, said)) = &self.other {
            text += &format!(" ({said}: {}:{})", place.path(), place.region().start.0);
        }
        if let Some(help) = &self.help {
            text += &format!("\nhelp: {help}");
        }
        text
    }
}

impl Place {
    /// The path of the file with forward slashes, as given.
    #[must_use]
    pub fn path(&self) -> String {
        self.source.path.to_string_lossy().replace('\\', "/")
    }

    /// The text that stands there, up to the end of its first line.
    #[must_use]
    pub fn line(&self) -> Range<usize> {
        let text = &self.source.text;
        let start = text.floor_char_boundary(self.span.start.min(text.len()));
        let end = text.floor_char_boundary(self.span.end.min(text.len())).max(start);
        // What is about a whole block is shown at its first line.
        start..text[start..end].find('\n').map_or(end, |newline| start + newline)
    }

    /// The lines and columns of its first line.
    #[must_use]
    pub fn region(&self) -> Region {
        let line = self.line();
        Region { start: place(&self.source.text, line.start), end: place(&self.source.text, line.end) }
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
    // In words of one or two letters everything is near to everything.
    let near = |candidate: &str| match candidate.chars().count().max(word.chars().count()) {
        0..=2 => 0,
        longest => (longest / 3).max(1),
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= near(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
