//! One line of a log: for people, as plain JSON, or in the Elastic Common Schema.
//!
//! What lets one in to a URL is masked in every text, and no text acts on a terminal or on the log of a CI service. The names of
//! ECS are those of its version 8.11: `log.level` and `ecs.version` are keys with a dot, `event.duration` counts nanoseconds.

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tracing::Level;

use crate::dataset::masked;
use crate::report::escape;

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    /// A line of text for people.
    Text,
    /// An object of JSON a line.
    Json,
    /// An object of the Elastic Common Schema a line.
    Ecs,
}

/// The run that events are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) run: Option<String>,
    pub(super) suite: Option<String>,
    pub(super) invocation: Option<String>,
}

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// When, in RFC 3339.
    pub(super) at: String,
    pub(super) level: Level,
    /// The module that tells it.
    pub(super) target: &'a str,
    pub(super) message: String,
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// Fields that have a name in ECS.
const ECS: [(&str, &str); 8] = [
    ("action", "event.action"),
    ("code", "error.code"),
    ("error", "error.message"),
    ("file", "file.path"),
    ("outcome", "event.outcome"),
    ("rule", "rule.id"),
    ("to", "url.full"),
    ("expectation", "rule.category"),
];

/// Fields that are labels in ECS, which are text.
const LABELS: [&str; 4] = ["dataset", "severity", "level", "suite"];

impl Entry<'_> {
    /// Writes the line, with its end.
    pub(super) fn write(&self, form: Form, about: &About) -> String {
        let written = match form {
            Form::Text => return self.text(about),
            Form::Json => escape::json::line(&self.json(about)),
            Form::Ecs => escape::json::line(&self.ecs(about)),
        };
        // Maps of text and numbers can always be written.
        written.unwrap_or_default()
    }

    fn text(&self, about: &About) -> String {
        let mut line = format!("{} {:5} {}", self.at, self.level, plain(&clean(&self.message)));
        let run = about.run.iter().map(|run| ("run", Value::from(run.as_str())));
        for (name, value) in self.fields.iter().map(|(name, value)| (*name, cleaned(value))).chain(run) {
            let shown = match &value {
                Value::String(text) if is_word(text) => text.clone(),
                Value::String(text) => quoted(text),
                other => other.to_string(),
            };
            line += &format!(" {name}={shown}");
        }
        line + "\n"
    }

    fn json(&self, about: &About) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
        put("timestamp", self.at.clone().into());
        put("level", self.level.as_str().to_ascii_lowercase().into());
        put("target", self.target.into());
        put("message", clean(&self.message).into());
        for (name, known) in [("run", &about.run), ("suite", &about.suite), ("invocation", &about.invocation)] {
            if let Some(known) = known {
                put(name, known.as_str().into());
            }
        }
        self.fields.iter().for_each(|(name, value)| put(name, cleaned(value)));
        Value::Object(object)
    }

    fn ecs(&self, about: &About) -> Value {
        let mut labels = Map::new();
        for (name, known) in [("run_id", &about.run), ("suite", &about.suite), ("invocation", &about.invocation)] {
            if let Some(known) = known {
                labels.insert(name.to_owned(), known.as_str().into());
            }
        }
        let mut object = Map::new();
        let mut own = Map::new();
        let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
        put("@timestamp", self.at.clone().into());
        put("log.level", self.level.as_str().to_ascii_lowercase().into());
        put("message", clean(&self.message).into());
        put("ecs.version", "8.11.0".into());
        put("log.logger", self.target.into());
        put("service.name", "tamiz".into());
        put("service.version", env!("CARGO_PKG_VERSION").into());
        put("event.dataset", "tamiz.log".into());
        put("event.kind", "event".into());
        for (name, value) in &self.fields {
            let value = cleaned(value);
            let known = ECS.iter().find(|(field, _)| field == name);
            match (known, value) {
                (Some((_, key)), value) => put(key, value),
                (None, value) if *name == "duration_ms" => {
                    put("event.duration", json!(value.as_u64().unwrap_or(0).saturating_mul(1_000_000)));
                }
                (None, Value::String(text)) if LABELS.contains(name) => {
                    drop(labels.insert((*name).to_owned(), text.into()));
                }
                (None, value) => drop(own.insert((*name).to_owned(), value)),
            }
        }
        if !labels.is_empty() {
            put("labels", Value::Object(labels));
        }
        if !own.is_empty() {
            put("tamiz", Value::Object(own));
        }
        Value::Object(object)
    }
}

/// A value without what lets one in.
fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(text) => clean(text).into(),
        other => other.clone(),
    }
}

/// A text in which URLs show neither user nor password, nor a query that lets one in.
fn clean(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '`' | '"' | '\'' | '<' | '>' | '(' | ')');
    text.split_inclusive(ends)
        .map(|part| {
            let word = part.trim_end_matches(ends);
            masked(word) + &part[word.len()..]
        })
        .collect()
}

fn is_word(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.:/@+,".contains(letter);
    !text.is_empty() && text.chars().all(is_plain)
}

/// A text between quotes, as JSON has it.
fn quoted(text: &str) -> String {
    escape::json::line(&text).unwrap_or_default().trim_end().to_owned()
}

/// A text on one line that nothing acts on.
fn plain(text: &str) -> String {
    let quoted = quoted(text);
    quoted.trim_start_matches('"').trim_end_matches('"').replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry<'static> {
        Entry {
            at: "2026-11-22T10:15:04.512Z".to_owned(),
            level: Level::WARN,
            target: "tamiz::cli::log::told",
            message: "rule failed".to_owned(),
            fields: vec![
                ("rule", "ventas.id.unique".into()),
                ("severity", "critical".into()),
                ("failed_rows", 1204.into()),
                ("duration_ms", 231.into()),
                ("to", "https://ana:secret@h.example/x?token=t".into()),
                ("note", "##vso[x] \u{1b}[2J a\nb".into()),
            ],
        }
    }

    fn about() -> About {
        let some = |text: &str| Some(text.to_owned());
        About { run: some("01"), suite: some("ventas"), invocation: some("02") }
    }

    #[test]
    fn people_read_one_line() {
        let line = entry().write(Form::Text, &about());
        let start =
            "2026-11-22T10:15:04.512Z WARN  rule failed rule=ventas.id.unique severity=critical failed_rows=1204";
        assert!(line.starts_with(start) && line.ends_with(" run=01\n") && line.lines().count() == 1, "{line}");
        assert!(!line.contains("secret") && !line.contains("##vso") && !line.contains('\u{1b}'), "{line}");
    }

    #[test]
    fn each_line_for_machines_is_an_object_that_names_its_run() {
        for form in [Form::Json, Form::Ecs] {
            let line = entry().write(form, &about());
            assert!(line.ends_with("}\n") && line.lines().count() == 1 && !line.contains("secret"), "{line}");
            assert!(!line.contains("##") && !line.contains('\u{1b}'), "{line}");
            let object: Value = serde_json::from_str(&line).unwrap();
            let run = if form == Form::Json { &object["run"] } else { &object["labels"]["run_id"] };
            assert_eq!(run, "01");
        }
    }

    #[test]
    fn ecs_has_its_own_names() {
        let object: Value = serde_json::from_str(&entry().write(Form::Ecs, &about())).unwrap();
        assert_eq!(object["log.level"], "warn");
        assert_eq!(object["ecs.version"], "8.11.0");
        assert_eq!(object["event.duration"], 231_000_000);
        assert_eq!(
            (&object["rule.id"], &object["labels"]["severity"]),
            (&json!("ventas.id.unique"), &json!("critical"))
        );
        assert_eq!(object["tamiz"]["failed_rows"], 1204);
    }

    #[test]
    fn what_lets_one_in_is_masked_wherever_it_stands() {
        let said = clean("cannot read `s3://k:s@b/x`: (https://h/x?sig=abc) x://");
        assert_eq!(said, "cannot read `s3://***@b/x`: (https://h/x?***) x://");
    }
}
