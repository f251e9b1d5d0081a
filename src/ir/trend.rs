//! Limits that earlier runs give: what is expected of a number is worked out of what was found before.
//!
//! They stand in a suite as what they are; before a check is judged they are settled to an interval or a count. One that is
//! not settled is kept by no number.

use crate::ir::Bounds;

/// How a limit is worked out of earlier runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Trend {
    /// The number has changed by no more than bounds allow.
    Change(Change),
    /// The number lies where earlier ones let it be expected.
    Anomaly(Anomaly),
    /// The columns are those of an earlier run.
    Columns {
        /// The run, by its id, the end of it or its folder; the newest earlier one if unsaid.
        of: Option<String>,
    },
}

/// By how much a number may have changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Since when.
    pub against: Against,
    /// Of how many earlier runs an average, the least or the greatest is taken.
    pub last: usize,
    /// Whether the bounds are percentages of what it was.
    pub percent: bool,
    /// The bounds of the change.
    pub bounds: Bounds,
}

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The number of the newest earlier run.
    Previous,
    /// The average of the last ones.
    Avg,
    /// The least of the last ones.
    Min,
    /// The greatest of the last ones.
    Max,
}

/// How far a number may lie from where it is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// Where it is expected.
    pub method: Method,
    /// How many standard deviations it may lie from there.
    pub sensitivity: f64,
    /// How many runs a season has; 1 where there is none.
    pub season: usize,
    /// How many earlier runs are looked at, at most.
    pub last: usize,
    /// How many earlier runs it takes.
    pub min_runs: usize,
}

/// How an expected number is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The mean of earlier numbers.
    ZScore,
    /// The last number and the mean change between earlier ones.
    RateOfChange,
    /// The mean of earlier numbers, those left out that were out of line with the ones before them.
    OnlineNormal,
    /// The forecast of exponential smoothing with a trend and a season.
    HoltWinters,
}

impl Trend {
    /// How many earlier runs are looked at.
    #[must_use]
    pub fn reach(&self) -> usize {
        match self {
            Self::Change(Change { against: Against::Previous, .. }) => 1,
            Self::Change(change) => change.last,
            Self::Anomaly(anomaly) => anomaly.last,
            Self::Columns { .. } => 0,
        }
    }
}
