//! One table asked for many measures: what goes together into one statement, and the numbers of the answers.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::answer::{Number, Statement};
use crate::engine::Progress;
use crate::engine::sql::cell::{self, Row};
use crate::engine::sql::connection::{fault, rows};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::statement::{self, Aggregates, Way};
use crate::engine::sql::table::Table;
use crate::engine::sql::{Asked, odd};
use crate::ir::value::order_of_rows;
use crate::ir::{Fold, Measure, Scalar, Type, Value};
use crate::outcome::{DecidedBy, Fault};

/// How many parts one SELECT has at most; engines take some 1,600.
const PARTS: usize = 800;

/// What is asked of one table.
pub(super) struct Asking<'t> {
    pub(super) table: &'t Table,
    pub(super) progress: &'t Progress,
    pub(super) asked: Asked,
}

impl<'t> Asking<'t> {
    /// Nothing asked yet.
    pub(super) fn of(table: &'t Table, progress: &'t Progress) -> Self {
        Self { table, progress, asked: Asked::default() }
    }

    /// Leaves a measure to others.
    pub(super) fn left(&mut self, measure: &Measure, cannot: &Cannot) {
        let name = self.table.connection.dialect().name();
        let advice = if self.table.fallback {
            ""
        } else {
            "; `fallback: local` in its source lets tamiz fetch the rows and do it"
        };
        let message = format!("{name} cannot say {cannot} as all engines mean it{advice}");
        self.asked.left.push((measure.clone(), fault("not_computable", message)));
    }

    /// Asks one statement.
    pub(super) fn ask(&self, sql: &str, most: usize) -> Result<(Vec<Row>, Arc<Statement>), Fault> {
        let begun = self.progress.now();
        let connection = self.table.connection.as_ref();
        let (rows, told) = rows(connection, sql, most)?;
        let ms = u64::try_from((self.progress.now() - begun) / 1000).unwrap_or(0);
        tracing::debug!(rows = told.rows, ms, "a database answered");
        let engine = connection.word().to_owned();
        Ok((rows, Arc::new(Statement { engine, sql: sql.to_owned(), ms, id: told.id })))
    }

    /// Asks one statement whose answer is one row of so many cells.
    fn ask_one(&self, sql: &str, cells: usize) -> Result<(Row, Arc<Statement>), Fault> {
        let (mut rows, told) = self.ask(sql, 1)?;
        match rows.pop() {
            Some(row) if row.len() == cells => Ok((row, told)),
            _ => Err(odd(format!("no single row of {cells} cells came"))),
        }
    }

    /// Asks one statement whose answer is a number of rows.
    pub(super) fn count(&self, sql: &str) -> Result<(u64, Arc<Statement>), Fault> {
        let (row, told) = self.ask_one(sql, 1)?;
        Ok((cell::count(row[0].as_deref()).map_err(odd)?, told))
    }

    fn keep(&mut self, measure: &Measure, found: Result<(Number, Arc<Statement>), Fault>) {
        // What the engine has no room for, we may have; what an author asked of it is its own business.
        if self.table.fallback
            && let Err(fault) = &found
            && fault.code == "not_computable"
            && !matches!(measure, Measure::Query(_))
        {
            self.asked.left.push((measure.clone(), fault.clone()));
            return;
        }
        let found = found.map(|(number, statement)| {
            self.asked.answer.statements.insert(measure.clone(), statement);
            number
        });
        self.asked.answer.decided_by.insert(measure.clone(), DecidedBy::Engine);
        self.asked.answer.numbers.insert(measure.clone(), found);
    }

    /// Keeps a number that is the same whatever the rows are.
    pub(super) fn known(&mut self, measure: &Measure, number: Number) {
        if matches!(measure, Measure::Rows(_)) {
            self.asked.answer.decided_by.insert(measure.clone(), DecidedBy::Engine);
        }
        self.asked.answer.numbers.insert(measure.clone(), Ok(number));
    }

    /// Asks for what goes into one SELECT. If the engine refuses it as a whole, each part is asked by itself, so that one
    /// that cannot be worked out keeps no other from its number.
    pub(super) fn together(&mut self, mut parts: Vec<(&Measure, Aggregates)>) {
        while !parts.is_empty() {
            let mut some = 0;
            let fits = parts.iter().take_while(|(_, part)| {
                some += part.sql.len();
                some <= PARTS
            });
            let later = parts.split_off(fits.count().max(1));
            let now = std::mem::replace(&mut parts, later);
            // Many measures share a part: a count of all rows that are evaluated, say.
            let sql: IndexSet<String> = now.iter().flat_map(|(_, part)| part.sql.clone()).collect();
            match self.ask_one(&one_select(self.table, &sql), sql.len()) {
                Ok((row, told)) => {
                    for (measure, part) in &now {
                        let own = part.sql.iter().filter_map(|part| row.get(sql.get_index_of(part)?).cloned());
                        let own: Vec<Option<String>> = own.collect();
                        let told = Arc::new(Statement { sql: one_select(self.table, &part.sql), ..(*told).clone() });
                        let number = part.read(&own).map(|number| (number, told));
                        self.keep(measure, number);
                    }
                }
                Err(fault) if now.len() == 1 || fault.code != "not_computable" => {
                    for (measure, _) in &now {
                        self.keep(measure, Err(fault.clone()));
                    }
                }
                Err(_) => {
                    for (measure, part) in &now {
                        let found = self.ask_one(&one_select(self.table, &part.sql), part.sql.len());
                        let found = found.and_then(|(row, told)| Ok((part.read(&row)?, told)));
                        self.keep(measure, found);
                    }
                }
            }
        }
    }

    /// Asks for what goes into one SELECT with groups.
    pub(super) fn grouped(&mut self, by: &[String], parts: &[(&Measure, Aggregates)]) {
        let mut sql: Vec<String> = parts.iter().flat_map(|(_, part)| part.sql.clone()).collect();
        // How many rows of each group are meant, so that groups without any are left out.
        let counts = parts.iter().map(|(measure, _)| counted(self.table, measure));
        let counts: Result<Vec<String>, Cannot> = counts.collect();
        let asked = counts.and_then(|counts| {
            sql.extend(counts);
            group(self.table, by, &sql)
        });
        let (statement, kinds) = match asked {
            Ok(asked) => asked,
            Err(cannot) => return parts.iter().for_each(|(measure, _)| self.left(measure, &cannot)),
        };
        let answered = self.ask(&statement, statement::GROUPS + 1).and_then(|(rows, told)| {
            if rows.len() > statement::GROUPS {
                let message = format!("there are more than {} groups", statement::GROUPS);
                return Err(fault("not_computable", message));
            }
            Ok((rows, told))
        });
        let (rows, told) = match answered {
            Ok(answered) => answered,
            // One that cannot be worked out keeps no other away.
            Err(fault) if parts.len() > 1 && fault.code == "not_computable" => {
                return parts.iter().for_each(|part| self.grouped(by, std::slice::from_ref(part)));
            }
            Err(fault) => return parts.iter().for_each(|(measure, _)| self.keep(measure, Err(fault.clone()))),
        };
        let mut from = by.len();
        let counts_from = sql.len() + by.len() - parts.len();
        for (place, (measure, part)) in parts.iter().enumerate() {
            let read = |row: &Row| -> Result<Option<(Vec<Value>, Number)>, Fault> {
                if row.len() != sql.len() + by.len() {
                    return Err(odd(format!("{} cells came where {} were asked for", row.len(), sql.len() + by.len())));
                }
                if cell::count(row[counts_from + place].as_deref()).map_err(odd)? == 0 {
                    return Ok(None);
                }
                let keys = row.iter().zip(&kinds).map(|(cell, kind)| cell::value(cell.as_deref(), *kind));
                Ok(Some((
                    keys.collect::<Result<_, String>>().map_err(odd)?,
                    part.read(&row[from..from + part.sql.len()])?,
                )))
            };
            let groups = rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<Vec<_>, Fault>>();
            let number = groups.map(|mut groups| {
                groups.sort_by(|(one, _), (other, _)| order_of_rows(one, other));
                let own = group(self.table, by, &part.sql).map_or_else(|_| told.sql.clone(), |(sql, _)| sql);
                (Number::Groups(groups), Arc::new(Statement { sql: own, ..(*told).clone() }))
            });
            self.keep(measure, number);
            from += part.sql.len();
        }
    }

    /// Asks for what needs a statement of its own.
    pub(super) fn alone(&mut self, measure: &Measure, way: Way) {
        let found = match way {
            Way::Values(sql, kind) => self.ask(&sql, statement::VALUES + 1).and_then(|(rows, told)| {
                if rows.len() > statement::VALUES {
                    let message = format!("there are more than {} different values", statement::VALUES);
                    return Err(fault("not_computable", message));
                }
                Ok((statement::values(rows, kind).map_err(odd)?, told))
            }),
            Way::Keys(sql) => {
                self.ask_one(&sql, 3).and_then(|(row, told)| Ok((statement::key_counts(&row).map_err(odd)?, told)))
            }
            Way::Count(asked, sql) => self.count(&asked).map(|(count, told)| {
                let told = if asked == sql { told } else { Arc::new(Statement { sql, ..(*told).clone() }) };
                (Number::Count(count), told)
            }),
            Way::Quantile { count, at, kind, fold } => self.quantile((&count, &at), kind, &fold),
            Way::Query(sql) => self.query(measure, &sql),
            Way::Known(_) | Way::Together(_) | Way::Grouped(..) => return,
        };
        self.keep(measure, found);
    }

    fn quantile(&self, (count, at): (&str, &str), kind: Type, fold: &Fold) -> Result<(Number, Arc<Statement>), Fault> {
        let (count, mut told) = self.count(count)?;
        let mut found = Vec::new();
        for place in statement::places(fold, count) {
            let ranks = place.ranks();
            let sql = format!("{at} LIMIT {} OFFSET {}", ranks.len(), ranks.first().copied().unwrap_or(0));
            let (rows, of_these) = self.ask(&sql, ranks.len())?;
            if rows.len() != ranks.len() {
                return Err(odd(format!("{} rows came where {} were asked for", rows.len(), ranks.len())));
            }
            let values = rows.iter().map(|row| cell::value(row.first().and_then(Option::as_deref), kind));
            found.push(place.between(values.collect::<Result<_, _>>().map_err(odd)?));
            told = of_these;
        }
        Ok((statement::between(fold, found), told))
    }

    fn query(&self, measure: &Measure, sql: &str) -> Result<(Number, Arc<Statement>), Fault> {
        let Measure::Query(query) = measure else { return Err(odd("no query".to_owned())) };
        // By itself, so that it is known to be one statement before it is part of another.
        let kinds = self.table.connection.columns(&format!("(\n{sql}\n)"), None)?;
        if query.is_value {
            let [(_, stored)] = kinds.as_slice() else {
                let message = format!("the query returned {} columns; one value is wanted", kinds.len());
                return Err(fault("not_computable", message));
            };
            let kind = self.table.connection.dialect().family(stored).unwrap_or(Type::String);
            let asked = self.ask(&format!("SELECT * FROM (\n{sql}\n) AS q LIMIT 2"), 2);
            let (rows, told) = asked.map_err(while_it_ran)?;
            let row = match rows.as_slice() {
                [row] => row,
                rows => {
                    let message = format!(
                        "the query returned {} rows; one value is wanted",
                        if rows.is_empty() { "no" } else { "several" }
                    );
                    return Err(fault("not_computable", message));
                }
            };
            return Ok((Number::Value(cell::value(row[0].as_deref(), kind).map_err(odd)?), told));
        }
        let counted = self.count(&format!("SELECT COUNT(*) AS c1 FROM (\n{sql}\n) AS q"));
        let (count, told) = counted.map_err(while_it_ran)?;
        Ok((Number::Count(count), told))
    }
}

/// What an author's query comes to on rows, whose values an engine may quote, beside what is wrong with its text.
fn while_it_ran(wrong: Fault) -> Fault {
    if wrong.code == "not_computable" { fault("engine_failed", wrong.message) } else { wrong }
}

/// How many rows of a group a measure is about.
fn counted(table: &Table, measure: &Measure) -> Result<String, Cannot> {
    let inner = if let Measure::Grouped(_, inner) = measure { inner } else { measure };
    let (Measure::Rows(rows) | Measure::Fold(_, _, rows)) = inner else { return Err(Cannot(format!("the {inner}"))) };
    Ok(format!("COUNT(CASE WHEN {} THEN 1 END)", table.writer(statement::ALIAS).condition(rows)?))
}

/// One SELECT with many parts.
pub(super) fn one_select<'p>(table: &Table, parts: impl IntoIterator<Item = &'p String>) -> String {
    let parts = parts.into_iter().enumerate().map(|(place, part)| format!("{part} AS c{}", place + 1));
    format!("SELECT {} FROM {}", parts.collect::<Vec<_>>().join(",\n       "), table.from(statement::ALIAS))
}

/// One SELECT with parts for each group, and the types of the values that make the groups.
pub(super) fn group(table: &Table, by: &[String], parts: &[String]) -> Result<(String, Vec<Type>), Cannot> {
    let writer = table.writer(statement::ALIAS);
    let mut keys = Vec::with_capacity(by.len());
    let mut kinds = Vec::with_capacity(by.len());
    for column in by {
        let (key, kind) = writer.value(&Scalar::column(column))?;
        keys.push(key);
        kinds.push(kind.unwrap_or(Type::String));
    }
    let all = keys.iter().chain(parts).enumerate().map(|(place, part)| format!("{part} AS c{}", place + 1));
    let told_apart = keys.iter().zip(&kinds).map(|(key, kind)| writer.dialect.key(key, *kind));
    let sql = format!(
        "SELECT {} FROM {} GROUP BY {} LIMIT {}",
        all.collect::<Vec<_>>().join(", "),
        table.from(statement::ALIAS),
        told_apart.collect::<Vec<_>>().join(", "),
        statement::GROUPS + 1
    );
    Ok((sql, kinds))
}
