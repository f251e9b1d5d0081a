//! `tamiz history`: the runs that are kept: listed, asked, exported, pruned, carried elsewhere.

mod ask;
mod bucket;
mod carry;
mod export;
mod list;
mod migrate;
mod prune;
mod query;
mod which;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::config::ConfigArgs;
use crate::cli::team;
use crate::config::Config;
use crate::error::{Error, Exit};
use crate::history::History as Kept;
use crate::lang::Lang;

/// List the runs that are kept, ask them, export them, take old ones away, or carry them elsewhere.
///
/// Without a command it lists, the newest first. A run that is still being written is not listed yet.
///
/// Exit codes: 0 done, 2 a mistake in the command line or a history that cannot be read, 3 a place that cannot be reached, 4
/// something could not be written.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  tamiz history --suite ventas --status failed --since 30d\n  tamiz history --rule 'ventas.*.not_null' --limit 10\n  tamiz history query \"SELECT suite, count(*) AS runs FROM runs GROUP BY suite\"\n  tamiz history prune --keep-days 90 --keep-monthly 24 --dry-run\n  tamiz history pull s3://bucket/tamiz && tamiz check && tamiz history push s3://bucket/tamiz"
)]
pub(super) struct History {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: list::List,
}

#[derive(Subcommand)]
enum Action {
    /// Run SQL over the tables `runs` and `results`.
    Query(query::Query),
    /// Write the tables `runs` and `results` to files.
    Export(export::Export),
    /// Take old runs away by rules of retention.
    Prune(prune::Prune),
    /// Add the runs that are kept here to those of another folder, bucket or database.
    Push(carry::Push),
    /// Add the runs of another folder, bucket or database to those that are kept here.
    Pull(carry::Pull),
    /// Carry a whole history from one place to another, and hold both against each other.
    Migrate(migrate::Migrate),
}

/// Where the history is.
#[derive(Args)]
struct Here {
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Here {
    fn history(&self) -> Kept {
        Kept::new(&self.reports)
    }

    /// What `tamiz.yaml` says; or how the command ends if it has mistakes, which are told.
    fn project(&self) -> Result<Result<Option<Box<Config>>, Exit>, Error> {
        Ok(self.config.read_here()?.or_complain())
    }

    /// The history, with what other machines kept if it is that of a team; or how the command ends without it.
    fn followed(&self, lang: Lang) -> Result<Result<Kept, Exit>, Error> {
        let project = match self.project()? {
            Ok(project) => project,
            Err(exit) => return Ok(Err(exit)),
        };
        if let Some(team) = team::open(project.as_deref(), &self.reports, &team::on())? {
            team::follow(&team, &self.reports, 0, lang)?;
        }
        Ok(Ok(self.history()))
    }
}

impl History {
    pub(super) fn run(self) -> Result<Exit, Error> {
        match self.action {
            None => self.list.run(),
            Some(Action::Query(query)) => query.run(),
            Some(Action::Export(export)) => export.run(),
            Some(Action::Prune(prune)) => prune.run(),
            Some(Action::Push(push)) => push.run(),
            Some(Action::Pull(pull)) => pull.run(),
            Some(Action::Migrate(migrate)) => migrate.run(),
        }
    }
}

/// A number with its noun.
fn counted(lang: Lang, count: u64, one: (&str, &str), many: (&str, &str)) -> String {
    format!("{} {}", lang.count(count), lang.plural(count, one, many))
}
