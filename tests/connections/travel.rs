//! References between a table and what does not live with it: which keys travel changes no verdict.

use std::path::Path;

use proptest::prelude::*;
use tamiz::engine::remote::Settings;
use tamiz::engine::sql::{Link, Reach};
use tamiz::ir::Type;
use tamiz::ir::time::Zone;

use super::of;
use super::random::{Keeper, There, held_to_types};
use crate::check::{Way, check_by};
use crate::laws::{self, COLUMNS, condition, found, table};
use crate::oracle::{self, Condition, Numbers, Rule, What};
use crate::spark;
use crate::table::{Cell, Column, Layout, Table};

/// Where the two sides of a reference live.
#[derive(Clone, Copy, Debug)]
enum Apart {
    /// The child in a file.
    Child,
    /// The parent in a file.
    Parent,
    /// Each in a connection of its own.
    Connections,
}

fn settings(link: &Link, reach: Reach) -> Settings {
    let links = ["db", "other"].map(|name| (name.to_owned(), link.clone()));
    Settings { links: links.into(), reach, ..Settings::default() }
}

fn reference() -> impl Strategy<Value = Rule> {
    let what = prop_oneof![
        4 => (0..COLUMNS.len()).prop_map(What::ForeignKey),
        3 => prop::sample::select(vec![vec![1, 5], vec![2, 5], vec![5, 3], vec![4, 5], vec![1, 5, 6]])
            .prop_map(What::ForeignKeys),
        2 => (0..COLUMNS.len()).prop_map(What::AbsentFrom),
    ];
    let nulls = prop::option::of(prop::sample::select(vec!["pass", "fail", "value"]));
    (what, prop::option::of(condition()), nulls).prop_map(|(what, condition, nulls)| {
        let nulls = nulls.filter(|nulls| match what {
            What::AbsentFrom(_) => false,
            What::ForeignKeys(_) => true,
            _ => *nulls != "value",
        });
        Rule { what, condition, nulls, allow: None, by: None }
    })
}

/// Limits under which each way is taken by tables of a few rows.
fn reach() -> impl Strategy<Value = Reach> {
    let few = || prop::sample::select(vec![0, 1, 2, 5, 1000]);
    (few(), few(), few()).prop_map(|(sent, asked, whole)| Reach { sent, asked, whole })
}

/// The sources of two tables that are apart.
fn sources((there, folder): (&There, &Path), (data, parent): (&Table, &Table), apart: Apart) -> [String; 2] {
    let of_file = |name: &str, table: &Table| {
        let written = table.write(folder, name, Layout::Parquet { files: 1, group: 9 }, Zone::UTC);
        serde_json::Value::from(written[0].0.display().to_string()).to_string()
    };
    let of_table = |connection: &str, place: usize| format!("{{connection: {connection}, {}}}", there.sources[place]);
    match apart {
        Apart::Child => [of_file("data", data), of_table("db", 1)],
        Apart::Parent => [of_table("db", 0), of_file("parent", parent)],
        Apart::Connections => [of_table("db", 0), of_table("other", 1)],
    }
}

/// What references come to where the two sides are apart, and how many of them were refused.
fn agree(
    (there, folder): (&There, &Path),
    (data, parent): (&Table, &Table),
    (scope, rules): (Option<&Condition>, &[Rule]),
    (apart, reach): (Apart, Reach),
) -> Result<usize, TestCaseError> {
    let sources = sources((there, folder), (data, parent), apart);
    let written: Vec<String> = rules.iter().map(Rule::yaml).collect();
    let text = laws::suite((data, parent), &sources, (scope, None), &written, &[]);
    let way = Way { remote: settings(&there.link, reach), ..Way::default() };
    let report =
        check_by(way, Path::new("laws.yaml"), &text, &|_| true).unwrap_or_else(|said| panic!("{said}\n{text}"));
    let mut refused = 0;
    for (index, rule) in rules.iter().enumerate() {
        let outcome = found(&report, index);
        if let Some(fault) = outcome.error.as_ref().filter(|fault| fault.message.contains("cannot say")) {
            refused += usize::from(fault.message.contains("elsewhere"));
            continue;
        }
        let wanted = oracle::numbers(data, parent, scope, rule);
        let sql = outcome.statement.as_ref().map(|statement| statement.sql.clone());
        prop_assert_eq!(&Numbers::of(outcome), &wanted, "{} {:?} {:?}\n{:?}", rule.yaml(), apart, reach, sql);
        // Rows that are shown are some of those that were counted.
        let shown = u64::try_from(outcome.samples.len()).unwrap();
        let most = outcome.violations.unwrap_or(0);
        prop_assert!(
            shown <= most && (shown > 0 || most == 0 || reach.sent == 0),
            "{shown} of {most}: {} {apart:?} {reach:?}",
            rule.yaml()
        );
    }
    Ok(refused)
}

/// Files of two tables that a server of Spark Connect reads.
fn at_spark(url: String, folder: &Path, tables: [&Table; 2]) -> There {
    let own = tempfile::Builder::new().disable_cleanup(true).tempdir_in(folder).unwrap();
    let sources = [("data", tables[0]), ("parent", tables[1])].map(|(name, table)| {
        let written = table.write(own.path(), name, Layout::Parquet { files: 1, group: 1_000_000 }, Zone::UTC);
        let path = written[0].0.display().to_string();
        format!("query: {}", serde_json::json!(format!("SELECT * FROM parquet.`{path}`")))
    });
    There { link: Link::to(url), sources }
}

#[test]
fn references_of_sail_count_as_plain_loops_do() {
    if !spark::is_there() {
        return;
    }
    let (url, folder) = (spark::sail(), tempfile::tempdir().unwrap());
    let make: Keeper<'_> = &|tables| (at_spark(url.clone(), folder.path(), tables), Box::new(()));
    references(30, &[], make);
    odd(make);
    many(make);
}

#[test]
fn references_of_spark_count_as_plain_loops_do() {
    if !spark::is_there() {
        return;
    }
    let (url, folder) = (spark::apache(), tempfile::tempdir().unwrap());
    // It takes seconds for a statement with many keys; which of them travel is not its business.
    let make: Keeper<'_> = &|tables| (at_spark(url.clone(), folder.path(), tables), Box::new(()));
    odd(make);
    held_to_many(&[(9_000, Apart::Parent)], make);
}

/// Keys whose parts are null in many ways, and long: what engines look up one by one where they are not told otherwise, and
/// what they round where a null stands beside it.
pub(super) fn odd(make: Keeper<'_>) {
    let kinds = [("id", Type::Integer), ("a", Type::Decimal), ("b", Type::String)];
    let columns = kinds.map(|(name, kind)| Column { name: name.to_owned(), kind: Some(kind) });
    let table = |rows: &[(Option<&str>, Option<String>)]| {
        let cell = |text: Option<&str>| text.map_or(Cell::Null, |text| Cell::Text(text.to_owned()));
        let row = |(id, (a, b)): (usize, &(Option<&str>, Option<String>))| {
            vec![Cell::Text(id.to_string()), cell(*a), cell(b.as_deref())]
        };
        Table { columns: columns.to_vec(), rows: rows.iter().enumerate().map(row).collect() }
    };
    let (small, less) = ("0.000000000000000000000001", "-0.000000000000000000000001");
    let long = |end: &str| Some(format!("{}{end}", "x".repeat(3_000)));
    let text = |text: &str| Some(text.to_owned());
    let data = table(&[
        (Some(small), None),
        (Some(less), None),
        (Some(small), text("7")),
        (None, text("5")),
        (None, None),
        (Some("1"), long("a")),
        (Some("1"), long("b")),
    ]);
    let parent = table(&[(Some(small), None), (None, text("5")), (Some("2"), None), (Some("1"), long("a"))]);
    let rules = "[{foreign_key: {columns: [a, b], to: parent, nulls: value, id: all}},
      {foreign_key: {columns: [a, b], to: parent, nulls: fail, id: known}},
      {absent_from: {columns: [a, b], to: parent, nulls: value, id: none}}]";
    for apart in [Apart::Parent, Apart::Child, Apart::Connections] {
        for sent in [0, 10_000] {
            let (there, _kept) = make([&data, &parent]);
            let folder = tempfile::tempdir().unwrap();
            let sources = sources((&there, folder.path()), (&data, &parent), apart);
            let text = format!(
                "tamiz: 1\nsuite: odd\ndatasets:\n  data: {{source: {}, key: id, expect: {rules}}}\n  parent: {{source: {}}}\n",
                sources[0], sources[1]
            );
            let way = Way { remote: settings(&there.link, Reach { sent, ..Reach::default() }), ..Way::default() };
            let report = check_by(way, Path::new("odd.yaml"), &text, &|_| true).unwrap_or_else(|said| panic!("{said}"));
            for (id, wanted) in [("all", vec![1, 2, 4, 6]), ("known", vec![0, 1, 2, 3, 4, 6]), ("none", vec![0, 3, 5])]
            {
                let outcome = of(&report, id);
                let at = format!("{id} {apart:?} {sent}: {} {:?}", outcome.message.en, outcome.statement);
                assert_eq!(outcome.violations, Some(wanted.len() as u64), "{at}");
                if sent > 0 {
                    let mut shown: Vec<u64> =
                        outcome.samples.iter().map(|sample| sample.key["id"].as_u64().unwrap()).collect();
                    shown.sort_unstable();
                    assert_eq!(shown, wanted, "{at}");
                }
            }
        }
    }
}

/// The keys of a table of whole numbers and texts.
fn keyed(rows: impl Iterator<Item = (usize, String)>) -> Table {
    let column = |name: &str, kind| Column { name: name.to_owned(), kind: Some(kind) };
    let cells = |(number, text): (usize, String)| vec![Cell::Text(number.to_string()), Cell::Text(text)];
    Table { columns: vec![column("i", Type::Integer), column("s", Type::String)], rows: rows.map(cells).collect() }
}

/// More keys than travel with one statement: what few of them come to, and many.
pub(super) fn many(make: Keeper<'_>) {
    let all = [(9_000, Apart::Parent), (12_000, Apart::Parent), (12_000, Apart::Connections), (12_000, Apart::Child)];
    held_to_many(&all, make);
}

fn held_to_many(ways: &[(usize, Apart)], make: Keeper<'_>) {
    let data = keyed((0..11_500).map(|n| (2 * n, format!("k{n}"))));
    let there = |n: usize| if n.is_multiple_of(3) { format!("K{n}") } else { format!("k{n}") };
    let rules = "[{foreign_key: {column: i, to: parent.i, id: i}}, {foreign_key: {column: s, to: parent.s, id: s}},
      {foreign_key: {columns: [i, s], to: parent, id: both}}, {absent_from: {column: s, to: parent.s, id: absent}}]";
    for &(parents, apart) in ways {
        let told = match apart {
            Apart::Child => "",
            _ if parents > 10_000 => "COUNT(*) AS n",
            _ => "(9000 keys of ",
        };
        let parent = keyed((0..parents).map(|n| (n, there(n))));
        let (there, _kept) = make([&data, &parent]);
        let folder = tempfile::tempdir().unwrap();
        let sources = sources((&there, folder.path()), (&data, &parent), apart);
        let text = format!(
            "tamiz: 1\nsuite: many\ndatasets:\n  data: {{source: {}, expect: {rules}}}\n  parent: {{source: {}}}\n",
            sources[0], sources[1]
        );
        let reach = Reach { whole: 1_000, ..Reach::default() };
        let way = Way { remote: settings(&there.link, reach), ..Way::default() };
        let report = check_by(way, Path::new("many.yaml"), &text, &|_| true).unwrap_or_else(|said| panic!("{said}"));
        let held = |row: &usize| 2 * row < parents;
        let same = |row: &usize| *row < parents && !row.is_multiple_of(3);
        let count = |breaks: &dyn Fn(&usize) -> bool| u64::try_from((0..11_500).filter(breaks).count()).unwrap();
        for (id, wanted) in [
            ("i", count(&|row| !held(row))),
            ("s", count(&|row| !same(row))),
            ("both", 11_500),
            ("absent", count(&same)),
        ] {
            let outcome = of(&report, id);
            let at = format!("{id} of {apart:?} and {parents}: {}", outcome.message.en);
            assert_eq!(outcome.violations, Some(wanted), "{at}");
            assert_eq!(outcome.samples.len(), 1000, "{at}");
            let sql = outcome.statement.as_ref().map(|statement| statement.sql.as_str()).unwrap_or_default();
            assert!(sql.contains(told) && sql.len() < 2_000, "{at}\n{sql}");
        }
    }
}

/// Holds references of and to an engine to what plain loops find, wherever the other side lives.
pub(super) fn references(cases: u32, unheld: &[&str], make: Keeper<'_>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let apart = prop::sample::select(vec![Apart::Child, Apart::Parent, Apart::Connections]);
    let rules = prop::collection::vec(reference(), 1..6);
    let all = (table(0..24), table(0..6), prop::option::of(condition()), rules, (apart, reach()));
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let (mut asked, mut refused) = (0, 0);
    for _ in 0..cases {
        use proptest::strategy::ValueTree;
        let tree = all.new_tree(&mut runner).unwrap();
        let (data, parent, scope, rules, (apart, reach)) = tree.current();
        let [data, parent] = [&data, &parent].map(|table| held_to_types(table, unheld));
        let (there, _kept) = make([&data, &parent]);
        let folder = tempfile::tempdir().unwrap();
        let told = agree((&there, folder.path()), (&data, &parent), (scope.as_ref(), &rules), (apart, reach));
        let few = told.unwrap_or_else(|wrong| panic!("{wrong}\n{data:?}\n{parent:?}\n{scope:?}\n{rules:?}"));
        let is_bounded = reach.sent < 6 && reach.asked < 24;
        assert!(few == 0 || is_bounded, "{few} of {rules:?} were refused within {reach:?}, {apart:?}");
        asked += rules.len();
        refused += few;
    }
    assert!(refused * 2 < asked, "{refused} of {asked} were refused");
}
