//! Keys of rows: whether they repeat, and whether they have partners.
//!
//! Keys compare by value, whatever their stored types: whole numbers, days and instants are 64-bit units, two of them are a
//! 128-bit pair, and everything else is bytes that are equal exactly where the values are. Strictly increasing keys prove
//! themselves unique without being kept; others are kept and sorted.

use std::hash::Hash;

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
use hashbrown::HashSet;

use crate::answer::KeyCounts;
use crate::engine::local::column::{Column, Flat, decimal};
use crate::engine::local::mask::Mask;

/// The key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Unit(i64),
    Pair(u128),
    Bytes(Vec<u8>),
}

/// Calls back with the key of every row of a batch that a mask keeps.
pub(super) fn each(columns: &[&Column], rows: usize, mask: &Mask, mut see: impl FnMut(usize, Key)) {
    match columns {
        [Column::Integer(column) | Column::Timestamp(column) | Column::Time(column)] => {
            let values = Flat::new(column);
            mask.each(rows, |row| see(row, values.get(row).map_or(Key::Null, Key::Unit)));
        }
        [Column::Integer(first), Column::Integer(second)] => {
            let (firsts, seconds) = (Flat::new(first), Flat::new(second));
            mask.each(rows, |row| {
                let key = match (firsts.get(row), seconds.get(row)) {
                    (Some(first), Some(second)) => Key::Pair(pair(first, second)),
                    _ => bytes(columns, row),
                };
                see(row, key);
            });
        }
        [one] => mask.each(rows, |row| see(row, single(one, row))),
        [first, second] => mask.each(rows, |row| {
            let key = match (single(first, row), single(second, row)) {
                (Key::Unit(first), Key::Unit(second)) => Key::Pair(pair(first, second)),
                _ => bytes(columns, row),
            };
            see(row, key);
        }),
        columns => mask.each(rows, |row| see(row, bytes(columns, row))),
    }
}

/// Two units as one number that sorts as they do.
const fn pair(first: i64, second: i64) -> u128 {
    #[expect(clippy::cast_sign_loss, reason = "flipping the sign bit makes unsigned order the signed one")]
    const fn ordered(unit: i64) -> u128 {
        ((unit as u64) ^ (1 << 63)) as u128
    }
    (ordered(first) << 64) | ordered(second)
}

fn single(column: &Column, row: usize) -> Key {
    match column {
        Column::Text(column) => column.get(row).map_or(Key::Null, |text| Key::Bytes(text.as_bytes().to_vec())),
        Column::Integer(column) | Column::Timestamp(column) | Column::Time(column) => {
            column.get(row).map_or(Key::Null, Key::Unit)
        }
        Column::Date(column) => column.get(row).map_or(Key::Null, |day| Key::Unit(i64::from(day))),
        Column::Boolean(column) => column.get(row).map_or(Key::Null, |flag| Key::Unit(i64::from(flag))),
        Column::Decimal(column, scale) => column.get(row).map_or(Key::Null, |digits| number(&decimal(digits, *scale))),
        Column::Float(column) => column.get(row).map_or(Key::Null, |value| match BigDecimal::from_f64(value) {
            Some(exact) => number(&exact),
            None => Key::Bytes(value.to_string().into_bytes()),
        }),
        Column::Nested(column) => column.get(row).map_or(Key::Null, |_| Key::Bytes(Vec::new())),
    }
}

/// A number by value: a unit where it is whole and fits, else its shortest digits.
fn number(value: &BigDecimal) -> Key {
    let value = value.normalized();
    match value.to_i64() {
        Some(whole) if value.is_integer() => Key::Unit(whole),
        _ => Key::Bytes(value.to_plain_string().into_bytes()),
    }
}

/// A key of several columns, with each part told from its neighbours.
fn bytes(columns: &[&Column], row: usize) -> Key {
    let mut key = Vec::with_capacity(columns.len() * 9);
    for column in columns {
        match single(column, row) {
            Key::Null => key.push(0),
            Key::Unit(unit) => {
                key.push(1);
                #[expect(clippy::cast_sign_loss, reason = "flipping the sign bit makes unsigned order the signed one")]
                key.extend_from_slice(&((unit as u64) ^ (1 << 63)).to_be_bytes());
            }
            Key::Pair(pair) => {
                key.push(2);
                key.extend_from_slice(&pair.to_be_bytes());
            }
            Key::Bytes(part) => {
                key.push(3);
                key.extend_from_slice(&(part.len() as u64).to_be_bytes());
                key.extend_from_slice(&part);
            }
        }
    }
    Key::Bytes(key)
}

/// The keys seen so far, in the order of the rows.
#[derive(Default)]
pub(super) struct Keys {
    /// Whether keys are kept, or only watched for their order.
    keep: bool,
    nulls: u64,
    units: Run<i64>,
    pairs: Run<u128>,
    bytes: Run<Box<[u8]>>,
}

/// Keys of one shape.
struct Run<T> {
    ends: Option<(T, T)>,
    rising: bool,
    count: u64,
    kept: Vec<T>,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self { ends: None, rising: true, count: 0, kept: Vec::new() }
    }
}

impl<T: Ord + Clone> Run<T> {
    fn see(&mut self, key: T, keep: bool) {
        self.count += 1;
        if keep {
            self.kept.push(key.clone());
        }
        match &mut self.ends {
            None => self.ends = Some((key.clone(), key)),
            Some((_, last)) if self.rising => {
                self.rising = *last < key;
                *last = key;
            }
            Some(_) => {}
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.kept.extend(later.kept);
        self.rising &= later.rising;
        match (&mut self.ends, later.ends) {
            (ends @ None, later) => *ends = later,
            (Some((_, last)), Some((first, end))) => {
                self.rising &= *last < first;
                *last = end;
            }
            (Some(_), None) => {}
        }
    }
}

impl Run<Box<[u8]>> {
    /// Sees bytes that are copied only where they are kept.
    fn see_bytes(&mut self, key: &[u8], keep: bool) {
        self.count += 1;
        if keep {
            self.kept.push(key.into());
        }
        match &mut self.ends {
            None => self.ends = Some((key.into(), key.into())),
            Some((_, last)) if self.rising => {
                self.rising = **last < *key;
                if last.len() == key.len() {
                    last.copy_from_slice(key);
                } else {
                    *last = key.into();
                }
            }
            Some(_) => {}
        }
    }
}

impl Keys {
    /// Keys that are kept, or only watched.
    pub(super) fn new(keep: bool) -> Self {
        Self { keep, ..Self::default() }
    }

    /// Takes in the keys of a batch.
    pub(super) fn update(&mut self, columns: &[&Column], rows: usize, mask: &Mask) {
        let keep = self.keep;
        if let [Column::Text(texts)] = columns {
            return mask.each(rows, |row| match texts.get(row) {
                Some(text) => self.bytes.see_bytes(text.as_bytes(), keep),
                None => self.nulls += 1,
            });
        }
        each(columns, rows, mask, |_, key| match key {
            Key::Null => self.nulls += 1,
            Key::Unit(unit) => self.units.see(unit, keep),
            Key::Pair(pair) => self.pairs.see(pair, keep),
            Key::Bytes(bytes) => self.bytes.see_bytes(&bytes, keep),
        });
    }

    /// Takes in the keys of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        self.nulls += later.nulls;
        self.units.merge(later.units);
        self.pairs.merge(later.pairs);
        self.bytes.merge(later.bytes);
    }

    /// Whether the order alone proves that no key repeats.
    pub(super) fn proven(&self) -> bool {
        self.units.rising && self.pairs.rising && self.bytes.rising && self.nulls <= 1
    }

    /// Whether the keys were kept.
    pub(super) fn kept(&self) -> bool {
        self.keep
    }

    /// The counts, and the keys that repeat. Keys must be proven or kept.
    pub(super) fn finish(mut self) -> (KeyCounts, Repeated) {
        let mut counts = KeyCounts::default();
        let mut repeated = Repeated { null: self.nulls > 1, ..Repeated::default() };
        if self.nulls > 0 {
            counts.distinct += 1;
            if self.nulls > 1 {
                counts.rows += self.nulls;
                counts.repeated += 1;
                counts.surplus += self.nulls - 1;
            }
        }
        if self.proven() {
            counts.distinct += self.units.count + self.pairs.count + self.bytes.count;
            return (counts, repeated);
        }
        tally(&mut self.units.kept, &mut counts, &mut repeated.units);
        tally(&mut self.pairs.kept, &mut counts, &mut repeated.pairs);
        tally(&mut self.bytes.kept, &mut counts, &mut repeated.bytes);
        (counts, repeated)
    }

    /// The set of the keys, to look partners up in. Keys must be kept.
    pub(super) fn into_set(self) -> KeySet {
        let null = self.nulls > 0;
        let units = Units::of(self.units.kept);
        KeySet {
            null,
            units,
            pairs: self.pairs.kept.into_iter().collect(),
            bytes: self.bytes.kept.into_iter().collect(),
        }
    }
}

fn tally<T: Ord + Hash + Clone>(keys: &mut [T], counts: &mut KeyCounts, repeated: &mut HashSet<T>) {
    keys.sort_unstable();
    for group in keys.chunk_by(|a, b| a == b) {
        counts.distinct += 1;
        if group.len() > 1 {
            counts.rows += group.len() as u64;
            counts.repeated += 1;
            counts.surplus += group.len() as u64 - 1;
            repeated.insert(group[0].clone());
        }
    }
}

/// The keys that occur more than once.
#[derive(Default)]
pub(super) struct Repeated {
    /// Those of each group by itself, where keys are looked at by group.
    pub(super) groups: hashbrown::HashMap<Key, Repeated>,
    null: bool,
    units: HashSet<i64>,
    pairs: HashSet<u128>,
    bytes: HashSet<Box<[u8]>>,
}

impl Repeated {
    /// Whether the key of a row repeats within its group.
    pub(super) fn contains_in(&self, group: Option<&Key>, key: &Key) -> bool {
        match group {
            Some(group) => self.groups.get(group).is_some_and(|own| own.contains(key)),
            None => self.contains(key),
        }
    }

    fn contains(&self, key: &Key) -> bool {
        match key {
            Key::Null => self.null,
            Key::Unit(unit) => self.units.contains(unit),
            Key::Pair(pair) => self.pairs.contains(pair),
            Key::Bytes(bytes) => self.bytes.contains(bytes.as_slice()),
        }
    }
}

/// The keys of a parent.
pub(super) struct KeySet {
    null: bool,
    units: Units,
    pairs: HashSet<u128>,
    bytes: HashSet<Box<[u8]>>,
}

impl KeySet {
    /// Whether a key has a partner; a null has one only if nulls match nulls.
    pub(super) fn contains(&self, key: &Key, null_safe: bool) -> bool {
        match key {
            Key::Null => null_safe && self.null,
            Key::Unit(unit) => self.units.contains(*unit),
            Key::Pair(pair) => self.pairs.contains(pair),
            Key::Bytes(bytes) => self.bytes.contains(bytes.as_slice()),
        }
    }
}

/// A set of units: a bitmap where they lie close together, else a hash.
enum Units {
    Dense { first: i64, bits: Vec<u64> },
    Sparse(HashSet<i64>),
}

impl Units {
    fn of(keys: Vec<i64>) -> Self {
        let (Some(first), Some(last)) = (keys.iter().min().copied(), keys.iter().max().copied()) else {
            return Self::Sparse(HashSet::new());
        };
        let span = last.abs_diff(first);
        // Up to eight bytes a key, a bitmap is no larger than the keys themselves.
        if span / 64 > keys.len() as u64 + 1024 {
            return Self::Sparse(keys.into_iter().collect());
        }
        let mut bits = vec![0_u64; usize::try_from(span / 64).unwrap_or(0) + 1];
        for key in keys {
            let place = key.abs_diff(first);
            bits[usize::try_from(place / 64).unwrap_or(0)] |= 1 << (place % 64);
        }
        Self::Dense { first, bits }
    }

    fn contains(&self, unit: i64) -> bool {
        match self {
            Self::Dense { first, bits } => {
                if unit < *first {
                    return false;
                }
                let place = unit.abs_diff(*first);
                usize::try_from(place / 64)
                    .ok()
                    .and_then(|word| bits.get(word))
                    .is_some_and(|word| word & (1 << (place % 64)) != 0)
            }
            Self::Sparse(keys) => keys.contains(&unit),
        }
    }
}
