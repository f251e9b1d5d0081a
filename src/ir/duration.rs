//! Lengths of time as suites write them: `90s`, `24h`, `1d12h`, `6mo`.
//!
//! Months and years are of no fixed length, so they are kept apart from the rest.

/// A length of time, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Duration {
    /// Whole months.
    pub months: i32,
    /// Microseconds beside the months; a day has 24 hours.
    pub micros: i64,
}

/// A unit, and what it adds: months and microseconds.
const UNITS: [(&str, i32, i64); 7] = [
    ("y", 12, 0),
    ("mo", 1, 0),
    ("w", 0, 7 * 86_400_000_000),
    ("d", 0, 86_400_000_000),
    ("h", 0, 3_600_000_000),
    ("m", 0, 60_000_000),
    ("s", 0, 1_000_000),
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
            let (_, months, micros) = units.find(|(name, ..)| *name == unit).ok_or_else(wrong)?;
            sum = digits.parse().ok().and_then(|count| sum.plus(count, *months, *micros)).ok_or_else(wrong)?;
            rest = after;
        }
        if text.is_empty() { Err(wrong()) } else { Ok(sum) }
    }

    fn plus(self, count: i32, months: i32, micros: i64) -> Option<Self> {
        Some(Self {
            months: months.checked_mul(count)?.checked_add(self.months)?,
            micros: micros.checked_mul(i64::from(count))?.checked_add(self.micros)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        let read = |text| Duration::parse(text).map(|it| (it.months, it.micros / 1_000_000)).ok();
        assert_eq!(read("90s"), Some((0, 90)));
        assert_eq!(read("30m"), Some((0, 1_800)));
        assert_eq!(read("1d12h"), Some((0, 129_600)));
        assert_eq!(read("3w"), Some((0, 1_814_400)));
        assert_eq!(read("1y6mo2d"), Some((18, 172_800)));
        assert_eq!(read("0d"), Some((0, 0)));
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
