//! Severity, `allow`, `mostly`, `levels` and bounds, to limits by level.

use std::collections::HashMap;

use bigdecimal::BigDecimal;

use crate::diagnostic::Code;
use crate::expectation::{BoundsKind, Definition, Limits};
use crate::ir::value::read_decimal;
use crate::ir::{Limit, Metric, Reading, Severity};
use crate::lang::Lang;
use crate::suite::parameters;
use crate::suite::rule::Context;
use crate::suite::yaml::{Content, Entry, Node, Scalar};

impl Context<'_, '_, '_> {
    pub(super) fn limits(&mut self, definition: &Definition, given: &[Entry]) -> Option<Limits> {
        let node = Node { span: 0..0, content: Content::Map(given.to_vec()) };
        self.limits_of(definition, &node)
    }

    pub(super) fn limits_of(&mut self, definition: &Definition, node: &Node) -> Option<Limits> {
        let mut problems = Vec::new();
        let json = parameters::Shape::bounds(definition).read(node, &[], &mut problems);
        for problem in &problems {
            self.reader.error(Code::BadValue, problem.span.clone(), problem.message.clone());
        }
        if !problems.is_empty() {
            return None;
        }
        serde_json::from_value(json)
            .map_err(|error| {
                self.reader.error(Code::BadValue, node.span.clone(), error.to_string());
            })
            .ok()
    }

    /// Reads severity, `allow`, `mostly` and `levels` into limits by level.
    #[expect(clippy::type_complexity, reason = "three results of one reading")]
    pub(super) fn levels(
        &mut self,
        definition: &Definition,
        metric: &Metric,
        limits: (&Limits, Option<&Reading>),
        common: &HashMap<&str, &Node>,
    ) -> Option<(Severity, Vec<(Severity, Limit)>, Vec<(Severity, String)>)> {
        let given: Vec<&str> =
            ["allow", "mostly", "levels"].into_iter().filter(|key| common.contains_key(key)).collect();
        if let [first, second, ..] = given.as_slice() {
            self.reader
                .error(Code::Conflict, common[second].span.clone(), format!("`{second}` does not go with `{first}`"))
                .help = Some("one of `allow`, `mostly`, `levels`".to_owned());
            return None;
        }
        let counts = metric.counts_violations();
        if let Some(levels) = common.get("levels") {
            if let Some(severity) = common.get("severity") {
                self.reader.error(Code::Conflict, severity.span.clone(), "`severity` does not go with `levels`").help =
                    Some("each level is a severity of its own".to_owned());
                return None;
            }
            return self.several_levels(definition, counts, limits, levels);
        }
        let severity = match common.get("severity").copied().or_else(|| self.defaults.get("severity")) {
            Some(node) => self.reader.severity(node),
            None => Some(Severity::Error),
        };
        let limit = match given.first() {
            Some(key) if !counts => {
                let name = definition.name;
                self.reader
                    .error(
                        Code::Conflict,
                        common[key].span.clone(),
                        format!("`{key}` has no meaning here: `{name}` does not count violations"),
                    )
                    .help =
                    definition.bounds.is_aggregate().then(|| "`levels` may hold bounds of their own".to_owned());
                None
            }
            Some(key) => self.allowance(common[key], *key == "mostly"),
            // What is there or not, and what is broken, is counted too: there must be none of it.
            None if counts || !definition.bounds.is_aggregate() => Some((Limit::Count(0), "0".to_owned())),
            None => self.within(definition, limits, None),
        };
        let (severity, limit) = severity.zip(limit)?;
        Some((severity, vec![(severity, limit.0)], vec![(severity, limit.1)]))
    }

    #[expect(clippy::type_complexity, reason = "three results of one reading")]
    pub(super) fn several_levels(
        &mut self,
        definition: &Definition,
        counts: bool,
        limits: (&Limits, Option<&Reading>),
        levels: &Node,
    ) -> Option<(Severity, Vec<(Severity, Limit)>, Vec<(Severity, String)>)> {
        let Some(entries) = levels.entries().filter(|entries| !entries.is_empty()) else {
            self.reader.error(Code::BadValue, levels.span.clone(), "`levels` is a map of severities").help =
                Some("write `levels: {warning: 0, error: 1%}`".to_owned());
            return None;
        };
        let mut found = Vec::new();
        for entry in entries {
            let scalar = Scalar { text: entry.key.clone(), plain: true, secret: false };
            let key = Node { span: entry.key_span.clone(), content: Content::Scalar(scalar) };
            let severity = self.reader.severity(&key)?;
            let (limit, text) = if counts {
                self.allowance(&entry.value, false)?
            } else {
                if !definition.bounds.is_aggregate() {
                    self.reader.error(
                        Code::Conflict,
                        levels.span.clone(),
                        format!("`{}` takes no `levels`", definition.name),
                    );
                    return None;
                }
                if entry.value.entries().is_none() {
                    self.reader
                        .error(
                            Code::BadValue,
                            entry.value.span.clone(),
                            format!("a level of `{}` holds bounds", definition.name),
                        )
                        .help = Some(match definition.bounds {
                        BoundsKind::Age => format!("write `{}: {{max_age: 24h}}`", entry.key),
                        _ => format!("write `{}: {{min: …, max: …}}`", entry.key),
                    });
                    return None;
                }
                self.within(definition, limits, Some(&entry.value))?
            };
            found.push((severity, limit, text));
        }
        found.sort_by_key(|(severity, ..)| *severity);
        let worst = found.last().map(|(severity, ..)| *severity)?;
        let limits = found.iter().map(|(severity, limit, _)| (*severity, limit.clone())).collect();
        let thresholds = found.into_iter().map(|(severity, _, text)| (severity, text)).collect();
        Some((worst, limits, thresholds))
    }

    /// The interval of an aggregate, with the bounds of one level put over those that all share.
    pub(super) fn within(
        &mut self,
        definition: &Definition,
        (shared, reading): (&Limits, Option<&Reading>),
        level: Option<&Node>,
    ) -> Option<(Limit, String)> {
        let mut limits = shared.clone();
        let mut span = self.draft.span.clone();
        if let Some(node) = level {
            span = node.span.clone();
            let own = self.limits_of(definition, node)?;
            limits = Limits {
                min: own.min.or(limits.min),
                max: own.max.or(limits.max),
                strict_min: own.strict_min.or(limits.strict_min),
                strict_max: own.strict_max.or(limits.strict_max),
                equals: own.equals.or(limits.equals),
                tolerance: own.tolerance.or(limits.tolerance),
                max_age: own.max_age.or(limits.max_age),
            };
            if definition.bounds == BoundsKind::Age && limits.max_age.is_none() {
                self.reader.error(Code::MissingKey, span, "this level needs `max_age`");
                return None;
            }
            if let Some(mistake) = limits.mistake(reading) {
                self.reader.error(Code::BadValue, span, mistake.message).help = mistake.help;
                return None;
            }
        }
        match limits.interval() {
            Ok(interval) => Some((Limit::Within(interval), limits.phrase(Lang::En))),
            Err(mistake) => {
                self.reader.error(Code::BadValue, span, mistake.message).help = mistake.help;
                None
            }
        }
    }

    /// Reads how many violations are tolerated: a count, a percentage or a share.
    pub(super) fn allowance(&mut self, node: &Node, mostly: bool) -> Option<(Limit, String)> {
        let text = self.reader.text(node)?;
        let one = BigDecimal::from(1);
        let share = match text.strip_suffix('%') {
            Some(percent) => read_decimal(percent.trim_end()).map(|percent| percent / BigDecimal::from(100)),
            None if !mostly && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                if let Ok(count) = text.parse() {
                    return Some((Limit::Count(count), text));
                }
                None
            }
            None => read_decimal(&text).filter(|share| mostly || *share < one),
        };
        let zero = BigDecimal::from(0);
        let share = share.filter(|share| *share >= zero && *share <= one);
        let Some(share) = share else {
            let wanted = if mostly {
                "a share such as `0.99` or `99%`"
            } else {
                "a count such as `10`, or a share such as `1%` or `0.01`"
            };
            self.reader.error(Code::BadValue, node.span.clone(), format!("`{text}` is not {wanted}")).help =
                (text.starts_with('1') && text.contains('.')).then(|| "all rows is `100%`; one row is `1`".to_owned());
            return None;
        };
        let share = if mostly { one - share } else { share };
        Some((Limit::Share(share.normalized()), if mostly { format!("mostly {text}") } else { text }))
    }
}
