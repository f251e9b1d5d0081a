//! What the program says to its caller: exit codes, and the errors that are its own.

use std::path::PathBuf;

/// How a command ends. These numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The gate passed; rules below it may have failed.
    Passed,
    /// At least one rule failed at or above the gate.
    Failed,
    /// Usage, configuration or suite error; no data was read.
    Invalid,
    /// Something could not be evaluated.
    Unknown,
    /// Results are complete, but a report could not be delivered.
    Undelivered,
    /// A bug in tamiz.
    Bug,
    /// Another run holds the lock; nothing was read.
    Locked,
    /// Stopped by SIGINT; the report says so.
    Interrupted,
    /// Stopped by SIGTERM; the report says so.
    Terminated,
    /// Nothing was to be done, and the caller asked for a code that tells.
    Skipped(u8),
}

impl Exit {
    /// The worse of two, in the order of the manual: 130, 143, 70, 2, 1, 3, 4, 75, 0; the other, of two that are as bad.
    #[must_use]
    pub const fn worst(self, other: Self) -> Self {
        if self.rank() < other.rank() { self } else { other }
    }

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::Unknown => 3,
            Self::Undelivered => 4,
            Self::Bug => 70,
            Self::Locked => 75,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Skipped(code) => code,
        }
    }

    /// Its place among all of them, the worst first. A skipped suite says nothing where another one passed.
    const fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Terminated => 1,
            Self::Bug => 2,
            Self::Invalid => 3,
            Self::Failed => 4,
            Self::Unknown => 5,
            Self::Undelivered => 6,
            Self::Locked => 7,
            Self::Passed => 8,
            Self::Skipped(_) => 9,
        }
    }
}

/// Why the program could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the user's could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A report could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A place over the network could not be read.
    #[error("cannot read `{place}`: {message}")]
    Unreachable {
        /// Its URL, without secrets.
        place: String,
        /// Why, and what to do.
        message: String,
    },
    /// A document could not be handed to a server.
    #[error("cannot deliver to `{place}`: {message}")]
    Undelivered {
        /// Its URL, without secrets.
        place: String,
        /// Why.
        message: String,
    },
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A page could not be rendered.
    #[error("cannot render a report: {0}")]
    Render(String),
}

impl Error {
    /// The exit code of a command that ends with this.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Read { .. } | Self::Usage(_) => Exit::Invalid,
            Self::Unreachable { .. } => Exit::Unknown,
            Self::Write { .. } | Self::Undelivered { .. } => Exit::Undelivered,
            Self::Render(_) => Exit::Bug,
        }
    }
}
