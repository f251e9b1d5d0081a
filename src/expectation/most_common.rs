use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::RelativeDate;
use crate::expectation::parameter::{Spelled, shown};
use crate::expectation::set::literals;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::ValuesWanted;

/// The most common value of a column is one of a set.
///
/// Where several values occur as often as each other and more than all others, the rule fails, whatever they are; with
/// `ties: allow` it holds if any of them is in the set. Values are compared in the type of the column. Nulls are left out, and
/// `null` cannot be in the list. Observed is the list of the most common ones. Of an empty list none is a
/// member, and the rule never holds. Where there is no value the
/// rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MostCommon {
    /// The column to look at.
    column: String,
    /// The values that may be the most common one.
    values: Vec<Spelled>,
    /// Whether several values may be the most common ones.
    #[serde(default)]
    ties: Ties,
}

/// Whether several values may be the most common ones.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Ties {
    /// There must be only one.
    #[default]
    Fail,
    /// There may be several, and one of them is in the set.
    Allow,
}

impl Expectation for MostCommon {
    const NAME: &'static str = "most_common";
    const EXAMPLE: &'static str = "{column: currency, values: [EUR, USD]}";
    const MAIN: Option<&'static str> = Some("values");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let most = match self.ties {
            Ties::Fail => said.lang.pick("the most common value of", "el valor más frecuente de"),
            Ties::Allow => said.lang.pick("a most common value of", "alguno de los valores más frecuentes de"),
        };
        let is = said.lang.pick("is one of", "es uno de estos:");
        format!("{most} `{}` {is} {}", self.column, shown(&self.values, said.lang))
    }

    fn dates(&self) -> Vec<RelativeDate> {
        self.values.iter().filter_map(Spelled::relative).collect()
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let values = literals("values", &self.values, &self.column, on)?;
        let wanted = ValuesWanted::MostCommon { values, ties: self.ties == Ties::Allow };
        Ok(Lowered::Values { column: self.column.clone(), wanted })
    }
}
