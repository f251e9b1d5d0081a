//! The keys of one item, sorted, and its own parameters read by the schema of its expectation.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value as Json};

use crate::diagnostic::Code;
use crate::expectation::{BoundsKind, Definition, Instance, bounds};
use crate::ir::name::nfc;
use crate::suite::rule::Context;
use crate::suite::yaml::{Content, Entry, Node, Scalar};
use crate::suite::{keys, parameters};

/// Parameters that name columns.
const NAMING: [&str; 8] = ["column", "columns", "names", "left", "right", "to", "from", "order_by"];

/// The parts of one item, sorted.
pub(super) struct Parts<'n> {
    pub(super) common: HashMap<&'n str, &'n Node>,
    pub(super) bounds: Vec<Entry>,
    pub(super) own: Vec<Entry>,
}

impl Parts<'_> {
    /// The common keys as written, in the order of the manual.
    pub(super) fn written(&self) -> Map<String, Json> {
        let given = keys::COMMON.iter().filter_map(|key| Some((*key, self.common.get(key)?)));
        given.map(|(key, node)| (key.to_owned(), parameters::plain(node))).collect()
    }
}

impl Context<'_, '_, '_> {
    /// Sorts the keys of an item into common ones, bounds and the expectation's own.
    pub(super) fn sort<'n>(
        &mut self,
        definition: &Definition,
        column: Option<&str>,
        value: Option<&'n Node>,
        span: &Range<usize>,
    ) -> Option<Parts<'n>> {
        let mut parts = Parts { common: HashMap::new(), bounds: Vec::new(), own: Vec::new() };
        let own = (definition.schema)()["properties"].take();
        let entry =
            |key: &str, value: &Node| Entry { key: key.to_owned(), key_span: value.span.clone(), value: value.clone() };
        match value {
            None => {}
            Some(node) => match (&node.content, definition.main) {
                (Content::Map(entries), _) => {
                    for given in entries {
                        if keys::COMMON.contains(&given.key.as_str()) {
                            parts.common.insert(&given.key, &given.value);
                        } else if bounds::is_key(definition.bounds, &given.key) {
                            parts.bounds.push(given.clone());
                        } else if keys::NOT_YET.contains(&given.key.as_str()) && own.get(&given.key).is_none() {
                            self.reader
                                .error(
                                    Code::NotYet,
                                    given.key_span.clone(),
                                    format!("`{}` is not read by this version", given.key),
                                )
                                .help = Some("it would be silently without effect, so it is refused".to_owned());
                            return None;
                        } else if !given.key.starts_with("x-") {
                            parts.own.push(given.clone());
                        }
                    }
                }
                (_, Some(main)) => {
                    let main = entry(main, node);
                    if bounds::is_key(definition.bounds, &main.key) {
                        parts.bounds.push(main);
                    } else {
                        parts.own.push(main);
                    }
                }
                (_, None) => {
                    let bounded =
                        !matches!(definition.bounds, BoundsKind::None | BoundsKind::Age) && node.items().is_none();
                    if bounded {
                        parts.bounds.push(entry("equals", node));
                    } else {
                        let name = definition.name;
                        self.reader
                            .error(
                                Code::BadValue,
                                node.span.clone(),
                                format!("`{name}` has no parameter that stands alone"),
                            )
                            .help = Some(format!("`tamiz explain {name}`"));
                        return None;
                    }
                }
            },
        }
        if let Some(column) = column {
            if let Some(given) = parts.own.iter().find(|given| given.key == "column") {
                self.reader.error(Code::Conflict, given.key_span.clone(), "`column` is implied under a column").help =
                    Some("leave it out, or move the rule to the dataset's own list".to_owned());
                return None;
            }
            if parts.own.iter().all(|given| given.key != "columns") {
                let scalar = Scalar { text: column.to_owned(), plain: false, secret: false };
                let node = Node { span: span.clone(), content: Content::Scalar(scalar) };
                parts.own.push(entry("column", &node));
            }
        }
        parts.own.iter_mut().filter(|given| NAMING.contains(&given.key.as_str())).for_each(|it| compose(&mut it.value));
        parts.bounds.iter_mut().filter(|given| given.value.entries().is_some()).for_each(|it| compose(&mut it.value));
        Some(parts)
    }

    /// Reads the parameters by the expectation's own schema.
    pub(super) fn instance(
        &mut self,
        definition: &'static Definition,
        parts: &Parts<'_>,
        span: &Range<usize>,
    ) -> Option<(Box<dyn Instance>, Map<String, Json>)> {
        let all: Vec<Entry> = parts.own.iter().chain(&parts.bounds).cloned().collect();
        let node = Node { span: span.clone(), content: Content::Map(all) };
        let mut problems = Vec::new();
        let json = parameters::Shape::parameters(definition).read(&node, keys::COMMON, &mut problems);
        if !problems.is_empty() {
            for problem in problems {
                let code = if problem.unknown_key { Code::UnknownKey } else { Code::BadValue };
                let help = problem.help.or_else(|| Some(format!("`tamiz explain {}`", definition.name)));
                self.reader.error(code, problem.span, format!("{} in `{}`", problem.message, definition.name)).help =
                    help;
            }
            return None;
        }
        let own: Map<String, Json> = json
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| parts.own.iter().any(|given| given.key == **key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        match (definition.read)(Json::Object(own)) {
            Ok(instance) => {
                let mut params: Map<String, Json> = Map::new();
                for given in parts.own.iter().chain(&parts.bounds).filter(|given| given.key != "column") {
                    params.insert(given.key.clone(), parameters::plain(&given.value));
                }
                Some((instance, params))
            }
            Err(wrong) => {
                self.reader.error(Code::BadValue, span.clone(), format!("`{}`: {wrong}", definition.name)).help =
                    Some(format!("`tamiz explain {}`", definition.name));
                None
            }
        }
    }
}

/// Takes the names in a parameter to Unicode NFC, as those of files are.
fn compose(node: &mut Node) {
    match &mut node.content {
        Content::Scalar(scalar) => scalar.text = nfc(&scalar.text),
        Content::List(items) => items.iter_mut().for_each(compose),
        Content::Map(entries) => entries.iter_mut().for_each(|entry| compose(&mut entry.value)),
        Content::Null(_) => {}
    }
}
