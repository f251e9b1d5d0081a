//! Keys of tables and references between them: what identifies a row, and which columns lead to another table.
//!
//! Many columns are unique by chance and many small numbers occur in many tables. A key must sound like one or stand first;
//! a reference must sound like one, or be text that can hardly match by chance.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::answer::Number;
use crate::engine::Progress;
use crate::error::Error;
use crate::init::name;
use crate::init::probe::{Probe, sound};
use crate::init::profile::{Column, Table};
use crate::ir::{Measure, Parent, Predicate, Type};
use crate::outcome::Fault;

/// The columns that identify the rows of each table, by its place; empty where nothing does.
pub(super) type Keys = Vec<Vec<String>>;

/// A column whose values may be those of the key of another table.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// The places of the table and of the one it leads to.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) column: String,
    pub(super) key: String,
    /// Rows with a value, and those of them without a partner.
    pub(super) filled: u64,
    pub(super) orphans: u64,
    /// Whether the names agree.
    pub(super) named: bool,
}

/// How many columns may make a key together.
const WIDEST: usize = 4;
/// How many columns of a table are tried for a key of several.
const TRIED: usize = 9;

/// Finds the key of every table.
///
/// # Errors
/// A file that cannot be read to its end.
pub(super) fn keys(tables: &[Table], path: &Path, progress: &Arc<Progress>) -> Result<Result<Keys, Fault>, Error> {
    let mut keys: Keys = tables.iter().map(|table| single(table).into_iter().collect()).collect();
    let sources: Vec<_> = tables.iter().map(|table| table.source.clone()).collect();
    let mut probe = Probe::open(&sources, &HashMap::new(), path, progress)?;
    for (key, table) in keys.iter_mut().zip(tables) {
        if key.is_empty() && table.rows > 1 {
            match several(table, &mut probe) {
                Ok(found) => *key = found,
                Err(fault) => return Ok(Err(fault)),
            }
        }
    }
    Ok(Ok(keys))
}

/// Whether every row has a value and no two have the same.
pub(super) fn is_unique(column: &Column, table: &Table) -> bool {
    table.rows > 0 && column.nulls == 0 && column.distinct == Some(table.rows)
}

/// Whether a column that is unique is meant to be, as far as its name and values tell.
pub(super) fn is_meant(column: &Column, place: usize) -> bool {
    let text = column.kind == Type::String && column.length.is_some_and(|(least, most)| least == most || most <= 40);
    name::key_score(&column.name) > 0 || (place == 0 && (text || column.kind != Type::String))
}

/// The best column that is a key alone.
fn single(table: &Table) -> Option<String> {
    let meant = |(place, column): &(usize, &Column)| is_unique(column, table) && is_meant(column, *place);
    let moment = |(_, column): &(usize, &Column)| {
        is_unique(column, table) && matches!(column.kind, Type::Date | Type::Timestamp)
    };
    let columns = || table.columns.iter().enumerate();
    let found = best(columns().filter(meant)).or_else(|| best(columns().filter(moment)))?;
    Some(found.name.clone())
}

/// The first of those that sound most like a key.
fn best<'t>(candidates: impl Iterator<Item = (usize, &'t Column)>) -> Option<&'t Column> {
    let score = |place: usize, column: &Column| {
        let kind = u32::from(name::may_refer(column.kind));
        name::key_score(&column.name) * 2 + u32::from(place == 0) * 3 + kind
    };
    candidates.max_by_key(|(place, column)| (score(*place, column), Reverse(*place))).map(|(_, column)| column)
}

/// Few columns that are a key together: the pair that does it, else a growing set, from which what is not needed is taken.
fn several(table: &Table, probe: &mut Probe) -> Result<Vec<String>, Fault> {
    let mut columns: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.nulls + column.unread == 0 && column.distinct.is_some_and(|distinct| distinct > 1))
        .filter(|(place, column)| is_part(column, *place) || name::is_named_as(&column.name, &table.source.name))
        .collect();
    let rank = |column: &Column| {
        name::key_score(&column.name) + 4 * u32::from(name::is_named_as(&column.name, &table.source.name))
    };
    columns.sort_by_key(|(place, column)| (Reverse(rank(column)), Reverse(column.distinct), *place));
    columns.truncate(TRIED);
    let mut tried: Vec<Vec<usize>> = Vec::new();
    for (index, (one, _)) in columns.iter().enumerate() {
        tried.extend(columns[index + 1..].iter().map(|(other, _)| vec![*one, *other]));
    }
    while tried.first().is_some_and(|set| set.len() <= WIDEST) {
        for set in &mut tried {
            set.sort_unstable();
        }
        let distinct = distinct(table, &tried, probe)?;
        let whole = || tried.iter().zip(&distinct).filter(|(_, distinct)| **distinct == table.rows);
        if let Some((set, _)) = whole().min_by_key(|(set, _)| combinations(table, set)) {
            return Ok(set.iter().map(|place| table.columns[*place].name.clone()).collect());
        }
        let Some((best, _)) = tried.iter().zip(&distinct).rev().max_by_key(|(_, distinct)| **distinct) else { break };
        let best = best.clone();
        tried = columns
            .iter()
            .filter(|(place, _)| !best.contains(place))
            .map(|(place, _)| [best.clone(), vec![*place]].concat())
            .collect();
    }
    Ok(Vec::new())
}

/// Whether a column may be part of a key: an amount is not, and free text is not.
fn is_part(column: &Column, place: usize) -> bool {
    match column.kind {
        Type::String => column.length.is_none_or(|(_, most)| most <= 60),
        Type::Integer => {
            place <= 1
                || name::key_score(&column.name) > 0
                || name::is_year(&column.name)
                || name::range(&column.name).is_some_and(|range| range.min != "-90" && range.min != "-180")
                || column.values.is_some()
        }
        Type::Date | Type::Timestamp | Type::Time => true,
        _ => false,
    }
}

/// How many keys there could be, which a key made by chance has many of.
fn combinations(table: &Table, set: &[usize]) -> u128 {
    set.iter().map(|place| u128::from(table.columns[*place].distinct.unwrap_or(1))).product()
}

fn distinct(table: &Table, sets: &[Vec<usize>], probe: &mut Probe) -> Result<Vec<u64>, Fault> {
    let name = &table.source.name;
    let measure = |set: &Vec<usize>| {
        let names = set.iter().map(|place| table.columns[*place].name.clone()).collect();
        Measure::Repeats(names, sound(Predicate::TRUE))
    };
    let asked: Vec<_> = sets.iter().map(|set| (name.clone(), measure(set))).collect();
    let numbers = probe.measure(&asked)?;
    let count = |(_, measure): &(String, Measure)| match numbers.get(name, measure) {
        Some(Number::Keys(keys)) => keys.distinct,
        _ => 0,
    };
    Ok(asked.iter().map(count).collect())
}

/// Finds columns whose values are, all or nearly all, those of the key of another table.
///
/// # Errors
/// A file that cannot be read to its end.
pub(super) fn references(
    tables: &[Table],
    keys: &Keys,
    path: &Path,
    progress: &Arc<Progress>,
) -> Result<Result<Vec<Reference>, Fault>, Error> {
    let mut candidates = Vec::new();
    for (from, table) in tables.iter().enumerate() {
        for column in table.columns.iter().filter(|column| column.filled > 0 && name::may_refer(column.kind)) {
            for (to, parent) in tables.iter().enumerate().filter(|(to, _)| *to != from) {
                let [key] = keys[to].as_slice() else { continue };
                let Some(target) = parent.columns.iter().find(|other| other.name == *key) else { continue };
                let named = name::refers(&column.name, &parent.source.name, key);
                if target.kind == column.kind && is_plausible(column, target, named) {
                    candidates.push((from, to, column, key.clone(), named));
                }
            }
        }
    }
    if candidates.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let asked: Vec<(String, Measure)> = candidates
        .iter()
        .map(|(from, to, column, key, _)| {
            let parent = Parent {
                dataset: tables[*to].source.name.clone(),
                keys: vec![key.clone()],
                scope: sound(Predicate::TRUE),
                null_safe: false,
                wanted: true,
            };
            let among = sound(Predicate::is_null(&column.name).negate());
            (tables[*from].source.name.clone(), Measure::Orphans(vec![column.name.clone()], among, parent))
        })
        .collect();
    let sources: Vec<_> = tables.iter().map(|table| table.source.clone()).collect();
    let numbers = match Probe::open(&sources, &HashMap::new(), path, progress)?.measure(&asked) {
        Ok(numbers) => numbers,
        Err(fault) => return Ok(Err(fault)),
    };
    let found =
        candidates.into_iter().zip(&asked).filter_map(|((from, to, column, key, named), (dataset, measure))| {
            let orphans = numbers.count(dataset, measure)?;
            Some(Reference { from, to, column: column.name.clone(), key, filled: column.filled, orphans, named })
        });
    let found: Vec<Reference> = found.collect();
    let best = |reference: &Reference| {
        let rivals = found.iter().filter(|other| other.from == reference.from && other.column == reference.column);
        let rank = |one: &Reference| (one.orphans, !one.named, one.to);
        rivals.map(rank).min() == Some(rank(reference))
    };
    let returned = |reference: &Reference| {
        // Two keys with the same values refer to each other; the table that stands later refers to the earlier one.
        keys[reference.from] == [reference.column.clone()]
            && found.iter().any(|other| {
                other.from == reference.to
                    && other.to == reference.from
                    && other.column == reference.key
                    && other.orphans == 0
            })
            && reference.from < reference.to
    };
    Ok(Ok(found.iter().filter(|reference| best(reference) && !returned(reference)).cloned().collect()))
}

/// Whether values of a column would hardly be among those of a key by chance.
fn is_plausible(column: &Column, key: &Column, named: bool) -> bool {
    let distinct = column.distinct.unwrap_or(0);
    if named {
        return distinct >= 2;
    }
    let fits = |of: &Column| of.length;
    // Codes of one length, such as the three letters of an airport.
    column.kind == Type::String
        && distinct >= 3
        && matches!((fits(column), fits(key)), (Some((least, most)), Some((from, to))) if least >= 2 && from <= least && most <= to)
}
