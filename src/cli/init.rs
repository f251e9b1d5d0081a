//! `tamiz init`: a first suite for data files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::cli::{Language, complain, print, world};
use crate::engine::Progress;
use crate::error::{Error, Exit};
use crate::history::write_whole;
use crate::init::{self, Failure};
use crate::lang::Lang;

/// Look at data files and write a first suite, which holds on them.
///
/// Each file becomes a dataset named after it; of a folder, each data file in it. Types, keys, sets of few values, ranges,
/// formats, references between the files and sums are proposed and verified on the data. What was left out stands in
/// comments, with the reason.
///
/// Exit codes: 0 the suite was written, 2 a mistake in the command line, 3 data that cannot be read, 4 the suite could not
/// be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz init data/sales.csv data/products.csv\n  tamiz init data/ -o rules/shop.yaml --name shop\n  tamiz init today.parquet -o -"
)]
pub(super) struct Init {
    /// The data files, or folders of them.
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,
    /// The suite to write; `-` is standard output. rules/NAME.yaml if unsaid.
    #[arg(short, long, value_name = "SUITE")]
    output: Option<PathBuf>,
    /// The id of the suite; the name of the file, or of the folder that holds the files, if unsaid.
    #[arg(long)]
    name: Option<String>,
    /// Overwrite a suite that is there.
    #[arg(long)]
    force: bool,
    /// The language of the comments.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Init {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let data = match self.files()? {
            Ok(data) => data,
            Err(said) => {
                complain::say(&format!("tamiz: {said}\n"));
                return Ok(Exit::Unknown);
            }
        };
        let name = match &self.name {
            Some(name) if !is_id(name) => {
                return Err(Error::Usage(format!(
                    "--name `{name}` is no id of a suite: small letters, digits, `_`, `-` and `.`"
                )));
            }
            Some(name) => name.clone(),
            None => init::suite_name_of(&data),
        };
        let standard = self.output.as_deref() == Some(Path::new("-"));
        let output = self.output.clone().unwrap_or_else(|| PathBuf::from("rules").join(format!("{name}.yaml")));
        if !standard && output.exists() && !self.force {
            return Err(Error::Usage(format!(
                "`{}` is there already; --force overwrites it, -o names another",
                output.display()
            )));
        }
        let suite = absolute(if standard { Path::new("suite.yaml") } else { &output })?;
        let request = init::Request {
            data: &data,
            suite: &suite,
            name: Some(&name),
            lang: self.lang.into(),
            now: world::now(),
            progress: Arc::new(Progress::default()),
        };
        let proposal = match init::init(&request) {
            Ok(proposal) => proposal,
            Err(Failure::Usage(error)) => return Err(error),
            Err(Failure::Data(fault)) => {
                complain::say(&format!("tamiz: {}\n", fault.message));
                return Ok(Exit::Unknown);
            }
        };
        if standard {
            print(&proposal.text)?;
        } else {
            write_whole(&output, proposal.text.as_bytes(), false)?;
            print(&self.summary(&output, &proposal))?;
        }
        Ok(Exit::Passed)
    }

    /// The data files, absolute, those of folders by name; or what is missing.
    fn files(&self) -> Result<Result<Vec<PathBuf>, String>, Error> {
        let mut files: Vec<PathBuf> = Vec::new();
        for path in &self.data {
            if path.is_dir() {
                let inside = world::data_files(path)?;
                if inside.is_empty() {
                    return Ok(Err(format!("the folder `{}` holds no data file", path.display())));
                }
                files.extend(inside);
            } else if path.exists() {
                files.push(path.clone());
            } else {
                return Ok(Err(format!("`{}` is not there", path.display())));
            }
        }
        let mut absolute_files = Vec::with_capacity(files.len());
        for file in &files {
            let file = absolute(file)?;
            if absolute_files.contains(&file) {
                return Err(Error::Usage(format!("`{}` is given twice", file.display())));
            }
            absolute_files.push(file);
        }
        Ok(Ok(absolute_files))
    }

    fn summary(&self, output: &Path, proposal: &init::Proposal) -> String {
        let lang: Lang = self.lang.into();
        let count = |number: usize, one: (&'static str, &'static str), many: (&'static str, &'static str)| {
            format!("{} {}", lang.count(number as u64), lang.plural(number as u64, one, many))
        };
        let (shown, written) = (output.display(), lang.pick("written", "escrito"));
        let datasets = count(proposal.datasets, ("dataset", "conjunto de datos"), ("datasets", "conjuntos de datos"));
        let rules = count(proposal.rules, ("rule", "regla"), ("rules", "reglas"));
        let remarks = count(proposal.remarks, ("remark", "observación"), ("remarks", "observaciones"));
        let next = lang.pick("read it, then:", "léalo, y después:");
        format!("{shown}: {written}, {datasets}, {rules}, {remarks}\n{next} tamiz check {shown}\n")
    }
}

pub(super) fn is_id(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(allowed)
}

/// A path from the root, without steps up and down again, links as they stand.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let whole = std::path::absolute(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mut plain = PathBuf::new();
    for part in whole.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    Ok(plain)
}
