//! Hostile files, as text, and what is read from them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};

use super::*;
use crate::engine::source::{Batch, FindingKind};
use crate::ir::value::{Reading, Type};

/// What a file turned into: its names, its rows as text, and its findings.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<String>,
    pub(super) findings: Vec<String>,
}

pub(super) fn file(bytes: &[u8], options: &Options) -> (tempfile::NamedTempFile, Result<File, Error>) {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(bytes).unwrap();
    let file = File::open(on_disk.path(), 0, options);
    (on_disk, file)
}

/// Reads all columns as text: `line: a|b`, with `∅` for null and `!` for a malformed record.
pub(super) fn read(bytes: &[u8], options: &Options, block: usize, longest: usize) -> Read {
    let (_on_disk, file) = file(bytes, options);
    let mut file = file.unwrap();
    Arc::make_mut(&mut file.dialect).longest = longest;
    let width = file.columns().len();
    let columns = (0..width).map(|field| (field, Reading::plain(Type::String))).collect();
    let request = Request { columns };
    let mut findings = file.findings().clone();
    let mut rows = Vec::new();
    for block in file.blocks_of(block) {
        let block = block.unwrap();
        assert_eq!(block.first_row(), rows.len() as u64, "the splitter and the decoder count alike");
        let parsed = block.parse(&request);
        parsed.batches.iter().for_each(|batch| show(batch, &mut rows));
        findings.merge(parsed.findings);
    }
    let place = |finding: &Finding| {
        let mut said = format!("{} {}:{}", finding.kind.name(), finding.line, finding.column.unwrap());
        if let Some(field) = finding.field {
            write!(said, " field {field}").unwrap();
        }
        if let Some(row) = finding.row {
            write!(said, " row {row}").unwrap();
        }
        said
    };
    Read { names: file.columns().to_vec(), rows, findings: findings.kept().iter().map(place).collect() }
}

fn show(batch: &Batch, rows: &mut Vec<String>) {
    assert_eq!(batch.first_row, rows.len() as u64);
    for row in 0..batch.rows {
        let cells: Vec<String> = batch
            .columns
            .iter()
            .map(|column| {
                let column = column.as_string_view();
                if column.is_null(row) { "∅".to_owned() } else { column.value(row).to_owned() }
            })
            .collect();
        let line = batch.lines.as_ref().unwrap().of(row).unwrap();
        if batch.malformed.as_ref().is_some_and(|mask| mask.value(row)) {
            assert!(cells.iter().all(|cell| cell == "∅"), "a malformed record has no cells");
            rows.push(format!("{line}: !"));
        } else {
            rows.push(format!("{line}: {}", cells.join("|")));
        }
    }
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, names: &[&str], rows: &[&str], findings: &[&str]) {
    check_with(&Options::default(), bytes, names, rows, findings);
}

#[track_caller]
fn check_with(options: &Options, bytes: impl AsRef<[u8]>, names: &[&str], rows: &[&str], findings: &[&str]) {
    for block in [1, 3, 16, 1 << 20] {
        let read = read(bytes.as_ref(), options, block, split::LONGEST);
        let said = (read.names, read.rows, read.findings);
        let strings = |said: &[&str]| said.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        assert_eq!(said, (strings(names), strings(rows), strings(findings)), "in blocks of {block}");
    }
}

#[test]
fn lines_end_in_any_of_three_ways() {
    for end in ["\n", "\r\n", "\r"] {
        for last in [end, ""] {
            let text = format!("a,b{end}1,2{end}3,4{last}");
            check(text, &["a", "b"], &["2: 1|2", "3: 3|4"], &[]);
        }
    }
    check("a,b\n1,2\r\n3,\"4\"\r\n", &["a", "b"], &["2: 1|2", "3: 3|4"], &["mixed-line-ends 2:4"]);
    check("a,b\r\n1,2\r\n3,4\n5,6\n", &["a", "b"], &["2: 1|2", "3: 3|4", "4: 5|6"], &["mixed-line-ends 3:4"]);
    check("a,b\r\n1,\"2\n\"\r\n", &["a", "b"], &["2: 1|2\n"], &[]);
}

#[test]
fn a_lone_carriage_return_is_text_where_lines_end_otherwise() {
    check("a,b\n1\r2,3\n4,5\r6\n", &["a", "b"], &["2: 1\r2|3", "3: 4|5\r6"], &["mixed-line-ends 2:2"]);
    check("a,b\n1,\"3\r\"\n", &["a", "b"], &["2: 1|3\r"], &[]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    check("\u{feff}a,b\n1,2\n", &["a", "b"], &["2: 1|2"], &[]);
    check("\u{feff}\"a\",b\n1,2\n", &["a", "b"], &["2: 1|2"], &[]);
    check("\u{feff}", &[], &[], &[]);
}

#[test]
fn files_without_rows_have_none() {
    check("", &[], &[], &[]);
    check("a,b", &["a", "b"], &[], &[]);
    check("a,b\n", &["a", "b"], &[], &[]);
    check("\n\n", &[], &[], &["blank-row 1:1", "blank-row 2:1"]);
}

#[test]
fn quotes_hide_delimiters_line_ends_and_quotes() {
    check("a,b\n\"1,\n2\",3\n4,5\n", &["a", "b"], &["2: 1,\n2|3", "4: 4|5"], &[]);
    check("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", &["a", "b"], &["2: say \"hi\"|\""], &[]);
    check("\"a\n1\",b\n1,2\n", &["a\n1", "b"], &["3: 1|2"], &[]);
    check("a,b\r\n\"1\r\n\",\"\"\"\r\"\r\n", &["a", "b"], &["2: 1\r\n|\"\r"], &[]);
}

#[test]
fn a_quote_inside_an_unquoted_field_is_text() {
    check("a,b\n5\",6\"\"\n x \"y\", \"z\"\n", &["a", "b"], &["2: 5\"|6\"\"", "3:  x \"y\"| \"z\""], &[]);
    check("a,b\n5\",\"6\n7\"\n", &["a", "b"], &["2: 5\"|6\n7"], &[]);
}

#[test]
fn text_after_a_closing_quote_is_malformed() {
    check("a,b\n\"1\"x,2\n3,4\n", &["a", "b"], &["2: !", "3: 3|4"], &["text-after-quote 2:4 field 1 row 0"]);
    check("a,b\n1,\"2\" \n3,4\n", &["a", "b"], &["2: !", "3: 3|4"], &["text-after-quote 2:6 field 2 row 0"]);
    check("a,b\n\"1\"x,\"2\n,\"\n3,4\n", &["a", "b"], &["2: !", "4: 3|4"], &["text-after-quote 2:4 field 1 row 0"]);
    check("a,b\n1,\"2\"\rx\n", &["a", "b"], &["2: !"], &["text-after-quote 2:6 field 2 row 0"]);
}

#[test]
fn ragged_records_keep_their_place() {
    check(
        "a,b\n1\n2,3\n4,5,6\n7,8,\n,\n",
        &["a", "b"],
        &["2: !", "3: 2|3", "4: !", "5: !", "6: ∅|∅"],
        &["missing-cell 2:2 field 2 row 0", "extra-cell 4:5 field 3 row 2", "extra-cell 5:5 field 3 row 3"],
    );
}

#[test]
fn a_blank_line_is_no_row() {
    check(
        "a,b\n\n1,2\n\r\n\n3,4\n\n",
        &["a", "b"],
        &["3: 1|2", "6: 3|4"],
        &["blank-row 2:1", "blank-row 4:1", "mixed-line-ends 4:1", "blank-row 5:1", "blank-row 7:1"],
    );
    check("\n\na,b\n1,2\n", &["a", "b"], &["4: 1|2"], &["blank-row 1:1", "blank-row 2:1"]);
    check("a,b\n  \n", &["a", "b"], &["2: !"], &["missing-cell 2:3 field 2 row 0"]);
}

#[test]
fn a_blank_line_is_a_null_in_a_file_of_one_column() {
    check("a\n1\n\n\r\n\"\"\n2\n", &["a"], &["2: 1", "3: ∅", "4: ∅", "5: ∅", "6: 2"], &["mixed-line-ends 4:1"]);
}

#[test]
fn an_open_quote_costs_its_line_and_no_more() {
    check("a,b\n1,\"2\n3,4\n5,6\n", &["a", "b"], &["2: !", "3: 3|4", "4: 5|6"], &["open-quote 2:3 field 2 row 0"]);
    check("a,b\n1,\"", &["a", "b"], &["2: !"], &["truncated-file 2:4 field 2 row 0"]);
    check("a,b\n\"x\ny\",\"z\n1,2", &["a", "b"], &["2: !", "4: 1|2"], &["open-quote 3:4 field 2 row 0"]);
    check(
        "a,b\n\n1,\"2\"\"\n\n3,4\n",
        &["a", "b"],
        &["3: !", "5: 3|4"],
        &["blank-row 2:1", "open-quote 3:3 field 2 row 0", "blank-row 4:1"],
    );
    check("a,\"b\n1,2\n", &["a", "b"], &["2: 1|2"], &["open-quote 1:3 field 2"]);
}

#[test]
fn a_quote_is_given_up_at_the_longest_record() {
    let long = "x\n".repeat(40);
    let text = format!("a,b\n1,\"2\n3,4\n{long}5,6\"\n7,8\n");
    let whole = read(text.as_bytes(), &Options::default(), 1 << 20, 1000);
    assert_eq!(whole.findings, Vec::<String>::new());
    for block in [1, 7, 64, 1 << 20] {
        let cut = read(text.as_bytes(), &Options::default(), block, 64);
        assert_eq!(cut.rows[..2], ["2: !", "3: 3|4"]);
        assert_eq!(cut.rows.last().unwrap(), "45: 7|8");
        assert_eq!(cut.findings[0], "open-quote 2:3 field 2 row 0");
        assert_eq!(cut.findings.len(), 41);
    }
}

#[test]
fn a_line_beyond_the_longest_record_is_one_malformed_row() {
    let long = "x".repeat(100);
    for text in [
        format!("a,b\n1,2\n{long}\n3,4\n"),
        format!("a,b\n1,2\n{long},\"y\n3,4\n"),
        format!("a,b\n1,2\n{}\n3,4\n", &long[..64]),
    ] {
        for block in [1, 7, 64, 1 << 20] {
            let read = read(text.as_bytes(), &Options::default(), block, 64);
            assert_eq!(read.rows, ["2: 1|2", "3: !", "4: 3|4"], "in blocks of {block}");
            assert_eq!(read.findings, ["long-record 3:1 row 1"]);
        }
    }
}

#[test]
fn bytes_that_are_no_characters_cost_their_record() {
    let utf_8 = Options { encoding: Some(Encoding::UTF_8), ..Options::default() };
    check_with(
        &utf_8,
        b"a,b\n1,\xf1\n\xc3\xb1,2\n\"x\n,\"\"\xff\",3\n4,\xc3",
        &["a", "b"],
        &["2: !", "3: ñ|2", "4: !", "6: !"],
        &["encoding-error 2:3 field 2 row 0", "encoding-error 5:4 field 1 row 2", "encoding-error 6:3 field 2 row 3"],
    );
    check_with(&utf_8, b"a,\xf1\n1,2\n", &["a", "\u{fffd}"], &["2: 1|2"], &["encoding-error 1:3 field 2"]);
    check(b"a,\xf1\n1,2\n", &["a", "ñ"], &["2: 1|2"], &[]);
}

#[test]
fn a_bad_byte_far_into_a_file_costs_its_record_and_no_more() {
    let mut text: Vec<u8> = b"n,name\n".to_vec();
    for line in 2..50_000 {
        let name: &[u8] = if line == 40_211 { b"Espa\xf1a" } else { "España".as_bytes() };
        text.extend([line.to_string().as_bytes(), b",", name, b"\n"].concat());
    }
    let read = read(&text, &Options::default(), split::BLOCK, split::LONGEST);
    assert_eq!(read.findings, ["encoding-error 40211:11 field 2 row 40209"]);
    assert_eq!(read.rows.iter().filter(|row| row.ends_with("|España")).count(), 49_997);
    assert_eq!(read.rows[40_209], "40211: !");
}

#[test]
fn text_of_any_encoding_reads_alike() {
    let text = "año,€\r\n1,ñandú\r\n2\r\n3,\"x;\r\n€\"\r\n";
    let (names, rows) = (["año", "€"], ["2: 1|ñandú", "3: !", "4: 3|x;\r\n€"]);
    let findings = ["missing-cell 3:2 field 2 row 1"];
    let (narrow, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    check(&narrow, &names, &rows, &findings);
    for mark in ["", "\u{feff}"] {
        let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
        check(units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>(), &names, &rows, &findings);
        check(units.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<_>>(), &names, &rows, &findings);
    }
    let latin = Options { encoding: Encoding::of_label("latin-1"), ..Options::default() };
    check_with(
        &latin,
        b"a,b\n\xf1,1\nx\xe1,\x80\n",
        &["a", "b"],
        &["2: ñ|1", "3: !"],
        &["encoding-error 3:4 field 2 row 1"],
    );
}

#[test]
fn text_in_another_encoding_than_said_is_refused() {
    let said = Options { encoding: Some(Encoding::UTF_8), ..Options::default() };
    let refused = |bytes: &[u8], options: &Options| file(bytes, options).1.unwrap_err().to_string();
    assert!(refused(b"\xff\xfea\0,\0b\0\n\0", &said).contains("the mark of UTF-16LE"));
    assert!(refused(b"a\0\0\0,\0\0\0b\0\0\0", &Options::default()).contains("iconv"));
}

#[test]
fn a_zero_byte_costs_its_record() {
    check(b"a,b\n1,x\0\n2,3\n", &["a", "b"], &["2: !", "3: 2|3"], &["nul-byte 2:4 field 2 row 0"]);
}

#[test]
fn a_file_that_ends_within_a_record_is_cut_off() {
    check("a,b,c\n1,2,3\n4,5", &["a", "b", "c"], &["2: 1|2|3", "3: !"], &["truncated-file 3:4 field 2 row 1"]);
    check(
        "a,b\n1,2\n3,\"x\ny",
        &["a", "b"],
        &["2: 1|2", "3: !", "4: !"],
        &["open-quote 3:3 field 2 row 1", "truncated-file 4:2 field 1 row 2"],
    );
    check("a,b\n1,2,3", &["a", "b"], &["2: !"], &["extra-cell 2:5 field 3 row 0"]);
}

#[test]
fn comments_and_skipped_lines_count_as_lines_only() {
    let options = Options { comment: "#".to_owned(), skip_lines: 2, ..Options::default() };
    check_with(
        &options,
        "Report,\"of\n2024;;;\n# a,b,c\na,b\n1,2\n#3,\"4\n\n#\n5,\"#6\n#7\"\n8,#9\n#",
        &["a", "b"],
        &["5: 1|2", "9: 5|#6\n#7", "11: 8|#9"],
        &["blank-row 7:1"],
    );
    let dashes = Options { comment: "--".to_owned(), header: Some(Header::None), ..Options::default() };
    check_with(&dashes, "-- x\n-1,-2\n--,\n", &["column_1", "column_2"], &["2: -1|-2"], &[]);
    check_with(&Options { skip_lines: 9, ..Options::default() }, "a,b\n1,2\n", &[], &[], &[]);
}

#[test]
fn how_a_file_is_written_is_known_from_the_suite_or_from_the_file() {
    let said = |bytes: &[u8], options: &Options| {
        let (_on_disk, file) = file(bytes, options);
        serde_json::to_value(file.unwrap().written()).unwrap()
    };
    let found = said(b"\xef\xbb\xbf'a';'b'\r\n'1,5';'2'\r\n", &Options::default());
    let wanted = serde_json::json!({
        "encoding": {"value": "utf-8", "by": "detected"},
        "byte_order_mark": true,
        "delimiter": {"value": ";", "by": "detected"},
        "quote": {"value": "'", "by": "detected"},
        "header": {"value": true, "by": "assumed"},
        "line_ends": "CRLF",
        "decimal": {"value": ".", "by": "assumed"},
        "thousands": null,
    });
    assert_eq!(found, wanted);
    let options = Options {
        encoding: Encoding::of_label("latin1"),
        delimiter: Some(b'|'),
        quote: Quote::None,
        header: Some(Header::None),
        marks: Some(Marks { decimal: ',', thousands: Some('.') }),
        ..Options::default()
    };
    let wanted = serde_json::json!({
        "encoding": {"value": "iso-8859-1", "by": "declared"},
        "byte_order_mark": false,
        "delimiter": {"value": "|", "by": "declared"},
        "quote": {"value": null, "by": "declared"},
        "header": {"value": false, "by": "declared"},
        "line_ends": null,
        "decimal": {"value": ",", "by": "declared"},
        "thousands": ".",
    });
    assert_eq!(said(b"1|2", &options), wanted);
}

#[test]
fn numbers_read_with_the_marks_that_are_said() {
    let (on_disk, _) = file(b"n\n1.234,50\n-7\n1,5\n1.5\n12.34,5\n", &Options::default());
    let read = |kind, thousands| {
        let marks = Marks { decimal: ',', thousands };
        let request = Request { columns: vec![(0, Reading { marks, ..Reading::plain(kind) })] };
        let options = Options { delimiter: Some(b';'), ..Options::default() };
        let file = File::open(on_disk.path(), 0, &options).unwrap();
        let batch = file.blocks().next().unwrap().unwrap().parse(&request).batches.remove(0);
        let unparsed = batch.unparsed[0].as_ref().map_or(0, arrow::buffer::BooleanBuffer::count_set_bits);
        (arrow::compute::cast(&batch.columns[0], &DataType::Utf8).unwrap(), unparsed)
    };
    let texts = |kind, thousands| {
        let (column, unparsed) = read(kind, thousands);
        (column.as_string::<i32>().iter().map(|text| text.unwrap_or("∅").to_owned()).collect::<Vec<_>>(), unparsed)
    };
    let wanted = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(Type::Decimal, Some('.')), (wanted(&["1234.50", "-7.00", "1.50", "∅", "∅"]), 2));
    assert_eq!(texts(Type::Decimal, None), (wanted(&["∅", "-7.0", "1.5", "∅", "∅"]), 3));
    assert_eq!(texts(Type::Integer, Some('.')), (wanted(&["∅", "-7", "∅", "∅", "∅"]), 4));
    assert_eq!(texts(Type::Float, Some('.')), (wanted(&["1234.5", "-7.0", "1.5", "∅", "∅"]), 2));
}

#[test]
fn headers_without_or_with_repeated_names_are_findings() {
    check(
        "a,,a\n1,2,3\n",
        &["a", "column_2", "a_2"],
        &["2: 1|2|3"],
        &["blank-label 1:3 field 2", "duplicate-label 1:4 field 3"],
    );
    check(",\n1,2\n", &["column_1", "column_2"], &["2: 1|2"], &["blank-header 1:1"]);
}

#[test]
fn names_may_be_given_or_made_up() {
    let none = Options { header: Some(Header::None), ..Options::default() };
    check_with(&none, "1;2\n3;4\n", &["column_1", "column_2"], &["1: 1|2", "2: 3|4"], &[]);
    check_with(&none, "\n1;2\n", &["column_1", "column_2"], &["2: 1|2"], &["blank-row 1:1"]);
    let given = Options { header: Some(Header::Names(vec!["x".into(), "y".into()])), ..Options::default() };
    check_with(&given, "1,2\n3\n", &["x", "y"], &["1: 1|2", "2: !"], &["missing-cell 2:2 field 2 row 1"]);
    check_with(&given, "", &["x", "y"], &[], &[]);
}

#[test]
fn empty_fields_and_null_spellings_are_null() {
    let text = "a,b,c\n,\"\",NA\n\"NA\", ,-\n";
    check(text, &["a", "b", "c"], &["2: ∅|∅|NA", "3: NA| |-"], &[]);
    let nulls = Options { null_values: vec!["NA".into(), "-".into()], ..Options::default() };
    check_with(&nulls, text, &["a", "b", "c"], &["2: ∅|∅|∅", "3: ∅| |∅"], &[]);
    let quoted = Options { quoted_empty_is_text: true, ..Options::default() };
    check_with(&quoted, text, &["a", "b", "c"], &["2: ∅||NA", "3: NA| |-"], &[]);
}

#[test]
fn a_file_may_have_no_quotes() {
    let options = Options { quote: Quote::None, ..Options::default() };
    check_with(
        &options,
        "a,b\n\"1,2\"\n\"3\n",
        &["a", "b"],
        &["2: \"1|2\"", "3: !"],
        &["missing-cell 3:3 field 2 row 1"],
    );
}

#[test]
fn every_record_is_there_as_text() {
    let texts = |bytes: &[u8], options: &Options| {
        let (_on_disk, file) = file(bytes, options);
        let request = Request { columns: vec![(crate::engine::source::RECORD, Reading::as_stored())] };
        let mut texts = Vec::new();
        for block in file.unwrap().blocks() {
            for batch in block.unwrap().parse(&request).batches {
                let column = batch.columns[0].as_string_view();
                texts.extend(column.iter().map(|text| text.unwrap_or("∅").to_owned()));
            }
        }
        texts
    };
    let utf_8 = Options { encoding: Some(Encoding::UTF_8), comment: "#".to_owned(), ..Options::default() };
    assert_eq!(texts(b"a,b\r\n1\r\n#x\r\n2,3\r\n\r\n#y\n\xff,\"x\ny\",\r\n", &utf_8), ["1", "2,3", "\\xFF,\"x\ny\","]);
    let latin = Options { encoding: Encoding::of_label("latin-1"), ..Options::default() };
    assert_eq!(texts(b"a,b\n\xf1,\x80\n", &latin), ["ñ,\\x80"]);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for options in [
        Options { delimiter: Some(b'\n'), ..Options::default() },
        Options { delimiter: Some(0xe9), ..Options::default() },
        Options { delimiter: Some(b'"'), ..Options::default() },
        Options { quote: Quote::Byte(b'\r'), ..Options::default() },
    ] {
        assert!(matches!(file(b"a,b\n", &options).1, Err(Error::Options(_))));
    }
    assert!(matches!(File::open(Path::new("no such file"), 0, &Options::default()), Err(Error::Io { .. })));
}

#[test]
fn cells_that_do_not_read_are_null_and_unparsed() {
    let (_on_disk, file) = file(b"n,t\n1,a\nx,\" b \"\n,\n3,c,d\n\"4\",e\n", &Options::default());
    let file = file.unwrap();
    let integer = Reading::plain(Type::Integer);
    let trimmed = Reading { trim: true, ..Reading::plain(Type::String) };
    let plain = Reading::plain(Type::String);
    let request = Request { columns: vec![(1, trimmed), (0, integer), (0, plain)] };
    let block = file.blocks().next().unwrap().unwrap();
    let parsed = block.parse(&request);
    let batch = &parsed.batches[0];
    assert_eq!(batch.rows, 5);
    let numbers: Vec<_> = batch.columns[1].as_primitive::<Int64Type>().iter().collect();
    assert_eq!(numbers, [Some(1), None, None, None, Some(4)]);
    let texts: Vec<_> = batch.columns[0].as_string_view().iter().collect();
    assert_eq!(texts, [Some("a"), Some("b"), None, None, Some("e")]);
    let spelled: Vec<_> = batch.columns[2].as_string_view().iter().collect();
    assert_eq!(spelled, [Some("1"), Some("x"), None, None, Some("4")]);
    let set = |mask: &Option<arrow::buffer::BooleanBuffer>| mask.as_ref().map(|m| m.set_indices().collect::<Vec<_>>());
    assert_eq!(set(&batch.unparsed[1]), Some(vec![1]));
    assert_eq!(set(&batch.unparsed[0]), None);
    assert_eq!(set(&batch.malformed), Some(vec![3]));
    assert_eq!(parsed.findings.count(FindingKind::ExtraCell), 1);
}

#[test]
fn every_type_has_its_canonical_array() {
    let (_on_disk, file) = file(b"a\n1\n", &Options::default());
    let file = file.unwrap();
    let request = Request { columns: Type::ALL.map(|kind| (0, Reading::plain(kind))).to_vec() };
    let parsed = file.blocks().next().unwrap().unwrap().parse(&request);
    let types: Vec<_> = parsed.batches[0].columns.iter().map(|column| column.data_type().clone()).collect();
    let micros = arrow::datatypes::TimeUnit::Microsecond;
    assert_eq!(
        types,
        [
            DataType::Utf8View,
            DataType::Int64,
            DataType::Decimal128(38, 0),
            DataType::Float64,
            DataType::Boolean,
            DataType::Date32,
            DataType::Timestamp(micros, None),
            DataType::Time64(micros),
            DataType::Utf8View,
            DataType::Struct(arrow::datatypes::Fields::empty()),
            DataType::Struct(arrow::datatypes::Fields::empty()),
        ]
    );
    let unparsed: Vec<_> = parsed.batches[0].unparsed.iter().map(Option::is_some).collect();
    assert_eq!(unparsed, [false, false, false, false, true, true, true, true, false, true, true]);
}

#[test]
fn decimals_take_the_largest_scale_and_never_lose_a_digit() {
    let decimals = |text: &str| {
        let (_on_disk, file) = file(text.as_bytes(), &Options::default());
        let request = Request { columns: vec![(0, Reading::plain(Type::Decimal))] };
        let parsed = file.unwrap().blocks().next().unwrap().unwrap().parse(&request);
        let show = |batch: &Batch| {
            let column = batch.columns[0].as_primitive::<Decimal128Type>();
            let values: Vec<_> =
                (0..batch.rows).filter(|row| column.is_valid(*row)).map(|row| column.value_as_string(row)).collect();
            format!("{}@{}: {}", batch.first_row, column.scale(), values.join(" "))
        };
        parsed.batches.iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(decimals("a,b\n1,\n-2.50,\n,\n0.125,\nx,\n"), ["0@3: 1.000 -2.500 0.125"]);
    let large = "9".repeat(30);
    let fine = format!("0.{}1", "0".repeat(19));
    assert_eq!(
        decimals(&format!("a,b\n1.5,\n{large},\n{fine},\n2.5,\n-{large}.5,\n")),
        [format!("0@1: 1.5 {large}.0"), format!("2@20: {fine} 2.5{}", "0".repeat(19)), format!("4@1: -{large}.5"),]
    );
}
