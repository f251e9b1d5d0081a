//! By how much a number may differ from what it was. Everything is exact.

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, Zero};

use crate::ir::trend::{Against, Change};
use crate::ir::value::read_decimal;
use crate::ir::{Bound, Bounds, Literal, Value};
use crate::judge::trend::{Found, Settled, end};

/// The interval in which a number has changed by no more than the bounds say.
pub(super) fn band(change: &Change, earlier: &[BigDecimal]) -> Settled {
    let wanted = if change.against == Against::Previous { 1 } else { change.last.max(1) };
    let Some(last) = earlier.len().checked_sub(wanted).map(|first| &earlier[first..]) else {
        return Err((wanted, earlier.len()));
    };
    let reference = match change.against {
        Against::Previous => last.last().cloned(),
        Against::Avg => Some(last.iter().sum::<BigDecimal>() / BigDecimal::from(wanted as u64)),
        Against::Min => last.iter().min().cloned(),
        Against::Max => last.iter().max().cloned(),
    };
    let Some(reference) = reference else { return Err((wanted, earlier.len())) };
    let moved = |bound: &Option<Bound>, is_max| moved(bound.as_ref(), &reference, change.percent, is_max);
    let bounds = Bounds { min: moved(&change.bounds.min, false), max: moved(&change.bounds.max, true) };
    Ok(Found { bounds, reference, runs: wanted })
}

/// The end at which a number has changed by as much as a bound says.
fn moved(bound: Option<&Bound>, reference: &BigDecimal, percent: bool, is_max: bool) -> Option<Bound> {
    let bound = bound?;
    let by = match &bound.value {
        Literal::Spelled(text) => read_decimal(text)?,
        Literal::Value(value) => value.exact()?,
        // No change is a date, and nothing lies within an end that is null.
        Literal::Relative(_) => return Some(Bound { value: Literal::Value(Value::Null), strict: true }),
    };
    if !percent {
        return Some(end(reference + by, bound.strict));
    }
    if reference.is_zero() {
        // From nothing, every rise is more than any percentage, and every fall less.
        let allows_nothing = match by.sign() {
            Sign::NoSign => bound.strict,
            Sign::Plus => !is_max,
            Sign::Minus => is_max,
        };
        return Some(end(BigDecimal::zero(), allows_nothing));
    }
    Some(end(reference + reference.abs() * by / BigDecimal::from(100), bound.strict))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::within;

    /// Whether a number holds after others: a bound is `min`, `max`, or with `<` strict.
    fn holds(against: Against, percent: bool, (min, max): (&str, &str), earlier: &[&str], now: &str) -> bool {
        let bound = |text: &str| {
            let (text, strict) = text.strip_prefix('<').map_or((text, false), |text| (text, true));
            (!text.is_empty()).then(|| Bound { value: Literal::Spelled(text.to_owned()), strict })
        };
        let bounds = Bounds { min: bound(min), max: bound(max) };
        let change = Change { against, last: earlier.len(), percent, bounds };
        let earlier: Vec<BigDecimal> = earlier.iter().map(|number| number.parse().unwrap()).collect();
        let found = band(&change, &earlier).map_err(|few| panic!("{few:?}"));
        within(&found.unwrap().bounds, &Value::Decimal(now.parse().unwrap()))
    }

    #[test]
    fn a_change_is_counted_from_the_previous_number_the_average_the_least_or_the_greatest() {
        for (against, low, high) in [
            (Against::Previous, "80", "100"),
            (Against::Avg, "90", "110"),
            (Against::Min, "80", "100"),
            (Against::Max, "100", "120"),
        ] {
            let holds = |now| holds(against, false, ("-10", "10"), &["110", "100", "90"], now);
            assert!(holds(low) && holds(high), "{against:?}");
            assert!(!holds("79.9") && !holds("120.1"), "{against:?}");
        }
    }

    #[test]
    fn a_percentage_is_one_of_the_size_of_what_it_was() {
        let to = |from, now| holds(Against::Previous, true, ("-10", "<20"), &[from], now);
        assert!(to("200", "180") && to("200", "239.99") && !to("200", "240") && !to("200", "179.99"));
        assert!(to("-200", "-220") && !to("-200", "-220.01") && to("-200", "-160.01") && !to("-200", "-160"));
    }

    #[test]
    fn from_nothing_only_nothing_is_no_change() {
        let to = |bounds, now| holds(Against::Previous, true, bounds, &["0"], now);
        assert!(to(("-10", "<10"), "0") && !to(("-10", "10"), "1") && !to(("-10", "10"), "-1"));
        assert!(!to(("", "<0"), "0") && !to(("", "-5"), "0") && to(("", "-5"), "-1"));
        assert!(!to(("5", ""), "0") && to(("5", ""), "1") && to(("0", "0"), "0"));
    }

    #[test]
    fn numbers_beyond_floats_change_exactly() {
        let one = "99999999999999999999.01";
        assert!(holds(Against::Previous, false, ("0", "0"), &[one], one));
        assert!(!holds(Against::Previous, false, ("0", "0"), &[one], "99999999999999999999.02"));
    }

    #[test]
    fn it_takes_as_many_runs_as_it_looks_at() {
        let change = |against, last| Change { against, last, percent: false, bounds: Bounds::default() };
        let three = [1, 2, 3].map(BigDecimal::from);
        assert!(band(&change(Against::Avg, 4), &three).is_err_and(|few| few == (4, 3)));
        assert!(band(&change(Against::Previous, 4), &[]).is_err_and(|few| few == (1, 0)));
        assert!(
            band(&change(Against::Avg, 2), &three).is_ok_and(|found| found.reference == BigDecimal::new(25.into(), 1))
        );
    }
}
