//! A connection to the database, made when it is needed and again when it was lost.
//!
//! What is asked is tried again where the reason passes: a server that restarts, is full, or ends a transaction in favour of
//! another. So whatever is asked must be the same if it is done twice. A server that takes a question and never answers it is
//! given up. Messages are those of the server; no secret is in them.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::backoff::backoff;
use crate::error::Error;
use crate::postgres::{Address, said};
use crate::team::schema;

/// How often something is tried.
pub(super) const TRIES: u32 = 8;

/// The wait before the second try; those after it double, up to the longest.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// How long a connection may take to be made, and how long one question may.
const HELLO: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_mins(1);

/// How much longer something may take once the command is to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How often one asks whether it is.
const LOOK: Duration = Duration::from_millis(50);

/// What holds for every connection. Who holds a lock and is gone without a word, as a machine that lost its power, lets it go
/// after a minute.
const SESSION: &str = "set statement_timeout = '50s'; set lock_timeout = '30s';
    set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning;
    select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout';
    select set_config(name, 'on', false) from pg_settings where name = 'synchronous_commit' and setting = 'off';
    set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3";

/// Whether a command is to stop.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// A database that keeps the history of a team.
pub struct Database {
    address: Address,
    tries: u32,
    stop: Stop,
    runtime: Runtime,
    client: Mutex<Option<Client>>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Wrong {
    Postgres(tokio_postgres::Error),
    Slow(Duration),
    Other(String),
    Advised(Box<Wrong>, String),
}

impl Database {
    /// A database, reached once to see that it is there and has its tables.
    ///
    /// # Errors
    /// If it cannot be reached, or its tables cannot be made or are those of a newer version.
    pub fn open(address: Address) -> Result<Self, Error> {
        let this = Self::lazy(address, TRIES, Arc::new(|| false))?;
        this.reach()?;
        Ok(this)
    }

    /// Sees that it is there and has its tables.
    pub(super) fn reach(&self) -> Result<(), Error> {
        self.ask(&async |_: &mut Client| Ok(())).map_err(|wrong| self.unreadable(&wrong))
    }

    /// A database that is reached when it is asked, so often at most, and not again once the command is to stop.
    pub(super) fn lazy(address: Address, tries: u32, stop: Stop) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Error::Unreachable { place: address.shown().to_owned(), message: error.to_string() })?;
        Ok(Self { address, tries, stop, runtime, client: Mutex::new(None) })
    }

    /// Where it is, without secrets.
    pub(super) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// Asks, and asks again where the reason passes.
    pub(super) fn ask<T>(&self, work: &impl AsyncFn(&mut Client) -> Result<T, Wrong>) -> Result<T, Wrong> {
        let mut failed = 0;
        loop {
            match self.ask_once(work, true) {
                Err(wrong) if wrong.passes() && failed + 1 < self.tries && !(self.stop)() => {
                    tracing::warn!(place = self.shown(), why = %wrong, "the history is asked again");
                    std::thread::sleep(backoff(FIRST, failed, LONGEST));
                    failed += 1;
                }
                told => return told,
            }
        }
    }

    /// Asks over the connection that is there, if one is.
    pub(super) fn ask_if_connected<T>(&self, work: &impl AsyncFn(&mut Client) -> Result<T, Wrong>) -> Option<T> {
        self.ask_once(work, false).ok()
    }

    fn ask_once<T>(&self, work: &impl AsyncFn(&mut Client) -> Result<T, Wrong>, connect: bool) -> Result<T, Wrong> {
        let mut held = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let stopped = async {
            while !(self.stop)() {
                tokio::time::sleep(LOOK).await;
            }
            tokio::time::sleep(GRACE).await;
        };
        let asked = async {
            let mut client = match held.take().filter(|client| !client.is_closed()) {
                Some(client) => client,
                None if !connect => return Err(Wrong::Other("it is not connected".to_owned())),
                None => timeout(HELLO, self.connect()).await.map_err(|_| Wrong::Slow(HELLO))??,
            };
            // A connection that was given up in the middle of an answer is of no use any more.
            let told = timeout(ANSWER, work(&mut client)).await.map_err(|_| Wrong::Slow(ANSWER))?;
            if !client.is_closed() {
                *held = Some(client);
            }
            told
        };
        self.runtime.block_on(async {
            match select(pin!(asked), pin!(stopped)).await {
                Either::Left((told, _)) => told,
                Either::Right(_) => Err(Wrong::Slow(GRACE)),
            }
        })
    }

    async fn connect(&self) -> Result<Client, Wrong> {
        let tls = self.address.tls().map_err(Wrong::Other)?;
        let (mut client, connection) = self.address.config.connect(tls).await?;
        // It ends with its client, and what went wrong is told to who asks that.
        tokio::spawn(async move { drop(connection.await) });
        client.batch_execute(SESSION).await?;
        schema::prepare(&mut client, self.address.schema.as_deref().unwrap_or("tamiz")).await?;
        Ok(client)
    }

    /// That it could not be read.
    pub(super) fn unreadable(&self, wrong: &Wrong) -> Error {
        Error::Unreachable { place: self.shown().to_owned(), message: wrong.to_string() }
    }

    /// That it could not be written.
    pub(super) fn unwritable(&self, wrong: &Wrong) -> Error {
        Error::Undelivered { place: self.shown().to_owned(), message: wrong.to_string() }
    }
}

impl Wrong {
    /// Whether the same may do the next time.
    fn passes(&self) -> bool {
        match self {
            Self::Postgres(error) => match error.code() {
                Some(code) => {
                    let class = &code.code()[..2];
                    // Connections, resources, and operators who stop and start; a transaction that had to give way.
                    (matches!(class, "08" | "53" | "57" | "40") || *code == SqlState::LOCK_NOT_AVAILABLE)
                        && *code != SqlState::QUERY_CANCELED
                        && *code != SqlState::DISK_FULL
                }
                // What did not come from the server is a connection that could not be made or was lost, unless it is about
                // what was asked.
                None => error.is_closed() || caused_by_io(error),
            },
            Self::Slow(_) | Self::Other(_) => false,
            Self::Advised(wrong, _) => wrong.passes(),
        }
    }

    /// The same with what to do about it.
    pub(super) fn advised(self, advice: &str) -> Self {
        if self.passes() { self } else { Self::Advised(Box::new(self), advice.to_owned()) }
    }
}

/// Whether the network is the reason, and not what the server is.
fn caused_by_io(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            // A certificate that is not taken comes as invalid data.
            return !matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput);
        }
        cause = inner.source();
    }
    false
}

impl From<tokio_postgres::Error> for Wrong {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => into.write_str(&said(error)),
            Self::Slow(length) => write!(into, "it did not answer within {} s", length.as_secs()),
            Self::Other(why) => into.write_str(why),
            Self::Advised(wrong, advice) => write!(into, "{wrong}; {advice}"),
        }
    }
}

/// A name as SQL takes any name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_more_than_a_name() {
        assert_eq!(quoted("a\"; drop table run; --"), "\"a\"\"; drop table run; --\"");
    }
}
