use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::format::Format as Named;
use crate::ir::{Predicate, Scalar};

/// Every value has a named format, from its first character to its last.
///
/// It looks at the text alone: an `email` may have the right form and belong to nobody. Spaces around a value are part of
/// it. Nulls are left out; an empty string has no format.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    /// The column to test.
    column: String,
    /// The format: `email`, `uuid` or `iso_date`.
    name: String,
}

impl Expectation for Format {
    const NAME: &'static str = "format";
    const EXAMPLE: &'static str = "{column: contact, name: email}";
    const MAIN: Option<&'static str> = Some("name");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let has = said.lang.pick("has the format", "tiene el formato");
        format!("`{}` {has} {}", self.column, self.name)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let Some(format) = Named::ALL.into_iter().find(|format| format.name() == self.name) else {
            let names = Named::ALL.map(Named::name);
            let distance = |name: &&str| strsim::damerau_levenshtein(name, &self.name);
            let near = names.into_iter().filter(|name| distance(name) <= 2).min_by_key(distance);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the formats are {}", names.join(", ")),
            };
            return Err(Mistake::at("name", format!("is no format: `{}`", self.name)).help(help));
        };
        let bad = Predicate::Test(format, Scalar::column(&self.column)).negate();
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
