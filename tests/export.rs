//! What suites say in other forms is what they check: the engine and a validator of JSON Schema agree on every record.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};
use tamiz::export::{Exported, Format, Request, export};
use tamiz::lang::Lang;
use tamiz::suite::{self, Suite};

use crate::cases;
use crate::check::check;

#[test]
fn records_that_a_suite_passes_satisfy_its_schema_and_those_it_refuses_do_not() {
    let (mut compared, mut refused) = (0, 0);
    let mut wrong = Vec::new();
    for path in cases::files() {
        for case in cases::read(&path) {
            let folder = tempfile::tempdir().unwrap();
            let Some((text, records)) = case.records(folder.path()) else { continue };
            let at = folder.path().join("suite.yaml");
            let report = check(&at, &text, &|_| true).unwrap();
            let exported = write(Format::JsonSchema, &read(&at, &text), Lang::En);
            let schema: Json = serde_json::from_str(&exported.text).unwrap();
            let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
            let said_wholly = |id: &str| {
                !exported
                    .unsaid
                    .iter()
                    .any(|unsaid| unsaid.strip_prefix(id).is_some_and(|rest| rest.starts_with([':', ' '])))
            };
            // Every row that some rule refuses, and those that a rule refuses which the schema says wholly.
            let (mut broken, mut surely) = (BTreeSet::new(), BTreeSet::new());
            for outcome in &report.results {
                for row in outcome.samples.iter().filter_map(|sample| sample.row_index) {
                    broken.insert(row);
                    if said_wholly(&outcome.id) {
                        surely.insert(row);
                    }
                }
            }
            for (row, record) in (0..).zip(&records) {
                let valid = validator.is_valid(record);
                if (valid && surely.contains(&row)) || (!valid && !broken.contains(&row)) {
                    let says = if valid { "passes" } else { "refuses" };
                    wrong.push(format!(
                        "{}: {}: the schema {says} {record}\n{text}{schema}",
                        path.display(),
                        case.name()
                    ));
                }
                compared += 1;
                refused += usize::from(!valid);
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 500 && refused > 100, "{compared} records, {refused} refused");
}

#[test]
fn what_a_schema_says_is_said_in_its_own_words() {
    let text = "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    title: Datos\n    columns:\n      \
        n: {type: integer, description: How many, expect: [not_null, between: {min: 1, strict_max: 9}]}\n      \
        t: {type: string, expect: [in_set: [a, b], length: {equals: 1}, matches: '^\\w$']}\n      \
        x: {type: decimal, expect: [multiple_of: 0.5, not_in_set: [3], mean: {max: 4}]}\n      \
        \"o.p\": {type: boolean, expect: [not_null]}\n    expect:\n      - columns: {exact: true}\n      \
        - not_null: {column: x, severity: warning}\n      - compare: {left: n, op: '<', right: x}\n      \
        - unique: {column: t, allow: 3}\n";
    let exported = write(Format::JsonSchema, &read(Path::new("s.yaml"), text), Lang::En);
    let mut schema: Json = serde_json::from_str(&exported.text).unwrap();
    let comment = schema["$comment"].take();
    let note = "`\\d`, `\\w`, `\\s` and `\\b` know all scripts here, and in JSON Schema those of ASCII";
    assert_eq!(
        schema,
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": null,
            "title": "Datos",
            "type": "object",
            "additionalProperties": false,
            "required": ["n", "o"],
            "properties": {
                "n": { "type": "integer", "description": "How many", "minimum": 1, "exclusiveMaximum": 9 },
                "t": { "type": ["string", "null"], "enum": ["a", "b", null], "minLength": 1, "maxLength": 1, "pattern": r"^\w$" },
                "x": { "type": ["number", "null"], "multipleOf": 0.5, "not": { "enum": [3] } },
                "o": { "type": "object", "required": ["p"], "properties": { "p": { "type": "boolean" } } },
            }
        })
    );
    let said = &exported.unsaid;
    assert_eq!(
        said.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            &*format!("d.t.matches (said in part): {note}"),
            "d.x.multiple_of (said in part): validators that divide as floats may differ on fractions",
            "d.x.mean: it is about the dataset as a whole, and a schema sees one record",
            "d.columns (said in part): that every column is there; a field that a record leaves out is a null",
            "d.x.not_null: its severity is warning",
            "d.compare: a schema cannot compare fields with each other",
            "d.t.unique: it tolerates some violations",
        ]
    );
    assert!(said.iter().all(|line| comment.as_str().unwrap().contains(line.as_str())), "{comment}");
}

#[test]
fn the_contract_of_the_example_reads_in_both_languages() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/ventas.yaml"));
    let suite = read(path, &std::fs::read_to_string(path).unwrap());
    insta::assert_snapshot!("contract_en", write(Format::Markdown, &suite, Lang::En).text);
    insta::assert_snapshot!("contract_es", write(Format::Markdown, &suite, Lang::Es).text);
}

fn read(path: &Path, text: &str) -> Suite {
    let read = |path: &Path| std::fs::read_to_string(path);
    let text = text.to_owned();
    let request =
        suite::Request { path, text, vars: &[], sources: &[], env: &|_| None, as_of: None, now: 0, read: &read };
    suite::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn write(format: Format, suite: &Suite, lang: Lang) -> Exported {
    export(&Request { lang, ..Request::of(suite) }, format).unwrap()
}
