//! SARIF 2.1.0, the form that code scanning takes: a run for each suite, a rule for each kind of expectation, a result for each
//! rule that does not hold or could not be evaluated.
//!
//! The limits of GitHub are kept: 20 runs (what is beyond shares the last one), 25,000 results of a run, the worst first, and
//! texts of 1,024 characters. A muted rule is a suppressed result. Columns are counted in Unicode code points.
//!
//! Where a suite has a baseline each result has a `baselineState` (SARIF 2.1.0, 3.27.24): `new`, `updated` for a rule with new
//! violations beside known ones, `unchanged` for a rule whose violations are all known; that one is a suppressed note, since
//! GitHub takes what is gone from a document for fixed. What is `absent` is left out: GitHub would show it as an open alert.

use serde_json::{Map, Value, json};

use super::escape::json;
use super::finding::{self, Finding, VERDICT, Weight, unsaid};
use super::value::{cut, line};
use crate::outcome::{Outcome, Report, RunStatus, Status};

/// Writes runs as one document; `meaning` is what the manual says of a kind of expectation.
pub fn render(reports: &[&Report], meaning: &dyn Fn(&str) -> Option<String>) -> Result<String, serde_json::Error> {
    let alone = if reports.len() > RUNS { RUNS - 1 } else { reports.len() };
    let (alone, together) = reports.split_at(alone);
    let mut runs: Vec<Value> = alone.iter().map(|report| run(&[report], &report.run.suite, meaning)).collect();
    if !together.is_empty() {
        runs.push(run(together, "more", meaning));
    }
    json::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    }))
}

/// How many runs GitHub takes of a document.
const RUNS: usize = 20;

/// How many results GitHub takes of a run.
const RESULTS: usize = 25_000;

/// How long GitHub takes a text of a rule.
const TEXT: usize = 1_024;

/// How many tags GitHub takes of a rule.
const TAGS: usize = 20;

fn run(reports: &[&Report], name: &str, meaning: &dyn Fn(&str) -> Option<String>) -> Value {
    let findings = finding::with_accepted(reports);
    let left_out = findings.len().saturating_sub(RESULTS);
    let findings = &findings[..findings.len() - left_out];
    let mut kinds: Vec<&str> = findings.iter().map(Finding::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let version = reports.first().map_or("", |report| report.run.tamiz_version.as_str());
    let id = reports.first().map_or("", |report| report.run.id.as_str());
    json!({
        "tool": {
            "driver": {
                "name": "tamiz",
                "semanticVersion": version,
                "rules": kinds.iter().map(|kind| rule(kind, meaning(kind))).collect::<Vec<_>>(),
            }
        },
        // What stands before the last slash tells uploads apart.
        "automationDetails": { "id": format!("tamiz/{}/{}", cut(&line(name), TEXT), line(id)) },
        "columnKind": "unicodeCodePoints",
        "invocations": reports.iter().map(|report| invocation(report, left_out)).collect::<Vec<_>>(),
        "results": findings.iter().map(|finding| result(finding, &kinds)).collect::<Vec<_>>(),
    })
}

fn rule(kind: &str, meaning: Option<String>) -> Value {
    let name = cut(&line(kind), 255);
    let (meaning, help) = match meaning {
        Some(meaning) => (cut(&line(&meaning), TEXT), format!("`tamiz explain {name}` shows the whole manual.")),
        None if kind == VERDICT => (
            "The run is no pass: it was stopped, nothing was evaluated, or what was asked for could not be written."
                .to_owned(),
            "The report of the run says why.".to_owned(),
        ),
        None => (format!("The data satisfy `{name}`."), format!("`tamiz explain {name}` shows the manual.")),
    };
    json!({
        "id": name,
        "shortDescription": { "text": meaning },
        "fullDescription": { "text": meaning },
        "help": { "text": cut(&format!("{meaning} {help}"), TEXT) },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["data-quality"], "precision": "very-high", "problem.severity": "error" },
    })
}

fn invocation(report: &Report, left_out: usize) -> Value {
    let (run, verdict) = (&report.run, &report.verdict);
    let evaluated = !matches!(verdict.status, RunStatus::Error | RunStatus::Aborted);
    let mut invocation = Map::new();
    let whole = evaluated && !unsaid(report) && report.results.iter().all(|rule| rule.status != Status::Error);
    invocation.insert("executionSuccessful".to_owned(), whole.into());
    invocation.insert("exitCode".to_owned(), verdict.exit_code.into());
    for (name, moment) in [("startTimeUtc", &run.started_at), ("endTimeUtc", &run.finished_at)] {
        if chrono::DateTime::parse_from_rfc3339(moment).is_ok() {
            invocation.insert(name.to_owned(), moment.as_str().into());
        }
    }
    let mut notes = vec![json!({ "level": "note", "message": { "text": finding::reason(report) } })];
    if left_out > 0 {
        let said = format!("{left_out} results are left out: code scanning takes {RESULTS} of a run.");
        notes.push(json!({ "level": "warning", "message": { "text": said } }));
    }
    invocation.insert("toolExecutionNotifications".to_owned(), notes.into());
    invocation.into()
}

fn result(finding: &Finding<'_>, kinds: &[&str]) -> Value {
    let fingerprint = finding.fingerprint();
    let run = &finding.report.run;
    let mut result = json!({
        "ruleId": cut(&line(finding.kind()), 255),
        "ruleIndex": kinds.binary_search(&finding.kind()).unwrap_or_default(),
        "level": match finding.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Notice => "note",
        },
        "message": { "text": format!("{}: {}", finding.name(), finding.message()) },
        "locations": [location(finding)],
        "partialFingerprints": { "primaryLocationLineHash": format!("{}:1", &fingerprint[..16]) },
        "properties": { "suite": cut(&line(&run.suite), TEXT), "run": cut(&line(&run.id), TEXT) },
    });
    if finding.report.results.iter().any(|rule| rule.baseline.is_some()) {
        result["baselineState"] = baseline_state(finding.rule).into();
    }
    let Some(rule) = finding.rule else { return result };
    let tags: Vec<String> = rule.tags.iter().take(TAGS).map(|tag| cut(&line(tag), 255)).collect();
    let columns: Vec<String> = rule.columns.iter().take(TAGS).map(|column| cut(&line(column), 255)).collect();
    let properties = [
        ("rule", Value::from(finding.name())),
        ("dataset", cut(&line(&rule.dataset), TEXT).into()),
        ("columns", columns.into()),
        ("severity", line(rule.level.as_deref().unwrap_or(&rule.severity)).into_owned().into()),
        ("violations", rule.violations.into()),
        ("evaluated", rule.evaluated.into()),
        ("tags", tags.into()),
    ];
    for (name, value) in properties {
        result["properties"][name] = value;
    }
    if let Some(muted) = &rule.muted {
        let reason = cut(&line(&format!("until {}: {}", muted.until, muted.reason)), TEXT);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    }
    if let Some(known) = rule.known() {
        result["properties"]["known"] = known.into();
        if rule.is_accepted() {
            let reason = "All its violations are in the baseline.";
            result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
        }
    }
    result
}

/// How a result stands to the baseline of its suite.
fn baseline_state(rule: Option<&Outcome>) -> &'static str {
    match rule {
        Some(rule) if rule.is_accepted() => "unchanged",
        Some(rule) if rule.known().is_some() => "updated",
        _ => "new",
    }
}

fn location(finding: &Finding<'_>) -> Value {
    let (file, line, column) = finding.place();
    let artifact = if file.starts_with('/') {
        json!({ "uri": format!("file://{}", uri(&file)) })
    } else {
        json!({ "uri": uri(file.strip_prefix("./").unwrap_or(&file)), "uriBaseId": "%SRCROOT%" })
    };
    json!({
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": { "startLine": line, "startColumn": column, "endLine": line, "endColumn": column + 1 },
        },
        "logicalLocations": [{ "fullyQualifiedName": finding.name(), "kind": "member" }],
    })
}

/// A path as a reference: what a URI may not hold is escaped.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn document(reports: &[&Report]) -> Value {
        let meaning = |kind: &str| (kind == "mean").then(|| "The mean of a column.".to_owned());
        serde_json::from_str(&render(reports, &meaning).unwrap()).unwrap()
    }

    #[test]
    fn it_is_a_result_a_finding() {
        let meaning = |kind: &str| (kind == "mean").then(|| "The mean of a column.".to_owned());
        insta::assert_snapshot!(render(&[&sample::report()], &meaning).unwrap());
    }

    #[test]
    fn a_path_is_a_reference_within_the_repository() {
        let mut report = sample::report();
        let place = |report: &Report| {
            document(&[report])["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].clone()
        };
        let with = |report: &mut Report, path: &str| {
            for rule in &mut report.results {
                rule.location.file = path.to_owned();
            }
            place(report)
        };
        let within = json!({ "uri": "a%20b/a%C3%B1o%25.yaml", "uriBaseId": "%SRCROOT%" });
        assert_eq!(with(&mut report, "./a b/año%.yaml"), within);
        assert_eq!(with(&mut report, "/x/s.yaml"), json!({ "uri": "file:///x/s.yaml" }));
    }

    #[test]
    fn a_document_holds_twenty_runs_at_most_and_loses_none() {
        let reports: Vec<Report> = (0..23)
            .map(|number| {
                let mut report = sample::report();
                report.run.suite = format!("s{number}");
                report
            })
            .collect();
        let document = document(&reports.iter().collect::<Vec<_>>());
        let runs = document["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 20);
        assert!(runs[18]["automationDetails"]["id"].as_str().unwrap().starts_with("tamiz/s18/"));
        assert_eq!(runs[19]["results"].as_array().unwrap().len(), 4 * 6);
    }

    #[test]
    fn a_muted_rule_is_suppressed() {
        let mut report = sample::report();
        for rule in &mut report.results {
            rule.gating = false;
            rule.muted = Some(crate::outcome::Muted { until: "2026-12-31".to_owned(), reason: "known".to_owned() });
        }
        let document = document(&[&report]);
        let result = &document["runs"][0]["results"].as_array().unwrap().last().unwrap()["suppressions"][0];
        assert_eq!(result["justification"], "until 2026-12-31: known");
    }

    #[test]
    fn a_result_says_how_it_stands_to_the_baseline() {
        let mut report = sample::report();
        assert_eq!(document(&[&report])["runs"][0]["results"][0].get("baselineState"), None, "there is no baseline");
        let told = |known, new| Some(crate::outcome::Baseline { known, new, gone: 1, unused: None });
        let of = |report: &Report, status| {
            report.results.iter().position(|rule| rule.status == status && rule.violations.is_some()).unwrap()
        };
        let (failed, passed) = (of(&report, Status::Failed), of(&report, Status::Passed));
        report.results[failed].baseline = told(2, 3);
        report.results[passed].baseline = told(4, 0);
        let last = report.results.iter().rposition(|rule| rule.status == Status::Passed).unwrap();
        report.results[last].baseline = told(0, 0);
        let [failed, passed, gone] = [failed, passed, last].map(|at| report.results[at].id.clone());
        let document = document(&[&report]);
        let results = document["runs"][0]["results"].as_array().unwrap();
        let find = |id: &String| results.iter().find(|result| result["properties"]["rule"] == **id);
        assert_eq!(find(&failed).unwrap()["baselineState"], "updated");
        let accepted = find(&passed).unwrap();
        assert_eq!((&accepted["baselineState"], &accepted["level"]), (&json!("unchanged"), &json!("note")));
        assert_eq!(accepted["suppressions"][0]["status"], "accepted");
        assert_eq!(find(&gone), None, "nothing is left of it");
        let new = results.iter().filter(|result| result["baselineState"] == "new").count();
        assert_eq!(new, results.len() - 2);
    }
}
