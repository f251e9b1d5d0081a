//! YAML text to a tree that keeps the spelling and the place of everything.
//!
//! `serde_yaml` reads the document, twice: once for its shape and nulls, once for the spelling of every scalar, which its
//! own `Value` does not keep. An event parser beside it tells where each node stands and refuses tags. This is the only
//! module that names either, so that they can be swapped. It knows nothing of suites.

mod place;
mod spelling;

use std::ops::Range;
use std::rc::Rc;

use serde::de::{Deserialize, DeserializeSeed};

use place::{Place, Places};
use spelling::{Shape, Spelled, Spelling};

/// A node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The bytes it was read from.
    pub span: Range<usize>,
    /// What it holds.
    pub content: Content,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Plain `null`, `~`, or nothing at all; the spelling tells which.
    Null(String),
    /// A scalar, as spelled.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map, in file order, merges (`<<`) taken in.
    Map(Vec<Entry>),
}

/// A scalar, as spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, without quotes.
    pub text: String,
    /// Whether it stood without quotes.
    pub plain: bool,
    /// Whether something was put into it that must not be shown.
    pub secret: bool,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as spelled.
    pub key: String,
    /// The bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A fault of the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Range<usize>,
    /// What to do.
    pub help: Option<String>,
    /// Whether it is a key given twice rather than a fault of syntax.
    pub duplicate: bool,
}

/// Reads one document, and every fault that does not keep it from being read.
///
/// # Errors
/// The faults, if no tree could be made.
pub fn read(text: &str) -> Result<(Node, Vec<Fault>), Vec<Fault>> {
    if let Some(at) = too_deep(text) {
        let message = format!("more than {DEEPEST} brackets are open here");
        let help = Some("close them; no suite nests so deep".to_owned());
        return Err(vec![Fault { message, span: at..at + 1, help, duplicate: false }]);
    }
    let places = Places::of(text);
    // A tag stops the deserializer with words of its own.
    let failed = |error: &serde_yaml::Error| match places.faults.as_slice() {
        [] => vec![syntax_fault(text, error)],
        faults => faults.to_vec(),
    };
    let empty = || vec![Fault { message: "the file is empty".to_owned(), span: 0..0, help: None, duplicate: false }];
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return Err(empty());
    }
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(first) = documents.next() else { return Err(empty()) };
    let shape = Shape::deserialize(first).map_err(|error| failed(&error))?;
    let mut faults = places.faults.clone();
    if let Some(second) = documents.next() {
        if let Err(error) = Shape::deserialize(second) {
            return Err(failed(&error));
        }
        let start = places.second_document.unwrap_or(text.len());
        faults.push(Fault {
            message: "a second document in one file".to_owned(),
            span: start..(start + 3).min(text.len()),
            help: Some("a suite is one document; put the other in a file of its own".to_owned()),
            duplicate: false,
        });
    }
    let Some(again) = serde_yaml::Deserializer::from_str(text).next() else { return Err(faults) };
    let spelled = Spelling(&shape).deserialize(again).map_err(|error| failed(&error))?;
    let root = places.root.clone().unwrap_or_else(|| Rc::new(Place::unknown()));
    let mut node = placed(spelled, &root);
    merge(&mut node, &mut faults);
    Ok((node, faults))
}

/// Writes a value as YAML, in blocks.
///
/// # Errors
/// What the writer refuses: nothing that JSON can hold.
pub fn write(value: &serde_json::Value) -> Result<String, String> {
    serde_yaml::to_string(value).map_err(|error| error.to_string())
}

/// How many brackets may be open at a place. Parsers need time by the square of that.
const DEEPEST: usize = 2_000;

/// Where more brackets are open, those in texts counted too, than any suite has.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > DEEPEST
    })
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let at = error.location().map_or(0, |location| location.index());
    let at = text.floor_char_boundary(at.min(text.len()));
    let message = error.to_string();
    // serde_yaml appends the place, which the excerpt shows better.
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let help = if line.trim_start_matches(' ').starts_with('\t')
        || message.contains("cannot start any token") && line.contains('\t')
    {
        Some("YAML is indented with spaces; there is a tab here")
    } else if message.contains("escape") {
        Some("patterns go in single quotes: '^\\d+$'; in double quotes a backslash begins an escape")
    } else if message.contains("mapping values are not allowed") {
        Some("text that holds `: ` needs quotes; or the line is indented deeper than its neighbours")
    } else if line.trim_start().trim_start_matches("- ").contains(": %")
        || line.contains(": @")
        || line.contains(": `")
        || line.contains(": *")
        || message.contains("unknown anchor")
        || message.contains("cannot start any token")
    {
        Some("text that begins with one of % @ ` * & ! | > { [ # needs quotes")
    } else if message.contains("did not find expected ',' or") {
        Some("inside [] or {}, text with ${…}, commas or brackets needs quotes")
    } else {
        None
    };
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline).max(at);
    Fault {
        message,
        span: at..end.min(text.ceil_char_boundary(at + 1)),
        help: help.map(str::to_owned),
        duplicate: false,
    }
}

/// Joins what was spelled with where it stands.
fn placed(spelled: Spelled, at: &Place) -> Node {
    let inside = |index: usize| at.inside.get(index).map(Rc::as_ref);
    let outside = Place { span: at.span.clone(), plain: true, keys: Vec::new(), inside: Vec::new() };
    let content = match spelled {
        Spelled::Null(text) => Content::Null(text),
        Spelled::Scalar(text) => Content::Scalar(Scalar { text, plain: at.plain, secret: false }),
        Spelled::List(items) => Content::List(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| placed(item, inside(index).unwrap_or(&outside)))
                .collect(),
        ),
        Spelled::Map(entries) => Content::Map(
            entries
                .into_iter()
                .enumerate()
                .map(|(index, (key, value))| Entry {
                    key,
                    key_span: at.keys.get(index).cloned().unwrap_or_else(|| at.span.clone()),
                    value: placed(value, inside(index).unwrap_or(&outside)),
                })
                .collect(),
        ),
    };
    Node { span: at.span.clone(), content }
}

/// Takes `<<` in, keys given beside it winning, and reports keys given twice.
fn merge(node: &mut Node, faults: &mut Vec<Fault>) {
    match &mut node.content {
        Content::Null(_) | Content::Scalar(_) => {}
        Content::List(items) => items.iter_mut().for_each(|item| merge(item, faults)),
        Content::Map(entries) => {
            entries.iter_mut().for_each(|entry| merge(&mut entry.value, faults));
            let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
            let mut merged: Vec<Entry> = Vec::new();
            for entry in std::mem::take(entries) {
                if entry.key == "<<" {
                    take_in(entry.value, &mut merged, faults);
                } else if kept.iter().any(|other| other.key == entry.key) {
                    // An alias shows the same fault again at the same place.
                    let fault = Fault {
                        message: format!("the key `{}` is given twice", entry.key),
                        span: entry.key_span,
                        help: Some("keep one of them".to_owned()),
                        duplicate: true,
                    };
                    if !faults.contains(&fault) {
                        faults.push(fault);
                    }
                } else {
                    kept.push(entry);
                }
            }
            for entry in merged {
                if kept.iter().all(|other| other.key != entry.key) {
                    kept.push(entry);
                }
            }
            *entries = kept;
        }
    }
}

fn take_in(value: Node, merged: &mut Vec<Entry>, faults: &mut Vec<Fault>) {
    match value.content {
        Content::Map(entries) => merged.extend(entries),
        Content::List(maps) => maps.into_iter().for_each(|map| take_in(map, merged, faults)),
        _ => faults.push(Fault {
            message: "`<<` takes a map".to_owned(),
            span: value.span,
            help: Some("write `<<: *anchor`, where the anchor stands on a map".to_owned()),
            duplicate: false,
        }),
    }
}

impl Fault {
    /// The same, where the text begins so many bytes later.
    #[must_use]
    pub fn moved(self, by: usize) -> Self {
        Self { span: self.span.start + by..self.span.end + by, ..self }
    }
}

impl Node {
    /// Moves it and all in it to where the text begins so many bytes later.
    pub fn shift(&mut self, by: usize) {
        let shift = |span: &mut Range<usize>| *span = span.start + by..span.end + by;
        shift(&mut self.span);
        match &mut self.content {
            Content::Null(_) | Content::Scalar(_) => {}
            Content::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Content::Map(entries) => {
                for entry in entries {
                    shift(&mut entry.key_span);
                    entry.value.shift(by);
                }
            }
        }
    }

    /// The spelling, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Node]> {
        match &self.content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items, if it is a list; anything else is a list of itself.
    #[must_use]
    pub fn as_list(&self) -> &[Node] {
        self.items().unwrap_or(std::slice::from_ref(self))
    }

    /// The value of a key, if it is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key, to change it, if it is a map that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.content {
            Content::Map(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value),
            _ => None,
        }
    }

    /// Calls back for every text in it that must not be shown.
    pub fn secrets<'n>(&'n self, see: &mut impl FnMut(&'n str)) {
        match &self.content {
            Content::Scalar(scalar) if scalar.secret => see(&scalar.text),
            Content::Scalar(_) | Content::Null(_) => {}
            Content::List(items) => items.iter().for_each(|item| item.secrets(see)),
            Content::Map(entries) => entries.iter().for_each(|entry| entry.value.secrets(see)),
        }
    }

    /// Whether it is no value, however that was spelled.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.content, Content::Null(_))
    }

    /// What it is, in the words of an error message.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.content {
            Content::Null(_) => "nothing",
            Content::Scalar(_) => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

/// Whether a spelling is a boolean of YAML 1.2's core schema, and which.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar<'a>(node: &'a Node, path: &[&str]) -> &'a str {
        path.iter().fold(node, |node, key| node.get(key).unwrap()).text().unwrap()
    }

    #[test]
    fn spelling_and_place_are_kept() {
        let text = "a: 1.10\nb: [007, 1e3, 'no']\n2024: true\nñ: \"x\"\n";
        let (node, faults) = read(text).unwrap();
        assert!(faults.is_empty());
        assert_eq!(scalar(&node, &["a"]), "1.10");
        assert_eq!(scalar(&node, &["2024"]), "true");
        let list = node.get("b").unwrap().items().unwrap();
        assert_eq!(list.iter().filter_map(Node::text).collect::<Vec<_>>(), ["007", "1e3", "no"]);
        assert_eq!(&text[list[2].span.clone()], "'no'");
        assert_eq!(&text[node.entries().unwrap()[3].key_span.clone()], "ñ");
    }

    #[test]
    fn a_mistake_at_a_letter_takes_all_its_bytes() {
        let text = "%YAML 1.\u{85}2\n---\na: 1\n";
        let faults = read(text).unwrap_err();
        assert!(faults.iter().all(|fault| text.get(fault.span.clone()).is_some()), "{faults:?}");
    }

    #[test]
    fn anchors_and_merges_are_taken_in_and_keys_beside_them_win() {
        let (node, faults) = read("x-a: &a {p: 1, q: 2}\nb: {<<: *a, q: 3}\nc: *a\n").unwrap();
        assert!(faults.is_empty());
        assert_eq!(scalar(&node, &["b", "p"]), "1");
        assert_eq!(scalar(&node, &["b", "q"]), "3");
        assert_eq!(scalar(&node, &["c", "q"]), "2");
    }

    #[test]
    fn duplicates_tags_and_second_documents_are_faults_with_places() {
        let text = "a: 1\na: 2\na: 3\nb: !!str 4\n---\nc: 1\n";
        let (_, faults) = read(text).unwrap();
        let said: Vec<_> = faults.iter().map(|fault| (&text[fault.span.clone()], fault.duplicate)).collect();
        assert_eq!(said.iter().filter(|(at, duplicate)| *at == "a" && *duplicate).count(), 2);
        assert!(faults.iter().any(|fault| fault.message.contains("tag")));
        assert!(faults.iter().any(|fault| fault.message.contains("second document")));
    }

    #[test]
    fn nulls_are_told_from_text() {
        let (node, _) = read("a: null\nb: ~\nc:\nd: \"null\"\ne: NULL\n").unwrap();
        for key in ["a", "b", "c", "e"] {
            assert!(node.get(key).unwrap().is_null(), "{key}");
        }
        assert_eq!(scalar(&node, &["d"]), "null");
        assert_eq!(node.get("e").unwrap().content, Content::Null("NULL".into()));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let before = level - 1;
            text += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", "));
        }
        assert!(read(&text).is_err());
    }

    #[test]
    fn broken_yaml_says_where_and_why() {
        let faults = read("a:\n\t- b\n").unwrap_err();
        assert!(faults[0].help.as_deref().unwrap().contains("tab"));
        let faults = read("a: \"^\\d+$\"\n").unwrap_err();
        assert!(faults[0].help.as_deref().unwrap().contains("single quotes"), "{faults:?}");
    }
}
