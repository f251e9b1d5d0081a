use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::{Predicate, Regex, Scalar};

/// Every row has more than white space in this column.
///
/// A null breaks it, and so does text that is empty or only white space of any script: spaces, tabs, line breaks, no-break
/// spaces. On a column that is not text it asks what `not_null` asks. A cell that does not read as its declared type is a
/// value: `type` is the rule about those. Every row in scope is evaluated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotBlank {
    /// The column to test.
    column: String,
}

impl Expectation for NotBlank {
    const NAME: &'static str = "not_blank";
    const EXAMPLE: &'static str = "column: name";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;
    const NULLS: NullRule = NullRule::Own;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let never = said.lang.pick("is never null, empty or only spaces", "nunca es nulo, ni vacío, ni solo espacios");
        format!("`{}` {never}", self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let unparsed = Predicate::Unparsed(self.column.clone());
        let white = Regex { pattern: r"\s*".to_owned(), full: true, ignore_case: false };
        Ok(Lowered::NoRowOf {
            bad: Predicate::any([
                Predicate::all([Predicate::is_null(&self.column), unparsed.negate()]),
                Predicate::Matches(Scalar::column(&self.column), white),
            ]),
            missing: Predicate::Constant(false),
            tested: Vec::new(),
            malformed_too: false,
        })
    }
}
