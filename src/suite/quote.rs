//! Text as it stands in a suite: scalars that read back as exactly what they were, comments that stay one line, names.
//!
//! A scalar is plain only where no reader of YAML, of version 1.1 or 1.2, could take it for anything but its text.

/// Writes a data value or path: in quotes where it needs them, and with `$` doubled so that no variable is put in.
#[must_use]
pub fn value(text: &str) -> String {
    scalar(&text.replace('$', "$$"))
}

/// Writes a key, or text that takes no variables (`pattern`, `sql`): in quotes where it needs them.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{}\"", text.chars().map(escaped).collect::<String>())
    }
}

/// Writes text that takes no variables, always in quotes: SQL.
#[must_use]
pub fn scalar_in_quotes(text: &str) -> String {
    let scalar = scalar(text);
    if scalar.starts_with(['\'', '"']) { scalar } else { format!("'{scalar}'") }
}

/// Writes text for a comment: one line, without characters that act on a terminal or an editor.
#[must_use]
pub fn remark(text: &str) -> String {
    text.chars()
        .map(|c| if is_printable(c) { c.to_string() } else { c.escape_unicode().to_string() })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Writes the name of a column in SQL.
#[must_use]
pub fn sql_name(name: &str) -> String {
    const WORDS: [&str; 24] = [
        "and", "or", "not", "is", "in", "like", "between", "null", "true", "false", "case", "when", "then", "else",
        "end", "date", "cast", "interval", "escape", "distinct", "from", "as", "extract", "select",
    ];
    let mut characters = name.chars();
    let plain = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
        && !WORDS.contains(&name.to_lowercase().as_str());
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Writes text as a literal of SQL.
#[must_use]
pub fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Makes a name for a dataset of any text: small letters, digits and `_`, none of those taken.
#[must_use]
pub fn dataset_name(stem: &str, taken: &[String]) -> String {
    let plain = identifier(stem);
    let mut name = if plain.starts_with(|c: char| c.is_ascii_lowercase()) { plain } else { format!("data_{plain}") };
    name.truncate(name.trim_end_matches('_').len());
    let mut unique = name.clone();
    let mut number = 2;
    while taken.contains(&unique) {
        unique = format!("{name}_{number}");
        number += 1;
    }
    unique
}

/// A name as an id: accents taken off, other characters to `_`.
fn identifier(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut name = String::new();
    for c in text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    name
}

/// Whether text can stand without quotes, in lists and maps of one line too.
fn is_plain(text: &str) -> bool {
    let starts = |c: char| c.is_alphabetic() || c == '_' || c == '.' || c == '/';
    let goes_on = |c: char| c.is_alphanumeric() || "_-./+@%$ ".contains(c);
    is_whole_number(text)
        || (text.starts_with(starts)
            && text.chars().all(|c| goes_on(c) && is_printable(c))
            && !text.ends_with(' ')
            && !matches!(text, "." | ".." | "..." | "---")
            && !text.starts_with("x-")
            && !is_word_of_yaml(text)
            && !is_special_float(text))
}

/// A whole number that every reader takes for the same digits.
fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0"
}

/// Words that some version of YAML reads as null or a boolean.
fn is_word_of_yaml(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    WORDS.contains(&text.to_lowercase().as_str())
}

/// Spellings of infinity and of no number, and of numbers that begin with their point.
fn is_special_float(text: &str) -> bool {
    let rest = text.strip_prefix('.').map(str::to_lowercase);
    rest.is_some_and(|rest| matches!(rest.as_str(), "inf" | "nan") || rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a character may stand as it is: no control, no mark that turns or hides text.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        && !matches!(c, '\u{feff}' | '\u{fff9}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if is_printable(c) => c.to_string(),
        c if u32::from(c) <= 0xff => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) <= 0xffff => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suite::yaml::{self, Content};

    const HOSTILE: [&str; 40] = [
        "",
        " ",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "%a",
        "@a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "{a}",
        "[a]",
        "a,b",
        "it's",
        "say \"hi\"",
        "a\nb",
        "a\tb",
        "a\\b",
        "\u{1b}[31m",
        "\u{202e}abc",
        "NO",
        "on",
        "null",
        "~",
        "007",
        "0x1F",
        "1e3",
        "1_000",
        "12:30:45",
        "2024-01-01",
        ".inf",
        "?",
        "=",
        "<<",
        "ñandú €",
        "trailing ",
    ];

    /// The text that a scalar reads back as, as a value in a block, in a list, and as a key.
    fn read_back(scalar: &str) -> [String; 3] {
        let document = format!("a: {scalar}\nb: [{scalar}, z]\n{scalar}x: 1\n");
        let document = if scalar.ends_with(['\'', '"']) {
            document.replace(&format!("{scalar}x:"), &format!("{scalar}:"))
        } else {
            document
        };
        let (root, faults) = yaml::read(&document).unwrap_or_else(|faults| panic!("{document}{faults:?}"));
        assert!(faults.is_empty(), "{document}{faults:?}");
        let Content::Map(entries) = root.content else { panic!("{document}") };
        let first = entries[0].value.text().unwrap_or_default().to_owned();
        let Content::List(items) = &entries[1].value.content else { panic!("{document}") };
        assert_eq!(items.len(), 2, "{document}");
        [first, items[0].text().unwrap_or_default().to_owned(), entries[2].key.clone()]
    }

    #[test]
    fn hostile_text_reads_back_as_it_was() {
        for text in HOSTILE {
            let written = scalar(text);
            let key = if written.ends_with(['\'', '"']) { text.to_owned() } else { format!("{text}x") };
            // A key `<<` is a merge, in quotes or not.
            if text != "<<" && text != "a" && text != "b" {
                assert_eq!(read_back(&written), [text.to_owned(), text.to_owned(), key], "{written}");
            }
        }
    }

    #[test]
    fn common_text_stands_without_quotes() {
        for text in ["cantidad", "Ciudad Real", "N/A", "../data/x.csv", "12", "-3", "año"] {
            assert_eq!(scalar(text), text);
        }
        assert_eq!(value("${HOME}"), "'$${HOME}'");
        assert_eq!(sql_name("Body Mass (g)"), "\"Body Mass (g)\"");
    }

    #[test]
    fn a_remark_is_one_line() {
        assert_eq!(remark("a\nb\u{1b}c"), "a\\u{a}b\\u{1b}c");
    }

    #[test]
    fn a_dataset_gets_a_sound_name_of_its_own() {
        assert_eq!(dataset_name("Ventas Año-2024", &[]), "ventas_ano_2024");
        assert_eq!(dataset_name("2024", &[]), "data_2024");
        assert_eq!(dataset_name("日本", &[]), "data");
        assert_eq!(dataset_name("x", &["x".to_owned(), "x_2".to_owned()]), "x_3");
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_was(text in "\\PC{0,12}|[ \\-#:'\"%\\[\\]{},&*!|>?$~0-9a-zN\\n\\t\\\\]{0,8}") {
            prop_assume!(!matches!(text.as_str(), "<<" | "a" | "b"));
            let read = read_back(&scalar(&text));
            prop_assert_eq!(&read[0], &text);
            prop_assert_eq!(&read[1], &text);
        }
    }
}
