//! `tamiz serve` as it is used: pages and questions over real connections, checks that are asked for, clients that do not behave.

pub(crate) mod client;
mod hostile;

use serde_json::{Value as Json, json};

use crate::safety::Place;
use client::{Server, TOKEN};

const SUITE: &str = "tamiz: 1\nsuite: ventas\ntitle: Ventas\ndatasets:\n  pedidos:\n    source: pedidos.csv\n    columns:\n      id: {type: integer, expect: [unique, not_null]}\n      total: {type: decimal, expect: [non_negative: {severity: critical}]}\n";

const GOOD: &str = "id,total\n1,5\n2,7\n";
const BAD: &str = "id,total\n1,5\n1,-7\n";

/// A folder with a suite and two runs of it, the first of which failed.
fn place() -> Place {
    let place = Place::new(&[("ventas.yaml", SUITE), ("pedidos.csv", BAD)]);
    assert_eq!(place.run("check ventas.yaml --label turno=noche").code, Some(1));
    place.write("pedidos.csv", GOOD);
    assert_eq!(place.run("check ventas.yaml").code, Some(0));
    place
}

#[test]
fn the_site_is_served_as_it_lies_there() {
    let place = place();
    let server = Server::start(&place, "", None);
    for path in ["/", "/index.html", "/suites/ventas/", "/suites/ventas/index.html", "/latest/ventas.json"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(server.get("/").body, place.read("reports/index.html"));
    let run = server.json("/api/runs")["runs"][0]["folder"].as_str().unwrap().to_owned();
    let alone = server.get(&format!("/runs/{run}/report.html"));
    assert_eq!((alone.status, alone.header("content-security-policy")), (200, Some("frame-ancestors 'none'")));
    assert!(server.get("/assets/tamiz.css").header("content-type").unwrap().starts_with("text/css"));
    let missing = server.get("/suites/nobody/index.html");
    assert!(
        missing.status == 404
            && missing.body.contains("There is nothing here.")
            && missing.body.contains("../../assets/tamiz.css")
    );
    assert_eq!(server.ask("POST", "/index.html", &[], "").status, 403, "without a token nothing is changed");
    let head = server.ask("HEAD", "/index.html", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    // A run that comes is there at once.
    place.write("pedidos.csv", BAD);
    place.run("check ventas.yaml");
    assert_eq!(server.get("/").body, place.read("reports/index.html"));
}

#[test]
fn a_server_without_runs_says_so_and_has_its_pages() {
    let place = Place::new(&[("ventas.yaml", SUITE), ("pedidos.csv", GOOD)]);
    let server = Server::start(&place, "ventas.yaml --lang es", None);
    let page = server.get("/").body;
    assert!(page.contains("Aún no hay ejecuciones.") && page.contains("<html lang=\"es\">"), "{page}");
    assert!(server.get("/checks").body.contains("Este servidor no tiene token"));
    assert_eq!(server.get("/assets/tamiz.css").status, 200);
    assert_eq!(server.json("/api/runs"), json!({ "runs": [], "more": false }));
    assert_eq!(server.json("/api/summary")["suites"], 0);
    let suites = server.json("/api/suites");
    assert_eq!(suites, json!({ "suites": [{ "suite": "ventas", "can_be_checked": false, "last": null }] }));
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
}

#[test]
fn questions_are_answered_as_the_history_is() {
    let place = place();
    let server = Server::start(&place, "", None);
    let runs = server.json("/api/runs");
    let states = |told: &Json| -> Vec<String> {
        told["runs"].as_array().unwrap().iter().map(|run| run["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((states(&runs), &runs["more"]), (vec!["passed".to_owned(), "failed".to_owned()], &json!(false)));
    for (question, wanted) in [
        ("status=failed", vec!["failed"]),
        ("suite=ven*", vec!["passed", "failed"]),
        ("suite=other", vec![]),
        ("limit=1", vec!["passed"]),
        ("limit=1&offset=1", vec!["failed"]),
        ("until=2020-01-01", vec![]),
        ("since=2020-01-01T00:00:00Z", vec!["passed", "failed"]),
        ("rule=pedidos.*", vec!["passed", "failed"]),
        ("rule=nobody", vec![]),
        ("branch=*", vec![]),
        ("suite=%5B***", vec![]),
        ("suite=&since=&branch=", vec!["passed", "failed"]),
    ] {
        assert_eq!(states(&server.json(&format!("/api/runs?{question}"))), wanted, "{question}");
    }
    assert_eq!(server.json("/api/runs?limit=1")["more"], true);
    for wrong in ["limit=0", "limit=501", "limit=x", "status=bad", "since=today", "colour=red", "offset=-1"] {
        let answer = server.get(&format!("/api/runs?{wrong}"));
        let said: Json = serde_json::from_str(&answer.body).unwrap();
        assert!(answer.status == 400 && said["error"].is_string(), "{wrong}: {}", answer.body);
    }
    // A run is its record.
    let id = runs["runs"][0]["id"].as_str().unwrap();
    assert_eq!(server.json(&format!("/api/runs/{id}")), place.record("ventas"));
    for id in ["01a1fd9a-3058-7b52-9d3f-6a1f0c2b9d11", "latest", "%00", "..%2f..%2fetc"] {
        assert_eq!(server.get(&format!("/api/runs/{id}")).status, 404, "{id}");
    }
    // The oldest first.
    let trend = server.json("/api/rules/pedidos.total.non_negative/trend");
    let points: Vec<(&Json, &Json)> =
        trend["points"].as_array().unwrap().iter().map(|point| (&point["status"], &point["violations"])).collect();
    assert_eq!(points, [(&json!("failed"), &json!(1)), (&json!("passed"), &json!(0))]);
    assert_eq!(
        server.json("/api/rules/pedidos.total.non_negative/trend?limit=1")["points"].as_array().unwrap().len(),
        1
    );
    assert_eq!(server.get("/api/rules/pedidos.*/trend").status, 404, "an id is no pattern");
    place.write("pedidos.csv", BAD);
    place.run("check ventas.yaml");
    let summary = server.json("/api/summary");
    assert_eq!(
        (&summary["suites"], &summary["rules"]["failed"], &summary["rules"]["passed"]),
        (&json!(1), &json!(2), &json!(3))
    );
    assert_eq!(summary["by_severity"]["critical"]["failed"], 1);
    assert_eq!(summary["by_dataset"]["ventas/pedidos"]["passed"], 3);
    let metrics = server.get("/metrics");
    assert!(
        metrics.body.contains("tamiz_rule_failing{") && metrics.body.contains("tamiz_checks_waiting 0"),
        "{}",
        metrics.body
    );
    crate::outputs::readers::read("prometheus", &metrics.body).unwrap();
}

#[test]
fn a_token_is_asked_for_everywhere_and_nothing_is_open_without_one() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml", Some(TOKEN));
    for path in ["/", "/api/runs", "/metrics", "/readyz", "/openapi.json", "/checks", "/suites/ventas/index.html"] {
        for headers in [&[][..], &[("authorization", "Bearer wrong token of some length")]] {
            let answer = server.ask("GET", path, headers, "");
            assert_eq!(answer.status, 401, "{path}");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Basic realm="));
            assert!(!answer.body.contains("ventas"));
        }
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert_eq!(server.ask("GET", "/healthz", &[], "").status, 200);
    drop(server);
    let open = Server::start(&place, "", None);
    assert_eq!(open.ask("GET", "/api/runs", &[("host", "evil.example")], "").status, 403);
    // Neither an address of other machines without a token, nor a token that can be guessed.
    for (line, env, said) in [
        ("serve --listen 0.0.0.0:0", "", "there is no token"),
        ("serve --listen [::]:0", "", "there is no token"),
        ("serve --listen 127.0.0.1:0", "short", "fewer than 16 characters"),
        ("serve --listen nowhere", "", "invalid"),
    ] {
        let ran = client::run(&place, line, env);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{line}: {ran:?}");
    }
    let taken = format!("serve --listen 127.0.0.1:{}", open.port);
    let ran = client::run(&place, &taken, "");
    assert!(ran.code == Some(2) && ran.err.contains("in use"), "{ran:?}");
    place.write("tamiz.yaml", "tamiz: 1\nserve: {token: {file: token.txt}}\n");
    let ran = client::run(&place, "serve --listen 127.0.0.1:0", "");
    assert!(ran.code == Some(2) && ran.err.contains("token.txt"), "{ran:?}");
    place.write("token.txt", &format!("{TOKEN}\n"));
    let server = Server::start(&place, "", None);
    assert_eq!((server.ask("GET", "/", &[], "").status, server.get("/").status), (401, 200));
}

#[test]
fn a_check_is_asked_for_followed_and_kept() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml", Some(TOKEN));
    let asked = server.post(&json!({ "suite": "ventas", "labels": { "por": "api" } }));
    assert_eq!(asked.status, 202, "{}", asked.body);
    let known: Json = serde_json::from_str(&asked.body).unwrap();
    let id = known["id"].as_str().unwrap();
    assert_eq!(asked.header("location"), Some(format!("/api/checks/{id}").as_str()));
    // The stream ends with the check.
    let events = server.events(id);
    let states: Vec<&Json> =
        events.iter().filter(|(name, _)| name == "state").map(|(_, event)| &event["state"]).collect();
    assert_eq!(states.last(), Some(&&json!("ended")), "{events:?}");
    let actions: Vec<&str> = events.iter().filter_map(|(_, event)| event["action"].as_str()).collect();
    assert!(actions.contains(&"run_begins") && actions.contains(&"run_ended"), "{actions:?}");
    let known = server.json(&format!("/api/checks/{id}"));
    assert_eq!((&known["state"], &known["exit_code"], &known["stopped"]), (&json!("ended"), &json!(0), &json!(false)));
    let run = server.json(&format!("/api/runs/{}", known["run"].as_str().unwrap()));
    assert_eq!(run["run"]["labels"], json!({ "por": "api" }));
    assert!(!run.to_string().contains(TOKEN));
    assert_eq!(server.json("/api/runs")["runs"].as_array().unwrap().len(), 3);
    // Who comes late is told all of it.
    assert_eq!(server.events(id).len(), events.len() - states.len() + 1);
    for (order, status) in [
        (json!({ "suite": "other" }), 404),
        (json!({ "suite": "../ventas" }), 404),
        (json!({}), 400),
        (json!({ "suite": "ventas", "colour": "red" }), 400),
        (json!({ "suite": "ventas", "vars": { "a=b": "c" } }), 400),
        (json!({ "suite": "ventas", "as_of": "a\u{0}b" }), 400),
        (json!([]), 400),
    ] {
        assert_eq!(server.post(&order).status, status, "{order}");
    }
    // What the check itself refuses is its own end.
    let asked = server.post(&json!({ "suite": "ventas", "as_of": "--help" }));
    let id = serde_json::from_str::<Json>(&asked.body).unwrap()["id"].as_str().unwrap().to_owned();
    server.events(&id);
    assert_eq!(server.json(&format!("/api/checks/{id}"))["exit_code"], 2);
    for (method, path) in [("GET", "/api/checks/x"), ("POST", "/api/checks/x/stop"), ("GET", "/api/checks/x/events")] {
        assert_eq!(server.ask(method, path, &[("authorization", &client::bearer())], "").status, 404);
    }
}

#[test]
#[cfg(unix)]
fn checks_wait_for_their_turn_and_can_be_stopped() {
    let place = place();
    // A server that takes connections and never answers: the check waits until it is told to end.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("source: http://{}/slow.csv", silent.local_addr().unwrap());
    for name in ["a", "b"] {
        let suite = SUITE.replace("suite: ventas", &format!("suite: {name}")).replace("source: pedidos.csv", &source);
        place.write(&format!("{name}.yaml"), &suite);
    }
    let server = Server::start(&place, "ventas.yaml a.yaml b.yaml --queue 2", Some(TOKEN));
    let ask = |suite: &str| {
        let answer = server.post(&json!({ "suite": suite }));
        (answer.status, serde_json::from_str::<Json>(&answer.body).unwrap()["id"].as_str().map(str::to_owned))
    };
    let (status, first) = ask("a");
    assert_eq!(status, 202);
    let first = first.unwrap();
    server.until(&first, "begun");
    let (_, second) = ask("a");
    let second = second.unwrap();
    let known = server.json(&format!("/api/checks/{second}"));
    assert_eq!((&known["state"], &known["before"]), (&json!("waiting"), &json!(0)));
    assert_eq!(ask("a").0, 409, "one of a suite waits at a time");
    assert_eq!(ask("b").0, 202);
    let full = server.post(&json!({ "suite": "ventas" }));
    assert_eq!((full.status, full.header("retry-after")), (429, Some("10")));
    let listed = server.json("/api/checks");
    assert_eq!(listed["checks"].as_array().unwrap().len(), 3);
    // One that waits never begins; one that is under way leaves a report that says that it was stopped.
    let end =
        |id: &str| server.ask("POST", &format!("/api/checks/{id}/stop"), &[("authorization", &client::bearer())], "");
    assert_eq!(end(&second).status, 202);
    let known = server.json(&format!("/api/checks/{second}"));
    assert_eq!((&known["state"], &known["exit_code"], &known["stopped"]), (&json!("ended"), &Json::Null, &json!(true)));
    assert_eq!(end(&first).status, 202);
    server.until(&first, "ended");
    let known = server.json(&format!("/api/checks/{first}"));
    assert_eq!((&known["exit_code"], &known["stopped"]), (&json!(143), &json!(true)));
    assert_eq!(server.json("/api/runs?suite=a")["runs"][0]["status"], "aborted");
    // The server itself ends what is under way, and says nothing went wrong.
    let third = server.json("/api/checks")["checks"][0]["id"].as_str().unwrap().to_owned();
    server.until(&third, "begun");
    let (code, said) = server.stop();
    assert!(code == Some(0) && said.contains("stopped"), "{said}");
    assert_eq!(place.record("b")["verdict"]["status"], "aborted");
}

#[test]
fn the_description_is_valid_and_of_what_is_there() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml", Some(TOKEN));
    let description = server.json("/openapi.json");
    assert_eq!(description["openapi"], "3.1.0");
    // What is answered is of the schema that is promised.
    for (path, name) in [
        ("/api/runs", "Listed"),
        ("/api/suites", "Suites"),
        ("/api/summary", "Summed"),
        ("/api/checks", "Asked"),
        ("/api/rules/pedidos.id.unique/trend", "Trended"),
    ] {
        let mut schema = description.clone();
        schema["$ref"] = format!("#/components/schemas/{name}").into();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let answer = server.json(path);
        let faults: Vec<String> = validator.iter_errors(&answer).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
    }
    let page = server.get("/api").body;
    for path in description["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&path.replace('/', "&#x2f;")) || page.contains(path.as_str()), "{path}");
    }
}

#[test]
fn schemathesis_finds_no_fault() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml --queue 4", Some(TOKEN));
    let folder = crate::outputs::readers::folder("schemathesis");
    let mut python = std::process::Command::new("python3");
    python.arg("-B").arg(crate::examples::root().join("tests/serve/describe.py")).arg(folder);
    let ran = python
        .arg(format!("http://127.0.0.1:{}", server.port))
        .arg(TOKEN)
        .current_dir(place.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("12 selected"), "{said}");
}
