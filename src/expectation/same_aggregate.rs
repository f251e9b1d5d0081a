use std::borrow::Cow;

use bigdecimal::BigDecimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::expectation::tolerance::Apart;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Aggregate, Fold, Interpolation, Scalar};
use crate::lang::Lang;

/// An aggregate of the dataset is that of another one.
///
/// `aggregate` is `row_count`, or one of `min max mean median sum stddev variance distinct_count` with its column, as
/// `{sum: total}`; each means what the expectation of its name measures, with nulls left out. `to: other` is the column of the
/// same name of another dataset, `to: other.amount` another column of it. On both sides the rows in scope count; a `where` of
/// the rule narrows this side only.
///
/// Numbers compare by value and exactly. With `tolerance` they may lie so far apart: `0.01`, or `1%` of the other one; where
/// quotients of decimals meet floats it is needed. Where neither side has a value to measure the rule holds, and where only one
/// has it fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SameAggregate {
    /// What is measured: `row_count`, or an aggregate with its column, as `{sum: total}`.
    aggregate: Measured,
    /// The dataset to compare with, or a column of it.
    to: String,
    /// How far apart the two may lie: a number, or a share of the other one such as `1%`.
    tolerance: Option<Apart>,
}

/// An aggregate and its column.
struct Measured {
    word: Word,
    column: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Word {
    RowCount,
    DistinctCount,
    Min,
    Max,
    Mean,
    Median,
    Sum,
    Stddev,
    Variance,
}

/// The words of aggregates that have a column.
const OF_A_COLUMN: [&str; 8] = ["min", "max", "mean", "median", "sum", "stddev", "variance", "distinct_count"];

impl<'de> Deserialize<'de> for Measured {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let json = Json::deserialize(deserializer)?;
        let (word, column) = match &json {
            Json::Object(map) => match map.iter().next() {
                Some((word, Json::String(column))) if map.len() == 1 => (Json::String(word.clone()), Some(column.clone())),
                _ => return Err(D::Error::custom("`aggregate` is one aggregate with its column, as `{sum: total}`")),
            },
            _ => (json, None),
        };
        Ok(Self { word: serde_json::from_value(word).map_err(D::Error::custom)?, column })
    }
}

impl JsonSchema for Measured {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Aggregate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let column = |word: &str| (word.to_owned(), serde_json::json!({ "type": "string", "description": "Its column." }));
        let columns: serde_json::Map<String, Json> = OF_A_COLUMN.into_iter().map(column).collect();
        json_schema!({ "anyOf": [
            { "const": "row_count" },
            {
                "type": "object",
                "properties": columns,
                "additionalProperties": false,
                "minProperties": 1,
                "maxProperties": 1
            }
        ] })
    }
}

impl Word {
    fn words(self, lang: Lang) -> &'static str {
        let (en, es) = match self {
            Self::RowCount => ("the number of rows", "el número de filas"),
            Self::DistinctCount => ("the number of different values of", "el número de valores distintos de"),
            Self::Min => ("the least", "el mínimo de"),
            Self::Max => ("the greatest", "el máximo de"),
            Self::Mean => ("the mean of", "la media de"),
            Self::Median => ("the median of", "la mediana de"),
            Self::Sum => ("the sum of", "la suma de"),
            Self::Stddev => ("the standard deviation of", "la desviación típica de"),
            Self::Variance => ("the variance of", "la varianza de"),
        };
        lang.pick(en, es)
    }

    /// What is measured of a column.
    fn of(self, column: &str) -> Aggregate {
        let fold = match self {
            Self::RowCount => return Aggregate::Rows,
            Self::DistinctCount => return Aggregate::Distinct(column.to_owned()),
            Self::Min => Fold::Min,
            Self::Max => Fold::Max,
            Self::Mean => Fold::Mean,
            Self::Median => Fold::Quantile(BigDecimal::new(5.into(), 1), Interpolation::Midpoint),
            Self::Sum => Fold::Sum,
            Self::Stddev => Fold::Stddev,
            Self::Variance => Fold::Variance,
        };
        Aggregate::Fold(fold, Scalar::column(column))
    }
}

impl SameAggregate {
    /// The other dataset and its column, if one is named.
    fn target(&self) -> (&str, Option<&str>) {
        self.to.split_once('.').map_or((&self.to, None), |(dataset, column)| (dataset, Some(column)))
    }
}

impl Expectation for SameAggregate {
    const NAME: &'static str = "same_aggregate";
    const EXAMPLE: &'static str = "{aggregate: {sum: amount}, to: ledger.total, tolerance: 0.1%}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        self.aggregate.column.iter().cloned().collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let what = self.aggregate.word.words(said.lang);
        let column = self.aggregate.column.as_ref().map_or_else(String::new, |column| format!(" `{column}`"));
        let is = said.lang.pick("is that of", "es igual en");
        let width = self.tolerance.as_ref().map_or_else(String::new, |apart| format!(" ± {}", apart.spelled));
        format!("{what}{column} {is} `{}`{width}", self.to)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let word = self.aggregate.word;
        let (other, named) = self.target();
        let column = self.aggregate.column.clone();
        if word == Word::RowCount && named.is_some() {
            return Err(Mistake::at("to", "names a column, and `row_count` has none").help(format!("write `to: {other}`")));
        }
        if word != Word::RowCount && column.is_none() {
            return Err(Mistake::at("aggregate", "needs a column").help("write it as `{sum: total}`"));
        }
        let other_column = named.map(str::to_owned).or_else(|| column.clone());
        let of = |column: &Option<String>| word.of(column.as_deref().unwrap_or_default());
        Ok(Lowered::SameAggregate {
            aggregate: of(&column),
            as_there: of(&other_column),
            column,
            other: other.to_owned(),
            other_column,
            tolerance: self.tolerance.as_ref().map(|apart| apart.width.clone()),
        })
    }
}
