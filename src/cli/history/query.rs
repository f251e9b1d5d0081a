//! `tamiz history query`: SQL over the runs that are kept.

use clap::Args;

use crate::answer::json_of;
use crate::cli::history::Here;
use crate::cli::history::ask::Rows;
use crate::cli::history::list::Form;
use crate::cli::history::which::Which;
use crate::cli::{Color, output, print};
use crate::engine::local::sql;
use crate::error::{Error, Exit};
use crate::history::table;
use crate::lang::Lang;

/// Run SQL over the tables `runs` and `results`.
///
/// `runs` has a row a run, `results` one a rule and run; `results.run` is `runs.id`. Moments are timestamps in UTC. The SQL is
/// that of Polars, as in the expectation `query`. The flags that choose runs choose what the tables hold.
///
/// runs: id, suite, started_at, status, exit_code, duration_ms, rules, passed, failed, error, skipped, gating, muted,
/// warnings, datasets, rows_read, bytes_read, as_of, branch, commit, ci, url, labels (JSON), selected, title, reason, folder,
/// invocation, suite_sha256, tamiz_version.
///
/// results: run, suite, started_at, rule, status, level, severity, dataset, expectation, muted, gating, evaluated, missing,
/// violations, violation_share, value, observed (JSON), definition.
#[expect(clippy::doc_markdown, reason = "the text of --help has no backticks around columns")]
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz history query \"SELECT rule, count(*) AS failures FROM results WHERE status = 'failed' GROUP BY rule ORDER BY failures DESC LIMIT 10\"\n  tamiz history query \"SELECT started_at, value FROM results WHERE rule = 'ventas.row_count' ORDER BY started_at\" --format csv"
)]
pub(super) struct Query {
    /// The query: one SELECT.
    sql: String,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    here: Here,
    /// The form.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

impl Query {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let history = match self.here.followed(Lang::En)? {
            Ok(history) => history,
            Err(exit) => return Ok(exit),
        };
        let mut past = history.select(&self.which.filter(None), true)?;
        past.reverse();
        let wrong = |error: arrow::error::ArrowError| Error::Render(error.to_string());
        let tables = [("runs", table::runs(&past).map_err(wrong)?), ("results", table::results(&past).map_err(wrong)?)];
        let found = sql(&tables, &self.sql).map_err(Error::Usage)?;
        let rows = found.rows.iter().map(|row| row.iter().map(json_of).collect()).collect();
        let rows = Rows { columns: found.columns, rows };
        match self.format {
            Form::Text => {
                let color = output::colored(self.color, true);
                output::tell(&rows.text(color), true, color)?;
            }
            Form::Json => print(&rows.json()?)?,
            Form::Csv => print(&rows.csv())?,
        }
        Ok(Exit::Passed)
    }
}
