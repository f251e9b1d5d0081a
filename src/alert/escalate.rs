//! What rouses others: more than so many failures within some time, over all suites.

use std::collections::{BTreeMap, BTreeSet};

use crate::alert::notice::{self, Fixed, Item, Kind, Notice};
use crate::alert::plan::{Decision, Facts, RunFacts, blank, datasets, fixed_of, known_of};
use crate::alert::problem::{self, Problem};
use crate::alert::reason::{Reason, Standing};
use crate::alert::route;
use crate::alert::state::Sent;
use crate::config::{Alerts, Escalation};
use crate::ir::Severity;
use crate::ir::time::format_timestamp;
use crate::outcome::Text;

/// What the keys of escalations begin with, after the environment. No suite is called so: its id holds no `!`.
pub const PREFIX: &str = "!escalation";

/// A failed rule of a run of the history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// When the run began, in microseconds since 1970 UTC.
    pub at: i64,
    /// The id of the run.
    pub run: String,
    /// The suite.
    pub suite: String,
    /// The dataset.
    pub dataset: String,
    /// The rule.
    pub rule: String,
    /// How bad it was.
    pub severity: Severity,
}

/// More failures than an escalation allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Roused<'a> {
    /// The key of it.
    pub key: String,
    /// The rule of escalation.
    pub by: &'a Escalation,
    /// The failures, newest first, each rule of each run once.
    pub failures: Vec<&'a Failure>,
}

impl PartialEq for Escalation {
    fn eq(&self, other: &Self) -> bool {
        (self.more_than, self.severity, self.within, &self.by)
            == (other.more_than, other.severity, other.within, &other.by)
    }
}

/// The escalations that hold at a moment. Each failed rule of each run counts once; failures that lie ahead are those of
/// another clock, and count for nothing.
#[must_use]
pub fn roused<'a>(alerts: &'a Alerts, failures: &'a [Failure], now: i64) -> Vec<Roused<'a>> {
    let mut roused = Vec::new();
    for by in &alerts.escalations {
        let within = i64::try_from(by.within.as_micros()).unwrap_or(i64::MAX);
        let mut groups: BTreeMap<Vec<&str>, Vec<&Failure>> = BTreeMap::new();
        for failure in failures {
            if failure.severity < by.severity || failure.at > now || now - failure.at >= within {
                continue;
            }
            let of = by.by.iter().map(|part| if part == "suite" { &*failure.suite } else { &*failure.dataset });
            let group = groups.entry(of.collect()).or_default();
            if !group.iter().any(|other| (&other.run, &other.rule) == (&failure.run, &failure.rule)) {
                group.push(failure);
            }
        }
        for (of, mut failures) in groups {
            if failures.len() as u64 <= by.more_than {
                continue;
            }
            failures.sort_by_key(|failure| std::cmp::Reverse(failure.at));
            let rule = format!("{}>{}", by.severity.name(), by.more_than);
            let within = crate::ir::duration::Duration::of_micros(within.unsigned_abs()).to_string();
            let parts: Vec<&str> = [PREFIX, rule.as_str(), within.as_str()].into_iter().chain(of).collect();
            roused.push(Roused { key: route::key(alerts, &parts), by, failures });
        }
    }
    roused
}

/// What is sent when failures are too many, once a window; and when they no longer are.
#[must_use]
pub fn decisions(facts: &Facts<'_>) -> Vec<Decision> {
    let Some(run) = facts.runs.last() else { return Vec::new() };
    let roused = roused(facts.alerts, facts.failures, facts.now);
    let mut decisions: Vec<Decision> = Vec::new();
    for one in &roused {
        for channel in &one.by.to {
            let sent = facts.state.and_then(|state| state.sent(channel, &one.key));
            let within = i64::try_from(one.by.within.as_micros()).unwrap_or(i64::MAX);
            let due = |sent: &Sent| facts.now < sent.at || facts.now - sent.at >= within;
            let standing = Standing {
                told: sent.is_some(),
                firing: true,
                tells_end: true,
                due: sent.is_some_and(due),
                ..Standing::default()
            };
            let reason = Reason::of(standing);
            let notice = (reason != Reason::DoNotNotify).then(|| escalated(facts, run, one, reason));
            let after = match (&notice, sent) {
                (None, sent) => sent.cloned(),
                (Some(notice), _) => Some(Sent {
                    at: facts.now,
                    suite: None,
                    problems: notice
                        .items
                        .iter()
                        .map(|item| (item.problem.key.clone(), known_of(&item.problem)))
                        .collect(),
                    resolved: true,
                    via: sent.and_then(|sent| sent.via.clone()),
                }),
            };
            decisions.push(Decision {
                channel: channel.clone(),
                key: one.key.clone(),
                reason,
                notice,
                after,
                via: None,
            });
        }
    }
    for (channel, sent) in facts.state.into_iter().flat_map(|state| &state.sent) {
        for (key, sent) in sent.iter().filter(|(_, sent)| sent.suite.is_none()) {
            let stands = decisions.iter().any(|told| told.channel == *channel && told.key == *key);
            if stands || facts.alerts.channel(channel).is_none() {
                continue;
            }
            let fixed: Vec<Fixed> = sent.problems.values().map(fixed_of).collect();
            let notice = Notice {
                kind: Kind::Resolved,
                suite: "*".to_owned(),
                severity: fixed
                    .iter()
                    .map(|fixed| problem::severity(&fixed.severity))
                    .max()
                    .unwrap_or(Severity::Critical),
                counts: None,
                fixed,
                ..blank(facts, run, key, Reason::AllResolved)
            };
            decisions.push(Decision {
                channel: channel.clone(),
                key: key.clone(),
                reason: Reason::AllResolved,
                notice: Some(notice),
                after: None,
                via: sent.via.clone(),
            });
        }
    }
    decisions
}

fn escalated(facts: &Facts<'_>, run: &RunFacts<'_>, one: &Roused<'_>, reason: Reason) -> Notice {
    let mut items: Vec<Item> = Vec::new();
    for failure in &one.failures {
        let key = format!("{}/{}/{}", failure.suite, failure.dataset, failure.rule);
        match items.iter_mut().find(|item| item.problem.key == key) {
            // Failures come newest first, so this one is older.
            Some(Item { problem: Problem { since: Some((since, runs)), .. }, .. }) => {
                (*since, *runs) = (format_timestamp(failure.at), *runs + 1);
            }
            Some(_) => {}
            None => {
                let new = reason == Reason::FirstNotification;
                items.push(Item { problem: of_failure(facts, failure, key), new });
            }
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.problem.severity));
    let failures = one.failures.len() as u64;
    let suites: BTreeSet<&str> = one.failures.iter().map(|failure| failure.suite.as_str()).collect();
    let suite = if suites.len() == 1 { suites.first().map_or("*", |suite| suite) } else { "*" };
    Notice {
        kind: Kind::Escalated,
        suite: suite.to_owned(),
        datasets: datasets(&items, &[]),
        severity: items.iter().map(|item| item.problem.severity).max().unwrap_or(one.by.severity),
        items,
        roused: Some(notice::Roused {
            failures,
            more_than: one.by.more_than,
            severity: one.by.severity,
            within: one.by.within,
        }),
        counts: None,
        repeat: one.by.within,
        ..blank(facts, run, &one.key, reason)
    }
}

fn of_failure(facts: &Facts<'_>, failure: &Failure, key: String) -> Problem {
    let of_suite = facts.runs.iter().filter(|run| run.report.run.suite == failure.suite);
    let known = of_suite.flat_map(|run| &run.report.results).find(|outcome| outcome.id == failure.rule);
    let found = Text::of(|lang| format!("{} {}", lang.pick("failed in", "falló en"), failure.suite));
    Problem {
        key,
        dataset: failure.dataset.clone(),
        name: failure.rule.clone(),
        severity: failure.severity,
        status: "failed",
        rules: vec![failure.rule.clone()],
        expected: Text::default(),
        found,
        violations: None,
        evaluated: None,
        loss: None,
        owner: known.and_then(|outcome| outcome.owner.clone()),
        runbook: known.and_then(|outcome| outcome.runbook.clone()),
        tags: Vec::new(),
        since: Some((format_timestamp(failure.at), 1)),
    }
}
