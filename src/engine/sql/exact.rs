//! Exact numbers as bytes that compare as the numbers do, for an engine that has none.
//!
//! Zero is one byte. Any other number is `0.d₁d₂…dₙ · 10ᵉ` with no zero at either end of its digits: a byte for its sign, its
//! exponent, its digits as characters. Of a negative number all bytes after the sign are turned around, and one more ends it,
//! for of two numbers that begin alike the longer one is the lesser.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, Zero};

const NEGATIVE: u8 = 0x40;
const ZERO: u8 = 0x80;
const POSITIVE: u8 = 0xc0;

/// What is added to an exponent, so that it is not negative.
const MIDDLE: i64 = 1 << 15;

/// The bytes of a number; none of one too large or too small.
pub(super) fn bytes(number: &BigDecimal) -> Option<Vec<u8>> {
    if number.is_zero() {
        return Some(vec![ZERO]);
    }
    let (digits, scale) = number.normalized().into_bigint_and_scale();
    let (sign, digits) = (digits.sign(), digits.magnitude().to_string());
    let exponent = i64::try_from(digits.len()).ok()?.checked_sub(scale)?.checked_add(MIDDLE)?;
    let mut bytes = vec![POSITIVE];
    bytes.extend(u16::try_from(exponent).ok()?.to_be_bytes());
    bytes.extend(digits.into_bytes());
    if sign == Sign::Minus {
        bytes.iter_mut().skip(1).for_each(|byte| *byte = !*byte);
        bytes[0] = NEGATIVE;
        bytes.push(u8::MAX);
    }
    Some(bytes)
}

/// The number of some bytes; none if they are of no number.
pub(super) fn number(bytes: &[u8]) -> Option<BigDecimal> {
    let (sign, rest) = match *bytes {
        [ZERO] => return Some(BigDecimal::zero()),
        [POSITIVE, ref rest @ ..] => (Sign::Plus, rest.to_vec()),
        [NEGATIVE, ref rest @ .., u8::MAX] => (Sign::Minus, rest.iter().map(|byte| !byte).collect()),
        _ => return None,
    };
    let (exponent, digits) = rest.split_first_chunk::<2>()?;
    let scale = i64::try_from(digits.len()).ok()? + MIDDLE - i64::from(u16::from_be_bytes(*exponent));
    let magnitude = BigInt::parse_bytes(digits, 10).filter(|_| digits.iter().all(u8::is_ascii_digit))?;
    Some(BigDecimal::new(if sign == Sign::Minus { -magnitude } else { magnitude }, scale))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_number_is_none() {
        for bytes in [&[][..], &[0], &[ZERO, 1], &[POSITIVE], &[POSITIVE, 1, 2], &[POSITIVE, 0x80, 1, b'x'], b"text"] {
            assert_eq!(number(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_compare_as_their_numbers(
            (one, other) in (any::<i64>(), any::<i64>()), (fine, finer) in (-30_i64..30, -30_i64..30),
        ) {
            let (one, other) = (BigDecimal::new(one.into(), fine), BigDecimal::new(other.into(), finer));
            let (first, second) = (bytes(&one).unwrap(), bytes(&other).unwrap());
            prop_assert_eq!(one.cmp(&other), first.cmp(&second));
            prop_assert_eq!(number(&first), Some(one));
        }

        #[test]
        fn small_numbers_too(one in -2000_i64..2000, other in -2000_i64..2000, fine in 0_i64..3, finer in 0_i64..3) {
            let (one, other) = (BigDecimal::new(one.into(), fine), BigDecimal::new(other.into(), finer));
            prop_assert_eq!(one.cmp(&other), bytes(&one).unwrap().cmp(&bytes(&other).unwrap()));
        }
    }
}
