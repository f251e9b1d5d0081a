//! Any text reads as a plain description of the format says, however it is cut into blocks.

use proptest::prelude::*;

use super::tests::{file, read};
use super::{Header, Options, split};

/// The reader as a description: one byte at a time, the whole file at once, no thought for speed.
fn oracle(text: &[u8], width: usize) -> (Vec<String>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let (mut at, mut line) = (0, 1_u64);
    while at < text.len() {
        let (start, start_line) = (at, line);
        let (mut fields, mut field, mut open, mut quoted, mut stray) = (Vec::new(), Vec::new(), None, false, None);
        let mut fresh = true;
        while let Some(byte) = text.get(at).copied().filter(|byte| *byte != b'\n' || open.is_some()) {
            match byte {
                b'"' if open.is_some() && text.get(at + 1) == Some(&b'"') => {
                    field.push(b'"');
                    at += 1;
                }
                b'"' if open.is_some() => open = None,
                byte if open.is_some() => {
                    line += u64::from(byte == b'\n');
                    field.push(byte);
                }
                b'"' if fresh => (open, quoted) = (Some((at, line, fields.len() + 1)), true),
                b',' => {
                    fields.push(std::mem::take(&mut field));
                    (fresh, quoted) = (true, false);
                    at += 1;
                    continue;
                }
                b'\r' if matches!(text.get(at + 1), None | Some(b'\n')) => {}
                byte => {
                    if quoted && stray.is_none() {
                        stray = Some((line, fields.len() + 1));
                    }
                    field.push(byte);
                }
            }
            fresh = false;
            at += 1;
        }
        fields.push(field);
        let mut fault = stray.map(|(line, field)| format!("text_after_quote line {line} field {field}"));
        if let Some((place, opened, field)) = open {
            fault = fault.or(Some(format!("open_quote line {opened} field {field}")));
            at = text[place..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| place + end);
            line = opened;
        }
        let content = &text[start..at];
        at += 1;
        line += 1;
        if width > 1 && (content.is_empty() || content == b"\r") {
            findings.push(format!("blank_row line {start_line}"));
            continue;
        }
        if fault.is_none() && fields.len() != width {
            let (kind, field) = if fields.len() > width { ("extra", width + 1) } else { ("missing", fields.len() + 1) };
            fault = Some(format!("{kind}_cell line {start_line} field {field}"));
        }
        if let Some(fault) = fault {
            findings.push(format!("{fault} row {}", rows.len()));
            rows.push(format!("{start_line}: !"));
            continue;
        }
        let shown = |field: &Vec<u8>| match field.as_slice() {
            [] => "∅".to_owned(),
            field => String::from_utf8_lossy(field).into_owned(),
        };
        rows.push(format!("{start_line}: {}", fields.iter().map(shown).collect::<Vec<_>>().join("|")));
    }
    (rows, findings)
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
        let options = Options { delimiter: Some(b','), header: Header::Names(names), ..Options::default() };
        let (rows, findings) = oracle(text.as_bytes(), width);
        for block in [block, 1 << 20] {
            let read = read(text.as_bytes(), &options, block, split::LONGEST);
            prop_assert_eq!(&read.rows, &rows);
            let mut said = read.findings;
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
        let options = Options { delimiter: Some(b','), header: Header::Names(names), ..Options::default() };
        if file(&bytes, &options).1.is_ok() {
            prop_assert_eq!(read(&bytes, &options, block, longest), read(&bytes, &options, 1 << 20, longest));
        }
    }
}
