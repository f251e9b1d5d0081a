//! See `hold` in `../condition.rs`.

#![no_main]

#[path = "../condition.rs"]
mod condition;
#[expect(dead_code, reason = "each target uses some of it")]
#[path = "../world.rs"]
mod world;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| condition::hold(bytes));
