//! The types of parameters that schemas and serde do not have.
//!
//! The suite reader hands every scalar of such a type over as the text it was spelled with, so that `1.10`, `007` and
//! `99999999999999999999` stay what was written.

use std::borrow::Cow;
use std::str::FromStr;

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, One};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::expectation::lowered::Mistake;
use crate::expectation::moment::RelativeDate;
use crate::ir::value::read_decimal;
use crate::ir::{Literal, Value};
use crate::lang::Lang;

/// The key in a schema that asks for a scalar as it was spelled; its value says what the spelling must be.
pub const SPELLED: &str = "x-spelled";

/// A data value as spelled; it takes its type from the column it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Spelled {
    /// Plain `null` or `~`.
    Null,
    /// A date relative to the run.
    Relative(RelativeDate),
    /// Anything else.
    Text(String),
}

impl Spelled {
    /// The literal it is.
    #[must_use]
    pub fn literal(&self) -> Literal {
        match self {
            Self::Null => Literal::Value(Value::Null),
            Self::Relative(RelativeDate(moment)) => Literal::Relative(*moment),
            Self::Text(text) => Literal::Spelled(text.clone()),
        }
    }

    /// The date that hangs on the run, if it is one.
    #[must_use]
    pub const fn relative(&self) -> Option<RelativeDate> {
        match self {
            Self::Relative(date) => Some(*date),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// How it is said in a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Relative(date) => date.words(lang),
            Self::Text(text) => text.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Json::deserialize(deserializer)? {
            Json::Null => Ok(Self::Null),
            Json::String(text) => Ok(Self::Text(text)),
            map @ Json::Object(_) => serde_json::from_value(map).map(Self::Relative).map_err(D::Error::custom),
            _ => Err(D::Error::custom("a single value is wanted")),
        }
    }
}

impl JsonSchema for Spelled {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Spelled".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let value = serde_json::json!({ "type": ["string", "number", "boolean", "null"], "x-spelled": "value" });
        json_schema!({ "anyOf": [value, RelativeDate::schema()] })
    }
}

/// A document of JSON: the path of a file that holds it, or the document itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// The path.
    Path(String),
    /// The document.
    Inline(Json),
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Json::deserialize(deserializer)? {
            Json::String(path) => Self::Path(path),
            document => Self::Inline(document),
        })
    }
}

impl JsonSchema for Document {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "object"], "x-spelled": "document" })
    }
}

/// An exact number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(pub BigDecimal);

impl FromStr for Number {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        read_decimal(text).map(Self).ok_or_else(|| format!("`{text}` is no number"))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "x-spelled": "number" })
    }
}

/// Reads a share from 0 to 1, written as `0.02` or as `2%`.
#[must_use]
pub fn share(text: &str) -> Option<BigDecimal> {
    let share = match text.strip_suffix('%') {
        Some(percent) => read_decimal(percent.trim_end()).map(|percent| percent / BigDecimal::from(100)),
        None => read_decimal(text),
    };
    share.filter(|share| share.sign() != Sign::Minus && *share <= BigDecimal::one())
}

/// One text, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Texts {
    /// One text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Texts {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// The columns that a rule tests together: `column` is one, `columns` are several.
///
/// # Errors
/// Both or neither are given, none is in the list, or one is there twice.
pub fn key(column: Option<&String>, columns: Option<&Vec<String>>) -> Result<Vec<String>, Mistake> {
    match (column, columns) {
        (Some(column), None) => Ok(vec![column.clone()]),
        (None, Some(columns)) => match repeated(columns) {
            _ if columns.is_empty() => Err(Mistake::at("columns", "names no column")),
            Some(twice) => Err(Mistake::at("columns", format!("names `{twice}` twice"))),
            None => Ok(columns.clone()),
        },
        (Some(_), Some(_)) => Err(Mistake::at("columns", "goes with no `column`: a rule tests one or the other")
            .help("a rule about several columns stands in the `expect` list of the dataset")),
        (None, None) => Err(Mistake::new("needs `column`, or `columns` for several together")),
    }
}

/// The first name that stands twice in a list.
#[must_use]
pub fn repeated(names: &[String]) -> Option<&str> {
    names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)).map(|(_, name)| name.as_str())
}

/// Puts names and patterns in backticks, for a sentence.
#[must_use]
pub fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

/// Writes the first few values of a list for a sentence: `S, M, L … (12)`.
#[must_use]
pub fn shown(values: &[Spelled], lang: Lang) -> String {
    capped(&values.iter().map(|value| value.words(lang)).collect::<Vec<_>>())
}

/// Writes the first few words of a list, and how many there are if that is not all.
#[must_use]
pub fn capped(words: &[String]) -> String {
    const MOST: usize = 8;
    match words.get(..MOST) {
        Some(first) if words.len() > MOST => format!("{} … ({})", first.join(", "), words.len()),
        _ => words.join(", "),
    }
}
