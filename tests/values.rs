//! What single values must be, where it takes files to tell: documents inside structures, and why a row fails.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::check;

/// Three events, whose payload is an object, another object, and null.
fn events(folder: &Path) {
    let lines = [
        r#"{"id": 1, "payload": {"kind": "a", "n": 1}, "tags": [1, 2]}"#,
        r#"{"id": 2, "payload": {"kind": "b"}, "tags": []}"#,
        r#"{"id": 3, "payload": null, "tags": [3, null]}"#,
    ];
    fs::write(folder.join("e.ndjson"), lines.join("\n")).unwrap();
    fs::write(folder.join("e.json"), format!("[{}]", lines.join(","))).unwrap();
    let field = |name: &str, kind: DataType| Arc::new(Field::new(name, kind, true));
    let payload = StructArray::new(
        vec![field("kind", DataType::Utf8), field("n", DataType::Int64)].into(),
        vec![
            Arc::new(StringArray::from(vec![Some("a"), Some("b"), None])) as ArrayRef,
            Arc::new(Int64Array::from(vec![Some(1), None, None])) as ArrayRef,
        ],
        Some(NullBuffer::from(vec![true, true, false])),
    );
    let tags = vec![Some(vec![Some(1), Some(2)]), Some(vec![]), Some(vec![Some(3), None])];
    let tags = ListArray::from_iter_primitive::<Int64Type, _, _>(tags);
    let columns: [(&str, ArrayRef); 3] =
        [("id", Arc::new(Int64Array::from(vec![1, 2, 3]))), ("payload", Arc::new(payload)), ("tags", Arc::new(tags))];
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.map(|(_, array)| array).to_vec()).unwrap();
    let mut parquet =
        ArrowWriter::try_new(File::create(folder.join("e.parquet")).unwrap(), Arc::clone(&schema), None).unwrap();
    parquet.write(&batch).unwrap();
    parquet.close().unwrap();
    let mut ipc = FileWriter::try_new(File::create(folder.join("e.arrow")).unwrap(), &schema).unwrap();
    ipc.write(&batch).unwrap();
    ipc.finish().unwrap();
}

const FILES: [&str; 4] = ["e.ndjson", "e.json", "e.parquet", "e.arrow"];

fn run(folder: &Path, source: &str, rules: &str) -> Result<Report, String> {
    let text =
        format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: {source}\n    key: [id]\n    expect:\n{rules}");
    check(&folder.join("suite.yaml"), &text, &|_| true)
}

fn one(report: &Report) -> &Outcome {
    let [outcome] = report.results.as_slice() else { panic!("{:?}", report.results) };
    outcome
}

/// The rows that break a rule, with what is told of them.
fn broken(outcome: &Outcome) -> Vec<(u64, Option<&str>)> {
    outcome.samples.iter().map(|sample| (sample.row_index.unwrap(), sample.reason.as_deref())).collect()
}

#[test]
fn an_object_or_a_list_is_a_document_in_every_kind_of_file() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    for source in FILES {
        let rule = "      - json_schema: {column: payload, schema: {type: object, required: [n], properties: {n: {maximum: 5}}}}\n";
        let report = run(folder.path(), source, rule).unwrap();
        let outcome = one(&report);
        assert_eq!((outcome.evaluated, outcome.missing, outcome.violations), (Some(2), Some(1), Some(1)), "{source}");
        assert_eq!(broken(outcome), [(1, Some("\"n\" is a required property"))], "{source}");
        let shown = outcome.samples[0].values["payload"].as_str().unwrap().replace(' ', "");
        assert_eq!(shown, r#"{"kind":"b"}"#, "{source}");

        let rule = "      - json_schema: {column: tags, schema: {items: {type: integer}}}\n";
        let report = run(folder.path(), source, rule).unwrap();
        assert_eq!(broken(one(&report)), [(2, Some("/1: null is not of type \"integer\""))], "{source}");

        let rule = "      - json_schema: {column: payload, schema: {type: object}, where: \"id < 3\"}\n      - not_null: {column: id}\n";
        let report = run(folder.path(), source, rule).unwrap();
        assert!(report.results.iter().all(|outcome| outcome.status == Status::Passed), "{source}");
    }
}

#[test]
fn each_record_of_json_is_a_document() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    let rule = "      - json_schema: {schema: {type: object, properties: {payload: {type: object}}}}\n";
    for source in ["e.ndjson", "e.json"] {
        let report = run(folder.path(), source, rule).unwrap();
        let outcome = one(&report);
        assert_eq!((outcome.id.as_str(), outcome.evaluated, outcome.missing), ("d.json_schema", Some(3), Some(0)));
        assert_eq!(broken(outcome), [(2, Some("/payload: null is not of type \"object\""))], "{source}");
        assert!(outcome.samples[0].values.is_empty() && outcome.top_values.is_empty());
    }
    let report = run(folder.path(), "e.parquet", rule).unwrap();
    let fault = one(&report).error.as_ref().unwrap();
    assert_eq!(fault.message, "only records of JSON are documents; name the `column` that holds them");
}

#[test]
fn a_record_that_is_no_json_is_left_to_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("e.ndjson"), "{\"id\": 1}\n{\"id\": \n{\"id\": \"a\"}\n").unwrap();
    let rule = "      - json_schema: {schema: {properties: {id: {type: integer}}}}\n";
    let report = run(folder.path(), "e.ndjson", rule).unwrap();
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "json_schema").unwrap();
    assert_eq!((outcome.evaluated, outcome.violations), (Some(2), Some(1)));
    assert!(report.results.iter().any(|outcome| outcome.expectation == "well_formed"));
}

#[test]
fn a_schema_that_does_not_compile_is_told_before_data_are_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), "{\"type\": \"integr\"}").unwrap();
    fs::write(folder.path().join("b.json"), "{\"$ref\": \"https://example.com/b.json\"}").unwrap();
    let told = |schema: &str| {
        let rule = format!("      - json_schema: {{column: x, schema: {schema}}}\n");
        run(folder.path(), "gone.csv", &rule).unwrap_err()
    };
    assert!(told("a.json").contains("BadValue: `schema` (`a.json`) is no JSON Schema: "), "{}", told("a.json"));
    assert!(told("b.json").contains("has a `$ref` that leads out of it, and nothing is fetched"), "{}", told("b.json"));
    assert!(told("gone.json").contains("`schema` `gone.json` cannot be read: "), "{}", told("gone.json"));
    assert!(told("{minimum: '5'}").contains("is no JSON Schema: "), "{}", told("{minimum: '5'}"));
}

#[test]
fn a_picture_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("photos")).unwrap();
    image::RgbImage::new(20, 10).save(folder.path().join("photos/a.png")).unwrap();
    fs::write(folder.path().join("photos/b.png"), "no picture").unwrap();
    fs::write(folder.path().join("d.csv"), "id,photo\n1,a.png\n2,b.png\n3,c.png\n4,a.png\n").unwrap();
    let rule = "      - image: {column: photo, root: photos, min_width: 10}\n";
    let report = run(folder.path(), "d.csv", rule).unwrap();
    let wanted = [(1, Some("it is no picture of a known format")), (2, Some("there is no such file"))];
    assert_eq!(broken(one(&report)), wanted);
    let rule = "      - image: {column: photo, root: photos, max_height: 5, where: \"id = 1\"}\n";
    let report = run(folder.path(), "d.csv", rule).unwrap();
    assert_eq!(broken(one(&report)), [(0, Some("it is 20 × 10 pixels, and at most 5 high is wanted"))]);
}

#[test]
fn what_is_neither_a_column_nor_a_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sizes.txt"), "S\nM\n").unwrap();
    fs::write(folder.path().join("d.csv"), "id,n\n1,5\n").unwrap();
    let told = |rule: &str| run(folder.path(), "d.csv", &format!("      - {rule}\n")).err().unwrap_or_default();
    assert!(told("in_set: {column: id, from: dd.id}").contains("this suite has no dataset `dd`"));
    assert!(told("in_set: {column: id, from: ./gone.txt}").contains("`from` `./gone.txt` cannot be read: "));
    assert!(told("in_set: {columns: [id, n], from: sizes.txt}").contains("`from` goes with one column"));
    let text = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      n: {type: integer, expect: [in_set: {from: sizes.txt}]}\n";
    let wrong = check(&folder.path().join("suite.yaml"), text, &|_| true).unwrap_err();
    assert!(wrong.contains("`from` holds `S`, which is not an integer as `n` is declared"), "{wrong}");
}
