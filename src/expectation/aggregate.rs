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

/// What is worked out of a column, or of rows.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
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

/// The words that a parameter takes: that of rows, then those that have a column.
const WORDS: [&str; 11] = [
    "row_count",
    "null_share",
    "distinct_count",
    "distinct_share",
    "min",
    "max",
    "mean",
    "median",
    "sum",
    "stddev",
    "variance",
];

/// Reads a word alone, or one with its column; `key` and `example` are for who writes something else.
pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    words: &'static [&'static str],
    (key, example): (&str, &str),
) -> Result<(Word, Option<String>), D::Error> {
    use serde::de::Error;
    let json = Json::deserialize(deserializer)?;
    let (word, column) = match &json {
        Json::Object(map) => match map.iter().next() {
            Some((word, Json::String(column))) if map.len() == 1 => (Json::String(word.clone()), Some(column.clone())),
            _ => return Err(D::Error::custom(format!("`{key}` is one aggregate with its column, as `{example}`"))),
        },
        _ => (json, None),
    };
    if let Some(unknown) = word.as_str().filter(|word| !words.contains(word)) {
        return Err(D::Error::unknown_variant(unknown, words));
    }
    Ok((serde_json::from_value(word).map_err(D::Error::custom)?, column))
}

impl Word {
    /// What it is called before the name of its column; that of rows stands alone.
    pub(super) fn words(self, lang: Lang) -> &'static str {
        let (en, es) = match self {
            Self::RowCount => ("the number of rows", "el número de filas"),
            Self::NullShare => ("the share of nulls in", "la proporción de nulos en"),
            Self::DistinctCount => ("the number of different values of", "el número de valores distintos de"),
            Self::DistinctShare => ("the share of different values of", "la proporción de valores distintos de"),
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

    /// What folds the values of its column into one; none if it counts rows or values.
    pub(super) fn fold(self) -> Option<Fold> {
        Some(match self {
            Self::RowCount | Self::NullShare | Self::DistinctCount | Self::DistinctShare => return None,
            Self::Min => Fold::Min,
            Self::Max => Fold::Max,
            Self::Mean => Fold::Mean,
            Self::Median => Fold::Quantile(BigDecimal::new(5.into(), 1), Interpolation::Midpoint),
            Self::Sum => Fold::Sum,
            Self::Stddev => Fold::Stddev,
            Self::Variance => Fold::Variance,
        })
    }
}

impl<'de> Deserialize<'de> for Aggregate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (word, column) = read(deserializer, &WORDS, ("of", "{mean: amount}"))?;
        Ok(Self { word, column })
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
        let columns: serde_json::Map<String, Json> = WORDS.into_iter().skip(1).map(column).collect();
        // An aggregate without its column, and several at once, are told of in words that a schema has not.
        json_schema!({ "anyOf": [
            { "type": "string", "enum": WORDS },
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
        let what = self.word.words(lang);
        let of = if self.word == Word::RowCount { lang.pick(" of", " de") } else { "" };
        format!("{what}{of} `{}`", self.column.as_deref().unwrap_or(dataset))
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
        let Some(fold) = self.word.fold() else {
            return Ok(match self.word {
                Word::NullShare => {
                    let unparsed = Predicate::Unparsed(column.clone());
                    let part = Predicate::all([Predicate::is_null(&column), unparsed.negate()]);
                    Lowered::ShareOfRows { part }
                }
                Word::DistinctCount => Lowered::Distinct { keys: vec![column] },
                Word::DistinctShare => Lowered::DistinctShare { keys: vec![column] },
                _ => Lowered::RowCount,
            });
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
