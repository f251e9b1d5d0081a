//! `tamiz watch`: what changes is checked once it has settled, what the clock asks for is checked, and a signal ends it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::safety::{Place, suite};

/// A watch, and the lines it says on standard error.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(place: &Place, line: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        command.current_dir(place.path("")).arg("watch").args(line.split_whitespace());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let said = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || said.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let watching = Self { child, lines };
        watching.until("watching");
        watching
    }

    /// Waits until it says something.
    fn until(&self, said: &str) {
        while !self
            .lines
            .recv_timeout(Duration::from_mins(2))
            .unwrap_or_else(|_| panic!("never said: {said}"))
            .contains(said)
        {}
    }

    /// Whether it says nothing of a check for a while.
    fn is_quiet(&self, length: Duration) -> bool {
        self.lines.recv_timeout(length).is_err()
    }

    #[cfg(unix)]
    fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.until("stopped");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const GOOD: &str = "id,n\n1,5\n";
const BAD: &str = "id,n\n1,5\n1,5\n";

#[test]
#[cfg(unix)]
fn changes_are_checked_once_they_have_settled() {
    let place = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", GOOD)]);
    let watching = Watching::start(&place, "s.yaml --on-change --settle 1s -- -q");
    assert!(watching.is_quiet(Duration::from_secs(2)), "nothing has changed yet");
    place.write("d.csv", BAD);
    watching.until("the check ended with 1");
    // Of several changes that come together the last one counts.
    for text in [GOOD, BAD, "id,n\n1,5\n1,5\n1,5\n", GOOD] {
        place.write("d.csv", text);
        std::thread::sleep(Duration::from_millis(100));
    }
    watching.until("the check ended with 0");
    assert!(watching.is_quiet(Duration::from_secs(3)), "they were checked one by one");
    // A suite that changes is checked as well, also into one with a mistake and back; so are data that go.
    place.write("s.yaml", "tamiz: 1\nsuite: s\n");
    watching.until("the check ended with 2");
    place.write("s.yaml", &suite("s", "d.csv"));
    watching.until("the check ended with 0");
    std::fs::remove_file(place.path("d.csv")).unwrap();
    watching.until("the check ended with 3");
    place.write("d.csv", GOOD);
    watching.until("the check ended with 0");
    assert_eq!(watching.stop(), Some(0));
    assert_eq!(place.record("s")["verdict"]["status"], "passed");
}

#[test]
#[cfg(unix)]
fn the_clock_asks_for_checks_and_a_signal_ends_one_that_is_under_way() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", GOOD)]);
    let watching = Watching::start(&place, "s.yaml --every 1s --now -- -q --label by=clock");
    watching.until("the check ended with 0");
    watching.until("the check ended with 0");
    assert_eq!(place.record("s")["run"]["labels"]["by"], "clock");
    assert_eq!(watching.stop(), Some(0));
    place.write("s.yaml", &suite("s", &format!("http://{}/slow.csv", silent.local_addr().unwrap())));
    let watching = Watching::start(&place, "s.yaml --every 1h --now -- -q --log-format json");
    watching.until("run begins");
    assert_eq!(watching.stop(), Some(0));
    assert_eq!(place.record("s")["verdict"]["status"], "aborted");
}

#[test]
fn a_watch_that_makes_no_sense_is_a_mistake() {
    let place = Place::new(&[("s.yaml", &suite("s", "d.csv")), ("d.csv", GOOD), ("bad.yaml", "tamiz: 1\nsuite: b\n")]);
    for (line, said) in [
        ("watch s.yaml", "--every, --cron or --on-change"),
        ("watch s.yaml --cron daily", "five fields"),
        ("watch s.yaml --every 1h --timezone UTC", "--timezone"),
        ("watch s.yaml --on-change --timezone UTC", "that of --cron"),
        ("watch bad.yaml --on-change", "no data was read"),
        ("watch nowhere.yaml --on-change", "is not there"),
    ] {
        let ran = place.run(line);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{line}: {}", ran.err);
    }
}
