//! The mini-language of `SodaCL` checks: one line such as `missing_percent(email) < 5` taken apart.
//!
//! It knows the shapes of checks, not what they mean, and not the keys that stand under them.

use crate::import::sodacl::change::{self, Against};
use crate::import::sodacl::threshold::{self, Pass};

/// A check, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Check {
    /// A metric and its threshold: `avg(size) between 1 and 5`, `row_count > 0`, or a metric of the author's own.
    Metric {
        /// Its name.
        name: String,
        /// What stands in parentheses: columns, a percentile.
        arguments: Vec<String>,
        /// When it passes; none where zones say so.
        pass: Option<Pass>,
    },
    /// A metric held to earlier ones.
    Change {
        /// What it is compared with.
        against: Against,
        /// The name of the metric.
        name: String,
        /// What stands in parentheses.
        arguments: Vec<String>,
        /// When the change passes; none where zones say so.
        pass: Option<Pass>,
    },
    /// How old the newest value is.
    Freshness {
        /// The column.
        column: String,
        /// The variable that holds "now", if one is named.
        now: Option<String>,
        /// When it passes.
        pass: Option<Pass>,
    },
    /// Values of another dataset.
    Reference {
        /// The tested columns.
        columns: Vec<String>,
        /// Whether they must exist there.
        wanted: bool,
        /// The other dataset.
        dataset: String,
        /// Its columns, in order.
        there: Vec<String>,
    },
    /// As many rows as another dataset.
    SameRows {
        /// The other dataset.
        dataset: String,
        /// The name of the filter on it.
        filter: Option<String>,
        /// The data source it lies in, if another.
        data_source: Option<String>,
    },
    /// The columns of the dataset.
    Schema,
    /// Rows that a condition or query finds.
    FailedRows,
    /// Checks by group.
    GroupBy,
    /// A check that has no counterpart, with the reason.
    Foreign(String),
}

impl Check {
    /// Whether it minds which values are missing and valid.
    pub(super) fn minds_values(&self) -> bool {
        match self {
            Self::Metric { name, .. } => !name.starts_with("duplicate_") && name != "row_count",
            _ => false,
        }
    }
}

/// Takes a check apart.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Check, String> {
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["schema"] => return Ok(Check::Schema),
        ["failed", "rows"] => return Ok(Check::FailedRows),
        ["group", "by"] => return Ok(Check::GroupBy),
        ["values", "in", ..] => return reference(text),
        ["row_count", "same", "as", ..] => return same_rows(text),
        ["change", ..] => return change::parse(text),
        [first, ..] if first.starts_with("freshness") => return freshness(text),
        _ => {}
    }
    if let Some(reason) = foreign(&words) {
        return Ok(Check::Foreign(reason.to_owned()));
    }
    let (name, arguments, rest) = call(text)?;
    Ok(Check::Metric { name, arguments, pass: pass(rest)? })
}

/// Why a kind of check has no counterpart.
fn foreign(words: &[&str]) -> Option<&'static str> {
    Some(match words {
        ["anomaly", "score" | "detection", ..] => {
            "anomaly detection is a model that Soda Cloud trains; `no_anomaly` holds a number to earlier runs in ways of its own"
        }
        ["same", "day", ..] => "it compares with earlier runs kept in Soda Cloud",
        ["group", "evolution", ..] => "group evolution compares the groups of two runs, which no rule here does",
        ["record", "reconciliation"] | ["rows", "diff", ..] => {
            "reconciliation compares two data sources; see `same_rows`"
        }
        [first, ..] if first.starts_with('$') => {
            "check templates are SQL kept in another file, given to Soda with `-T`"
        }
        _ => return None,
    })
}

/// `freshness(ts) < 1d`, `freshness using ts with NOW < 1d`.
fn freshness(text: &str) -> Result<Check, String> {
    let rest = text["freshness".len()..].trim_start();
    if let Some(rest) = rest.strip_prefix("using ") {
        let (column, rest) = name(rest.trim_start())?;
        let rest = rest.trim_start();
        let (now, rest) = match rest.strip_prefix("with ") {
            Some(rest) => name(rest.trim_start()).map(|(now, rest)| (Some(now), rest))?,
            None => (None, rest),
        };
        return Ok(Check::Freshness { column, now, pass: pass(rest)? });
    }
    let (_, arguments, rest) = call(text)?;
    match arguments.as_slice() {
        [column] => Ok(Check::Freshness { column: column.clone(), now: None, pass: pass(rest)? }),
        [column, now] => Ok(Check::Freshness { column: column.clone(), now: Some(now.clone()), pass: pass(rest)? }),
        _ => Err("`freshness` takes one column".to_owned()),
    }
}

/// `values in (a, b) must [not] exist in other (x, y)`; one column may stand without parentheses.
fn reference(text: &str) -> Result<Check, String> {
    let wrong = || "it reads `values in (a) must exist in other (b)`".to_owned();
    let rest = text["values".len()..].trim_start().strip_prefix("in").ok_or_else(wrong)?.trim_start();
    let (columns, rest) = columns(rest)?;
    let rest = rest.trim_start().strip_prefix("must").ok_or_else(wrong)?.trim_start();
    let (wanted, rest) = match rest.strip_prefix("not") {
        Some(rest) => (false, rest.trim_start()),
        None => (true, rest),
    };
    let rest = rest.strip_prefix("exist").ok_or_else(wrong)?.trim_start().strip_prefix("in").ok_or_else(wrong)?;
    let (dataset, rest) = name(rest.trim_start())?;
    let (there, rest) = if rest.trim().is_empty() { (columns.clone(), "") } else { self::columns(rest.trim_start())? };
    if !rest.trim().is_empty() {
        return Err(format!("`{}` is too much", rest.trim()));
    }
    Ok(Check::Reference { columns, wanted, dataset, there })
}

/// `row_count same as other [filter] in data_source`.
fn same_rows(text: &str) -> Result<Check, String> {
    let rest = text.split_once(" as ").map_or("", |(_, rest)| rest);
    let (dataset, rest) = name(rest.trim_start())?;
    let mut rest = rest.trim_start();
    let mut filter = None;
    if let Some((inner, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        filter = Some(inner.trim().to_owned());
        rest = after.trim_start();
    }
    let data_source = rest.strip_prefix("in ").map(|rest| rest.trim().to_owned());
    if data_source.is_none() && !rest.is_empty() {
        return Err(format!("`{rest}` is too much"));
    }
    Ok(Check::SameRows { dataset, filter, data_source })
}

/// A metric with its arguments, and what follows.
pub(super) fn call(text: &str) -> Result<(String, Vec<String>, &str), String> {
    let (name, rest) = name(text)?;
    let trimmed = rest.trim_start();
    if trimmed.starts_with('(') {
        let (arguments, rest) = columns(trimmed)?;
        return Ok((name, arguments, rest));
    }
    Ok((name, Vec::new(), rest))
}

/// A list in parentheses, or one name without them.
fn columns(text: &str) -> Result<(Vec<String>, &str), String> {
    let Some(mut rest) = text.strip_prefix('(') else {
        return name(text).map(|(one, rest)| (vec![one], rest));
    };
    let mut found = Vec::new();
    loop {
        let (one, after) = name(rest.trim_start())?;
        found.push(one);
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix(',') {
            rest = after;
        } else if let Some(after) = after.strip_prefix(')') {
            return Ok((found, after));
        } else {
            return Err("a parenthesis is not closed".to_owned());
        }
    }
}

/// A name, in quotes of any kind or without.
pub(super) fn name(text: &str) -> Result<(String, &str), String> {
    for (open, close) in [('"', '"'), ('`', '`'), ('\'', '\''), ('[', ']')] {
        if let Some(rest) = text.strip_prefix(open) {
            let (inner, rest) = rest.split_once(close).ok_or_else(|| format!("`{open}` is not closed"))?;
            return Ok((inner.to_owned(), rest));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '[' | '<' | '>' | '=' | '!'))
        .unwrap_or(text.len());
    match &text[..end] {
        "" => Err("a name is missing".to_owned()),
        name => Ok((name.to_owned(), &text[end..])),
    }
}

/// A threshold, if there is one.
pub(super) fn pass(text: &str) -> Result<Option<Pass>, String> {
    match text.trim() {
        "" => Ok(None),
        text => threshold::parse(text).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(text: &str) -> (String, Vec<String>, Option<Pass>) {
        match parse(text) {
            Ok(Check::Metric { name, arguments, pass }) => (name, arguments, pass),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_metric_has_a_name_columns_and_a_threshold() {
        let (name, arguments, pass) = metric("missing_percent(email) < 5%");
        assert_eq!((name.as_str(), arguments.join(";").as_str()), ("missing_percent", "email"));
        assert_eq!(pass.unwrap().sql("x"), "x < 5");
        assert_eq!(metric("duplicate_count(\"Day Of\", shop) = 0").1, ["Day Of", "shop"]);
        assert_eq!(metric("percentile(distance, 0.95) > 10").1, ["distance", "0.95"]);
        assert_eq!(metric("row_count").2, None);
        assert_eq!(metric("row_count>0").0, "row_count");
        assert_eq!(metric("margin between 5 and 10").0, "margin");
    }

    #[test]
    fn freshness_names_a_column_and_may_name_its_now() {
        for text in ["freshness(ts) < 1d6h", "freshness using ts with RUN < 1d6h", "freshness(ts, RUN) < 1d6h"] {
            let Ok(Check::Freshness { column, now, pass }) = parse(text) else { panic!("{text}") };
            assert_eq!(column, "ts");
            assert_eq!(now.is_some(), text.contains("RUN"));
            assert_eq!(pass.unwrap().sql("x"), "x < 1d6h");
        }
    }

    #[test]
    fn references_name_columns_on_both_sides() {
        let read = parse("values in (a, b) must not exist in other (x, y)").unwrap();
        let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let dataset = "other".to_owned();
        let (columns, there) = (texts(&["a", "b"]), texts(&["x", "y"]));
        assert_eq!(read, Check::Reference { columns, wanted: false, dataset: dataset.clone(), there });
        let read = parse("values in a must exist in other").unwrap();
        assert_eq!(read, Check::Reference { columns: texts(&["a"]), wanted: true, dataset, there: texts(&["a"]) });
    }

    #[test]
    fn rows_are_counted_against_another_dataset() {
        let read = parse("row_count same as raw [daily] in lake").unwrap();
        let some = |text: &str| Some(text.to_owned());
        let dataset = "raw".to_owned();
        assert_eq!(read, Check::SameRows { dataset, filter: some("daily"), data_source: some("lake") });
    }

    #[test]
    fn checks_of_the_cloud_are_known_as_such() {
        for text in [
            "anomaly score for row_count < default",
            "anomaly detection for avg(size)",
            "change same day last week for row_count < 50",
            "group evolution",
            "$template_orders",
        ] {
            assert!(matches!(parse(text), Ok(Check::Foreign(_))), "{text}");
        }
    }

    #[test]
    fn what_is_not_closed_is_a_mistake() {
        for text in ["missing_count(a", "values in (a) exist in b", "row_count same as b c", "missing_count(\"a) = 0"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
