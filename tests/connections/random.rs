//! Random tables and random rules: a database counts what plain loops count, or says by name what it cannot.

use std::path::Path;

use proptest::prelude::*;
use tamiz::engine::remote::Settings;
use tamiz::engine::sql::Link;
use tamiz::ir::time::Zone;
use tamiz::outcome::{Outcome, Report};

use super::travel;
use crate::check::{Way, check_by};
use crate::laws::{self, SENTINELS, condition, found, in_order, rule, table, without};
use crate::oracle::{self, Condition, Numbers, Rule};
use crate::postgres::{self, Postgres};
use crate::table::{Cell, Layout, Table};

/// Two tables in a database: how it is reached, and what each is there.
pub(super) struct There {
    pub(super) link: Link,
    pub(super) sources: [String; 2],
}

/// What rules on two tables come to, what the database cannot say being left to us, or not.
fn report(
    there: &There,
    tables: (&Table, &Table),
    scope: Option<&Condition>,
    rules: &[Rule],
    (missing, fallback): (&[(usize, &str)], bool),
) -> Report {
    let fallback = if fallback { ", fallback: local" } else { "" };
    let sources = there.sources.each_ref().map(|source| format!("{{connection: db, {source}{fallback}}}"));
    let rules: Vec<String> = rules.iter().map(Rule::yaml).collect();
    let text = laws::suite(tables, &sources, (scope, None), &rules, missing);
    let links = [("db".to_owned(), there.link.clone())].into();
    let way = Way { remote: Settings { links, ..Settings::default() }, ..Way::default() };
    check_by(way, Path::new("laws.yaml"), &text, &|_| true).unwrap_or_else(|said| panic!("{said}\n{text}"))
}

/// Whether a rule is one that has no number there, and says so: the engine cannot say it, its decimals have no room for it, or
/// rows of a table have no order of their own.
fn is_refused(outcome: &Outcome, fallback: bool) -> bool {
    outcome.error.as_ref().is_some_and(|fault| {
        // Engines keep products of decimals to the digits of a type, and say where they have more.
        let overflows = fault.code == "not_computable"
            && ["Overflow in multiplication of DECIMAL", "MariaDB: Truncated incorrect DECIMAL value: 'out of range"]
                .iter()
                .any(|said| fault.message.contains(said));
        (!fallback && (overflows || fault.message.contains("cannot say")))
            || fault.message.contains("no order of their own")
    })
}

/// Holds what a database finds to what plain loops find.
fn agrees(
    there: &There,
    (data, parent): (&Table, &Table),
    scope: Option<&Condition>,
    rules: &[Rule],
    missing: &[(usize, &str)],
) -> Result<(), TestCaseError> {
    let meant = [data, parent].map(|table| without(table, missing));
    for fallback in [false, true] {
        let report = report(there, (data, parent), scope, rules, (missing, fallback));
        for (index, rule) in rules.iter().enumerate() {
            let outcome = found(&report, index);
            if is_refused(outcome, fallback) {
                continue;
            }
            let wanted = oracle::numbers(&meant[0], &meant[1], scope, rule);
            let sql = outcome.statement.as_ref().map(|statement| statement.sql.clone()).unwrap_or_default();
            prop_assert_eq!(
                &Numbers::of(outcome),
                &wanted,
                "{} where {:?} missing {:?}\n{:?}\n{}",
                rule.yaml(),
                scope.map(Condition::sql),
                missing,
                outcome.message.en,
                sql
            );
        }
    }
    Ok(())
}

fn in_sqlite(folder: &Path, tables: [&Table; 2]) -> There {
    let path = folder.join("laws.db");
    for (name, table) in ["data", "parent"].into_iter().zip(tables) {
        table.sqlite(name, &table.rows, &path, Zone::UTC);
    }
    let link = Link::to(format!("sqlite:{}", path.display()));
    There { link, sources: ["table: data".to_owned(), "table: parent".to_owned()] }
}

fn in_postgresql(server: &Postgres, tables: [&Table; 2]) -> There {
    let mut sql = "DROP SCHEMA IF EXISTS laws CASCADE; CREATE SCHEMA laws;".to_owned();
    for (name, table) in ["data", "parent"].into_iter().zip(tables) {
        sql += &table.sql("laws", name, Zone::UTC).unwrap();
    }
    server.sql_of(&sql);
    There { link: super::link(server), sources: ["table: laws.data".to_owned(), "table: laws.parent".to_owned()] }
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(prop_oneof![6 => rule(), 1 => in_order()], 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_counts_as_plain_loops_do(
        data in table(0..24),
        parent in table(0..4),
        scope in prop::option::of(condition()),
        missing in prop::sample::subsequence(SENTINELS.to_vec(), 0..3),
        rules in rules(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        agrees(&in_sqlite(folder.path(), [&data, &parent]), (&data, &parent), scope.as_ref(), &rules, &missing)?;
    }
}

#[test]
fn references_of_sqlite_count_as_plain_loops_do() {
    let folder = tempfile::tempdir().unwrap();
    let database = std::cell::Cell::new(0);
    let make: Keeper<'_> = &|tables| {
        let own = folder.path().join(database.replace(database.get() + 1).to_string());
        std::fs::create_dir(&own).unwrap();
        (in_sqlite(&own, tables), Box::new(()))
    };
    travel::references(100, &[], make);
    travel::odd(make);
    travel::many(make);
}

#[cfg(feature = "adbc")]
#[test]
fn duckdb_counts_as_plain_loops_do() {
    use crate::duckdb::{self, Lake};
    if !duckdb::is_there() {
        return;
    }
    typed((40, &[]), &|[data, parent]| {
        let tables = [("data", data), ("parent", parent)]
            .map(|(name, table)| table.sql_of_digits("laws", name, Zone::UTC).unwrap());
        let lake = Lake::of(format!("CREATE SCHEMA laws; {}", tables.concat()).trim_end_matches(';'));
        let sources = ["table: laws.data".to_owned(), "table: laws.parent".to_owned()];
        (There { link: lake.link(), sources }, Box::new(lake))
    });
}

#[test]
fn postgresql_counts_as_plain_loops_do() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    typed((40, &[]), &|tables| (in_postgresql(&server, tables), Box::new(())));
}

#[cfg(feature = "mariadb")]
#[test]
fn mariadb_counts_as_plain_loops_do() {
    use crate::mariadb::{self, MariaDb};
    if !mariadb::is_there() {
        return;
    }
    let server = MariaDb::start();
    typed((40, &["inf", "-inf"]), &|[data, parent]| {
        let tables = [("data", data), ("parent", parent)].map(|(name, table)| {
            let mut table = table.clone();
            // What is no number is none, and cannot be held there.
            let cells = table.rows.iter_mut().flatten();
            cells.filter(|cell| is(cell, &["NaN"])).for_each(|cell| *cell = Cell::Null);
            table.sql_of_mariadb("laws", name, Zone::UTC).unwrap()
        });
        server.sql(&format!("DROP SCHEMA IF EXISTS laws; CREATE SCHEMA laws; {}", tables.concat()));
        let sources = ["table: laws.data".to_owned(), "table: laws.parent".to_owned()];
        (There { link: server.link(), sources }, Box::new(()))
    });
}

/// Tables in a database, and what has to stay as long as it is asked.
type Made = (There, Box<dyn std::any::Any>);

/// Puts two tables into a database.
pub(super) type Keeper<'k> = &'k dyn Fn([&Table; 2]) -> Made;

/// Whether a cell is one of some texts.
fn is(cell: &Cell, texts: &[&str]) -> bool {
    matches!(cell, Cell::Text(text) if texts.contains(&text.as_str()))
}

/// A table as columns of one type each hold it; what they cannot hold is 2.5.
pub(super) fn held_to_types(table: &Table, unheld: &[&str]) -> Table {
    let mut table = laws::written(table, Layout::Parquet { files: 1, group: 9 });
    let cells = table.rows.iter_mut().flatten();
    cells.filter(|cell| is(cell, unheld)).for_each(|cell| *cell = Cell::Text("2.5".to_owned()));
    table
}

/// Holds an engine whose columns are of one type each to what plain loops find, in so many cases, and references across engines too.
fn typed((cases, unheld): (u32, &[&str]), make: Keeper<'_>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let all = (table(0..24), table(0..4), prop::option::of(condition()), rules());
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let ran = runner.run(&all, |(data, parent, scope, rules)| {
        let [data, parent] = [&data, &parent].map(|table| held_to_types(table, unheld));
        let (there, _kept) = make([&data, &parent]);
        agrees(&there, (&data, &parent), scope.as_ref(), &rules, &[])
    });
    ran.unwrap_or_else(|wrong| panic!("{wrong}"));
    travel::references(cases, unheld, make);
    travel::odd(make);
    travel::many(make);
}
