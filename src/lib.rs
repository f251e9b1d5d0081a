//! Tamiz, a fine sieve for data.

pub mod diagnostic;
pub mod ir;
pub mod lang;
pub mod outcome;
pub mod report;
