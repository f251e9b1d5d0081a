//! Rules on what earlier runs found: the program is run again and again on data that change, a day later each time.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value as Json, json};

use crate::safety::Place;

/// A suite with one rule, on the dataset `d` that is `d.csv`.
fn place(rule: &str) -> Place {
    let suite = format!(
        "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    may_be_empty: true\n    columns:\n      n: {{type: \
         decimal}}\n      day: {{type: date, optional: true}}\n    expect:\n      - {rule}\n"
    );
    Place::new(&[("s.yaml", &suite)])
}

/// What the rule came to, beside the type of a column if one is declared.
fn result(record: &Json) -> Json {
    record["results"].as_array().unwrap().last().unwrap().clone()
}

/// What the rule comes to on a day of March, after checking that the exit code says the same.
fn on(place: &Place, day: usize, flags: &str) -> Json {
    let ran = place.run(&format!("check s.yaml --as-of 2026-03-{day:02} {flags}"));
    let record = place.record("s");
    let result = result(&record);
    let code = match (result["status"].as_str().unwrap(), result["gating"].as_bool().unwrap()) {
        ("passed", _) | ("failed", false) => 0,
        ("failed", true) => 1,
        ("skipped", _) if record["results"].as_array().unwrap().len() > 1 => 0,
        // It is in error, or nothing at all was evaluated.
        _ => 3,
    };
    assert_eq!(ran.code, Some(code), "{ran:?}\n{result:#}");
    result
}

/// So many rows.
fn rows(count: usize) -> String {
    "n\n".to_owned() + &"1\n".repeat(count)
}

/// What the rule comes to on days one after the other, each with its numbers in the column `n`.
fn days(place: &Place, data: &[&str]) -> Vec<Json> {
    let day = |(day, numbers): (usize, &&str)| {
        place.write("d.csv", &format!("n\n{}\n", numbers.replace(' ', "\n")));
        on(place, day + 1, "")
    };
    data.iter().enumerate().map(day).collect()
}

fn statuses(results: &[Json]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

#[test]
fn change_passes_and_fails_by_the_previous_run_whether_that_held_or_not() {
    let place = place("change: {of: row_count, percent: true, min: -20, max: 20}");
    let results: Vec<Json> = [100, 110, 50, 55]
        .iter()
        .enumerate()
        .map(|(day, count)| {
            place.write("d.csv", &rows(*count));
            on(&place, day + 1, "")
        })
        .collect();
    assert_eq!(statuses(&results), ["skipped", "passed", "failed", "passed"]);
    assert_eq!(results[0]["reason"], "it needs 1 run with an earlier `as_of`, and has 0");
    assert_eq!(results[0]["observed"], 100);
    assert_eq!(results[1]["message"]["en"], "Found 110, expected between 80 and 120; the previous run had 100");
    assert_eq!(results[2]["expected"], "between 88 and 132");
    let change = &results[2]["details"];
    assert_eq!((&change["reference"], &change["change"], &change["runs"]), (&json!("110"), &json!("-60"), &json!(1)));
    // It is the rule that is compared between runs, and that is the same.
    assert_eq!(results[1]["threshold"], results[2]["threshold"]);
}

#[test]
fn change_against_several_runs_takes_so_many() {
    for (against, last) in [("avg", "fails"), ("min", "passes"), ("max", "fails")] {
        let place = place(&format!("change: {{of: {{sum: n}}, against: {against}, last: 3, min: -5, max: 5}}"));
        // Before the last: 10, 20, 30; on average 20, the least 10, the greatest 30.
        let results = days(&place, &["10", "20", "30", "5"]);
        let expected = if last == "passes" { "passed" } else { "failed" };
        assert_eq!(statuses(&results), ["skipped", "skipped", "skipped", expected], "{against}");
        assert_eq!(results[2]["reason"], "it needs 3 runs with an earlier `as_of`, and has 2");
    }
}

#[test]
fn change_has_levels_with_bounds_of_their_own() {
    let place =
        place("change: {of: {mean: n}, min: -100, levels: {warning: {max: 1}, error: {max: 5}}, id: mean_of_n}");
    let results = days(&place, &["10", "11", "13 13", "13 99"]);
    assert_eq!(statuses(&results[..2]), ["skipped", "passed"]);
    assert_eq!((&results[2]["level"], &results[3]["level"]), (&json!("warning"), &json!("error")));
    assert_eq!(results[2]["message"]["en"], "Found 13, expected between -89 and 12; the previous run had 11");
    assert_eq!(results[3]["message"]["en"], "Found 56, expected between -87 and 18; the previous run had 13");
}

#[test]
fn change_null_and_empty_have_no_mean_but_a_number_of_rows() {
    let place = place("change: {of: {mean: n}, max: 5}");
    let results = days(&place, &["10", "\"\"", "12"]);
    // A day without a number fails, and is not what the next one is compared with.
    assert_eq!(statuses(&results), ["skipped", "failed", "passed"]);
    assert_eq!((&results[1]["observed"], &results[2]["details"]["reference"]), (&Json::Null, &json!("10")));
}

#[test]
fn change_empty_has_no_rows_and_that_is_a_number() {
    let place = place("change: {of: row_count, percent: true, max: 10}");
    place.write("d.csv", "n\n");
    assert_eq!(on(&place, 1, "")["observed"], 0);
    assert_eq!(on(&place, 2, "")["status"], "passed");
    place.write("d.csv", &rows(1));
    assert_eq!(on(&place, 3, "")["status"], "failed");
}

#[test]
fn a_day_that_is_run_again_counts_once_with_its_newest_number() {
    let place = place("change: {of: row_count, against: avg, last: 2, equals: 0}");
    for (day, count) in [(1, 10), (2, 90), (2, 20)] {
        place.write("d.csv", &rows(count));
        assert_eq!(on(&place, day, "")["status"], "skipped");
    }
    place.write("d.csv", &rows(15));
    assert_eq!(on(&place, 3, "")["status"], "passed", "10 and 20");
    // A day before the others has none before it.
    assert_eq!(on(&place, 1, "")["status"], "skipped");
}

#[test]
fn a_rule_that_measures_something_else_begins_anew_and_one_with_other_bounds_does_not() {
    let place = place("change: {of: row_count, max: 5, id: c}");
    place.write("d.csv", &rows(10));
    assert_eq!(on(&place, 1, "")["status"], "skipped");
    let suite = place.read("s.yaml");
    place.write("s.yaml", &suite.replace("max: 5", "max: 6"));
    assert_eq!(on(&place, 2, "")["status"], "passed");
    place.write("s.yaml", &suite.replace("row_count", "{sum: n}"));
    assert_eq!(on(&place, 3, "")["status"], "skipped");
    place.write("s.yaml", &suite.replace("max: 5", "max: 5, where: n > 0"));
    assert_eq!(on(&place, 4, "")["status"], "skipped");
}

#[test]
fn without_a_history_the_number_is_found_and_nothing_is_said_of_it() {
    let place = place("change: {of: row_count, max: 5}");
    place.write("d.csv", &rows(3));
    on(&place, 1, "");
    let ran = place.run("check s.yaml --as-of 2026-03-02 --no-reports --output json=r.json");
    assert_eq!(ran.code, Some(0));
    let result = result(&serde_json::from_str(&place.read("r.json")).unwrap());
    assert_eq!((&result["status"], &result["observed"]), (&json!("skipped"), &json!(3)));
    assert_eq!(result["reason"], "it needs earlier runs, and no history is kept");
}

#[test]
fn what_is_no_number_and_has_no_meaning_is_told() {
    let told = |rule: &str| {
        let place = place(rule);
        place.write("d.csv", "n\n1\n");
        let ran = place.run("check s.yaml");
        assert_eq!(ran.code, Some(2), "{rule}: {ran:?}");
        ran.err
    };
    assert!(told("change: {of: {mean: n}, last: 3}").contains("`last` goes with `against: avg`"));
    assert!(told("change: {of: {mean: n, sum: n}}").contains("one aggregate"));
    assert!(told("change: {of: mean}").contains("`of` needs a column"));
    assert!(told("change: {of: {meen: n}}").contains("unknown key `meen`"));
    assert!(told("change: {of: {mean: day}}").contains("declared as date"));
    assert!(told("change: {of: row_count, group_by: n}").contains("takes no `group_by`"));
    assert!(told("no_anomaly: {of: row_count, min_runs: 1}").contains("a deviation takes 2 runs"));
    assert!(told("no_anomaly: {of: row_count, sensitivity: 0}").contains("is more than 0"));
    assert!(told("no_anomaly: {of: row_count, seasonality: 1}").contains("from 2 to"));
    assert!(told("schema_unchanged: {against: abc}").contains("last six digits"));
    assert!(told("schema_unchanged: {where: n > 1}").contains("takes no `where`"));
    // A type that is seen in the values is known when they are read.
    let place = place("change: {of: {max: seen}, max: 1}");
    place.write("d.csv", "n,seen\n1,2026-01-01\n");
    let ran = place.run("check s.yaml");
    assert_eq!(ran.code, Some(3));
    assert_eq!(result(&place.record("s"))["error"]["code"], "type_mismatch");
}

#[test]
fn no_anomaly_passes_and_fails_by_the_deviation_of_earlier_runs() {
    let place = place("no_anomaly: {of: {sum: n}, min_runs: 3}");
    // 8, 10, 12: mean 10, deviation 2, so from 4 to 16.
    let results = days(&place, &["8", "10", "12", "17", "16"]);
    assert_eq!(statuses(&results), ["skipped", "skipped", "skipped", "failed", "passed"]);
    assert_eq!(results[2]["reason"], "it needs 3 runs with an earlier `as_of`, and has 2");
    let said = "Found 17, expected between 4 and 16; 3 earlier runs let expect 10";
    assert_eq!(results[3]["message"]["en"], said);
    assert_eq!(results[3]["details"]["reference"], "10");
    // What failed is none of the usual.
    assert_eq!(results[4]["details"]["runs"], 3);
}

#[test]
fn no_anomaly_fails_no_more_where_it_is_muted_and_the_level_is_taken_as_usual() {
    let place = place(
        "no_anomaly: {of: {sum: n}, min_runs: 3, last: 3, mute: {until: 2026-03-06, reason: a new level}, id: sum}",
    );
    let results = days(&place, &["10", "10", "10"]);
    assert_eq!(statuses(&results), ["skipped", "skipped", "skipped"]);
    for day in 4..=6 {
        place.write("d.csv", "n\n20\n");
        assert_eq!(place.run(&format!("check s.yaml --as-of 2026-03-{day:02}")).code, Some(0));
    }
    let seventh = on(&place, 7, "");
    assert_eq!((&seventh["status"], &seventh["details"]["reference"]), (&json!("passed"), &json!("20")));
}

#[test]
fn no_anomaly_follows_a_season() {
    let methods = [("z_score", 6), ("online_normal", 6), ("rate_of_change", 6), ("holt_winters", 6)];
    for (method, min_runs) in methods {
        let rule = format!("no_anomaly: {{of: {{sum: n}}, method: {method}, seasonality: 2, min_runs: {min_runs}}}");
        // A low day, and a high one.
        let before = ["10", "100", "11", "101", "9", "99"];
        for (next, status) in [("10", "passed"), ("100", "failed")] {
            let place = place(&rule);
            let results = days(&place, &[&before[..], &[next]].concat());
            assert_eq!(statuses(&results)[..6], ["skipped"; 6], "{method}");
            assert_eq!(results[6]["status"], status, "{method}: {:#}", results[6]);
        }
    }
}

#[test]
fn no_anomaly_null_and_empty_have_nothing_to_measure() {
    let place = place("no_anomaly: {of: {mean: n}, min_runs: 2}");
    let results = days(&place, &["10", "12", "\"\"", "11"]);
    assert_eq!(statuses(&results), ["skipped", "skipped", "failed", "passed"]);
    assert_eq!(results[2]["message"]["en"], "There is no value to measure");
}

#[test]
fn no_anomaly_empty_is_a_number_of_rows_and_nulls_are_a_share() {
    let rows_of = place("no_anomaly: {of: row_count, min_runs: 2}");
    for day in 1..=2 {
        rows_of.write("d.csv", &rows(10));
        on(&rows_of, day, "");
    }
    rows_of.write("d.csv", "n\n");
    assert_eq!(on(&rows_of, 3, "")["observed"], 0);
    let nulls = place("no_anomaly: {of: {null_share: n}, min_runs: 2}");
    let results = days(&nulls, &["1 2 3 \"\"", "1 2 3 \"\"", "1 2 3 \"\"", "1 2 \"\" \"\""]);
    assert_eq!(statuses(&results), ["skipped", "skipped", "passed", "failed"]);
}

#[test]
fn schema_unchanged_passes_and_fails_by_the_newest_earlier_run() {
    let place = place("schema_unchanged");
    let on = |day, data: &str| {
        place.write("d.csv", data);
        on(&place, day, "")
    };
    assert_eq!(on(1, "n,a\n1,x\n")["reason"], "it needs 1 run with an earlier `as_of`, and has 0");
    // Neither values nor order matter, nor what their values look like.
    assert_eq!(on(2, "a,n\n7,\n")["status"], "passed");
    let changed = on(3, "n,b\n1,x\n");
    assert_eq!(changed["status"], "failed");
    assert_eq!(changed["message"]["en"], "Columns: missing `a`; not expected `b`; found `n` and `b`");
    assert_eq!(on(4, "n,b\n1,x\n")["status"], "passed", "a change is told once");
}

#[test]
fn schema_unchanged_null_and_empty_are_columns_all_the_same() {
    let place = place("schema_unchanged: {ordered: true}");
    place.write("d.csv", "n,a\n1,x\n");
    on(&place, 1, "");
    place.write("d.csv", "n,a\n\"\",\"\"\n");
    assert_eq!(on(&place, 2, "")["status"], "passed");
    place.write("d.csv", "n,a\n");
    assert_eq!(on(&place, 3, "")["status"], "passed");
    place.write("d.csv", "a,n\n");
    assert_eq!(on(&place, 4, "")["status"], "failed");
}

#[test]
fn schema_unchanged_empty_history_or_a_run_that_is_not_there_is_no_pass() {
    let place = place("schema_unchanged: {against: 000000}");
    place.write("d.csv", "n\n1\n");
    let result = on(&place, 1, "");
    assert_eq!((&result["status"], &result["error"]["code"]), (&json!("error"), &json!("run_missing")));
    let id = place.record("s")["run"]["id"].as_str().unwrap().to_owned();
    // For good: what is there now is held against the first run, however often it changed since.
    let suite = place.read("s.yaml");
    place.write("s.yaml", &suite.replace("000000", &format!("'{}'", &id[id.len() - 8..])));
    place.write("d.csv", "n,more\n1,1\n");
    for day in 2..=3 {
        assert_eq!(on(&place, day, "")["status"], "failed");
    }
}

#[test]
fn schema_unchanged_compares_types_where_the_file_stores_them() {
    let suite = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.parquet\n    expect: [schema_unchanged]\n";
    let place = Place::new(&[("s.yaml", suite)]);
    let write = |column: ArrayRef| {
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let mut writer =
            ArrowWriter::try_new(File::create(place.path("d.parquet")).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    };
    write(Arc::new(Int64Array::from(vec![1])));
    assert_eq!(on(&place, 1, "")["status"], "skipped");
    assert_eq!(on(&place, 2, "")["status"], "passed");
    write(Arc::new(StringArray::from(vec!["1"])));
    let result = on(&place, 3, "");
    assert_eq!(result["message"]["en"], "Columns: `n` is string, not integer; found `n`");
    assert_eq!(result["details"]["types"][0]["expected"], "integer");
}

#[test]
fn an_unreadable_history_is_an_error() {
    let place = place("change: {of: row_count, max: 5}");
    place.write("d.csv", &rows(1));
    on(&place, 1, "");
    let book =
        glob::glob(&place.path("reports/history/*.ndjson").display().to_string()).unwrap().next().unwrap().unwrap();
    std::fs::remove_file(&book).unwrap();
    std::fs::create_dir(&book).unwrap();
    let ran = place.run("check s.yaml --as-of 2026-03-02 --output json=r.json");
    let result = result(&serde_json::from_str(&place.read("r.json")).unwrap());
    assert_eq!(result["error"]["code"], "history_unreadable", "{ran:?}");
}
