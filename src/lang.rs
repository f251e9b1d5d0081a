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
        let digits = number.to_string();
        // Spanish leaves numbers of four digits together only in running text; columns of figures align better apart.
        let separator = self.pick(',', '.');
        let mut said = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                said.push(separator);
            }
            said.push(digit);
        }
        said
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
}
