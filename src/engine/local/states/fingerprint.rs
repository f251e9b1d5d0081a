//! By what a file is known again: where it is, how large, from when, and what it begins and ends with.
//!
//! A state is worth nothing if the file it is of has changed unnoticed, so whatever is in doubt is not known again:
//!
//! * The size, the time of the last change of its content in nanoseconds, and where the system tells them the number of the
//!   file and the time of the last change of what is known of it: no program sets that one, so that a file replaced by
//!   another of the same size and date is another. A copy, restored from a cache with its date, is another too.
//! * The footer of Parquet and Arrow files, which is about all of their data; the first and the last 64 KiB of others. All of
//!   a file of text would have to be read, which is what a state saves.
//! * A file changed less than two seconds before the run began, or after that, is not known again: a clock of files may be
//!   that coarse, and a second change would not show.
//! * An object of a bucket by its `ETag`; what comes over the network and has none is not known again, nor is standard input,
//!   nor a database, whose rows may lie in a second file.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::dataset::Kind;
use crate::engine::local::states::book::{Digest, digest};
use crate::engine::source::input::Input;

/// How much of the ends of a file is looked at.
const ENDS: u64 = 64 << 10;

/// The longest footer that is looked at.
const FOOTER: u64 = 64 << 20;

/// How long before a run a file must have been left alone.
const QUIET: Duration = Duration::from_secs(2);

/// A file as it was when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::local) struct Fingerprint {
    /// What it is known by.
    pub(in crate::engine::local) digest: Digest,
    facts: Vec<u8>,
}

impl Fingerprint {
    /// What a file is known by in a run that began at a moment; none if it would not be known again for sure.
    pub(super) fn of(input: &Input, shown: &str, kind: Kind, begun: SystemTime) -> Option<Self> {
        if kind == Kind::Sqlite {
            return None;
        }
        let (facts, ends) = match input.version() {
            Some(version) => (version.into_bytes(), Vec::new()),
            None if input.is_remote() => return None,
            None => {
                let path = input.file()?;
                let facts = fs::metadata(path).ok()?;
                let modified = facts.modified().ok()?;
                if begun.duration_since(modified).is_ok_and(|quiet| quiet >= QUIET) {
                    (stated(&facts)?, ends(path, kind, facts.len()).ok()?)
                } else {
                    return None;
                }
            }
        };
        let digest = digest([shown.as_bytes(), kind.name().as_bytes(), &facts, &ends]);
        Some(Self { digest, facts })
    }

    /// Whether a file is still what it was when it was opened.
    pub(super) fn holds(&self, input: &Input) -> bool {
        match (input.version(), input.file()) {
            (Some(version), _) => version.as_bytes() == self.facts,
            (None, Some(path)) => {
                fs::metadata(path).ok().and_then(|facts| stated(&facts)).as_ref() == Some(&self.facts)
            }
            (None, None) => false,
        }
    }
}

/// What the system says of a file, as bytes.
fn stated(facts: &fs::Metadata) -> Option<Vec<u8>> {
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_nanos());
    let mut bytes = facts.len().to_le_bytes().to_vec();
    bytes.extend_from_slice(&since(facts.modified().ok()?)?.to_le_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        bytes.extend_from_slice(&facts.ino().to_le_bytes());
        bytes.extend_from_slice(&facts.ctime().to_le_bytes());
        bytes.extend_from_slice(&facts.ctime_nsec().to_le_bytes());
    }
    Some(bytes)
}

/// What a file begins and ends with, as far as it is looked at.
fn ends(path: &Path, kind: Kind, size: u64) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    let footer = match kind {
        Kind::Parquet => footer(&mut file, size, b"PAR1")?,
        Kind::Ipc => footer(&mut file, size, b"ARROW1")?,
        _ => None,
    };
    let end = match footer {
        Some(length) => length.min(FOOTER),
        None => {
            file.rewind()?;
            file.by_ref().take(ENDS).read_to_end(&mut bytes)?;
            ENDS
        }
    };
    file.seek(SeekFrom::Start(size.saturating_sub(end)))?;
    file.take(end).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How long the footer of a file is that ends with the length of the footer, in four bytes, and some letters.
fn footer(file: &mut fs::File, size: u64, letters: &[u8]) -> io::Result<Option<u64>> {
    let mark = letters.len() as u64 + 4;
    if size < mark {
        return Ok(None);
    }
    let mut last = Vec::new();
    file.seek(SeekFrom::Start(size - mark))?;
    file.by_ref().take(mark).read_to_end(&mut last)?;
    let length = last.first_chunk().map(|length| u64::from(u32::from_le_bytes(*length)) + mark);
    Ok(length.filter(|length| last.ends_with(letters) && *length <= size))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn print(path: &Path, kind: Kind) -> Option<Fingerprint> {
        Fingerprint::of(&path.into(), "shown", kind, SystemTime::now())
    }

    fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = folder.join(name);
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_mins(1)).unwrap();
        path
    }

    #[test]
    fn a_file_is_known_again_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "a.csv", b"a\n1\n");
        let first = print(&path, Kind::Csv).unwrap();
        assert_eq!(print(&path, Kind::Csv).unwrap(), first);
        assert!(first.holds(&path.as_path().into()));
        let old = fs::metadata(&path).unwrap().modified().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, b"a\n2\n").unwrap();
        assert_eq!(print(&path, Kind::Csv), None, "it is too young");
        assert!(!first.holds(&path.as_path().into()));
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert_ne!(print(&path, Kind::Csv).unwrap().digest, first.digest, "of the same size and date it is another");
    }

    #[test]
    fn the_footer_is_looked_at_whole_and_of_text_the_ends() {
        let folder = tempfile::tempdir().unwrap();
        let parquet =
            |first: u8| [vec![first; 300_000], vec![7; 100_000], 100_000_u32.to_le_bytes().into(), b"PAR1".into()];
        let of = |path: &Path, kind| ends(path, kind, fs::metadata(path).unwrap().len()).unwrap();
        let path = written(folder.path(), "a.parquet", &parquet(1).concat());
        assert_eq!(of(&path, Kind::Parquet).len(), 100_008);
        let text = of(&path, Kind::Csv);
        assert_eq!((text.len(), text[0]), (2 << 16, 1));
        let broken = written(folder.path(), "b.parquet", b"PAR1");
        assert_eq!(of(&broken, Kind::Parquet), b"PAR1PAR1");
    }

    #[test]
    fn a_database_is_not_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), "a.db", b"SQLite format 3\0");
        assert!(print(&path, Kind::Sqlite).is_none() && print(&path, Kind::Csv).is_some());
    }
}
