//! Single values: text, flags, words, conditions, and what is said of those that do not fit.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Level, nearest};
use crate::expectation;
use crate::ir::{Predicate, Severity, bind, evaluate};
use crate::suite::read::Reader;
use crate::suite::yaml::{self, Entry, Node, boolean};
use crate::suite::{AsOf, condition, keys, parameters};

impl Reader<'_> {
    /// Why something is switched off, if it is.
    pub(in crate::suite) fn skip(&mut self, node: &Node) -> Option<String> {
        if let Some(enabled) = node.get("enabled")
            && self.flag(enabled) == Some(false)
        {
            return Some("enabled: false".to_owned());
        }
        let when = node.get("when")?;
        let text = self.text(when)?;
        let condition = self.condition(when)?;
        if condition.asks_the_time() && matches!(self.now, AsOf::Newest { .. }) {
            self.error(Code::BadCondition, when.span.clone(), "`when` cannot hang on the newest value of the data")
                .help = Some("it is settled before any data is read".to_owned());
            return None;
        }
        match self.constant(&condition) {
            Some(true) => None,
            Some(false) => Some(format!("when: {text}")),
            None => {
                self.error(Code::BadCondition, when.span.clone(), "`when` asks about variables only").help =
                    Some("write `when: \":entorno = 'prod'\"`; for rows there is `where`".to_owned());
                None
            }
        }
    }

    /// The value of a condition on variables; none if it names a column or is unknown.
    pub(super) fn constant(&self, condition: &Predicate) -> Option<bool> {
        let as_of = match self.now {
            AsOf::At(now) => Some(now),
            AsOf::Newest { .. } => None,
        };
        let scope = bind::Scope { column: &|_| None, as_of, zone: self.timezone };
        let bound = bind::predicate(condition, &scope).ok()?;
        evaluate::predicate(&bound, &evaluate::NoColumns).ok().flatten()
    }

    /// Reads SQL that is a condition.
    pub(in crate::suite) fn condition(&mut self, node: &Node) -> Option<Predicate> {
        let text = self.text(node)?;
        let variables = self.variables.all();
        match condition::parse(&text, condition::Context { variables: &variables, zone: self.timezone }) {
            Ok(predicate) => Some(predicate),
            Err(mistakes) => {
                for mistake in mistakes {
                    let span = self.inside(node, &mistake.range);
                    self.error(Code::BadCondition, span, mistake.message).help = mistake.help;
                }
                None
            }
        }
    }

    /// The content of a file of YAML or JSON, or what is wrong with it; its path starts at the file that names it.
    pub(in crate::suite) fn data_file(&self, path: &str, named: &Range<usize>) -> Result<serde_json::Value, String> {
        self.tree_file(path, named).map(|root| parameters::plain(&root))
    }

    /// The content of a file of YAML or JSON, its scalars of the kinds that YAML gives them, or what is wrong with it.
    pub(in crate::suite) fn document_file(
        &self,
        path: &str,
        named: &Range<usize>,
    ) -> Result<serde_json::Value, String> {
        self.tree_file(path, named).map(|root| parameters::document(&root))
    }

    /// The content of a file of text, or why it cannot be read; its path starts at the file that names it.
    pub(in crate::suite) fn text_file(&self, path: &str, named: &Range<usize>) -> Result<String, String> {
        let folder = self.folder(named);
        (self.request.read)(&folder.join(path)).map_err(|error| format!("`{path}` cannot be read: {error}"))
    }

    fn tree_file(&self, path: &str, named: &Range<usize>) -> Result<Node, String> {
        let faults = match yaml::read(&self.text_file(path, named)?) {
            Ok((root, faults)) if faults.is_empty() => return Ok(root),
            Ok((_, faults)) | Err(faults) => faults,
        };
        let what = faults.first().map_or("it is neither YAML nor JSON", |fault| fault.message.as_str());
        Err(format!("`{path}` cannot be read: {what}"))
    }

    /// The bytes of the file that a range of a scalar's text stands in.
    pub(in crate::suite) fn inside(&self, node: &Node, range: &Range<usize>) -> Range<usize> {
        let (file, span) = self.sources.find(&node.span);
        let raw = &file.text[span];
        let Some(text) = node.text() else { return node.span.clone() };
        match raw.find(text) {
            Some(offset) if range.end <= text.len() => {
                node.span.start + offset + range.start..node.span.start + offset + range.end
            }
            _ => node.span.clone(),
        }
    }

    /// Reports keys that nobody knows, or that this version does not read.
    pub(in crate::suite) fn check_keys(&mut self, node: &Node, known: &[&str], of: &str) {
        for entry in node.entries().unwrap_or(&[]) {
            let key = entry.key.as_str();
            if known.contains(&key) || key.starts_with("x-") {
                continue;
            }
            if keys::NOT_YET.contains(&key) {
                self.error(Code::NotYet, entry.key_span.clone(), format!("`{key}` is not read by this version")).help =
                    Some("it would be silently without effect, so it is refused".to_owned());
                continue;
            }
            let near = nearest(key, known.iter().copied());
            let near =
                near.map(str::to_owned).or_else(|| expectation::find(key).map(|_| format!("expect: [{key}: …]")));
            let diagnostic =
                self.error(Code::UnknownKey, entry.key_span.clone(), format!("unknown key `{key}` of {of}"));
            diagnostic.label = near.map(|near| format!("did you mean `{near}`?"));
            diagnostic.help = Some(format!("known keys: {}", known.join(", ")));
        }
    }

    /// Reads one of some words.
    pub(in crate::suite) fn one_of(&mut self, node: &Node, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(node)?;
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Some(word);
        }
        let near = keys::word_for(&text, words).or_else(|| nearest(&text, words.iter().copied()));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let diagnostic =
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is none of {}", words.join(", ")));
        diagnostic.label = near;
        None
    }

    /// Reads a severity.
    pub(in crate::suite) fn severity(&mut self, node: &Node) -> Option<Severity> {
        let word = self.one_of(node, &Severity::ALL.map(Severity::name))?;
        Severity::ALL.into_iter().find(|severity| severity.name() == word)
    }

    /// Reads a single value as text.
    pub(in crate::suite) fn text(&mut self, node: &Node) -> Option<String> {
        if let Some(text) = node.text() {
            return Some(text.to_owned());
        }
        self.error(Code::BadValue, node.span.clone(), format!("text is wanted here, and this is {}", node.kind()));
        None
    }

    /// Reads a list of texts, or one.
    pub(in crate::suite) fn texts(&mut self, node: &Node) -> Vec<String> {
        node.as_list().iter().filter_map(|item| self.text(item)).collect()
    }

    /// Reads true or false.
    pub(in crate::suite) fn flag(&mut self, node: &Node) -> Option<bool> {
        let text = self.text(node)?;
        let flag = boolean(&text);
        if flag.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is neither true nor false"));
        }
        flag
    }

    pub(super) fn byte(&mut self, node: &Node) -> Option<u8> {
        let text = self.text(node)?;
        match text.as_bytes() {
            [byte] if byte.is_ascii() => Some(*byte),
            b"\\t" => Some(b'\t'),
            _ => {
                self.error(Code::BadValue, node.span.clone(), format!("`{text}` is not one ASCII character"));
                None
            }
        }
    }

    pub(in crate::suite) fn map<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Entry]> {
        let entries = node.entries();
        if entries.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{key}` is a map, and this is {}", node.kind()));
        }
        entries
    }

    pub(super) fn fault(&mut self, fault: yaml::Fault) {
        let code = if fault.duplicate { Code::Duplicate } else { Code::Syntax };
        self.error(code, fault.span, fault.message).help = fault.help;
    }

    /// Reports a mistake; its label and help can be filled in afterwards.
    pub(in crate::suite) fn error(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Level::Error, code, span, message)
    }

    /// Reports something; its label and help can be filled in afterwards.
    pub(in crate::suite) fn report(
        &mut self,
        level: Level,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let index = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::new(level, code, Arc::clone(self.sources.suite()), span, message));
        &mut self.diagnostics[index]
    }
}
