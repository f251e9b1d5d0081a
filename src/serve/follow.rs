//! The folder of reports kept at what the history of a team is, for as long as the server runs.
//!
//! It looks every two seconds whether something changed, and follows if so. While the database cannot be reached the server goes
//! on with what it has, and says at `/readyz` that it is not at the newest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::Error;
use crate::team::Team;

/// How often one looks whether something changed.
const LOOK: Duration = Duration::from_secs(2);

/// How often one asks whether the server stops.
const STEP: Duration = Duration::from_millis(50);

/// What makes a folder what the history of a team is.
type Follow = Box<dyn Fn(&Team) -> Result<(), Error> + Send + Sync>;

/// Whoever keeps the folder at what the history of a team is.
pub struct Follower {
    team: Team,
    follow: Follow,
    is_at_it: AtomicBool,
    ends: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// One that follows in a way.
    pub fn new(team: Team, follow: impl Fn(&Team) -> Result<(), Error> + Send + Sync + 'static) -> Self {
        Self {
            team,
            follow: Box::new(follow),
            is_at_it: AtomicBool::new(false),
            ends: AtomicBool::new(false),
            thread: Mutex::new(None),
        }
    }

    /// Follows from now on, on a thread of its own.
    pub fn begin(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let thread = std::thread::spawn(move || this.work());
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    }

    /// Ends that; what is under way is brought to its end.
    pub fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(thread.map(JoinHandle::join));
    }

    /// Whether the folder was at the newest when one last looked.
    pub fn is_at_it(&self) -> bool {
        self.is_at_it.load(Ordering::Relaxed)
    }

    /// Fetches what is missing of the folder of a run; says whether its record came.
    pub fn fetch(&self, folder: &str) -> bool {
        // Nobody waits for who does not answer.
        if !self.is_at_it() {
            return false;
        }
        self.team.fetch_page(folder).unwrap_or_else(|error| {
            tracing::warn!(%error, folder, "a run could not be fetched");
            false
        })
    }

    fn work(&self) {
        let _ended = Ended(&self.is_at_it);
        let mut seen = None;
        while !self.ends.load(Ordering::Relaxed) {
            let followed = self.team.position().and_then(|position| {
                if seen.as_ref() != Some(&position) || self.team.waits()? {
                    (self.follow)(&self.team)?;
                    seen = Some(position);
                }
                Ok(())
            });
            if let Err(error) = &followed {
                seen = None;
                tracing::error!(%error, "the history of the team is not followed");
            }
            self.is_at_it.store(followed.is_ok(), Ordering::Relaxed);
            let mut waited = Duration::ZERO;
            while waited < LOOK && !self.ends.load(Ordering::Relaxed) {
                std::thread::sleep(STEP);
                waited += STEP;
            }
        }
    }
}

/// Says that nobody follows any more, also where that ends by a bug.
struct Ended<'f>(&'f AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
