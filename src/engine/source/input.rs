//! A file to read, wherever it is: as a stream, by places, or by ranges; how large it is, and from when.
//!
//! What is on this machine is read through [`fs::File`] itself. It decodes nothing and knows no format.

use std::fmt;
use std::fs;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::engine::remote;
use crate::engine::remote::Object;

/// A file that can be opened as often as needed; copies are cheap.
#[derive(Clone, Debug)]
pub struct Input(Place);

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Object(Object),
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
    Object(remote::Stream),
}

/// A file opened: read from any place.
#[derive(Debug)]
pub struct Handle(Opened);

#[derive(Debug)]
enum Opened {
    File(fs::File),
    Object(remote::Blocks),
}

/// A file opened for ranges, by as many at once as like.
#[derive(Debug)]
pub struct Chunks(Ranges);

#[derive(Debug)]
enum Ranges {
    File(fs::File),
    /// An object, and the ranges of it that have been fetched, by where they begin.
    Object(Object, Vec<(u64, Bytes)>),
}

/// A part of a file, read on from where it begins.
#[derive(Debug)]
pub struct Chunk(Part);

#[derive(Debug)]
enum Part {
    Open(BufReader<Handle>),
    Fetched(Cursor<Bytes>),
}

impl Input {
    /// Its path or the key of its object, whose end names the kind of file; not for people.
    #[must_use]
    pub fn path(&self) -> &Path {
        match &self.0 {
            Place::File(path) => path,
            Place::Object(object) => object.path(),
        }
    }

    /// Its path, if it is on this machine.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Object(object) => object.kept(),
        }
    }

    /// Its size, and when it was last written.
    ///
    /// # Errors
    /// If it is not there, cannot be looked at, or is no file: what reads a pipe may wait for ever, and files are read twice.
    pub fn facts(&self) -> io::Result<Facts> {
        match &self.0 {
            Place::File(path) => {
                let facts = fs::metadata(path)?;
                if !facts.is_file() {
                    let message = "it is no file but a pipe, a device or a folder; data that come through a pipe are read \
                                   from standard input, with `-`";
                    return Err(io::Error::other(message));
                }
                Ok(Facts { bytes: facts.len(), modified: facts.modified().ok() })
            }
            Place::Object(object) => Ok(Facts { bytes: object.size(), modified: object.modified() }),
        }
    }

    /// What tells an object of a bucket from what it was before; none of other files, and where the store does not tell.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        match &self.0 {
            Place::File(_) => None,
            Place::Object(object) => object.version().map(|version| format!("{} {version}", object.size())),
        }
    }

    /// Its first bytes, as many as there are.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn head(&self, length: u64) -> io::Result<Vec<u8>> {
        match self.source() {
            Source::File(path) => {
                let mut first = Vec::new();
                fs::File::open(path)?.take(length).read_to_end(&mut first)?;
                Ok(first)
            }
            Source::Object(object) => Ok(object.read(0..length.min(object.size()))?.into()),
        }
    }

    /// Opens it to be read once from its start, and tells its first bytes, as many as there are.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn stream(&self, head: u64) -> io::Result<(Stream, Vec<u8>)> {
        let mut first = Vec::new();
        match self.source() {
            Source::File(path) => {
                let mut file = fs::File::open(path)?;
                file.by_ref().take(head).read_to_end(&mut first)?;
                file.rewind()?;
                Ok((Stream(Streamed::File(file)), first))
            }
            Source::Object(object) => {
                remote::Stream::new(object.clone()).take(head).read_to_end(&mut first)?;
                Ok((Stream(Streamed::Object(remote::Stream::new(object.clone()))), first))
            }
        }
    }

    /// Opens it to be read from any place.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn handle(&self) -> io::Result<Handle> {
        match self.source() {
            Source::File(path) => Ok(Handle(Opened::File(fs::File::open(path)?))),
            Source::Object(object) => Ok(Handle(Opened::Object(remote::Blocks::new(object.clone())))),
        }
    }

    /// Opens it to be read by ranges.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn chunks(&self) -> io::Result<Chunks> {
        match self.source() {
            Source::File(path) => Ok(Chunks(Ranges::File(fs::File::open(path)?))),
            Source::Object(object) => Ok(Chunks(Ranges::Object(object.clone(), Vec::new()))),
        }
    }

    /// Whether what is read of it comes over the network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.source(), Source::Object(_))
    }

    fn source(&self) -> Source<'_> {
        match &self.0 {
            Place::File(path) => Source::File(path),
            Place::Object(object) => object.kept().map_or(Source::Object(object), Source::File),
        }
    }
}

/// Where the bytes of an input are taken from.
enum Source<'i> {
    File(&'i Path),
    Object(&'i Object),
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self(Place::File(path.to_owned()))
    }
}

impl From<Object> for Input {
    fn from(object: Object) -> Self {
        Self(Place::Object(object))
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
            Place::Object(object) => into.write_str(object.shown()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Streamed::File(file) => file.read(into),
            Streamed::Object(stream) => stream.read(into),
        }
    }
}

impl Read for Handle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Opened::File(file) => file.read(into),
            Opened::Object(blocks) => blocks.read(into),
        }
    }
}

impl Seek for Handle {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            Opened::File(file) => file.seek(to),
            Opened::Object(blocks) => blocks.seek(to),
        }
    }
}

impl Chunks {
    /// Fetches ranges that will be read, all at once where they come over the network.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn fetch(&mut self, ranges: &[Range<u64>]) -> io::Result<()> {
        if let Ranges::Object(object, fetched) = &mut self.0 {
            let bytes = object.read_ranges(ranges)?;
            fetched.extend(ranges.iter().map(|range| range.start).zip(bytes));
        }
        Ok(())
    }

    /// Fetches the last bytes, where they come over the network.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn fetch_end(&mut self, length: u64) -> io::Result<()> {
        let size = self.len();
        let end = size.saturating_sub(length)..size;
        self.fetch(std::slice::from_ref(&end))
    }
}

/// The rest of what was fetched around a place, if it was.
fn fetched(fetched: &[(u64, Bytes)], at: u64) -> Option<Bytes> {
    fetched.iter().find_map(|(start, bytes)| {
        let inside = usize::try_from(at.checked_sub(*start)?).ok()?;
        (inside < bytes.len()).then(|| bytes.slice(inside..))
    })
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        match &self.0 {
            Ranges::File(file) => file.len(),
            Ranges::Object(object, _) => object.size(),
        }
    }
}

impl ChunkReader for Chunks {
    type T = Chunk;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut handle = match &self.0 {
            Ranges::File(file) => Handle(Opened::File(file.try_clone()?)),
            Ranges::Object(object, held) => match fetched(held, start) {
                Some(bytes) => return Ok(Chunk(Part::Fetched(Cursor::new(bytes)))),
                None => Handle(Opened::Object(remote::Blocks::new(object.clone()))),
            },
        };
        handle.seek(SeekFrom::Start(start))?;
        Ok(Chunk(Part::Open(BufReader::new(handle))))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match &self.0 {
            Ranges::File(file) => file.get_bytes(start, length),
            Ranges::Object(object, held) => match fetched(held, start).filter(|bytes| bytes.len() >= length) {
                Some(bytes) => Ok(bytes.slice(..length)),
                None => Ok(object.read(start..start + length as u64)?),
            },
        }
    }
}

impl Read for Chunk {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Part::Open(file) => file.read(into),
            Part::Fetched(bytes) => bytes.read(into),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_read_in_every_way() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"0123456789").unwrap();
        let input = Input::from(file.path());
        assert_eq!((input.facts().unwrap().bytes, input.file(), input.is_remote()), (10, Some(file.path()), false));
        let (mut stream, head) = input.stream(3).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!((head.as_slice(), text.as_str()), (&b"012"[..], "0123456789"));
        assert_eq!(input.head(99).unwrap(), b"0123456789");
        let mut handle = input.handle().unwrap();
        handle.seek(SeekFrom::End(-2)).unwrap();
        text.clear();
        handle.read_to_string(&mut text).unwrap();
        assert_eq!(text, "89");
        let mut chunks = input.chunks().unwrap();
        chunks.fetch_end(4).unwrap();
        assert_eq!((chunks.len(), &chunks.get_bytes(2, 3).unwrap()[..]), (10, &b"234"[..]));
        text.clear();
        chunks.get_read(7).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "789");
        assert!(chunks.get_bytes(8, 3).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let input = Input::from(Path::new("no such file"));
        assert_eq!(input.facts().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(input.stream(1).is_err() && input.handle().is_err() && input.chunks().is_err());
    }

    #[test]
    fn what_was_fetched_is_found_by_its_place() {
        let held = [(10, Bytes::from_static(b"abc")), (20, Bytes::from_static(b"xyz"))];
        assert_eq!(fetched(&held, 11), Some(Bytes::from_static(b"bc")));
        assert_eq!(fetched(&held, 20), Some(Bytes::from_static(b"xyz")));
        assert_eq!((fetched(&held, 13), fetched(&held, 9)), (None, None));
    }
}
