//! `tamiz publish`: checks a copy of data, and puts it in its place only if the gate passes.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::check::{How, LEFT};
use crate::cli::evidence::Said;
use crate::cli::stage::Stage;
use crate::cli::stop::Watch;
use crate::cli::{SuiteArgs, breaker, complain, pair, suites, world};
use crate::dataset::Source;
use crate::error::{Error, Exit};
use crate::suite::Suite;

/// Check a copy of data, and put it in its place only if the gate passes.
///
/// SRC, a file or a folder, is copied beside DEST, and the copy is checked as a dataset of the suite. If the exit code of the
/// check is 0 the copy takes the name DEST in one step; otherwise DEST stays as it is. So what is checked is what is
/// published, and who reads DEST sees the old data or the new, never a part. A folder that is there is put aside first, so
/// that for a moment there is none. Modes and times of modification are kept. While the breaker of the suite is tripped
/// nothing is copied, checked or published, and the exit code is 1; else the exit codes are those of `tamiz check`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz publish staging/orders.parquet lake/orders.parquet --suite rules/orders.yaml\n  tamiz publish today/ lake/sales --suite rules/ventas.yaml --dataset ventas --move"
)]
pub(super) struct Publish {
    /// The file or folder to publish.
    #[arg(value_name = "SRC")]
    source: PathBuf,
    /// Where it goes; what is there is replaced.
    #[arg(value_name = "DEST")]
    destination: PathBuf,
    /// The suite that it must pass.
    #[arg(long, value_name = "SUITE")]
    suite: PathBuf,
    /// Which dataset of the suite it is; may be left out if only one is read.
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Refuse to replace what is there.
    #[arg(long)]
    no_clobber: bool,
    /// Remove SRC when it is published.
    #[arg(long = "move")]
    moves: bool,
    /// Set a variable of the suite.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// Read another dataset of the suite from another path, relative to the current folder.
    #[arg(long = "source", value_name = "DATASET=PATH", value_parser = pair)]
    sources: Vec<(String, String)>,
    #[command(flatten)]
    how: How,
}

impl Publish {
    pub(super) fn run(mut self) -> Result<Exit, Error> {
        self.how.of_copies();
        self.how.check_flags()?;
        self.check_paths()?;
        let watch = self.how.watch();
        let (vars, sources) = (self.vars.clone(), self.sources.clone());
        let args = SuiteArgs { paths: vec![self.suite.clone()], vars, sources };
        let mut found = suites::read(&args, self.how.as_of())?;
        if let Err(exit) = self.how.configure(&found)? {
            return Ok(exit);
        }
        let [suite] = found.suites.as_mut_slice() else {
            if found.complain() {
                return Ok(Exit::Invalid);
            }
            return Err(Error::Usage("data are published by one suite; --suite names more than one".to_owned()));
        };
        let dataset = self.dataset(suite)?;
        let id = suite.id.clone();
        if self.is_refused(&id, &watch)? {
            return Ok(self.leave(Exit::Failed));
        }
        let stage = match Stage::copy(&self.source, &self.destination, world::ago(LEFT), &watch) {
            Ok(stage) => stage,
            Err(error) => {
                complain::say(&format!("tamiz: `{}` cannot be staged: {error}\n", self.source.display()));
                return Ok(Exit::Unknown);
            }
        };
        let spelled = self.source.to_string_lossy().into_owned();
        suite.datasets[dataset].data.source = Source::new(vec![spelled], vec![stage.path().to_owned().into()]);
        let exit = self.how.check(found, &watch, &|said| self.as_given(said, &stage))?;
        if exit != Exit::Passed {
            return Ok(self.leave(exit));
        }
        // Somebody may have tripped it meanwhile.
        if self.is_refused(&id, &watch)? { Ok(self.leave(Exit::Failed)) } else { self.put(&stage) }
    }

    /// Whether the breaker of the suite is tripped, which is then said.
    fn is_refused(&self, suite: &str, watch: &Watch) -> Result<bool, Error> {
        self.how.follow(suite, watch)?;
        let breaker = breaker::tripped(self.how.reports(), suite)?;
        if let Some(breaker) = &breaker {
            complain::say(&format!("tamiz: {}\n", breaker.sentence.get(self.how.lang())));
        }
        Ok(breaker.is_some())
    }

    /// Refuses paths that make no sense, before anything is copied.
    fn check_paths(&self) -> Result<(), Error> {
        let (source, destination) = (&self.source, &self.destination);
        let usage = |message: String| Err(Error::Usage(message));
        let Ok(whole) = source.canonicalize() else {
            return usage(format!("`{}` is not there; SRC is a file or a folder", source.display()));
        };
        if destination.file_name().is_none() {
            return usage(format!("`{}` has no name; DEST is the new path of SRC itself", destination.display()));
        }
        if let Ok(there) = destination.canonicalize() {
            if there.starts_with(&whole) || whole.starts_with(&there) {
                return usage("SRC and DEST lie inside each other, or are the same".to_owned());
            }
            if there.is_dir() != whole.is_dir() {
                let (one, other) = if there.is_dir() { ("a folder", "a file") } else { ("a file", "a folder") };
                let path = destination.display();
                return usage(format!("`{path}` is {one} and SRC is {other}; DEST is the new path of SRC itself"));
            }
            if self.no_clobber {
                return usage(format!(
                    "`{}` is there already, and --no-clobber replaces nothing",
                    destination.display()
                ));
            }
        } else if std::path::absolute(destination).is_ok_and(|destination| destination.starts_with(&whole)) {
            return usage("DEST lies inside SRC".to_owned());
        }
        Ok(())
    }

    /// Which dataset of the suite is published.
    fn dataset(&self, suite: &Suite) -> Result<usize, Error> {
        let read: Vec<&str> = suite
            .datasets
            .iter()
            .filter(|dataset| dataset.from.is_none())
            .map(|dataset| dataset.data.name.as_str())
            .collect();
        let names = || read.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let name = match (&self.dataset, read.as_slice()) {
            (Some(name), _) if read.contains(&name.as_str()) => name.as_str(),
            (Some(name), _) => {
                return Err(Error::Usage(format!("--dataset: `{name}` is none that is read; there are {}", names())));
            }
            (None, [only]) => only,
            (None, _) => return Err(Error::Usage(format!("--dataset says which one SRC is: {}", names()))),
        };
        let place = suite.datasets.iter().position(|dataset| dataset.data.name == name);
        place.ok_or_else(|| Error::Usage("the suite reads no dataset".to_owned()))
    }

    /// What a run says, with the path that was given in the place of that of the copy.
    fn as_given(&self, said: Said, stage: &Stage) -> Result<Said, Error> {
        let wrong = |error: serde_json::Error| Error::Render(error.to_string());
        let mut record = serde_json::to_value(said).map_err(wrong)?;
        let spelled = |path: &Path| [path.display().to_string(), path.to_string_lossy().replace('\\', "/")];
        let given = self.source.to_string_lossy().replace('\\', "/");
        let mut staged = Vec::from(spelled(stage.path()));
        if let Ok(whole) = stage.path().canonicalize() {
            staged.splice(0..0, spelled(&whole));
        }
        replace(&mut record, &staged, &given);
        serde_json::from_value(record).map_err(wrong)
    }

    /// Publishes.
    fn put(&self, stage: &Stage) -> Result<Exit, Error> {
        let wrong = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Write { path, source }
        };
        stage.put(&self.destination, self.no_clobber).map_err(wrong(&self.destination))?;
        let lang = self.how.lang();
        let files = lang.plural(stage.files(), ("file", "archivo"), ("files", "archivos"));
        let said = format!(
            "tamiz: `{}` {} ({} {files}, {} bytes)\n",
            self.destination.display(),
            lang.pick("published", "publicado"),
            lang.count(stage.files()),
            lang.count(stage.bytes()),
        );
        complain::say(&said);
        if self.moves {
            stage.remove_source(&self.source).map_err(wrong(&self.source))?;
        }
        Ok(Exit::Passed)
    }

    /// Says that nothing was published.
    fn leave(&self, exit: Exit) -> Exit {
        let path = self.destination.display();
        let said = match self.how.lang() {
            crate::lang::Lang::En => format!("tamiz: nothing was published; `{path}` is as it was\n"),
            crate::lang::Lang::Es => format!("tamiz: no se ha publicado nada; `{path}` está como estaba\n"),
        };
        complain::say(&said);
        exit
    }
}

/// Replaces paths in all texts of a document.
fn replace(document: &mut serde_json::Value, paths: &[String], by: &str) {
    match document {
        serde_json::Value::String(text) => {
            for path in paths.iter().filter(|path| !path.is_empty()) {
                if text.contains(path.as_str()) {
                    *text = text.replace(path.as_str(), by);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| replace(item, paths, by)),
        serde_json::Value::Object(entries) => entries.values_mut().for_each(|item| replace(item, paths, by)),
        _ => {}
    }
}
