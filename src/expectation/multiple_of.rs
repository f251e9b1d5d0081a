use bigdecimal::num_bigint::Sign;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Predicate, Scalar};

/// Every value is a whole multiple of a number.
///
/// Integers and decimals are divided exactly; zero and negative multiples count. A float is taken as it is spelled shortest,
/// so that 0.3 is a multiple of 0.1 although its bits are not; an infinite one is a multiple of nothing. For columns of
/// numbers only. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MultipleOf {
    /// The column to test.
    column: String,
    /// The number that divides every value without a rest; greater than zero.
    of: Number,
}

impl Expectation for MultipleOf {
    const NAME: &'static str = "multiple_of";
    const EXAMPLE: &'static str = "{column: price, of: 0.05}";
    const MAIN: Option<&'static str> = Some("of");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let is = said.lang.pick("is a multiple of", "es múltiplo de");
        format!("`{}` {is} {}", self.column, self.of.0.to_plain_string())
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.of.0.sign() != Sign::Plus {
            return Err(Mistake::at("of", "is greater than zero"));
        }
        let bad = Predicate::Multiple(Scalar::column(&self.column), self.of.0.clone()).negate();
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
