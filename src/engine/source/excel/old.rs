//! What a workbook of the old kind says of its own size, weighed before the library that reads it believes it.
//!
//! Such a workbook is a file system in a file (MS-CFB), whose one stream holds records (MS-XLS). The library follows chains
//! of sectors wherever they lead, makes room for as many cells as a sheet says, and holds each sheet as one rectangle.
//! What leads back to itself, is larger than the file, or lies outside of any sheet is refused. What is only broken is left
//! to the library to find.

use std::collections::HashMap;

/// The end of a chain of sectors, and the first number that is no sector.
const END: u32 = 0xffff_fffe;
const NO_SECTOR: u32 = 0xffff_fffc;

/// Streams below this size stand in the small sectors.
const SMALL: usize = 4096;

/// Bytes of a small sector.
const SMALL_SECTOR: usize = 64;

/// The rows and columns of a sheet.
const ROWS: usize = 1 << 16;
const COLUMNS: usize = 1 << 8;

/// How many cells the rectangles of all sheets may have together.
const MOST_CELLS: usize = 1 << 25;

/// Refuses a workbook that the library could not bear.
///
/// # Errors
/// What it says that cannot be, in words.
pub(super) fn weigh(bytes: &[u8]) -> Result<(), String> {
    let files = Files::read(bytes)?;
    for name in ["Workbook", "Book"] {
        if let Some(entry) = files.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)) {
            sheets(&files.stream(entry))?;
        }
    }
    Ok(())
}

/// A file system in a file.
struct Files<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    /// What the small sectors are cut from.
    small: Vec<u8>,
    entries: Vec<Entry>,
}

/// A file in it.
struct Entry {
    name: String,
    start: u32,
    size: usize,
}

impl<'a> Files<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let header = bytes.get(..512).ok_or("it is cut off in its header")?;
        let sector = match short(header, 30) {
            9 => 512,
            12 => 4096,
            _ => return Err("its sectors are of no size that there is".to_owned()),
        };
        let mut files =
            Files { bytes, sector, table: Vec::new(), small_table: Vec::new(), small: Vec::new(), entries: Vec::new() };
        files.table = files.table_of_sectors(header)?;
        let folder = files.chain(long(header, 48), usize::MAX)?;
        files.entries = folder.chunks_exact(128).map(|entry| files.entry(entry)).collect::<Result<_, _>>()?;
        if size(header, 64) > files.sectors() {
            return Err("its table of small sectors is larger than the file".to_owned());
        }
        files.small_table = numbers(&files.chain(long(header, 60), size(header, 64) * sector)?);
        if let Some(root) = files.entries.first() {
            files.small = files.chain(root.start, root.size)?;
        }
        Ok(files)
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector + 1
    }

    fn sector(&self, number: u32) -> &'a [u8] {
        let start = (number as usize).saturating_add(1).saturating_mul(self.sector);
        let end = start.saturating_add(self.sector).min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// For each sector, the one that follows it.
    fn table_of_sectors(&self, header: &[u8]) -> Result<Vec<u32>, String> {
        let mut parts = numbers(&header[76..]);
        let mut next = long(header, 68);
        let mut steps = 0;
        while next < NO_SECTOR {
            steps += 1;
            let mut more = numbers(self.sector(next));
            let Some(last) = more.pop().filter(|_| steps <= self.sectors()) else {
                return Err("the list of its tables of sectors does not end".to_owned());
            };
            parts.append(&mut more);
            next = last;
        }
        parts.retain(|part| *part < NO_SECTOR);
        if parts.len() > self.sectors() {
            return Err("its tables of sectors are larger than the file".to_owned());
        }
        Ok(parts.into_iter().flat_map(|part| numbers(self.sector(part))).collect())
    }

    /// The bytes of a chain of sectors, so many at most.
    fn chain(&self, start: u32, most: usize) -> Result<Vec<u8>, String> {
        let (mut bytes, mut next, mut steps) = (Vec::new(), start, 0);
        while next < NO_SECTOR && bytes.len() < most {
            steps += 1;
            if steps > self.sectors() {
                return Err("a chain of its sectors leads back to itself".to_owned());
            }
            bytes.extend_from_slice(self.sector(next));
            next = self.table.get(next as usize).copied().unwrap_or(END);
        }
        bytes.truncate(most);
        Ok(bytes)
    }

    fn entry(&self, entry: &[u8]) -> Result<Entry, String> {
        let units = entry[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let name: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
        let name = String::from_utf16_lossy(&name);
        let size = if self.sector == 512 { size(entry, 120) } else { size(entry, 120) | (size(entry, 124) << 32) };
        let is_used = entry[66] != 0;
        if is_used && size > self.bytes.len() {
            return Err(format!("it says that `{}` in it is larger than the file", name.escape_debug()));
        }
        Ok(Entry { name, start: long(entry, 116), size })
    }

    /// The bytes of a file in it, as far as they are there.
    fn stream(&self, entry: &Entry) -> Vec<u8> {
        if entry.size >= SMALL {
            return self.chain(entry.start, entry.size).unwrap_or_default();
        }
        let (mut bytes, mut next) = (Vec::new(), entry.start);
        while next < NO_SECTOR && bytes.len() < entry.size {
            let start = (next as usize).saturating_mul(SMALL_SECTOR);
            let Some(part) = self.small.get(start..) else { break };
            bytes.extend_from_slice(&part[..part.len().min(SMALL_SECTOR)]);
            next = self.small_table.get(next as usize).copied().unwrap_or(END);
        }
        bytes
    }
}

/// Refuses sheets that are larger than sheets can be, one by one or together.
fn sheets(stream: &[u8]) -> Result<(), String> {
    let starts = records(stream).take_while(|(kind, _)| *kind != 0x000a).filter(|(kind, _)| *kind == 0x0085);
    let mut known: HashMap<usize, usize> = HashMap::new();
    let (mut all, mut seen) = (0_usize, 0_usize);
    for (_, record) in starts {
        let start = if record.len() < 4 { continue } else { size(record, 0) };
        let cells = match known.get(&start) {
            Some(cells) => *cells,
            None => {
                let (cells, bytes) = rectangle(stream.get(start..).unwrap_or_default())?;
                seen += bytes;
                known.insert(start, cells);
                cells
            }
        };
        all = all.saturating_add(cells);
        if all > MOST_CELLS || seen > 2 * stream.len() {
            return Err(format!("its sheets have room for more than {MOST_CELLS} cells; write it as CSV"));
        }
    }
    Ok(())
}

/// How many cells the rectangle has that holds all of a sheet, and how many bytes the sheet has.
fn rectangle(sheet: &[u8]) -> Result<(usize, usize), String> {
    let outside = || "a cell of it lies outside of any sheet".to_owned();
    // The first and the last, from 0.
    let (mut rows, mut columns) = ((usize::MAX, 0), (usize::MAX, 0));
    let (mut depth, mut bytes) = (0_usize, 0);
    for (kind, record) in records(sheet) {
        bytes += record.len() + 4;
        match kind {
            0x0809 => depth += 1,
            0x000a if depth <= 1 => break,
            0x000a => depth -= 1,
            // The dimensions of the sheet: the rows in 32 bits, in workbooks before 1997 in 16.
            0x0200 => {
                let (last_row, last_column) = match record.len() {
                    14.. => (size(record, 4), short(record, 10)),
                    10.. => (usize::from(short(record, 2)), short(record, 6)),
                    _ => continue,
                };
                if last_row > ROWS || usize::from(last_column) > COLUMNS {
                    return Err("a sheet of it says that it is larger than any".to_owned());
                }
            }
            // Cells: of numbers, texts, truth values, formulas, and runs of numbers.
            0x0203 | 0x0204 | 0x00d6 | 0x0205 | 0x027e | 0x00fd | 0x00bd | 0x0006 if record.len() >= 4 => {
                let (row, column) = (usize::from(short(record, 0)), usize::from(short(record, 2)));
                let last =
                    if kind == 0x00bd { column + record.len().saturating_sub(6).div_ceil(6) } else { column + 1 };
                if last > COLUMNS {
                    return Err(outside());
                }
                rows = (rows.0.min(row), rows.1.max(row + 1));
                columns = (columns.0.min(column), columns.1.max(last));
            }
            _ => {}
        }
    }
    Ok((rows.1.saturating_sub(rows.0) * columns.1.saturating_sub(columns.0), bytes))
}

/// The records of a stream, each with its kind.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (head, behind) = rest.split_first_chunk::<4>()?;
        let length = usize::from(short(head, 2)).min(behind.len());
        let (record, after) = behind.split_at(length);
        rest = after;
        Some((short(head, 0), record))
    })
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from(short(bytes, at)) | (u32::from(short(bytes, at + 2)) << 16)
}

fn size(bytes: &[u8], at: usize) -> usize {
    long(bytes, at) as usize
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap();
        [kind.to_le_bytes().as_slice(), &length.to_le_bytes(), content].concat()
    }

    fn cell(row: u16, column: u16) -> Vec<u8> {
        record(0x0203, &[row.to_le_bytes(), column.to_le_bytes(), [0; 2], [0; 2]].concat())
    }

    /// A stream of so many sheets, all of them at one place, of these records.
    fn stream(sheets: usize, records: &[Vec<u8>]) -> Vec<u8> {
        let start = (sheets * 12 + 4).to_le_bytes();
        let begin = record(0x0085, &[&start[..4], &[0; 4]].concat()).repeat(sheets);
        [begin, record(0x000a, b""), record(0x0809, b""), records.concat(), record(0x000a, b"")].concat()
    }

    #[test]
    fn a_sheet_is_no_larger_than_sheets_are() {
        assert_eq!(sheets(&stream(1, &[cell(0, 0), cell(65_535, 255)])), Ok(()));
        assert!(sheets(&stream(1, &[cell(0, 256)])).unwrap_err().contains("outside"));
        let dimensions = [[0; 4], 65_537_u32.to_le_bytes(), [0, 0, 1, 0], [0; 4]].concat();
        assert!(sheets(&stream(1, &[record(0x0200, &dimensions[..14])])).unwrap_err().contains("larger than any"));
    }

    #[test]
    fn sheets_are_not_too_large_together() {
        let corners = [cell(0, 0), cell(65_535, 255)];
        assert_eq!(sheets(&stream(2, &corners)), Ok(()));
        assert!(sheets(&stream(3, &corners)).unwrap_err().contains("room for more"));
        assert_eq!(sheets(&stream(300, &[cell(3, 3), cell(9, 9)])), Ok(()));
    }

    #[test]
    fn what_is_no_file_system_is_said_to_be_none() {
        assert!(weigh(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").is_err());
        assert!(weigh(&[0xff; 4096]).is_err());
    }
}
