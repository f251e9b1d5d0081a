//! Lengths of time as suites write them: `90s`, `24h`, `1d12h`, `6mo`.
//!
//! Months and years are of no fixed length, and neither is a day where clocks change, so they are kept apart from the rest.

use std::fmt;

use crate::ir::calendar::DAY_MICROS;

/// A length of time, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Duration {
    /// Whole months.
    pub months: i32,
    /// Whole days beside the months.
    pub days: i32,
    /// Microseconds beside the days, as a clock counts them.
    pub clock: i64,
}

/// A unit, and what it adds: months, days and microseconds.
const UNITS: [(&str, i32, i32, i64); 7] = [
    ("y", 12, 0, 0),
    ("mo", 1, 0, 0),
    ("w", 0, 7, 0),
    ("d", 0, 1, 0),
    ("h", 0, 0, 3_600_000_000),
    ("m", 0, 0, 60_000_000),
    ("s", 0, 0, 1_000_000),
];

impl Duration {
    /// Reads whole numbers with the units `y mo w d h m s`, each at most once and longest first.
    ///
    /// # Errors
    /// A sentence fragment that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("is no length of time: `{text}`; write it as `90s`, `30m`, `24h`, `21d`, `3w`, `6mo`, `1d12h`");
        let mut rest = text;
        let mut units = UNITS.iter();
        let mut sum = Self::default();
        while !rest.is_empty() {
            let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
            let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
            let (_, months, days, clock) = units.find(|(name, ..)| *name == unit).ok_or_else(wrong)?;
            let part = Self { months: *months, days: *days, clock: *clock };
            sum = digits.parse().ok().and_then(|count| sum.plus(count, part)).ok_or_else(wrong)?;
            rest = after;
        }
        if text.is_empty() { Err(wrong()) } else { Ok(sum) }
    }

    /// The length of so many microseconds, in days of 24 hours and what is left.
    #[must_use]
    pub fn of_micros(micros: u64) -> Self {
        let day = DAY_MICROS.unsigned_abs();
        let days = i32::try_from(micros / day).unwrap_or(i32::MAX);
        Self { months: 0, days, clock: i64::try_from(micros % day).unwrap_or(0) }
    }

    /// Its microseconds, with days of 24 hours; none if it has months, which are of no fixed length.
    #[must_use]
    pub fn micros(self) -> Option<u64> {
        let days = u64::try_from(self.days).ok()?.checked_mul(DAY_MICROS.unsigned_abs())?;
        days.checked_add(u64::try_from(self.clock).ok()?).filter(|_| self.months == 0)
    }

    /// The count of each unit that there is of it, longest first; parts of a second are left out.
    #[must_use]
    pub fn units(self) -> Vec<(&'static str, u64)> {
        let (mut months, mut days) = (self.months.unsigned_abs(), self.days.unsigned_abs());
        let mut seconds = self.clock.unsigned_abs() / 1_000_000;
        let mut found = Vec::new();
        for (name, unit_months, unit_days, unit_clock) in UNITS {
            let count = if unit_months > 0 {
                let count = months / unit_months.unsigned_abs();
                months %= unit_months.unsigned_abs();
                u64::from(count)
            } else if unit_days > 0 {
                // Days that are no whole number of weeks are said as days: 10 days, not a week and 3 days.
                let unit_days = unit_days.unsigned_abs();
                let count = if days.is_multiple_of(unit_days) { days / unit_days } else { 0 };
                days -= count * unit_days;
                u64::from(count)
            } else {
                let unit = unit_clock.unsigned_abs() / 1_000_000;
                let count = seconds / unit;
                seconds %= unit;
                count
            };
            if count > 0 {
                found.push((name, count));
            }
        }
        found
    }

    fn plus(self, count: i32, part: Self) -> Option<Self> {
        Some(Self {
            months: part.months.checked_mul(count)?.checked_add(self.months)?,
            days: part.days.checked_mul(count)?.checked_add(self.days)?,
            clock: part.clock.checked_mul(i64::from(count))?.checked_add(self.clock)?,
        })
    }
}

impl fmt::Display for Duration {
    /// The spelling that a suite would use for it, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.units();
        if units.is_empty() {
            return f.write_str("0s");
        }
        units.iter().try_for_each(|(name, count)| write!(f, "{count}{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        let read = |text| Duration::parse(text).map(|it| (it.months, it.days, it.clock / 1_000_000)).ok();
        assert_eq!(read("90s"), Some((0, 0, 90)));
        assert_eq!(read("30m"), Some((0, 0, 1_800)));
        assert_eq!(read("1d12h"), Some((0, 1, 43_200)));
        assert_eq!(read("3w"), Some((0, 21, 0)));
        assert_eq!(read("1y6mo2d"), Some((18, 2, 0)));
        assert_eq!(read("0d"), Some((0, 0, 0)));
    }

    #[test]
    fn a_length_is_said_as_a_suite_spells_it() {
        for text in ["1h30m", "10d", "2w", "1y6mo2d", "1d12h", "59s"] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Duration::parse("24h").unwrap().to_string(), "24h");
        assert_eq!(Duration::parse("21d").unwrap().to_string(), "3w");
        assert_eq!(Duration::parse("90s").unwrap().to_string(), "1m30s");
        assert_eq!(Duration::default().to_string(), "0s");
        assert_eq!(Duration::of_micros(129_600_999_999).to_string(), "1d12h");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "5", "h", "1.5h", "-1d", "1 d", "1d 2h", "2h1d", "1h1h", "1H", "99999999999s", "2147483647y", "1día"]
        {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }
}
