//! One suite, run as the program runs it, without the program.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;
use tamiz::engine::Progress;
use tamiz::engine::local::States;
use tamiz::engine::remote::Settings;
use tamiz::ir::Severity;
use tamiz::mask::Policy;
use tamiz::outcome::{DecidedBy, Report};
use tamiz::record::Gate;
use tamiz::run::{self, Samples, World};
use tamiz::suite::{self, Rule};

static RECORD: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::validator_for(&tamiz::report::json::schema()).unwrap());

/// Runs a suite that stands at a path, or says what is wrong with it. Every record is held to its schema.
pub(crate) fn check(path: &Path, text: &str, selected: &dyn Fn(&Rule) -> bool) -> Result<Report, String> {
    check_within(None, path, text, selected)
}

/// The same within a budget of memory.
pub(crate) fn check_within(
    memory: Option<u64>,
    path: &Path,
    text: &str,
    selected: &dyn Fn(&Rule) -> bool,
) -> Result<Report, String> {
    check_at(0, memory, path, text, selected)
}

/// The same at a moment, in microseconds since 1970 UTC.
pub(crate) fn check_at(
    now: i64,
    memory: Option<u64>,
    path: &Path,
    text: &str,
    selected: &dyn Fn(&Rule) -> bool,
) -> Result<Report, String> {
    check_by(Way { now, memory, ..Way::default() }, path, text, selected)
}

/// What a command says beside the suite.
#[derive(Default)]
pub(crate) struct Way<'a> {
    pub(crate) now: i64,
    pub(crate) memory: Option<u64>,
    pub(crate) distrust_statistics: bool,
    pub(crate) remote: Settings,
    pub(crate) vars: &'a [(String, String)],
    pub(crate) sources: &'a [(String, String)],
    pub(crate) states: Option<Arc<States>>,
    pub(crate) progress: Arc<Progress>,
    /// How much is shown; everything if unsaid.
    pub(crate) policy: Option<Policy>,
}

/// The same in another way.
pub(crate) fn check_by(
    way: Way<'_>,
    path: &Path,
    text: &str,
    selected: &dyn Fn(&Rule) -> bool,
) -> Result<Report, String> {
    let read = |path: &Path| std::fs::read_to_string(path);
    let text = text.to_owned();
    let Way { now, memory, distrust_statistics, remote, vars, sources, states, progress, policy } = way;
    let request = suite::Request { path, text, vars, sources, env: &|_| None, as_of: None, now, read: &read };
    let suite = suite::read(request).map_err(|faults| {
        let said = faults.iter().map(|fault| format!("{:?}: {}", fault.code, fault.message));
        said.collect::<Vec<_>>().join("; ")
    })?;
    let request = run::Request {
        earlier: None,
        states,
        suite: &suite,
        selected,
        selection: None,
        gate: Gate { fail_on: Some(Severity::Error), allow_empty: true, skip_code: None },
        samples: Samples::Default(1000),
        policy: policy.unwrap_or(Policy::Open),
        memory,
        distrust_statistics,
        progress,
        quarantine: None,
        remote,
    };
    let report = run::run(&request, World { clock: &|| 0, run: run::blank(&suite) });
    for outcome in report.results.iter().filter(|outcome| outcome.evaluated.is_some() && outcome.error.is_none()) {
        assert_ne!(outcome.decided_by, Some(DecidedBy::Facts), "rows were evaluated: {}", outcome.id);
    }
    let record: Json = serde_json::to_value(&report).unwrap();
    let faults: Vec<String> = RECORD.iter_errors(&record).map(|fault| fault.to_string()).collect();
    if faults.is_empty() { Ok(report) } else { Err(format!("the record breaks its schema: {}", faults.join("; "))) }
}
