//! Moments that hang on the "now" of a run: moved, then cut to the start of a period.
//!
//! Everything goes by the clock and calendar of a timezone: a day earlier is the same time of the day before, also where
//! clocks change in between, and a week begins on Monday. Hours and shorter are moved as a clock counts them.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime};

use crate::ir::calendar::{DAY_MICROS, Part};
use crate::ir::duration::Duration;
use crate::ir::time::Zone;
use crate::ir::value::{Type, Value};

/// A moment that hangs on the "now" of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Relative {
    /// Months later, or earlier if negative; cut to the last day of a shorter month.
    pub months: i32,
    /// Days later, after the months.
    pub days: i32,
    /// Microseconds later, after the days.
    pub clock: i64,
    /// The period whose start it is cut to.
    pub floor: Option<Part>,
    /// What it is where no other value says: a date or a timestamp.
    pub kind: Type,
}

/// The periods that a moment can be cut to.
pub const FLOORS: [Part; 5] = [Part::Hour, Part::Day, Part::Week, Part::Month, Part::Year];

impl Relative {
    /// The "now" itself.
    pub const NOW: Self = Self { months: 0, days: 0, clock: 0, floor: None, kind: Type::Timestamp };

    /// Reads how far a moment is moved: a length of time with a sign, or none for later: `-1w`, `0d`, `+12h`.
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (length, back) = match text.strip_prefix('-') {
            Some(length) => (length, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        let length = Duration::parse(length).map_err(|_| {
            format!("is no way from the moment of the run: `{text}`; write it as `-1w`, `0d`, `+12h`, `-1d12h`, `-6mo`")
        })?;
        Ok(if back { Self::ago(length) } else { Self::ahead(length) })
    }

    /// The moment so long before.
    #[must_use]
    pub const fn ago(length: Duration) -> Self {
        // A length is never negative, so its parts have an opposite.
        Self { months: -length.months, days: -length.days, clock: -length.clock, ..Self::NOW }
    }

    /// The moment so long after.
    #[must_use]
    pub const fn ahead(length: Duration) -> Self {
        Self { months: length.months, days: length.days, clock: length.clock, ..Self::NOW }
    }

    /// The same cut to the start of a period; one of days or longer makes it a date.
    #[must_use]
    pub const fn cut(self, floor: Option<Part>) -> Self {
        let kind = match floor {
            Some(part) if !part.is_of_day() => Type::Date,
            _ => self.kind,
        };
        Self { floor, kind, ..self }
    }

    /// The instant, in microseconds since 1970 UTC; none if it is out of range.
    #[must_use]
    pub fn instant(&self, as_of: i64, zone: Zone) -> Option<i64> {
        let moved = if self.months == 0 && self.days == 0 {
            as_of
        } else {
            let local = zone.local(as_of)?;
            zone.instant(self.moved(local.date())?.and_time(local.time()))
        };
        let moved = moved.checked_add(self.clock)?;
        match self.floor {
            Some(part) => start_of(part, moved, zone),
            None => zone.local(moved).map(|_| moved),
        }
    }

    /// The value to compare with one of a type: the day for a date, else the instant; none if it is out of range.
    #[must_use]
    pub fn value(&self, as_of: i64, zone: Zone, kind: Type) -> Option<Value> {
        let instant = self.instant(as_of, zone)?;
        Some(if kind == Type::Date { Value::Date(zone.local(instant)?.date()) } else { Value::Timestamp(instant) })
    }

    /// The day that lies so far from another day, as days count: a part of a day is dropped; none if it is out of range.
    #[must_use]
    pub fn from_day(&self, day: NaiveDate) -> Option<NaiveDate> {
        let days = i32::try_from(self.clock / DAY_MICROS).ok()?.checked_add(self.days)?;
        Self { days, ..*self }.moved(day)
    }

    /// The date or timestamp that lies so far from another one; none if it is out of range, or of another type.
    #[must_use]
    pub fn from(&self, value: &Value, zone: Zone) -> Option<Value> {
        match value {
            Value::Date(day) => self.from_day(*day).map(Value::Date),
            Value::Timestamp(instant) => self.instant(*instant, zone).map(Value::Timestamp),
            _ => None,
        }
    }

    fn moved(&self, day: NaiveDate) -> Option<NaiveDate> {
        let months = Months::new(self.months.unsigned_abs());
        let days = Days::new(u64::from(self.days.unsigned_abs()));
        let day = if self.months < 0 { day.checked_sub_months(months) } else { day.checked_add_months(months) }?;
        if self.days < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) }
    }
}

/// The first instant of the period of a timezone that an instant lies in; none if it is out of range.
#[must_use]
pub fn start_of(part: Part, instant: i64, zone: Zone) -> Option<i64> {
    let local = zone.local(instant)?;
    if part.is_of_day() {
        // What is less than an hour is taken off the instant itself, for a clock put back shows an hour twice.
        let start = part.start_of(local).ok()?;
        return instant.checked_sub((local - start).num_microseconds()?);
    }
    Some(zone.start_of(part.start_of(local).ok()?.date()))
}

impl Zone {
    /// What a clock of this zone shows at an instant; none if it is out of range.
    #[must_use]
    pub fn local(self, micros: i64) -> Option<NaiveDateTime> {
        // Years beyond these have no place in a file, and their ends leave no room for an offset.
        let time = DateTime::from_timestamp_micros(micros)?;
        (-9_999..=9_999).contains(&time.year()).then(|| time.with_timezone(&self.0).naive_local())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::time::{format_timestamp, iso_timestamp};

    const MADRID: Zone = Zone(chrono_tz::Europe::Madrid);
    const SANTIAGO: Zone = Zone(chrono_tz::America::Santiago);

    fn relative(text: &str, floor: Option<Part>) -> Relative {
        Relative::parse(text).unwrap().cut(floor)
    }

    /// Where a "now" that a zone's clock shows is moved to, in UTC.
    fn moved(now: &str, zone: Zone, by: &str, floor: Option<Part>) -> String {
        let now = iso_timestamp(now.as_bytes(), zone).unwrap();
        relative(by, floor).instant(now, zone).map_or_else(|| "out of range".to_owned(), format_timestamp)
    }

    fn day(now: &str, zone: Zone, by: &str, floor: Option<Part>) -> String {
        let now = iso_timestamp(now.as_bytes(), zone).unwrap();
        relative(by, floor).value(now, zone, Type::Date).unwrap().to_string()
    }

    #[test]
    fn a_moment_is_moved_and_then_cut() {
        let at = |by, floor| day("2025-07-02T12:34:56Z", Zone::UTC, by, floor);
        assert_eq!(at("0d", Some(Part::Week)), "2025-06-30");
        assert_eq!(at("-1w", Some(Part::Week)), "2025-06-23");
        assert_eq!(at("-3d", Some(Part::Week)), "2025-06-23");
        assert_eq!(at("+5d", Some(Part::Week)), "2025-07-07");
        assert_eq!(at("-1mo", Some(Part::Month)), "2025-06-01");
        assert_eq!(at("-18y", None), "2007-07-02");
        assert_eq!(at("-1y6mo", Some(Part::Year)), "2024-01-01");
        assert_eq!(moved("2025-07-02T12:34:56.5Z", Zone::UTC, "-90s", None), "2025-07-02T12:33:26.500Z");
        assert_eq!(moved("2025-07-02T12:34:56.5Z", Zone::UTC, "-1d12h", Some(Part::Hour)), "2025-07-01T00:00:00Z");
    }

    #[test]
    fn a_month_earlier_is_no_later_than_its_last_day() {
        let at = |now, by| day(now, Zone::UTC, by, None);
        assert_eq!(at("2024-03-31T00:00:00Z", "-1mo"), "2024-02-29");
        assert_eq!(at("2023-03-31T00:00:00Z", "-1mo"), "2023-02-28");
        assert_eq!(at("2024-02-29T00:00:00Z", "-1y"), "2023-02-28");
        assert_eq!(at("2024-01-31T00:00:00Z", "1mo1d"), "2024-03-01");
    }

    #[test]
    fn a_day_is_one_of_the_calendar_also_where_clocks_change() {
        // In Madrid the night to 2025-03-30 loses an hour, the night to 2025-10-26 gains one.
        assert_eq!(day("2025-03-31 00:30", MADRID, "-1d", Some(Part::Day)), "2025-03-30");
        assert_eq!(moved("2025-03-30 12:00", MADRID, "-1d", None), "2025-03-29T11:00:00Z");
        assert_eq!(moved("2025-03-30 12:00", MADRID, "-24h", None), "2025-03-29T10:00:00Z");
        assert_eq!(moved("2025-10-27 00:30", MADRID, "-1d", Some(Part::Day)), "2025-10-25T22:00:00Z");
        assert_eq!(moved("2025-10-26 12:00", MADRID, "0d", Some(Part::Week)), "2025-10-19T22:00:00Z");
        // An hour that a clock shows twice is two hours.
        assert_eq!(moved("2025-10-26T00:30:00Z", MADRID, "0d", Some(Part::Hour)), "2025-10-26T00:00:00Z");
        assert_eq!(moved("2025-10-26T01:30:00Z", MADRID, "0d", Some(Part::Hour)), "2025-10-26T01:00:00Z");
    }

    #[test]
    fn a_day_without_a_midnight_begins_at_its_first_moment() {
        // In Santiago the clock goes from 2025-09-06 24:00 to 01:00 of the next day.
        assert_eq!(moved("2025-09-07 12:00", SANTIAGO, "0d", Some(Part::Day)), "2025-09-07T04:00:00Z");
        assert_eq!(day("2025-09-08 00:10", SANTIAGO, "-1d", Some(Part::Day)), "2025-09-07");
        assert_eq!(day("2025-09-07T03:59:59Z", SANTIAGO, "0d", None), "2025-09-06");
    }

    #[test]
    fn what_is_no_way_or_leads_too_far_is_refused() {
        for text in ["", "-", "5", "--1d", "-1 d", "1.5h", "week", "-1d-2h"] {
            assert!(Relative::parse(text).is_err(), "{text}");
        }
        assert_eq!(moved("2025-07-02T12:00:00Z", Zone::UTC, "-99999y", None), "out of range");
        assert_eq!(moved("2025-07-02T12:00:00Z", Zone::UTC, "2147483647d", None), "out of range");
    }

    #[test]
    fn days_of_a_date_are_whole() {
        let today = NaiveDate::from_ymd_opt(2025, 3, 31).unwrap();
        let ago = |text| Relative::ago(Duration::parse(text).unwrap()).from_day(today).unwrap().to_string();
        assert_eq!(ago("24h"), "2025-03-30");
        assert_eq!(ago("36h"), "2025-03-30");
        assert_eq!(ago("48h"), "2025-03-29");
        assert_eq!(ago("1mo"), "2025-02-28");
        assert_eq!(ago("2d"), "2025-03-29");
    }

    mod laws {
        use super::*;
        use proptest::prelude::*;

        /// Instants from 1970 to 2060.
        fn instant() -> impl Strategy<Value = i64> {
            0..2_840_140_800_000_000_i64
        }

        fn zone() -> impl Strategy<Value = Zone> {
            prop::sample::select(vec![Zone::UTC, MADRID, SANTIAGO, Zone(chrono_tz::Asia::Kolkata)])
        }

        proptest! {
            #[test]
            fn a_start_is_not_after_what_it_starts_and_is_its_own_start(now in instant(), zone in zone()) {
                for part in FLOORS {
                    let start = start_of(part, now, zone).unwrap();
                    prop_assert!(start <= now);
                    prop_assert_eq!(start_of(part, start, zone), Some(start), "{:?}", part);
                    // Nothing between the two begins another one.
                    prop_assert_eq!(start_of(part, start + (now - start) / 2, zone), Some(start), "{:?}", part);
                }
            }

            #[test]
            fn a_week_begins_on_monday_and_a_day_when_its_date_does(now in instant(), zone in zone()) {
                let local = |instant: i64| zone.local(instant).unwrap();
                let week = start_of(Part::Week, now, zone).unwrap();
                prop_assert_eq!(local(week).weekday(), chrono::Weekday::Mon);
                let day = start_of(Part::Day, now, zone).unwrap();
                prop_assert_eq!(local(day).date(), local(now).date());
                prop_assert_ne!(local(day - 1).date(), local(now).date());
            }

            #[test]
            fn days_and_months_move_as_the_calendar_does(
                now in instant(), zone in zone(), months in -400..400_i32, days in -9_000..9_000_i32,
            ) {
                let moved = Relative { months, days, ..Relative::NOW }.value(now, zone, Type::Date).unwrap();
                let day = zone.local(now).unwrap().date();
                let (year, month) = (day.year() + (day.month0().cast_signed() + months).div_euclid(12),
                    (day.month0().cast_signed() + months).rem_euclid(12) as u32 + 1);
                let last = (28..=31).rev().find(|last| NaiveDate::from_ymd_opt(year, month, *last).is_some()).unwrap();
                let wanted = NaiveDate::from_ymd_opt(year, month, day.day().min(last)).unwrap();
                let wanted = wanted + chrono::TimeDelta::days(i64::from(days));
                prop_assert_eq!(moved, Value::Date(wanted));
            }
        }
    }
}
