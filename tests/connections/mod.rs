//! Tables of databases on servers, evaluated where they are: the same cases, the same numbers.

mod random;
mod sqlite;
mod systems;
mod travel;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tamiz::engine::remote::Settings;
use tamiz::engine::sql::Link;
use tamiz::engine::{Progress, Stop};
use tamiz::outcome::{Outcome, Report, Status};

use crate::cases::{self, Tally};
use crate::check::{Way, check_by};
use crate::postgres::{self, Postgres};
use crate::spark;

fn link(server: &Postgres) -> Link {
    let url = format!("postgres://tamiz@127.0.0.1:{}/postgres", server.port);
    Link::to(url)
}

#[test]
fn every_case_gives_in_postgresql_what_it_says() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    let link = link(&server);
    let mut tally = Tally::default();
    for path in cases::files() {
        let cases = cases::read(&path);
        let schemas: Vec<(String, Option<String>)> = (0..cases.len())
            .map(|place| {
                let schema = format!("c{place}");
                let tables = cases[place].tables_in(&schema);
                (schema, tables)
            })
            .collect();
        let mut made = String::new();
        schemas.iter().filter_map(|(_, tables)| tables.as_ref()).for_each(|tables| made += &format!("{tables}\n"));
        server.sql_of(&made);
        for (case, (schema, _)) in cases.iter().zip(&schemas).filter(|(_, (_, tables))| tables.is_some()) {
            let source = |name: &str| format!("table: {schema}.{name}");
            tally.run((&path, case), &link, &source, &[false, true]);
        }
        let gone = schemas.iter().filter(|(_, tables)| tables.is_some());
        server.sql_of(&gone.fold(String::new(), |all, (schema, _)| all + &format!("DROP SCHEMA {schema} CASCADE;\n")));
    }
    tally.hold(880);
}

/// A case whose decimals are told without the zeros at their end: SQLite keeps numbers, and no scale of theirs.
const SQLITE: [&str; 1] = ["the bare list is the list"];

#[test]
fn every_case_gives_in_sqlite_what_it_says() {
    let mut tally = Tally::default();
    for path in cases::files() {
        for case in cases::read(&path).iter().filter(|case| !SQLITE.contains(&case.name())) {
            let folder = tempfile::tempdir().unwrap();
            let database = folder.path().join("all.db");
            if case.tables_in_sqlite(&database) {
                let url = format!("sqlite:{}", database.display());
                let link = Link::to(url);
                tally.run((&path, case), &link, &|name| format!("table: {name}"), &[false, true]);
            }
        }
    }
    tally.hold(970);
}

/// Cases that Sail gets wrong before a rule is asked: where all values of a file but NaN are one, it takes NaN for that one.
const SAIL: [&str; 3] =
    ["what is not a number is a null", "with nulls failing what is not a number breaks it too", "NaN is a null"];

#[test]
fn every_case_gives_in_sail_what_it_says() {
    if !spark::is_there() {
        return;
    }
    over_spark(spark::sail(), &|_, case| !SAIL.contains(&case.name())).hold(850);
}

/// Spark takes a second for what others take a moment for, so a few cases of each expectation have to do.
#[test]
fn some_cases_of_every_expectation_give_in_spark_what_they_say() {
    if !spark::is_there() {
        return;
    }
    over_spark(spark::apache(), &|place, _| place % 16 == 3).hold(45);
}

/// Runs cases over files of Parquet that a server of Spark Connect reads.
fn over_spark(url: String, meant: &dyn Fn(usize, &cases::Case) -> bool) -> Tally {
    let link = Link::to(url);
    let mut tally = Tally::default();
    for path in cases::files() {
        for (place, case) in cases::read(&path).iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let is_meant = meant(place, case) && !case.has_names_alike();
            let Some(tables) = case.tables_at(folder.path()).filter(|_| is_meant) else { continue };
            let source = |name: &str| {
                format!("query: {}", serde_json::json!(format!("SELECT * FROM parquet.`{}`", tables[name].display())))
            };
            tally.run((&path, case), &link, &source, &[false, true]);
        }
    }
    tally
}

/// Runs a suite of datasets, of which the connection `db` leads to a link.
pub(crate) fn checked(link: Link, datasets: &str) -> Report {
    checked_until(link, datasets, &Arc::default())
}

pub(crate) fn checked_until(link: Link, datasets: &str, progress: &Arc<Progress>) -> Report {
    tried(link, datasets, progress).unwrap()
}

/// The same; or the mistakes of the suite.
pub(crate) fn tried(link: Link, datasets: &str, progress: &Arc<Progress>) -> Result<Report, String> {
    let links = [("db".to_owned(), link)].into();
    let remote = Settings { links, ..Settings::default() };
    let way = Way { remote, progress: Arc::clone(progress), ..Way::default() };
    let text = format!("tamiz: 1\nsuite: s\nas_of: 2025-06-30T12:00:00Z\ndatasets:\n{datasets}");
    check_by(way, Path::new("s.yaml"), &text, &|_| true)
}

/// What a rule is in error for: the code and the message.
pub(crate) fn fault(report: &Report, id: &str) -> (String, String) {
    let outcome = of(report, id);
    assert_eq!(outcome.status, Status::Error, "{id}: {}", outcome.message.en);
    let fault = outcome.error.clone().unwrap();
    (fault.code, fault.message)
}

pub(crate) fn of<'r>(report: &'r Report, id: &str) -> &'r Outcome {
    report.results.iter().find(|outcome| outcome.id == id).unwrap_or_else(|| panic!("{id}"))
}

/// Holds that rules passed.
pub(crate) fn passed(report: &Report, ids: &[&str]) {
    for id in ids {
        let outcome = of(report, id);
        assert_eq!(outcome.status, Status::Passed, "{id}: {} {:?}", outcome.message.en, outcome.error);
    }
}

/// A dataset that a query makes, with one rule `n`.
pub(crate) fn of_query(sql: &str) -> String {
    format!(
        "  t:\n    source: {{connection: db, query: {}}}\n    expect:\n      - row_count: {{min: 1, id: n}}\n",
        serde_json::json!(sql)
    )
}

#[test]
fn what_keeps_a_table_from_being_asked_is_an_error_that_says_so() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql("create table venta (id int, total int); insert into venta values (1, 2), (2, 2147483647)");
    let one = "  t:\n    source: {connection: db, table: venta}\n    expect:\n      - row_count: {min: 1, id: n}\n";
    let nadie = |password: &str| Link {
        password: Some(password.to_owned()),
        ..Link::to(format!("postgres://nadie@127.0.0.1:{}/postgres", server.port))
    };
    let (code, message) = fault(&checked(nadie("wr0ng-s3cret"), one), "n");
    assert_eq!(code, "source_unreadable");
    assert!(message.contains("password authentication failed") && !message.contains("wr0ng"), "{message}");
    let (code, message) = fault(&checked(nadie("s3cret"), one), "n");
    assert_eq!((code.as_str(), message.contains("permission denied")), ("source_unreadable", true), "{message}");
    let gone = Link { url: Ok("postgres://ana:s3cret@127.0.0.1:1/x".to_owned()), ..link(&server) };
    let (code, message) = fault(&checked(gone, one), "n");
    assert_eq!(code, "source_unreadable");
    assert!(message.contains("127.0.0.1:1/x") && !message.contains("s3cret"), "{message}");
    let unsaid = Link { url: Err("the variable `DWH` is not set".to_owned()), ..link(&server) };
    assert!(fault(&checked(unsaid, one), "n").1.contains("the variable `DWH` is not set"));
    let odd = Link { url: Ok("oracle://db/x".to_owned()), ..link(&server) };
    assert!(fault(&checked(odd, one), "n").1.contains("`oracle://` is no engine that is known"));
    let (code, message) = fault(&checked(link(&server), &one.replace("table: venta", "table: vent")), "n");
    assert_eq!((code.as_str(), message.contains("did you mean `venta`?")), ("source_missing", true), "{message}");
    let (code, message) = fault(&checked(link(&server), &one.replace("connection: db", "connection: dw")), "n");
    assert_eq!(
        (code.as_str(), message.contains("nobody says where the connection `dw` leads")),
        ("source_unreadable", true)
    );
    // One number that cannot be worked out keeps no other away.
    let two = format!("{one}      - expression: {{sql: 'total * 4611686018427387904 > 0', id: much}}\n");
    let report = checked(link(&server), &two);
    assert_eq!(fault(&report, "much").0, "not_computable");
    assert_eq!(of(&report, "n").status, Status::Passed);
}

#[test]
fn a_query_reads_and_does_nothing_else() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql("create table venta (id int); insert into venta values (1); create sequence s");
    for sql in [
        "with gone as (delete from venta returning *) select * from gone",
        "select nextval('s')",
        "select * into other from venta",
        "select set_config('transaction_read_only', 'off', false), (select lo_create(7))",
        "select * from venta for update",
    ] {
        let report = checked(link(&server), &of_query(sql));
        assert!(["not_computable", "source_unreadable"].contains(&fault(&report, "n").0.as_str()), "{sql}");
    }
    assert_eq!(server.sql("select count(*) from venta"), "1");
    let report = checked(link(&server), &of_query("select id, 'a:b' as c, id::text d from venta -- the end"));
    assert_eq!(of(&report, "n").status, Status::Passed);
}

#[test]
fn a_slow_engine_is_given_up_and_told() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    let slow = of_query("select pg_sleep(60)::text as a");
    let impatient = Link { timeout: Some(Duration::from_millis(200)), ..link(&server) };
    let (code, message) = fault(&checked(impatient, &slow), "n");
    assert_eq!((code.as_str(), message.contains("statement timeout")), ("timeout", true), "{message}");
    let started = Instant::now();
    let until = |what: &(dyn Fn(&Progress) + Sync)| {
        let progress: Arc<Progress> = Arc::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while server.sql("select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()") == "0" {
                    std::thread::sleep(Duration::from_millis(50));
                }
                what(&progress);
            });
            fault(&checked_until(link(&server), &slow, &progress), "n")
        })
    };
    let (code, _) = until(&|progress| progress.stop(Stop::Timeout));
    assert_eq!(code, "timeout");
    let running = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()";
    assert_eq!(server.sql(running), "0", "it goes on");
    // A connection that is cut in the middle is an error, and no hang.
    let (code, message) = until(&|_| {
        server.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()");
    });
    assert_eq!(code, "source_unreadable", "{message}");
    assert!(started.elapsed() < Duration::from_secs(50), "it hung");
}

#[test]
fn names_and_values_are_no_more_than_that() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    names_and_values_are_themselves("postgres", link(&server), &|sql| server.sql_of(&format!("{sql};")));
}

/// Makes a table whose names and values would be statements, and holds an engine to taking them for what they are.
pub(crate) fn names_and_values_are_themselves(engine: &str, link: Link, make: &dyn Fn(&str)) {
    let odd = r#"a"b'; drop table x; --\ $ ñ"#;
    let quoted = odd.replace('"', "\"\"");
    let text = odd.replace('\'', "''");
    make(&format!(
        "create schema \"Mi {quoted}\"; create table \"Mi {quoted}\".\"T {quoted}\" (\"{quoted}\" text, n int);
         insert into \"Mi {quoted}\".\"T {quoted}\" values ('{text}', 1), ('other', 2), ('\\d', 3), ('a' || chr(10) || 'b', 4)"
    ));
    let (name, table) = (serde_json::json!(odd), serde_json::json!(format!("Mi {odd}.T {odd}")));
    let datasets = format!(
        "  t:
    source: {{connection: db, table: {table}}}
    key: n
    expect:
      - in_set: {{column: {name}, values: [{name}, \"a\\nb\", '\\d'], id: in}}
      - matches: {{column: {name}, pattern: '^[a-z]+$', id: letters}}
      - matches: {{column: {name}, pattern: '[''\"$\\\\-]|^o|\\n', id: signs}}
"
    );
    let report = checked(link, &datasets);
    let found = |id| {
        (
            of(&report, id).violations,
            of(&report, id).engine.clone().unwrap_or_else(|| of(&report, id).message.en.clone()),
        )
    };
    assert_eq!(found("letters"), (Some(3), engine.to_owned()));
    assert_eq!(found("signs"), (Some(0), engine.to_owned()));
    assert_eq!(of(&report, "letters").samples[0].values[odd], odd);
    assert_eq!(found("in"), (Some(1), engine.to_owned()));
}

#[test]
fn files_and_tables_refer_to_each_other() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql(
        "create table client (id int, name text); insert into client select i, 'c' || i from generate_series(1, 5) i;
         create table sale (id int, client int, at timestamptz);
         insert into sale values (1, 1, '2025-06-01 10:00+00'), (2, 7, '2025-06-02 10:00+00'), (3, null, null)",
    );
    let folder = tempfile::tempdir().unwrap();
    let sales = folder.path().join("sales.csv");
    std::fs::write(&sales, "id,client\n1,1\n2,9\n3,\n4,8\n").unwrap();
    let clients = folder.path().join("clients.csv");
    std::fs::write(&clients, "id\n1\n2\n").unwrap();
    let datasets = |fallback: &str| {
        format!(
            "  clients: {{source: {{connection: db, table: client}}}}
  clients_here: {{source: {}, columns: {{id: {{type: integer}}}}}}
  sales_here:
    source: {}
    columns:
      client: {{type: integer, expect: [foreign_key: {{to: clients.id, id: of_file}}]}}
    expect:
      - query: {{sql: 'SELECT s.id FROM sales_here s JOIN clients c ON s.client = c.id', id: both}}
  sales:
    source: {{connection: db, table: sale{fallback}}}
    key: id
    columns:
      client: {{type: integer, expect: [foreign_key: {{to: clients_here.id, id: of_table}}]}}
    expect:
      - foreign_key: {{column: client, to: clients.id, id: there}}
      - same_row_count: {{to: sales_here, id: rows}}
",
            serde_json::json!(clients.display().to_string()),
            serde_json::json!(sales.display().to_string()),
        )
    };
    let report = checked(link(&server), &datasets(""));
    let found = |report: &Report, id: &str| (of(report, id).violations, of(report, id).engine.clone());
    let by = |engine: &str| Some(engine.to_owned());
    assert_eq!(found(&report, "of_file"), (Some(2), by("local")), "{}", of(&report, "of_file").message.en);
    assert_eq!(found(&report, "both"), (Some(1), by("local")), "{}", of(&report, "both").message.en);
    assert_eq!(found(&report, "there"), (Some(1), by("postgres")), "{}", of(&report, "there").message.en);
    assert_eq!(of(&report, "there").samples[0].key["id"], 2);
    assert!(of(&report, "there").statement.as_ref().unwrap().sql.contains("NOT EXISTS"));
    assert_eq!(of(&report, "rows").status, Status::Failed);
    let there = of(&report, "of_table");
    assert_eq!(found(&report, "of_table"), (Some(1), by("postgres")), "{}", there.message.en);
    let sql = &there.statement.as_ref().unwrap().sql;
    assert!(sql.contains("(2 keys of \"clients_here\")"), "{sql}");
    let sample = &there.samples[0];
    assert_eq!((&sample.key["id"], &sample.values["client"], &sample.file), (&2.into(), &7.into(), &None));
    // A parent that is not there is no reason to say nothing of the child.
    std::fs::remove_file(&clients).unwrap();
    let report = checked(link(&server), &datasets(""));
    let (code, message) = fault(&report, "of_table");
    assert!(code == "source_missing" && message.contains("clients.csv"), "{code}: {message}");
    assert_eq!(found(&report, "there"), (Some(1), by("postgres")));
}

#[test]
fn keys_beyond_what_travels_are_refused_by_name_or_fetched() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql("create table sale (id int, client int); insert into sale select i, i from generate_series(1, 60000) i");
    let folder = tempfile::tempdir().unwrap();
    let clients = folder.path().join("clients.csv");
    let ids: Vec<String> = (2..=20_000).map(|id| id.to_string()).collect();
    std::fs::write(&clients, format!("id\n{}\n", ids.join("\n"))).unwrap();
    let datasets = |fallback: &str| {
        format!(
            "  clients: {{source: {}, columns: {{id: {{type: integer}}}}}}
  sales:
    source: {{connection: db, table: sale{fallback}}}
    columns: {{client: {{expect: [foreign_key: {{to: clients.id, id: all}}]}}}}
    expect:
      - foreign_key: {{column: client, to: clients.id, where: id <= 50000, id: some}}
",
            serde_json::json!(clients.display().to_string())
        )
    };
    let report = checked(link(&server), &datasets(""));
    let (code, message) = fault(&report, "all");
    assert!(
        code == "not_computable" && message.contains("more than 50000 here") && message.contains("fallback: local"),
        "{message}"
    );
    assert_eq!(of(&report, "some").violations, Some(30_001));
    let report = checked(link(&server), &datasets(", fallback: local"));
    assert_eq!(of(&report, "all").violations, Some(40_001), "{}", of(&report, "all").message.en);
    assert_eq!(of(&report, "all").engine.as_deref(), Some("local"));
}

#[test]
fn few_keys_that_are_long_do_not_come_with_a_statement() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql(
        "create table note (word text); insert into note select repeat('x', 2000) || i from generate_series(1, 2000) i",
    );
    let folder = tempfile::tempdir().unwrap();
    let words = folder.path().join("words.csv");
    let known: Vec<String> = (2..=2000).map(|word| format!("{}{word}", "x".repeat(2000))).collect();
    std::fs::write(&words, format!("word\n{}\n", known.join("\n"))).unwrap();
    let datasets = format!(
        "  words: {{source: {}}}
  notes:
    source: {{connection: db, table: note}}
    expect:
      - foreign_key: {{column: word, to: words.word, id: known}}
      - absent_from: {{column: word, to: words.word, id: unknown}}
",
        serde_json::json!(words.display().to_string())
    );
    let report = checked(link(&server), &datasets);
    for (id, wanted) in [("known", 1), ("unknown", 1999)] {
        let outcome = of(&report, id);
        assert_eq!(outcome.violations, Some(wanted), "{}", outcome.message.en);
        assert!(!outcome.samples.is_empty(), "{id}");
        assert!(outcome.statement.as_ref().unwrap().sql.contains("COUNT(*) AS n"));
    }
}

#[test]
fn a_now_is_taken_from_a_table_and_a_table_may_be_missing() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql(
        "create table sale (at timestamptz); insert into sale values ('2025-06-01 10:00+00'), ('2025-05-01 10:00+00')",
    );
    let text = "tamiz: 1\nsuite: s\nas_of: {newest: sales.at}\ndatasets:
  sales:
    source: {connection: db, table: sale}
    expect:
      - freshness: {column: at, max_age: 1h, id: fresh}
      - newer_than: {column: at, age: 20d, id: young}
  other:
    source: {connection: db, table: nothing}
    if_missing: skip
    expect:
      - row_count: {min: 1, id: n}
";
    let links = [("db".to_owned(), link(&server))].into();
    let way = Way { remote: Settings { links, ..Settings::default() }, ..Way::default() };
    let report = check_by(way, Path::new("s.yaml"), text, &|_| true).unwrap();
    assert_eq!(report.run.as_of, "2025-06-01T10:00:00Z");
    assert_eq!(of(&report, "fresh").status, Status::Passed, "{}", of(&report, "fresh").message.en);
    assert_eq!(of(&report, "young").violations, Some(1), "{}", of(&report, "young").message.en);
    assert_eq!(of(&report, "n").status, Status::Skipped);
}

#[test]
fn a_query_changes_nothing_for_later_statements() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server
        .sql(r"create table venta (id int, precio float8, nota text); insert into venta values (1, 1234.5678, 'a\b')");
    let datasets = r"  venta:
    source: {connection: db, table: venta}
    expect:
      - query:
          sql: >-
            SELECT id FROM venta
            WHERE set_config('standard_conforming_strings', 'off', false) = set_config('extra_float_digits', '-15', false)
          id: sly
      - query:
          sql: >-
            SELECT id FROM venta WHERE 'x' = '\'' ) AS q; COMMIT; BEGIN READ WRITE; DELETE FROM venta; COMMIT; SELECT COUNT(*) FROM (SELECT '''
          id: slyer
      - max: {column: precio, max: 1234.5678, id: greatest}
      - in_set: {column: nota, values: ['a\b'], id: note}
";
    let report = checked(link(&server), datasets);
    assert_eq!(server.sql("select count(*) from venta"), "1");
    assert_eq!(of(&report, "greatest").status, Status::Passed, "{}", of(&report, "greatest").message.en);
    assert_eq!(of(&report, "note").status, Status::Passed, "{}", of(&report, "note").message.en);
}

#[test]
fn a_value_of_the_environment_is_in_no_statement_and_no_message() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql("create table venta (id int); insert into venta values (1)");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("tamiz.yaml", "tamiz: 1\nconnections: {db: {env: DWH}}\n");
    write(
        "s.yaml",
        r#"tamiz: 1
suite: s
vars: {quien: "${env.QUIEN}"}
datasets:
  t:
    source: {connection: db, query: "SELECT id, id::text AS a FROM venta WHERE id <> 7"}
    expect:
      - row_count: {min: 1, id: n}
      - expression: {sql: "a <> :quien", id: other}
  u:
    source: {connection: db, query: "SELECT id FROM venta WHERE id = :quien"}
    expect:
      - row_count: {min: 1, id: m}
"#,
    );
    let url = format!("postgres://tamiz@127.0.0.1:{}/postgres", server.port);
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(folder.path()).args(words).env("DWH", &url).env("QUIEN", "s3cret-from-env");
        let ran = command.output().unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr)
    };
    let said = run(&["check", "s.yaml", "--reports", "reports", "-v"]) + &run(&["plan", "--data", "s.yaml"]);
    assert!(!said.contains("s3cret-from-env"), "{said}");
    for path in glob::glob(&folder.path().join("reports/**/*").display().to_string()).unwrap().map(Result::unwrap) {
        let text = std::fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        assert!(!text.contains("s3cret-from-env"), "{}", path.display());
    }
}

#[test]
fn what_lies_beyond_all_engines_is_an_error_and_keeps_no_other_rule_away() {
    if !postgres::is_there() {
        return;
    }
    let server = Postgres::start();
    server.sql(
        "create table odd (id int, d date, at timestamp, n numeric, h time);
         insert into odd values
           (1, '2025-01-31', '2025-01-31', 1.5, '10:00'),
           (2, 'infinity', '-infinity', 1e40, '24:00'),
           (3, null, null, 'NaN', null)",
    );
    let datasets = "  odd:
    source: {connection: db, table: odd}
    expect:
      - between: {column: d, max: 2024-01-01, id: d}
      - between: {column: at, max: 2024-01-01, id: at}
      - max: {column: n, max: 1, id: n}
      - between: {column: h, min: \"09:00\", id: h}
      - unique: {column: id, id: id}
      - row_count: {min: 3, max: 3, id: rows}
";
    let report = checked(link(&server), datasets);
    for id in ["d", "at", "n", "h"] {
        let (code, message) = fault(&report, id);
        assert!(code == "not_computable" && message.contains("out of range"), "{id}: {message}");
    }
    assert_eq!((of(&report, "id").status, of(&report, "rows").status), (Status::Passed, Status::Passed));
}
