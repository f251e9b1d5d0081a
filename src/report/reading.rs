//! The order in which people read a run, and the words for what became of a rule.
//!
//! What must be acted on comes first. A rule that failed below the gate is called *warned*: that is looked up in the
//! record, never decided here.

use crate::lang::Lang;
use crate::outcome::{Column, Dataset, Fault, Outcome, Report, RunStatus, Status};

/// What people call what became of a rule, in the order they read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It does not hold and made the gate fail.
    Failed,
    /// It could not be evaluated.
    Error,
    /// It does not hold, below the gate.
    Warned,
    /// It holds.
    Passed,
    /// It was not evaluated, for a stated reason.
    Skipped,
}

/// The results of a run, sorted for people; suite order within each part.
pub(super) struct Reading<'a> {
    /// Rules that made the gate fail.
    pub(super) failed: Vec<&'a Outcome>,
    /// Rules that could not be evaluated, those with the same cause together.
    pub(super) errors: Vec<Cause<'a>>,
    /// Rules that failed below the gate.
    pub(super) warned: Vec<&'a Outcome>,
    /// Rules that hold.
    pub(super) passed: Vec<&'a Outcome>,
    /// Rules not evaluated, those with the same reason together.
    pub(super) skipped: Vec<Omission<'a>>,
}

/// One reason why rules could not be evaluated.
pub(super) struct Cause<'a> {
    /// What went wrong; none if the record does not say.
    pub(super) fault: Option<&'a Fault>,
    /// The rules it hit.
    pub(super) rules: Vec<&'a Outcome>,
}

/// One reason why rules were not evaluated.
pub(super) struct Omission<'a> {
    /// The reason; none if the record does not say.
    pub(super) reason: Option<&'a str>,
    /// The rules left out.
    pub(super) rules: Vec<&'a Outcome>,
}

impl State {
    /// All states, in reading order.
    pub(super) const ALL: [Self; 5] = [Self::Failed, Self::Error, Self::Warned, Self::Passed, Self::Skipped];

    /// What became of a rule.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome.status {
            Status::Failed if outcome.gating => Self::Failed,
            Status::Failed => Self::Warned,
            Status::Error => Self::Error,
            Status::Passed => Self::Passed,
            Status::Skipped => Self::Skipped,
        }
    }

    /// What became of a dataset: failed only if a rule of it made the gate fail.
    pub(super) fn of_dataset(dataset: &Dataset, results: &[Outcome]) -> Self {
        match dataset.status {
            Status::Failed if results.iter().any(|outcome| outcome.gating && outcome.dataset == dataset.name) => {
                Self::Failed
            }
            Status::Failed => Self::Warned,
            Status::Error => Self::Error,
            Status::Passed => Self::Passed,
            Status::Skipped => Self::Skipped,
        }
    }

    /// What became of a run. One that was stopped looks like one in error; [`run_word`] tells them apart.
    pub(super) fn of_run(status: RunStatus) -> Self {
        match status {
            RunStatus::Passed => Self::Passed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Error | RunStatus::Aborted => Self::Error,
        }
    }

    /// A sign that differs in shape, not only in colour.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Failed => "✗",
            Self::Error => "?",
            Self::Warned => "!",
            Self::Passed => "✓",
            Self::Skipped => "–",
        }
    }

    /// The word for one rule or dataset.
    pub(super) fn word(self, lang: Lang) -> &'static str {
        self.plural(1, lang)
    }

    /// The word after a number: `2 failed`.
    pub(super) fn plural(self, count: u64, lang: Lang) -> &'static str {
        match self {
            Self::Failed => lang.plural(count, ("failed", "falla"), ("failed", "fallan")),
            Self::Error => lang.plural(count, ("error", "error"), ("errors", "errores")),
            Self::Warned => lang.plural(count, ("warned", "aviso"), ("warned", "avisos")),
            Self::Passed => lang.plural(count, ("passed", "cumple"), ("passed", "cumplen")),
            Self::Skipped => lang.pick("skipped", "sin evaluar"),
        }
    }

    /// The name of the state in style sheets and anchors; never translated.
    pub(super) fn name(self) -> &'static str {
        self.plural(1, Lang::En)
    }
}

/// The word for a rule of the history, where it is not known whether it gates.
#[must_use]
pub fn rule_word(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Passed => lang.pick("holds", "se cumple"),
        Status::Failed => lang.pick("failed", "falla"),
        Status::Error => lang.pick("error", "error"),
        Status::Skipped => lang.pick("skipped", "omitida"),
    }
}

/// The word for a run as a whole.
#[must_use]
pub fn run_word(status: RunStatus, lang: Lang) -> &'static str {
    match status {
        RunStatus::Passed => lang.pick("passed", "superado"),
        RunStatus::Failed => lang.pick("failed", "no superado"),
        RunStatus::Error => lang.pick("error", "error"),
        RunStatus::Aborted => lang.pick("aborted", "interrumpido"),
    }
}

impl<'a> Reading<'a> {
    /// Sorts the results of a run.
    pub(super) fn of(report: &'a Report) -> Self {
        let mut reading = Self {
            failed: Vec::new(),
            errors: Vec::new(),
            warned: Vec::new(),
            passed: Vec::new(),
            skipped: Vec::new(),
        };
        for outcome in &report.results {
            match State::of(outcome) {
                State::Failed => reading.failed.push(outcome),
                State::Warned => reading.warned.push(outcome),
                State::Passed => reading.passed.push(outcome),
                State::Error => reading.add_error(outcome),
                State::Skipped => reading.add_skipped(outcome),
            }
        }
        reading
    }

    /// How many rules are in a state.
    pub(super) fn count(&self, state: State) -> u64 {
        let count = match state {
            State::Failed => self.failed.len(),
            State::Error => self.errors.iter().map(|cause| cause.rules.len()).sum(),
            State::Warned => self.warned.len(),
            State::Passed => self.passed.len(),
            State::Skipped => self.skipped.iter().map(|omission| omission.rules.len()).sum(),
        };
        count as u64
    }

    fn add_error(&mut self, outcome: &'a Outcome) {
        let fault = outcome.error.as_ref();
        match self.errors.iter_mut().find(|cause| cause.fault == fault) {
            Some(cause) => cause.rules.push(outcome),
            None => self.errors.push(Cause { fault, rules: vec![outcome] }),
        }
    }

    fn add_skipped(&mut self, outcome: &'a Outcome) {
        let reason = outcome.reason.as_deref();
        match self.skipped.iter_mut().find(|omission| omission.reason == reason) {
            Some(omission) => omission.rules.push(outcome),
            None => self.skipped.push(Omission { reason, rules: vec![outcome] }),
        }
    }
}

/// How many rows of a dataset have no value in a column, where the files or a rule on all rows tell.
pub(super) fn nulls(report: &Report, dataset: &Dataset, column: &Column) -> Option<u64> {
    let is_whole = dataset.rows.is_some() && dataset.rows == dataset.rows_in_scope;
    let tells = |rule: &&Outcome| {
        let is_of_it = rule.dataset == dataset.name && rule.columns.as_slice() == std::slice::from_ref(&column.name);
        is_of_it && rule.expectation == "not_null" && rule.condition.is_none() && rule.evaluated == dataset.rows
    };
    column.nulls.or_else(|| report.results.iter().filter(|_| is_whole).find(tells)?.violations)
}

/// How many violating rows are not among the samples; none if the record does not count rows.
pub(super) fn unseen(outcome: &Outcome, shown: usize) -> Option<u64> {
    outcome.violations.map(|violations| violations.saturating_sub(shown as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_failure_below_the_gate_is_a_warning() {
        let report = sample::report();
        let reading = Reading::of(&report);
        assert!(reading.warned.iter().all(|outcome| outcome.status == Status::Failed && !outcome.gating));
        assert_eq!(reading.count(State::Failed), report.counts.gating);
        assert_eq!(reading.count(State::Warned), report.verdict.warnings);
    }

    #[test]
    fn every_result_is_read_once() {
        let report = sample::report();
        let reading = Reading::of(&report);
        assert_eq!(State::ALL.iter().map(|state| reading.count(*state)).sum::<u64>(), report.counts.rules);
    }

    #[test]
    fn rules_with_one_cause_stand_together() {
        let report = sample::report();
        let reading = Reading::of(&report);
        assert_eq!(reading.errors.len(), 1);
        assert_eq!(reading.errors[0].rules.len(), 2);
    }

    #[test]
    fn a_dataset_with_only_warnings_is_warned() {
        let report = sample::report();
        let state = |name: &str| {
            let dataset = report.datasets.iter().find(|dataset| dataset.name == name).unwrap();
            State::of_dataset(dataset, &report.results)
        };
        assert_eq!(state("ventas"), State::Failed);
        assert_eq!(state("inventario"), State::Warned);
        assert_eq!(state("clientes"), State::Error);
        assert_eq!(state("productos"), State::Passed);
    }
}
