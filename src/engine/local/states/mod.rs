//! What was seen of each file, kept so that a later run reads only the files that are new or have changed.
//!
//! A dataset of many files grows by a few of them a day. What a measure has seen of one file merges with what it has seen of
//! the next, exactly, whichever run saw it: so the [`Tally`](super::tally::Tally) of each file is kept, under a
//! [`fingerprint`] of the file and a digest of all that was asked of it, and a file whose tallies are all known is not read.
//! `recall` finds and keeps those of one dataset, with what was `seen` of a file whatever is asked, `survey` what opening it had
//! to read it for, `ink` writes all that as bytes, and `book` is the file they lie in from run to run.
//!
//! | kept | not kept, and read in all files |
//! |---|---|
//! | counts, also of rows without a partner while the parent has not changed | quantiles, and ranges around a median or quartiles |
//! | least and greatest value, sums, means, moments, correlation | pairs of rows, queries, rows sorted by other columns |
//! | different values, groups, up to 64 KiB | what hangs on numbers of all rows, or on files that values name |
//! | order in that of the files; keys that rise, in ranges that do not overlap | keys in no order, which are kept themselves |
//! | structural faults, rows; the types that text reads as, the keys of JSON | values of columns that are masked, or that look like personal data |
//!
//! Sums are exact, also those of floats, so that a number does not depend on where files are parted: with states and without
//! the numbers are the same to the bit. It decides nothing about which folder the book lies in, and a book that is damaged or
//! somebody else's is an empty one.

mod book;
mod fingerprint;
mod ink;
mod recall;
mod seen;
mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use crate::dataset::Kind;
use crate::engine::source::input::Input;
use crate::lang::Lang;
use book::{Answers, Book};
pub(super) use book::{Digest, digest};
pub(super) use fingerprint::Fingerprint;
pub(super) use ink::{Ink, Page};
pub(super) use recall::{Recall, of_parent};
pub(super) use seen::Seen;
pub(super) use survey::Surveys;

/// What every question begins with: answers of another version are not understood.
const VERSION: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));

/// What a book may take; what is found beyond that is not kept.
const MOST: usize = 256 << 20;

/// Whether the values of a column of a dataset may not be kept; or one value of it.
pub type Secret = dyn Fn(&str, &str, Option<&serde_json::Value>) -> bool + Send + Sync;

/// What earlier runs of a suite found in files, and what this run finds.
pub struct States {
    book: Book,
    begun: SystemTime,
    secret: OnceLock<Box<Secret>>,
    now: Mutex<Now>,
}

/// What a run does with states.
#[derive(Default)]
struct Now {
    /// What it took from the book.
    used: BTreeMap<Digest, BTreeSet<Digest>>,
    fresh: Answers,
    bytes: usize,
    told: Vec<Told>,
}

/// What came of the states of one dataset, for those who want to know why something is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The dataset.
    pub dataset: String,
    /// How many files it has.
    pub files: usize,
    /// How many of them were not read.
    pub unread: usize,
    /// What is read in all files, in words, and why.
    pub declined: Vec<(String, Unkept)>,
}

/// Why what was seen of a file is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unkept {
    /// It takes the values, keys or rows of all files together.
    Together,
    /// The keys of a file do not rise from row to row, or the ranges of those of files overlap.
    Unordered,
    /// It hangs on numbers of all files.
    Second,
    /// It hangs on files that values name.
    Elsewhere,
    /// The parent of a reference cannot be known again.
    Parent,
    /// It would hold values that are not shown.
    Secret,
    /// It is too much.
    Large,
}

impl Unkept {
    /// The reason in words, to stand after what is read.
    #[must_use]
    pub const fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Together => {
                lang.pick("it takes the rows of all files together", "necesita juntas las filas de todos los ficheros")
            }
            Self::Unordered => lang.pick(
                "keys do not rise from row to row, or those of two files overlap",
                "las claves no suben de fila en fila, o las de dos ficheros se solapan",
            ),
            Self::Second => lang.pick("it hangs on numbers of all files", "depende de números de todos los ficheros"),
            Self::Elsewhere => {
                lang.pick("it hangs on files that values name", "depende de ficheros que nombran los valores")
            }
            Self::Parent => lang.pick(
                "the dataset referred to cannot be known again",
                "no se puede reconocer el conjunto al que se refiere",
            ),
            Self::Secret => lang.pick("it would keep values that are masked", "guardaría valores que se enmascaran"),
            Self::Large => lang.pick("there is too much to keep", "hay demasiado que guardar"),
        }
    }
}

impl States {
    /// What a book says, which may be any bytes; the run began at a moment, in microseconds since 1970 UTC.
    #[must_use]
    pub fn read(book: Vec<u8>, begun: i64) -> Self {
        let since = Duration::from_micros(u64::try_from(begun).unwrap_or(0));
        Self {
            book: Book::read(book),
            begun: SystemTime::UNIX_EPOCH + since,
            secret: OnceLock::new(),
            now: Mutex::default(),
        }
    }

    /// Says which values may not be kept; until then none may.
    pub fn hide(&self, secret: Box<Secret>) {
        // Said twice, it says the same.
        let _ = self.secret.set(secret);
    }

    /// The book for the next run; none if it would say the same. A run that did not look at everything keeps all there was.
    #[must_use]
    pub fn book(&self, partial: bool) -> Option<Vec<u8>> {
        let now = self.now();
        // What is never looked through would grow for ever.
        let partial = partial && self.book.bytes() < MOST;
        let mut answers = now.fresh.clone();
        let mut dropped = false;
        for file in self.book.files() {
            let used = now.used.get(file);
            for (question, answer) in self.book.of(file) {
                if partial || used.is_some_and(|used| used.contains(&question)) {
                    answers.entry(*file).or_default().entry(question).or_insert_with(|| answer.to_vec());
                } else {
                    dropped = true;
                }
            }
        }
        (dropped || !now.fresh.is_empty()).then(|| book::write(&answers))
    }

    /// What came of the states of each dataset that was read.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        self.now().told.clone()
    }

    /// Notes what came of the states of a dataset in one of its visits.
    fn tell(&self, visit: Told) {
        let told = &mut self.now().told;
        match told.iter_mut().find(|told| told.dataset == visit.dataset) {
            Some(told) => {
                told.unread = told.unread.min(visit.unread);
                told.declined.extend(visit.declined);
            }
            None => told.push(visit),
        }
    }

    /// What a file is known by; none if it would not be known again for sure.
    pub(super) fn fingerprint(&self, input: &Input, shown: &str, kind: Kind) -> Option<Fingerprint> {
        Fingerprint::of(input, shown, kind, self.begun)
    }

    /// The answers that are known of a file.
    pub(super) fn of(&self, file: &Digest) -> BTreeMap<Digest, &[u8]> {
        self.book.of(file)
    }

    /// One answer that is known of a file.
    pub(super) fn answer(&self, file: &Digest, question: &Digest) -> Option<&[u8]> {
        self.book.answer(file, question)
    }

    /// Notes that an answer was of use.
    pub(super) fn use_again(&self, file: Digest, questions: impl IntoIterator<Item = Digest>) {
        self.now().used.entry(file).or_default().extend(questions);
    }

    /// Keeps answers for later runs, while there is room and the file is still what it was when it was opened.
    pub(super) fn keep(&self, input: &Input, file: Option<&Fingerprint>, answers: Vec<(Digest, Vec<u8>)>) {
        if let Some(file) = file.filter(|file| !answers.is_empty() && file.holds(input)) {
            self.put(file.digest, answers);
        }
    }

    fn put(&self, file: Digest, answers: impl IntoIterator<Item = (Digest, Vec<u8>)>) {
        let mut now = self.now();
        for (question, answer) in answers {
            if now.bytes + answer.len() > MOST {
                return;
            }
            now.bytes += answer.len() + size_of::<Digest>();
            now.fresh.entry(file).or_default().insert(question, answer);
        }
    }

    /// Whether a column of a dataset holds what may not be kept, or a value of it may not.
    fn is_secret(&self, dataset: &str, column: &str, value: Option<&serde_json::Value>) -> bool {
        self.secret.get().is_none_or(|secret| secret(dataset, column, value))
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [Digest; 2] = [[1; 16], [2; 16]];
    const QUESTIONS: [Digest; 2] = [[8; 16], [9; 16]];

    fn kept() -> Vec<u8> {
        let states = States::read(Vec::new(), 0);
        for file in FILES {
            states.put(file, QUESTIONS.map(|question| (question, vec![question[0]])));
        }
        states.book(false).unwrap()
    }

    fn answers(book: Vec<u8>) -> usize {
        let states = States::read(book, 0);
        FILES.iter().map(|file| states.of(file).len()).sum()
    }

    #[test]
    fn a_book_that_would_say_the_same_is_not_written() {
        let states = States::read(kept(), 0);
        FILES.iter().for_each(|file| states.use_again(*file, QUESTIONS));
        assert!(states.book(false).is_none() && states.book(true).is_none());
    }

    #[test]
    fn what_a_run_did_not_need_goes_unless_it_looked_at_a_part_only() {
        let states = States::read(kept(), 0);
        states.use_again(FILES[0], [QUESTIONS[0]]);
        assert_eq!(answers(states.book(false).unwrap()), 1);
        assert!(states.book(true).is_none());
        states.put(FILES[1], [([7; 16], Vec::new())]);
        assert_eq!(answers(states.book(true).unwrap()), 5);
        assert_eq!(answers(states.book(false).unwrap()), 2);
    }

    #[test]
    fn nothing_that_holds_values_is_kept_until_it_is_said_what_may_be() {
        let states = States::read(Vec::new(), 0);
        assert!(states.is_secret("d", "c", None));
        states.hide(Box::new(|_, column, value| column == "c" || value.is_some()));
        assert!(states.is_secret("d", "c", None) && !states.is_secret("d", "e", None));
    }
}
