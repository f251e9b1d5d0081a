use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Scalar;

/// The number of characters of every value lies within bounds.
///
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; at least one, and a bare number is
/// `equals`. Characters are Unicode code points: `ñ` is one, or two where it is written as `n` and a tilde. Spaces count.
/// Of a column that is not text, its text is measured. Nulls are left out; an empty string has length 0.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Length {
    /// The column to test.
    column: String,
}

impl Expectation for Length {
    const NAME: &'static str = "length";
    const EXAMPLE: &'static str = "{column: name, min: 3, max: 60}";
    const MAIN: Option<&'static str> = Some("equals");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;
    const BOUNDS: BoundsKind = BoundsKind::EachNumber;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (length, characters) = said.lang.pick(("the length of", "characters"), ("la longitud de", "caracteres"));
        format!("{length} `{}` {} {characters}", self.column, said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let bad = on.limits.violated_by(&Scalar::column(&self.column).length())?;
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
