//! What metadata prove of the measures of a dataset, row group by row group, so that its rows need not be read.
//!
//! An Arrow file is one row group, of whose columns its headers count the nulls. Of Parquet it goes on: first by what the footer
//! says of each column (`chunk`), then by the dictionaries of columns (`dictionary`): a condition
//! on one column that no entry of its dictionary satisfies is satisfied by no row. In each row group a measure is decided,
//! with the very number that reading it would give, or it is not, and the row group is read for it: all of it, or the
//! stretches in which the index of its pages leaves something open (`pages`). Of each file the first
//! rows of one row group are held to what was believed of it; a file that is caught lying is believed nothing. What comes
//! over the network is not, for that would fetch what the proof saves.

mod chunk;
mod dictionary;
mod pages;

use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;

use crate::engine::local::column::Column;
use crate::engine::local::condition::Conditions;
use crate::engine::local::mask::Mask;
use crate::engine::local::open::{Content, OpenFile, Opened};
use crate::engine::local::tally::{Room, Sight, Tally, Work};
use crate::engine::prove::{Amount, Rows};
use crate::engine::source::parquet::Part;
use crate::ir::predicate::Piece;
use crate::ir::{Fold, Predicate, Scalar};
use crate::outcome::DecidedBy;
use chunk::Chunk;
use dictionary::Dictionary;
use pages::Narrowed;

/// What is asked of the metadata of a dataset.
#[derive(Default)]
pub(super) struct Questions<'q> {
    /// The measures by their numbers; none for one that no metadata decide.
    questions: Vec<Option<Question<'q>>>,
    conditions: Conditions,
}

/// One measure, as far as metadata may decide it.
struct Question<'q> {
    work: &'q Work<'q>,
    /// What must hold of a row: a clause for each set of columns.
    clauses: Vec<Clause<'q>>,
    /// All columns that the measure looks at.
    columns: Vec<String>,
}

/// A part of a condition, on some columns.
struct Clause<'q> {
    condition: Predicate,
    /// Its column and its handle, if it looks at the values of one column only.
    of: Option<(&'q str, usize)>,
}

/// A row group, and what is decided of it.
pub(super) struct Group {
    pub(super) rows: u64,
    /// What each measure comes to there, by its number; none if the rows must be read.
    pub(super) decided: Vec<Option<Decided>>,
    /// What the others come to in rows that need not be read either; none if all rows are read for them.
    pub(super) narrowed: Option<Narrowed>,
}

impl Group {
    /// Whether anything is decided of it.
    fn is_decided(&self) -> bool {
        self.decided.iter().any(Option::is_some)
    }
}

/// What a measure comes to in rows that are not read, and what told it.
pub(super) struct Decided {
    by: DecidedBy,
    number: Preset,
}

enum Preset {
    /// So many rows.
    Count(u64),
    /// The least and the greatest value; none where there is no value.
    Ends(Option<Column>),
}

impl Decided {
    /// What told it.
    pub(super) fn by(&self) -> DecidedBy {
        self.by
    }

    /// The state of a measure that has seen those rows.
    pub(super) fn tally(&self, work: &Work<'_>, room: Room<'_>) -> Tally {
        match &self.number {
            Preset::Count(count) => Tally::Count(*count),
            Preset::Ends(ends) => {
                let mut tally = Tally::new(work, room);
                if let Some(ends) = ends {
                    tally.update(work, &Sight::Value(ends.clone()), 2, &Mask::All(true));
                }
                tally
            }
        }
    }
}

impl<'q> Questions<'q> {
    /// Takes in the next measure: the rows it is about, what is done with them, and the columns it looks at.
    pub(super) fn add(&mut self, condition: &'q Predicate, work: &'q Work<'q>, columns: Vec<String>) {
        let decidable = match work {
            Work::Count => true,
            Work::Orphans { set, .. } => !set.is_shelved(),
            Work::Fold(Fold::Min | Fold::Max, of) => matches!(of, Scalar::Column(_)),
            _ => false,
        };
        let question = decidable.then(|| Question { work, clauses: self.clauses(condition), columns });
        self.questions.push(question);
    }

    /// The parts of a condition that must all hold, those on the same columns together.
    fn clauses(&mut self, condition: &'q Predicate) -> Vec<Clause<'q>> {
        let parts = match condition {
            Predicate::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let mut by_columns: IndexMap<Vec<&'q str>, Vec<Predicate>> = IndexMap::new();
        for part in parts {
            let mut of: Vec<&str> = Vec::new();
            part.columns(&mut |column| of.push(column));
            of.sort_unstable();
            of.dedup();
            by_columns.entry(of).or_default().push(part.clone());
        }
        let clause = |(of, parts): (Vec<&'q str>, Vec<Predicate>)| {
            let condition = Predicate::all(parts);
            let of = match of.as_slice() {
                [column] if is_of_values(&condition) => self.conditions.add(&condition).ok().map(|it| (*column, it)),
                _ => None,
            };
            Clause { condition, of }
        };
        by_columns.into_iter().map(clause).collect()
    }

    /// What the metadata of a file prove, row group by row group; nothing of a file that has none.
    pub(super) fn prove(&self, opened: &Opened, file: &OpenFile) -> Vec<Group> {
        let row_groups: Vec<(usize, u64)> = match &file.content {
            Content::Parquet(parquet) => parquet.row_groups().into_iter().enumerate().collect(),
            Content::Ipc(ipc) => ipc.rows().into_iter().enumerate().collect(),
            _ => return Vec::new(),
        };
        let asked = || self.questions.iter().flatten();
        let columns: IndexSet<&str> =
            asked().flat_map(|question| question.columns.iter().map(String::as_str)).collect();
        let nothing = |rows| Group { rows, decided: self.questions.iter().map(|_| None).collect(), narrowed: None };
        let groups: Vec<(Group, HashMap<&str, Chunk>)> = row_groups
            .into_par_iter()
            .map(|(row_group, rows)| {
                let known = columns.iter().filter_map(|name| {
                    let chunk = Chunk::new((opened, file), name, (row_group, rows))?;
                    Some((*name, chunk))
                });
                let chunks: HashMap<&str, Chunk> = known.collect();
                let decided = self.decide(&Metadata { file, row_group, rows, chunks: &chunks });
                (Group { rows, decided, narrowed: None }, chunks)
            })
            .collect();
        let believed: Vec<usize> =
            (0..groups.len()).filter(|it| groups[*it].0.rows > 0 && groups[*it].0.is_decided()).collect();
        if let Some(row_group) = believed.get(believed.len() / 2).filter(|_| !file.input.is_remote())
            && !chunk::hold(
                file,
                Part { row_group: *row_group, skipped: 0, rows: groups[*row_group].0.rows },
                groups[*row_group].1.values().map(|chunk| (&chunk.known, chunk)),
            )
        {
            tracing::warn!(file = %file.shown, row_group, "its metadata say what its rows do not hold, so all are read");
            return groups.into_iter().map(|(group, _)| nothing(group.rows)).collect();
        }
        groups.into_iter().map(|(group, _)| group).collect()
    }

    fn decide(&self, metadata: &Metadata<'_>) -> Vec<Option<Decided>> {
        let told = self.questions.iter().map(|question| {
            // A column that is not there is a fault, which reading tells.
            let question = question.as_ref()?;
            let known = question.columns.iter().all(|name| metadata.chunks.contains_key(name.as_str()));
            known.then(|| (question, question.clauses.iter().map(|clause| metadata.satisfying(clause)).collect()))
        });
        let told: Vec<Option<(&Question<'_>, Vec<Amount>)>> = told.collect();
        let by_footer = |(question, amounts): &(&Question<'_>, Vec<Amount>)| {
            question.number(amounts, metadata).map(|number| Decided { by: DecidedBy::Footer, number })
        };
        let mut decided: Vec<Option<Decided>> = told.iter().map(|told| told.as_ref().and_then(by_footer)).collect();
        let open =
            || told.iter().zip(&decided).filter(|(_, decided)| decided.is_none()).filter_map(|(told, _)| told.as_ref());
        let mut wanted: IndexMap<&str, Vec<usize>> = IndexMap::new();
        for (question, amounts) in open() {
            let clauses = question.clauses.iter().zip(amounts).filter(|(_, amount)| amount.exact().is_none());
            for (column, handle) in clauses.filter_map(|(clause, _)| clause.of.as_ref()) {
                wanted.entry(column).or_default().push(*handle);
            }
            if let Some(key) = question.key() {
                wanted.entry(key).or_default();
            }
        }
        let read = |(column, handles): (&str, Vec<usize>)| {
            let dictionary = metadata.dictionary(column)?;
            let found = dictionary.satisfying(column, &self.conditions, &handles);
            Some((column.to_owned(), (dictionary, found)))
        };
        let dictionaries: Dictionaries = wanted.into_iter().filter_map(read).collect();
        for (told, decided) in told.iter().zip(&mut decided) {
            if let (Some((question, amounts)), None) = (told, &decided) {
                let number = question.looked_up(amounts, metadata, &dictionaries);
                *decided = number.map(|number| Decided { by: DecidedBy::Dictionary, number });
            }
        }
        decided
    }
}

/// The dictionaries of columns, and in how many rows each of some conditions is true by them.
type Dictionaries = HashMap<String, (Dictionary, HashMap<usize, Amount>)>;

/// Whether no row satisfies any of some conditions, by file and row group; nothing of files whose metadata say nothing.
pub(super) fn barren(opened: &Opened, conditions: &[&Predicate]) -> Vec<Vec<bool>> {
    let mut questions = Questions::default();
    for condition in conditions {
        let mut columns: Vec<String> = Vec::new();
        condition.columns(&mut |column| columns.push(column.to_owned()));
        questions.add(condition, &Work::Count, columns);
    }
    let none = |decided: &Option<Decided>| matches!(decided, Some(Decided { number: Preset::Count(0), .. }));
    let of = |file| questions.prove(opened, file).iter().map(|group| group.decided.iter().all(none)).collect();
    opened.files.par_iter().map(of).collect()
}

/// The metadata of a row group.
struct Metadata<'m> {
    file: &'m OpenFile,
    row_group: usize,
    rows: u64,
    chunks: &'m HashMap<&'m str, Chunk>,
}

impl Metadata<'_> {
    /// Of how many rows a clause is true, by the footer.
    fn satisfying(&self, clause: &Clause<'_>) -> Amount {
        let known = |name: &str| self.chunks.get(name).map(|chunk| &chunk.known);
        Rows { rows: self.rows, known: &known }.verdict(&clause.condition).yes
    }

    /// The dictionary of a column, if it holds all its values.
    fn dictionary(&self, column: &str) -> Option<Dictionary> {
        let Content::Parquet(parquet) = &self.file.content else { return None };
        Dictionary::read(parquet, (self.row_group, self.rows), self.chunks.get(column)?)
    }
}

impl Question<'_> {
    /// What it comes to, if dictionaries tell.
    fn looked_up(&self, amounts: &[Amount], metadata: &Metadata<'_>, dictionaries: &Dictionaries) -> Option<Preset> {
        let found = |clause: &Clause<'_>| dictionaries.get(clause.of?.0)?.1.get(&clause.of?.1).copied();
        let both = |(clause, amount): (_, &Amount)| found(clause).map_or(*amount, |found| amount.both(found));
        let amounts: Vec<Amount> = self.clauses.iter().zip(amounts).map(both).collect();
        self.number(&amounts, metadata).or_else(|| {
            // No orphan, if all entries of the dictionary of the key have partners.
            let Work::Orphans { set, .. } = self.work else { return None };
            let key = self.key().filter(|key| self.leaves_out_nulls(key, metadata))?;
            dictionaries.get(key)?.0.is_in(set).then_some(Preset::Count(0))
        })
    }

    /// The one column of a reference whose rows must have partners.
    fn key(&self) -> Option<&str> {
        match self.work {
            Work::Orphans { keys: [key], null_safe: false, wanted: true, .. } => Some(key),
            _ => None,
        }
    }

    /// What it comes to, if it is known of how many rows each clause is true.
    fn number(&self, amounts: &[Amount], metadata: &Metadata<'_>) -> Option<Preset> {
        let rows = metadata.rows;
        let all = amounts.iter().fold(Amount::exactly(rows), |all, amount| all.intersection(*amount, rows));
        match self.work {
            Work::Count => all.exact().map(Preset::Count),
            _ if all.most == 0 && matches!(self.work, Work::Orphans { .. }) => Some(Preset::Count(0)),
            Work::Orphans { keys, set, null_safe: false, wanted } => {
                let [key] = keys else { return None };
                let chunk = metadata.chunks.get(key.as_str()).filter(|_| self.leaves_out_nulls(key, metadata))?;
                let (least, greatest) = chunk.units()?;
                let found = if *wanted { set.holds_all(least, greatest) } else { set.holds_none(least, greatest) };
                found.then_some(Preset::Count(0))
            }
            Work::Fold(_, Scalar::Column(column)) => {
                let chunk = metadata.chunks.get(column.as_str())?;
                let nulls = chunk.known.nulls?;
                if nulls == rows || all.most == 0 {
                    return Some(Preset::Ends(None));
                }
                let every = all.exact() == Some(rows)
                    || (all.exact() == Some(rows - nulls) && self.leaves_out_nulls(column, metadata));
                chunk.ends().filter(|_| every).map(|ends| Preset::Ends(Some(ends)))
            }
            _ => None,
        }
    }

    /// Whether no row that it is about has a null in a column.
    fn leaves_out_nulls(&self, column: &str, metadata: &Metadata<'_>) -> bool {
        let none = metadata.chunks.get(column).is_some_and(|chunk| chunk.known.nulls == Some(0));
        let null = Predicate::is_null(column);
        let excluded = || {
            self.clauses.iter().any(|clause| match &clause.condition {
                Predicate::And(parts) => parts.contains(&null.clone().negate()),
                other => *other == null.clone().negate(),
            })
        };
        none || metadata.rows == 0 || excluded()
    }
}

/// Whether a condition looks at nothing but values: not at files, and not at numbers of an earlier round.
fn is_of_values(condition: &Predicate) -> bool {
    let mut plain = true;
    condition.pieces(&mut |piece| {
        plain &= !matches!(piece, Piece::Condition(Predicate::Leads(..)) | Piece::Value(Scalar::Measured(..)));
    });
    plain
}
