//! One item of an `expect` list to a [`Rule`], and the rules that nobody writes.
//!
//! Takes the common keys, the bounds and the levels off before the expectation sees its own parameters.

mod builtin;
mod each;
mod id;
mod levels;
mod meaning;
mod mute;
mod parts;

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Code, Level, nearest};
use crate::expectation::moment::RelativeDate;
use crate::expectation::parameter::{quoted, repeated};
use crate::expectation::{
    self, BoundsKind, CATALOGUE, Definition, Dimension, Instance, Limits, NullRule, Place, Rows, Said,
};
use crate::ir::name::{leads_into_list, nfc};
use crate::ir::trend::Change;
use crate::ir::{Limit, Literal, Metric, OnEmpty, Predicate, Severity, Trend};
use crate::lang::Lang;
use crate::outcome::Text;
use crate::suite::read::{Draft, Reader};
use crate::suite::yaml::{Content, Entry, Node};
use crate::suite::{About, Rule, keys, parameters};

/// A rule, and whether its id was written or derived.
pub(super) struct Drafted {
    pub(super) rule: Rule,
    pub(super) id_span: Option<Range<usize>>,
    pub(super) span: Range<usize>,
}

pub(super) use id::{derived_id, of_column, settle_ids};
use meaning::Given;
use parts::Parts;

/// The rows that each dataset means.
type AllRows = HashMap<String, Rows>;

/// Reads every rule of a dataset, and adds the built-in ones.
pub(super) fn rules_of(
    reader: &mut Reader<'_>,
    draft: &Draft<'_>,
    skip: Option<&str>,
    defaults: &Node,
    suite: &About,
    rows: &AllRows,
    rules: &mut Vec<Drafted>,
) {
    let first = rules.len();
    let mut context = Context { reader, draft, skip, defaults, suite, rows };
    // A declared type stands before the other rules of its column.
    for column in &draft.data.columns {
        if let Some(node) = draft.types.get(&column.name)
            && column.reading.is_some()
        {
            context.item(Some(&column.name), "type", node.span.clone(), Some(node), rules);
        }
        for (_, item) in draft.expects.iter().filter(|(of, _)| of.as_ref() == Some(&column.name)) {
            context.expect(Some(&column.name), item, rules);
        }
    }
    for (_, item) in draft.expects.iter().filter(|(of, _)| of.is_none()) {
        context.expect(None, item, rules);
    }
    let written: Vec<Rule> = rules[first..].iter().map(|drafted| drafted.rule.clone()).collect();
    builtin::builtin(&context, &written, rules);
}

struct Context<'a, 'r, 'n> {
    reader: &'a mut Reader<'r>,
    draft: &'a Draft<'n>,
    skip: Option<&'a str>,
    defaults: &'a Node,
    suite: &'a About,
    rows: &'a AllRows,
}

impl Context<'_, '_, '_> {
    /// Reads one item of an `expect` list.
    fn expect(&mut self, column: Option<&str>, item: &Node, rules: &mut Vec<Drafted>) {
        match &item.content {
            Content::Scalar(scalar) => self.item(column, &scalar.text, item.span.clone(), None, rules),
            Content::Map(entries) => match entries.as_slice() {
                [entry] => {
                    let bare = matches!(&entry.value.content, Content::Null(text) if text.is_empty());
                    let value = (!bare).then_some(&entry.value);
                    self.item(column, &entry.key, entry.key_span.clone(), value, rules);
                }
                [] => {
                    self.reader.error(Code::BadValue, item.span.clone(), "an empty item");
                }
                [first, others @ ..] => {
                    let extra = &others[0];
                    let diagnostic = self.reader.error(
                        Code::BadValue,
                        extra.key_span.clone(),
                        format!("an item has one key, the name of the expectation, and this one has {}", entries.len()),
                    );
                    diagnostic.help = Some(if expectation::find(&extra.key).is_some() {
                        format!("begin a new item: `- {}: …`", extra.key)
                    } else {
                        format!("`{}` belongs inside `{}: {{…}}`", extra.key, first.key)
                    });
                }
            },
            _ => {
                let kind = item.kind();
                self.reader.error(
                    Code::BadValue,
                    item.span.clone(),
                    format!("an expectation is wanted here, and this is {kind}"),
                );
            }
        }
    }

    fn item(
        &mut self,
        column: Option<&str>,
        name: &str,
        span: Range<usize>,
        value: Option<&Node>,
        rules: &mut Vec<Drafted>,
    ) {
        let Some(definition) = expectation::find(name) else {
            let ours = keys::ours_for(name);
            let near = ours.or_else(|| nearest(name, CATALOGUE.iter().map(|definition| definition.name)));
            let diagnostic = self.reader.error(Code::UnknownExpectation, span, format!("unknown expectation `{name}`"));
            diagnostic.label = near.map(|near| match ours {
                Some(_) => format!("here it is called `{near}`"),
                None => format!("did you mean `{near}`?"),
            });
            diagnostic.help = Some(match near {
                Some(near) => format!("`tamiz explain {near}`"),
                None => "`tamiz explain` lists them all".to_owned(),
            });
            return;
        };
        if definition.place == Place::Table && column.is_some() {
            self.reader
                .error(Code::Conflict, span, format!("`{name}` is about rows or the table, not about one column"))
                .help = Some("put it in the dataset's own `expect` list".to_owned());
            return;
        }
        if let Some(entries) = value.and_then(Node::entries)
            && let Some(each) = entries.iter().find(|entry| entry.key == "for_each")
        {
            if column.is_some() {
                let message = "`for_each` stands in the dataset's own list, not under a column";
                self.reader.error(Code::Conflict, each.key_span.clone(), message);
                return;
            }
            let given: Vec<Entry> = entries.iter().filter(|entry| entry.key != "for_each").cloned().collect();
            return self.for_each(definition, each, &given, &span, rules);
        }
        if column.is_none()
            && let Some((pattern, given)) = each::pattern(definition, value)
        {
            rules.extend(self.selection(definition, pattern, &given, &span));
            return;
        }
        rules.extend(self.one(definition, column, value, &span));
    }

    /// Reads one rule; none if there is a mistake in it.
    fn one(
        &mut self,
        definition: &'static Definition,
        column: Option<&str>,
        value: Option<&Node>,
        span: &Range<usize>,
    ) -> Option<Drafted> {
        let value_span = value.map_or_else(|| span.clone(), |node| node.span.clone());
        let parts = self.sort(definition, column, value, &value_span)?;
        let before = self.reader.diagnostics.len();
        let drafted = self.rule(definition, column, &parts, span, &value_span);
        let wrong = self.reader.diagnostics[before..].iter().any(|diagnostic| diagnostic.level == Level::Error);
        drafted.filter(|_| !wrong)
    }

    #[expect(clippy::too_many_lines, reason = "one key of a rule after the other")]
    fn rule(
        &mut self,
        definition: &'static Definition,
        column: Option<&str>,
        parts: &Parts<'_>,
        span: &Range<usize>,
        value_span: &Range<usize>,
    ) -> Option<Drafted> {
        let (instance, params) = self.instance(definition, parts, value_span)?;
        let columns = instance.columns();
        if let Some(path) = columns.iter().find(|name| leads_into_list(name)) {
            let message = format!("`{path}`: paths into lists are not read by this version");
            self.reader.error(Code::NotYet, value_span.clone(), message);
        }
        let common = &parts.common;
        let nulls = common.get("nulls").and_then(|node| {
            let word = self.reader.one_of(node, &["ignore", "ignore_all", "fail", "pass", "value"])?;
            NullRule::of(word)
        });
        let where_node = common.get("where").copied();
        if let (Some(node), false) = (where_node, definition.filtered) {
            self.reader.error(Code::Conflict, node.span.clone(), format!("`{}` takes no `where`", definition.name));
        }
        let condition = where_node.and_then(|node| self.reader.condition(node)).unwrap_or(Predicate::TRUE);
        let limits = self.limits(definition, &parts.bounds)?;
        if definition.bounds == BoundsKind::Age && limits.max_age.is_none() && !common.contains_key("levels") {
            self.reader.error(Code::MissingKey, span.clone(), format!("`{}` needs `max_age`", definition.name)).help =
                Some("write `max_age: 24h`, or `levels` with one each".to_owned());
            return None;
        }
        let reading = self.reading_of_bounds(definition, &columns);
        let given = Given { limits: &limits, reading: reading.as_ref(), nulls, condition };
        let metric = self.metric(definition, instance.as_ref(), parts, &given, span)?;
        let bounds = (&limits, reading.as_ref());
        let (severity, limited, thresholds) = self.levels(definition, &metric, bounds, common)?;
        let trend = instance.trend();
        let group_by = self.group_by(definition, metric.is_of_rows() && trend.is_none(), common)?;
        let dates = self.dates(instance.as_ref(), definition, (&limits, &limited), &columns);
        let about = self.about(common);
        let on_empty = self.on_empty(definition, &metric, common);
        let dimension = match common.get("dimension") {
            Some(node) => self.reader.one_of(node, &Dimension::ALL.map(Dimension::name))?,
            None => definition.dimension.name(),
        };
        let samples = self.samples(common);
        let mute = self.mute(common);
        let skip = self.skip.map(str::to_owned).or_else(|| self.skip_of(common));
        let id_node = common.get("id").copied();
        let id = match id_node {
            Some(node) => self.id(node)?,
            None => id::derived_id(
                &self.draft.data.name,
                column.or_else(|| id::single(&columns, definition)),
                definition.name,
            ),
        };
        let said = |lang| Said {
            lang,
            dataset: &self.draft.data.name,
            limits: &limits,
            nulls: nulls.unwrap_or(definition.nulls),
        };
        let expected = instance
            .expected(&said(Lang::En))
            .map(|en| Text { es: instance.expected(&said(Lang::Es)).unwrap_or_default(), en });
        let mut secrets: Vec<&str> = Vec::new();
        for given in parts.own.iter().chain(&parts.bounds) {
            given.value.secrets(&mut |text| secrets.push(text));
        }
        let masked = |text: String| secrets.iter().fold(text, |text, secret| text.replace(secret, parameters::MASKED));
        let expected = expected.map(|text| Text { en: masked(text.en), es: masked(text.es) });
        let thresholds = thresholds.into_iter().map(|(severity, limit)| (severity, masked(limit))).collect();
        let (limited, thresholds) = match trend {
            Some(trend) => by_the_past(&trend, limited, thresholds, expected.as_ref()),
            None => (limited, thresholds),
        };
        let each = Text::of(|lang| for_each(&group_by, lang));
        let sentence = Text::of(|lang| masked(capital(&instance.sentence(&said(lang)))) + each.get(lang));
        Some(Drafted {
            rule: Rule {
                id,
                expectation: definition.name,
                dataset: self.draft.data.name.clone(),
                columns,
                params,
                common: parts.written(),
                where_text: where_node.and_then(Node::text).map(str::to_owned),
                severity,
                metric,
                group_by,
                limits: limited,
                thresholds,
                sentence,
                expected,
                dates,
                about,
                dimension,
                on_empty,
                samples,
                mute,
                skip,
                location: self.reader.location(span),
                place: self.reader.place(span),
                varies: self.varies(parts),
                builtin: None,
                selected: None,
            },
            id_span: id_node.map(|node| node.span.clone()),
            span: span.clone(),
        })
    }

    /// Whether a variable, or a condition on some, stands in a rule or in what all rules take over.
    fn varies(&self, parts: &Parts<'_>) -> bool {
        let given = parts.own.iter().chain(&parts.bounds).map(|entry| &entry.value);
        let common = ["severity", "allow", "mostly", "levels", "where", "nulls", "on_empty", "group_by", "mute"];
        let common = common.iter().filter_map(|key| parts.common.get(key).copied().or_else(|| self.defaults.get(key)));
        parts.common.contains_key("when") || given.chain(common).any(|node| self.reader.names_a_variable(node))
    }

    /// The dates relative to the run that it names; among values of dates they are dates.
    fn dates(
        &self,
        instance: &dyn Instance,
        definition: &Definition,
        (limits, limited): (&Limits, &[(Severity, Limit)]),
        columns: &[String],
    ) -> Vec<RelativeDate> {
        let kind = columns.first().and_then(|column| self.reading(column)).map(|reading| reading.kind);
        let of_level = |(_, limit): &(Severity, Limit)| match limit {
            Limit::Within(bounds) if definition.bounds != BoundsKind::Age => {
                let moments = [&bounds.min, &bounds.max].into_iter().flatten().filter_map(|bound| match bound.value {
                    Literal::Relative(moment) => Some(RelativeDate(moment)),
                    _ => None,
                });
                moments.collect()
            }
            _ => Vec::new(),
        };
        let own = instance.dates().into_iter().chain(limits.dates());
        own.chain(limited.iter().flat_map(of_level)).map(|date| date.of_kind(kind)).collect()
    }

    /// The columns by which the rows are grouped.
    fn group_by(
        &mut self,
        definition: &Definition,
        is_of_rows: bool,
        common: &HashMap<&str, &Node>,
    ) -> Option<Vec<String>> {
        let Some(node) = common.get("group_by") else { return Some(Vec::new()) };
        let columns: Vec<String> = self.reader.texts(node).iter().map(|name| nfc(name)).collect();
        let message = if !is_of_rows {
            format!("`{}` is about the table as a whole and takes no `group_by`", definition.name)
        } else if columns.is_empty() {
            "`group_by` names no column".to_owned()
        } else if let Some(twice) = repeated(&columns) {
            format!("`group_by` names `{twice}` twice")
        } else {
            return Some(columns);
        };
        self.reader.error(Code::Conflict, node.span.clone(), message);
        None
    }

    /// What it comes to without rows. The defaults are not meant for what counts rows or compares
    /// them with others: there none is an answer like another.
    fn on_empty(&mut self, definition: &Definition, metric: &Metric, common: &HashMap<&str, &Node>) -> OnEmpty {
        let own = common.get("on_empty").copied();
        if let (Some(node), None) = (own, metric.evaluated()) {
            let message = format!("`{}` evaluates no rows and takes no `on_empty`", definition.name);
            self.reader.error(Code::Conflict, node.span.clone(), message);
        }
        let of_rows = metric.evaluated().is_some() && !metric.speaks_of_none();
        let Some(node) = own.or_else(|| self.defaults.get("on_empty").filter(|_| of_rows)) else {
            return OnEmpty::Natural;
        };
        match self.reader.one_of(node, &["pass", "fail", "skip"]) {
            Some("pass") => OnEmpty::Pass,
            Some("fail") => OnEmpty::Fail,
            Some(_) => OnEmpty::Skip,
            None => OnEmpty::Natural,
        }
    }

    fn samples(&mut self, common: &HashMap<&str, &Node>) -> Option<usize> {
        let node = common.get("samples").copied().or_else(|| self.defaults.get("samples"))?;
        let text = self.reader.text(node)?;
        let number = text.parse::<usize>().ok();
        if number.is_none() {
            self.reader.error(Code::BadValue, node.span.clone(), format!("`{text}` is no whole number"));
        }
        number
    }

    fn skip_of(&mut self, common: &HashMap<&str, &Node>) -> Option<String> {
        let entries = ["enabled", "when"].iter().filter_map(|key| {
            let value = *common.get(key)?;
            Some(Entry { key: (*key).to_owned(), key_span: value.span.clone(), value: value.clone() })
        });
        let node = Node { span: 0..0, content: Content::Map(entries.collect()) };
        self.reader.skip(&node)
    }

    fn about(&mut self, common: &HashMap<&str, &Node>) -> About {
        let entries = common.iter().map(|(key, value)| Entry {
            key: (*key).to_owned(),
            key_span: value.span.clone(),
            value: (*value).clone(),
        });
        let own = self.reader.about(&Node { span: 0..0, content: Content::Map(entries.collect()) });
        let defaults = self.reader.about(self.defaults);
        let dataset = &self.draft.about;
        let mut tags = own.tags;
        for tag in defaults.tags.iter().chain(&dataset.tags).chain(&self.suite.tags) {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        let suite = self.suite;
        About {
            title: None,
            description: own.description,
            owner: own.owner.or(defaults.owner).or_else(|| dataset.owner.clone()).or_else(|| suite.owner.clone()),
            runbook: own
                .runbook
                .or(defaults.runbook)
                .or_else(|| dataset.runbook.clone())
                .or_else(|| suite.runbook.clone()),
            tags,
            impact: own.impact.or(defaults.impact).or_else(|| dataset.impact.clone()).or_else(|| suite.impact.clone()),
            meta: own.meta.or(defaults.meta),
        }
    }
}

type Limited = Vec<(Severity, Limit)>;
type Thresholds = Vec<(Severity, String)>;

/// Limits that hang on earlier runs, with the bounds that each level puts on them.
fn by_the_past(
    trend: &Trend,
    limited: Limited,
    thresholds: Thresholds,
    expected: Option<&Text>,
) -> (Limited, Thresholds) {
    let put = |limit| match (trend, limit) {
        (Trend::Change(change), Limit::Within(bounds)) => Trend::Change(Change { bounds, ..change.clone() }),
        (trend, _) => trend.clone(),
    };
    let limited = limited.into_iter().map(|(severity, limit)| (severity, Limit::Past(Box::new(put(limit)))));
    // What earlier runs let expect is no count of violations.
    let said = |(severity, text): (Severity, String)| match (trend, expected) {
        (Trend::Anomaly(_), Some(expected)) => (severity, expected.en.clone()),
        _ => (severity, text),
    };
    (limited.collect(), thresholds.into_iter().map(said).collect())
}

/// The end of a sentence about groups.
fn for_each(columns: &[String], lang: Lang) -> String {
    if columns.is_empty() {
        return String::new();
    }
    format!(", {} {}", lang.pick("for each", "para cada"), lang.list(&quoted(columns)))
}

/// The sentence with a capital, unless it begins with a name in backticks.
fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
