use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::{Op, Predicate, Scalar};

/// Two or more columns of the same row are equal.
///
/// Numbers of different types compare by value and exactly, text by its characters. A row where all of them are null is
/// left out; a null in only some of them is a violation. `nulls: ignore` leaves that row out too, and `nulls: value` takes
/// null for a value that equals itself. `compare` with `op: =` knows a tolerance.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EqualColumns {
    /// The columns, at least two.
    columns: Vec<String>,
}

impl Expectation for EqualColumns {
    const NAME: &'static str = "equal_columns";
    const EXAMPLE: &'static str = "columns: [billing_country, shipping_country]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const NULLS: NullRule = NullRule::IgnoreAll;

    fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let nulls = match said.nulls {
            NullRule::IgnoreAll => {
                said.lang.pick(", and a null in only some of them breaks it", ", y un nulo en solo parte de ellas lo incumple")
            }
            NullRule::Fail => said.lang.pick(", and a null breaks it", ", y un nulo lo incumple"),
            _ => "",
        };
        let are = said.lang.pick("are equal", "son iguales");
        format!("{} {are}{nulls}", said.lang.list(&quoted(&self.columns)))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let tested = key(None, Some(&self.columns))?;
        let [first, others @ ..] = tested.as_slice() else { return Err(Mistake::at("columns", "names no column")) };
        if others.is_empty() {
            return Err(Mistake::at("columns", "names one column, which equals itself").help("name two or more"));
        }
        let each = |equal: fn(Scalar, Scalar) -> Predicate| {
            Predicate::all(others.iter().map(|other| equal(Scalar::column(first), Scalar::column(other))))
        };
        Ok(Lowered::NoRow {
            bad: each(|one, other| Predicate::Compare(one, Op::Eq, other)).not_true(),
            null_as_value: Some(each(Predicate::same).negate()),
            tested,
        })
    }
}
