use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The files read as their format says.
///
/// Of separated text: every record has the fields of the header (`extra-cell`, `missing-cell`) and no line is blank
/// (`blank-row`); quotes are closed (`open-quote`, `text-after-quote`); every byte is a character of the encoding
/// (`encoding-error`, `nul-byte`); every column has a name of its own (`blank-header`, `blank-label`, `duplicate-label`); lines
/// end in one way (`mixed-line-ends`, told once of a file); the file ends where a record does (`truncated-file`), and no
/// record is beyond all measure (`long-record`). Of JSON: `not-json`, `not-an-object`, `duplicate-key`, `too-deep`.
///
/// Each fault has its physical line and the number of its character there, both from 1. A record with a fault is a row
/// without values, which no rule about values evaluates; the other rows are evaluated. Looks at the files, whatever `where`
/// keeps of their rows; how values read is the matter of `type` and `readable_rows`.
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
