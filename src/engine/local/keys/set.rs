//! Sets of keys, to look the keys of rows up in.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};

use crate::engine::local::budget::Held;
use crate::engine::local::keys::Key;
use crate::engine::local::keys::table::Table;
use crate::engine::local::runs::{Item, Runs};
use crate::engine::local::shelf::Shelf;
use crate::outcome::Fault;

/// The keys whose rows break a rule: those that occur more than once, or those sought in vain.
#[derive(Default)]
pub(in crate::engine::local) struct Repeated {
    /// Those of each group by itself, where keys are looked at by group.
    pub(in crate::engine::local) groups: HashMap<Key, Repeated>,
    pub(super) null: bool,
    pub(super) units: Option<Shelf<i64>>,
    pub(super) pairs: Option<Shelf<u128>>,
    pub(super) fractions: Option<Shelf<u64>>,
    pub(super) bytes: Option<Shelf<Box<[u8]>>>,
}

impl Repeated {
    /// Whether the key of a row repeats within its group.
    pub(in crate::engine::local) fn contains_in(&self, group: Option<&Key>, key: &Key) -> bool {
        match group {
            Some(group) => self.groups.get(group).is_some_and(|own| own.contains(key)),
            None => self.contains(key),
        }
    }

    fn contains(&self, key: &Key) -> bool {
        match key {
            Key::Null => self.null,
            Key::Unit(unit) => self.units.as_ref().is_some_and(|units| units.contains(unit)),
            Key::Pair(pair) => self.pairs.as_ref().is_some_and(|pairs| pairs.contains(pair)),
            Key::Fraction(it) => self.fractions.as_ref().is_some_and(|fractions| fractions.contains(it)),
            Key::Bytes(bytes) => self.bytes.as_ref().is_some_and(|own| own.contains(&bytes.as_slice().into())),
        }
    }

    /// What could not be looked up, and why.
    pub(in crate::engine::local) fn check(&self) -> Result<(), Fault> {
        self.units.as_ref().map_or(Ok(()), Shelf::check)?;
        self.pairs.as_ref().map_or(Ok(()), Shelf::check)?;
        self.fractions.as_ref().map_or(Ok(()), Shelf::check)?;
        self.bytes.as_ref().map_or(Ok(()), Shelf::check)?;
        self.groups.values().try_for_each(Self::check)
    }
}

/// The keys of a parent.
pub(in crate::engine::local) struct KeySet {
    null: bool,
    units: Units,
    pairs: Pairs,
    fractions: Set<u64>,
    bytes: Set<Box<[u8]>>,
}

impl KeySet {
    /// The set of some keys.
    ///
    /// # Errors
    /// Why keys could not be kept.
    pub(super) fn of(
        null: bool,
        (units, pairs): (Runs<i64>, Runs<u128>),
        (fractions, bytes): (Runs<u64>, Runs<Box<[u8]>>),
    ) -> Result<Self, Fault> {
        let (units, pairs) = (Units::of(units)?, Pairs::of(pairs)?);
        Ok(Self { null, units, pairs, fractions: Set::of(fractions)?, bytes: Set::of(bytes)? })
    }

    /// Whether keys of some shape lie in a file, where looking them up in no order is slow.
    pub(in crate::engine::local) fn is_shelved(&self) -> bool {
        matches!(self.units, Units::Other(Set::Shelf(_)))
            || matches!(self.pairs, Pairs::Other(Set::Shelf(_)))
            || matches!(self.fractions, Set::Shelf(_))
            || matches!(self.bytes, Set::Shelf(_))
    }

    /// Whether a key has a partner; a null has one only if nulls match nulls.
    pub(in crate::engine::local) fn contains(&self, key: &Key, null_safe: bool) -> bool {
        match key {
            Key::Null => null_safe && self.null,
            Key::Unit(unit) => self.units.contains(*unit),
            Key::Pair(pair) => match &self.pairs {
                Pairs::Table(table) => table.contains(*pair),
                Pairs::Other(Set::Hash { keys, .. }) => keys.contains(pair),
                Pairs::Other(Set::Shelf(pairs)) => pairs.contains(pair),
            },
            Key::Fraction(fraction) => match &self.fractions {
                Set::Hash { keys, .. } => keys.contains(fraction),
                Set::Shelf(fractions) => fractions.contains(fraction),
            },
            Key::Bytes(bytes) => match &self.bytes {
                Set::Hash { keys, .. } => keys.contains(bytes.as_slice()),
                Set::Shelf(own) => own.contains(&bytes.as_slice().into()),
            },
        }
    }

    /// Whether all whole numbers from one to another are keys.
    pub(in crate::engine::local) fn holds_all(&self, least: i64, greatest: i64) -> bool {
        matches!(&self.units, Units::Dense { first, bits, .. } if holds_all((*first, bits), least, greatest))
    }

    /// Whether no key is a whole number from one to another.
    pub(in crate::engine::local) fn holds_none(&self, least: i64, greatest: i64) -> bool {
        match &self.units {
            Units::Dense { first, bits, .. } => {
                let last = first.saturating_add_unsigned(bits.len() as u64 * 64 - 1);
                greatest < *first || last < least
            }
            Units::Other(Set::Hash { keys, .. }) => keys.is_empty(),
            Units::Other(Set::Shelf(_)) => false,
        }
    }

    /// What could not be looked up, and why.
    pub(in crate::engine::local) fn check(&self) -> Result<(), Fault> {
        let units = if let Units::Other(Set::Shelf(units)) = &self.units { units.check() } else { Ok(()) };
        let pairs = if let Pairs::Other(Set::Shelf(pairs)) = &self.pairs { pairs.check() } else { Ok(()) };
        let fractions = if let Set::Shelf(fractions) = &self.fractions { fractions.check() } else { Ok(()) };
        let bytes = if let Set::Shelf(bytes) = &self.bytes { bytes.check() } else { Ok(()) };
        units.and(pairs).and(fractions).and(bytes)
    }
}

/// Whether all bits from one number to another are set.
fn holds_all((first, bits): (i64, &[u64]), least: i64, greatest: i64) -> bool {
    if least < first {
        return false;
    }
    let (from, to) = (least.abs_diff(first), greatest.abs_diff(first));
    let (Ok(one), Ok(other)) = (usize::try_from(from / 64), usize::try_from(to / 64)) else { return false };
    let word = |place: usize| {
        let low = if place == one { u64::MAX << (from % 64) } else { u64::MAX };
        let high = if place == other { u64::MAX >> (63 - to % 64) } else { u64::MAX };
        low & high
    };
    least <= greatest
        && (one..=other).all(|place| bits.get(place).is_some_and(|bits| bits & word(place) == word(place)))
}

/// Different keys of one shape: a hash with the memory it holds, or where that does not fit, a shelf.
enum Set<T> {
    Hash { keys: HashSet<T>, _held: Held },
    Shelf(Shelf<T>),
}

impl<T: Item + Hash> Set<T> {
    fn of(keys: Runs<T>) -> Result<Self, Fault> {
        // A hash takes up to its next power of two beside the keys it is made of.
        match keys.into_memory(4 * size_of::<T>())? {
            Ok((keys, held)) => Ok(Self::Hash { keys: keys.into_iter().collect(), _held: held }),
            Err(keys) => Self::shelved(keys),
        }
    }

    fn hashed(keys: Vec<T>, mut held: Held) -> Result<Self, Fault> {
        // A hash takes up to its next power of two beside the keys it is made of.
        if held.hold(keys.len() * 4 * size_of::<T>()) {
            return Ok(Self::Hash { keys: keys.into_iter().collect(), _held: held });
        }
        Self::shelved(Runs::of(keys, held))
    }

    fn shelved(keys: Runs<T>) -> Result<Self, Fault> {
        let mut shelf = Shelf::new(keys.budget());
        let mut last: Option<T> = None;
        keys.each(|key| {
            if last.as_ref() != Some(&key) {
                shelf.push(key.clone())?;
                last = Some(key);
            }
            Ok(())
        })?;
        Ok(Self::Shelf(shelf.close()?))
    }
}

/// A set of pairs of units: a table by one of the two, where these lie close together.
enum Pairs {
    Table(Table),
    Other(Set<u128>),
}

impl Pairs {
    fn of(keys: Runs<u128>) -> Result<Self, Fault> {
        let (keys, held) = match keys.into_memory(2 * size_of::<u128>())? {
            Ok(found) => found,
            Err(keys) => return Set::shelved(keys).map(Self::Other),
        };
        match Table::of(keys, held) {
            Ok(table) => Ok(Self::Table(table)),
            Err((keys, held)) => Set::hashed(keys, held).map(Self::Other),
        }
    }
}

/// A set of units: a bitmap where they lie close together.
enum Units {
    Dense { first: i64, bits: Vec<u64>, _held: Held },
    Other(Set<i64>),
}

impl Units {
    fn of(keys: Runs<i64>) -> Result<Self, Fault> {
        // Up to eight bytes a key, a bitmap is no larger than the keys themselves.
        let (keys, mut held) = match keys.into_memory(2 * size_of::<i64>())? {
            Ok(found) => found,
            Err(keys) => return Set::shelved(keys).map(Self::Other),
        };
        let ends = keys.iter().min().copied().zip(keys.iter().max().copied());
        if let Some((first, last)) = ends
            && last.abs_diff(first) / 64 <= keys.len() as u64 + 1024
        {
            let mut bits = vec![0_u64; usize::try_from(last.abs_diff(first) / 64).unwrap_or(0) + 1];
            for key in &keys {
                let place = key.abs_diff(first);
                bits[usize::try_from(place / 64).unwrap_or(0)] |= 1 << (place % 64);
            }
            // It takes no more than the keys did.
            let _ = held.hold(bits.len() * size_of::<u64>());
            return Ok(Self::Dense { first, bits, _held: held });
        }
        Set::hashed(keys, held).map(Self::Other)
    }

    fn contains(&self, unit: i64) -> bool {
        match self {
            Self::Dense { first, bits, .. } => {
                if unit < *first {
                    return false;
                }
                let place = unit.abs_diff(*first);
                usize::try_from(place / 64)
                    .ok()
                    .and_then(|word| bits.get(word))
                    .is_some_and(|word| word & (1 << (place % 64)) != 0)
            }
            Self::Other(Set::Hash { keys, .. }) => keys.contains(&unit),
            Self::Other(Set::Shelf(keys)) => keys.contains(&unit),
        }
    }
}
