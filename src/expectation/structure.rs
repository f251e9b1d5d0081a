//! The parameters of `schema` about keys and indexes, what they mean, and how a sentence says them.

use schemars::JsonSchema;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::expectation::parameter::{capped, quoted, repeated};
use crate::expectation::{Mistake, Said};
use crate::ir::{IndexExpected, KeysExpected, Reference};

/// A reference that a table of a database should have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignKey {
    /// The columns that refer.
    columns: Names,
    /// The table and columns they refer to: `table.column`, or `table` for columns of the same names.
    to: Target,
}

/// One name or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Names {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A table and the columns of it that others refer to.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Target {
    /// `table.column`, or `table` for columns of the same names.
    Short(String),
    /// A table and its columns, in the order of those that refer.
    Long(LongTarget),
}

/// A table and its columns.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LongTarget {
    /// The table.
    table: String,
    /// Its columns, in the order of those that refer.
    columns: Names,
}

/// An index that a table of a database should have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexOf {
    /// Its columns, in order.
    columns: Names,
    /// Whether it must be one of different values, or must not; either will do if left out.
    unique: Option<bool>,
}

/// The parameters about keys and indexes.
pub(super) struct Asked<'p> {
    pub(super) primary_key: Option<&'p Names>,
    pub(super) foreign_keys: Option<&'p [ForeignKey]>,
    pub(super) indexes: Option<&'p [IndexOf]>,
    pub(super) exact: bool,
}

impl Names {
    fn all(&self) -> Vec<String> {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        };
        names.iter().map(|name| name.nfc().collect()).collect()
    }

    /// The names of a key or index, each once.
    fn key(&self, parameter: &str) -> Result<Vec<String>, Mistake> {
        let names = self.all();
        match repeated(&names) {
            Some(twice) => Err(Mistake::at(parameter, format!("names `{twice}` twice"))),
            None => Ok(names),
        }
    }
}

impl ForeignKey {
    fn reference(&self) -> Result<Reference, Mistake> {
        let columns = self.columns.key("foreign_keys")?;
        let (table, to) = match &self.to {
            Target::Short(text) => match text.split_once('.') {
                Some((table, column)) => (table.to_owned(), vec![column.to_owned()]),
                None => (text.clone(), columns.clone()),
            },
            Target::Long(long) => (long.table.clone(), long.columns.all()),
        };
        if columns.is_empty() {
            return Err(Mistake::at("foreign_keys", "has a key of no column"));
        }
        if columns.len() != to.len() {
            let said = format!("refers to {} columns by a key of {}", to.len(), columns.len());
            return Err(Mistake::at("foreign_keys", said)
                .help("write `to: {table: name, columns: [...]}` with one column for each that refers"));
        }
        Ok(Reference { columns, table, to })
    }
}

impl Asked<'_> {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.primary_key.is_none() && self.foreign_keys.is_none() && self.indexes.is_none()
    }

    /// The first parameter given.
    pub(super) fn first(&self) -> &'static str {
        match (self.primary_key, self.foreign_keys) {
            (Some(_), _) => "primary_key",
            (None, Some(_)) => "foreign_keys",
            (None, None) => "indexes",
        }
    }

    /// What they mean.
    pub(super) fn keys(&self) -> Result<KeysExpected, Mistake> {
        let index = |index: &IndexOf| {
            let columns = index.columns.key("indexes")?;
            if columns.is_empty() {
                return Err(Mistake::at("indexes", "has an index of no column"));
            }
            Ok(IndexExpected { columns, unique: index.unique })
        };
        Ok(KeysExpected {
            primary_key: self.primary_key.map(|names| names.key("primary_key")).transpose()?,
            foreign_keys: self
                .foreign_keys
                .map(|keys| keys.iter().map(ForeignKey::reference).collect::<Result<_, _>>())
                .transpose()?,
            indexes: self.indexes.map(|all| all.iter().map(index).collect::<Result<_, _>>()).transpose()?,
            exact: self.exact,
        })
    }

    /// What they ask for, in words, each a part of a list.
    pub(super) fn words(&self, said: &Said<'_>) -> Vec<String> {
        let lang = said.lang;
        let mut words = Vec::new();
        match self.primary_key.map(Names::all).as_deref() {
            None => {}
            Some([]) => words.push(lang.pick("no primary key", "ninguna clave primaria").to_owned()),
            Some(names) => {
                let key = lang.pick("the primary key", "la clave primaria");
                words.push(format!("{key} {}", quoted(names).join(", ")));
            }
        }
        let foreign: Vec<String> = self
            .foreign_keys
            .into_iter()
            .flatten()
            .filter_map(|key| key.reference().ok())
            .map(|key| shown(&key))
            .collect();
        if self.foreign_keys.is_some() {
            let (some, none) = (("the references", "las referencias"), ("no reference", "ninguna referencia"));
            words.push(listed(&foreign, some, none, said));
        }
        let indexes: Vec<String> = self
            .indexes
            .into_iter()
            .flatten()
            .map(|index| {
                let unique = match index.unique {
                    Some(true) => lang.pick(" (unique)", " (único)"),
                    Some(false) => lang.pick(" (not unique)", " (no único)"),
                    None => "",
                };
                format!("{}{unique}", quoted(&index.columns.all()).join(", "))
            })
            .collect();
        if self.indexes.is_some() {
            let (some, none) = (("indexes on", "índices sobre"), ("no index", "ningún índice"));
            words.push(listed(&indexes, some, none, said));
        }
        words
    }
}

fn listed(words: &[String], some: (&str, &str), none: (&str, &str), said: &Said<'_>) -> String {
    if words.is_empty() {
        return said.lang.pick(none.0, none.1).to_owned();
    }
    let separated: Vec<String> = words.to_vec();
    format!("{} {}", said.lang.pick(some.0, some.1), capped(&separated))
}

/// A reference for people.
fn shown(reference: &Reference) -> String {
    let (from, to) = (quoted(&reference.columns).join(", "), reference.to.join(", "));
    format!("{from} → `{}` ({to})", reference.table)
}
