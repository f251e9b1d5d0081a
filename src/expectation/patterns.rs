//! The parameters that `matches`, `not_matches`, `like` and `not_like` share, and what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, capped, quoted};
use crate::expectation::{Lowered, Mistake, Said};
use crate::ir::{Like, Predicate, Regex, Scalar};

/// A tested column and regular expressions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Regexes {
    /// The column to test.
    column: String,
    /// The regular expression, or a list of them.
    pattern: Texts,
    /// How many of several patterns make a match: any of them, or all.
    #[serde(default, rename = "match")]
    wanted: Wanted,
    /// Whether only the whole value counts as a match.
    #[serde(default)]
    full: bool,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    ignore_case: bool,
}

/// A tested column and `LIKE` patterns.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Likes {
    /// The column to test.
    column: String,
    /// The pattern, or a list of them: `%` is any text and `_` any one character.
    pattern: Texts,
    /// How many of several patterns make a match: any of them, or all.
    #[serde(default, rename = "match")]
    wanted: Wanted,
    /// The character that makes a following `%`, `_` or itself stand for itself.
    escape: Option<char>,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    ignore_case: bool,
}

/// How many of several patterns make a match.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// At least one.
    #[default]
    Any,
    /// Every one.
    All,
}

impl Regexes {
    pub(super) fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    /// The sentence of an expectation that asks for a match, or for none.
    pub(super) fn sentence(&self, wanted: bool, said: &Said<'_>) -> String {
        let verb =
            if wanted { said.lang.pick("matches", "cumple") } else { said.lang.pick("never matches", "nunca cumple") };
        let full = if self.full { said.lang.pick(" from end to end", " de principio a fin") } else { "" };
        let patterns = self.wanted.phrase(wanted, self.pattern.all(), self.ignore_case, said);
        format!("`{}` {verb}{full}{patterns}", self.column)
    }

    /// What it means to match, or not to.
    pub(super) fn lower(&self, wanted: bool) -> Result<Lowered, Mistake> {
        let fit = |pattern: &String| {
            let regex = Regex { pattern: pattern.clone(), full: self.full, ignore_case: self.ignore_case };
            compiles(pattern).and_then(|()| compiles(&regex.compiled_text())).map_err(|reason| {
                Mistake::at("pattern", format!("does not compile: {reason}"))
                    .help(format!("the pattern is `{pattern}`"))
            })?;
            Ok(Predicate::Matches(Scalar::column(&self.column), regex))
        };
        self.wanted.lower(&self.column, self.pattern.all(), wanted, fit)
    }
}

impl Likes {
    pub(super) fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    /// The sentence of an expectation that asks for a match, or for none.
    pub(super) fn sentence(&self, wanted: bool, said: &Said<'_>) -> String {
        let verb =
            if wanted { said.lang.pick("is like", "sigue") } else { said.lang.pick("is never like", "nunca sigue") };
        format!("`{}` {verb}{}", self.column, self.wanted.phrase(wanted, self.pattern.all(), self.ignore_case, said))
    }

    /// What it means to match, or not to.
    pub(super) fn lower(&self, wanted: bool) -> Result<Lowered, Mistake> {
        let fit = |pattern: &String| {
            let like = Like { pattern: pattern.clone(), escape: self.escape, ignore_case: self.ignore_case };
            if let Some(escape) = self.escape {
                check_escapes(pattern, escape)?;
            }
            Ok(Predicate::Like(Scalar::column(&self.column), like))
        };
        self.wanted.lower(&self.column, self.pattern.all(), wanted, fit)
    }
}

impl Wanted {
    /// The patterns, after the verb of a sentence that asks for a match, or for none.
    fn phrase(self, wanted: bool, patterns: &[String], ignore_case: bool, said: &Said<'_>) -> String {
        let of = match (patterns.len() > 1, self, wanted) {
            (false, ..) => said.lang.pick("", " el patrón"),
            (true, Self::Any, true) => said.lang.pick(" one of", " alguno de los patrones"),
            (true, Self::Any, false) => said.lang.pick(" any of", " ninguno de los patrones"),
            (true, Self::All, true) => said.lang.pick(" all of", " todos los patrones"),
            (true, Self::All, false) => said.lang.pick(" all at once of", " a la vez todos los patrones"),
        };
        let case = if ignore_case { said.lang.pick(", ignoring case", ", sin distinguir mayúsculas") } else { "" };
        format!("{of} {}{case}", capped(&quoted(patterns)))
    }

    fn lower(
        self,
        column: &str,
        patterns: &[String],
        wanted: bool,
        fit: impl Fn(&String) -> Result<Predicate, Mistake>,
    ) -> Result<Lowered, Mistake> {
        if patterns.is_empty() {
            return Err(Mistake::at("pattern", "holds no pattern"));
        }
        let fits = patterns.iter().map(fit).collect::<Result<Vec<_>, _>>()?;
        let matches = match self {
            Self::Any => Predicate::any(fits),
            Self::All => Predicate::all(fits),
        };
        Ok(Lowered::no_row(vec![column.to_owned()], if wanted { matches.negate() } else { matches }))
    }
}

/// The reason why a pattern is none, in one line.
fn compiles(pattern: &str) -> Result<(), String> {
    regex::Regex::new(pattern).map(|_| ()).map_err(|error| {
        let text = error.to_string();
        let reason = text.rsplit_once("error: ").map_or(text.as_str(), |(_, reason)| reason);
        reason.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

/// An escape stands before what it escapes, as in SQL.
fn check_escapes(pattern: &str, escape: char) -> Result<(), Mistake> {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character == escape && !characters.next().is_some_and(|next| matches!(next, '%' | '_') || next == escape) {
            let message = format!("is `{pattern}`, where `{escape}` escapes nothing");
            return Err(Mistake::at("pattern", message).help(format!("`{escape}` goes before `%`, `_` or itself")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_bad_pattern_is_one_line() {
        assert_eq!(compiles("(a"), Err("unclosed group".to_owned()));
        assert_eq!(compiles(r"(a)\1"), Err("backreferences are not supported".to_owned()));
        assert!(compiles("(?=a)").is_err_and(|reason| reason.starts_with("look-around")));
        assert!(compiles("(?:(?:a{1000}){1000}){1000}").is_err_and(|reason| !reason.contains('\n')));
        assert_eq!(compiles(r"^\d{5}$"), Ok(()));
    }

    #[test]
    fn a_pattern_must_also_compile_as_the_whole_value() {
        let open_comment = Regex { pattern: "(?x)a # b".to_owned(), full: true, ignore_case: false };
        assert!(compiles(&open_comment.pattern).is_ok());
        assert!(compiles(&open_comment.compiled_text()).is_err());
    }

    #[test]
    fn an_escape_escapes_something() {
        assert!(check_escapes(r"10\%\_\\", '\\').is_ok());
        assert!(check_escapes(r"a\b", '\\').is_err());
        assert!(check_escapes(r"a\", '\\').is_err());
    }
}
