use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::aggregate::Aggregate;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::{Bounds, Trend, trend};
use crate::lang::Lang;

/// A number of the dataset has changed since earlier runs by no more than bounds allow.
///
/// `of` is `row_count`, or one of `null_share distinct_count distinct_share min max mean median sum stddev variance` with its
/// column, as `{mean: amount}`; each means what the expectation of its name measures. `against: previous` compares with the
/// newest earlier run, `avg`, `min` and `max` with that of the `last` so many (7 if unsaid). `min`, `max`, `strict_min`,
/// `strict_max`, or `equals` with `tolerance`, are bounds of the difference, now less then; with `percent: true` they are
/// percentages of what it was: `{min: -10, max: 10}` is a tenth down or up. From 0 any rise is more than every percentage.
/// Numbers are compared exactly.
///
/// Earlier runs are those of the same suite in the folder of reports whose `as_of` lies before that of this run, and of
/// several with the same `as_of` the newest: a day that is run again counts once, and a suite with a fixed `as_of` has no
/// earlier run. A run counts if it measured the same thing (`of`, dataset, columns and `where` of the rule) under the same
/// id, whether the rule held or not; one that was stopped, or could not measure it, does not. Keep runs on other data, another
/// country or a branch, in another folder of reports.
///
/// Until there are enough runs the rule is skipped, and its number kept; so it is without a history (`--no-reports`). Where
/// there is no value to measure, the rule fails with observed `null`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// What is measured: `row_count`, or an aggregate with its column, as `{mean: amount}`.
    of: Aggregate,
    /// What it is compared with.
    #[serde(default)]
    against: Against,
    /// Of how many earlier runs `avg`, `min` or `max` is taken; 7 if unsaid.
    last: Option<usize>,
    /// Whether the bounds are percentages of what it was.
    #[serde(default)]
    percent: bool,
}

/// What a number is compared with.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Against {
    /// The newest earlier run.
    #[default]
    Previous,
    /// The average of the last ones.
    Avg,
    /// The least of the last ones.
    Min,
    /// The greatest of the last ones.
    Max,
}

impl Change {
    fn last(&self) -> usize {
        self.last.unwrap_or(7)
    }

    fn since(&self, lang: Lang) -> String {
        let last = self.last();
        let (en, es) = match self.against {
            Against::Previous => return lang.pick("the previous run", "la ejecución anterior").to_owned(),
            Against::Avg => ("the average of", "la media de"),
            Against::Min => ("the least of", "el mínimo de"),
            Against::Max => ("the greatest of", "el máximo de"),
        };
        match lang {
            Lang::En => format!("{en} the last {last} runs"),
            Lang::Es => format!("{es} las últimas {last} ejecuciones"),
        }
    }
}

impl Expectation for Change {
    const NAME: &'static str = "change";
    const EXAMPLE: &'static str = "{of: row_count, against: avg, last: 7, percent: true, min: -20, max: 20}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const BOUNDS: BoundsKind = BoundsKind::Number;

    fn columns(&self) -> Vec<String> {
        self.of.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let what = self.of.words(said.dataset, said.lang);
        let unit = if self.percent { " %" } else { "" };
        let bounds = said.limits.phrase(said.lang);
        let since = self.since(said.lang);
        match said.lang {
            Lang::En => format!("the change of {what} against {since} is {bounds}{unit}"),
            Lang::Es => format!("el cambio de {what} frente a {since} es {bounds}{unit}"),
        }
    }

    fn expected(&self, said: &Said<'_>) -> Option<String> {
        let unit = if self.percent { " %" } else { "" };
        let word = said.lang.pick("a change of", "un cambio de");
        (!said.limits.is_empty()).then(|| format!("{word} {}{unit}", said.limits.phrase(said.lang)))
    }

    fn trend(&self) -> Option<Trend> {
        let against = match self.against {
            Against::Previous => trend::Against::Previous,
            Against::Avg => trend::Against::Avg,
            Against::Min => trend::Against::Min,
            Against::Max => trend::Against::Max,
        };
        let bounds = Bounds::default();
        Some(Trend::Change(trend::Change { against, last: self.last(), percent: self.percent, bounds }))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        match self.last {
            Some(_) if self.against == Against::Previous => {
                return Err(Mistake::at("last", "goes with `against: avg`, `min` or `max`")
                    .help("the previous run is one run; to compare with several say which of their numbers"));
            }
            Some(0) => return Err(Mistake::at("last", "is 0, and none can be compared with")),
            Some(last) if last > MOST => {
                return Err(Mistake::at("last", format!("is {last}; at most {MOST} runs are looked at")));
            }
            _ => {}
        }
        self.of.lower(on)
    }
}

/// How many earlier runs are looked at, at most.
pub(super) const MOST: usize = 1000;
