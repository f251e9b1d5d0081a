//! Patterns of text: regular expressions and those of SQL's `LIKE`.
//!
//! What they mean, as an expression of the `regex` crate; compiling it is the matter of who matches.

/// A regular expression in the syntax of the `regex` crate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Regex {
    /// The expression as written.
    pub pattern: String,
    /// Whether the whole value must fit; else a part of it is enough.
    pub full: bool,
    /// Whether case is ignored.
    pub ignore_case: bool,
}

/// An SQL `LIKE` pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Like {
    /// `%` is any text and `_` any one character.
    pub pattern: String,
    /// The character that takes a following `%`, `_` or itself as it stands.
    pub escape: Option<char>,
    /// Whether case is ignored.
    pub ignore_case: bool,
}

impl Regex {
    /// The expression to hand to the `regex` crate, with its options written into it.
    #[must_use]
    pub fn compiled_text(&self) -> String {
        let flags = if self.ignore_case { "(?i)" } else { "" };
        if self.full { format!("{flags}^(?:{})$", self.pattern) } else { format!("{flags}{}", self.pattern) }
    }
}

impl Like {
    /// The same pattern as a regular expression that must fit the whole value.
    #[must_use]
    pub fn to_regex(&self) -> Regex {
        let mut pattern = String::from("(?s:");
        let mut characters = self.pattern.chars();
        while let Some(character) = characters.next() {
            match character {
                c if Some(c) == self.escape => {
                    if let Some(next) = characters.next() {
                        pattern.push_str(&regex::escape(&next.to_string()));
                    }
                }
                '%' => pattern.push_str(".*"),
                '_' => pattern.push('.'),
                other => pattern.push_str(&regex::escape(&other.to_string())),
            }
        }
        pattern.push(')');
        Regex { pattern, full: true, ignore_case: self.ignore_case }
    }
}
