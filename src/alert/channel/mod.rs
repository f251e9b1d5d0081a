//! From a notice to the message of a channel, and the sending of it, one file a kind of channel.
//!
//! Messages are made without secrets, by pure functions; what lets one in is added when they are sent.

pub mod alertmanager;
pub mod email;
pub mod pagerduty;
pub mod slack;
pub mod teams;
pub mod webhook;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::alert::notice::Notice;
use crate::config::{Kind, Secret};
use crate::deliver::{self, Clock, How, Parcel, Refused, Taken};
use crate::lang::Lang;

/// How often a message is tried.
const TRIES: u32 = 3;

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A document, over HTTP.
    Json(Json),
    /// A letter.
    Letter(Box<email::Letter>),
}

/// The message of a notice for a kind of channel.
#[must_use]
pub fn message(kind: &Kind, notice: &Notice, lang: Lang) -> Message {
    match kind {
        Kind::Slack { .. } => Message::Json(slack::message(notice, lang)),
        Kind::Teams { .. } => Message::Json(teams::message(notice, lang)),
        Kind::PagerDuty { .. } => Message::Json(pagerduty::event(notice, lang)),
        Kind::Webhook { .. } => Message::Json(webhook::event(notice, lang)),
        Kind::Alertmanager { every, .. } => Message::Json(alertmanager::alerts(notice, *every, lang)),
        Kind::Email(email) => Message::Letter(Box::new(email::letter(email, notice, lang))),
    }
}

/// A name of a message that is the same however often it is tried, and of no other message.
#[must_use]
pub fn id(channel: &str, notice: &Notice) -> String {
    let mut digest = Sha256::new();
    for part in [channel, &notice.key, &notice.run, notice.reason.word()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.finalize().iter().take(12).fold("msg_".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Sends a message.
///
/// # Errors
/// Why it was not taken.
pub fn send(kind: &Kind, message: &Message, id: &str, clock: &Clock) -> Result<Taken, Refused> {
    match (kind, message) {
        (Kind::Slack { url }, Message::Json(body)) => plain(url, body, slack::taken, false, clock),
        (Kind::Teams { url }, Message::Json(body)) => plain(url, body, teams::taken, false, clock),
        (Kind::PagerDuty { url, routing_key }, Message::Json(body)) => {
            let mut body = body.clone();
            body["routing_key"] = exposed(routing_key)?.into();
            plain(url, &body, pagerduty::taken, true, clock)
        }
        (Kind::Webhook { url, secret, signature }, Message::Json(body)) => {
            let body = bytes(body)?;
            let key = secret.as_ref().map(exposed).transpose()?;
            let key = key.map(|key| webhook::key(key, *signature)).transpose().map_err(Refused::unsent)?;
            let headers = |now: i64| {
                let headers = webhook::headers(id, now, &body, key.as_deref(), *signature);
                headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            };
            let parcel = parcel(exposed(url)?, body.clone(), &headers, webhook::taken, true);
            deliver::send(&parcel, clock)
        }
        (Kind::Alertmanager { url, token, .. }, Message::Json(body)) => {
            let url = format!("{}/api/v2/alerts", exposed(url)?.trim_end_matches('/'));
            let token = token.as_ref().map(exposed).transpose()?.map(|token| format!("Bearer {token}"));
            let headers = |_| {
                json_headers()
                    .into_iter()
                    .chain(token.clone().map(|token| ("authorization".to_owned(), token)))
                    .collect()
            };
            deliver::send(&parcel(&url, bytes(body)?, &headers, webhook::taken, true), clock)
        }
        (Kind::Email(email), Message::Letter(letter)) => email::send(email, letter, clock),
        _ => Err(Refused::unsent("this message is none of this channel")),
    }
}

fn plain(
    url: &Secret,
    body: &Json,
    taken: fn(u16, &str) -> bool,
    repeatable: bool,
    clock: &Clock,
) -> Result<Taken, Refused> {
    deliver::send(&parcel(exposed(url)?, bytes(body)?, &|_| json_headers(), taken, repeatable), clock)
}

fn parcel<'a>(
    url: &'a str,
    body: Vec<u8>,
    headers: &'a dyn Fn(i64) -> Vec<(String, String)>,
    taken: fn(u16, &str) -> bool,
    repeatable: bool,
) -> Parcel<'a> {
    Parcel { url, how: How::Post, body, headers, taken, repeatable, tries: TRIES }
}

fn json_headers() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

fn exposed(secret: &Secret) -> Result<&str, Refused> {
    secret.expose().map_err(Refused::unsent)
}

fn bytes(body: &Json) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(body).map_err(|error| Refused::unsent(error.to_string()))
}
