use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::filled::{Filled, has_value};
use crate::expectation::parameter::quoted;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// In no row more than one of some columns has a value.
///
/// A row where none has one holds; `at_least_one` beside it asks for exactly one. An empty string is a value, and so is a
/// cell that does not read as its declared type: `type` is the rule about those. Every row in scope is evaluated.
#[derive(Deserialize, JsonSchema)]
pub(super) struct AtMostOne(Filled);

impl Expectation for AtMostOne {
    const NAME: &'static str = "at_most_one";
    const EXAMPLE: &'static str = "columns: [discount_percent, discount_amount]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        self.0.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = said.lang.list(&quoted(&self.0.columns));
        let (of, has) = said.lang.pick(
            ("at most one of", "has a value in a row"),
            ("como máximo una de", "tiene valor en una misma fila"),
        );
        format!("{of} {names} {has}")
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let columns = self.0.several()?;
        let after_another = columns.iter().enumerate().skip(1).map(|(place, column)| {
            let before = Predicate::any(columns[..place].iter().map(|other| has_value(other)));
            Predicate::all([has_value(column), before])
        });
        Ok(Lowered::NoRowOf {
            bad: Predicate::any(after_another),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
