//! The formats of national numbers in America: Chile, Mexico, Argentina, Brazil.
//!
//! Each may stand as digits and letters alone or with the punctuation it is printed with, nothing between; letters are
//! capitals, save the `k` of a RUT.

use chrono::NaiveDate;

use crate::ir::format::Row;
use crate::ir::format::checksum::{digits, is_one_character, laid_out, weighted};

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "rut", example: "12.345.678-5", counterexample: "12.345.678-6", holds: rut },
    Row { name: "curp", example: "BOXW310820HNERXN09", counterexample: "BOXW310820HNERXN08", holds: curp },
    Row { name: "rfc", example: "CFE370814QI0", counterexample: "CFE370814QI1", holds: rfc },
    Row { name: "cuit", example: "20-12345678-6", counterexample: "20-12345678-7", holds: cuit },
    Row { name: "cpf", example: "529.982.247-25", counterexample: "529.982.247-26", holds: cpf },
    Row { name: "cnpj", example: "11.222.333/0001-81", counterexample: "11.222.333/0001-82", holds: cnpj },
];

/// The states of Mexico in a CURP, and `NE` for those born abroad.
const STATES: [&str; 33] = [
    "AS", "BC", "BS", "CC", "CL", "CM", "CS", "CH", "DF", "DG", "GT", "GR", "HG", "JC", "MC", "MN", "MS", "NT", "NL",
    "OC", "PL", "QT", "QR", "SP", "SL", "SR", "TC", "TS", "TL", "VZ", "YN", "ZS", "NE",
];

/// The first two digits of a CUIT: persons, then companies, then international purposes.
const CUIT_KINDS: [&str; 12] = ["20", "23", "24", "25", "26", "27", "30", "33", "34", "50", "51", "55"];

/// A RUT or RUN of Chile: seven or eight digits and their check digit, which may be `K` in either case.
///
/// `12345678-5`, `12.345.678-5` or `123456785`. Modulo 11 with weights 2 to 7 from the right (Servicio de Impuestos
/// Internos; the same sum gives the RUN of the Registro Civil). A number of one digit repeated is a placeholder.
pub(super) fn rut(text: &str) -> bool {
    let templates = ["#########", "########", "########-#", "#######-#", "##.###.###-#", "#.###.###-#"];
    let Some(plain) = templates.iter().find_map(|template| laid_out(text, template)) else { return false };
    let (body, check) = plain.split_at(plain.len() - 1);
    let Some(number) = digits(body).filter(|_| !is_one_character(body)) else { return false };
    match 11 - weighted(number.into_iter().rev(), (2..=7).cycle()) % 11 {
        11 => check == "0",
        10 => check.eq_ignore_ascii_case("K"),
        digit => check == digit.to_string(),
    }
}

/// A CURP of Mexico: letters of the name, day of birth, sex (`H`, `M`, `X`), state, consonants, and a check digit.
///
/// The day must exist; its century is told by the seventeenth character, a digit up to 1999 and a letter since. The check
/// digit is by the Instructivo Normativo para la Asignación de la CURP (RENAPO), annex on its algorithm.
pub(super) fn curp(text: &str) -> bool {
    let plain = |range: std::ops::Range<usize>, fits: fn(u8) -> bool| text.as_bytes()[range].iter().copied().all(fits);
    let consonant = |byte: u8| byte.is_ascii_uppercase() && !b"AEIOU".contains(&byte);
    if text.len() != 18 || !text.is_ascii() {
        return false;
    }
    let shaped = plain(0..4, |byte| byte.is_ascii_uppercase())
        && b"AEIOUX".contains(&text.as_bytes()[1])
        && text[10..11].starts_with(['H', 'M', 'X'])
        && STATES.contains(&&text[11..13])
        && plain(13..16, consonant);
    let century = match text.as_bytes()[16] {
        b'0'..=b'9' => 1900,
        b'A'..=b'Z' => 2000,
        _ => return false,
    };
    let value = |character: char| match character {
        '0'..='9' => character.to_digit(10),
        // Between N and O stands Ñ, which is a value and no letter of a CURP.
        'A'..='N' => Some(10 + u32::from(character) - u32::from('A')),
        _ => Some(11 + u32::from(character) - u32::from('A')),
    };
    shaped
        && date(&text[4..10])
            .is_some_and(|(year, month, day)| NaiveDate::from_ymd_opt(century + year, month, day).is_some())
        && (10 - weighted(text[..17].chars().filter_map(value), (2..=18).rev()) % 10) % 10
            == text[17..].parse().unwrap_or(10)
}

/// An RFC of Mexico: four letters of a person or three of a company, a day, and a homoclave whose last character is a check
/// digit.
///
/// Letters are those of the alphabet with `Ñ` and `&`. `AAAA000101XX0`, or with hyphens or spaces around the day. The day must
/// exist in the last century or in this one. Check digit by Anexo 1 of the algorithm of the SAT, modulo 11. The two generic
/// numbers of the SAT, `XAXX010101000` for the public and `XEXX010101000` for foreigners, hold.
pub(super) fn rfc(text: &str) -> bool {
    if matches!(text, "XAXX010101000" | "XEXX010101000") {
        return true;
    }
    let characters: Vec<char> = text.chars().collect();
    // The name ends where the day begins, or a separator.
    let name = characters.iter().position(|c| !(c.is_ascii_uppercase() || matches!(c, 'Ñ' | '&'))).unwrap_or(0);
    let separator = characters.get(name).copied().filter(|c| matches!(c, '-' | ' '));
    let rest: Option<String> = match separator {
        None => Some(characters[name..].iter().collect()),
        Some(separator) => {
            let rest: String = characters[name + 1..].iter().collect();
            rest.split_once(separator).filter(|(day, _)| day.len() == 6).map(|(day, key)| format!("{day}{key}"))
        }
    };
    let Some(rest) = rest.filter(|rest| rest.len() == 9 && rest.is_ascii() && matches!(name, 3 | 4)) else {
        return false;
    };
    let exists = date(&rest[..6]).is_some_and(|(year, month, day)| {
        [1900, 2000].into_iter().any(|century| NaiveDate::from_ymd_opt(century + year, month, day).is_some())
    });
    let value = |character: char| match character {
        '0'..='9' => character.to_digit(10),
        'A'..='N' => Some(10 + u32::from(character) - u32::from('A')),
        '&' => Some(24),
        'O'..='Z' => Some(11 + u32::from(character) - u32::from('A')),
        ' ' => Some(37),
        'Ñ' => Some(38),
        _ => None,
    };
    let padding = if name == 3 { " " } else { "" };
    let whole = padding.chars().chain(characters[..name].iter().copied()).chain(rest.chars());
    let Some(values) = whole.map(value).collect::<Option<Vec<u32>>>() else { return false };
    let check = (11 - weighted(values, (2..=13).rev()) % 11) % 11;
    exists && rest[8..] == if check == 10 { "A".to_owned() } else { check.to_string() }
}

/// A CUIT or CUIL of Argentina: two digits for its kind, eight, and a check digit; `20-12345678-6` or digits alone.
///
/// Modulo 11 with weights 5432765432 (AFIP, now ARCA); numbers whose check digit would be 10 are given out under another kind.
pub(super) fn cuit(text: &str) -> bool {
    let Some(plain) = ["###########", "##-########-#"].iter().find_map(|template| laid_out(text, template)) else {
        return false;
    };
    let number = digits(&plain).filter(|_| CUIT_KINDS.contains(&&plain[..2]));
    number.is_some_and(|number| weighted(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

/// A CPF of Brazil: nine digits and two check digits; `529.982.247-25` or digits alone.
///
/// Modulo 11 with weights 2 to 11 from the right (Receita Federal). One digit repeated eleven times is a placeholder.
pub(super) fn cpf(text: &str) -> bool {
    let Some(plain) = ["###########", "###.###.###-##"].iter().find_map(|template| laid_out(text, template)) else {
        return false;
    };
    let number = digits(&plain).filter(|_| !is_one_character(&plain));
    number.is_some_and(|number| [9, 10].into_iter().all(|place| number[place] == brazilian(&number[..place], 11)))
}

/// A CNPJ of Brazil: eight characters of a company, four of a branch, and two check digits; `11.222.333/0001-81` or alone.
///
/// Since July 2026 the first twelve may be digits or capital letters, a letter counting its place in ASCII less 48; weights 2
/// to 9 from the right, modulo 11 (Instrução Normativa RFB 2.229/2024). One digit repeated is a placeholder.
pub(super) fn cnpj(text: &str) -> bool {
    let Some(plain) = ["##############", "##.###.###/####-##"].iter().find_map(|template| laid_out(text, template))
    else {
        return false;
    };
    let fits = |(place, byte): (usize, u8)| byte.is_ascii_digit() || (place < 12 && byte.is_ascii_uppercase());
    if is_one_character(&plain) || !plain.bytes().enumerate().all(fits) {
        return false;
    }
    let number: Vec<u32> = plain.bytes().map(|byte| u32::from(byte - b'0')).collect();
    [12, 13].into_iter().all(|place| number[place] == brazilian(&number[..place], 9))
}

/// The check digit after some values: weights from 2 up to the greatest, from the right and again, modulo 11.
fn brazilian(values: &[u32], greatest: u32) -> u32 {
    match weighted(values.iter().rev().copied(), (2..=greatest).cycle()) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Year of a century, month and day of six digits.
fn date(text: &str) -> Option<(i32, u32, u32)> {
    digits(text)?;
    Some((text[..2].parse().ok()?, text[2..4].parse().ok()?, text[4..].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(holds: fn(&str) -> bool, texts: &[&str]) {
        texts.iter().for_each(|text| assert!(holds(text), "{text}"));
    }

    fn none(holds: fn(&str) -> bool, texts: &[&str]) {
        texts.iter().for_each(|text| assert!(!holds(text), "{text}"));
    }

    #[test]
    fn a_rut_may_end_in_k() {
        all(
            rut,
            &[
                "12345678-5",
                "12.345.678-5",
                "123456785",
                "7654321-6",
                "7.654.321-6",
                "76086428-5",
                "10000013-K",
                "10000013-k",
            ],
        );
        none(rut, &["12345678-6", "12.345678-5", "12 345 678-5", "11111111-1", "00000000-0", "K2345678-5", "345678-5"]);
    }

    #[test]
    fn a_curp_has_a_day_a_sex_and_a_state() {
        all(curp, &["BOXW310820HNERXN09"]);
        none(
            curp,
            &[
                "BOXW310820HNERXN08",
                "boxw310820hnerxn09",
                "BOXW310231HNERXN09",
                "BOXW310820ANERXN09",
                "BOXW310820HZZRXN09",
            ],
        );
        none(curp, &["BOXW310820HNERXN0", "BOXW310820HNEAXN09", "BOXW310820HNERXÑ9"]);
    }

    #[test]
    fn an_rfc_is_of_a_person_or_a_company() {
        all(
            rfc,
            &["GODE561231GR8", "GODE 561231 GR8", "GODE-561231-GR8", "CFE370814QI0", "CFE-370814-QI0", "NWM9709244W4"],
        );
        all(rfc, &["SAT970701NN3", "TME840315KT6", "XAXX010101000", "XEXX010101000"]);
        none(
            rfc,
            &[
                "GODE561231GR9",
                "gode561231gr8",
                "GODE561331GR8",
                "GODE-561231 GR8",
                "GODE561231",
                "GO561231GR8",
                "CFE370230QI0",
            ],
        );
    }

    #[test]
    fn a_cuit_has_a_kind() {
        all(cuit, &["20-12345678-6", "20123456786", "30-50001091-2", "33693450239"]);
        none(cuit, &["20-12345678-7", "20 12345678 6", "99-12345678-6", "20-1234567-6", "2012345678-6"]);
    }

    #[test]
    fn a_cpf_has_two_check_digits() {
        all(cpf, &["529.982.247-25", "52998224725", "111.444.777-35", "390.533.447-05"]);
        none(cpf, &["529.982.247-26", "529.982.247-35", "529982247-25", "111.111.111-11", "00000000000", "5299822472"]);
    }

    #[test]
    fn a_cnpj_may_hold_letters() {
        all(
            cnpj,
            &["11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35", "12ABC34501DE35", "00.000.000/0001-91"],
        );
        none(
            cnpj,
            &[
                "11.222.333/0001-82",
                "12.abc.345/01de-35",
                "12ABC34501DE36",
                "12ABC34501DEA5",
                "00000000000000",
                "11.222.333.0001-81",
            ],
        );
    }
}
