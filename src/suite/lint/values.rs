//! Sets of what a cell may hold: no value, a text that does not read, and stretches of an ordered type.
//!
//! Exact: a set is empty only if no value is in it. Of types whose values follow each other in steps (integers, dates,
//! timestamps, booleans) a stretch between two neighbours is empty; of others it counts as if something lay there.

use std::cmp::Ordering;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};

use crate::ir::{Bounds, Literal, Op, Type, Value};

/// A set of what a cell may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// Whether no value is in it.
    pub(super) null: bool,
    /// Whether a text that does not read as the type is in it.
    pub(super) unparsed: bool,
    /// Stretches, in order, that neither meet nor overlap.
    pub(super) stretches: Vec<(Cut, Cut)>,
}

/// Where a stretch begins or ends: between two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Lowest,
    Before(Value),
    After(Value),
    Highest,
}

/// What values there are of a type, and between which ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: Type,
    /// The least value there is, if there is one.
    least: Option<Value>,
    /// The greatest.
    greatest: Option<Value>,
}

impl Line {
    /// The values of a type.
    pub(super) fn of(kind: Type) -> Self {
        let (least, greatest) = match kind {
            Type::Integer => (Some(Value::Integer(i64::MIN)), Some(Value::Integer(i64::MAX))),
            Type::Boolean => (Some(Value::Boolean(false)), Some(Value::Boolean(true))),
            Type::String | Type::Json => (Some(Value::Text(String::new())), None),
            _ => (None, None),
        };
        Self { kind, least, greatest }
    }

    /// Whole numbers from zero.
    pub(super) fn counts() -> Self {
        Self { least: Some(Value::Integer(0)), ..Self::of(Type::Integer) }
    }

    /// Numbers from zero, up to one if they are shares.
    pub(super) fn from_zero(share: bool) -> Self {
        let decimal = |number: i64| Some(Value::Decimal(BigDecimal::from(number)));
        Self { kind: Type::Decimal, least: decimal(0), greatest: if share { decimal(1) } else { None } }
    }

    /// Whether values of the line may be put beside one.
    fn takes(&self, value: &Value) -> bool {
        match (self.kind, value.kind()) {
            (Type::Integer | Type::Decimal | Type::Float, Some(kind)) => kind.is_number(),
            (Type::Json, Some(Type::String)) => true,
            (own, Some(kind)) => own == kind,
            (_, None) => false,
        }
    }

    /// A cut in one way of saying it: before the next value, where there is a next one.
    fn settled(&self, cut: Cut) -> Cut {
        let cut = match (self.kind, cut) {
            (Type::Integer, Cut::Before(value)) => whole(&value, false),
            (Type::Integer, Cut::After(value)) => whole(&value, true),
            // Of decimals none is infinite.
            (Type::Decimal, Cut::Before(Value::Float(end)) | Cut::After(Value::Float(end))) if end.is_infinite() => {
                if end > 0.0 {
                    Cut::Highest
                } else {
                    Cut::Lowest
                }
            }
            (Type::Date, Cut::After(Value::Date(day))) => {
                day.succ_opt().map_or(Cut::Highest, |next| Cut::Before(Value::Date(next)))
            }
            (Type::Timestamp, Cut::After(Value::Timestamp(at))) => {
                at.checked_add(1).map_or(Cut::Highest, |next| Cut::Before(Value::Timestamp(next)))
            }
            (Type::Boolean, Cut::After(Value::Boolean(false))) => Cut::Before(Value::Boolean(true)),
            (_, cut) => cut,
        };
        if self.least.as_ref().is_some_and(|least| order(&cut, &Cut::Before(least.clone())).is_le()) {
            return Cut::Lowest;
        }
        if self.greatest.as_ref().is_some_and(|greatest| order(&cut, &Cut::After(greatest.clone())).is_ge()) {
            return Cut::Highest;
        }
        cut
    }
}

/// The cut of an integer line that lies before or after a number.
fn whole(value: &Value, after: bool) -> Cut {
    let Some(number) = value.exact() else {
        // Infinite: all integers lie on one side.
        return if value.to_f64().is_some_and(|float| float > 0.0) { Cut::Highest } else { Cut::Lowest };
    };
    let mut next: BigInt = number.with_scale_round(0, RoundingMode::Ceiling).into_bigint_and_scale().0;
    if after && number.is_integer() {
        next += 1;
    }
    match next.to_i64() {
        Some(next) => Cut::Before(Value::Integer(next)),
        None if next.sign() == bigdecimal::num_bigint::Sign::Minus => Cut::Lowest,
        None => Cut::Highest,
    }
}

fn order(one: &Cut, other: &Cut) -> Ordering {
    let side = |cut: &Cut| matches!(cut, Cut::After(_));
    match (one, other) {
        (Cut::Lowest, Cut::Lowest) | (Cut::Highest, Cut::Highest) => Ordering::Equal,
        (Cut::Lowest, _) | (_, Cut::Highest) => Ordering::Less,
        (_, Cut::Lowest) | (Cut::Highest, _) => Ordering::Greater,
        (Cut::Before(a) | Cut::After(a), Cut::Before(b) | Cut::After(b)) => {
            // Only values of one line are put on it, and those compare.
            a.compare(b).unwrap_or(Ordering::Equal).then_with(|| side(one).cmp(&side(other)))
        }
    }
}

impl Values {
    /// Nothing at all.
    pub(super) const fn nothing() -> Self {
        Self { null: false, unparsed: false, stretches: Vec::new() }
    }

    /// Every value, and nothing else.
    pub(super) fn every() -> Self {
        Self { stretches: vec![(Cut::Lowest, Cut::Highest)], ..Self::nothing() }
    }

    /// Whatever a cell may hold.
    pub(super) fn whatever() -> Self {
        Self { null: true, unparsed: true, ..Self::every() }
    }

    /// The values that stand in an order to one; none if it cannot be put on the line.
    pub(super) fn compared(op: Op, to: &Value, line: &Line) -> Option<Self> {
        if !line.takes(to) {
            return None;
        }
        let (before, after) = (line.settled(Cut::Before(to.clone())), line.settled(Cut::After(to.clone())));
        let below = (Cut::Lowest, before.clone());
        let above = (after.clone(), Cut::Highest);
        let stretches = match op {
            Op::Eq => vec![(before, after)],
            Op::Ne => vec![below, above],
            Op::Lt => vec![below],
            Op::Le => vec![(Cut::Lowest, after)],
            Op::Gt => vec![above],
            Op::Ge => vec![(before, Cut::Highest)],
        };
        Some(Self { stretches, ..Self::nothing() }.tidy())
    }

    /// The values within bounds, none if they cannot be put on the line.
    pub(super) fn within(bounds: &Bounds, line: &Line) -> Option<Self> {
        let mut found = Self::every();
        let ends = [(&bounds.min, Op::Gt, Op::Ge), (&bounds.max, Op::Lt, Op::Le)];
        for (bound, strict, loose) in ends {
            let Some(bound) = bound else { continue };
            let Literal::Value(value) = &bound.value else { return None };
            found = found.and(&Self::compared(if bound.strict { strict } else { loose }, value, line)?);
        }
        Some(found)
    }

    /// Those in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut stretches = Vec::new();
        for (low, high) in &self.stretches {
            for (from, to) in &other.stretches {
                let start = if order(low, from).is_ge() { low } else { from };
                let end = if order(high, to).is_le() { high } else { to };
                stretches.push((start.clone(), end.clone()));
            }
        }
        Self { null: self.null && other.null, unparsed: self.unparsed && other.unparsed, stretches }.tidy()
    }

    /// Those in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        let stretches = self.stretches.iter().chain(&other.stretches).cloned().collect();
        Self { null: self.null || other.null, unparsed: self.unparsed || other.unparsed, stretches }.tidy()
    }

    /// Those in any of them.
    pub(super) fn any(all: &[Self]) -> Self {
        let stretches = all.iter().flat_map(|one| one.stretches.iter().cloned()).collect();
        let (null, unparsed) = (all.iter().any(|one| one.null), all.iter().any(|one| one.unparsed));
        Self { null, unparsed, stretches }.tidy()
    }

    /// Those in it and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut from = Cut::Lowest;
        for (low, high) in &other.stretches {
            rest.push((from, low.clone()));
            from = high.clone();
        }
        rest.push((from, Cut::Highest));
        let rest = Self { null: !other.null, unparsed: !other.unparsed, stretches: rest }.tidy();
        self.and(&rest)
    }

    /// The values from the least to the greatest in it.
    pub(super) fn hull(&self) -> Self {
        let stretches = match (self.stretches.first(), self.stretches.last()) {
            (Some((low, _)), Some((_, high))) => vec![(low.clone(), high.clone())],
            _ => Vec::new(),
        };
        Self { stretches, ..Self::nothing() }
    }

    /// The values in it, and all below one of them.
    pub(super) fn and_below(&self) -> Self {
        let highest = self.stretches.last().map(|(_, high)| (Cut::Lowest, high.clone()));
        Self { stretches: highest.into_iter().collect(), ..Self::nothing() }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        !self.null && !self.unparsed && self.has_no_value()
    }

    /// Whether there is no value in it.
    pub(super) fn has_no_value(&self) -> bool {
        self.stretches.is_empty()
    }

    /// The values, if they are single ones and few enough to be looked at.
    pub(super) fn listed(&self, line: &Line) -> Option<Vec<Value>> {
        const MOST: usize = 10_000;
        let one = |(low, high): &(Cut, Cut)| -> Option<Value> {
            let value = match (low, high) {
                (Cut::Before(value), _) => value.clone(),
                (Cut::Lowest, _) => line.least.clone()?,
                _ => return None,
            };
            (line.settled(Cut::After(value.clone())) == *high).then_some(value)
        };
        if line.kind == Type::Boolean && self.stretches == [(Cut::Lowest, Cut::Highest)] {
            return Some(vec![Value::Boolean(false), Value::Boolean(true)]);
        }
        if self.stretches.len() > MOST {
            return None;
        }
        self.stretches.iter().map(one).collect()
    }

    /// Sorts stretches, joins those that meet and drops empty ones.
    fn tidy(mut self) -> Self {
        self.stretches.retain(|(low, high)| order(low, high).is_lt());
        self.stretches.sort_by(|(a, _), (b, _)| order(a, b));
        let mut joined: Vec<(Cut, Cut)> = Vec::with_capacity(self.stretches.len());
        for (low, high) in self.stretches {
            match joined.last_mut() {
                Some((_, end)) if order(&low, end).is_le() => {
                    if order(&high, end).is_gt() {
                        *end = high;
                    }
                }
                _ => joined.push((low, high)),
            }
        }
        Self { stretches: joined, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(op: Op, text: &str) -> Values {
        let number = crate::ir::value::read_decimal(text).unwrap();
        Values::compared(op, &Value::Decimal(number), &Line::of(Type::Integer)).unwrap()
    }

    #[test]
    fn between_two_neighbours_there_is_no_integer_and_there_is_a_decimal() {
        assert!(integers(Op::Gt, "1").and(&integers(Op::Lt, "2")).is_empty());
        assert!(integers(Op::Gt, "1.2").and(&integers(Op::Lt, "2")).is_empty());
        assert!(integers(Op::Eq, "1.5").is_empty());
        let decimals = Line::of(Type::Decimal);
        let low = Values::compared(Op::Gt, &Value::Integer(1), &decimals).unwrap();
        let high = Values::compared(Op::Lt, &Value::Integer(2), &decimals).unwrap();
        assert!(!low.and(&high).is_empty());
    }

    #[test]
    fn what_is_without_a_part_and_the_part_make_the_whole() {
        let some = integers(Op::Ge, "3").and(&integers(Op::Le, "5")).or(&integers(Op::Eq, "9"));
        let rest = Values::every().without(&some);
        assert_eq!(some.or(&rest), Values::every());
        assert!(some.and(&rest).is_empty());
        assert_eq!(some.listed(&Line::of(Type::Integer)), None);
        assert_eq!(integers(Op::Eq, "9").listed(&Line::of(Type::Integer)), Some(vec![Value::Integer(9)]));
        assert_eq!(Values::every().listed(&Line::of(Type::Boolean)).unwrap().len(), 2);
    }

    #[test]
    fn the_ends_of_a_type_are_the_ends_of_its_line() {
        assert_eq!(integers(Op::Le, "9223372036854775807"), Values::every());
        assert_eq!(integers(Op::Le, "99999999999999999999"), Values::every());
        assert!(integers(Op::Gt, "9223372036854775807").is_empty());
        let counts = Line::counts();
        assert_eq!(Values::compared(Op::Ge, &Value::Integer(0), &counts).unwrap(), Values::every());
        assert!(Values::compared(Op::Lt, &Value::Integer(0), &counts).unwrap().is_empty());
        let infinite = Values::compared(Op::Eq, &Value::Float(f64::INFINITY), &Line::of(Type::Integer)).unwrap();
        assert!(infinite.is_empty());
        let text = |op| Values::compared(op, &Value::Text(String::new()), &Line::of(Type::String)).unwrap();
        assert!(text(Op::Lt).is_empty() && !text(Op::Le).is_empty());
    }
}
