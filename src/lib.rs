//! Tamiz, a fine sieve for data.

pub mod answer;
pub mod bind;
#[cfg(feature = "polars")]
pub mod cli;
pub mod dataset;
pub mod diagnostic;
pub mod engine;
pub mod error;
pub mod expectation;
pub mod history;
pub mod ir;
pub mod judge;
pub mod lang;
pub mod outcome;
pub mod plan;
pub mod record;
pub mod report;
#[cfg(feature = "polars")]
pub mod run;
pub mod suite;
