//! How far apart two numbers may lie: `0.01`, or a part of the other one, `1%`.

use std::borrow::Cow;

use bigdecimal::num_bigint::Sign;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::ir::Tolerance;
use crate::ir::value::read_decimal;

/// A tolerance, and how it was spelled.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    pub(super) width: Tolerance,
    pub(super) spelled: String,
}

impl<'de> Deserialize<'de> for Apart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let spelled = String::deserialize(deserializer)?;
        let number = |text: &str| read_decimal(text).filter(|number| number.sign() != Sign::Minus);
        let width = match spelled.strip_suffix('%') {
            Some(percent) => number(percent.trim_end()).map(|percent| Tolerance::Share(percent / 100)),
            None => number(&spelled).map(Tolerance::Of),
        };
        let wrong =
            || D::Error::custom(format!("`tolerance` is a number or a share, as `0.01` or `1%`, not `{spelled}`"));
        Ok(Self { width: width.ok_or_else(wrong)?, spelled: spelled.clone() })
    }
}

impl JsonSchema for Apart {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Tolerance".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "x-spelled": "value" })
    }
}
