//! JSON that may be printed anywhere.
//!
//! JSON lets most characters stand as they are. Those that turn the direction of text, or are commands to a terminal or to the
//! log of a CI service, are written as `\u` escapes, which mean the same to a reader.

use serde::Serialize;

use crate::report::value;

/// Writes a document, indented, that ends in a newline.
pub fn pretty(document: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(document).map(|text| harmless(&text) + "\n")
}

/// Writes a document on one line, which ends in a newline.
pub fn line(document: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(document).map(|text| harmless(&text) + "\n")
}

/// All that is escaped stands in strings: outside of them JSON has only marks, digits, words and spaces.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut before = ' ';
    for letter in json.chars() {
        if (value::is_active(letter) && letter != '\n') || (letter == '#' && before == '#') {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                text += &format!("\\u{unit:04x}");
            }
        } else {
            text.push(letter);
        }
        before = letter;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_reads_the_same() {
        let cell = "\\##vso[a] ###\u{9b}2J\u{202e}\u{7f}\u{e0041} ñ ::error::\n\u{feff}";
        let text = line(&cell).unwrap();
        assert!(!text.contains("##") && !text.trim_end().contains(value::is_active), "{text}");
        assert!(text.contains(" ñ ::error::"));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), cell);
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(pretty(&["# año", "日本"]).unwrap(), "[\n  \"# año\",\n  \"日本\"\n]\n");
    }
}
