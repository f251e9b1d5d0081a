//! Checks against another dataset: `values in … must exist in …`, `row_count same as …`.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::metric::Subject;

/// Makes the rule of a reference check.
///
/// A null has nothing to be found by, in Soda and here; of a key of several columns the row is left out if all are null.
///
/// # Errors
/// If the two sides have not as many columns.
pub(super) fn reference(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    columns: &[String],
    wanted: bool,
    (dataset, there): (&str, &[String]),
) -> Result<Made, String> {
    subject.options.only(&[])?;
    subject.options.no_zones()?;
    if columns.len() != there.len() {
        return Err(format!("{} columns cannot be found in {}", columns.len(), there.len()));
    }
    let parent = book.dataset(dataset);
    let here: Vec<String> = columns.iter().map(|name| book.column(&subject.dataset, name)).collect();
    let there: Vec<String> = there.iter().map(|name| book.column(&parent, name)).collect();
    let list = |names: &[String]| Value::List(names.iter().map(Value::text).collect());
    let rule = Rule::new(if wanted { "foreign_key" } else { "absent_from" });
    let long = || Value::Map(vec![("dataset".to_owned(), Value::text(&parent)), ("columns".to_owned(), list(&there))]);
    let made = if let ([one], [other]) = (here.as_slice(), there.as_slice()) {
        let plain = !other.contains(['.', '"']);
        let to = if plain { Value::text(format!("{parent}.{other}")) } else { long() };
        Made::one(Some(one), subject.filtered(rule.with("to", to)))
    } else {
        let to = if here == there { Value::text(&parent) } else { long() };
        let rule = rule.with("columns", list(&here)).with("to", to);
        let rule = if wanted { rule.with("nulls", Value::word("ignore_all")) } else { rule };
        Made::one(None, subject.filtered(rule))
    };
    Ok(made)
}

/// Makes the rule of a comparison of row counts.
///
/// # Errors
/// If the filter on the other dataset is not there or cannot be read.
pub(super) fn same_rows(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    other: &str,
    filter: Option<(&str, Option<&str>)>,
    data_source: Option<&str>,
) -> Result<Made, String> {
    subject.options.only(&[])?;
    subject.options.no_zones()?;
    // A table of the same name elsewhere is another dataset.
    let other = match data_source {
        Some(place) => format!("{place}_{other}"),
        None => other.to_owned(),
    };
    let to = match filter {
        None => book.dataset(&other),
        Some((name, Some(condition))) => book.filtered(&other, name, condition)?,
        Some((name, None)) => return Err(format!("there is no filter `{name}` of `{other}`")),
    };
    Ok(Made::one(None, subject.filtered(Rule::new("same_row_count").with("to", Value::text(to)))))
}
