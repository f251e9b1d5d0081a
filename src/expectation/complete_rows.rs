use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{capped, quoted, repeated};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// Every row has a value in each of some columns.
///
/// Without `columns` they are the columns that the suite declares, save those that are `optional`. A row breaks it once,
/// however many of its values are missing. An empty string is a value, and so is a cell that does not read as its declared
/// type: `type` is the rule about those. Every row in scope is evaluated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompleteRows {
    /// The columns; those that the suite declares if left out.
    columns: Option<Vec<String>>,
}

impl Expectation for CompleteRows {
    const NAME: &'static str = "complete_rows";
    const EXAMPLE: &'static str = "columns: [street, city, postcode]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Completeness;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        self.columns.clone().unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        match self.columns.as_deref() {
            None => {
                let (every, has) = said.lang.pick(
                    ("every row of", "has all the declared columns"),
                    ("todas las filas de", "tienen todas las columnas declaradas"),
                );
                format!("{every} `{}` {has}", said.dataset)
            }
            Some(columns) => {
                let (every, has) = said.lang.pick(("every row of", "has"), ("todas las filas de", "tienen"));
                let names = quoted(columns);
                let names = if names.len() > 8 { capped(&names) } else { said.lang.list(&names) };
                format!("{every} `{}` {has} {names}", said.dataset)
            }
        }
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let declared = on.declared.iter().map(|(name, _)| name);
        let wanted = || declared.filter(|name| !on.optional.contains(name)).cloned().collect();
        let columns: Vec<String> = self.columns.clone().unwrap_or_else(wanted);
        if columns.is_empty() {
            return Err(match self.columns {
                Some(_) => Mistake::at("columns", "names no column"),
                None => Mistake::new("needs `columns`, as the dataset declares no column that must be there"),
            });
        }
        if let Some(twice) = repeated(&columns) {
            return Err(Mistake::at("columns", format!("names `{twice}` twice")));
        }
        let absent = |name: &String| {
            Predicate::all([Predicate::is_null(name), Predicate::Unparsed(name.clone()).negate()])
        };
        Ok(Lowered::NoRowOf {
            bad: Predicate::any(columns.iter().map(absent)),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
