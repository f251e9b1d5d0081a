//! The example `tienda`: tables of a real PostgreSQL, messages, alerts to a receiver, the history of a team, a health check.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;

use crate::examples::{json, pick, root};
use crate::postgres::{Postgres, is_there};
use crate::serve::client::TOKEN;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command of the example, with what its environment says.
fn command(program: &str, words: &[&str], base: &str, alerts: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root().join("examples/tienda")).args(words).stdin(Stdio::null());
    command
        .env("TAMIZ", env!("CARGO_BIN_EXE_tamiz"))
        .env("TIENDA_HISTORIA", base)
        .env("TIENDA_BASE", base)
        .env("TIENDA_TOKEN", TOKEN);
    command.env("TIENDA_AVISOS", alerts).env("PGTZ", "Europe/Madrid").env_remove("TAMIZ_HISTORY");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Starts a process, and waits for a line of what it says that holds the end of an address: its port.
fn port(mut command: Command) -> (Running, u16) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim_end().trim_end_matches('/').rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    (Running(child), port.unwrap_or_else(|| panic!("{line}")))
}

#[test]
fn the_night_of_tienda_finds_what_was_counted_and_a_watchman_sees_it() {
    if !is_there() {
        return;
    }
    let mut postgres = Postgres::start();
    let base = format!("postgres://tamiz@127.0.0.1:{}/postgres", postgres.port);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let loaded = command("psql", &["-X", "-q", &base, "-f", "../tablas.sql"], &base, "")
        .current_dir(root().join("examples/tienda/data"))
        .output()
        .unwrap();
    assert!(loaded.status.success(), "{}", said(&loaded));

    let receiver = crate::receiver::Receiver::new();
    let night = || command("sh", &["tienda.sh", &base, &out], &base, &receiver.url("/turno")).output().unwrap();
    let ran = night();
    let expected = json(&root().join("examples/tienda/expected.json"));
    assert_eq!(Json::from(ran.status.code()), expected["exit_code"], "{}", said(&ran));
    for suite in ["tienda", "eventos"] {
        let record = json(&folder.path().join(format!("reports/latest/{suite}.json")));
        for (id, violations) in expected[suite].as_object().unwrap() {
            assert_eq!(&pick(&record["results"], "id", id)["violations"], violations, "{id}");
        }
        let failed = record["results"].as_array().unwrap().iter().filter(|result| result["status"] == "failed");
        let counted = expected[suite].as_object().unwrap().values().filter(|count| **count != 0).count();
        assert_eq!(failed.count(), counted, "a rule of {suite} fails that nobody counted");
        assert_eq!(record["counts"]["error"], 0);
    }
    assert_eq!(postgres.sql("select count(*) from tamiz.runs"), "2");
    assert!(!receiver.at("/turno").is_empty());
    let told = receiver.at("/turno").len();
    assert_eq!((night().status.code(), receiver.at("/turno").len()), (Some(1), told), "nothing new is told twice");

    let reports = format!("{out}/servidor");
    let words = ["serve", "--config", "tamiz.yaml", "--listen", "127.0.0.1:0", "--reports", &reports];
    let (_server, port) = port(command(env!("CARGO_BIN_EXE_tamiz"), &words, &base, ""));
    let url = format!("http://127.0.0.1:{port}");
    let health = || command("sh", &["salud.sh", &url], &base, "").output().unwrap();
    let begun = std::time::Instant::now();
    while !health().status.success() {
        assert!(begun.elapsed().as_secs() < 60, "{}", said(&health()));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(said(&health()), "todo está sano\n");
    postgres.stop();
    while health().status.success() {
        assert!(begun.elapsed().as_secs() < 120, "nobody sees that the history is gone");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(said(&health()).contains("no llega a la historia del equipo"));
}

#[test]
fn the_receiver_of_tienda_says_what_it_was_told() {
    let mut command = Command::new("python3");
    command.current_dir(root().join("examples/tienda")).args(["-B", "avisos.py", "0"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().rsplit_once(' ').unwrap().1.to_owned();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let _running = Running(child);
    let send = |body: &str| {
        let ran = Command::new("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", body, &url]).output();
        String::from_utf8(ran.unwrap().stdout).unwrap()
    };
    assert_eq!((send("{\"a\": \"ñ\"}"), send("{no")), ("204".to_owned(), "400".to_owned()));
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert_eq!(line, "{\"a\": \"ñ\"}\n");
}
