use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::quoted;
use crate::expectation::{BoundsKind, Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The newest value is no older than `max_age`.
///
/// Its age is the time between it and the moment of the run. Days, weeks, months and years go by the calendar; the age of a
/// date is the whole days from it to today, in the timezone of the suite. A value in the future has a negative age, and
/// holds. Nulls are left out; where there is no value there is no age, and the rule fails with observed `null`. `levels`
/// may hold a `max_age` each: `{warning: {max_age: 1h}, critical: {max_age: 6h}}`.
///
/// With `of: file` it is the time since the newest file of the dataset was written, and the rule stands in the list of the
/// dataset, without a column.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Freshness {
    /// The column of dates or timestamps whose newest value counts.
    column: Option<String>,
    /// Whether the age is that of the `values` of the column, or that of the `file`.
    #[serde(default)]
    of: Of,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Of {
    #[default]
    Values,
    File,
}

impl Expectation for Freshness {
    const NAME: &'static str = "freshness";
    const EXAMPLE: &'static str = "{column: created_at, max_age: 24h}";
    const MAIN: Option<&'static str> = Some("max_age");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Timeliness;
    const BOUNDS: BoundsKind = BoundsKind::Age;

    fn columns(&self) -> Vec<String> {
        self.column.iter().cloned().collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let of = match quoted(&Expectation::columns(self)).first() {
            Some(column) => format!("{} {column}", said.lang.pick("the newest value of", "el valor más reciente de")),
            None => format!("{} `{}`", said.lang.pick("the newest file of", "el archivo más reciente de"), said.dataset),
        };
        match &said.limits.max_age {
            Some(age) => {
                let is = said.lang.pick("is no older than", "no tiene más de");
                format!("{of} {is} {}", age.words(said.lang))
            }
            None => format!("{of} {}", said.lang.pick("is fresh", "es reciente")),
        }
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        match (self.of, &self.column) {
            (Of::Values, None) => Err(Mistake::new("needs `column`, or `of: file` for the age of the files")),
            (Of::File, Some(_)) => Err(Mistake::at("of", "`file` has no column")
                .help("put the rule in the `expect` list of the dataset, without `column`")),
            (_, column) => Ok(Lowered::Age { column: column.clone() }),
        }
    }
}
