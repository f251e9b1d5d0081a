//! `breaker` of a suite: after how many runs in a row that do not pass it trips.

use crate::diagnostic::Code;
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::Node;

/// How it is written.
const HELP: &str = "write `breaker: {after: 3}`";

impl Reader<'_> {
    /// After how many runs the breaker trips; none if the suite says nothing of it.
    pub(super) fn breaker(&mut self, node: Option<&Node>) -> Option<u64> {
        let node = node?;
        if node.entries().is_none() {
            let message = format!("`breaker` is a map, and this is {}", node.kind());
            self.error(Code::BadValue, node.span.clone(), message).help = Some(HELP.to_owned());
            return None;
        }
        self.check_keys(node, keys::BREAKER, "`breaker`");
        let Some(after) = node.get("after") else {
            let message = "`after` is missing: how many runs in a row must not pass until the breaker trips";
            self.error(Code::MissingKey, node.span.clone(), message).help = Some(HELP.to_owned());
            return None;
        };
        let spelled = self.text(after)?;
        let runs = spelled.parse().ok().filter(|runs| (1..=1000).contains(runs));
        if runs.is_none() {
            let message = format!("`{spelled}` is no number of runs from 1 to 1000");
            self.error(Code::BadValue, after.span.clone(), message).help = Some(HELP.to_owned());
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files};

    fn suite(breaker: &str) -> String {
        format!("tamiz: 1\nsuite: s\nbreaker: {breaker}\ndatasets: {{d: {{source: d.csv, expect: [row_count: 1]}}}}\n")
    }

    #[test]
    fn a_breaker_trips_after_so_many_runs() {
        let text = suite("{after: 3}");
        assert_eq!(read_files(&[("s.yaml", &text)]).unwrap().breaker, Some(3));
    }

    #[test]
    fn a_breaker_that_says_nothing_is_a_mistake() {
        for (breaker, said) in [
            ("3", "`breaker` is a map"),
            ("{}", "`after` is missing"),
            ("{after: 0}", "`0` is no number of runs"),
            ("{after: 1.5}", "`1.5` is no number of runs"),
            ("{after: -1}", "`-1` is no number of runs"),
            ("{after: 3, afer: 2}", "unknown key `afer` of `breaker`"),
        ] {
            let text = suite(breaker);
            let found = mistakes(&[("s.yaml", &text)]);
            assert!(found.len() == 1 && found[0].1 == 3 && found[0].2.contains(said), "{breaker}: {found:?}");
        }
    }
}
