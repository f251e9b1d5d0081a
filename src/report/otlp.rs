//! Traces of OpenTelemetry, as OTLP 1 says them in JSON: the run of a suite is a span, each rule that does not hold an event of it.
//!
//! Runs of one command share a trace, or are part of the one that started the command. A failed gate is no error of the program,
//! but whoever looks at a trace looks for red: every run that is no pass has the status `ERROR`, with the verdict as its words. It
//! holds no value of data. Where traces go is the business of `cli`.

use serde_json::{Value, json};

use crate::outcome::{Outcome, Report, RunStatus, Status};
use crate::report::escape;
use crate::report::value::line;

/// How many events a span has at most; the standard says the same.
const EVENTS: usize = 128;

/// The status of a span of which nothing is wrong, and of one of which something is.
const OK: u8 = 1;
const ERROR: u8 = 2;

/// What a trace needs that no record has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// What is said of the program, beside its name and version; `service.name` takes the place of its own.
    pub resource: Vec<(String, String)>,
    /// The span that started this command, if it says so.
    pub parent: Option<Parent>,
}

/// A span of another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    trace: String,
    span: String,
}

impl Parent {
    /// Reads a `traceparent` as W3C Trace Context says; none if it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, trace, span, flags, ..] = parts.as_slice() else { return None };
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_set = |text: &str| text.bytes().any(|byte| byte != b'0');
        let ids = is_hex(trace, 32) && is_set(trace) && is_hex(span, 16) && is_set(span);
        let known =
            is_hex(version, 2) && *version != "ff" && is_hex(flags, 2) && (*version != "00" || parts.len() == 4);
        (ids && known).then(|| Self { trace: (*trace).to_owned(), span: (*span).to_owned() })
    }
}

/// Reads pairs as the variables of OpenTelemetry hold them: `key=value,other=value`, with `%` escapes.
#[must_use]
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |text: &str| percent_encoding::percent_decode_str(text.trim()).decode_utf8_lossy().into_owned();
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (plain(key), plain(value))).filter(|(key, _)| !key.is_empty()).collect()
}

/// Writes the spans of runs, on one line.
///
/// # Errors
/// A record that cannot be written as JSON.
pub fn render(reports: &[&Report], context: &Context) -> Result<String, serde_json::Error> {
    let mut resource =
        vec![("service.name", "tamiz".to_owned()), ("service.version", env!("CARGO_PKG_VERSION").to_owned())];
    resource.retain(|(key, _)| !context.resource.iter().any(|(known, _)| known == key));
    let own = resource.iter().map(|(key, value)| text(key, value));
    let given = context.resource.iter().map(|(key, value)| text(key, value));
    let spans: Vec<Value> = reports.iter().map(|report| span(report, context)).collect();
    escape::json::line(&json!({ "resourceSpans": [{
        "resource": { "attributes": own.chain(given).collect::<Vec<_>>() },
        "scopeSpans": [{ "scope": { "name": "tamiz", "version": env!("CARGO_PKG_VERSION") }, "spans": spans }]
    }] }))
}

fn span(report: &Report, context: &Context) -> Value {
    let run = &report.run;
    let counts = &report.counts;
    let mut attributes = vec![
        text("tamiz.suite", &run.suite),
        text("tamiz.run.id", &run.id),
        text("tamiz.run.status", status(report.verdict.status)),
        number("tamiz.run.exit_code", u64::from(report.verdict.exit_code)),
        number("tamiz.run.rows_read", counts.rows_read),
        number("tamiz.run.bytes_read", counts.bytes_read),
    ];
    let rules =
        [("passed", counts.passed), ("failed", counts.failed), ("error", counts.error), ("skipped", counts.skipped)];
    attributes.extend(rules.map(|(state, count)| number(&format!("tamiz.rules.{state}"), count)));
    attributes.extend(run.labels.iter().map(|(key, value)| text(&format!("tamiz.label.{key}"), value)));
    let bad = || report.results.iter().filter(|rule| matches!(rule.status, Status::Failed | Status::Error));
    let (begun, ended) = (nanoseconds(&run.started_at), nanoseconds(&run.finished_at));
    let events: Vec<Value> = bad().take(EVENTS).map(|rule| event(rule, &ended)).collect();
    let passed = report.verdict.status == RunStatus::Passed;
    let mut span = json!({
        "traceId": context.parent.as_ref().map_or_else(|| hex(&run.invocation), |parent| parent.trace.clone()),
        "spanId": hex(&run.id).get(16..).unwrap_or_default(),
        "name": format!("tamiz check {}", line(&run.suite)),
        "kind": 1,
        "startTimeUnixNano": begun,
        "endTimeUnixNano": ended,
        "attributes": attributes,
        "events": events,
        "droppedEventsCount": bad().count().saturating_sub(EVENTS),
        "status": { "code": if passed { OK } else { ERROR } },
    });
    if let Some(parent) = &context.parent {
        span["parentSpanId"] = parent.span.as_str().into();
    }
    if !passed {
        span["status"]["message"] = line(&report.verdict.reason.en).into();
    }
    span
}

fn event(rule: &Outcome, at: &str) -> Value {
    let failed = rule.status == Status::Failed;
    let mut attributes = vec![
        text("tamiz.rule.id", &rule.id),
        text("tamiz.rule.expectation", &rule.expectation),
        text("tamiz.dataset", &rule.dataset),
    ];
    let level = rule.level.as_deref().filter(|_| failed);
    attributes.extend(level.map(|level| text("tamiz.rule.severity", level)));
    attributes.extend(rule.columns.iter().map(|column| text("tamiz.column", column)).take(1));
    attributes.extend(rule.violations.filter(|_| failed).map(|count| number("tamiz.rule.violations", count)));
    attributes.extend(rule.error.as_ref().map(|fault| text("error.type", &fault.code)));
    attributes
        .extend(rule.muted.is_some().then(|| json!({ "key": "tamiz.rule.muted", "value": { "boolValue": true } })));
    let name = if failed { "rule failed" } else { "rule in error" };
    json!({ "timeUnixNano": at, "name": name, "attributes": attributes })
}

const fn status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Passed => "passed",
        RunStatus::Failed => "failed",
        RunStatus::Error => "error",
        RunStatus::Aborted => "aborted",
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": line(key), "value": { "stringValue": line(value) } })
}

/// A whole number, which OTLP writes as text, for readers that would round it.
fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

/// The digits of a UUID: 32 of them, of which the last 16 are random.
fn hex(id: &str) -> String {
    let digits = uuid::Uuid::try_parse(id).map_or(0, |id| id.as_u128());
    format!("{digits:032x}")
}

fn nanoseconds(moment: &str) -> String {
    let read = chrono::DateTime::parse_from_rfc3339(moment).ok().and_then(|moment| moment.timestamp_nanos_opt());
    read.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn one(context: &Context) -> Value {
        let report = sample::report();
        let text = render(&[&report], context).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(text.lines().count(), 1);
        read["resourceSpans"][0].clone()
    }

    #[test]
    fn a_run_is_a_span_and_what_does_not_hold_its_events() {
        let report = sample::report();
        let read = one(&Context::default());
        let span = &read["scopeSpans"][0]["spans"][0];
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        assert_eq!(span["spanId"].as_str().unwrap().len(), 16);
        assert!(span["parentSpanId"].is_null());
        let took = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
        assert_eq!((took("endTimeUnixNano") - took("startTimeUnixNano")) / 1_000_000, report.run.duration_ms);
        let bad = report.counts.failed + report.counts.error;
        assert_eq!(span["events"].as_array().unwrap().len() as u64, bad);
        assert_eq!(span["status"]["code"], 2);
        assert_eq!(read["resource"]["attributes"][0]["value"]["stringValue"], "tamiz");
    }

    #[test]
    fn a_span_is_part_of_the_trace_that_started_it() {
        let parent = Parent::read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let resource = pairs("service.name=nightly, deployment.environment=prod%2Ceu,=x,y");
        let read = one(&Context { resource, parent: Some(parent) });
        let span = &read["scopeSpans"][0]["spans"][0];
        assert_eq!(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(span["parentSpanId"], "b7ad6b7169203331");
        let said: Vec<String> = read["resource"]["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| format!("{}={}", pair["key"].as_str().unwrap(), pair["value"]["stringValue"].as_str().unwrap()))
            .collect();
        assert_eq!(said[1..], ["service.name=nightly", "deployment.environment=prod,eu"]);
    }

    #[test]
    fn what_is_no_traceparent_names_no_parent() {
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(Parent::read(wrong), None, "{wrong}");
        }
        assert!(Parent::read("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some());
    }
}
