//! The Open Data Contract Standard, 3.0 and 3.1: contracts to suites.
//!
//! What a contract says of its objects and properties (types, required, keys, options, relationships), its `quality` and
//! its service levels becomes rules. Who may read the data, what it costs and where it is supported is not about values and
//! stays in the contract; of its servers only those of the local disk are taken, as sources.
//!
//! Format: <https://bitol-io.github.io/open-data-contract-standard/>.

mod foreign;
mod operator;
mod property;
mod quality;
mod service;

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, place};
use crate::import::{Draft, Drafted, Entry, Fate, Request, Rule, Value, document, sound};
use crate::ir::Type;
use crate::suite::quote;
use crate::suite::yaml::{Content, Node};

/// Makes a draft of a contract.
///
/// # Errors
/// A document that is no contract of version 3.
pub(super) fn import(request: &Request<'_>) -> Result<Drafted, Vec<Diagnostic>> {
    let root = document::yaml(&request.source)?;
    let wrong = |at: &Node, message: String, help: &str| {
        Err(vec![document::mistake(&request.source, at.span.clone(), message, Some(help.to_owned()))])
    };
    let version = text(&root, "apiVersion").unwrap_or_default();
    if root.get("dataContractSpecification").is_some() {
        return wrong(
            &root,
            "this is a Data Contract Specification, which ODCS has taken the place of".to_owned(),
            "\
            `datacontract export --format odcs` writes it as ODCS",
        );
    }
    if !version.trim_start_matches('v').starts_with("3.") {
        let at = root.get("apiVersion").unwrap_or(&root);
        return wrong(
            at,
            format!("`{version}` is no version of ODCS that can be read"),
            "versions 3.0 and 3.1 can: `apiVersion: v3.1.0`",
        );
    }
    let Some(objects) = root.get("schema").and_then(Node::items).filter(|objects| !objects.is_empty()) else {
        return wrong(
            &root,
            "the contract has no `schema`, so there is nothing to check".to_owned(),
            "list its tables under `schema`",
        );
    };
    let mut contract = Contract {
        request,
        flags_of_bounds: version.trim_start_matches('v').starts_with("3.0"),
        draft: Draft::default(),
        entries: Vec::new(),
        names: Vec::new(),
        objects: objects.to_vec(),
        ids: HashSet::new(),
    };
    contract.about(&root);
    contract.name(objects);
    // All datasets and columns first: relationships may lead to what comes later.
    for (index, object) in objects.iter().enumerate() {
        let (name, physical) = (contract.names[index].dataset.clone(), contract.names[index].physical.clone());
        contract.source(&name, &physical, &root);
        property::declare(&mut contract, &name, object);
    }
    for (index, object) in objects.iter().enumerate() {
        contract.object(index, object);
    }
    service::levels(&mut contract, &root);
    Ok((contract.draft, contract.entries))
}

/// A contract that is being taken apart.
struct Contract<'r> {
    request: &'r Request<'r>,
    /// Whether `exclusiveMinimum` and `exclusiveMaximum` are flags beside the bounds, as in 3.0, not bounds of their own.
    flags_of_bounds: bool,
    draft: Draft,
    entries: Vec<Entry>,
    names: Vec<Names>,
    objects: Vec<Node>,
    ids: HashSet<String>,
}

/// What an object is called: in the contract, where it is stored, and in the suite.
struct Names {
    logical: String,
    physical: String,
    dataset: String,
}

/// Where a rule is to stand.
#[derive(Clone, Copy)]
struct At<'a> {
    dataset: &'a str,
    column: Option<&'a str>,
    node: &'a Node,
}

/// A rule that means the same or nearly, or why there is none.
enum Said {
    Same(Rule),
    Nearly(Rule, String),
    Not(String),
}

impl Contract<'_> {
    fn about(&mut self, root: &Node) {
        let id = text(root, "id").unwrap_or_default();
        let title = text(root, "name");
        self.draft.name = match self.request.name {
            Some(name) => name.to_owned(),
            None => quote::dataset_name(title.unwrap_or(id), &[]),
        };
        let keys = &mut self.draft.keys;
        keys.extend(title.map(|title| ("title".to_owned(), Value::text(title))));
        let purpose = root.get("description").and_then(|it| it.text().or_else(|| text(it, "purpose")));
        keys.extend(purpose.map(|purpose| ("description".to_owned(), Value::text(purpose.trim()))));
        let team = root.get("team").and_then(|team| text(team, "name"));
        keys.extend(team.map(|team| ("owner".to_owned(), Value::text(team))));
        keys.extend(tags(root).map(|tags| ("tags".to_owned(), tags)));
        let meta: Vec<(String, Value)> = [("contract", "id"), ("version", "version"), ("status", "status")]
            .into_iter()
            .filter_map(|(name, key)| Some((name.to_owned(), Value::text(text(root, key)?))))
            .collect();
        if !meta.is_empty() {
            keys.push(("meta".to_owned(), Value::Map(meta)));
        }
        for (key, value) in own_keys(root) {
            self.draft.keys.push((key, value));
        }
        self.draft
            .head
            .push(format!("Imported from the data contract {}.", if id.is_empty() { "without an id" } else { id }));
    }

    fn name(&mut self, objects: &[Node]) {
        for object in objects {
            let logical = text(object, "name").unwrap_or("data").to_owned();
            let taken: Vec<String> = self.names.iter().map(|names| names.dataset.clone()).collect();
            let dataset = quote::dataset_name(&logical, &taken);
            let physical = text(object, "physicalName").unwrap_or(&logical).to_owned();
            self.names.push(Names { logical, physical, dataset });
        }
    }

    /// The dataset of the name of an object, logical or physical.
    fn dataset_of(&self, object: &str) -> Option<String> {
        let found = self.names.iter().find(|names| names.logical == object || names.physical == object);
        found.map(|names| names.dataset.clone())
    }

    /// The property of a dataset, by its logical or physical name.
    fn property(&self, dataset: &str, name: &str) -> Option<&Node> {
        let index = self.names.iter().position(|names| names.dataset == dataset)?;
        let all = self.objects.get(index)?.get("properties")?.items()?;
        all.iter().find(|property| [text(property, "name"), text(property, "physicalName")].contains(&Some(name)))
    }

    /// The dataset and column that `object.property` or `schema/object-id/properties/property-id` means.
    fn target(&self, path: &str) -> Result<(String, String), String> {
        let (object, name) = if let Some(ids) = path.trim_start_matches(['/', '#']).strip_prefix("schema/") {
            let (object, property) =
                ids.split_once("/properties/").ok_or_else(|| format!("`{path}` is no property"))?;
            (self.named(object), property.split_once('/').map_or(property, |(first, _)| first))
        } else {
            let (object, property) = path.split_once('.').ok_or_else(|| format!("`{path}` is no `object.property`"))?;
            (self.dataset_of(object), property)
        };
        let dataset = object.ok_or_else(|| format!("the contract has no object that `{path}` leads to"))?;
        let by_id = || {
            let index = self.names.iter().position(|names| names.dataset == dataset)?;
            let all = self.objects.get(index)?.get("properties")?.items()?;
            all.iter().find(|property| text(property, "id") == Some(name))
        };
        let property = self.property(&dataset, name).or_else(by_id);
        let column = property.map_or_else(|| name.to_owned(), property::column_name);
        Ok((dataset, column))
    }

    /// The dataset of the object of an id.
    fn named(&self, id: &str) -> Option<String> {
        let index = self.objects.iter().position(|object| text(object, "id") == Some(id))?;
        self.names.get(index).map(|names| names.dataset.clone())
    }

    /// Whether an id can be the id of a rule here, and of no other.
    fn takes_id(&mut self, id: &str) -> bool {
        let sound = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        sound && self.ids.insert(id.to_owned())
    }

    /// A query with the stored names of objects replaced by those of datasets, where they stand as whole words.
    fn in_words_of_the_suite(&self, query: &str) -> String {
        let mut renamed = String::new();
        for word in query.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let name = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
            let found = self.names.iter().find(|names| names.physical == name || names.logical == name);
            renamed.push_str(found.map_or(name, |names| names.dataset.as_str()));
            renamed.push_str(&word[name.len()..]);
        }
        renamed
    }

    /// Something that belongs to no dataset and cannot be said: a comment at the end.
    fn of_no_dataset(&mut self, node: &Node, what: &str, why: String) {
        self.draft.tail.push(format!("not imported: {what}: {why}"));
        self.draft.tail.push(original(node));
        self.tell(node, what.to_owned(), Fate::Unsupported(why));
    }

    fn object(&mut self, index: usize, object: &Node) {
        let names = &self.names[index];
        let name = names.dataset.clone();
        let dataset = self.draft.dataset(&name);
        if let Some(title) = text(object, "businessName") {
            dataset.set("title", Value::text(title));
        }
        if let Some(description) = text(object, "description") {
            dataset.set("description", Value::text(description.trim()));
        }
        if let Some(tags) = tags(object) {
            dataset.set("tags", tags);
        }
        for (key, value) in own_keys(object) {
            self.draft.dataset(&name).set(&key, value);
        }
        property::properties(self, &name, object);
        for rule in object.get("quality").map(Node::as_list).unwrap_or_default() {
            quality::quality(self, At { dataset: &name, column: None, node: rule });
        }
        for relation in object.get("relationships").map(Node::as_list).unwrap_or_default() {
            property::relationship(self, At { dataset: &name, column: None, node: relation });
        }
    }

    /// Where a dataset is read from: as given, else from a server of the local disk, else a guess that says so.
    fn source(&mut self, name: &str, physical: &str, root: &Node) {
        let given = self.request.sources.iter().find(|(dataset, _)| dataset == name || dataset == physical);
        let alone = self.names.len() == 1 && self.request.sources.len() == 1;
        let given = given.or_else(|| self.request.sources.first().filter(|_| alone));
        let servers = root.get("servers").map(Node::as_list).unwrap_or_default();
        let local = servers.iter().find(|server| matches!(text(server, "type"), Some("local" | "file")));
        let dataset = self.draft.dataset(name);
        if let Some((_, path)) = given {
            dataset.set("source", Value::text(path.as_str()));
        } else if let Some(path) = local.and_then(|server| text(server, "path")) {
            let path = ["{model}", "{schema}", "{object}"]
                .iter()
                .fold(path.to_owned(), |path, hole| path.replace(hole, physical));
            dataset.set("source", Value::text(path));
        } else {
            dataset.remarks.push(format!(
                "The contract does not say where `{name}` is on disk: say it here, or with --source {name}=PATH."
            ));
            dataset.set("source", Value::text(format!("{physical}.csv")));
        }
        let Some(server) = local.filter(|_| given.is_none()) else { return };
        let mut format: Vec<(String, Value)> = Vec::new();
        if let Some(kind) = text(server, "format").filter(|kind| matches!(*kind, "csv" | "json" | "parquet")) {
            format.push(("type".to_owned(), Value::word(kind)));
        }
        format.extend(
            text(server, "delimiter")
                .filter(|it| it.chars().count() == 1)
                .map(|it| ("delimiter".to_owned(), Value::Raw(it.to_owned()))),
        );
        if !format.is_empty() {
            self.draft.dataset(name).set("format", Value::Map(format));
        }
    }

    /// The type of a column of a given source, where it could be looked at.
    fn known(&self, dataset: &str, column: &str) -> Option<Type> {
        let names = self.names.iter().find(|names| names.dataset == dataset)?;
        let given: Vec<&str> = self.request.sources.iter().map(|(name, _)| name.as_str()).collect();
        let alone = (self.names.len() == 1 && given.len() == 1).then(|| given[0]);
        let name = given
            .iter()
            .find(|name| [&names.dataset, &names.physical].contains(&&(**name).to_owned()))
            .copied()
            .or(alone)?;
        (self.request.columns)(name)?.into_iter().find(|(name, _)| name == column)?.1
    }

    /// Whether a dataset is read from text, as far as the name of its file tells.
    fn is_text(&self, dataset: &str) -> bool {
        let keys = self.draft.datasets.get(dataset).map(|dataset| dataset.keys.as_slice()).unwrap_or_default();
        let typed = [".parquet", ".pq", ".parq", ".arrow", ".arrows", ".ipc", ".feather"];
        !keys.iter().any(|(key, value)| key == "source" && typed.iter().any(|end| value.flow().ends_with(end)))
    }

    /// Puts a rule where it belongs, or a comment in its place, and says what became of it.
    ///
    /// What suites cannot read (SQL of a dialect, a pattern with look-around) is unsupported, with the reason of the reader.
    fn add(&mut self, at: At<'_>, what: &str, said: Said) {
        let original = original(at.node);
        let said = match said {
            Said::Same(rule) | Said::Nearly(rule, _)
                if sound::fault(&self.draft, at.dataset, at.column, &rule).is_some() =>
            {
                Said::Not(sound::fault(&self.draft, at.dataset, at.column, &rule).unwrap_or_default())
            }
            said => said,
        };
        let place_of = at.column.map_or_else(|| at.dataset.to_owned(), |column| format!("{}.{column}", at.dataset));
        let label = format!("{place_of} {what}");
        let (rule, fate) = match said {
            Said::Same(rule) => (rule, Fate::Mapped),
            Said::Nearly(rule, why) => (rule.remark(format!("approximated: {why}")), Fate::Approximated(why)),
            Said::Not(why) => {
                (Rule::only(vec![format!("not imported: {what}: {why}"), original]), Fate::Unsupported(why))
            }
        };
        self.draft.dataset(at.dataset).expect(at.column, rule);
        self.tell(at.node, label, fate);
    }

    /// Says what became of something that is no rule of its own.
    fn tell(&mut self, node: &Node, rule: String, fate: Fate) {
        let (line, _) = place(&self.request.source.text, node.span.start);
        self.entries.push(Entry { rule, line: Some(line), fate });
    }
}

/// The text of a key.
fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.text()
}

/// Whether a key is true.
fn is_true(node: &Node, key: &str) -> bool {
    text(node, key).is_some_and(|word| word.eq_ignore_ascii_case("true"))
}

fn tags(node: &Node) -> Option<Value> {
    let tags: Vec<Value> = node.get("tags")?.items()?.iter().filter_map(|tag| tag.text().map(Value::text)).collect();
    (!tags.is_empty()).then_some(Value::List(tags))
}

/// What only Tamiz reads in a contract, as it writes it itself: keys of a dataset or a column.
fn own_keys(node: &Node) -> Vec<(String, Value)> {
    let listed = node.get("customProperties").map(Node::as_list).unwrap_or_default();
    let own = listed.iter().find(|property| text(property, "property") == Some("tamiz"));
    let entries = own.and_then(|own| own.get("value")?.entries()).unwrap_or_default();
    entries.iter().map(|entry| (entry.key.clone(), raw(&entry.value))).collect()
}

/// A node as a data value, as spelled.
fn value(node: &Node) -> Value {
    match node.items() {
        Some(items) => Value::List(items.iter().map(value).collect()),
        None => node.text().map_or(Value::Null, Value::text),
    }
}

/// A part of the document on one line, for a comment.
fn original(node: &Node) -> String {
    let line = raw(node).flow();
    if line.chars().count() > 300 { format!("{}…", line.chars().take(300).collect::<String>()) } else { line }
}

/// A node as it is spelled.
fn raw(node: &Node) -> Value {
    match &node.content {
        Content::Null(_) => Value::Null,
        Content::Scalar(scalar) if scalar.plain && is_word(&scalar.text) => Value::word(scalar.text.as_str()),
        Content::Scalar(scalar) => Value::Raw(scalar.text.clone()),
        Content::List(items) => Value::List(items.iter().map(raw).collect()),
        Content::Map(entries) => {
            Value::Map(entries.iter().map(|entry| (entry.key.clone(), raw(&entry.value))).collect())
        }
    }
}

/// Whether plain text is a boolean or a number, which quotes would make text of.
fn is_word(text: &str) -> bool {
    matches!(serde_json::from_str(text), Ok(serde_json::Value::Bool(_) | serde_json::Value::Number(_)))
}
