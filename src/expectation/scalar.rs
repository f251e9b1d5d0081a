use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::query::shown;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The one value that a query returns lies within bounds.
///
/// One SELECT that returns one row of one column; anything else is an error. It reads what `query` reads, the same way.
/// Takes `min`, `max`, `strict_min`, `strict_max`, or `equals` with `tolerance`; bounds are read by the type of the value.
/// A null lies within no bounds.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scalar {
    /// The SELECT.
    sql: String,
}

impl Expectation for Scalar {
    const NAME: &'static str = "scalar";
    const EXAMPLE: &'static str = "{sql: SELECT count(DISTINCT customer) FROM orders, min: 100}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Value;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let value = said.lang.pick("the value of", "el valor de");
        format!("{value} `{}` {}", shown(&self.sql), said.limits.verb_phrase(said.lang))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let query = (on.query)(&self.sql)?;
        Ok(Lowered::Scalar(crate::ir::Query { is_value: true, ..query }))
    }
}
