//! `quarantine`, of a suite and of a dataset: what the dataset says wins, key by key.

use crate::diagnostic::Code;
use crate::suite::keys;
use crate::suite::quarantine::{FORMATS, Quarantine};
use crate::suite::read::Reader;
use crate::suite::read::from::Read;
use crate::suite::yaml::Node;

impl Reader<'_> {
    /// What holds for a dataset; one that takes the rows of another has no say in it.
    pub(super) fn quarantine_in(&mut self, dataset: &Node, of: Option<&Read<'_>>) -> Option<Quarantine> {
        let inherited = self.quarantine.clone();
        let Some(node) = dataset.get("quarantine") else { return inherited.filter(|_| of.is_none()) };
        if let Some(of) = of {
            let message = "`quarantine` does not go with `from`: rows are written where they are read";
            self.error(Code::Conflict, node.span.clone(), message).help =
                Some(format!("say it under `{}`; the rules here count there too", of.draft.root()));
            return None;
        }
        Some(self.quarantine_of(node, inherited.as_ref()))
    }

    /// Reads a folder, or a map.
    pub(super) fn quarantine_of(&mut self, node: &Node, inherited: Option<&Quarantine>) -> Quarantine {
        let mut quarantine = inherited.cloned().unwrap_or_default();
        if node.entries().is_none() {
            self.quarantine_to(node, &mut quarantine);
            return quarantine;
        }
        self.check_keys(node, keys::QUARANTINE, "`quarantine`");
        if let Some(to) = node.get("to") {
            self.quarantine_to(to, &mut quarantine);
        }
        if let Some(format) = node.get("format") {
            let word = self.one_of(format, &FORMATS.map(crate::dataset::Kind::name));
            quarantine.format = FORMATS.into_iter().find(|kind| Some(kind.name()) == word);
        }
        if let Some(severity) = node.get("severity").and_then(|node| self.severity(node)) {
            quarantine.severity = severity;
        }
        if let Some(tolerated) = node.get("tolerated").and_then(|node| self.flag(node)) {
            quarantine.tolerated = tolerated;
        }
        if let Some(pii) = node.get("pii").and_then(|node| self.one_of(node, &["mask", "keep"])) {
            quarantine.keeps_pii = pii == "keep";
        }
        if let Some(enabled) = node.get("enabled").and_then(|node| self.flag(node)) {
            quarantine.enabled = enabled;
        }
        quarantine
    }

    fn quarantine_to(&mut self, node: &Node, quarantine: &mut Quarantine) {
        let Some(to) = self.text(node) else { return };
        if to.is_empty() || to.contains("://") {
            self.error(Code::BadValue, node.span.clone(), "`quarantine` is written to a local folder").help =
                Some("write `quarantine: ../quarantine`, relative to this file".to_owned());
            return;
        }
        quarantine.to = Some(self.folder(&node.span).join(to));
    }
}
