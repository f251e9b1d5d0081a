//! What there is to know of some files before anything is proposed about them.
//!
//! Three looks at the data: names and types; spellings of no value and of dates, which change types; then extents, counts,
//! repeats and the values of columns that have few. It proposes nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::answer::Number;
use crate::engine::Progress;
use crate::error::Error;
use crate::init::almost::{self, Almost, Of};
use crate::init::probe::{Numbers, Probe, Source, is_declarable, rows, sound};
use crate::ir::time::{Pattern, Zone};
use crate::ir::{Fold, Literal, Marks, Measure, Predicate, Reading, Scalar, Type, Value};
use crate::outcome::Fault;

/// One file, or several of the same columns, and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Where it is and how it reads.
    pub(super) source: Source,
    /// Rows that could be taken apart.
    pub(super) rows: u64,
    /// Records that could not.
    pub(super) malformed: u64,
    /// The columns, in the order of the file.
    pub(super) columns: Vec<Column>,
}

/// One column and what it holds.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Type,
    /// The patterns of its dates, if they are not as ISO writes them.
    pub(super) parse: Vec<String>,
    /// Two patterns that all its values read as, if nobody can tell which is meant.
    pub(super) ambiguous: Option<(&'static str, &'static str)>,
    /// What its text nearly is, if it was looked at.
    pub(super) almost: Option<Almost>,
    /// Rows without a value.
    pub(super) nulls: u64,
    /// Rows whose text does not read as the type.
    pub(super) unread: u64,
    /// Rows with a value that does.
    pub(super) filled: u64,
    /// The least and the greatest value, of types that have an order.
    pub(super) extent: Option<(Value, Value)>,
    /// The fewest and the most characters, of text.
    pub(super) length: Option<(u64, u64)>,
    /// Every different value and how often it occurs, in the order of the values, if there are few.
    pub(super) values: Option<Vec<(Value, u64)>>,
    /// How many different values there are, of types that keys are made of.
    pub(super) distinct: Option<u64>,
    /// The exact sum of numbers.
    pub(super) sum: Option<Value>,
}

/// Spellings of no value that people write into text files.
const NOTHINGS: [&str; 13] =
    ["NA", "N/A", "n/a", "#N/A", "NULL", "null", "Null", "\\N", "NaN", "nan", "None", "-", "?"];

/// Those that mean no value in a column of text too: the others may be words of the data.
const NOTHINGS_OF_TEXT: [&str; 10] = ["NA", "N/A", "n/a", "#N/A", "NULL", "null", "\\N", "NaN", "nan", "None"];

/// How dates are written, beside the ways of ISO.
pub(super) const PATTERNS: [(&str, Type); 18] = [
    ("%Y/%m/%d", Type::Date),
    ("%d/%m/%Y", Type::Date),
    ("%m/%d/%Y", Type::Date),
    ("%d-%m-%Y", Type::Date),
    ("%m-%d-%Y", Type::Date),
    ("%d.%m.%Y", Type::Date),
    ("%Y.%m.%d", Type::Date),
    ("%b %d %Y", Type::Date),
    ("%b %d, %Y", Type::Date),
    ("%d %b %Y", Type::Date),
    ("%B %d, %Y", Type::Date),
    ("%d-%b-%Y", Type::Date),
    ("%Y/%m/%d %H:%M", Type::Timestamp),
    ("%Y/%m/%d %H:%M:%S", Type::Timestamp),
    ("%d/%m/%Y %H:%M", Type::Timestamp),
    ("%d/%m/%Y %H:%M:%S", Type::Timestamp),
    ("%m/%d/%Y %H:%M", Type::Timestamp),
    ("%m/%d/%Y %H:%M:%S", Type::Timestamp),
];

/// How many different values are few.
const FEW: u64 = 60;

/// Looks at some files.
///
/// # Errors
/// A file that cannot be read is a [`Fault`] inside; a path that no suite can name is an error of the command line.
pub(super) fn profile(
    sources: Vec<Source>,
    path: &Path,
    progress: &Arc<Progress>,
) -> Result<Result<Vec<Table>, Fault>, Error> {
    let mut look = Look { path, progress };
    Ok(look.profile(sources)?.map_err(|Unread(fault)| fault))
}

/// A file that cannot be read.
struct Unread(Fault);

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

type Found<T> = Result<Result<T, Unread>, Error>;

/// Passes a fault of the data on, inside of what went well on the outside.
macro_rules! read {
    ($found:expr) => {
        match $found {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault.into())),
        }
    };
}

struct Look<'a> {
    path: &'a Path,
    progress: &'a Arc<Progress>,
}

impl Look<'_> {
    fn profile(&mut self, sources: Vec<Source>) -> Found<Vec<Table>> {
        let names = read!(self.names(&sources)?);
        let mut sources = sources;
        let kinds = read!(self.find_nothings(&mut sources, &names)?);
        let mut ambiguous = read!(self.find_dates(&mut sources, &kinds)?);
        let almost = read!(self.find_almost(&mut sources, &kinds, &mut ambiguous)?);
        for (source, kinds) in sources.iter_mut().zip(&kinds) {
            for (name, kind) in kinds {
                if !source.typed.iter().any(|(column, ..)| column == name) {
                    source.typed.push((name.clone(), *kind, Vec::new()));
                }
            }
        }
        self.measure(sources, &kinds, &ambiguous, &almost)
    }

    fn open(&self, sources: &[Source], needed: &HashMap<String, Vec<String>>) -> Result<Probe, Error> {
        Probe::open(sources, needed, self.path, self.progress)
    }

    /// The names of the columns of each source.
    fn names(&self, sources: &[Source]) -> Found<Vec<Vec<String>>> {
        let probe = self.open(sources, &HashMap::new())?;
        let mut names = Vec::with_capacity(probe.len());
        for source in sources {
            let schema = read!(probe.schema(&source.name));
            names.push(schema.columns.iter().map(|column| column.name.clone()).collect());
        }
        Ok(Ok(names))
    }

    /// The type of each column, found in all of its values, and whether commas stand before decimals.
    ///
    /// That is said of a file and not of a column: where others have points, numbers with commas are text.
    fn kinds(&self, sources: &mut [Source], names: &[Vec<String>]) -> Found<Vec<Vec<(String, Type)>>> {
        let needed = sources.iter().zip(names).map(|(source, names)| (source.name.clone(), names.clone())).collect();
        let probe = self.open(sources, &needed)?;
        let mut kinds = Vec::with_capacity(sources.len());
        for source in sources {
            let schema = read!(probe.schema(&source.name));
            let readings = || schema.columns.iter().filter_map(|column| column.reading.as_ref());
            let points =
                |reading: &Reading| matches!(reading.kind, Type::Decimal | Type::Float) && reading.marks.are_plain();
            source.comma = readings().any(|reading| reading.marks == Marks::COMMA) && !readings().any(points);
            let kind = |column: &crate::answer::SchemaColumn| {
                let known = |reading: &&Reading| source.comma || reading.marks.are_plain();
                let reading = column.reading.as_ref().filter(known);
                (column.name.clone(), reading.map_or(Type::String, |reading| reading.kind))
            };
            kinds.push(schema.columns.iter().map(kind).collect());
        }
        Ok(Ok(kinds))
    }

    /// Finds out which spellings mean no value, and what the columns are when they do.
    fn find_nothings(&self, sources: &mut [Source], names: &[Vec<String>]) -> Found<Vec<Vec<(String, Type)>>> {
        let kinds = read!(self.kinds(sources, names)?);
        let mut asked = Vec::new();
        for (source, kinds) in sources.iter().zip(&kinds) {
            for (name, _) in kinds.iter().filter(|(_, kind)| *kind == Type::String) {
                let among = NOTHINGS.map(|text| Literal::Value(Value::Text(text.to_owned())));
                let any = rows(Predicate::In(Scalar::column(name), among.to_vec()));
                asked.push((source.name.clone(), name.clone(), any));
            }
        }
        let mut probe = self.open(&typed(sources, &kinds), &HashMap::new())?;
        let numbers = read!(probe.measure(&measures(&asked)));
        let mut each = Vec::new();
        for (dataset, name, any) in &asked {
            if numbers.count(dataset, any).is_some_and(|count| count > 0) {
                for text in NOTHINGS {
                    each.push((dataset.clone(), name.clone(), rows(is(name, text)), text));
                }
            }
        }
        if each.is_empty() {
            return Ok(Ok(kinds));
        }
        let asked: Vec<_> = each.iter().map(|(dataset, _, measure, _)| (dataset.clone(), measure.clone())).collect();
        let numbers = read!(probe.measure(&asked));
        let found: Vec<(&str, &str, &str)> = each
            .iter()
            .filter(|(dataset, _, measure, _)| numbers.count(dataset, measure).is_some_and(|count| count > 0))
            .map(|(dataset, name, _, text)| (dataset.as_str(), name.as_str(), *text))
            .collect();
        // With the spellings taken for no value, which columns turn out to be no text?
        let mut bold = sources.to_vec();
        for source in &mut bold {
            for (_, _, text) in found.iter().filter(|(dataset, ..)| *dataset == source.name) {
                if !source.null_values.iter().any(|known| known == text) {
                    source.null_values.push((*text).to_owned());
                }
            }
        }
        let narrower = read!(self.kinds(&mut bold, names)?);
        for ((source, before), after) in sources.iter_mut().zip(&kinds).zip(&narrower) {
            for (_, name, text) in found.iter().filter(|(dataset, ..)| *dataset == source.name) {
                let kind = |of: &[(String, Type)]| of.iter().find(|(column, _)| column == name).map(|(_, kind)| *kind);
                let means_nothing = kind(before) != kind(after) || NOTHINGS_OF_TEXT.contains(text);
                if means_nothing && !source.null_values.iter().any(|known| known == text) {
                    source.null_values.push((*text).to_owned());
                }
            }
        }
        let taken = sources.iter().zip(&bold).all(|(source, bold)| source.null_values == bold.null_values);
        if !taken {
            return self.kinds(sources, names);
        }
        sources.iter_mut().zip(bold).for_each(|(source, bold)| source.comma = bold.comma);
        Ok(Ok(narrower))
    }

    /// Finds columns of text that are dates in some other writing; says where two writings fit.
    #[expect(clippy::type_complexity, reason = "a column and its two patterns")]
    fn find_dates(
        &self,
        sources: &mut [Source],
        kinds: &[Vec<(String, Type)>],
    ) -> Found<HashMap<(String, String), (&'static str, &'static str)>> {
        let mut asked = Vec::new();
        for (source, kinds) in sources.iter().zip(kinds) {
            for (name, _) in kinds.iter().filter(|(_, kind)| *kind == Type::String) {
                for fold in [Fold::Min, Fold::Max] {
                    asked.push((source.name.clone(), name.clone(), fold_of(fold, name)));
                }
            }
        }
        let mut probe = self.open(&typed(sources, kinds), &HashMap::new())?;
        let numbers = read!(probe.measure(&measures(&asked)));
        let mut candidates: HashMap<(String, String), Vec<(&'static str, Type)>> = HashMap::new();
        for pair in asked.chunks(2) {
            let ends = pair.iter().filter_map(|(dataset, _, measure)| match numbers.get(dataset, measure) {
                Some(Number::Value(Value::Text(text))) => Some(text.clone()),
                _ => None,
            });
            let ends: Vec<String> = ends.collect();
            let fits: Vec<(&'static str, Type)> = PATTERNS
                .into_iter()
                .filter(|(pattern, kind)| ends.iter().all(|text| reads(text, pattern, *kind)))
                .collect();
            if ends.len() == 2 && !fits.is_empty() {
                candidates.insert((pair[0].0.clone(), pair[0].1.clone()), fits);
            }
        }
        let rounds = candidates.values().map(Vec::len).max().unwrap_or(0);
        let mut holds: HashMap<(String, String), Vec<(&'static str, Type)>> = HashMap::new();
        for round in 0..rounds {
            let mut bold = sources.to_vec();
            let mut asked = Vec::new();
            for source in &mut bold {
                for ((dataset, column), fits) in sorted(&candidates) {
                    if let Some((pattern, kind)) = fits.get(round).filter(|_| *dataset == source.name) {
                        source.typed.push((column.clone(), *kind, vec![(*pattern).to_owned()]));
                        let measure = Measure::Rows(Predicate::Unparsed(column.clone()));
                        asked.push((dataset.clone(), column.clone(), measure, (*pattern, *kind)));
                    }
                }
            }
            let mut probe = self.open(&bold, &HashMap::new())?;
            let measures: Vec<_> =
                asked.iter().map(|(dataset, _, measure, _)| (dataset.clone(), measure.clone())).collect();
            let numbers = read!(probe.measure(&measures));
            for (dataset, column, measure, pattern) in asked {
                if numbers.count(&dataset, &measure) == Some(0) {
                    holds.entry((dataset, column)).or_default().push(pattern);
                }
            }
        }
        let mut ambiguous = HashMap::new();
        for ((dataset, column), patterns) in sorted(&holds) {
            match patterns.as_slice() {
                [(pattern, kind)] => {
                    if let Some(source) = sources.iter_mut().find(|source| source.name == *dataset) {
                        source.typed.push((column.clone(), *kind, vec![(*pattern).to_owned()]));
                    }
                }
                [(one, _), (other, _), ..] => {
                    ambiguous.insert((dataset.clone(), column.clone()), (*one, *other));
                }
                [] => {}
            }
        }
        Ok(Ok(ambiguous))
    }

    /// Finds columns of text of which nearly all values read as one type, and gives them that type.
    fn find_almost(
        &self,
        sources: &mut [Source],
        kinds: &[Vec<(String, Type)>],
        ambiguous: &mut HashMap<Of, (&'static str, &'static str)>,
    ) -> Found<BTreeMap<Of, Almost>> {
        let mut texts = Vec::new();
        for (source, kinds) in sources.iter().zip(kinds) {
            for (name, _) in kinds.iter().filter(|(name, kind)| *kind == Type::String && is_declarable(name)) {
                let of = (source.name.clone(), name.clone());
                if !source.typed.iter().any(|(column, ..)| column == name) && !ambiguous.contains_key(&of) {
                    texts.push(of);
                }
            }
        }
        let almost = read!(almost::almost(sources, &texts, self.path, self.progress)?);
        for (of, almost) in &almost {
            match almost {
                Almost::Ambiguous(one, other) => drop(ambiguous.insert(of.clone(), (*one, *other))),
                Almost::Reads { reading, .. } => {
                    let patterns = reading.patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
                    if let Some(source) = sources.iter_mut().find(|source| source.name == of.0) {
                        source.typed.push((of.1.clone(), reading.kind, patterns));
                    }
                }
                Almost::Partly { .. } => {}
            }
        }
        Ok(Ok(almost))
    }

    /// Extents, counts, sums, lengths, values and repeats of all columns.
    fn measure(
        &self,
        sources: Vec<Source>,
        kinds: &[Vec<(String, Type)>],
        ambiguous: &HashMap<(String, String), (&'static str, &'static str)>,
        almost: &BTreeMap<Of, Almost>,
    ) -> Found<Vec<Table>> {
        let mut probe = self.open(&sources, &HashMap::new())?;
        let mut asked: Vec<(String, Measure)> = Vec::new();
        for source in &sources {
            asked.push((source.name.clone(), rows(Predicate::TRUE)));
            asked.push((source.name.clone(), Measure::Rows(Predicate::Malformed)));
            for (name, kind, _) in &source.typed {
                asked.extend(asks(name, *kind).into_iter().map(|measure| (source.name.clone(), measure)));
            }
        }
        let numbers = read!(probe.measure(&asked));
        let mut tables: Vec<Table> = Vec::with_capacity(sources.len());
        for (source, kinds) in sources.into_iter().zip(kinds) {
            let count = |measure: &Measure| numbers.count(&source.name, measure).unwrap_or(0);
            let all = count(&rows(Predicate::TRUE));
            let columns = kinds
                .iter()
                .map(|(name, _)| {
                    let of = (source.name.clone(), name.clone());
                    let found = column(&source, name, all, &numbers);
                    Column { ambiguous: ambiguous.get(&of).copied(), almost: almost.get(&of).cloned(), ..found }
                })
                .collect();
            let malformed = count(&Measure::Rows(Predicate::Malformed));
            tables.push(Table { rows: all, malformed, columns, source });
        }
        read!(count_values(&mut tables, &mut probe));
        Ok(Ok(tables))
    }
}

/// What is measured of a column.
fn asks(name: &str, kind: Type) -> Vec<Measure> {
    let mut asks = vec![rows(Predicate::is_null(name)), unread(name)];
    if kind.is_ordered() {
        asks.extend([fold_of(Fold::Min, name), fold_of(Fold::Max, name)]);
    }
    if kind.is_number() {
        asks.push(fold_of(Fold::Sum, name));
    }
    if is_of_keys(kind) {
        asks.push(repeats(name));
    }
    if kind == Type::String {
        asks.extend([length(Fold::Min, name), length(Fold::Max, name)]);
    }
    asks
}

/// Counts the values of columns that have few.
fn count_values(tables: &mut [Table], probe: &mut Probe) -> Result<(), Fault> {
    let few = |column: &Column| match column.kind {
        Type::Boolean => true,
        kind => has_values(kind) && column.distinct.is_some_and(|distinct| distinct <= FEW),
    };
    let mut asked = Vec::new();
    for table in tables.iter() {
        let columns = table.columns.iter().filter(|column| few(column));
        asked.extend(columns.map(|column| (table.source.name.clone(), values(&column.name))));
    }
    let numbers = probe.measure(&asked)?;
    for table in tables {
        for column in &mut table.columns {
            if let Some(Number::Values(found)) = numbers.get(&table.source.name, &values(&column.name)) {
                column.values = Some(found.clone());
            }
        }
    }
    Ok(())
}

fn column(source: &Source, name: &str, rows_read: u64, numbers: &Numbers) -> Column {
    let typed = source.typed.iter().find(|(column, ..)| column == name);
    let (kind, parse) = typed.map_or((Type::String, Vec::new()), |(_, kind, parse)| (*kind, parse.clone()));
    let get = |measure: &Measure| numbers.get(&source.name, measure);
    let value = |fold| match get(&fold_of(fold, name)) {
        Some(Number::Value(value)) if !value.is_null() => Some(value.clone()),
        _ => None,
    };
    let characters = |fold| match get(&length(fold, name)) {
        Some(Number::Value(Value::Integer(count))) => u64::try_from(*count).ok(),
        _ => None,
    };
    let unread = numbers.count(&source.name, &unread(name)).unwrap_or(0);
    // Text that does not read is no value, yet the row is not without one.
    let nulls = numbers.count(&source.name, &rows(Predicate::is_null(name))).unwrap_or(0).saturating_sub(unread);
    Column {
        name: name.to_owned(),
        kind,
        parse,
        ambiguous: None,
        almost: None,
        nulls,
        unread,
        filled: rows_read.saturating_sub(nulls + unread),
        extent: value(Fold::Min).zip(value(Fold::Max)),
        length: characters(Fold::Min).zip(characters(Fold::Max)),
        values: None,
        distinct: match get(&repeats(name)) {
            Some(Number::Keys(keys)) => Some(keys.distinct),
            _ => None,
        },
        sum: value(Fold::Sum),
    }
}

/// Whether keys are made of values of a type.
fn is_of_keys(kind: Type) -> bool {
    matches!(kind, Type::String | Type::Integer | Type::Date | Type::Timestamp | Type::Time)
}

/// Whether values of a type can be few and each mean something.
fn has_values(kind: Type) -> bool {
    matches!(kind, Type::String | Type::Integer | Type::Boolean)
}

fn fold_of(fold: Fold, name: &str) -> Measure {
    Measure::Fold(fold, Scalar::column(name), sound(Predicate::TRUE))
}

fn repeats(name: &str) -> Measure {
    Measure::Repeats(vec![name.to_owned()], sound(Predicate::is_null(name).negate()))
}

fn values(name: &str) -> Measure {
    values_of(name, Predicate::is_null(name).negate())
}

/// The different values of a column in the rows that satisfy a condition.
pub(super) fn values_of(name: &str, condition: Predicate) -> Measure {
    Measure::Values(Scalar::column(name), sound(condition))
}

fn unread(name: &str) -> Measure {
    rows(Predicate::Unparsed(name.to_owned()))
}

fn length(fold: Fold, name: &str) -> Measure {
    Measure::Fold(fold, Scalar::column(name).length(), sound(Predicate::TRUE))
}

fn is(name: &str, text: &str) -> Predicate {
    Predicate::In(Scalar::column(name), vec![Literal::Value(Value::Text(text.to_owned()))])
}

fn reads(text: &str, pattern: &str, kind: Type) -> bool {
    Pattern::new(pattern).is_ok_and(|pattern| match kind {
        Type::Date => pattern.date(text.as_bytes()).is_some(),
        _ => pattern.timestamp(text.as_bytes(), Zone::UTC).is_some(),
    })
}

/// The sources with the types found.
fn typed(sources: &[Source], kinds: &[Vec<(String, Type)>]) -> Vec<Source> {
    let with = |(source, kinds): (&Source, &Vec<(String, Type)>)| Source {
        typed: kinds.iter().map(|(name, kind)| (name.clone(), *kind, Vec::new())).collect(),
        ..source.clone()
    };
    sources.iter().zip(kinds).map(with).collect()
}

fn measures(asked: &[(String, String, Measure)]) -> Vec<(String, Measure)> {
    asked.iter().map(|(dataset, _, measure)| (dataset.clone(), measure.clone())).collect()
}

/// The entries of a map in the order of their keys.
fn sorted<K: Ord, V>(map: &HashMap<K, V>) -> Vec<(&K, &V)> {
    let mut entries: Vec<(&K, &V)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}
