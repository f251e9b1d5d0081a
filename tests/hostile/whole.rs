//! Whole files of binary formats, for cases to break: 1,000 rows of `id`, from 1, and `s`, in pieces of 500.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::{AvroWriter, WriterBuilder, format::AvroOcfFormat};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::workbook::{Cell, Workbook};

/// A file of a kind, whole and sound.
pub(super) fn of(kind: &str) -> Vec<u8> {
    let rows = rows();
    let halves = [rows.slice(0, 500), rows.slice(500, 500)];
    let schema = rows.schema();
    match kind {
        "parquet" | "parquet-snappy" => {
            let compression = if kind == "parquet" { Compression::UNCOMPRESSED } else { Compression::SNAPPY };
            let properties = WriterProperties::builder()
                .set_max_row_group_row_count(Some(500))
                .set_compression(compression)
                .set_created_by("tests".to_owned())
                .build();
            let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).unwrap();
            writer.write(&rows).unwrap();
            writer.into_inner().unwrap()
        }
        "arrow" => {
            let mut writer = FileWriter::try_new(Vec::new(), &schema).unwrap();
            halves.iter().for_each(|half| writer.write(half).unwrap());
            writer.finish().unwrap();
            writer.into_inner().unwrap()
        }
        "arrows" => {
            let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
            halves.iter().for_each(|half| writer.write(half).unwrap());
            writer.finish().unwrap();
            writer.into_inner().unwrap()
        }
        "avro" | "avro-deflate" => {
            let codec = (kind == "avro-deflate").then_some(CompressionCodec::Deflate);
            let builder = WriterBuilder::new(schema.as_ref().clone()).with_compression(codec);
            let mut writer: AvroWriter<Vec<u8>> = builder.build::<_, AvroOcfFormat>(Vec::new()).unwrap();
            halves.iter().for_each(|half| writer.write(half).unwrap());
            writer.finish().unwrap();
            writer.into_inner()
        }
        "xlsx" => {
            let mut cells = vec![vec![Cell::Text("id".to_owned()), Cell::Text("s".to_owned())]];
            cells.extend((1..=20).map(|id| vec![Cell::Number(id.to_string()), Cell::Text(format!("texto {id}"))]));
            Workbook::of(cells).bytes()
        }
        "xls-loop" | "xls-rows" | "xls-column" => old_workbook(kind),
        _ => panic!("no whole `{kind}`"),
    }
}

/// A workbook of the old kind, changed in one place.
fn old_workbook(kind: &str) -> Vec<u8> {
    let mut bytes = fixture("ventas.xls");
    let number = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let find = |bytes: &[u8], record: &[u8]| memchr::memmem::rfind(bytes, record).unwrap() + record.len();
    match kind {
        // The entry of the folder's first sector in the table of sectors leads to that sector.
        "xls-loop" => {
            let (folder, table) = (number(&bytes, 48), number(&bytes, 76));
            let entry = 512 * (table + 1) + 4 * folder;
            bytes[entry..entry + 4].copy_from_slice(&u32::try_from(folder).unwrap().to_le_bytes());
        }
        // The last row in the record of the sheet's dimensions.
        "xls-rows" => {
            let record = find(&bytes, b"\x00\x02\x0e\x00");
            bytes[record + 4..record + 8].copy_from_slice(&[0xff; 4]);
        }
        // The column in a record of a cell of shared text.
        _ => {
            let record = find(&bytes, b"\xfd\x00\x0a\x00");
            bytes[record + 2..record + 4].copy_from_slice(&[0xff; 2]);
        }
    }
    bytes
}

/// A file kept beside the tests.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)).unwrap()
}

fn rows() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=1000));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((1..=1000).map(|id| format!("texto {id}"))));
    RecordBatch::try_from_iter([("id", ids), ("s", texts)]).unwrap()
}
