//! The formats of codes: of records, accounts and cards, countries, currencies and languages, days and moments.
//!
//! Check digits are worked out; whether an account or a card exists is not known.

use iban::Iban;
use iso_currency::Currency;
use isolang::Language;

use crate::ir::format::Row;
use crate::ir::format::checksum::luhn;
use crate::ir::time;

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "uuid", example: "018f4e1c-7a3b-7c21-9d0e-5b6a7c8d9e0f", counterexample: "018f4e1c", holds: uuid },
    Row { name: "ulid", example: "01ARZ3NDEKTSV4RRFFQ69G5FAV", counterexample: "81ARZ3NDEKTSV4RRFFQ69G5FAV", holds: ulid },
    Row { name: "iban", example: "ES91 2100 0418 4502 0005 1332", counterexample: "ES91 2100 0418 4502 0005 1333", holds: iban },
    Row { name: "bic", example: "CAIXESBBXXX", counterexample: "CAIXZZBB", holds: bic },
    Row { name: "credit_card", example: "4111 1111 1111 1111", counterexample: "4111 1111 1111 1112", holds: credit_card },
    Row { name: "iso_date", example: "2024-01-31", counterexample: "31/01/2024", holds: iso_date },
    Row { name: "iso_datetime", example: "2024-01-31T10:00:00Z", counterexample: "31/01/2024 10:00", holds: iso_datetime },
    Row { name: "iso_country", example: "ES", counterexample: "UK", holds: iso_country },
    Row { name: "iso_currency", example: "EUR", counterexample: "euro", holds: iso_currency },
    Row { name: "iso_language", example: "es", counterexample: "español", holds: iso_language },
];

/// Thirty-two hexadecimal digits in groups of 8, 4, 4, 4 and 12, in any case and of any version.
pub(super) fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Twenty-six digits of Crockford's base 32, in any case, of which the first is at most 7: 128 bits.
///
/// See <https://github.com/ulid/spec>. The letters I, L, O and U are none of its digits.
pub(super) fn ulid(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() && !b"ILOU".contains(&byte.to_ascii_uppercase());
    text.len() == 26 && text.bytes().all(digit) && text.starts_with(|first| ('0'..='7').contains(&first))
}

/// An account number of ISO 13616: a country of the IBAN registry, its length and structure, and check digits that agree.
///
/// Electronic, or printed in groups of four between single spaces; the country in capitals.
pub(super) fn iban(text: &str) -> bool {
    text.parse::<Iban>().is_ok()
}

/// A business identifier of ISO 9362: four letters or digits, a country of ISO 3166-1 (or `XK`, which SWIFT uses for Kosovo),
/// two letters or digits, and perhaps three more for a branch. In capitals, without spaces.
pub(super) fn bic(text: &str) -> bool {
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    matches!(text.len(), 8 | 11)
        && text.bytes().all(capital)
        && text.get(4..6).is_some_and(|country| country == "XK" || iso_country(country))
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

/// A language by its two letters of ISO 639-1, or by its three of ISO 639-3; in lower case.
pub(super) fn iso_language(text: &str) -> bool {
    match text.len() {
        2 => Language::from_639_1(text).is_some(),
        3 => Language::from_639_3(text).is_some(),
        _ => false,
    }
}

/// A day of the calendar in the extended form of ISO 8601.
pub(super) fn iso_date(text: &str) -> bool {
    time::iso_date(text.as_bytes()).is_some()
}

/// A day and a time of day in the extended form of ISO 8601, as in RFC 3339: a `T` between them, minutes at least, and an
/// offset or none. The space that RFC 3339 lets stand for the `T` is refused, and so are leap seconds and hour 24.
pub(super) fn iso_datetime(text: &str) -> bool {
    let separated = text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't'));
    separated && time::iso_timestamp(text.as_bytes(), time::Zone::UTC).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_date_is_a_day_of_the_calendar() {
        assert!(iso_date("2024-02-29"));
        for text in ["2023-02-29", "2024-2-9", "20240229", "2024-02-29T00:00:00Z"] {
            assert!(!iso_date(text), "{text}");
        }
    }

    #[test]
    fn an_iso_datetime_is_a_moment_with_or_without_an_offset() {
        for text in
            ["2024-01-31T10:00", "2024-01-31T10:00:05.123456789", "2024-01-31T10:00:00+02:00", "2024-01-31t10:00:00z"]
        {
            assert!(iso_datetime(text), "{text}");
        }
        for text in [
            "2024-01-31",
            "2024-01-31 10:00:00",
            "2024-01-31T10",
            "2024-01-31T24:00:00",
            "2024-01-31T10:60:00Z",
            "2024-02-30T10:00:00Z",
            "2024-01-31T10:00:00+25:00",
            "2024-01-31T10:00:00 Z",
            "20240131T100000Z",
        ] {
            assert!(!iso_datetime(text), "{text}");
        }
    }

    #[test]
    fn a_ulid_has_128_bits() {
        for text in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
            assert!(ulid(text), "{text}");
        }
        for text in [
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "01ARZ3NDEKTSV4RRFFQ69G5FA",
            "01ARZ3NDEKTSV4RRFFQ69G5FA-",
        ] {
            assert!(!ulid(text), "{text}");
        }
    }

    #[test]
    fn a_bic_names_a_country() {
        for text in ["BSCHESMM", "DEUTDEFF500", "CAIXESBBXXX", "NCBVXKPR"] {
            assert!(bic(text), "{text}");
        }
        for text in ["BSCHESM", "BSCHESMM5", "BSCHZZMM", "bschesmm", "BSCH ES MM", "BSCHESMM-XXX", "BSCHÑSM"] {
            assert!(!bic(text), "{text}");
        }
    }

    #[test]
    fn a_language_has_two_letters_or_three() {
        for text in ["es", "eu", "spa", "ast", "zho"] {
            assert!(iso_language(text), "{text}");
        }
        for text in ["ES", "xx", "es-ES", "esp", "qqq", "e", "español"] {
            assert!(!iso_language(text), "{text}");
        }
    }

    #[test]
    fn a_uuid_has_its_hyphens_in_place() {
        assert!(uuid("00000000-0000-0000-0000-000000000000"));
        assert!(uuid("F47AC10B-58cc-4372-A567-0E02B2C3D479"));
        assert!(!uuid("f47ac10b58cc4372a5670e02b2c3d479"));
        assert!(!uuid("{f47ac10b-58cc-4372-a567-0e02b2c3d479}"));
        assert!(!uuid("g47ac10b-58cc-4372-a567-0e02b2c3d479"));
        assert!(!uuid("f47ac10b-58cc-4372-a567-0e02b2c3d47ñ"));
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
