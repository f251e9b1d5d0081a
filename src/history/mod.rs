//! Runs kept: folders with records and pages, one line a run and a rule for trends.
//!
//! A run is there in this order: its record and its page, each `whole` or not at all; its history lines, in one write, the line
//! of the run last; then what is made anew each time: `latest` and the index. From the history lines on this happens under a
//! `lock` that the operating system releases when a process dies. A run is listed if its line is there, so a process that is
//! killed on the way leaves a folder that nobody names, or history lines without their last, which are ignored and taken out
//! by the next run. It judges nothing again.

pub mod lock;
mod whole;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outcome::{Counts, Report, RunStatus, Text};
pub use whole::{IN_USE, TEMPORARY, folder_of, sweep, sync_folder, write_whole};

/// The folder that runs are kept in.
pub struct History {
    root: PathBuf,
}

/// One line of a history file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// A run.
    Run(Box<RunLine>),
    /// A rule of a run.
    Rule(Box<RuleLine>),
}

/// A run as history keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    /// The id of the run.
    pub id: String,
    /// The folder under `runs`.
    pub folder: String,
    /// The suite.
    pub suite: String,
    /// The title of the suite.
    pub title: Option<String>,
    /// When it began.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// What it came to.
    pub status: RunStatus,
    /// The exit code.
    pub exit_code: u8,
    /// One sentence.
    pub reason: Text,
    /// The totals.
    pub counts: Counts,
}

/// A rule of a run as history keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleLine {
    /// The id of the run.
    pub run: String,
    /// When the run began.
    pub started_at: String,
    /// The id of the rule.
    pub id: String,
    /// What became of it.
    pub status: crate::outcome::Status,
    /// The level at which it failed.
    pub level: Option<String>,
    /// Whether it was muted.
    #[serde(default)]
    pub muted: bool,
    /// Rows evaluated.
    pub evaluated: Option<u64>,
    /// Rows that break it.
    pub violations: Option<u64>,
    /// The number found.
    pub observed: Option<serde_json::Value>,
}

impl History {
    /// The history in a folder, which need not exist yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The name of the folder of a run.
    #[must_use]
    pub fn folder(report: &Report) -> String {
        let when: String = report.run.started_at.chars().take(19).filter(|c| *c != ':').collect();
        let id: String = report.run.id.chars().filter(|c| *c != '-').collect();
        let suffix = &id[id.len().saturating_sub(6)..];
        format!("{when}Z_{}_{suffix}", report.run.suite)
    }

    /// Where a file of a run lies.
    #[must_use]
    pub fn path_of(&self, report: &Report, name: &str) -> PathBuf {
        self.root.join("runs").join(Self::folder(report)).join(name)
    }

    /// The file whose lock keeps two runs of a suite from happening at the same time.
    #[must_use]
    pub fn lock_of(&self, suite: &str) -> PathBuf {
        self.root.join(".locks").join(format!("{suite}.lock"))
    }

    /// Keeps a run: its record and page, its history lines, the newest of its suite.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep(&self, report: &Report, record: &str, page: &str) -> Result<(), Error> {
        let folder = self.root.join("runs").join(Self::folder(report));
        write_whole(&folder.join("report.json"), record.as_bytes(), true)?;
        write_whole(&folder.join("report.html"), page.as_bytes(), true)?;
        let _books = self.books()?;
        self.append(report)?;
        let latest = self.root.join("latest");
        write_whole(&latest.join(format!("{}.json", report.run.suite)), record.as_bytes(), false)?;
        write_whole(&latest.join(format!("{}.html", report.run.suite)), page.as_bytes(), false)
    }

    /// Writes what is about all runs: the newest command, and the index, rendered while no other run can come in between.
    ///
    /// # Errors
    /// A file that cannot be read or written, or what `index` says.
    pub fn publish(
        &self,
        invocation: &str,
        index: impl FnOnce(Vec<RunLine>) -> Result<String, Error>,
    ) -> Result<(), Error> {
        let _books = self.books()?;
        write_whole(&self.root.join("latest/index.json"), invocation.as_bytes(), false)?;
        let page = index(self.runs()?)?;
        write_whole(&self.root.join("index.html"), page.as_bytes(), false)
    }

    /// Removes what killed runs left behind before a moment: temporary files, and folders of runs that came to no record.
    pub fn sweep(&self, before: SystemTime) {
        for folder in ["", "latest", "history"] {
            sweep(&self.root.join(folder), before);
        }
        let Ok(entries) = fs::read_dir(self.root.join("runs")) else { return };
        for folder in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            // A run that is listed has its page, and nothing was being written when it came to that.
            if !folder.join("report.html").exists() && whole::is_older(&folder, before) {
                sweep(&folder, before);
                // It stays if it holds anything else.
                let _ = fs::remove_dir(&folder);
            }
        }
    }

    /// Every run kept, oldest first; lines that are not understood are left out, and so is a torn last line.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn runs(&self) -> Result<Vec<RunLine>, Error> {
        let folder = self.root.join("history");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::Read { path: folder, source }),
        };
        let mut runs: Vec<RunLine> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| Error::Read { path: folder.clone(), source })?.path();
            if path.extension().is_none_or(|extension| extension != "ndjson") {
                continue;
            }
            let text = fs::read(&path).map_err(|source| Error::Read { path, source })?;
            let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
            runs.extend(lines.filter(|line| line.starts_with(RUN)).filter_map(|line| {
                match serde_json::from_slice(line) {
                    Ok(Line::Run(run)) => Some(*run),
                    _ => None,
                }
            }));
        }
        runs.sort_by(|a, b| (&a.started_at, &a.id).cmp(&(&b.started_at, &b.id)));
        Ok(runs)
    }

    /// The newest run of each suite, by the name of the suite.
    ///
    /// # Errors
    /// A record that cannot be read, or that another version wrote.
    pub fn latest(&self) -> Result<Vec<Report>, Error> {
        let folder = self.root.join("latest");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::Read { path: folder, source }),
        };
        let mut reports = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| Error::Read { path: folder.clone(), source })?.path();
            let is_record = path.extension().is_some_and(|extension| extension == "json")
                && path.file_name().is_some_and(|name| name != "index.json");
            if is_record {
                reports.push(record(&path)?);
            }
        }
        reports.sort_by(|a, b| a.run.suite.cmp(&b.run.suite));
        Ok(reports)
    }

    /// Waits until nobody else writes what is about more than one run; that takes milliseconds, unless somebody hangs.
    fn books(&self) -> Result<File, Error> {
        let path = self.root.join("history").join(".lock");
        let wrong = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(folder_of(&path)).map_err(wrong)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(wrong)?;
        for _ in 0..PATIENCE {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(wrong(error)),
            }
        }
        Err(wrong(io::Error::new(io::ErrorKind::TimedOut, "another process does not let it go")))
    }

    fn append(&self, report: &Report) -> Result<(), Error> {
        let month: String = report.run.started_at.chars().take(7).collect();
        let path = self.root.join("history").join(format!("{}-{month}.ndjson", report.run.suite));
        let wrong = |source| Error::Write { path: path.clone(), source };
        let mut text = String::new();
        for line in lines_of(report) {
            text += &serde_json::to_string(&line).map_err(|error| Error::Render(error.to_string()))?;
            text.push('\n');
        }
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(wrong)?;
        let end = end_of_last_run(&mut file).map_err(wrong)?;
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(wrong)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
        if end == 0 { sync_folder(folder_of(&path)).map_err(wrong) } else { Ok(()) }
    }
}

/// Reads the record of a run.
///
/// # Errors
/// A file that cannot be read, or holds no record of this version.
pub fn record(path: &Path) -> Result<Report, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(wrong)?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("it holds no record of a run that this version knows: {error}");
        wrong(io::Error::new(io::ErrorKind::InvalidData, message))
    })
}

/// How often one asks for the lock of the history, ten milliseconds apart.
const PATIENCE: u32 = 6000;

/// How the line of a run begins.
const RUN: &[u8] = b"{\"line\":\"run\",";

/// Where in a history file the last run ends that was written whole: behind the line of the run itself, for it closes those of
/// its rules. What follows was torn by the end of a process.
fn end_of_last_run(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut reach: u64 = 1 << 16;
    loop {
        let from = length.saturating_sub(reach);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let whole =
            if from == 0 { 0 } else { tail.iter().position(|byte| *byte == b'\n').map_or(tail.len(), |at| at + 1) };
        let mut end = tail.len();
        for line in tail[whole..].split_inclusive(|byte| *byte == b'\n').rev() {
            if line.starts_with(RUN) && line.ends_with(b"\n") {
                return Ok(from + end as u64);
            }
            end -= line.len();
        }
        if from == 0 {
            return Ok(0);
        }
        reach = reach.saturating_mul(4);
    }
}

/// The lines of a run, its own last.
fn lines_of(report: &Report) -> Vec<Line> {
    let run = RunLine {
        id: report.run.id.clone(),
        folder: History::folder(report),
        suite: report.run.suite.clone(),
        title: report.run.title.clone(),
        started_at: report.run.started_at.clone(),
        duration_ms: report.run.duration_ms,
        status: report.verdict.status,
        exit_code: report.verdict.exit_code,
        reason: report.verdict.reason.clone(),
        counts: report.counts.clone(),
    };
    let rules = report.results.iter().map(|result| {
        Line::Rule(Box::new(RuleLine {
            run: report.run.id.clone(),
            started_at: report.run.started_at.clone(),
            id: result.id.clone(),
            status: result.status,
            level: result.level.clone(),
            muted: result.muted.is_some(),
            evaluated: result.evaluated,
            violations: result.violations,
            observed: result.observed.clone(),
        }))
    });
    rules.chain(std::iter::once(Line::Run(Box::new(run)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE_LINE: &str = "{\"line\":\"rule\",\"run\":\"1\"}\n";
    const RUN_LINE: &str = "{\"line\":\"run\",\"id\":\"1\"}\n";

    fn end(text: &str) -> usize {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        usize::try_from(end_of_last_run(&mut file).unwrap()).unwrap()
    }

    #[test]
    fn what_follows_the_last_whole_run_was_torn() {
        let whole = format!("{RULE_LINE}{RULE_LINE}{RUN_LINE}");
        assert_eq!(end(""), 0);
        assert_eq!(end(&whole), whole.len());
        for torn in [
            RULE_LINE,
            &RULE_LINE[..9],
            &RUN_LINE[..9],
            RUN_LINE.trim_end(),
            "\n",
            "{\"line\":\"rule\",\"id\":\"\u{f1}",
        ] {
            assert_eq!(end(&format!("{whole}{torn}")), whole.len(), "{torn}");
            assert_eq!(end(torn), 0, "{torn}");
        }
        let many = format!("{whole}{}", RULE_LINE.repeat(20_000));
        assert_eq!(end(&many), whole.len());
    }

    #[test]
    fn a_torn_last_line_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history/x-2026-01.ndjson");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for torn in [b"{\"line\":\"run\",\"id\":".as_slice(), b"{\"line\":\"run\",\"id\":\"\xc3"] {
            fs::write(&path, torn).unwrap();
            assert_eq!(History::new(folder.path()).runs().unwrap(), Vec::new());
        }
    }
}
