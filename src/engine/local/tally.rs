//! The state of one measure: what it has seen so far, taken in batch by batch and merged in the order of the rows.

use std::sync::Arc;

use crate::answer::Number;
use crate::engine::local::budget::Budget;
use crate::engine::local::column::Column;
use crate::engine::local::fold::{Correlation, Folding};
use crate::engine::local::groups::{Groups, Parting};
use crate::engine::local::keys::{self, KeySet, Keys, Repeated, Sought};
use crate::engine::local::mask::Mask;
use crate::engine::local::open::fault;
use crate::engine::local::order::{Breaks, Sequence, Steps};
use crate::engine::local::pairs::{self, Sides, Unpaired};
use crate::engine::local::states::{Ink, Page, Unkept};
use crate::engine::local::values::{self, Tallied};
use crate::ir::{Fold, Order, Pairs, Scalar};
use crate::outcome::Fault;

/// What is done with the rows that satisfy the condition of a measure.
pub(super) enum Work<'m> {
    /// They are counted.
    Count,
    /// A value is folded.
    Fold(&'m Fold, &'m Scalar),
    /// Different values are counted.
    Values(&'m Scalar),
    /// Two numbers are put together.
    Correlation(&'m [Scalar; 2]),
    /// They are looked at one after the other.
    Order(&'m Order),
    /// Keys are looked at together.
    Keys(&'m [String]),
    /// Keys are looked up in those of a parent.
    Orphans { keys: &'m [String], set: Arc<KeySet>, null_safe: bool, wanted: bool },
    /// They are brought together with those of another dataset.
    Pairs(&'m Pairs),
    /// Something is done with the rows of each group by itself.
    Groups(&'m [String], Box<Work<'m>>),
}

/// The columns that some work looks at, in one batch.
pub(super) enum Sight<'c> {
    Nothing,
    Value(Column),
    Pair([Column; 2]),
    Order(Steps<'c>),
    Keys(Vec<&'c Column>),
    Pairs(Sides<'c>),
    Groups(Arc<Parting>, Box<Sight<'c>>),
}

/// What a measure has seen so far.
pub(super) enum Tally {
    Count(u64),
    Fold(Folding),
    Values(Tallied),
    Correlation(Box<Correlation>),
    Order(Sequence),
    Keys(Box<Keys>),
    Sought(Box<Sought>),
    Pairs(pairs::Rows),
    Groups(Groups),
}

/// A number, perhaps with what it takes to show rows, or that the keys must be read once more to be kept.
pub(super) enum Finished {
    Number(Number),
    Traced(Number, Trace),
    Again,
}

/// What a measure leaves behind, to show the rows it counted.
pub(super) enum Trace {
    /// The keys of those rows.
    Repeated(Box<Repeated>),
    Breaks(Breaks),
    Unpaired(Box<Unpaired>),
}

/// What a state may take.
#[derive(Clone, Copy)]
pub(super) struct Room<'b> {
    /// Whether keys are kept, or only watched for their order.
    pub(super) keep: bool,
    /// The memory that all states share.
    pub(super) budget: &'b Arc<Budget>,
    /// Whether what goes beyond it is written; else it is a fault.
    pub(super) spills: bool,
}

impl Tally {
    /// Nothing seen yet.
    pub(super) fn new(work: &Work<'_>, room: Room<'_>) -> Self {
        let Room { keep, budget, spills } = room;
        match work {
            Work::Orphans { set, .. } if spills && set.is_shelved() => Self::Sought(Box::new(Sought::new(budget))),
            Work::Count | Work::Orphans { .. } => Self::Count(0),
            Work::Fold(fold, _) => Self::Fold(Folding::new(fold, budget, spills)),
            Work::Values(_) => Self::Values(Tallied::new(values::MOST).within(budget)),
            Work::Correlation(_) => Self::Correlation(Box::default()),
            Work::Order(order) => Self::Order(Sequence::new(order, budget, spills)),
            Work::Keys(_) => Self::Keys(Box::new(Keys::new(keep, budget, spills))),
            Work::Pairs(_) => Self::Pairs(pairs::Rows::new(budget)),
            Work::Groups(..) => Self::Groups(Groups::new(budget)),
        }
    }

    /// Takes in the rows of a batch that a mask keeps.
    pub(super) fn update(&mut self, work: &Work<'_>, sight: &Sight<'_>, rows: usize, mask: &Mask) {
        match (self, work, sight) {
            (Self::Count(total), Work::Orphans { set, null_safe, wanted, .. }, Sight::Keys(columns)) => {
                keys::each(columns, rows, mask, |_, key| {
                    *total += u64::from(set.contains(&key, *null_safe) != *wanted);
                });
            }
            (Self::Count(total), ..) => *total += mask.count(rows),
            (Self::Fold(folding), _, Sight::Value(column)) => folding.update(column, rows, mask),
            (Self::Values(values), _, Sight::Value(column)) => values.update(column, rows, mask),
            (Self::Correlation(total), _, Sight::Pair(pair)) => total.update(pair.each_ref(), rows, mask),
            (Self::Order(sequence), _, Sight::Order(steps)) => sequence.update(steps, rows, mask),
            (Self::Keys(keys), _, Sight::Keys(columns)) => keys.update(columns, rows, mask),
            (Self::Sought(keys), _, Sight::Keys(columns)) => keys.update(columns, rows, mask),
            (Self::Pairs(total), _, Sight::Pairs(sides)) => total.update(pairs::HERE, sides, rows, mask),
            (Self::Groups(groups), Work::Groups(_, inner), Sight::Groups(parting, sight)) => {
                groups.update(parting, inner, sight, rows, mask);
            }
            // One measure has one kind of state, of work and of sight.
            (
                Self::Fold(_)
                | Self::Values(_)
                | Self::Correlation(_)
                | Self::Order(_)
                | Self::Keys(_)
                | Self::Sought(_)
                | Self::Pairs(_)
                | Self::Groups(_),
                ..,
            ) => {}
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Count(total), Self::Count(more)) => *total += more,
            (Self::Fold(total), Self::Fold(more)) => total.merge(more),
            (Self::Values(total), Self::Values(more)) => total.merge(more),
            (Self::Correlation(total), Self::Correlation(more)) => total.merge(*more),
            (Self::Order(total), Self::Order(more)) => total.merge(more),
            (Self::Keys(total), Self::Keys(more)) => total.merge(*more),
            (Self::Sought(total), Self::Sought(more)) => total.merge(*more),
            (Self::Pairs(total), Self::Pairs(more)) => total.merge(more),
            (Self::Groups(total), Self::Groups(more)) => total.merge(more),
            // One measure has one kind of state.
            _ => {}
        }
    }

    /// Writes what was seen of one file, for a later run.
    ///
    /// # Errors
    /// Why that cannot be kept.
    pub(super) fn write(&self, ink: &mut Ink<'_>) -> Result<(), Unkept> {
        match self {
            Self::Count(count) => ink.count(*count),
            Self::Fold(folding) => folding.write(ink)?,
            Self::Values(values) => values.write(ink)?,
            Self::Correlation(total) => total.write(ink),
            Self::Order(sequence) => sequence.write(ink)?,
            Self::Keys(keys) => keys.write(ink)?,
            Self::Groups(groups) => groups.write(ink)?,
            Self::Sought(_) | Self::Pairs(_) => return Err(Unkept::Together),
        }
        ink.room()
    }

    /// What was written of a file, which has some place among the files now.
    pub(super) fn read(work: &Work<'_>, room: Room<'_>, page: &mut Page<'_>, file: usize) -> Option<Self> {
        Some(match (Self::new(work, room), work) {
            (Self::Count(_), _) => Self::Count(page.count()?),
            (Self::Fold(blank), _) => Self::Fold(blank.read(page)?),
            (Self::Values(blank), _) => Self::Values(blank.read(page)?),
            (Self::Correlation(_), _) => Self::Correlation(Box::new(Correlation::read(page)?)),
            (Self::Order(blank), _) => Self::Order(blank.read(page, u32::try_from(file).ok()?)?),
            (Self::Keys(blank), _) => Self::Keys(Box::new(blank.read(page)?)),
            (Self::Groups(blank), Work::Groups(_, inner)) => Self::Groups(blank.read(inner, page, file)?),
            (Self::Sought(_) | Self::Pairs(_) | Self::Groups(_), _) => return None,
        })
    }

    /// The number; `other` are the rows of the other side, where there is one.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn finish(self, work: &Work<'_>, other: Option<pairs::Rows>) -> Result<Finished, Fault> {
        Ok(match self {
            Self::Count(count) => Finished::Number(Number::Count(count)),
            Self::Fold(folding) => Finished::Number(folding.finish()?),
            Self::Values(values) => Finished::Number(Number::Values(values.finish()?)),
            Self::Correlation(total) => Finished::Number(Number::Value(total.finish())),
            Self::Order(sequence) => {
                let breaks = sequence.finish()?;
                Finished::Traced(Number::Count(breaks.count), Trace::Breaks(breaks))
            }
            Self::Keys(keys) if keys.proven() || keys.kept() => {
                let (counts, repeated) = keys.finish()?;
                Finished::Traced(Number::Keys(counts), Trace::Repeated(Box::new(repeated)))
            }
            Self::Keys(_) => Finished::Again,
            Self::Sought(keys) => {
                let Work::Orphans { set, null_safe, wanted, .. } = work else {
                    return Err(fault("internal", &"keys are sought in no parent"));
                };
                let (count, found) = keys.finish(set, *null_safe, *wanted)?;
                Finished::Traced(Number::Count(count), Trace::Repeated(Box::new(found)))
            }
            Self::Pairs(mut rows) => {
                let (Work::Pairs(pairs), Some(other)) = (work, other) else {
                    return Err(fault("internal", &"the rows of the other dataset were not read"));
                };
                rows.merge(other);
                let (counts, unpaired) = rows.finish(pairs)?;
                Finished::Traced(Number::Pairs(counts), Trace::Unpaired(Box::new(unpaired)))
            }
            Self::Groups(groups) => groups.finish(work)?,
        })
    }
}
