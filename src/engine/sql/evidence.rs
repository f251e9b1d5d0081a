//! Rows of a table that show a failure: the first of them by their key, and the most frequent violating values.
//!
//! Asked for failures only, a few rows at a time. Rows of a table have no place of their own; their key names them.

use std::collections::HashMap;

use crate::answer::{Evidence, Number, json_of};
use crate::engine::sql::cell::{self, Row};
use crate::engine::sql::connection::{fault, rows};
use crate::engine::sql::expression::{Cannot, Writer};
use crate::engine::sql::statement::{self, ALIAS};
use crate::engine::sql::table::Table;
use crate::engine::sql::{Beside, Sql, filled, odd};
use crate::ir::{Measure, Scalar, Type, Value};
use crate::outcome::{Fault, Sample, TopValue};

/// How many of the most frequent values are shown.
const TOP: usize = 10;

/// A failed check of a table whose rows are to be shown.
pub struct Look<'a> {
    /// The dataset.
    pub dataset: &'a str,
    /// The measure that counted the violations.
    pub measure: &'a Measure,
    /// The columns whose values are shown.
    pub columns: &'a [String],
    /// The columns that name a row.
    pub key: &'a [String],
    /// How many rows to show.
    pub limit: usize,
}

impl Sql {
    /// Shows rows of a failed check; `earlier` are numbers of a first round that its condition hangs on.
    ///
    /// # Errors
    /// What the engine says.
    pub fn evidence(&self, look: &Look<'_>, earlier: &HashMap<Measure, Number>) -> Result<Evidence, Fault> {
        let table = self.table(look.dataset)?;
        let cannot = |cannot: Cannot| fault("not_computable", format!("rows cannot be shown: {cannot}"));
        let writer = table.writer(ALIAS);
        let measure = filled(look.measure, earlier);
        let beside = self.beside(table);
        if let Measure::Query(query) = &measure {
            return self.returned(table, look, query.is_value);
        }
        let Some((from, rows)) = violating(table, &writer, &measure, &beside).map_err(cannot)? else {
            return Ok(Evidence::default());
        };
        let key = columns(&writer, look.key, table);
        let told = columns(&writer, look.columns, table);
        let samples =
            if look.limit == 0 { Vec::new() } else { samples(table, (&from, &rows), (&key, &told), look.limit)? };
        let top_values = if told.is_empty() { Vec::new() } else { top_values(table, (&from, &rows), &told)? };
        Ok(Evidence { samples, top_values })
    }

    /// The first rows that an author's query returns.
    fn returned(&self, table: &Table, look: &Look<'_>, is_value: bool) -> Result<Evidence, Fault> {
        if is_value {
            return Ok(Evidence::default());
        }
        let beside = self.beside(table);
        let statement::Way::Query(sql) =
            statement::way(table, look.measure, &beside).map_err(|cannot| odd(cannot.0))?
        else {
            return Ok(Evidence::default());
        };
        let relation = format!("(\n{sql}\n)");
        let names = table.connection.columns(&relation, None)?;
        let kinds: Vec<(String, Type)> = names
            .into_iter()
            .map(|(name, stored)| (name, table.connection.dialect().family(&stored).unwrap_or(Type::String)))
            .collect();
        let (found, _) = rows(
            table.connection.as_ref(),
            &format!("SELECT * FROM {relation} AS q LIMIT {}", look.limit),
            look.limit,
        )?;
        let samples = found.iter().map(|row| {
            let values = kinds
                .iter()
                .zip(row)
                .map(|((name, kind), cell)| Ok((name.clone(), json_of(&cell::value(cell.as_deref(), *kind)?))));
            Ok(sample([].into(), values.collect::<Result<_, String>>()?))
        });
        Ok(Evidence { samples: samples.collect::<Result<_, String>>().map_err(odd)?, top_values: Vec::new() })
    }
}

/// A column that is shown: its name, how it is said, and its type.
type Shown = (String, String, Type);

fn columns(writer: &Writer<'_>, names: &[String], table: &Table) -> Vec<Shown> {
    let mut shown = Vec::new();
    for name in names {
        let Some(column) = table.schema.column(name) else { continue };
        let reading = super::expression::reading_of(column);
        if writer.dialect.hosted().is_some()
            && let Ok((sql, kind)) = writer.value(&Scalar::column(name))
        {
            let stored = writer.dialect.cast(&writer.stored(name), Type::String);
            let said = if column.computed.is_some() { sql } else { format!("COALESCE({sql}, {stored})") };
            shown.push((name.clone(), said, kind.unwrap_or(Type::String)));
            continue;
        }
        let is_odd = column.computed.is_none() && !column.family.is_some_and(|family| reading.kind.admits(family));
        // A cell of another family than declared is shown as it is stored.
        if is_odd {
            let quoted = writer.stored(name);
            shown.push((name.clone(), writer.dialect.cast(&quoted, Type::String), Type::String));
        } else if let Ok((sql, kind)) = writer.value(&Scalar::column(name)) {
            shown.push((name.clone(), sql, kind.unwrap_or(Type::String)));
        }
    }
    shown
}

/// What is read to find the rows that a measure counted, and the condition on them; none of what has no rows to show.
fn violating(
    table: &Table,
    writer: &Writer<'_>,
    measure: &Measure,
    beside: &Beside<'_>,
) -> Result<Option<(String, String)>, Cannot> {
    let from = table.from(ALIAS);
    Ok(match measure {
        Measure::Rows(rows) => Some((from, writer.condition(rows)?)),
        Measure::Grouped(_, inner) => match inner.as_ref() {
            Measure::Rows(rows) => Some((from, writer.condition(rows)?)),
            _ => None,
        },
        Measure::Orphans(..) => Some((from, statement::orphans(writer, measure, beside)?.asked)),
        Measure::Repeats(keys, rows) => {
            let keys = statement::key_values(table, writer, keys)?;
            let rows = writer.condition(rows)?;
            let mut times = "tamiz_n".to_owned();
            // Names there may be the same in any case.
            while table.schema.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&times)) {
                times.push('_');
            }
            let counted = format!(
                "(SELECT {ALIAS}.*, COUNT(*) OVER (PARTITION BY {}) AS {times} FROM {from} WHERE {rows}) AS {ALIAS}",
                keys.join(", ")
            );
            Some((counted, format!("{ALIAS}.{times} > 1")))
        }
        _ => None,
    })
}

fn samples(
    table: &Table,
    (from, rows_meant): (&str, &str),
    (key, told): (&[Shown], &[Shown]),
    limit: usize,
) -> Result<Vec<Sample>, Fault> {
    let all: Vec<&Shown> = key.iter().chain(told).collect();
    let list = if all.is_empty() {
        "1 AS c1".to_owned()
    } else {
        let all = all.iter().enumerate().map(|(place, (_, sql, _))| format!("{sql} AS c{}", place + 1));
        all.collect::<Vec<_>>().join(", ")
    };
    // Rows of a table have no order; that of their key is one that stays.
    let order: Vec<String> = (1..=all.len()).map(|place| format!("c{place}")).collect();
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
    let sql = format!("SELECT {list} FROM {from} WHERE {rows_meant}{order} LIMIT {limit}");
    let (found, _) = rows(table.connection.as_ref(), &sql, limit)?;
    let read = |row: &Row| {
        let (keys, values) = row.split_at(key.len().min(row.len()));
        sample(named(key, keys), named(told, values))
    };
    Ok(found.iter().map(read).collect())
}

fn top_values(table: &Table, (from, rows_meant): (&str, &str), told: &[Shown]) -> Result<Vec<TopValue>, Fault> {
    let list = told.iter().enumerate().map(|(place, (_, sql, _))| format!("{sql} AS c{}", place + 1));
    let places: Vec<String> = (1..=told.len()).map(|place| format!("c{place}")).collect();
    let dialect = table.connection.dialect();
    let apart = places.iter().zip(told).map(|(place, (_, _, kind))| dialect.key(place, *kind));
    let sql = format!(
        "SELECT {}, COUNT(*) AS n FROM (SELECT {} FROM {from} WHERE {rows_meant}) AS v GROUP BY {} ORDER BY n DESC, {} LIMIT {TOP}",
        places.join(", "),
        list.collect::<Vec<_>>().join(", "),
        apart.collect::<Vec<_>>().join(", "),
        places.join(", ")
    );
    let (found, _) = rows(table.connection.as_ref(), &sql, TOP)?;
    let read = |row: &Row| {
        let count = cell::count(row.last().and_then(Option::as_deref))?;
        Ok(TopValue { values: named(told, row), count })
    };
    found.iter().map(read).collect::<Result<_, String>>().map_err(odd)
}

type Values = indexmap::IndexMap<String, serde_json::Value>;

fn named(shown: &[Shown], cells: &[Option<String>]) -> Values {
    let cells = shown.iter().zip(cells);
    let read = |kind: Type, cell: &Option<String>| match (cell::value(cell.as_deref(), kind), cell) {
        (Ok(value), _) => value,
        // A cell that is no value of its column, as it is stored.
        (Err(_), text) => text.clone().map_or(Value::Null, Value::Text),
    };
    cells.map(|((name, _, kind), cell)| (name.clone(), json_of(&read(*kind, cell)))).collect()
}

fn sample(key: Values, values: Values) -> Sample {
    Sample { file: None, line: None, row_index: None, key, values, dataset: None, other: None, reason: None }
}
