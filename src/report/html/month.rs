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
    /// The runs of this part, the oldest first.
    pub runs: &'a [RunLine],
    /// Which part, from 1, the oldest first.
    pub page: usize,
    /// How many runs the whole month has.
    pub all: usize,
}

impl Month<'_> {
    /// How many runs a page lists.
    pub const ROWS: usize = 150;

    /// How many pages a month of so many runs has.
    #[must_use]
    pub fn pages(all: usize) -> usize {
        all.div_ceil(Self::ROWS).max(1)
    }

    /// The first page that is another when a month has grown from `before` runs to `all`, of which that at the place `first`,
    /// from 0, is the oldest new one. What pages say does not depend on later ones, but for how they lead to the newest.
    #[must_use]
    pub fn first_changed(before: usize, all: usize, first: usize) -> usize {
        let (then, now) = (Self::pages(before), Self::pages(all));
        let moved = if now > then { then.saturating_sub(1).max(1) } else { now };
        moved.min(first / Self::ROWS + 1)
    }

    /// The name of the file: that of the newest part is the month's own, and those of older ones stay as they are.
    #[must_use]
    pub fn file(&self, page: usize) -> String {
        if page >= Self::pages(self.all) {
            format!("runs-{}.html", self.name)
        } else {
            format!("runs-{}-{page}.html", self.name)
        }
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
        let (page, pages) = (month.page, Month::pages(month.all));
        Self {
            name: month.name,
            title: words::month(month.name),
            all: month.all,
            page,
            pages,
            runs: month.runs.iter().rev().map(Row::of).collect(),
            newer: (page < pages).then(|| month.file(page + 1)),
            older: (page > 1).then(|| month.file(page - 1)),
        }
    }
}
