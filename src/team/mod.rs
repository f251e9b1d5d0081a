//! The history of a team: one PostgreSQL that many machines write, and a folder of reports on each that follows it.
//!
//! `address` says where it is, `database` asks it and tries again, `schema` makes its tables, `place` reads and writes it as
//! any place of a history, `lock` keeps a suite from being run twice at once, and `mirror` carries what is new both ways. The
//! folder stays what everything else reads: pages, trends and bounds know nothing of a database. Nothing is judged or rendered
//! here.
//!
//! What is kept in the folder and not yet in the database is noted before it is kept, so a run outlives a database that is
//! down and a process that is killed; the next command of that folder delivers it. A run is told by its id: delivering one
//! twice keeps it once.

mod address;
mod database;
mod lock;
mod mirror;
mod place;
mod schema;

use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::history::History;

pub use address::{Address, SCHEMES};
pub use database::Database;
pub use lock::{Attempt, Turn};
pub use mirror::{Fetched, Reach};

/// The history of a team, and the folder that follows it.
pub struct Team {
    database: Arc<Database>,
    /// A connection of its own, for as long as it lives its locks are held.
    locks: Arc<Database>,
    local: History,
    reports: std::path::PathBuf,
}

impl Team {
    /// The history at an address, followed by a folder of reports. Its tables are made if they are not there.
    ///
    /// # Errors
    /// If it cannot be reached, or its tables cannot be made or are those of a newer version.
    pub fn open(address: Address, reports: &Path) -> Result<Self, Error> {
        let database = Arc::new(Database::open(address.clone())?);
        let locks = Arc::new(Database::lazy(address)?);
        Ok(Self { database, locks, local: History::new(reports), reports: reports.to_owned() })
    }

    /// Where it is, without secrets.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.database.shown()
    }

    /// The place that it is.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }
}
