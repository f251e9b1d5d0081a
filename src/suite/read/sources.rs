//! The files of a suite as one space of bytes: a place is a range, whichever file it lies in.
//!
//! The suite file begins at 0, an included one where those before it end. Nothing else need know that there are several.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::tidy;
use crate::diagnostic::{Diagnostic, Place, SourceText, place};
use crate::outcome::Location;
use crate::suite::read::Reader;
use crate::suite::variables::is_named_in;
use crate::suite::yaml::{Content, Node};

/// The files of a suite, each with where it begins.
pub(in crate::suite) struct Sources {
    files: Vec<(usize, Arc<SourceText>)>,
}

impl Sources {
    /// The suite file alone.
    pub(super) fn new(suite: SourceText) -> Self {
        Self { files: vec![(0, Arc::new(suite))] }
    }

    /// Adds an included file, and says where it begins.
    pub(super) fn add(&mut self, file: SourceText) -> usize {
        // A byte between the files, so that the end of one is not the beginning of the next.
        let base = self.files.last().map_or(0, |(base, file)| base + file.text.len() + 1);
        self.files.push((base, Arc::new(file)));
        base
    }

    /// The suite file.
    pub(super) fn suite(&self) -> &Arc<SourceText> {
        &self.files[0].1
    }

    /// The included files, in the order they were read.
    pub(super) fn included(&self) -> Vec<Arc<SourceText>> {
        self.files[1..].iter().map(|(_, file)| Arc::clone(file)).collect()
    }

    /// Whether a file of this path was read.
    pub(super) fn holds(&self, path: &Path) -> bool {
        let path = tidy(path);
        self.files.iter().any(|(_, file)| tidy(&file.path) == path)
    }

    /// Whether a place lies in the suite file itself.
    pub(super) fn is_suite(&self, at: usize) -> bool {
        self.files.get(1).is_none_or(|(base, _)| at < *base)
    }

    /// The file that a place lies in, and the range within it.
    pub(super) fn find(&self, span: &Range<usize>) -> (&Arc<SourceText>, Range<usize>) {
        let index = self.files.partition_point(|(base, _)| *base <= span.start).saturating_sub(1);
        let (base, file) = &self.files[index];
        (file, span.start - base..span.end.saturating_sub(*base))
    }

    /// Moves a diagnostic from the space of all files into its own.
    pub(super) fn settle(&self, diagnostic: &mut Diagnostic) {
        let (source, span) = self.find(&diagnostic.span);
        diagnostic.source = Arc::clone(source);
        diagnostic.span = span;
    }
}

impl Reader<'_> {
    /// The folder of the file that a place lies in: relative paths said there start from it.
    pub(in crate::suite) fn folder(&self, span: &Range<usize>) -> PathBuf {
        let (file, _) = self.sources.find(span);
        file.path.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The file that a place lies in.
    pub(in crate::suite) fn file(&self, span: &Range<usize>) -> Arc<SourceText> {
        Arc::clone(self.sources.find(span).0)
    }

    /// A stretch of the file that it lies in.
    pub(in crate::suite) fn place(&self, span: &Range<usize>) -> Place {
        let (source, span) = self.sources.find(span);
        Place { source: Arc::clone(source), span }
    }

    /// Whether `${name}` or `:name` stands in a value as it is written.
    pub(in crate::suite) fn names_a_variable(&self, node: &Node) -> bool {
        match &node.content {
            Content::Null(_) => false,
            Content::Scalar(_) => {
                let (file, span) = self.sources.find(&node.span);
                is_named_in(file.text.get(span).unwrap_or_default())
            }
            Content::List(items) => items.iter().any(|item| self.names_a_variable(item)),
            Content::Map(entries) => entries.iter().any(|entry| self.names_a_variable(&entry.value)),
        }
    }

    /// A place as the record names it.
    pub(in crate::suite) fn location(&self, span: &Range<usize>) -> Location {
        let (file, span) = self.sources.find(span);
        let (line, column) = place(&file.text, span.start);
        Location { file: file.path.to_string_lossy().replace('\\', "/"), line, column }
    }
}
