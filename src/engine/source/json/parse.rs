//! Decoding a block: from its records to the columns that were asked for, or to what a survey wants to know.

use std::borrow::Cow;

use memchr::{memchr_iter, memrchr};

use super::scan::{Token, unescape};
use super::split::{Block, Record};
use super::tree::{Kinds, Tree};
use super::walk::{Cell, Walk, Wrong};
use crate::engine::source::bytes::{BYTE_ORDER_MARK, as_shown, as_text};
use crate::engine::source::column::{self, Column, Given, Mask, Records};
use crate::engine::source::{Finding, FindingKind, Findings, Lines, Parsed};
use crate::ir::{Reading, Type};

/// How many bytes before a block are looked at for the start of a line.
const FAR: usize = 1 << 20;

/// A column to decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// How its values are read.
    pub reading: Reading,
    /// Which values are taken.
    pub taken: Taken,
    /// What becomes of a value that stands where the object should that holds the field.
    pub misplaced: Misplaced,
}

/// What becomes of a value that stands where an object should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// There is no field, as where there is no object: nobody has said that there is one.
    Null,
    /// It does not read as the field that is declared.
    Fault,
    /// It is shown as it is spelled.
    Shown,
}

/// Which values of JSON a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Those of its own type: a string is no number, and a number no string.
    OfItsType,
    /// All: a string by its content, anything else as it is spelled.
    AsText,
    /// All, as they are spelled: a string in its quotes.
    AsSpelled,
}

impl Block {
    /// Decodes the columns asked for; a field that a record does not have is null.
    #[must_use]
    pub fn parse(&self, wanted: &[Wanted]) -> Parsed {
        let mut tree = Tree::reading(wanted.iter().map(|wanted| wanted.path.as_slice()));
        let (text, broken) = as_text(self.content());
        let mut columns: Vec<Vec<Cell>> = vec![Vec::new(); wanted.len()];
        let mut malformed = Mask::default();
        let records = self.records();
        let findings = self.each(&records, &text, &broken, &mut tree, |tree, row, found| {
            columns.iter_mut().for_each(|column| column.push(Cell::NULL));
            match found {
                None => malformed.set(row),
                Some(found) => {
                    for (field, cell) in found {
                        tree.fields[*field].columns.iter().for_each(|column| columns[*column][row] = *cell);
                        if !matches!(cell.token, Token::Object | Token::Null) {
                            let cell = Cell { above: true, ..*cell };
                            tree.fields[*field].above.iter().for_each(|column| columns[*column][row] = cell);
                        }
                    }
                }
            }
        });
        let cells = Cells { text: &text, bytes: self.content(), columns: &columns, wanted, records: &records };
        let read: Vec<Column> =
            wanted.iter().enumerate().map(|(place, wanted)| column::read(&cells, place, &wanted.reading)).collect();
        let decoded = Records {
            file: self.file,
            first_row: self.first_row,
            rows: records.len(),
            malformed: malformed.build(records.len()),
            lines: &lines(&records),
        };
        Parsed { batches: column::batches(&decoded, &read), findings }
    }

    /// Takes the kinds of the values of its sound records into a tree.
    pub(super) fn survey(&self, tree: &mut Tree) {
        let (text, broken) = as_text(self.content());
        self.each(&self.records(), &text, &broken, tree, |tree, _, found| {
            for (field, cell) in found.unwrap_or_default() {
                let spelled = text.get(cell.start as usize..cell.end as usize).unwrap_or_default();
                let missing = tree.fields[*field].missing.as_ref();
                let missing = missing.is_some_and(|missing| missing.is_spelled(&content(cell.token, spelled)));
                tree.note(*field, Kinds::of(if missing { Token::Null } else { cell.token }, spelled));
            }
        });
    }

    /// Walks through each record, and says what is wrong with those that are none.
    fn each(
        &self,
        records: &[Record],
        text: &str,
        broken: &[usize],
        tree: &mut Tree,
        mut see: impl FnMut(&mut Tree, usize, Option<&[(usize, Cell)]>),
    ) -> Findings {
        let mut findings = Findings::default();
        let mut walk = Walk::new(tree);
        let mut last = None;
        for (row, Record { range, line }) in records.iter().enumerate() {
            let mut wrong = Finding::at(FindingKind::NotJson, self.file, *line);
            wrong.row = Some(self.first_row + row as u64);
            let first = broken.partition_point(|place| *place < range.start);
            let mut at = range.start;
            let walked = if range.len() > self.longest {
                wrong.kind = FindingKind::LongRecord;
                false
            } else if let Some(place) = broken.get(first).filter(|place| **place < range.end) {
                wrong.kind = FindingKind::EncodingError;
                at = *place;
                false
            } else {
                let walked = walk.record(text, range.start, range.end);
                if let Err(error) = &walked {
                    at = say(error, text, range.start, &mut wrong);
                }
                walked.is_ok()
            };
            let found = std::mem::take(&mut walk.found);
            see(walk.tree(), row, walked.then_some(found.as_slice()));
            walk.found = found;
            if !walked {
                if findings.kept().len() < Findings::KEPT {
                    let passed = text.get(range.start..at).unwrap_or_default();
                    wrong.line += memchr_iter(b'\n', passed.as_bytes()).count() as u64;
                    wrong.column = self.column(text, at, &mut last);
                }
                findings.add(wrong);
            }
        }
        findings
    }

    /// The number of the character at a place in its line, from 1; unknown far into a line that goes on for ever.
    ///
    /// `last` is the place asked for before, and its number.
    fn column(&self, text: &str, at: usize, last: &mut Option<(usize, u64)>) -> Option<u64> {
        let count = |text: &str| text.chars().count() as u64;
        let (from, column) = match *last {
            Some((from, column)) if from <= at => (from, Some(column)),
            _ => (0, self.first_column()),
        };
        let between = text.get(from..at)?;
        let column = match between.rsplit_once('\n') {
            Some((_, line)) => count(line) + 1,
            None => column? + count(between),
        };
        *last = Some((at, column));
        Some(column)
    }

    /// The number of the first character of the block in its line.
    fn first_column(&self) -> Option<u64> {
        let before = self.bytes.get(..self.range.start)?;
        let far = before.len().saturating_sub(FAR);
        let near = &before[far..];
        let line = match memrchr(b'\n', near) {
            Some(end) => &near[end + 1..],
            None if far > 0 => return None,
            None => near.strip_prefix(BYTE_ORDER_MARK).unwrap_or(near),
        };
        Some(as_text(line).0.chars().count() as u64 + 1)
    }
}

/// Says what is wrong with a record that starts at a place, and where.
fn say(error: &Wrong, text: &str, start: usize, finding: &mut Finding) -> usize {
    let (kind, at) = match error {
        Wrong::NotJson(at) => {
            let before = text.get(start..(*at).max(start)).unwrap_or_default();
            finding.found = Some(before.chars().count() as u64 + 1);
            (FindingKind::NotJson, *at)
        }
        Wrong::NotAnObject => (FindingKind::NotAnObject, start),
        Wrong::DuplicateKey(key, at) => {
            finding.label = Some(key.clone());
            (FindingKind::DuplicateKey, *at)
        }
        Wrong::TooDeep(at) => (FindingKind::TooDeep, *at),
    };
    finding.kind = kind;
    at
}

fn lines(records: &[Record]) -> Lines {
    let first = records.first().map_or(1, |record| record.line);
    let consecutive = records.iter().zip(first..).all(|(record, line)| record.line == line);
    if consecutive {
        Lines::Consecutive { first }
    } else {
        Lines::Each(records.iter().map(|record| record.line).collect())
    }
}

/// The cells of the records of a block.
struct Cells<'a> {
    text: &'a str,
    columns: &'a [Vec<Cell>],
    wanted: &'a [Wanted],
    bytes: &'a [u8],
    records: &'a [Record],
}

impl column::Cells for Cells<'_> {
    fn rows(&self) -> usize {
        self.records.len()
    }

    fn each(&self, field: usize, reading: &Reading, mut take: impl FnMut(Given<'_>)) {
        let mut plain = String::new();
        let Wanted { taken, misplaced, .. } = self.wanted[field];
        if reading.as_stored && self.wanted[field].path.is_empty() {
            for record in self.records {
                let record = self.bytes.get(record.range.clone()).unwrap_or_default();
                take(Given::Text(as_shown(record, false).trim_end_matches('\r')));
            }
            return;
        }
        for cell in &self.columns[field] {
            let (start, end) = (cell.start as usize, cell.end as usize);
            let spelled = self.text.get(start..end).unwrap_or_default();
            take(match (cell.token, taken) {
                (Token::Null, _) => Given::Nothing,
                _ if reading.missing.is_some() && !cell.above && is_missing(cell.token, spelled, reading) => {
                    Given::Nothing
                }
                _ if cell.above => match misplaced {
                    Misplaced::Null => Given::Nothing,
                    Misplaced::Fault => Given::Other,
                    Misplaced::Shown => Given::Text(spelled),
                },
                (Token::Text | Token::Escaped, Taken::AsSpelled) => {
                    Given::Text(self.text.get(start - 1..=end).unwrap_or_default())
                }
                (Token::Text | Token::Escaped, _) if taken == Taken::AsText || takes_strings(reading.kind) => {
                    if cell.token == Token::Escaped {
                        unescape(spelled, &mut plain);
                    }
                    let content = if cell.token == Token::Escaped { plain.as_str() } else { spelled };
                    Given::Text(if reading.trim { content.trim() } else { content })
                }
                (_, Taken::AsText | Taken::AsSpelled) => Given::Text(spelled),
                (token, Taken::OfItsType) => of_type(token, reading.kind, spelled),
            });
        }
    }
}

/// Whether a value stands for none by how it is spelled: a string by its content.
fn is_missing(token: Token, spelled: &str, reading: &Reading) -> bool {
    let Some(missing) = &reading.missing else { return false };
    let content = content(token, spelled);
    missing.is_spelled(if reading.trim { content.trim() } else { &content })
}

/// What a value says: the content of a string, and anything else as it is spelled.
fn content(token: Token, spelled: &str) -> Cow<'_, str> {
    if token != Token::Escaped {
        return Cow::Borrowed(spelled);
    }
    let mut plain = String::new();
    unescape(spelled, &mut plain);
    Cow::Owned(plain)
}

/// Whether values of a type are strings in JSON.
#[must_use]
pub const fn takes_strings(kind: Type) -> bool {
    matches!(kind, Type::String | Type::Json | Type::Date | Type::Timestamp | Type::Time)
}

/// A value that is no string, as one of a type. How a number is spelled decides whether it reads as that type of number.
fn of_type(token: Token, kind: Type, spelled: &str) -> Given<'_> {
    let fits = match token {
        Token::Integer | Token::Fraction | Token::Exponent => kind.is_number(),
        Token::Boolean => kind == Type::Boolean,
        Token::Object if kind == Type::Object => return Given::Nested,
        Token::List if kind == Type::List => return Given::Nested,
        _ => false,
    };
    if fits || kind == Type::Json && !matches!(token, Token::Text | Token::Escaped) {
        Given::Text(spelled)
    } else {
        Given::Other
    }
}
