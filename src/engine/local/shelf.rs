//! Different values in order, to look others up in: in memory if they fit the budget, else in blocks of a temporary file
//! with the first value of each block at hand.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::engine::local::budget::{Budget, Held};
use crate::engine::local::runs::Item;
use crate::outcome::Fault;

/// The bytes of a block.
const BLOCK: usize = 8 << 10;

/// How many values are taken in before they are counted against the budget.
const STEP: usize = 1024;

/// Values in order.
pub(super) struct Shelf<T> {
    held: Held,
    /// All values, or those not written yet.
    memory: Vec<T>,
    heap: usize,
    blocks: Vec<Block<T>>,
    /// The block looked at last; neighbours are often asked for together.
    last: Mutex<Option<(usize, Vec<T>)>>,
    fault: OnceLock<Fault>,
}

struct Block<T> {
    first: T,
    start: u64,
    bytes: usize,
}

impl<T: Item> Shelf<T> {
    pub(super) fn new(budget: &Arc<Budget>) -> Self {
        Self {
            held: Held::new(budget),
            memory: Vec::new(),
            heap: 0,
            blocks: Vec::new(),
            last: Mutex::new(None),
            fault: OnceLock::new(),
        }
    }

    /// Takes in a value above all before it.
    pub(super) fn push(&mut self, item: T) -> Result<(), Fault> {
        self.heap += item.heap();
        self.memory.push(item);
        if self.memory.len().is_multiple_of(STEP) && (!self.blocks.is_empty() || !self.fits()) {
            self.store()?;
        }
        Ok(())
    }

    /// Says that there are no more values.
    pub(super) fn close(mut self) -> Result<Self, Fault> {
        if !self.blocks.is_empty() || !self.fits() {
            self.store()?;
        }
        Ok(self)
    }

    fn fits(&mut self) -> bool {
        let bytes = self.memory.capacity() * size_of::<T>() + self.heap;
        self.held.hold(bytes)
    }

    fn store(&mut self) -> Result<(), Fault> {
        let mut bytes = Vec::with_capacity(BLOCK);
        let mut first: Option<T> = None;
        let mut items = std::mem::take(&mut self.memory).into_iter().peekable();
        while let Some(item) = items.next() {
            item.write(&mut bytes);
            first.get_or_insert(item);
            if bytes.len() >= BLOCK || items.peek().is_none() {
                let start = self.held.budget.allot(bytes.len() as u64)?;
                self.held.budget.write(start, &bytes)?;
                self.blocks.extend(first.take().map(|first| Block { first, start, bytes: bytes.len() }));
                bytes.clear();
            }
        }
        self.heap = 0;
        // Holding nothing always fits.
        let _ = self.held.hold(0);
        Ok(())
    }

    /// Whether a value is there. What could not be read counts as not there; `check` tells of it.
    pub(super) fn contains(&self, item: &T) -> bool {
        if self.blocks.is_empty() {
            return self.memory.binary_search(item).is_ok();
        }
        let Some(place) = self.blocks.partition_point(|block| block.first <= *item).checked_sub(1) else {
            return false;
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(known, _)| *known != place) {
            match self.load(&self.blocks[place]) {
                Ok(items) => *last = Some((place, items)),
                Err(fault) => {
                    // The first fault is kept.
                    let _ = self.fault.set(fault);
                    return false;
                }
            }
        }
        last.as_ref().is_some_and(|(_, items)| items.binary_search(item).is_ok())
    }

    /// What could not be looked up, and why.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.fault.get().cloned().map_or(Ok(()), Err)
    }

    fn load(&self, block: &Block<T>) -> Result<Vec<T>, Fault> {
        let mut bytes = vec![0; block.bytes];
        self.held.budget.read(block.start, &mut bytes)?;
        let mut items = Vec::new();
        let mut at = 0;
        while let Some((item, width)) = T::read(&bytes[at..]) {
            items.push(item);
            at += width;
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_wherever_it_lies() {
        for limit in [None, Some(100)] {
            let budget = Arc::new(Budget::new(limit));
            let mut shelf = Shelf::new(&budget);
            for n in 0..10_000_i64 {
                shelf.push(n * 3).unwrap();
            }
            let shelf = shelf.close().unwrap();
            assert_eq!(limit.is_some(), !shelf.blocks.is_empty());
            for n in [-1, 0, 1, 3, 15_000, 29_997, 29_998, 40_000] {
                assert_eq!(shelf.contains(&n), (0..30_000).contains(&n) && n % 3 == 0, "{n}");
            }
            assert!(shelf.check().is_ok());
        }
    }
}
