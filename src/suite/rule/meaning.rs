//! What a rule means: its expectation lowered, with the mistakes that only the meaning shows.

use std::ops::Range;

use crate::diagnostic::{Code, nearest};
use crate::expectation::{BoundsKind, Definition, Instance, Limits, Mistake, NullRule, Source};
use crate::ir::{Metric, Predicate, Reading, Type, bind};
use crate::suite::condition;
use crate::suite::rule::Context;
use crate::suite::rule::parts::Parts;
use crate::suite::yaml::{Content, Node};

/// What the common keys give an expectation to lower itself.
pub(super) struct Given<'a> {
    pub(super) limits: &'a Limits,
    pub(super) reading: Option<&'a Reading>,
    pub(super) nulls: Option<NullRule>,
    pub(super) condition: Predicate,
}

impl Context<'_, '_, '_> {
    /// Lowers an expectation, reporting what is wrong with its parameters.
    pub(super) fn metric(
        &mut self,
        definition: &Definition,
        instance: &dyn Instance,
        parts: &Parts<'_>,
        given: &Given<'_>,
        span: &Range<usize>,
    ) -> Option<Metric> {
        let mut mistakes: Vec<Mistake> = given.limits.mistake(given.reading).into_iter().collect();
        let lowered = self.lower(definition, instance, given);
        if let (Ok(metric), true) = (&lowered, mistakes.is_empty()) {
            mistakes.extend(self.misfits(metric));
        }
        let metric = match lowered {
            Ok(metric) => Some(metric),
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        };
        let sound = mistakes.is_empty();
        for mistake in mistakes {
            self.complain(mistake, parts, span);
        }
        metric.filter(|_| sound)
    }

    fn lower(&self, definition: &Definition, instance: &dyn Instance, given: &Given<'_>) -> Result<Metric, Mistake> {
        let declared: Vec<(String, Option<Reading>)> =
            self.draft.data.columns.iter().map(|column| (column.name.clone(), column.reading.clone())).collect();
        let variables = self.reader.variables.all();
        let context = condition::Context { variables: &variables, zone: self.reader.timezone };
        let source = Source {
            dataset: &self.draft.data.name,
            condition: Predicate::all([self.draft.condition.clone(), given.condition.clone()]),
            declared: &declared,
            limits: given.limits,
            zone: self.reader.timezone,
            nulls: given.nulls,
            sql: &|text| condition::parse(text, context).map_err(|wrong| of_sql(wrong.into_iter().next())),
            rows_of: &|name| self.rows.get(name).cloned().ok_or_else(|| self.no_dataset(name)),
        };
        instance.lower(&source)?.metric(&source, definition.nulls)
    }

    fn no_dataset(&self, name: &str) -> Mistake {
        let near = nearest(name, self.rows.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "datasets are named under `datasets`".to_owned(),
        };
        Mistake {
            parameter: Some("to".to_owned()),
            ..Mistake::new(format!("this suite has no dataset `{name}`")).help(help)
        }
    }

    /// How bounds read: by the type of the column, or as numbers.
    pub(super) fn reading_of_bounds(&self, definition: &Definition, columns: &[String]) -> Option<Reading> {
        match definition.bounds {
            BoundsKind::EachValue | BoundsKind::Value => columns.first().and_then(|column| self.reading(column)),
            BoundsKind::EachNumber | BoundsKind::Number => Some(Reading::plain(Type::Decimal)),
            BoundsKind::None | BoundsKind::Age => None,
        }
    }

    pub(super) fn reading(&self, column: &str) -> Option<Reading> {
        self.draft.data.column(column).and_then(|column| column.reading.clone())
    }

    /// Values that are none of the declared type of the column they are compared with.
    fn misfits(&self, metric: &Metric) -> Vec<Mistake> {
        let scope = bind::Scope { column: &|name| self.reading(name), as_of: None, zone: self.reader.timezone };
        let mut found: Vec<(String, String)> = Vec::new();
        if let Some(evaluated) = metric.evaluated() {
            bind::misfits(&evaluated.scope, &scope, &mut found);
        }
        if let Metric::Rows { bad, .. } = metric {
            bind::misfits(bad, &scope, &mut found);
        }
        found.dedup();
        found.into_iter().map(|(text, message)| Mistake { parameter: Some(text), ..Mistake::new(message) }).collect()
    }

    /// Reports a mistake at the parameter, value or stretch of SQL it is about.
    fn complain(&mut self, mistake: Mistake, parts: &Parts<'_>, span: &Range<usize>) {
        let all = || parts.own.iter().chain(&parts.bounds);
        let named = mistake.parameter.as_ref().and_then(|name| {
            all()
                .find(|given| given.key == *name)
                .map(|given| &given.value)
                .or_else(|| parts.common.get(name.as_str()).copied())
                .or_else(|| all().find_map(|given| spelled(&given.value, name)))
        });
        let sql = all().find(|given| given.key == "sql").map(|given| &given.value);
        let at = match (&mistake.range, sql) {
            (Some(range), Some(node)) => self.reader.inside(node, range),
            _ => named.map_or_else(|| span.clone(), |node| node.span.clone()),
        };
        let code = if mistake.range.is_some() { Code::BadCondition } else { Code::BadValue };
        self.reader.error(code, at, mistake.message).help = mistake.help;
    }
}

fn of_sql(mistake: Option<condition::Mistake>) -> Mistake {
    match mistake {
        Some(wrong) => Mistake {
            parameter: Some("sql".to_owned()),
            message: wrong.message,
            help: wrong.help,
            range: Some(wrong.range),
        },
        None => Mistake::at("sql", "cannot be read"),
    }
}

/// The scalar of a tree that is spelled so.
fn spelled<'n>(node: &'n Node, text: &str) -> Option<&'n Node> {
    match &node.content {
        Content::Scalar(scalar) => (scalar.text == text).then_some(node),
        Content::Null(_) => None,
        Content::List(items) => items.iter().find_map(|item| spelled(item, text)),
        Content::Map(entries) => entries.iter().find_map(|entry| spelled(&entry.value, text)),
    }
}
