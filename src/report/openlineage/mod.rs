//! Events of `OpenLineage` 2-0-2: a run of a suite is a run of a job that reads datasets, with what its rules found as facets.
//!
//! A run that evaluated its rules is `COMPLETE`, whatever they found: failing is what the assertions say. One that could not is
//! `FAIL` with its reason, one that was stopped is `ABORT`. Each dataset that is read is one input; the rules of datasets that
//! take its rows count as its own. A rule in error is an assertion without success, for an error is never a pass; one that was
//! skipped is none.
//!
//! `facet` makes the facets and `place` names datasets. Where events go is the business of `cli`.

mod facet;
mod place;

use serde_json::{Map, Value, json};

use crate::outcome::{Dataset, Outcome, Report, Run, RunStatus};
use crate::report::escape;
use facet::facet;

/// What an event needs that no record has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The folder that relative paths of the record start at, with slashes.
    pub folder: String,
    /// The namespace of jobs.
    pub namespace: String,
    /// The run that started this one, if it says so.
    pub parent: Option<Parent>,
}

/// The run of another job that a run is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The namespace of its job.
    pub namespace: String,
    /// The name of its job.
    pub job: String,
    /// Its id, a UUID.
    pub run: String,
}

/// The namespace of jobs if nobody says.
pub const NAMESPACE: &str = "tamiz";

impl Parent {
    /// Reads `namespace/job/run`, as schedulers hand it down; a namespace may have slashes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (rest, run) = text.rsplit_once('/')?;
        let (namespace, job) = rest.rsplit_once('/')?;
        let is_sound = !namespace.is_empty() && !job.is_empty() && uuid::Uuid::try_parse(run).is_ok();
        is_sound.then(|| Self { namespace: namespace.to_owned(), job: job.to_owned(), run: run.to_owned() })
    }
}

/// Writes what happened in runs, a line an event: each began, and ended.
///
/// # Errors
/// A record that cannot be written as JSON.
pub fn render(reports: &[&Report], context: &Context) -> Result<String, serde_json::Error> {
    let events = reports.iter().flat_map(|report| [begun(&report.run, context), ended(report, context)]);
    events.map(|event| escape::json::line(&event)).collect()
}

/// The event of a run that begins.
#[must_use]
pub fn begun(run: &Run, context: &Context) -> Value {
    event("START", &run.started_at, run, context, Map::new(), &[])
}

/// The event of a run that is over.
#[must_use]
pub fn ended(report: &Report, context: &Context) -> Value {
    let mut facets = Map::new();
    facets.insert("test".to_owned(), facet::tests(report));
    let kind = match report.verdict.status {
        RunStatus::Passed | RunStatus::Failed => "COMPLETE",
        RunStatus::Error => "FAIL",
        RunStatus::Aborted => "ABORT",
    };
    if kind != "COMPLETE" {
        facets.insert("errorMessage".to_owned(), facet::error(report));
    }
    let read = report.datasets.iter().filter(|dataset| dataset.from.is_none());
    let mut inputs: Vec<Value> = Vec::new();
    for dataset in read {
        let (namespace, name) = place::of(report, dataset, &context.folder);
        let rules: Vec<&Outcome> =
            report.results.iter().filter(|rule| root(report, &rule.dataset) == dataset.name).collect();
        let input = json!({
            "namespace": namespace,
            "name": name,
            "facets": facet::of_dataset(dataset),
            "inputFacets": facet::of_input(report, dataset, &rules),
        });
        inputs.push(input);
    }
    event(kind, &report.run.finished_at, &report.run, context, facets, &inputs)
}

/// The dataset whose rows a dataset takes, in the end.
fn root<'r>(report: &'r Report, name: &'r str) -> &'r str {
    let find = |name: &str| -> Option<&'r Dataset> { report.datasets.iter().find(|dataset| dataset.name == name) };
    let mut root = name;
    // A loop is refused by the suite; a record of somebody else ends all the same.
    for _ in 0..report.datasets.len() {
        match find(root).and_then(|dataset| dataset.from.as_deref()) {
            Some(from) => root = from,
            None => break,
        }
    }
    root
}

fn event(kind: &str, at: &str, run: &Run, context: &Context, facets: Map<String, Value>, inputs: &[Value]) -> Value {
    let mut of_run = Map::new();
    of_run.insert("processing_engine".to_owned(), facet::engine(run));
    if let Some(parent) = &context.parent {
        let told = json!({
            "run": { "runId": parent.run },
            "job": { "namespace": parent.namespace, "name": parent.job },
        });
        of_run.insert("parent".to_owned(), facet("1-2-0", "ParentRunFacet", told));
    }
    of_run.extend(facets);
    json!({
        "eventType": kind,
        "eventTime": at,
        "producer": facet::PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": { "runId": run.id, "facets": of_run },
        "job": { "namespace": context.namespace, "name": run.suite, "facets": facet::of_job(run) },
        "inputs": inputs,
        "outputs": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn context() -> Context {
        Context { folder: "/srv/work".to_owned(), namespace: NAMESPACE.to_owned(), parent: None }
    }

    #[test]
    fn a_run_that_evaluated_its_rules_is_complete_whatever_they_found() {
        let mut report = sample::report();
        let kind = |report: &Report| ended(report, &context())["eventType"].as_str().unwrap().to_owned();
        assert_eq!(kind(&report), "COMPLETE");
        for (status, wanted) in
            [(RunStatus::Passed, "COMPLETE"), (RunStatus::Error, "FAIL"), (RunStatus::Aborted, "ABORT")]
        {
            report.verdict.status = status;
            assert_eq!(kind(&report), wanted);
            let told = ended(&report, &context())["run"]["facets"]["errorMessage"]["message"].clone();
            assert_eq!(told.is_string(), wanted != "COMPLETE");
        }
    }

    #[test]
    fn each_rule_is_told_once_as_a_test_and_once_where_its_rows_are() {
        let report = sample::report();
        let event = ended(&report, &context());
        assert_eq!(event["run"]["facets"]["test"]["tests"].as_array().unwrap().len(), report.results.len());
        let inputs = event["inputs"].as_array().unwrap();
        let told: usize = inputs
            .iter()
            .map(|input| input["inputFacets"]["dataQualityAssertions"]["assertions"].as_array().map_or(0, Vec::len))
            .sum();
        let skipped = report.results.iter().filter(|rule| rule.status == crate::outcome::Status::Skipped).count();
        assert_eq!(told, report.results.len() - skipped);
        assert_eq!(inputs.len(), report.datasets.iter().filter(|dataset| dataset.from.is_none()).count());
    }

    #[test]
    fn both_events_are_of_one_run_and_a_line_each() {
        let report = sample::report();
        let text = render(&[&report], &context()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["run"]["runId"], lines[1]["run"]["runId"]);
        assert_eq!((&lines[0]["eventType"], &lines[0]["inputs"]), (&json!("START"), &json!([])));
    }

    #[test]
    fn a_parent_is_read_from_its_end() {
        let run = "01941234-5678-7000-8000-000000000001";
        let parent = Parent::read(&format!("https://airflow/prod/dag.task/{run}")).unwrap();
        assert_eq!((parent.namespace.as_str(), parent.job.as_str()), ("https://airflow/prod", "dag.task"));
        for wrong in ["", "a/b", run, "a/b/c", &format!("a//{run}"), &format!("/b/{run}")] {
            assert_eq!(Parent::read(wrong), None, "{wrong}");
        }
        let told = begun(&sample::report().run, &Context { parent: Some(parent), ..context() });
        assert_eq!(told["run"]["facets"]["parent"]["run"]["runId"], run);
    }
}
