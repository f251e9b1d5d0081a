//! The record, one JSON object a line: the run, its datasets, its rules.
//!
//! Each line says its suite and its run, so that it can be read alone. Names and values are those of `report.json`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::escape::json;
use crate::outcome::Report;

/// Writes runs one after the other.
pub fn render(reports: &[&Report]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for report in reports {
        text += &line(report, "run", &About { run: &report.run, verdict: &report.verdict, counts: &report.counts })?;
        for dataset in &report.datasets {
            text += &line(report, "dataset", dataset)?;
        }
        for rule in &report.results {
            text += &line(report, "rule", rule)?;
        }
    }
    Ok(text)
}

#[derive(Serialize)]
struct About<'a> {
    run: &'a crate::outcome::Run,
    verdict: &'a crate::outcome::Verdict,
    counts: &'a crate::outcome::Counts,
}

fn line(report: &Report, kind: &str, content: &impl Serialize) -> Result<String, serde_json::Error> {
    let run = &report.run;
    let mut object = Map::new();
    let head = [
        ("line", kind),
        ("suite", &run.suite),
        ("run_id", &run.id),
        ("invocation", &run.invocation),
        ("started_at", &run.started_at),
    ];
    object.extend(head.map(|(name, text)| (name.to_owned(), Value::from(text))));
    if let Value::Object(content) = serde_json::to_value(content)? {
        object.extend(content);
    }
    json::line(&object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_lines_hold_the_record() {
        let report = sample::report();
        let text = render(&[&report]).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1 + 4 + 14);
        assert!(lines.iter().all(|line| line["run_id"] == report.run.id.as_str() && line["suite"] == "ventas"));
        let record = serde_json::to_value(&report).unwrap();
        assert_eq!(lines[0]["verdict"], record["verdict"]);
        for (line, rule) in lines[5..].iter().zip(record["results"].as_array().unwrap()) {
            let same = rule.as_object().unwrap().iter().all(|(name, value)| line.get(name) == Some(value));
            assert!(same && line["line"] == "rule", "{line}");
        }
    }

    #[test]
    fn a_line_can_be_read_alone() {
        let text = render(&[&sample::report()]).unwrap();
        insta::assert_snapshot!(text.lines().nth(6).unwrap());
    }
}
