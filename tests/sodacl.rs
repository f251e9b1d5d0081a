//! Checks and contracts of Soda: imported, they are the suites they should be, and give the verdicts that Soda documents.
//!
//! Each check of the fixtures is named after its verdict, `warn: fewer than a hundred`; its rules carry the name along.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tamiz::diagnostic::SourceText;
use tamiz::import::{self, Fate, Imported, Request, Tool};
use tamiz::ir::Type;
use tamiz::outcome::{Outcome, Status};

use crate::check::check;

const FOLDER: &str = "tests/import/sodacl";

/// The suite of a fixture; `sources` are read from its folder `data`.
fn imported(file: &str, sources: &[&str]) -> Imported {
    let path = Path::new(FOLDER).join(file);
    let text = fs::read_to_string(&path).unwrap();
    of_text(file, &text, sources).unwrap()
}

fn of_text(file: &str, text: &str, sources: &[&str]) -> Result<Imported, Vec<String>> {
    let source = Arc::new(SourceText { path: file.into(), text: text.to_owned() });
    let sources: Vec<(String, String)> =
        sources.iter().map(|name| ((*name).to_owned(), format!("data/{name}.csv"))).collect();
    let request = Request {
        tool: Tool::Sodacl,
        source,
        name: None,
        sources: &sources,
        columns: &|_| None,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    import::import(&request).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

/// What became of each check, a line each.
fn fates(imported: &Imported) -> String {
    let lines = imported.entries.iter().map(|entry| {
        let fate = match &entry.fate {
            Fate::Mapped => "mapped".to_owned(),
            Fate::Approximated(reason) => format!("approximated: {reason}"),
            Fate::Unsupported(reason) => format!("unsupported: {reason}"),
        };
        format!("{:>3} {}: {fate}", entry.line.unwrap_or_default(), entry.rule)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The verdict of each check by its name: the worst of its rules.
fn verdicts(imported: &Imported) -> BTreeMap<String, &'static str> {
    let line = format!("suite: {}\n", imported.name);
    let text = imported.text.replace(&line, &format!("{line}as_of: 2025-06-30T12:00:00Z\n"));
    let report = check(&Path::new(FOLDER).join("suite.yaml"), &text, &|_| true).unwrap();
    let mut worst: BTreeMap<String, (u8, &'static str)> = BTreeMap::new();
    for result in &report.results {
        let verdict = verdict(result);
        let name = result.description.as_ref().map_or_else(|| result.id.clone(), |text| text.en.clone());
        let known = worst.entry(name).or_insert(verdict);
        *known = (*known).max(verdict);
    }
    worst.into_iter().map(|(name, (_, verdict))| (name, verdict)).collect()
}

fn verdict(result: &Outcome) -> (u8, &'static str) {
    match (result.status, result.level.as_deref()) {
        (Status::Passed, _) => (0, "pass"),
        (Status::Failed, Some("warning")) => (1, "warn"),
        (Status::Failed, _) => (2, "fail"),
        (Status::Error, _) => (3, "error"),
        (Status::Skipped, _) => (4, "skipped"),
    }
}

/// Holds every check to the verdict that its name begins with.
fn held(imported: &Imported, checks: usize) {
    let [mapped, approximated, unsupported] = imported.counts();
    assert_eq!((mapped + approximated, unsupported), (checks, 0), "{}", fates(imported));
    let found = verdicts(imported);
    let wrong: Vec<String> = found
        .iter()
        .filter(|(name, verdict)| !name.starts_with(&format!("{verdict}: ")))
        .map(|(name, verdict)| format!("`{name}` is {verdict}"))
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), imported.text);
    assert_eq!(found.len(), checks, "a verdict for each check: {found:#?}");
}

const SOURCES: [&str; 5] = ["orders", "countries", "blocked", "raw_orders", "empty"];

#[test]
fn checks_become_the_suite_that_a_person_would_write() {
    let imported = imported("verdicts.yml", &SOURCES);
    insta::assert_snapshot!("checks", imported.text);
    insta::assert_snapshot!("checks_fates", fates(&imported));
}

#[test]
fn checks_give_the_verdicts_that_soda_documents() {
    let text = fs::read_to_string(Path::new(FOLDER).join("verdicts.yml")).unwrap();
    let named = ["pass: ", "warn: ", "fail: "].iter().map(|word| text.matches(&format!("name: \"{word}")).count());
    held(&imported("verdicts.yml", &SOURCES), named.sum());
}

#[test]
fn a_contract_becomes_the_suite_that_a_person_would_write() {
    let imported = imported("contract.yml", &["orders", "countries"]);
    insta::assert_snapshot!("contract", imported.text);
    insta::assert_snapshot!("contract_fates", fates(&imported));
}

#[test]
fn a_contract_gives_the_verdicts_that_soda_documents() {
    let text = fs::read_to_string(Path::new(FOLDER).join("contract.yml")).unwrap();
    held(&imported("contract.yml", &["orders", "countries"]), text.matches("name: \"").count());
}

#[test]
fn what_cannot_be_said_stays_with_its_reason() {
    let imported = imported("unsaid.yml", &["orders"]);
    insta::assert_snapshot!("unsaid", imported.text);
    insta::assert_snapshot!("unsaid_fates", fates(&imported));
    assert_eq!(sound(&imported.text), Vec::<String>::new());
}

#[test]
fn an_imported_suite_has_no_mistake_and_no_remark() {
    for sources in [&SOURCES[..2], &[]] {
        let imported = imported("shop.yml", sources);
        assert_eq!(sound(&imported.text), Vec::<String>::new());
        assert_eq!(imported.counts()[2], 0, "{}", fates(&imported));
    }
    insta::assert_snapshot!("shop", imported("shop.yml", &SOURCES[..2]).text);
}

/// The mistakes and remarks of a suite.
fn sound(text: &str) -> Vec<String> {
    let request = tamiz::suite::Request {
        path: Path::new("suite.yaml"),
        text: text.to_owned(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    let notes = tamiz::suite::read(request).map_or_else(|faults| faults, |suite| suite.notes);
    notes.into_iter().map(|note| note.message).collect()
}

#[test]
fn columns_of_a_source_are_spelled_as_it_spells_them() {
    let text = "checks for ORDERS:\n  - missing_count(ID) = 0\n  - avg(Amount) > 1\n";
    let source = Arc::new(SourceText { path: "checks.yml".into(), text: text.to_owned() });
    let sources = [("orders".to_owned(), "orders.csv".to_owned())];
    let columns = |_: &str| Some(vec![("id".to_owned(), Some(Type::Integer)), ("amount".to_owned(), None)]);
    let read = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let request =
        Request { tool: Tool::Sodacl, source, name: Some("shop"), sources: &sources, columns: &columns, read: &read };
    let suite = import::import(&request).unwrap().text;
    assert!(suite.contains("id: {expect: [not_null]}") && suite.contains("amount: {expect:"), "{suite}");
}

#[test]
fn a_document_or_source_that_is_not_meant_is_refused() {
    let refused = |text: &str, sources: &[&str]| of_text("x.yml", text, sources).unwrap_err().join("; ");
    assert_eq!(refused("models: []\n", &[]), "this is neither a file of SodaCL checks nor a Soda contract");
    let checks = "checks for orders:\n  - row_count > 0\n";
    assert_eq!(refused(checks, &["ordres"]), "--source `ordres`: no check is about it");
}
