//! The cells of a block of delimited text.
//!
//! Decides what is null and takes quotes off.

use std::ops::ControlFlow;

use super::fields::Fields;
use super::split::Dialect;
use crate::engine::source::RECORD;
use crate::engine::source::bytes::as_shown;
use crate::engine::source::column::{self, Given};
use crate::ir::value::Reading;

/// The cells of a block.
pub(in crate::engine::source) struct Cells<'a> {
    pub(super) text: &'a str,
    /// The same before any byte of it stood in for one that is no text.
    pub(super) bytes: &'a [u8],
    pub(super) fields: &'a Fields,
    pub(super) dialect: &'a Dialect,
}

impl Cells<'_> {
    /// Calls for the text of each row of a field, or for none where it is null, until told to break.
    pub(in crate::engine::source) fn each_until(
        &self,
        field: usize,
        trim: bool,
        mut take: impl FnMut(Option<&str>) -> ControlFlow<()>,
    ) {
        let dialect = self.dialect;
        let strip = dialect.line_end == b'\n' && field + 1 == dialect.width;
        let mut unquoted = String::new();
        for (start, end) in self.fields.column(field) {
            let mut raw = self.text.get(start..end).unwrap_or_default();
            if strip && let Some(stripped) = raw.strip_suffix('\r') {
                raw = stripped;
            }
            let quote = dialect.quote.filter(|quote| raw.as_bytes().first() == Some(quote));
            let content = match quote {
                Some(quote) => unquote(raw, char::from(quote), &mut unquoted),
                None => raw,
            };
            let content = if trim { content.trim() } else { content };
            let null = if content.is_empty() {
                quote.is_none() || !dialect.quoted_empty_is_text
            } else {
                dialect.null_values.iter().any(|word| word == content)
            };
            if take((!null).then_some(content)).is_break() {
                return;
            }
        }
    }
}

impl Cells<'_> {
    /// Calls with what stands in each row of a field, quotes taken off, or with the whole record; only a field of no
    /// characters and no quotes is nothing.
    fn each_as_stored(&self, field: usize, mut take: impl FnMut(Given<'_>)) {
        if field == RECORD {
            let line_feed = self.dialect.line_end == b'\n';
            for (start, end) in self.fields.records() {
                let record = as_shown(self.bytes.get(start..end).unwrap_or_default(), self.dialect.transcoded);
                take(Given::Text(if line_feed { record.trim_end_matches(['\r', '\n']) } else { &record }));
            }
            return;
        }
        let strip = self.dialect.line_end == b'\n' && field + 1 == self.dialect.width;
        let mut unquoted = String::new();
        for (start, end) in self.fields.column(field) {
            let raw = self.text.get(start..end).unwrap_or_default();
            let raw = if strip { raw.strip_suffix('\r').unwrap_or(raw) } else { raw };
            take(match self.dialect.quote.filter(|quote| raw.as_bytes().first() == Some(quote)) {
                Some(quote) => Given::Text(unquote(raw, char::from(quote), &mut unquoted)),
                None if raw.is_empty() => Given::Nothing,
                None => Given::Text(raw),
            });
        }
    }
}

impl column::Cells for Cells<'_> {
    fn rows(&self) -> usize {
        self.fields.rows
    }

    fn each(&self, field: usize, reading: &Reading, mut take: impl FnMut(Given<'_>)) {
        if reading.as_stored {
            return self.each_as_stored(field, take);
        }
        self.each_until(field, reading.trim, |text| {
            take(text.filter(|text| !reading.is_missing(text)).map_or(Given::Nothing, Given::Text));
            ControlFlow::Continue(())
        });
    }
}

/// The content of a field in quotes, doubled quotes made single.
fn unquote<'a>(raw: &'a str, quote: char, into: &'a mut String) -> &'a str {
    let content = raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or_default();
    if !content.contains(quote) {
        return content;
    }
    into.clear();
    let mut skip = false;
    for letter in content.chars() {
        skip = letter == quote && !skip;
        if !skip {
            into.push(letter);
        }
    }
    into
}
