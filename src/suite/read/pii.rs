//! `pii` of a column and of a suite: which values are personal data, and how much of them is shown.

use crate::diagnostic::Code;
use crate::suite::keys;
use crate::suite::pii::{Kind, Pii, Privacy, Style};
use crate::suite::read::Reader;
use crate::suite::yaml::{Node, boolean};

impl Reader<'_> {
    /// Reads what a column says: `true`, `false`, a mask, or `{mask: …, kind: …}`.
    pub(super) fn pii(&mut self, node: &Node) -> Option<Pii> {
        if node.entries().is_some() {
            self.check_keys(node, keys::PII, "`pii` of a column");
            let style = node.get("mask").and_then(|node| self.style(node));
            let word = node.get("kind").and_then(|node| self.one_of(node, &Kind::ALL.map(Kind::name)));
            let kind = Kind::ALL.into_iter().find(|kind| Some(kind.name()) == word);
            return Some(Pii::Some { style, kind });
        }
        match node.text().and_then(boolean) {
            Some(true) => Some(Pii::Some { style: None, kind: None }),
            Some(false) => Some(Pii::None),
            None => self.style(node).map(|style| Pii::Some { style: Some(style), kind: None }),
        }
    }

    fn style(&mut self, node: &Node) -> Option<Style> {
        let word = self.one_of(node, &Style::ALL.map(Style::name))?;
        Style::ALL.into_iter().find(|style| style.name() == word)
    }

    /// Reads what a suite says for all of its columns: `{detect: …, mask: …}`.
    pub(super) fn privacy(&mut self, node: Option<&Node>) -> Privacy {
        let mut privacy = Privacy::default();
        let Some(node) = node else { return privacy };
        if node.entries().is_none() {
            let message = format!("`pii` of a suite is a map of keys, and this is {}", node.kind());
            self.error(Code::BadValue, node.span.clone(), message).help =
                Some("write `pii: {detect: false}`, or `pii: {mask: partial}`".to_owned());
            return privacy;
        }
        self.check_keys(node, keys::PRIVACY, "`pii` of a suite");
        if let Some(detect) = node.get("detect").and_then(|node| self.flag(node)) {
            privacy.detect = detect;
        }
        if let Some(style) = node.get("mask").and_then(|node| self.style(node)) {
            privacy.style = style;
        }
        privacy
    }
}
