//! Tests about the text of a column: its length, and the patterns it matches.
//!
//! Patterns are searched for. Of a list that must not match, `match_on: any` asks that some pattern does not match, and
//! `all` that none does.

use crate::import::dbt::ask::{Ask, Said};
use crate::import::dbt::{python, range};
use crate::import::draft::{Rule, Value};

pub(super) fn lengths(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let rule = range::whole(ask, Rule::new("length"), ask.flag("strictly", false))?;
    Ok(Said::at(ask.column()?, rule))
}

pub(super) fn length(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    let length = python::text(ask.need("value")?);
    length.parse::<u64>().map_err(|_| format!("`value: {length}` is no length"))?;
    Ok(Said::at(ask.column()?, Rule::new("length").with("equals", Value::word(length))))
}

pub(super) fn regex(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    matches(ask, "matches", "regex", None)
}

pub(super) fn no_regex(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    matches(ask, "not_matches", "regex", None)
}

pub(super) fn regexes(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    matches(ask, "matches", "regex_list", Some(all(ask)))
}

pub(super) fn no_regexes(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    matches(ask, "not_matches", "regex_list", Some(!all(ask)))
}

pub(super) fn like(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    likes_of(ask, "like", "like_pattern", None)
}

pub(super) fn not_like(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    likes_of(ask, "not_like", "like_pattern", None)
}

pub(super) fn likes(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    likes_of(ask, "like", "like_pattern_list", Some(all(ask)))
}

pub(super) fn not_likes(ask: &mut Ask<'_, '_>) -> Result<Said, String> {
    likes_of(ask, "not_like", "like_pattern_list", Some(!all(ask)))
}

fn all(ask: &Ask<'_, '_>) -> bool {
    ask.text("match_on").as_deref() == Some("all")
}

fn patterns(ask: &Ask<'_, '_>, key: &str) -> Result<Vec<String>, String> {
    if key.ends_with("_list") {
        return Ok(ask.list(key)?.iter().map(python::text).collect());
    }
    Ok(vec![python::text(ask.need(key)?)])
}

fn with_patterns(rule: Rule, patterns: Vec<String>, all: Option<bool>) -> Rule {
    let several = patterns.len() > 1;
    let mut patterns: Vec<Value> = patterns.into_iter().map(Value::Raw).collect();
    let pattern = if several || patterns.is_empty() { Value::List(patterns) } else { patterns.remove(0) };
    let rule = rule.with("pattern", pattern);
    if several && all == Some(true) { rule.with("match", Value::word("all")) } else { rule }
}

fn matches(ask: &Ask<'_, '_>, expectation: &str, key: &str, all: Option<bool>) -> Result<Said, String> {
    let column = ask.column()?;
    let mut patterns = patterns(ask, key)?;
    let flags = ask.text("flags").unwrap_or_default();
    let inline: String = flags.chars().filter(|flag| "ms".contains(*flag)).collect();
    if let Some(other) = flags.chars().find(|flag| !"imsce".contains(*flag)) {
        return Err(format!("the flag `{other}` of a regular expression is not known here"));
    }
    if !inline.is_empty() {
        patterns.iter_mut().for_each(|pattern| *pattern = format!("(?{inline}){pattern}"));
    }
    let doubled = !ask.flag("is_raw", false) && patterns.iter().any(|pattern| pattern.contains(r"\\"));
    let mut rule = with_patterns(Rule::new(expectation), patterns, all);
    if flags.contains('i') {
        rule = rule.with("ignore_case", true);
    }
    let said = Said::at(column, rule);
    Ok(if doubled {
        said.near(r"`\\` is a backslash here; databases whose text knows escapes, as Snowflake's, take it for one `\`")
    } else {
        said
    })
}

fn likes_of(ask: &Ask<'_, '_>, expectation: &str, key: &str, all: Option<bool>) -> Result<Said, String> {
    let column = ask.column()?;
    let patterns = patterns(ask, key)?;
    let escaped = patterns.iter().any(|pattern| pattern.contains('\\'));
    let rule = with_patterns(Rule::new(expectation), patterns, all);
    Ok(Said::at(column, if escaped { rule.with("escape", Value::Raw("\\".to_owned())) } else { rule }))
}
