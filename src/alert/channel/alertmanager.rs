//! Alertmanager of Prometheus: one alert for each problem, which groups and repeats by itself.
//!
//! Labels are what an alert is known by, so they hold no number. What is not sent again ends after twice the time between
//! checks.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::alert::notice::{Kind, Notice};
use crate::alert::words;
use crate::ir::time::format_timestamp;
use crate::lang::Lang;
use crate::report::line;

/// The alerts of a notice, for suites that are checked so often.
#[must_use]
pub fn alerts(notice: &Notice, every: Duration, lang: Lang) -> Json {
    let every = i64::try_from(every.as_micros()).unwrap_or(i64::MAX / 4);
    let labels = |dataset: &str, rule: &str, severity: &str| {
        let mut labels = json!({
            "alertname": if notice.kind == Kind::Escalated { "TamizEscalation" } else { "TamizProblem" },
            "suite": line(&notice.suite), "dataset": line(dataset), "rule": line(rule), "severity": severity
        });
        if let Some(environment) = &notice.environment {
            labels["environment"] = environment.as_str().into();
        }
        labels
    };
    let firing = notice.items.iter().map(|item| {
        let problem = &item.problem;
        let mut annotations =
            json!({ "summary": words::headline(notice, lang), "description": words::item(item, lang) });
        for (name, said) in [("runbook_url", &problem.runbook), ("owner", &problem.owner)] {
            if let Some(said) = said {
                annotations[name] = line(said).into();
            }
        }
        json!({
            "labels": labels(&problem.dataset, &problem.name, problem.severity.name()),
            "annotations": annotations,
            "startsAt": problem.since.as_ref().map_or_else(|| format_timestamp(notice.at), |(since, _)| since.clone()),
            "endsAt": format_timestamp(notice.at.saturating_add(every.saturating_mul(2))),
            "generatorURL": notice.link().unwrap_or_default()
        })
    });
    let over = notice.fixed.iter().map(|fixed| {
        json!({
            "labels": labels(&fixed.dataset, &fixed.name, &fixed.severity),
            "annotations": { "summary": words::headline(notice, lang) },
            "startsAt": fixed.since,
            "endsAt": format_timestamp(notice.at),
            "generatorURL": notice.link().unwrap_or_default()
        })
    });
    firing.chain(over).collect::<Vec<_>>().into()
}
