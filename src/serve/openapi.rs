//! The description of the API: `OpenAPI` 3.1, made from one table and the types that are answered.

use axum::Json;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::outcome::{Report, RunStatus};
use crate::report::html::Question;
use crate::serve::api::{Listed, Suites, Summed, Trended};
use crate::serve::checks::{Asked, Known, Order};
use crate::serve::question::{LIMIT, OFFSET, USUAL};

/// Something that is answered.
struct Route {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// Keys of the question or of the path: a name, its schema, what it means.
    keys: Vec<(&'static str, Value, &'static str)>,
    body: Option<Value>,
    /// The status of the answer that was hoped for, what it means, its media type and its schema.
    answer: (u16, &'static str, &'static str, Value),
    /// Other statuses.
    others: &'static [u16],
}

const JSON: &str = "application/json";

fn text() -> Value {
    json!({ "type": "string" })
}

fn moment() -> Value {
    let of = |format: &str| json!({ "type": "string", "format": format });
    json!({ "anyOf": [of("date-time"), of("date"), { "const": "" }] })
}

fn whole(least: u64, most: u64, usual: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "default": usual })
}

fn named<T: JsonSchema>(made: &mut SchemaGenerator) -> schemars::Schema {
    made.subschema_for::<T>()
}

/// Everything that is answered.
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn routes(made: &mut SchemaGenerator) -> Vec<Route> {
    let of = |made: &mut SchemaGenerator, schema: fn(&mut SchemaGenerator) -> schemars::Schema| schema(made).to_value();
    let uuid = || json!({ "type": "string", "format": "uuid" });
    let suite = || ("suite", text(), "A suite, or a pattern with `*` and `?`.");
    vec![
        Route {
            method: "get",
            path: "/api/runs",
            summary: "Runs of the history, the newest first.",
            keys: vec![
                suite(),
                ("status", of(made, named::<RunStatus>), "What they came to."),
                ("since", moment(), "Those that began then or later: a date or an instant."),
                ("until", moment(), "Those that began before then."),
                ("branch", text(), "Their branch, or a pattern."),
                ("rule", text(), "Those that have a rule with this id, or a pattern."),
                ("limit", whole(1, LIMIT, USUAL), "So many at most."),
                ("offset", whole(0, OFFSET, 0), "So many are skipped."),
            ],
            body: None,
            answer: (200, "Runs.", JSON, of(made, named::<Listed>)),
            others: &[400],
        },
        Route {
            method: "get",
            path: "/api/runs/{id}",
            summary: "The record of a run, as `--output json` writes it.",
            keys: vec![("id", uuid(), "The id of the run.")],
            body: None,
            answer: (200, "The record.", JSON, of(made, named::<Report>)),
            others: &[404],
        },
        Route {
            method: "get",
            path: "/api/suites",
            summary: "Every suite that has a run or can be checked from here, with its newest run.",
            keys: Vec::new(),
            body: None,
            answer: (200, "Suites.", JSON, of(made, named::<Suites>)),
            others: &[],
        },
        Route {
            method: "get",
            path: "/api/rules/{id}/trend",
            summary: "What became of a rule in the newest runs, the oldest first.",
            keys: vec![
                ("id", text(), "The id of the rule."),
                suite(),
                ("limit", whole(1, LIMIT, 30), "So many runs at most."),
            ],
            body: None,
            answer: (200, "The results.", JSON, of(made, named::<Trended>)),
            others: &[400, 404],
        },
        Route {
            method: "get",
            path: "/api/summary",
            summary: "What the newest run of each suite found: rules by severity, dimension, expectation and dataset.",
            keys: vec![suite()],
            body: None,
            answer: (200, "Counts.", JSON, of(made, named::<Summed>)),
            others: &[400],
        },
        Route {
            method: "post",
            path: "/api/check",
            summary: "Asks for a check of a suite, which waits for its turn; one of a suite at a time. A token is needed.",
            keys: Vec::new(),
            body: Some(of(made, named::<Order>)),
            answer: (202, "It waits.", JSON, of(made, named::<Known>)),
            others: &[400, 404, 408, 409, 413, 429, 503],
        },
        Route {
            method: "get",
            path: "/api/checks",
            summary: "Checks that were asked for, the newest first.",
            keys: Vec::new(),
            body: None,
            answer: (200, "Checks.", JSON, of(made, named::<Asked>)),
            others: &[],
        },
        Route {
            method: "get",
            path: "/api/checks/{id}",
            summary: "A check that was asked for.",
            keys: vec![("id", text(), "The id of the check.")],
            body: None,
            answer: (200, "The check.", JSON, of(made, named::<Known>)),
            others: &[404],
        },
        Route {
            method: "post",
            path: "/api/checks/{id}/stop",
            summary: "Asks a check to end; its report says that it was stopped. A token is needed.",
            keys: vec![("id", text(), "The id of the check.")],
            body: None,
            answer: (202, "It ends.", JSON, of(made, named::<Known>)),
            others: &[404],
        },
        Route {
            method: "get",
            path: "/api/checks/{id}/events",
            summary: "What happens to a check, as it happens: events `log`, a line of the log each, and `state`.",
            keys: vec![("id", text(), "The id of the check.")],
            body: None,
            answer: (200, "Server-sent events.", "text/event-stream", text()),
            others: &[404],
        },
        Route {
            method: "get",
            path: "/metrics",
            summary: "Gauges of the newest run of each suite, for Prometheus.",
            keys: Vec::new(),
            body: None,
            answer: (200, "Gauges.", "text/plain", text()),
            others: &[],
        },
        Route {
            method: "get",
            path: "/readyz",
            summary: "Whether the history can be read.",
            keys: Vec::new(),
            body: None,
            answer: (200, "It can.", "text/plain", text()),
            others: &[503],
        },
        Route {
            method: "get",
            path: "/healthz",
            summary: "That the server is there. It asks for no token.",
            keys: Vec::new(),
            body: None,
            answer: (200, "It is.", "text/plain", text()),
            others: &[],
        },
    ]
}

/// What a status means.
const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The question is not understood.",
        401 => "The token is missing or wrong.",
        403 => "It is not for whoever asks.",
        404 => "There is nothing of that name.",
        408 => "The body did not come in time.",
        409 => "The suite waits to be checked already.",
        413 => "The body is too long.",
        429 => "Too many checks wait already; `Retry-After` says when to come back.",
        500 => "The history cannot be read.",
        _ => "Not now.",
    }
}

/// The statuses that a route may answer with besides the one that was hoped for.
fn others(route: &Route) -> Vec<u16> {
    let guarded: &[u16] = if route.path == "/healthz" { &[] } else { &[401, 403, 500] };
    let mut statuses = [guarded, route.others].concat();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// The description.
#[must_use]
pub fn description() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut made = settings.for_serialize().into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes(&mut made) {
        let keys = route.keys.iter().map(|(name, schema, what)| {
            let place = if route.path.contains(&format!("{{{name}}}")) { "path" } else { "query" };
            json!({ "name": name, "in": place, "required": place == "path", "description": what, "schema": schema })
        });
        let (status, what, media_type, schema) = &route.answer;
        let mut answers = Map::new();
        let content = json!({ *media_type: { "schema": schema } });
        answers.insert(status.to_string(), json!({ "description": what, "content": content }));
        let refusal = json!({ JSON: { "schema": { "$ref": "#/components/schemas/Refusal" } } });
        for status in others(&route) {
            answers.insert(status.to_string(), json!({ "description": meaning(status), "content": refusal }));
        }
        let mut operation = json!({
            "summary": route.summary,
            "operationId": format!("{} {}", route.method, route.path),
            "parameters": keys.collect::<Vec<_>>(),
            "responses": answers,
            "security": if route.path == "/healthz" { json!([]) } else { json!([{ "bearer": [] }, { "basic": [] }, {}]) },
        });
        if let Some(body) = &route.body {
            operation["requestBody"] = json!({ "required": true, "content": { JSON: { "schema": body } } });
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation;
    }
    let mut schemas = made.take_definitions(true);
    // What the type does not say: names and values end up on a command line.
    if let Some(order) = schemas.get_mut("Order") {
        for key in ["vars", "labels"] {
            order["properties"][key]["propertyNames"] = json!({ "pattern": "^[^=\\u0000]+$" });
            order["properties"][key]["additionalProperties"] = json!({ "type": "string", "pattern": "^[^\\u0000]*$" });
        }
        order["properties"]["as_of"]["pattern"] = "^[^\\u0000]*$".into();
    }
    schemas.insert(
        "Refusal".to_owned(),
        json!({ "type": "object", "required": ["error"], "properties": { "error": { "type": "string", "description": "Why." } } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tamiz",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Runs of suites, and checks that are asked for."
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "basic": { "type": "http", "scheme": "basic", "description": "Any name; the password is the token." }
            }
        }
    })
}

/// What is answered, for people.
#[must_use]
pub fn questions() -> Vec<Question> {
    let mut made = SchemaSettings::draft2020_12().into_generator();
    let asked = |route: &Route| Question {
        method: route.method.to_uppercase(),
        path: route.path.to_owned(),
        summary: route.summary.to_owned(),
        keys: route.keys.iter().map(|(name, _, what)| ((*name).to_owned(), (*what).to_owned())).collect(),
        answers: std::iter::once((route.answer.0.to_string(), route.answer.1.to_owned()))
            .chain(route.others.iter().map(|status| (status.to_string(), meaning(*status).to_owned())))
            .collect(),
    };
    routes(&mut made).iter().map(asked).collect()
}

/// `GET /openapi.json`.
pub(super) async fn document() -> Json<Value> {
    Json(description())
}
