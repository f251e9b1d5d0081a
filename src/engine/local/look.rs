//! What is looked for in the rows of a dataset, to show those that a check counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::engine::local::Local;
use crate::engine::local::column::Column;
use crate::engine::local::evidence::Ask;
use crate::engine::local::groups::Parting;
use crate::engine::local::keys::{self, KeySet, Repeated};
use crate::engine::local::mask::{self, Mask};
use crate::engine::local::open::fault;
use crate::engine::local::order::{Breaks, Place};
use crate::engine::local::pairs::Unpaired;
use crate::engine::local::scan;
use crate::engine::source::Batch;
use crate::ir::{Measure, Pairs, Parent, Predicate};
use crate::outcome::Fault;

/// What is looked for in one dataset.
pub(super) struct Look<'a> {
    pub(super) ask: &'a Ask,
    /// The dataset that is read, which may be another one than that of the ask.
    pub(super) dataset: &'a str,
    /// The name of that other dataset.
    pub(super) elsewhere: Option<&'a str>,
    /// How many rows are shown.
    pub(super) limit: usize,
    /// A condition that the rows satisfy.
    pub(super) rows: &'a Predicate,
    /// Which of them are meant.
    wanted: Wanted,
    /// The row that each of the first ones does not go with, in this dataset or in another one.
    pub(super) others: BTreeMap<Place, Place>,
}

/// How the rows of an ask are told.
enum Wanted {
    Mask,
    Repeated { keys: Vec<String>, by: Vec<String>, repeated: Arc<Repeated> },
    Orphans(Vec<String>, Parent, Arc<KeySet>),
    Breaks(Arc<Breaks>),
    Unpaired(Arc<Unpaired>),
    Places(BTreeSet<Place>),
}

/// What is looked for to show an ask: in its own dataset first, then in another one.
pub(super) fn looks<'a>(ask: &'a Ask, local: &Local) -> Result<Vec<Look<'a>>, Fault> {
    let (by, measure) = match &ask.measure {
        Measure::Grouped(by, inner) => (by.as_slice(), inner.as_ref()),
        measure => (&[][..], measure),
    };
    let place = (ask.dataset.clone(), ask.measure.clone());
    let unknown = |what: &str| fault("internal", &format!("{what} were not kept"));
    let own = |rows, wanted, others| Look {
        ask,
        dataset: &ask.dataset,
        elsewhere: None,
        limit: ask.limit,
        rows,
        wanted,
        others,
    };
    let none = BTreeMap::new;
    Ok(vec![match measure {
        Measure::Repeats(keys, rows) => {
            let repeated = local.repeated.get(&place).ok_or_else(|| unknown("the repeated keys"))?;
            let repeated = Arc::clone(repeated);
            own(rows, Wanted::Repeated { keys: keys.clone(), by: by.to_vec(), repeated }, none())
        }
        Measure::Orphans(keys, rows, parent) => {
            match (local.repeated.get(&place).filter(|_| by.is_empty()), local.parents.get(parent)) {
                (Some(found), _) => {
                    let repeated = Arc::clone(found);
                    own(rows, Wanted::Repeated { keys: keys.clone(), by: Vec::new(), repeated }, none())
                }
                (None, Some(Ok(set))) => {
                    own(rows, Wanted::Orphans(keys.clone(), parent.clone(), Arc::clone(set)), none())
                }
                _ => return Err(unknown("the keys of the parent")),
            }
        }
        Measure::Order(_, rows) => {
            let breaks = local.breaks.get(&place).ok_or_else(|| unknown("the breaks of order"))?;
            own(rows, Wanted::Breaks(Arc::clone(breaks)), others(breaks, ask.limit))
        }
        Measure::Pairs(pairs, rows) => {
            let unpaired = local.unpaired.get(&place).ok_or_else(|| unknown("the rows that differ"))?;
            return Ok(of_pairs(own, (pairs, rows), unpaired, ask.limit));
        }
        Measure::Rows(rows) => own(rows, Wanted::Mask, none()),
        _ => own(&Predicate::Constant(false), Wanted::Mask, none()),
    }])
}

/// What is looked for to find every row of an ask's own dataset that a check counted.
///
/// # Errors
/// Why they cannot all be found again.
pub(super) fn every<'a>(ask: &'a Ask, local: &Local) -> Result<Look<'a>, Fault> {
    let look = if let Measure::Pairs(_, rows) = &ask.measure {
        let unpaired = local.unpaired.get(&(ask.dataset.clone(), ask.measure.clone()));
        let unpaired = unpaired.ok_or_else(|| fault("internal", &"the rows that differ were not kept"))?;
        Look {
            ask,
            dataset: &ask.dataset,
            elsewhere: None,
            limit: 0,
            rows,
            wanted: Wanted::Unpaired(Arc::clone(unpaired)),
            others: BTreeMap::new(),
        }
    } else {
        let mut looks = looks(ask, local)?;
        looks.pop().ok_or_else(|| fault("internal", &"there is nothing to look for"))?
    };
    if look.is_whole() {
        return Ok(look);
    }
    let message = "more rows break a rule than can be kept in memory by their places; raise --memory";
    Err(fault("memory", &message))
}

/// The rows of both sides that are shown: half of them at least are left to the side that has enough.
fn of_pairs<'a>(
    own: impl Fn(&'a Predicate, Wanted, BTreeMap<Place, Place>) -> Look<'a>,
    (pairs, rows): (&'a Pairs, &'a Predicate),
    unpaired: &Unpaired,
    limit: usize,
) -> Vec<Look<'a>> {
    let (here, there) = (&unpaired.here.places, &unpaired.there.places);
    let room_there = there.len().min((limit / 2).max(limit.saturating_sub(here.len())));
    let room_here = limit - room_there;
    let others = others(&unpaired.here, room_here);
    let wanted = here.keys().take(room_here).copied().collect();
    let own_rows = Look { limit: room_here, ..own(rows, Wanted::Places(wanted), others.clone()) };
    let wanted: BTreeSet<Place> = others.into_values().chain(there.keys().take(room_there).copied()).collect();
    let other = Look {
        dataset: &pairs.other.dataset,
        elsewhere: Some(&pairs.name),
        limit: wanted.len(),
        ..own(&Predicate::TRUE, Wanted::Places(wanted), BTreeMap::new())
    };
    vec![own_rows, other]
}

/// The row that each of the first broken ones does not go with.
fn others(breaks: &Breaks, limit: usize) -> BTreeMap<Place, Place> {
    breaks.places.iter().take(limit).filter_map(|(place, other)| Some((*place, (*other)?))).collect()
}

impl Look<'_> {
    /// The rows of a mask that break the rule.
    pub(super) fn violating(&self, batch: &Batch, columns: &HashMap<String, Column>, mask: Mask) -> Mask {
        let rows = batch.rows;
        let mut kept = vec![false; rows];
        match &self.wanted {
            Wanted::Mask => return mask,
            Wanted::Repeated { keys, by, repeated } => {
                let parting = (!by.is_empty()).then(|| Parting::new(&scan::key_columns(columns, by), rows));
                keys::each(&scan::key_columns(columns, keys), rows, &mask, |row, key| {
                    kept[row] = repeated.contains_in(parting.as_ref().and_then(|parting| parting.key(row)), &key);
                });
            }
            Wanted::Breaks(breaks) => {
                breaks.places.range(within(batch)).for_each(|(place, _)| mark(&mut kept, batch, *place));
            }
            Wanted::Unpaired(unpaired) => {
                unpaired.here.places.range(within(batch)).for_each(|(place, _)| mark(&mut kept, batch, *place));
            }
            Wanted::Places(places) => places.range(within(batch)).for_each(|place| mark(&mut kept, batch, *place)),
            Wanted::Orphans(keys, parent, set) => {
                keys::each(&scan::key_columns(columns, keys), rows, &mask, |row, key| {
                    kept[row] = set.contains(&key, parent.null_safe) != parent.wanted;
                });
            }
        }
        Mask::bits(mask::pack(rows, |row| kept[row]), None)
    }

    /// What could not be looked up, and why.
    pub(super) fn check(&self) -> Result<(), Fault> {
        match &self.wanted {
            Wanted::Repeated { repeated, .. } => repeated.check(),
            Wanted::Orphans(_, _, set) => set.check(),
            Wanted::Mask | Wanted::Breaks(_) | Wanted::Unpaired(_) | Wanted::Places(_) => Ok(()),
        }
    }

    /// Whether every violating row is found again.
    pub(super) fn is_whole(&self) -> bool {
        match &self.wanted {
            Wanted::Breaks(breaks) => breaks.is_whole(),
            Wanted::Unpaired(unpaired) => unpaired.here.is_whole(),
            Wanted::Places(_) => false,
            Wanted::Mask | Wanted::Repeated { .. } | Wanted::Orphans(..) => true,
        }
    }

    /// The files that its rows stand in, where `counts` tell how many rows of each are counted; none if it may be any.
    pub(super) fn files(&self, counts: Option<&Vec<u64>>) -> Option<BTreeSet<usize>> {
        let of = |place: &Place| usize::try_from(place.0).ok();
        match &self.wanted {
            Wanted::Mask | Wanted::Orphans(..) => {
                let counts = counts?.iter().enumerate();
                Some(counts.filter(|(_, count)| **count > 0).map(|(file, _)| file).collect())
            }
            Wanted::Breaks(breaks) => breaks.places.keys().chain(self.others.values()).map(of).collect(),
            Wanted::Places(places) => places.iter().map(of).collect(),
            Wanted::Repeated { .. } | Wanted::Unpaired(_) => None,
        }
    }

    /// The rows of this dataset that others do not go with.
    pub(super) fn beside(&self) -> BTreeSet<Place> {
        if matches!(self.wanted, Wanted::Places(_)) { BTreeSet::new() } else { self.others.values().copied().collect() }
    }
}

/// The places of the rows of a batch.
pub(super) fn within(batch: &Batch) -> std::ops::Range<Place> {
    let file = u32::try_from(batch.file).unwrap_or(u32::MAX);
    (file, batch.first_row)..(file, batch.first_row + batch.rows as u64)
}

fn mark(kept: &mut [bool], batch: &Batch, (_, row): Place) {
    let place = usize::try_from(row - batch.first_row).ok();
    if let Some(kept) = place.and_then(|place| kept.get_mut(place)) {
        *kept = true;
    }
}
