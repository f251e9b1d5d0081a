use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, capped, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::parseable::Parseable;
use crate::ir::time::Pattern;
use crate::ir::{Predicate, Scalar};

/// Every value is a date, or a moment, written by a pattern.
///
/// The letters are those of `parse` and of Python's `strptime`: `%Y` `%y` `%m` `%d` `%H` `%I` `%M` `%S` `%f` `%p` `%j` `%b`
/// `%B` `%z`. The whole value must fit, and the day must exist. Of several patterns one must fit. For columns of text; to
/// have the values as dates, declare the column with `type: date` and `parse`. Nulls are left out; an empty string is no
/// date.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DateFormat {
    /// The column to test.
    column: String,
    /// The pattern, or a list of them.
    pattern: Texts,
}

impl Expectation for DateFormat {
    const NAME: &'static str = "date_format";
    const EXAMPLE: &'static str = "{column: sold_on, pattern: '%d/%m/%Y'}";
    const MAIN: Option<&'static str> = Some("pattern");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let patterns = self.pattern.all();
        let is = match patterns.len() {
            0 | 1 => said.lang.pick("is a date written as", "es una fecha escrita como"),
            _ => said.lang.pick("is a date written as one of", "es una fecha escrita como una de estas:"),
        };
        format!("`{}` {is} {}", self.column, capped(&quoted(patterns)))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.pattern.all().is_empty() {
            return Err(Mistake::at("pattern", "holds no pattern"));
        }
        let read = |text: &String| Pattern::new(text).map_err(|wrong| Mistake::at("pattern", wrong));
        let patterns = self.pattern.all().iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let bad = Predicate::Parses(Parseable::By(patterns), Scalar::column(&self.column)).negate();
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
