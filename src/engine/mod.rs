//! Numbers from data.

pub mod source;
