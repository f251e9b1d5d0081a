//! The history of a team in a real PostgreSQL: many machines, a database that fails in every way, runs carried there and back.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tamiz::history::{History, RunLine};

use crate::postgres::{Postgres, is_there};
use crate::receiver::Receiver;
use crate::safety::{Place, Ran, ended, suite};
use crate::serve::client::{Server, TOKEN};

const GOOD: &str = "id,n\n1,5\n";
const BAD: &str = "id,n\n1,5\n1,5\n";

/// A machine: a folder of its own, and a history shared with others.
fn machine(url: &str) -> Place {
    Place::new(&[
        ("tamiz.yaml", &format!("tamiz: 1\nhistory: {url}\n")),
        ("s.yaml", &suite("s", "d.csv")),
        ("d.csv", GOOD),
    ])
}

fn runs(place: &Place) -> Vec<RunLine> {
    History::new(&place.path("reports")).runs().unwrap()
}

fn ids(place: &Place) -> Vec<String> {
    runs(place).into_iter().map(|run| run.id).collect()
}

fn passed(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

/// Waits until something is so, and not for ever.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn machines_that_share_a_history_know_what_the_others_found() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("calidad");
    let (one, other) = (machine(&url), machine(&url));
    passed(&one.run("check s.yaml -q"));
    for place in [&one, &other, &one] {
        place.write("d.csv", BAD);
        assert_eq!(place.run("check s.yaml -q").code, Some(1));
    }
    passed(&other.run("history --limit 1"));
    assert_eq!((ids(&one).len(), ids(&one)), (4, ids(&other)));
    // The third failure in a row, of which the machine that found it made two.
    let failing = History::new(&one.path("reports")).past("s", 9).unwrap().failing("d.id.unique").cloned();
    assert_eq!(failing.map(|since| (since.runs, since.run)), Some((3, ids(&one)[1].clone())));
    // A machine that comes later fetches what a check needs, and all of it when it is asked for all.
    let late = machine(&url);
    passed(&late.run("check s.yaml -q"));
    assert_eq!(ids(&late).len(), 5);
    assert!(late.path("reports/runs").join(&runs(&late)[0].folder).join("report.json").exists());
    // People and boards ask by SQL.
    let asked = "select count(*), sum(violations), max(rule) from calidad.results where status = 'failed'";
    assert_eq!(postgres.sql(asked), "3|6|d.id.unique");
    assert_eq!(
        postgres.sql("select string_agg(status, ',' order by started_at) from calidad.runs"),
        "passed,failed,failed,failed,passed"
    );
    // What one takes away is taken away from all, and does not come back.
    passed(&late.run("history prune --keep-runs 1"));
    passed(&one.run("history"));
    assert_eq!((ids(&one), ids(&late).len()), (ids(&late), 1));
    passed(&other.run("history push"));
    passed(&late.run("history"));
    assert_eq!(ids(&late).len(), 1);
    assert_eq!(postgres.sql("select count(distinct folder) from calidad.file"), "1");
}

#[test]
fn a_suite_is_run_once_at_a_time_over_all_machines_and_a_dead_one_holds_nothing() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("t");
    let (one, other) = (machine(&url), machine(&url));
    one.write("in.yaml", &suite("s", "\"-\""));
    let hold = || {
        let child = one.start("check in.yaml");
        let told = format!("\"pid\":{}", child.id());
        until("the lock is taken", || {
            let sql =
                "select coalesce((select string_agg(text, '') from t.document where name = 'holder/suite/s'), '')";
            postgres.sql("select to_regclass('t.document') is not null") == "t" && postgres.sql(sql).contains(&told)
        });
        child
    };
    let mut held = hold();
    let busy = other.run("check s.yaml --lock fail");
    assert_eq!(busy.code, Some(75));
    assert!(busy.err.contains(&format!("process {}", held.id())), "{}", busy.err);
    // A process that is killed lets it go, for the server sees its connection end.
    held.kill().unwrap();
    held.wait().unwrap();
    until("the lock is let go", || other.run("check s.yaml -q --lock fail").code == Some(0));
    // Who waits is next.
    let mut held = hold();
    let waiting = other.start("check s.yaml -q");
    std::thread::sleep(Duration::from_millis(300));
    held.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    passed(&ended(held));
    passed(&ended(waiting));
    assert_eq!(ids(&other).len(), 3);
}

#[test]
fn twenty_writers_and_a_database_that_is_restarted_lose_and_double_no_run() {
    if !is_there() {
        return;
    }
    let mut postgres = Postgres::start();
    let url = postgres.url("t");
    let suites = ["a", "b", "c", "d", "e"];
    let machines: Vec<Place> = (0..20_usize)
        .map(|number| {
            let place = machine(&url);
            place.write("s.yaml", &suite(suites[number % suites.len()], "d.csv"));
            place
        })
        .collect();
    let ran: Vec<Ran> = std::thread::scope(|scope| {
        let workers: Vec<_> = machines
            .iter()
            .map(|place| scope.spawn(move || (0..3).map(|_| place.run("check s.yaml -q")).collect::<Vec<_>>()))
            .collect();
        for _ in 0..2 {
            std::thread::sleep(Duration::from_secs(2));
            postgres.stop();
            std::thread::sleep(Duration::from_millis(500));
            postgres.again();
        }
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // A check either was made and kept, or could not begin.
    for ran in &ran {
        assert!(matches!(ran.code, Some(0 | 3 | 4)), "{}{}", ran.out, ran.err);
    }
    let made = ran.iter().filter(|ran| ran.code != Some(3)).count();
    assert!(made > 30, "{made} of 60 were made");
    let folders: BTreeSet<String> = machines.iter().flat_map(folders_with_a_record).collect();
    assert!(folders.len() >= made);
    for place in &machines {
        passed(&place.run("history"));
    }
    let kept: Vec<String> = postgres.sql("select folder from t.run order by 1").lines().map(str::to_owned).collect();
    let all: BTreeSet<String> = kept.iter().cloned().collect();
    assert_eq!(all.len(), kept.len(), "a run is there twice");
    assert!(folders.iter().all(|folder| all.contains(folder)), "a run is lost");
    assert_eq!(postgres.sql("select count(*) from t.file where name = 'report.json'"), kept.len().to_string());
    // And every machine knows all of them, in the same order.
    passed(&machines[0].run("history"));
    let newest = ids(&machines[0]);
    assert_eq!(newest.len(), kept.len());
    for place in &machines[1..4] {
        passed(&place.run("history"));
        assert_eq!(ids(place), newest);
    }
}

/// The runs that a machine has made itself or fetched, by their folders.
fn folders_with_a_record(place: &Place) -> Vec<String> {
    let pattern = place.path("reports/runs/*/report.json");
    let found = glob::glob(&pattern.display().to_string()).unwrap().map(Result::unwrap);
    found.map(|path| path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_database_that_goes_in_the_middle_of_a_run_gets_it_later() {
    if !is_there() {
        return;
    }
    let mut postgres = Postgres::start();
    let place = machine(&postgres.url("t"));
    passed(&place.run("check s.yaml -q"));
    // A source that is asked for when the run is under way, and is not there when the database is gone.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("http://{}/d.csv", listener.local_addr().unwrap());
    place.write("far.yaml", &suite("s", &source));
    let child = place.start("check far.yaml -q --retries 0");
    let (stream, _) = listener.accept().unwrap();
    postgres.stop();
    drop((stream, listener));
    let ran = ended(child);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    for said in [
        "cannot deliver to `postgres://tamiz@127.0.0.1",
        "is delivered by the next command with this folder of reports",
        "the connection that held the lock",
    ] {
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    assert_eq!(ids(&place).len(), 2);
    // Without the database nothing is checked, for nobody knows what others found; unless that is asked for.
    let down = place.run("check s.yaml -q");
    assert_eq!(down.code, Some(3));
    assert!(down.err.contains("cannot read `postgres://"), "{}", down.err);
    assert_eq!((ids(&place).len(), place.run("check s.yaml -q --no-reports").code), (2, Some(0)));
    postgres.again();
    assert_eq!(postgres.sql("select count(*) from t.run"), "1");
    passed(&place.run("check s.yaml -q"));
    let kept = postgres.sql("select string_agg(id, ',' order by started_at) from t.run");
    assert_eq!(kept, ids(&place).join(","));
}

#[test]
fn a_database_whose_disk_is_full_gets_the_run_when_there_is_room() {
    if !is_there() {
        return;
    }
    let mut postgres = Postgres::start();
    let place = machine(&postgres.url("t"));
    passed(&place.run("check s.yaml -q"));
    postgres.stop();
    postgres.set("autovacuum = off");
    postgres.limit(Some(4096));
    postgres.again();
    // Bytes that do not compress, until no more of them go in.
    let fill = "do $$ begin
            for number in 1..1000 loop
                insert into t.file select 'x', number::text, decode(string_agg(md5(random()::text), ''), 'hex')
                from generate_series(1, 500);
            end loop;
        exception when others then raise notice 'full'; end $$";
    postgres.sql(fill);
    let ran = place.run("check s.yaml -q");
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(ran.err.contains("could not extend file") && ran.err.contains("is delivered by the next"), "{}", ran.err);
    assert_eq!((postgres.sql("select count(*) from t.run").as_str(), ids(&place).len()), ("1", 2));
    postgres.stop();
    postgres.limit(None);
    postgres.again();
    passed(&place.run("history"));
    assert_eq!(postgres.sql("select string_agg(id, ',' order by started_at) from t.run"), ids(&place).join(","));
}

#[test]
fn a_database_that_does_not_do_says_why_and_where_and_no_secret() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let port = postgres.port;
    let said = |url: &str| {
        let place = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", GOOD)]);
        let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
            .current_dir(place.path(""))
            .args(["check", "s.yaml"])
            .env("TAMIZ_HISTORY", url)
            .env_remove("PGPASSWORD")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!place.path("reports/runs").exists(), "nothing was run");
        let err = String::from_utf8(ran.stderr).unwrap();
        assert!(!err.contains("s3cret") && !err.contains("wr0ng"), "{err}");
        (ran.status.code(), err)
    };
    let (code, err) = said(&format!("postgres://nadie:wr0ng@127.0.0.1:{port}/postgres"));
    assert!(code == Some(3) && err.contains("password authentication failed for user \"nadie\""), "{err}");
    let (code, err) = said(&format!("postgres://nadie:s3cret@127.0.0.1:{port}/postgres"));
    assert_eq!(code, Some(3));
    assert!(err.contains("permission denied for database") && err.contains("let one that may create them"), "{err}");
    let (code, err) = said(&format!("postgres://tamiz@127.0.0.1:{port}/nowhere"));
    assert!(code == Some(3) && err.contains("database \"nowhere\" does not exist"), "{err}");
    let (code, err) = said("postgres://tamiz:s3cret@127.0.0.1/x?sslmode=sometimes");
    assert!(code == Some(2) && err.contains("TAMIZ_HISTORY: `sslmode=sometimes`"), "{err}");
    let (code, err) = said("mysql://tamiz:s3cret@127.0.0.1/x");
    assert!(code == Some(2) && err.contains("there is postgres://"), "{err}");
    // One that takes a connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, err) = said(&format!("postgres://tamiz@{}/x", silent.local_addr().unwrap()));
    assert!(code == Some(3) && err.contains("did not answer within"), "{err}");
    // In a file that is committed, a password is refused.
    let place = machine(&format!("postgres://nadie:s3cret@127.0.0.1:{port}/postgres"));
    let ran = place.run("check s.yaml");
    assert!(ran.code == Some(2) && ran.err.contains("a password does not stand in the file"), "{}", ran.err);
}

#[test]
fn an_older_database_is_brought_up_and_a_newer_one_left_alone() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let place = machine(&postgres.url("t"));
    passed(&place.run("check s.yaml -q"));
    // As the first step left it.
    postgres.sql("drop view t.results; drop view t.runs; delete from t.migration where step > 1");
    // Who may not make tables can use those that are there.
    postgres.sql(
        "grant usage on schema t to nadie; grant all on all tables in schema t to nadie;
                  grant all on all sequences in schema t to nadie",
    );
    let little = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", GOOD)]);
    let run = |place: &Place| {
        let url = format!("postgres://nadie@127.0.0.1:{}/postgres?schema=t", postgres.port);
        let ran = Command::new(env!("CARGO_BIN_EXE_tamiz"))
            .current_dir(place.path(""))
            .args(["check", "s.yaml", "-q"])
            .env("TAMIZ_HISTORY", url)
            .env("PGPASSWORD", "s3cret")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, err) = run(&little);
    assert!(code == Some(3) && err.contains("are at step 1 of 2"), "{err}");
    passed(&place.run("check s.yaml -q"));
    assert_eq!(postgres.sql("select count(*) from t.runs"), "2");
    let (code, err) = run(&little);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    postgres.sql("insert into t.migration (step) values (99)");
    let ran = place.run("check s.yaml -q");
    assert_eq!(ran.code, Some(3));
    assert!(ran.err.contains("made by a newer version of tamiz: they are at step 99"), "{}", ran.err);
    assert_eq!(postgres.sql("select count(*) from t.run"), "3");
}

#[test]
fn a_history_goes_to_a_database_and_back_and_loses_nothing() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("t");
    let place = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("r.yaml", &suite("r", "d.csv")), ("d.csv", GOOD)]);
    for text in [GOOD, BAD, GOOD] {
        place.write("d.csv", text);
        place.run("check s.yaml r.yaml -q");
    }
    passed(&place.run("breaker trip s --reason manual"));
    let there = place.run(&format!("history migrate reports {url}"));
    passed(&there);
    assert!(there.out.starts_with("6 runs and ") && there.out.contains("; 6 of the runs are new"), "{}", there.out);
    passed(&place.run(&format!("history migrate {url} back")));
    let (one, other) = (History::new(&place.path("reports")), History::new(&place.path("back")));
    assert_eq!(one.runs().unwrap(), other.runs().unwrap());
    let mut books = 0;
    for path in glob::glob(&place.path("reports/history/*.ndjson").display().to_string()).unwrap().map(Result::unwrap) {
        let name = path.file_name().unwrap();
        assert_eq!(fs::read(&path).unwrap(), fs::read(place.path("back/history").join(name)).unwrap(), "{name:?}");
        books += 1;
    }
    assert_eq!(books, 3, "two of runs, and one of a breaker");
    for run in one.runs().unwrap() {
        let record = |folder: &str| fs::read(place.path(folder).join("runs").join(&run.folder).join("report.json"));
        assert_eq!(record("reports").unwrap(), record("back").unwrap());
    }
    let again = place.run(&format!("history migrate reports {url}"));
    passed(&again);
    assert!(again.out.contains("; 0 of the runs are new"), "{}", again.out);
    // What is not there is named.
    postgres
        .sql("update t.file set bytes = '' where name = 'report.json' and folder = (select min(folder) from t.run)");
    let wrong = place.run(&format!("history migrate {url} reports"));
    assert_eq!(wrong.code, Some(1), "{}", wrong.err);
    assert!(wrong.err.contains("missing: runs/"), "{}", wrong.err);
    assert_eq!(place.run("history migrate reports ./reports").code, Some(2));
    assert_eq!(place.run(&format!("history migrate nowhere {url}")).code, Some(2));
}

#[test]
fn since_when_a_rule_fails_is_known_to_who_fetched_the_newest_runs_alone() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("t");
    let old = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", BAD)]);
    assert_eq!(old.run("check s.yaml -q").code, Some(1));
    // 1,200 runs like it, over three months, each a while before.
    let run = runs(&old).remove(0);
    let month = run.started_at[..7].to_owned();
    let text = old.read(&format!("reports/history/s-{month}.ndjson"));
    let mut books: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let newest = chrono::DateTime::parse_from_rfc3339(&run.started_at).unwrap();
    for number in (0..1200).rev() {
        let at = (newest - chrono::TimeDelta::hours(2 * number)).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let id = format!("00000000-0000-7000-8000-{:012}", 5000 - number);
        let folder = format!("{}Z_s_{number:06}", at[..19].replace(':', ""));
        let copy = text.replace(&run.id, &id).replace(&run.started_at, &at).replace(&run.folder, &folder);
        books.entry(at[..7].to_owned()).or_default().push_str(&copy);
    }
    fs::remove_dir_all(old.path("reports/history")).unwrap();
    for (month, text) in books {
        old.write(&format!("reports/history/s-{month}.ndjson"), &text);
    }
    passed(&old.run(&format!("history migrate reports {url}")));
    // Nobody has counted yet, so the first that needs it follows all; the next ones are told.
    for (turn, fetched) in [1201, 1001, 1001].into_iter().enumerate() {
        let place = machine(&url);
        place.write("d.csv", BAD);
        assert_eq!(place.run("check s.yaml -q").code, Some(1));
        assert_eq!(ids(&place).len(), fetched);
        let failing = History::new(&place.path("reports")).past("s", 1).unwrap().failing("d.id.unique").cloned();
        assert_eq!(failing.map(|since| since.runs), Some(1201 + turn as u64), "turn {turn}");
        // What is older comes when it is asked for.
        if turn == 2 {
            passed(&place.run("history --limit 1"));
            assert_eq!(ids(&place).len(), 1203);
        }
    }
}

#[test]
fn what_the_database_says_leads_nowhere_else() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("t");
    let (one, other) = (machine(&url), machine(&url));
    passed(&one.run("check s.yaml -q"));
    passed(&one.run("breaker trip s --reason manual"));
    postgres.sql("insert into t.breaker values ('s', 'x', E'no line\\n')");
    let tampered = [
        "update t.run set line = replace(line, '\"suite\":\"s\"', '\"suite\":\"../../x\"')",
        "update t.run set line = replace(line, '\"folder\":\"', '\"folder\":\"../../')",
        "update t.run set rules = rules || line",
    ];
    for tampered in tampered {
        let (line, rules) = (postgres.sql("select line from t.run"), postgres.sql("select rules from t.run"));
        postgres.sql(tampered);
        let ran = other.run("history");
        assert_eq!(ran.code, Some(3), "{tampered}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("is no run of its name"), "{}", ran.err);
        postgres.sql(&format!("update t.run set line = $l${line}\n$l$, rules = $l${rules}\n$l$"));
    }
    passed(&other.run("history"));
    assert_eq!(ids(&other), ids(&one));
}

#[test]
fn a_database_that_was_put_back_gets_again_what_it_lost() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let (one, other) = (machine(&postgres.url("t")), machine(&postgres.url("t")));
    for place in [&one, &other, &one] {
        passed(&place.run("check s.yaml -q"));
    }
    passed(&other.run("history"));
    // As of before the last two runs.
    postgres.sql(
        "delete from t.run where position > 1; delete from t.file where folder not in (select folder from t.run);
                  delete from t.document where name = 'since/s'; select setval('t.run_position', 1)",
    );
    let (mine, all) = (ids(&one), ids(&other));
    passed(&other.run("check s.yaml -q"));
    passed(&other.run("history"));
    passed(&one.run("history"));
    assert_eq!((mine.len(), ids(&other).len(), ids(&one)), (3, 4, ids(&other)));
    assert!(all.iter().all(|id| ids(&one).contains(id)));
    assert_eq!(postgres.sql("select count(*) from t.runs"), "4");
}

#[test]
fn servers_of_one_history_show_what_any_machine_found_and_go_on_without_it() {
    if !is_there() {
        return;
    }
    let mut postgres = Postgres::start();
    let url = postgres.url("t");
    let (one, other, third) = (machine(&url), machine(&url), machine(&url));
    let servers = [Server::start(&one, "s.yaml", Some(TOKEN)), Server::start(&other, "s.yaml", Some(TOKEN))];
    passed(&third.run("check s.yaml -q"));
    let folder = runs(&third)[0].folder.clone();
    for server in &servers {
        until("the run is seen", || server.json("/api/runs")["runs"].as_array().is_some_and(|runs| runs.len() == 1));
        until("the server is ready", || server.get("/readyz").status == 200);
        until("the pages are made", || server.get("/").body.contains("suites/s/"));
        assert_eq!(server.get(&format!("/runs/{folder}/index.html")).status, 200);
    }
    // One suite, asked for at both: one after the other.
    let asked: Vec<_> = servers.iter().map(|server| server.post(&serde_json::json!({"suite": "s"}))).collect();
    for (server, answer) in servers.iter().zip(&asked) {
        let check: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        server.until(check["id"].as_str().unwrap(), "ended");
    }
    for server in &servers {
        until("both runs are seen", || server.json("/api/runs")["runs"].as_array().is_some_and(|runs| runs.len() == 3));
    }
    let spans: Vec<(chrono::DateTime<chrono::FixedOffset>, u64)> = runs(&one)
        .iter()
        .map(|run| (chrono::DateTime::parse_from_rfc3339(&run.started_at).unwrap(), run.duration_ms))
        .collect();
    for pair in spans.windows(2) {
        let end = pair[0].0 + chrono::TimeDelta::milliseconds(i64::try_from(pair[0].1).unwrap());
        assert!(end <= pair[1].0, "two runs of the suite overlap");
    }
    // The page of a run that was never fetched is fetched when somebody asks for it.
    fs::remove_dir_all(one.path("reports/runs").join(&folder)).unwrap();
    assert_eq!(servers[0].get(&format!("/runs/{folder}/report.json")).status, 200);
    assert_eq!(servers[0].get("/runs/..%2f..%2fetc/passwd").status, 404);
    postgres.stop();
    until("it is not ready", || servers[0].get("/readyz").status == 503);
    assert_eq!(servers[0].get("/").status, 200);
    assert_eq!(servers[0].json("/api/runs")["runs"].as_array().unwrap().len(), 3);
    postgres.again();
    until("it is ready again", || servers[0].get("/readyz").status == 200);
    passed(&third.run("check s.yaml -q"));
    until("it follows again", || servers[0].json("/api/runs")["runs"].as_array().is_some_and(|runs| runs.len() == 4));
}

#[test]
fn a_breaker_that_one_machine_tripped_stops_the_others() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url("t");
    let (one, other) = (machine(&url), machine(&url));
    passed(&one.run("check s.yaml -q"));
    passed(&one.run("breaker trip s --reason manual --hold"));
    assert_eq!(other.run("breaker check s").code, Some(1));
    assert_eq!(other.run("publish d.csv out.csv --suite s.yaml -q").code, Some(1));
    passed(&other.run("breaker reset s --reason mended"));
    passed(&one.run("breaker check s"));
    passed(&one.run("publish d.csv out.csv --suite s.yaml -q"));
}

#[test]
fn what_one_machine_told_no_other_tells_again() {
    if !is_there() {
        return;
    }
    let postgres = Postgres::start();
    let receiver = Receiver::new();
    let config = format!(
        "tamiz: 1\nhistory: {}\nalerts:\n  channels: {{ops: {{type: webhook, url: \"{}\"}}}}\n  routes: [{{to: [ops]}}]\n",
        postgres.url("t"),
        receiver.url("/hook")
    );
    let (one, other) = (machine("x"), machine("x"));
    for place in [&one, &other] {
        place.write("tamiz.yaml", &config);
        place.write("d.csv", BAD);
    }
    assert_eq!(one.run("check s.yaml -q").code, Some(1));
    assert_eq!(receiver.asked().len(), 1);
    assert_eq!(other.run("check s.yaml -q").code, Some(1));
    assert_eq!(receiver.asked().len(), 1, "it was told already");
    // Who told nothing tells that it is over.
    other.write("d.csv", GOOD);
    passed(&other.run("check s.yaml -q"));
    assert_eq!(receiver.asked().len(), 2);
}

#[test]
fn a_connection_is_encrypted_and_asks_whose_it_is_if_that_is_wanted() {
    if !is_there() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "server.key",
            "-out",
            "server.crt",
        ])
        .current_dir(keys.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut postgres = Postgres::start();
    postgres.stop();
    postgres.give(&[("server.key", keys.path()), ("server.crt", keys.path())]);
    postgres.set("ssl = on");
    postgres.again();
    let port = postgres.port;
    let ask = |query: &str| {
        let url = format!("postgres://tamiz@localhost:{port}/postgres?schema=t&{query}");
        let place = machine(&url);
        place.run("check s.yaml -q")
    };
    let known = format!("sslrootcert={}", keys.path().join("server.crt").display());
    passed(&ask("sslmode=require"));
    passed(&ask("sslmode=prefer"));
    passed(&ask(&format!("sslmode=verify-full&{known}")));
    let unknown = ask("sslmode=verify-full");
    assert_eq!(unknown.code, Some(3));
    assert!(unknown.err.contains("certificate"), "{}", unknown.err);
    postgres.stop();
    postgres.set("ssl = off");
    postgres.again();
    let plain = ask("sslmode=require");
    assert_eq!(plain.code, Some(3));
    assert!(plain.err.contains("does not support TLS"), "{}", plain.err);
}
