//! What the targets of `cargo fuzz` hold to for any bytes, of their seeds and of the inputs that once broke something.
//!
//! `seeds/NAME` are inputs that a target begins with, and `found/NAME` those it found, each named by what was wrong. What is
//! near to them is tried too, the same in every run.

mod condition;
mod csv;
mod parquet;
mod seed;
mod suite;
mod world;

use std::fs;
use std::path::Path;

use tamiz::engine::source::parquet::{Error, File};
use tamiz::engine::source::{Batch, Place};
use tamiz::ir::Reading;

#[test]
fn suites_hold() {
    each("suite", suite::hold, 20);
}

#[test]
fn conditions_hold() {
    each("condition", condition::hold, 100);
}

#[test]
fn separated_text_holds() {
    each("csv", csv::hold, 300);
}

#[test]
fn parquet_holds() {
    each("parquet", parquet::hold, 300);
}

/// What is refused is what is broken.
#[test]
fn the_seeds_of_parquet_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/parquet");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let file = File::open(path.as_path(), 0).unwrap();
        let place = |column| Place { column, fields: Vec::new(), as_text: false };
        let request: Vec<_> = (0..file.columns().len()).map(|column| (place(column), Reading::as_stored())).collect();
        for threads in [1, 3] {
            let mut rows = 0;
            let row_groups: Vec<usize> = (0..file.row_groups().len()).collect();
            for part in file.parts(&row_groups, threads) {
                let count = |batch: Batch| -> Result<(), Error> {
                    rows += batch.rows;
                    Ok(())
                };
                file.read(part, &request, count).unwrap();
            }
            assert_eq!(rows, 4, "{}", path.display());
        }
    }
}

/// Hands every input of a target to it, as it is and with changes, so many times.
#[expect(clippy::print_stdout, reason = "a panic does not say which input it is about")]
fn each(target: &str, hold: fn(&[u8]), times: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let mut inputs = 0;
    for kind in ["seeds", "found"] {
        let Ok(files) = fs::read_dir(folder.join(kind).join(target)) else { continue };
        for file in files {
            let path = file.unwrap().path();
            println!("{}", path.display());
            let input = fs::read(path).unwrap();
            hold(&input);
            inputs += 1;
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
            for _ in 0..times {
                let changed = changed(&input, &mut dice);
                println!("  with changes: {}", changed.escape_ascii());
                hold(&changed);
            }
        }
    }
    assert!(inputs > 3, "`{target}` has {inputs} inputs");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below another, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// An input with some of its bytes changed, taken out, put in again or cut off.
fn changed(input: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        let end = (at + 1 + dice.below(8)).min(bytes.len());
        match dice.below(8) {
            0 => bytes[at] = 0,
            1 => bytes[at] = 0xff,
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes[at] ^= 1 << dice.below(8),
            4 => bytes[at] = bytes[dice.below(bytes.len())],
            5 => drop(bytes.drain(at..end)),
            6 => {
                let part = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                drop(bytes.splice(to..to, part));
            }
            _ if dice.below(4) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
    bytes
}
