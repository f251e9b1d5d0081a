use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::expectation::parameter::Texts;
use crate::expectation::sequence::{in_order_of, order_by};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Follow, Literal, Order, Scalar, Value, bind};

/// Every value is a step after that of the row before it.
///
/// Integers and decimals go by a number, 1 if unsaid; dates by days or more (`1d`, `1w`, `1mo`), a day if unsaid; timestamps
/// by any length of time, which must be given. A step below zero goes down. Days and months are those of the calendar in the
/// timezone of the suite: a month after the 31st is the last day of a shorter month, and the next step goes on from there.
///
/// Rows go by the order of the files, or by that of `order_by`, where rows with equal keys stay in the order of the files.
/// Nulls are dropped first, and so are rows without a key. The first row holds wherever it begins; a row that is not a step
/// after the one before breaks the rule, and the next is held against it. Each group of `group_by` is a sequence of its own.
/// Of the rows that break it, the first 10,000 are known by their place. Floats have no exact steps and are an error, and
/// so is a value whose next one is beyond the range of its type. Rows of a database have no order of their own: without
/// `order_by` it is an error there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sequential {
    /// The column to test.
    column: String,
    /// How far each value lies from the one before it: a number, or for dates and timestamps a length such as `1d`.
    step: Option<Step>,
    /// The columns that put the rows in sequence, instead of the order of the files.
    order_by: Option<Texts>,
}

/// A number or a length of time, as spelled.
#[derive(Deserialize)]
struct Step(String);

impl JsonSchema for Step {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "x-spelled": "value" })
    }
}

impl Sequential {
    fn step(&self) -> Literal {
        self.step.as_ref().map_or(Literal::Value(Value::Integer(1)), |step| Literal::Spelled(step.0.clone()))
    }
}

impl Expectation for Sequential {
    const NAME: &'static str = "sequential";
    const EXAMPLE: &'static str = "{column: day, step: 1d, order_by: day}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let by = in_order_of(self.order_by.as_ref(), said);
        let goes = match &self.step {
            None => said.lang.pick("goes up by one", "sube de uno en uno").to_owned(),
            Some(Step(step)) => format!("{} {step}", said.lang.pick("goes in steps of", "avanza a pasos de")),
        };
        let every = said.lang.pick("from each row to the next", "de cada fila a la siguiente");
        format!("`{}` {goes} {every}{by}", self.column)
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let of = Scalar::column(&self.column);
        if let Some(reading) = on.reading(&self.column)
            && let Err(wrong) = bind::next(&of, &self.step(), reading, on.zone)
        {
            return Err(Mistake { parameter: Some("step".to_owned()), ..Mistake::new(wrong) });
        }
        let by = order_by(self.order_by.as_ref())?;
        Ok(Lowered::InOrder(Order { of, follow: Follow::Step(Scalar::Literal(self.step())), by }))
    }
}
