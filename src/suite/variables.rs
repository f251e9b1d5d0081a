//! Variables: declared, given, and put into values.
//!
//! `${name}` stands in values, never in keys, and is put in after YAML parsing, so it can be a number but never structure.
//! SQL takes `:name` instead. Where a value came from the environment is remembered, so that it is never shown.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;

use crate::diagnostic::nearest;
use crate::ir::{Literal, Reading, Relative, Type, Value};
use crate::suite::condition;
use crate::suite::yaml::{Content, Node};

/// The variables of a suite, with their values.
#[derive(Default)]
pub struct Variables {
    values: IndexMap<String, Variable>,
    /// The values of the environment that were put in somewhere.
    from_environment: RefCell<BTreeSet<String>>,
}

struct Variable {
    value: Literal,
    text: String,
    secret: bool,
    used: Cell<bool>,
    /// Whether there is no text yet: it hangs on data that nobody has read.
    later: bool,
}

/// A date variable whose value is known.
pub struct Known {
    /// The value, for SQL.
    pub value: Literal,
    /// The text, for `${name}`.
    pub text: String,
}

/// What is wrong with a use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A text with its variables put in.
#[derive(Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// Whether anything of it came from the environment.
    pub secret: bool,
    /// Whether anything was put in.
    pub changed: bool,
}

/// Whether `${name}` or `:name` stands in text as it is written. A colon before a word is taken for one.
pub(super) fn is_named_in(written: &str) -> bool {
    let begins_a_name = |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    written.contains("${") || written.split(':').skip(1).any(begins_a_name)
}

impl Variables {
    /// The values of the environment that stand somewhere, or may be asked for by their names.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<String> {
        let secrets = self.values.values().filter(|variable| variable.secret).map(|variable| variable.text.clone());
        let mut all = self.from_environment.borrow().clone();
        all.extend(secrets);
        all
    }

    /// Declares a variable with its value as text.
    ///
    /// # Errors
    /// If the text is no value of the type.
    pub fn set(&mut self, name: &str, kind: Type, text: String, secret: bool) -> Result<(), Wrong> {
        let value = Reading::plain(kind).read(&text).ok_or_else(|| Wrong {
            message: if secret {
                format!("the value of `{name}` is no {kind}")
            } else {
                format!("`{text}` is no {kind}, which `{name}` is declared to be")
            },
            help: None,
        })?;
        let value = Literal::Value(value);
        self.values.insert(name.to_owned(), Variable { value, text, secret, used: Cell::new(false), later: false });
        Ok(())
    }

    /// Declares a variable that is a date relative to the run, with its value where that is known.
    pub fn set_date(&mut self, name: &str, moment: Relative, known: Option<Known>) {
        let later = known.is_none();
        let unknown = || Known { value: Literal::Relative(moment), text: moment.to_string() };
        let Known { value, text } = known.unwrap_or_else(unknown);
        self.values.insert(name.to_owned(), Variable { value, text, secret: false, used: Cell::new(false), later });
    }

    /// Declares a variable that has no sound value, so that its uses are not reported as well.
    pub fn set_unsound(&mut self, name: &str, kind: Type) {
        let text = match kind {
            Type::Integer | Type::Decimal | Type::Float => "0",
            Type::Boolean => "true",
            Type::Date => "2000-01-01",
            Type::Timestamp => "2000-01-01T00:00:00Z",
            _ => "x",
        };
        let value = Reading::plain(kind).read(text).unwrap_or(Value::Null);
        let value = Literal::Value(value);
        let (text, used) = (text.to_owned(), Cell::new(false));
        self.values.insert(name.to_owned(), Variable { value, text, secret: false, used, later: false });
    }

    /// The variables with their values, for SQL.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Literal)> {
        self.values.iter().map(|(name, variable)| (name.clone(), variable.value.clone())).collect()
    }

    /// Notes the variables that SQL asks for as `:name`; what is not SQL asks for none.
    pub fn mark_in_sql(&self, sql: &str) {
        for name in condition::variables_in(sql) {
            if let Some(variable) = self.values.get(&name) {
                variable.used.set(true);
            }
        }
    }

    /// Whether anything asked for a variable so far.
    #[must_use]
    pub fn is_used(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|variable| variable.used.get())
    }

    /// The type of a variable; none if it is not declared.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Type> {
        match &self.values.get(name)?.value {
            Literal::Value(value) => value.kind(),
            Literal::Relative(moment) => Some(moment.kind),
            Literal::Spelled(_) => Some(Type::String),
        }
    }

    /// The names declared.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The variables that may be shown.
    #[must_use]
    pub fn shown(&self) -> IndexMap<String, String> {
        self.values
            .iter()
            .filter(|(_, variable)| !variable.secret)
            .map(|(name, variable)| (name.clone(), variable.text.clone()))
            .collect()
    }

    /// Puts variables into a text: `${name}`, `${env.NAME}`, `${env.NAME:-default}`, `${env.NAME:?message}`, `$$`.
    ///
    /// # Errors
    /// A variable that is not declared or not given.
    pub fn fill(&self, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Filled, Wrong> {
        let mut filled = Filled { text: String::with_capacity(text.len()), secret: false, changed: false };
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            filled.text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                filled.text.push('$');
                filled.changed = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let Some(end) = after.find('}') else {
                    return Err(Wrong {
                        message: "`${` without its `}`".to_owned(),
                        help: Some("a dollar that means itself is written `$$`".to_owned()),
                    });
                };
                let (value, secret) = self.look_up(&after[..end], env)?;
                filled.text.push_str(&value);
                filled.secret |= secret;
                filled.changed = true;
                rest = &after[end + 1..];
            } else {
                filled.text.push('$');
            }
        }
        filled.text.push_str(rest);
        Ok(filled)
    }

    fn look_up(&self, name: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<(String, bool), Wrong> {
        if let Some(asked) = name.strip_prefix("env.") {
            let (asked, default, complaint) = match (asked.split_once(":-"), asked.split_once(":?")) {
                (Some((asked, default)), _) => (asked, Some(default), None),
                (None, Some((asked, complaint))) => (asked, None, Some(complaint)),
                (None, None) => (asked, None, None),
            };
            return match (env(asked).filter(|value| !value.is_empty() || default.is_none()), default) {
                (Some(value), _) => {
                    self.from_environment.borrow_mut().insert(value.clone());
                    Ok((value, true))
                }
                (None, Some(default)) => Ok((default.to_owned(), false)),
                (None, None) => Err(Wrong {
                    message: format!("the environment variable `{asked}` is not set"),
                    help: complaint
                        .map(str::to_owned)
                        .or_else(|| Some(format!("set it, or give a default: `${{env.{asked}:-value}}`"))),
                }),
            };
        }
        match self.values.get(name) {
            Some(variable) if variable.later => Err(Wrong {
                message: format!(
                    "`{name}` hangs on the newest value of the data, which is not known before data is read"
                ),
                help: Some(format!(
                    "in SQL it is `:{name}`; where a date stands, write `{{as_of: -1d, floor: day}}` itself"
                )),
            }),
            Some(variable) => {
                variable.used.set(true);
                Ok((variable.text.clone(), variable.secret))
            }
            None => Err(Wrong {
                message: format!("no variable `{name}` is declared"),
                help: Some(match nearest(name, self.names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare it: `vars: {{{name}: …}}`; a dollar that means itself is written `$$`"),
                }),
            }),
        }
    }

    /// Puts variables into every scalar of a tree, reporting each fault with the place of its scalar.
    pub fn fill_tree(
        &self,
        node: &mut Node,
        env: &dyn Fn(&str) -> Option<String>,
        raw: &HashSet<&str>,
        report: &mut dyn FnMut(std::ops::Range<usize>, Wrong),
    ) {
        match &mut node.content {
            Content::Null(_) => {}
            Content::Scalar(scalar) => match self.fill(&scalar.text, env) {
                Ok(filled) => {
                    scalar.text = filled.text;
                    scalar.secret = filled.secret;
                }
                Err(wrong) => report(node.span.clone(), wrong),
            },
            Content::List(items) => items.iter_mut().for_each(|item| self.fill_tree(item, env, raw, report)),
            Content::Map(entries) => {
                let database = entries.iter().any(|entry| entry.key == "sqlite" || entry.key == "connection");
                for entry in entries {
                    if raw.contains(entry.key.as_str()) || (database && entry.key == "query") {
                        refuse(&entry.value, &entry.key, report);
                        entry.value.as_list().iter().filter_map(Node::text).for_each(|text| self.mark_in_sql(text));
                    } else {
                        self.fill_tree(&mut entry.value, env, raw, report);
                    }
                }
            }
        }
    }
}

/// Refuses `${…}` where SQL or a pattern stands.
fn refuse(node: &Node, key: &str, report: &mut dyn FnMut(std::ops::Range<usize>, Wrong)) {
    match &node.content {
        Content::Scalar(scalar) if scalar.text.contains("${") => report(
            node.span.clone(),
            Wrong {
                message: format!("`${{…}}` cannot stand in `{key}`"),
                help: Some(if key == "pattern" {
                    "write the pattern out; patterns hold no variables".to_owned()
                } else {
                    "SQL takes variables as `:name`, bound with their type".to_owned()
                }),
            },
        ),
        Content::List(items) => items.iter().for_each(|item| refuse(item, key, report)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/ana".to_owned())
    }

    #[test]
    fn variables_are_put_in_and_secrets_remembered() {
        let mut variables = Variables::default();
        variables.set("data", Type::String, "../data".to_owned(), false).unwrap();
        let fill = |text| variables.fill(text, &env);
        assert_eq!(fill("${data}/a.csv").unwrap().text, "../data/a.csv");
        assert_eq!(fill("$$5 and $x").unwrap().text, "$5 and $x");
        assert!(fill("${env.HOME}/x").unwrap().secret);
        assert_eq!(fill("${env.NADA:-aquí}").unwrap().text, "aquí");
        assert_eq!(fill("${env.NADA:?set it}").unwrap_err().help.as_deref(), Some("set it"));
        assert_eq!(fill("${dato}").unwrap_err().help.as_deref(), Some("did you mean `data`?"));
        assert!(fill("${data").is_err());
    }
}
