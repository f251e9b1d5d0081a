//! Engines that are asked in SQL and answer over the network.

pub mod spark;
