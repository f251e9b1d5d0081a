//! Suites found and read, every mistake in all of them told at once.

use std::path::{Path, PathBuf};

use crate::cli::{SuiteArgs, complain, world};
use crate::dataset::Kind;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::suite::{self, Suite};

/// Suites as far as they could be read.
pub(super) struct Found {
    pub(super) suites: Vec<Suite>,
    pub(super) mistakes: Vec<Diagnostic>,
}

/// Reads the suites that a command names; `as_of` is the "now" that it sets, if it does.
pub(super) fn read(args: &SuiteArgs, as_of: Option<&str>) -> Result<Found, Error> {
    // One "now" for all of them.
    let now = world::now();
    let mut found = Found { suites: Vec::new(), mistakes: Vec::new() };
    for path in paths(&args.paths)? {
        let text = world::read_file(&path)?;
        let request = suite::Request {
            path: &path,
            text,
            vars: &args.vars,
            sources: &args.sources,
            env: &|name| world::env(name),
            as_of,
            now,
            read: &|path| world::read_text(path),
        };
        match suite::read(request) {
            Ok(suite) => found.suites.push(suite),
            Err(mistakes) => found.mistakes.extend(mistakes),
        }
    }
    let mut ids: Vec<&str> = found.suites.iter().map(|suite| suite.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.chunk_by(|a, b| a == b).find(|same| same.len() > 1).and_then(|same| same.first()) {
        return Err(Error::Usage(format!("two suites have the id `{twice}`; ids name reports and history")));
    }
    Ok(found)
}

/// Reads a suite again with other variables and another "now".
///
/// # Errors
/// The mistakes that it has with them.
pub(super) fn again(suite: &Suite, vars: &[(String, String)], as_of: Option<&str>) -> Result<Suite, Vec<Diagnostic>> {
    suite::read(suite::Request {
        path: &suite.source.path,
        text: suite.source.text.clone(),
        vars,
        sources: &[],
        env: &|name| world::env(name),
        as_of,
        now: world::now(),
        read: &|path| world::read_text(path),
    })
}

impl Found {
    /// Prints the mistakes; says whether there are any.
    pub(super) fn complain(&self) -> bool {
        if self.mistakes.is_empty() {
            return false;
        }
        complain::diagnostics(&self.mistakes);
        let (count, word) = (self.mistakes.len(), if self.mistakes.len() == 1 { "mistake" } else { "mistakes" });
        complain::say(&format!("tamiz: {count} {word}; no data was read\n"));
        true
    }
}

/// The suite files that paths name: a file is one, a folder holds those below it that look like one.
fn paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in given {
        if path.is_dir() {
            let before = found.len();
            below(path, &mut found)?;
            if found.len() == before {
                return Err(Error::Usage(format!(
                    "no suite below `{}`: a suite is a .yaml or .yml file with the keys `tamiz` and `suite`",
                    path.display()
                )));
            }
        } else if path.exists() && is_data(path) {
            let path = path.display();
            return Err(Error::Usage(format!(
                "`{path}` is data, not a suite; `tamiz init {path}` writes a first suite for it"
            )));
        } else if path.exists() {
            found.push(path.clone());
        } else {
            let hint =
                if path == Path::new("rules") { "; give the path of a suite, or put suites in `rules/`" } else { "" };
            return Err(Error::Usage(format!("`{}` is not there{hint}", path.display())));
        }
    }
    Ok(found)
}

/// Whether a path is named as data are and suites never: JSON is YAML too, and text may be anything.
fn is_data(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    !matches!(extension, "json" | "txt") && Kind::of_extension(extension).is_some()
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let wrong = |source| Error::Read { path: folder.to_owned(), source };
    let mut entries = std::fs::read_dir(folder).map_err(wrong)?.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        // Links are not followed into folders, so that a loop cannot catch us.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            let text = world::read_file(&path)?;
            let has =
                |key: &str| text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
            if has("tamiz") && has("suite") {
                found.push(path);
            }
        }
    }
    Ok(())
}
