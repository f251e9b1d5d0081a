//! Messages of Dagster Pipes: the result of an asset check for each run, or for each rule.
//!
//! The protocol is that of `dagster-pipes`, version 0.1: a JSON object a line, `opened` first and `closed` last. Dagster takes
//! only checks that the asset declares, so what is reported is what the `extras` of the context ask for:
//!
//! * `tamiz_checks`: `suites` (default: one check a suite, named like it) or `rules` (one check a rule, named by its id).
//! * `tamiz_asset`: the key of the asset that the checks are of. Unsaid, it is the only asset of the step, or the one whose last
//!   part is the name of the dataset.
//!
//! A character that no name of Dagster may have is `_` in a name. A check that fails has severity `WARN` if all that failed is
//! below the gate and of a severity below `error`, and else `ERROR`: so a blocking check stops what follows also where
//! `--fail-on never` keeps the step from failing, without which Dagster takes no result. Where messages go is the matter of
//! `cli`.

use serde_json::{Map, Value, json};

use super::escape;
use super::reading::State;
use super::value::{cut, line};
use crate::lang::Lang;
use crate::outcome::{Outcome, Report, RunStatus};

/// The version of the protocol.
const VERSION: &str = "0.1";

/// How many rules that do not hold are named, and how long what is said of one may be.
const LISTED: usize = 20;
const LONGEST: usize = 500;

/// Writes the messages about runs, a line each.
///
/// # Errors
/// What the context leaves open: of which asset a check is.
pub fn render(reports: &[&Report], context: &Value, lang: Lang) -> Result<String, String> {
    let extra = |name: &str| context.pointer(&format!("/extras/{name}")).and_then(Value::as_str);
    let rules = match extra("tamiz_checks") {
        None | Some("suites") => false,
        Some("rules") => true,
        Some(other) => return Err(format!("the extra `tamiz_checks` is `{other}`, and may be suites or rules")),
    };
    let keys: Vec<&str> = context["asset_keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let asset_of = |name: &str| {
        let by_name = keys.iter().copied().find(|key| key.rsplit('/').next() == Some(name));
        let only = keys.first().copied().filter(|_| keys.len() == 1);
        extra("tamiz_asset").or(only).or(by_name).ok_or_else(|| {
            format!("the step has {} assets, none of them named `{name}`; say `tamiz_asset` in its extras", keys.len())
        })
    };
    let mut messages = vec![message("opened", &json!({ "extras": {} }))];
    for report in reports {
        if rules {
            for outcome in report.results.iter().filter(|outcome| State::of(outcome) != State::Skipped) {
                messages.push(of_rule(outcome, asset_of(&outcome.dataset)?, lang));
            }
        } else {
            messages.push(of_run(report, asset_of(&report.run.suite)?, lang));
        }
    }
    messages.push(message("closed", &json!({})));
    messages.iter().map(escape::json::line).collect::<Result<String, _>>().map_err(|error| error.to_string())
}

/// A name as Dagster takes it: letters, digits and `_`.
#[must_use]
pub fn name(id: &str) -> String {
    id.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect()
}

fn of_run(report: &Report, asset: &str, lang: Lang) -> Value {
    let counts = &report.counts;
    let states = || report.results.iter().map(|outcome| (State::of(outcome), outcome));
    let count = |wanted: State| states().filter(|(state, _)| *state == wanted).count();
    let bad = |state: State| matches!(state, State::Failed | State::Error | State::Warned);
    let mut listed: Vec<(State, &Outcome)> = states().filter(|(state, _)| bad(*state)).collect();
    listed.sort_by_key(|(state, _)| *state);
    let more = listed.len().saturating_sub(LISTED);
    let mut findings: Vec<String> = listed.into_iter().take(LISTED).map(|(_, outcome)| said(outcome, lang)).collect();
    findings.extend((more > 0).then(|| format!("… {} {}", more, lang.pick("more", "más"))));
    let mut metadata = Map::new();
    let mut put = |name: &str, kind: &str, value: Value| {
        metadata.insert(name.to_owned(), json!({ "raw_value": value, "type": kind }));
    };
    put("reason", "text", cut(&line(report.verdict.reason.get(lang)), LONGEST).into());
    put("exit_code", "int", report.verdict.exit_code.into());
    for state in State::ALL {
        put(state.name(), "int", count(state).into());
    }
    put("rows_read", "int", counts.rows_read.into());
    put("run_id", "text", cut(&line(&report.run.id), LONGEST).into());
    if !findings.is_empty() {
        put("findings", "json", findings.into());
    }
    let passed = report.verdict.status == RunStatus::Passed && count(State::Warned) == 0;
    let stopped = matches!(report.verdict.status, RunStatus::Error | RunStatus::Aborted);
    check(asset, &report.run.suite, passed, !stopped && report.results.iter().all(only_warns), &metadata)
}

fn of_rule(outcome: &Outcome, asset: &str, lang: Lang) -> Value {
    let state = State::of(outcome);
    let mut metadata = Map::new();
    let mut put = |name: &str, kind: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.insert(name.to_owned(), json!({ "raw_value": value, "type": kind }));
        }
    };
    put("rule", "text", Some(cut(&line(outcome.sentence.get(lang)), LONGEST).into()));
    put("found", "text", Some(cut(&line(outcome.message.get(lang)), LONGEST).into()));
    put("evaluated", "int", outcome.evaluated.map(Value::from));
    put("violations", "int", outcome.violations.map(Value::from));
    put("violation_share", "float", outcome.violation_share.map(Value::from));
    check(asset, &outcome.id, state == State::Passed, only_warns(outcome), &metadata)
}

/// Whether a rule holds, or fails below the gate and below the severity `error`.
fn only_warns(outcome: &Outcome) -> bool {
    match State::of(outcome) {
        State::Failed | State::Error => false,
        State::Warned => !matches!(outcome.level.as_deref(), Some("error" | "critical")),
        State::Passed | State::Skipped => true,
    }
}

fn said(outcome: &Outcome, lang: Lang) -> String {
    cut(&line(&format!("{}: {}", outcome.id, outcome.message.get(lang))), LONGEST)
}

fn check(asset: &str, id: &str, passed: bool, only_warns: bool, metadata: &Map<String, Value>) -> Value {
    message(
        "report_asset_check",
        &json!({
            "asset_key": asset,
            "check_name": name(id),
            "passed": passed,
            "severity": if only_warns { "WARN" } else { "ERROR" },
            "metadata": metadata,
        }),
    )
}

fn message(method: &str, params: &Value) -> Value {
    json!({ "__dagster_pipes_version": VERSION, "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn checks(context: &Value) -> Result<Vec<Value>, String> {
        let text = render(&[&sample::report()], context, Lang::En)?;
        let messages: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!([&messages[0]["method"], &messages[messages.len() - 1]["method"]], ["opened", "closed"]);
        Ok(messages[1..messages.len() - 1].iter().map(|message| message["params"].clone()).collect())
    }

    #[test]
    fn a_run_is_one_check_of_the_only_asset() {
        let told = checks(&json!({ "asset_keys": ["raw/x"], "extras": {} })).unwrap();
        assert_eq!(told.len(), 1);
        let report = sample::report();
        assert_eq!(told[0]["asset_key"], "raw/x");
        assert_eq!(told[0]["check_name"], name(&report.run.suite));
        assert_eq!((&told[0]["passed"], &told[0]["severity"]), (&json!(false), &json!("ERROR")));
        assert_eq!(told[0]["metadata"]["rows_read"]["raw_value"], report.counts.rows_read);
    }

    #[test]
    fn rules_are_checks_where_that_is_asked_and_what_warns_only_warns() {
        let context = json!({ "asset_keys": ["a", "b"], "extras": { "tamiz_checks": "rules", "tamiz_asset": "a" } });
        let told = checks(&context).unwrap();
        let report = sample::report();
        let evaluated: Vec<&Outcome> =
            report.results.iter().filter(|outcome| State::of(outcome) != State::Skipped).collect();
        assert_eq!(told.len(), evaluated.len());
        for (told, outcome) in told.iter().zip(evaluated) {
            assert_eq!(told["check_name"], name(&outcome.id));
            assert_eq!(told["passed"], State::of(outcome) == State::Passed);
            assert_eq!(told["severity"] == "WARN", only_warns(outcome));
        }
    }

    #[test]
    fn an_asset_that_is_not_known_is_asked_for() {
        let fault = checks(&json!({ "asset_keys": null, "extras": {} })).unwrap_err();
        assert!(fault.contains("say `tamiz_asset`"), "{fault}");
        let fault = checks(&json!({ "asset_keys": ["a"], "extras": { "tamiz_checks": "all" } })).unwrap_err();
        assert!(fault.contains("suites or rules"), "{fault}");
    }
}
