//! Rows of two datasets brought together by a key, and how they differ.
//!
//! The rows of both sides are kept as bytes and sorted, so that those of one key lie together, this side first. Without a key
//! the row itself is one.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bigdecimal::{BigDecimal, FromPrimitive};
use polars::prelude::BooleanChunked;

use crate::answer::PairCounts;
use crate::engine::local::budget::{Budget, Held};
use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::keys;
use crate::engine::local::mask::Mask;
use crate::engine::local::open::{Opened, fault};
use crate::engine::local::order::{Breaks, PLACE, Place, at, read_place, split_length, write_length, write_place};
use crate::engine::local::runs::Runs;
use crate::engine::local::scan::{Needed, key_columns, start};
use crate::engine::source::Batch;
use crate::ir::{Pairs, Tolerance};
use crate::outcome::Fault;

/// The side that a rule stands on.
pub(super) const HERE: u8 = 0;

/// The other side.
const THERE: u8 = 1;

/// What rows are brought together by, in one batch.
pub(super) struct Sides<'c> {
    pub(super) key: Vec<&'c Column>,
    pub(super) values: Vec<&'c Column>,
    /// The rows with a value that does not read.
    pub(super) unread: Option<BooleanChunked>,
    /// Where the first row of the batch stands.
    pub(super) start: Place,
}

/// The rows of one side or of both.
///
/// As bytes that sort: the key, the side, whether a value does not read, the values, the place, and the length of the key.
pub(super) struct Rows {
    rows: Runs<Box<[u8]>>,
    /// Which of the values are numbers.
    numbers: Vec<bool>,
}

/// The rows that have no equal one.
#[derive(Clone, Debug)]
pub(super) struct Unpaired {
    /// Those of this side, each with the row of the other that it belongs to.
    pub(super) here: Breaks,
    /// Those that only the other side has.
    pub(super) there: Breaks,
}

/// Reads the rows of a dataset that those of others are brought together with.
pub(super) fn other_sides(opened: &Opened, wanted: &[&Pairs], budget: &Arc<Budget>) -> Result<Vec<Rows>, Fault> {
    let blank = || wanted.iter().map(|_| Rows::new(budget)).collect::<Vec<_>>();
    let not_computed = |error: String| fault("not_computable", &error);
    let mut conditions = Conditions::default();
    let mut handles = Vec::with_capacity(wanted.len());
    for pairs in wanted {
        handles.push(conditions.add(&pairs.rows(&pairs.other.scope)).map_err(not_computed)?);
    }
    let needed = Needed::new(opened, |see| {
        for pairs in wanted {
            pairs.all().for_each(|column| see(column));
            pairs.other.scope.columns(&mut |column| see(column));
        }
    })?;
    let states = opened.scan(&needed.columns, blank, |states, batch, _| {
        let (columns, unparsed, malformed) = needed.frame(opened, batch)?;
        let frame = Frame {
            rows: batch.rows,
            columns: &columns,
            unparsed: &unparsed,
            malformed: malformed.as_ref(),
            assets: Some(&opened.assets),
        };
        let mut evaluation = Evaluation::new(&conditions, &frame);
        for ((pairs, handle), rows) in wanted.iter().zip(&handles).zip(states.iter_mut()) {
            let mask = evaluation.mask(*handle).map_err(not_computed)?;
            let sides = sides(pairs, &evaluation, (batch, &columns)).map_err(not_computed)?;
            rows.update(THERE, &sides, batch.rows, &mask);
        }
        Ok(())
    })?;
    let mut all = blank();
    for state in states {
        all.iter_mut().zip(state).for_each(|(all, rows)| all.merge(rows));
    }
    Ok(all)
}

/// What rows are brought together by, in one batch.
pub(super) fn sides<'c>(
    pairs: &Pairs,
    evaluation: &Evaluation<'_>,
    (batch, columns): (&Batch, &'c HashMap<String, Column>),
) -> Result<Sides<'c>, String> {
    let values = if pairs.key.is_empty() { Vec::new() } else { key_columns(columns, &pairs.columns) };
    let key = key_columns(columns, pairs.matched());
    Ok(Sides { key, values, unread: evaluation.unparsed(&pairs.columns), start: start(batch)? })
}

impl Rows {
    /// None yet; rows beyond the budget are written.
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self { rows: Runs::new(budget, true), numbers: Vec::new() }
    }

    /// Takes in the rows of a batch that a mask keeps.
    pub(super) fn update(&mut self, side: u8, sides: &Sides<'_>, rows: usize, mask: &Mask) {
        self.numbers.resize(sides.values.len(), false);
        for (known, column) in self.numbers.iter_mut().zip(&sides.values) {
            *known |= matches!(column, Column::Integer(_) | Column::Decimal(..) | Column::Float(_));
        }
        mask.each(rows, |row| {
            let mut bytes = keys::bytes(&sides.key, row);
            let key = bytes.len();
            let unread = sides.unread.as_ref().is_some_and(|unread| unread.get(row) == Some(true));
            bytes.push(side);
            bytes.push(u8::from(unread));
            bytes.extend(keys::bytes(&sides.values, row));
            write_place(at(sides.start, row), &mut bytes);
            write_length(key, &mut bytes);
            self.rows.push(bytes.into());
        });
        self.rows.settle();
    }

    /// Takes in rows of the same side, or of the other one.
    pub(super) fn merge(&mut self, more: Self) {
        self.numbers.resize(self.numbers.len().max(more.numbers.len()), false);
        self.numbers.iter_mut().zip(more.numbers).for_each(|(known, number)| *known |= number);
        self.rows.merge(more.rows);
    }

    /// How the rows of both sides go together.
    ///
    /// # Errors
    /// Why rows could not be kept.
    pub(super) fn finish(self, pairs: &Pairs) -> Result<(PairCounts, Unpaired), Fault> {
        let budget = Arc::clone(self.rows.budget());
        let mut found = Found {
            tolerance: pairs.tolerance.as_ref(),
            numbers: &self.numbers,
            held: Held::new(&budget),
            counts: PairCounts::default(),
            columns: vec![0; pairs.columns.len()],
            unpaired: Unpaired { here: Breaks::within(&budget), there: Breaks::within(&budget) },
        };
        if pairs.key.is_empty() {
            found.as_wholes(self.rows)?;
        } else {
            found.by_key(self.rows)?;
        }
        let Found { mut counts, columns, unpaired, .. } = found;
        let columns = pairs.columns.iter().cloned().zip(columns);
        counts.columns = columns.filter(|(_, count)| *count > 0).collect();
        Ok((counts, unpaired))
    }
}

/// A row, read back.
struct Row<'r> {
    key: &'r [u8],
    side: u8,
    unread: bool,
    values: &'r [u8],
    place: Place,
}

impl<'r> Row<'r> {
    fn of(bytes: &'r [u8]) -> Self {
        let (rest, key) = split_length(bytes);
        let (rest, place) = rest.split_at(rest.len().saturating_sub(PLACE));
        let (key, rest) = rest.split_at(key.min(rest.len()));
        let (marks, values) = rest.split_at(rest.len().min(2));
        let mark = |place: usize| marks.get(place).copied().unwrap_or(0);
        Self { key, side: mark(0), unread: mark(1) != 0, values, place: read_place(place) }
    }
}

/// The rows of one key on one side that are not settled yet: those that read, and how many do not.
#[derive(Default)]
struct Group {
    rows: Vec<(Box<[u8]>, Place)>,
    unread: u64,
}

/// What was found so far.
struct Found<'p> {
    tolerance: Option<&'p Tolerance>,
    numbers: &'p [bool],
    /// The memory that the rows of one key take.
    held: Held,
    counts: PairCounts,
    columns: Vec<u64>,
    unpaired: Unpaired,
}

impl Found<'_> {
    /// Equal rows go together, as many of one side as there are of the other.
    fn as_wholes(&mut self, rows: Runs<Box<[u8]>>) -> Result<(), Fault> {
        let kept = rows.budget().places();
        let mut last: Option<Box<[u8]>> = None;
        // The last of those here that are equal, how many there are, and how many of the other side came.
        let (mut here, mut count, mut met) = (VecDeque::new(), 0_u64, 0_u64);
        let close = |this: &mut Self, here: &mut VecDeque<Place>, count: u64, met: u64| {
            let matched = count.min(met);
            this.counts.matched += matched;
            let alone = count - matched;
            this.counts.only_here += alone;
            this.unpaired.here.count += alone.saturating_sub(here.len() as u64);
            let skipped = (here.len() as u64).saturating_sub(alone);
            here.drain(..).skip(usize::try_from(skipped).unwrap_or(usize::MAX)).for_each(|place| {
                this.unpaired.here.add(place, None);
            });
        };
        rows.each(|bytes| {
            let row = Row::of(&bytes);
            if last.as_ref().is_none_or(|last| Row::of(last).key != row.key) {
                close(self, &mut here, count, met);
                (count, met) = (0, 0);
                last = Some(bytes.clone());
            }
            if row.side == HERE {
                count += 1;
                here.push_back(row.place);
                if here.len() > kept {
                    here.pop_front();
                }
            } else {
                met += 1;
                if met > count {
                    self.counts.only_there += 1;
                    self.unpaired.there.add(row.place, None);
                }
            }
            Ok(())
        })?;
        close(self, &mut here, count, met);
        Ok(())
    }

    /// Rows of one key go together: equal ones first, then the others in the order of their values.
    fn by_key(&mut self, rows: Runs<Box<[u8]>>) -> Result<(), Fault> {
        let mut last: Option<Box<[u8]>> = None;
        let (mut here, mut there, mut bytes_held) = (Group::default(), Group::default(), 0);
        rows.each(|bytes| {
            let row = Row::of(&bytes);
            if last.as_ref().is_none_or(|last| Row::of(last).key != row.key) {
                self.settle(&mut here, &mut there);
                bytes_held = 0;
                last = Some(bytes.clone());
            }
            let group = if row.side == HERE { &mut here } else { &mut there };
            if row.unread {
                group.unread += 1;
                return Ok(());
            }
            bytes_held += row.values.len() + size_of::<(Box<[u8]>, Place)>() + 16;
            if !self.held.hold_or_little(bytes_held) {
                return Err(self.held.budget.spent("the rows of one key"));
            }
            group.rows.push((row.values.into(), row.place));
            Ok(())
        })?;
        self.settle(&mut here, &mut there);
        Ok(())
    }

    /// Brings the rows of one key together, and forgets them.
    fn settle(&mut self, here: &mut Group, there: &mut Group) {
        let (own, theirs) = (std::mem::take(here), std::mem::take(there));
        let (mut own_rows, mut their_rows) = self.without_equals(own.rows, theirs.rows);
        // A row that does not read may be any of those that are left, and takes one of them out.
        let both = own.unread.min(theirs.unread);
        let drop = |rows: &mut Vec<_>, count: u64| {
            rows.truncate(rows.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX)));
        };
        drop(&mut their_rows, own.unread - both);
        drop(&mut own_rows, theirs.unread - both);
        let together = own_rows.len().min(their_rows.len());
        for ((own, place), (theirs, other)) in own_rows.iter().zip(&their_rows) {
            if self.differ(own, theirs) {
                self.counts.differing += 1;
                self.unpaired.here.add(*place, Some(*other));
            } else {
                self.counts.matched += 1;
            }
        }
        for (_, place) in &own_rows[together..] {
            self.counts.only_here += 1;
            self.unpaired.here.add(*place, None);
        }
        for (_, place) in &their_rows[together..] {
            self.counts.only_there += 1;
            self.unpaired.there.add(*place, None);
        }
    }

    /// Takes out of two sorted lists what both have.
    #[expect(clippy::type_complexity, reason = "two lists of one kind")]
    fn without_equals(
        &mut self,
        own: Vec<(Box<[u8]>, Place)>,
        theirs: Vec<(Box<[u8]>, Place)>,
    ) -> (Vec<(Box<[u8]>, Place)>, Vec<(Box<[u8]>, Place)>) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut theirs = theirs.into_iter().peekable();
        for row in own {
            while let Some(before) = theirs.next_if(|other| other.0 < row.0) {
                right.push(before);
            }
            if theirs.next_if(|other| other.0 == row.0).is_some() {
                self.counts.matched += 1;
            } else {
                left.push(row);
            }
        }
        right.extend(theirs);
        (left, right)
    }

    /// Whether two rows differ in a column, counting in which.
    fn differ(&mut self, own: &[u8], theirs: &[u8]) -> bool {
        let mut differ = false;
        let (mut own, mut theirs) = (keys::parts(own), keys::parts(theirs));
        for place in 0..self.columns.len() {
            let (one, other) = (own.next(), theirs.next());
            let near = || {
                let tolerance = self.tolerance.filter(|_| self.numbers.get(place).copied().unwrap_or(false))?;
                let number = |part: Option<keys::Part<'_>>| part.and_then(keys::Part::number);
                Some(tolerance.admits(&number(one)?, &number(other)?))
            };
            if one != other && near() != Some(true) {
                self.columns[place] += 1;
                differ = true;
            }
        }
        differ
    }
}

/// An exact number of a part, for tolerances.
impl keys::Part<'_> {
    fn number(self) -> Option<BigDecimal> {
        match self {
            Self::Unit(unit) => Some(unit.into()),
            Self::Bytes(bytes) => match keys::fraction_of(bytes) {
                Some(fraction) => BigDecimal::from_f64(fraction),
                None => std::str::from_utf8(bytes).ok()?.parse().ok(),
            },
            Self::Null => None,
        }
    }
}
