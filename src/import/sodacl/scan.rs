//! A file of `SodaCL` checks: each check of each dataset, with what the file says elsewhere about its filter and columns.

use crate::import::draft::Rule;
use crate::import::sodacl::book::{Book, Made, Stand};
use crate::import::sodacl::check::{self, Check};
use crate::import::sodacl::metric::{self, Subject};
use crate::import::sodacl::options::Options;
use crate::import::sodacl::section::{About, Sections, check_of};
use crate::import::sodacl::validity::Validity;
use crate::import::sodacl::{change, custom, freshness, group, relation, schema, sentinel};
use crate::suite::yaml::{Content, Entry, Node};

/// A check of one dataset.
pub(super) struct Task {
    /// The dataset; none if it belongs to none.
    pub(super) dataset: Option<String>,
    /// The name of the filter on it.
    pub(super) filter: Option<String>,
    /// The check and its keys.
    pub(super) item: Node,
    /// The dataset, where the check is said once for several.
    of_several: Option<String>,
    /// Why it has no counterpart, if its section has none.
    foreign: Option<String>,
}

impl Task {
    /// Whether its section has a counterpart.
    pub(super) const fn foreign_free(&self) -> bool {
        self.foreign.is_none()
    }
}

/// Takes a file of checks into a suite.
pub(super) fn import<'a>(mut book: Book<'a>, root: &[Entry]) -> Book<'a> {
    let sections = Sections::read(root);
    for (name, default) in &sections.variables {
        book.variables.declare(name, default.clone());
    }
    // Datasets stand in the order of the file, not in that of references.
    for checks in &sections.checks {
        if let About::Dataset(dataset, filter) = &checks.about {
            book.dataset(dataset);
            let condition = filter.as_ref().and_then(|filter| sections.filter(dataset, filter));
            if let Some((filter, condition)) = filter.as_ref().zip(condition) {
                // One that cannot be read is told at each check.
                let _ = book.filtered(dataset, filter, condition);
            }
        }
    }
    let tasks = tasks(&mut book, &sections);
    let common = sentinel::agreed(&mut book, &sections, &tasks);
    for task in &tasks {
        one(&mut book, &sections, task, &common);
    }
    sentinel::write(&mut book, common);
    for (entry, reason) in &sections.foreign {
        let span = entry.key_span.start..entry.value.span.end;
        let stand = Stand { dataset: None, check: entry.key.clone(), span };
        book.settle(&stand, &Options::default(), Err(reason.clone()));
    }
    book
}

/// Every check of every dataset.
fn tasks(book: &mut Book<'_>, sections: &Sections<'_>) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut add =
        |dataset: Option<&str>, filter: Option<&String>, item: Node, several: bool, foreign: Option<&String>| {
            tasks.push(Task {
                dataset: dataset.map(str::to_owned),
                filter: filter.cloned(),
                item,
                of_several: dataset.filter(|_| several).map(str::to_owned),
                foreign: foreign.cloned(),
            });
        };
    for checks in &sections.checks {
        let foreign = checks.foreign.as_ref();
        for &item in &checks.items {
            match &checks.about {
                About::Dataset(dataset, filter) => add(Some(dataset), filter.as_ref(), item.clone(), false, foreign),
                About::Nothing => add(None, None, item.clone(), false, foreign),
                About::Each(stands, patterns) => {
                    let given = book.request.sources.iter().map(|(name, _)| name.clone());
                    let mut known = book.known();
                    known.extend(
                        given
                            .filter(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name)))
                            .collect::<Vec<_>>(),
                    );
                    let (each, idle) = Sections::each(patterns, &known);
                    for pattern in idle {
                        let none = format!("no dataset is known that fits `{pattern}`; name some with --source");
                        add(None, None, item.clone(), false, Some(&none));
                    }
                    for dataset in &each {
                        book.dataset(dataset);
                        let item = filled(item, &format!("${{{stands}}}"), dataset);
                        add(Some(dataset), None, item, true, foreign);
                    }
                }
            }
        }
    }
    tasks
}

/// Makes what one check becomes.
fn one(book: &mut Book<'_>, sections: &Sections<'_>, task: &Task, common: &[sentinel::Common]) {
    let Some((text, keys)) = check_of(&task.item) else {
        let stand = stand(book, task, "a check");
        let wrong = "a check is one line, or one key with keys beneath it".to_owned();
        return book.settle(&stand, &Options::default(), Err(wrong));
    };
    let mut options = Options::read(keys);
    if !check::parse(text).is_ok_and(|check| check.minds_values()) {
        // Soda does not heed them here either.
        options.left.extend(options.validity.drain(..).map(|(key, _)| key));
    }
    let mut stand = stand(book, task, text);
    let made = match &task.foreign {
        Some(reason) => Err(reason.clone()),
        None => made(book, sections, (task, &mut stand), (text, &options), common),
    };
    match made {
        Ok(Part::One(made)) => book.settle(&stand, &options, Ok(made)),
        Ok(Part::Several(members)) => {
            for member in members {
                let stand = Stand { check: format!("{text}: {}", member.check), ..stand.clone() };
                let name = member.name.or_else(|| options.name.clone());
                book.settle(&stand, &Options { name, ..options.clone() }, member.made);
            }
        }
        Err(reason) => book.settle(&stand, &options, Err(reason)),
    }
}

/// What a check becomes: one thing, or one for each check beneath it.
enum Part {
    One(Made),
    Several(Vec<group::Member>),
}

fn made(
    book: &mut Book<'_>,
    sections: &Sections<'_>,
    (task, stand): (&Task, &mut Stand),
    (text, options): (&str, &Options<'_>),
    common: &[sentinel::Common],
) -> Result<Part, String> {
    let check = check::parse(text)?;
    if let Check::Foreign(reason) = check {
        return Err(reason);
    }
    let theirs = match &task.dataset {
        Some(theirs) => theirs.clone(),
        // A check of the data source is about the table that its query reads first.
        None => custom::first_table(options).ok_or("it belongs to no dataset")?,
    };
    let mut dataset = book.dataset(&theirs);
    if let Some(filter) = &task.filter {
        let condition = sections.filter(&theirs, filter);
        let condition = condition.ok_or_else(|| format!("there is no filter `{filter}` of `{theirs}`"))?;
        dataset = book.filtered(&theirs, filter, condition)?;
    }
    stand.dataset = Some(dataset.clone());
    let filter = options.filter.as_ref().map(|filter| book.condition(filter));
    let mut subject = Subject { dataset, options, validity: Validity::default(), filter };
    Ok(Part::One(match check {
        Check::Metric { name, arguments, pass } => {
            subject.validity = sentinel::validity(sections, &theirs, arguments.first(), options, common)?;
            metric::make(book, &subject, &name, &arguments, pass.as_ref())?
        }
        Check::Change { against, name, arguments, pass } => {
            subject.validity = sentinel::validity(sections, &theirs, arguments.first(), options, common)?;
            change::make(book, &subject, &against, (&name, &arguments), pass.as_ref())?
        }
        Check::Freshness { column, now, pass } => {
            freshness::make(book, &subject, &column, now.as_deref(), pass.as_ref())?
        }
        Check::Reference { columns, wanted, dataset, there } => {
            relation::reference(book, &subject, &columns, wanted, (&dataset, &there))?
        }
        Check::SameRows { dataset, filter, data_source } => {
            let filter = filter.as_deref().map(|name| (name, sections.filter(&dataset, name)));
            relation::same_rows(book, &subject, &dataset, filter, data_source.as_deref())?
        }
        Check::Schema => schema::make(book, &subject.dataset, options)?,
        Check::FailedRows => custom::failed_rows(book, &subject)?,
        Check::GroupBy => return group::make(book, &subject).map(Part::Several),
        Check::Foreign(reason) => return Err(reason),
    }))
}

/// Where a check stands.
fn stand(book: &mut Book<'_>, task: &Task, text: &str) -> Stand {
    let check = match &task.of_several {
        Some(dataset) => format!("{text} ({dataset})"),
        None => text.to_owned(),
    };
    let dataset = task.dataset.as_ref().map(|theirs| book.dataset(theirs));
    Stand { dataset, check, span: task.item.span.start..end(&task.item) }
}

/// Where a node ends: its span may be that of its first line.
fn end(node: &Node) -> usize {
    let inside = match &node.content {
        Content::List(items) => items.iter().map(end).max(),
        Content::Map(entries) => entries.iter().map(|entry| end(&entry.value)).max(),
        Content::Null(_) | Content::Scalar(_) => None,
    };
    inside.unwrap_or(0).max(node.span.end)
}

/// A node with a text in place of another, in keys and values.
fn filled(node: &Node, from: &str, to: &str) -> Node {
    let content = match &node.content {
        Content::Null(text) => Content::Null(text.clone()),
        Content::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            scalar.text = scalar.text.replace(from, to);
            Content::Scalar(scalar)
        }
        Content::List(items) => Content::List(items.iter().map(|item| filled(item, from, to)).collect()),
        Content::Map(entries) => {
            let each = entries.iter().map(|entry| Entry {
                key: entry.key.replace(from, to),
                key_span: entry.key_span.clone(),
                value: filled(&entry.value, from, to),
            });
            Content::Map(each.collect())
        }
    };
    Node { span: node.span.clone(), content }
}

/// A rule that a suite may hold once more for each group.
pub(super) fn grouped(rule: Rule, fields: &[String]) -> Rule {
    let fields = fields.iter().map(crate::import::draft::Value::text).collect::<Vec<_>>();
    rule.with("group_by", fields)
}
