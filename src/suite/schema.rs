//! The JSON Schema of suite files, for editors and for other tools.
//!
//! Generated from the catalogue and the tables of keys. It accepts the short forms, and a text with `${` where a number or
//! a boolean is expected. The reader does not use it: it validates each item by its own schema, which says more.

use serde_json::{Map, Value as Json, json};

use crate::dataset::Kind;
use crate::expectation::moment::RelativeDate;
use crate::expectation::{BoundsKind, CATALOGUE, Definition, Dimension, Place, bounds};
use crate::ir::{Marks, Severity, Type};
use crate::repair::{Casing, Keep};
use crate::suite::keys;
use crate::suite::parameters::full_schema;
use crate::suite::pii;
use crate::suite::quarantine::FORMATS as QUARANTINE_FORMATS;

/// The schema of a suite file.
#[must_use]
pub fn suite() -> Json {
    let mut definitions = Map::new();
    for definition in CATALOGUE {
        definitions.insert(definition.name.to_owned(), expectation(definition));
    }
    definitions.insert("expect".to_owned(), expect(|_| true));
    definitions.insert("expect_column".to_owned(), expect(|definition| definition.place != Place::Table));
    definitions.insert("dataset".to_owned(), dataset());
    definitions.insert("column".to_owned(), column(true));
    definitions.insert("template".to_owned(), column(false));
    definitions.insert("test".to_owned(), test());
    definitions.insert(
        "keys".to_owned(),
        json!({ "description": "The keys that every rule takes, beside its own.", "properties": common() }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tamiz:suite:1",
        "title": "A suite of Tamiz",
        "description": "Which datasets, and what is expected of them.",
        "type": "object",
        "required": ["tamiz", "suite"],
        "anyOf": [{ "required": ["datasets"] }, { "required": ["include"] }],
        "properties": {
            "tamiz": { "const": 1, "description": "The version of the language." },
            "suite": { "type": "string", "pattern": "^[a-z0-9_-][a-z0-9_.-]*$", "description": "A stable id; it names reports and history." },
            "title": text("A name for people."),
            "description": localised("What must hold, and why."),
            "owner": text("Who to ask."),
            "tags": texts("Tags that all rules carry."),
            "runbook": text("Where to read what to do."),
            "impact": impact(),
            "meta": { "description": "Free data carried to reports." },
            "vars": {
                "type": "object",
                "description": "Variables: a default; a map of type, default and description; or a date relative to the run.",
                "additionalProperties": variable()
            },
            "defaults": { "type": "object", "description": "Common keys inherited by every rule." },
            "as_of": { "description": "The one \"now\" of a run: a date, an instant, or the end of the newest value of a column.", "anyOf": [
                { "type": "string" },
                { "type": "object", "required": ["newest"], "properties": {
                    "newest": text("The column of dates or timestamps, as `dataset.column`.")
                }, "additionalProperties": false }
            ]},
            "timezone": text("The zone of naive timestamps and of days; UTC if unsaid."),
            "fail_on": severity("The severity from which a failed rule fails the gate."),
            "include": texts("Files that add variables, templates and datasets; relative to this file."),
            "templates": {
                "type": "object",
                "description": "Keys that columns share, by name: `use: name` puts them into a column.",
                "additionalProperties": { "$ref": "#/$defs/template" }
            },
            "datasets": {
                "type": "object",
                "description": "The data, by name.",
                "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
                "additionalProperties": { "$ref": "#/$defs/dataset" }
            },
            "tests": {
                "type": "object",
                "description": "Tables, and what the rules must come to on them, by name: `tamiz test` runs them.",
                "additionalProperties": { "$ref": "#/$defs/test" }
            },
            "quarantine": quarantine(),
            "pii": { "type": "object", "description": "How personal data are found and shown.", "properties": {
                "detect": flag("Whether columns are looked through by name and by value; true if unsaid."),
                "mask": mask("How values are shown where their column does not say; `redact` if unsaid.")
            }, "additionalProperties": false },
            "breaker": breaker()
        },
        "patternProperties": { "^x-": {} },
        "additionalProperties": false,
        "$defs": definitions
    })
}

/// A variable: its default, or a map that describes it.
fn variable() -> Json {
    let kinds = [Type::String, Type::Integer, Type::Decimal, Type::Boolean, Type::Date, Type::Timestamp];
    let mut date = RelativeDate::schema()["properties"].take();
    date["type"] = json!({ "enum": kinds.map(Type::name), "description": "The type of its value; string if unsaid." });
    date["default"] =
        json!({ "type": ["string", "number", "boolean"], "description": "Its value where none is given." });
    date["description"] = text("What it is for.");
    date["format"] = text("How the date is written by `${name}`, in the letters of strftime; as ISO if unsaid.");
    json!({ "anyOf": [
        { "type": ["string", "number", "boolean", "null"] },
        { "type": "object", "properties": date, "additionalProperties": false }
    ]})
}

fn dataset() -> Json {
    json!({
        "type": "object",
        "oneOf": [{ "required": ["source"] }, { "required": ["from"] }],
        "properties": {
            "source": source(),
            "from": text("Another dataset, whose rows it takes: its source, types and `where` hold."),
            "format": { "description": "How it is written; by extension and content if unsaid.", "anyOf": [
                { "enum": Kind::ALL.map(Kind::name) },
                { "type": "object", "properties": {
                    "type": { "enum": Kind::ALL.map(Kind::name) },
                    "delimiter": text("The character between fields; detected if unsaid."),
                    "quote": { "type": ["string", "null"], "description": "The character around fields that hold delimiters; `null` for none." },
                    "header": flag("Whether the first record names the columns."),
                    "columns": texts("The names of the columns of a file without a header."),
                    "encoding": text("The encoding of its text, by a label of the WHATWG list or of Python: `windows-1252`, `latin-1`, `utf-16`; detected for each file if unsaid."),
                    "decimal": { "enum": Marks::DECIMAL.map(String::from), "description": "What stands before the decimals of numbers." },
                    "thousands": { "enum": Marks::THOUSANDS.map(String::from), "description": "What may stand between groups of three digits; a space stands for any space." },
                    "comment": text("What lines begin with that are no records."),
                    "skip_lines": { "type": ["integer", "string"], "minimum": 0, "description": "How many lines come before the header." },
                    "null_values": scalars("Spellings that mean no value."),
                    "true_values": scalars("Spellings of true, beside `true`."),
                    "false_values": scalars("Spellings of false, beside `false`."),
                    "quoted_empty": { "enum": ["null", "text"], "description": "What an empty field in quotes is." },
                    "records": text("The path of the array of records inside a document of JSON."),
                    "sheet": { "type": ["string", "integer"], "description": "The sheet of a workbook, by name or by number from 1; the first visible one if unsaid." },
                    "range": text("The cells of a sheet, as `B3:F200` or by a name of the workbook; all that is used if unsaid.")
                }, "additionalProperties": false }
            ]},
            "where": text("Which rows it means: one boolean expression in SQL."),
            "key": texts("The columns that name a row in samples."),
            "columns": { "type": "object", "description": "Its columns.", "additionalProperties": { "$ref": "#/$defs/column" } },
            "expect": { "type": "array", "description": "Rules about rows or the table.", "items": { "$ref": "#/$defs/expect" } },
            "if_missing": { "enum": ["error", "fail", "skip"], "description": "What a missing source comes to." },
            "quarantine": quarantine(),
            "may_be_empty": flag("Whether it may have no rows."),
            "repair": repair(keys::DATASET_REPAIR, "What may be done to its rows that break rules, where rows are quarantined; for every column that has no `repair` of its own."),
            "title": text("A name for people."),
            "description": localised("What it is."),
            "owner": text("Who to ask."),
            "tags": texts("Tags that its rules carry."),
            "runbook": text("Where to read what to do."),
            "impact": impact(),
            "meta": {},
            "enabled": flag("Whether it is read."),
            "when": text("A condition over variables, in SQL.")
        },
        "patternProperties": { "^x-": {} },
        "additionalProperties": false
    })
}

/// When the circuit breaker of a suite trips.
fn breaker() -> Json {
    let after = json!({ "description": "After how many runs in a row that did not pass.", "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": 1000 },
        { "type": "string", "pattern": "\\$\\{" }
    ]});
    json!({
        "description": "When nobody is to load the data any more: `tamiz publish` and `tamiz breaker check` refuse then.",
        "type": "object",
        "required": ["after"],
        "properties": { "after": after },
        "additionalProperties": false
    })
}

/// Where rows that break rules go: a folder, or a map.
fn quarantine() -> Json {
    json!({ "description": "Where valid and invalid rows are written to, for a load that goes on with the valid ones.", "anyOf": [
        text("The folder, relative to this file."),
        { "type": "object", "minProperties": 1, "properties": {
            "to": text("The folder, relative to this file; `--quarantine` wins."),
            "format": { "enum": QUARANTINE_FORMATS.map(Kind::name), "description": "How rows are written; like the source if unsaid." },
            "severity": severity("The least severity whose failed rules make a row invalid; error if unsaid."),
            "tolerated": flag("Whether rows that a rule tolerates are invalid too."),
            "pii": { "enum": ["mask", "keep"], "description": "Whether invalid rows show what is masked elsewhere." },
            "enabled": flag("Whether rows are written.")
        }, "additionalProperties": false }
    ]})
}

fn source() -> Json {
    let paths = texts(
        "A path, a pattern or a URL (s3, gs, az, abfss, http, https), or a list of them; paths are relative to this file; `-` is standard input.",
    );
    json!({ "description": "Where its data are.", "anyOf": [
        paths.clone(),
        { "type": "object", "required": ["path"], "properties": {
            "path": paths,
            "pick": { "enum": ["newest"], "description": "Which of the files found is meant: the one modified last." }
        }, "additionalProperties": false },
        { "type": "object", "required": ["sqlite"], "not": { "required": ["table", "query"] }, "properties": {
            "sqlite": text("The path of a database of SQLite, relative to this file."),
            "table": text("The table or view that is read."),
            "query": text("A SELECT whose rows are read, in the SQL of the database; variables as `:name`.")
        }, "additionalProperties": false },
        { "type": "object", "required": ["connection"], "not": { "required": ["table", "query"] }, "properties": {
            "connection": text("The name of a connection; tamiz.yaml says where it leads."),
            "table": text("The table or view that is evaluated there; one of another schema is named with it: `ventas.pedidos`."),
            "query": text("A SELECT whose rows are evaluated, in the SQL of the engine; variables as `:name`."),
            "fallback": { "enum": ["local"], "description": "What the engine cannot say is evaluated on rows that are fetched." }
        }, "additionalProperties": false }
    ]})
}

/// A column, or what a template holds of one, which uses no other template.
fn column(uses: bool) -> Json {
    let kinds: Vec<&str> = Type::ALL.map(Type::name).to_vec();
    let kind = json!({ "enum": kinds });
    let mut declared = references();
    declared.insert("is".to_owned(), kind.clone());
    let mut schema = json!({
        "type": ["object", "null"],
        "properties": {
            "type": { "description": "The type of its values, which is a rule too.", "anyOf": [
                kind,
                { "type": "object", "required": ["is"], "properties": declared, "additionalProperties": false }
            ]},
            "parse": texts("Patterns of dates, timestamps or times in the letters of strptime; the first that fits the whole value."),
            "missing": { "description": "What stands for no value, read by the type of the column.", "anyOf": [
                scalars("Values."),
                { "type": "object", "properties": {
                    "values": scalars("Values."),
                    "pattern": text("What text fits that is no value, in a column of text.")
                }, "additionalProperties": false }
            ]},
            "trim": flag("Whether spaces around a value are not part of it."),
            "sql": text("What the column is computed from: an expression over the others."),
            "optional": flag("Whether the column may be absent."),
            "repair": repair(keys::REPAIR, "What may be done to its cells in rows that break rules, in order, where rows are quarantined."),
            "pii": { "description": "Whether its values are personal data, and how they are shown.", "anyOf": [
                { "type": "boolean" },
                mask("How its values are shown."),
                { "type": "object", "properties": {
                    "mask": mask("How its values are shown."),
                    "kind": { "enum": pii::Kind::ALL.map(pii::Kind::name), "description": "What its values are." }
                }, "additionalProperties": false }
            ]},
            "description": localised("What it holds."),
            "expect": { "type": "array", "items": { "$ref": "#/$defs/expect_column" } }
        },
        "patternProperties": { "^x-": {} },
        "additionalProperties": false
    });
    if uses {
        schema["properties"]["use"] =
            texts("The templates it is made of, later ones winning; its own keys win over all.");
    }
    schema
}

/// Repairs, of those that may stand here: a word, a map, or a list of them.
fn repair(known: &[&str], description: &str) -> Json {
    let bare = known.iter().filter(|word| **word == "trim");
    let said: Map<String, Json> = known.iter().map(|word| ((*word).to_owned(), repair_of(word))).collect();
    let one = json!({ "anyOf": [
        { "enum": bare.collect::<Vec<_>>() },
        { "type": "object", "properties": said, "additionalProperties": false, "minProperties": 1 }
    ]});
    json!({ "description": description, "anyOf": [one, { "type": "array", "items": one }] })
}

/// What is said of one repair.
fn repair_of(word: &str) -> Json {
    let scalar = |description: &str| json!({ "type": ["string", "number", "boolean"], "description": description });
    let object = |description: &str, properties: Json| json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": false });
    match word {
        "trim" => json!({ "type": ["boolean", "null"], "description": "White space around the text is taken off." }),
        "case" => json!({ "enum": Casing::ALL.map(Casing::name), "description": "The text is written in this case." }),
        "replace" => json!({
            "type": "object",
            "description": "Whole texts, and what each becomes; null is no value.",
            "additionalProperties": { "type": ["string", "number", "boolean", "null"] }
        }),
        "parse" => {
            json!({ "description": "Further ways to read text that does not read as the type of the column.", "anyOf": [
                texts("Patterns of dates in the letters of strptime; the first that fits."),
                object("The marks of numbers, or the words of booleans.", json!({
                    "decimal": text("The mark before decimals."),
                    "thousands": text("The mark between thousands."),
                    "true_values": scalars("Texts that mean true."),
                    "false_values": scalars("Texts that mean false.")
                }))
            ]})
        }
        "default" => json!({ "description": "A cell without a value gets this one.", "anyOf": [
            scalar("The value."),
            object("The value, and which cells get it.", json!({
                "value": scalar("The value."),
                "unparsed": flag("Whether a cell whose text does not read gets it too.")
            }))
        ]}),
        "clamp" => object(
            "A value beyond an end becomes that end.",
            json!({
                "min": scalar("The lower end."),
                "max": scalar("The upper end.")
            }),
        ),
        _ => {
            let keep = json!({ "enum": [Keep::First.name(), Keep::Last.name()], "description": "Which of equal rows is kept." });
            let whole = object(
                "Which of the rows that are equal in some columns is kept.",
                json!({
                    "keys": texts("The columns in which rows are equal; all columns if left out."),
                    "keep": keep.clone(),
                    "by": text("The column that puts the rows in order; the order of the files if left out.")
                }),
            );
            json!({ "anyOf": [keep, whole] })
        }
    }
}

/// A way of showing a value.
fn mask(description: &str) -> Json {
    json!({ "enum": pii::Style::ALL.map(pii::Style::name), "description": description })
}

/// A test: tables, and what the rules must come to on them.
fn test() -> Json {
    let status = json!({ "enum": ["passed", "failed", "error", "skipped"], "description": "What the rule comes to." });
    let count = |description: &str| json!({ "type": ["integer", "string"], "description": description });
    let outcome = json!({ "type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
        "status": status.clone(),
        "level": severity("The level that it fails at."),
        "violations": count("How many rows break it."),
        "evaluated": count("How many rows are evaluated."),
        "missing": count("How many rows are left out for having no value."),
        "unparsed": count("How many rows are left out for not being of their type."),
        "observed": { "type": ["string", "number", "boolean", "null"], "description": "The number or value found." }
    }});
    let table = json!({ "description": "Rows as maps, columns as lists, or the text of a CSV file.", "anyOf": [
        { "type": "array", "items": { "type": "object" } },
        { "type": "object", "additionalProperties": { "type": "array" } },
        { "type": "string" }
    ]});
    json!({
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": { "type": "object", "description": "The rows of datasets, by name; rules that need another one are skipped.", "additionalProperties": table },
            "vars": { "type": "object", "description": "Variables that it sets.", "additionalProperties": { "type": ["string", "number", "boolean"] } },
            "as_of": text("The \"now\" that it sets: a date or an instant."),
            "expect": { "type": "object", "description": "What rules come to, by id.", "additionalProperties": { "anyOf": [status, outcome] } },
            "all": { "enum": ["passed"], "description": "What all other rules come to, unless they are skipped." },
            "exit": { "enum": [0, 1, 3], "description": "The exit code that a check of the tables gives." }
        },
        "patternProperties": { "^x-": {} },
        "additionalProperties": false
    })
}

/// An item of an `expect` list: a bare name, or a map with one key.
fn expect(takes: impl Fn(&Definition) -> bool) -> Json {
    let taken: Vec<&Definition> = CATALOGUE.iter().filter(|definition| takes(definition)).collect();
    let names: Vec<&str> = taken.iter().map(|definition| definition.name).collect();
    let properties: Map<String, Json> = taken
        .iter()
        .map(|definition| (definition.name.to_owned(), json!({ "$ref": format!("#/$defs/{}", definition.name) })))
        .collect();
    json!({ "anyOf": [
        { "enum": names },
        { "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1, "maxProperties": 1 }
    ]})
}

/// One expectation with its common keys and its short form.
fn expectation(definition: &Definition) -> Json {
    let mut schema = full_schema(definition);
    let description = schema["description"].take();
    if definition.place != Place::Table {
        let pattern = text("A pattern of names: one rule for each column that fits.");
        let columns = schema["properties"]["columns"].take();
        schema["properties"]["columns"] =
            if columns.is_null() { pattern } else { json!({ "anyOf": [columns, pattern] }) };
        schema["properties"]["for_each"] = json!({
            "description": "One rule for each of these columns.",
            "type": "object",
            "required": ["column"],
            "properties": { "column": texts("The columns.") },
            "additionalProperties": false
        });
    }
    let main = definition.main.map(|main| schema["properties"][main].clone());
    for (key, value) in references() {
        schema["properties"][key] = value;
    }
    if let Some(object) = schema.as_object_mut() {
        // `column` is implied under a column, and the title is the name of a Rust type.
        for key in ["required", "title", "description"] {
            object.remove(key);
        }
    }
    let mut options = vec![schema, json!({ "type": "null" })];
    options.extend(main);
    if definition.main.is_none() && definition.bounds != BoundsKind::None {
        options.extend(
            bounds::properties(definition.bounds)
                .into_iter()
                .find(|(key, _)| *key == "equals")
                .map(|(_, schema)| schema),
        );
    }
    with_variables(json!({ "description": description, "anyOf": options }))
}

/// The keys that every rule takes, by reference: a copy in every expectation would be most of the file.
fn references() -> Map<String, Json> {
    let reference = |key: String| {
        let at = json!({ "$ref": format!("#/$defs/keys/properties/{key}") });
        (key, at)
    };
    common().into_iter().map(|(key, _)| reference(key)).collect()
}

/// The keys that every rule takes.
fn common() -> Map<String, Json> {
    let allowance = json!({ "type": ["integer", "number", "string"], "description": "Violations tolerated: a count, `1%` or a share." });
    let levels: Map<String, Json> = Severity::ALL
        .iter()
        .map(|level| (level.name().to_owned(), json!({ "type": ["integer", "number", "string", "object"] })))
        .collect();
    let keys = json!({
        "id": text("A stable name for reports and history."),
        "severity": severity("How bad a failure is."),
        "allow": allowance,
        "mostly": { "type": ["number", "string"], "description": "The share of evaluated rows that must hold." },
        "levels": { "type": "object", "description": "Several thresholds; the worst one exceeded is the level.", "properties": levels, "additionalProperties": false },
        "where": text("Only these rows are evaluated: one boolean expression in SQL."),
        "nulls": { "enum": ["ignore", "ignore_all", "fail", "pass", "value"], "description": "What a null in a tested column means." },
        "on_empty": { "enum": ["pass", "fail", "skip"], "description": "What it comes to when no row is evaluated; of groups, each by itself." },
        "group_by": {
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
            "description": "Columns by whose values the rows are grouped; each group is judged by itself."
        },
        "description": localised("Why it must hold."),
        "dimension": { "enum": Dimension::ALL.map(Dimension::name) },
        "owner": text("Who to ask."),
        "runbook": text("Where to read what to do."),
        "tags": texts("Tags."),
        "meta": {},
        "impact": impact(),
        "enabled": flag("Whether it is evaluated."),
        "when": text("A condition over variables, in SQL."),
        "mute": {
            "type": "object",
            "description": "Until when it is evaluated and reported without gating, and why.",
            "required": ["until", "reason"],
            "properties": { "until": text("The last day of the mute."), "reason": text("Why, for people.") },
            "additionalProperties": false
        },
        "samples": { "type": ["integer", "string"], "description": "How many violating rows to keep." }
    });
    match keys {
        Json::Object(keys) => keys,
        _ => Map::new(),
    }
}

fn text(description: &str) -> Json {
    json!({ "type": "string", "description": description })
}

fn flag(description: &str) -> Json {
    json!({ "type": ["boolean", "string"], "description": description })
}

fn texts(description: &str) -> Json {
    json!({ "description": description, "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
}

fn scalars(description: &str) -> Json {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    json!({ "description": description, "anyOf": [scalar, { "type": "array", "items": scalar }] })
}

fn localised(description: &str) -> Json {
    json!({ "description": description, "anyOf": [
        { "type": "string" },
        { "type": "object", "properties": { "en": { "type": "string" }, "es": { "type": "string" } }, "additionalProperties": false }
    ]})
}

fn severity(description: &str) -> Json {
    json!({ "enum": Severity::ALL.map(Severity::name), "description": description })
}

fn impact() -> Json {
    json!({ "type": "object", "description": "What a violation costs.", "properties": {
        "per_row": { "type": ["number", "string"] },
        "currency": { "type": "string" }
    }, "additionalProperties": false })
}

/// Lets a text with `${` stand where a number or a boolean is expected, and drops the reader's own marks.
fn with_variables(mut schema: Json) -> Json {
    match &mut schema {
        Json::Object(object) => {
            object.remove(crate::expectation::parameter::SPELLED);
            let inner: Vec<String> = object.keys().cloned().collect();
            for key in inner {
                if let Some(value) = object.get_mut(&key) {
                    *value = with_variables(value.take());
                }
            }
            let kinds: Vec<&str> = match object.get("type") {
                Some(Json::String(kind)) => vec![kind],
                Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
                _ => Vec::new(),
            };
            let wants = kinds.iter().any(|kind| matches!(*kind, "integer" | "number" | "boolean"))
                && !kinds.contains(&"string");
            if wants {
                let description = object.remove("description");
                let plain = schema.take();
                let mut either = json!({ "anyOf": [plain, { "type": "string", "pattern": "\\$\\{" }] });
                if let Some(description) = description {
                    either["description"] = description;
                }
                return either;
            }
            schema
        }
        Json::Array(items) => {
            for item in items {
                *item = with_variables(item.take());
            }
            schema
        }
        _ => schema,
    }
}
