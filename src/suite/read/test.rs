//! `tests` of a suite: tables, and what its rules must come to on them.
//!
//! Every mistake that shows without running a test is told: a dataset or rule that the suite does not have, a value that is
//! none, a rule that needs a dataset without a table.

use std::collections::HashSet;
use std::ops::Range;

use crate::diagnostic::{Code, nearest};
use crate::ir::Reading;
use crate::ir::name::nfc;
use crate::ir::time::Zone;
use crate::outcome::Status;
use crate::suite::read::{Reader, parse_as_of};
use crate::suite::test::{Lack, Observed, Table, Test, Wanted};
use crate::suite::yaml::{Content, Entry, Node};
use crate::suite::{AsOf, Suite, SuiteDataset, keys, quote};

/// The counts that a test may ask for.
const COUNTS: [&str; 4] = ["violations", "evaluated", "missing", "unparsed"];

impl Reader<'_> {
    /// Reads the tests of a suite whose rules are known.
    pub(super) fn tests(&mut self, root: &Node, suite: &Suite) -> Vec<Test> {
        let Some(node) = root.get("tests") else { return Vec::new() };
        let entries = self.map(node, "tests").unwrap_or(&[]);
        entries.iter().filter_map(|entry| self.test(entry, suite)).collect()
    }

    fn test(&mut self, entry: &Entry, suite: &Suite) -> Option<Test> {
        let node = &entry.value;
        self.map(node, &entry.key)?;
        self.check_keys(node, keys::TEST, "a test");
        let mut test = Test {
            name: entry.key.clone(),
            location: self.location(&entry.key_span),
            data: Vec::new(),
            vars: self.set_by_test(node.get("vars")),
            as_of: node.get("as_of").and_then(|node| self.now_of_test(node)),
            expect: Vec::new(),
            all_passed: node.get("all").and_then(|node| self.one_of(node, &["passed"])).is_some(),
            exit: node.get("exit").and_then(|node| self.exit(node)),
        };
        if let Some(data) = node.get("data") {
            for table in self.map(data, "data").unwrap_or(&[]) {
                if let Some(dataset) = self.dataset_of_test(table, suite)
                    && let Some(rows) = self.table(&table.value, dataset)
                {
                    test.data.push((table.key.clone(), rows));
                }
            }
        } else {
            self.error(Code::MissingKey, entry.key_span.clone(), "a test needs `data`").help = rows_of(suite);
        }
        if node.get("expect").is_none() && !test.all_passed && test.exit.is_none() {
            let rule = suite.rules.iter().find(|rule| rule.selected.is_none());
            self.error(Code::MissingKey, entry.key_span.clone(), "the test asks for nothing").help = Some(match rule {
                Some(rule) => format!(
                    "say what rules come to: `expect: {{{}: failed}}`, or `all: passed`",
                    quote::scalar(&rule.id)
                ),
                None => "say what rules come to, by their ids under `expect`, or `all: passed`".to_owned(),
            });
        }
        if let Some(expect) = node.get("expect") {
            let given: Vec<&str> = node.get("data").and_then(Node::entries).unwrap_or(&[]).iter().map(key).collect();
            for wanted in self.map(expect, "expect").unwrap_or(&[]) {
                let read = self.wanted(wanted);
                if let (Some(read), true) = (read, self.can_be_asked(wanted, suite, &given)) {
                    test.expect.push(read);
                }
            }
        }
        if let AsOf::Newest { dataset, column } = &suite.as_of
            && test.as_of.is_none()
            && node.get("data").is_none_or(|data| data.get(suite.root(dataset)).is_none())
        {
            let message =
                format!("`as_of` is the newest value of `{dataset}.{column}`, and the test has no data for it");
            self.error(Code::MissingKey, entry.key_span.clone(), message).help =
                Some("give the test an `as_of` of its own, or the dataset its rows".to_owned());
        }
        Some(test)
    }

    fn set_by_test(&mut self, node: Option<&Node>) -> Vec<(String, String)> {
        let mut vars = Vec::new();
        for entry in node.and_then(|node| self.map(node, "vars")).unwrap_or(&[]) {
            let Some(text) = self.text(&entry.value) else { continue };
            let kind = self.variables.kind(&entry.key);
            if kind.is_none() {
                let near = nearest(&entry.key, self.variables.names()).map(|near| format!("did you mean `{near}`?"));
                let message = format!("this suite has no variable `{}`", entry.key);
                self.error(Code::BadVariable, entry.key_span.clone(), message).label = near;
            } else if let Some(kind) = kind.filter(|kind| Reading::plain(*kind).read(&text).is_none()) {
                let message = format!("`{text}` is no {kind}, which `{}` is declared to be", entry.key);
                self.error(Code::BadVariable, entry.value.span.clone(), message);
            }
            vars.push((entry.key.clone(), text));
        }
        vars
    }

    fn now_of_test(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if parse_as_of(&text, Zone::UTC).is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no date and no instant")).help =
                Some("write `2025-06-30` or `2025-06-30T12:00:00Z`".to_owned());
            return None;
        }
        Some(text)
    }

    fn exit(&mut self, node: &Node) -> Option<u8> {
        let word = self.one_of(node, &["0", "1", "3"])?;
        word.parse().ok()
    }

    /// The dataset that a table is for, if it may have one.
    fn dataset_of_test<'s>(&mut self, table: &Entry, suite: &'s Suite) -> Option<&'s SuiteDataset> {
        let Some(dataset) = suite.dataset(&table.key) else {
            let names = suite.datasets.iter().map(|dataset| dataset.data.name.as_str());
            let near = nearest(&table.key, names).map(|near| format!("did you mean `{near}`?"));
            let message = format!("this suite has no dataset `{}`", table.key);
            self.error(Code::UnknownName, table.key_span.clone(), message).label = near;
            return None;
        };
        if let Some(from) = &dataset.from {
            let message = format!("`{}` takes the rows of `{}`", table.key, from.dataset);
            self.error(Code::Conflict, table.key_span.clone(), message).help =
                Some(format!("give the rows to `{}`", from.root));
            return None;
        }
        Some(dataset)
    }

    fn table(&mut self, node: &Node, dataset: &SuiteDataset) -> Option<Table> {
        match &node.content {
            Content::Scalar(text) => Some(Table::Text(text.text.clone())),
            Content::List(items) => {
                let mut rows = Vec::with_capacity(items.len());
                for item in items {
                    rows.push(self.map(item, "a row")?.to_vec());
                }
                self.rows(Vec::new(), rows, dataset)
            }
            Content::Map(columns) => {
                let names = columns.iter().map(|column| nfc(&column.key)).collect();
                let rows = self.turned(columns)?;
                self.rows(names, rows, dataset)
            }
            Content::Null(_) => {
                self.error(Code::BadValue, node.span.clone(), "a table is rows, columns or text in CSV").help =
                    Some("write `[]` for one without rows".to_owned());
                None
            }
        }
    }

    /// The rows of a table that is given by its columns.
    fn turned(&mut self, columns: &[Entry]) -> Option<Vec<Vec<Entry>>> {
        let mut rows: Vec<Vec<Entry>> = Vec::new();
        let count = columns.first().map_or(0, |column| column.value.as_list().len());
        for column in columns {
            let Some(values) = column.value.items() else {
                let message = format!("a column is a list of its values, and this is {}", column.value.kind());
                self.error(Code::BadValue, column.value.span.clone(), message).help =
                    Some(format!("write `{}: […]`, or the table as a list of rows", column.key));
                return None;
            };
            if values.len() != count {
                let message = format!("`{}` has {} values, and the first column {count}", column.key, values.len());
                self.error(Code::BadValue, column.key_span.clone(), message);
                return None;
            }
            rows.resize_with(count, Vec::new);
            for (row, value) in rows.iter_mut().zip(values) {
                row.push(Entry { value: value.clone(), ..column.clone() });
            }
        }
        Some(rows)
    }

    /// A table of rows, its values seen to be values.
    fn rows(&mut self, mut columns: Vec<String>, mut rows: Vec<Vec<Entry>>, dataset: &SuiteDataset) -> Option<Table> {
        let mut computed = HashSet::new();
        for cell in rows.iter_mut().flatten() {
            cell.key = nfc(&cell.key);
            if dataset.data.column(&cell.key).is_some_and(|column| column.sql.is_some())
                && computed.insert(cell.key.clone())
            {
                self.error(Code::Conflict, cell.key_span.clone(), format!("`{}` is computed", cell.key)).help =
                    Some("give the columns that it is computed from".to_owned());
            }
            self.refuse_doubtful_nulls(&cell.value);
            if !columns.contains(&cell.key) {
                columns.push(cell.key.clone());
            }
        }
        computed.is_empty().then_some(Table::Rows { columns, rows })
    }

    fn refuse_doubtful_nulls(&mut self, node: &Node) {
        match &node.content {
            Content::Null(spelled) if spelled != "null" && spelled != "~" => {
                let said = if spelled.is_empty() { "an empty item".to_owned() } else { format!("`{spelled}`") };
                self.error(Code::BadValue, node.span.clone(), format!("{said} may mean no value or text")).help =
                    Some("write `null` for no value, or quotes for text".to_owned());
            }
            Content::Null(_) | Content::Scalar(_) => {}
            Content::List(items) => items.iter().for_each(|item| self.refuse_doubtful_nulls(item)),
            Content::Map(entries) => entries.iter().for_each(|entry| self.refuse_doubtful_nulls(&entry.value)),
        }
    }

    /// What a rule must come to: a word, or a map.
    fn wanted(&mut self, entry: &Entry) -> Option<Wanted> {
        let node = &entry.value;
        let mut wanted =
            Wanted { rule: entry.key.clone(), status: None, level: None, counts: Vec::new(), observed: None };
        if node.entries().is_none() {
            wanted.status = Some(self.status(node)?);
            return Some(wanted);
        }
        self.check_keys(node, keys::WANTED, "an outcome");
        wanted.level = node.get("level").and_then(|node| self.severity(node));
        wanted.status = node.get("status").and_then(|node| self.status(node)).or(wanted.level.map(|_| Status::Failed));
        if let (Some(level), Some(status)) = (node.get("level"), wanted.status)
            && status != Status::Failed
        {
            self.error(Code::Conflict, level.span.clone(), "`level` is that of a rule that failed");
        }
        for name in COUNTS {
            let Some(count) = node.get(name) else { continue };
            let text = self.text(count)?;
            match text.parse() {
                Ok(number) => wanted.counts.push((name, number)),
                Err(_) => {
                    self.error(Code::BadValue, count.span.clone(), format!("`{text}` is no count"));
                }
            }
        }
        wanted.observed = node.get("observed").and_then(|node| {
            if node.is_null() { Some(Observed::Nothing) } else { self.text(node).map(Observed::Spelled) }
        });
        if node.entries().is_some_and(<[Entry]>::is_empty) {
            self.error(Code::MissingKey, node.span.clone(), "nothing is asked of the rule");
        }
        Some(wanted)
    }

    fn status(&mut self, node: &Node) -> Option<Status> {
        Some(match self.one_of(node, &["passed", "failed", "error", "skipped"])? {
            "passed" => Status::Passed,
            "failed" => Status::Failed,
            "error" => Status::Error,
            _ => Status::Skipped,
        })
    }

    /// Whether a test with tables for some datasets can ask for a rule.
    fn can_be_asked(&mut self, wanted: &Entry, suite: &Suite, given: &[&str]) -> bool {
        let id = wanted.key.as_str();
        let declared = suite.rules.iter().filter_map(|rule| rule.selected.as_ref()).flat_map(|it| &it.declared);
        let known = || suite.rules.iter().filter(|rule| rule.selected.is_none()).chain(declared.clone());
        let Some(rule) = known().find(|rule| rule.id == id) else {
            // Only the columns of the table say which rules a pattern stands for.
            if suite.rules.iter().any(|rule| rule.selected.is_some()) {
                return true;
            }
            let near = nearest(id, known().map(|rule| rule.id.as_str())).map(|near| format!("did you mean `{near}`?"));
            let span = wanted.key_span.clone();
            let diagnostic = self.error(Code::UnknownName, span, format!("this suite has no rule `{id}`"));
            diagnostic.label = near;
            diagnostic.help = Some("rules go by their `id`, or by `dataset.column.expectation`".to_owned());
            return false;
        };
        let skipped = matches!(wanted.value.text(), Some("skipped"))
            || wanted.value.get("status").and_then(Node::text) == Some("skipped");
        match suite.lack(rule, &|dataset| given.contains(&dataset)) {
            Some(Lack::Data(dataset)) if !skipped => {
                self.lacks(wanted.key_span.clone(), id, &dataset);
                false
            }
            Some(Lack::File) if !skipped => {
                let message = format!("`{id}` is about files, and a test has none");
                self.error(Code::Conflict, wanted.key_span.clone(), message).help =
                    Some("it is skipped in tests".to_owned());
                false
            }
            _ => true,
        }
    }

    fn lacks(&mut self, span: Range<usize>, id: &str, dataset: &str) {
        let message = format!("`{id}` needs `{dataset}`, and the test has no data for it");
        self.error(Code::MissingKey, span, message).help =
            Some(format!("give it rows under `data`: `{dataset}: [{{…}}]`; without them the rule is skipped"));
    }
}

/// How a dataset of the suite is given rows.
fn rows_of(suite: &Suite) -> Option<String> {
    let dataset = suite.datasets.iter().find(|dataset| dataset.from.is_none())?;
    let column = dataset.data.columns.iter().find(|column| column.sql.is_none());
    let row = column.map_or_else(|| "…".to_owned(), |column| format!("{}: …", quote::scalar(&column.name)));
    Some(format!("give datasets their rows: `data: {{{}: [{{{row}}}]}}`", quote::scalar(&dataset.data.name)))
}

fn key(entry: &Entry) -> &str {
    &entry.key
}

#[cfg(test)]
mod tests {
    use crate::suite::read::read_files;

    /// The advice for the mistakes of a test.
    fn advice(test: &str) -> Vec<Option<String>> {
        let text = format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      a: {{type: integer}}\n    \
             expect: [{{row_count: 1}}]\ntests: {{t: {test}}}\n"
        );
        read_files(&[("s.yaml", &text)]).unwrap_err().into_iter().map(|mistake| mistake.help).collect()
    }

    #[test]
    fn advice_names_what_the_suite_has() {
        for help in advice("{}").into_iter().chain(advice("{data: {d: []}}")).map(Option::unwrap) {
            assert!(help.contains("data: {d: [{a: …}]}") || help.contains("expect: {d."), "{help}");
        }
        assert_eq!(advice("{}").len(), 2);
    }
}
