//! Amounts of bytes as people write them: `512MB`, `2GiB`.

use std::str::FromStr;

/// An amount of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A unit and its bytes: those of the International System by thousands, those of IEC 80000-13 by 1024.
const UNITS: [(&str, u64); 10] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

impl FromStr for Size {
    type Err = String;

    /// Reads a whole number or a decimal fraction with its unit; a number of bytes may stand alone.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size; write it as `512MB`, `1.5GB` or `2GiB`");
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = if unit.is_empty() { "B" } else { unit.trim_start() };
        let (_, each) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || (number.contains('.') && fraction.is_empty()) || fraction.len() > 9 {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let part: u64 = format!("0{fraction}").parse().map_err(|_| wrong())?;
        let tenths = 10_u64.pow(u32::try_from(fraction.len()).map_err(|_| wrong())?);
        let part = u128::from(part) * u128::from(*each);
        if part % u128::from(tenths) != 0 {
            return Err(format!("`{text}` is no whole number of bytes"));
        }
        let part = u64::try_from(part / u128::from(tenths)).map_err(|_| wrong())?;
        whole.checked_mul(*each).and_then(|bytes| bytes.checked_add(part)).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_units_are_told_apart() {
        let read = |text: &str| text.parse::<Size>().map(|size| size.0).ok();
        assert_eq!(read("512MB"), Some(512_000_000));
        assert_eq!(read("2GiB"), Some(2_147_483_648));
        assert_eq!(read("1.5 KiB"), Some(1_536));
        assert_eq!(read("0.5GB"), Some(500_000_000));
        assert_eq!(read("4096"), Some(4_096));
        assert_eq!(read("1kB"), Some(1_000));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "MB", "5mb", "5M", "-1MB", "1.MB", ".5MB", "1e3B", "0.5B", "99999999TiB", "1.2.3GB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
