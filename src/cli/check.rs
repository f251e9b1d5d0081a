//! `tamiz check`: evaluates suites, writes reports, and exits by the verdict.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::bar::Bar;
use crate::cli::baseline::{self, Loaded};
use crate::cli::breaker;
use crate::cli::config::ConfigArgs;
use crate::cli::evidence::{self, Said};
use crate::cli::lock::{self, Locks};
use crate::cli::output::{self, Output, Outputs};
use crate::cli::select::Selection;
use crate::cli::stop::{GRACE, Watch, timeout};
use crate::cli::tell::{self, Alerting};
use crate::cli::{
    self, Color, Language, SuiteArgs, ci, complain, connections, log, pair, pipes, replay, stdin, suites, world,
};
use crate::config::{Config, Defaults};
use crate::dataset::masked;
use crate::engine::Stop;
use crate::engine::local::{States, Told};
use crate::engine::{Progress, remote};
use crate::error::{Error, Exit};
use crate::history::{History, RunLine, folder_of, sweep};
use crate::ir::Severity;
use crate::ir::size::Size;
use crate::lang::Lang;
use crate::mask::{Key, Policy};
use crate::outcome::{self, Counts, Report, Run};
use crate::record::{self, Aborted, Gate};
use crate::report::{escape, json, text};
use crate::run;
use crate::site::Site;
use crate::suite::{Suite, SuiteDataset};
use crate::team::{self, Reach, Team};

/// Evaluate suites, write reports, and exit by the verdict.
///
/// Exit codes: 0 the gate passed, 1 it failed, 2 a mistake in suite or command line, 3 something could not be evaluated,
/// 4 a report could not be written or, with --strict-delivery, an alert not be sent, 70 a bug in tamiz, 75 another run holds
/// the lock and nothing was read, 130 and 143 stopped by SIGINT or SIGTERM, and the report says so.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz check\n  tamiz check rules/ventas.yaml --source ventas=today.csv --fail-on critical\n  tamiz check --select 'dataset:ventas' --output json=result.json"
)]
pub(super) struct Check {
    #[command(flatten)]
    suites: SuiteArgs,
    #[command(flatten)]
    how: How,
}

/// How suites are evaluated, and where what is found goes.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each flag of a command line is one")]
pub(super) struct How {
    /// The "now" of the run: a date or an instant; wins over the suite's own.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Evaluate only rules that match; suite: dataset: id: tag: severity: owner: and a glob.
    #[arg(long, value_name = "FIELD:GLOB")]
    select: Vec<String>,
    /// Leave out rules that match.
    #[arg(long, value_name = "FIELD:GLOB")]
    exclude: Vec<String>,
    /// The severity from which a failed rule fails the gate; wins over the suite's own.
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    /// Pass although no rule was evaluated.
    #[arg(long)]
    allow_empty: bool,
    /// Run the sound suites although another has a mistake; the exit code stays 2.
    #[arg(long)]
    keep_going: bool,
    /// Where results go, such as `junit=junit.xml`; repeatable, and --help has the formats.
    #[arg(long, value_name = "FORMAT[=PATH]", long_help = output::help())]
    output: Vec<Output>,
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// Keep no report and no history.
    #[arg(long)]
    no_reports: bool,
    /// Read every file, also those that have not changed since an earlier run.
    ///
    /// Of each file what was seen is kept in .states in the folder of reports: counts, sums, least and greatest values, and
    /// values of columns that are not masked. A file that is known again by path, size, dates and its ends or footer is then
    /// not read for the same rules; the numbers are the same either way.
    #[arg(long)]
    no_states: bool,
    /// How many violating rows to keep for each rule [default: 10].
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// Write so many of the violating rows of each rule as CSV beside the page of the run, masked like samples.
    ///
    /// They are the first by file and row, and lie in memory until they are written; `all` is a million rows of a rule at
    /// most. A rule with `samples: 0` gives none.
    #[arg(long, value_name = "N|all", value_parser = evidence::rows_wanted, conflicts_with_all = ["no_samples", "no_reports"])]
    evidence: Option<usize>,
    #[expect(clippy::doc_markdown, reason = "the text of --help has no backticks")]
    /// Show no value of any row, whatever the suite says; TAMIZ_NO_SAMPLES=1 says the same.
    #[arg(long)]
    no_samples: bool,
    /// Attach a label to the run.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// The language of what people read [default: en].
    #[arg(long, value_enum)]
    lang: Option<Language>,
    /// Write the valid and the invalid rows of each dataset below this folder; wins over the suite's `quarantine`.
    #[arg(long, value_name = "DIR")]
    quarantine: Option<PathBuf>,
    /// Check the invalid rows of a quarantine again: the folder of all, of one dataset or of one run.
    ///
    /// They take the place of the sources of their datasets; other datasets are read from their own. Rules on several rows,
    /// such as `unique` and `row_count`, then mean these rows alone.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// The file of known violations, of one suite; SUITE.baseline.json beside the suite if it is there and this is unsaid.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Count known violations like all others.
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// How many threads to use; all cores if unsaid.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// How much memory keys, sorted values, sets and groups may take, such as 512MB or 2GiB; no limit if unsaid.
    ///
    /// Keys and sorted values beyond it go to a temporary file and change no result. Sets of values and groups cannot: their
    /// rule is then in error, with code `memory`. Batches on their way do not count.
    #[arg(long, value_name = "SIZE")]
    memory: Option<Size>,
    /// Read all rows, whatever the metadata of files say of them.
    ///
    /// The footers and dictionaries of Parquet decide what they prove, and the rest is read. With this they decide nothing:
    /// for files whose writer is not trusted. The results are the same where the metadata are right.
    #[arg(long)]
    distrust_statistics: bool,
    /// How long the command may take, such as `30s` or `1h`; what is not evaluated by then is an error.
    ///
    /// It ends everything: reading, a query, standard input that stays open, and waiting for a lock.
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
    /// What to do when another run of a suite is under way with the same folder of reports [default: wait].
    ///
    /// The lock goes with its process, however that ends. With --no-reports none is taken unless this flag asks for it.
    #[arg(long, value_enum)]
    lock: Option<lock::When>,
    /// The exit code if nothing was evaluated because data are missing and `if_missing: skip` allows it, instead of 3, or
    /// because of `--lock skip`, instead of 0. For Airflow's skipped state say 99.
    #[arg(long, value_name = "N")]
    skip_code: Option<u8>,
    /// What becomes of the alerts that tamiz.yaml says: they are sent, not sent, or printed without secrets.
    #[arg(long, value_enum, default_value_t)]
    alerts: tell::When,
    /// End with 4 if the gate passed and something could not be delivered: an alert, or gauges or lineage to a server.
    #[arg(long)]
    strict_delivery: bool,
    #[command(flatten)]
    config: ConfigArgs,
    /// What tamiz.yaml says.
    #[arg(skip)]
    project: Option<Box<Config>>,
    /// How often a read over the network that failed for a passing reason is tried again; the waits between double [default: 6].
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// Say only the verdict and what failed.
    #[arg(short, long)]
    quiet: bool,
    /// Say all, also what holds.
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// How long what a killed run left behind stays, so that nothing is taken away under the hands of a run.
pub(super) const LEFT: Duration = Duration::from_hours(1);

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Info,
    Warning,
    Error,
    Critical,
    Never,
}

impl FailOn {
    const fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

impl Check {
    pub(super) fn run(mut self) -> Result<Exit, Error> {
        self.how.check_flags()?;
        let watch = self.how.watch();
        let found = suites::read(&self.suites, self.how.as_of.as_deref())?;
        match self.how.configure(&found)? {
            Ok(()) => self.how.check(found, &watch, &Ok),
            Err(exit) => Ok(exit),
        }
    }
}

impl How {
    /// Refuses flags that make no sense.
    pub(super) fn check_flags(&self) -> Result<(), Error> {
        self.selection()?;
        if self.evidence.is_some() && self.shows_no_values() {
            return Err(Error::Usage("--evidence shows rows, and TAMIZ_NO_SAMPLES forbids it".to_owned()));
        }
        match &self.as_of {
            Some(text) if crate::suite::parse_as_of(text, crate::ir::time::Zone::UTC).is_none() => Err(Error::Usage(
                format!("--as-of: `{text}` is no date and no instant; write 2025-06-30 or 2025-06-30T12:00:00Z"),
            )),
            _ => Ok(()),
        }
    }

    /// Reads `tamiz.yaml`, which holds where no flag says otherwise; or says how the command ends, its mistakes and those of
    /// suites being told.
    pub(super) fn configure(&mut self, found: &suites::Found) -> Result<Result<(), Exit>, Error> {
        let config = self.config.read(found.suites.iter().map(|suite| suite.source.path.as_path()))?;
        self.project = match config.or_complain() {
            Ok(config) => config,
            Err(exit) => {
                found.complain();
                return Ok(Err(exit));
            }
        };
        let Some(project) = &self.project else { return Ok(Ok(())) };
        let no_output = |wrong: String| {
            Error::Usage(format!("`output` of `defaults` in `{}`: {wrong}", project.source.path.display()))
        };
        if self.output.is_empty() {
            let spelled = &project.defaults.output;
            self.output = spelled.iter().map(|output| output.parse().map_err(no_output)).collect::<Result<_, _>>()?;
        }
        // An event told to two servers is told; one told twice to this one is not.
        if let Some(lineage) = &project.lineage
            && !self.output.iter().any(Output::is_lineage_of_a_server)
        {
            self.output.push(Output::lineage(lineage.url.clone()));
        }
        Ok(Ok(()))
    }

    /// What `tamiz.yaml` says where no flag does.
    fn defaults(&self) -> Option<&Defaults> {
        self.project.as_ref().map(|project| &project.defaults)
    }

    /// Checks copies of data: nothing is known of them, and nothing will be.
    pub(super) fn of_copies(&mut self) {
        self.no_states = true;
    }

    /// The "now" that the command line sets.
    pub(super) fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The language of what people read.
    pub(super) fn lang(&self) -> Lang {
        self.lang.map(Lang::from).or_else(|| self.defaults()?.lang).unwrap_or(Lang::En)
    }

    /// How many violating rows are kept for each rule.
    fn samples(&self) -> usize {
        self.samples.or_else(|| self.defaults()?.samples).unwrap_or(10)
    }

    /// The folder that reports and history are kept in.
    pub(super) fn reports(&self) -> &Path {
        &self.reports
    }

    /// Listens to signals and to the clock from now on.
    pub(super) fn watch(&self) -> Watch {
        Watch::begin(self.timeout, self.lang())
    }

    /// Evaluates suites, one after the other; `told` is what becomes of what each says before it goes anywhere.
    pub(super) fn check(
        &self,
        mut found: suites::Found,
        watch: &Watch,
        told: &dyn Fn(Said) -> Result<Said, Error>,
    ) -> Result<Exit, Error> {
        let selection = Arc::new(self.selection()?);
        let wrong = found.complain();
        if wrong && !self.keep_going {
            return Ok(Exit::Invalid);
        }
        let kept = (!self.no_reports).then_some(self.reports.as_path());
        let lineage = self.project.as_ref().and_then(|project| project.lineage.as_ref());
        let outputs = Outputs::new(&self.output, self.lang(), kept, self.strict_delivery, lineage);
        outputs.check(found.suites.len())?;
        let known = if self.no_baseline {
            HashMap::new()
        } else {
            baseline::load_all(&found.suites, self.baseline.as_deref())?
        };
        if let Some(threads) = self.threads {
            let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
            built.map_err(|error| Error::Usage(format!("--threads {threads}: {error}")))?;
        }
        let so_far = if wrong { Exit::Invalid } else { Exit::Skipped(0) };
        let team = self.team(watch)?;
        let mut locks = match self.locks(&found.suites, team.as_ref(), watch)? {
            Ok(locks) => locks,
            Err(exit) => return Ok(so_far.worst(exit)),
        };
        found.suites.retain(|suite| !locks.skipped.contains(&suite.id));
        if found.suites.is_empty() && !locks.skipped.is_empty() {
            let skipped = self.skip_code.map_or(Exit::Passed, Exit::Skipped);
            return Ok(if wrong { so_far } else { skipped });
        }
        if let Some(team) = &team {
            let ids: Vec<&str> = found.suites.iter().map(|suite| suite.id.as_str()).collect();
            cli::team::later(team.deliver(Some(&ids)));
            // An escalation counts what failed in any suite.
            let escalates = self.project.as_ref().and_then(|project| project.alerts.as_ref());
            let of_all = escalates.is_some_and(|alerts| !alerts.escalations.is_empty());
            team.fetch((!of_all).then_some(ids.as_slice()), Reach::Newest)?;
        }
        let _standard_input = stdin::spool(&mut found.suites, watch)?;
        let _replayed = self.replay.as_deref().map(|folder| replay::spool(folder, &mut found.suites)).transpose()?;
        let invocation = uuid::Uuid::now_v7().to_string();
        let mut exit = so_far;
        let undelivered = |told: Result<(), Error>, exit: Exit| match told {
            Ok(()) => exit,
            Err(error) => {
                complain::error(&error);
                exit.worst(Exit::Undelivered)
            }
        };
        let (mut reports, mut unbegun) = (Vec::new(), Vec::new());
        let mut reachable = true;
        for suite in &found.suites {
            run::ready(suite, self.rows_wanted(), &invocation).map_err(|fault| Error::Usage(fault.message))?;
            let written = |dataset: &SuiteDataset| run::writes(suite, self.rows_wanted(), &dataset.data.name);
            complain::diagnostics(&suite.unwritten_repairs(&written));
        }
        for suite in found.suites {
            // What was stopped before it began has nothing to report.
            if let Some(aborted) = watch.stopped().and_then(run::aborted_by)
                && !reports.is_empty()
            {
                exit = exit.worst(aborted.exit);
                unbegun.push(self.unbegun(&suite, aborted, &invocation));
                continue;
            }
            let lock = locks.taken.remove(&suite.id);
            let known = known.get(&suite.id).cloned();
            let breaker = suite.breaker;
            let run = self.blank_run(&suite, &invocation);
            log::begins(&run);
            exit = undelivered(outputs.begun(&run), exit);
            let Said { mut report, rows } = told(self.run_suite((&Arc::new(suite), known), run, &selection, watch)?)?;
            exit = exit.worst(self.exit_of(&report));
            log::ended(&report);
            exit = undelivered(self.count(breaker, &mut report), exit);
            let beside = evidence::files(&mut report, rows);
            if let Some(team) = &team {
                exit = undelivered(team.will_deliver(&report), exit);
            }
            exit = undelivered(self.deliver(&report, &beside, &outputs), exit);
            if let Some(team) = team.as_ref().filter(|_| reachable) {
                let delivered = cli::team::deliver(team, &report, self.lang());
                // Who could not be reached for one suite is not waited for again for each of the others.
                reachable = !matches!(delivered, Err(Error::Undelivered { .. }));
                exit = undelivered(delivered, exit);
                if lock.as_ref().is_some_and(|lock| !lock.is_held()) {
                    complain::say(self.lang().pick(
                        "tamiz: the connection that held the lock of the suite was lost: another machine may have checked it meanwhile\n",
                        "tamiz: se perdió la conexión que tenía el cerrojo de la suite: otra máquina puede haberla comprobado entretanto\n",
                    ));
                }
            }
            drop(lock);
            reports.push(report);
        }
        exit = undelivered(self.deliver_invocation(&invocation, exit, &reports, &outputs), exit);
        exit = self.alert(team.as_ref(), &reports, watch, &outputs).worst(exit);
        // What was stopped before it began is no pass for who reads the whole.
        reports.append(&mut unbegun);
        exit = undelivered(outputs.all(&reports, exit.code()), exit);
        exit = undelivered(pipes::tell(&reports, self.lang()), exit);
        exit = undelivered(outputs.last(&reports, exit.code()), exit);
        Ok(exit)
    }

    /// Has the breaker of a suite count a run, where runs are kept. Replayed rows are not the data of the suite.
    fn count(&self, after: Option<u64>, report: &mut Report) -> Result<(), Error> {
        if !self.no_reports && self.replay.is_none() {
            report.breaker = breaker::count(&self.reports, after, report)?;
        }
        Ok(())
    }

    fn selection(&self) -> Result<Selection, Error> {
        Selection::new(&self.select, &self.exclude)
    }

    /// The history of the team, if runs are kept and there is one.
    fn team(&self, watch: &Watch) -> Result<Option<Team>, Error> {
        let progress = Arc::clone(watch.progress());
        let stop: team::Stop = Arc::new(move || progress.stopped().is_some());
        if self.no_reports { Ok(None) } else { cli::team::open(self.project.as_deref(), &self.reports, &stop) }
    }

    /// Takes in what other machines kept of a suite, if the history is that of a team.
    pub(super) fn follow(&self, suite: &str, watch: &Watch) -> Result<(), Error> {
        self.team(watch)?.map_or(Ok(()), |team| team.fetch(Some(&[suite]), Reach::Newest).map(drop))
    }

    /// The locks of suites, or how the command ends without them.
    fn locks(&self, suites: &[Suite], team: Option<&Team>, watch: &Watch) -> Result<Result<Locks, Exit>, Error> {
        if self.no_reports && self.lock.is_none() {
            return Ok(Ok(Locks::none()));
        }
        let ids: Vec<&str> = suites.iter().map(|suite| suite.id.as_str()).collect();
        lock::take(&ids, (&History::new(&self.reports), team), self.lock, watch, self.lang())
    }

    fn run_suite(
        &self,
        (suite, known): (&Arc<Suite>, Option<Arc<Loaded>>),
        run: Run,
        selection: &Arc<Selection>,
        watch: &Watch,
    ) -> Result<Said, Error> {
        let fail_on = match self.fail_on {
            Some(asked) => asked.severity(),
            None => match (suite.fail_on, self.defaults().and_then(|defaults| defaults.fail_on)) {
                (Some(of_suite), _) => Some(of_suite),
                (None, of_project) => of_project.unwrap_or(Some(Severity::Error)),
            },
        };
        let progress = Arc::clone(watch.progress());
        progress.restart();
        let bar = Bar::show(&progress);
        let work = Arc::new(Work {
            suite: Arc::clone(suite),
            selection: Arc::clone(selection),
            gate: Gate { fail_on, allow_empty: self.allow_empty, skip_code: self.skip_code },
            policy: self.policy(),
            samples: match self.evidence {
                _ if self.shows_no_values() => run::Samples::None,
                Some(more) => run::Samples::Beside { shown: self.samples(), more },
                None => run::Samples::Default(self.samples()),
            },
            memory: self.memory.or_else(|| self.defaults()?.memory).map(|size| size.0),
            distrust_statistics: self.distrust_statistics,
            progress,
            quarantine: self.quarantine.clone(),
            known,
            reports: (!self.no_reports).then(|| self.reports.clone()),
            // What is checked again are files of this command alone.
            states: !self.no_states && self.replay.is_none(),
            verbose: self.verbose,
            lang: self.lang(),
            remote: remote::Settings {
                links: connections::links(self.project.as_deref()),
                ..world::remote(self.retries.or_else(|| self.defaults()?.retries).unwrap_or(remote::RETRIES))
            },
            begun: world::now(),
            run,
        });
        let on_its_way = Arc::clone(&work);
        let said = watch.wait(GRACE, move || on_its_way.run());
        bar.finish();
        let no_thread = |error: &dyn std::fmt::Display| Error::Usage(format!("there is no thread to work on: {error}"));
        match said.map_err(|error| no_thread(&error))? {
            Some(said) => Ok(said),
            None => work.unanswered().map_err(|error| no_thread(&error)),
        }
    }

    /// What is told of a suite that the command was stopped before.
    fn unbegun(&self, suite: &Suite, aborted: Aborted, invocation: &str) -> Report {
        let now = crate::ir::time::format_timestamp(world::now());
        let gate = Gate { fail_on: suite.fail_on, allow_empty: self.allow_empty, skip_code: None };
        let counts = Counts::default();
        Report {
            report: outcome::VERSION,
            run: Run {
                started_at: now.clone(),
                finished_at: now,
                as_of: "unknown: the run was stopped before it began".to_owned(),
                ..self.blank_run(suite, invocation)
            },
            verdict: record::verdict(&counts, &[], gate, false, Some(aborted)),
            counts,
            datasets: Vec::new(),
            results: Vec::new(),
            breaker: None,
        }
    }

    /// Whether no value of a row may be shown.
    fn shows_no_values(&self) -> bool {
        let asked = || world::env("TAMIZ_NO_SAMPLES");
        let project = self.project.as_ref().and_then(|project| project.masks.as_ref());
        self.no_samples
            || project.is_some_and(|masks| masks.no_samples)
            || asked().is_some_and(|flag| !matches!(flag.as_str(), "" | "0" | "false"))
    }

    /// How much of the data is shown, with the key of digests.
    fn policy(&self) -> Policy {
        if self.shows_no_values() {
            return Policy::NoValues;
        }
        let given = world::env("TAMIZ_HASH_KEY").filter(|key| !key.is_empty());
        let key = given.map_or_else(|| Key::of_one_run(&world::random()), |key| Key::given(&key));
        let project = self.project.as_ref().and_then(|project| project.masks.clone()).unwrap_or_default();
        Policy::Masked(Arc::new(key), project)
    }

    /// Where the valid and the invalid rows go.
    fn rows_wanted(&self) -> run::Wanted<'_> {
        run::Wanted { to: self.quarantine.as_deref(), lang: self.lang() }
    }

    /// What the record says of the run that does not depend on data.
    fn blank_run(&self, suite: &Suite, invocation: &str) -> Run {
        Run {
            id: uuid::Uuid::now_v7().to_string(),
            started_at: crate::ir::time::format_timestamp(world::now()),
            tamiz_version: env!("CARGO_PKG_VERSION").to_owned(),
            host: world::host(),
            ci: ci::provider(&world::env).map(|provider| provider.job(&world::env)),
            invocation: invocation.to_owned(),
            labels: self.defaults().map_or(&[][..], |own| &own.labels).iter().chain(&self.labels).cloned().collect(),
            command: std::env::args().map(|arg| masked(&arg)).collect(),
            ..run::blank(suite)
        }
    }

    fn deliver(&self, report: &Report, beside: &[(String, String)], outputs: &Outputs) -> Result<(), Error> {
        let lang = self.lang();
        let wrong = |error: &dyn std::fmt::Display| Error::Render(error.to_string());
        let mut page = None;
        let mut kept = Ok(());
        if !self.no_reports {
            let history = History::new(&self.reports);
            let record = json::render(report).map_err(|error| wrong(&error))?;
            kept = Site::new(&self.reports, lang, world::utc()).keep(report, &record, beside);
            page = Some(history.path_of(report, "report.html").to_string_lossy().replace('\\', "/"));
        }
        let people = outputs.people();
        let color = output::colored(self.color, people);
        let options = text::Options {
            lang,
            color,
            width: width(),
            verbosity: if self.quiet {
                text::Verbosity::Quiet
            } else if self.verbose {
                text::Verbosity::Verbose
            } else {
                text::Verbosity::Normal
            },
            page: page.filter(|_| kept.is_ok()),
            samples: 3,
        };
        let told =
            if outputs.asks_for_text() { Ok(()) } else { output::tell(&text::render(report, &options), people, color) };
        told.and(outputs.one(report, &options)).and(kept)
    }

    /// Sends alerts, now that records and pages are there. What cannot be sent is said, and changes how the command ends only
    /// where that was asked for.
    fn alert(&self, team: Option<&Team>, reports: &[Report], watch: &Watch, outputs: &Outputs) -> Exit {
        let Some((config, alerts)) = self.project.as_deref().and_then(|config| Some((config, config.alerts.as_ref()?)))
        else {
            return Exit::Skipped(0);
        };
        // Who stops a command waits for nothing.
        let stopped = matches!(watch.stopped(), Some(Stop::Interrupt | Stop::Terminate));
        if self.alerts == tell::When::Off || stopped || reports.is_empty() {
            return Exit::Skipped(0);
        }
        let reports_kept = (!self.no_reports).then_some(self.reports.as_path());
        let alerting = Alerting { config, alerts, reports: reports_kept, lang: self.lang(), quiet: self.quiet };
        let told = if self.alerts == tell::When::DryRun {
            output::tell(&alerting.dry_run(reports), outputs.people(), false).map(|()| true)
        } else if let Some(team) = team {
            cli::team::telling(team, &self.reports, || alerting.send(reports))
        } else {
            alerting.send(reports)
        };
        let arrived = told.unwrap_or_else(|error| {
            complain::error(&error);
            false
        });
        if arrived || !self.strict_delivery { Exit::Skipped(0) } else { Exit::Undelivered }
    }

    /// What a report came to.
    fn exit_of(&self, report: &Report) -> Exit {
        let code = report.verdict.exit_code;
        let counts = &report.counts;
        let nothing = counts.passed + counts.failed + counts.error == 0;
        if let Some(skipped) = self.skip_code.filter(|skipped| nothing && *skipped == code) {
            return Exit::Skipped(skipped);
        }
        [Exit::Passed, Exit::Failed, Exit::Unknown, Exit::Interrupted, Exit::Terminated]
            .into_iter()
            .find(|exit| exit.code() == code)
            .unwrap_or(Exit::Bug)
    }

    /// Writes what is about all suites of the command.
    fn deliver_invocation(
        &self,
        invocation: &str,
        exit: Exit,
        reports: &[Report],
        outputs: &Outputs,
    ) -> Result<(), Error> {
        let runs: Vec<_> = reports
            .iter()
            .map(|report| {
                json!({
                    "suite": report.run.suite,
                    "id": report.run.id,
                    "folder": (!self.no_reports).then(|| format!("runs/{}", History::folder(report))),
                    "verdict": report.verdict,
                    "counts": report.counts,
                })
            })
            .collect();
        let document = json!({ "invocation": invocation, "exit_code": exit.code(), "runs": runs });
        let text = escape::json::pretty(&document).map_err(|error| Error::Render(error.to_string()))?;
        outputs.invocation(&text)?;
        let written =
            reports.iter().flat_map(|report| &report.datasets).filter_map(|dataset| dataset.quarantine.as_ref());
        for folder in written.filter_map(|quarantine| quarantine.folder.as_deref()) {
            sweep(folder_of(Path::new(folder)), world::ago(LEFT));
        }
        if self.no_reports || reports.is_empty() {
            return Ok(());
        }
        let history = History::new(&self.reports);
        Site::new(&self.reports, self.lang(), world::utc()).publish(&text, reports)?;
        history.sweep(world::ago(LEFT));
        Ok(())
    }
}

/// What a run needs that is done on a thread of its own.
struct Work {
    suite: Arc<Suite>,
    selection: Arc<Selection>,
    gate: Gate,
    policy: Policy,
    samples: run::Samples,
    memory: Option<u64>,
    distrust_statistics: bool,
    remote: remote::Settings,
    progress: Arc<Progress>,
    quarantine: Option<PathBuf>,
    known: Option<Arc<Loaded>>,
    /// The folder that runs are kept in, if they are.
    reports: Option<PathBuf>,
    /// Whether what was seen of files is kept beside them.
    states: bool,
    verbose: bool,
    lang: Lang,
    /// When it began, in microseconds since 1970 UTC.
    begun: i64,
    run: Run,
}

impl Work {
    fn run(&self) -> Said {
        let history = self.reports.as_deref().map(History::new);
        let suite = self.suite.id.as_str();
        let runs = |limit| history.as_ref().map_or_else(|| Ok(Vec::new()), |history| history.newest(suite, limit));
        let columns = |dataset: &str, is_one: &dyn Fn(&RunLine) -> bool| match &history {
            Some(history) => history.columns_of(suite, dataset, usize::MAX, is_one),
            None => Ok(None),
        };
        let kept = history.as_ref().filter(|_| self.states);
        let states = kept.map(|history| Arc::new(States::read(history.states(suite), self.begun)));
        let request = run::Request {
            suite: &self.suite,
            selected: &|rule| self.selection.takes(&self.suite, rule),
            selection: self.selection.recorded(),
            gate: self.gate,
            policy: self.policy.clone(),
            samples: self.samples,
            memory: self.memory,
            distrust_statistics: self.distrust_statistics,
            remote: self.remote.clone(),
            progress: Arc::clone(&self.progress),
            quarantine: Some(run::Wanted { to: self.quarantine.as_deref(), lang: self.lang }),
            earlier: history.is_some().then_some(run::Earlier { runs: &runs, columns: &columns }),
            states: states.clone(),
        };
        let begun = Cell::new(Some(self.begun));
        let clock = || begun.take().unwrap_or_else(world::now);
        let memory = self.known.as_ref().map(|loaded| run::Memory::Known(&loaded.baseline, &loaded.names));
        let (report, told) = run::remembering(&request, run::World { clock: &clock, run: self.run.clone() }, memory);
        if let (Some(history), Some(states)) = (kept, states) {
            self.keep(history, &states, &report);
        }
        Said { report, rows: told.rows }
    }

    /// Keeps what was seen of files for the next run. Without it that one reads them again, which is no failure of this one.
    fn keep(&self, history: &History, states: &States, report: &Report) {
        if self.progress.stopped().is_some() {
            return;
        }
        // What could not be evaluated may be there again the next time.
        let partial = report.run.selection.is_some() || report.counts.error > 0;
        let kept = states.book(partial).map_or(Ok(()), |book| history.keep_states(&self.suite.id, &book));
        if let Err(error) = kept {
            complain::error(&error);
        }
        if self.verbose {
            states.told().iter().for_each(|told| complain::say(&seen_before(told, self.lang)));
        }
    }

    /// The report of a run that was left behind: it is run again, now that every dataset says why it is not read, beside the
    /// threads that hang.
    fn unanswered(&self) -> Result<Said, rayon::ThreadPoolBuildError> {
        Ok(rayon::ThreadPoolBuilder::new().num_threads(1).build()?.install(|| self.run()))
    }
}

/// What an earlier run saved a dataset from, and what it did not.
fn seen_before(told: &Told, lang: Lang) -> String {
    let Told { dataset, files, unread, declined } = told;
    let mut text = match lang {
        Lang::En => format!("{dataset}: {unread} of {files} files have not changed and were not read"),
        Lang::Es => format!("{dataset}: {unread} de {files} ficheros no han cambiado y no se han leído"),
    };
    for (measure, why) in declined {
        let read = lang.pick("read in all files", "se lee en todos los ficheros");
        text += &format!("\n  {read}: {measure}: {}", why.words(lang));
    }
    text + "\n"
}

/// The width of the terminal, within what reads well.
pub(super) fn width() -> usize {
    let (_, columns) = console::Term::stdout().size();
    usize::from(columns).clamp(40, 110)
}
