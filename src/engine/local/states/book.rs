//! The file that states are kept in from run to run: by file of data, and there by what was asked of it.
//!
//! ```text
//! "tamiz states 1\n"
//! the questions:  their number, then a digest of 16 bytes each
//! the files:      their number, then for each a digest of 16 bytes, a length, and in so many bytes
//!                 pairs of the number of a question and an answer with its length
//! SHA-256 of all that
//! ```
//!
//! Numbers are varints. What is not so, to the byte, is no book: there is then nothing that earlier runs found. It knows
//! neither what an answer says nor where the book lies.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::engine::local::states::ink::Page;

/// What a book begins with.
const MAGIC: &[u8] = b"tamiz states 2\n";

/// The bytes of a checksum.
const SUM: usize = 32;

/// What a file, or what is asked of one, is known by.
pub(in crate::engine::local) type Digest = [u8; 16];

/// The digest of some bytes, in parts that are told apart.
pub(in crate::engine::local) fn digest<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Digest {
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    let sum = sum.finalize();
    sum.first_chunk().copied().unwrap_or_default()
}

/// The answers of an earlier run.
#[derive(Default)]
pub(super) struct Book {
    bytes: Vec<u8>,
    questions: Vec<Digest>,
    files: HashMap<Digest, Range<usize>>,
}

/// Answers by file and question.
pub(super) type Answers = BTreeMap<Digest, BTreeMap<Digest, Vec<u8>>>;

impl Book {
    /// The book of some bytes; an empty one if they are none.
    pub(super) fn read(bytes: Vec<u8>) -> Self {
        Self::parse(bytes).unwrap_or_default()
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<SUM>()?;
        if Sha256::digest(body).as_slice() != sum {
            return None;
        }
        let mut page = Page::new(body.strip_prefix(MAGIC)?);
        let mut questions = Vec::new();
        for _ in 0..page.length()? {
            questions.push(page.array()?);
        }
        let mut files = HashMap::new();
        for _ in 0..page.length()? {
            let file = page.array()?;
            let answers = page.blob()?;
            let end = body.len() - page.left();
            files.insert(file, end - answers.len()..end);
        }
        page.is_read().then_some(Self { bytes, questions, files })
    }

    /// The answers of a file, by question; none from where they are not as they should be.
    pub(super) fn of(&self, file: &Digest) -> BTreeMap<Digest, &[u8]> {
        self.answers(file).map(|(question, answer)| (*question, answer)).collect()
    }

    /// One answer of a file.
    pub(super) fn answer(&self, file: &Digest, question: &Digest) -> Option<&[u8]> {
        self.answers(file).find(|(own, _)| *own == question).map(|(_, answer)| answer)
    }

    fn answers(&self, file: &Digest) -> impl Iterator<Item = (&Digest, &[u8])> {
        let bytes = self.files.get(file).and_then(|range| self.bytes.get(range.clone()));
        let mut page = Page::new(bytes.unwrap_or_default());
        std::iter::from_fn(move || {
            let question = self.questions.get(usize::try_from(page.count()?).ok()?)?;
            Some((question, page.blob()?))
        })
    }

    /// How large it is.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The files that it has answers of.
    pub(super) fn files(&self) -> impl Iterator<Item = &Digest> {
        self.files.keys()
    }
}

/// The book of some answers, as bytes.
pub(super) fn write(answers: &Answers) -> Vec<u8> {
    let mut questions: BTreeMap<Digest, u64> =
        answers.values().flat_map(BTreeMap::keys).map(|question| (*question, 0)).collect();
    let mut bytes = MAGIC.to_vec();
    count(questions.len(), &mut bytes);
    for ((question, number), place) in questions.iter_mut().zip(0..) {
        *number = place;
        bytes.extend_from_slice(question);
    }
    count(answers.len(), &mut bytes);
    let mut own = Vec::new();
    for (file, answers) in answers {
        own.clear();
        for (question, answer) in answers {
            let number = questions.get(question).copied().unwrap_or_default();
            count(usize::try_from(number).unwrap_or(usize::MAX), &mut own);
            count(answer.len(), &mut own);
            own.extend_from_slice(answer);
        }
        bytes.extend_from_slice(file);
        count(own.len(), &mut bytes);
        bytes.extend_from_slice(&own);
    }
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(sum.as_slice());
    bytes
}

fn count(mut count: usize, bytes: &mut Vec<u8>) {
    while count > 0x7f {
        bytes.push(u8::try_from(count & 0x7f).unwrap_or(0) | 0x80);
        count >>= 7;
    }
    bytes.push(u8::try_from(count).unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Answers {
        let of =
            |answers: &[(u8, &[u8])]| answers.iter().map(|(question, it)| ([*question; 16], it.to_vec())).collect();
        Answers::from([([1; 16], of(&[(7, b"seven"), (8, b"")])), ([2; 16], of(&[(7, &[0; 300])])), ([3; 16], of(&[]))])
    }

    fn all(book: &Book) -> Answers {
        let own = |file| book.of(file).into_iter().map(|(question, answer)| (question, answer.to_vec())).collect();
        book.files().map(|file| (*file, own(file))).collect()
    }

    #[test]
    fn a_book_holds_what_was_written() {
        assert_eq!(all(&Book::read(write(&some()))), some());
        assert_eq!(all(&Book::read(write(&Answers::new()))), Answers::new());
    }

    #[test]
    fn what_is_no_book_holds_nothing() {
        let whole = write(&some());
        for end in 0..whole.len() {
            assert!(all(&Book::read(whole[..end].to_vec())).is_empty(), "cut at {end}");
        }
        for place in 0..whole.len() {
            let mut other = whole.clone();
            other[place] ^= 0x55;
            assert!(all(&Book::read(other)).is_empty(), "another byte at {place}");
        }
        assert!(all(&Book::read([whole, vec![0]].concat())).is_empty());
    }

    #[test]
    fn a_book_with_a_right_sum_and_wrong_insides_makes_nothing_fail() {
        let whole = write(&some());
        let body = &whole[..whole.len() - SUM];
        for place in MAGIC.len()..body.len() {
            for other in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = body.to_vec();
                bytes[place] = other;
                let sum = Sha256::digest(&bytes);
                bytes.extend_from_slice(sum.as_slice());
                let _ = all(&Book::read(bytes));
            }
        }
    }
}
