use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Op, Predicate, Scalar, Value};

/// No value is less than zero.
///
/// Zero holds, with either sign; `positive` refuses it too. For columns of numbers only. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NonNegative {
    /// The column to test.
    column: String,
}

impl Expectation for NonNegative {
    const NAME: &'static str = "non_negative";
    const EXAMPLE: &'static str = "column: stock";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.lang.pick("is never negative", "nunca es negativo"))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let zero = Scalar::value(Value::Integer(0));
        let bad = Predicate::Compare(Scalar::column(&self.column), Op::Lt, zero);
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
