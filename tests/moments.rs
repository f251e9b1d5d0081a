//! The "now" of a run, wherever it comes from, and what hangs on it: suites of a few lines, run through the library.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tamiz::outcome::{Outcome, Report, Status};
use tamiz::suite;

use crate::check::check;

/// Runs a suite beside some files.
fn run(files: &[(&str, &str)], text: &str) -> Result<Report, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    check(&folder.path().join("suite.yaml"), &format!("tamiz: 1\nsuite: s\n{text}"), &|_| true)
}

fn rule<'r>(report: &'r Report, id: &str) -> &'r Outcome {
    report.results.iter().find(|outcome| outcome.id == id).unwrap_or_else(|| panic!("no rule {id}"))
}

/// The first line of each mistake.
fn mistakes(text: &str) -> String {
    run(&[], text).map(|report| format!("{:?}", report.verdict.reason)).unwrap_err()
}

const WEEKS: &str = "
datasets:
  prints:
    source: prints.csv
    columns:
      day: {type: date, expect: [no_gaps: {every: day, from: {as_of: -1w, floor: week}, to: {as_of: 0d, floor: week}}]}
";

#[test]
fn the_newest_date_ends_with_its_day() {
    // Sunday 2025-06-29 ends the week that began on Monday 2025-06-23.
    let days = |last: u32| (20..=last).fold("day\n".to_owned(), |text, day| text + &format!("2025-06-{day}\n"));
    let text = format!("as_of: {{newest: prints.day}}{WEEKS}");
    let sunday = run(&[("prints.csv", &days(29))], &text).unwrap();
    let gaps = rule(&sunday, "prints.day.no_gaps");
    assert_eq!(sunday.run.as_of, "2025-06-30T00:00:00Z");
    assert_eq!((gaps.status, gaps.evaluated), (Status::Passed, Some(7)));
    assert_eq!(gaps.details.as_ref().unwrap()["from"], "2025-06-23");
    // On Saturday that week is not over, and the one before has no Monday.
    let saturday = run(&[("prints.csv", &days(28))], &text).unwrap();
    let gaps = rule(&saturday, "prints.day.no_gaps");
    assert_eq!(gaps.details.as_ref().unwrap()["from"], "2025-06-16");
    assert_eq!((gaps.status, gaps.violations), (Status::Failed, Some(4)));
}

#[test]
fn the_newest_date_is_of_the_rows_that_the_dataset_means_and_of_the_timezone() {
    let data = "day,kind\n2025-06-29,a\n2026-01-01,b\nnever,a\n,a\n";
    let text = "
timezone: Europe/Madrid
as_of: {newest: d.day}
datasets:
  d:
    source: d.csv
    where: kind = 'a'
    columns: {day: {type: {is: date, allow: 1}}}
    expect: [not_in_future: {column: day}, freshness: {column: day, max_age: 1d}]
";
    let report = run(&[("d.csv", data)], text).unwrap();
    assert_eq!(report.run.as_of, "2025-06-29T22:00:00Z");
    assert_eq!(rule(&report, "d.day.not_in_future").status, Status::Passed);
    assert_eq!(rule(&report, "d.day.freshness").observed, Some("1d".into()));
}

#[test]
fn the_newest_timestamp_is_the_instant_itself() {
    let data = "at\n2025-06-29T10:00:00Z\n2025-06-29T12:34:56Z\n";
    let text = "
as_of: {newest: d.at}
datasets:
  d: {source: d.csv, columns: {at: {type: timestamp, expect: [freshness: 1h]}}}
  e: {source: e.csv, columns: {at: {type: timestamp, expect: [freshness: 1h]}}}
";
    let report = run(&[("d.csv", data), ("e.csv", "at\n2025-06-29T11:34:55Z\n")], text).unwrap();
    assert_eq!(report.run.as_of, "2025-06-29T12:34:56Z");
    assert_eq!(rule(&report, "d.at.freshness").observed, Some("0s".into()));
    assert_eq!(rule(&report, "e.at.freshness").observed, Some("1h1s".into()));
    assert_eq!(rule(&report, "e.at.freshness").status, Status::Failed);
}

#[test]
fn without_a_newest_value_what_needs_it_is_an_error_and_the_rest_goes_on() {
    let text = "
as_of: {newest: d.day}
datasets:
  d:
    source: d.csv
    columns: {n: {type: integer, expect: [not_null]}}
    expect:
      - not_in_future: {column: other}
      - freshness: {column: other, max_age: 1d}
      - between: {column: other, min: {as_of: -1d}}
      - in_set: {column: other, values: [{as_of: 0d}]}
      - no_gaps: {column: other, every: day, from: {as_of: -1w}}
      - not_null: {column: n, where: 'other < :as_of', id: filtered}
      - row_count: {min: 1}
";
    for (data, why) in [
        ("n,other,day\n1,2025-01-01,\n", "it has no value"),
        ("n,other\n1,2025-01-01\n", "`d` has no column `day`"),
        ("n,other,day\n1,2025-01-01,5\n", "5 is no date or timestamp"),
    ] {
        let report = run(&[("d.csv", data)], text).unwrap();
        assert!(
            report.run.as_of.starts_with("unknown: `as_of` is the newest value of `d.day`"),
            "{}",
            report.run.as_of
        );
        assert!(report.run.as_of.contains(why), "{}", report.run.as_of);
        for id in [
            "d.other.not_in_future",
            "d.other.freshness",
            "d.other.between",
            "d.other.in_set",
            "d.other.no_gaps",
            "filtered",
        ] {
            let outcome = rule(&report, id);
            let fault = outcome.error.as_ref().unwrap_or_else(|| panic!("{id}: {outcome:?}"));
            assert_eq!((outcome.status, fault.code.as_str()), (Status::Error, "as_of_unknown"), "{id}");
        }
        assert_eq!(rule(&report, "d.n.not_null").status, Status::Passed);
        assert_eq!(rule(&report, "d.row_count").status, Status::Passed);
        assert_eq!(report.verdict.exit_code, 3);
    }
}

#[test]
fn a_now_that_cannot_be_read_from_where_the_suite_says_is_a_mistake() {
    let said = |as_of: &str| {
        mistakes(&format!(
            "as_of: {as_of}\ndatasets: {{d: {{source: d.csv, where: 'day < :as_of', columns: {{n: {{type: integer}}}}}}}}\n"
        ))
    };
    assert!(said("{newest: e.day}").contains("this suite has no dataset `e`"));
    assert!(said("{newest: d}").contains("`d` is no column of a dataset"));
    assert!(said("{newest: d.n}").contains("`n` is declared as integer"));
    assert!(said("{newest: d.day}").contains("the `where` of `d` hangs on `as_of`"));
    assert!(said("{oldest: d.day}").contains("unknown key `oldest` of `as_of`"));
    assert!(said("soon").contains("`soon` is no date and no instant"));
}

#[test]
fn a_variable_made_of_the_now_stands_in_paths_and_conditions() {
    let text = r#"
timezone: Europe/Madrid
as_of: 2025-07-01T00:30:00+02:00
vars:
  zona: {default: data}
  dia: {as_of: -1d, floor: day, format: "%Y%m%d"}
  mes: {as_of: 0d, floor: month}
  hace: {as_of: -90m}
datasets:
  d:
    source: ${zona}/dt=${dia}.csv
    expect:
      - expression: {sql: "day = :dia", id: dia}
      - expression: {sql: "day >= :mes", id: mes}
      - expression: {sql: "at >= :mes", id: primera}
      - expression: {sql: "at > :hace", id: hace}
      - newer_than: {column: day, than: "${mes}", id: texto}
"#;
    // Half past midnight in Madrid is still the day before in UTC; the day before is that of Madrid.
    let data = "day,at\n2025-06-30,2025-06-30T22:00:00Z\n";
    let report = run(&[("data/dt=20250630.csv", data)], text).unwrap();
    assert_eq!(rule(&report, "dia").status, Status::Passed);
    assert_eq!(rule(&report, "mes").status, Status::Failed);
    assert_eq!(rule(&report, "primera").status, Status::Passed);
    assert_eq!(rule(&report, "hace").status, Status::Passed);
    assert_eq!(rule(&report, "texto").status, Status::Failed);
    let vars: Vec<_> = report.run.vars.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(vars, ["zona=data", "dia=20250630", "mes=2025-07-01", "hace=2025-06-30T21:00:00Z"]);
}

#[test]
fn a_variable_that_hangs_on_the_newest_value_stands_in_conditions_alone() {
    let text = "
as_of: {newest: d.day}
vars: {ayer: {as_of: -1d, floor: day}}
datasets:
  d: {source: d.csv, expect: [expression: {sql: 'day >= :ayer', id: dos}]}
";
    let report = run(&[("d.csv", "day\n2025-06-29\n2025-06-28\n")], text).unwrap();
    // The newest day is the one before the end of it.
    assert_eq!((rule(&report, "dos").status, rule(&report, "dos").violations), (Status::Failed, Some(1)));
    let said = mistakes(&text.replace("d.csv", "'${ayer}.csv'"));
    assert!(said.contains("`ayer` hangs on the newest value of the data"), "{said}");
    let said = mistakes(&text.replace("source: d.csv", "source: d.csv, when: ':ayer > 1'"));
    assert!(said.contains("`when` cannot hang on the newest value"), "{said}");
}

#[test]
fn a_condition_on_variables_knows_the_now() {
    let text = |as_of: &str| {
        format!(
            "as_of: {as_of}\ndatasets: {{d: {{source: d.csv, expect: [not_null: {{column: n, id: x, when: \":as_of >= '2025-01-01'\"}}]}}}}\n"
        )
    };
    let status = |as_of: &str| rule(&run(&[("d.csv", "n\n1\n")], &text(as_of)).unwrap(), "x").status;
    assert_eq!(status("2025-01-01"), Status::Passed);
    assert_eq!(status("2024-12-31"), Status::Skipped);
}

#[test]
fn what_is_no_variable_made_of_the_now_is_a_mistake() {
    let said = |variable: &str| mistakes(&format!("vars: {{v: {variable}}}\ndatasets: {{d: {{source: d.csv}}}}\n"));
    assert!(said("{as_of: -1}").contains("`as_of` is no way from the moment of the run: `-1`"));
    assert!(said("{as_of: -1d, floor: dy}").contains("`dy` is none of hour, day, week, month, year"));
    assert!(said("{as_of: -1d, flor: day}").contains("unknown key `flor` of a variable"));
    assert!(said("{floor: day}").contains("`as_of` is missing"));
    assert!(said("{as_of: 0d, default: x}").contains("`default` does not go with `as_of`"));
    assert!(said("{as_of: 0d, type: integer}").contains("`integer` is none of date, timestamp"));
    assert!(said("{as_of: 0d, format: '%Q'}").contains("`%Q` is no pattern of a date"));
    assert!(said("{as_of: -999999y}").contains("out of range"));
}

#[test]
fn what_is_no_relative_date_is_a_mistake_at_its_place() {
    let said = |rule: &str| {
        mistakes(&format!(
            "datasets: {{d: {{source: d.csv, columns: {{day: {{type: date}}, n: {{type: integer}}}}, expect: [{rule}]}}}}\n"
        ))
    };
    let bound = |bound: &str| said(&format!("between: {{column: day, min: {bound}}}"));
    assert!(
        bound("{as_of: -1week}").contains("is no way from the moment of the run: `-1week`"),
        "{}",
        bound("{as_of: -1week}")
    );
    assert!(
        bound("{as_of: -1w, floor: weak}").contains("`weak` is none of hour, day, week, month, year"),
        "{}",
        bound("{as_of: -1w, floor: weak}")
    );
    assert!(bound("{as_of: -1w, flor: week}").contains("unknown key `flor`"), "{}", bound("{as_of: -1w, flor: week}"));
    assert!(bound("{floor: week}").contains("`as_of` is missing"), "{}", bound("{floor: week}"));
    assert!(bound("{colum: n}").contains("unknown key `colum`"), "{}", bound("{colum: n}"));
    assert!(
        said("between: {column: n, min: {as_of: -1d}}").contains("a date relative to the run, which is not an integer")
    );
    assert!(said("in_set: {column: n, values: [{as_of: -1d}]}").contains("holds a date relative to the run"));
    assert!(said("max: {column: day, equals: {as_of: 0d}, tolerance: 1}").contains("`tolerance` goes with a number"));
    assert!(said("row_count: {min: {as_of: 0d}}").contains("a map stands where"));
    assert!(said("not_in_past: {column: day, tolerance: 5}").contains("is no length of time: `5`"));
    assert!(said("newer_than: {column: n, age: 1d}").contains("which `n` is declared to be"));
    assert!(said("freshness: {column: day}").contains("`freshness` needs `max_age`"));
    assert!(said("freshness: {column: day, levels: {warning: {}}}").contains("this level needs `max_age`"));
    assert!(said("freshness: {column: day, max_age: 1h, min: 3}").contains("unknown key `min`"));
    assert!(said("no_gaps: {column: n, every: day}").contains("`n` is declared as an integer, which has no periods"));
    assert!(said("no_gaps: {column: day, every: hour}").contains("shorter than a day"));
    assert!(said("no_gaps: {column: day, every: day, from: tomorrow}").contains("`from` is `tomorrow`"));
}

#[test]
fn the_age_of_files_is_that_of_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let hour = Duration::from_hours(1);
    // 2025-06-30T12:00:00Z
    let now = SystemTime::UNIX_EPOCH + Duration::from_hours(486_468);
    for (name, written) in [("a.csv", now - 48 * hour), ("b.csv", now - 2 * hour), ("c.csv", now - 30 * hour)] {
        let path = folder.path().join(name);
        fs::write(&path, "n\n1\n").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    }
    let text = "tamiz: 1
suite: s
as_of: 2025-06-30T12:00:00Z
datasets:
  d:
    source: '*.csv'
    expect:
      - freshness: {of: file, max_age: 2h, id: two}
      - freshness: {of: file, max_age: 119m, id: less}
";
    let report = check(&folder.path().join("suite.yaml"), text, &|_| true).unwrap();
    assert_eq!(
        (rule(&report, "two").status, rule(&report, "two").observed.clone()),
        (Status::Passed, Some("2h".into()))
    );
    let less = rule(&report, "less");
    assert_eq!(less.status, Status::Failed);
    assert_eq!(
        less.message.en,
        "The newest file was written at 2025-06-30T10:00:00Z, 2 hours before the run; expected at most 1 hour 59 minutes"
    );
    assert!(less.message.es.contains("2 horas antes de la ejecución"), "{}", less.message.es);
}

#[test]
fn the_command_line_wins_over_the_suite_and_the_suite_over_the_clock() {
    let read = |text: &str, as_of: Option<&str>| {
        let text = format!("tamiz: 1\nsuite: s\ntimezone: Europe/Madrid\n{text}datasets: {{d: {{source: d.csv}}}}\n");
        let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let path = Path::new("s.yaml");
        let request =
            suite::Request { path, text, vars: &[], sources: &[], env: &|_| None, as_of, now: 7, read: &read };
        suite::read(request).unwrap_or_else(|_| panic!("a sound suite")).as_of
    };
    let day = suite::AsOf::At(1_751_234_400_000_000);
    assert_eq!(read("as_of: {newest: d.day}\n", Some("2025-06-30")), day);
    assert_eq!(read("as_of: 2020-01-01\n", Some("2025-06-30")), day);
    assert_eq!(read("as_of: 2025-06-30\n", None), day);
    assert_eq!(read("", None), suite::AsOf::At(7));
    let newest = suite::AsOf::Newest { dataset: "d".to_owned(), column: "day".to_owned() };
    assert_eq!(read("as_of: {newest: d.day}\n", None), newest);
}
