//! Keys about missing and valid values, to rules on a column and to conditions in SQL.
//!
//! A value is invalid if it is not missing and breaks one of the keys. A null is always missing, so it is never invalid,
//! unless `include null` says so.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::sql;
use crate::suite::quote;
use crate::suite::yaml::Node;

/// Which values of a column are missing, and which of the others are valid.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Validity {
    /// What stands for no value, beside null.
    pub(super) missing: Missing,
    /// What must hold of a value, all of it.
    pub(super) parts: Vec<Part>,
    /// Whether a null is invalid.
    pub(super) include_null: bool,
}

/// What stands for no value, beside null.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Missing {
    /// Values.
    pub(super) values: Vec<String>,
    /// A pattern of text.
    pub(super) pattern: Option<String>,
}

/// One thing that must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// It is one of these.
    In(Vec<String>),
    /// It is none of these.
    NotIn(Vec<String>),
    /// A pattern is found in it.
    Matches(String),
    /// No pattern is found in it.
    NotMatches(String),
    /// It has a named format.
    Format(String),
    /// It does not have a named format.
    NotFormat(String),
    /// It lies between bounds.
    Between(Vec<(&'static str, String)>),
    /// Its length lies between bounds.
    Length(Vec<(&'static str, String)>),
}

impl Validity {
    /// Reads keys; of one given twice the last counts, so that those of a check go over those of its dataset.
    ///
    /// # Errors
    /// A key that is not known, or a value that it does not take.
    pub(super) fn read(keys: &[(String, &Node)]) -> Result<Self, String> {
        let mut last: Vec<(&str, &Node)> = Vec::new();
        for (key, node) in keys {
            match last.iter_mut().find(|(known, _)| known == key) {
                Some(known) => known.1 = node,
                None => last.push((key, node)),
            }
        }
        let mut found = Self::default();
        for (key, node) in last {
            found.take(key, node)?;
        }
        Ok(found)
    }

    fn take(&mut self, key: &str, node: &Node) -> Result<(), String> {
        let text = || node.text().map(str::to_owned).ok_or_else(|| format!("`{key}` takes one value"));
        match key {
            "missing values" => self.missing.values = texts(node),
            "missing regex" | "missing regex sql" => self.missing.pattern = Some(text()?),
            "missing format" => {
                self.missing.pattern = Some(pattern_of(node).ok_or("`missing format` has no counterpart")?);
            }
            "include null" => self.include_null = node.text() == Some("true"),
            "valid values" => self.parts.push(Part::In(texts(node))),
            "invalid values" => self.parts.push(Part::NotIn(texts(node))),
            "valid regex" | "valid regex sql" => self.parts.push(Part::Matches(text()?)),
            "invalid regex" | "invalid regex sql" => self.parts.push(Part::NotMatches(text()?)),
            "valid format" => self.parts.push(match pattern_of(node) {
                Some(pattern) => Part::Matches(pattern),
                None => Part::Format(format_name(&text()?)),
            }),
            "invalid format" => self.parts.push(match pattern_of(node) {
                Some(pattern) => Part::NotMatches(pattern),
                None => Part::NotFormat(format_name(&text()?)),
            }),
            "valid min" => self.bound(false, "min", text()?),
            "valid max" => self.bound(false, "max", text()?),
            "valid length" => self.bound(true, "equals", text()?),
            "valid min length" => self.bound(true, "min", text()?),
            "valid max length" => self.bound(true, "max", text()?),
            _ => return Err(format!("`{key}` has no counterpart here")),
        }
        Ok(())
    }

    fn bound(&mut self, of_length: bool, key: &'static str, value: String) {
        for part in &mut self.parts {
            match part {
                Part::Between(bounds) if !of_length => return bounds.push((key, value)),
                Part::Length(bounds) if of_length => return bounds.push((key, value)),
                _ => {}
            }
        }
        let bounds = vec![(key, value)];
        self.parts.push(if of_length { Part::Length(bounds) } else { Part::Between(bounds) });
    }

    /// A condition that is true of a valid value, false of an invalid one and unknown of a null; none if SQL cannot say it.
    pub(super) fn valid(&self, column: &str) -> Option<String> {
        let each: Option<Vec<Option<String>>> = self.parts.iter().map(|part| Some(Some(part.sql(column)?))).collect();
        sql::all(&each?)
    }
}

impl Missing {
    /// Whether only nulls are missing.
    pub(super) const fn is_empty(&self) -> bool {
        self.values.is_empty() && self.pattern.is_none()
    }

    /// A condition that is true of a value that is not missing, false of one that is, and unknown of a null.
    pub(super) fn present(&self, column: &str) -> Option<String> {
        let name = sql::column(column);
        let values = (!self.values.is_empty()).then(|| one_of(&name, "NOT IN", &self.values));
        let pattern =
            self.pattern.as_ref().map(|pattern| format!("NOT regexp_like({name}, {})", quote::sql_text(pattern)));
        sql::all(&[values, pattern])
    }

    /// A condition that is true of a value that stands for none, false of another, and unknown of a null.
    pub(super) fn absent(&self, column: &str) -> Option<String> {
        let name = sql::column(column);
        let values = (!self.values.is_empty()).then(|| one_of(&name, "IN", &self.values));
        let pattern = self.pattern.as_ref().map(|pattern| format!("regexp_like({name}, {})", quote::sql_text(pattern)));
        let each: Vec<String> = values.into_iter().chain(pattern).collect();
        (!each.is_empty()).then(|| each.join(" OR "))
    }

    /// The key `missing` of a column.
    pub(super) fn key(&self) -> Value {
        let values = Value::List(self.values.iter().map(|value| sql::text(value)).collect());
        match &self.pattern {
            None => values,
            Some(pattern) => {
                let pattern = ("pattern".to_owned(), Value::Raw(pattern.clone()));
                let values = (!self.values.is_empty()).then(|| ("values".to_owned(), values));
                Value::Map(values.into_iter().chain([pattern]).collect())
            }
        }
    }
}

impl Part {
    /// The rule of a column that says the same.
    pub(super) fn rule(&self) -> Rule {
        let list = |values: &[String]| Value::List(values.iter().map(|value| sql::text(value)).collect());
        let bounded = |name: &str, bounds: &[(&'static str, String)]| {
            bounds.iter().fold(Rule::new(name), |rule, (key, value)| rule.with(key, sql::text(value)))
        };
        match self {
            Self::In(values) => Rule::new("in_set").with("values", list(values)),
            Self::NotIn(values) => Rule::new("not_in_set").with("values", list(values)),
            Self::Matches(pattern) => Rule::new("matches").with("pattern", Value::Raw(pattern.clone())),
            Self::NotMatches(pattern) => Rule::new("not_matches").with("pattern", Value::Raw(pattern.clone())),
            Self::Format(name) => Rule::new("format").with("name", Value::word(name)),
            Self::NotFormat(name) => Rule::new("not_format").with("name", Value::word(name)),
            Self::Between(bounds) => bounded("between", bounds),
            Self::Length(bounds) => bounded("length", bounds),
        }
    }

    fn sql(&self, column: &str) -> Option<String> {
        let name = sql::column(column);
        let bounded = |of: &str, bounds: &[(&'static str, String)], spell: fn(&str) -> String| {
            let each = bounds.iter().map(|(key, value)| {
                let sign = match *key {
                    "min" => ">=",
                    "max" => "<=",
                    _ => "=",
                };
                format!("{of} {sign} {}", spell(value))
            });
            each.collect::<Vec<_>>().join(" AND ")
        };
        let said = match self {
            Self::In(values) => one_of(&name, "IN", values),
            Self::NotIn(values) => one_of(&name, "NOT IN", values),
            Self::Matches(pattern) => format!("regexp_like({name}, {})", quote::sql_text(pattern)),
            Self::NotMatches(pattern) => format!("NOT regexp_like({name}, {})", quote::sql_text(pattern)),
            Self::Format(_) | Self::NotFormat(_) => return None,
            Self::Between(bounds) => bounded(&name, bounds, number_or_text),
            Self::Length(bounds) => bounded(&format!("length({name})"), bounds, str::to_owned),
        };
        (!said.contains("${")).then_some(said)
    }
}

/// `x IN ('a', 'b')`; texts take the type of the column.
fn one_of(name: &str, word: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quote::sql_text(value)).collect();
    format!("{name} {word} ({})", values.join(", "))
}

fn number_or_text(value: &str) -> String {
    match crate::ir::value::read_decimal(value) {
        Some(_) => value.to_owned(),
        None => quote::sql_text(value),
    }
}

/// The items of a list, or one value; nulls are missing anyway.
fn texts(node: &Node) -> Vec<String> {
    node.as_list().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
}

/// The pattern of a format that a contract spells out: `{regex: …, name: …}`.
fn pattern_of(node: &Node) -> Option<String> {
    node.get("regex").and_then(Node::text).map(str::to_owned)
}

/// Our name of a format.
fn format_name(name: &str) -> String {
    format!("soda.{}", name.trim().to_lowercase().replace([' ', '-', '/'], "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(text: &str) -> Validity {
        let (root, _) = crate::suite::yaml::read(text).unwrap();
        let keys: Vec<(String, &Node)> =
            root.entries().unwrap().iter().map(|entry| (entry.key.clone(), &entry.value)).collect();
        Validity::read(&keys).unwrap()
    }

    #[test]
    fn keys_become_parts_that_must_all_hold() {
        let read = validity("valid min: 1\nvalid max: 5\nvalid regex: ^a\ninvalid values: [b, 'it''s']\n");
        assert_eq!(read.parts.len(), 3);
        assert_eq!(
            read.valid("x y").unwrap(),
            "\"x y\" >= 1 AND \"x y\" <= 5 AND regexp_like(\"x y\", '^a') AND \"x y\" NOT IN ('b', 'it''s')"
        );
    }

    #[test]
    fn a_named_format_is_no_sql() {
        let read = validity("valid format: phone number\nvalid max length: 5\n");
        assert_eq!(read.parts[0], Part::Format("soda.phone_number".to_owned()));
        assert_eq!(read.valid("x"), None);
    }

    #[test]
    fn missing_values_go_beside_null() {
        let read = validity("missing values: [N/A, '0']\nmissing regex: ^-+$\n");
        assert_eq!(read.missing.present("x").unwrap(), "x NOT IN ('N/A', '0') AND NOT regexp_like(x, '^-+$')");
        assert_eq!(read.missing.key().flow(), "{values: [N/A, 0], pattern: '^-+$'}");
    }

    #[test]
    fn the_keys_of_a_check_go_over_those_of_its_dataset() {
        let (root, _) = crate::suite::yaml::read("a: [S]\nb: [M]\n").unwrap();
        let entries = root.entries().unwrap();
        let keys: Vec<(String, &Node)> =
            entries.iter().map(|entry| ("valid values".to_owned(), &entry.value)).collect();
        assert_eq!(Validity::read(&keys).unwrap().parts, [Part::In(vec!["M".to_owned()])]);
    }
}
