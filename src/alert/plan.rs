//! From the facts of runs to what is to be sent: pure, so that it is tested without a network or a clock.
//!
//! Problems of a run are routed and put together into groups. Of each group and channel it is known what was told, and so it
//! is decided whether it is told now, and why. What could not be evaluated ends nothing: a problem is over only when its rules
//! were evaluated, or are gone from a run of the whole suite.

use std::collections::{BTreeMap, BTreeSet};

use crate::alert::escalate::{self, Failure};
use crate::alert::notice::{Fixed, Item, Kind, Notice};
use crate::alert::problem::{self, Problem};
use crate::alert::reason::{Reason, Standing};
use crate::alert::route;
use crate::alert::state::{Known, Sent, State};
use crate::config::{Alerts, Sending};
use crate::ir::Severity;
use crate::ir::time::format_timestamp;
use crate::outcome::{Report, Status};

/// What is known before it is decided.
pub struct Facts<'a> {
    /// What is sent to whom.
    pub alerts: &'a Alerts,
    /// The runs of a command.
    pub runs: Vec<RunFacts<'a>>,
    /// What was told before; none if nothing is known of that.
    pub state: Option<&'a State>,
    /// Failures of the history, as far back as escalations look.
    pub failures: &'a [Failure],
    /// The time, in microseconds since 1970 UTC.
    pub now: i64,
}

/// Says since when a rule fails, and in how many runs.
pub type Since<'a> = dyn Fn(&str) -> Option<(String, u64)> + 'a;

/// A run, and what is known around it.
pub struct RunFacts<'a> {
    /// The run.
    pub report: &'a Report,
    /// Since when a rule fails, and in how many runs.
    pub since: Box<Since<'a>>,
    /// The address of its page, if it can be reached.
    pub page: Option<String>,
}

/// What is decided about a group and a channel.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The channel.
    pub channel: String,
    /// The key of the group.
    pub key: String,
    /// Why it is told, or is not.
    pub reason: Reason,
    /// What is to be sent, if anything.
    pub notice: Option<Notice>,
    /// What the channel knows once it was told; none if nothing is left to know.
    pub after: Option<Sent>,
    /// The channel that took what came before in the place of this one, and must hear the end of it.
    pub via: Option<String>,
}

/// Decides what is to be sent: in the order of suites and routes, escalations last.
#[must_use]
pub fn plan(facts: &Facts<'_>) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = facts.runs.iter().flat_map(|run| of_run(facts, run)).collect();
    decisions.extend(escalate::decisions(facts));
    decisions
}

/// A group of problems on its way to a channel.
struct Group<'a> {
    sending: &'a Sending,
    problems: Vec<&'a Problem>,
}

fn of_run(facts: &Facts<'_>, run: &RunFacts<'_>) -> Vec<Decision> {
    let (report, alerts) = (run.report, facts.alerts);
    let suite = report.run.suite.as_str();
    let problems = problem::problems(report, &run.since);
    let told_newer = facts.state.and_then(|state| state.newest(suite, facts.now)).is_some_and(|newest| {
        (newest.0.as_str(), newest.1.as_str()) > (report.run.started_at.as_str(), report.run.id.as_str())
    });
    let mut groups: BTreeMap<(&str, String), Group<'_>> = BTreeMap::new();
    let mut order: Vec<(&str, String)> = Vec::new();
    let mut decisions = Vec::new();
    for problem in &problems {
        let muted =
            alerts.mutes.iter().any(|mute| facts.now < mute.until && route::fits(&mute.matches, suite, problem));
        for route in route::routes(alerts, suite, problem) {
            let key = route::group(alerts, suite, &route.sending.group_by, problem);
            for channel in &route.to {
                let place = (channel.as_str(), key.clone());
                if muted || told_newer {
                    let reason = if muted { Reason::Muted } else { Reason::Superseded };
                    if !decisions.iter().any(|told: &Decision| told.channel == *channel && told.key == key) {
                        decisions.push(quiet(channel, &key, reason, facts));
                    }
                    continue;
                }
                let group = groups.entry(place.clone()).or_insert_with(|| {
                    order.push(place);
                    Group { sending: &route.sending, problems: Vec::new() }
                });
                if !group.problems.iter().any(|known| known.key == problem.key) {
                    group.problems.push(problem);
                }
            }
        }
    }
    if told_newer {
        return decisions;
    }
    decisions.retain(|told| !groups.contains_key(&(told.channel.as_str(), told.key.clone())));
    for place in order {
        if let Some(group) = groups.remove(&place) {
            decisions.push(decide(facts, run, place.0, &place.1, Some(&group)));
        }
    }
    // What was told before, and has no problem now.
    for (channel, sent) in facts.state.into_iter().flat_map(|state| &state.sent) {
        for (key, _) in sent.iter().filter(|(_, sent)| sent.suite.as_deref() == Some(suite)) {
            let decided = decisions.iter().any(|told| told.channel == *channel && told.key == *key);
            if !decided && alerts.channel(channel).is_some() {
                decisions.push(decide(facts, run, channel, key, None));
            }
        }
    }
    if facts.state.is_none() {
        decisions.extend(ends_without_memory(facts, run, &decisions));
    }
    decisions
}

/// Nothing is known of what was told: where incidents are known by their keys, an end that had no beginning is nothing, so it
/// is told of every group that holds.
fn ends_without_memory(facts: &Facts<'_>, run: &RunFacts<'_>, decided: &[Decision]) -> Vec<Decision> {
    let (report, alerts) = (run.report, facts.alerts);
    let mut ends: BTreeMap<(String, String), bool> = BTreeMap::new();
    for outcome in &report.results {
        let rule = problem::as_if_failed(outcome);
        for route in route::routes(alerts, &report.run.suite, &rule).iter().filter(|route| route.sending.resolved) {
            let key = route::group(alerts, &report.run.suite, &route.sending.group_by, &rule);
            let keyed = |name: &&String| {
                alerts
                    .channel(name)
                    .is_some_and(|channel| matches!(channel.kind, crate::config::Kind::PagerDuty { .. }))
            };
            for channel in route.to.iter().filter(keyed) {
                let holds = ends.entry((channel.clone(), key.clone())).or_insert(true);
                *holds &= outcome.status == Status::Passed;
            }
        }
    }
    let ends = ends.into_iter().filter(|((channel, key), holds)| {
        *holds
            && report.run.selection.is_none()
            && !decided.iter().any(|told| told.channel == *channel && told.key == *key)
    });
    ends.map(|((channel, key), _)| {
        let notice = Notice { kind: Kind::Resolved, ..blank(facts, run, &key, Reason::AllResolved) };
        Decision { channel, key, reason: Reason::AllResolved, notice: Some(notice), after: None, via: None }
    })
    .collect()
}

fn quiet(channel: &str, key: &str, reason: Reason, facts: &Facts<'_>) -> Decision {
    let sent = facts.state.and_then(|state| state.sent(channel, key));
    Decision { channel: channel.to_owned(), key: key.to_owned(), reason, notice: None, after: sent.cloned(), via: None }
}

fn decide(facts: &Facts<'_>, run: &RunFacts<'_>, channel: &str, key: &str, group: Option<&Group<'_>>) -> Decision {
    let sent = facts.state.and_then(|state| state.sent(channel, key));
    let problems = group.map_or(&[][..], |group| &group.problems);
    let before = |key: &str| sent.and_then(|sent| sent.problems.get(key));
    let is_news = |problem: &Problem| {
        before(&problem.key).is_none_or(|known| problem::severity(&known.severity) < problem.severity)
    };
    let (mut fixed, mut unknown) = (Vec::new(), BTreeMap::new());
    for (key, known) in sent.into_iter().flat_map(|sent| &sent.problems) {
        if problems.iter().any(|problem| problem.key == *key) {
            continue;
        }
        if is_over(known, run.report) {
            fixed.push(fixed_of(known));
        } else {
            unknown.insert(key.clone(), known.clone());
        }
    }
    // Alertmanager forgets what it is not told again.
    let is_forgetful = facts
        .alerts
        .channel(channel)
        .is_some_and(|channel| matches!(channel.kind, crate::config::Kind::Alertmanager { .. }));
    let due = |at: i64| {
        let repeat =
            group.map_or(i64::MAX, |group| i64::try_from(group.sending.repeat.as_micros()).unwrap_or(i64::MAX));
        is_forgetful || facts.now < at || facts.now - at >= repeat
    };
    let tells_end = group.map_or_else(|| sent.is_some_and(|sent| sent.resolved), |group| group.sending.resolved);
    let reason = Reason::of(Standing {
        told: sent.is_some(),
        firing: !problems.is_empty(),
        news: problems.iter().any(|problem| is_news(problem)),
        fixed: !fixed.is_empty(),
        unknown: !unknown.is_empty(),
        tells_end,
        due: sent.is_some_and(|sent| due(sent.at)),
    });
    let quiet = reason == Reason::DoNotNotify;
    let items: Vec<Item> = problems
        .iter()
        .map(|problem| Item {
            problem: dated(problem, facts, before(&problem.key)),
            new: before(&problem.key).is_none() && !is_old(problem, sent),
        })
        .collect();
    let mut known: BTreeMap<String, Known> = unknown;
    if !quiet || sent.is_some() {
        known.extend(items.iter().map(|item| (item.problem.key.clone(), known_of(&item.problem))));
    }
    let worst = items.iter().map(|item| item.problem.severity).max();
    let severity = worst.or_else(|| fixed.iter().map(|fixed| problem::severity(&fixed.severity)).max());
    let notice = (!quiet).then(|| Notice {
        kind: if items.is_empty() { Kind::Resolved } else { Kind::Firing },
        severity: severity.unwrap_or(Severity::Info),
        datasets: datasets(&items, &fixed),
        items,
        fixed,
        repeat: group.map_or(std::time::Duration::ZERO, |group| group.sending.repeat),
        ..blank(facts, run, key, reason)
    });
    let after = (!known.is_empty()).then(|| Sent {
        at: if quiet { sent.map_or(facts.now, |sent| sent.at) } else { facts.now },
        suite: Some(run.report.run.suite.clone()),
        problems: known,
        resolved: tells_end,
        via: sent.and_then(|sent| sent.via.clone()),
    });
    let via = sent.and_then(|sent| sent.via.clone()).filter(|_| reason == Reason::AllResolved);
    Decision { channel: channel.to_owned(), key: key.to_owned(), reason, notice, after, via }
}

/// Whether a problem was there in an earlier run, as far as the history tells; asked where nothing is known of what was told.
fn is_old(problem: &Problem, sent: Option<&Sent>) -> bool {
    sent.is_none() && problem.since.as_ref().is_some_and(|(_, runs)| *runs > 1)
}

/// A problem with the moment since which it is there: as the history tells, as it was told before, or now.
fn dated(problem: &Problem, facts: &Facts<'_>, before: Option<&Known>) -> Problem {
    let since = problem.since.clone().or_else(|| before.map(|known| (known.since.clone(), 1)));
    Problem { since: Some(since.unwrap_or_else(|| (format_timestamp(facts.now), 1))), ..problem.clone() }
}

pub(super) fn known_of(problem: &Problem) -> Known {
    Known {
        dataset: problem.dataset.clone(),
        name: problem.name.clone(),
        severity: problem.severity.name().to_owned(),
        rules: problem.rules.clone(),
        since: problem.since.as_ref().map(|(since, _)| since.clone()).unwrap_or_default(),
    }
}

pub(super) fn fixed_of(known: &Known) -> Fixed {
    Fixed {
        dataset: known.dataset.clone(),
        name: known.name.clone(),
        severity: known.severity.clone(),
        since: known.since.clone(),
    }
}

/// Whether all rules of a problem that is not there now were evaluated, or are gone from a run of the whole suite.
fn is_over(known: &Known, report: &Report) -> bool {
    let whole = report.run.selection.is_none();
    known.rules.iter().all(|rule| match report.results.iter().find(|outcome| outcome.id == *rule) {
        Some(outcome) => {
            outcome.status == Status::Passed || outcome.status == Status::Failed && outcome.muted.is_none()
        }
        None => whole,
    })
}

pub(super) fn datasets(items: &[Item], fixed: &[Fixed]) -> Vec<String> {
    let now = items.iter().map(|item| &item.problem.dataset);
    let named: BTreeSet<&String> =
        if items.is_empty() { fixed.iter().map(|fixed| &fixed.dataset).collect() } else { now.collect() };
    named.into_iter().filter(|name| !name.is_empty()).cloned().collect()
}

/// A notice of a run that says nothing yet.
pub(super) fn blank(facts: &Facts<'_>, run: &RunFacts<'_>, key: &str, reason: Reason) -> Notice {
    let report = run.report;
    Notice {
        kind: Kind::Firing,
        reason,
        key: key.to_owned(),
        environment: facts.alerts.environment.clone(),
        suite: report.run.suite.clone(),
        datasets: Vec::new(),
        severity: Severity::Info,
        items: Vec::new(),
        fixed: Vec::new(),
        roused: None,
        counts: Some(report.counts.clone()),
        page: run.page.clone(),
        job: report.run.ci.as_ref().and_then(|job| job.url.clone()),
        run: report.run.id.clone(),
        at: facts.now,
        repeat: std::time::Duration::ZERO,
        limit: facts.alerts.items,
    }
}
