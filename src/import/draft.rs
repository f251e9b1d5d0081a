//! A suite on its way from another tool: datasets, columns, rules, and remarks on what is not the same.
//!
//! It says what is to stand where. How it is spelled and broken into lines is the business of `write`.

use indexmap::IndexMap;

use crate::import::document;
use crate::suite::quote;

/// A suite that is being made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Its id.
    pub name: String,
    /// Other keys of the suite, in the order they are to stand: `title`, `owner`, `vars` …
    pub keys: Vec<(String, Value)>,
    /// What stands in comments at its head.
    pub head: Vec<String>,
    /// Its datasets, by name.
    pub datasets: IndexMap<String, Dataset>,
    /// What stands in comments at its end: what belongs to no dataset.
    pub tail: Vec<String>,
}

/// A dataset of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Keys other than `columns` and `expect`, in order: `source`, `from`, `where`, `may_be_empty` …
    pub keys: Vec<(String, Value)>,
    /// Its columns, by name.
    pub columns: IndexMap<String, Column>,
    /// Rules about rows or the table as a whole.
    pub rules: Vec<Rule>,
    /// What stands in comments before it.
    pub remarks: Vec<String>,
}

/// A column of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Keys other than `expect`, in order: `type`, `missing` …
    pub keys: Vec<(String, Value)>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A rule, or only remarks about one that could not be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// The kind of expectation; empty if there are only remarks.
    pub expectation: String,
    /// Its parameters and common keys, in order, without the column it stands under.
    pub keys: Vec<(String, Value)>,
    /// What stands in comments before it.
    pub remarks: Vec<String>,
}

/// A value as a suite holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A number, boolean, date, or word of the language, as it is to be spelled.
    Word(String),
    /// A data value, name or path: `$` is doubled so that no variable is put in.
    Text(String),
    /// Text that takes no variables (patterns, SQL), or that is to take them (`${name}`).
    Raw(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(String, Value)>),
}

impl Draft {
    /// The dataset of a name, made if it is not there.
    pub fn dataset(&mut self, name: &str) -> &mut Dataset {
        self.datasets.entry(name.to_owned()).or_default()
    }
}

impl Dataset {
    /// Adds a rule, under its column if it has one.
    pub fn expect(&mut self, column: Option<&str>, rule: Rule) {
        match column {
            Some(column) => self.column(column).rules.push(rule),
            None => self.rules.push(rule),
        }
    }

    /// The column of a name, made if it is not there.
    pub fn column(&mut self, name: &str) -> &mut Column {
        self.columns.entry(name.to_owned()).or_default()
    }

    /// Sets a key, in place of one of the same name.
    pub fn set(&mut self, key: &str, value: Value) {
        set(&mut self.keys, key, value);
    }
}

impl Column {
    /// Sets a key, in place of one of the same name.
    pub fn set(&mut self, key: &str, value: Value) {
        set(&mut self.keys, key, value);
    }
}

impl Rule {
    /// A rule without parameters.
    #[must_use]
    pub fn new(expectation: &str) -> Self {
        Self { expectation: expectation.to_owned(), ..Self::default() }
    }

    /// Only remarks, about a rule that could not be said.
    #[must_use]
    pub fn only(remarks: Vec<String>) -> Self {
        Self { remarks, ..Self::default() }
    }

    /// The same rule with a parameter or common key more.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.keys, key, value.into());
        self
    }

    /// The same rule with a parameter or common key more, if there is a value.
    #[must_use]
    pub fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The same rule with a remark more.
    #[must_use]
    pub fn remark(mut self, text: impl Into<String>) -> Self {
        self.remarks.push(text.into());
        self
    }
}

impl Value {
    /// A word of the language, or a number, as spelled.
    #[must_use]
    pub fn word(text: impl Into<String>) -> Self {
        Self::Word(text.into())
    }

    /// Text of the data, a name or a path.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A value of JSON as data: numbers and booleans as spelled, text as text.
    #[must_use]
    pub fn of_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Self::Word(json.to_string()),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            serde_json::Value::Object(_) if let Some(digits) = document::digits(json) => Self::word(digits),
            serde_json::Value::Object(entries) => {
                Self::Map(entries.iter().map(|(key, value)| (key.clone(), Self::of_json(value))).collect())
            }
        }
    }

    /// The value on one line.
    #[must_use]
    pub fn flow(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Word(word) => word.clone(),
            Self::Text(text) => quote::value(text),
            Self::Raw(text) => quote::scalar(text),
            Self::List(items) => format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", ")),
            Self::Map(entries) => format!("{{{}}}", flow_entries(entries)),
        }
    }
}

/// Keys and values on one line, without braces.
pub(super) fn flow_entries(entries: &[(String, Value)]) -> String {
    entries
        .iter()
        .map(|(key, value)| format!("{}: {}", quote::scalar(key), value.flow()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn set(keys: &mut Vec<(String, Value)>, key: &str, value: Value) {
    match keys.iter_mut().find(|(name, _)| name == key) {
        Some((_, there)) => *there = value,
        None => keys.push((key.to_owned(), value)),
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Word(value.to_string())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Word(value.to_string())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items)
    }
}
