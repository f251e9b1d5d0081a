//! Judgements to the record of a run.
//!
//! Puts a rule, what it came to and the rows that show it into one outcome, sums up, and words what was found. It decides
//! nothing that `judge` has not decided, but for the gate: which failures count, and the exit code.

mod distribution;
mod facts;
mod message;
mod relation;
mod structure;
mod trend;

use indexmap::IndexMap;

use crate::answer::{Answer, Evidence, Schema};
use crate::bind::Unfit;
use crate::error::Exit;
use crate::ir::{OnEmpty, Severity, Value};
use crate::judge::{self, Judgement};
use crate::lang::Lang;
use crate::outcome::{
    self, ByLevel, Column, Counts, Dataset, DecidedBy, Fault, Impact, Muted, Outcome, Quarantine, QuarantineStatus,
    RunStatus, Statement, Status, Text, Threshold, Verdict,
};
use crate::suite::{Builtin, IfMissing, Mute, Rule, SuiteDataset};

/// What became of a rule, before it is worded.
pub enum Found {
    /// It was judged; the deepest step that its number needed.
    Judged(Box<Judgement>, DecidedBy),
    /// It could not be measured.
    Unfit(Unfit),
}

/// The gate of a run.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// The severity from which a failed rule counts; none if none does.
    pub fail_on: Option<Severity>,
    /// Whether a run in which nothing was evaluated passes.
    pub allow_empty: bool,
    /// The exit code of a run in which nothing was evaluated because data are missing that may be.
    pub skip_code: Option<u8>,
}

/// What stopped a run before its end.
#[derive(Clone, Copy, Debug)]
pub struct Aborted {
    /// The name of the signal.
    pub signal: &'static str,
    /// The exit code that tells of it.
    pub exit: Exit,
}

impl Gate {
    fn closes_at(self, level: Severity) -> bool {
        self.fail_on.is_some_and(|least| level >= least)
    }

    fn name(self) -> &'static str {
        self.fail_on.map_or("never", Severity::name)
    }
}

/// The outcome of a rule; none for a built-in rule that holds or is skipped.
#[must_use]
pub fn outcome(
    rule: &Rule,
    found: &Found,
    dataset: Option<&SuiteDataset>,
    answer: Option<&Answer>,
    gate: Gate,
) -> Option<Outcome> {
    let mut outcome = blank(rule);
    if let Some(reason) = &rule.skip {
        skip(&mut outcome, reason);
        return rule.builtin.is_none().then_some(outcome);
    }
    match found {
        Found::Unfit(Unfit::Skip(reason)) => skip(&mut outcome, reason),
        Found::Unfit(Unfit::Fault(fault)) => {
            let source = fault.code == "source_missing";
            match dataset.map(|dataset| dataset.if_missing).filter(|_| source).unwrap_or_default() {
                IfMissing::Skip => skip(&mut outcome, &fault.message),
                IfMissing::Fail => {
                    fail(&mut outcome, rule.severity, gate);
                    outcome.message = message::said_of_fault(fault);
                    outcome.error = Some(fault.clone());
                }
                IfMissing::Error => {
                    outcome.status = Status::Error;
                    outcome.message = message::said_of_fault(fault);
                    outcome.error = Some(fault.clone());
                }
            }
        }
        Found::Judged(judgement, decided_by) => {
            outcome.decided_by = Some(*decided_by);
            judged(&mut outcome, rule, judgement, answer, gate);
        }
    }
    match rule.builtin {
        // Known violations are told of.
        Some(_) if outcome.baseline.as_ref().is_some_and(|baseline| baseline.known > 0) => Some(outcome),
        Some(_) if matches!(outcome.status, Status::Passed | Status::Skipped) => None,
        _ => Some(outcome),
    }
}

fn judged(outcome: &mut Outcome, rule: &Rule, judgement: &Judgement, answer: Option<&Answer>, gate: Gate) {
    outcome.evaluated = judgement.evaluated;
    outcome.missing = judgement.missing;
    outcome.unparsed = judgement.unparsed;
    outcome.violations = judgement.violations;
    outcome.baseline.clone_from(&judgement.baseline);
    #[expect(clippy::cast_precision_loss, reason = "a share is a float")]
    let share = judgement.violations.map(|violations| match judgement.evaluated {
        Some(evaluated) if evaluated > 0 => violations as f64 / evaluated as f64,
        _ => 0.0,
    });
    outcome.violation_share = share;
    outcome.observed = message::observed(rule, judgement);
    if let Some(reason) = judgement.past.as_deref().and_then(trend::reason) {
        // The number is kept all the same: it is what later runs are held against.
        outcome.engine = Some("local".to_owned());
        skip(outcome, &reason.en);
        outcome.message.es = format!("Sin evaluar: {}", reason.es);
        return;
    }
    if let Some(expected) = judgement.past.as_deref().and_then(|past| trend::expected(past, judgement.level, Lang::En))
    {
        outcome.expected = Some(expected);
    }
    outcome.details = message::details(judgement);
    outcome.engine = Some("local".to_owned());
    let mut level = judgement.level;
    if rule.builtin == Some(Builtin::NotEmpty) {
        // The metric counts rows in scope; having none is the fault, and a milder one where rows were read.
        let none = judgement.observed == Some(Value::Integer(0));
        let read = answer.map_or(0, |answer| answer.rows);
        level = none.then_some(if read == 0 { Severity::Error } else { Severity::Warning });
    }
    if judgement.emptied == OnEmpty::Skip {
        return skip(outcome, "no row was evaluated");
    }
    match level {
        Some(level) => fail(outcome, level, gate),
        None => outcome.status = Status::Passed,
    }
    outcome.message = message::said(rule, judgement, level, answer.map_or(0, |answer| answer.rows));
    outcome.impact = impact(rule, judgement);
    if let Some(groups) = &judgement.groups {
        outcome.groups_evaluated = Some(groups.evaluated);
        outcome.groups_failed = Some(groups.failed);
        outcome.groups = groups.worst.iter().map(|group| told(rule, &groups.by, group)).collect();
    }
}

/// What the record says of a group.
fn told(rule: &Rule, by: &[String], group: &judge::Group) -> outcome::Group {
    let judgement = &group.judgement;
    outcome::Group {
        values: by.iter().cloned().zip(group.values.iter().map(crate::answer::json_of)).collect(),
        status: if judgement.level.is_some() { Status::Failed } else { Status::Passed },
        level: judgement.level.map(|level| level.name().to_owned()),
        evaluated: judgement.evaluated,
        violations: judgement.violations,
        observed: message::observed(rule, judgement),
        message: message::said(rule, judgement, judgement.level, 0),
        details: message::details(judgement),
    }
}

fn fail(outcome: &mut Outcome, level: Severity, gate: Gate) {
    outcome.status = Status::Failed;
    outcome.level = Some(level.name().to_owned());
    outcome.gating = gate.closes_at(level);
}

fn skip(outcome: &mut Outcome, reason: &str) {
    outcome.status = Status::Skipped;
    outcome.reason = Some(reason.to_owned());
    outcome.message = Text { en: format!("Skipped: {reason}"), es: format!("Sin evaluar: {reason}") };
}

fn impact(rule: &Rule, judgement: &Judgement) -> Option<Impact> {
    let cost = rule.about.impact.as_ref()?;
    let rows = judgement.violations.filter(|violations| *violations > 0)?;
    let loss =
        cost.per_row.as_ref().map(|each| (each * bigdecimal::BigDecimal::from(rows)).normalized().to_plain_string());
    Some(Impact { rows, loss, currency: cost.currency.clone() })
}

/// The outcome of a rule of which nothing is known yet.
#[must_use]
pub fn blank(rule: &Rule) -> Outcome {
    Outcome {
        id: rule.id.clone(),
        expectation: rule.expectation.to_owned(),
        dataset: rule.dataset.clone(),
        columns: rule.columns.clone(),
        params: rule.params.clone(),
        condition: rule.where_text.clone(),
        threshold: rule
            .thresholds
            .iter()
            .map(|(level, limit)| Threshold { level: level.name().to_owned(), limit: limit.clone() })
            .collect(),
        severity: rule.severity.name().to_owned(),
        level: None,
        status: Status::Passed,
        gating: false,
        muted: None,
        sentence: rule.sentence.clone(),
        message: Text::default(),
        description: rule.about.description.clone(),
        dimension: rule.dimension.to_owned(),
        evaluated: None,
        missing: None,
        unparsed: None,
        violations: None,
        baseline: None,
        violation_share: None,
        observed: None,
        expected: rule.expected.as_ref().map(|expected| expected.en.clone()),
        details: None,
        groups_evaluated: None,
        groups_failed: None,
        groups: Vec::new(),
        samples: Vec::new(),
        evidence: None,
        top_values: Vec::new(),
        decided_by: None,
        engine: None,
        statement: None,
        location: rule.location.clone(),
        reason: None,
        error: None,
        owner: rule.about.owner.clone(),
        runbook: rule.about.runbook.clone(),
        impact: None,
        tags: rule.about.tags.clone(),
        meta: rule.about.meta.clone(),
    }
}

/// Mutes an outcome: it is what it is, and does not gate.
pub fn mute(outcome: &mut Outcome, mute: &Mute) {
    outcome.gating = false;
    outcome.muted = Some(Muted { until: mute.until.to_string(), reason: mute.reason.clone() });
}

/// Puts what a database was asked into an outcome that it decided.
pub fn asked(outcome: &mut Outcome, statement: &Statement, is_shown: bool) {
    outcome.engine = Some(statement.engine.clone());
    outcome.statement = is_shown.then(|| statement.clone());
}

/// Puts the rows that show a failure into its outcome.
pub fn show(outcome: &mut Outcome, evidence: Evidence) {
    outcome.samples = evidence.samples;
    outcome.top_values = evidence.top_values;
}

/// What the record says of a dataset.
#[must_use]
pub fn dataset(
    dataset: &SuiteDataset,
    schema: Option<&Schema>,
    answer: Option<&Answer>,
    in_scope: Option<u64>,
    unparsed: Option<u64>,
    outcomes: &[Outcome],
) -> Dataset {
    let own = outcomes.iter().filter(|outcome| outcome.dataset == dataset.data.name);
    let columns = schema.map(|schema| schema.columns.as_slice()).unwrap_or_default().iter().map(|column| Column {
        name: column.name.clone(),
        kind: column.reading.as_ref().map(|reading| reading.kind.name().to_owned()),
        inferred: column.inferred,
        computed: column.computed.is_some(),
        nulls: None,
        masked: None,
    });
    // Files belong to the dataset that is read; one that takes its rows names it.
    let read = answer.filter(|_| dataset.from.is_none());
    let files = read.map(|answer| answer.files.clone()).unwrap_or_default();
    Dataset {
        name: dataset.data.name.clone(),
        title: dataset.about.title.clone(),
        description: dataset.about.description.as_ref().map(|text| text.en.clone()),
        owner: dataset.about.owner.clone(),
        source: dataset.data.source.shown(),
        from: dataset.from.as_ref().map(|from| from.dataset.clone()),
        format: answer.and_then(|answer| answer.format.clone()),
        status: own.map(|outcome| outcome.status).max().unwrap_or(Status::Passed),
        rows: answer.map(|answer| answer.rows),
        rows_in_scope: in_scope,
        rows_unparsed: unparsed,
        rows_malformed: read.map(|answer| answer.malformed),
        columns: columns.collect(),
        bytes: read.map(|answer| answer.files.iter().map(|file| file.bytes).sum()),
        modified_at: files.iter().filter_map(|file| file.modified_at.clone()).max(),
        fingerprint: (!files.is_empty()).then(|| fingerprint(&files)),
        quarantine: None,
        files,
    }
}

/// Puts in what became of the rows of each dataset, and what that does to the exit code: 4 where they could not be written,
/// 3 where nobody could tell them apart.
pub fn quarantined(report: &mut outcome::Report, mut told: IndexMap<String, Quarantine>) {
    let mut exit = Exit::Passed;
    for dataset in &mut report.datasets {
        dataset.quarantine = told.shift_remove(&dataset.name);
        exit = exit.worst(match &dataset.quarantine {
            None | Some(Quarantine { status: QuarantineStatus::Written, .. }) => Exit::Passed,
            Some(Quarantine { status: QuarantineStatus::Failed, .. }) => Exit::Undelivered,
            Some(Quarantine { error: Some(fault), .. }) if fault.code == "internal" => Exit::Bug,
            Some(Quarantine { status: QuarantineStatus::Refused, .. }) => Exit::Unknown,
        });
    }
    let verdict = &mut report.verdict;
    let known = [Exit::Passed, Exit::Failed, Exit::Unknown, Exit::Interrupted, Exit::Terminated];
    let own = known.into_iter().find(|exit| exit.code() == verdict.exit_code).unwrap_or(Exit::Bug);
    let worst = own.worst(exit);
    if worst != own {
        verdict.exit_code = worst.code();
        verdict.retryable = false;
        if matches!(worst, Exit::Unknown | Exit::Bug) {
            verdict.status = RunStatus::Error;
        }
        verdict.reason = Text::of(|lang| message::reason_and_not_written(&verdict.reason, lang));
    }
}

fn fingerprint(files: &[crate::outcome::File]) -> String {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    for file in files {
        digest.update(format!("{}\0{}\0{:?}\n", file.path, file.bytes, file.modified_at));
    }
    digest.finalize().iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The totals of a run.
#[must_use]
pub fn counts(outcomes: &[Outcome], datasets: &[Dataset]) -> Counts {
    let of = |status| outcomes.iter().filter(|outcome| outcome.status == status).count() as u64;
    let at = |level: Severity| {
        outcomes.iter().filter(|outcome| outcome.level.as_deref() == Some(level.name())).count() as u64
    };
    Counts {
        rules: outcomes.len() as u64,
        passed: of(Status::Passed),
        failed: of(Status::Failed),
        error: of(Status::Error),
        skipped: of(Status::Skipped),
        gating: outcomes.iter().filter(|outcome| outcome.gating).count() as u64,
        muted: outcomes.iter().filter(|outcome| outcome.status == Status::Failed && outcome.muted.is_some()).count()
            as u64,
        known: outcomes.iter().filter_map(|outcome| outcome.baseline.as_ref()).map(|baseline| baseline.known).sum(),
        by_level: ByLevel {
            info: at(Severity::Info),
            warning: at(Severity::Warning),
            error: at(Severity::Error),
            critical: at(Severity::Critical),
        },
        rows_read: datasets.iter().filter(|dataset| dataset.from.is_none()).filter_map(|dataset| dataset.rows).sum(),
        bytes_read: datasets.iter().filter_map(|dataset| dataset.bytes).sum(),
        datasets: datasets.len() as u64,
    }
}

/// What a run comes to; one that was stopped is aborted, whatever its rules came to until then. `absent` is whether data are
/// missing.
#[must_use]
pub fn verdict(counts: &Counts, outcomes: &[Outcome], gate: Gate, absent: bool, aborted: Option<Aborted>) -> Verdict {
    let faults = || {
        outcomes.iter().filter(|outcome| outcome.status == Status::Error).filter_map(|outcome| outcome.error.as_ref())
    };
    let bug = faults().any(|fault| fault.code == "internal");
    let evaluated = counts.passed + counts.failed;
    let nothing = evaluated == 0 && counts.error == 0;
    let exit = if let Some(aborted) = aborted {
        aborted.exit
    } else if counts.gating > 0 {
        Exit::Failed
    } else if bug {
        Exit::Bug
    } else if let Some(code) = gate.skip_code.filter(|_| nothing && absent) {
        Exit::Skipped(code)
    } else if counts.error > 0 || (nothing && !gate.allow_empty) {
        Exit::Unknown
    } else {
        Exit::Passed
    };
    let status = match exit {
        Exit::Failed => RunStatus::Failed,
        Exit::Unknown | Exit::Bug => RunStatus::Error,
        Exit::Interrupted | Exit::Terminated => RunStatus::Aborted,
        _ => RunStatus::Passed,
    };
    let may_come_back = |fault: &Fault| fault.code == "source_missing" || fault.code == "source_unreadable";
    Verdict {
        status,
        exit_code: exit.code(),
        retryable: match status {
            RunStatus::Aborted => counts.gating == 0,
            _ => exit == Exit::Unknown && faults().next().is_some() && faults().all(may_come_back),
        },
        warnings: counts.failed - counts.gating,
        reason: Text::of(|lang| {
            message::reason(counts, nothing && !gate.allow_empty, aborted.map(|aborted| aborted.signal), lang)
        }),
        fail_on: gate.name().to_owned(),
    }
}
