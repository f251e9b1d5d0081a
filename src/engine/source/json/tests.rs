//! Hostile files, as text, and what is read from them.

use std::fmt::Write as _;
use std::io::Write as _;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};

use super::*;
use crate::engine::source::{Batch, Finding, Findings};
use crate::ir::{Reading, Type};

/// What a file turned into: its columns with their types, its rows as text, and its findings.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<String>,
    pub(super) findings: Vec<String>,
}

pub(super) fn on_disk(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Reads all columns as text: `line: a|b`, with `∅` for null and `!` for a malformed record.
pub(super) fn read_as(bytes: &[u8], options: &Options<'_>, block: usize, longest: usize) -> io::Result<Read> {
    let file = on_disk(bytes);
    let file = File::open(file.path(), 0, options)?;
    let columns = file.columns().iter().map(|(name, kinds)| format!("{name} {}", kinds.kind())).collect();
    let mut read = Read { columns, ..Read::default() };
    let wanted: Vec<Wanted> = file
        .columns()
        .iter()
        .map(|(name, _)| Wanted {
            path: vec![name.clone()],
            reading: Reading::plain(Type::String),
            taken: Taken::AsSpelled,
            misplaced: Misplaced::Null,
        })
        .collect();
    let mut findings = Findings::default();
    for block in file.blocks_of(block, longest) {
        let block = block?;
        assert_eq!(block.first_row, read.rows.len() as u64, "the splitter and the decoder count alike");
        let parsed = block.parse(&wanted);
        parsed.batches.iter().for_each(|batch| show(batch, &mut read.rows));
        findings.merge(parsed.findings);
    }
    let place = |finding: &Finding| {
        let mut said = format!("{} line {} row {}", finding.kind.name(), finding.line, finding.row.unwrap());
        if let Some(found) = finding.found {
            write!(said, " at {found}").unwrap();
        }
        if let Some(label) = &finding.label {
            write!(said, " {label}").unwrap();
        }
        said
    };
    read.findings = findings.kept().iter().map(place).collect();
    Ok(read)
}

fn show(batch: &Batch, rows: &mut Vec<String>) {
    for row in 0..batch.rows {
        let cells = batch.columns.iter().map(|column| {
            let column = column.as_string_view();
            if column.is_null(row) { "∅".to_owned() } else { column.value(row).to_owned() }
        });
        let line = batch.lines.as_ref().unwrap().of(row).unwrap();
        let cells = cells.collect::<Vec<_>>();
        if batch.malformed.as_ref().is_some_and(|mask| mask.value(row)) {
            assert!(cells.iter().all(|cell| cell == "∅"), "a malformed record has no cells");
            rows.push(format!("{line}: !"));
        } else {
            rows.push(format!("{line}: {}", cells.join("|")));
        }
    }
}

fn lines(text: &str) -> Read {
    bytes(text.as_bytes())
}

fn bytes(bytes: &[u8]) -> Read {
    let options = Options { form: Some(Form::Lines), ..Options::default() };
    let whole = read_as(bytes, &options, split::BLOCK, split::LONGEST).unwrap();
    for block in [1, 7] {
        assert_eq!(read_as(bytes, &options, block, split::LONGEST).unwrap(), whole, "in blocks of {block}");
    }
    whole
}

fn document(text: &str, records: &[&str]) -> io::Result<Read> {
    let records: Vec<String> = records.iter().map(|step| (*step).to_owned()).collect();
    let options = Options { form: Some(Form::Document), records: &records, ..Options::default() };
    let whole = read_as(text.as_bytes(), &options, split::BLOCK, split::LONGEST);
    if let Ok(whole) = &whole {
        assert_eq!(read_as(text.as_bytes(), &options, 1, split::LONGEST).unwrap(), *whole, "in small blocks");
    }
    whole
}

#[track_caller]
fn reads(text: &str, columns: &[&str], rows: &[&str], findings: &[&str]) {
    let read = lines(text);
    assert_eq!(read.columns, columns, "{text}");
    assert_eq!(read.rows, rows, "{text}");
    assert_eq!(read.findings, findings, "{text}");
}

/// The values of one column read as a type, and whether each is unparsed.
fn typed(text: &str, reading: &Reading, taken: Taken) -> (ArrayRef, Vec<bool>) {
    let file = on_disk(text.as_bytes());
    let file = File::open(file.path(), 0, &Options { form: Some(Form::Lines), ..Options::default() }).unwrap();
    let block = file.blocks().next().unwrap().unwrap();
    let wanted = Wanted { path: vec!["a".to_owned()], reading: reading.clone(), taken, misplaced: Misplaced::Null };
    let batch = block.parse(&[wanted]).batches.remove(0);
    let bad = batch.unparsed[0].as_ref().map_or(vec![false; batch.rows], |bad| bad.iter().collect());
    (batch.columns[0].clone(), bad)
}

#[test]
fn records_are_rows_and_their_keys_the_columns() {
    reads(
        "{\"a\":1,\"b\":\"x\"}\n{\"b\":null}\n{\"c\":[1,{}],\"a\":2.50}\n",
        &["a decimal", "b string", "c list"],
        &["1: 1|\"x\"|∅", "2: ∅|∅|∅", "3: 2.50|∅|[1,{}]"],
        &[],
    );
}

#[test]
fn blank_lines_are_no_rows_and_keep_the_count_of_lines() {
    reads("\n{\"a\":1}\r\n  \r\n\n{\"a\":2}", &["a integer"], &["2: 1", "5: 2"], &[]);
    reads("", &[], &[], &[]);
    reads("\n \n", &[], &[], &[]);
    reads("\u{feff}{\"a\":1}\n", &["a integer"], &["1: 1"], &[]);
}

#[test]
fn one_bad_line_is_a_finding_and_the_rest_goes_on() {
    reads(
        "{\"a\":1}\n{\"a\":1,}\nnope\n[1]\n7\n{\"a\":1,\"a\":2}\n{\"x\":{\"k\":1,\"\\u006b\":2}}\n{\"a\":2} {}\n{\"a\":3}\n",
        &["a integer"],
        &["1: 1", "2: !", "3: !", "4: !", "5: !", "6: !", "7: !", "8: !", "9: 3"],
        &[
            "not-json line 2 row 1 at 8",
            "not-json line 3 row 2 at 1",
            "not-an-object line 4 row 3",
            "not-an-object line 5 row 4",
            "duplicate-key line 6 row 5 a",
            "duplicate-key line 7 row 6 k",
            "not-json line 8 row 7 at 9",
        ],
    );
}

#[test]
fn the_grammar_is_that_of_the_standard() {
    let bad = [
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":tru}",
        "{\"a\":nullx}",
        "{'a':1}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{,}",
        "{\"a\":[,]}",
        "{\"a\":[1,]}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"x}",
        "{\"a\":[}",
        "{\"a\":1]",
        "{\"a\":1",
        "{",
        "\"",
        "{\"a\":1}//x",
        "{\"a\":0x1}",
    ];
    for text in bad {
        let read = lines(text);
        assert_eq!(read.rows, ["1: !"], "{text}");
        assert_eq!(read.findings.len(), 1, "{text}");
        assert!(read.columns.is_empty(), "a malformed record has no columns: {text}");
    }
    for good in [
        "{\"a\":-0}",
        " { \"a\" : 0.0e+05 } ",
        "{\"a\":\"\\ud83d\\ude00\\u0000\\/\"}",
        "{\"\":1}",
        "{}",
        "{\"a\":[[],{}]}",
    ] {
        assert!(lines(good).findings.is_empty(), "{good}");
    }
}

#[test]
fn bytes_that_are_not_utf8_spoil_their_record_only() {
    let read = bytes(b"{\"a\":\"\xff\"}\n{\"a\":\"\xc3\xb1\"}\n\xc3\n");
    assert_eq!(read.rows, ["1: !", "2: \"ñ\"", "3: !"]);
    assert_eq!(read.findings, ["encoding-error line 1 row 0", "encoding-error line 3 row 2"]);
}

#[test]
fn depth_and_length_cost_no_stack_and_no_memory() {
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(lines(&deep(900)).findings.is_empty());
    assert_eq!(lines(&deep(1_000)).findings, ["too-deep line 1 row 0"]);
    assert_eq!(lines(&format!("{}\n{{}}\n", deep(1_000_000))).rows.len(), 2);
    assert_eq!(lines(&"[".repeat(1_000_000)).findings, ["too-deep line 1 row 0"]);
    assert!(document(&"[".repeat(1_000_000), &[]).is_err());
    let options = Options { form: Some(Form::Lines), ..Options::default() };
    let text = format!("{{\"a\":1}}\n{{\"a\":\"{}\"}}\n{{\"a\":2}}\n{{\"a\":\"{0}\"}}", "x".repeat(100));
    for block in [1, 10, 50, 1000] {
        let read = read_as(text.as_bytes(), &options, block, 40).unwrap();
        assert_eq!(read.rows, ["1: 1", "2: !", "3: 2", "4: !"], "in blocks of {block}");
        assert_eq!(read.findings, ["long-record line 2 row 1", "long-record line 4 row 3"]);
    }
}

#[test]
fn many_keys_are_compared_without_growing_slow() {
    let keys = (0..5000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    assert_eq!(lines(&format!("{{\"x\":{{{keys}}}}}")).findings, Vec::<String>::new());
    assert_eq!(lines(&format!("{{\"x\":{{{keys},\"k17\":0}}}}")).findings, ["duplicate-key line 1 row 0 k17"]);
    let wide = (0..=tree::MOST).map(|n| format!("{{\"k{n}\":1}}")).collect::<Vec<_>>().join("\n");
    let file = on_disk(wide.as_bytes());
    let error = File::open(file.path(), 0, &Options::default()).unwrap_err();
    assert!(error.to_string().contains("more than 10000 different keys"), "{error}");
}

#[test]
fn the_type_is_that_of_all_values() {
    let kind = |values: &[&str]| {
        let text = values.iter().map(|value| format!("{{\"a\":{value}}}")).collect::<Vec<_>>().join("\n");
        lines(&text).columns[0].clone()
    };
    let forty = "9".repeat(40);
    assert_eq!(kind(&["1", "-2", "null"]), "a integer");
    assert_eq!(kind(&["1", "2.5"]), "a decimal");
    assert_eq!(kind(&["1", "18446744073709551616"]), "a decimal");
    assert_eq!(kind(&["1", &forty]), "a float");
    assert_eq!(kind(&["1.5", "1e3"]), "a float");
    assert_eq!(kind(&["true", "false"]), "a boolean");
    assert_eq!(kind(&["{}", "null", "{\"b\":1}"]), "a object");
    assert_eq!(kind(&["[]"]), "a list");
    assert_eq!(kind(&["\"2024-01-31\""]), "a string");
    assert_eq!(kind(&["1", "\"1\""]), "a string");
    assert_eq!(kind(&["1", "true"]), "a string");
    assert_eq!(kind(&["null"]), "a string");
}

#[test]
fn a_value_of_another_type_does_not_read() {
    let bad = |values: &str, kind| {
        let text = values.split(' ').map(|value| format!("{{\"a\":{value}}}")).collect::<Vec<_>>().join("\n");
        typed(&text, &Reading::plain(kind), Taken::OfItsType).1
    };
    assert_eq!(
        bad("1 1.0 1e0 \"1\" 9223372036854775808 true {} null", Type::Integer),
        [false, true, true, true, true, true, true, false]
    );
    assert_eq!(bad("1 1.0 1e0 \"1\" null", Type::Decimal), [false, false, true, true, false]);
    assert_eq!(bad("1 1.5 1e400 \"1\"", Type::Float), [false, false, false, true]);
    assert_eq!(bad("true \"true\" 1", Type::Boolean), [false, true, true]);
    assert_eq!(bad("\"2024-01-31\" \"2024-1-31\" 20240131", Type::Date), [false, true, true]);
    assert_eq!(bad("\"\" 1 false [] {}", Type::String), [false, true, true, true, true]);
    assert_eq!(bad("{} [] \"{}\" null", Type::Object), [false, true, true, false]);
    assert_eq!(bad("{} [] 1", Type::List), [true, false, true]);
    assert_eq!(bad("{} [] 1 \"{}\"", Type::Json), [false; 4]);
}

#[test]
fn numbers_keep_every_digit() {
    let digits = "12345678901234567890123456.789012345678";
    let (array, bad) = typed(&format!("{{\"a\":{digits}}}"), &Reading::plain(Type::Decimal), Taken::OfItsType);
    assert_eq!(array.data_type(), &DataType::Decimal128(38, 12));
    assert_eq!(array.as_primitive::<Decimal128Type>().value_as_string(0), digits);
    assert!(!bad[0]);
    let (array, _) = typed("{\"a\":9223372036854775807}", &Reading::plain(Type::Integer), Taken::OfItsType);
    assert_eq!(array.as_primitive::<Int64Type>().value(0), i64::MAX);
    let (array, _) = typed("{\"a\":0.1}", &Reading::plain(Type::Float), Taken::OfItsType);
    assert_eq!(array.as_primitive::<Float64Type>().value(0).to_bits(), 0.1_f64.to_bits());
}

#[test]
fn text_is_content_or_spelling_as_asked() {
    let text = "{\"a\":\"x\\n\\ud83d\\ude00\\u00e9\\\"\"}\n{\"a\":1.50}\n{\"a\":[1, 2]}\n{\"a\":\"\"}\n";
    let shown = |taken| {
        let (array, _) = typed(text, &Reading::plain(Type::String), taken);
        let texts = array.as_string_view();
        (0..4)
            .map(|row| if texts.is_null(row) { "∅".to_owned() } else { texts.value(row).to_owned() })
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(Taken::AsText), ["x\n😀é\"", "1.50", "[1, 2]", ""]);
    assert_eq!(shown(Taken::OfItsType), ["x\n😀é\"", "∅", "∅", ""]);
    assert_eq!(shown(Taken::AsSpelled), ["\"x\\n\\ud83d\\ude00\\u00e9\\\"\"", "1.50", "[1, 2]", "\"\""]);
}

#[test]
fn fields_inside_fields_are_columns() {
    let text = "{\"e\":{\"x\":1,\"y\":{\"z\":\"a\"}},\"e.x\":9}\n{\"e\":null}\n{\"e\":[{\"x\":5}]}\n{\"e\":{\"y\":null}}\n{\"e\":7}\n";
    let file = on_disk(text.as_bytes());
    let steps = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
    let fields = [steps("e.x"), steps("e.y.z"), steps("e.w"), steps("e.y")];
    let file = File::open(file.path(), 0, &Options { fields: &fields, ..Options::default() }).unwrap();
    assert_eq!(file.columns().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["e", "e.x"]);
    assert_eq!(
        fields.each_ref().map(|path| file.field(path).map(Kinds::kind)),
        [Some(Type::Integer), Some(Type::String), None, Some(Type::Object)]
    );
    let (reading, taken, misplaced) = (Reading::plain(Type::String), Taken::AsText, Misplaced::Null);
    let wanted = fields.map(|path| Wanted { path, reading: reading.clone(), taken, misplaced });
    let mut rows = Vec::new();
    for block in file.blocks() {
        block.unwrap().parse(&wanted).batches.iter().for_each(|batch| show(batch, &mut rows));
    }
    assert_eq!(rows, ["1: 1|a|∅|{\"z\":\"a\"}", "2: ∅|∅|∅|∅", "3: ∅|∅|∅|∅", "4: ∅|∅|∅|∅", "5: ∅|∅|∅|∅"]);
}

#[test]
fn names_are_compared_after_normalisation() {
    reads("{\"cafe\u{301}\":1}\n{\"caf\\u00e9\":2}\n", &["café integer"], &["1: 1", "2: 2"], &[]);
    assert_eq!(lines("{\"cafe\u{301}\":1,\"café\":2}").findings, ["duplicate-key line 1 row 0 café"]);
}

#[test]
fn the_elements_of_an_array_are_rows() {
    let read = document("\u{feff}[\n {\"a\": 1},\n\n {\"a\":\n  2}, {\"a\": nope}, 5\n]\n", &[]).unwrap();
    assert_eq!(read.rows, ["2: 1", "4: 2", "5: !", "5: !"]);
    assert_eq!(read.findings, ["not-json line 5 row 2 at 7", "not-an-object line 5 row 3"]);
    assert_eq!(document("[]", &[]).unwrap(), Read::default());
    assert_eq!(document("", &[]).unwrap(), Read::default());
    assert_eq!(document("{\"a\": 1,\n\"b\": 2}\n", &[]).unwrap().rows, ["1: 1|2"]);
}

#[test]
fn the_array_may_stand_in_an_envelope() {
    let text = "{\"n\": {\"users\": 3}, \"data\": {\"x\": \"]\", \"users\": [\n{\"a\": 1}\n, {\"a\": 2}], \"y\": []}, \"z\": 1}";
    assert_eq!(document(text, &["data", "users"]).unwrap().rows, ["2: 1", "3: 2"]);
    let error = |text: &str, path: &[&str]| document(text, path).unwrap_err().to_string();
    assert_eq!(
        error(text, &["users"]),
        "the document has no `users`, where its records should be; it has `n`, `data`, `z`"
    );
    assert_eq!(error(text, &["data", "x"]), "`data.x` is no array, so it holds no records");
    assert_eq!(error(text, &["z", "x"]), "`records` looks for `x` in what is no object");
    assert_eq!(error("{\"a\":[],\"a\":[]}", &["a"]), "`a` occurs twice, so its records are not certain");
}

#[test]
fn a_document_that_is_cut_off_or_broken_is_an_error() {
    let text = "{\"users\": [{\"a\": 1}, {\"a\": \"x,y\"}], \"n\": [2]}";
    assert!(document(text, &["users"]).is_ok());
    for end in 0..text.len() {
        assert!(document(&text[..end], &["users"]).is_err(), "cut at {end}: {}", &text[..end]);
    }
    let array = "[{\"a\": 1}, {\"a\": [2]}]";
    for end in 1..array.len() {
        assert!(document(&array[..end], &[]).is_err(), "cut at {end}");
    }
    for broken in ["[{} {}]", "[{}]]", "[{}],", "[,{}]", "[{},]", "[{}}", "[{]}", "{} {}", "[{}:{}]"] {
        let error = document(broken, &[]).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{broken}: {error}");
    }
    assert_eq!(
        document("[\n{},\n{}", &[]).unwrap_err().to_string(),
        "the JSON document ends too early, on line 3, after 2 whole records"
    );
}

#[test]
fn what_a_file_is_is_told_by_its_first_line() {
    let form = |text: &str| form_of(&on_disk(text.as_bytes()).path().into()).unwrap();
    assert_eq!(form(" \n[{\"a\":1}]"), Form::Document);
    assert_eq!(form("{\"a\":1}\n{\"a\":2}\n"), Form::Lines);
    assert_eq!(form("{\"a\":1}"), Form::Lines);
    assert_eq!(form("{\"a\": nope}\n{}"), Form::Lines);
    assert_eq!(form("{\n\"a\":1}"), Form::Document);
    assert_eq!(form("{\"users\": [\n{}]}"), Form::Document);
    assert_eq!(form(&format!("{{\"a\":\"{}\"}}\n{{}}", "x".repeat(200_000))), Form::Lines);
}
