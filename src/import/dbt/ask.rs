//! One test on its way to rules: its arguments, what it is about, and what is said of it.

use serde_json::{Map, Value as Json};

use crate::import::dbt::config::Counts;
use crate::import::dbt::project::Project;
use crate::import::dbt::sql::Argument;
use crate::import::dbt::{contract, jinja, python, sql};
use crate::import::draft::{Rule, Value};
use crate::ir::Type;

/// A test that can be imported.
pub(super) struct Known {
    /// Its name in its package.
    pub(super) name: &'static str,
    /// The arguments it takes, beside its column.
    pub(super) arguments: &'static [&'static str],
    /// Says what it means.
    pub(super) say: Say,
}

/// Says what a test means.
///
/// # Errors
/// Why no suite can say it.
pub(super) type Say = fn(&mut Ask<'_, '_>) -> Result<Said, String>;

/// A test that is asked what it means.
pub(super) struct Ask<'a, 'r> {
    /// The project it is of.
    pub(super) project: &'a mut Project<'r>,
    /// The dataset it tests.
    pub(super) dataset: String,
    /// The column it stands at.
    pub(super) column: Option<String>,
    /// Its arguments, their Jinja put in.
    pub(super) arguments: Map<String, Json>,
    /// The rows it means.
    pub(super) condition: Option<String>,
    /// Whether its thresholds count what it returns, so that it matters whether these are rows or values.
    pub(super) counted: bool,
    /// Whether its `fail_calc` counts rows where the test itself returns values: `sum(n_records)`.
    pub(super) by_rows: bool,
}

/// What a test means: rules, each with the column it stands at.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) rules: Vec<(Option<String>, Rule)>,
    /// What is not quite the same.
    pub(super) near: Vec<String>,
    /// What it counts.
    pub(super) counts: Counts,
    /// Whether the rules hold the condition of the test already.
    pub(super) filtered: bool,
}

impl Said {
    /// A rule at a column.
    pub(super) fn at(column: String, rule: Rule) -> Self {
        Self { rules: vec![(Some(column), rule)], near: Vec::new(), counts: Counts::Violations, filtered: false }
    }

    /// A rule about rows or the table as a whole.
    pub(super) fn whole(rule: Rule) -> Self {
        Self { rules: vec![(None, rule)], near: Vec::new(), counts: Counts::Violations, filtered: false }
    }

    /// A query that holds the condition of the test.
    pub(super) fn query(sql: String) -> Self {
        Self { filtered: true, ..Self::whole(Rule::new("query").with("sql", Value::Raw(sql))) }
    }

    /// The same, about something that is counted otherwise.
    pub(super) fn counting(self, counts: Counts) -> Self {
        Self { counts, ..self }
    }

    /// The same with a rule more.
    pub(super) fn and(mut self, column: Option<String>, rule: Rule) -> Self {
        self.rules.push((column, rule));
        self
    }

    /// The same, which is not quite the same.
    pub(super) fn near(mut self, why: impl Into<String>) -> Self {
        self.near.push(why.into());
        self
    }
}

impl Ask<'_, '_> {
    /// The column it is about.
    pub(super) fn column(&self) -> Result<String, String> {
        self.column.clone().ok_or_else(|| "it needs a column, and stands at none".to_owned())
    }

    /// An argument, if it is given and not null.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        self.arguments.get(key).filter(|value| !value.is_null())
    }

    /// An argument that must be given.
    pub(super) fn need(&self, key: &str) -> Result<&Json, String> {
        self.get(key).ok_or_else(|| format!("it needs `{key}`"))
    }

    /// An argument as text.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(python::text)
    }

    /// Whether a flag is set.
    pub(super) fn flag(&self, key: &str, unsaid: bool) -> bool {
        match self.get(key) {
            Some(Json::Bool(flag)) => *flag,
            Some(other) => !matches!(python::text(other).to_lowercase().as_str(), "false" | "0" | ""),
            None => unsaid,
        }
    }

    /// A list that must be given.
    pub(super) fn list(&self, key: &str) -> Result<Vec<Json>, String> {
        match self.need(key)? {
            Json::Array(items) => Ok(items.clone()),
            _ => Err(format!("`{key}` is no list")),
        }
    }

    /// Columns of a list that may be given; a single one may stand alone.
    pub(super) fn columns(&self, key: &str) -> Result<Vec<String>, String> {
        let given = match self.get(key) {
            None => Vec::new(),
            Some(Json::Array(items)) => items.iter().map(python::text).collect(),
            Some(one) => vec![python::text(one)],
        };
        let named = given.iter().map(|text| self.column_of(text));
        named.collect()
    }

    /// The column that a piece of SQL names.
    pub(super) fn column_of(&self, text: &str) -> Result<String, String> {
        self.project.column(&self.dataset, text)
    }

    /// The dataset that an argument refers to.
    pub(super) fn relation(&mut self, key: &str) -> Result<String, String> {
        let text = python::text(self.need(key)?);
        match jinja::reference(&text) {
            Some(reference) => Ok(self.project.dataset(&reference)),
            None => Err(format!("`{key}: {text}` is neither `ref` nor `source`")),
        }
    }

    /// The values of a list, as text that dbt puts in quotes, or as the SQL they are.
    pub(super) fn values(&self, key: &str, quoted: bool) -> Result<Vec<Value>, String> {
        let read = |value: &Json| {
            if quoted {
                return Ok(Value::text(python::text(value)));
            }
            match sql::argument(value) {
                Argument::Literal(Value::Null) => Err("null is in the list, and SQL finds no null there".to_owned()),
                Argument::Literal(value) => Ok(value),
                _ => Err(format!("`{}` is not quoted, so it is no value but SQL", python::text(value))),
            }
        };
        self.list(key)?.iter().map(read).collect()
    }

    /// The dataset in a query, with the condition of the test.
    pub(super) fn rows(&self) -> String {
        sql::rows(&self.dataset, self.condition.as_deref())
    }

    /// The type of a column, where the source could be looked at.
    pub(super) fn kind(&self, column: &str) -> Option<Type> {
        self.project.columns(&self.dataset)?.iter().find(|(name, _)| name == column)?.1
    }

    /// The name of the type of a column, where the source says it or the document declares it.
    pub(super) fn kind_name(&self, column: &str) -> Option<&'static str> {
        let declared = || {
            let table = self.project.table(&self.dataset)?;
            let same = |name: &str| self.project.spelled(&self.dataset, name) == column;
            let theirs = table.columns.iter().find(|it| same(&it.name))?.data_type.clone()?;
            contract::kind(&theirs).ok()
        };
        self.kind(column).map(Type::name).or_else(declared)
    }

    /// Sets `group_by`, if the argument names columns.
    pub(super) fn grouped(&self, rule: Rule, key: &str) -> Result<(Rule, Counts), String> {
        let columns = self.columns(key)?;
        if columns.is_empty() {
            return Ok((rule, Counts::Once));
        }
        Ok((rule.with("group_by", names(&columns)), Counts::Other))
    }
}

/// Names of columns as a value: one alone, several as a list.
pub(super) fn names(columns: &[String]) -> Value {
    match columns {
        [one] => Value::text(one),
        several => Value::List(several.iter().map(Value::text).collect()),
    }
}

/// Names of columns as a list.
pub(super) fn list(columns: &[String]) -> Value {
    Value::List(columns.iter().map(Value::text).collect())
}

/// Names of columns as SQL has them.
pub(super) fn sql_names(columns: &[String]) -> String {
    columns.iter().map(|column| sql::name(column)).collect::<Vec<_>>().join(", ")
}
