//! Databases of SQLite, asked as a connection: what the file format tells, the statements tell too, and nothing is written.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tamiz::engine::sql::Link;
use tamiz::outcome::Status;

use super::{checked, checked_until, fault, of, of_query};

fn link(path: &Path) -> Link {
    Link::to(format!("sqlite:{}", path.display()))
}

/// A database that some SQL makes.
fn database(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path)
}

#[test]
fn cells_of_any_type_are_told_from_their_column() {
    let (_folder, path) = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, d DATE, p DECIMAL(10, 2), b BOOLEAN, s TEXT COLLATE NOCASE, x);
         INSERT INTO t VALUES (1, 5, '2025-01-31', 19.99, 1, 'a', '7'), (2, 'five', '31/01/2025', 5, 0, 'A', '12'),
           (3, 5.5, 20250131, 'much', 2, x'ff', NULL), (4, NULL, NULL, NULL, NULL, NULL, '9'), (5, 10, '2025-02-01', 0.1, 1, 'b', 10)",
    );
    let datasets = "  t:
    source: {connection: db, table: t}
    key: id
    columns:
      n: {type: integer}
      d: {type: date}
      p: {type: decimal}
      b: {type: boolean}
      s: {type: string}
    expect:
      - type: {column: n, is: integer, id: n}
      - type: {column: d, is: date, id: d}
      - type: {column: p, is: decimal, id: p}
      - type: {column: b, is: boolean, id: b}
      - type: {column: s, is: string, id: s}
      - unique: {column: s, id: cases}
      - max: {column: d, max: 2025-01-31, id: last}
      - sum: {column: p, equals: 25.09, id: sum}
      - between: {column: x, min: 7, max: 10, id: guessed}
      - format: {column: s, name: email, id: format}
";
    let report = checked(link(&path), datasets);
    let violations = |id| {
        let outcome = of(&report, id);
        assert_eq!(outcome.engine.as_deref(), Some("sqlite"), "{id}: {}", outcome.message.en);
        outcome.violations
    };
    assert_eq!(["n", "d", "p", "b", "s"].map(violations), [Some(2), Some(2), Some(1), Some(1), Some(1)]);
    // Letters of two cases are two values, whatever the collation of the column.
    assert_eq!(of(&report, "cases").violations, Some(0), "{}", of(&report, "cases").message.en);
    assert_eq!(of(&report, "last").status, Status::Failed);
    assert_eq!(of(&report, "sum").status, Status::Passed, "{}", of(&report, "sum").message.en);
    // A column without a type reads as its values do.
    assert_eq!(of(&report, "guessed").violations, Some(1), "{}", of(&report, "guessed").message.en);
    assert_eq!(of(&report, "format").violations, Some(3));
    let shown: Vec<_> = of(&report, "n").samples.iter().map(|sample| sample.values["n"].clone()).collect();
    assert_eq!(shown, [serde_json::json!("five"), serde_json::json!("5.5")]);
    assert_eq!(of(&report, "s").samples[0].values["s"], "x'ff'");
}

#[test]
fn what_keeps_a_database_from_being_asked_is_an_error_that_says_so() {
    let (folder, path) = database("CREATE TABLE venta (id INTEGER); INSERT INTO venta VALUES (1)");
    let one = "  t:\n    source: {connection: db, table: venta}\n    expect:\n      - row_count: {min: 1, id: n}\n";
    let gone = folder.path().join("gone.db");
    let (code, message) = fault(&checked(link(&gone), one), "n");
    assert_eq!(
        (code.as_str(), message.contains("there is no file") && !gone.exists()),
        ("source_missing", true),
        "{message}"
    );
    let (code, message) = fault(&checked(link(&path), &one.replace("table: venta", "table: vent")), "n");
    assert_eq!((code.as_str(), message.contains("did you mean `venta`?")), ("source_missing", true), "{message}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "no database at all, but long enough to be looked at\n".repeat(40)).unwrap();
    let (code, message) = fault(&checked(link(&text), one), "n");
    assert_eq!((code.as_str(), message.contains("no SQLite database")), ("source_unreadable", true), "{message}");
    // One number that cannot be worked out keeps no other away.
    let two = format!("{one}      - expression: {{sql: 'id * 9223372036854775807 + id > 0', id: much}}\n");
    let report = checked(link(&path), &two);
    let (code, message) = fault(&report, "much");
    assert_eq!((code.as_str(), message.contains("does not fit 64 bits")), ("not_computable", true), "{message}");
    assert_eq!(of(&report, "n").status, Status::Passed);
}

#[test]
fn a_query_of_a_source_reads_and_does_nothing_else() {
    let (folder, path) = database("CREATE TABLE venta (id INTEGER); INSERT INTO venta VALUES (1)");
    for sql in ["SELECT load_extension('x')", "SELECT * FROM pragma_table_list", "SELECT readfile('/etc/passwd')"] {
        let report = checked(link(&path), &of_query(sql));
        assert_eq!(of(&report, "n").status, Status::Error, "{sql}");
        assert!(["not_computable", "source_unreadable"].contains(&fault(&report, "n").0.as_str()), "{sql}");
    }
    let report = checked(link(&path), &of_query("SELECT id, 'a:b' AS c FROM venta -- the end"));
    assert_eq!(of(&report, "n").status, Status::Passed, "{}", of(&report, "n").message.en);
    let left: i64 =
        Connection::open(&path).unwrap().query_row("SELECT COUNT(*) FROM venta", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside the database");
}

#[test]
fn a_slow_statement_is_given_up_and_told() {
    let (_folder, path) = database(
        "CREATE TABLE n (i INTEGER); WITH RECURSIVE n1(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n1 WHERE i < 3000)
         INSERT INTO n SELECT i FROM n1",
    );
    let slow = of_query("SELECT COUNT(*) AS a FROM n a, n b, n c WHERE a.i + b.i + c.i = 0");
    let impatient = Link { timeout: Some(Duration::from_millis(200)), ..link(&path) };
    let started = Instant::now();
    let timed = std::sync::Arc::new(tamiz::engine::Progress::timed(|| {
        use std::time::{SystemTime, UNIX_EPOCH};
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
    }));
    let (code, message) = fault(&checked_until(impatient, &slow, &timed), "n");
    assert_eq!((code.as_str(), message.contains("no answer within 0.2 s")), ("timeout", true), "{message}");
    let stopped: std::sync::Arc<tamiz::engine::Progress> = std::sync::Arc::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            stopped.stop(tamiz::engine::Stop::Timeout);
        });
        assert_eq!(fault(&checked_until(link(&path), &slow, &stopped), "n").0, "timeout");
    });
    assert!(started.elapsed() < Duration::from_secs(50), "it hung");
}

#[test]
fn names_and_values_are_no_more_than_that() {
    let odd = "a\"b'; drop table x; --\\ $ ñ";
    let (quoted, text) = (odd.replace('"', "\"\""), odd.replace('\'', "''"));
    let (_folder, path) = database(&format!(
        "CREATE TABLE \"T {quoted}\" (\"{quoted}\" TEXT, n INTEGER);
         INSERT INTO \"T {quoted}\" VALUES ('{text}', 1), ('other', 2), ('\\d', 3), ('a' || char(10) || 'b', 4), ('a' || char(0) || 'b', 5)"
    ));
    let (name, table) = (serde_json::json!(odd), serde_json::json!(format!("T {odd}")));
    let datasets = format!(
        "  t:
    source: {{connection: db, table: {table}}}
    key: n
    expect:
      - in_set: {{column: {name}, values: [{name}, \"a\\nb\", '\\d', \"a\\0b\"], id: in}}
      - matches: {{column: {name}, pattern: '^[a-z]+$', id: letters}}
      - length: {{column: {name}, max: 5, id: length}}
"
    );
    let report = checked(link(&path), &datasets);
    assert_eq!(of(&report, "in").violations, Some(1), "{}", of(&report, "in").message.en);
    assert_eq!(of(&report, "letters").violations, Some(4));
    assert_eq!(of(&report, "letters").samples[0].values[odd], odd);
    assert_eq!(of(&report, "length").violations, Some(1));
}

#[test]
fn tables_of_a_database_refer_to_each_other_and_to_files() {
    let (folder, path) = database(
        "CREATE TABLE client (id INTEGER, zone TEXT); INSERT INTO client VALUES (1, 'n'), (2, 's'), (NULL, 'n');
         CREATE TABLE sale (id INTEGER, client INTEGER, zone TEXT);
         INSERT INTO sale VALUES (1, 1, 'n'), (2, 7, 'n'), (3, NULL, 's'), (4, 2, 'n'), (5, 9, 'x')",
    );
    let sales = folder.path().join("sales.csv");
    std::fs::write(&sales, "id,client\n1,1\n2,9\n3,\n").unwrap();
    let datasets = format!(
        "  clients: {{source: {{connection: db, table: client}}}}
  sales_here:
    source: {}
    columns:
      client: {{type: integer, expect: [foreign_key: {{to: clients.id, id: of_file}}]}}
  sales:
    source: {{connection: db, table: sale}}
    key: id
    expect:
      - foreign_key: {{column: client, to: clients.id, id: there}}
      - foreign_key: {{columns: [client, zone], to: {{dataset: clients, columns: [id, zone]}}, id: pair}}
      - row_count: {{min: 5, max: 5, id: rows}}
",
        serde_json::json!(sales.display().to_string())
    );
    let report = checked(link(&path), &datasets);
    let found = |id: &str| (of(&report, id).violations, of(&report, id).engine.clone());
    let by = |engine: &str| Some(engine.to_owned());
    assert_eq!(found("of_file"), (Some(1), by("local")), "{}", of(&report, "of_file").message.en);
    assert_eq!(found("there"), (Some(2), by("sqlite")), "{}", of(&report, "there").message.en);
    assert_eq!(found("pair"), (Some(3), by("sqlite")), "{}", of(&report, "pair").message.en);
    assert_eq!(of(&report, "there").samples.iter().map(|it| it.key["id"].clone()).collect::<Vec<_>>(), [2, 5]);
}

#[test]
fn a_declared_type_that_cells_refute_is_found_in_them_as_of_a_file() {
    let (_folder, path) = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, created TIMESTAMP, qty INTEGER);
         INSERT INTO t VALUES (1, 1735689600, 5), (2, 1735689601, 'N/A'), (3, 1735689600, 10);
         CREATE VIEW v AS SELECT CAST(qty AS TEXT) AS code, id + 1 AS next FROM t",
    );
    let rules = "    expect:
      - unique: {column: created, id: created}
      - not_in_set: {column: qty, values: ['N/A'], id: qty}
";
    let of_view = "    expect:
      - max: {column: code, max: '4', id: code}
      - sum: {column: next, equals: 9, id: next}
";
    let file = serde_json::json!(path.display().to_string());
    let there = format!(
        "  t:\n    source: {{connection: db, table: t}}\n{rules}  v:\n    source: {{connection: db, table: v}}\n{of_view}"
    );
    let here = format!(
        "  t:\n    source: {{sqlite: {file}, table: t}}\n{rules}  v:\n    source: {{sqlite: {file}, table: v}}\n{of_view}"
    );
    let (there, here) = (checked(link(&path), &there), checked(link(&path), &here));
    for id in ["created", "qty", "code", "next"] {
        let numbers = |report| {
            let outcome = of(report, id);
            (outcome.status, outcome.evaluated, outcome.unparsed, outcome.violations, outcome.observed.clone())
        };
        assert_eq!(numbers(&there), numbers(&here), "{id}: {}", of(&there, id).message.en);
        assert_eq!(of(&there, id).engine.as_deref(), Some("sqlite"), "{id}");
    }
    assert_eq!(of(&there, "created").violations, Some(2), "{}", of(&there, "created").message.en);
    assert_eq!(of(&there, "qty").violations, Some(1), "{}", of(&there, "qty").message.en);
}

#[test]
fn variables_of_a_query_are_what_columns_hold() {
    let (_folder, path) = database(
        "CREATE TABLE p (price REAL, at TEXT, hour TEXT);
         INSERT INTO p VALUES (1.0, '2024-12-31 00:00:00', '09:00:00'), (2.5, '2025-01-01 00:00:00', '10:00:00')",
    );
    let suite = |source: &str| {
        format!(
            "tamiz: 1\nsuite: s\nas_of: 2025-01-02T00:00:00Z\nvars: {{least: 1.5, since: {{as_of: -1d}}, from: {{as_of: 0d}}}}\ndatasets:
  dear: {{source: {{{source}, query: 'SELECT * FROM p WHERE price > :least'}}, expect: [row_count: {{min: 1, max: 1, id: dear}}]}}
  late: {{source: {{{source}, query: 'SELECT * FROM p WHERE at >= :since'}}, expect: [row_count: {{min: 0, id: late}}]}}
  now: {{source: {{{source}, query: 'SELECT * FROM p WHERE at < :from'}}, expect: [row_count: {{min: 0, id: now}}]}}
"
        )
    };
    let run = |source: &str| {
        let links = [("db".to_owned(), link(&path))].into();
        let remote = tamiz::engine::remote::Settings { links, ..Default::default() };
        let way = crate::check::Way { remote, ..Default::default() };
        let report = crate::check::check_by(way, Path::new("s.yaml"), &suite(source), &|_| true).unwrap();
        ["dear", "late", "now"].map(|id| (of(&report, id).status, of(&report, id).observed.clone()))
    };
    let there = run("connection: db");
    assert_eq!(there, run(&format!("sqlite: {}", serde_json::json!(path.display().to_string()))));
    assert_eq!(there[0].0, Status::Passed);
    assert_eq!(there[1..].iter().filter(|(_, rows)| *rows == Some(0.into())).count(), 0, "{there:?}");
}

#[test]
fn what_would_be_another_number_is_refused() {
    let (_folder, path) =
        database("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('A'), ('Ā'), ('z')");
    let one = "  t:\n    source: {connection: db, table: t}\n    expect:\n      - row_count: {min: 1, id: n}\n";
    let (code, message) = fault(&checked(link(&path), one), "n");
    assert_eq!((code.as_str(), message.contains("UTF-16le")), ("source_unreadable", true), "{message}");
    let (_folder, path) = database(
        "CREATE TABLE t (a INTEGER, f REAL, g REAL); INSERT INTO t VALUES (1, 9e999, 1.7e308), (2, -9e999, 1.7e308), (3, 1.5, -1.7e308)",
    );
    for sql in
        ["SELECT a AS x, a + 1 AS X FROM t", "SELECT tamiz_sum(a) AS x FROM t", "SELECT tamiz ('integer') AS x FROM t"]
    {
        assert_eq!(fault(&checked(link(&path), &of_query(sql)), "n").0, "not_computable", "{sql}");
    }
    let sums = "  t:
    source: {connection: db, table: t}
    expect:
      - sum: {column: f, equals: 0, id: f}
      - sum: {column: g, equals: 0, id: g}
";
    let report = checked(link(&path), sums);
    assert_ne!(of(&report, "f").status, Status::Passed, "{}", of(&report, "f").message.en);
    let (code, message) = fault(&report, "g");
    assert_eq!((code.as_str(), message.contains("beyond their range")), ("not_computable", true), "{message}");
}
