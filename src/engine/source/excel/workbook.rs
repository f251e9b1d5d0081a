//! Workbooks of any age, as `calamine` reads them: which sheets there are, and the cells of one.
//!
//! A sheet is held in memory, so what a workbook may hold is bounded before it is read: no part of it may be larger than
//! [`LARGEST_PART`] uncompressed, and all are read to their end, checksums included, to know that.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use calamine::{Data, Ods, Range, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, XlsbError, Xlsx, XlsxError};

use super::area::{self, Area};
use super::cell::Cell;
use super::{claims, old};
use crate::engine::source::library;

/// Bytes of the largest part of a workbook, uncompressed, that is read.
pub(super) const LARGEST_PART: u64 = 512 << 20;

/// Bytes of all parts together.
const LARGEST: u64 = 4 << 30;

/// Bytes of the largest workbook of the old kind, which is read whole.
const LARGEST_OLD: u64 = 128 << 20;

/// The cells of a sheet that hold something, by column, each with its rows in order.
pub(super) type Columns = BTreeMap<u32, Vec<(u32, Cell)>>;

/// Which part of a workbook is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The name of a sheet, or its number from 1 where no sheet has that name; the first visible one if unsaid.
    pub sheet: Option<String>,
    /// A range of cells, or the name of one; what is used if unsaid.
    pub range: Option<String>,
}

/// Reads the part of a workbook that is meant: its cells, and the range if one is said.
///
/// # Errors
/// If it is no workbook, is encrypted, broken or too large, or has no such sheet or range; in words.
pub(super) fn read<R: Read + Seek>(reader: R, part: &Part) -> Result<(Columns, Option<Area>), String> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    library::ask(|| {
        let mut book = open(&mut reader)?;
        let (sheet, area) = meant(&book, part)?;
        let columns = cells(&mut book, &sheet, area.unwrap_or_default())
            .map_err(|error| format!("its sheet `{sheet}` cannot be read ({error})"))?;
        Ok::<_, String>((columns, area))
    })
}

fn open<R: Read + Seek>(reader: &mut R) -> Result<Sheets<&mut R>, String> {
    let said = |error: &dyn std::fmt::Display| format!("it is no workbook that can be read ({error})");
    let mut head = Vec::new();
    reader.by_ref().take(8).read_to_end(&mut head).map_err(|error| said(&error))?;
    let size = reader.seek(SeekFrom::End(0)).map_err(|error| said(&error))?;
    reader.rewind().map_err(|error| said(&error))?;
    let encrypted = || "it is encrypted; save it without a password".to_owned();
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        if size > LARGEST_OLD {
            let most = LARGEST_OLD >> 20;
            return Err(format!(
                "a workbook of the old kind, or an encrypted one, of more than {most} MiB is not read; write it as CSV"
            ));
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| said(&error))?;
        reader.rewind().map_err(|error| said(&error))?;
        old::weigh(&bytes).map_err(|error| said(&error))?;
        if matches!(Xlsx::new(&mut *reader), Err(XlsxError::Password)) {
            return Err(encrypted());
        }
        reader.rewind().map_err(|error| said(&error))?;
        return Xls::new(reader).map(Sheets::Xls).map_err(|error| match error {
            calamine::XlsError::Password => encrypted(),
            error => said(&error),
        });
    }
    if !head.starts_with(b"PK") {
        return Err("it does not begin as a workbook does".to_owned());
    }
    let kind = weigh(&mut *reader).map_err(|error| said(&error))?;
    reader.rewind().map_err(|error| said(&error))?;
    match kind {
        Kind::Xlsx => Xlsx::new(reader).map(Sheets::Xlsx).map_err(|error| said(&error)),
        Kind::Xlsb => Xlsb::new(reader).map(Sheets::Xlsb).map_err(|error| said(&error)),
        Kind::Ods => Ods::new(reader).map(Sheets::Ods).map_err(|error| match error {
            calamine::OdsError::Password => encrypted(),
            error => said(&error),
        }),
    }
}

/// A kind of workbook that is an archive.
enum Kind {
    Xlsx,
    Xlsb,
    Ods,
}

/// Reads the parts of a workbook to their end, to know how large they are and that they are whole.
fn weigh(reader: impl Read + Seek) -> Result<Kind, String> {
    let said = |error: &dyn std::fmt::Display| format!("its archive is broken or cut off: {error}");
    let mut archive = zip::ZipArchive::new(reader).map_err(|error| said(&error))?;
    let has = |part: &str| archive.index_for_name(part).is_some();
    let kind = match () {
        () if has("content.xml") => Kind::Ods,
        () if has("xl/workbook.bin") => Kind::Xlsb,
        () if has("xl/workbook.xml") => Kind::Xlsx,
        () => return Err("it is an archive of something else".to_owned()),
    };
    let mut left = LARGEST;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| said(&error))?;
        let name = part.name().map_err(|error| said(&error))?.into_owned();
        if !holds_cells(&name) {
            continue;
        }
        let most = LARGEST_PART.min(left);
        let size = if part.size() > most {
            part.size()
        } else {
            let content = part.by_ref().take(most + 1);
            let read = if ending(&name) == "xml" {
                claims::weigh(BufReader::with_capacity(1 << 16, content))
            } else {
                Ok(io::copy(&mut { content }, &mut io::sink()))
            };
            let read = read.map_err(|claim| format!("its part `{name}` {claim}"))?;
            read.map_err(|error| said(&error))?
        };
        if size > most {
            let most = LARGEST_PART >> 20;
            return Err(format!(
                "its part `{name}` is larger than {most} MiB uncompressed; write it as CSV or Parquet"
            ));
        }
        left -= size;
    }
    Ok(kind)
}

/// Whether a part of a workbook may be read for the cells of a sheet.
fn holds_cells(name: &str) -> bool {
    let aside = ["xl/media/", "xl/embeddings/", "xl/drawings/", "Pictures/", "Thumbnails/"];
    matches!(ending(name).as_str(), "xml" | "rels" | "bin")
        && name != "xl/vbaProject.bin"
        && !aside.iter().any(|at| name.starts_with(at))
}

/// What the name of a part ends in, in small letters.
fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// The name of the sheet that is meant, and the range in it if one is said.
fn meant<R: Read + Seek>(book: &Sheets<R>, part: &Part) -> Result<(String, Option<Area>), String> {
    let mut sheet = part.sheet.clone();
    let mut area = None;
    if let Some(range) = &part.range {
        let named = book.defined_names().iter().find(|(name, _)| name == range);
        let (of, said) = match (Area::read(range), named) {
            (Some(read), _) => read,
            (None, Some((_, formula))) => Area::read(formula)
                .ok_or_else(|| format!("its name `{range}` stands for `{formula}`, which is not one range of cells"))?,
            (None, None) => {
                let names: Vec<_> = book.defined_names().iter().map(|(name, _)| format!("`{name}`")).collect();
                let names = if names.is_empty() { String::new() } else { format!("; it has {}", names.join(", ")) };
                return Err(format!(
                    "`{range}` is no range such as `B3:F200`, and no name of one in the workbook{names}"
                ));
            }
        };
        if let (Some(of), Some(sheet)) = (&of, &sheet)
            && of != sheet
        {
            return Err(format!("the range `{range}` is of the sheet `{of}`, and the format says `{sheet}`"));
        }
        sheet = sheet.or(of);
        area = Some(said);
    }
    let sheets = book.sheets_metadata();
    let is_visible =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && matches!(sheet.typ, SheetType::WorkSheet);
    let found = match &sheet {
        None => sheets.iter().find(is_visible),
        Some(name) => sheets.iter().find(|sheet| sheet.name == *name).or_else(|| {
            let number = name.parse::<usize>().ok()?.checked_sub(1)?;
            sheets.get(number)
        }),
    };
    match found {
        Some(sheet) => Ok((sheet.name.clone(), area)),
        None => {
            let names: Vec<_> = sheets.iter().map(|sheet| format!("`{}`", sheet.name)).collect();
            let what = sheet.map_or_else(|| "no visible sheet".to_owned(), |name| format!("no sheet `{name}`"));
            Err(format!("it has {what}; its sheets are {}", names.join(", ")))
        }
    }
}

/// The cells of a sheet that lie in an area.
fn cells<R: Read + Seek>(book: &mut Sheets<R>, sheet: &str, area: Area) -> Result<Columns, String> {
    let mut taken = Taken { columns: Columns::new(), area };
    match book {
        Sheets::Xlsx(book) => {
            let is_1904 = book.has_1904_epoch();
            let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| told_xlsx(&error))?;
            while let Some(cell) = cells.next_cell().map_err(|error| told_xlsx(&error))? {
                taken.add(cell.get_position(), cell.get_value().clone().into(), is_1904)?;
            }
        }
        Sheets::Xlsb(book) => {
            let is_1904 = book.has_1904_epoch();
            let said = |error: XlsbError| error.to_string();
            let mut cells = book.worksheet_cells_reader(sheet).map_err(said)?;
            while let Some(cell) = cells.next_cell().map_err(said)? {
                taken.add(cell.get_position(), cell.get_value().clone().into(), is_1904)?;
            }
        }
        Sheets::Xls(book) => {
            let is_1904 = book.has_1904_epoch();
            taken.add_all(&book.worksheet_range(sheet).map_err(|error| error.to_string())?, is_1904)?;
        }
        Sheets::Ods(book) => taken.add_all(&book.worksheet_range(sheet).map_err(|error| error.to_string())?, false)?,
    }
    taken.in_order()
}

fn told_xlsx(error: &XlsxError) -> String {
    match error {
        XlsxError::WorksheetNotFound(_) => "the part that holds it is missing".to_owned(),
        other => other.to_string(),
    }
}

/// Cells as they come.
struct Taken {
    columns: Columns,
    area: Area,
}

impl Taken {
    fn add(&mut self, (row, column): (u32, u32), data: Data, is_1904: bool) -> Result<(), String> {
        if row >= area::LARGEST.0 || column >= area::LARGEST.1 {
            return Err(format!("the cell {} lies outside of any sheet", area::cell_name(row, column)));
        }
        if self.area.holds(row, column)
            && let Some(cell) = Cell::of(data, is_1904)
        {
            self.columns.entry(column).or_default().push((row, cell));
        }
        Ok(())
    }

    fn add_all(&mut self, range: &Range<Data>, is_1904: bool) -> Result<(), String> {
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, data) in range.used_cells() {
            let place = |from: u32, steps: usize| u32::try_from(steps).unwrap_or(u32::MAX).saturating_add(from);
            self.add((place(top, row), place(left, column)), data.clone(), is_1904)?;
        }
        Ok(())
    }

    /// The cells of each column by row, no two of them in one place.
    fn in_order(mut self) -> Result<Columns, String> {
        for (column, cells) in &mut self.columns {
            if !cells.is_sorted_by_key(|(row, _)| *row) {
                cells.sort_by_key(|(row, _)| *row);
            }
            if let Some([(row, _), _]) = cells.array_windows().find(|[(one, _), (other, _)]| one == other) {
                return Err(format!("it has two cells {}", area::cell_name(*row, *column)));
            }
            cells.shrink_to_fit();
        }
        Ok(self.columns)
    }
}
