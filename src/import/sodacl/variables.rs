//! Variables of a document as `vars` of a suite.
//!
//! Soda puts text into SQL; here a variable has a type. It is taken from the SQL that uses it (`DATE '${day}'`), else from
//! how its default reads.

use crate::import::draft::Value;
use crate::ir::{Reading, Type};

/// The variables of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(Vec<Variable>);

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    default: Option<String>,
    kind: Option<&'static str>,
}

impl Variables {
    /// Declares one.
    pub(super) fn declare(&mut self, name: &str, default: Option<String>) {
        let variable = self.named(name);
        variable.default = default.or_else(|| variable.default.take());
    }

    /// Hears that one is used, and as what.
    pub(super) fn used(&mut self, name: &str, kind: Option<&str>) {
        let variable = self.named(name);
        let known = [Type::Date, Type::Timestamp].into_iter().find(|it| Some(it.name()) == kind).map(Type::name);
        let of_default = variable.default.as_deref().and_then(|text| reads_as(text, kind.is_none()));
        let unquoted = kind.is_none().then(|| Type::Decimal.name());
        variable.kind = known.or(of_default).or(unquoted).or(variable.kind);
    }

    /// The key `vars`, if there are any.
    pub(super) fn key(&self) -> Option<Value> {
        let each = self.0.iter().map(|variable| {
            let default = variable.default.as_deref().map(Value::text);
            let value = match (variable.kind, default) {
                (None, Some(default)) => default,
                (None, None) => Value::Map(Vec::new()),
                (Some(kind), default) => {
                    let kind = ("type".to_owned(), Value::word(kind));
                    Value::Map([kind].into_iter().chain(default.map(|text| ("default".to_owned(), text))).collect())
                }
            };
            (variable.name.clone(), value)
        });
        let map: Vec<(String, Value)> = each.collect();
        (!map.is_empty()).then_some(Value::Map(map))
    }

    /// The names of those that have to be given.
    pub(super) fn to_give(&self) -> Vec<String> {
        self.0.iter().filter(|it| it.default.is_none()).map(|it| it.name.clone()).collect()
    }

    /// A value for each of those that have to be given, to see whether SQL with them reads.
    pub(super) fn examples(&self) -> Vec<(String, String)> {
        let example = |variable: &Variable| match variable.kind {
            Some("date") => "2024-01-01",
            Some("timestamp") => "2024-01-01T00:00:00Z",
            _ => "1",
        };
        let missing = self.0.iter().filter(|it| it.default.is_none());
        missing.map(|it| (it.name.clone(), example(it).to_owned())).collect()
    }

    fn named(&mut self, name: &str) -> &mut Variable {
        let at = self.0.iter().position(|known| known.name == name).unwrap_or_else(|| {
            self.0.push(Variable { name: name.to_owned(), default: None, kind: None });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

/// The type that a default reads as; numbers only where it stands without quotes.
fn reads_as(text: &str, unquoted: bool) -> Option<&'static str> {
    let kinds: &[Type] = if unquoted {
        &[Type::Integer, Type::Decimal, Type::Date, Type::Timestamp]
    } else {
        &[Type::Date, Type::Timestamp]
    };
    kinds.iter().find(|kind| Reading::plain(**kind).read(text).is_some()).map(|kind| kind.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_takes_its_type_from_sql_or_from_its_default() {
        let mut variables = Variables::default();
        variables.declare("day", Some("2024-01-31".to_owned()));
        variables.declare("country", Some("ES".to_owned()));
        variables.used("day", Some("string"));
        variables.used("country", Some("string"));
        variables.used("least", None);
        variables.used("start", Some("timestamp"));
        assert_eq!(
            variables.key().unwrap().flow(),
            "{day: {type: date, default: '2024-01-31'}, country: ES, least: {type: decimal}, start: {type: timestamp}}"
        );
        assert_eq!(variables.to_give(), ["least", "start"]);
    }
}
