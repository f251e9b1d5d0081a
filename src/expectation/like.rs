use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::patterns::Likes;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// Every value fits a pattern of SQL's `LIKE`.
///
/// `%` is any text, also none, and `_` any one character; the pattern is of the whole value. Of several patterns one must
/// fit, or with `match: all` all of them. Case counts, on every engine, unless `ignore_case` is set. There is no character
/// that escapes unless `escape` names one. Of a column that is not text, its text is tested. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
pub(super) struct IsLike(Likes);

impl Expectation for IsLike {
    const NAME: &'static str = "like";
    const EXAMPLE: &'static str = "{column: sku, pattern: 'SKU-____%'}";
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
