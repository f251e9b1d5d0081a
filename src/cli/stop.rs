//! What ends a command before its end: the time of `--timeout`, SIGINT and SIGTERM.
//!
//! The first signal asks the run to end: it stops reading, and writes its report. The second one ends the process at once, as
//! if nobody had listened.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::cli::{complain, world};
use crate::engine::{Progress, Stop};
use crate::lang::Lang;

/// How often a thread that waits looks up.
const LOOK: Duration = Duration::from_millis(10);

/// How long work that was asked to end may take to do so.
pub(super) const GRACE: Duration = Duration::from_secs(3);

/// As much as the first thread of a program has.
const STACK: usize = 8 << 20;

/// Watches over a command until it is dropped.
pub(super) struct Watch {
    eye: Arc<Eye>,
    /// Hangs up when it is dropped.
    _line: Sender<()>,
}

/// What is looked at, now and then by a thread, and whenever somebody asks.
struct Eye {
    progress: Arc<Progress>,
    /// The number of a signal that was not seen yet.
    caught: Arc<AtomicUsize>,
    deadline: Option<Instant>,
    lang: Lang,
}

impl Watch {
    /// Listens to signals from now on, and stops the command when its time is spent, if it has one.
    pub(super) fn begin(timeout: Option<Duration>, lang: Lang) -> Self {
        // A time without end is none.
        let deadline = timeout.and_then(|time| world::moment().checked_add(time));
        let progress = Arc::new(Progress::timed(world::now));
        if timeout.is_some_and(|time| time.is_zero()) {
            progress.stop(Stop::Timeout);
        }
        let caught = Arc::new(AtomicUsize::new(0));
        if let Err(error) = listen(&caught) {
            complain::say(&format!("tamiz: signals are not listened to: {error}\n"));
        }
        let (line, ended) = channel::<()>();
        let eye = Arc::new(Eye { progress, caught, deadline, lang });
        let watching = Arc::clone(&eye);
        // Without this thread a command ends by itself only.
        let _ = Builder::new().name("watch".to_owned()).spawn(move || {
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                watching.look();
            }
        });
        Self { eye, _line: line }
    }

    /// What the work of the command looks at, to learn whether it is to end.
    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.eye.progress
    }

    /// Why the command is to end, if it is.
    pub(super) fn stopped(&self) -> Option<Stop> {
        // A signal that ended what we read from must be seen before that end is.
        self.eye.look();
        self.eye.progress.stopped()
    }

    /// Waits for work, which is done on another thread; none if it did not end within the grace after it was to: a system that
    /// does not answer keeps a thread for as long as it likes, and that thread is left behind.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        grace: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<Option<T>> {
        let (line, answer) = channel();
        let worker = Builder::new().name("work".to_owned()).stack_size(STACK).spawn(move || {
            // Nobody may be there any longer to take it.
            let _ = line.send(work());
        })?;
        let mut ends: Option<Instant> = None;
        loop {
            match answer.recv_timeout(LOOK) {
                Ok(done) => return Ok(Some(done)),
                Err(RecvTimeoutError::Disconnected) => match worker.join() {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => return Ok(None),
                },
                Err(RecvTimeoutError::Timeout) => {}
            }
            if ends.is_none() && self.stopped().is_some() {
                ends = Some(world::moment() + grace);
            }
            if ends.is_some_and(|ends| world::moment() >= ends) {
                return Ok(None);
            }
        }
    }

    /// Does nothing for a while; says whether the command goes on.
    pub(super) fn pause(&self, length: Duration) -> bool {
        std::thread::sleep(length);
        self.stopped().is_none()
    }
}

/// Reads `--timeout`.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    let length = crate::ir::duration::Duration::parse(text)?;
    let micros = length.micros().ok_or_else(|| "months and years have no fixed length; give days".to_owned())?;
    Ok(Duration::from_micros(micros))
}

/// Puts the number of the first signal into `caught`, and leaves the second one to the system.
fn listen(caught: &Arc<AtomicUsize>) -> std::io::Result<()> {
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, Arc::clone(&again))?;
        flag::register_usize(signal, Arc::clone(caught), usize::try_from(signal).unwrap_or_default())?;
        flag::register(signal, Arc::clone(&again))?;
    }
    Ok(())
}

impl Eye {
    fn look(&self) {
        if self.deadline.is_some_and(|deadline| world::moment() >= deadline) {
            self.progress.stop(Stop::Timeout);
        }
        let why = match i32::try_from(self.caught.swap(0, Ordering::Relaxed)) {
            Ok(SIGINT) => Stop::Interrupt,
            Ok(SIGTERM) => Stop::Terminate,
            _ => return,
        };
        self.progress.stop(why);
        let signal = why.signal().unwrap_or_default();
        let said = self.lang.pick(
            "the run ends here; a second signal ends it at once",
            "el control termina aquí; una segunda señal lo corta",
        );
        complain::say(&format!("tamiz: {signal}: {said}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_a_fixed_length() {
        assert_eq!(timeout("90s"), Ok(Duration::from_secs(90)));
        assert!(timeout("1mo").is_err() && timeout("soon").is_err());
    }

    #[test]
    fn a_moment_that_has_passed_stops_at_once() {
        assert_eq!(Watch::begin(None, Lang::En).stopped(), None);
        assert_eq!(Watch::begin(Some(Duration::ZERO), Lang::En).stopped(), Some(Stop::Timeout));
    }

    #[test]
    fn work_that_does_not_end_is_left_behind() {
        let watch = Watch::begin(Some(Duration::from_millis(20)), Lang::En);
        let (line, never) = channel::<()>();
        assert_eq!(watch.wait(Duration::from_millis(20), move || never.recv().is_ok()).unwrap(), None);
        assert_eq!(watch.wait(Duration::from_mins(1), || 7).unwrap(), Some(7));
        drop(line);
    }
}
