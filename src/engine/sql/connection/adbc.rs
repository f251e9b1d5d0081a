//! Drivers of ADBC: how one is found, and a connection by it.
//!
//! A driver is a library that runs in this process. What is asked of it is asked one after the other; a thread beside looks
//! whether the run is to stop or the time of the statement is spent, and has the driver call it off.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use adbc_core::options::{AdbcVersion, OptionDatabase, OptionValue};
use adbc_core::{
    CancelHandle, Connection as _, Database as _, Driver as _, LOAD_FLAG_SEARCH_ENV, LOAD_FLAG_SEARCH_SYSTEM,
    LOAD_FLAG_SEARCH_USER, Statement as _,
};
use adbc_driver_manager::{ManagedConnection, ManagedDriver};
use arrow::array::RecordBatch;

use crate::engine::Progress;
use crate::engine::source::library;
use crate::engine::sql::arrow::spell;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::{Link, fault};
use crate::outcome::Fault;

/// How often it is looked whether a statement is to end.
const LOOK: Duration = Duration::from_millis(50);

/// How a driver is found.
pub(super) struct Library<'a> {
    /// Its name, by which manifests and libraries are looked for.
    pub(super) name: &'a str,
    /// The function that it begins with.
    pub(super) entry: &'a [u8],
    /// How one gets it.
    pub(super) advice: &'a str,
}

/// A connection by a driver.
pub(super) struct Adbc {
    connection: Mutex<ManagedConnection>,
    limit: Option<Duration>,
    progress: Arc<Progress>,
}

/// What keeps a statement from its answer.
pub(super) enum Wrong {
    /// What the driver says.
    Said(String),
    /// What ended it here.
    Ended(Fault),
}

impl Adbc {
    /// Finds a driver and opens a database by it.
    ///
    /// # Errors
    /// That it is not found, or what it says.
    pub(super) fn open(
        library: &Library<'_>,
        options: Vec<(String, String)>,
        link: &Link,
        progress: &Arc<Progress>,
    ) -> Result<Self, String> {
        let mut driver = load(library, link.driver.as_deref())?;
        let options = options.into_iter().map(|(key, value)| (OptionDatabase::Other(key), OptionValue::String(value)));
        let database = driver.new_database_with_opts(options).map_err(|error| error.message)?;
        let connection = database.new_connection().map_err(|error| error.message)?;
        Ok(Self { connection: Mutex::new(connection), limit: link.timeout, progress: Arc::clone(progress) })
    }

    /// Runs one statement and calls back with its rows, some at a time; how many there were.
    ///
    /// # Errors
    /// What the driver says, or what ended it.
    pub(super) fn run(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<u64, Wrong> {
        self.batches(sql, &mut |batch| see(spell(&batch).map_err(Wrong::Said)?).map_err(Wrong::Ended))
    }

    /// Runs one statement and calls back with its rows as the driver lays them out, which nobody copies; how many there were.
    ///
    /// # Errors
    /// What the driver says, or what ended it.
    pub(super) fn batches(
        &self,
        sql: &str,
        see: &mut dyn FnMut(RecordBatch) -> Result<(), Wrong>,
    ) -> Result<u64, Wrong> {
        self.progress.go_on().map_err(Wrong::Ended)?;
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let said = |error: adbc_core::error::Error| Wrong::Said(error.message);
        let mut statement = connection.new_statement().map_err(said)?;
        let call_off = statement.get_cancel_handle();
        let (done, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let watch = scope.spawn(move || self.watch(call_off.as_ref(), &ended));
            let mut ask = || {
                statement.set_sql_query(sql).map_err(said)?;
                let mut batches = statement.execute().map_err(said)?;
                let mut told = 0;
                while let Some(batch) = library::ask(|| batches.next().transpose()).map_err(Wrong::Said)? {
                    told += batch.num_rows() as u64;
                    see(batch)?;
                }
                Ok(told)
            };
            let told = ask();
            drop(done);
            match (told, watch.join()) {
                (Err(Wrong::Said(_)), Ok(Some(why))) => Err(Wrong::Ended(why)),
                (told, _) => told,
            }
        })
    }

    /// Calls a statement off once it is to end, again and again until it has; why it was.
    fn watch(&self, call_off: &dyn CancelHandle, ended: &Receiver<()>) -> Option<Fault> {
        let (mut passed, mut why) = (Duration::ZERO, None);
        while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            passed += LOOK;
            if why.is_none() {
                why = self.progress.go_on().err().or_else(|| self.late(passed));
            }
            if why.is_some() {
                // A driver that cannot is waited for.
                let _ = call_off.try_cancel();
            }
        }
        why
    }

    fn late(&self, passed: Duration) -> Option<Fault> {
        let limit = self.limit.filter(|limit| passed >= *limit)?;
        let message = format!("the statement was called off after the {} s of its timeout", limit.as_secs_f64());
        Some(fault("timeout", message))
    }
}

/// Loads a driver: the file that was told, or by its name where such files lie.
fn load(library: &Library<'_>, file: Option<&Path>) -> Result<ManagedDriver, String> {
    const PLACES: u32 = LOAD_FLAG_SEARCH_ENV | LOAD_FLAG_SEARCH_USER | LOAD_FLAG_SEARCH_SYSTEM;
    let (name, entry) = (library.name, Some(library.entry));
    let loaded = match file {
        Some(file) => ManagedDriver::load_dynamic_from_filename(file, entry, AdbcVersion::V110),
        None => ManagedDriver::load_from_name(name, entry, AdbcVersion::V110, PLACES, None),
    };
    loaded.map_err(|error| {
        let place = file.map_or_else(String::new, |file| format!(" at `{}`", file.display()));
        let said = error.message.lines().next().unwrap_or_default().to_owned();
        format!("the driver `{name}` is not to be had{place} ({said}); {}", library.advice)
    })
}
