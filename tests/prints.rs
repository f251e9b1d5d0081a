//! The example `prints`: its data, clean and with faults, and the table that it waits for.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use bigdecimal::BigDecimal;
use serde_json::Value as Json;
use tamiz::ir::Type;
use tamiz::ir::time::Zone;

use crate::examples::{Ran, check, failed, hold, json, pick, root};
use crate::table::{Cell, Column, Layout, Table};

const SUITE: &str = "examples/prints/prints.yaml";

#[test]
fn clean_prints_pass_and_give_what_was_counted_without_tamiz() {
    let ran = check("prints", &[SUITE]);
    hold_to_expected("clean", &ran);
}

#[test]
fn faulty_prints_fail_and_give_what_was_counted_without_tamiz() {
    let ran = check("prints", &[SUITE, "--var", "data=data/faulty"]);
    let expected = hold_to_expected("faulty", &ran);

    // What people read holds each fault with its number.
    let readme = readme();
    for id in failed(&ran.record) {
        let rule = &expected["rules"][id];
        let line = readme.lines().find(|line| line.contains(&format!("| `{id}` |")));
        let line = line.unwrap_or_else(|| panic!("the README does not tell of {id}"));
        let result = if rule["level"] == "error" { "**error**" } else { "warning" };
        assert!(line.ends_with(&format!("| {result} |")), "{line}");
        if let (Some(violations), Some(evaluated)) = (rule["violations"].as_u64(), rule["evaluated"].as_u64()) {
            assert!(line.contains(&format!("| {violations} | {} |", grouped(evaluated))), "{line}");
        }
        assert!(ran.page.contains(id), "the page does not tell of {id}");
    }
    for name in ["app_version", "transport", "cellphone_recarge"] {
        assert!(ran.page.contains(name), "the page does not say {name}");
    }
}

#[test]
fn a_week_is_complete_when_its_sunday_is_the_newest_day() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["users.csv", "pays.csv", "prints.json", "taps.json"] {
        let text = std::fs::read_to_string(clean(name)).unwrap();
        let kept = text.lines().filter(|line| !line.contains("\"2025-06-30\"") && !line.contains("\"2025-07-0"));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        std::fs::write(folder.path().join(name), kept).unwrap();
    }
    let ran = check("prints", &[SUITE, "--var", &format!("data={}", folder.path().display())]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(ran.record["run"]["as_of"].as_str().unwrap().starts_with("2025-06-30T00:00:00"));
    assert_eq!(pick(&ran.record["results"], "id", "week.row_count")["observed"], 686);
}

#[test]
fn a_final_table_with_one_row_for_each_print_of_the_week_passes() {
    let ran = check_final(&final_table());
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(ran.record["counts"]["passed"], 28);
    assert_eq!(pick(&ran.record["results"], "id", "final_once")["evaluated"], 686);
}

#[test]
fn a_final_table_with_one_row_too_few_fails() {
    let mut table = final_table();
    table.rows.pop();
    let ran = check_final(&table);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(failed(&ran.record).collect::<Vec<_>>(), ["final_complete"]);
}

#[test]
fn a_final_table_with_a_row_of_another_week_fails() {
    let mut table = final_table();
    table.rows[0][0] = Cell::Text("2025-06-22".to_owned());
    let ran = check_final(&table);
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(failed(&ran.record).collect::<Vec<_>>(), ["final_of_the_week"]);
    assert_eq!(pick(&ran.record["results"], "id", "final_of_the_week")["violations"], 1);
}

/// Holds a run to what was counted in a folder: every rule, and none beside them but those of `final`.
fn hold_to_expected(folder: &str, ran: &Ran) -> Json {
    let expected = json(&root().join("examples/prints/expected.json"))[folder].clone();
    assert_eq!(ran.code, expected["exit_code"], "{}", ran.said);
    assert!(readme().contains(&format!("exit code is **{}**", expected["exit_code"])));
    let as_of = expected["as_of"].as_str().unwrap();
    assert!(ran.record["run"]["as_of"].as_str().unwrap().starts_with(&format!("{as_of}T00:00:00")));
    hold(&expected, &ran.record);
    for rule in ran.record["results"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let skipped = rule["dataset"] == "final" && rule["status"] == "skipped";
        assert!(skipped || expected["rules"].get(id).is_some(), "nobody counted {id}");
    }
    expected
}

/// Checks a final table against the clean files, with the command of the README.
fn check_final(table: &Table) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let written = table.write(folder.path(), "final", Layout::Parquet { files: 1, group: 200 }, Zone::UTC);
    check("prints", &[SUITE, "--select", "dataset:final", "--source", &format!("final={}", written[0].0.display())])
}

/// What the job makes of the clean files: one row a print of the last complete week.
fn final_table() -> Table {
    let (first, end, history) = ("2025-06-23", "2025-06-30", "2025-06-02");
    let (prints, taps) = (events("prints.json"), events("taps.json"));
    let tapped: HashSet<&Event> = taps.iter().collect();
    let before = |events: &[Event]| {
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        for event in events.iter().filter(|event| (history..first).contains(&event.day.as_str())) {
            *counts.entry((event.user.clone(), event.value_prop.clone())).or_default() += 1;
        }
        counts
    };
    let (prints_before, taps_before) = (before(&prints), before(&taps));
    let mut pays_before: HashMap<(String, String), (usize, BigDecimal)> = HashMap::new();
    let pays = std::fs::read_to_string(clean("pays.csv")).unwrap();
    for line in pays.lines().skip(1) {
        let [day, total, user, value_prop] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if (history..first).contains(&day) {
            let own = pays_before.entry((user.to_owned(), value_prop.to_owned())).or_default();
            own.0 += 1;
            own.1 += total.parse::<BigDecimal>().unwrap();
        }
    }
    let rows = prints.iter().filter(|print| (first..end).contains(&print.day.as_str())).map(|print| {
        let of = (print.user.clone(), print.value_prop.clone());
        let (pays, amount) = pays_before.get(&of).cloned().unwrap_or_default();
        let row = [
            print.day.clone(),
            print.user.clone(),
            print.position.clone(),
            print.value_prop.clone(),
            tapped.contains(print).to_string(),
            prints_before.get(&of).copied().unwrap_or(0).to_string(),
            taps_before.get(&of).copied().unwrap_or(0).to_string(),
            pays.to_string(),
            amount.to_string(),
        ];
        row.map(Cell::Text).to_vec()
    });
    let columns = [
        ("day", Type::Date),
        ("user_id", Type::Integer),
        ("position", Type::Integer),
        ("value_prop", Type::String),
        ("tapped", Type::Boolean),
        ("prints_3w", Type::Integer),
        ("taps_3w", Type::Integer),
        ("pays_3w", Type::Integer),
        ("amount_3w", Type::Decimal),
    ];
    let columns = columns.map(|(name, kind)| Column { name: name.to_owned(), kind: Some(kind) });
    Table { columns: columns.to_vec(), rows: rows.collect() }
}

#[derive(PartialEq, Eq, Hash)]
struct Event {
    day: String,
    user: String,
    position: String,
    value_prop: String,
}

fn events(name: &str) -> Vec<Event> {
    let text = std::fs::read_to_string(clean(name)).unwrap();
    let event = |line: &str| {
        let event: Json = serde_json::from_str(line).unwrap();
        let data = &event["event_data"];
        Event {
            day: event["day"].as_str().unwrap().to_owned(),
            user: event["user_id"].to_string(),
            position: data["position"].to_string(),
            value_prop: data["value_prop"].as_str().unwrap().to_owned(),
        }
    };
    text.lines().map(event).collect()
}

fn clean(name: &str) -> PathBuf {
    root().join("examples/prints/data/clean").join(name)
}

fn readme() -> String {
    std::fs::read_to_string(root().join("examples/prints/README.md")).unwrap()
}

/// A number as the README writes it.
fn grouped(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}
