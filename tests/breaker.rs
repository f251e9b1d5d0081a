//! The circuit breaker of a suite, by the program: what trips it, what it stops, what closes it, and what two processes and
//! one that is killed leave of it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::safety::{Place, Ran, ended};

const GOOD: &str = "id,n\n1,5\n2,7\n";
const BAD: &str = "id,n\n1,5\n1,-7\n";

fn suite(name: &str, breaker: &str) -> String {
    format!(
        "tamiz: 1\nsuite: {name}\n{breaker}as_of: 2025-06-30\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      id: \
         {{type: integer, expect: [not_null, unique]}}\n      n: {{type: integer, expect: [non_negative: {{id: sign}}]}}\n"
    )
}

fn place(breaker: &str) -> Place {
    Place::new(&[("s.yaml", &suite("s", breaker)), ("d.csv", GOOD)])
}

fn with(place: &Place, data: &str, line: &str) -> Ran {
    place.write("d.csv", data);
    place.run(line)
}

/// What `breaker check` exits with, and says.
fn asked(place: &Place) -> (Option<i32>, String) {
    let ran = place.run("breaker check s");
    assert!(ran.err.is_empty(), "{}", ran.err);
    (ran.code, ran.out)
}

fn lines(place: &Place) -> Vec<Json> {
    place.read("reports/history/s.breaker.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn it_trips_after_so_many_runs_and_a_run_that_passes_closes_it() {
    let place = place("breaker: {after: 3}\n");
    for failures in 1..=4 {
        let ran = with(&place, BAD, "check s.yaml");
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let record = place.record("s");
        assert_eq!((&record["breaker"]["failures"], &record["breaker"]["after"]), (&failures.into(), &3.into()));
        assert_eq!(record["breaker"]["tripped"], failures >= 3);
        assert_eq!(ran.out.contains("The breaker is tripped since "), failures >= 3, "{}", ran.out);
        let (code, said) = asked(&place);
        assert_eq!(code, Some(i32::from(failures >= 3)), "{said}");
    }
    let (_, said) = asked(&place);
    let since = place.record("s")["breaker"]["since"].as_str().unwrap().to_owned();
    assert_eq!(since, lines(&place)[2]["at"]);
    let since = format!("since {} {} UTC", &since[..10], &since[11..16]);
    for part in [&since, "3 runs in a row did not pass, the last one: 2 of", "`tamiz breaker reset s --reason …`"] {
        assert!(said.contains(part), "{said}");
    }
    let page = place.read("reports/suites/s/index.html");
    assert!(page.contains("id=\"breaker\"") && page.contains("El interruptor está disparado desde"), "{page}");
    // The evaluation goes on as ever, and a pass closes it.
    let ran = with(&place, GOOD, "check s.yaml");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.out.contains("breaker"), "{}", ran.out);
    assert_eq!(asked(&place).0, Some(0));
    let told: Vec<(Json, Json)> =
        lines(&place).iter().map(|line| (line["change"].clone(), line["tripped"].clone())).collect();
    let wanted = [("failed", false), ("failed", false), ("failed", true), ("failed", true), ("passed", false)];
    assert_eq!(told, wanted.map(|(change, tripped)| (change.into(), tripped.into())));
    // What passes again changes nothing, and is no line.
    with(&place, GOOD, "check s.yaml");
    assert_eq!(lines(&place).len(), 5);
}

#[test]
fn what_cannot_be_evaluated_counts_and_parts_of_a_suite_do_not() {
    let place = place("breaker: {after: 2}\n");
    fs::remove_file(place.path("d.csv")).unwrap();
    assert_eq!(place.run("check s.yaml").code, Some(3));
    with(&place, BAD, "check s.yaml --select id:sign");
    with(&place, BAD, "check s.yaml --no-reports");
    with(&place, GOOD, "check s.yaml --select id:sign");
    assert_eq!(place.record("s")["breaker"]["failures"], 1);
    fs::remove_file(place.path("d.csv")).unwrap();
    place.run("check s.yaml");
    let (code, said) = asked(&place);
    assert!(code == Some(1) && said.contains("2 runs in a row"), "{said}");
}

#[test]
fn nothing_is_published_while_it_is_tripped() {
    let place = place("breaker: {after: 1}\n");
    place.write("new.csv", GOOD);
    with(&place, BAD, "check s.yaml");
    let ran = place.run("publish new.csv out.csv --suite s.yaml");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("The breaker is tripped since") && ran.err.contains("nothing was published"),
        "{}",
        ran.err
    );
    assert!(ran.out.is_empty() && !place.path("out.csv").exists());
    // Also where nothing is kept of the run.
    assert_eq!(place.run("publish new.csv out.csv --suite s.yaml --no-reports").code, Some(1));
    let ran = place.run("breaker reset s --reason looked-at");
    assert!(ran.code == Some(0) && ran.out.starts_with("The breaker is closed"), "{}{}", ran.out, ran.err);
    assert_eq!(place.run("publish new.csv out.csv --suite s.yaml").code, Some(0));
    assert_eq!(place.read("out.csv"), GOOD);
    // What it refuses itself counts as well.
    place.write("new.csv", BAD);
    assert_eq!(place.run("publish new.csv out.csv --suite s.yaml").code, Some(1));
    place.write("new.csv", GOOD);
    let ran = place.run("publish new.csv out.csv --suite s.yaml --lang es");
    assert!(ran.code == Some(1) && ran.err.contains("El interruptor está disparado desde"), "{}", ran.err);
}

#[test]
fn people_trip_it_with_a_reason_and_may_hold_it() {
    let place = place("");
    assert_eq!(with(&place, GOOD, "check s.yaml").code, Some(0));
    assert!(place.record("s")["breaker"].is_null() && !place.path("reports/history/s.breaker.ndjson").exists());
    let ran = place.run("breaker trip s --reason stale");
    assert!(ran.code == Some(0) && ran.out.contains("tripped by hand: stale"), "{}{}", ran.out, ran.err);
    assert!(place.read("reports/suites/s/index.html").contains("tripped: stale"));
    assert_eq!(asked(&place).0, Some(1));
    with(&place, GOOD, "check s.yaml");
    assert_eq!(asked(&place).0, Some(0));
    place.run("breaker trip s.yaml --reason held --hold");
    let ran = with(&place, GOOD, "check s.yaml");
    assert_eq!(ran.code, Some(0));
    let said = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("and held: tripped by hand: held. Only `tamiz breaker reset"), "{said}");
    assert_eq!(asked(&place).0, Some(1));
    place.run("breaker reset s --reason done");
    assert_eq!(asked(&place).0, Some(0));
    let ran = place.run("breaker status s");
    assert!(ran.out.contains("tripped and held: held") && ran.out.contains("reset: done"), "{}", ran.out);
    let ran = place.run("breaker status --format json");
    let shown: Json = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&shown[0]["suite"], shown[0]["changes"].as_array().unwrap().len()), (&"s".into(), 4), "{shown}");
}

#[test]
fn a_mistake_is_never_a_closed_breaker() {
    let place = place("breaker: {after: 1}\n");
    // A suite that never ran has no breaker by its name, but by its file.
    assert_eq!(place.run("breaker check s").code, Some(2));
    let ran = place.run("breaker check s.yaml");
    assert!(ran.code == Some(0) && ran.out.contains("it trips after 1 run in a row"), "{}{}", ran.out, ran.err);
    with(&place, BAD, "check s.yaml");
    let ran = place.run("breaker check z");
    assert!(
        ran.code == Some(2) && ran.err.contains("no suite `z`") && ran.err.contains("there are `s`"),
        "{}",
        ran.err
    );
    for line in ["breaker trip s", "breaker reset s", "breaker trip s --reason="] {
        assert_eq!(place.run(line).code, Some(2), "{line}");
    }
    fs::write(place.path("reports/history/s.breaker.ndjson"), "nothing of ours\n").unwrap();
    for line in ["breaker check s", "breaker status s", "publish d.csv out.csv --suite s.yaml"] {
        let ran = place.run(line);
        assert!(ran.code == Some(2) && ran.err.contains("line 1 is no change of a breaker"), "{line}: {}", ran.err);
    }
    // The suite is evaluated and reported all the same.
    let ran = place.run("check s.yaml");
    assert!(ran.code == Some(1) && ran.err.contains("line 1 is no change of a breaker"), "{}", ran.err);
    let ran = with(&place, GOOD, "check s.yaml");
    assert!(ran.code == Some(4) && ran.err.contains("line 1 is no change of a breaker"), "{}", ran.err);
}

#[test]
fn it_goes_with_the_history_from_machine_to_machine() {
    let place = place("breaker: {after: 2}\n");
    with(&place, BAD, "check s.yaml");
    assert_eq!(place.run("history push kept").code, Some(0));
    let first = lines(&place);
    // A machine that knows nothing takes the row up where it was.
    fs::remove_dir_all(place.path("reports")).unwrap();
    assert_eq!(place.run("history pull kept").code, Some(0));
    assert_eq!(lines(&place), first);
    with(&place, BAD, "check s.yaml");
    assert_eq!(asked(&place).0, Some(1));
    assert_eq!(place.run("history push kept").code, Some(0));
    // What happened on both sides is there once, in the order of time.
    fs::rename(place.path("reports"), place.path("mine")).unwrap();
    assert_eq!(place.run("breaker trip s --reason elsewhere --hold --reports kept").code, Some(0));
    fs::rename(place.path("mine"), place.path("reports")).unwrap();
    place.run("breaker reset s --reason here");
    assert_eq!(place.run("history pull kept").code, Some(0));
    let told: Vec<Json> = lines(&place).iter().map(|line| line["change"].clone()).collect();
    assert_eq!(told, ["failed", "failed", "tripped", "reset"]);
    assert_eq!(asked(&place).0, Some(0));
    assert_eq!(place.run("history pull kept").code, Some(0));
    assert_eq!(lines(&place).len(), 4);
}

#[test]
fn changes_of_two_processes_are_all_there() {
    let place = place("breaker: {after: 50}\n");
    with(&place, BAD, "check s.yaml");
    let children: Vec<_> = (0..12).map(|at| place.start(&format!("breaker trip s --reason number-{at}"))).collect();
    let codes: Vec<_> = children.into_iter().map(|child| ended(child).code).collect();
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    let lines = lines(&place);
    let mut reasons: Vec<&str> = lines[1..].iter().map(|line| line["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!((lines.len(), reasons.len()), (13, 12));
}

#[test]
fn a_process_that_is_killed_leaves_no_half_of_a_change() {
    let place = place("breaker: {after: 2}\n");
    place.write("d.csv", BAD);
    let start = Instant::now();
    place.run("check s.yaml");
    let whole = start.elapsed();
    let mut counted = 1;
    for at in 0..12_u32 {
        let mut child = place.start("check s.yaml");
        std::thread::sleep(whole.mul_f64(f64::from(at) / 9.0).min(Duration::from_secs(5)));
        let _ = child.kill();
        child.wait().unwrap();
        // Each state that is there is whole, and no run counts twice or is lost once it was told.
        let now = lines(&place).len();
        assert!(now == counted || now == counted + 1, "{counted} then {now}");
        counted = now;
        assert_eq!(asked(&place).0, Some(i32::from(counted >= 2)));
    }
    with(&place, GOOD, "check s.yaml");
    assert_eq!(asked(&place).0, Some(0));
}
