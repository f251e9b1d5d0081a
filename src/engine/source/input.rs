//! A file to read, wherever it is: as a stream, by places, or by ranges; how large it is, and from when.
//!
//! What is on this machine is read through [`fs::File`] itself. It decodes nothing and knows no format.

use std::fmt;
use std::fs;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// A file that can be opened as often as needed; copies are cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    File(PathBuf),
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its size.
    pub bytes: u64,
    /// When it was last written, if that is told.
    pub modified: Option<SystemTime>,
}

/// A file opened: read once from its start.
#[derive(Debug)]
pub struct Stream(Streamed);

#[derive(Debug)]
enum Streamed {
    File(fs::File),
}

/// A file opened: read from any place.
#[derive(Debug)]
pub struct Handle(Opened);

#[derive(Debug)]
enum Opened {
    File(fs::File),
}

/// A file opened for ranges, by as many at once as like.
#[derive(Debug)]
pub struct Chunks(Ranges);

#[derive(Debug)]
enum Ranges {
    File(fs::File),
}

impl Input {
    /// Its path or the key of its object, whose end names the kind of file; not for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        match &self.0 {
            Place::File(path) => path,
        }
    }

    /// Its path, if it is on this machine.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
        }
    }

    /// Its size, and when it was last written.
    ///
    /// # Errors
    /// If it is not there, or cannot be looked at.
    pub fn facts(&self) -> io::Result<Facts> {
        match &self.0 {
            Place::File(path) => {
                let facts = fs::metadata(path)?;
                Ok(Facts { bytes: facts.len(), modified: facts.modified().ok() })
            }
        }
    }

    /// Opens it to be read once from its start, and tells its first bytes, as many as there are.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn stream(&self, head: u64) -> io::Result<(Stream, Vec<u8>)> {
        match &self.0 {
            Place::File(path) => {
                let mut file = fs::File::open(path)?;
                let mut first = Vec::new();
                file.by_ref().take(head).read_to_end(&mut first)?;
                file.rewind()?;
                Ok((Stream(Streamed::File(file)), first))
            }
        }
    }

    /// Opens it to be read from any place.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn handle(&self) -> io::Result<Handle> {
        match &self.0 {
            Place::File(path) => Ok(Handle(Opened::File(fs::File::open(path)?))),
        }
    }

    /// Opens it to be read by ranges.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn chunks(&self) -> io::Result<Chunks> {
        match &self.0 {
            Place::File(path) => Ok(Chunks(Ranges::File(fs::File::open(path)?))),
        }
    }
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self(Place::File(path.to_owned()))
    }
}

impl From<&Self> for Input {
    fn from(input: &Self) -> Self {
        input.clone()
    }
}

/// For people.
impl fmt::Display for Input {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(into, "{}", path.display()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Streamed::File(file) => file.read(into),
        }
    }
}

impl Read for Handle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Opened::File(file) => file.read(into),
        }
    }
}

impl Seek for Handle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            Opened::File(file) => file.seek(to),
        }
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        match &self.0 {
            Ranges::File(file) => file.len(),
        }
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Handle>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        match &self.0 {
            Ranges::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Ok(BufReader::new(Handle(Opened::File(file))))
            }
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match &self.0 {
            Ranges::File(file) => file.get_bytes(start, length),
        }
    }
}
