//! `tamiz export`: a suite in the words of another tool, or of people.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::{Language, SuiteArgs, complain, pair, print, suites};
use crate::diagnostic::nearest;
use crate::error::{Error, Exit};
use crate::export::{self, Request};
use crate::history::write_whole;
use crate::suite::{Suite, SuiteDataset};

/// Write a suite in the words of another tool, or for people.
///
/// What the format cannot say is listed on standard error, and in a JSON Schema under `$comment` too.
///
/// Exit codes: 0 it was written, 2 a mistake in the suite, 4 it could not be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz export odcs rules/ventas.yaml -o ventas.odcs.yaml\n  tamiz export jsonschema rules/ventas.yaml --dataset ventas -o ventas.schema.json\n  tamiz export markdown rules/ventas.yaml --lang es -o contrato.md"
)]
pub(super) struct Export {
    /// The format.
    #[arg(value_enum)]
    format: Format,
    /// The suite.
    #[arg(value_name = "SUITE")]
    suite: PathBuf,
    /// The file to write; standard output if unsaid.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this dataset; repeatable.
    #[arg(long = "dataset", value_name = "NAME")]
    datasets: Vec<String>,
    /// Set a variable of the suite.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// The language of what people read; en if unsaid.
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// A format that a suite can be written in.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Schema 2020-12 of the records of each dataset.
    #[value(name = "jsonschema")]
    JsonSchema,
    /// A contract for people: datasets, columns, and rules in sentences.
    Markdown,
    /// A data contract of the Open Data Contract Standard, 3.1.
    Odcs,
}

impl From<Format> for export::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::JsonSchema => Self::JsonSchema,
            Format::Markdown => Self::Markdown,
            Format::Odcs => Self::Odcs,
        }
    }
}

impl Export {
    pub(super) fn run(self) -> Result<Exit, Error> {
        if self.format == Format::Odcs && (!self.datasets.is_empty() || self.lang.is_some()) {
            return Err(Error::Usage(
                "a data contract is of the whole suite, and takes no --dataset and no --lang".to_owned(),
            ));
        }
        let args = SuiteArgs { paths: vec![self.suite.clone()], vars: self.vars.clone(), sources: Vec::new() };
        let found = suites::read(&args, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let [suite] = found.suites.as_slice() else {
            return Err(Error::Usage("one suite is exported at a time, and here are several".to_owned()));
        };
        let request = Request { suite, datasets: self.meant(suite)?, lang: self.lang.unwrap_or_default().into() };
        let exported = export::export(&request, self.format.into()).map_err(Error::Render)?;
        exported.unsaid.iter().for_each(|unsaid| complain::say(&format!("not said: {unsaid}\n")));
        match &self.output {
            None => print(&exported.text)?,
            Some(path) => write_whole(path, exported.text.as_bytes(), false)?,
        }
        Ok(Exit::Passed)
    }

    /// The datasets that are asked for.
    fn meant<'s>(&self, suite: &'s Suite) -> Result<Vec<&'s SuiteDataset>, Error> {
        if self.datasets.is_empty() {
            return Ok(suite.datasets.iter().collect());
        }
        let names = || suite.datasets.iter().map(|dataset| dataset.data.name.as_str());
        let find = |name: &String| {
            suite.dataset(name).ok_or_else(|| {
                let near = nearest(name, names()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Error::Usage(format!("suite `{}` has no dataset `{name}`{near}", suite.id))
            })
        };
        self.datasets.iter().map(find).collect()
    }
}
