//! `tamiz export`: suites in the forms of other tools, and for people.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::{Language, SuiteArgs, complain, pair, print, suites};
use crate::diagnostic::nearest;
use crate::error::{Error, Exit};
use crate::export::{self, FORMATS, Request};
use crate::history::write_whole;
use crate::suite::Suite;

/// Write suites in the form of another tool, or for people.
///
/// What a form cannot say is listed on standard error, and in the document where the form has a place for it.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz export jsonschema rules/ventas.yaml --dataset ventas -o ventas.schema.json\n  tamiz export markdown rules/ventas.yaml --lang es -o contrato.md"
)]
pub(super) struct Export {
    /// The form: `jsonschema`, JSON Schema 2020-12 of the records of each dataset, or `markdown`, a contract for people.
    #[arg(value_name = "FORMAT", value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    format: String,
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
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Export {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let Some(format) = export::find(&self.format) else {
            return Err(Error::Usage(format!("no form is called `{}`", self.format)));
        };
        let args = SuiteArgs { paths: vec![self.suite.clone()], vars: self.vars.clone(), sources: Vec::new() };
        let found = suites::read(&args, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let [suite] = found.suites.as_slice() else {
            return Err(Error::Usage(format!("`{}` holds several suites; name one", self.suite.display())));
        };
        let request = Request { suite, datasets: self.meant(suite)?, lang: self.lang.into() };
        let exported = (format.write)(&request).map_err(|error| Error::Render(error.to_string()))?;
        match &self.output {
            None => print(&exported.text)?,
            Some(path) => write_whole(path, exported.text.as_bytes(), false)?,
        }
        if !exported.unsaid.is_empty() {
            let mut text = format!("not said in {}:\n", format.name);
            for unsaid in &exported.unsaid {
                text += &format!("  {}\n", unsaid.line());
            }
            complain::say(&text);
        }
        Ok(Exit::Passed)
    }

    /// The datasets that are asked for.
    fn meant<'s>(&self, suite: &'s Suite) -> Result<Vec<&'s crate::suite::SuiteDataset>, Error> {
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
