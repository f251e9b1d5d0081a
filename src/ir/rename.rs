//! Columns exchanged for others, or for what they are computed from, wherever a metric names its own dataset's columns.

use crate::ir::{ColumnsExpected, End, Evaluated, Follow, Measure, Metric, Order, Part, Predicate, Scalar};

impl Metric {
    /// The same metric about another column. The columns of a parent are not touched.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        let evaluated = |evaluated: &Evaluated| evaluated.renamed(from, to);
        let keys = |keys: &[String]| keys.iter().map(|key| name(key, from, to)).collect();
        match self {
            Self::Rows { evaluated: rows, bad } => {
                Self::Rows { evaluated: evaluated(rows), bad: bad.renamed(from, to) }
            }
            Self::Repeats { evaluated: rows, keys: own, among, count } => Self::Repeats {
                evaluated: evaluated(rows),
                keys: keys(own),
                among: among.renamed(from, to),
                count: *count,
            },
            Self::SameAggregate { evaluated: rows, aggregate, name, other, as_there, tolerance } => {
                Self::SameAggregate {
                    evaluated: evaluated(rows),
                    aggregate: aggregate.renamed(from, to),
                    name: name.clone(),
                    other: other.clone(),
                    as_there: as_there.clone(),
                    tolerance: tolerance.clone(),
                }
            }
            Self::Distinct { evaluated: rows, keys: own } => {
                Self::Distinct { evaluated: evaluated(rows), keys: keys(own) }
            }
            Self::Orphans { evaluated: rows, keys: own, among, parent } => Self::Orphans {
                evaluated: evaluated(rows),
                keys: keys(own),
                among: among.renamed(from, to),
                parent: parent.clone(),
            },
            Self::Fold { evaluated: rows, fold, of } => {
                Self::Fold { evaluated: evaluated(rows), fold: fold.clone(), of: of.renamed(from, to) }
            }
            Self::Statistic { evaluated: rows, statistic } => {
                Self::Statistic { evaluated: evaluated(rows), statistic: statistic.renamed(from, to) }
            }
            Self::Values { evaluated: rows, of, wanted } => {
                Self::Values { evaluated: evaluated(rows), of: of.renamed(from, to), wanted: wanted.clone() }
            }
            Self::Gaps { evaluated: rows, of, periods } => {
                Self::Gaps { evaluated: evaluated(rows), of: of.renamed(from, to), periods: periods.clone() }
            }
            Self::Age { evaluated: rows, of, now } => {
                Self::Age { evaluated: evaluated(rows), of: of.renamed(from, to), now: now.clone() }
            }
            Self::Order { evaluated: rows, order } => Self::Order {
                evaluated: evaluated(rows),
                order: Order {
                    of: order.of.renamed(from, to),
                    follow: order.follow.renamed(from, to),
                    by: keys(&order.by),
                },
            },
            Self::Share { evaluated: rows, part } => {
                let part = match part {
                    Part::Rows(condition) => Part::Rows(condition.renamed(from, to)),
                    Part::Distinct(own) => Part::Distinct(keys(own)),
                };
                Self::Share { evaluated: evaluated(rows), part }
            }
            Self::RowCount { evaluated: rows } => Self::RowCount { evaluated: evaluated(rows) },
            Self::Columns(expected) => {
                Self::Columns(ColumnsExpected { names: keys(&expected.names), ..expected.clone() })
            }
            // What is about the table as a whole names no column that a pattern stands for.
            Self::Findings(_)
            | Self::Duplicates { .. }
            | Self::Pairs { .. }
            | Self::SameRows { .. }
            | Self::ColumnCount(_)
            | Self::Schema(_)
            | Self::Tables(_)
            | Self::File(_)
            | Self::FileAge { .. }
            | Self::Query { .. }
            | Self::Scalar { .. } => self.clone(),
        }
    }
}

impl Follow {
    fn renamed(&self, from: &str, to: &str) -> Self {
        match self {
            Self::Rising { .. } | Self::Falling { .. } => self.clone(),
            Self::Step(next) => Self::Step(next.renamed(from, to)),
            Self::Apart(end) => Self::Apart(end.renamed(from, to)),
        }
    }
}

impl Evaluated {
    fn renamed(&self, from: &str, to: &str) -> Self {
        Self {
            dataset: self.dataset.clone(),
            scope: self.scope.renamed(from, to),
            unparsed: self.unparsed.renamed(from, to),
            missing: self.missing.renamed(from, to),
        }
    }
}

impl Predicate {
    /// The same condition about another column.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        self.mapped(&|column| Scalar::Column(name(column, from, to)))
    }

    /// The same condition with each column exchanged for something else; what is said of the cells of a column, not of
    /// its values, follows it to another column only.
    #[must_use]
    pub fn mapped(&self, map: &dyn Fn(&str) -> Scalar) -> Self {
        self.exchanged(&Exchange { column: map, measured: &|measure, end| over(measure, end, map) })
    }

    /// The same condition with each number of an earlier round exchanged for something else.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(&Measure, End) -> Scalar) -> Self {
        self.exchanged(&Exchange { column: &Scalar::column, measured: fill })
    }

    fn exchanged(&self, with: &Exchange<'_>) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.exchanged(with)).collect();
        match self {
            Self::Constant(_) | Self::Malformed => self.clone(),
            Self::Unparsed(column) => match (with.column)(column) {
                Scalar::Column(column) => Self::Unparsed(column),
                _ => self.clone(),
            },
            Self::IsNull(of) => Self::IsNull(of.exchanged(with)),
            Self::OfType(of, types) => Self::OfType(of.exchanged(with), types.clone()),
            Self::Compare(left, op, right) => Self::Compare(left.exchanged(with), *op, right.exchanged(with)),
            Self::In(of, list) => Self::In(of.exchanged(with), list.clone()),
            Self::Matches(of, regex) => Self::Matches(of.exchanged(with), regex.clone()),
            Self::Like(of, like) => Self::Like(of.exchanged(with), like.clone()),
            Self::Test(test, of) => Self::Test(test.clone(), of.exchanged(with)),
            Self::Leads(asset, of) => Self::Leads(asset.clone(), of.exchanged(with)),
            Self::Parses(what, of) => Self::Parses(what.clone(), of.exchanged(with)),
            Self::Multiple(of, number) => Self::Multiple(of.exchanged(with), number.clone()),
            Self::Holds(of) => Self::Holds(of.exchanged(with)),
            Self::Unknown(inner) => Self::Unknown(Box::new(inner.exchanged(with))),
            Self::Not(inner) => Self::Not(Box::new(inner.exchanged(with))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
        }
    }
}

impl Scalar {
    /// The same expression about another column.
    #[must_use]
    pub fn renamed(&self, from: &str, to: &str) -> Self {
        self.mapped(&|column| Self::Column(name(column, from, to)))
    }

    /// The same expression with each column exchanged for something else.
    #[must_use]
    pub fn mapped(&self, map: &dyn Fn(&str) -> Self) -> Self {
        self.exchanged(&Exchange { column: map, measured: &|measure, end| over(measure, end, map) })
    }

    fn exchanged(&self, with: &Exchange<'_>) -> Self {
        let boxed = |inner: &Self| Box::new(inner.exchanged(with));
        match self {
            Self::Column(column) => (with.column)(column),
            Self::Literal(_) => self.clone(),
            Self::Arithmetic(left, sign, right) => Self::Arithmetic(boxed(left), *sign, boxed(right)),
            Self::Case(branches, otherwise) => {
                let branches =
                    branches.iter().map(|(condition, then)| (condition.exchanged(with), then.exchanged(with)));
                Self::Case(branches.collect(), boxed(otherwise))
            }
            Self::Cast(of, kind) => Self::Cast(boxed(of), *kind),
            Self::Call(function, arguments) => {
                Self::Call(*function, arguments.iter().map(|argument| argument.exchanged(with)).collect())
            }
            Self::Condition(inner) => Self::Condition(Box::new(inner.exchanged(with))),
            Self::Measured(measure, end) => (with.measured)(measure, *end),
        }
    }
}

/// What the leaves of a condition are exchanged for.
struct Exchange<'a> {
    column: &'a dyn Fn(&str) -> Scalar,
    measured: &'a dyn Fn(&Measure, End) -> Scalar,
}

/// A number of an earlier round over other columns.
fn over(measure: &Measure, end: End, map: &dyn Fn(&str) -> Scalar) -> Scalar {
    let measure = match measure {
        Measure::Fold(fold, of, rows) => Measure::Fold(fold.clone(), of.mapped(map), rows.mapped(map)),
        other => other.clone(),
    };
    Scalar::Measured(Box::new(measure), end)
}

fn name(name: &str, from: &str, to: &str) -> String {
    if name == from { to.to_owned() } else { name.to_owned() }
}
