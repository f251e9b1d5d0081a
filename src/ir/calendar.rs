//! Parts of dates and timestamps, and moving them by calendar intervals.
//!
//! Everything goes by UTC: the hour of a timestamp is its hour in UTC, and its month begins at midnight UTC. A date has no
//! hours, minutes or seconds; asking for them is an error, not zero.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use crate::ir::time::midnight;
use crate::ir::value::Value;

/// The microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// A part of a date or timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The year.
    Year,
    /// The quarter, 1 to 4.
    Quarter,
    /// The month, 1 to 12.
    Month,
    /// The ISO week, 1 to 53; cuts to Monday.
    Week,
    /// The day of the month.
    Day,
    /// The day of the week, 0 is Sunday.
    DayOfWeek,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The whole second.
    Second,
}

impl Part {
    /// Every part, longest first.
    pub const ALL: [Self; 9] = [
        Self::Year,
        Self::Quarter,
        Self::Month,
        Self::Week,
        Self::Day,
        Self::DayOfWeek,
        Self::Hour,
        Self::Minute,
        Self::Second,
    ];

    /// The word of SQL for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::DayOfWeek => "dow",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }

    /// The part of that name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(name))
    }

    /// Whether it is shorter than a day.
    #[must_use]
    pub const fn is_of_day(self) -> bool {
        matches!(self, Self::Hour | Self::Minute | Self::Second)
    }

    /// Reads this part of a date or timestamp as an integer; null of null.
    ///
    /// # Errors
    /// The value is no date or timestamp, or a date and the part is shorter than a day.
    pub fn extract(self, value: &Value) -> Result<Value, String> {
        let time = match value {
            Value::Null => return Ok(Value::Null),
            Value::Date(_) if self.is_of_day() => return Err(format!("a date has no {}", self.name())),
            Value::Date(day) => day.and_time(NaiveTime::MIN),
            Value::Timestamp(micros) => naive(*micros)?,
            other => return Err(format!("{other} is no date or timestamp")),
        };
        Ok(Value::Integer(match self {
            Self::Year => i64::from(time.year()),
            Self::Quarter => i64::from(time.month0() / 3 + 1),
            Self::Month => i64::from(time.month()),
            Self::Week => i64::from(time.iso_week().week()),
            Self::Day => i64::from(time.day()),
            Self::DayOfWeek => i64::from(time.weekday().num_days_from_sunday()),
            Self::Hour => i64::from(time.hour()),
            Self::Minute => i64::from(time.minute()),
            Self::Second => i64::from(time.second()),
        }))
    }

    /// Cuts a date or timestamp to the start of this part, keeping its type; null of null.
    ///
    /// # Errors
    /// The value is no date or timestamp, a date and the part is shorter than a day, or the part is the day of the week.
    pub fn truncate(self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::Date(_) if self.is_of_day() => Err(format!("a date has no {}", self.name())),
            Value::Date(day) => Ok(Value::Date(self.start_of(day.and_time(NaiveTime::MIN))?.date())),
            Value::Timestamp(micros) => {
                Ok(Value::Timestamp(self.start_of(naive(*micros)?)?.and_utc().timestamp_micros()))
            }
            other => Err(format!("{other} is no date or timestamp")),
        }
    }

    /// The start of this part that a date and time of day lies in.
    ///
    /// # Errors
    /// The part is the day of the week, or the start is out of range.
    pub fn start_of(self, time: NaiveDateTime) -> Result<NaiveDateTime, String> {
        let day = time.date();
        let first = |month| NaiveDate::from_ymd_opt(day.year(), month, 1).ok_or_else(out_of_range);
        let start = match self {
            Self::Year => first(1)?,
            Self::Quarter => first(day.month0() / 3 * 3 + 1)?,
            Self::Month => first(day.month())?,
            Self::Week => {
                let since_monday = Days::new(u64::from(day.weekday().num_days_from_monday()));
                day.checked_sub_days(since_monday).ok_or_else(out_of_range)?
            }
            Self::Day | Self::Hour | Self::Minute | Self::Second => day,
            Self::DayOfWeek => return Err("the day of the week has no start to cut to".to_owned()),
        };
        let (hour, minute, second) = match self {
            Self::Hour => (time.hour(), 0, 0),
            Self::Minute => (time.hour(), time.minute(), 0),
            Self::Second => (time.hour(), time.minute(), time.second()),
            _ => (0, 0, 0),
        };
        start.and_hms_opt(hour, minute, second).ok_or_else(out_of_range)
    }
}

/// Moves a date or timestamp by whole months, cut to the last day of a shorter month, and then by microseconds.
///
/// Null of null. The type is kept, so a date moves by whole days only.
///
/// # Errors
/// The value is no date or timestamp, a date would move by a part of a day, or the result is out of range.
pub fn shift(value: &Value, months: i32, micros: i64) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Date(_) if micros % DAY_MICROS != 0 => Err("a date moves by whole days only".to_owned()),
        Value::Date(day) => {
            let moved = shift_months(*day, months)?.checked_add_signed(TimeDelta::microseconds(micros));
            moved.map(Value::Date).ok_or_else(out_of_range)
        }
        Value::Timestamp(start) => {
            let time = naive(*start)?;
            let clock = start - midnight(time.date());
            let moved = midnight(shift_months(time.date(), months)?).checked_add(clock);
            let moved = moved.and_then(|moved| moved.checked_add(micros)).ok_or_else(out_of_range)?;
            naive(moved).map(|_| Value::Timestamp(moved))
        }
        other => Err(format!("{other} is no date or timestamp")),
    }
}

fn shift_months(day: NaiveDate, months: i32) -> Result<NaiveDate, String> {
    let count = Months::new(months.unsigned_abs());
    let moved = if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) };
    moved.ok_or_else(out_of_range)
}

fn naive(micros: i64) -> Result<NaiveDateTime, String> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc()).ok_or_else(out_of_range)
}

fn out_of_range() -> String {
    "the date is out of range".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::time::{Zone, iso_timestamp};
    use crate::ir::value::{Reading, Type};

    fn value(text: &str) -> Value {
        let kind = if text.len() > 10 { Type::Timestamp } else { Type::Date };
        Reading::plain(kind).read(text).unwrap()
    }

    fn said(result: Result<Value, String>) -> String {
        result.map_or_else(|error| error, |value| value.to_string())
    }

    #[test]
    fn parts_are_those_of_utc() {
        let parts = |text: &str| Part::ALL.map(|part| said(part.extract(&value(text))));
        assert_eq!(parts("2024-12-31T22:05:09Z"), ["2024", "4", "12", "1", "31", "2", "22", "5", "9"]);
        assert_eq!(Part::Hour.extract(&value("2024-07-01T01:00:00+02:00")), Ok(Value::Integer(23)));
        assert_eq!(Part::DayOfWeek.extract(&value("2024-12-29")), Ok(Value::Integer(0)));
        assert_eq!(said(Part::Hour.extract(&value("2024-12-29"))), "a date has no hour");
        assert_eq!(Part::Year.extract(&Value::Null), Ok(Value::Null));
        assert!(Part::Year.extract(&Value::Integer(2024)).is_err());
        assert_eq!(Part::named("QUARTER"), Some(Part::Quarter));
    }

    #[test]
    fn cutting_keeps_the_type() {
        let cut = |part: Part, text: &str| said(part.truncate(&value(text)));
        assert_eq!(cut(Part::Year, "2024-05-31"), "2024-01-01");
        assert_eq!(cut(Part::Quarter, "2024-05-31"), "2024-04-01");
        assert_eq!(cut(Part::Month, "2024-05-31"), "2024-05-01");
        assert_eq!(cut(Part::Week, "2024-06-02"), "2024-05-27");
        assert_eq!(cut(Part::Day, "2024-05-31"), "2024-05-31");
        assert_eq!(cut(Part::Day, "2024-05-31T10:20:30.5Z"), "2024-05-31T00:00:00Z");
        assert_eq!(cut(Part::Hour, "2024-05-31T10:20:30.5Z"), "2024-05-31T10:00:00Z");
        assert_eq!(cut(Part::Minute, "2024-05-31T10:20:30.5Z"), "2024-05-31T10:20:00Z");
        assert_eq!(cut(Part::Second, "1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59Z");
        assert_eq!(cut(Part::Minute, "2024-05-31"), "a date has no minute");
        assert!(Part::DayOfWeek.truncate(&value("2024-05-31")).is_err());
        assert_eq!(Part::Year.truncate(&Value::Null), Ok(Value::Null));
        assert!(Part::Year.truncate(&Value::Boolean(true)).is_err());
    }

    #[test]
    fn a_month_later_is_no_later_than_its_last_day() {
        let moved = |text: &str, months, micros| said(shift(&value(text), months, micros));
        assert_eq!(moved("2024-01-31", 1, 0), "2024-02-29");
        assert_eq!(moved("2024-03-31", -13, 0), "2023-02-28");
        assert_eq!(moved("2024-01-31", 1, DAY_MICROS), "2024-03-01");
        assert_eq!(moved("2024-01-31T10:00:00.25Z", 1, 1_000_000), "2024-02-29T10:00:01.250Z");
        assert_eq!(moved("1960-01-31T10:00:00Z", 1, 0), "1960-02-29T10:00:00Z");
        assert_eq!(moved("2024-01-31", 0, 1), "a date moves by whole days only");
        assert_eq!(shift(&Value::Null, 1, 0), Ok(Value::Null));
        assert!(shift(&Value::Integer(1), 1, 0).is_err());
    }

    #[test]
    fn what_lies_out_of_range_is_an_error() {
        assert!(shift(&value("2024-01-31"), i32::MAX, 0).is_err());
        assert!(shift(&value("2024-01-31"), i32::MIN, 0).is_err());
        assert!(shift(&value("2024-01-31T00:00:00Z"), 0, i64::MAX).is_err());
        assert!(shift(&Value::Timestamp(i64::MAX), 0, 1).is_err());
        assert!(Part::Year.extract(&Value::Timestamp(i64::MIN)).is_err());
        assert!(iso_timestamp(b"9999-12-31T23:59:59Z", Zone::UTC).is_some());
    }
}
