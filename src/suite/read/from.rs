//! Datasets that take the rows of another: `{from: eventos, where: "type = 'cart.item_added'", expect: […]}`.
//!
//! They are read after the one they take from, whatever the order in the file, and share its source, types and `where`. What
//! they mean for an engine is settled where their rules are lowered: rules about them are measured on the dataset at the end
//! of the chain, so they cost no read of their own.

use std::collections::HashMap;

use crate::diagnostic::{Code, nearest};
use crate::suite::IfMissing;
use crate::suite::read::{Draft, Reader};
use crate::suite::yaml::{Entry, Node};

/// A dataset read, its rules not yet.
pub(in crate::suite) struct Read<'n> {
    pub(in crate::suite) draft: Draft<'n>,
    pub(in crate::suite) where_text: Option<String>,
    /// Why it is not read, if it is switched off.
    pub(in crate::suite) skip: Option<String>,
    pub(in crate::suite) if_missing: IfMissing,
}

impl Read<'_> {
    /// Why a dataset that takes its rows is not read, if it is switched off itself.
    pub(super) fn reason(&self) -> Option<String> {
        self.skip.as_ref().map(|reason| format!("from `{}`: {reason}", self.draft.data.name))
    }
}

impl Reader<'_> {
    /// Reads the datasets of a suite, in file order, each after the one whose rows it takes.
    pub(super) fn datasets<'n>(&mut self, entries: &'n [Entry]) -> Vec<Read<'n>> {
        let mut read: HashMap<&str, Read<'n>> = HashMap::new();
        let mut waiting: Vec<(&'n Entry, &'n str)> = Vec::new();
        for entry in entries {
            match entry.value.get("from") {
                None => read.extend(self.dataset(entry, None).map(|it| (entry.key.as_str(), it))),
                Some(from) if entry.value.get("source").is_some() => {
                    self.error(Code::Conflict, from.span.clone(), "`from` does not go with `source`").help =
                        Some("a dataset has a source of its own, or takes the rows of another one".to_owned());
                }
                Some(from) => {
                    if self.text(from).is_some() {
                        waiting.push((entry, from.text().unwrap_or_default()));
                    }
                }
            }
        }
        while let Some(place) = waiting.iter().position(|(_, from)| read.contains_key(from)) {
            let (entry, from) = waiting.remove(place);
            let child = read.get(from).and_then(|of| self.dataset(entry, Some(of)));
            read.extend(child.map(|it| (entry.key.as_str(), it)));
        }
        for (entry, from) in waiting {
            self.no_rows_from(entry, from, entries);
        }
        entries.iter().filter_map(|entry| read.remove(entry.key.as_str())).collect()
    }

    /// Says why a dataset cannot take the rows of another, unless that one has a mistake of its own.
    fn no_rows_from(&mut self, entry: &Entry, from: &str, entries: &[Entry]) {
        let Some(node) = entry.value.get("from") else { return };
        let next = |name: &str| entries.iter().find(|entry| entry.key == name);
        if next(from).is_none() {
            let others = entries.iter().map(|entry| entry.key.as_str()).filter(|name| *name != entry.key);
            let near = nearest(from, others).map(|near| format!("did you mean `{near}`?"));
            let diagnostic =
                self.error(Code::UnknownName, node.span.clone(), format!("this suite has no dataset `{from}`"));
            diagnostic.label = near;
            diagnostic.help = Some("`from` names another dataset, whose rows this one takes".to_owned());
            return;
        }
        let mut chain = vec![entry.key.as_str()];
        let mut name = from;
        while !chain.contains(&name) {
            chain.push(name);
            match next(name).and_then(|entry| entry.value.get("from")).and_then(Node::text) {
                Some(further) => name = further,
                None => return,
            }
        }
        if name == entry.key {
            let shown: Vec<String> = chain.iter().chain([&name]).map(|name| format!("`{name}`")).collect();
            let message = format!("`{}` takes its own rows: {}", entry.key, shown.join(" from "));
            self.error(Code::Conflict, node.span.clone(), message).help =
                Some("one dataset of the chain has a `source`".to_owned());
        }
    }

    /// Refuses what only the dataset that is read may say.
    pub(super) fn refuse_what_is_of(&mut self, of: &Read<'_>, node: &Node) {
        let parent = &of.draft.data.name;
        let help = || Some(format!("say it under `{}`, whose rows these are", of.draft.root()));
        for key in ["format", "repair"] {
            if let Some(other) = node.get(key) {
                self.error(Code::Conflict, other.span.clone(), format!("`{key}` does not go with `from`")).help =
                    help();
            }
        }
        let columns = node.get("columns").and_then(Node::entries).unwrap_or_default();
        for entry in columns.iter().flat_map(|column| column.value.entries().unwrap_or_default()) {
            let own = ["expect", "description"].contains(&entry.key.as_str()) || entry.key.starts_with("x-");
            if !own && crate::suite::keys::COLUMN.contains(&entry.key.as_str()) {
                let message = format!("`{}` of a column is the matter of `{parent}`", entry.key);
                self.error(Code::Conflict, entry.key_span.clone(), message).help = help();
            }
        }
    }

    /// Refuses a source on the command line for a dataset that has none.
    pub(super) fn refuse_sources(&mut self, datasets: &[Read<'_>]) {
        for draft in datasets.iter().map(|read| &read.draft) {
            let given = self.request.sources.iter().any(|(name, _)| *name == draft.data.name);
            if let (Some(from), true) = (&draft.from, given) {
                let message = format!("`--source {}`: it takes the rows of `{}`", draft.data.name, from.dataset);
                self.error(Code::Conflict, draft.span.clone(), message).help =
                    Some(format!("write `--source {}=PATH`", from.root));
            }
        }
    }
}
