use bigdecimal::num_bigint::Sign;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::aggregate::Aggregate;
use crate::expectation::change::MOST;
use crate::expectation::parameter::Number;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::trend::Anomaly;
use crate::ir::{Trend, trend};
use crate::lang::Lang;

/// A number of the dataset is not out of line with those of earlier runs.
///
/// `of` is `row_count`, or one of `null_share distinct_count distinct_share min max mean median sum stddev variance` with its
/// column, as `{mean: amount}`. The number must lie within `sensitivity` standard deviations (3 if unsaid, smaller finds more)
/// of where a `method` expects it:
///
/// * `z_score`: at the mean of earlier numbers.
/// * `rate_of_change`: at the last number, moved by the mean change between earlier ones; for numbers that grow.
/// * `online_normal`: at the mean, leaving out numbers that were out of line with the ones before them when they came; the first
///   half is taken as it is. For a past with faults in it.
/// * `holt_winters`: at the forecast of additive exponential smoothing with a trend and a season, its weights fitted to the
///   past; the deviation is that of its own forecasts. For numbers that follow the week.
///
/// `seasonality` is how many runs a season has, 7 for a run a day that follows the week. With it `z_score` and
/// `online_normal` look at the runs of the same place in the season only, and `rate_of_change` at the change since the last
/// season. `holt_winters` has 7 if unsaid. It counts runs, not days: a day without a run shifts it.
///
/// `last` earlier runs are looked at, 30 or eight seasons if unsaid. With fewer than `min_runs` (7, three seasons, or two for
/// `holt_winters`) the rule is skipped, and its number kept; so it is without a history (`--no-reports`). Deviations are those
/// of a sample. Where all earlier numbers are equal, so must this one be. Where there is no value to measure, it fails with
/// observed `null`.
///
/// Which earlier runs count is told by `change`, with one difference: a run in which this rule failed does not, so that an
/// incident makes no other one look usual; to accept a new level, `mute` the rule while runs of it come in, or give it
/// another id.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoAnomaly {
    /// What is measured: `row_count`, or an aggregate with its column, as `{mean: amount}`.
    of: Aggregate,
    /// Where the number is expected.
    #[serde(default)]
    method: Method,
    /// How many standard deviations it may lie from there; 3 if unsaid.
    sensitivity: Option<Number>,
    /// How many runs a season has.
    seasonality: Option<usize>,
    /// How many earlier runs are looked at.
    last: Option<usize>,
    /// How many earlier runs it takes.
    min_runs: Option<usize>,
}

/// Where a number is expected.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// At the mean of earlier numbers.
    #[default]
    ZScore,
    /// At the last number, moved by the mean change.
    RateOfChange,
    /// At the mean of earlier numbers that were in line when they came.
    OnlineNormal,
    /// At the forecast of exponential smoothing with a trend and a season.
    HoltWinters,
}

impl Method {
    const fn of(self) -> trend::Method {
        match self {
            Self::ZScore => trend::Method::ZScore,
            Self::RateOfChange => trend::Method::RateOfChange,
            Self::OnlineNormal => trend::Method::OnlineNormal,
            Self::HoltWinters => trend::Method::HoltWinters,
        }
    }

    fn words(self, lang: Lang) -> &'static str {
        let (en, es) = match self {
            Self::ZScore => ("their mean", "su media"),
            Self::RateOfChange => ("where they were going", "donde se dirigían"),
            Self::OnlineNormal => ("the mean of the usual ones", "la media de los habituales"),
            Self::HoltWinters => ("their forecast", "su previsión"),
        };
        lang.pick(en, es)
    }
}

impl NoAnomaly {
    fn anomaly(&self) -> Anomaly {
        let smooths = self.method == Method::HoltWinters;
        let season = self.seasonality.unwrap_or(if smooths { 7 } else { 1 });
        let seasons = if smooths { 2 } else { 3 };
        let min_runs = self.min_runs.unwrap_or(if season > 1 { season * seasons } else { 7 });
        Anomaly {
            method: self.method.of(),
            // Text reads as the nearest float.
            sensitivity: self.sensitivity().parse().unwrap_or(f64::NAN),
            season,
            last: self.last.unwrap_or((season * 8).max(30)).max(min_runs),
            min_runs,
        }
    }

    /// How many standard deviations a number may lie away, as it is said.
    fn sensitivity(&self) -> String {
        self.sensitivity.as_ref().map_or_else(|| "3".to_owned(), |Number(number)| number.normalized().to_plain_string())
    }

    /// The fewest runs that a deviation can be worked out of.
    fn fewest(&self, season: usize) -> usize {
        match self.method {
            Method::RateOfChange => season + 2,
            Method::ZScore | Method::OnlineNormal | Method::HoltWinters => season * 2,
        }
    }
}

impl Expectation for NoAnomaly {
    const NAME: &'static str = "no_anomaly";
    const EXAMPLE: &'static str = "{of: row_count, method: holt_winters, seasonality: 7}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        self.of.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let what = self.of.words(said.dataset, said.lang);
        let (sensitivity, around) = (self.sensitivity(), self.method.words(said.lang));
        match said.lang {
            Lang::En => format!(
                "{what} lies within {sensitivity} standard deviations of what earlier runs let expect, {around}"
            ),
            Lang::Es => format!(
                "{what} no se aleja más de {sensitivity} desviaciones típicas de lo esperable por ejecuciones anteriores, {around}"
            ),
        }
    }

    fn expected(&self, said: &Said<'_>) -> Option<String> {
        Some(said.lang.pick("what earlier runs let expect", "lo esperable por ejecuciones anteriores").to_owned())
    }

    fn trend(&self) -> Option<Trend> {
        Some(Trend::Anomaly(self.anomaly()))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if let Some(Number(sensitivity)) = &self.sensitivity
            && sensitivity.sign() != Sign::Plus
        {
            return Err(Mistake::at("sensitivity", "is more than 0; 3 is usual, and 2 finds more"));
        }
        if let Some(season) = self.seasonality
            && !(2..=MOST / 8).contains(&season)
        {
            let help = "a run a day that follows the week has 7; without a season leave it out";
            return Err(Mistake::at("seasonality", format!("is a number of runs from 2 to {}", MOST / 8)).help(help));
        }
        let Anomaly { season, min_runs, last, .. } = self.anomaly();
        let fewest = self.fewest(season);
        if min_runs < fewest {
            return Err(Mistake::at("min_runs", format!("is {min_runs}, and a deviation takes {fewest} runs here")));
        }
        if self.last.is_some_and(|given| given < min_runs) {
            return Err(Mistake::at("last", format!("is less than the {min_runs} runs that it takes")));
        }
        if last > MOST {
            let given = if self.last.is_some() { "last" } else { "min_runs" };
            return Err(Mistake::at(given, format!("is more than the {MOST} runs that are looked at")));
        }
        self.of.lower(on)
    }
}
