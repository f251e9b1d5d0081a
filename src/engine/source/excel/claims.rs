//! What a part of a workbook says of its own size, weighed before the library that reads it believes it.
//!
//! A table of shared texts says how many they are, and room for all is made at once; a cell of LibreOffice says how often it
//! is repeated. It looks at tags as text, without reading XML.

use std::io::{self, BufRead};

use memchr::memmem;

/// How many cells the rows of a workbook may have once repeated ones are written out.
const MOST_CELLS: u64 = 1 << 24;

/// Reads a part of XML to its end, and tells its size; or what it says that cannot be, in words.
///
/// # Errors
/// What it says that cannot be; inside, what the system says.
pub(super) fn weigh(mut part: impl BufRead) -> Result<io::Result<u64>, String> {
    let mut size = 0;
    let mut shared = 0;
    let mut cells = Cells::default();
    let mut tag = Vec::new();
    loop {
        tag.clear();
        match part.read_until(b'>', &mut tag) {
            Ok(0) => break,
            Ok(read) => size += read as u64,
            Err(error) => return Ok(Err(error)),
        }
        shared = shared.max(said(&tag, b"uniqueCount").unwrap_or(0));
        cells.see(&tag);
        if cells.all > MOST_CELLS {
            return Err(format!("repeats cells until there are more than {MOST_CELLS}; write it as CSV or Parquet"));
        }
    }
    // A text takes a few bytes at least.
    if shared > size {
        return Err(format!("says that it holds {shared} texts in {size} bytes"));
    }
    Ok(Ok(size))
}

/// The cells of the rows of a sheet of LibreOffice.
#[derive(Default)]
struct Cells {
    all: u64,
    /// Empty ones at the end of the current row, which count only if a value follows.
    pending: u64,
}

impl Cells {
    fn see(&mut self, tag: &[u8]) {
        let repeated = said(tag, b"number-columns-repeated");
        if memmem::find(tag, b"<table:table-row").is_some() {
            self.pending = 0;
        }
        let is_cell = memmem::find(tag, b"table-cell").is_some() && memmem::find(tag, b"</").is_none();
        let is_column = memmem::find(tag, b"<table:table-column").is_some();
        if is_column || (!is_cell && repeated.is_none()) {
            return;
        }
        let count = repeated.unwrap_or(1).min(1 << 14);
        if tag.ends_with(b"/>") && memmem::find(tag, b"value").is_none() {
            self.pending = self.pending.saturating_add(count).min(1 << 14);
        } else {
            self.all = self.all.saturating_add(self.pending).saturating_add(count);
            self.pending = 0;
        }
    }
}

/// The number that a tag gives for an attribute; the largest there is for one beyond it.
fn said(tag: &[u8], name: &[u8]) -> Option<u64> {
    let behind = &tag[memmem::find(tag, name)? + name.len()..];
    let mut digits = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start().get(1..)?.iter();
    let mut number: Option<u64> = None;
    while let Some(digit) = digits.next().filter(|byte| byte.is_ascii_digit()) {
        number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(xml: &str) -> Result<u64, String> {
        weigh(xml.as_bytes()).map(|read| read.unwrap())
    }

    #[test]
    fn a_table_of_texts_is_no_longer_than_its_part() {
        assert_eq!(found("<sst count=\"9\" uniqueCount=\"1\"><si/></sst>"), Ok(42));
        assert!(found("<sst uniqueCount = '99999999999999999999999'><si/></sst>").unwrap_err().contains("texts"));
    }

    #[test]
    fn repeated_cells_count_unless_they_are_empty_and_last() {
        let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
        let last = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
        let value =
            "<table:table-cell office:value=\"1\" table:number-columns-repeated=\"16384\"><p/></table:table-cell>";
        let one = "<table:table-cell office:value-type=\"string\"><p>x</p></table:table-cell>";
        let columns = "<table:table-column table:number-columns-repeated=\"16384\"/>";
        assert!(found(&row(&format!("{columns}{one}{last}")).repeat(2000)).is_ok());
        assert!(found(&row(value).repeat(2000)).unwrap_err().contains("repeats cells"));
        assert!(found(&row(&format!("{last}{one}")).repeat(2000)).unwrap_err().contains("repeats cells"));
    }
}
