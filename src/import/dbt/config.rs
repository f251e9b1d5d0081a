//! The configuration of a test: severity and thresholds as levels, the rows it means, tags and the like.
//!
//! dbt counts the rows that a test returns. `error_if` is asked first, unless `severity` is `warn`; then `warn_if`. Both are
//! `!= 0` if unsaid, so that `error_if: ">10"` alone still warns from the first row on. `store_failures`, `schema` and their
//! like say where dbt keeps failing rows and change no verdict.
//!
//! Source: <https://docs.getdbt.com/reference/resource-configs/severity>.

use serde_json::{Map, Value as Json};

use crate::import::dbt::found::texts;
use crate::import::dbt::python;
use crate::import::draft::Value;

/// What a test counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// What the rule counts as violations: rows, distinct values, keys, periods.
    Violations,
    /// One, if what is expected of the whole does not hold.
    Once,
    /// Something that no rule counts: failing groups, missing values, a difference. Only "none" can be said of it.
    Other,
}

/// The configuration of a test, read.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// How many it may count before it is an error; none if it never is.
    error: Option<u64>,
    /// How many it may count before it is a warning; none if it never is.
    warning: Option<u64>,
    /// What is computed from the failing rows, if not their number.
    pub(super) fail_calc: Option<String>,
    /// The rows it means, in SQL.
    pub(super) condition: Option<String>,
    limit: Option<u64>,
    tags: Vec<String>,
    meta: Option<Json>,
    enabled: bool,
}

impl Config {
    /// Reads a configuration, its Jinja put in.
    ///
    /// # Errors
    /// What suites cannot say.
    pub(super) fn read(given: &Map<String, Json>) -> Result<Self, String> {
        let text = |key: &str| given.get(key).filter(|value| !value.is_null()).map(python::text);
        let severity = text("severity").unwrap_or_else(|| "error".to_owned()).to_lowercase();
        let threshold = |key: &str| text(key).map_or(Ok(0), |condition| allowed(key, &condition));
        let mut error = match severity.as_str() {
            "error" => Some(threshold("error_if")?),
            "warn" => None,
            other => return Err(format!("`{other}` is no severity of dbt")),
        };
        let mut warning = Some(threshold("warn_if")?);
        let limit = text("limit").and_then(|limit| limit.parse().ok());
        // dbt counts only so many rows as the limit lets through.
        for allowed in [&mut error, &mut warning] {
            *allowed = allowed.filter(|allowed| limit.is_none_or(|limit| *allowed < limit));
        }
        Ok(Self {
            error,
            warning,
            fail_calc: text("fail_calc").filter(|calc| calc.replace(' ', "").to_lowercase() != "count(*)"),
            condition: text("where"),
            limit,
            tags: texts(given.get("tags")),
            meta: given.get("meta").filter(|meta| meta.as_object().is_some_and(|meta| !meta.is_empty())).cloned(),
            enabled: given.get("enabled") != Some(&Json::Bool(false)),
        })
    }

    /// Whether one failing row is as bad as many, so that it does not matter what is counted.
    pub(super) fn counts_nothing(&self) -> bool {
        [self.error, self.warning].into_iter().flatten().all(|allowed| allowed == 0)
    }

    /// The severity, and what is allowed, as keys of a rule.
    ///
    /// # Errors
    /// A threshold that no rule can have, and a test that can never fail.
    pub(super) fn levels(&self, counts: Counts) -> Result<Vec<(String, Value)>, String> {
        let reached = |allowed: Option<u64>| match counts {
            Counts::Once => allowed.filter(|allowed| *allowed == 0),
            Counts::Violations | Counts::Other => allowed,
        };
        let (error, warning) = (reached(self.error), reached(self.warning));
        if counts == Counts::Other && !self.counts_nothing() {
            return Err("its thresholds count something else than rows, which no `levels` can say".to_owned());
        }
        let key = |key: &str, value: Value| (key.to_owned(), value);
        let allow = |allowed: u64| (allowed > 0).then(|| key("allow", Value::from(allowed)));
        Ok(match (error, warning) {
            (None, None) => return Err("with these thresholds it can never fail".to_owned()),
            (None, Some(warning)) => {
                std::iter::once(key("severity", Value::word("warning"))).chain(allow(warning)).collect()
            }
            (Some(error), Some(warning)) if warning < error => {
                let levels = [key("warning", Value::from(warning)), key("error", Value::from(error))];
                vec![key("levels", Value::Map(levels.to_vec()))]
            }
            (Some(error), _) => allow(error).into_iter().collect(),
        })
    }

    /// The other keys of a rule: `samples`, `tags`, `meta`, `enabled`.
    pub(super) fn keys(&self, tags_of_column: &[String]) -> Vec<(String, Value)> {
        let mut tags: Vec<&String> = Vec::new();
        self.tags.iter().chain(tags_of_column).for_each(|tag| {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        });
        let mut keys = Vec::new();
        let mut add = |key: &str, value: Value| keys.push((key.to_owned(), value));
        if !tags.is_empty() {
            add("tags", Value::List(tags.into_iter().map(Value::text).collect()));
        }
        if let Some(meta) = &self.meta {
            add("meta", Value::of_json(meta));
        }
        if let Some(limit) = self.limit {
            add("samples", Value::from(limit));
        }
        if !self.enabled {
            add("enabled", Value::from(false));
        }
        keys
    }
}

/// How many failing rows a condition of failing lets through: `>10` is 10, `!= 0` is none.
fn allowed(key: &str, condition: &str) -> Result<u64, String> {
    let condition = condition.trim();
    let operator: String = condition.chars().take_while(|c| "<>=!".contains(*c)).collect();
    let number: Option<u64> = condition[operator.len()..].trim().parse().ok();
    match (operator.as_str(), number) {
        (">", Some(number)) => Ok(number),
        (">=", Some(number)) if number > 0 => Ok(number - 1),
        ("!=" | "<>", Some(0)) => Ok(0),
        _ => Err(format!("`{key}: {condition}` is no \"more than so many\", which is all that `levels` can say")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(given: &Json, counts: Counts) -> String {
        let config = Config::read(given.as_object().unwrap()).and_then(|config| config.levels(counts));
        match config {
            Ok(keys) => Value::Map(keys).flow(),
            Err(why) => why,
        }
    }

    #[test]
    fn error_if_alone_still_warns_from_the_first_row_on() {
        let given = serde_json::json!({ "error_if": ">10" });
        assert_eq!(levels(&given, Counts::Violations), "{levels: {warning: 0, error: 10}}");
    }

    #[test]
    fn a_warning_never_asks_for_error_if() {
        let given = serde_json::json!({ "severity": "warn", "error_if": ">10", "warn_if": ">= 3" });
        assert_eq!(levels(&given, Counts::Violations), "{severity: warning, allow: 2}");
    }

    #[test]
    fn what_is_asked_first_decides() {
        let given = serde_json::json!({ "error_if": "> 1", "warn_if": "> 5" });
        assert_eq!(levels(&given, Counts::Violations), "{allow: 1}");
        assert_eq!(levels(&serde_json::json!({}), Counts::Violations), "{}");
    }

    #[test]
    fn one_failure_is_never_more_than_ten() {
        assert_eq!(levels(&serde_json::json!({ "error_if": ">10" }), Counts::Once), "{severity: warning}");
        let never = serde_json::json!({ "error_if": ">10", "warn_if": ">1" });
        assert!(levels(&never, Counts::Once).contains("never fail"));
    }

    #[test]
    fn a_limit_keeps_thresholds_beyond_it_from_being_reached() {
        let given = serde_json::json!({ "error_if": ">10", "limit": 5 });
        assert_eq!(levels(&given, Counts::Violations), "{severity: warning}");
    }

    #[test]
    fn fewer_than_so_many_cannot_be_said() {
        assert!(levels(&serde_json::json!({ "error_if": "< 5" }), Counts::Violations).contains("`error_if: < 5`"));
        assert!(levels(&serde_json::json!({ "warn_if": "between 1 and 5" }), Counts::Violations).contains("more than"));
    }
}
