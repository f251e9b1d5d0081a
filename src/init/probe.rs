//! Numbers about data that no suite describes yet.
//!
//! A probe is a suite without rules, read by the same reader and opened by the same engine as any other, and measured. So
//! what `init` sees of a file is what `check` will see of it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::answer::{Number, Schema};
use crate::engine::Progress;
use crate::engine::local::Local;
use crate::error::Error;
use crate::ir::{Measure, Predicate, Selector, Type};
use crate::outcome::Fault;
use crate::plan;
use crate::suite::quote;
use crate::suite::{self, Suite};

/// A dataset to look at.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Its name.
    pub(super) name: String,
    /// Where it is, relative to the suite.
    pub(super) place: String,
    /// The same from the root: the folder of the suite need not be there yet.
    pub(super) path: PathBuf,
    /// Spellings that mean no value.
    pub(super) null_values: Vec<String>,
    /// Whether its numbers have a comma before their decimals.
    pub(super) comma: bool,
    /// Columns whose type is said.
    pub(super) typed: Vec<Typed>,
}

/// A column whose type is said: the name, the type and the patterns of dates.
pub(super) type Typed = (String, Type, Vec<String>);

/// Opened datasets.
pub(super) struct Probe {
    suite: Suite,
    engine: Local,
}

/// The numbers that were asked for, by dataset and measure.
pub(super) struct Numbers(HashMap<(String, Measure), Number>);

impl Probe {
    /// Opens datasets; `needed` are the columns whose types are looked for, by dataset.
    ///
    /// # Errors
    /// A path that the language of suites cannot say.
    pub(super) fn open(
        sources: &[Source],
        needed: &HashMap<String, Vec<String>>,
        path: &Path,
        progress: &Arc<Progress>,
    ) -> Result<Self, Error> {
        let mut text = "tamiz: 1\nsuite: probe\ndatasets:\n".to_owned();
        for source in sources {
            source.write(&mut text);
        }
        let suite = read(path, text, &places(sources))?;
        let datasets: Vec<_> = suite.datasets.iter().map(|dataset| &dataset.data).collect();
        let selectors = |names: &Vec<String>| names.iter().cloned().map(Selector::Name).collect();
        let needed = needed.iter().map(|(dataset, names)| (dataset.clone(), selectors(names))).collect();
        let engine = Local::open(&datasets, &needed, suite.timezone, progress, None, (Arc::default(), None));
        Ok(Self { suite, engine })
    }

    /// The columns of a dataset.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(super) fn schema(&self, dataset: &str) -> Result<&Schema, Fault> {
        self.engine.schema(dataset)
    }

    /// Measures, as few visits as possible. What could not be measured is not among the numbers.
    ///
    /// # Errors
    /// A dataset that could not be read to its end.
    pub(super) fn measure(&mut self, asked: &[(String, Measure)]) -> Result<Numbers, Fault> {
        let plan = plan::fuse(&[], asked);
        let mut numbers = HashMap::new();
        for (dataset, answer) in self.engine.measure(&plan) {
            #[expect(clippy::iter_over_hash_type, reason = "a map becomes a map; no order shows")]
            for (measure, number) in answer?.numbers {
                if let Ok(number) = number {
                    numbers.insert((dataset.clone(), measure), number);
                }
            }
        }
        Ok(Numbers(numbers))
    }

    /// How many datasets there are.
    pub(super) fn len(&self) -> usize {
        self.suite.datasets.len()
    }
}

impl Numbers {
    /// The number of a measure.
    pub(super) fn get(&self, dataset: &str, measure: &Measure) -> Option<&Number> {
        self.0.get(&(dataset.to_owned(), measure.clone()))
    }

    /// The count of a measure.
    pub(super) fn count(&self, dataset: &str, measure: &Measure) -> Option<u64> {
        match self.get(dataset, measure) {
            Some(Number::Count(count)) => Some(*count),
            _ => None,
        }
    }
}

impl Source {
    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "  {}:\n    source: {}", self.name, quote::value(&self.place));
        if let Some(format) = format(self.comma, &self.null_values) {
            let _ = writeln!(text, "    format: {format}");
        }
        let typed: Vec<_> = self.typed.iter().filter(|(column, ..)| is_declarable(column)).collect();
        if !typed.is_empty() {
            text.push_str("    columns:\n");
            for (column, kind, parse) in typed {
                let parse = if parse.is_empty() { String::new() } else { format!(", parse: {}", list(parse)) };
                let _ = writeln!(text, "      {}: {{type: {kind}{parse}}}", quote::scalar(column));
            }
        }
    }
}

/// What is said of how a dataset is written, if anything is.
pub(super) fn format(comma: bool, null_values: &[String]) -> Option<String> {
    let comma = comma.then(|| "decimal: \",\"".to_owned());
    let nothings = (!null_values.is_empty()).then(|| format!("null_values: {}", list(null_values)));
    let said: Vec<String> = comma.into_iter().chain(nothings).collect();
    (!said.is_empty()).then(|| format!("{{{}}}", said.join(", ")))
}

/// Where the files of datasets are, from the root.
pub(super) fn places(sources: &[Source]) -> Vec<(String, String)> {
    sources.iter().map(|source| (source.name.clone(), source.path.to_string_lossy().into_owned())).collect()
}

/// Reads a suite that was made here, without variables or environment.
///
/// # Errors
/// Every mistake in it.
fn read(path: &Path, text: String, sources: &[(String, String)]) -> Result<Suite, Error> {
    suite::read(suite::Request { path, text, vars: &[], sources, env: &|_| None, read: &no_file, as_of: None, now: 0 })
        .map_err(|mistakes| {
            let said: Vec<String> = mistakes.into_iter().map(|mistake| mistake.message).collect();
            Error::Usage(format!("these files cannot be named in a suite: {}", said.join("; ")))
        })
}

/// A proposed suite names no file of its own.
pub(super) fn no_file(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::NotFound.into())
}

/// Whether a suite can declare a column of that name: `<<` is a merge, and `[` begins a path into a list.
pub(super) fn is_declarable(column: &str) -> bool {
    column != "<<" && !column.is_empty() && !column.contains('[')
}

/// Values in a list of one line.
pub(super) fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| quote::value(value)).collect::<Vec<_>>().join(", "))
}

/// Rows that could be taken apart into fields and satisfy a condition.
pub(super) fn rows(condition: Predicate) -> Measure {
    Measure::Rows(sound(condition))
}

/// A condition, and that the row could be taken apart into fields.
pub(super) fn sound(condition: Predicate) -> Predicate {
    Predicate::all([Predicate::Malformed.negate(), condition])
}
