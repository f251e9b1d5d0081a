//! Documents handed to servers over HTTP: how long one waits, when another try can help, and what an answer means.
//!
//! A connection that fails, an answer that takes too long, 408, 425, 429 and 5xx are tried again, with waits that double or
//! that the server asks for, as long as the time lasts. A redirect is a refusal: what was sent would be lost. What lets one in
//! stands in no error. It knows nothing of what the documents say.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Method, Response, redirect};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::dataset::masked;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The first wait.
const WAIT: Duration = Duration::from_millis(200);

/// How often it is tried in all.
const TRIES: u32 = 5;

/// How much of an answer is looked at.
const LOOKED_AT: usize = 2_000;

/// How a document is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is added.
    Post,
    /// It takes the place of what is there.
    Put,
}

/// A document on its way.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// Where it goes; user and password in it are sent as a header.
    pub to: &'a Url,
    /// How.
    pub how: How,
    /// What it is.
    pub media_type: &'a str,
    /// What lets one in: the token of a bearer.
    pub token: Option<&'a str>,
    /// It.
    pub body: &'a str,
}

/// What a try came to that did not succeed.
struct Refusal {
    why: String,
    /// Whether another try may succeed.
    again: bool,
    /// How long the server wants one to wait.
    asked: Option<Duration>,
}

/// Hands a document over, in so much time.
///
/// # Errors
/// Why it could not be, in one line.
pub fn send(parcel: Parcel<'_>, time: Duration) -> Result<(), String> {
    let started = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = started.map_err(|error| format!("no connection can be set up: {error}"))?;
    let done = runtime.block_on(async {
        let mut last = String::new();
        match timeout(time, attempts(parcel, &mut last)).await {
            Ok(done) => done,
            Err(_) if last.is_empty() => Err(format!("no answer within {} s", time.as_secs())),
            Err(_) => Err(format!("{last}, and the {} s for it are over", time.as_secs())),
        }
    });
    // A name that is still being looked up keeps nobody waiting.
    runtime.shutdown_background();
    done
}

async fn attempts(parcel: Parcel<'_>, last: &mut String) -> Result<(), String> {
    let client = Client::builder().redirect(redirect::Policy::none()).connect_timeout(CONNECT).timeout(ANSWER).build();
    let client = client.map_err(|error| format!("no connection can be set up: {}", told(error)))?;
    let mut wait = WAIT;
    for left in (0..TRIES).rev() {
        let refusal = match attempt(&client, parcel).await {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        tracing::debug!(to = %masked(parcel.to.as_str()), why = %refusal.why, left, "not delivered yet");
        if !refusal.again || left == 0 {
            return Err(refusal.why);
        }
        *last = refusal.why;
        sleep(refusal.asked.unwrap_or(wait)).await;
        wait *= 2;
    }
    Err(std::mem::take(last))
}

async fn attempt(client: &Client, parcel: Parcel<'_>) -> Result<(), Refusal> {
    let mut plain = parcel.to.clone();
    // Of a URL without a host, which has neither.
    let (_, _) = (plain.set_username(""), plain.set_password(None));
    let method = if parcel.how == How::Put { Method::PUT } else { Method::POST };
    let mut request =
        client.request(method, plain).header(CONTENT_TYPE, parcel.media_type).body(parcel.body.to_owned());
    request = request.header(USER_AGENT, concat!("tamiz/", env!("CARGO_PKG_VERSION")));
    if let Some(who) = who(parcel.to) {
        request = request.header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(who)));
    } else if let Some(token) = parcel.token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = request.send().await.map_err(|error| Refusal { why: told(error), again: true, asked: None })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let asked = asked.map(Duration::from_secs);
    let again = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    if status.is_redirection() {
        return Err(Refusal {
            why: format!("it answers {status}: it lies elsewhere, and is to be named there"),
            again,
            asked,
        });
    }
    let said = beginning(answer).await;
    let why = if said.is_empty() { format!("it answers {status}") } else { format!("it answers {status}: {said}") };
    Err(Refusal { why, again, asked })
}

/// The user and the password of a URL.
fn who(url: &Url) -> Option<Vec<u8>> {
    let plain = |text: &str| -> Vec<u8> { percent_decoded(text.as_bytes()) };
    (!url.username().is_empty() || url.password().is_some())
        .then(|| [plain(url.username()), b":".to_vec(), plain(url.password().unwrap_or_default())].concat())
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

/// The first line of an answer, as far as it can be read.
async fn beginning(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < LOOKED_AT
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

/// An error with its causes, and without the URL, which may let one in.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_said = inner.to_string();
        if !said.contains(&inner_said) {
            said += &format!(": {inner_said}");
        }
        cause = inner.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_is_read_from_the_url() {
        let who = |url: &str| who(&Url::parse(url).unwrap()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(who("http://h/x"), None);
        assert_eq!(who("http://ana:a%40b%25@h/x").as_deref(), Some("ana:a@b%"));
        assert_eq!(who("http://:p@h/x").as_deref(), Some(":p"));
        assert_eq!(who("http://ana@h/x").as_deref(), Some("ana:"));
    }
}
