//! Suites.
pub mod yaml;
