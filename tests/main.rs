//! What the whole of Tamiz promises, in one binary: linking the local engine is slow.

/// Every expectation gives what its cases, worked out by hand, say.
mod cases;
/// Runs a suite through the library.
mod check;
/// Small tables, and how they are written as files.
mod table;
