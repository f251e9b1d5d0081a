//! Pages that only a server has: checks that can be started and are under way, what its API answers, and what is not there.

use serde::Serialize;

/// What the page of checks shows before its script asks for more.
#[derive(Serialize)]
pub(super) struct Checks<'a> {
    pub(super) suites: &'a [String],
    pub(super) can_start: bool,
}

/// What the page of the API shows.
#[derive(Serialize)]
pub(super) struct Api<'a> {
    pub(super) questions: &'a [Question],
}

/// Something that the API answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// `GET`.
    pub method: String,
    /// `/api/runs`.
    pub path: String,
    /// What it is, in one sentence.
    pub summary: String,
    /// Its keys, each with what it means.
    pub keys: Vec<(String, String)>,
    /// The statuses that answer it, each with what it means.
    pub answers: Vec<(String, String)>,
}

/// What the page of what is not there shows.
#[derive(Serialize)]
pub(super) struct Nothing {
    pub(super) runs: bool,
}
