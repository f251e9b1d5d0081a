//! A dataset that is a table of a connection, or what a query returns there: its columns, and how it stands in statements.

use std::collections::HashMap;
use std::sync::Arc;

use crate::answer::{Schema, SchemaColumn};
use crate::dataset::{Column, Dataset, Part};
use crate::engine::computed;
use crate::engine::sql::Needed;
use crate::engine::sql::connection::{Connection, Open, Pool, fault};
use crate::engine::sql::expression::{Cannot, Writer};
use crate::ir::name::nfc;
use crate::ir::time::Zone;
use crate::ir::{Reading, Type, Value, select};
use crate::outcome::Fault;

/// A table that is there.
pub(super) struct Table {
    /// The dataset.
    pub(super) dataset: Dataset,
    /// The name of its connection.
    pub(super) named: String,
    /// The connection.
    pub(super) connection: Arc<dyn Connection>,
    /// Its columns.
    pub(super) schema: Schema,
    /// The columns whose names are spelled otherwise there.
    spelled: HashMap<String, String>,
    /// Whether what the engine cannot say is evaluated here, on its rows.
    pub(super) fallback: bool,
    /// What stands for it in a FROM; none of a dataset that is the database as a whole.
    relation: Option<String>,
}

impl Table {
    /// Opens the table that a dataset is.
    ///
    /// # Errors
    /// If it is not there, or cannot be reached.
    pub(super) fn open(dataset: &Dataset, pool: &Pool, needed: Needed<'_>, zone: Zone) -> Result<Self, Fault> {
        let internal = |what: &str| fault("internal", format!("a bug in tamiz: {what}"));
        let (Some(link), Some(database)) = (&dataset.source.connection, &dataset.source.database) else {
            return Err(internal("a dataset without a connection"));
        };
        let connection = pool.get(&link.name)?;
        let named = if let Part::Table(name) = &database.part { Some(name.as_str()) } else { None };
        let relation = match &database.part {
            Part::Table(name) => Some(connection.table(name)),
            Part::Query(sql, values) => {
                let filled = filled(sql, values, connection.as_ref());
                Some(format!("(\n{}\n)", filled.map_err(|cannot| fault("not_computable", cannot.0))?))
            }
            Part::Nothing => None,
        };
        let mut schema = Schema::default();
        let mut spelled = HashMap::new();
        if let Some(relation) = &relation {
            let columns = if connection.is_dry() {
                let declared = dataset.columns.iter().filter(|column| column.sql.is_none());
                let kind = |column: &Column| column.reading.as_ref().map_or(Type::String, |reading| reading.kind);
                let stored = |column: &Column| connection.dialect().type_name(kind(column)).to_ascii_lowercase();
                declared.map(|column| (column.name.clone(), stored(column))).collect()
            } else {
                connection.columns(relation, named)?
            };
            for (name, stored) in columns {
                let known = nfc(&name);
                if name.is_empty() || schema.column(&known).is_some() {
                    let message = format!("the column `{name}` has no name of its own; give it one in a query");
                    return Err(fault("source_unreadable", message));
                }
                schema.columns.push(column(dataset, connection.as_ref(), (&known, stored), zone));
                if known != name {
                    spelled.insert(known, name);
                }
            }
            doubt(dataset, connection.as_ref(), relation, (needed, zone), (&spelled, &mut schema))?;
        }
        schema.structure = connection.structure(named)?;
        computed::add(dataset, zone, &mut schema);
        let (dataset, named, fallback) = (dataset.clone(), link.name.clone(), link.local);
        Ok(Self { dataset, named, connection, schema, spelled, fallback, relation })
    }

    /// Writes what is said of its rows, under a name.
    pub(super) fn writer<'a>(&'a self, alias: &'a str) -> Writer<'a> {
        Writer { dialect: self.connection.dialect(), schema: &self.schema, spelled: &self.spelled, alias }
    }

    /// What stands for it in a FROM, under a name.
    pub(super) fn from(&self, alias: &str) -> String {
        match &self.relation {
            Some(relation) => format!("{relation} AS {alias}"),
            // No row is asked of a database as a whole; the one row without a column has no value of any.
            None => format!("(SELECT 1 AS nothing WHERE FALSE) AS {alias}"),
        }
    }

    /// The columns of a key: those named, or all that are stored.
    pub(super) fn keys(&self, named: &[String]) -> Vec<String> {
        if !named.is_empty() {
            return named.to_vec();
        }
        let stored = self.schema.columns.iter().filter(|column| column.is_stored());
        stored.map(|column| column.name.clone()).collect()
    }
}

/// Finds how columns read that rules look at and the suite declares no type of, where cells may be of any.
fn doubt(
    dataset: &Dataset,
    connection: &dyn Connection,
    relation: &str,
    (needed, zone): (Needed<'_>, Zone),
    (spelled, schema): (&HashMap<String, String>, &mut Schema),
) -> Result<(), Fault> {
    let is_open = |column: &&mut SchemaColumn| {
        let is_bound = dataset.column(&column.name).is_some_and(|declared| declared.reading.is_some());
        let is_text = column.reading.as_ref().is_some_and(|reading| reading.kind == Type::String);
        !is_bound && !is_text && needed(dataset, &column.name)
    };
    if connection.dialect().hosted().is_none() || connection.is_dry() {
        return Ok(());
    }
    let mut columns: Vec<&mut SchemaColumn> = schema.columns.iter_mut().filter(is_open).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let open = columns.iter().map(|column| Open {
        name: spelled.get(&column.name).unwrap_or(&column.name).clone(),
        declared: column.reading.clone(),
        like: Reading {
            zone,
            missing: dataset.column(&column.name).and_then(|declared| declared.missing.clone()),
            ..Reading::plain(Type::String)
        },
    });
    let open: Vec<Open> = open.collect();
    for (column, reading) in columns.iter_mut().zip(connection.readings(relation, &open)?) {
        if let Some(reading) = reading {
            column.reading = Some(reading);
            column.inferred = true;
        }
    }
    Ok(())
}

/// A column as rules know it.
fn column(dataset: &Dataset, connection: &dyn Connection, (name, stored): (&str, String), zone: Zone) -> SchemaColumn {
    let declared = dataset.column(name);
    let family = match declared.and_then(|column| column.reading.as_ref()) {
        Some(reading) => connection.dialect().family_as(&stored, reading.kind),
        None => connection.dialect().family(&stored),
    };
    let reading = declared.and_then(|column| column.reading.clone());
    let reading = reading.or_else(|| family.map(|kind| Reading { zone, ..Reading::plain(kind) }));
    let missing = declared.and_then(|column| column.missing.clone());
    SchemaColumn {
        reading: reading.map(|reading| Reading { missing, ..reading }),
        name: name.to_owned(),
        inferred: false,
        stored: Some(stored),
        family,
        missing_in: None,
        computed: None,
    }
}

/// A query with the values of its variables in their places.
fn filled(sql: &str, values: &[(String, Value)], connection: &dyn Connection) -> Result<String, Cannot> {
    let read = select::read(sql).map_err(|wrong| Cannot(wrong.message))?;
    connection.dialect().plain(sql)?;
    let mut filled = String::with_capacity(sql.len());
    let mut from = 0;
    for (name, place) in read.named {
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let value = value.ok_or_else(|| Cannot(format!("`:{name}`, which has no value")))?;
        filled.push_str(&sql[from..place.start]);
        filled.push_str(&connection.dialect().bound(value)?);
        from = place.end;
    }
    filled.push_str(&sql[from..read.end]);
    Ok(filled)
}
