//! Decisions on facts, without a network.

use std::collections::BTreeMap;
use std::path::Path;

use crate::alert::escalate::{Failure, roused};
use crate::alert::notice::Kind;
use crate::alert::plan::{Decision, Facts, RunFacts, plan};
use crate::alert::reason::Reason;
use crate::alert::route;
use crate::alert::state::State;
use crate::config::{self, Alerts};
use crate::ir::Severity;
use crate::outcome::{Report, Status};
use crate::report::sample;

const MINUTE: i64 = 60_000_000;

fn alerts(more: &str) -> Alerts {
    let text = format!(
        "tamiz: 1\nalerts:\n  channels:\n    a: {{type: webhook, url: 'https://a.example'}}\n    b: {{type: webhook, url: 'https://b.example'}}\n{more}"
    );
    let request =
        config::Request { path: Path::new("tamiz.yaml"), text, env: &|_| None, read: &|_| Ok(String::new()), now: 0 };
    config::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}")).alerts.unwrap()
}

fn decide(alerts: &Alerts, report: &Report, state: Option<&State>, now: i64) -> Vec<Decision> {
    let runs = vec![RunFacts { report, since: Box::new(|_| None), page: None }];
    plan(&Facts { alerts, runs, state, failures: &[], now })
}

/// The state once all of it was taken.
fn taken(state: Option<&State>, decisions: &[Decision]) -> State {
    let mut state = state.cloned().unwrap_or_default();
    decisions.iter().for_each(|told| state.put(&told.channel, &told.key, told.after.clone()));
    state
}

fn reasons(decisions: &[Decision]) -> Vec<(&str, Reason)> {
    decisions.iter().map(|told| (told.channel.as_str(), told.reason)).collect()
}

#[test]
fn the_first_route_that_fits_counts_and_continue_asks_the_next() {
    let report = sample::report();
    let levels = |more: &str| {
        let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for decision in decide(&alerts(more), &report, None, 0) {
            let items = decision.notice.unwrap().items;
            told.entry(decision.channel).or_default().extend(items.iter().map(|item| item.problem.severity.name()));
        }
        told
    };
    let first = levels("  routes:\n    - {match: {severity: critical}, to: [a]}\n    - {to: [b]}\n");
    assert_eq!(first["a"], ["critical"]);
    assert!(!first["b"].contains(&"critical") && first["b"].len() > 2);
    let both = levels("  routes:\n    - {match: {severity: critical}, to: [a], continue: true}\n    - {to: [b]}\n");
    assert_eq!((both["a"].len(), both["b"][0]), (1, "critical"));
    assert_eq!(levels("  routes:\n    - {match: {suite: other}, to: [a]}\n    - {to: []}\n").len(), 0);
}

#[test]
fn a_problem_that_became_worse_is_news_and_one_that_became_milder_is_not() {
    let alerts = alerts("  routes: [{to: [a]}, {to: [b]}]\n  group_by: suite\n");
    let mut report = sample::report();
    let state = taken(None, &decide(&alerts, &report, None, 0));
    let level = |report: &mut Report, from: &str, to: &str| {
        for rule in report.results.iter_mut().filter(|rule| rule.level.as_deref() == Some(from)) {
            rule.level = Some(to.to_owned());
        }
    };
    assert_eq!(reasons(&decide(&alerts, &report, Some(&state), MINUTE)), [("a", Reason::DoNotNotify)]);
    level(&mut report, "critical", "info");
    assert_eq!(reasons(&decide(&alerts, &report, Some(&state), MINUTE)), [("a", Reason::DoNotNotify)]);
    level(&mut report, "warning", "critical");
    assert_eq!(reasons(&decide(&alerts, &report, Some(&state), MINUTE)), [("a", Reason::NewAlertsInGroup)]);
}

#[test]
fn what_was_not_evaluated_ends_nothing_and_what_holds_ends_all() {
    let alerts = alerts("  routes: [{to: [a]}]\n  group_by: suite\n");
    let report = sample::report();
    let state = taken(None, &decide(&alerts, &report, None, 0));
    let all_are = |status: Status| {
        let mut report = report.clone();
        report.results.iter_mut().for_each(|rule| rule.status = status);
        report.verdict.status = crate::outcome::RunStatus::Passed;
        report
    };
    let skipped = decide(&alerts, &all_are(Status::Skipped), Some(&state), MINUTE);
    assert_eq!(reasons(&skipped), [("a", Reason::DoNotNotify)]);
    assert_eq!(taken(Some(&state), &skipped), state, "it is still known");
    let passed = decide(&alerts, &all_are(Status::Passed), Some(&state), MINUTE);
    assert_eq!(reasons(&passed), [("a", Reason::AllResolved)]);
    assert_eq!(passed[0].notice.as_ref().map(|notice| notice.kind), Some(Kind::Resolved));
    // A rule that is gone from the whole suite is over, and one that was not asked for is not.
    let mut none = all_are(Status::Passed);
    none.results.clear();
    none.run.selection = None;
    assert_eq!(reasons(&decide(&alerts, &none, Some(&state), MINUTE)), [("a", Reason::AllResolved)]);
    none.run.selection = Some(crate::outcome::Selection::default());
    assert_eq!(reasons(&decide(&alerts, &none, Some(&state), MINUTE)), [("a", Reason::DoNotNotify)]);
}

#[test]
fn an_older_run_that_comes_late_tells_nothing() {
    let alerts = alerts("  routes: [{to: [a]}]\n");
    let report = sample::report();
    let mut state = State::default();
    state.runs.insert(report.run.suite.clone(), ("2999-01-01T00:00:00Z".to_owned(), String::new()));
    let later = 32_503_680_000_000_000;
    let told = decide(&alerts, &report, Some(&state), later);
    assert!(!told.is_empty() && told.iter().all(|told| told.reason == Reason::Superseded && told.notice.is_none()));
    // The clock was ahead when that run was told of: it keeps nothing quiet now.
    let told = decide(&alerts, &report, Some(&state), later - 400 * 24 * 60 * MINUTE);
    assert!(!told.is_empty() && told.iter().all(|told| told.reason == Reason::FirstNotification));
}

#[test]
fn a_clock_that_jumps_back_neither_repeats_for_ever_nor_keeps_quiet_for_ever() {
    let alerts = alerts(
        "  routes: [{to: [a], repeat: 1h}]
  group_by: suite
",
    );
    let report = sample::report();
    let ahead = 1_000 * 24 * 60 * MINUTE;
    let state = taken(None, &decide(&alerts, &report, None, ahead));
    // When it was told is not known any more, so it is told again, once.
    let back = decide(&alerts, &report, Some(&state), MINUTE);
    assert_eq!(reasons(&back), [("a", Reason::RepeatIntervalElapsed)]);
    let state = taken(Some(&state), &back);
    assert_eq!(reasons(&decide(&alerts, &report, Some(&state), 2 * MINUTE)), [("a", Reason::DoNotNotify)]);
    // A mute ends by the clock of now.
    let muted = self::alerts("  routes: [{to: [a]}]\n  mutes: [{match: {suite: '*'}, until: 1980-01-01, reason: r}]\n");
    assert!(decide(&muted, &report, None, ahead).iter().all(|told| told.reason == Reason::Muted));
    assert!(decide(&muted, &report, None, 8 * ahead).iter().all(|told| told.reason == Reason::FirstNotification));
}

#[test]
fn a_route_that_tells_no_ends_forgets_quietly() {
    let alerts = alerts("  routes: [{to: [a], resolved: false}]\n  group_by: suite\n");
    let mut report = sample::report();
    let state = taken(None, &decide(&alerts, &report, None, 0));
    report.results.iter_mut().for_each(|rule| rule.status = Status::Passed);
    report.verdict.status = crate::outcome::RunStatus::Passed;
    let told = decide(&alerts, &report, Some(&state), MINUTE);
    assert_eq!((reasons(&told), &told[0].after), (vec![("a", Reason::DoNotNotify)], &None));
}

#[test]
fn a_key_is_never_too_long_and_two_are_never_one() {
    let alerts = alerts("  routes: [{to: [a]}]\n  environment: prod\n");
    assert_eq!(route::key(&alerts, &["ventas", "a/b"]), "tamiz/prod/ventas/a%2Fb");
    let long = |last: &str| route::key(&alerts, &[&"ñ".repeat(300), last]);
    assert!(long("x").len() <= 255 && long("x") != long("y"), "{}", long("x"));
}

#[test]
fn a_run_that_says_nothing_of_its_rules_is_a_problem_of_its_own() {
    let alerts = alerts("  routes: [{to: [a]}]\n");
    let mut report = sample::report();
    report.results.clear();
    let told = decide(&alerts, &report, None, 0);
    assert_eq!((told.len(), told[0].notice.as_ref().unwrap().items[0].problem.name.as_str()), (1, "run"));
}

#[test]
fn failures_are_counted_once_a_run_within_the_window_and_by_what_is_said() {
    let of = |by: &str| {
        alerts(&format!("  routes: [{{to: [a]}}]\n  escalate: [{{more_than: 1, within: 10m, by: {by}, to: [b]}}]\n"))
    };
    let failure = |at: i64, run: &str, dataset: &str, severity| Failure {
        at: at * MINUTE,
        run: run.to_owned(),
        suite: "s".to_owned(),
        dataset: dataset.to_owned(),
        rule: "r".to_owned(),
        severity,
    };
    let failures = [
        failure(1, "1", "d", Severity::Critical),
        failure(1, "1", "d", Severity::Critical),
        failure(2, "2", "d", Severity::Critical),
        failure(3, "3", "e", Severity::Critical),
        failure(4, "4", "e", Severity::Error),
        failure(99, "5", "e", Severity::Critical),
    ];
    let counts = |by: &str, now: i64| {
        let alerts = of(by);
        roused(&alerts, &failures, now * MINUTE).iter().map(|one| one.failures.len()).collect::<Vec<_>>()
    };
    assert_eq!(counts("[]", 4), [3], "those of another severity, twice told or ahead of the clock do not count");
    assert_eq!(counts("dataset", 4), [2], "and by dataset only one has more than one");
    assert_eq!(counts("[]", 11), [2], "the window is open at its beginning");
    assert_eq!(counts("[]", 12), [0_usize; 0]);
}
