//! `tamiz.yaml`: found beside the suites or named on the command line, and read.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{complain, world};
use crate::config::{self, Config};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Exit};

/// Which configuration holds.
#[derive(Args)]
pub(super) struct ConfigArgs {
    /// The configuration; tamiz.yaml in the folder of the suites or above it, up to this one, if unsaid.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What became of the search for a configuration.
pub(super) enum Found {
    /// There is none.
    None,
    /// It was read.
    Read(Box<Config>),
    /// It has mistakes.
    Wrong(Vec<Diagnostic>),
}

impl Found {
    /// The configuration, if there is one; or how the command ends if it has mistakes, which are told.
    pub(super) fn or_complain(self) -> Result<Option<Box<Config>>, Exit> {
        match self {
            Self::None => Ok(None),
            Self::Read(config) => Ok(Some(config)),
            Self::Wrong(mistakes) => {
                complain::diagnostics(&mistakes);
                Err(Exit::Invalid)
            }
        }
    }
}

impl ConfigArgs {
    /// Finds and reads the configuration of suites.
    pub(super) fn read<'s>(&self, suites: impl IntoIterator<Item = &'s Path>) -> Result<Found, Error> {
        let Some(path) = self.find(suites)? else { return Ok(Found::None) };
        let text = world::read_file(&path)?;
        let request = config::Request {
            path: &path,
            text,
            env: &|name| world::env(name),
            read: &|path| world::read_text(path),
            now: world::now(),
        };
        match config::read(request) {
            Ok(config) => Ok(Found::Read(Box::new(config))),
            Err(mistakes) => Ok(Found::Wrong(mistakes)),
        }
    }

    /// The file that is named, if one is.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.config.clone()
    }

    /// Finds and reads the configuration where no suite is named: that of the default folder, or of this one.
    pub(super) fn read_here(&self) -> Result<Found, Error> {
        self.read([Path::new("rules/suite.yaml")])
    }

    /// The file that holds for all suites of a command.
    fn find<'s>(&self, suites: impl IntoIterator<Item = &'s Path>) -> Result<Option<PathBuf>, Error> {
        if let Some(path) = &self.config {
            return Ok(Some(path.clone()));
        }
        let working = world::folder();
        let mut found: Option<PathBuf> = None;
        for suite in suites {
            let Some(path) = config::places(suite, &working).into_iter().find(|path| path.is_file()) else { continue };
            match &found {
                Some(other) if *other != path => {
                    return Err(Error::Usage(format!(
                        "`{}` and `{}` both hold for suites of this command; say which one with --config",
                        other.display(),
                        path.display()
                    )));
                }
                _ => found = Some(path),
            }
        }
        // As people write it.
        Ok(found.map(|path| path.strip_prefix(&working).map(Path::to_owned).unwrap_or(path)))
    }
}
