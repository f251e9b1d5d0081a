//! `min_value` and `max_value`: bounds of each value, or of one number of the whole.

use bigdecimal::BigDecimal;

use crate::import::dbt::ask::{Ask, Said};
use crate::import::dbt::sql::{self, Argument};
use crate::import::draft::{Rule, Value};
use crate::ir::value::read_decimal;
use crate::suite::quote;

/// The bounds of each value of the column: a literal, a date that hangs on the run, another column, or any expression, and
/// then the whole becomes one condition. A null holds.
pub(super) fn each(ask: &mut Ask<'_, '_>, expectation: &str, strict: bool) -> Result<Said, String> {
    let column = ask.column()?;
    let bounds = given(ask)?;
    if bounds.iter().all(|(_, bound)| !matches!(bound, Argument::Expression(_))) {
        let rule = bounds.iter().fold(Rule::new(expectation), |rule, (key, bound)| {
            let column = |name: &String| ask.project.spelled(&ask.dataset, name);
            let value = match bound {
                Argument::Column(name) => Value::Map(vec![("column".to_owned(), Value::text(column(name)))]),
                other => value(other),
            };
            rule.with(&name(key, strict), value)
        });
        return Ok(Said::at(column, rule));
    }
    let column = sql::name(&column);
    let parts = bounds.iter().map(|(key, bound)| {
        let operator = if *key == "min" { ">" } else { "<" };
        format!("{column} {operator}{} {}", if strict { "" } else { "=" }, sql_of(bound))
    });
    let condition = parts.collect::<Vec<_>>().join(" AND ");
    Ok(Said::whole(Rule::new("expression").with("sql", Value::Raw(condition))))
}

/// The bounds of one number of the whole, as keys of its rule.
///
/// # Errors
/// A bound that is no literal.
pub(super) fn whole(ask: &Ask<'_, '_>, rule: Rule, strict: bool) -> Result<Rule, String> {
    given(ask)?.into_iter().try_fold(rule, |rule, (key, bound)| match bound {
        Argument::Column(text) | Argument::Expression(text) => {
            Err(format!("`{key}_value: {text}` is SQL, and a bound of the whole is a value"))
        }
        bound => Ok(rule.with(&name(key, strict), value(&bound))),
    })
}

/// What is left of a share: 0.95 is 0.05.
///
/// # Errors
/// What is no share.
pub(super) fn rest(share: &str) -> Result<String, String> {
    let one = BigDecimal::from(1);
    let zero = BigDecimal::from(0);
    let share = read_decimal(share).filter(|share| *share >= zero && *share <= one);
    let share = share.ok_or("a proportion is a number from 0 to 1")?;
    Ok((one - share).normalized().to_plain_string())
}

/// A condition that a value lies within the bounds, in SQL.
pub(super) fn condition(ask: &Ask<'_, '_>, expression: &str, strict: bool) -> Result<String, String> {
    let parts = given(ask)?.into_iter().map(|(key, bound)| {
        let operator = if key == "min" { ">" } else { "<" };
        format!("{expression} {operator}{} {}", if strict { "" } else { "=" }, sql_of(&bound))
    });
    Ok(parts.collect::<Vec<_>>().join(" AND "))
}

fn given(ask: &Ask<'_, '_>) -> Result<Vec<(&'static str, Argument)>, String> {
    let bound = |name: &'static str, key: &str| ask.get(key).map(|value| (name, sql::argument(value)));
    let bounds: Vec<_> = bound("min", "min_value").into_iter().chain(bound("max", "max_value")).collect();
    if bounds.is_empty() { Err("it needs `min_value` or `max_value`".to_owned()) } else { Ok(bounds) }
}

fn name(key: &str, strict: bool) -> String {
    if strict { format!("strict_{key}") } else { key.to_owned() }
}

fn value(bound: &Argument) -> Value {
    match bound {
        Argument::Literal(value) => value.clone(),
        Argument::Now { day } => {
            let moment = ("as_of".to_owned(), Value::word("0d"));
            let floor = ("floor".to_owned(), Value::word("day"));
            Value::Map(if *day { vec![moment, floor] } else { vec![moment] })
        }
        Argument::Column(text) | Argument::Expression(text) => Value::text(text),
    }
}

fn sql_of(bound: &Argument) -> String {
    match bound {
        Argument::Literal(Value::Text(text)) => quote::sql_text(text),
        Argument::Literal(value) => value.flow(),
        Argument::Now { .. } => ":as_of".to_owned(),
        Argument::Column(text) => sql::name(text),
        Argument::Expression(text) => format!("({text})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_share_is_exact() {
        assert_eq!(rest("0.95"), Ok("0.05".to_owned()));
        assert_eq!(rest("1"), Ok("0".to_owned()));
        assert!(rest("1.5").is_err());
    }
}
