//! Days, instants and the patterns that read them.
//!
//! Dates are proleptic Gregorian; instants are microseconds since 1970 in UTC. It never asks a clock.

use std::fmt;

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};

/// The zone in which naive timestamps are read and days begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(pub chrono_tz::Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The instant of a naive time in this zone, in microseconds since 1970 UTC.
    ///
    /// A time that occurs twice is its first occurrence; one that a change of clocks skips is read by the offset before it.
    #[must_use]
    pub fn instant(self, naive: NaiveDateTime) -> i64 {
        if self == Self::UTC {
            return naive.and_utc().timestamp_micros();
        }
        match self.0.from_local_datetime(&naive) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.timestamp_micros(),
            LocalResult::None => {
                let before = naive - chrono::TimeDelta::hours(3);
                match self.0.from_local_datetime(&before) {
                    LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                        time.timestamp_micros() + chrono::TimeDelta::hours(3).num_microseconds().unwrap_or(0)
                    }
                    LocalResult::None => naive.and_utc().timestamp_micros(),
                }
            }
        }
    }

    /// The day that an instant falls on in this zone.
    #[must_use]
    pub fn day(self, micros: i64) -> NaiveDate {
        let utc = DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH);
        utc.with_timezone(&self.0).date_naive()
    }

    /// The first instant of a day in this zone.
    #[must_use]
    pub fn start_of(self, day: NaiveDate) -> i64 {
        self.instant(day.and_time(NaiveTime::MIN))
    }
}

/// The instant at which a day begins in UTC.
#[must_use]
pub fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}

/// The day that lies so many days after 1970-01-01.
#[must_use]
pub fn day_from_epoch(days: i32) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    if days >= 0 {
        epoch.checked_add_days(Days::new(u64::from(days.unsigned_abs())))
    } else {
        epoch.checked_sub_days(Days::new(u64::from(days.unsigned_abs())))
    }
}

/// The number of days between 1970-01-01 and a day.
#[must_use]
pub fn days_since_epoch(day: NaiveDate) -> i32 {
    use chrono::Datelike;
    day.num_days_from_ce() - 719_163
}

/// An instant in RFC 3339, with only as many decimals as it needs.
#[must_use]
pub fn format_timestamp(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .map_or_else(|| micros.to_string(), |time| time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string())
}

/// A time of day, with only as many decimals as it needs.
#[must_use]
pub fn format_time(micros: i64) -> String {
    (NaiveTime::MIN + chrono::TimeDelta::microseconds(micros)).format("%H:%M:%S%.f").to_string()
}

/// Reads `2024-01-31`.
#[must_use]
pub fn iso_date(text: &[u8]) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
}

/// Reads RFC 3339, or `2024-01-31 10:00[:00[.123]]` in a zone.
#[must_use]
pub fn iso_timestamp(text: &[u8], zone: Zone) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = iso_date(date)?;
    let (b'T' | b't' | b' ', rest) = rest.split_first()? else { return None };
    let (clock, rest) = iso_clock(rest)?;
    let naive = date.and_time(clock);
    match rest {
        [] => Some(zone.instant(naive)),
        [b'Z' | b'z'] => Some(naive.and_utc().timestamp_micros()),
        rest => Some(naive.and_utc().timestamp_micros() - offset(rest)? * 1_000_000),
    }
}

/// Reads `10:00[:00[.123]]` from the front.
fn iso_clock(text: &[u8]) -> Option<(NaiveTime, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
    let (hour, minute) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let [b':', s1, s2, rest @ ..] = rest else {
        return Some((NaiveTime::from_hms_opt(hour, minute, 0)?, rest));
    };
    let second = number(&[*s1, *s2])?;
    let [b'.', rest @ ..] = rest else {
        return Some((NaiveTime::from_hms_opt(hour, minute, second)?, rest));
    };
    let (micros, rest) = fraction(rest)?;
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?, rest))
}

/// Reads one to nine decimals as microseconds; those past the sixth are cut.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (decimals, rest) = text.split_at(digits);
    let nanos = decimals.iter().chain(std::iter::repeat_n(&b'0', 9 - digits));
    let nanos = nanos.fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some((nanos / 1000, rest))
}

/// Reads `+02:00`, `+0200`, `+02` or `Z` as seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    if matches!(text, [b'Z' | b'z']) {
        return Some(0);
    }
    let (sign, rest) = text.split_first()?;
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then(|| sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// A pattern for dates, timestamps and times in the letters of Python's `strptime`.
///
/// Knows `%Y` (four digits), `%y`, `%m`, `%d`, `%H`, `%I`, `%M`, `%S`, `%f`, `%p`, `%j`, `%b`, `%B` (English), `%z` and
/// `%%`; numbers but the year may leave out a leading zero. The whole value must fit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    spelled: String,
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Item {
    Literal(u8),
    Space,
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
    Fraction,
    HalfDay,
    DayOfYear,
    MonthName,
    Offset,
}

#[derive(Default)]
struct Fields {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
    afternoon: Option<bool>,
    offset: Option<i64>,
}

/// The months, in English.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Pattern {
    /// Compiles a pattern, or names the directive it does not know.
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong.
    pub fn new(text: &str) -> Result<Self, String> {
        let pattern = Self::any(text)?;
        let has = |item| pattern.items.contains(&item);
        let year = has(Item::Year) || has(Item::ShortYear);
        let day = has(Item::DayOfYear) || (has(Item::Day) && (has(Item::Month) || has(Item::MonthName)));
        if !(year && day) {
            return Err("names no whole date: it needs a year, a month and a day".to_owned());
        }
        Ok(pattern)
    }

    /// Compiles a pattern of times of day, or names what is wrong with it.
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong.
    pub fn of_time(text: &str) -> Result<Self, String> {
        let pattern = Self::any(text)?;
        let has = |item| pattern.items.contains(&item);
        let clock = [Item::Hour, Item::Hour12, Item::Minute, Item::Second, Item::Fraction, Item::HalfDay, Item::Space];
        if pattern.items.iter().any(|item| !clock.contains(item) && !matches!(item, Item::Literal(_))) {
            return Err("names more than a time of day".to_owned());
        }
        let has_hour = has(Item::Hour) || (has(Item::Hour12) && has(Item::HalfDay));
        if !has_hour {
            return Err("names no time of day: it needs an hour, `%H`, or `%I` with `%p`".to_owned());
        }
        Ok(pattern)
    }

    fn any(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            items.push(match byte {
                b'%' => match bytes.next() {
                    Some(b'Y') => Item::Year,
                    Some(b'y') => Item::ShortYear,
                    Some(b'm') => Item::Month,
                    Some(b'd') => Item::Day,
                    Some(b'H') => Item::Hour,
                    Some(b'I') => Item::Hour12,
                    Some(b'M') => Item::Minute,
                    Some(b'S') => Item::Second,
                    Some(b'f') => Item::Fraction,
                    Some(b'p') => Item::HalfDay,
                    Some(b'j') => Item::DayOfYear,
                    Some(b'b' | b'B') => Item::MonthName,
                    Some(b'z') => Item::Offset,
                    Some(b'%') => Item::Literal(b'%'),
                    Some(other) => return Err(format!("does not know `%{}`", char::from(other))),
                    None => return Err("ends in a lone `%`".to_owned()),
                },
                b' ' => Item::Space,
                other => Item::Literal(other),
            });
        }
        Ok(Self { spelled: text.to_owned(), items })
    }

    /// Whether it reads a time of day as well as a date.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Hour | Item::Hour12))
    }

    /// Reads a whole text as a date; a time of day in it is not allowed to be lost.
    #[must_use]
    pub fn date(&self, text: &[u8]) -> Option<NaiveDate> {
        self.fields(text)?.date()
    }

    /// Reads a whole text as an instant in microseconds since 1970 UTC.
    #[must_use]
    pub fn timestamp(&self, text: &[u8], zone: Zone) -> Option<i64> {
        let fields = self.fields(text)?;
        let naive = fields.date()?.and_time(fields.time()?);
        Some(match fields.offset {
            Some(seconds) => naive.and_utc().timestamp_micros() - seconds * 1_000_000,
            None => zone.instant(naive),
        })
    }

    /// Reads a whole text as a time of day in microseconds since midnight.
    #[must_use]
    pub fn time(&self, text: &[u8]) -> Option<i64> {
        let time = self.fields(text)?.time()?;
        time.signed_duration_since(NaiveTime::MIN).num_microseconds()
    }

    /// Writes a day; a pattern with a time of day writes midnight.
    #[must_use]
    pub fn write_date(&self, day: NaiveDate) -> Option<String> {
        written(&day.and_time(NaiveTime::MIN).and_utc().format(&self.spelled))
    }

    /// Writes an instant as clocks of a zone show it.
    #[must_use]
    pub fn write_timestamp(&self, micros: i64, zone: Zone) -> Option<String> {
        written(&DateTime::from_timestamp_micros(micros)?.with_timezone(&zone.0).format(&self.spelled))
    }

    fn fields(&self, mut text: &[u8]) -> Option<Fields> {
        let mut fields = Fields::default();
        for item in &self.items {
            match item {
                Item::Literal(byte) => text = text.strip_prefix(&[*byte])?,
                Item::Space => text = text.strip_prefix(b" ")?,
                Item::Year => fields.year = Some(take(&mut text, 4, 4)?),
                Item::ShortYear => {
                    let short = take(&mut text, 2, 2)?;
                    fields.year = Some(if short < 69 { 2000 + short } else { 1900 + short });
                }
                Item::Month => fields.month = Some(take(&mut text, 1, 2)?),
                Item::Day => fields.day = Some(take(&mut text, 1, 2)?),
                Item::Hour | Item::Hour12 => fields.hour = take(&mut text, 1, 2)?,
                Item::Minute => fields.minute = take(&mut text, 1, 2)?,
                Item::Second => fields.second = take(&mut text, 1, 2)?,
                Item::DayOfYear => fields.day_of_year = Some(take(&mut text, 1, 3)?),
                Item::Fraction => (fields.micros, text) = fraction(text)?,
                Item::HalfDay => {
                    let (half, rest) = text.split_at_checked(2)?;
                    fields.afternoon = Some(match half.to_ascii_lowercase().as_slice() {
                        b"am" => false,
                        b"pm" => true,
                        _ => return None,
                    });
                    text = rest;
                }
                Item::MonthName => {
                    let letters = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
                    let (name, rest) = text.split_at(letters);
                    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
                    let month = MONTHS.iter().position(|month| *month == name || month[..3] == name)?;
                    fields.month = Some(u32::try_from(month).ok()? + 1);
                    text = rest;
                }
                Item::Offset => {
                    fields.offset = Some(offset(text)?);
                    text = &[];
                }
            }
        }
        text.is_empty().then_some(fields)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled)
    }
}

impl Fields {
    fn date(&self) -> Option<NaiveDate> {
        let year = i32::try_from(self.year?).ok()?;
        match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(year, day),
            None => NaiveDate::from_ymd_opt(year, self.month?, self.day?),
        }
    }

    fn time(&self) -> Option<NaiveTime> {
        let hour = match self.afternoon {
            Some(afternoon) if (1..=12).contains(&self.hour) => self.hour % 12 + if afternoon { 12 } else { 0 },
            Some(_) => return None,
            None => self.hour,
        };
        NaiveTime::from_hms_micro_opt(hour, self.minute, self.second, self.micros)
    }
}

/// What a pattern of chrono writes, if it can.
fn written(shown: &dyn fmt::Display) -> Option<String> {
    let mut text = String::new();
    fmt::write(&mut text, format_args!("{shown}")).ok()?;
    Some(text)
}

/// Takes between `least` and `most` digits from the front.
fn take(text: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let digits = text.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if digits < least {
        return None;
    }
    let (taken, rest) = text.split_at(digits);
    *text = rest;
    number(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_what_strptime_reads() {
        let day =
            |pattern: &str, text: &str| Pattern::new(pattern).unwrap().date(text.as_bytes()).map(|day| day.to_string());
        assert_eq!(day("%d/%m/%Y", "31/12/2024").as_deref(), Some("2024-12-31"));
        assert_eq!(day("%d/%m/%Y", "1/2/2024").as_deref(), Some("2024-02-01"));
        assert_eq!(day("%d/%m/%Y", "31/12/24"), None);
        assert_eq!(day("%d/%m/%Y", "31/02/2024"), None);
        assert_eq!(day("%d-%b-%Y", "05-Mar-2024").as_deref(), Some("2024-03-05"));
        assert_eq!(day("%Y-%m-%d", "2024-01-01x"), None);
        assert!(Pattern::new("%H:%M").is_err());
        let time =
            |pattern: &str, text: &str| Pattern::of_time(pattern).unwrap().time(text.as_bytes()).map(format_time);
        assert_eq!(time("%H.%M", "9.05").as_deref(), Some("09:05:00"));
        assert_eq!(time("%I:%M %p", "12:30 am").as_deref(), Some("00:30:00"));
        assert_eq!(time("%H:%M:%S", "24:00:00"), None);
        assert_eq!(time("%H%M", "1030x"), None);
        assert!(Pattern::of_time("%Y-%m-%d %H:%M").is_err() && Pattern::of_time("%I:%M").is_err());
        assert!(Pattern::new("%Q").is_err());
    }

    #[test]
    fn what_a_pattern_writes_it_reads() {
        let madrid = Zone(chrono_tz::Europe::Madrid);
        let day = NaiveDate::from_ymd_opt(2024, 3, 5).unwrap();
        for (pattern, text) in [("%d/%m/%Y", "05/03/2024"), ("%d-%b-%y", "05-Mar-24"), ("%Y%j", "2024065")] {
            let compiled = Pattern::new(pattern).unwrap();
            assert_eq!(compiled.write_date(day).as_deref(), Some(text));
            assert_eq!(compiled.date(text.as_bytes()), Some(day));
        }
        let micros = iso_timestamp(b"2024-07-01T21:05:00Z", Zone::UTC).unwrap();
        for (pattern, text) in [
            ("%d/%m/%Y %H:%M", "01/07/2024 23:05"),
            ("%Y-%m-%d %I:%M %p", "2024-07-01 11:05 PM"),
            ("%Y-%m-%dT%H:%M:%S%z", "2024-07-01T23:05:00+0200"),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            assert_eq!(compiled.write_timestamp(micros, madrid).as_deref(), Some(text));
            assert_eq!(compiled.timestamp(text.as_bytes(), madrid), Some(micros));
        }
    }

    #[test]
    fn timestamps_take_their_zone_from_the_text_or_the_suite() {
        let madrid = Zone(chrono_tz::Europe::Madrid);
        let read = |text: &str, zone| iso_timestamp(text.as_bytes(), zone).map(format_timestamp);
        assert_eq!(read("2024-07-01T10:00:00+02:00", Zone::UTC).as_deref(), Some("2024-07-01T08:00:00Z"));
        assert_eq!(read("2024-07-01 10:00", madrid).as_deref(), Some("2024-07-01T08:00:00Z"));
        assert_eq!(read("2024-07-01 10:00:00.123", Zone::UTC).as_deref(), Some("2024-07-01T10:00:00.123Z"));
        assert_eq!(read("2024-03-31 02:30", madrid).as_deref(), Some("2024-03-31T01:30:00Z"));
        assert_eq!(read("2024-07-01", Zone::UTC), None);
        assert_eq!(
            day_from_epoch(days_since_epoch(NaiveDate::from_ymd_opt(1900, 2, 28).unwrap())).unwrap().to_string(),
            "1900-02-28"
        );
    }
}
