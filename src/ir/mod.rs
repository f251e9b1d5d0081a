//! What rules mean: a number, and the interval it must lie in.
//!
//! Every expectation lowers to a [`Check`]; an engine sees only the [`Measure`]s inside it. Nothing here does I/O, and
//! nothing is serialised, so the shapes are free to change.

mod any_date;
pub mod arithmetic;
pub mod asset;
pub mod bind;
pub mod calendar;
pub mod case;
pub mod cast;
pub mod computed;
pub mod document;
pub mod duration;
pub mod encoding;
pub mod evaluate;
mod facts;
pub mod format;
pub mod function;
pub mod marks;
pub mod missing;
pub mod name;
pub mod parseable;
pub mod pattern;
pub mod period;
pub mod predicate;
mod print;
mod query;
mod relation;
pub mod relative;
mod rename;
pub mod select;
pub mod selector;
pub mod size;
pub mod statistic;
pub mod test;
pub mod time;
pub mod trend;
pub mod value;

use bigdecimal::BigDecimal;

pub use encoding::Encoding;
pub use facts::{
    ColumnsExpected, FileExpected, IndexExpected, KeysExpected, Reference, SchemaExpected, TablesExpected,
};
pub use marks::Marks;
pub use missing::Missing;
pub use pattern::{Like, Regex};
pub use period::Periods;
pub use predicate::{Arithmetic, End, Literal, Op, Predicate, Scalar};
pub use query::{Output, Query, Table, instant};
pub use relation::{Aggregate, Pairs, Tolerance};
pub use relative::Relative;
pub use selector::Selector;
pub use statistic::Statistic;
pub use trend::Trend;
pub use value::{Reading, Type, Value};

/// How bad it is when a rule does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look.
    Warning,
    /// The data are not fit for use.
    Error,
    /// The data are not fit for use, and somebody must act now.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// One rule of a suite, lowered.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The place of the rule in its suite.
    pub rule: usize,
    /// The columns by whose values the rows are told apart, each group judged by itself; none for all rows together.
    pub by: Vec<String>,
    /// What is measured.
    pub metric: Metric,
    /// What the number must stay within; the worst level exceeded is the level of the failure.
    pub limits: Vec<(Severity, Limit)>,
    /// What it comes to when no row is evaluated.
    pub on_empty: OnEmpty,
}

/// What a check comes to when no row is evaluated; of groups, each by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEmpty {
    /// As its expectation says.
    #[default]
    Natural,
    /// It holds.
    Pass,
    /// It fails, at the worst of its levels.
    Fail,
    /// It is skipped; a group is left out.
    Skip,
}

/// The number of a check, and the rows it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// How many evaluated rows satisfy `bad`.
    Rows {
        /// The rows it is about.
        evaluated: Evaluated,
        /// True of a row that breaks the rule.
        bad: Predicate,
    },
    /// How many rows, keys or surplus rows repeat.
    Repeats {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The columns of the key.
        keys: Vec<String>,
        /// Which of the evaluated rows can repeat.
        among: Predicate,
        /// What is counted.
        count: Count,
    },
    /// The same where the key is the whole row: all columns of the files. Bound, it is [`Self::Repeats`].
    Duplicates {
        /// The rows it is about.
        evaluated: Evaluated,
        /// What is counted.
        count: Count,
    },
    /// How many different keys there are.
    Distinct {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The columns of the key.
        keys: Vec<String>,
    },
    /// A part of the evaluated rows over all of them: from 0 to 1, and 0 where there is no row.
    Share {
        /// The rows it is about.
        evaluated: Evaluated,
        /// What is counted among them.
        part: Part,
    },
    /// How many rows have no partner in a parent (`wanted`), or have one (not `wanted`).
    Orphans {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The columns of the key.
        keys: Vec<String>,
        /// Which of the evaluated rows can lack a partner.
        among: Predicate,
        /// The parent's rows and key.
        parent: Parent,
    },
    /// One value folded from a column.
    Fold {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The function.
        fold: Fold,
        /// What is folded.
        of: Scalar,
    },
    /// A statistic worked out of counts.
    Statistic {
        /// The rows it is about.
        evaluated: Evaluated,
        /// Which one.
        statistic: Statistic,
    },
    /// How many of the different values are not as wanted.
    Values {
        /// The rows it is about.
        evaluated: Evaluated,
        /// What the values are of.
        of: Scalar,
        /// What they should be.
        wanted: ValuesWanted,
    },
    /// How many of the periods between two moments have no value.
    Gaps {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The dates or timestamps; once bound, the start of the period of each.
        of: Scalar,
        /// The periods.
        periods: Periods,
    },
    /// How long before a moment the greatest value of a column lies.
    Age {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The dates or timestamps.
        of: Scalar,
        /// The moment.
        now: Literal,
    },
    /// How long before a moment the newest file of a dataset was written.
    FileAge {
        /// The dataset.
        dataset: String,
        /// The moment.
        now: Literal,
    },
    /// How many rows break the order of a sequence.
    Order {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The order.
        order: Order,
    },
    /// How many rows there are in scope.
    RowCount {
        /// The rows in scope.
        evaluated: Evaluated,
    },
    /// How many differences there are between the columns of a dataset and those expected.
    Columns(ColumnsExpected),
    /// How many structural faults the files have.
    Findings(String),
    /// How many datasets have another number of rows in scope than this one.
    SameRows {
        /// The rows in scope.
        evaluated: Evaluated,
        /// Those of the others, by the names the suite gives them.
        others: Vec<(String, Evaluated)>,
    },
    /// Whether a number of all rows is that of another dataset: 1 if not.
    SameAggregate {
        /// The rows it is about.
        evaluated: Evaluated,
        /// The number.
        aggregate: Aggregate,
        /// The other dataset, by the name that the suite gives it.
        name: String,
        /// Its rows.
        other: Evaluated,
        /// Its number.
        as_there: Aggregate,
        /// How far apart they may lie.
        tolerance: Option<Tolerance>,
    },
    /// How many rows have no equal one in another dataset, on either side.
    Pairs {
        /// The rows it is about.
        evaluated: Evaluated,
        /// Which rows belong together, and those of the other side.
        pairs: Pairs,
    },
    /// How many columns there are.
    ColumnCount(String),
    /// How many differences there are between columns and their types and those expected.
    Schema(SchemaExpected),
    /// How many differences there are between the tables of a database and those expected.
    Tables(TablesExpected),
    /// How many files are not as expected.
    File(FileExpected),
    /// How many rows a query returns.
    Query {
        /// The rows in scope of the dataset it stands under.
        evaluated: Evaluated,
        /// The query.
        query: Query,
    },
    /// The one value that a query returns.
    Scalar {
        /// The dataset it stands under.
        dataset: String,
        /// The query.
        query: Query,
    },
}

/// The rows that a rule is about, and those it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evaluated {
    /// The dataset.
    pub dataset: String,
    /// Rows in scope: the `where` of the dataset and of the rule, and not malformed. A row counts where this is true.
    pub scope: Predicate,
    /// Rows in scope left out because a tested cell did not parse. Never unknown.
    pub unparsed: Predicate,
    /// Rows in scope and parsed, left out because they have no value to test. Never unknown.
    pub missing: Predicate,
}

/// What a share counts among the evaluated rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The rows that satisfy a condition.
    Rows(Predicate),
    /// The different keys.
    Distinct(Vec<String>),
}

/// The other side of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parent {
    /// The dataset.
    pub dataset: String,
    /// The columns of its key, in the order of the child's.
    pub keys: Vec<String>,
    /// Its rows in scope.
    pub scope: Predicate,
    /// Whether a null matches a null.
    pub null_safe: bool,
    /// Whether having no partner is the fault; else having one is.
    pub wanted: bool,
}

/// What is counted of repeated keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// Every row of a repeated key.
    Rows,
    /// Every repeated key once.
    Distinct,
    /// The rows beyond the first of each key.
    Surplus,
}

/// A function of all values of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The sum, exact for integers and decimals.
    Sum,
    /// The arithmetic mean.
    Mean,
    /// The sample variance, over n - 1; none of fewer than two values.
    Variance,
    /// The square root of the sample variance.
    Stddev,
    /// The value at a share of the way through the sorted values, from 0 to 1.
    Quantile(BigDecimal, Interpolation),
    /// The sample skewness, adjusted for its bias; none of fewer than three values.
    Skewness,
    /// The sample excess kurtosis, adjusted for its bias; none of fewer than four values.
    Kurtosis,
    /// The two ends of the range that lies so many spreads around the centre; none where the values have no spread.
    Range(Spread, BigDecimal),
}

/// A centre of values, and how far they spread around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spread {
    /// The mean, and the sample standard deviation.
    Stddev,
    /// The quartiles, interpolated linearly, each with the distance between them on its outer side.
    Quartiles,
    /// The median, and the median distance from it over 0.6745, which is the standard deviation where values are normal.
    Median,
}

/// What stands for a quantile that falls between two values.
///
/// Of n sorted values, counted from 0, the quantile q lies at the place (n - 1) q. Names and meaning are those of `NumPy` and
/// pandas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// The value nearest to the place; half-way between two, the one at the even place, as `numpy.around` rounds.
    Nearest,
    /// As far between the two as the place lies.
    Linear,
    /// The lower of the two.
    Lower,
    /// The higher of the two.
    Higher,
    /// Half-way between the two.
    Midpoint,
}

/// The order that the values of a sequence of rows should have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The values.
    pub of: Scalar,
    /// How they should follow each other.
    pub follow: Follow,
    /// The columns that put the rows in sequence, ties by the files; none for the order of the files. Those of intervals
    /// tell them apart: only intervals with the same values there meet, and null is a value.
    pub by: Vec<String>,
}

/// How the values of a sequence of rows should follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Follow {
    /// None lies below the one before it.
    Rising {
        /// Whether two neighbours may not be equal either.
        strict: bool,
    },
    /// None lies above the one before it.
    Falling {
        /// Whether two neighbours may not be equal either.
        strict: bool,
    },
    /// Each is a step after the one before it: the step as spelled; once bound, what comes after each value.
    Step(Scalar),
    /// Each begins an interval that overlaps no other one: its end, which is not part of it.
    Apart(Scalar),
}

/// What the different values of a column should be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValuesWanted {
    /// Each of them is one of these.
    In(Vec<Literal>),
    /// Each of these is among them.
    Contain(Vec<Literal>),
    /// They are exactly these.
    Equal(Vec<Literal>),
    /// The most common of them is one of these.
    MostCommon {
        /// These.
        values: Vec<Literal>,
        /// Whether several may be most common, one of these among them.
        ties: bool,
    },
}

/// What a number must stay within.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// At most so many violations.
    Count(u64),
    /// At most this share of the evaluated rows.
    Share(BigDecimal),
    /// A value within bounds.
    Within(Bounds),
    /// What earlier runs give; nothing keeps it before that is settled.
    Past(Box<Trend>),
}

/// An interval of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The lower end.
    pub min: Option<Bound>,
    /// The upper end.
    pub max: Option<Bound>,
}

/// One end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The value.
    pub value: Literal,
    /// Whether the value itself lies outside.
    pub strict: bool,
}

/// A number that an engine reads from data. Equal measures are read once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "a check has a few")]
pub enum Measure {
    /// How many rows satisfy a condition.
    Rows(Predicate),
    /// A function of the values of the rows that satisfy a condition; nulls are left out.
    Fold(Fold, Scalar, Predicate),
    /// The different values of the rows that satisfy a condition, with how often each occurs; nulls are left out.
    Values(Scalar, Predicate),
    /// The Pearson correlation of two numbers of the rows that satisfy a condition; rows that lack either are left out.
    Correlation([Scalar; 2], Predicate),
    /// How many of the rows that satisfy a condition break an order; nulls are left out.
    Order(Order, Predicate),
    /// Counts over the keys of the rows that satisfy a condition.
    Repeats(Vec<String>, Predicate),
    /// How many rows that satisfy a condition have no partner.
    Orphans(Vec<String>, Predicate, Parent),
    /// How the rows that satisfy a condition differ from those of another dataset.
    Pairs(Pairs, Predicate),
    /// A measure for each group of rows with the same values in some columns; null is a value.
    Grouped(Vec<String>, Box<Measure>),
    /// Names and types of the columns, rows, files.
    Facts,
    /// Structural faults.
    Findings,
    /// What a query returns: the number of its rows, or its one value.
    Query(Query),
}

impl Evaluated {
    /// The rows that are evaluated.
    #[must_use]
    pub fn rows(&self) -> Predicate {
        Predicate::all([self.scope.clone(), self.unparsed.clone().negate(), self.missing.clone().negate()])
    }

    /// The rows in scope whose tested cells do not parse.
    #[must_use]
    pub fn unparsed_rows(&self) -> Predicate {
        Predicate::all([self.scope.clone(), self.unparsed.clone()])
    }

    /// The rows in scope that parse but have nothing to test.
    #[must_use]
    pub fn missing_rows(&self) -> Predicate {
        Predicate::all([self.scope.clone(), self.unparsed.clone().negate(), self.missing.clone()])
    }
}

impl Check {
    /// A measure of the metric, for each group if there are groups; one that has groups of its own has them within these.
    #[must_use]
    pub fn grouped(&self, measure: Measure) -> Measure {
        match measure {
            measure if self.by.is_empty() => measure,
            Measure::Grouped(own, inner) => Measure::Grouped([self.by.clone(), own].concat(), inner),
            measure => Measure::Grouped(self.by.clone(), Box::new(measure)),
        }
    }

    /// The measure that holds the number itself.
    #[must_use]
    pub fn number(&self) -> Measure {
        self.grouped(self.metric.number())
    }

    /// Every measure needed to judge it.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        self.metric.measures().into_iter().map(|measure| self.grouped(measure)).collect()
    }
}

impl Metric {
    /// The rows this is about, unless it is about the table as a whole.
    #[must_use]
    pub const fn evaluated(&self) -> Option<&Evaluated> {
        match self {
            Self::Rows { evaluated, .. }
            | Self::Repeats { evaluated, .. }
            | Self::Duplicates { evaluated, .. }
            | Self::SameAggregate { evaluated, .. }
            | Self::Pairs { evaluated, .. }
            | Self::Distinct { evaluated, .. }
            | Self::Share { evaluated, .. }
            | Self::Orphans { evaluated, .. }
            | Self::Fold { evaluated, .. }
            | Self::Statistic { evaluated, .. }
            | Self::SameRows { evaluated, .. }
            | Self::Query { evaluated, .. }
            | Self::Values { evaluated, .. }
            | Self::Gaps { evaluated, .. }
            | Self::Age { evaluated, .. }
            | Self::Order { evaluated, .. }
            | Self::RowCount { evaluated } => Some(evaluated),
            Self::Columns(_)
            | Self::Findings(_)
            | Self::ColumnCount(_)
            | Self::Schema(_)
            | Self::Tables(_)
            | Self::File(_)
            | Self::FileAge { .. }
            | Self::Scalar { .. } => None,
        }
    }

    /// The dataset it is about.
    #[must_use]
    pub fn dataset(&self) -> &str {
        match self {
            Self::Columns(expected) => &expected.dataset,
            Self::Schema(expected) => &expected.columns.dataset,
            Self::Tables(expected) => &expected.dataset,
            Self::File(expected) => &expected.dataset,
            Self::Findings(dataset)
            | Self::ColumnCount(dataset)
            | Self::Scalar { dataset, .. }
            | Self::FileAge { dataset, .. } => dataset,
            Self::Rows { evaluated, .. }
            | Self::Repeats { evaluated, .. }
            | Self::Duplicates { evaluated, .. }
            | Self::SameAggregate { evaluated, .. }
            | Self::Pairs { evaluated, .. }
            | Self::Distinct { evaluated, .. }
            | Self::Share { evaluated, .. }
            | Self::Orphans { evaluated, .. }
            | Self::Fold { evaluated, .. }
            | Self::Statistic { evaluated, .. }
            | Self::SameRows { evaluated, .. }
            | Self::Query { evaluated, .. }
            | Self::Values { evaluated, .. }
            | Self::Gaps { evaluated, .. }
            | Self::Age { evaluated, .. }
            | Self::Order { evaluated, .. }
            | Self::RowCount { evaluated } => &evaluated.dataset,
        }
    }

    /// Whether the number counts rows that break the rule.
    #[must_use]
    pub const fn counts_violations(&self) -> bool {
        matches!(
            self,
            Self::Rows { .. }
                | Self::Repeats { .. }
                | Self::Duplicates { .. }
                | Self::Pairs { .. }
                | Self::Orphans { .. }
                | Self::Gaps { .. }
                | Self::Order { .. }
                | Self::Query { .. }
        )
    }

    /// Whether it can be measured for each group of rows.
    #[must_use]
    pub const fn is_of_rows(&self) -> bool {
        self.evaluated().is_some()
            && !matches!(
                self,
                Self::SameRows { .. } | Self::SameAggregate { .. } | Self::Pairs { .. } | Self::Query { .. }
            )
    }

    /// Whether having no row is an answer like another: rows are what it counts, or what it compares with other rows.
    #[must_use]
    pub const fn speaks_of_none(&self) -> bool {
        matches!(self, Self::RowCount { .. } | Self::SameRows { .. } | Self::SameAggregate { .. } | Self::Pairs { .. })
    }

    /// The measure that holds the number itself.
    #[must_use]
    pub fn number(&self) -> Measure {
        match self {
            Self::Rows { evaluated, bad } => Measure::Rows(Predicate::all([evaluated.rows(), bad.clone()])),
            Self::Repeats { evaluated, keys, among, .. } => {
                Measure::Repeats(keys.clone(), Predicate::all([evaluated.rows(), among.clone()]))
            }
            Self::Duplicates { evaluated, .. } => Measure::Repeats(Vec::new(), evaluated.rows()),
            Self::SameAggregate { evaluated, aggregate, .. } => aggregate.measure(evaluated.rows()),
            Self::Pairs { evaluated, pairs } => Measure::Pairs(pairs.clone(), pairs.rows(&evaluated.scope)),
            Self::Distinct { evaluated, keys } | Self::Share { evaluated, part: Part::Distinct(keys) } => {
                Measure::Repeats(keys.clone(), evaluated.rows())
            }
            Self::Share { evaluated, part: Part::Rows(part) } => {
                Measure::Rows(Predicate::all([evaluated.rows(), part.clone()]))
            }
            Self::Orphans { evaluated, keys, among, parent } => {
                Measure::Orphans(keys.clone(), Predicate::all([evaluated.rows(), among.clone()]), parent.clone())
            }
            Self::Fold { evaluated, fold, of } => Measure::Fold(fold.clone(), of.clone(), evaluated.rows()),
            Self::Values { evaluated, of, .. } | Self::Gaps { evaluated, of, .. } => {
                Measure::Values(of.clone(), evaluated.rows())
            }
            Self::Statistic { evaluated, statistic } => {
                let first = statistic.measures(&evaluated.rows()).into_iter().next();
                first.unwrap_or_else(|| Measure::Rows(evaluated.rows()))
            }
            Self::Age { evaluated, of, .. } => Measure::Fold(Fold::Max, of.clone(), evaluated.rows()),
            Self::Order { evaluated, order } => Measure::Order(order.clone(), evaluated.rows()),
            Self::RowCount { evaluated } | Self::SameRows { evaluated, .. } => Measure::Rows(evaluated.rows()),
            Self::Columns(_)
            | Self::ColumnCount(_)
            | Self::Schema(_)
            | Self::Tables(_)
            | Self::File(_)
            | Self::FileAge { .. } => Measure::Facts,
            Self::Findings(_) => Measure::Findings,
            Self::Query { query, .. } | Self::Scalar { query, .. } => Measure::Query(query.clone()),
        }
    }

    /// Every measure needed to judge this and to say how many rows it was about.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        let mut all = vec![self.number()];
        all.extend(all[0].earlier());
        if let Self::Statistic { evaluated, statistic } = self {
            all.extend(statistic.measures(&evaluated.rows()).into_iter().skip(1));
        }
        if let Some(evaluated) = self.evaluated() {
            all.push(Measure::Rows(evaluated.rows()));
            all.push(Measure::Rows(evaluated.unparsed_rows()));
            all.push(Measure::Rows(evaluated.missing_rows()));
        }
        all
    }

    /// The measures that it needs of datasets beside its own.
    #[must_use]
    pub fn elsewhere(&self) -> Vec<(String, Measure)> {
        match self {
            Self::SameRows { others, .. } => {
                others.iter().map(|(_, other)| (other.dataset.clone(), Measure::Rows(other.rows()))).collect()
            }
            Self::SameAggregate { other, as_there, .. } => {
                vec![(other.dataset.clone(), as_there.measure(other.rows()))]
            }
            Self::Statistic { statistic, .. } => statistic.elsewhere(),
            _ => Vec::new(),
        }
    }

    /// The datasets beside its own that must be opened for it.
    #[must_use]
    pub fn further(&self) -> Vec<&str> {
        match self {
            Self::Orphans { parent, .. } => vec![&parent.dataset],
            Self::SameRows { others, .. } => others.iter().map(|(_, other)| other.dataset.as_str()).collect(),
            Self::SameAggregate { other, .. } => vec![&other.dataset],
            Self::Pairs { pairs, .. } => vec![&pairs.other.dataset],
            Self::Query { query, .. } | Self::Scalar { query, .. } => {
                query.tables.iter().map(|table| table.dataset.as_str()).collect()
            }
            Self::Statistic { statistic, .. } => {
                statistic.sample().map(|(rows, _)| rows.dataset.as_str()).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Follow {
    /// Calls back for every column named in it.
    pub fn columns<'a>(&'a self, seen: &mut impl FnMut(&'a str)) {
        match self {
            Self::Rising { .. } | Self::Falling { .. } => {}
            Self::Step(of) | Self::Apart(of) => of.columns(seen),
        }
    }
}

impl Measure {
    /// The measures whose numbers its condition holds: they must be known before this one is read.
    ///
    /// Where this one is for each group, so are they.
    #[must_use]
    pub fn earlier(&self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut see = |piece: predicate::Piece<'_>| {
            if let predicate::Piece::Value(Scalar::Measured(measure, _)) = piece
                && !found.contains(measure.as_ref())
            {
                found.push(measure.as_ref().clone());
            }
        };
        match self {
            Self::Rows(rows) => rows.pieces(&mut see),
            Self::Grouped(by, inner) => {
                let grouped = |measure| Self::Grouped(by.clone(), Box::new(measure));
                return inner.earlier().into_iter().map(grouped).collect();
            }
            // Only conditions of rows that are counted hang on numbers.
            _ => {}
        }
        found
    }

    /// Calls back for every column that it looks at in its own dataset.
    pub fn columns(&self, see: &mut dyn FnMut(&str)) {
        match self {
            Self::Rows(condition) => condition.columns(&mut |column| see(column)),
            Self::Fold(_, of, condition) | Self::Values(of, condition) => {
                condition.columns(&mut |column| see(column));
                of.columns(&mut |column| see(column));
            }
            Self::Correlation([one, other], condition) => {
                condition.columns(&mut |column| see(column));
                one.columns(&mut |column| see(column));
                other.columns(&mut |column| see(column));
            }
            Self::Order(order, condition) => {
                condition.columns(&mut |column| see(column));
                order.of.columns(&mut |column| see(column));
                order.follow.columns(&mut |column| see(column));
                order.by.iter().for_each(|column| see(column));
            }
            Self::Repeats(keys, condition) | Self::Orphans(keys, condition, _) => {
                condition.columns(&mut |column| see(column));
                keys.iter().for_each(|key| see(key));
            }
            Self::Pairs(pairs, condition) => {
                condition.columns(&mut |column| see(column));
                pairs.all().for_each(|column| see(column));
            }
            Self::Grouped(by, inner) => {
                by.iter().for_each(|column| see(column));
                inner.columns(see);
            }
            Self::Facts | Self::Findings | Self::Query(_) => {}
        }
    }
}
