//! Great Expectations: suites, validation results and checkpoints of 0.x and 1.x, as a suite that means the same.
//!
//! | file | answers for |
//! |---|---|
//! | `document` | what of a file is an expectation, and which files it names |
//! | `kinds` | every type of expectation: one visible table |
//! | `values` `text` `aggregate` `distribution` `several` `table` | types by family, to rules |
//! | `subject` | the arguments of one expectation |
//! | `pattern` | regular expressions of Python |
//! | `condition` | `row_condition` to SQL |
//! | `parameter` | `$PARAMETER` expressions |
//! | `types` | names of types, and what is known of columns |
//!
//! Two things are settled here for all. Severity: `critical` is what Great Expectations gives to everything, so it is written
//! only where the document tells severities apart; what says none is an `error`, as here by default. And what Great
//! Expectations refuses (`mostly: 1.1`, a bound `quack`) stands as a rule that is refused here too, and is told: it never passes.

mod aggregate;
mod condition;
mod distribution;
mod document;
mod kinds;
mod parameter;
mod pattern;
mod several;
mod subject;
mod table;
mod text;
mod types;
mod values;

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use crate::diagnostic::Diagnostic;
use crate::import::draft::{Dataset, Draft, Rule, Value};
use crate::import::{Drafted, Entry, Fate, Request, sound};
use crate::suite::quote;
use condition::Found;
use document::{Asset, Written};
use kinds::Takes;
use subject::{Made, Subject};
use types::Types;

/// Makes a draft of a document.
///
/// # Errors
/// A document that is not of its tool.
pub(super) fn import(request: &Request<'_>) -> Result<Drafted, Vec<Diagnostic>> {
    let assets = document::read(request)?;
    let named = datasets(request, &assets);
    let mut draft = Draft { name: suite_id(request, &assets), ..Draft::default() };
    draft.head = head(&assets);
    for (called, name) in &named.all {
        let source = request.sources.iter().find(|(given, _)| given == called);
        let dataset = draft.dataset(name);
        match source {
            Some((_, path)) => dataset.set("source", Value::text(path)),
            None => {
                dataset.remarks.push("where these data lie is not known to the document: set `source`".to_owned());
                dataset.set("source", Value::text(format!("{name}.csv")));
            }
        }
        dataset.set("may_be_empty", true.into());
    }
    let mut importer = Importer {
        told_apart: severities(&assets).len() > 1,
        datasets: named.all.clone(),
        draft,
        ids: HashSet::new(),
        entries: Vec::new(),
        left_out: Vec::new(),
        variables: Vec::new(),
    };
    for (asset, name) in assets.iter().zip(&named.of_assets) {
        let called = named.all.iter().find(|(_, known)| known == name).map_or(name.as_str(), |(called, _)| called);
        let source = request.sources.iter().find(|(given, _)| given == called).map(|(_, path)| path.as_str());
        let types = Types::of((request.columns)(called)).in_file(source);
        for written in &asset.expectations {
            importer.expectation(written, asset, name, &types);
        }
        importer.missing(asset);
    }
    Ok(importer.done(&assets))
}

/// The datasets of the suite.
struct Datasets {
    /// What each is called, and its name here, in order.
    all: Vec<(String, String)>,
    /// The name of the dataset of each asset.
    of_assets: Vec<String>,
}

/// The first source is what is validated, unless another one is called like the data; the others are further datasets.
fn datasets(request: &Request<'_>, assets: &[Asset]) -> Datasets {
    let mut all: Vec<(String, String)> = Vec::new();
    for (called, _) in request.sources {
        let taken: Vec<String> = all.iter().map(|(_, name)| name.clone()).collect();
        all.push((called.clone(), quote::dataset_name(called, &taken)));
    }
    let mut of_assets: Vec<(String, String)> = Vec::new();
    for asset in assets {
        let wanted = called(asset);
        let like = quote::dataset_name(&wanted, &[]);
        let known = of_assets.iter().find(|(other, _)| *other == wanted).map(|(_, name)| name.clone());
        let given =
            || all.iter().find(|(called, name)| *called == wanted || *name == like).map(|(_, name)| name.clone());
        let first = || {
            all.first().filter(|_| of_assets.is_empty() && !request.sources.is_empty()).map(|(_, name)| name.clone())
        };
        let name = known.or_else(given).or_else(first);
        let name = name.unwrap_or_else(|| {
            all.push((wanted.clone(), like.clone()));
            like
        });
        of_assets.push((wanted, name));
    }
    Datasets { all, of_assets: of_assets.into_iter().map(|(_, name)| name).collect() }
}

/// What the data of an asset are called: as the document says, else as the suite is.
fn called(asset: &Asset) -> String {
    let data = asset.data.as_deref().map(|data| data.rsplit('/').next().unwrap_or(data));
    let stem = data.map(|data| {
        let known = [".csv", ".parquet", ".json", ".ndjson", ".xlsx", ".gz"];
        known.iter().fold(data, |data, ending| data.strip_suffix(ending).unwrap_or(data))
    });
    stem.filter(|stem| !stem.is_empty()).unwrap_or(&asset.suite).to_owned()
}

/// The id of the suite: as asked for, else as it is called, else as its data are.
fn suite_id(request: &Request<'_>, assets: &[Asset]) -> String {
    if let Some(name) = request.name {
        return name.to_owned();
    }
    let stem = request.source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let one = assets.iter().all(|asset| asset.suite == assets[0].suite);
    let name = assets.first().map(|asset| asset.suite.clone()).filter(|name| one && !name.is_empty()).unwrap_or(stem);
    let parts: Vec<String> = name.split('.').map(|part| quote::dataset_name(part, &[])).collect();
    parts.join(".")
}

fn head(assets: &[Asset]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for asset in assets.iter().filter(|asset| !asset.suite.is_empty()) {
        if !names.contains(&asset.suite.as_str()) {
            names.push(&asset.suite);
        }
    }
    match names.as_slice() {
        [] => vec!["Imported from Great Expectations.".to_owned()],
        names => vec![format!("Imported from Great Expectations: {}.", names.join(", "))],
    }
}

/// The severities that a document tells apart.
fn severities(assets: &[Asset]) -> HashSet<&str> {
    let all = assets.iter().flat_map(|asset| &asset.expectations);
    all.filter(|written| written.unread.is_none())
        .map(|written| written.severity.as_deref().unwrap_or("critical"))
        .collect()
}

/// A draft that is being made.
struct Importer {
    /// Whether the document has more severities than the one everything gets.
    told_apart: bool,
    datasets: Vec<(String, String)>,
    draft: Draft,
    ids: HashSet<String>,
    entries: Vec<Entry>,
    /// Comments on what could not be said: dataset, column if it is about one, text.
    left_out: Vec<(String, Option<String>, Vec<String>)>,
    variables: Vec<(String, Option<Value>)>,
}

impl Importer {
    fn expectation(&mut self, written: &Written, asset: &Asset, dataset: &str, types: &Types) {
        if let Some((reason, original)) = &written.unread {
            self.unread(written, reason, original, dataset);
            return;
        }
        let name = kinds::find(&written.kind).map_or(written.kind.as_str(), |kind| kind.name);
        let rule = format!("{name}({})", about(&written.kwargs));
        let datasets = self.datasets.clone();
        let mut subject = Subject::new(&written.kwargs, &asset.parameters, types, dataset, &datasets);
        let made = match kinds::find(&written.kind) {
            Some(kind) => made(kind, &mut subject),
            None => Err("no such expectation is known; it is one of your own, or of another package".to_owned()),
        };
        let fate = match made {
            Err(reason) => {
                let mut remarks = vec![format!("not imported: {rule}: {reason}")];
                remarks.push(format!("  {}", Json::Object(written.kwargs.clone())));
                let column = written.kwargs.get("column").and_then(Json::as_str).map(str::to_owned);
                self.left_out.push((dataset.to_owned(), column, remarks));
                Fate::Unsupported(reason)
            }
            Ok(made) => {
                let unknown = subject.unknown();
                if !unknown.is_empty() {
                    subject.near.push(format!("no meaning is known for {}", unknown.join(", ")));
                }
                let asked = subject.variables.take();
                // What has no value yet cannot be tried.
                let tried = asked.is_empty();
                self.variables(asked);
                if subject.dollar && !self.draft.head.iter().any(|line| line == pattern::DOLLAR) {
                    self.draft.head.push(pattern::DOLLAR.to_owned());
                }
                let several = made.len() > 1;
                for (place, made) in made.into_iter().enumerate() {
                    let remarks = if place == 0 { remarks(&subject, written) } else { Vec::new() };
                    let rule = self.rule(&made, written, dataset, several, remarks);
                    let fault = if tried { self.fault(&made, dataset, &rule) } else { None };
                    let refused = fault.map(|why| format!("it is refused when the suite is read: {why}"));
                    let rule = refused.iter().fold(rule, Rule::remark);
                    self.place(&made, dataset, rule);
                    subject.near.extend(refused);
                }
                if subject.near.is_empty() { Fate::Mapped } else { Fate::Approximated(subject.near.join("; ")) }
            }
        };
        self.entries.push(Entry { rule, line: written.line, fate });
    }

    /// Tells of an entry that is no expectation.
    fn unread(&mut self, written: &Written, reason: &str, original: &Json, dataset: &str) {
        let rule = if written.kind.is_empty() { "an entry".to_owned() } else { written.kind.clone() };
        let remarks = vec![format!("not imported: {rule}: {reason}"), format!("  {original}")];
        self.left_out.push((dataset.to_owned(), None, remarks));
        self.entries.push(Entry { rule, line: written.line, fate: Fate::Unsupported(reason.to_owned()) });
    }

    /// The rule with the keys that all rules share.
    fn rule(&mut self, made: &Made, written: &Written, dataset: &str, several: bool, remarks: Vec<String>) -> Rule {
        let severity = match written.severity.as_deref() {
            Some("critical") if !self.told_apart => None,
            severity => severity.map(Value::text),
        };
        let description =
            written.description.clone().or_else(|| (!written.notes.is_empty()).then(|| written.notes.join("\n")));
        let meta: Vec<(String, Value)> = written
            .meta
            .iter()
            .filter(|(key, _)| !key.contains("rofiler"))
            .map(|(key, value)| (key.clone(), Value::of_json(value)))
            .collect();
        let id = self.id(made, dataset, several);
        let mut rule = made
            .rule
            .clone()
            .with_some("id", id.map(Value::text))
            .with_some("severity", severity)
            .with_some("description", description.map(Value::text))
            .with_some("meta", (!meta.is_empty()).then_some(Value::Map(meta)));
        rule.remarks.splice(0..0, remarks);
        rule
    }

    /// Why the reader of suites refuses a rule, if it takes the suite without it.
    fn fault(&self, made: &Made, dataset: &str, rule: &Rule) -> Option<String> {
        let mut draft = self.draft.clone();
        declare(draft.dataset(dataset), made);
        let fault = sound::fault(&draft, dataset, made.column.as_deref(), rule)?;
        sound::fault(&self.draft, dataset, None, &Rule::default()).is_none().then_some(fault)
    }

    /// Puts a rule where it belongs.
    fn place(&mut self, made: &Made, dataset: &str, rule: Rule) {
        let draft = self.draft.dataset(dataset);
        declare(draft, made);
        draft.expect(made.column.as_deref(), rule);
    }

    /// An id, where the one that would be derived is taken, or tells several apart too little.
    fn id(&mut self, made: &Made, dataset: &str, several: bool) -> Option<String> {
        let safe = |text: &str| -> String {
            text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect()
        };
        let texts = |key: &str| -> Vec<String> {
            match made.rule.keys.iter().find(|(name, _)| name == key) {
                Some((_, Value::Text(text))) => vec![safe(text)],
                Some((_, Value::List(items))) => items
                    .iter()
                    .filter_map(|item| if let Value::Text(text) = item { Some(safe(text)) } else { None })
                    .collect(),
                _ => Vec::new(),
            }
        };
        let one = made.column.as_deref().map(safe).or_else(|| texts("column").into_iter().next());
        let kind = made.suffix.as_deref().filter(|_| several).unwrap_or(&made.rule.expectation);
        let derived = match &one {
            Some(column) => format!("{dataset}.{column}.{kind}"),
            None => format!("{dataset}.{kind}"),
        };
        let own = made.suffix.is_some() && several;
        if self.ids.insert(derived.clone()) {
            return own.then_some(derived);
        }
        let columns = [texts("columns"), texts("left"), texts("right")].concat();
        let base = match (&made.suffix, columns.is_empty()) {
            (Some(suffix), _) => format!("{dataset}.{}.{suffix}", one.unwrap_or_default()),
            (None, false) => format!("{dataset}.{}.{kind}", columns.join("_")),
            (None, true) => derived,
        };
        let candidates = std::iter::once(base.clone()).chain((2_u32..).map(|number| format!("{base}_{number}")));
        let mut free = candidates.filter(|id| self.ids.insert(id.clone()));
        free.next()
    }

    fn variables(&mut self, asked: Vec<(String, Option<Value>)>) {
        for (name, default) in asked {
            match self.variables.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = known.take().or(default),
                None => self.variables.push((name, default)),
            }
        }
    }

    fn missing(&mut self, asset: &Asset) {
        for (what, reason) in &asset.missing {
            self.draft.tail.push(format!("not imported: {what}: {reason}"));
            self.entries.push(Entry { rule: what.clone(), line: None, fate: Fate::Unsupported(reason.clone()) });
        }
    }

    fn done(mut self, assets: &[Asset]) -> Drafted {
        for (dataset, column, remarks) in self.left_out {
            let dataset = self.draft.dataset(&dataset);
            // A comment does not declare a column.
            let column = column.filter(|column| dataset.columns.contains_key(column));
            dataset.expect(column.as_deref(), Rule::only(remarks));
        }
        let notes: Vec<&str> = assets.iter().flat_map(|asset| &asset.notes).map(String::as_str).collect();
        if !notes.is_empty() {
            self.draft.keys.push(("description".to_owned(), Value::text(notes.join("\n"))));
        }
        if !self.variables.is_empty() {
            let variables =
                self.variables.into_iter().map(|(name, default)| (name, default.unwrap_or(Value::Map(Vec::new()))));
            self.draft.keys.push(("vars".to_owned(), Value::Map(variables.collect())));
        }
        // As many unexpected values as Great Expectations keeps.
        let samples = vec![("samples".to_owned(), Value::from(20))];
        self.draft.keys.push(("defaults".to_owned(), Value::Map(samples)));
        (self.draft, self.entries)
    }
}

/// Gives a dataset the columns that a rule needs.
fn declare(dataset: &mut Dataset, made: &Made) {
    for (column, keys) in &made.columns {
        for (key, value) in keys {
            dataset.column(column).set(key, value.clone());
        }
    }
}

/// The rules of an expectation, with the arguments that types share.
fn made(kind: &kinds::Kind, subject: &mut Subject<'_>) -> subject::Answer {
    let scope = if kind.takes == Takes::Nothing { None } else { scope(subject)? };
    let mostly = if kind.takes == Takes::Rows { subject.value("mostly")? } else { None };
    let mostly = mostly.filter(|mostly| *mostly != Value::word("1"));
    let mut all = (kind.make)(subject)?;
    for made in &mut all {
        let rule = std::mem::take(&mut made.rule);
        // The type of a column is that of all its rows.
        let scope = scope.clone().filter(|_| rule.expectation != "type");
        made.rule = rule.with_some("mostly", mostly.clone()).with_some("where", scope);
    }
    Ok(all)
}

/// `row_condition` as a `where`.
fn scope(subject: &mut Subject<'_>) -> Result<Option<Value>, String> {
    let parser = subject.text("condition_parser");
    let Some(given) = subject.json("row_condition") else { return Ok(None) };
    match condition::translate(given, parser, subject.types) {
        Found::Sql(sql, remark) => {
            subject.remarks.extend(remark);
            Ok(Some(Value::Raw(sql)))
        }
        Found::Refused(text) => {
            subject.near.push("its row_condition is refused, as it is there".to_owned());
            Ok(Some(Value::Raw(text)))
        }
        Found::Unsupported(reason) => Err(reason),
    }
}

/// Comments before a rule: what differs, what is worth knowing, and notes that found no other place.
fn remarks(subject: &Subject<'_>, written: &Written) -> Vec<String> {
    let near = subject.near.iter().map(|reason| format!("nearly the same: {reason}"));
    let notes = written.notes.iter().filter(|_| written.description.is_some()).cloned();
    near.chain(subject.remarks.iter().cloned()).chain(notes).collect()
}

/// What an expectation is about, in brackets after its type.
fn about(kwargs: &Map<String, Json>) -> String {
    let text = |key: &str| kwargs.get(key).and_then(Json::as_str).map(str::to_owned);
    let list = |key: &str| {
        let names = kwargs.get(key)?.as_array()?;
        Some(names.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "))
    };
    let pair = || Some(format!("{}, {}", text("column_A")?, text("column_B")?));
    text("column")
        .or_else(pair)
        .or_else(|| list("column_list"))
        .or_else(|| text("other_table_name"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::SourceText;
    use crate::import::{Imported, Tool};

    /// Imports a document about `orders.csv`, whose columns are not known.
    fn imported(text: &str) -> Result<Imported, Vec<Diagnostic>> {
        crate::import::import(&Request {
            tool: Tool::Gx,
            source: Arc::new(SourceText { path: "suite.json".into(), text: text.to_owned() }),
            name: None,
            sources: &[("orders".to_owned(), "orders.csv".to_owned())],
            columns: &|_| None,
            read: &|_| Err(std::io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn an_entry_that_is_no_expectation_is_told() {
        let entries = r#"{"kwargs": {"column": "a"}}, 7, {"type": "expect_column_values_to_be_null", "kwargs": [1]}"#;
        let read = imported(&format!(r#"{{"name": "s", "expectations": [{entries}]}}"#)).unwrap();
        let fates: Vec<&Fate> = read.entries.iter().map(|entry| &entry.fate).collect();
        let unsupported = |reason: &str| Fate::Unsupported(reason.to_owned());
        let wanted = ["it has no `type`", "it is no map", "its `kwargs` are no map"].map(unsupported);
        assert_eq!(fates, wanted.iter().collect::<Vec<_>>());
        assert!(read.text.contains("# not imported: an entry: it has no `type`\n"), "{}", read.text);
        assert!(read.text.contains(r#"#   {"kwargs":{"column":"a"}}"#), "{}", read.text);
    }

    #[test]
    fn a_result_without_its_expectation_is_told() {
        let read = imported(r#"{"meta": {"suite_name": "s"}, "results": [{"success": true}]}"#).unwrap();
        assert_eq!(read.entries[0].fate, Fate::Unsupported("it has no `expectation_config`".to_owned()));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let text = r#"{"name": "s", "expectations": [{"type": "x", "kwargs": {}}], "expectations": []}"#;
        let mistakes = imported(text).unwrap_err();
        assert_eq!(mistakes[0].message, "the key `expectations` stands twice: only one of them would be read");
    }

    #[test]
    fn a_number_keeps_all_its_digits() {
        let kwargs = r#"{"column": "a", "max_value": 123456789012345678901234567889}"#;
        let expectation = format!(r#"{{"type": "expect_column_values_to_be_between", "kwargs": {kwargs}}}"#);
        let read = imported(&format!(r#"{{"name": "s", "expectations": [{expectation}]}}"#)).unwrap();
        assert_eq!(read.entries[0].fate, Fate::Mapped);
        assert!(read.text.contains("between: {max: 123456789012345678901234567889}"), "{}", read.text);
    }

    #[test]
    fn a_rule_that_the_reader_refuses_stands_and_is_told() {
        let of = |kwargs: &str| {
            let kind = "expect_column_values_to_match_regex";
            let text = format!(r#"{{"name": "s", "expectations": [{{"type": "{kind}", "kwargs": {kwargs}}}]}}"#);
            imported(&text).unwrap()
        };
        let refused = of(r#"{"column": "a", "regex": "(a"}"#);
        let Fate::Approximated(why) = &refused.entries[0].fate else { panic!("{:?}", refused.entries) };
        assert!(why.starts_with("it is refused when the suite is read: ") && why.contains("unclosed group"), "{why}");
        assert!(refused.text.contains("# it is refused when the suite is read: "), "{}", refused.text);
        assert!(refused.text.contains("- matches: '(a'"), "{}", refused.text);
        let mostly = of(r#"{"column": "a", "regex": "a", "mostly": 1.1}"#);
        assert!(matches!(mostly.entries[0].fate, Fate::Approximated(_)), "{:?}", mostly.entries);
        let taken = of(r#"{"column": "a", "regex": "a", "mostly": 0.9}"#);
        assert_eq!(taken.entries[0].fate, Fate::Mapped);
    }
}
