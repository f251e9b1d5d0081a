//! Random tables against each other: the engine brings rows together as plain loops do, however the data are written.

use proptest::prelude::*;
use tamiz::outcome::{Sample, Status};

use crate::laws::{COLUMNS, found, run_yaml, table, written};
use crate::oracle::{self, Held, Numbers, Rule, What, key, read, same_key};
use crate::table::{Cell, Column, Layout, Table};

const LAYOUTS: [Layout; 4] = [
    Layout::Csv { files: 2 },
    Layout::Ndjson { files: 1 },
    Layout::Parquet { files: 1, group: 3 },
    Layout::Ipc { files: 2, group: 3 },
];

/// How the rows of two tables go together.
#[derive(Default)]
struct Counts {
    matched: usize,
    only_here: usize,
    only_there: usize,
    differing: usize,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_go_together_as_plain_loops_say(
        (data, other) in related(),
        wanted in prop::collection::vec((
            prop::sample::select(vec![vec![], vec![1], vec![1, 5], vec![4], vec![3]]),
            prop::sample::select(vec![vec![2], vec![0, 6], vec![2, 7, 0]]),
        ), 1..4),
    ) {
        let names = |columns: &[usize]| columns.iter().map(|column| COLUMNS[*column].0).collect::<Vec<_>>().join(", ");
        let yaml = |(key, columns): &(Vec<usize>, Vec<usize>)| match key.as_slice() {
            [] => format!("same_rows: {{to: parent, columns: [{}]}}", names(columns)),
            key => format!("same_rows: {{to: parent, key: [{}], columns: [{}]}}", names(key), names(columns)),
        };
        let rules: Vec<String> = wanted.iter().map(yaml).collect();
        for layout in LAYOUTS {
            let [data, other] = [&data, &other].map(|table| written(table, layout));
            let report = run_yaml(&data, &other, None, &rules, layout);
            for (index, (key, columns)) in wanted.iter().enumerate() {
                let outcome = found(&report, index);
                let counts = counts(&read(&data), &read(&other), key, columns);
                let wanted = counts.numbers(&read(&data), key, columns);
                let said = format!("{layout:?} {} {}", rules[index], outcome.message.en);
                prop_assert_eq!(&Numbers::of(outcome), &wanted, "{}", &said);
                let all = counts.only_here + counts.only_there + counts.differing;
                prop_assert_eq!(outcome.samples.len(), all, "{}", &said);
                let beside = outcome.samples.iter().filter(|sample| sample.other.is_some()).count();
                prop_assert_eq!(beside, counts.differing, "{}", &said);
                let there = outcome.samples.iter().filter(|sample| sample.dataset.is_some()).count();
                prop_assert_eq!(there, counts.only_there, "{}", &said);
            }
        }
    }

    #[test]
    fn rows_repeat_as_wholes_as_plain_loops_say((_, data) in related()) {
        for layout in LAYOUTS {
            let data = written(&data, layout);
            let rules = ["rows", "distinct", "surplus"].map(|count| format!("no_duplicate_rows: {{count: {count}}}"));
            let report = run_yaml(&data, &data, None, &rules, layout);
            let every: Vec<usize> = (0..COLUMNS.len()).collect();
            let rows: Vec<Vec<Held>> = read(&data).into_iter().filter(|row| reads(row, &every)).collect();
            let times = |place: usize| rows.iter().filter(|other| same_key(other, &rows[place])).count();
            let first = |place: usize| !rows[..place].iter().any(|other| same_key(other, &rows[place]));
            let repeated: Vec<usize> = (0..rows.len()).filter(|place| times(*place) > 1).collect();
            let distinct = repeated.iter().filter(|place| first(**place)).count();
            for (index, violations) in [repeated.len(), distinct, repeated.len() - distinct].into_iter().enumerate() {
                let outcome = found(&report, index);
                prop_assert_eq!(outcome.violations, Some(violations as u64), "{:?} {}", layout, index);
                prop_assert_eq!(outcome.evaluated, Some(rows.len() as u64), "{:?} {}", layout, index);
                prop_assert_eq!(outcome.unparsed, Some((data.rows.len() - rows.len()) as u64), "{:?}", layout);
            }
        }
    }

    #[test]
    fn an_aggregate_is_the_same_where_that_of_plain_loops_is((data, other) in related(), column in 0..3_usize) {
        let name = COLUMNS[column].0;
        let each = [
            (format!("{{sum: {name}}}"), What::Sum(column)),
            (format!("{{min: {name}}}"), What::Min(column)),
            (format!("{{max: {name}}}"), What::Max(column)),
            (format!("{{distinct_count: {name}}}"), What::Distinct(vec![column])),
            ("row_count".to_owned(), What::RowCount),
        ];
        let yaml = |(aggregate, _): &(String, What)| format!("same_aggregate: {{aggregate: {aggregate}, to: parent}}");
        let rules: Vec<String> = each.iter().map(yaml).collect();
        for layout in LAYOUTS {
            let [data, other] = [&data, &other].map(|table| written(table, layout));
            let report = run_yaml(&data, &other, None, &rules, layout);
            for (index, (_, what)) in each.iter().enumerate() {
                let rule = Rule { what: what.clone(), condition: None, nulls: None, allow: None, by: None };
                let [own, theirs] = [&data, &other].map(|table| oracle::numbers(table, table, None, &rule));
                let outcome = found(&report, index);
                let said = format!("{layout:?} {} {}", rules[index], outcome.message.en);
                prop_assert_eq!(outcome.status == Status::Failed, own.observed != theirs.observed, "{}", &said);
                prop_assert_eq!(Numbers::of(outcome).observed, own.observed, "{}", &said);
            }
        }
    }
}

#[test]
fn rows_that_overlap_are_shown_beside_each_other() {
    // From `k` to `i`: the first overlaps the third, and the last ends before it starts.
    let row = |(start, end): (&str, &str)| {
        let cell = |(name, ..): &(&str, _, _)| match *name {
            "k" => Cell::Text(start.to_owned()),
            "i" => Cell::Text(end.to_owned()),
            _ => Cell::Null,
        };
        COLUMNS.iter().map(cell).collect::<Vec<_>>()
    };
    let columns = COLUMNS.iter().map(|(name, kind, _)| Column { name: (*name).to_owned(), kind: Some(*kind) });
    let rows = [("1", "7"), ("7", "8"), ("6", "7"), ("9", "8")].map(row).to_vec();
    let data = Table { columns: columns.collect(), rows };
    let rules = ["no_overlaps: {start: k, end: i}".to_owned(), "sequential: {column: k}".to_owned()];
    let report = run_yaml(&data, &data, None, &rules, Layout::Csv { files: 1 });
    let shown = |rule| {
        let pair = |sample: &Sample| (sample.row_index, sample.other.as_ref().and_then(|other| other.row_index));
        found(&report, rule).samples.iter().map(pair).collect::<Vec<_>>()
    };
    assert_eq!(shown(0), [(Some(0), Some(2)), (Some(2), Some(0)), (Some(3), None)]);
    assert_eq!(shown(1), [(Some(1), Some(0)), (Some(2), Some(1)), (Some(3), Some(2))]);
    let beside = found(&report, 0).samples[0].other.clone().unwrap();
    assert_eq!((beside.line, &beside.values["k"], &beside.values["i"]), (Some(4), &6.into(), &7.into()));
}

/// A table, and another one that has some of its rows, as often as it happens.
fn related() -> impl Strategy<Value = (Table, Table)> {
    (table(0..12), table(0..5), prop::collection::vec(any::<prop::sample::Index>(), 0..12)).prop_map(
        |(data, mut other, picked)| {
            if !data.rows.is_empty() {
                other.rows.extend(picked.iter().map(|index| data.rows[index.index(data.rows.len())].clone()));
            }
            (data, other)
        },
    )
}

fn reads(row: &[Held], columns: &[usize]) -> bool {
    !columns.iter().any(|column| matches!(row[*column], Held::Bad))
}

fn counts(own: &[Vec<Held>], theirs: &[Vec<Held>], by: &[usize], columns: &[usize]) -> Counts {
    let (by, compared) = if by.is_empty() { (columns, &[][..]) } else { (by, columns) };
    let [own, theirs] = [own, theirs].map(|rows| rows.iter().filter(|row| reads(row, by)).collect::<Vec<_>>());
    let mut keys: Vec<Vec<Held>> = Vec::new();
    for row in own.iter().chain(&theirs) {
        let key = key(row, by);
        if !keys.iter().any(|known| same_key(known, &key)) {
            keys.push(key);
        }
    }
    let mut counts = Counts::default();
    for wanted in keys {
        let [own, theirs] =
            [&own, &theirs].map(|rows| rows.iter().filter(|row| same_key(&key(row, by), &wanted)).collect::<Vec<_>>());
        let [unread_own, unread_theirs] =
            [&own, &theirs].map(|rows| rows.iter().filter(|row| !reads(row, compared)).count());
        let mut left = 0;
        let mut right: Vec<Vec<Held>> =
            theirs.iter().filter(|row| reads(row, compared)).map(|row| key(row, compared)).collect();
        for row in own.iter().filter(|row| reads(row, compared)) {
            match right.iter().position(|other| same_key(other, &key(row, compared))) {
                Some(place) => {
                    right.remove(place);
                    counts.matched += 1;
                }
                None => left += 1,
            }
        }
        let both = unread_own.min(unread_theirs);
        let left = left - left.min(unread_theirs - both);
        let right = right.len() - right.len().min(unread_own - both);
        counts.differing += left.min(right);
        counts.only_here += left - left.min(right);
        counts.only_there += right - left.min(right);
    }
    counts
}

impl Counts {
    fn numbers(&self, own: &[Vec<Held>], by: &[usize], columns: &[usize]) -> Numbers {
        let alone = if by.is_empty() {
            self.only_here.max(self.only_there)
        } else {
            self.only_here + self.only_there + self.differing
        };
        let unread = own.iter().filter(|row| !reads(row, by) || !reads(row, columns)).count();
        Numbers {
            failed: alone > 0,
            evaluated: Some((self.matched + alone) as u64),
            missing: Some(0),
            unparsed: Some(unread as u64),
            violations: Some(alone as u64),
            observed: None,
        }
    }
}
