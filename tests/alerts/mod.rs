//! Alerts as they are used: the program checks data, and receivers on this machine get what it says, or fail to.

mod faults;
mod letters;
mod real;
mod schemas;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::receiver::{Answer, Receiver};
use crate::safety::Ran;
use letters::Mail;

/// A folder with a suite `ventas`, its data, and a configuration.
struct Place {
    folder: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// Five of six rows break a rule or another: a critical one, an error, a warning.
const BAD: &str = "id,total,email\n1,-5,a@b.example\n2,7,x\n2,-1,y\n";
const GOOD: &str = "id,total,email\n1,5,a@b.example\n2,7,b@c.example\n";

const SUITE: &str = "tamiz: 1
suite: ventas
owner: datos@empresa.example
runbook: https://wiki.example/ventas
datasets:
  pedidos:
    source: pedidos.csv
    impact: {per_row: 12.5, currency: EUR}
    columns:
      id: {type: integer, expect: [unique: {severity: error}]}
      total: {type: decimal, expect: [non_negative: {severity: critical, runbook: 'https://wiki.example/total'}]}
      email: {expect: [format: {name: email, severity: warning}]}
";

#[expect(clippy::disallowed_methods, reason = "the command that is tried has the same clock")]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

impl Place {
    /// With `alerts:` as said; `{port}` and `HOOK…` variables are those of the receiver.
    fn new(receiver: &Receiver, alerts: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), env: Vec::new() };
        place.write("ventas.yaml", SUITE);
        place.write("pedidos.csv", BAD);
        let indented: String = alerts.lines().flat_map(|line| ["  ", line, "\n"]).collect();
        place.write(
            "tamiz.yaml",
            &format!("tamiz: 1\nreport: {{url: 'https://ci.example/reports'}}\nalerts:\n{indented}"),
        );
        let urls = ["slack", "teams", "pagerduty", "hook", "other"];
        place
            .with(urls.map(|name| (format!("URL_{}", name.to_uppercase()), receiver.url(&format!("/{name}")))))
            .with([("PD_KEY".to_owned(), "R0UT1NGKEYCANARY0123456789ABCDEF".to_owned())])
            .with([("HOOK_SECRET".to_owned(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())])
    }

    fn with(mut self, env: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(env);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(self.folder.path()).args(line.split_whitespace()).env_clear();
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    fn run(&self, line: &str) -> Ran {
        let output = self.command(line).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn check(&self) -> Ran {
        self.run("check ventas.yaml")
    }

    fn state(&self) -> Json {
        serde_json::from_str(&fs::read_to_string(self.path("reports/.alerts/state.json")).unwrap()).unwrap()
    }

    /// Changes the state as if time had passed.
    fn age(&self, channel: &str, micros: i64) {
        let mut state = self.state();
        for sent in state["sent"][channel].as_object_mut().unwrap().values_mut() {
            sent["at"] = (sent["at"].as_i64().unwrap() - micros).into();
        }
        self.write("reports/.alerts/state.json", &state.to_string());
    }

    /// The reasons in the log, with what became of each.
    fn log(&self) -> Vec<(String, String, String)> {
        let paths = glob::glob(&self.path("reports/.alerts/log-*.ndjson").display().to_string()).unwrap();
        let text: String = paths.map(|path| fs::read_to_string(path.unwrap()).unwrap()).collect();
        let lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let word = |line: &Json, key: &str| line[key].as_str().unwrap().to_owned();
        lines.map(|line| (word(&line, "channel"), word(&line, "reason"), word(&line, "status"))).collect()
    }
}

const SLACK: &str = "channels: {team: {type: slack, url: {env: URL_SLACK}}}\nroutes: [{to: [team]}]\n";
const HOOK: &str =
    "channels: {hook: {type: webhook, url: {env: URL_HOOK}, secret: {env: HOOK_SECRET}}}\nroutes: [{to: [hook]}]\n";

/// The names of the rules of an event of a webhook.
fn rules(event: &Json) -> Vec<&str> {
    event["data"]["problems"].as_array().unwrap().iter().map(|problem| problem["rule"].as_str().unwrap()).collect()
}

#[test]
fn warnings_and_errors_go_to_slack_or_teams() {
    let receiver = Receiver::new();
    let place = Place::new(
        &receiver,
        "channels:\n  team: {type: slack, url: {env: URL_SLACK}}\n  others: {type: teams, url: {env: URL_TEAMS}, lang: es}\nroutes:\n  - {match: {severity: warning}, to: [others]}\n  - {match: {severity: error}, to: [team]}\n  - {to: []}\n",
    );
    let ran = place.check();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("alert sent to `team` (first_notification)"), "{ran:?}");
    let (slack, teams) = (receiver.at("/slack"), receiver.at("/teams"));
    assert_eq!((slack.len(), teams.len()), (1, 1));
    assert_eq!(slack[0]["blocks"][0]["text"]["text"], "ventas · pedidos: 1 rule failed (error)");
    let (slack, teams) = (slack[0].to_string(), teams[0].to_string());
    assert!(
        slack.contains("pedidos.id.unique") && !slack.contains("non_negative") && !slack.contains("email"),
        "{slack}"
    );
    assert!(teams.contains("ventas · pedidos: 1 regla falla (aviso)") && !teams.contains("unique"), "{teams}");
}

#[test]
fn critical_failures_go_by_email() {
    let (receiver, mail) = (Receiver::new(), Mail::new(1));
    let place = Place::new(
        &receiver,
        &format!(
            "channels:\n  mail: {{type: email, smtp: 'smtp://127.0.0.1:{}', tls: none, from: Tamiz <tamiz@empresa.example>, to: [a@empresa.example, b@empresa.example]}}\nroutes:\n  - {{match: {{severity: critical}}, to: [mail]}}\n  - {{to: []}}\n",
            mail.port
        ),
    );
    let ran = place.check();
    assert!(ran.err.contains("alert sent to `mail`"), "the server put it off once: {ran:?}");
    let letters = mail.letters();
    assert_eq!((letters.len(), letters[0].to.len()), (1, 2));
    assert!(letters[0].from.contains("<tamiz@empresa.example>"), "{letters:?}");
    let text = &letters[0].text;
    for said in [
        "Subject: ",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "Auto-Submitted: auto-generated",
        "wiki.example/total",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("unique"), "{text}");
    // The next letters of the incident refer to the same one.
    place.write("pedidos.csv", GOOD);
    assert!(place.check().err.contains("(all_resolved)"));
    let thread =
        |text: &str| text.lines().find_map(|line| line.strip_prefix("References: ").map(str::to_owned)).unwrap();
    let own = |text: &str| text.lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned)).unwrap();
    let letters = mail.letters();
    assert_eq!(thread(&letters[0].text), thread(&letters[1].text));
    assert_ne!(own(&letters[0].text), own(&letters[1].text));
}

#[test]
fn incidents_go_to_pagerduty_and_are_resolved() {
    let receiver = Receiver::new();
    let place = Place::new(
        &receiver,
        "environment: prod\nchannels: {oncall: {type: pagerduty, routing_key: {env: PD_KEY}, url: {env: URL_PAGERDUTY}}}\nroutes: [{match: {severity: critical}, to: [oncall]}, {to: []}]\n",
    );
    place.check();
    place.write("pedidos.csv", GOOD);
    assert_eq!(place.check().code, Some(0));
    assert_eq!(place.check().code, Some(0));
    let events = receiver.at("/pagerduty");
    assert_eq!(events.len(), 2, "a pass pages nobody: {events:?}");
    assert_eq!((&events[0]["event_action"], &events[1]["event_action"]), (&json!("trigger"), &json!("resolve")));
    assert_eq!(events[0]["dedup_key"], "tamiz/prod/ventas/pedidos");
    assert_eq!(events[0]["dedup_key"], events[1]["dedup_key"]);
    assert_eq!(events[0]["routing_key"], "R0UT1NGKEYCANARY0123456789ABCDEF");
    assert_eq!(events[0]["payload"]["severity"], "critical");
    // Where nothing is remembered, an end is told all the same.
    receiver.forget();
    assert_eq!(place.run("check ventas.yaml --no-reports").code, Some(0));
    assert_eq!(
        receiver.at("/pagerduty"),
        [
            json!({"event_action": "resolve", "dedup_key": "tamiz/prod/ventas/pedidos", "routing_key": "R0UT1NGKEYCANARY0123456789ABCDEF"})
        ]
    );
}

#[test]
fn more_than_three_criticals_in_an_hour_escalate() {
    let receiver = Receiver::new();
    let place = Place::new(
        &receiver,
        "channels:\n  hook: {type: webhook, url: {env: URL_HOOK}}\n  boss: {type: webhook, url: {env: URL_OTHER}}\nroutes: [{to: [hook]}]\nescalate: [{more_than: 3, severity: critical, within: 1h, to: [boss]}]\n",
    );
    for _ in 0..3 {
        place.check();
    }
    assert_eq!(receiver.at("/other").len(), 0, "three are borne");
    place.check();
    let told = receiver.at("/other");
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["type"], &told[0]["data"]["failures"]), (&json!("tamiz.alert.escalated"), &json!(4)));
    assert_eq!(
        told[0]["data"]["headline"],
        "ventas · pedidos: 4 failures at critical or worse within 1h (more than 3)"
    );
    assert_eq!(told[0]["data"]["runbook"], "https://wiki.example/total");
    place.check();
    assert_eq!(receiver.at("/other").len(), 1, "once a window");
    // The hour passes: the failures lie further back.
    let stamp = regex::Regex::new("\"started_at\":\"[^\"]*\"").unwrap();
    for path in glob::glob(&place.path("reports/history/*.ndjson").display().to_string()).unwrap() {
        let path = path.unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let hours_ago = now() - chrono::TimeDelta::hours(3);
        let old = format!("\"started_at\":\"{}\"", hours_ago.format("%Y-%m-%dT%H:%M:%S.000Z"));
        // Offsets count bytes, so the text keeps its length.
        let aged =
            stamp.replace_all(&text, |found: &regex::Captures<'_>| format!("{old:<width$}", width = found[0].len()));
        fs::write(&path, aged.as_bytes()).unwrap();
    }
    place.write("pedidos.csv", GOOD);
    place.check();
    let told = receiver.at("/other");
    assert_eq!((told.len(), &told[1]["type"]), (2, &json!("tamiz.alert.resolved")));
}

#[test]
fn alerts_of_one_origin_are_grouped() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    place.check();
    let told = receiver.at("/hook");
    assert_eq!(told.len(), 1, "three rules of a dataset are one message");
    assert_eq!(rules(&told[0]), ["pedidos.total.non_negative", "pedidos.id.unique", "pedidos.email.format"]);
    // All rules of a source that is not there have one cause.
    receiver.forget();
    fs::remove_file(place.path("pedidos.csv")).unwrap();
    assert_eq!(place.check().code, Some(3));
    let told = receiver.at("/hook");
    assert_eq!(told.len(), 1);
    assert_eq!(rules(&told[0]), ["source_missing"]);
    assert!(told[0]["data"]["problems"][0]["rules"].as_u64().unwrap() >= 3, "{}", told[0]);
    assert_eq!(told[0]["data"]["fixed"], json!([]), "nothing is known of them, so nothing is over");
    // It comes back as it was: the cause is over, and the rules still fail.
    receiver.forget();
    place.write("pedidos.csv", BAD);
    place.check();
    let told = receiver.at("/hook");
    assert_eq!((told.len(), &told[0]["data"]["reason"]), (1, &json!("new_resolved")));
    assert_eq!(told[0]["data"]["fixed"][0]["rule"], "source_missing");
    assert!(told[0]["data"]["problems"].as_array().unwrap().iter().all(|problem| problem["new"] == false));
}

#[test]
fn an_alert_says_how_many_rows_and_how_much_money() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, &format!("{HOOK}lang: es\n"));
    place.check();
    let told = &receiver.at("/hook")[0]["data"];
    // Two rows share an id, two totals are negative, two addresses are none.
    assert_eq!(told["violations"], 6);
    assert_eq!(told["losses"], json!([{ "amount": "75", "currency": "EUR" }]));
    let worst = &told["problems"][0];
    assert_eq!((&worst["violations"], &worst["evaluated"]), (&json!(2), &json!(3)));
    let said = worst["said"].as_str().unwrap();
    assert!(said.contains("66,67 %") && said.contains("una pérdida estimada de 25 EUR"), "{said}");
}

#[test]
fn an_alert_links_the_nearest_runbook_and_the_report() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, SLACK);
    place.check();
    let message = receiver.at("/slack").remove(0);
    let blocks = message["blocks"].as_array().unwrap();
    let buttons = blocks.iter().find(|block| block["type"] == "actions").unwrap()["elements"].as_array().unwrap();
    let urls: Vec<&str> = buttons.iter().map(|button| button["url"].as_str().unwrap()).collect();
    assert_eq!(urls[1], "https://wiki.example/total", "that of the rule is nearer than that of the suite");
    let page = urls[0].strip_prefix("https://ci.example/reports/").unwrap();
    assert!(place.path("reports").join(page).exists(), "{page}");
}

#[test]
fn nothing_is_said_twice_until_the_interval_has_passed_and_the_end_is_always_said() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    place.check();
    place.check();
    assert_eq!(receiver.at("/hook").len(), 1);
    place.age("hook", 4 * 3_600 * 1_000_000);
    place.check();
    assert_eq!(receiver.at("/hook").len(), 2);
    // A part of the suite says nothing of the rest.
    place.write("pedidos.csv", GOOD);
    place.run("check ventas.yaml --select id:pedidos.id.*");
    let told = receiver.at("/hook");
    assert_eq!((told.len(), &told[2]["data"]["reason"]), (3, &json!("new_resolved")));
    place.check();
    let told = receiver.at("/hook");
    assert_eq!((told.len(), &told[3]["type"]), (4, &json!("tamiz.alert.resolved")));
    assert_eq!(told[3]["data"]["fixed"].as_array().unwrap().len(), 2);
    let reasons: Vec<String> =
        place.log().into_iter().map(|(_, reason, status)| format!("{reason} {status}")).collect();
    assert_eq!(
        reasons,
        [
            "first_notification sent",
            "do_not_notify quiet",
            "repeat_interval_elapsed sent",
            "new_resolved sent",
            "all_resolved sent"
        ]
    );
}

#[test]
fn what_is_muted_is_not_sent_and_a_mute_that_ended_is() {
    let receiver = Receiver::new();
    let muted =
        |until: &str| format!("{HOOK}mutes: [{{match: {{dataset: pedidos}}, until: {until}, reason: migration}}]\n");
    let place = Place::new(&receiver, &muted("2999-01-01"));
    place.check();
    assert_eq!((receiver.asked().len(), place.log()[0].1.as_str()), (0, "muted"));
    let place = Place::new(&receiver, &muted("2020-01-01"));
    place.check();
    assert_eq!(receiver.asked().len(), 1);
}

#[test]
fn alertmanager_is_told_of_each_problem_and_of_its_end() {
    let receiver = Receiver::new();
    let alerts = format!(
        "channels: {{am: {{type: alertmanager, url: '{}', every: 1h}}}}\nroutes: [{{to: [am]}}]\n",
        receiver.url("/am")
    );
    let place = Place::new(&receiver, &alerts);
    place.check();
    place.check();
    place.write("pedidos.csv", GOOD);
    place.check();
    let posts = receiver.at("/am/api/v2/alerts");
    assert_eq!(posts.len(), 3, "it forgets what it is not told again");
    let labels = |post: &Json| post.as_array().unwrap().iter().map(|alert| alert["labels"].clone()).collect::<Vec<_>>();
    assert_eq!(labels(&posts[0]).len(), 3);
    let sorted = |post: &Json| {
        let mut labels: Vec<String> = labels(post).iter().map(Json::to_string).collect();
        labels.sort();
        labels
    };
    assert_eq!(sorted(&posts[0]), sorted(&posts[2]), "labels are what an alert is known by");
    let moment = |alert: &Json, key: &str| chrono::DateTime::parse_from_rfc3339(alert[key].as_str().unwrap()).unwrap();
    let lasts = moment(&posts[1][0], "endsAt").to_utc() - now();
    assert!(lasts > chrono::TimeDelta::minutes(115) && lasts < chrono::TimeDelta::minutes(125), "{lasts}");
    assert!(moment(&posts[2][0], "endsAt").to_utc() <= now());
}

#[test]
fn a_channel_is_tried_and_a_dry_run_sends_nothing() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, &format!("{SLACK}lang: es\n"));
    let ran = place.run("alert test team");
    assert_eq!((ran.code, receiver.at("/slack").len()), (Some(0), 1), "{ran:?}");
    assert!(receiver.at("/slack")[0]["text"].as_str().unwrap().contains("una prueba"));
    let ran = place.run("alert test taem");
    assert!(ran.code == Some(2) && ran.err.contains("did you mean `team`?"), "{ran:?}");
    let ran = place.run("check ventas.yaml --alerts dry-run");
    assert!(ran.out.contains("POST http://127.0.0.1/***") && ran.out.contains("\"blocks\""), "{ran:?}");
    assert!(!ran.out.contains("/slack"), "{ran:?}");
    place.run("check ventas.yaml --alerts off");
    assert_eq!(receiver.asked().len(), 1);
    assert!(!place.path("reports/.alerts/state.json").exists());
    let ran = place.run("check ventas.yaml --config nowhere.yaml");
    assert_eq!(ran.code, Some(2));
    place.write("tamiz.yaml", "tamiz: 1\nalert: {}\n");
    let ran = place.check();
    assert!(
        ran.code == Some(2) && ran.err.contains("unknown key `alert`") && ran.err.contains("did you mean `alerts`?"),
        "{ran:?}"
    );
}

#[test]
fn letters_go_over_tls_with_a_password_to_a_server_that_asks_for_both() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let receiver = Receiver::new();
    let folder = crate::outputs::readers::folder("mail");
    let scratch = tempfile::tempdir().unwrap();
    let script = crate::examples::root().join("tests/alerts/mail.py");
    let mut python = Command::new("python3");
    python.arg("-B").arg(script).arg(folder).arg(scratch.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = python.spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut port = String::new();
    said.read_line(&mut port).unwrap();
    let place = Place::new(
        &receiver,
        &format!(
            "lang: es\nchannels:\n  mail: {{type: email, smtp: 'smtp://localhost:{}', user: tamiz, password: {{env: MAIL_KEY}}, from: tamiz@empresa.example, to: [a@empresa.example]}}\nroutes: [{{to: [mail]}}]\n",
            port.trim()
        ),
    );
    // A server that nobody vouches for gets no password.
    let place = place.with([("MAIL_KEY".to_owned(), "s3cret-of-mail".to_owned())]);
    let ran = place.check();
    assert!(ran.err.contains("alert not sent to `mail`") && ran.err.to_lowercase().contains("certificate"), "{ran:?}");
    let ca = scratch.path().join("ca.pem").display().to_string();
    let place = place.with([("SSL_CERT_FILE".to_owned(), ca)]);
    let ran = place.check();
    assert!(ran.err.contains("alert sent to `mail`"), "{ran:?}");
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let letter: Json = serde_json::from_str(&line).unwrap();
    assert_eq!((&letter["tls"], &letter["user"], &letter["defects"]), (&json!(true), &json!("tamiz"), &json!([])));
    assert_eq!(letter["headers"]["subject"], "ventas · pedidos: 3 reglas fallan (la peor: crítico)");
    assert_eq!(letter["headers"]["in-reply-to"], letter["headers"]["references"]);
    assert!(letter["text"].as_str().unwrap().contains("Guía: https://wiki.example/total"), "{letter}");
    assert!(letter["html"].as_str().unwrap().contains("<h2"), "{letter}");
    // A wrong password is said without saying it, and not tried again.
    place.write("pedidos.csv", GOOD);
    let place = place.with([("MAIL_KEY".to_owned(), "wr0ng-password".to_owned())]);
    let ran = place.check();
    assert!(ran.err.contains("alert not sent to `mail` (all_resolved)") && !ran.err.contains("wr0ng"), "{ran:?}");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn every_key_of_the_configuration_is_read_and_described() {
    let text = fs::read_to_string(crate::examples::root().join("tests/alerts/every_key.yaml")).unwrap();
    let request = tamiz::config::Request {
        path: "every_key.yaml".as_ref(),
        text: text.clone(),
        env: &|name| Some(format!("https://{}.example", name.to_lowercase())),
        read: &|_| Ok("https://hooks.example/x".to_owned()),
        now: 0,
    };
    let config = tamiz::config::read(request).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    assert_eq!(config.notes.len(), 0, "{:?}", config.notes);
    let document: Json = serde_yaml::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&tamiz::config::schema::config()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let kinds = tamiz::config::keys::KINDS.iter().flat_map(|(kind, own)| own.iter().chain([kind]));
    for key in tamiz::config::keys::TABLES.iter().flat_map(|(_, keys)| *keys).chain(kinds) {
        assert!(words.contains(key), "`{key}` is not used");
    }
    for wrong in [
        "alerts: {channels: {a: {type: slack, url: 'https://x'}}, routes: []}",
        "alerts: {}",
        "retention: {}",
        "history: mysql://db/x",
        "repot: {}",
    ] {
        let document: Json = serde_yaml::from_str(&format!("tamiz: 1\n{wrong}\n")).unwrap();
        assert!(!validator.is_valid(&document), "{wrong}");
    }
}

#[test]
fn lint_tells_of_the_configuration_and_prune_keeps_what_it_says() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, &SLACK.replace("{to: [team]}", "{match: {severity: critical}, to: [team]}"));
    let ran = place.run("lint ventas.yaml");
    assert!(ran.code == Some(0) && ran.err.contains("are sent nowhere"), "{ran:?}");
    place.write("tamiz.yaml", "tamiz: 1\nretention: {runs: 1}\n");
    place.check();
    place.check();
    let ran = place.run("history prune");
    assert!(ran.code == Some(0) && ran.out.contains("1 run went"), "{ran:?}");
    place.write("tamiz.yaml", "tamiz: 1\nretention: {runs: many}\n");
    assert_eq!((place.run("lint ventas.yaml").code, place.run("history prune").code), (Some(2), Some(2)));
}

#[test]
fn what_was_told_is_listed() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    for line in ["alert log", "alert list"] {
        let ran = place.run(line);
        assert!(ran.code == Some(0) && ran.out.starts_with("no"), "{ran:?}");
    }
    place.check();
    place.check();
    let json = |line: &str| -> Vec<Json> { serde_json::from_str(&place.run(line).out).unwrap() };
    let reasons = |line: &str| -> Vec<String> {
        json(line).iter().map(|one| one["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(reasons("alert log --format json"), ["first_notification", "do_not_notify"]);
    assert_eq!(reasons("alert log --format json --limit 1"), ["do_not_notify"]);
    assert_eq!(reasons("alert log --format json --limit 1 --sent"), ["first_notification"]);
    let known = json("alert list --format json");
    let names: Vec<&str> = known.iter().map(|one| one["problem"].as_str().unwrap()).collect();
    assert_eq!(names, ["pedidos.email.format", "pedidos.id.unique", "pedidos.total.non_negative"]);
    let ran = place.run("alert list --lang es");
    assert!(ran.out.starts_with("canal  gravedad  suite") && ran.out.contains(" UTC"), "{}", ran.out);
    let ran = place.run("alert log");
    assert!(ran.out.contains("hook     sent") && ran.out.contains("first_notification"), "{}", ran.out);
    place.write("reports/.alerts/state.json", "{");
    assert_eq!(place.run("alert list").code, Some(3));
}

#[test]
fn masks_lineage_and_defaults_hold_for_every_suite() {
    let lineage = Receiver::in_turn(&[Answer::status(201)]);
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK).with([("TOKEN".to_owned(), "lineagecanary".to_owned())]);
    let config = |masks: &str| {
        let url = lineage.url("/");
        format!(
            "tamiz: 1\nmasks: {masks}\nlineage: {{url: '{url}', namespace: almacen, token: {{env: TOKEN}}}}\ndefaults: \
             {{lang: es, fail_on: never, samples: 1, labels: {{equipo: datos, turno: noche}}, output: 'json=out.json'}}\n"
        )
    };
    let suite = SUITE.replace("owner:", "pii: {detect: false}\nowner:").replace("email: {", "email: {pii: false, ");
    place.write("ventas.yaml", &suite);
    let record =
        |place: &Place| serde_json::from_str::<Json>(&fs::read_to_string(place.path("out.json")).unwrap()).unwrap();
    // The suite says that its column is open, and the project that no such column is.
    place.write("tamiz.yaml", &config("{columns: {'E?AIL': shape}}"));
    let ran = place.run("check ventas.yaml --label turno=tarde");
    assert!(ran.code == Some(0) && ran.out.contains("filas"), "{ran:?}");
    let told = record(&place);
    assert_eq!(told["run"]["labels"], json!({ "equipo": "datos", "turno": "tarde" }));
    assert_eq!(told["verdict"]["fail_on"], "never");
    let email = told["results"].as_array().unwrap().iter().find(|rule| rule["columns"] == json!(["email"])).unwrap();
    let shown = email["samples"].to_string();
    assert!(shown.contains("\"a\"") && !shown.contains("\"x\""), "{shown}");
    assert_eq!(email["samples"].as_array().unwrap().len(), 1);
    // Events went to the server of the project, with its token and under its namespace.
    let seen = lineage.asked();
    assert_eq!((seen.len(), seen[0].line.as_str()), (2, "POST /api/v1/lineage"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer lineagecanary"));
    let event: Json = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(event["job"]["namespace"], "almacen");
    // What a flag says wins, and a suite that says how its gate fails.
    let ran = place.run("check ventas.yaml --lang en --samples 2 --output json=other.json --fail-on warning");
    assert!(ran.code == Some(1) && ran.out.contains("rows"), "{ran:?}");
    let other: Json = serde_json::from_str(&fs::read_to_string(place.path("other.json")).unwrap()).unwrap();
    let email = other["results"].as_array().unwrap().iter().find(|rule| rule["columns"] == json!(["email"])).unwrap();
    assert_eq!(email["samples"].as_array().unwrap().len(), 2);
    // No value at all, whatever the suite and the command say.
    place.write("tamiz.yaml", &config("{samples: false}"));
    place.run("check ventas.yaml --samples 5");
    let shown = record(&place)["results"].to_string();
    assert!(!shown.contains("a@b.example") && !shown.contains("\"x\""), "{shown}");
    // Looked for by name and look, although the suite does not want it; and shown as the project says.
    place.write("ventas.yaml", &suite.replace("pii: false, ", ""));
    place.write("tamiz.yaml", &config("{detect: true, mask: hash}"));
    place.run("check ventas.yaml");
    let shown = record(&place)["results"].to_string();
    assert!(!shown.contains("\"x\""), "{shown}");
    // Mistakes are those of the file, with their places.
    for (wrong, said) in [
        ("masks: {mask: hide}", "`hide` is none of drop, redact, partial, hash, shape"),
        ("masks: {columns: {'[': hash}}", "is no glob"),
        ("lineage: {namespace: a}", "`lineage` has no `url`"),
        ("lineage: {url: 'http://u:p@h'}", "a password does not stand in the file"),
        ("defaults: {memory: much}", "`much` is no size"),
        ("defaults: {output: 'xml=a'}", "`xml` is no format"),
        ("defaults: {fail_on: alway}", "`alway` is none of info, warning, error, critical"),
    ] {
        place.write("tamiz.yaml", &format!("tamiz: 1\n{wrong}\n"));
        let ran = place.check();
        assert!(ran.code == Some(2) && ran.err.contains(said), "{wrong}: {ran:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_loses_no_alert_and_is_told_of() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    // No file may hold a byte, as on a disk that is full.
    let mut full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" check ventas.yaml", env!("CARGO_BIN_EXE_tamiz")]);
    full.current_dir(place.folder.path()).env_clear().envs(place.env.iter().map(|(name, value)| (name, value)));
    let output = full.output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success() && said.contains("cannot write"), "{output:?}: {said}");
    assert!(said.contains("alert sent to `hook` (first_notification)"), "{said}");
    assert_eq!(receiver.asked().len(), 1);
    let left = glob::glob(&place.path("reports/**/*").display().to_string()).unwrap().map(Result::unwrap);
    let left: Vec<PathBuf> = left.filter(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0).collect();
    assert!(left.is_empty(), "half of something is left: {left:?}");
    // Without a memory it is told again: better twice than never.
    place.check();
    assert_eq!((receiver.asked().len(), place.state()["version"].as_u64()), (2, Some(1)));
    place.check();
    assert_eq!(receiver.asked().len(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_cannot_be_written_changes_nothing_of_what_was_told() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    fs::create_dir_all(place.path("reports/.alerts")).unwrap();
    let log = format!("reports/.alerts/log-{}.ndjson", now().format("%Y-%m"));
    std::os::unix::fs::symlink("/dev/full", place.path(&log)).unwrap();
    let ran = place.check();
    assert!(ran.code == Some(1) && ran.err.contains("No space left"), "{ran:?}");
    place.check();
    assert_eq!(receiver.asked().len(), 1, "that it was told is known");
}

#[test]
fn a_disk_that_takes_no_state_loses_no_alert() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    fs::create_dir_all(place.path("reports")).unwrap();
    place.write("reports/.alerts", "a file where the folder should be");
    let ran = place.check();
    assert!(ran.code == Some(1) && ran.err.contains(".alerts"), "{ran:?}");
    assert_eq!(receiver.asked().len(), 1);
}
