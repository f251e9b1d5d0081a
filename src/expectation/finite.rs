use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Op, Predicate, Scalar, Value};

/// Every value is a finite number.
///
/// What breaks it is infinity, of either sign. `NaN` is no value in a column of floats: it is left out like any null, and
/// `not_null` is the rule about it. Integers and decimals are always finite. For columns of numbers only.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Finite {
    /// The column to test.
    column: String,
}

impl Expectation for Finite {
    const NAME: &'static str = "finite";
    const EXAMPLE: &'static str = "column: score";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("`{}` {}", self.column, said.lang.pick("is a finite number", "es un número finito"))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let is = |number| {
            Predicate::Compare(Scalar::column(&self.column), Op::Eq, Scalar::value(Value::Float(number)))
        };
        let bad = Predicate::any([is(f64::INFINITY), is(f64::NEG_INFINITY)]);
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
