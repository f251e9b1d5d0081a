//! Keys that come with a statement as constants: those of rows that its engine cannot see.
//!
//! Which keys are sent, and where to, is not decided here.

use bigdecimal::BigDecimal;

use crate::engine::sql::dialect::Dialect;
use crate::engine::sql::expression::Cannot;
use crate::ir::{Type, Value};

/// How many keys travel between engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many come with one statement.
    pub sent: usize,
    /// How many of one side are asked for, to be looked up at the other.
    pub asked: usize,
    /// How many rows a table has at most that is fetched whole, however few of its keys are wanted.
    pub whole: usize,
}

impl Default for Reach {
    fn default() -> Self {
        Self { sent: 10_000, asked: 50_000, whole: 100_000 }
    }
}

/// Keys of rows elsewhere.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The types of the values of each.
    pub kinds: Vec<Type>,
    /// The keys; none where they are only spoken of, as in a plan.
    pub keys: Option<Vec<Vec<Value>>>,
    /// Whether they are those that break the rule, and not those of the other side.
    pub breaking: bool,
}

/// The name of the column of a key that stands at a place.
pub(super) fn column(place: usize) -> String {
    format!("k{}", place + 1)
}

impl Sent {
    /// The keys as they are spoken of in what people read, which the values in them are not for.
    pub(super) fn told(&self, dialect: &dyn Dialect, dataset: &str) -> String {
        let count = self.keys.as_ref().map_or_else(String::new, |keys| format!("{} ", keys.len()));
        let what = if self.breaking { "keys that break the rule by" } else { "keys of" };
        format!("({count}{what} {})", dialect.quoted(dataset))
    }

    /// The keys as what stands in a FROM: those without a null, and if nulls match nulls those with one, which engines look
    /// up one by one; none of what there is none of.
    ///
    /// # Errors
    /// A value that the engine cannot say.
    pub(super) fn relations(&self, dialect: &dyn Dialect, null_safe: bool) -> Result<[Option<String>; 2], Cannot> {
        let keys = self.keys.iter().flatten();
        let (with, without): (Vec<&Vec<Value>>, Vec<_>) = keys.partition(|key| key.iter().any(Value::is_null));
        let relation = |keys: &[&Vec<Value>]| {
            if keys.is_empty() { Ok(None) } else { self.relation(dialect, keys).map(Some) }
        };
        Ok([relation(&without)?, if null_safe { relation(&with)? } else { None }])
    }

    fn relation(&self, dialect: &dyn Dialect, keys: &[&Vec<Value>]) -> Result<String, Cannot> {
        let places = 0..self.kinds.len();
        let scales: Vec<i64> = places
            .clone()
            .map(|place| keys.iter().filter_map(|key| key.get(place)).map(scale).max().unwrap_or(0))
            .collect();
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            let mut row = Vec::with_capacity(key.len());
            for ((value, kind), scale) in key.iter().zip(&self.kinds).zip(&scales) {
                row.push(match value {
                    Value::Null => dialect.cast("NULL", *kind),
                    // Of one type, which no engine has to find for decimals of many.
                    Value::Decimal(number) => dialect.value(&Value::Decimal(number.with_scale(*scale)))?,
                    value => dialect.value(value)?,
                });
            }
            rows.push(row);
        }
        Ok(dialect.constants(&places.map(column).collect::<Vec<_>>(), &rows))
    }
}

fn scale(value: &Value) -> i64 {
    if let Value::Decimal(number) = value { BigDecimal::fractional_digit_count(number).max(0) } else { 0 }
}
