//! The history of a team, where `tamiz.yaml` or the environment says that there is one.
//!
//! `check`, `publish`, `breaker`, `history` and `serve` follow it first, so that they know what other machines kept; what a
//! command could not deliver is delivered by the next one.

use std::path::Path;
use std::sync::Arc;

use crate::alert::state;
use crate::cli::{complain, connections, lock, world};
use crate::config::Config;
use crate::error::Error;
use crate::lang::Lang;
use crate::outcome::Report;
use crate::postgres::Address;
use crate::site::Site;
use crate::team::{Reach, Stop, Team};

/// The variable that says where it is.
const HISTORY: &str = "TAMIZ_HISTORY";

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
    Address::parse(url, world::said(connections::PASSWORD).as_deref())
}

/// The history of the team that a folder of reports follows, if there is one; it is asked no more once `stop` says so.
pub(super) fn open(config: Option<&Config>, reports: &Path, stop: &Stop) -> Result<Option<Team>, Error> {
    let Some(team) = lazy(config, reports, stop)? else { return Ok(None) };
    team.reach()?;
    Ok(Some(team))
}

/// The same, reached when it is asked.
pub(super) fn lazy(config: Option<&Config>, reports: &Path, stop: &Stop) -> Result<Option<Team>, Error> {
    let Some((url, from)) = url(config)? else { return Ok(None) };
    let address = at(&url).map_err(|why| Error::Usage(format!("{from}: {why}")))?;
    Team::lazy(&address, reports, stop).map(Some)
}

/// What never stops.
pub(super) fn on() -> Stop {
    Arc::new(|| false)
}

/// Delivers what waits in the folder, takes in what others kept, and makes the pages that it is on again.
pub(super) fn follow(team: &Team, reports: &Path, records: usize, lang: Lang) -> Result<(), Error> {
    later(team.deliver(None));
    let fetched = team.fetch(None, Reach::All { records })?;
    if !fetched.suites.is_empty() {
        Site::new(reports, lang, world::utc()).came(&fetched.suites, &fetched.months)?;
        team.pages_made(&fetched)?;
    }
    Ok(())
}

/// Says what could not be delivered, which keeps nobody from going on: it stays noted.
pub(super) fn later(delivered: Result<u64, Error>) {
    if let Err(error) = delivered {
        complain::error(&error);
    }
}

/// Delivers a run that is kept in the folder, whose suite is locked.
pub(super) fn deliver(team: &Team, report: &Report, lang: Lang) -> Result<(), Error> {
    let delivered = team.deliver(Some(&[&report.run.suite]));
    if matches!(delivered, Err(Error::Undelivered { .. })) {
        complain::say(lang.pick(
            "tamiz: what is kept here is delivered by the next command with this folder of reports\n",
            "tamiz: lo que queda guardado aquí lo entrega la próxima orden con esta carpeta de informes\n",
        ));
    }
    delivered.map(drop)
}

/// Does what tells alerts, knowing what other machines told, while none of them tells any. What is known here alone does where
/// the database does not answer: better twice than never.
pub(super) fn telling<T>(team: &Team, reports: &Path, tell: impl FnOnce() -> T) -> T {
    let complained = |error: Error| complain::error(&error);
    let turn = team.turn_to_tell(&lock::holder()).map_err(complained).ok().flatten();
    let known = turn.as_ref().and_then(|_| team.told().map_err(complained).ok());
    // What was told from here and is not known there stays what is known.
    if let Some(Some(text)) = known.as_ref().filter(|_| !state::is_unsent(reports))
        && let Err(error) = state::put(reports, text)
    {
        complained(error);
    }
    let told = tell();
    let kept = match known {
        Some(_) => state::text(reports).and_then(|text| text.map_or(Ok(()), |text| team.keep_told(&text))),
        None => Err(Error::Undelivered {
            place: team.shown().to_owned(),
            message: "what was told to whom is known here alone".to_owned(),
        }),
    };
    let is_sent = kept.map_err(complained).is_ok();
    if let Err(error) = state::note_unsent(reports, !is_sent) {
        complained(error);
    }
    told
}
