//! The marks inside the numbers of a text: the one before the decimals, and the one between thousands.
//!
//! Only of cells as files spell them. Numbers in a suite are written with a point and without other marks.

use std::borrow::Cow;

/// The marks of the numbers of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks {
    /// What stands before the decimals: a point or a comma.
    pub decimal: char,
    /// What may stand between groups of three digits, if anything may.
    pub thousands: Option<char>,
}

impl Default for Marks {
    /// A point before the decimals, and nothing between thousands.
    fn default() -> Self {
        Self { decimal: '.', thousands: None }
    }
}

impl Marks {
    /// A comma before the decimals, and nothing between thousands.
    pub const COMMA: Self = Self { decimal: ',', thousands: None };

    /// What may be said to stand before the decimals.
    pub const DECIMAL: [char; 2] = ['.', ','];

    /// What may be said to stand between thousands: `.`, `,`, `_`, apostrophes, and spaces, no-break and narrow ones too.
    pub const THOUSANDS: [char; 9] = ['.', ',', '_', '\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}', '\u{2009}'];

    /// Whether numbers are as the suite writes them.
    #[must_use]
    pub fn are_plain(self) -> bool {
        self == Self::default()
    }

    /// A number with a point before its decimals and nothing between thousands; none if its marks do not stand where they
    /// should.
    ///
    /// Marks between thousands may be left out, all of them or none: before the decimals, after the first one to three
    /// digits, between groups of just three. A space stands for any space and an apostrophe for either, the same one
    /// throughout a number. What stands where digits should is for others to judge.
    #[must_use]
    pub fn plain(self, text: &str) -> Option<Cow<'_, str>> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        // `inf`, `NaN` and what is no number at all.
        if self.are_plain() || unsigned.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            return Some(Cow::Borrowed(text));
        }
        let (number, exponent) = unsigned.split_at(unsigned.find(['e', 'E']).unwrap_or(unsigned.len()));
        let (whole, decimals) = match number.split_once(self.decimal) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (number, None),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !decimals.is_none_or(digits) {
            return None;
        }
        let mark = whole.chars().find(|letter| !letter.is_ascii_digit());
        if mark.is_none() && decimals.is_none() {
            return Some(Cow::Borrowed(text));
        }
        let mut plain = String::with_capacity(text.len());
        plain.push_str(&text[..text.len() - unsigned.len()]);
        match mark {
            None => plain.push_str(whole),
            Some(mark) if self.may_part(mark) => {
                for (index, group) in whole.split(mark).enumerate() {
                    let fits = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                    if !fits || !digits(group) {
                        return None;
                    }
                    plain.push_str(group);
                }
            }
            Some(_) => return None,
        }
        if let Some(decimals) = decimals {
            plain.push('.');
            plain.push_str(decimals);
        }
        plain.push_str(exponent);
        Some(Cow::Owned(plain))
    }

    /// Whether a mark may stand between thousands.
    fn may_part(self, mark: char) -> bool {
        match self.thousands {
            Some(' ') => matches!(mark, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
            Some('\'') => matches!(mark, '\'' | '\u{2019}'),
            thousands => thousands == Some(mark),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(decimal: char, thousands: Option<char>, text: &str) -> Option<String> {
        Marks { decimal, thousands }.plain(text).map(Cow::into_owned)
    }

    #[test]
    fn a_decimal_comma_is_the_only_one() {
        let comma = |text| plain(',', None, text);
        assert_eq!(comma("1,5").as_deref(), Some("1.5"));
        assert_eq!(comma("-0,50").as_deref(), Some("-0.50"));
        assert_eq!(comma(",5").as_deref(), Some(".5"));
        assert_eq!(comma("5,").as_deref(), Some("5."));
        assert_eq!(comma("1234").as_deref(), Some("1234"));
        assert_eq!(comma("1,5e3").as_deref(), Some("1.5e3"));
        assert_eq!(comma("-inf").as_deref(), Some("-inf"));
        for wrong in ["1.5", "1,5,0", "1.234,5", "1 234", "1,-5", "--1,5", "1,5x", " 1,5"] {
            assert_eq!(comma(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn marks_between_thousands_stand_between_groups_of_three() {
        let dots = |text| plain(',', Some('.'), text);
        assert_eq!(dots("1.234.567,89").as_deref(), Some("1234567.89"));
        assert_eq!(dots("-12.345").as_deref(), Some("-12345"));
        assert_eq!(dots("1234567,89").as_deref(), Some("1234567.89"));
        assert_eq!(dots("123").as_deref(), Some("123"));
        for wrong in ["1.5", "1234.567", "1.23.456", ".123", "1.", "1.2345", "1..234", "1,234.5", "1.234 567", "0.5e3"]
        {
            assert_eq!(dots(wrong), None, "{wrong}");
        }
        assert_eq!(plain('.', Some(','), "1,234.50").as_deref(), Some("1234.50"));
        assert_eq!(plain('.', Some('\''), "1\u{2019}234.5").as_deref(), Some("1234.5"));
    }

    #[test]
    fn a_space_stands_for_any_space_but_for_one_throughout() {
        for space in [' ', '\u{a0}', '\u{202f}', '\u{2009}'] {
            assert_eq!(plain(',', Some(' '), &format!("1{space}234{space}567,5")).as_deref(), Some("1234567.5"));
        }
        assert_eq!(plain(',', Some(' '), "1 234\u{a0}567"), None);
        assert_eq!(plain(',', Some('\u{202f}'), "1 234"), None);
    }
}
