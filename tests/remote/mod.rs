use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tamiz::engine::remote::Settings;
use tamiz::outcome::{Outcome, Report, Status};

use crate::check::{Way, check_by};
use crate::table::gzip;
use web::{Answer, Server};

mod clouds;
mod history;
mod web;

/// What a run is told of the network.
fn settings(environment: &[(&str, &str)]) -> Settings {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings { environment, retries: 3, ..Settings::default() }
}

/// Runs the datasets of a suite.
fn run(settings: Settings, datasets: &str) -> Report {
    let suite = format!("tamiz: 1\nsuite: remote\nas_of: 2025-06-30\ndatasets:\n{datasets}");
    let way = Way { remote: settings, ..Way::default() };
    check_by(way, Path::new("suite.yaml"), &suite, &|_| true).unwrap_or_else(|said| panic!("{said}\n{suite}"))
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

/// The first fault of a run: its code and its words.
fn fault(report: &Report) -> (String, String) {
    let fault = report.results.iter().find_map(|outcome| outcome.error.as_ref()).unwrap();
    (fault.code.clone(), fault.message.clone())
}

/// A dataset `d` whose rows are counted and whose column `n` must not be null.
fn counted(url: &str, rows: usize) -> String {
    format!(
        "  d: {{source: \"{url}\", expect: [row_count: {{equals: {rows}}}], columns: {{n: {{expect: [not_null]}}}}}}\n"
    )
}

/// As many rows as asked for; `n` is missing in every tenth.
fn csv(rows: usize) -> Vec<u8> {
    let row = |row: usize| {
        if row.is_multiple_of(10) {
            format!("{row},,some text that fills the line\n")
        } else {
            format!("{row},{row},x\n")
        }
    };
    ("id,n,text\n".to_owned() + &(0..rows).map(row).collect::<String>()).into_bytes()
}

fn records(rows: usize) -> RecordBatch {
    let id: ArrayRef = Arc::new((0..rows).map(|row| i64::try_from(row).unwrap()).collect::<Int64Array>());
    let n: ArrayRef = Arc::new(Int64Array::from_iter((0..rows).map(|row| (row % 10 != 0).then_some(1))));
    let text: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("some text {row}"))));
    RecordBatch::try_from_iter_with_nullable([("id", id, true), ("n", n, true), ("text", text, true)]).unwrap()
}

fn parquet(rows: &RecordBatch, group: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let how =
        WriterProperties::builder().set_max_row_group_row_count(Some(group)).set_dictionary_enabled(false).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(how)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
    bytes
}

fn ipc(rows: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    for start in (0..rows.num_rows()).step_by(5_000) {
        writer.write(&rows.slice(start, 5_000.min(rows.num_rows() - start))).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The same rows as files of every kind.
fn files(rows: usize) -> Vec<(&'static str, Vec<u8>)> {
    let (text, batch) = (csv(rows), records(rows));
    let line = |row: usize| match row % 10 {
        0 => format!("{{\"id\":{row},\"n\":null}}\n"),
        _ => format!("{{\"id\":{row},\"n\":{row}}}\n"),
    };
    vec![
        ("d.csv.gz", gzip(&text)),
        ("d.csv", text),
        ("d.ndjson", (0..rows).map(line).collect::<String>().into_bytes()),
        ("d.parquet", parquet(&batch, rows / 4 + 1)),
        ("d.arrow", ipc(&batch)),
    ]
}

#[test]
fn every_kind_of_file_is_read_with_ranges_and_without() {
    let rows = 40_000;
    let wanted = ["d.n.not_null failed 4000", "d.row_count passed"];
    for (name, bytes) in files(rows) {
        let ranges = Server::file(bytes.clone());
        assert_eq!(said(&run(settings(&[]), &counted(&ranges.url(name), rows))), wanted, "{name}");
        assert!(ranges.asked().iter().all(|asked| asked.method == "GET" && asked.range.is_some()), "{name}");
        for chunked in [false, true] {
            let body = bytes.clone();
            let whole = Server::new(move |_, _| Answer { chunked, ..Answer::whole(&body) });
            assert_eq!(said(&run(settings(&[]), &counted(&whole.url(name), rows))), wanted, "{name}");
            assert_eq!(whole.asked().len(), 1, "{name} is fetched once, for it may be another the next time");
        }
    }
}

#[test]
fn ranges_of_a_version_that_is_not_told_are_not_put_together() {
    let body = csv(40_000);
    let server = Server::new(move |asked, _| {
        let mut answer = Answer::of(asked, &body, "v");
        answer.headers.retain(|(name, _)| *name == "Content-Range");
        answer
    });
    let wanted = ["d.n.not_null failed 4000", "d.row_count passed"];
    assert_eq!(said(&run(settings(&[]), &counted(&server.url("d.csv"), 40_000))), wanted);
    assert_eq!(server.asked().iter().map(|asked| asked.range.is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn an_empty_file_has_no_rows() {
    let server = Server::file(Vec::new());
    let dataset = format!(
        "  d: {{source: \"{}\", may_be_empty: true, expect: [row_count: {{equals: 0}}]}}\n",
        server.url("d.csv")
    );
    assert_eq!(said(&run(settings(&[]), &dataset)), ["d.row_count passed"]);
}

#[test]
fn a_broken_connection_is_taken_up_at_the_byte_that_was_reached() {
    let bytes = csv(200_000);
    let size = bytes.len();
    let server = Server::new(move |asked, _| Answer { breaks: Some(700_000), ..Answer::of(asked, &bytes, "v1") });
    let wanted = ["d.n.not_null failed 20000", "d.row_count passed"];
    assert_eq!(said(&run(settings(&[]), &counted(&server.url("d.csv"), 200_000))), wanted);
    let asked = server.asked();
    let starts: Vec<usize> = asked.iter().filter_map(|asked| Some(asked.range.as_ref()?.start)).collect();
    let first = 256 << 10;
    assert!(starts.contains(&(first + 700_000)) && starts.contains(&(first + 1_400_000)), "{starts:?} of {size}");
    assert!(asked.iter().skip(1).all(|asked| asked.if_match.as_deref() == Some("\"v1\"")));
    assert!(server.sent() < size + size / 5, "no byte is fetched twice: {} of {size}", server.sent());
}

#[test]
fn a_download_that_breaks_is_begun_again() {
    let bytes = csv(1_000);
    let server = Server::new(move |_, before| Answer {
        breaks: (before < 2).then_some(500),
        chunked: true,
        ..Answer::whole(&bytes)
    });
    let wanted = ["d.n.not_null failed 100", "d.row_count passed"];
    assert_eq!(said(&run(settings(&[]), &counted(&server.url("d.csv"), 1_000))), wanted);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn trouble_that_passes_is_waited_for() {
    let bytes = csv(1_000);
    let server = Server::new(move |asked, before| match before {
        0 => Answer::status(503),
        1 => Answer { headers: vec![("Retry-After", "1".to_owned())], ..Answer::status(429) },
        _ => Answer::of(asked, &bytes, "v1"),
    });
    let wanted = ["d.n.not_null failed 100", "d.row_count passed"];
    assert_eq!(said(&run(settings(&[]), &counted(&server.url("d.csv"), 1_000))), wanted);
    let asked = server.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_millis(100), "the first wait is at least half of 0.2 s");
    assert!(asked[2].at - asked[1].at >= Duration::from_secs(1), "a server that says when is believed");
}

#[test]
fn trouble_that_stays_is_told_after_as_many_attempts_as_allowed() {
    let server = Server::new(|_, _| Answer::status(503));
    let report = run(settings(&[]), &counted(&server.url("d.csv"), 1));
    let (code, words) = fault(&report);
    assert_eq!(code, "source_unreadable");
    assert!(words.contains("the server is in trouble (503), and 3 more attempts changed nothing"), "{words}");
    assert!(report.verdict.retryable && report.verdict.exit_code == 3);
    assert_eq!(server.asked().len() % 4, 0, "each look at the source makes four attempts");
}

#[test]
fn an_object_that_changes_meanwhile_is_an_error_and_no_mixture() {
    let (one, other) = (csv(100_000), csv(100_001));
    let server = Server::new(move |asked, before| match before {
        0 => Answer::of(asked, &one, "v1"),
        _ => Answer::of(asked, &other, "v2"),
    });
    let (code, words) = fault(&run(settings(&[]), &counted(&server.url("d.csv"), 100_000)));
    assert_eq!(code, "source_unreadable");
    assert!(words.contains("it was changed while it was read"), "{words}");
}

#[test]
fn what_is_not_there_is_missing_and_what_is_refused_is_unreadable() {
    for (status, code, words) in [
        (404, "source_missing", "it is not there"),
        (403, "source_unreadable", "the server refuses access (403); check the URL"),
        (418, "source_unreadable", "the server answers 418"),
    ] {
        let server = Server::new(move |_, _| Answer::status(status));
        let url = server.url("a/d.csv");
        let (found, message) = fault(&run(settings(&[]), &counted(&url, 1)));
        assert_eq!(found, code);
        assert!(message.contains(words) && message.contains(&url), "{message}");
        drop(server);
        let (found, message) = fault(&run(Settings { retries: 0, ..settings(&[]) }, &counted(&url, 1)));
        assert_eq!(found, "source_unreadable");
        // A machine at its limits says it in another way.
        let words = ["refuses the connection", "no connection to the server can be made"];
        assert!(words.iter().any(|words| message.contains(words)), "{message}");
    }
}

#[test]
fn a_rule_on_one_column_reads_a_small_part_of_a_wide_file() {
    let rows = 60_000;
    let mut seed = 1_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::from_ne_bytes(seed.to_ne_bytes())
    };
    let columns = (0..16).map(|column| {
        let values: ArrayRef = Arc::new((0..rows).map(|_| random()).collect::<Int64Array>());
        (format!("c{column}"), values)
    });
    let bytes = parquet(&RecordBatch::try_from_iter(columns).unwrap(), rows / 2);
    let size = bytes.len();
    let server = Server::file(bytes);
    let dataset = format!("  d: {{source: \"{}\", columns: {{c7: {{expect: [unique]}}}}}}\n", server.url("d.parquet"));
    assert_eq!(said(&run(settings(&[]), &dataset)), ["d.c7.unique passed"]);
    // The first bytes of the file tell what it is, its footer where the column lies, and then the column comes.
    assert!(server.sent() < size / 5, "{} of {size}", server.sent());
    assert!(server.asked().len() < 12, "{:?}", server.asked());
}

#[test]
fn a_secret_in_a_url_is_used_and_never_shown() {
    let bytes = csv(1_000);
    let server = Server::new(move |asked, _| {
        let is_let_in = asked.target.contains("X-Amz-Signature=s3cr3t") && asked.authorization.is_some();
        if is_let_in && !asked.target.contains("no") { Answer::of(asked, &bytes, "v1") } else { Answer::status(403) }
    });
    let text = "tamiz: 1\nsuite: remote\ndatasets:\n  d: {source: d.csv, expect: [row_count: {equals: 1000}]}\n";
    for (path, status) in [("d.csv", "d.row_count passed"), ("no.csv", "d.row_count error source_unreadable")] {
        let url = server.url(path).replace("http://", "http://me:pa55@") + "?X-Amz-Date=1&X-Amz-Signature=s3cr3t";
        let sources = [("d".to_owned(), url)];
        let way = Way { remote: settings(&[]), sources: &sources, ..Way::default() };
        let report = check_by(way, Path::new("suite.yaml"), text, &|_| true).unwrap();
        assert_eq!(said(&report)[0], status);
        let record = serde_json::to_string(&report).unwrap();
        assert!(!record.contains("s3cr3t") && !record.contains("pa55"), "{record}");
        assert!(record.contains(&format!("{path}?***")), "{record}");
    }
    assert_eq!(server.asked()[0].authorization.as_deref(), Some("Basic bWU6cGE1NQ=="));
}

#[test]
fn a_suite_holds_no_secret_and_no_scheme_that_is_not_read() {
    for (source, words) in [
        ("https://me:pw@host/a.csv", "a URL with a password or a signature does not belong in a suite"),
        ("https://host/a.csv?sig=abc", "a URL with a password or a signature does not belong in a suite"),
        ("s3://id:key@bucket/a.csv", "a URL with a password or a signature does not belong in a suite"),
        ("ftp://host/a.csv", "`ftp://` is not read"),
        ("file:///a.csv", "`file://` is not read"),
    ] {
        let text =
            format!("tamiz: 1\nsuite: s\ndatasets:\n  d: {{source: \"{source}\", expect: [row_count: {{min: 1}}]}}\n");
        let told = check_by(Way::default(), Path::new("s.yaml"), &text, &|_| true).unwrap_err();
        assert!(told.contains(words) && !told.contains("pw"), "{told}");
    }
}

#[test]
fn places_of_several_kinds_are_one_dataset() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), csv(10)).unwrap();
    let server = Server::file(csv(20));
    let text = format!(
        "tamiz: 1\nsuite: s\ndatasets:\n  d: {{source: [a.csv, \"{}\"], expect: [row_count: {{equals: 30}}]}}\n",
        server.url("b.csv")
    );
    let way = Way { remote: settings(&[]), ..Way::default() };
    let report = check_by(way, &folder.path().join("s.yaml"), &text, &|_| true).unwrap();
    assert_eq!(said(&report), ["d.row_count passed"]);
}

#[test]
fn a_run_whose_time_is_spent_waits_for_no_server() {
    let server = Server::new(|_, _| Answer { headers: vec![("Retry-After", "60".to_owned())], ..Answer::status(503) });
    let text = format!("tamiz: 1\nsuite: s\ndatasets:\n{}", counted(&server.url("d.csv"), 1));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), text).unwrap();
    let started = std::time::Instant::now();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tamiz"));
    let told = command.args(["check", "s.yaml", "--timeout", "2s", "--no-reports"]).current_dir(folder.path()).output();
    let told = told.unwrap();
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_ne!(told.status.code(), Some(0), "{told:?}");
}
