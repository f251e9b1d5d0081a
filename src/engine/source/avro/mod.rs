//! Avro object container files.
//!
//! Blocks are read in order and decoded on many threads, of each row the columns that are asked for; `stored` takes these
//! to the canonical ones of a batch. A timestamp is an instant in UTC, a local timestamp one in the zone of the suite; an
//! enum is its text, and so is a uuid; a column that may be null is a union with null. A union of several other types, bytes
//! that are no decimal and durations are of no type that rules speak of; a type that holds itself is refused with its file.
//! Format: <https://avro.apache.org/docs/1.12.0/specification/>.

use std::io::{BufReader, Seek, SeekFrom};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, SchemaRef};
use arrow_avro::reader::{Decoder, DecoderMode, ReaderBuilder};
use arrow_avro::schema::{AvroSchema, Fingerprint, FingerprintAlgorithm, SchemaStore};

use super::input::{Handle, Input};
use super::stored::{self, StoredColumn};
use super::{Batch, Place, library};
use crate::ir::name::nfc;
use crate::ir::{Reading, Type};
use block::{Block, Header};
use schema::Record;

mod block;
mod schema;

pub use block::MAGIC;

/// How many rows a batch has at most.
const BATCH: usize = 16_384;

/// Compressed bytes that are decoded together.
const CHUNK: usize = 1 << 20;

/// Decompressed bytes after which a batch ends, however few its rows.
const HEAVY: usize = 64 << 20;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system could not read it.
    #[error("cannot read `{input}`: {source}")]
    Io {
        /// The file.
        input: Input,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not the Avro it should be.
    #[error("`{input}` is not readable Avro: {message}")]
    Format {
        /// The file.
        input: Input,
        /// What is wrong with it.
        message: String,
    },
}

/// An Avro file whose header has been read.
pub struct File {
    input: Input,
    index: usize,
    header: Header,
    record: Record,
    schema: SchemaRef,
}

/// Consecutive blocks of a file, not yet decoded.
#[derive(Debug)]
pub struct Chunk {
    first_row: u64,
    blocks: Vec<Block>,
}

impl Chunk {
    /// How many bytes of the file it is, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(Block::size).sum()
    }
}

impl File {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// If it cannot be read, is no Avro, or holds a type that is not read.
    pub fn open(input: impl Into<Input>, index: usize) -> Result<Self, Error> {
        let input = input.into();
        let broken = |message: String| format(&input, &message);
        let header = Header::read(open(&input)?).map_err(broken)?;
        let record = Record::read(&header.schema).map_err(broken)?;
        let schema = decoder(&record, None).map_err(broken)?.schema();
        Ok(Self { input, index, header, record, schema })
    }

    /// The names of its columns and the types they are stored with.
    #[must_use]
    pub fn columns(&self) -> Vec<StoredColumn> {
        let columns = stored::columns(self.schema.fields()).into_iter();
        columns.map(|column| self.described(std::slice::from_ref(&column.0.clone()), column)).collect()
    }

    /// The fields as Arrow has them.
    #[must_use]
    pub fn fields(&self) -> &arrow::datatypes::Fields {
        self.schema.fields()
    }

    /// The field inside a structure that some steps lead to, with its type.
    #[must_use]
    pub fn find(&self, steps: &[String]) -> Option<(Place, StoredColumn)> {
        let (place, column) = stored::find(self.schema.fields(), steps)?;
        Some((place, self.described(steps, column)))
    }

    /// Reads its rows in chunks, in order; ends after an error.
    ///
    /// # Errors
    /// If it cannot be opened any more.
    pub fn chunks(&self) -> Result<impl Iterator<Item = Result<Chunk, Error>> + Send + use<>, Error> {
        let input = self.input.clone();
        let mut file = open(&input)?;
        let start = SeekFrom::Start(self.header.length);
        file.seek(start).map_err(|source| Error::Io { input: input.clone(), source })?;
        let mut blocks = self.header.blocks(file);
        let mut next_row = 0;
        Ok(std::iter::from_fn(move || {
            let mut chunk = Chunk { first_row: next_row, blocks: Vec::new() };
            let mut size = 0;
            while size < CHUNK {
                match blocks.next() {
                    None => break,
                    Some(Err(message)) => return Some(Err(format(&input, &message))),
                    Some(Ok(block)) => {
                        size += block.size() + 64;
                        next_row += block.rows;
                        chunk.blocks.push(block);
                    }
                }
            }
            (!chunk.blocks.is_empty()).then_some(Ok(chunk))
        }))
    }

    /// Decodes the columns of a chunk, batch by batch.
    ///
    /// # Errors
    /// What `visit` says, or that the file is broken.
    pub fn parse<E: From<Error>>(
        &self,
        chunk: Chunk,
        request: &[(Place, Reading)],
        mut visit: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first_row = chunk.first_row;
        if request.is_empty() {
            let mut left: u64 = chunk.blocks.iter().map(|block| block.rows).sum();
            while left > 0 {
                let rows = usize::try_from(left).unwrap_or(BATCH).min(BATCH);
                visit(self.batch(first_row, rows))?;
                first_row += rows as u64;
                left -= rows as u64;
            }
            return Ok(());
        }
        let roots = stored::roots(request);
        let mut decoder =
            decoder(&self.record, Some(roots.clone())).map_err(|message| format(&self.input, &message))?;
        let mut give = |decoder: &mut Decoder| -> Result<(), E> {
            let broken = |error: &dyn std::fmt::Display| {
                format(&self.input, &format!("its rows from row {} on are broken ({error})", first_row + 1))
            };
            let Some(decoded) = library::ask(|| decoder.flush()).map_err(|error| broken(&error))? else {
                return Ok(());
            };
            let batch = self.decoded(&decoded, first_row, (request, &roots))?;
            first_row += decoded.num_rows() as u64;
            visit(batch)
        };
        let mut weight = 0;
        for block in chunk.blocks {
            let (number, rows) = (block.number, block.rows);
            let bytes = self.header.codec.decompressed(block, self.record.is_empty());
            let bytes = bytes.map_err(|message| format(&self.input, &message))?;
            weight += bytes.len();
            let mut at = 0;
            for row in 0..rows {
                let wrong = |error: &dyn std::fmt::Display| {
                    format(&self.input, &format!("row {} of block {number} is broken ({error})", row + 1))
                };
                at += library::ask(|| decoder.decode(&bytes[at..])).map_err(|error| wrong(&error))?;
                if decoder.batch_is_full() {
                    give(&mut decoder)?;
                }
            }
            if at < bytes.len() {
                let message = format!("block {number} holds {} bytes after its {rows} rows", bytes.len() - at);
                return Err(format(&self.input, &message).into());
            }
            if weight > HEAVY {
                give(&mut decoder)?;
                weight = 0;
            }
        }
        give(&mut decoder)
    }

    /// Takes decoded rows to a batch of the columns asked for.
    fn decoded(
        &self,
        decoded: &RecordBatch,
        first_row: u64,
        (request, roots): (&[(Place, Reading)], &[usize]),
    ) -> Result<Batch, Error> {
        let broken = |error: &dyn std::fmt::Display| format(&self.input, &error.to_string());
        let mut batch = self.batch(first_row, decoded.num_rows());
        for (place, reading) in request {
            let root = roots.binary_search(&place.column).map_err(|_| broken(&"a column went missing"))?;
            let array = stored::inside(decoded.column(root), place).map_err(|error| broken(&error))?;
            let array = if self.is_uuid(place) && !reading.as_stored { uuids(&array) } else { array };
            let (array, bad) = stored::canonical(&array, reading).map_err(|error| broken(&error))?;
            batch.columns.push(array);
            batch.unparsed.push(bad);
        }
        Ok(batch)
    }

    fn batch(&self, first_row: u64, rows: usize) -> Batch {
        let (columns, unparsed) = (Vec::new(), Vec::new());
        Batch { file: self.index, first_row, rows, columns, unparsed, malformed: None, lines: None }
    }

    /// A column with its type as Avro calls it.
    fn described(&self, steps: &[String], (name, kind, label): StoredColumn) -> StoredColumn {
        let label = self.record.label(steps).unwrap_or(label);
        let kind = if label == "uuid" { Some(Type::String) } else { kind };
        (name, kind, label)
    }

    fn is_uuid(&self, place: &Place) -> bool {
        let Some(root) = self.schema.fields().get(place.column) else { return false };
        let steps: Vec<String> = std::iter::once(root.name()).chain(&place.fields).map(|name| nfc(name)).collect();
        self.record.label(&steps).as_deref() == Some("uuid")
    }
}

/// A decoder of rows, of some columns at the top level or of all.
fn decoder(record: &Record, columns: Option<Vec<usize>>) -> Result<Decoder, String> {
    let said = |error: &dyn std::fmt::Display| format!("its schema is not read ({error})");
    let mut schemas = SchemaStore::new_with_type(FingerprintAlgorithm::Id);
    let only = schemas.set(Fingerprint::Id(0), AvroSchema::new(record.text())).map_err(|error| said(&error))?;
    let builder = ReaderBuilder::new()
        .with_writer_schema_store(schemas)
        .with_active_fingerprint(only)
        .with_decoder_mode(DecoderMode::UnframedDatum)
        .with_batch_size(BATCH);
    let builder = match columns {
        Some(columns) => builder.with_projection(columns),
        None => builder,
    };
    library::ask(|| builder.build_decoder()).map_err(|error| said(&error))
}

/// The text of each uuid.
fn uuids(array: &ArrayRef) -> ArrayRef {
    let Some(bytes) = array.as_fixed_size_binary_opt().filter(|_| *array.data_type() == DataType::FixedSizeBinary(16))
    else {
        return Arc::clone(array);
    };
    let texts = bytes.iter().map(|bytes| bytes.and_then(|bytes| uuid::Uuid::from_slice(bytes).ok()));
    Arc::new(texts.map(|uuid| uuid.map(|uuid| uuid.to_string())).collect::<StringViewArray>())
}

fn open(input: &Input) -> Result<BufReader<Handle>, Error> {
    let file = input.handle().map_err(|source| Error::Io { input: input.clone(), source })?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

fn format(input: &Input, message: &str) -> Error {
    Error::Format { input: input.clone(), message: message.to_owned() }
}
