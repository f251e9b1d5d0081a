//! `tamiz history migrate`: a whole history from one place to another, with a comparison at its end.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use crate::cli::history::carry::{Named, open};
use crate::cli::history::counted;
use crate::cli::{Language, complain, print, world};
use crate::engine::remote;
use crate::error::{Error, Exit};
use crate::history::merge::groups;
use crate::history::place::Place;
use crate::history::{book_of, carry};
use crate::lang::Lang;
use crate::site::Site;

/// Carry a whole history from one place to another, and hold both against each other.
///
/// Both stay: nothing is taken away where it came from, and runs that are there already stay as they are, so it can be done
/// again, and back. Then every run that is at the one is looked for at the other, its lines and its files to the byte.
///
/// Exit codes: 0 all of it is there, 1 something is not, 2 a mistake in the command line, 3 a place cannot be reached, 4 it could
/// not be written.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz history migrate reports postgres://tamiz@db/quality\n  tamiz history migrate postgres://tamiz@db/quality reports"
)]
pub(super) struct Migrate {
    /// Where it is: a folder of reports, or a URL: postgres://, s3://, gs://, az://.
    #[arg(value_name = "FROM")]
    from: String,
    /// Where it is to be.
    #[arg(value_name = "TO")]
    to: String,
    /// How often what failed for a passing reason is tried again, where a bucket is read; the waits between double.
    #[arg(long, value_name = "N", default_value_t = remote::RETRIES)]
    retries: u32,
    /// The language of what people read.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Migrate {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let lang: Lang = self.lang.into();
        let (from, to) = (Named::new(&self.from), Named::new(&self.to));
        if from.is_same(&to) {
            return Err(Error::Usage("both places are the same".to_owned()));
        }
        from.must_be_there()?;
        let (source, target) = (open(&from, self.retries)?, open(&to, self.retries)?);
        let carried = carry(source.as_ref(), target.as_ref(), None)?;
        let compared = compare(source.as_ref(), target.as_ref())?;
        if let Some(folder) = to.folder().filter(|_| carried.runs + carried.records > 0) {
            for failure in Site::new(folder, lang, world::utc()).rebuild()?.failures {
                complain::say(&format!("tamiz: {failure}\n"));
            }
        }
        for missing in &compared.missing {
            complain::say(&format!("tamiz: {}: {}\n", lang.pick("missing", "falta"), missing.escape_debug()));
        }
        let all = counted(lang, compared.runs, ("run", "ejecución"), ("runs", "ejecuciones"));
        let files = counted(lang, compared.files, ("file", "fichero"), ("files", "ficheros"));
        let (new, place) = (lang.count(carried.runs), to.shown());
        print(&match lang {
            Lang::En => format!("{all} and {files} are in {place}; {new} of the runs are new there\n"),
            Lang::Es => format!("{all} y {files} están en {place}; {new} de las ejecuciones son nuevas\n"),
        })?;
        Ok(if compared.missing.is_empty() { Exit::Passed } else { Exit::Failed })
    }
}

/// Whether a file of a run is made of its record.
fn is_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|kind| kind == "html")
}

/// What was found at both places.
#[derive(Default)]
struct Compared {
    runs: u64,
    files: u64,
    /// What is at the first and not at the other, or not the same.
    missing: BTreeSet<String>,
}

/// Looks for all of one history in another.
fn compare(from: &dyn Place, to: &dyn Place) -> Result<Compared, Error> {
    let mut compared = Compared::default();
    for book in from.history_files()?.into_iter().filter(|book| book_of(book).is_some()) {
        let path = format!("history/{book}");
        let read = |place: &dyn Place| place.read(&path).map(|found| found.map(|(bytes, _)| bytes).unwrap_or_default());
        let there = groups(&read(to)?);
        for group in groups(&read(from)?) {
            let folder = &group.key.folder;
            // Of one run two places may have different lines; the one that says more stays.
            let is_there = there.iter().any(|other| {
                other.key.id == group.key.id && (other.text == group.text || other.text.len() > group.text.len())
            });
            if is_there {
                compared.runs += 1;
            } else {
                compared.missing.insert(folder.clone());
            }
            for name in from.files(folder)? {
                let path = format!("runs/{folder}/{name}");
                let (here, other) = (from.read(&path)?, to.read(&path)?);
                let same = here.map(|(bytes, _)| bytes) == other.map(|(bytes, _)| bytes);
                // A folder makes its pages again when runs come; a record is never made again.
                if same || is_page(&name) && to.files(folder)?.contains(&name) {
                    compared.files += 1;
                } else {
                    compared.missing.insert(path);
                }
            }
        }
    }
    Ok(compared)
}
