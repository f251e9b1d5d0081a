//! Where a history can be: a folder here, or whatever else can read and write files.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::history::whole::TEMPORARY;
use crate::history::{History, book_of, entries, reading, write_whole};

/// A place that keeps a history, laid out as a folder of reports is. Paths in it have slashes.
pub trait Place {
    /// The names of its history files.
    ///
    /// # Errors
    /// If it does not tell.
    fn history_files(&self) -> Result<Vec<String>, Error>;

    /// The names of the files of a run, by its folder.
    ///
    /// # Errors
    /// If it does not tell.
    fn files(&self, folder: &str) -> Result<Vec<String>, Error>;

    /// A file with its version; none if it is not there.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, Error>;

    /// Writes a file whole.
    ///
    /// # Errors
    /// If it cannot be written.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Writes a history file, if it still is of a version, or still is not there; says whether it was.
    ///
    /// # Errors
    /// If it cannot be written.
    fn replace(&self, book: &str, version: Option<&Version>, bytes: &[u8]) -> Result<bool, Error>;
}

/// What tells a file from what it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

impl Place for History {
    fn history_files(&self) -> Result<Vec<String>, Error> {
        let names = entries(&self.root.join("history"))?;
        let names = names.iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        let mut books: Vec<String> = names.filter(|name| book_of(name).is_some()).collect();
        books.sort();
        Ok(books)
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, Error> {
        let folder = self.run_folder(folder)?;
        let mut files = Vec::new();
        list(&folder, "", &mut files)?;
        files.sort();
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, Error> {
        let path = self.inside(path)?;
        match fs::read(&path) {
            Ok(bytes) => {
                let version = version_of(&bytes);
                Ok(Some((bytes, version)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(reading(&path)(error)),
        }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        write_whole(&self.inside(path)?, bytes, true)
    }

    fn replace(&self, book: &str, version: Option<&Version>, bytes: &[u8]) -> Result<bool, Error> {
        let _books = self.books()?;
        let path = format!("history/{book}");
        if self.read(&path)?.map(|(_, version)| version).as_ref() != version {
            return Ok(false);
        }
        if let Some((suite, _)) = book_of(book) {
            self.forget_streaks(suite)?;
        }
        self.write(&path, bytes)?;
        Ok(true)
    }
}

impl History {
    /// The folder of a run, whose name a history file says.
    pub(super) fn run_folder(&self, folder: &str) -> Result<PathBuf, Error> {
        if folder.contains('/') {
            return Err(stray(folder));
        }
        self.inside(&format!("runs/{folder}"))
    }

    /// A file below the folder of reports. What comes from elsewhere leads nowhere else.
    fn inside(&self, path: &str) -> Result<PathBuf, Error> {
        if is_plain(path) { Ok(self.root.join(path)) } else { Err(stray(path)) }
    }
}

/// Whether a path with slashes leads down only, by names that are files' names everywhere and no temporary ones.
#[must_use]
pub fn is_plain(path: &str) -> bool {
    let by_parts = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(TEMPORARY)
            && !matches!(name, "." | "..")
            && !name.contains(['\\', ':', '\0'])
            && !name.chars().any(char::is_control)
    };
    by_parts && path.split('/').all(is_name)
}

/// A path that does not stay where it belongs.
fn stray(path: &str) -> Error {
    let message = format!("`{}` is no name of a file of a history", path.escape_debug());
    let source = io::Error::new(io::ErrorKind::InvalidData, message);
    Error::Read { path: PathBuf::from("history"), source }
}

/// The files below a folder, which need not be there; neither temporary ones nor links.
fn list(folder: &Path, below: &str, into: &mut Vec<String>) -> Result<(), Error> {
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        // Temporary files come and go while others write.
        if !is_plain(&name) {
            continue;
        }
        let facts = fs::symlink_metadata(&path).map_err(reading(&path))?;
        if facts.is_dir() {
            list(&path, &name, into)?;
        } else if facts.is_file() {
            into.push(name);
        }
    }
    Ok(())
}

/// What tells these bytes from any others.
#[must_use]
pub fn version_of(bytes: &[u8]) -> Version {
    let digest = Sha256::digest(bytes);
    let number = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    Version(format!("{number:032x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_from_elsewhere_leads_down_only() {
        for plain in ["runs/2026-01-01T000000Z_s_abcdef/report.json", "a", "rules/x y.html"] {
            assert!(is_plain(plain), "{plain}");
        }
        for stray in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\..\\b", "c:x", "a/.tamiz-1", "a/./b", "a\nb"]
        {
            assert!(!is_plain(stray), "{stray}");
        }
        let history = History::new(Path::new("x"));
        assert!(history.run_folder("../../home").is_err() && history.run_folder("a/b").is_err());
    }
}
