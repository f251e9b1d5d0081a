//! What a run would read, told from the names, types and metadata of its data.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::answer::Survey;
use crate::engine::Engines;
use crate::engine::remote::Connections;
use crate::ir::Check;
use crate::outcome::Fault;
use crate::plan::{self, Plan};
use crate::run::{self, Request, newest};

/// The visits that a run would make, with the columns of the data that is there, and what each dataset would be read of.
///
/// Limits that hang on earlier runs are none of it, and neither is what those kept of files. A "now" that is the newest value of a column is read.
#[must_use]
pub fn survey(request: &Request<'_>) -> (Plan, IndexMap<String, Result<Survey, Fault>>) {
    let suite = request.suite;
    let checks = run::checks(suite, &run::selected(request, suite, true));
    let looked_at: Vec<Check> = checks.into_iter().chain(newest::check(suite)).collect();
    let (opened, needed) = (run::opened(suite, &looked_at), run::needed(suite, &looked_at));
    let connections = Arc::new(Connections::new(request.remote.clone(), Arc::clone(&request.progress)));
    let known = (connections, None);
    let mut engine = Engines::open(&opened, &needed, suite.timezone, &request.progress, request.memory, known);
    if request.distrust_statistics {
        engine.distrust_statistics();
    }
    let as_of = newest::as_of(suite, &mut engine);
    let suite = &*suite.expanded(&|dataset| run::columns_of(&engine, request.suite.root(dataset)));
    let checks = run::checks(suite, &run::selected(request, suite, false));
    let bound = run::bind_all(suite, &checks, &engine, &as_of);
    let totals = run::totals(suite, &engine, as_of.as_ref().ok().copied(), request.selection.is_some());
    let plan = plan::fuse(&bound.checks, &totals.measures(suite));
    let surveys = engine.survey(&plan);
    (plan, surveys)
}
