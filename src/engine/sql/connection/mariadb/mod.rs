//! MariaDB, by its own protocol.
//!
//! Everything is asked within one transaction that only reads and sees one state. Each statement is prepared by the server, so
//! that it is one and no more. MariaDB goes on where others stop (with a value cut off, with null for a date that is none) and
//! leaves a warning: here that is an error.

mod address;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, DriverError, Error, Opts, Value};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::answer::{Index, Keys, Structure};
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::address::with_parameter;
use crate::engine::sql::connection::mariadb::address::Address;
use crate::engine::sql::connection::wait::wait;
use crate::engine::sql::connection::{self, Connection, Link, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::engine::sql::odd;
use crate::ir::Reference;
use crate::outcome::Fault;
pub(super) use address::SCHEMES;

/// How long a connection may take to be made.
const HELLO: Duration = Duration::from_secs(20);

/// How long one waits for a server to be told that nobody wants its answer any more.
const GOODBYE: Duration = Duration::from_secs(1);

/// How many rows are handed on at a time.
const BATCH: usize = 4096;

/// The oldest version that is read.
const OLDEST: (u16, u16) = (10, 6);

/// How names, texts and times are written and compared. It is said before each statement, for a function that one before called
/// may have said something else. Subqueries are remembered by the collation of their columns, if they are; longer texts than are
/// sorted by are the same to windows of authors.
const SETTINGS: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES', time_zone = '+00:00',
    sql_notes = 0, max_error_count = 64, default_regex_flags = '', sql_select_limit = 18446744073709551615, sql_big_selects = 1,
    sql_auto_is_null = 0, div_precision_increment = 4, old_mode = '', optimizer_switch = 'subquery_cache=off',
    max_sort_length = 65536, sort_buffer_size = GREATEST(@@GLOBAL.sort_buffer_size, 2097152),
    lock_wait_timeout = 30, innodb_lock_wait_timeout = 30";

/// That nothing but reading is done, and of one state.
const READING: [&str; 2] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
];

/// A warning that says nothing of values: that something will not be there in a later version.
const DEPRECATED: u16 = 1287;

/// What a name comes to that is of no database, or of no table.
const UNKNOWN: [u16; 2] = [1049, 1146];

/// Why a statement has no answer.
enum Wrong {
    /// What the server says, and under which number.
    Said(u16, String),
    Ended(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Ended(fault)
    }
}

/// A server that is reached.
pub(super) struct MariaDb {
    name: String,
    opts: Opts,
    settings: String,
    runtime: Runtime,
    client: Mutex<Conn>,
    progress: Arc<Progress>,
}

impl MariaDb {
    /// Connects, and begins to read.
    ///
    /// # Errors
    /// What keeps it from doing so.
    pub(super) fn connect(name: &str, url: &str, link: &Link, progress: &Arc<Progress>) -> Result<Self, Fault> {
        let wrong = |message: String| fault("source_unreadable", format!("the connection `{name}`: {message}"));
        let url = with_parameter(url, "ssl-ca", link.ca.as_deref());
        let address = Address::parse(&url, link.password.as_deref()).map_err(wrong)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| wrong(error.to_string()))?;
        let limit = link.timeout.map_or(0.0, |limit| limit.as_secs_f64().max(0.001));
        let settings = format!("{SETTINGS}, max_statement_time = {limit}");
        let unreachable = |error: &Error| wrong(format!("`{}` is not reached: {}", address.shown(), said(error)));
        let hello = async {
            let mut reached = Err(wrong("there is no way to it".to_owned()));
            for opts in address.ways() {
                match Conn::new(opts.clone()).await {
                    // Whether it encrypts is up to the server.
                    Err(error @ Error::Driver(DriverError::NoClientSslFlagFromServer)) => {
                        reached = Err(unreachable(&error));
                    }
                    Err(error) => return Err(unreachable(&error)),
                    Ok(client) => {
                        reached = Ok((client, opts));
                        break;
                    }
                }
            }
            let (mut client, opts) = reached?;
            let version: Option<String> =
                client.query_first("SELECT VERSION()").await.map_err(|error| unreachable(&error))?;
            let version = version.unwrap_or_default();
            let (major, minor, _) = client.server_version();
            if !version.contains("MariaDB") {
                return Err(wrong(format!("it is MySQL {version}, whose SQL is another; MariaDB is read")));
            }
            if (major, minor) < OLDEST {
                let (major, minor) = OLDEST;
                return Err(wrong(format!("it is MariaDB {version}; from {major}.{minor} on it is read")));
            }
            for setting in std::iter::once(&*settings).chain(READING) {
                client.query_drop(setting).await.map_err(|error| unreachable(&error))?;
            }
            Ok((client, opts))
        };
        let (client, opts) = wait(&runtime, progress, async {
            let slow = || wrong(format!("`{}` did not answer within {} s", address.shown(), HELLO.as_secs()));
            timeout(HELLO, hello).await.map_err(|_| slow())?
        })?;
        let progress = Arc::clone(progress);
        Ok(Self { name: name.to_owned(), opts, settings, runtime, client: Mutex::new(client), progress })
    }

    /// Asks one statement, and calls back with its columns first; what is on its way when the run is to stop is called off.
    fn run(
        &self,
        sql: &str,
        columns: &mut dyn FnMut(&[Column]),
        see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>,
    ) -> Result<u64, Wrong> {
        let text = self.dialect().text(sql).map_err(|cannot| fault("not_computable", cannot.0))?;
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = async { Ok(self.asked(&mut client, &text, columns, see).await) };
        let told = wait(&self.runtime, &self.progress, asked);
        if self.progress.stopped().is_some() {
            let id = client.id();
            let call_off = async {
                let mut other = Conn::new(self.opts.clone()).await?;
                other.query_drop(format!("KILL QUERY {id}")).await?;
                other.disconnect().await
            };
            // The server ends what it does when its client is gone, if this does not reach it.
            let _ = self.runtime.block_on(async { timeout(GOODBYE, call_off).await });
        }
        told?
    }

    /// Has the server prepare a statement, which stands here as a text, and runs it.
    async fn asked(
        &self,
        client: &mut Conn,
        text: &str,
        columns: &mut dyn FnMut(&[Column]),
        see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>,
    ) -> Result<u64, Wrong> {
        let wrong = |error: Error| self.wrong(&error);
        client.query_drop(&*self.settings).await.map_err(wrong)?;
        client.query_drop(format!("PREPARE tamiz FROM {text}")).await.map_err(wrong)?;
        let mut answer = client.query_iter("EXECUTE tamiz").await.map_err(wrong)?;
        columns(answer.columns_ref());
        let (mut batch, mut told): (Vec<Row>, u64) = (Vec::new(), 0);
        while let Some(row) = answer.next().await.map_err(wrong)? {
            batch.push(row.unwrap().into_iter().map(cell).collect::<Result<_, _>>().map_err(odd)?);
            told += 1;
            if batch.len() >= BATCH {
                see(std::mem::take(&mut batch))?;
            }
        }
        see(batch)?;
        answer.drop_result().await.map_err(wrong)?;
        let counted = usize::from(client.get_warnings());
        if counted > 0 {
            let warnings: Vec<(String, u16, String)> = client.query("SHOW WARNINGS").await.map_err(wrong)?;
            let are_all = warnings.len() >= counted;
            if let Some((_, code, message)) = warnings.into_iter().find(|(_, code, _)| *code != DEPRECATED) {
                return Err(Wrong::Said(code, message));
            }
            if !are_all {
                return Err(Wrong::Said(0, format!("there were {counted} warnings, and not all of them are told")));
            }
        }
        Ok(told)
    }

    fn lost(&self, message: &str) -> Fault {
        fault("source_unreadable", format!("the connection `{}`: {message}", self.name))
    }

    fn wrong(&self, error: &Error) -> Wrong {
        match error {
            Error::Server(error) => Wrong::Said(error.code, error.message.clone()),
            other => Wrong::Ended(self.lost(&said(other))),
        }
    }

    /// What an error or a warning of the server comes to, by its number.
    fn told(&self, wrong: Wrong) -> Fault {
        let (code, message) = match wrong {
            Wrong::Said(code, message) => (code, format!("MariaDB: {message}")),
            Wrong::Ended(fault) => return fault,
        };
        match code {
            // A limit of time, a query or a connection that was ended.
            1317 | 1969 => fault("timeout", message),
            1053 | 1927 | 2006 | 2013 => self.lost(&message),
            // Privileges.
            1044 | 1045 | 1142 | 1143 | 1227 | 1370 => fault("source_unreadable", message),
            // Memory, disks, locks and what is broken.
            1021 | 1028 | 1030 | 1034..=1041 | 1114 | 1135 | 1194 | 1195 | 1205 | 1206 | 1213 => {
                fault("engine_failed", message)
            }
            _ => fault("not_computable", message),
        }
    }

    fn rows(&self, sql: &str) -> Result<Vec<Row>, Fault> {
        Ok(connection::rows(self, sql, 1_000_000)?.0)
    }

    fn tables(&self) -> Result<Vec<String>, Fault> {
        let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1";
        Ok(self.rows(sql)?.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    }

    /// The keys and indexes of a table.
    fn keys(&self, named: &str) -> Result<Keys, Fault> {
        let text = |text: &str| self.dialect().text(text).map_err(|cannot| fault("internal", cannot.0));
        let (database, table) = named.rsplit_once('.').unwrap_or(("", named));
        let here = format!(
            "table_schema = COALESCE(NULLIF({}, ''), DATABASE()) AND table_name = {}",
            text(database)?,
            text(table)?
        );
        let mut keys = Keys::default();
        let sql = format!(
            "SELECT constraint_name, referenced_table_name, column_name, referenced_column_name
             FROM information_schema.key_column_usage WHERE {here} AND referenced_table_name IS NOT NULL
             ORDER BY constraint_name, ordinal_position"
        );
        let mut last = None;
        for row in self.rows(&sql)? {
            let [name, table, column, to] = row.try_into().map_err(|row: Row| odd(format!("{} cells", row.len())))?;
            if last != name || keys.foreign_keys.is_empty() {
                let table = table.unwrap_or_default();
                keys.foreign_keys.push(Reference { columns: Vec::new(), table, to: Vec::new() });
                last = name;
            }
            if let Some(key) = keys.foreign_keys.last_mut() {
                key.columns.extend(column);
                key.to.extend(to);
            }
        }
        let sql = format!(
            "SELECT index_name, non_unique, column_name, sub_part FROM information_schema.statistics WHERE {here}
             ORDER BY index_name, seq_in_index"
        );
        for row in self.rows(&sql)? {
            let [name, repeats, column, part] =
                row.try_into().map_err(|row: Row| odd(format!("{} cells", row.len())))?;
            let name = name.unwrap_or_default();
            if keys.indexes.last().is_none_or(|index| index.name != name) {
                let of_primary_key = name == "PRIMARY";
                let unique = repeats.as_deref() == Some("0");
                keys.indexes.push(Index { name, columns: Vec::new(), unique, whole: true, of_primary_key });
            }
            if let Some(index) = keys.indexes.last_mut() {
                // An index of the beginnings of texts is none of the column.
                index.whole &= part.is_none() && column.is_some();
                index.columns.extend(column);
            }
        }
        let primary = keys.indexes.iter().find(|index| index.of_primary_key);
        keys.primary_key = primary.map(|index| index.columns.clone()).unwrap_or_default();
        Ok(keys)
    }
}

impl Connection for MariaDb {
    fn dialect(&self) -> &dyn Dialect {
        &dialect::MariaDb
    }

    fn word(&self) -> &'static str {
        "mariadb"
    }

    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        let mut found = Vec::new();
        let mut seen = |columns: &[Column]| {
            found = columns.iter().map(|column| (column.name_str().into_owned(), stored(column))).collect();
        };
        // Nothing is read of it but its columns.
        let asked = self.run(&format!("SELECT * FROM {relation} AS t LIMIT 0"), &mut seen, &mut |_| Ok(()));
        match (asked, named) {
            (Ok(_), _) => Ok(found),
            (Err(Wrong::Said(code, _)), Some(named)) if UNKNOWN.contains(&code) => {
                Err(connection::no_table(&self.name, named, &self.tables().unwrap_or_default()))
            }
            (Err(wrong), _) => Err(self.told(wrong)),
        }
    }

    fn structure(&self, named: Option<&str>) -> Result<Option<Structure>, Fault> {
        let keys = named.map(|named| self.keys(named)).transpose()?;
        Ok(Some(Structure { tables: self.tables()?, keys }))
    }

    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        let rows = self.run(sql, &mut |_| {}, see).map_err(|wrong| self.told(wrong))?;
        Ok(Told { rows, id: None })
    }
}

/// What an error of the client says.
fn said(error: &Error) -> String {
    match error {
        Error::Server(error) => error.message.clone(),
        Error::Driver(error) => error.to_string(),
        Error::Io(error) => error.to_string(),
        Error::Other(error) => error.to_string(),
        Error::Url(_) => "its address is none".to_owned(),
    }
}

/// A cell as MariaDB writes it.
fn cell(value: Value) -> Result<Option<String>, String> {
    match value {
        Value::NULL => Ok(None),
        Value::Bytes(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| "bytes that are no text".to_owned()),
        other => Ok(Some(other.as_sql(true))),
    }
}

/// The stored type of a column, as MariaDB spells it.
fn stored(column: &Column) -> String {
    /// The character set that bytes are said to have.
    const BINARY: u16 = 63;
    let flags = column.flags();
    let is_bytes = column.character_set() == BINARY;
    let named = match column.column_type() {
        ColumnType::MYSQL_TYPE_TINY if column.column_length() == 1 && !flags.contains(ColumnFlags::UNSIGNED_FLAG) => {
            "tinyint(1)"
        }
        ColumnType::MYSQL_TYPE_TINY => "tinyint",
        ColumnType::MYSQL_TYPE_SHORT => "smallint",
        ColumnType::MYSQL_TYPE_INT24 => "mediumint",
        ColumnType::MYSQL_TYPE_LONG => "int",
        ColumnType::MYSQL_TYPE_LONGLONG => "bigint",
        ColumnType::MYSQL_TYPE_YEAR => return "year".to_owned(),
        ColumnType::MYSQL_TYPE_BIT => "bit",
        ColumnType::MYSQL_TYPE_FLOAT => "float",
        ColumnType::MYSQL_TYPE_DOUBLE => "double",
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => "date",
        ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_DATETIME2 => "datetime",
        ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => "timestamp",
        ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => "time",
        ColumnType::MYSQL_TYPE_JSON => "json",
        ColumnType::MYSQL_TYPE_GEOMETRY => "geometry",
        ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL => {
            let scale = u32::from(column.decimals());
            let signs = u32::from(scale > 0) + u32::from(!flags.contains(ColumnFlags::UNSIGNED_FLAG));
            let digits = column.column_length().saturating_sub(signs);
            let sign = if flags.contains(ColumnFlags::UNSIGNED_FLAG) { " unsigned" } else { "" };
            return format!("decimal({digits},{scale}){sign}");
        }
        _ if flags.contains(ColumnFlags::ENUM_FLAG) => "enum",
        _ if flags.contains(ColumnFlags::SET_FLAG) => "set",
        ColumnType::MYSQL_TYPE_VARCHAR | ColumnType::MYSQL_TYPE_VAR_STRING | ColumnType::MYSQL_TYPE_STRING => {
            if is_bytes {
                "varbinary"
            } else {
                "varchar"
            }
        }
        ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
        | ColumnType::MYSQL_TYPE_BLOB => {
            if is_bytes {
                "blob"
            } else {
                "text"
            }
        }
        other => return format!("{other:?}").trim_start_matches("MYSQL_TYPE_").to_ascii_lowercase(),
    };
    let is_whole = matches!(named, "tinyint" | "smallint" | "mediumint" | "int" | "bigint");
    let sign = if is_whole && flags.contains(ColumnFlags::UNSIGNED_FLAG) { " unsigned" } else { "" };
    format!("{named}{sign}")
}
