//! Check digits, and the digits that they are worked out from.

/// The value of each digit of a text; none if it holds anything else.
pub(super) fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|character| character.to_digit(10)).collect()
}

/// Luhn's formula, ISO/IEC 7812-1, annex B: every second digit from the right is doubled and its own digits added; the sum
/// ends in 0.
pub(super) fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of values, each times its weight.
pub(super) fn weighted(values: impl IntoIterator<Item = u32>, weights: impl IntoIterator<Item = u32>) -> u32 {
    values.into_iter().zip(weights).map(|(value, weight)| value * weight).sum()
}

/// What a text holds that is laid out by a template: each `#` stands for a letter or digit of ASCII, which is kept, anything
/// else for itself. None if it does not fit.
pub(super) fn laid_out(text: &str, template: &str) -> Option<String> {
    if text.len() != template.len() || !text.is_ascii() {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    for (character, wanted) in text.chars().zip(template.chars()) {
        match wanted {
            '#' if character.is_ascii_alphanumeric() => kept.push(character),
            '#' => return None,
            wanted if wanted == character => {}
            _ => return None,
        }
    }
    Some(kept)
}

/// Whether all characters are the same, as in the rows of one digit that stand for no number.
pub(super) fn is_one_character(text: &str) -> bool {
    text.chars().all(|character| text.starts_with(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_a_template_or_not_at_all() {
        assert_eq!(laid_out("12-3", "##-#").as_deref(), Some("123"));
        assert_eq!(laid_out("123", "###").as_deref(), Some("123"));
        for text in ["123", "12.3", "12-34", "1--3", "12-é", "٤2-3"] {
            assert_eq!(laid_out(text, "##-#"), None, "{text}");
        }
    }

    #[test]
    fn luhns_sum_ends_in_nought() {
        assert!(luhn(&digits("79927398713").unwrap()));
        assert!(!luhn(&digits("79927398710").unwrap()));
    }
}
