//! Patterns of text in the regular expressions of an engine.
//!
//! What a pattern means is settled by its own parser: classes become ranges of characters, flags are worked in, and what is
//! left (characters, classes, groups, repetitions, the two ends of the text) is written as the engine spells it. What an
//! engine cannot say that way is not said.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::engine::sql::expression::Cannot;
use crate::ir::Regex;

/// How an engine spells what patterns are made of.
pub(super) struct Spelling {
    /// The beginning of the text.
    pub(super) start: &'static str,
    /// Its end, before no line feed.
    pub(super) end: &'static str,
    /// A character by its number, as it may stand in a class too.
    pub(super) code: fn(u32) -> String,
    /// The most that a repetition may count.
    pub(super) most: u32,
    /// The least character that a text can hold.
    pub(super) least: char,
}

/// The pattern as an engine spells it; it is searched for in the text.
///
/// # Errors
/// What the engine has no word for.
pub(super) fn written(regex: &Regex, spelling: &Spelling) -> Result<String, Cannot> {
    let text = regex.compiled_text();
    let hir = regex_syntax::Parser::new().parse(&text).map_err(|error| Cannot(format!("the pattern: {error}")))?;
    let mut written = String::new();
    write(&hir, spelling, &mut written)?;
    Ok(written)
}

fn write(hir: &Hir, spelling: &Spelling, into: &mut String) -> Result<(), Cannot> {
    match hir.kind() {
        HirKind::Empty => into.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).map_err(|_| Cannot("a pattern of bytes".to_owned()))?;
            text.chars().for_each(|c| character(c, spelling, into));
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter().filter(|range| range.end() >= spelling.least);
            let ranges: Vec<_> = ranges.map(|range| (range.start().max(spelling.least), range.end())).collect();
            if ranges.is_empty() {
                return Err(Cannot("a pattern that fits nothing".to_owned()));
            }
            into.push('[');
            for (start, end) in ranges {
                character(start, spelling, into);
                if end > start {
                    into.push('-');
                    character(end, spelling, into);
                }
            }
            into.push(']');
        }
        HirKind::Class(Class::Bytes(_)) => return Err(Cannot("a pattern of bytes".to_owned())),
        HirKind::Look(Look::Start) => into.push_str(spelling.start),
        HirKind::Look(Look::End) => into.push_str(spelling.end),
        HirKind::Look(_) => return Err(Cannot("the edge of a line or a word in a pattern".to_owned())),
        HirKind::Repetition(repetition) => {
            if repetition.max.unwrap_or(repetition.min) > spelling.most {
                return Err(Cannot(format!("a pattern that repeats something more than {} times", spelling.most)));
            }
            group(&repetition.sub, spelling, into)?;
            match (repetition.min, repetition.max) {
                (0, None) => into.push('*'),
                (1, None) => into.push('+'),
                (0, Some(1)) => into.push('?'),
                (min, None) => into.push_str(&format!("{{{min},}}")),
                (min, Some(max)) if min == max => into.push_str(&format!("{{{min}}}")),
                (min, Some(max)) => into.push_str(&format!("{{{min},{max}}}")),
            }
        }
        HirKind::Capture(capture) => group(&capture.sub, spelling, into)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, spelling, into)?;
            }
        }
        HirKind::Alternation(parts) => {
            into.push_str("(?:");
            for (place, part) in parts.iter().enumerate() {
                if place > 0 {
                    into.push('|');
                }
                write(part, spelling, into)?;
            }
            into.push(')');
        }
    }
    Ok(())
}

fn group(hir: &Hir, spelling: &Spelling, into: &mut String) -> Result<(), Cannot> {
    into.push_str("(?:");
    write(hir, spelling, into)?;
    into.push(')');
    Ok(())
}

/// A letter or digit as itself, and anything else by its number.
fn character(c: char, spelling: &Spelling, into: &mut String) {
    if c.is_ascii_alphanumeric() || c == ' ' {
        into.push(c);
    } else {
        into.push_str(&(spelling.code)(u32::from(c)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sql::dialect::POSTGRES_PATTERN;

    fn posix(pattern: &str, full: bool, ignore_case: bool) -> Result<String, String> {
        let regex = Regex { pattern: pattern.to_owned(), full, ignore_case };
        written(&regex, &POSTGRES_PATTERN).map_err(|Cannot(what)| what)
    }

    #[test]
    fn a_pattern_is_its_characters_and_classes() {
        assert_eq!(posix("a.c", false, false).unwrap(), r"a[\u0001-\u0009\u000b-\U0010ffff]c");
        assert_eq!(posix("[0-9]{4}-x", true, false).unwrap(), r"^(?:[0-9]){4}\u002dx$");
        assert_eq!(posix("(ab|c)?", false, false).unwrap(), "(?:(?:(?:ab|c)))?");
        assert_eq!(posix("k", false, true).unwrap(), r"[Kk\u212a]");
    }

    #[test]
    fn what_no_engine_shares_is_refused() {
        assert!(posix(r"\bword\b", false, false).is_err());
        assert!(posix("(?m)^a$", false, false).is_err());
        assert!(posix("a{300}", false, false).is_err());
        assert!(posix("[a&&b]", false, false).is_err());
    }
}
