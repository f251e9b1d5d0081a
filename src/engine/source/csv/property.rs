//! Any text reads as a plain description of the format says, however it is cut into blocks.

use proptest::prelude::*;

use super::tests::{file, read};
use super::{Header, Options, place, split};
use crate::dataset::Quote;
use crate::ir::Encoding;

/// The reader as a description: one byte at a time, the whole file at once, no thought for speed.
fn oracle(text: &[u8], width: usize) -> (Vec<String>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let mut at = 0;
    let place = |at: usize| {
        let (line, column) = place::of(text, b'\n', at);
        format!("{}:{column}", line + 1)
    };
    while at < text.len() {
        let start = at;
        let (mut fields, mut field, mut open, mut quoted, mut stray) = (Vec::new(), Vec::new(), None, false, None);
        let (mut fresh, mut starts) = (true, vec![at]);
        while let Some(byte) = text.get(at).copied().filter(|byte| *byte != b'\n' || open.is_some()) {
            match byte {
                b'"' if open.is_some() && text.get(at + 1) == Some(&b'"') => {
                    field.push(b'"');
                    at += 1;
                }
                b'"' if open.is_some() => open = None,
                byte if open.is_some() => field.push(byte),
                b'"' if fresh => (open, quoted) = (Some((at, fields.len() + 1)), true),
                b',' => {
                    fields.push(std::mem::take(&mut field));
                    (fresh, quoted) = (true, false);
                    at += 1;
                    starts.push(at);
                    continue;
                }
                b'\r' if matches!(text.get(at + 1), None | Some(b'\n')) => {}
                byte => {
                    if quoted && stray.is_none() {
                        stray = Some((at, fields.len() + 1));
                    }
                    field.push(byte);
                }
            }
            fresh = false;
            at += 1;
        }
        fields.push(field);
        let mut fault = stray.map(|(at, field)| format!("text-after-quote {} field {field}", place(at)));
        let cut = |field: usize| format!("truncated-file {} field {field}", place(text.len()));
        if let Some((quote, field)) = open {
            let end = text[quote..].iter().position(|byte| *byte == b'\n');
            at = end.map_or(text.len(), |end| quote + end);
            let open = if end.is_none() { cut(field) } else { format!("open-quote {} field {field}", place(quote)) };
            fault = fault.or(Some(open));
        }
        let content = &text[start..at];
        let last = at == text.len();
        at += 1;
        if width > 1 && (content.is_empty() || content == b"\r") {
            findings.push(format!("blank-row {}", place(start)));
            continue;
        }
        if fault.is_none() && fields.len() > width {
            fault = Some(format!("extra-cell {} field {}", place(starts[width]), width + 1));
        } else if fault.is_none() && fields.len() < width {
            let end = start + content.strip_suffix(b"\r").unwrap_or(content).len();
            let missing = || format!("missing-cell {} field {}", place(end), fields.len() + 1);
            fault = Some(if last { cut(fields.len()) } else { missing() });
        }
        let (line, _) = place::of(text, b'\n', start);
        if let Some(fault) = fault {
            findings.push(format!("{fault} row {}", rows.len()));
            rows.push(format!("{}: !", line + 1));
            continue;
        }
        let shown = |field: &Vec<u8>| match field.as_slice() {
            [] => "∅".to_owned(),
            field => String::from_utf8_lossy(field).into_owned(),
        };
        rows.push(format!("{}: {}", line + 1, fields.iter().map(shown).collect::<Vec<_>>().join("|")));
    }
    (rows, findings)
}

/// One way of writing a table.
#[derive(Clone, Debug)]
struct Way {
    encoding: &'static str,
    mark: bool,
    delimiter: char,
    quote: char,
    end: &'static str,
    /// Whether every field stands in quotes.
    all: bool,
    /// Lines before the header, and lines that are none after it.
    skipped: usize,
    comments: bool,
}

impl Way {
    fn strategy() -> impl Strategy<Value = Self> {
        (
            proptest::sample::select(vec!["utf-8", "utf-16le", "utf-16be", "windows-1252", "latin-1", "gb18030"]),
            any::<bool>(),
            proptest::sample::select(vec![',', ';', '\t', '|', ':', '^']),
            proptest::sample::select(vec!['"', '\'']),
            proptest::sample::select(vec!["\n", "\r\n", "\r"]),
            any::<bool>(),
            0..3_usize,
            any::<bool>(),
        )
            .prop_map(|(encoding, mark, delimiter, quote, end, all, skipped, comments)| Self {
                encoding,
                mark: mark && encoding.starts_with("utf"),
                delimiter,
                quote,
                end,
                all,
                skipped,
                comments,
            })
    }

    fn options(&self) -> Options {
        Options {
            encoding: Encoding::of_label(self.encoding),
            delimiter: Some(self.delimiter as u8),
            quote: Quote::Byte(self.quote as u8),
            comment: if self.comments { "#".to_owned() } else { String::new() },
            skip_lines: self.skipped as u64,
            ..Options::default()
        }
    }

    fn write(&self, table: &[Vec<String>]) -> Vec<u8> {
        let mut text = if self.mark { "\u{feff}".to_owned() } else { String::new() };
        (0..self.skipped).for_each(|line| text += &format!("line {line}{}{}", self.delimiter, self.end));
        for row in table {
            if self.comments {
                text += &format!("# {}x{}", self.quote, self.end);
            }
            let fields = row.iter().map(|cell| {
                let odd = cell.contains([self.delimiter, self.quote, '\n', '\r', '#']);
                let doubled = cell.replace(self.quote, &format!("{0}{0}", self.quote));
                if self.all || odd { format!("{0}{doubled}{0}", self.quote) } else { cell.clone() }
            });
            text += &(fields.collect::<Vec<_>>().join(&self.delimiter.to_string()) + self.end);
        }
        match self.encoding {
            "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            other => Encoding::of_label(other).unwrap().table().encode(&text).0.into_owned(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_file_reads_as_its_description_in_blocks_of_any_size(
        text in "([a,\"\n]|,\"|\",|\"\"|\r\n|ñ|\n\n|bcdefghijklmnop){0,60}",
        width in 1..4_usize,
        block in 1..40_usize,
    ) {
        let names = (0..width).map(|n| format!("c{n}")).collect();
        let options = Options { delimiter: Some(b','), header: Some(Header::Names(names)), ..Options::default() };
        let (rows, findings) = oracle(text.as_bytes(), width);
        for block in [block, 1 << 20] {
            let read = read(text.as_bytes(), &options, block, split::LONGEST);
            prop_assert_eq!(&read.rows, &rows);
            let mut said = read.findings;
            said.retain(|finding| !finding.starts_with("mixed-line-ends"));
            let mut expected = findings.clone();
            said.sort();
            expected.sort();
            prop_assert_eq!(said, expected);
        }
    }

    #[test]
    fn any_bytes_read_alike_in_blocks_of_any_size(
        bytes in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r\xc3\xb1\xff\0".to_vec()), 0..200),
        block in 1..40_usize,
        longest in 2..80_usize,
    ) {
        let names = vec!["x".to_owned(), "y".to_owned()];
        let options = Options { delimiter: Some(b','), header: Some(Header::Names(names)), ..Options::default() };
        if file(&bytes, &options).1.is_ok() {
            prop_assert_eq!(read(&bytes, &options, block, longest), read(&bytes, &options, 1 << 20, longest));
        }
    }

    #[test]
    fn any_table_reads_back_however_it_is_written(
        way in Way::strategy(),
        cells in proptest::collection::vec(proptest::collection::vec("[abñé,;:'\"# \n1.]{0,6}", 3), 0..12),
        block in 1..60_usize,
    ) {
        let lone = way.end == "\r";
        let cell = |cell: &String| if lone { cell.replace('\n', "~") } else { cell.clone() };
        let rows: Vec<Vec<String>> = cells.iter().map(|row| row.iter().map(cell).collect()).collect();
        let header: Vec<String> = ["año", "b", "c"].map(str::to_owned).to_vec();
        let table: Vec<Vec<String>> = std::iter::once(&header).chain(&rows).cloned().collect();
        let bytes = way.write(&table);
        let shown = |cell: &String| if cell.is_empty() { "∅".to_owned() } else { cell.clone() };
        let wanted: Vec<String> = rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("|")).collect();
        for block in [block, 1 << 20] {
            let read = read(&bytes, &way.options(), block, split::LONGEST);
            prop_assert_eq!(&read.names, &header);
            prop_assert_eq!(&read.findings, &Vec::<String>::new());
            let found: Vec<String> =
                read.rows.iter().map(|row| row.split_once(": ").unwrap().1.to_owned()).collect();
            prop_assert_eq!(&found, &wanted);
        }
    }
}
