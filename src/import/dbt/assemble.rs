//! Rules to a draft: each tried, put where it belongs, kept from standing twice, and told what became of it.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::expectation::{self, Place};
use crate::import::dbt::ask::Said;
use crate::import::dbt::config::Counts;
use crate::import::dbt::found::{Document, Stray, Table, Test};
use crate::import::dbt::project::Project;
use crate::import::dbt::translate::{one_line, translate};
use crate::import::dbt::{contract, freshness};
use crate::import::draft::{Draft, Rule, Value};
use crate::import::{Entry, Fate, id, sound};

/// The longest that an original is shown.
const LONGEST: usize = 300;

/// A draft of a project that is being made.
pub(super) struct Assembly<'r> {
    pub(super) project: Project<'r>,
    pub(super) draft: Draft,
    pub(super) entries: Vec<Entry>,
    /// The names that authors gave, as ids.
    pub(super) ids: HashSet<String>,
}

/// One rule of the document.
struct Told {
    dataset: String,
    called: String,
    original: String,
    line: Option<u64>,
}

impl Assembly<'_> {
    /// Takes a document in.
    pub(super) fn take(&mut self, document: &Document) {
        for (dataset, table) in self.project.tables() {
            self.table(&dataset, &table);
        }
        for Stray { rule, reason, line } in &document.strays {
            self.draft.tail.push(format!("not imported: {rule}: {reason}"));
            let fate = Fate::Unsupported(reason.clone());
            self.entries.push(Entry { rule: rule.clone(), line: *line, fate });
        }
        self.entries.sort_by_key(|entry| entry.line);
        self.finish();
    }

    fn table(&mut self, dataset: &str, table: &Table) {
        let told =
            |called: String, original: String, line| Told { dataset: dataset.to_owned(), called, original, line };
        for clause in contract::clauses(table, dataset, &mut self.project) {
            let said = clause.said.map(|rules| Said { rules, near: Vec::new(), counts: Counts::Once, filtered: false });
            self.add(&told(clause.called, String::new(), clause.line), said);
        }
        if let Some(said) = freshness::freshness(table, dataset, &mut self.project) {
            let said = said.map(|(column, rule, near)| Said {
                rules: vec![(column, rule)],
                near: near.into_iter().collect(),
                counts: Counts::Once,
                filtered: false,
            });
            let original = table.freshness.as_ref().map(shown).unwrap_or_default();
            self.add(&told("freshness".to_owned(), original, table.line), said);
        }
        for test in &table.tests {
            let said = translate(test, dataset, &mut self.project);
            let at = Told { called: test.called(), ..told(String::new(), original(test), test.line) };
            self.test(&at, test, said);
        }
        let names: Vec<String> = table.columns.iter().map(|it| self.project.spelled(dataset, &it.name)).collect();
        let Some(made) = self.draft.datasets.get_mut(dataset) else { return };
        let place = |name: &String| names.iter().position(|other| other == name).unwrap_or(names.len());
        made.columns.sort_by(|one, _, other, _| place(one).cmp(&place(other)));
        for column in table.columns.iter().filter(|column| column.description.is_some()) {
            let name = self.project.spelled(dataset, &column.name);
            if let Some(declared) = made.columns.get_mut(&name) {
                let text = one_line(column.description.as_deref().unwrap_or_default());
                if !text.is_empty() && !text.contains("{{") {
                    declared.set("description", Value::text(text));
                }
            }
        }
    }

    fn test(&mut self, told: &Told, test: &Test, said: Result<Said, String>) {
        let place = match &test.column {
            Some(column) => format!("{}.{column}", told.dataset),
            None => told.dataset.clone(),
        };
        let rule = format!("{}({place})", told.called);
        self.settle(told, rule, test.column.as_deref(), said);
    }

    fn add(&mut self, told: &Told, said: Result<Said, String>) {
        let column = said.as_ref().ok().and_then(|said| said.rules.first()).and_then(|(column, _)| column.clone());
        let place = column.map_or_else(|| told.dataset.clone(), |column| format!("{}.{column}", told.dataset));
        self.settle(told, format!("{}({place})", told.called), None, said);
    }

    /// Puts what was said where it belongs, or a comment in its place.
    fn settle(&mut self, told: &Told, rule: String, column: Option<&str>, said: Result<Said, String>) {
        let said = said.and_then(|said| match self.fault(&told.dataset, &said) {
            Some(fault) => Err(fault),
            None => Ok(said),
        });
        let fate = match said {
            Ok(said) => {
                let near = said.near.join("; ");
                for (index, (column, rule)) in said.rules.into_iter().enumerate() {
                    let remarks = if near.is_empty() || index > 0 {
                        Vec::new()
                    } else {
                        vec![format!("approximated: {near}"), format!("from {}", told.original)]
                    };
                    self.put(&told.dataset, column, Rule { remarks, ..rule });
                }
                if near.is_empty() { Fate::Mapped } else { Fate::Approximated(near) }
            }
            Err(why) => {
                let spelled = column.map(|column| self.project.spelled(&told.dataset, column));
                // A column with nothing else to say would be declared by a comment alone.
                let declared = self.draft.datasets.get(&told.dataset).zip(spelled.as_ref());
                let declared = declared.is_some_and(|(dataset, name)| dataset.columns.contains_key(name));
                let at = spelled.filter(|_| declared);
                let called = match column.filter(|_| at.is_none()) {
                    Some(column) => format!("{}({column})", told.called),
                    None => told.called.clone(),
                };
                let mut remarks = vec![format!("not imported: {called}: {why}")];
                remarks.extend((!told.original.is_empty()).then(|| told.original.clone()));
                self.draft.dataset(&told.dataset).expect(at.as_deref(), Rule::only(remarks));
                Fate::Unsupported(why)
            }
        };
        self.entries.push(Entry { rule, line: told.line, fate });
    }

    /// Puts a rule at its place, unless the same one stands there.
    fn put(&mut self, name: &str, column: Option<String>, rule: Rule) {
        let dataset = self.draft.dataset(name);
        if rule.expectation == "type" {
            let Some(column) = column else { return };
            let given = match rule.keys.as_slice() {
                [(_, kind)] => kind.clone(),
                several => Value::Map(several.to_vec()),
            };
            dataset.column(&column).set("type", given);
            return;
        }
        let rule = self.named_once(rule);
        let dataset = self.draft.dataset(name);
        let whole = expectation::find(&rule.expectation).is_some_and(|it| it.place == Place::Table);
        let column = column.filter(|_| !whole || rule.expectation == "column_exists");
        let there = match &column {
            Some(column) => &dataset.column(column).rules,
            None => &dataset.rules,
        };
        let same = |other: &Rule| other.expectation == rule.expectation && other.keys == rule.keys;
        if !there.iter().any(same) {
            dataset.expect(column.as_deref(), rule);
        }
    }

    /// The rule with its id told from those of others: two tests may have one name, two rules not one id.
    fn named_once(&mut self, mut rule: Rule) -> Rule {
        if let Some((_, Value::Text(id))) = rule.keys.iter_mut().find(|(key, _)| key == "id") {
            let base = id.clone();
            let mut number = 1;
            while !self.ids.insert(id.clone()) {
                number += 1;
                *id = format!("{base}_{number}");
            }
        }
        rule
    }

    /// Why the reader of suites refuses one of the rules, if it does.
    fn fault(&self, dataset: &str, said: &Said) -> Option<String> {
        said.rules.iter().find_map(|(column, rule)| {
            if rule.expectation == "type" {
                return self.other_type(dataset, column.as_deref(), rule);
            }
            let written = Value::Map(rule.keys.clone()).flow();
            let mut trial = Draft { name: "trial".to_owned(), ..Draft::default() };
            self.declare(dataset, &mut trial);
            let words: HashSet<&str> = words(&written).collect();
            self.project.names().filter(|name| words.contains(name)).for_each(|name| self.declare(name, &mut trial));
            let place = expectation::find(&rule.expectation).map(|definition| definition.place);
            let column = column.as_deref().filter(|_| place != Some(Place::Table));
            sound::fault(&trial, dataset, column, rule)
        })
    }

    /// A column has one type.
    fn other_type(&self, dataset: &str, column: Option<&str>, rule: &Rule) -> Option<String> {
        let column = self.draft.datasets.get(dataset)?.columns.get(column?)?;
        let (_, there) = column.keys.iter().find(|(key, _)| key == "type")?;
        let (_, wanted) = rule.keys.first()?;
        let kind = match there {
            Value::Map(keys) => &keys.first()?.1,
            kind => kind,
        };
        (kind != wanted).then(|| format!("the column has the type {} already", kind.flow()))
    }

    /// Declares a dataset with its types, and the one whose rows it takes.
    fn declare(&self, dataset: &str, trial: &mut Draft) {
        if let Some((parent, condition)) = self.project.of(dataset) {
            self.declare(parent, trial);
            let made = trial.dataset(dataset);
            made.set("from", Value::text(parent));
            made.set("where", Value::Raw(condition.clone()));
            return;
        }
        let made = trial.dataset(dataset);
        made.set("source", Value::text("data.csv"));
        for (name, column) in self.draft.datasets.get(dataset).into_iter().flat_map(|dataset| &dataset.columns) {
            if let Some((_, kind)) = column.keys.iter().find(|(key, _)| key == "type") {
                made.column(name).set("type", kind.clone());
            }
        }
    }

    /// Sources, and ids where the derived ones are not unique.
    fn finish(&mut self) {
        let mut order: Vec<String> = self.project.names().map(str::to_owned).collect();
        let referred = self.words();
        let of = |name: &String| {
            self.project.names().any(|it| self.project.of(it).is_some_and(|(parent, _)| parent == name))
        };
        order.retain(|name| self.draft.datasets.contains_key(name) || referred.contains(name) || of(name));
        let mut guessed = Vec::new();
        for name in &order {
            let of = self.project.of(name).cloned();
            let source = self.project.source(name);
            let about = self.project.table(name);
            let dataset = self.draft.dataset(name);
            let mut keys = Vec::new();
            match (of, source) {
                (Some((parent, condition)), _) => {
                    keys.push(("from".to_owned(), Value::text(parent)));
                    keys.push(("where".to_owned(), Value::Raw(condition)));
                }
                (None, source) => {
                    guessed.extend(source.is_none().then(|| name.clone()));
                    let source = source.map_or_else(|| format!("{name}.csv"), str::to_owned);
                    keys.push(("source".to_owned(), Value::text(source)));
                }
            }
            if let Some(table) = about {
                let prose =
                    table.description.as_deref().map(one_line).filter(|it| !it.is_empty() && !it.contains("{{"));
                keys.extend(prose.map(|text| ("description".to_owned(), Value::text(text))));
                if !table.tags.is_empty() {
                    keys.push(("tags".to_owned(), Value::List(table.tags.iter().map(Value::text).collect())));
                }
                if !table.enabled {
                    keys.push(("enabled".to_owned(), Value::from(false)));
                }
            }
            // dbt lets a table without rows pass, unless a test asks for rows.
            keys.push(("may_be_empty".to_owned(), Value::from(true)));
            dataset.keys.splice(0..0, keys);
        }
        self.draft.datasets.sort_by(|one, _, other, _| {
            let place = |name: &String| order.iter().position(|other| other == name);
            place(one).cmp(&place(other))
        });
        if !guessed.is_empty() {
            let list = guessed.join(", ");
            self.draft.head.push(format!("Say where these are read from, here or with --source NAME=PATH: {list}."));
        }
        id::settle(&mut self.draft);
    }

    /// The words of all rules, the names of datasets that they refer to among them.
    fn words(&self) -> HashSet<String> {
        let datasets = self.draft.datasets.values();
        let rules = datasets.flat_map(|it| it.rules.iter().chain(it.columns.values().flat_map(|column| &column.rules)));
        rules
            .flat_map(|rule| words(&Value::Map(rule.keys.clone()).flow()).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

/// The words of a text, such as names are.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// A test as it stands in the document, on one line.
fn original(test: &Test) -> String {
    let mut keys = test.arguments.clone();
    if !test.config.is_empty() {
        keys.insert("config".to_owned(), Json::Object(test.config.clone()));
    }
    if keys.is_empty() { test.called() } else { format!("{}: {}", test.called(), shown(&Json::Object(keys))) }
}

fn shown(value: &Json) -> String {
    let text = one_line(&Value::of_json(value).flow().replace("$$", "$"));
    if text.chars().count() > LONGEST { format!("{}…", text.chars().take(LONGEST).collect::<String>()) } else { text }
}
