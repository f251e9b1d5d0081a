use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::check;
use crate::table::{bzip2, gzip};
use crate::workbook::zip;

/// Runs the datasets of a suite in a folder.
fn run(folder: &Path, datasets: &str) -> Report {
    let suite = format!("tamiz: 1\nsuite: formats\nas_of: 2025-06-30\ndatasets:\n{datasets}");
    check(&folder.join("suite.yaml"), &suite, &|_| true).unwrap_or_else(|said| panic!("{said}\n{suite}"))
}

/// What became of each rule: `id status violations`.
fn said(report: &Report) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome.status {
        Status::Passed => "passed".to_owned(),
        Status::Failed => outcome.violations.map_or("failed".to_owned(), |violations| format!("failed {violations}")),
        Status::Error => format!("error {}", outcome.error.as_ref().unwrap().code),
        Status::Skipped => "skipped".to_owned(),
    };
    report.results.iter().map(|outcome| format!("{} {}", outcome.id, word(outcome))).collect()
}

#[track_caller]
fn gives(folder: &Path, datasets: &str, wanted: &[&str]) -> Report {
    let report = run(folder, datasets);
    assert_eq!(said(&report), wanted);
    report
}

/// The outcome of a rule in error, in words.
fn fault(report: &Report, id: &str) -> String {
    let outcome = report.results.iter().find(|outcome| outcome.id == id).unwrap();
    outcome.error.as_ref().unwrap().message.clone()
}

/// The same events as JSON and as structures of Arrow: `e` is null in the third.
fn events(folder: &Path) {
    let lines = [
        r#"{"id":1,"e":{"value_prop":"a","position":0},"a.b":{"c":7}}"#,
        r#"{"id":2,"e":{"value_prop":"b","position":9},"a.b":{"c":8}}"#,
        r#"{"id":3,"e":null,"a.b":{"c":9}}"#,
        r#"{"id":4,"e":{"value_prop":null,"position":2},"a.b":{"c":null}}"#,
    ];
    fs::write(folder.join("e.ndjson"), lines.join("\n")).unwrap();
    fs::write(folder.join("e.json"), format!("[{}]", lines.join(",\n"))).unwrap();
    fs::write(
        folder.join("envelope.json.gz"),
        gzip(format!("{{\"data\":{{\"rows\":[{}]}}}}", lines.join(",")).as_bytes()),
    )
    .unwrap();
    let nulls = NullBuffer::from(vec![true, true, false, true]);
    let field = |name: &str, kind: DataType| Arc::new(Field::new(name, kind, true));
    // What stands below a null structure is not seen.
    let e = StructArray::new(
        vec![field("value_prop", DataType::Utf8), field("position", DataType::Int64)].into(),
        vec![
            Arc::new(StringArray::from(vec![Some("a"), Some("b"), Some("hidden"), None])) as ArrayRef,
            Arc::new(Int64Array::from(vec![0, 9, 99, 2])) as ArrayRef,
        ],
        Some(nulls),
    );
    let ab = StructArray::from(vec![(
        field("c", DataType::Int64),
        Arc::new(Int64Array::from(vec![Some(7), Some(8), Some(9), None])) as ArrayRef,
    )]);
    let columns: Vec<(&str, ArrayRef)> =
        vec![("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))), ("e", Arc::new(e)), ("a.b", Arc::new(ab))];
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch =
        RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect()).unwrap();
    let mut parquet =
        ArrowWriter::try_new(File::create(folder.join("e.parquet")).unwrap(), Arc::clone(&schema), None).unwrap();
    parquet.write(&batch).unwrap();
    parquet.close().unwrap();
    let mut file = FileWriter::try_new(File::create(folder.join("e.arrow")).unwrap(), &schema).unwrap();
    let mut stream = StreamWriter::try_new(File::create(folder.join("e.arrows")).unwrap(), &schema).unwrap();
    for part in [batch.slice(0, 1), batch.slice(1, 3)] {
        file.write(&part).unwrap();
        stream.write(&part).unwrap();
    }
    file.finish().unwrap();
    stream.finish().unwrap();
}

#[test]
fn a_field_inside_a_structure_is_a_column_in_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    fs::write(folder.path().join("props.csv"), "p,n\na,0\nb,1\n").unwrap();
    for source in ["e.ndjson", "e.json", "e.parquet", "e.arrow", "e.arrows", "[e.ndjson]"] {
        let datasets = format!(
            r#"
  d:
    source: {source}
    key: [e.position]
    columns:
      id: {{type: integer}}
      e.position: {{type: integer, expect: [not_null, {{between: {{min: 0, max: 5}}}}]}}
      '"a.b".c': {{type: integer, expect: [{{max: {{max: 9}}}}]}}
      e.missing: {{type: integer, expect: [not_null]}}
    expect:
      - columns: {{names: [id, e, a.b], exact: true, ordered: true}}
      - columns: {{names: [e.position, e.value_prop]}}
      - unique: [e.value_prop, e.position]
      - in_set: {{column: e.value_prop, values: [a]}}
      - expression: {{sql: '"e.position" < 9 OR "a.b".c = 8', id: sql}}
      - expression: {{sql: 'e.position < 9', id: dotted}}
      - foreign_key: {{columns: [e.value_prop, e.position], to: {{dataset: props, columns: [p, n]}}}}
      - foreign_key: {{column: e.position, to: d.e.position}}
      - not_null: {{column: id, where: "e.value_prop = 'a'"}}
      - is_null: {{column: e, where: "e.value_prop IS NULL AND id = 3"}}
  props: {{source: props.csv}}
"#
        );
        let report = gives(
            folder.path(),
            &datasets,
            &[
                "d.id.type passed",
                "d.e.position.type passed",
                "d.e.position.not_null failed 1",
                "d.e.position.between failed 1",
                "d._a.b_.c.type passed",
                "d._a.b_.c.max passed",
                "d.e.missing.type error column_missing",
                "d.e.missing.not_null error column_missing",
                "d.columns passed",
                "d.columns.2 passed",
                "d.unique passed",
                "d.e.value_prop.in_set failed 1",
                "sql passed",
                "dotted failed 1",
                "d.foreign_key failed 1",
                "d.e.position.foreign_key passed",
                "d.id.not_null passed",
                "d.e.is_null passed",
                "d.e.missing.column_exists failed",
            ],
        );
        let between = report.results.iter().find(|outcome| outcome.id == "d.e.position.between").unwrap();
        assert_eq!(between.samples[0].values["e.position"], 9, "{source}");
        assert_eq!(between.samples[0].key["e.position"], 9);
        assert_eq!(between.samples[0].row_index, Some(1));
        assert_eq!(between.evaluated, Some(3), "a null structure has null fields: {source}");
    }
}

#[test]
fn records_may_stand_inside_an_envelope() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    let rows = "expect: [row_count: 4, {in_set: {column: e.position, values: [0, 2, 9]}}]";
    gives(
        folder.path(),
        &format!("  d: {{source: envelope.json.gz, format: {{records: data.rows}}, {rows}}}"),
        &["d.row_count passed", "d.e.position.in_set passed"],
    );
    let report = gives(
        folder.path(),
        &format!("  d: {{source: envelope.json.gz, format: {{type: json, records: rows}}, {rows}}}"),
        &["d.row_count error source_unreadable", "d.e.position.in_set error source_unreadable"],
    );
    assert!(fault(&report, "d.row_count").contains("has no `rows`, where its records should be; it has `data`"));
    fs::write(folder.path().join("list.json"), "{\"n\": 2,\n\"users\": [{\"id\": 1}, {\"id\": 2}]}").unwrap();
    let report = gives(
        folder.path(),
        "  d: {source: list.json, expect: [not_null: {column: id}]}",
        &["d.id.not_null error source_unreadable"],
    );
    assert!(fault(&report, "d.id.not_null").contains("records: users"));
    gives(
        folder.path(),
        "  d: {source: list.json, expect: [row_count: 1, sum: {column: n, equals: 2}]}",
        &["d.row_count passed", "d.n.sum passed"],
    );
    let whole = fs::read_to_string(folder.path().join("e.json")).unwrap();
    fs::write(folder.path().join("cut.json"), &whole[..whole.len() - 1]).unwrap();
    let report = gives(
        folder.path(),
        "  d: {source: cut.json, expect: [row_count: {min: 1}]}",
        &["d.row_count error source_unreadable"],
    );
    assert!(fault(&report, "d.row_count").contains("ends too early, on line 4, after 4 whole records"));
}

#[test]
fn one_bad_line_is_a_finding_and_a_wrong_type_a_violation_of_the_type() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        "{\"n\":1,\"s\":\"x\"}\nnope\n\n{\"n\":\"2\",\"s\":5}\n{\"n\":3.0,\"s\":null}\n{\"s\":\"y\",\"s\":\"z\"}\n";
    fs::write(folder.path().join("d.jsonl"), lines).unwrap();
    let report = gives(
        folder.path(),
        "  d: {source: d.jsonl, columns: {n: {type: integer, expect: [positive]}, s: {type: string}}, expect: [row_count: {equals: 3}]}",
        &[
            "d.n.type failed 2",
            "d.n.positive passed",
            "d.s.type failed 1",
            "d.row_count passed",
            "d.well_formed failed",
        ],
    );
    let shown = |id: &str| -> Vec<String> {
        let outcome = report.results.iter().find(|outcome| outcome.id == id).unwrap();
        let samples = outcome.samples.iter();
        samples
            .map(|sample| format!("{}: {:?}", sample.line.unwrap(), sample.values.values().next().unwrap()))
            .collect()
    };
    assert_eq!(shown("d.n.type"), ["4: String(\"\\\"2\\\"\")", "5: String(\"3.0\")"]);
    assert_eq!(shown("d.s.type"), ["4: String(\"5\")"]);
    assert_eq!((report.datasets[0].rows, report.datasets[0].rows_malformed), (Some(5), Some(2)));
    assert_eq!(report.datasets[0].format.as_deref(), Some("ndjson"));
}

#[test]
fn what_stands_where_a_declared_field_wants_an_object_is_no_null() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"e\":{\"v\":\"a\",\"n\":1}}\n{\"e\":\"s2\"}\n{\"e\":[1]}\n{\"e\":5}\n{\"e\":null}\n{}\n";
    fs::write(folder.path().join("d.ndjson"), lines).unwrap();
    let report = gives(
        folder.path(),
        "  d: {source: d.ndjson, columns: {e.v: {type: string}, e.n: {type: integer}}, expect: [is_null: {column: e.w}, readable_rows]}",
        &[
            "d.e.v.type failed 3",
            "d.e.n.type failed 3",
            "d.e.w.is_null error column_missing",
            "d.readable_rows failed 3",
        ],
    );
    for id in ["d.e.v.type", "d.e.n.type"] {
        let outcome = report.results.iter().find(|outcome| outcome.id == id).unwrap();
        assert_eq!((outcome.evaluated, outcome.missing), (Some(4), Some(2)));
        let shown = outcome.samples.iter().map(|sample| sample.values.values().next().unwrap().as_str().unwrap());
        assert_eq!(shown.collect::<Vec<_>>(), ["s2", "[1]", "5"]);
    }
    // What nobody declared is not there.
    gives(folder.path(), "  d: {source: d.ndjson, expect: [not_null: {column: e.n}]}", &["d.e.n.not_null failed 5"]);
}

#[test]
fn undeclared_fields_take_the_type_of_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"i\":1,\"d\":1,\"f\":1e2,\"m\":1,\"b\":true,\"t\":\"2024-01-01\",\"l\":[1]}\n{\"d\":2.5,\"f\":0.5,\"m\":\"x\"}\n";
    fs::write(folder.path().join("d.json"), lines).unwrap();
    let report = gives(
        folder.path(),
        "  d: {source: d.json, expect: [in_set: {column: m, values: [x, '1']}, {expression: i = 1}, sum: {column: d, equals: 3.5}, is_null: {column: l}]}",
        &["d.m.in_set passed", "d.expression passed", "d.d.sum passed", "d.l.is_null failed 1"],
    );
    let kinds =
        report.datasets[0].columns.iter().map(|column| format!("{} {}", column.name, column.kind.as_ref().unwrap()));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["i integer", "d decimal", "f float", "m string", "b boolean", "t string", "l list"]
    );
}

#[test]
fn the_folders_of_a_partitioned_dataset_are_columns() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join("data").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("dt=2024-01-01/kind=a%20b/x.csv", "n,dt\n1,old\n2,old\n");
    put("dt=2024-01-02/kind=__HIVE_DEFAULT_PARTITION__/x.csv", "n,dt\n3,old\n");
    put("dt=2024-01-02/kind=c/_temporary/y.csv", "not,read\n");
    put("dt=2024-01-02/kind=c/.y.csv", "not,read\n");
    put("dt=2024-01-02/kind=c/notes.md", "not read");
    let rules = r"
    columns: {dt: {type: date}, kind: {}}
    expect:
      - columns: {names: [n, dt, kind], exact: true, ordered: true}
      - row_count: 3
      - between: {column: dt, max: 2024-01-01}
      - in_set: {column: kind, values: [a b]}
      - not_null: {column: kind}
      - unique: [n, dt]
";
    for source in ["data", "data/dt=*/*/*.csv", "data/*/*/*.csv"] {
        let report = gives(
            folder.path(),
            &format!("  d:\n    source: {source}{rules}"),
            &[
                "d.dt.type passed",
                "d.columns passed",
                "d.row_count passed",
                "d.dt.between failed 1",
                "d.kind.in_set passed",
                "d.kind.not_null failed 1",
                "d.unique passed",
            ],
        );
        assert_eq!(report.results[3].samples[0].values["dt"], "2024-01-02");
    }
    put("dt=later/kind=c/x.csv", "n,dt\n4,old\n");
    let report = run(folder.path(), "  d: {source: data, columns: {dt: {type: date}}}");
    assert_eq!(said(&report), ["d.dt.type failed 1"]);
    assert_eq!(report.results[0].samples[0].values["dt"], "later");
}

#[test]
fn the_newest_of_the_files_is_picked() {
    let folder = tempfile::tempdir().unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for (name, age, rows) in [("a.csv", 60, 1), ("b.csv", 0, 2), ("c.csv", 0, 3), ("d.csv", 90, 4)] {
        let path = folder.path().join(name);
        fs::write(&path, format!("n\n{}", "1\n".repeat(rows))).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(start - Duration::from_secs(age)).unwrap();
    }
    let report = gives(
        folder.path(),
        "  d: {source: {path: '*.csv', pick: newest}, expect: [row_count: 3]}",
        &["d.row_count passed"],
    );
    assert!(report.datasets[0].files.len() == 1 && report.datasets[0].files[0].path.ends_with("c.csv"));
}

#[test]
fn a_compressed_file_cut_off_is_an_error_and_never_a_shorter_pass() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = |shown: &dyn Fn(usize) -> String| (0..20_000).map(shown).collect::<Vec<_>>().join("\n");
    let text = format!("a,b\n{}", numbers(&|n| format!("{},{n}", (n * 7919) % 10_007)));
    let lines = numbers(&|n| format!("{{\"a\":{},\"b\":{n}}}", (n * 7919) % 10_007));
    for (name, whole) in [
        ("d.csv.gz", gzip(text.as_bytes())),
        ("d.csv", gzip(text.as_bytes())),
        ("d.csv.zst", zstd::stream::encode_all(text.as_bytes(), 1).unwrap()),
        ("d.ndjson.gz", gzip(lines.as_bytes())),
        ("d.jsonl.zst", zstd::stream::encode_all(lines.as_bytes(), 1).unwrap()),
        ("d.csv.bz2", bzip2(text.as_bytes())),
        ("d.jsonl.bz2", bzip2(lines.as_bytes())),
        ("d.csv.zip", zip([("d.csv", text.as_bytes())])),
        ("d.zip", zip([("lines/d.ndjson", lines.as_bytes()), ("__MACOSX/lines/._d.ndjson", b"?".as_slice())])),
    ] {
        let datasets = format!("  d: {{source: {name}, expect: [row_count: {{min: 1}}, not_null: {{column: b}}]}}");
        fs::write(folder.path().join(name), &whole).unwrap();
        let report = gives(folder.path(), &datasets, &["d.row_count passed", "d.b.not_null passed"]);
        assert_eq!(report.datasets[0].rows, Some(20_000), "{name}");
        for end in [whole.len() / 3, whole.len() - 1] {
            fs::write(folder.path().join(name), &whole[..end]).unwrap();
            gives(
                folder.path(),
                &datasets,
                &["d.row_count error source_unreadable", "d.b.not_null error source_unreadable"],
            );
        }
    }
    fs::write(folder.path().join("d.parquet"), gzip(b"PAR1")).unwrap();
    let report = run(folder.path(), "  d: {source: d.parquet, expect: [row_count: 1]}");
    assert!(fault(&report, "d.row_count").contains("compressed with gzip as a whole"));
}

#[test]
fn an_archive_is_read_only_if_it_leaves_no_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, bytes: Vec<u8>| {
        fs::write(folder.path().join(name), bytes).unwrap();
        let report = run(folder.path(), &format!("  d: {{source: {name}, expect: [row_count: 2]}}"));
        if report.results[0].status == Status::Passed { "passed".to_owned() } else { fault(&report, "d.row_count") }
    };
    let csv = b"a,b\n1,2\n3,4\n".as_slice();
    assert_eq!(told("a.zip", zip([("a.csv", csv)])), "passed");
    assert_eq!(told("b.zip", zip([("../../../b.csv", csv)])), "passed");
    assert!(!folder.path().join("../../../b.csv").exists());
    assert_eq!(told("no_ending", zip([("a.csv", csv)])), "passed");
    assert!(
        told("c.zip", zip([("a.csv", csv), ("b.csv", csv)]))
            .contains("holds 2 files, and one is read: `a.csv`, `b.csv`")
    );
    assert!(told("d.zip", zip([])).contains("no data file"));
    for (name, inside) in [("e.zip", "v.parquet"), ("f.zip", "v.avro"), ("g.zip", "v.xlsx")] {
        assert!(told(name, zip([(inside, csv)])).contains("is compressed with zip as a whole"), "{inside}");
    }
    assert!(told("h.csv", zip([("a.csv.gz", gzip(csv).as_slice())])).contains("compressed with gzip"));
    assert!(told("i.csv.xz", b"\xfd7zXZ\0\0\0".to_vec()).contains("compressed with xz"));
}

#[test]
fn an_arrow_file_cut_off_or_of_another_kind_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    let whole = fs::read(folder.path().join("e.arrow")).unwrap();
    for end in [0, 3, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(folder.path().join("cut.arrow"), &whole[..end]).unwrap();
        gives(
            folder.path(),
            "  d: {source: cut.arrow, expect: [row_count: {min: 0}]}",
            &["d.row_count error source_unreadable"],
        );
    }
    let report = run(folder.path(), "  d: {source: 'e.*', expect: [row_count: 1]}");
    assert!(fault(&report, "d.row_count").contains("a dataset is of one kind"), "{}", fault(&report, "d.row_count"));
    let report = run(folder.path(), "  d: {source: e.arrow, format: {delimiter: ';'}, expect: [row_count: 1]}");
    assert!(fault(&report, "d.row_count").contains("`delimiter`, which means nothing for ipc"));
}

#[test]
fn standard_input_is_a_dataset_of_any_kind() {
    let folder = tempfile::tempdir().unwrap();
    events(folder.path());
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  d: {source: '-', expect: [row_count: 4, {in_set: {column: id, values: [1, 2, 3]}}]}\n";
    fs::write(folder.path().join("suite.yaml"), suite).unwrap();
    for (name, extra) in [("e.ndjson", None), ("e.json", None), ("e.parquet", None), ("e.arrows", Some("d=-"))] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(folder.path()).args(["check", "suite.yaml", "--no-reports", "--output", "json"]);
        command.args(extra.map(|source| format!("--source={source}")));
        command.stdin(Stdio::from(File::open(folder.path().join(name)).unwrap()));
        let ran = command.output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        let record: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(record["results"][0]["status"], "passed", "{name}");
        // The rows are shown by reading once more.
        assert_eq!(record["results"][1]["samples"][0]["values"]["id"], 4, "{name}");
        assert_eq!(record["datasets"][0]["files"][0]["path"], "standard input");
    }
    let twice = suite.replace("  d:", "  c: {source: '-', expect: [row_count: 1]}\n  d:");
    let said = check(&folder.path().join("suite.yaml"), &twice, &|_| true).unwrap_err();
    assert!(said.contains("standard input can be read as one dataset only"), "{said}");
}

#[test]
fn a_path_into_a_list_is_refused_and_a_name_in_brackets_is_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.csv"), "price [EUR]\n1\n").unwrap();
    gives(
        folder.path(),
        "  d: {source: d.csv, columns: {'price [EUR]': {type: integer}}}",
        &["d.price__EUR_.type passed"],
    );
    for rules in ["columns: {'items[0].price': {type: integer}}", "expect: [not_null: {column: 'items[].price'}]"] {
        let suite = format!("tamiz: 1\nsuite: s\ndatasets:\n  d: {{source: d.csv, {rules}}}");
        let said = check(&folder.path().join("suite.yaml"), &suite, &|_| true).unwrap_err();
        assert!(said.contains("paths into lists are not read by this version"), "{said}");
    }
}
