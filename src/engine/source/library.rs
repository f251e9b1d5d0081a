//! The door to the libraries that decode files: what they cannot bear in a broken file is a fault of that file.
//!
//! They index, add and unwrap by the word of the bytes, and panic where that word is wrong. Such a panic is no bug of ours to
//! tell a user about, and no reason to end a run: it is caught here and nowhere else. What is asked of a library goes through
//! `ask`; our own code around it does not, so that its panics stay what they are. Where a library would sooner exhaust
//! memory or stack than panic, which nothing can catch, the bytes are weighed before it sees them.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// How many doors this thread stands behind.
    static BEHIND: Cell<u32> = const { Cell::new(0) };
}

/// Asks a library for something; its error, or its panic as one, in words.
///
/// After a panic, what it was working on may be half done and is not to be used again.
pub(in crate::engine) fn ask<T, E: Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    BEHIND.set(BEHIND.get() + 1);
    let answer = catch_unwind(AssertUnwindSafe(work));
    BEHIND.set(BEHIND.get() - 1);
    match answer {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("it is broken in a way that the library that decodes it does not bear".to_owned()),
    }
}

/// Whether this thread is asking a library that decodes files, so that a panic in it will be an error of the file.
///
/// For hooks of panics, which run before a panic is caught: there is nothing to print of such a one.
#[must_use]
pub fn is_asked() -> bool {
    BEHIND.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_behind_the_door_is_an_error_and_the_door_closes_again() {
        assert_eq!(ask(|| Ok::<_, String>((is_asked(), 1))), Ok((true, 1)));
        assert_eq!(ask(|| Err::<(), _>("said")), Err("said".to_owned()));
        let inner = || ask(|| -> Result<(), String> { panic!("as libraries do") });
        assert!(ask(|| inner().map_err(|said| format!("{said}, {}", is_asked()))).unwrap_err().ends_with("bear, true"));
        assert!(!is_asked());
    }
}
