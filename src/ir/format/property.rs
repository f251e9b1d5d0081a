//! What check digits are for: a number with one digit changed is found out.

use proptest::prelude::*;

use crate::ir::format::Format;

/// Formats whose sums find every change of one digit, with numbers in which `#` is any digit and `?` the check character.
///
/// CPF and CNPJ are left out, for their check digit is 0 for two remainders, and the CURP, whose weights share divisors with 10.
const SUMS: [(&str, &str); 16] = [
    ("credit_card", "4##############?"),
    ("isbn", "#########?"),
    ("isbn", "978#########?"),
    ("ean", "#######?"),
    ("ean", "###########?"),
    ("ean", "############?"),
    ("ean", "#############?"),
    ("nif", "########?"),
    ("nif", "K#######?"),
    ("nie", "Y#######?"),
    ("cif", "A#######?"),
    ("cif", "Q#######?"),
    ("rut", "########-?"),
    ("rut", "#######-?"),
    ("cuit", "20########?"),
    ("rfc", "ABC010101##?"),
];

/// Whatever a check character may be.
const CHECKS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

proptest! {
    #[test]
    fn one_digit_changed_makes_a_number_invalid(
        (name, template) in prop::sample::select(&SUMS),
        digits in prop::collection::vec(0..10_u8, 20),
        place in any::<prop::sample::Index>(),
        other in 1..10_u8,
    ) {
        let format = Format::named(name).unwrap();
        let mut digits = digits.iter();
        let body: String = template
            .chars()
            .map(|wanted| if wanted == '#' { char::from(b'0' + digits.next().unwrap()) } else { wanted })
            .collect();
        let valid: Vec<String> =
            CHECKS.chars().map(|check| body.replace('?', &check.to_string())).filter(|text| format.holds(text)).collect();
        // Of some bodies there is no number; of an entity there may be two, one with a letter.
        prop_assert!(valid.len() <= 2, "{valid:?}");
        for text in valid {
            let places: Vec<usize> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
            let at = *place.get(&places);
            let changed = (text.as_bytes()[at] - b'0' + other) % 10;
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, &changed.to_string());
            prop_assert!(!format.holds(&wrong), "{name}: {text} and {wrong}");
        }
    }

    #[test]
    fn the_check_digits_of_an_iban_find_one_digit_changed(account in "[0-9]{20}", place in 0..20_usize, other in 1..10_u8) {
        let iban = Format::named("iban").unwrap();
        let valid = (2..99).map(|check| format!("ES{check:02}{account}")).find(|text| iban.holds(text));
        if let Some(text) = valid {
            let at = place + 4;
            let changed = (text.as_bytes()[at] - b'0' + other) % 10;
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, &changed.to_string());
            prop_assert!(!iban.holds(&wrong), "{text} and {wrong}");
        }
    }
}
