//! Receivers on this machine: of HTTP and of mail. They remember what they were sent, and fail as they are told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    /// Names in small letters.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
    pub(super) at: Instant,
}

impl Asked {
    pub(super) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// What it is answered.
#[derive(Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: &'static str,
    pub(super) after: Duration,
}

impl Answer {
    /// What the receiver of a kind answers that takes a message.
    pub(super) fn taken(path: &str) -> Self {
        let (status, body) = match path {
            "/slack" => (200, "ok"),
            "/teams" => (202, ""),
            "/pagerduty" => (202, "{\"status\":\"success\",\"message\":\"Event processed\"}"),
            _ => (200, "{}"),
        };
        Self { status, body, ..Self::default() }
    }

    /// Nothing but a status; with 0 the receiver hangs up.
    pub(super) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// A web server; it stops when it is dropped.
pub(super) struct Receiver {
    pub(super) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
}

impl Receiver {
    /// Takes everything.
    pub(super) fn new() -> Self {
        Self::answering(|asked, _| Answer::taken(&asked.path))
    }

    /// Answers each request; the second argument counts those before it.
    pub(super) fn answering(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
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

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Everything it was sent.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What it was sent at a path, as JSON.
    pub(super) fn at(&self, path: &str) -> Vec<Json> {
        self.asked().iter().filter(|asked| asked.path == path).map(Asked::json).collect()
    }

    pub(super) fn forget(&self) {
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
    let asked = Asked { path, headers, body: String::from_utf8(body).unwrap(), at: Instant::now() };
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
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    reader.get_mut().write_all(format!("{head}\r\n{}", answer.body).as_bytes())
}

/// A letter as a mail server gets it.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) text: String,
}

/// A mail server without TLS that takes everything, after so many letters that it puts off; it stops with the tests.
pub(super) struct Mail {
    pub(super) port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Mail {
    pub(super) fn new(puts_off: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let (log, left) = (Arc::clone(&letters), Arc::new(Mutex::new(puts_off)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, left) = (Arc::clone(&log), Arc::clone(&left));
                std::thread::spawn(move || drop(post(stream.unwrap(), &log, &left)));
            }
        });
        Self { port, letters }
    }

    pub(super) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

fn post(stream: TcpStream, log: &Mutex<Vec<Letter>>, left: &Mutex<usize>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut letter = Letter::default();
    reader.get_mut().write_all(b"220 here\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let said = line.trim_end().to_owned();
        let answer = match said.to_ascii_uppercase().as_str() {
            verb if verb.starts_with("EHLO") => "250-here\r\n250 8BITMIME",
            verb if verb.starts_with("MAIL FROM") => {
                let mut left = left.lock().unwrap();
                if *left > 0 {
                    *left -= 1;
                    "451 come back later"
                } else {
                    letter.from = said;
                    "250 ok"
                }
            }
            verb if verb.starts_with("RCPT TO") => {
                letter.to.push(said);
                "250 ok"
            }
            "DATA" => {
                reader.get_mut().write_all(b"354 go on\r\n")?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    reader.read_line(&mut text)?;
                }
                letter.text = text;
                log.lock().unwrap().push(letter.clone());
                "250 taken"
            }
            "QUIT" => {
                reader.get_mut().write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => "250 ok",
        };
        reader.get_mut().write_all(format!("{answer}\r\n").as_bytes())?;
    }
}
