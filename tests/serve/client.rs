//! A server of a test, and a client that says exactly what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::safety::{Place, Ran};

/// A token that nobody guesses.
pub(crate) const TOKEN: &str = "canary-token-of-the-tests";

pub(crate) fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

/// A server until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn command(place: &Place, token: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    command.current_dir(place.path("")).env_remove("TAMIZ_TOKEN").envs(token.map(|token| ("TAMIZ_TOKEN", token)));
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(place: &Place, line: &str, token: &str) -> Ran {
    let ran =
        command(place, Some(token).filter(|token| !token.is_empty())).args(line.split_whitespace()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
}

impl Server {
    /// Starts a server on a free port, and waits for what it says.
    pub(crate) fn start(place: &Place, line: &str, token: Option<&str>) -> Self {
        let mut command = command(place, token);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(line.split_whitespace());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        lines.read_line(&mut said).unwrap();
        let port = said.trim_end().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("it does not serve: {said}"));
        child.stderr = Some(lines.into_inner());
        Self { child, port }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        stream
    }

    /// Asks, and reads the answer to its end.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = if headers.iter().any(|(name, _)| *name == "host") {
            String::new()
        } else {
            "Host: localhost\r\n".to_owned()
        };
        let more: String = headers.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]).collect();
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n{more}Content-Length: {length}\r\n\r\n{body}"
        );
        self.raw(text.as_bytes())
    }

    /// Sends bytes, and reads the answer to its end.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses early may hang up before it has read all.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        read(&answer)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("authorization", &bearer())], "")
    }

    pub(crate) fn json(&self, path: &str) -> Json {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub(crate) fn post(&self, order: &Json) -> Answer {
        let headers = [("authorization", bearer()), ("content-type", "application/json".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.ask("POST", "/api/check", &headers, &order.to_string())
    }

    /// The events of a check until its stream ends: their names and what they say.
    pub(crate) fn events(&self, id: &str) -> Vec<(String, Json)> {
        let answer = self.get(&format!("/api/checks/{id}/events"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut events = Vec::new();
        for event in answer.body.split("\n\n") {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(name), Some(data)) = (field("event:"), field("data:")) {
                events.push((name.to_owned(), serde_json::from_str(data).unwrap()));
            }
        }
        events
    }

    /// Waits until a check is in a state, or its run has `begun`.
    pub(crate) fn until(&self, id: &str, state: &str) {
        let start = Instant::now();
        let is_so = |known: &Json| known["state"] == state || state == "begun" && known["run"].is_string();
        while !is_so(&self.json(&format!("/api/checks/{id}"))) {
            assert!(start.elapsed() < Duration::from_mins(3), "it is never {state}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Asks it to end as a system does, and says how it ended and what it said.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }

    /// How much memory it has now, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes an answer apart; one that is none has status 0.
fn read(bytes: &[u8]) -> Answer {
    let nothing = || Answer { status: 0, headers: Vec::new(), body: String::from_utf8_lossy(bytes).into_owned() };
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return nothing() };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let Some(status) = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()) else { return nothing() };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let body = &bytes[end + 4..];
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// The parts of a body that comes in parts.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let Ok(length) = usize::from_str_radix(&String::from_utf8_lossy(&body[..end]), 16) else { break };
        let Some(part) = body.get(end + 2..end + 2 + length) else { break };
        whole.extend_from_slice(part);
        body = body.get(end + 4 + length..).unwrap_or_default();
    }
    whole
}
