use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::age::Age;
use crate::expectation::moment::RelativeDate;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// Every date or timestamp lies after a limit.
///
/// The limit is `age`, a length of time before the moment of the run, or `than`: a date, a date relative to the run, or
/// `{column: other}`. A value exactly at the limit is not newer.
/// Days, weeks, months and years of an age go by the calendar. A date is compared with the day that the limit falls on in
/// the timezone of the suite. A row with a null, in the column or in the one it is compared with, is left out.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NewerThan(Age);

impl Expectation for NewerThan {
    const NAME: &'static str = "newer_than";
    const EXAMPLE: &'static str = "{column: updated_at, age: 30d}";
    const MAIN: Option<&'static str> = Some("age");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Timeliness;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(true, said)
    }

    fn dates(&self) -> Vec<RelativeDate> {
        self.0.dates()
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(true, on)
    }
}
