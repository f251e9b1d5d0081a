//! The engine of databases: each evaluates its own tables, and sends back numbers.
//!
//! A `table` is a dataset of a `connection`; an `expression` says its conditions in the words of a `dialect`, patterns by
//! `pattern`; a `statement` asks for measures and reads what comes, cell by `cell`; `evidence` asks for rows of what failed,
//! and `fetch` for columns of all rows, for an engine that knows no SQL. `spark` is a client of Spark Connect. What a database cannot say is told by name and left
//! to the caller: nothing is approximated. It judges nothing.

mod cell;
mod connection;
mod dialect;
mod evidence;
mod expression;
mod fetch;
mod pattern;
pub mod spark;
mod statement;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::answer::{Answer, Number, Schema, Statement};
use crate::dataset::Dataset;
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
pub use crate::engine::sql::connection::Link;
use crate::engine::sql::connection::{Pool, fault, rows};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::statement::{Aggregates, Way};
use crate::engine::sql::table::Table;
use crate::ir::time::Zone;
use crate::ir::{Literal, Measure, Predicate, Scalar, Value};
use crate::outcome::{DecidedBy, Fault};
pub use evidence::Look;
pub use fetch::Fetched;

/// How many parts one SELECT has at most; engines take some 1,600.
const PARTS: usize = 800;

/// The datasets of a run that databases evaluate.
pub struct Sql {
    tables: IndexMap<String, Result<Table, Fault>>,
    progress: Arc<Progress>,
}

/// Measures of one table that it answered, and those that it cannot.
#[derive(Default)]
pub struct Asked {
    /// The numbers, and what is known of the table.
    pub answer: Answer,
    /// What the engine cannot say, and why.
    pub left: Vec<(Measure, Fault)>,
}

impl Sql {
    /// Opens those of some datasets that are tables of connections, by the addresses that the user's configuration has.
    #[must_use]
    pub fn open(datasets: &[&Dataset], links: &BTreeMap<String, Link>, zone: Zone, progress: &Arc<Progress>) -> Self {
        let pool = Pool::new(links.clone(), progress);
        let own = datasets.iter().filter(|dataset| dataset.source.connection.is_some());
        let tables = own.map(|dataset| (dataset.name.clone(), Table::open(dataset, &pool, zone))).collect();
        Self { tables, progress: Arc::clone(progress) }
    }

    /// Whether a dataset is one of these.
    #[must_use]
    pub fn has(&self, dataset: &str) -> bool {
        self.tables.contains_key(dataset)
    }

    /// The columns of a dataset.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn schema(&self, dataset: &str) -> Result<&Schema, Fault> {
        self.table(dataset).map(|table| &table.schema)
    }

    /// The description of a dataset, and whether its rows may be fetched for what its engine cannot say.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn described(&self, dataset: &str) -> Result<(&Dataset, bool), Fault> {
        self.table(dataset).map(|table| (&table.dataset, table.fallback))
    }

    fn table(&self, dataset: &str) -> Result<&Table, Fault> {
        match self.tables.get(dataset) {
            Some(Ok(table)) => Ok(table),
            Some(Err(fault)) => Err(Fault { caused_by: Some(dataset.to_owned()), ..fault.clone() }),
            None => Err(fault("internal", format!("a bug in tamiz: the dataset `{dataset}` was not opened"))),
        }
    }

    /// The table of a dataset, if it lives where another one does.
    fn beside(&self, table: &Table, dataset: &str) -> Result<&Table, Cannot> {
        match self.tables.get(dataset) {
            Some(Ok(other)) if other.named == table.named => Ok(other),
            Some(Err(fault)) => Err(Cannot(fault.message.clone())),
            Some(Ok(_)) | None => Err(Cannot(format!("the rows of `{dataset}`, which live elsewhere"))),
        }
    }

    /// Asks for the measures of a dataset; `earlier` are numbers of a first round that some hang on.
    ///
    /// # Errors
    /// Why it could not be opened, or that the run is to stop.
    pub fn measure(
        &self,
        dataset: &str,
        measures: &[&Measure],
        earlier: &HashMap<Measure, Number>,
    ) -> Result<Asked, Fault> {
        let table = self.table(dataset)?;
        let word = table.connection.word();
        let mut asking = Asking { table, progress: &self.progress, asked: Asked::default() };
        asking.asked.answer.format = Some(word.to_owned());
        let others = |name: &str| self.beside(table, name);
        let mut together: Vec<(&Measure, Aggregates)> = Vec::new();
        let mut grouped: IndexMap<Vec<String>, Vec<(&Measure, Aggregates)>> = IndexMap::new();
        for measure in measures {
            let filled = filled(measure, earlier);
            match statement::way(table, &filled, &others) {
                Err(cannot) => asking.left(measure, &cannot),
                Ok(Way::Known(number)) => drop(asking.asked.answer.numbers.insert((*measure).clone(), Ok(number))),
                Ok(Way::Together(aggregates)) => together.push((measure, aggregates)),
                Ok(Way::Grouped(by, aggregates)) => grouped.entry(by).or_default().push((measure, aggregates)),
                Ok(way) => asking.alone(measure, way),
            }
        }
        asking.together(together);
        for (by, parts) in grouped {
            asking.grouped(&by, parts);
        }
        self.progress.go_on()?;
        let all = Measure::Rows(Predicate::TRUE);
        if let Some(Ok(Number::Count(rows))) = asking.asked.answer.numbers.get(&all) {
            asking.asked.answer.rows = *rows;
        }
        Ok(asking.asked)
    }

    /// The statements that would be asked, with what could not be.
    ///
    /// # Errors
    /// Why the dataset could not be opened.
    pub fn statements(
        &self,
        dataset: &str,
        measures: &[&Measure],
    ) -> Result<Vec<(Vec<Measure>, Result<String, String>)>, Fault> {
        let table = self.table(dataset)?;
        let others = |name: &str| self.beside(table, name);
        let mut all = Vec::new();
        let (mut together, mut sql) = (Vec::new(), Vec::new());
        for measure in measures {
            let own = vec![(*measure).clone()];
            match statement::way(table, measure, &others) {
                Err(cannot) => all.push((own, Err(cannot.0))),
                Ok(Way::Known(_)) => {}
                Ok(Way::Together(aggregates)) => {
                    together.push((*measure).clone());
                    sql.extend(aggregates.sql);
                }
                Ok(Way::Grouped(by, aggregates)) => match group(table, &by, &aggregates.sql) {
                    Ok((sql, _)) => all.push((own, Ok(sql))),
                    Err(cannot) => all.push((own, Err(cannot.0))),
                },
                Ok(Way::Values(sql, _) | Way::Keys(sql) | Way::Count(sql) | Way::Query(sql)) => {
                    all.push((own, Ok(sql)))
                }
                Ok(Way::Quantile { count, at, .. }) => {
                    all.push((own.clone(), Ok(count)));
                    all.push((own, Ok(at)));
                }
            }
        }
        if !together.is_empty() {
            all.insert(0, (together, Ok(one_select(table, &sql))));
        }
        Ok(all)
    }
}

/// A measure with the numbers of a first round in their places.
fn filled(measure: &Measure, earlier: &HashMap<Measure, Number>) -> Measure {
    let Measure::Rows(rows) = measure else { return measure.clone() };
    Measure::Rows(rows.filled(&|inner, end| match (earlier.get(inner), end) {
        (Some(Number::Range(low, _)), crate::ir::End::Low) => Scalar::Literal(Literal::Value(low.clone())),
        (Some(Number::Range(_, high)), crate::ir::End::High) => Scalar::Literal(Literal::Value(high.clone())),
        _ => Scalar::Measured(Box::new(inner.clone()), end),
    }))
}

/// One SELECT with many parts.
fn one_select(table: &Table, parts: &[String]) -> String {
    let parts = parts.iter().enumerate().map(|(place, part)| format!("{part} AS c{}", place + 1));
    format!("SELECT {} FROM {}", parts.collect::<Vec<_>>().join(",\n       "), table.from(statement::ALIAS))
}

/// One SELECT with parts for each group, and the types of the values that make the groups.
fn group(table: &Table, by: &[String], parts: &[String]) -> Result<(String, Vec<crate::ir::Type>), Cannot> {
    let writer = table.writer(statement::ALIAS);
    let mut keys = Vec::with_capacity(by.len());
    let mut kinds = Vec::with_capacity(by.len());
    for column in by {
        let (key, kind) = writer.value(&Scalar::column(column))?;
        keys.push(key);
        kinds.push(kind.unwrap_or(crate::ir::Type::String));
    }
    let all = keys.iter().chain(parts).enumerate().map(|(place, part)| format!("{part} AS c{}", place + 1));
    let sql = format!(
        "SELECT {} FROM {} GROUP BY {} LIMIT {}",
        all.collect::<Vec<_>>().join(", "),
        table.from(statement::ALIAS),
        keys.join(", "),
        statement::GROUPS + 1
    );
    Ok((sql, kinds))
}

/// What is asked of one table.
struct Asking<'t> {
    table: &'t Table,
    progress: &'t Progress,
    asked: Asked,
}

impl Asking<'_> {
    /// Leaves a measure to others.
    fn left(&mut self, measure: &Measure, cannot: &Cannot) {
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
    fn ask(&self, sql: &str, most: usize) -> Result<(Vec<Row>, Arc<Statement>), Fault> {
        let begun = self.progress.now();
        let connection = self.table.connection.as_ref();
        let (rows, told) = rows(connection, sql, most)?;
        tracing::debug!(sql, rows = told.rows, "asked");
        let ms = u64::try_from((self.progress.now() - begun) / 1000).unwrap_or(0);
        let engine = connection.word().to_owned();
        Ok((rows, Arc::new(Statement { engine, sql: sql.to_owned(), ms, id: told.id })))
    }

    fn keep(&mut self, measure: &Measure, found: Result<(Number, Arc<Statement>), Fault>) {
        let found = found.map(|(number, statement)| {
            self.asked.answer.statements.insert(measure.clone(), statement);
            number
        });
        self.asked.answer.decided_by.insert(measure.clone(), DecidedBy::Engine);
        self.asked.answer.numbers.insert(measure.clone(), found);
    }

    /// Asks for what goes into one SELECT. If the engine refuses it as a whole, each part is asked by itself, so that one
    /// that cannot be worked out keeps no other from its number.
    fn together(&mut self, mut parts: Vec<(&Measure, Aggregates)>) {
        while !parts.is_empty() {
            let mut some = 0;
            let fits = parts.iter().take_while(|(_, part)| {
                some += part.sql.len();
                some <= PARTS
            });
            let later = parts.split_off(fits.count().max(1));
            let now = std::mem::replace(&mut parts, later);
            let sql: Vec<String> = now.iter().flat_map(|(_, part)| part.sql.clone()).collect();
            match self
                .ask(&one_select(self.table, &sql), 1)
                .and_then(|(rows, told)| Ok((one_row(rows, sql.len())?, told)))
            {
                Ok((row, told)) => {
                    let mut cells = row.as_slice();
                    for (measure, part) in &now {
                        let (own, rest) = cells.split_at(part.sql.len());
                        cells = rest;
                        let told = Arc::new(Statement { sql: one_select(self.table, &part.sql), ..(*told).clone() });
                        let number = part.read(own).map(|number| (number, told));
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
                        let found = self.ask(&one_select(self.table, &part.sql), 1).and_then(|(rows, told)| {
                            let row = one_row(rows, part.sql.len())?;
                            Ok((part.read(&row)?, told))
                        });
                        self.keep(measure, found);
                    }
                }
            }
        }
    }

    /// Asks for what goes into one SELECT with groups.
    fn grouped(&mut self, by: &[String], parts: Vec<(&Measure, Aggregates)>) {
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
                groups.sort_by(|(one, _), (other, _)| crate::ir::value::order_of_rows(one, other));
                let own = group(self.table, by, &part.sql).map_or_else(|_| told.sql.clone(), |(sql, _)| sql);
                (Number::Groups(groups), Arc::new(Statement { sql: own, ..(*told).clone() }))
            });
            self.keep(measure, number);
            from += part.sql.len();
        }
    }

    /// Asks for what needs a statement of its own.
    fn alone(&mut self, measure: &Measure, way: Way) {
        let found = match way {
            Way::Values(sql, kind) => self.ask(&sql, statement::VALUES + 1).and_then(|(rows, told)| {
                if rows.len() > statement::VALUES {
                    let message = format!("there are more than {} different values", statement::VALUES);
                    return Err(fault("not_computable", message));
                }
                Ok((statement::values(rows, kind).map_err(odd)?, told))
            }),
            Way::Keys(sql) => self
                .ask(&sql, 1)
                .and_then(|(rows, told)| Ok((statement::key_counts(&one_row(rows, 3)?).map_err(odd)?, told))),
            Way::Count(sql) => self.ask(&sql, 1).and_then(|(rows, told)| Ok((count_of(rows)?, told))),
            Way::Quantile { count, at, kind, fold } => self.quantile((&count, &at), kind, &fold),
            Way::Query(sql) => self.query(measure, &sql),
            Way::Known(_) | Way::Together(_) | Way::Grouped(..) => return,
        };
        self.keep(measure, found);
    }

    fn quantile(
        &self,
        (count, at): (&str, &str),
        kind: crate::ir::Type,
        fold: &crate::ir::Fold,
    ) -> Result<(Number, Arc<Statement>), Fault> {
        let (counted, mut told) = self.ask(count, 1)?;
        let count = match count_of(counted)? {
            Number::Count(count) => count,
            _ => 0,
        };
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
        if query.is_value {
            let kinds = self.table.connection.columns(&format!("(\n{sql}\n)"), None)?;
            let [(_, stored)] = kinds.as_slice() else {
                let message = format!("the query returned {} columns; one value is wanted", kinds.len());
                return Err(fault("not_computable", message));
            };
            let kind = self.table.connection.dialect().family(stored).unwrap_or(crate::ir::Type::String);
            let (rows, told) = self.ask(&format!("SELECT * FROM (\n{sql}\n) AS q LIMIT 2"), 2)?;
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
        let (rows, told) = self.ask(&format!("SELECT COUNT(*) AS c1 FROM (\n{sql}\n) AS q"), 1)?;
        Ok((count_of(rows)?, told))
    }
}

/// How many rows of a group a measure is about.
fn counted(table: &Table, measure: &Measure) -> Result<String, Cannot> {
    let inner = if let Measure::Grouped(_, inner) = measure { inner } else { measure };
    let (Measure::Rows(rows) | Measure::Fold(_, _, rows)) = inner else { return Err(Cannot(format!("the {inner}"))) };
    Ok(format!("COUNT(CASE WHEN {} THEN 1 END)", table.writer(statement::ALIAS).condition(rows)?))
}

/// The one row of an answer, with as many cells as were asked for.
fn one_row(mut rows: Vec<Row>, cells: usize) -> Result<Row, Fault> {
    match rows.pop() {
        Some(row) if rows.is_empty() && row.len() == cells => Ok(row),
        _ => Err(odd(format!("no single row of {cells} cells came"))),
    }
}

fn count_of(rows: Vec<Row>) -> Result<Number, Fault> {
    let row = one_row(rows, 1)?;
    cell::count(row[0].as_deref()).map(Number::Count).map_err(odd)
}

/// An answer that is not what was asked for.
fn odd(what: String) -> Fault {
    fault("engine_failed", format!("the answer of the engine is not what was asked for: {what}"))
}
