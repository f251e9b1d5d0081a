//! How separated text is written, as a `format` says it: its encoding, its separators, the marks in its numbers.

use crate::dataset::{Format, Quote};
use crate::diagnostic::{Code, nearest};
use crate::ir::{Encoding, Marks};
use crate::suite::read::Reader;
use crate::suite::yaml::Node;

impl Reader<'_> {
    /// Reads what a format says of separated text, but for its columns.
    pub(super) fn dialect(&mut self, node: &Node, format: &mut Format) {
        format.encoding = node.get("encoding").and_then(|node| self.encoding(node));
        format.delimiter = node.get("delimiter").and_then(|node| self.separator(node));
        format.quote = match node.get("quote") {
            None => Quote::Unsaid,
            Some(node) if node.is_null() => Quote::None,
            Some(node) => self.separator(node).map_or(Quote::Unsaid, Quote::Byte),
        };
        let quote = if format.quote == Quote::Unsaid { Some(b'"') } else { format.quote.byte() };
        if let (Some(delimiter), Some(said)) = (format.delimiter, node.get("delimiter"))
            && quote == Some(delimiter)
        {
            self.error(Code::Conflict, said.span.clone(), "the quote and the delimiter cannot be the same");
        }
        if let Some(said) = node.get("skip_lines") {
            let lines = self.text(said).map(|text| (text.parse().ok(), text));
            match lines {
                Some((Some(lines), _)) => format.skip_lines = lines,
                Some((None, text)) => {
                    let message = format!("`{text}` is no number of lines");
                    self.error(Code::BadValue, said.span.clone(), message).help =
                        Some("write a whole number: how many lines come before the header".to_owned());
                }
                None => {}
            }
        }
        format.comment = node.get("comment").and_then(|node| self.comment(node, format));
        format.marks = self.number_marks(node, format);
    }

    /// A delimiter or quote: one character of ASCII that ends no line.
    fn separator(&mut self, node: &Node) -> Option<u8> {
        let byte = self.byte(node)?;
        if matches!(byte, b'\n' | b'\r' | b'\0') {
            self.error(
                Code::BadValue,
                node.span.clone(),
                "a line end or a NUL cannot stand between fields or around them",
            );
            return None;
        }
        Some(byte)
    }

    fn encoding(&mut self, node: &Node) -> Option<Encoding> {
        let label = self.text(node)?;
        let encoding = Encoding::of_label(&label);
        if encoding.is_none() {
            let near = nearest(&label.replace('_', "-"), Encoding::NAMES);
            let is_32 = label.to_ascii_lowercase().replace(['-', '_'], "").starts_with("utf32");
            let help = if is_32 {
                "convert the file: `iconv -f UTF-32 -t UTF-8`"
            } else {
                "a label of the WHATWG Encoding Standard, such as utf-8, utf-16, windows-1252, latin-1; without an \
                 `encoding`, that of each file is detected"
            };
            let message = format!("`{label}` is no encoding that is read");
            let diagnostic = self.error(Code::BadValue, node.span.clone(), message);
            diagnostic.label = near.filter(|_| !is_32).map(|near| format!("did you mean `{near}`?"));
            diagnostic.help = Some(help.to_owned());
        }
        encoding
    }

    fn comment(&mut self, node: &Node, format: &Format) -> Option<String> {
        let text = self.text(node)?;
        let first = text.bytes().next();
        let wrong = if text.is_empty() {
            "is empty, so that every line would be a comment"
        } else if text.contains(['\n', '\r', '\0']) {
            "holds a line end or a NUL"
        } else if first == format.delimiter {
            "starts with the delimiter"
        } else if first == format.quote.byte() || (first == Some(b'"') && format.quote == Quote::Unsaid) {
            "starts with the quote"
        } else {
            return Some(text);
        };
        let message = format!("what comments start with {wrong}");
        self.error(Code::BadValue, node.span.clone(), message).help = Some("write `comment: \"#\"`".to_owned());
        None
    }

    fn number_marks(&mut self, node: &Node, format: &Format) -> Option<Marks> {
        let (said_decimal, said_thousands) = (node.get("decimal"), node.get("thousands"));
        if said_decimal.is_none() && said_thousands.is_none() {
            return None;
        }
        let decimal = match said_decimal {
            Some(node) => self.mark_of(node, &Marks::DECIMAL, "decimals")?,
            None => '.',
        };
        let thousands = match said_thousands {
            Some(node) => Some(self.mark_of(node, &Marks::THOUSANDS, "thousands")?),
            None => None,
        };
        if let (Some(said), true) = (said_thousands, thousands == Some(decimal)) {
            let (message, help) = match said_decimal {
                Some(_) => ("decimals and thousands cannot have the same mark", None),
                None => (
                    "decimals have a point where nothing else is said, so that thousands cannot",
                    Some("say `decimal: \",\"` beside it".to_owned()),
                ),
            };
            self.error(Code::Conflict, said.span.clone(), message).help = help;
            return None;
        }
        for (said, mark) in [(said_decimal, Some(decimal)), (said_thousands, thousands)] {
            let (Some(said), Some(mark)) = (said, mark) else { continue };
            let is = |byte: Option<u8>| byte.is_some_and(|byte| char::from(byte) == mark);
            if is(format.quote.byte()) {
                let message = format!("`{mark}` stands around fields, and cannot stand in numbers too");
                self.error(Code::Conflict, said.span.clone(), message);
            } else if is(format.delimiter) && format.quote == Quote::None {
                let message = format!("`{mark}` parts fields, and without quotes no number can hold it");
                self.error(Code::Conflict, said.span.clone(), message).help =
                    Some("say another `delimiter`, or take `quote: null` out".to_owned());
            }
        }
        Some(Marks { decimal, thousands })
    }

    /// A mark in numbers, one of those that may stand there.
    fn mark_of(&mut self, node: &Node, marks: &[char], of: &str) -> Option<char> {
        let text = self.text(node)?;
        let mut letters = text.chars();
        match (letters.next().filter(|letter| marks.contains(letter)), letters.next()) {
            (Some(mark), None) => Some(mark),
            _ => {
                let words: Vec<String> = marks.iter().map(|mark| format!("`{}`", mark.escape_default())).collect();
                let message = format!("`{text}` is no mark of {of}");
                self.error(Code::BadValue, node.span.clone(), message).help =
                    Some(format!("one of {}", words.join(" ")));
                None
            }
        }
    }
}
