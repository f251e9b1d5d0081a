//! Measures as statements, and the numbers that come back.
//!
//! All that looks at one row at a time, and all folds, of a table are one SELECT; what needs groups, an order or another
//! table is a statement of its own. An answer has the rows and columns asked for, or it is none.

use bigdecimal::BigDecimal;

use crate::answer::{KeyCounts, Number};
use crate::engine::fold::{Place, Sums, around};
use crate::engine::sql::cell::{self, Row};
use crate::engine::sql::connection::fault;
use crate::engine::sql::dialect::{Moment, Room};
use crate::engine::sql::expression::{Cannot, FALSE, TRUE, Writer, Written};
use crate::engine::sql::sent::OTHER;
use crate::engine::sql::table::Table;
use crate::engine::sql::{Beside, odd};
use crate::ir::value::order_of_rows;
use crate::ir::{Fold, Interpolation, Measure, Predicate, Query, Scalar, Spread, Type, Value};
use crate::outcome::Fault;

/// How many values, and how many groups, are taken in: as many as the local engine takes.
pub(super) const VALUES: usize = 1_000_000;
pub(super) const GROUPS: usize = 100_000;

/// The name of the table in its statements.
pub(super) const ALIAS: &str = "t";

/// Aggregates of one measure, as parts of one SELECT, and what is made of their cells.
pub(super) struct Aggregates {
    pub(super) sql: Vec<String>,
    read: Read,
}

enum Read {
    Count,
    Extreme(Type),
    /// The count, the exact sum, the exact sum of squares where that is needed, and where sums may not fit the two ends.
    Sums {
        fold: Fold,
        squares: bool,
        room: Option<Room>,
    },
    /// One float that the engine made.
    Float {
        of_nothing: Value,
    },
    /// The mean and the standard deviation of floats.
    Range(BigDecimal),
}

/// How a measure is answered.
pub(super) enum Way {
    /// Without asking: it is the same for every table.
    Known(Number),
    /// With others, in one SELECT.
    Together(Aggregates),
    /// With others that have the same groups, in one SELECT.
    Grouped(Vec<String>, Aggregates),
    /// The values of an expression, of this type.
    Values(String, Type),
    /// Keys that repeat.
    Keys(String),
    /// A count: what is asked, and what is told of it.
    Count(String, String),
    /// A value between ranks: how many values there are, and which of them stand at a rank.
    Quantile { count: String, at: String, kind: Type, fold: Fold },
    /// What the author's own SQL returns.
    Query(String),
}

/// How a measure of a table is answered.
///
/// # Errors
/// What the engine cannot say.
pub(super) fn way(table: &Table, measure: &Measure, beside: &Beside<'_>) -> Result<Way, Cannot> {
    let writer = table.writer(ALIAS);
    Ok(match measure {
        Measure::Facts | Measure::Findings => Way::Known(Number::of_nothing(measure)),
        Measure::Rows(rows) if writer.condition(rows)? == FALSE => Way::Known(Number::Count(0)),
        Measure::Fold(Fold::Quantile(..) | Fold::Range(Spread::Quartiles, _), ..) => quantile(table, &writer, measure)?,
        Measure::Rows(_) | Measure::Fold(..) => Way::Together(aggregates(&writer, measure)?),
        Measure::Grouped(by, inner) if matches!(**inner, Measure::Rows(_) | Measure::Fold(..)) => {
            Way::Grouped(by.clone(), aggregates(&writer, inner)?)
        }
        Measure::Values(of, rows) => {
            let (of, kind) = writer.value(of)?;
            let kind = kind.ok_or_else(|| Cannot("the values of a null".to_owned()))?;
            let rows = writer.condition(rows)?;
            let from = table.from(ALIAS);
            let sql = format!(
                "SELECT {of} AS c1, COUNT(*) AS c2 FROM {from} WHERE {rows} AND {of} IS NOT NULL GROUP BY {} LIMIT {}",
                writer.dialect.key(&of, kind),
                VALUES + 1
            );
            Way::Values(sql, kind)
        }
        Measure::Repeats(keys, rows) => Way::Keys(repeats(table, &writer, keys, rows)?),
        Measure::Orphans(..) => {
            let count = |orphans: String| format!("SELECT COUNT(*) AS c1 FROM {} WHERE {orphans}", table.from(ALIAS));
            let orphans = orphans(&writer, measure, beside)?;
            Way::Count(count(orphans.asked), count(orphans.told))
        }
        Measure::Query(query) => Way::Query(author(query, beside)?),
        Measure::Grouped(_, inner) => return Err(Cannot(format!("the {inner} of each group"))),
        Measure::Correlation(..) | Measure::Order(..) | Measure::Pairs(..) => {
            return Err(Cannot(format!("the {measure}")));
        }
    })
}

/// A value where a condition holds, and null elsewhere.
fn when(rows: &str, value: &str) -> String {
    if rows == TRUE { value.to_owned() } else { format!("CASE WHEN {rows} THEN {value} END") }
}

fn aggregates(writer: &Writer<'_>, measure: &Measure) -> Result<Aggregates, Cannot> {
    let (fold, of, rows) = match measure {
        Measure::Rows(rows) => {
            let rows = writer.condition(rows)?;
            let sql = if rows == TRUE { "COUNT(*)".to_owned() } else { format!("COUNT({})", when(&rows, "1")) };
            return Ok(Aggregates { sql: vec![sql], read: Read::Count });
        }
        Measure::Fold(fold, of, rows) => (fold, of, rows),
        other => return Err(Cannot(format!("the {other}"))),
    };
    let rows = writer.condition(rows)?;
    let (value, kind) = writer.value(of)?;
    let kind = kind.ok_or_else(|| Cannot("a fold of nulls".to_owned()))?;
    let kept = when(&rows, &value);
    let is_float = kind == Type::Float;
    if !kind.is_number() && !matches!(fold, Fold::Min | Fold::Max) {
        return Err(Cannot(format!("the {fold} of values of type {kind}")));
    }
    let float = |moment: Moment| {
        let sql = vec![writer.dialect.moment(moment, &kept)?];
        Ok(Aggregates { sql, read: Read::Float { of_nothing: Value::Null } })
    };
    Ok(match fold {
        Fold::Min | Fold::Max if kind == Type::Boolean => return Err(Cannot("the order of booleans".to_owned())),
        Fold::Min => Aggregates { sql: vec![format!("MIN({kept})")], read: Read::Extreme(kind) },
        Fold::Max => Aggregates { sql: vec![format!("MAX({kept})")], read: Read::Extreme(kind) },
        Fold::Sum if is_float => Aggregates {
            sql: vec![writer.dialect.moment(Moment::Sum, &kept)?],
            read: Read::Float { of_nothing: Value::Integer(0) },
        },
        Fold::Mean if is_float => float(Moment::Mean)?,
        Fold::Variance if is_float => float(Moment::Variance)?,
        Fold::Stddev if is_float => float(Moment::Stddev)?,
        Fold::Range(Spread::Stddev, factor) if is_float => Aggregates {
            sql: vec![writer.dialect.moment(Moment::Mean, &kept)?, writer.dialect.moment(Moment::Stddev, &kept)?],
            read: Read::Range(factor.clone()),
        },
        Fold::Sum | Fold::Mean | Fold::Variance | Fold::Stddev | Fold::Range(Spread::Stddev, _) => {
            let wide = writer.dialect.wide(&value, kind);
            let mut sql = vec![format!("COUNT({kept})"), writer.dialect.total(&when(&rows, &wide))];
            let squares = !matches!(fold, Fold::Sum | Fold::Mean);
            if squares {
                sql.push(writer.dialect.total(&when(&rows, &writer.dialect.square(&value, kind)?)));
            }
            let room = writer.dialect.room(kind, squares);
            if room.is_some() {
                sql.extend([format!("MIN({kept})"), format!("MAX({kept})")]);
            }
            Aggregates { sql, read: Read::Sums { fold: fold.clone(), squares, room } }
        }
        Fold::Skewness | Fold::Kurtosis | Fold::Quantile(..) | Fold::Range(..) => {
            return Err(Cannot(format!("the {fold}")));
        }
    })
}

impl Aggregates {
    /// The number, of the cells of its parts.
    ///
    /// # Errors
    /// A cell that is not what was asked for, or sums that may not be what they should.
    pub(super) fn read(&self, cells: &[Option<String>]) -> Result<Number, Fault> {
        if let Read::Sums { squares, room: Some(room), .. } = &self.read {
            let ends = cells.len().checked_sub(2).map(|from| &cells[from..]).unwrap_or_default();
            let ends = ends.iter().map(|end| exact(end.as_deref())).collect::<Result<Vec<_>, String>>().map_err(odd)?;
            fits(&ends, cell::count(cells.first().and_then(Option::as_deref)).map_err(odd)?, *squares, *room)?;
        }
        self.number(cells).map_err(odd)
    }

    fn number(&self, cells: &[Option<String>]) -> Result<Number, String> {
        let text = |place: usize| cells.get(place).and_then(Option::as_deref);
        if cells.len() != self.sql.len() {
            return Err(format!("{} cells came where {} were asked for", cells.len(), self.sql.len()));
        }
        let decimal = |place: usize| exact(text(place));
        Ok(match &self.read {
            Read::Count => Number::Count(cell::count(text(0))?),
            Read::Extreme(kind) => Number::Value(cell::value(text(0), *kind)?),
            Read::Float { of_nothing } => match text(0) {
                None => Number::Value(of_nothing.clone()),
                some => Number::Value(cell::value(some, Type::Float)?),
            },
            Read::Sums { fold, squares, .. } => {
                let squares = if *squares { decimal(2)? } else { BigDecimal::from(0) };
                let sums = Sums { count: cell::count(text(0))?, sum: decimal(1)?, squares };
                match fold {
                    Fold::Sum => Number::Value(sums.sum()),
                    Fold::Mean => Number::Value(sums.mean()),
                    Fold::Variance => Number::Value(sums.variance()),
                    Fold::Range(_, factor) => {
                        let (low, high) = sums.range(factor);
                        Number::Range(low, high)
                    }
                    _ => Number::Value(sums.stddev()),
                }
            }
            Read::Range(factor) => {
                let (mean, spread) = (cell::value(text(0), Type::Float)?, cell::value(text(1), Type::Float)?);
                let (low, high) = around(&mean, &mean, &spread, factor);
                Number::Range(low, high)
            }
        })
    }
}

/// An exact number; that of nothing is 0.
fn exact(cell: Option<&str>) -> Result<BigDecimal, String> {
    match cell::value(cell, Type::Decimal)? {
        Value::Decimal(number) => Ok(number),
        _ => Ok(BigDecimal::from(0)),
    }
}

/// Refuses sums of so many values between two ends that may have more digits than there is room for.
fn fits(ends: &[BigDecimal], count: u64, squares: bool, room: Room) -> Result<(), Fault> {
    let scale = ends.iter().map(BigDecimal::fractional_digit_count).max().unwrap_or(0).max(0);
    let most = ends.iter().map(BigDecimal::abs).max().unwrap_or_default();
    let most = if squares { &most * &most } else { most } * BigDecimal::from(count);
    let before = room.digits - room.scale.unwrap_or(if squares { 2 * scale } else { scale });
    if most < BigDecimal::new(1.into(), -before) {
        return Ok(());
    }
    let digits = room.digits;
    let message = format!("the engine cannot say sums that may have more than {digits} digits, and would not tell");
    Err(fault("not_computable", message))
}

/// The values of a key: of the columns named, or of all that are stored.
pub(super) fn key_values(table: &Table, writer: &Writer<'_>, named: &[String]) -> Result<Vec<String>, Cannot> {
    let keys = table.keys(named);
    if keys.is_empty() {
        return Err(Cannot("keys of a table without columns".to_owned()));
    }
    let key = |(of, kind): Written| writer.dialect.key(&of, kind.unwrap_or(Type::String));
    keys.iter().map(|column| Ok(key(writer.value(&Scalar::column(column))?))).collect()
}

/// The counts over keys, a null being one; all columns of the table if none is named.
fn repeats(table: &Table, writer: &Writer<'_>, keys: &[String], rows: &Predicate) -> Result<String, Cannot> {
    let keys = key_values(table, writer, keys)?;
    let (from, rows) = (table.from(ALIAS), writer.condition(rows)?);
    Ok(format!(
        "SELECT COUNT(*) AS c1, COALESCE(SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0) AS c2, \
         COALESCE(SUM(CASE WHEN n > 1 THEN n ELSE 0 END), 0) AS c3 \
         FROM (SELECT COUNT(*) AS n FROM {from} WHERE {rows} GROUP BY {}) AS g",
        keys.join(", ")
    ))
}

/// A condition, as it is asked and as it is told.
pub(super) struct Condition {
    pub(super) asked: String,
    pub(super) told: String,
}

/// The condition that a row lacks a partner, or has one where none is wanted.
pub(super) fn orphans(writer: &Writer<'_>, measure: &Measure, beside: &Beside<'_>) -> Result<Condition, Cannot> {
    let Measure::Orphans(keys, rows, parent) = measure else { return Err(Cannot(format!("the {measure}"))) };
    let own = keys.iter().map(|key| writer.value(&Scalar::column(key))).collect::<Result<Vec<_>, _>>()?;
    let rows = writer.condition(rows)?;
    let not = |partner: String, not: bool| format!("{rows} AND {}{partner}", if not { "NOT " } else { "" });
    let other = match beside.table(&parent.dataset) {
        Ok(other) => other,
        Err(cannot) => {
            let Some(sent) = beside.sent(measure)? else { return Err(cannot) };
            let (own, their) = alike(writer, own, sent.columns())?;
            let (null_safe, wanted) = (parent.null_safe || sent.breaking, parent.wanted && !sent.breaking);
            let from = format!("{} AS {OTHER}", sent.told(writer.dialect, &parent.dataset));
            let told = not(writer.dialect.partner(&own, &their, &from, TRUE, null_safe), wanted);
            let asked = match &sent.keys {
                Some(_) => not(sent.met(writer.dialect, (&own, &their), null_safe)?, wanted),
                None => told.clone(),
            };
            return Ok(Condition { asked, told });
        }
    };
    let theirs = other.writer(OTHER);
    let their = parent.keys.iter().map(|key| theirs.value(&Scalar::column(key))).collect::<Result<Vec<_>, _>>()?;
    let (own, their) = alike(writer, own, their)?;
    let (from, scope) = (other.from(OTHER), theirs.condition(&parent.scope)?);
    let asked = not(writer.dialect.partner(&own, &their, &from, &scope, parent.null_safe), parent.wanted);
    Ok(Condition { told: asked.clone(), asked })
}

/// Two keys as they are compared: of types that the engine compares by value.
fn alike(writer: &Writer<'_>, own: Vec<Written>, their: Vec<Written>) -> Result<(Vec<String>, Vec<String>), Cannot> {
    let (mut own_keys, mut their_keys) = (Vec::new(), Vec::new());
    for ((own, kind), (their, other)) in own.into_iter().zip(their) {
        let (Some(one), Some(two)) = (kind, other) else { return Err(odd_keys()) };
        if !compare(one, two) {
            return Err(odd_keys());
        }
        // What is a decimal already keeps the decimals that it has.
        let wide = |key: String, kind: Type, beside: Type| {
            let is_whole = (kind, beside) == (Type::Integer, Type::Decimal);
            if is_whole { writer.dialect.cast(&key, Type::Decimal) } else { key }
        };
        own_keys.push(wide(own, one, two));
        their_keys.push(wide(their, two, one));
    }
    Ok((own_keys, their_keys))
}

/// Whether keys of two types are told apart by engines as they are by value.
pub(super) fn compare(one: Type, other: Type) -> bool {
    let is_exact = |kind| matches!(kind, Type::Integer | Type::Decimal);
    one == other || (one.is_text() && other.is_text()) || (is_exact(one) && is_exact(other))
}

fn odd_keys() -> Cannot {
    Cannot("keys of different types, which are told apart by value".to_owned())
}

fn quantile(table: &Table, writer: &Writer<'_>, measure: &Measure) -> Result<Way, Cannot> {
    let Measure::Fold(fold, of, rows) = measure else { return Err(Cannot(format!("the {measure}"))) };
    let (of, kind) = writer.value(of)?;
    let kind = kind.ok_or_else(|| Cannot("a fold of nulls".to_owned()))?;
    let (rows, from) = (writer.condition(rows)?, table.from(ALIAS));
    Ok(Way::Quantile {
        count: format!("SELECT COUNT({}) AS c1 FROM {from}", when(&rows, &of)),
        at: format!("SELECT {of} AS c1 FROM {from} WHERE {rows} AND {of} IS NOT NULL ORDER BY {of}"),
        kind,
        fold: fold.clone(),
    })
}

/// The author's own SQL, with the datasets that it names put before it.
fn author(query: &Query, beside: &Beside<'_>) -> Result<String, Cannot> {
    let mut named = Vec::with_capacity(query.tables.len());
    for table in &query.tables {
        let other = beside.table(&table.dataset)?;
        let writer = other.writer(ALIAS);
        let columns = match &table.columns {
            Some(columns) if !columns.is_empty() => columns.clone(),
            _ => other.keys(&[]),
        };
        let columns = columns.iter().map(|column| {
            let value = writer.value(&Scalar::column(column))?.0;
            Ok(format!("{value} AS {}", writer.dialect.quoted(column)))
        });
        let columns = columns.collect::<Result<Vec<_>, Cannot>>()?.join(", ");
        let (from, rows) = (other.from(ALIAS), writer.condition(&table.scope)?);
        named.push(format!("{} AS (SELECT {columns} FROM {from} WHERE {rows})", writer.dialect.quoted(&table.name)));
    }
    let text = query.text("");
    let text = text.trim().trim_end_matches(';');
    if let Some(table) = query.tables.first() {
        beside.table(&table.dataset)?.connection.dialect().reads(text)?;
    }
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts("with") {
        return Err(Cannot("a query that begins with WITH".to_owned()));
    }
    Ok(format!("WITH {} {text}", named.join(", ")))
}

/// The counts over keys, of the row that came.
pub(super) fn key_counts(row: &Row) -> Result<Number, String> {
    let cell = |place: usize| cell::count(row.get(place).and_then(Option::as_deref));
    let (distinct, repeated, rows) = (cell(0)?, cell(1)?, cell(2)?);
    Ok(Number::Keys(KeyCounts { rows, repeated, surplus: rows - repeated.min(rows), distinct }))
}

/// The values that came, in their order.
pub(super) fn values(rows: Vec<Row>, kind: Type) -> Result<Number, String> {
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        let text = |place: usize| row.get(place).and_then(Option::as_deref);
        values.push((cell::value(text(0), kind)?, cell::count(text(1))?));
    }
    values.sort_by(|(one, _), (other, _)| order_of_rows(std::slice::from_ref(one), std::slice::from_ref(other)));
    Ok(Number::Values(values))
}

/// The ranks that are looked up for a fold over so many values: those of one quantile, or of two.
pub(super) fn places(fold: &Fold, count: u64) -> Vec<Place> {
    let quarter = |number: i64| (BigDecimal::new(number.into(), 2), Interpolation::Linear);
    let asked = match fold {
        Fold::Quantile(q, interpolation) => vec![(q.clone(), *interpolation)],
        _ => vec![quarter(25), quarter(75)],
    };
    asked.into_iter().filter_map(|(q, interpolation)| Place::of(&q, interpolation, count)).collect()
}

/// The number of a fold, of the values at its places.
pub(super) fn between(fold: &Fold, found: Vec<Value>) -> Number {
    let mut found = found.into_iter();
    let low = found.next().unwrap_or(Value::Null);
    match fold {
        Fold::Range(_, factor) => {
            let high = found.next().unwrap_or(Value::Null);
            let wide = match (low.exact(), high.exact()) {
                (Some(low), Some(high)) => Value::Decimal(high - low),
                _ => Value::Null,
            };
            let (low, high) = around(&low, &high, &wide, factor);
            Number::Range(low, high)
        }
        _ => Number::Value(low),
    }
}
