//! A table written with the crate `parquet`, as the options that `write.py` drew say.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::ipc::reader::FileReader;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use serde_json::Value as Json;

use super::read;

/// Writes `parquet_rs/data_*.parquet` and `parquet_rs/parent.parquet` of a table's folder.
pub(super) fn write(folder: &Path) {
    let options = read(&folder.join("options.json"));
    let cuts: Vec<usize> = options["parts"].as_array().unwrap().iter().map(size).collect();
    let (table, parent) = (batch(&folder.join("table.arrow")), batch(&folder.join("parent.arrow")));
    for (part, pair) in cuts.windows(2).enumerate() {
        let path = folder.join(format!("parquet_rs/data_{part}.parquet"));
        write_one(&path, &table.slice(pair[0], pair[1] - pair[0]), &options);
    }
    write_one(&folder.join("parquet_rs/parent.parquet"), &parent, &options);
}

/// The one batch of a file; of an empty table there is none.
fn batch(path: &Path) -> RecordBatch {
    let mut reader = FileReader::try_new(File::open(path).unwrap(), None).unwrap();
    let schema = reader.schema();
    reader.next().map_or_else(|| RecordBatch::new_empty(schema), Result::unwrap)
}

fn write_one(path: &Path, batch: &RecordBatch, options: &Json) {
    let properties = properties(batch, options);
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn properties(batch: &RecordBatch, options: &Json) -> WriterProperties {
    let truncate = options["truncate"].as_u64().map(|bytes| usize::try_from(bytes).unwrap());
    let mut builder = WriterProperties::builder()
        .set_max_row_group_row_count(Some(size(&options["row_group"])))
        .set_compression(compression(options["compression"].as_str().unwrap()))
        .set_writer_version(if options["version"] == 1 {
            WriterVersion::PARQUET_1_0
        } else {
            WriterVersion::PARQUET_2_0
        })
        .set_statistics_enabled(match options["statistics"].as_str().unwrap() {
            "none" => EnabledStatistics::None,
            "chunk" => EnabledStatistics::Chunk,
            _ => EnabledStatistics::Page,
        })
        .set_dictionary_enabled(options["dictionary"].as_bool().unwrap())
        .set_dictionary_page_size_limit(size(&options["dictionary_bytes"]))
        .set_data_page_row_count_limit(size(&options["page_rows"]))
        .set_write_batch_size(100)
        .set_statistics_truncate_length(truncate)
        .set_column_index_truncate_length(truncate);
    for (name, encoding) in options["encodings"].as_object().unwrap() {
        if batch.schema().field_with_name(name).is_ok() {
            let column = ColumnPath::from(name.as_str());
            builder = builder.set_column_encoding(column, self::encoding(encoding.as_str().unwrap()));
        }
    }
    builder.build()
}

fn compression(name: &str) -> Compression {
    match name {
        "snappy" => Compression::SNAPPY,
        "gzip" => Compression::GZIP(GzipLevel::default()),
        "zstd" => Compression::ZSTD(ZstdLevel::default()),
        "lz4" => Compression::LZ4_RAW,
        "brotli" => Compression::BROTLI(BrotliLevel::default()),
        _ => Compression::UNCOMPRESSED,
    }
}

fn encoding(name: &str) -> Encoding {
    name.parse().unwrap()
}

fn size(value: &Json) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
