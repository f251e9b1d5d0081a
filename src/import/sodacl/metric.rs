//! Metrics and their thresholds, to expectations that mean the same.
//!
//! A metric of rows (`missing_count`, `invalid_percent`, `duplicate_count`) whose threshold is a tolerance is a rule with
//! `allow`; whose threshold asks for many, or leaves a gap, is a count of rows with bounds, or a `scalar`. Shares of Soda are
//! of all rows, missing ones too, so that `nulls: pass` has them evaluated. Soda rounds percents to two decimals before it
//! compares them, so less than 5 is at most 4.99.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::levels::{Levels, graded};
use crate::import::sodacl::options::Options;
use crate::import::sodacl::sql;
use crate::import::sodacl::threshold::{Bound, Domain, Pass};
use crate::import::sodacl::validity::Validity;
use crate::import::sodacl::{aggregate, custom, distribution};

/// What a check is about.
pub(super) struct Subject<'a> {
    /// Our dataset.
    pub(super) dataset: String,
    /// The keys under the check.
    pub(super) options: &'a Options<'a>,
    /// What is missing and valid in its column.
    pub(super) validity: Validity,
    /// The rows that it is about, in SQL of ours.
    pub(super) filter: Option<String>,
}

impl Subject<'_> {
    /// A rule about the rows that the filter of the check keeps.
    pub(super) fn filtered(&self, rule: Rule) -> Rule {
        rule.with_some("where", self.filter.clone().map(Value::Raw))
    }

    /// A rule about those of these rows for which a condition is true.
    pub(super) fn filtered_to(&self, rule: Rule, condition: &str) -> Rule {
        rule.with_some("where", sql::all(&[self.filter.clone(), Some(condition.to_owned())]).map(Value::Raw))
    }

    /// A rule for each level about one value that SQL works out over the rows of the check.
    ///
    /// `value` holds aggregates; `id` tells the rule apart.
    pub(super) fn scalar(&self, value: &str, levels: &Levels, id: &str) -> Made {
        let from = |value: &str| {
            let filter = self.filter.as_ref().map_or_else(String::new, |filter| format!(" WHERE {filter}"));
            Value::Raw(format!("SELECT {value} FROM {}{filter}", self.dataset))
        };
        let id = format!("{}.{}", self.dataset, super::options::id(id));
        let rule = Rule::new("scalar").with("sql", from(value)).with("id", Value::text(&id));
        if let Some(rule) = levels.spelling(rule, Bound::value) {
            return Made::one(None, rule);
        }
        let mut made = Made::default();
        for (number, apart) in levels.apart().into_iter().enumerate() {
            let Some((level, pass)) = apart.each.into_iter().next() else { continue };
            let holds = format!("CASE WHEN {} THEN 1 ELSE 0 END", pass.sql(value));
            let id = if number == 0 { id.clone() } else { format!("{id}.{}", level.name()) };
            let rule = Rule::new("scalar").with("sql", from(&holds)).with("equals", 1).with("id", Value::text(id));
            made.rules.push((None, graded(rule, level)));
        }
        made
    }
}

/// Makes the rules of a metric.
///
/// # Errors
/// Why it has no counterpart.
pub(super) fn make(
    book: &mut Book<'_>,
    subject: &Subject<'_>,
    name: &str,
    arguments: &[String],
    pass: Option<&Pass>,
) -> Result<Made, String> {
    let columns: Vec<String> = arguments.iter().map(|column| book.column(&subject.dataset, column)).collect();
    let levels = |domain| Levels::read(pass, subject.options, domain);
    if custom::is_custom(name, subject.options) {
        return custom::make(book, subject, name, &levels(Domain::Value)?);
    }
    if name == "distribution_difference" {
        return distribution::make(book, subject, arguments, &levels(Domain::Value)?);
    }
    subject.options.only(&[])?;
    let column = || match columns.as_slice() {
        [column] => Ok(column.as_str()),
        _ => Err(format!("`{name}` takes one column")),
    };
    match name {
        "row_count" => Ok(row_count(subject, &levels(Domain::Count)?)),
        "missing_count" => Ok(missing(subject, column()?, &levels(Domain::Count)?)),
        "missing_percent" => Ok(missing(subject, column()?, &levels(Domain::Percent)?)),
        "invalid_count" => invalid(subject, column()?, &levels(Domain::Count)?),
        "invalid_percent" => invalid(subject, column()?, &levels(Domain::Percent)?),
        "valid_count" | "valid_percent" => {
            let domain = if name == "valid_count" { Domain::Count } else { Domain::Percent };
            valid(subject, column()?, &levels(domain)?)
        }
        "duplicate_count" => duplicates(subject, &columns, &levels(Domain::Count)?),
        "duplicate_percent" => duplicates(subject, &columns, &levels(Domain::Percent)?),
        _ if !aggregate::is_known(name) => Err(format!("Soda has no metric `{name}`, and no key says what it is")),
        _ => aggregate::make(subject, name, &columns, &levels(Domain::Value)?),
    }
}

/// Rows.
pub(super) fn row_count(subject: &Subject<'_>, levels: &Levels) -> Made {
    match levels.bounding(Rule::new("row_count")) {
        Some(rule) => Made::one(None, subject.filtered(rule)),
        None => subject.scalar("COUNT(*)", levels, "row_count"),
    }
}

/// Rows without a value.
pub(super) fn missing(subject: &Subject<'_>, column: &str, levels: &Levels) -> Made {
    let present = subject.validity.missing.present(column);
    let is_share = levels.domain == Domain::Percent;
    // Less than a share can be said of nulls as it is.
    let is_strict = levels.each.iter().any(|(_, pass)| pass.high.as_ref().is_some_and(|edge| edge.open));
    let tolerant = match &present {
        None if is_share && is_strict => None,
        None => levels.tolerating(Rule::new("not_null")).map(|rule| Made::one(Some(column), subject.filtered(rule))),
        Some(present) => levels
            .tolerating(expression(subject, present, &format!("{column}.missing")).with("nulls", Value::word("fail")))
            .map(|rule| Made::one(None, subject.filtered(rule))),
    };
    if let Some(made) = tolerant {
        return made;
    }
    let name = sql::column(column);
    let absent = match &present {
        None => format!("{name} IS NULL"),
        Some(_) => format!("{name} IS NULL OR {}", subject.validity.missing.absent(column).unwrap_or_default()),
    };
    if present.is_none()
        && is_share
        && let Some(rule) = levels.bounding(Rule::new("null_share"))
    {
        return Made::one(Some(column), subject.filtered(rule));
    }
    counted(subject, &absent, levels, &format!("{column}.missing"))
}

/// Rows with a value that is not valid.
pub(super) fn invalid(subject: &Subject<'_>, column: &str, levels: &Levels) -> Result<Made, String> {
    let validity = &subject.validity;
    if validity.parts.is_empty() && !validity.include_null {
        return Err("no key says which values are valid".to_owned());
    }
    let is_share = levels.domain == Domain::Percent;
    let present = validity.missing.present(column);
    let condition = validity.valid(column);
    let nulls = |rule: Rule| match (validity.include_null, is_share) {
        (true, _) => rule.with("nulls", Value::word("fail")),
        (false, true) => rule.with("nulls", Value::word("pass")),
        (false, false) => rule,
    };
    if let (Some(valid), Some(absent)) = (&condition, validity.missing.absent(column)) {
        // What stands for no value is not invalid.
        let holds = format!("{absent} OR {valid}");
        let rule = nulls(expression(subject, &holds, &format!("{column}.valid")));
        if let Some(rule) = levels.tolerating(rule) {
            return Ok(Made::one(None, subject.filtered(rule)));
        }
    } else if let [part] = validity.parts.as_slice()
        && let Some(rule) = levels.tolerating(nulls(part.rule()))
    {
        return Ok(of_values(subject, column, rule, present.as_deref(), is_share));
    } else if let (Some(valid), None) = (&condition, &present)
        && let Some(rule) = levels.tolerating(nulls(expression(subject, valid, &format!("{column}.valid"))))
    {
        return Ok(Made::one(None, subject.filtered(rule)));
    } else if condition.is_none() && validity.parts.len() > 1 {
        return each_part(subject, column, levels, nulls);
    }
    let Some(valid) = condition else {
        return Err("it asks for many invalid values, and this format cannot be told in SQL".to_owned());
    };
    let present = present.map_or_else(String::new, |present| format!("{present} AND "));
    let mut bad = format!("{present}NOT ({valid})");
    if validity.include_null {
        bad = format!("{} IS NULL OR {bad}", sql::column(column));
    }
    Ok(counted(subject, &bad, levels, &format!("{column}.invalid")))
}

/// A condition about a column, with an id that names it.
fn expression(subject: &Subject<'_>, condition: &str, id: &str) -> Rule {
    let id = format!("{}.{}", subject.dataset, super::options::id(id));
    Rule::new("expression").with("sql", Value::Raw(condition.to_owned())).with("id", Value::text(id))
}

/// A rule of a column about the values that are not missing.
fn of_values(subject: &Subject<'_>, column: &str, rule: Rule, present: Option<&str>, is_share: bool) -> Made {
    let Some(present) = present else { return Made::one(Some(column), subject.filtered(rule)) };
    let made = Made::one(Some(column), subject.filtered_to(rule, present));
    if is_share { made.differing("the share is of the rows that are not missing, not of all") } else { made }
}

/// A rule for each key, where they cannot be one condition.
fn each_part(
    subject: &Subject<'_>,
    column: &str,
    levels: &Levels,
    nulls: impl Fn(Rule) -> Rule,
) -> Result<Made, String> {
    let mut made = Made::default();
    for part in &subject.validity.parts {
        let rule = levels.tolerating(nulls(part.rule())).ok_or("it asks for many invalid values by several keys")?;
        let present = subject.validity.missing.present(column);
        made.rules.extend(of_values(subject, column, rule, present.as_deref(), false).rules);
    }
    Ok(if levels.is_none_tolerated() {
        made
    } else {
        made.differing("each key has a rule, and a tolerance, of its own, where Soda counts a value once")
    })
}

/// Rows with a value that is valid.
fn valid(subject: &Subject<'_>, column: &str, levels: &Levels) -> Result<Made, String> {
    let present = subject.validity.missing.present(column);
    let known = sql::all(&[present, subject.validity.valid(column)]);
    if !subject.validity.parts.is_empty() && subject.validity.valid(column).is_none() {
        return Err("this format cannot be told in SQL".to_owned());
    }
    let good = known.unwrap_or_else(|| format!("{} IS NOT NULL", sql::column(column)));
    Ok(counted(subject, &good, levels, &format!("{column}.valid")))
}

/// The number, or the share, of the rows for which a condition is true.
pub(super) fn counted(subject: &Subject<'_>, condition: &str, levels: &Levels, id: &str) -> Made {
    let counted = format!("SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)");
    if levels.domain == Domain::Percent {
        return subject.scalar(&format!("100.0 * {counted} / COUNT(*)"), levels, id);
    }
    let id_of = format!("{}.{}", subject.dataset, super::options::id(id));
    match levels.bounding(Rule::new("row_count")) {
        Some(rule) => Made::one(None, subject.filtered_to(rule.with("id", Value::text(id_of)), condition)),
        None => subject.scalar(&counted, levels, id),
    }
}

/// Values that occur more than once, each counted once; a row with a null in its key is none of them.
fn duplicates(subject: &Subject<'_>, columns: &[String], levels: &Levels) -> Result<Made, String> {
    if columns.is_empty() {
        return Err("it names no column".to_owned());
    }
    let mut rule = Rule::new("unique");
    if columns.len() > 1 {
        let names = columns.iter().map(Value::text).collect::<Vec<_>>();
        rule = rule.with("columns", names);
    }
    if !levels.is_none_tolerated() {
        rule = rule.with("count", Value::word("distinct"));
    }
    if levels.domain == Domain::Percent && !levels.is_none_tolerated() {
        // The share is of all rows, so that those with a null are evaluated.
        rule = rule.with("nulls", Value::word("pass"));
    } else if columns.len() > 1 {
        rule = rule.with("nulls", Value::word("ignore"));
    }
    if let Some(rule) = levels.tolerating(rule) {
        let column = if let [one] = columns { Some(one.as_str()) } else { None };
        return Ok(Made::one(column, subject.filtered(rule)));
    }
    if levels.domain == Domain::Percent {
        return Err("it asks for a share of duplicates that is no tolerance".to_owned());
    }
    let names: Vec<String> = columns.iter().map(|name| sql::column(name)).collect();
    let known = names.iter().map(|name| Some(format!("{name} IS NOT NULL")));
    let known: Vec<Option<String>> = [subject.filter.clone()].into_iter().chain(known).collect();
    let known = sql::all(&known).unwrap_or_default();
    let names = names.join(", ");
    let groups = format!(
        "(SELECT {names} FROM {} WHERE {known} GROUP BY {names} HAVING COUNT(*) > 1) AS repeated",
        subject.dataset
    );
    let within = Subject { dataset: groups, filter: None, validity: Validity::default(), options: subject.options };
    let mut made = within.scalar("COUNT(*)", levels, "duplicates");
    for (_, rule) in &mut made.rules {
        let id = format!("{}.{}.duplicates", subject.dataset, super::options::id(&columns.join("_")));
        *rule = std::mem::take(rule).with("id", Value::text(id));
    }
    Ok(made)
}
