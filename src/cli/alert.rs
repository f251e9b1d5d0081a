//! `tamiz alert`: whether the messages of a channel arrive, and what was told.

use std::sync::Arc;

use clap::{Args, Subcommand};

use crate::alert::notice::Kind;
use crate::alert::{Decision, Notice, Reason, deliver};
use crate::cli::config::ConfigArgs;
use crate::cli::tell::{clock, preview, said};
use crate::cli::{Language, complain, print, told, world};
use crate::config::Alerts;
use crate::diagnostic::nearest;
use crate::error::{Error, Exit};
use crate::ir::Severity;
use crate::lang::Lang;

/// Try the channels that alerts go to, and see what was told.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz alert test team\n  tamiz alert log --limit 20")]
pub(super) struct Alert {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Send a message to a channel that says it is a test; 4 if it is not taken.
    Test(Test),
    /// List what each channel knows to be wrong, and since when.
    List(told::List),
    /// List what was decided: told or not, why, and what became of it.
    Log(told::Log),
}

/// Send a message to a channel that says it is a test.
///
/// It is told and remembered nowhere else. In `PagerDuty` the incident that it opens is resolved at once.
#[derive(Args)]
struct Test {
    /// The channel, by its name in tamiz.yaml.
    channel: String,
    #[command(flatten)]
    config: ConfigArgs,
    /// Print what would be sent, without secrets, and send nothing.
    #[arg(long)]
    dry_run: bool,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Alert {
    pub(super) fn run(self) -> Result<Exit, Error> {
        match self.action {
            Action::Test(test) => test.run(),
            Action::List(list) => list.run(),
            Action::Log(log) => log.run(),
        }
    }
}

impl Test {
    fn run(self) -> Result<Exit, Error> {
        let config = match self.config.read_here()?.or_complain() {
            Ok(config) => config,
            Err(exit) => return Ok(exit),
        };
        let Some(config) = config else {
            return Err(Error::Usage("there is no tamiz.yaml here or in `rules`; name one with --config".to_owned()));
        };
        let Some(alerts) = config.alerts else {
            return Err(Error::Usage(format!("`{}` has no `alerts`", config.source.path.display())));
        };
        let Some(channel) = alerts.channel(&self.channel) else {
            let names: Vec<&str> = alerts.channels.iter().map(|channel| channel.name.as_str()).collect();
            let near = nearest(&self.channel, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_else(|| format!("; there are {}", names.join(", ")));
            return Err(Error::Usage(format!("no channel is called `{}`{near}", self.channel)));
        };
        let lang: Lang = self.lang.into();
        let notice = notice(&alerts);
        let mut decisions = vec![decision(&channel.name, notice.clone())];
        if channel.kind.is_keyed() {
            decisions.push(decision(&channel.name, Notice { kind: Kind::Resolved, ..notice }));
        }
        // A test is of this channel, and not of the one that would take its place.
        let mut alerts = alerts.clone();
        alerts.channels.iter_mut().for_each(|channel| channel.fallback = None);
        if self.dry_run {
            print(&preview(&alerts, &decisions, lang))?;
            return Ok(Exit::Passed);
        }
        let clock = clock(alerts.timeout);
        let (delivered, _) = deliver(&Arc::new(alerts), decisions, &[], None, &clock);
        let mut exit = Exit::Passed;
        for one in &delivered {
            let (text, arrived) = said(one, lang);
            complain::say(&text);
            if !arrived {
                exit = Exit::Undelivered;
            }
        }
        Ok(exit)
    }
}

fn decision(channel: &str, notice: Notice) -> Decision {
    Decision {
        channel: channel.to_owned(),
        key: notice.key.clone(),
        reason: Reason::Test,
        notice: Some(notice),
        after: None,
        via: None,
    }
}

fn notice(alerts: &Alerts) -> Notice {
    let run = uuid::Uuid::now_v7().to_string();
    Notice {
        kind: Kind::Test,
        reason: Reason::Test,
        key: crate::alert::route::key(alerts, &["!test", &run]),
        environment: alerts.environment.clone(),
        suite: "*".to_owned(),
        datasets: Vec::new(),
        severity: Severity::Info,
        items: Vec::new(),
        fixed: Vec::new(),
        roused: None,
        counts: None,
        page: None,
        job: None,
        run,
        at: world::now(),
        repeat: std::time::Duration::ZERO,
        limit: alerts.items,
    }
}
