//! Locks on files that the operating system lets go when their process dies.
//!
//! The file stays; what it holds says who has the lock, for messages only. It waits for nothing: who wants to wait asks again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::history::whole::folder_of;

/// A lock, held until it is dropped or its process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The number of the process.
    pub pid: u32,
    /// The name of the machine.
    pub host: Option<String>,
    /// Since when, in RFC 3339.
    pub since: String,
}

/// What became of the wish for a lock.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours.
    Taken(Lock),
    /// Another process has it; who, if it has told.
    Held(Option<Holder>),
    /// The file system knows no locks.
    Unsupported(io::Error),
}

impl Lock {
    /// Takes the lock of a file, which need not exist yet, if nobody has it.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn attempt(path: &Path, holder: &Holder) -> Result<Attempt, Error> {
        let wrong = |source| Error::Write { path: path.to_owned(), source };
        fs::create_dir_all(folder_of(path)).map_err(wrong)?;
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {
                // Words for others; the lock holds without them.
                let _ = tell(&mut file, holder);
                Ok(Attempt::Taken(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let told = file.read_to_string(&mut text).is_ok();
                Ok(Attempt::Held(told.then(|| serde_json::from_str(&text).ok()).flatten()))
            }
            Err(TryLockError::Error(error)) => Ok(Attempt::Unsupported(error)),
        }
    }
}

fn tell(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all((serde_json::to_string(holder)? + "\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32) -> Holder {
        Holder { pid, host: Some("m".to_owned()), since: "2026-11-22T10:00:00Z".to_owned() }
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped_and_says_by_whom() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/s.lock");
        let Attempt::Taken(first) = Lock::attempt(&path, &holder(1)).unwrap() else { panic!("it is free") };
        match Lock::attempt(&path, &holder(2)).unwrap() {
            Attempt::Held(by) => assert_eq!(by, Some(holder(1))),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(path.exists());
        assert!(matches!(Lock::attempt(&path, &holder(2)).unwrap(), Attempt::Taken(_)));
    }
}
