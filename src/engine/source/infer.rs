//! The type of a column that declares none: the narrowest that all its values read as.
//!
//! It looks at every value it is given; whether these are all there are is the business of the caller.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::iter::{ParallelBridge, ParallelIterator};

use super::cell;
use super::column::Cells;
use super::csv::File;
use super::excel;
use crate::ir::value::{Reading, Type};
use crate::ir::{Marks, Missing};

/// The types that text may turn out to be, from the narrowest.
const CANDIDATES: [Type; 6] = [Type::Integer, Type::Decimal, Type::Float, Type::Boolean, Type::Date, Type::Timestamp];

/// More readings than there are candidates, in the bits of a guess.
const SEEN: u16 = 12;

/// What the values seen so far can be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing seen or not")]
pub struct Guess {
    readings: Vec<Reading>,
    missing: Option<Arc<Missing>>,
    trim: bool,
    seen: bool,
    /// Whether a comma may turn out to stand before decimals, and whether one was seen that cannot part thousands.
    commas: bool,
    sure: bool,
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
        Self { readings, missing: like.missing.clone(), trim: like.trim, seen: false, commas: false, sure: false }
    }

    /// The same, where numbers may have a comma before their decimals, all of them or none.
    ///
    /// Only of text whose fields no comma parts. `1,234` may be either of two numbers, so that such values alone are text;
    /// one such as `1,5` settles it for all.
    #[must_use]
    pub fn with_commas(mut self) -> Self {
        let decimal = self.readings.iter().position(|reading| reading.kind == Type::Decimal);
        if let Some(reading) = decimal.map(|place| &self.readings[place]).filter(|reading| reading.marks.are_plain()) {
            self.readings.push(Reading { marks: Marks::COMMA, ..reading.clone() });
            self.commas = true;
        }
        self
    }

    /// Takes a value in; null is none, and neither is what is said to stand for none.
    ///
    /// A number with leading zeros is a code, not a number: `007`, but not `0` or `0.5`.
    pub fn add(&mut self, text: &str) {
        let text = if self.trim { text.trim() } else { text };
        if self.missing.as_ref().is_some_and(|missing| missing.is_spelled(text)) {
            return;
        }
        self.seen = true;
        if self.is_settled() {
            return;
        }
        let code = has_leading_zeros(text);
        // A narrower number reads as every wider one; whole ones with marks of any kind.
        let narrowest = &self.readings[0];
        let alike = |reading: &Reading| {
            reading.kind.is_number() && (reading.marks == narrowest.marks || narrowest.kind == Type::Integer)
        };
        self.sure |= self.commas && !self.sure && has_decimal_comma(text);
        if !code && self.readings.iter().all(alike) && cell::reads(text, narrowest) {
            return;
        }
        self.readings.retain(|reading| !(code && reading.kind.is_number()) && cell::reads(text, reading));
    }

    /// Takes in what another one saw.
    pub fn merge(&mut self, other: &Self) {
        self.seen |= other.seen;
        self.commas |= other.commas;
        self.sure |= other.sure;
        self.readings.retain(|reading| other.readings.contains(reading));
    }

    /// What is left of a guess before its first value, as a number.
    #[must_use]
    pub fn bits(&self, blank: &Self) -> u16 {
        let left = (0..SEEN).zip(&blank.readings).filter(|(_, reading)| self.readings.contains(reading));
        let left = left.fold(0, |bits, (place, _)| bits | 1 << place);
        left | u16::from(self.seen) << SEEN | u16::from(self.sure) << (SEEN + 1)
    }

    /// The guess of which so much is left; none of a number that is none of its own.
    #[must_use]
    pub fn left(mut self, bits: u16) -> Option<Self> {
        let mut place = 0;
        self.readings.retain(|_| {
            place += 1;
            bits >> (place - 1) & 1 == 1
        });
        (self.seen, self.sure) = (bits >> SEEN & 1 == 1, bits >> (SEEN + 1) & 1 == 1);
        (bits >> (SEEN + 2) == 0).then_some(self)
    }

    /// The narrowest type that every value reads as; string if there was none.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.found().map_or(Type::String, |reading| reading.kind)
    }

    /// The marks of its numbers.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.found().map(|reading| reading.marks).unwrap_or_default()
    }

    fn found(&self) -> Option<&Reading> {
        let unsure = self.commas && !self.sure;
        self.readings.first().filter(|reading| self.seen && !(unsure && reading.marks == Marks::COMMA))
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
    let none = || fields.iter().map(|(_, like)| blank(file, like)).collect::<Vec<_>>();
    file.blocks()
        .par_bridge()
        .map(|block| {
            let mut guesses = none();
            block?.cells(|cells| {
                for (guess, (field, _)) in guesses.iter_mut().zip(fields) {
                    cells.each_until(*field, guess.trim, |text| {
                        if let Some(text) = text {
                            guess.add(text);
                        }
                        if guess.is_settled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    });
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
    let mut guesses: Vec<_> = fields.iter().map(|(_, like)| blank(file, like)).collect();
    let mut left = rows;
    for block in file.blocks() {
        let mut seen = 0;
        block?.cells(|cells| {
            seen = cells.rows().min(left);
            for (guess, (field, _)) in guesses.iter_mut().zip(fields) {
                let mut row = 0;
                cells.each_until(*field, guess.trim, |text| {
                    if row == seen {
                        return ControlFlow::Break(());
                    }
                    row += 1;
                    if let Some(text) = text {
                        guess.add(text);
                    }
                    ControlFlow::Continue(())
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

/// A guess of a field of a file before its first value.
#[must_use]
pub fn blank(file: &File, like: &Reading) -> Guess {
    let guess = Guess::new(like);
    if file.delimiter() == b',' { guess } else { guess.with_commas() }
}

/// Whether a comma stands where none parts thousands: `1,5`, `0,125` and `1234,567`, but not `1,234`.
fn has_decimal_comma(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((whole, decimals)) = unsigned.split_once(',') else { return false };
    decimals.len() != 3 || whole.len() > 3 || matches!(whole, "" | "0")
}

/// Guesses some columns from every value of a sheet.
#[must_use]
pub fn sheet(file: &excel::File, columns: &[(usize, Reading)]) -> Vec<Guess> {
    let guessed = columns.iter().map(|(column, like)| {
        let mut guess = Guess::new(like);
        file.each_text(*column, |text| guess.add(text));
        guess
    });
    guessed.collect()
}

fn has_leading_zeros(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned.as_bytes(), [b'0', b'0'..=b'9', ..])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::engine::source::csv::Options;

    fn guessed(values: &[&str]) -> Type {
        let mut guess = Guess::default();
        for value in values {
            guess.add(value);
        }
        let parts = values.iter().map(|value| {
            let mut part = Guess::default();
            part.add(value);
            part
        });
        let merged = parts.fold(Guess::default(), |mut sum, part| {
            sum.merge(&part);
            sum
        });
        assert_eq!(guess.kind(), merged.kind(), "the order of work does not matter: {values:?}");
        guess.kind()
    }

    #[test]
    fn the_type_is_the_narrowest_that_all_values_read_as() {
        assert_eq!(guessed(&["1", "-20", "0"]), Type::Integer);
        assert_eq!(guessed(&["1", "2.50"]), Type::Decimal);
        assert_eq!(guessed(&["1", "99999999999999999999"]), Type::Decimal);
        assert_eq!(guessed(&["1", "2.5", "1e3", "NaN"]), Type::Float);
        assert_eq!(guessed(&["1.5", "9".repeat(40).as_str()]), Type::Float);
        assert_eq!(guessed(&["true", "FALSE"]), Type::Boolean);
        assert_eq!(guessed(&["2024-01-31"]), Type::Date);
        assert_eq!(guessed(&["2024-01-31 10:00", "2024-01-31T10:00:00Z"]), Type::Timestamp);
        assert_eq!(guessed(&["2024-01-31", "2024-01-31 10:00"]), Type::String);
        assert_eq!(guessed(&["1", "x"]), Type::String);
        assert_eq!(guessed(&["1", "true"]), Type::String);
        assert_eq!(guessed(&[]), Type::String);
    }

    #[test]
    fn what_is_left_of_a_guess_comes_back() {
        for values in [&["1", "-20"][..], &["1,5"], &["1,234"], &["2024-01-31"], &["x"], &[]] {
            for blank in [Guess::default(), Guess::default().with_commas()] {
                let mut guess = blank.clone();
                values.iter().for_each(|value| guess.add(value));
                assert_eq!(blank.clone().left(guess.bits(&blank)), Some(guess), "{values:?}");
            }
        }
        assert_eq!(Guess::default().left(u16::MAX), None);
    }

    #[test]
    fn leading_zeros_make_a_text() {
        assert_eq!(guessed(&["1", "007"]), Type::String);
        assert_eq!(guessed(&["-01.5", "2"]), Type::String);
        assert_eq!(guessed(&["00"]), Type::String);
        assert_eq!(guessed(&["0", "-0", "10"]), Type::Integer);
        assert_eq!(guessed(&["0.5", "0"]), Type::Decimal);
    }

    #[test]
    fn a_comma_stands_before_decimals_where_that_is_sure_of_every_value() {
        let guessed = |values: &[&str]| {
            let mut guess = Guess::default().with_commas();
            values.iter().for_each(|value| guess.add(value));
            (guess.kind(), guess.marks())
        };
        let (plain, comma) = (Marks::default(), Marks::COMMA);
        assert_eq!(guessed(&["1,5", "-2,25", "3"]), (Type::Decimal, comma));
        assert_eq!(guessed(&["3", "1,234", "0,5"]), (Type::Decimal, comma));
        assert_eq!(guessed(&["1,234", "12,345"]), (Type::String, plain));
        assert_eq!(guessed(&["1", "2"]), (Type::Integer, plain));
        assert_eq!(guessed(&["1.5", "2,5"]), (Type::String, plain));
        assert_eq!(guessed(&["99999999999999999999", "1.5", "2,5"]), (Type::String, plain));
        assert_eq!(guessed(&["1.234,5"]), (Type::String, plain));
        assert_eq!(guessed(&["007,5"]), (Type::String, plain));
        let said = Reading { marks: comma, ..Reading::plain(Type::String) };
        let mut guess = Guess::new(&said).with_commas();
        guess.add("1,234");
        assert_eq!((guess.kind(), guess.marks()), (Type::Decimal, comma));
    }

    #[test]
    fn a_whole_file_and_its_first_rows_are_guessed_alike_until_a_value_refutes() {
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        writeln!(on_disk, "a,b,c\n1,x,\n2, 5 ,\n,\"y\",\nragged\n3,z,\n4.5,w,").unwrap();
        let file = File::open(on_disk.path(), 0, &Options::default()).unwrap();
        let plain = Reading::plain(Type::String);
        let fields = [(0, plain.clone()), (1, plain.clone()), (2, plain)];
        let kinds = |guesses: Vec<Guess>| guesses.iter().map(Guess::kind).collect::<Vec<_>>();
        assert_eq!(kinds(first_rows(&file, &fields, 5).unwrap()), [Type::Integer, Type::String, Type::String]);
        assert_eq!(kinds(first_rows(&file, &fields, 9).unwrap()), [Type::Decimal, Type::String, Type::String]);
        assert_eq!(kinds(whole_file(&file, &fields).unwrap()), [Type::Decimal, Type::String, Type::String]);
    }
}
