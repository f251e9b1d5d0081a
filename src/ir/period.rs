//! Periods of time one after the other, and which of them have no value.
//!
//! Hours, days, weeks, months and years are those of a timezone: a day has 23 hours where a clock is put forward, and is one
//! day. Periods of another length are counted in steps of it. Pure: it is given the values of one group and reads nothing.

use std::collections::HashSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::ir::calendar::Part;
use crate::ir::predicate::Literal;
use crate::ir::relative::start_of;
use crate::ir::time::Zone;
use crate::ir::value::Value;

/// How many periods are looked at; more is a mistake in the bounds.
pub const MOST: usize = 1_000_000;

/// The periods between two moments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Periods {
    /// How long each is.
    pub every: Every,
    /// They begin no earlier; none for the period of the least value.
    pub from: Option<Literal>,
    /// They end no later; none for the period of the greatest value.
    pub to: Option<Literal>,
    /// Whether those that begin on a Saturday or Sunday are left out.
    pub weekdays: bool,
    /// The timezone whose days and hours they are.
    pub zone: Zone,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// An hour, a day, a week, a month or a year.
    Part(Part),
    /// So many microseconds, counted from an instant.
    Step {
        /// The length.
        micros: i64,
        /// The instant that one of them begins at.
        origin: i64,
    },
}

/// Which periods have no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// How many periods there are.
    pub expected: u64,
    /// How many of them have no value.
    pub missing: u64,
    /// The starts of the first of these.
    pub first: Vec<Value>,
    /// The start of the first period, and the end of the last one; none if there is none.
    pub span: Option<(Value, Value)>,
}

/// How many missing periods are told of.
const TOLD: usize = 20;

impl Every {
    /// The start of the period that a date or timestamp lies in; null of null.
    ///
    /// # Errors
    /// The value is none of both, is out of range, or is a date and the period is shorter than a day.
    pub fn start(self, value: &Value, zone: Zone) -> Result<Value, String> {
        match (self, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Self::Part(part), Value::Date(_)) => part.truncate(value),
            (Self::Part(part), Value::Timestamp(micros)) => {
                start_of(part, *micros, zone).map(Value::Timestamp).ok_or_else(out_of_range)
            }
            (Self::Step { micros, origin }, Value::Timestamp(at)) => {
                let since = at.checked_sub(origin).ok_or_else(out_of_range)?;
                Ok(Value::Timestamp(at - since.rem_euclid(micros)))
            }
            (Self::Step { .. }, Value::Date(_)) => Err("a date has no part of a day".to_owned()),
            (_, other) => Err(format!("{other} is no date or timestamp")),
        }
    }

    /// The start of the period after the one that starts here.
    fn next(self, start: &Value, zone: Zone) -> Result<Value, String> {
        match (self, start) {
            (Self::Part(part), Value::Date(day)) => later(part, *day).map(Value::Date).ok_or_else(out_of_range),
            (Self::Part(part), Value::Timestamp(micros)) if part.is_of_day() => {
                // Where a clock is put forward or back by less than an hour, the next hour begins sooner or later.
                let hour = micros.checked_add(3_600_000_000).ok_or_else(out_of_range)?;
                let next = start_of(part, hour, zone).filter(|next| next > micros);
                Ok(Value::Timestamp(next.unwrap_or(hour)))
            }
            (Self::Part(part), Value::Timestamp(micros)) => {
                let day = zone.local(*micros).ok_or_else(out_of_range)?.date();
                let next = later(part, day).ok_or_else(out_of_range)?;
                Ok(Value::Timestamp(zone.start_of(next)))
            }
            (Self::Step { micros, .. }, Value::Timestamp(start)) => {
                start.checked_add(micros).map(Value::Timestamp).ok_or_else(out_of_range)
            }
            (_, other) => Err(format!("{other} begins no period")),
        }
    }

    /// The least that a period of it can last, in microseconds.
    const fn least(self) -> i64 {
        const HOUR: i64 = 3_600_000_000;
        match self {
            Self::Part(Part::Year) => 365 * 24 * HOUR,
            Self::Part(Part::Month) => 28 * 24 * HOUR - HOUR,
            Self::Part(Part::Week) => 7 * 24 * HOUR - HOUR,
            Self::Part(Part::Day) => 23 * HOUR,
            Self::Part(_) => HOUR,
            Self::Step { micros, .. } => micros,
        }
    }
}

impl Periods {
    /// Finds the periods without a value; `starts` are those of the periods that have one.
    ///
    /// The bounds are bound: values of the type of the starts. Where there is no value and a bound is left to the values,
    /// no period is expected.
    ///
    /// # Errors
    /// More periods than [`MOST`], or a start that is out of range.
    pub fn gaps(&self, starts: &[Value]) -> Result<Gaps, String> {
        let mut starts_there = starts.iter().filter(|start| !start.is_null());
        let least =
            starts_there.clone().reduce(|a, b| if b.compare(a).is_some_and(std::cmp::Ordering::is_lt) { b } else { a });
        let greatest =
            starts_there.clone().reduce(|a, b| if b.compare(a).is_some_and(std::cmp::Ordering::is_gt) { b } else { a });
        let from = match (value(self.from.as_ref()), least) {
            (Some(from), _) => self.first_from(from)?,
            (None, Some(least)) => least.clone(),
            (None, None) => return Ok(Gaps::default()),
        };
        let to = match (value(self.to.as_ref()), greatest) {
            (Some(to), _) => to.clone(),
            (None, Some(greatest)) => self.every.next(greatest, self.zone)?,
            (None, None) => return Ok(Gaps::default()),
        };
        let length = micros_between(&from, &to).unwrap_or(0) / i128::from(self.every.least());
        if length > MOST as i128 {
            return Err(format!(
                "there are more than {MOST} periods between {from} and {to}; ask for fewer or longer ones"
            ));
        }
        let present: HashSet<&Value> = starts_there.by_ref().collect();
        let mut gaps = Gaps::default();
        let mut start = from;
        loop {
            let end = self.every.next(&start, self.zone)?;
            if end.compare(&to).is_none_or(std::cmp::Ordering::is_gt) {
                return Ok(gaps);
            }
            if !self.weekdays || self.is_weekday(&start) {
                gaps.expected += 1;
                if !present.contains(&start) {
                    gaps.missing += 1;
                    if gaps.first.len() < TOLD {
                        gaps.first.push(start.clone());
                    }
                }
                gaps.span = Some((gaps.span.map_or_else(|| start.clone(), |(first, _)| first), end.clone()));
            }
            start = end;
        }
    }

    /// The start of the first whole period from a moment on.
    fn first_from(&self, from: &Value) -> Result<Value, String> {
        let start = self.every.start(from, self.zone)?;
        if start == *from { Ok(start) } else { self.every.next(&start, self.zone) }
    }

    fn is_weekday(&self, start: &Value) -> bool {
        let day = match start {
            Value::Date(day) => Some(*day),
            Value::Timestamp(micros) => self.zone.local(*micros).map(|local| local.date()),
            _ => None,
        };
        day.is_some_and(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
    }
}

fn value(literal: Option<&Literal>) -> Option<&Value> {
    match literal {
        Some(Literal::Value(value)) => Some(value),
        _ => None,
    }
}

fn later(part: Part, start: NaiveDate) -> Option<NaiveDate> {
    match part {
        Part::Year => start.checked_add_months(Months::new(12)),
        Part::Quarter => start.checked_add_months(Months::new(3)),
        Part::Month => start.checked_add_months(Months::new(1)),
        Part::Week => start.checked_add_days(Days::new(7)),
        _ => start.checked_add_days(Days::new(1)),
    }
}

fn micros_between(from: &Value, to: &Value) -> Option<i128> {
    let micros = |value: &Value| match value {
        Value::Date(day) => Some(i128::from(crate::ir::time::midnight(*day))),
        Value::Timestamp(micros) => Some(i128::from(*micros)),
        _ => None,
    };
    Some(micros(to)? - micros(from)?)
}

fn out_of_range() -> String {
    "the date is out of range".to_owned()
}
