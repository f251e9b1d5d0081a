//! Text of strangers in the languages of outputs, one file a language: it stays text there.
//!
//! What commands a terminal is written out before that, by `report::value`; a language escapes what commands its own reader,
//! and what the log of a CI service would take for a command if the document is printed there.

pub mod html;
pub mod json;
pub(super) mod log;
pub(super) mod markdown;
pub(super) mod xml;
