use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, capped, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Predicate, Regex, Scalar};

/// Every value fits a regular expression.
///
/// A part of the value is enough; `full: true` asks for the whole of it. Of several patterns one must fit, or with
/// `match: all` all of them. The syntax is that of the Rust `regex` crate: Unicode classes, no look-around and no
/// back-references. Write patterns in single quotes. Of a column that is not text, its text is matched. Nulls are left out;
/// an empty string is matched like any other.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Matches {
    /// The column to test.
    column: String,
    /// The regular expression, or a list of them.
    pattern: Texts,
    /// How many of several patterns must fit: any of them, or all.
    #[serde(default, rename = "match")]
    wanted: Wanted,
    /// Whether the whole value must fit.
    #[serde(default)]
    full: bool,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    ignore_case: bool,
}

/// How many of several patterns must fit.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// At least one.
    #[default]
    Any,
    /// Every one.
    All,
}

impl Expectation for Matches {
    const NAME: &'static str = "matches";
    const EXAMPLE: &'static str = r"{column: sku, pattern: '^[A-Z]+-\d+$'}";
    const MAIN: Option<&'static str> = Some("pattern");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let patterns = self.pattern.all();
        let shown = capped(&quoted(patterns));
        let fits = match (patterns.len(), self.wanted) {
            (0 | 1, _) if self.full => said.lang.pick("matches from end to end", "cumple de principio a fin el patrón"),
            (0 | 1, _) => said.lang.pick("matches", "cumple el patrón"),
            (_, Wanted::Any) => said.lang.pick("matches one of", "cumple alguno de los patrones"),
            (_, Wanted::All) => said.lang.pick("matches all of", "cumple todos los patrones"),
        };
        let case = said.lang.pick(", ignoring case", ", sin distinguir mayúsculas");
        format!("`{}` {fits} {shown}{}", self.column, if self.ignore_case { case } else { "" })
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.pattern.all().is_empty() {
            return Err(Mistake::at("pattern", "holds no pattern"));
        }
        let mut fits = Vec::new();
        for pattern in self.pattern.all() {
            let regex = Regex { pattern: pattern.clone(), full: self.full, ignore_case: self.ignore_case };
            compiles(pattern).and_then(|()| compiles(&regex.compiled_text())).map_err(|reason| {
                Mistake::at("pattern", format!("does not compile: {reason}")).help(format!("the pattern is `{pattern}`"))
            })?;
            fits.push(Predicate::Matches(Scalar::column(&self.column), regex));
        }
        let fit = match self.wanted {
            Wanted::Any => Predicate::any(fits),
            Wanted::All => Predicate::all(fits),
        };
        Ok(Lowered::no_row(vec![self.column.clone()], fit.negate()))
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
}
