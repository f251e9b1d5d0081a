//! Amounts of bytes as suites and the command line write them: `512MB`, `2GiB`, `800`.

/// An amount of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

/// A unit and its bytes: powers of 1,000, and with an `i` of 1,024.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

impl std::str::FromStr for Size {
    type Err = String;

    /// Reads a whole number and a unit, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size: write `800B`, `10MB` or `2GiB`");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start().to_ascii_lowercase();
        let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*bytes).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_decimal_and_with_an_i_binary() {
        let read = |text: &str| text.parse::<Size>().map(|size| size.0).ok();
        assert_eq!(read("800"), Some(800));
        assert_eq!(read("800B"), Some(800));
        assert_eq!(read("10MB"), Some(10_000_000));
        assert_eq!(read("10 kB"), Some(10_000));
        assert_eq!(read("2GiB"), Some(2_147_483_648));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "MB", "1.5MB", "-1", "10 apples", "99999999999TB", "10M"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
