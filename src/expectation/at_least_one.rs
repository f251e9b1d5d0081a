use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::filled::{Filled, has_value};
use crate::expectation::parameter::quoted;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// In every row at least one of some columns has a value.
///
/// An empty string is a value, and so is a cell that does not read as its declared type: `type` is the rule about those.
/// Every row in scope is evaluated.
#[derive(Deserialize, JsonSchema)]
pub(super) struct AtLeastOne(Filled);

impl Expectation for AtLeastOne {
    const NAME: &'static str = "at_least_one";
    const EXAMPLE: &'static str = "columns: [email, phone]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Completeness;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        self.0.columns.clone()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = said.lang.list(&quoted(&self.0.columns));
        let (of, has) = said.lang.pick(
            ("at least one of", "has a value in every row"),
            ("al menos una de", "tiene valor en cada fila"),
        );
        format!("{of} {names} {has}")
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let columns = self.0.several()?;
        Ok(Lowered::NoRowOf {
            bad: Predicate::all(columns.iter().map(|column| has_value(column).negate())),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
