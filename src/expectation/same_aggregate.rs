use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::expectation::aggregate::{self, Word};
use crate::expectation::tolerance::Apart;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Aggregate, Scalar};

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

/// The words it takes: that of rows, then those that have a column.
const WORDS: [&str; 9] =
    ["row_count", "distinct_count", "min", "max", "mean", "median", "sum", "stddev", "variance"];

impl<'de> Deserialize<'de> for Measured {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (word, column) = aggregate::read(deserializer, &WORDS, ("aggregate", "{sum: total}"))?;
        Ok(Self { word, column })
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
        let columns: serde_json::Map<String, Json> = WORDS.into_iter().skip(1).map(column).collect();
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

/// What is measured of a column.
fn of(word: Word, column: &str) -> Aggregate {
    match word.fold() {
        Some(fold) => Aggregate::Fold(fold, Scalar::column(column)),
        None if word == Word::RowCount => Aggregate::Rows,
        None => Aggregate::Distinct(column.to_owned()),
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
        let of = |column: &Option<String>| of(word, column.as_deref().unwrap_or_default());
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
