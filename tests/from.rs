use std::fs;
use std::path::Path;

use tamiz::outcome::{Outcome, Report, Status};
use tamiz::suite::{self, Suite};

use crate::check::check;

const EVENTS: &str = "id,type,item\n1,cart.created,\n2,cart.item_added,7\n3,cart.item_added,\n4,cart.item_added,8\n";
const ITEMS: &str = "item\n7\n9\n";

/// A suite over events and items, with further datasets.
fn text(further: &str) -> String {
    format!(
        "tamiz: 1\nsuite: tienda\ndatasets:\n  events:\n    source: events.csv\n    key: [id]\n    columns:\n      id: {{type: integer}}\n      item: {{type: integer}}\n  items:\n    source: items.csv\n    columns:\n      item: {{type: integer}}\n{further}"
    )
}

fn run(further: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    fs::write(folder.path().join("items.csv"), ITEMS).unwrap();
    check(&folder.path().join("suite.yaml"), &text(further), &|_| true).unwrap()
}

fn read(further: &str) -> Result<Suite, Vec<String>> {
    let text = text(further);
    let read = |path: &Path| fs::read_to_string(path);
    let request = suite::Request {
        path: "suite.yaml".as_ref(),
        text,
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &read,
    };
    suite::read(request).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

fn outcome<'r>(report: &'r Report, id: &str) -> &'r Outcome {
    report.results.iter().find(|outcome| outcome.id == id).unwrap_or_else(|| panic!("no {id}"))
}

const ADDED: &str = "  added:\n    from: events\n    where: type = 'cart.item_added'\n";

#[test]
fn it_is_measured_in_the_one_read_of_the_other() {
    let suite = read(&format!(
        "{ADDED}    expect: [row_count: 3, not_null: {{column: item}}]\n  with_item:\n    from: added\n    where: item IS NOT NULL\n    expect: [row_count: 2]\n"
    ));
    let suite = suite.unwrap();
    let plan = tamiz::plan::fuse(&suite.checks(), &[]);
    assert_eq!(plan.datasets.keys().collect::<Vec<_>>(), ["events", "items"]);
    let scans = plan.datasets["events"].keys().filter(|visit| **visit == tamiz::plan::Visit::Scan).count();
    assert_eq!(scans, 1, "{}", plan.render());
    assert_eq!(suite.root("with_item"), "events");
}

#[test]
fn the_record_says_whose_rows_it_takes_and_counts_them_once() {
    let report = run(&format!("{ADDED}    expect: [row_count: 3]\n"));
    assert_eq!(outcome(&report, "added.row_count").status, Status::Passed);
    let added = report.datasets.iter().find(|dataset| dataset.name == "added").unwrap();
    assert_eq!((added.from.as_deref(), added.rows, added.rows_in_scope), (Some("events"), Some(4), Some(3)));
    assert!(added.files.is_empty());
    assert_eq!(report.counts.rows_read, 6);
}

#[test]
fn it_refers_and_is_referred_to() {
    let report = run(&format!(
        "{ADDED}    columns:\n      item: {{expect: [foreign_key: items.item]}}\n  back:\n    from: items\n    expect:\n      - foreign_key: {{column: item, to: added.item}}\n"
    ));
    let there = outcome(&report, "added.item.foreign_key");
    assert_eq!((there.evaluated, there.missing, there.violations), (Some(2), Some(1), Some(1)));
    assert_eq!(there.samples[0].key["id"], 4);
    let back = outcome(&report, "back.item.foreign_key");
    assert_eq!((back.evaluated, back.violations), (Some(2), Some(1)));
    assert_eq!(back.samples[0].values["item"], 9);
}

#[test]
fn none_of_the_rows_in_scope_is_a_warning() {
    let report = run("  gone:\n    from: events\n    where: type = 'gone'\n    expect: [not_null: {column: item}]\n");
    let empty = outcome(&report, "gone.row_count");
    assert_eq!((empty.status, empty.level.as_deref(), empty.gating), (Status::Failed, Some("warning"), false));
}

#[test]
fn a_column_it_names_first_is_its_own_to_miss() {
    let report = run(&format!("{ADDED}    columns:\n      price: {{expect: [not_null]}}\n"));
    assert_eq!(outcome(&report, "added.price.column_exists").status, Status::Failed);
    let fault = outcome(&report, "added.price.not_null").error.as_ref().unwrap();
    assert_eq!(
        (fault.code.as_str(), fault.caused_by.as_deref()),
        ("column_missing", Some("added.price.column_exists"))
    );
}

#[test]
fn what_cannot_be_taken_is_told() {
    for (further, said) in [
        ("  a: {from: evnts}\n", "this suite has no dataset `evnts`"),
        ("  a: {from: a}\n", "`a` takes its own rows: `a` from `a`"),
        ("  a: {from: b}\n  b: {from: a}\n", "`a` takes its own rows: `a` from `b` from `a`"),
        ("  a: {from: events, source: x.csv}\n", "`from` does not go with `source`"),
        ("  a: {from: events, format: csv}\n", "`format` does not go with `from`"),
        ("  a: {from: events, columns: {item: {type: string}}}\n", "`type` of a column is the matter of `events`"),
    ] {
        let mistakes = read(further).err().unwrap_or_default();
        assert!(mistakes.contains(&said.to_owned()), "{further}: {mistakes:?}");
    }
}

#[test]
fn a_dataset_that_is_switched_off_takes_its_own_with_it() {
    let report = run("  off: {from: events, enabled: false}\n  below: {from: off, expect: [row_count: 1]}\n");
    let below = outcome(&report, "below.row_count");
    assert_eq!((below.status, below.reason.as_deref()), (Status::Skipped, Some("from `off`: enabled: false")));
}
