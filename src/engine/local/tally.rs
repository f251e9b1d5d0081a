//! The state of one measure: what it has seen so far, taken in batch by batch and merged in the order of the rows.

use std::sync::Arc;

use crate::answer::Number;
use crate::engine::local::column::Column;
use crate::engine::local::fold::Folding;
use crate::engine::local::groups::{Groups, Parting};
use crate::engine::local::keys::{self, KeySet, Keys, Repeated};
use crate::engine::local::mask::Mask;
use crate::engine::local::values::{self, Tallied};
use crate::ir::{Fold, Scalar};

/// What is done with the rows that satisfy the condition of a measure.
pub(super) enum Work<'m> {
    /// They are counted.
    Count,
    /// A value is folded.
    Fold(Fold, &'m Scalar),
    /// Different values are counted.
    Values(&'m Scalar),
    /// Keys are looked at together.
    Keys(&'m [String]),
    /// Keys are looked up in those of a parent.
    Orphans { keys: &'m [String], set: Arc<KeySet>, null_safe: bool, wanted: bool },
    /// Something is done with the rows of each group by itself.
    Groups(&'m [String], Box<Work<'m>>),
}

/// The columns that some work looks at, in one batch.
pub(super) enum Sight<'c> {
    Nothing,
    Value(Column),
    Keys(Vec<&'c Column>),
    Groups(Arc<Parting>, Box<Sight<'c>>),
}

/// What a measure has seen so far.
pub(super) enum Tally {
    Count(u64),
    Fold(Folding),
    Values(Tallied),
    Keys(Keys),
    Groups(Groups),
}

/// A number, or that the keys must be read once more to be kept.
pub(super) enum Finished {
    Number(Number),
    Repeated(Number, Repeated),
    Again,
}

impl Tally {
    /// Nothing seen yet; `keep` is whether keys are kept, or only watched for their order.
    pub(super) fn new(work: &Work<'_>, keep: bool) -> Self {
        match work {
            Work::Count | Work::Orphans { .. } => Self::Count(0),
            Work::Fold(fold, _) => Self::Fold(Folding::new(*fold)),
            Work::Values(_) => Self::Values(Tallied::new(values::MOST)),
            Work::Keys(_) => Self::Keys(Keys::new(keep)),
            Work::Groups(..) => Self::Groups(Groups::default()),
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
            (Self::Keys(keys), _, Sight::Keys(columns)) => keys.update(columns, rows, mask),
            (Self::Groups(groups), Work::Groups(_, inner), Sight::Groups(parting, sight)) => {
                groups.update(parting, inner, sight, rows, mask);
            }
            // One measure has one kind of state, of work and of sight.
            (Self::Fold(_) | Self::Values(_) | Self::Keys(_) | Self::Groups(_), ..) => {}
        }
    }

    /// Takes in what was seen of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Count(total), Self::Count(more)) => *total += more,
            (Self::Fold(total), Self::Fold(more)) => total.merge(more),
            (Self::Values(total), Self::Values(more)) => total.merge(more),
            (Self::Keys(total), Self::Keys(more)) => total.merge(more),
            (Self::Groups(total), Self::Groups(more)) => total.merge(more),
            // One measure has one kind of state.
            _ => {}
        }
    }

    /// The number.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn finish(self) -> Result<Finished, String> {
        Ok(match self {
            Self::Count(count) => Finished::Number(Number::Count(count)),
            Self::Fold(folding) => Finished::Number(Number::Value(folding.finish())),
            Self::Values(values) => Finished::Number(Number::Values(values.finish()?)),
            Self::Keys(keys) if keys.proven() || keys.kept() => {
                let (counts, repeated) = keys.finish();
                Finished::Repeated(Number::Keys(counts), repeated)
            }
            Self::Keys(_) => Finished::Again,
            Self::Groups(groups) => groups.finish()?,
        })
    }
}
