//! `distribution_difference` checks: a column against the reference that `soda update-dro` keeps in a file.

use std::path::Path;

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::levels::{Levels, graded};
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::options::value;
use crate::import::sodacl::threshold::{Level, Pass};
use crate::suite::yaml::{self, Node};

/// Makes the rules of a distribution check; `arguments` are its column and the name of the reference in its file.
///
/// # Errors
/// A reference that cannot be read, or a method that has no counterpart.
pub(super) fn make(
    book: &Book<'_>,
    subject: &Subject<'_>,
    arguments: &[String],
    levels: &Levels,
) -> Result<Made, String> {
    let options = subject.options;
    options.only(&["distribution reference file", "method", "sample"])?;
    let [column, name @ ..] = arguments else { return Err("it names no column".to_owned()) };
    let text = |key: &str| options.rest(key).and_then(Node::text);
    let file = text("distribution reference file").ok_or("it names no `distribution reference file`")?;
    let content = (book.request.read)(Path::new(file)).map_err(|wrong| format!("`{file}` cannot be read: {wrong}"))?;
    let (root, _) = yaml::read(&content).map_err(|_| format!("`{file}` is no YAML"))?;
    let reference = match name.first() {
        Some(name) => root.get(name).ok_or_else(|| format!("`{file}` has no reference `{name}`"))?,
        None => &root,
    };
    let is_categorical = reference.get("distribution_type").and_then(Node::text) == Some("categorical");
    let method = text("method").unwrap_or(if is_categorical { "chi_square" } else { "ks" });
    let expected = expected(reference, is_categorical)
        .ok_or_else(|| format!("`{file}` has no bins and weights; `soda update-dro` puts them there"))?;
    let column = book.column(&subject.dataset, column);
    let mut made = Made::default();
    for (level, pass) in &levels.each {
        let rule = match method {
            "chi_square" if is_categorical => tested(Rule::new("chi_square").with("expected", expected.clone()), pass)?,
            "psi" => {
                let levels = Levels { each: vec![(Level::Error, pass.clone())], ..levels.clone() };
                let rule = Rule::new("psi").with("expected", expected.clone());
                levels.bounding(rule).ok_or("an index has bounds, and these values are no interval")?
            }
            "ks" => {
                return Err(
                    "the test needs the values of the reference, of which its file keeps only bins; `ks` takes \
                            `against: dataset.column`"
                        .to_owned(),
                );
            }
            other => return Err(format!("the method `{other}` has no counterpart here")),
        };
        made.rules.push((Some(column.clone()), subject.filtered(graded(rule, *level))));
    }
    if text("sample").is_some() {
        made.differs.push("Soda looks at a sample, Tamiz at every row".to_owned());
    }
    Ok(match method {
        "psi" => made.differing("Soda works the index out on values drawn from the reference"),
        _ => made,
    })
}

/// A test that passes from a p-value up.
fn tested(rule: Rule, pass: &Pass) -> Result<Rule, String> {
    match (pass.outside, &pass.low, &pass.high) {
        (false, Some(low), None) => Ok(rule.with("min_p", low.value.value())),
        _ => Err("a test passes from a p-value up, and this asks for something else".to_owned()),
    }
}

/// What the reference expects, as a suite says it.
fn expected(reference: &Node, is_categorical: bool) -> Option<Value> {
    let held = reference.get("distribution_reference").or_else(|| reference.get("distribution reference"))?;
    let list = |key: &str| held.get(key).and_then(Node::items).map(|items| items.iter().map(value).collect::<Vec<_>>());
    let (bins, mut weights) = (list("bins")?, list("weights")?);
    // Of numbers the first weight is that of what lies below the first edge: none.
    if !is_categorical && weights.len() == bins.len() {
        weights.remove(0);
    }
    let key = if is_categorical { "values" } else { "bins" };
    Some(Value::Map(vec![(key.to_owned(), Value::List(bins)), ("weights".to_owned(), Value::List(weights))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_values_or_bins_with_weights() {
        let read = |text: &str| yaml::read(text).unwrap().0;
        let kinds = read("distribution_reference: {bins: [a, b], weights: [0.4, 0.6]}\n");
        assert_eq!(expected(&kinds, true).unwrap().flow(), "{values: [a, b], weights: [0.4, 0.6]}");
        let numbers = read("distribution reference: {bins: [0, 5, 9], weights: [0, 0.4, 0.6]}\n");
        assert_eq!(expected(&numbers, false).unwrap().flow(), "{bins: [0, 5, 9], weights: [0.4, 0.6]}");
    }
}
