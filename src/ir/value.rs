//! Values, their types, and how text reads as a value.
//!
//! The one place that says what `007`, `1.10`, `31/12/2024` or `NaN` mean for a column of a given type. Readers of files
//! may have faster paths, held to this one by tests. It does not know where the text came from.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
use chrono::{NaiveDate, NaiveTime};

use crate::ir::marks::Marks;
use crate::ir::missing::Missing;
use crate::ir::time::{self, Pattern, Zone};

/// The kind of values a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Unicode text.
    String,
    /// A whole number of up to 64 bits.
    Integer,
    /// An exact number of up to 38 digits.
    Decimal,
    /// A 64-bit floating-point number; NaN is no value.
    Float,
    /// True or false.
    Boolean,
    /// A calendar day.
    Date,
    /// An instant, to the microsecond, in UTC.
    Timestamp,
    /// A time of day.
    Time,
    /// Text that holds a JSON document.
    Json,
    /// A structure with named fields.
    Object,
    /// A list of values.
    List,
}

impl Type {
    /// Every type, in the order of the manual.
    pub const ALL: [Self; 11] = [
        Self::String,
        Self::Integer,
        Self::Decimal,
        Self::Float,
        Self::Boolean,
        Self::Date,
        Self::Timestamp,
        Self::Time,
        Self::Json,
        Self::Object,
        Self::List,
    ];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Time => "time",
            Self::Json => "json",
            Self::Object => "object",
            Self::List => "list",
        }
    }

    /// Whether values of this type are numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Float)
    }

    /// Whether values of this type are held as text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Json)
    }

    /// Whether values of this type have an order that rules may ask about.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Boolean | Self::Json | Self::Object | Self::List)
    }

    /// Whether a value of this type can be compared with one of the other.
    #[must_use]
    pub fn comparable(self, other: Self) -> bool {
        let day = |t| matches!(t, Self::Date | Self::Timestamp);
        self == other
            || (self.is_number() && other.is_number())
            || (self.is_text() && other.is_text())
            || (day(self) && day(other))
    }

    /// Whether a column of stored type `stored` can serve one declared as this type: the same family, or an exact widening.
    #[must_use]
    pub fn admits(self, stored: Self) -> bool {
        self == stored
            || matches!(
                (self, stored),
                (Self::Decimal | Self::Float, Self::Integer)
                    | (Self::Float, Self::Decimal)
                    | (Self::Json, Self::String)
                    | (Self::String, Self::Json)
            )
    }
}

impl FromStr for Type {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How text reads as a value of a column: its type, and the spellings the suite declares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// The type of the column.
    pub kind: Type,
    /// Patterns for dates, timestamps and times, tried in order; none means ISO.
    pub parse: Vec<Pattern>,
    /// The zone of timestamps that name none.
    pub zone: Zone,
    /// Whether spaces around a value are not part of it.
    pub trim: bool,
    /// Spellings of true beside `true`.
    pub true_values: Vec<String>,
    /// Spellings of false beside `false`.
    pub false_values: Vec<String>,
    /// The marks in numbers, as cells of a file spell them. Like what stands for no value, they are the matter of those who
    /// read cells: a number that a rule names has a point before its decimals.
    pub marks: Marks,
    /// What stands for no value. It is the matter of those who read cells: [`Reading::read`] does not look at it, for a
    /// value that a rule names is one.
    pub missing: Option<Arc<Missing>>,
    /// Whether a cell is given as the file has it: text whole, before it is trimmed or read as no value; JSON as it is
    /// spelled; what is stored with a type in that type.
    pub as_stored: bool,
}

impl Reading {
    /// Reads values of a type in their usual spellings.
    #[must_use]
    pub fn plain(kind: Type) -> Self {
        Self {
            kind,
            parse: Vec::new(),
            zone: Zone::UTC,
            trim: false,
            true_values: Vec::new(),
            false_values: Vec::new(),
            marks: Marks::default(),
            missing: None,
            as_stored: false,
        }
    }

    /// Reads nothing: cells are given as the file has them.
    #[must_use]
    pub fn as_stored() -> Self {
        Self { as_stored: true, ..Self::plain(Type::String) }
    }

    /// Reads a text, or says that it is no value of this type.
    ///
    /// `NaN` reads as null. The text is not trimmed unless `trim` is set.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Value> {
        let text = if self.trim { text.trim() } else { text };
        match self.kind {
            Type::String | Type::Json => Some(Value::Text(text.to_owned())),
            Type::Integer => read_integer(text).map(Value::Integer),
            Type::Decimal => read_decimal(text).map(Value::Decimal),
            Type::Float => read_float(text).map(Value::float),
            Type::Boolean => self.read_boolean(text).map(Value::Boolean),
            Type::Date => self.read_date(text).map(Value::Date),
            Type::Timestamp => self.read_timestamp(text).map(Value::Timestamp),
            Type::Time => self.read_time(text).map(Value::Time),
            Type::Object | Type::List => None,
        }
    }

    /// Reads the text of a cell, whose numbers have the marks of their file.
    #[must_use]
    pub fn read_cell(&self, text: &str) -> Option<Value> {
        let text = if self.trim { text.trim() } else { text };
        if self.kind.is_number() { self.read(&self.marks.plain(text)?) } else { self.read(text) }
    }

    /// Whether a text, trimmed if it should be, stands for no value by how it is spelled.
    #[must_use]
    pub fn is_missing(&self, text: &str) -> bool {
        self.missing.as_ref().is_some_and(|missing| missing.is_spelled(text))
    }

    /// The values of its type that stand for none.
    #[must_use]
    pub fn missing_values(&self) -> Vec<Value> {
        self.missing.as_ref().map(|missing| missing.values(self)).unwrap_or_default()
    }

    fn read_boolean(&self, text: &str) -> Option<bool> {
        if self.true_values.iter().any(|word| word == text) {
            Some(true)
        } else if self.false_values.iter().any(|word| word == text) {
            Some(false)
        } else if text.eq_ignore_ascii_case("true") {
            Some(true)
        } else if text.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    }

    /// Reads a date by the declared patterns, else as `2024-01-31`.
    #[must_use]
    pub fn read_date(&self, text: &str) -> Option<NaiveDate> {
        if self.parse.is_empty() {
            return time::iso_date(text.as_bytes());
        }
        self.parse.iter().find_map(|pattern| pattern.date(text.as_bytes()))
    }

    /// Reads a timestamp as microseconds since 1970 UTC, by the declared patterns, else as RFC 3339 or `2024-01-31 10:00[:00[.123]]`.
    #[must_use]
    pub fn read_timestamp(&self, text: &str) -> Option<i64> {
        if self.parse.is_empty() {
            return time::iso_timestamp(text.as_bytes(), self.zone);
        }
        self.parse.iter().find_map(|pattern| pattern.timestamp(text.as_bytes(), self.zone))
    }

    /// Reads a time of day as microseconds since midnight, by the declared patterns, else as `10:00[:00[.123]]`.
    #[must_use]
    pub fn read_time(&self, text: &str) -> Option<i64> {
        if self.parse.is_empty() {
            return read_time(text);
        }
        self.parse.iter().find_map(|pattern| pattern.time(text.as_bytes()))
    }
}

/// Reads a sign and digits that fit 64 bits.
#[must_use]
pub fn read_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads a sign, digits and a point, exact to 38 digits.
#[must_use]
pub fn read_decimal(text: &str) -> Option<BigDecimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if whole.trim_start_matches('0').len() + fraction.len() > 38 {
        return None;
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    BigDecimal::from_str(plain.strip_suffix('.').unwrap_or(plain)).ok()
}

/// Reads a number that may have an exponent, `NaN` or `inf`.
#[must_use]
pub fn read_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let named = ["nan", "inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word));
    let shaped = unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && unsigned.bytes().any(|b| b.is_ascii_digit());
    if named || shaped { text.parse().ok() } else { None }
}

/// Reads `10:00`, `10:00:05` or `10:00:05.123` as microseconds since midnight.
#[must_use]
pub fn read_time(text: &str) -> Option<i64> {
    let time = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|shape| NaiveTime::parse_from_str(text, shape).ok())?;
    Some(time.signed_duration_since(NaiveTime::MIN).num_microseconds().unwrap_or(0))
}

/// One value of data, typed.
///
/// Equality and order are those of rules: numbers of different types compare by value, exactly. Values of types that do
/// not compare are unequal and have no order. `Null` equals `Null` here; three-valued logic is the business of predicates.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact number.
    Decimal(BigDecimal),
    /// A floating-point number, never NaN.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    Timestamp(i64),
    /// Microseconds since midnight.
    Time(i64),
}

impl Value {
    /// A float, or null if it is NaN.
    #[must_use]
    pub fn float(number: f64) -> Self {
        if number.is_nan() { Self::Null } else { Self::Float(number) }
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The type, if there is a value.
    #[must_use]
    pub const fn kind(&self) -> Option<Type> {
        Some(match self {
            Self::Null => return None,
            Self::Text(_) => Type::String,
            Self::Integer(_) => Type::Integer,
            Self::Decimal(_) => Type::Decimal,
            Self::Float(_) => Type::Float,
            Self::Boolean(_) => Type::Boolean,
            Self::Date(_) => Type::Date,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Time(_) => Type::Time,
        })
    }

    /// The exact number, if this is a finite one.
    #[must_use]
    pub fn exact(&self) -> Option<BigDecimal> {
        match self {
            Self::Integer(number) => Some(BigDecimal::from(*number)),
            Self::Decimal(number) => Some(number.clone()),
            Self::Float(number) => BigDecimal::from_f64(*number),
            _ => None,
        }
    }

    /// The nearest float, if this is a number.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
            Self::Integer(number) => Some(*number as f64),
            Self::Decimal(number) => number.to_f64(),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The order of two values, if their types compare; none if either is null.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Integer(a), Self::Integer(b))
            | (Self::Timestamp(a), Self::Timestamp(b))
            | (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Timestamp(b)) => Some(time::midnight(*a).cmp(b)),
            (Self::Timestamp(a), Self::Date(b)) => Some(a.cmp(&time::midnight(*b))),
            (Self::Float(a), _) if a.is_infinite() => {
                other.to_f64().map(|_| if *a > 0.0 { Ordering::Greater } else { Ordering::Less })
            }
            (_, Self::Float(b)) if b.is_infinite() => {
                self.to_f64().map(|_| if *b > 0.0 { Ordering::Less } else { Ordering::Greater })
            }
            _ => Some(self.exact()?.cmp(&other.exact()?)),
        }
    }
}

/// The order of two rows of values, the first that differs deciding; nulls come first.
#[must_use]
pub fn order_of_rows(one: &[Value], other: &[Value]) -> Ordering {
    let places = one.iter().zip(other).map(|(a, b)| a.compare(b).unwrap_or_else(|| b.is_null().cmp(&a.is_null())));
    places.fold(Ordering::Equal, Ordering::then)
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        (self.is_null() && other.is_null()) || self.compare(other) == Some(Ordering::Equal)
    }
}

impl Eq for Value {}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => 0_u8.hash(state),
            Self::Text(text) => text.hash(state),
            Self::Boolean(flag) => flag.hash(state),
            Self::Date(day) => time::midnight(*day).hash(state),
            Self::Timestamp(micros) | Self::Time(micros) => micros.hash(state),
            Self::Integer(_) | Self::Decimal(_) | Self::Float(_) => match self.exact() {
                Some(number) => number.normalized().hash(state),
                None => self.to_f64().map(f64::to_bits).hash(state),
            },
        }
    }
}

impl fmt::Display for Value {
    /// The spelling that a suite would use for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => f.write_str(&number.to_plain_string()),
            Self::Float(number) => number.fmt(f),
            Self::Boolean(flag) => flag.fmt(f),
            Self::Date(day) => day.fmt(f),
            Self::Timestamp(micros) => f.write_str(&time::format_timestamp(*micros)),
            Self::Time(micros) => f.write_str(&time::format_time(*micros)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(kind: Type, text: &str) -> Option<String> {
        Reading::plain(kind).read(text).map(|value| value.to_string())
    }

    #[test]
    fn text_reads_by_the_type_of_its_column() {
        assert_eq!(reads(Type::Integer, "007").as_deref(), Some("7"));
        assert_eq!(reads(Type::Integer, "5.0"), None);
        assert_eq!(reads(Type::Integer, "1e3"), None);
        assert_eq!(reads(Type::Integer, " 1"), None);
        assert_eq!(reads(Type::Integer, "99999999999999999999"), None);
        assert_eq!(reads(Type::Decimal, "99999999999999999999.10").as_deref(), Some("99999999999999999999.10"));
        assert_eq!(reads(Type::Decimal, "1e3"), None);
        assert_eq!(reads(Type::Decimal, "."), None);
        assert_eq!(reads(Type::Float, "1e3").as_deref(), Some("1000"));
        assert_eq!(reads(Type::Float, "NaN").as_deref(), Some("null"));
        assert_eq!(reads(Type::Float, "nano"), None);
        assert_eq!(reads(Type::Boolean, "TRUE").as_deref(), Some("true"));
        assert_eq!(reads(Type::Date, "2024-02-30"), None);
        assert_eq!(reads(Type::String, " a ").as_deref(), Some(" a "));
    }

    #[test]
    fn numbers_compare_by_value_and_exactly() {
        let big = Value::Integer(9_007_199_254_740_993);
        assert_eq!(big.compare(&Value::Float(9_007_199_254_740_992.0)), Some(Ordering::Greater));
        assert_eq!(Value::Decimal(read_decimal("1.10").unwrap()), Value::Decimal(read_decimal("1.1").unwrap()));
        assert_eq!(Value::Integer(1).compare(&Value::Float(f64::INFINITY)), Some(Ordering::Less));
        assert_ne!(Value::Integer(1), Value::Text("1".into()));
    }
}
