//! The alerts of a check: gathered, sent or shown, and what became of them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;

use crate::alert::channel::{Message, message};
use crate::alert::deliver::Came;
use crate::alert::problem::severity;
use crate::alert::redact::{Redactor, shown};
use crate::alert::state::Book;
use crate::alert::{Decision, Delivered, Facts, Failure, RunFacts, deliver, plan};
use crate::cli::{complain, world};
use crate::config::{Alerts, Config, Kind};
use crate::deliver::Clock;
use crate::error::Error;
use crate::history::{History, Past};
use crate::lang::Lang;
use crate::outcome::{Report, Status};

/// What becomes of alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// They are sent.
    #[default]
    On,
    /// Nothing is sent.
    Off,
    /// What would be sent is printed, without secrets.
    DryRun,
}

/// The alerts of a command.
pub(super) struct Alerting<'a> {
    pub(super) config: &'a Config,
    pub(super) alerts: &'a Alerts,
    /// The folder that runs are kept in, if they are.
    pub(super) reports: Option<&'a Path>,
    pub(super) lang: Lang,
    pub(super) quiet: bool,
}

/// How many runs are looked at for escalations.
const RUNS: usize = 10_000;

impl Alerting<'_> {
    /// What would be sent of runs.
    pub(super) fn dry_run(&self, reports: &[Report]) -> String {
        let book = self.book();
        let decisions = self.decide(reports, book.as_ref());
        preview(self.alerts, &decisions, self.lang)
    }

    /// Sends what is to be told of runs; says whether all of it was taken.
    pub(super) fn send(&self, reports: &[Report]) -> Result<bool, Error> {
        let book = self.book();
        if let Some(damaged) = book.as_ref().and_then(|book| book.damaged.as_deref()) {
            let ignored = self.lang.pick("it is ignored", "no se tiene en cuenta");
            complain::say(&format!("tamiz: {damaged}; {ignored}\n"));
        }
        let decisions = self.decide(reports, book.as_ref());
        let newest: Vec<(String, (String, String))> = reports
            .iter()
            .map(|report| (report.run.suite.clone(), (report.run.started_at.clone(), report.run.id.clone())))
            .collect();
        let clock = clock(self.alerts.timeout);
        let (delivered, written) = deliver(&Arc::new(self.alerts.clone()), decisions, &newest, book.as_ref(), &clock);
        let mut arrived = true;
        for one in &delivered {
            let (text, taken) = said(one, self.lang);
            if !taken || !self.quiet {
                complain::say(&text);
            }
            arrived &= taken;
        }
        written.map(|()| arrived)
    }

    /// What was told before. Without it all is told, for better twice than never.
    fn book(&self) -> Option<Book> {
        self.reports.and_then(|reports| Book::open(reports).map_err(|error| complain::error(&error)).ok())
    }

    fn decide(&self, reports: &[Report], book: Option<&Book>) -> Vec<Decision> {
        let history = self.reports.map(History::new);
        let mut pasts: Vec<Option<Past>> = Vec::new();
        for report in reports {
            // A history that cannot be read says nothing, and keeps no alert back.
            let past = history.as_ref().map(|history| history.past(&report.run.suite, 1));
            pasts.push(past.and_then(|past| past.map_err(|error| complain::error(&error)).ok()));
        }
        let now = world::now();
        let told = history.as_ref().map(|history| self.failures(history, now));
        let failures = told.and_then(|told| told.map_err(|error| complain::error(&error)).ok());
        let failures = failures.unwrap_or_else(|| reports.iter().flat_map(of_report).collect());
        let runs = reports.iter().zip(&pasts).map(|(report, past)| RunFacts {
            report,
            since: Box::new(move |rule| {
                past.as_ref()?.failing(rule).map(|since| (since.started_at.clone(), since.runs))
            }),
            page: self.page(report),
        });
        plan(&Facts {
            alerts: self.alerts,
            runs: runs.collect(),
            state: book.and_then(|book| book.state.as_ref()),
            failures: &failures,
            now,
        })
    }

    fn page(&self, report: &Report) -> Option<String> {
        let base = self.config.report.url.as_ref().filter(|_| self.reports.is_some())?;
        Some(format!("{base}/runs/{}/index.html", History::folder(report)))
    }

    /// The failures of all suites as far back as an escalation looks.
    fn failures(&self, history: &History, now: i64) -> Result<Vec<Failure>, Error> {
        let longest = self.alerts.escalations.iter().map(|escalation| escalation.within).max();
        let Some(longest) = longest else { return Ok(Vec::new()) };
        let from = now.saturating_sub(i64::try_from(longest.as_micros()).unwrap_or(i64::MAX));
        let mut failures = Vec::new();
        for suite in history.months()?.keys() {
            let mut walk = history.walk(suite)?;
            for _ in 0..RUNS {
                let Some(past) = walk.next_run()? else { break };
                let Some(at) = moment(&past.run.started_at) else { continue };
                if at < from {
                    break;
                }
                let failed = past.rules.iter().filter(|rule| rule.status == Status::Failed && !rule.muted);
                failures.extend(failed.map(|rule| Failure {
                    at,
                    run: past.run.id.clone(),
                    suite: suite.clone(),
                    dataset: rule.dataset.clone().unwrap_or_default(),
                    rule: rule.id.clone(),
                    severity: severity(rule.level.as_deref().unwrap_or_default()),
                }));
            }
        }
        Ok(failures)
    }
}

/// The failures of a run that is kept nowhere.
fn of_report(report: &Report) -> Vec<Failure> {
    let at = moment(&report.run.started_at).unwrap_or_default();
    let failed = report.results.iter().filter(|rule| rule.status == Status::Failed && rule.muted.is_none());
    let failures = failed.map(|rule| Failure {
        at,
        run: report.run.id.clone(),
        suite: report.run.suite.clone(),
        dataset: rule.dataset.clone(),
        rule: rule.id.clone(),
        severity: severity(rule.level.as_deref().unwrap_or_default()),
    });
    failures.collect()
}

fn moment(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_micros())
}

/// The clock of a delivery that begins now.
pub(super) fn clock(budget: Duration) -> Clock {
    let begun = world::moment();
    Clock { wall: Arc::new(world::now), passed: Arc::new(move || begun.elapsed()), budget }
}

/// What became of a decision, and whether it was as it should be.
pub(super) fn said(one: &Delivered, lang: Lang) -> (String, bool) {
    let (channel, reason) = (&one.channel, one.reason.word());
    match &one.came {
        Came::Quiet => (String::new(), true),
        Came::Taken { via: None, .. } => {
            let sent = lang.pick("alert sent to", "alerta enviada a");
            (format!("tamiz: {sent} `{channel}` ({reason})\n"), true)
        }
        Came::Taken { via: Some(via), .. } => {
            let text = match lang {
                Lang::En => format!("tamiz: `{channel}` did not take an alert; sent to `{via}` ({reason})\n"),
                Lang::Es => format!("tamiz: `{channel}` no aceptó una alerta; enviada a `{via}` ({reason})\n"),
            };
            (text, true)
        }
        Came::Refused(refused) => {
            let not = lang.pick("alert not sent to", "alerta no enviada a");
            (format!("tamiz: {not} `{channel}` ({reason}): {}\n", refused.why), false)
        }
    }
}

/// What would be sent, without secrets.
pub(super) fn preview(alerts: &Alerts, decisions: &[Decision], lang: Lang) -> String {
    let redactor = Redactor::new(alerts);
    let mut text = String::new();
    for decision in decisions {
        let Some(channel) = alerts.channel(&decision.channel) else { continue };
        let Some(notice) = &decision.notice else {
            let nothing = lang.pick("nothing for", "nada para");
            text += &format!("-- {nothing} `{}`: {} {}\n", channel.name, decision.reason.word(), decision.key);
            continue;
        };
        let to = lang.pick("to", "a");
        text += &format!("-- {to} `{}`: {} {}\n", channel.name, decision.reason.word(), decision.key);
        let body = match message(&channel.kind, notice, channel.lang.unwrap_or(alerts.lang)) {
            Message::Json(body) => serde_json::to_string_pretty(&body).unwrap_or_default() + "\n",
            Message::Letter(letter) => format!("Subject: {}\n\n{}", letter.subject, letter.text),
        };
        let place = match &channel.kind {
            Kind::Slack { url }
            | Kind::Teams { url }
            | Kind::PagerDuty { url, .. }
            | Kind::Webhook { url, .. }
            | Kind::Alertmanager { url, .. } => format!("POST {}", shown(url)),
            Kind::Email(email) => format!("MAIL {}:{} → {}", email.host, email.port, email.to.join(", ")),
        };
        text += &format!("{place}\n{body}");
    }
    if text.is_empty() {
        lang.pick("no alert would be sent\n", "no se enviaría ninguna alerta\n").clone_into(&mut text);
    }
    redactor.redact(&text)
}
