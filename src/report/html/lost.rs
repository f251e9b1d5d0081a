//! The page of a run whose record is not kept any more, from its line in the history.

use serde::Serialize;

use super::index::Row;
use crate::history::RunLine;

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View {
    run: Row,
}

impl View {
    /// Says what the line of a run says.
    pub(super) fn of(run: &RunLine) -> Self {
        Self { run: Row::of(run) }
    }
}
