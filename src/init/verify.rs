//! A draft run on the data it was made from: what does not hold is taken out, and told.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic};
use crate::engine::Progress;
use crate::engine::remote::Settings;
use crate::init::draft::{Draft, Rule};
use crate::init::probe::no_file;
use crate::init::propose::not_asserted;
use crate::init::write::{Place, Written, write};
use crate::lang::Lang;
use crate::mask::{Key, Policy};
use crate::outcome::{Outcome, Status};
use crate::record::Gate;
use crate::run::{self, Samples, World};
use crate::suite::{self, Suite};

/// How often a draft is run: each time something may turn out not to hold that another fault had covered.
const ROUNDS: usize = 6;

/// What a draft is verified with.
pub(super) struct Verification<'a> {
    /// Where the suite will stand.
    pub(super) path: &'a Path,
    /// Where the files of its datasets are, from the root.
    pub(super) sources: &'a [(String, String)],
    /// The time, in microseconds since 1970 UTC.
    pub(super) now: i64,
    pub(super) lang: Lang,
    pub(super) progress: &'a Arc<Progress>,
    /// The key of digests, of which a draft asks for none.
    pub(super) key: Arc<Key>,
}

impl Verification<'_> {
    /// Runs a draft until everything in it holds, and writes it.
    ///
    /// # Errors
    /// What still does not hold, in words.
    pub(super) fn settle(&self, mut draft: Draft) -> Result<(String, Draft), String> {
        let mut still = String::new();
        for _ in 0..ROUNDS {
            let written = write(&draft, self.lang);
            let wrong = match self.read(&written.text) {
                Err(mistakes) => {
                    still = said(&mistakes);
                    self.take_out_mistakes(&mut draft, &written, &mistakes)
                }
                Ok(suite) if !suite.notes.is_empty() => {
                    still = said(&suite.notes);
                    self.take_out_mistakes(&mut draft, &written, &suite.notes)
                }
                Ok(suite) => {
                    let failed = self.run(&suite);
                    if failed.is_empty() {
                        return Ok((written.text, draft));
                    }
                    still = failed.iter().map(|outcome| outcome.message.en.clone()).collect::<Vec<_>>().join("; ");
                    self.take_out_failures(&mut draft, &written, &failed)
                }
            };
            if !wrong {
                break;
            }
        }
        Err(still)
    }

    fn read(&self, text: &str) -> Result<Suite, Vec<Diagnostic>> {
        let text = text.to_owned();
        let sources = self.sources;
        let (path, now) = (self.path, self.now);
        suite::read(suite::Request { path, text, vars: &[], sources, env: &|_| None, read: &no_file, as_of: None, now })
    }

    /// The rules that do not hold.
    fn run(&self, suite: &Suite) -> Vec<Outcome> {
        let request = run::Request {
            suite,
            selected: &|_| true,
            selection: None,
            gate: Gate { fail_on: None, allow_empty: true, skip_code: None },
            samples: Samples::None,
            policy: Policy::Masked(Arc::clone(&self.key), Arc::default()),
            memory: None,
            distrust_statistics: false,
            progress: Arc::clone(self.progress),
            quarantine: None,
            remote: Settings::default(),
            earlier: None,
            states: None,
        };
        let report = run::run(&request, World { clock: &|| self.now, run: run::blank(suite) });
        let fails = |outcome: &Outcome| {
            matches!(outcome.status, Status::Failed | Status::Error) && outcome.level.as_deref() != Some("warning")
        };
        report.results.into_iter().filter(fails).collect()
    }

    /// Takes out what the reader does not take, with its reason; says whether that was anything.
    fn take_out_mistakes(&self, draft: &mut Draft, written: &Written, mistakes: &[Diagnostic]) -> bool {
        let mut faults: Vec<(Place, String)> = Vec::new();
        for mistake in mistakes {
            if let Some(place) = written.at(mistake.span.start) {
                faults.push((place, mistake.message.clone()));
            }
        }
        self.take_out(draft, faults)
    }

    fn take_out_failures(&self, draft: &mut Draft, written: &Written, failed: &[Outcome]) -> bool {
        let starts: Vec<((u64, u64), Place)> = written
            .places
            .iter()
            .map(|(range, place)| (diagnostic::place(&written.text, range.start), *place))
            .collect();
        let mut faults = Vec::new();
        let mut changed = false;
        for outcome in failed {
            let at = (outcome.location.line, outcome.location.column);
            let found = starts.iter().rev().find(|(start, place)| *start == at && !matches!(place, Place::Column(..)));
            let message = match &outcome.error {
                Some(fault) => fault.message.clone(),
                None => outcome.message.get(self.lang).to_owned(),
            };
            match found {
                Some((_, place)) => faults.push((*place, message)),
                None => changed |= self.give_way(draft, outcome, &message),
            }
        }
        self.take_out(draft, faults) || changed
    }

    /// Changes what a rule that nobody wrote found fault with.
    fn give_way(&self, draft: &mut Draft, outcome: &Outcome, message: &str) -> bool {
        let Some(dataset) = draft.datasets.iter_mut().find(|dataset| dataset.name == outcome.dataset) else {
            return false;
        };
        match outcome.expectation.as_str() {
            "well_formed" if !dataset.rules.iter().any(|rule| rule.text.starts_with("well_formed")) => {
                dataset.rules.push(Rule::new("well_formed: {severity: warning}"));
                let only = self.lang.pick("only a warning", "solo un aviso");
                dataset.remarks.push(format!("well_formed: {only}: {message}"));
                true
            }
            "row_count" if !dataset.may_be_empty => {
                dataset.may_be_empty = true;
                true
            }
            "type" => {
                let column = dataset.columns.iter_mut().find(|column| outcome.columns.contains(&column.name));
                let Some(column) = column.filter(|column| column.kind.is_some()) else { return false };
                column.remarks.push(not_asserted(self.lang, "type", message));
                (column.kind, column.allow, column.parse) = (None, None, Vec::new());
                true
            }
            _ => false,
        }
    }

    fn take_out(&self, draft: &mut Draft, faults: Vec<(Place, String)>) -> bool {
        let changed = !faults.is_empty();
        let mut gone: HashSet<(usize, usize, usize)> = HashSet::new();
        // From the last to the first, so that places stay what they are.
        let mut faults = faults;
        faults.sort_by_key(|(place, _)| match place {
            Place::Column(dataset, column) => (*dataset, *column, 0),
            Place::OfColumn(dataset, column, rule) => (*dataset, *column, rule + 1),
            Place::OfTable(dataset, rule) => (*dataset, usize::MAX, rule + 1),
        });
        for (place, message) in faults.into_iter().rev() {
            let (rules, remarks, index, id) = match place {
                Place::Column(dataset, column) => {
                    draft.datasets[dataset].columns[column].left_out = Some(message);
                    continue;
                }
                Place::OfColumn(dataset, column, rule) => {
                    let own = &mut draft.datasets[dataset].columns[column];
                    (&mut own.rules, &mut own.remarks, rule, (dataset, column, rule))
                }
                Place::OfTable(dataset, rule) => {
                    let own = &mut draft.datasets[dataset];
                    (&mut own.rules, &mut own.remarks, rule, (dataset, usize::MAX, rule))
                }
            };
            if !gone.insert(id) {
                continue;
            }
            let rule = rules[index].clone();
            if !rule.guess {
                remarks.push(not_asserted(self.lang, &rule.text, &message));
            }
            match rule.otherwise {
                Some(other) => rules[index] = *other,
                None => drop(rules.remove(index)),
            }
        }
        changed
    }
}

fn said(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>().join("; ")
}
