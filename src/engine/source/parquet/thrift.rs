//! Thrift's compact protocol, as far as footers, page headers and page indexes are written in it: read over, with nothing held in memory.
//!
//! Each field that the format knows must be of the kind that the format says, and a list no longer than the bytes that are
//! left: the library reads them so by their numbers, whatever kind the file gives them. The table of the kinds is
//! `parquet.thrift` of the Apache project.

use std::io::{self, Read};

/// How deep unknown structures may stand inside each other.
const DEEPEST: u32 = 32;

/// The structures that the format knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    Footer,
    SchemaElement,
    LogicalType,
    DecimalType,
    TimeType,
    TimeUnit,
    IntegerType,
    VariantType,
    GeometryType,
    GeographyType,
    RowGroup,
    SortingColumn,
    ColumnChunk,
    ColumnMetaData,
    Statistics,
    PageEncodingStats,
    SizeStatistics,
    GeospatialStatistics,
    BoundingBox,
    KeyValue,
    ColumnOrder,
    PageHeader,
    DataPage,
    DictionaryPage,
    DataPageV2,
    OffsetIndex,
    PageLocation,
    ColumnIndex,
    /// One whose fields are none that the format knows.
    Other,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Truth,
    /// A truth in a list, which takes a byte there.
    Flag,
    Byte,
    /// A whole number of so many bits.
    Number(u32),
    Double,
    Bytes,
    Of(Structure),
    List(&'static Kind),
}

/// What is met on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// A structure begins.
    Structure(Structure),
    /// A field of some structure holds a whole number.
    Number(Structure, i16, i64),
}

const TRUTH: Kind = Kind::Truth;
const I16: Kind = Kind::Number(16);
const I32: Kind = Kind::Number(32);
const I64: Kind = Kind::Number(64);
const BYTES: Kind = Kind::Bytes;

/// What a field of a structure holds, if the format knows it.
#[expect(clippy::match_same_arms, reason = "a structure after the other, as the format lists them")]
fn kind(of: Structure, field: i16) -> Option<Kind> {
    use Structure as S;
    Some(match (of, field) {
        (S::Footer, 1) => I32,
        (S::Footer, 2) => Kind::List(&Kind::Of(S::SchemaElement)),
        (S::Footer, 3) => I64,
        (S::Footer, 4) => Kind::List(&Kind::Of(S::RowGroup)),
        (S::Footer, 5) | (S::ColumnMetaData, 8) => Kind::List(&Kind::Of(S::KeyValue)),
        (S::Footer, 6 | 9) => BYTES,
        (S::Footer, 7) => Kind::List(&Kind::Of(S::ColumnOrder)),
        (S::SchemaElement, 1..=3 | 5..=9) => I32,
        (S::SchemaElement, 4) => BYTES,
        (S::SchemaElement, 10) => Kind::Of(S::LogicalType),
        (S::LogicalType, 5) => Kind::Of(S::DecimalType),
        (S::LogicalType, 7 | 8) => Kind::Of(S::TimeType),
        (S::LogicalType, 10) => Kind::Of(S::IntegerType),
        (S::LogicalType, 16) => Kind::Of(S::VariantType),
        (S::LogicalType, 17) => Kind::Of(S::GeometryType),
        (S::LogicalType, 18) => Kind::Of(S::GeographyType),
        (S::LogicalType | S::TimeUnit | S::ColumnOrder, _) => Kind::Of(S::Other),
        (S::DecimalType, 1 | 2) | (S::GeographyType, 2) => I32,
        (S::TimeType, 1) | (S::IntegerType, 2) => TRUTH,
        (S::TimeType, 2) => Kind::Of(S::TimeUnit),
        (S::IntegerType | S::VariantType, 1) => Kind::Byte,
        (S::GeometryType | S::GeographyType, 1) => BYTES,
        (S::RowGroup, 1) => Kind::List(&Kind::Of(S::ColumnChunk)),
        (S::RowGroup, 2 | 3 | 5 | 6) => I64,
        (S::RowGroup, 4) => Kind::List(&Kind::Of(S::SortingColumn)),
        (S::RowGroup, 7) => I16,
        (S::SortingColumn, 1) => I32,
        (S::SortingColumn, 2 | 3) => TRUTH,
        (S::ColumnChunk, 1 | 9) => BYTES,
        (S::ColumnChunk, 2 | 4 | 6) => I64,
        (S::ColumnChunk, 3) => Kind::Of(S::ColumnMetaData),
        (S::ColumnChunk, 5 | 7) => I32,
        (S::ColumnMetaData, 1 | 4 | 15) => I32,
        (S::ColumnMetaData, 2) => Kind::List(&I32),
        (S::ColumnMetaData, 3) => Kind::List(&BYTES),
        (S::ColumnMetaData, 5..=7 | 9..=11 | 14) => I64,
        (S::ColumnMetaData, 12) => Kind::Of(S::Statistics),
        (S::ColumnMetaData, 13) => Kind::List(&Kind::Of(S::PageEncodingStats)),
        (S::ColumnMetaData, 16) => Kind::Of(S::SizeStatistics),
        (S::ColumnMetaData, 17) => Kind::Of(S::GeospatialStatistics),
        (S::Statistics, 1 | 2 | 5 | 6) => BYTES,
        (S::Statistics, 3 | 4 | 9) => I64,
        (S::Statistics, 7 | 8) => TRUTH,
        (S::PageEncodingStats, 1..=3) => I32,
        (S::SizeStatistics, 1) => I64,
        (S::SizeStatistics, 2 | 3) => Kind::List(&I64),
        (S::GeospatialStatistics, 1) => Kind::Of(S::BoundingBox),
        (S::GeospatialStatistics, 2) => Kind::List(&I32),
        (S::BoundingBox, 1..=8) => Kind::Double,
        (S::KeyValue, 1 | 2) => BYTES,
        (S::PageHeader, 1..=4) => I32,
        (S::PageHeader, 5) => Kind::Of(S::DataPage),
        (S::PageHeader, 6) => Kind::Of(S::Other),
        (S::PageHeader, 7) => Kind::Of(S::DictionaryPage),
        (S::PageHeader, 8) => Kind::Of(S::DataPageV2),
        (S::DataPage, 1..=4) | (S::DictionaryPage, 1 | 2) | (S::DataPageV2, 1..=6) => I32,
        (S::DataPage, 5) | (S::DataPageV2, 8) => Kind::Of(S::Statistics),
        (S::DictionaryPage, 3) | (S::DataPageV2, 7) => TRUTH,
        (S::OffsetIndex, 1) => Kind::List(&Kind::Of(S::PageLocation)),
        (S::OffsetIndex, 2) | (S::ColumnIndex, 5..=8) => Kind::List(&I64),
        (S::PageLocation, 1 | 3) => I64,
        (S::PageLocation, 2) | (S::ColumnIndex, 4) => I32,
        (S::ColumnIndex, 1) => Kind::List(&Kind::Flag),
        (S::ColumnIndex, 2 | 3) => Kind::List(&BYTES),
        _ => return None,
    })
}

/// Bytes in the protocol, and how many of them may be left.
pub(super) struct Thrift<R> {
    from: R,
    left: u64,
}

impl<R: Read> Thrift<R> {
    pub(super) fn new(from: R, left: u64) -> Self {
        Self { from, left }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Reads over a structure and what is in it.
    ///
    /// # Errors
    /// What is not as the format says, or that the bytes end too early.
    pub(super) fn read(&mut self, of: Structure, meet: &mut dyn FnMut(Met)) -> Result<(), String> {
        meet(Met::Structure(of));
        let mut last = 0;
        while let Some((field, code)) = self.field(&mut last)? {
            match kind(of, field) {
                Some(kind) if kind.is_spelled(code) => {
                    if let Some(number) = self.value(kind, meet)? {
                        meet(Met::Number(of, field, number));
                    }
                }
                Some(_) => return Err(format!("field {field} of a {of:?} is of a kind that it cannot be")),
                None => self.pass(code, 0)?,
            }
        }
        Ok(())
    }

    /// The number of the next field and the code of its kind; none at the end of a structure.
    fn field(&mut self, last: &mut i16) -> Result<Option<(i16, u8)>, String> {
        let [byte] = self.bytes()?;
        let (step, code) = (i16::from(byte >> 4), byte & 0xf);
        if code == 0 {
            return Ok(None);
        }
        let number = if step > 0 { last.checked_add(step) } else { i16::try_from(self.signed()?).ok() };
        *last = number.ok_or("a field has a number that no field has")?;
        Ok(Some((*last, code)))
    }

    fn value(&mut self, kind: Kind, meet: &mut dyn FnMut(Met)) -> Result<Option<i64>, String> {
        match kind {
            Kind::Truth => {}
            Kind::Byte | Kind::Flag => drop(self.bytes::<1>()?),
            Kind::Number(bits) => {
                let number = self.signed()?;
                if number != number << (64 - bits) >> (64 - bits) {
                    return Err(format!("{number} does not fit in {bits} bits"));
                }
                return Ok(Some(number));
            }
            Kind::Double => drop(self.bytes::<8>()?),
            Kind::Bytes => self.skip_bytes()?,
            Kind::Of(structure) => self.read(structure, meet)?,
            Kind::List(of) => {
                let (code, length) = self.list()?;
                if length > 0 && !of.is_spelled(code) {
                    return Err("a list is of a kind that it cannot be".to_owned());
                }
                for _ in 0..length {
                    self.value(*of, meet)?;
                }
            }
        }
        Ok(None)
    }

    /// Reads over a value that the format does not know.
    fn pass(&mut self, code: u8, depth: u32) -> Result<(), String> {
        if depth > DEEPEST {
            return Err("structures stand too deep inside each other".to_owned());
        }
        match code {
            1 | 2 => {}
            3 => drop(self.bytes::<1>()?),
            4..=6 => drop(self.unsigned()?),
            7 => drop(self.bytes::<8>()?),
            8 => self.skip_bytes()?,
            9 => {
                let (code, length) = self.list()?;
                // The library takes truths to have no length, in lists as well.
                if length > 0 && matches!(code, 1 | 2) {
                    return Err("a list is of a kind that the format does not have".to_owned());
                }
                for _ in 0..length {
                    self.pass(code, depth + 1)?;
                }
            }
            12 => {
                let mut last = 0;
                while let Some((_, code)) = self.field(&mut last)? {
                    self.pass(code, depth + 1)?;
                }
            }
            _ => return Err("a field is of a kind that the format does not have".to_owned()),
        }
        Ok(())
    }

    /// The code of what a list holds, and how much of it, a byte each at least.
    fn list(&mut self) -> Result<(u8, u64), String> {
        let [byte] = self.bytes()?;
        let length = if byte >> 4 == 15 { self.unsigned()? } else { u64::from(byte >> 4) };
        if length > self.left {
            return Err(format!("a list of {length} has only {} bytes", self.left));
        }
        Ok((byte & 0xf, length))
    }

    fn skip_bytes(&mut self) -> Result<(), String> {
        let length = self.unsigned()?;
        self.left = self.left.checked_sub(length).ok_or_else(too_early)?;
        let passed =
            io::copy(&mut self.from.by_ref().take(length), &mut io::sink()).map_err(|error| error.to_string())?;
        if passed < length { Err(too_early()) } else { Ok(()) }
    }

    fn signed(&mut self) -> Result<i64, String> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn unsigned(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.bytes()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number is longer than any".to_owned())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.left = self.left.checked_sub(N as u64).ok_or_else(too_early)?;
        self.from.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => too_early(),
            _ => error.to_string(),
        })?;
        Ok(bytes)
    }
}

impl Kind {
    /// Whether the protocol spells it with a code.
    fn is_spelled(self, code: u8) -> bool {
        match self {
            Self::Truth | Self::Flag => matches!(code, 1 | 2),
            Self::Byte => code == 3,
            Self::Number(_) => matches!(code, 4..=6),
            Self::Double => code == 7,
            Self::Bytes => code == 8,
            Self::Of(_) => code == 12,
            Self::List(_) => code == 9,
        }
    }
}

fn too_early() -> String {
    "it ends too early".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(of: Structure, bytes: &[u8]) -> Result<(Vec<Met>, u64), String> {
        let mut met = Vec::new();
        let mut thrift = Thrift::new(bytes, bytes.len() as u64);
        thrift.read(of, &mut |one| met.push(one))?;
        Ok((met, thrift.left()))
    }

    #[test]
    fn fields_are_met_in_order_and_unknown_ones_passed() {
        // 1: i32 -2, 5: { 1: i32 300 }, 30 (long form): [[1 byte]], end; and one byte more.
        let bytes = [0x15, 3, 0x4c, 0x15, 0xd8, 4, 0, 9, 60, 0x19, 0x13, 7, 0, 0xff];
        let (met, left) = met(Structure::PageHeader, &bytes).unwrap();
        let page = Structure::DataPage;
        assert_eq!(
            met,
            [
                Met::Structure(Structure::PageHeader),
                Met::Number(Structure::PageHeader, 1, -2),
                Met::Structure(page),
                Met::Number(page, 1, 300),
            ]
        );
        assert_eq!(left, 1);
    }

    #[test]
    fn what_the_library_would_take_by_its_word_is_refused() {
        let refused = |bytes: &[u8]| met(Structure::Footer, bytes).unwrap_err();
        assert!(
            refused(&[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 7]).contains("has only"),
            "a schema longer than its bytes"
        );
        assert!(refused(&[0x18, 1, b'x', 0]).contains("kind"), "a version that is text");
        assert!(refused(&[0x15, 0xfe, 0xff, 0xff, 0xff, 0x7f, 0]).contains("32 bits"));
        assert!(refused(&[0xd9, 0xf1, 4, 0, 0, 0, 0]).contains("kind"), "a list of truths");
        assert!(refused(&[0xdb, 0]).contains("kind"), "a map");
        assert!(refused(&[&[0xdc][..], &[0x1c; 60]].concat()).contains("deep"));
        assert!(refused(&[0x15]).contains("early") && refused(&[0x68, 5, b'x']).contains("early"));
        assert!(refused(&[&[0x15][..], &[0xff; 12]].concat()).contains("longer than any"));
    }
}
