//! `tamiz baseline`: the violations of today in a file to commit, and that file lowered when data get better.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::baseline::{self, Baseline as Known, Entry, LARGEST, Names, Secret};
use crate::cli::select::Selection;
use crate::cli::stop::{GRACE, Watch, timeout};
use crate::cli::{Language, SuiteArgs, complain, print, replay, stdin, suites, world};
use crate::engine::{Progress, remote};
use crate::error::{Error, Exit};
use crate::history::write_whole;
use crate::ir::Severity;
use crate::ir::size::Size;
use crate::lang::Lang;
use crate::mask::Policy;
use crate::outcome::{Report, RunStatus};
use crate::record::Gate;
use crate::run::{self, Memory, Remembered};
use crate::suite::Suite;

/// Freeze the violations of today in a file to commit; later checks fail only on new ones.
///
/// Suites are evaluated as `check` does. Of each rule that fails by counting violations, the file has the digests of the keys
/// of its rows, where its dataset declares a `key`, or how many there are; it has no value of the data. `check` uses
/// SUITE.baseline.json beside a suite by itself, and says how many old violations remain.
///
/// With `TAMIZ_HASH_KEY` set, digests cannot be guessed by who has the file, and later checks need the same key.
///
/// Exit codes: 0 done, 1 the file could be lowered (--check), 2 a mistake in suite, baseline or command line, 3 something
/// could not be evaluated and nothing was written, 4 the file could not be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz baseline rules/ventas.yaml\n  tamiz check rules/ventas.yaml\n  tamiz baseline --ratchet\n  tamiz baseline --ratchet --check"
)]
pub(super) struct Baseline {
    #[command(flatten)]
    suites: SuiteArgs,
    /// The file to write, of one suite; SUITE.baseline.json beside the suite if unsaid.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take what is gone out of the file that is there, and never add to it.
    #[arg(long)]
    ratchet: bool,
    /// Write nothing, and exit 1 if the file could be lowered.
    #[arg(long, requires = "ratchet")]
    check: bool,
    /// Freeze or lower only rules that match, and leave the others in the file as they are; terms as those of `check`.
    #[arg(long, value_name = "FIELD:GLOB")]
    select: Vec<String>,
    /// Leave rules in the file as they are that match.
    #[arg(long, value_name = "FIELD:GLOB")]
    exclude: Vec<String>,
    /// How many rows of a rule are named by their keys at most; a rule with more has only their number.
    #[arg(long, value_name = "N", default_value_t = baseline::MOST)]
    keys: usize,
    /// The "now" of the run: a date or an instant; wins over the suite's own.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Look at the invalid rows of a quarantine in place of the sources of their datasets.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// How much memory keys, sorted values, sets and groups may take, such as 512MB or 2GiB; no limit if unsaid.
    #[arg(long, value_name = "SIZE")]
    memory: Option<Size>,
    /// How long the command may take, such as `30s` or `1h`; then nothing is written.
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
    /// How often a read over the network that failed for a passing reason is tried again; the waits between double.
    #[arg(long, value_name = "N", default_value_t = remote::RETRIES)]
    retries: u32,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

/// A baseline as it was read, with the names of its rows.
pub(super) struct Loaded {
    pub(super) baseline: Known,
    pub(super) names: Names,
}

/// The file of a suite, beside it.
pub(super) fn beside(suite: &Suite) -> PathBuf {
    suite.source.path.with_extension("baseline.json")
}

/// Reads a baseline of a suite.
///
/// # Errors
/// That it cannot be read, is none, is that of another suite, or needs another secret.
pub(super) fn load(path: &Path, suite: &Suite) -> Result<Loaded, Error> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|source| Error::Read { path: path.to_owned(), source })?.len();
    if size > LARGEST {
        return Err(Error::Usage(format!("`{shown}` is no baseline that can be used: it has {size} bytes")));
    }
    let advice = "; `tamiz baseline` writes it anew, --no-baseline checks without it";
    let text = world::read_file(path)?;
    let wrong = |why: &str| Error::Usage(format!("`{shown}` is no baseline that can be used: {why}{advice}"));
    let baseline = Known::read(&text).map_err(|why| wrong(&why))?;
    if baseline.suite != suite.id {
        return Err(wrong(&format!("it is of the suite `{}`, and this is `{}`", baseline.suite, suite.id)));
    }
    let names = Names::of(&baseline, secret().as_ref()).map_err(|why| wrong(&format!("{why} (TAMIZ_HASH_KEY)")))?;
    Ok(Loaded { baseline, names })
}

/// The baselines of suites, by their ids: those beside them, or the one that is given.
pub(super) fn load_all(suites: &[Suite], given: Option<&Path>) -> Result<HashMap<String, Arc<Loaded>>, Error> {
    if let Some(path) = given {
        let [suite] = suites else {
            return Err(Error::Usage("--baseline is the file of one suite; there are several".to_owned()));
        };
        return Ok(HashMap::from([(suite.id.clone(), Arc::new(load(path, suite)?))]));
    }
    let there = suites.iter().map(|suite| (suite, beside(suite))).filter(|(_, path)| path.exists());
    there.map(|(suite, path)| Ok((suite.id.clone(), Arc::new(load(&path, suite)?)))).collect()
}

fn secret() -> Option<Secret> {
    world::env("TAMIZ_HASH_KEY").as_deref().and_then(Secret::new)
}

/// What a suite is to be asked, and where the answer goes.
struct Order {
    path: PathBuf,
    /// The file that is there.
    before: Option<Loaded>,
}

impl Baseline {
    pub(super) fn run(self) -> Result<Exit, Error> {
        if let Some(text) = &self.as_of
            && crate::suite::parse_as_of(text, crate::ir::time::Zone::UTC).is_none()
        {
            let message = "is no date and no instant; write 2025-06-30 or 2025-06-30T12:00:00Z";
            return Err(Error::Usage(format!("--as-of: `{text}` {message}")));
        }
        let selection = Arc::new(Selection::new(&self.select, &self.exclude)?);
        let watch = Watch::begin(self.timeout, self.lang.into());
        let mut found = suites::read(&self.suites, self.as_of.as_deref())?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        if self.output.is_some() && found.suites.len() > 1 {
            return Err(Error::Usage("--output is the file of one suite; there are several".to_owned()));
        }
        let orders = found.suites.iter().map(|suite| self.order(suite)).collect::<Result<Vec<_>, _>>()?;
        if self.ratchet && orders.iter().all(|order| order.before.is_none()) {
            let named = orders.iter().map(|order| format!("`{}`", order.path.display())).collect::<Vec<_>>();
            return Err(Error::Usage(format!("there is no baseline to lower: no {}", named.join(", "))));
        }
        let _standard_input = stdin::spool(&mut found.suites, &watch)?;
        let _replayed = self.replay.as_deref().map(|folder| replay::spool(folder, &mut found.suites)).transpose()?;
        let mut exit = Exit::Passed;
        for (suite, order) in found.suites.into_iter().zip(orders) {
            if self.ratchet && order.before.is_none() {
                continue;
            }
            exit = exit.worst(self.of_suite(suite, order, &selection, &watch)?);
        }
        Ok(exit)
    }

    fn order(&self, suite: &Suite) -> Result<Order, Error> {
        let path = self.output.clone().unwrap_or_else(|| beside(suite));
        // What is no baseline is not overwritten by one.
        let before = path.exists().then(|| load(&path, suite)).transpose();
        let before = match before {
            Err(Error::Usage(_)) if !self.ratchet && !self.selects() && is_foreign_secret(&path, suite) => None,
            other => other?,
        };
        if let Some(before) = before.as_ref().filter(|_| self.selects() && !self.ratchet)
            && before.baseline.secret.is_none()
            && secret().is_some()
        {
            let path = path.display();
            let message = "has digests without a secret, and TAMIZ_HASH_KEY is set: freeze all rules, without --select";
            return Err(Error::Usage(format!("`{path}` {message} and --exclude")));
        }
        Ok(Order { path, before })
    }

    /// Whether some rules are left as they are.
    fn selects(&self) -> bool {
        !self.select.is_empty() || !self.exclude.is_empty()
    }

    fn of_suite(&self, suite: Suite, order: Order, selection: &Arc<Selection>, watch: &Watch) -> Result<Exit, Error> {
        let lang: Lang = self.lang.into();
        let Order { path, before } = order;
        let secret = secret();
        // The same names as before, so that the file says only what changed; but a secret is used once there is one.
        let same =
            before.as_ref().filter(|loaded| loaded.baseline.secret.is_some() || secret.is_none() || self.ratchet);
        let names = same.map_or_else(|| Names::new(&world::random(), secret.as_ref()), |loaded| loaded.names.clone());
        let known = before.as_ref().map(|loaded| loaded.baseline.clone());
        let suite = Arc::new(suite);
        let work = Work {
            suite: Arc::clone(&suite),
            selection: Arc::clone(selection),
            names: names.clone(),
            known: known.clone().filter(|_| self.ratchet),
            most: self.keys,
            memory: self.memory.map(|size| size.0),
            retries: self.retries,
            progress: Arc::clone(watch.progress()),
        };
        work.progress.restart();
        let done = watch.wait(GRACE, move || work.run());
        let no_thread = |error: std::io::Error| Error::Usage(format!("there is no thread to work on: {error}"));
        let Some((report, told)) = done.map_err(no_thread)? else {
            complain::say(&format!("tamiz: `{}`: {}\n", suite.id, nothing_written(lang)));
            return Ok(watch.stopped().and_then(run::aborted_by).map_or(Exit::Unknown, |aborted| aborted.exit));
        };
        if let Some(exit) = refusal(&report, &told, watch, lang) {
            return Ok(exit);
        }
        let mut entries = told.entries;
        if self.selects() && !self.ratchet {
            let is_asked =
                |entry: &Entry| suite.rules.iter().any(|rule| rule.id == entry.rule && selection.takes(&suite, rule));
            entries.extend(known.iter().flat_map(|known| &known.rules).filter(|entry| !is_asked(entry)).cloned());
        }
        let new = Known::new(&suite.id, &names, entries);
        for (rule, why) in &told.left {
            let beside = lang.pick("is in no baseline", "no entra en la línea base");
            complain::say(&format!("tamiz: `{rule}` {beside}: {}\n", why.get(lang)));
        }
        let text = new.text().map_err(|error| Error::Render(error.to_string()))?;
        let changes = known.as_ref() != Some(&new);
        let nothing = known.is_none() && new.rules.is_empty();
        if changes && !self.check && !nothing {
            write_whole(&path, text.as_bytes(), false)?;
        }
        print(&self.summary(&path, known.as_ref(), &new, changes))?;
        Ok(if self.check && changes { Exit::Failed } else { Exit::Passed })
    }

    fn summary(&self, path: &Path, before: Option<&Known>, new: &Known, changes: bool) -> String {
        let lang: Lang = self.lang.into();
        let path = path.display();
        let count = lang.count(new.violations());
        let was = before.map(|before| lang.count(before.violations()));
        let rules = new.rules.len() as u64;
        let rules = format!("{} {}", lang.count(rules), lang.plural(rules, ("rule", "regla"), ("rules", "reglas")));
        let named = lang.count(new.named());
        let said = match (was, changes, self.check, lang) {
            (None, _, _, Lang::En) if new.rules.is_empty() => "nothing to freeze, and nothing was written".to_owned(),
            (None, _, _, Lang::Es) if new.rules.is_empty() => {
                "no hay nada que fijar, y no se ha escrito nada".to_owned()
            }
            (None, _, _, Lang::En) => format!("{count} known violations of {rules}, {named} of them by key"),
            (None, _, _, Lang::Es) => {
                format!("{count} incumplimientos conocidos de {rules}, {named} de ellos por clave")
            }
            (Some(_), false, _, Lang::En) => format!("as it was: {count} known violations of {rules}"),
            (Some(_), false, _, Lang::Es) => format!("como estaba: {count} incumplimientos conocidos de {rules}"),
            (Some(was), true, true, Lang::En) => {
                format!("can be lowered from {was} known violations to {count}; `tamiz baseline --ratchet` does it")
            }
            (Some(was), true, true, Lang::Es) => {
                format!("puede bajar de {was} incumplimientos conocidos a {count}; lo hace `tamiz baseline --ratchet`")
            }
            (Some(was), true, false, Lang::En) => {
                format!("from {was} known violations to {count} of {rules}, {named} of them by key")
            }
            (Some(was), true, false, Lang::Es) => {
                format!("de {was} incumplimientos conocidos a {count} de {rules}, {named} de ellos por clave")
            }
        };
        format!("{path}: {said}\n")
    }
}

/// Whether a file is a baseline of a suite but for its secret: one that is frozen anew needs none of before.
fn is_foreign_secret(path: &Path, suite: &Suite) -> bool {
    let text = world::read_file(path).unwrap_or_default();
    Known::read(&text).is_ok_and(|known| known.suite == suite.id)
}

/// How the command ends if what was found must not be written.
fn refusal(report: &Report, told: &Remembered, watch: &Watch, lang: Lang) -> Option<Exit> {
    let suite = &report.run.suite;
    let why = if let Some(fault) = &told.fault {
        fault.message.clone()
    } else if report.counts.error > 0 || !matches!(report.verdict.status, RunStatus::Passed | RunStatus::Failed) {
        let first = report.results.iter().find_map(|outcome| Some((&outcome.id, outcome.error.as_ref()?)));
        let first = first.map(|(id, fault)| format!("; `{id}`: {}", fault.message)).unwrap_or_default();
        format!("{}{first}", report.verdict.reason.get(lang))
    } else {
        return None;
    };
    complain::say(&format!("tamiz: `{suite}`: {why}; {}\n", nothing_written(lang)));
    let aborted = watch.stopped().and_then(run::aborted_by);
    Some(aborted.map_or(Exit::Unknown, |aborted| aborted.exit))
}

fn nothing_written(lang: Lang) -> &'static str {
    lang.pick("no baseline was written", "no se ha escrito ninguna línea base")
}

/// What a run needs that is done on a thread of its own.
struct Work {
    suite: Arc<Suite>,
    selection: Arc<Selection>,
    names: Names,
    /// What is lowered; none if all is frozen anew.
    known: Option<Known>,
    most: usize,
    memory: Option<u64>,
    retries: u32,
    progress: Arc<Progress>,
}

impl Work {
    fn run(&self) -> (Report, Remembered) {
        let request = run::Request {
            suite: &self.suite,
            selected: &|rule| self.selection.takes(&self.suite, rule),
            selection: self.selection.recorded(),
            gate: Gate {
                fail_on: Some(self.suite.fail_on.unwrap_or(Severity::Error)),
                allow_empty: false,
                skip_code: None,
            },
            samples: run::Samples::None,
            policy: Policy::NoValues,
            memory: self.memory,
            distrust_statistics: false,
            progress: Arc::clone(&self.progress),
            earlier: None,
            states: None,
            quarantine: None,
            remote: world::remote(self.retries),
        };
        let memory = match &self.known {
            Some(known) => Memory::Known(known, &self.names),
            None => Memory::Freeze(&self.names, self.most),
        };
        run::remembering(&request, run::World { clock: &world::now, run: run::blank(&self.suite) }, Some(memory))
    }
}
