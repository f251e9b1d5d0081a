//! The datasets of a project: what dbt calls a table and what the suite calls it, with its source and its columns.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::import::Request;
use crate::import::dbt::found::{Document, Table};
use crate::import::dbt::jinja::{Names, Reference};
use crate::ir::Type;
use crate::suite::quote;

/// The datasets of a project, and its variables.
pub(super) struct Project<'r> {
    request: &'r Request<'r>,
    /// The variables of `dbt_project.yml`.
    pub(super) vars: Map<String, Json>,
    datasets: IndexMap<String, Dataset>,
}

/// A dataset.
#[derive(Default)]
struct Dataset {
    /// What dbt calls it, in the words in which sources may be given.
    called: Vec<String>,
    /// How others refer to it, if the document does not hold it.
    reference: Option<Reference>,
    /// The table of the document, by its place.
    table: Option<Table>,
    /// The dataset whose rows it takes, and which.
    of: Option<(String, String)>,
    columns: Option<Vec<(String, Option<Type>)>>,
}

impl<'r> Project<'r> {
    /// The project of a document.
    pub(super) fn new(request: &'r Request<'r>, document: &Document, vars: Map<String, Json>) -> Self {
        let mut project = Self { request, vars, datasets: IndexMap::new() };
        for table in &document.tables {
            let name = match &table.version {
                Some(version) => format!("{}_v{version}", table.name),
                None => table.name.clone(),
            };
            let called = match &table.source {
                Some(schema) => vec![name.clone(), format!("{schema}.{name}")],
                None => vec![name.clone(), table.name.clone()],
            };
            let name = project.free(&name, table.source.as_deref());
            project.add(name, Dataset { called, table: Some(table.clone()), ..Dataset::default() });
        }
        project
    }

    /// The datasets of the tables of the document, in their order.
    pub(super) fn tables(&self) -> Vec<(String, Table)> {
        self.datasets.iter().filter_map(|(name, data)| Some((name.clone(), data.table.clone()?))).collect()
    }

    /// The dataset of a reference, made if the document does not hold it.
    pub(super) fn dataset(&mut self, reference: &Reference) -> String {
        let answers = |data: &Dataset| {
            data.table.as_ref().is_some_and(|table| table.answers_to(reference))
                || data.reference.as_ref() == Some(reference)
        };
        if let Some((name, _)) = self.datasets.iter().find(|(_, data)| answers(data)) {
            return name.clone();
        }
        let (name, schema) = match reference {
            Reference::Model(name, None) => (name.clone(), None),
            Reference::Model(name, Some(version)) => (format!("{name}_v{version}"), None),
            Reference::Source(schema, table) => (table.clone(), Some(schema.as_str())),
        };
        let called = schema.map(|schema| format!("{schema}.{name}"));
        let called = std::iter::once(name.clone()).chain(called).collect();
        let name = self.free(&name, schema);
        self.add(name, Dataset { called, reference: Some(reference.clone()), ..Dataset::default() })
    }

    /// The dataset of some rows of another one.
    pub(super) fn filtered(&mut self, parent: &str, condition: &str) -> String {
        let of = (parent.to_owned(), condition.to_owned());
        if let Some((name, _)) = self.datasets.iter().find(|(_, data)| data.of.as_ref() == Some(&of)) {
            return name.clone();
        }
        let name = self.free(&format!("{parent}_in_scope"), None);
        self.add(name, Dataset { of: Some(of), ..Dataset::default() })
    }

    /// The names of all datasets.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.datasets.keys().map(String::as_str)
    }

    /// The table of the document that a dataset is.
    pub(super) fn table(&self, dataset: &str) -> Option<Table> {
        self.datasets.get(dataset)?.table.clone()
    }

    /// The rows of another dataset that a dataset takes, if it does.
    pub(super) fn of(&self, dataset: &str) -> Option<&(String, String)> {
        self.datasets.get(dataset)?.of.as_ref()
    }

    /// Where a dataset is read from, if it was said.
    pub(super) fn source(&self, dataset: &str) -> Option<&'r str> {
        let data = self.datasets.get(dataset)?;
        let sources = self.request.sources.iter();
        sources.rev().find(|(given, _)| given == dataset || data.called.contains(given)).map(|(_, path)| path.as_str())
    }

    /// Sources that were given for no dataset.
    pub(super) fn strangers(&self) -> Vec<&'r str> {
        let known =
            |given: &String| self.datasets.iter().any(|(name, data)| name == given || data.called.contains(given));
        self.request.sources.iter().map(|(given, _)| given).filter(|given| !known(given)).map(String::as_str).collect()
    }

    /// What the columns of a dataset are, where its source could be looked at.
    pub(super) fn columns(&self, dataset: &str) -> Option<&[(String, Option<Type>)]> {
        self.datasets.get(dataset)?.columns.as_deref()
    }

    /// The name of a column as the data spell it: dbt puts case aside, and suites do not.
    pub(super) fn spelled(&self, dataset: &str, column: &str) -> String {
        let columns = self.columns(dataset).unwrap_or_default();
        let exact = columns.iter().find(|(name, _)| name == column);
        let found = exact.or_else(|| columns.iter().find(|(name, _)| name.to_lowercase() == column.to_lowercase()));
        found.map_or_else(|| column.to_owned(), |(name, _)| name.clone())
    }

    /// The column that a test is about: dbt puts what it is given into SQL, be it a name or not.
    ///
    /// # Errors
    /// An expression that is the name of no known column.
    pub(super) fn column(&self, dataset: &str, given: &str) -> Result<String, String> {
        let is_declared = || self.table(dataset).is_some_and(|table| table.columns.iter().any(|it| it.name == given));
        let is_there = || self.columns(dataset).is_some_and(|columns| columns.iter().any(|(name, _)| name == given));
        match super::sql::column(given) {
            Some(name) => Ok(self.spelled(dataset, &name)),
            None if is_declared() || is_there() => Ok(self.spelled(dataset, given)),
            None => Err(format!("`{given}` is an expression where a column is wanted")),
        }
    }

    /// Puts Jinja into a value.
    ///
    /// # Errors
    /// Jinja that only dbt can evaluate.
    pub(super) fn put_in(&mut self, value: &Json) -> Result<Json, String> {
        let vars = self.vars.clone();
        let mut dataset = |reference: &Reference| self.dataset(reference);
        super::jinja::value(value, &mut Names { vars: &vars, dataset: &mut dataset })
    }

    fn free(&self, name: &str, schema: Option<&str>) -> String {
        let taken: Vec<String> = self.datasets.keys().cloned().collect();
        let plain = quote::dataset_name(name, &[]);
        match schema {
            Some(schema) if taken.contains(&plain) => quote::dataset_name(&format!("{schema}_{name}"), &taken),
            _ => quote::dataset_name(name, &taken),
        }
    }

    fn add(&mut self, name: String, mut data: Dataset) -> String {
        data.columns = if let Some((parent, _)) = &data.of {
            self.columns(parent).map(<[_]>::to_vec)
        } else {
            let mut words = std::iter::once(&name).chain(&data.called);
            words.find_map(|word| (self.request.columns)(word))
        };
        self.datasets.insert(name.clone(), data);
        name
    }
}
