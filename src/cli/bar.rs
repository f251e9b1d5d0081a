//! How far a run has come: a bar on standard error, silent in CI and where nobody looks, or events of the log.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::cli::{ci, log, world};
use crate::engine::Progress;

/// A bar, shown until it is finished.
pub(super) struct Bar {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bar {
    /// Shows how far a run has come.
    pub(super) fn show(progress: &Arc<Progress>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        if log::is_on() {
            return Self::told(progress, stop);
        }
        if !std::io::stderr().is_terminal() || ci::provider(&world::env).is_some() {
            return Self { stop, thread: None };
        }
        let (progress, stopped) = (Arc::clone(progress), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let shape = "{spinner} {bytes} of {total_bytes} {wide_bar} {eta}";
            let style = indicatif::ProgressStyle::with_template(shape)
                .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
            let mut bar: Option<indicatif::ProgressBar> = None;
            let mut ticks = 0;
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(50));
                ticks += 1;
                // Most runs are over before anybody would wonder.
                if ticks > 20 {
                    let (read, total) = progress.get();
                    let bar = bar.get_or_insert_with(|| indicatif::ProgressBar::new(total).with_style(style.clone()));
                    bar.set_length(total);
                    bar.set_position(read.min(total));
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        Self { stop, thread: Some(thread) }
    }

    /// Tells the log twice a second, where it takes so much.
    fn told(progress: &Arc<Progress>, stop: Arc<AtomicBool>) -> Self {
        let (progress, stopped) = (Arc::clone(progress), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut before = 0;
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(500));
                let (read, total) = progress.get();
                if read != before {
                    tracing::debug!(read, total, action = "progress", "reading");
                }
                before = read;
            }
        });
        Self { stop, thread: Some(thread) }
    }

    /// Takes it away.
    pub(super) fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            // A bar that broke is no reason to lose a verdict.
            let _ = thread.join();
        }
    }
}
