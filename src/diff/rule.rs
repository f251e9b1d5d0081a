//! What became of each rule between two runs.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::outcome::{Outcome, Report, Status, Text};

/// What became of a rule, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// It fails, and did not before.
    NewlyFailing,
    /// It cannot be evaluated, and could before.
    NewlyInError,
    /// It fails in both.
    StillFailing,
    /// It can be evaluated in neither.
    StillInError,
    /// It is skipped, and was evaluated before.
    NowSkipped,
    /// It holds, and failed before or held only because a baseline knew its violations.
    Fixed,
    /// It holds, and was in error or skipped before.
    EvaluatedAgain,
    /// It passes only because a baseline knows its violations, and failed before, was not evaluated, or had none of them.
    NowAccepted,
    /// It is not in the earlier run.
    New,
    /// It is not in the later run.
    Removed,
    /// One of the runs did not ask for it.
    LeftOut,
    /// It holds in both.
    StillPassing,
    /// It passes in both only because a baseline knows its violations.
    StillAccepted,
    /// It was skipped in both.
    StillSkipped,
}

/// A rule in two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleChange {
    /// The id of the rule.
    pub id: String,
    /// The kind of expectation, in the later run if it is there.
    pub expectation: String,
    /// The dataset.
    pub dataset: String,
    /// What became of it.
    pub transition: Transition,
    /// What of its definition is another; empty if it means the same.
    pub definition_changed: Vec<Part>,
    /// What it was in the earlier run.
    pub before: Option<RuleSide>,
    /// What it is in the later run.
    pub after: Option<RuleSide>,
    /// How many more rows break it, less if negative; none where either run does not count rows.
    pub violations_delta: Option<i64>,
    /// How many more rows have no value.
    pub missing_delta: Option<i64>,
}

/// A rule in one of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSide {
    /// What became of it.
    pub status: Status,
    /// The level at which it failed.
    pub level: Option<String>,
    /// Its severity.
    pub severity: String,
    /// Whether it made the gate fail.
    pub gating: bool,
    /// Whether it was muted.
    pub muted: bool,
    /// Rows, values or keys evaluated.
    pub evaluated: Option<u64>,
    /// Rows in scope without a value.
    pub missing: Option<u64>,
    /// Rows that break it.
    pub violations: Option<u64>,
    /// How many of them a baseline knows; none if no baseline covers it.
    pub known: Option<u64>,
    /// The share of the evaluated that break it.
    pub violation_share: Option<f64>,
    /// The number found.
    pub observed: Option<serde_json::Value>,
    /// What was expected.
    pub expected: Option<String>,
    /// What it expects.
    pub sentence: Text,
    /// What was found.
    pub message: Text,
}

/// A part of a rule's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The kind of expectation.
    Expectation,
    /// The dataset.
    Dataset,
    /// The columns.
    Columns,
    /// The parameters.
    Params,
    /// The rows it is about.
    Where,
    /// What is tolerated, and at which level it fails.
    Threshold,
    /// The severity.
    Severity,
}

impl RuleChange {
    /// Whether nothing about the rule differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let same = |before: &RuleSide, after: &RuleSide| {
            (before.violations, before.missing, before.evaluated, &before.observed, &before.level, before.status)
                == (after.violations, after.missing, after.evaluated, &after.observed, &after.level, after.status)
                && before.known == after.known
        };
        self.definition_changed.is_empty()
            && match (&self.before, &self.after) {
                (Some(before), Some(after)) => same(before, after),
                _ => self.transition == Transition::LeftOut,
            }
    }
}

impl RuleSide {
    fn of(outcome: &Outcome) -> Self {
        Self {
            status: outcome.status,
            level: outcome.level.clone(),
            severity: outcome.severity.clone(),
            gating: outcome.gating,
            muted: outcome.muted.is_some(),
            evaluated: outcome.evaluated,
            missing: outcome.missing,
            violations: outcome.violations,
            known: outcome.known(),
            violation_share: outcome.violation_share,
            observed: outcome.observed.clone(),
            expected: outcome.expected.clone(),
            sentence: outcome.sentence.clone(),
            message: outcome.message.clone(),
        }
    }
}

/// Compares the rules of two runs.
pub(super) fn changes(before: &Report, after: &Report) -> Vec<RuleChange> {
    let earlier: HashMap<&str, &Outcome> =
        before.results.iter().map(|outcome| (outcome.id.as_str(), outcome)).collect();
    let later: HashSet<&str> = after.results.iter().map(|outcome| outcome.id.as_str()).collect();
    let selected = (before.run.selection.is_some(), after.run.selection.is_some());
    let of_later =
        after.results.iter().map(|outcome| change(earlier.get(outcome.id.as_str()).copied(), Some(outcome), selected));
    let gone = before.results.iter().filter(|outcome| !later.contains(outcome.id.as_str()));
    of_later.chain(gone.map(|outcome| change(Some(outcome), None, selected))).flatten().collect()
}

/// Compares a rule; none if it is in neither run.
fn change(before: Option<&Outcome>, after: Option<&Outcome>, selected: (bool, bool)) -> Option<RuleChange> {
    let named = after.or(before)?;
    Some(RuleChange {
        id: named.id.clone(),
        expectation: named.expectation.clone(),
        dataset: named.dataset.clone(),
        transition: transition(before.map(State::of), after.map(State::of), selected),
        definition_changed: before.zip(after).map(|(before, after)| redefined(before, after)).unwrap_or_default(),
        before: before.map(RuleSide::of),
        after: after.map(RuleSide::of),
        violations_delta: delta(before.and_then(|rule| rule.violations), after.and_then(|rule| rule.violations)),
        missing_delta: delta(before.and_then(|rule| rule.missing), after.and_then(|rule| rule.missing)),
    })
}

/// How a rule stands, as far as that tells what became of it.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Passed,
    /// Passed, although it has violations: a baseline knows them.
    Accepted,
    Failed,
    Error,
    Skipped,
}

impl State {
    fn of(outcome: &Outcome) -> Self {
        match outcome.status {
            Status::Passed if outcome.is_accepted() => Self::Accepted,
            Status::Passed => Self::Passed,
            Status::Failed => Self::Failed,
            Status::Error => Self::Error,
            Status::Skipped => Self::Skipped,
        }
    }
}

fn transition(before: Option<State>, after: Option<State>, selected: (bool, bool)) -> Transition {
    match (before, after) {
        (None, _) if selected.0 => Transition::LeftOut,
        (_, None) if selected.1 => Transition::LeftOut,
        (None, _) => Transition::New,
        (_, None) => Transition::Removed,
        (Some(State::Failed), Some(State::Failed)) => Transition::StillFailing,
        (Some(_), Some(State::Failed)) => Transition::NewlyFailing,
        (Some(State::Error), Some(State::Error)) => Transition::StillInError,
        (Some(_), Some(State::Error)) => Transition::NewlyInError,
        (Some(State::Skipped), Some(State::Skipped)) => Transition::StillSkipped,
        (Some(_), Some(State::Skipped)) => Transition::NowSkipped,
        (Some(State::Accepted), Some(State::Accepted)) => Transition::StillAccepted,
        (Some(_), Some(State::Accepted)) => Transition::NowAccepted,
        (Some(State::Failed | State::Accepted), Some(State::Passed)) => Transition::Fixed,
        (Some(State::Passed), Some(State::Passed)) => Transition::StillPassing,
        (Some(State::Error | State::Skipped), Some(State::Passed)) => Transition::EvaluatedAgain,
    }
}

/// What of a rule's definition is another. Words, places and who owns it are none of it.
fn redefined(before: &Outcome, after: &Outcome) -> Vec<Part> {
    [
        (Part::Expectation, before.expectation != after.expectation),
        (Part::Dataset, before.dataset != after.dataset),
        (Part::Columns, before.columns != after.columns),
        (Part::Params, before.params != after.params),
        (Part::Where, before.condition != after.condition),
        (Part::Threshold, before.threshold != after.threshold),
        (Part::Severity, before.severity != after.severity),
    ]
    .into_iter()
    .filter_map(|(part, is_another)| is_another.then_some(part))
    .collect()
}

/// How much more, where both are known; a difference beyond 64 bits is cut there.
pub(super) fn delta(before: Option<u64>, after: Option<u64>) -> Option<i64> {
    let (before, after) = (i128::from(before?), i128::from(after?));
    Some(i64::try_from(after - before).unwrap_or(if after > before { i64::MAX } else { i64::MIN }))
}
