//! The formats of Spanish tax numbers.
//!
//! Letters are capitals; a hyphen may set the letters off from the digits (`12345678-Z`, `X-1234567-L`, `A-58818501`), dots
//! and spaces may not. Sources: Real Decreto 1065/2007, articles 18 to 24, and Orden EHA/451/2008.

use crate::ir::format::Row;
use crate::ir::format::checksum::{digits, laid_out, luhn};

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "nif", example: "12345678Z", counterexample: "12345678A", holds: nif },
    Row { name: "nie", example: "X1234567L", counterexample: "X1234567M", holds: nie },
    Row { name: "cif", example: "A58818501", counterexample: "A58818502", holds: cif },
];

/// The letter of a number, by its remainder by 23.
const LETTERS: [char; 23] =
    ['T', 'R', 'W', 'A', 'G', 'M', 'Y', 'F', 'P', 'D', 'X', 'B', 'N', 'J', 'Z', 'S', 'Q', 'V', 'H', 'L', 'C', 'K', 'E'];

/// The letter of an entity, by its check digit.
const OF_ENTITIES: [char; 10] = ['J', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I'];

/// A tax number of anybody: the eight digits and the letter of a DNI, a number that begins with `K`, `L` or `M`, an NIE, or
/// the number of an entity.
pub(super) fn nif(text: &str) -> bool {
    let of_citizens = laid_out(text, "#########")
        .or_else(|| laid_out(text, "########-#"))
        .is_some_and(|plain| has_letter(&plain[..8], &plain[8..]));
    let of_others =
        plain(text).is_some_and(|plain| plain.starts_with(['K', 'L', 'M']) && has_letter(&plain[1..8], &plain[8..]));
    of_citizens || of_others || nie(text) || cif(text)
}

/// The number of a foreigner: `X`, `Y` or `Z`, seven digits, and a letter.
pub(super) fn nie(text: &str) -> bool {
    let Some(plain) = plain(text) else { return false };
    let first = match plain.as_bytes()[0] {
        b'X' => '0',
        b'Y' => '1',
        b'Z' => '2',
        _ => return false,
    };
    has_letter(&format!("{first}{}", &plain[1..8]), &plain[8..])
}

/// The number of an entity: a letter for its kind, seven digits, and a check digit, or a letter where its kind wants one.
///
/// Kinds `N P Q R S W`, and numbers that begin with `00`, have a letter; else `A B E H` have a digit, and others either.
pub(super) fn cif(text: &str) -> bool {
    let Some(plain) = plain(text) else { return false };
    let (kind, body, check) = (&plain[..1], &plain[1..8], &plain[8..]);
    let Some(mut number) = digits(body) else { return false };
    // The check digit is that of Luhn's formula, by which one digit at most fits.
    number.push(0);
    let Some(digit) = (0..10_u8).find(|digit| {
        number[7] = u32::from(*digit);
        luhn(&number)
    }) else {
        return false;
    };
    let is_digit = check == digit.to_string();
    let is_letter = check.starts_with(OF_ENTITIES[usize::from(digit)]);
    match kind {
        "A" | "B" | "E" | "H" if !body.starts_with("00") => is_digit,
        "A" | "B" | "E" | "H" | "N" | "P" | "Q" | "R" | "S" | "W" => is_letter,
        "C" | "D" | "F" | "G" | "J" | "U" | "V" => is_letter || is_digit,
        _ => false,
    }
}

/// A letter, seven digits, and one more, perhaps with hyphens beside the digits.
fn plain(text: &str) -> Option<String> {
    ["#########", "#-########", "#-#######-#", "########-#"].iter().find_map(|template| laid_out(text, template))
}

fn has_letter(number: &str, letter: &str) -> bool {
    let number = Some(number).filter(|number| digits(number).is_some()).and_then(|number| number.parse::<usize>().ok());
    number.is_some_and(|number| letter.starts_with(LETTERS[number % 23]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citizen_has_eight_digits_and_their_letter() {
        for text in ["12345678Z", "12345678-Z", "00000001R", "54362315K", "K1234567L", "M1234567L"] {
            assert!(nif(text), "{text}");
        }
        for text in [
            "12345678A",
            "12345678z",
            "1234567L",
            "12.345.678-Z",
            "12345678 Z",
            "123456789",
            "Z12345678",
            "1234-5678Z",
            "-12345678Z",
            "I1234567L",
            "1234567éZ",
        ] {
            assert!(!nif(text), "{text}");
        }
    }

    #[test]
    fn a_foreigner_has_a_letter_before_and_one_behind() {
        for text in ["X1234567L", "X-1234567-L", "Y1234567X", "Z1234567R", "X2482300W"] {
            assert!(nie(text), "{text}");
            assert!(nif(text), "{text}");
        }
        for text in ["X1234567M", "x1234567l", "W1234567L", "X12345678L", "12345678Z", "X 1234567 L"] {
            assert!(!nie(text), "{text}");
        }
    }

    #[test]
    fn an_entity_has_a_digit_or_a_letter_by_its_kind() {
        for text in ["A58818501", "A-58818501", "J99216582", "J9921658B", "Q2826000H", "S2800214E"] {
            assert!(cif(text), "{text}");
        }
        for text in
            ["A58818502", "A5881850A", "J99216583", "Q28260008", "I58818501", "a58818501", "A5881850", "58818501A"]
        {
            assert!(!cif(text), "{text}");
        }
        assert!(nif("A58818501"));
    }
}
