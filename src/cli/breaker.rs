//! `tamiz breaker`: the circuit breaker of a suite, and what the other commands ask of it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::breaker::{self, Book, Change, State, What};
use crate::cli::config::ConfigArgs;
use crate::cli::{Language, SuiteArgs, complain, pair, print, suites, team, world};
use crate::error::{Error, Exit};
use crate::history::History;
use crate::lang::Lang;
use crate::outcome::{self, Report};
use crate::report::escape;
use crate::site::Site;
use crate::team::Team;

/// How long a reason may be.
const LONGEST: usize = 500;

/// Say whether the data of a suite may be loaded, and trip or reset its circuit breaker.
///
/// The breaker of a suite that says `breaker: {after: 3}` trips when three runs in a row did not pass: failed, or could not be
/// evaluated. `tamiz check` always evaluates, and a run of the whole suite that passes closes it again; `tamiz publish` and
/// `tamiz breaker check` refuse with exit code 1 while it is tripped. Runs of some of the rules, replays, and runs that are
/// stopped or evaluate nothing do not count. Every change is a line of history/SUITE.breaker.ndjson in the folder of reports.
///
/// SUITE is the id of a suite, or the path of its file.
///
/// Exit codes: 0 done, 1 the breaker is tripped (check), 2 a mistake in the command line, an unknown suite or a file that
/// cannot be read, 3 the history of the team cannot be reached, 4 the change could not be written or delivered.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz check rules/ventas.yaml; tamiz breaker check ventas && load ventas\n  tamiz breaker trip ventas --reason 'the supplier sends yesterday again' --hold\n  tamiz breaker reset ventas --reason 'new file, looked at by ana'\n  tamiz breaker status"
)]
pub(super) struct Breaker {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Exit with 0 if the breaker is closed and with 1 if it is tripped, and say which.
    Check(Check),
    /// Show the breakers of all suites, or that of one with its changes.
    Status(Status),
    /// Trip the breaker of a suite by hand.
    Trip(Trip),
    /// Close the breaker of a suite, and count from zero again.
    Reset(Reset),
}

/// Whose breaker, and where it is.
#[derive(Args)]
struct Which {
    /// The id of the suite, or the path of its file.
    #[arg(value_name = "SUITE")]
    suite: String,
    /// Set a variable of the suite, where its file is named and needs it.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    #[command(flatten)]
    here: Here,
}

#[derive(Args)]
struct Here {
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

#[derive(Args)]
struct Check {
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Status {
    /// The id of a suite, or the path of its file; all that have one if unsaid.
    #[arg(value_name = "SUITE")]
    suite: Option<String>,
    /// Set a variable of the suite, where its file is named and needs it.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    #[command(flatten)]
    here: Here,
    /// The form: for people, or for machines.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

#[derive(Args)]
struct Trip {
    #[command(flatten)]
    which: Which,
    /// Why; it is shown to whoever is refused.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Keep it tripped until somebody resets it: a run that passes does not.
    #[arg(long)]
    hold: bool,
}

#[derive(Args)]
struct Reset {
    #[command(flatten)]
    which: Which,
    /// Why; it is kept.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// The form of what is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Sentences.
    #[default]
    Text,
    /// An array of objects.
    Json,
}

/// A suite whose breaker is meant.
struct Meant {
    suite: String,
    /// After how many runs the suite wants it to trip, if its file was read.
    after: Option<u64>,
}

impl Breaker {
    pub(super) fn run(self) -> Result<Exit, Error> {
        match self.action {
            Action::Check(check) => check.which.check(),
            Action::Status(status) => status.run(),
            Action::Trip(trip) => {
                let what = What::Tripped { reason: trip.reason, by: world::user(), hold: trip.hold };
                trip.which.change(what)
            }
            Action::Reset(reset) => {
                let what = What::Reset { reason: reset.reason, by: world::user() };
                reset.which.change(what)
            }
        }
    }
}

impl Which {
    fn check(&self) -> Result<Exit, Error> {
        let lang: Lang = self.here.lang.into();
        if let Err(exit) = self.here.follow()? {
            return Ok(exit);
        }
        let Some(meant) = self.here.meant(&self.suite, &self.vars)? else { return Ok(Exit::Invalid) };
        let breaker = self.here.shown(&meant)?;
        print(&format!("{}\n", breaker.sentence.get(lang)))?;
        Ok(if breaker.tripped { Exit::Failed } else { Exit::Passed })
    }

    /// Makes a change by hand, and says what it came to.
    fn change(&self, what: What) -> Result<Exit, Error> {
        let lang: Lang = self.here.lang.into();
        let team = match self.here.follow()? {
            Ok(team) => team,
            Err(exit) => return Ok(exit),
        };
        let Some(meant) = self.here.meant(&self.suite, &self.vars)? else { return Ok(Exit::Invalid) };
        let (reports, suite) = (&self.here.reports, meant.suite.as_str());
        let change = Change { at: crate::ir::time::format_timestamp(world::now()), what };
        let (before, after) = Book::new(reports, suite).add(&change)?;
        log(suite, &before, &after);
        let breaker = breaker::shown(suite, &after, meant.after.or(after.after));
        print(&format!("{}\n", breaker.sentence.get(lang)))?;
        Site::new(reports, lang, world::utc()).breaker_changed(suite)?;
        if let Some(team) = team {
            team.send_breaker(suite)?;
        }
        Ok(Exit::Passed)
    }
}

impl Status {
    fn run(&self) -> Result<Exit, Error> {
        let lang: Lang = self.here.lang.into();
        if let Err(exit) = self.here.follow()? {
            return Ok(exit);
        }
        let meant = match &self.suite {
            Some(suite) => {
                let Some(meant) = self.here.meant(suite, &self.vars)? else { return Ok(Exit::Invalid) };
                vec![meant]
            }
            None => {
                let suites = Book::suites(&self.here.reports)?.into_iter();
                suites.map(|suite| Meant { suite, after: None }).collect()
            }
        };
        if self.format == Form::Json {
            return self.print_json(&meant);
        }
        if meant.is_empty() {
            complain::say(lang.pick(
                "tamiz: no breaker has counted a run or was tripped\n",
                "tamiz: ningún interruptor ha contado una ejecución ni se ha disparado\n",
            ));
        }
        for one in &meant {
            let breaker = self.here.shown(one)?;
            let mark = if breaker.tripped { "✗" } else { "✓" };
            print(&format!("{mark} {}  {}\n", one.suite, breaker.sentence.get(lang)))?;
            if self.suite.is_some() {
                for change in Book::new(&self.here.reports, &one.suite).changes()? {
                    let said = breaker::change(&change);
                    print(&format!("  {}  {}\n", change.at, said.get(lang)))?;
                }
            }
        }
        Ok(Exit::Passed)
    }

    fn print_json(&self, meant: &[Meant]) -> Result<Exit, Error> {
        let wrong = |error: serde_json::Error| Error::Render(error.to_string());
        let mut shown = Vec::new();
        for one in meant {
            let changes = Book::new(&self.here.reports, &one.suite).changes()?;
            shown.push(json!({ "suite": one.suite, "breaker": self.here.shown(one)?, "changes": changes }));
        }
        print(&escape::json::pretty(&shown).map_err(wrong)?)?;
        Ok(Exit::Passed)
    }
}

impl Here {
    /// Takes in what other machines kept, if the history is that of a team; or how the command ends without it.
    fn follow(&self) -> Result<Result<Option<Team>, Exit>, Error> {
        let project = match self.config.read_here()?.or_complain() {
            Ok(project) => project,
            Err(exit) => return Ok(Err(exit)),
        };
        let team = team::open(project.as_deref(), &self.reports, &team::on())?;
        if let Some(team) = &team {
            team::follow(team, &self.reports, 0, self.lang.into())?;
        }
        Ok(Ok(team))
    }

    /// The suite that an id or a path means; none if its file has mistakes, which are said.
    fn meant(&self, named: &str, vars: &[(String, String)]) -> Result<Option<Meant>, Error> {
        if Path::new(named).is_file() {
            let args = SuiteArgs { paths: vec![named.into()], vars: vars.to_vec(), sources: Vec::new() };
            let found = suites::read(&args, None)?;
            if found.complain() {
                return Ok(None);
            }
            let suite = found.suites.into_iter().next();
            return Ok(suite.map(|suite| Meant { suite: suite.id, after: suite.breaker }));
        }
        let mut known = Book::suites(&self.reports)?;
        known.extend(History::new(&self.reports).months()?.into_keys());
        known.sort();
        known.dedup();
        if known.iter().any(|suite| suite == named) {
            return Ok(Some(Meant { suite: named.to_owned(), after: None }));
        }
        // Silence would read as a closed breaker.
        let there = known.iter().map(|suite| format!("`{suite}`")).collect::<Vec<_>>().join(", ");
        let there = if there.is_empty() { "there is none".to_owned() } else { format!("there are {there}") };
        let reports = self.reports.display();
        Err(Error::Usage(format!(
            "no suite `{named}` has a run or a breaker in `{reports}`; {there}; the path of its file is taken too"
        )))
    }

    fn shown(&self, meant: &Meant) -> Result<outcome::Breaker, Error> {
        let state = Book::new(&self.reports, &meant.suite).state()?;
        Ok(breaker::shown(&meant.suite, &state, meant.after.or(state.after)))
    }
}

/// Has the breaker of a suite, which wants it to trip after so many runs, count a run; none if it wants none and nobody
/// tripped it.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) fn count(reports: &Path, after: Option<u64>, report: &Report) -> Result<Option<outcome::Breaker>, Error> {
    let suite = report.run.suite.as_str();
    let book = Book::new(reports, suite);
    let state = match breaker::of_run(report, after) {
        Some(what) => {
            let at = crate::ir::time::format_timestamp(world::now());
            let (before, state) = book.add(&Change { at, what })?;
            log(suite, &before, &state);
            state
        }
        None => book.state()?,
    };
    Ok((after.is_some() || !state.is_new()).then(|| breaker::shown(suite, &state, after)))
}

/// The breaker of a suite, if it is tripped.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn tripped(reports: &Path, suite: &str) -> Result<Option<outcome::Breaker>, Error> {
    let state = Book::new(reports, suite).state()?;
    Ok(state.tripped.is_some().then(|| breaker::shown(suite, &state, state.after)))
}

fn log(suite: &str, before: &State, after: &State) {
    match (&before.tripped, &after.tripped) {
        (None, Some(_)) => tracing::error!(suite, failures = after.failures, "breaker tripped"),
        (Some(_), None) => tracing::info!(suite, "breaker closed"),
        _ => tracing::debug!(suite, failures = after.failures, "breaker counted"),
    }
}

/// A reason says something, on one line that no terminal acts on.
fn reason(text: &str) -> Result<String, String> {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    match line.trim() {
        "" => Err("say why".to_owned()),
        line if line.chars().count() > LONGEST => Err(format!("a reason has {LONGEST} characters at most")),
        line => Ok(line.to_owned()),
    }
}
