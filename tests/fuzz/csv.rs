//! Any bytes as delimited text: the same rows and faults whatever the size of the blocks it is read in.

use super::world::Disk;
use arrow::array::{Array, AsArray};
use tamiz::dataset::Quote;
use tamiz::engine::source::csv::{File, Header, Options, Request};
use tamiz::engine::source::{Finding, FindingKind, Findings};
use tamiz::ir::{Encoding, Reading, Type};
use tamiz::lang::Lang;

/// The encodings that an input may be said to be in.
const ENCODINGS: [&str; 6] = ["utf-8", "utf-16", "utf-16be", "windows-1252", "shift_jis", "gb18030"];

/// Types that fields are read as, one after the other.
const TYPES: [Type; 8] =
    [Type::Integer, Type::Decimal, Type::Float, Type::Boolean, Type::Date, Type::Timestamp, Type::Time, Type::Json];

/// Reads any bytes: the first say how the file is said to be written, the rest is the file.
pub(crate) fn hold(input: &[u8]) {
    let Some(([said, size, comma, marks], bytes)) = input.split_first_chunk::<4>() else { return };
    let on_disk = Disk::holding(bytes);
    let options = options(*said, *comma, *marks);
    let Ok(file) = File::open(on_disk.path(), 0, &options) else { return };
    let whole = read(&file, 1 << 16);
    if let Some(whole) = &whole {
        whole.adds_up();
    }
    let size = usize::from(*size) + 1;
    assert_eq!(whole, read(&file, size), "in blocks of {size} bytes");
}

fn options(said: u8, comma: u8, marks: u8) -> Options {
    let has = |bit: u8| said & (1 << bit) != 0;
    Options {
        encoding: if has(0) { Encoding::of_label(ENCODINGS[usize::from(marks) % ENCODINGS.len()]) } else { None },
        delimiter: has(1).then_some(comma),
        quote: if has(2) { Quote::Byte(b'\'') } else { Quote::Unsaid },
        header: match (has(3), has(4)) {
            (true, true) => Some(Header::Names(vec!["x".to_owned(), "y".to_owned()])),
            (true, false) => Some(Header::None),
            _ => None,
        },
        skip_lines: u64::from(has(5)) * u64::from(marks % 4),
        comment: if has(6) { "#".to_owned() } else { String::new() },
        null_values: if has(7) { vec!["NA".to_owned(), "-".to_owned()] } else { Vec::new() },
        quoted_empty_is_text: marks & 0x80 != 0,
        ..Options::default()
    }
}

/// What a file turned into.
#[derive(Debug, PartialEq)]
struct Read {
    names: Vec<String>,
    rows: Vec<Row>,
    findings: Vec<(FindingKind, u64)>,
    kept: Vec<Finding>,
}

#[derive(Debug, PartialEq)]
struct Row {
    line: u64,
    malformed: bool,
    /// The text of each field; none where it is null.
    cells: Vec<Option<String>>,
    /// For each field whether it does not read as some type.
    unparsed: Vec<bool>,
}

impl Read {
    /// Rows, faults and lines agree with each other.
    fn adds_up(&self) {
        let malformed = self.rows.iter().filter(|row| row.malformed).count() as u64;
        let of_rows = self.kept.iter().filter(|finding| finding.row.is_some()).count() as u64;
        let total: u64 = self.findings.iter().map(|(_, count)| count).sum();
        assert!(
            self.kept.len() as u64 == total || self.kept.len() == Findings::KEPT,
            "faults are kept while there is room"
        );
        assert!(self.kept.len() == Findings::KEPT || of_rows == malformed, "each malformed row has one fault");
        assert!(self.rows.is_sorted_by_key(|row| row.line), "rows stand in order");
        for row in self.rows.iter().filter(|row| row.malformed) {
            assert!(row.cells.iter().all(Option::is_none), "a malformed record has no cells");
            assert!(!row.unparsed.contains(&true), "a malformed record has no cell that does not read");
        }
        for finding in &self.kept {
            let at = finding.row.map(|row| &self.rows[usize::try_from(row).unwrap_or(usize::MAX)]);
            assert!(at.is_none_or(|row| row.malformed), "{finding:?} is of a row that is sound");
            for lang in [Lang::En, Lang::Es] {
                assert!(!finding.describe(lang).is_empty());
            }
        }
    }
}

/// Reads all of it, as text and as values of other types; none if the file breaks off.
fn read(file: &File, size: usize) -> Option<Read> {
    // Records of thousands of fields are no other case than those of some.
    let width = file.columns().len().min(12);
    let texts = (0..width).map(|field| (field, Reading::plain(Type::String)));
    let typed = (0..width).map(|field| (field, Reading::plain(TYPES[field % TYPES.len()])));
    let request = Request { columns: texts.chain(typed).collect() };
    let mut findings = file.findings().clone();
    let mut rows = Vec::new();
    for block in file.blocks_of(size) {
        let block = block.ok()?;
        assert_eq!(block.first_row(), rows.len() as u64, "the splitter and the decoder count alike");
        let parsed = block.parse(&request);
        assert!(!parsed.batches.is_empty(), "a block has a batch");
        for batch in &parsed.batches {
            assert_eq!(batch.first_row, rows.len() as u64, "no row is skipped");
            assert_eq!(batch.columns.len(), request.columns.len());
            for row in 0..batch.rows {
                let (texts, typed) = batch.columns.split_at(width);
                let text = |column: &arrow::array::ArrayRef| {
                    let column = column.as_string_view();
                    column.is_valid(row).then(|| column.value(row).to_owned())
                };
                let bad = batch.unparsed[width..].iter().map(|bad| bad.as_ref().is_some_and(|bad| bad.value(row)));
                let bad: Vec<bool> = bad.collect();
                for (field, bad) in bad.iter().enumerate() {
                    assert!(!bad || typed[field].is_null(row), "a cell that does not read has no value");
                    assert!(!bad || texts[field].is_valid(row), "a cell that does not read has a text");
                }
                rows.push(Row {
                    line: batch.lines.as_ref()?.of(row)?,
                    malformed: batch.malformed.as_ref().is_some_and(|mask| mask.value(row)),
                    cells: texts.iter().map(text).collect(),
                    unparsed: bad,
                });
            }
        }
        findings.merge(parsed.findings);
    }
    let counts = FindingKind::ALL.iter().map(|kind| (*kind, findings.count(*kind))).collect();
    Some(Read { names: file.columns().to_vec(), rows, findings: counts, kept: findings.kept().to_vec() })
}
