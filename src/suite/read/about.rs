//! The keys that suite, dataset and rule share: what people read, and what they do about it.

use crate::diagnostic::Code;
use crate::outcome::Text;
use crate::suite::read::Reader;
use crate::suite::yaml::Node;
use crate::suite::{About, Cost, parameters};

impl Reader<'_> {
    /// Reads the keys that suite, dataset and rule share.
    pub(in crate::suite) fn about(&mut self, node: &Node) -> About {
        About {
            title: node.get("title").and_then(|node| self.text(node)),
            description: node.get("description").and_then(|node| self.localised(node)),
            owner: node.get("owner").and_then(|node| self.text(node)),
            runbook: node.get("runbook").and_then(|node| self.text(node)),
            tags: node.get("tags").map(|node| self.texts(node)).unwrap_or_default(),
            impact: node.get("impact").and_then(|node| self.impact(node)),
            meta: node.get("meta").map(parameters::plain),
        }
    }

    /// Reads a text in one or both languages.
    pub(in crate::suite) fn localised(&mut self, node: &Node) -> Option<Text> {
        if node.entries().is_none() {
            return self.text(node).map(|text| Text { en: text.clone(), es: text });
        }
        self.check_keys(node, &["en", "es"], "a text");
        let en = node.get("en").and_then(|node| self.text(node));
        let es = node.get("es").and_then(|node| self.text(node));
        let en_or = en.clone().or_else(|| es.clone())?;
        Some(Text { es: es.unwrap_or_else(|| en_or.clone()), en: en_or })
    }

    fn impact(&mut self, node: &Node) -> Option<Cost> {
        self.map(node, "impact")?;
        self.check_keys(node, &["per_row", "column", "currency"], "`impact`");
        let mut per_row = None;
        if let Some(node) = node.get("per_row")
            && let Some(text) = self.text(node)
        {
            per_row = crate::ir::value::read_decimal(&text);
            if per_row.is_none() {
                self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no number"));
            }
        }
        if let Some(column) = node.get("column") {
            self.error(Code::NotYet, column.span.clone(), "a cost read from a column is not read by this version")
                .help = Some("give `per_row`".to_owned());
        }
        Some(Cost { per_row, column: None, currency: node.get("currency").and_then(|node| self.text(node)) })
    }
}
