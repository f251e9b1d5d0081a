//! The rows of a run told apart: which rules make a row invalid, and which datasets are written.
//!
//! A rule makes the rows that break it invalid if it failed at a quarantining level and is not muted; with `tolerated` also
//! the rows that a rule of such a severity tolerates. A rule that failed in some of its groups takes the rows of all. The
//! rules of datasets made `from` one count for the rows that are read. Where such a rule could not be evaluated, nobody knows
//! which rows are valid, so nothing is written.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::answer::{Answer, Number};
use crate::bind::Bound;
use crate::engine::local::{Ask, Local, Remedy, Sieve};
use crate::ir::encoding::Encoding;
use crate::ir::{Count, Measure, Metric, Severity};
use crate::lang::Lang;
use crate::mask::Masks;
use crate::outcome::{Fault, NotAttributable, Outcome, Quarantine, QuarantineRule, QuarantineStatus, Status, Text};
use crate::quarantine::{self, Facts, Masking, Named, Order, UNWRITABLE, Written};
use crate::suite::quarantine::Quarantine as Settings;
use crate::suite::{Suite, SuiteDataset};

/// Whether and where a run writes the rows of its datasets, told apart.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The folder that the command line names; it wins over the suite's.
    pub to: Option<&'a Path>,
    /// The language of what is said of invalid rows.
    pub lang: Lang,
}

/// What is known once the rules have been judged.
pub(super) struct Known<'a> {
    pub(super) suite: &'a Suite,
    pub(super) engine: &'a Local,
    pub(super) bound: &'a Bound,
    pub(super) answers: &'a IndexMap<String, Result<Answer, Fault>>,
    /// The rows that each dataset means, as they were counted.
    pub(super) in_scope: &'a IndexMap<String, Measure>,
    pub(super) outcomes: &'a [(usize, Outcome)],
    pub(super) run: &'a Facts,
    pub(super) masks: &'a Masks,
    /// Whether the run shows values at all; what a suite keeps has no say in that.
    pub(super) shows_values: bool,
}

/// What may be shown of the values of one dataset.
struct Shown<'a> {
    masks: &'a Masks,
    dataset: &'a str,
}

impl Masking for Shown<'_> {
    fn masks(&self, column: &str) -> bool {
        self.masks.of(self.dataset, column).is_some()
    }

    fn show(&self, column: &str, value: &Json) -> Option<Json> {
        self.masks.of(self.dataset, column).and_then(|mask| mask.show(value))
    }

    fn gives_away(&self, column: &str, value: &Json) -> bool {
        self.masks.by_value(self.dataset, column, value)
    }
}

/// Where the rows of each dataset are to be written.
fn wanted<'s>(suite: &'s Suite, asked: Wanted<'s>) -> impl Iterator<Item = (&'s SuiteDataset, Settings)> {
    suite.datasets.iter().filter(|dataset| dataset.from.is_none()).filter_map(move |dataset| {
        let mut settings = dataset.quarantine.clone().unwrap_or_default();
        settings.to = asked.to.map(Path::to_owned).or(settings.to);
        (settings.enabled && settings.to.is_some()).then_some((dataset, settings))
    })
}

/// Whether a run writes rows.
pub(super) fn is_wanted(suite: &Suite, asked: Option<Wanted<'_>>) -> bool {
    asked.is_some_and(|asked| wanted(suite, asked).next().is_some())
}

/// Whether a run writes the rows of a dataset.
#[must_use]
pub fn writes(suite: &Suite, asked: Wanted<'_>, dataset: &str) -> bool {
    wanted(suite, asked).any(|(known, _)| known.data.name == dataset)
}

/// Whether what a run would write can be written.
///
/// # Errors
/// What stands in the way, before any data is read.
pub fn ready(suite: &Suite, asked: Wanted<'_>, run: &str) -> Result<(), Fault> {
    wanted(suite, asked).try_for_each(|(dataset, settings)| match &settings.to {
        Some(to) => quarantine::free(to, &dataset.data.name, run),
        None => Ok(()),
    })
}

/// Writes the rows of each dataset that was read, told apart.
pub(super) fn write(asked: Wanted<'_>, known: &Known<'_>) -> IndexMap<String, Quarantine> {
    let read = wanted(known.suite, asked).filter(|(dataset, _)| known.answers.contains_key(&dataset.data.name));
    let written = read.map(|(dataset, settings)| {
        let name = dataset.data.name.clone();
        let told = of_dataset(dataset, &settings, asked.lang, known);
        (name, told)
    });
    written.collect()
}

/// The rules of a dataset, by what they say of its rows.
#[derive(Default)]
struct Taken {
    asks: Vec<Ask>,
    named: Vec<Named>,
    not_attributable: Vec<NotAttributable>,
    /// The first rule that makes it impossible to call a row valid.
    unknown: Option<Fault>,
}

fn of_dataset(dataset: &SuiteDataset, settings: &Settings, lang: Lang, known: &Known<'_>) -> Quarantine {
    let taken = taken(dataset, settings, lang, known);
    let mut told = Quarantine {
        status: QuarantineStatus::Refused,
        error: None,
        folder: None,
        format: None,
        files: Vec::new(),
        severity: settings.severity.name().to_owned(),
        tolerated: settings.tolerated,
        valid: None,
        invalid: None,
        excluded: None,
        repaired: 0,
        repairs: Vec::new(),
        rules: Vec::new(),
        not_attributable: taken.not_attributable,
        masked: Vec::new(),
    };
    if let Some(fault) = taken.unknown {
        told.error = Some(fault);
        return told;
    }
    let asked = Asked { dataset, settings, lang, asks: &taken.asks, named: &taken.named };
    match asked.write(known) {
        Ok(written) => {
            told.status = QuarantineStatus::Written;
            let rules = taken.named.iter().zip(&written.counts.by_rule).map(|(rule, rows)| QuarantineRule {
                rule: rule.rule.clone(),
                severity: rule.severity.clone(),
                rows: *rows,
            });
            told.rules = rules.collect();
            told.folder = Some(written.folder.to_string_lossy().replace('\\', "/"));
            told.format = Some(written.format);
            told.files = written.files;
            told.masked = written.masked;
            told.repairs = written.repairs;
            (told.valid, told.invalid) = (Some(written.counts.valid), Some(written.counts.invalid));
            (told.excluded, told.repaired) = (Some(written.counts.excluded), written.counts.repaired);
        }
        Err(fault) => {
            told.status = if fault.code == UNWRITABLE { QuarantineStatus::Failed } else { QuarantineStatus::Refused };
            told.error = Some(fault);
        }
    }
    told
}

/// A dataset to be written, and the rules that tell its rows apart.
struct Asked<'a> {
    dataset: &'a SuiteDataset,
    settings: &'a Settings,
    lang: Lang,
    asks: &'a [Ask],
    named: &'a [Named],
}

impl Asked<'_> {
    fn write(&self, known: &Known<'_>) -> Result<Written, Fault> {
        let data = &self.dataset.data;
        let answer = match known.answers.get(&data.name) {
            Some(Ok(answer)) => answer,
            Some(Err(fault)) => return Err(fault.clone()),
            None => return Err(internal("the dataset was not read")),
        };
        let Some(Measure::Rows(scope)) = known.in_scope.get(&data.name) else {
            return Err(internal("the rows that the dataset means are not known"));
        };
        let repairs = Some(&self.dataset.repairs).filter(|repairs| !repairs.is_empty());
        let remedy = match repairs {
            Some(repairs) => {
                Some(Remedy { cells: known.engine.mender(data, repairs)?, dedupe: repairs.dedupe.as_slice() })
            }
            None => None,
        };
        let others = if remedy.is_some() { self.others(known, answer) } else { Vec::new() };
        let shown = Shown { masks: known.masks, dataset: &data.name };
        let order = Order {
            sieve: Sieve {
                dataset: &data.name,
                scope,
                rules: self.asks,
                others: &others,
                only: None,
                typed: false,
                remedy: remedy.as_ref(),
            },
            repairs,
            rules: self.named.to_vec(),
            malformed: self.malformed(known.suite),
            to: self.settings.to.as_deref().unwrap_or(Path::new(".")),
            format: self.settings.format,
            quote: data.format.quote.byte().unwrap_or(b'"'),
            encoding: data.format.encoding.unwrap_or(Encoding::UTF_8),
            header: data.format.header != Some(false),
            lang: self.lang,
            masks: (!self.settings.keeps_pii || !known.shows_values).then_some(&shown),
            rows: answer.rows,
            run: known.run,
        };
        quarantine::write(known.engine, &order)
    }

    /// The measures of all other rules that single rows can be held to, as far as they are known: a repaired row breaks
    /// none of them that held.
    fn others(&self, known: &Known<'_>, answer: &Answer) -> Vec<Ask> {
        let name = &self.dataset.data.name;
        let own = known.bound.checks.iter().filter(|check| check.metric.dataset() == name);
        let of_rows = own.filter(|check| {
            matches!(check.metric, Metric::Rows { .. } | Metric::Repeats { .. } | Metric::Orphans { .. })
        });
        let measures = of_rows.map(crate::ir::Check::number).filter(|measure| {
            let taken = self.asks.iter().any(|ask| ask.measure == *measure);
            !taken && matches!(answer.numbers.get(measure), Some(Ok(_)))
        });
        measures.map(|measure| ask(name, measure)).collect()
    }

    /// The rule that says that records can be taken apart: somebody's, or the built-in one.
    fn malformed(&self, suite: &Suite) -> Named {
        let name = &self.dataset.data.name;
        let own =
            suite.rules.iter().filter(|rule| rule.expectation == "well_formed" && suite.root(&rule.dataset) == name);
        let own = own.min_by_key(|rule| rule.builtin.is_some());
        Named {
            rule: own.map_or_else(|| format!("{name}.well_formed"), |rule| rule.id.clone()),
            severity: own.map_or(Severity::Error, |rule| rule.severity).name().to_owned(),
            columns: Vec::new(),
            message: String::new(),
            rows: None,
            is_type: false,
        }
    }
}

fn taken(dataset: &SuiteDataset, settings: &Settings, lang: Lang, known: &Known<'_>) -> Taken {
    let name = &dataset.data.name;
    let mut taken = Taken::default();
    for (index, outcome) in known.outcomes.iter().filter(|(_, outcome)| known.suite.root(&outcome.dataset) == name) {
        let rule = &known.suite.rules[*index];
        let violated = outcome.violations.is_some_and(|violations| violations > 0);
        let severity = match outcome.status {
            Status::Failed => Severity::ALL.into_iter().find(|level| outcome.level.as_deref() == Some(level.name())),
            _ => None,
        };
        let quarantines = severity.is_some_and(|severity| severity >= settings.severity);
        let tolerates = settings.tolerated && violated && rule.severity >= settings.severity;
        let of_rows = is_of_rows(&rule.metric);
        if outcome.status == Status::Error && rule.severity >= settings.severity && of_rows && outcome.muted.is_none() {
            taken.unknown.get_or_insert_with(|| blame(outcome));
        }
        if !(quarantines || tolerates) {
            continue;
        }
        let mut leave = |reason: Text| taken.not_attributable.push(NotAttributable { rule: rule.id.clone(), reason });
        if outcome.muted.is_some() {
            leave(text("It is muted.", "Está silenciada."));
            continue;
        }
        let check = known.bound.checks.iter().find(|check| check.rule == *index);
        let Some(check) = check.filter(|_| of_rows) else {
            if let Some(reason) = why_not(&rule.metric, rule.expectation, known.answers.get(name)) {
                leave(reason);
            }
            continue;
        };
        if let Some(reason) = beside(&check.number(), name, known.answers) {
            leave(reason);
        }
        taken.asks.push(ask(name, check.number()));
        taken.named.push(Named {
            rule: rule.id.clone(),
            severity: severity.unwrap_or(rule.severity).name().to_owned(),
            columns: rule.columns.clone(),
            message: rule.sentence.get(lang).to_owned(),
            rows: outcome.violations.filter(|_| is_exact(&check.metric)),
            is_type: rule.expectation == "type",
        });
    }
    taken
}

/// What finds the rows of a dataset that a measure counted.
pub(super) fn ask(dataset: &str, measure: Measure) -> Ask {
    let columns = Vec::new();
    Ask { dataset: dataset.to_owned(), measure, columns, unparsed_only: false, key: Vec::new(), limit: 0 }
}

/// Whether rows can be held to account for what a metric counts.
pub(super) const fn is_of_rows(metric: &Metric) -> bool {
    matches!(
        metric,
        Metric::Rows { .. }
            | Metric::Repeats { .. }
            | Metric::Duplicates { .. }
            | Metric::Orphans { .. }
            | Metric::Order { .. }
            | Metric::Pairs { .. }
    )
}

/// Whether it counts as many violations as there are rows that break it.
pub(super) const fn is_exact(metric: &Metric) -> bool {
    !matches!(metric, Metric::Repeats { count: Count::Distinct, .. } | Metric::Pairs { .. })
}

/// Why no row is held to account for a failed rule; none if rows are, as malformed ones.
fn why_not(metric: &Metric, expectation: &str, answer: Option<&Result<Answer, Fault>>) -> Option<Text> {
    Some(match metric {
        Metric::Findings(_) => {
            let malformed = answer.and_then(|answer| answer.as_ref().ok()).map_or(0, |answer| answer.malformed);
            if malformed > 0 {
                return None;
            }
            text("What is wrong with the files is of no row.", "Lo que falla en los ficheros no es de ninguna fila.")
        }
        Metric::Query { .. } => text(
            "The rows that a query returns are its own.",
            "Las filas que devuelve una consulta son suyas, no de los datos.",
        ),
        _ => Text {
            en: format!("`{expectation}` is about the data as a whole."),
            es: format!("`{expectation}` trata de los datos en conjunto."),
        },
    })
}

/// What of a rule no row of the dataset is held to account for, though some are.
fn beside(measure: &Measure, dataset: &str, answers: &IndexMap<String, Result<Answer, Fault>>) -> Option<Text> {
    let number = answers.get(dataset)?.as_ref().ok()?.numbers.get(measure)?.as_ref().ok()?;
    match number {
        Number::Pairs(pairs) if pairs.only_there > 0 => Some(Text::of(|lang| {
            let rows = lang.count(pairs.only_there);
            match lang {
                Lang::En => format!("{rows} rows are in the other dataset only."),
                Lang::Es => format!("{rows} filas solo están en el otro conjunto."),
            }
        })),
        _ => None,
    }
}

/// The fault of a dataset of which nobody knows which rows are valid.
fn blame(outcome: &Outcome) -> Fault {
    let why = outcome.error.as_ref().map(|fault| format!(": {}", fault.message)).unwrap_or_default();
    Fault {
        code: "rule_unknown".to_owned(),
        message: format!("`{}` could not be evaluated, so nobody knows which rows are valid{why}", outcome.id),
        caused_by: Some(outcome.id.clone()),
    }
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.to_owned(), es: es.to_owned() }
}

fn internal(message: &str) -> Fault {
    Fault { code: "internal".to_owned(), message: format!("a bug in tamiz: {message}"), caused_by: None }
}
