//! Logs on standard error: which events are logged, and of which run each is told.
//!
//! It is off unless `--log-format`, `--log-level` or `TAMIZ_LOG` ask for it. Events are those of `tracing` that this crate makes;
//! those of libraries are not logged, for nobody knows what is in them. No event holds a value of data. `line` writes a line,
//! `told` makes the events of runs. In the formats for machines every line of standard error is an event: what is else said
//! there to people is one too.

mod line;
mod told;

use std::io::Write;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use clap::{Args, ValueEnum};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::cli::world;
use crate::error::Error;
use crate::outcome::Run;

pub(super) use line::Form;
use line::{About, Entry};
pub(super) use told::{begins, ended};

/// The variable that says how much is logged where no flag does.
const VARIABLE: &str = "TAMIZ_LOG";

/// What is logged, and how.
#[derive(Args)]
pub(super) struct Flags {
    /// Log what happens on standard error, in this form [default: no log].
    #[arg(long, global = true, value_enum, value_name = "FORM", help_heading = "Logs")]
    log_format: Option<Form>,
    #[expect(clippy::doc_markdown, reason = "the text of --help has no backticks")]
    /// How much is logged; TAMIZ_LOG says the same [default with a form: info].
    #[arg(long, global = true, value_enum, value_name = "LEVEL", help_heading = "Logs")]
    log_level: Option<Level>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(word, true)
            .map_err(|_| format!("`{word}` is none of off, error, warn, info, debug, trace"))
    }
}

static LOG: OnceLock<Log> = OnceLock::new();

/// A log that somebody asked for.
struct Log {
    form: Form,
    level: LevelFilter,
    about: Mutex<About>,
}

/// The log as `tracing` takes it.
struct Listener;

impl Flags {
    /// Logs from now on, if somebody asks for it.
    pub(super) fn start(&self) -> Result<(), Error> {
        let said = world::env(VARIABLE).filter(|word| !word.is_empty());
        let level = match (self.log_level, said) {
            (Some(level), _) => Some(level),
            (None, Some(word)) => {
                Some(word.parse().map_err(|wrong: String| Error::Usage(format!("{VARIABLE}: {wrong}")))?)
            }
            (None, None) => self.log_format.map(|_| Level::Info),
        };
        let Some(level) = level.filter(|level| *level != Level::Off || self.log_format.is_some()) else {
            return Ok(());
        };
        let form = self.log_format.unwrap_or(Form::Text);
        let log = Log { form, level: level.filter(), about: Mutex::new(About::default()) };
        if LOG.set(log).is_ok() {
            // Only who embeds this crate can have set another one, and keeps it.
            let _ = tracing::subscriber::set_global_default(Listener);
        }
        Ok(())
    }
}

/// Whether there is a log.
pub(super) fn is_on() -> bool {
    LOG.get().is_some()
}

/// Whether only machines read standard error.
pub(super) fn is_for_machines() -> bool {
    LOG.get().is_some_and(|log| log.form != Form::Text)
}

/// Has the events that follow be those of a run.
fn about(run: &Run) {
    if let Some(log) = LOG.get() {
        let about = About {
            run: Some(run.id.clone()),
            suite: Some(run.suite.clone()),
            invocation: Some(run.invocation.clone()),
        };
        *log.about.lock().unwrap_or_else(PoisonError::into_inner) = about;
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target() == "tamiz" || metadata.target().starts_with("tamiz::");
        is_ours && metadata.is_event() && LOG.get().is_some_and(|log| *metadata.level() <= log.level)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        LOG.get().map(|log| log.level)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let Some(log) = LOG.get() else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let entry = Entry {
            at: crate::ir::time::format_timestamp(world::now()),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: fields.message,
            fields: fields.named,
        };
        let about = log.about.lock().unwrap_or_else(PoisonError::into_inner);
        let text = entry.write(log.form, &about);
        // One write a line, while nobody else can; there is nobody to tell if it fails.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    named: Vec<(&'static str, Value)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => self.named.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
