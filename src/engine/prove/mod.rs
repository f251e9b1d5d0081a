//! What is known of rows that nobody reads: how many of them satisfy a condition, from what metadata say of their columns.
//!
//! A condition is true, false or unknown of each row; of each of the three it is told how many rows there can be at least
//! and at most. Where the two meet, the number is exact and the rows need not be read. Nothing here reads metadata, and
//! what is not known is never guessed: the ends only lie further apart.

mod amount;

pub use amount::{Amount, Verdict};

use std::cmp::Ordering;

use crate::ir::{Literal, Op, Predicate, Scalar, Value};

/// Between two integers no further apart than this, all are looked at one by one.
const NEAR: i64 = 1000;

/// What is known of the values of a column, as rules see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// How many rows have no value; none if nobody says.
    pub nulls: Option<u64>,
    /// A range that all values lie in, nulls apart; none if nobody says.
    pub range: Option<(Value, Value)>,
}

/// Some rows, and what is known of their columns.
pub struct Rows<'k> {
    /// How many there are.
    pub rows: u64,
    /// What is known of a column; none if nothing is, be it that a cell may not read as its type.
    pub known: &'k dyn Fn(&str) -> Option<&'k Known>,
}

impl Rows<'_> {
    /// Of how many rows a condition is true, false, and unknown. It is bound.
    #[must_use]
    pub fn verdict(&self, condition: &Predicate) -> Verdict {
        let rows = self.rows;
        match condition {
            Predicate::Constant(flag) => Verdict::all(rows, Some(*flag)),
            Predicate::IsNull(of) => self.nulls_of(of).map_or(Verdict::told(rows), |nulls| Verdict::split(rows, nulls)),
            Predicate::Unparsed(column) if (self.known)(column).is_some() => Verdict::all(rows, Some(false)),
            // Where metadata count rows, no record runs into the next one.
            Predicate::Malformed => Verdict::all(rows, Some(false)),
            Predicate::Unparsed(_) | Predicate::OfType(..) => Verdict::told(rows),
            Predicate::Compare(left, op, right) => self.compared(left, *op, right),
            Predicate::In(of, list) => self.of_values(of, |range| is_in(range?, list)),
            Predicate::Holds(of) => self.of_values(of, |range| match range? {
                (Value::Boolean(least), Value::Boolean(greatest)) if least == greatest => Some(*least),
                _ => None,
            }),
            Predicate::Matches(of, _)
            | Predicate::Like(of, _)
            | Predicate::Test(_, of)
            | Predicate::Leads(_, of)
            | Predicate::Parses(_, of)
            | Predicate::Multiple(of, _) => self.of_values(of, |_| None),
            Predicate::Unknown(inner) => self.verdict(inner).is_unknown(rows),
            Predicate::Not(inner) => self.verdict(inner).not(),
            Predicate::And(parts) => {
                parts.iter().fold(Verdict::all(rows, Some(true)), |all, part| all.and(self.verdict(part), rows))
            }
            Predicate::Or(parts) => {
                let none = parts
                    .iter()
                    .fold(Verdict::all(rows, Some(true)), |all, part| all.and(self.verdict(part).not(), rows));
                none.not()
            }
        }
    }

    /// How many values of an expression are null.
    fn nulls_of(&self, of: &Scalar) -> Option<Amount> {
        match of {
            Scalar::Column(name) => {
                let nulls = (self.known)(name)?.nulls;
                Some(nulls.map_or(Amount::any(self.rows), Amount::exactly))
            }
            Scalar::Literal(Literal::Value(value)) => {
                Some(Amount::exactly(if value.is_null() { self.rows } else { 0 }))
            }
            _ => None,
        }
    }

    /// A condition that is unknown of nulls, and of the values of a column what `says` finds of their range, if anything.
    fn of_values(&self, of: &Scalar, says: impl FnOnce(Option<(&Value, &Value)>) -> Option<bool>) -> Verdict {
        let nulls = self.nulls_of(of).unwrap_or(Amount::any(self.rows));
        Verdict::of_values(self.rows, nulls, says(self.range(of)))
    }

    /// The range of the values of an expression.
    fn range<'v>(&'v self, of: &'v Scalar) -> Option<(&'v Value, &'v Value)> {
        match of {
            Scalar::Column(name) => {
                let (least, greatest) = (self.known)(name)?.range.as_ref()?;
                Some((least, greatest))
            }
            Scalar::Literal(Literal::Value(value)) if !value.is_null() => Some((value, value)),
            _ => None,
        }
    }

    fn compared(&self, left: &Scalar, op: Op, right: &Scalar) -> Verdict {
        let told = match (self.range(left), self.range(right)) {
            (Some(left), Some(right)) => always(left, op, right),
            _ => None,
        };
        let (left, right) = (self.nulls_of(left), self.nulls_of(right));
        let either = |amount: Option<Amount>| amount.unwrap_or(Amount::any(self.rows));
        Verdict::of_values(self.rows, either(left).union(either(right), self.rows), told)
    }
}

/// What a comparison gives for every value of one range and every one of another, if that is the same.
fn always(left: (&Value, &Value), op: Op, right: (&Value, &Value)) -> Option<bool> {
    let lowest = left.0.compare(right.1)?; //  the least that the left can be beside the right
    let highest = left.1.compare(right.0)?; // the greatest
    let orders = [Ordering::Less, Ordering::Equal, Ordering::Greater];
    let mut possible = orders.into_iter().filter(|order| lowest <= *order && *order <= highest).map(|it| op.holds(it));
    let first = possible.next()?;
    possible.all(|other| other == first).then_some(first)
}

/// Whether all values of a range are in a list, or none, if that is so.
fn is_in(range: (&Value, &Value), list: &[Literal]) -> Option<bool> {
    let mut members = Vec::with_capacity(list.len());
    for literal in list {
        let Literal::Value(value) = literal else { return None };
        members.push(value);
    }
    let (least, greatest) = range;
    let mut outside = true;
    for member in &members {
        outside &= least.compare(member)?.is_gt() || greatest.compare(member)?.is_lt();
    }
    if outside {
        return Some(false);
    }
    let whole = match (least, greatest) {
        (Value::Integer(least), Value::Integer(greatest)) if greatest.checked_sub(*least)? <= NEAR => {
            (*least..=*greatest).all(|value| members.contains(&&Value::Integer(value)))
        }
        _ => least == greatest && members.contains(&least),
    };
    whole.then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Regex, evaluate};
    use std::collections::HashMap;

    fn known(nulls: u64, least: i64, greatest: i64) -> Known {
        Known { nulls: Some(nulls), range: Some((Value::Integer(least), Value::Integer(greatest))) }
    }

    fn verdict(columns: &[(&str, Known)], condition: &Predicate) -> Verdict {
        let columns: HashMap<&str, &Known> = columns.iter().map(|(name, known)| (*name, known)).collect();
        Rows { rows: 10, known: &|name| columns.get(name).copied() }.verdict(condition)
    }

    fn exact(verdict: Verdict) -> Option<(u64, u64, u64)> {
        Some((verdict.yes.exact()?, verdict.no.exact()?, verdict.unknown.exact()?))
    }

    fn compare(column: &str, op: Op, value: i64) -> Predicate {
        Predicate::compare(Scalar::column(column), op, Scalar::value(Value::Integer(value)))
    }

    #[test]
    fn a_range_inside_the_bounds_has_no_violation() {
        let inside = Predicate::all([compare("a", Op::Ge, 1), compare("a", Op::Le, 7)]);
        assert_eq!(exact(verdict(&[("a", known(0, 1, 7))], &inside)), Some((10, 0, 0)));
        assert_eq!(verdict(&[("a", known(2, 1, 7))], &inside.clone().negate()).yes.exact(), Some(0));
        let open = verdict(&[("a", known(0, 0, 7))], &inside.negate());
        assert_eq!((open.yes.least, open.yes.most), (0, 10));
    }

    #[test]
    fn nulls_are_counted_by_what_the_footer_says() {
        assert_eq!(exact(verdict(&[("a", known(3, 1, 7))], &Predicate::is_null("a"))), Some((3, 7, 0)));
        let silent = Known { nulls: None, range: None };
        assert_eq!(exact(verdict(&[("a", silent)], &Predicate::is_null("a"))), None);
        assert_eq!(exact(verdict(&[], &Predicate::is_null("a"))), None);
    }

    #[test]
    fn a_set_is_decided_by_the_ends_of_a_range() {
        let list = |values: &[i64]| {
            let literals = values.iter().map(|value| Literal::Value(Value::Integer(*value))).collect();
            Predicate::In(Scalar::column("a"), literals)
        };
        let of = |list: &Predicate| exact(verdict(&[("a", known(1, 2, 4))], list));
        assert_eq!(of(&list(&[2, 3, 4])), Some((9, 0, 1)));
        assert_eq!(of(&list(&[1, 5])), Some((0, 9, 1)));
        assert_eq!(of(&list(&[2, 4])), None);
    }

    #[test]
    fn two_columns_are_decided_where_their_ranges_lie_apart() {
        let rising = Predicate::compare(Scalar::column("a"), Op::Lt, Scalar::column("b"));
        assert_eq!(exact(verdict(&[("a", known(0, 1, 2)), ("b", known(4, 3, 5))], &rising)), Some((6, 0, 4)));
        assert_eq!(exact(verdict(&[("a", known(0, 3, 5)), ("b", known(0, 1, 3))], &rising)), Some((0, 10, 0)));
        assert_eq!(exact(verdict(&[("a", known(0, 1, 3)), ("b", known(0, 2, 5))], &rising)), None);
    }

    #[test]
    fn what_is_said_is_never_less_than_what_can_be() {
        // Every condition of a few shapes, on every way to fill three rows of two columns.
        let cells = [Value::Null, Value::Integer(0), Value::Integer(1), Value::Integer(2)];
        let atoms = [
            compare("a", Op::Lt, 1),
            compare("b", Op::Ne, 2),
            Predicate::is_null("a"),
            Predicate::compare(Scalar::column("a"), Op::Le, Scalar::column("b")),
            Predicate::In(Scalar::column("b"), vec![Literal::Value(Value::Integer(0))]),
            Predicate::Matches(Scalar::column("a"), Regex { pattern: "1".to_owned(), ignore_case: false, full: false }),
        ];
        let mut conditions: Vec<Predicate> = atoms.to_vec();
        for one in &atoms {
            for other in &atoms {
                conditions.push(Predicate::And(vec![one.clone(), other.clone().negate()]));
                conditions.push(Predicate::Or(vec![one.clone(), Predicate::Unknown(Box::new(other.clone()))]));
                conditions.push(Predicate::And(vec![one.clone(), other.clone()]).not_true());
            }
        }
        let columns: Vec<[&Value; 3]> = (0..32).map(|n| [&cells[n % 4], &cells[n / 4 % 4], &cells[n / 16]]).collect();
        let known = |values: &[&Value; 3]| {
            let there = || values.iter().filter(|value| !value.is_null());
            let least = there().min_by(|a, b| a.compare(b).unwrap()).map(|it| (*it).clone());
            let greatest = there().max_by(|a, b| a.compare(b).unwrap()).map(|it| (*it).clone());
            Known { nulls: Some(3 - there().count() as u64), range: least.zip(greatest) }
        };
        let mut proven = 0;
        for a in &columns {
            for b in &columns {
                let (of_a, of_b) = (known(a), known(b));
                let of = |name: &str| Some(if name == "a" { &of_a } else { &of_b });
                let rows = Rows { rows: 3, known: &of };
                for condition in &conditions {
                    let mut counts = [0_u64; 3];
                    for row in 0..3 {
                        let row = Two { a: a[row], b: b[row] };
                        let place = match evaluate::predicate(condition, &row).unwrap() {
                            Some(true) => 0,
                            Some(false) => 1,
                            None => 2,
                        };
                        counts[place] += 1;
                    }
                    let verdict = rows.verdict(condition);
                    for (amount, count) in [verdict.yes, verdict.no, verdict.unknown].into_iter().zip(counts) {
                        let holds = amount.least <= count && count <= amount.most;
                        assert!(holds, "{condition:?} on {a:?} and {b:?}: {verdict:?}, and it is {counts:?}");
                        proven += u32::from(amount.exact().is_some());
                    }
                }
            }
        }
        assert!(proven > 100_000, "{proven}");
    }

    struct Two<'v> {
        a: &'v Value,
        b: &'v Value,
    }

    impl evaluate::Row for Two<'_> {
        fn value(&self, column: &str) -> Value {
            if column == "a" { self.a.clone() } else { self.b.clone() }
        }
        fn unparsed(&self, _: &str) -> bool {
            false
        }
        fn malformed(&self) -> bool {
            false
        }
    }
}
