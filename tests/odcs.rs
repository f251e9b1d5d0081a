//! Data contracts of ODCS: imported, they are the suites they should be, and give the verdicts they should.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tamiz::diagnostic::SourceText;
use tamiz::export::{self, Format, export};
use tamiz::import::{self, Fate, Imported, Request, Tool};

use crate::check::check;

const CONTRACT: &str = "tests/import/odcs/shop.odcs.yaml";

fn imported(text: String, sources: &[(String, String)]) -> Result<Imported, Vec<String>> {
    let source = Arc::new(SourceText { path: CONTRACT.into(), text });
    let request = Request {
        tool: Tool::Odcs,
        source,
        name: None,
        sources,
        columns: &|_| None,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    import::import(&request).map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.message).collect())
}

/// The suite of the contract, on two tables.
fn suite(folder: &Path, customers: &str, orders: &str) -> Imported {
    let mut sources = Vec::new();
    for (name, table) in [("customers", customers), ("orders", orders)] {
        let path = folder.join(format!("{name}.csv"));
        fs::write(&path, table).unwrap();
        sources.push((name.to_owned(), path.to_string_lossy().into_owned()));
    }
    imported(fs::read_to_string(CONTRACT).unwrap(), &sources).unwrap()
}

/// The ids of the rules that do not pass.
fn not_passed(customers: &str, orders: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite(folder.path(), customers, orders);
    let text = suite.text.replace("suite: shop_orders\n", "suite: shop_orders\nas_of: 2026-03-03T12:00:00Z\n");
    let report = check(&folder.path().join("shop.yaml"), &text, &|_| true).unwrap();
    let wrong = report.results.iter().filter(|result| format!("{:?}", result.status) != "Passed");
    wrong.map(|result| format!("{} {:?} {:?}", result.id, result.status, result.violations)).collect()
}

const CUSTOMERS: &str = "id,email\n1,ana@example.com\n2,eva@example.com\n";
const HEADER: &str = "order_id,line,customer_id,status,quantity,total,ordered,comment,parts\n";

#[test]
fn a_contract_becomes_the_suite_that_a_person_would_write() {
    let imported = imported(fs::read_to_string(CONTRACT).unwrap(), &[]).unwrap();
    insta::assert_snapshot!(imported.text);
    let fates: Vec<String> = imported
        .entries
        .iter()
        .map(|entry| format!("{} {} {:?}", entry.line.unwrap_or_default(), entry.rule, entry.fate))
        .collect();
    insta::assert_snapshot!(fates.join("\n"));
}

#[test]
fn good_data_hold_every_clause() {
    let mut orders = HEADER.to_owned();
    for n in 1..=20 {
        orders += &format!("ORD-{n:04},1,{},open,{n},10.00,03/03/2026,ok,\n", 1 + n % 2);
    }
    assert_eq!(not_passed(CUSTOMERS, &orders), Vec::<String>::new());
}

#[test]
fn each_fault_breaks_the_clause_that_forbids_it() {
    let mut orders = HEADER.to_owned();
    for n in 1..=20 {
        orders += &format!("ORD-{n:04},1,1,open,{n},10.00,03/03/2026,ok,\n");
    }
    // A repeated key, a line beyond a byte, a stranger, two unknown states, a missing one of two, a quantity of 100.
    orders += "ORD-0001,1,1,open,1,1.00,03/03/2026,ok,\n";
    orders += "ORD-21,300,9,lost,100,1.00,31/12/2019,ok,\n";
    orders += "ORD-0022,1,1,gone,,1.00,03/03/2026,ok,\nORD-0023,1,1,N/A,1,1.00,03/03/2026,ok,\n";
    orders += "ORD-0024,1,1,N/A,1,1.00,03/03/2026,ok,\n";
    let wrong = not_passed(CUSTOMERS, &orders);
    insta::assert_snapshot!(wrong.join("\n"));
}

/// What a suite finds on data, in an order of its own.
fn found(path: &Path, text: &str) -> Vec<String> {
    let report = check(path, text, &|_| true).unwrap();
    let told = report.results.iter().map(|result| {
        let counted = (result.evaluated, result.violations, &result.observed);
        format!("{} {} {:?} {:?} {counted:?}", result.dataset, result.expectation, result.columns, result.status)
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

#[test]
fn a_suite_that_went_out_and_came_back_finds_the_same() {
    let path = Path::new("rules/ventas.yaml");
    let text = fs::read_to_string(path).unwrap();
    let read = tamiz::suite::Request {
        path,
        text: text.clone(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    let suite = tamiz::suite::read(read).unwrap();
    let contract = export(&export::Request::of(&suite), Format::Odcs).unwrap().text;
    insta::assert_snapshot!(contract);
    let sources: Vec<(String, String)> = suite
        .datasets
        .iter()
        .map(|dataset| (dataset.data.name.clone(), dataset.data.source.spelled.join("")))
        .collect();
    let back = imported(contract, &sources).unwrap();
    let unsaid: Vec<_> = back.entries.iter().filter(|entry| entry.fate != Fate::Mapped).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
    let head = "as_of: 2025-06-30\ndatasets:";
    let back = back.text.replacen("datasets:", head, 1);
    insta::assert_snapshot!(back);
    let (here, there) = (found(path, &text), found(path, &back));
    let differ: Vec<_> = here
        .iter()
        .filter(|told| !there.contains(told))
        .chain(there.iter().filter(|told| !here.contains(told)))
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[test]
fn what_is_no_contract_of_version_3_is_refused_with_advice() {
    let refused = |text: &str| imported(text.to_owned(), &[]).unwrap_err();
    assert_eq!(
        refused("apiVersion: v2.2.2\nkind: DataContract\n"),
        ["`v2.2.2` is no version of ODCS that can be read"]
    );
    assert_eq!(
        refused("dataContractSpecification: 1.1.0\nid: x\n"),
        ["this is a Data Contract Specification, which ODCS has taken the place of"]
    );
    assert_eq!(refused("apiVersion: v3.0.2\nid: x\n"), ["the contract has no `schema`, so there is nothing to check"]);
}

#[test]
fn a_relationship_may_lead_to_what_comes_later() {
    let contract = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nschema:\n  - name: o\n    properties:\n      - name: n\n        \
                    relationships: [{to: c.n}]\n    relationships: [{from: o.n, to: c.n}]\n  - name: c\n    properties:\n      - name: n\n";
    let imported = imported(contract.to_owned(), &[]).unwrap();
    assert!(imported.entries.iter().all(|entry| entry.fate == Fate::Mapped), "{:?}", imported.entries);
}

#[test]
fn what_only_suites_say_of_columns_and_data_comes_back() {
    let text = "tamiz: 1\nsuite: s\ntimezone: Asia/Tokyo\ndatasets:\n  d:\n    source: d.csv\n    may_be_empty: true\n    \
                if_missing: skip\n    columns:\n      id: {type: integer, missing: [-1], expect: [not_null]}\n      \
                x: {type: string, optional: true, missing: {values: [N/A], pattern: '^\\s+$'}}\n";
    let path = Path::new("s.yaml");
    let read = tamiz::suite::Request {
        path,
        text: text.to_owned(),
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &|_| Err(std::io::ErrorKind::NotFound.into()),
    };
    let suite = tamiz::suite::read(read).unwrap();
    let contract = export(&export::Request::of(&suite), Format::Odcs).unwrap().text;
    let back = imported(contract, &[("d".to_owned(), "d.csv".to_owned())]).unwrap().text;
    for kept in [
        "timezone: Asia/Tokyo",
        "may_be_empty: true",
        "if_missing: skip",
        "missing: [-1]",
        "optional: true",
        "pattern: '^\\s+$'",
    ] {
        assert!(back.contains(kept), "{kept} in\n{back}");
    }
}

#[test]
fn an_exclusive_bound_is_a_flag_in_3_0() {
    let contract = "apiVersion: v3.0.2\nkind: DataContract\nid: x\nschema:\n  - name: t\n    properties:\n      - name: n\n        \
                    logicalType: integer\n        logicalTypeOptions: {minimum: 3, exclusiveMinimum: true, maximum: 9}\n";
    let text = imported(contract.to_owned(), &[]).unwrap().text;
    assert!(text.contains("between: {strict_min: 3, max: 9}"), "{text}");
}
