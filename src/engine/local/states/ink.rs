//! What states are made of, as bytes: counts, flags, texts, exact numbers, values, keys.
//!
//! What is read may have been written by anybody: a length is held to what is there, a count and a scale to what a state
//! can come to, so that no number makes the program fail or take memory that the bytes do not.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};
use chrono::{Datelike, NaiveDate};

use crate::answer::json_of;
use crate::engine::local::keys::Key;
use crate::engine::local::states::Unkept;
use crate::ir::Value;

/// The most bytes that what was seen of one measure in one file may take.
pub(super) const MOST: usize = 64 << 10;

/// No file has so many rows.
const COUNTS: u64 = 1 << 48;

/// No number that is summed has so many decimals.
const SCALES: i64 = 1 << 12;

/// Whether a value gives somebody away.
pub(super) type Secret<'s> = dyn Fn(&serde_json::Value) -> bool + 's;

/// Bytes of a state that is written.
pub(in crate::engine::local) struct Ink<'s> {
    bytes: Vec<u8>,
    secret: &'s Secret<'s>,
}

/// Bytes of a state that are read.
pub(in crate::engine::local) struct Page<'b> {
    rest: &'b [u8],
}

impl<'s> Ink<'s> {
    /// Nothing yet; values for which `secret` holds are not written.
    pub(in crate::engine::local) const fn new(secret: &'s Secret<'s>) -> Self {
        Self { bytes: Vec::new(), secret }
    }

    /// What was written.
    ///
    /// # Errors
    /// It is too much to be kept.
    pub(in crate::engine::local) fn finish(self) -> Result<Vec<u8>, Unkept> {
        if self.bytes.len() <= MOST { Ok(self.bytes) } else { Err(Unkept::Large) }
    }

    /// Goes on while there is room.
    ///
    /// # Errors
    /// There is none left.
    pub(in crate::engine::local) fn room(&self) -> Result<(), Unkept> {
        if self.bytes.len() <= MOST { Ok(()) } else { Err(Unkept::Large) }
    }

    pub(in crate::engine::local) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(in crate::engine::local) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    /// Seven bits a byte, the lowest first.
    pub(in crate::engine::local) fn count(&mut self, mut count: u64) {
        while count > 0x7f {
            self.bytes.push(u8::try_from(count & 0x7f).unwrap_or(0) | 0x80);
            count >>= 7;
        }
        self.bytes.push(u8::try_from(count).unwrap_or(0));
    }

    pub(in crate::engine::local) fn whole(&mut self, number: i64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(in crate::engine::local) fn float(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    pub(in crate::engine::local) fn blob(&mut self, bytes: &[u8]) {
        self.count(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a text that may be a value of a row.
    ///
    /// # Errors
    /// It gives somebody away.
    pub(in crate::engine::local) fn text(&mut self, text: &str) -> Result<(), Unkept> {
        self.see(&text.into())?;
        self.blob(text.as_bytes());
        self.room()
    }

    pub(in crate::engine::local) fn decimal(&mut self, number: &BigDecimal) {
        let (digits, scale) = number.as_bigint_and_exponent();
        self.flag(digits.sign() == Sign::Minus);
        self.blob(&digits.magnitude().to_bytes_le());
        self.whole(scale);
    }

    /// Writes a value of a row.
    ///
    /// # Errors
    /// It gives somebody away.
    pub(in crate::engine::local) fn value(&mut self, value: &Value) -> Result<(), Unkept> {
        self.see(&json_of(value))?;
        match value {
            Value::Null => self.byte(0),
            Value::Text(text) => {
                self.byte(1);
                self.blob(text.as_bytes());
            }
            Value::Integer(number) => {
                self.byte(2);
                self.whole(*number);
            }
            Value::Decimal(number) => {
                self.byte(3);
                self.decimal(number);
            }
            Value::Float(number) => {
                self.byte(4);
                self.float(*number);
            }
            Value::Boolean(flag) => {
                self.byte(5);
                self.flag(*flag);
            }
            Value::Date(day) => {
                self.byte(6);
                self.whole(day.num_days_from_ce().into());
            }
            Value::Timestamp(micros) => {
                self.byte(7);
                self.whole(*micros);
            }
            Value::Time(micros) => {
                self.byte(8);
                self.whole(*micros);
            }
        }
        self.room()
    }

    /// Writes the key of a row, beside its values: those are what is looked at.
    pub(in crate::engine::local) fn key(&mut self, key: &Key) {
        match key {
            Key::Null => self.byte(0),
            Key::Unit(unit) => {
                self.byte(1);
                self.whole(*unit);
            }
            Key::Pair(pair) => {
                self.byte(2);
                self.pair(*pair);
            }
            Key::Bytes(bytes) => {
                self.byte(3);
                self.blob(bytes);
            }
            Key::Fraction(fraction) => {
                self.byte(4);
                self.bytes.extend_from_slice(&fraction.to_le_bytes());
            }
        }
    }

    pub(in crate::engine::local) fn pair(&mut self, pair: u128) {
        self.bytes.extend_from_slice(&pair.to_le_bytes());
    }

    /// Looks at a value before it is written.
    ///
    /// # Errors
    /// It gives somebody away.
    pub(in crate::engine::local) fn see(&self, value: &serde_json::Value) -> Result<(), Unkept> {
        if (self.secret)(value) { Err(Unkept::Secret) } else { Ok(()) }
    }
}

impl<'b> Page<'b> {
    pub(in crate::engine::local) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read.
    pub(super) const fn is_read(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(in crate::engine::local) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub(in crate::engine::local) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(in crate::engine::local) fn count(&mut self) -> Option<u64> {
        let mut count = 0_u64;
        for place in 0..7 {
            let byte = self.byte()?;
            count |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return (count < COUNTS).then_some(count);
            }
        }
        None
    }

    /// A count of things that each take a byte at least.
    pub(in crate::engine::local) fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.count()?).ok()?;
        (length <= self.rest.len()).then_some(length)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    pub(in crate::engine::local) fn whole(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(in crate::engine::local) fn pair(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }

    pub(in crate::engine::local) fn float(&mut self) -> Option<f64> {
        self.array().map(u64::from_le_bytes).map(f64::from_bits)
    }

    pub(in crate::engine::local) fn blob(&mut self) -> Option<&'b [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(in crate::engine::local) fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.blob()?).ok()
    }

    pub(in crate::engine::local) fn decimal(&mut self) -> Option<BigDecimal> {
        let sign = if self.flag()? { Sign::Minus } else { Sign::Plus };
        let digits = BigInt::from_bytes_le(sign, self.blob()?);
        let scale = self.whole()?;
        (-SCALES..=SCALES).contains(&scale).then(|| BigDecimal::new(digits, scale))
    }

    pub(in crate::engine::local) fn value(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Null,
            1 => Value::Text(self.text()?.to_owned()),
            2 => Value::Integer(self.whole()?),
            3 => Value::Decimal(self.decimal()?),
            4 => Value::Float(self.float()?),
            5 => Value::Boolean(self.flag()?),
            6 => Value::Date(NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.whole()?).ok()?)?),
            7 => Value::Timestamp(self.whole()?),
            8 => Value::Time(self.whole()?),
            _ => return None,
        })
    }

    pub(in crate::engine::local) fn key(&mut self) -> Option<Key> {
        Some(match self.byte()? {
            0 => Key::Null,
            1 => Key::Unit(self.whole()?),
            2 => Key::Pair(self.pair()?),
            3 => Key::Bytes(self.blob()?.to_vec()),
            4 => Key::Fraction(self.array().map(u64::from_le_bytes)?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(_: &serde_json::Value) -> bool {
        false
    }

    fn again(value: &Value) -> Option<Value> {
        let mut ink = Ink::new(&open);
        ink.value(value).unwrap();
        let bytes = ink.finish().unwrap();
        for end in 0..bytes.len() {
            assert!(Page::new(&bytes[..end]).value().is_none(), "{value:?} cut at {end}");
        }
        let mut page = Page::new(&bytes);
        page.value().filter(|_| page.is_read())
    }

    #[test]
    fn every_value_comes_back_to_the_digit() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let values = [
            Value::Null,
            Value::Text("\u{1f600} a\0".to_owned()),
            Value::Integer(i64::MIN),
            decimal("-0.00"),
            decimal("1.10"),
            decimal("12e5"),
            decimal("-99999999999999999999999999999999999.999"),
            Value::Float(-0.0),
            Value::Float(f64::NEG_INFINITY),
            Value::Boolean(true),
            Value::Date(NaiveDate::from_ymd_opt(-44, 3, 15).unwrap()),
            Value::Timestamp(-1),
            Value::Time(86_399_999_999),
        ];
        for value in values {
            let read = again(&value).unwrap();
            assert_eq!(format!("{value:?}"), format!("{read:?}"));
        }
    }

    #[test]
    fn a_count_comes_back_and_one_that_cannot_be_is_refused() {
        for count in [0, 1, 127, 128, 300, 16_383, 16_384, COUNTS - 1] {
            let mut ink = Ink::new(&open);
            ink.count(count);
            assert_eq!(Page::new(&ink.finish().unwrap()).count(), Some(count));
        }
        let mut ink = Ink::new(&open);
        ink.count(u64::MAX);
        assert_eq!(Page::new(&ink.finish().unwrap()).count(), None);
    }

    #[test]
    fn a_length_or_a_scale_beyond_all_measure_takes_no_memory() {
        let mut ink = Ink::new(&open);
        ink.count(COUNTS - 1);
        assert_eq!(Page::new(&ink.finish().unwrap()).blob(), None);
        let mut ink = Ink::new(&open);
        ink.decimal(&BigDecimal::new(1.into(), i64::MAX));
        assert_eq!(Page::new(&ink.finish().unwrap()).decimal(), None);
    }

    #[test]
    fn what_gives_somebody_away_or_is_too_much_is_not_written() {
        let secret = |value: &serde_json::Value| value.as_str() == Some("Ana");
        let mut ink = Ink::new(&secret);
        assert_eq!(ink.text("Eva"), Ok(()));
        assert_eq!(ink.value(&Value::Text("Ana".to_owned())), Err(Unkept::Secret));
        assert_eq!(ink.text(&"x".repeat(MOST)), Err(Unkept::Large));
        assert_eq!(ink.finish(), Err(Unkept::Large));
    }
}
