//! The history of a team, where `tamiz.yaml` or the environment says that there is one.
//!
//! Commands that read the history follow it first, so that they know what other machines kept; what a command could not deliver
//! is delivered by the next one.

use std::path::Path;

use crate::alert::state;
use crate::cli::{complain, lock, world};
use crate::config::Config;
use crate::error::Error;
use crate::lang::Lang;
use crate::outcome::Report;
use crate::site::Site;
use crate::team::{Address, Fetched, Reach, Team};

/// The variable that says where it is.
const HISTORY: &str = "TAMIZ_HISTORY";

/// The variable that the tools of PostgreSQL take a password from.
const PASSWORD: &str = "PGPASSWORD";

/// The URL of the history of a team, if there is one, and who says so.
pub(super) fn url(config: Option<&Config>) -> Result<Option<(String, &'static str)>, Error> {
    match (world::said(HISTORY), config.and_then(|config| config.history.as_ref())) {
        (Some(url), _) => Ok(Some((url, HISTORY))),
        (None, Some(known)) => {
            let exposed = known.expose().map_err(|why| Error::Usage(format!("`history`: {why}")))?;
            Ok(Some((exposed.to_owned(), "`history`")))
        }
        (None, None) => Ok(None),
    }
}

/// The address that a URL means.
pub(super) fn at(url: &str) -> Result<Address, String> {
    Address::parse(url, world::said(PASSWORD).as_deref())
}

/// The history of the team that a folder of reports follows, if there is one.
pub(super) fn open(config: Option<&Config>, reports: &Path) -> Result<Option<Team>, Error> {
    let Some((url, from)) = url(config)? else { return Ok(None) };
    let address = at(&url).map_err(|why| Error::Usage(format!("{from}: {why}")))?;
    Team::open(address, reports).map(Some)
}

/// Delivers what waits in the folder, takes in what others kept, and makes the pages that it is on again.
pub(super) fn follow(team: &Team, reports: &Path, records: usize, lang: Lang) -> Result<Fetched, Error> {
    let delivered = team.deliver(None);
    let fetched = team.fetch(None, Reach::All { records })?;
    if !fetched.suites.is_empty() {
        Site::new(reports, lang, world::utc()).came(&fetched.suites, &fetched.months)?;
    }
    delivered.map(|_| fetched)
}

/// Does what tells alerts, knowing what other machines told, while none of them tells any. What is known here alone does where
/// the database does not answer: better twice than never.
pub(super) fn telling<T>(team: &Team, reports: &Path, tell: impl FnOnce() -> T) -> T {
    let complained = |done: Result<(), Error>| done.unwrap_or_else(|error| complain::error(&error));
    let turn = team.turn_to_tell(&lock::holder()).unwrap_or_else(|error| {
        complain::error(&error);
        None
    });
    if turn.is_some() {
        complained(team.told().and_then(|told| told.map_or(Ok(()), |text| state::put(reports, &text))));
    }
    let told = tell();
    if turn.is_some() {
        complained(state::text(reports).and_then(|text| text.map_or(Ok(()), |text| team.keep_told(&text))));
    }
    told
}

/// Delivers a run that is kept in the folder, whose suite is locked.
pub(super) fn deliver(team: &Team, report: &Report, lang: Lang) -> Result<(), Error> {
    let delivered = team.deliver(Some(&[&report.run.suite]));
    if delivered.is_err() {
        complain::say(lang.pick(
            "tamiz: the run is kept here, and the next command with this folder of reports delivers it\n",
            "tamiz: la ejecución queda guardada aquí, y la próxima orden con esta carpeta de informes la entrega\n",
        ));
    }
    delivered.map(drop)
}
