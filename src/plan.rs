//! Checks to as few visits of the data as possible.
//!
//! Equal measures are read once; everything that one read of the rows can serve is one visit. It knows no engine.

use std::fmt::Write as _;

use indexmap::{IndexMap, IndexSet};

use crate::ir::{Check, Measure};

/// The visits that answer some checks, in suite order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// For each dataset its visits, each with the measures it serves.
    pub datasets: IndexMap<String, IndexMap<Visit, IndexSet<Measure>>>,
}

/// A way in which data must be visited.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Visit {
    /// Names, types and files; no row is read.
    Facts,
    /// One read of the rows, for everything that looks at one row at a time.
    Scan,
    /// One more read of the rows, for what hangs on the numbers of the first.
    Second,
    /// The values of some key, all together.
    Keys(Vec<String>),
    /// The values of some key, against those of another dataset.
    References(Vec<String>, String),
    /// The rows of some datasets, as tables of a query.
    Query(Vec<String>),
}

/// Fuses the measures of some checks, and further ones by dataset.
#[must_use]
pub fn fuse(checks: &[Check], further: &[(String, Measure)]) -> Plan {
    let mut plan = Plan::default();
    let asked = checks.iter().flat_map(|check| {
        let dataset = check.metric.dataset();
        let own = check.measures().into_iter().map(move |measure| (dataset.to_owned(), measure));
        own.chain(check.metric.elsewhere())
    });
    for (dataset, measure) in asked.chain(further.iter().cloned()) {
        let visits = plan.datasets.entry(dataset).or_default();
        let earlier = measure.earlier();
        let visit_of = if earlier.is_empty() { visit(&measure) } else { Visit::Second };
        visits.entry(visit_of).or_default().insert(measure);
        for measure in earlier {
            visits.entry(visit(&measure)).or_default().insert(measure);
        }
    }
    for visits in plan.datasets.values_mut() {
        visits.sort_keys();
    }
    plan
}

fn visit(measure: &Measure) -> Visit {
    match measure {
        Measure::Rows(_)
        | Measure::Fold(..)
        | Measure::Values(..)
        | Measure::Correlation(..)
        | Measure::Order(..)
        | Measure::Findings => Visit::Scan,
        Measure::Repeats(keys, _) => Visit::Keys(keys.clone()),
        Measure::Orphans(keys, _, parent) => Visit::References(keys.clone(), parent.dataset.clone()),
        Measure::Pairs(pairs, _) => Visit::References(pairs.matched().to_vec(), pairs.other.dataset.clone()),
        Measure::Grouped(_, inner) => visit(inner),
        Measure::Facts => Visit::Facts,
        Measure::Query(query) => Visit::Query(query.tables.iter().map(|table| table.name.clone()).collect()),
    }
}

impl Plan {
    /// The plan as text for people.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (dataset, visits) in &self.datasets {
            let measures: usize = visits.values().map(IndexSet::len).sum();
            let _ = writeln!(text, "{dataset}: {measures} measures in {} visits", visits.len());
            for (visit, measures) in visits {
                let heading = match visit {
                    Visit::Facts => "names and types, no rows".to_owned(),
                    Visit::Scan => format!("one read of the rows, {} measures", measures.len()),
                    Visit::Second => format!("one more read of the rows, {} measures", measures.len()),
                    Visit::Keys(keys) => format!("the keys ({})", keys.join(", ")),
                    Visit::Query(tables) => format!("SQL over {}", tables.join(", ")),
                    Visit::References(keys, parent) => format!("the keys ({}) against {parent}", keys.join(", ")),
                };
                let _ = writeln!(text, "  {heading}");
                for measure in measures {
                    let _ = writeln!(text, "    {measure}");
                }
            }
        }
        text
    }
}
