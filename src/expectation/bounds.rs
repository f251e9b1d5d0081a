//! The bounds that many expectations share: `min`, `max`, `strict_min`, `strict_max`, `equals`, `tolerance`; and `max_age`.
//!
//! Read once for all of them. A bound is a value, spelled, a date relative to the run, or `{column: name}` where each value
//! has its own.

use std::borrow::Cow;

use bigdecimal::num_bigint::Sign;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::expectation::BoundsKind;
use crate::expectation::lowered::Mistake;
use crate::expectation::moment::{Length, RelativeDate};
use crate::expectation::parameter::Number;
use crate::ir::value::read_decimal;
use crate::ir::{Arithmetic, Bound, Bounds, Literal, Op, Predicate, Reading, Relative, Scalar, Type, Value, bind};
use crate::lang::Lang;

/// Bounds as a suite gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// At least this.
    pub min: Option<Edge>,
    /// At most this.
    pub max: Option<Edge>,
    /// More than this.
    pub strict_min: Option<Edge>,
    /// Less than this.
    pub strict_max: Option<Edge>,
    /// Exactly this.
    pub equals: Option<Edge>,
    /// How far from `equals` it may lie.
    pub tolerance: Option<Number>,
    /// No older than this.
    pub max_age: Option<Length>,
}

/// One bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A value, as spelled.
    Value(String),
    /// The value of another column in the same row.
    Column(String),
    /// A date relative to the run.
    Relative(RelativeDate),
}

/// The other column that a bound is read from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OtherColumn {
    column: String,
}

impl<'de> Deserialize<'de> for Edge {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Json::deserialize(deserializer)? {
            Json::String(text) => Ok(Self::Value(text)),
            map @ Json::Object(_) if map.get("column").is_some() => {
                serde_json::from_value::<OtherColumn>(map).map(|it| Self::Column(it.column)).map_err(D::Error::custom)
            }
            map @ Json::Object(_) => serde_json::from_value(map).map(Self::Relative).map_err(D::Error::custom),
            _ => Err(D::Error::custom("a bound is a value, {as_of: …} or {column: name}")),
        }
    }
}

impl JsonSchema for Edge {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Edge".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        edge(true).try_into().unwrap_or_default()
    }
}

/// The names of the keys.
pub const KEYS: [&str; 6] = ["min", "max", "strict_min", "strict_max", "equals", "tolerance"];

/// Whether a key is one of a kind of bounds.
#[must_use]
pub fn is_key(kind: BoundsKind, key: &str) -> bool {
    match kind {
        BoundsKind::None => false,
        BoundsKind::Age => key == "max_age",
        _ => KEYS.contains(&key),
    }
}

/// The schema of each key for a kind of bounds.
#[must_use]
pub fn properties(kind: BoundsKind) -> Vec<(&'static str, Json)> {
    let value = match kind {
        BoundsKind::None => return Vec::new(),
        BoundsKind::Number | BoundsKind::EachNumber => json!({ "type": ["number", "string"], "x-spelled": "number" }),
        BoundsKind::Share => json!({ "type": ["number", "string"], "x-spelled": "share" }),
        BoundsKind::Value => edge(false),
        BoundsKind::EachValue => edge(true),
        BoundsKind::Age => {
            let mut length = Length::json_schema(&mut SchemaGenerator::default()).to_value();
            length["description"] = json!("How old the newest value may be.");
            return vec![("max_age", length)];
        }
    };
    let number = match kind {
        BoundsKind::Share => value.clone(),
        _ => json!({ "type": ["number", "string"], "x-spelled": "number" }),
    };
    let said = [
        "At least this.",
        "At most this.",
        "More than this.",
        "Less than this.",
        "Exactly this.",
        "How far from `equals` it may lie.",
    ];
    KEYS.into_iter()
        .zip(said)
        .map(|(key, description)| {
            let mut schema = if key == "tolerance" { number.clone() } else { value.clone() };
            schema["description"] = json!(description);
            (key, schema)
        })
        .collect()
}

/// The schema of one bound that is a value, of the whole or of each row.
fn edge(each: bool) -> Json {
    let mut options =
        vec![json!({ "type": ["string", "number", "boolean"], "x-spelled": "value" }), RelativeDate::schema()];
    if each {
        options.push(json!({
            "type": "object",
            "properties": { "column": { "type": "string", "description": "Another column of the same row." } },
            "required": ["column"],
            "additionalProperties": false
        }));
    }
    json!({ "anyOf": options })
}

impl Edge {
    /// The value it stands for in a row.
    #[must_use]
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::Value(text) => Scalar::Literal(Literal::Spelled(text.clone())),
            Self::Column(name) => Scalar::column(name),
            Self::Relative(RelativeDate(moment)) => Scalar::Literal(Literal::Relative(*moment)),
        }
    }

    /// How it is said in a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Value(text) => text.clone(),
            Self::Column(name) => format!("`{name}`"),
            Self::Relative(date) => date.words(lang),
        }
    }

    /// The date that hangs on the run, if it is one.
    #[must_use]
    pub const fn relative(&self) -> Option<RelativeDate> {
        match self {
            Self::Relative(date) => Some(*date),
            Self::Value(_) | Self::Column(_) => None,
        }
    }
}

impl Limits {
    /// Whether no bound is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every bound with its key, in the order of the manual.
    pub fn edges(&self) -> impl Iterator<Item = (&'static str, &Edge)> {
        [
            ("min", &self.min),
            ("max", &self.max),
            ("strict_min", &self.strict_min),
            ("strict_max", &self.strict_max),
            ("equals", &self.equals),
        ]
        .into_iter()
        .filter_map(|(key, edge)| edge.as_ref().map(|edge| (key, edge)))
    }

    /// Says what contradicts itself, as far as it can be seen without data.
    #[must_use]
    pub fn mistake(&self, reading: Option<&Reading>) -> Option<Mistake> {
        let both = |one: &Option<Edge>, other: &Option<Edge>| one.is_some() && other.is_some();
        if both(&self.min, &self.strict_min) {
            return Some(Mistake::at("strict_min", "goes with no `min`: one lower bound is enough"));
        }
        if both(&self.max, &self.strict_max) {
            return Some(Mistake::at("strict_max", "goes with no `max`: one upper bound is enough"));
        }
        if self.equals.is_some() && self.edges().count() > 1 {
            return Some(Mistake::at("equals", "goes with no other bound"));
        }
        if self.tolerance.is_some() && self.equals.is_none() {
            return Some(Mistake::at("tolerance", "goes with `equals`"));
        }
        if let Some(tolerance) = &self.tolerance
            && tolerance.0.sign() == Sign::Minus
        {
            return Some(Mistake::at("tolerance", "cannot be negative"));
        }
        let number = |edge: &Edge| match edge {
            Edge::Value(text) => read_decimal(text).is_some(),
            Edge::Column(_) => true,
            Edge::Relative(_) => false,
        };
        if self.tolerance.is_some() && !self.equals.as_ref().is_none_or(number) {
            return Some(Mistake::at("tolerance", "goes with a number"));
        }
        let read = |edge: &Edge| read(edge, reading);
        if let Some(reading) = reading
            && !matches!(reading.kind, Type::Date | Type::Timestamp)
            && let Some((key, _)) = self.edges().find(|(_, edge)| edge.relative().is_some())
        {
            let message = format!("is a date relative to the run, which is not {}", bind::article(reading.kind));
            return Some(Mistake::at(key, message));
        }
        if let Some(reading) = reading
            && let Some((key, Edge::Value(text))) =
                self.edges().find(|(_, edge)| matches!(edge, Edge::Value(_)) && read(edge).is_none())
        {
            return Some(Mistake::at(key, format!("is `{text}`, which is not {}", bind::article(reading.kind))));
        }
        None
    }

    /// Says that no value lies between the bounds, as far as it can be seen without data.
    #[must_use]
    pub fn disorder(&self, reading: Option<&Reading>) -> Option<Mistake> {
        let read = |edge: &Edge| read(edge, reading);
        let low = self.min.as_ref().or(self.strict_min.as_ref()).and_then(read);
        let high = self.max.as_ref().or(self.strict_max.as_ref()).and_then(read);
        let order = low.zip(high).and_then(|(low, high)| low.compare(&high))?;
        let strict = self.strict_min.is_some() || self.strict_max.is_some();
        if order.is_gt() || (order.is_eq() && strict) {
            let key = if self.max.is_some() { "max" } else { "strict_max" };
            return Some(Mistake::at(key, "leaves no value: the lower bound is not below it"));
        }
        None
    }

    /// The interval, where every bound is a value.
    ///
    /// # Errors
    /// A bound that is a column, or a tolerance around what is no number.
    pub fn interval(&self) -> Result<Bounds, Mistake> {
        let bound = |edge: &Option<Edge>, strict| match edge {
            None => Ok(None),
            Some(Edge::Value(text)) => Ok(Some(Bound { value: Literal::Spelled(text.clone()), strict })),
            Some(Edge::Relative(RelativeDate(moment))) => Ok(Some(Bound { value: Literal::Relative(*moment), strict })),
            Some(Edge::Column(_)) => Err(Mistake::new("a bound on the whole cannot be a column")),
        };
        if let Some(Length(age)) = self.max_age {
            // No older than that: no earlier than so long before the run.
            return Ok(Bounds {
                min: Some(Bound { value: Literal::Relative(Relative::ago(age)), strict: false }),
                max: None,
            });
        }
        if let Some(equals) = &self.equals {
            return match (&self.tolerance, equals) {
                (None, _) => Ok(Bounds { min: bound(&self.equals, false)?, max: bound(&self.equals, false)? }),
                (Some(Number(tolerance)), Edge::Value(text)) => {
                    let centre = read_decimal(text).ok_or_else(|| Mistake::at("tolerance", "goes with a number"))?;
                    let end = |number| Some(Bound { value: Literal::Value(Value::Decimal(number)), strict: false });
                    Ok(Bounds { min: end(&centre - tolerance), max: end(centre + tolerance) })
                }
                (Some(_), Edge::Column(_) | Edge::Relative(_)) => Err(Mistake::at("tolerance", "goes with a number")),
            };
        }
        Ok(Bounds {
            min: bound(&self.min, false)?.or(bound(&self.strict_min, true)?),
            max: bound(&self.max, false)?.or(bound(&self.strict_max, true)?),
        })
    }

    /// True where a value lies outside.
    ///
    /// # Errors
    /// If no bound is given.
    pub fn violated_by(&self, value: &Scalar) -> Result<Predicate, Mistake> {
        if self.edges().next().is_none() {
            return Err(Mistake::new("needs a bound").help("give `min`, `max`, `strict_min`, `strict_max` or `equals`"));
        }
        if let (Some(equals), Some(Number(tolerance))) = (&self.equals, &self.tolerance) {
            let shifted = |sign| -> Result<Scalar, Mistake> {
                let width = Scalar::value(Value::Decimal(tolerance.clone()));
                let centre = match equals {
                    Edge::Value(text) => {
                        let centre =
                            read_decimal(text).ok_or_else(|| Mistake::at("tolerance", "goes with a number"))?;
                        Scalar::value(Value::Decimal(centre))
                    }
                    Edge::Column(name) => Scalar::column(name),
                    Edge::Relative(_) => return Err(Mistake::at("tolerance", "goes with a number")),
                };
                Ok(Scalar::Arithmetic(Box::new(centre), sign, Box::new(width)))
            };
            return Ok(Predicate::any([
                Predicate::Compare(value.clone(), Op::Lt, shifted(Arithmetic::Subtract)?),
                Predicate::Compare(value.clone(), Op::Gt, shifted(Arithmetic::Add)?),
            ]));
        }
        Ok(Predicate::any(self.edges().map(|(key, edge)| {
            let breaks = match key {
                "min" => Op::Lt,
                "max" => Op::Gt,
                "strict_min" => Op::Le,
                "strict_max" => Op::Ge,
                _ => Op::Ne,
            };
            Predicate::Compare(value.clone(), breaks, edge.scalar())
        })))
    }

    /// The columns that bounds are read from.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.edges()
            .filter_map(|(_, edge)| match edge {
                Edge::Column(name) => Some(name.clone()),
                Edge::Value(_) | Edge::Relative(_) => None,
            })
            .collect()
    }

    /// The dates that hang on the run.
    #[must_use]
    pub fn dates(&self) -> Vec<RelativeDate> {
        self.edges().filter_map(|(_, edge)| edge.relative()).collect()
    }

    /// The bounds in words, with their verb: `is at least 0`, `is between 1 and 5`.
    #[must_use]
    pub fn verb_phrase(&self, lang: Lang) -> String {
        let inside = self.min.is_some() && self.max.is_some();
        let verb = lang.pick("is", if inside { "está" } else { "es" });
        format!("{verb} {}", self.phrase(lang))
    }

    /// The bounds in words: `at least 0`, `between 1 and 5`, `exactly 10`.
    #[must_use]
    pub fn phrase(&self, lang: Lang) -> String {
        let shown = |edge: &Edge| edge.words(lang);
        if let Some(age) = &self.max_age {
            return format!("{} {}", lang.pick("at most", "como máximo"), age.words(lang));
        }
        if let Some(equals) = &self.equals {
            let exactly = format!("{} {}", lang.pick("exactly", "exactamente"), shown(equals));
            return match &self.tolerance {
                Some(Number(width)) => format!("{} ± {}", shown(equals), width.to_plain_string()),
                None => exactly,
            };
        }
        if let (Some(min), Some(max)) = (&self.min, &self.max) {
            return format!(
                "{} {} {} {}",
                lang.pick("between", "entre"),
                shown(min),
                lang.pick("and", "y"),
                shown(max)
            );
        }
        let words = self.edges().map(|(key, edge)| {
            let word = match key {
                "min" => lang.pick("at least", "al menos"),
                "max" => lang.pick("at most", "como máximo"),
                "strict_min" => lang.pick("more than", "más de"),
                _ => lang.pick("less than", "menos de"),
            };
            format!("{word} {}", shown(edge))
        });
        let words: Vec<String> = words.collect();
        if words.is_empty() { lang.pick("any", "cualquiera").to_owned() } else { lang.list(&words) }
    }
}

/// The value of a bound by the type of the column; without one, its number.
fn read(edge: &Edge, reading: Option<&Reading>) -> Option<Value> {
    match edge {
        Edge::Value(text) => match reading {
            Some(reading) => bind::spelled(text, reading, reading.zone),
            None => read_decimal(text).map(Value::Decimal),
        },
        Edge::Column(_) | Edge::Relative(_) => None,
    }
}
