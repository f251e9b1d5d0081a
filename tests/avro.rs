//! Avro files: types, nested records and every codec, whole and broken.

use std::fs;
use std::path::Path;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::{AvroWriter, WriterBuilder, format::AvroOcfFormat};
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::check;

/// Runs a suite of one dataset, `d`, said as in a suite.
pub(crate) fn run(folder: &Path, dataset: &str) -> Report {
    let suite = format!("tamiz: 1\nsuite: s\nas_of: 2025-06-30\ntimezone: Europe/Madrid\ndatasets:\n  d: {dataset}\n");
    check(&folder.join("suite.yaml"), &suite, &|_| true).unwrap_or_else(|said| panic!("{said}\n{suite}"))
}

/// What became of each rule, in words.
pub(crate) fn said(report: &Report) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome.status {
        Status::Passed => "passed".to_owned(),
        Status::Failed => outcome.violations.map_or("failed".to_owned(), |violations| format!("failed {violations}")),
        Status::Error => format!("error {}", outcome.error.as_ref().unwrap().message),
        Status::Skipped => "skipped".to_owned(),
    };
    report.results.iter().map(|outcome| format!("{} {}", outcome.id, word(outcome))).collect()
}

/// A number as Avro writes it.
fn long(number: i64) -> Vec<u8> {
    let mut left = (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned();
    let mut bytes = Vec::new();
    while left >= 0x80 {
        bytes.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
        left >>= 7;
    }
    bytes.push(u8::try_from(left).unwrap());
    bytes
}

fn text(text: &str) -> Vec<u8> {
    [long(i64::try_from(text.len()).unwrap()), text.as_bytes().to_vec()].concat()
}

const MARKER: [u8; 16] = *b"sixteen bytes ok";

/// A file of some blocks, each of so many rows, not compressed.
pub(crate) fn file(schema: &str, blocks: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes =
        [b"Obj\x01".to_vec(), long(1), text("avro.schema"), text(schema), long(0), MARKER.to_vec()].concat();
    for (rows, block) in blocks {
        bytes.extend([long(*rows), long(i64::try_from(block.len()).unwrap()), block.clone(), MARKER.to_vec()].concat());
    }
    bytes
}

/// Every type that rules speak of, and some that they do not.
const TYPES: &str = r#"{"type":"record","name":"Venta","namespace":"es.tienda","fields":[
    {"name":"id","type":"long"},
    {"name":"estado","type":{"type":"enum","name":"Estado","symbols":["nueva","pagada"]}},
    {"name":"otro","type":["null","Estado"]},
    {"name":"dia","type":{"type":"int","logicalType":"date"}},
    {"name":"hora","type":{"type":"int","logicalType":"time-millis"}},
    {"name":"visto","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"local","type":["null",{"type":"long","logicalType":"local-timestamp-micros"}]},
    {"name":"precio","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}},
    {"name":"clave","type":{"type":"fixed","name":"Clave","size":16,"logicalType":"uuid"}},
    {"name":"e","type":["null",{"type":"record","name":"E","fields":[{"name":"v","type":"string"},{"name":"p","type":["int","null"]}]}]},
    {"name":"lista","type":{"type":"array","items":"int"}},
    {"name":"mapa","type":{"type":"map","values":"string"}},
    {"name":"union","type":["int","string"]},
    {"name":"peso","type":"double"}]}"#;

fn row(id: i64, with: bool) -> Vec<u8> {
    [
        long(id),
        long(i64::from(with)),
        if with { [long(1), long(0)].concat() } else { long(0) },
        long(19_753),
        long(37_800_000),
        long(1_706_691_600_000),
        if with { [long(1), long(1_706_695_200_000_000)].concat() } else { long(0) },
        [long(2), vec![0x04, 0xd2]].concat(),
        uuid::Uuid::from_u128(id.unsigned_abs().into()).as_bytes().to_vec(),
        if with { [long(1), text("a"), long(0), long(9)].concat() } else { long(0) },
        if with { [long(2), long(7), long(8), long(0)].concat() } else { long(0) },
        [long(1), text("k"), text("v"), long(0)].concat(),
        if with { [long(1), text("x")].concat() } else { [long(0), long(5)].concat() },
        1.5_f64.to_le_bytes().to_vec(),
    ]
    .concat()
}

fn sales() -> Vec<u8> {
    file(TYPES, &[(2, [row(1, true), row(2, false)].concat()), (1, row(3, true))])
}

#[test]
fn every_type_is_a_column_of_its_family() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("v.avro"), sales()).unwrap();
    let report = run(
        folder.path(),
        r"{source: v.avro, columns: {id: {type: integer}, estado: {type: string}, otro: {type: string}, dia: {type: date},
            hora: {type: time}, visto: {type: timestamp}, local: {type: timestamp}, precio: {type: decimal}, clave: {type: string},
            e.v: {type: string}, e.p: {type: integer}, lista: {type: list}, mapa: {type: object}, peso: {type: float}},
            expect: [row_count: 3, in_set: {column: estado, values: [pagada]}, is_null: {column: otro}, in_set: {column: dia, values: [2024-01-31]},
            in_set: {column: hora, values: ['10:30:00']}, in_set: {column: visto, values: ['2024-01-31T09:00:00Z']},
            in_set: {column: local, values: ['2024-01-31T09:00:00Z']}, sum: {column: precio, equals: 37.02},
            in_set: {column: clave, values: ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003']}, in_set: {column: e.v, values: [a]}, sum: {column: e.p, equals: 18}, sum: {column: peso, equals: 4.5},
            json_schema: {column: lista, schema: {minItems: 2}}, json_schema: {column: mapa, schema: {required: [k]}}]}",
    );
    let found = said(&report);
    let failed: Vec<&String> = found.iter().filter(|line| !line.ends_with("passed")).collect();
    assert_eq!(
        failed,
        ["d.estado.in_set failed 1", "d.otro.is_null failed 2", "d.lista.json_schema failed 1"],
        "{found:?}"
    );
    let kinds: Vec<_> = report.datasets[0].columns.iter().map(|column| column.kind.clone()).collect();
    assert_eq!(kinds.len(), 14);
    assert_eq!(report.datasets[0].format.as_deref(), Some("avro"));
    let report = run(folder.path(), "{source: v.avro, columns: {union: {type: integer}, estado: {type: integer}}}");
    assert_eq!(said(&report), ["d.union.type failed 3", "d.estado.type failed 3"]);
}

#[test]
fn a_file_cut_off_or_changed_is_an_error_and_never_a_shorter_pass() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |bytes: &[u8], wanted: &str| {
        fs::write(folder.path().join("v.avro"), bytes).unwrap();
        let found = said(&run(
            folder.path(),
            "{source: v.avro, format: avro, expect: [row_count: {min: 0}, not_null: {column: id}]}",
        ));
        let told = found.iter().all(|line| line.contains("error") && line.contains(wanted));
        assert!(told, "{} bytes, {wanted}: {found:?}", bytes.len());
    };
    let whole = sales();
    // A file that ends where a block does is whole: nothing in it says how many there are.
    let ends = [whole.len(), file(TYPES, &[]).len(), file(TYPES, &[(2, [row(1, true), row(2, false)].concat())]).len()];
    for end in (0..whole.len()).filter(|end| !ends.contains(end)) {
        if end < ends[1] && end % 97 != 0 {
            continue;
        }
        fails(&whole[..end], if end > ends[1] { "it is cut off in block" } else { "" });
    }
    let mut marked = whole.clone();
    marked[ends[2] - 1] ^= 1;
    fails(&marked, "block 1 is broken (it does not end with the marker of the file)");
    fails(&file("{", &[]), "its schema is no JSON");
    fails(&file(r#""string""#, &[]), "not a record of columns");
    let node =
        r#"{"type":"record","name":"N","fields":[{"name":"id","type":"int"},{"name":"next","type":["null","N"]}]}"#;
    fails(&file(node, &[]), "its column `next` is of the type `N`, which holds itself");
    let one = r#"{"type":"record","name":"N","fields":[{"name":"id","type":"long"}]}"#;
    fails(&file(one, &[(i64::MAX, long(1))]), "");
    let found = |rows: i64, block: Vec<u8>| {
        fs::write(folder.path().join("v.avro"), file(one, &[(rows, block)])).unwrap();
        said(&run(folder.path(), "{source: v.avro, expect: [not_null: {column: id}]}")).concat()
    };
    assert!(found(2, long(1)).contains("block 1 says that it holds 2 rows in 1 bytes"));
    assert!(found(1, [long(1), long(2)].concat()).contains("block 1 holds 1 bytes after its 1 rows"));
    assert!(found(2, [long(1), vec![0x80]].concat()).contains("row 2 of block 1 is broken"));
}

#[test]
fn every_codec_is_read_and_its_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 40_000;
    let ids: ArrayRef = std::sync::Arc::new(Int64Array::from_iter_values(0..rows));
    let names: ArrayRef =
        std::sync::Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("nombre {}", row % 97))));
    let batch = RecordBatch::try_from_iter([("id", ids), ("nombre", names)]).unwrap();
    let schema: Schema = batch.schema().as_ref().clone();
    let codecs = [
        None,
        Some(CompressionCodec::Deflate),
        Some(CompressionCodec::Snappy),
        Some(CompressionCodec::ZStandard),
        Some(CompressionCodec::Bzip2),
    ];
    for codec in codecs {
        let mut writer: AvroWriter<Vec<u8>> =
            WriterBuilder::new(schema.clone()).with_compression(codec).build::<_, AvroOcfFormat>(Vec::new()).unwrap();
        for start in (0..40_000).step_by(7000) {
            writer.write(&batch.slice(start, 7000.min(40_000 - start))).unwrap();
        }
        writer.finish().unwrap();
        let whole = writer.into_inner();
        let rules = "{source: v.avro, expect: [row_count: 40000, unique: {column: id}, sum: {column: id, equals: 799980000}, distinct_count: {column: nombre, min: 97, max: 97}]}";
        fs::write(folder.path().join("v.avro"), &whole).unwrap();
        let found = said(&run(folder.path(), rules));
        assert!(found.iter().all(|line| line.ends_with("passed")), "{codec:?}: {found:?}");
        if codec.is_some() {
            let mut changed = whole.clone();
            let middle = whole.len() / 2;
            changed[middle..middle + 8].iter_mut().for_each(|byte| *byte ^= 0xa5);
            fs::write(folder.path().join("v.avro"), &changed).unwrap();
            let found = said(&run(folder.path(), "{source: v.avro, expect: [unique: {column: id}]}"));
            assert!(found[0].contains("error"), "{codec:?}: {found:?}");
        }
    }
}
