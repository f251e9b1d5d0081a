//! One expectation while it is turned into rules: its arguments, and what is noted on the way.
//!
//! An argument that is looked at counts as understood. What nobody looks at is said to have no meaning, so that nothing is
//! ignored in silence.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::import::document;
use crate::import::draft::{Rule, Value};
use crate::import::gx::parameter::{self, Computed};
use crate::import::gx::types::Types;
use crate::ir::Type;
use crate::suite::quote;

/// Arguments that say how Great Expectations runs or shows an expectation, and nothing of what must hold.
const CONTROL: [&str; 13] = [
    "result_format",
    "include_config",
    "catch_exceptions",
    "meta",
    "batch_id",
    "auto",
    "profiler_config",
    "output_strftime_format",
    "interactive_evaluation",
    "windows",
    "rendered_content",
    "notes",
    "description",
];

/// What an expectation becomes, or the reason why it cannot be said.
pub(super) type Answer = Result<Vec<Made>, String>;

/// One rule, and what it needs around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// The column it stands under.
    pub(super) column: Option<String>,
    pub(super) rule: Rule,
    /// Keys of columns that it needs: a computed column, or a type to read text as.
    pub(super) columns: Vec<(String, Vec<(String, Value)>)>,
    /// What tells its id from that of others of the same kind on the same column.
    pub(super) suffix: Option<String>,
}

/// One expectation and what is known around it.
pub(super) struct Subject<'a> {
    pub(super) kwargs: &'a Map<String, Json>,
    /// The values that the suite gives its parameters.
    pub(super) parameters: &'a Map<String, Json>,
    pub(super) types: &'a Types,
    /// The dataset that is validated.
    pub(super) dataset: &'a str,
    /// The names of all datasets of the suite, beside what they were called.
    pub(super) datasets: &'a [(String, String)],
    used: RefCell<BTreeSet<String>>,
    /// In what it means nearly, and not quite, the same.
    pub(super) near: Vec<String>,
    /// What is worth a comment although it means the same.
    pub(super) remarks: Vec<String>,
    /// Whether a pattern of it has a `$`, of which the head of the suite says what differs.
    pub(super) dollar: bool,
    /// Variables that it asks for, with a default where there is one.
    pub(super) variables: RefCell<Vec<(String, Option<Value>)>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        kwargs: &'a Map<String, Json>,
        parameters: &'a Map<String, Json>,
        types: &'a Types,
        dataset: &'a str,
        datasets: &'a [(String, String)],
    ) -> Self {
        Self {
            kwargs,
            parameters,
            types,
            dataset,
            datasets,
            used: RefCell::default(),
            near: Vec::new(),
            remarks: Vec::new(),
            dollar: false,
            variables: RefCell::default(),
        }
    }

    /// An argument as it is written; null is none.
    pub(super) fn json(&self, key: &str) -> Option<&'a Json> {
        self.used.borrow_mut().insert(key.to_owned());
        self.kwargs.get(key).filter(|value| !value.is_null())
    }

    /// An argument with its parameters put in: a list or a map as such, a scalar as a value of a suite.
    pub(super) fn resolved(&self, key: &str) -> Result<Option<Given>, String> {
        self.json(key).map(|value| self.resolve(value)).transpose()
    }

    fn resolve(&self, value: &Json) -> Result<Given, String> {
        let Some(expression) = value.get("$PARAMETER") else { return Ok(Given::Json(value.clone())) };
        // A parameter that is no text stands for itself.
        let Some(expression) = expression.as_str() else { return Ok(Given::Json(expression.clone())) };
        let computed = parameter::compute(expression, self.parameters);
        Ok(match computed.map_err(|reason| format!("$PARAMETER `{expression}`: {reason}"))? {
            Computed::Number(number) => Given::Json(number_json(number)),
            Computed::Moment(moment) => Given::Json(Json::String(moment.format("%Y-%m-%dT%H:%M:%S").to_string())),
            Computed::Relative(micros) => Given::Relative(micros),
            Computed::Name(name) => {
                let default = value.get(format!("$PARAMETER.{name}")).or_else(|| self.parameters.get(&name));
                match default {
                    Some(list @ (Json::Array(_) | Json::Object(_))) => Given::Json(list.clone()),
                    default => {
                        let safe: String =
                            name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
                        let default = default.filter(|value| !value.is_null()).map(scalar);
                        let mut variables = self.variables.borrow_mut();
                        match variables.iter_mut().find(|(known, _)| *known == safe) {
                            Some((_, known)) => *known = known.take().or(default),
                            None => variables.push((safe.clone(), default)),
                        }
                        Given::Variable(safe)
                    }
                }
            }
        })
    }

    /// A scalar argument as a value of a suite.
    pub(super) fn value(&self, key: &str) -> Result<Option<Value>, String> {
        Ok(self.resolved(key)?.map(Given::value))
    }

    /// An argument that is text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.json(key)?.as_str()
    }

    /// An argument that is a list; a single value is a list of one.
    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<Json>>, String> {
        Ok(match self.resolved(key)? {
            None => None,
            Some(Given::Json(Json::Array(items))) => Some(items),
            Some(Given::Json(one)) => Some(vec![one]),
            Some(Given::Relative(_) | Given::Variable(_)) => {
                return Err(format!("`{key}` is a parameter without a value, and a variable here is no list"));
            }
        })
    }

    /// An argument that is true or false.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.json(key)?.as_bool()
    }

    /// The arguments that nobody looked at.
    pub(super) fn unknown(&self) -> Vec<String> {
        let used = self.used.borrow();
        let known = |key: &str| used.contains(key) || CONTROL.contains(&key);
        self.kwargs.iter().filter(|(key, value)| !known(key) && !value.is_null()).map(|(key, _)| key.clone()).collect()
    }

    /// The type of the column the expectation is about.
    pub(super) fn kind(&self) -> Option<Type> {
        self.types.of_column(self.text("column")?)
    }

    /// A rule under the column of the expectation.
    pub(super) fn under_column(&self, rule: Rule) -> Made {
        Made { column: self.text("column").map(str::to_owned), rule, ..Made::default() }
    }

    /// The rule with the bounds of the expectation: `min_value`, `max_value`, `strict_min`, `strict_max`.
    pub(super) fn bounded(&self, rule: Rule, kind: Option<Type>) -> Result<Rule, String> {
        let bound = |key| Ok::<_, String>(self.resolved(key)?.map(|given| given.of_kind(kind)));
        let (min, max) = (bound("min_value")?, bound("max_value")?);
        let strict = [self.flag("strict_min") == Some(true), self.flag("strict_max") == Some(true)];
        if strict == [false, false] && min.is_some() && min == max && !matches!(min, Some(Value::Map(_))) {
            return Ok(rule.with_some("equals", min));
        }
        let [low, high] = strict;
        Ok(rule
            .with_some(if low { "strict_min" } else { "min" }, min)
            .with_some(if high { "strict_max" } else { "max" }, max))
    }

    /// A column of numbers for one that is known to hold something else, where Great Expectations computes with it.
    ///
    /// Booleans count as 0 and 1 there. Text is an error, and so is arithmetic on text here, until the column holds numbers.
    pub(super) fn as_number(&mut self, made: Made) -> Made {
        let Some(column) = made.column.clone() else { return made };
        let name = quote::sql_name(&column);
        let (sql, remark) = match self.types.of_column(&column) {
            Some(Type::Boolean) => (format!("CAST({name} AS INTEGER)"), None),
            Some(kind) if kind.is_text() => (
                format!("{name} * 1"),
                Some(format!("`{column}` is text, which is not compared with numbers: an error there, and here")),
            ),
            _ => return made,
        };
        self.remarks.extend(remark);
        computed(made, &format!("{column}_as_number"), sql)
    }

    /// A rule on text as it is written: days and times of a text file stay text, as pandas leaves them.
    pub(super) fn as_written(&self, made: Made) -> Made {
        let Some(column) = made.column.clone().filter(|column| self.types.reads_as_time(column)) else { return made };
        Made { columns: vec![(column, vec![("type".to_owned(), Value::word("string"))])], ..made }
    }

    /// A rule that computes with numbers: booleans count as 0 and 1, and a column without a value is one of numbers.
    ///
    /// Text has no such number, and the rule says so itself.
    pub(super) fn computing(&mut self, made: Made) -> Made {
        let Some(column) = made.column.clone() else { return made };
        if self.types.of_column(&column) == Some(Type::Boolean) {
            return self.as_number(made);
        }
        let columns = if self.types.is_void(&column) {
            vec![(column, vec![("type".to_owned(), Value::word("float"))])]
        } else {
            made.columns
        };
        Made { columns, ..made }
    }

    /// A column of text for one that is known to hold something else, where Great Expectations reads text only: an error
    /// until the column holds text.
    pub(super) fn as_text(&mut self, made: Made) -> Made {
        let Some(column) = made.column.clone() else { return made };
        if self.types.reads_as_time(&column) {
            return self.as_written(made);
        }
        match self.types.of_column(&column) {
            Some(kind) if !kind.is_text() => {
                self.remarks.push(format!("`{column}` is no text, which is what is read: an error there, and here"));
                computed(made, &format!("{column}_as_text"), format!("substr({}, 1)", quote::sql_name(&column)))
            }
            _ => made,
        }
    }
}

/// The same rule under a computed column.
fn computed(made: Made, name: &str, sql: String) -> Made {
    let keys = vec![("sql".to_owned(), Value::Raw(sql))];
    let mut columns = made.columns;
    columns.push((name.to_owned(), keys));
    Made { column: Some(name.to_owned()), columns, ..made }
}

/// An argument with its parameters put in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Json(Json),
    /// So many microseconds from the run.
    Relative(i64),
    /// A variable of the suite.
    Variable(String),
}

impl Given {
    /// As a value of a suite.
    pub(super) fn value(self) -> Value {
        match self {
            Self::Json(json) => scalar(&json),
            Self::Relative(micros) => Value::Map(vec![("as_of".to_owned(), Value::word(parameter::relative(micros)))]),
            Self::Variable(name) => Value::Raw(format!("${{{name}}}")),
        }
    }

    /// As a value for a column of a type: text that is a number is one among numbers.
    fn of_kind(self, kind: Option<Type>) -> Value {
        match self {
            Self::Json(Json::String(text)) if kind.is_some_and(Type::is_number) => match text.trim().parse::<f64>() {
                Ok(number) => scalar(&number_json(number)),
                Err(_) => Value::Text(text),
            },
            other => other.value(),
        }
    }
}

/// A value of JSON as data: whole numbers without a point, since versions write `10` and `10.0` alike.
pub(super) fn scalar(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Word(spelled(number)),
        Json::Object(_) if document::digits(json).is_some() => Value::of_json(json),
        Json::Array(items) => Value::List(items.iter().map(scalar).collect()),
        Json::Object(entries) => Value::Map(entries.iter().map(|(key, value)| (key.clone(), scalar(value))).collect()),
        other => Value::of_json(other),
    }
}

/// A number as suites spell it: never with an exponent.
pub(super) fn spelled(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => format!("{float}"),
        _ => number.to_string(),
    }
}

fn number_json(number: f64) -> Json {
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}
