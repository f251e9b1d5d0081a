//! The formats of codes: of things, accounts and cards, countries and currencies.
//!
//! Check digits are worked out; whether an account or a card exists is not known.

use iban::Iban;
use iso_currency::Currency;

/// Thirty-two hexadecimal digits in groups of 8, 4, 4, 4 and 12, in any case and of any version.
pub(super) fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An account number of ISO 13616: a country of the IBAN registry, its length and structure, and check digits that agree.
///
/// Electronic, or printed in groups of four between single spaces; the country in capitals.
pub(super) fn iban(text: &str) -> bool {
    text.parse::<Iban>().is_ok()
}

/// A card number of ISO/IEC 7812: 12 to 19 digits whose last one is the check digit of Luhn's formula.
///
/// Digits may stand in groups between single spaces, or between single hyphens. A number that begins with 0, which no
/// payment card has, is refused: rows of zeros are placeholders.
pub(super) fn credit_card(text: &str) -> bool {
    let separator = text.chars().find(|character| !character.is_ascii_digit()).unwrap_or(' ');
    if !matches!(separator, ' ' | '-') || text.split(separator).any(str::is_empty) {
        return false;
    }
    let digits: Option<Vec<u32>> =
        text.chars().filter(|character| *character != separator).map(|character| character.to_digit(10)).collect();
    digits.is_some_and(|digits| (12..=19).contains(&digits.len()) && digits[0] != 0 && luhn(&digits))
}

/// Every second digit from the right is doubled and its own digits added; the sum ends in 0.
fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// A country of ISO 3166-1 by its two letters (alpha-2), in capitals.
///
/// Codes that the standard only reserves (`UK`, `EU`) or leaves to users (`XK`) are refused.
pub(super) fn iso_country(text: &str) -> bool {
    text.len() == 2 && rust_iso3166::from_alpha2(text).is_some_and(|country| country.alpha2 != "XK")
}

/// A currency of ISO 4217 by its three letters, in capitals.
///
/// Those that a later one has replaced in recent years (`HRK`), and codes for gold, funds and no currency (`XAU`, `XXX`),
/// are of the standard and hold.
pub(super) fn iso_currency(text: &str) -> bool {
    Currency::from_code(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::format::Format;

    #[test]
    fn a_uuid_has_its_hyphens_in_place() {
        assert!(Format::Uuid.holds("00000000-0000-0000-0000-000000000000"));
        assert!(Format::Uuid.holds("F47AC10B-58cc-4372-A567-0E02B2C3D479"));
        assert!(!Format::Uuid.holds("f47ac10b58cc4372a5670e02b2c3d479"));
        assert!(!Format::Uuid.holds("{f47ac10b-58cc-4372-a567-0e02b2c3d479}"));
        assert!(!Format::Uuid.holds("g47ac10b-58cc-4372-a567-0e02b2c3d479"));
        assert!(!Format::Uuid.holds("f47ac10b-58cc-4372-a567-0e02b2c3d47ñ"));
    }

    #[test]
    fn an_iban_has_the_structure_of_its_country() {
        for text in ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"] {
            assert!(iban(text), "{text}");
        }
        for text in [
            "DE89370400440532013001",
            "DE8937040044053201300",
            "de89370400440532013000",
            "XX89370400440532013000",
            "DE89 3704 0044 0532 0130 0 0",
            "DE89-3704-0044-0532-0130-00",
            " DE89370400440532013000",
        ] {
            assert!(!iban(text), "{text}");
        }
    }

    #[test]
    fn a_card_number_agrees_with_its_check_digit() {
        for text in
            ["4111111111111111", "5500-0000-0000-0004", "3400 000000 00009", "501800000009", "6304000000000000000"]
        {
            assert!(credit_card(text), "{text}");
        }
        for text in [
            "4111111111111112",
            "1411111111111111",
            "0000000000000000",
            "42",
            "79927398713",
            "41111111111111111115",
            "4111  1111 1111 1111",
            "4111-1111 1111-1111",
            "4111.1111.1111.1111",
            "-4111111111111111",
            "4111111111111111 ",
            "٤١١١١١١١١١١١١١١١",
        ] {
            assert!(!credit_card(text), "{text}");
        }
    }

    #[test]
    fn countries_and_currencies_are_those_of_the_standards() {
        for text in ["ES", "US", "GB", "SS", "AX"] {
            assert!(iso_country(text), "{text}");
        }
        for text in ["es", "ESP", "EU", "XK", "AA", "ZZ", "724", " ES", "Ñ"] {
            assert!(!iso_country(text), "{text}");
        }
        for text in ["EUR", "JPY", "XAU", "HRK"] {
            assert!(iso_currency(text), "{text}");
        }
        for text in ["eur", "EURO", "AAA", "978", "€", "EUR "] {
            assert!(!iso_currency(text), "{text}");
        }
    }
}
