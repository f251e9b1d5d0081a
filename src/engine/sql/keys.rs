//! The different keys of a table, for what lives elsewhere to be held to.

use std::collections::HashSet;
use std::sync::Arc;

use bigdecimal::ToPrimitive;

use crate::answer::Statement;
use crate::engine::sql::asking::Asking;
use crate::engine::sql::cell;
use crate::engine::sql::connection::fault;
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::sent::load;
use crate::engine::sql::statement::{self, ALIAS};
use crate::engine::sql::{Sql, odd};
use crate::ir::{Literal, Parent, Predicate, Scalar, Type, Value};
use crate::outcome::Fault;

/// The different keys of some rows.
pub struct Held {
    /// The types of their values.
    pub kinds: Vec<Type>,
    /// Each key, with how many rows have it.
    pub keys: Vec<(Vec<Value>, u64)>,
    /// The statement that asked for them.
    pub statement: Arc<Statement>,
}

impl Sql {
    /// The different keys of the rows of a table under a condition; none if there are more than so many.
    ///
    /// # Errors
    /// What the engine says, or cannot say.
    pub fn keys(
        &self,
        dataset: &str,
        columns: &[String],
        rows: &Predicate,
        most: usize,
    ) -> Result<Option<Held>, Fault> {
        let table = self.table(dataset)?;
        let cannot = |cannot: Cannot| fault("not_computable", format!("keys cannot be asked for: {cannot}"));
        let writer = table.writer(ALIAS);
        let (mut list, mut apart, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            let (of, kind) = writer.value(&Scalar::column(column)).map_err(cannot)?;
            let kind = kind.unwrap_or(Type::String);
            apart.push(writer.dialect.key(&of, kind));
            list.push(format!("{of} AS c{}", list.len() + 1));
            kinds.push(kind);
        }
        let sql = format!(
            "SELECT {}, COUNT(*) AS n FROM {} WHERE {} GROUP BY {} LIMIT {}",
            list.join(", "),
            table.from(ALIAS),
            writer.condition(rows).map_err(cannot)?,
            apart.join(", "),
            most.saturating_add(1)
        );
        let asking = Asking::of(table, &self.progress);
        let (found, statement) = asking.ask(&sql, most.saturating_add(1))?;
        if found.len() > most {
            return Ok(None);
        }
        let read = |row: &Vec<Option<String>>| {
            let values = row.iter().zip(&kinds).map(|(cell, kind)| cell::value(cell.as_deref(), *kind));
            Ok((values.collect::<Result<Vec<_>, String>>()?, cell::count(row.last().and_then(Option::as_deref))?))
        };
        let keys = found.iter().map(read).collect::<Result<Vec<_>, String>>().map_err(odd)?;
        Ok(Some(Held { kinds, keys, statement }))
    }

    /// Those of some keys, of these types, that the other side of a reference has.
    ///
    /// # Errors
    /// What its engine says, or cannot say.
    pub fn partners(
        &self,
        parent: &Parent,
        (keys, kinds): (&[Vec<Value>], &[Type]),
        most: usize,
    ) -> Result<HashSet<Vec<Value>>, Fault> {
        let mut there = HashSet::new();
        for some in self.among(parent, (keys, kinds), most)? {
            let rows = Predicate::all([parent.scope.clone(), some]);
            let Some(found) = self.keys(&parent.dataset, &parent.keys, &rows, statement::VALUES)? else {
                let message = format!("`{}` has too many keys that may be looked for", parent.dataset);
                return Err(fault("not_computable", message));
            };
            there.extend(found.keys.into_iter().map(|(key, _)| key));
        }
        Ok(there)
    }

    /// Conditions on the rows of the other side of a reference that all partners of some keys satisfy, so many keys each at most;
    /// rows that are no partners may satisfy them too.
    ///
    /// # Errors
    /// If the table is not there, or keys of these types are not told apart there as they are here.
    pub fn among(
        &self,
        parent: &Parent,
        (keys, kinds): (&[Vec<Value>], &[Type]),
        most: usize,
    ) -> Result<Vec<Predicate>, Fault> {
        let table = self.table(&parent.dataset)?;
        let writer = table.writer(ALIAS);
        let mut theirs = Vec::with_capacity(kinds.len());
        for (column, kind) in parent.keys.iter().zip(kinds) {
            match writer.value(&Scalar::column(column)).map(|(_, kind)| kind) {
                Ok(Some(there)) if statement::compare(there, *kind) => theirs.push(there),
                _ => {
                    let message = format!("keys of `{column}` are of another type, and are told apart by value");
                    return Err(fault("not_computable", message));
                }
            }
        }
        let of = |some: &[Vec<Value>]| {
            let parts = parent.keys.iter().zip(&theirs).enumerate().map(|(place, (column, there))| {
                let values: HashSet<&Value> = some.iter().filter_map(|key| key.get(place)).collect();
                let list = values.iter().filter_map(|value| as_there(value, *there));
                let within = Predicate::In(Scalar::column(column), list.map(Literal::Value).collect());
                let nulls = parent.null_safe && values.contains(&Value::Null);
                let nulls = nulls.then(|| Predicate::IsNull(Scalar::column(column)));
                Predicate::any(std::iter::once(within).chain(nulls))
            });
            Predicate::all(parts)
        };
        let (mut left, mut all) = (keys, Vec::new());
        while !left.is_empty() {
            let (some, later) = left.split_at(load(left, most));
            all.push(of(some));
            left = later;
        }
        Ok(all)
    }

    /// Whether a table has more than so many rows.
    ///
    /// # Errors
    /// What the engine says.
    pub fn is_longer(&self, dataset: &str, rows: usize) -> Result<bool, Fault> {
        let table = self.table(dataset)?;
        let some = format!("SELECT 1 AS one FROM {} LIMIT {}", table.from(ALIAS), rows.saturating_add(1));
        let asking = Asking::of(table, &self.progress);
        let (count, _) = asking.count(&format!("SELECT COUNT(*) AS c1 FROM ({some}) AS q"))?;
        Ok(count > rows as u64)
    }
}

/// A value as one of a type that compares with its own; none if there is none, which no value of the type equals.
fn as_there(value: &Value, kind: Type) -> Option<Value> {
    match (value, kind) {
        (Value::Null, _) => None,
        (Value::Integer(_), Type::Decimal) => value.exact().map(Value::Decimal),
        (Value::Decimal(number), Type::Integer) => {
            number.is_integer().then(|| number.to_i64()).flatten().map(Value::Integer)
        }
        (value, _) => Some(value.clone()),
    }
}
