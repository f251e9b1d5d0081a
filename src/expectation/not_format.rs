use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::format::Named;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// No value has a named format, from its first character to its last.
///
/// The formats are those of `format`. It finds what stands in the wrong column, such as an address in a name; a format
/// within a longer text is found by `not_matches`. Of a column that is not text, its text is tested. Nulls are left out.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NotFormat(Named);

impl Expectation for NotFormat {
    const NAME: &'static str = "not_format";
    const EXAMPLE: &'static str = "{column: customer_name, name: email}";
    const MAIN: Option<&'static str> = Some("name");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(false, said)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(false)
    }
}
