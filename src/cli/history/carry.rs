//! `tamiz history push` and `pull`: one history for many machines.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::history::bucket::Bucket;
use crate::cli::history::{Here, counted};
use crate::cli::{Language, complain, print, world};
use crate::dataset::{SCHEMES, masked};
use crate::engine::remote;
use crate::error::{Error, Exit};
use crate::history::place::Place;
use crate::history::{Carried, History, carry};
use crate::lang::Lang;
use crate::site::Site;

/// Add the runs that are kept here to those of another folder or bucket.
///
/// Runs are told apart by their ids: what is there stays, what is there already is not sent again, and doing it twice changes
/// nothing. A run that is still being written is not sent. Several may push at the same time. Credentials come from the
/// environment, as for data.
///
/// Exit codes: 0 done, 2 a mistake in the command line, 3 the place cannot be reached, 4 it could not be written; what was sent
/// until then is whole.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz history push s3://bucket/tamiz\n  tamiz history push /mnt/shared/reports")]
pub(super) struct Push {
    #[command(flatten)]
    how: How,
}

/// Add the runs of another folder or bucket to those that are kept here.
///
/// Runs are told apart by their ids: what is here stays, and doing it twice changes nothing. With --records only some of the
/// records and pages are fetched, and of the other runs what trends and `tamiz history` need.
///
/// Exit codes: 0 done, 2 a mistake in the command line, 3 the place cannot be read, 4 it could not be written here.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz history pull s3://bucket/tamiz --records 1\n  tamiz history pull /mnt/shared/reports"
)]
pub(super) struct Pull {
    #[command(flatten)]
    how: How,
    /// Fetch records and pages of the newest N runs of each suite alone.
    #[arg(long, value_name = "N")]
    records: Option<usize>,
}

#[derive(Args)]
struct How {
    /// A folder of reports, or a URL: s3://, gs://, az://.
    #[arg(value_name = "URL or DIR")]
    place: String,
    #[command(flatten)]
    here: Here,
    /// How often what failed for a passing reason is tried again; the waits between double.
    #[arg(long, value_name = "N", default_value_t = remote::RETRIES)]
    retries: u32,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Push {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let how = &self.how;
        let into = how.place()?;
        let carried = carry(&how.here.history(), into.as_ref(), None)?;
        how.reindex(&carried, how.folder())?;
        let (en, es) = ("sent to", "a");
        print(&how.say(&carried, (en, "enviadas"), es))?;
        Ok(Exit::Passed)
    }
}

impl Pull {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let how = &self.how;
        let from = how.place()?;
        if let Some(folder) = how.folder().filter(|folder| !folder.is_dir()) {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Error::Read { path: folder.to_owned(), source });
        }
        let carried = carry(from.as_ref(), &how.here.history(), self.records)?;
        how.reindex(&carried, Some(&how.here.reports))?;
        print(&how.say(&carried, ("fetched from", "traídas"), "de"))?;
        Ok(Exit::Passed)
    }
}

impl How {
    /// The folder on this machine, if it is one.
    fn folder(&self) -> Option<&Path> {
        let is_url = self.place.contains("://");
        (!is_url).then(|| Path::new(&self.place))
    }

    fn place(&self) -> Result<Box<dyn Place>, Error> {
        match self.folder() {
            Some(folder) => {
                let same =
                    |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
                if same(folder, &self.here.reports) {
                    return Err(Error::Usage(format!("`{}` is the same folder", folder.display())));
                }
                Ok(Box::new(History::new(folder)))
            }
            None => {
                let scheme = self.place.split("://").next().unwrap_or_default();
                if !SCHEMES.contains(&scheme) {
                    return Err(Error::Usage(format!(
                        "`{scheme}://` is no place for a history; there are s3://, gs://, az:// and folders"
                    )));
                }
                let connections = remote::Connections::new(world::remote(self.retries), Arc::default());
                Ok(Box::new(Bucket::open(&Arc::new(connections), &self.place)?))
            }
        }
    }

    /// Makes the pages of a folder anew that runs came to.
    fn reindex(&self, carried: &Carried, folder: Option<&Path>) -> Result<(), Error> {
        match folder.filter(|_| carried.runs + carried.records > 0) {
            Some(folder) => {
                for failure in Site::new(folder, self.lang.into(), world::utc()).rebuild()?.failures {
                    complain::say(&format!("tamiz: {failure}\n"));
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn say(&self, carried: &Carried, (en, es): (&str, &str), to: &str) -> String {
        let lang: Lang = self.lang.into();
        let runs = counted(lang, carried.runs, ("run", "ejecución"), ("runs", "ejecuciones"));
        let records = counted(lang, carried.records, ("record", "registro"), ("records", "registros"));
        let place = masked(&self.place);
        let size = lang.bytes(carried.bytes);
        match lang {
            Lang::En => format!("{runs} {en} {place}, with {records} ({size})\n"),
            Lang::Es => format!("{runs} {es} {to} {place}, con {records} ({size})\n"),
        }
    }
}
