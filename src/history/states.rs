//! Where what was seen of the files of a suite lies from run to run: `.states/SUITE` below the folder of reports.
//!
//! One file a suite, written whole: ten thousand files of data are some megabytes in it, and what no run needs any more is
//! gone with the next one. It is made of the data and can be made again at any time, so it is carried nowhere and what is
//! wrong with it is nobody's error. Who writes it has the lock of the suite. It does not know what it says.

use std::fs;
use std::path::PathBuf;

use crate::error::Error;
use crate::history::{History, write_whole};

/// More than any run writes.
const MOST: u64 = 1 << 30;

impl History {
    /// What the last run of a suite kept of the files that it read; nothing if that cannot be read, or is more than any run
    /// writes.
    #[must_use]
    pub fn states(&self, suite: &str) -> Vec<u8> {
        let path = self.states_of(suite);
        // What is no file may never come to its end.
        let is_sound = fs::metadata(&path).is_ok_and(|facts| facts.is_file() && facts.len() <= MOST);
        if is_sound { fs::read(path).unwrap_or_default() } else { Vec::new() }
    }

    /// Keeps what was seen of files for the next run of a suite.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep_states(&self, suite: &str, states: &[u8]) -> Result<(), Error> {
        write_whole(&self.states_of(suite), states, false)
    }

    fn states_of(&self, suite: &str) -> PathBuf {
        self.root.join(".states").join(suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_kept_by_suite_and_lie_where_nothing_is_carried_from() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::new(folder.path());
        assert!(history.states("a").is_empty());
        fs::create_dir_all(folder.path().join(".states/c")).unwrap();
        assert!(history.states("c").is_empty());
        history.keep_states("a", b"one").unwrap();
        history.keep_states("b", b"other").unwrap();
        assert_eq!((history.states("a"), history.states("b")), (b"one".to_vec(), b"other".to_vec()));
        let into = tempfile::tempdir().unwrap();
        crate::history::carry(&history, &History::new(into.path()), None).unwrap();
        assert!(!into.path().join(".states").exists());
    }
}
