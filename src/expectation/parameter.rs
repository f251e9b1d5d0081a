//! The types of parameters that schemas and serde do not have.
//!
//! The suite reader hands every scalar of such a type over as the text it was spelled with, so that `1.10`, `007` and
//! `99999999999999999999` stay what was written.

use std::borrow::Cow;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::ir::value::read_decimal;
use crate::ir::{Literal, Value};

/// The key in a schema that asks for a scalar as it was spelled; its value says what the spelling must be.
pub const SPELLED: &str = "x-spelled";

/// A data value as spelled; it takes its type from the column it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Spelled {
    /// Plain `null` or `~`.
    Null,
    /// Anything else.
    Text(String),
}

impl Spelled {
    /// The literal it is.
    #[must_use]
    pub fn literal(&self) -> Literal {
        match self {
            Self::Null => Literal::Value(Value::Null),
            Self::Text(text) => Literal::Spelled(text.clone()),
        }
    }

    /// How it is shown in a sentence.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Text(text) => text,
        }
    }
}

impl<'de> Deserialize<'de> for Spelled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map_or(Self::Null, Self::Text))
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
        json_schema!({ "type": ["string", "number", "boolean", "null"], "x-spelled": "value" })
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

/// Writes names of columns for a sentence: `` `a`, `b` ``.
#[must_use]
pub fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

/// Writes the first few values of a list for a sentence: `S, M, L … (12)`.
#[must_use]
pub fn shown(values: &[Spelled]) -> String {
    const MOST: usize = 8;
    let mut text = values.iter().take(MOST).map(Spelled::shown).collect::<Vec<_>>().join(", ");
    if values.len() > MOST {
        text += &format!(" … ({})", values.len());
    }
    text
}
