//! One item of an `expect` list to a [`Rule`], and the rules that nobody writes.
//!
//! Takes the common keys, the bounds and the levels off before the expectation sees its own parameters.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bigdecimal::BigDecimal;
use serde_json::{Map, Value as Json};

use crate::dataset::Column;
use crate::diagnostic::{Code, nearest, place};
use crate::expectation::{
    self, BoundsKind, CATALOGUE, Definition, Dimension, Instance, Limits, Mistake, NullRule, Place, Said, Source,
    bounds,
};
use crate::ir::value::read_decimal;
use crate::ir::{ColumnsExpected, Evaluated, Limit, Metric, Predicate, Reading, Severity, Type};
use crate::lang::Lang;
use crate::outcome::{Location, Text};
use crate::suite::read::{Draft, Reader};
use crate::suite::yaml::{Content, Entry, Node};
use crate::suite::{About, Builtin, OnEmpty, Rule, condition, keys, parameters};

/// A rule, and whether its id was written or derived.
pub(super) struct Drafted {
    pub(super) rule: Rule,
    pub(super) id_span: Option<Range<usize>>,
    pub(super) span: Range<usize>,
}

type Rows = HashMap<String, (Predicate, Vec<Column>)>;

/// Reads every rule of a dataset, and adds the built-in ones.
pub(super) fn rules_of(
    reader: &mut Reader<'_>,
    draft: &Draft<'_>,
    skip: Option<&str>,
    defaults: &Node,
    suite: &About,
    rows: &Rows,
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
    builtin(&context, &written, rules);
}

/// Makes ids unique: derived ones get `.2`, `.3` in file order, written ones must differ.
pub(super) fn settle_ids(reader: &mut Reader<'_>, rules: &mut [Drafted]) {
    let mut seen: HashMap<String, Range<usize>> = HashMap::new();
    for drafted in rules.iter().filter(|drafted| drafted.id_span.is_some()) {
        let span = drafted.id_span.clone().unwrap_or_default();
        if seen.insert(drafted.rule.id.clone(), span.clone()).is_some() {
            reader.error(Code::Duplicate, span, format!("the id `{}` is given twice", drafted.rule.id)).help =
                Some("ids name rules in reports and history; give each its own".to_owned());
        }
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for drafted in rules.iter_mut().filter(|drafted| drafted.id_span.is_none()) {
        let base = drafted.rule.id.clone();
        let count = counts.entry(base.clone()).or_insert(0);
        loop {
            *count += 1;
            let id = if *count == 1 { base.clone() } else { format!("{base}.{count}") };
            if seen.insert(id.clone(), drafted.span.clone()).is_none() {
                if *count > 1 && drafted.rule.builtin.is_none() {
                    reader
                        .report(
                            crate::diagnostic::Level::Note,
                            Code::Doubtful,
                            drafted.span.clone(),
                            format!("this rule has the derived id `{id}`, which shifts when a rule is put before it"),
                        )
                        .help = Some("give it an `id`".to_owned());
                }
                drafted.rule.id = id;
                break;
            }
        }
    }
}

struct Context<'a, 'r, 'n> {
    reader: &'a mut Reader<'r>,
    draft: &'a Draft<'n>,
    skip: Option<&'a str>,
    defaults: &'a Node,
    suite: &'a About,
    rows: &'a Rows,
}

/// The parts of one item, sorted.
struct Parts<'n> {
    common: HashMap<&'n str, &'n Node>,
    bounds: Vec<Entry>,
    own: Vec<Entry>,
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
        let value_span = value.map_or_else(|| span.clone(), |node| node.span.clone());
        let Some(parts) = self.sort(definition, column, value, &value_span) else { return };
        let before = self.reader.diagnostics.len();
        let drafted = self.rule(definition, column, parts, &span, &value_span);
        if self.reader.diagnostics[before..]
            .iter()
            .any(|diagnostic| diagnostic.level == crate::diagnostic::Level::Error)
        {
            return;
        }
        rules.extend(drafted);
    }

    /// Sorts the keys of an item into common ones, bounds and the expectation's own.
    fn sort<'n>(
        &mut self,
        definition: &Definition,
        column: Option<&str>,
        value: Option<&'n Node>,
        span: &Range<usize>,
    ) -> Option<Parts<'n>> {
        let mut parts = Parts { common: HashMap::new(), bounds: Vec::new(), own: Vec::new() };
        let own = (definition.schema)()["properties"].take();
        let entry =
            |key: &str, value: &Node| Entry { key: key.to_owned(), key_span: value.span.clone(), value: value.clone() };
        match value {
            None => {}
            Some(node) => match (&node.content, definition.main) {
                (Content::Map(entries), _) => {
                    for given in entries {
                        if keys::COMMON.contains(&given.key.as_str()) {
                            parts.common.insert(&given.key, &given.value);
                        } else if definition.bounds != BoundsKind::None && bounds::KEYS.contains(&given.key.as_str()) {
                            parts.bounds.push(given.clone());
                        } else if keys::NOT_YET.contains(&given.key.as_str()) && own.get(&given.key).is_none() {
                            self.reader
                                .error(
                                    Code::NotYet,
                                    given.key_span.clone(),
                                    format!("`{}` is not read by this version", given.key),
                                )
                                .help = Some("it would be silently without effect, so it is refused".to_owned());
                            return None;
                        } else if !given.key.starts_with("x-") {
                            parts.own.push(given.clone());
                        }
                    }
                }
                (_, Some(main)) => {
                    let main = entry(main, node);
                    if bounds::KEYS.contains(&main.key.as_str()) {
                        parts.bounds.push(main)
                    } else {
                        parts.own.push(main)
                    }
                }
                (_, None) => {
                    let bounded = definition.bounds != BoundsKind::None && node.items().is_none();
                    if bounded {
                        parts.bounds.push(entry("equals", node));
                    } else {
                        let name = definition.name;
                        self.reader
                            .error(
                                Code::BadValue,
                                node.span.clone(),
                                format!("`{name}` has no parameter that stands alone"),
                            )
                            .help = Some(format!("`tamiz explain {name}`"));
                        return None;
                    }
                }
            },
        }
        if let Some(column) = column {
            if let Some(given) = parts.own.iter().find(|given| given.key == "column") {
                self.reader.error(Code::Conflict, given.key_span.clone(), "`column` is implied under a column").help =
                    Some("leave it out, or move the rule to the dataset's own list".to_owned());
                return None;
            }
            if parts.own.iter().all(|given| given.key != "columns") {
                let scalar = crate::suite::yaml::Scalar { text: column.to_owned(), plain: false };
                let node = Node { span: span.clone(), content: Content::Scalar(scalar) };
                parts.own.push(entry("column", &node));
            }
        }
        parts.own.iter_mut().filter(|given| NAMING.contains(&given.key.as_str())).for_each(|it| compose(&mut it.value));
        parts.bounds.iter_mut().filter(|given| given.value.entries().is_some()).for_each(|it| compose(&mut it.value));
        Some(parts)
    }

    fn rule(
        &mut self,
        definition: &'static Definition,
        column: Option<&str>,
        parts: Parts<'_>,
        span: &Range<usize>,
        value_span: &Range<usize>,
    ) -> Option<Drafted> {
        let (instance, params) = self.instance(definition, &parts, value_span)?;
        let columns = instance.columns();
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
        let declared: Vec<(String, Option<Reading>)> =
            self.draft.data.columns.iter().map(|column| (column.name.clone(), column.reading.clone())).collect();
        let reading =
            columns.first().and_then(|column| self.draft.data.column(column)).and_then(|column| column.reading.clone());
        let reading = match definition.bounds {
            BoundsKind::EachValue | BoundsKind::Value => reading,
            BoundsKind::EachNumber | BoundsKind::Number => Some(Reading::plain(Type::Decimal)),
            BoundsKind::None => None,
        };
        let mut mistakes: Vec<Mistake> = limits.mistake(reading.as_ref()).into_iter().collect();
        let sql_node = parts.own.iter().find(|given| given.key == "sql").map(|given| &given.value);
        let lowered = {
            let variables = self.reader.variables.all();
            let context = condition::Context { variables: &variables, zone: self.reader.timezone };
            let source = Source {
                dataset: &self.draft.data.name,
                condition: Predicate::all([self.draft.condition.clone(), condition]),
                declared: &declared,
                limits: &limits,
                nulls,
                sql: &|text| {
                    condition::parse(text, context).map_err(|wrong| {
                        let first = wrong.into_iter().next();
                        Mistake {
                            parameter: Some("sql".to_owned()),
                            message: first.as_ref().map_or_else(String::new, |mistake| mistake.message.clone()),
                            help: first.as_ref().and_then(|mistake| mistake.help.clone()),
                            range: first.map(|mistake| mistake.range),
                        }
                    })
                },
                rows_of: &|name| match self.rows.get(name) {
                    Some((condition, _)) => Ok(condition.clone()),
                    None => {
                        let near = nearest(name, self.rows.keys().map(String::as_str));
                        Err(Mistake {
                            parameter: Some("to".to_owned()),
                            message: format!("this suite has no dataset `{name}`"),
                            help: Some(match near {
                                Some(near) => format!("did you mean `{near}`?"),
                                None => "datasets are named under `datasets`".to_owned(),
                            }),
                            range: None,
                        })
                    }
                },
            };
            instance.lower(&source).and_then(|lowered| lowered.metric(&source, definition.nulls))
        };
        let metric = match lowered {
            Ok(metric) => Some(metric),
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        };
        for mistake in mistakes {
            let given = mistake.parameter.as_ref().and_then(|name| {
                parts
                    .own
                    .iter()
                    .chain(&parts.bounds)
                    .find(|given| given.key == *name)
                    .map(|given| &given.value)
                    .or_else(|| common.get(name.as_str()).copied())
            });
            let at = match (&mistake.range, sql_node) {
                (Some(range), Some(node)) => self.reader.inside(node, range),
                _ => given.map_or_else(|| span.clone(), |node| node.span.clone()),
            };
            let code = if mistake.range.is_some() { Code::BadCondition } else { Code::BadValue };
            self.reader.error(code, at, mistake.message).help = mistake.help;
        }
        let metric = metric?;
        let (severity, limited, thresholds) = self.levels(definition, &metric, (&limits, reading.as_ref()), common)?;
        let about = self.about(common);
        let on_empty = match common.get("on_empty").copied().or_else(|| self.defaults.get("on_empty")) {
            Some(node) => match self.reader.one_of(node, &["pass", "fail", "skip"]) {
                Some("pass") => OnEmpty::Pass,
                Some("fail") => OnEmpty::Fail,
                Some(_) => OnEmpty::Skip,
                None => OnEmpty::Natural,
            },
            None => OnEmpty::Natural,
        };
        let dimension = match common.get("dimension") {
            Some(node) => self.reader.one_of(node, &Dimension::ALL.map(Dimension::name))?,
            None => definition.dimension.name(),
        };
        let samples = common.get("samples").copied().or_else(|| self.defaults.get("samples")).and_then(|node| {
            let text = self.reader.text(node)?;
            let number = text.parse::<usize>().ok();
            if number.is_none() {
                self.reader.error(Code::BadValue, node.span.clone(), format!("`{text}` is no whole number"));
            }
            number
        });
        let skip = self.skip.map(str::to_owned).or_else(|| self.skip_of(common));
        let id_node = common.get("id").copied();
        let id = match id_node {
            Some(node) => self.id(node)?,
            None => derived_id(&self.draft.data.name, column.or_else(|| single(&columns, definition)), definition.name),
        };
        let (line, character) = place(&self.reader.source.text, span.start);
        let said = |lang| Said {
            lang,
            dataset: &self.draft.data.name,
            limits: &limits,
            nulls: nulls.unwrap_or(definition.nulls),
        };
        let expected = (!limits.is_empty()).then(|| Text::of(|lang| limits.phrase(lang)));
        let sentence = Text::of(|lang| capital(&instance.sentence(&said(lang))));
        Some(Drafted {
            rule: Rule {
                id,
                expectation: definition.name,
                dataset: self.draft.data.name.clone(),
                columns,
                params,
                where_text: where_node.and_then(Node::text).map(str::to_owned),
                severity,
                metric,
                limits: limited,
                thresholds,
                sentence,
                expected,
                about,
                dimension,
                on_empty,
                samples,
                skip,
                location: self.location(line, character),
                builtin: None,
            },
            id_span: id_node.map(|node| node.span.clone()),
            span: span.clone(),
        })
    }

    fn location(&self, line: u64, column: u64) -> Location {
        Location { file: self.reader.source.path.to_string_lossy().replace('\\', "/"), line, column }
    }

    fn skip_of(&mut self, common: &HashMap<&str, &Node>) -> Option<String> {
        let entries = ["enabled", "when"].iter().filter_map(|key| {
            let value = *common.get(key)?;
            Some(Entry { key: (*key).to_owned(), key_span: value.span.clone(), value: value.clone() })
        });
        let node = Node { span: 0..0, content: Content::Map(entries.collect()) };
        self.reader.skip(&node)
    }

    /// Reads the parameters by the expectation's own schema.
    fn instance(
        &mut self,
        definition: &'static Definition,
        parts: &Parts<'_>,
        span: &Range<usize>,
    ) -> Option<(Box<dyn Instance>, Map<String, Json>)> {
        let schema = parameters::full_schema(definition);
        let all: Vec<Entry> = parts.own.iter().chain(&parts.bounds).cloned().collect();
        let node = Node { span: span.clone(), content: Content::Map(all) };
        let mut problems = Vec::new();
        let json = parameters::read(&node, &schema, &mut problems);
        parameters::validate(&json, &node, &schema, keys::COMMON, &mut problems);
        if !problems.is_empty() {
            for problem in problems {
                let code = if problem.unknown_key { Code::UnknownKey } else { Code::BadValue };
                let help = problem.help.or_else(|| Some(format!("`tamiz explain {}`", definition.name)));
                self.reader.error(code, problem.span, format!("{} in `{}`", problem.message, definition.name)).help =
                    help;
            }
            return None;
        }
        let own: Map<String, Json> = json
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| parts.own.iter().any(|given| given.key == **key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        match (definition.read)(Json::Object(own)) {
            Ok(instance) => {
                let mut params: Map<String, Json> = Map::new();
                for given in parts.own.iter().chain(&parts.bounds).filter(|given| given.key != "column") {
                    params.insert(given.key.clone(), parameters::plain(&given.value));
                }
                Some((instance, params))
            }
            Err(wrong) => {
                self.reader.error(Code::BadValue, span.clone(), format!("`{}`: {wrong}", definition.name)).help =
                    Some(format!("`tamiz explain {}`", definition.name));
                None
            }
        }
    }

    fn limits(&mut self, definition: &Definition, given: &[Entry]) -> Option<Limits> {
        let node = Node { span: 0..0, content: Content::Map(given.to_vec()) };
        self.limits_of(definition, &node)
    }

    fn limits_of(&mut self, definition: &Definition, node: &Node) -> Option<Limits> {
        let schema = serde_json::json!({
            "type": "object",
            "properties": bounds::properties(definition.bounds).into_iter().collect::<HashMap<_, _>>(),
            "additionalProperties": false,
        });
        let mut problems = Vec::new();
        let json = parameters::read(node, &schema, &mut problems);
        parameters::validate(&json, node, &schema, &[], &mut problems);
        for problem in &problems {
            self.reader.error(Code::BadValue, problem.span.clone(), problem.message.clone());
        }
        if !problems.is_empty() {
            return None;
        }
        serde_json::from_value(json)
            .map_err(|error| {
                self.reader.error(Code::BadValue, node.span.clone(), error.to_string());
            })
            .ok()
    }

    /// Reads severity, `allow`, `mostly` and `levels` into limits by level.
    #[expect(clippy::type_complexity, reason = "three results of one reading")]
    fn levels(
        &mut self,
        definition: &Definition,
        metric: &Metric,
        limits: (&Limits, Option<&Reading>),
        common: &HashMap<&str, &Node>,
    ) -> Option<(Severity, Vec<(Severity, Limit)>, Vec<(Severity, String)>)> {
        let given: Vec<&str> =
            ["allow", "mostly", "levels"].into_iter().filter(|key| common.contains_key(key)).collect();
        if let [first, second, ..] = given.as_slice() {
            self.reader
                .error(Code::Conflict, common[second].span.clone(), format!("`{second}` does not go with `{first}`"))
                .help = Some("one of `allow`, `mostly`, `levels`".to_owned());
            return None;
        }
        let counts = metric.counts_violations();
        if let Some(levels) = common.get("levels") {
            if let Some(severity) = common.get("severity") {
                self.reader.error(Code::Conflict, severity.span.clone(), "`severity` does not go with `levels`").help =
                    Some("each level is a severity of its own".to_owned());
                return None;
            }
            return self.several_levels(definition, counts, limits, levels);
        }
        let severity = match common.get("severity").copied().or_else(|| self.defaults.get("severity")) {
            Some(node) => self.reader.severity(node)?,
            None => Severity::Error,
        };
        let limit = match given.first() {
            Some(key) if !counts => {
                self.reader
                    .error(
                        Code::Conflict,
                        common[key].span.clone(),
                        format!("`{key}` has no meaning here: `{}` does not count violations", definition.name),
                    )
                    .help = Some("`levels` may hold bounds of their own".to_owned());
                return None;
            }
            Some(key) => self.allowance(common[key], *key == "mostly")?,
            // What is there or not, and what is broken, is counted too: there must be none of it.
            None if counts || !definition.bounds.is_aggregate() => (Limit::Count(0), "0".to_owned()),
            None => self.within(definition, limits, None)?,
        };
        Some((severity, vec![(severity, limit.0)], vec![(severity, limit.1)]))
    }

    #[expect(clippy::type_complexity, reason = "three results of one reading")]
    fn several_levels(
        &mut self,
        definition: &Definition,
        counts: bool,
        limits: (&Limits, Option<&Reading>),
        levels: &Node,
    ) -> Option<(Severity, Vec<(Severity, Limit)>, Vec<(Severity, String)>)> {
        let Some(entries) = levels.entries().filter(|entries| !entries.is_empty()) else {
            self.reader.error(Code::BadValue, levels.span.clone(), "`levels` is a map of severities").help =
                Some("write `levels: {warning: 0, error: 1%}`".to_owned());
            return None;
        };
        let mut found = Vec::new();
        for entry in entries {
            let scalar = crate::suite::yaml::Scalar { text: entry.key.clone(), plain: true };
            let key = Node { span: entry.key_span.clone(), content: Content::Scalar(scalar) };
            let severity = self.reader.severity(&key)?;
            let (limit, text) = if counts {
                self.allowance(&entry.value, false)?
            } else {
                if !definition.bounds.is_aggregate() {
                    self.reader.error(
                        Code::Conflict,
                        levels.span.clone(),
                        format!("`{}` takes no `levels`", definition.name),
                    );
                    return None;
                }
                if entry.value.entries().is_none() {
                    self.reader
                        .error(
                            Code::BadValue,
                            entry.value.span.clone(),
                            format!("a level of `{}` holds bounds", definition.name),
                        )
                        .help = Some(format!("write `{}: {{min: …, max: …}}`", entry.key));
                    return None;
                }
                self.within(definition, limits, Some(&entry.value))?
            };
            found.push((severity, limit, text));
        }
        found.sort_by_key(|(severity, ..)| *severity);
        let worst = found.last().map(|(severity, ..)| *severity)?;
        let limits = found.iter().map(|(severity, limit, _)| (*severity, limit.clone())).collect();
        let thresholds = found.into_iter().map(|(severity, _, text)| (severity, text)).collect();
        Some((worst, limits, thresholds))
    }

    /// The interval of an aggregate, with the bounds of one level put over those that all share.
    fn within(
        &mut self,
        definition: &Definition,
        (shared, reading): (&Limits, Option<&Reading>),
        level: Option<&Node>,
    ) -> Option<(Limit, String)> {
        let mut limits = shared.clone();
        let mut span = self.draft.span.clone();
        if let Some(node) = level {
            span = node.span.clone();
            let own = self.limits_of(definition, node)?;
            limits = Limits {
                min: own.min.or(limits.min),
                max: own.max.or(limits.max),
                strict_min: own.strict_min.or(limits.strict_min),
                strict_max: own.strict_max.or(limits.strict_max),
                equals: own.equals.or(limits.equals),
                tolerance: own.tolerance.or(limits.tolerance),
            };
            if let Some(mistake) = limits.mistake(reading) {
                self.reader.error(Code::BadValue, span, mistake.message).help = mistake.help;
                return None;
            }
        }
        match limits.interval() {
            Ok(interval) => Some((Limit::Within(interval), limits.phrase(Lang::En))),
            Err(mistake) => {
                self.reader.error(Code::BadValue, span, mistake.message).help = mistake.help;
                None
            }
        }
    }

    /// Reads how many violations are tolerated: a count, a percentage or a share.
    fn allowance(&mut self, node: &Node, mostly: bool) -> Option<(Limit, String)> {
        let text = self.reader.text(node)?;
        let one = BigDecimal::from(1);
        let share = match text.strip_suffix('%') {
            Some(percent) => read_decimal(percent.trim_end()).map(|percent| percent / BigDecimal::from(100)),
            None if !mostly && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                if let Ok(count) = text.parse() {
                    return Some((Limit::Count(count), text));
                }
                None
            }
            None => read_decimal(&text).filter(|share| mostly || *share < one),
        };
        let share = share.filter(|share| *share >= BigDecimal::from(0) && *share <= one);
        let Some(share) = share else {
            let wanted = if mostly {
                "a share such as `0.99` or `99%`"
            } else {
                "a count such as `10`, or a share such as `1%` or `0.01`"
            };
            self.reader.error(Code::BadValue, node.span.clone(), format!("`{text}` is not {wanted}")).help =
                (text.starts_with('1') && text.contains('.')).then(|| "all rows is `100%`; one row is `1`".to_owned());
            return None;
        };
        let share = if mostly { one - share } else { share };
        Some((Limit::Share(share.normalized()), if mostly { format!("mostly {text}") } else { text }))
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

    fn id(&mut self, node: &Node) -> Option<String> {
        let id = self.reader.text(node)?;
        let sound = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !id.is_empty() && id.chars().all(sound) {
            return Some(id);
        }
        self.reader.error(Code::BadValue, node.span.clone(), format!("`{id}` is no id")).help =
            Some("letters, digits, `_`, `-` and `.`".to_owned());
        None
    }
}

/// The rules that nobody writes: declared columns are there, the dataset has rows, records could be taken apart.
fn builtin(context: &Context<'_, '_, '_>, written: &[Rule], rules: &mut Vec<Drafted>) {
    let draft = context.draft;
    let name = &draft.data.name;
    // A rule that is switched off asks for nothing, so it takes no built-in one's place.
    let written = || written.iter().filter(|rule| rule.skip.is_none());
    let taken: HashSet<&str> = written().map(|rule| rule.expectation).collect();
    let mut add = |expectation: &'static str,
                   column: Option<&str>,
                   metric: Metric,
                   limit: Limit,
                   builtin: Builtin,
                   sentence: Text| {
        let span = column.and_then(|column| draft.column_spans.get(column)).unwrap_or(&draft.span).clone();
        let (line, character) = place(&context.reader.source.text, span.start);
        let definition = expectation::find(expectation);
        let dataset = &draft.about;
        let suite = context.suite;
        rules.push(Drafted {
            rule: Rule {
                id: derived_id(name, column, expectation),
                expectation,
                dataset: name.clone(),
                columns: column.into_iter().map(str::to_owned).collect(),
                params: Map::new(),
                where_text: None,
                severity: Severity::Error,
                metric,
                limits: vec![(Severity::Error, limit)],
                thresholds: Vec::new(),
                sentence,
                expected: None,
                about: About {
                    owner: dataset.owner.clone().or_else(|| suite.owner.clone()),
                    runbook: dataset.runbook.clone().or_else(|| suite.runbook.clone()),
                    ..About::default()
                },
                dimension: definition.map_or("validity", |definition| definition.dimension.name()),
                on_empty: OnEmpty::Natural,
                samples: None,
                skip: context.skip.map(str::to_owned),
                location: context.location(line, character),
                builtin: Some(builtin),
            },
            id_span: None,
            span,
        });
    };
    for column in &draft.data.columns {
        let explicit = written().any(|rule| rule.expectation == "column_exists" && rule.columns.contains(&column.name));
        if explicit || draft.optional.contains(&column.name) {
            continue;
        }
        let names = vec![column.name.clone()];
        let expected = ColumnsExpected { dataset: name.clone(), names, exact: false, ordered: false };
        let sentence = Text {
            en: format!("`{}` is a column of `{name}`", column.name),
            es: format!("`{}` es una columna de `{name}`", column.name),
        };
        let limit = Limit::Count(0);
        add("column_exists", Some(&column.name), Metric::Columns(expected), limit, Builtin::ColumnExists, sentence);
    }
    if !taken.contains("row_count") && !draft.may_be_empty {
        let scope = Predicate::all([Predicate::Malformed.negate(), draft.condition.clone()]);
        let nowhere = Predicate::Constant(false);
        let evaluated = Evaluated { dataset: name.clone(), scope, unparsed: nowhere.clone(), missing: nowhere };
        let sentence = Text { en: format!("`{name}` has rows"), es: format!("`{name}` tiene filas") };
        add("row_count", None, Metric::RowCount { evaluated }, Limit::Count(0), Builtin::NotEmpty, sentence);
    }
    if !taken.contains("well_formed") {
        let sentence = Text {
            en: format!("The files of `{name}` read as their format says"),
            es: format!("Los archivos de `{name}` se leen como dice su formato"),
        };
        add("well_formed", None, Metric::Findings(name.clone()), Limit::Count(0), Builtin::WellFormed, sentence);
    }
}

/// Parameters that name columns.
const NAMING: [&str; 7] = ["column", "columns", "names", "left", "right", "to", "from"];

/// Takes the names in a parameter to Unicode NFC, as those of files are.
fn compose(node: &mut Node) {
    match &mut node.content {
        Content::Scalar(scalar) => scalar.text = crate::suite::nfc(&scalar.text),
        Content::List(items) => items.iter_mut().for_each(compose),
        Content::Map(entries) => entries.iter_mut().for_each(|entry| compose(&mut entry.value)),
        Content::Null(_) => {}
    }
}

/// The one column that names a rule of a dataset's list.
fn single<'c>(columns: &'c [String], definition: &Definition) -> Option<&'c str> {
    match columns {
        [one] if definition.place != Place::Table => Some(one),
        _ => None,
    }
}

fn derived_id(dataset: &str, column: Option<&str>, name: &str) -> String {
    let safe = |text: &str| -> String {
        text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect()
    };
    match column {
        Some(column) => format!("{dataset}.{}.{name}", safe(column)),
        None => format!("{dataset}.{name}"),
    }
}

/// The sentence with a capital, unless it begins with a name in backticks.
fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
