use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Op, Predicate, Scalar, Value};

/// Every value is greater than zero.
///
/// Zero breaks it; `non_negative` lets zero pass. For columns of numbers only. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Positive {
    /// The column to test.
    column: String,
}

impl Expectation for Positive {
    const NAME: &'static str = "positive";
    const EXAMPLE: &'static str = "column: price";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.lang.pick("is greater than zero", "es mayor que cero"))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let zero = Scalar::value(Value::Integer(0));
        let bad = Predicate::Compare(Scalar::column(&self.column), Op::Le, zero);
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
