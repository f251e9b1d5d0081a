use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The files read as their format says.
///
/// Of separated text: every line has the fields of the header, quotes are closed, bytes are in the declared encoding, and
/// no column is nameless or there twice. Looks at the files, whatever `where` keeps of their rows; how values read is the
/// matter of `type` and `readable_rows`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WellFormed {}

impl Expectation for WellFormed {
    const NAME: &'static str = "well_formed";
    const EXAMPLE: &'static str = "{}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (files, sound) =
            said.lang.pick(("the files of", "read as their format says"), ("los ficheros de", "se leen como dice su formato"));
        format!("{files} `{}` {sound}", said.dataset)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::NoFindings)
    }
}
