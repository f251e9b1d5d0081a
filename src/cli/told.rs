//! `tamiz alert list` and `tamiz alert log`: what channels were told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::alert::state::{self, State};
use crate::cli::{Color, Language, complain, output, print};
use crate::error::{Error, Exit};
use crate::lang::{Lang, to_the_minute};
use crate::report::columns::{self, Head};
use crate::report::escape;

/// Where it is looked for, and how it is shown.
#[derive(Args)]
struct Shown {
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// The form: a table for people, or JSON for machines.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// The form of what is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table.
    #[default]
    Table,
    /// An array of objects.
    Json,
}

/// List what each channel knows to be wrong, and since when.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    shown: Shown,
}

/// List what was decided: told or not, why, and what became of it.
#[derive(Args)]
pub(super) struct Log {
    #[command(flatten)]
    shown: Shown,
    /// So many of the newest decisions.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Only what was sent or failed, not what was kept quiet.
    #[arg(long)]
    sent: bool,
}

impl Shown {
    fn show(&self, heads: &[(&str, &str)], rows: &[Json], keys: &[&str], none: (&str, &str)) -> Result<Exit, Error> {
        if self.format == Form::Json {
            print(&escape::json::pretty(&rows).map_err(|error| Error::Render(error.to_string()))?)?;
            return Ok(Exit::Passed);
        }
        let lang: Lang = self.lang.into();
        if rows.is_empty() {
            print(&format!("{}\n", lang.pick(none.0, none.1)))?;
            return Ok(Exit::Passed);
        }
        let heads: Vec<Head<'_>> =
            heads.iter().map(|(en, es)| Head { name: lang.pick(en, es), number: false }).collect();
        let cell = |value: &Json, key: &str| match value {
            Json::Null => String::new(),
            Json::String(text) if matches!(key, "at" | "since") => to_the_minute(text),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| keys.iter().map(|key| cell(&row[*key], key)).collect()).collect();
        print(&columns::render(&heads, &rows, output::colored(self.color, true)))?;
        Ok(Exit::Passed)
    }
}

impl List {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let state = match state::look(&self.shown.reports)? {
            None => State::default(),
            Some(Ok(state)) => state,
            Some(Err(why)) => {
                complain::say(&format!("tamiz: {why}\n"));
                return Ok(Exit::Unknown);
            }
        };
        let mut rows = Vec::new();
        for (channel, groups) in &state.sent {
            for (key, sent) in groups {
                rows.extend(sent.problems.values().map(|problem| {
                    json!({
                        "channel": channel,
                        "severity": problem.severity,
                        "suite": sent.suite,
                        "dataset": problem.dataset,
                        "problem": problem.name,
                        "since": problem.since,
                        "at": crate::ir::time::format_timestamp(sent.at),
                        "via": sent.via,
                        "key": key,
                    })
                }));
            }
        }
        let heads = [
            ("channel", "canal"),
            ("severity", "gravedad"),
            ("suite", "suite"),
            ("dataset", "conjunto"),
            ("problem", "problema"),
            ("since", "desde"),
            ("told", "avisado"),
        ];
        let keys = ["channel", "severity", "suite", "dataset", "problem", "since", "at"];
        self.shown.show(&heads, &rows, &keys, ("no channel knows of a problem", "ningún canal sabe de un problema"))
    }
}

impl Log {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let limit = if self.sent || self.limit == 0 { usize::MAX } else { self.limit };
        let mut rows = state::logged(&self.shown.reports, limit)?;
        if self.sent {
            rows.retain(|row| row["status"] != "quiet");
            let kept = if self.limit == 0 { rows.len() } else { self.limit };
            rows.drain(..rows.len().saturating_sub(kept));
        }
        let heads = [
            ("when", "cuándo"),
            ("channel", "canal"),
            ("came to", "resultado"),
            ("reason", "motivo"),
            ("group", "grupo"),
            ("sent by", "enviado por"),
            ("error", "error"),
        ];
        let keys = ["at", "channel", "status", "reason", "key", "via", "error"];
        self.shown.show(&heads, &rows, &keys, ("nothing was decided yet", "aún no se ha decidido nada"))
    }
}
