//! The JSON Schema of `tamiz.yaml`, for editors. The reader does not use it: it says more.

use serde_json::{Map, Value as Json, json};

use crate::config::keys;
use crate::ir::Severity;
use crate::lang::Lang;
use crate::suite::pii::Style;

/// The schema of the file.
#[must_use]
pub fn config() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tamiz:config:1",
        "title": "The configuration of Tamiz",
        "description": "What holds for all suites of a project: tamiz.yaml.",
        "type": "object",
        "required": ["tamiz"],
        "properties": {
            "tamiz": { "const": 1, "description": "The version of the language." },
            "report": object("Where people find the pages that runs leave.", json!({
                "url": setting("The address that the folder of reports is served at.")
            })),
            "history": {
                "description": "The PostgreSQL database that the history of a team is in; TAMIZ_HISTORY wins.",
                "anyOf": [{ "type": "string", "pattern": "^postgres(ql)?://" }, { "$ref": "#/$defs/secret" }]
            },
            "connections": {
                "type": "object", "description": "Where the databases are that suites name: their URLs, or {env: NAME}.",
                "minProperties": 1, "additionalProperties": { "anyOf": [
                    { "type": "string", "pattern": "^([a-z]+://.|duckdb:|(adbc|sqlite):.)" }, { "$ref": "#/$defs/secret" }, { "$ref": "#/$defs/connection" }
                ] }
            },
            "retention": retention(),
            "masks": masks(),
            "lineage": lineage(),
            "defaults": defaults(),
            "serve": object("How `tamiz serve` is reached.", json!({
                "token": secret_of("The token that it asks for; TAMIZ_TOKEN wins.")
            })),
            "alerts": { "$ref": "#/$defs/alerts" }
        },
        "patternProperties": { "^x-": {} },
        "additionalProperties": false,
        "$defs": {
            "alerts": alerts(),
            "channel": channel(),
            "connection": connection(),
            "match": matches(),
            "secret": secret(),
            "length": { "type": "string", "pattern": "^([0-9]+[wdhms])+$" }
        }
    })
}

fn alerts() -> Json {
    let mut alerts = object(
        "What is sent to whom.",
        json!({
            "lang": lang("The language of sentences; en if unsaid."),
            "environment": setting("The name of where this runs, such as prod: part of the key of every incident."),
            "timeout": length("How long delivery may take in all; 30s if unsaid."),
            "repeat": length("How long nothing is said again while nothing changes; 4h if unsaid."),
            "group_by": words(keys::GROUP_BY, "What is told in one message; suite and dataset if unsaid. The suite always counts."),
            "resolved": flag("Whether it is told that problems are over; true if unsaid."),
            "items": number("How many rules a message names; 10 if unsaid."),
            "breaker": object("When a channel that fails is left alone.", json!({
                "failures": number("After so many failed deliveries in a row; 3 if unsaid."),
                "rest": length("For so long; 15m if unsaid.")
            })),
            "channels": {
                "type": "object", "description": "Where alerts go, by name.", "minProperties": 1,
                "additionalProperties": { "$ref": "#/$defs/channel" }
            },
            "routes": { "type": "array", "description": "Which problems go where; the first that fits counts.", "items": route() },
            "escalate": { "type": "array", "description": "What rouses others.", "items": escalation() },
            "mutes": { "type": "array", "description": "What is kept quiet.", "items": mute() }
        }),
    );
    alerts["required"] = json!(["channels", "routes"]);
    alerts
}

fn connection() -> Json {
    let mut connection = object(
        "Where a database is, and how one gets in.",
        json!({
            "url": { "description": "Its URL.", "anyOf": [
                { "type": "string", "pattern": "^([a-z]+://.|duckdb:|(adbc|sqlite):.)" }, { "$ref": "#/$defs/secret" }
            ]},
            "password": secret_of("The password, where the URL has none; PGPASSWORD for PostgreSQL and MYSQL_PWD for MariaDB if unsaid."),
            "timeout": length("How long one statement may take; as long as the run if unsaid."),
            "ca": { "type": "string", "description": "The file of the authorities, in PEM, one of which must have signed the certificate of the server; those of the system if unsaid." }
        }),
    );
    connection["required"] = json!(["url"]);
    connection
}

fn retention() -> Json {
    let mut retention = object(
        "Which runs `tamiz history prune` keeps where no flag says so.",
        json!({
            "runs": number("The newest so many of each suite."),
            "days": number("Those of the last so many days."),
            "failed_days": number("Those of the last so many days that did not pass."),
            "daily": number("The newest of each of so many days."),
            "weekly": number("The newest of each of so many weeks."),
            "monthly": number("The newest of each of so many months."),
            "last_passed": flag("The newest that passed."),
            "last_failed": flag("The newest that did not pass.")
        }),
    );
    retention["minProperties"] = json!(1);
    retention
}

fn masks() -> Json {
    let styles = Style::ALL.map(Style::name);
    object(
        "How values are masked in all suites.",
        json!({
            "mask": { "enum": styles, "description": "How a value is shown where neither its column nor its suite says." },
            "detect": flag("Whether columns are looked through for personal data, whatever suites say."),
            "samples": flag("Whether values of rows are shown at all, whatever suites say; true if unsaid."),
            "columns": {
                "type": "object",
                "description": "Globs of column names that are masked in every dataset, whatever suites say; the first that fits counts.",
                "additionalProperties": { "anyOf": [{ "enum": styles }, { "const": true }] }
            }
        }),
    )
}

fn lineage() -> Json {
    let mut lineage = object(
        "Where events of OpenLineage go with every check.",
        json!({
            "url": url("The server."),
            "namespace": setting("The namespace of jobs where OPENLINEAGE_NAMESPACE names none; tamiz if unsaid."),
            "token": secret_of("The token that lets one in where OPENLINEAGE_API_KEY has none.")
        }),
    );
    lineage["required"] = json!(["url"]);
    lineage
}

fn defaults() -> Json {
    let severities: Vec<&str> = Severity::ALL.map(Severity::name).into_iter().chain(["never"]).collect();
    object(
        "What `tamiz check` does where no flag says so.",
        json!({
            "lang": lang("The language of what people read."),
            "fail_on": { "enum": severities, "description": "The severity from which a failed rule fails the gate; a suite's own wins." },
            "samples": number("How many violating rows are kept for each rule."),
            "memory": { "type": ["string", "integer"], "description": "How much memory keys and the like may take, such as 2GiB." },
            "retries": number("How often a read over the network is tried again."),
            "labels": {
                "type": "object", "description": "Labels of runs; the command line adds to them.",
                "additionalProperties": setting("Its value.")
            },
            "output": texts("Where results go, as --output spells it.")
        }),
    )
}

fn channel() -> Json {
    let kinds = keys::KINDS.iter().map(|(kind, own)| {
        let mut properties = Map::new();
        properties.insert("type".to_owned(), json!({ "const": kind }));
        properties.insert("lang".to_owned(), lang("The language of its sentences."));
        properties.insert("fallback".to_owned(), text("The channel that takes its place when it fails."));
        own.iter().for_each(|key| drop(properties.insert((*key).to_owned(), of_channel(kind, key))));
        let optional = ["secret", "signature", "token", "every", "user", "password", "tls"];
        let needed: Vec<&str> = own
            .iter()
            .copied()
            .filter(|key| !optional.contains(key) && (*kind, *key) != ("pagerduty", "url"))
            .collect();
        let required = [&["type"], needed.as_slice()].concat();
        json!({ "type": "object", "properties": properties, "additionalProperties": false, "required": required })
    });
    json!({ "description": "A place that alerts go to.", "oneOf": kinds.collect::<Vec<_>>() })
}

/// What a key of a channel holds.
fn of_channel(kind: &str, key: &str) -> Json {
    match (kind, key) {
        ("slack" | "teams", "url") => secret_of("The address of the webhook, which lets its holder in."),
        ("pagerduty", "url") => url("Where events go; the Events API of the United States if unsaid."),
        (_, "url") => url("Its address."),
        (_, "routing_key") => secret_of("The key of the integration."),
        (_, "secret") => secret_of("The key that bodies are signed with, whsec_… for Standard Webhooks."),
        (_, "token") => secret_of("The token that lets one in."),
        (_, "password") => secret_of("The password of the user."),
        (_, "signature") => {
            json!({ "enum": ["standard", "github"], "description": "How bodies are signed; standard if unsaid." })
        }
        (_, "tls") => {
            json!({ "enum": ["required", "none"], "description": "Whether STARTTLS is asked for; required if unsaid." })
        }
        (_, "every") => {
            length("How often suites are checked: an alert ends by itself after twice that; 24h if unsaid.")
        }
        (_, "smtp") => {
            json!({ "type": "string", "pattern": "^smtps?://", "description": "The server: smtp://host:587 or smtps://host:465." })
        }
        (_, "to") => texts("Who is written to."),
        (_, "from") => text("Who writes."),
        _ => text("Who asks to send."),
    }
}

fn route() -> Json {
    let mut route = object(
        "Which problems go where.",
        json!({
            "match": { "$ref": "#/$defs/match" },
            "to": texts("The channels; none is nowhere."),
            "continue": flag("Whether later routes are asked as well."),
            "repeat": length("How long nothing is said again while nothing changes."),
            "group_by": words(keys::GROUP_BY, "What is told in one message."),
            "resolved": flag("Whether it is told that problems are over.")
        }),
    );
    route["required"] = json!(["to"]);
    route
}

fn matches() -> Json {
    object(
        "Which problems are meant: all parts must fit.",
        json!({
            "severity": words(&Severity::ALL.map(Severity::name), "Their severities."),
            "status": words(&["failed", "error"], "What became of the rule."),
            "suite": texts("Patterns of suites."),
            "dataset": texts("Patterns of datasets."),
            "rule": texts("Patterns of ids of rules."),
            "tag": texts("Patterns of tags, of which one must fit."),
            "owner": texts("Patterns of owners.")
        }),
    )
}

fn escalation() -> Json {
    let mut escalation = object(
        "More than so many failures within some time.",
        json!({
            "more_than": number("More than so many."),
            "severity": { "enum": Severity::ALL.map(Severity::name), "description": "Of this severity or a worse one; critical if unsaid." },
            "within": length("Within so long before now."),
            "by": words(keys::ESCALATE_BY, "What they are counted by; all together if unsaid."),
            "to": texts("The channels.")
        }),
    );
    escalation["required"] = json!(["more_than", "within", "to"]);
    escalation
}

fn mute() -> Json {
    let mut mute = object(
        "What is kept quiet.",
        json!({
            "match": { "$ref": "#/$defs/match" },
            "until": text("The last day, of UTC, or an instant."),
            "reason": text("Why.")
        }),
    );
    mute["required"] = json!(keys::MUTE);
    mute
}

fn secret() -> Json {
    json!({ "oneOf": [
        { "type": "object", "required": ["env"], "additionalProperties": false, "properties": { "env": text("A variable of the environment.") } },
        { "type": "object", "required": ["file"], "additionalProperties": false, "properties": { "file": text("A file, relative to this one.") } }
    ]})
}

fn secret_of(description: &str) -> Json {
    json!({ "description": description, "$ref": "#/$defs/secret" })
}

fn setting(description: &str) -> Json {
    json!({ "description": description, "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/secret" }] })
}

fn url(description: &str) -> Json {
    json!({ "description": description, "anyOf": [{ "type": "string", "pattern": "^https?://" }, { "$ref": "#/$defs/secret" }] })
}

fn object(description: &str, properties: Json) -> Json {
    let mut object = json!({
        "type": "object", "description": description, "patternProperties": { "^x-": {} }, "additionalProperties": false
    });
    object["properties"] = properties;
    object
}

fn text(description: &str) -> Json {
    json!({ "type": "string", "description": description })
}

fn texts(description: &str) -> Json {
    json!({ "description": description, "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
}

fn words(words: &[&str], description: &str) -> Json {
    json!({ "description": description, "anyOf": [{ "enum": words }, { "type": "array", "items": { "enum": words } }] })
}

fn number(description: &str) -> Json {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

fn flag(description: &str) -> Json {
    json!({ "type": "boolean", "description": description })
}

fn length(description: &str) -> Json {
    json!({ "description": description, "$ref": "#/$defs/length" })
}

fn lang(description: &str) -> Json {
    json!({ "enum": Lang::ALL.map(Lang::code), "description": description })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_the_schema() {
        let text = config().to_string();
        let kinds = keys::KINDS.iter().map(|(kind, keys)| (*kind, *keys));
        for (of, table) in keys::TABLES.iter().copied().chain(kinds) {
            for key in table {
                assert!(text.contains(&format!("\"{key}\":")), "`{key}` of {of}");
            }
        }
    }
}
