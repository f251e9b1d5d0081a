//! An object read from its start to its end, the next blocks on their way while one is worked on.

use std::collections::VecDeque;
use std::io::{self, Read};

use bytes::{Buf, Bytes};
use tokio::task::JoinHandle;

use crate::engine::remote::{Error, Object};

/// The first block: what one learns from how a file is written.
const FIRST: u64 = 256 << 10;

/// The others.
const BLOCK: u64 = 8 << 20;

/// How many blocks are on their way ahead of the one that is waited for.
const AHEAD: usize = 2;

/// An object read from its start.
#[derive(Debug)]
pub struct Stream {
    object: Object,
    current: Bytes,
    /// Where the first block begins that nobody has asked for.
    asked: u64,
    coming: VecDeque<JoinHandle<Result<Bytes, Error>>>,
}

impl Stream {
    /// Starts at the first byte; nothing is asked for yet.
    #[must_use]
    pub fn new(object: Object) -> Self {
        Self { object, current: Bytes::new(), asked: 0, coming: VecDeque::new() }
    }

    /// Fetches the next block; an empty one is the end.
    fn next(&mut self) -> Result<Bytes, Error> {
        // Who reads beyond the first block reads on.
        let most = if self.asked == 0 { 1 } else { 1 + AHEAD };
        let threads = self.object.connections().threads()?;
        while self.coming.len() < most && self.asked < self.object.size() {
            let start = self.asked;
            let length = if start == 0 { FIRST } else { BLOCK };
            self.asked = (start + length).min(self.object.size());
            let (object, range) = (self.object.clone(), start..self.asked);
            self.coming.push_back(threads.spawn(async move { object.block(range).await }));
        }
        let Some(block) = self.coming.pop_front() else { return Ok(Bytes::new()) };
        self.object.connections().wait(async { block.await.unwrap_or_else(|_| Err(Error::stopped())) })
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.current.is_empty() && !into.is_empty() {
            self.current = self.next()?;
        }
        let length = into.len().min(self.current.len());
        self.current.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.coming.iter().for_each(JoinHandle::abort);
    }
}
