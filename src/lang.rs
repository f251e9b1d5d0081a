//! The languages of sentences and reports, and how numbers and plurals are said in them.
//!
//! Machine-readable output is never translated; it does not ask this module.

/// A language of reports and sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// The code of the language.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.pick("en", "es")
    }

    /// Picks the one of this language.
    #[must_use]
    pub const fn pick<T: Copy>(self, en: T, es: T) -> T {
        match self {
            Self::En => en,
            Self::Es => es,
        }
    }

    /// Picks the singular or the plural.
    #[must_use]
    pub const fn plural<T: Copy>(self, count: u64, one: (T, T), many: (T, T)) -> T {
        let (en, es) = if count == 1 { one } else { many };
        self.pick(en, es)
    }

    /// A count with its thousands apart: `1,479` or `1.479`.
    #[must_use]
    pub fn count(self, number: u64) -> String {
        self.group(&number.to_string())
    }

    /// A share as a percentage that never rounds to none or to all: `0.1 %`, `< 0.01 %`, `> 99.99 %`.
    #[must_use]
    pub fn share(self, part: u64, whole: u64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a percentage of two decimals")]
        let percent = if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 };
        let text = if part > 0 && percent < 0.01 {
            "< 0.01".to_owned()
        } else if part < whole && percent > 99.99 {
            "> 99.99".to_owned()
        } else {
            let rounded = format!("{percent:.2}");
            rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        format!("{} %", if self == Self::Es { text.replace('.', ",") } else { text })
    }

    /// A decimal number, exactly as written, with the marks of the language: `12,500.50`.
    ///
    /// Text that is not a plain decimal number comes back as it is.
    #[must_use]
    pub fn decimal(self, number: &str) -> String {
        let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !fraction.is_none_or(plain) {
            return number.to_owned();
        }
        let fraction = fraction.map_or(String::new(), |digits| format!("{}{digits}", self.pick('.', ',')));
        format!("{sign}{}{fraction}", self.group(whole))
    }

    /// A length of time in the two largest units that matter: `48 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`.
    #[must_use]
    pub fn duration(self, milliseconds: u64) -> String {
        let seconds = milliseconds / 1_000;
        match seconds {
            0 => format!("{milliseconds} ms"),
            1..60 => format!("{} s", self.decimal(&format!("{seconds}.{}", milliseconds % 1_000 / 100))),
            60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
            _ => format!("{} h {} min", self.count(seconds / 3_600), seconds % 3_600 / 60),
        }
    }

    /// A size in decimal units: `812 B`, `1.4 MB`, `232 MB`.
    #[must_use]
    pub fn bytes(self, bytes: u64) -> String {
        const UNITS: [(u64, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        for (size, unit) in UNITS {
            if bytes >= size {
                let tenths = bytes / (size / 10);
                let number =
                    if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() };
                return format!("{} {unit}", self.decimal(&number));
            }
        }
        format!("{bytes} B")
    }

    /// A list in words: `a, b and c`.
    #[must_use]
    pub fn list(self, items: &[String]) -> String {
        let and = self.pick(" and ", " y ");
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => format!("{}{and}{last}", most.join(", ")),
        }
    }

    fn group(self, digits: &str) -> String {
        // Spanish leaves numbers of four digits together only in running text; columns of figures align better apart.
        let separator = self.pick(',', '.');
        let mut said = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                said.push(separator);
            }
            said.push(digit);
        }
        said
    }
}

/// A moment in UTC to the minute, as `2026-11-23 01:15 UTC`; what is none stays as it is.
#[must_use]
pub fn to_the_minute(moment: &str) -> String {
    match (moment.get(..10), moment.get(11..16)) {
        (Some(day), Some(time)) if moment.ends_with('Z') => format!("{day} {time} UTC"),
        _ => moment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_never_rounds_to_none_or_all() {
        assert_eq!(Lang::En.share(1_000, 1_000_000), "0.1 %");
        assert_eq!(Lang::En.share(1, 6_000_000), "< 0.01 %");
        assert_eq!(Lang::En.share(5_999_999, 6_000_000), "> 99.99 %");
        assert_eq!(Lang::Es.share(93, 5_500), "1,69 %");
        assert_eq!(Lang::En.share(0, 0), "0 %");
        assert_eq!(Lang::En.share(7, 7), "100 %");
        assert_eq!(Lang::En.count(1_479), "1,479");
        assert_eq!(Lang::Es.count(12_345_678), "12.345.678");
    }

    #[test]
    fn a_decimal_keeps_every_digit() {
        assert_eq!(Lang::En.decimal("12500.50"), "12,500.50");
        assert_eq!(Lang::Es.decimal("-99999999999999999999.1"), "-99.999.999.999.999.999.999,1");
        assert_eq!(Lang::Es.decimal("1e3"), "1e3");
        assert_eq!(Lang::Es.decimal("-"), "-");
    }

    #[test]
    fn a_duration_and_a_size_are_short() {
        assert_eq!(Lang::En.duration(48), "48 ms");
        assert_eq!(Lang::Es.duration(1_250), "1,2 s");
        assert_eq!(Lang::En.duration(185_000), "3 min 5 s");
        assert_eq!(Lang::En.duration(7_440_000), "2 h 4 min");
        assert_eq!(Lang::En.bytes(812), "812 B");
        assert_eq!(Lang::Es.bytes(1_480_000), "1,4 MB");
        assert_eq!(Lang::En.bytes(232_000_000), "232 MB");
    }
}
