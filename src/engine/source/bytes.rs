//! The bytes of a file of text: as they stand there, or decompressed on the way.
//!
//! What is compressed is told by its first bytes, whatever its name. It is decompressed as it is read, all members of a
//! gzip file, all streams of a bzip2 one, all frames of a zstd one, and the one file in a zip archive. A stream that is
//! broken or cut off is an error where it breaks, never an end.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use super::archive;
use super::input::Input;
use super::transcode::{self, Transcoder};
use crate::ir::Encoding;

/// The mark that UTF-8 text may start with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Endings of the names of compressed files.
const ENDINGS: [&str; 7] = ["gz", "gzip", "zst", "zstd", "bz2", "bzip2", "zip"];

/// A way of compressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Gzip, of one member or more.
    Gzip,
    /// Zstandard, of one frame or more.
    Zstd,
    /// Bzip2, of one stream or more.
    Bzip2,
    /// A zip archive, of one file.
    Zip,
}

impl Codec {
    /// The way in which bytes are compressed that begin like this, if they are.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x1f\x8b") {
            Some(Self::Gzip)
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            Some(Self::Zstd)
        } else if head.starts_with(b"BZh") && head.get(3).is_some_and(|size| matches!(size, b'1'..=b'9')) {
            Some(Self::Bzip2)
        } else if archive::is_zip(head) {
            Some(Self::Zip)
        } else {
            None
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Zip => "zip",
        }
    }
}

/// A file opened for reading from its start.
pub struct Bytes {
    reader: Box<dyn Read + Send>,
    codec: Option<Codec>,
}

impl Bytes {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be read, or is named as compressed and ends before its first bytes.
    pub fn open(input: impl Into<Input>) -> io::Result<Self> {
        let input = input.into();
        let (file, head) = input.stream(4)?;
        let codec = Codec::of(&head);
        let reader: Box<dyn Read + Send> = match codec {
            None if head.len() < 4 && is_named_compressed(input.path()) => {
                let message = "it is named as compressed and ends before its first bytes";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
            None => Box::new(file),
            Some(codec @ Codec::Gzip) => {
                Box::new(Decoder { inner: flate2::read::MultiGzDecoder::new(io::BufReader::new(file)), codec })
            }
            Some(codec @ Codec::Zstd) => Box::new(Decoder { inner: zstd::stream::read::Decoder::new(file)?, codec }),
            Some(codec @ Codec::Bzip2) => {
                Box::new(Decoder { inner: bzip2::read::MultiBzDecoder::new(io::BufReader::new(file)), codec })
            }
            Some(codec @ Codec::Zip) => Box::new(Decoder { inner: archive::only_file(input.handle()?)?, codec }),
        };
        Ok(Self { reader, codec })
    }

    /// How a file is compressed as a whole, if it is, by its first bytes alone.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn codec_of(input: &Input) -> io::Result<Option<Codec>> {
        Ok(Codec::of(&input.head(4)?))
    }

    /// How the file is compressed, if it is.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        self.codec
    }

    /// The same with some bytes before it, which were read from it.
    pub(super) fn again(self, first: Vec<u8>) -> Self {
        Self { reader: Box::new(io::Cursor::new(first).chain(self.reader)), ..self }
    }

    /// Its text in UTF-8.
    pub(super) fn decoded(self, encoding: Encoding) -> Self {
        Self { reader: Box::new(Transcoder::new(self.reader, encoding)), ..self }
    }

    /// Passes over the first bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        io::copy(&mut self.reader.by_ref().take(bytes), &mut io::sink()).map(drop)
    }
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.read(into)
    }
}

/// The first bytes of a file, decompressed; fewer only if it has no more.
///
/// # Errors
/// If it cannot be read.
pub fn head(input: impl Into<Input>, length: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    Bytes::open(input)?.take(length).read_to_end(&mut head)?;
    Ok(head)
}

/// The name of a file without the ending that says how it is compressed.
#[must_use]
pub fn inner_name(path: &Path) -> &Path {
    if is_named_compressed(path) { Path::new(path.file_stem().unwrap_or_default()) } else { path }
}

/// Names what the bytes are, if they are no text in UTF-8.
pub(super) fn unreadable(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 4] = [
        (b"\xff\xfe\0\0", "text in UTF-32"),
        (b"\0\0\xfe\xff", "text in UTF-32"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
    ];
    if let Some((_, name)) = known.iter().find(|(start, _)| head.starts_with(start)) {
        return Some(name);
    }
    if let Some(name) = foreign(head) {
        return Some(name);
    }
    // Western text in UTF-16 without a mark: every other byte is zero.
    let pairs = head.get(..head.len().min(512)).unwrap_or_default().as_chunks::<2>().0;
    let zero = |side: usize| pairs.iter().filter(|pair| pair[side] == 0 && pair[1 - side] != 0).count();
    (pairs.len() > 1 && zero(0).max(zero(1)) * 4 > pairs.len() * 3).then_some("text in UTF-16")
}

/// Names what the bytes are, if they are no text in any encoding.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 9] = [
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"BZh91AY&SY", "compressed with bzip2"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"PK\x03\x04", "a zip archive (an Excel workbook is one)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook, or an encrypted one"),
        (super::avro::MAGIC, "an Avro file"),
        (b"PAR1", "a Parquet file"),
        (super::ipc::MAGIC, "an Arrow file"),
    ];
    known.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name)
}

/// The text of some bytes, and the places of those that are not UTF-8.
///
/// Other bytes stand in for those, so that every place stays the same; their records are malformed and never shown.
pub(super) fn as_text(bytes: &[u8]) -> (Cow<'_, str>, Vec<usize>) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            broken.push(text.len());
            text.push('\u{1a}');
        }
    }
    (Cow::Owned(text), broken)
}

/// Bytes as text, what is not UTF-8 in it as `\xE9`; if they are transcoded, the byte that was there.
pub(super) fn as_shown(bytes: &[u8], transcoded: bool) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let original = transcode::original(chunk.invalid()).filter(|_| transcoded);
        let bytes = original.as_ref().map_or(chunk.invalid(), std::slice::from_ref);
        bytes.iter().for_each(|byte| text += &format!("\\x{byte:02X}"));
    }
    Cow::Owned(text)
}

fn is_named_compressed(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Decompresses, and says of an error what it is an error of.
struct Decoder<R> {
    inner: R,
    codec: Codec,
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, format!("its {} stream is broken or cut off ({error})", self.codec.name())),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], suffix: &str) -> io::Result<String> {
        let mut file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut text = String::new();
        Bytes::open(file.path())?.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn bytes_are_decompressed_by_their_content_and_to_the_last_member() {
        let zstd = |text: &[u8]| zstd::stream::encode_all(text, 1).unwrap();
        assert_eq!(read(b"a,b\n", ".csv").unwrap(), "a,b\n");
        assert_eq!(read(b"", ".csv").unwrap(), "");
        assert_eq!(read(&gzip(b"a,b\n"), ".csv").unwrap(), "a,b\n");
        assert_eq!(read(&[gzip(b"a,"), gzip(b""), gzip(b"b\n")].concat(), ".gz").unwrap(), "a,b\n");
        assert_eq!(read(&zstd(b"a,b\n"), "").unwrap(), "a,b\n");
        assert_eq!(read(&[zstd(b"a,"), zstd(b"b\n")].concat(), ".zst").unwrap(), "a,b\n");
        assert_eq!(read(&bzip2(b"a,b\n"), "").unwrap(), "a,b\n");
        assert_eq!(read(&[bzip2(b"a,"), bzip2(b"b\n")].concat(), ".bz2").unwrap(), "a,b\n");
        assert_eq!(read(b"BZh,a\n", ".csv").unwrap(), "BZh,a\n");
    }

    #[test]
    fn a_stream_cut_off_anywhere_is_an_error() {
        let text: Vec<u8> =
            (0..5000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_string().into_bytes()).collect();
        for (name, whole) in [
            (".gz", gzip(&text)),
            (".zst", zstd::stream::encode_all(text.as_slice(), 1).unwrap()),
            (".bz2", bzip2(&text)),
        ] {
            assert_eq!(read(&whole, name).unwrap().len(), text.len());
            for end in [0, 1, 2, 3, 4, 9, 17, whole.len() / 2, whole.len() - 5, whole.len() - 1] {
                assert!(read(&whole[..end], name).is_err(), "{name} cut at {end} of {}", whole.len());
            }
            let mut changed = whole.clone();
            changed[whole.len() / 2] ^= 0x55;
            assert!(read(&changed, name).is_err() || name == ".zst");
        }
        assert!(read(&[gzip(b"a"), b"rubbish".to_vec()].concat(), ".gz").is_err());
    }

    #[test]
    fn bytes_that_are_no_utf8_text_are_named() {
        assert_eq!(unreadable(b"\xff\xfea\0"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"a\0,\0b\0\n\0"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"\0a\0,\0b\0\n"), Some("text in UTF-16"));
        assert_eq!(unreadable(b"\x1f\x8b\x08"), Some("compressed with gzip"));
        assert_eq!(unreadable(b"a,b\n\0,1\n"), None);
        assert_eq!(unreadable(b""), None);
    }

    #[test]
    fn the_name_inside_is_the_one_before_the_ending() {
        assert_eq!(inner_name(Path::new("a/b.csv.gz")), Path::new("b.csv"));
        assert_eq!(inner_name(Path::new("a/b.ZST")), Path::new("b"));
        assert_eq!(inner_name(Path::new("a/b.csv.zip")), Path::new("b.csv"));
        assert_eq!(inner_name(Path::new("a/b.csv")), Path::new("a/b.csv"));
    }
}
