//! Runs chosen: of a suite, a state, a time, a branch, a label, a rule; the newest ones first.

use chrono::{DateTime, Utc};
use glob::Pattern;

use crate::error::Error;
use crate::history::past::{PastRun, Walk};
use crate::history::{History, RunLine};
use crate::outcome::RunStatus;

/// Which runs are asked for; what is empty asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The suites, as patterns.
    pub suites: Vec<Pattern>,
    /// What they came to.
    pub statuses: Vec<RunStatus>,
    /// Those that began then or later.
    pub since: Option<DateTime<Utc>>,
    /// Those that began before then.
    pub until: Option<DateTime<Utc>>,
    /// The branch, as a pattern.
    pub branch: Option<Pattern>,
    /// The labels, name and value, all of them.
    pub labels: Vec<(String, String)>,
    /// Those that have a rule whose id matches; of their rules only such ones.
    pub rule: Option<Pattern>,
    /// So many at most.
    pub limit: Option<usize>,
}

impl Filter {
    fn takes(&self, run: &RunLine) -> bool {
        let began = DateTime::parse_from_rfc3339(&run.started_at).ok();
        (self.statuses.is_empty() || self.statuses.contains(&run.status))
            && self.since.is_none_or(|since| began.is_some_and(|began| began >= since))
            && self.until.is_none_or(|until| began.is_some_and(|began| began < until))
            && self.branch.as_ref().is_none_or(|branch| run.branch.as_ref().is_some_and(|known| branch.matches(known)))
            && self.labels.iter().all(|(name, value)| run.labels.get(name) == Some(value))
    }

    /// Whether neither this run nor an older one can be asked for.
    fn is_before(&self, run: &RunLine) -> bool {
        let began = DateTime::parse_from_rfc3339(&run.started_at).ok();
        self.since.zip(began).is_some_and(|(since, began)| began < since)
    }
}

impl History {
    /// The runs asked for, the newest first; with their rules if wanted, or if the filter names some.
    ///
    /// It reads no further back than it must.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn select(&self, filter: &Filter, rules: bool) -> Result<Vec<PastRun>, Error> {
        let with_rules = rules || filter.rule.is_some();
        let mut walks: Vec<(PastRun, Walk<'_>)> = Vec::new();
        for suite in self.months()?.into_keys() {
            if !filter.suites.is_empty() && !filter.suites.iter().any(|pattern| pattern.matches(&suite)) {
                continue;
            }
            let mut walk = self.walk(&suite)?;
            if let Some(until) = filter.until {
                walk.skip_after(&until.format("%Y-%m").to_string());
            }
            if let Some(newest) = walk.next(with_rules)? {
                walks.push((newest, walk));
            }
        }
        let mut chosen = Vec::new();
        while filter.limit.is_none_or(|limit| chosen.len() < limit) {
            let newest = walks.iter().enumerate().max_by(|(_, (a, _)), (_, (b, _))| a.run.order().cmp(&b.run.order()));
            let Some(at) = newest.map(|(at, _)| at) else { break };
            let mut run = match walks[at].1.next(with_rules)? {
                Some(older) => std::mem::replace(&mut walks[at].0, older),
                None => walks.swap_remove(at).0,
            };
            if filter.is_before(&run.run) {
                break;
            }
            if let Some(rule) = &filter.rule {
                run.rules.retain(|line| rule.matches(&line.id));
            }
            if filter.takes(&run.run) && (filter.rule.is_none() || !run.rules.is_empty()) {
                chosen.push(run);
            }
        }
        Ok(chosen)
    }
}
