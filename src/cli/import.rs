//! `tamiz import`: a suite of another tool's rule book.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::init::{absolute, is_id};
use crate::cli::{complain, pair, print};
use crate::diagnostic::SourceText;
use crate::error::{Error, Exit};
use crate::history::write_whole;
use crate::import::{self, Entry, Fate, Imported};
use crate::init;

/// Read the rule book of another tool and write the suite that means the same.
///
/// Nothing is dropped: what is only approximated and what cannot be said stays in the suite as a comment with the reason,
/// and is listed. Where a source is given and can be read, the types of its columns help to say the same; its values are
/// not judged.
///
/// Exit codes: 0 the suite was written, 2 a mistake in the command line or in the document, or with --strict a rule that is
/// approximated or unsupported, 4 the suite could not be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz import gx gx/expectations/orders.json --source orders=data/orders.csv\n  tamiz import dbt target/manifest.json -o rules/shop.yaml --strict\n  tamiz import sodacl checks.yml -o -"
)]
pub(super) struct Import {
    /// The tool that wrote the document.
    #[arg(value_enum)]
    tool: Tool,
    /// The document.
    file: PathBuf,
    /// Where a dataset is read from, relative to the current folder.
    #[arg(long = "source", value_name = "DATASET=PATH", value_parser = pair)]
    sources: Vec<(String, String)>,
    /// The suite to write; `-` is standard output. rules/NAME.yaml if unsaid.
    #[arg(short, long, value_name = "SUITE")]
    output: Option<PathBuf>,
    /// The id of the suite; from the document if unsaid.
    #[arg(long)]
    name: Option<String>,
    /// Exit 2 if a rule is approximated or unsupported; the suite is written all the same.
    #[arg(long)]
    strict: bool,
    /// Overwrite a suite that is there.
    #[arg(long)]
    force: bool,
}

/// A tool whose rule books can be read.
#[derive(Clone, Copy, ValueEnum)]
enum Tool {
    /// Great Expectations: suites, validation results, checkpoints; 0.x and 1.x.
    Gx,
    /// dbt: schema.yml or manifest.json.
    Dbt,
    /// Soda: checks of v3, contracts of v4.
    Sodacl,
    /// Open Data Contract Standard, 3.0 and 3.1.
    Odcs,
}

impl From<Tool> for import::Tool {
    fn from(tool: Tool) -> Self {
        match tool {
            Tool::Gx => Self::Gx,
            Tool::Dbt => Self::Dbt,
            Tool::Sodacl => Self::Sodacl,
            Tool::Odcs => Self::Odcs,
        }
    }
}

impl Import {
    pub(super) fn run(self) -> Result<Exit, Error> {
        if let Some(name) = self.name.as_ref().filter(|name| !is_id(name)) {
            return Err(Error::Usage(format!(
                "--name `{name}` is no id of a suite: small letters, digits, `_`, `-` and `.`"
            )));
        }
        let text = read(&self.file).map_err(|source| Error::Read { path: self.file.clone(), source })?;
        let source = Arc::new(SourceText { path: self.file.clone(), text });
        let standard = self.output.as_deref() == Some(Path::new("-"));
        let folder = self.folder(standard)?;
        let mut sources = Vec::with_capacity(self.sources.len());
        for (dataset, path) in &self.sources {
            sources.push((dataset.clone(), way(&folder, path)?));
        }
        let given = &self.sources;
        let columns = |dataset: &str| {
            let (_, path) = given.iter().find(|(name, _)| name == dataset)?;
            init::columns(&absolute(Path::new(path)).ok()?).ok()
        };
        let beside = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let request = import::Request {
            tool: self.tool.into(),
            source,
            name: self.name.as_deref(),
            sources: &sources,
            columns: &columns,
            read: &|path| read(&beside.join(path)),
        };
        let imported = match import::import(&request) {
            Ok(imported) => imported,
            Err(mistakes) => {
                complain::diagnostics(&mistakes);
                return Ok(Exit::Invalid);
            }
        };
        let output = self.output.clone().unwrap_or_else(|| default_path(&imported.name));
        let table = table(&imported);
        if standard {
            print(&imported.text)?;
            complain::say(&table);
        } else {
            if output.exists() && !self.force {
                return Err(Error::Usage(format!(
                    "`{}` is there already; --force overwrites it, -o names another",
                    output.display()
                )));
            }
            write_whole(&output, imported.text.as_bytes(), false)?;
            let shown = output.display();
            print(&format!("{table}{shown}: written\nread it, then: tamiz check {shown}\n"))?;
        }
        let [_, approximated, unsupported] = imported.counts();
        Ok(if self.strict && approximated + unsupported > 0 { Exit::Invalid } else { Exit::Passed })
    }

    /// The folder that the suite will stand in, absolute.
    fn folder(&self, standard: bool) -> Result<PathBuf, Error> {
        let suite = match &self.output {
            Some(output) if !standard => output.clone(),
            Some(_) => PathBuf::from("suite.yaml"),
            None => default_path("suite"),
        };
        Ok(absolute(&suite)?.parent().unwrap_or(Path::new("")).to_owned())
    }
}

fn default_path(name: &str) -> PathBuf {
    PathBuf::from("rules").join(format!("{name}.yaml"))
}

fn read(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A path as the suite says it: from its own folder; addresses and globs of other places as they are.
fn way(folder: &Path, path: &str) -> Result<String, Error> {
    if path == "-" || path.contains("://") {
        return Ok(path.to_owned());
    }
    Ok(init::relative(folder, &absolute(Path::new(path))?))
}

/// What became of each rule, and the sums.
fn table(imported: &Imported) -> String {
    let mut table = String::new();
    let width = imported.entries.iter().map(|entry| entry.rule.chars().count()).max().unwrap_or(0).min(60);
    for Entry { rule, line, fate } in &imported.entries {
        let place = line.map_or_else(String::new, |line| line.to_string());
        let (word, reason) = match fate {
            Fate::Mapped => ("mapped", ""),
            Fate::Approximated(reason) => ("approximated", reason.as_str()),
            Fate::Unsupported(reason) => ("unsupported", reason.as_str()),
        };
        table += format!("{word:<12}  {place:>5}  {rule:<width$}  {reason}").trim_end();
        table.push('\n');
    }
    let [mapped, approximated, unsupported] = imported.counts();
    table += &format!("{mapped} mapped, {approximated} approximated, {unsupported} unsupported\n");
    table
}
