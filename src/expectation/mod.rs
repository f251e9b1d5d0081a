//! The catalogue: one file per expectation, one line to register it.
//!
//! An expectation says what must hold; it lowers to a number and knows nothing of YAML, engines or SQL. The keys that all
//! share (`where`, `severity`, `allow`, `nulls` …) and the bounds that many share (`min`, `max`, `equals` …) are taken by
//! the suite reader before an expectation sees its parameters; see [`lowered`].

mod age;
mod aggregate;
pub mod bounds;
mod distribution;
mod filled;
pub mod lowered;
pub mod moment;
pub mod parameter;
mod patterns;
mod sequence;
mod set;
mod structure;
mod tolerance;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::ir::Trend;
use crate::lang::Lang;
pub use bounds::Limits;
pub use lowered::{Lowered, Mistake, NullRule, Rows, Source};
use moment::RelativeDate;

/// One kind of expectation.
///
/// The doc comment of the type is its manual page and its fields are its parameters. To add one: write a file beside
/// this one, add its line to `catalogue!` below, and add its cases under `tests/cases/`.
pub trait Expectation: DeserializeOwned + JsonSchema + 'static {
    /// What suites call it.
    const NAME: &'static str;
    /// Parameters that are valid, in YAML; shown in the manual and run as a test.
    const EXAMPLE: &'static str;
    /// The parameter that may stand alone, as in `in_set: [S, M]`.
    const MAIN: Option<&'static str> = None;
    /// Where it may stand.
    const PLACE: Place;
    /// The dimension of quality it speaks about.
    const DIMENSION: Dimension;
    /// What a null means to it, unless the suite says `nulls`.
    const NULLS: NullRule = NullRule::Ignore;
    /// The bounds it takes, which are read for it.
    const BOUNDS: BoundsKind = BoundsKind::None;
    /// Whether it takes a `where` of its own.
    const FILTERED: bool = true;

    /// The columns it tests.
    fn columns(&self) -> Vec<String>;

    /// What it expects, as one sentence about the data without a full stop. Names of columns stand in backticks.
    fn sentence(&self, said: &Said<'_>) -> String;

    /// The dates in its own parameters that hang on the run.
    fn dates(&self) -> Vec<RelativeDate> {
        Vec::new()
    }

    /// How its limits are worked out of earlier runs, if they are; bounds are put into it.
    fn trend(&self) -> Option<Trend> {
        None
    }

    /// What its bounds ask for, in words, if any are given.
    fn expected(&self, said: &Said<'_>) -> Option<String> {
        (!said.limits.is_empty()).then(|| said.limits.phrase(said.lang))
    }

    /// What it means.
    ///
    /// # Errors
    /// What is wrong with the parameters that a schema cannot say.
    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake>;
}

/// What a sentence may need beside the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The language.
    pub lang: Lang,
    /// The dataset.
    pub dataset: &'a str,
    /// The bounds, if it takes any.
    pub limits: &'a Limits,
    /// What a null means to the rule: what the suite says, else the rule of the expectation.
    pub nulls: NullRule,
}

/// Where an expectation may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Under a column, or in a dataset's list with `column` given.
    Column,
    /// Under a column, or in a dataset's list with `column` or `columns` given.
    Columns,
    /// In a dataset's list only.
    Table,
}

/// The bounds an expectation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundsKind {
    /// None.
    None,
    /// For each value; at least one must be given, and none of them is a level.
    EachValue,
    /// For each value, where the bounds are numbers.
    EachNumber,
    /// For one number of the whole; levels may hold their own.
    Number,
    /// For one share of the whole, `2%` or `0.02`; levels may hold their own.
    Share,
    /// For one value of the whole, of the type of the column; levels may hold their own.
    Value,
    /// `max_age`, for the age of the newest value; levels may hold their own.
    Age,
}

impl BoundsKind {
    /// Whether the bounds are about one value of the whole.
    #[must_use]
    pub const fn is_aggregate(self) -> bool {
        matches!(self, Self::Number | Self::Share | Self::Value | Self::Age)
    }
}

/// A dimension of quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Is everything there?
    Completeness,
    /// Is nothing there twice?
    Uniqueness,
    /// Does it look as it must?
    Validity,
    /// Do things agree with each other?
    Consistency,
    /// Is it recent, and not from the future?
    Timeliness,
    /// Is it as much as it should be?
    Volume,
    /// Do references lead somewhere?
    Integrity,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 7] = [
        Self::Completeness,
        Self::Uniqueness,
        Self::Validity,
        Self::Consistency,
        Self::Timeliness,
        Self::Volume,
        Self::Integrity,
    ];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Uniqueness => "uniqueness",
            Self::Validity => "validity",
            Self::Consistency => "consistency",
            Self::Timeliness => "timeliness",
            Self::Volume => "volume",
            Self::Integrity => "integrity",
        }
    }
}

/// One kind of expectation with its type erased: what the rest of the program sees.
#[derive(Clone, Copy)]
pub struct Definition {
    /// What suites call it.
    pub name: &'static str,
    /// Parameters that are valid, in YAML.
    pub example: &'static str,
    /// The parameter that may stand alone.
    pub main: Option<&'static str>,
    /// Where it may stand.
    pub place: Place,
    /// The dimension it speaks about.
    pub dimension: Dimension,
    /// What a null means to it.
    pub nulls: NullRule,
    /// The bounds it takes.
    pub bounds: BoundsKind,
    /// Whether it takes a `where` of its own.
    pub filtered: bool,
    /// The schema of its parameters, without common keys and bounds; its description is the manual.
    pub schema: fn() -> Json,
    /// Reads the parameters; every scalar of a [`parameter`] type is given as the text it was spelled with.
    pub read: fn(Json) -> Result<Box<dyn Instance>, String>,
}

impl Definition {
    const fn of<E: Expectation>() -> Self {
        Self {
            name: E::NAME,
            example: E::EXAMPLE,
            main: E::MAIN,
            place: E::PLACE,
            dimension: E::DIMENSION,
            nulls: E::NULLS,
            bounds: E::BOUNDS,
            filtered: E::FILTERED,
            schema: schema::<E>,
            read: read::<E>,
        }
    }
}

fn schema<E: Expectation>() -> Json {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<E>().to_value()
}

fn read<E: Expectation>(parameters: Json) -> Result<Box<dyn Instance>, String> {
    serde_json::from_value::<E>(parameters)
        .map(|it| Box::new(it) as Box<dyn Instance>)
        .map_err(|error| error.to_string())
}

macro_rules! catalogue {
    ($($module:ident::$Type:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every kind of expectation, in the order of the manual.
        pub static CATALOGUE: &[Definition] = &[$(Definition::of::<$module::$Type>()),*];
    };
}

catalogue! {
    // Completeness.
    not_null::NotNull,
    is_null::IsNull,
    not_blank::NotBlank,
    null_share::NullShare,
    complete_rows::CompleteRows,
    readable_rows::ReadableRows,
    // Sets.
    in_set::InSet,
    not_in_set::NotInSet,
    distinct_values::DistinctValues,
    most_common::MostCommon,
    // Ranges.
    between::Between,
    outside::Outside,
    multiple_of::MultipleOf,
    finite::Finite,
    positive::Positive,
    non_negative::NonNegative,
    // Text.
    length::Length,
    matches::Matches,
    not_matches::NotMatches,
    like::IsLike,
    not_like::NotLike,
    format::Format,
    not_format::NotFormat,
    case::Case,
    date_format::DateFormat,
    parseable::Parseable,
    json_schema::ConformsTo,
    // Time.
    not_in_future::NotInFuture,
    not_in_past::NotInPast,
    newer_than::NewerThan,
    older_than::OlderThan,
    freshness::Freshness,
    no_gaps::NoGaps,
    no_overlaps::NoOverlaps,
    increasing::Increasing,
    decreasing::Decreasing,
    // Uniqueness.
    unique::Unique,
    distinct_within_row::DistinctWithinRow,
    no_duplicate_rows::NoDuplicateRows,
    sequential::Sequential,
    // Several columns.
    compare::Compare,
    equal_columns::EqualColumns,
    sum_equals::SumEquals,
    at_least_one::AtLeastOne,
    at_most_one::AtMostOne,
    expression::Expression,
    // References.
    foreign_key::ForeignKey,
    absent_from::AbsentFrom,
    same_row_count::SameRowCount,
    same_aggregate::SameAggregate,
    same_rows::SameRows,
    // Aggregates.
    min::Min,
    max::Max,
    mean::Mean,
    median::Median,
    sum::Sum,
    stddev::Stddev,
    variance::Variance,
    quantile::Quantile,
    distinct_count::DistinctCount,
    distinct_share::DistinctShare,
    skewness::Skewness,
    kurtosis::Kurtosis,
    entropy::Entropy,
    correlation::Correlation,
    mutual_information::MutualInformation,
    // Distribution.
    z_score::ZScore,
    no_outliers::NoOutliers,
    kl_divergence::KlDivergence,
    psi::Psi,
    ks::Ks,
    chi_square::ChiSquare,
    // The table.
    row_count::RowCount,
    column_count::ColumnCount,
    columns::Columns,
    column_exists::ColumnExists,
    column_type::ColumnType,
    schema::Schema,
    tables::Tables,
    well_formed::WellFormed,
    file::File,
    // Assets.
    file_exists::FileExists,
    image::Image,
    // SQL.
    query::Query,
    scalar::Scalar,
    // History.
    change::Change,
    no_anomaly::NoAnomaly,
    schema_unchanged::SchemaUnchanged,
}

/// The expectation of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Definition> {
    CATALOGUE.iter().find(|definition| definition.name == name)
}

/// One expectation with its parameters, its type erased.
pub trait Instance {
    /// The columns it tests.
    fn columns(&self) -> Vec<String>;
    /// What it expects, in words.
    fn sentence(&self, said: &Said<'_>) -> String;
    /// The dates in its own parameters that hang on the run.
    fn dates(&self) -> Vec<RelativeDate>;
    /// How its limits are worked out of earlier runs, if they are.
    fn trend(&self) -> Option<Trend>;
    /// What its bounds ask for, in words, if any are given.
    fn expected(&self, said: &Said<'_>) -> Option<String>;
    /// What it means.
    ///
    /// # Errors
    /// What is wrong with the parameters.
    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake>;
}

impl<E: Expectation> Instance for E {
    fn columns(&self) -> Vec<String> {
        Expectation::columns(self)
    }
    fn sentence(&self, said: &Said<'_>) -> String {
        Expectation::sentence(self, said)
    }
    fn dates(&self) -> Vec<RelativeDate> {
        Expectation::dates(self)
    }
    fn trend(&self) -> Option<Trend> {
        Expectation::trend(self)
    }
    fn expected(&self, said: &Said<'_>) -> Option<String> {
        Expectation::expected(self, said)
    }
    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        Expectation::lower(self, on)
    }
}

#[cfg(test)]
mod tests;
