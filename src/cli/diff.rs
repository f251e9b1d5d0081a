//! `tamiz diff`: what differs between two runs.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::check::width;
use crate::cli::{Color, Language, output, print};
use crate::diff;
use crate::error::{Error, Exit};
use crate::history::{self, History, RunLine, write_whole};
use crate::outcome::Report;
use crate::report::diff as text;

/// Say what differs between two runs: verdicts, rules, numbers, columns.
///
/// A run is `latest` or `previous`, its id or the end of it (at least four digits), its folder, or a record: the path of a
/// report.json. Without runs, the newest of a suite is compared with the one before it.
///
/// Exit codes: 0 they were compared, whatever differs, 2 a run cannot be found or read, 4 it could not be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz diff --suite ventas\n  tamiz diff 1f0c9a latest\n  tamiz diff main/report.json reports/latest/ventas.json --format json"
)]
pub(super) struct Diff {
    /// The earlier run.
    #[arg(value_name = "BEFORE", default_value = "previous")]
    before: String,
    /// The later run.
    #[arg(value_name = "AFTER", default_value = "latest")]
    after: String,
    /// The suite that `latest` and `previous` are of, and ids are looked for in.
    #[arg(long, value_name = "ID")]
    suite: Option<String>,
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// The form.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// The file to write; standard output if unsaid.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// The form of a comparison.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    #[default]
    Text,
    /// For machines: both runs, every rule and every dataset.
    Json,
}

/// A run that somebody names.
enum Named {
    /// So many before the newest of a suite.
    Back(usize),
    Found(Box<Report>),
}

impl Diff {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let (before, after) = (self.named(&self.before)?, self.named(&self.after)?);
        let suite = match (&self.suite, &before, &after) {
            (Some(suite), ..) => Some(suite.clone()),
            (None, Named::Found(report), _) | (None, _, Named::Found(report)) => Some(report.run.suite.clone()),
            _ => None,
        };
        let (before, after) = (self.report(before, suite.as_deref())?, self.report(after, suite.as_deref())?);
        let diff = diff::of(&before, &after);
        let color = self.output.is_none() && output::colored(self.color, true);
        let text = match self.format {
            Form::Text => text::render(&diff, text::Options { lang: self.lang.into(), color, width: width() }),
            Form::Json => serde_json::to_string_pretty(&diff).map_err(|error| Error::Render(error.to_string()))? + "\n",
        };
        match &self.output {
            Some(path) => write_whole(path, text.as_bytes(), false)?,
            None if self.format == Form::Text => output::tell(&text, true, color)?,
            None => print(&text)?,
        }
        Ok(Exit::Passed)
    }

    /// What a word names.
    fn named(&self, word: &str) -> Result<Named, Error> {
        match word {
            "latest" => return Ok(Named::Back(0)),
            "previous" => return Ok(Named::Back(1)),
            _ => {}
        }
        let path = Path::new(word);
        for path in [path.to_owned(), path.join("report.json")] {
            if path.is_file() {
                return Ok(Named::Found(Box::new(history::record(&path)?)));
            }
        }
        let history = History::new(&self.reports);
        let found = self.find(&history, word)?;
        match found.as_slice() {
            [run] => Ok(Named::Found(Box::new(self.record(&history, run)?))),
            [] => Err(Error::Usage(format!(
                "`{}` names no run: it is neither `latest` nor `previous`, no record, and no id or folder of a run in `{}`; \
                 `tamiz history` lists the runs",
                word.escape_debug(),
                self.reports.display()
            ))),
            several => {
                let names: Vec<String> =
                    several.iter().take(5).map(|run| format!("  {}", run.folder.escape_debug())).collect();
                Err(Error::Usage(format!(
                    "several runs are called `{word}`; write more of the id:\n{}",
                    names.join("\n")
                )))
            }
        }
    }

    /// The runs of an id, of the end of an id, or of a folder.
    fn find(&self, history: &History, word: &str) -> Result<Vec<RunLine>, Error> {
        let plain: String = word.chars().filter(|c| *c != '-').collect();
        let is_end = plain.len() >= 4 && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
        let takes = |run: &RunLine| {
            let id: String = run.id.chars().filter(|c| *c != '-').collect();
            self.suite.as_ref().is_none_or(|suite| *suite == run.suite)
                && (run.folder == word || (is_end && id.ends_with(&plain.to_ascii_lowercase())))
        };
        Ok(history.runs()?.into_iter().filter(takes).collect())
    }

    /// The record of a named run.
    fn report(&self, named: Named, suite: Option<&str>) -> Result<Report, Error> {
        let back = match named {
            Named::Found(report) => return Ok(*report),
            Named::Back(back) => back,
        };
        let history = History::new(&self.reports);
        let suites: Vec<String> = history.months()?.into_keys().collect();
        let suite = match (suite, suites.as_slice()) {
            (Some(suite), _) => suite,
            (None, [one]) => one,
            (None, []) => return Err(Error::Usage(format!("`{}` keeps no run", self.reports.display()))),
            (None, several) => {
                let names = several.join(", ");
                return Err(Error::Usage(format!("name the suite with --suite; there are {names}")));
            }
        };
        let mut walk = history.walk(suite)?;
        let mut run = walk.next_line()?;
        for _ in 0..back {
            run = walk.next_line()?;
        }
        match run {
            Some(run) => self.record(&history, &run),
            None => Err(Error::Usage(format!(
                "`{}` keeps {} of the suite `{suite}`",
                self.reports.display(),
                if back == 0 { "no run" } else { "no run before the newest" }
            ))),
        }
    }

    fn record(&self, history: &History, run: &RunLine) -> Result<Report, Error> {
        history.record_of(run)?.ok_or_else(|| {
            Error::Usage(format!(
                "the record of the run `{}` is not in `{}`; `tamiz history pull` fetches it if it is kept elsewhere",
                run.folder.escape_debug(),
                self.reports.display()
            ))
        })
    }
}
