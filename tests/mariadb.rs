//! A real MariaDB, which Debian has, as a server of tests, and what is asked of it alone.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tamiz::engine::sql::Link;
use tamiz::engine::{Progress, Stop};
use tamiz::outcome::{Report, Status};
use tempfile::TempDir;

use crate::cases::{self, Tally};
use crate::connections::{checked, checked_until, fault, names_and_values_are_themselves, of, of_query, passed, tried};

const PROGRAM: &str = "/usr/sbin/mariadbd";

/// That a session spells names and texts as the standard does.
const STANDARD: &str =
    "SET NAMES utf8mb4; SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES';
    SET time_zone = '+00:00';\n";

/// Whether it is there; it is installed where the servers of tests are asked for.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub(crate) fn is_there() -> bool {
    if Path::new(PROGRAM).exists() {
        return true;
    }
    if std::env::var_os("TAMIZ_SERVERS").is_none() {
        eprintln!("skipped: there is no MariaDB, and TAMIZ_SERVERS is not set, which asks for one to be installed");
        return false;
    }
    let install =
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-server-core mariadb-client-core";
    let ran = Command::new("sh").args(["-c", install]).output().unwrap();
    assert!(ran.status.success() && Path::new(PROGRAM).exists(), "{}", String::from_utf8_lossy(&ran.stderr));
    true
}

/// A server with the database `db` and the users `tamiz`, who may do everything, and `nadie`, who may log in with the
/// password `s3cret` and read the database `mine`, which is empty.
pub(crate) struct MariaDb {
    folder: TempDir,
    child: Option<Child>,
    port: u16,
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl MariaDb {
    /// Makes and starts one.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same with some options.
    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let own = format!("--tmpdir={}", folder.path().display());
        let data = format!("--datadir={}", folder.path().join("data").display());
        let user = format!(
            "--user={}",
            String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim()
        );
        let mut install = Command::new("mariadb-install-db");
        install.args([
            "--no-defaults",
            &data,
            &own,
            &user,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]);
        let ran = install.stdin(Stdio::null()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["--no-defaults", &data, &own, &user, "--bind-address=127.0.0.1", "--skip-log-bin"]);
        command.args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M",
            "--character-set-server=utf8mb4",
        ]);
        command.arg(format!("--port={port}")).arg(format!("--socket={}", folder.path().join("socket").display()));
        command.arg(format!("--pid-file={}", folder.path().join("pid").display())).args(options);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let server = Self { folder, child: Some(child), port };
        let start = Instant::now();
        while !server.client("root").args(["-e", "select 1"]).output().unwrap().status.success() {
            let log = fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_mins(2), "MariaDB does not answer: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.run("root", "", "CREATE DATABASE db; CREATE DATABASE mine; CREATE USER tamiz@'127.0.0.1'; GRANT ALL ON *.* TO tamiz@'127.0.0.1';
            CREATE USER nadie@'127.0.0.1' IDENTIFIED BY 's3cret'; GRANT SELECT ON mine.* TO nadie@'127.0.0.1';");
        server
    }

    /// The URL of its database for a user.
    fn url(&self, user: &str) -> String {
        format!("mariadb://{user}@127.0.0.1:{}/db", self.port)
    }

    pub(crate) fn link(&self) -> Link {
        Link::to(self.url("tamiz"))
    }

    /// Runs statements, however many, and says what they say.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.run("root", "db", sql)
    }

    fn run(&self, user: &str, database: &str, sql: &str) -> String {
        let mut command = self.client(user);
        command.args(["-N", "-B", database]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut told = child.stdin.take().unwrap();
        let script = format!("{STANDARD}{sql}");
        std::thread::scope(|scope| {
            scope.spawn(move || told.write_all(script.as_bytes()));
            let ran = child.wait_with_output().unwrap();
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(ran.status.success(), "{}\n{sql}\n{log}", String::from_utf8_lossy(&ran.stderr));
            String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
        })
    }

    fn client(&self, user: &str) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "--default-character-set=utf8mb4", "--binary-mode", "-u", user, "-S"]);
        command.arg(self.folder.path().join("socket")).stdin(Stdio::null());
        command
    }
}

#[test]
fn every_case_gives_in_mariadb_what_it_says() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    let mut tally = Tally::default();
    for path in cases::files() {
        let cases = cases::read(&path);
        let tables = cases
            .iter()
            .enumerate()
            .map(|(place, case)| case.tables_in_mariadb(&format!("c{place}")).filter(|_| !case.has_names_alike()));
        let tables: Vec<Option<String>> = tables.collect();
        server.sql(&tables.iter().flatten().fold(String::new(), |all, one| format!("{all}{one}\n")));
        for (place, case) in cases.iter().enumerate().filter(|(place, _)| tables[*place].is_some()) {
            let source = |name: &str| format!("table: c{place}.{name}");
            tally.run((&path, case), &server.link(), &source, &[false, true]);
        }
        let gone = (0..cases.len()).map(|place| format!("DROP SCHEMA IF EXISTS c{place};\n"));
        server.sql(&gone.collect::<String>());
    }
    tally.hold(840);
}

#[test]
fn what_keeps_a_table_from_being_asked_is_an_error_that_says_so() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql("create table venta (id int, total bigint); insert into venta values (1, 2), (2, 2147483647)");
    let one = "  t:\n    source: {connection: db, table: venta}\n    expect:\n      - row_count: {min: 1, id: n}\n";
    let said = |link: Link| fault(&checked(link, one), "n");
    let nadie = |password: &str| Link {
        password: Some(password.to_owned()),
        ..Link::to(server.url("nadie").replace("/db", "/mine"))
    };
    let (code, message) = said(nadie("wr0ng-s3cret"));
    assert!(
        code == "source_unreadable" && message.contains("Access denied") && !message.contains("wr0ng"),
        "{message}"
    );
    let (code, message) = fault(&checked(nadie("s3cret"), &one.replace("table: venta", "table: db.venta")), "n");
    assert_eq!((code.as_str(), message.contains("denied")), ("source_unreadable", true), "{message}");
    let (code, message) = said(Link::to("mariadb://ana:s3cret@127.0.0.1:1/x".to_owned()));
    assert_eq!(code, "source_unreadable");
    assert!(message.contains("127.0.0.1:1/x") && !message.contains("s3cret"), "{message}");
    let (code, message) = said(Link::to(server.url("tamiz").replace("/db", "/nada")));
    assert_eq!((code.as_str(), message.contains("Unknown database")), ("source_unreadable", true), "{message}");
    let (code, message) = said(Link::to(server.url("tamiz") + "?ssl-mode=required"));
    assert_eq!((code.as_str(), message.contains("SSL")), ("source_unreadable", true), "{message}");
    let (code, message) = fault(&checked(server.link(), &one.replace("table: venta", "table: vent")), "n");
    assert_eq!((code.as_str(), message.contains("did you mean `venta`?")), ("source_missing", true), "{message}");
    let (code, _) = fault(&checked(server.link(), &one.replace("table: venta", "table: otra.venta")), "n");
    assert_eq!(code, "source_missing");
    // One number that cannot be worked out keeps no other away.
    let two = format!("{one}      - expression: {{sql: 'total * 4611686018427387904 > 0', id: much}}\n");
    let report = checked(server.link(), &two);
    let (code, message) = fault(&report, "much");
    assert!(code == "not_computable" && message.contains("out of range"), "{message}");
    assert_eq!(of(&report, "n").status, Status::Passed);
    let by_socket = format!("mysql://root@localhost/db?socket={}", server.folder.path().join("socket").display());
    assert_eq!(of(&checked(Link::to(by_socket), one), "n").status, Status::Passed);
}

#[test]
fn a_query_reads_and_does_nothing_else() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "create table venta (id int); insert into venta values (1); create sequence s;
         delimiter //
         create function writes() returns int modifies sql data begin insert into venta values (9); return 1; end//",
    );
    let out = server.folder.path().join("out");
    let file = out.display();
    for sql in [
        "select writes() as a".to_owned(),
        "select nextval(s) as a".to_owned(),
        "select * from venta for update".to_owned(),
        format!("select 1 as a into outfile '{file}'"),
        format!("select 1 as a /*! ) as t into outfile '{file}' */ /*"),
        format!("select 1 as a # ) as t\n into outfile '{file}'"),
        "select 1 as a into @x".to_owned(),
        "select 1 as a procedure analyse()".to_owned(),
    ] {
        // What is plainly no SELECT is a mistake of the suite already.
        let Ok(report) = tried(server.link(), &of_query(&sql), &Arc::default()) else { continue };
        let (code, message) = fault(&report, "n");
        assert!(["not_computable", "source_unreadable"].contains(&code.as_str()), "{sql}: {code} {message}");
    }
    assert!(!out.exists());
    assert_eq!(server.sql("select count(*) from venta"), "1");
    let report =
        checked(server.link(), &of_query("with a as (select 1 as id) select id, 'a:b' as c from a -- the end"));
    assert_eq!(of(&report, "n").status, Status::Passed, "{:?}", of(&report, "n").error);
    let datasets = "  venta:
    source: {connection: db, table: venta}
    expect:
      - query: {sql: \"SELECT id FROM venta WHERE id = 1 OR '\\\\' = 'x'\", id: one}
";
    assert_eq!(of(&checked(server.link(), datasets), "one").violations, Some(1));
}

#[test]
fn a_slow_statement_is_given_up_and_told() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    let slow = of_query("select count(*) as a from seq_1_to_100000000 a where sleep(60) = 0");
    let impatient = Link { timeout: Some(Duration::from_millis(300)), ..server.link() };
    let started = Instant::now();
    let (code, message) = fault(&checked(impatient, &slow), "n");
    assert_eq!((code.as_str(), message.contains("max_statement_time")), ("timeout", true), "{message}");
    let running = "select count(*) from information_schema.processlist where info like '%sleep(60)%' and command in ('Query', 'Execute') and id <> connection_id()";
    let until = |what: &(dyn Fn(&Progress) + Sync)| {
        let progress: Arc<Progress> = Arc::default();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while server.sql(running) == "0" {
                    std::thread::sleep(Duration::from_millis(50));
                }
                what(&progress);
            });
            fault(&checked_until(server.link(), &slow, &progress), "n")
        })
    };
    for (why, wanted) in [(Stop::Timeout, "timeout"), (Stop::Interrupt, "aborted")] {
        let (code, _) = until(&|progress| progress.stop(why));
        assert_eq!(code, wanted);
        assert_eq!(server.sql(running), "0", "it goes on");
    }
    // A connection that is cut in the middle is an error, and no hang.
    let (code, message) = until(&|_| {
        let ids = server.sql(&running.replace("count(*)", "group_concat(id)"));
        ids.split(',').for_each(|id| drop(server.sql(&format!("kill connection {id}"))));
    });
    assert_eq!(code, "source_unreadable", "{message}");
    assert!(started.elapsed() < Duration::from_secs(50), "it hung");
}

#[test]
fn what_lies_beyond_all_engines_is_an_error_and_keeps_no_other_rule_away() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "set sql_mode = ''; create table odd (id int, d date, d0 date not null, \"at\" datetime(6), ti time, u bigint unsigned,
           b boolean, n decimal(65, 2), s decimal(38, 20), long1 longtext, v varchar(4000));
         insert into odd values
           (1, '2025-01-31', '2025-01-31', '2025-01-31', '10:00:00', 1, 1, 1, 1, repeat('a', 40), 'b'),
           (2, '0000-00-00', '0000-00-00', '2025-00-31', '30:00:00', 18446744073709551615, 2, 1e40, 1e-20, concat(repeat('a', 4000), 'c'), 'b'),
           (3, null, '2025-01-31', null, null, null, null, null, null, concat(repeat('a', 4000), 'd'), null)"
            .replace('"', "`")
            .as_str(),
    );
    let datasets = "  odd:
    source: {connection: db, table: odd}
    columns: {b: {type: boolean}}
    expect:
      - between: {column: d, max: 2024-01-01, id: d}
      - not_null: {column: d0, id: d0}
      - between: {column: at, max: 2024-01-01, id: at}
      - between: {column: ti, max: '12:00:00', id: ti}
      - max: {column: u, max: 1, id: u}
      - in_set: {column: b, values: [true], id: b}
      - between: {column: n, max: 0.5, id: n}
      - expression: {sql: 's * s > 0', id: s}
      - matches: {column: long1, pattern: '^(a|aa)+$', id: catastrophe}
      - unique: {column: long1, id: long1}
      - unique: {column: id, id: id}
      - row_count: {min: 3, max: 3, id: rows}
";
    let report = checked(server.link(), datasets);
    for id in ["d", "d0", "at", "ti", "u", "b", "n", "s"] {
        let (code, message) = fault(&report, id);
        assert!(code == "not_computable" && message.contains("out of range"), "{id}: {message}");
    }
    // MariaDB gives a pattern up, says that the text does not fit, and warns.
    let (code, message) = fault(&report, "catastrophe");
    assert!(code == "not_computable" && message.contains("match limit exceeded"), "{message}");
    passed(&report, &["id", "rows", "long1"]);
}

#[test]
fn values_mean_there_what_they_mean_everywhere() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "create table v (id int primary key, s varchar(20) character set latin1 collate latin1_swedish_ci, f float, d38 decimal(38, 30),
           m enum('b', 'a'), ti tinyint unsigned, ub bigint unsigned, d1 decimal(2, 1), d2 decimal(10, 2) unsigned, ts timestamp(3) null, dt datetime(6),
           y year, bt bit(3), bl blob, b boolean, few tinyint(1), long1 text);
         insert into v values
           (1, 'A ', 0.1, 0.1, 'b', 200, 7, 0.5, 1, '2024-01-31 10:00:00.5', '1024-01-31 10:00:00.25', 2024, 5, x'00ff', true, 3, concat(repeat('x', 3000), 'a')),
           (2, 'a', 0.1, 0.1, 'a', 127, 8, 0.5, null, null, null, 1999, 1, 'b', false, 5, concat(repeat('x', 3000), 'b')),
           (3, 'ñ', -0.0, 0, 'a', 1, 8, 0.5, 3, null, null, null, null, null, null, 1, concat(repeat('x', 3000), 'b'))",
    );
    let datasets = "  v:
    source: {connection: db, table: v}
    key: id
    columns: {few: {type: integer}, id: {type: integer}}
    expect:
      - unique: {column: s, id: letters}
      - in_set: {column: s, values: [a, ñ], id: in}
      - length: {column: s, max: 2, id: length}
      - unique: {columns: [s, m], id: both}
      - expression: {sql: 'd38 / 1 <= 0.1e0', id: float}
      - between: {column: m, min: a, max: a, id: mood}
      - expression: {sql: 'ti - 255 < 0 and ub - 9 < 0', id: signs}
      - expression: {sql: 'd2 - 5.5 < 0 and d2 * d2 < 9.01', id: product}
      - sum: {column: d2, min: 4, max: 4, id: sum}
      - stddev: {column: d2, min: 1.41, max: 1.42, id: spread}
      - expression: {sql: 'coalesce(d2, d1) >= 0.5 and least(d1, d2) = 0.5', id: chosen}
      - expression: {sql: 'd2 % d1 = 0', id: mod}
      - expression: {sql: \"ts = '2024-01-31T10:00:00.5Z'\", id: instant}
      - expression: {sql: \"dt = '1024-01-31T10:00:00.25Z'\", id: naive}
      - between: {column: y, min: 1999, max: 2024, id: year}
      - max: {column: bt, max: 5, id: bits}
      - in_set: {column: bl, values: [00ff, '62'], id: bytes}
      - max: {column: few, max: 5, id: few}
      - in_set: {column: b, values: [true, false], id: flag}
      - unique: {column: long1, id: long1}
      - not_in_set: {column: f, values: [0], id: zero}
      - schema: {primary_key: id, id: key}
";
    let report = checked(server.link(), datasets);
    passed(
        &report,
        &[
            "letters", "length", "both", "float", "signs", "product", "sum", "spread", "chosen", "mod", "instant",
            "naive", "year", "bits", "bytes", "few", "flag", "key",
        ],
    );
    let found = |id: &str| of(&report, id).violations;
    assert_eq!((found("in"), found("mood"), found("long1"), found("zero")), (Some(1), Some(1), Some(2), Some(1)));
    assert_eq!(of(&report, "mood").samples[0].key["id"], 1);
    assert_eq!(of(&report, "in").samples[0].values["s"], "A ");
    assert_eq!(of(&report, "long1").samples.len(), 2);
}

#[test]
fn names_and_values_are_no_more_than_that() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    names_and_values_are_themselves("mariadb", server.link(), &|sql| {
        // A string of a number's character is bytes there.
        server.sql(&sql.replace("chr(10)", "char(10 using utf8mb4)"));
    });
}

#[test]
fn tables_refer_to_each_other_and_tell_their_structure() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "create table client (id int primary key, name varchar(20), unique (name)); insert into client select seq, 'c' || seq from seq_1_to_5;
         create table sale (id int, client int, at datetime, \"de scuento\" int, primary key (id), unique i (client, \"de scuento\"));
         create table child (id int, name text, foreign key (id) references client (id), key part (name(3)));
         insert into sale values (1, 1, '2025-06-01 10:00:00', 1), (2, 7, '2025-06-02 10:00:00', 2), (3, null, null, 3)",
    );
    let datasets = "  clients: {source: {connection: db, table: client}}
  child:
    source: {connection: db, table: db.child}
    expect:
      - schema: {foreign_keys: [{columns: id, to: client.id}], id: keys}
  sales:
    source: {connection: db, table: sale}
    key: id
    expect:
      - foreign_key: {column: client, to: clients.id, id: there}
      - schema: {primary_key: id, indexes: [{columns: [client, de scuento], unique: true}], id: index}
      - query: {sql: 'SELECT s.id FROM sales s JOIN clients c ON s.client = c.id', id: both}
  base:
    source: {connection: db}
    expect:
      - tables: {names: [child, client, sale], exact: true, id: tables}
";
    let report = checked(server.link(), datasets);
    assert_eq!(of(&report, "there").violations, Some(1), "{}", of(&report, "there").message.en);
    assert_eq!(of(&report, "there").samples[0].key["id"], 2);
    assert_eq!(of(&report, "both").violations, Some(1), "{}", of(&report, "both").message.en);
    passed(&report, &["keys", "index", "tables"]);
    assert_eq!(of(&report, "there").engine.as_deref(), Some("mariadb"));
}

#[test]
fn what_others_write_meanwhile_is_not_seen() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql("create table venta (id int); insert into venta values (1)");
    let datasets = "  venta:
    source: {connection: db, table: venta}
    expect:
      - query: {sql: 'SELECT id FROM venta WHERE sleep(1.5) = 1', id: slow}
      - query: {sql: 'SELECT id FROM venta WHERE id > 1', id: late}
";
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            let running = "select count(*) from information_schema.processlist where info like '%sleep(1.5)%' and id <> connection_id()";
            while server.sql(running) == "0" {
                std::thread::sleep(Duration::from_millis(20));
            }
            server.sql("insert into venta values (2)");
        });
        checked(server.link(), datasets)
    });
    assert_eq!(of(&report, "late").violations, Some(0), "{:?}", of(&report, "late").error);
    assert_eq!(of(&checked(server.link(), datasets), "late").violations, Some(1));
}

/// What MariaDB would answer with another number, and no warning.
#[test]
fn what_it_gets_wrong_by_itself_is_right_or_an_error() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "create table words (s varchar(9)); insert into words values ('ab'), ('AB'), ('ab ');
         create table word (s varchar(9)); insert into word values ('ab');
         create table t (id int, f double, e double, n decimal(65, 2), g bigint, z bigint, few tinyint(1) unsigned, odd decimal(38, 18), lt text,
           \"TAMIZ_N\" int);
         insert into t values
           (1, 1.7e308, 1e160, 1.5e35, -9223372036854775808, 0, 200, 0.5, concat(repeat('x', 2000), 'a'), 1),
           (2, 1.7e308, -1e160, 2.5e35, 1, 0, 1, 1e-18, concat(repeat('x', 2000), 'b'), 1),
           (3, 0, 0, 3.5e35, 2, 0, 1, 1, concat(repeat('x', 2000), 'c'), 2)",
    );
    let datasets = "  words:
    source: {connection: db, table: words}
    expect: [foreign_key: {column: s, to: word.s, nulls: value, id: words}]
  word: {source: {connection: db, table: word}}
  t:
    source: {connection: db, table: t}
    key: id
    columns: {few: {type: integer}}
    expect:
      - sum: {column: f, max: 5, id: sum}
      - mean: {column: f, max: 5, id: mean}
      - variance: {column: e, max: 5, id: variance}
      - stddev: {column: e, max: 5, id: stddev}
      - expression: {sql: '-g < 5', id: negative}
      - expression: {sql: 'z - g < 5', id: difference}
      - unique: {column: n, id: n}
      - distinct_count: {column: n, min: 3, max: 3, id: distinct}
      - expression: {sql: 'few - 300 < 0', id: few}
      - unique: {column: TAMIZ_N, id: times}
      - stddev: {column: odd, max: 5, group_by: [id], id: odd}
      - max: {column: z, max: 0, group_by: [id], id: beside}
      - query: {sql: 'SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY lt ORDER BY id) AS r FROM t) q WHERE r > 1', id: window}
";
    let report = checked(server.link(), datasets);
    for id in ["sum", "mean", "variance", "stddev", "negative", "difference", "odd"] {
        let (code, message) = fault(&report, id);
        assert!(code == "not_computable" && message.contains("out of range"), "{id}: {message}");
    }
    assert_eq!(of(&report, "words").violations, Some(2), "{}", of(&report, "words").message.en);
    passed(&report, &["n", "distinct", "few", "beside", "window"]);
    assert_eq!((of(&report, "times").violations, of(&report, "times").samples.len()), (Some(2), 2));
}

/// What a function sets, or who runs the server, changes no number of what is asked after.
#[test]
fn settings_of_others_change_nothing() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "set sql_mode = ''; set global sql_select_limit = 2;
         create table t (id int, s varchar(9), d date, ts timestamp null); insert into t select seq, concat('a', seq), '2024-01-01', '2024-01-01 12:00:00' from seq_1_to_20;
         insert into t values (21, 'a', '0000-00-00', null);
         delimiter //
         create function tzf() returns int begin set session time_zone = '+05:00'; return 1; end//
         create function mec() returns int begin set session max_error_count = 0; return 1; end//",
    );
    let datasets = "  a: {source: {connection: db, query: 'SELECT tzf() AS a'}, expect: [row_count: {min: 1, id: a}]}
  b: {source: {connection: db, query: 'SELECT mec() AS b'}, expect: [row_count: {min: 1, id: b}]}
  t:
    source: {connection: db, table: t}
    expect:
      - expression: {sql: 'extract(hour from ts) = 12', id: hour}
      - between: {column: d, min: 2020-01-01, id: d}
  u: {source: {connection: db, table: t, fallback: local}, expect: [case: {column: s, as: upper, id: upper}]}
";
    let report = checked(server.link(), datasets);
    passed(&report, &["a", "b", "hour"]);
    assert!(fault(&report, "d").1.contains("out of range"));
    assert_eq!(of(&report, "upper").violations, Some(21), "{:?}", of(&report, "upper").error);
}

/// As many keys as rows that refer to them, and no index that helps: what compares them one by one takes minutes.
#[test]
fn foreign_keys_are_looked_up_and_not_compared_one_by_one() {
    if !is_there() {
        return;
    }
    let server = MariaDb::start();
    server.sql(
        "create table client (id varchar(20), other int unsigned); insert into client select 'c' || seq, seq from seq_1_to_50000;
         create table sale (client varchar(20), other bigint); insert into sale select 'c' || (seq + 10), seq + 10 from seq_1_to_50000",
    );
    let datasets = "  clients: {source: {connection: db, table: client}}
  sales:
    source: {connection: db, table: sale}
    expect:
      - foreign_key: {column: client, to: clients.id, id: one}
      - foreign_key: {columns: [client, other], to: {dataset: clients, columns: [id, other]}, id: two}
";
    let impatient = Link { timeout: Some(Duration::from_mins(1)), ..server.link() };
    let report = checked(impatient, datasets);
    assert_eq!((of(&report, "one").violations, of(&report, "two").violations), (Some(10), Some(10)));
}

#[test]
fn what_is_said_is_encrypted_where_that_is_asked_for() {
    if !is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tamiz", "-addext"])
        .args([
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &at("key.pem"),
            "-out",
            &at("ca.pem"),
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (certificate, key) = (format!("--ssl-cert={}", at("ca.pem")), format!("--ssl-key={}", at("key.pem")));
    let server = MariaDb::with(&[&certificate, &key]);
    let cipher = of_query(
        "select variable_value as v from information_schema.session_status where variable_name = 'Ssl_cipher' and variable_value <> ''",
    );
    let said = |query: &str| checked(Link::to(server.url("tamiz").replace("127.0.0.1", "localhost") + query), &cipher);
    let by_ip = |query: &str| checked(Link::to(server.url("tamiz") + query), &cipher);
    let is_encrypted = |report: &Report| of(report, "n").status == Status::Passed;
    assert!(is_encrypted(&by_ip("")) && is_encrypted(&by_ip("?ssl-mode=required")));
    assert_eq!(of(&by_ip("?ssl-mode=disabled"), "n").status, Status::Failed);
    let authority = format!("ssl-ca={}", at("ca.pem"));
    assert!(is_encrypted(&said(&format!("?ssl-mode=verify_identity&{authority}"))));
    let known = Link {
        ca: Some(folder.path().join("ca.pem")),
        ..Link::to(server.url("tamiz").replace("127.0.0.1", "localhost"))
    };
    assert!(is_encrypted(&checked(known, &cipher)));
    for wrong in [by_ip(&format!("?ssl-mode=verify_identity&{authority}")), said("?ssl-mode=verify_identity")] {
        let (code, message) = fault(&wrong, "n");
        assert!(code == "source_unreadable" && message.contains("certificate"), "{message}");
    }
}
