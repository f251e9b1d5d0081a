//! GitHub's dialect of Markdown, in table cells and after text on a line.
//!
//! What stands between backticks stays code; everything else is text. Words that a page would turn into a link, a mention of
//! a person or of an issue, or mathematics become code as well, for no escape keeps services from linking them.

use super::log;
use crate::report::value;

/// Writes a sentence on one line, cut to so many characters; names between backticks become code.
pub(in crate::report) fn sentence(words: &str, limit: usize) -> String {
    let words = value::cut(&value::line(words), limit);
    let mut parts: Vec<&str> = words.split('`').collect();
    // A backtick without its partner is a character like others.
    let alone = parts.len().is_multiple_of(2).then(|| parts.pop()).flatten();
    let mut said = String::new();
    for (index, part) in parts.iter().enumerate() {
        add(
            &mut said,
            &match index % 2 {
                0 => text(part),
                _ if part.trim().is_empty() => text(&format!("`{part}`")),
                _ => code(part, limit),
            },
        );
    }
    if let Some(rest) = alone {
        add(&mut said, &text(&format!("`{rest}")));
    }
    said
}

/// Writes data as code on one line, cut to so many characters.
pub(in crate::report) fn code(data: &str, limit: usize) -> String {
    let data = value::cut(&value::line(data), limit);
    let (mut longest, mut run) = (0, 0);
    for letter in data.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let edge = data.is_empty() || data.starts_with(['`', ' ']) || data.ends_with(['`', ' ']);
    let room = if edge { " " } else { "" };
    // A `|` ends a cell even inside code.
    log::lines(format!("{fence}{room}{}{room}{fence}", data.replace('|', "\\|")))
}

/// Adds a piece; backticks of two pieces never become one run.
fn add(said: &mut String, piece: &str) {
    if said.ends_with('`') && piece.starts_with('`') {
        said.push(' ');
    }
    said.push_str(piece);
}

fn text(words: &str) -> String {
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    if becomes_a_link(word) {
        return code(word, usize::MAX);
    }
    let mut escaped = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' | '^' => escaped.extend(['\\', letter]),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Whether services make something of a word: an address, `@person`, `#12`, `!12`, `$x$`, `:sign:`.
fn becomes_a_link(word: &str) -> bool {
    let marked = |mark: char| {
        word.match_indices(mark).any(|(at, _)| word[at + 1..].starts_with(|next: char| next.is_alphanumeric()))
    };
    word.contains('@')
        || word.contains("://")
        || word.to_lowercase().contains("www.")
        || word.to_lowercase().contains("mailto:")
        || word.to_lowercase().contains("xmpp:")
        || word.matches(':').count() > 1
        || ['#', '!', '$', '~', '%', '&'].into_iter().any(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(sentence("a *b* <i> [c](d) | e_f", 80), "a \\*b\\* &lt;i&gt; \\[c\\](d) \\| e\\_f");
    }

    #[test]
    fn names_are_code_and_their_bars_do_not_end_a_cell() {
        assert_eq!(sentence("No `a|b` is 1.", 80), "No `a\\|b` is 1.");
        assert_eq!(sentence("one ` alone", 80), "one \\` alone");
        assert_eq!(sentence("``", 80), "\\`\\`");
        assert_eq!(sentence("`a``@b", 80), "`a` `` `@b ``");
        assert_eq!(code("a``b`", 80), "``` a``b` ```");
        assert_eq!(code("", 80), "`  `");
    }

    #[test]
    fn nobody_is_called_and_nothing_linked() {
        let said = sentence("ask @team about #12 at https://evil.example or $x$", 80);
        assert_eq!(said, "ask `@team` about `#12` at `https://evil.example` or `$x$`");
        assert_eq!(sentence("0.1 % of # rows", 80), "0.1 % of \\# rows");
    }

    #[test]
    fn lines_and_commands_are_written_out() {
        assert_eq!(code("a\nb ##vso[c]", 80), "`a\\nb #\\u{23}vso[c]`");
        assert_eq!(sentence("abcdef", 4), "abc…");
    }
}
