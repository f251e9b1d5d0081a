//! The world outside: clock, environment, machine, files named on the command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::dataset::Kind;
use crate::engine::remote;
use crate::error::Error;

/// The time, in microseconds since 1970 UTC.
pub(super) fn now() -> i64 {
    utc().timestamp_micros()
}

/// The time of the clock, as pages take it.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(super) fn utc() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// The time of the files' clock so long ago.
pub(super) fn ago(length: std::time::Duration) -> std::time::SystemTime {
    std::time::SystemTime::now().checked_sub(length).unwrap_or(std::time::UNIX_EPOCH)
}

/// A moment to measure lengths of time from.
pub(super) fn moment() -> std::time::Instant {
    std::time::Instant::now()
}

/// Bytes that nobody can guess.
pub(super) fn random() -> Vec<u8> {
    // Each holds 74 random bits.
    (0..4).flat_map(|_| uuid::Uuid::now_v7().into_bytes()).collect()
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The file of this program.
pub(super) fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// A variable of the environment that says something.
pub(super) fn said(name: &str) -> Option<String> {
    env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What is known of the network: the variables that the tools of the vendors read, and how often a read is tried again.
pub(super) fn remote(retries: u32) -> remote::Settings {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let read = |(name, _): &(String, String)| remote::Settings::PREFIXES.iter().any(|start| name.starts_with(start));
    remote::Settings {
        environment: std::env::vars_os().filter_map(text).filter(read).collect(),
        retries,
        ..remote::Settings::default()
    }
}

/// Who works at the machine, if it tells.
pub(super) fn user() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(env).filter(|name| !name.is_empty())
}

/// The working folder; empty if it is gone.
pub(super) fn folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// The text of a file that the user named.
pub(super) fn read_file(path: &Path) -> Result<String, Error> {
    read_text(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// The text of a file, which must be UTF-8; a byte order mark is no part of it.
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    let bytes = std::fs::read(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// The data files of a folder, those whose extension says a format, by name.
pub(super) fn data_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let wrong = |source| Error::Read { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_file() && extension.and_then(Kind::of_extension).is_some() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The name of the machine, if it tells.
pub(super) fn host() -> Option<String> {
    let told = std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned());
    told.filter(|name| !name.is_empty()).or_else(|| env("HOSTNAME")).or_else(|| env("COMPUTERNAME"))
}
