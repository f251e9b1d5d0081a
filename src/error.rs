//! What the program says to its caller: exit codes, and the errors that are its own.

use std::path::PathBuf;

/// How a command ends. These numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The gate passed; rules below it may have failed.
    Passed = 0,
    /// At least one rule failed at or above the gate.
    Failed = 1,
    /// Usage, configuration or suite error; no data was read.
    Invalid = 2,
    /// Something could not be evaluated.
    Unknown = 3,
    /// Results are complete, but a report could not be delivered.
    Undelivered = 4,
    /// A bug in tamiz.
    Bug = 70,
}

impl Exit {
    /// Every way.
    pub const ALL: [Self; 6] = [Self::Passed, Self::Failed, Self::Invalid, Self::Unknown, Self::Undelivered, Self::Bug];

    /// The worse of two, in the order of the manual: 70, 2, 1, 3, 4, 0.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        const ORDER: [Exit; 6] =
            [Exit::Bug, Exit::Invalid, Exit::Failed, Exit::Unknown, Exit::Undelivered, Exit::Passed];
        ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(self)
    }

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
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
            Self::Write { .. } => Exit::Undelivered,
            Self::Render(_) => Exit::Bug,
        }
    }
}
