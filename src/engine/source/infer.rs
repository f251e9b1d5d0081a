//! The type of a column that declares none: the narrowest that all its values read as.
//!
//! It looks at every value it is given; whether these are all there are is the business of the caller.

use std::io;

use rayon::iter::{ParallelBridge, ParallelIterator};

use super::csv::{self, File};
use crate::ir::value::{Reading, Type};

/// The types that text may turn out to be, from the narrowest.
const CANDIDATES: [Type; 6] = [Type::Integer, Type::Decimal, Type::Float, Type::Boolean, Type::Date, Type::Timestamp];

/// What the values seen so far can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    readings: Vec<Reading>,
    trim: bool,
    seen: bool,
}

impl Default for Guess {
    /// Values in their usual spellings.
    fn default() -> Self {
        Self::new(&Reading::plain(Type::String))
    }
}

impl Guess {
    /// Values that read with the spellings of `like`, whatever its type.
    #[must_use]
    pub fn new(like: &Reading) -> Self {
        let readings = CANDIDATES.map(|kind| Reading { kind, ..like.clone() }).to_vec();
        Self { readings, trim: like.trim, seen: false }
    }

    /// Takes a value in; null is none.
    ///
    /// A number with leading zeros is a code, not a number: `007`, but not `0` or `0.5`.
    pub fn add(&mut self, text: &str) {
        self.seen = true;
        if self.readings.is_empty() {
            return;
        }
        let text = if self.trim { text.trim() } else { text };
        let code = has_leading_zeros(text);
        self.readings.retain(|reading| !(code && reading.kind.is_number()) && csv::reads(text, reading));
    }

    /// Takes in what another one saw.
    pub fn merge(&mut self, other: &Self) {
        self.seen |= other.seen;
        self.readings.retain(|reading| other.readings.contains(reading));
    }

    /// The narrowest type that every value reads as; string if there was none.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.readings.first().filter(|_| self.seen).map_or(Type::String, |reading| reading.kind)
    }

    /// Whether no value can change it any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.readings.is_empty()
    }
}

/// Guesses some fields from every value of a file, on all threads.
///
/// # Errors
/// If the file cannot be read to its end.
pub fn whole_file(file: &File, fields: &[(usize, Reading)]) -> io::Result<Vec<Guess>> {
    let none = || fields.iter().map(|(_, like)| Guess::new(like)).collect::<Vec<_>>();
    file.blocks()
        .par_bridge()
        .map(|block| {
            let mut guesses = none();
            block?.cells(|cells| {
                for (guess, (field, _)) in guesses.iter_mut().zip(fields) {
                    cells.each(*field, guess.trim, |text| text.into_iter().for_each(|text| guess.add(text)));
                }
            });
            Ok(guesses)
        })
        .try_reduce(none, |mut sum, more| {
            for (guess, more) in sum.iter_mut().zip(&more) {
                guess.merge(more);
            }
            Ok(sum)
        })
}

/// Guesses some fields from the first rows of a file: a proposal that later rows may refute.
///
/// # Errors
/// If the file cannot be read as far.
pub fn first_rows(file: &File, fields: &[(usize, Reading)], rows: usize) -> io::Result<Vec<Guess>> {
    let mut guesses: Vec<_> = fields.iter().map(|(_, like)| Guess::new(like)).collect();
    let mut left = rows;
    for block in file.blocks() {
        let mut seen = 0;
        block?.cells(|cells| {
            seen = cells.rows().min(left);
            for (guess, (field, _)) in guesses.iter_mut().zip(fields) {
                let mut row = 0;
                cells.each(*field, guess.trim, |text| {
                    if let Some(text) = text.filter(|_| row < seen) {
                        guess.add(text);
                    }
                    row += 1;
                });
            }
        });
        left -= seen;
        if left == 0 {
            break;
        }
    }
    Ok(guesses)
}

fn has_leading_zeros(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned.as_bytes(), [b'0', b'0'..=b'9', ..])
}
