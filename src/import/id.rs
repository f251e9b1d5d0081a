//! Ids for rules whose derived ids would clash: written, so that inserting a rule shifts none of them.

use std::collections::HashSet;

use crate::import::draft::{Draft, Rule, Value};

/// Gives an id to each rule that would derive the id of an earlier one.
pub(super) fn settle(draft: &mut Draft) {
    let mut taken: HashSet<String> = written(draft);
    for (dataset, held) in &mut draft.datasets {
        for (column, held) in &mut held.columns {
            held.rules.iter_mut().for_each(|rule| one(rule, &[dataset.as_str(), column.as_str()], &mut taken));
        }
        for rule in &mut held.rules {
            let column = match rule.keys.iter().find(|(key, _)| key == "column") {
                Some((_, Value::Text(column) | Value::Raw(column) | Value::Word(column))) => Some(column.clone()),
                _ => None,
            };
            let place: Vec<&str> = std::iter::once(dataset.as_str()).chain(column.as_deref()).collect();
            one(rule, &place, &mut taken);
        }
    }
}

/// The ids that rules have already.
fn written(draft: &Draft) -> HashSet<String> {
    let of_columns =
        draft.datasets.values().flat_map(|dataset| dataset.columns.values()).flat_map(|column| &column.rules);
    let of_tables = draft.datasets.values().flat_map(|dataset| &dataset.rules);
    of_columns.chain(of_tables).filter_map(id).map(str::to_owned).collect()
}

fn id(rule: &Rule) -> Option<&str> {
    match rule.keys.iter().find(|(key, _)| key == "id") {
        Some((_, Value::Text(id) | Value::Raw(id) | Value::Word(id))) => Some(id),
        _ => None,
    }
}

fn one(rule: &mut Rule, place: &[&str], taken: &mut HashSet<String>) {
    if rule.expectation.is_empty() || id(rule).is_some() {
        return;
    }
    let sound = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let derived: String = place
        .iter()
        .chain([&rule.expectation.as_str()])
        .copied()
        .collect::<Vec<_>>()
        .join(".")
        .chars()
        .map(sound)
        .collect();
    if taken.insert(derived.clone()) {
        return;
    }
    let mut number = 2;
    while !taken.insert(format!("{derived}_{number}")) {
        number += 1;
    }
    rule.keys.push(("id".to_owned(), Value::text(format!("{derived}_{number}"))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_later_rules_of_the_same_derived_id_get_one() {
        let mut draft = Draft::default();
        let orders = draft.dataset("orders");
        orders.expect(Some("a b"), Rule::new("between").with("min", 1));
        orders.expect(Some("a b"), Rule::new("between").with("max", 9));
        orders.expect(None, Rule::new("between").with("column", Value::text("a b")).with("max", 7));
        orders.expect(None, Rule::new("unique").with("id", Value::text("orders.row_count")));
        orders.expect(None, Rule::new("row_count"));
        settle(&mut draft);
        let orders = &draft.datasets["orders"];
        let ids: Vec<_> = orders.columns["a b"].rules.iter().chain(&orders.rules).map(id).collect();
        assert_eq!(
            ids,
            [
                None,
                Some("orders.a_b.between_2"),
                Some("orders.a_b.between_3"),
                Some("orders.row_count"),
                Some("orders.row_count_2")
            ]
        );
    }
}
