//! A database of SQLite: a file, which is asked here and by SQLite's own code.
//!
//! What SQLite does with its cells is the matter of `engine/source/sqlite`; this asks statements of one state of it, and
//! gives it the functions they call.

mod function;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Row as Found;

use crate::answer::Structure;
use crate::diagnostic::nearest;
use crate::engine::Progress;
use crate::engine::source::infer::Guess;
use crate::engine::source::sqlite::{Error, Session, Taken, value_of};
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::{Connection, Link, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::ir::{Reading, Value};
use crate::outcome::Fault;

/// How many rows are handed on at a time.
const BATCH: usize = 4096;

/// How the URL of a database begins: `sqlite:ventas.db`.
pub(super) const SCHEME: &str = "sqlite:";

/// A database that is open.
pub(super) struct Sqlite {
    name: String,
    path: PathBuf,
    dialect: Arc<dialect::Sqlite>,
    session: Mutex<Session>,
    progress: Arc<Progress>,
    limit: Option<Duration>,
}

/// Why a statement has no answer.
enum Wrong {
    Sqlite(Error),
    Said(Fault),
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Sqlite {
    /// Opens the database of a URL.
    ///
    /// # Errors
    /// It is none, or cannot be read.
    pub(super) fn open(name: &str, url: &str, link: &Link, progress: &Arc<Progress>) -> Result<Self, Fault> {
        let path = url.strip_prefix(SCHEME).unwrap_or(url);
        let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
        let missing = |message: String| fault("source_missing", format!("the connection `{name}`: {message}"));
        if !path.is_file() {
            return Err(missing(format!("there is no file `{}`", path.display())));
        }
        let dialect = Arc::new(dialect::Sqlite::default());
        let session =
            Session::open(&path, progress, link.timeout, |connection| function::register(connection, &dialect));
        let session = session.map_err(|error| of_database(name, error))?;
        let (name, progress, limit) = (name.to_owned(), Arc::clone(progress), link.timeout);
        Ok(Self { name, path, dialect, session: Mutex::new(session), progress, limit })
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self, wrong: Wrong) -> Fault {
        match wrong {
            Wrong::Sqlite(Error::Stopped(_)) if self.progress.stopped().is_none() => {
                let limit = self.limit.unwrap_or_default();
                fault("timeout", format!("SQLite: there was no answer within {} s", limit.as_secs_f64()))
            }
            Wrong::Sqlite(error) => of_database(&self.name, error),
            Wrong::Said(fault) => fault,
        }
    }
}

/// What a fault of a database comes to.
fn of_database(name: &str, error: Error) -> Fault {
    match error {
        Error::Unreadable { .. } => fault("source_unreadable", format!("the connection `{name}`: {error}")),
        Error::NoTable { name: table, tables, .. } => {
            let advice = match nearest(&table, tables.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if tables.is_empty() => "it has none".to_owned(),
                None => format!("it has {}", tables.join(", ")),
            };
            fault("source_missing", format!("the connection `{name}` has no table `{table}`; {advice}"))
        }
        Error::Query(message) => fault("not_computable", format!("SQLite: {message}")),
        Error::Stopped(why) => why.fault(),
    }
}

impl Connection for Sqlite {
    fn dialect(&self) -> &dyn Dialect {
        self.dialect.as_ref()
    }

    fn word(&self) -> &'static str {
        "sqlite"
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn table(&self, name: &str) -> String {
        self.dialect.quoted(name)
    }

    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        let session = self.session();
        // A name that is none would be told by SQLite too, but not which one is near.
        let found = session.structure(named).and_then(|_| session.columns(&format!("SELECT * FROM {relation} AS t")));
        let found = found.map_err(|error| of_database(&self.name, error))?;
        Ok(found.into_iter().map(|(name, declared)| (name, declared.unwrap_or_default())).collect())
    }

    fn guess(&self, relation: &str, name: &str, like: &Reading) -> Result<Option<Reading>, Fault> {
        let mut guess = Guess::new(like).with_commas();
        let text = Reading { missing: None, trim: false, ..Reading::plain(crate::ir::Type::String) };
        let sql = format!("SELECT {} FROM {relation} AS t", self.dialect.quoted(name));
        let asked = self.session().ask::<Wrong>(&sql, |row, _| {
            let cell = row.get_ref(0).map_err(|error| Wrong::Said(fault("engine_failed", error.to_string())))?;
            if let Some(Value::Text(text)) = value_of(cell, &text, Taken::AsText) {
                guess.add(&text);
            }
            Ok(())
        });
        asked.map_err(|wrong| self.wrong(wrong))?;
        Ok(Some(Reading { kind: guess.kind(), marks: guess.marks(), ..like.clone() }))
    }

    fn structure(&self, named: Option<&str>) -> Result<Option<Structure>, Fault> {
        self.session().structure(named).map(Some).map_err(|error| of_database(&self.name, error))
    }

    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        let (mut batch, mut rows) = (Vec::new(), 0);
        let cells = |row: &Found<'_>, width: usize| -> Result<Row, String> {
            let cell = |place: usize| row.get_ref(place).map_err(|error| error.to_string());
            (0..width).map(|place| function::told(cell(place)?)).collect()
        };
        let asked = self.session().ask::<Wrong>(sql, |row, width| {
            batch.push(cells(row, width).map_err(|message| Wrong::Said(fault("engine_failed", message)))?);
            rows += 1;
            if batch.len() >= BATCH {
                see(std::mem::take(&mut batch)).map_err(Wrong::Said)?;
            }
            Ok(())
        });
        asked.map_err(|wrong| self.wrong(wrong))?;
        see(batch)?;
        Ok(Told { rows, id: None })
    }
}
