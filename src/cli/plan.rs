//! `tamiz plan`: the visits that a check would make, and of data that is there what it would read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use indexmap::IndexMap;

use crate::answer::Survey;
use crate::cli::config::ConfigArgs;
use crate::cli::{SuiteArgs, connections, print, suites, world};
use crate::dataset::{Connection, Part, Source};
use crate::engine::sql::{DRY, ENGINES, Link};
use crate::engine::{Progress, remote};
use crate::error::{Error, Exit};
use crate::mask::Policy;
use crate::outcome::{DecidedBy, Fault};
use crate::record::Gate;
use crate::run::{self, Samples};
use crate::suite::Suite;

/// Print the visits that a check would make, without reading data.
///
/// Conditions are shown as written; literals take the types of their columns when data is opened. A rule for the columns
/// that fit a pattern is shown for those that the suite declares.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz plan rules/ventas.yaml\n  tamiz plan --data rules/ventas.yaml")]
pub(super) struct Plan {
    #[command(flatten)]
    suites: SuiteArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// Open the data, and print what a check would read of it.
    ///
    /// Names, types and metadata are read, and no rows but those that tell the types of text. Of Parquet it is told what the
    /// footers and dictionaries of columns decide, and how many bytes are left to read; the keys that references are looked
    /// up in are not read, so references count as undecided.
    #[arg(long)]
    data: bool,
    /// Print what an engine would be asked, without reaching one: each dataset is a table of its name with the columns that
    /// the suite declares.
    ///
    /// A rule that the engine cannot say is told with the reason. Of a connection, `--data` prints what its own engine is
    /// asked.
    #[arg(long, value_name = "ENGINE", conflicts_with = "data", value_parser = ENGINES)]
    engine: Option<String>,
    /// With `--data`: believe no metadata.
    #[arg(long, requires = "data")]
    distrust_statistics: bool,
}

impl Plan {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let found = suites::read(&self.suites, None)?;
        if found.complain() {
            return Ok(Exit::Invalid);
        }
        let config = match self.config.read(found.suites.iter().map(|suite| suite.source.path.as_path()))?.or_complain()
        {
            Ok(config) => config,
            Err(exit) => return Ok(exit),
        };
        let links = connections::links(config.as_deref());
        for suite in &found.suites {
            let text = if let Some(engine) = &self.engine {
                let (suite, links) = on_engine(suite, engine);
                told(&suite, &self.survey(&suite, &links).1)
            } else if self.data {
                let (plan, surveys) = self.survey(suite, &links);
                plan.render() + &told(suite, &surveys)
            } else {
                crate::plan::fuse(&suite.expanded(&|_| None).checks(), &[]).render()
            };
            // What came from the environment is the matter of the environment.
            let hidden = suite.secrets.iter().filter(|secret| !secret.is_empty());
            let text = hidden.fold(text, |text, secret| text.replace(secret.as_str(), "***"));
            print(&format!("# {}\n{text}", suite.id))?;
        }
        Ok(Exit::Passed)
    }

    fn survey(
        &self,
        suite: &Suite,
        links: &BTreeMap<String, Link>,
    ) -> (crate::plan::Plan, IndexMap<String, Result<Survey, Fault>>) {
        run::survey(&run::Request {
            suite,
            selected: &|_| true,
            selection: None,
            gate: Gate { fail_on: None, allow_empty: true, skip_code: None },
            policy: Policy::NoValues,
            samples: Samples::None,
            memory: None,
            distrust_statistics: self.distrust_statistics,
            progress: Arc::new(Progress::default()),
            quarantine: None,
            remote: remote::Settings { links: links.clone(), ..world::remote(remote::RETRIES) },
            earlier: None,
            states: None,
        })
    }
}

/// The same suite on tables of an engine that nobody reaches.
fn on_engine(suite: &Suite, engine: &str) -> (Suite, BTreeMap<String, Link>) {
    let mut suite = suite.clone();
    for dataset in &mut suite.datasets {
        let part = match &dataset.data.source.database {
            Some(database) if dataset.data.source.connection.is_some() => database.part.clone(),
            _ => Part::Table(dataset.data.name.clone()),
        };
        let connection = Some(Connection { name: engine.to_owned(), local: false });
        dataset.data.source = Source { connection, ..Source::of_database(engine.to_owned(), part) };
    }
    let link = Link::to(format!("{DRY}{engine}"));
    (suite, [(engine.to_owned(), link)].into())
}

/// What would be read, in words.
fn told(suite: &Suite, surveys: &IndexMap<String, Result<Survey, Fault>>) -> String {
    let mut text = String::new();
    for (name, survey) in surveys {
        let survey = match survey {
            Ok(survey) => survey,
            Err(fault) => {
                let _ = writeln!(text, "{name}: {}", fault.message);
                continue;
            }
        };
        if survey.decided.iter().any(|(_, by)| *by == DecidedBy::Engine) {
            let _ = writeln!(text, "{name}: asked of its engine");
            if !suite.secrets.is_empty() {
                let _ = writeln!(text, "  the statements may hold values of the environment, and are not shown");
                continue;
            }
            for (measures, statement) in &survey.statements {
                match statement {
                    Ok(sql) => {
                        let _ = writeln!(text, "  {sql};");
                    }
                    Err(why) => measures.iter().for_each(|measure| {
                        let _ = writeln!(text, "  not asked: {measure}: it cannot say {why}");
                    }),
                }
            }
            continue;
        }
        let rows = survey.rows.map_or(String::new(), |rows| format!(", {rows} rows"));
        let _ = writeln!(text, "{name}: {} files, {} bytes{rows}", survey.files, survey.bytes);
        let by = |step| survey.decided.iter().filter(|(_, by)| *by == step).count();
        for (step, words) in [
            (DecidedBy::Footer, "measures told by footers"),
            (DecidedBy::Dictionary, "measures told by dictionaries"),
            (DecidedBy::Scan, "measures told by reading"),
        ] {
            if by(step) > 0 {
                let _ = writeln!(text, "  {} {words}", by(step));
            }
        }
        let (read, all) = survey.row_groups;
        let of_groups = if all > 0 { format!(" in {read} of {all} row groups") } else { String::new() };
        let _ = writeln!(text, "  to read: {} bytes{of_groups}", survey.read);
        for (measure, _) in survey.decided.iter().filter(|(_, by)| all > 0 && *by == DecidedBy::Scan) {
            let _ = writeln!(text, "    {measure}");
        }
    }
    text
}
