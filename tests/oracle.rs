//! What rules find in a table, worked out one row at a time with plain loops.
//!
//! It shares the reading of single cells with the program and nothing else: no lowering, no three-valued conditions, no
//! keys, no sums. Slow and obvious.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use chrono::{Datelike, NaiveDate};
use tamiz::ir::{Reading, Type, Value};
use tamiz::outcome::{Outcome, Status};

use crate::laws::COLUMNS;
use crate::table::{Cell, Table};

/// A cell that reads as nothing but text.
pub(crate) const BAD: &str = "!?";

/// A condition in SQL. Columns go by their place.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Compare(usize, Op, &'static str),
    Columns(usize, Op, usize),
    In(usize, Vec<&'static str>, bool),
    Between(usize, &'static str, &'static str),
    IsNull(usize, bool),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A rule, with its common keys.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) what: What,
    pub(crate) condition: Option<Condition>,
    pub(crate) nulls: Option<&'static str>,
    pub(crate) allow: Option<&'static str>,
    /// The column by which rows are grouped.
    pub(crate) by: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    NotNull(usize),
    IsNull(usize),
    Type(usize),
    InSet(usize, Vec<&'static str>, bool),
    Between(usize, &'static str),
    NotBlank,
    Length,
    Unique(Vec<usize>, &'static str),
    Distinct(Vec<usize>),
    ForeignKey(usize),
    ForeignKeys(Vec<usize>),
    Min(usize),
    Max(usize),
    Sum(usize),
    Mean(usize),
    Median(usize),
    Variance(usize),
    Quantile(usize, &'static str, &'static str),
    /// Falling, strict, and the column to sort by.
    InOrder(usize, bool, bool, Option<usize>),
    RowCount,
    Expression(Condition),
    Compare(usize, Op, usize),
    /// Newer or older than an age, which is so long before the run as this day.
    Age(usize, bool, &'static str, &'static str),
    /// No gap of days, weeks or months in a year of days.
    NoGaps(usize, &'static str),
    CompleteRows(Vec<usize>),
    /// Bounds, each strict or not.
    Outside(usize, &'static str, bool, &'static str, bool),
    MultipleOf(usize, &'static str),
    Finite(usize),
    /// `matches` (wanted) or `not_matches` of plain text, any or all of it.
    Contains(bool, Vec<&'static str>, bool),
    /// `like` (wanted) or `not_like`, ignoring case or not.
    Like(bool, &'static str, bool),
    /// `format` (wanted) or `not_format`.
    IsoDate(bool),
    DateFormat,
    Number,
    /// Capitals, or small letters.
    Case(bool),
    /// A document that is a number.
    Conforms,
    EqualColumns(Vec<usize>),
    DistinctWithinRow(Vec<usize>),
    /// The columns to add, and what they add up to: a number or a column.
    SumEquals(Vec<usize>, Result<&'static str, usize>),
    /// `at_least_one` or (not) `at_most_one`.
    Filled(Vec<usize>, bool),
    /// The step, and the column to sort by.
    Sequential(usize, &'static str, Option<usize>),
    /// Start, end and the column that tells intervals apart.
    NoOverlaps(usize, usize, Option<usize>),
    AbsentFrom(usize),
    NullShare(usize),
    DistinctShare(Vec<usize>),
}

/// The days that gaps are looked for in, the last not included.
const YEAR: (&str, &str) = ("2024-02-10", "2025-02-11");

/// The numbers of an outcome.
#[derive(Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) failed: bool,
    pub(crate) evaluated: Option<u64>,
    pub(crate) missing: Option<u64>,
    pub(crate) unparsed: Option<u64>,
    pub(crate) violations: Option<u64>,
    pub(crate) observed: Option<String>,
}

impl Numbers {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        assert!(outcome.error.is_none(), "{outcome:?}");
        let is_quotient = ["mean", "variance"].contains(&outcome.expectation.as_str());
        let observed = outcome.observed.as_ref().and_then(|value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) if is_quotient => Some(mean(&text.parse().unwrap())),
            serde_json::Value::Number(number) if is_quotient => Some(mean(&number.to_string().parse().unwrap())),
            serde_json::Value::String(text) => Some(plain(text)),
            other => Some(plain(&other.to_string())),
        });
        Self {
            failed: outcome.status == Status::Failed,
            evaluated: outcome.evaluated,
            missing: outcome.missing,
            unparsed: outcome.unparsed,
            violations: outcome.violations,
            observed,
        }
    }
}

/// What a cell holds.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    Null,
    Bad,
    Value(Value),
}

/// One row's part in a rule.
enum Part {
    Unparsed,
    Missing,
    Holds,
    Breaks,
}

/// What a rule finds in a table.
pub(crate) fn numbers(data: &Table, parent: &Table, scope: Option<&Condition>, rule: &Rule) -> Numbers {
    let rows: Vec<Vec<Held>> = read(data)
        .into_iter()
        .filter(|row| scope.is_none_or(|scope| scope.holds(row) == Some(true)))
        .filter(|row| rule.condition.as_ref().is_none_or(|condition| condition.holds(row) == Some(true)))
        .collect();
    let parent = read(parent);
    match &rule.what {
        What::Distinct(columns) => whole(&rows, columns, |kept| Some(distinct(kept, columns).to_string())),
        What::DistinctShare(columns) => whole(&rows, columns, |kept| Some(share(distinct(kept, columns), kept.len()))),
        What::NullShare(column) => whole(&rows, &[], |kept| {
            Some(share(kept.iter().filter(|row| matches!(row[*column], Held::Null)).count(), kept.len()))
        }),
        What::RowCount => whole(&rows, &[], |kept| Some(kept.len().to_string())),
        What::Min(column) => whole(&rows, &[*column], |kept| best(kept, *column, Ordering::Less)),
        What::Max(column) => whole(&rows, &[*column], |kept| best(kept, *column, Ordering::Greater)),
        What::Sum(column) => whole(&rows, &[*column], |kept| Some(plain(&sum(kept, *column).to_plain_string()))),
        What::Mean(column) => whole(&rows, &[*column], |kept| {
            if kept.is_empty() {
                return None;
            }
            Some(mean(&(sum(kept, *column) / BigDecimal::from(kept.len() as u64))))
        }),
        What::Variance(column) => whole(&rows, &[*column], |kept| variance(kept, *column)),
        What::Median(column) => whole(&rows, &[*column], |kept| quantile(kept, *column, "0.5", "midpoint")),
        What::Quantile(column, q, how) => whole(&rows, &[*column], |kept| quantile(kept, *column, q, how)),
        What::InOrder(column, falling, strict, by) => in_order(&rows, *column, (*falling, *strict), *by),
        What::Unique(columns, count) => unique(&rows, columns, count),
        What::Sequential(column, step, by) => sequential(&rows, *column, step, *by),
        What::NoOverlaps(start, end, by) => no_overlaps(&rows, *start, *end, *by),
        What::NoGaps(column, every) => gaps(&rows, *column, every),
        _ => counted(rows.iter().map(|row| rule.part(row, &parent))),
    }
}

/// The rows of a table, told apart by what a column holds; a cell that does not read holds nothing.
pub(crate) fn split(data: &Table, by: usize) -> Vec<Table> {
    let mut parts: Vec<(Held, Table)> = Vec::new();
    for (row, held) in data.rows.iter().zip(read(data)) {
        let own = match &held[by] {
            Held::Bad => Held::Null,
            other => other.clone(),
        };
        match parts.iter_mut().find(|(key, _)| same_key(std::slice::from_ref(key), std::slice::from_ref(&own))) {
            Some((_, part)) => part.rows.push(row.clone()),
            None => parts.push((own, Table { rows: vec![row.clone()], ..data.clone() })),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// The numbers of a rule about the whole; the rows that have a value are folded.
fn whole(rows: &[Vec<Held>], columns: &[usize], fold: impl Fn(&[&Vec<Held>]) -> Option<String>) -> Numbers {
    let unparsed = |row: &&Vec<Held>| columns.iter().any(|column| matches!(row[*column], Held::Bad));
    let missing =
        |row: &&Vec<Held>| !columns.is_empty() && columns.iter().all(|column| matches!(row[*column], Held::Null));
    let kept: Vec<&Vec<Held>> = rows.iter().filter(|row| !unparsed(row) && !missing(row)).collect();
    let observed = fold(&kept);
    Numbers {
        // Where there is nothing to measure, nothing holds.
        failed: observed.is_none(),
        evaluated: Some(kept.len() as u64),
        missing: Some(rows.iter().filter(|row| !unparsed(row) && missing(row)).count() as u64),
        unparsed: Some(rows.iter().filter(unparsed).count() as u64),
        violations: None,
        observed,
    }
}

fn unique(rows: &[Vec<Held>], columns: &[usize], count: &str) -> Numbers {
    let kept = whole(rows, columns, |_| None);
    let keys: Vec<Vec<Held>> = rows
        .iter()
        .map(|row| key(row, columns))
        .filter(|key| !key.iter().any(|held| matches!(held, Held::Bad)))
        .filter(|key| !key.iter().all(|held| matches!(held, Held::Null)))
        .collect();
    let times = |key: &Vec<Held>| keys.iter().filter(|other| same_key(other, key)).count();
    let first = |index: usize| !keys[..index].iter().any(|other| same_key(other, &keys[index]));
    let repeated: Vec<usize> = (0..keys.len()).filter(|index| times(&keys[*index]) > 1).collect();
    let violations = match count {
        "rows" => repeated.len(),
        "distinct" => repeated.iter().filter(|index| first(**index)).count(),
        _ => repeated.iter().filter(|index| !first(**index)).count(),
    };
    Numbers { failed: violations > 0, violations: Some(violations as u64), observed: None, ..kept }
}

/// Every period whose days all lie in the year, and those of them that no row falls in.
fn gaps(rows: &[Vec<Held>], column: usize, every: &str) -> Numbers {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let period = |day: NaiveDate| match every {
        "day" => day,
        "week" => day - chrono::TimeDelta::days(i64::from(day.weekday().num_days_from_monday())),
        _ => day.with_day(1).unwrap(),
    };
    let all = |start: NaiveDate| start.iter_days().take_while(|day| period(*day) == start).count();
    let mut days: Vec<(NaiveDate, usize)> = Vec::new();
    for day in day(YEAR.0).iter_days().take_while(|it| *it < day(YEAR.1)) {
        match days.last_mut() {
            Some((start, count)) if *start == period(day) => *count += 1,
            _ => days.push((period(day), 1)),
        }
    }
    let seen: Vec<NaiveDate> = rows
        .iter()
        .filter_map(|row| match &row[column] {
            Held::Value(Value::Date(day)) => Some(period(*day)),
            Held::Value(Value::Timestamp(micros)) => {
                Some(period(chrono::DateTime::from_timestamp_micros(*micros).unwrap().date_naive()))
            }
            _ => None,
        })
        .collect();
    let whole_ones: Vec<NaiveDate> =
        days.into_iter().filter(|(start, count)| *count == all(*start)).map(|(start, _)| start).collect();
    let violations = whole_ones.iter().filter(|start| !seen.contains(start)).count() as u64;
    Numbers {
        failed: violations > 0,
        evaluated: Some(whole_ones.len() as u64),
        violations: Some(violations),
        ..whole(rows, &[column], |_| None)
    }
}

fn counted(parts: impl Iterator<Item = Part>) -> Numbers {
    let (mut evaluated, mut missing, mut unparsed, mut violations) = (0, 0, 0, 0);
    for part in parts {
        match part {
            Part::Unparsed => unparsed += 1,
            Part::Missing => missing += 1,
            Part::Holds => evaluated += 1,
            Part::Breaks => {
                evaluated += 1;
                violations += 1;
            }
        }
    }
    Numbers {
        failed: violations > 0,
        evaluated: Some(evaluated),
        missing: Some(missing),
        unparsed: Some(unparsed),
        violations: Some(violations),
        observed: None,
    }
}

impl Rule {
    #[expect(clippy::too_many_lines, reason = "one arm a kind")]
    pub(crate) fn yaml(&self) -> String {
        let name = |column: &usize| COLUMNS[*column].0;
        let names = |columns: &[usize]| columns.iter().map(name).collect::<Vec<_>>().join(", ");
        let values = |values: &[&str]| values.iter().map(|text| json(text)).collect::<Vec<_>>().join(", ");
        let (kind, mut parameters) = match &self.what {
            What::NotNull(column) => ("not_null", format!("column: {}", name(column))),
            What::IsNull(column) => ("is_null", format!("column: {}", name(column))),
            What::Type(column) => ("type", format!("column: {}, is: {}", name(column), COLUMNS[*column].1)),
            What::InSet(column, members, not) => {
                let kind = if *not { "not_in_set" } else { "in_set" };
                (kind, format!("column: {}, values: [{}]", name(column), values(members)))
            }
            What::Between(column, least) => ("between", format!("column: {}, min: {}", name(column), json(least))),
            What::NotBlank => ("not_blank", "column: s".to_owned()),
            What::Length => ("length", "column: s, max: 1".to_owned()),
            What::Unique(columns, count) if columns.len() == 1 => {
                ("unique", format!("column: {}, count: {count}", names(columns)))
            }
            What::Unique(columns, count) => ("unique", format!("columns: [{}], count: {count}", names(columns))),
            What::Distinct(columns) if columns.len() == 1 => ("distinct_count", format!("column: {}", names(columns))),
            What::Distinct(columns) => ("distinct_count", format!("columns: [{}]", names(columns))),
            What::ForeignKey(column) => ("foreign_key", format!("column: {0}, to: parent.{0}", name(column))),
            What::ForeignKeys(columns) => ("foreign_key", format!("columns: [{}], to: parent", names(columns))),
            What::Min(column) => ("min", format!("column: {}", name(column))),
            What::Max(column) => ("max", format!("column: {}", name(column))),
            What::Sum(column) => ("sum", format!("column: {}", name(column))),
            What::Mean(column) => ("mean", format!("column: {}", name(column))),
            What::Median(column) => ("median", format!("column: {}", name(column))),
            What::Variance(column) => ("variance", format!("column: {}", name(column))),
            What::Quantile(column, q, how) => {
                ("quantile", format!("column: {}, q: {q}, interpolation: {how}", name(column)))
            }
            What::InOrder(column, falling, strict, by) => {
                let by = by.map_or(String::new(), |by| format!(", order_by: {}", name(&by)));
                let kind = if *falling { "decreasing" } else { "increasing" };
                (kind, format!("column: {}, strict: {strict}{by}", name(column)))
            }
            What::RowCount => ("row_count", "min: 0".to_owned()),
            What::Expression(condition) => ("expression", format!("sql: {}", json(&condition.sql()))),
            What::Age(column, newer, age, _) => {
                (if *newer { "newer_than" } else { "older_than" }, format!("column: {}, age: {age}", name(column)))
            }
            What::NoGaps(column, every) => {
                ("no_gaps", format!("column: {}, every: {every}, from: {}, to: {}", name(column), YEAR.0, YEAR.1))
            }
            What::CompleteRows(columns) => ("complete_rows", format!("columns: [{}]", names(columns))),
            What::Outside(column, low, low_strict, high, high_strict) => {
                let strict = |flag: &bool| if *flag { "strict_" } else { "" };
                let bound = |key: &str, flag, value| format!("{}{key}: {}", strict(flag), json(value));
                // The lesser one is the lower one; of one value only that value is inside.
                let values = [literal(*column, low), literal(*column, high)];
                let [low, high] = match order(&values[0], &values[1]) {
                    Some(Ordering::Greater) => [high, low],
                    _ => [low, high],
                };
                let bounds = if equal(&values[0], &values[1]) {
                    format!("equals: {}", json(low))
                } else {
                    format!("{}, {}", bound("min", low_strict, low), bound("max", high_strict, high))
                };
                ("outside", format!("column: {}, {bounds}", name(column)))
            }
            What::MultipleOf(column, unit) => ("multiple_of", format!("column: {}, of: {unit}", name(column))),
            What::Finite(column) => ("finite", format!("column: {}", name(column))),
            What::Contains(wanted, parts, all) => {
                let kind = if *wanted { "matches" } else { "not_matches" };
                let all = if *all { "all" } else { "any" };
                (kind, format!("column: s, pattern: [{}], match: {all}", values(parts)))
            }
            What::Like(wanted, pattern, ignore_case) => {
                let kind = if *wanted { "like" } else { "not_like" };
                (kind, format!("column: s, pattern: {}, ignore_case: {ignore_case}", json(pattern)))
            }
            What::IsoDate(wanted) => {
                (if *wanted { "format" } else { "not_format" }, "column: s, name: iso_date".to_owned())
            }
            What::DateFormat => ("date_format", "column: s, pattern: '%Y-%m-%d'".to_owned()),
            What::Number => ("parseable", "column: s, as: number".to_owned()),
            What::Case(upper) => ("case", format!("column: s, as: {}", if *upper { "upper" } else { "lower" })),
            What::Conforms => ("json_schema", "column: s, schema: {type: number}".to_owned()),
            What::EqualColumns(columns) => ("equal_columns", format!("columns: [{}]", names(columns))),
            What::DistinctWithinRow(columns) => ("distinct_within_row", format!("columns: [{}]", names(columns))),
            What::SumEquals(columns, total) => {
                let total = match total {
                    Ok(number) => json(number),
                    Err(column) => format!("{{column: {}}}", name(column)),
                };
                ("sum_equals", format!("columns: [{}], total: {total}", names(columns)))
            }
            What::Filled(columns, least) => {
                (if *least { "at_least_one" } else { "at_most_one" }, format!("columns: [{}]", names(columns)))
            }
            What::Sequential(column, step, by) => {
                let by = by.map_or(String::new(), |by| format!(", order_by: {}", name(&by)));
                ("sequential", format!("column: {}, step: {step}{by}", name(column)))
            }
            What::NoOverlaps(start, end, by) => {
                let by = by.map_or(String::new(), |by| format!(", by: {}", name(&by)));
                ("no_overlaps", format!("start: {}, end: {}{by}", name(start), name(end)))
            }
            What::AbsentFrom(column) => ("absent_from", format!("column: {0}, to: parent.{0}", name(column))),
            What::NullShare(column) => ("null_share", format!("column: {}", name(column))),
            What::DistinctShare(columns) if columns.len() == 1 => {
                ("distinct_share", format!("column: {}", names(columns)))
            }
            What::DistinctShare(columns) => ("distinct_share", format!("columns: [{}]", names(columns))),
            What::Compare(left, op, right) => {
                ("compare", format!("left: {}, op: \"{}\", right: {}", name(left), op.sign(), name(right)))
            }
        };
        for (key, value) in [
            ("where", self.condition.as_ref().map(|condition| json(&condition.sql()))),
            ("nulls", self.nulls.map(str::to_owned)),
            ("allow", self.allow.map(str::to_owned)),
            ("group_by", self.by.map(|by| COLUMNS[by].0.to_owned())),
        ] {
            if let Some(value) = value {
                parameters += &format!(", {key}: {value}");
            }
        }
        format!("{kind}: {{{parameters}}}")
    }

    /// What a row is to a rule about rows.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of rule")]
    fn part(&self, row: &[Held], parent: &[Vec<Held>]) -> Part {
        let breaks = |flag: bool| if flag { Part::Breaks } else { Part::Holds };
        // One tested column: unparsed, null by `nulls`, else the test of its value.
        let value = |column: usize, test: &dyn Fn(&Value) -> bool| match (&row[column], self.nulls) {
            (Held::Bad, _) => Part::Unparsed,
            (Held::Null, None) => Part::Missing,
            (Held::Null, Some(nulls)) => breaks(nulls == "fail"),
            (Held::Value(value), _) => breaks(!test(value)),
        };
        match &self.what {
            What::NotNull(column) => breaks(matches!(row[*column], Held::Null)),
            What::IsNull(column) => match &row[*column] {
                Held::Bad => Part::Unparsed,
                held => breaks(!matches!(held, Held::Null)),
            },
            What::Type(column) => match &row[*column] {
                Held::Null => Part::Missing,
                Held::Bad => Part::Breaks,
                Held::Value(_) => Part::Holds,
            },
            What::InSet(column, members, not) => value(*column, &|value| {
                members.iter().any(|it| order(value, &literal(*column, it)) == Some(Ordering::Equal)) != *not
            }),
            What::Between(column, least) => {
                value(*column, &|value| order(value, &literal(*column, least)).is_some_and(Ordering::is_ge))
            }
            What::NotBlank => match &row[4] {
                Held::Value(Value::Text(text)) => breaks(text.trim().is_empty()),
                _ => Part::Breaks,
            },
            What::Length => value(4, &|value| matches!(value, Value::Text(text) if text.chars().count() <= 1)),
            What::Age(column, newer, _, limit) => value(*column, &|value| {
                let wanted = if *newer { Ordering::Greater } else { Ordering::Less };
                order(value, &literal(*column, &format!("{limit}{}", if *column == 7 { "T00:00:00Z" } else { "" })))
                    == Some(wanted)
            }),
            What::ForeignKey(column) => value(*column, &|value| {
                parent.iter().any(|row| matches!(&row[*column], Held::Value(other) if equal(value, other)))
            }),
            What::ForeignKeys(columns) => {
                let own = key(row, columns);
                if own.iter().any(|held| matches!(held, Held::Bad)) {
                    return Part::Unparsed;
                }
                let null_is_value = self.nulls == Some("value");
                if !null_is_value && own.iter().any(|held| matches!(held, Held::Null)) {
                    return match self.nulls {
                        None => Part::Missing,
                        Some(nulls) => breaks(nulls == "fail"),
                    };
                }
                breaks(!parent.iter().any(|row| {
                    own.iter().zip(key(row, columns)).all(|pair| match pair {
                        (Held::Value(a), Held::Value(b)) => equal(a, &b),
                        (Held::Null, Held::Null) => null_is_value,
                        _ => false,
                    })
                }))
            }
            What::Expression(condition) => {
                if condition.columns().iter().any(|column| matches!(row[*column], Held::Bad)) {
                    return Part::Unparsed;
                }
                match (condition.holds(row), self.nulls) {
                    (Some(flag), _) => breaks(!flag),
                    (None, None) => Part::Missing,
                    (None, Some(nulls)) => breaks(nulls == "fail"),
                }
            }
            What::Compare(left, op, right) => match (&row[*left], &row[*right]) {
                (Held::Bad, _) | (_, Held::Bad) => Part::Unparsed,
                (Held::Value(a), Held::Value(b)) => breaks(!order(a, b).is_some_and(|order| op.allows(order))),
                (Held::Null, Held::Null) if self.nulls.is_none() => Part::Missing,
                _ => breaks(self.nulls != Some("pass")),
            },
            What::CompleteRows(columns) => breaks(columns.iter().any(|column| matches!(row[*column], Held::Null))),
            What::Outside(column, one, one_strict, other, other_strict) => value(*column, &|value| {
                let bounds = [literal(*column, one), literal(*column, other)];
                if equal(&bounds[0], &bounds[1]) {
                    return !equal(value, &bounds[0]);
                }
                let swapped = order(&bounds[0], &bounds[1]) == Some(Ordering::Greater);
                let [low, high] = if swapped { [&bounds[1], &bounds[0]] } else { [&bounds[0], &bounds[1]] };
                let (from_low, from_high) = (order(value, low).unwrap(), order(value, high).unwrap());
                let above = if *one_strict { from_low.is_gt() } else { from_low.is_ge() };
                let below = if *other_strict { from_high.is_lt() } else { from_high.is_le() };
                !(above && below)
            }),
            What::MultipleOf(column, unit) => value(*column, &|value| match value {
                Value::Float(number) if number.is_infinite() => false,
                value => {
                    let spelled: BigDecimal = value.to_string().parse().unwrap();
                    // A quotient is rounded to a hundred digits; a remainder is exact.
                    bigdecimal::Zero::is_zero(&(spelled % unit.parse::<BigDecimal>().unwrap()))
                }
            }),
            What::Finite(column) => {
                value(*column, &|value| !matches!(value, Value::Float(number) if number.is_infinite()))
            }
            What::Contains(wanted, parts, all) => value(4, &|value| {
                let fits = |part: &&str| matches!(value, Value::Text(text) if text.contains(*part));
                (if *all { parts.iter().all(fits) } else { parts.iter().any(fits) }) == *wanted
            }),
            What::Like(wanted, pattern, ignore_case) => value(4, &|value| {
                let Value::Text(text) = value else { return false };
                let letters = |text: &str| {
                    let text = if *ignore_case { text.to_lowercase() } else { text.to_owned() };
                    text.chars().collect::<Vec<_>>()
                };
                like(&letters(text), &letters(pattern)) == *wanted
            }),
            What::IsoDate(wanted) => {
                value(4, &|value| matches!(value, Value::Text(text) if text == "2024-02-29") == *wanted)
            }
            What::DateFormat => value(4, &|value| matches!(value, Value::Text(text) if text == "2024-02-29")),
            What::Number | What::Conforms => value(4, &|value| matches!(value, Value::Text(text) if text == "1")),
            What::Case(upper) => value(4, &|value| {
                let Value::Text(text) = value else { return false };
                if *upper { text.to_uppercase() == *text } else { text.to_lowercase() == *text }
            }),
            What::EqualColumns(columns) => {
                let held = key(row, columns);
                let null = |held: &Held| matches!(held, Held::Null);
                if held.iter().any(|held| matches!(held, Held::Bad)) {
                    Part::Unparsed
                } else if held.iter().all(null) && self.nulls.is_none() {
                    Part::Missing
                } else if held.iter().any(null) {
                    breaks(self.nulls != Some("pass"))
                } else {
                    breaks(!held.iter().all(|other| same_key(&held[..1], std::slice::from_ref(other))))
                }
            }
            What::DistinctWithinRow(columns) => self.together(row, columns, true, &|held| {
                (1..held.len()).all(|place| {
                    held[..place]
                        .iter()
                        .all(|other| !same_key(std::slice::from_ref(other), std::slice::from_ref(&held[place])))
                })
            }),
            What::SumEquals(columns, total) => {
                let tested: Vec<usize> = columns.iter().copied().chain(total.err()).collect();
                self.together(row, &tested, false, &|held| adds_up(held, columns.len(), total.ok()))
            }
            What::Filled(columns, least) => {
                let filled = columns.iter().filter(|column| !matches!(row[**column], Held::Null)).count();
                breaks(if *least { filled == 0 } else { filled > 1 })
            }
            What::AbsentFrom(column) => value(*column, &|value| {
                !parent.iter().any(|row| matches!(&row[*column], Held::Value(other) if equal(value, other)))
            }),
            What::Unique(..)
            | What::Sequential(..)
            | What::NoOverlaps(..)
            | What::Distinct(_)
            | What::DistinctShare(_)
            | What::NullShare(_)
            | What::Min(_)
            | What::Max(_)
            | What::Sum(_)
            | What::Mean(_)
            | What::NoGaps(..)
            | What::Median(_)
            | What::Variance(_)
            | What::Quantile(..)
            | What::InOrder(..)
            | What::RowCount => {
                unreachable!("about the whole")
            }
        }
    }
}

impl Rule {
    /// What a row is to a rule about several columns together: left out if all are null, and where null is no value to the
    /// test, broken by one.
    fn together(&self, row: &[Held], columns: &[usize], null_is_value: bool, test: &dyn Fn(&[Held]) -> bool) -> Part {
        let held = key(row, columns);
        let null = |held: &Held| matches!(held, Held::Null);
        let breaks = |flag: bool| if flag { Part::Breaks } else { Part::Holds };
        if held.iter().any(|held| matches!(held, Held::Bad)) {
            return Part::Unparsed;
        }
        match self.nulls {
            None if held.iter().all(null) => Part::Missing,
            None if null_is_value => breaks(!test(&held)),
            Some("pass") if held.iter().any(null) => Part::Holds,
            _ if held.iter().any(null) => Part::Breaks,
            _ => breaks(!test(&held)),
        }
    }
}

impl What {
    /// Whether `nulls: fail` and `nulls: pass` say something here.
    pub(crate) fn takes_nulls(&self) -> bool {
        matches!(
            self,
            Self::InSet(..)
                | Self::Between(..)
                | Self::Length
                | Self::ForeignKey(_)
                | Self::ForeignKeys(_)
                | Self::Expression(_)
                | Self::Compare(..)
                | Self::Age(..)
                | Self::Outside(..)
                | Self::MultipleOf(..)
                | Self::Finite(_)
                | Self::Contains(..)
                | Self::Like(..)
                | Self::IsoDate(_)
                | Self::DateFormat
                | Self::Number
                | Self::Case(_)
                | Self::Conforms
                | Self::EqualColumns(_)
                | Self::DistinctWithinRow(_)
                | Self::SumEquals(..)
        )
    }
}

impl Op {
    fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }
}

impl Condition {
    /// The same, or for a type without an order, one that asks for none.
    pub(crate) fn legal(self) -> Self {
        let unordered = |column: usize| COLUMNS[column].1 == Type::Boolean;
        match self {
            Self::Compare(column, Op::Lt | Op::Le | Op::Gt | Op::Ge, value) if unordered(column) => {
                Self::Compare(column, Op::Ne, value)
            }
            Self::Between(column, low, high) if unordered(column) => Self::In(column, vec![low, high], false),
            other => other,
        }
    }

    pub(crate) fn sql(&self) -> String {
        let name = |column: &usize| COLUMNS[*column].0;
        let list = |parts: &[Self], word: &str| {
            parts.iter().map(|part| format!("({})", part.sql())).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Compare(column, op, value) => format!("{} {} {}", name(column), op.sign(), sql(*column, value)),
            Self::Columns(left, op, right) => format!("{} {} {}", name(left), op.sign(), name(right)),
            Self::In(column, values, not) => {
                let values = values.iter().map(|value| sql(*column, value)).collect::<Vec<_>>().join(", ");
                format!("{} {}IN ({values})", name(column), if *not { "NOT " } else { "" })
            }
            Self::Between(column, low, high) => {
                format!("{} BETWEEN {} AND {}", name(column), sql(*column, low), sql(*column, high))
            }
            Self::IsNull(column, not) => format!("{} IS {}NULL", name(column), if *not { "NOT " } else { "" }),
            Self::Not(inner) => format!("NOT ({})", inner.sql()),
            Self::And(parts) => list(parts, " AND "),
            Self::Or(parts) => list(parts, " OR "),
        }
    }

    fn columns(&self) -> Vec<usize> {
        match self {
            Self::Compare(column, ..) | Self::In(column, ..) | Self::Between(column, ..) | Self::IsNull(column, _) => {
                vec![*column]
            }
            Self::Columns(left, _, right) => vec![*left, *right],
            Self::Not(inner) => inner.columns(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::columns).collect(),
        }
    }

    /// Whether it is true of a row; `None` is unknown.
    fn holds(&self, row: &[Held]) -> Option<bool> {
        let value = |column: usize| match &row[column] {
            Held::Value(value) => Some(value),
            Held::Null | Held::Bad => None,
        };
        match self {
            Self::Compare(column, op, literal) => {
                let value = value(*column)?;
                order(value, &self::literal(*column, literal)).map(|order| op.allows(order))
            }
            Self::Columns(left, op, right) => order(value(*left)?, value(*right)?).map(|order| op.allows(order)),
            Self::In(column, values, not) => {
                let value = value(*column)?;
                Some(values.iter().any(|it| equal(value, &literal(*column, it))) != *not)
            }
            Self::Between(column, low, high) => {
                let value = value(*column)?;
                let [low, high] = [low, high].map(|it| order(value, &literal(*column, it)).unwrap());
                Some(low.is_ge() && high.is_le())
            }
            Self::IsNull(column, not) => Some(value(*column).is_none() != *not),
            Self::Not(inner) => inner.holds(row).map(|flag| !flag),
            Self::And(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| part.holds(row)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Self::Or(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| part.holds(row)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else if parts.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }
}

pub(crate) fn read(table: &Table) -> Vec<Vec<Held>> {
    let cell = |(place, cell): (usize, &Cell)| match cell {
        Cell::Null => Held::Null,
        Cell::Text(text) => match Reading::plain(COLUMNS[place].1).read(text) {
            Some(Value::Null) => Held::Null,
            Some(value) => Held::Value(value),
            None => Held::Bad,
        },
    };
    table.rows.iter().map(|row| row.iter().enumerate().map(cell).collect()).collect()
}

/// A literal has the type of its column.
fn literal(column: usize, text: &str) -> Value {
    Reading::plain(COLUMNS[column].1).read(text).unwrap()
}

/// A literal of SQL.
fn sql(column: usize, text: &str) -> String {
    match COLUMNS[column].1 {
        Type::Integer | Type::Decimal => text.trim_start_matches('+').to_owned(),
        Type::Float if text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') => text.to_owned(),
        Type::Boolean => text.to_uppercase(),
        Type::Date => format!("DATE '{text}'"),
        Type::Timestamp => format!("TIMESTAMP '{text}'"),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The order of two values by what they mean.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    let infinite = |value: &Value| match value {
        Value::Float(number) if number.is_infinite() => Some(if *number > 0.0 { 1 } else { -1 }),
        _ => None,
    };
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.chars().cmp(b.chars())),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        _ => match (infinite(a), infinite(b)) {
            (None, None) => Some(a.exact()?.cmp(&b.exact()?)),
            (a, b) => Some(a.unwrap_or(0).cmp(&b.unwrap_or(0))),
        },
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    order(a, b) == Some(Ordering::Equal)
}

pub(crate) fn key(row: &[Held], columns: &[usize]) -> Vec<Held> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

/// Null equals null inside a key.
pub(crate) fn same_key(a: &[Held], b: &[Held]) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Held::Value(a), Held::Value(b)) => equal(a, b),
        (Held::Null, Held::Null) => true,
        _ => false,
    })
}

/// How many keys differ from all before them.
fn distinct(rows: &[&Vec<Held>], columns: &[usize]) -> usize {
    let keys: Vec<Vec<Held>> = rows.iter().map(|row| key(row, columns)).collect();
    (0..keys.len()).filter(|index| !keys[..*index].iter().any(|other| same_key(other, &keys[*index]))).count()
}

/// A part of a whole to six decimals; of nothing it is 0.
fn share(part: usize, whole: usize) -> String {
    let share = BigDecimal::from(part as u64) / BigDecimal::from(whole.max(1) as u64);
    plain(&share.with_scale_round(6, bigdecimal::RoundingMode::HalfUp).to_plain_string())
}

/// Whether a text is like a pattern of `%` and `_`.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [letter, rest @ ..] => text.first() == Some(letter) && like(&text[1..], rest),
    }
}

fn best(rows: &[&Vec<Held>], column: usize, wanted: Ordering) -> Option<String> {
    let mut best: Option<&Value> = None;
    for row in rows {
        if let Held::Value(value) = &row[column]
            && best.is_none_or(|best| order(value, best) == Some(wanted))
        {
            best = Some(value);
        }
    }
    best.map(|value| plain(&value.to_string()))
}

fn sum(rows: &[&Vec<Held>], column: usize) -> BigDecimal {
    let mut sum = BigDecimal::from(0);
    for row in rows {
        if let Held::Value(value) = &row[column] {
            sum += value.exact().unwrap();
        }
    }
    sum
}

fn exact(rows: &[&Vec<Held>], column: usize) -> Vec<BigDecimal> {
    let number = |row: &&Vec<Held>| if let Held::Value(value) = &row[column] { value.exact() } else { None };
    rows.iter().filter_map(number).collect()
}

/// The mean of the squared distances from the mean, over one less.
fn variance(rows: &[&Vec<Held>], column: usize) -> Option<String> {
    let numbers = exact(rows, column);
    if numbers.len() < 2 {
        return None;
    }
    let centre = sum(rows, column) / BigDecimal::from(numbers.len() as u64);
    let squares: BigDecimal = numbers.iter().map(|number| (number - &centre) * (number - &centre)).sum();
    Some(mean(&(squares / BigDecimal::from(numbers.len() as u64 - 1))))
}

fn quantile(rows: &[&Vec<Held>], column: usize, q: &str, how: &str) -> Option<String> {
    let mut values: Vec<&Value> =
        rows.iter().filter_map(|row| if let Held::Value(value) = &row[column] { Some(value) } else { None }).collect();
    values.sort_by(|a, b| order(a, b).unwrap());
    let last = values.len().checked_sub(1)?;
    // A quarter of a place is the least that the quantiles asked for need.
    let quarter = ["0", "0.25", "0.5", "0.75", "1"].iter().position(|known| *known == q).unwrap();
    let quarters = last * quarter;
    let (place, rest) = (quarters / 4, quarters % 4);
    let up = match (how, rest) {
        (_, 0) | ("lower", _) | ("nearest", 1) => false,
        ("nearest", 2) => place % 2 == 1,
        ("nearest" | "higher", _) => true,
        _ => {
            let (low, high) = (values[place].exact()?, values[place + 1].exact()?);
            let on: BigDecimal =
                if how == "midpoint" { "0.5".parse().unwrap() } else { BigDecimal::from(rest as u64) / 4 };
            return Some(plain(&(&low + (high - &low) * on).to_plain_string()));
        }
    };
    Some(plain(&values[place + usize::from(up)].to_string()))
}

fn in_order(rows: &[Vec<Held>], column: usize, (falling, strict): (bool, bool), by: Option<usize>) -> Numbers {
    let (numbers, kept) = sequence(rows, column, by);
    let breaks = |pair: &&[Vec<Value>]| match order(&pair[1][0], &pair[0][0]).unwrap() {
        Ordering::Equal => strict,
        Ordering::Less => !falling,
        Ordering::Greater => falling,
    };
    let violations = kept.windows(2).filter(breaks).count() as u64;
    Numbers { failed: violations > 0, violations: Some(violations), ..numbers }
}

/// The values of a column in the order of the rows or of another column, with its key, and how many rows have none.
fn sequence(rows: &[Vec<Held>], column: usize, by: Option<usize>) -> (Numbers, Vec<Vec<Value>>) {
    let held = |row: &Vec<Held>| [Some(column), by].into_iter().flatten().map(|it| row[it].clone()).collect::<Vec<_>>();
    let (mut unparsed, mut missing, mut kept) = (0, 0, Vec::new());
    for row in rows.iter().map(held) {
        if row.iter().any(|cell| matches!(cell, Held::Bad)) {
            unparsed += 1;
        } else if row.iter().any(|cell| matches!(cell, Held::Null)) {
            missing += 1;
        } else {
            kept.push(
                row.into_iter()
                    .filter_map(|cell| if let Held::Value(value) = cell { Some(value) } else { None })
                    .collect::<Vec<Value>>(),
            );
        }
    }
    if by.is_some() {
        kept.sort_by(|a, b| order(&a[1], &b[1]).unwrap());
    }
    let numbers = Numbers {
        failed: false,
        evaluated: Some(kept.len() as u64),
        missing: Some(missing),
        unparsed: Some(unparsed),
        violations: Some(0),
        observed: None,
    };
    (numbers, kept)
}

/// Rows whose value is no step after that of the row before.
fn sequential(rows: &[Vec<Held>], column: usize, step: &str, by: Option<usize>) -> Numbers {
    let (numbers, kept) = sequence(rows, column, by);
    let follows = |last: &Value, value: &Value| match (last, value) {
        (Value::Date(last), Value::Date(value)) => *value == *last + chrono::TimeDelta::days(1),
        (Value::Timestamp(last), Value::Timestamp(value)) => value - last == 3_600_000_000,
        _ => value.exact().unwrap() - last.exact().unwrap() == step.parse::<BigDecimal>().unwrap(),
    };
    let violations = kept.windows(2).filter(|pair| !follows(&pair[0][0], &pair[1][0])).count() as u64;
    Numbers { failed: violations > 0, violations: Some(violations), ..numbers }
}

/// Rows that end before they start, or share a moment with another one.
fn no_overlaps(rows: &[Vec<Held>], start: usize, end: usize, by: Option<usize>) -> Numbers {
    let tested: Vec<usize> = [start, end].into_iter().chain(by).collect();
    let unparsed = |row: &&Vec<Held>| tested.iter().any(|column| matches!(row[*column], Held::Bad));
    let missing = |row: &&Vec<Held>| [start, end].iter().any(|column| matches!(row[*column], Held::Null));
    let kept: Vec<&Vec<Held>> = rows.iter().filter(|row| !unparsed(row) && !missing(row)).collect();
    let at = |row: &Vec<Held>, column: usize| match &row[column] {
        Held::Value(value) => value.exact().unwrap(),
        _ => unreachable!(),
    };
    let meets = |one: &Vec<Held>, other: &Vec<Held>| {
        let latest_start = at(one, start).max(at(other, start));
        latest_start < at(one, end).min(at(other, end)) && by.is_none_or(|by| same_key(&one[by..=by], &other[by..=by]))
    };
    let breaks = |place: usize| {
        let row = kept[place];
        at(row, end) < at(row, start)
            || kept.iter().enumerate().any(|(other, found)| other != place && meets(row, found))
    };
    let violations = (0..kept.len()).filter(|place| breaks(*place)).count() as u64;
    Numbers {
        failed: violations > 0,
        evaluated: Some(kept.len() as u64),
        missing: Some(rows.iter().filter(|row| !unparsed(row) && missing(row)).count() as u64),
        unparsed: Some(rows.iter().filter(unparsed).count() as u64),
        violations: Some(violations),
        observed: None,
    }
}

/// Whether the first values add up to a number, or to the last value.
fn adds_up(held: &[Held], count: usize, total: Option<&str>) -> bool {
    let values: Vec<&Value> =
        held.iter().filter_map(|held| if let Held::Value(value) = held { Some(value) } else { None }).collect();
    let (parts, rest) = values.split_at(count);
    if parts.iter().any(|part| matches!(part, Value::Float(_))) {
        let sum = parts.iter().map(|part| part.to_f64().unwrap()).reduce(|sum, part| sum + part).unwrap();
        return match (total, rest) {
            (Some(total), _) => sum.total_cmp(&total.parse().unwrap()).is_eq(),
            (None, [total, ..]) => equal(&Value::Float(sum), total),
            _ => unreachable!(),
        };
    }
    let sum: BigDecimal = parts.iter().map(|part| part.exact().unwrap()).sum();
    match (total, rest) {
        (Some(total), _) => sum == total.parse::<BigDecimal>().unwrap(),
        (None, [total, ..]) => equal(&Value::Decimal(sum), total),
        _ => unreachable!(),
    }
}

/// A mean, to as many decimals as two ways of dividing agree on.
fn mean(number: &BigDecimal) -> String {
    plain(&number.with_scale_round(15, bigdecimal::RoundingMode::HalfEven).to_plain_string())
}

/// A number without zeros that do not count; other text as it is.
fn plain(text: &str) -> String {
    match text.parse::<BigDecimal>() {
        Ok(number) => number.normalized().to_plain_string(),
        Err(_) => text.to_owned(),
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
