use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::RelativeDate;
use crate::expectation::parameter::{Spelled, shown};
use crate::expectation::set::literals;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::ValuesWanted;

/// The different values of a column are within a set, contain one, or are exactly one.
///
/// Takes one of `in`, `contain` and `equal`. Values are compared in the type of the column, and one given twice counts once.
/// Nulls are left out, and `null` cannot be in the list. Where there is no value, `in` holds, and `contain` and `equal` hold
/// only for an empty list. Observed is the list of the values, in their order, or the first 100 of them. What is missing and what is not expected stands in the details of the outcome. To count the rows
/// that hold other values, take `in_set`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctValues {
    /// The column to look at.
    column: String,
    /// Each value of the column is one of these.
    #[serde(rename = "in")]
    within: Option<Vec<Spelled>>,
    /// Each of these is a value of the column.
    contain: Option<Vec<Spelled>>,
    /// The values of the column are exactly these.
    equal: Option<Vec<Spelled>>,
}

impl DistinctValues {
    /// The one list given, with the name of its parameter.
    fn given(&self) -> Result<(&'static str, &[Spelled]), Mistake> {
        let all = [("in", &self.within), ("contain", &self.contain), ("equal", &self.equal)];
        let mut given = all.into_iter().filter_map(|(name, list)| list.as_deref().map(|list| (name, list)));
        match (given.next(), given.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(Mistake::new("needs one of `in`, `contain` and `equal`")),
            (Some((one, _)), Some((other, _))) => Err(Mistake::at(other, format!("goes with no `{one}`"))
                .help("write a rule for each, or `equal` for both")),
        }
    }
}

impl Expectation for DistinctValues {
    const NAME: &'static str = "distinct_values";
    const EXAMPLE: &'static str = "{column: size, equal: [S, M, L]}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (how, list) = self.given().unwrap_or(("in", &[]));
        let verb = match how {
            "in" => said.lang.pick("are among", "están entre"),
            "contain" => said.lang.pick("include", "incluyen"),
            _ => said.lang.pick("are exactly", "son exactamente"),
        };
        let values = said.lang.pick("the different values of", "los valores distintos de");
        let list = if list.is_empty() { said.lang.pick("none", "ninguno").to_owned() } else { shown(list, said.lang) };
        format!("{values} `{}` {verb} {list}", self.column)
    }

    fn dates(&self) -> Vec<RelativeDate> {
        self.given().unwrap_or(("in", &[])).1.iter().filter_map(Spelled::relative).collect()
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let (how, list) = self.given()?;
        let list = literals(how, list, &self.column, on)?;
        let wanted = match how {
            "in" => ValuesWanted::In(list),
            "contain" => ValuesWanted::Contain(list),
            _ => ValuesWanted::Equal(list),
        };
        Ok(Lowered::Values { column: self.column.clone(), wanted })
    }
}
