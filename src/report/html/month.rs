//! A page of the runs of a month.

use serde::Serialize;

use super::index::Row;
use super::words;
use crate::history::RunLine;
use crate::outcome::Text;

/// A part of the runs of a month.
#[derive(Clone, Copy, Debug)]
pub struct Month<'a> {
    /// The month, `2026-11`.
    pub name: &'a str,
    /// All runs of the month, the oldest first.
    pub runs: &'a [RunLine],
    /// Which part, from 1, the oldest first.
    pub page: usize,
}

impl<'a> Month<'a> {
    /// How many runs a page lists.
    pub const ROWS: usize = 150;

    /// How many pages the month has.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.runs.len().div_ceil(Self::ROWS).max(1)
    }

    /// The name of the file: that of the newest part is the month's own, and those of older ones stay as they are.
    #[must_use]
    pub fn file(&self, page: usize) -> String {
        if page >= self.pages() {
            format!("runs-{}.html", self.name)
        } else {
            format!("runs-{}-{page}.html", self.name)
        }
    }

    fn part(&self) -> &'a [RunLine] {
        let from = (self.page.saturating_sub(1) * Self::ROWS).min(self.runs.len());
        &self.runs[from..(from + Self::ROWS).min(self.runs.len())]
    }
}

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View<'a> {
    name: &'a str,
    title: Text,
    all: usize,
    page: usize,
    pages: usize,
    runs: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

impl<'a> View<'a> {
    /// Lists the runs of a part, the newest first.
    pub(super) fn of(month: &Month<'a>) -> Self {
        let (page, pages) = (month.page, month.pages());
        Self {
            name: month.name,
            title: words::month(month.name),
            all: month.runs.len(),
            page,
            pages,
            runs: month.part().iter().rev().map(Row::of).collect(),
            newer: (page < pages).then(|| month.file(page + 1)),
            older: (page > 1).then(|| month.file(page - 1)),
        }
    }
}
