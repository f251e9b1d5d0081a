//! Sending what was decided, each channel on a thread of its own, and writing down what arrived.
//!
//! A channel that does not take a message hands it to its fallback; one that rests is not asked. The state is written after
//! each message that was taken, so that a process that dies tells as little as possible twice and forgets nothing. All of it
//! ends within the budget.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use serde_json::json;

use crate::alert::channel::{self, message};
use crate::alert::plan::Decision;
use crate::alert::reason::Reason;
use crate::alert::redact::Redactor;
use crate::alert::state::{Book, Health, State};
use crate::config::{Alerts, Channel};
use crate::deliver::{Clock, Refused, Taken};
use crate::error::Error;
use crate::ir::time::format_timestamp;

/// What became of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The channel.
    pub channel: String,
    /// The group.
    pub key: String,
    /// Why it was told, or was not.
    pub reason: Reason,
    /// What became of it.
    pub came: Came,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Nothing was to be sent.
    Quiet,
    /// It was taken, by the fallback if that is named.
    Taken {
        /// The status and how often it was tried.
        how: Taken,
        /// The fallback.
        via: Option<String>,
    },
    /// It was not taken.
    Refused(Refused),
}

/// What a thread tells: which decision, how its own channel took it, how its fallback did, and whether the fallback was asked.
struct Told {
    index: usize,
    /// None if the channel rested.
    own: Option<Result<Taken, Refused>>,
    fallback: Option<(String, Result<Taken, Refused>)>,
}

/// Sends what was decided. Without a book nothing is remembered.
///
/// # Errors
/// The state or the log cannot be written; all messages were sent that could be, and come with the error.
pub fn deliver(
    alerts: &Arc<Alerts>,
    decisions: Vec<Decision>,
    runs: &[(String, (String, String))],
    book: Option<&Book>,
    clock: &Clock,
) -> (Vec<Delivered>, Result<(), Error>) {
    let mut state = book.and_then(|book| book.state.clone()).unwrap_or_default();
    let redactor = Redactor::new(alerts);
    let mut written = Ok(());
    let keep = |state: &State, written: &mut Result<(), Error>| {
        if let (Some(book), Ok(())) = (book, &written) {
            *written = book.write(state);
        }
    };
    let mut came: Vec<Came> = vec![Came::Quiet; decisions.len()];
    // What is not sent is settled by itself.
    for decision in decisions.iter().filter(|decision| decision.notice.is_none()) {
        state.put(&decision.channel, &decision.key, decision.after.clone());
    }
    let decisions = Arc::new(decisions);
    let (sender, results) = channel::<Told>();
    let mut waiting = start(alerts, &decisions, &state.channels, clock, &sender);
    drop(sender);
    for index in &waiting {
        came[*index] = Came::Refused(Refused::late(0));
    }
    while !waiting.is_empty() {
        let Ok(told) = results.recv_timeout(clock.left()) else { break };
        waiting.retain(|index| *index != told.index);
        let decision = &decisions[told.index];
        note_health(&mut state, alerts, decision, &told, clock.now());
        let index = told.index;
        came[index] = settle(&mut state, decision, told);
        keep(&state, &mut written);
    }
    // Threads that hang count as failures of their channels.
    for index in waiting {
        let health = state.channels.entry(decisions[index].channel.clone()).or_default();
        *health = health.after(false, alerts.breaker, clock.now());
    }
    for (suite, newest) in runs {
        if state.newest(suite, clock.now()).is_none_or(|known| known < newest) {
            state.runs.insert(suite.clone(), newest.clone());
        }
    }
    keep(&state, &mut written);
    let delivered = decisions.iter().zip(came).map(|(decision, came)| Delivered {
        channel: decision.channel.clone(),
        key: decision.key.clone(),
        reason: decision.reason,
        came: redacted(came, &redactor),
    });
    let delivered: Vec<Delivered> = delivered.collect();
    let logged = book.map_or(Ok(()), |book| log(book, &delivered, clock.now()));
    (delivered, written.and(logged))
}

/// Begins a thread for each channel that something goes to, and says which decisions are on their way.
fn start(
    alerts: &Arc<Alerts>,
    decisions: &Arc<Vec<Decision>>,
    health: &BTreeMap<String, Health>,
    clock: &Clock,
    sender: &Sender<Told>,
) -> Vec<usize> {
    let mut by_channel: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, decision) in decisions.iter().enumerate().filter(|(_, decision)| decision.notice.is_some()) {
        by_channel.entry(&decision.channel).or_default().push(index);
    }
    let mut begun = Vec::new();
    for (name, indices) in by_channel {
        let Some(channel) = alerts.channel(name).cloned() else { continue };
        let health = health.get(name).copied().unwrap_or_default();
        begun.extend(&indices);
        let (alerts, decisions, clock, sender) =
            (Arc::clone(alerts), Arc::clone(decisions), clock.clone(), sender.clone());
        let work = move || of_channel(&alerts, &channel, &indices, &decisions, health, &clock, &sender);
        // A thread that cannot be started sends nothing, which is told as such when the time is over.
        let _ = std::thread::Builder::new().name("tamiz-alert".to_owned()).spawn(work);
    }
    begun
}

fn of_channel(
    alerts: &Alerts,
    channel: &Channel,
    indices: &[usize],
    decisions: &[Decision],
    mut health: Health,
    clock: &Clock,
    sender: &Sender<Told>,
) {
    for index in indices {
        let decision = &decisions[*index];
        let Some(notice) = &decision.notice else { continue };
        let send = |channel: &Channel| {
            let message = message(&channel.kind, notice, channel.lang.unwrap_or(alerts.lang));
            channel::send(&channel.kind, &message, &channel::id(&channel.name, notice), clock)
        };
        let own = (!health.rests(alerts.breaker, clock.now())).then(|| send(channel));
        if let Some(own) = &own {
            health = health.after(own.is_ok(), alerts.breaker, clock.now());
        }
        let arrived = own.as_ref().is_some_and(Result::is_ok);
        // Who heard the beginning in its place hears the end.
        let instead = decision.via.as_deref().or(channel.fallback.as_deref().filter(|_| !arrived));
        let instead = instead.and_then(|name| alerts.channel(name));
        let fallback = instead.map(|other| (other.name.clone(), send(other)));
        if sender.send(Told { index: *index, own, fallback }).is_err() {
            return;
        }
    }
}

fn note_health(state: &mut State, alerts: &Alerts, decision: &Decision, told: &Told, now: i64) {
    let own = told.own.as_ref().map(|own| (decision.channel.as_str(), own.is_ok()));
    let fallback = told.fallback.as_ref().map(|(name, came)| (name.as_str(), came.is_ok()));
    for (name, arrived) in own.into_iter().chain(fallback) {
        let health = state.channels.entry(name.to_owned()).or_default();
        *health = health.after(arrived, alerts.breaker, now);
    }
}

/// Writes down that a message was taken, if it was.
fn settle(state: &mut State, decision: &Decision, told: Told) -> Came {
    let rests = || Refused::unsent("the channel rests after several failures");
    let (how, via) = match (told.own, told.fallback) {
        (Some(Ok(how)), _) => (how, None),
        (_, Some((name, Ok(how)))) => (how, Some(name)),
        (Some(Err(refused)), None) => return Came::Refused(refused),
        (None, None) => return Came::Refused(rests()),
        (own, Some((name, Err(second)))) => {
            let first = own.and_then(Result::err).unwrap_or_else(rests);
            let why = format!("{}; its fallback `{name}`: {}", first.why, second.why);
            return Came::Refused(Refused { why, ..first });
        }
    };
    let mut after = decision.after.clone();
    if let Some(after) = &mut after {
        after.via = via.clone().or_else(|| after.via.clone());
    }
    state.put(&decision.channel, &decision.key, after);
    Came::Taken { how, via }
}

fn redacted(came: Came, redactor: &Redactor) -> Came {
    match came {
        Came::Refused(refused) => Came::Refused(Refused { why: redactor.redact(&refused.why), ..refused }),
        other => other,
    }
}

/// Writes a line for each decision.
fn log(book: &Book, delivered: &[Delivered], now: i64) -> Result<(), Error> {
    let at = format_timestamp(now);
    let month = at.get(..7).unwrap_or_default();
    for one in delivered {
        let mut line = json!({ "at": at, "channel": one.channel, "key": one.key, "reason": one.reason });
        match &one.came {
            Came::Quiet => line["status"] = "quiet".into(),
            Came::Taken { how, via } => {
                line["status"] = "sent".into();
                line["via"] = via.clone().into();
                (line["answer"], line["tries"]) = (how.status.into(), how.tries.into());
            }
            Came::Refused(refused) => {
                line["status"] = "failed".into();
                line["error"] = refused.why.clone().into();
                (line["answer"], line["tries"]) = (refused.status.into(), refused.tries.into());
            }
        }
        book.log(month, &line.to_string())?;
    }
    Ok(())
}
