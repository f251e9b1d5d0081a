//! `tamiz export`: a suite in the words of another tool.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::{SuiteArgs, complain, pair, print, suites};
use crate::error::{Error, Exit};
use crate::export;
use crate::history::write_whole;

/// Write a suite in the words of another tool.
///
/// What the format cannot say is listed on standard error.
///
/// Exit codes: 0 it was written, 2 a mistake in the suite, 4 it could not be written.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz export odcs rules/ventas.yaml -o ventas.odcs.yaml")]
pub(super) struct Export {
    /// The format.
    #[arg(value_enum)]
    format: Format,
    /// The suite.
    #[arg(value_name = "SUITE")]
    suite: PathBuf,
    /// Set a variable of the suite.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// The file to write; standard output if unsaid.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A format that a suite can be written in.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A data contract of the Open Data Contract Standard, 3.1.
    Odcs,
}

impl Export {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let arguments = SuiteArgs { paths: vec![self.suite], vars: self.vars, sources: Vec::new() };
        let found = suites::read(&arguments, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let [suite] = found.suites.as_slice() else {
            return Err(Error::Usage("one suite is exported at a time, and here are several".to_owned()));
        };
        let format = match self.format {
            Format::Odcs => export::Format::Odcs,
        };
        let exported = export::export(suite, format).map_err(Error::Render)?;
        exported.unsaid.iter().for_each(|unsaid| complain::say(&format!("not said: {unsaid}\n")));
        match &self.output {
            Some(path) => write_whole(path, exported.text.as_bytes(), false)?,
            None => print(&exported.text)?,
        }
        Ok(Exit::Passed)
    }
}
