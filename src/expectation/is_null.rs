use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// No row has a value in this column.
///
/// For columns that are kept only for the form. An empty string is a value. Every row in scope is evaluated, save those
/// whose cell does not read as its declared type: `type` is the rule about those.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IsNull {
    /// The column to test.
    column: String,
}

impl Expectation for IsNull {
    const NAME: &'static str = "is_null";
    const EXAMPLE: &'static str = "column: legacy_code";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.lang.pick("is always null", "siempre es nulo"))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::NoRowOf {
            bad: Predicate::is_null(&self.column).negate(),
            missing: Predicate::Constant(false),
            tested: vec![self.column.clone()],
            malformed_too: false,
        })
    }
}
