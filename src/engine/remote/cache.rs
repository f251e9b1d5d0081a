//! What was read last of objects, up to a size: files are looked at more than once while they are opened.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// How many bytes are kept.
const MOST: usize = 64 << 20;

/// Parts of objects by object and place; the oldest go first.
#[derive(Debug, Default)]
pub(super) struct Cache {
    parts: HashMap<(u64, u64), Bytes>,
    order: VecDeque<(u64, u64)>,
    bytes: usize,
    objects: u64,
}

impl Cache {
    /// A number for a further object.
    pub(super) fn object(&mut self) -> u64 {
        self.objects += 1;
        self.objects
    }

    pub(super) fn get(&self, object: u64, start: u64) -> Option<Bytes> {
        self.parts.get(&(object, start)).cloned()
    }

    pub(super) fn put(&mut self, object: u64, start: u64, part: Bytes) {
        if part.len() > MOST || self.parts.contains_key(&(object, start)) {
            return;
        }
        self.bytes += part.len();
        self.order.push_back((object, start));
        self.parts.insert((object, start), part);
        while self.bytes > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.parts.remove(&oldest).map_or(0, |part| part.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_parts_go_when_it_is_full() {
        let mut cache = Cache::default();
        let (one, part) = (cache.object(), || Bytes::from(vec![0; MOST / 2]));
        cache.put(one, 0, part());
        cache.put(one, 1, part());
        cache.put(one, 1, part());
        assert!(cache.get(one, 0).is_some() && cache.get(one, 1).is_some());
        cache.put(one, 2, Bytes::from_static(b"x"));
        assert!(cache.get(one, 0).is_none() && cache.get(one, 2).is_some());
        assert_ne!(cache.object(), one);
    }
}
