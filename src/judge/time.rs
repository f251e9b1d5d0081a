//! Ages and gaps: what is judged of moments.

use crate::answer::FileFacts;
use crate::ir::calendar::DAY_MICROS;
use crate::ir::duration::Duration;
use crate::ir::{Check, Limit, Literal, Metric, Value};
use crate::judge::{Judgement, exceeds_count, internal, within, worst};
use crate::outcome::Fault;

/// How old the newest value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Age {
    /// The newest value, or the moment that the newest file was written.
    pub newest: Value,
    /// The time from it to the run, in microseconds; negative if it lies in the future. Whole days for a date.
    pub micros: i64,
}

impl Age {
    /// The age without its sign, to the second.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::of_micros(self.micros.unsigned_abs())
    }

    /// Whether the newest value lies in the future, by a second or more.
    #[must_use]
    pub const fn is_future(&self) -> bool {
        self.micros <= -1_000_000
    }

    /// The spelling that a suite would use for it, with a minus where the newest value lies in the future.
    #[must_use]
    pub fn spelled(&self) -> String {
        format!("{}{}", if self.is_future() { "-" } else { "" }, self.length())
    }
}

/// Judges the age of the newest file.
pub(super) fn files(check: &Check, now: &Literal, files: &[FileFacts]) -> Result<Judgement, Fault> {
    let newest = files.iter().map(|file| file.modified).max().flatten();
    let newest = newest.map_or(Value::Null, Value::Timestamp);
    old(check, now, newest, Judgement::default())
}

/// Judges how old the newest value is; where there is none, no age is low enough.
pub(super) fn old(check: &Check, now: &Literal, newest: Value, mut judgement: Judgement) -> Result<Judgement, Fault> {
    let micros = match (now, &newest) {
        (_, Value::Null) => None,
        (Literal::Value(Value::Timestamp(now)), Value::Timestamp(newest)) => Some(now.saturating_sub(*newest)),
        (Literal::Value(Value::Date(today)), Value::Date(newest)) => {
            Some((*today - *newest).num_days().saturating_mul(DAY_MICROS))
        }
        (now, newest) => return Err(internal(&format!("there is no time between {newest} and {now}"))),
    };
    judgement.level = worst(check, |limit| match limit {
        Limit::Within(bounds) => micros.is_none() || !within(bounds, &newest),
        Limit::Count(_) | Limit::Share(_) | Limit::Past(_) => true,
    });
    judgement.age = micros.map(|micros| Age { newest, micros });
    judgement.observed = Some(judgement.age.as_ref().map_or(Value::Null, |age| Value::Text(age.spelled())));
    Ok(judgement)
}

/// Judges which periods have no value; the periods take the place of the rows.
pub(super) fn gaps(check: &Check, found: &[(Value, u64)], mut judgement: Judgement) -> Result<Judgement, Fault> {
    let Metric::Gaps { periods, .. } = &check.metric else { return Err(internal("no periods to look for")) };
    let starts: Vec<Value> = found.iter().map(|(start, _)| start.clone()).collect();
    let gaps = periods.gaps(&starts).map_err(|message| Fault {
        code: "not_computable".to_owned(),
        message,
        caused_by: None,
    })?;
    let bounded = periods.from.is_some() && periods.to.is_some();
    if gaps.expected == 0 && (bounded || !starts.is_empty()) {
        let message = match (starts.first(), starts.last()) {
            (Some(first), Some(last)) if !bounded => {
                format!("no whole period lies within the bounds; the values reach from {first} to {last}")
            }
            _ => "no whole period lies between `from` and `to`; cut both with `floor`".to_owned(),
        };
        return Err(Fault { code: "no_period".to_owned(), message, caused_by: None });
    }
    judgement.evaluated = Some(gaps.expected);
    judgement.violations = Some(gaps.missing);
    judgement.level = worst(check, |limit| exceeds_count(limit, gaps.missing, judgement.evaluated));
    judgement.gaps = Some(gaps);
    Ok(judgement)
}
