use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::patterns::Regexes;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// No value fits a regular expression.
///
/// A part of the value is enough to break it; with `full: true` only the whole of it is. Of several patterns none may fit;
/// with `match: all` a value breaks it only if all of them fit. The syntax is that of `matches`. Of a column that is not
/// text, its text is matched. Nulls are left out; an empty string is matched like any other.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NotMatches(Regexes);

impl Expectation for NotMatches {
    const NAME: &'static str = "not_matches";
    const EXAMPLE: &'static str = r"{column: name, pattern: ['^\s', '\s$', 'test']}";
    const MAIN: Option<&'static str> = Some("pattern");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(false, said)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(false)
    }
}
