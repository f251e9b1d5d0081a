use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::Length;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Literal, Op, Predicate, Relative, Scalar};

/// No date or timestamp lies after the moment of the run.
///
/// That moment is `as_of`: of the command line, else of the suite, else the clock at the start of the run. A timestamp is
/// compared with the instant, a date with the day that it is in the timezone of the suite: today is not the future.
/// `tolerance` lets values lie ahead by as much. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotInFuture {
    /// The column to test.
    column: String,
    /// How far ahead a value may lie: `90s`, `30m`, `24h`, `21d`, `3w`, `6mo`, or a sum as `1d12h`.
    tolerance: Option<Length>,
}

impl Expectation for NotInFuture {
    const NAME: &'static str = "not_in_future";
    const EXAMPLE: &'static str = "{column: created_at, tolerance: 30m}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Timeliness;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        match &self.tolerance {
            None => format!("`{}` {}", self.column, said.lang.pick("is not in the future", "no está en el futuro")),
            Some(span) => {
                let ahead = said.lang.pick("is not in the future by more than", "no está en el futuro por más de");
                format!("`{}` {ahead} {}", self.column, span.words(said.lang))
            }
        }
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let latest = self.tolerance.map_or(Relative::NOW, |Length(span)| Relative::ahead(span));
        let bad = Predicate::Compare(Scalar::column(&self.column), Op::Gt, Scalar::Literal(Literal::Relative(latest)));
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
