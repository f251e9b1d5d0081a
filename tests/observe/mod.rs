//! What others see of runs: gauges, events of lineage, logs; receivers that are down, slow or talk nonsense; and the board and
//! the rules of `examples/observability`, in the real Prometheus.

mod real;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::outputs::readers::read;
use crate::receiver::{Answer, Receiver};
use crate::safety::{Place, Ran};

const DATA: &str = "id,n,\"a \"\"b\"\" \\ c\"\n1,5,x\n2,-1,\n2,,y\n";

const GOOD: &str = "id,n,\"a \"\"b\"\" \\ c\"\n2,1,x\n";

/// What passes, fails, warns and is muted, at several levels, and a number.
const SUITE: &str = r#"
tamiz: 1
suite: s
breaker: {after: 5}
owner: ana@empresa.example
description: {en: "What must hold \ \"here\"", es: x}
as_of: 2025-06-30
datasets:
  d:
    source: d.csv
    columns:
      id: {type: integer, expect: [not_null, unique]}
      n:
        type: integer
        expect:
          - non_negative: {severity: critical}
          - not_null: {severity: warning}
          - min: {min: -5}
          - max: {max: 2, mute: {until: "2030-01-01", reason: known}}
          - positive: {levels: {warning: 0, critical: 90%}}
      'a "b" \ c': {type: string, expect: [not_null: {severity: info}]}
  more: {from: d, where: "id = 2", expect: [row_count: {min: 1}]}
"#;

fn place() -> Place {
    Place::new(&[("s.yaml", SUITE), ("d.csv", DATA)])
}

/// The value of a gauge with these labels, as text.
fn gauge(read: &Json, name: &str, labels: &Json) -> Option<String> {
    let samples = read["samples"].as_array().unwrap();
    let found = samples.iter().find(|sample| sample[0] == name && sample[1] == *labels)?;
    Some(found[2].as_str().unwrap().to_owned())
}

#[test]
fn gauges_say_what_the_record_says() {
    let place = place();
    let ran = place.run("check s.yaml --output prometheus:columns=out/{suite}.prom");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let text = place.read("out/s.prom");
    let told = read("prometheus", &text).unwrap();
    let known: BTreeSet<&str> = tamiz::report::prometheus::GAUGES.iter().map(|(name, _)| *name).collect();
    for (name, kind) in told["types"].as_object().unwrap() {
        assert!(kind == "gauge" && known.contains(name.as_str()), "{name}");
    }
    let record = place.record("s");
    let of = |name: &str, more: Json| {
        let mut labels = json!({ "suite": "s" });
        labels.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        gauge(&told, name, &labels)
    };
    let none = || json!({});
    assert_eq!(of("tamiz_run_exit_code", none()).as_deref(), Some("1.0"));
    assert_eq!(of("tamiz_run_gating_rules", none()).as_deref(), Some("2.0"));
    assert_eq!(of("tamiz_breaker_failed_runs", none()).as_deref(), Some("1.0"));
    assert_eq!(of("tamiz_run_last_success_timestamp_seconds", none()), None);
    assert_eq!(of("tamiz_dataset_rows", json!({ "dataset": "d" })).as_deref(), Some("3.0"));
    let rules = |severity: &str, status: &str| {
        of("tamiz_rules", json!({ "dataset": "d", "severity": severity, "status": status }))
    };
    assert_eq!(rules("critical", "fail").as_deref(), Some("1.0"));
    // One fails below the level it may reach, and one is muted.
    assert_eq!(rules("warning", "fail").as_deref(), Some("2.0"));
    assert_eq!(rules("error", "muted").as_deref(), Some("1.0"));
    assert_eq!(rules("critical", "muted").as_deref(), Some("0.0"));
    let of_rule = |name: &str, rule: &str, severity: &str| {
        of(name, json!({ "dataset": "d", "rule": rule, "severity": severity }))
    };
    assert_eq!(of_rule("tamiz_rule_failed_rows", "d.n.non_negative", "critical").as_deref(), Some("1.0"));
    assert_eq!(of_rule("tamiz_rule_pass_ratio", "d.n.non_negative", "critical").as_deref(), Some("0.5"));
    assert_eq!(of_rule("tamiz_rule_observed", "d.n.min", "error").as_deref(), Some("-1.0"));
    assert_eq!(of_rule("tamiz_rule_failing", "d.n.max", "error").as_deref(), Some("0.0"));
    for column in ["n", "a \"b\" \\ c"] {
        let share = of("tamiz_column_null_ratio", json!({ "dataset": "d", "column": column })).unwrap();
        assert!(share.starts_with("0.333333333333"), "{column}: {share}");
    }
    // Nothing grows with runs, files or values.
    for word in [record["run"]["id"].as_str().unwrap(), "d.csv"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn a_file_of_gauges_is_whole_and_keeps_the_last_success() {
    let place = place();
    place.write("good.csv", GOOD);
    let line = "check s.yaml --output prometheus=m.prom";
    let success = || {
        gauge(
            &read("prometheus", &place.read("m.prom")).unwrap(),
            "tamiz_run_last_success_timestamp_seconds",
            &json!({ "suite": "s" }),
        )
    };
    assert_eq!(place.run(&format!("{line} --source d=good.csv")).code, Some(0));
    let passed = success().unwrap();
    // A part of the rules that passes is no success, and a failure takes none away.
    assert_eq!(place.run(&format!("{line} --source d=good.csv --select id:d.id.*")).code, Some(0));
    assert_eq!(success().as_ref(), Some(&passed));
    assert_eq!(place.run(line).code, Some(1));
    assert_eq!(success(), Some(passed));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(place.path("m.prom")).unwrap().permissions().mode() & 0o777, 0o644);
    }
    // What cannot be written is said, and leaves the verdict.
    fs::create_dir(place.path("folder.prom")).unwrap();
    let ran = place.run("check s.yaml --source d=good.csv --output prometheus=folder.prom");
    assert!(ran.code == Some(4) && ran.err.contains("folder.prom"), "{}", ran.err);
    // All suites of a command are in one file, each name explained once.
    place.write("t.yaml", &SUITE.replace("suite: s", "suite: t"));
    place.run("check s.yaml t.yaml --output prometheus=all.prom");
    let all = read("prometheus", &place.read("all.prom")).unwrap();
    for suite in ["s", "t"] {
        assert!(gauge(&all, "tamiz_run_exit_code", &json!({ "suite": suite })).is_some());
    }
}

#[test]
fn events_of_lineage_are_those_of_the_schemas() {
    let place = place();
    let ran = place.run("check s.yaml --output openlineage=e.ndjson");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let told = read("openlineage", &place.read("e.ndjson")).unwrap();
    let [start, end] = told["events"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&start["eventType"], &end["eventType"]), (&json!("START"), &json!("COMPLETE")));
    assert_eq!(start["run"]["runId"], place.record("s")["run"]["id"]);
    assert_eq!(start["run"]["runId"], end["run"]["runId"]);
    let [input] = end["inputs"].as_array().unwrap().as_slice() else { panic!("{end}") };
    let path = place.path("d.csv").canonicalize().unwrap();
    assert_eq!((&input["namespace"], &input["name"]), (&json!("file"), &json!(path.to_str().unwrap())));
    let assertions = input["inputFacets"]["dataQualityAssertions"]["assertions"].as_array().unwrap();
    let find = |name: &str| assertions.iter().find(|assertion| assertion["name"] == name).unwrap();
    let failed = find("d.n.non_negative");
    assert_eq!(
        (&failed["success"], &failed["column"], &failed["severity"]),
        (&json!(false), &json!("n"), &json!("error"))
    );
    assert_eq!((&failed["expected"], &failed["actual"]), (&json!("0"), &json!("1")));
    // What a baseline of severities lets through is a warning.
    assert_eq!((&find("d.n.max")["severity"], &find("d.n.max")["success"]), (&json!("warn"), &json!(false)));
    // The rows of another dataset are its rows.
    assert_eq!(find("more.row_count")["success"], true);
    let metrics = &input["inputFacets"]["dataQualityMetrics"];
    assert_eq!((&metrics["rowCount"], &metrics["fileCount"]), (&json!(3), &json!(1)));
    assert_eq!(metrics["columnMetrics"]["n"]["min"], -1);

    // What cannot be evaluated is FAIL with its reason.
    fs::remove_file(place.path("d.csv")).unwrap();
    assert_eq!(place.run("check s.yaml --output openlineage=f.ndjson").code, Some(3));
    let told = read("openlineage", &place.read("f.ndjson")).unwrap();
    assert_eq!(told["events"][1]["eventType"], "FAIL");
    let why = told["events"][1]["run"]["facets"]["errorMessage"]["message"].as_str().unwrap();
    assert!(!why.is_empty());
    for test in told["events"][1]["run"]["facets"]["test"]["tests"].as_array().unwrap() {
        assert_ne!(test["status"], "pass", "{test}");
    }
}

/// Runs with variables of the environment.
fn with_env(place: &Place, words: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(place.path("")).args(words).env_clear().envs(env.iter().copied());
    let ran = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
}

fn ok() -> Answer {
    Answer::status(200)
}

#[test]
fn a_server_of_lineage_hears_of_a_run_before_and_after_it() {
    let place = place();
    let server = Receiver::in_turn(&[ok()]);
    let to = format!("openlineage={}", server.url(""));
    let run = "01941234-5678-7000-8000-000000000001";
    let parent = format!("airflow/prod/dag.task/{run}");
    let env = [
        ("OPENLINEAGE_API_KEY", "s3cr3t-token"),
        ("OPENLINEAGE_PARENT_ID", &parent),
        ("OPENLINEAGE_NAMESPACE", "calidad"),
    ];
    let ran =
        with_env(&place, &["check", "s.yaml", "--output", &to, "--log-format", "json", "--log-level", "trace"], &env);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let seen = server.asked();
    assert_eq!(seen.len(), 2, "{seen:?}");
    let events: Vec<String> = seen.iter().map(|request| request.body.clone() + "\n").collect();
    let told = read("openlineage", &events.concat()).unwrap();
    for (request, (event, kind)) in
        seen.iter().zip(told["events"].as_array().unwrap().iter().zip(["START", "COMPLETE"]))
    {
        assert_eq!(request.line, "POST /api/v1/lineage");
        assert_eq!(request.header("authorization"), Some("Bearer s3cr3t-token"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!((&event["eventType"], &event["job"]["namespace"]), (&json!(kind), &json!("calidad")));
        let parent = &event["run"]["facets"]["parent"];
        assert_eq!((&parent["run"]["runId"], &parent["job"]["namespace"]), (&json!(run), &json!("airflow/prod")));
    }
    assert!(!ran.err.contains("s3cr3t") && !ran.out.contains("s3cr3t"), "{}", ran.err);
    // A parent that is none is said.
    let ran = with_env(&place, &["check", "s.yaml", "--output", &to], &[("OPENLINEAGE_PARENT_ID", "nobody")]);
    assert!(ran.code == Some(1) && ran.err.contains("OPENLINEAGE_PARENT_ID is not"), "{}", ran.err);
}

#[test]
fn gauges_are_put_where_those_of_the_last_run_were() {
    let place = place();
    let server = Receiver::in_turn(&[ok()]);
    let url = server.url("").replace("//", "//ana:p%40ss@");
    let ran = place.run(&format!("check s.yaml --strict-delivery --output prometheus={url}"));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let [seen] = server.asked().try_into().unwrap();
    assert_eq!(seen.line, "PUT /metrics/job/tamiz/suite/s");
    assert_eq!(seen.header("authorization"), Some("Basic YW5hOnBAc3M="));
    assert_eq!(seen.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    read("prometheus", &seen.body).unwrap();
    // The record and the log show no password.
    assert!(!place.read("reports/latest/s.json").contains("p%40ss"));
}

/// A run that passes and delivers to a server: its exit code, plain and strict, and what it says.
fn delivered(answers: &[Answer]) -> (Option<i32>, Option<i32>, String, usize) {
    let place = Place::new(&[("s.yaml", &crate::safety::suite("s", "d.csv")), ("d.csv", "id,n\n1,5\n")]);
    let server = Receiver::in_turn(answers);
    let line = format!("check s.yaml -q --output prometheus={}", server.url("/x"));
    let plain = place.run(&line);
    let count = server.asked().len();
    let strict = Receiver::in_turn(answers);
    let strict = place.run(&format!("check s.yaml -q --strict-delivery --output prometheus={}", strict.url("/x")));
    (plain.code, strict.code, plain.err, count)
}

#[test]
fn a_server_that_has_a_bad_moment_is_asked_again() {
    let bad = [Answer::status(503), Answer::status(0), Answer::status(429).with("retry-after", "1"), ok()];
    let start = Instant::now();
    assert_eq!(delivered(&bad), (Some(0), Some(0), String::new(), 4));
    assert!(start.elapsed() > Duration::from_secs(2), "it did not wait as long as it was asked to");
}

#[test]
fn a_server_that_refuses_changes_no_verdict_unless_that_is_asked_for() {
    for (answer, said, times) in [
        (Answer::status(400).saying("words"), "it answers 400: words", 1),
        (Answer::status(302).with("location", "/elsewhere"), "it answers 302 and points elsewhere", 1),
        (Answer::status(500).saying("words"), "it answers 500: words", 5),
        (Answer::garbage(), "invalid HTTP", 5),
        (Answer::status(0), "connection closed", 5),
    ] {
        let (plain, strict, err, count) = delivered(std::slice::from_ref(&answer));
        assert_eq!((plain, strict, count), (Some(0), Some(4), times), "{answer:?}: {err}");
        assert!(err.contains("cannot deliver to `http://127.0.0.1:") && err.contains(said), "{answer:?}: {err}");
    }
}

#[test]
fn a_server_that_hangs_or_is_not_there_costs_a_limited_time() {
    let start = Instant::now();
    let (plain, strict, err, _) = delivered(&[Answer::silence()]);
    assert_eq!((plain, strict), (Some(0), Some(4)), "{err}");
    assert!(err.contains("no answer came in time"), "{err}");
    assert!(start.elapsed() < Duration::from_mins(5));
    let place = place();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // A server that is down costs its time once, not for each suite.
    let suites = ["t", "u", "v"].map(|name| SUITE.replace("suite: s", &format!("suite: {name}")));
    suites.iter().zip(["t", "u", "v"]).for_each(|(text, name)| place.write(&format!("{name}.yaml"), text));
    let start = Instant::now();
    let ran = place.run(&format!("check s.yaml t.yaml u.yaml v.yaml -q --output openlineage=http://{nobody}"));
    assert!(ran.code == Some(1) && ran.err.contains("Connection refused"), "{}", ran.err);
    assert!(start.elapsed() < Duration::from_mins(5));
    assert!(place.path("reports/latest/v.json").exists());
}

#[test]
fn a_run_is_a_span_of_the_trace_that_started_it() {
    let place = place();
    let server = Receiver::in_turn(&[ok()]);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let env = [
        ("TRACEPARENT", parent),
        ("OTEL_SERVICE_NAME", "carga nocturna"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=CANARY%20KEY"),
    ];
    let to = format!("otlp={}", server.url(""));
    let ran = with_env(&place, &["check", "s.yaml", "-q", "--output", &to, "--output", "otlp=t.json"], &env);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let [seen] = server.asked().try_into().unwrap();
    assert_eq!((seen.line.as_str(), seen.header("x-api-key")), ("POST /v1/traces", Some("CANARY KEY")));
    assert_eq!(seen.body, place.read("t.json"));
    let told = read("otlp", &seen.body).unwrap();
    assert_eq!(told["resource"]["service.name"], "carga nocturna");
    assert_eq!(told["resource"]["deployment.environment"], "prod");
    let span = &told["spans"][0];
    assert_eq!((&span["trace"], &span["parent"]), (&parent[3..35].into(), &parent[36..52].into()));
    let record = place.record("s");
    assert_eq!(span["attributes"]["tamiz.run.id"], record["run"]["id"]);
    assert_eq!((&span["status"], &span["message"]), (&2.into(), &record["verdict"]["reason"]["en"]));
    let failed: BTreeSet<&str> = record["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["status"] == "failed")
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let events = span["events"].as_array().unwrap();
    let named: BTreeSet<&str> = events.iter().map(|event| event[1]["tamiz.rule.id"].as_str().unwrap()).collect();
    assert_eq!(named, failed);
    // A run that passes is one of which nothing is wrong, and runs of a command share a trace.
    place.write("t.yaml", &SUITE.replace("suite: s", "suite: t"));
    place.write("d.csv", GOOD);
    assert_eq!(place.run("check s.yaml t.yaml -q --output otlp=both.json").code, Some(0));
    let told = read("otlp", &place.read("both.json")).unwrap();
    let spans = told["spans"].as_array().unwrap();
    assert_eq!((spans.len(), &spans[0]["status"], &spans[0]["parent"]), (2, &1.into(), &"".into()));
    assert!(spans[0]["trace"] == spans[1]["trace"] && spans[0]["span"] != spans[1]["span"]);
}

#[test]
fn only_what_goes_to_a_server_may_name_one() {
    let place = place();
    for (output, said) in [
        ("json=http://127.0.0.1:1/x", "only prometheus, openlineage and otlp go to a server"),
        ("prometheus=http://[", "that is no URL"),
        ("promtheus=x", "`promtheus` is no format"),
    ] {
        let ran = place.run(&format!("check s.yaml --output {output}"));
        assert!(ran.code == Some(2) && ran.err.contains(said), "{output}: {}", ran.err);
    }
}

#[test]
fn a_log_names_the_run_in_each_line_and_is_all_there_is_on_standard_error() {
    let place = place();
    for form in ["json", "ecs"] {
        let ran = place.run(&format!("check s.yaml --output json --log-level trace --log-format {form}"));
        assert_eq!(ran.code, Some(1));
        let record: Json = serde_json::from_str(&ran.out).unwrap();
        let id = &record["run"]["id"];
        let lines: Vec<Json> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let rules = record["results"].as_array().unwrap().len();
        assert!(lines.len() >= rules + 3, "{}", ran.err);
        for line in &lines {
            let (run, level) = if form == "ecs" {
                assert_eq!(line["ecs.version"], "8.11.0");
                assert!(line["@timestamp"].is_string() && line["message"].is_string());
                (&line["labels"]["run_id"], &line["log.level"])
            } else {
                (&line["run"], &line["level"])
            };
            assert!(run == id && level.is_string(), "{line}");
        }
        let outcome = if form == "ecs" { "event.outcome" } else { "outcome" };
        assert!(lines.iter().any(|line| line["message"] == "run failed" && line[outcome] == "failure"), "{}", ran.err);
    }
    // For people it stands between what is said anyway.
    let ran = place.run("check s.yaml -q --log-format text");
    let starts = |line: &&str| line.contains(" ERROR rule failed ") && line.contains(" run=");
    assert_eq!(ran.err.lines().filter(starts).count(), 2, "{}", ran.err);
    assert!(ran.out.contains("✗ failed"));
    // Unasked there is none, and off is off.
    assert_eq!(place.run("check s.yaml -q").err, "");
    assert_eq!(place.run("check s.yaml -q --log-format json --log-level off").err, "");
    // Mistakes are events too.
    place.write("bad.yaml", "tamiz: 1\nsuite: b\nbreker: {after: 1}\ndatasets: {d: {source: d.csv}}\n");
    let ran = place.run("check bad.yaml --log-format json");
    assert_eq!(ran.code, Some(2));
    let lines: Vec<Json> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["line"] == 3 && line["level"] == "error"), "{}", ran.err);
}

#[test]
fn how_much_is_logged_comes_from_the_flag_or_the_environment() {
    let place = place();
    let levels = |words: &[&str], env: &[(&str, &str)]| {
        let ran = with_env(&place, &[&["check", "s.yaml", "-q", "--no-reports"], words].concat(), env);
        (ran.code, ran.err.lines().map(|line| line[28..33].trim().to_owned()).collect::<BTreeSet<_>>())
    };
    let set = |words: &[&str]| (Some(1), words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>());
    assert_eq!(levels(&[], &[("TAMIZ_LOG", "warn")]), set(&["ERROR", "WARN"]));
    assert_eq!(levels(&["--log-level", "error"], &[("TAMIZ_LOG", "debug")]), set(&["ERROR"]));
    assert_eq!(levels(&["--log-level", "debug"], &[]), set(&["ERROR", "WARN", "INFO", "DEBUG"]));
    let ran = with_env(&place, &["check", "s.yaml"], &[("TAMIZ_LOG", "loud")]);
    assert!(ran.code == Some(2) && ran.err.contains("TAMIZ_LOG: `loud` is none of off"), "{}", ran.err);
}

#[test]
fn a_log_holds_no_cell_and_no_secret() {
    let place = Place::new(&[
        ("d.csv", "id,email\nCANARYKEY,CANARY@mail.example\nCANARYKEY,CANARYNOTANEMAIL\n"),
        (
            "s.yaml",
            "tamiz: 1\nsuite: s\nas_of: 2025-06-30\ndatasets:\n  d:\n    source: d.csv\n    key: id\n    columns:\n      id: \
             {type: integer, expect: [unique, max: {max: 3}]}\n      email: {expect: [format: email, in_set: [a], \
             length: 3]}\n    expect: [expression: {sql: \"CAST(email AS INTEGER) > 1\"}]\n",
        ),
    ]);
    for form in ["text", "json", "ecs"] {
        let ran = place.run(&format!(
            "check s.yaml -q --log-level trace --log-format {form} --output prometheus=http://ana:CANARYPASS@127.0.0.1:9/x \
             --output openlineage=http://127.0.0.1:9/x?token=CANARYTOKEN"
        ));
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(!ran.err.contains("CANARY"), "{form}: {}", ran.err);
        assert!(ran.err.contains("***"), "{form}: {}", ran.err);
    }
}
