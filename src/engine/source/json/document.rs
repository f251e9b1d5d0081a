//! A document that is one value: its records are the elements of an array, at its top or inside an envelope, or it is one.
//!
//! It is held in memory whole while it is read, and cut into blocks of elements whose brackets go together; what is wrong
//! inside an element is told where that is decoded. What is wrong around the elements, an end that is missing above all,
//! is an error: nobody knows how many elements there should be.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use memchr::memchr_iter;

use super::scan::{NotJson, Scan, unescape};
use super::split::{Block, Record};
use crate::engine::source::bytes::BYTE_ORDER_MARK;

/// The blocks of a document, in order.
pub(super) struct Elements {
    bytes: Arc<Vec<u8>>,
    file: usize,
    size: usize,
    longest: usize,
    /// The keys that lead to the array.
    path: Vec<String>,
    at: usize,
    line: u64,
    row: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Before an element; whether it is the first.
    Inside(bool),
    /// The whole document is the element.
    One,
    End,
}

impl Elements {
    pub(super) fn new(bytes: Vec<u8>, path: &[String], file: usize, size: usize, longest: usize) -> Self {
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let (path, state) = (path.to_vec(), State::Start);
        Self { bytes: Arc::new(bytes), file, size, longest, path, at, line: 1, row: 0, state }
    }

    fn read(&mut self) -> io::Result<Option<Block>> {
        if self.state == State::Start {
            self.start()?;
        }
        let (first_line, first_row) = (self.line, self.row);
        let mut elements = Vec::new();
        let mut start = None;
        while self.state != State::End {
            match self.element() {
                Ok(Some((range, line))) => {
                    let start = *start.get_or_insert(range.start);
                    elements.push(Record { range: range.start - start..range.end - start, line });
                    self.row += 1;
                    if self.at - start >= self.size {
                        break;
                    }
                }
                Ok(None) => {}
                // What was sound so far is given first; the next call comes upon the error again.
                Err(_) if !elements.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        let Some(start) = start else { return Ok(None) };
        let end = elements.last().map_or(start, |record: &Record| start + record.range.end);
        let bytes = Arc::clone(&self.bytes);
        let (file, longest) = (self.file, self.longest);
        Ok(Some(Block { bytes, range: start..end, file, first_line, first_row, longest, elements: Some(elements) }))
    }

    /// Goes to the first element.
    fn start(&mut self) -> io::Result<()> {
        let bytes = Arc::clone(&self.bytes);
        let mut scan = Scan { bytes: &bytes, at: self.at };
        scan.space();
        if scan.peek().is_none() && self.path.is_empty() {
            self.state = State::End;
            return Ok(());
        }
        for (depth, step) in self.path.iter().enumerate() {
            enter(&mut scan, step).map_err(|lost| match lost {
                Lost::Broken(at) => self.broken(at),
                Lost::Without(keys) => {
                    let inside = if depth == 0 { "the document" } else { &format!("`{}`", self.path[depth - 1]) };
                    let has = keys.iter().take(12).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                    wrong(&format!("{inside} has no `{step}`, where its records should be; it has {has}"))
                }
                Lost::NoObject => wrong(&format!("`records` looks for `{step}` in what is no object")),
            })?;
            scan.space();
        }
        self.state = match scan.peek() {
            Some(b'[') => {
                scan.at += 1;
                State::Inside(true)
            }
            Some(_) if self.path.is_empty() => State::One,
            None => return Err(self.broken(scan.at)),
            Some(_) => {
                let path = self.path.join(".");
                return Err(wrong(&format!("`{path}` is no array, so it holds no records")));
            }
        };
        self.go(scan.at);
        Ok(())
    }

    /// The next element and its line; none at the end of the array.
    fn element(&mut self) -> io::Result<Option<(Range<usize>, u64)>> {
        let bytes = Arc::clone(&self.bytes);
        let mut scan = Scan { bytes: &bytes, at: self.at };
        scan.space();
        match self.state {
            State::Inside(first) => {
                if scan.eat(b']') {
                    return self.finish(scan);
                }
                if !first {
                    scan.expect(b',').map_err(|NotJson(at)| self.broken(at))?;
                    scan.space();
                }
            }
            State::One => {}
            State::Start | State::End => return Ok(None),
        }
        let (before, line) = (self.at, self.line);
        let line = line + memchr_iter(b'\n', &bytes[before..scan.at]).count() as u64;
        let start = scan.at;
        scan.skip().map_err(|NotJson(at)| self.broken(at))?;
        self.go(scan.at);
        if self.state == State::One {
            let end = scan.at;
            self.finish(scan)?;
            return Ok(Some((start..end, line)));
        }
        self.state = State::Inside(false);
        Ok(Some((start..scan.at, line)))
    }

    /// Reads what follows the array, to the end of the document.
    fn finish(&mut self, mut scan: Scan<'_>) -> io::Result<Option<(Range<usize>, u64)>> {
        for step in self.path.iter().rev() {
            match leave(&mut scan, step) {
                Ok(true) => {}
                Ok(false) => return Err(wrong(&format!("`{step}` occurs twice, so its records are not certain"))),
                Err(NotJson(at)) => return Err(self.broken(at)),
            }
        }
        scan.space();
        if scan.peek().is_some() {
            return Err(self.broken(scan.at));
        }
        self.state = State::End;
        Ok(None)
    }

    /// Moves on, counting lines.
    fn go(&mut self, at: usize) {
        self.line += memchr_iter(b'\n', &self.bytes[self.at..at]).count() as u64;
        self.at = at;
    }

    fn broken(&self, at: usize) -> io::Error {
        let at = at.min(self.bytes.len());
        let line = 1 + memchr_iter(b'\n', &self.bytes[..at]).count();
        if self.bytes[at..].iter().all(u8::is_ascii_whitespace) || self.bytes[at] == b'"' {
            let rows = self.row;
            wrong(&format!("the JSON document ends too early, on line {line}, after {rows} whole records"))
        } else {
            let column = at - self.bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1) + 1;
            wrong(&format!("the JSON document is broken on line {line} at byte {column}"))
        }
    }
}

impl Iterator for Elements {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.read();
        if block.is_err() {
            self.state = State::End;
        }
        block.transpose()
    }
}

/// Why a step of the path was not found.
enum Lost {
    Broken(usize),
    Without(Vec<String>),
    NoObject,
}

impl From<NotJson> for Lost {
    fn from(NotJson(at): NotJson) -> Self {
        Self::Broken(at)
    }
}

/// Goes into an object, to the value of a key.
fn enter(scan: &mut Scan<'_>, step: &str) -> Result<(), Lost> {
    let mut keys = Vec::new();
    if scan.peek().is_some_and(|byte| byte != b'{') {
        return Err(Lost::NoObject);
    }
    scan.expect(b'{')?;
    scan.space();
    if scan.eat(b'}') {
        return Err(Lost::Without(keys));
    }
    loop {
        let key = key(scan)?;
        if key == step {
            return Ok(());
        }
        keys.push(key);
        scan.skip()?;
        scan.space();
        if scan.eat(b'}') {
            return Err(Lost::Without(keys));
        }
        scan.expect(b',')?;
        scan.space();
    }
}

/// Goes to the end of an object from behind one of its values; false if the key of that value comes once more.
fn leave(scan: &mut Scan<'_>, step: &str) -> Result<bool, NotJson> {
    loop {
        scan.space();
        if scan.eat(b'}') {
            return Ok(true);
        }
        scan.expect(b',')?;
        scan.space();
        if key(scan)? == step {
            return Ok(false);
        }
        scan.skip()?;
    }
}

/// Reads a key, its colon, and the space before its value.
fn key(scan: &mut Scan<'_>) -> Result<String, NotJson> {
    let (start, end, escaped) = scan.string()?;
    let raw = String::from_utf8_lossy(&scan.bytes[start..end]).into_owned();
    let mut name = String::new();
    if escaped {
        unescape(&raw, &mut name);
    } else {
        name = raw;
    }
    scan.space();
    scan.expect(b':')?;
    scan.space();
    Ok(crate::ir::name::nfc(&name))
}

fn wrong(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
