//! The engine of databases: each evaluates its own tables, and sends back numbers.
//!
//! A `table` is a dataset of a `connection`; an `expression` says its conditions in the words of a `dialect`, patterns by
//! `pattern`, casts and calls by `function`; `asking` a table for measures makes each a `statement`, and reads what comes, cell
//! by `cell`, which `arrow` spells of batches; `evidence` asks for rows of what failed, and `fetch` for columns of all rows, for
//! an engine that knows no SQL. `keys` are those of a table that others are held to, `sent` those of others that come with a
//! statement. `hosted` are functions of ours that an engine calls, `exact` the numbers of one that has none.
//! `spark` is a client of Spark Connect. What a database cannot say is told by name and left to the caller: nothing is approximated. It judges
//! nothing.

mod arrow;
mod asking;
mod cell;
mod connection;
mod dialect;
mod evidence;
mod exact;
mod expression;
mod fetch;
mod function;
mod hosted;
mod keys;
mod pattern;
mod sent;
pub mod spark;
mod statement;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::answer::{Answer, Number, Schema};
use crate::dataset::Dataset;
use crate::engine::Progress;
use crate::engine::sql::asking::{Asking, group, one_select};
pub use crate::engine::sql::connection::{DRY, ENGINES, Link, driver};
use crate::engine::sql::connection::{Pool, fault};
use crate::engine::sql::expression::Cannot;
use crate::engine::sql::statement::{Aggregates, Way};
use crate::engine::sql::table::Table;
use crate::ir::time::Zone;
use crate::ir::{End, Literal, Measure, Predicate, Scalar};
use crate::outcome::Fault;
pub use evidence::Look;
pub use fetch::Fetched;
pub use keys::Held;
pub use sent::{Reach, Sent, load};

/// The datasets of a run that databases evaluate.
pub struct Sql {
    tables: IndexMap<String, Result<Table, Fault>>,
    /// Keys of rows elsewhere, by the dataset and the measure that are held to them.
    sent: HashMap<(String, Measure), Result<Sent, String>>,
    progress: Arc<Progress>,
}

/// What a statement on a table may speak of beside it.
struct Beside<'s> {
    sql: &'s Sql,
    table: &'s Table,
}

impl<'s> Beside<'s> {
    /// The table of a dataset, if it lives where this one does.
    fn table(&self, dataset: &str) -> Result<&'s Table, Cannot> {
        match self.sql.tables.get(dataset) {
            Some(Ok(other)) if other.named == self.table.named => Ok(other),
            Some(Err(fault)) => Err(Cannot(fault.message.clone())),
            Some(Ok(_)) | None => Err(Cannot(format!("the rows of `{dataset}`, which live elsewhere"))),
        }
    }

    /// The keys that were sent for a measure.
    fn sent(&self, measure: &Measure) -> Result<Option<&'s Sent>, Cannot> {
        let sent = self.sql.sent.get(&(self.table.dataset.name.clone(), measure.clone()));
        sent.map(Result::as_ref).transpose().map_err(|why| Cannot(why.clone()))
    }
}

/// Whether rules look at a column of a dataset.
pub type Needed<'a> = &'a dyn Fn(&Dataset, &str) -> bool;

/// Measures with the statement that asks for them, or why there is none.
pub type Said = (Vec<Measure>, Result<String, String>);

/// Measures of one table that it answered, and those that it cannot.
#[derive(Default)]
pub struct Asked {
    /// The numbers, and what is known of the table.
    pub answer: Answer,
    /// What the engine cannot say, and why.
    pub left: Vec<(Measure, Fault)>,
}

impl Sql {
    /// Opens those of some datasets that are tables of connections, by the addresses that the user's configuration has;
    /// `needed` tells the columns that rules look at.
    #[must_use]
    pub fn open(
        datasets: &[&Dataset],
        links: &BTreeMap<String, Link>,
        needed: Needed<'_>,
        zone: Zone,
        progress: &Arc<Progress>,
    ) -> Self {
        let pool = Pool::new(links.clone(), progress);
        let own = datasets.iter().filter(|dataset| dataset.source.connection.is_some());
        let tables = own.map(|dataset| (dataset.name.clone(), Table::open(dataset, &pool, needed, zone))).collect();
        Self { tables, sent: HashMap::new(), progress: Arc::clone(progress) }
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

    /// The database that the table of a dataset lies in, where that is a file that can be read here as well.
    #[must_use]
    pub fn file(&self, dataset: &str) -> Option<&Path> {
        self.table(dataset).ok().and_then(|table| table.connection.file())
    }

    fn table(&self, dataset: &str) -> Result<&Table, Fault> {
        match self.tables.get(dataset) {
            Some(Ok(table)) => Ok(table),
            Some(Err(fault)) => Err(Fault { caused_by: Some(dataset.to_owned()), ..fault.clone() }),
            None => Err(fault("internal", format!("a bug in tamiz: the dataset `{dataset}` was not opened"))),
        }
    }

    /// Whether two datasets are tables of one connection.
    #[must_use]
    pub fn are_together(&self, one: &str, other: &str) -> bool {
        let named = |dataset: &str| self.table(dataset).ok().map(|table| &table.named);
        named(one).is_some_and(|own| named(other) == Some(own))
    }

    /// Lets statements that ask a table for a measure have keys of rows that live elsewhere, or says why there are none.
    pub fn send(&mut self, dataset: &str, measure: &Measure, keys: Result<Sent, String>) {
        self.sent.insert((dataset.to_owned(), measure.clone()), keys);
    }

    const fn beside<'s>(&'s self, table: &'s Table) -> Beside<'s> {
        Beside { sql: self, table }
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
        let mut asking = Asking::of(table, &self.progress);
        asking.asked.answer.format = Some(word.to_owned());
        let beside = self.beside(table);
        let mut together: Vec<(&Measure, Aggregates)> = Vec::new();
        let mut grouped: IndexMap<Vec<String>, Vec<(&Measure, Aggregates)>> = IndexMap::new();
        for measure in measures {
            let filled = filled(measure, earlier);
            match statement::way(table, &filled, &beside) {
                Err(cannot) => asking.left(measure, &cannot),
                Ok(Way::Known(number)) => asking.known(measure, number),
                Ok(Way::Together(aggregates)) => together.push((measure, aggregates)),
                Ok(Way::Grouped(by, aggregates)) => grouped.entry(by).or_default().push((measure, aggregates)),
                Ok(way) => asking.alone(measure, way),
            }
        }
        let all = Measure::Rows(Predicate::TRUE);
        if earlier.is_empty() && !measures.contains(&&all) && !measures.is_empty() {
            // How many rows there are, whatever rules are about.
            if let Ok(Way::Together(aggregates)) = statement::way(table, &all, &beside) {
                together.push((&all, aggregates));
            }
        }
        asking.together(together);
        for (by, parts) in grouped {
            asking.grouped(&by, &parts);
        }
        self.progress.go_on()?;
        if let Some(Ok(Number::Count(rows))) = asking.asked.answer.numbers.get(&all) {
            asking.asked.answer.rows = *rows;
        }
        Ok(asking.asked)
    }

    /// The statements that would be asked, with what could not be.
    ///
    /// # Errors
    /// Why the dataset could not be opened.
    pub fn statements(&self, dataset: &str, measures: &[&Measure]) -> Result<Vec<Said>, Fault> {
        let table = self.table(dataset)?;
        let beside = self.beside(table);
        let mut all = Vec::new();
        let (mut together, mut sql) = (Vec::new(), IndexSet::new());
        for measure in measures {
            let own = vec![(*measure).clone()];
            match statement::way(table, measure, &beside) {
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
                Ok(Way::Values(sql, _) | Way::Keys(sql) | Way::Count(_, sql) | Way::Query(sql)) => {
                    all.push((own, Ok(sql)));
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
        (Some(Number::Range(low, _)), End::Low) => Scalar::Literal(Literal::Value(low.clone())),
        (Some(Number::Range(_, high)), End::High) => Scalar::Literal(Literal::Value(high.clone())),
        _ => Scalar::Measured(Box::new(inner.clone()), end),
    }))
}

/// An answer that is not what was asked for.
fn odd(what: impl std::fmt::Display) -> Fault {
    fault("engine_failed", format!("the answer of the engine is not what was asked for: {what}"))
}
