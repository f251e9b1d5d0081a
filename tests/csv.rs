//! Separated text as it comes: encodings, dialects, faults with their places, numbers with marks of their own.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tamiz::outcome::{Report, Status};
use tamiz::suite;

use crate::check::check;
use crate::table::gzip;

/// Runs one dataset `d` of a file, with what a suite says of it beside its source.
fn run(bytes: &[u8], says: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.csv"), bytes).unwrap();
    run_in(folder.path(), &format!("  d: {{source: d.csv, {says}}}\n"))
}

fn run_in(folder: &Path, datasets: &str) -> Report {
    let suite = format!("tamiz: 1\nsuite: csv\nas_of: 2025-06-30\ndatasets:\n{datasets}");
    check(&folder.join("suite.yaml"), &suite, &|_| true).unwrap_or_else(|said| panic!("{said}\n{suite}"))
}

/// The structural faults of a dataset: `kind line:column`.
fn faults(report: &Report) -> Vec<String> {
    let outcome = report.results.iter().find(|outcome| outcome.expectation == "well_formed").unwrap();
    let details = outcome.details.as_ref().unwrap();
    let first = details["first"].as_array().unwrap();
    assert_eq!(details["total"], first.len());
    assert_eq!(outcome.status == Status::Failed, !first.is_empty());
    first
        .iter()
        .map(|fault| format!("{} {}:{}", fault["kind"].as_str().unwrap(), fault["line"], fault["column"]))
        .collect()
}

/// What became of the rules of a dataset: `id status violations/evaluated`.
fn said(report: &Report) -> Vec<String> {
    let count = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
    let rules = report.results.iter().filter(|outcome| !outcome.id.ends_with(".type"));
    rules
        .map(|outcome| {
            let status = format!("{:?}", outcome.status).to_lowercase();
            format!("{} {status} {}/{}", outcome.id, count(outcome.violations), count(outcome.evaluated))
        })
        .collect()
}

fn written(report: &Report) -> Json {
    json!(report.datasets[0].files[0].dialect)
}

#[test]
fn every_fault_has_its_word_and_its_place_and_the_other_rows_are_evaluated() {
    let cases: [(&[u8], &[&str], u64); 12] = [
        (b"a,b\n1,2\n", &[], 1),
        ("a,b\nñ,2,3\n4,5\n".as_bytes(), &["extra-cell 2:5"], 1),
        ("a,b\nñandú\n4,5\n".as_bytes(), &["missing-cell 2:6"], 1),
        (b"a,b\n\n4,5\n", &["blank-row 2:1"], 1),
        (b"a,,b,b\n1,2,3,4\n", &["blank-label 1:3", "duplicate-label 1:6"], 1),
        (b",\n1,2\n", &["blank-header 1:1"], 0),
        ("a,b\n1,é\n2,\u{fffd}\n".as_bytes(), &[], 2),
        (b"a,b\n1,\xc3\xa9\n2,\xe9\n3,4\n", &["encoding-error 3:3"], 2),
        (b"a,b\n1,\"2\n3,4\n", &["open-quote 2:3"], 1),
        (b"a,b\n1,\"2\"x\n3,4\n", &["text-after-quote 2:6"], 1),
        (b"a,b\n1,2\n3", &["truncated-file 3:2"], 1),
        (b"a,b\r\n1,2\n3,\0\r\n", &["mixed-line-ends 2:4", "nul-byte 3:3"], 1),
    ];
    for (bytes, wanted, sound) in cases {
        for compressed in [bytes.to_vec(), gzip(bytes)] {
            let report = run(&compressed, "expect: [well_formed, not_null: {column: a, enabled: true}]");
            assert_eq!(faults(&report), wanted, "{:?}", String::from_utf8_lossy(bytes));
            if sound > 0 {
                let rule = report.results.iter().find(|outcome| outcome.expectation == "not_null").unwrap();
                assert_eq!((rule.evaluated, rule.violations), (Some(sound), Some(0)), "{}", rule.message.en);
            }
        }
    }
}

#[test]
fn a_bad_byte_far_into_a_file_is_found_where_it_is() {
    let mut bytes = b"n,ciudad\n".to_vec();
    for line in 2..=50_000 {
        let city: &[u8] = if line == 40_211 { b"M\xe1laga" } else { "Málaga".as_bytes() };
        bytes.extend([line.to_string().as_bytes(), b",", city, b"\n"].concat());
    }
    let report = run(&bytes, "expect: [well_formed, in_set: {column: ciudad, values: [Málaga]}]");
    assert_eq!(faults(&report), ["encoding-error 40211:8"]);
    assert_eq!(said(&report), ["d.well_formed failed -/-", "d.ciudad.in_set passed 0/49998"]);
    assert_eq!(report.datasets[0].rows_malformed, Some(1));
}

#[test]
fn text_in_any_encoding_is_read_as_what_it_says() {
    let text = "id;ciudad\r\n1;Málaga\r\n2;Logroño\r\n3;A Coruña\r\n4;Cádiz\r\n";
    let rule = "expect: [in_set: {column: ciudad, values: [Málaga, Logroño, A Coruña, Cádiz]}, well_formed]";
    let units = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let narrow: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    for (bytes, encoding, mark) in [
        (text.as_bytes().to_vec(), "utf-8", false),
        (format!("\u{feff}{text}").into_bytes(), "utf-8", true),
        (units(text, u16::to_le_bytes), "utf-16le", false),
        (units(&format!("\u{feff}{text}"), u16::to_be_bytes), "utf-16be", true),
        (narrow.clone(), "windows-1252", false),
    ] {
        for bytes in [gzip(&bytes), bytes] {
            let report = run(&bytes, rule);
            assert_eq!(said(&report), ["d.ciudad.in_set passed 0/4", "d.well_formed passed -/-"], "{encoding}");
            let written = written(&report);
            assert_eq!(written["encoding"], json!({"value": encoding, "by": "detected"}));
            assert_eq!(written["byte_order_mark"], mark);
            assert_eq!(written["delimiter"], json!({"value": ";", "by": "detected"}));
            assert_eq!(written["line_ends"], "CRLF");
        }
    }
    let report = run(&narrow, &format!("format: {{encoding: latin-1}}, {rule}"));
    assert_eq!(written(&report)["encoding"], json!({"value": "iso-8859-1", "by": "declared"}));
    assert_eq!(said(&report), ["d.ciudad.in_set passed 0/4", "d.well_formed passed -/-"]);
}

#[test]
fn latin_1_has_no_euro() {
    let bytes = b"id,precio\n1,5 \x80\n2,a\xf1o\n";
    let report = run(bytes, "format: {encoding: latin-1}, expect: [well_formed]");
    assert_eq!(faults(&report), ["encoding-error 2:5"]);
    let report = run(bytes, "format: {encoding: cp1252}, expect: [well_formed]");
    assert_eq!(faults(&report), Vec::<String>::new());
}

#[test]
fn what_is_not_the_encoding_said_is_an_error_with_advice() {
    let fault = |bytes: &[u8], says: &str| {
        let report = run(bytes, says);
        let outcome = report.results.iter().find(|outcome| outcome.id == "d.row_count").unwrap();
        let error = outcome.error.clone().unwrap();
        assert_eq!(error.code, "source_unreadable");
        error.message
    };
    let rule = "expect: [row_count: {min: 1}]";
    assert!(fault(b"\xff\xfea\0\n\0", &format!("format: {{encoding: utf-8}}, {rule}")).contains("mark of UTF-16LE"));
    assert!(fault(b"a\0\0\0\n\0\0\0b\0\0\0\n\0\0\0", rule).contains("iconv -f UTF-32 -t UTF-8"));
}

#[test]
fn numbers_have_the_marks_that_the_format_says() {
    let bytes = "id;n;d;f\n1;1.234;1.234.567,89;-0,5\n2;12;12,5;1,5e3\n3;1.2;1.23,4;1.5\n".as_bytes();
    let columns = "columns: {n: {type: integer}, d: {type: decimal}, f: {type: float}}";
    let rules = "expect: [sum: {column: n, equals: 1246}, max: {column: d, equals: 1234567.89}, \
                 min: {column: f, equals: -0.5}]";
    let report = run(bytes, &format!("format: {{decimal: \",\", thousands: \".\"}}, {columns}, {rules}"));
    assert_eq!(said(&report), ["d.n.sum passed -/2", "d.d.max passed -/2", "d.f.min passed -/2"]);
    let types = report.results.iter().filter(|outcome| outcome.id.ends_with(".type"));
    assert!(types.map(|outcome| (outcome.status, outcome.violations)).all(|found| found == (Status::Failed, Some(1))));
    assert_eq!(written(&report)["decimal"], json!({"value": ",", "by": "declared"}));
    assert_eq!(written(&report)["thousands"], ".");
    for space in [" ", "\u{a0}", "\u{202f}"] {
        let bytes = format!("n;x\n1{space}234,5;a\n");
        let says = "format: {decimal: \",\", thousands: \" \"}, columns: {n: {type: decimal}}";
        let report = run(bytes.as_bytes(), &format!("{says}, expect: [max: {{column: n, equals: 1234.5}}]"));
        assert_eq!(said(&report), ["d.n.max passed -/1"], "{space:?}");
    }
}

#[test]
fn a_decimal_comma_is_detected_only_where_it_is_sure() {
    let max = |bytes: &[u8]| {
        let report = run(bytes, "expect: [max: {column: n, max: 1000000}]");
        let outcome = report.results.first().unwrap();
        let by = written(&report)["decimal"].clone();
        (outcome.status, outcome.observed.clone(), format!("{} {}", by["value"], by["by"]).replace('"', ""))
    };
    assert_eq!(max(b"id;n\n1;1,5\n2;12,25\n3;7\n"), (Status::Passed, Some(json!("12.25")), ", detected".to_owned()));
    let (status, _, by) = max(b"id;n\n1;1,234\n2;12,250\n");
    assert_ne!((status, by.as_str()), (Status::Passed, ", detected"), "thousands or decimals, nobody knows");
    let (_, _, by) = max(b"id,n\n1,\"1,5\"\n2,\"2,5\"\n");
    assert_eq!(by, ". assumed");
    // What is declared is not detected: the values are no decimals, and that is told.
    let report = run(b"id;n\n1;1,5\n2;2,5\n", "columns: {n: {type: decimal}}");
    assert_eq!(report.results.iter().map(|outcome| outcome.violations).collect::<Vec<_>>(), [Some(2)]);
}

#[test]
fn comments_skipped_lines_and_missing_headers_keep_the_lines_right() {
    let bytes = b"Exported 2025;;\n# one\nx;1\n#two;\"\ny;\n\n'z';3;4\n";
    let says = "format: {skip_lines: 1, comment: \"#\", header: false, columns: [name, n], quote: null}, \
                columns: {n: {type: integer, expect: [not_null]}}, expect: [well_formed]";
    let report = run(bytes, says);
    assert_eq!(faults(&report), ["blank-row 6:1", "extra-cell 7:7"]);
    let rule = report.results.iter().find(|outcome| outcome.expectation == "not_null").unwrap();
    assert_eq!((rule.violations, rule.evaluated, rule.samples[0].line), (Some(1), Some(2), Some(5)));
    let written = written(&report);
    assert_eq!(written["quote"], json!({"value": null, "by": "declared"}));
    assert_eq!(written["header"], json!({"value": false, "by": "declared"}));
}

#[test]
fn the_first_pattern_that_fits_the_whole_value_reads_it() {
    let bytes = b"d,t,h\n31/12/2024,2024-12-31 10:00,9.30\n2024-12-30,31/12/2024,10:15\n30/12/24,x,25.00\n";
    let says = "columns: {d: {type: date, parse: ['%d/%m/%Y', '%Y-%m-%d']}, \
                t: {type: timestamp, parse: ['%Y-%m-%d %H:%M', '%d/%m/%Y']}, h: {type: time, parse: ['%H.%M', '%H:%M']}}, \
                expect: [max: {column: d, equals: 2024-12-31}, min: {column: h, equals: '09:30'}]";
    let report = run(bytes, says);
    assert_eq!(said(&report), ["d.d.max passed -/2", "d.h.min passed -/2"]);
    let types = report.results.iter().filter(|outcome| outcome.id.ends_with(".type"));
    assert_eq!(types.map(|outcome| outcome.violations).collect::<Vec<_>>(), [Some(1), Some(1), Some(1)]);
}

#[test]
fn each_file_of_a_dataset_is_written_in_its_own_way() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "id,ciudad\n1,Málaga\n").unwrap();
    fs::write(folder.path().join("b.csv"), b"id;ciudad\r\n2;M\xe1laga\r\n3;Logro\xf1o\r\n").unwrap();
    let report = run_in(
        folder.path(),
        "  d: {source: [a.csv, b.csv], expect: [in_set: {column: ciudad, values: [Málaga, Logroño]}, unique: [id]]}\n",
    );
    assert_eq!(said(&report), ["d.ciudad.in_set passed 0/3", "d.id.unique passed 0/3"]);
    let encodings = report.datasets[0].files.iter().map(|file| file.dialect.as_ref().unwrap().encoding.value.as_str());
    assert_eq!(encodings.collect::<Vec<_>>(), ["utf-8", "windows-1252"]);
}

#[test]
fn what_contradicts_itself_or_is_not_known_is_told() {
    let told = |format: &str| {
        let text = format!("tamiz: 1\nsuite: csv\ndatasets:\n  d: {{source: d.csv, format: {format}}}\n");
        let (path, read) = (Path::new("suite.yaml"), |path: &Path| fs::read_to_string(path));
        let request =
            suite::Request { path, text, vars: &[], sources: &[], env: &|_| None, as_of: None, now: 0, read: &read };
        let told = suite::read(request).unwrap_err().into_iter().map(|told| {
            let further = [told.label, told.help].map(Option::unwrap_or_default).join("; ");
            format!("{}; {further}", told.message)
        });
        told.collect::<Vec<_>>().join("\n")
    };
    for (format, wanted) in [
        ("{encoding: window-1252}", "did you mean `windows-1252`?"),
        ("{encoding: utf-32}", "iconv -f UTF-32 -t UTF-8"),
        ("{decimal: \",\", thousands: \",\"}", "decimals and thousands cannot have the same mark"),
        ("{thousands: \".\"}", "say `decimal: \",\"` beside it"),
        ("{decimal: \",\", delimiter: \",\", quote: null}", "without quotes no number can hold it"),
        ("{decimal: \"·\"}", "is no mark of decimals"),
        ("{thousands: \"'\", decimal: \",\", quote: \"'\"}", "cannot stand in numbers too"),
        ("{delimiter: \"'\", quote: \"'\"}", "cannot be the same"),
        ("{delimiter: \"\\n\"}", "a line end or a NUL"),
        ("{skip_lines: -1}", "is no number of lines"),
        ("{comment: \"\"}", "every line would be a comment"),
        ("{comment: \";\", delimiter: \";\"}", "starts with the delimiter"),
        ("{type: parquet, decimal: \",\"}", "`decimal` is for csv, not for parquet"),
    ] {
        assert!(told(format).contains(wanted), "{format}: {}", told(format));
    }
}
