use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::RelativeDate;
use crate::expectation::set::Set;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};

/// No value is one of a set.
///
/// The set is `values`; or with `from: dataset.column` the values that another dataset means, its nulls left out; or with
/// `from: countries.txt` the lines of a file, spaces included, empty ones left out. Values are compared in the type of the
/// column, and what cannot be of that type equals nothing. Nulls are left out; with `nulls: value` a null breaks it if
/// `null` is one of `values`. A date may be relative to the run, as `{as_of: -1d}`.
///
/// With `columns` each value is a list, null is a value in it, and a row is left out when all of these columns are null.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NotInSet(Set);

impl Expectation for NotInSet {
    const NAME: &'static str = "not_in_set";
    const EXAMPLE: &'static str = "{column: name, values: [test, unknown], ignore_case: true}";
    const MAIN: Option<&'static str> = Some("values");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Validity;
    const NULLS: NullRule = NullRule::IgnoreAll;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(false, said)
    }

    fn dates(&self) -> Vec<RelativeDate> {
        self.0.dates()
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(false, on)
    }
}
