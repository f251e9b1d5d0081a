//! `defaults`: what `tamiz check` does where no flag says so.

use crate::config::keys;
use crate::config::read::Reader;
use crate::diagnostic::Code;
use crate::ir::Severity;
use crate::ir::size::Size;
use crate::lang::Lang;
use crate::suite::yaml::Node;

/// What `tamiz check` does where no flag says so. Each has the name of its flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The language of what people read.
    pub lang: Option<Lang>,
    /// The severity from which a failed rule fails the gate, or none; a suite's own wins.
    pub fail_on: Option<Option<Severity>>,
    /// How many violating rows are kept for each rule.
    pub samples: Option<usize>,
    /// How much memory keys and the like may take.
    pub memory: Option<Size>,
    /// How often a read over the network is tried again.
    pub retries: Option<u32>,
    /// Labels of runs; one on the command line takes the place of one of its name.
    pub labels: Vec<(String, String)>,
    /// Where results go, as the flag spells it.
    pub output: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn defaults(&mut self, node: &Node) -> Defaults {
        if self.map(node, "defaults").is_none() {
            return Defaults::default();
        }
        self.check_keys(node, keys::DEFAULTS, "`defaults`");
        Defaults {
            lang: node.get("lang").and_then(|node| self.lang(node)),
            fail_on: node.get("fail_on").and_then(|node| self.fail_on(node)),
            samples: node.get("samples").and_then(|node| self.whole(node)),
            memory: node.get("memory").and_then(|node| self.size(node)),
            retries: node.get("retries").and_then(|node| self.whole(node)),
            labels: node.get("labels").map(|node| self.labels(node)).unwrap_or_default(),
            output: node.get("output").map(|node| self.outputs(node)).unwrap_or_default(),
        }
    }

    #[expect(clippy::option_option, reason = "a gate that never fails is not one of which nothing is said")]
    fn fail_on(&mut self, node: &Node) -> Option<Option<Severity>> {
        if node.text() == Some("never") {
            return Some(None);
        }
        self.severity(node).map(Some)
    }

    fn size(&mut self, node: &Node) -> Option<Size> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(size) => Some(size),
            Err(wrong) => {
                let wrong: String = wrong;
                self.error(Code::BadValue, node.span.clone(), wrong);
                None
            }
        }
    }

    fn labels(&mut self, node: &Node) -> Vec<(String, String)> {
        let Some(entries) = self.map(node, "labels") else { return Vec::new() };
        entries.iter().filter_map(|entry| Some((entry.key.clone(), self.setting(&entry.value)?))).collect()
    }

    fn outputs(&mut self, node: &Node) -> Vec<String> {
        match node.items() {
            Some(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            None => self.text(node).into_iter().collect(),
        }
    }
}
