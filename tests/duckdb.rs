//! DuckDB, whose library `tests/engines/duckdb.mjs` installs into the folder `engines` of the one that `TAMIZ_SERVERS` names;
//! where it names none, these tests are left out.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use adbc_core::options::{AdbcVersion, OptionDatabase, OptionValue};
use adbc_core::{Connection as _, Database as _, Driver as _, Statement as _};
use adbc_driver_manager::{ManagedConnection, ManagedDriver};
use tamiz::engine::sql::Link;
use tamiz::engine::{Progress, Stop};
use tamiz::outcome::Status;
use tempfile::TempDir;

use crate::cases::{self, Tally};
use crate::connections::{checked, checked_until, fault, names_and_values_are_themselves, of, of_query, passed, tried};
use crate::examples::root;

static LIBRARY: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = PathBuf::from(std::env::var_os("TAMIZ_SERVERS")?).join("engines");
    let ran = Command::new("node").arg(root().join("tests/engines/duckdb.mjs")).arg(folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(PathBuf::from(String::from_utf8(ran.stdout).unwrap().trim()))
});

/// Whether it is there.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub(crate) fn is_there() -> bool {
    if LIBRARY.is_none() {
        eprintln!("skipped: TAMIZ_SERVERS is not set, which asks for DuckDB to be installed");
    }
    LIBRARY.is_some()
}

/// A database in a folder of its own.
pub(crate) struct Lake {
    folder: TempDir,
}

impl Lake {
    /// A database that some SQL makes.
    pub(crate) fn of(sql: &str) -> Self {
        let lake = Self { folder: tempfile::tempdir().unwrap() };
        lake.sql(sql);
        lake
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lake.duckdb")
    }

    /// Runs statements that may write.
    pub(crate) fn sql(&self, sql: &str) {
        let mut connection = writing(&self.path());
        let mut statement = connection.new_statement().unwrap();
        statement.set_sql_query(format!("BEGIN; {sql}; COMMIT")).unwrap();
        statement.execute().unwrap().for_each(|batch| drop(batch.unwrap()));
    }

    pub(crate) fn link(&self) -> Link {
        to(&format!("duckdb:{}", self.path().display()))
    }
}

fn writing(path: &Path) -> ManagedConnection {
    let (library, entry) = (LIBRARY.as_ref().unwrap(), Some(&b"duckdb_adbc_init"[..]));
    let mut driver = ManagedDriver::load_dynamic_from_filename(library, entry, AdbcVersion::V110).unwrap();
    let path = OptionValue::String(path.display().to_string());
    let database = driver.new_database_with_opts([(OptionDatabase::Other("path".to_owned()), path)]).unwrap();
    database.new_connection().unwrap()
}

/// A connection by a URL, with the driver that is installed.
pub(crate) fn to(url: &str) -> Link {
    Link { driver: LIBRARY.clone(), ..Link::to(url) }
}

#[test]
fn every_case_gives_in_duckdb_what_it_says() {
    if !is_there() {
        return;
    }
    let mut tally = Tally::default();
    for path in cases::files() {
        let cases = cases::read(&path);
        let schema = |place: usize| format!("c{place}");
        let tables = cases
            .iter()
            .enumerate()
            .map(|(place, case)| case.tables_of_digits_in(&schema(place)).filter(|_| !case.has_names_alike()));
        let tables: Vec<Option<String>> = tables.collect();
        let lake = Lake::of(&tables.iter().flatten().fold(String::new(), |all, one| format!("{all}{one}\n")));
        // Hundreds are opened, and their tables are small.
        let link = to(&format!("adbc:duckdb?path={}&threads=1", lake.path().display()));
        for (place, case) in cases.iter().enumerate().filter(|(place, _)| tables[*place].is_some()) {
            let source = |name: &str| format!("table: {}.{name}", schema(place));
            tally.run((&path, case), &link, &source, &[false, true]);
        }
    }
    tally.hold(880);
}

#[test]
fn what_keeps_a_table_from_being_asked_is_an_error_that_says_so() {
    if !is_there() {
        return;
    }
    let lake = Lake::of("create table venta (id int, total int); insert into venta values (1, 2), (2, 2147483647)");
    let one = "  t:\n    source: {connection: db, table: venta}\n    expect:\n      - row_count: {min: 1, id: n}\n";
    let said = |link: Link| fault(&checked(link, one), "n");
    let at = |name: &str| lake.folder.path().join(name);
    let url = |name: &str| to(&format!("duckdb:{}", at(name).display()));
    let (code, message) = said(url("other.duckdb"));
    assert_eq!((code.as_str(), message.contains("is not there")), ("source_unreadable", true), "{message}");
    assert!(!at("other.duckdb").exists());
    std::fs::write(at("text.duckdb"), "no database, but a text that is long enough to be read as one\n".repeat(400))
        .unwrap();
    let (code, message) = said(url("text.duckdb"));
    assert_eq!(
        (code.as_str(), message.contains("not a valid DuckDB database")),
        ("source_unreadable", true),
        "{message}"
    );
    let (code, message) = said(Link { driver: Some(at("nothing.so")), ..lake.link() });
    assert_eq!(code, "source_unreadable");
    assert!(message.contains("TAMIZ_DRIVER_DUCKDB=/path/libduckdb.so"), "{message}");
    assert!(said(to("adbc:snowflake?uri=x")).1.contains("which SQL the driver `snowflake` speaks is not known"));
    assert!(said(to("adbc:postgresql?uri=x")).1.contains("reached without a driver"));
    assert!(said(to("adbc:/tmp/x.so")).1.contains("a driver is named by letters"));
    for option in ["allow_unsigned_extensions=true", "access_mode=READ_WRITE", "entrypoint=x", "driver=/tmp/x.so"] {
        let (code, message) = said(to(&format!("adbc:duckdb?{option}")));
        assert_eq!((code.as_str(), message.contains("no option of DuckDB")), ("source_unreadable", true), "{message}");
    }
    let (code, message) = fault(&checked(lake.link(), &one.replace("table: venta", "table: vent")), "n");
    assert_eq!((code.as_str(), message.contains("did you mean `venta`?")), ("source_missing", true), "{message}");
    let (code, _) = fault(&checked(lake.link(), &one.replace("table: venta", "table: otro.venta")), "n");
    assert_eq!(code, "source_missing");
    let (code, _) = fault(&checked(to("duckdb:"), &of_query("SELECT * FROM read_parquet('nada.parquet')")), "n");
    assert_eq!(code, "source_missing");
    let options = format!("adbc:duckdb?path={}&threads=1&memory_limit=200MB", lake.path().display());
    assert_eq!(of(&checked(to(&options), one), "n").status, Status::Passed);
    // One number that cannot be worked out keeps no other away.
    let two = format!("{one}      - expression: {{sql: 'total * 4611686018427387904 > 0', id: much}}\n");
    let report = checked(lake.link(), &two);
    assert_eq!(fault(&report, "much").0, "not_computable");
    assert_eq!(of(&report, "n").status, Status::Passed);
}

/// Holds a database open for writing, in another process, where the next test asks for it.
#[test]
#[ignore = "it is the other process of a test"]
#[expect(clippy::print_stdout, reason = "who waits for it is told")]
fn holds_a_database_open() {
    let Some(path) = std::env::var_os("TAMIZ_HELD") else { return };
    let _held = writing(Path::new(&path));
    println!("\nheld");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_database_that_another_process_writes_is_told() {
    if !is_there() {
        return;
    }
    let lake = Lake::of("create table venta (id int)");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "duckdb::holds_a_database_open", "--ignored", "--nocapture"]);
    command.env("TAMIZ_HELD", lake.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"));
    let one = "  t:\n    source: {connection: db, table: venta}\n    expect:\n      - row_count: {max: 1, id: n}\n";
    let (code, message) = fault(&checked(lake.link(), one), "n");
    assert_eq!((code.as_str(), message.contains("lock")), ("source_unreadable", true), "{message}");
    child.stdin.take().unwrap().flush().unwrap();
    lines.for_each(drop);
    child.wait().unwrap();
    assert_eq!(of(&checked(lake.link(), one), "n").status, Status::Passed);
}

#[test]
fn a_query_reads_and_does_nothing_else() {
    if !is_there() {
        return;
    }
    let lake = Lake::of("create table venta (id int); insert into venta values (1); create sequence s");
    let out = lake.folder.path().join("out");
    let file = out.display();
    let queries = [
        "with gone as (delete from venta returning *) select * from gone".to_owned(),
        "select nextval('s')".to_owned(),
        "select 1) as t, (select 2".to_owned(),
        "select 1; select 2".to_owned(),
        format!("select 1) as a; copy (select 1) to '{file}'; select * from (select 2"),
        format!("select * from (copy (select 1) to '{file}')"),
        format!("select * from query('copy (select 1) to ''{file}''')"),
        format!("select * from query('attach ''{file}''')"),
        "select * from (pragma enable_profiling)".to_owned(),
        "select * from (set threads = 1)".to_owned(),
        format!("select * from enable_logging(storage = 'file', storage_path = '{file}')"),
        format!(
            "select * from query('select * from enable_' || 'logging(storage = ''file'', storage_path = ''{file}'')')"
        ),
        format!(
            "with a as (select * from enable_profiling(mode = 'standard', save_location = '{file}')) select 1 from a"
        ),
        "select * from json_execute_serialized_sql(json_serialize_sql('select * from enable_logging()'))".to_owned(),
        "select * from force_checkpoint()".to_owned(),
        "select * from truncate_duckdb_logs()".to_owned(),
        "select * from 'https://127.0.0.1:1/x.parquet'".to_owned(),
        "select * from read_parquet('s3://a/b.parquet')".to_owned(),
    ];
    for link in [lake.link(), to("duckdb:")] {
        for sql in &queries {
            // What is plainly no SELECT is a mistake of the suite already.
            let Ok(report) = tried(link.clone(), &of_query(sql), &Arc::default()) else { continue };
            let (code, message) = fault(&report, "n");
            assert!(["not_computable", "source_unreadable"].contains(&code.as_str()), "{sql}: {code} {message}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(lake.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lake.duckdb"]);
    let report = checked(lake.link(), &of_query("select id, 'a:b' as c, id::text d from venta -- the end"));
    assert_eq!(of(&report, "n").status, Status::Passed, "{}", of(&report, "n").message.en);
    // What rules say in SQL of their own is held to the same.
    let datasets = r"  venta:
    source: {connection: db, table: venta}
    expect:
      - query:
          sql: >-
            SELECT id FROM venta WHERE 'x' = '\'' ) AS q; DELETE FROM venta; SELECT COUNT(*) FROM (SELECT '''
          id: sly
      - query: {sql: 'SELECT id FROM venta WHERE id = 1', id: one}
";
    let report = checked(lake.link(), datasets);
    assert_eq!(of(&report, "one").violations, Some(1));
    assert!(of(&report, "sly").status == Status::Error && !out.exists(), "{:?}", of(&report, "sly").error);
}

#[test]
fn a_slow_statement_is_given_up_and_told() {
    if !is_there() {
        return;
    }
    let slow =
        of_query("select a.range as n from range(10000000) a, range(10000000) b where (a.range * b.range) % 7 = 3");
    let started = Instant::now();
    let impatient = Link { timeout: Some(Duration::from_millis(300)), ..to("duckdb:") };
    let (code, message) = fault(&checked(impatient, &slow), "n");
    assert_eq!((code.as_str(), message.contains("0.3 s")), ("timeout", true), "{message}");
    for (why, wanted) in [(Stop::Timeout, "timeout"), (Stop::Interrupt, "aborted")] {
        let progress: Arc<Progress> = Arc::default();
        let (code, _) = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(500));
                progress.stop(why);
            });
            fault(&checked_until(to("duckdb:"), &slow, &progress), "n")
        });
        assert_eq!(code, wanted);
    }
    assert!(started.elapsed() < Duration::from_secs(30), "it hung");
}

#[test]
fn what_lies_beyond_all_engines_is_an_error_and_keeps_no_other_rule_away() {
    if !is_there() {
        return;
    }
    let lake = Lake::of(
        "create table odd (id int, d date, \"at\" timestamp, tz timestamptz, u ubigint, h hugeint, n decimal(38, 0), f double, tm time);
         insert into odd values
           (1, '2025-01-31', '2025-01-31', '2025-01-31', 1, 1, 1, 1, '10:00:00'),
           (2, 'infinity', '-infinity', 'infinity', 18446744073709551615, '170141183460469231731687303715884105727', '99999999999999999999999999999999999999', 'inf', '24:00:00'),
           (3, null, null, null, null, null, null, 'nan', null)",
    );
    let datasets = "  odd:
    source: {connection: db, table: odd}
    expect:
      - between: {column: d, max: 2024-01-01, id: d}
      - between: {column: at, max: 2024-01-01, id: at}
      - between: {column: tz, max: 2024-01-01, id: tz}
      - max: {column: u, max: 1, id: u}
      - sum: {column: h, max: 1, id: h}
      - between: {column: n, max: 0.5, id: n}
      - expression: {sql: 'coalesce(n, 0.5) > 0', id: round}
      - not_null: {column: f, id: f}
      - between: {column: tm, min: \"09:00\", id: tm}
      - unique: {column: id, id: id}
      - row_count: {min: 3, max: 3, id: rows}
";
    let report = checked(lake.link(), datasets);
    for id in ["d", "at", "tz", "u", "h", "n", "tm"] {
        let (code, message) = fault(&report, id);
        assert!(code == "not_computable" && message.contains("out of range"), "{id}: {message}");
    }
    assert!(fault(&report, "round").1.contains("more than 38 digits"));
    assert_eq!(of(&report, "f").violations, Some(1));
    assert_eq!((of(&report, "id").status, of(&report, "rows").status), (Status::Passed, Status::Passed));
}

#[test]
fn values_mean_there_what_they_mean_everywhere() {
    if !is_there() {
        return;
    }
    let lake = Lake::of(
        "create type mood as enum ('b', 'a');
         create table v (id int primary key, s varchar collate nocase, f float, d38 decimal(38, 30), ns timestamp_ns, m mood,
           u uuid, ti tinyint, ub ubigint, l int[], d1 decimal(2, 1), d2 decimal(10, 2), ms timestamp_ms, nested struct(a int));
         insert into v values
           (1, 'A', 0.1, 0.1, '1960-01-31 10:00:00.123456789', 'b', '00000000-0000-0000-0000-000000000001', -1, 7, [1], 0.5, 1, '2024-01-01 00:00:00.5', {a: 1}),
           (2, 'a', 0.1, 0.1, '1960-01-31 10:00:00.123456', 'a', '00000000-0000-0000-0000-000000000002', 127, 8, null, 0.5, null, null, null)",
    );
    let datasets = "  v:
    source: {connection: db, table: v}
    key: id
    expect:
      - unique: {column: s, id: letters}
      - in_set: {column: s, values: [a], id: in}
      - unique: {columns: [s, m], id: both}
      - expression: {sql: 'd38 / 1 = 0.1e0', id: float}
      - expression: {sql: \"ns = '1960-01-31T10:00:00.123456Z'\", id: floor}
      - between: {column: m, min: a, max: a, id: mood}
      - matches: {column: u, pattern: '^0{8}-', id: uuid}
      - expression: {sql: 'coalesce(d2, d1) >= 0.5 and least(d1, d2) = 0.5', id: chosen}
      - expression: {sql: 'd2 % d1 = 0', id: mod}
      - sum: {column: ub, min: 15, max: 15, id: sum}
      - schema: {primary_key: id, id: key}
";
    let report = checked(lake.link(), datasets);
    passed(&report, &["letters", "both", "float", "floor", "uuid", "chosen", "mod", "sum", "key"]);
    assert_eq!((of(&report, "in").violations, of(&report, "mood").violations), (Some(1), Some(1)));
    assert_eq!(of(&report, "mood").samples[0].key["id"], 1);
}

#[test]
fn names_and_values_are_no_more_than_that() {
    if !is_there() {
        return;
    }
    let lake = Lake::of("SELECT 1");
    names_and_values_are_themselves("duckdb", lake.link(), &|sql| lake.sql(sql));
}

#[test]
fn tables_refer_to_each_other_and_tell_their_structure() {
    if !is_there() {
        return;
    }
    let lake = Lake::of(
        "create table client (id int primary key, name text, unique (name)); insert into client select i, 'c' || i from range(1, 6) t(i);
         create table sale (id int, client int, \"at\" timestamptz, \"de scuento\" int);
         create table child (id int references client (id)); create unique index i on sale (id, \"de scuento\");
         create index half on sale ((id + 1));
         insert into sale values (1, 1, '2025-06-01 10:00:00+00', 1), (2, 7, '2025-06-02 10:00:00+00', 2), (3, null, null, 3)",
    );
    let datasets = "  clients: {source: {connection: db, table: client}}
  child:
    source: {connection: db, table: child}
    expect:
      - schema: {foreign_keys: [{columns: id, to: client.id}], id: keys}
  sales:
    source: {connection: db, table: sale}
    key: id
    expect:
      - foreign_key: {column: client, to: clients.id, id: there}
      - schema: {indexes: [{columns: [id, de scuento], unique: true}], id: index}
      - query: {sql: 'SELECT s.id FROM sales s JOIN clients c ON s.client = c.id', id: both}
  base:
    source: {connection: db}
    expect:
      - tables: {names: [child, client, sale], exact: true, id: tables}
";
    let report = checked(lake.link(), datasets);
    assert_eq!(of(&report, "there").violations, Some(1), "{}", of(&report, "there").message.en);
    assert_eq!(of(&report, "there").samples[0].key["id"], 2);
    assert!(of(&report, "there").statement.as_ref().unwrap().sql.contains("NOT EXISTS"));
    assert_eq!(of(&report, "both").violations, Some(1), "{}", of(&report, "both").message.en);
    passed(&report, &["keys", "index", "tables"]);
}

#[test]
fn the_program_finds_database_and_driver() {
    if !is_there() {
        return;
    }
    let lake = Lake::of("create table venta (id int, total decimal(10, 2)); insert into venta values (1, 2.50)");
    let write = |name: &str, text: &str| std::fs::write(lake.folder.path().join(name), text).unwrap();
    write("tamiz.yaml", "tamiz: 1\nconnections: {lake: 'duckdb:lake.duckdb', files: 'duckdb:'}\n");
    write("venta.csv", "id,total\n1,2.50\n");
    write(
        "s.yaml",
        "tamiz: 1
suite: s
datasets:
  venta:
    source: {connection: lake, table: venta}
    expect:
      - sum: {column: total, min: 2.5, max: 2.5}
  file:
    source: {connection: files, query: \"SELECT * FROM read_csv('venta.csv')\"}
    expect:
      - not_null: {column: id}
",
    );
    let run = |words: &[&str], driver: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(lake.folder.path()).args(words).env("TAMIZ_DRIVER_DUCKDB", driver);
        let ran = command.output().unwrap();
        (ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr))
    };
    let library = LIBRARY.as_ref().unwrap();
    let (code, said) = run(&["check", "s.yaml", "--reports", "reports"], library);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["plan", "--data", "s.yaml"], library);
    assert!(code == Some(0) && said.contains("asked of its engine") && said.contains("FROM \"venta\" AS t;"), "{said}");
    let (code, said) = run(&["plan", "--engine", "duckdb", "s.yaml"], Path::new("nothing.so"));
    assert!(code == Some(0) && said.contains("SELECT"), "{said}");
    let (code, said) = run(&["check", "s.yaml", "--reports", "reports"], Path::new("nothing.so"));
    assert!(code == Some(3) && said.contains("duckdb.org"), "{code:?} {said}");
}
