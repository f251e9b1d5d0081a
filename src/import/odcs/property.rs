//! Properties of an object: types, what is required and unique, keys, logical type options, relationships.

use crate::import::odcs::{At, Contract, Said, is_true, text, value};
use crate::import::{Fate, Rule, Value};
use crate::ir::Type;
use crate::suite::yaml::Node;

/// Takes all properties of an object.
pub(super) fn properties(contract: &mut Contract<'_>, dataset: &str, object: &Node) {
    let all = object.get("properties").and_then(Node::items).unwrap_or_default();
    let mut key: Vec<(u64, String, &Node)> = all
        .iter()
        .filter(|property| is_true(property, "primaryKey"))
        .map(|property| {
            let place = text(property, "primaryKeyPosition").and_then(|place| place.parse().ok());
            (place.unwrap_or(u64::MAX), column_name(property), property)
        })
        .collect();
    key.sort_by_key(|(place, ..)| *place);
    if !key.is_empty() {
        let names = key.iter().map(|(_, name, _)| Value::text(name.as_str())).collect::<Vec<_>>();
        contract.draft.dataset(dataset).set("key", Value::List(names));
    }
    for property in all {
        one(contract, dataset, "", property, key.len() == 1);
    }
    if let [(_, _, first), _, ..] = key.as_slice() {
        let columns = key.iter().map(|(_, name, _)| Value::text(name.as_str())).collect::<Vec<_>>();
        let at = At { dataset, column: None, node: first };
        contract.add(at, "primary key", Said::Same(Rule::new("unique").with("columns", columns)));
    }
}

/// Names all columns of an object, so that rules may speak of them.
pub(super) fn declare(contract: &mut Contract<'_>, dataset: &str, object: &Node) {
    for property in object.get("properties").and_then(Node::items).unwrap_or_default() {
        let column = column_name(property);
        if !column.is_empty() {
            contract.draft.dataset(dataset).column(&column);
        }
    }
}

/// What a column is called where it is stored.
pub(super) fn column_name(property: &Node) -> String {
    text(property, "physicalName").or_else(|| text(property, "name")).unwrap_or_default().to_owned()
}

fn one(contract: &mut Contract<'_>, dataset: &str, path: &str, property: &Node, key_alone: bool) {
    let column = format!("{path}{}", column_name(property));
    if column.is_empty() {
        return;
    }
    let at = At { dataset, column: Some(&column), node: property };
    contract.draft.dataset(dataset).column(&column);
    describe(contract, at);
    for (key, value) in super::own_keys(property) {
        contract.draft.dataset(dataset).column(&column).set(&key, value);
    }
    let in_key = path.is_empty() && is_true(property, "primaryKey");
    if is_true(property, "required") || in_key {
        contract.add(at, if in_key { "primary key" } else { "required" }, Said::Same(Rule::new("not_null")));
    }
    if is_true(property, "unique") || (in_key && key_alone) {
        contract.add(at, "unique", Said::Same(Rule::new("unique")));
    }
    if let Some(options) = property.get("logicalTypeOptions") {
        let logical = text(property, "logicalType").unwrap_or_default();
        options_of(contract, At { node: options, ..at }, logical);
    }
    if let Some(listed) = property.get("enum") {
        let values: Vec<Value> = listed.as_list().iter().map(|item| value(item.get("value").unwrap_or(item))).collect();
        contract.add(At { node: listed, ..at }, "enum", Said::Same(Rule::new("in_set").with("values", values)));
    }
    for rule in property.get("quality").map(Node::as_list).unwrap_or_default() {
        super::quality::quality(contract, At { node: rule, ..at });
    }
    for relation in property.get("relationships").map(Node::as_list).unwrap_or_default() {
        relationship(contract, At { node: relation, ..at });
    }
    for inner in property.get("properties").and_then(Node::items).unwrap_or_default() {
        one(contract, dataset, &format!("{column}."), inner, false);
    }
    if let Some(items) =
        property.get("items").filter(|items| items.get("properties").or(items.get("quality")).is_some())
    {
        let why = "elements of arrays have no path in suites".to_owned();
        contract.add(At { node: items, ..at }, "items", Said::Not(why));
    }
}

/// The type and description of a column.
fn describe(contract: &mut Contract<'_>, at: At<'_>) {
    let (Some(name), property) = (at.column, at.node) else { return };
    let (logical, physical) = (text(property, "logicalType"), text(property, "physicalType"));
    let kind = logical.map_or_else(|| physical.and_then(physical_type), |logical| logical_type(logical, physical));
    // A number may be stored in three ways; where the file can be asked, it is. Whole numbers of a text prove nothing.
    let whole_of_text = |kind: &Type| contract.is_text(at.dataset) && *kind == Type::Integer;
    let stored = contract
        .known(at.dataset, name)
        .filter(|kind| matches!(kind, Type::Integer | Type::Decimal | Type::Float))
        .map(|kind| if whole_of_text(&kind) { Type::Decimal } else { kind });
    let is_number = logical == Some("number");
    let kind = if is_number { stored.or(kind) } else { kind };
    if let Some(kind) = kind {
        contract.draft.dataset(at.dataset).column(name).set("type", Value::word(kind.to_string()));
        let guessed = is_number && stored.is_none() && physical.and_then(physical_type).is_none();
        let fate = if guessed {
            Fate::Approximated(
                "a `number` may be an integer, a decimal or a float; it is taken for a decimal".to_owned(),
            )
        } else {
            Fate::Mapped
        };
        contract.tell(
            property,
            format!("{}.{name} type {}", at.dataset, logical.or(physical).unwrap_or_default()),
            fate,
        );
    } else if let Some(said) = logical.or(physical) {
        let why = format!("`{said}` is no type that suites know");
        contract.add(at, "type", Said::Not(why));
    }
    let options = property.get("logicalTypeOptions");
    let width = physical.and_then(width).filter(|_| options.is_none_or(|options| options.get("maxLength").is_none()));
    if let Some(width) = width {
        contract.add(at, "width", Said::Same(Rule::new("length").with("max", Value::word(width))));
    }
    if let Some(description) = text(property, "description") {
        let column = contract.draft.dataset(at.dataset).column(name);
        column.set("description", Value::text(description.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
}

/// How many characters a database's type of text holds.
fn width(physical: &str) -> Option<&str> {
    let (name, rest) = physical.split_once('(')?;
    let width = rest.strip_suffix(')')?.trim();
    let is_text = physical_type(name) == Some(Type::String);
    (is_text && !width.is_empty() && width.bytes().all(|byte| byte.is_ascii_digit())).then_some(width)
}

fn logical_type(logical: &str, physical: Option<&str>) -> Option<Type> {
    Some(match logical {
        "string" => Type::String,
        "date" => Type::Date,
        "timestamp" => Type::Timestamp,
        "time" => Type::Time,
        "integer" => Type::Integer,
        "boolean" => Type::Boolean,
        "object" => Type::Object,
        "array" => Type::List,
        "number" => physical
            .and_then(physical_type)
            .filter(|kind| matches!(kind, Type::Integer | Type::Decimal | Type::Float))
            .unwrap_or(Type::Decimal),
        _ => return None,
    })
}

/// The type that a database's name of a type means.
fn physical_type(name: &str) -> Option<Type> {
    let plain = name.split(['(', '<', ' ']).next().unwrap_or(name).to_lowercase();
    Some(match plain.as_str() {
        "varchar" | "char" | "character" | "nvarchar" | "nchar" | "text" | "string" | "clob" | "uuid" => Type::String,
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "int2" | "int4" | "int8" | "int32" | "int64"
        | "long" => Type::Integer,
        "decimal" | "numeric" | "number" | "money" => Type::Decimal,
        "float" | "double" | "real" | "float4" | "float8" | "float64" => Type::Float,
        "boolean" | "bool" | "bit" => Type::Boolean,
        "date" => Type::Date,
        "timestamp" | "timestamptz" | "datetime" | "datetime2" | "timestamp_ntz" | "timestamp_ltz" | "timestamp_tz" => {
            Type::Timestamp
        }
        "time" => Type::Time,
        "json" | "jsonb" | "variant" => Type::Json,
        "struct" | "record" | "object" | "row" => Type::Object,
        "array" | "list" => Type::List,
        _ => return None,
    })
}

/// The options of a logical type.
fn options_of(contract: &mut Contract<'_>, at: At<'_>, logical: &str) {
    let options = at.node;
    let mut bounds: Vec<(&str, Value)> = Vec::new();
    for (key, flag, bound, strict) in
        [("minimum", "exclusiveMinimum", "min", "strict_min"), ("maximum", "exclusiveMaximum", "max", "strict_max")]
    {
        let exclusive = contract.flags_of_bounds && is_true(options, flag);
        if let Some(limit) = text(options, key) {
            bounds.push((if exclusive { strict } else { bound }, Value::text(limit)));
        }
        let own = text(options, flag).filter(|word| !matches!(word.to_lowercase().as_str(), "true" | "false"));
        bounds.extend(own.map(|limit| (strict, Value::text(limit))));
    }
    if !bounds.is_empty() {
        let rule = bounds.into_iter().fold(Rule::new("between"), |rule, (key, value)| rule.with(key, value));
        contract.add(at, "range", Said::Same(rule));
    }
    let length: Vec<(&str, &str)> = [("minLength", "min"), ("maxLength", "max")]
        .into_iter()
        .filter(|(key, _)| options.get(key).is_some())
        .collect();
    if !length.is_empty() {
        let rule = length
            .into_iter()
            .fold(Rule::new("length"), |rule, (key, bound)| rule.with_some(bound, text(options, key).map(Value::word)));
        contract.add(at, "length", Said::Same(rule));
    }
    for entry in options.entries().unwrap_or_default() {
        let node = &entry.value;
        let said = match entry.key.as_str() {
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "maxLength" => continue,
            "pattern" => {
                Said::Same(Rule::new("matches").with("pattern", Value::Raw(node.text().unwrap_or_default().to_owned())))
            }
            "multipleOf" => {
                Said::Same(Rule::new("multiple_of").with("of", Value::word(node.text().unwrap_or_default())))
            }
            "format" => match format(contract, at, logical, node.text().unwrap_or_default()) {
                Some(said) => said,
                None => continue,
            },
            "timezone" if !is_true(options, "timezone") => continue,
            "required" => {
                for field in node.as_list().iter().filter_map(Node::text) {
                    let path = format!("{}.{field}", at.column.unwrap_or_default());
                    let said = Said::Same(Rule::new("not_null"));
                    contract.add(At { column: Some(&path), node, ..at }, "required", said);
                }
                continue;
            }
            other => Said::Not(format!("suites have no rule for `{other}`")),
        };
        contract.add(At { node, ..at }, &entry.key, said);
    }
}

/// What a `format` asks for; none if it is settled by the type alone.
fn format(contract: &mut Contract<'_>, at: At<'_>, logical: &str, name: &str) -> Option<Said> {
    let column = at.column.unwrap_or_default();
    match logical {
        "date" | "timestamp" | "time" => match strptime(name) {
            Some(pattern) => {
                contract.draft.dataset(at.dataset).column(column).set("parse", Value::Raw(pattern));
                contract.tell(at.node, format!("{}.{column} format {name}", at.dataset), Fate::Mapped);
                None
            }
            None => Some(Said::Not(format!("`{name}` has letters that no pattern of dates here has"))),
        },
        "integer" | "number" => {
            let range = match name {
                "i8" => Some(("-128", "127")),
                "i16" => Some(("-32768", "32767")),
                "i32" => Some(("-2147483648", "2147483647")),
                "u8" => Some(("0", "255")),
                "u16" => Some(("0", "65535")),
                "u32" => Some(("0", "4294967295")),
                "u64" | "u128" => Some(("0", "")),
                "i64" | "i128" | "f32" | "f64" => None,
                _ => return Some(Said::Not(format!("`{name}` is no format of numbers that suites know"))),
            };
            let (min, max) = range?;
            let max = Some(max).filter(|max| !max.is_empty()).map(Value::word);
            Some(Said::Same(Rule::new("between").with("min", Value::word(min)).with_some("max", max)))
        }
        _ => match name {
            "email" | "uuid" | "uri" | "hostname" | "ipv4" | "ipv6" => {
                Some(Said::Same(Rule::new("format").with("name", Value::word(name))))
            }
            "date" => Some(Said::Same(Rule::new("format").with("name", Value::word("iso_date")))),
            "date-time" => Some(Said::Same(Rule::new("format").with("name", Value::word("iso_datetime")))),
            _ => Some(Said::Not(format!("`{name}` is no format that suites know"))),
        },
    }
}

/// A pattern of Java's `DateTimeFormatter` in the letters of strptime.
fn strptime(pattern: &str) -> Option<String> {
    const LETTERS: [(&str, &str); 17] = [
        ("yyyy", "%Y"),
        ("uuuu", "%Y"),
        ("yy", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("SSSSSS", "%f"),
        ("SSS", "%f"),
        ("XXX", "%z"),
        ("xx", "%z"),
        ("Z", "%z"),
        ("a", "%p"),
    ];
    let (mut made, mut rest) = (String::new(), pattern);
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let inner = &rest[1..];
            let end = inner.find('\'')?;
            made.push_str(if end == 0 { "'" } else { &inner[..end] });
            rest = &inner[end + 1..];
        } else if c.is_ascii_alphabetic() {
            let run = rest.len() - rest.trim_start_matches(c).len();
            let (_, letter) = LETTERS.iter().find(|(letters, _)| *letters == &rest[..run])?;
            made.push_str(letter);
            rest = &rest[run..];
        } else {
            made.push_str(if c == '%' { "%%" } else { &rest[..c.len_utf8()] });
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(made)
}

/// A relationship: a foreign key from the property it stands under, or from the properties it names.
pub(super) fn relationship(contract: &mut Contract<'_>, at: At<'_>) {
    let said = foreign_key(contract, at).unwrap_or_else(Said::Not);
    contract.add(at, "relationship", said);
}

fn foreign_key(contract: &Contract<'_>, at: At<'_>) -> Result<Said, String> {
    let relation = at.node;
    if let Some(kind) = text(relation, "type").filter(|kind| *kind != "foreignKey") {
        return Err(format!("a relationship of type `{kind}` says nothing about values"));
    }
    let names = |key: &str| -> Vec<String> {
        let nodes = relation.get(key).map(Node::as_list).unwrap_or_default();
        nodes.iter().filter_map(Node::text).map(str::to_owned).collect()
    };
    let mut targets = Vec::new();
    for to in names("to") {
        targets.push(contract.target(&to)?);
    }
    let Some((dataset, _)) = targets.first().cloned() else { return Err("it does not say where it leads".to_owned()) };
    if targets.iter().any(|(other, _)| *other != dataset) {
        return Err("it leads to more than one object".to_owned());
    }
    let there: Vec<String> = targets.into_iter().map(|(_, column)| column).collect();
    if let (Some(_), [column]) = (at.column, there.as_slice()) {
        return Ok(Said::Same(Rule::new("foreign_key").with("to", Value::text(format!("{dataset}.{column}")))));
    }
    let mut here = Vec::new();
    for from in names("from") {
        here.push(contract.target(&from).map_or_else(|_| from.clone(), |(_, column)| column));
    }
    if here.len() != there.len() || here.is_empty() {
        return Err("`from` and `to` do not name as many properties".to_owned());
    }
    let list = |names: Vec<String>| Value::List(names.into_iter().map(Value::Text).collect());
    let to = Value::Map(vec![("dataset".to_owned(), Value::text(dataset)), ("columns".to_owned(), list(there))]);
    Ok(Said::Same(Rule::new("foreign_key").with("columns", list(here)).with("to", to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_java_pattern_of_dates_is_one_of_strptime() {
        assert_eq!(strptime("yyyy-MM-dd'T'HH:mm:ss"), Some("%Y-%m-%dT%H:%M:%S".to_owned()));
        assert_eq!(strptime("dd/MM/yyyy"), Some("%d/%m/%Y".to_owned()));
        assert_eq!(strptime("EEE dd"), None);
    }
}
