//! One run of a suite at a time over all machines, and one who tells alerts: advisory locks of a connection that lives as long as the command.
//!
//! A process that dies ends its connection, and the server lets go what it held; a machine that dies is found out by the
//! server's keepalives within a minute. A connection that is lost while it holds a lock holds it no more: two runs may then
//! overlap, and both are kept, for runs are told by their ids.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Client;

use crate::error::Error;
use crate::history::lock::Holder;
use crate::team::Team;
use crate::team::database::Database;

/// What became of the wish for a lock.
pub enum Attempt {
    /// It is ours until it is dropped.
    Taken(Turn),
    /// Somebody has it; who, if it has told.
    Held(Option<Holder>),
}

/// A lock that is held.
pub struct Turn {
    database: Arc<Database>,
    name: String,
    /// The number of the server's process that holds it.
    session: i32,
}

impl Turn {
    /// Whether it is still held: a connection that was lost meanwhile holds it no more.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let session = self.database.ask_if_connected(&async |client: &mut Client| {
            Ok(client.query_one("select pg_backend_pid()", &[]).await?.get::<_, i32>(0))
        });
        session == Some(self.session)
    }
}

const KEY: &str = "hashtextextended('tamiz/' || current_schema() || '/' || $1, 0)";

/// How long one waits for who tells alerts, and how often one asks.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(100);

impl Team {
    /// Takes the lock of a suite if nobody has it.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn lock(&self, suite: &str, holder: &Holder) -> Result<Attempt, Error> {
        self.attempt(&format!("suite/{suite}"), holder)
    }

    /// Waits for the turn to tell alerts, for a minute at most.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub fn turn_to_tell(&self, holder: &Holder) -> Result<Option<Turn>, Error> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if let Attempt::Taken(turn) = self.attempt("alerts", holder)? {
                return Ok(Some(turn));
            }
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        Ok(None)
    }

    fn attempt(&self, what: &str, holder: &Holder) -> Result<Attempt, Error> {
        let wrong = |wrong| self.locks.unreadable(&wrong);
        let told = serde_json::to_string(holder).map_err(|error| Error::Render(error.to_string()))?;
        let name = format!("holder/{what}");
        let taken = self.locks.ask(&async |client: &mut Client| {
            let taken: bool = client.query_one(&format!("select pg_try_advisory_lock({KEY})"), &[&what]).await?.get(0);
            if taken {
                let tell = "insert into document (name, text) values ($1, $2)
                            on conflict (name) do update set text = excluded.text";
                // Words for others; the lock holds without them.
                let _ = client.execute(tell, &[&name, &told]).await;
            }
            let session: i32 = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
            Ok(taken.then_some(session))
        });
        if let Some(session) = taken.map_err(wrong)? {
            return Ok(Attempt::Taken(Turn { database: Arc::clone(&self.locks), name: what.to_owned(), session }));
        }
        let by = self.locks.ask(&async |client: &mut Client| {
            Ok(client.query_opt("select text from document where name = $1", &[&name]).await?)
        });
        let by = by.map_err(wrong)?.and_then(|row| serde_json::from_str(row.get(0)).ok());
        Ok(Attempt::Held(by))
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_tuple("Turn").field(&self.name).finish()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let name = self.name.as_str();
        // What cannot be let go now goes with the connection.
        let _ = self.database.ask_if_connected(&async |client: &mut Client| {
            Ok(client.execute(&format!("select pg_advisory_unlock({KEY})"), &[&name]).await?)
        });
    }
}
