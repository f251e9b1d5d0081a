//! What people and machines read of a run, one file a format.
//!
//! Every renderer is a pure function of [`crate::outcome::Report`]. Nothing here judges a rule or works out a number
//! anew, reads data, a clock or the environment, or writes a file.

pub mod azure;
pub mod columns;
pub mod dagster;
pub mod diff;
pub mod escape;
pub mod evidence;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub mod openlineage;
pub mod otlp;
pub mod prometheus;
pub mod rule;
pub mod sarif;
pub mod summary_line;
pub mod tap;
pub mod text;

mod account;
mod finding;
mod lines;
mod moment;
mod phrase;
mod reading;
mod value;

pub use reading::{rule_word, run_word};
pub use value::{cut, is_web_link, line};

#[cfg(test)]
pub(crate) mod sample;
