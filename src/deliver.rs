//! Documents handed to servers over HTTP, tried again where that may help, within a budget of time.
//!
//! What may pass is tried again: after 429 when the server says, if the budget reaches that far, after a fault of the server or
//! of the network after a wait that doubles and varies. Nothing else is tried again, and no redirect is followed: what was sent
//! would be lost. Of an answer only the beginning is read. What may have arrived is sent again only to who knows it again. What
//! lets one in stands in no error. It knows nothing of what the documents say.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;

use crate::backoff::backoff;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest wait that is chosen here.
const LONGEST: Duration = Duration::from_secs(15);

/// The first wait.
const FIRST: Duration = Duration::from_millis(250);

/// What is said of a message that may have been taken.
const MAYBE: &str = "it may have arrived all the same, so it is not sent again now";

/// How much of an answer is read.
const READ: usize = 4 << 10;

/// The time as it passes, and how much of it there is.
#[derive(Clone)]
pub struct Clock {
    /// The time, in microseconds since 1970 UTC.
    pub wall: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// How long delivery has taken so far, whatever the wall clock does.
    pub passed: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// How long it may take.
    pub budget: Duration,
}

impl Clock {
    /// The time, in microseconds since 1970 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.wall)()
    }

    /// How much time is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.budget.saturating_sub((self.passed)())
    }
}

/// How a document is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It is added.
    Post,
    /// It takes the place of what is there.
    Put,
}

/// A document on its way.
pub struct Parcel<'a> {
    /// The address; user and password in it are sent as a header.
    pub url: &'a str,
    /// How.
    pub how: How,
    /// The body; every try sends the same bytes.
    pub body: Vec<u8>,
    /// What is said beside it in a try at a moment, in microseconds since 1970 UTC.
    pub headers: &'a dyn Fn(i64) -> Vec<(String, String)>,
    /// Whether an answer, by its status and its beginning, says that the message was taken.
    pub taken: fn(u16, &str) -> bool,
    /// Whether the receiver knows a message that comes twice, so that one may be sent again of which it is not known whether it
    /// arrived.
    pub repeatable: bool,
    /// How often it is tried in all.
    pub tries: u32,
}

/// A message that was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The last status, where there is one.
    pub status: Option<u16>,
    /// How often it was tried.
    pub tries: u32,
}

/// A message that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why, in words.
    pub why: String,
    /// The last status, where there is one.
    pub status: Option<u16>,
    /// How often it was tried.
    pub tries: u32,
}

/// What one try came to.
enum Came {
    Taken(u16),
    /// It may pass; the wait that the server asks for.
    Passing {
        why: String,
        status: Option<u16>,
        wait: Option<Duration>,
    },
    Final {
        why: String,
        status: Option<u16>,
    },
}

impl Refused {
    /// A message that was never sent.
    #[must_use]
    pub fn unsent(why: impl Into<String>) -> Self {
        Self { why: why.into(), status: None, tries: 0 }
    }

    /// A message that no time was left for, after so many tries.
    #[must_use]
    pub fn late(tries: u32) -> Self {
        Self { tries, ..Self::unsent("the time for it is spent") }
    }
}

/// Sends.
///
/// # Errors
/// Why it was not taken.
pub fn send(parcel: &Parcel<'_>, clock: &Clock) -> Result<Taken, Refused> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Refused::unsent(format!("no thread waits for the network: {error}")))?;
    let client = client().map_err(|error| Refused::unsent(format!("no connection can be set up: {error}")))?;
    let mut tries = 0;
    loop {
        tries += 1;
        let left = clock.left();
        if left.is_zero() {
            return Err(Refused::late(tries - 1));
        }
        let asked = within(left.min(PATIENCE), once(&client, parcel, clock.now()));
        let (why, status, wait) = match runtime.block_on(asked) {
            Some(Came::Taken(status)) => return Ok(Taken { status: Some(status), tries }),
            Some(Came::Final { why, status }) => return Err(Refused { why, status, tries }),
            Some(Came::Passing { why, status, wait }) => (why, status, wait),
            None if parcel.repeatable => ("no answer came in time".to_owned(), None, None),
            None => return Err(Refused { why: format!("no answer came in time; {MAYBE}"), status: None, tries }),
        };
        let wait = wait.unwrap_or_default().max(backoff(FIRST, tries - 1, LONGEST));
        if tries >= parcel.tries || wait >= clock.left() {
            let why = if tries < parcel.tries {
                format!("{why}; the time for it does not reach to another try")
            } else {
                why
            };
            return Err(Refused { why, status, tries });
        }
        tracing::debug!(why, left = parcel.tries - tries, "not delivered yet");
        std::thread::sleep(wait);
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}

fn client() -> Result<reqwest::Client, String> {
    let agent = concat!("tamiz/", env!("CARGO_PKG_VERSION"));
    let client = reqwest::Client::builder()
        .user_agent(agent)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT);
    client.build().map_err(|error| words(&error))
}

async fn once(client: &reqwest::Client, parcel: &Parcel<'_>, now: i64) -> Came {
    let method = if parcel.how == How::Put { Method::PUT } else { Method::POST };
    let mut request = client.request(method, parcel.url).body(parcel.body.clone());
    for (name, value) in (parcel.headers)(now) {
        request = request.header(name, value);
    }
    let mut answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_builder() => return Came::Final { why: words(&error), status: None },
        Err(error) if error.is_connect() || parcel.repeatable => {
            return Came::Passing { why: words(&error), status: None, wait: None };
        }
        Err(error) => return Came::Final { why: format!("{}; {MAYBE}", words(&error)), status: None },
    };
    let status = answer.status().as_u16();
    let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let wait = asked.and_then(|text| wait(text, now));
    let mut begins = Vec::new();
    while begins.len() < READ
        && let Ok(Some(part)) = answer.chunk().await
    {
        begins.extend_from_slice(&part);
    }
    begins.truncate(READ);
    let begins = String::from_utf8_lossy(&begins);
    if (parcel.taken)(status, &begins) {
        return Came::Taken(status);
    }
    let said = crate::report::cut(&crate::report::line(begins.trim()), 160);
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    match status {
        300..400 => Came::Final {
            why: format!("it answers {status} and points elsewhere, where nothing is sent"),
            status: Some(status),
        },
        410 => Came::Final { why: "it answers 410: the address is gone for good".to_owned(), status: Some(status) },
        408 | 425 | 429 | 500..=599 => {
            Came::Passing { why: format!("it answers {status}{said}"), status: Some(status), wait }
        }
        200..300 => Came::Final {
            why: format!("it answers {status}, and not as a receiver of this kind does{said}"),
            status: Some(status),
        },
        _ => Came::Final { why: format!("it answers {status}{said}"), status: Some(status) },
    }
}

/// What an error of the client says, without the address, which may be a secret.
fn words(error: &reqwest::Error) -> String {
    let mut told = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        told.push(error.to_string());
        cause = error.source();
    }
    let told = told.pop().unwrap_or_else(|| "the request cannot be made".to_owned());
    if error.is_connect() { format!("no connection: {told}") } else { told }
}

/// The wait that `Retry-After` asks for: seconds, or a date.
fn wait(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp_micros();
    Some(Duration::from_micros(u64::try_from(date.saturating_sub(now)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_when_to_come_back_in_seconds_or_as_a_date() {
        assert_eq!(wait(" 7 ", 0), Some(Duration::from_secs(7)));
        let now = 784_111_770_000_000;
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now + 8_000_000), Some(Duration::ZERO));
        assert_eq!(wait("soon", 0), None);
    }
}
