//! `tamiz history`: the runs that are kept, the newest first.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::history::ask::Rows;
use crate::cli::history::which::Which;
use crate::cli::history::{Here, counted};
use crate::cli::{Color, Language, complain, output, print};
use crate::error::{Error, Exit};
use crate::history::{PastRun, RuleLine, RunLine, table};
use crate::lang::Lang;
use crate::report::columns::{self, Head};
use crate::report::{rule_word, run_word};

/// How many runs are listed if nobody says.
const LISTED: usize = 30;

/// How runs are listed.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    here: Here,
    /// The form: for people, or for machines; text if unsaid.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The language of what people read; en if unsaid.
    #[arg(long, value_enum)]
    lang: Option<Language>,
    /// When to use colours; on a terminal if unsaid.
    #[arg(long, value_enum)]
    color: Option<Color>,
}

/// The form of a list.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// A table for people.
    #[default]
    Text,
    /// An array of objects.
    Json,
    /// RFC 4180, with a head.
    Csv,
}

impl List {
    pub(super) fn run(&self) -> Result<Exit, Error> {
        let filter = self.which.filter(Some(LISTED));
        let lang: Lang = self.lang.unwrap_or_default().into();
        let history = match self.here.followed(lang)? {
            Ok(history) => history,
            Err(exit) => return Ok(exit),
        };
        let runs = history.select(&filter, self.which.names_rules())?;
        match self.format.unwrap_or_default() {
            Form::Text if runs.is_empty() => complain::say(lang.pick(
                "tamiz: no run of the history is one of those asked for\n",
                "tamiz: ninguna ejecución del historial es de las pedidas\n",
            )),
            Form::Text => {
                let color = output::colored(self.color.unwrap_or_default(), true);
                let text = if self.which.names_rules() {
                    rules(&runs, lang, color)
                } else {
                    list(&runs, filter.limit, lang, color)
                };
                output::tell(&text, true, color)?;
            }
            Form::Json => {
                let runs: Vec<Value> = runs.iter().map(|run| self.object(run)).collect();
                let text = serde_json::to_string_pretty(&runs).map_err(|error| Error::Render(error.to_string()))?;
                print(&(text + "\n"))?;
            }
            Form::Csv => {
                let batch = if self.which.names_rules() { table::results(&runs) } else { table::runs(&runs) };
                print(&Rows::of(&batch.map_err(|error| Error::Render(error.to_string()))?).csv())?;
            }
        }
        Ok(Exit::Passed)
    }

    /// A run as an object, with its rules if some are asked for.
    fn object(&self, past: &PastRun) -> Value {
        let mut run = json!(past.run);
        if let Some(run) = run.as_object_mut() {
            run.shift_remove("rules_bytes");
            if self.which.names_rules() {
                run.insert("results".to_owned(), json!(past.rules));
            }
        }
        run
    }
}

/// A line a run.
fn list(runs: &[PastRun], limit: Option<usize>, lang: Lang, color: bool) -> String {
    let heads = [
        Head { name: lang.pick("began (UTC)", "comenzó (UTC)"), number: false },
        Head { name: lang.pick("suite", "suite"), number: false },
        Head { name: lang.pick("came to", "resultado"), number: false },
        Head { name: lang.pick("rules", "reglas"), number: true },
        Head { name: lang.pick("failed", "fallan"), number: true },
        Head { name: lang.pick("in error", "con error"), number: true },
        Head { name: lang.pick("rows", "filas"), number: true },
        Head { name: lang.pick("took", "duró"), number: true },
        Head { name: lang.pick("branch", "rama"), number: false },
        Head { name: lang.pick("run", "ejecución"), number: false },
    ];
    let row = |past: &PastRun| {
        let run = &past.run;
        vec![
            moment(run),
            run.suite.clone(),
            run_word(run.status, lang).to_owned(),
            lang.count(run.counts.rules),
            lang.count(run.counts.failed),
            lang.count(run.counts.error),
            lang.count(run.counts.rows_read),
            lang.duration(run.duration_ms),
            place(run),
            suffix(run),
        ]
    };
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    let total = counted(lang, rows.len() as u64, ("run", "ejecución"), ("runs", "ejecuciones"));
    let more = if limit == Some(rows.len()) {
        lang.pick(" (--limit 0 lists all)", " (--limit 0 las lista todas)")
    } else {
        ""
    };
    columns::render(&heads, &rows, color) + &total + more + "\n"
}

/// A line a rule and run.
fn rules(runs: &[PastRun], lang: Lang, color: bool) -> String {
    let heads = [
        Head { name: lang.pick("began (UTC)", "comenzó (UTC)"), number: false },
        Head { name: lang.pick("rule", "regla"), number: false },
        Head { name: lang.pick("came to", "resultado"), number: false },
        Head { name: lang.pick("broken by", "la incumplen"), number: true },
        Head { name: lang.pick("of", "de"), number: true },
        Head { name: lang.pick("found", "hallado"), number: true },
        Head { name: lang.pick("run", "ejecución"), number: false },
    ];
    let row = |run: &RunLine, rule: &RuleLine| {
        let number = |count: Option<u64>| count.map_or_else(String::new, |count| lang.count(count));
        let found = rule.observed.as_ref().filter(|value| !value.is_null());
        vec![
            moment(run),
            rule.id.clone(),
            rule_word(rule.status, lang).to_owned(),
            number(rule.violations),
            number(rule.evaluated),
            found.map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            suffix(run),
        ]
    };
    let rows: Vec<Vec<String>> =
        runs.iter().flat_map(|past| past.rules.iter().map(|rule| row(&past.run, rule))).collect();
    columns::render(&heads, &rows, color)
}

/// When a run began, to the second.
fn moment(run: &RunLine) -> String {
    run.started_at.chars().take(19).collect::<String>().replace('T', " ")
}

/// The branch and commit of a run.
fn place(run: &RunLine) -> String {
    let commit = run.commit.as_ref().map(|commit| commit.chars().take(7).collect::<String>());
    [run.branch.clone(), commit].into_iter().flatten().collect::<Vec<_>>().join("@")
}

/// The last digits of the id of a run, which its folder ends with.
fn suffix(run: &RunLine) -> String {
    run.id[run.id.len().saturating_sub(6)..].to_owned()
}
