//! A document of another tool as a tree with places: YAML or JSON.
//!
//! JSON is read as Python writes it: `NaN`, `Infinity` and `-Infinity` become the texts `.nan`, `.inf` and `-.inf`, which
//! suites spell so; and a whole number of more than 64 bits, which Python reads as it is, keeps its digits (`digits`).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::diagnostic::{Code, Diagnostic, Level, SourceText};
use crate::suite::yaml::{self, Content, Node};

/// Reads YAML.
///
/// # Errors
/// Every fault of the text.
pub(super) fn yaml(source: &Arc<SourceText>) -> Result<Node, Vec<Diagnostic>> {
    let faults = match yaml::read(&source.text) {
        Ok((root, faults)) if faults.is_empty() => return Ok(root),
        Ok((_, faults)) | Err(faults) => faults,
    };
    Err(faults.into_iter().map(|fault| mistake(source, fault.span, fault.message, fault.help)).collect())
}

/// Reads JSON.
///
/// # Errors
/// The first fault of the text, or a key of the document itself that stands twice.
pub(super) fn json(source: &Arc<SourceText>) -> Result<serde_json::Value, Vec<Diagnostic>> {
    let text = strict(&source.text);
    let read = serde_json::from_str(&text).and_then(|read: serde_json::Value| {
        if read.is_object() {
            serde_json::from_str::<KeysOnce>(&text)?;
        }
        Ok(read)
    });
    read.map_err(|error| {
        let before: usize = source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = (before + error.column().saturating_sub(1)).min(source.text.len());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message = if error.is_data() { message.to_owned() } else { format!("this is not JSON: {message}") };
        vec![mistake(source, at..at, message, None)]
    })
}

/// A map whose keys each stand once; what they hold is not looked at.
struct KeysOnce;

impl<'de> Deserialize<'de> for KeysOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for KeysOnce {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice: only one of them would be read")));
            }
            map.next_value::<IgnoredAny>()?;
            seen.insert(key);
        }
        Ok(self)
    }
}

/// The digits of a whole number of more than 64 bits: it stands in the tree as a map of one key.
pub(super) fn digits(json: &serde_json::Value) -> Option<&str> {
    json.as_object().filter(|map| map.len() == 1)?.get(DIGITS)?.as_str()
}

/// The key of such a map.
const DIGITS: &str = "$digits";

/// YAML as JSON: what has no quotes is what YAML takes it for.
pub(super) fn json_of(node: &Node) -> serde_json::Value {
    match &node.content {
        Content::Null(_) => serde_json::Value::Null,
        Content::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|entry| (entry.key.clone(), json_of(&entry.value))).collect())
        }
        Content::List(items) => serde_json::Value::Array(items.iter().map(json_of).collect()),
        Content::Scalar(scalar) => match scalar.text.as_str() {
            "true" if scalar.plain => serde_json::Value::Bool(true),
            "false" if scalar.plain => serde_json::Value::Bool(false),
            text if scalar.plain => serde_json::from_str::<serde_json::Number>(text)
                .map_or_else(|_| serde_json::Value::String(text.to_owned()), serde_json::Value::Number),
            text => serde_json::Value::String(text.to_owned()),
        },
    }
}

/// A mistake at a place of a document.
pub(super) fn mistake(
    source: &Arc<SourceText>,
    span: std::ops::Range<usize>,
    message: String,
    help: Option<String>,
) -> Diagnostic {
    Diagnostic { help, ..Diagnostic::new(Level::Error, Code::Syntax, Arc::clone(source), span, message) }
}

/// JSON without the numbers that JSON, or the tree, does not have.
fn strict(text: &str) -> String {
    let (mut plain, mut rest, mut quoted) = (String::with_capacity(text.len()), text, false);
    while let Some(c) = rest.chars().next() {
        let special = [("-Infinity", "\"-.inf\""), ("Infinity", "\".inf\""), ("NaN", "\".nan\"")];
        let found = special.into_iter().find(|(word, _)| !quoted && rest.starts_with(word));
        if let Some((word, instead)) = found {
            plain.push_str(instead);
            rest = &rest[word.len()..];
            continue;
        }
        if !quoted && (c == '-' || c.is_ascii_digit()) {
            let end = rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(rest.len());
            plain.push_str(&number(&rest[..end]));
            rest = &rest[end..];
            continue;
        }
        let taken = if quoted && c == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { c.len_utf8() };
        quoted ^= c == '"';
        plain.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    plain
}

/// A number of JSON as the tree can hold it.
fn number(token: &str) -> Cow<'_, str> {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let whole = !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    match token.parse::<f64>() {
        _ if whole && token.parse::<i64>().is_err() && token.parse::<u64>().is_err() => {
            format!("{{\"{DIGITS}\":\"{token}\"}}").into()
        }
        // As Python reads `1e999`.
        Ok(float) if float.is_infinite() => if float > 0.0 { "\".inf\"" } else { "\"-.inf\"" }.into(),
        _ => token.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<SourceText> {
        Arc::new(SourceText { path: "x.json".into(), text: text.to_owned() })
    }

    #[test]
    fn numbers_that_json_lacks_are_read_and_text_is_left_alone() {
        let read = json(&source(r#"{"bins": [-Infinity, 0, Infinity, NaN], "s": "NaN \" Infinity"}"#)).unwrap();
        assert_eq!(read.to_string(), r#"{"bins":["-.inf",0,".inf",".nan"],"s":"NaN \" Infinity"}"#);
    }

    #[test]
    fn a_number_that_the_tree_cannot_hold_keeps_its_digits() {
        let read = json(&source(r#"[18446744073709551616, -9223372036854775808, "18446744073709551616", 1.5, 1e999]"#));
        let read = read.unwrap();
        assert_eq!(digits(&read[0]), Some("18446744073709551616"));
        assert_eq!(read[1].as_i64(), Some(i64::MIN));
        assert_eq!(read[2].as_str(), Some("18446744073709551616"));
        assert_eq!((read[3].as_f64(), read[4].as_str()), (Some(1.5), Some(".inf")));
    }

    #[test]
    fn a_fault_of_json_has_its_place() {
        let faults = json(&source("{\n  \"a\": oops\n}")).unwrap_err();
        assert_eq!(faults[0].place(), (2, 8));
    }
}
