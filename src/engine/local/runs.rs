//! Many values, kept until all are seen, then given in their order: in memory as far as the budget goes, the rest in sorted
//! runs in a temporary file.
//!
//! What comes out never depends on how much fitted in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::engine::local::budget::{Budget, Held};
use crate::outcome::Fault;

/// How many values a piece of memory holds before the next is begun, so that growing never copies much.
const PIECE: usize = 1 << 20;

/// How many bytes are read or written at a time.
const BUFFER: usize = 64 << 10;

/// How many runs are merged at a time.
const FAN: usize = 256;

/// A value that can be kept in a file.
pub(super) trait Item: Ord + Clone + Send + Sync {
    /// The bytes it takes in memory beside its own size.
    fn heap(&self) -> usize;
    /// The bytes it takes in a file.
    fn width(&self) -> usize;
    fn write(&self, to: &mut Vec<u8>);
    /// Reads one, and says how many bytes it took; none if there are too few.
    fn read(from: &[u8]) -> Option<(Self, usize)>;
}

macro_rules! whole_number {
    ($($number:ty),*) => {$(
        impl Item for $number {
            fn heap(&self) -> usize {
                0
            }
            fn width(&self) -> usize {
                size_of::<Self>()
            }
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }
            fn read(from: &[u8]) -> Option<(Self, usize)> {
                let bytes = from.first_chunk()?;
                Some((Self::from_le_bytes(*bytes), bytes.len()))
            }
        }
    )*};
}

whole_number!(i32, i64, u64, i128, u128);

impl Item for Box<[u8]> {
    fn heap(&self) -> usize {
        // An allocation of its own costs a header and padding.
        self.len() + 16
    }
    fn width(&self) -> usize {
        8 + self.len()
    }
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&(self.len() as u64).to_le_bytes());
        to.extend_from_slice(self);
    }
    fn read(from: &[u8]) -> Option<(Self, usize)> {
        let (length, rest) = from.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        Some((rest.get(..length)?.into(), 8 + length))
    }
}

/// Values seen so far.
pub(super) struct Runs<T> {
    held: Held,
    /// Whether what goes beyond the budget is written; else it is a fault.
    spills: bool,
    pieces: Vec<Vec<T>>,
    heap: usize,
    stored: Vec<Run>,
    fault: Option<Fault>,
}

/// Values in order in the file.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: u64,
    bytes: u64,
    pub(super) count: u64,
}

impl<T: Item> Runs<T> {
    pub(super) fn new(budget: &Arc<Budget>, spills: bool) -> Self {
        Self { held: Held::new(budget), spills, pieces: Vec::new(), heap: 0, stored: Vec::new(), fault: None }
    }

    /// Values in memory, with what they hold of the budget.
    pub(super) fn of(items: Vec<T>, held: Held) -> Self {
        let heap = items.iter().map(T::heap).sum();
        Self { held, spills: true, pieces: vec![items], heap, stored: Vec::new(), fault: None }
    }

    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.held.budget
    }

    pub(super) fn push(&mut self, item: T) {
        self.heap += item.heap();
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(item),
            _ => self.pieces.push(vec![item]),
        }
    }

    /// Counts what was pushed against the budget, and writes what does not fit; called after each batch.
    pub(super) fn settle(&mut self) {
        if self.fault.is_some() {
            return self.clear();
        }
        if self.held.hold_or_little(self.memory()) {
            return;
        }
        if !self.spills {
            self.fault = Some(self.held.budget.spent("the values of groups"));
        } else if let Err(fault) = self.spill() {
            self.fault = Some(fault);
        }
        self.clear();
    }

    /// Takes in the values of later rows.
    pub(super) fn merge(&mut self, later: Self) {
        self.held.join(later.held);
        self.heap += later.heap;
        self.pieces.extend(later.pieces);
        self.stored.extend(later.stored);
        self.fault = self.fault.take().or(later.fault);
    }

    /// What could not be kept, and why.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    fn memory(&self) -> usize {
        self.pieces.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>() + self.heap
    }

    fn clear(&mut self) {
        self.pieces = Vec::new();
        self.heap = 0;
        // Holding nothing always fits.
        let _ = self.held.hold(0);
    }

    fn spill(&mut self) -> Result<(), Fault> {
        for mut piece in std::mem::take(&mut self.pieces) {
            piece.sort_unstable();
            let run = write(&self.held.budget, piece.len() as u64, total(&piece), piece.into_iter().map(Ok))?;
            self.stored.push(run);
        }
        Ok(())
    }

    /// All values in memory and in no order, with what they hold of the budget, if so many bytes for each fit there.
    pub(super) fn into_memory(mut self, each: usize) -> Result<Result<(Vec<T>, Held), Self>, Fault> {
        self.check()?;
        let count: usize = self.pieces.iter().map(Vec::len).sum();
        if !self.stored.is_empty() || !self.held.hold(count * each + self.heap) {
            return Ok(Err(self));
        }
        let mut pieces = self.pieces.into_iter();
        let mut all = pieces.next().unwrap_or_default();
        all.reserve_exact(count - all.len());
        pieces.for_each(|piece| all.extend(piece));
        Ok(Ok((all, self.held)))
    }

    /// Calls back with every value, in order.
    pub(super) fn each(self, mut see: impl FnMut(T) -> Result<(), Fault>) -> Result<(), Fault> {
        match self.into_memory(2 * size_of::<T>())? {
            Ok((mut all, _held)) => {
                all.par_sort_unstable();
                all.into_iter().try_for_each(see)
            }
            Err(mut this) => {
                while this.stored.len() > FAN {
                    let few: Vec<Run> = this.stored.drain(..FAN).collect();
                    let budget = &this.held.budget;
                    let mut merge = Merge::<T>::new(few.iter().map(|run| Cursor::stored(budget, *run)).collect())?;
                    let (count, bytes) = few.iter().fold((0, 0), |(n, b), run| (n + run.count, b + run.bytes));
                    let run = write(budget, count, bytes, std::iter::from_fn(|| merge.next()))?;
                    this.stored.push(run);
                }
                this.pieces.par_iter_mut().for_each(|piece| piece.sort_unstable());
                let memory =
                    std::mem::take(&mut this.pieces).into_iter().map(|piece| Cursor::Memory(piece.into_iter()));
                let stored = this.stored.iter().map(|run| Cursor::stored(&this.held.budget, *run));
                let mut merge = Merge::new(memory.chain(stored).collect())?;
                while let Some(item) = merge.next() {
                    see(item?)?;
                }
                Ok(())
            }
        }
    }

    /// The sorted runs, to look into.
    pub(super) fn into_sorted(mut self) -> Result<Sorted<T>, Fault> {
        self.check()?;
        self.pieces.par_iter_mut().for_each(|piece| piece.sort_unstable());
        let (pieces, stored) = (std::mem::take(&mut self.pieces), std::mem::take(&mut self.stored));
        Ok(Sorted { pieces, stored, held: self.held })
    }
}

/// Sorted runs, in memory and in the file.
pub(super) struct Sorted<T> {
    pub(super) pieces: Vec<Vec<T>>,
    pub(super) stored: Vec<Run>,
    pub(super) held: Held,
}

fn total<T: Item>(items: &[T]) -> u64 {
    items.iter().map(|item| item.width() as u64).sum()
}

fn write<T: Item>(
    budget: &Budget,
    count: u64,
    bytes: u64,
    items: impl Iterator<Item = Result<T, Fault>>,
) -> Result<Run, Fault> {
    let run = Run { start: budget.allot(bytes)?, bytes, count };
    let mut place = run.start;
    let mut buffer = Vec::with_capacity(BUFFER);
    for item in items {
        item?.write(&mut buffer);
        if buffer.len() >= BUFFER {
            budget.write(place, &buffer)?;
            place += buffer.len() as u64;
            buffer.clear();
        }
    }
    budget.write(place, &buffer)?;
    Ok(run)
}

/// A run on its way.
enum Cursor<T> {
    Memory(std::vec::IntoIter<T>),
    Stored { budget: Arc<Budget>, run: Run, buffer: Vec<u8>, at: usize },
}

impl<T: Item> Cursor<T> {
    fn stored(budget: &Arc<Budget>, run: Run) -> Self {
        Self::Stored { budget: Arc::clone(budget), run, buffer: Vec::new(), at: 0 }
    }

    fn next(&mut self) -> Result<Option<T>, Fault> {
        match self {
            Self::Memory(items) => Ok(items.next()),
            Self::Stored { budget, run, buffer, at } => {
                let mut wanted = BUFFER;
                loop {
                    if let Some((item, width)) = T::read(&buffer[*at..]) {
                        *at += width;
                        return Ok(Some(item));
                    }
                    if run.bytes == 0 {
                        return Ok(None);
                    }
                    buffer.drain(..*at);
                    *at = 0;
                    // A value longer than the buffer takes a longer one.
                    wanted = wanted.max(buffer.len());
                    let (kept, more) = (buffer.len(), usize::try_from(run.bytes).unwrap_or(wanted).min(wanted));
                    buffer.resize(kept + more, 0);
                    budget.read(run.start, &mut buffer[kept..])?;
                    run.start += more as u64;
                    run.bytes -= more as u64;
                }
            }
        }
    }
}

/// Runs becoming one.
struct Merge<T> {
    cursors: Vec<Cursor<T>>,
    heads: BinaryHeap<Reverse<(T, usize)>>,
}

impl<T: Item> Merge<T> {
    fn new(mut cursors: Vec<Cursor<T>>) -> Result<Self, Fault> {
        let mut heads = BinaryHeap::with_capacity(cursors.len());
        for (place, cursor) in cursors.iter_mut().enumerate() {
            heads.extend(cursor.next()?.map(|item| Reverse((item, place))));
        }
        Ok(Self { cursors, heads })
    }

    fn next(&mut self) -> Option<Result<T, Fault>> {
        let mut head = self.heads.peek_mut()?;
        let place = head.0.1;
        match self.cursors[place].next() {
            Ok(Some(item)) => Some(Ok(std::mem::replace(&mut head.0.0, item))),
            Ok(None) => Some(Ok(std::collections::binary_heap::PeekMut::pop(head).0.0)),
            Err(fault) => Some(Err(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_order<T: Item>(items: &[T], limit: Option<u64>) -> Vec<T> {
        let budget = Arc::new(Budget::new(limit));
        let mut all = Runs::new(&budget, true);
        for part in items.chunks(7) {
            let mut state = Runs::new(&budget, true);
            for item in part {
                state.push(item.clone());
            }
            state.settle();
            all.merge(state);
        }
        assert_eq!(limit.is_some(), !all.stored.is_empty());
        let mut seen = Vec::new();
        all.each(|item| {
            seen.push(item);
            Ok(())
        })
        .unwrap();
        seen
    }

    #[test]
    fn the_order_does_not_depend_on_what_fits_in_memory() {
        // More runs than are merged at a time.
        let numbers: Vec<i64> = (0..5_000_i64).map(|n| (n * 7_919) % 1_009 - 500).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert_eq!(in_order(&numbers, None), sorted);
        assert_eq!(in_order(&numbers, Some(64)), sorted);
        assert_eq!(in_order(&numbers, Some(1_000)), sorted);
    }

    #[test]
    fn bytes_of_any_length_come_back() {
        let texts: Vec<Box<[u8]>> =
            (0..300_usize).map(|n| vec![u8::try_from(n % 251).unwrap(); n * 997 % 80_000].into()).collect();
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        assert_eq!(in_order(&texts, Some(50_000)), sorted);
    }

    #[test]
    fn what_may_not_spill_is_a_fault_of_memory() {
        let budget = Arc::new(Budget::new(Some(100)));
        let mut runs = Runs::new(&budget, false);
        (0..1_000_i64).for_each(|n| runs.push(n));
        runs.settle();
        assert_eq!(runs.check().unwrap_err().code, "memory");
    }
}
