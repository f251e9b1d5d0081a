//! What changed since the previous run, as the page of a run says it.

use serde::Serialize;

use super::{address, words};
use crate::diff::{ColumnChange, Diff, Transition};
use crate::history::Past;
use crate::lang::Lang;
use crate::outcome::Text;

/// Rules of one kind that are named; those beyond are counted.
const NAMED: usize = 12;

/// What changed.
#[derive(Serialize)]
pub(super) struct Changes {
    previous: String,
    page: String,
    started_at: String,
    kinds: Vec<Kind>,
    numbers: Vec<Rows>,
    columns: Vec<Columns>,
}

/// Rules of which the same is so.
#[derive(Serialize)]
struct Kind {
    /// The state whose colour and sign it has.
    state: &'static str,
    count: u64,
    words: Text,
    names: Names,
}

#[derive(Serialize)]
struct Names {
    shown: Vec<Name>,
    more: u64,
}

#[derive(Serialize)]
struct Name {
    id: String,
    anchor: String,
    since: Option<String>,
    runs: Option<u64>,
    delta: Option<String>,
}

#[derive(Serialize)]
struct Rows {
    name: String,
    before: u64,
    after: u64,
    delta: String,
}

/// A change of a column.
#[derive(Serialize)]
pub(super) struct Columns {
    pub(super) dataset: String,
    pub(super) what: Text,
    pub(super) column: String,
    pub(super) types: Option<String>,
}

/// The kinds that people want to hear of, in the order they read them, with the state that each looks like.
pub(super) const KINDS: [(Transition, &str); 10] = [
    (Transition::NewlyFailing, "failed"),
    (Transition::NewlyInError, "error"),
    (Transition::StillFailing, "failed"),
    (Transition::StillInError, "error"),
    (Transition::Fixed, "passed"),
    (Transition::EvaluatedAgain, "passed"),
    (Transition::NowAccepted, "warned"),
    (Transition::NowSkipped, "skipped"),
    (Transition::New, "skipped"),
    (Transition::Removed, "skipped"),
];

impl Changes {
    /// Says what changed since the run in a folder.
    pub(super) fn of(diff: &Diff, previous: &str, now: &str, past: Option<&Past>) -> Self {
        let kinds = KINDS.into_iter().filter(|(transition, _)| diff.count(*transition) > 0);
        let rows = diff.datasets.iter().filter(|change| change.rows_delta.is_some_and(|delta| delta != 0));
        let rows = rows.filter_map(|change| {
            let (before, after) = (change.before.as_ref()?.rows?, change.after.as_ref()?.rows?);
            Some(Rows { name: change.name.clone(), before, after, delta: signed(change.rows_delta?) })
        });
        let columns = diff
            .datasets
            .iter()
            .flat_map(|change| change.columns.iter().map(|column| Columns::of(&change.name, column)));
        Self {
            previous: address::encode(previous),
            page: address::encode(&super::diff_file(previous, now)),
            started_at: diff.before.started_at.clone(),
            kinds: kinds.map(|(transition, state)| Kind::of(diff, transition, state, past)).collect(),
            numbers: rows.collect(),
            columns: columns.collect(),
        }
    }
}

impl Kind {
    fn of(diff: &Diff, transition: Transition, state: &'static str, past: Option<&Past>) -> Self {
        let count = diff.count(transition);
        let still = transition == Transition::StillFailing;
        let shown = diff.rules(transition).take(NAMED).map(|change| {
            let since = past.filter(|_| still).and_then(|past| past.failing(&change.id));
            Name {
                id: change.id.clone(),
                anchor: address::anchor(&change.id),
                since: since.map(|since| since.started_at.clone()),
                runs: since.map(|since| since.runs),
                delta: change.violations_delta.filter(|delta| *delta != 0).map(signed),
            }
        });
        let shown: Vec<Name> = shown.collect();
        let more = count.saturating_sub(shown.len() as u64);
        Self { state, count, words: words::transition(transition, count), names: Names { shown, more } }
    }
}

impl Columns {
    /// Says a change of a column.
    pub(super) fn of(dataset: &str, change: &ColumnChange) -> Self {
        let (what, column, types) = match change {
            ColumnChange::Added { column, kind } => (("added", "añadida"), column, kind.clone()),
            ColumnChange::Removed { column, kind } => (("removed", "eliminada"), column, kind.clone()),
            ColumnChange::Retyped { column, before, after } => {
                (("type changed", "cambia de tipo"), column, Some(format!("{before} → {after}")))
            }
        };
        Self {
            dataset: dataset.to_owned(),
            what: Text { en: what.0.to_owned(), es: what.1.to_owned() },
            column: column.clone(),
            types,
        }
    }
}

/// A difference with its sign: `+12`, `−3`. Thousands stay together, so that it reads the same in every language.
pub(super) fn signed(delta: i64) -> String {
    let digits = delta.unsigned_abs().to_string();
    match delta {
        0 => "0".to_owned(),
        1.. => format!("+{digits}"),
        _ => format!("−{digits}"),
    }
}

/// The words of a kind in one language, for attributes.
pub(super) fn plain(transition: Transition, rules: u64, lang: Lang) -> String {
    words::transition(transition, rules).get(lang).to_owned()
}
