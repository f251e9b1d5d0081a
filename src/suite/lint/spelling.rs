//! Remarks on what is legal and may not mean what its reader thinks.

use std::ops::Range;

use crate::suite::yaml::{Content, Node};

/// Calls back for plain text that tools of YAML 1.1 (`PyYAML`, yamllint, Ansible) read as something else than text.
pub(in crate::suite) fn ambiguous(node: &Node, see: &mut dyn FnMut(Range<usize>, &str, &'static str)) {
    match &node.content {
        Content::Null(_) => {}
        Content::Scalar(scalar) => {
            if scalar.plain
                && let Some(other) = other_reading(&scalar.text)
            {
                see(node.span.clone(), &scalar.text, other);
            }
        }
        Content::List(items) => items.iter().for_each(|item| ambiguous(item, see)),
        Content::Map(entries) => entries.iter().for_each(|entry| ambiguous(&entry.value, see)),
    }
}

/// What YAML 1.1 makes of a plain scalar that is text here.
fn other_reading(text: &str) -> Option<&'static str> {
    const SWITCHES: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "Y", "N"];
    let lower = text.to_ascii_lowercase();
    if SWITCHES.contains(&lower.as_str()) {
        return Some("a boolean");
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return Some("an octal number");
    }
    if text.contains('_') && text.starts_with(|c: char| c.is_ascii_digit()) && digits(&text.replace('_', "")) {
        return Some("a number");
    }
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 1 && parts.iter().all(|part| digits(part) && part.len() <= 2) {
        return Some("a number of base 60");
    }
    if crate::ir::time::iso_date(text.as_bytes()).is_some() {
        return Some("a date");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_other_tools_read_otherwise_is_known() {
        for text in ["NO", "on", "012", "1_000", "12:30:45", "2024-01-01"] {
            assert!(other_reading(text).is_some(), "{text}");
        }
        for text in ["true", "12", "0", "0.5", "norte", "08001", "a:b", "2024-13-01"] {
            assert_eq!(other_reading(text), None, "{text}");
        }
    }
}
