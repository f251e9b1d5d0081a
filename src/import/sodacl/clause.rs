//! Thresholds of contracts: `threshold: {must_be_less_than: 5, metric: percent, level: warn}`.

use bigdecimal::BigDecimal;

use crate::import::sodacl::levels::Levels;
use crate::import::sodacl::threshold::{Bound, Domain, Edge, Level, Pass};
use crate::ir::value::read_decimal;
use crate::suite::yaml::{Entry, Node};

/// What a check of a contract asks of its number.
pub(super) struct Clause {
    /// What must hold at each level.
    pub(super) levels: Levels,
    /// The unit of an age.
    pub(super) unit: Option<String>,
}

/// Reads the threshold among the keys of a check; `default` is what Soda asks where there is none.
///
/// # Errors
/// A key that is not known, or a value that is no number.
pub(super) fn read(keys: &[Entry], domain: Domain, default: Option<Pass>) -> Result<Clause, String> {
    let inner = keys.iter().find(|entry| entry.key == "threshold").and_then(|entry| entry.value.entries());
    let given: &[Entry] = inner.unwrap_or_default();
    let text = |name: &str| given.iter().find(|entry| entry.key == name).and_then(|entry| entry.value.text());
    let domain = match text("metric") {
        Some("percent") if domain == Domain::Count => Domain::Percent,
        Some("count" | "percent") | None => domain,
        Some(other) => return Err(format!("`metric: {other}` has no counterpart here")),
    };
    let mut each = Vec::new();
    match (pass(given)?, default) {
        (Some(pass), _) | (None, Some(pass)) => each.push((level(text("level"), Level::Error)?, pass)),
        (None, None) => return Err("it has no threshold".to_owned()),
    }
    if let Some(entry) = given.iter().find(|entry| entry.key == "additional") {
        let more = entry.value.entries().unwrap_or_default();
        let pass = pass(more)?.ok_or("`additional` has no threshold")?;
        let named = more.iter().find(|entry| entry.key == "level").and_then(|entry| entry.value.text());
        each.push((level(named, Level::Warning)?, pass));
    }
    each.sort_by_key(|(level, _)| *level == Level::Error);
    // Shares of tables of up to some million rows are told apart so.
    let levels = Levels { each, domain, step: BigDecimal::new(1.into(), 6) };
    Ok(Clause { levels: levels.settled()?, unit: text("unit").map(str::to_owned) })
}

fn level(word: Option<&str>, default: Level) -> Result<Level, String> {
    match word {
        Some("warn") => Ok(Level::Warning),
        Some("fail") => Ok(Level::Error),
        None => Ok(default),
        Some(other) => Err(format!("`level: {other}` is neither `warn` nor `fail`")),
    }
}

/// When it passes; none if no key says so.
fn pass(keys: &[Entry]) -> Result<Option<Pass>, String> {
    const OTHERS: [&str; 4] = ["metric", "unit", "level", "additional"];
    let mut found: Option<Pass> = None;
    for entry in keys.iter().filter(|entry| !OTHERS.contains(&entry.key.as_str())) {
        let one = match entry.key.as_str() {
            "must_be" => exactly(&entry.value, false)?,
            "must_not_be" => exactly(&entry.value, true)?,
            "must_be_between" => between(&entry.value, false)?,
            "must_be_not_between" | "must_not_be_between" => between(&entry.value, true)?,
            key => match key.strip_prefix("must_be_") {
                Some(side) => one_side(side, &entry.value)?,
                None => return Err(format!("`{key}` is no threshold")),
            },
        };
        found = Some(match found {
            None => one,
            Some(known) => Pass { low: known.low.or(one.low), high: known.high.or(one.high), ..known },
        });
    }
    Ok(found)
}

fn exactly(node: &Node, outside: bool) -> Result<Pass, String> {
    let edge = Some(Edge { value: number(node)?, open: false });
    Ok(Pass { outside, low: edge.clone(), high: edge })
}

/// `{greater_than: 1, less_than_or_equal: 5}`, or `[1, 5]`.
fn between(node: &Node, outside: bool) -> Result<Pass, String> {
    if let Some([low, high]) = node.items() {
        let edge = |node| Ok::<_, String>(Some(Edge { value: number(node)?, open: false }));
        return Ok(Pass { outside, low: edge(low)?, high: edge(high)? });
    }
    let mut found = Pass { outside: false, low: None, high: None };
    for entry in node.entries().unwrap_or_default() {
        let side = one_side(&entry.key, &entry.value)?;
        found.low = side.low.or(found.low);
        found.high = side.high.or(found.high);
    }
    if outside {
        // The ends are those of what passes: less than 1, or more than 5.
        let turned = |edge: Option<Edge>| edge.map(|edge| Edge { open: !edge.open, ..edge });
        let (low, high) = (turned(found.high), turned(found.low));
        return Ok(Pass { outside: true, low, high });
    }
    Ok(found)
}

fn one_side(word: &str, node: &Node) -> Result<Pass, String> {
    let value = number(node)?;
    let edge = |open| Some(Edge { value: value.clone(), open });
    let (low, high) = match word {
        "greater_than" => (edge(true), None),
        "greater_than_or_equal" => (edge(false), None),
        "less_than" => (None, edge(true)),
        "less_than_or_equal" => (None, edge(false)),
        _ => return Err(format!("`{word}` is no threshold")),
    };
    Ok(Pass { outside: false, low, high })
}

fn number(node: &Node) -> Result<Bound, String> {
    let text = node.text().unwrap_or_default();
    if text.starts_with("${") {
        return Ok(Bound::Text(text.replace("${var.", "${")));
    }
    read_decimal(text).map(|number| Bound::Number(number.normalized())).ok_or_else(|| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(threshold: &str) -> Vec<String> {
        let (root, _) = crate::suite::yaml::read(&format!("threshold: {threshold}\n")).unwrap();
        let clause = read(root.entries().unwrap(), Domain::Count, None).unwrap();
        clause.levels.each.iter().map(|(level, pass)| format!("{}: {}", level.name(), pass.sql("x"))).collect()
    }

    #[test]
    fn a_clause_says_when_a_check_passes() {
        assert_eq!(said("{must_be: 0}"), ["error: x <= 0"]);
        assert_eq!(said("{must_be_less_than: 5, level: warn}"), ["warning: x <= 4"]);
        assert_eq!(said("{must_be_between: {greater_than: 1, less_than_or_equal: 5}}"), ["error: x >= 2 AND x <= 5"]);
        assert_eq!(said("{must_be_not_between: {less_than: 2, greater_than: 5}}"), ["error: x < 2 OR x > 5"]);
        assert_eq!(
            said("{metric: percent, must_be_less_than: 5, additional: {must_be_less_than: 1, level: warn}}"),
            ["warning: x < 1", "error: x < 5"]
        );
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        let (root, _) = crate::suite::yaml::read("threshold: {at_most: 5}\n").unwrap();
        assert!(read(root.entries().unwrap(), Domain::Count, None).is_err());
    }
}
