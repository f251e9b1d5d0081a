//! Tamiz, a fine sieve for data.

pub mod dataset;
pub mod diagnostic;
pub mod expectation;
pub mod ir;
pub mod lang;
pub mod outcome;
pub mod suite;
