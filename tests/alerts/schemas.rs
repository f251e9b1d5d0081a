//! Messages as the makers of the channels check them, and as people read them; also those that strangers have written into.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tamiz::alert::channel::{Message, alertmanager, email, message, pagerduty, slack, teams, webhook};
use tamiz::alert::notice::{Fixed, Item, Kind, Notice, Roused};
use tamiz::alert::problem::Problem;
use tamiz::alert::reason::Reason;
use tamiz::config::channel::{Email, Tls};
use tamiz::config::{Kind as ChannelKind, Secret};
use tamiz::ir::Severity;
use tamiz::lang::Lang;
use tamiz::outcome::{Counts, Text};

use crate::outputs::readers::read;

fn problem(name: &str, severity: Severity) -> Problem {
    let text = |en: &str, es: &str| Text { en: en.to_owned(), es: es.to_owned() };
    Problem {
        key: format!("pedidos/{name}"),
        dataset: "pedidos".to_owned(),
        name: name.to_owned(),
        severity,
        status: "failed",
        rules: vec![name.to_owned()],
        expected: text("`email` is an e-mail address.", "`email` es una dirección de correo."),
        found: text("1,204 of 1,200,345 rows break it.", "1.204 de 1.200.345 filas no cumplen."),
        violations: Some(1_204),
        evaluated: Some(1_200_345),
        loss: Some(("15050.00".to_owned(), Some("EUR".to_owned()))),
        owner: Some("datos@empresa.example".to_owned()),
        runbook: Some("https://wiki.example.org/ventas".to_owned()),
        tags: Vec::new(),
        since: Some(("2026-11-21T08:00:00Z".to_owned(), 3)),
    }
}

/// Something of everything is wrong.
fn firing() -> Notice {
    Notice {
        kind: Kind::Firing,
        reason: Reason::FirstNotification,
        key: "tamiz/prod/ventas/pedidos".to_owned(),
        environment: Some("prod".to_owned()),
        suite: "ventas".to_owned(),
        datasets: vec!["pedidos".to_owned()],
        severity: Severity::Critical,
        items: vec![
            Item { problem: problem("pedidos.email.format", Severity::Critical), new: true },
            Item { problem: problem("pedidos.total.between", Severity::Warning), new: false },
        ],
        fixed: vec![Fixed {
            dataset: "pedidos".to_owned(),
            name: "pedidos.id.unique".to_owned(),
            severity: "error".to_owned(),
            since: "2026-11-20T08:00:00Z".to_owned(),
        }],
        roused: None,
        counts: Some(Counts { rules: 4, passed: 2, failed: 2, ..Counts::default() }),
        page: Some("https://ci.example.org/reports/runs/2026-11-21T101503Z_ventas_1f0c9a/index.html".to_owned()),
        job: None,
        run: "01a1fd9a-3058-7b52-9d3f-6a1f0c2b9d11".to_owned(),
        at: 1_795_256_104_000_000,
        repeat: Duration::from_hours(4),
        limit: 10,
    }
}

/// The same is over, has roused others, or is a test.
fn of(kind: Kind) -> Notice {
    let firing = firing();
    match kind {
        Kind::Firing => firing,
        Kind::Resolved => Notice { kind, reason: Reason::AllResolved, items: Vec::new(), ..firing },
        Kind::Escalated => {
            let roused =
                Roused { failures: 4, more_than: 3, severity: Severity::Critical, within: Duration::from_hours(1) };
            Notice { kind, roused: Some(roused), counts: None, ..firing }
        }
        Kind::Test => Notice { kind, items: Vec::new(), fixed: Vec::new(), counts: None, page: None, ..firing },
    }
}

/// Every text is one of a stranger, and there are two hundred problems.
fn hostile(text: &str) -> Notice {
    let mut notice = firing();
    let mut item = notice.items.remove(0);
    let problem = &mut item.problem;
    let (expected, found) = (&mut problem.expected, &mut problem.found);
    for place in
        [&mut problem.name, &mut problem.dataset, &mut expected.en, &mut expected.es, &mut found.en, &mut found.es]
    {
        text.clone_into(place);
    }
    (problem.owner, problem.runbook) = (Some(text.to_owned()), Some(format!("javascript:{text}")));
    notice.items = vec![item; 200];
    (notice.limit, notice.datasets) = (200, vec![text.to_owned()]);
    (notice.suite, notice.environment) = (text.to_owned(), Some(text.to_owned()));
    notice
}

const KINDS: [Kind; 4] = [Kind::Firing, Kind::Resolved, Kind::Escalated, Kind::Test];

const HOSTILE: [&str; 7] = [
    "<!channel> <https://evil.example|click> & *b* _i_ ~s~ `c`",
    "[click](https://evil.example) **b** \\ <at>all</at>",
    "a\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>",
    "\u{1b}[2J\u{202e}abc\u{0}",
    "\"><img src=x onerror=alert(1)>",
    "🧨🧨🧨",
    "```",
];

fn mail() -> Email {
    let of = |name: &str| format!("{name}@empresa.example");
    Email {
        host: "mx.example".to_owned(),
        port: 587,
        tls: Tls::Start,
        login: None,
        from: of("tamiz"),
        to: vec![of("a")],
    }
}

#[test]
fn messages_for_slack_are_what_its_makers_take() {
    for lang in Lang::ALL {
        for kind in KINDS {
            read("slack", &slack::message(&of(kind), lang).to_string()).unwrap();
        }
        for text in HOSTILE.map(|text| text.repeat(1 + 2_000 / text.len())).iter().map(String::as_str).chain(HOSTILE) {
            let message = slack::message(&hostile(text), lang);
            read("slack", &message.to_string()).unwrap();
            let mut texts = Vec::new();
            gather(&message["blocks"], &mut texts);
            for block in message["blocks"].as_array().unwrap().iter().filter(|block| block["type"] != "header") {
                let mut texts = Vec::new();
                gather(block, &mut texts);
                assert!(texts.iter().all(|text| !text.contains('<') && !text.contains('>')), "{texts:?}");
            }
            assert!(!message.to_string().contains("javascript:"), "an address that is none of the web is no button");
            assert!(
                texts.iter().any(|text| text.contains("more; see the report") || text.contains("véase el informe"))
            );
        }
    }
    // What is no message is refused, so the above shows something.
    let mut wrong = slack::message(&firing(), Lang::En);
    wrong["blocks"][0]["text"]["text"] = "x".repeat(151).into();
    read("slack", &wrong.to_string()).unwrap_err();
}

#[test]
fn cards_for_teams_are_what_their_makers_know() {
    for lang in Lang::ALL {
        for kind in KINDS {
            let card = read("teams", &teams::message(&of(kind), lang).to_string()).unwrap();
            assert_eq!(card["version"], "1.4");
        }
        for text in HOSTILE.map(|text| text.repeat(1 + 2_000 / text.len())).iter().map(String::as_str).chain(HOSTILE) {
            let message = teams::message(&hostile(text), lang);
            assert!(message.to_string().len() < 28_000);
            read("teams", &message.to_string()).unwrap();
        }
    }
    let card = read("teams", &teams::message(&hostile(HOSTILE[1]), Lang::En).to_string()).unwrap();
    assert!(
        card["texts"].as_array().unwrap().iter().any(|text| text == HOSTILE[1]),
        "what works in markup stays text: {card}"
    );
    let mut wrong = teams::message(&firing(), Lang::En);
    wrong["attachments"][0]["content"]["body"][0]["type"] = "Wall".into();
    read("teams", &wrong.to_string()).unwrap_err();
}

#[test]
fn events_for_pagerduty_keep_its_rules() {
    for notice in KINDS.map(of).into_iter().chain(HOSTILE.map(hostile)) {
        let mut event = pagerduty::event(&notice, Lang::Es);
        event["routing_key"] = "x".into();
        let length = |text: &Json| text.as_str().unwrap().chars().count();
        assert!(["trigger", "resolve"].contains(&event["event_action"].as_str().unwrap()));
        assert!((1..=255).contains(&length(&event["dedup_key"])) && event.to_string().len() < 512 << 10);
        if event["event_action"] == "resolve" {
            continue;
        }
        read("pagerduty", &event.to_string()).unwrap();
        let payload = &event["payload"];
        assert!((1..=1_024).contains(&length(&payload["summary"])) && length(&payload["source"]) > 0);
        assert!(["critical", "error", "warning", "info"].contains(&payload["severity"].as_str().unwrap()));
        chrono::DateTime::parse_from_rfc3339(payload["timestamp"].as_str().unwrap()).unwrap();
        let links = event["links"].as_array().unwrap();
        assert!(links.iter().all(|link| link["href"].as_str().unwrap().starts_with("https://")));
    }
    let mut wrong = pagerduty::event(&firing(), Lang::En);
    (wrong["routing_key"], wrong["payload"]["severity"]) = ("x".into(), "high".into());
    assert!(read("pagerduty", &wrong.to_string()).unwrap_err().contains("high"));
}

#[test]
fn events_of_webhooks_stay_small_and_say_what_they_leave_out() {
    for text in HOSTILE.map(|text| text.repeat(1 + 2_000 / text.len())) {
        let event = webhook::event(&hostile(&text), Lang::En);
        assert!(event.to_string().len() < 20_000);
        let data = &event["data"];
        let left_out = data["problems_left_out"].as_u64().unwrap();
        assert_eq!(left_out + data["problems"].as_array().unwrap().len() as u64, 200);
    }
}

#[test]
fn letters_hold_no_markup_and_no_header_of_strangers() {
    for text in HOSTILE {
        let letter = email::letter(&mail(), &hostile(text), Lang::En);
        assert!(!letter.subject.contains(['\r', '\n']) && !letter.text.contains("\nBcc:"), "{letter:?}");
        let page = read("html", &letter.html).unwrap();
        let elements: Vec<&str> =
            page["elements"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert!(!elements.contains(&"script") && !elements.contains(&"img"), "{elements:?}");
        let links = page["links"].as_array().unwrap();
        assert!(links.iter().all(|link| link.as_str().unwrap().starts_with("https://ci.example.org/")), "{links:?}");
    }
}

#[test]
fn messages_read_as_they_should() {
    let kinds = [
        ("slack", ChannelKind::Slack { url: Secret::text("x") }),
        ("teams", ChannelKind::Teams { url: Secret::text("x") }),
        ("pagerduty", ChannelKind::PagerDuty { routing_key: Secret::text("x"), url: Secret::text("x") }),
        ("email", ChannelKind::Email(Box::new(mail()))),
        (
            "alertmanager",
            ChannelKind::Alertmanager { url: Secret::text("x"), token: None, every: Duration::from_hours(24) },
        ),
    ];
    for (name, kind) in kinds {
        for (notice, said, lang) in [(firing(), "firing", Lang::En), (of(Kind::Resolved), "resolved", Lang::Es)] {
            let text = match message(&kind, &notice, lang) {
                Message::Json(body) => serde_json::to_string_pretty(&body).unwrap(),
                Message::Letter(letter) => format!("{}\n\n{}\n{}", letter.subject, letter.text, letter.html),
            };
            insta::assert_snapshot!(format!("{name}_{said}"), text);
        }
    }
    let webhook = serde_json::to_string_pretty(&webhook::event(&of(Kind::Escalated), Lang::En)).unwrap();
    insta::assert_snapshot!("webhook_escalated", webhook);
}

#[test]
fn labels_of_alertmanager_hold_no_number() {
    let alerts = alertmanager::alerts(&firing(), Duration::from_hours(1), Lang::En);
    let labels = &alerts[0]["labels"];
    let wanted = json!({"alertname": "TamizProblem", "suite": "ventas", "dataset": "pedidos", "rule": "pedidos.email.format", "severity": "critical", "environment": "prod"});
    assert_eq!(*labels, wanted);
    assert_eq!(
        (alerts.as_array().unwrap().len(), &alerts[0]["annotations"]["runbook_url"]),
        (3, &json!("https://wiki.example.org/ventas"))
    );
}

/// Every text in a document.
fn gather<'j>(document: &'j Json, texts: &mut Vec<&'j str>) {
    match document {
        Json::String(text) => texts.push(text),
        Json::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Json::Object(fields) => fields.values().for_each(|field| gather(field, texts)),
        _ => {}
    }
}
