//! Each kind of finding where it is right, and the neighbours where it would be wrong.

use crate::suite::read::read_files;

/// What is found in a dataset, each as its code and the line of the rule in `expect`, from 1.
fn told(columns: &str, expect: &str) -> Vec<String> {
    let head = format!(
        "tamiz: 1\nsuite: s\nvars: {{least: {{type: integer, default: 0}}}}\ndatasets:\n  d:\n    source: d.csv\n    columns: {columns}\n    expect:\n"
    );
    let before = head.lines().count() as u64;
    let text: String = head + &expect.lines().fold(String::new(), |text, line| text + "      - " + line + "\n");
    let suite = read_files(&[("s.yaml", &text)]).unwrap_or_else(|wrong| panic!("{text}\n{wrong:?}"));
    let found = super::findings(&suite);
    found
        .iter()
        .map(|one| format!("{} {}", one.code.text(), one.place().0.cast_signed() - before.cast_signed()))
        .collect()
}

const COLUMNS: &str = "{n: {type: integer}, x: {type: decimal}, f: {type: float}, t: {type: string}, b: {type: boolean}, day: {type: date}}";

/// Asserts what is found among declared columns.
#[track_caller]
fn finds(expect: &str, wanted: &[&str]) {
    assert_eq!(told(COLUMNS, expect), wanted, "{expect}");
}

#[test]
fn rules_of_a_column_that_leave_no_value_contradict_each_other() {
    for (one, other) in [
        ("between: {column: n, min: 1, max: 5}", "between: {column: n, min: 10}"),
        ("between: {column: n, strict_min: 1, max: 5}", "between: {column: n, strict_max: 2}"),
        ("in_set: {column: t, values: [a, b]}", "not_in_set: {column: t, values: [b, a, c]}"),
        ("in_set: {column: t, values: [a, b]}", "length: {column: t, min: 2}"),
        ("in_set: {column: t, values: [a, b]}", "matches: {column: t, pattern: '^[0-9]+$'}"),
        ("not_null: {column: t}", "is_null: {column: t}"),
        ("not_blank: {column: t}", "is_null: {column: t}"),
        ("matches: {column: t, pattern: a}", "not_matches: {column: t, pattern: a}"),
        ("length: {column: t, max: 3}", "length: {column: t, min: 4}"),
        ("positive: {column: x}", "between: {column: x, max: 0}"),
        ("between: {column: day, max: '2024-01-01'}", "newer_than: {column: day, than: '2024-01-01'}"),
        ("row_count: {max: 10}", "row_count: {min: 11}"),
        ("min: {column: n, min: 10}", "max: {column: n, max: 5}"),
        ("min: {column: x, min: 10}", "mean: {column: x, max: 9.5}"),
        ("quantile: {column: x, q: 0.5, min: 10}", "quantile: {column: x, q: 0.9, max: 9}"),
        ("distinct_count: {column: n, min: 10}", "row_count: {max: 9}"),
        ("between: {column: n, max: 5}", "max: {column: n, min: 6}"),
        ("between: {column: n, max: 5}", "mean: {column: n, min: 6}"),
        ("row_count: {levels: {warning: {min: 100}, error: {min: 1}}}", "row_count: {max: 50}"),
        ("in_set: {column: u, values: [a]}", "in_set: {column: u, values: [b]}"),
    ] {
        finds(&format!("{one}\n{other}"), &["T0203 2"]);
        finds(&format!("{other}\n{one}"), &["T0203 2"]);
    }
}

#[test]
fn rules_that_may_hold_together_do_not_contradict_each_other() {
    for (one, other) in [
        ("between: {column: n, min: 1, max: 5}", "between: {column: n, min: 5, max: 7}"),
        ("between: {column: x, strict_min: 1}", "between: {column: x, strict_max: 2}"),
        ("between: {column: n, max: 5, where: \"t = 'a'\"}", "between: {column: n, min: 10, where: \"t = 'b'\"}"),
        ("between: {column: n, max: 5, allow: 60%}", "between: {column: n, min: 10}"),
        ("between: {column: n, min: 10}", "between: {column: n, max: '${least}'}"),
        ("between: {column: n, max: 5}", "between: {column: n, min: 10, when: ':least = 0'}"),
        ("between: {column: n, max: 5}", "between: {column: n, min: 10, enabled: false}"),
        // As text, 2 lies between 1 and 5 and is not below 10.
        ("between: {column: u, min: 1, max: 5}", "between: {column: u, min: 10}"),
        ("min: {column: n, max: 5}", "max: {column: n, min: 10}"),
        ("distinct_count: {column: n, max: 10}", "row_count: {min: 11}"),
        ("between: {column: n, min: {column: x}}", "between: {column: n, max: 5}"),
        ("mean: {column: n, min: 4.5}", "between: {column: n, max: 5}"),
    ] {
        finds(&format!("{one}\n{other}"), &[]);
    }
    // Where the first one holds the second has nothing to look at.
    finds("is_null: {column: t}\nlength: {column: t, max: 3}", &["T0207 2"]);
    // On a part of the rows they do.
    finds("between: {column: n, max: 5}\nbetween: {column: n, min: 10, where: \"t = 'b'\"}", &["T0203 2"]);
}

#[test]
fn rules_that_cannot_fail_are_told() {
    for rule in [
        "matches: {column: t, pattern: '.*'}",
        "row_count: {min: 0}",
        "row_count",
        "not_null: {column: n, allow: 100%}",
        "not_null: {column: n, mostly: 0}",
        "null_share: {column: n, max: 100%}",
        "distinct_count: {column: n, min: 0}",
        "between: {column: n, max: 99999999999999999999}",
        "length: {column: t, min: 0}",
        "finite: {column: n}",
        "finite: {column: x}",
        "in_set: {column: b, values: [true, false]}",
        "not_in_set: {column: t, values: []}",
        "stddev: {column: n, min: 0}",
        "sum: {column: n}",
        "like: {column: t, pattern: '%'}",
        "between: {column: n, min: 0, where: 'n > 3'}",
        "not_null: {column: n, where: 'n > 3'}",
    ] {
        let wanted: &[&str] = if rule.starts_with("stddev") { &[] } else { &["T0204 1"] };
        finds(rule, wanted);
    }
}

#[test]
fn rules_that_can_fail_are_not_told() {
    for rule in [
        // A line break fits no dot.
        "matches: {column: t, pattern: '^.*$'}",
        "matches: {column: t, pattern: '.*', full: true}",
        "row_count: {min: 0, on_empty: fail}",
        "row_count: {min: 1}",
        "row_count: {min: '${least}'}",
        "between: {column: f, max: 1e300}",
        "finite: {column: f}",
        // Text may turn out to be a float.
        "finite: {column: u}",
        "not_in_set: {column: t, values: ['']}",
        "max: {column: n}",
        "not_null: {column: n, allow: 99%}",
        "not_null: {column: n, where: 'x > 3'}",
        "length: {column: t, min: 0, nulls: fail}",
    ] {
        finds(rule, &[]);
    }
}

#[test]
fn rules_that_no_value_satisfies_are_told() {
    for rule in [
        "in_set: {column: t, values: []}",
        "matches: {column: t, pattern: '[a&&b]'}",
        "not_matches: {column: t, pattern: '.*'}",
        "length: {column: t, max: -1}",
        "row_count: {max: -1}",
        "not_in_set: {column: b, values: [true, false]}",
        "between: {column: n, strict_min: 1, strict_max: 2}",
        "expression: {sql: 'n > 3', where: 'n < 2'}",
    ] {
        finds(rule, &["T0205 1"]);
    }
    finds("in_set: {column: t, values: [], allow: 3}", &[]);
    finds("between: {column: x, strict_min: 1, strict_max: 2}", &[]);
}

#[test]
fn a_rule_is_repeated_where_only_its_id_differs() {
    finds("not_null: {column: n}\nnot_null: {column: n, id: again, description: x}", &["T0206 2"]);
    finds("not_null: {column: n}\nnot_null: {columns: 'n*', id: again}", &["T0206 1"]);
    finds("not_null: {columns: 'n*', id: again}\nnot_null: {column: n}", &["T0206 2"]);
    finds("not_blank: {column: t}\nnot_null: {for_each: {column: [t, n]}}", &[]);
    finds("not_blank: {column: t}\nnot_null: {for_each: {column: [t]}}", &["T0207 2"]);
    finds("not_blank: {column: t}\nnot_null: {columns: 't*'}", &[]);
    finds("not_null: {column: n}\nnot_null: {column: x}", &[]);
    finds("not_null: {column: n, where: 'x > 0'}\nnot_null: {column: n, id: b, where: 'x > 1'}", &[]);
    finds(
        "query: {sql: 'SELECT n FROM d WHERE n > 3'}\nquery: {sql: 'SELECT n FROM d WHERE n > 3', id: q}",
        &["T0206 2"],
    );
}

#[test]
fn a_rule_is_implied_by_one_that_asks_for_more() {
    for (useless, premise) in [
        ("not_null: {column: t}", "not_blank: {column: t}"),
        ("non_negative: {column: n}", "positive: {column: n}"),
        ("between: {column: n, min: 0, max: 10}", "between: {column: n, min: 1, max: 5}"),
        ("in_set: {column: t, values: [a, b, c]}", "in_set: {column: t, values: [c, a]}"),
        ("not_in_set: {column: t, values: [x]}", "in_set: {column: t, values: [c, a]}"),
        ("length: {column: t, max: 3}", "in_set: {column: t, values: [abc, a]}"),
        ("matches: {column: t, pattern: '^[a-z]+$'}", "in_set: {column: t, values: [abc, a]}"),
        ("not_null: {column: n, severity: warning}", "not_null: {column: n}"),
        ("not_null: {column: n, allow: 5%}", "not_null: {column: n}"),
        ("not_null: {column: n, where: 'x > 1'}", "not_null: {column: n}"),
        ("not_null: {column: n, group_by: t, allow: 3}", "not_null: {column: n}"),
        ("row_count: {min: 10}", "row_count: {min: 20}"),
        ("unique: {columns: [n, x], nulls: ignore}", "unique: {column: n}"),
        ("matches: {column: t, pattern: [a, b]}", "matches: {column: t, pattern: a}"),
        ("length: {column: t, max: 9}", "length: {column: t, min: 2, max: 5}"),
        ("finite: {column: f}", "between: {column: f, min: 0, max: 1}"),
        ("in_set: {column: u, values: [a, b]}", "in_set: {column: u, values: [a]}"),
        (
            "not_null: {column: n, levels: {warning: 2, error: 5%}}",
            "not_null: {column: n, levels: {warning: 1, critical: 5%}}",
        ),
    ] {
        finds(&format!("{premise}\n{useless}"), &["T0207 2"]);
        finds(&format!("{useless}\n{premise}"), &["T0207 1"]);
    }
}

#[test]
fn of_two_rules_that_say_the_same_in_other_words_the_later_one_is_told() {
    finds("between: {column: n, min: 1}\npositive: {column: n}", &["T0207 2"]);
    finds("positive: {column: n}\nbetween: {column: n, min: 1}", &["T0207 2"]);
}

#[test]
fn a_rule_is_not_implied_by_one_that_is_milder_or_looks_elsewhere() {
    for (rule, other) in [
        ("not_null: {column: n}", "not_null: {column: n, severity: warning, id: w, where: 'x > 0'}"),
        ("between: {column: n, min: 0}", "positive: {column: n, severity: warning}"),
        ("between: {column: n, min: 0}", "positive: {column: n, allow: 1}"),
        ("between: {column: n, min: 0}", "positive: {column: n, where: 'x > 0'}"),
        ("between: {column: n, min: 0, nulls: fail}", "positive: {column: n}"),
        ("between: {column: n, min: 0}", "positive: {column: n, mute: {until: 2999-01-01, reason: x}}"),
        ("between: {column: n, min: 0, on_empty: fail}", "positive: {column: n}"),
        // Two rows without n and with the same x break the first one only.
        ("unique: {columns: [n, x]}", "unique: {column: n}"),
        ("unique: {columns: [n, x], nulls: ignore}", "unique: {column: n, allow: 1%}"),
        // Of no row there is no greatest value, which fails.
        ("max: {column: n, max: 10}", "between: {column: n, max: 10}"),
        ("not_null: {column: n, allow: 5%, where: 'x > 1'}", "not_null: {column: n, allow: 1%}"),
        // As text, 3 lies behind 20.
        ("between: {column: u, min: 1, max: 20}", "between: {column: u, min: 2, max: 9}"),
        ("matches: {column: t, pattern: [a, b], match: all}", "matches: {column: t, pattern: a, severity: warning}"),
        ("row_count: {min: 10}", "row_count: {min: 20, severity: warning}"),
    ] {
        let found = told(COLUMNS, &format!("{other}\n{rule}"));
        assert!(!found.contains(&"T0207 2".to_owned()), "{rule} {other}: {found:?}");
    }
}

#[test]
fn a_value_of_a_set_that_another_rule_refuses_is_told() {
    finds("in_set: {column: t, values: [a, bb, ccc]}\nlength: {column: t, max: 2}", &["T0208 1"]);
    finds("not_in_set: {column: t, values: [a]}\nin_set: {column: t, values: [a, b]}", &["T0208 2"]);
    finds("in_set: {column: n, values: [0, 1]}\nnot_in_set: {column: n, values: [0], severity: warning}", &[]);
    finds("in_set: {column: t, values: [a, bb]}\nlength: {column: t, max: 1, where: 'n > 0'}", &[]);
    // 1.10 is 1.1, and has four characters.
    finds("in_set: {column: x, values: ['1.1']}\nlength: {column: x, min: 4}", &[]);
    finds("in_set: {column: u, values: [a, bb]}\nlength: {column: u, max: 1}", &["T0208 1"]);
}

#[test]
fn a_condition_that_leaves_no_row_is_told() {
    for condition in ["1 = 2", "n > 3 AND n < 3", "t = 'a' AND t = 'b'", "n IS NULL AND n > 1", "n > 3 AND n < 4"] {
        finds(&format!("not_null: {{column: x, where: \"{condition}\"}}"), &["T0209 1"]);
    }
    for condition in ["n > 3 AND x < 3", "n > 3 OR n < 3", "x > 3 AND x < 4", ":least > 3", "u > '2' AND u < '30'"] {
        finds(&format!("not_null: {{column: t, where: \"{condition}\"}}"), &[]);
    }
}

#[test]
fn a_column_that_looks_like_a_declared_one_is_told() {
    let columns = "{cliente_id: {type: integer}, Precio: {}, fecha_1: {}, datos: {type: object}}";
    for (rule, wanted) in [
        ("not_null: {column: clientes_id}", vec!["T0210 1"]),
        ("not_null: {column: precio}", vec!["T0210 1"]),
        ("not_null: {column: Precio, where: 'cliente_di > 1'}", vec!["T0210 1"]),
        ("not_null: {column: fecha_2}", vec![]),
        ("not_null: {column: datos.cliente_id}", vec![]),
        ("not_null: {column: otra}", vec![]),
        ("column_exists: precio", vec![]),
        ("not_null: {columns: 'prec*'}", vec![]),
    ] {
        assert_eq!(told(columns, rule), wanted, "{rule}");
    }
    assert_eq!(told(columns, "columns: {exact: true}\nnot_null: {column: otra}"), ["T0210 2"]);
}

#[test]
fn a_repair_that_no_rule_can_need_does_nothing() {
    let idle =
        |columns: &str, expect: &str| told(columns, expect).iter().filter(|one| one.starts_with("T0202")).count();
    assert_eq!(idle("{a: {repair: trim}}", "not_null: {column: b}"), 1);
    assert_eq!(idle("{a: {type: string, repair: trim}, b: {type: string, repair: trim}}", "row_count: {min: 1}"), 2);
    for (columns, expect) in [
        ("{a: {repair: trim}}", "not_null: {column: a}"),
        ("{a: {repair: []}}", "not_null: {column: b}"),
        ("{a: {type: integer, repair: trim}}", "not_null: {column: b}"),
        ("{a: {repair: trim}}", "not_null: {columns: 'a*'}"),
        ("{a: {repair: trim}}", "expression: \"length(a) < 3\""),
        ("{a: {repair: trim}}", "no_duplicate_rows"),
        ("{a: {repair: trim}, c: {sql: a, expect: [not_null]}}", "row_count: {min: 1}"),
        ("{a: {repair: trim}}", "not_null: {column: b, where: \"a = 'x'\"}"),
    ] {
        assert_eq!(idle(columns, expect), 0, "{columns} {expect}");
    }
}

#[test]
fn a_dedupe_needs_a_rule_that_it_can_settle() {
    let idle = |dedupe: &str, expect: &str| {
        let text = format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    repair: {{dedupe: {dedupe}}}\n    columns: {{a: {{}}, b: {{}}}}\n    expect: [{expect}]\n"
        );
        let suite = read_files(&[("s.yaml", &text)]).unwrap_or_else(|wrong| panic!("{text}\n{wrong:?}"));
        super::findings(&suite).iter().any(|one| one.message.contains("dedupe"))
    };
    assert!(idle("{keys: [a], keep: last}", "unique: b"));
    assert!(idle("{keys: [a, b], keep: last}", "unique: a"));
    assert!(idle("first", "unique: a"));
    assert!(!idle("{keys: [a], keep: last}", "unique: a"));
    assert!(!idle("{keys: [a], keep: last}", "unique: [b, a]"));
    assert!(!idle("{keys: [a], keep: last}", "no_duplicate_rows"));
    assert!(!idle("first", "no_duplicate_rows"));
}

#[test]
fn repairs_have_no_effect_where_no_row_is_quarantined() {
    let unwritten = |quarantine: &str| {
        let text = format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n{quarantine}    columns: {{a: {{repair: trim, expect: [not_null]}}}}\n"
        );
        let suite = read_files(&[("s.yaml", &text)]).unwrap_or_else(|wrong| panic!("{text}\n{wrong:?}"));
        suite.remarks(0).iter().filter(|one| one.message.contains("not quarantined")).count()
    };
    assert_eq!(unwritten(""), 1);
    assert_eq!(unwritten("    quarantine: {enabled: false}\n"), 0);
    assert_eq!(unwritten("    quarantine: {severity: warning}\n"), 0);
    assert_eq!(unwritten("    quarantine: ../bad\n"), 0);
}
