//! Bounds wider than what was seen: rounded outward, and never so wide that a factor of a thousand fits in.

use bigdecimal::num_bigint::{BigInt, ToBigInt};
use bigdecimal::{BigDecimal, RoundingMode, Signed, Zero};
use chrono::Datelike;

use crate::ir::Value;
use crate::ir::time::Zone;

/// Bounds as a suite writes them: the parameters of `between`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: Option<String>,
    /// Whether the lower bound itself lies outside.
    pub(super) strict: bool,
    pub(super) max: Option<String>,
}

impl Bounds {
    /// The parameters of `between`.
    pub(super) fn text(&self) -> String {
        let key = if self.strict { "strict_min" } else { "min" };
        let min = self.min.as_ref().map(|min| format!("{key}: {min}"));
        let max = self.max.as_ref().map(|max| format!("max: {max}"));
        format!("{{{}}}", min.into_iter().chain(max).collect::<Vec<_>>().join(", "))
    }
}

/// Bounds for numbers that were seen from `least` to `greatest`: half of their spread further on both sides, cut to round
/// numbers; numbers that are never negative keep zero as their bound.
///
/// `signed` numbers may be on either side of zero, though today they are on one.
pub(super) fn numbers(least: &Value, greatest: &Value, whole: bool, signed: bool) -> Option<Bounds> {
    let (least, greatest) = (least.exact()?, greatest.exact()?);
    let spread = match &greatest - &least {
        spread if spread.is_zero() => greatest.abs(),
        spread => spread,
    };
    if spread.is_zero() {
        return Some(Bounds { min: Some("0".to_owned()), strict: false, max: None });
    }
    let step = power_below(&spread, whole);
    let half = &spread / BigDecimal::from(2);
    let (mut low, mut high) = (down(&(&least - &half), &step), up(&(&greatest + &half), &step));
    let mut strict = false;
    if least.is_negative() && greatest.is_positive() {
        // The far side says little of the near one: a delay of -43 to 1301 minutes is not -700.
        let further = |side: &BigDecimal| side.abs() * BigDecimal::from(2) + &spread / BigDecimal::from(10);
        let (below, above) = (further(&least), further(&greatest));
        low = -up(&below, &power_below(&below, whole));
        high = up(&above, &power_below(&above, whole)).min(high);
    } else if !least.is_negative() && !low.is_positive() && !signed {
        low = BigDecimal::zero();
        // Where values come close to zero, zero may come too.
        strict = &least * BigDecimal::from(20) >= greatest;
    } else if !greatest.is_positive() && !high.is_negative() && !signed {
        high = BigDecimal::zero();
    }
    Some(Bounds { min: Some(plain(&low)), strict, max: Some(plain(&high)) })
}

/// Bounds for years, to the decade before and the one after.
pub(super) fn years(least: &Value, greatest: &Value) -> Option<Bounds> {
    let (Value::Integer(least), Value::Integer(greatest)) = (least, greatest) else { return None };
    if *least < 1000 || *greatest > 3000 {
        return None;
    }
    let (low, high) = ((least - 5).div_euclid(10) * 10, (greatest + 14).div_euclid(10) * 10);
    Some(Bounds { min: Some(low.to_string()), strict: false, max: Some(high.to_string()) })
}

/// The first day of the decade that lies some years before a date or timestamp.
pub(super) fn first_day(least: &Value) -> Option<String> {
    let year = year_of(least)?;
    (1000..=9000).contains(&year).then(|| format!("{:04}-01-01", (year - 5).div_euclid(10) * 10))
}

/// The first day of the decade after the next few years.
pub(super) fn last_day(greatest: &Value) -> Option<String> {
    let year = year_of(greatest)?;
    (1000..=9000).contains(&year).then(|| format!("{:04}-01-01", (year + 14).div_euclid(10) * 10))
}

/// How many rows there must be at the least: three quarters of those there are, cut to two digits.
pub(super) fn least_rows(rows: u64) -> u64 {
    let three_quarters = rows - rows / 4;
    let mut unit = 1;
    while three_quarters / unit >= 100 {
        unit *= 10;
    }
    three_quarters / unit * unit
}

/// The most characters that text should have: twice those seen, cut to a round number.
pub(super) fn most_characters(seen: u64) -> u64 {
    let twice = seen.max(5) * 2;
    let mut unit = 10;
    while twice / unit >= 10 {
        unit *= 10;
    }
    twice.div_ceil(unit / 2) * (unit / 2)
}

fn year_of(value: &Value) -> Option<i32> {
    match value {
        Value::Date(day) => Some(day.year()),
        Value::Timestamp(micros) => Some(Zone::UTC.day(*micros).year()),
        _ => None,
    }
}

/// The power of ten at or below a positive number; at least one for whole numbers.
fn power_below(number: &BigDecimal, whole: bool) -> BigDecimal {
    let mut power = BigDecimal::from(1);
    let ten = BigDecimal::from(10);
    while &power * &ten <= *number {
        power *= &ten;
    }
    while power > *number && !whole {
        power = BigDecimal::new(BigInt::from(1), power.fractional_digit_count() + 1);
    }
    power
}

fn up(number: &BigDecimal, step: &BigDecimal) -> BigDecimal {
    step * (number / step).with_scale_round(0, RoundingMode::Ceiling)
}

fn down(number: &BigDecimal, step: &BigDecimal) -> BigDecimal {
    step * (number / step).with_scale_round(0, RoundingMode::Floor)
}

fn plain(number: &BigDecimal) -> String {
    match number.to_bigint() {
        Some(whole) if BigDecimal::from(whole.clone()) == *number => whole.to_string(),
        _ => number.normalized().to_plain_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn decimal(text: &str) -> Value {
        Value::Decimal(BigDecimal::from_str(text).unwrap())
    }

    fn bounds(least: &str, greatest: &str) -> String {
        numbers(&decimal(least), &decimal(greatest), false, false).unwrap().text()
    }

    #[test]
    fn bounds_are_round_and_wider_than_what_was_seen() {
        assert_eq!(bounds("32.1", "59.6"), "{min: 10, max: 80}");
        assert_eq!(bounds("983.8", "1042.1"), "{min: 950, max: 1080}");
        assert_eq!(bounds("-43", "1301"), "{min: -300, max: 2000}");
        assert_eq!(bounds("0", "1.2"), "{min: 0, max: 2}");
        assert_eq!(bounds("0.01", "0.05"), "{strict_min: 0, max: 0.07}");
        assert_eq!(bounds("1", "8500"), "{min: 0, max: 13000}");
        assert_eq!(bounds("2700", "6300"), "{strict_min: 0, max: 9000}");
        assert_eq!(bounds("5", "5"), "{min: 2, max: 8}");
        assert_eq!(bounds("0", "0"), "{min: 0}");
        assert_eq!(bounds("-10", "-4"), "{min: -13, max: -1}");
    }

    #[test]
    fn a_factor_of_a_thousand_is_outside() {
        for (least, greatest) in [("1", "2"), ("0.001", "7"), ("17", "899"), ("60011", "1318683096")] {
            let max = numbers(&decimal(least), &decimal(greatest), false, false).unwrap().max.unwrap();
            assert!(
                BigDecimal::from_str(&max).unwrap() < BigDecimal::from_str(greatest).unwrap() * BigDecimal::from(1000)
            );
        }
    }

    #[test]
    fn dates_and_years_keep_to_their_decades() {
        assert_eq!(years(&Value::Integer(1952), &Value::Integer(2007)).unwrap().text(), "{min: 1940, max: 2020}");
        let day = |text: &str| Value::Date(text.parse().unwrap());
        assert_eq!(first_day(&day("2010-01-02")).unwrap(), "2000-01-01");
        assert_eq!(last_day(&day("2033-01-02")).unwrap(), "2040-01-01");
    }

    #[test]
    fn half_of_a_file_is_fewer_rows_than_must_be_there() {
        for rows in 1..5_000 {
            let least = least_rows(rows);
            assert!(least <= rows && (least > rows / 2 || rows == 1), "{rows}: {least}");
        }
        assert_eq!(least_rows(336_776), 250_000);
        assert_eq!((most_characters(3), most_characters(31), most_characters(54)), (10, 65, 150));
    }
}
