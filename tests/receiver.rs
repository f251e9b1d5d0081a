//! A server on loopback that keeps what it is sent, and answers as a test wants.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server, until the tests end.
pub(crate) struct Receiver {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `PUT /metrics/job/tamiz`.
    pub(crate) line: String,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A status with its headers.
    Status(u16, &'static str),
    /// What is no HTTP.
    Garbage,
    /// Nothing, and the connection stays open.
    Silence,
    /// The connection is closed.
    Close,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Receiver {
    /// Answers the first requests as said, and all others like the last of them.
    pub(crate) fn answering(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answers) = (Arc::clone(&seen), answers.to_vec());
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let Some(request) = read(&mut stream) else { continue };
                let mut kept = kept.lock().unwrap();
                let answer = answers.get(kept.len()).or(answers.last()).unwrap();
                kept.push(request);
                let text = match answer {
                    Answer::Status(status, headers) => {
                        format!(
                            "HTTP/1.1 {status} Said\r\n{headers}content-length: 5\r\nconnection: close\r\n\r\nwords"
                        )
                    }
                    Answer::Garbage => "\0\u{1}\u{2} what is this\r\n\r\n".to_owned(),
                    Answer::Silence => {
                        held.push(stream);
                        continue;
                    }
                    Answer::Close => continue,
                };
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads a request whose length is told.
fn read(stream: &mut TcpStream) -> Option<Seen> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(pair).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
    while bytes.len() < head + length {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
    }
    Some(Seen { line, headers, body: String::from_utf8(bytes[head..].to_vec()).unwrap() })
}
