//! Any text at all: no panic, no stack overflow, no place outside the text.

use proptest::prelude::*;

use super::{LONGEST, double_quoted, mistakes, read};

#[test]
fn what_is_too_deep_or_too_long_is_a_mistake() {
    let deep = [
        format!("{}a{} > 1", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{}a", "NOT ".repeat(10_000)),
        format!("a IN {}", "(".repeat(10_000)),
        format!("a IN ({}", "a IN (".repeat(400)),
        "ARRAY(".repeat(400),
        format!("a = {}1", "- ".repeat(10_000)),
        format!("a = 1{}", " + 1".repeat(900)),
        format!("a = 1{}", " + 1".repeat(10_000)),
        format!("a = 'x'{}", " || 'x'".repeat(900)),
        format!("1{}", " + 1".repeat(999)),
        format!("a{}", " IS NULL".repeat(450)),
        format!("a = 1{}", " AND a = 1".repeat(6_000)),
        format!("{}a", "a.".repeat(30_000)),
        format!("a > {}1", "CASE WHEN a THEN ".repeat(3_000)),
        format!("{}a", "abs(".repeat(10_000)),
        format!("CAST(a AS {}int)", "ARRAY<".repeat(9_000)),
        format!("a = '{}'", "x".repeat(LONGEST)),
    ];
    for sql in deep {
        assert!(read(&sql).is_err(), "{}", &sql[..40]);
    }
}

#[test]
fn a_long_flat_condition_is_none_too_deep() {
    let list: Vec<_> = (0..9_000).map(|number: u32| number.to_string()).collect();
    assert!(read(&format!("a IN ({})", list.join(","))).is_ok());
    assert!(read(&format!("a = 1{}", " OR a = 1".repeat(400))).is_ok());
    assert!(read(&format!("a = 1{}", " + b".repeat(50))).is_ok());
}

#[test]
fn a_condition_does_not_grow_past_its_text() {
    let mut sql = "a".to_owned();
    for _ in 0..8 {
        sql = format!("(CASE WHEN {sql} BETWEEN 1 AND 2 THEN 1 ELSE 2 END)");
    }
    let all = mistakes(&format!("{sql} > 1"));
    assert!(all.iter().all(|mistake| mistake.contains("nested too deeply")), "{all:?}");
    assert!(!all.is_empty());
}

#[test]
fn words_that_open_something_are_read_to_a_bounded_depth() {
    let openers = [
        "CASE ",
        "CASE WHEN ",
        "CASE a WHEN (",
        "NOT ",
        "(",
        "- (",
        "abs(",
        "CAST(",
        "INTERVAL ",
        "DATE ",
        "EXTRACT(",
        "a BETWEEN ",
        "TRIM(",
        "a.b(",
        "POSITION(",
        "ARRAY<",
        "ARRAY(",
        "CURRENT_DATE(",
        "a IN (",
        "a IN (VALUES (",
        "a IN (DELETE FROM a WHERE ",
        "a IN (INSERT INTO a VALUES (",
        "EXISTS(",
        "substr(",
        "STRUCT<",
        "CONVERT(",
        "MAP(",
    ];
    for first in openers {
        for second in openers {
            assert!(read(&format!("{first}{second}").repeat(20)).is_err(), "{first}{second}");
        }
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "\"b c\"",
        "'x'",
        "1",
        "1.5",
        "1e3",
        ":as_of",
        ":dia",
        ":q",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "=",
        "<>",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        ",",
        ".",
        "IN",
        "BETWEEN",
        "LIKE",
        "ESCAPE",
        "IS",
        "NULL",
        "TRUE",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "CAST",
        "AS",
        "integer",
        "DATE",
        "INTERVAL",
        "DAY",
        "abs",
        "coalesce",
        "extract",
        "FROM",
        "DISTINCT",
        "regexp_like",
        "trim",
        "substr",
        "date_trunc",
        "ñ",
        "\n",
        "--",
        "::",
        "[",
        "€",
        "count",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(sql in prop_oneof!["\\PC{0,60}", pieces(), "[\\x00-\\x7fáñ€😀]{0,60}"]) {
        let found = read(&sql).err().unwrap_or_default();
        let quoted = double_quoted(&sql).into_iter().map(|(_, range)| range);
        for range in found.into_iter().map(|mistake| mistake.range).chain(quoted) {
            prop_assert!(sql.get(range.clone()).is_some(), "{range:?} of {sql:?}");
        }
    }

    #[test]
    fn what_is_refused_says_so(sql in pieces()) {
        if let Err(found) = read(&sql) {
            prop_assert!(!found.is_empty());
        }
    }
}
