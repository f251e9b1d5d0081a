//! The history of a team: one PostgreSQL that many machines write, and a folder of reports on each that follows it.
//!
//! `database` asks it and tries again, `schema` makes its tables, `place` reads and writes it as
//! any place of a history, `lock` keeps a suite from being run twice at once, `mirror` carries what is new both ways, and
//! `follow` is how a folder follows a suite. The
//! folder stays what everything else reads: pages, trends and bounds know nothing of a database. Nothing is judged or rendered
//! here.
//!
//! What is kept in the folder and not yet in the database is noted before it is kept, so a run outlives a database that is
//! down and a process that is killed; the next command of that folder delivers it. A run is told by its id: delivering one
//! twice keeps it once.

mod database;
mod follow;
mod lock;
mod mirror;
mod place;
mod schema;

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::error::Error;
use crate::history::History;
use crate::postgres::Address;

use database::TRIES;
pub use database::{Database, Stop};
pub use lock::{Attempt, Turn};
pub use mirror::{Fetched, Reach};

/// The history of a team, and the folder that follows it.
pub struct Team {
    database: Database,
    /// A connection of its own, for as long as it lives its locks are held.
    locks: Arc<Database>,
    /// One that is asked once, for who waits for a page.
    pages: Database,
    /// The ids of the runs that it delivered.
    delivered: Mutex<Vec<String>>,
    local: History,
    reports: std::path::PathBuf,
}

impl Team {
    /// The history at an address, followed by a folder of reports; asked when it is needed, and no more once `stop` says so.
    ///
    /// # Errors
    /// If this machine cannot have a connection at all.
    pub fn lazy(address: &Address, reports: &Path, stop: &Stop) -> Result<Self, Error> {
        let database = |tries| Database::lazy(address.clone(), tries, Arc::clone(stop));
        Ok(Self {
            database: database(TRIES)?,
            locks: Arc::new(database(TRIES)?),
            pages: database(1)?,
            delivered: Mutex::default(),
            local: History::new(reports),
            reports: reports.to_owned(),
        })
    }

    /// Sees that it is there and has its tables.
    ///
    /// # Errors
    /// If it cannot be reached, or its tables cannot be made or are those of a newer version.
    pub fn reach(&self) -> Result<(), Error> {
        self.database.reach()
    }

    /// Where it is, without secrets.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.database.shown()
    }
}
