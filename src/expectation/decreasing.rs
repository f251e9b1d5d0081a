use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::sequence::Sequence;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// No value is above that of the row before it.
///
/// The values of the rows that have one are compared with that of the row before, in the order of the files, or in that of
/// `order_by`, where rows with equal keys stay in the order of the files. Nulls are dropped first, and so are rows without a
/// key. The first row always holds; a row that is higher than the one before breaks the rule, and with `strict: true` so does an
/// equal one. Each group of `group_by` is a sequence of its own. Numbers, dates and timestamps are compared as such, text by
/// code point. Of the rows that break it, the first 10,000 are known by their place. Rows of a database have no order of their
/// own: without `order_by` it is an error there.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Decreasing(Sequence);

impl Expectation for Decreasing {
    const NAME: &'static str = "decreasing";
    const EXAMPLE: &'static str = "{column: invoice_number, strict: true, order_by: issued_at}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(true, said)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(true)
    }
}
