use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::Length;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Literal, Op, Predicate, Relative, Scalar};

/// No date or timestamp lies before the moment of the run.
///
/// That moment is `as_of`, as for `not_in_future`. A timestamp is compared with the instant, a date with the day that it is
/// in the timezone of the suite: today is not the past. `tolerance` lets values lie behind by as much. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotInPast {
    /// The column to test.
    column: String,
    /// How far behind a value may lie: `90s`, `30m`, `24h`, `21d`, `3w`, `6mo`, or a sum as `1d12h`.
    tolerance: Option<Length>,
}

impl Expectation for NotInPast {
    const NAME: &'static str = "not_in_past";
    const EXAMPLE: &'static str = "{column: delivery_on, tolerance: 1d}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Timeliness;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        match &self.tolerance {
            None => format!("`{}` {}", self.column, said.lang.pick("is not in the past", "no está en el pasado")),
            Some(span) => {
                let behind = said.lang.pick("is not in the past by more than", "no está en el pasado por más de");
                format!("`{}` {behind} {}", self.column, span.words(said.lang))
            }
        }
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let earliest = self.tolerance.map_or(Relative::NOW, |Length(span)| Relative::ago(span));
        let bad = Predicate::Compare(Scalar::column(&self.column), Op::Lt, Scalar::Literal(Literal::Relative(earliest)));
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
