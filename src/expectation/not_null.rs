use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// Every row has a value in this column.
///
/// An empty string is a value; `not_blank` refuses it too. A cell that does not read as its declared type is a value as
/// well: `type` is the rule about those. Every row in scope is evaluated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotNull {
    /// The column to test.
    column: String,
}

impl Expectation for NotNull {
    const NAME: &'static str = "not_null";
    const EXAMPLE: &'static str = "column: customer_id";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.lang.pick("is never null", "nunca es nulo"))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::NoRowOf {
            bad: Predicate::all([Predicate::is_null(&self.column), Predicate::Unparsed(self.column.clone()).negate()]),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
