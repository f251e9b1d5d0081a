//! Tamiz, a fine sieve for data: suites of expectations in YAML, checked against files and tables, with a verdict one can trust.
//!
//! # The one idea
//!
//! **A check is a number and the interval it must lie in.** "Not null" is *how many rows are null, must be 0*; a foreign key
//! is *how many rows have no partner, must be 0*; a mean is itself. Expectations lower to a handful of *measures*, so an
//! engine implements a handful of things, and a new expectation is one file.
//!
//! ```text
//!  suite.yaml ──read──▶ Suite ──checks──▶ Checks ──bind──▶ Checks ──fuse──▶ Plan ──measure──▶ Numbers ──judge──▶ Judgements
//!    text               model       numbers+limits   columns, types   fewest visits    engine: files            │
//!                         ▲                                                       evidence only for failures    ▼
//!                   the catalogue                                                        record ─▶ reports · history · exit code
//! ```
//!
//! `run` is that line, one call a step: open it next.
//!
//! # The rooms
//!
//! | room | answers for | does not |
//! |---|---|---|
//! | [`lang`] | the languages of sentences, numbers in words | |
//! | [`ir`] | values, conditions, measures, checks, and binding and evaluating them | do I/O, get serialised |
//! | [`diagnostic`] | mistakes in files that people wrote: collected, never thrown | print |
//! | [`outcome`] | the types of `report.json`: a promise, versioned | decide anything |
//! | [`dataset`] | where data is and how it is read | open it |
//! | [`expectation`] | the catalogue: a trait, a table, one file per expectation | know YAML, engines, SQL |
//! | [`repair`] | what may be done to the cells of rows that break rules | choose rows, read or write |
//! | [`config`] | `tamiz.yaml`: where pages are, what is kept, what is sent to whom | send, open files |
//! | [`suite`] | YAML to rules, keeping spelling and place of every scalar; SQL conditions; manual and schema | read data |
//! | [`answer`] | the words between engines and judges: schemas, numbers, evidence | |
//! | [`bind`] | checks to checks on real columns | see data |
//! | [`plan`] | as few visits as possible | know an engine |
//! | [`engine`] | numbers from data: `source` reads files, `prove` tells what need not be read, `local` evaluates, `sql` has databases evaluate | know expectations |
//! | [`judge`] | numbers to judgements | read a clock |
//! | `quarantine` | good and bad rows to files, counted so that they add up | judge |
//! | [`mask`] | what may be shown of a value; applied once, before evidence enters an outcome | read data, word anything |
//! | [`record`] | judgements to the record: words, counts, gate, exit code | judge |
//! | [`report`] | renderers, one file a format | judge, compute |
//! | [`baseline`] | the violations that are known, and holding a run to them | find or judge a violation |
//! | [`breaker`] | the circuit breaker of a suite: what runs and people make of it, kept line by line | stop anything |
//! | [`backoff`] | how long one waits before another try | wait |
//! | [`postgres`] | where a PostgreSQL is and how it is reached | ask it anything |
//! | [`team`] | a history in PostgreSQL that many machines write, and folders that follow it | judge, render, get read by pages |
//! | [`serve`] | the site and an API over HTTP, checks that are asked for | evaluate, render a run |
//! | [`deliver`] | documents handed to servers over HTTP: time, tries, answers | know what they say |
//! | [`diff`] | what differs between two records | word anything, find a record |
//! | [`history`] | runs kept in folders and lines, one at a time | judge again |
//! | [`alert`] | what a run is worth telling, to whom, and telling it; one file a channel | judge, print |
//! | [`site`] | which pages a run touches, and writing them | say anything |
//! | `run` | the straight line | print |
//! | `test` | the tests of a suite: tables to files, a run, what was expected | print, judge by itself |
//! | [`import`] | rule books of other tools to suites, one file a tool | read data, guess |
//! | [`export`] | suites in the forms of other tools and for people, one file a format | read data |
//! | `init` | a first suite for data that have none | print, measure by itself |
//! | `cli` | one file per command; clock, environment, printing, exit code | get used by anyone |
//!
//! # What holds throughout
//!
//! * An error is never a pass: what cannot be evaluated is an outcome of its own.
//! * Only `engine::local` names Polars, behind a feature, so that all else is built and tested in seconds.
//! * Core is pure. Clock, environment and printing live in `cli`.
//! * Everything generated is committed and checked by a test.

pub mod alert;
pub mod answer;
pub mod backoff;
pub mod baseline;
pub mod bind;
pub mod breaker;
#[cfg(feature = "polars")]
pub mod cli;
pub mod config;
pub mod dataset;
pub mod deliver;
pub mod diagnostic;
pub mod diff;
pub mod engine;
pub mod error;
pub mod expectation;
pub mod export;
pub mod history;
pub mod import;
#[cfg(feature = "polars")]
pub mod init;
pub mod ir;
pub mod judge;
pub mod lang;
pub mod mask;
pub mod outcome;
pub mod plan;
pub mod postgres;
#[cfg(feature = "polars")]
pub mod quarantine;
pub mod record;
pub mod repair;
pub mod report;
#[cfg(feature = "polars")]
pub mod run;
#[cfg(feature = "polars")]
pub mod serve;
pub mod site;
pub mod suite;
pub mod team;
#[cfg(feature = "polars")]
pub mod test;
