//! XML 1.0, content and attributes.
//!
//! Characters that XML has no place for, such as U+0000 and U+FFFF, are written out as `\u{0}`; every other one is read back as
//! it was.

/// Escapes text between tags.
pub(in crate::report) fn content(text: &str) -> String {
    escape(text, false)
}

/// Escapes the value of an attribute, between double quotes; its newlines and tabs survive.
pub(in crate::report) fn attribute(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut before = '\n';
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            // Also of `]]>`, which may not stand in content.
            '>' => escaped.push_str("&gt;"),
            '"' if attribute => escaped.push_str("&quot;"),
            '\n' | '\t' if attribute => escaped.push_str(&format!("&#{};", u32::from(letter))),
            '\r' => escaped.push_str("&#13;"),
            // Pairs of these are what the logs of CI services look for.
            '#' if before == '#' => escaped.push_str("&#35;"),
            ':' if before == ':' => escaped.push_str("&#58;"),
            _ if is_legal(letter) => escaped.push(letter),
            _ => escaped.extend(letter.escape_unicode()),
        }
        before = letter;
    }
    escaped
}

/// The production `Char` of XML 1.0.
fn is_legal(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(content("<a href=\"b\">]]>&\n"), "&lt;a href=\"b\"&gt;]]&gt;&amp;\n");
        assert_eq!(attribute("\"a\"\n\tb"), "&quot;a&quot;&#10;&#9;b");
    }

    #[test]
    fn what_xml_has_no_place_for_is_written_out() {
        assert_eq!(content("\0\u{1b}\u{ffff}ñ"), "\\u{0}\\u{1b}\\u{ffff}ñ");
    }

    #[test]
    fn no_log_reads_a_command() {
        assert_eq!(content("::error::\n##vso["), ":&#58;error:&#58;\n#&#35;vso[");
    }
}
