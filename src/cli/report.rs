//! `tamiz report`: the pages under the folder of reports.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::{Language, complain, print, world};
use crate::error::{Error, Exit};
use crate::lang::Lang;
use crate::site::Site;

/// Work on the pages under the folder of reports.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz report rebuild --reports reports --lang es")]
pub(super) struct Report {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make every page again from the records and the history.
    ///
    /// For pages that a newer version draws otherwise, that were lost, or that are of runs merged from elsewhere. What cannot
    /// be rendered is told, one line each, and the exit code is then 4.
    Rebuild(Rebuild),
}

#[derive(Args)]
struct Rebuild {
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// The language that pages open in.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Report {
    pub(super) fn run(self) -> Result<Exit, Error> {
        match self.what {
            What::Rebuild(rebuild) => rebuild.run(),
        }
    }
}

impl Rebuild {
    fn run(self) -> Result<Exit, Error> {
        let lang: Lang = self.lang.into();
        if !self.reports.join("history").is_dir() {
            return Err(Error::Usage(format!(
                "`{}` holds no history; --reports says where runs are kept",
                self.reports.display()
            )));
        }
        let rebuilt = Site::new(&self.reports, lang, world::utc()).rebuild()?;
        for failure in &rebuilt.failures {
            complain::say(&format!("tamiz: {}: {failure}\n", lang.pick("not rendered", "sin página")));
        }
        let (runs, suites) = (rebuilt.runs as u64, rebuilt.suites as u64);
        let mut said = format!(
            "{} {}, {} {}",
            lang.count(runs),
            lang.plural(runs, ("run", "ejecución"), ("runs", "ejecuciones")),
            lang.count(suites),
            lang.plural(suites, ("suite", "suite"), ("suites", "suites")),
        );
        if rebuilt.without_record > 0 {
            let word = lang.pick("without a record any more", "sin registro ya");
            said += &format!(", {} {word}", lang.count(rebuilt.without_record as u64));
        }
        if !rebuilt.failures.is_empty() {
            let word = lang.pick("not rendered", "sin página");
            said += &format!(", {} {word}", lang.count(rebuilt.failures.len() as u64));
        }
        print(&format!("{said}\n"))?;
        Ok(if rebuilt.failures.is_empty() { Exit::Passed } else { Exit::Undelivered })
    }
}
