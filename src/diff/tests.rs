//! Tests of comparisons.

use serde_json::{Value, json};

use super::*;
use crate::outcome::Column;

/// A run of rules by id and status, of which `accepted` is passed with known violations, with the columns of its one dataset by name and type.
fn report(rules: &[(&str, &str)], columns: &[(&str, Option<&str>)]) -> Report {
    let outcome = |(id, status): &(&str, &str)| {
        json!({
            "id": id, "expectation": "not_null", "dataset": "d", "columns": ["a"], "params": {}, "where": null,
            "threshold": [], "severity": "error", "level": null, "gating": false, "muted": null,
            "status": if *status == "accepted" { "passed" } else { status },
            "baseline": (*status == "accepted").then(|| json!({"known": 3, "new": 0, "gone": 0})),
            "sentence": {"en": "", "es": ""}, "message": {"en": "", "es": ""}, "description": null,
            "dimension": "completeness", "evaluated": 10, "missing": 0, "unparsed": 0,
            "violations": u64::from(["failed", "accepted"].contains(status)) * 3, "violation_share": null, "observed": null, "expected": null,
            "details": null, "samples": [], "top_values": [], "decided_by": null, "engine": null,
            "location": {"file": "s.yaml", "line": 1, "column": 1}, "reason": null, "error": null, "owner": null,
            "runbook": null, "impact": null, "tags": [], "meta": null
        })
    };
    let column = |(name, kind): &(&str, Option<&str>)| json!({"name": name, "type": kind, "inferred": false, "computed": *name == "computed", "nulls": 0});
    let report = json!({
        "report": 1,
        "run": {
            "id": "1", "suite": "s", "title": null, "description": null, "owner": null, "runbook": null, "tags": [],
            "suite_file": "s.yaml", "suite_sha256": "x", "started_at": "2026-01-01T00:00:00Z",
            "finished_at": "2026-01-01T00:00:00Z", "duration_ms": 5, "as_of": "2026-01-01T00:00:00Z", "timezone": "UTC",
            "tamiz_version": "0.1.0", "host": null, "ci": null, "vars": {}, "invocation": "1", "labels": {},
            "command": [], "selection": null
        },
        "verdict": {
            "status": "passed", "exit_code": 0, "retryable": false, "warnings": 0, "reason": {"en": "", "es": ""},
            "fail_on": "error"
        },
        "counts": {
            "rules": rules.len(), "passed": 0, "failed": 0, "error": 0, "skipped": 0, "gating": 0, "muted": 0,
            "by_level": {"info": 0, "warning": 0, "error": 0, "critical": 0}, "rows_read": 0, "bytes_read": 0,
            "datasets": 1
        },
        "datasets": [{
            "name": "d", "title": null, "description": null, "owner": null, "source": "d.csv", "from": null,
            "format": "csv", "status": "passed", "files": [], "rows": 10, "rows_in_scope": 10, "rows_unparsed": null,
            "rows_malformed": null, "columns": columns.iter().map(column).collect::<Vec<Value>>(), "bytes": 100,
            "modified_at": null, "fingerprint": null
        }],
        "results": rules.iter().map(outcome).collect::<Vec<Value>>()
    });
    serde_json::from_value(report).unwrap()
}

#[test]
fn every_pair_of_states_says_what_became_of_the_rule() {
    use Transition::{
        EvaluatedAgain, Fixed, NewlyFailing, NewlyInError, NowAccepted, NowSkipped, StillAccepted, StillFailing,
        StillInError, StillPassing, StillSkipped,
    };
    let states = ["passed", "failed", "error", "skipped", "accepted"];
    let words = states.map(|before| {
        states.map(|after| of(&report(&[("x", before)], &[]), &report(&[("x", after)], &[])).rules[0].transition)
    });
    assert_eq!(
        words,
        [
            [StillPassing, NewlyFailing, NewlyInError, NowSkipped, NowAccepted],
            [Fixed, StillFailing, NewlyInError, NowSkipped, NowAccepted],
            [EvaluatedAgain, NewlyFailing, StillInError, NowSkipped, NowAccepted],
            [EvaluatedAgain, NewlyFailing, NewlyInError, StillSkipped, NowAccepted],
            [Fixed, NewlyFailing, NewlyInError, NowSkipped, StillAccepted],
        ]
    );
}

#[test]
fn a_rule_of_one_run_alone_is_new_or_removed_unless_it_was_not_asked_for() {
    let (before, mut after) = (report(&[("x", "passed")], &[]), report(&[("y", "failed")], &[]));
    let diff = of(&before, &after);
    let told = |diff: &Diff| -> Vec<_> { diff.rules.iter().map(|rule| (rule.id.clone(), rule.transition)).collect() };
    assert_eq!(told(&diff), [("y".to_owned(), Transition::New), ("x".to_owned(), Transition::Removed)]);
    assert!(!diff.is_empty());
    after.run.selection = Some(crate::outcome::Selection::default());
    assert_eq!(told(&of(&before, &after)), [("y".to_owned(), Transition::New), ("x".to_owned(), Transition::LeftOut)]);
}

#[test]
fn a_run_differs_in_nothing_from_itself() {
    let report = report(&[("x", "failed"), ("y", "skipped")], &[("a", Some("integer"))]);
    let diff = of(&report, &report);
    assert!(diff.is_empty());
    assert_eq!((diff.count(Transition::StillFailing), diff.count(Transition::New)), (1, 0));
}

#[test]
fn a_definition_changes_with_what_it_means_and_not_with_words() {
    let before = report(&[("x", "passed")], &[]);
    let mut after = before.clone();
    after.results[0].sentence.en = "Another".to_owned();
    after.results[0].location.line = 99;
    after.results[0].tags = vec!["t".to_owned()];
    assert_eq!(definition(&before.results[0]), definition(&after.results[0]));
    assert!(of(&before, &after).is_empty());
    after.results[0].params.insert("min".to_owned(), 3.into());
    after.results[0].condition = Some("a > 1".to_owned());
    assert_ne!(definition(&before.results[0]), definition(&after.results[0]));
    assert_eq!(of(&before, &after).rules[0].definition_changed, [Part::Params, Part::Where]);
    let mut turned = after.clone();
    after.results[0].params.insert("max".to_owned(), 4.into());
    turned.results[0].params = json!({"max": 4, "min": 3}).as_object().unwrap().clone();
    assert_eq!(definition(&after.results[0]), definition(&turned.results[0]));
}

#[test]
fn columns_are_added_removed_retyped_and_moved() {
    let before = report(&[], &[("a", Some("integer")), ("b", None), ("c", Some("string")), ("computed", None)]);
    let mut after = report(&[], &[("c", Some("date")), ("b", Some("string")), ("d", None)]);
    after.datasets[0].rows = Some(7);
    after.datasets[0].columns[0].nulls = Some(2);
    let change = &of(&before, &after).datasets[0];
    assert_eq!(
        change.columns,
        [
            ColumnChange::Retyped { column: "c".to_owned(), before: "string".to_owned(), after: "date".to_owned() },
            ColumnChange::Added { column: "d".to_owned(), kind: None },
            ColumnChange::Removed { column: "a".to_owned(), kind: Some("integer".to_owned()) },
        ]
    );
    assert!(change.reordered);
    assert_eq!(change.rows_delta, Some(-3));
    assert_eq!(change.nulls, [NullChange { column: "c".to_owned(), before: 0, after: 2 }]);
}

#[test]
fn a_dataset_that_could_not_be_read_has_no_other_columns() {
    let before = report(&[], &[("a", Some("integer"))]);
    let mut after = report(&[], &[]);
    after.datasets[0].rows = None;
    let change = &of(&before, &after).datasets[0];
    assert!(!change.has_other_columns());
    assert_eq!(change.rows_delta, None);
}

#[test]
fn a_schema_has_a_fingerprint_of_its_stored_columns_in_order() {
    let columns = |told: &[(&str, Option<&str>)]| -> Vec<Column> { report(&[], told).datasets.remove(0).columns };
    let fingerprint = |told: &[(&str, Option<&str>)]| schema(&columns(told));
    let ab = [("a", Some("integer")), ("b", None)];
    assert_eq!(fingerprint(&ab), fingerprint(&[ab[0], ab[1], ("computed", None)]));
    assert_ne!(fingerprint(&ab), fingerprint(&[ab[1], ab[0]]));
    assert_ne!(fingerprint(&ab), fingerprint(&[("a", Some("string")), ab[1]]));
    assert_eq!(fingerprint(&[("computed", None)]), None);
}
