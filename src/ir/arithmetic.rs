//! Arithmetic on values.
//!
//! Exact where it can be: whole numbers in 64 bits, decimals up to 38 digits. It never wraps and never rounds a decimal.

use bigdecimal::{BigDecimal, Zero};

use crate::ir::predicate::Arithmetic;
use crate::ir::value::{Type, Value};

/// The most digits of an exact number.
const DIGITS: u64 = 38;

impl Arithmetic {
    /// Works out the number; null if either side is null, or a divisor zero.
    ///
    /// A float that grows past its range is infinite, and one without a meaning (infinity less infinity) is null.
    ///
    /// # Errors
    /// A whole number leaves 64 bits, a decimal needs more than 38 digits, or a side is no number.
    pub fn apply(self, left: &Value, right: &Value) -> Result<Value, String> {
        self.kind(left.kind(), right.kind())?;
        if left.is_null() || right.is_null() {
            return Ok(Value::Null);
        }
        match (left, right) {
            (Value::Integer(a), Value::Integer(b)) if self != Self::Divide => self.integers(*a, *b),
            (Value::Float(_), _) | (_, Value::Float(_)) => Ok(self.floats(left.to_f64(), right.to_f64())),
            _ if self == Self::Divide => Ok(self.floats(left.to_f64(), right.to_f64())),
            _ => match (left.exact(), right.exact()) {
                (Some(a), Some(b)) => self.decimals(&a, &b),
                _ => Ok(Value::Null),
            },
        }
    }

    /// The type of the number for sides of these types (`None` is a literal null).
    ///
    /// # Errors
    /// A side is no number.
    pub fn kind(self, left: Option<Type>, right: Option<Type>) -> Result<Option<Type>, String> {
        if let Some(other) = [left, right].into_iter().flatten().find(|kind| !kind.is_number()) {
            return Err(format!("`{}` takes numbers, not a {other}", self.sign()));
        }
        if self == Self::Divide {
            return Ok(Some(Type::Float));
        }
        // Integer, decimal and float stand in this order, each wider than those before.
        Ok(left.max(right))
    }

    fn integers(self, a: i64, b: i64) -> Result<Value, String> {
        let number = match self {
            Self::Add => a.checked_add(b),
            Self::Subtract => a.checked_sub(b),
            Self::Multiply => a.checked_mul(b),
            Self::Divide | Self::Remainder if b == 0 => return Ok(Value::Null),
            Self::Divide => a.checked_div(b),
            Self::Remainder => Some(a.wrapping_rem(b)),
        };
        let overflow = || format!("{a} {} {b} does not fit 64 bits", self.sign());
        number.map(Value::Integer).ok_or_else(overflow)
    }

    fn decimals(self, a: &BigDecimal, b: &BigDecimal) -> Result<Value, String> {
        let number = match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide | Self::Remainder if b.is_zero() => return Ok(Value::Null),
            Self::Divide => a / b,
            Self::Remainder => a % b,
        };
        if fits(&number) {
            Ok(Value::Decimal(number))
        } else {
            Err(format!(
                "{} {} {} needs more than {DIGITS} digits",
                a.to_plain_string(),
                self.sign(),
                b.to_plain_string()
            ))
        }
    }

    fn floats(self, a: Option<f64>, b: Option<f64>) -> Value {
        let (Some(a), Some(b)) = (a, b) else { return Value::Null };
        Value::float(match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide | Self::Remainder if b == 0.0 => return Value::Null,
            Self::Divide => a / b,
            Self::Remainder => a % b,
        })
    }
}

/// Whether a number can be written with 38 digits, before and after the point together.
pub(crate) fn fits(number: &BigDecimal) -> bool {
    let number = number.normalized();
    let (digits, scale) = (number.digits(), number.fractional_digit_count());
    let written =
        if scale < 0 { digits.saturating_add(scale.unsigned_abs()) } else { digits.max(scale.unsigned_abs()) };
    written <= DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::value::read_decimal;

    const ALL: [Arithmetic; 5] =
        [Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply, Arithmetic::Divide, Arithmetic::Remainder];

    fn decimal(text: &str) -> Value {
        Value::Decimal(read_decimal(text).unwrap())
    }

    fn all(left: &Value, right: &Value) -> [String; 5] {
        ALL.map(|sign| sign.apply(left, right).map_or_else(|error| error, |value| value.to_string()))
    }

    #[test]
    fn integers_stay_integers_save_under_division() {
        assert_eq!(all(&Value::Integer(-7), &Value::Integer(2)), ["-5", "-9", "-14", "-3.5", "-1"]);
        assert_eq!(Arithmetic::Divide.apply(&Value::Integer(4), &Value::Integer(2)).unwrap().kind(), Some(Type::Float));
    }

    #[test]
    fn decimals_stay_exact() {
        assert_eq!(all(&decimal("-0.7"), &decimal("0.2")), ["-0.5", "-0.9", "-0.14", "-3.4999999999999996", "-0.1"]);
        assert_eq!(Arithmetic::Add.apply(&decimal("0.1"), &decimal("0.2")), Ok(decimal("0.3")));
        assert_eq!(Arithmetic::Multiply.apply(&Value::Integer(3), &decimal("0.1")), Ok(decimal("0.3")));
    }

    #[test]
    fn anything_with_a_float_is_a_float() {
        let sum = Arithmetic::Add.apply(&decimal("0.5"), &Value::Float(1.0)).unwrap();
        assert_eq!((sum.kind(), sum.to_string().as_str()), (Some(Type::Float), "1.5"));
        let past = Arithmetic::Multiply.apply(&Value::Float(f64::MAX), &Value::Integer(2));
        assert_eq!(past, Ok(Value::Float(f64::INFINITY)));
        let infinite = Value::Float(f64::INFINITY);
        assert_eq!(Arithmetic::Subtract.apply(&infinite, &infinite), Ok(Value::Null));
    }

    #[test]
    fn a_zero_divisor_or_a_null_gives_null() {
        for zero in [Value::Integer(0), decimal("0.00"), Value::Float(0.0)] {
            for sign in [Arithmetic::Divide, Arithmetic::Remainder] {
                for dividend in [Value::Integer(1), decimal("1"), Value::Float(1.0)] {
                    assert_eq!(sign.apply(&dividend, &zero), Ok(Value::Null));
                }
            }
        }
        for sign in ALL {
            assert_eq!(sign.apply(&Value::Null, &Value::Integer(1)), Ok(Value::Null));
            assert_eq!(sign.apply(&Value::Integer(1), &Value::Null), Ok(Value::Null));
        }
    }

    #[test]
    fn overflow_is_an_error() {
        assert!(Arithmetic::Add.apply(&Value::Integer(i64::MAX), &Value::Integer(1)).is_err());
        assert!(Arithmetic::Subtract.apply(&Value::Integer(i64::MIN), &Value::Integer(1)).is_err());
        assert!(Arithmetic::Multiply.apply(&Value::Integer(i64::MAX), &Value::Integer(2)).is_err());
        assert_eq!(Arithmetic::Remainder.apply(&Value::Integer(i64::MIN), &Value::Integer(-1)), Ok(Value::Integer(0)));
        let nines = decimal(&"9".repeat(38));
        assert!(Arithmetic::Add.apply(&nines, &Value::Integer(1)).is_err());
        assert!(Arithmetic::Add.apply(&nines, &Value::Integer(0)).is_ok());
        let tiny = decimal("0.00000000000000000001");
        assert!(Arithmetic::Multiply.apply(&tiny, &tiny).is_err());
    }

    #[test]
    fn only_numbers_are_reckoned_with() {
        let add = Arithmetic::Add;
        assert!(add.apply(&Value::Text("1".into()), &Value::Integer(1)).is_err());
        assert_eq!(add.kind(Some(Type::String), None), Err("`+` takes numbers, not a string".to_owned()));
        assert_eq!(add.kind(Some(Type::Integer), Some(Type::Decimal)), Ok(Some(Type::Decimal)));
        assert_eq!(add.kind(Some(Type::Float), Some(Type::Decimal)), Ok(Some(Type::Float)));
        assert_eq!(add.kind(None, Some(Type::Integer)), Ok(Some(Type::Integer)));
        assert_eq!(add.kind(None, None), Ok(None));
        assert_eq!(Arithmetic::Divide.kind(Some(Type::Integer), Some(Type::Integer)), Ok(Some(Type::Float)));
    }
}
