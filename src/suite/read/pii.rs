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
        privacy.style = node.get("mask").and_then(|node| self.style(node));
        privacy
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::pii::{Kind, Pii, Privacy, Style};
    use crate::suite::read::{mistakes, read_files};

    fn suite(of_suite: &str, of_column: &str) -> String {
        format!(
            "tamiz: 1\nsuite: s\n{of_suite}\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      a: {{pii: {of_column}}}\n"
        )
    }

    #[test]
    fn a_column_says_whether_it_is_personal_and_how_it_is_shown() {
        let some = |style, kind| Pii::Some { style, kind };
        for (said, read) in [
            ("true", some(None, None)),
            ("false", Pii::None),
            ("partial", some(Some(Style::Partial), None)),
            ("{mask: hash, kind: email}", some(Some(Style::Hash), Some(Kind::Email))),
            ("{kind: card}", some(None, Some(Kind::Card))),
        ] {
            let suite = read_files(&[("s.yaml", &suite("pii: {detect: false, mask: shape}", said))]).unwrap();
            assert_eq!(suite.datasets[0].pii, [("a".to_owned(), read)], "{said}");
            assert_eq!(suite.privacy, Privacy { detect: false, style: Some(Style::Shape) });
        }
        assert_eq!(read_files(&[("s.yaml", &suite("", "true"))]).unwrap().privacy, Privacy::default());
    }

    #[test]
    fn what_is_no_mask_is_a_mistake() {
        for said in ["yes", "hide", "[redact]", "{mask: all}", "{style: hash}", "{kind: dog}", "null", "1"] {
            assert!(!mistakes(&[("s.yaml", &suite("", said))]).is_empty(), "{said}");
        }
        for said in ["pii: true", "pii: {find: true}", "pii: {detect: often}", "pii: {mask: none}"] {
            assert!(!mistakes(&[("s.yaml", &suite(said, "true"))]).is_empty(), "{said}");
        }
        let newest = suite("as_of: {newest: d.a}", "true");
        assert!(mistakes(&[("s.yaml", &newest)])[0].2.contains("is told in every report"), "{newest}");
    }
}
