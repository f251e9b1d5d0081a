//! What metadata prove is what reading tells, and what cannot be proven is read.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int8Array, Int64Array, RecordBatch,
    StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field, Int8Type};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::data_type::Int64Type;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tamiz::outcome::{DecidedBy, Outcome, Report, Status};

use crate::check::{Way, check_by};

const SUITE: &str = r"
tamiz: 1
suite: proof
datasets:
  orders:
    source: orders.parquet
    expect:
      - not_null: { id: there, column: id }
      - unique: { id: order, column: id }
      - not_null: { id: amount_there, column: amount }
      - between: { id: amount, column: amount, min: 0, max: 1000 }
      - between: { id: amount_low, column: amount, min: 0, max: 500 }
      - in_set: { id: state, column: state, values: [open, paid, sent] }
      - in_set: { id: no_sent, column: state, values: [open, paid] }
      - length: { id: state_length, column: state, min: 4, max: 4 }
      - matches: { id: state_pattern, column: state, pattern: '^[a-z]+$' }
      - not_null: { id: price_there, column: price }
      - between: { id: price, column: price, min: 0 }
      - compare: { id: days, left: sold, op: '<=', right: paid }
      - length: { id: note, column: note, max: 100 }
      - min: { id: least, column: id, min: 1 }
      - max: { id: latest, column: sold, max: 2030-01-01 }
      - between: { id: paid_only, column: amount, min: 0, max: 1000, where: state = 'paid' }
      - foreign_key: { id: partner, column: state_id, to: states.id }
      - foreign_key: { id: partner_missing, column: amount_id, to: states.id }
  states:
    source: states.parquet
";

/// A thousand orders; every ninth has no amount, every seventh no state, and one price is no number.
fn orders() -> RecordBatch {
    let rows = || 0..1000_i64;
    let amounts = rows().map(|row| (row % 9 != 0).then(|| i128::from(row) * 100)).collect::<Decimal128Array>();
    let states = rows().map(|row| {
        let state = if row >= 800 { "sent" } else { ["open", "paid"][usize::try_from(row % 2).unwrap()] };
        (row % 7 != 0).then_some(state)
    });
    let prices = (0..1000_i32).map(|row| Some(if row == 300 { f64::NAN } else { f64::from(row) / 7.0 }));
    let prices = prices.collect::<Float64Array>();
    let days = |by: i64| rows().map(|row| i32::try_from(10_000 + row / 10 + by).ok()).collect::<Date32Array>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(rows().map(|row| Some(row + 1)).collect::<Int64Array>())),
        ("amount", Arc::new(amounts.with_precision_and_scale(12, 2).unwrap())),
        ("amount_id", Arc::new(rows().map(|row| Some(row % 9)).collect::<Int64Array>())),
        ("state", Arc::new(states.collect::<StringArray>())),
        ("state_id", Arc::new(rows().map(|row| (row % 7 != 0).then_some(row % 7)).collect::<Int64Array>())),
        ("price", Arc::new(prices)),
        ("sold", Arc::new(days(0))),
        ("paid", Arc::new(days(20))),
        ("note", Arc::new(rows().map(|row| Some(format!("nota número {row}"))).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn write(path: &Path, rows: &RecordBatch, properties: WriterPropertiesBuilder) {
    let properties = properties.set_max_row_group_row_count(Some(100)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

/// The record of the orders, believing metadata or not.
fn checked(folder: &Path, distrust_statistics: bool) -> Report {
    let way = Way { distrust_statistics, ..Way::default() };
    check_by(way, &folder.join("suite.yaml"), SUITE, &|_| true).unwrap()
}

/// What it says of rules, apart from what told it.
fn without_steps(report: &Report) -> Vec<Outcome> {
    report.results.iter().map(|outcome| Outcome { decided_by: None, ..outcome.clone() }).collect()
}

#[test]
fn what_is_proven_is_what_reading_tells() {
    let of = |properties: fn() -> WriterPropertiesBuilder| {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("orders.parquet"), &orders(), properties());
        let states: ArrayRef = Arc::new((1..=6).map(Some).collect::<Int64Array>());
        let states = RecordBatch::try_from_iter([("id", states)]).unwrap();
        write(&folder.path().join("states.parquet"), &states, WriterProperties::builder());
        let (proven, read) = (checked(folder.path(), false), checked(folder.path(), true));
        for (proven, read) in without_steps(&proven).into_iter().zip(without_steps(&read)) {
            assert!(proven == read, "{}: {:?} is not {:?}", read.id, proven.message, read.message);
        }
        assert!(proven.datasets == read.datasets, "the datasets differ");
        assert!(read.results.iter().all(|outcome| outcome.decided_by == Some(DecidedBy::Scan)));
        let steps = proven.results.iter().map(|outcome| {
            let step = match outcome.decided_by {
                Some(DecidedBy::Footer) => 'f',
                Some(DecidedBy::Dictionary) => 'd',
                Some(DecidedBy::Scan) => 's',
                other => panic!("{}: {other:?}", outcome.id),
            };
            (outcome.id.rsplit('/').next().unwrap_or_default().to_owned(), step)
        });
        steps.map(|(id, step)| format!("{id} {step}")).collect::<Vec<_>>().join(", ")
    };
    insta::assert_snapshot!(of(WriterProperties::builder), @"there f, order s, amount_there f, amount f, amount_low s, state d, no_sent d, state_length d, state_pattern d, price_there s, price s, days f, note s, least f, latest f, paid_only s, partner f, partner_missing s");
    insta::assert_snapshot!(of(|| WriterProperties::builder().set_dictionary_enabled(false)), @"there f, order s, amount_there f, amount f, amount_low s, state s, no_sent s, state_length s, state_pattern s, price_there s, price s, days f, note s, least f, latest f, paid_only s, partner f, partner_missing s");
    insta::assert_snapshot!(of(|| WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None)), @"there s, order s, amount_there s, amount s, amount_low s, state s, no_sent s, state_length s, state_pattern s, price_there s, price s, days s, note s, least s, latest s, paid_only s, partner s, partner_missing s");
}

/// Arrow's headers count nulls, of whole columns; not of those with a dictionary, whose entries may be null, and of none that
/// comes after one whose arrays cannot be counted by its type.
#[test]
fn what_headers_of_arrow_prove_is_what_reading_tells() {
    let folder = tempfile::tempdir().unwrap();
    let orders = orders();
    let kinds: DictionaryArray<Int8Type> =
        DictionaryArray::new(Int8Array::from_iter_values((0..1000).map(|row| i8::from(row % 3 == 0))), {
            Arc::new(StringArray::from(vec![Some("a"), None]))
        });
    let inner: ArrayRef = Arc::new((0..1000_i64).map(|row| (row % 2 == 0).then_some(row)).collect::<Int64Array>());
    let nested = StructArray::from(vec![(Arc::new(Field::new("n", DataType::Int64, true)), inner)]);
    let of = |name: &str| orders.column_by_name(name).unwrap().clone();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("kind", Arc::new(kinds)),
        ("nested", Arc::new(nested)),
        ("id", of("id")),
        ("state", of("state")),
        ("sold", of("sold")),
    ];
    let whole =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, it)| (name, it, true))).unwrap();
    let mut writer =
        FileWriter::try_new(File::create(folder.path().join("o.arrow")).unwrap(), &whole.schema()).unwrap();
    for start in (0..1000).step_by(300) {
        writer.write(&whole.slice(start, 300.min(1000 - start))).unwrap();
    }
    writer.finish().unwrap();
    let suite = "tamiz: 1\nsuite: proof\ndatasets:\n  o:\n    source: o.arrow\n    expect:\n      - not_null: {id: kind, column: kind}\n      \
                 - not_null: {id: nested, column: nested.n}\n      - not_null: {id: id, column: id}\n      - not_null: {id: state, column: \
                 state}\n      - not_null: {id: some, column: state, where: id > 500}\n      - between: {id: low, column: id, min: 0}\n      \
                 - null_share: {id: share, column: state, max: 0.2}\n      - row_count: {id: rows, min: 1000}\n";
    let run = |distrust_statistics| {
        let way = Way { distrust_statistics, ..Way::default() };
        check_by(way, &folder.path().join("suite.yaml"), suite, &|_| true).unwrap()
    };
    let (proven, read) = (run(false), run(true));
    for (proven, read) in without_steps(&proven).into_iter().zip(without_steps(&read)) {
        assert!(proven == read, "{}: {:?} is not {:?}", read.id, proven.message, read.message);
    }
    assert!(read.results.iter().all(|outcome| outcome.decided_by == Some(DecidedBy::Scan)));
    let said = |outcome: &Outcome| {
        let by = if outcome.decided_by == Some(DecidedBy::Footer) { 'f' } else { 's' };
        format!("{} {by} {}", outcome.id.rsplit('/').next().unwrap_or_default(), outcome.violations.unwrap_or_default())
    };
    let said: Vec<String> = proven.results.iter().map(said).collect();
    insta::assert_snapshot!(said.join(", "), @"kind s 334, nested s 500, id f 0, state f 143, some s 71, low s 0, share f 0, rows f 0");
}

#[test]
fn of_a_file_that_lies_nothing_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Arc::new(parse_message_type("message m { required int64 id; }").unwrap());
    let file = File::create(folder.path().join("lies.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values = [1, 2, 99];
    let typed = column.typed::<Int64Type>();
    typed.write_batch_with_statistics(&values, None, None, Some(&1), Some(&3), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let suite = "
tamiz: 1
suite: lies
datasets:
  lies:
    source: lies.parquet
    expect:
      - between: { column: id, min: 1, max: 10 }
";
    let report = check_by(Way::default(), &folder.path().join("suite.yaml"), suite, &|_| true).unwrap();
    let outcome = &report.results[0];
    assert_eq!(
        (outcome.status, outcome.violations, outcome.decided_by),
        (Status::Failed, Some(1), Some(DecidedBy::Scan))
    );
}

/// Ten thousand rows in pages of a hundred, most of them alike: faults stand in few pages, each in a place of its own.
fn in_pages() -> RecordBatch {
    let rows = || 0..10_000_i64;
    let fault = |row: i64, first: i64| (first..first + 3).contains(&row);
    let whole = rows().map(|row| (!fault(row, 4_150)).then_some(if fault(row, 2_049) { -1 } else { row }));
    let cents = rows().map(|row| Some(i128::from(if fault(row, 2_120) { 99_999 } else { row % 90 })));
    let days = rows().map(|row| i32::try_from(if fault(row, 9_998) { 40_000 } else { 10_000 + row / 100 }).ok());
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("whole", Arc::new(whole.collect::<Int64Array>())),
        ("cents", Arc::new(cents.collect::<Decimal128Array>().with_precision_and_scale(9, 2).unwrap())),
        ("day", Arc::new(days.collect::<Date32Array>())),
        ("number", Arc::new(rows().map(|row| Some(f64::from(i32::try_from(row).unwrap()))).collect::<Float64Array>())),
        ("text", Arc::new(rows().map(|row| Some(format!("{row:05}"))).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

#[test]
fn pages_that_the_index_decides_are_not_read() {
    let rules = [
        ("not_null: {id: there, column: whole}", 3, true),
        ("between: {id: whole, column: whole, min: 0}", 3, true),
        ("between: {id: cents, column: cents, max: 100}", 3, true),
        ("between: {id: day, column: day, max: 2030-01-01}", 2, true),
        ("compare: {id: both, left: whole, op: '>=', right: cents, nulls: ignore}", 3, true),
        ("between: {id: paid, column: cents, max: 100, where: whole > 5000}", 0, true),
        // Neither floats nor text have ends that prove anything.
        ("between: {id: number, column: number, min: 5}", 5, false),
        ("between: {id: text, column: text, min: '00005'}", 5, false),
        // Keys are looked at together.
        ("unique: {id: unique, column: whole}", 3, false),
    ];
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let folder = tempfile::tempdir().unwrap();
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(100)
            .set_dictionary_enabled(false)
            .set_max_row_group_row_count(Some(6_000))
            .build();
        let rows = in_pages();
        let file = File::create(folder.path().join("paged.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(properties)).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        for (rule, violations, narrowed) in rules {
            let suite = format!(
                "tamiz: 1\nsuite: paged\ndatasets:\n  paged:\n    source: paged.parquet\n    expect:\n      - {rule}\n"
            );
            fs::write(folder.path().join("suite.yaml"), &suite).unwrap();
            let run = |distrust_statistics| {
                let way = Way { distrust_statistics, ..Way::default() };
                check_by(way, &folder.path().join("suite.yaml"), &suite, &|_| true).unwrap()
            };
            let (believed, read) = (run(false), run(true));
            assert_eq!(believed.results[0].violations, Some(violations), "{rule}");
            assert!(without_steps(&believed) == without_steps(&read) && believed.datasets == read.datasets, "{rule}");
            let planned = |flags: &[&str]| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
                command.current_dir(folder.path()).args(["plan", "suite.yaml", "--data"]).args(flags);
                let ran = command.output().unwrap();
                assert!(ran.status.success(), "{ran:?}");
                let said = String::from_utf8(ran.stdout).unwrap();
                let bytes = said.split_once("to read: ").unwrap().1.split_once(' ').unwrap().0;
                bytes.parse::<u64>().unwrap()
            };
            let (some, all) = (planned(&[]), planned(&["--distrust-statistics"]));
            assert_eq!(some * 4 < all, narrowed, "{rule}: {some} of {all} bytes");
        }
    }
}

#[test]
fn of_a_page_index_that_lies_nothing_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lies.parquet");
    let values = (0..10_000_i64).map(|row| Some(if row == 5 { -1 } else { row })).collect::<Int64Array>();
    let rows = RecordBatch::try_from_iter([("id", Arc::new(values) as ArrayRef)]).unwrap();
    let properties = WriterProperties::builder()
        .set_data_page_row_count_limit(100)
        .set_write_batch_size(100)
        .set_dictionary_enabled(false)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(&rows).unwrap();
    let written = writer.close().unwrap();
    // The least value of the first page becomes that of its other rows; the footer says what is true.
    let index = written.row_group(0).column(0).column_index_range().unwrap();
    let index = usize::try_from(index.start).unwrap()..usize::try_from(index.end).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes[index.clone()].windows(8).position(|window| window == (-1_i64).to_le_bytes()).unwrap();
    bytes[index.start + at..][..8].copy_from_slice(&0_i64.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let suite = "
tamiz: 1
suite: lies
datasets:
  lies:
    source: lies.parquet
    expect:
      - between: { column: id, min: 0 }
";
    let report = check_by(Way::default(), &folder.path().join("suite.yaml"), suite, &|_| true).unwrap();
    assert_eq!((report.results[0].status, report.results[0].violations), (Status::Failed, Some(1)));
}
