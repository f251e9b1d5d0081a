//! The little Jinja that needs no dbt: `ref`, `source` and `var`, alone or inside text.
//!
//! Everything else (`{% if %}`, macros, `env_var`, filters) is only known when dbt runs, and is refused in those words.

use serde_json::{Map, Value as Json};

use crate::import::dbt::python;
use crate::suite::yaml;

/// A table that is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// `ref('name')`, with the version that was asked for.
    Model(String, Option<String>),
    /// `source('schema', 'table')`.
    Source(String, String),
}

/// What names stand for.
pub(super) struct Names<'a> {
    /// The variables of the project.
    pub(super) vars: &'a Map<String, Json>,
    /// The dataset of a reference that stands inside SQL.
    pub(super) dataset: &'a mut dyn FnMut(&Reference) -> String,
}

/// A value with its Jinja put in; a reference that is the whole value stays one, without braces.
///
/// # Errors
/// Why that can only be known by dbt.
pub(super) fn value(given: &Json, names: &mut Names<'_>) -> Result<Json, String> {
    Ok(match given {
        Json::String(text) => whole(text, names)?,
        Json::Array(items) => Json::Array(items.iter().map(|item| value(item, names)).collect::<Result<_, _>>()?),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, item)| Ok((key.clone(), value(item, names)?)));
            Json::Object(entries.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

/// The table that a text refers to: `ref('orders')`, `source('shop', 'orders')`, in braces or not.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let (function, arguments, named) = call(unbraced(text.trim()).unwrap_or(text.trim()))?;
    let texts: Vec<&str> = arguments.iter().map(Json::as_str).collect::<Option<_>>()?;
    let version = named.iter().find(|(key, _)| key == "v" || key == "version").map(|(_, value)| python::text(value));
    match (function.as_str(), texts.as_slice()) {
        ("ref", [name] | [_, name]) => Some(Reference::Model((*name).to_owned(), version)),
        ("source", [schema, table]) => Some(Reference::Source((*schema).to_owned(), (*table).to_owned())),
        _ => None,
    }
}

/// Every reference in a text: where dbt wraps a table, as in `get_where_subquery(ref('orders'))`.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let starts = text.match_indices("ref(").chain(text.match_indices("source(")).map(|(start, _)| start);
    let inside = |start: usize| {
        let end = text[start..].find(')')? + start + 1;
        reference(&text[start..end])
    };
    starts.filter_map(inside).collect()
}

fn whole(text: &str, names: &mut Names<'_>) -> Result<Json, String> {
    if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
        return Ok(Json::String(text.to_owned()));
    }
    if let Some(inner) = unbraced(text.trim()) {
        return match reference(inner) {
            Some(_) => Ok(Json::String(inner.to_owned())),
            None => expression(inner, names),
        };
    }
    let (mut put, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(['{']) {
        let opening = &rest[start..];
        put.push_str(&rest[..start]);
        if opening.starts_with("{%") || opening.starts_with("{#") {
            let end = opening.find('}').map_or(opening.len(), |end| end + 1);
            return Err(only_dbt(&opening[..end]));
        }
        let Some(inner) = opening.strip_prefix("{{") else {
            put.push('{');
            rest = &opening[1..];
            continue;
        };
        let Some(end) = inner.find("}}") else { return Err(only_dbt(opening)) };
        let code = inner[..end].trim_matches('-').trim();
        match reference(code) {
            Some(reference) => put.push_str(&(names.dataset)(&reference)),
            None => put.push_str(&python::text(&expression(code, names)?)),
        }
        rest = &inner[end + 2..];
    }
    put.push_str(rest);
    Ok(Json::String(put))
}

/// The value of `var('name', default)`, or of a literal.
fn expression(code: &str, names: &Names<'_>) -> Result<Json, String> {
    if let Some(literal) = literal(code) {
        return Ok(literal);
    }
    let Some((function, arguments, named)) = call(code) else { return Err(only_dbt(code)) };
    let (Some(Json::String(name)), "var") = (arguments.first(), function.as_str()) else { return Err(only_dbt(code)) };
    let default = arguments.get(1).or_else(|| named.iter().find(|(key, _)| key == "default").map(|(_, value)| value));
    match names.vars.get(name).or(default) {
        Some(value) => Ok(value.clone()),
        None => Err(format!("the variable `{name}` has no value here; dbt_project.yml or a default may give it one")),
    }
}

fn only_dbt(code: &str) -> String {
    format!("`{}` is Jinja that only dbt can evaluate", code.trim())
}

/// What stands inside braces, if these are all there is.
fn unbraced(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim_matches('-').trim())
}

/// A function, its arguments, and those with a name.
type Call = (String, Vec<Json>, Vec<(String, Json)>);

/// A call with literal arguments.
fn call(code: &str) -> Option<Call> {
    let (function, rest) = code.split_once('(')?;
    let inside = rest.trim_end().strip_suffix(')')?;
    let function = function.trim();
    if function.is_empty() || !function.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let (mut arguments, mut named) = (Vec::new(), Vec::new());
    for argument in split(inside) {
        match argument.split_once('=').filter(|(key, _)| key.trim().chars().all(|c| c.is_alphanumeric() || c == '_')) {
            Some((key, value)) => named.push((key.trim().to_owned(), literal(value.trim())?)),
            None => arguments.push(literal(&argument)?),
        }
    }
    Some((function.to_owned(), arguments, named))
}

/// Arguments between the commas that stand in no quotes or brackets.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut depth) = (Vec::new(), String::new(), None, 0_i32);
    for c in text.chars() {
        match (quoted, c) {
            (Some(open), c) if c == open => quoted = None,
            (None, '\'' | '"') => quoted = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A literal of Python: text in quotes, a number, a boolean, a list of them.
fn literal(code: &str) -> Option<Json> {
    let code = code.trim();
    let simple = code.starts_with(['\'', '"', '[', '-']) || code.starts_with(|c: char| c.is_ascii_digit());
    if !simple {
        return match code {
            "true" | "True" => Some(Json::Bool(true)),
            "false" | "False" => Some(Json::Bool(false)),
            "none" | "None" => Some(Json::Null),
            _ => None,
        };
    }
    let (node, faults) = yaml::read(code).ok()?;
    let value = python::value(&node);
    // A call that only begins like a literal is none: `'a' ~ var('b')`.
    let quoted = code.starts_with(['\'', '"']);
    ((value.is_string() || !quoted) && !value.is_object() && faults.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str) -> Result<Json, String> {
        let vars = Map::from_iter([("start".to_owned(), Json::from("2024-01-01"))]);
        let mut dataset = |reference: &Reference| match reference {
            Reference::Model(name, _) | Reference::Source(_, name) => name.clone(),
        };
        value(&Json::from(text), &mut Names { vars: &vars, dataset: &mut dataset })
    }

    #[test]
    fn variables_are_put_in() {
        assert_eq!(put("{{ var('start') }}"), Ok(Json::from("2024-01-01")));
        assert_eq!(put("d > '{{ var(\"start\") }}'"), Ok(Json::from("d > '2024-01-01'")));
        assert_eq!(put("{{ var('sizes', ['S', 'M']) }}"), Ok(serde_json::json!(["S", "M"])));
        assert_eq!(put("{{ var('most', 10) }}"), Ok(Json::from(10)));
    }

    #[test]
    fn references_are_known_with_and_without_braces() {
        let orders = Reference::Model("orders".to_owned(), None);
        assert_eq!(reference("ref('orders')"), Some(orders.clone()));
        assert_eq!(reference("{{ ref(\"shop\", 'orders') }}"), Some(orders.clone()));
        assert_eq!(reference("ref('orders', v=2)"), Some(Reference::Model("orders".to_owned(), Some("2".to_owned()))));
        assert_eq!(reference("source('a', 'b')"), Some(Reference::Source("a".to_owned(), "b".to_owned())));
        assert_eq!(references("{{ get_where_subquery(ref('orders')) }}"), [orders]);
        assert_eq!(reference("orders"), None);
        assert_eq!(put("select * from {{ ref('orders') }}"), Ok(Json::from("select * from orders")));
    }

    #[test]
    fn other_jinja_is_refused() {
        for text in
            ["{{ env_var('X') }}", "{% if x %}a{% endif %}", "{{ var('nowhere') }}", "{{ 'a' ~ var('start') }}", "{{ x"]
        {
            assert!(put(text).is_err(), "{text}");
        }
    }
}
