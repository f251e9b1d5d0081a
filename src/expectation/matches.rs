use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::patterns::Regexes;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// Every value fits a regular expression.
///
/// A part of the value is enough; `full: true` asks for the whole of it. Of several patterns one must fit, or with
/// `match: all` all of them. The syntax is that of the Rust `regex` crate: Unicode classes, no look-around and no
/// back-references. Write patterns in single quotes. Of a column that is not text, its text is matched. Nulls are left out;
/// an empty string is matched like any other.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Matches(Regexes);

impl Expectation for Matches {
    const NAME: &'static str = "matches";
    const EXAMPLE: &'static str = r"{column: sku, pattern: '^[A-Z]+-\d+$'}";
    const MAIN: Option<&'static str> = Some("pattern");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(true, said)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(true)
    }
}
