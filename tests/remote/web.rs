//! A web server that answers as it is told to, and remembers what it was asked for.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    pub(crate) range: Option<Range<usize>>,
    pub(crate) if_match: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) at: Instant,
    /// How many bytes of body were sent back.
    pub(crate) sent: usize,
}

/// What it is answered.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// After how many bytes of the body the connection breaks, if it does.
    pub(crate) breaks: Option<usize>,
    /// Whether the length is not said beforehand.
    pub(crate) chunked: bool,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn whole(body: &[u8]) -> Self {
        Self { status: 200, body: body.to_vec(), ..Self::default() }
    }

    /// What a server answers that gives ranges.
    pub(crate) fn of(asked: &Asked, body: &[u8], etag: &str) -> Self {
        let tag = ("ETag", format!("\"{etag}\""));
        let date = ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
        if asked.if_match.as_ref().is_some_and(|wanted| *wanted != tag.1) {
            return Self::status(412);
        }
        let Some(range) = &asked.range else { return Self { headers: vec![tag, date], ..Self::whole(body) } };
        if range.start >= body.len() {
            return Self { headers: vec![("Content-Range", format!("bytes */{}", body.len()))], ..Self::status(416) };
        }
        let range = range.start..range.end.min(body.len());
        let told = format!("bytes {}-{}/{}", range.start, range.end - 1, body.len());
        Self {
            status: 206,
            headers: vec![tag, date, ("Content-Range", told)],
            body: body[range].to_vec(),
            ..Self::default()
        }
    }
}

/// A server on this machine; it stops when it is dropped.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request; the second argument counts those before it.
    pub(crate) fn new(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (log, stop, answer) = (Arc::clone(&asked), Arc::clone(&stopped), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || drop(serve(&stream.unwrap(), &log, answer.as_ref())));
            }
        });
        Self { port, asked, stopped }
    }

    /// Serves one file with ranges.
    pub(crate) fn file(body: Vec<u8>) -> Self {
        Self::new(move |asked, _| Answer::of(asked, &body, "v1"))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many bytes of files it has sent.
    pub(crate) fn sent(&self) -> usize {
        self.asked().iter().map(|asked| asked.sent).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn serve(
    mut stream: &TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked, usize) -> Answer,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut asked = Asked {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        range: None,
        if_match: None,
        authorization: None,
        at: Instant::now(),
        sent: 0,
    };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "range" => asked.range = range(&value),
            "if-match" => asked.if_match = Some(value),
            "authorization" => asked.authorization = Some(value),
            _ => {}
        }
    }
    let mut log = log.lock().unwrap();
    let answer = answer(&asked, log.len());
    let sent = answer.breaks.unwrap_or(usize::MAX).min(answer.body.len());
    asked.sent = if asked.method == "HEAD" { 0 } else { sent };
    let is_head = asked.method == "HEAD";
    log.push(asked);
    drop(log);
    let mut head = format!("HTTP/1.1 {} Told\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &if answer.chunked {
        "Transfer-Encoding: chunked\r\n\r\n".to_owned()
    } else {
        format!("Content-Length: {}\r\n\r\n", answer.body.len())
    };
    stream.write_all(head.as_bytes())?;
    if is_head {
        return Ok(());
    }
    if answer.chunked {
        for part in answer.body[..sent].chunks(1000) {
            stream.write_all(format!("{:x}\r\n", part.len()).as_bytes())?;
            stream.write_all(part)?;
            stream.write_all(b"\r\n")?;
        }
        if answer.breaks.is_none() {
            stream.write_all(b"0\r\n\r\n")?;
        }
    } else {
        stream.write_all(&answer.body[..sent])?;
    }
    stream.flush()
}

fn range(value: &str) -> Option<Range<usize>> {
    let (start, end) = value.strip_prefix("bytes=")?.split_once('-')?;
    Some(start.parse().ok()?..end.parse::<usize>().ok()? + 1)
}
