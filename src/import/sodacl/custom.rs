//! Metrics and rows that the author says in SQL: `m expression`, `m query`, `failed rows`.

use std::path::Path;

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::levels::Levels;
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::options::Options;
use crate::import::sodacl::threshold::{Bound, Domain, Pass};
use crate::suite::yaml::Node;

/// Whether a metric is the author's own: a key beneath the check says what it is.
pub(super) fn is_custom(name: &str, options: &Options<'_>) -> bool {
    options.rest.iter().any(|entry| {
        let key = entry.key.strip_prefix(name).map_or(entry.key.as_str(), str::trim);
        matches!(key, "expression" | "query" | "sql_file") || key == "failed rows query"
    })
}

/// Makes the rules of a metric of the author's own.
///
/// # Errors
/// Why its SQL cannot be read.
pub(super) fn make(book: &mut Book<'_>, subject: &Subject<'_>, name: &str, levels: &Levels) -> Result<Made, String> {
    let keys = ["expression", "query", "sql_file"].map(|word| format!("{name} {word}"));
    let options = subject.options;
    let given = |key: &str, bare: &str| options.rest(key).or_else(|| options.rest(bare)).and_then(Node::text);
    let all: Vec<&str> =
        keys.iter().map(String::as_str).chain(["expression", "query", "sql_file", "failed rows query"]).collect();
    options.only(&all)?;
    let file = given(&keys[2], "sql_file");
    let query = match (given(&keys[1], "query"), file) {
        (Some(query), _) => Some(query.to_owned()),
        (None, Some(file)) => Some((book.request.read)(Path::new(file)).map_err(|wrong| format!("`{file}`: {wrong}"))?),
        (None, None) => None,
    };
    number(book, subject, name, (given(&keys[0], "expression"), query), levels)
}

/// The rule of a number that an expression over the dataset gives, or a query.
///
/// # Errors
/// Why its SQL cannot be read, or that neither is given.
pub(super) fn number(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    name: &str,
    (expression, query): (Option<&str>, Option<String>),
    levels: &Levels,
) -> Result<Made, String> {
    if let Some(expression) = expression {
        let expression = book.condition(expression);
        return Ok(subject.scalar(&expression, levels, name));
    }
    let query = book.select(&query.ok_or_else(|| format!("no key says what `{name}` is"))?)?;
    let id = format!("{}.{}", subject.dataset, super::options::id(name));
    let rule = Rule::new("scalar").with("sql", Value::Raw(query)).with("id", Value::text(id));
    let rule = levels.spelling(rule, Bound::value);
    let made = rule.map(|rule| Made::one(None, rule));
    made.ok_or_else(|| "a `scalar` has bounds, and these values are no interval".to_owned())
}

/// Makes the rules of `failed rows`: a condition that no row may satisfy, or a query that may return none.
///
/// # Errors
/// Why its SQL cannot be read.
pub(super) fn failed_rows(book: &mut Book<'_>, subject: &Subject<'_>) -> Result<Made, String> {
    let options = subject.options;
    options.only(&["fail condition", "fail query"])?;
    let none = Pass::at_most(0.into());
    let pass = (options.warn.is_none() && options.fail.is_none()).then_some(&none);
    let levels = Levels::read(pass, options, Domain::Count)?;
    let text = |key: &str| options.rest(key).and_then(Node::text);
    match (text("fail condition"), text("fail query")) {
        (Some(condition), None) => condition_fails(book, subject, condition, &levels),
        (None, Some(query)) => query_fails(book, subject, query, &levels),
        _ => Err("it takes a `fail condition` or a `fail query`".to_owned()),
    }
}

/// No row satisfies a condition.
///
/// # Errors
/// If the threshold asks for rows that do.
pub(super) fn condition_fails(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    condition: &str,
    levels: &Levels,
) -> Result<Made, String> {
    let condition = book.condition(condition);
    let holds = Rule::new("expression").with("sql", Value::Raw(super::sql::negated(&condition)));
    let Some(rule) = levels.tolerating(holds) else {
        return Ok(super::metric::counted(subject, &condition, levels, "failed_rows"));
    };
    let rule = subject.filtered(rule);
    // What a condition may not say, a query may: another table, an aggregate.
    if book.sound(&subject.dataset, None, &rule).is_err() {
        let filter = subject.filter.as_ref().map_or_else(String::new, |filter| format!(" AND ({filter})"));
        let query = book.select_from(&subject.dataset, &format!("({condition}){filter}"))?;
        let query = levels.tolerating(Rule::new("query").with("sql", Value::Raw(query)));
        if let Some(query) = query.filter(|query| {
            condition.to_lowercase().contains("select") && book.sound(&subject.dataset, None, query).is_ok()
        }) {
            return Ok(Made::one(None, query));
        }
    }
    Ok(Made::one(None, rule))
}

/// A query returns no row.
///
/// # Errors
/// If it cannot be read, or is asked to return rows.
pub(super) fn query_fails(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    query: &str,
    levels: &Levels,
) -> Result<Made, String> {
    let query = book.select(query)?;
    if subject.filter.is_some() {
        return Err("a query has its own WHERE; Soda refuses a `filter` here as well".to_owned());
    }
    let rule = Rule::new("query").with("sql", Value::Raw(query));
    let rule = levels.tolerating(rule).ok_or("a query may return few rows, and this asks for many")?;
    Ok(Made::one(None, rule))
}

/// The table that the query of a check of the data source reads first.
pub(super) fn first_table(options: &Options<'_>) -> Option<String> {
    let keys = ["fail query", "failed rows query", "query"];
    let query = options.rest.iter().find(|entry| keys.iter().any(|key| entry.key.ends_with(key)))?.value.text()?;
    let mut first = None;
    let rewritten = super::sql::rewritten(query, &mut |_, _| {});
    super::sql::select(&rewritten, &mut |table| {
        first.get_or_insert_with(|| table.to_owned());
        table.to_owned()
    })
    .ok()?;
    first
}
