//! Tests of suites: tables written to files, the suite run on them, and what its rules came to held to what was expected.
//!
//! It goes by the straight line of every run. `table` writes the tables, `hold` compares, `say` tells people. No report and
//! no history is kept.

mod hold;
mod say;
mod table;

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::engine::Progress;
use crate::engine::remote::Settings;
use crate::ir::Severity;
use crate::mask::Policy;
use crate::outcome::{Location, Text};
use crate::record::Gate;
use crate::run::{self, Samples, World};
use crate::suite::Suite;
use crate::suite::test::{Lack, Test};

pub use say::{Options, counts, document, text};

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All is as expected.
    Passed,
    /// Something is not as expected.
    Failed,
    /// All that is not as expected could not be evaluated.
    Error,
}

/// One test run.
#[derive(Clone, Debug, Serialize)]
pub struct Tested {
    /// The suite.
    pub suite: String,
    /// The name of the test.
    pub test: String,
    /// What became of it.
    pub status: Status,
    /// Where it stands.
    pub location: Location,
    /// What is not as expected.
    pub differences: Vec<Difference>,
}

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The rule; none if it is about the test as a whole.
    pub rule: Option<String>,
    /// What differs: `status`, `level`, `exit`, or a key of the outcome.
    pub what: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What the rule says of what it found.
    pub message: Option<Text>,
}

/// Runs a test of a suite, which was read with the variables and the "now" that the test sets; `folder` is an empty one for
/// its tables, and `clock` tells the time in microseconds since 1970 UTC.
///
/// # Errors
/// A table that cannot be written.
pub fn run(suite: &Suite, test: &Test, folder: &Path, clock: &dyn Fn() -> i64) -> io::Result<Tested> {
    let suite = prepared(suite, test, folder)?;
    let request = run::Request {
        suite: &suite,
        selected: &|_| true,
        selection: None,
        gate: Gate { fail_on: Some(suite.fail_on.unwrap_or(Severity::Error)), allow_empty: true, skip_code: None },
        samples: Samples::None,
        // What a test is run on stands in the suite.
        policy: Policy::Open,
        memory: None,
        distrust_statistics: false,
        progress: Arc::new(Progress::default()),
        quarantine: None,
        remote: Settings::default(),
        earlier: None,
        states: None,
    };
    let report = run::run(&request, World { clock, run: run::blank(&suite) });
    let differences = hold::differences(&suite, test, &report);
    let status = if differences.is_empty() {
        Status::Passed
    } else if differences.iter().all(|difference| difference.what == "status" && difference.found == "error") {
        Status::Error
    } else {
        Status::Failed
    };
    Ok(Tested {
        suite: suite.id.clone(),
        test: test.name.clone(),
        status,
        location: test.location.clone(),
        differences,
    })
}

/// The suite with the tables of a test in the place of its data, and without the rules that need other data.
fn prepared(suite: &Suite, test: &Test, folder: &Path) -> io::Result<Suite> {
    let mut prepared = suite.clone();
    for dataset in &mut prepared.datasets {
        if let Some((_, table)) = test.data.iter().find(|(name, _)| *name == dataset.data.name) {
            table::write(&mut dataset.data, table, folder)?;
        }
    }
    for rule in &mut prepared.rules {
        let lack = suite.lack(rule, &|dataset| test.has(dataset));
        let reason = lack.map(|lack| match lack {
            Lack::Data(dataset) => format!("the test has no data for `{dataset}`"),
            Lack::File => "a test has tables and no files".to_owned(),
        });
        rule.skip = rule.skip.take().or(reason);
    }
    Ok(prepared)
}
