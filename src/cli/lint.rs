//! `tamiz lint`: every mistake in suites, and what their rules say of each other, without reading data.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::config::{ConfigArgs, Found};
use crate::cli::{SuiteArgs, complain, print, suites, world};
use crate::dataset::tidy;
use crate::diagnostic::{Code, Diagnostic, Place, SourceText, github, json, sarif};
use crate::error::{Error, Exit};

/// Find every mistake in suites, and rules that contradict or repeat each other, without reading data.
///
/// Exits 2 if there is a mistake; findings alone exit 0, unless they are denied. `tamiz explain T0203` tells what a code means.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz lint rules/ventas.yaml\n  tamiz lint --deny warnings\n  tamiz lint --output sarif > lint.sarif"
)]
pub(super) struct Lint {
    #[command(flatten)]
    suites: SuiteArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// What to write: text for people, or one of the forms that CI takes, to standard output.
    #[arg(long, value_enum, default_value_t)]
    output: Form,
    /// Exit 2 on findings: all of them (`warnings`), or those of a code, such as T0207.
    #[arg(long, value_name = "CODE|warnings", value_parser = denied)]
    deny: Vec<Denied>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Excerpts with carets, on standard error.
    #[default]
    Text,
    /// A document whose schema `tamiz schema lint` prints.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions, which mark lines.
    Github,
}

/// Findings that exit 2.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Denied {
    All,
    One(Code),
}

fn denied(text: &str) -> Result<Denied, String> {
    if text == "warnings" {
        return Ok(Denied::All);
    }
    text.parse().ok().filter(|code: &Code| code.is_finding()).map(Denied::One).ok_or_else(|| {
        let codes = Code::ALL.into_iter().filter(|code| code.is_finding()).map(Code::text);
        format!("write `warnings`, or one of {}", codes.collect::<Vec<_>>().join(", "))
    })
}

impl Lint {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let mut found = suites::read(&self.suites, None)?;
        let mut remarks: Vec<Vec<Diagnostic>> =
            found.suites.iter().map(|suite| suite.remarks(suite.as_of.known().unwrap_or_else(world::now))).collect();
        match self.config.read(found.suites.iter().map(|suite| suite.source.path.as_path()))? {
            Found::None => {}
            Found::Read(config) => remarks.push(config.notes),
            Found::Wrong(mistakes) => found.mistakes.extend(mistakes),
        }
        let refused = remarks.iter().flatten().any(|remark| self.denies(remark.code));
        let wrong = if self.output == Form::Text {
            remarks.iter().for_each(|remarks| complain::diagnostics(remarks));
            let wrong = found.complain();
            for (suite, remarks) in found.suites.iter().zip(&remarks) {
                let rules = suite.rules.iter().filter(|rule| rule.builtin.is_none()).count();
                let remarks = match remarks.len() {
                    0 => "no finding".to_owned(),
                    1 => "1 finding".to_owned(),
                    many => format!("{many} findings"),
                };
                print(&format!("{}: sound, {rules} rules, {remarks}\n", suite.source.path.display()))?;
            }
            wrong
        } else {
            let wrong = !found.mistakes.is_empty();
            let all: Vec<Diagnostic> =
                found.mistakes.into_iter().chain(remarks.into_iter().flatten()).map(from_here).collect();
            print(&self.rendered(&all)?)?;
            wrong
        };
        Ok(if wrong || refused { Exit::Invalid } else { Exit::Passed })
    }

    fn denies(&self, code: Code) -> bool {
        self.deny.iter().any(|denied| *denied == Denied::All || *denied == Denied::One(code))
    }

    fn rendered(&self, all: &[Diagnostic]) -> Result<String, Error> {
        let rendered = match self.output {
            Form::Text => return Ok(String::new()),
            Form::Github => return Ok(github::render(all)),
            Form::Json => json::render(all),
            Form::Sarif => sarif::render(all, env!("CARGO_PKG_VERSION")),
        };
        rendered.map_err(|error| Error::Render(error.to_string()))
    }
}

/// A diagnostic whose paths start at the working folder, where they lie below it.
fn from_here(diagnostic: Diagnostic) -> Diagnostic {
    let here = world::folder();
    let relative = |source: &Arc<SourceText>| -> Arc<SourceText> {
        let path: PathBuf = tidy(&source.path);
        let path = match path.strip_prefix(&here) {
            Ok(below) => below.to_owned(),
            Err(_) => path,
        };
        Arc::new(SourceText { path, text: source.text.clone() })
    };
    let other = diagnostic.other.map(|(place, said)| {
        let source = relative(&place.source);
        (Place { source, ..place }, said)
    });
    Diagnostic { source: relative(&diagnostic.source), other, ..diagnostic }
}
