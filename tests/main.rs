//! What the whole of Tamiz promises, in one binary: linking the local engine is slow.

/// Every expectation gives what its cases, worked out by hand, say.
mod cases;
/// Runs a suite through the library.
mod check;
/// The program as it is used.
mod cli;
/// Each example gives what its README says.
mod examples;
/// Files made from the code are what the code says.
mod generated;
/// Random tables and rules: engine and plain loops agree.
mod laws;
/// Which room of the house may use which.
mod layers;
/// What rules find, worked out with plain loops.
mod oracle;
/// Small tables, and how they are written as files.
mod table;
