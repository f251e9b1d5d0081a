//! Random conditions of SQL: the engine finds for whole columns what evaluating one row at a time finds, and `NOT`, `AND`,
//! `OR` and `CASE` keep the laws of three-valued logic.
//!
//! `oracle` knows what a few conditions mean; here they are of every kind, and the two ways of evaluating them are held to
//! each other.

use proptest::prelude::*;
use tamiz::ir::bind::{self, Scope};
use tamiz::ir::evaluate::{self, Row};
use tamiz::ir::time::Zone;
use tamiz::ir::{Predicate, Reading, Value};
use tamiz::suite::condition::{self, Context};

use crate::laws::{COLUMNS, found, run_yaml, table, written};
use crate::oracle::Numbers;
use crate::table::{Cell, Layout, Table};

const LAYOUTS: [Layout; 2] = [Layout::Csv { files: 2 }, Layout::Parquet { files: 1, group: 5 }];

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_evaluates_as_one_row_at_a_time(
        data in table(0..20),
        conditions in prop::collection::vec(meaningful(), 1..6),
    ) {
        for layout in LAYOUTS {
            let data = written(&data, layout);
            // What cannot be worked out for some row is an error there; which rows are asked at all is the engine's matter.
            let wanted: Vec<(&String, [u64; 4])> = conditions
                .iter()
                .filter_map(|(sql, condition)| Some((sql, counts(condition, &data)?)))
                .collect();
            let rules: Vec<String> = wanted.iter().map(|(sql, _)| expression(sql)).collect();
            if rules.is_empty() {
                continue;
            }
            let report = run_yaml(&data, &data, None, &rules, layout);
            for (index, (sql, wanted)) in wanted.iter().enumerate() {
                prop_assert_eq!(&four(&Numbers::of(found(&report, index))), wanted, "{:?} {}", layout, sql);
            }
        }
    }

    #[test]
    fn three_valued_logic_keeps_its_laws(data in table(0..20), a in meaningful(), b in meaningful()) {
        let layout = Layout::Parquet { files: 2, group: 3 };
        let data = written(&data, layout);
        let (a, b) = ((format!("({})", a.0), a.1), (format!("({})", b.0), b.1));
        if counts(&a.1, &data).is_none() || counts(&b.1, &data).is_none() {
            return Ok(());
        }
        let (a, b) = (a.0, b.0);
        let rules: Vec<String> = [
            a.clone(),
            format!("NOT {a}"),
            format!("NOT (NOT {a})"),
            format!("{a} AND {b}"),
            format!("{b} AND {a}"),
            format!("NOT ((NOT {a}) OR (NOT {b}))"),
            format!("{a} OR {b}"),
            format!("NOT ((NOT {a}) AND (NOT {b}))"),
            format!("{a} OR (NOT {a})"),
            format!("{a} AND (NOT {a})"),
            format!("CASE WHEN {a} THEN 1 ELSE 0 END = 1"),
            format!("{a} AND ({a} OR {b})"),
            format!("{a} OR ({a} AND {a})"),
        ]
        .iter()
        .map(|sql| expression(sql))
        .collect();
        let report = run_yaml(&data, &data, None, &rules, layout);
        let numbers: Vec<[u64; 4]> =
            (0..rules.len()).map(|index| four(&Numbers::of(found(&report, index)))).collect();
        let [evaluated, missing, unparsed, violations] = numbers[0];
        let held = evaluated - violations;
        prop_assert_eq!(numbers[1], [evaluated, missing, unparsed, held], "NOT {}", &a);
        prop_assert_eq!(numbers[2], numbers[0], "NOT NOT {}", &a);
        prop_assert_eq!(numbers[3], numbers[4], "{} AND {}", &a, &b);
        prop_assert_eq!(numbers[3], numbers[5], "De Morgan: {} AND {}", &a, &b);
        prop_assert_eq!(numbers[6], numbers[7], "De Morgan: {} OR {}", &a, &b);
        prop_assert_eq!(numbers[8], [evaluated, missing, unparsed, 0], "excluded middle: {}", &a);
        prop_assert_eq!(numbers[9], [evaluated, missing, unparsed, evaluated], "contradiction: {}", &a);
        prop_assert_eq!(numbers[10], [evaluated + missing, 0, unparsed, missing + violations], "CASE: {}", &a);
        prop_assert_eq!(numbers[12], numbers[0], "idempotence: {}", &a);
        // Of a row that both can be evaluated on, `a AND (a OR b)` is `a`; a cell of `b` alone may not read.
        prop_assert!(numbers[11][3] <= violations && numbers[11][2] >= unparsed, "absorption: {} with {}", &a, &b);
    }
}

fn expression(sql: &str) -> String {
    format!("expression: {{sql: {}}}", serde_json::Value::from(sql))
}

fn four(numbers: &Numbers) -> [u64; 4] {
    [numbers.evaluated, numbers.missing, numbers.unparsed, numbers.violations].map(Option::unwrap)
}

/// Rows evaluated, unknown, with a cell that does not read, and for which it is false; none if a value cannot be computed.
fn counts(condition: &Predicate, data: &Table) -> Option<[u64; 4]> {
    let mut named = Vec::new();
    condition.columns(&mut |name| named.push(name));
    let mut counts = [0; 4];
    for row in &data.rows {
        let row = Cells(row);
        // Rows that are left out are computed too: the engine does so.
        let answer = evaluate::predicate(condition, &row).ok()?;
        if named.iter().any(|name| row.unparsed(name)) {
            counts[2] += 1;
            continue;
        }
        match answer {
            None => counts[1] += 1,
            Some(flag) => {
                counts[0] += 1;
                counts[3] += u64::from(!flag);
            }
        }
    }
    Some(counts)
}

/// The cells of a row, read by the types of their columns.
struct Cells<'a>(&'a [Cell]);

impl Cells<'_> {
    fn read(&self, column: &str) -> Option<Value> {
        let place = COLUMNS.iter().position(|(name, ..)| *name == column).unwrap();
        match &self.0[place] {
            Cell::Null => Some(Value::Null),
            Cell::Text(text) => Reading::plain(COLUMNS[place].1).read(text),
        }
    }
}

impl Row for Cells<'_> {
    fn value(&self, column: &str) -> Value {
        self.read(column).unwrap_or(Value::Null)
    }
    fn unparsed(&self, column: &str) -> bool {
        self.read(column).is_none()
    }
    fn malformed(&self) -> bool {
        false
    }
}

/// A condition as written and as bound.
fn meaningful() -> impl Strategy<Value = (String, Predicate)> {
    condition(3).prop_filter_map("a condition without a meaning", |sql| {
        let parsed = condition::parse(&sql, Context { variables: &[], zone: Zone::UTC }).ok()?;
        let column =
            |name: &str| COLUMNS.iter().find(|(known, ..)| *known == name).map(|(_, kind, _)| Reading::plain(*kind));
        let bound = bind::predicate(&parsed, &Scope { column: &column, as_of: Some(0), zone: Zone::UTC }).ok()?;
        Some((sql, bound))
    })
}

fn condition(depth: u32) -> BoxedStrategy<String> {
    let op = || prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let inner = depth.saturating_sub(1);
    let leaf = prop_oneof![
        4 => (number(inner), op(), number(inner)).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        3 => (text(inner), op(), text(inner)).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        3 => (text(inner), prop::sample::select(vec!["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]), pattern())
            .prop_map(|(a, like, pattern)| format!("{a} {like} '{pattern}'")),
        2 => (number(inner), any::<bool>())
            .prop_map(|(a, not)| format!("{a} {}IN (1, 2.5, -1)", if not { "NOT " } else { "" })),
        2 => (text(inner), any::<bool>())
            .prop_map(|(a, not)| format!("{a} {}IN ('a', 'ab', '')", if not { "NOT " } else { "" })),
        2 => (number(inner), number(0), number(0)).prop_map(|(a, b, c)| format!("{a} BETWEEN {b} AND {c}")),
        2 => (prop_oneof![number(inner), text(inner), Just("b".to_owned())], any::<bool>())
            .prop_map(|(a, not)| format!("{a} IS {}NULL", if not { "NOT " } else { "" })),
        2 => (op(), prop::sample::select(vec!["t", "m"]), prop::sample::select(vec!["2024-02-29", "2025-01-01"]))
            .prop_map(|(op, column, day)| format!("{column} {op} DATE '{day}'")),
        1 => Just("b".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => condition(inner).prop_map(|a| format!("NOT ({a})")),
        1 => (condition(inner), condition(inner)).prop_map(|(a, b)| format!("({a}) AND ({b})")),
        1 => (condition(inner), condition(inner)).prop_map(|(a, b)| format!("({a}) OR ({b})")),
    ]
    .boxed()
}

fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a%", "%b", "_", "%A%", "", "%", "a_", "\u{e9}", "%,%"])
}

fn number(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop::sample::select(vec!["k", "k", "d", "f", "0", "1", "2.5", "-1"]).prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = depth - 1;
    prop_oneof![
        3 => leaf,
        3 => (number(inner), prop::sample::select(vec!["+", "-", "*", "/", "%"]), number(inner))
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
        1 => number(inner).prop_map(|a| format!("abs({a})")),
        1 => number(inner).prop_map(|a| format!("round({a}, 1)")),
        1 => number(inner).prop_map(|a| format!("floor({a})")),
        1 => (prop::sample::select(vec!["coalesce", "nullif", "least", "greatest"]), number(inner), number(inner))
            .prop_map(|(name, a, b)| format!("{name}({a}, {b})")),
        1 => (condition(inner), number(inner), number(inner))
            .prop_map(|(when, a, b)| format!("CASE WHEN {when} THEN {a} ELSE {b} END")),
        1 => (condition(inner), number(inner)).prop_map(|(when, a)| format!("CASE WHEN {when} THEN {a} END")),
        1 => text(inner).prop_map(|a| format!("length({a})")),
        1 => text(inner).prop_map(|a| format!("CAST({a} AS decimal)")),
        1 => prop::sample::select(vec!["year", "month", "day"]).prop_map(|part| format!("extract({part} FROM t)")),
    ]
    .boxed()
}

fn text(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop::sample::select(vec!["s", "s", "s", "'a'", "'A'", "' a'", "'1'"]).prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = depth - 1;
    prop_oneof![
        3 => leaf,
        2 => (prop::sample::select(vec!["lower", "upper", "trim"]), text(inner)).prop_map(|(name, a)| format!("{name}({a})")),
        1 => text(inner).prop_map(|a| format!("substr({a}, 1, 1)")),
        1 => text(inner).prop_map(|a| format!("replace({a}, 'a', 'b')")),
        1 => (text(inner), text(inner)).prop_map(|(a, b)| format!("({a} || {b})")),
        1 => (text(inner), text(inner)).prop_map(|(a, b)| format!("coalesce({a}, {b})")),
        1 => (condition(inner), text(inner), text(inner))
            .prop_map(|(when, a, b)| format!("CASE WHEN {when} THEN {a} ELSE {b} END")),
        1 => Just("CAST(k AS string)".to_owned()),
    ]
    .boxed()
}
