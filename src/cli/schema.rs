//! `tamiz schema`: the JSON Schema of the files that Tamiz reads and writes.

use clap::{Args, ValueEnum};

use crate::cli::print;
use crate::error::{Error, Exit};

/// Print the JSON Schema of suites, of tamiz.yaml, of reports, of baselines or of what `tamiz lint` finds.
///
/// Editors that know YAML complete and check suites with it.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz schema suite > schemas/suite.schema.json")]
pub(super) struct Schema {
    /// What to describe.
    #[arg(value_enum)]
    of: Described,
}

#[derive(Clone, Copy, ValueEnum)]
enum Described {
    /// Suite files.
    Suite,
    /// tamiz.yaml.
    Config,
    /// The record of a run, report.json.
    Report,
    /// The file that `tamiz baseline` writes.
    Baseline,
    /// What `tamiz lint --output json` writes.
    Lint,
}

impl Schema {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let schema = match self.of {
            Described::Suite => crate::suite::schema::suite(),
            Described::Config => crate::config::schema::config(),
            Described::Report => crate::report::json::schema(),
            Described::Baseline => crate::baseline::schema(),
            Described::Lint => crate::diagnostic::json::schema(),
        };
        let text = serde_json::to_string_pretty(&schema).map_err(|error| Error::Render(error.to_string()))?;
        print(&(text + "\n"))?;
        Ok(Exit::Passed)
    }
}
