//! What is to know of a rule that does not hold or could not be evaluated, as labels and words; English, harmless, one line
//! each.

use super::finding::said;
use super::reading::unseen;
use super::{phrase, value};
use crate::lang::Lang;
use crate::outcome::{Outcome, Status};

/// The longest words of a label.
const WORDS: usize = 600;

/// How many rows, values and groups are told of.
const ROWS: usize = 3;

/// Tells of a rule.
pub(super) fn of(rule: &Outcome) -> Vec<(&'static str, String)> {
    let mut told = Account(Vec::new());
    told.put("rule", &format!("{} ({})", rule.id, rule.expectation));
    told.put("at", &format!("{}:{}", phrase::place_of_rule(rule), rule.location.column));
    told.some("level", rule.level.as_deref());
    told.put("expects", &rule.sentence.en);
    told.some("where", rule.condition.as_deref());
    told.some("expected", rule.expected.as_deref());
    told.put("found", &said(rule));
    if rule.status == Status::Error
        && let Some(fault) = &rule.error
    {
        told.put("code", &fault.code);
        told.some("caused by", fault.caused_by.as_deref());
    }
    for group in rule.groups.iter().filter(|group| group.status == Status::Failed).take(ROWS) {
        told.put("group", &format!("{}: {}", phrase::pairs_or_value(&group.values), group.message.en));
    }
    let rows = rule.samples.iter().take(ROWS);
    let shown = rows.len();
    for sample in rows {
        told.put("row", &phrase::row(sample).join("  "));
    }
    if let Some(rest) = unseen(rule, shown).filter(|&rest| rest > 0 && shown > 0) {
        told.put("rows", &format!("{} more", Lang::En.count(rest)));
    }
    for top in rule.top_values.iter().take(ROWS) {
        told.put("value", &format!("{} × {}", phrase::pairs_or_value(&top.values), Lang::En.count(top.count)));
    }
    told.some("owner", rule.owner.as_deref());
    told.some("runbook", rule.runbook.as_deref());
    told.0
}

struct Account(Vec<(&'static str, String)>);

impl Account {
    fn put(&mut self, label: &'static str, words: &str) {
        self.0.push((label, value::cut(&value::line(words), WORDS)));
    }

    fn some(&mut self, label: &'static str, words: Option<&str>) {
        if let Some(words) = words {
            self.put(label, words);
        }
    }
}
