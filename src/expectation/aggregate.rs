//! The parameter that names a number of all rows: `row_count`, or an aggregate with its column, as `{mean: amount}`.

use std::borrow::Cow;

use bigdecimal::BigDecimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use crate::expectation::{Lowered, Mistake, Source};
use crate::ir::{Fold, Interpolation, Predicate, Type};
use crate::lang::Lang;

/// An aggregate and its column.
pub(super) struct Aggregate {
    word: Word,
    column: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Word {
    RowCount,
    NullShare,
    DistinctCount,
    DistinctShare,
    Min,
    Max,
    Mean,
    Median,
    Sum,
    Stddev,
    Variance,
}

/// The words of aggregates that have a column.
const OF_A_COLUMN: [&str; 10] =
    ["null_share", "distinct_count", "distinct_share", "min", "max", "mean", "median", "sum", "stddev", "variance"];

impl<'de> Deserialize<'de> for Aggregate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let json = Json::deserialize(deserializer)?;
        let (word, column) = match &json {
            Json::Object(map) => match map.iter().next() {
                Some((word, Json::String(column))) if map.len() == 1 => {
                    (Json::String(word.clone()), Some(column.clone()))
                }
                _ => return Err(D::Error::custom("`of` is one aggregate with its column, as `{mean: amount}`")),
            },
            _ => (json, None),
        };
        Ok(Self { word: serde_json::from_value(word).map_err(D::Error::custom)?, column })
    }
}

impl JsonSchema for Aggregate {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "AggregateOf".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let column = |word: &str| (word.to_owned(), json!({ "type": "string", "description": "Its column." }));
        let columns: serde_json::Map<String, Json> = OF_A_COLUMN.into_iter().map(column).collect();
        // An aggregate without its column, and several at once, are told of in words that a schema has not.
        let words: Vec<&str> = ["row_count"].into_iter().chain(OF_A_COLUMN).collect();
        json_schema!({ "anyOf": [
            { "type": "string", "enum": words },
            { "type": "object", "properties": columns, "additionalProperties": false }
        ] })
    }
}

impl Aggregate {
    /// Its column, if it has one.
    pub(super) fn columns(&self) -> Vec<String> {
        self.column.iter().cloned().collect()
    }

    /// What it is called in a sentence about a dataset.
    pub(super) fn words(&self, dataset: &str, lang: Lang) -> String {
        let (en, es) = match self.word {
            Word::RowCount => ("the number of rows of", "el número de filas de"),
            Word::NullShare => ("the share of nulls in", "la proporción de nulos en"),
            Word::DistinctCount => ("the number of different values of", "el número de valores distintos de"),
            Word::DistinctShare => ("the share of different values of", "la proporción de valores distintos de"),
            Word::Min => ("the least", "el mínimo de"),
            Word::Max => ("the greatest", "el máximo de"),
            Word::Mean => ("the mean of", "la media de"),
            Word::Median => ("the median of", "la mediana de"),
            Word::Sum => ("the sum of", "la suma de"),
            Word::Stddev => ("the standard deviation of", "la desviación típica de"),
            Word::Variance => ("the variance of", "la varianza de"),
        };
        format!("{} `{}`", lang.pick(en, es), self.column.as_deref().unwrap_or(dataset))
    }

    /// What it measures.
    ///
    /// # Errors
    /// An aggregate without its column, or of one that is declared as no number.
    pub(super) fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let Some(column) = self.column.clone() else {
            if self.word == Word::RowCount {
                return Ok(Lowered::RowCount);
            }
            return Err(Mistake::at("of", "needs a column").help("write it as `{mean: amount}`"));
        };
        let fold = match self.word {
            Word::RowCount => return Ok(Lowered::RowCount),
            Word::NullShare => {
                let unparsed = Predicate::Unparsed(column.clone());
                let part = Predicate::all([Predicate::is_null(&column), unparsed.negate()]);
                return Ok(Lowered::ShareOfRows { part });
            }
            Word::DistinctCount => return Ok(Lowered::Distinct { keys: vec![column] }),
            Word::DistinctShare => return Ok(Lowered::DistinctShare { keys: vec![column] }),
            Word::Min => Fold::Min,
            Word::Max => Fold::Max,
            Word::Mean => Fold::Mean,
            Word::Median => Fold::Quantile(BigDecimal::new(5.into(), 1), Interpolation::Midpoint),
            Word::Sum => Fold::Sum,
            Word::Stddev => Fold::Stddev,
            Word::Variance => Fold::Variance,
        };
        let number = |kind| matches!(kind, Type::Integer | Type::Decimal | Type::Float);
        if let Some(reading) = on.reading(&column).filter(|reading| !number(reading.kind)) {
            let message =
                format!("is of `{column}`, which is declared as {}: only numbers change", reading.kind.name());
            return Err(Mistake::at("of", message));
        }
        Ok(Lowered::Fold { fold, column })
    }
}
