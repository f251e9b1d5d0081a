//! `templates` and `use`: keys that several columns share.
//!
//! A column that uses a template is read as if the template's keys stood in it, before its own: a key of its own wins, and
//! `expect` lists are joined, the template's rules first. With `use: [a, b]` the keys of `b` win over those of `a`. A
//! template uses no other one. Places stay those of the template, so a mistake in it is told once, where it is.

use std::ops::Range;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Level, nearest};
use crate::ir::name::nfc;
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::{Content, Entry, Node, Scalar};

/// The templates of a suite.
#[derive(Default)]
pub(super) struct Templates {
    templates: IndexMap<String, Template>,
}

struct Template {
    key_span: Range<usize>,
    entries: Vec<Entry>,
    used: bool,
}

impl Reader<'_> {
    /// Reads the templates of a suite.
    pub(super) fn templates(&mut self, root: &Node) -> Templates {
        let mut templates = IndexMap::new();
        let Some(node) = root.get("templates") else { return Templates::default() };
        for entry in self.map(node, "templates").unwrap_or(&[]) {
            let Some(entries) = self.map(&entry.value, &entry.key) else { continue };
            if let Some(again) = entries.iter().find(|inner| inner.key == "use") {
                let message = "a template uses no other template";
                self.error(Code::Conflict, again.key_span.clone(), message).help =
                    Some("a column may use several: `use: [a, b]`".to_owned());
            }
            let known: Vec<&str> = keys::COLUMN.iter().copied().filter(|key| *key != "use").collect();
            let nested: Vec<Entry> = entries.iter().filter(|inner| inner.key != "use").cloned().collect();
            let rest = Node { span: entry.value.span.clone(), content: Content::Map(nested.clone()) };
            self.check_keys(&rest, &known, "a template");
            let entries = nested.into_iter().filter(|inner| known.contains(&inner.key.as_str())).collect();
            let template = Template { key_span: entry.key_span.clone(), entries, used: false };
            templates.insert(entry.key.clone(), template);
        }
        Templates { templates }
    }

    /// Puts the templates that columns use into them.
    pub(super) fn use_templates(&mut self, datasets: &mut [Entry], templates: &mut Templates) {
        for dataset in datasets {
            let Some(columns) = dataset.value.get_mut("columns") else { continue };
            let Content::Map(columns) = &mut columns.content else { continue };
            for column in columns {
                if let Some(asked) = column.value.get("use").cloned() {
                    self.sharing.push(format!("`{}`", nfc(&column.key)));
                    self.use_in(&mut column.value, &asked, templates);
                }
            }
        }
    }

    fn use_in(&mut self, column: &mut Node, asked: &Node, templates: &mut Templates) {
        let mut entries: Vec<Entry> = Vec::new();
        for item in asked.as_list() {
            let Some(name) = self.text(item) else { continue };
            let near = nearest(&name, templates.templates.keys().map(String::as_str)).map(str::to_owned);
            let Some(template) = templates.templates.get_mut(&name) else {
                let message = format!("no template is called `{name}`");
                let diagnostic = self.error(Code::UnknownName, item.span.clone(), message);
                diagnostic.label = near.map(|near| format!("did you mean `{near}`?"));
                diagnostic.help = Some("templates are named under `templates`".to_owned());
                continue;
            };
            template.used = true;
            put_over(&mut entries, template.entries.clone());
        }
        if let Content::Map(own) = &mut column.content {
            put_over(&mut entries, own.iter().filter(|entry| entry.key != "use").cloned().collect());
            *own = entries;
        }
    }

    /// Remarks on templates that no column uses, and gives a dataset in which they are read, so that mistakes in them are
    /// told as well. A file that is included serves other suites too: there they pass without remark.
    pub(super) fn unused(&mut self, templates: &Templates) -> Option<Entry> {
        let unused: Vec<(&String, &Template)> =
            templates.templates.iter().filter(|(_, template)| !template.used).collect();
        for (name, template) in &unused {
            if !self.sources.is_suite(template.key_span.start) {
                continue;
            }
            let message = format!("no column uses the template `{name}`");
            self.report(Level::Note, Code::Doubtful, template.key_span.clone(), message).help =
                Some(format!("write `use: {name}` in a column, or remove it"));
        }
        let (_, first) = unused.first()?;
        let node = |content| Node { span: first.key_span.clone(), content };
        let entry = |key: &str, value| Entry { key: key.to_owned(), key_span: first.key_span.clone(), value };
        let columns = unused.iter().map(|(name, template)| Entry {
            key: (*name).clone(),
            key_span: template.key_span.clone(),
            value: Node { span: template.key_span.clone(), content: Content::Map(template.entries.clone()) },
        });
        let columns = node(Content::Map(columns.collect()));
        let source = node(Content::Scalar(Scalar { text: "unused".to_owned(), plain: true, secret: false }));
        let dataset = node(Content::Map(vec![entry("source", source), entry("columns", columns)]));
        Some(entry("unused", dataset))
    }
}

impl Reader<'_> {
    /// What a diagnostic says, without the name of the column that it was found by: columns that share a template share
    /// its mistakes.
    pub(super) fn said(&self, diagnostic: &Diagnostic) -> (Range<usize>, Code, String) {
        let nameless = |message: String, name: &String| message.replace(name, "`…`");
        let message = self.sharing.iter().fold(diagnostic.message.clone(), nameless);
        (diagnostic.span.clone(), diagnostic.code, message)
    }
}

/// Puts entries over others: a key replaces the one before it, lists of expectations are joined.
fn put_over(entries: &mut Vec<Entry>, over: Vec<Entry>) {
    for entry in over {
        match entries.iter_mut().find(|known| known.key == entry.key) {
            Some(known) if entry.key == "expect" => {
                let items = known.value.as_list().iter().chain(entry.value.as_list()).cloned().collect();
                known.value.content = Content::List(items);
            }
            Some(known) => *known = entry,
            None => entries.push(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files, remarks};

    fn suite(templates: &str, columns: &str) -> String {
        format!(
            "tamiz: 1\nsuite: s\ntemplates:\n{templates}datasets:\n  d:\n    source: d.csv\n    columns:\n{columns}"
        )
    }

    const VP: &str = "  vp: {type: string, expect: [not_null, in_set: {values: [a], severity: warning}]}\n";

    #[test]
    fn the_columns_keys_win_and_its_rules_stand_after_those_of_the_template() {
        let text = suite(VP, "      a: {use: vp, expect: [unique]}\n      b: {use: vp, type: integer}\n");
        let text = text.replace("[a]", "['1']");
        let suite = read_files(&[("s.yaml", &text)]).unwrap();
        let written: Vec<&str> =
            suite.rules.iter().filter(|rule| rule.builtin.is_none()).map(|rule| rule.id.as_str()).collect();
        let a = ["d.a.type", "d.a.not_null", "d.a.in_set", "d.a.unique"];
        assert_eq!(written, [&a[..], &["d.b.type", "d.b.not_null", "d.b.in_set"]].concat());
        assert_eq!(suite.datasets[0].data.columns[1].reading.as_ref().unwrap().kind, crate::ir::Type::Integer);
    }

    #[test]
    fn of_several_templates_the_later_one_wins() {
        let templates = VP.replace("[a]", "['2025-01-01']") + "  n: {type: date, expect: [unique]}\n";
        let text = suite(&templates, "      a: {use: [vp, n]}\n");
        let suite = read_files(&[("s.yaml", &text)]).unwrap();
        assert_eq!(suite.datasets[0].data.columns[0].reading.as_ref().unwrap().kind, crate::ir::Type::Date);
        assert!(suite.rules.iter().any(|rule| rule.id == "d.a.unique"));
    }

    #[test]
    fn a_mistake_in_a_template_is_told_once_and_at_the_template() {
        let wrong = "  vp: {typ: string, type: integer, expect: [not_nul, between: {min: x}]}\n";
        let columns = "      a: {use: vp}\n      b: {use: vp}\n";
        for columns in [columns, "      a:\n"] {
            let told = mistakes(&[("s.yaml", &suite(wrong, columns))]);
            let lines: Vec<u64> = told.iter().map(|(_, line, _)| *line).collect();
            assert_eq!(lines, [4, 4, 4], "{told:?}");
        }
    }

    #[test]
    fn an_unknown_template_and_one_that_uses_another_are_mistakes() {
        let told = read_files(&[("s.yaml", &suite(VP, "      a: {use: vq}\n"))]).err().unwrap();
        assert_eq!(told[0].message, "no template is called `vq`");
        let near =
            read_files(&[("s.yaml", &suite(&VP.replace("vp", "valor"), "      a: {use: valr}\n"))]).err().unwrap();
        assert_eq!(near[0].label.as_deref(), Some("did you mean `valor`?"));
        let nested = suite("  a: {type: string}\n  b: {use: a}\n", "      a: {use: b}\n");
        assert!(mistakes(&[("s.yaml", &nested)])[0].2.contains("uses no other"));
        let twice = suite("  a: {expect: [not_null: {id: x}]}\n", "      a: {use: a}\n      b: {use: a}\n");
        assert_eq!(mistakes(&[("s.yaml", &twice)])[0].2, "the id `x` is given twice");
    }

    #[test]
    fn a_template_that_nobody_uses_is_remarked_in_the_suite_itself() {
        let text = suite(VP, "      a:\n");
        assert_eq!(remarks(&[("s.yaml", &text)]), ["no column uses the template `vp`"]);
        let including = text.replace(&format!("templates:\n{VP}"), "include: a.yaml\n");
        assert_eq!(remarks(&[("s.yaml", &including), ("a.yaml", &format!("templates:\n{VP}"))]), [""; 0]);
    }
}
