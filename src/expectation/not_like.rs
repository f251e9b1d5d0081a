use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::patterns::Likes;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// No value fits a pattern of SQL's `LIKE`.
///
/// `%` is any text, also none, and `_` any one character; the pattern is of the whole value. Of several patterns none may
/// fit; with `match: all` a value breaks it only if all of them fit. Case counts, on every engine, unless `ignore_case` is
/// set. There is no character that escapes unless `escape` names one. Of a column that is not text, its text is tested.
/// Nulls are left out.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NotLike(Likes);

impl Expectation for NotLike {
    const NAME: &'static str = "not_like";
    const EXAMPLE: &'static str = "{column: email, pattern: '%@example.com', ignore_case: true}";
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
