//! Any file reads alike in blocks of any size, and as a plain reading of its lines says.

use proptest::prelude::*;
use serde_json::Value;

use super::tests::read_as;
use super::{Form, Options, split};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_lines_read_alike_in_blocks_of_any_size(
        text in "(\\{\"a\":[0-9]{1,3}\\}\n|\\{\"b\":\"[a-zñ\\\\n]{0,9}\",\"a\":null\\}\r\n|\n| \r\n|\\{|\\}|\"|\n|nope|\\[1\\]\n){0,20}",
        block in 1..40_usize,
        longest in 2..60_usize,
    ) {
        let options = Options { form: Some(Form::Lines), ..Options::default() };
        let whole = read_as(text.as_bytes(), &options, 1 << 20, longest).unwrap();
        prop_assert_eq!(read_as(text.as_bytes(), &options, block, longest).unwrap(), whole);
    }

    #[test]
    fn any_bytes_read_alike_in_blocks_of_any_size(
        bytes in proptest::collection::vec(proptest::sample::select(b"{}[]\":,a1\\u \n\r\xc3\xb1\xff\0".to_vec()), 0..200),
        block in 1..40_usize,
    ) {
        for form in [Form::Lines, Form::Document] {
            let options = Options { form: Some(form), ..Options::default() };
            let whole = read_as(&bytes, &options, 1 << 20, split::LONGEST);
            let blocks = read_as(&bytes, &options, block, split::LONGEST);
            prop_assert_eq!(whole.map_err(|error| error.to_string()), blocks.map_err(|error| error.to_string()));
        }
    }

    #[test]
    fn a_line_is_json_exactly_if_another_reader_says_so(
        line in "[ ]?(\\{(\"a\":)?)?(-?[0-9]{0,3}([.][0-9]{0,2})?([eE][+-]?[0-9]?)?|\"([ab]|\\\\[\"nux]|\\\\u00[0-9a-g]{2}|\\\\ud83d(\\\\ude00)?)*\"|true|nul{1,3}|[\\[\\]{}:,]){0,3}\\}?[ ]?",
    ) {
        let options = Options { form: Some(Form::Lines), ..Options::default() };
        let read = read_as(line.as_bytes(), &options, 1 << 20, split::LONGEST).unwrap();
        prop_assume!(!line.trim().is_empty());
        let kind = read.findings.first().map(|finding| finding.split(' ').next().unwrap().to_owned());
        // A number too large for a float is JSON here and none to the other; a key given twice is the reverse.
        match (serde_json::from_str::<Value>(&line), kind.as_deref()) {
            (Ok(value), None) => prop_assert!(value.is_object(), "{}", line),
            (Ok(value), Some("not-an-object")) => prop_assert!(!value.is_object(), "{}", line),
            (Ok(_), Some(kind)) => prop_assert_eq!(kind, "duplicate-key", "{}", line),
            (Err(error), None | Some("not-an-object")) => prop_assert!(error.to_string().contains("out of range"), "{}: {}", line, error),
            (Err(_), Some(_)) => {}
        }
    }
}
