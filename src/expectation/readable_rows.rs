use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::Predicate;

/// Every row can be read: its line has the fields of the header, and every declared column reads as its type.
///
/// A row breaks it once, however many of its cells do not read. A line that cannot be taken apart into fields is evaluated
/// too, although it belongs to no other rule and no `where` can ask about it. Nulls are read like any value. With
/// `allow: 2%` it says how much of a file may be unusable.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadableRows {}

impl Expectation for ReadableRows {
    const NAME: &'static str = "readable_rows";
    const EXAMPLE: &'static str = "{}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (rows, read) = said
            .lang
            .pick(("every row of", "reads with the declared types"), ("todas las filas de", "se leen con los tipos declarados"));
        format!("{rows} `{}` {read}", said.dataset)
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let typed = on.declared.iter().filter(|(_, reading)| reading.is_some());
        let unparsed = typed.map(|(name, _)| Predicate::Unparsed(name.clone()));
        Ok(Lowered::NoRowOf {
            bad: Predicate::any(std::iter::once(Predicate::Malformed).chain(unparsed)),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: true,
        })
    }
}
