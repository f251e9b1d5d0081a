//! The `quality` of objects and properties: the library of metrics, SQL, rules of other engines, and text.
//!
//! A metric is a number of rows, or with `unit: percent` a share of all rows, nulls among them. Where its operator only says
//! how many are tolerated it becomes a rule about rows, which names them; else a `scalar`, which only counts.

use crate::expectation;
use crate::import::odcs::operator::{self, Operator};
use crate::import::odcs::{At, Contract, Said, foreign, property, raw, text, value};
use crate::import::{Fate, Rule, Value, sound};
use crate::suite::quote;
use crate::suite::yaml::{Content, Node};

/// Takes one quality rule.
pub(super) fn quality(contract: &mut Contract<'_>, at: At<'_>) {
    let rule = at.node;
    let metric = text(rule, "metric").or_else(|| text(rule, "rule"));
    let engine = text(rule, "engine").unwrap_or_default().to_lowercase().replace(['-', '_', ' '], "");
    let refused = match engine.as_str() {
        "greatexpectations" | "gx" => match foreign::great_expectations(contract, at) {
            Ok(()) => return,
            Err(why) => Some(why),
        },
        _ => None,
    };
    let kind = text(rule, "type").unwrap_or(if rule.get("query").is_some() { "sql" } else { "library" });
    let said = match (kind, metric) {
        ("custom", _) if refused.is_some() => Err(refused.unwrap_or_default()),
        ("text", _) => Err("it is text for people".to_owned()),
        ("sql", _) => sql(contract, at),
        ("custom", _) => custom(rule),
        ("library", Some(metric)) => library(contract, at, metric),
        (kind, _) => Err(format!("`{kind}` without a `metric` is no rule")),
    };
    let said = match said {
        Ok((rule, None)) => Said::Same(rule),
        Ok((rule, Some(why))) => Said::Nearly(rule, why),
        Err(why) => Said::Not(why),
    };
    let said = match said {
        Said::Same(rule) => Said::Same(about(contract, at.node, rule)),
        Said::Nearly(rule, why) => Said::Nearly(about(contract, at.node, rule), why),
        said @ Said::Not(_) => said,
    };
    // A declared type is a rule itself, with the keys that a rule takes.
    if let (Said::Same(rule), Some(column)) = (&said, at.column)
        && rule.expectation == "type"
    {
        let keys = Value::Map(rule.keys.clone());
        contract.draft.dataset(at.dataset).column(column).set("type", keys);
        return contract.tell(at.node, format!("{}.{column} quality type", at.dataset), Fate::Mapped);
    }
    let what = format!("quality {}", metric.unwrap_or(kind));
    let of_table = match &said {
        Said::Same(rule) | Said::Nearly(rule, _) => {
            matches!(rule.expectation.as_str(), "scalar" | "row_count" | "expression")
        }
        Said::Not(_) => false,
    };
    contract.add(At { column: at.column.filter(|_| !of_table), ..at }, &what, said);
}

/// A rule that means the same, or nearly with what differs.
type Read = Result<(Rule, Option<String>), String>;

fn library(contract: &Contract<'_>, at: At<'_>, metric: &str) -> Read {
    let (rule, arguments) = (at.node, at.node.get("arguments").unwrap_or(at.node));
    let operator = operator::read(rule)?;
    let percent = operator::is_percent(rule);
    let column = || at.column.ok_or_else(|| format!("`{metric}` belongs to a property"));
    let list = |key: &str| arguments.get(key).map(Node::as_list).unwrap_or_default();
    let ends = ends(rule);
    let counted = match metric {
        "nullValues" => nulls(column()?),
        "missingValues" => missing(column()?, list("missingValues")),
        "invalidValues" => invalid(column()?, list("validValues"), text(arguments, "pattern"))?,
        "duplicateValues" => return duplicates(at, list("properties"), &operator, percent, contract),
        "rowCount" if percent => return Err("a number of rows is no percentage".to_owned()),
        "rowCount" => {
            let rule = match operator.bounds("") {
                Some(bounds) => with_all(Rule::new("row_count"), bounds),
                None => number(&operator, "COUNT(*)", at.dataset),
            };
            return Ok((rule, ends));
        }
        _ => return Err(format!("`{metric}` is no metric of the standard's library")),
    };
    Ok((counted.rule(at.dataset, &operator, percent), ends))
}

/// What to say of an operator whose ends the standard leaves open.
fn ends(rule: &Node) -> Option<String> {
    rule.get("mustBeBetween").or_else(|| rule.get("mustNotBeBetween"))?;
    Some("the standard does not say whether the ends belong to it; here they do".to_owned())
}

/// Rows that a metric counts.
struct Counted {
    /// The rule whose violations they are, evaluated on all rows.
    rule: Rule,
    /// The same as SQL.
    sql: String,
}

impl Counted {
    fn rule(self, dataset: &str, operator: &Operator, percent: bool) -> Rule {
        match (percent, operator.tolerated(), operator.tolerated_share()) {
            (false, Some(0), _) => self.rule,
            (false, Some(most), _) => self.rule.with("allow", most),
            (true, _, Some(share)) if share == "0" => self.rule,
            // Shares are of all rows: those without a value are evaluated too, and hold.
            (true, _, Some(share)) => {
                let all = matches!(self.rule.expectation.as_str(), "in_set" | "matches").then(|| Value::word("pass"));
                self.rule.with_some("nulls", all).with("allow", Value::word(share))
            }
            (true, ..) => {
                let share = format!("100.0 * SUM(CASE WHEN {} THEN 1 ELSE 0 END) / COUNT(*)", self.sql);
                number(operator, &share, dataset)
            }
            (false, ..) => number(operator, "COUNT(*)", &format!("{dataset} WHERE {}", self.sql)),
        }
    }
}

/// A `scalar` that holds where the operator holds of a number.
fn number(operator: &Operator, number: &str, of: &str) -> Rule {
    match operator.bounds("") {
        Some(bounds) => {
            with_all(Rule::new("scalar").with("sql", Value::Raw(format!("SELECT {number} FROM {of}"))), bounds)
        }
        None => Rule::new("scalar").with("sql", Value::Raw(operator.sql(number, of))).with("equals", 1),
    }
}

fn with_all(rule: Rule, keys: Vec<(String, Value)>) -> Rule {
    keys.into_iter().fold(rule, |rule, (key, value)| rule.with(&key, value))
}

fn nulls(column: &str) -> Counted {
    Counted { rule: Rule::new("not_null"), sql: format!("{} IS NULL", quote::sql_name(column)) }
}

/// Nulls, and values that stand for none.
fn missing(column: &str, listed: &[Node]) -> Counted {
    let spelled: Vec<String> = listed.iter().filter(|value| !value.is_null()).map(literal).collect();
    if spelled.is_empty() {
        return nulls(column);
    }
    let (name, spelled) = (quote::sql_name(column), spelled.join(", "));
    let sound = format!("{name} NOT IN ({spelled})");
    Counted {
        rule: Rule::new("expression").with("sql", Value::Raw(sound)).with("nulls", Value::word("fail")),
        sql: format!("{name} IS NULL OR {name} IN ({spelled})"),
    }
}

/// Values that are none of those listed, or do not match; a null is not invalid.
fn invalid(column: &str, listed: &[Node], pattern: Option<&str>) -> Result<Counted, String> {
    let name = quote::sql_name(column);
    let in_list = format!("{name} IN ({})", listed.iter().map(literal).collect::<Vec<_>>().join(", "));
    let matches = pattern.map(|pattern| format!("regexp_like({name}, {})", quote::sql_text(pattern)));
    let (rule, sound) = match (listed.is_empty(), pattern, matches) {
        (true, None, _) | (true, Some(_), None) => {
            return Err("it has neither `validValues` nor a `pattern`".to_owned());
        }
        (false, None, _) | (false, Some(_), None) => {
            (Rule::new("in_set").with("values", listed.iter().map(value).collect::<Vec<_>>()), in_list)
        }
        (true, Some(pattern), Some(matches)) => {
            (Rule::new("matches").with("pattern", Value::Raw(pattern.to_owned())), matches)
        }
        (false, Some(_), Some(matches)) => {
            let both = format!("{in_list} AND {matches}");
            (Rule::new("expression").with("sql", Value::Raw(both.clone())).with("nulls", Value::word("pass")), both)
        }
    };
    Ok(Counted { rule, sql: format!("NOT ({sound})") })
}

fn duplicates(at: At<'_>, properties: &[Node], operator: &Operator, percent: bool, contract: &Contract<'_>) -> Read {
    let names: Vec<String> =
        properties.iter().filter_map(Node::text).map(|name| contract.column(at.dataset, name)).collect();
    let rule = match (at.column, names.as_slice()) {
        (Some(_), []) => Rule::new("unique"),
        (None, []) => return Err("it does not say which `properties` make the key".to_owned()),
        (_, names) => Rule::new("unique").with("columns", names.iter().map(Value::text).collect::<Vec<_>>()),
    };
    let rule = rule.with("count", Value::word("distinct"));
    match (percent, operator.tolerated(), operator.tolerated_share()) {
        (false, Some(0), _) => {
            Ok((Rule { keys: rule.keys.into_iter().filter(|(key, _)| key != "count").collect(), ..rule }, None))
        }
        (true, _, Some(share)) if share == "0" => {
            Ok((Rule { keys: rule.keys.into_iter().filter(|(key, _)| key != "count").collect(), ..rule }, None))
        }
        (false, Some(most), _) => Ok((rule.with("allow", most), None)),
        (true, _, Some(share)) => {
            let why =
                "the standard does not say of what the duplicates are a share; here it is repeated values over rows";
            Ok((rule.with("allow", Value::word(share)), Some(why.to_owned())))
        }
        _ => Err("suites can only say how many duplicates are tolerated".to_owned()),
    }
}

/// A SELECT of one value, with the standard's placeholders.
fn sql(contract: &Contract<'_>, at: At<'_>) -> Read {
    let rule = at.node;
    let query = text(rule, "query").ok_or_else(|| "it has no `query`".to_owned())?;
    let column = quote::sql_name(at.column.unwrap_or_default());
    let mut query = query.trim().trim_end_matches(';').to_owned();
    for (hole, with) in [
        ("${table}", at.dataset),
        ("${column}", &column),
        ("{object}", at.dataset),
        ("{property}", &column),
        ("{model}", at.dataset),
        ("{schema}", at.dataset),
        ("{table}", at.dataset),
        ("{column}", &column),
        ("{field}", &column),
    ] {
        query = query.replace(hole, with);
    }
    let operator = operator::read(rule)?;
    let Some(bounds) = operator.bounds("") else {
        return Err("what the number of a query must not be cannot be said; turn the query round".to_owned());
    };
    let with = |query: &str| with_all(Rule::new("scalar").with("sql", Value::Raw(query.to_owned())), bounds.clone());
    // A query names tables as they are stored; suites have datasets.
    let renamed = contract.in_words_of_the_suite(&query);
    let first = with(&query);
    let rule = if sound::fault(&contract.draft, at.dataset, None, &first).is_some() { with(&renamed) } else { first };
    Ok((rule, ends(at.node)))
}

/// A rule of another engine; ours is taken as it is.
fn custom(rule: &Node) -> Read {
    let engine = text(rule, "engine").unwrap_or_default();
    let implementation = rule.get("implementation");
    if !engine.eq_ignore_ascii_case("tamiz") {
        let importer = match engine.to_lowercase().replace(['-', '_', ' '], "").as_str() {
            "soda" | "sodacl" => "; `tamiz import sodacl` reads its checks",
            "dbt" => "; `tamiz import dbt` reads its tests",
            _ => "",
        };
        return Err(format!("it is a rule of `{engine}`{importer}"));
    }
    match implementation.map(|node| (node.text(), node.entries())) {
        Some((Some(name), _)) => Ok((Rule::new(name), None)),
        Some((_, Some([entry]))) => {
            let mut rule = Rule::new(&entry.key);
            if let Content::Map(keys) = &entry.value.content {
                rule.keys = keys.iter().map(|key| (key.key.clone(), raw(&key.value))).collect();
            } else {
                let main = expectation::find(&entry.key).and_then(|definition| definition.main).unwrap_or("values");
                rule.keys.push((main.to_owned(), raw(&entry.value)));
            }
            Ok((rule, None))
        }
        _ => Err("its `implementation` is no item of an `expect` list".to_owned()),
    }
}

/// A listed value as SQL: numbers as they are, all else as text.
fn literal(node: &Node) -> String {
    match &node.content {
        Content::Scalar(scalar) if scalar.plain && scalar.text.parse::<bigdecimal::BigDecimal>().is_ok() => {
            scalar.text.clone()
        }
        Content::Scalar(scalar) => quote::sql_text(&scalar.text),
        _ => "NULL".to_owned(),
    }
}

/// What is said about a rule: its id, words, dimension, severity, tags.
fn about(contract: &mut Contract<'_>, node: &Node, rule: Rule) -> Rule {
    let id = text(node, "id").filter(|id| contract.takes_id(id)).map(Value::text);
    let words = text(node, "description").or_else(|| text(node, "name")).map(|words| Value::text(words.trim()));
    let dimension = text(node, "dimension").and_then(|dimension| match dimension.to_lowercase().as_str() {
        "accuracy" | "ac" | "conformity" | "cf" => Some("validity"),
        "completeness" | "cp" | "coverage" | "cv" => Some("completeness"),
        "consistency" | "cs" => Some("consistency"),
        "timeliness" | "tm" => Some("timeliness"),
        "uniqueness" | "uq" => Some("uniqueness"),
        _ => None,
    });
    let own = expectation::find(&rule.expectation).map(|definition| definition.dimension.name());
    let severity = text(node, "severity").and_then(|severity| match severity.to_lowercase().as_str() {
        "info" => Some("info"),
        "warning" | "warn" | "low" | "minor" | "trivial" => Some("warning"),
        "critical" | "blocker" => Some("critical"),
        _ => None,
    });
    let impact = text(node, "businessImpact");
    rule.with_some("id", id)
        .with_some("severity", severity.map(Value::word))
        .with_some("description", words)
        .with_some("dimension", dimension.filter(|dimension| own != Some(*dimension)).map(Value::word))
        .with_some("tags", super::tags(node))
        .with_some("meta", impact.map(|impact| Value::Map(vec![("business_impact".to_owned(), Value::text(impact))])))
}

impl Contract<'_> {
    /// The column of the name of a property, logical or physical.
    fn column(&self, dataset: &str, name: &str) -> String {
        self.property(dataset, name).map_or_else(|| name.to_owned(), property::column_name)
    }
}
