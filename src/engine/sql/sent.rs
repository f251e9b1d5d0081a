//! Keys that come with a statement as constants: those of rows that its engine cannot see.
//!
//! Which keys are sent, and where to, is not decided here.

use bigdecimal::BigDecimal;
use indexmap::IndexMap;

use crate::engine::sql::dialect::Dialect;
use crate::engine::sql::expression::{Cannot, FALSE, TRUE, Written};
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
/// least, if there is one.
#[must_use]
pub fn load(keys: &[Vec<Value>], most: usize) -> usize {
    let weight = |value: &Value| if let Value::Text(text) = value { text.len() } else { 16 };
    let mut bytes = 0;
    let light = keys.iter().take(most).take_while(|key| {
        bytes += key.iter().map(weight).sum::<usize>();
        bytes <= BYTES
    });
    light.count().max(1).min(keys.len())
}

/// The name that keys of another place go by in a statement.
pub(super) const OTHER: &str = "p";

/// The name of the column of a key that stands at a place.
fn column(place: usize) -> String {
    format!("k{}", place + 1)
}

impl Sent {
    /// The values of the keys, by the names that they go by, and their types.
    pub(super) fn columns(&self) -> Vec<Written> {
        let all = self.kinds.iter().enumerate();
        all.map(|(place, kind)| (format!("{OTHER}.{}", column(place)), Some(*kind))).collect()
    }

    /// The keys as they are spoken of in what people read, which the values in them are not for.
    pub(super) fn told(&self, dialect: &dyn Dialect, dataset: &str) -> String {
        let count = self.keys.as_ref().map_or_else(String::new, |keys| format!("{} ", keys.len()));
        format!("({count}keys of {})", dialect.quoted(dataset))
    }

    /// The condition that a row has one of the keys; never unknown.
    ///
    /// Keys with nulls in the same places are looked up together, by their other values: what is null there is so in the row.
    ///
    /// # Errors
    /// A value that the engine cannot say.
    pub(super) fn met(
        &self,
        dialect: &dyn Dialect,
        (own, their): (&[String], &[String]),
        null_safe: bool,
    ) -> Result<String, Cannot> {
        let longest = dialect.longest();
        let is_long =
            |value: &Value| matches!((value, longest), (Value::Text(text), Some(most)) if text.chars().count() > most);
        let mut alike: IndexMap<Vec<Shape>, Vec<&Vec<Value>>> = IndexMap::new();
        for key in self.keys.iter().flatten() {
            let shape = |value| match value {
                &Value::Null => Shape::Null,
                value if is_long(value) => Shape::Long,
                _ => Shape::Value,
            };
            alike.entry(key.iter().map(shape).collect()).or_default().push(key);
        }
        alike.retain(|shapes, _| null_safe || !shapes.contains(&Shape::Null));
        let mut parts = Vec::with_capacity(alike.len());
        for (shapes, keys) in alike {
            let mut all = Vec::new();
            for (own, shape) in own.iter().zip(&shapes) {
                match (shape, longest) {
                    (Shape::Null, _) => all.push(format!("{own} IS NULL")),
                    (Shape::Long, Some(most)) => all.push(format!("COALESCE({} > {most}, FALSE)", dialect.length(own))),
                    _ => {}
                }
            }
            let places: Vec<usize> = (0..shapes.len()).filter(|place| shapes[*place] != Shape::Null).collect();
            if !places.is_empty() {
                let some = |of: &[String]| places.iter().map(|place| of[*place].clone()).collect::<Vec<_>>();
                let from = format!("{} AS {OTHER}", relation(dialect, &keys, &places)?);
                all.push(dialect.partner(&some(own), &some(their), &from, TRUE, false));
            }
            parts.push(format!("({})", all.join(" AND ")));
        }
        Ok(if parts.is_empty() { FALSE.to_owned() } else { format!("({})", parts.join(" OR ")) })
    }
}

/// What a value of a key is to those that it is looked up with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Shape {
    Null,
    Value,
    Long,
}

/// The values of keys at some places as what stands in a FROM.
fn relation(dialect: &dyn Dialect, keys: &[&Vec<Value>], places: &[usize]) -> Result<String, Cannot> {
    let scale = |place: &usize| keys.iter().map(|key| scale(&key[*place])).max().unwrap_or(0);
    let scales: Vec<i64> = places.iter().map(scale).collect();
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let row = places.iter().zip(&scales).map(|(place, scale)| match &key[*place] {
            // Of one scale, which no engine has to find for decimals of many.
            Value::Decimal(number) => dialect.value(&Value::Decimal(number.with_scale(*scale))),
            value => dialect.value(value),
        });
        rows.push(row.collect::<Result<Vec<_>, _>>()?);
    }
    let columns: Vec<String> = places.iter().map(|place| column(*place)).collect();
    Ok(dialect.constants(&columns, &rows))
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
        assert_eq!(load(&[], 100), 0);
    }

    #[test]
    fn keys_are_constants_and_nulls_are_asked_for_by_themselves() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let keys = vec![
            vec![Value::Integer(1), decimal("1.5")],
            vec![Value::Null, decimal("7")],
            vec![Value::Integer(2), decimal("0.25")],
            vec![Value::Null, Value::Null],
        ];
        let sent = Sent { kinds: vec![Type::Integer, Type::Decimal], keys: Some(keys), breaking: false };
        assert_eq!(sent.told(&Postgres, "a \"b\""), "(4 keys of \"a \"\"b\"\"\")");
        let (own, their) = (["t.a".to_owned(), "t.b".to_owned()], ["p.k1".to_owned(), "p.k2".to_owned()]);
        let both = "(EXISTS (SELECT 1 FROM (SELECT * FROM (VALUES ('1'::int8, '1.50'::numeric), \
                    ('2'::int8, '0.25'::numeric)) AS v(k1, k2)) AS p WHERE TRUE AND p.k1 = t.a AND p.k2 = t.b))";
        let met = |dialect: &dyn Dialect, null_safe| sent.met(dialect, (&own, &their), null_safe).unwrap();
        assert_eq!(met(&Postgres, false), format!("({both})"));
        let one = "(t.a IS NULL AND EXISTS (SELECT 1 FROM (SELECT * FROM (VALUES ('7'::numeric)) AS v(k2)) AS p \
                   WHERE TRUE AND p.k2 = t.b))";
        assert_eq!(met(&Postgres, true), format!("({both} OR {one} OR (t.a IS NULL AND t.b IS NULL))"));
        assert!(met(&MariaDb, false).contains("(WITH v(k1, k2) AS (VALUES (1, "), "{}", met(&MariaDb, false));
        let none = Sent { keys: Some(Vec::new()), ..sent };
        assert_eq!(none.met(&Postgres, (&own, &their), true).unwrap(), FALSE);
    }

    #[test]
    fn long_texts_keep_no_short_ones_from_an_index() {
        let text = |length| vec![Value::Text("x".repeat(length))];
        let sent = Sent { kinds: vec![Type::String], keys: Some(vec![text(3), text(501)]), breaking: true };
        let met = |dialect: &dyn Dialect| sent.met(dialect, (&["t.a".to_owned()], &["p.k1".to_owned()]), true).unwrap();
        assert_eq!(met(&Postgres).matches("VALUES").count(), 1);
        let mariadb = met(&MariaDb);
        assert_eq!(mariadb.matches("VALUES").count(), 2);
        assert!(mariadb.contains(" OR (COALESCE(CHAR_LENGTH(t.a) > 500, FALSE) AND "), "{mariadb}");
    }
}
