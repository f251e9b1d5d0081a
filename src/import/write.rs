//! A draft as the text of a suite: column-grouped, in short forms, long lists broken, remarks as comments.

use crate::expectation;
use crate::import::draft::{Column, Dataset, Draft, Rule, Value, flow_entries};
use crate::suite::quote;

/// How long a line may be.
const WIDTH: usize = 110;

/// Writes a draft.
pub(super) fn write(draft: &Draft) -> String {
    let mut writer = Writer { text: String::new() };
    draft.head.iter().for_each(|remark| writer.remark(0, remark));
    writer.text.push_str(&format!("tamiz: 1\nsuite: {}\n", quote::scalar(&draft.name)));
    writer.keys(0, &draft.keys);
    writer.text.push_str("\ndatasets:\n");
    for (index, (name, dataset)) in draft.datasets.iter().enumerate() {
        if index > 0 {
            writer.text.push('\n');
        }
        writer.dataset(name, dataset);
    }
    if draft.datasets.is_empty() {
        writer.text.truncate(writer.text.trim_end().len());
        writer.text.push_str(" {}\n");
    }
    if !draft.tail.is_empty() {
        writer.text.push('\n');
    }
    draft.tail.iter().for_each(|remark| writer.remark(0, remark));
    writer.text
}

struct Writer {
    text: String,
}

impl Writer {
    fn dataset(&mut self, name: &str, dataset: &Dataset) {
        dataset.remarks.iter().for_each(|remark| self.remark(2, remark));
        self.line(2, &format!("{}:", quote::scalar(name)));
        self.keys(4, &dataset.keys);
        if !dataset.columns.is_empty() {
            self.line(4, "columns:");
        }
        for (name, column) in &dataset.columns {
            self.column(name, column);
        }
        self.rules(4, &dataset.rules);
    }

    fn column(&mut self, name: &str, column: &Column) {
        let key = quote::scalar(name);
        let rules: Vec<&Rule> = column.rules.iter().collect();
        let plain = rules.iter().all(|rule| rule.remarks.is_empty());
        let mut entries = flow_entries(&column.keys);
        if plain && !rules.is_empty() {
            let listed: Vec<String> = rules.iter().map(|rule| item(rule)).collect();
            let comma = if entries.is_empty() { "" } else { ", " };
            entries.push_str(&format!("{comma}expect: [{}]", listed.join(", ")));
        }
        let line = format!("{key}: {{{entries}}}");
        if column.keys.is_empty() && rules.is_empty() {
            self.line(6, &format!("{key}:"));
        } else if plain && 6 + line.chars().count() <= WIDTH {
            self.line(6, &line);
        } else {
            self.line(6, &format!("{key}:"));
            self.keys(8, &column.keys);
            self.rules(8, &column.rules);
        }
    }

    /// An `expect` list, where there is something for it.
    fn rules(&mut self, indent: usize, rules: &[Rule]) {
        let written = rules.iter().filter(|rule| !rule.expectation.is_empty()).count();
        if written > 0 {
            self.line(indent, "expect:");
        }
        let inner = if written > 0 { indent + 2 } else { indent };
        for rule in rules {
            rule.remarks.iter().for_each(|remark| self.remark(inner, remark));
            if !rule.expectation.is_empty() {
                self.rule(inner, rule);
            }
        }
    }

    fn rule(&mut self, indent: usize, rule: &Rule) {
        let line = format!("- {}", item(rule));
        let simple = rule.keys.len() <= 1 || rule.keys.iter().all(|(_, value)| !matches!(value, Value::Map(_)));
        if indent + line.chars().count() <= WIDTH && simple || rule.keys.is_empty() {
            self.line(indent, &line);
        } else if let Some(main) = main_alone(rule) {
            self.wrapped(indent, &format!("- {}: {}", rule.expectation, main.flow()), indent + 4);
        } else {
            self.line(indent, &format!("- {}:", rule.expectation));
            self.keys(indent + 4, &rule.keys);
        }
    }

    /// Keys and values, each on lines of its own.
    fn keys(&mut self, indent: usize, entries: &[(String, Value)]) {
        for (key, value) in entries {
            let line = format!("{}: {}", quote::scalar(key), value.flow());
            match value {
                Value::Map(inner) if indent + line.chars().count() > WIDTH && !inner.is_empty() => {
                    self.line(indent, &format!("{}:", quote::scalar(key)));
                    self.keys(indent + 2, inner);
                }
                _ => self.wrapped(indent, &line, indent + 2),
            }
        }
    }

    /// A line, broken after commas that are not part of a value; what goes on is set in.
    fn wrapped(&mut self, indent: usize, text: &str, next: usize) {
        let (mut line, mut quoted, mut escaped) = (format!("{:indent$}", ""), None, false);
        let mut piece = String::new();
        let mut lines = String::new();
        let mut flush = |line: &mut String, piece: &mut String| {
            if line.chars().count() + piece.trim_end().chars().count() > WIDTH && line.trim().len() > 1 {
                lines.push_str(line.trim_end());
                lines.push('\n');
                *line = format!("{:next$}", "");
            }
            line.push_str(piece);
            piece.clear();
        };
        for c in text.chars() {
            match quoted {
                Some(_) if escaped => {}
                Some(open) if c == open => quoted = None,
                None if c == '\'' || c == '"' => quoted = Some(c),
                _ => {}
            }
            escaped = quoted == Some('"') && c == '\\' && !escaped;
            piece.push(c);
            if quoted.is_none() && piece.ends_with(", ") {
                flush(&mut line, &mut piece);
            }
        }
        flush(&mut line, &mut piece);
        self.text.push_str(&lines);
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&format!("{:indent$}{text}\n", ""));
    }

    /// A comment, on as many lines as it needs.
    fn remark(&mut self, indent: usize, text: &str) {
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in quote::remark(paragraph).split(' ') {
                if !line.is_empty() && indent + line.chars().count() + word.chars().count() + 3 > WIDTH {
                    self.text.push_str(&format!("{:indent$}#{line}\n", ""));
                    // What goes on is set in, so that the next remark is told from it.
                    line = String::from("  ");
                }
                line.push(' ');
                line.push_str(word);
            }
            self.text.push_str(&format!("{:indent$}#{}\n", "", line.trim_end()));
        }
    }
}

/// An item of an `expect` list on one line: a bare name, the main parameter alone, or all keys.
fn item(rule: &Rule) -> String {
    match (rule.keys.as_slice(), main_alone(rule)) {
        ([], _) => rule.expectation.clone(),
        (_, Some(value)) => format!("{}: {}", rule.expectation, value.flow()),
        (keys, None) => format!("{}: {{{}}}", rule.expectation, flow_entries(keys)),
    }
}

/// The value of the main parameter, if it is the only key and can stand alone.
fn main_alone(rule: &Rule) -> Option<&Value> {
    let main = expectation::find(&rule.expectation)?.main?;
    match rule.keys.as_slice() {
        [(key, value)] if key == main && !matches!(value, Value::Map(_) | Value::Null) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(draft: &Draft) -> String {
        write(draft)
    }

    fn draft() -> Draft {
        let mut draft = Draft { name: "shop".to_owned(), ..Draft::default() };
        draft.dataset("orders").set("source", Value::text("orders.csv"));
        draft
    }

    #[test]
    fn rules_take_their_shortest_form() {
        let mut draft = draft();
        let orders = draft.dataset("orders");
        orders.expect(Some("id"), Rule::new("not_null"));
        orders.expect(Some("id"), Rule::new("unique"));
        orders.expect(Some("size"), Rule::new("in_set").with("values", vec![Value::text("S"), Value::text("NO")]));
        orders.expect(None, Rule::new("row_count").with("min", 1));
        assert_eq!(
            written(&draft),
            "tamiz: 1\nsuite: shop\n\ndatasets:\n  orders:\n    source: orders.csv\n    columns:\n      id: {expect: \
             [not_null, unique]}\n      size: {expect: [in_set: [S, 'NO']]}\n    expect:\n      - row_count: {min: 1}\n"
        );
    }

    #[test]
    fn what_could_not_be_said_stands_in_a_comment() {
        let mut draft = draft();
        draft.dataset("orders").expect(Some("id"), Rule::new("not_null"));
        draft.dataset("orders").expect(Some("id"), Rule::only(vec!["not imported: x: custom".to_owned()]));
        let text = written(&draft);
        assert!(
            text.contains("        expect:\n          - not_null\n          # not imported: x: custom\n"),
            "{text}"
        );
    }

    #[test]
    fn a_long_list_is_broken_after_commas() {
        let values: Vec<Value> = (0..60).map(|n| Value::text(format!("a, b {n}"))).collect();
        let mut draft = draft();
        draft.dataset("orders").expect(Some("id"), Rule::new("in_set").with("values", values.clone()));
        let text = written(&draft);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let (root, faults) = crate::suite::yaml::read(&text).unwrap();
        assert!(faults.is_empty() && format!("{root:?}").matches("a, b ").count() == values.len(), "{text}");
    }
}
