//! Our own reader of JSON: a record a line (NDJSON), or the elements of an array.
//!
//! [`File::open`] surveys a file: which keys its records have, and what kinds of values. [`File::blocks`] cuts it into blocks
//! of whole records, and [`Block::parse`] decodes a block, on as many threads as there are. What is wrong with a record is
//! a [`Finding`](super::Finding) with its line, and reading goes on:
//!
//! * A record that is not JSON (RFC 8259, strictly), not an object, not UTF-8, too long or too deep, or in which an object
//!   has a key twice, is *malformed*: it is a row, all its cells are null, and none is unparsed.
//! * Blank lines between records are no rows.
//! * The columns are the keys of all records, in the order in which they first occur. A key that a record does not have is
//!   null there, as one whose value is `null`.
//! * A document (an array, or an envelope around one) that is broken around its records, or cut off, is an error. A document
//!   that is one object, with no array named in it, is one record.
//! * Types are those of JSON: `"1"` is no number, `1.0` no integer. Numbers keep their spelling and never pass a float.
//! * The type of a field is that of all its values: integer, decimal or float by how its numbers are written, string where
//!   kinds mix, whose text is then as the file spells the value. A string of JSON is a string, whatever it says.

use std::io::{self, Read};
use std::sync::Arc;

use rayon::iter::{ParallelBridge, ParallelIterator};

use super::Place;
use super::bytes::{self, BYTE_ORDER_MARK, Bytes};
use super::input::Input;
use crate::ir::Missing;
use document::Elements;
use scan::Scan;
use tree::Tree;

mod document;
mod parse;
#[cfg(test)]
mod property;
mod scan;
mod split;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

pub use parse::{Misplaced, Taken, Wanted, takes_strings};
pub use split::Block;
pub use tree::Kinds;

/// How records stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each on a line.
    Lines,
    /// In one document.
    Document,
}

/// A file of JSON, surveyed.
#[derive(Clone, Debug)]
pub struct File {
    input: Input,
    index: usize,
    form: Form,
    records: Vec<String>,
    one: bool,
    columns: Vec<(String, Kinds)>,
    fields: Vec<(Vec<String>, Kinds)>,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// How records stand in it; by its first line if unsaid.
    pub form: Option<Form>,
    /// The keys that lead to the array of records; none if it is the whole document.
    pub records: &'a [String],
    /// Fields inside fields that are asked for beside the keys of records, by their steps.
    pub fields: &'a [Vec<String>],
    /// What stands for no value in some fields, by their steps: such a value says nothing of the type of its field.
    pub missing: &'a [(Vec<String>, Arc<Missing>)],
}

/// What the records of a file have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Their keys, in the order in which they first occur, with the kinds of their values.
    pub columns: Vec<(String, Kinds)>,
    /// The kinds of the values of the fields inside fields that are asked for, in their order.
    pub fields: Vec<Kinds>,
}

impl File {
    /// Opens a file and surveys all of it.
    ///
    /// `index` is the number of the file in its dataset, which batches and findings carry.
    ///
    /// # Errors
    /// If the file cannot be read to its end, is no text in UTF-8, or is a document that is broken around its records.
    pub fn open(input: impl Into<Input>, index: usize, options: &Options<'_>) -> io::Result<Self> {
        let mut this = Self::begin(input.into(), index, options)?;
        let empty = Tree::survey(options.fields.iter().map(Vec::as_slice), options.missing);
        let mut trees = this
            .blocks()
            .enumerate()
            .par_bridge()
            .map(|(number, block)| {
                let mut tree = empty.clone();
                block?.survey(&mut tree);
                Ok((number, tree))
            })
            .collect::<io::Result<Vec<_>>>()?;
        trees.sort_by_key(|(number, _)| *number);
        let mut tree = empty.clone();
        trees.iter().for_each(|(_, later)| tree.merge(later));
        if tree.fields[0].inside.len() > tree::MOST {
            let message = format!("its records have more than {} different keys, so they are no table", tree::MOST);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        this.columns = tree.columns();
        this.fields = options.fields.iter().map(|path| (path.clone(), tree.kinds(path))).collect();
        Ok(this)
    }

    /// Opens a file that was surveyed before, with the same options, and has not changed.
    ///
    /// # Errors
    /// If the file cannot be read, or is no text in UTF-8.
    pub fn surveyed(input: impl Into<Input>, index: usize, options: &Options<'_>, survey: Survey) -> io::Result<Self> {
        let fields = options.fields.iter().cloned().zip(survey.fields).collect();
        Ok(Self { columns: survey.columns, fields, ..Self::begin(input.into(), index, options)? })
    }

    /// What its records have.
    #[must_use]
    pub fn survey(&self) -> Survey {
        Survey { columns: self.columns.clone(), fields: self.fields.iter().map(|(_, kinds)| *kinds).collect() }
    }

    /// A file whose records have not been looked at.
    fn begin(input: Input, index: usize, options: &Options<'_>) -> io::Result<Self> {
        let form = match options.form {
            Some(form) => form,
            None if !options.records.is_empty() => Form::Document,
            None => form_of(&input)?,
        };
        let records = options.records.to_vec();
        let head = bytes::head(&input, 4096)?;
        if let Some(what) = bytes::unreadable(&head) {
            let message = format!("it is {what}; JSON is text in UTF-8");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let first = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head).trim_ascii_start().first();
        let one = form == Form::Document && records.is_empty() && first.is_some_and(|byte| *byte != b'[');
        let (columns, fields) = (Vec::new(), Vec::new());
        Ok(Self { input, index, form, records, one, columns, fields })
    }

    /// The keys of its records, in the order in which they first occur, with the kinds of their values.
    #[must_use]
    pub fn columns(&self) -> &[(String, Kinds)] {
        &self.columns
    }

    /// The fields inside fields that were asked for, with the kinds of their values.
    #[must_use]
    pub fn fields(&self) -> &[(Vec<String>, Kinds)] {
        &self.fields
    }

    /// The kinds of the values of a field inside a field that was asked for, if it occurs.
    #[must_use]
    pub fn field(&self, steps: &[String]) -> Option<Kinds> {
        let found = self.fields.iter().find(|(path, _)| path == steps);
        found.map(|(_, kinds)| *kinds).filter(|kinds| kinds.occurs())
    }

    /// How records stand in it.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether it is a document that is one record.
    #[must_use]
    pub fn is_one_record(&self) -> bool {
        self.one
    }

    /// The keys that lead to a place; none to the record itself, which is no column.
    #[must_use]
    pub fn path_of(&self, place: &Place) -> Vec<String> {
        let first = self.columns.get(place.column).map(|(name, _)| name.clone());
        first.into_iter().chain(place.fields.iter().cloned()).collect()
    }

    /// Reads the records, in blocks of whole ones; ends after an error.
    pub fn blocks(&self) -> impl Iterator<Item = io::Result<Block>> + Send + use<> {
        self.blocks_of(split::BLOCK, split::LONGEST)
    }

    fn blocks_of(&self, size: usize, longest: usize) -> Box<dyn Iterator<Item = io::Result<Block>> + Send> {
        let opened = Bytes::open(&self.input).and_then(|mut bytes| {
            let mut whole = Vec::new();
            if self.form == Form::Document {
                bytes.read_to_end(&mut whole)?;
            }
            Ok((bytes, whole))
        });
        match (opened, self.form) {
            (Err(error), _) => Box::new(std::iter::once(Err(error))),
            (Ok((bytes, _)), Form::Lines) => Box::new(split::Lines::new(bytes, self.index, size, longest)),
            (Ok((_, whole)), Form::Document) => {
                Box::new(Elements::new(whole, &self.records, self.index, size, longest))
            }
        }
    }
}

/// How records stand in a file that does not say: an array is a document; else a first line that is a whole value makes it
/// lines, and one that is not begins a document.
fn form_of(input: &Input) -> io::Result<Form> {
    let mut bytes = Bytes::open(input)?;
    let mut head = Vec::new();
    loop {
        let more = head.len().max(1 << 16) as u64;
        let last = (bytes.by_ref().take(more).read_to_end(&mut head)? as u64) < more;
        if let Some(form) = form_by(&head, last || head.len() > split::LONGEST) {
            return Ok(form);
        }
    }
}

/// The form that the first bytes speak for; none if more are needed.
fn form_by(head: &[u8], last: bool) -> Option<Form> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mut scan = Scan { bytes: text, at: 0 };
    scan.space();
    match scan.peek() {
        Some(b'[') => return Some(Form::Document),
        None if !last => return None,
        _ => {}
    }
    let end = memchr::memchr(b'\n', &text[scan.at..]).map(|offset| scan.at + offset);
    let line = match end {
        Some(end) => &text[..end],
        None if last => return Some(Form::Lines),
        None => return None,
    };
    let mut scan = Scan { bytes: line, at: scan.at };
    Some(if scan.skip().is_ok() { Form::Lines } else { Form::Document })
}
