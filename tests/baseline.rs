//! Known violations, frozen and lowered: the program on files in a folder, what is new worked out here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value as Json;

/// A folder to run the program in.
struct Place(tempfile::TempDir);

/// What a command came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new(suite: &str, data: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("rules/s.yaml", suite);
        place.write("d.csv", data);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn run(&self, line: &str) -> Ran {
        self.run_with(line, &[])
    }

    fn run_with(&self, line: &str, env: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(self.0.path()).args(line.split_whitespace()).env_clear().envs(env.iter().copied());
        let ran = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code().unwrap_or(-1), out: text(ran.stdout), err: text(ran.stderr) }
    }

    fn expect(&self, line: &str, code: i32) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, code, "{line}: {}{}", ran.out, ran.err);
        ran
    }

    /// The record of the newest run.
    fn record(&self) -> Json {
        let record = serde_json::from_str(&self.read("reports/latest/s.json")).unwrap();
        let validator = jsonschema::validator_for(&tamiz::report::json::schema()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&record).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
        record
    }

    fn rule(&self, id: &str) -> Json {
        let record = self.record();
        let rules = record["results"].as_array().unwrap();
        rules.iter().find(|rule| rule["id"] == id).unwrap_or_else(|| panic!("no rule {id}")).clone()
    }

    /// What a baseline knows of a rule in the newest run: known, new, gone.
    fn told(&self, id: &str) -> (u64, u64, u64) {
        let told = &self.rule(id)["baseline"];
        let number = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{told}"));
        (number("known"), number("new"), number("gone"))
    }

    /// What the newest run says of a rule.
    fn said(&self, id: &str) -> String {
        self.rule(id)["message"]["en"].as_str().unwrap().to_owned()
    }

    fn baseline(&self) -> Json {
        serde_json::from_str(&self.read(FILE)).unwrap()
    }
}

const FILE: &str = "rules/s.baseline.json";
const RULE: &str = "d.n.non_negative";

/// A suite of one dataset with a key.
fn keyed(rules: &str) -> String {
    unkeyed(rules).replace("source: ../d.csv", "source: ../d.csv\n    key: [id]")
}

fn unkeyed(rules: &str) -> String {
    format!(
        "tamiz: 1\nsuite: s\nas_of: 2025-06-30\ndatasets:\n  d:\n    source: ../d.csv\n    columns:\n      id: {{type: integer}}\n      n: {{type: integer, expect: [{rules}]}}\n"
    )
}

fn data(rows: &[(u64, i64)]) -> String {
    rows.iter().fold("id,n\n".to_owned(), |mut text, (id, n)| {
        let _ = writeln!(text, "{id},{n}");
        text
    })
}

#[test]
fn what_is_frozen_does_not_fail_and_is_told_to_remain() {
    for (suite, named) in [(keyed("non_negative"), 2), (unkeyed("non_negative"), 0)] {
        let place = Place::new(&suite, &data(&[(1, 5), (2, -1), (3, -2)]));
        place.expect("check rules", 1);
        assert!(place.rule(RULE)["baseline"].is_null(), "no baseline, no word of it");
        let ran = place.expect("baseline rules", 0);
        assert!(ran.out.contains(&format!("2 known violations of 1 rule, {named} of them by key")), "{}", ran.out);
        let ran = place.expect("check rules", 0);
        assert!(ran.out.contains("2 known violations remain"), "{}", ran.out);
        let rule = place.rule(RULE);
        assert_eq!(place.told(RULE), (2, 0, 0));
        assert_eq!((&rule["status"], &rule["violations"]), (&"passed".into(), &2.into()));
        assert_eq!(rule["message"]["en"], "2 of 3 rows (66.67 %) break it; 2 known, 0 new");
        assert_eq!(rule["message"]["es"], "2 de 3 filas (66,67 %) no cumplen; 2 conocidos, 0 nuevos");
        assert_eq!(place.record()["counts"]["known"], 2);
        place.expect("check rules --no-baseline", 1);
        let mut pages = glob::glob(&place.path("reports/runs/*/report.html").display().to_string()).unwrap();
        assert!(pages.any(|page| fs::read_to_string(page.unwrap()).unwrap().contains("2 known violations remain")));
        let ran = place.expect("check rules --lang es --no-reports", 0);
        assert!(ran.out.contains("2 incumplimientos conocidos siguen ahí"), "{}", ran.out);
        let ran = place.expect("check rules --no-reports --output markdown", 0);
        assert!(ran.out.contains("2 known violations remain"), "{}", ran.out);
    }
}

#[test]
fn a_new_bad_row_fails_and_is_shown_first() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, 5), (2, -1), (3, -2)]));
    place.expect("baseline rules", 0);
    place.write("d.csv", &data(&[(1, 5), (2, -1), (3, -2), (4, -4)]));
    let ran = place.expect("check rules --samples 2", 1);
    assert_eq!(place.told(RULE), (2, 1, 0));
    let rule = place.rule(RULE);
    let shown: Vec<&Json> = rule["samples"].as_array().unwrap().iter().map(|sample| &sample["key"]["id"]).collect();
    assert_eq!(shown, [4, 2], "the new row first, then those known");
    assert!(ran.out.contains("2 known, 1 new"), "{}", ran.out);
}

#[test]
fn by_key_a_fixed_row_makes_no_room_for_a_new_one_and_by_count_it_does() {
    for (suite, code, told) in [(keyed("non_negative"), 1, (1, 1, 1)), (unkeyed("non_negative"), 0, (2, 0, 0))] {
        let place = Place::new(&suite, &data(&[(1, 5), (2, -1), (3, -2)]));
        place.expect("baseline rules", 0);
        place.write("d.csv", &data(&[(1, -9), (2, 1), (3, -2)]));
        place.expect("check rules", code);
        assert_eq!(place.told(RULE), told);
    }
    let place = Place::new(&keyed("non_negative"), &data(&[(1, 5), (2, -1), (3, -2)]));
    let ran = place.expect("baseline rules --keys 1", 0);
    assert!(ran.out.contains("0 of them by key"), "{}", ran.out);
    place.write("d.csv", &data(&[(1, -9), (2, 1), (3, -2)]));
    place.expect("check rules", 0);
}

#[test]
fn thresholds_are_about_new_violations() {
    let suite = keyed("non_negative: {allow: 1}");
    let place = Place::new(&suite, &data(&[(1, -5), (2, -1), (3, 2)]));
    place.expect("baseline rules", 0);
    place.write("d.csv", &data(&[(1, -5), (2, -1), (3, -2), (4, 1)]));
    place.expect("check rules", 0);
    assert_eq!(place.told(RULE), (2, 1, 0));
    place.write("d.csv", &data(&[(1, -5), (2, -1), (3, -2), (4, -1)]));
    place.expect("check rules", 1);
    assert_eq!(place.told(RULE), (2, 2, 0));
}

#[test]
fn a_ratchet_lowers_and_never_raises() {
    for suite in [keyed("non_negative"), unkeyed("non_negative")] {
        let place = Place::new(&suite, &data(&[(1, -5), (2, -1), (3, -2)]));
        let ran = place.expect("baseline rules --ratchet", 2);
        assert!(ran.err.contains("no baseline to lower"), "{}", ran.err);
        place.expect("baseline rules", 0);
        let first = place.read(FILE);
        place.expect("baseline rules", 0);
        assert_eq!(place.read(FILE), first, "frozen again, the same file");
        // More is bad, and nothing better.
        place.write("d.csv", &data(&[(1, -5), (2, -1), (3, -2), (4, -4)]));
        place.expect("baseline rules --ratchet --check", 0);
        place.expect("baseline rules --ratchet", 0);
        assert_eq!(place.read(FILE), first);
        place.write("d.csv", &data(&[(1, 5), (2, -1), (3, 2), (4, 4)]));
        place.expect("baseline rules --ratchet --check", 1);
        assert_eq!(place.read(FILE), first, "--check writes nothing");
        let ran = place.expect("baseline rules --ratchet", 0);
        assert!(ran.out.contains("from 3 known violations to 1"), "{}", ran.out);
        assert_eq!(place.baseline()["rules"][0]["violations"], 1);
        place.write("d.csv", &data(&[(1, -5), (2, -1), (3, 2), (4, 4)]));
        place.expect("baseline rules --ratchet", 0);
        assert_eq!(place.baseline()["rules"][0]["violations"], 1);
        place.expect("check rules", 1);
        // Without a row nobody knows.
        place.write("d.csv", "id,n\n");
        place.expect("baseline rules --ratchet --check", 0);
        place.write("d.csv", &data(&[(1, 5), (2, 1)]));
        place.expect("baseline rules --ratchet", 0);
        assert_eq!(place.baseline()["rules"], serde_json::json!([]));
    }
}

#[test]
fn a_rule_that_means_something_else_is_not_covered_and_that_is_said() {
    let place = Place::new(&keyed("between: {min: 0}"), &data(&[(1, -5), (2, 3)]));
    place.expect("baseline rules", 0);
    place.expect("check rules", 0);
    place.write("rules/s.yaml", &keyed("between: {min: -1}"));
    place.expect("check rules", 1);
    let said = place.said("d.n.between");
    assert!(said.ends_with("; the baseline is not used: what the rule means has changed since"), "{said}");
    assert_eq!(place.told("d.n.between"), (0, 0, 0));
    place.expect("baseline rules --ratchet", 0);
    assert_eq!(place.baseline()["rules"], serde_json::json!([]), "what covers nothing goes");
}

#[test]
fn a_key_that_changed_or_is_not_there_covers_nothing() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, 3)]));
    place.expect("baseline rules", 0);
    place.write("rules/s.yaml", &unkeyed("non_negative"));
    place.expect("check rules", 1);
    assert!(place.said(RULE).ends_with("the baseline is not used: the key of the dataset has changed since"));
    // Other data have the rule, and not its key.
    place.write(
        "rules/s.yaml",
        &keyed("non_negative").replace("id: {type: integer}", "id: {type: integer, optional: true}"),
    );
    place.expect("baseline rules", 0);
    let first = place.read(FILE);
    place.write("d.csv", "n\n-5\n");
    place.expect("check rules", 1);
    assert!(place.said(RULE).ends_with("these data do not have the key of its rows"), "{}", place.said(RULE));
    place.expect("baseline rules --ratchet", 0);
    assert_eq!(place.read(FILE), first);
}

#[test]
fn what_cannot_be_evaluated_is_never_covered_and_writes_nothing() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, 3)]));
    place.expect("baseline rules", 0);
    let first = place.read(FILE);
    fs::remove_file(place.path("d.csv")).unwrap();
    place.expect("check rules", 3);
    for line in ["baseline rules", "baseline rules --ratchet"] {
        let ran = place.expect(line, 3);
        assert!(ran.err.contains("no baseline was written"), "{}", ran.err);
        assert_eq!(place.read(FILE), first);
    }
}

#[test]
fn what_no_baseline_can_cover_still_fails_and_is_named() {
    let suite = keyed("not_null, mean: {min: 10}, non_negative: {group_by: [id]}")
        .replace("not_null", "not_null: {mute: {until: 2030-01-01, reason: later}}");
    let place = Place::new(&suite, "id,n\n1,-5\n2,\n");
    let ran = place.expect("baseline rules", 0);
    for rule in ["d.n.mean", "d.n.non_negative", "d.n.not_null"] {
        assert!(ran.err.contains(&format!("`{rule}` is in no baseline")), "{}", ran.err);
    }
    assert!(!place.path(FILE).exists(), "nothing to freeze");
    place.expect("check rules", 1);
}

#[test]
fn a_file_that_is_no_baseline_of_the_suite_is_refused_before_data_is_read() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, 3)]));
    place.expect("baseline rules", 0);
    let good = place.read(FILE);
    for (text, said) in [
        ("<<<<<<< HEAD\n".to_owned() + &good, "no JSON"),
        (good.replace("\"suite\": \"s\"", "\"suite\": \"other\""), "of the suite `other`"),
        (good.replace("\"baseline\": 1", "\"baseline\": 9"), "version 9"),
        (good.replace("\"violations\": 1", "\"violations\": 3"), "`violations` says 3"),
        ("[".repeat(100_000), "no JSON"),
        (String::new(), "no JSON"),
    ] {
        place.write(FILE, &text);
        for line in ["check rules", "baseline rules", "baseline rules --ratchet"] {
            let ran = place.expect(line, 2);
            assert!(ran.err.contains(said) && ran.err.contains("s.baseline.json"), "{line}: {}", ran.err);
            assert_eq!(place.read(FILE), text, "{line} leaves it alone");
        }
        place.expect("check rules --no-baseline --no-reports", 1);
    }
    place.expect("check rules --baseline nothing.json", 2);
    place.write("elsewhere.json", &good);
    place.expect("check rules --baseline elsewhere.json", 0);
}

#[test]
fn no_value_stands_in_the_file_and_a_secret_is_asked_for_again() {
    let place = Place::new(&keyed("non_negative"), &data(&[(987_654_321, -123_456), (2, 3)]));
    let secret = [("TAMIZ_HASH_KEY", "hush")];
    assert_eq!(place.run_with("baseline rules", &secret).code, 0);
    let text = place.read(FILE);
    assert!(!text.contains("987654321") && !text.contains("123456") && !text.contains("hush"), "{text}");
    assert_eq!(place.run_with("check rules", &secret).code, 0);
    for env in [&[][..], &[("TAMIZ_HASH_KEY", "loud")]] {
        let ran = place.run_with("check rules", env);
        assert!(ran.code == 2 && ran.err.contains("TAMIZ_HASH_KEY"), "{}", ran.err);
    }
    // Frozen without it, it is not needed.
    place.expect("baseline rules", 0);
    assert_eq!((place.run_with("check rules", &secret).code, place.expect("check rules", 0).code), (0, 0));
}

#[test]
fn another_source_and_repeated_keys_are_held_to_it_all_the_same() {
    let rules = "unique, non_negative";
    let place = Place::new(&keyed(rules), &data(&[(1, -5), (1, -5), (2, -1)]));
    place.expect("baseline rules", 0);
    place.expect("check rules", 0);
    assert_eq!((place.told(RULE), place.told("d.n.unique")), ((3, 0, 0), (2, 0, 0)));
    place.write("e.csv", &data(&[(1, -5), (1, -5), (1, -7), (2, -1)]));
    place.expect("check rules --source d=e.csv", 1);
    assert_eq!((place.told(RULE), place.told("d.n.unique")), ((3, 1, 0), (2, 0, 0)));
    place.write("e.ndjson", "{\"id\":1,\"n\":-5}\n{\"id\":2,\"n\":-1}\n");
    place.expect("check rules --source d=e.ndjson", 0);
    assert_eq!((place.told(RULE), place.told("d.n.unique")), ((2, 0, 1), (0, 0, 2)));
}

#[test]
fn rows_of_a_quarantine_are_held_to_it_too() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, -1), (3, 4)]));
    place.expect("check rules --quarantine q", 1);
    place.expect("baseline rules --replay q", 0);
    assert_eq!(place.baseline()["rules"][0]["violations"], 2);
    place.expect("check rules --replay q", 0);
    assert_eq!(place.told(RULE), (2, 0, 0));
    place.expect("check rules", 0);
    assert_eq!(place.told(RULE), (2, 0, 0));
}

#[test]
fn a_part_of_the_rules_leaves_the_rest_of_the_baseline_alone() {
    let place = Place::new(&keyed("non_negative, not_null"), "id,n\n1,-5\n2,\n");
    place.expect("baseline rules", 0);
    place.expect("check rules --select id:d.n.not_null", 0);
    assert_eq!(place.told("d.n.not_null"), (1, 0, 0));
    assert_eq!(place.record()["counts"]["known"], 1);
}

#[test]
fn a_selection_freezes_and_lowers_its_rules_and_leaves_the_rest_of_the_file() {
    let place = Place::new(&keyed("non_negative, not_null"), "id,n\n1,-5\n2,\n");
    let known = || -> Vec<(String, u64)> {
        let rules = place.baseline()["rules"].as_array().unwrap().clone();
        rules
            .iter()
            .map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["violations"].as_u64().unwrap()))
            .collect()
    };
    let both = |negative, null| vec![(RULE.to_owned(), negative), ("d.n.not_null".to_owned(), null)];
    place.expect("baseline rules --select id:*.not_null", 0);
    assert_eq!(known(), both(0, 1)[1..]);
    place.expect("check rules", 1);
    place.expect("baseline rules --exclude id:*.not_null", 0);
    assert_eq!(known(), both(1, 1));
    place.expect("check rules", 0);
    place.write("d.csv", "id,n\n1,5\n2,7\n");
    place.expect("baseline --ratchet rules --select id:*.non_negative", 0);
    assert_eq!(known(), both(0, 1)[1..]);
    place.write("d.csv", "id,n\n1,-5\n2,-7\n");
    place.expect("baseline rules --select id:*.non_negative", 0);
    assert_eq!(known(), both(2, 1), "what was not asked for is there, whatever the data are");
    let before = place.read(FILE);
    let ran = place.run_with("baseline rules --select id:*.non_negative", &[("TAMIZ_HASH_KEY", "hush")]);
    assert!(ran.code == 2 && ran.err.contains("freeze all rules"), "{}", ran.err);
    place.expect("baseline rules --select nothing", 2);
    place.expect("baseline rules --select id:nowhere", 3);
    assert_eq!(place.read(FILE), before);
}

#[test]
fn what_passes_only_for_a_baseline_is_not_called_fixed() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, 1)]));
    place.expect("check rules", 1);
    place.expect("baseline rules", 0);
    place.expect("check rules --output sarif=a.sarif --output gitlab=a.json", 0);
    let transition = |place: &Place| -> Json {
        let diff: Json = serde_json::from_str(&place.expect("diff --format json", 0).out).unwrap();
        diff["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == RULE).unwrap().clone()
    };
    let told = transition(&place);
    assert_eq!((&told["transition"], &told["after"]["known"]), (&"now_accepted".into(), &1.into()));
    let said = place.expect("diff", 0).out;
    assert!(said.contains("now in the baseline") && !said.contains("fixed"), "{said}");
    let pages = || -> Vec<String> {
        let pages = glob::glob(&place.path("reports/runs/*/index.html").display().to_string()).unwrap();
        let pages = pages.chain(glob::glob(&place.path("reports/diff/*.html").display().to_string()).unwrap());
        pages.map(|page| fs::read_to_string(page.unwrap()).unwrap()).collect()
    };
    assert_eq!(pages().iter().filter(|page| page.contains("now in the baseline")).count(), 2);
    assert!(pages().iter().all(|page| !page.contains("corregida")));
    let sarif: Json = serde_json::from_str(&place.read("a.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["baselineState"], "unchanged");
    let gitlab: Json = serde_json::from_str(&place.read("a.json")).unwrap();
    assert_eq!((gitlab.as_array().unwrap().len(), &gitlab[0]["severity"]), (1, &"info".into()));
    place.expect("check rules", 0);
    assert_eq!(transition(&place)["transition"], "still_accepted");
    place.write("d.csv", &data(&[(1, 5), (2, 1)]));
    place.expect("check rules", 0);
    assert_eq!(transition(&place)["transition"], "fixed");
}

#[test]
fn history_keeps_how_many_are_known() {
    let place = Place::new(&keyed("non_negative"), &data(&[(1, -5), (2, -1)]));
    place.expect("baseline rules", 0);
    place.expect("check rules", 0);
    let lines = glob::glob(&place.path("reports/history/**/*").display().to_string()).unwrap();
    let text: String = lines.filter_map(|path| fs::read_to_string(path.unwrap()).ok()).collect();
    let line = text.lines().find(|line| line.contains("non_negative")).unwrap_or_else(|| panic!("{text}"));
    let line: Json = serde_json::from_str(line).unwrap();
    assert_eq!((&line["violations"], &line["known"]), (&2.into(), &2.into()));
}

type Rows = Vec<(u64, i64)>;

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec((0_u64..6, -2_i64..3), 1..12)
}

/// How often each key breaks the rule.
fn broken(rows: &Rows) -> BTreeMap<u64, u64> {
    let mut broken = BTreeMap::new();
    for (id, n) in rows {
        if *n < 0 {
            *broken.entry(*id).or_default() += 1;
        }
    }
    broken
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_is_new_and_gone_is_what_plain_loops_find(before in rows(), now in rows(), has_key: bool) {
        let suite = if has_key { keyed("non_negative") } else { unkeyed("non_negative") };
        let place = Place::new(&suite, &data(&before));
        place.expect("baseline rules", 0);
        place.write("d.csv", &data(&now));
        let (old, new) = (broken(&before), broken(&now));
        let (all_old, all_new): (u64, u64) = (old.values().sum(), new.values().sum());
        let keys: BTreeSet<u64> = old.keys().chain(new.keys()).copied().collect();
        let count = |of: &BTreeMap<u64, u64>, key: &u64| of.get(key).copied().unwrap_or(0);
        let known: u64 = if has_key {
keys.iter().map(|key| count(&old, key).min(count(&new, key))).sum()
} else {
all_old.min(all_new)
};
        let code = i32::from(all_new > known);
        place.expect("check rules", code);
        if all_old > 0 {
            prop_assert_eq!(place.told(RULE), (known, all_new - known, all_old - known));
            place.expect("baseline rules --ratchet", 0);
            let rules = place.baseline()["rules"].clone();
            prop_assert_eq!(rules[0]["violations"].as_u64().unwrap_or(0), known);
            place.expect("check rules", code);
        }
    }
}
