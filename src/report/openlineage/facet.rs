//! The facets of events: tests, assertions, metrics, and what is known of job, engine and dataset.
//!
//! The version of each facet is that of its schema; `tests/observe` holds them to the classes of `openlineage-python`.

use serde_json::{Map, Value, json};

use crate::lang::Lang;
use crate::outcome::{Dataset, Outcome, Report, Run, Status};
use crate::report::reading::nulls;
use crate::report::value::{cut, line};

/// Who makes the events.
pub(super) const PRODUCER: &str = concat!("https://crates.io/crates/tamiz/", env!("CARGO_PKG_VERSION"));

/// How long a sentence may be.
const LONGEST: usize = 500;

/// A facet of the core, by the version and the name of its schema.
pub(super) fn facet(version: &str, name: &str, content: Value) -> Value {
    let mut facet = json!({
        "_producer": PRODUCER,
        "_schemaURL": format!("https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"),
    });
    if let (Value::Object(facet), Value::Object(content)) = (&mut facet, content) {
        facet.extend(content);
    }
    facet
}

/// The program.
pub(super) fn engine(run: &Run) -> Value {
    facet("1-1-1", "ProcessingEngineRunFacet", json!({ "version": run.tamiz_version, "name": "tamiz" }))
}

/// Why a run could not be evaluated.
pub(super) fn error(report: &Report) -> Value {
    let message = said(report.verdict.reason.get(Lang::En));
    facet("1-0-1", "ErrorMessageRunFacet", json!({ "message": message, "programmingLanguage": "RUST" }))
}

/// What is known of a suite.
pub(super) fn of_job(run: &Run) -> Value {
    let mut facets = Map::new();
    let kind = json!({ "processingType": "BATCH", "integration": "TAMIZ", "jobType": "CHECK" });
    facets.insert("jobType".to_owned(), facet("2-0-4", "JobTypeJobFacet", kind));
    if let Some(text) = run.description.as_deref().or(run.title.as_deref()) {
        let told = json!({ "description": said(text) });
        facets.insert("documentation".to_owned(), facet("1-1-0", "DocumentationJobFacet", told));
    }
    if let Some(owner) = &run.owner {
        let told = json!({ "owners": [{ "name": said(owner) }] });
        facets.insert("ownership".to_owned(), facet("1-0-1", "OwnershipJobFacet", told));
    }
    Value::Object(facets)
}

/// Every rule, by what became of it.
pub(super) fn tests(report: &Report) -> Value {
    let tests: Vec<Value> = report.results.iter().map(|rule| test(rule, &report.verdict.fail_on)).collect();
    facet("1-0-1", "TestRunFacet", json!({ "tests": tests }))
}

/// What is known of a dataset whoever reads it.
pub(super) fn of_dataset(dataset: &Dataset) -> Value {
    let mut facets = Map::new();
    let columns = dataset.columns.iter().filter(|column| !column.computed);
    let fields: Vec<Value> = columns
        .map(|column| match &column.kind {
            Some(kind) => json!({ "name": column.name, "type": kind }),
            None => json!({ "name": column.name }),
        })
        .collect();
    if !fields.is_empty() {
        facets.insert("schema".to_owned(), facet("1-2-0", "SchemaDatasetFacet", json!({ "fields": fields })));
    }
    Value::Object(facets)
}

/// What a run found in a dataset.
pub(super) fn of_input(report: &Report, dataset: &Dataset, rules: &[&Outcome]) -> Value {
    let evaluated = rules.iter().filter(|rule| rule.status != Status::Skipped);
    let assertions: Vec<Value> = evaluated.map(|rule| assertion(rule, &report.verdict.fail_on)).collect();
    let mut facets = Map::new();
    facets.insert("dataQualityMetrics".to_owned(), metrics(report, dataset, rules));
    if !assertions.is_empty() {
        let told = facet("1-1-0", "DataQualityAssertionsDatasetFacet", json!({ "assertions": assertions }));
        facets.insert("dataQualityAssertions".to_owned(), told);
    }
    let mut size = Map::new();
    put(&mut size, "rowCount", dataset.rows.map(Value::from));
    put(&mut size, "size", dataset.bytes.map(Value::from));
    put(&mut size, "fileCount", files(dataset));
    if !size.is_empty() {
        let told = facet("1-0-0", "InputStatisticsInputDatasetFacet", Value::Object(size));
        facets.insert("inputStatistics".to_owned(), told);
    }
    Value::Object(facets)
}

fn test(rule: &Outcome, fail_on: &str) -> Value {
    let status = match rule.status {
        Status::Passed => "pass",
        Status::Failed | Status::Error => "fail",
        Status::Skipped => "skip",
    };
    let mut told = told(rule, fail_on);
    put(&mut told, "name", Some(said(&rule.id).into()));
    put(&mut told, "status", Some(status.into()));
    put(&mut told, "type", Some(rule.expectation.clone().into()));
    Value::Object(told)
}

fn assertion(rule: &Outcome, fail_on: &str) -> Value {
    let mut told = told(rule, fail_on);
    put(&mut told, "assertion", Some(rule.expectation.clone().into()));
    put(&mut told, "success", Some((rule.status == Status::Passed).into()));
    put(&mut told, "name", Some(said(&rule.id).into()));
    let column = if let [column] = rule.columns.as_slice() { Some(Value::from(column.clone())) } else { None };
    put(&mut told, "column", column);
    Value::Object(told)
}

/// What tests and assertions both say of a rule.
fn told(rule: &Outcome, fail_on: &str) -> Map<String, Value> {
    const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];
    let rank = |name: &str| SEVERITIES.iter().position(|severity| *severity == name);
    let gates = rank(fail_on).is_some_and(|least| rank(&rule.severity).is_some_and(|own| own >= least));
    let severity = if gates && rule.muted.is_none() { "error" } else { "warn" };
    let limit = rule.threshold.last().map(|threshold| threshold.limit.clone());
    let found = match (&rule.error, &rule.observed, rule.violations) {
        _ if rule.status == Status::Skipped => None,
        (Some(fault), ..) if rule.status == Status::Error => Some(format!("{}: {}", fault.code, fault.message)),
        (_, _, Some(violations)) => Some(violations.to_string()),
        (_, Some(Value::String(text)), None) => Some(text.clone()),
        (_, Some(observed), None) => Some(observed.to_string()),
        (_, None, None) => None,
    };
    let mut told = Map::new();
    put(&mut told, "severity", Some(severity.into()));
    put(&mut told, "description", Some(said(rule.sentence.get(Lang::En)).into()));
    let expected = rule.expected.clone().filter(|_| rule.violations.is_none()).or(limit);
    put(&mut told, "expected", expected.map(|text| said(&text).into()));
    put(&mut told, "actual", found.map(|text| said(&text).into()));
    put(&mut told, "params", (!rule.params.is_empty()).then(|| Value::Object(rule.params.clone())));
    told
}

/// Rows, bytes and files, and of columns the numbers that rules on all rows found.
fn metrics(report: &Report, dataset: &Dataset, rules: &[&Outcome]) -> Value {
    let mut columns: Map<String, Value> = Map::new();
    let mut set = |column: &str, metric: &str, value: Value| {
        let known = columns.entry(column.to_owned()).or_insert_with(|| json!({}));
        known[metric] = value;
    };
    for column in dataset.columns.iter().filter(|column| !column.computed) {
        if let Some(nulls) = nulls(report, dataset, column) {
            set(&column.name, "nullCount", nulls.into());
            if let Some(values) = dataset.rows.and_then(|rows| rows.checked_sub(nulls)) {
                set(&column.name, "count", values.into());
            }
        }
    }
    // Rules that narrow the rows, or whose dataset does, say nothing of the whole.
    let is_whole = dataset.rows.is_some() && dataset.rows == dataset.rows_in_scope;
    let of_all = |rule: &&&Outcome| rule.dataset == dataset.name && rule.condition.is_none() && rule.groups.is_empty();
    for rule in rules.iter().filter(|_| is_whole).filter(of_all) {
        let [column] = rule.columns.as_slice() else { continue };
        let Some(number) = rule.observed.as_ref().and_then(number) else { continue };
        match rule.expectation.as_str() {
            "min" | "max" | "sum" => set(column, &rule.expectation, number),
            "distinct_count" if number.is_u64() => set(column, "distinctCount", number),
            "median" => set(column, "quantiles", json!({ "0.5": number })),
            _ => {}
        }
    }
    let mut told = Map::new();
    put(&mut told, "rowCount", dataset.rows.map(Value::from));
    put(&mut told, "bytes", dataset.bytes.map(Value::from));
    put(&mut told, "fileCount", files(dataset));
    put(&mut told, "lastUpdated", dataset.modified_at.clone().map(Value::from));
    told.insert("columnMetrics".to_owned(), Value::Object(columns));
    facet("1-0-3", "DataQualityMetricsInputDatasetFacet", Value::Object(told))
}

fn files(dataset: &Dataset) -> Option<Value> {
    (!dataset.files.is_empty()).then(|| dataset.files.len().into())
}

/// A number of the record, which may be text so that nobody rounds it.
fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        _ => None,
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}

fn said(text: &str) -> String {
    cut(&line(text), LONGEST)
}
