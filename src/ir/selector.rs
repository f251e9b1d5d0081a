//! Which columns are meant: one by its name, all whose name fits a pattern, or all.

use std::fmt;

/// One column, those that a pattern matches, or all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// The column of this name.
    Name(String),
    /// The columns whose whole name fits the pattern: `*` is any text, `?` one character, `[ab]` one of these.
    Pattern(glob::Pattern),
    /// Every column.
    All,
}

impl Selector {
    /// A pattern of names.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn pattern(text: &str) -> Result<Self, String> {
        match glob::Pattern::new(text) {
            Ok(pattern) => Ok(Self::Pattern(pattern)),
            Err(wrong) => Err(wrong.msg.to_owned()),
        }
    }

    /// Whether it means a column of this name. Case matters.
    #[must_use]
    pub fn means(&self, column: &str) -> bool {
        match self {
            Self::Name(name) => name == column,
            Self::Pattern(pattern) => pattern.matches(column),
            Self::All => true,
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => to.write_str(name),
            Self::Pattern(pattern) => to.write_str(pattern.as_str()),
            Self::All => to.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_names() {
        let means = |pattern, column| Selector::pattern(pattern).unwrap().means(column);
        assert!(means("l_*", "l_tax") && means("*", "a.b/c") && means("?d", "id") && means("[ab]", "a"));
        assert!(!means("l_*", "xl_tax") && !means("L_*", "l_tax") && !means("id", "id2"));
        assert!(Selector::pattern("a[").is_err());
    }
}
