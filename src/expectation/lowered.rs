//! What an expectation lowers to, and how that becomes a metric with its null rule and its scope.
//!
//! The one place where `nulls:` gets its meaning.

use std::path::Path;

use bigdecimal::BigDecimal;

use crate::expectation::bounds::Limits;
use crate::ir::duration::Duration;
use crate::ir::size::Size;
use crate::ir::time::Zone;
use crate::ir::{
    Aggregate, ColumnsExpected, FileExpected, KeysExpected, Pairs, Parent, Part, Query, SchemaExpected, TablesExpected,
    Tolerance,
};
use crate::ir::{
    Count, End, Evaluated, Fold, Follow, Literal, Measure, Metric, Op, Order, Periods, Predicate, Reading, Relative,
    Scalar, Spread, Statistic, Type, ValuesWanted,
};

/// What a null in a tested column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullRule {
    /// A row with a null in any tested column is left out.
    Ignore,
    /// A row is left out only when all tested columns are null.
    IgnoreAll,
    /// A row with a null is evaluated, and breaks the rule.
    Fail,
    /// A row with a null is evaluated, and holds.
    Pass,
    /// A null compares like a value.
    Value,
    /// The expectation is about nulls: every row is evaluated.
    Own,
}

impl NullRule {
    /// The rule of a word that suites may write.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "ignore" => Self::Ignore,
            "ignore_all" => Self::IgnoreAll,
            "fail" => Self::Fail,
            "pass" => Self::Pass,
            "value" => Self::Value,
            _ => return None,
        })
    }
}

/// Where a rule stands: what its expectation may look at to lower itself.
pub struct Source<'a> {
    /// The dataset that is read.
    pub dataset: &'a str,
    /// Whether it is a database, or a part of one.
    pub is_database: bool,
    /// The rows the rule is about: the `where` of dataset and rule.
    pub condition: Predicate,
    /// The declared columns, with how their values read where the suite says.
    pub declared: &'a [(String, Option<Reading>)],
    /// Those of the declared columns that may be absent.
    pub optional: &'a [String],
    /// The declared columns that are computed, and so none of the file.
    pub computed: &'a [&'a str],
    /// The bounds, if it takes any.
    pub limits: &'a Limits,
    /// The timezone of the suite.
    pub zone: Zone,
    /// What the suite says of nulls, if it does.
    pub nulls: Option<NullRule>,
    /// Reads SQL of the suite.
    pub sql: &'a dyn Fn(&str) -> Result<Predicate, Mistake>,
    /// The rows that another dataset means, or that there is no such dataset.
    pub rows_of: &'a dyn Fn(&str) -> Result<Rows, Mistake>,
    /// Reads a SELECT of the suite.
    pub query: &'a dyn Fn(&str) -> Result<Query, Mistake>,
    /// The folder of the file that says the rule, where relative paths start.
    pub folder: &'a Path,
    /// Reads a file of text that the suite names; relative to the suite.
    pub text: &'a dyn Fn(&str) -> Result<String, String>,
    /// Reads a file of YAML or JSON that the suite names, its scalars of the kinds they have there; relative to the suite.
    pub document: &'a dyn Fn(&str) -> Result<serde_json::Value, String>,
    /// Reads a file of YAML or JSON that the suite names, to find names in it; relative to the suite.
    pub file: &'a dyn Fn(&str) -> Result<serde_json::Value, Mistake>,
}

/// The rows that a dataset means.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The dataset that is read for them.
    pub dataset: String,
    /// Which of its rows they are.
    pub condition: Predicate,
}

impl Source<'_> {
    /// How the values of a column read, if it is declared with a type.
    #[must_use]
    pub fn reading(&self, column: &str) -> Option<&Reading> {
        self.declared.iter().find(|(name, _)| name == column).and_then(|(_, reading)| reading.as_ref())
    }
}

/// What an expectation means, before scope and nulls.
#[derive(Clone, Debug, PartialEq)]
pub enum Lowered {
    /// No row may satisfy `bad`.
    NoRow {
        /// The columns whose nulls and unparsed cells leave a row out.
        tested: Vec<String>,
        /// True of a row that breaks the rule.
        bad: Predicate,
        /// The same where a null compares like a value, if that has a meaning.
        null_as_value: Option<Predicate>,
    },
    /// No row may satisfy `bad`; the expectation says itself which rows it leaves out.
    NoRowOf {
        /// True of a row that breaks the rule.
        bad: Predicate,
        /// True of a row that has nothing to test.
        missing: Predicate,
        /// The columns whose unparsed cells leave a row out.
        tested: Vec<String>,
        /// Whether records that could not be taken apart are evaluated too.
        malformed_too: bool,
    },
    /// No key may repeat.
    NoRepeats {
        /// The key.
        keys: Vec<String>,
        /// What is counted.
        count: Count,
    },
    /// No row may repeat another one in all columns of the files.
    NoDuplicates {
        /// What is counted.
        count: Count,
    },
    /// A number of all rows is that of another dataset.
    SameAggregate {
        /// The column; none for the number of rows.
        column: Option<String>,
        /// The number.
        aggregate: Aggregate,
        /// The other dataset.
        other: String,
        /// Its column.
        other_column: Option<String>,
        /// Its number.
        as_there: Aggregate,
        /// How far apart they may lie.
        tolerance: Option<Tolerance>,
    },
    /// The rows are those of another dataset.
    SamePairs {
        /// The columns that tell which rows belong together; none if rows are compared as wholes.
        key: Vec<String>,
        /// The columns that are compared; none for all of the files.
        columns: Vec<String>,
        /// How far apart numbers may lie.
        tolerance: Option<Tolerance>,
        /// The other dataset.
        other: String,
    },
    /// Every key has a partner (`wanted`), or none has.
    Partners {
        /// The key.
        keys: Vec<String>,
        /// The other dataset.
        parent: String,
        /// Its key.
        parent_keys: Vec<String>,
        /// Whether a partner is wanted.
        wanted: bool,
    },
    /// The number of different keys lies within the bounds.
    Distinct {
        /// The key.
        keys: Vec<String>,
    },
    /// The share of the rows in scope that satisfy a condition lies within the bounds.
    ShareOfRows {
        /// True of the rows that are counted. Never unknown.
        part: Predicate,
    },
    /// The number of different keys over the number of rows with a key lies within the bounds.
    DistinctShare {
        /// The key.
        keys: Vec<String>,
    },
    /// A function of the values lies within the bounds.
    Fold {
        /// The function.
        fold: Fold,
        /// The column.
        column: String,
    },
    /// Every period has a value.
    NoGaps {
        /// The column.
        column: String,
        /// The periods.
        periods: Periods,
    },
    /// The newest value of a column, or the newest file if none is named, is no older than the bounds say.
    Age {
        /// The column.
        column: Option<String>,
    },
    /// No number lies so many spreads or more from the others.
    NoneFarOut {
        /// The column.
        column: String,
        /// How spread is measured.
        spread: Spread,
        /// How many spreads.
        factor: BigDecimal,
        /// Whether a number at either end of the range holds.
        ends_hold: bool,
        /// Whether a number may be too low too.
        two_sided: bool,
    },
    /// A statistic of one column or two lies within the bounds.
    Statistic {
        /// The columns.
        tested: Vec<String>,
        /// The statistic.
        statistic: Statistic,
    },
    /// The different values are as wanted.
    Values {
        /// The column.
        column: String,
        /// What they should be.
        wanted: ValuesWanted,
    },
    /// The values follow an order.
    InOrder(Order),
    /// The number of rows in scope lies within the bounds.
    RowCount,
    /// The columns are as expected.
    Columns {
        /// The names.
        names: Vec<String>,
        /// Whether no other column may be there.
        exact: bool,
        /// Whether they must stand in this order.
        ordered: bool,
        /// Where the one of them must stand, counted from 1, if that is asked.
        position: Option<usize>,
    },
    /// The files have no structural fault.
    NoFindings,
    /// The other datasets have as many rows in scope.
    SameRows {
        /// Their names.
        others: Vec<String>,
    },
    /// The number of columns lies within the bounds.
    ColumnCount,
    /// The columns and their types are as expected.
    Schema {
        /// The names.
        names: Vec<String>,
        /// The type of each; none where any will do.
        types: Vec<Option<Type>>,
        /// Whether no other column may be there.
        exact: bool,
        /// Whether they must stand in this order.
        ordered: bool,
        /// The keys and indexes, if they are asked for.
        keys: Option<KeysExpected>,
    },
    /// The tables of the database are as expected.
    Tables {
        /// Their names.
        names: Vec<String>,
        /// Whether no other one may be there.
        exact: bool,
    },
    /// The files are as expected.
    File {
        /// Whether there is one.
        exists: Option<bool>,
        /// Whether each was modified on the day of the run.
        modified_today: bool,
        /// How long ago each may have been modified.
        max_age: Option<Duration>,
        /// The least size.
        min_size: Option<Size>,
        /// The greatest size.
        max_size: Option<Size>,
        /// The SHA-256 of each.
        sha256: Option<String>,
    },
    /// A query returns no row.
    Query(Query),
    /// The one value that a query returns lies within the bounds.
    Scalar(Query),
}

/// What is wrong with the parameters of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The parameter, if it is one.
    pub parameter: Option<String>,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The bytes within the text of the parameter, if it is SQL.
    pub range: Option<std::ops::Range<usize>>,
}

impl Mistake {
    /// A mistake of the rule as a whole.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { parameter: None, message: message.into(), help: None, range: None }
    }

    /// A mistake of one parameter; the message goes after its name.
    #[must_use]
    pub fn at(parameter: &str, message: impl AsRef<str>) -> Self {
        Self {
            parameter: Some(parameter.to_owned()),
            message: format!("`{parameter}` {}", message.as_ref()),
            help: None,
            range: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl Lowered {
    /// A row rule on some columns.
    #[must_use]
    pub fn no_row(tested: Vec<String>, bad: Predicate) -> Self {
        Self::NoRow { tested, bad, null_as_value: None }
    }

    /// The metric, with scope and null rule worked in.
    ///
    /// # Errors
    /// A null rule that makes no sense here.
    #[expect(clippy::too_many_lines, reason = "one arm a meaning, and no two are alike")]
    pub fn metric(self, on: &Source<'_>, default: NullRule) -> Result<Metric, Mistake> {
        let nulls = on.nulls.unwrap_or(default);
        let well_formed = Predicate::Malformed.negate();
        let scope = Predicate::all([well_formed.clone(), on.condition.clone()]);
        let evaluated =
            |scope, unparsed, missing| Evaluated { dataset: on.dataset.to_owned(), scope, unparsed, missing };
        let nowhere = || Predicate::Constant(false);
        Ok(match self {
            Self::NoRow { tested, bad, null_as_value } => {
                let nulls_in = any_null(&tested);
                let (missing, bad) = match nulls {
                    NullRule::Ignore => (nulls_in, bad),
                    NullRule::IgnoreAll => (all_null(&tested), bad),
                    NullRule::Fail => (nowhere(), Predicate::any([nulls_in, bad])),
                    NullRule::Pass => (nowhere(), Predicate::all([nulls_in.negate(), bad])),
                    NullRule::Value => {
                        (nowhere(), null_as_value.ok_or_else(|| Mistake::at("nulls", "`value` has no meaning here"))?)
                    }
                    NullRule::Own => (nowhere(), bad),
                };
                Metric::Rows { evaluated: evaluated(scope, any_unparsed(&tested), missing), bad }
            }
            Self::NoRowOf { bad, missing, tested, malformed_too } => {
                let (missing, bad) = match on.nulls {
                    None => (missing, bad),
                    Some(NullRule::Fail) if missing != nowhere() => (nowhere(), Predicate::any([missing, bad])),
                    Some(NullRule::Pass) if missing != nowhere() => {
                        (nowhere(), Predicate::all([missing.negate(), bad]))
                    }
                    Some(NullRule::Ignore) if missing != nowhere() => (missing, bad),
                    Some(_) => return Err(no_nulls_here("this expectation")),
                };
                let scope = if malformed_too { Predicate::any([Predicate::Malformed, scope]) } else { scope };
                Metric::Rows { evaluated: evaluated(scope, any_unparsed(&tested), missing), bad }
            }
            Self::NoRepeats { keys, count } => {
                // Where null is no value by itself, it is left out of a key of one column, and may stand in one of several.
                let default = match default {
                    NullRule::Ignore if keys.len() > 1 => NullRule::IgnoreAll,
                    default => default,
                };
                let (missing, among) = match on.nulls.unwrap_or(default) {
                    NullRule::Ignore => (any_null(&keys), Predicate::TRUE),
                    NullRule::IgnoreAll => (all_null(&keys), Predicate::TRUE),
                    NullRule::Pass => (nowhere(), any_null(&keys).negate()),
                    NullRule::Value => (nowhere(), Predicate::TRUE),
                    NullRule::Fail | NullRule::Own => {
                        return Err(no_nulls_here("keys").help("put `not_null` beside it"));
                    }
                };
                Metric::Repeats { evaluated: evaluated(scope, any_unparsed(&keys), missing), keys, among, count }
            }
            Self::NoDuplicates { count } => {
                if on.nulls.is_some_and(|nulls| nulls != NullRule::Value) {
                    return Err(no_nulls_here("whole rows").help("name the `columns`"));
                }
                Metric::Duplicates { evaluated: evaluated(scope, nowhere(), nowhere()), count }
            }
            Self::Partners { keys, parent, parent_keys, wanted } => {
                let (missing, among) = match on.nulls.unwrap_or(NullRule::Ignore) {
                    NullRule::Ignore => (any_null(&keys), Predicate::TRUE),
                    NullRule::IgnoreAll => (all_null(&keys), Predicate::TRUE),
                    NullRule::Pass => (nowhere(), any_null(&keys).negate()),
                    NullRule::Fail | NullRule::Value | NullRule::Own => (nowhere(), Predicate::TRUE),
                };
                if !wanted && on.nulls == Some(NullRule::Fail) {
                    return Err(no_nulls_here("a set of what must be absent").help("put `not_null` beside it"));
                }
                let rows = (on.rows_of)(&parent)?;
                let null_safe = on.nulls == Some(NullRule::Value);
                // A cell that does not read is no partner, and a null is one only of a null, if that is asked for.
                let whole = if null_safe { any_unparsed(&parent_keys) } else { any_null(&parent_keys) }.negate();
                let parent = Parent {
                    dataset: rows.dataset,
                    keys: parent_keys,
                    scope: Predicate::all([well_formed, rows.condition, whole]),
                    null_safe,
                    wanted,
                };
                Metric::Orphans { evaluated: evaluated(scope, any_unparsed(&keys), missing), keys, among, parent }
            }
            Self::ShareOfRows { part } => {
                if on.nulls.is_some() {
                    return Err(no_nulls_here("a share of all rows"));
                }
                Metric::Share { evaluated: evaluated(scope, nowhere(), nowhere()), part: Part::Rows(part) }
            }
            Self::Distinct { keys } => {
                let missing = without_key(&keys, on.nulls)?;
                Metric::Distinct { evaluated: evaluated(scope, any_unparsed(&keys), missing), keys }
            }
            Self::DistinctShare { keys } => {
                let missing = without_key(&keys, on.nulls)?;
                let evaluated = evaluated(scope, any_unparsed(&keys), missing);
                Metric::Share { evaluated, part: Part::Distinct(keys) }
            }
            Self::Fold { fold, column } => {
                let (evaluated, of) = folded(column, scope, on, "an aggregate")?;
                Metric::Fold { evaluated, fold, of }
            }
            Self::NoneFarOut { column, spread, factor, ends_hold, two_sided } => {
                let tested = [column];
                let rows = Predicate::all([scope, any_unparsed(&tested).negate(), any_null(&tested).negate()]);
                let of = Scalar::column(&tested[0]);
                let range = Measure::Fold(Fold::Range(spread, factor), of.clone(), rows);
                let end = |end| Scalar::Measured(Box::new(range.clone()), end);
                let (below, above) = if ends_hold { (Op::Lt, Op::Gt) } else { (Op::Le, Op::Ge) };
                let low = two_sided.then(|| Predicate::compare(of.clone(), below, end(End::Low)));
                let high = Predicate::compare(of.clone(), above, end(End::High));
                let bad = Predicate::any(low.into_iter().chain([high]));
                return Self::no_row(tested.into(), bad).metric(on, default);
            }
            Self::Statistic { tested, statistic } => {
                if on.nulls.is_some_and(|nulls| nulls != NullRule::Ignore) {
                    return Err(no_nulls_here("a statistic"));
                }
                Metric::Statistic { evaluated: evaluated(scope, any_unparsed(&tested), any_null(&tested)), statistic }
            }
            Self::NoGaps { column, periods } => {
                let (evaluated, of) = folded(column, scope, on, "periods")?;
                Metric::Gaps { evaluated, of, periods }
            }
            Self::Age { column: Some(column) } => {
                let (evaluated, of) = folded(column, scope, on, "the newest value")?;
                Metric::Age { evaluated, of, now: Literal::Relative(Relative::NOW) }
            }
            Self::Age { column: None } => {
                if on.nulls.is_some() {
                    return Err(no_nulls_here("files"));
                }
                Metric::FileAge { dataset: on.dataset.to_owned(), now: Literal::Relative(Relative::NOW) }
            }
            Self::Values { column, wanted } => {
                if on.nulls.is_some_and(|nulls| nulls != NullRule::Ignore) {
                    return Err(no_nulls_here("a set of values"));
                }
                let tested = [column];
                let evaluated = evaluated(scope, any_unparsed(&tested), any_null(&tested));
                let [column] = tested;
                Metric::Values { evaluated, of: Scalar::Column(column), wanted }
            }
            Self::InOrder(order) => {
                if on.nulls.is_some_and(|nulls| nulls != NullRule::Ignore) {
                    return Err(no_nulls_here("an order").help("put `not_null` beside it"));
                }
                let mut tested = Vec::new();
                order.of.columns(&mut |column| tested.push(column.to_owned()));
                order.follow.columns(&mut |column| tested.push(column.to_owned()));
                // Intervals without a value to tell them apart by are told apart from the others.
                let apart = matches!(order.follow, Follow::Apart(_));
                let missing =
                    if apart { any_null(&tested) } else { Predicate::any([any_null(&order.by), any_null(&tested)]) };
                let unparsed = Predicate::any([any_unparsed(&order.by), any_unparsed(&tested)]);
                Metric::Order { evaluated: evaluated(scope, unparsed, missing), order }
            }
            Self::RowCount => Metric::RowCount { evaluated: evaluated(scope, nowhere(), nowhere()) },
            Self::Columns { names, exact, ordered, position } => {
                Metric::Columns(ColumnsExpected { dataset: on.dataset.to_owned(), names, exact, ordered, position })
            }
            Self::NoFindings => Metric::Findings(on.dataset.to_owned()),
            whole @ (Self::SameRows { .. }
            | Self::SameAggregate { .. }
            | Self::SamePairs { .. }
            | Self::ColumnCount
            | Self::Schema { .. }
            | Self::Tables { .. }
            | Self::File { .. }
            | Self::Query(_)
            | Self::Scalar(_)) => whole.of_the_whole(on, evaluated(scope, nowhere(), nowhere()))?,
        })
    }

    /// The metric of a rule about the dataset as a whole, whose rows in scope are these.
    fn of_the_whole(self, on: &Source<'_>, evaluated: Evaluated) -> Result<Metric, Mistake> {
        if on.nulls.is_some() {
            return Err(Mistake::at("nulls", "has no meaning for a rule about the whole"));
        }
        Ok(match self {
            Self::SameRows { others } => {
                let others = others.into_iter().map(|name| {
                    let rows = (on.rows_of)(&name)?;
                    let scope = Predicate::all([Predicate::Malformed.negate(), rows.condition]);
                    let other = Evaluated { dataset: rows.dataset, scope, ..evaluated.clone() };
                    Ok((name, other))
                });
                let others = others.collect::<Result<_, Mistake>>()?;
                Metric::SameRows { evaluated, others }
            }
            Self::SameAggregate { column, aggregate, other, other_column, as_there, tolerance } => {
                let side = |dataset, scope, column: Option<String>| {
                    let column = column.as_slice();
                    Evaluated { dataset, scope, unparsed: any_unparsed(column), missing: any_null(column) }
                };
                let rows = (on.rows_of)(&other)?;
                let scope = Predicate::all([Predicate::Malformed.negate(), rows.condition]);
                Metric::SameAggregate {
                    evaluated: side(evaluated.dataset, evaluated.scope, column),
                    aggregate,
                    name: other,
                    other: side(rows.dataset, scope, other_column),
                    as_there,
                    tolerance,
                }
            }
            Self::SamePairs { key, columns, tolerance, other } => {
                let rows = (on.rows_of)(&other)?;
                let scope = Predicate::all([Predicate::Malformed.negate(), rows.condition]);
                let all: Vec<String> = key.iter().chain(&columns).cloned().collect();
                let there = Evaluated { dataset: rows.dataset, scope, ..evaluated.clone() };
                let pairs = Pairs { key, columns, tolerance, name: other, other: there };
                Metric::Pairs { evaluated: Evaluated { unparsed: any_unparsed(&all), ..evaluated }, pairs }
            }
            Self::ColumnCount => Metric::ColumnCount(on.dataset.to_owned()),
            Self::Schema { names, types, exact, ordered, keys } => {
                let dataset = on.dataset.to_owned();
                let columns = ColumnsExpected { dataset, names, exact, ordered, position: None };
                Metric::Schema(SchemaExpected { columns, types, keys })
            }
            Self::Tables { names, exact } => {
                Metric::Tables(TablesExpected { dataset: on.dataset.to_owned(), names, exact })
            }
            Self::File { exists, modified_today, max_age, min_size, max_size, sha256 } => {
                let dataset = on.dataset.to_owned();
                Metric::File(FileExpected { dataset, exists, modified_today, max_age, min_size, max_size, sha256 })
            }
            Self::Query(query) => Metric::Query { evaluated, query },
            Self::Scalar(query) => Metric::Scalar { dataset: on.dataset.to_owned(), query },
            _ => return Err(Mistake::new("is about rows")),
        })
    }
}

/// The rows of a column that is looked at as a whole, nulls left out, and its values.
fn folded(column: String, scope: Predicate, on: &Source<'_>, what: &str) -> Result<(Evaluated, Scalar), Mistake> {
    if on.nulls.is_some_and(|nulls| nulls != NullRule::Ignore) {
        return Err(Mistake::at("nulls", format!("has no meaning for {what}")));
    }
    let tested = [column];
    let (dataset, unparsed, missing) = (on.dataset.to_owned(), any_unparsed(&tested), any_null(&tested));
    let [column] = tested;
    Ok((Evaluated { dataset, scope, unparsed, missing }, Scalar::Column(column)))
}

fn no_nulls_here(what: &str) -> Mistake {
    Mistake::at("nulls", format!("has no meaning for {what}"))
}

/// The rows that have no key to count.
fn without_key(keys: &[String], nulls: Option<NullRule>) -> Result<Predicate, Mistake> {
    match nulls.unwrap_or(if keys.len() > 1 { NullRule::IgnoreAll } else { NullRule::Ignore }) {
        NullRule::Ignore => Ok(any_null(keys)),
        NullRule::IgnoreAll => Ok(all_null(keys)),
        NullRule::Value => Ok(Predicate::Constant(false)),
        NullRule::Fail | NullRule::Pass | NullRule::Own => Err(no_nulls_here("a count of values")),
    }
}

fn any_null(columns: &[String]) -> Predicate {
    Predicate::any(columns.iter().map(|column| Predicate::is_null(column)))
}

fn all_null(columns: &[String]) -> Predicate {
    Predicate::all(columns.iter().map(|column| Predicate::is_null(column)))
}

fn any_unparsed(columns: &[String]) -> Predicate {
    Predicate::any(columns.iter().map(|column| Predicate::Unparsed(column.clone())))
}
