//! Regular expressions of Python as those of the `regex` crate, which means other things by some of the same characters.
//!
//! `$` stays: in Python it also stands before a last newline, which the head of the suite says.

use std::iter::Peekable;
use std::str::Chars;

/// What the head of a suite says once, if a pattern of it has a `$`.
pub(super) const DOLLAR: &str = "`$` here does not match before a final newline, as it does in Python.";

/// A regular expression of Python as one of the `regex` crate.
///
/// # Errors
/// What the crate does not have. A pattern that is wrong in Python too is left as it is, for the suite to refuse.
pub(super) fn of_python(pattern: &str) -> Result<String, String> {
    let looks = ["(?=", "(?!", "(?<=", "(?<!", "(?P=", "(?(", "(?>"];
    let refers = pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && matches!(pair[1], b'1'..=b'9'));
    let written = Writer { rest: pattern.chars().peekable(), written: String::new() }.all();
    let error = match (&written, written.as_deref().map(regex::Regex::new)) {
        (Ok(written), Ok(Ok(_))) => return Ok(written.clone()),
        (_, Ok(Err(error))) => error.to_string(),
        (_, Err(reason)) => (*reason).clone(),
        (Err(reason), Ok(Ok(_))) => reason.clone(),
    };
    match looks.into_iter().find(|part| pattern.contains(part)) {
        Some(part) => Err(format!("the pattern {pattern} has {part}, and patterns here do not look around")),
        None if refers => Err(format!("the pattern {pattern} refers back to a group, and patterns here cannot")),
        None => match written {
            Ok(written) if wrong_in_python(&written) => Ok(written),
            _ => {
                let reason = error.rsplit_once("error: ").map_or(error.as_str(), |(_, reason)| reason);
                let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
                Err(format!("the pattern {pattern} is none here: {reason}"))
            }
        },
    }
}

/// Whether a translated pattern ends a line or the text with `$`.
pub(super) fn has_dollar(pattern: &str) -> bool {
    let (mut class, mut escaped) = (false, false);
    pattern.chars().any(|c| {
        let found = c == '$' && !class && !escaped;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            _ => {}
        }
        found
    })
}

/// Whether what is wrong with a pattern is wrong to Python too.
fn wrong_in_python(pattern: &str) -> bool {
    use regex_syntax::ast::ErrorKind as Kind;
    let Err(error) = regex_syntax::ast::parse::Parser::new().parse(pattern) else { return false };
    // `\N{…}` and octal numbers are Python's alone.
    let letter = pattern[error.span().start.offset..].chars().nth(1);
    match error.kind() {
        Kind::ClassUnclosed
        | Kind::ClassRangeInvalid
        | Kind::ClassRangeLiteral
        | Kind::GroupUnclosed
        | Kind::GroupUnopened
        | Kind::GroupNameDuplicate { .. }
        | Kind::GroupNameEmpty
        | Kind::GroupNameInvalid
        | Kind::RepetitionMissing
        | Kind::RepetitionCountInvalid
        | Kind::EscapeUnexpectedEof
        | Kind::EscapeHexInvalid
        | Kind::EscapeHexInvalidDigit => true,
        Kind::EscapeUnrecognized => letter.is_some_and(|c| c.is_ascii_alphabetic() && c != 'N'),
        _ => false,
    }
}

struct Writer<'a> {
    rest: Peekable<Chars<'a>>,
    written: String,
}

impl Writer<'_> {
    fn all(mut self) -> Result<String, String> {
        // Whether a quantifier stands just before.
        let mut repeated = false;
        while let Some(c) = self.rest.next() {
            let bounds = if c == '{' { self.bounds() } else { None };
            let quantifier = matches!(c, '*' | '+' | '?') || bounds.is_some();
            if quantifier && repeated {
                return Err(match c {
                    '+' => "patterns here have no possessive quantifiers".to_owned(),
                    _ => "a quantifier stands behind another one, which Python refuses".to_owned(),
                });
            }
            repeated = quantifier;
            match c {
                '\\' => self.escape(false),
                '[' => self.class(),
                '{' => match bounds {
                    Some(bounds) => self.written.push_str(&bounds),
                    None => self.written.push_str("\\{"),
                },
                '(' if self.rest.peek() == Some(&'?') => {
                    // What opens a group is no quantifier.
                    self.written.push('(');
                    self.written.extend(self.rest.next());
                }
                c => self.written.push(c),
            }
            if quantifier && self.rest.peek() == Some(&'?') {
                self.written.extend(self.rest.next());
            }
        }
        Ok(self.written)
    }

    /// How often, after a `{` that says so; none if it stands for itself.
    fn bounds(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let inner: String = ahead.by_ref().take_while(|c| *c != '}').collect();
        let closed = self.rest.clone().nth(inner.chars().count()) == Some('}');
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let bounds = match inner.split_once(',') {
            Some((low, high)) if digits(low) && digits(high) => {
                format!("{{{},{high}}}", if low.is_empty() { "0" } else { low })
            }
            None if !inner.is_empty() && digits(&inner) => format!("{{{inner}}}"),
            _ => return None,
        };
        if closed {
            self.rest = ahead;
        }
        closed.then_some(bounds)
    }

    /// What follows a backslash.
    fn escape(&mut self, class: bool) {
        match self.rest.next() {
            Some('Z') if !class => self.written.push_str("\\z"),
            // A backspace.
            Some('b') if class => self.written.push_str("\\x08"),
            // To the crate, an escaped one is the start or the end of a word.
            Some(c @ ('<' | '>')) => self.written.push(c),
            Some(c) if !c.is_ascii() => self.written.push(c),
            Some(c) => self.written.extend(['\\', c]),
            None => self.written.push('\\'),
        }
    }

    /// A class, after its `[`: to Python it holds characters, escapes and ranges, and nothing else.
    fn class(&mut self) {
        self.written.push('[');
        if self.rest.peek() == Some(&'^') {
            self.written.extend(self.rest.next());
        }
        let mut first = true;
        while let Some(c) = self.rest.next() {
            if c == ']' && !first {
                self.written.push(']');
                return;
            }
            first = false;
            self.member(c);
            // A range, unless the class ends behind its `-`.
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.peek().is_some_and(|end| *end != ']') {
                self.rest = ahead;
                self.written.push('-');
                if let Some(end) = self.rest.next() {
                    self.member(end);
                }
            }
        }
    }

    fn member(&mut self, c: char) {
        let twice = self.rest.peek() == Some(&c) || self.written.ends_with(c);
        match c {
            '\\' => self.escape(true),
            '[' => self.written.push_str("\\["),
            '&' | '~' | '-' if twice => self.written.extend(['\\', c]),
            c if c.is_whitespace() || c == '#' => {
                // Where whitespace does not count (`(?x)`), it still does in a class.
                if self.written.contains("x)") && self.written.starts_with("(?") {
                    self.written.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
                } else {
                    self.written.push(c);
                }
            }
            c => self.written.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_crate_reads_otherwise_is_escaped() {
        for (python, here) in [
            (r"^[A-Z]{2}-\d+$", r"^[A-Z]{2}-\d+$"),
            ("[a&&b]", r"[a\&\&b]"),
            ("[a~~b&]", r"[a\~\~b&]"),
            ("[+--]", r"[+-\-]"),
            ("[--a]", r"[\--a]"),
            ("[-a-z_-]", "[-a-z_-]"),
            ("[[:alpha:]]", r"[\[:alpha:]]"),
            ("[]a[]", r"[]a\[]"),
            (r"[\b]\Z", r"[\x08]\z"),
            (r"\<a\>", "<a>"),
            ("a{,2}", "a{0,2}"),
            ("a{1,a}{", r"a\{1,a}\{"),
            ("{}a{,}", r"\{}a{0,}"),
            ("(?i)a+?b", "(?i)a+?b"),
        ] {
            assert_eq!(of_python(python).as_deref(), Ok(here), "{python}");
        }
    }

    #[test]
    fn what_the_crate_reads_otherwise_matches_as_in_python() {
        for (python, text, matches) in [
            ("^[a&&b]$", "&", true),
            ("^[--a]$", ".", true),
            ("^[[:alpha:]]$", "l]", true),
            ("^a{,2}$", "aaa", false),
            ("^[+--]$", ",", true),
        ] {
            let here = regex::Regex::new(&of_python(python).unwrap()).unwrap();
            assert_eq!(here.is_match(text), matches, "{python} {text}");
        }
    }

    #[test]
    fn what_the_crate_does_not_have_is_refused_with_its_reason() {
        for (python, reason) in [
            ("a(?=b)", "has (?=, and patterns here do not look around"),
            (r"(a)\1", "refers back to a group, and patterns here cannot"),
            ("a*+", "is none here: patterns here have no possessive quantifiers"),
            (r"\w{99999}", "is none here: Compiled regex exceeds size limit of 10485760 bytes."),
        ] {
            assert_eq!(of_python(python), Err(format!("the pattern {python} {reason}")));
        }
    }

    #[test]
    fn a_pattern_that_python_refuses_is_left_to_be_refused() {
        for wrong in ["(a", "[a", "*a", "a{2,1}", r"\y"] {
            assert_eq!(of_python(wrong).as_deref(), Ok(wrong));
        }
    }

    #[test]
    fn a_dollar_is_one_outside_classes_only() {
        assert!(has_dollar("^a$"));
        assert!(!has_dollar(r"[$]\$"));
    }
}
