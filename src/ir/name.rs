//! Names of columns: how they are compared, and how one leads into a structure.
//!
//! A name is compared exactly, after Unicode NFC. If a column has the whole name it is that; else a dot steps into a
//! structure, and `"a.b".c` quotes a step. Which of the two it is depends on the columns of the data, so that is settled
//! where these are known.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A name in Unicode NFC, as names are compared.
#[must_use]
pub fn nfc(name: &str) -> String {
    if is_nfc_quick(name.chars()) == IsNormalized::Yes { name.to_owned() } else { name.nfc().collect() }
}

/// The steps of a name that leads into a structure: `event.position` has two, `"a.b".c` the steps `a.b` and `c`.
///
/// A quote inside a quoted step is doubled. A name whose quotes do not go together, or with an empty step, is one step.
#[must_use]
pub fn steps(name: &str) -> Vec<String> {
    split(name).unwrap_or_else(|| vec![name.to_owned()])
}

/// The name under which the documents of a column are known, as texts; those of whole records if none is named.
///
/// No column of a file is called so.
#[must_use]
pub fn document(column: &str) -> String {
    format!("{column}\0")
}

/// Whether a name is that of documents.
#[must_use]
pub fn is_document(name: &str) -> bool {
    name.ends_with('\0')
}

/// Whether a name leads into a list, `items[0].price`, `items[].price` or `items[*]`.
#[must_use]
pub fn leads_into_list(name: &str) -> bool {
    name.match_indices('[').any(|(open, _)| {
        let inside = name[open + 1..].split_once(']').map(|(inside, _)| inside);
        open > 0 && inside.is_some_and(|inside| inside == "*" || inside.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn split(name: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = name;
    loop {
        let (step, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquote(quoted)?
        } else {
            let (step, after) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
            (step.to_owned(), after)
        };
        if step.is_empty() {
            return None;
        }
        steps.push(step);
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None if after.is_empty() => return Some(steps),
            None => return None,
        }
    }
}

/// The content of a quoted step, and what follows its closing quote.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut step = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        step.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                step.push('"');
                rest = more;
            }
            None => return Some((step, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_steps_and_quotes_hold_a_step_together() {
        assert_eq!(steps("a"), ["a"]);
        assert_eq!(steps("a.b.c"), ["a", "b", "c"]);
        assert_eq!(steps("\"a.b\".c"), ["a.b", "c"]);
        assert_eq!(steps("a.\"b \"\"x\"\".\""), ["a", "b \"x\"."]);
        for whole in ["a.", ".a", "a..b", "\"a", "\"a\"b", "", "a \"b\""] {
            assert_eq!(steps(whole), [whole], "{whole}");
        }
    }

    #[test]
    fn a_unit_in_brackets_is_no_way_into_a_list() {
        assert!(["items[0].price", "items[]", "items[*].x", "a.b[12]"].into_iter().all(leads_into_list));
        assert!(!["price [EUR]", "[id]", "[0]", "a[", "a[x]", "a"].into_iter().any(leads_into_list));
    }

    #[test]
    fn composed_and_decomposed_names_are_one() {
        assert_eq!(nfc("cafe\u{301}"), "café");
        assert_eq!(nfc("café"), "café");
    }
}
