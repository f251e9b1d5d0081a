use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, quoted, repeated};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Follow, Order, Scalar};

/// No two intervals overlap.
///
/// A row is an interval from its `start` up to its `end`, the end not included: one that begins where another ends does not
/// overlap it. With `by` only intervals of the same values there meet, and a null there is a value. Every row that overlaps
/// another one breaks the rule, as every row of a duplicated key breaks `unique`, and is shown with one that it overlaps. A
/// row that ends before it starts breaks the rule too and meets no other; one that ends where it starts is empty and
/// overlaps nothing. The order of the rows does not matter.
///
/// Rows with a null start or end are left out. Both are of one type with an order; an integer goes with a decimal. Each group
/// of `group_by` is judged by itself. Of the rows that break it, the first 10,000 are known by their place.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoOverlaps {
    /// The column of the first moment or number of each interval.
    start: String,
    /// The column of its end, which is not part of it.
    end: String,
    /// The columns by which intervals are told apart: only those with the same values there may not overlap.
    by: Option<Texts>,
}

impl NoOverlaps {
    fn by(&self) -> &[String] {
        self.by.as_ref().map(Texts::all).unwrap_or_default()
    }
}

impl Expectation for NoOverlaps {
    const NAME: &'static str = "no_overlaps";
    const EXAMPLE: &'static str = "{start: valid_from, end: valid_to, by: [customer_id, address_type]}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        self.by().iter().chain([&self.start, &self.end]).cloned().collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let by = match self.by() {
            [] => String::new(),
            by => {
                let same = said.lang.pick("of the same", "con los mismos valores de");
                format!(" {same} {}", said.lang.list(&quoted(by)))
            }
        };
        let (no_two, to, overlap) = said.lang.pick(
            ("no two intervals from", "to", "overlap"),
            ("no hay dos intervalos de", "a", "que se solapen"),
        );
        format!("{no_two} `{}` {to} `{}`{by} {overlap}", self.start, self.end)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.start == self.end {
            return Err(Mistake::at("end", format!("is `{}`, which is the start", self.end)));
        }
        let by = self.by();
        if self.by.is_some() && by.is_empty() {
            return Err(Mistake::at("by", "names no column"));
        }
        if let Some(twice) = repeated(by) {
            return Err(Mistake::at("by", format!("names `{twice}` twice")));
        }
        if let Some(own) = by.iter().find(|name| [&self.start, &self.end].contains(name)) {
            return Err(Mistake::at("by", format!("names `{own}`, which is an end of the interval")));
        }
        Ok(Lowered::InOrder(Order {
            of: Scalar::column(&self.start),
            follow: Follow::Apart(Scalar::column(&self.end)),
            by: by.to_vec(),
        }))
    }
}
