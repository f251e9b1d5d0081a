//! Connections to a database that read, and do nothing else.
//!
//! A database in WAL mode that nobody has open (no `-shm` beside it, nothing in its `-wal`) is opened as one that does not
//! change, for SQLite would leave files beside it otherwise; should it change all the same, that is an error. Any other one
//! is opened as readers do, so that what stands in its WAL counts and writers are waited for.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement};

use super::{Error, MAGIC};
use crate::engine::{Progress, Stop};
use crate::ir::{Value, time};

/// How long a writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often several connections are brought to one state before one has to do.
const ATTEMPTS: usize = 5;

/// How many steps of SQLite lie between two looks at whether the run was stopped.
pub(super) const STEPS: i32 = 20_000;

/// Functions that a query may not call: they reach out of the database, or give something else each time.
const REFUSED: [&str; 8] = [
    "load_extension",
    "random",
    "randomblob",
    "current_date",
    "current_time",
    "current_timestamp",
    "fts3_tokenizer",
    "readfile",
];

/// Opens a database.
pub(super) struct Opener {
    path: PathBuf,
    progress: Arc<Progress>,
    /// What the file was like, if it is opened as one that does not change.
    unchanging: Option<(u64, Option<SystemTime>)>,
}

impl Opener {
    pub(super) fn new(path: &Path, progress: &Arc<Progress>) -> Self {
        let unchanging = is_at_rest(path).then(|| state(path)).flatten();
        Self { path: path.to_owned(), progress: Arc::clone(progress), unchanging }
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a connection, and as many more that see the same state as it is worth.
    pub(super) fn open(
        &self,
        worth: impl Fn(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<(Connection, Vec<Connection>), Error> {
        let wrong = |error: rusqlite::Error| self.wrong(&error);
        for _ in 0..ATTEMPTS {
            let watch = self.connect()?;
            let version = || watch.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).map_err(wrong);
            let before = version()?;
            let first = self.begin()?;
            let worth = worth(&first).map_err(wrong)?;
            let further = (1..worth).map(|_| self.begin()).collect::<Result<Vec<_>, Error>>()?;
            if further.is_empty() || version()? == before {
                return Ok((first, further));
            }
        }
        // It is written to all the time.
        Ok((self.begin()?, Vec::new()))
    }

    /// Opens a connection that sees one state.
    pub(super) fn begin(&self) -> Result<Connection, Error> {
        let connection = self.connect()?;
        let begun = connection.execute_batch("BEGIN").and_then(|()| {
            // The transaction begins with the first look.
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        });
        begun.map_err(|error| self.wrong(&error))?;
        Ok(connection)
    }

    /// Refuses what was read of a database that was taken for one that does not change.
    pub(super) fn still(&self) -> Result<(), Error> {
        let changed = self.unchanging.is_some() && (state(&self.path) != self.unchanging || !is_at_rest(&self.path));
        if changed {
            let message = "it was written to while it was read; run again, and it will be read with its WAL".to_owned();
            return Err(Error::Unreadable { path: self.path.clone(), message });
        }
        Ok(())
    }

    /// What a fault of SQLite means for the database.
    pub(super) fn wrong(&self, error: &rusqlite::Error) -> Error {
        let message = match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => return self.stopped(),
            Some(ErrorCode::NotADatabase) => "it is no SQLite database, or an encrypted one".to_owned(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("another program is writing to it, and had not finished after {} s", PATIENCE.as_secs())
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) if beside(&self.path, "-journal").exists() => {
                "a `-journal` beside it says that a write was cut off; open it once with a program that may write"
                    .to_owned()
            }
            _ => said(error),
        };
        Error::Unreadable { path: self.path.clone(), message }
    }

    /// What a fault of SQLite means for a query.
    pub(super) fn query(&self, error: &rusqlite::Error) -> Error {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => self.stopped(),
            // What is wrong is not the query.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory,
            ) => self.wrong(error),
            Some(ErrorCode::AuthorizationForStatementDenied) => {
                Error::Query(format!("{}; a source only reads tables and views of its database", said(error)))
            }
            _ => Error::Query(said(error)),
        }
    }

    /// Why SQLite was kept from going on.
    fn stopped(&self) -> Error {
        Error::Stopped(self.progress.stopped().unwrap_or(Stop::Timeout))
    }

    fn connect(&self) -> Result<Connection, Error> {
        if let Some(message) = cut_off(&self.path) {
            return Err(Error::Unreadable { path: self.path.clone(), message });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let uri = self.unchanging.and_then(|_| self.path.to_str()).map(unchanging_uri);
        let opened = match uri {
            Some(uri) => Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI),
            None => Connection::open_with_flags(&self.path, flags),
        };
        let set = opened.and_then(|mut connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            // A database that somebody sent may hold views that call functions.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
            let progress = Arc::clone(&self.progress);
            connection.progress_handler(STEPS, Some(move || progress.stopped().is_some()))?;
            Ok(connection)
        });
        set.map_err(|error| self.wrong(&error))
    }
}

/// Holds a connection to reading tables; with `strict` to what a query of a suite may do.
pub(super) fn guard(connection: &mut Connection, strict: bool) -> rusqlite::Result<()> {
    if strict {
        // Else a column that is not there would be text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    }
    connection.authorizer(Some(move |context: AuthContext<'_>| match context.action {
        // A pragma read as a table asks for leave only once its rows are read.
        AuthAction::Read { table_name, .. } if strict && is_pragma(table_name) => Authorization::Deny,
        AuthAction::Select | AuthAction::Read { .. } => Authorization::Allow,
        AuthAction::Function { function_name } => {
            let refused = REFUSED.iter().any(|name| name.eq_ignore_ascii_case(function_name));
            if refused { Authorization::Deny } else { Authorization::Allow }
        }
        // Of a view it is the matter of the database; of a query it has no bound.
        AuthAction::Recursive if !strict => Authorization::Allow,
        _ => Authorization::Deny,
    }))
}

/// The columns that a query returns, with their declared types; the query is one SELECT that reads.
pub(super) fn query_columns(
    connection: &Connection,
    sql: &str,
    values: &[(String, Value)],
) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement = connection.prepare(sql)?;
    bind(&mut statement, values)?;
    if !statement.readonly() || statement.is_explain() != 0 || statement.column_count() == 0 {
        return Err(rusqlite::Error::InvalidQuery);
    }
    let columns = statement.columns().map(|column| (column.name().to_owned(), column.decl_type().map(str::to_owned)));
    Ok(columns.collect())
}

/// Puts the values of variables into a statement.
pub(super) fn bind(statement: &mut Statement<'_>, values: &[(String, Value)]) -> rusqlite::Result<()> {
    for place in 1..=statement.parameter_count() {
        let name = statement.parameter_name(place).map(str::to_owned).unwrap_or_default();
        let value = name.strip_prefix(':').and_then(|name| values.iter().find(|(known, _)| known == name));
        let Some((_, value)) = value else { return Err(rusqlite::Error::InvalidParameterName(name)) };
        statement.raw_bind_parameter(place, stored(value))?;
    }
    Ok(())
}

/// A value as SQLite stores it: a flag as 0 or 1, a number that is not whole as a float, dates and instants as text in UTC,
/// the way its own functions write them.
fn stored(value: &Value) -> Stored {
    match value {
        Value::Null => Stored::Null,
        Value::Boolean(flag) => Stored::Integer(i64::from(*flag)),
        Value::Integer(number) => Stored::Integer(*number),
        Value::Timestamp(micros) => Stored::Text(instant(*micros)),
        other => match (other, other.to_f64()) {
            (Value::Decimal(_) | Value::Float(_), Some(number)) => Stored::Real(number),
            _ => Stored::Text(other.to_string()),
        },
    }
}

fn instant(micros: i64) -> String {
    let text = time::format_timestamp(micros);
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}

/// Whether a database in WAL mode has nobody who has it open, and nothing in its WAL.
fn is_at_rest(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    let wal = read.is_ok() && head.starts_with(MAGIC) && (head[18] == 2 || head[19] == 2);
    let written = fs::metadata(beside(path, "-wal")).is_ok_and(|facts| facts.len() > 0);
    wal && !written && !beside(path, "-shm").exists()
}

/// What is wrong with a database that is shorter than it says; SQLite takes what is missing of a page for zeros.
///
/// One that has a log or a journal beside it may be about to grow.
fn cut_off(path: &Path) -> Option<String> {
    let mut head = [0; 100];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let is_growing = |ending: &str| fs::metadata(beside(path, ending)).is_ok_and(|facts| facts.len() > 0);
    // The number of pages counts only if it was written with the last change.
    let counts = head.starts_with(MAGIC) && number(24) == number(92) && number(28) > 0;
    if !counts || is_growing("-wal") || is_growing("-journal") {
        return None;
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 1 << 16,
        page => u64::from(page),
    };
    let (found, stated) = (fs::metadata(path).ok()?.len(), page * u64::from(number(28)));
    (found < stated).then(|| format!("it is cut off: it has {found} bytes of {stated}"))
}

fn state(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

/// The path of a file beside a database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The address of a database that does not change.
fn unchanging_uri(path: &str) -> String {
    let mut uri = String::from(if path.contains(':') && path.contains('\\') { "file:///" } else { "file:" });
    for c in path.chars() {
        match c {
            '\\' if cfg!(windows) => uri.push('/'),
            '%' | '?' | '#' => uri.push_str(&format!("%{:02x}", u32::from(c))),
            c => uri.push(c),
        }
    }
    uri + "?immutable=1"
}

fn is_pragma(table: &str) -> bool {
    table.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("pragma_"))
}

/// What SQLite says, without the codes.
fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::MultipleStatement => "there are several statements, and a source is one SELECT".to_owned(),
        rusqlite::Error::InvalidQuery => "only a SELECT reads data and changes nothing".to_owned(),
        rusqlite::Error::InvalidParameterName(name) => format!("`{name}` is no variable; write one as `:name`"),
        other => other.to_string(),
    }
}
