//! Hostile names and texts, as engines of databases read them: each is itself there, in names, in texts and in patterns.
//!
//! A further engine is a test of a few lines: how it runs statements, and where it is.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tamiz::engine::sql::Link;

use crate::connections::{checked, of};
use crate::postgres::{self, Postgres};

/// How many columns a table has; each has two rules, and all of them are one statement.
const COLUMNS: usize = 60;

/// What ends, escapes, comments, names parameters, or looks like something else.
const LETTERS: [char; 44] = [
    '"', '"', '\'', '\'', '\\', '\\', ';', '-', '-', '/', '*', '`', '$', '$', '{', '}', '(', ')', '[', ']', '|', '^',
    '%', '_', ':', '?', '@', '#', '.', ',', '&', '!', ' ', '\n', '\r', '\t', 'a', 'E', '0', 'ñ', '\u{301}', '\u{7f}',
    '\u{2028}', '😀',
];

/// A text as YAML has it.
fn yaml(text: &str) -> String {
    let mut written = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            letter if letter.is_ascii_alphanumeric() => written.push(letter),
            letter => write!(written, "\\U{:08x}", u32::from(letter)).unwrap(),
        }
    }
    written + "\""
}

/// Makes tables of hostile columns, and asks of each value whether it is what it is; names have those letters that may be.
fn each_is_itself(may_be: fn(char) -> bool, run: &mut dyn FnMut(&str), link: &dyn Fn() -> Link) {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut runner = TestRunner::deterministic();
    let strategy = vec(select(&LETTERS[..]), 1..12).prop_map(String::from_iter);
    let mut some = || strategy.new_tree(&mut runner).unwrap().current();
    for table in 0..4 {
        let columns: Vec<(String, String)> =
            (0..COLUMNS).map(|place| (format!("{}{place}", some().replace(|c| !may_be(c), "")), some())).collect();
        let of_columns =
            |each: &dyn Fn(&(String, String)) -> String| columns.iter().map(each).collect::<Vec<_>>().join(", ");
        run(&format!(
            "CREATE TABLE t{table} ({}); INSERT INTO t{table} VALUES ({});",
            of_columns(&|(name, _)| format!("{} text", quoted(name))),
            of_columns(&|(_, value)| text(value))
        ));
        let mut datasets = format!("  t:\n    source: {{connection: db, table: t{table}}}\n    expect:\n");
        for (place, (name, value)) in columns.iter().enumerate() {
            // Where it is no pattern, a `$` begins a variable.
            let plain = |text: &str| yaml(&text.replace('$', "$$"));
            let (column, whole) = (plain(name), yaml(&format!("^{}$", regex::escape(value))));
            let _ =
                writeln!(datasets, "      - in_set: {{column: {column}, values: [{}], id: in{place}}}", plain(value));
            let _ = writeln!(datasets, "      - matches: {{column: {column}, pattern: {whole}, id: fits{place}}}");
        }
        let report = checked(link(), &datasets);
        for (place, column) in columns.iter().enumerate() {
            for id in [format!("in{place}"), format!("fits{place}")] {
                let outcome = of(&report, &id);
                assert_eq!(outcome.violations, Some(0), "{id} {column:?}: {} {:?}", outcome.message.en, outcome.error);
                assert_eq!(outcome.evaluated, Some(1), "{column:?}");
            }
        }
    }
}

#[test]
fn names_and_texts_are_themselves_in_postgresql() {
    if postgres::is_there() {
        let server = Postgres::start();
        let url = format!("postgres://tamiz@127.0.0.1:{}/postgres", server.port);
        let link = || Link::to(url.clone());
        each_is_itself(|_| true, &mut |sql| server.sql_of(sql), &link);
    }
}

#[cfg(feature = "adbc")]
#[test]
fn names_and_texts_are_themselves_in_duckdb() {
    use crate::duckdb::{self, Lake};
    if duckdb::is_there() {
        let lake = Lake::of("SELECT 1");
        each_is_itself(|_| true, &mut |sql| lake.sql(sql.trim_end_matches(';')), &|| lake.link());
    }
}

#[cfg(feature = "mariadb")]
#[test]
fn names_and_texts_are_themselves_in_mariadb() {
    use crate::mariadb::{self, MariaDb};
    if mariadb::is_there() {
        let server = MariaDb::start();
        // Names there are of the first 65,536 characters.
        each_is_itself(|letter| u32::from(letter) < 0x1_0000, &mut |sql| drop(server.sql(sql)), &|| server.link());
    }
}
