//! Sets of pairs of units, as tables to look pairs up in.
//!
//! One unit of each pair leads to the few others that stand beside it. That takes a fraction of the room of a hash, so that
//! more of it stays near the processor; it serves where the units of one side lie close together, as those of most keys do.

use crate::engine::local::budget::Held;
use crate::engine::local::keys::units_of;

/// Pairs of units by one of the two.
pub(super) struct Table {
    /// Which unit of a pair leads: 0 or 1.
    lead: usize,
    least: [i64; 2],
    /// For each leading unit where those beside it begin, and in the end where the last ones end.
    starts: Vec<u32>,
    /// The other units, as what they are more than the least; sorted for each leading one.
    others: Vec<u32>,
    _held: Held,
}

/// So few are looked through one by one.
const FEW: usize = 16;

impl Table {
    /// The table of some pairs, or the pairs themselves where no table serves.
    pub(super) fn of(keys: Vec<u128>, mut held: Held) -> Result<Self, (Vec<u128>, Held)> {
        let Some((lead, least, span)) = shape(&keys) else { return Err((keys, held)) };
        let at = |key: u128| {
            let units = units_of(key);
            let (Ok(place), Ok(other)) = (
                usize::try_from(units[lead].abs_diff(least[lead])),
                u32::try_from(units[1 - lead].abs_diff(least[1 - lead])),
            ) else {
                return (0, 0);
            };
            (place, other)
        };
        let mut starts = vec![0_u32; span + 2];
        keys.iter().for_each(|key| starts[at(*key).0 + 1] += 1);
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut free = starts.clone();
        let mut others = vec![0_u32; keys.len()];
        for (place, other) in keys.iter().map(|key| at(*key)) {
            others[free[place] as usize] = other;
            free[place] += 1;
        }
        for ends in starts.windows(2).filter(|ends| ends[1] - ends[0] > 1) {
            others[ends[0] as usize..ends[1] as usize].sort_unstable();
        }
        // It takes less than the keys did.
        let _ = held.hold((starts.len() + others.len()) * size_of::<u32>());
        Ok(Self { lead, least, starts, others, _held: held })
    }

    /// Whether a pair is there.
    pub(super) fn contains(&self, key: u128) -> bool {
        let units = units_of(key);
        let (lead, other) = (units[self.lead], units[1 - self.lead]);
        if lead < self.least[self.lead] || other < self.least[1 - self.lead] {
            return false;
        }
        let Ok(place) = usize::try_from(lead.abs_diff(self.least[self.lead])) else { return false };
        let Ok(other) = u32::try_from(other.abs_diff(self.least[1 - self.lead])) else { return false };
        let Some([start, end]) = self.starts.get(place..).and_then(|ends| ends.first_chunk()) else { return false };
        let beside = &self.others[*start as usize..*end as usize];
        // Without a branch on what is found, the processor looks up the next pairs while it waits for memory.
        let among_few = || beside.iter().map(|one| u32::from(*one == other)).sum::<u32>() > 0;
        if beside.len() <= FEW { among_few() } else { beside.binary_search(&other).is_ok() }
    }
}

/// The side that leads, the least units and how far those that lead are apart; none where no table serves.
fn shape(keys: &[u128]) -> Option<(usize, [i64; 2], usize)> {
    let first = units_of(*keys.first()?);
    let ends =
        keys.iter().map(|key| units_of(*key)).fold([(first[0], first[0]), (first[1], first[1])], |ends, units| {
            [0, 1].map(|side: usize| (ends[side].0.min(units[side]), ends[side].1.max(units[side])))
        });
    let span = ends.map(|(least, greatest)| greatest.abs_diff(least));
    // Four bytes a place, and four a pair: at most twelve where the pairs themselves took sixteen.
    let most = keys.len() as u64 * 2 + 1024;
    let serves = |lead: usize| span[lead] <= most && u32::try_from(span[1 - lead]).is_ok();
    u32::try_from(keys.len()).ok()?;
    // The side that is further apart has fewer others beside each unit.
    let lead = (0..2).filter(|lead| serves(*lead)).max_by_key(|lead| span[*lead])?;
    Some((lead, ends.map(|(least, _)| least), usize::try_from(span[lead]).ok()?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::local::budget::Budget;
    use crate::engine::local::keys::pair;

    fn table(pairs: &[(i64, i64)]) -> Option<Table> {
        let keys = pairs.iter().map(|(first, second)| pair(*first, *second)).collect();
        Table::of(keys, Held::new(&Arc::new(Budget::new(None)))).ok()
    }

    #[test]
    fn the_side_that_is_further_apart_leads() {
        assert_eq!(table(&[(1, 5), (2, 900)]).unwrap().lead, 1);
        assert_eq!(table(&[(1, 5), (2, 1 << 31)]).unwrap().lead, 0);
        assert!(table(&[(i64::MIN, 5), (i64::MAX, 1 << 31)]).is_none());
        assert!(table(&[]).is_none());
    }

    proptest! {
        #[test]
        fn a_table_holds_its_pairs_and_no_others(
            pairs in prop::collection::vec((-40_i64..40, -3_i64..3), 1..300),
            sought in prop::collection::vec((-50_i64..50, -5_i64..5), 1..100),
            moved in prop::sample::select(vec![0, i64::MIN + 99, i64::MAX - 99]),
        ) {
            let moved = |(first, second): &(i64, i64)| (first + moved, *second);
            let pairs: Vec<_> = pairs.iter().map(moved).collect();
            let known: HashSet<_> = pairs.iter().copied().collect();
            let table = table(&pairs).unwrap();
            for one in sought.iter().map(moved).chain(pairs.iter().copied()) {
                prop_assert_eq!(table.contains(pair(one.0, one.1)), known.contains(&one));
            }
            prop_assert!(!table.contains(pair(i64::MIN, i64::MAX)) && !table.contains(pair(i64::MAX, i64::MIN)));
        }
    }
}
