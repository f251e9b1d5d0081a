//! `masks`: how values are masked in all suites of a project.

use crate::config::keys;
use crate::config::read::Reader;
use crate::diagnostic::Code;
use crate::mask::{Column, Project};
use crate::suite::pii::Style;
use crate::suite::yaml::Node;

impl Reader<'_> {
    pub(super) fn masks(&mut self, node: &Node) -> Option<Project> {
        self.map(node, "masks")?;
        self.check_keys(node, keys::MASKS, "`masks`");
        let columns = node.get("columns").map(|node| self.masked_columns(node)).unwrap_or_default();
        Some(Project {
            style: node.get("mask").and_then(|node| self.style(node)),
            detect: node.get("detect").and_then(|node| self.flag(node)),
            columns,
            no_samples: node.get("samples").and_then(|node| self.flag(node)) == Some(false),
        })
    }

    /// Reads globs of names, each with its mask, or `true` for the usual one.
    fn masked_columns(&mut self, node: &Node) -> Vec<Column> {
        let Some(entries) = self.map(node, "columns") else { return Vec::new() };
        let mut columns = Vec::new();
        for entry in entries {
            let usual = entry.value.text() == Some("true");
            let style = if usual { None } else { self.style(&entry.value) };
            match Column::new(&entry.key, style) {
                Ok(column) => columns.push(column),
                Err(error) => {
                    let message = format!("`{}` is no glob: {}", entry.key, error.kind());
                    self.error(Code::BadValue, entry.key_span.clone(), message);
                }
            }
        }
        columns
    }

    fn style(&mut self, node: &Node) -> Option<Style> {
        let word = self.one_of(node, &Style::ALL.map(Style::name))?;
        Style::ALL.into_iter().find(|style| style.name() == word)
    }
}
