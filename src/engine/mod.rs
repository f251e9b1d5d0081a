//! Numbers from data.
//!
//! An engine opens datasets, says what columns they have, answers the measures of a plan and, for failures only, shows
//! rows. It knows measures, never expectations, and judges nothing. `source` turns files into batches; `local` evaluates
//! them.

#[cfg(feature = "polars")]
pub mod local;
pub mod source;
