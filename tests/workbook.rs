//! Workbooks of Excel: written by hand, part by part, and what rules find in their sheets.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use tamiz::outcome::Report;

use crate::avro::{run, said};

/// A cell of a sheet, as Excel stores it.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(String),
    Flag(bool),
    /// Days since the start of the calendar of the workbook, shown as a day.
    Day(String),
    /// The same, shown with the time.
    Moment(String),
    /// A part of a day.
    Time(String),
    Error(&'static str),
    /// The number of a text that all cells share.
    Shared(usize),
}

/// A workbook of some sheets, each of rows from its first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workbook {
    pub(crate) sheets: Vec<(&'static str, Vec<Vec<Cell>>)>,
    pub(crate) hidden: Vec<&'static str>,
    pub(crate) is_1904: bool,
    pub(crate) shared: Vec<&'static str>,
    pub(crate) names: Vec<(&'static str, &'static str)>,
    /// The parts to leave out.
    pub(crate) without: Vec<&'static str>,
}

impl Workbook {
    pub(crate) fn of(rows: Vec<Vec<Cell>>) -> Self {
        Self { sheets: vec![("Hoja1", rows)], ..Self::default() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut book = String::from(
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">",
        );
        let _ = write!(book, "<workbookPr date1904=\"{}\"/><sheets>", u8::from(self.is_1904));
        let mut relations =
            String::from("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
        for (number, (name, _)) in (1..).zip(&self.sheets) {
            let state = if self.hidden.contains(name) { " state=\"hidden\"" } else { "" };
            let _ = write!(book, "<sheet name=\"{}\" sheetId=\"{number}\"{state} r:id=\"r{number}\"/>", escaped(name));
            let _ = write!(
                relations,
                "<Relationship Id=\"r{number}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            );
        }
        book += "</sheets><definedNames>";
        for (name, means) in &self.names {
            let _ = write!(book, "<definedName name=\"{name}\">{}</definedName>", escaped(means));
        }
        book += "</definedNames></workbook>";
        relations += "<Relationship Id=\"s\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>";
        relations += "<Relationship Id=\"t\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";
        let styles = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"21\"/></cellXfs></styleSheet>";
        let mut shared = String::from("<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">");
        for text in &self.shared {
            let _ = write!(shared, "<si><t>{}</t></si>", escaped(text));
        }
        shared += "</sst>";
        let mut parts = vec![
            (
                "[Content_Types].xml".to_owned(),
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
            ),
            ("xl/workbook.xml".to_owned(), book),
            ("xl/_rels/workbook.xml.rels".to_owned(), relations),
            ("_rels/.rels".to_owned(), "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"b\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned()),
            ("xl/styles.xml".to_owned(), styles.to_owned()),
            ("xl/sharedStrings.xml".to_owned(), shared),
        ];
        for (number, (_, rows)) in (1..).zip(&self.sheets) {
            parts.push((format!("xl/worksheets/sheet{number}.xml"), sheet(rows)));
        }
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        zip(parts.into_iter().filter(|(name, _)| !self.without.contains(name)))
    }
}

/// An archive of some files, compressed.
pub(crate) fn zip<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::DEFLATE);
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut text =
        String::from("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>");
    for (row, cells) in (1..).zip(rows) {
        let _ = write!(text, "<row r=\"{row}\">");
        for (column, cell) in cells.iter().enumerate() {
            let name = format!("{}{row}", letters(column));
            let _ = match cell {
                Cell::Empty => Ok(()),
                Cell::Text(value) => {
                    write!(
                        text,
                        "<c r=\"{name}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                        escaped(value)
                    )
                }
                Cell::Number(value) => write!(text, "<c r=\"{name}\"><v>{value}</v></c>"),
                Cell::Flag(flag) => write!(text, "<c r=\"{name}\" t=\"b\"><v>{}</v></c>", u8::from(*flag)),
                Cell::Day(days) => write!(text, "<c r=\"{name}\" s=\"1\"><v>{days}</v></c>"),
                Cell::Moment(days) => write!(text, "<c r=\"{name}\" s=\"2\"><v>{days}</v></c>"),
                Cell::Time(days) => write!(text, "<c r=\"{name}\" s=\"3\"><v>{days}</v></c>"),
                Cell::Error(error) => write!(text, "<c r=\"{name}\" t=\"e\"><v>{error}</v></c>"),
                Cell::Shared(number) => write!(text, "<c r=\"{name}\" t=\"s\"><v>{number}</v></c>"),
            };
        }
        text += "</row>";
    }
    text + "</sheetData></worksheet>"
}

fn letters(column: usize) -> String {
    let first = if column < 26 { String::new() } else { letters(column / 26 - 1) };
    first + &char::from(b'A' + u8::try_from(column % 26).unwrap()).to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn number(text: &str) -> Cell {
    Cell::Number(text.to_owned())
}

/// The places and values shown for a rule.
fn shown(report: &Report, id: &str) -> Vec<String> {
    let outcome = report.results.iter().find(|outcome| outcome.id == id).unwrap();
    let samples = outcome.samples.iter();
    samples.map(|sample| format!("{}: {}", sample.line.unwrap(), sample.values.values().next().unwrap())).collect()
}

fn kinds(report: &Report) -> Vec<String> {
    let columns = report.datasets[0].columns.iter();
    columns.map(|column| format!("{} {}", column.name, column.kind.as_deref().unwrap_or("?"))).collect()
}

/// Codes, amounts, days, moments and times, with a blank row and errors; below its last row stand empty texts.
fn sales() -> Workbook {
    let row = |id: Cell, code: Cell, day: Cell, moment: Cell, time: Cell| vec![id, code, day, moment, time];
    let mut book = Workbook::of(vec![
        row(text("id"), Cell::Shared(0), text("día"), text("visto"), text("hora")),
        row(
            number("1"),
            number("5"),
            Cell::Day("45322".into()),
            Cell::Moment("45322.75".into()),
            Cell::Time("0.4375".into()),
        ),
        row(number("2.0"), text("007"), text("2024-02-01"), Cell::Day("45323".into()), text("10:45")),
        vec![],
        row(number("3.5"), Cell::Flag(true), Cell::Moment("45324.5".into()), text("2024-02-03 10:00"), number("3")),
        row(Cell::Error("#N/A"), Cell::Error("#REF!"), number("45325"), Cell::Empty, Cell::Empty),
        vec![text(""), Cell::Empty, text("")],
    ]);
    book.shared = vec!["código"];
    book
}

#[test]
fn cells_read_by_the_type_of_their_column() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("v.xlsx"), sales().bytes()).unwrap();
    let report = run(
        folder.path(),
        "{source: v.xlsx, columns: {id: {type: integer}, código: {type: string, expect: [in_set: ['5', '007', 'TRUE']]}, \
         día: {type: date}, visto: {type: timestamp, expect: [{max: {max: '2024-02-03T09:00:00Z'}}]}, hora: {type: time}}, \
         expect: [row_count: 4, columns: {names: [id, código, día, visto, hora], exact: true, ordered: true}]}",
    );
    assert_eq!(
        said(&report),
        [
            "d.id.type failed 2",
            "d.c_digo.type failed 1",
            "d.c_digo.in_set passed",
            "d.d_a.type failed 2",
            "d.visto.type passed",
            "d.visto.max passed",
            "d.hora.type failed 1",
            "d.row_count passed",
            "d.columns passed",
            "d.well_formed failed",
        ]
        .map(|line| line.replace("c_digo", "código").replace("d_a", "día"))
    );
    assert_eq!(shown(&report, "d.id.type"), ["5: \"3.5\"", "6: \"#N/A\""]);
    assert_eq!(shown(&report, "d.código.type"), ["6: \"#REF!\""]);
    assert_eq!(shown(&report, "d.día.type"), ["5: \"2024-02-02 12:00:00\"", "6: \"45325\""]);
    assert_eq!(shown(&report, "d.hora.type"), ["5: \"3\""]);
    assert_eq!(report.datasets[0].format.as_deref(), Some("excel"));
    assert_eq!(report.datasets[0].rows, Some(4));
    let details = &report.results.last().unwrap().details;
    assert!(details.as_ref().unwrap().to_string().contains("\"line\":4"), "{details:?}");
}

#[test]
fn undeclared_columns_take_the_narrowest_type_of_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let day = |days: &str| Cell::Day(days.to_owned());
    let book = Workbook::of(vec![
        ["n", "d", "f", "b", "day", "moment", "s"].map(text).to_vec(),
        vec![number("1"), number("1"), number("1E+300"), Cell::Flag(true), day("45322"), day("45322"), number("5")],
        vec![number("-2"), number("2.5"), number("2"), Cell::Flag(false), day("1"), day("45322.5"), text("007")],
    ]);
    fs::write(folder.path().join("v.xlsx"), book.bytes()).unwrap();
    let all = "expect: [not_null: {columns: '*'}, in_set: {column: s, values: ['5', '007']}, {max: {column: moment, max: '2024-01-31T11:00:00Z'}}]";
    let report = run(folder.path(), &format!("{{source: v.xlsx, {all}}}"));
    assert_eq!(
        kinds(&report),
        ["n integer", "d decimal", "f float", "b boolean", "day date", "moment timestamp", "s string"]
    );
    assert!(said(&report).iter().all(|line| line.ends_with("passed")), "{:?}", said(&report));
}

#[test]
fn a_sheet_and_a_range_are_chosen_and_others_told() {
    let folder = tempfile::tempdir().unwrap();
    let one = |value: &str| vec![vec![text("a")], vec![number(value)]];
    let mut book = Workbook::of(one("1"));
    book.sheets = vec![("notas", one("1")), ("Año 24", one("2")), ("3", one("3"))];
    book.sheets[1].1 = vec![
        vec![text("informe")],
        vec![],
        vec![Cell::Empty, text("x"), text("x"), Cell::Empty],
        vec![Cell::Empty, number("7"), number("8"), text("z")],
        vec![Cell::Empty, text("total"), number("15")],
    ];
    book.hidden = vec!["notas"];
    book.names = vec![("datos", "'Año 24'!$B$3:$C$4")];
    fs::write(folder.path().join("v.xlsx"), book.bytes()).unwrap();
    let sum = |format: &str, rule: &str| {
        said(&run(folder.path(), &format!("{{source: v.xlsx, format: {{{format}}}, expect: [{rule}]}}")))
    };
    assert_eq!(sum("sheet: 3", "sum: {column: a, equals: 3}"), ["d.a.sum passed"]);
    assert_eq!(sum("sheet: notas", "sum: {column: a, equals: 1}"), ["d.a.sum passed"]);
    // The first that is visible, its title in the place of a header.
    assert_eq!(sum("header: false", "column_count: {min: 4, max: 4}")[0], "d.column_count passed");
    for format in ["sheet: 2, range: 'B3:C4'", "range: datos", "range: \"'Año 24'!B3:C4\""] {
        assert_eq!(
            sum(format, "{sum: {column: x_2, equals: 8}}, row_count: 1")[..2],
            ["d.x_2.sum passed", "d.row_count passed"]
        );
    }
    assert_eq!(
        sum(
            "range: 'B4:D4', header: false, columns: [x, y, z]",
            "{sum: {column: y, equals: 8}}, not_null: {column: z}"
        ),
        ["d.y.sum passed", "d.z.not_null passed"]
    );
    for (format, wanted) in [
        ("sheet: ventas", "it has no sheet `ventas`; its sheets are `notas`, `Año 24`, `3`"),
        ("sheet: 4", "it has no sheet `4`"),
        ("range: nada", "`nada` is no range such as `B3:F200`, and no name of one in the workbook; it has `datos`"),
        ("sheet: notas, range: datos", "is of the sheet `Año 24`, and the format says `notas`"),
        ("range: 'B4:D4', header: false, columns: [x]", "its rows have 3 cells, and the format names 1 columns"),
        ("delimiter: ';'", "`delimiter`, which means nothing for excel"),
    ] {
        assert!(sum(format, "row_count: 1")[0].contains(wanted), "{format}: {:?}", sum(format, "row_count: 1"));
    }
}

#[test]
fn workbooks_of_other_programs_and_ages_read_alike() {
    for (name, is_1904) in [("ventas.xls", None), ("ventas.ods", None), ("a.xlsx", Some(false)), ("b.xlsx", Some(true))]
    {
        let folder = tempfile::tempdir().unwrap();
        if let Some(is_1904) = is_1904 {
            let day = |days: i32| Cell::Day((days - if is_1904 { 1462 } else { 0 }).to_string());
            let mut book = Workbook::of(vec![
                ["id", "importe", "fecha", "pagada", "nota"].map(text).to_vec(),
                vec![number("1"), number("10.5"), day(45_322), Cell::Flag(true), text("007")],
                vec![number("2"), number("3"), day(45_351), Cell::Flag(false)],
            ]);
            book.is_1904 = is_1904;
            fs::write(folder.path().join(name), book.bytes()).unwrap();
        } else {
            let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name);
            fs::copy(fixture, folder.path().join(name)).unwrap();
        }
        let report = run(
            folder.path(),
            &format!(
                "{{source: {name}, expect: [row_count: 2, {{sum: {{column: importe, equals: 13.5}}}}, {{in_set: {{column: fecha, values: [2024-01-31, 2024-02-29]}}}}, {{in_set: {{column: nota, values: ['007']}}}}, {{expression: pagada = (id = 1)}}]}}"
            ),
        );
        assert_eq!(
            kinds(&report),
            ["id integer", "importe decimal", "fecha date", "pagada boolean", "nota string"],
            "{name}"
        );
        assert!(said(&report).iter().all(|line| line.ends_with("passed")), "{name}: {:?}", said(&report));
    }
}

#[test]
fn a_broken_workbook_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |bytes: &[u8], wanted: &str| {
        fs::write(folder.path().join("v.xlsx"), bytes).unwrap();
        let found = said(&run(folder.path(), "{source: v.xlsx, expect: [row_count: {min: 0}]}"));
        assert!(found[0].starts_with("d.row_count error") && found[0].contains(wanted), "{wanted}: {found:?}");
    };
    let whole = sales().bytes();
    for end in (0..whole.len()).step_by(whole.len() / 40) {
        fails(&whole[..end], "");
    }
    fails(b"id,n\n1,2\n", "it does not begin as a workbook does");
    fails(&zip([("a.csv", b"x\n1\n".as_slice())]), "it is an archive of something else");
    fails(
        &Workbook { without: vec!["xl/worksheets/sheet1.xml"], ..sales() }.bytes(),
        "its sheet `Hoja1` cannot be read (the part that holds it is missing)",
    );
    fails(&Workbook { shared: Vec::new(), ..sales() }.bytes(), "shared strings");
    fails(&Workbook { hidden: vec!["Hoja1"], ..sales() }.bytes(), "it has no visible sheet; its sheets are `Hoja1`");
    // A part of 513 MiB that takes half a MiB as it stands.
    let bomb = vec![b' '; 513 << 20];
    fails(
        &zip([("xl/workbook.xml", b"<workbook/>".as_slice()), ("xl/worksheets/sheet1.xml", bomb.as_slice())]),
        "its part `xl/worksheets/sheet1.xml` is larger than 512 MiB uncompressed",
    );
}

#[test]
fn two_cells_as_far_apart_as_can_be_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row></sheetData></worksheet>";
    let book = Workbook { without: vec!["xl/worksheets/sheet1.xml"], ..sales() }.bytes();
    let mut archive = zip::ZipWriter::new_append(Cursor::new(book)).unwrap();
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(sheet.as_bytes()).unwrap();
    fs::write(folder.path().join("v.xlsx"), archive.finish().unwrap().into_inner()).unwrap();
    let report = run(folder.path(), "{source: v.xlsx, expect: [row_count: 1, column_count: {min: 16384}]}");
    assert_eq!(said(&report)[..2], ["d.row_count passed", "d.column_count passed"]);
}
