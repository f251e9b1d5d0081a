//! The schema of an Avro file, as its header spells it.
//!
//! Named types are put in place of their names, so that a column can be read without the others; what decoding does not
//! need is left out (documentation, defaults, aliases), and so are logical types that the specification says to ignore.
//! Types that stand inside themselves are refused, for no column of Arrow holds them.
//! Format: <https://avro.apache.org/docs/1.12.0/specification/>.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::ir::name::nfc;

/// How many types a schema may have once names are replaced.
const LARGEST: usize = 100_000;

/// How deep types may stand inside each other.
const DEEPEST: usize = 100;

/// Digits that a decimal may have.
const DIGITS: u64 = 38;

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// The schema of a record, without references.
#[derive(Clone, Debug)]
pub(super) struct Record {
    plain: Value,
}

impl Record {
    /// Reads the text of a schema.
    ///
    /// # Errors
    /// If it is none, is not that of a record, or has a type that cannot be read; in words.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let spelled: Value =
            serde_json::from_slice(text).map_err(|error| format!("its schema is no JSON ({error})"))?;
        let mut names = Names::default();
        let plain = names.plain(&spelled, "")?;
        if plain["type"] != "record" {
            return Err(format!("each of its values is of the type `{}`, not a record of columns", label(&plain)));
        }
        Ok(Self { plain })
    }

    /// The same as text.
    pub(super) fn text(&self) -> String {
        self.plain.to_string()
    }

    /// What the type of a field is called; the steps lead to it from a column inwards.
    pub(super) fn label(&self, steps: &[String]) -> Option<String> {
        let mut at = &self.plain;
        for step in steps {
            let fields = present(at)["fields"].as_array()?;
            at = &fields.iter().find(|field| field["name"].as_str().is_some_and(|name| nfc(name) == *step))?["type"];
        }
        Some(label(at))
    }

    /// Whether a row may take no bytes at all.
    pub(super) fn is_empty(&self) -> bool {
        weighs_nothing(&self.plain)
    }
}

/// The named types of a schema met so far.
#[derive(Default)]
struct Names {
    known: HashMap<String, (Value, usize)>,
    /// The types that are being read, from the outermost.
    open: Vec<String>,
    /// The columns and fields on the way to where reading stands.
    path: Vec<String>,
    count: usize,
    depth: usize,
}

impl Names {
    /// A type without references; names without a dot are of the namespace.
    fn plain(&mut self, spelled: &Value, namespace: &str) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("its schema has types more than {DEEPEST} deep inside each other"));
        }
        let before = self.count;
        self.grow(1)?;
        let plain = match spelled {
            Value::String(name) => self.named(name, namespace)?,
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.plain(branch, namespace));
                Value::Array(branches.collect::<Result<_, _>>()?)
            }
            Value::Object(object) => match object.get("type") {
                Some(Value::String(kind)) => self.complex(kind, object, namespace, before)?,
                Some(inner) => self.plain(inner, namespace)?,
                None => return Err(self.wrong("a type has no `type`")),
            },
            _ => return Err(self.wrong("a type is neither a name nor a map nor a list")),
        };
        self.depth -= 1;
        Ok(plain)
    }

    fn named(&mut self, name: &str, namespace: &str) -> Result<Value, String> {
        if PRIMITIVES.contains(&name) {
            return Ok(Value::from(name));
        }
        let full = full_name(name, namespace);
        let full = if self.open.contains(&full) || self.known.contains_key(&full) { full } else { name.to_owned() };
        if self.open.contains(&full) {
            let column = self.path.first().map_or("", String::as_str);
            return Err(format!(
                "its column `{column}` is of the type `{full}`, which holds itself; no such type is read"
            ));
        }
        match self.known.get(&full) {
            Some((plain, count)) => {
                let (plain, count) = (plain.clone(), *count);
                self.grow(count)?;
                Ok(plain)
            }
            None => Err(self.wrong(&format!("there is no type `{name}`"))),
        }
    }

    fn complex(
        &mut self,
        kind: &str,
        object: &Map<String, Value>,
        namespace: &str,
        before: usize,
    ) -> Result<Value, String> {
        if kind == "array" || kind == "map" {
            let key = if kind == "array" { "items" } else { "values" };
            let inner = object.get(key).ok_or_else(|| self.wrong(&format!("`{key}` is missing")))?;
            let inner = self.plain(inner, namespace)?;
            if kind == "array" && weighs_nothing(&inner) {
                return Err(self.wrong("the items of a list take no bytes, so that their count means nothing"));
            }
            return Ok(json!({ "type": kind, key: inner }));
        }
        if !matches!(kind, "record" | "error" | "enum" | "fixed") {
            let plain = self.named(kind, namespace)?;
            return Ok(if PRIMITIVES.contains(&kind) { logical(kind, object).unwrap_or(plain) } else { plain });
        }
        let name = object.get("name").and_then(Value::as_str).ok_or_else(|| self.wrong("a type has no `name`"))?;
        let namespace = object.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
        let full = full_name(name, namespace);
        let inside = full.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
        // The dots of a full name are a namespace to those who read it, which no reference needs any more.
        let name = full.replace('.', "_");
        let plain = match kind {
            "enum" => {
                let symbols = object.get("symbols").and_then(Value::as_array);
                let symbols = symbols.filter(|symbols| symbols.iter().all(Value::is_string));
                let symbols = symbols.ok_or_else(|| self.wrong("an enum has no `symbols`"))?;
                json!({ "type": kind, "name": name, "symbols": symbols })
            }
            "fixed" => {
                let size = object.get("size").and_then(Value::as_u64).filter(|size| *size <= 1 << 20);
                let size = size.ok_or_else(|| self.wrong("a `fixed` has no `size` that is one"))?;
                let mut plain = json!({ "type": kind, "name": name, "size": size });
                match object.get("logicalType").and_then(Value::as_str) {
                    Some("uuid") if size == 16 => plain["logicalType"] = "uuid".into(),
                    // So many bytes hold any number of 38 digits; more are not read.
                    Some("decimal") if (1..=16).contains(&size) => {
                        let digits = digits(object).filter(|(precision, _)| *precision <= most_digits(size));
                        if let Some((precision, scale)) = digits {
                            plain["logicalType"] = "decimal".into();
                            plain["precision"] = precision.into();
                            plain["scale"] = scale.into();
                        }
                    }
                    _ => {}
                }
                plain
            }
            _ => {
                self.open.push(full.clone());
                let fields = object.get("fields").and_then(Value::as_array);
                let fields = fields.ok_or_else(|| self.wrong("a record has no `fields`"))?;
                let (mut plain, mut seen) = (Vec::with_capacity(fields.len()), HashSet::new());
                for field in fields {
                    let name = field["name"].as_str().ok_or_else(|| self.wrong("a field has no `name`"))?;
                    if !seen.insert(name) {
                        return Err(self.wrong(&format!("the field `{name}` is there twice")));
                    }
                    self.path.push(name.to_owned());
                    plain.push(json!({ "name": name, "type": self.plain(&field["type"], &inside)? }));
                    self.path.pop();
                }
                self.open.pop();
                json!({ "type": "record", "name": name, "fields": plain })
            }
        };
        self.known.insert(full, (plain.clone(), self.count - before));
        Ok(plain)
    }

    fn grow(&mut self, count: usize) -> Result<(), String> {
        self.count = self.count.saturating_add(count);
        if self.count > LARGEST { Err(format!("its schema has more than {LARGEST} types")) } else { Ok(()) }
    }

    fn wrong(&self, what: &str) -> String {
        match self.path.as_slice() {
            [] => format!("its schema is broken: {what}"),
            path => format!("its schema is broken at `{}`: {what}", path.join(".")),
        }
    }
}

/// A primitive type with its logical type, if it has one that is read.
fn logical(kind: &str, object: &Map<String, Value>) -> Option<Value> {
    let logical = object.get("logicalType")?.as_str()?;
    match (kind, logical) {
        ("int", "date" | "time-millis")
        | (
            "long",
            "time-micros"
            | "timestamp-millis"
            | "timestamp-micros"
            | "timestamp-nanos"
            | "local-timestamp-millis"
            | "local-timestamp-micros"
            | "local-timestamp-nanos",
        ) => Some(json!({ "type": kind, "logicalType": logical })),
        ("bytes", "decimal") => {
            let (precision, scale) = digits(object)?;
            Some(json!({ "type": kind, "logicalType": logical, "precision": precision, "scale": scale }))
        }
        // A uuid that is text is text, be it a good one or not: that is the matter of rules.
        _ => None,
    }
}

/// The precision and the scale of a decimal, if they make sense.
fn digits(object: &Map<String, Value>) -> Option<(u64, u64)> {
    let precision = object.get("precision")?.as_u64().filter(|precision| (1..=DIGITS).contains(precision))?;
    let scale = object.get("scale").map_or(Some(0), Value::as_u64).filter(|scale| *scale <= precision)?;
    Some((precision, scale))
}

/// How many digits any number of so many bytes may have at most.
fn most_digits(size: u64) -> u64 {
    let bits = u32::try_from(size * 8 - 1).unwrap_or(127).min(127);
    u64::from((i128::MAX >> (127 - bits)).checked_ilog10().unwrap_or(0)).max(1)
}

/// The one type beside null, if the type is a union of both.
fn present(plain: &Value) -> &Value {
    match plain.as_array().map(Vec::as_slice) {
        Some([null, other] | [other, null]) if null == "null" => other,
        _ => plain,
    }
}

fn label(plain: &Value) -> String {
    match present(plain) {
        Value::String(name) => name.clone(),
        Value::Array(branches) => {
            format!("union of {}", branches.iter().map(label).collect::<Vec<_>>().join(", "))
        }
        object => match (object["logicalType"].as_str(), object["type"].as_str()) {
            (Some("decimal"), _) => format!("decimal({}, {})", object["precision"], object["scale"]),
            (Some(logical), _) => logical.to_owned(),
            (None, kind) => kind.unwrap_or_default().to_owned(),
        },
    }
}

fn weighs_nothing(plain: &Value) -> bool {
    match plain {
        Value::String(name) => name == "null",
        Value::Object(object) => match object["type"].as_str() {
            Some("record") => object["fields"]
                .as_array()
                .is_none_or(|fields| fields.iter().all(|field| weighs_nothing(&field["type"]))),
            Some("fixed") => object["size"] == 0,
            _ => false,
        },
        _ => false,
    }
}

fn full_name(name: &str, namespace: &str) -> String {
    if namespace.is_empty() || name.contains('.') { name.to_owned() } else { format!("{namespace}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(schema: &str) -> String {
        Record::read(schema.as_bytes()).unwrap_err()
    }

    fn fields(fields: &str) -> Result<Record, String> {
        Record::read(format!(r#"{{"type":"record","name":"r","namespace":"a.b","fields":[{fields}]}}"#).as_bytes())
    }

    #[test]
    fn names_are_replaced_by_what_they_name() {
        let record = fields(
            r#"{"name":"x","type":{"type":"record","name":"In","fields":[{"name":"e","type":
               {"type":"enum","name":"c.E","symbols":["A"]}}]}},
               {"name":"y","type":["null","In"]},{"name":"z","type":"c.E","doc":"?","default":"A"}"#,
        )
        .unwrap();
        let label = |steps: &[&str]| record.label(&steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>());
        assert_eq!(label(&["y", "e"]).as_deref(), Some("enum"));
        assert_eq!(label(&["y"]).as_deref(), Some("record"));
        assert_eq!(label(&["z"]).as_deref(), Some("enum"));
        assert_eq!(label(&["z", "e"]), None);
        assert!(!record.text().contains("default"));
    }

    #[test]
    fn logical_types_that_make_no_sense_are_ignored() {
        let label = |kind: &str| fields(&format!(r#"{{"name":"x","type":{kind}}}"#)).unwrap().label(&["x".to_owned()]);
        let decimal = |digits: &str| label(&format!(r#"{{"type":"bytes","logicalType":"decimal",{digits}}}"#)).unwrap();
        assert_eq!(decimal(r#""precision":4,"scale":2"#), "decimal(4, 2)");
        assert_eq!(decimal(r#""precision":4,"scale":5"#), "bytes");
        assert_eq!(decimal(r#""precision":39"#), "bytes");
        assert_eq!(label(r#"{"type":"string","logicalType":"date"}"#).unwrap(), "string");
        assert_eq!(label(r#"["null",{"type":"int","logicalType":"date"}]"#).unwrap(), "date");
        assert_eq!(label(r#"["int","string"]"#).unwrap(), "union of int, string");
        assert_eq!(most_digits(16), 38);
        assert_eq!(most_digits(1), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert!(said("{").starts_with("its schema is no JSON"));
        assert_eq!(said(r#""long""#), "each of its values is of the type `long`, not a record of columns");
        assert_eq!(
            fields(r#"{"name":"x","type":["null","r"]}"#).unwrap_err(),
            "its column `x` is of the type `a.b.r`, which holds itself; no such type is read"
        );
        assert_eq!(
            fields(r#"{"name":"x","type":"q"}"#).unwrap_err(),
            "its schema is broken at `x`: there is no type `q`"
        );
        assert!(fields(r#"{"name":"x","type":"int"},{"name":"x","type":"int"}"#).unwrap_err().contains("twice"));
        assert!(fields(r#"{"name":"x","type":{"type":"array","items":"null"}}"#).unwrap_err().contains("no bytes"));
        let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(200), "}".repeat(200));
        assert!(fields(&format!(r#"{{"name":"x","type":{deep}}}"#)).is_err());
        let doubling: Vec<String> = (1..40)
            .map(|n| {
                let (inner, name) = (format!("r{}", n - 1), format!("r{n}"));
                format!(
                    r#"{{"name":"f{n}","type":{{"type":"record","name":"{name}","fields":[{{"name":"a","type":"{inner}"}},{{"name":"b","type":"{inner}"}}]}}}}"#
                )
            })
            .collect();
        let first = r#"{"name":"f0","type":{"type":"record","name":"r0","fields":[{"name":"a","type":"int"}]}}"#;
        assert!(fields(&format!("{first},{}", doubling.join(","))).unwrap_err().contains("more than 100000 types"));
    }
}
