//! PostgreSQL, by its own protocol.
//!
//! Everything is asked within one transaction that only reads and sees one state; each statement has a savepoint of its own,
//! so that one that fails keeps no other from its answer. Cells come as PostgreSQL writes them, under settings that say how.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::answer::{Index, Keys, Structure};
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::address::with_parameter;
use crate::engine::sql::connection::wait::wait;
use crate::engine::sql::connection::{self, Connection, Link, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::ir::Reference;
use crate::outcome::Fault;
use crate::postgres::{Address, said};

/// How long a connection may take to be made, and what is asked of the catalogue.
const HELLO: Duration = Duration::from_secs(20);

/// How long one waits for a server to be told that nobody wants its answer any more.
const GOODBYE: Duration = Duration::from_secs(1);

/// How many rows are handed on at a time.
const BATCH: usize = 4096;

/// How values are written, and that nothing but reading is done.
const SESSION: &str = "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET intervalstyle = 'iso_8601';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET standard_conforming_strings = on;
    SET client_encoding = 'UTF8'; SET lock_timeout = '30s'; SET default_transaction_read_only = on;
    SET idle_in_transaction_session_timeout = 0; SET xmloption = content";

/// A server that is reached.
pub(super) struct Postgres {
    name: String,
    address: Address,
    runtime: Runtime,
    client: Mutex<Client>,
    progress: Arc<Progress>,
}

impl Postgres {
    /// Connects, and begins to read.
    ///
    /// # Errors
    /// What keeps it from doing so.
    pub(super) fn connect(name: &str, url: &str, link: &Link, progress: &Arc<Progress>) -> Result<Self, Fault> {
        let wrong = |message: String| fault("source_unreadable", format!("the connection `{name}`: {message}"));
        let url = with_parameter(url, "sslrootcert", link.ca.as_deref());
        let address = Address::parse(&url, link.password.as_deref()).map_err(wrong)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| wrong(error.to_string()))?;
        let limit = link.timeout.map_or(0, |limit| limit.as_millis());
        let path = address.schema.as_ref().map(|schema| dialect::Postgres.quoted(schema));
        let hello = async {
            let tls = address.tls().map_err(wrong)?;
            let unreachable =
                |error: tokio_postgres::Error| wrong(format!("`{}` is not reached: {}", address.shown(), said(&error)));
            let (client, connection) = address.config.connect(tls).await.map_err(unreachable)?;
            // It ends with its client, and what went wrong is told to who asks that.
            tokio::spawn(async move { drop(connection.await) });
            let mut session = format!("{SESSION}; SET statement_timeout = {limit}");
            if let Some(path) = path {
                session += &format!("; SET search_path = {path}");
            }
            session += "; BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
            client.batch_execute(&session).await.map_err(unreachable)?;
            let encoding = client.query_one("SHOW server_encoding", &[]).await.map_err(unreachable)?;
            let encoding: String = encoding.try_get(0).map_err(unreachable)?;
            if encoding != "UTF8" {
                let message =
                    format!("the database is in {encoding}, where characters are told apart otherwise; UTF8 is read");
                return Err(wrong(message));
            }
            Ok(client)
        };
        let client = wait(&runtime, progress, async {
            let slow = || wrong(format!("`{}` did not answer within {} s", address.shown(), HELLO.as_secs()));
            timeout(HELLO, hello).await.map_err(|_| slow())?
        })?;
        let progress = Arc::clone(progress);
        Ok(Self { name: name.to_owned(), address, runtime, client: Mutex::new(client), progress })
    }

    /// Does some work with the client; what is on its way when the run is to stop is called off.
    fn with<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T, Fault>) -> Result<T, Fault> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if client.is_closed() {
            return Err(self.lost("the connection was lost"));
        }
        let told = wait(&self.runtime, &self.progress, work(&client));
        if self.progress.stopped().is_some()
            && let Ok(tls) = self.address.tls()
        {
            let called_off = client.cancel_token();
            // The server ends what it does when its client is gone, if this does not reach it.
            let _ = self.runtime.block_on(async { timeout(GOODBYE, called_off.cancel_query(tls)).await });
        }
        told
    }

    fn lost(&self, message: &str) -> Fault {
        fault("source_unreadable", format!("the connection `{}`: {message}", self.name))
    }

    /// What an error of a statement comes to.
    fn wrong(&self, error: &tokio_postgres::Error) -> Fault {
        let message = format!("PostgreSQL: {}", said(error));
        match error.code() {
            None => self.lost(&said(error)),
            Some(code) if *code == SqlState::QUERY_CANCELED => fault("timeout", message),
            Some(code) if matches!(&code.code()[..2], "08" | "57") => self.lost(&said(error)),
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => fault("source_unreadable", message),
            Some(code) if matches!(&code.code()[..2], "53" | "58" | "XX") => fault("engine_failed", message),
            Some(_) => fault("not_computable", message),
        }
    }

    fn missing(&self, named: &str) -> Fault {
        connection::no_table(&self.name, named, &self.tables().unwrap_or_default())
    }

    fn tables(&self) -> Result<Vec<String>, Fault> {
        let sql = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname = ANY(current_schemas(false)) ORDER BY 1";
        let (rows, _) = connection::rows(self, sql, 1_000_000)?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    }

    /// The keys and indexes of a table.
    fn keys(&self, named: &str) -> Result<Keys, Fault> {
        let table = self.dialect().text(&self.table(named)).map_err(|cannot| fault("internal", cannot.0))?;
        let names = |columns: &str, relation: &str| {
            format!(
                "(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest({columns}) WITH ORDINALITY AS k(number, place)
                  JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.number)"
            )
        };
        let sql = format!(
            "SELECT {}, (SELECT relname FROM pg_class WHERE oid = c.confrelid), {} FROM pg_constraint c WHERE c.conrelid = {table}::regclass AND c.contype = 'f' ORDER BY c.conname",
            names("c.conkey", "c.conrelid"),
            names("c.confkey", "c.confrelid"),
        );
        let list = |cell: &Option<String>| -> Vec<String> {
            cell.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let (rows, _) = connection::rows(self, &sql, 10_000)?;
        let foreign_keys = rows.iter().map(|row| Reference {
            columns: list(&row[0]),
            table: row[1].clone().unwrap_or_default(),
            to: list(&row[2]),
        });
        let foreign_keys = foreign_keys.collect();
        let sql = format!(
            "SELECT r.relname, i.indisunique, i.indisprimary, i.indexprs IS NULL AND i.indpred IS NULL, {}
             FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid WHERE i.indrelid = {table}::regclass AND i.indisvalid ORDER BY 1",
            names("(i.indkey::int2[])[0:i.indnkeyatts - 1]", "i.indrelid"),
        );
        let (rows, _) = connection::rows(self, &sql, 10_000)?;
        let flag = |cell: &Option<String>| cell.as_deref() == Some("t");
        let indexes = rows.iter().map(|row| Index {
            name: row[0].clone().unwrap_or_default(),
            columns: list(&row[4]),
            unique: flag(&row[1]),
            whole: flag(&row[3]),
            of_primary_key: flag(&row[2]),
        });
        let indexes: Vec<Index> = indexes.collect();
        let primary = indexes.iter().find(|index| index.of_primary_key);
        let primary_key = primary.map(|index| index.columns.clone()).unwrap_or_default();
        Ok(Keys { primary_key, foreign_keys, indexes })
    }
}

impl Connection for Postgres {
    fn dialect(&self) -> &dyn Dialect {
        &dialect::Postgres
    }

    fn word(&self) -> &'static str {
        "postgres"
    }

    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        let sql = format!("SELECT * FROM {relation} AS t");
        let found = self.with(async |client| {
            let wrong = |error: tokio_postgres::Error| match (error.code(), named) {
                (Some(code), Some(_))
                    if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME =>
                {
                    Ok(None)
                }
                _ => Err(self.wrong(&error)),
            };
            client.batch_execute("SAVEPOINT tamiz").await.map_err(|error| self.wrong(&error))?;
            // What is prepared is one statement, and no more.
            let found = match client.prepare(&sql).await {
                Ok(statement) => {
                    let columns = statement.columns().iter();
                    let columns = columns.map(|column| (column.name().to_owned(), column.type_().name().to_owned()));
                    Ok(Some(columns.collect::<Vec<_>>()))
                }
                Err(error) => wrong(error),
            };
            client.batch_execute("ROLLBACK TO tamiz; RELEASE tamiz").await.map_err(|error| self.wrong(&error))?;
            found
        })?;
        match (found, named) {
            (Some(columns), _) => Ok(columns),
            (None, named) => Err(self.missing(named.unwrap_or_default())),
        }
    }

    fn structure(&self, named: Option<&str>) -> Result<Option<Structure>, Fault> {
        let keys = named.map(|named| self.keys(named)).transpose()?;
        Ok(Some(Structure { tables: self.tables()?, keys }))
    }

    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        self.with(async |client| {
            let wrong = |error: tokio_postgres::Error| self.wrong(&error);
            client.batch_execute("SAVEPOINT tamiz").await.map_err(wrong)?;
            let asked = async {
                let mut answer = pin!(client.simple_query_raw(sql).await.map_err(wrong)?);
                let (mut batch, mut said, mut told): (Vec<Row>, _, _) = (Vec::new(), None, 0_u64);
                while let Some(message) = answer.try_next().await.map_err(wrong)? {
                    match message {
                        SimpleQueryMessage::Row(row) => {
                            batch.push((0..row.len()).map(|place| row.get(place).map(str::to_owned)).collect());
                            told += 1;
                            if batch.len() >= BATCH {
                                see(std::mem::take(&mut batch))?;
                            }
                        }
                        SimpleQueryMessage::CommandComplete(rows) => said = Some(rows),
                        _ => {}
                    }
                }
                see(batch)?;
                match said {
                    Some(rows) if rows == told => Ok(Told { rows, id: None }),
                    _ => Err(self.lost("the answer was cut off")),
                }
            };
            let told = asked.await;
            // What a function set goes with it.
            match client.batch_execute("ROLLBACK TO tamiz; RELEASE tamiz").await {
                Err(error) if told.is_ok() => Err(self.wrong(&error)),
                _ => told,
            }
        })
    }
}
