//! See `hold` in `../parquet.rs`.

#![no_main]

use std::panic;

use tamiz::engine::source::library;

#[path = "../parquet.rs"]
mod parquet;
#[expect(dead_code, reason = "each target uses some of it")]
#[path = "../world.rs"]
mod world;

libfuzzer_sys::fuzz_target!(init: spare_the_library(), |bytes: &[u8]| parquet::hold(bytes));

/// The hook of libFuzzer ends the program at any panic; those behind the door to a library are to be errors of the file.
fn spare_the_library() {
    let end = panic::take_hook();
    panic::set_hook(Box::new(move |said| {
        if !library::is_asked() {
            end(said);
        }
    }));
}
