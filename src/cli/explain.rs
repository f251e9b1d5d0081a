//! `tamiz explain`: the manual of an expectation, or what became of a rule in its newest run.

use std::path::PathBuf;

use clap::Args;

use crate::cli::check::width;
use crate::cli::{Color, Language, output, print};
use crate::diagnostic::nearest;
use crate::error::{Error, Exit};
use crate::expectation::{self, CATALOGUE};
use crate::history::{self, History};
use crate::outcome::{Outcome, Report};
use crate::report::rule;
use crate::suite::{keys, manual};

/// Show the manual of an expectation, or what became of a rule in its newest run.
///
/// A name of the catalogue is an expectation, and one such as T0203 the code of a mistake or finding; anything else is the id of a rule, looked for in the newest record of each
/// suite: what it asks, what was found and in which rows, how that was decided, and whom to ask. Records hold no more of
/// the data than their run was allowed to show.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz explain foreign_key\n  tamiz explain ventas.producto_id.foreign_key\n  tamiz explain ventas:ventas.total --report result.json"
)]
pub(super) struct Explain {
    /// The expectation, or the rule as `id` or `suite:id`; without it, all expectations are listed.
    name: Option<String>,
    /// The record to look in, a report.json, instead of the newest of each suite.
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// The folder that reports are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// The language of what is said of a rule.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let Some(name) = &self.name else {
            print(&manual::list())?;
            return Ok(Exit::Passed);
        };
        if let Some(definition) = expectation::find(name).filter(|_| self.report.is_none()) {
            print(&manual::page(definition))?;
            return Ok(Exit::Passed);
        }
        if let Some(code) = name.parse().ok().filter(|_| self.report.is_none()) {
            print(&manual::code(code))?;
            return Ok(Exit::Passed);
        }
        let reports = match &self.report {
            Some(path) => vec![history::record(path)?],
            None => History::new(&self.reports).latest()?,
        };
        self.explain_rule(name, &reports)
    }

    fn explain_rule(&self, name: &str, reports: &[Report]) -> Result<Exit, Error> {
        let (suite, id) = match name.split_once(':') {
            Some((suite, id)) => (Some(suite), id),
            None => (None, name),
        };
        let all = || {
            let of = |report: &Report| suite.is_none_or(|suite| suite == report.run.suite);
            let results = |report| -> Box<dyn Iterator<Item = (&Report, &Outcome)>> {
                let report: &Report = report;
                Box::new(report.results.iter().map(move |outcome| (report, outcome)))
            };
            reports.iter().filter(move |report| of(report)).flat_map(results)
        };
        let found: Vec<(&Report, &Outcome)> = all().filter(|(_, outcome)| outcome.id == id).collect();
        match found.as_slice() {
            [(report, outcome)] => {
                let meaning = expectation::find(&outcome.expectation).map(manual::brief);
                let color = output::colored(self.color, true);
                let options = rule::Options { lang: self.lang.into(), color, width: width(), meaning };
                output::tell(&rule::render(report, outcome, &options), true, color)?;
                Ok(Exit::Passed)
            }
            [] => Err(Error::Usage(self.unknown(name, id, &all().map(|(_, outcome)| outcome).collect::<Vec<_>>()))),
            several => {
                let names: Vec<String> =
                    several.iter().map(|(report, _)| format!("  {}:{id}", report.run.suite)).collect();
                Err(Error::Usage(format!("several suites have a rule `{id}`; name one:\n{}", names.join("\n"))))
            }
        }
    }

    /// What to say of a name that nothing has.
    fn unknown(&self, name: &str, id: &str, rules: &[&Outcome]) -> String {
        let expectations = CATALOGUE.iter().map(|definition| definition.name);
        let ids = || rules.iter().map(|outcome| outcome.id.as_str());
        // The ids of rules have dots, and the names of expectations have none.
        let near = nearest(id, ids().filter(|_| name.contains(['.', ':'])))
            .or_else(|| keys::ours_for(name))
            .or_else(|| nearest(name, expectations))
            .or_else(|| nearest(id, ids()))
            .or_else(|| ids().find(|known| known.contains(id)));
        let place = match &self.report {
            Some(path) => format!("in `{}`", path.display()),
            None if rules.is_empty() => format!("and `{}` keeps no record of a run", self.reports.display()),
            None => "in the newest runs".to_owned(),
        };
        let what = format!("no expectation is called `{name}`, and no rule {place}");
        let what = if rules.is_empty() && self.report.is_none() {
            format!("no expectation is called `{name}`, {place}")
        } else {
            what
        };
        match near {
            Some(near) => format!("{what}; did you mean `{near}`?"),
            None => format!("{what}; `tamiz explain` lists the expectations"),
        }
    }
}
