//! Arguments that dbt puts into SQL as they stand, read back as values, and the SQL of rules that are queries.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use crate::import::dbt::python;
use crate::import::draft::Value;
use crate::ir::time::Zone;
use crate::suite::condition::{self, Context};
use crate::suite::quote;

/// An argument that stands in SQL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Argument {
    /// A literal.
    Literal(Value),
    /// A column of the same row.
    Column(String),
    /// The moment of the run, or its day.
    Now {
        /// Whether only the day counts.
        day: bool,
    },
    /// Any other expression.
    Expression(String),
}

static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)^(?:(?:cast|safe_cast|try_cast)\s*\(\s*'([^']*)'\s+as\s+(?:date|datetime|timestamp)[a-z_ ]*\)|(?:date|datetime|timestamp|to_date|to_timestamp)\s*\(?\s*'([^']*)'\s*\)?|'([^']*)'::(?:date|datetime|timestamp)[a-z_ ]*)$";
    Regex::new(pattern).ok()
});

/// What databases spell in ways of their own, and how suites spell it.
static SPELLINGS: LazyLock<[(Option<Regex>, &str); 5]> = LazyLock::new(|| {
    let spelling = |theirs: &str, ours| (Regex::new(theirs).ok(), ours);
    [
        spelling(r"(?i)\b(?:current_timestamp|localtimestamp|now|getdate|sysdate)\b(?:\s*\(\s*\))?", ":as_of"),
        spelling(r"(?i)\bcurrent_date\b(?:\s*\(\s*\))?", "CAST(:as_of AS DATE)"),
        spelling(r"(?i)\binterval\s+'(\d+)\s+(second|minute|hour|day|week|month|year)s?'", "INTERVAL '$1' $2"),
        spelling(
            r"(?i)\bdateadd\s*\(\s*'?(\w+?)s?'?\s*,\s*-\s*(\d+)\s*,\s*((?:[^(),]|\([^()]*\))+)\)",
            "($3 - INTERVAL '$2' $1)",
        ),
        spelling(r#"(?i)((?:\w|\.|")+)::(\w+)"#, "CAST($1 AS $2)"),
    ]
});

static AGGREGATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sum|avg|min|max|count|stddev|variance|median)\s*\(\s*(?:distinct\s+)?([^()]*(?:\([^()]*\)[^()]*)*)\)")
        .ok()
});

/// Reads an argument as the SQL it becomes.
pub(super) fn argument(given: &Json) -> Argument {
    let Json::String(text) = given else { return Argument::Literal(Value::of_json(given)) };
    let text = text.trim();
    let date = DATE.as_ref().and_then(|date| date.captures(text));
    if let Some(inner) = date.and_then(|found| found.iter().skip(1).flatten().next().map(|it| it.as_str().to_owned())) {
        return Argument::Literal(Value::text(inner));
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))
        && !inner.replace("''", "").contains('\'')
    {
        return Argument::Literal(Value::text(inner.replace("''", "'")));
    }
    let bare = text.to_lowercase().replace(' ', "");
    match bare.trim_end_matches("()") {
        "current_date" | "today" => return Argument::Now { day: true },
        "current_timestamp" | "now" | "getdate" | "sysdate" | "localtimestamp" => return Argument::Now { day: false },
        "true" | "false" => return Argument::Literal(Value::word(bare)),
        "null" => return Argument::Literal(Value::Null),
        _ => {}
    }
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Argument::Literal(Value::word(text));
    }
    if is_date(text) {
        return Argument::Literal(Value::text(text));
    }
    match column(text) {
        Some(name) => Argument::Column(name),
        None => Argument::Expression(text.to_owned()),
    }
}

/// The column that a piece of SQL names, if it is no more than a name.
pub(super) fn column(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = [('"', '"'), ('`', '`'), ('[', ']')];
    for (open, close) in quoted {
        if let Some(inner) = text.strip_prefix(open).and_then(|text| text.strip_suffix(close)) {
            return (!inner.contains([open, close])).then(|| inner.to_owned());
        }
    }
    let mut characters = text.chars();
    let begins = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    (begins && characters.all(|c| c.is_alphanumeric() || c == '_')).then(|| text.to_owned())
}

/// A column out of a cast: `ts::timestamp`, `cast(ts as timestamp)`.
pub(super) fn column_of_cast(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_lowercase();
    if let Some((before, _)) = text.split_once("::") {
        return column(before);
    }
    let inside = lower.strip_prefix("cast(").and_then(|inside| inside.strip_suffix(')'));
    match inside.and_then(|inside| inside.find(" as ")) {
        Some(end) => column(&text[5..5 + end]),
        None => column(text),
    }
}

/// What stands after `FROM`: a dataset, with a condition if there is one.
pub(super) fn rows(dataset: &str, condition: Option<&str>) -> String {
    condition.map_or_else(|| dataset.to_owned(), |condition| format!("{dataset} WHERE {condition}"))
}

/// A name as SQL has it.
pub(super) fn name(column: &str) -> String {
    quote::sql_name(column)
}

/// A value as a literal of SQL, as dbt writes it: in quotes, or as it stands.
pub(super) fn literal(value: &Json, quoted: bool) -> String {
    let text = python::text(value);
    if quoted { quote::sql_text(&text) } else { text }
}

/// A condition in the SQL of suites.
///
/// # Errors
/// What it is that suites do not read.
pub(super) fn condition(key: &str, given: &str) -> Result<String, String> {
    let ours = ours(given);
    readable(key, &ours)?;
    Ok(ours)
}

/// SQL with what databases spell in ways of their own as suites spell it: the moment of the run, lengths of time, casts.
pub(super) fn ours(given: &str) -> String {
    SPELLINGS.iter().fold(given.trim().to_owned(), |text, (theirs, ours)| match theirs {
        Some(theirs) => theirs.replace_all(&text, *ours).into_owned(),
        None => text,
    })
}

/// Whether suites read a condition.
///
/// # Errors
/// What it is that they do not.
fn readable(key: &str, text: &str) -> Result<(), String> {
    match condition::parse(text, Context { variables: &[], zone: Zone::UTC }) {
        Ok(_) => Ok(()),
        Err(mistakes) => {
            let first = mistakes.into_iter().next().map(|mistake| mistake.message).unwrap_or_default();
            Err(format!("`{key}: {text}` cannot be read: {first}"))
        }
    }
}

/// Whether the aggregates of an expression are such as queries have here, and the rest of it such as conditions have.
///
/// # Errors
/// What it is that cannot be read.
pub(super) fn aggregates(key: &str, expression: &str) -> Result<(), String> {
    let none = || format!("`{key}: {expression}` cannot be read");
    let aggregate = AGGREGATE.as_ref().ok_or_else(none)?;
    for found in aggregate.captures_iter(expression) {
        let inner = found[1].trim();
        if inner != "*" {
            readable(key, &format!("({inner}) IS NULL"))?;
        }
    }
    readable(key, &format!("({}) IS NULL", aggregate.replace_all(expression, "1")))
}

/// Whether an expression folds rows.
pub(super) fn is_aggregate(expression: &str) -> bool {
    AGGREGATE.as_ref().is_some_and(|aggregate| aggregate.is_match(expression))
}

/// Two conditions that must both hold.
pub(super) fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("({one}) AND ({other})")),
        (one, other) => one.or(other),
    }
}

fn is_date(text: &str) -> bool {
    crate::ir::time::iso_date(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_databases_become_those_of_suites() {
        for (theirs, wanted) in [
            ("day > current_date - interval '3 days'", "day > CAST(:as_of AS DATE) - INTERVAL '3' day"),
            ("at > dateadd(day, -3, current_timestamp())", "at > (:as_of - INTERVAL '3' day)"),
            ("created_at::date = '2024-01-01'", "CAST(created_at AS date) = '2024-01-01'"),
        ] {
            assert_eq!(condition("where", theirs).as_deref(), Ok(wanted));
        }
        assert!(condition("where", "day > date_add(day, 3)").is_err());
    }

    #[test]
    fn aggregates_are_read_apart_from_the_rest() {
        assert_eq!(aggregates("expression", "sum(a) / nullif(count(distinct b), 0) > 2"), Ok(()));
        assert!(aggregates("expression", "sum(median_of(a)) > 2").is_err());
        assert!(is_aggregate("max(a)") && !is_aggregate("maximum"));
    }

    #[test]
    fn arguments_are_read_back_from_the_sql_they_become() {
        let read = |text: &str| argument(&Json::from(text));
        for text in ["'2024-01-01'", "cast('2024-01-01' as date)", "date '2024-01-01'", "'2024-01-01'::timestamp"] {
            assert_eq!(read(text), Argument::Literal(Value::text("2024-01-01")), "{text}");
        }
        assert_eq!(read("10.50"), Argument::Literal(Value::word("10.50")));
        assert_eq!(read("'it''s'"), Argument::Literal(Value::text("it's")));
        assert_eq!(read("other_column"), Argument::Column("other_column".to_owned()));
        assert_eq!(read("\"Other Column\""), Argument::Column("Other Column".to_owned()));
        assert_eq!(read("current_timestamp()"), Argument::Now { day: false });
        assert_eq!(read("a + 1"), Argument::Expression("a + 1".to_owned()));
        assert_eq!(argument(&Json::from(3)), Argument::Literal(Value::word("3")));
        assert_eq!(column_of_cast("cast(ts as timestamp)"), Some("ts".to_owned()));
        assert_eq!(column_of_cast("convert_timezone('UTC', ts)"), None);
    }
}
