//! Arrow IPC files, of the file format (Feather too) and of the stream format.
//!
//! The headers of the record batches of a file say how many rows these have, and how many nulls in each column, so that is known
//! without decoding any. The record batches of a file are decoded one by one and in any order; a stream is decoded in order. `stored`
//! takes their columns to the canonical ones of a batch. A stream may end without its end mark, as the format allows.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::iter;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Fields, SchemaRef};
use arrow::ipc;
use arrow::ipc::reader::{FileReader, StreamReader, read_footer_length};

use super::input::{Handle, Input};
use super::stored::{self, StoredColumn, roots};
use super::{Batch, Place, library};
use crate::ir::Reading;

/// The bytes that a file of the file format begins and ends with.
pub const MAGIC: &[u8] = b"ARROW1";

/// How many rows a batch has at most; those of a file may be larger.
const BATCH: usize = 16_384;

/// The longest footer and header that is read.
const LONGEST: u64 = 256 << 20;

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
    /// It is not the Arrow IPC it should be.
    #[error("`{input}` is not readable Arrow IPC: {message}")]
    Format {
        /// The file.
        input: Input,
        /// What is wrong with it.
        message: String,
    },
}

/// An Arrow IPC file whose schema has been read.
pub struct File {
    input: Input,
    index: usize,
    schema: SchemaRef,
    /// The row index at which each record batch begins, and the end; none for a stream.
    starts: Option<Vec<u64>>,
    /// How many nulls each column has at the top level; none where the headers do not tell.
    nulls: Vec<Option<u64>>,
}

/// What the header of a record batch says.
struct Header {
    rows: u64,
    /// Of each array, children after their parents: its length, and how many of its values are null.
    arrays: Vec<(i64, i64)>,
}

/// A record batch of a file, decoded: the columns that were asked for at the top level.
pub struct Decoded {
    batch: RecordBatch,
    first_row: u64,
}

type Reader = FileReader<BufReader<Handle>>;

impl File {
    /// Opens a file and reads its schema, and how many rows its record batches have.
    ///
    /// # Errors
    /// If it cannot be read, or is no Arrow IPC.
    pub fn open(input: impl Into<Input>, index: usize) -> Result<Self, Error> {
        let input = input.into();
        let io = |source| Error::Io { input: input.clone(), source };
        let mut first = [0; MAGIC.len()];
        let mut file = input.handle().map_err(io)?;
        let read = file.read(&mut first).map_err(io)?;
        let broken = |message: &dyn std::fmt::Display| format(&input, message);
        if first[..read].starts_with(b"FEA1") {
            return Err(broken(&"it is Feather of version 1; write it again as version 2"));
        }
        if &first[..read] != MAGIC {
            let schema = stream(&input, None)?.schema();
            return Ok(Self { input, index, schema, starts: None, nulls: Vec::new() });
        }
        let headers = headers(&mut file).map_err(|message| broken(&message))?;
        let mut starts = vec![0];
        for header in &headers {
            starts.push(starts[starts.len() - 1] + header.rows);
        }
        let schema = reader(&input, None)?.schema();
        let nulls = nulls(schema.fields(), &headers);
        Ok(Self { input, index, schema, starts: Some(starts), nulls })
    }

    /// The names of its columns and the types they are stored with.
    #[must_use]
    pub fn columns(&self) -> Vec<StoredColumn> {
        stored::columns(self.schema.fields())
    }

    /// Its columns as Arrow has them.
    #[must_use]
    pub fn fields(&self) -> &arrow::datatypes::Fields {
        self.schema.fields()
    }

    /// How many rows it has, if its headers say so.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.starts.as_ref()?.last().copied()
    }

    /// How many rows have a null in a column at the top level, if its headers say so.
    ///
    /// Of a column with a dictionary they do not, for an entry may be null.
    #[must_use]
    pub fn nulls(&self, column: usize) -> Option<u64> {
        *self.nulls.get(column)?
    }

    /// The field inside a structure that some steps lead to, with its type.
    #[must_use]
    pub fn find(&self, steps: &[String]) -> Option<(Place, StoredColumn)> {
        stored::find(self.schema.fields(), steps)
    }

    /// How many record batches can be decoded one by one; none for a stream.
    #[must_use]
    pub fn batches(&self) -> Option<usize> {
        self.starts.as_ref().map(|starts| starts.len() - 1)
    }

    /// Decodes one record batch.
    ///
    /// # Errors
    /// If the file is broken.
    pub fn decode(&self, batch: usize, request: &[(Place, Reading)]) -> Result<Decoded, Error> {
        let broken = |message: &dyn std::fmt::Display| format(&self.input, message);
        let mut reader = reader(&self.input, Some(roots(request)))?;
        let decoded = library::ask(|| {
            reader.set_index(batch)?;
            reader.next().transpose()
        });
        let decoded = decoded.map_err(|error| broken(&error))?.ok_or_else(|| broken(&"a record batch went missing"))?;
        let starts = self.starts.as_deref().unwrap_or_default();
        let (first_row, end) = match starts.get(batch..=batch + 1) {
            Some([start, end]) => (*start, *end),
            _ => return Err(broken(&"a record batch went missing")),
        };
        if decoded.num_rows() as u64 != end - first_row {
            return Err(broken(&format!("record batch {batch} holds {} rows", decoded.num_rows())));
        }
        Ok(Decoded { batch: decoded, first_row })
    }

    /// Decodes the record batches of a stream, in order.
    ///
    /// # Errors
    /// If the stream cannot be opened.
    pub fn stream(
        &self,
        request: &[(Place, Reading)],
    ) -> Result<impl Iterator<Item = Result<Decoded, Error>> + Send + use<>, Error> {
        let mut reader = stream(&self.input, Some(roots(request)))?;
        let input = self.input.clone();
        let (mut next, mut broken) = (0, false);
        Ok(iter::from_fn(move || {
            if broken {
                return None;
            }
            let batch = library::ask(|| reader.next().transpose()).transpose()?;
            broken = batch.is_err();
            let first_row = next;
            next += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
            Some(batch.map(|batch| Decoded { batch, first_row }).map_err(|error| format(&input, &error)))
        }))
    }

    /// The parts of a decoded record batch that become one batch each: where they begin, and how many rows they have.
    #[must_use]
    pub fn parts(decoded: &Decoded) -> Vec<(usize, usize)> {
        let rows = decoded.batch.num_rows();
        (0..rows).step_by(BATCH).map(|start| (start, BATCH.min(rows - start))).collect()
    }

    /// Takes a part of a decoded record batch to a batch of the columns asked for.
    ///
    /// # Errors
    /// If a column cannot be taken to its type at all.
    pub fn batch(
        &self,
        decoded: &Decoded,
        (start, rows): (usize, usize),
        request: &[(Place, Reading)],
    ) -> Result<Batch, Error> {
        let broken = |message: &dyn std::fmt::Display| format(&self.input, message);
        let roots = roots(request);
        let mut columns = Vec::with_capacity(request.len());
        let mut unparsed = Vec::with_capacity(request.len());
        for (place, reading) in request {
            let root = roots.binary_search(&place.column).map_err(|_| broken(&"a column went missing"))?;
            let column = decoded.batch.column(root).slice(start, rows);
            let array = stored::inside(&column, place).map_err(|error| broken(&error))?;
            let (array, bad) = stored::canonical(&array, reading).map_err(|error| broken(&error))?;
            columns.push(array);
            unparsed.push(bad);
        }
        let first_row = decoded.first_row + start as u64;
        Ok(Batch { file: self.index, first_row, rows, columns, unparsed, malformed: None, lines: None })
    }
}

fn open(input: &Input) -> Result<BufReader<Handle>, Error> {
    let file = input.handle().map_err(|source| Error::Io { input: input.clone(), source })?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

fn reader(input: &Input, columns: Option<Vec<usize>>) -> Result<Reader, Error> {
    let file = open(input)?;
    library::ask(|| FileReader::try_new(file, columns)).map_err(|error| format(input, &error))
}

fn stream(input: &Input, columns: Option<Vec<usize>>) -> Result<StreamReader<BufReader<Handle>>, Error> {
    let file = open(input)?;
    library::ask(|| StreamReader::try_new(file, columns)).map_err(|error| format(input, &error))
}

/// What the headers of the record batches of a file say.
fn headers(file: &mut Handle) -> Result<Vec<Header>, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let mut tail = [0; 10];
    file.seek(SeekFrom::End(-10)).map_err(|error| said(&error))?;
    file.read_exact(&mut tail).map_err(|error| said(&error))?;
    let length = read_footer_length(tail).map_err(|_| "it does not end with its footer, so its end is missing")?;
    let back = i64::try_from(length).map_err(|error| said(&error))?.saturating_add(10);
    let footer = bytes(file, SeekFrom::End(-back), length as u64)?;
    let footer = ipc::root_as_footer(&footer).map_err(|error| said(&error))?;
    let mut headers = Vec::new();
    for block in footer.recordBatches().into_iter().flatten() {
        let start = u64::try_from(block.offset()).map_err(|error| said(&error))?;
        let length = u64::try_from(block.metaDataLength()).map_err(|error| said(&error))?;
        let header = bytes(file, SeekFrom::Start(start), length)?;
        // The length comes first, behind a mark of four bytes in files of this decade.
        let skip = if header.starts_with(&[0xff; 4]) { 8 } else { 4 };
        let message = ipc::root_as_message(header.get(skip..).unwrap_or_default()).map_err(|error| said(&error))?;
        let batch = message.header_as_record_batch().ok_or("a record batch has no header")?;
        let rows = u64::try_from(batch.length()).map_err(|error| said(&error))?;
        let arrays = batch.nodes().into_iter().flatten().map(|node| (node.length(), node.null_count())).collect();
        headers.push(Header { rows, arrays });
    }
    Ok(headers)
}

/// How many nulls each column has, where all headers say so.
fn nulls(fields: &Fields, headers: &[Header]) -> Vec<Option<u64>> {
    let mut place = Some(0);
    let mut of = |kind: &DataType| {
        let own = place?;
        place = arrays(kind).map(|arrays| own + arrays);
        if matches!(kind, DataType::Dictionary(..)) {
            return None;
        }
        let told = headers.iter().map(|header| {
            let (length, nulls) = *header.arrays.get(own)?;
            let nulls = u64::try_from(nulls).ok()?;
            (u64::try_from(length) == Ok(header.rows) && nulls <= header.rows).then_some(nulls)
        });
        told.sum()
    };
    fields.iter().map(|field| of(field.data_type())).collect()
}

/// How many arrays a column of a type is made of, itself and those inside; none where that depends on more than the type.
fn arrays(kind: &DataType) -> Option<usize> {
    match kind {
        DataType::Struct(fields) => {
            fields.iter().map(|field| arrays(field.data_type())).sum::<Option<usize>>().map(|all| all + 1)
        }
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => Some(1 + arrays(field.data_type())?),
        DataType::Union(..) | DataType::RunEndEncoded(..) => None,
        _ => Some(1),
    }
}

fn bytes(file: &mut Handle, from: SeekFrom, length: u64) -> Result<Vec<u8>, String> {
    if length > LONGEST {
        return Err(format!("a header of {length} bytes is none"));
    }
    let mut bytes = Vec::new();
    file.seek(from).map_err(|error| error.to_string())?;
    let read = file.take(length).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if (read as u64) < length { Err("it ends too early".to_owned()) } else { Ok(bytes) }
}

fn format(input: &Input, message: &dyn std::fmt::Display) -> Error {
    Error::Format { input: input.clone(), message: message.to_string() }
}
