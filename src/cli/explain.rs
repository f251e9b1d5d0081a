//! `tamiz explain`: the manual of an expectation.

use clap::Args;

use crate::cli::print;
use crate::diagnostic::nearest;
use crate::error::{Error, Exit};
use crate::expectation::{self, CATALOGUE};
use crate::suite::keys;
use crate::suite::manual;

/// Show the manual of an expectation, or list them all.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz explain foreign_key")]
pub(super) struct Explain {
    /// The expectation; without it, all of them are listed.
    name: Option<String>,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let Some(name) = self.name else {
            print(&manual::list())?;
            return Ok(Exit::Passed);
        };
        if let Some(definition) = expectation::find(&name) {
            print(&manual::page(definition))?;
            Ok(Exit::Passed)
        } else {
            let near =
                keys::ours_for(&name).or_else(|| nearest(&name, CATALOGUE.iter().map(|definition| definition.name)));
            Err(Error::Usage(match near {
                Some(near) => format!("no expectation is called `{name}`; did you mean `{near}`?"),
                None => format!("no expectation is called `{name}`; `tamiz explain` lists them all"),
            }))
        }
    }
}
