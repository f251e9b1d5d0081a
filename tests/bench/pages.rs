//! What the page of a run costs: 10, 500 and 5,000 rules, one in ten failing with its rows, and the trends of thirty runs.
//!
//! `cargo bench --bench pages`. A page of 500 rules should take less than 50 milliseconds.

use tamiz::history::Past;
use tamiz::lang::Lang;
use tamiz::outcome::{Report, Status};
use tamiz::report::html::{self, Around, Layout, RUNS};

/// A record that was kept: a run of the example `ventas`.
const RECORD: &str = include_str!("../../reports/sample/report.json");

fn main() {
    divan::main();
}

#[divan::bench(args = [10, 500, 5_000], sample_count = 20)]
fn run(bencher: divan::Bencher<'_, '_>, rules: usize) {
    let report = report_of(rules);
    let mut past = Past::default();
    (0..RUNS).for_each(|_| past.push_report(&report, RUNS));
    let around = Around { past: Some(&past), changes: None };
    bencher.bench(|| html::run(&report, around, Layout::Site, Lang::En).expect("a page").len());
}

/// The record with so many rules.
fn report_of(rules: usize) -> Report {
    let mut report: Report = serde_json::from_str(RECORD).expect("a record");
    let pattern = std::mem::take(&mut report.results);
    let of = |status: Status| pattern.iter().find(|outcome| outcome.status == status).expect("one of each");
    let (failed, passed) = (of(Status::Failed), of(Status::Passed));
    for number in 0..rules {
        let mut outcome = if number % 10 == 0 { failed.clone() } else { passed.clone() };
        outcome.id = format!("{}.{number}", outcome.id);
        report.results.push(outcome);
    }
    report
}
