//! The keys under a check: what all checks share taken off, the rest left to the kind of check.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::sql;
use crate::suite::yaml::{Content, Entry, Node};

/// The keys under a check.
#[derive(Clone, Debug, Default)]
pub(super) struct Options<'n> {
    /// What it is called in reports.
    pub(super) name: Option<String>,
    /// The stable id that keeps its history.
    pub(super) identity: Option<String>,
    /// The rows it is about, as SQL.
    pub(super) filter: Option<String>,
    /// Free keys and values.
    pub(super) attributes: Vec<(String, Value)>,
    /// How many failing rows to keep.
    pub(super) samples: Option<String>,
    /// When it warns.
    pub(super) warn: Option<&'n Node>,
    /// When it fails.
    pub(super) fail: Option<&'n Node>,
    /// Keys about missing and valid values.
    pub(super) validity: Vec<(String, &'n Node)>,
    /// Keys that change what is kept, never a verdict.
    pub(super) left: Vec<String>,
    /// The other keys.
    pub(super) rest: Vec<&'n Entry>,
}

/// Words that begin a key about missing and valid values.
const ABOUT_VALUES: [&str; 3] = ["missing ", "valid ", "invalid "];

impl<'n> Options<'n> {
    /// Sorts the keys under a check.
    pub(super) fn read(entries: &'n [Entry]) -> Self {
        let mut found = Self::default();
        for entry in entries {
            let text = || entry.value.text().map(str::to_owned);
            match entry.key.as_str() {
                "name" => found.name = text(),
                "identity" => found.identity = text(),
                "filter" => found.filter = text(),
                "samples limit" => found.samples = text(),
                "attributes" => found.attributes = map(&entry.value),
                "warn" => found.warn = Some(&entry.value),
                "fail" => found.fail = Some(&entry.value),
                "samples columns" | "collect failed rows" | "store_failed_rows" | "group_limit" => {
                    found.left.push(entry.key.clone());
                }
                key if is_about_values(key) => found.validity.push((key.replace('_', " "), &entry.value)),
                _ => found.rest.push(entry),
            }
        }
        found
    }

    /// The value of one of the other keys.
    pub(super) fn rest(&self, key: &str) -> Option<&'n Node> {
        self.rest.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Refuses keys beside those that a kind of check takes.
    ///
    /// # Errors
    /// The first key that is none of them.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), String> {
        match self.rest.iter().find(|entry| !keys.contains(&entry.key.as_str())) {
            Some(entry) => Err(format!("`{}` has no counterpart here", entry.key)),
            None => Ok(()),
        }
    }

    /// Refuses zones where Soda takes none.
    ///
    /// # Errors
    /// If there is one.
    pub(super) fn no_zones(&self) -> Result<(), String> {
        let has = self.warn.or(self.fail).is_some();
        if has { Err("Soda takes no zones here".to_owned()) } else { Ok(()) }
    }

    /// Puts what all checks share on a rule: id, description, owner, tags, other attributes, samples.
    pub(super) fn onto(&self, mut rule: Rule, number: usize) -> Rule {
        if let Some(identity) = &self.identity {
            let id = id(identity);
            rule = rule.with("id", Value::text(if number > 1 { format!("{id}.{number}") } else { id }));
        }
        if let Some(name) = &self.name {
            rule = rule.with("description", sql::text(name));
        }
        let mut meta = Vec::new();
        for (key, value) in &self.attributes {
            match (key.as_str(), value) {
                ("owner", Value::Text(_)) => rule = rule.with("owner", value.clone()),
                ("tags", Value::List(_)) => rule = rule.with("tags", value.clone()),
                _ => meta.push((key.clone(), value.clone())),
            }
        }
        if !meta.is_empty() {
            rule = rule.with("meta", Value::Map(meta));
        }
        rule.with_some("samples", self.samples.clone().map(Value::Word))
    }
}

/// Whether a key is about missing or valid values.
pub(super) fn is_about_values(key: &str) -> bool {
    let key = key.replace('_', " ");
    key == "include null" || ABOUT_VALUES.iter().any(|word| key.starts_with(word))
}

/// An id of any text: characters that ids do not have become `_`.
pub(super) fn id(text: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    text.trim().chars().map(safe).collect()
}

/// A map of free data.
pub(super) fn map(node: &Node) -> Vec<(String, Value)> {
    let entries = node.entries().unwrap_or_default();
    entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect()
}

/// A value of the document as a suite holds it.
pub(super) fn value(node: &Node) -> Value {
    match &node.content {
        Content::Null(_) => Value::Null,
        Content::Scalar(scalar) => sql::text(&scalar.text),
        Content::List(items) => Value::List(items.iter().map(value).collect()),
        Content::Map(_) => Value::Map(map(node)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_checks_share_is_taken_off() {
        let text = "name: Sizes\nidentity: a b\nattributes: {owner: ana, tags: [x], pri: 1}\nfail: when > 5\n\
                    valid values: [S]\nsamples limit: 20\nmethod: ks\n";
        let (root, _) = crate::suite::yaml::read(text).unwrap();
        let options = Options::read(root.entries().unwrap());
        let rule = options.onto(Rule::new("not_null"), 1);
        let said: Vec<String> = rule.keys.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect();
        assert_eq!(said, ["id: a_b", "description: Sizes", "owner: ana", "tags: [x]", "meta: {pri: 1}", "samples: 20"]);
        assert_eq!(options.validity[0].0, "valid values");
        assert!(options.only(&["method"]).is_ok() && options.only(&[]).is_err());
    }
}
