//! The formats of notations: names in addresses, versions, documents, bytes, and places on the earth.

use bigdecimal::BigDecimal;
use serde::de::IgnoredAny;

use crate::ir::format::Row;
use crate::ir::value::read_decimal;

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "slug", example: "camisa-de-lino-2", counterexample: "Camisa de lino", holds: slug },
    Row { name: "semver", example: "1.4.0-rc.1+build.7", counterexample: "1.4", holds: semver },
    Row { name: "json", example: r#"{"a": [1, null]}"#, counterexample: "{'a': 1}", holds: json },
    Row { name: "base64", example: "VGFtaXo=", counterexample: "VGFtaXo", holds: base64 },
    Row { name: "hex", example: "54616d697a", counterexample: "0x54616d", holds: hex },
    Row { name: "latitude", example: "-33.4489", counterexample: "-93.4489", holds: latitude },
    Row { name: "longitude", example: "-70.6693", counterexample: "70° 40' W", holds: longitude },
];

/// Lower-case letters and digits of ASCII in groups between single hyphens.
pub(super) fn slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.split('-').all(|group| !group.is_empty() && group.bytes().all(plain))
}

/// A version of Semantic Versioning 2.0.0: three numbers, perhaps a pre-release and a build; no `v` before it.
pub(super) fn semver(text: &str) -> bool {
    semver::Version::parse(text).is_ok()
}

/// One JSON document (RFC 8259) of any kind: `1` is one; blanks may stand around it.
pub(super) fn json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The standard alphabet of RFC 4648, section 4, padded with `=` to a multiple of four, on one line.
///
/// The bits that the padding leaves over are nought, as the standard tells encoders. Many words of four letters have this
/// form too.
pub(super) fn base64(text: &str) -> bool {
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let left_over = match text.len() - body.len() {
        2 => 0b1111,
        1 => 0b11,
        _ => 0,
    };
    text.len().is_multiple_of(4)
        && body.bytes().all(|byte| value(byte).is_some())
        && body.bytes().last().and_then(value).is_some_and(|last| last & left_over == 0)
}

/// One or more hexadecimal digits, in any case, with nothing before them.
pub(super) fn hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Degrees from -90 to 90, as a decimal number with a point.
pub(super) fn latitude(text: &str) -> bool {
    degrees(text, 90)
}

/// Degrees from -180 to 180, as a decimal number with a point.
pub(super) fn longitude(text: &str) -> bool {
    degrees(text, 180)
}

fn degrees(text: &str, most: u32) -> bool {
    let most = BigDecimal::from(most);
    read_decimal(text).is_some_and(|number| number.abs() <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_groups_between_hyphens() {
        assert_eq!(["a", "a-b", "2024-01-31", "camisa-de-lino"].map(slug), [true; 4]);
        assert_eq!(["", "-a", "a-", "a--b", "a_b", "A", "año", "a b"].map(slug), [false; 8]);
    }

    #[test]
    fn a_version_has_three_numbers() {
        assert_eq!(["0.0.0", "1.2.3-alpha.1", "1.2.3+001", "10.20.30-a-b.0+c"].map(semver), [true; 4]);
        assert_eq!(["1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3.4", " 1.2.3"].map(semver), [false; 8]);
    }

    #[test]
    fn base64_is_padded_and_leaves_no_bits() {
        assert_eq!(["TQ==", "TWE=", "TWFu", "+/+/", "abcd"].map(base64), [true; 5]);
        assert_eq!(
            ["", "=", "==", "====", "TQ", "TQ=", "TR==", "TWF=", "T===", "TQ==TQ==", "-_-_", "TW Fu", "TWFu\nTWFu"]
                .map(base64),
            [false; 13]
        );
    }

    #[test]
    fn hex_is_digits_alone() {
        assert_eq!(["0", "deadBEEF", "abc"].map(hex), [true; 3]);
        assert_eq!(["", "0x1f", "12 34", "g"].map(hex), [false; 4]);
    }

    #[test]
    fn a_place_lies_on_the_earth() {
        assert_eq!(["0", "90", "-90.0", "+40.4168", "90.0000000000000000000"].map(latitude), [true; 5]);
        assert_eq!(["90.00000001", "-91", "40,4168", "40.4168N", "4.04e1", "NaN", "", " 1"].map(latitude), [false; 8]);
        assert_eq!(["180", "-180.0", "-3.7038"].map(longitude), [true; 3]);
        assert_eq!(["180.1", "-181", "360"].map(longitude), [false; 3]);
    }
}
