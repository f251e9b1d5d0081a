//! Datasets as wholes: how many rows and columns, which types, which files.

use crate::answer::{FileFacts, Number, PairCounts, Schema};
use crate::ir::{Check, Evaluated, FileExpected, Limit, Measure, Metric, Relative, SchemaExpected, Type, Value};
use crate::judge::structure::{self, KeyDifference};
use crate::judge::{ColumnDifferences, Judgement, Known, differences, exceeds_count, internal, within, worst};
use crate::outcome::Fault;

/// What was found of a dataset as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Facts {
    /// How many rows other datasets have, by name.
    Rows(Vec<(String, u64)>),
    /// The value of another dataset, by its name.
    Value(String, Value),
    /// How rows differ from those of another dataset, by its name.
    Pairs(String, PairCounts),
    /// How columns, their types and, if they were asked for, the keys differ from those expected.
    Types(ColumnDifferences, Vec<TypeDifference>, Option<Vec<KeyDifference>>),
    /// How the tables of a database differ from those expected.
    Tables(ColumnDifferences),
    /// The files found, and what is wrong with them.
    Files(Vec<FileFacts>, Vec<WrongFile>),
}

/// A column of another type than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDifference {
    /// The column.
    pub column: String,
    /// Its type; none if it is not known.
    pub found: Option<Type>,
    /// The type expected.
    pub wanted: Type,
}

/// A file that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongFile {
    /// Its path; none if no file was found.
    pub path: Option<String>,
    /// The parameter that does not hold.
    pub what: &'static str,
    /// What was found instead.
    pub found: String,
}

/// Judges a check of a dataset as a whole.
pub(super) fn judge(check: &Check, known: &Known<'_>) -> Result<Judgement, Fault> {
    let of_count = |count: u64, facts: Facts| Judgement {
        level: worst(check, |limit| exceeds_count(limit, count, None)),
        facts: Some(Box::new(facts)),
        ..Judgement::default()
    };
    Ok(match &check.metric {
        Metric::SameRows { evaluated, others } => {
            let own = rows(evaluated, known)?;
            let others = others
                .iter()
                .map(|(name, other)| Ok((name.clone(), rows(other, known)?)))
                .collect::<Result<Vec<_>, Fault>>()?;
            let different = others.iter().filter(|(_, count)| *count != own).count() as u64;
            Judgement { evaluated: Some(own), observed: Some(whole(own)), ..of_count(different, Facts::Rows(others)) }
        }
        Metric::ColumnCount(dataset) => {
            let schema = (known.schema)(dataset)?;
            let count = schema.columns.iter().filter(|column| column.is_stored()).count();
            let observed = whole(count as u64);
            let level = worst(check, |limit| !matches!(limit, Limit::Within(bounds) if within(bounds, &observed)));
            Judgement { level, observed: Some(observed), ..Judgement::default() }
        }
        Metric::Schema(expected) => {
            let schema = (known.schema)(&expected.columns.dataset)?;
            let columns = differences(&expected.columns, &schema);
            let types = type_differences(expected, &schema);
            let keys = expected.keys.as_ref();
            let keys = keys
                .map(|keys| structure::keys(&expected.columns.dataset, keys, schema.structure.as_ref()))
                .transpose()?;
            let count = columns.count() + (types.len() + keys.as_ref().map_or(0, Vec::len)) as u64;
            of_count(count, Facts::Types(columns, types, keys))
        }
        Metric::Tables(expected) => {
            let schema = (known.schema)(&expected.dataset)?;
            let tables = structure::tables(expected, schema.structure.as_ref())?;
            of_count(tables.count(), Facts::Tables(tables))
        }
        Metric::File(expected) => {
            let (found, wrong) = files(expected, known)?;
            of_count(wrong.len() as u64, Facts::Files(found, wrong))
        }
        _ => return Err(internal("a check of rows is no check of the whole")),
    })
}

fn rows(evaluated: &Evaluated, known: &Known<'_>) -> Result<u64, Fault> {
    match (known.number)(&evaluated.dataset, &Measure::Rows(evaluated.rows()))? {
        Number::Count(count) => Ok(count),
        other => Err(internal(&format!("a number of rows is {other:?}"))),
    }
}

fn whole(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

fn type_differences(expected: &SchemaExpected, schema: &Schema) -> Vec<TypeDifference> {
    let mut wrong = Vec::new();
    for (name, wanted) in expected.columns.names.iter().zip(&expected.types) {
        let column = schema.column(name).filter(|column| column.is_stored());
        let (Some(column), Some(wanted)) = (column, *wanted) else { continue };
        let read = column.reading.as_ref().map(|reading| reading.kind);
        let found = if column.stored.is_some() { column.family } else { read };
        let fits = found.is_some_and(|found| found == wanted || (column.inferred && widens(found, wanted)));
        if !fits {
            wrong.push(TypeDifference { column: name.clone(), found, wanted });
        }
    }
    wrong
}

/// Whether all text that reads as one type reads as another one too.
const fn widens(found: Type, wanted: Type) -> bool {
    match wanted {
        Type::String => true,
        Type::Decimal => matches!(found, Type::Integer),
        Type::Float => matches!(found, Type::Integer | Type::Decimal),
        _ => false,
    }
}

/// The files found, and what is wrong with them.
fn files(expected: &FileExpected, known: &Known<'_>) -> Result<(Vec<FileFacts>, Vec<WrongFile>), Fault> {
    let found = match (known.files)(&expected.dataset) {
        Ok(found) => found,
        Err(fault) if fault.code == "source_missing" && expected.exists.is_some() => {
            let missing = WrongFile { path: None, what: "exists", found: fault.message };
            return Ok((Vec::new(), Vec::from_iter((expected.exists == Some(true)).then_some(missing))));
        }
        Err(fault) => return Err(fault),
    };
    let mut wrong = Vec::new();
    for file in &found {
        let mut say = |what, found: String| wrong.push(WrongFile { path: Some(file.path.clone()), what, found });
        if expected.exists == Some(false) {
            say("exists", format!("{} B", file.bytes));
        }
        if expected.modified_today || expected.max_age.is_some() {
            let modified = file.modified.ok_or_else(|| Fault {
                code: "not_computable".to_owned(),
                message: format!("the system does not say when `{}` was modified", file.path),
                caused_by: None,
            })?;
            let when = || crate::ir::time::format_timestamp(modified);
            if expected.modified_today && known.zone.day(modified) != known.zone.day(known.as_of.clone()?) {
                say("modified_today", when());
            }
            if let Some(age) = expected.max_age {
                let oldest = Relative::ago(age).instant(known.as_of.clone()?, known.zone);
                // Nothing is older than what lies out of range.
                if oldest.is_some_and(|oldest| modified < oldest) {
                    say("max_age", when());
                }
            }
        }
        let size = || format!("{} B", file.bytes);
        if expected.min_size.is_some_and(|least| file.bytes < least.0) {
            say("min_size", size());
        }
        if expected.max_size.is_some_and(|most| file.bytes > most.0) {
            say("max_size", size());
        }
        if let Some(digest) = &expected.sha256
            && file.sha256.as_ref() != Some(digest)
        {
            say("sha256", file.sha256.clone().unwrap_or_default());
        }
    }
    Ok((found, wrong))
}
