//! Clients that do not behave: paths that lead out, bodies without end, bytes one by one, things that are no HTTP.

use std::fs;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::client::{Server, TOKEN, bearer};
use super::place;

#[test]
fn no_path_leads_out_of_the_site() {
    let place = place();
    place.write("secret.txt", "CANARY");
    fs::create_dir_all(place.path("reports/.alerts")).unwrap();
    place.write("reports/.alerts/state.json", "CANARY");
    place.write("reports/own.txt", "CANARY");
    place.write("reports/suites/.hidden", "CANARY");
    let server = Server::start(&place, "", None);
    for path in [
        "/../secret.txt",
        "/../../../../etc/passwd",
        "/suites/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/suites/%2e%2e/%2e%2e/secret.txt",
        "/suites/..%2f..%2fsecret.txt",
        "/suites/..%5c..%5csecret.txt",
        "/suites/\\..\\..\\secret.txt",
        "//etc/passwd",
        "/suites//etc/passwd",
        "/.alerts/state.json",
        "/%2ealerts/state.json",
        "/suites/%2e%2e/.alerts/state.json",
        "/own.txt",
        "/history/",
        "/.locks/ventas.lock",
        "/suites/.hidden",
        "/suites/ventas/index.html%00.txt",
        "/%00",
        "/suites/%ff%fe",
        "/runs/%252e%252e/secret.txt",
        "/suites/ventas/../../own.txt",
    ] {
        let answer = server.ask("GET", path, &[], "");
        assert!(matches!(answer.status, 400 | 404) && !answer.body.contains("CANARY"), "{path}: {}", answer.status);
        assert!(!answer.body.contains("root:"), "{path}");
    }
    // A folder shows no list of what is in it.
    for path in ["/runs/", "/suites/", "/latest/", "/diff/"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn what_is_no_request_is_no_answer_and_no_end() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml", Some(TOKEN));
    for bytes in [
        &b"\x00\x01\x02\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /api/check HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/check HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        &[b"GET /", vec![b'a'; 100_000].as_slice(), b" HTTP/1.1\r\n\r\n"].concat(),
        &[b"GET / HTTP/1.1\r\nX: ", vec![b'a'; 1_000_000].as_slice(), b"\r\n\r\n"].concat(),
    ] {
        let answer = server.raw(bytes);
        assert!(
            matches!(answer.status, 0 | 400..=431),
            "{:?}: {answer:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
        );
    }
    // A body that is too long is refused, however its length is told.
    let head = format!(
        "POST /api/check HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: {}\r\nContent-Length: 200000\r\n\r\n",
        bearer()
    );
    assert_eq!(server.raw(head.as_bytes()).status, 413);
    let chunk = "x".repeat(4_096);
    let head = format!(
        "POST /api/check HTTP/1.1\r\nHost: h\r\nAuthorization: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        bearer()
    );
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    let part = format!("1000\r\n{chunk}\r\n");
    let sent = (0..10_000).take_while(|_| stream.write_all(part.as_bytes()).is_ok()).count();
    assert!(sent < 10_000, "a body without end was taken");
    assert_eq!(server.get("/api/runs").status, 200);
}

#[test]
fn slow_clients_cost_nobody_else_anything() {
    let place = place();
    let server = Server::start(&place, "ventas.yaml", Some(TOKEN));
    server.get("/api/runs");
    let before = server.memory();
    // Heads and bodies that come a byte at a time, and answers that nobody reads.
    let mut slow: Vec<_> = (0..60)
        .map(|at| {
            let mut stream = server.connect();
            let head = match at % 3 {
                0 => "GET / HTTP/1.1\r\nHo".to_owned(),
                1 => format!(
                    "POST /api/check HTTP/1.1\r\nHost: h\r\nAuthorization: {}\r\nContent-Length: 50\r\n\r\n",
                    bearer()
                ),
                _ => format!("GET /assets/tamiz.css HTTP/1.1\r\nHost: h\r\nAuthorization: {}\r\n\r\n", bearer()),
            };
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    for _ in 0..20 {
        for stream in &mut slow {
            let _ = stream.write_all(b"x");
        }
        assert_eq!(server.get("/api/runs").status, 200);
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 64 << 20, "it grew by {grown}");
    // A body that does not come is given up.
    let start = Instant::now();
    let mut answer = String::new();
    // Who still sends when the server has hung up may find the line cut before the answer.
    let cut = slow[1].read_to_string(&mut answer).is_err();
    assert!(cut || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(start.elapsed() < Duration::from_mins(2));
}
