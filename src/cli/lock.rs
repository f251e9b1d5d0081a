//! `--lock`: one run of a suite at a time, for each folder of reports, and for each history of a team.
//!
//! The locks of all suites of a command are taken before anything is read, in the order of the names of the suites: so two
//! commands never wait for each other. Each is let go when the report of its suite is written.

use std::collections::HashMap;
use std::time::Duration;

use clap::ValueEnum;

use crate::cli::stop::Watch;
use crate::cli::{complain, world};
use crate::engine::Stop;
use crate::error::{Error, Exit};
use crate::history::History;
use crate::history::lock::{Attempt, Holder, Lock};
use crate::lang::Lang;
use crate::team::{self, Team, Turn};

/// How long one waits before it says so.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a lock is asked for: one of files, and one of a database.
const TRY: Duration = Duration::from_millis(50);
const ASK: Duration = Duration::from_millis(500);

/// What a command does when another one runs the same suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// Wait until it is done, for as long as `--timeout` says.
    Wait,
    /// End with 75.
    Fail,
    /// Leave the suite out, and end with 0 or with --skip-code if no suite is left.
    Skip,
}

/// The lock of a suite: that of the folder, unless it knows no locks, and that of the team if there is one.
#[derive(Debug)]
pub(super) struct Held {
    team: Option<Turn>,
    _folder: Option<Lock>,
}

impl Held {
    /// Whether the lock of the team, if there is one, is still held.
    pub(super) fn is_held(&self) -> bool {
        self.team.as_ref().is_none_or(Turn::is_held)
    }
}

/// The locks of the suites of a command.
pub(super) struct Locks {
    /// By the id of the suite.
    pub(super) taken: HashMap<String, Held>,
    /// The suites to leave out.
    pub(super) skipped: Vec<String>,
}

impl Locks {
    /// No locks at all.
    pub(super) fn none() -> Self {
        Self { taken: HashMap::new(), skipped: Vec::new() }
    }
}

/// Takes the locks of suites, or says how the command ends without them; `asked` is what the command line says, if it does.
pub(super) fn take(
    suites: &[&str],
    (history, team): (&History, Option<&Team>),
    asked: Option<When>,
    watch: &Watch,
    lang: Lang,
) -> Result<Result<Locks, Exit>, Error> {
    let mut suites = suites.to_vec();
    suites.sort_unstable();
    let mut locks = Locks::none();
    let when = asked.unwrap_or(When::Wait);
    for suite in suites {
        let mut waited = Duration::ZERO;
        loop {
            let folder = match attempt(suite, history) {
                Ok(Attempt::Taken(lock)) => Ok(Some(lock)),
                Ok(Attempt::Held(by)) => Err(by),
                // What cannot be written is told when the report is; but who asks for a lock must get one.
                Ok(Attempt::Unsupported(_)) | Err(_) if asked.is_none() => Ok(None),
                Ok(Attempt::Unsupported(error)) => {
                    let path = history.lock_of(suite);
                    return Err(Error::Usage(format!("--lock: `{}` cannot be locked: {error}", path.display())));
                }
                Err(error) => return Err(Error::Usage(format!("--lock: {error}"))),
            };
            let held = match folder {
                Err(by) => by,
                Ok(folder) => match team.map(|team| team.lock(suite, &holder())).transpose()? {
                    Some(team::Attempt::Held(by)) => by,
                    taken => {
                        let team = if let Some(team::Attempt::Taken(turn)) = taken { Some(turn) } else { None };
                        locks.taken.insert(suite.to_owned(), Held { team, _folder: folder });
                        break;
                    }
                },
            };
            match when {
                When::Fail => {
                    let nothing = lang.pick("nothing was read", "no se ha leído nada");
                    complain::say(&format!("tamiz: {}; {nothing}\n", busy(suite, held.as_ref(), lang)));
                    return Ok(Err(Exit::Locked));
                }
                When::Skip => {
                    let left_out = lang.pick("it is left out", "se omite");
                    complain::say(&format!("tamiz: {}; {left_out}\n", busy(suite, held.as_ref(), lang)));
                    locks.skipped.push(suite.to_owned());
                    break;
                }
                When::Wait => {}
            }
            let step = if team.is_some() { ASK } else { TRY };
            if waited <= PATIENCE && waited + step > PATIENCE {
                let waiting = lang.pick("waiting for it to end", "se espera a que termine");
                complain::say(&format!("tamiz: {}; {waiting}\n", busy(suite, held.as_ref(), lang)));
            }
            waited += step;
            if !watch.pause(step) {
                return Ok(Err(given_up(suite, held.as_ref(), watch, lang)));
            }
        }
    }
    Ok(Ok(locks))
}

fn attempt(suite: &str, history: &History) -> Result<Attempt, Error> {
    Lock::attempt(&history.lock_of(suite), &holder())
}

/// This process.
pub(super) fn holder() -> Holder {
    let since = crate::ir::time::format_timestamp(world::now());
    Holder { pid: std::process::id(), host: world::host(), since }
}

/// How a command ends that waited in vain.
fn given_up(suite: &str, held: Option<&Holder>, watch: &Watch, lang: Lang) -> Exit {
    match watch.stopped() {
        Some(Stop::Interrupt) => Exit::Interrupted,
        Some(Stop::Terminate) => Exit::Terminated,
        Some(Stop::Timeout) | None => {
            let spent = lang.pick(
                "the time of `--timeout` is spent; nothing was read",
                "se acabó el tiempo de `--timeout`; no se ha leído nada",
            );
            complain::say(&format!("tamiz: {}; {spent}\n", busy(suite, held, lang)));
            Exit::Locked
        }
    }
}

/// Says who runs a suite.
fn busy(suite: &str, held: Option<&Holder>, lang: Lang) -> String {
    let Some(holder) = held else {
        return match lang {
            Lang::En => format!("another run of `{suite}` is under way"),
            Lang::Es => format!("hay otro control de `{suite}` en marcha"),
        };
    };
    let (pid, since) = (holder.pid, &holder.since);
    let host = holder.host.as_deref().unwrap_or("?");
    match lang {
        Lang::En => format!("another run of `{suite}` is under way: process {pid} on {host} since {since}"),
        Lang::Es => format!("hay otro control de `{suite}` en marcha: proceso {pid} en {host} desde {since}"),
    }
}
