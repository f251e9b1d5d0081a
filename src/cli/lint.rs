//! `tamiz lint`: every mistake in suites, without reading data.

use clap::Args;

use crate::cli::{SuiteArgs, complain, print, suites, world};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Exit};

/// Find every mistake in suites without reading data.
///
/// Exits 2 if there is a mistake; remarks alone exit 0.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz lint rules/ventas.yaml")]
pub(super) struct Lint {
    #[command(flatten)]
    suites: SuiteArgs,
}

impl Lint {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let found = suites::read(&self.suites, None)?;
        let remarks: Vec<Vec<Diagnostic>> =
            found.suites.iter().map(|suite| suite.remarks(suite.as_of.known().unwrap_or_else(world::now))).collect();
        remarks.iter().for_each(|remarks| complain::diagnostics(remarks));
        let wrong = found.complain();
        for (suite, remarks) in found.suites.iter().zip(&remarks) {
            let rules = suite.rules.iter().filter(|rule| rule.builtin.is_none()).count();
            let remarks = match remarks.len() {
                0 => "no remark".to_owned(),
                1 => "1 remark".to_owned(),
                many => format!("{many} remarks"),
            };
            print(&format!("{}: sound, {rules} rules, {remarks}\n", suite.source.path.display()))?;
        }
        Ok(if wrong { Exit::Invalid } else { Exit::Passed })
    }
}
