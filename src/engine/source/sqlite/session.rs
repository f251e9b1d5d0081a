//! A database that answers statements of an engine: one at a time, all of one state, and none that writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, Result, Row};

use super::Error;
use super::connection::{self, Opener, STEPS};
use super::structure::{self, Own, Table};
use crate::answer::Structure;
use crate::engine::Progress;

/// A database that was opened to be asked.
pub(in crate::engine) struct Session {
    opener: Opener,
    asked: Connection,
    /// Sees the same state, and may look at what SQLite keeps of its tables.
    catalogue: Connection,
    tables: Vec<Table>,
    progress: Arc<Progress>,
    /// How long one statement may take, and when the one that is asked must have its answer, in microseconds.
    limit: Option<Duration>,
    end: Arc<AtomicI64>,
}

impl Session {
    /// Opens a database, and gives the connection that is asked what it needs.
    ///
    /// # Errors
    /// It is no database, or cannot be read.
    pub(in crate::engine) fn open(
        path: &Path,
        progress: &Arc<Progress>,
        limit: Option<Duration>,
        prepare: impl FnOnce(&Connection) -> Result<()>,
    ) -> std::result::Result<Self, Error> {
        let opener = Opener::new(path, progress);
        let (catalogue, mut further) = opener.open(|_| Ok(2))?;
        let mut asked = further.pop().map_or_else(|| opener.begin(), Ok)?;
        let tables = structure::tables(&catalogue).map_err(|error| opener.wrong(&error))?;
        let encoding = catalogue.query_row("PRAGMA encoding", [], |row| row.get::<_, String>(0));
        let encoding = encoding.map_err(|error| opener.wrong(&error))?;
        if encoding != "UTF-8" {
            let message =
                format!("its text is in {encoding}, which compares otherwise; read it as `source: {{sqlite: …}}`");
            return Err(Error::Unreadable { path: path.to_owned(), message });
        }
        let end = Arc::new(AtomicI64::new(i64::MAX));
        let (run, until) = (Arc::clone(progress), Arc::clone(&end));
        let is_over = move || run.stopped().is_some() || run.now() > until.load(Ordering::Relaxed);
        let set = prepare(&asked)
            .and_then(|()| asked.progress_handler(STEPS, Some(is_over)))
            .and_then(|()| connection::guard(&mut asked, true));
        set.map_err(|error| opener.wrong(&error))?;
        Ok(Self { opener, asked, catalogue, tables, progress: Arc::clone(progress), limit, end })
    }

    /// What the database says of itself, and of one of its tables.
    ///
    /// # Errors
    /// It has no such table.
    pub(in crate::engine) fn structure(&self, named: Option<&str>) -> std::result::Result<Structure, Error> {
        let keys = |name: &str| {
            let keys = structure::keys(&self.catalogue, name, &self.own(name)?, &self.tables);
            keys.map_err(|error| self.opener.wrong(&error))
        };
        Ok(Structure { keys: named.map(keys).transpose()?, tables: self.names() })
    }

    fn names(&self) -> Vec<String> {
        self.tables.iter().map(|table| table.name.clone()).collect()
    }

    /// The columns of a table or view that is there.
    fn own(&self, name: &str) -> std::result::Result<Vec<Own>, Error> {
        if !self.tables.iter().any(|table| table.name == name) {
            let path = self.opener.path().to_owned();
            return Err(Error::NoTable { path, name: name.to_owned(), tables: self.names() });
        }
        structure::columns(&self.catalogue, name).map_err(|error| self.opener.wrong(&error))
    }

    /// The columns of a table or view, with their declared types.
    ///
    /// # Errors
    /// It is not there.
    pub(in crate::engine) fn columns_of(&self, name: &str) -> std::result::Result<Vec<(String, String)>, Error> {
        Ok(self.own(name)?.into_iter().map(|own| (own.name, own.declared)).collect())
    }

    /// The columns that a SELECT returns, with their declared types.
    ///
    /// # Errors
    /// It is no one SELECT that reads.
    pub(in crate::engine) fn columns(&self, sql: &str) -> std::result::Result<Vec<(String, Option<String>)>, Error> {
        connection::query_columns(&self.asked, sql, &[]).map_err(|error| self.opener.query(&error))
    }

    /// Runs a SELECT, and calls back for each row, with the number of its columns.
    ///
    /// # Errors
    /// What `see` or SQLite says, that it took too long, or that the database changed meanwhile.
    pub(in crate::engine) fn ask<E: From<Error>>(
        &self,
        sql: &str,
        mut see: impl FnMut(&Row<'_>, usize) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let wrong = |error: rusqlite::Error| E::from(self.opener.query(&error));
        let micros = |limit: Duration| i64::try_from(limit.as_micros()).unwrap_or(i64::MAX);
        let end = self.limit.map_or(i64::MAX, |limit| self.progress.now().saturating_add(micros(limit)));
        self.end.store(end, Ordering::Relaxed);
        let mut statement = self.asked.prepare(sql).map_err(wrong)?;
        let width = statement.column_count();
        let mut found = statement.query([]).map_err(wrong)?;
        while let Some(row) = found.next().map_err(wrong)? {
            see(row, width)?;
        }
        Ok(self.opener.still()?)
    }
}
