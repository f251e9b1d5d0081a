//! `tamiz plan`: the visits that a check would make, without reading data.

use clap::Args;

use crate::cli::{SuiteArgs, print, suites};
use crate::error::{Error, Exit};

/// Print the visits that a check would make, without reading data.
///
/// Conditions are shown as written; literals take the types of their columns when data is opened. A rule for the columns
/// that fit a pattern is shown for those that the suite declares.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz plan rules/ventas.yaml")]
pub(super) struct Plan {
    #[command(flatten)]
    suites: SuiteArgs,
}

impl Plan {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let found = suites::read(&self.suites, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        for suite in &found.suites {
            let plan = crate::plan::fuse(&suite.expanded(&|_| None).checks(), &[]);
            print(&format!("# {}\n{}", suite.id, plan.render()))?;
        }
        Ok(Exit::Passed)
    }
}
