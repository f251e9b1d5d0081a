//! The container of an Avro file: its header, and its blocks of rows, read in order.
//!
//! Every block ends with the marker that the header names. What does not, or ends too early, is an error where it breaks,
//! never an end. A block is decompressed apart from being read, so that many threads can.

use std::io::{self, BufRead, Read};

/// The bytes that a file begins with.
pub const MAGIC: &[u8] = b"Obj\x01";

/// Bytes of the longest block, decompressed, that is read.
const LONGEST: u64 = 256 << 20;

/// Bytes of the longest header that is read.
const LONGEST_HEADER: u64 = 16 << 20;

/// How many rows a block may say to hold that take no bytes at all.
const MOST_EMPTY: u64 = 1 << 24;

/// What the header of a file says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The text of the schema.
    pub(super) schema: Vec<u8>,
    pub(super) codec: Codec,
    marker: [u8; 16],
    /// How many bytes it takes itself.
    pub(super) length: u64,
}

/// How the blocks of a file are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Deflate,
    Snappy,
    Zstandard,
    Bzip2,
}

/// Some rows of a file, compressed as they stand there.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) rows: u64,
    bytes: Vec<u8>,
    /// Its number in the file, from 1.
    pub(super) number: u64,
}

/// The blocks of a file, in order; ends after an error.
pub(super) struct Blocks<R> {
    reader: R,
    marker: [u8; 16],
    number: u64,
    ended: bool,
}

impl Header {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// If it is none, or ends too early; in words.
    pub(super) fn read(reader: impl BufRead) -> Result<Self, String> {
        let mut reader = reader.take(LONGEST_HEADER);
        let said = |error: &io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends before its header does".to_owned(),
            _ => format!("its header cannot be read ({error})"),
        };
        let mut magic = [0; MAGIC.len()];
        reader.read_exact(&mut magic).map_err(|error| said(&error))?;
        if magic != MAGIC {
            return Err("it does not begin as an Avro file does".to_owned());
        }
        let (mut schema, mut codec) = (None, Codec::None);
        loop {
            let mut entries = long(&mut reader).map_err(|error| said(&error))?;
            if entries == 0 {
                break;
            }
            if entries < 0 {
                // The length of the entries in bytes comes next, for those who skip them.
                long(&mut reader).map_err(|error| said(&error))?;
                entries = entries.saturating_neg();
            }
            for _ in 0..entries {
                let key = bytes(&mut reader, LONGEST_HEADER).map_err(|error| said(&error))?;
                let value = bytes(&mut reader, LONGEST_HEADER).map_err(|error| said(&error))?;
                match key.as_slice() {
                    b"avro.schema" => schema = Some(value),
                    b"avro.codec" => codec = Codec::named(&value)?,
                    _ => {}
                }
            }
        }
        let mut marker = [0; 16];
        reader.read_exact(&mut marker).map_err(|error| said(&error))?;
        let schema = schema.ok_or("its header holds no schema")?;
        Ok(Self { schema, codec, marker, length: LONGEST_HEADER - reader.limit() })
    }

    /// Reads the blocks that follow the header.
    pub(super) fn blocks<R: BufRead>(&self, reader: R) -> Blocks<R> {
        Blocks { reader, marker: self.marker, number: 0, ended: false }
    }
}

impl Codec {
    fn named(name: &[u8]) -> Result<Self, String> {
        Ok(match name {
            b"null" | b"" => Self::None,
            b"deflate" => Self::Deflate,
            b"snappy" => Self::Snappy,
            b"zstandard" => Self::Zstandard,
            b"bzip2" => Self::Bzip2,
            other => {
                let name = String::from_utf8_lossy(other);
                return Err(format!("its blocks are compressed with `{name}`, which is not read"));
            }
        })
    }

    /// The rows of a block, decompressed; `empty` rows may take no bytes.
    ///
    /// # Errors
    /// If the block is broken, or larger than any that is read; in words.
    pub(super) fn decompressed(self, block: Block, empty: bool) -> Result<Vec<u8>, String> {
        let (number, rows) = (block.number, block.rows);
        let bytes = match self {
            Self::None => Ok(block.bytes),
            Self::Deflate => whole(flate2::bufread::DeflateDecoder::new(block.bytes.as_slice())),
            Self::Zstandard => zstd::stream::read::Decoder::with_buffer(block.bytes.as_slice()).and_then(whole),
            Self::Bzip2 => whole(bzip2::bufread::BzDecoder::new(block.bytes.as_slice())),
            Self::Snappy => snappy(&block.bytes),
        };
        let bytes = bytes.map_err(|error| format!("block {number} is broken ({error})"))?;
        let most = if empty { MOST_EMPTY } else { bytes.len() as u64 };
        if rows > most {
            return Err(format!("block {number} says that it holds {rows} rows in {} bytes", bytes.len()));
        }
        Ok(bytes)
    }
}

impl<R: BufRead> Blocks<R> {
    fn read(&mut self) -> io::Result<Option<Block>> {
        if self.reader.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let broken = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
        let rows = long(&mut self.reader)?;
        let rows = u64::try_from(rows).map_err(|_| broken(format!("it says that it holds {rows} rows")))?;
        let bytes = bytes(&mut self.reader, LONGEST)?;
        let mut marker = [0; 16];
        self.reader.read_exact(&mut marker)?;
        if marker != self.marker {
            return Err(broken("it does not end with the marker of the file".to_owned()));
        }
        Ok(Some(Block { rows, bytes, number: self.number }))
    }
}

impl<R: BufRead> Iterator for Blocks<R> {
    type Item = Result<Block, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        self.number += 1;
        let read = self.read().map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("it is cut off in block {}", self.number),
            _ => format!("block {} is broken ({error})", self.number),
        });
        self.ended = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

impl Block {
    /// How many bytes it takes as it stands.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// A whole number: zigzag, seven bits a byte, the lowest first.
fn long(reader: &mut impl Read) -> io::Result<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        let low = u64::from(byte[0] & 0x7f);
        if shift == 63 && low > 1 {
            break;
        }
        number |= low << shift;
        if byte[0] < 0x80 {
            return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "a number of more than 64 bits"))
}

/// Bytes after their length; never more is set aside than there are.
fn bytes(reader: &mut impl Read, longest: u64) -> io::Result<Vec<u8>> {
    let length = long(reader)?;
    let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("a length of {length} bytes"));
    let length = u64::try_from(length).ok().filter(|length| *length <= longest).ok_or_else(broken)?;
    let mut bytes = Vec::new();
    if (reader.take(length).read_to_end(&mut bytes)? as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn whole(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if reader.take(LONGEST + 1).read_to_end(&mut bytes)? as u64 > LONGEST {
        return Err(too_long());
    }
    Ok(bytes)
}

/// Snappy's raw format, and the checksum of what it holds.
fn snappy(block: &[u8]) -> io::Result<Vec<u8>> {
    let wrong = |message: &str| io::Error::new(io::ErrorKind::InvalidData, message);
    let (content, digest) = block.split_last_chunk::<4>().ok_or_else(|| wrong("it has no checksum"))?;
    if snap::raw::decompress_len(content)? as u64 > LONGEST {
        return Err(too_long());
    }
    let bytes = snap::raw::Decoder::new().decompress_vec(content)?;
    let mut found = flate2::Crc::new();
    found.update(&bytes);
    if found.sum() == u32::from_be_bytes(*digest) { Ok(bytes) } else { Err(wrong("it does not fit its checksum")) }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it holds more than {} MiB, which is not read", LONGEST >> 20))
}
