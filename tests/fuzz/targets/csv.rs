//! See `hold` in `../csv.rs`.

#![no_main]

#[path = "../csv.rs"]
mod csv;
#[expect(dead_code, reason = "each target uses some of it")]
#[path = "../world.rs"]
mod world;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| csv::hold(bytes));
