//! See `hold` in `../suite.rs`.

#![no_main]

#[path = "../suite.rs"]
mod suite;
#[expect(dead_code, reason = "each target uses some of it")]
#[path = "../world.rs"]
mod world;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| suite::hold(bytes));
