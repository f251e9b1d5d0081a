//! `tamiz check`: evaluates suites, writes reports, and exits by the verdict.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cli::alarm::{Alarm, timeout};
use crate::cli::output::{self, Format, Output};
use crate::cli::select::Selection;
use crate::cli::{Color, Language, SuiteArgs, complain, pair, replay, stdin, suites, world};
use crate::engine::Progress;
use crate::error::{Error, Exit};
use crate::history::History;
use crate::ir::Severity;
use crate::ir::size::Size;
use crate::lang::Lang;
use crate::outcome::{Report, Run};
use crate::record::Gate;
use crate::report::{html, json, text};
use crate::run;
use crate::suite::{Suite, SuiteDataset};

/// Evaluate suites, write reports, and exit by the verdict.
///
/// Exit codes: 0 the gate passed, 1 it failed, 2 a mistake in suite or command line, 3 something could not be evaluated,
/// 4 a report could not be written, 70 a bug in tamiz.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz check\n  tamiz check rules/ventas.yaml --source ventas=today.csv --fail-on critical\n  tamiz check --select 'dataset:ventas' --output json=result.json"
)]
#[expect(clippy::struct_excessive_bools, reason = "each flag of a command line is one")]
pub(super) struct Check {
    #[command(flatten)]
    suites: SuiteArgs,
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
    /// Where results go: text, json, html or invocation, each with an optional =PATH; repeatable.
    #[arg(long, value_name = "FORMAT[=PATH]")]
    output: Vec<Output>,
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// Keep no report and no history.
    #[arg(long)]
    no_reports: bool,
    /// How many violating rows to keep for each rule.
    #[arg(long, value_name = "N", default_value_t = 10)]
    samples: usize,
    /// Keep no violating rows and values, whatever the suite says.
    #[arg(long)]
    no_samples: bool,
    /// Attach a label to the run.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// Write the valid and the invalid rows of each dataset below this folder; wins over the suite's `quarantine`.
    #[arg(long, value_name = "DIR")]
    quarantine: Option<PathBuf>,
    /// Check the invalid rows of a quarantine again: the folder of all, of one dataset or of one run.
    ///
    /// They take the place of the sources of their datasets; other datasets are read from their own. Rules on several rows,
    /// such as `unique` and `row_count`, then mean these rows alone.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// How many threads to use; all cores if unsaid.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// How much memory keys, sorted values, sets and groups may take, such as 512MB or 2GiB; no limit if unsaid.
    ///
    /// Keys and sorted values beyond it go to a temporary file and change no result. Sets of values and groups cannot: their
    /// rule is then in error, with code `memory`. Batches on their way do not count.
    #[arg(long, value_name = "SIZE")]
    memory: Option<Size>,
    /// How long the command may take, such as `30s` or `1h`; what is not evaluated by then is an error.
    #[arg(long, value_name = "DURATION", value_parser = timeout)]
    timeout: Option<Duration>,
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
    pub(super) fn run(self) -> Result<Exit, Error> {
        let selection = Selection::new(&self.select, &self.exclude)?;
        if let Some(text) = &self.as_of
            && crate::suite::parse_as_of(text, crate::ir::time::Zone::UTC).is_none()
        {
            return Err(Error::Usage(format!(
                "--as-of: `{text}` is no date and no instant; write 2025-06-30 or 2025-06-30T12:00:00Z"
            )));
        }
        let mut found = suites::read(&self.suites, self.as_of.as_deref())?;
        let wrong = found.complain();
        if wrong && !self.keep_going {
            return Ok(Exit::Invalid);
        }
        let people = self.output.iter().all(|output| !output.is_standard() || output.format == Format::Text);
        self.check_outputs(found.suites.len())?;
        if let Some(threads) = self.threads {
            let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
            built.map_err(|error| Error::Usage(format!("--threads {threads}: {error}")))?;
        }
        let _standard_input = stdin::spool(&mut found.suites)?;
        let _replayed = self.replay.as_deref().map(|folder| replay::spool(folder, &mut found.suites)).transpose()?;
        let deadline = self.timeout.map(|time| world::moment() + time);
        let invocation = uuid::Uuid::now_v7().to_string();
        let mut exit = if wrong { Exit::Invalid } else { Exit::Passed };
        let mut reports = Vec::new();
        for suite in &found.suites {
            run::ready(suite, self.rows_wanted(), &invocation).map_err(|fault| Error::Usage(fault.message))?;
            let written = |dataset: &SuiteDataset| run::writes(suite, self.rows_wanted(), &dataset.data.name);
            complain::diagnostics(&suite.unwritten_repairs(&written));
        }
        for suite in &found.suites {
            let report = self.run_suite(suite, &selection, &invocation, deadline);
            exit = exit.worst(exit_of(report.verdict.exit_code));
            if self.deliver(&report, people).is_err_and(|error| {
                complain::error(&error);
                true
            }) {
                exit = exit.worst(Exit::Undelivered);
            }
            reports.push(report);
        }
        if let Err(error) = self.deliver_invocation(&invocation, exit, &reports) {
            complain::error(&error);
            exit = exit.worst(Exit::Undelivered);
        }
        Ok(exit)
    }

    fn check_outputs(&self, suites: usize) -> Result<(), Error> {
        if self.output.iter().filter(|output| output.is_standard()).count() > 1 {
            return Err(Error::Usage("only one --output can go to standard output".to_owned()));
        }
        if suites > 1 && self.output.iter().any(Output::holds_one_suite) {
            return Err(Error::Usage(
                "with several suites, the path of json and html needs `{suite}` in it".to_owned(),
            ));
        }
        Ok(())
    }

    fn run_suite(&self, suite: &Suite, selection: &Selection, invocation: &str, deadline: Option<Instant>) -> Report {
        let fail_on = match self.fail_on {
            Some(asked) => asked.severity(),
            None => Some(suite.fail_on.unwrap_or(Severity::Error)),
        };
        let progress = Arc::new(Progress::default());
        let bar = ProgressBar::show(&progress);
        let _alarm = Alarm::set(&progress, deadline);
        let request = run::Request {
            suite,
            selected: &|rule| selection.takes(suite, rule),
            selection: selection.recorded(),
            gate: Gate { fail_on, allow_empty: self.allow_empty },
            samples: if self.no_samples { run::Samples::None } else { run::Samples::Default(self.samples) },
            memory: self.memory.map(|size| size.0),
            progress,
            quarantine: Some(self.rows_wanted()),
        };
        let report = run::run(&request, run::World { clock: &world::now, run: self.blank_run(suite, invocation) });
        bar.finish();
        report
    }

    /// Where the valid and the invalid rows go.
    fn rows_wanted(&self) -> run::Wanted<'_> {
        run::Wanted { to: self.quarantine.as_deref(), lang: self.lang.into() }
    }

    /// What the record says of the run that does not depend on data.
    fn blank_run(&self, suite: &Suite, invocation: &str) -> Run {
        Run {
            id: uuid::Uuid::now_v7().to_string(),
            tamiz_version: env!("CARGO_PKG_VERSION").to_owned(),
            host: world::host(),
            ci: world::ci(),
            invocation: invocation.to_owned(),
            labels: self.labels.iter().cloned().collect(),
            command: std::env::args().collect(),
            ..run::blank(suite)
        }
    }

    fn deliver(&self, report: &Report, people: bool) -> Result<(), Error> {
        let lang: Lang = self.lang.into();
        let wrong = |error: &dyn std::fmt::Display| Error::Render(error.to_string());
        let mut page = None;
        let mut kept = Ok(());
        if !self.no_reports {
            let history = History::new(&self.reports);
            let record = json::render(report).map_err(|error| wrong(&error))?;
            let html = html::page(report, lang).map_err(|error| wrong(&error))?;
            kept = history.keep(report, &record, &html);
            page = Some(history.path_of(report, "report.html").to_string_lossy().replace('\\', "/"));
        }
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
        if !self.output.iter().any(|output| output.is_standard() && output.format == Format::Text) {
            output::tell(&text::render(report, &options), people, color)?;
        }
        for asked in &self.output {
            if let Some(text) = asked.render(report, lang, &options)? {
                if asked.is_standard() && asked.format == Format::Text {
                    output::tell(&text, true, color)?;
                } else {
                    asked.deliver(&text, &report.run.suite)?;
                }
            }
        }
        kept
    }

    /// Writes what is about all suites of the command.
    fn deliver_invocation(&self, invocation: &str, exit: Exit, reports: &[Report]) -> Result<(), Error> {
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
        let text = serde_json::to_string_pretty(&document).map_err(|error| Error::Render(error.to_string()))? + "\n";
        for asked in self.output.iter().filter(|output| output.format == Format::Invocation) {
            asked.deliver(&text, "")?;
        }
        if self.no_reports || reports.is_empty() {
            return Ok(());
        }
        let history = History::new(&self.reports);
        history.write("latest/index.json", &text)?;
        let listed: Vec<html::Listed> = history.runs()?.into_iter().map(listed).collect();
        let page = html::index(&listed, self.lang.into()).map_err(|error| Error::Render(error.to_string()))?;
        history.write("index.html", &page)
    }
}

fn listed(run: crate::history::RunLine) -> html::Listed {
    html::Listed {
        id: run.id,
        folder: run.folder,
        suite: run.suite,
        title: run.title,
        started_at: run.started_at,
        status: run.status,
        counts: run.counts,
        reason: run.reason,
        exit_code: run.exit_code,
        duration_ms: run.duration_ms,
    }
}

fn exit_of(code: u8) -> Exit {
    [Exit::Passed, Exit::Failed, Exit::Invalid, Exit::Unknown, Exit::Undelivered]
        .into_iter()
        .find(|exit| exit.code() == code)
        .unwrap_or(Exit::Bug)
}

/// The width of the terminal, within what reads well.
pub(super) fn width() -> usize {
    let (_, columns) = console::Term::stdout().size();
    usize::from(columns).clamp(40, 110)
}

/// A bar on standard error while a read takes long; silent in CI and where nobody looks.
struct ProgressBar {
    stop: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl ProgressBar {
    fn show(progress: &Arc<Progress>) -> Self {
        use std::io::IsTerminal;
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        if !std::io::stderr().is_terminal() || world::ci().is_some() {
            return Self { stop, thread: None };
        }
        let (progress, stopped) = (Arc::clone(progress), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let shape = "{spinner} {bytes} of {total_bytes} {wide_bar} {eta}";
            let style = indicatif::ProgressStyle::with_template(shape)
                .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
            let mut bar: Option<indicatif::ProgressBar> = None;
            let mut ticks = 0;
            while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(50));
                ticks += 1;
                // Most runs are over before anybody would wonder.
                if ticks > 20 {
                    let (read, total) = progress.get();
                    let bar = bar.get_or_insert_with(|| indicatif::ProgressBar::new(total).with_style(style.clone()));
                    bar.set_length(total);
                    bar.set_position(read.min(total));
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        Self { stop, thread: Some(thread) }
    }

    fn finish(self) {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            // A bar that broke is no reason to lose a verdict.
            let _ = thread.join();
        }
    }
}
