//! A contract of Soda v4: one dataset, its columns, and checks of both.
//!
//! Duplicates are the rows beyond the first of each value, and their share is of the rows with a value. Formats are
//! patterns; there are no named ones. The filter of a contract holds for what Soda counts itself; a query of the author's,
//! and what is asked of the columns, is about the whole table.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made, Stand};
use crate::import::sodacl::clause::{self, Clause};
use crate::import::sodacl::levels::{Levels, graded};
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::options::{self, Options};
use crate::import::sodacl::threshold::{Bound, Domain, Level, Pass};
use crate::import::sodacl::validity::{Missing, Validity};
use crate::import::sodacl::{aggregate, custom, freshness, metric, types};
use crate::suite::yaml::{Content, Entry, Node};

/// The keys that are taken from a check, beside those that all checks share.
const KEYS: [&str; 12] = [
    "threshold",
    "qualifier",
    "columns",
    "function",
    "column",
    "now_variable",
    "expression",
    "query",
    "rows_tested_query",
    "allow_extra_columns",
    "allow_other_column_order",
    "column_expression",
];

/// Whether a document is a contract.
pub(super) fn is_contract(root: &[Entry]) -> bool {
    let has = |key: &str| root.iter().any(|entry| entry.key == key);
    has("dataset") && (has("columns") || has("checks"))
}

/// Takes a contract into a suite.
pub(super) fn import<'a>(mut book: Book<'a>, root: &[Entry]) -> Book<'a> {
    let get = |key: &str| root.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let qualified = get("dataset").and_then(Node::text).unwrap_or_default();
    let theirs = qualified.rsplit(['/', '.']).next().unwrap_or(qualified);
    for variable in get("variables").and_then(Node::entries).unwrap_or_default() {
        let default = variable.value.get("default").unwrap_or(&variable.value).text();
        book.variables.declare(&variable.key, default.map(str::to_owned));
    }
    let dataset = book.dataset(theirs);
    let whole = dataset.clone();
    let mut contract = Contract { dataset, whole, attributes: Vec::new(), columns: Vec::new(), filter: None };
    if let Some(attributes) = get("check_attributes") {
        contract.attributes = options::map(attributes);
        // What all checks carry stands once.
        let shared = Options { attributes: contract.attributes.clone(), ..Options::default() };
        for (key, value) in shared.onto(Rule::default(), 1).keys {
            book.draft.dataset(&contract.dataset).set(&key, value);
        }
    }
    if let Some(filter) = get("filter").and_then(Node::text) {
        let nodes = ["columns", "checks"].iter().filter_map(|key| get(key)).flat_map(Node::as_list);
        contract.filter(&mut book, filter, nodes.into_iter().any(has_select).then_some(theirs));
    }
    for node in get("columns").map(Node::as_list).unwrap_or_default() {
        contract.column(&mut book, node);
    }
    for item in get("checks").map(Node::as_list).unwrap_or_default() {
        contract.check(&mut book, None, item);
    }
    let known = ["dataset", "columns", "checks", "filter", "variables", "check_attributes"];
    for entry in root.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        let stand = Stand { dataset: None, check: entry.key.clone(), span: entry.key_span.start..entry.value.span.end };
        book.settle(&stand, &Options::default(), Err(format!("`{}` has no counterpart here", entry.key)));
    }
    book
}

/// What the checks of a contract share.
struct Contract<'n> {
    /// The rows that the filter keeps.
    dataset: String,
    /// The table, where a query of the author's reads past the filter; else the same.
    whole: String,
    attributes: Vec<(String, Value)>,
    columns: Vec<&'n Node>,
    /// Why the filter of the dataset cannot be read, and so no check of it.
    filter: Option<String>,
}

impl<'n> Contract<'n> {
    /// The filter of the dataset, which every check heeds but a SELECT: beside one, the rows kept are a dataset of their own.
    fn filter(&mut self, book: &mut Book<'_>, text: &str, read_past: Option<&str>) {
        let condition = Value::Raw(book.condition(text));
        let probe = Rule::new("row_count").with("min", 1).with("where", condition.clone());
        let made = book.sound(&self.dataset, None, &probe).and_then(|()| match read_past {
            Some(theirs) => book.filtered(theirs, "in_scope", text).map(Some),
            None => Ok(None),
        });
        match made {
            Ok(Some(kept)) => {
                for (key, value) in book.draft.dataset(&self.whole).keys.clone() {
                    if key != "source" {
                        book.draft.dataset(&kept).set(&key, value);
                    }
                }
                self.dataset = kept;
            }
            Ok(None) => book.draft.dataset(&self.dataset).set("where", condition),
            Err(wrong) => self.filter = Some(format!("the filter of the dataset cannot be read: {wrong}")),
        }
    }

    /// A column: what it says of itself, and its checks.
    fn column(&mut self, book: &mut Book<'_>, node: &'n Node) {
        let Some(name) = node.get("name").and_then(Node::text) else { return };
        self.columns.push(node);
        let column = book.draft.dataset(&self.whole).column(name);
        if node.get("optional").and_then(Node::text) == Some("true") {
            column.set("optional", Value::from(true));
        }
        if let Ok(validity) = Validity::read(&Options::read(node.entries().unwrap_or_default()).validity)
            && !validity.missing.is_empty()
        {
            column.set("missing", validity.missing.key());
            if book.sound(&self.whole, Some(name), &Rule::new("not_null")).is_err() {
                book.draft.dataset(&self.whole).column(name).keys.retain(|(key, _)| key != "missing");
            }
        }
        for item in node.get("checks").map(Node::as_list).unwrap_or_default() {
            self.check(book, Some((name, node)), item);
        }
    }

    /// One check, of a column or of the dataset.
    fn check(&self, book: &mut Book<'_>, column: Option<(&str, &Node)>, item: &Node) {
        let (kind, keys, at) = match &item.content {
            Content::Map(entries) if entries.len() == 1 => {
                let at = entries[0].key_span.start;
                (entries[0].key.as_str(), entries[0].value.entries().unwrap_or_default(), at)
            }
            _ => (item.text().unwrap_or("a check"), [].as_slice(), item.span.start),
        };
        let mut options = Options::read(keys);
        if !options.attributes.is_empty() {
            // Those of a check go over those of the dataset, which a rule of its own hides.
            let mut attributes = self.attributes.clone();
            attributes.retain(|(key, _)| options.attributes.iter().all(|(own, _)| own != key));
            options.attributes.splice(0..0, attributes);
        }
        let check = column.map_or_else(|| kind.to_owned(), |(name, _)| format!("{kind} ({name})"));
        let unfiltered = kind == "schema" || options.rest("query").is_some();
        let dataset = if unfiltered { &self.whole } else { &self.dataset };
        let stand = Stand { dataset: Some(dataset.clone()), check, span: at..item.span.end };
        let made = match &self.filter {
            Some(reason) if !unfiltered => Err(reason.clone()),
            _ => self.made(book, dataset, column, (kind, keys), &options),
        };
        book.settle(&stand, &options, made);
    }

    fn made(
        &self,
        book: &mut Book<'_>,
        dataset: &str,
        column: Option<(&str, &Node)>,
        (kind, keys): (&str, &[Entry]),
        options: &Options<'_>,
    ) -> Result<Made, String> {
        options.only(&KEYS)?;
        let of_column = column.map(|(_, node)| Options::read(node.entries().unwrap_or_default()).validity);
        let mut validity_keys = of_column.unwrap_or_default();
        validity_keys.extend(options.validity.iter().cloned());
        if let Some((name, reference)) = column.zip(validity_keys.iter().find(|(key, _)| key == "valid reference data"))
        {
            return self.reference(book, name.0, reference.1, options, keys);
        }
        let mut validity = Validity::read(&validity_keys)?;
        let declared = column.is_some_and(|(name, _)| self.declares_missing(book, name));
        if declared {
            validity.missing = Missing::default();
        }
        if options.rest("column_expression").is_some() {
            return Err("`column_expression` has no counterpart; a column with `sql` is computed".to_owned());
        }
        let filter = options.filter.as_ref().map(|filter| book.condition(filter));
        let subject = Subject { dataset: dataset.to_owned(), options, validity, filter };
        let none = || Some(Pass::at_most(0.into()));
        let count = |default| clause::read(keys, Domain::Count, default).map(|clause| clause.levels);
        match (kind, column) {
            ("schema", None) => self.schema(keys),
            ("row_count", None) => {
                let some = crate::import::sodacl::threshold::parse("> 0").ok();
                Ok(metric::row_count(&subject, &count(some)?))
            }
            ("freshness", None) => freshness_of(&subject, keys),
            ("missing", Some((name, _))) => Ok(metric::missing(&subject, name, &count(none())?)),
            ("invalid", Some((name, _))) => metric::invalid(&subject, name, &count(none())?),
            ("duplicate", Some((name, _))) => duplicates(&subject, &[name.to_owned()], &count(none())?),
            ("duplicate", None) => {
                let columns = options.rest("columns").map(Node::as_list).unwrap_or_default();
                let columns: Vec<String> = columns.iter().filter_map(|it| it.text().map(str::to_owned)).collect();
                duplicates(&subject, &columns, &count(none())?)
            }
            ("aggregate", Some((name, _))) => {
                let function = options.rest("function").and_then(Node::text).ok_or("it has no `function`")?;
                let theirs = match function {
                    "avgLength" | "avg_length" => "avg_length",
                    "minLength" | "min_length" => "min_length",
                    "maxLength" | "max_length" => "max_length",
                    other => other,
                };
                let levels = clause::read(keys, Domain::Value, None)?.levels;
                aggregate::make(&subject, theirs, &[name.to_owned()], &levels)
            }
            ("metric", _) => number(book, &subject, column.map(|(name, _)| name), keys),
            ("failed_rows", _) => failed_rows(book, &subject, keys),
            (other, _) => Err(format!("Soda contracts have no check `{other}` here")),
        }
    }

    fn declares_missing(&self, book: &mut Book<'_>, column: &str) -> bool {
        book.draft.dataset(&self.whole).column(column).keys.iter().any(|(key, _)| key == "missing")
    }

    /// The columns of the contract, their types and their order.
    fn schema(&self, keys: &[Entry]) -> Result<Made, String> {
        let flag = |key: &str| keys.iter().any(|entry| entry.key == key && entry.value.text() == Some("true"));
        let level =
            clause::read(keys, Domain::Count, Some(Pass::at_most(0.into())))?.levels.each.first().map(|it| it.0);
        let mut made = Made::default();
        let mut columns = Vec::new();
        let mut is_optional = false;
        for node in &self.columns {
            let text = |key: &str| node.get(key).and_then(Node::text);
            let (Some(name), kind) = (text("name"), text("data_type")) else { continue };
            if text("optional") == Some("true") {
                is_optional = true;
                continue;
            }
            let kind = match kind {
                Some(word) => Some(types::family(word).ok_or_else(|| format!("there is no type like `{word}` here"))?),
                None => None,
            };
            if text("character_maximum_length").is_some() || text("numeric_precision").is_some() {
                made.differs.push(format!("`{name}` may have any width: files have none"));
            }
            columns.push((name.to_owned(), kind.map_or(Value::Null, |kind| Value::word(kind.name()))));
        }
        let mut rule = Rule::new("schema").with("columns", Value::Map(columns));
        if !flag("allow_extra_columns") {
            if is_optional {
                made.differs.push("other columns are let through, since some of the contract are optional".to_owned());
            } else {
                rule = rule.with("exact", true);
            }
        }
        if !flag("allow_other_column_order") {
            rule = rule.with("ordered", true);
        }
        made.rules.push((None, graded(rule, level.unwrap_or(Level::Error))));
        Ok(made)
    }

    /// `valid_reference_data`: every value is one of another dataset.
    fn reference(
        &self,
        book: &mut Book<'_>,
        name: &str,
        node: &Node,
        options: &Options<'_>,
        keys: &[Entry],
    ) -> Result<Made, String> {
        let text = |key: &str| {
            let value = node.get(key)?;
            let last = value.items().and_then(<[Node]>::last).unwrap_or(value);
            last.text().map(str::to_owned)
        };
        let (dataset, column) = text("dataset").zip(text("column")).ok_or("it names no dataset and column")?;
        let other = dataset.rsplit(['/', '.']).next().unwrap_or(&dataset).to_owned();
        let parent = book.dataset(&other);
        let filter = options.filter.as_ref().map(|filter| book.condition(filter));
        let subject = Subject { dataset: self.dataset.clone(), options, validity: Validity::default(), filter };
        let levels = clause::read(keys, Domain::Count, Some(Pass::at_most(0.into())))?.levels;
        let mut rule = Rule::new("foreign_key").with("to", Value::text(format!("{parent}.{column}")));
        if levels.domain == Domain::Percent {
            rule = rule.with("nulls", Value::word("pass"));
        }
        let rule = levels.tolerating(rule).ok_or("it asks for many values that are not there")?;
        Ok(Made::one(Some(name), subject.filtered(rule)))
    }
}

/// Whether an author wrote a SELECT in a check, at a column or beneath it.
fn has_select(node: &Node) -> bool {
    let is_select = |entry: &Entry| match entry.key.as_str() {
        "query" => true,
        "expression" => entry.value.text().is_some_and(|text| text.to_lowercase().contains("select")),
        _ => has_select(&entry.value),
    };
    match &node.content {
        Content::Map(entries) => entries.iter().any(is_select),
        Content::List(items) => items.iter().any(has_select),
        Content::Null(_) | Content::Scalar(_) => false,
    }
}

/// A number that SQL works out.
fn number(book: &mut Book<'_>, subject: &Subject<'_>, column: Option<&str>, keys: &[Entry]) -> Result<Made, String> {
    let levels = clause::read(keys, Domain::Value, None)?.levels;
    let text = |key: &str| subject.options.rest(key).and_then(Node::text);
    let name = text("qualifier").or(subject.options.name.as_deref()).unwrap_or("metric");
    let name = column.map_or_else(|| name.to_owned(), |column| format!("{column}.{name}"));
    custom::number(book, subject, &name, (text("expression"), text("query").map(str::to_owned)), &levels)
}

/// How old the newest value is.
fn freshness_of(subject: &Subject<'_>, keys: &[Entry]) -> Result<Made, String> {
    let Clause { levels, unit } = clause::read(keys, Domain::Value, None)?;
    let column = subject.options.rest("column").and_then(Node::text).ok_or("it names no column")?;
    let (letter, less) = match unit.as_deref().unwrap_or("hour") {
        "minute" => ("m", ("s", 60)),
        "hour" => ("h", ("m", 60)),
        "day" => ("d", ("h", 24)),
        other => return Err(format!("`unit: {other}` has no counterpart here")),
    };
    let made = freshness::of_ages(subject, column, &levels, |bound| match bound {
        Bound::Number(number) if number.is_integer() => Ok(format!("{number}{letter}")),
        Bound::Number(number) => {
            let smaller = (number * bigdecimal::BigDecimal::from(less.1)).normalized();
            let whole = smaller.is_integer().then(|| format!("{}{}", smaller.to_plain_string(), less.0));
            whole.ok_or_else(|| format!("`{number}` {letter} is no whole number of {}", less.0))
        }
        Bound::Text(text) => Ok(format!("{text}{letter}")),
    })?;
    Ok(match subject.options.rest("now_variable").and_then(Node::text) {
        Some(name) => made.differing(format!("Soda takes the moment from the variable `{name}`; give it with --as-of")),
        None => made,
    })
}

/// The rows beyond the first of each value; of several columns a null is a value.
fn duplicates(subject: &Subject<'_>, columns: &[String], levels: &Levels) -> Result<Made, String> {
    let mut rule = Rule::new("unique");
    if columns.len() > 1 {
        rule = rule.with("columns", columns.iter().map(Value::text).collect::<Vec<_>>());
    }
    if !levels.is_none_tolerated() {
        rule = rule.with("count", Value::word("surplus"));
    }
    if columns.len() > 1 {
        rule = rule.with("nulls", Value::word("value"));
    }
    let column = match columns {
        [] => return Err("it names no column".to_owned()),
        [one] => Some(one.as_str()),
        _ => None,
    };
    let rule = levels.tolerating(rule).ok_or("it asks for many duplicates")?;
    let present = column.and_then(|column| subject.validity.missing.present(column));
    Ok(Made::one(
        column,
        match present {
            Some(present) => subject.filtered_to(rule, &present),
            None => subject.filtered(rule),
        },
    ))
}

/// Rows that a condition or query finds.
fn failed_rows(book: &mut Book<'_>, subject: &Subject<'_>, keys: &[Entry]) -> Result<Made, String> {
    let levels = clause::read(keys, Domain::Count, Some(Pass::at_most(0.into())))?.levels;
    let text = |key: &str| subject.options.rest(key).and_then(Node::text);
    let made = match (text("expression"), text("query")) {
        (Some(condition), None) => custom::condition_fails(book, subject, condition, &levels)?,
        (None, Some(query)) => custom::query_fails(book, subject, query, &levels)?,
        _ => return Err("it takes an `expression` or a `query`".to_owned()),
    };
    let of_rows = levels.domain == Domain::Percent && !levels.is_none_tolerated();
    Ok(match (of_rows, text("expression"), text("rows_tested_query")) {
        (true, Some(_), _) => {
            let pass = |(column, rule): (Option<String>, Rule)| (column, rule.with("nulls", Value::word("pass")));
            Made { rules: made.rules.into_iter().map(pass).collect(), ..made }
        }
        (true, None, Some(_)) => made.differing("the share is of the rows of the dataset, not of `rows_tested_query`"),
        _ => made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_told_from_checks() {
        let read = |text: &str| crate::suite::yaml::read(text).unwrap().0;
        assert!(is_contract(read("dataset: a/b/c\ncolumns: []\n").entries().unwrap()));
        assert!(!is_contract(read("checks for c:\n  - row_count > 0\n").entries().unwrap()));
    }

    fn imported(text: &str) -> String {
        crate::import::sodacl::suite_of(text)
    }

    #[test]
    fn a_query_of_the_author_reads_past_the_filter_of_the_contract() {
        let text = imported(
            "dataset: w/s/orders\nfilter: day > 3\ncolumns:\n  - name: day\n  - name: n\n    optional: true\n    checks: [{missing: }]\n\
             checks:\n  - schema:\n  - row_count:\n  - failed_rows: {query: SELECT * FROM orders WHERE n < 0}\n  \
             - metric: {query: SELECT count(*) FROM orders, threshold: {must_be: 4}}\n",
        );
        let (whole, kept) = text.split_once("\n  orders_in_scope:\n").unwrap();
        assert!(!whole.contains("where:") && whole.contains("optional: true") && whole.contains("schema"), "{text}");
        assert!(whole.contains("SELECT * FROM orders WHERE n < 0") && whole.contains("SELECT count(*) FROM orders'"));
        assert!(kept.contains("from: orders\n") && kept.contains("where: 'day > 3'"), "{text}");
        assert!(kept.contains("not_null") && kept.contains("row_count") && !kept.contains("SELECT"), "{text}");
        assert!(!text.contains("not imported"), "{text}");
    }

    #[test]
    fn a_condition_with_a_select_is_filtered_and_its_select_is_not() {
        let text = imported(
            "dataset: orders\nfilter: day > 3\ncolumns: []\nchecks:\n  \
             - failed_rows: {expression: 'n IN (SELECT id FROM orders)'}\n",
        );
        assert!(text.contains("SELECT * FROM orders_in_scope WHERE (n IN (SELECT id FROM orders))"), "{text}");
    }

    #[test]
    fn without_a_query_the_filter_is_that_of_the_dataset() {
        let text = imported("dataset: orders\nfilter: day > 3\ncolumns: []\nchecks:\n  - row_count:\n");
        assert!(text.contains("where: 'day > 3'") && !text.contains("from:"), "{text}");
    }
}
