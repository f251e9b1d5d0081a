//! Suites: YAML text to a model.

pub mod condition;
