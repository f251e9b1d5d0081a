//! Gauges, rules and board in the real Prometheus and its Pushgateway, which Debian has.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::{GOOD, SUITE, place};
use crate::examples::root;
use crate::prometheus::{self, Server};

fn succeeds(command: &mut Command) -> String {
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    said
}

fn example(name: &str) -> std::path::PathBuf {
    root().join("examples/observability").join(name)
}

#[test]
fn promtool_finds_nothing_wrong_with_gauges_and_rules() {
    if !prometheus::is_there() {
        return;
    }
    let place = place();
    place.run("check s.yaml --output prometheus:columns=m.prom");
    let gauges = fs::File::open(place.path("m.prom")).unwrap();
    let said = succeeds(Command::new("promtool").args(["check", "metrics"]).stdin(gauges));
    assert_eq!(said, "");
    succeeds(Command::new("promtool").args(["check", "rules"]).arg(example("rules.yml")));
    let tests = Command::new("promtool").args(["test", "rules"]).arg(example("rules.test.yml")).output().unwrap();
    assert!(
        tests.status.success(),
        "{}{}",
        String::from_utf8_lossy(&tests.stdout),
        String::from_utf8_lossy(&tests.stderr)
    );
}

#[test]
fn a_pushgateway_holds_the_newest_run_of_each_suite() {
    if !prometheus::is_there() {
        return;
    }
    let place = place();
    let gateway = Server::start("prometheus-pushgateway", &[], &place.path(""));
    let to = format!("--strict-delivery --output prometheus=http://127.0.0.1:{}", gateway.port);
    assert_eq!(place.run(&format!("check s.yaml {to}")).code, Some(1));
    place.write("t.yaml", &SUITE.replace("suite: s", "suite: t"));
    assert_eq!(place.run(&format!("check t.yaml {to}")).code, Some(1));
    let metrics = || gateway.get("/metrics").unwrap().1;
    let has = |text: &str, suite: &str, rule: &str| {
        let of_rule = format!("rule=\"{rule}\"");
        text.lines().any(|line| {
            line.starts_with("tamiz_rule_failing{")
                && line.contains(&of_rule)
                && line.contains(&format!("suite=\"{suite}\""))
        })
    };
    let before = metrics();
    assert!(has(&before, "s", "d.n.min") && has(&before, "t", "d.n.min"), "{before}");
    // A rule that is gone from a suite is gone from its group, and from no other.
    place.write("s.yaml", &SUITE.replace("          - min: {min: -5}\n", ""));
    assert_eq!(place.run(&format!("check s.yaml {to}")).code, Some(1));
    let after = metrics();
    assert!(!has(&after, "s", "d.n.min") && has(&after, "s", "d.n.max") && has(&after, "t", "d.n.min"), "{after}");
}

#[test]
fn the_board_and_the_rules_work_in_the_real_prometheus() {
    if !prometheus::is_there() {
        return;
    }
    let place = place();
    let gateway = Server::start("prometheus-pushgateway", &[], &place.path(""));
    place.write("good.csv", GOOD);
    let to = format!("--strict-delivery --output prometheus=http://127.0.0.1:{}", gateway.port);
    assert_eq!(place.run(&format!("check s.yaml --source d=good.csv {to}")).code, Some(0));
    assert_eq!(place.run(&format!("check s.yaml {to}")).code, Some(1));
    assert_eq!(place.run("breaker trip s --reason test").code, Some(0));
    assert_eq!(place.run(&format!("check s.yaml {to}")).code, Some(1));
    place.write(
        "prometheus.yml",
        &format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{}]\nscrape_configs:\n  - job_name: gateway\n    \
             honor_labels: true\n    static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
            example("rules.yml").display(),
            gateway.port
        ),
    );
    let words = ["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--log.level=error"];
    let server = Server::start("prometheus", &words, &place.path(""));
    let start = Instant::now();
    let (rules, firing) = loop {
        let told = server.json("/api/v1/rules");
        let groups = told["data"]["groups"].as_array().unwrap().clone();
        let rules: Vec<Json> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect();
        let firing: BTreeSet<String> = rules
            .iter()
            .filter(|rule| rule["state"] == "firing")
            .map(|rule| rule["name"].as_str().unwrap().to_owned())
            .collect();
        if firing.len() >= 2 && rules.iter().all(|rule| rule["health"] == "ok") {
            break (rules, firing);
        }
        assert!(start.elapsed() < Duration::from_mins(5), "{rules:?}");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(rules.len(), 10);
    assert!(firing.contains("TamizCriticalRuleFailed") && firing.contains("TamizBreakerTripped"), "{firing:?}");

    // Each query of the board finds something.
    for (panel, query) in queries() {
        let query = query.replace("$suite", ".*").replace("$dataset", ".*").replace("$__range", "1h");
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let told = server.json(&format!("/api/v1/query?query={encoded}"));
        assert!(!told["data"]["result"].as_array().unwrap().is_empty(), "{panel}: {query}");
    }
}

/// The queries of the board, with the panels that make them.
fn queries() -> Vec<(String, String)> {
    let board: Json = serde_json::from_str(&fs::read_to_string(example("grafana.json")).unwrap()).unwrap();
    let mut queries = Vec::new();
    for panel in board["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            queries.push((panel["title"].to_string(), target["expr"].as_str().unwrap().to_owned()));
        }
    }
    queries
}

#[test]
fn the_board_and_the_rules_name_only_gauges_that_there_are() {
    let names: BTreeSet<String> =
        tamiz::report::prometheus::GAUGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let word = regex::Regex::new(r"\btamiz_[a-z_]+").unwrap();
    let rules = fs::read_to_string(example("rules.yml")).unwrap();
    let recorded = regex::Regex::new(r"[a-z_]+:tamiz_[a-z_]+:[a-z_]+").unwrap();
    let rules = recorded.replace_all(&rules, "").into_owned();
    let board = fs::read_to_string(example("grafana.json")).unwrap();
    crate::outputs::readers::read("grafana", &board).unwrap();
    let wrong = board.replacen("\"gridPos\"", "\"gridPlace\"", 1);
    assert!(crate::outputs::readers::read("grafana", &wrong).unwrap_err().contains("gridPlace"));
    let used =
        |text: &str| -> BTreeSet<String> { word.find_iter(text).map(|found| found.as_str().to_owned()).collect() };
    let all: BTreeSet<String> = used(&rules).union(&used(&board)).cloned().collect();
    let unknown: Vec<&String> = all.difference(&names).filter(|name| *name != "tamiz_rules_").collect();
    assert!(unknown.is_empty() && all.len() > 8, "{unknown:?}");

    let board: Json = serde_json::from_str(&board).unwrap();
    assert!(board["id"].is_null() && board["uid"] == "tamiz" && board["schemaVersion"].as_u64() >= Some(39));
    let panels = board["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let variables: BTreeSet<&str> = board["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    let required: BTreeSet<&str> =
        board["__requires"].as_array().unwrap().iter().map(|need| need["id"].as_str().unwrap()).collect();
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(required.contains(panel["type"].as_str().unwrap()), "{panel}");
        assert_eq!(panel["datasource"]["uid"], "${DS_PROMETHEUS}");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24);
        for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
            assert!(taken.insert((x, y)), "panels lie over each other at {x}, {y}");
        }
    }
    let variable = regex::Regex::new(r"\$([a-z]+)").unwrap();
    for (panel, query) in queries() {
        for name in variable.captures_iter(&query) {
            assert!(variables.contains(&name[1]), "{panel}: {query}");
        }
    }
}
