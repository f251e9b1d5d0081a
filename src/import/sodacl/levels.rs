//! What must hold at each level of a check, as the keys of one rule: `allow`, `levels`, bounds, `severity`.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::options::Options;
use crate::import::sodacl::threshold::{self, Bound, Domain, Edge, Level, Pass};
use crate::suite::yaml::Node;

/// What must hold at each level.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    /// The levels that a value can fail to pass, the graver last.
    pub(super) each: Vec<(Level, Pass)>,
    /// What the metric counts.
    pub(super) domain: Domain,
    /// How finely percents are told apart: less than 5 is at most 5 without a step.
    pub(super) step: BigDecimal,
}

impl Levels {
    /// Reads the inline threshold of a check, or its zones.
    ///
    /// # Errors
    /// A threshold that cannot be read, is not there, or lets everything pass.
    pub(super) fn read(pass: Option<&Pass>, options: &Options<'_>, domain: Domain) -> Result<Self, String> {
        let mut each = Vec::new();
        match (pass, options.warn, options.fail) {
            (Some(pass), None, None) => each.push((Level::Error, pass.clone())),
            (Some(_), ..) => return Err("it has a threshold and zones, of which Soda takes one".to_owned()),
            (None, None, None) => return Err("it has no threshold".to_owned()),
            (None, warn, fail) => {
                for (level, zone) in [(Level::Warning, warn), (Level::Error, fail)] {
                    if let Some(zone) = zone {
                        each.push((level, when(zone)?.negated()));
                    }
                }
            }
        }
        // Two decimals, as Soda rounds to.
        Self { each, domain, step: BigDecimal::new(1.into(), 2) }.settled()
    }

    /// The same in values that the metric can have, without levels that everything passes.
    ///
    /// # Errors
    /// If nothing is left.
    pub(super) fn settled(mut self) -> Result<Self, String> {
        let domain = self.domain;
        self.each.iter_mut().for_each(|(_, pass)| *pass = pass.clone().within(domain));
        if let [(_, warn), (_, fail)] = self.each.as_mut_slice() {
            *warn = warn.clone().beside(fail).within(domain);
        }
        self.each.retain(|(_, pass)| !pass.is_all());
        if self.each.is_empty() { Err("every value passes it".to_owned()) } else { Ok(self) }
    }

    /// Each level as levels of its own, for a rule each.
    pub(super) fn apart(&self) -> Vec<Self> {
        self.each.iter().map(|level| Self { each: vec![level.clone()], ..self.clone() }).collect()
    }

    /// Whether no violation is tolerated at any level.
    pub(super) fn is_none_tolerated(&self) -> bool {
        self.tolerances().is_some_and(|found| found.iter().all(|(_, value)| is_zero(value)))
    }

    /// A rule that counts violations, with so many tolerated; none if that is not what the levels ask for.
    pub(super) fn tolerating(&self, mut rule: Rule) -> Option<Rule> {
        let strict = self.each.iter().filter_map(|(_, pass)| pass.tolerance().filter(|edge| edge.open));
        let strict: Vec<String> = strict.map(|edge| format!("less than {}%", edge.value.spelled())).collect();
        if !strict.is_empty() && self.step < BigDecimal::new(1.into(), 2) {
            rule = rule.remark(format!("in Soda: {}", strict.join(", ")));
        }
        Some(match self.tolerances()?.as_slice() {
            [(level, value)] => {
                let rule = if is_zero(value) { rule } else { rule.with("allow", value.clone()) };
                graded(rule, *level)
            }
            several => {
                let levels = several.iter().map(|(level, value)| (level.name().to_owned(), value.clone())).collect();
                rule.with("levels", Value::Map(levels))
            }
        })
    }

    /// A rule with bounds; none if the values that pass are no interval.
    pub(super) fn bounding(&self, rule: Rule) -> Option<Rule> {
        let spell = |bound: &Bound| if self.domain == Domain::Percent { bound.percent() } else { bound.value() };
        self.spelling(rule, spell)
    }

    /// A rule with bounds, each value as `spell` writes it.
    pub(super) fn spelling(&self, mut rule: Rule, spell: impl Fn(&Bound) -> Value) -> Option<Rule> {
        let found = self.each.iter().map(|(level, pass)| Some((*level, pass.bounds(&spell)?)));
        match found.collect::<Option<Vec<_>>>()?.as_slice() {
            [(level, bounds)] => {
                for (key, value) in bounds {
                    rule = rule.with(key, value.clone());
                }
                Some(graded(rule, *level))
            }
            several => {
                let levels =
                    several.iter().map(|(level, bounds)| (level.name().to_owned(), Value::Map(bounds.clone())));
                Some(rule.with("levels", Value::Map(levels.collect())))
            }
        }
    }

    /// How much is tolerated at each level.
    fn tolerances(&self) -> Option<Vec<(Level, Value)>> {
        let of = |edge: &Edge| match (&edge.value, edge.open) {
            (Bound::Text(_), true) => None,
            (value, false) if self.domain == Domain::Percent => Some(value.percent()),
            (value, false) => Some(value.value()),
            (Bound::Number(number), true) => {
                let below = number - &self.step;
                (below.sign() != Sign::Minus).then(|| Bound::Number(below.normalized()).percent())
            }
        };
        self.each.iter().map(|(level, pass)| Some((*level, pass.tolerance().and_then(of)?))).collect()
    }
}

/// A rule of a level; `error` goes without saying.
pub(super) fn graded(rule: Rule, level: Level) -> Rule {
    match level {
        Level::Warning => rule.with("severity", Value::word(level.name())),
        Level::Error => rule,
    }
}

/// Reads a zone: `when > 5`.
fn when(zone: &Node) -> Result<Pass, String> {
    let text = zone.text().ok_or_else(|| "a zone reads `when > 5`".to_owned())?;
    let condition = text.trim().strip_prefix("when ").ok_or_else(|| format!("`{text}` does not begin with `when`"))?;
    threshold::parse(condition)
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Word(word) if word == "0" || word == "0%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str, domain: Domain) -> Levels {
        let (root, _) = crate::suite::yaml::read(text).unwrap();
        Levels::read(None, &Options::read(root.entries().unwrap()), domain).unwrap()
    }

    fn said(rule: Option<Rule>) -> String {
        let rule = rule.unwrap();
        rule.keys.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn two_zones_are_two_levels() {
        let zones = levels("warn: when > 1%\nfail: when >= 5%", Domain::Percent);
        assert_eq!(said(zones.tolerating(Rule::new("unique"))), "levels: {warning: 1%, error: 4.99%}");
        let zones = levels("warn: when < 100\nfail: when < 1", Domain::Count);
        assert_eq!(said(zones.bounding(Rule::new("row_count"))), "levels: {warning: {min: 100}, error: {min: 1}}");
    }

    #[test]
    fn what_is_only_a_warning_has_that_severity() {
        let zone = levels("warn: when > 0", Domain::Count);
        assert_eq!(said(zone.tolerating(Rule::new("not_null"))), "severity: warning");
    }

    #[test]
    fn a_zone_between_two_numbers_is_no_tolerance() {
        let zone = levels("fail: when between 5 and 10", Domain::Count);
        assert!(zone.tolerating(Rule::new("not_null")).is_none() && zone.bounding(Rule::new("row_count")).is_none());
        let zones = levels("warn: when between 1 and 10\nfail: when > 10", Domain::Count);
        assert_eq!(said(zones.tolerating(Rule::new("not_null"))), "levels: {warning: 0, error: 10}");
    }
}
