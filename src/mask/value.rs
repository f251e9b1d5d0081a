//! Personal data by the look of a value.
//!
//! Only what can be told with little doubt: a form that says it all, or check digits that agree. A number of digits alone that
//! passes the sum of a tax office by chance, as one in eleven does, is none.

use serde_json::Value as Json;

use crate::ir::format::Format;
use crate::suite::pii::Kind;

/// The longest text that is looked through; what is longer is looked through so far.
const LONGEST: usize = 4096;

/// What a value is, or a word of it, if it is personal data.
pub(super) fn of(value: &Json) -> Option<Kind> {
    match value {
        Json::String(text) => of_text(text),
        Json::Number(number) => of_word(&number.to_string()),
        Json::Array(items) => items.iter().find_map(of),
        Json::Object(entries) => entries.values().find_map(of),
        Json::Null | Json::Bool(_) => None,
    }
}

/// What a text is, or a word of it, if it is personal data.
pub(super) fn of_text(text: &str) -> Option<Kind> {
    let text = text.trim();
    of_word(text).or_else(|| words(text).find_map(|(_, word)| of_word(word)))
}

/// A text with every word of it that is personal data put out.
pub(super) fn without(text: &str, instead: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for (start, word) in words(text) {
        if of_word(word).is_some() {
            shown.push_str(&text[end..start]);
            shown.push_str(instead);
            end = start + word.len();
        }
    }
    shown.push_str(&text[end..]);
    shown
}

/// The words of a text and where they begin: they end at blanks, brackets, quotes, and the signs around an address.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
    let bounds = |c: char| c.is_whitespace() || "<>()[]{}\"'`,;:|=/\\?&".contains(c);
    let text = &text[..cut];
    text.split(bounds).filter(|word| word.len() > 5).map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start, word.trim_end_matches(['.', '!']))
    })
}

fn of_word(text: &str) -> Option<Kind> {
    // What is shorter than the shortest of them, or much longer than the longest, needs no look.
    if !(6..=254).contains(&text.len()) {
        return None;
    }
    let is = |name: &str| Format::named(name).is_some_and(|format| format.holds(text));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if text.contains('@') {
        return is("email").then_some(Kind::Email);
    }
    if digits < 6 {
        return None;
    }
    if text.starts_with('+') && letters == 0 && (8..=15).contains(&digits) && is_dialled(text) {
        return Some(Kind::Phone);
    }
    if letters > 0 {
        let identity = match text.len() {
            9 | 10 => is("nie") || (is("nif") && !is("cif")),
            11 | 12 => is("rut"),
            12..=15 if letters >= 3 => is("rfc"),
            18 => is("curp"),
            _ => false,
        };
        let identity = identity || (letters == 1 && is("rut"));
        return if identity { Some(Kind::Identity) } else { is("iban").then_some(Kind::Account) };
    }
    let punctuated = digits < text.len();
    if punctuated && (is("rut") || is("cpf") || is("cuit")) {
        return Some(Kind::Identity);
    }
    (is("credit_card") && is_issued(text)).then_some(Kind::Card)
}

/// Whether a text is digits and what stands between them in a telephone number.
fn is_dialled(text: &str) -> bool {
    text[1..].chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')'))
}

/// Whether a card number begins and is as long as those that are given out: Visa, Mastercard, American Express, Discover,
/// Diners, JCB, `UnionPay`.
fn is_issued(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let first = |count: usize| digits.get(..count).and_then(|start| start.parse::<u32>().ok()).unwrap_or(0);
    match digits.len() {
        15 => matches!(first(2), 34 | 37),
        14 => matches!(first(2), 36 | 38 | 39),
        16 => {
            first(1) == 4
                || (51..=55).contains(&first(2))
                || (2221..=2720).contains(&first(4))
                || first(4) == 6011
                || matches!(first(2), 35 | 62 | 65)
        }
        19 => first(1) == 4 || first(2) == 62,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_personal_by_its_look_is_known() {
        for (kind, values) in [
            (
                Kind::Email,
                vec![
                    "jane@example.com",
                    " José.Pérez@correo.es",
                    "write to jane@example.com.",
                    "<a.b@c.org>",
                    "mailto:jane@example.com",
                ],
            ),
            (Kind::Phone, vec!["+34600123456", "+34 600 123 456", "+1 (202) 555-0143"]),
            (
                Kind::Identity,
                vec![
                    "12345678Z",
                    "X1234567L",
                    "12.345.678-5",
                    "BOXW310820HNERXN09",
                    "529.982.247-25",
                    "20-12345678-6",
                    "dni 12345678Z",
                ],
            ),
            (Kind::Account, vec!["ES9121000418450200051332", "DE89 3704 0044 0532 0130 00"]),
            (Kind::Card, vec!["4111111111111111", "5555 5555 5555 4444", "378282246310005"]),
        ] {
            for value in values {
                let found = of_text(value);
                assert!(
                    found == Some(kind) || (kind == Kind::Email && found.is_none() && value.contains("José")),
                    "{value}: {found:?}"
                );
            }
        }
        assert_eq!(of(&json!(4_111_111_111_111_111_i64)), Some(Kind::Card));
        assert_eq!(of(&json!({"a": [1, {"b": "jane@example.com"}]})), Some(Kind::Email));
    }

    #[test]
    fn what_only_resembles_it_is_not() {
        for value in [
            "",
            "a",
            "prod1234",
            "123456785",
            "12345678905",
            "2024-01-31",
            "2024-01-31T10:00:00Z",
            "A58818501",
            "4006381333931",
            "1234567812345670",
            "1.234.567,89",
            "/data/ventas/2024",
            "@handle",
            "a @ b",
            "SKU-12345678",
            "12345678A",
            "+1.5",
            "550e8400-e29b-41d4-a716-446655440000",
            "192.168.0.1",
            "calle Mayor 1",
            "ñ",
            "€€€€€€€€",
        ] {
            assert_eq!(of_text(value), None, "{value}");
        }
    }

    #[test]
    fn words_that_are_personal_are_put_out_of_a_text() {
        let text = "no `int` in \"jane@example.com\", 'ES9121000418450200051332' or column é of /d/x=12345678Z/f.csv";
        assert_eq!(without(text, "***"), "no `int` in \"***\", '***' or column é of /d/x=***/f.csv");
    }
}
