//! `tamiz history push` and `pull`: one history for many machines.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::cli::history::bucket::Bucket;
use crate::cli::history::{Here, counted};
use crate::cli::{self, Language, complain, print, world};
use crate::dataset::{SCHEMES, masked};
use crate::engine::remote;
use crate::error::{Error, Exit};
use crate::history::place::Place;
use crate::history::{Carried, History, carry};
use crate::lang::Lang;
use crate::postgres;
use crate::site::Site;
use crate::team::Database;

/// Add the runs that are kept here to those of another folder, bucket or database.
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

/// Add the runs of another folder, bucket or database to those that are kept here.
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
    /// A folder of reports, or a URL: s3://, gs://, az://, postgres://; the history of the team if unsaid.
    #[arg(value_name = "URL or DIR")]
    place: Option<String>,
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
        let named = match how.named()? {
            Ok(named) => named,
            Err(exit) => return Ok(exit),
        };
        let into = how.place(&named)?;
        let carried = carry(&how.here.history(), into.as_ref(), None)?;
        how.reindex(&carried, named.folder())?;
        let (en, es) = ("sent to", "a");
        print(&how.say(&carried, &named, (en, "enviadas"), es))?;
        Ok(Exit::Passed)
    }
}

impl Pull {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let how = &self.how;
        let named = match how.named()? {
            Ok(named) => named,
            Err(exit) => return Ok(exit),
        };
        named.must_be_there()?;
        let from = how.place(&named)?;
        let carried = carry(from.as_ref(), &how.here.history(), self.records)?;
        how.reindex(&carried, Some(&how.here.reports))?;
        print(&how.say(&carried, &named, ("fetched from", "traídas"), "de"))?;
        Ok(Exit::Passed)
    }
}

/// A place as it is named on the command line.
pub(super) struct Named<'a>(Cow<'a, str>);

impl<'a> Named<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The folder on this machine, if it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        let is_url = self.0.contains("://");
        (!is_url).then(|| Path::new(&*self.0))
    }

    /// The place without secrets.
    pub(super) fn shown(&self) -> String {
        // The query of a database may hold a password.
        cli::team::at(&self.0).map_or_else(|_| masked(&self.0), |address| address.shown().to_owned())
    }

    /// Whether it is the same place.
    pub(super) fn is_same(&self, other: &Named<'_>) -> bool {
        let whole = |named: &Named<'_>| named.folder().and_then(|folder| folder.canonicalize().ok());
        self.0 == other.0 || whole(self).zip(whole(other)).is_some_and(|(one, other)| one == other)
    }

    /// That it is there, if it is a folder.
    pub(super) fn must_be_there(&self) -> Result<(), Error> {
        match self.folder().filter(|folder| !folder.is_dir()) {
            Some(folder) => {
                let source = std::io::Error::from(std::io::ErrorKind::NotFound);
                Err(Error::Read { path: folder.to_owned(), source })
            }
            None => Ok(()),
        }
    }
}

/// The place that is named.
pub(super) fn open(named: &Named<'_>, retries: u32) -> Result<Box<dyn Place>, Error> {
    if let Some(folder) = named.folder() {
        return Ok(Box::new(History::new(folder)));
    }
    let url = &*named.0;
    let scheme = url.split("://").next().unwrap_or_default();
    if postgres::SCHEMES.contains(&scheme) {
        let address = cli::team::at(url).map_err(Error::Usage)?;
        return Ok(Box::new(Database::open(address)?));
    }
    if !SCHEMES.contains(&scheme) {
        return Err(Error::Usage(format!(
            "`{scheme}://` is no place for a history; there are s3://, gs://, az://, postgres:// and folders"
        )));
    }
    let connections = remote::Connections::new(world::remote(retries), Arc::default());
    Ok(Box::new(Bucket::open(&Arc::new(connections), url)?))
}

impl How {
    /// The place that is meant; or how the command ends without one.
    fn named(&self) -> Result<Result<Named<'_>, Exit>, Error> {
        if let Some(place) = &self.place {
            return Ok(Ok(Named::new(place)));
        }
        let project = match self.here.project()? {
            Ok(project) => project,
            Err(exit) => return Ok(Err(exit)),
        };
        match cli::team::url(project.as_deref())? {
            Some((url, _)) => Ok(Ok(Named(Cow::Owned(url)))),
            None => Err(Error::Usage(
                "say from where or to where: a folder, a bucket, a database; or `history: postgres://…` in tamiz.yaml"
                    .to_owned(),
            )),
        }
    }

    fn place(&self, named: &Named<'_>) -> Result<Box<dyn Place>, Error> {
        if let Some(folder) = named.folder().filter(|_| named.is_same(&Named(self.here.reports.to_string_lossy()))) {
            return Err(Error::Usage(format!("`{}` is the same folder", folder.display())));
        }
        open(named, self.retries)
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

    fn say(&self, carried: &Carried, named: &Named<'_>, (en, es): (&str, &str), to: &str) -> String {
        let lang: Lang = self.lang.into();
        let runs = counted(lang, carried.runs, ("run", "ejecución"), ("runs", "ejecuciones"));
        let records = counted(lang, carried.records, ("record", "registro"), ("records", "registros"));
        let place = named.shown();
        let size = lang.bytes(carried.bytes);
        match lang {
            Lang::En => format!("{runs} {en} {place}, with {records} ({size})\n"),
            Lang::Es => format!("{runs} {es} {to} {place}, con {records} ({size})\n"),
        }
    }
}
