//! What the whole of Tamiz promises, in one binary: linking the local engine is slow.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::from_iter_instead_of_collect, reason = "it names the array that a column is written as")]
#![expect(clippy::option_option, reason = "a case may leave a number out, or say that it is null")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the files are our own")]

/// What is told to whom, and that it arrives: against receivers that fail in every way.
mod alerts;
/// Avro files, whole and broken.
mod avro;
/// Known violations: frozen, held to, lowered.
mod baseline;
/// The circuit breaker of a suite: what trips it, stops, and closes it.
mod breaker;
/// The site as people meet it: in a browser.
mod browser;
/// Every expectation gives what its cases, worked out by hand, say.
mod cases;
/// The example `catalogo`: a bulk load, its pictures, the log of its changes.
mod catalogo;
/// Runs a suite through the library.
mod check;
/// The program as it is used.
mod cli;
/// Random conditions: the engine evaluates what one row at a time does, and the laws of three-valued logic hold.
mod conditions;
/// The cases of Great Expectations, by the way a user goes: import, then check.
mod conformance;
mod connections;
mod csv;
/// Documents of dbt: the suites they become, and the verdicts these give.
mod dbt;
/// Random tables of three writers of Parquet: every way to an answer gives the same.
mod differential;
/// DuckDB, in this process, by its driver of ADBC.
#[cfg(feature = "adbc")]
mod duckdb;
/// Each example gives what its README says.
mod evidence;
mod examples;
mod export;
/// Rules about files: size, age, bytes, and whether they are there.
mod file;
/// Files of every kind, whole, broken and compressed, and fields inside their structures.
mod formats;
/// Datasets that take the rows of another.
mod from;
/// What the targets of `cargo fuzz` hold to, of their seeds and of what they found.
mod fuzz;
/// Files made from the code are what the code says.
mod generated;
/// Suites, results and checkpoints of Great Expectations: imported, and checked.
mod gx;
/// Runs listed, asked, exported, pruned, carried elsewhere and compared.
mod history;
/// Files made to break readers, each with what is found in it.
mod hostile;
/// Suites that `init` writes hold, and catch what usually goes wrong.
mod init;
/// Runs killed at random points leave nothing by halves.
mod kill;
/// A suite that uses each key, and patterns of columns on data.
mod language;
/// Random tables and rules: engine and plain loops agree.
mod laws;
/// Which room of the house may use which.
mod layers;
mod lint;
/// MariaDB, of Debian, and tables of it.
#[cfg(feature = "mariadb")]
mod mariadb;
/// The "now" of a run, and what hangs on it.
mod moments;
/// Gauges, lineage and logs: files, servers of every mood, the real Prometheus, the example board.
mod observe;
/// Data contracts: imported, and checked.
mod odcs;
/// What rules find, worked out with plain loops.
mod oracle;
/// Outputs for other programs, read by other programs.
mod outputs;
/// The examples of pipelines, with the tools they are for.
mod pipelines;
/// PostgreSQL, as a server of tests.
mod postgres;
/// The example `prints`: clean, with faults, and the table it waits for.
mod prints;
/// Personal data, which nothing that a run leaves behind may show.
mod privacy;
/// Prometheus, its Pushgateway and its Alertmanager, which Debian has, as servers of tests.
mod prometheus;
/// What metadata prove is what reading tells.
mod proof;
/// Rows told apart and written, and checked again.
mod quarantine;
/// SQL of authors: what it may read, and what it gives.
mod query;
/// A server that answers as a test wants.
mod receiver;
/// Random tables against each other: whole rows, rows of a key, aggregates.
mod relations;
/// Data over the network: a web server with every fault, and the stores of three clouds.
mod remote;
/// Repairs of rows on their way to a quarantine.
mod repair;
/// Locks, the end of the time, signals, and data published whole or not at all.
mod safety;
/// The site and its API over HTTP, and checks that are asked for there.
mod serve;
/// The pages under `reports`, as runs leave them.
mod site;
/// Checks and contracts of Soda: imported, and checked.
mod sodacl;
/// Spark Connect, spoken with real servers.
mod spark;
/// Hostile names and texts, as engines of databases read them.
mod spelling;
/// Databases of SQLite: what is read of them, and their structure.
mod sqlite;
/// Files that are not read again: what is kept of them, and that it changes no number.
mod states;
/// Statistics and distributions of random tables: engine and plain loops agree.
mod statistics;
/// Tests that suites hold, as `tamiz test` runs them.
mod suite_tests;
/// Small tables, and how they are written as files.
mod table;
/// The history of a team, in a real PostgreSQL.
mod team;
/// The example `tienda`: a real PostgreSQL, messages, alerts, a health check.
mod tienda;
/// Rules on what earlier runs found, by the program run again and again.
mod trend;
/// The example `usuarios`: from the answer of an API to a database.
mod usuarios;
/// What single values must be, where it takes files to tell.
mod values;
/// The example `spark`: a folder of Parquet that a server of Spark Connect checks.
mod viajes;
/// Checks again and again: by the clock, or when something changes.
mod watch;
/// Workbooks, and what rules find in their sheets.
mod workbook;
