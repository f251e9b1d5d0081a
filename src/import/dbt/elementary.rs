//! The test of elementary that a suite can say.
//!
//! Its others learn what is usual from tables of its own, by buckets of time, and judge by that; `no_anomaly` and `change`
//! look at runs of the suite, which is not the same.
//! Source: <https://github.com/elementary-data/dbt-data-reliability>, its documentation of tests.

use crate::import::dbt::ask::{Ask, Known, Said};
use crate::import::dbt::config::Counts;
use crate::import::draft::Rule;

pub(super) const TESTS: [Known; 1] = [Known { name: "schema_changes", arguments: &[], say: schema_changes }];

/// Columns added, dropped or of another type since the run before; their order does not matter.
#[expect(clippy::unnecessary_wraps, reason = "it stands in a table of tests that may have no meaning here")]
fn schema_changes(_: &mut Ask<'_, '_>) -> Result<Said, String> {
    Ok(Said::whole(Rule::new("schema_unchanged")).counting(Counts::Other))
}
