//! A database of SQLite: a file, which is asked here and by SQLite's own code.
//!
//! What SQLite does with its cells is the matter of `engine/source/sqlite`; this asks statements of one state of it, and
//! gives it the functions they call.

mod function;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use regex::Regex;
use rusqlite::Row as Found;

use crate::answer::Structure;
use crate::diagnostic::nearest;
use crate::engine::Progress;
use crate::engine::source::infer::Guess;
use crate::engine::source::sqlite::{Error, Session, Taken, value_of};
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::{Connection, Link, Open, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::ir::{Reading, Type, Value};
use crate::outcome::Fault;

/// How many rows are handed on at a time.
const BATCH: usize = 4096;

/// How the URL of a database begins: `sqlite:ventas.db`.
pub(super) const SCHEME: &str = "sqlite:";

/// What an author would call the functions of ours by, which are made for our own statements.
static OWN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\btamiz(_[a-z_]+)?[^a-z0-9_]*\(").expect("a pattern"));

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
        if let Some(name) = named {
            return session.columns_of(name).map_err(|error| of_database(&self.name, error));
        }
        // By itself, so that it is one SELECT before it is part of another.
        let alone = relation.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(relation);
        if OWN.is_match(alone) {
            let message = "SQLite: the functions of tamiz are not there for queries".to_owned();
            return Err(fault("not_computable", message));
        }
        let found = session.columns(alone).map_err(|error| of_database(&self.name, error))?;
        for (place, (name, _)) in found.iter().enumerate() {
            if found[..place].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                let message = format!("SQLite: the query returns two columns called `{name}`; say `AS` of one");
                return Err(fault("not_computable", message));
            }
        }
        Ok(found.into_iter().map(|(name, declared)| (name, declared.unwrap_or_default())).collect())
    }

    fn readings(&self, relation: &str, columns: &[Open]) -> Result<Vec<Option<Reading>>, Fault> {
        let text = Reading::plain(Type::String);
        let mut guesses: Vec<Guess> = columns.iter().map(|column| Guess::new(&column.like).with_commas()).collect();
        // One without a declared type is one that no cell can refute.
        let mut refuted: Vec<bool> = columns.iter().map(|column| column.declared.is_none()).collect();
        let list: Vec<String> = columns.iter().map(|column| self.dialect.quoted(&column.name)).collect();
        let sql = format!("SELECT {} FROM {relation} AS t", list.join(", "));
        let asked = self.session().ask::<Wrong>(&sql, |row, _| {
            for (place, column) in columns.iter().enumerate() {
                let cell = row.get_ref(place);
                let cell = cell.map_err(|error| Wrong::Said(fault("engine_failed", error.to_string())))?;
                if let Some(declared) = &column.declared {
                    refuted[place] |= value_of(cell, declared, Taken::OfItsType).is_none();
                }
                if let Some(Value::Text(text)) = value_of(cell, &text, Taken::AsText) {
                    guesses[place].add(&text);
                }
            }
            Ok(())
        });
        asked.map_err(|wrong| self.wrong(wrong))?;
        let read = columns.iter().zip(guesses).zip(refuted).map(|((column, guess), refuted)| {
            refuted.then(|| Reading { kind: guess.kind(), marks: guess.marks(), ..column.like.clone() })
        });
        Ok(read.collect())
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
