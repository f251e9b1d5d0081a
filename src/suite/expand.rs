//! Rules of a pattern to one rule for each column, once the columns are known.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::outcome::Text;
use crate::suite::rule::{derived_id, of_column};
use crate::suite::{Rule, Selected, Suite};

impl Suite {
    /// The suite with rules for columns in the place of each rule for a pattern.
    ///
    /// `columns` are the columns found in a dataset, none if it could not be opened. Found columns come first, in their
    /// order, then declared ones that are not there. A rule whose pattern fits no column stays as it is: it must be an
    /// error, for a rule that tests nothing would pass in silence.
    #[must_use]
    pub fn expanded(&self, columns: &dyn Fn(&str) -> Option<Vec<String>>) -> Cow<'_, Self> {
        if self.rules.iter().all(|rule| rule.selected.is_none()) {
            return Cow::Borrowed(self);
        }
        let mut taken: HashSet<String> =
            self.rules.iter().filter(|rule| rule.selected.is_none()).map(|rule| rule.id.clone()).collect();
        let mut rules = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            let Some(selected) = &rule.selected else {
                rules.push(rule.clone());
                continue;
            };
            let each = selected.rules(rule, &columns(&rule.dataset).unwrap_or_default());
            let each = if each.is_empty() { vec![rule.clone()] } else { each };
            for mut rule in each {
                let base = rule.id.clone();
                let mut count = 1;
                while !taken.insert(rule.id.clone()) {
                    count += 1;
                    rule.id = format!("{base}.{count}");
                }
                rules.push(rule);
            }
        }
        Cow::Owned(Self { rules, ..self.clone() })
    }
}

impl Selected {
    /// The rules for the columns that fit.
    fn rules(&self, rule: &Rule, found: &[String]) -> Vec<Rule> {
        let declared = |column: &String| self.declared.iter().find(|rule| rule.columns.contains(column));
        let there = found.iter().filter(|column| self.selector.means(column));
        let there = there.map(|column| declared(column).cloned().unwrap_or_else(|| self.rule_for(rule, column)));
        let absent = self.declared.iter().filter(|rule| !rule.columns.iter().any(|column| found.contains(column)));
        there.chain(absent.cloned()).collect()
    }

    /// The rule for a column that is not declared.
    fn rule_for(&self, rule: &Rule, column: &str) -> Rule {
        let pattern = self.selector.to_string();
        let (from, to) = (format!("`{pattern}`"), format!("`{column}`"));
        let said = |text: &Text| Text { en: text.en.replace(&from, &to), es: text.es.replace(&from, &to) };
        let own = |name: &String| if *name == pattern { column.to_owned() } else { name.clone() };
        Rule {
            id: match &self.id {
                Some(id) => of_column(id, column),
                None => derived_id(&rule.dataset, Some(column), rule.expectation),
            },
            columns: rule.columns.iter().map(own).collect(),
            metric: rule.metric.renamed(&pattern, column),
            sentence: said(&rule.sentence),
            expected: rule.expected.as_ref().map(said),
            selected: None,
            ..rule.clone()
        }
    }
}
