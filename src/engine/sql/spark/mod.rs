//! A client of Spark Connect: statements in SQL to a server, rows of text back.
//!
//! It speaks to Apache Spark 4 and to what else knows its protocol: Databricks, Sail. `address` says where a server is, `line`
//! calls it, `stream` follows one statement to the very end of its result, `kind` names the types, `message`
//! knows the tags. A result that is not whole is an error, and rows that were seen of it are of no worth. It writes no SQL and
//! uploads no data.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::engine::sql::arrow::{read, spell};
use crate::outcome::Fault;
use line::Line;
use message::{
    AnalyzePlanRequest, AnalyzePlanResponse, ArrowBatch, ConfigGet, ConfigOperation, ConfigRequest, ConfigResponse,
    ConfigSet, DataType, Empty, KeyValue, Kind, ReleaseSessionRequest,
};
use retry::Attempts;
use stream::{Operation, Piece};

mod address;
mod error;
mod kind;
mod line;
mod message;
mod retry;
mod stream;
#[cfg(test)]
mod tests;

pub use address::{Address, SCHEME};
pub use error::{Error, ErrorKind};

/// What holds in every session: instants are read in UTC, and what overflows is an error.
const SESSION: [(&str, &str); 2] = [("spark.sql.session.timeZone", "UTC"), ("spark.sql.ansi.enabled", "true")];

/// How often a server that is not there is asked again.
const RETRIES: u32 = 3;

/// How often it is looked whether a statement is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// How long the server may take to stop a statement, or to end the session, once nobody waits for it.
const GRACE: Duration = Duration::from_millis(800);

/// How many pieces of a result lie ready while one is looked at.
const AHEAD: usize = 2;

/// How a server is spoken with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The authorities whose certificates are taken, in PEM; those of the system if none are given.
    pub authorities: Option<Vec<u8>>,
    /// How long it may take until a session has begun, attempts that fail included.
    pub connect: Duration,
    /// How long one statement may take.
    pub statement: Duration,
    /// Who asks, in words for the server's log.
    pub agent: String,
    /// What the server's pages call the statements; no comma is in it.
    pub tag: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            authorities: None,
            connect: Duration::from_secs(30),
            statement: Duration::from_hours(1),
            agent: concat!("tamiz/", env!("CARGO_PKG_VERSION")).to_owned(),
            tag: "tamiz".to_owned(),
        }
    }
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as SQL names it: `bigint`, `decimal(20,2)`, `timestamp`, `array<string>`.
    pub kind: String,
}

/// What is known of a result once it is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many rows were seen.
    pub rows: u64,
    /// What the server calls the statement.
    pub operation_id: String,
    /// How often the result was taken up again because the server ended its stream or the connection broke.
    pub reattached: u32,
}

/// Some rows of a result; a cell that is null is none.
pub type Rows = Vec<Vec<Option<String>>>;

/// A session of a server.
pub struct Client {
    line: Arc<Line>,
    settings: Settings,
    /// Whether the server has a session to end.
    has_begun: bool,
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Client {
    /// Begins a session.
    ///
    /// # Errors
    /// If the server cannot be reached, does not let in, or will neither read instants in UTC nor fail what overflows.
    pub fn connect(address: &Address, settings: &Settings) -> Result<Self, Error> {
        let line = Arc::new(Line::new(address, settings, uuid::Uuid::now_v7().to_string())?);
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("tamiz-spark").enable_all().build();
        let runtime = runtime.map_err(|_| Error::wrong("no thread can be started to speak with the server"))?;
        let handle = runtime.handle().clone();
        let mut this = Self { line, settings: settings.clone(), has_begun: false, runtime: Some(runtime), handle };
        let begun = this.handle.block_on(async { timeout(settings.connect, this.begin()).await });
        begun.unwrap_or_else(|_| Err(slow("the server did not begin a session", settings.connect)))?;
        this.has_begun = true;
        Ok(this)
    }

    /// Runs one statement and shows the rows of each batch; what it returns comes after the end of the result.
    ///
    /// Rows that were shown before an error are not to be believed.
    ///
    /// # Errors
    /// If the server refuses the statement, cannot be reached, or gives less than a whole result; if the time is spent; and
    /// whatever `go_on` or `see` say. The statement is then stopped there.
    pub fn query(
        &self,
        sql: &str,
        go_on: &(dyn Fn() -> Result<(), Fault> + Sync),
        see: &mut dyn FnMut(Rows) -> Result<(), Fault>,
    ) -> Result<Answered, Fault> {
        self.batches(sql, go_on, &mut |batch| {
            let rows = spell(&batch).map_err(|why| broken(&why).fault())?;
            if rows.is_empty() { Ok(()) } else { see(rows) }
        })
    }

    /// Runs one statement as [`Client::query`] does, and shows its batches as they come.
    ///
    /// # Errors
    /// As there.
    pub fn batches(
        &self,
        sql: &str,
        go_on: &(dyn Fn() -> Result<(), Fault> + Sync),
        see: &mut dyn FnMut(RecordBatch) -> Result<(), Fault>,
    ) -> Result<Answered, Fault> {
        go_on()?;
        let id = uuid::Uuid::now_v7().to_string();
        let (into, mut from) = mpsc::channel(AHEAD);
        let (line, tag) = (Arc::clone(&self.line), self.settings.tag.clone());
        let task = self.handle.spawn(Operation { line, id: id.clone(), sql: sql.to_owned(), tag }.run(into));
        let patience = self.settings.statement;
        let patience = self.handle.spawn(async move { tokio::time::sleep(patience).await });
        let mut result = Answer::default();
        let mut follow = || loop {
            go_on()?;
            if patience.is_finished() {
                return Err(slow("the statement was not answered", self.settings.statement).fault());
            }
            let Ok(piece) = self.handle.block_on(async { timeout(LOOK, from.recv()).await }) else { continue };
            let piece = piece.unwrap_or_else(|| Err(Error::cut())).map_err(|error| error.fault())?;
            match piece {
                Piece::Schema(schema) => result.expect(&schema).map_err(|error| error.fault())?,
                Piece::Batch(batch) => {
                    result.take(&batch).map_err(|error| error.fault())?.into_iter().try_for_each(&mut *see)?;
                }
                Piece::Complete { reattached } => return Ok(reattached),
            }
        };
        let end = follow();
        patience.abort();
        task.abort();
        let reattached = end.inspect_err(|_| self.interrupt(&id))?;
        Ok(Answered { columns: result.columns, rows: result.rows, operation_id: id, reattached })
    }

    /// The version of the server; none where it cannot tell.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn version(&self) -> Result<Option<String>, Fault> {
        let request = AnalyzePlanRequest {
            session_id: self.line.session.clone(),
            user_context: Some(self.line.user()),
            client_type: Some(self.line.agent.clone()),
            spark_version: Some(Empty {}),
            observed_session_id: self.line.there(),
        };
        let asked = self.line.ask::<_, AnalyzePlanResponse>("AnalyzePlan", request, self.settings.connect);
        match self.handle.block_on(asked) {
            Ok(told) => Ok(told.spark_version.map(|told| told.version).filter(|version| !version.is_empty())),
            Err(error) if error.kind() == ErrorKind::Refused => Ok(None),
            Err(error) => Err(error.fault()),
        }
    }

    /// Begins the session, with what holds in it.
    async fn begin(&self) -> Result<(), Error> {
        let pair = |(key, value): &(&str, &str)| KeyValue { key: (*key).to_owned(), value: Some((*value).to_owned()) };
        let set = ConfigOperation { set: Some(ConfigSet { pairs: SESSION.iter().map(pair).collect() }), get: None };
        let mut attempts = Attempts::new(RETRIES);
        loop {
            match self.configure(set.clone()).await {
                Ok(_) => return Ok(()),
                Err(refused) if refused.kind() == ErrorKind::Refused => return self.accept(&refused).await,
                Err(failure) => attempts.after(failure).await?,
            }
        }
    }

    /// Goes on where the server refuses to be told, if it does the same by itself: else days would be other ones, and numbers
    /// that overflow would be wrong without a word.
    async fn accept(&self, refused: &Error) -> Result<(), Error> {
        let keys = SESSION.iter().map(|(key, _)| (*key).to_owned()).collect();
        let told = self.configure(ConfigOperation { set: None, get: Some(ConfigGet { keys }) }).await?;
        let told: BTreeMap<String, String> =
            told.pairs.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect();
        let zone =
            |value: &str| if matches!(value, "Etc/UTC" | "Z" | "GMT") { "UTC".to_owned() } else { value.to_owned() };
        for (key, wanted) in SESSION {
            if told.get(key).map(|value| zone(value)).as_deref() != Some(wanted) {
                return Err(Error::wrong(format!("the server does not let `{key}` be `{wanted}`: {refused}")));
            }
        }
        Ok(())
    }

    async fn configure(&self, operation: ConfigOperation) -> Result<ConfigResponse, Error> {
        let request = ConfigRequest {
            session_id: self.line.session.clone(),
            user_context: Some(self.line.user()),
            operation: Some(operation),
            client_type: Some(self.line.agent.clone()),
            observed_session_id: self.line.there(),
        };
        let told: ConfigResponse = self.line.ask("Config", request, self.settings.connect).await?;
        self.line.hold(&told.server_side_session_id)?;
        Ok(told)
    }

    /// Stops a statement, and waits a little for that; a server that is slow to take it is left to it.
    fn interrupt(&self, id: &str) {
        let (line, id) = (Arc::clone(&self.line), id.to_owned());
        let stopping = self.handle.spawn(async move { stream::interrupt(&line, &id).await });
        drop(self.handle.block_on(async { timeout(GRACE, stopping).await }));
    }
}

/// The session ends with its client, if the server answers at once.
impl Drop for Client {
    fn drop(&mut self) {
        let request = ReleaseSessionRequest {
            session_id: self.line.session.clone(),
            user_context: Some(self.line.user()),
            client_type: Some(self.line.agent.clone()),
        };
        // Within another runtime nobody may wait; the server ends sessions by itself in time.
        if self.has_begun && Handle::try_current().is_err() {
            drop(self.handle.block_on(self.line.ask::<_, Empty>("ReleaseSession", request, GRACE)));
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_struct("Client").field("address", &self.line.address).finish_non_exhaustive()
    }
}

/// A result as far as it was read, held to what the server says of it.
#[derive(Default)]
struct Answer {
    columns: Vec<Column>,
    /// Whether the columns are those that the server names, or of the first batch.
    is_told: bool,
    stored: Option<SchemaRef>,
    rows: u64,
}

impl Answer {
    /// Takes the type of the result.
    fn expect(&mut self, schema: &DataType) -> Result<(), Error> {
        let Some(Kind::Struct(fields)) = &schema.kind else {
            return Err(Error::wrong("the server gives a result that has no columns"));
        };
        let column =
            |field: &message::Field| Column { name: field.name.clone(), kind: kind::name(field.data_type.as_ref()) };
        let columns: Vec<Column> = fields.fields.iter().map(column).collect();
        if self.is_told && self.columns != columns || self.stored.is_some() && self.columns.len() != columns.len() {
            return Err(Error::wrong("the server gives rows of other columns than it said"));
        }
        (self.columns, self.is_told) = (columns, true);
        Ok(())
    }

    /// Takes the rows of a batch.
    fn take(&mut self, batch: &ArrowBatch) -> Result<Vec<RecordBatch>, Error> {
        if batch.num_chunks_in_batch.is_some_and(|chunks| chunks > 1) {
            return Err(broken("a batch comes in pieces, which was not asked for"));
        }
        if batch.start_offset.is_some_and(|start| u64::try_from(start) != Ok(self.rows)) {
            return Err(broken("rows are missing, or come twice"));
        }
        let (schema, batches) = read(&batch.data).map_err(|why| broken(&why))?;
        let rows: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if u64::try_from(batch.row_count) != Ok(rows) {
            return Err(broken(&format!("a batch of {} rows holds {rows}", batch.row_count)));
        }
        if self.stored.as_ref().is_some_and(|stored| stored.fields().len() != schema.fields().len()) {
            return Err(broken("its batches have different columns"));
        }
        if !self.is_told {
            let column = |field: &Arc<arrow::datatypes::Field>| Column {
                name: field.name().clone(),
                kind: kind::stored(field.data_type()),
            };
            self.columns = schema.fields().iter().map(column).collect();
        }
        if self.columns.len() != schema.fields().len() {
            return Err(broken("a batch has other columns than the result"));
        }
        self.rows += rows;
        self.stored = Some(schema);
        Ok(batches)
    }
}

fn broken(why: &str) -> Error {
    Error::wrong(format!("the server gives a broken result: {why}"))
}

fn slow(what: &str, patience: Duration) -> Error {
    Error::new(ErrorKind::Slow, format!("{what} within {} s", patience.as_secs_f32()))
}
