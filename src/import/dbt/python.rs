//! YAML as dbt reads it: version 1.1, by `PyYAML`, into the values that Python has.
//!
//! There `yes` and `off` are booleans, `010` is eight, `1_000` a thousand, `12:30` a number of base 60 and `2024-01-01` a date.
//! Values are kept as JSON, dates as their text, numbers as Python prints them.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Number, Value as Json};

use crate::suite::yaml::{Content, Node};

/// The value that Python has of a node.
pub(super) fn value(node: &Node) -> Json {
    match &node.content {
        Content::Null(_) => Json::Null,
        Content::Scalar(scalar) if scalar.plain => plain(&scalar.text),
        Content::Scalar(scalar) => Json::String(scalar.text.clone()),
        Content::List(items) => Json::Array(items.iter().map(value).collect()),
        Content::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect::<Map<_, _>>())
        }
    }
}

/// A value as `str()` of Python writes it, which is what stands in the SQL of a test.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::String(text) => text.clone(),
        Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}

static FLOAT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+][0-9]+)?$").ok());
static MOMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern =
        r"^(\d{4}-\d{1,2}-\d{1,2})(?:[Tt]|[ \t]+)(\d{1,2}):(\d\d:\d\d(?:\.\d*)?)[ \t]*(Z|[-+]\d\d?(?::?\d\d)?)?$";
    Regex::new(pattern).ok()
});

/// What a scalar without quotes is.
fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Json::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Json::Bool(false),
        _ => {}
    }
    if let Some(number) = integer(text) {
        return number;
    }
    if FLOAT.as_ref().is_some_and(|float| float.is_match(text)) {
        let plain = text.replace('_', "");
        if let Some(number) = plain.parse().ok().and_then(Number::from_f64) {
            return Json::Number(number);
        }
    }
    if let Some(parts) = MOMENT.as_ref().and_then(|moment| moment.captures(text)) {
        let zone = match parts.get(4).map_or("", |zone| zone.as_str()) {
            "Z" => "+00:00",
            zone => zone,
        };
        return Json::String(format!("{} {:0>2}:{}{zone}", &parts[1], &parts[2], &parts[3]));
    }
    Json::String(text.to_owned())
}

/// A whole number in base 2, 8, 10, 16 or 60.
fn integer(text: &str) -> Option<Json> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (if text.starts_with('-') { -1 } else { 1 }, digits),
        None => (1, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let plain = digits.replace('_', "");
    let parts: Vec<&str> = plain.split(':').collect();
    let number: i64 = if let Some(bits) = plain.strip_prefix("0b") {
        i64::from_str_radix(bits, 2).ok()?
    } else if let Some(hex) = plain.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()?
    } else if plain.len() > 1 && plain.starts_with('0') {
        i64::from_str_radix(&plain, 8).ok()?
    } else if parts.len() > 1 {
        let fits = |part: &&&str| part.len() <= 2 && part.parse::<i64>().is_ok_and(|it| it < 60);
        if parts[1..].iter().filter(fits).count() + 1 != parts.len() {
            return None;
        }
        parts.iter().try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))?
    } else if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        match plain.parse() {
            Ok(number) => number,
            // Python has no longest integer; the digits are what counts.
            Err(_) => return Some(Json::String(text.replace('_', ""))),
        }
    } else {
        return None;
    };
    Some(Json::from(sign * number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_version_1_1_of_yaml_makes_of_them() {
        for (written, read) in [
            ("yes", "True"),
            ("Off", "False"),
            ("y", "y"),
            ("010", "8"),
            ("0x1F", "31"),
            ("1_000", "1000"),
            ("12:30:45", "45045"),
            ("1.10", "1.1"),
            ("1e3", "1e3"),
            ("1.5e+3", "1500.0"),
            ("~", "None"),
            ("2024-01-01", "2024-01-01"),
            ("2024-01-01T9:00:00Z", "2024-01-01 09:00:00+00:00"),
            ("99999999999999999999", "99999999999999999999"),
            ("-3", "-3"),
            ("1.2.3", "1.2.3"),
            ("08", "08"),
        ] {
            assert_eq!(text(&plain(written)), read, "{written}");
        }
    }
}
