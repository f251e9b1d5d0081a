//! Change over time: `change avg last 7 percent for row_count < 20`, a number held to those of earlier runs.
//!
//! Soda keeps the earlier numbers in its cloud, `change` in the history of the suite: the first runs after the import have
//! nothing to compare with. What has no number that `change` measures, and a comparison with the same day of another week,
//! stay with their reason.

use bigdecimal::BigDecimal;

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::check::{self, Check};
use crate::import::sodacl::levels::Levels;
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::threshold::{Bound, Domain, Pass};
use crate::import::sodacl::{aggregate, options};

/// What a number is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Against {
    /// The average, least or greatest of so many earlier ones; none for the one before.
    pub(super) last: Option<(String, u32)>,
    /// Whether the change is a percentage of that.
    pub(super) percent: bool,
}

/// Takes a check apart that begins with `change`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Check, String> {
    let (head, metric) = text["change".len()..].split_once(" for ").ok_or("it reads `change for row_count < 50`")?;
    let words: Vec<&str> = head.split_whitespace().filter(|word| *word != "percent").collect();
    let last = match words.as_slice() {
        [] => None,
        [fold @ ("avg" | "min" | "max"), "last", count] => {
            let count = count.parse().ok().filter(|count| *count > 0);
            Some(((*fold).to_owned(), count.ok_or_else(|| format!("`last {}` is no number of runs", words[2]))?))
        }
        ["same", "day", ..] => {
            let reason = "`change` compares with the newest earlier runs, not with that of the same day of another week or month";
            return Ok(Check::Foreign(reason.to_owned()));
        }
        other => return Err(format!("`change {}` is no change over time that is known here", other.join(" "))),
    };
    let against = Against { last, percent: head.split_whitespace().any(|word| word == "percent") };
    let (name, arguments, rest) = check::call(metric.trim_start())?;
    Ok(Check::Change { against, name, arguments, pass: check::pass(rest)? })
}

/// Makes the rule.
///
/// # Errors
/// Why it has no counterpart.
pub(super) fn make(
    book: &Book<'_>,
    subject: &Subject<'_>,
    against: &Against,
    (name, arguments): (&str, &[String]),
    pass: Option<&Pass>,
) -> Result<Made, String> {
    subject.options.only(&[])?;
    let columns: Vec<String> = arguments.iter().map(|column| book.column(&subject.dataset, column)).collect();
    let is_share = name == "missing_percent" && subject.validity.missing.is_empty();
    let (of, filter) = match (columns.as_slice(), aggregate::same(name)) {
        ([], _) if name == "row_count" => (Value::word(name), subject.filter.clone()),
        ([column], _) if is_share => (of_column("null_share", column), subject.filter.clone()),
        ([column], Some(ours)) => (of_column(ours, column), aggregate::of_valid(subject, &columns)?.filter),
        _ => return Err(format!("`change` measures the rows, or an aggregate of a column, and not `{name}`")),
    };
    let id = [Some("change"), columns.first().map(String::as_str), Some(name)];
    let id = id.into_iter().flatten().chain(against.last.as_ref().map(|(fold, _)| fold.as_str()));
    let id = options::id(&id.collect::<Vec<_>>().join("."));
    let mut rule = Rule::new("change").with("of", of);
    if let Some((fold, count)) = &against.last {
        rule = rule.with("against", Value::word(fold)).with("last", Value::word(count.to_string()));
    }
    if against.percent {
        rule = rule.with("percent", true);
    }
    // A difference of percents is one of shares here.
    let hundredth = |bound: &Bound| match bound {
        Bound::Number(number) if is_share && !against.percent => {
            Bound::Number((number * BigDecimal::new(1.into(), 2)).normalized()).value()
        }
        other => other.value(),
    };
    let levels = Levels::read(pass, subject.options, Domain::Value)?;
    let rule = levels.spelling(rule, hundredth).ok_or("a change has bounds, and these values are no interval")?;
    // Earlier numbers are found again by the id.
    let rule =
        rule.with_some("where", filter.map(Value::Raw)).with("id", Value::text(format!("{}.{id}", subject.dataset)));
    let mut made = Made::one(None, rule);
    if against.last.is_some() {
        made.differs
            .push("until there are so many earlier runs it is skipped, where Soda takes those there are".to_owned());
    }
    if against.percent {
        made.differs.push("from 0 any rise is more than every percentage, where Soda gives no verdict".to_owned());
    }
    Ok(made)
}

fn of_column(aggregate: &str, column: &str) -> Value {
    Value::Map(vec![(aggregate.to_owned(), Value::text(column))])
}

#[cfg(test)]
mod tests {
    use crate::import::sodacl::suite_of;

    /// The suite of a check, on one line.
    fn line(check: &str) -> String {
        let text = suite_of(&format!("checks for orders:\n  - {check}\n"));
        text.replace("#   ", "").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_change_names_what_it_is_against() {
        for (check, parts) in [
            (
                "change for row_count < 50",
                vec!["- change: {of: row_count, strict_max: 50, id: orders.change.row_count}"],
            ),
            (
                "change avg last 7 percent for row_count between -5 and 5",
                vec!["of: row_count against: avg last: 7 percent: true min: -5 max: 5 id: orders.change.row_count.avg"],
            ),
            (
                "change percent for avg(size) > -10%",
                vec!["of: {mean: size}", "percent: true", "strict_min: -10", "id: orders.change.size.avg"],
            ),
            ("change for missing_percent(size) < 5", vec!["of: {null_share: size}", "strict_max: 0.05"]),
        ] {
            let line = line(check);
            assert!(parts.iter().all(|part| line.contains(part)), "{check}\n{line}");
        }
    }

    #[test]
    fn zones_are_levels_and_a_filter_is_a_condition() {
        let keys = "filter: country = 'ES'\n      warn: when > 10\n      fail: when > 20\n";
        let line = line(&format!("change for sum(size):\n      {keys}"));
        for part in ["of: {sum: size}", "warning: {max: 10}", "error: {max: 20}", "where: 'country = "] {
            assert!(line.contains(part), "{part}\n{line}");
        }
    }

    #[test]
    fn what_change_does_not_measure_stays_with_its_reason() {
        for (check, reason) in [
            ("change for duplicate_count(size) < 5", "not `duplicate_count`"),
            ("change same day last week for row_count < 5", "not with that of the same day"),
            ("change for row_count not between 1 and 5", "no interval"),
            ("change lately for row_count < 5", "no change over time"),
            ("change avg last 0 for row_count < 5", "no number of runs"),
        ] {
            let line = line(check);
            assert!(line.contains(reason) && !line.contains("- change: "), "{check}\n{line}");
        }
    }
}
