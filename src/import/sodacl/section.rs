//! The sections of a `SodaCL` file, and the checks in them.

use std::collections::HashMap;

use crate::import::sodacl::check::name;
use crate::import::sodacl::options::is_about_values;
use crate::suite::yaml::{Content, Entry, Node};

/// A file, section by section.
#[derive(Default)]
pub(super) struct Sections<'n> {
    /// The lists of checks, in file order.
    pub(super) checks: Vec<Checks<'n>>,
    /// Named filters: dataset, name, SQL.
    pub(super) filters: Vec<(String, String, &'n Node)>,
    /// What `configurations for` says of columns: by dataset and column, keys about values.
    pub(super) columns: HashMap<(String, String), Vec<(String, &'n Node)>>,
    /// Variables with their defaults.
    pub(super) variables: Vec<(String, Option<String>)>,
    /// What has no counterpart: the entry, and why.
    pub(super) foreign: Vec<(&'n Entry, String)>,
}

/// A list of checks.
pub(super) struct Checks<'n> {
    /// What they are about.
    pub(super) about: About,
    /// The checks.
    pub(super) items: Vec<&'n Node>,
    /// Why none of them has a counterpart, if so.
    pub(super) foreign: Option<String>,
}

/// What a list of checks is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A dataset, or its rows that a named filter keeps.
    Dataset(String, Option<String>),
    /// Each dataset that fits a list of patterns; the first name stands for it in texts.
    Each(String, Vec<String>),
    /// No dataset in particular.
    Nothing,
}

/// A check of a list: its text and the keys beneath it.
pub(super) fn check_of(item: &Node) -> Option<(&str, &[Entry])> {
    match &item.content {
        Content::Scalar(scalar) => Some((&scalar.text, &[])),
        Content::Map(entries) => match entries.as_slice() {
            [entry] => Some((&entry.key, entry.value.entries().unwrap_or_default())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a document has a section that only `SodaCL` has.
pub(super) fn is_sodacl(root: &[Entry]) -> bool {
    let begins = ["checks for ", "filter ", "configurations for ", "for each ", "reconciliation ", "checks "];
    let whole =
        ["checks", "variables", "profile columns", "discover datasets", "sample datasets", "automated monitoring"];
    root.iter().any(|entry| {
        let key = entry.key.trim();
        whole.contains(&key) || begins.iter().any(|word| key.starts_with(word))
    })
}

impl<'n> Sections<'n> {
    /// Sorts the sections of a file.
    pub(super) fn read(root: &'n [Entry]) -> Self {
        let mut found = Self::default();
        for entry in root {
            if let Err(reason) = found.section(entry) {
                found.foreign.push((entry, reason));
            }
        }
        found
    }

    fn section(&mut self, entry: &'n Entry) -> Result<(), String> {
        let key = entry.key.trim();
        let items = || match &entry.value.content {
            Content::List(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        if let Some(rest) = key.strip_prefix("checks for ") {
            let (dataset, filter) = subject(rest)?;
            self.checks.push(Checks { about: About::Dataset(dataset, filter), items: items(), foreign: None });
        } else if key == "checks" {
            self.checks.push(Checks { about: About::Nothing, items: items(), foreign: None });
        } else if let Some(rest) = key.strip_prefix("filter ") {
            let (dataset, filter) = subject(rest)?;
            let filter = filter.ok_or("a filter has a name in brackets")?;
            let condition = entry.value.get("where").ok_or("a filter has a `where`")?;
            self.filters.push((dataset, filter, condition));
        } else if let Some(rest) = key.strip_prefix("configurations for ") {
            let (dataset, _) = subject(rest)?;
            self.configurations(&dataset, &entry.value);
        } else if let Some(rest) = key.strip_prefix("for each ") {
            self.for_each(rest, &entry.value)?;
        } else if key == "variables" {
            for variable in entry.value.entries().unwrap_or_default() {
                self.variables.push((variable.key.clone(), variable.value.text().map(str::to_owned)));
            }
        } else if key.starts_with("reconciliation ") {
            let items = entry.value.get("checks").map_or_else(Vec::new, |node| node.as_list().iter().collect());
            let reason = "reconciliation compares two data sources; `same_rows` does so for two datasets of a suite";
            self.checks.push(Checks { about: About::Nothing, items, foreign: Some(reason.to_owned()) });
        } else {
            return Err(match key {
                "profile columns" | "discover datasets" | "sample datasets" => {
                    format!("`{key}` sends profiles and samples to Soda Cloud; `tamiz init` profiles a file")
                }
                "automated monitoring" => "automated monitoring runs in Soda Cloud".to_owned(),
                "templates" => "check templates are SQL given to Soda with `-T`".to_owned(),
                _ => format!("SodaCL has no section `{key}`"),
            });
        }
        Ok(())
    }

    /// `valid values for size: [S, M]`, and what is about samples.
    fn configurations(&mut self, dataset: &str, node: &'n Node) {
        for entry in node.entries().unwrap_or_default() {
            match entry.key.split_once(" for ") {
                Some((key, column)) if is_about_values(key) => {
                    let column = name(column.trim()).map_or_else(|_| column.trim().to_owned(), |(name, _)| name);
                    let place = (dataset.to_lowercase(), column);
                    self.columns.entry(place).or_default().push((key.trim().to_owned(), &entry.value));
                }
                _ => self.foreign.push((entry, "it says what Soda Cloud keeps, not what must hold".to_owned())),
            }
        }
    }

    /// `for each dataset D: {datasets: […], checks: […]}`.
    fn for_each(&mut self, rest: &str, node: &'n Node) -> Result<(), String> {
        let (what, stands) = rest.trim().split_once(' ').ok_or("it names nothing to stand for each")?;
        if !matches!(what, "dataset" | "table") {
            return Err(format!("SodaCL has no `for each {what}`"));
        }
        let list = node.get("datasets").or_else(|| node.get("tables")).ok_or("it has no `datasets`")?;
        let patterns = list.as_list().iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        let items = node.get("checks").map_or_else(Vec::new, |node| node.as_list().iter().collect());
        self.checks.push(Checks { about: About::Each(stands.trim().to_owned(), patterns), items, foreign: None });
        Ok(())
    }

    /// The SQL of a named filter.
    pub(super) fn filter(&self, dataset: &str, filter: &str) -> Option<&'n str> {
        let same = |known: &&(String, String, &Node)| known.0.eq_ignore_ascii_case(dataset) && known.1 == filter;
        self.filters.iter().find(same).and_then(|(.., node)| node.text())
    }

    /// The names that a list of patterns stands for, out of those that are known; and the patterns that fit none.
    pub(super) fn each(patterns: &[String], known: &[String]) -> (Vec<String>, Vec<String>) {
        let mut found: Vec<String> = Vec::new();
        let mut idle = Vec::new();
        for pattern in patterns {
            let (pattern, leave) = match pattern.trim().strip_prefix("exclude ") {
                Some(pattern) => (pattern.trim(), true),
                None => (pattern.trim().strip_prefix("include ").unwrap_or(pattern).trim(), false),
            };
            // A data source may stand before the name.
            let pattern = pattern.rsplit('.').next().unwrap_or(pattern);
            if leave {
                found.retain(|name| !fits(pattern, name));
            } else if pattern.contains(['%', '*']) {
                if !known.iter().any(|name| fits(pattern, name)) {
                    idle.push(pattern.to_owned());
                }
                let more = known.iter().filter(|name| fits(pattern, name) && !found.contains(name)).cloned();
                let more: Vec<String> = more.collect();
                found.extend(more);
            } else if !found.iter().any(|name| name == pattern) {
                found.push(pattern.to_owned());
            }
        }
        (found, idle)
    }
}

/// `orders`, `orders [daily]`, `"my orders"`.
fn subject(text: &str) -> Result<(String, Option<String>), String> {
    let (dataset, rest) = name(text.trim())?;
    let rest = rest.trim();
    let filter = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match filter {
        Some(filter) => Ok((dataset, Some(filter.trim().to_owned()))),
        None if rest.is_empty() => Ok((dataset, None)),
        None => Err(format!("`{rest}` is too much")),
    }
}

/// Whether a name fits a pattern in which `%` and `*` are any text and `_` is itself.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let pieces: Vec<&str> = pattern.split(['%', '*']).collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for piece in middle {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_datasets_that_are_known() {
        let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let known = texts(&["dim_customer", "dim_product", "fact_sales"]);
        assert_eq!(Sections::each(&texts(&["dim_%", "exclude %product"]), &known).0, ["dim_customer"]);
        assert_eq!(Sections::each(&texts(&["orders", "include wh.fact*"]), &known).0, ["orders", "fact_sales"]);
        assert_eq!(Sections::each(&texts(&["x%"]), &known).1, ["x%"]);
    }

    #[test]
    fn a_file_is_sorted_into_its_sections() {
        let text = "checks for Orders [daily]:\n  - row_count > 0\nfilter Orders [daily]:\n  where: d > 1\n\
                    configurations for Orders:\n  valid values for size: [S]\n  samples columns: [a]\n\
                    profile columns:\n  columns: [a]\n";
        let (root, _) = crate::suite::yaml::read(text).unwrap();
        let sections = Sections::read(root.entries().unwrap());
        assert_eq!(sections.checks[0].about, About::Dataset("Orders".to_owned(), Some("daily".to_owned())));
        assert_eq!(sections.filter("orders", "daily"), Some("d > 1"));
        assert!(sections.columns.contains_key(&("orders".to_owned(), "size".to_owned())));
        assert_eq!(sections.foreign.len(), 2);
    }
}
