//! Tamiz, a fine sieve for data.

pub mod dataset;
pub mod diagnostic;
pub mod engine;
pub mod expectation;
pub mod ir;
pub mod lang;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod suite;
