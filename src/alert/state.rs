//! What was told to whom, and how the channels are: kept in `.alerts` in the folder of reports.
//!
//! An entry changes only after its message was taken, so what did not arrive is told by the next run. Who works on it holds
//! its lock. Of values of data it holds none.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::history::{folder_of, write_whole};

/// The version of the file.
const VERSION: u32 = 1;

/// What was told to whom, and how the channels are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// What each channel was told, by its name and the key of the group.
    #[serde(default)]
    pub sent: BTreeMap<String, BTreeMap<String, Sent>>,
    /// How each channel is.
    #[serde(default)]
    pub channels: BTreeMap<String, Health>,
    /// The newest run of each suite that was told of: when it began, and its id.
    #[serde(default)]
    pub runs: BTreeMap<String, (String, String)>,
}

/// What a channel was told of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
    /// The suite; none of what rouses others.
    #[serde(default)]
    pub suite: Option<String>,
    /// The problems, by their keys.
    pub problems: BTreeMap<String, Known>,
    /// Whether it is told when they are over.
    pub resolved: bool,
    /// The channel that took it in the place of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

/// A problem that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The dataset.
    pub dataset: String,
    /// Its name.
    pub name: String,
    /// How bad it was.
    pub severity: String,
    /// The rules that had it.
    pub rules: Vec<String>,
    /// Since when.
    pub since: String,
}

/// How a channel is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// How many deliveries failed in a row.
    pub failures: u32,
    /// Until when it is left alone, in microseconds since 1970 UTC.
    #[serde(default)]
    pub rests_until: Option<i64>,
}

/// The file of the state, with its lock held.
#[derive(Debug)]
pub struct Book {
    folder: PathBuf,
    _lock: File,
    /// What it holds; none if nothing was ever told from here.
    pub state: Option<State>,
    /// Why what was there counts for nothing, if so.
    pub damaged: Option<String>,
}

/// How often one asks for the lock, twenty milliseconds apart.
const PATIENCE: u32 = 3_000;

impl State {
    /// What a channel was told of a group.
    #[must_use]
    pub fn sent(&self, channel: &str, key: &str) -> Option<&Sent> {
        self.sent.get(channel)?.get(key)
    }

    /// Puts what a channel was told in the place of what it was before.
    pub fn put(&mut self, channel: &str, key: &str, sent: Option<Sent>) {
        let groups = self.sent.entry(channel.to_owned()).or_default();
        match sent {
            Some(sent) => drop(groups.insert(key.to_owned(), sent)),
            None => drop(groups.remove(key)),
        }
    }
}

impl Book {
    /// Opens the state below a folder of reports, waiting for who works on it.
    ///
    /// # Errors
    /// A file that cannot be written or read, or a lock that is not let go.
    pub fn open(reports: &Path) -> Result<Self, Error> {
        let folder = reports.join(".alerts");
        let path = folder.join(".lock");
        let wrong = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(&folder).map_err(wrong)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(wrong)?;
        wait(&lock).map_err(wrong)?;
        let (mut state, mut damaged) = (None, None);
        let path = folder.join("state.json");
        match fs::read(&path) {
            Ok(text) => match serde_json::from_slice::<State>(&text) {
                Ok(read) if read.version == VERSION => state = Some(read),
                Ok(read) => damaged = Some(format!("`{}` is of version {}", path.display(), read.version)),
                Err(error) => damaged = Some(format!("`{}` holds no state: {error}", path.display())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Read { path, source }),
        }
        Ok(Self { folder, _lock: lock, state, damaged })
    }

    /// Writes the state down, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, state: &State) -> Result<(), Error> {
        let state = State { version: VERSION, ..state.clone() };
        let text = serde_json::to_string_pretty(&state).map_err(|error| Error::Render(error.to_string()))? + "\n";
        write_whole(&self.folder.join("state.json"), text.as_bytes(), true)
    }

    /// Adds a line to the log of a month, `2026-11`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn log(&self, month: &str, line: &str) -> Result<(), Error> {
        let path = self.folder.join(format!("log-{month}.ndjson"));
        let wrong = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(folder_of(&path)).map_err(wrong)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(wrong)?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(wrong)
    }
}

fn wait(lock: &File) -> io::Result<()> {
    for _ in 0..PATIENCE {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "another process does not let it go"))
}
