//! A history file read from its end: run by run, the newest first, and no more of it than is asked for.

use std::io::{self, Read, Seek, SeekFrom};

use crate::history::line::{Line, RuleLine, RunLine};

/// How the line of a run begins.
pub(super) const RUN: &[u8] = b"{\"line\":\"run\",";

/// How much is read at once at least.
const PIECE: u64 = 4 << 10;

/// A history file read from its end.
pub(super) struct Backwards<R> {
    file: R,
    /// Up to where there is something still to be read; a line ends there.
    end: u64,
    /// A part of the file, and where it begins.
    held: Vec<u8>,
    from: u64,
}

/// Where the lines of a run stand: those of its rules, and its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The run.
    pub(super) run: RunLine,
    /// Where the lines of its rules begin.
    pub(super) start: u64,
    /// Where they end, and its own begins.
    pub(super) middle: u64,
    /// Where its own ends.
    pub(super) end: u64,
}

impl<R: Read + Seek> Backwards<R> {
    /// Begins at the end of a file. A last line without its end was torn, and is passed over.
    pub(super) fn new(mut file: R) -> io::Result<Self> {
        let end = file.seek(SeekFrom::End(0))?;
        let mut this = Self { file, end, held: Vec::new(), from: end };
        if end > 0 && this.byte_before(end)? != b'\n' {
            this.end = this.start_of_line(end)?;
        }
        Ok(this)
    }

    /// The next older run. Lines that are not understood are passed over.
    pub(super) fn run(&mut self) -> io::Result<Option<Found>> {
        while self.end > 0 {
            let end = self.end;
            let middle = self.start_of_line(end - 1)?;
            let line = self.slice(middle, end)?;
            let run = match line.starts_with(RUN).then(|| serde_json::from_slice(line)) {
                Some(Ok(Line::Run(run))) => *run,
                _ => {
                    self.end = middle;
                    continue;
                }
            };
            let start = match middle.checked_sub(run.rules_bytes) {
                Some(start) if run.rules_bytes > 0 && self.is_end_of_run(start)? => start,
                _ => self.end_of_older_run(middle)?,
            };
            self.end = start;
            return Ok(Some(Found { run, start, middle, end }));
        }
        Ok(None)
    }

    /// The rules of a run.
    pub(super) fn rules(&mut self, found: &Found) -> io::Result<Vec<RuleLine>> {
        let text = self.slice(found.start, found.middle)?;
        let lines = text.split_inclusive(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        Ok(lines
            .filter_map(|line| match line {
                // What a killed run left before it is not of this one.
                Line::Rule(rule) if rule.run == found.run.id => Some(*rule),
                _ => None,
            })
            .collect())
    }

    /// Whether the line that ends here is that of a run, or nothing stands before.
    fn is_end_of_run(&mut self, end: u64) -> io::Result<bool> {
        if end == 0 {
            return Ok(true);
        }
        if self.byte_before(end)? != b'\n' {
            return Ok(false);
        }
        let start = self.start_of_line(end - 1)?;
        Ok(self.slice(start, end)?.starts_with(RUN))
    }

    /// Where the newest run ends that stands before a place.
    fn end_of_older_run(&mut self, before: u64) -> io::Result<u64> {
        let mut end = before;
        while end > 0 {
            let start = self.start_of_line(end - 1)?;
            if self.slice(start, end)?.starts_with(RUN) {
                break;
            }
            end = start;
        }
        Ok(end)
    }

    /// Where the line begins that holds the byte before a place.
    fn start_of_line(&mut self, end: u64) -> io::Result<u64> {
        let mut end = end;
        while end > 0 {
            self.slice(end - 1, end)?;
            let from = self.from;
            let text = self.slice(from, end)?;
            if let Some(at) = text.iter().rposition(|byte| *byte == b'\n') {
                return Ok(from + at as u64 + 1);
            }
            end = from;
        }
        Ok(0)
    }

    fn byte_before(&mut self, end: u64) -> io::Result<u8> {
        Ok(self.slice(end - 1, end)?[0])
    }

    /// The bytes between two places.
    fn slice(&mut self, start: u64, end: u64) -> io::Result<&[u8]> {
        let held_to = self.from + self.held.len() as u64;
        if start < self.from || end > held_to {
            // What stands before is likely asked for next.
            let from = start.min(end.saturating_sub(PIECE));
            let length = usize::try_from(end - from).map_err(|_| io::ErrorKind::FileTooLarge)?;
            self.file.seek(SeekFrom::Start(from))?;
            self.held.resize(length, 0);
            self.from = from;
            self.file.read_exact(&mut self.held).inspect_err(|_| self.held.clear())?;
        }
        let at = |place: u64| usize::try_from(place - self.from).map_err(|_| io::ErrorKind::FileTooLarge);
        Ok(&self.held[at(start)?..at(end)?])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::history::sample;

    /// A reader that counts.
    struct Counted(Cursor<Vec<u8>>, u64);

    impl Read for Counted {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.read(into).inspect(|read| self.1 += *read as u64)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    fn text(runs: u32, rules: u32, with_bytes: bool) -> Vec<u8> {
        let mut text = Vec::new();
        for run in 0..runs {
            let mut group = sample::group("s", run, rules, |_| false);
            if !with_bytes {
                group = String::from_utf8(group).unwrap().replace("\"rules_bytes\":", "\"of_old\":").into_bytes();
            }
            text.extend(group);
        }
        text
    }

    #[test]
    fn runs_come_newest_first_with_their_rules_whether_or_not_they_say_their_size() {
        for with_bytes in [true, false] {
            let mut file = Backwards::new(Cursor::new(text(40, 30, with_bytes))).unwrap();
            for run in (0..40).rev() {
                let found = file.run().unwrap().unwrap();
                assert_eq!(found.run.id, sample::id(run));
                let rules = file.rules(&found).unwrap();
                assert!(rules.iter().enumerate().all(|(at, rule)| rule.id == format!("d.c{at}.not_null")));
                assert_eq!(rules.len(), 30);
            }
            assert_eq!((file.run().unwrap(), file.end), (None, 0));
        }
    }

    #[test]
    fn what_was_torn_is_no_run_and_what_lies_about_its_size_is_read_line_by_line() {
        let whole = text(3, 2, true);
        for torn in ["{\"line\":\"run\",\"id\":", "{\"line\":\"rule\",\"run\":\"x\"}\n{\"li", "\n", "\u{0}\u{0}"] {
            let mut file = Backwards::new(Cursor::new([whole.as_slice(), torn.as_bytes()].concat())).unwrap();
            assert_eq!(file.run().unwrap().unwrap().run.id, sample::id(2), "{torn}");
        }
        let lies = String::from_utf8(whole).unwrap().replace("\"rules_bytes\":", "\"rules_bytes\":1");
        let mut file = Backwards::new(Cursor::new(lies.into_bytes())).unwrap();
        let mut ids = Vec::new();
        while let Some(found) = file.run().unwrap() {
            assert_eq!(file.rules(&found).unwrap().len(), 2);
            ids.push(found.run.id);
        }
        assert_eq!(ids, [sample::id(2), sample::id(1), sample::id(0)]);
    }

    #[test]
    fn no_more_is_read_than_is_asked_for() {
        let read = |runs| {
            let mut file = Backwards::new(Counted(Cursor::new(text(runs, 50, true)), 0)).unwrap();
            for _ in 0..30 {
                file.run().unwrap().unwrap();
            }
            file.file.1
        };
        let few = read(31);
        assert!(few < 31 * 2 * PIECE, "{few}");
        assert_eq!(read(2_000), few);
    }
}
