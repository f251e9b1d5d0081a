//! A web server on this machine that remembers what it was sent, and fails as it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `PUT /metrics/job/tamiz`.
    pub(crate) line: String,
    pub(crate) path: String,
    /// Names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// What it is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: &'static str,
    pub(crate) after: Duration,
}

impl Answer {
    /// What the receiver of a kind answers that takes a message.
    pub(crate) fn taken(path: &str) -> Self {
        let (status, body) = match path {
            "/slack" => (200, "ok"),
            "/teams" => (202, ""),
            "/pagerduty" => (202, "{\"status\":\"success\",\"message\":\"Event processed\"}"),
            _ => (200, "{}"),
        };
        Self { status, body, ..Self::default() }
    }

    /// Nothing but a status; with 0 the receiver hangs up.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// What is no HTTP.
    pub(crate) fn garbage() -> Self {
        Self::status(1)
    }

    /// Nothing, and the connection stays open for as long as any test runs.
    pub(crate) fn silence() -> Self {
        Self { after: Duration::from_hours(1), ..Self::default() }
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        Self { headers: vec![(name, value.to_owned())], ..self }
    }

    pub(crate) fn saying(self, body: &'static str) -> Self {
        Self { body, ..self }
    }
}

/// A web server; it stops when it is dropped.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
}

impl Receiver {
    /// Takes everything.
    pub(crate) fn new() -> Self {
        Self::answering(|asked, _| Answer::taken(&asked.path))
    }

    /// Answers the first requests as said, and all others like the last of them.
    pub(crate) fn in_turn(answers: &[Answer]) -> Self {
        let answers = answers.to_vec();
        Self::answering(move |_, before| answers.get(before).or(answers.last()).unwrap().clone())
    }

    /// Answers each request; the second argument counts those before it.
    pub(crate) fn answering(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stop, answer) = (Arc::clone(&asked), Arc::clone(&stopped), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || drop(serve(stream.unwrap(), &log, answer.as_ref())));
            }
        });
        Self { port, asked, stopped }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Everything it was sent.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What it was sent at a path, as JSON.
    pub(crate) fn at(&self, path: &str) -> Vec<Json> {
        self.asked().iter().filter(|asked| asked.path == path).map(Asked::json).collect()
    }

    pub(crate) fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked, usize) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let said = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let Some(path) = line.split_whitespace().nth(1).map(str::to_owned) else { return Ok(()) };
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked = Asked { line: said, path, headers, body: String::from_utf8(body).unwrap(), at: Instant::now() };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    let answer = answer(&asked, before);
    std::thread::sleep(answer.after);
    if answer.status == 0 {
        return Ok(());
    }
    if answer.status == 1 {
        return reader.get_mut().write_all(b"\0\x01\x02 what is this\r\n\r\n");
    }
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    reader.get_mut().write_all(format!("{head}\r\n{}", answer.body).as_bytes())
}
