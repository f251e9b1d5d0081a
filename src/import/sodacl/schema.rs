//! `schema` checks: columns that must be there, of which type and at which place.
//!
//! That a column must not be there is no rule of suites: it stays, with its reason.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::levels::graded;
use crate::import::sodacl::options::Options;
use crate::import::sodacl::threshold::Level;
use crate::import::sodacl::types;
use crate::suite::yaml::{Entry, Node};

/// Makes the rules of a schema check.
///
/// # Errors
/// If nothing of it can be said.
pub(super) fn make(book: &Book<'_>, dataset: &str, options: &Options<'_>) -> Result<Made, String> {
    options.only(&[])?;
    let mut made = Made::default();
    let mut unsaid = Vec::new();
    for (level, zone) in [(Level::Warning, options.warn), (Level::Error, options.fail)] {
        for entry in zone.and_then(Node::entries).unwrap_or_default() {
            let key = entry.key.trim();
            match key.strip_prefix("when ").unwrap_or(key) {
                "required column missing" => {
                    let names = names(&entry.value)
                        .iter()
                        .map(|name| Value::text(book.column(dataset, name)))
                        .collect::<Vec<_>>();
                    made.rules.push((None, graded(Rule::new("columns").with("names", names), level)));
                }
                "forbidden column present" => unsaid.push(forbidden(&entry.value)),
                "wrong column type" => of_types(book, dataset, &mut made, entry, level)?,
                "wrong column index" => in_order(book, dataset, &mut made, &entry.value, level)?,
                "schema changes" => match unchanged(&entry.value) {
                    Ok(rule) => made.rules.push((None, graded(rule, level))),
                    Err(reason) => unsaid.push(reason),
                },
                other => unsaid.push(format!("`{other}` has no counterpart here")),
            }
        }
    }
    if made.rules.is_empty() {
        return Err(unsaid.into_iter().next().unwrap_or_else(|| "it asks for nothing".to_owned()));
    }
    made.differs.extend(unsaid);
    Ok(made)
}

/// The columns of the run before.
///
/// # Errors
/// If some of their changes are allowed.
fn unchanged(node: &Node) -> Result<Rule, String> {
    let asked = names(node);
    let asks = |change: &str| asked.iter().any(|asked| asked == change || asked == "any");
    if !["column add", "column delete", "column type change"].into_iter().all(asks) {
        return Err(format!(
            "`schema_unchanged` minds columns added, dropped and of another type together, and here it is only `{}`",
            asked.join("`, `")
        ));
    }
    let rule = Rule::new("schema_unchanged");
    Ok(if asks("column index change") { rule.with("ordered", true) } else { rule })
}

/// Why columns that must not be there are no rule.
fn forbidden(node: &Node) -> String {
    let names: Vec<String> = names(node).iter().map(|name| format!("`{name}`")).collect();
    format!(
        "no rule here says that a column is not there ({}); `columns` with `exact` says which may be",
        names.join(", ")
    )
}

/// Columns and their types.
fn of_types(book: &Book<'_>, dataset: &str, made: &mut Made, entry: &Entry, level: Level) -> Result<(), String> {
    let mut columns = Vec::new();
    for column in entry.value.entries().unwrap_or_default() {
        let word = column.value.text().unwrap_or_default();
        let kind = types::family(word).ok_or_else(|| format!("there is no type like `{word}` here"))?;
        if word.contains('(') {
            made.differs.push(format!("`{word}` is any {kind}: files have no widths"));
        }
        columns.push((book.column(dataset, &column.key), Value::word(kind.name())));
    }
    let rule = Rule::new("schema").with("columns", Value::Map(columns));
    made.rules.push((None, graded(rule, level)));
    Ok(())
}

/// Columns at their places, counted from 0.
fn in_order(book: &Book<'_>, dataset: &str, made: &mut Made, node: &Node, level: Level) -> Result<(), String> {
    let mut places: Vec<(usize, String)> = Vec::new();
    for column in node.entries().unwrap_or_default() {
        let place = column.value.text().and_then(|text| text.parse().ok());
        let place = place.ok_or_else(|| format!("`{}` has no place", column.key))?;
        places.push((place, book.column(dataset, &column.key)));
    }
    places.sort();
    let names: Vec<Value> = places.into_iter().map(|(_, name)| Value::text(name)).collect();
    let rule = Rule::new("columns").with("names", names).with("ordered", true);
    made.rules.push((None, graded(rule, level)));
    made.differs.push("the columns stand in this order; at which places exactly is not asked".to_owned());
    Ok(())
}

/// The items of a list, or one name.
fn names(node: &Node) -> Vec<String> {
    node.as_list().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use crate::import::sodacl::suite_of;

    #[test]
    fn a_forbidden_column_is_no_rule_and_stays_with_its_reason() {
        let text = suite_of(
            "checks for people:\n  - schema:\n      fail:\n        when forbidden column present: [ssn, 'pii_%']\n",
        );
        assert!(
            text.contains("# not imported: no rule here says that a column is not there (`ssn`, `pii_%`)"),
            "{text}"
        );
        assert!(!text.contains("is_null"), "{text}");
    }

    #[test]
    fn a_schema_that_must_not_change_is_held_to_the_run_before() {
        let text = |changes: &str| {
            suite_of(&format!("checks for people:\n  - schema:\n      warn:\n        when schema changes: {changes}\n"))
        };
        let any = text("any");
        assert!(any.contains("- schema_unchanged: {ordered: true, severity: warning}"), "{any}");
        let three = text("[column add, column delete, column type change]");
        assert!(three.contains("- schema_unchanged: {severity: warning}"), "{three}");
        let one = text("[column delete]");
        assert!(one.contains("only `column delete`") && !one.contains("- schema_unchanged"), "{one}");
    }

    #[test]
    fn what_a_schema_asks_beside_a_forbidden_column_is_kept() {
        let text = suite_of(
            "checks for people:\n  - schema:\n      fail:\n        when required column missing: [id]\n        \
             when forbidden column present: [ssn]\n",
        );
        assert!(text.contains("# approximated: no rule here says that a column is not there (`ssn`)"), "{text}");
        assert!(text.contains("- columns: [id]") && !text.contains("is_null"), "{text}");
    }
}
