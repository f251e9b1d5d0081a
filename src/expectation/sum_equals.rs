use std::borrow::Cow;

use bigdecimal::num_bigint::Sign;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::expectation::parameter::{Number, key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::{Arithmetic, Op, Predicate, Scalar, Value};

/// In every row the values of some columns add up to a total.
///
/// `total` is a number, or `{column: name}` for the value of another column of the row. Whole numbers and decimals are added
/// exactly, and a sum beyond 64 bits or 38 digits is an error; with a float among them they are added as floats, from left to
/// right. With `tolerance` the sum may lie so far from the total. A row where all tested values are null is left out; else a
/// null is a violation, for there is no sum with it. `nulls: ignore` leaves out every row with a null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SumEquals {
    /// The columns to add, at least two.
    columns: Vec<String>,
    /// What they add up to: a number, or `{column: name}`.
    total: Total,
    /// How far the sum may lie from the total.
    tolerance: Option<Number>,
}

/// What values add up to.
enum Total {
    Number(Number),
    Column(String),
}

/// The other column that a total is read from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherColumn {
    column: String,
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Json::deserialize(deserializer)? {
            Json::String(text) => text.parse().map(Self::Number).map_err(D::Error::custom),
            map => serde_json::from_value::<OtherColumn>(map).map(|it| Self::Column(it.column)).map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for Total {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Total".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = Number::json_schema(generator);
        json_schema!({ "anyOf": [number, {
            "type": "object",
            "properties": { "column": { "type": "string", "description": "Another column of the same row." } },
            "required": ["column"],
            "additionalProperties": false
        }] })
    }
}

impl SumEquals {
    /// True where the values add up; unknown if one of them is null.
    fn holds(&self, sum: Scalar) -> Predicate {
        let shifted = |sign, width: &Number| match &self.total {
            Total::Number(Number(total)) => {
                let end = if sign == Arithmetic::Add { total + &width.0 } else { total - &width.0 };
                Scalar::value(Value::Decimal(end))
            }
            Total::Column(name) => {
                let width = Scalar::value(Value::Decimal(width.0.clone()));
                Scalar::Arithmetic(Box::new(Scalar::column(name)), sign, Box::new(width))
            }
        };
        match (&self.tolerance, &self.total) {
            (Some(width), _) => Predicate::all([
                Predicate::Compare(sum.clone(), Op::Ge, shifted(Arithmetic::Subtract, width)),
                Predicate::Compare(sum, Op::Le, shifted(Arithmetic::Add, width)),
            ]),
            (None, Total::Number(Number(total))) => {
                Predicate::Compare(sum, Op::Eq, Scalar::value(Value::Decimal(total.clone())))
            }
            (None, Total::Column(name)) => Predicate::Compare(sum, Op::Eq, Scalar::column(name)),
        }
    }
}

impl Expectation for SumEquals {
    const NAME: &'static str = "sum_equals";
    const EXAMPLE: &'static str = "{columns: [net, tax], total: {column: gross}}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const NULLS: NullRule = NullRule::IgnoreAll;

    fn columns(&self) -> Vec<String> {
        let other = match &self.total {
            Total::Column(name) if !self.columns.contains(name) => Some(name.clone()),
            _ => None,
        };
        self.columns.iter().cloned().chain(other).collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let total = match &self.total {
            Total::Number(Number(total)) => total.to_plain_string(),
            Total::Column(name) => format!("`{name}`"),
        };
        let width =
            self.tolerance.as_ref().map_or_else(String::new, |Number(width)| format!(" ± {}", width.to_plain_string()));
        let nulls = match said.nulls {
            NullRule::IgnoreAll => {
                said.lang.pick(", and a null in only some of them breaks it", ", y un nulo en solo parte de ellas lo incumple")
            }
            NullRule::Fail => said.lang.pick(", and a null breaks it", ", y un nulo lo incumple"),
            _ => "",
        };
        let verb = said.lang.pick("add up to", "suman");
        format!("{} {verb} {total}{width}{nulls}", said.lang.list(&quoted(&self.columns)))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let columns = key(None, Some(&self.columns))?;
        if columns.len() < 2 {
            return Err(Mistake::at("columns", "names one column, and there is nothing to add")
                .help("name two or more; `compare` compares one column with another"));
        }
        if let Total::Column(name) = &self.total
            && columns.contains(name)
        {
            return Err(Mistake::at("total", format!("is `{name}`, which is one of the columns to add")));
        }
        if self.tolerance.as_ref().is_some_and(|Number(width)| width.sign() == Sign::Minus) {
            return Err(Mistake::at("tolerance", "cannot be negative"));
        }
        let add = |sum: Option<Scalar>, column: &String| {
            let value = Scalar::column(column);
            Some(match sum {
                None => value,
                Some(sum) => Scalar::Arithmetic(Box::new(sum), Arithmetic::Add, Box::new(value)),
            })
        };
        let sum = columns.iter().fold(None, add).ok_or_else(|| Mistake::at("columns", "names no column"))?;
        let bad = self.holds(sum).not_true();
        Ok(Lowered::NoRow { tested: Expectation::columns(self), bad, null_as_value: None })
    }
}
