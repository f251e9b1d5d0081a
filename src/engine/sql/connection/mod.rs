//! Connections to engines: one file for each kind, all of them the same few words.
//!
//! A connection reads and does nothing else; all that it is asked in one run is asked of one state of the data, where the
//! engine can hold one. Which statements are asked is not its business.

#[cfg(feature = "adbc")]
mod adbc;
mod address;
mod dry;
#[cfg(feature = "adbc")]
mod duckdb;
#[cfg(feature = "mariadb")]
mod mariadb;
mod postgres;
mod spark;
mod sqlite;
mod wait;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;

use crate::answer::Structure;
use crate::dataset::scheme;
use crate::diagnostic::nearest;
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::address::Address;
use crate::engine::sql::dialect::Dialect;
use crate::engine::sql::spark as client;
use crate::ir::Reading;
use crate::outcome::Fault;

/// How the URL of an engine begins that nobody reaches: `dry://postgres`.
pub const DRY: &str = "dry://";

/// The engines whose statements are known, by their words.
pub const ENGINES: [&str; 5] = ["duckdb", "mariadb", "postgres", "spark", "sqlite"];

/// Where an engine is and how it is reached, as the user's own configuration says.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Its URL, which may hold a secret; or why it is not known.
    pub url: Result<String, String>,
    /// The password, where the URL has none.
    pub password: Option<String>,
    /// How long one statement may take; as long as the run if unsaid.
    pub timeout: Option<Duration>,
    /// The file of the authorities, in PEM, one of which must have signed its certificate; those of the system if unsaid.
    pub ca: Option<PathBuf>,
    /// The file of its driver, if it is told; where such files lie otherwise it is looked for by its name.
    pub driver: Option<PathBuf>,
}

impl Link {
    /// What a URL alone leads to.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: Ok(url.into()), password: None, timeout: None, ca: None, driver: None }
    }
}

/// The name of the driver that a URL is reached by, if it takes one.
#[must_use]
pub fn driver(url: &str) -> Option<String> {
    Address::parse(url)?.ok().map(|address| address.driver)
}

/// The URL lets one in.
impl fmt::Debug for Link {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_struct("Link").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// An engine that is reached.
pub(super) trait Connection: Send + Sync {
    /// How it says things.
    fn dialect(&self) -> &dyn Dialect;

    /// The word for it in records.
    fn word(&self) -> &'static str;

    /// Whether nobody reaches it, and it is there for its statements alone.
    fn is_dry(&self) -> bool {
        false
    }

    /// The file that its tables lie in, where that can be read here as well.
    fn file(&self) -> Option<&Path> {
        None
    }

    /// How columns read whose type nobody is bound to, by their cells, where those may be of any type: those that hold what
    /// their declared type is not, and those without one. None of a column that reads as it is declared.
    ///
    /// # Errors
    /// What the engine says.
    fn readings(&self, _relation: &str, columns: &[Open]) -> Result<Vec<Option<Reading>>, Fault> {
        Ok(columns.iter().map(|_| None).collect())
    }

    /// What stands in a FROM for a table of a name, which may say its schema too: `public.ventas`.
    fn table(&self, name: &str) -> String {
        let dialect = self.dialect();
        name.split('.').map(|part| dialect.quoted(part)).collect::<Vec<_>>().join(".")
    }

    /// The columns of what stands in a FROM, with the names of their stored types.
    ///
    /// # Errors
    /// If there is no such table, or the query is no one SELECT.
    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault>;

    /// What the engine says of its tables, and of one of them; none if it says nothing.
    ///
    /// # Errors
    /// If it cannot be asked.
    fn structure(&self, named: Option<&str>) -> Result<Option<Structure>, Fault>;

    /// Runs one statement and calls back with its rows, some at a time.
    ///
    /// # Errors
    /// What the engine says; an answer that was cut off is none.
    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault>;

    /// Runs one statement as [`Connection::ask`] does, and leaves rows in columns where they come so.
    ///
    /// # Errors
    /// As there.
    fn stream(&self, sql: &str, see: &mut dyn FnMut(Batch) -> Result<(), Fault>) -> Result<Told, Fault> {
        self.ask(sql, &mut |rows| see(Batch::Rows(rows)))
    }
}

/// Some rows of an answer.
pub(super) enum Batch {
    /// Cell by cell, as text.
    Rows(Vec<Row>),
    /// Column by column, as Arrow has them.
    Columns(RecordBatch),
}

/// A column whose type nobody is bound to.
pub(super) struct Open {
    pub(super) name: String,
    /// How it reads as the table declares it, if it does.
    pub(super) declared: Option<Reading>,
    /// What is known of its cells whatever their type.
    pub(super) like: Reading,
}

/// What is known of a statement that was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// How many rows there were.
    pub(super) rows: u64,
    /// What the engine calls the statement, if it has a name for it.
    pub(super) id: Option<String>,
}

/// The rows of a statement, of which there should be no more than so many.
///
/// # Errors
/// What the engine says, or that there are more.
pub(super) fn rows(connection: &dyn Connection, sql: &str, most: usize) -> Result<(Vec<Row>, Told), Fault> {
    let mut all: Vec<Row> = Vec::new();
    let told = connection.ask(sql, &mut |rows| {
        all.extend(rows);
        if all.len() > most {
            let message = format!("there are more than {most} rows where that many were asked for");
            return Err(fault("engine_failed", message));
        }
        Ok(())
    })?;
    if told.rows != all.len() as u64 {
        let message = format!("the engine says {} rows, and {} came", told.rows, all.len());
        return Err(fault("engine_failed", message));
    }
    Ok((all, told))
}

/// A connection, or why there is none.
type Made = Result<Arc<dyn Connection>, Fault>;

/// The connections of a run, each made when it is first needed.
pub(super) struct Pool {
    links: BTreeMap<String, Link>,
    progress: Arc<Progress>,
    made: Mutex<HashMap<String, Made>>,
}

impl Pool {
    pub(super) fn new(links: BTreeMap<String, Link>, progress: &Arc<Progress>) -> Self {
        Self { links, progress: Arc::clone(progress), made: Mutex::new(HashMap::new()) }
    }

    /// The connection of a name.
    ///
    /// # Errors
    /// If nobody says where it is, or it cannot be reached.
    pub(super) fn get(&self, name: &str) -> Result<Arc<dyn Connection>, Fault> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(name.to_owned()).or_insert_with(|| self.make(name)).clone()
    }

    fn make(&self, name: &str) -> Result<Arc<dyn Connection>, Fault> {
        let unknown = |message: String| fault("source_unreadable", message);
        let Some(link) = self.links.get(name) else {
            let known: Vec<String> = self.links.keys().map(|name| format!("`{name}`")).collect();
            let known =
                if known.is_empty() { "there is none".to_owned() } else { format!("there is {}", known.join(", ")) };
            return Err(unknown(format!(
                "nobody says where the connection `{name}` leads; write `connections: {{{name}: postgres://…}}` in tamiz.yaml \
                 ({known})"
            )));
        };
        let url = link.url.as_ref().map_err(|why| unknown(format!("the connection `{name}`: {why}")))?;
        if let Some(dry) = url.strip_prefix(DRY).and_then(dry::Dry::named) {
            return Ok(Arc::new(dry));
        }
        if url.starts_with(sqlite::SCHEME) {
            return Ok(Arc::new(sqlite::Sqlite::open(name, url, link, &self.progress)?));
        }
        if let Some(address) = Address::parse(url) {
            let address = address.map_err(|why| unknown(format!("the connection `{name}`: {why}")))?;
            return self.driven(name, &address, link);
        }
        match scheme(url).as_deref() {
            Some("postgres" | "postgresql") => {
                Ok(Arc::new(postgres::Postgres::connect(name, url, link, &self.progress)?))
            }
            #[cfg(feature = "mariadb")]
            Some(scheme) if mariadb::SCHEMES.contains(&scheme) => {
                Ok(Arc::new(mariadb::MariaDb::connect(name, url, link, &self.progress)?))
            }
            #[cfg(not(feature = "mariadb"))]
            Some("mariadb" | "mysql") => {
                Err(unknown(format!("the connection `{name}`: this tamiz was built without `mariadb`")))
            }
            Some(client::SCHEME) => Ok(Arc::new(spark::Spark::connect(name, url, link, &self.progress)?)),
            other => {
                let what = other.map_or_else(|| "its URL".to_owned(), |scheme| format!("`{scheme}://`"));
                Err(unknown(format!(
                    "the connection `{name}`: {what} is no engine that is known; there is postgres://, mariadb://, sc://, duckdb: and sqlite:"
                )))
            }
        }
    }

    /// A connection by a driver, whose name says which dialect is spoken.
    fn driven(&self, name: &str, address: &Address, link: &Link) -> Made {
        let wrong = |message: String| fault("source_unreadable", format!("the connection `{name}`: {message}"));
        match address.driver.as_str() {
            #[cfg(feature = "adbc")]
            "duckdb" => Ok(Arc::new(duckdb::DuckDb::open(name, address, link, &self.progress)?)),
            #[cfg(not(feature = "adbc"))]
            "duckdb" => {
                let _ = (link, &self.progress);
                Err(wrong("this tamiz was built without `adbc`, which DuckDB is reached by".to_owned()))
            }
            "postgres" | "postgresql" => {
                Err(wrong("PostgreSQL is reached without a driver: write `postgres://user@host/database`".to_owned()))
            }
            "sqlite" => Err(wrong("SQLite is reached without a driver: write `sqlite:shop.db`".to_owned())),
            other => Err(wrong(format!("which SQL the driver `{other}` speaks is not known; there is duckdb"))),
        }
    }
}

/// That a connection has no table of a name, and which one may be meant; the name may say its schema too.
fn no_table(name: &str, named: &str, tables: &[String]) -> Fault {
    let last = named.rsplit('.').next().unwrap_or(named);
    let advice = match nearest(last, tables.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a table of another schema is named with it: `ventas.pedidos`".to_owned(),
    };
    fault("source_missing", format!("the connection `{name}` has no table `{named}`; {advice}"))
}

/// A fault of an engine.
pub(super) fn fault(code: &str, message: String) -> Fault {
    Fault { code: code.to_owned(), message, caused_by: None }
}
