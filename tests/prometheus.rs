//! Prometheus, its Pushgateway and its Alertmanager, which Debian has, as servers of tests.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// Whether the real Prometheus is there; it is installed where the servers of tests are asked for.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub(crate) fn is_there() -> bool {
    let all = || {
        ["promtool", "prometheus", "prometheus-pushgateway", "prometheus-alertmanager"]
            .iter()
            .all(|name| Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success()))
    };
    if all() {
        return true;
    }
    if std::env::var_os("TAMIZ_SERVERS").is_none() {
        eprintln!("skipped: there is no Prometheus, and TAMIZ_SERVERS is not set, which asks for one to be installed");
        return false;
    }
    let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus prometheus-pushgateway \
                   prometheus-alertmanager";
    let ran = Command::new("sh").args(["-c", install]).output().unwrap();
    assert!(ran.status.success() && all(), "{}", String::from_utf8_lossy(&ran.stderr));
    true
}

/// A server of somebody else, ended with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a program on a free port, and waits until it answers.
    pub(crate) fn start(program: &str, words: &[&str], folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.current_dir(folder).args(words).arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, port };
        let start = Instant::now();
        while server.get("/-/ready").is_none_or(|(status, _)| status != 200) {
            assert!(start.elapsed() < Duration::from_mins(5), "{program} does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    pub(crate) fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: h\r\n\r\n").as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    pub(crate) fn json(&self, path: &str) -> Json {
        let (status, body) = self.get(path).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}
