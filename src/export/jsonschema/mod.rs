//! JSON Schema 2020-12 of the records of a dataset.
//!
//! A record is what one row is as JSON, its values having been read: null and a missing key are no value. Only a rule that
//! stops a load when one row breaks it becomes a constraint: at severity error or worse, without tolerance, `where` or mute.
//! All others are listed in `$comment`.

mod constraint;
mod pattern;

use bigdecimal::num_traits::Zero;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use crate::export::{Exported, Request};
use crate::ir::name::steps;
use crate::ir::{ColumnsExpected, Limit, Metric, Predicate, Reading, Severity, Type};
use crate::lang::Lang;
use crate::suite::{Rule, Suite, SuiteDataset};
use constraint::Said;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Writes the schema of one dataset, or of each of several under `$defs`.
///
/// # Errors
/// None that is known of; JSON can be written.
pub(super) fn jsonschema(request: &Request<'_>) -> Result<Exported, String> {
    let suite = request.suite.expanded(&|_| None);
    let mut unsaid = Vec::new();
    let mut schemas: Vec<(String, Map<String, Json>)> = Vec::new();
    for dataset in &request.datasets {
        let schema = schema(&suite, dataset, request.lang, &mut unsaid);
        schemas.push((dataset.data.name.clone(), schema));
    }
    let mut root = Map::new();
    root.insert("$schema".to_owned(), DIALECT.into());
    if let [(_, schema)] = schemas.as_mut_slice() {
        root.append(schema);
    } else {
        root.insert("title".to_owned(), suite.about.title.as_ref().unwrap_or(&suite.id).clone().into());
        let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
        let comment = format!("Refer to one of the datasets: {}.", refs(&names));
        root.insert("$comment".to_owned(), comment.into());
        root.insert(
            "$defs".to_owned(),
            schemas.into_iter().map(|(name, schema)| (name, Json::Object(schema))).collect(),
        );
    }
    let text = serde_json::to_string_pretty(&Json::Object(root)).map_err(|error| error.to_string())? + "\n";
    Ok(Exported { text, unsaid })
}

fn refs(names: &[&str]) -> String {
    names.iter().map(|name| format!("#/$defs/{name}")).collect::<Vec<_>>().join(", ")
}

/// A column of records, and what is said of it.
#[derive(Default)]
struct Property {
    /// The type that each value has, if that is asked for.
    kind: Option<Type>,
    description: Option<String>,
    required: bool,
    always_null: bool,
    /// Keywords that a value satisfies; null satisfies them too.
    keywords: Vec<Map<String, Json>>,
    /// The values that it may have.
    sets: Vec<Vec<Json>>,
    /// The fields inside it.
    inside: IndexMap<String, Property>,
}

fn schema(suite: &Suite, dataset: &SuiteDataset, lang: Lang, unsaid: &mut Vec<String>) -> Map<String, Json> {
    let first = unsaid.len();
    let name = &dataset.data.name;
    let mut root = Property { kind: Some(Type::Object), required: true, ..Property::default() };
    for column in dataset.data.columns.iter().filter(|column| column.sql.is_none()) {
        let property = root.at(&column.name);
        property.description =
            dataset.described.iter().find(|(of, _)| *of == column.name).map(|(_, text)| text.get(lang).to_owned());
    }
    let mut closed = false;
    for rule in suite.rules.iter().filter(|rule| rule.dataset == *name && rule.builtin.is_none()) {
        let told = not_hard(rule, dataset).map_or_else(|| say(rule, dataset, &mut root, &mut closed), Err);
        let (in_part, reason) = match told {
            Ok(notes) if notes.is_empty() => continue,
            Ok(notes) => (true, notes.join("; ")),
            Err(reason) => (false, reason),
        };
        let part = if in_part { " (said in part)" } else { "" };
        unsaid.push(format!("{}{part}: {reason}", rule.id));
    }
    let mut schema = root.schema();
    let title = dataset.about.title.as_ref().unwrap_or(name).clone();
    let mut head = Map::new();
    head.insert("title".to_owned(), title.into());
    if let Some(text) = &dataset.about.description {
        head.insert("description".to_owned(), text.get(lang).into());
    }
    if unsaid.len() > first {
        head.insert("$comment".to_owned(), format!("Not said here: {}", unsaid[first..].join(" · ")).into());
    }
    if closed {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
    head.append(&mut schema);
    head
}

/// Why one row that breaks a rule does not stop a load.
fn not_hard(rule: &Rule, dataset: &SuiteDataset) -> Option<String> {
    if let Some(skip) = dataset.skip.as_ref().or(rule.skip.as_ref()) {
        return Some(format!("it is switched off ({skip})"));
    }
    if rule.where_text.is_some() {
        return Some("it holds only for the rows of its `where`".to_owned());
    }
    if dataset.condition != Predicate::TRUE && rule.metric.evaluated().is_some() {
        return Some("the dataset means only the rows of its `where`".to_owned());
    }
    if let Some(mute) = &rule.mute {
        return Some(format!("it is muted until {}", mute.until));
    }
    if rule.severity < Severity::Error {
        return Some(format!("its severity is {}", rule.severity.name()));
    }
    let strict = rule
        .limits
        .iter()
        .any(|(severity, limit)| *severity >= Severity::Error && (matches!(limit, Limit::Within(_)) || is_none(limit)));
    (!strict).then(|| "it tolerates some violations".to_owned())
}

fn is_none(limit: &Limit) -> bool {
    match limit {
        Limit::Count(most) => *most == 0,
        Limit::Share(share) => share.is_zero(),
        Limit::Within(_) | Limit::Past(_) => false,
    }
}

/// Says a rule, and what of it is not said wholly.
fn say(rule: &Rule, dataset: &SuiteDataset, root: &mut Property, closed: &mut bool) -> Result<Vec<String>, String> {
    if rule.selected.is_some() {
        return Err("it stands for columns that only the data name".to_owned());
    }
    let bad = match &rule.metric {
        Metric::Rows { bad, .. } => bad,
        Metric::Columns(ColumnsExpected { names, exact, ordered, .. }) => {
            return columns(names, *exact, *ordered, root, closed);
        }
        _ => return Err("it is about the dataset as a whole, and a schema sees one record".to_owned()),
    };
    let mut named: Vec<&str> = Vec::new();
    bad.columns(&mut |name| named.push(name));
    named.dedup();
    let [first, others @ ..] = named.as_slice() else {
        return Err("a schema sees the fields of a record, and it names none".to_owned());
    };
    if others.iter().any(|other| other != first) {
        return Err("a schema cannot compare fields with each other".to_owned());
    }
    let declared = dataset.data.column(first);
    if declared.is_some_and(|column| column.sql.is_some()) {
        return Err(format!("`{first}` is computed and no field of the record"));
    }
    if declared.is_some_and(|column| column.missing.is_some()) {
        return Err(format!("values of `{first}` may stand for none, and a schema takes each for what it is"));
    }
    let reading = declared.and_then(|column| column.reading.as_ref());
    if *bad == Predicate::Unparsed((*first).to_owned()) {
        return match reading {
            Some(reading) => kind(reading, root.at(first)),
            None => Err("its type is not declared".to_owned()),
        };
    }
    let said = constraint::of(bad, first, reading)?;
    let mut notes = Vec::new();
    for Said { constraint, note } in said {
        notes.extend(note);
        constraint.put(root, first);
    }
    Ok(notes)
}

fn columns(
    names: &[String],
    exact: bool,
    ordered: bool,
    root: &mut Property,
    closed: &mut bool,
) -> Result<Vec<String>, String> {
    if !exact {
        return Err("a field that a record leaves out is a null, so that a schema cannot ask for columns".to_owned());
    }
    for name in names {
        root.at(name);
    }
    *closed = true;
    let order = if ordered { ", and fields of a record have no order" } else { "" };
    Ok(vec![format!("that every column is there; a field that a record leaves out is a null{order}")])
}

/// Asks for the type of a column.
fn kind(reading: &Reading, property: &mut Property) -> Result<Vec<String>, String> {
    property.kind = Some(reading.kind);
    let note = |text: &str| Ok(vec![text.to_owned()]);
    match reading.kind {
        Type::Date if reading.parse.is_empty() => {
            property.keywords.push(one("format", "date".into()));
            Ok(Vec::new())
        }
        Type::Date | Type::Timestamp if !reading.parse.is_empty() => {
            note("the spelling of `parse` is not a format of JSON Schema")
        }
        Type::Timestamp => note("a timestamp may leave out seconds and offset, which `date-time` does not"),
        Type::Time => note("a time of day has no offset, which `time` asks for"),
        Type::Json => {
            property.kind = None;
            Err("a schema does not look into text that holds JSON".to_owned())
        }
        _ => Ok(Vec::new()),
    }
}

impl Property {
    /// The field of a path, made if it is not there.
    fn at(&mut self, column: &str) -> &mut Self {
        steps(column).into_iter().fold(self, |at, step| at.inside.entry(step).or_default())
    }

    /// Asks for a value at a path: whatever holds it has one too.
    fn require(&mut self, column: &str) {
        let mut at = self;
        for step in steps(column) {
            at = at.inside.entry(step).or_default();
            at.required = true;
        }
    }

    fn schema(self) -> Map<String, Json> {
        let mut schema = Map::new();
        if let Some(text) = self.description {
            schema.insert("description".to_owned(), text.into());
        }
        let kind = if self.inside.is_empty() { self.kind } else { Some(Type::Object) };
        let mut more: Vec<Map<String, Json>> = Vec::new();
        match kind.map(word) {
            _ if self.always_null => drop(schema.insert("type".to_owned(), "null".into())),
            Some(word) if self.required => drop(schema.insert("type".to_owned(), word.into())),
            Some(word) => drop(schema.insert("type".to_owned(), json!([word, "null"]))),
            None if self.required => more.push(one("not", json!({ "type": "null" }))),
            None => {}
        }
        for mut values in self.sets {
            if !self.required {
                values.push(Json::Null);
            }
            more.push(one("enum", values.into()));
        }
        let mut rest: Vec<Json> = Vec::new();
        for keywords in more.into_iter().chain(self.keywords) {
            if keywords.keys().all(|key| !schema.contains_key(key)) {
                schema.extend(keywords);
            } else {
                rest.push(Json::Object(keywords));
            }
        }
        if !rest.is_empty() {
            schema.insert("allOf".to_owned(), rest.into());
        }
        if !self.inside.is_empty() {
            let required: Vec<Json> =
                self.inside.iter().filter(|(_, field)| field.required).map(|(name, _)| name.clone().into()).collect();
            let fields = self.inside.into_iter().map(|(name, field)| (name, Json::Object(field.schema()))).collect();
            schema.insert("properties".to_owned(), Json::Object(fields));
            if !required.is_empty() {
                schema.insert("required".to_owned(), required.into());
            }
        }
        schema
    }
}

/// What JSON calls the values of a type.
const fn word(kind: Type) -> &'static str {
    match kind {
        Type::String | Type::Date | Type::Timestamp | Type::Time | Type::Json => "string",
        Type::Integer => "integer",
        Type::Decimal | Type::Float => "number",
        Type::Boolean => "boolean",
        Type::Object => "object",
        Type::List => "array",
    }
}

fn one(key: &str, value: Json) -> Map<String, Json> {
    Map::from_iter([(key.to_owned(), value)])
}
