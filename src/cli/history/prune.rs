//! `tamiz history prune`: old runs taken away by rules of retention.

use clap::Args;
use serde_json::json;

use crate::cli::history::list::Form;
use crate::cli::history::{Here, counted};
use crate::cli::{Language, print, team, world};
use crate::error::{Error, Exit};
use crate::history::prune::{Keep, Pruned};
use crate::lang::Lang;
use crate::report::run_word;
use crate::site::Site;

/// Take old runs away by rules of retention.
///
/// A run stays if any rule keeps it; the newest of a suite always stays. Its lines go from the history first, and then its
/// folder. Where no flag says which ones stay, `retention` of tamiz.yaml does. Folders that no line names, left by killed runs, go too when they are older than a day. Days, weeks and months are
/// those of UTC. Runs pushed elsewhere stay there, and come back with the next pull; those of
/// the history of a team go there, too, and from every folder that follows it.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz history prune --keep-days 90 --keep-failed-days 365 --dry-run\n  tamiz history prune --keep-runs 100 --keep-daily 90 --keep-monthly 24 --keep-last-passed"
)]
pub(super) struct Prune {
    /// Keep the newest N runs of each suite.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_runs: usize,
    /// Keep the runs of the last N days.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_days: u32,
    /// Keep the runs of the last N days that did not pass.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_failed_days: u32,
    /// Keep the newest run of each day, for the last N days with a run.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_daily: usize,
    /// Keep the newest run of each week, for the last N weeks with a run.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_weekly: usize,
    /// Keep the newest run of each month, for the last N months with a run.
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_monthly: usize,
    /// Keep the newest run that passed.
    #[arg(long)]
    keep_last_passed: bool,
    /// Keep the newest run that did not pass.
    #[arg(long)]
    keep_last_failed: bool,
    /// Only this suite.
    #[arg(long, value_name = "ID")]
    suite: Option<String>,
    /// Say what would go, and take nothing away.
    #[arg(long)]
    dry_run: bool,
    /// The form: text or json.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    #[command(flatten)]
    here: Here,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Prune {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let keep = Keep {
            runs: self.keep_runs,
            days: self.keep_days,
            failed_days: self.keep_failed_days,
            daily: self.keep_daily,
            weekly: self.keep_weekly,
            monthly: self.keep_monthly,
            last_passed: self.keep_last_passed,
            last_failed: self.keep_last_failed,
        };
        let project = match self.here.project()? {
            Ok(project) => project,
            Err(exit) => return Ok(exit),
        };
        let keep = if keep.is_empty() {
            project.as_ref().and_then(|project| project.retention.clone()).unwrap_or_default()
        } else {
            keep
        };
        if keep.is_empty() {
            let message = "nothing says which runs to keep; give at least one of the --keep-… flags, such as --keep-days 90, or \
                           write `retention` in tamiz.yaml";
            return Err(Error::Usage(message.to_owned()));
        }
        let lang: Lang = self.lang.into();
        let team = team::open(project.as_deref(), &self.here.reports, &team::on())?;
        if let Some(team) = &team {
            team::follow(team, &self.here.reports, 0, lang)?;
        }
        let history = self.here.history();
        if let Some(suite) = self.suite.as_ref().filter(|_| self.here.reports.exists())
            && !history.months()?.contains_key(suite)
        {
            return Err(Error::Usage(format!("`{}` keeps no run of a suite `{suite}`", self.here.reports.display())));
        }
        let now = world::ago(std::time::Duration::ZERO);
        let pruned = history.prune(self.suite.as_deref(), &keep, now, self.dry_run || team.is_some())?;
        if let Some(team) = team.as_ref().filter(|_| !self.dry_run) {
            // What is taken away there goes here as it goes from every folder that follows: those runs, and no others.
            team.remove(&pruned.runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>())?;
            team::follow(team, &self.here.reports, 0, lang)?;
        }
        if !self.dry_run && !pruned.runs.is_empty() {
            Site::new(&self.here.reports, lang, world::utc()).refresh()?;
        }
        match self.format {
            Form::Text => print(&self.say(&pruned, lang))?,
            Form::Json => {
                let runs: Vec<_> = pruned
                    .runs
                    .iter()
                    .map(|run| json!({"id": run.id, "suite": run.suite, "started_at": run.started_at, "status": run.status, "folder": run.folder}))
                    .collect();
                let told = json!({"dry_run": self.dry_run, "runs": runs, "orphans": pruned.orphans, "kept": pruned.kept, "bytes": pruned.bytes});
                let text = serde_json::to_string_pretty(&told).map_err(|error| Error::Render(error.to_string()))?;
                print(&(text + "\n"))?;
            }
            Form::Csv => return Err(Error::Usage("what is pruned is told as text or json".to_owned())),
        }
        Ok(Exit::Passed)
    }

    fn say(&self, pruned: &Pruned, lang: Lang) -> String {
        let mut text = String::new();
        for run in &pruned.runs {
            text += &format!("{}  {}\n", run.folder.escape_debug(), run_word(run.status, lang));
        }
        for folder in &pruned.orphans {
            let word = lang.pick("of no run that is listed", "de ninguna ejecución listada");
            text += &format!("{}  {word}\n", folder.escape_debug());
        }
        let runs = counted(lang, pruned.runs.len() as u64, ("run", "ejecución"), ("runs", "ejecuciones"));
        let verb = match (self.dry_run, pruned.runs.len()) {
            (true, _) => lang.pick("would go", "se quitarían"),
            (false, 1) => lang.pick("went", "se quitó"),
            (false, _) => lang.pick("went", "se quitaron"),
        };
        let stay = lang.plural(pruned.kept, ("stays", "queda"), ("stay", "quedan"));
        text + &format!("{runs} {verb} ({}); {} {stay}\n", lang.bytes(pruned.bytes), lang.count(pruned.kept))
    }
}
