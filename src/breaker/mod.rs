//! The data circuit breaker of a suite: after so many runs in a row that did not pass, nobody is to load its data.
//!
//! `state` is the breaker itself: what each change makes of it, without a clock or a file. `book` keeps the changes, one line
//! each, in a file that only grows. `say` words it. What it stops is the business of the commands that ask: `check` always
//! evaluates.

mod book;
mod say;
mod state;

pub use book::Book;
pub use say::{change, shown};
pub use state::{Cause, Change, State, Tripped, What, of_run};
