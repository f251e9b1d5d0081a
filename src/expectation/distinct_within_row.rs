use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::{Predicate, Scalar};

/// No value stands twice in a row.
///
/// The values of the columns of one row are compared with each other; a row breaks it once, however many of them repeat.
/// Numbers of different types compare by value and exactly, text by its characters. A row where all of them are null is left
/// out; else null is a value, so that two nulls repeat. `nulls: ignore` leaves out every row with a null, and `nulls: value`
/// evaluates also the rows of nulls, which repeat it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctWithinRow {
    /// The columns, at least two.
    columns: Vec<String>,
}

impl Expectation for DistinctWithinRow {
    const NAME: &'static str = "distinct_within_row";
    const EXAMPLE: &'static str = "columns: [home_phone, work_phone, mobile_phone]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Uniqueness;
    const NULLS: NullRule = NullRule::IgnoreAll;

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let nulls = match said.nulls {
            NullRule::IgnoreAll | NullRule::Value => {
                said.lang.pick(", and two nulls are the same", ", y dos nulos son lo mismo")
            }
            NullRule::Fail => said.lang.pick(", and a null breaks it", ", y un nulo lo incumple"),
            _ => "",
        };
        let differ = said.lang.pick("all differ within a row", "son todos distintos dentro de una fila");
        format!("{} {differ}{nulls}", said.lang.list(&quoted(&self.columns)))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let tested = key(None, Some(&self.columns))?;
        if tested.len() < 2 {
            return Err(Mistake::at("columns", "names one column, which has one value in a row")
                .help("name two or more; `unique` is about the values of one column"));
        }
        let pairs = tested.iter().enumerate().flat_map(|(place, one)| {
            tested[..place].iter().map(|other| Predicate::same(Scalar::column(other), Scalar::column(one)))
        });
        let bad = Predicate::any(pairs);
        Ok(Lowered::NoRow { bad: bad.clone(), null_as_value: Some(bad), tested })
    }
}
