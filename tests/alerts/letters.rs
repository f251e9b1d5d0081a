//! A mail server on this machine that remembers what it was sent, and fails as it is told to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

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
