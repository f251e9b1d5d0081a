//! Charts as SVG, drawn here so that a page needs no script: one kind a file.
//!
//! Colours come from classes of the style sheet and lengths from attributes, so that no policy against inline styles hurts
//! them. The drawing says nothing to who cannot see it: its words stand beside it, in both languages.

pub(super) mod bar;
pub(super) mod calendar;
pub(super) mod heat;
pub(super) mod line;
pub(super) mod spark;

use serde::Serialize;

use crate::lang::Lang;
use crate::outcome::Text;
use crate::report::reading::State;

/// A chart, and what it says in words.
#[derive(Serialize)]
pub(super) struct Drawn {
    /// The drawing.
    pub(super) svg: String,
    /// What it says.
    pub(super) words: Text,
}

/// What a chart shows of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// What became of the rule, or of the run.
    pub(super) state: State,
    /// The share or number behind it, if there is one.
    pub(super) value: Option<f64>,
}

/// Counts states in words: `Last 30 runs: 28 passed, 2 failed`.
fn words(points: &[Option<Point>]) -> Text {
    Text::of(|lang| {
        let runs = points.len() as u64;
        let head = lang.plural(runs, ("Last run", "Última ejecución"), ("Last runs", "Últimas ejecuciones"));
        let states = tally(points).map(|(state, count)| format!("{count} {}", state.plural(count, lang)));
        format!("{head}: {}", states.collect::<Vec<_>>().join(", "))
    })
}

/// The same in signs, which need no language: `✓ 28 · ✗ 2`.
fn signs(points: &[Option<Point>]) -> String {
    tally(points).map(|(state, count)| format!("{} {count}", state.icon())).collect::<Vec<_>>().join(" · ")
}

fn tally(points: &[Option<Point>]) -> impl Iterator<Item = (State, u64)> {
    State::ALL.into_iter().filter_map(|state| {
        let count = points.iter().flatten().filter(|point| point.state == state).count() as u64;
        (count > 0).then_some((state, count))
    })
}

/// A number of at most two decimals, for a place in a drawing.
fn place(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How the numbers of an axis are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Shares of 1, as percentages.
    Share,
    /// Whole numbers.
    Count,
    /// Milliseconds.
    Duration,
    /// Any numbers.
    Number,
}

impl Scale {
    /// Says a number of the axis.
    pub(super) fn say(self, number: f64, lang: Lang) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a label of an axis")]
        let whole = number.max(0.0).round() as u64;
        match self {
            Self::Count => lang.count(whole),
            Self::Duration => lang.duration(whole),
            Self::Share => format!("{} %", lang.decimal(&place(number * 100.0))),
            Self::Number => lang.decimal(&place(number)),
        }
    }
}
