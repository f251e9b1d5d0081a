//! Thresholds of `SodaCL`: `> 5`, `between (0 and 5]`, and the zones that warn and fail, to what must hold at each level.
//!
//! An inline threshold says when a check passes; a zone (`warn: when > 5`) says when it does not. Both become the values
//! with which a level passes: an interval, or all that lies outside of one.

use bigdecimal::{BigDecimal, One, Zero};

use crate::import::draft::Value;
use crate::ir::value::read_decimal;

/// The values with which a check passes at a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// Whether they lie outside of the bounds rather than between them.
    pub(super) outside: bool,
    /// The lower bound.
    pub(super) low: Option<Edge>,
    /// The upper bound.
    pub(super) high: Option<Edge>,
}

/// A bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The value.
    pub(super) value: Bound,
    /// Whether the value itself is left out.
    pub(super) open: bool,
}

/// The value of a bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// A number.
    Number(BigDecimal),
    /// A variable, `${name}`, or a length of time, `1d6h`.
    Text(String),
}

/// What a metric counts, and so which values it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// A number of rows: 0, 1, 2 …
    Count,
    /// A share of rows in percent, from 0 to 100.
    Percent,
    /// Any value.
    Value,
}

/// How grave it is when a level does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Soda warns.
    Warning,
    /// Soda fails.
    Error,
}

impl Level {
    /// The severity that means the same.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Reads a condition: `> 5`, `= 0`, `between 1 and 5`, `not between (0 and 5]`, `< 5%`.
///
/// # Errors
/// What is wrong with it, in a few words.
pub(super) fn parse(text: &str) -> Result<Pass, String> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let negated = lower.strip_prefix("not ").map_or(0, |rest| text.len() - rest.trim_start().len());
    if let Some(rest) = lower[negated..].trim_start().strip_prefix("between") {
        let rest = &text[text.len() - rest.len()..];
        return between(rest.trim(), negated > 0);
    }
    let (operator, value) = ["<=", ">=", "!=", "<>", "==", "<", ">", "="]
        .into_iter()
        .find_map(|operator| text.strip_prefix(operator).map(|rest| (operator, rest)))
        .ok_or_else(|| format!("`{text}` is no threshold"))?;
    let value = bound(value)?;
    let edge = |open| Some(Edge { value: value.clone(), open });
    let (outside, low, high) = match operator {
        "<" => (false, None, edge(true)),
        "<=" => (false, None, edge(false)),
        ">" => (false, edge(true), None),
        ">=" => (false, edge(false), None),
        "!=" | "<>" => (true, edge(false), edge(false)),
        _ => (false, edge(false), edge(false)),
    };
    Ok(Pass { outside, low, high })
}

fn between(text: &str, outside: bool) -> Result<Pass, String> {
    let open_low = text.starts_with('(');
    let open_high = text.ends_with(')');
    let inner = text.trim_start_matches(['(', '[']).trim_end_matches([')', ']']);
    let (low, high) = inner
        .to_lowercase()
        .find(" and ")
        .map(|at| (&inner[..at], &inner[at + 5..]))
        .ok_or_else(|| format!("`between {text}` has no `and`"))?;
    Ok(Pass {
        outside,
        low: Some(Edge { value: bound(low)?, open: open_low }),
        high: Some(Edge { value: bound(high)?, open: open_high }),
    })
}

fn bound(text: &str) -> Result<Bound, String> {
    let text = text.trim();
    let bare = text.strip_suffix('%').unwrap_or(text).trim_end();
    if let Some(number) = read_decimal(&bare.replace('_', "")) {
        return Ok(Bound::Number(number.normalized()));
    }
    let is_variable = bare.starts_with("${") && bare.ends_with('}');
    let is_duration = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.chars().all(|c| c.is_ascii_digit() || "dhms ".contains(c));
    if is_variable || is_duration {
        Ok(Bound::Text(bare.to_owned()))
    } else if text.is_empty() {
        Err("the threshold ends early".to_owned())
    } else {
        Err(format!("`{text}` is no number"))
    }
}

impl Pass {
    /// No more than so many.
    pub(super) fn at_most(number: BigDecimal) -> Self {
        Self { outside: false, low: None, high: Some(Edge { value: Bound::Number(number), open: false }) }
    }

    /// The values with which it does not pass: a zone that warns or fails, turned round.
    pub(super) fn negated(&self) -> Self {
        let turned = |edge: &Edge| Edge { open: !edge.open, ..edge.clone() };
        match (&self.low, &self.high) {
            (Some(low), None) if !self.outside => Self { outside: false, low: None, high: Some(turned(low)) },
            (None, Some(high)) if !self.outside => Self { outside: false, low: Some(turned(high)), high: None },
            _ => Self { outside: !self.outside, ..self.clone() },
        }
    }

    /// The same among the values that a metric can have.
    pub(super) fn within(mut self, domain: Domain) -> Self {
        if domain == Domain::Value {
            return self;
        }
        // `outside` keeps the bounds that it had: those of what does not pass.
        let below = self.low.as_ref().is_some_and(|low| match &low.value {
            Bound::Number(number) => {
                number.sign() == bigdecimal::num_bigint::Sign::Minus || number.is_zero() && !low.open
            }
            Bound::Text(_) => false,
        });
        let hundred = BigDecimal::from(100);
        let above = domain == Domain::Percent
            && self.high.as_ref().is_some_and(|high| match &high.value {
                Bound::Number(number) => *number > hundred || *number == hundred && !high.open,
                Bound::Text(_) => false,
            });
        if self.outside {
            let turned = |edge: Option<Edge>| edge.map(|edge| Edge { open: !edge.open, ..edge });
            if below {
                self = Self { outside: false, low: turned(self.high), high: None };
            } else if above {
                self = Self { outside: false, low: None, high: turned(self.low) };
            }
        } else {
            self.low = self.low.filter(|_| !below);
            self.high = self.high.filter(|_| !above);
        }
        if domain == Domain::Count {
            self.low = self.low.map(|edge| edge.whole(true));
            self.high = self.high.map(|edge| edge.whole(false));
        }
        self
    }

    /// The same where all that lies beyond another level's bound does not matter, since that level is worse.
    pub(super) fn beside(self, worse: &Self) -> Self {
        if !self.outside || worse.outside {
            return self;
        }
        let turned = |edge: &Option<Edge>| edge.as_ref().map(|edge| Edge { open: !edge.open, ..edge.clone() });
        // Above the upper end of what warns it fails anyway, or below the lower end.
        if let (Some(end), Some(fails)) = (&self.high, &worse.high)
            && fails.value.number().zip(end.value.number()).is_some_and(|(fails, end)| fails <= end)
        {
            return Self { outside: false, low: None, high: turned(&self.low) };
        }
        if let (Some(end), Some(fails)) = (&self.low, &worse.low)
            && fails.value.number().zip(end.value.number()).is_some_and(|(fails, end)| fails >= end)
        {
            return Self { outside: false, low: turned(&self.high), high: None };
        }
        self
    }

    /// The most that is tolerated, if that is all it says; none stands for no limit.
    pub(super) fn tolerance(&self) -> Option<&Edge> {
        match self {
            Self { outside: false, low: None, high: Some(high) } => Some(high),
            _ => None,
        }
    }

    /// Whether every value passes.
    pub(super) const fn is_all(&self) -> bool {
        !self.outside && self.low.is_none() && self.high.is_none()
    }

    /// The bounds of an expectation, if they are an interval; each value as `spell` writes it.
    pub(super) fn bounds(&self, spell: impl Fn(&Bound) -> Value) -> Option<Vec<(String, Value)>> {
        if self.outside {
            return None;
        }
        if let (Some(low), Some(high)) = (&self.low, &self.high)
            && low.value == high.value
            && !low.open
            && !high.open
        {
            return Some(vec![("equals".to_owned(), spell(&low.value))]);
        }
        let named = |edge: &Option<Edge>, open: &str, closed: &str| {
            edge.as_ref().map(|edge| (if edge.open { open } else { closed }.to_owned(), spell(&edge.value)))
        };
        let low = named(&self.low, "strict_min", "min");
        Some(low.into_iter().chain(named(&self.high, "strict_max", "max")).collect())
    }

    /// A condition in SQL that is true of a value that passes.
    pub(super) fn sql(&self, value: &str) -> String {
        let side = |edge: &Option<Edge>, open: &str, closed: &str| {
            edge.as_ref()
                .map(|edge| format!("{value} {} {}", if edge.open { open } else { closed }, edge.value.spelled()))
        };
        if self.low == self.high && self.low.is_some() {
            let sign = if self.outside { "<>" } else { "=" };
            return format!(
                "{value} {sign} {}",
                self.low.as_ref().map_or_else(String::new, |edge| edge.value.spelled())
            );
        }
        let (low, high, word) = if self.outside {
            // Outside of `[1, 5]` is `< 1 OR > 5`; of `(1, 5)` it is `<= 1 OR >= 5`.
            (side(&self.low, "<=", "<"), side(&self.high, ">=", ">"), " OR ")
        } else {
            (side(&self.low, ">", ">="), side(&self.high, "<", "<="), " AND ")
        };
        low.into_iter().chain(high).collect::<Vec<_>>().join(word)
    }
}

impl Edge {
    /// The same bound of whole numbers, not left out itself: the least above it, or the greatest below.
    fn whole(self, is_low: bool) -> Self {
        let Bound::Number(number) = &self.value else { return self };
        if number.is_integer() && !self.open {
            return self;
        }
        let floor = number.with_scale_round(0, bigdecimal::RoundingMode::Floor);
        let whole = match (is_low, number.is_integer()) {
            (true, _) => floor + BigDecimal::one(),
            (false, true) => floor - BigDecimal::one(),
            (false, false) => floor,
        };
        Self { value: Bound::Number(whole.normalized()), open: false }
    }
}

impl Bound {
    /// The number, if it is one.
    pub(super) const fn number(&self) -> Option<&BigDecimal> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(_) => None,
        }
    }

    /// As a suite spells it.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::Number(number) => number.to_plain_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// The value as a suite holds it.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Number(_) => Value::Word(self.spelled()),
            Self::Text(text) => Value::Raw(text.clone()),
        }
    }

    /// A percentage as a suite holds it.
    pub(super) fn percent(&self) -> Value {
        match self {
            Self::Number(_) => Value::Word(format!("{}%", self.spelled())),
            Self::Text(text) => Value::Raw(format!("{text}%")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, domain: Domain) -> String {
        let pass = parse(text).unwrap().within(domain);
        if pass.is_all() { "all".to_owned() } else { pass.sql("x") }
    }

    fn zone(text: &str, domain: Domain) -> String {
        let pass = parse(text).unwrap().negated().within(domain);
        if pass.is_all() { "all".to_owned() } else { pass.sql("x") }
    }

    #[test]
    fn a_threshold_is_read_with_its_ends() {
        for (text, sql) in [
            ("> 5", "x > 5"),
            ("= 0.50", "x = 0.5"),
            ("<>3", "x <> 3"),
            ("< 5 %", "x < 5"),
            ("between 1 and 5", "x >= 1 AND x <= 5"),
            ("between (1 and 5]", "x > 1 AND x <= 5"),
            ("not between [-1 and 5)", "x < -1 OR x >= 5"),
            ("between ${low} and 5", "x >= ${low} AND x <= 5"),
        ] {
            assert_eq!(said(text, Domain::Value), sql, "{text}");
        }
        for text in ["", "5", "> ", "between 1 or 2", "< many", "< default"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_says_when_a_check_does_not_pass() {
        assert_eq!(zone("> 5", Domain::Value), "x <= 5");
        assert_eq!(zone("< 5", Domain::Value), "x >= 5");
        assert_eq!(zone("between 1 and 5", Domain::Value), "x < 1 OR x > 5");
        assert_eq!(zone("not between 1 and 5", Domain::Value), "x >= 1 AND x <= 5");
        assert_eq!(zone("!= 3", Domain::Value), "x = 3");
    }

    #[test]
    fn counts_are_whole_and_not_below_none() {
        assert_eq!(said("< 5", Domain::Count), "x <= 4");
        assert_eq!(said("> 0", Domain::Count), "x >= 1");
        assert_eq!(said("<= 4.5", Domain::Count), "x <= 4");
        assert_eq!(said(">= 0", Domain::Count), "all");
        assert_eq!(said("between 0 and 5", Domain::Count), "x <= 5");
        assert_eq!(said("!= 0", Domain::Count), "x >= 1");
        assert_eq!(zone("= 0", Domain::Count), "x >= 1");
        assert_eq!(said("> ${n}", Domain::Count), "x > ${n}");
    }

    #[test]
    fn percents_end_at_a_hundred() {
        assert_eq!(said("between 95 and 100", Domain::Percent), "x >= 95");
        assert_eq!(said("not between 95 and 100", Domain::Percent), "x < 95");
    }

    #[test]
    fn what_warns_may_go_on_where_it_fails_anyway() {
        let warn = |text: &str| parse(text).unwrap().negated();
        let fail = |text: &str| parse(text).unwrap().negated();
        assert_eq!(warn("between 5 and 10").beside(&fail("> 10")).sql("x"), "x < 5");
        assert_eq!(warn("between 5 and 10").beside(&fail("< 5")).sql("x"), "x > 10");
        assert_eq!(warn("between 5 and 10").beside(&fail("> 20")).sql("x"), "x < 5 OR x > 10");
    }
}
