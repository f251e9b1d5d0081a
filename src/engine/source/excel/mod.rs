//! Sheets of workbooks: `.xlsx`, `.xlsm`, `.xlsb`, `.xls`, and `.ods` of LibreOffice.
//!
//! A sheet is read like the records of a CSV: its first row names the columns, the rows below are data. A cell reads by the
//! type of its column: a number 5.0 is the integer 5, its text is `5`; a date is a date; text reads as text does. An error
//! such as `#N/A` is a value that reads as no type. A formula is the value that was stored with it, hidden rows are rows,
//! and of merged cells the first has the value.
//!
//! A row without a value is a finding and no row, or in a sheet of one column a null; those after the last value are
//! nothing at all. Lines are the numbers of the rows in the sheet.

use std::io::{self, Read, Seek};

use super::column::{self, Records};
use super::csv::{Header, header};
use super::input::Input;
use super::{Finding, FindingKind, Findings, Lines, Parsed};
use crate::ir::Reading;
use cell::Cell;
use workbook::Columns;

mod area;
mod cell;
mod claims;
mod old;
mod workbook;

pub use workbook::Part;

/// How many rows a batch has at most.
const BATCH: usize = 16_384;

/// How a sheet is said to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which sheet, and which range of it.
    pub part: Part,
    /// Where the names of the columns are.
    pub header: Header,
    /// Spellings of null, beside the empty cell.
    pub null_values: Vec<String>,
}

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system could not read it.
    #[error("cannot read `{input}`: {source}")]
    Io {
        /// The file.
        input: Input,
        /// What the system says.
        source: io::Error,
    },
    /// It is not the workbook it should be.
    #[error("cannot read `{input}` as a workbook: {message}")]
    Format {
        /// The file.
        input: Input,
        /// What is wrong with it.
        message: String,
    },
}

/// A sheet of a workbook, held in memory.
#[derive(Debug)]
pub struct File {
    index: usize,
    columns: Vec<String>,
    /// The cells of each column: the index of the row among those of data, and what stands there.
    cells: Vec<Vec<(u32, Cell)>>,
    /// The number of each row of data in the sheet, from 1.
    lines: Vec<u64>,
    null_values: Vec<String>,
    findings: Findings,
}

impl File {
    /// Opens a workbook and reads a sheet of it.
    ///
    /// `index` is the number of the file in its dataset, which batches and findings carry.
    ///
    /// # Errors
    /// If it cannot be read, is encrypted, broken or too large, or has no such sheet or range.
    pub fn open(input: impl Into<Input>, index: usize, options: &Options) -> Result<Self, Error> {
        let input = input.into();
        let file = input.handle().map_err(|source| Error::Io { input: input.clone(), source })?;
        Self::read(file, index, options).map_err(|message| Error::Format { input, message })
    }

    fn read(reader: impl Read + Seek, index: usize, options: &Options) -> Result<Self, String> {
        let (cells, area) = workbook::read(reader, &options.part)?;
        let area = area.unwrap_or_default();
        let first = cells.values().filter_map(|column| column.first()).map(|(row, _)| *row).min();
        let last = cells.values().filter_map(|column| column.last()).map(|(row, _)| *row).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Self::empty(index, options));
        };
        let left = area.left.or(cells.keys().next().copied()).unwrap_or(0);
        let right = area.right.or(cells.keys().next_back().copied()).unwrap_or(left);
        let mut sheet = Sheet { index, cells, left, width: (right - left) as usize + 1, findings: Findings::default() };
        let top = area.top.unwrap_or(first);
        for row in top..first {
            sheet.blank(row);
        }
        let (columns, start) = match &options.header {
            Header::First => (sheet.names(first), first + 1),
            Header::None => ((0..sheet.width).map(header::made_up).collect(), first),
            Header::Names(names) if names.len() < sheet.width => {
                let message = format!(
                    "its rows have {} cells, and the format names {} columns; name them all, or say their `range`",
                    sheet.width,
                    names.len()
                );
                return Err(message);
            }
            Header::Names(names) => (names.clone(), first),
        };
        let (lines, cells) = sheet.rows(start, last, columns.len());
        let findings = sheet.findings;
        Ok(Self { index, columns, cells, lines, null_values: options.null_values.clone(), findings })
    }

    fn empty(index: usize, options: &Options) -> Self {
        let columns = if let Header::Names(names) = &options.header { names.clone() } else { Vec::new() };
        let cells = columns.iter().map(|_| Vec::new()).collect();
        let (null_values, lines) = (options.null_values.clone(), Vec::new());
        Self { index, columns, cells, lines, null_values, findings: Findings::default() }
    }

    /// The names of the columns, made distinct.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What is wrong with the header, and the rows without a value.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The rows in pieces that become one batch each, or a few.
    #[must_use]
    pub fn pieces(&self) -> Vec<std::ops::Range<usize>> {
        let rows = self.lines.len();
        (0..rows).step_by(BATCH).map(|start| start..(start + BATCH).min(rows)).collect()
    }

    /// Decodes the columns of a piece; the numbers are those of columns, from 0.
    #[must_use]
    pub fn parse(&self, piece: &std::ops::Range<usize>, request: &[(usize, Reading)]) -> Parsed {
        let cells = Cells { file: self, start: piece.start, rows: piece.len() };
        let columns: Vec<_> = request.iter().map(|(field, reading)| column::read(&cells, *field, reading)).collect();
        let lines = Lines::Each(self.lines[piece.clone()].to_vec());
        let first_row = piece.start as u64;
        let records = Records { file: self.index, first_row, rows: piece.len(), malformed: None, lines: &lines };
        Parsed { batches: column::batches(&records, &columns), findings: Findings::default() }
    }

    /// Calls with the text of each value of a column, as it is told types apart by: a date is one, among moments a
    /// moment; an error is of no type.
    pub(in crate::engine::source) fn each_text(&self, column: usize, mut take: impl FnMut(&str)) {
        let cells = self.cells.get(column).map(Vec::as_slice).unwrap_or_default();
        let timed = cells.iter().any(|(_, cell)| cell.is_timed());
        for (_, cell) in cells {
            let text = cell.text(false, timed);
            if !matches!(cell, Cell::Error(_)) && !self.null_values.contains(&text) {
                take(&text);
            }
        }
    }
}

/// A sheet whose rows are told apart.
struct Sheet {
    index: usize,
    cells: Columns,
    /// The first column, and how many there are.
    left: u32,
    width: usize,
    findings: Findings,
}

impl Sheet {
    /// The names in a row.
    fn names(&mut self, row: u32) -> Vec<String> {
        let labels = (self.left..).take(self.width).map(|column| {
            let cells = self.cells.get(&column).map(Vec::as_slice).unwrap_or_default();
            let found = cells.binary_search_by_key(&row, |(row, _)| *row);
            (0, found.map_or_else(|_| Vec::new(), |place| cells[place].1.text(true, false).into_bytes()))
        });
        let at = |kind, _| Finding::at(kind, self.index, u64::from(row) + 1);
        header::names(&labels.collect::<Vec<_>>(), at, &mut self.findings)
    }

    /// The numbers of the rows of data, and the cells of so many columns by row among these.
    fn rows(&mut self, start: u32, last: u32, width: usize) -> (Vec<u64>, Vec<Vec<(u32, Cell)>>) {
        let mut filled = vec![width == 1; (last + 1).saturating_sub(start) as usize];
        for (row, _) in self.cells.values().flatten() {
            if let Some(filled) = row.checked_sub(start).and_then(|row| filled.get_mut(row as usize)) {
                *filled = true;
            }
        }
        let mut lines = Vec::new();
        // The index of a row of data by its place under the header.
        let mut indices = Vec::with_capacity(filled.len());
        for (row, filled) in (start..).zip(filled) {
            indices.push(u32::try_from(lines.len()).unwrap_or(u32::MAX));
            if filled { lines.push(u64::from(row) + 1) } else { self.blank(row) }
        }
        let columns = (self.left..).take(width).map(|column| {
            let cells = self.cells.remove(&column).unwrap_or_default().into_iter();
            let data = cells.filter_map(|(row, cell)| Some((*indices.get(row.checked_sub(start)? as usize)?, cell)));
            data.collect()
        });
        (lines, columns.collect())
    }

    fn blank(&mut self, row: u32) {
        self.findings.add(Finding::at(FindingKind::BlankRow, self.index, u64::from(row) + 1));
    }
}

/// Some rows of a sheet.
struct Cells<'a> {
    file: &'a File,
    start: usize,
    rows: usize,
}

impl column::Cells for Cells<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn each(&self, field: usize, reading: &Reading, mut take: impl FnMut(column::Given<'_>)) {
        let cells = self.file.cells.get(field).map(Vec::as_slice).unwrap_or_default();
        let from = cells.partition_point(|(row, _)| (*row as usize) < self.start);
        let mut cells = cells[from..].iter().peekable();
        for row in self.start..self.start + self.rows {
            match cells.next_if(|(at, _)| *at as usize == row) {
                Some((_, cell)) => cell.give(reading, &self.file.null_values, &mut take),
                None => take(column::Given::Nothing),
            }
        }
    }
}
