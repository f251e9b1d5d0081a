//! Rules as the lints look at them: which rows they are about, what breaks them, and what they tolerate.

use crate::expectation::BoundsKind;
use crate::ir::function::Function;
use crate::ir::predicate::Piece;
use crate::ir::value::Reading;
use crate::ir::{Bounds, Fold, Interpolation, Limit, Metric, Part, Predicate, Scalar, Severity, Type, bind};
use crate::suite::lint::truth::{Axis, Truth};
use crate::suite::lint::values::{Line, Values};
use crate::suite::{OnEmpty, Rule, Suite, SuiteDataset, variables};

/// A rule, and the rows that it evaluates.
pub(super) struct Subject<'a> {
    pub(super) rule: &'a Rule,
    /// Its dataset.
    dataset: &'a SuiteDataset,
    /// The timezone of the suite, and what else binding asks for.
    suite: &'a Suite,
    /// What must all be true of a row that it evaluates.
    pub(super) rows: Vec<Predicate>,
    /// Those of them that mean the same in every run.
    settled: Vec<Predicate>,
}

/// A row rule along an axis.
pub(super) struct View {
    pub(super) axis: Axis,
    /// What the cell may hold in a row that is evaluated.
    pub(super) evaluated: Values,
    /// What it holds in a row that breaks the rule.
    pub(super) bad: Truth,
}

impl<'a> Subject<'a> {
    pub(super) fn new(suite: &'a Suite, rule: &'a Rule) -> Option<Self> {
        let dataset = suite.dataset(&rule.dataset)?;
        let rows = rule.metric.evaluated().map(|evaluated| parts(evaluated.rows())).unwrap_or_default();
        let varying = if varies(suite, dataset) { parts(dataset.condition.clone()) } else { Vec::new() };
        let settled = rows.iter().filter(|part| !varying.contains(part)).cloned().collect();
        Some(Self { rule, dataset, suite, rows, settled })
    }

    /// The condition that is true of a row that breaks it, if it is a rule about rows.
    pub(super) const fn bad(&self) -> Option<&Predicate> {
        match &self.rule.metric {
            Metric::Rows { bad, .. } => Some(bad),
            _ => None,
        }
    }

    /// Whether every row that it evaluates is evaluated by another.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        other.rows.iter().all(|part| self.rows.contains(part))
    }

    /// Whether one violation is too many.
    pub(super) fn is_strict(&self) -> bool {
        self.rule.limits.first().is_some_and(|(_, limit)| is_none(limit))
    }

    /// Whether it may be compared with others: it is evaluated in every run, means the same in each, and gates.
    pub(super) const fn is_settled(&self) -> bool {
        self.rule.skip.is_none() && !self.rule.varies && self.rule.builtin.is_none()
    }

    /// Whether it fails where no row is evaluated, though nothing is wrong with any.
    pub(super) fn fails_on_empty(&self) -> bool {
        self.rule.on_empty == OnEmpty::Fail
    }

    /// The columns that its condition names.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        if let Some(bad) = self.bad() {
            bad.columns(&mut |name| {
                if !columns.iter().any(|known| known == name) {
                    columns.push(name.to_owned());
                }
            });
        }
        columns
    }

    /// How values of a column may read: as declared, or in every way that the data may turn out.
    pub(super) fn readings(&self, column: &str) -> Vec<Reading> {
        if let Some(reading) = self.reading(column) {
            return vec![reading];
        }
        let plain = |kind| Reading { zone: self.suite.timezone, ..Reading::plain(kind) };
        let kinds = [
            Type::String,
            Type::Integer,
            Type::Decimal,
            Type::Float,
            Type::Boolean,
            Type::Date,
            Type::Timestamp,
            Type::Time,
        ];
        kinds.into_iter().map(plain).collect()
    }

    fn reading(&self, column: &str) -> Option<Reading> {
        self.dataset.data.column(column).and_then(|column| column.reading.clone())
    }

    /// A condition whose literals have their types, were a column of this kind; none if it cannot be bound.
    pub(super) fn bound(&self, condition: &Predicate, column: &str, reading: &Reading) -> Option<Predicate> {
        let own = |name: &str| if name == column { Some(reading.clone()) } else { self.reading(name) };
        let scope = bind::Scope { column: &own, as_of: None, zone: self.suite.timezone };
        bind::predicate(condition, &scope).ok()
    }

    /// What breaks it, where that hangs on the value of one column only; none if it cannot be bound.
    ///
    /// Equal decimals, floats and moments may be written in several ways, so that one who asks for their text asks for more
    /// than the value.
    pub(super) fn bad_alone(&self, column: &str, reading: &Reading) -> Option<Predicate> {
        let alone = self.columns().iter().all(|name| name == column);
        let bad = self.bad().filter(|_| alone).and_then(|bad| self.bound(bad, column, reading))?;
        let one_text = matches!(reading.kind, Type::String | Type::Json | Type::Integer | Type::Boolean);
        let mut of_text = false;
        bad.pieces(&mut |piece| {
            of_text |= matches!(piece, Piece::Value(Scalar::Cast(_, Type::String) | Scalar::Call(Function::Length, _)));
        });
        (one_text || !of_text).then_some(bad)
    }

    /// The rule along the axes of a column of some kind, and of its neighbours `others`; none if it cannot be bound.
    pub(super) fn views(&self, column: &str, reading: &Reading, others: &[&Self]) -> Option<Vec<View>> {
        let bad = self.bound(self.bad()?, column, reading)?;
        let kind = |name: &str| (name == column).then_some(reading.kind);
        let mut axes =
            vec![Axis { of: Scalar::column(column), column: column.to_owned(), line: Line::of(reading.kind) }];
        let neighbours = others.iter().filter_map(|other| other.bound(other.bad()?, column, reading));
        for condition in neighbours.chain([bad.clone()]) {
            for axis in Axis::all(&condition, &kind) {
                if !axes.contains(&axis) {
                    axes.push(axis);
                }
            }
        }
        let view = |axis: Axis| {
            let evaluated = self.held_by(&self.settled, &axis, column, reading);
            let bad = axis.truth(&bad);
            View { axis, evaluated, bad }
        };
        Some(axes.into_iter().map(view).collect())
    }

    /// What a cell may hold where all of some conditions are true.
    pub(super) fn held_by(&self, conditions: &[Predicate], axis: &Axis, column: &str, reading: &Reading) -> Values {
        let bound = conditions.iter().filter_map(|part| self.bound(part, column, reading));
        bound.fold(Values::whatever(), |held, part| held.and(&axis.truth(&part).maybe))
    }

    /// The conditions of its scope, those of the dataset with them, as far as they mean the same in every run.
    pub(super) fn scope(&self) -> Vec<Predicate> {
        let scope = self.rule.metric.evaluated().map(|evaluated| parts(evaluated.scope.clone())).unwrap_or_default();
        scope.into_iter().filter(|part| self.settled.contains(part)).collect()
    }

    /// The kinds that the number of an aggregate may have, with how its bounds read; none if it has no bounds.
    pub(super) fn lines(&self) -> Vec<(Line, Reading)> {
        let number = |line: Line| vec![(line, Reading::plain(Type::Decimal))];
        let of_column = |of: &Scalar| -> Vec<(Line, Reading)> {
            let Scalar::Column(column) = of else { return Vec::new() };
            self.readings(column).into_iter().map(|reading| (Line::of(reading.kind), reading)).collect()
        };
        match &self.rule.metric {
            Metric::RowCount { .. } | Metric::Distinct { .. } | Metric::ColumnCount(_) => number(Line::counts()),
            Metric::Share { .. } => number(Line::from_zero(true)),
            Metric::Fold { fold: Fold::Variance | Fold::Stddev, .. } => number(Line::from_zero(false)),
            Metric::Fold { fold: Fold::Sum | Fold::Mean, .. } => number(Line::of(Type::Decimal)),
            Metric::Fold { fold: Fold::Quantile(_, Interpolation::Linear | Interpolation::Midpoint), .. } => {
                number(Line::of(Type::Decimal))
            }
            Metric::Fold { of, .. } => of_column(of),
            _ => Vec::new(),
        }
    }

    /// The numbers within one limit.
    pub(super) fn within(&self, limit: &Limit, line: &Line, reading: &Reading) -> Option<Values> {
        let Limit::Within(bounds) = limit else { return None };
        Values::within(&self.bounds(bounds, reading)?, line)
    }

    /// The numbers with which it holds at every level.
    pub(super) fn holds(&self, line: &Line, reading: &Reading) -> Option<Values> {
        let levels = self.rule.limits.iter().map(|(_, limit)| self.within(limit, line, reading));
        levels.into_iter().try_fold(Values::every(), |held, level| Some(held.and(&level?)))
    }

    fn bounds(&self, bounds: &Bounds, reading: &Reading) -> Option<Bounds> {
        let scope = bind::Scope { column: &|_| None, as_of: None, zone: self.suite.timezone };
        bind::bounds(bounds, reading, &scope).ok()
    }

    /// Whether it gives a number, though there be no row.
    pub(super) fn has_a_number_of_nothing(&self) -> bool {
        matches!(
            self.rule.metric,
            Metric::RowCount { .. }
                | Metric::Distinct { .. }
                | Metric::Share { part: Part::Rows(_) | Part::Distinct(_), .. }
                | Metric::ColumnCount(_)
                | Metric::Fold { fold: Fold::Sum, .. }
        )
    }

    /// Whether its bounds are about one number of the whole.
    pub(super) fn is_aggregate(&self) -> bool {
        self.rule.definition().is_some_and(|definition| definition.bounds.is_aggregate())
            && self.rule.definition().is_some_and(|definition| definition.bounds != BoundsKind::Age)
    }

    /// Each level with its limit, mildest first.
    pub(super) fn levels(&self) -> &[(Severity, Limit)] {
        &self.rule.limits
    }
}

/// Whether a limit leaves no violation.
pub(super) fn is_none(limit: &Limit) -> bool {
    match limit {
        Limit::Count(most) => *most == 0,
        Limit::Share(share) => bigdecimal::num_traits::Zero::is_zero(share),
        Limit::Within(_) | Limit::Past(_) => false,
    }
}

/// The conditions that must all be true.
pub(super) fn parts(condition: Predicate) -> Vec<Predicate> {
    match condition {
        Predicate::And(parts) => parts.into_iter().flat_map(self::parts).collect(),
        Predicate::Constant(true) => Vec::new(),
        // None of them may be true; where they are never unknown they are all false.
        Predicate::Not(inner) => match *inner {
            Predicate::Or(all) => all.into_iter().map(Predicate::negate).flat_map(self::parts).collect(),
            other => vec![other.negate()],
        },
        other => vec![other],
    }
}

/// Whether the rows that a dataset means hang on variables.
pub(super) fn varies(suite: &Suite, dataset: &SuiteDataset) -> bool {
    let own = dataset.where_text.as_deref().is_some_and(variables::is_named_in);
    let parent = dataset.from.as_ref().and_then(|from| suite.dataset(&from.dataset));
    own || parent.is_some_and(|parent| varies(suite, parent))
}
