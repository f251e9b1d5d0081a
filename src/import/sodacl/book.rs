//! The suite in the making: datasets by the names Soda gives them, and each check put in its place or in a comment.
//!
//! Every rule is read back by the reader of suites before it goes in, so that nothing is written that does not lint.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::diagnostic::{Diagnostic, nearest};
use crate::import::draft::{Draft, Rule, Value};
use crate::import::sodacl::options::Options;
use crate::import::sodacl::sql;
use crate::import::sodacl::variables::Variables;
use crate::import::{Drafted, Entry, Fate, Request, document, write};
use crate::ir::Type;
use crate::suite::yaml::{Content, Node};
use crate::suite::{self, quote};

/// The suite in the making.
pub(super) struct Book<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) draft: Draft,
    pub(super) variables: Variables,
    entries: Vec<Entry>,
    tables: Vec<Table>,
}

/// A dataset of theirs, or its rows that a filter keeps.
struct Table {
    theirs: String,
    filter: Option<String>,
    ours: String,
    columns: Option<Vec<(String, Option<Type>)>>,
}

/// Where a check stands, and how its author wrote it.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    /// Our dataset; none if it belongs to none.
    pub(super) dataset: Option<String>,
    /// The check, on one line.
    pub(super) check: String,
    /// The bytes of the whole of it.
    pub(super) span: Range<usize>,
}

/// What a check became.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// Its rules, each under its column or in the list of the dataset.
    pub(super) rules: Vec<(Option<String>, Rule)>,
    /// What differs from Soda.
    pub(super) differs: Vec<String>,
}

impl Made {
    /// One rule.
    pub(super) fn one(column: Option<&str>, rule: Rule) -> Self {
        Self { rules: vec![(column.map(str::to_owned), rule)], differs: Vec::new() }
    }

    /// The same with something that differs from Soda.
    pub(super) fn differing(mut self, reason: impl Into<String>) -> Self {
        self.differs.push(reason.into());
        self
    }
}

impl<'a> Book<'a> {
    pub(super) fn new(request: &'a Request<'a>, name: &str) -> Self {
        let draft = Draft { name: request.name.unwrap_or(name).to_owned(), ..Draft::default() };
        Self { request, draft, variables: Variables::default(), entries: Vec::new(), tables: Vec::new() }
    }

    /// Our name of a dataset of theirs; it is made where it is not there.
    pub(super) fn dataset(&mut self, theirs: &str) -> String {
        let same = |table: &&Table| table.filter.is_none() && table.theirs.eq_ignore_ascii_case(theirs);
        if let Some(table) = self.tables.iter().find(same) {
            return table.ours.clone();
        }
        let ours = quote::dataset_name(theirs, &self.names());
        let given = self.request.sources.iter().find(|(name, _)| name == theirs || *name == ours);
        let dataset = self.draft.dataset(&ours);
        if let Some((_, path)) = given {
            dataset.set("source", Value::text(path));
        } else {
            dataset.remarks.push(format!("Soda reads the table `{theirs}`; say here which file it is."));
            dataset.set("source", Value::text(format!("{ours}.csv")));
        }
        let columns = given.and_then(|(name, _)| (self.request.columns)(name));
        self.tables.push(Table { theirs: theirs.to_owned(), filter: None, ours: ours.clone(), columns });
        ours
    }

    /// Our name of the rows of a dataset that a named filter keeps; `condition` is SQL of theirs.
    ///
    /// # Errors
    /// Why the filter cannot be read.
    pub(super) fn filtered(&mut self, theirs: &str, filter: &str, condition: &str) -> Result<String, String> {
        let same =
            |table: &&Table| table.filter.as_deref() == Some(filter) && table.theirs.eq_ignore_ascii_case(theirs);
        if let Some(table) = self.tables.iter().find(same) {
            return Ok(table.ours.clone());
        }
        let base = self.dataset(theirs);
        let condition = self.condition(condition);
        let probe = Rule::new("row_count").with("min", 1).with("where", Value::Raw(condition.clone()));
        self.sound(&base, None, &probe).map_err(|wrong| format!("the filter `{filter}` cannot be read: {wrong}"))?;
        let ours = quote::dataset_name(&format!("{base}_{filter}"), &self.names());
        let dataset = self.draft.dataset(&ours);
        dataset.set("from", Value::text(&base));
        dataset.set("where", Value::Raw(condition));
        let columns = self.tables.iter().find(|table| table.ours == base).and_then(|table| table.columns.clone());
        let filter = Some(filter.to_owned());
        self.tables.push(Table { theirs: theirs.to_owned(), filter, ours: ours.clone(), columns });
        Ok(ours)
    }

    /// The datasets of theirs, without filters.
    pub(super) fn known(&self) -> Vec<String> {
        self.tables.iter().filter(|table| table.filter.is_none()).map(|table| table.theirs.clone()).collect()
    }

    /// A column as the source spells it, where that is known: warehouses do not tell case apart.
    pub(super) fn column(&self, ours: &str, name: &str) -> String {
        let columns = self.columns(ours).unwrap_or_default();
        if columns.iter().any(|(known, _)| known == name) {
            return name.to_owned();
        }
        let mut alike = columns.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some((known, _)), None) => known.clone(),
            _ => name.to_owned(),
        }
    }

    /// The columns of a dataset of ours, where they could be looked at.
    pub(super) fn columns(&self, ours: &str) -> Option<&[(String, Option<Type>)]> {
        self.tables.iter().find(|table| table.ours == ours)?.columns.as_deref()
    }

    /// A condition of theirs as ours.
    pub(super) fn condition(&mut self, text: &str) -> String {
        let variables = &mut self.variables;
        sql::rewritten(text, &mut |name, kind| variables.used(name, kind))
    }

    /// A query of theirs as ours; the tables it reads become datasets.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn select(&mut self, text: &str) -> Result<String, String> {
        let text = self.condition(text);
        sql::select(&text, &mut |table| self.dataset(table))
    }

    /// The rows of a dataset of ours for which a condition holds, as a query; tables of theirs in it become datasets.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn select_from(&mut self, ours: &str, condition: &str) -> Result<String, String> {
        let mut is_own = true;
        sql::select(&format!("SELECT * FROM {ours} WHERE {condition}"), &mut |table| {
            // The first table is the one that stands after the first FROM.
            if std::mem::take(&mut is_own) { table.to_owned() } else { self.dataset(table) }
        })
    }

    /// Notes the variables in text that takes them as `${name}`.
    fn hear(&mut self, text: &str) {
        for name in sql::variables(text).iter().filter(|name| !name.contains('.') && !sql::is_now(name)) {
            self.variables.used(name, Some("string"));
        }
    }

    /// Puts what became of a check in its place.
    pub(super) fn settle(&mut self, stand: &Stand, options: &Options<'_>, made: Result<Made, String>) {
        let fate = match made.and_then(|made| self.put(stand, options, made)) {
            Ok(differs) if differs.is_empty() => Fate::Mapped,
            Ok(differs) => Fate::Approximated(differs.join("; ")),
            Err(reason) => {
                let mut remarks = vec![format!("not imported: {reason}")];
                remarks.extend(self.original(stand));
                match &stand.dataset {
                    Some(dataset) => self.draft.dataset(dataset).rules.push(Rule::only(remarks)),
                    None => self.draft.tail.extend(remarks),
                }
                Fate::Unsupported(reason)
            }
        };
        let before = self.request.source.text.get(..stand.span.start).unwrap_or("");
        let line = u64::try_from(before.matches('\n').count() + 1).ok();
        self.entries.push(Entry { rule: stand.check.clone(), line, fate });
    }

    /// Puts the rules of a check under their dataset, and gives back what differs from Soda.
    fn put(&mut self, stand: &Stand, options: &Options<'_>, made: Made) -> Result<Vec<String>, String> {
        let dataset = stand.dataset.clone().ok_or("it belongs to no dataset")?;
        self.hear(&stand.check);
        self.hear(options.name.as_deref().unwrap_or_default());
        let nodes = options.validity.iter().map(|(_, node)| *node).chain(options.warn).chain(options.fail);
        for node in nodes.chain(options.rest("threshold")) {
            texts(node, &mut |text| self.hear(text));
        }
        let mut rules = Vec::new();
        for (number, (column, rule)) in made.rules.into_iter().enumerate() {
            let rule = options.onto(rule, number + 1);
            self.sound(&dataset, column.as_deref(), &rule)?;
            rules.push((column, rule));
        }
        if let Some((_, first)) = rules.first_mut() {
            if !made.differs.is_empty() {
                first.remarks.push(format!("approximated: {}", made.differs.join("; ")));
                first.remarks.extend(self.original(stand));
            }
            if !options.left.is_empty() {
                first.remarks.push(format!("not kept: {}", options.left.join(", ")));
            }
        }
        for (column, rule) in rules {
            self.draft.dataset(&dataset).expect(column.as_deref(), rule);
        }
        Ok(made.differs)
    }

    /// Whether the reader of suites takes a rule.
    ///
    /// # Errors
    /// Its first complaint.
    pub(super) fn sound(&self, dataset: &str, column: Option<&str>, rule: &Rule) -> Result<(), String> {
        let mut draft = Draft { name: "probe".to_owned(), ..Draft::default() };
        draft.keys.extend(self.variables.key().map(|vars| ("vars".to_owned(), vars)));
        for (name, known) in &self.draft.datasets {
            let probe = draft.dataset(name);
            probe.keys.clone_from(&known.keys);
            for (name, column) in &known.columns {
                probe.column(name).keys.clone_from(&column.keys);
            }
        }
        draft.dataset(dataset).expect(column, Rule { remarks: Vec::new(), ..rule.clone() });
        let request = suite::Request {
            path: Path::new("probe.yaml"),
            text: write::write(&draft),
            vars: &self.variables.examples(),
            sources: &[],
            env: &|_| Some("1".to_owned()),
            as_of: None,
            now: 0,
            read: self.request.read,
        };
        match suite::read(request) {
            Ok(_) => Ok(()),
            Err(faults) => Err(faults.into_iter().next().map_or_else(String::new, |fault| match fault.help {
                Some(help) => format!("{} ({help})", fault.message),
                None => fault.message,
            })),
        }
    }

    /// The lines of a check as its author wrote them, for a comment.
    fn original(&self, stand: &Stand) -> Vec<String> {
        let mut text = self.request.source.text.get(stand.span.clone()).unwrap_or("").trim_end();
        // A comment after it belongs to what follows.
        while let Some((before, last)) = text.rsplit_once('\n')
            && last.trim_start().starts_with('#')
        {
            text = before.trim_end();
        }
        let rest = text.lines().skip(1).filter(|line| !line.trim().is_empty());
        let indent = rest.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
        text.lines()
            .enumerate()
            .map(|(number, line)| match number {
                0 => format!("  - {}", line.trim_start_matches("- ")),
                _ => format!("      {}", line.get(indent..).unwrap_or("").trim_end()),
            })
            .collect()
    }

    /// The suite and what became of each check.
    ///
    /// # Errors
    /// A source that is given for a dataset that is not there.
    pub(super) fn done(mut self) -> Result<Drafted, Vec<Diagnostic>> {
        let names: Vec<&str> = self.tables.iter().flat_map(|table| [table.theirs.as_str(), &table.ours]).collect();
        let stray = self.request.sources.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        let faults: Vec<Diagnostic> = stray
            .map(|(name, _)| {
                let help = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                document::mistake(&self.request.source, 0..0, format!("--source `{name}`: no check is about it"), help)
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        if let Some(vars) = self.variables.key() {
            self.draft.keys.push(("vars".to_owned(), vars));
        }
        let missing = self.variables.to_give();
        if !missing.is_empty() {
            let given: Vec<String> = missing.iter().map(|name| format!("--var {name}=…")).collect();
            self.draft.head.push(format!("To be given when it runs: {}.", given.join(" ")));
        }
        if self.entries.iter().any(|entry| entry.rule.contains("_percent")) {
            let told =
                "Soda rounds percents to two decimals before it compares them; here they are compared as they are.";
            self.draft.head.push(told.to_owned());
        }
        for dataset in self.draft.datasets.values_mut() {
            // Soda does not mind an empty table, unless a check says so.
            if !dataset
                .rules
                .iter()
                .any(|rule| rule.expectation == "row_count" && rule.keys.iter().all(|(key, _)| key != "where"))
            {
                dataset.set("may_be_empty", Value::from(true));
            }
        }
        name_twins(&mut self.draft);
        Ok((self.draft, self.entries))
    }

    fn names(&self) -> Vec<String> {
        self.draft.datasets.keys().cloned().collect()
    }
}

/// Calls back for every text of a node.
fn texts(node: &Node, see: &mut dyn FnMut(&str)) {
    match &node.content {
        Content::Null(_) => {}
        Content::Scalar(scalar) => see(&scalar.text),
        Content::List(items) => items.iter().for_each(|item| texts(item, see)),
        Content::Map(entries) => entries.iter().for_each(|entry| texts(&entry.value, see)),
    }
}

/// Gives an id to rules that would share a derived one, so that a rule put before them does not shift it.
fn name_twins(draft: &mut Draft) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (name, dataset) in &mut draft.datasets {
        let of_columns = dataset.columns.iter_mut().flat_map(|(column, it)| {
            let column = column.clone();
            it.rules.iter_mut().map(move |rule| (Some(column.clone()), rule))
        });
        let rules = of_columns.chain(dataset.rules.iter_mut().map(|rule| (None, rule)));
        for (column, rule) in rules.filter(|(_, rule)| !rule.expectation.is_empty()) {
            let written = rule.keys.iter().find(|(key, _)| key == "id").map(|(_, value)| value.flow());
            let column =
                column.or_else(|| rule.keys.iter().find(|(key, _)| key == "column").map(|(_, value)| value.flow()));
            let derived = match column {
                Some(column) => format!("{name}.{}.{}", super::options::id(&column), rule.expectation),
                None => format!("{name}.{}", rule.expectation),
            };
            let id = written.unwrap_or(derived);
            let count = seen.entry(id.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                *rule = std::mem::take(rule).with("id", Value::text(format!("{id}_{count}")));
            }
        }
    }
}
