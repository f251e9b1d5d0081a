//! The command line: one file per command, and the only place with a clock, an environment, printing and an exit code.

mod alert;
mod bar;
mod baseline;
mod breaker;
mod check;
mod ci;
mod complain;
mod completions;
mod config;
mod connections;
mod diff;
mod evidence;
mod explain;
mod export;
mod history;
mod import;
mod init;
mod lineage;
mod lint;
mod lock;
mod log;
mod man;
mod output;
mod pipes;
mod plan;
mod post;
mod publish;
mod replay;
mod report;
mod repository;
mod schema;
mod select;
mod serve;
mod stage;
mod stdin;
mod step;
mod stop;
mod suites;
mod team;
mod tell;
mod test;
mod told;
mod trace;
mod watch;
mod world;

use std::panic;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::source::library;
use crate::error::{Error, Exit};
use crate::lang::Lang;

/// Checks data against suites of expectations, and says what is wrong and where.
#[derive(Parser)]
#[command(name = "tamiz", version, styles = STYLES, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: log::Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Evaluate suites, write reports, and exit by the verdict.
    Check(Box<check::Check>),
    /// Freeze the violations of today in a file to commit; later checks fail only on new ones.
    Baseline(Box<baseline::Baseline>),
    /// Check a copy of data, and put it in its place only if the gate passes.
    Publish(Box<publish::Publish>),
    /// Say whether the data of a suite may be loaded, and trip or reset its circuit breaker.
    Breaker(breaker::Breaker),
    /// Find every mistake in suites without reading data.
    Lint(lint::Lint),
    /// Run the tests that suites hold: their tables must give the outcomes they say.
    Test(test::Test),
    /// Print the visits that a check would make, without reading data.
    Plan(plan::Plan),
    /// Look at data files and write a first suite, which holds on them.
    Init(init::Init),
    /// Read the rule book of another tool and write the suite that means the same.
    Import(import::Import),
    /// Write suites in the form of another tool, or for people.
    Export(export::Export),
    /// Show the manual of an expectation, or what became of a rule in its newest run.
    Explain(explain::Explain),
    /// Say what differs between two runs: verdicts, rules, numbers, columns.
    Diff(diff::Diff),
    /// List the runs that are kept, ask them, export them, take old ones away, or carry them elsewhere.
    History(Box<history::History>),
    /// Try the channels that alerts go to, and see what was told.
    Alert(alert::Alert),
    /// Work on the pages under the folder of reports.
    Report(report::Report),
    /// Serve the reports, an API and checks over HTTP.
    Serve(serve::Serve),
    /// Check again and again: by the clock, or when data or suites change.
    Watch(watch::Watch),
    /// Print the JSON Schema of suites or of reports.
    Schema(schema::Schema),
    /// Print a script that completes commands and flags in a shell.
    Completions(completions::Completions),
    /// Print the manual page of the program, or write the pages of all commands.
    Man(man::Man),
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// What every command that reads suites takes.
#[derive(Args)]
struct SuiteArgs {
    /// Suite files, or folders that hold some.
    #[arg(value_name = "SUITE", default_value = "rules")]
    paths: Vec<std::path::PathBuf>,
    /// Set a variable of the suite.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// Read a dataset from another path, relative to the current folder.
    #[arg(long = "source", value_name = "DATASET=PATH", value_parser = pair)]
    sources: Vec<(String, String)>,
}

/// The language of what people read.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Es => Self::Es,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> Exit {
    keep_libraries_quiet();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes. Nobody is left to hear of a closed pipe.
            let _ = error.print();
            return if error.use_stderr() { Exit::Invalid } else { Exit::Passed };
        }
    };
    if let Err(error) = cli.log.start() {
        complain::error(&error);
        return error.exit();
    }
    let ended = match cli.command {
        Command::Check(check) => check.run(),
        Command::Baseline(baseline) => baseline.run(),
        Command::Publish(publish) => publish.run(),
        Command::Breaker(breaker) => breaker.run(),
        Command::Lint(lint) => lint.run(),
        Command::Test(test) => test.run(),
        Command::Plan(plan) => plan.run(),
        Command::Init(init) => init.run(),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Explain(explain) => explain.run(),
        Command::Diff(diff) => diff.run(),
        Command::History(history) => history.run(),
        Command::Alert(alert) => alert.run(),
        Command::Report(report) => report.run(),
        Command::Serve(serve) => serve.run(),
        Command::Watch(watch) => watch.run(),
        Command::Schema(schema) => schema.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    };
    ended.unwrap_or_else(|error| {
        complain::error(&error);
        error.exit()
    })
}

/// Has nothing printed of a panic that will be told as an error of a file.
fn keep_libraries_quiet() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |said| {
        if !library::is_asked() {
            usual(said);
        }
    }));
}

/// The command line's own definition, for manuals and completions.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// Writes to standard output; a reader that has gone away is no error.
fn print(text: &str) -> Result<(), Error> {
    use std::io::Write;
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source: error })
        }
        _ => Ok(()),
    }
}
