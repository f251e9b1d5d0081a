//! SQL of Soda's warehouses as SQL of suites: `${name}` becomes `:name`, the clock becomes `:as_of`, tables become datasets.
//!
//! What else differs is left as it is: the reader of suites says of it what it cannot read.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, VisitMut, VisitorMut};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use crate::import::draft::Value;
use crate::suite::quote;

/// A variable, `${name}` or `${var.name}`, with what stands around it in SQL.
static VARIABLE: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"(?i)(?:\b(DATE|TIMESTAMP)\s*)?(')?\$\{\s*([A-Za-z0-9_.]+)\s*\}(')?"));

/// A reading of the clock.
static CLOCK: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:CURRENT_TIMESTAMP\b(?:\s*\(\s*\))?|NOW\s*\(\s*\)|GETDATE\s*\(\s*\))"));

/// The day of the clock.
static TODAY: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"(?i)\bCURRENT_DATE\b(?:\s*\(\s*\))?"));

/// One comparison of two columns, numbers or texts.
static COMPARISON: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"^([A-Za-z_]\w*)\s*(<=|>=|<>|!=|<|>|=)\s*(-?[\d.]+|[A-Za-z_]\w*|'[^']*')$"));

/// A number that every reader of YAML takes for the same.
static NUMBER: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$"));

/// A cast that only some databases have: `x::date`.
static CAST: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r#"('[^']*'|"[^"]*"|:?[A-Za-z_][A-Za-z0-9_.]*)::([A-Za-z]+)"#));

/// Puts variables, the clock and casts as suites have them; `used` hears each variable with its type, if the SQL says it.
pub(super) fn rewritten(sql: &str, used: &mut dyn FnMut(&str, Option<&str>)) -> String {
    let mut text = sql.trim().trim_end_matches(';').trim_end().to_owned();
    if let Ok(variable) = &*VARIABLE {
        let put = |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let Some(name) = found.get(3).map(|name| own_name(name.as_str())) else { return whole.to_owned() };
            // A variable inside longer text has no place of its own.
            if found.get(2).is_some() != found.get(4).is_some() {
                return whole.to_owned();
            }
            if is_now(&name) {
                return ":as_of".to_owned();
            }
            let kind = match (found.get(1).map(|kind| kind.as_str().to_lowercase()), found.get(2)) {
                (Some(kind), _) if kind == "date" => Some("date"),
                (Some(_), _) => Some("timestamp"),
                (None, Some(_)) => Some("string"),
                (None, None) => None,
            };
            used(&name, kind);
            format!(":{name}")
        };
        text = variable.replace_all(&text, put).into_owned();
    }
    if let (Ok(clock), Ok(today), Ok(cast)) = (&*CLOCK, &*TODAY, &*CAST) {
        text = clock.replace_all(&text, ":as_of").into_owned();
        text = today.replace_all(&text, "CAST(:as_of AS DATE)").into_owned();
        text = cast.replace_all(&text, "CAST($1 AS $2)").into_owned();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of a document that suites put variables into as well: a name, a value. A number stays as it is spelled.
pub(super) fn text(text: &str) -> Value {
    match &*NUMBER {
        _ if text.contains("${") => Value::Raw(text.replace("${var.", "${")),
        Ok(number) if number.is_match(text) => Value::word(text),
        _ => Value::text(text),
    }
}

/// The names of the variables in text.
pub(super) fn variables(text: &str) -> Vec<String> {
    let Ok(variable) = &*VARIABLE else { return Vec::new() };
    variable.captures_iter(text).filter_map(|found| found.get(3)).map(|name| own_name(name.as_str())).collect()
}

/// Whether a variable is the moment of the scan.
pub(super) fn is_now(name: &str) -> bool {
    matches!(name, "NOW" | "soda.NOW")
}

fn own_name(name: &str) -> String {
    name.strip_prefix("var.").unwrap_or(name).to_owned()
}

/// The name of a column as SQL writes it.
pub(super) fn column(name: &str) -> String {
    quote::sql_name(name)
}

/// Joins conditions that must all hold.
pub(super) fn all(conditions: &[Option<String>]) -> Option<String> {
    let conditions: Vec<&String> = conditions.iter().flatten().collect();
    match conditions.as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => {
            let each: Vec<String> = several.iter().map(|one| grouped(one)).collect();
            Some(each.join(" AND "))
        }
    }
}

/// A condition in parentheses where it needs them beside `AND`.
pub(super) fn grouped(condition: &str) -> String {
    let lower = condition.to_lowercase();
    if lower.contains(" or ") { format!("({condition})") } else { condition.to_owned() }
}

/// The opposite of a condition; of one comparison it is the opposite comparison.
pub(super) fn negated(condition: &str) -> String {
    let turned = COMPARISON.as_ref().ok().and_then(|comparison| {
        let found = comparison.captures(condition)?;
        let sign = match &found[2] {
            "<" => ">=",
            "<=" => ">",
            ">" => "<=",
            ">=" => "<",
            "=" => "<>",
            _ => "=",
        };
        Some(format!("{} {sign} {}", &found[1], &found[3]))
    });
    turned.unwrap_or_else(|| format!("NOT ({condition})"))
}

/// A SELECT with the tables that it reads named by `dataset`; names that its own `WITH` makes stay.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn select(sql: &str, dataset: &mut dyn FnMut(&str) -> String) -> Result<String, String> {
    let mut statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|error| {
        let said = error.to_string();
        let said = said.strip_prefix("sql parser error: ").unwrap_or(&said);
        format!("its SQL cannot be read: {}", said.split(" at Line").next().unwrap_or(said))
    })?;
    let mut visitor = Tables { own: Vec::new(), dataset };
    if statements.visit(&mut visitor).is_break() {
        return Err("a SELECT that stands for a value is not read by the SQL of files; join it".to_owned());
    }
    match statements.as_slice() {
        [one] => Ok(one.to_string()),
        _ => Err(format!("{} statements are no query", statements.len())),
    }
}

struct Tables<'a> {
    own: Vec<String>,
    dataset: &'a mut dyn FnMut(&str) -> String,
}

impl VisitorMut for Tables<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut sqlparser::ast::Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own.extend(named.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::Subquery(_) | Expr::Exists { .. } => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        // The last step of a qualified name is the table.
        if let Some(ObjectNamePart::Identifier(name)) = relation.0.last()
            && !self.own.iter().any(|own| own.eq_ignore_ascii_case(&name.value))
        {
            let ours = (self.dataset)(&name.value);
            *relation = ObjectName(vec![ObjectNamePart::Identifier(Ident::new(ours))]);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sql: &str) -> (String, Vec<String>) {
        let mut used = Vec::new();
        let text = rewritten(sql, &mut |name, kind| used.push(format!("{name}: {}", kind.unwrap_or("?"))));
        (text, used)
    }

    #[test]
    fn variables_are_bound_and_not_put_in() {
        let (text, used) =
            said("ts >= TIMESTAMP '${start}' AND d = DATE '${var.day}' AND c = '${pais}' AND n > ${min}");
        assert_eq!(text, "ts >= :start AND d = :day AND c = :pais AND n > :min");
        assert_eq!(used, ["start: timestamp", "day: date", "pais: string", "min: ?"]);
        assert_eq!(said("ts < '${NOW}';").0, "ts < :as_of");
    }

    #[test]
    fn the_clock_is_the_now_of_the_run() {
        assert_eq!(said("ts > NOW() - INTERVAL '1' DAY").0, "ts > :as_of - INTERVAL '1' DAY");
        assert_eq!(said("d = current_date").0, "d = CAST(:as_of AS DATE)");
        assert_eq!(said("d = '2024-01-01'::date").0, "d = CAST('2024-01-01' AS date)");
    }

    #[test]
    fn one_comparison_is_turned_round() {
        assert_eq!(negated("stop < start"), "stop >= start");
        assert_eq!(negated("a = 'x'"), "a <> 'x'");
        assert_eq!(negated("a = 1 OR b = 2"), "NOT (a = 1 OR b = 2)");
    }

    #[test]
    fn tables_become_datasets() {
        let mut seen = Vec::new();
        let sql =
            "WITH big AS (SELECT id FROM shop.Orders WHERE n > 5) SELECT * FROM big JOIN Clients c ON c.id = big.id";
        let text = select(sql, &mut |name| {
            seen.push(name.to_owned());
            name.to_lowercase()
        });
        assert!(text.unwrap().contains("FROM orders") && seen == ["Orders", "Clients"], "{seen:?}");
        assert!(select("SELEC x", &mut |name| name.to_owned()).is_err());
        assert!(select("SELECT * FROM a WHERE n > (SELECT avg(n) FROM a)", &mut |name| name.to_owned()).is_err());
    }
}
