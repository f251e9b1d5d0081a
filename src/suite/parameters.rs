//! The parameters of one expectation, read and validated by its own schema.
//!
//! A combined schema could only say "matches none of these"; the item's own says what is wrong and where. Scalars that a
//! schema wants as spelled stay text; the others take the kind that YAML gives them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::nearest;
use crate::expectation::parameter::{self, SPELLED};
use crate::expectation::{Definition, bounds};
use crate::ir::Relative;
use crate::ir::duration::Duration;
use crate::ir::value::read_decimal;
use crate::suite::yaml::{Content, Node, boolean};

/// Something wrong with the parameters.
pub(super) struct Problem {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) unknown_key: bool,
}

impl Problem {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, unknown_key: false }
    }
}

/// The schema of an expectation's parameters, its bounds included.
#[must_use]
pub(super) fn full_schema(definition: &Definition) -> Json {
    let mut schema = (definition.schema)();
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    for (key, property) in bounds::properties(definition.bounds) {
        schema["properties"][key] = property;
    }
    schema["additionalProperties"] = json!(false);
    schema
}

/// A schema and what validates by it.
pub(super) struct Shape {
    schema: Json,
    validator: Result<jsonschema::Validator, String>,
}

/// Shapes by what they are of and its expectation: a suite has many rules of one kind, and making a shape takes longer than
/// reading a rule.
static KNOWN: LazyLock<Mutex<Shapes>> = LazyLock::new(Mutex::default);

type Shapes = BTreeMap<(&'static str, &'static str), Arc<Shape>>;

impl Shape {
    /// The shape of the parameters of an expectation, its bounds included.
    #[must_use]
    pub(super) fn parameters(definition: &Definition) -> Arc<Self> {
        Self::known(("parameters", definition.name), || full_schema(definition))
    }

    /// The shape of the bounds of an expectation alone.
    #[must_use]
    pub(super) fn bounds(definition: &Definition) -> Arc<Self> {
        Self::known(("bounds", definition.name), || {
            let properties: Map<String, Json> = bounds::properties(definition.bounds)
                .into_iter()
                .map(|(key, schema)| (key.to_owned(), schema))
                .collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        })
    }

    fn known(name: (&'static str, &'static str), schema: impl FnOnce() -> Json) -> Arc<Self> {
        // A panic elsewhere leaves the shapes made before it whole.
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let shape = known.entry(name).or_insert_with(|| {
            let schema = schema();
            let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string());
            Arc::new(Self { schema, validator })
        });
        Arc::clone(shape)
    }

    /// Reads a map as JSON, scalars as the schema wants them, saying of each mistake where it stands.
    pub(super) fn read(&self, node: &Node, common: &[&str], problems: &mut Vec<Problem>) -> Json {
        let json = convert(node, &self.schema, problems);
        match &self.validator {
            Ok(validator) => validate(&json, node, (&self.schema, validator), common, problems),
            Err(error) => {
                let message = format!("the schema of this expectation is broken: {error}");
                problems.push(Problem::new(node.span.clone(), message));
            }
        }
        json
    }
}

fn validate(
    json: &Json,
    node: &Node,
    (schema, validator): (&Json, &jsonschema::Validator),
    common: &[&str],
    problems: &mut Vec<Problem>,
) {
    for error in validator.iter_errors(json) {
        explain(&error, node, schema, common, problems);
    }
}

fn explain(
    error: &jsonschema::ValidationError<'_>,
    node: &Node,
    schema: &Json,
    common: &[&str],
    problems: &mut Vec<Problem>,
) {
    let path: Vec<String> = error.instance_path().as_str().split('/').skip(1).map(unescape).collect();
    let at = find(node, &path);
    match error.kind() {
        // A map among other shapes: what is wrong with it as the map that it was meant to be.
        jsonschema::error::ValidationErrorKind::AnyOf { context } if at.entries().is_some() => {
            let is_map = |faults: &&Vec<jsonschema::ValidationError<'static>>| {
                faults.iter().all(|fault| !matches!(fault.kind(), jsonschema::error::ValidationErrorKind::Type { .. }))
            };
            match context.iter().filter(is_map).min_by_key(|faults| meant(faults)) {
                Some(faults) => faults.iter().for_each(|fault| explain(fault, node, schema, common, problems)),
                None => problems.push(Problem::new(at.span.clone(), unwanted(schema, &path, at, error))),
            }
        }
        jsonschema::error::ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known: Vec<&str> = schema["properties"]
                .as_object()
                .into_iter()
                .flat_map(|properties| properties.keys().map(String::as_str))
                .filter(|_| path.is_empty())
                .chain(common.iter().copied().filter(|_| path.is_empty()))
                .collect();
            for key in unexpected {
                let span = at.entries().and_then(|entries| entries.iter().find(|entry| entry.key == *key));
                problems.push(Problem {
                    span: span.map_or_else(|| at.span.clone(), |entry| entry.key_span.clone()),
                    message: format!("unknown key `{key}`"),
                    help: nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
                    unknown_key: true,
                });
            }
        }
        jsonschema::error::ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            problems.push(Problem::new(at.span.clone(), format!("`{name}` is missing")));
        }
        jsonschema::error::ValidationErrorKind::Enum { options } => {
            let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let said = at.text().unwrap_or_default();
            problems.push(Problem {
                span: at.span.clone(),
                message: format!("`{said}` is none of {}", options.join(", ")),
                help: nearest(said, options.iter().copied()).map(|near| format!("did you mean `{near}`?")),
                unknown_key: false,
            });
        }
        _ => {
            problems.push(Problem::new(at.span.clone(), unwanted(schema, &path, at, error)));
        }
    }
}

/// How far a map is from a shape: first those that lack a key they need, then by how much else is wrong.
fn meant(faults: &[jsonschema::ValidationError<'_>]) -> (bool, usize) {
    let lacks = |fault: &jsonschema::ValidationError<'_>| {
        matches!(fault.kind(), jsonschema::error::ValidationErrorKind::Required { .. })
    };
    (faults.iter().any(lacks), faults.len())
}

fn unwanted(schema: &Json, path: &[String], at: &Node, error: &jsonschema::ValidationError<'_>) -> String {
    let name = path.last().map(|name| format!("`{name}`: ")).unwrap_or_default();
    format!("{name}{}", wanted(schema, path, at, error))
}

fn wanted(schema: &Json, path: &[String], at: &Node, error: &jsonschema::ValidationError<'_>) -> String {
    let mut here = schema;
    for step in path {
        here = alternatives(here)
            .into_iter()
            .find_map(|schema| schema["properties"].get(step).or_else(|| schema.get("items")))
            .unwrap_or(&Json::Null);
    }
    let kinds: Vec<&str> =
        alternatives(here).iter().flat_map(|schema| types(schema)).filter(|kind| *kind != "null").collect();
    let said = match at.text() {
        Some(text) => format!("`{text}`"),
        None => at.kind().to_owned(),
    };
    let choices: Vec<&str> = alternatives(here).iter().filter_map(|schema| schema.get("const")?.as_str()).collect();
    if !choices.is_empty() {
        return format!("{said} is none of {}", choices.join(", "));
    }
    if kinds.is_empty() {
        return error.to_string();
    }
    let mut words: Vec<&str> = Vec::new();
    for kind in kinds {
        let word = match kind {
            "string" => "text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            _ => "a map",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    format!("{said} stands where {} is wanted", words.join(" or "))
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// The node of a path, or the nearest one above it.
fn find<'a>(node: &'a Node, path: &[String]) -> &'a Node {
    let mut here = node;
    for step in path {
        let next = match &here.content {
            Content::Map(_) => here.get(step),
            Content::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

fn convert(node: &Node, schema: &Json, problems: &mut Vec<Problem>) -> Json {
    let options = alternatives(schema);
    match &node.content {
        Content::Null(spelled) if spelled == "null" || spelled == "~" => Json::Null,
        Content::Null(spelled) => {
            let said = if spelled.is_empty() { "an empty item".to_owned() } else { format!("`{spelled}`") };
            problems.push(Problem {
                span: node.span.clone(),
                message: format!("{said} may mean no value or text"),
                help: Some("write `null` for no value, or quotes for text".to_owned()),
                unknown_key: false,
            });
            Json::Null
        }
        Content::Scalar(scalar) => {
            let text = &scalar.text;
            if let Some(wanted) = options.iter().find_map(|option| option.get(SPELLED)) {
                let wrong = match wanted.as_str() {
                    Some("length") => Duration::parse(text).err(),
                    Some("relative") => Relative::parse(text).err(),
                    _ => None,
                };
                problems.extend(wrong.map(|wrong| Problem::new(node.span.clone(), format!("the value {wrong}"))));
                if wanted == "number" && read_decimal(text).is_none() {
                    problems.push(Problem::new(node.span.clone(), format!("`{text}` is no number")));
                }
                if wanted == "share" {
                    let Some(share) = parameter::share(text) else {
                        problems.push(Problem {
                            help: Some("a share is written `2%`, or from 0 to 1 as in `0.02`".to_owned()),
                            ..Problem::new(node.span.clone(), format!("`{text}` is no share of a whole"))
                        });
                        return Json::String(text.clone());
                    };
                    return Json::String(share.normalized().to_plain_string());
                }
                return Json::String(text.clone());
            }
            let admits = |kind: &str| options.iter().any(|option| types(option).contains(&kind));
            if admits("integer")
                && let Ok(number) = text.parse::<i64>()
            {
                json!(number)
            } else if admits("boolean")
                && let Some(flag) = boolean(text)
            {
                json!(flag)
            } else if admits("number")
                && let Ok(number) = text.parse::<f64>()
            {
                json!(number)
            } else {
                Json::String(text.clone())
            }
        }
        Content::List(items) => {
            let null = Json::Null;
            let inside = options.iter().find_map(|option| option.get("items")).unwrap_or(&null);
            Json::Array(items.iter().map(|item| convert(item, inside, problems)).collect())
        }
        Content::Map(_) if options.iter().any(|option| option.get(SPELLED).is_some_and(|kind| kind == "document")) => {
            document(node)
        }
        Content::Map(entries) => {
            let null = Json::Null;
            let mut map = Map::new();
            for entry in entries {
                let inside = options
                    .iter()
                    .find_map(|option| {
                        option["properties"].get(&entry.key).or_else(|| option.get("additionalProperties"))
                    })
                    .unwrap_or(&null);
                map.insert(entry.key.clone(), convert(&entry.value, inside, problems));
            }
            Json::Object(map)
        }
    }
}

/// A node as the JSON that it says: plain scalars are of the kinds that the core schema of YAML gives them.
#[must_use]
pub(super) fn document(node: &Node) -> Json {
    match &node.content {
        Content::Null(_) => Json::Null,
        Content::Scalar(scalar) if scalar.plain => {
            let number = || {
                let digits = scalar.text.strip_prefix('+').unwrap_or(&scalar.text);
                serde_json::from_str::<serde_json::Number>(digits).ok().map(Json::Number)
            };
            boolean(&scalar.text).map(Json::Bool).or_else(number).unwrap_or_else(|| Json::String(scalar.text.clone()))
        }
        Content::Scalar(scalar) => Json::String(scalar.text.clone()),
        Content::List(items) => Json::Array(items.iter().map(document).collect()),
        Content::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), document(&entry.value))).collect())
        }
    }
}

/// The schemas that a value may satisfy one of.
fn alternatives(schema: &Json) -> Vec<&Json> {
    let mut found = vec![schema];
    for key in ["anyOf", "oneOf", "allOf"] {
        for option in schema.get(key).and_then(Json::as_array).into_iter().flatten() {
            found.extend(alternatives(option));
        }
    }
    found
}

fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What stands for a text that must not be shown.
pub(super) const MASKED: &str = "•••";

/// A node as plain JSON, for the record: numbers and booleans where YAML has them and they are exact, else text.
#[must_use]
pub(super) fn plain(node: &Node) -> Json {
    match &node.content {
        Content::Null(_) => Json::Null,
        Content::Scalar(scalar) if scalar.secret => Json::String(MASKED.to_owned()),
        Content::Scalar(scalar) if scalar.plain => match (boolean(&scalar.text), scalar.text.parse::<i32>()) {
            (Some(flag), _) => json!(flag),
            (None, Ok(number)) if number.to_string() == scalar.text => json!(number),
            _ => Json::String(scalar.text.clone()),
        },
        Content::Scalar(scalar) => Json::String(scalar.text.clone()),
        Content::List(items) => Json::Array(items.iter().map(plain).collect()),
        Content::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect())
        }
    }
}
