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
use crate::ir::time::format_timestamp;

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

    /// The newest run of a suite that was told of; one that lies ahead of the clock is that of another clock, and counts for
    /// nothing.
    #[must_use]
    pub fn newest(&self, suite: &str, now: i64) -> Option<&(String, String)> {
        self.runs.get(suite).filter(|(begun, _)| *begun <= format_timestamp(now))
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
        let (state, damaged) = match look(reports)? {
            None => (None, None),
            Some(Ok(state)) => (Some(state), None),
            Some(Err(why)) => (None, Some(why)),
        };
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

/// What was told, as it is below a folder of reports now, without waiting for anybody; or why what is there counts for nothing.
///
/// # Errors
/// A file that cannot be read.
pub fn look(reports: &Path) -> Result<Option<Result<State, String>>, Error> {
    let path = reports.join(".alerts").join("state.json");
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Read { path, source }),
    };
    Ok(Some(match serde_json::from_slice::<State>(&text) {
        Ok(read) if read.version == VERSION => Ok(read),
        Ok(read) => Err(format!("`{}` is of version {}", path.display(), read.version)),
        Err(error) => Err(format!("`{}` holds no state: {error}", path.display())),
    }))
}

/// The text of what was told, for who keeps it elsewhere; none if nothing was ever told from here.
///
/// # Errors
/// A file that cannot be read.
pub fn text(reports: &Path) -> Result<Option<String>, Error> {
    let path = reports.join(".alerts").join("state.json");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// Puts such a text below a folder of reports, in the place of what was known there.
///
/// # Errors
/// If it cannot be written.
pub fn put(reports: &Path, text: &str) -> Result<(), Error> {
    write_whole(&reports.join(".alerts").join("state.json"), text.as_bytes(), true)
}

/// The newest lines of the log below a folder of reports, so many at most, oldest first; one that was cut off is left out.
///
/// # Errors
/// A file that cannot be read.
pub fn logged(reports: &Path, limit: usize) -> Result<Vec<serde_json::Value>, Error> {
    let folder = reports.join(".alerts");
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path, source }
    };
    let mut months = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(wrong(&folder))?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if name.starts_with("log-") && name.ends_with(".ndjson") {
                    months.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Read { path: folder, source }),
    }
    months.sort();
    let mut lines = Vec::new();
    for path in months.iter().rev() {
        let text = fs::read_to_string(path).map_err(wrong(path))?;
        lines.extend(text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).take(limit - lines.len()));
        if lines.len() == limit {
            break;
        }
    }
    lines.reverse();
    Ok(lines)
}

/// Whether what was told from here is not known where others look.
#[must_use]
pub fn is_unsent(reports: &Path) -> bool {
    reports.join(".alerts/unsent").exists()
}

/// Notes that, or that it is.
///
/// # Errors
/// If it cannot be written.
pub fn note_unsent(reports: &Path, unsent: bool) -> Result<(), Error> {
    let path = reports.join(".alerts/unsent");
    if unsent {
        return write_whole(&path, b"", true);
    }
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::Write { path, source }),
        _ => Ok(()),
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
