//! The page of two runs: what became of each rule, and what of the data.

use serde::Serialize;

use super::address;
use super::changes::{Columns, KINDS, plain, signed};
use super::run::Badge;
use super::words;
use crate::diff::{Diff, NullChange, RuleChange, RuleSide, Side, Transition};
use crate::lang::Lang;
use crate::outcome::{Status, Text};
use crate::report::reading::State;

/// Rules of one kind in the page; those beyond are counted.
const LISTED: usize = 300;

/// What the page shows.
#[derive(Serialize)]
pub(super) struct View<'a> {
    before: SideView<'a>,
    after: SideView<'a>,
    before_folder: Option<String>,
    after_folder: Option<String>,
    same_suite_file: bool,
    same: bool,
    kinds: Vec<Kind<'a>>,
    datasets: Vec<Data<'a>>,
}

#[derive(Serialize)]
struct SideView<'a> {
    #[serde(flatten)]
    side: &'a Side,
    state: Badge,
}

#[derive(Serialize)]
struct Kind<'a> {
    name: String,
    state: &'static str,
    title: Text,
    plain: String,
    count: u64,
    rules: Vec<Rule<'a>>,
    more: u64,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    sentence: Option<&'a Text>,
    redefined: Option<String>,
    before: Option<Found<'a>>,
    after: Option<Found<'a>>,
    delta: Option<String>,
}

/// A rule in one of the runs.
#[derive(Serialize)]
struct Found<'a> {
    state: Badge,
    message: &'a Text,
}

#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    before: Option<u64>,
    after: Option<u64>,
    delta: Option<String>,
    columns: Vec<Columns>,
    reordered: bool,
    nulls: &'a [NullChange],
}

impl<'a> View<'a> {
    /// Puts a comparison in reading order. Rules that hold in both are told of only if something else about them differs.
    pub(super) fn of(diff: &'a Diff, folders: Option<(&str, &str)>, lang: Lang) -> Self {
        let quiet = [
            (Transition::LeftOut, "skipped"),
            (Transition::StillAccepted, "warned"),
            (Transition::StillPassing, "passed"),
            (Transition::StillSkipped, "skipped"),
        ];
        let kinds =
            KINDS.into_iter().chain(quiet).filter_map(|(transition, state)| Kind::of(diff, transition, state, lang));
        let side = |side: &'a Side| SideView { side, state: Badge::of_run(side.status) };
        let datasets = diff.datasets.iter().map(|change| Data {
            name: &change.name,
            before: change.before.as_ref().and_then(|side| side.rows),
            after: change.after.as_ref().and_then(|side| side.rows),
            delta: change.rows_delta.map(signed),
            columns: change.columns.iter().map(|column| Columns::of(&change.name, column)).collect(),
            reordered: change.reordered,
            nulls: &change.nulls,
        });
        Self {
            before: side(&diff.before),
            after: side(&diff.after),
            before_folder: folders.map(|(before, _)| address::encode(before)),
            after_folder: folders.map(|(_, after)| address::encode(after)),
            same_suite_file: diff.same_suite_file,
            same: diff.is_empty(),
            kinds: kinds.collect(),
            datasets: datasets.collect(),
        }
    }
}

impl<'a> Kind<'a> {
    fn of(diff: &'a Diff, transition: Transition, state: &'static str, lang: Lang) -> Option<Self> {
        let still = matches!(
            transition,
            Transition::StillPassing | Transition::StillAccepted | Transition::StillSkipped | Transition::LeftOut
        );
        let rules: Vec<&RuleChange> = diff.rules(transition).filter(|change| !still || !change.is_empty()).collect();
        let title = words::transition(transition, diff.count(transition));
        (!rules.is_empty()).then(|| Self {
            name: title.en.replace(' ', "-"),
            state,
            plain: plain(transition, diff.count(transition), lang),
            count: diff.count(transition),
            more: rules.len().saturating_sub(LISTED) as u64,
            rules: rules.into_iter().take(LISTED).map(Rule::of).collect(),
            title,
        })
    }
}

impl<'a> Rule<'a> {
    fn of(change: &'a RuleChange) -> Self {
        let parts = change.definition_changed.iter().map(|part| format!("{part:?}").to_lowercase());
        let parts: Vec<String> = parts.collect();
        Self {
            id: &change.id,
            sentence: change.after.as_ref().or(change.before.as_ref()).map(|side| &side.sentence),
            redefined: (!parts.is_empty()).then(|| parts.join(", ")),
            before: change.before.as_ref().map(Found::of),
            after: change.after.as_ref().map(Found::of),
            delta: change.violations_delta.map(signed),
        }
    }
}

impl<'a> Found<'a> {
    fn of(side: &'a RuleSide) -> Self {
        let state = match side.status {
            Status::Failed if side.gating => State::Failed,
            Status::Failed => State::Warned,
            Status::Error => State::Error,
            Status::Passed => State::Passed,
            Status::Skipped => State::Skipped,
        };
        Self { state: Badge::of(state), message: &side.message }
    }
}
