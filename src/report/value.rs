//! Data as people may see it.
//!
//! A cell is written by strangers. Control characters, terminal escapes and marks that turn the direction of text are
//! written out as `\u{1b}`, so that they do nothing; long text is cut. Escaping for a format is the format's business.

use std::borrow::Cow;

use serde_json::Value;

/// Says a value on one line, at most so many characters long.
///
/// Text stands as it is, between quotes where its ends could not be told: when it is empty, has outer spaces or could be
/// taken for no value.
pub(super) fn show(value: &Value, limit: usize) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => {
            let quoted = text.is_empty() || text.trim() != text || text == "null";
            let text = cut(&line(text), limit);
            if quoted { format!("\"{text}\"") } else { text }
        }
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            cut(&items.iter().map(|item| show(item, limit)).collect::<Vec<_>>().join(", "), limit)
        }
        other => cut(&line(&other.to_string()), limit),
    }
}

/// Makes text harmless and puts it on one line: newlines and tabs are written out too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, is_active)
}

/// Makes text harmless and leaves its newlines and tabs.
pub(super) fn block(text: &str) -> Cow<'_, str> {
    escape(text, |letter| is_active(letter) && !matches!(letter, '\n' | '\t'))
}

/// Cuts text to so many characters, the last of them `…` if any is missing.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a link may be followed from a page: only the web, so that no `javascript:` ever runs.
#[must_use]
pub fn is_web_link(link: &str) -> bool {
    let scheme = link.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https")) && !link.contains(|letter| is_active(letter) || letter == ' ')
}

fn escape(text: &str, active: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&active) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            _ if !active(letter) => harmless.push(letter),
            '\n' => harmless.push_str("\\n"),
            '\r' => harmless.push_str("\\r"),
            '\t' => harmless.push_str("\\t"),
            _ => harmless.extend(letter.escape_unicode()),
        }
    }
    Cow::Owned(harmless)
}

/// Whether a character does something instead of showing something.
pub(super) fn is_active(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_cannot_act_on_a_terminal() {
        assert_eq!(show(&json!("\u{1b}[31mred\r\n"), 80), "\"\\u{1b}[31mred\\r\\n\"");
        assert_eq!(show(&json!("a\u{202e}b"), 80), "a\\u{202e}b");
        assert_eq!(block("one\ntwo\u{7}"), "one\ntwo\\u{7}");
    }

    #[test]
    fn letters_of_every_script_stay() {
        assert_eq!(show(&json!("año · עברית · 日本"), 80), "año · עברית · 日本");
    }

    #[test]
    fn the_ends_of_a_text_can_be_told() {
        assert_eq!(show(&json!(""), 80), "\"\"");
        assert_eq!(show(&json!(" a"), 80), "\" a\"");
        assert_eq!(show(&json!("null"), 80), "\"null\"");
        assert_eq!(show(&Value::Null, 80), "null");
        assert_eq!(show(&json!("12.50"), 80), "12.50");
        assert_eq!(show(&json!(["a", "b"]), 80), "a, b");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(cut("ñandúes", 4), "ñan…");
        assert_eq!(cut("ñandúes", 7), "ñandúes");
        assert_eq!(cut("a", 0), "…");
    }

    #[test]
    fn only_the_web_is_a_link() {
        assert!(is_web_link("HTTPS://wiki.example/a"));
        assert!(!is_web_link("javascript:alert(1)//http://a"));
        assert!(!is_web_link("http://a\nb"));
        assert!(!is_web_link("/etc/passwd"));
    }
}
