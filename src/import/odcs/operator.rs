//! The comparison of a quality rule: a number of rows or a share of them, and what it must be.

use bigdecimal::BigDecimal;
use bigdecimal::num_traits::{Signed, ToPrimitive, Zero};

use crate::import::Value;
use crate::import::odcs::text;
use crate::suite::yaml::Node;

/// What a number must be.
pub(super) enum Operator {
    /// It lies within bounds: the keys of bounds, with their values.
    Within(Vec<(&'static str, BigDecimal)>),
    /// It is not this.
    Not(BigDecimal),
    /// It lies outside of these.
    Outside(BigDecimal, BigDecimal),
}

/// The keys of operators, and the bounds they are.
const OPERATORS: [(&str, &str); 5] = [
    ("mustBe", "equals"),
    ("mustBeGreaterThan", "strict_min"),
    ("mustBeGreaterOrEqualTo", "min"),
    ("mustBeLessThan", "strict_max"),
    ("mustBeLessOrEqualTo", "max"),
];

/// Spellings of earlier drafts that tools still write.
const ALIASES: [(&str, &str); 2] = [("mustBeGreaterThanOrEqualTo", "min"), ("mustBeLessThanOrEqualTo", "max")];

/// The operator of a rule.
///
/// The ends of `mustBeBetween` belong to it, as in the standard's reference tool; the text of the standard leaves it open.
///
/// # Errors
/// Why there is none.
pub(super) fn read(rule: &Node) -> Result<Operator, String> {
    let number = |node: &Node| {
        let text = node.text().unwrap_or_default();
        text.parse::<BigDecimal>().map_err(|_| format!("`{text}` is no number"))
    };
    let pair = |key: &str| -> Result<Option<[BigDecimal; 2]>, String> {
        match rule.get(key).map(Node::as_list) {
            None => Ok(None),
            Some([low, high]) => Ok(Some([number(low)?, number(high)?])),
            Some(_) => Err(format!("`{key}` takes two numbers")),
        }
    };
    if let Some([low, high]) = pair("mustBeBetween")? {
        return Ok(Operator::Within(vec![("min", low), ("max", high)]));
    }
    if let Some([low, high]) = pair("mustNotBeBetween")? {
        return Ok(Operator::Outside(low, high));
    }
    if let Some(node) = rule.get("mustNotBe") {
        return Ok(Operator::Not(number(node)?));
    }
    let mut bounds = Vec::new();
    for (key, bound) in OPERATORS.iter().chain(&ALIASES) {
        if let Some(node) = rule.get(key) {
            bounds.push((*bound, number(node)?));
        }
    }
    if bounds.is_empty() {
        return Err("it has no operator (`mustBe` …), so nothing says when it holds".to_owned());
    }
    Ok(Operator::Within(bounds))
}

/// Whether a rule speaks of shares.
pub(super) fn is_percent(rule: &Node) -> bool {
    text(rule, "unit").is_some_and(|unit| matches!(unit.to_lowercase().as_str(), "percent" | "%" | "percentage"))
}

impl Operator {
    /// How many violations are tolerated, where the operator only says that.
    pub(super) fn tolerated(&self) -> Option<u64> {
        let Self::Within(bounds) = self else { return None };
        match bounds.as_slice() {
            [("equals", zero)] if zero.is_zero() => Some(0),
            [("max", most)] if !most.is_negative() => {
                most.with_scale_round(0, bigdecimal::RoundingMode::Floor).to_u64()
            }
            [("strict_max", limit)] if limit.is_positive() => {
                limit.with_scale_round(0, bigdecimal::RoundingMode::Ceiling).to_u64()?.checked_sub(1)
            }
            _ => None,
        }
    }

    /// The greatest share tolerated, from a percentage: `<= 1` is `1%`; none for what is strict or has a lower end.
    pub(super) fn tolerated_share(&self) -> Option<String> {
        let Self::Within(bounds) = self else { return None };
        match bounds.as_slice() {
            [("equals", zero)] if zero.is_zero() => Some("0".to_owned()),
            [("max", most)] => Some(format!("{}%", most.normalized().to_plain_string())),
            _ => None,
        }
    }

    /// The bounds, each divided where it is a percentage that must be a share.
    pub(super) fn bounds(&self, suffix: &str) -> Option<Vec<(String, Value)>> {
        let Self::Within(bounds) = self else { return None };
        let spelled = |number: &BigDecimal| Value::word(format!("{}{suffix}", number.normalized().to_plain_string()));
        Some(bounds.iter().map(|(key, number)| ((*key).to_owned(), spelled(number))).collect())
    }

    /// A SELECT of one value that is 1 where the operator holds of a number, and what it must be.
    pub(super) fn sql(&self, number: &str, of: &str) -> String {
        let plain = |number: &BigDecimal| number.normalized().to_plain_string();
        let holds = match self {
            Self::Not(other) => format!("{number} <> {}", plain(other)),
            Self::Outside(low, high) => format!("{number} < {} OR {number} > {}", plain(low), plain(high)),
            Self::Within(bounds) => {
                let part = |(key, bound): &(&str, BigDecimal)| {
                    let sign = match *key {
                        "equals" => "=",
                        "strict_min" => ">",
                        "min" => ">=",
                        "strict_max" => "<",
                        _ => "<=",
                    };
                    format!("{number} {sign} {}", plain(bound))
                };
                bounds.iter().map(part).collect::<Vec<_>>().join(" AND ")
            }
        };
        format!("SELECT CASE WHEN {holds} THEN 1 ELSE 0 END FROM {of}")
    }
}
