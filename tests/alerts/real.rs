//! Alerts in the real Alertmanager, which Debian has.

use serde_json::Value as Json;

use super::{GOOD, Place};
use crate::prometheus::{self, Server};
use crate::receiver::Receiver;

#[test]
fn alertmanager_takes_problems_and_their_ends() {
    if !prometheus::is_there() {
        return;
    }
    let place = Place::new(&Receiver::new(), "");
    place.write("alertmanager.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n");
    let words = ["--config.file=alertmanager.yml", "--storage.path=kept", "--cluster.listen-address="];
    let server = Server::start("prometheus-alertmanager", &words, place.folder.path());
    place.write(
        "tamiz.yaml",
        &format!(
            "tamiz: 1\nreport: {{url: 'https://ci.example/reports'}}\nalerts:\n  environment: prod\n  channels: {{am: {{type: \
             alertmanager, url: 'http://127.0.0.1:{}', every: 1h}}}}\n  routes: [{{to: [am]}}]\n",
            server.port
        ),
    );
    let alerts = || server.json("/api/v2/alerts").as_array().unwrap().clone();
    let ran = place.check();
    assert!(ran.code == Some(1) && ran.err.contains("alert sent to `am` (first_notification)"), "{ran:?}");
    let firing = alerts();
    let rule = |alert: &Json| alert["labels"]["rule"].as_str().unwrap().to_owned();
    let mut rules: Vec<String> = firing.iter().map(rule).collect();
    rules.sort();
    assert_eq!(rules, ["pedidos.email.format", "pedidos.id.unique", "pedidos.total.non_negative"]);
    let total = firing.iter().find(|alert| rule(alert) == "pedidos.total.non_negative").unwrap();
    let labels = ["alertname", "suite", "dataset", "severity", "environment"]
        .map(|name| total["labels"][name].as_str().unwrap());
    assert_eq!(labels, ["TamizProblem", "ventas", "pedidos", "critical", "prod"]);
    assert_eq!(total["annotations"]["runbook_url"], "https://wiki.example/total");
    assert!(total["generatorURL"].as_str().unwrap().starts_with("https://ci.example/reports/runs/"));
    assert_eq!(total["status"]["state"], "active");
    // It is told again at every run, lest it forget; and what is over is over there.
    assert!(place.check().err.contains("alert sent to `am` (repeat_interval_elapsed)"));
    assert_eq!(alerts().len(), 3);
    place.write("pedidos.csv", GOOD);
    assert!(place.check().err.contains("alert sent to `am` (all_resolved)"));
    assert_eq!(alerts().len(), 0, "what is over is listed no more");
}
