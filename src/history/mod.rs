//! Runs kept: folders with records and pages, one line a run and a rule for trends.
//!
//! Files are written whole or not at all: to a temporary name, then renamed. History lines are appended under a lock that
//! the operating system releases when a process dies; a torn last line is ignored. It judges nothing again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outcome::{Counts, Report, RunStatus, Text};

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

    /// Keeps a run: its record and page, the newest of its suite, its history lines.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep(&self, report: &Report, record: &str, page: &str) -> Result<(), Error> {
        let folder = self.root.join("runs").join(Self::folder(report));
        write_whole(&folder.join("report.json"), record.as_bytes(), true)?;
        write_whole(&folder.join("report.html"), page.as_bytes(), false)?;
        self.append(report)?;
        let latest = self.root.join("latest");
        write_whole(&latest.join(format!("{}.json", report.run.suite)), record.as_bytes(), false)?;
        write_whole(&latest.join(format!("{}.html", report.run.suite)), page.as_bytes(), false)
    }

    /// Writes a file under the folder, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        write_whole(&self.root.join(name), text.as_bytes(), false)
    }

    /// Every run kept, oldest first; lines that are torn or not understood are left out.
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
            let text = fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
            runs.extend(text.lines().filter_map(|line| match serde_json::from_str(line) {
                Ok(Line::Run(run)) => Some(*run),
                _ => None,
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

    fn append(&self, report: &Report) -> Result<(), Error> {
        let folder = self.root.join("history");
        let month: String = report.run.started_at.chars().take(7).collect();
        let path = folder.join(format!("{}-{month}.ndjson", report.run.suite));
        let wrong = |source| Error::Write { path: path.clone(), source };
        fs::create_dir_all(&folder).map_err(wrong)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(".lock")).map_err(wrong)?;
        lock.lock().map_err(wrong)?;
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path).map_err(wrong)?;
        let mut text = String::new();
        if !ends_a_line(&mut file).map_err(wrong)? {
            text.push('\n');
        }
        for line in lines_of(report) {
            text += &serde_json::to_string(&line).map_err(|error| Error::Render(error.to_string()))?;
            text.push('\n');
        }
        file.write_all(text.as_bytes()).map_err(wrong)?;
        file.sync_all().map_err(wrong)
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

/// Whether a file is empty or ends in a line end; a process that died may have torn its last line.
fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

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
    std::iter::once(Line::Run(Box::new(run))).chain(rules).collect()
}

/// Writes a file to a temporary name beside it and renames it.
///
/// # Errors
/// If it cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8], sync: bool) -> Result<(), Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(wrong)?;
    let mut file = tempfile::Builder::new().prefix(".tamiz-").tempfile_in(folder).map_err(wrong)?;
    file.write_all(bytes).map_err(wrong)?;
    if sync {
        file.as_file().sync_all().map_err(wrong)?;
    }
    open_to_readers(file.as_file()).map_err(wrong)?;
    file.persist(path).map_err(|error| wrong(error.error))?;
    Ok(())
}

/// Temporary files are private; reports are for everyone who may read the folder.
#[cfg(unix)]
fn open_to_readers(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_readers(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_out_and_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history/x-2026-01.ndjson");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "{\"line\":\"run\",\"id\":").unwrap();
        let mut file = OpenOptions::new().read(true).append(true).open(&path).unwrap();
        assert!(!ends_a_line(&mut file).unwrap());
        assert_eq!(History::new(folder.path()).runs().unwrap(), Vec::new());
    }
}
