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

/// How many bytes the values of keys that come with one statement have at most, as servers take no statements of any length.
const BYTES: usize = 1 << 20;

/// How many of some keys, from the first on, come with one statement: so many at most, and as long as they are short; one at
/// least.
#[must_use]
pub fn load(keys: &[Vec<Value>], most: usize) -> usize {
    let weight = |value: &Value| if let Value::Text(text) = value { text.len() } else { 16 };
    let mut bytes = 0;
    let light = keys.iter().take(most).take_while(|key| {
        bytes += key.iter().map(weight).sum::<usize>();
        bytes <= BYTES
    });
    light.count().max(1)
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
                    // Of one scale, which no engine has to find for decimals of many.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sql::dialect::{MariaDb, Postgres};

    #[test]
    fn a_statement_has_so_many_keys_and_so_long_ones() {
        let keys = |length: usize, count: usize| vec![vec![Value::Text("x".repeat(length))]; count];
        assert_eq!(load(&keys(10, 500), 100), 100);
        assert_eq!(load(&keys(10, 5), 100), 5);
        assert_eq!(load(&keys(BYTES / 4, 500), 100), 4);
        assert_eq!(load(&keys(BYTES + 1, 500), 100), 1);
    }

    #[test]
    fn keys_are_constants_and_those_with_nulls_stand_apart() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let keys = vec![vec![Value::Integer(1), decimal("1.5")], vec![Value::Integer(2), decimal("0.25")]];
        let with_null = vec![Value::Null, decimal("7")];
        let kinds = vec![Type::Integer, Type::Decimal];
        let sent = Sent { kinds, keys: Some(keys.into_iter().chain([with_null]).collect()), breaking: false };
        assert_eq!(sent.told(&Postgres, "a \"b\""), "(3 keys of \"a \"\"b\"\"\")");
        let [plain, nulls] = sent.relations(&Postgres, true).unwrap();
        assert_eq!(
            plain.unwrap(),
            "(SELECT * FROM (VALUES ('1'::int8, '1.50'::numeric), ('2'::int8, '0.25'::numeric)) AS v(k1, k2))"
        );
        assert!(nulls.unwrap().contains("VALUES (CAST(NULL AS int8), "));
        assert_eq!(sent.relations(&Postgres, false).unwrap()[1], None);
        let mariadb = sent.relations(&MariaDb, false).unwrap()[0].clone().unwrap();
        assert!(mariadb.starts_with("(WITH v(k1, k2) AS (VALUES (1, "), "{mariadb}");
        let none = Sent { keys: Some(Vec::new()), ..sent };
        assert_eq!(none.relations(&Postgres, true).unwrap(), [None, None]);
    }
}
