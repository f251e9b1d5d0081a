//! Random tables and random rules: the engine finds the numbers that plain loops find, however the data are written.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use tamiz::ir::time::Zone;
use tamiz::ir::{Reading, Type};
use tamiz::outcome::{Outcome, Report};

use crate::check::check_within;
use crate::oracle::{self, Condition, Numbers, Op, Rule, What};
use crate::table::{Cell, Column, Layout, Table};

const LAYOUTS: [Layout; 6] = [
    Layout::Csv { files: 1 },
    Layout::Csv { files: 3 },
    Layout::Ndjson { files: 2 },
    Layout::Ipc { files: 2, group: 3 },
    Layout::Parquet { files: 1, group: 3 },
    Layout::Parquet { files: 2, group: 1000 },
];

const QUARTILES: [&str; 5] = ["0", "0.25", "0.5", "0.75", "1"];

const HOW: [&str; 5] = ["nearest", "lower", "higher", "linear", "midpoint"];

/// Columns of every type, and spellings of values that have gone wrong somewhere.
pub(crate) const COLUMNS: [(&str, Type, &[&str]); 8] = [
    ("i", Type::Integer, &["0", "1", "-1", "7", "007", "+7", "9223372036854775807", "-9223372036854775808"]),
    ("k", Type::Integer, &["1", "2", "3", "4"]),
    ("d", Type::Decimal, &["0", "0.10", "0.1", "-1.5", "2.50", "9999999999999999.99", "0.000000000000000001"]),
    ("f", Type::Float, &["0.0", "-0.0", "1.5", "NaN", "inf", "-inf", "1e300", "0.1", "7"]),
    (
        "s",
        Type::String,
        &[
            "a",
            "A",
            "b",
            "\u{e9}",
            "e\u{301}",
            " a",
            "x\"y",
            "a,b",
            "line\nbreak",
            "\u{1f600}",
            "1",
            "null",
            "NA",
            "ab",
            "  ",
            "2024-02-29",
            "2024-02-30",
        ],
    ),
    ("b", Type::Boolean, &["true", "FALSE", "False"]),
    ("t", Type::Date, &["2024-02-29", "2025-01-01", "1900-01-01", "9999-12-31"]),
    (
        "m",
        Type::Timestamp,
        &["2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", "2025-06-30 12:00", "1969-12-31T23:59:59.999999Z"],
    ),
];

/// What may stand for no value, by the place of its column; other spellings of the same value do so too.
pub(crate) const SENTINELS: [(usize, &str); 11] = [
    (0, "7"),
    (0, oracle::BAD),
    (1, "3"),
    (2, "0.1"),
    (2, oracle::BAD),
    (3, "1.5"),
    (4, "NA"),
    (4, "a"),
    (5, "false"),
    (6, "1900-01-01"),
    (7, "2024-01-01T00:00:00Z"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_counts_as_plain_loops_do(
        data in table(0..24),
        parent in table(0..4),
        scope in prop::option::of(condition()),
        rules in prop::collection::vec(rule(), 1..10),
    ) {
        for layout in LAYOUTS {
            let [data, parent] = [&data, &parent].map(|table| written(table, layout));
            let report = run(&data, &parent, scope.as_ref(), &rules, layout);
            for (index, rule) in rules.iter().enumerate() {
                let wanted = oracle::numbers(&data, &parent, scope.as_ref(), rule);
                let outcome = found(&report, index);
                prop_assert_eq!(
                    &Numbers::of(outcome), &wanted,
                    "{:?} {} where {:?}\n{:?}", layout, rule.yaml(), scope.as_ref().map(Condition::sql), outcome.message.en
                );
            }
        }
    }

    #[test]
    fn a_computed_column_holds_what_it_is_computed_from(
        data in table(0..24),
        parent in table(0..4),
        scope in prop::option::of(condition()),
        rules in prop::collection::vec(rule(), 1..8),
    ) {
        for layout in [Layout::Csv { files: 2 }, Layout::Parquet { files: 1, group: 3 }] {
            let [data, parent] = [&data, &parent].map(|table| written(table, layout));
            let [stored, others] = [&data, &parent].map(stored_otherwise);
            let report = run(&stored, &others, scope.as_ref(), &rules, layout);
            for (index, rule) in rules.iter().enumerate() {
                let wanted = oracle::numbers(&data, &parent, scope.as_ref(), rule);
                prop_assert_eq!(&Numbers::of(found(&report, index)), &wanted, "{:?} {}", layout, rule.yaml());
            }
        }
    }

    #[test]
    fn each_group_is_judged_as_if_it_were_alone(
        data in table(0..24),
        parent in table(0..4),
        by in prop::sample::select(vec![1_usize, 4, 5, 6]),
        scope in prop::option::of(condition()),
        rules in prop::collection::vec(rule(), 1..6),
    ) {
        // Of no row there is no group, but there are gaps.
        let of_rows = |rule: Rule| match rule.what {
            What::NoGaps(column, _) => Rule { what: What::NotNull(column), ..rule },
            _ => rule,
        };
        let rules: Vec<Rule> =
            rules.into_iter().map(of_rows).map(|rule| Rule { by: Some(by), ..rule }).collect();
        for layout in [Layout::Csv { files: 2 }, Layout::Parquet { files: 1, group: 3 }] {
            let [data, parent] = [&data, &parent].map(|table| written(table, layout));
            let report = run(&data, &parent, scope.as_ref(), &rules, layout);
            for (index, rule) in rules.iter().enumerate() {
                let parts = oracle::split(&data, by);
                let alone = parts.iter().map(|part| oracle::numbers(part, &parent, scope.as_ref(), rule));
                let some = |numbers: &Numbers| [numbers.evaluated, numbers.missing, numbers.unparsed] != [Some(0); 3];
                let alone: Vec<Numbers> = alone.filter(some).collect();
                let sum = |of: fn(&Numbers) -> Option<u64>| alone.iter().map(|numbers| of(numbers).unwrap_or(0)).sum();
                let outcome = found(&report, index);
                let said = format!("{layout:?} {} {:?}", rule.yaml(), outcome.message.en);
                let failed = alone.iter().filter(|numbers| numbers.failed).count() as u64;
                prop_assert_eq!(outcome.groups_evaluated, Some(alone.len() as u64), "{}", &said);
                prop_assert_eq!(outcome.groups_failed, Some(failed), "{}", &said);
                prop_assert_eq!(outcome.evaluated, Some(sum(|numbers| numbers.evaluated)), "{}", &said);
                prop_assert_eq!(outcome.missing, Some(sum(|numbers| numbers.missing)), "{}", &said);
                prop_assert_eq!(outcome.unparsed, Some(sum(|numbers| numbers.unparsed)), "{}", &said);
                if outcome.violations.is_some() {
                    prop_assert_eq!(outcome.violations, Some(sum(|numbers| numbers.violations)), "{}", &said);
                    let shown = outcome.samples.len() as u64;
                    let whole = !rule.yaml().contains("count: distinct") && !rule.yaml().contains("count: surplus");
                    prop_assert!(!whole || failed == 0 || Some(shown) == outcome.violations, "{} rows: {}", shown, said);
                }
                let values = alone.iter().filter(|numbers| numbers.observed.is_some()).count();
                let told = outcome.groups.iter().filter(|group| group.observed.as_ref().is_some_and(|it| !it.is_null()));
                prop_assert_eq!(told.count(), values, "{}", &said);
            }
        }
    }

    #[test]
    fn the_order_of_rows_and_the_other_rules_do_not_matter(
        data in table(0..24),
        parent in table(0..4),
        order in any::<u64>(),
        rules in prop::collection::vec(rule(), 2..8),
    ) {
        let layout = Layout::Csv { files: 2 };
        let together = run(&data, &parent, None, &rules, layout);
        let mut mixed = data.clone();
        // A walk with a step that shares no factor with the length visits every row once.
        let length = mixed.rows.len();
        if length > 1 {
            let step = (1..length).rev().find(|step| gcd(*step, length) == 1).unwrap_or(1);
            let start = usize::try_from(order % length as u64).unwrap();
            mixed.rows = (0..length).map(|index| data.rows[(start + index * step) % length].clone()).collect();
        }
        let reordered = run(&mixed, &parent, None, &rules, layout);
        for (index, rule) in rules.iter().enumerate() {
            let alone = run(&data, &parent, None, std::slice::from_ref(rule), layout);
            let numbers = Numbers::of(found(&together, index));
            prop_assert_eq!(&numbers, &Numbers::of(found(&alone, 0)), "alone: {}", rule.yaml());
            prop_assert_eq!(&numbers, &Numbers::of(found(&reordered, index)), "in another order: {}", rule.yaml());
        }
    }

    #[test]
    fn breaks_of_order_are_those_of_plain_loops(data in table(0..24), rules in prop::collection::vec(in_order(), 1..6)) {
        for layout in LAYOUTS {
            let data = written(&data, layout);
            let report = run(&data, &data, None, &rules, layout);
            for (index, rule) in rules.iter().enumerate() {
                let wanted = oracle::numbers(&data, &data, None, rule);
                prop_assert_eq!(&Numbers::of(found(&report, index)), &wanted, "{:?} {}", layout, rule.yaml());
            }
        }
    }

    #[test]
    fn a_budget_of_memory_changes_no_result(
        data in table(0..40),
        parent in table(0..12),
        rules in prop::collection::vec(prop_oneof![3 => rule(), 1 => in_order()], 1..8),
        memory in prop::sample::select(vec![1_u64, 200, 2_000]),
    ) {
        for layout in LAYOUTS {
            let [data, parent] = [&data, &parent].map(|table| written(table, layout));
            // Groups and the different values that `no_gaps` looks at cannot be written, and are an error instead.
            let kept = rules.iter().filter(|rule| !matches!(rule.what, What::NoGaps(..)));
            let yaml: Vec<String> = kept.map(|rule| Rule { by: None, ..rule.clone() }.yaml()).collect();
            prop_assume!(!yaml.is_empty());
            let [free, held] = [None, Some(memory)].map(|memory| {
                let folder = tempfile::tempdir().unwrap();
                let mut report = run_in(folder.path(), (&data, &parent), (None, None), &yaml, layout, (memory, &[]));
                // Keys that lie in a file are not asked for ranges, so there metadata tell less.
                report.results.iter_mut().for_each(|outcome| outcome.decided_by = None);
                let text = serde_json::to_string(&report.results).unwrap();
                text.replace(&*folder.path().to_string_lossy(), "")
            });
            prop_assert_eq!(free, held, "{:?}", layout);
        }
    }

    #[test]
    fn a_dataset_that_takes_rows_finds_what_a_condition_of_the_rule_finds(
        data in table(0..24),
        parent in table(0..4),
        scope in prop::option::of(condition()),
        narrowed in condition(),
        rules in prop::collection::vec(rule(), 1..8),
    ) {
        let narrow = |rule: Rule| Rule { condition: Some(narrowed.clone()), ..rule };
        let rules: Vec<Rule> =
            rules.into_iter().filter(|rule| !matches!(rule.what, What::Type(_))).map(narrow).collect();
        prop_assume!(!rules.is_empty());
        let layout = Layout::Csv { files: 2 };
        // What the dataset says already need not be said by the rule.
        let written: Vec<String> = rules.iter().map(|rule| Rule { condition: None, ..rule.clone() }.yaml()).collect();
        let report = run_on(&data, &parent, (scope.as_ref(), Some(&narrowed)), &written, layout);
        for (index, rule) in rules.iter().enumerate() {
            let wanted = oracle::numbers(&data, &parent, scope.as_ref(), rule);
            prop_assert_eq!(&Numbers::of(found(&report, index)), &wanted, "{} from {:?}", rule.yaml(), narrowed.sql());
        }
    }

    #[test]
    fn what_stands_for_no_value_is_none(
        data in table(0..24),
        parent in table(0..4),
        scope in prop::option::of(condition()),
        missing in prop::sample::subsequence(SENTINELS.to_vec(), 1..6),
        rules in prop::collection::vec(rule(), 1..8),
    ) {
        for layout in LAYOUTS {
            let [data, parent] = [&data, &parent].map(|table| written(table, layout));
            let yaml: Vec<String> = rules.iter().map(Rule::yaml).collect();
            let folder = tempfile::tempdir().unwrap();
            let conditions = (scope.as_ref(), None);
            let report = run_in(folder.path(), (&data, &parent), conditions, &yaml, layout, (None, &missing));
            let [data, parent] = [&data, &parent].map(|table| without(table, &missing));
            for (index, rule) in rules.iter().enumerate() {
                let wanted = oracle::numbers(&data, &parent, scope.as_ref(), rule);
                prop_assert_eq!(
                    &Numbers::of(found(&report, index)), &wanted, "{:?} {} missing {:?}", layout, rule.yaml(), missing
                );
            }
        }
    }

    #[test]
    fn nothing_allowed_is_what_is_meant_anyway(data in table(0..16), rule in rule()) {
        let layout = Layout::Parquet { files: 1, group: 5 };
        let data = written(&data, layout);
        let plain = run(&data, &data, None, std::slice::from_ref(&rule), layout);
        if Numbers::of(found(&plain, 0)).violations.is_some() {
            let strict = Rule { allow: Some("0"), ..rule };
            let strict = run(&data, &data, None, &[strict], layout);
            prop_assert_eq!(found(&plain, 0).status, found(&strict, 0).status);
        }
    }
}

fn run(data: &Table, parent: &Table, scope: Option<&Condition>, rules: &[Rule], layout: Layout) -> Report {
    let rules: Vec<String> = rules.iter().map(Rule::yaml).collect();
    run_yaml(data, parent, scope, &rules, layout)
}

/// Runs rules, each written as `name: {…}`.
pub(crate) fn run_yaml(
    data: &Table,
    parent: &Table,
    scope: Option<&Condition>,
    rules: &[String],
    layout: Layout,
) -> Report {
    run_on(data, parent, (scope, None), rules, layout)
}

/// Runs rules on a dataset, or on one that takes those of its rows that a second condition keeps.
fn run_on(
    data: &Table,
    parent: &Table,
    (scope, narrowed): (Option<&Condition>, Option<&Condition>),
    rules: &[String],
    layout: Layout,
) -> Report {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), (data, parent), (scope, narrowed), rules, layout, (None, &[]))
}

/// The same in a folder, within a budget of memory.
fn run_in(
    folder: &Path,
    (data, parent): (&Table, &Table),
    (scope, narrowed): (Option<&Condition>, Option<&Condition>),
    rules: &[String],
    layout: Layout,
    (memory, missing): (Option<u64>, &[(usize, &str)]),
) -> Report {
    let sources = [("data", data), ("parent", parent)].map(|(name, table)| {
        let files = table.write(folder, name, layout, Zone::UTC);
        let names = files.iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned());
        format!("{:?}", names.collect::<Vec<_>>())
    });
    let text = suite((data, parent), &sources, (scope, narrowed), rules, missing);
    check_within(memory, &folder.join("laws.yaml"), &text, &|_| true).unwrap_or_else(|said| panic!("{said}\n{text}"))
}

/// The suite of some rules on two tables, whose sources are given.
pub(crate) fn suite(
    (data, parent): (&Table, &Table),
    sources: &[String; 2],
    (scope, narrowed): (Option<&Condition>, Option<&Condition>),
    rules: &[String],
    missing: &[(usize, &str)],
) -> String {
    let mut text = "tamiz: 1\nsuite: laws\nas_of: 2025-06-30\ndatasets:\n".to_owned();
    for ((name, table), source) in [("data", data), ("parent", parent)].into_iter().zip(sources) {
        let _ = writeln!(text, "  {name}:\n    source: {source}\n    may_be_empty: true\n    columns:");
        for (place, ((name, kind, _), column)) in COLUMNS.iter().zip(&table.columns).enumerate() {
            let stored = &column.name;
            let none: Vec<&str> = missing.iter().filter(|(of, _)| *of == place).map(|(_, spelled)| *spelled).collect();
            let none = if none.is_empty() { String::new() } else { format!(", missing: {none:?}") };
            let _ = writeln!(text, "      {stored}: {{type: {kind}{none}}}");
            if stored != name {
                let _ = writeln!(text, "      {name}: {{sql: {stored}, type: {kind}}}");
            }
        }
        if name == "data" {
            if let Some(scope) = scope {
                let _ = writeln!(text, "    where: {}", serde_json::Value::from(scope.sql()));
            }
            if let Some(narrowed) = narrowed {
                let _ =
                    writeln!(text, "  view:\n    from: data\n    where: {}", serde_json::Value::from(narrowed.sql()));
            }
            text += "    expect:\n";
            for (index, rule) in rules.iter().enumerate() {
                let _ = writeln!(text, "      - {{{}}}", rule.replacen('{', &format!("{{id: rule{index}, "), 1));
            }
        }
    }
    text
}

pub(crate) fn found(report: &Report, index: usize) -> &Outcome {
    let id = format!("rule{index}");
    report.results.iter().find(|outcome| outcome.id == id).unwrap()
}

/// The same table with its columns under other names, from which those of its own names are computed.
fn stored_otherwise(table: &Table) -> Table {
    let mut table = table.clone();
    table.columns.iter_mut().for_each(|column| column.name = format!("stored_{}", column.name));
    table
}

/// The table with nulls where something stands for no value.
pub(crate) fn without(table: &Table, missing: &[(usize, &str)]) -> Table {
    let mut table = table.clone();
    for row in &mut table.rows {
        for (place, spelled) in missing {
            let reading = Reading::plain(COLUMNS[*place].1);
            let Cell::Text(text) = &row[*place] else { continue };
            let equal = reading.read(text).is_some_and(|value| reading.read(spelled) == Some(value));
            if text == spelled || equal {
                row[*place] = Cell::Null;
            }
        }
    }
    table
}

/// The table as it can be written: Parquet holds no cell that does not read.
pub(crate) fn written(table: &Table, layout: Layout) -> Table {
    let mut table = table.clone();
    if matches!(layout.engine(), "parquet" | "ipc") {
        for cell in
            table.rows.iter_mut().flatten().filter(|cell| matches!(cell, Cell::Text(text) if text == oracle::BAD))
        {
            *cell = Cell::Null;
        }
    }
    table
}

pub(crate) fn table(rows: std::ops::Range<usize>) -> impl Strategy<Value = Table> {
    let row: Vec<_> = COLUMNS
        .iter()
        .map(|(_, kind, spellings)| {
            let bad = u32::from(*kind != Type::String);
            prop_oneof![
                6 => prop::sample::select(*spellings).prop_map(|text| Cell::Text(text.to_owned())),
                2 => Just(Cell::Null),
                bad => Just(Cell::Text(oracle::BAD.to_owned())),
            ]
        })
        .collect();
    prop::collection::vec(row, rows).prop_map(|rows| Table {
        columns: COLUMNS.iter().map(|(name, kind, _)| Column { name: (*name).to_owned(), kind: Some(*kind) }).collect(),
        rows,
    })
}

/// A column, and some of its spellings that hold a value.
fn column() -> impl Strategy<Value = (usize, Vec<&'static str>)> {
    (0..COLUMNS.len()).prop_flat_map(|place| {
        let spellings: Vec<&'static str> = COLUMNS[place].2.iter().copied().filter(|text| *text != "NaN").collect();
        (Just(place), prop::collection::vec(prop::sample::select(spellings), 2..4))
    })
}

pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    let op = || prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge]);
    let leaf = prop_oneof![
        (column(), op()).prop_map(|((column, values), op)| Condition::Compare(column, op, values[0])),
        (column(), any::<bool>()).prop_map(|((column, values), not)| Condition::In(column, values, not)),
        (column(), any::<bool>()).prop_map(|((column, _), not)| Condition::IsNull(column, not)),
        column().prop_map(|(column, values)| Condition::Between(column, values[0], values[1])),
        (op(), prop::sample::select(vec![(0, 1), (0, 2), (1, 2), (0, 3), (2, 3), (6, 6)]))
            .prop_map(|(op, (left, right))| Condition::Columns(left, op, right)),
    ];
    leaf.prop_map(Condition::legal).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

/// Some columns.
fn places() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::subsequence((0..COLUMNS.len()).collect::<Vec<_>>(), 1..4)
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let what = prop_oneof![
        column().prop_map(|(column, _)| What::NotNull(column)),
        column().prop_map(|(column, _)| What::IsNull(column)),
        column().prop_map(|(column, _)| What::Type(column)),
        (column(), any::<bool>()).prop_map(|((column, values), not)| What::InSet(column, values, not)),
        column().prop_map(|(column, values)| match COLUMNS[column].1 {
            Type::Boolean => What::InSet(column, values, true),
            _ => What::Between(column, values[0]),
        }),
        Just(What::NotBlank),
        Just(What::Length),
        places()
            .prop_flat_map(|columns| (Just(columns), 0..3_usize))
            .prop_map(|(columns, count)| What::Unique(columns, ["rows", "distinct", "surplus"][count])),
        places().prop_map(What::Distinct),
        (0..COLUMNS.len()).prop_map(What::ForeignKey),
        Just(What::ForeignKeys(vec![1, 5])),
        prop::sample::select(vec![0, 1, 2, 3, 4, 6, 7]).prop_map(What::Min),
        prop::sample::select(vec![0, 1, 2, 3, 4, 6, 7]).prop_map(What::Max),
        prop::sample::select(vec![0, 1, 2]).prop_map(What::Sum),
        prop::sample::select(vec![0, 1, 2]).prop_map(What::Mean),
        prop::sample::select(vec![0, 1, 2]).prop_map(What::Median),
        prop::sample::select(vec![0, 1, 2]).prop_map(What::Variance),
        (0..3_usize, prop::sample::select(QUARTILES.to_vec()), prop::sample::select(HOW.to_vec()))
            .prop_map(|(column, q, how)| What::Quantile(column, q, how)),
        // Dates and instants, with what does not lie between two of them.
        (6..8_usize, prop::sample::select(QUARTILES.to_vec()), prop::sample::select(HOW[..3].to_vec()))
            .prop_map(|(column, q, how)| What::Quantile(column, q, how)),
        Just(What::RowCount),
        (
            prop::sample::select(vec![6, 7]),
            any::<bool>(),
            // The run is on 2025-06-30.
            prop::sample::select(vec![
                ("180d", "2025-01-01"),
                ("16mo1d", "2024-02-28"),
                ("18y", "2007-06-30"),
                ("26w", "2024-12-30")
            ]),
        )
            .prop_map(|(column, newer, (age, limit))| What::Age(column, newer, age, limit)),
        (prop::sample::select(vec![6, 7]), prop::sample::select(vec!["day", "week", "month"]))
            .prop_map(|(column, every)| What::NoGaps(column, every)),
        places().prop_map(What::CompleteRows),
        (column(), any::<bool>(), any::<bool>()).prop_map(|((column, values), low, high)| match COLUMNS[column].1 {
            Type::Boolean => What::InSet(column, values, false),
            _ => What::Outside(column, values[0], low, values[1], high),
        }),
        (prop::sample::select(vec![0, 1, 2, 3]), prop::sample::select(vec!["1", "2", "0.1", "0.05", "7", "1.5"]))
            .prop_map(|(column, unit)| What::MultipleOf(column, unit)),
        prop::sample::select(vec![0, 2, 3]).prop_map(What::Finite),
        (
            any::<bool>(),
            prop::collection::vec(prop::sample::select(vec!["a", "A", "b", "1", " ", "\""]), 1..3),
            any::<bool>()
        )
            .prop_map(|(wanted, parts, all)| What::Contains(wanted, parts, all)),
        (any::<bool>(), prop::sample::select(vec!["a%", "_", "%b", "%_a%", "", "x\"_", "%", "A_"]), any::<bool>())
            .prop_map(|(wanted, pattern, ignore_case)| What::Like(wanted, pattern, ignore_case)),
        any::<bool>().prop_map(What::IsoDate),
        Just(What::DateFormat),
        Just(What::Number),
        any::<bool>().prop_map(What::Case),
        Just(What::Conforms),
        prop::sample::select(vec![vec![0, 1], vec![0, 2], vec![1, 2, 0], vec![0, 3], vec![1, 3]])
            .prop_map(What::EqualColumns),
        prop::sample::select(vec![vec![0, 1], vec![0, 2], vec![1, 2, 3], vec![1, 3], vec![0, 1, 2, 3]])
            .prop_map(What::DistinctWithinRow),
        (
            prop::sample::select(vec![vec![1, 2], vec![1, 3], vec![2, 3], vec![1, 2, 3]]),
            prop::sample::select(vec![Ok("1"), Ok("2.1"), Ok("1.1"), Ok("3.5"), Err(0)])
        )
            .prop_map(|(columns, total)| What::SumEquals(columns, total)),
        (prop::sample::subsequence((0..COLUMNS.len()).collect::<Vec<_>>(), 2..5), any::<bool>())
            .prop_map(|(columns, least)| What::Filled(columns, least)),
        (
            prop::sample::select(vec![(0, 1), (1, 0), (1, 2), (2, 1), (0, 2)]),
            prop::option::of(prop::sample::select(vec![4, 5, 6]))
        )
            .prop_map(|((start, end), by)| What::NoOverlaps(start, end, by)),
        (0..COLUMNS.len()).prop_map(What::AbsentFrom),
        column().prop_map(|(column, _)| What::NullShare(column)),
        places().prop_map(What::DistinctShare),
        condition().prop_map(What::Expression),
        prop::sample::select(vec![(0, 1), (0, 2), (2, 3)]).prop_map(|(left, right)| What::Compare(left, Op::Le, right)),
    ];
    (
        what,
        prop::option::weighted(0.3, condition()),
        prop::option::weighted(0.3, prop::sample::select(vec!["fail", "pass"])),
    )
        .prop_map(|(what, condition, nulls)| {
            let nulls = nulls.filter(|_| what.takes_nulls());
            let condition = condition.filter(|_| !matches!(what, What::Type(_)));
            Rule { what, condition, nulls, allow: None, by: None }
        })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A rule about the order of rows, in that of the files or of another column.
pub(crate) fn in_order() -> impl Strategy<Value = Rule> {
    let rule = |what| Rule { what, condition: None, nulls: None, allow: None, by: None };
    prop_oneof![3 => rising_or_falling(), 2 => sequential().prop_map(rule)]
}

fn sequential() -> impl Strategy<Value = What> {
    let steps = vec![(1, "1"), (1, "-1"), (1, "2"), (2, "0.10"), (2, "-1.5"), (6, "1d"), (7, "1h")];
    let by = prop::option::of(prop::sample::select(vec![0, 1, 2, 3, 4, 6, 7]));
    (prop::sample::select(steps), by).prop_map(|((column, step), by)| What::Sequential(column, step, by))
}

fn rising_or_falling() -> impl Strategy<Value = Rule> {
    let ordered = || prop::sample::select(vec![0, 1, 2, 3, 4, 6, 7]);
    (ordered(), any::<bool>(), any::<bool>(), prop::option::of(ordered())).prop_map(|(column, falling, strict, by)| {
        let by = by.filter(|by| *by != column);
        Rule { what: What::InOrder(column, falling, strict, by), condition: None, nulls: None, allow: None, by: None }
    })
}
