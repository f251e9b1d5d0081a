//! `tamiz test`: runs the tests that suites hold.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;

use crate::cli::output::{self, Format, Output};
use crate::cli::{Color, Language, SuiteArgs, complain, pair, suites, world};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Exit};
use crate::report::escape;
use crate::suite::Suite;
use crate::suite::test::Test as SuiteTest;
use crate::test::{self, Options, Status, Tested};

/// Run the tests that suites hold: their tables must give the outcomes they say.
///
/// No data of the suite is read, and no report is kept. Exit codes: 0 all tests hold, 1 one does not, 2 a mistake in suite or
/// command line, 3 something could not be evaluated, or there is no test.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz test rules/ventas.yaml\n  tamiz test rules --output json=tests.json")]
pub(super) struct Test {
    /// Suite files, or folders that hold some.
    #[arg(value_name = "SUITE", default_value = "rules")]
    paths: Vec<PathBuf>,
    /// Set a variable of the suite; a test that sets it wins.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    vars: Vec<(String, String)>,
    /// Where results go: text or json, each with an optional =PATH; repeatable.
    #[arg(long, value_name = "FORMAT[=PATH]")]
    output: Vec<Output>,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

impl Test {
    pub(super) fn run(self) -> Result<Exit, Error> {
        if self.output.iter().any(|output| !matches!(output.format, Format::Text | Format::Json)) {
            return Err(Error::Usage("tests are told of as text or json".to_owned()));
        }
        if self.output.iter().filter(|output| output.is_standard()).count() > 1 {
            return Err(Error::Usage("only one --output can go to standard output".to_owned()));
        }
        let args = SuiteArgs { paths: self.paths.clone(), vars: self.vars.clone(), sources: Vec::new() };
        let found = suites::read(&args, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let mut tests = Vec::new();
        for suite in &found.suites {
            for test in &suite.tests {
                match self.suite_of(suite, test) {
                    Ok(suite) => tests.push(run(&suite, test)?),
                    Err(mistakes) => {
                        complain::say(&format!(
                            "tamiz: with what the test `{}` sets, the suite has mistakes\n",
                            test.name
                        ));
                        complain::diagnostics(&mistakes);
                        return Ok(Exit::Invalid);
                    }
                }
            }
        }
        let exit = exit(&tests);
        self.tell(&tests, exit)?;
        if tests.is_empty() {
            complain::say("tamiz: no suite has a test; tests stand under `tests` of a suite\n");
        }
        Ok(exit)
    }

    /// The suite as a test has it.
    fn suite_of<'s>(&self, suite: &'s Suite, test: &SuiteTest) -> Result<Cow<'s, Suite>, Vec<Diagnostic>> {
        if test.vars.is_empty() && test.as_of.is_none() {
            return Ok(Cow::Borrowed(suite));
        }
        let vars: Vec<_> = self.vars.iter().chain(&test.vars).cloned().collect();
        suites::again(suite, &vars, test.as_of.as_deref()).map(Cow::Owned)
    }

    fn tell(&self, tests: &[Tested], exit: Exit) -> Result<(), Error> {
        let standard = self.output.iter().find(|output| output.is_standard());
        let people = standard.is_none_or(|output| output.format == Format::Text);
        let lang = self.lang.into();
        let color = output::colored(self.color, people);
        // Results for programs on standard output leave people the other stream.
        output::tell(&test::text(tests, Options { lang, color }), people, color)?;
        for asked in &self.output {
            match asked.format {
                Format::Text if asked.is_standard() => {}
                Format::Text => asked.deliver(&test::text(tests, Options { lang, color: false }), None)?,
                _ => {
                    let document = escape::json::pretty(&test::document(tests, exit.code()));
                    asked.deliver(&document.map_err(|error| Error::Render(error.to_string()))?, None)?;
                }
            }
        }
        Ok(())
    }
}

fn run(suite: &Suite, asked: &SuiteTest) -> Result<Tested, Error> {
    let wrong = |source| Error::Write { path: "a temporary folder".into(), source };
    let folder = tempfile::tempdir().map_err(wrong)?;
    test::run(suite, asked, folder.path(), &world::now).map_err(wrong)
}

fn exit(tests: &[Tested]) -> Exit {
    let worst = tests.iter().map(|tested| match tested.status {
        Status::Passed => Exit::Passed,
        Status::Failed => Exit::Failed,
        Status::Error => Exit::Unknown,
    });
    worst.reduce(Exit::worst).unwrap_or(Exit::Unknown)
}
