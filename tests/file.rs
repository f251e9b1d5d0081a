use std::fs;

use tamiz::outcome::{Outcome, Report, Status};

use crate::check::check;

/// The SHA-256 of `id\n1\n`, by `printf 'id\n1\n' | sha256sum`.
const DIGEST: &str = "7cde7fb64fd82bd152710cf238e017b9ab46c0592483edc067ba4f6c75fac108";

fn run(source: &str, rules: &str, as_of: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "id\n1\n").unwrap();
    fs::write(folder.path().join("b.csv"), "id\n1\n2\n3\n4\n").unwrap();
    let noon = std::time::UNIX_EPOCH + std::time::Duration::from_hours(12 + 24 * 20_000);
    for name in ["a.csv", "b.csv"] {
        fs::File::options().write(true).open(folder.path().join(name)).unwrap().set_modified(noon).unwrap();
    }
    let text = format!(
        "tamiz: 1\nsuite: s\nas_of: {as_of}\ntimezone: Europe/Madrid\ndatasets:\n  data:\n    source: {source}\n    expect:\n{rules}"
    );
    check(&folder.path().join("suite.yaml"), &text, &|_| true).unwrap()
}

/// Day 20,000 since 1970 is 2024-10-04; the files are from 12:00 UTC.
fn status(source: &str, parameters: &str, as_of: &str) -> Status {
    let report = run(source, &format!("      - file: {{{parameters}}}\n"), as_of);
    one(&report).status
}

fn one(report: &Report) -> &Outcome {
    report.results.iter().find(|outcome| outcome.expectation == "file").unwrap()
}

#[test]
fn each_file_is_held_to_its_age_and_size() {
    let at = "2024-10-04T13:00:00Z";
    for (parameters, holds) in [
        ("max_age: 1h", true),
        ("max_age: 59m", false),
        ("modified_today: true", true),
        ("min_size: 5", true),
        ("min_size: 6B", false),
        ("max_size: 5B", true),
        ("max_size: 4B", false),
        ("exists: true, max_size: 1kB", true),
        ("exists: false", false),
        (&format!("sha256: {DIGEST}"), true),
        (&format!("sha256: {}", "0".repeat(64)), false),
    ] {
        assert_eq!(status("a.csv", parameters, at) == Status::Passed, holds, "{parameters}");
    }
}

#[test]
fn a_day_is_that_of_the_timezone() {
    // 22:30 UTC is the day after in Madrid.
    assert_eq!(status("a.csv", "modified_today: true", "2024-10-04T21:30:00Z"), Status::Passed);
    assert_eq!(status("a.csv", "modified_today: true", "2024-10-04T22:30:00Z"), Status::Failed);
}

#[test]
fn every_file_of_a_pattern_counts() {
    let report = run("'*.csv'", "      - file: {max_size: 5B}\n", "2024-10-04");
    let outcome = one(&report);
    assert_eq!(outcome.status, Status::Failed);
    let details = outcome.details.as_ref().unwrap();
    assert_eq!(details["files"].as_array().unwrap().len(), 2);
    assert_eq!(details["wrong"][0]["what"], "max_size");
    assert!(details["wrong"][0]["path"].as_str().unwrap().ends_with("b.csv"));
}

#[test]
fn a_missing_file_fails_or_holds_where_that_is_asked() {
    for source in ["gone.csv", "'gone*.csv'"] {
        let report = run(source, "      - file: {exists: true}\n", "2024-10-04");
        assert_eq!(one(&report).status, Status::Failed);
        assert_eq!(report.verdict.exit_code, 1);
        let report = run(source, "      - file: {exists: false}\n", "2024-10-04");
        assert_eq!((one(&report).status, report.results.len()), (Status::Passed, 1));
        assert_eq!(report.verdict.exit_code, 0);
        let report = run(source, "      - file: {max_size: 1kB}\n", "2024-10-04");
        assert_eq!((one(&report).status, report.verdict.exit_code), (Status::Error, 3));
    }
}

#[test]
fn a_file_that_nothing_can_read_has_a_size() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.parquet"), "no parquet").unwrap();
    let text = "tamiz: 1\nsuite: s\ndatasets:\n  data:\n    source: broken.parquet\n    expect:\n      - file: {max_size: 10B}\n      - row_count: 1\n";
    let report = check(&folder.path().join("suite.yaml"), text, &|_| true).unwrap();
    assert_eq!(one(&report).status, Status::Passed);
    assert_eq!(report.verdict.exit_code, 3);
}
