//! An object read from any place, in blocks that are kept for a while; who reads on finds the next one on its way.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use tokio::task::JoinHandle;

use crate::engine::remote::{Error, Object};

/// How long a block is.
const BLOCK: u64 = 4 << 20;

/// An object read from any place.
#[derive(Debug)]
pub struct Blocks {
    object: Object,
    at: u64,
    /// Where the block begins that was read last, and its bytes.
    current: Option<(u64, Bytes)>,
    ahead: Option<(u64, JoinHandle<Result<Bytes, Error>>)>,
}

impl Blocks {
    /// Stands before the first byte; nothing is asked for yet.
    #[must_use]
    pub fn new(object: Object) -> Self {
        Self { object, at: 0, current: None, ahead: None }
    }

    /// The block that holds a byte.
    fn around(&self, at: u64) -> Range<u64> {
        let start = at / BLOCK * BLOCK;
        start..(start + BLOCK).min(self.object.size())
    }

    fn fetch(&mut self, range: Range<u64>) -> Result<Bytes, Error> {
        let reads_on = self.current.as_ref().is_some_and(|(start, _)| start + BLOCK == range.start);
        let coming = self.ahead.take();
        let connections = self.object.connections();
        let bytes = match coming {
            Some((start, block)) if start == range.start => {
                connections.wait(async { block.await.unwrap_or_else(|_| Err(Error::stopped())) })?
            }
            other => {
                if let Some((_, block)) = other {
                    block.abort();
                }
                connections.wait(self.object.block(range.clone()))?
            }
        };
        if reads_on && range.end < self.object.size() {
            let (object, next) = (self.object.clone(), self.around(range.end));
            let start = next.start;
            self.ahead = Some((start, connections.threads()?.spawn(async move { object.block(next).await })));
        }
        Ok(bytes)
    }
}

impl Read for Blocks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.at >= self.object.size() {
            return Ok(0);
        }
        let range = self.around(self.at);
        let block = match &self.current {
            Some((start, block)) if *start == range.start => block.clone(),
            _ => {
                let block = self.fetch(range.clone())?;
                self.current = Some((range.start, block.clone()));
                block
            }
        };
        let inside = usize::try_from(self.at - range.start).unwrap_or(usize::MAX);
        let rest = block.get(inside..).unwrap_or_default();
        let length = into.len().min(rest.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Blocks {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.object.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "it ends too early");
        self.at = place.ok_or_else(before)?;
        Ok(self.at)
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        if let Some((_, block)) = &self.ahead {
            block.abort();
        }
    }
}
