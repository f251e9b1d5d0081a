//! What a question of the API asks for, and mistakes in it.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use glob::Pattern;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::history::Filter;
use crate::outcome::RunStatus;
use crate::serve::api::Refusal;

/// The keys and values of a question; a key that nobody knows is a mistake.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let text = parts.uri.query().unwrap_or_default();
        serde_urlencoded::from_str(text)
            .map(Self)
            .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the question is not understood: {error}")))
    }
}

/// Which runs are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runs {
    suite: Option<String>,
    status: Option<RunStatus>,
    since: Option<String>,
    until: Option<String>,
    branch: Option<String>,
    rule: Option<String>,
    limit: Option<u64>,
    offset: Option<u64>,
}

/// Which part of the history a trend is of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trend {
    pub(super) suite: Option<String>,
    limit: Option<u64>,
}

/// Which suites are summed up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub(super) suite: Option<String>,
}

/// How many runs are listed at most, and how many if nobody says.
pub(super) const LIMIT: u64 = 500;
pub(super) const USUAL: u64 = 50;

/// How far back one may skip.
pub(super) const OFFSET: u64 = 100_000;

impl Runs {
    /// The filter, which asks for one more than is wanted, how many are skipped, and how many are wanted.
    pub(super) fn filter(&self) -> Result<(Filter, usize, usize), Refusal> {
        let limit = within("limit", self.limit.unwrap_or(USUAL), 1, LIMIT)?;
        let offset = within("offset", self.offset.unwrap_or(0), 0, OFFSET)?;
        let filter = Filter {
            suites: pattern(self.suite.as_deref())?.into_iter().collect(),
            statuses: self.status.into_iter().collect(),
            since: moment(self.since.as_deref())?,
            until: moment(self.until.as_deref())?,
            branch: pattern(self.branch.as_deref())?,
            labels: Vec::new(),
            rule: pattern(self.rule.as_deref())?,
            limit: Some(offset + limit + 1),
        };
        Ok((filter, offset, limit))
    }
}

impl Trend {
    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        within("limit", self.limit.unwrap_or(30), 1, LIMIT)
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<usize, Refusal> {
    if !(least..=most).contains(&value) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, format!("`{key}` is from {least} to {most}")));
    }
    Ok(usize::try_from(value).unwrap_or(usize::MAX))
}

/// A pattern with `*` and `?`; nothing else has a meaning of its own, and what is empty asks for nothing.
pub(super) fn pattern(text: Option<&str>) -> Result<Option<Pattern>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '[' => plain.push_str("[[]"),
            '*' if plain.ends_with('*') => {}
            letter => plain.push(letter),
        }
    }
    let read = Pattern::new(&plain).map(Some);
    read.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("this is no pattern: {error}")))
}

/// A date, which is its first moment of UTC, or an instant.
fn moment(text: Option<&str>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let day = || Some(text.parse::<chrono::NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let instant = || Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc());
    day().or_else(instant).map(Some).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("`{text}` is no date and no instant; write 2026-01-31 or 2026-01-31T12:00:00Z"),
        )
    })
}
