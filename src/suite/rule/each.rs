//! One item of a list that stands for several rules: `for_each`, and `columns` as a pattern.
//!
//! Both stand in the list of a dataset, with the other keys of the rule beside them: `for_each: {column: [a, b]}` is one
//! rule for each name, `columns: "l_*"` one for each column whose name fits, declared or found in the data. An `id` beside
//! them gets the name of the column put after it, so that it stays unique.

use std::ops::Range;

use crate::diagnostic::Code;
use crate::expectation::{Definition, Place};
use crate::ir::Selector;
use crate::ir::name::nfc;
use crate::suite::Selected;
use crate::suite::rule::id::of_column;
use crate::suite::rule::{Context, Drafted};
use crate::suite::yaml::{Content, Entry, Node, Scalar};

impl Context<'_, '_, '_> {
    /// Reads an item that has `for_each`; `given` are the keys beside it.
    pub(super) fn for_each(
        &mut self,
        definition: &'static Definition,
        each: &Entry,
        given: &[Entry],
        span: &Range<usize>,
        rules: &mut Vec<Drafted>,
    ) {
        let Some(entries) = self.reader.map(&each.value, "for_each") else { return };
        self.reader.check_keys(&each.value, &["column"], "`for_each`");
        let Some(names) = entries.iter().find(|entry| entry.key == "column").map(|entry| &entry.value) else {
            if entries.is_empty() {
                self.reader.error(Code::MissingKey, each.value.span.clone(), "`for_each` names no `column`").help =
                    Some("write `for_each: {column: [a, b]}`".to_owned());
            }
            return;
        };
        if definition.place == Place::Table {
            let message = format!("`{}` is not about one column, so it has none for each", definition.name);
            self.reader.error(Code::Conflict, each.key_span.clone(), message);
            return;
        }
        if let Some(other) = given.iter().find(|entry| matches!(entry.key.as_str(), "column" | "columns")) {
            let message = format!("`{}` does not go with `for_each`, which gives the columns", other.key);
            self.reader.error(Code::Conflict, other.key_span.clone(), message);
            return;
        }
        if names.as_list().is_empty() {
            self.reader.error(Code::BadValue, names.span.clone(), "`for_each` has no column, so it is no rule");
        }
        let mut seen: Vec<String> = Vec::new();
        for node in names.as_list() {
            let Some(name) = self.reader.text(node).map(|text| nfc(&text)) else { continue };
            if seen.contains(&name) {
                self.reader.error(Code::Duplicate, node.span.clone(), format!("the column `{name}` is given twice"));
                continue;
            }
            rules.extend(self.about_one(definition, &name, given, &node.span, span));
            seen.push(name);
        }
    }

    /// Reads an item whose `columns` is a pattern: the rule of each declared column that fits, and one to stand for those
    /// that are found in the data.
    pub(super) fn selection(
        &mut self,
        definition: &'static Definition,
        pattern: &Node,
        given: &[Entry],
        span: &Range<usize>,
    ) -> Option<Drafted> {
        let text = nfc(&self.reader.text(pattern)?);
        let selector = match Selector::pattern(&text) {
            Ok(selector) => selector,
            Err(wrong) => {
                let message = format!("`{text}` is no pattern of names: {wrong}");
                self.reader.error(Code::BadValue, pattern.span.clone(), message).help =
                    Some("`*` is any text, `?` one character, `[ab]` one of these; a list names columns".to_owned());
                return None;
            }
        };
        let names: Vec<String> = self.draft.data.columns.iter().map(|column| column.name.clone()).collect();
        let mut declared = Vec::new();
        for name in names.iter().filter(|name| selector.means(name)) {
            declared.extend(self.about_one(definition, name, given, &pattern.span, span).map(|drafted| drafted.rule));
        }
        let mut drafted = self.about_one(definition, &text, given, &pattern.span, span)?;
        let id = given.iter().find(|entry| entry.key == "id").and_then(|entry| entry.value.text()).map(str::to_owned);
        if let Some(id) = &id {
            drafted.rule.id.clone_from(id);
        }
        for rule in declared.iter_mut().chain([&mut drafted.rule]) {
            rule.params.insert("columns".to_owned(), text.clone().into());
        }
        drafted.rule.selected = Some(Selected { selector, declared, id });
        Some(drafted)
    }

    /// Reads the rule about one of several columns, whose name is given at a place.
    fn about_one(
        &mut self,
        definition: &'static Definition,
        column: &str,
        given: &[Entry],
        at: &Range<usize>,
        span: &Range<usize>,
    ) -> Option<Drafted> {
        let scalar = |text: String| Content::Scalar(Scalar { text, plain: false, secret: false });
        let mut entries = given.to_vec();
        if let Some(id) = entries.iter_mut().find(|entry| entry.key == "id")
            && let Some(text) = id.value.text()
        {
            id.value.content = scalar(of_column(text, column));
        }
        let value = Node { span: at.clone(), content: scalar(column.to_owned()) };
        entries.push(Entry { key: "column".to_owned(), key_span: at.clone(), value });
        let node = Node { span: span.clone(), content: Content::Map(entries) };
        self.one(definition, None, Some(&node), span)
    }
}

/// The pattern of an item whose `columns` is one, and the keys beside it.
pub(super) fn pattern<'n>(definition: &Definition, value: Option<&'n Node>) -> Option<(&'n Node, Vec<Entry>)> {
    let value = value.filter(|_| definition.place != Place::Table)?;
    if value.text().is_some() {
        return (definition.main == Some("columns")).then(|| (value, Vec::new()));
    }
    let pattern = value.get("columns").filter(|node| node.text().is_some())?;
    let given = value.entries()?.iter().filter(|entry| entry.key != "columns").cloned();
    Some((pattern, given.collect()))
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files};
    use crate::suite::{Rule, Suite};

    fn suite(item: &str) -> String {
        format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      l_a: {{type: integer}}\n      l_b:\n      c:\n    expect:\n      - {item}\n"
        )
    }

    fn read(item: &str) -> Suite {
        read_files(&[("s.yaml", &suite(item))]).unwrap_or_else(|wrong| panic!("{wrong:?}"))
    }

    fn wrong(item: &str) -> Vec<String> {
        mistakes(&[("s.yaml", &suite(item))]).into_iter().map(|(_, _, message)| message).collect()
    }

    fn ids<'s>(rules: impl IntoIterator<Item = &'s Rule>) -> Vec<&'s str> {
        rules.into_iter().filter(|rule| rule.builtin.is_none()).map(|rule| rule.id.as_str()).collect()
    }

    #[test]
    fn for_each_is_one_rule_for_each_name() {
        let suite = read("between: {for_each: {column: [l_a, c]}, min: 0, severity: warning}");
        assert_eq!(ids(&suite.rules), ["d.l_a.type", "d.l_a.between", "d.c.between"]);
        assert_eq!(suite.rules[2].columns, ["c"]);
        assert!(suite.rules[2].sentence.en.contains("`c`"));
        let suite = read("not_null: {for_each: {column: [l_a, c]}, id: full}");
        assert_eq!(ids(&suite.rules[1..]), ["full.l_a", "full.c"]);
    }

    #[test]
    fn for_each_refuses_what_it_does_not_mean() {
        for item in [
            "not_null: {for_each: {colum: [a]}}",
            "not_null: {for_each: {column: []}}",
            "not_null: {for_each: {}}",
            "not_null: {for_each: [a]}",
            "not_null: {for_each: {column: [c, c]}}",
            "not_null: {for_each: {column: [c]}, column: l_a}",
            "row_count: {for_each: {column: [c]}, min: 1}",
            "between: {for_each: {column: [l_a]}, min: x}",
        ] {
            assert_eq!(wrong(item).len(), 1, "{item}: {:?}", wrong(item));
        }
    }

    #[test]
    fn a_pattern_is_a_rule_for_each_declared_column_and_for_those_found() {
        let suite = read("not_null: {columns: 'l_*'}");
        let selected = suite.rules[1].selected.as_ref().unwrap();
        assert_eq!(ids(&selected.declared), ["d.l_a.not_null", "d.l_b.not_null"]);
        let found = |_: &str| Some(["x", "l_a", "l_z", "l_b"].map(str::to_owned).to_vec());
        let expanded = suite.expanded(&found);
        assert_eq!(ids(&expanded.rules[1..4]), ["d.l_a.not_null", "d.l_z.not_null", "d.l_b.not_null"]);
        let rule = &expanded.rules[2];
        assert_eq!(
            (rule.columns.as_slice(), rule.sentence.en.as_str()),
            (&["l_z".to_owned()][..], "`l_z` is never null")
        );
        assert_eq!(
            rule.metric.evaluated().unwrap().rows(),
            suite.rules[1].metric.renamed("l_*", "l_z").evaluated().unwrap().rows()
        );
        let mut seen = Vec::new();
        rule.metric.number().columns(&mut |column| seen.push(column.to_owned()));
        assert!(seen.iter().all(|name| name == "l_z"), "{seen:?}");
    }

    #[test]
    fn a_pattern_that_fits_no_column_stays() {
        let suite = read("unique: 'z*'");
        let expanded = suite.expanded(&|_| Some(vec!["a".to_owned()]));
        assert!(expanded.rules[1].selected.is_some());
        assert_eq!(ids(&suite.expanded(&|_| None).rules[1..2]), ["d.z_.unique"]);
    }

    #[test]
    fn ids_of_a_pattern_stay_apart() {
        let two =
            "not_null: {columns: 'l_*', id: full}\n      - not_null: {columns: '*_a'}\n      - not_null: {column: l_a}";
        let expanded = read(two).expanded(&|_| None).into_owned();
        assert_eq!(ids(&expanded.rules[1..]), ["full.l_a", "full.l_b", "d.l_a.not_null.2", "d.l_a.not_null"]);
    }

    #[test]
    fn a_value_that_a_declared_column_cannot_hold_is_a_mistake() {
        assert_eq!(wrong("between: {columns: 'l_*', min: x}").len(), 1);
        assert_eq!(wrong("not_null: {columns: 'l_['}").len(), 1);
    }
}
