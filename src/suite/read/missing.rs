//! `missing` of a column: what stands for no value there, as one spelling, a list, or `{values: […], pattern: …}`.

use std::sync::Arc;

use crate::diagnostic::Code;
use crate::ir::missing::{Blank, Missing};
use crate::ir::{Reading, Type};
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::Node;

impl Reader<'_> {
    /// Reads what stands for no value in a column, if that is said.
    pub(super) fn missing(&mut self, column: &Node, reading: Option<&Reading>) -> Option<Arc<Missing>> {
        let node = column.get("missing")?;
        let mut missing = Missing::default();
        if node.entries().is_none() {
            missing.spellings = self.sentinels(node);
        } else {
            self.check_keys(node, keys::MISSING, "`missing`");
            missing.spellings = node.get("values").map(|values| self.sentinels(values)).unwrap_or_default();
            missing.pattern = node.get("pattern").and_then(|pattern| self.blank(pattern, reading));
            if node.get("values").is_none() && node.get("pattern").is_none() {
                self.error(Code::MissingKey, node.span.clone(), "`missing` names nothing").help =
                    Some("write `missing: [N/A, \"-\"]`, or `missing: {pattern: '^\\s*$'}`".to_owned());
            }
        }
        Some(Arc::new(missing))
    }

    fn sentinels(&mut self, node: &Node) -> Vec<String> {
        if node.items().is_some_and(<[Node]>::is_empty) {
            self.error(Code::BadValue, node.span.clone(), "`missing` names nothing").help =
                Some("write `missing: [N/A, \"-\", 9999]`, or leave it out".to_owned());
        }
        let mut sentinels = Vec::new();
        for item in node.as_list() {
            if item.is_null() {
                self.error(Code::BadValue, item.span.clone(), "null is no value as it is").help =
                    Some("name what else stands for none; the text goes in quotes: \"null\"".to_owned());
            } else if let Some(text) = self.text(item) {
                sentinels.push(text);
            }
        }
        sentinels
    }

    fn blank(&mut self, node: &Node, reading: Option<&Reading>) -> Option<Blank> {
        let text = self.text(node)?;
        if reading.is_none_or(|reading| reading.kind != Type::String) {
            self.error(Code::Conflict, node.span.clone(), "a `pattern` of `missing` needs `type: string` beside it")
                .help = Some("values of other types are named: `missing: [9999]`".to_owned());
        }
        match regex::Regex::new(&text) {
            Ok(pattern) => Some(Blank(pattern)),
            Err(error) => {
                let message = format!("the pattern `{text}` does not compile");
                let said = error.to_string();
                let reason = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.error(Code::BadValue, node.span.clone(), message).help = Some(reason);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files};

    fn suite(column: &str) -> String {
        format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      a: {column}\n")
    }

    #[test]
    fn sentinels_keep_their_spelling() {
        for (column, spellings) in [
            ("{type: integer, missing: [N/A, \"-\", 0, 9999]}", vec!["N/A", "-", "0", "9999"]),
            ("{missing: 1.10}", vec!["1.10"]),
            ("{missing: \"null\"}", vec!["null"]),
            ("{type: string, missing: {values: \"\", pattern: '^\\s*$'}}", vec![""]),
        ] {
            let suite = read_files(&[("s.yaml", &suite(column))]).unwrap();
            let missing = suite.datasets[0].data.columns[0].missing.clone().unwrap();
            assert_eq!(missing.spellings, spellings, "{column}");
        }
    }

    #[test]
    fn what_names_nothing_is_a_mistake() {
        for column in [
            "{missing: null}",
            "{missing: }",
            "{missing: []}",
            "{missing: {}}",
            "{missing: [a, ~]}",
            "{missing: [[a]]}",
            "{missing: {pattern: x}}",
            "{type: integer, missing: {pattern: x}}",
            "{type: string, missing: {pattern: '('}}",
            "{type: string, missing: {regex: x}}",
            "{type: string, sql: b, missing: x}",
        ] {
            assert!(!mistakes(&[("s.yaml", &suite(column))]).is_empty(), "{column}");
        }
    }
}
