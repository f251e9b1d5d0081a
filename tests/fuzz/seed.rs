//! The seeds of the target `parquet`: small files of every type and encoding; `BLESS=1` writes them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    Float32Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};

type Column = (&'static str, ArrayRef);

#[test]
fn the_seeds_of_parquet_hold_what_they_are_made_of() {
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let dictionary = |how| WriterProperties::builder().set_compression(how);
    let second = || plain().set_writer_version(WriterVersion::PARQUET_2_0);
    let (numbers, texts, nested) = (numbers(), texts(), nested());
    seed("numbers", &numbers, plain());
    seed("numbers_delta", &numbers[..2], second().set_encoding(Encoding::DELTA_BINARY_PACKED));
    seed("numbers_split", &numbers[3..5], plain().set_encoding(Encoding::BYTE_STREAM_SPLIT));
    seed("numbers_dictionary", &numbers, dictionary(Compression::SNAPPY));
    seed("texts", &texts, plain().set_compression(Compression::LZ4_RAW));
    seed("texts_dictionary", &texts, dictionary(Compression::ZSTD(parquet::basic::ZstdLevel::default())));
    seed("texts_delta", &texts[..1], plain().set_encoding(Encoding::DELTA_BYTE_ARRAY));
    seed("texts_lengths", &texts[..1], second().set_encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY));
    seed("flags", &texts[1..2], second().set_encoding(Encoding::RLE));
    seed("nested", &nested, dictionary(Compression::GZIP(parquet::basic::GzipLevel::default())));
    seed("nested_plain", &nested, second());
    seed("groups", &numbers[..1], plain().set_max_row_group_row_count(Some(2)));
    seed("no_statistics", &numbers[..3], plain().set_statistics_enabled(EnabledStatistics::None));
}

/// Checks that a seed holds some columns, each of four rows, after writing it if that is asked for.
fn seed(name: &str, columns: &[Column], how: WriterPropertiesBuilder) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/parquet").join(name);
    let table = RecordBatch::try_from_iter(columns.iter().map(|(name, values)| (*name, Arc::clone(values)))).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the person who runs the tests says so")]
    if std::env::var("BLESS").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, table.schema(), Some(how.build())).unwrap();
        writer.write(&table).unwrap();
        writer.close().unwrap();
    }
    let mut read = ParquetRecordBatchReader::try_new(fs::File::open(&path).unwrap(), 1024).unwrap();
    let read = read.next().unwrap().unwrap();
    assert_eq!(read.num_rows(), table.num_rows(), "{name}");
    for ((column, values), found) in columns.iter().zip(read.columns()) {
        assert_eq!(format!("{found:?}"), format!("{values:?}"), "{name}.{column}");
    }
}

fn numbers() -> Vec<Column> {
    let decimals = Decimal128Array::from(vec![125, -5, 0, 9]).with_precision_and_scale(30, 2).unwrap();
    let instants = TimestampMicrosecondArray::from(vec![0, 1, -1, 1_700_000_000_000_000]).with_timezone("UTC");
    vec![
        ("integer", Arc::new(Int64Array::from(vec![Some(1), None, Some(-3), Some(i64::MAX)]))),
        ("small", Arc::new(Int32Array::from(vec![7, 8, 9, 10]))),
        ("wide", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0), None]))),
        ("float", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(f64::NAN), Some(-0.0)]))),
        ("half", Arc::new(Float32Array::from(vec![1.5, 2.5, 3.5, f32::INFINITY]))),
        ("decimal", Arc::new(decimals)),
        ("day", Arc::new(Date32Array::from(vec![Some(0), None, Some(-1), Some(20_000)]))),
        ("at", Arc::new(instants)),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![0, 1, 2, 3]))),
    ]
}

fn texts() -> Vec<Column> {
    let text = [Some("a"), None, Some("a longer text than a view holds"), Some("")];
    let fixed = FixedSizeBinaryArray::try_from_iter([[1_u8; 4], [2; 4], [3; 4], [4; 4]].iter()).unwrap();
    vec![
        ("text", Arc::new(StringArray::from(text.to_vec()))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("bytes", Arc::new(BinaryArray::from_vec(vec![b"\xff", b"", b"x", b"yy"]))),
        ("fixed", Arc::new(fixed)),
    ]
}

fn nested() -> Vec<Column> {
    let lists = [Some(vec![Some(1), None]), None, Some(vec![]), Some(vec![Some(2), Some(3)])];
    let inner: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None, Some("y"), Some("z")]));
    let structure = StructArray::from(vec![(Arc::new(Field::new("inner", DataType::Utf8, true)), inner)]);
    let words: DictionaryArray<Int32Type> = ["a", "b", "a", "a"].into_iter().collect();
    vec![
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ("structure", Arc::new(structure)),
        ("words", Arc::new(words)),
    ]
}
