//! Receivers that are down, slow, or answer what they should not: nothing is lost, nothing told twice, no secret said.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{BAD, GOOD, HOOK, Place, SLACK};
use crate::receiver::{Answer, Asked, Receiver};

#[test]
fn what_did_not_arrive_is_told_by_the_next_run() {
    let receiver =
        Receiver::answering(|asked, before| if before < 3 { Answer::status(503) } else { Answer::taken(&asked.path) });
    let place = Place::new(&receiver, HOOK);
    let ran = place.check();
    assert!(
        ran.code == Some(1) && ran.err.contains("alert not sent to `hook` (first_notification): it answers 503"),
        "{ran:?}"
    );
    let ids: Vec<String> = receiver.asked().iter().map(|asked| asked.headers["webhook-id"].clone()).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let bodies: Vec<String> = receiver.asked().iter().map(|asked| asked.body.clone()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert!(place.check().err.contains("alert sent to `hook` (first_notification)"));
    assert_eq!(receiver.asked().len(), 4);
    let told: Vec<String> = place.log().into_iter().map(|(_, reason, status)| format!("{reason} {status}")).collect();
    assert_eq!(told, ["first_notification failed", "first_notification sent"]);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for_within_the_budget() {
    let busy = |seconds: &str| Answer { headers: vec![("Retry-After", seconds.to_owned())], ..Answer::status(429) };
    let receiver =
        Receiver::answering(move |asked, before| if before == 0 { busy("2") } else { Answer::taken(&asked.path) });
    let place = Place::new(&receiver, SLACK);
    assert!(place.check().err.contains("alert sent to `team`"));
    let asked = receiver.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(2));
    let receiver = Receiver::answering(move |_, _| busy("3600"));
    let start = Instant::now();
    let ran = Place::new(&receiver, SLACK).check();
    assert!(ran.err.contains("it answers 429; the time for it does not reach to another try"), "{ran:?}");
    assert!(start.elapsed() < Duration::from_mins(5) && receiver.asked().len() == 1);
}

#[test]
fn no_redirect_is_followed_and_no_other_answer_is_a_success() {
    let other = Receiver::new();
    let elsewhere = other.url("/slack");
    let receiver = Receiver::answering(move |_, _| Answer {
        headers: vec![("Location", elsewhere.clone())],
        ..Answer::status(307)
    });
    let ran = Place::new(&receiver, SLACK).check();
    assert!(ran.err.contains("it answers 307 and points elsewhere"), "{ran:?}");
    assert_eq!((receiver.asked().len(), other.asked().len()), (1, 0));
    // The page of a portal that says 200 to everything.
    let receiver = Receiver::answering(|_, _| Answer { body: "<html>\u{1b}[2Jlog in</html>", ..Answer::status(200) });
    let ran = Place::new(&receiver, SLACK).check();
    assert!(ran.err.contains("not as a receiver of this kind does: <html>\\u{1b}[2Jlog in"), "{ran:?}");
    let receiver = Receiver::answering(|_, _| Answer { body: "invalid_payload", ..Answer::status(400) });
    let ran = Place::new(&receiver, SLACK).check();
    assert!(ran.err.contains("it answers 400: invalid_payload"), "{ran:?}");
    assert_eq!(receiver.asked().len(), 1, "what is wrong is not tried again");
}

#[test]
fn a_slow_receiver_holds_up_neither_the_others_nor_the_command() {
    let slow = |asked: &Asked, _: usize| {
        let after = if asked.path == "/hook" { Duration::from_mins(1) } else { Duration::ZERO };
        Answer { after, ..Answer::taken(&asked.path) }
    };
    let receiver = Receiver::answering(slow);
    let both = "timeout: 3s\nchannels:\n  hook: {type: webhook, url: {env: URL_HOOK}}\n  team: {type: slack, url: {env: URL_SLACK}}\nroutes: [{to: [hook, team]}]\n";
    let place = Place::new(&receiver, both);
    let start = Instant::now();
    let ran = place.check();
    assert!(start.elapsed() < Duration::from_secs(45), "{:?}", start.elapsed());
    assert!(ran.err.contains("alert sent to `team`") && ran.err.contains("alert not sent to `hook`"), "{ran:?}");
}

#[test]
fn a_failed_delivery_ends_with_4_only_where_that_is_asked_for_and_the_gate_passed() {
    let receiver = Receiver::answering(|_, _| Answer::status(404));
    let place = Place::new(&receiver, SLACK);
    place.write(
        "ventas.yaml",
        &super::SUITE
            .replace("severity: error", "severity: warning")
            .replace("severity: critical", "severity: warning"),
    );
    assert_eq!(place.check().code, Some(0), "three warnings pass the gate");
    assert_eq!(place.run("check ventas.yaml --strict-delivery").code, Some(4));
    place.write("ventas.yaml", super::SUITE);
    assert_eq!(place.run("check ventas.yaml --strict-delivery").code, Some(1));
}

#[test]
fn a_fallback_takes_what_a_channel_does_not_and_hears_the_end() {
    let receiver =
        Receiver::answering(
            |asked, _| if asked.path == "/slack" { Answer::status(500) } else { Answer::taken(&asked.path) },
        );
    let place = Place::new(
        &receiver,
        "breaker: {failures: 1, rest: 1h}\nchannels:\n  team: {type: slack, url: {env: URL_SLACK}, fallback: hook}\n  hook: {type: webhook, url: {env: URL_HOOK}}\nroutes: [{to: [team]}]\n",
    );
    let ran = place.check();
    assert!(ran.err.contains("`team` did not take an alert; sent to `hook` (first_notification)"), "{ran:?}");
    let tries = receiver.at("/slack").len();
    assert_eq!((tries, receiver.at("/hook").len()), (3, 1));
    place.check();
    assert_eq!(receiver.at("/hook").len(), 1, "it was told");
    // The channel rests, so it costs no more time, and who heard the beginning hears the end.
    place.write("pedidos.csv", GOOD);
    place.check();
    assert_eq!(receiver.at("/slack").len(), tries);
    assert_eq!(receiver.at("/hook")[1]["type"], "tamiz.alert.resolved");
    assert!(place.state()["channels"]["team"]["rests_until"].is_i64());
}

#[test]
fn a_channel_that_is_down_is_told_of_when_it_is_back() {
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let receiver = Receiver::new();
    let place = Place::new(
        &receiver,
        &format!("channels: {{hook: {{type: webhook, url: 'http://127.0.0.1:{port}/x'}}}}\nroutes: [{{to: [hook]}}]\n"),
    );
    let ran = place.check();
    assert!(ran.code == Some(1) && ran.err.contains("no connection: "), "{ran:?}");
    // The alert of what was there meanwhile, and is over, is told by nobody: there is nothing to do.
    place.write("pedidos.csv", GOOD);
    assert!(!place.check().err.contains("alert"));
}

#[test]
fn two_runs_at_once_tell_once() {
    let receiver =
        Receiver::answering(|asked, _| Answer { after: Duration::from_millis(300), ..Answer::taken(&asked.path) });
    let place = Place::new(&receiver, HOOK);
    let runs: Vec<_> = (0..3)
        .map(|_| {
            place
                .command("check ventas.yaml")
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut run in runs {
        assert_eq!(run.wait().unwrap().code(), Some(1));
    }
    assert_eq!(receiver.at("/hook").len(), 1, "{:?}", place.log());
    let suites = place.state()["sent"]["hook"].as_object().unwrap().len();
    assert_eq!(suites, 1);
}

#[test]
fn a_state_that_is_damaged_or_of_another_clock_silences_nothing() {
    let receiver = Receiver::new();
    let place = Place::new(&receiver, HOOK);
    place.check();
    // A clock that stood in the future when the message went.
    place.age("hook", -365 * 24 * 3_600 * 1_000_000);
    place.check();
    assert_eq!(receiver.at("/hook").len(), 2);
    place.write("reports/.alerts/state.json", "{\"version\": 1, \"sent\": ");
    let ran = place.check();
    assert!(ran.err.contains("holds no state") && ran.err.contains("it is ignored"), "{ran:?}");
    assert_eq!(receiver.at("/hook").len(), 3);
}

#[test]
fn a_secret_that_is_not_there_fails_its_channel_alone() {
    let receiver = Receiver::new();
    let place = Place::new(
        &receiver,
        "channels:\n  team: {type: slack, url: {env: NOT_SET}}\n  hook: {type: webhook, url: {env: URL_HOOK}}\nroutes: [{to: [team, hook]}]\n",
    );
    let ran = place.check();
    assert!(
        ran.err.contains("alert not sent to `team` (first_notification): the variable `NOT_SET` is not set"),
        "{ran:?}"
    );
    assert_eq!((ran.code, receiver.at("/hook").len()), (Some(1), 1));
}

#[test]
fn no_secret_and_no_value_is_left_anywhere() {
    // A receiver that says back what it was called by, as some do.
    let receiver = Receiver::answering(|asked, _| match asked.path.as_str() {
        "/slack/T0CANARY/B0CANARY/s3cr3tcanary" => {
            Answer { body: "no_service: /slack/T0CANARY/B0CANARY/s3cr3tcanary", ..Answer::status(404) }
        }
        path => Answer::taken(path),
    });
    let place = Place::new(&receiver, "channels:\n  team: {type: slack, url: {env: CANARY}}\n  oncall: {type: pagerduty, routing_key: {file: key.txt}, url: {env: URL_PAGERDUTY}}\n  hook: {type: webhook, url: {env: URL_HOOK}, secret: {env: HOOK_SECRET}}\nroutes: [{to: [team, oncall, hook]}]\n")
        .with([("CANARY".to_owned(), receiver.url("/slack/T0CANARY/B0CANARY/s3cr3tcanary"))]);
    place.write("key.txt", "FILEKEYCANARY0123456789ABCDEF012\n");
    place.write("pedidos.csv", &BAD.replace("x\n", "valor_canario\n"));
    let runs = [
        place.check(),
        place.run("check ventas.yaml --alerts dry-run"),
        place.run("alert test team"),
        place.run("alert test oncall --dry-run"),
    ];
    assert!(runs[0].err.contains("it answers 404: no_service: ***"), "{}", runs[0].err);
    let mut said: Vec<(String, String)> =
        runs.iter().map(|ran| ("output".to_owned(), format!("{}{}", ran.out, ran.err))).collect();
    for path in glob::glob(&place.path("reports/**/*").display().to_string()).unwrap().map(Result::unwrap) {
        let dotted = path.is_file().then(|| fs::read(&path).unwrap());
        said.extend(dotted.map(|bytes| (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())));
    }
    let state = place.path("reports/.alerts/state.json");
    said.push(("the state".to_owned(), fs::read_to_string(state).unwrap()));
    assert!(said.len() > 8);
    for (name, text) in &said {
        for canary in ["T0CANARY", "s3cr3tcanary", "FILEKEYCANARY", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(!text.contains(canary), "{canary} in {name}: {text}");
        }
    }
    // What is sent holds no cell at all.
    let sent: String = receiver.asked().iter().map(|asked| asked.body.clone()).collect();
    assert!(sent.contains("pedidos.email.format") && !sent.contains("valor_canario"), "{sent}");
    assert_eq!(receiver.at("/pagerduty")[0]["routing_key"], json!("FILEKEYCANARY0123456789ABCDEF012"));
}

#[test]
fn what_may_have_arrived_is_sent_again_only_to_who_knows_it_again() {
    let receiver = Receiver::answering(|_, _| Answer::status(0));
    let ran = Place::new(&receiver, SLACK).check();
    assert!(ran.err.contains("it may have arrived all the same"), "{ran:?}");
    assert_eq!(receiver.asked().len(), 1);
    receiver.forget();
    Place::new(&receiver, HOOK).check();
    assert_eq!(receiver.asked().len(), 3);
}
