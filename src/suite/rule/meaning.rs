//! What a rule means: its expectation lowered, with the mistakes that only the meaning shows.

use std::ops::Range;

use crate::dataset::Part;
use crate::diagnostic::{Code, Level, nearest};
use crate::expectation::{BoundsKind, Definition, Instance, Limits, Mistake, NullRule, Source};
use crate::ir::{Metric, Predicate, Reading, Type, bind};
use crate::suite::rule::Context;
use crate::suite::rule::parts::Parts;
use crate::suite::yaml::{Content, Node};
use crate::suite::{condition, query};

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
        let lowered = self.lower(definition, instance, given, span);
        if let (Ok(metric), true) = (&lowered, mistakes.is_empty()) {
            mistakes.extend(self.misfits(metric));
            mistakes.extend(self.needs_a_table(metric));
        }
        let metric = match lowered {
            Ok(metric) => Some(metric),
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        };
        let sound = mistakes.is_empty();
        if let (true, Some(never)) = (sound, given.limits.disorder(given.reading)) {
            // It can be evaluated, and always fails.
            let at = self.place_of(&never, parts, span);
            self.reader.report(Level::Note, Code::Doubtful, at, never.message);
        }
        for mistake in mistakes {
            self.complain(mistake, parts, span);
        }
        metric.filter(|_| sound)
    }

    fn lower(
        &self,
        definition: &Definition,
        instance: &dyn Instance,
        given: &Given<'_>,
        span: &Range<usize>,
    ) -> Result<Metric, Mistake> {
        let declared: Vec<(String, Option<Reading>)> =
            self.draft.data.columns.iter().map(|column| (column.name.clone(), column.reading.clone())).collect();
        let computed: Vec<&str> = self
            .draft
            .data
            .columns
            .iter()
            .filter(|column| column.sql.is_some())
            .map(|column| column.name.as_str())
            .collect();
        let variables = self.reader.variables.all();
        let context = condition::Context { variables: &variables, zone: self.reader.timezone };
        let folder = self.reader.folder(span);
        let source = Source {
            folder: &folder,
            text: &|path| self.reader.text_file(path, span),
            document: &|path| self.reader.document_file(path, span),
            dataset: self.draft.root(),
            is_database: self.draft.data.source.database.is_some(),
            condition: Predicate::all([self.draft.condition.clone(), given.condition.clone()]),
            declared: &declared,
            optional: &self.draft.optional,
            limits: given.limits,
            zone: self.reader.timezone,
            nulls: given.nulls,
            sql: &|text| {
                self.reader.variables.mark_in_sql(text);
                condition::parse(text, context).map_err(|wrong| of_sql(wrong.into_iter().next()))
            },
            computed: &computed,
            rows_of: &|name| self.rows.get(name).cloned().ok_or_else(|| self.no_dataset(name)),
            query: &|text| query::parse(text, &variables, self.rows).map_err(|wrong| of_sql(Some(wrong))),
            file: &|path| self.reader.data_file(path, span).map_err(|wrong| Mistake::at("file", wrong)),
        };
        instance.lower(&source)?.metric(&source, definition.nulls)
    }

    /// What is wrong with a rule about rows or columns under a database of which no table is read.
    fn needs_a_table(&self, metric: &Metric) -> Option<Mistake> {
        let database = self.draft.data.source.database.as_ref();
        let without = database.is_some_and(|database| database.part == Part::Nothing);
        let of_the_whole =
            matches!(metric, Metric::Tables(_) | Metric::File(_) | Metric::FileAge { .. } | Metric::Scalar { .. });
        (without && !of_the_whole).then(|| {
            Mistake::new("is about a table, and the source names no table")
                .help("write `source: {sqlite: …, table: …}`; `tables` needs none")
        })
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
            BoundsKind::EachNumber | BoundsKind::Number | BoundsKind::Share => Some(Reading::plain(Type::Decimal)),
            BoundsKind::None | BoundsKind::Age => None,
        }
    }

    pub(super) fn reading(&self, column: &str) -> Option<Reading> {
        self.draft.data.column(column).and_then(|column| column.reading.clone())
    }

    /// Values that are none of the declared type of the column they are compared with, and casts that give no value.
    fn misfits(&self, metric: &Metric) -> Vec<Mistake> {
        let scope = bind::Scope { column: &|name| self.reading(name), as_of: None, zone: self.reader.timezone };
        let mut found: Vec<(String, String)> = Vec::new();
        let mut look = |condition: &Predicate, parameter: &str| {
            bind::misfits(condition, &scope, &mut found);
            let mut miscast = Vec::new();
            bind::miscasts(condition, &scope, &mut miscast);
            found.extend(miscast.into_iter().map(|message| (parameter.to_owned(), message)));
        };
        if let Some(evaluated) = metric.evaluated() {
            look(&evaluated.scope, "where");
        }
        if let Metric::Rows { bad, .. } = metric {
            look(bad, "sql");
        }
        found.dedup();
        found.into_iter().map(|(text, message)| Mistake { parameter: Some(text), ..Mistake::new(message) }).collect()
    }

    /// Reports a mistake at the parameter, value or stretch of SQL it is about.
    fn complain(&mut self, mistake: Mistake, parts: &Parts<'_>, span: &Range<usize>) {
        let at = self.place_of(&mistake, parts, span);
        let code = if mistake.range.is_some() { Code::BadCondition } else { Code::BadValue };
        self.reader.error(code, at, mistake.message).help = mistake.help;
    }

    /// Where in the text a mistake stands.
    fn place_of(&self, mistake: &Mistake, parts: &Parts<'_>, span: &Range<usize>) -> Range<usize> {
        let all = || parts.own.iter().chain(&parts.bounds);
        let named = mistake.parameter.as_ref().and_then(|name| {
            all()
                .find(|given| given.key == *name)
                .map(|given| &given.value)
                .or_else(|| parts.common.get(name.as_str()).copied())
                .or_else(|| all().find_map(|given| spelled(&given.value, name)))
        });
        let sql = all().find(|given| given.key == "sql").map(|given| &given.value);
        match (&mistake.range, sql) {
            (Some(range), Some(node)) => self.reader.inside(node, range),
            _ => named.map_or_else(|| span.clone(), |node| node.span.clone()),
        }
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

#[cfg(test)]
mod tests {
    use crate::suite::{Request, read};

    /// What a rule on declared columns is told, each message after the text it stands at.
    fn told(rule: &str) -> Vec<String> {
        let text = format!(
            "tamiz: 1\nsuite: a\ndatasets:\n  data:\n    source: data.csv\n    columns:\n      \
             day: {{type: date}}\n      n: {{type: integer}}\n    expect:\n      - {rule}\n"
        );
        let request = Request {
            path: "a.yaml".as_ref(),
            text: text.clone(),
            vars: &[],
            sources: &[],
            env: &|_| None,
            as_of: None,
            now: 0,
            read: &|_| Err(std::io::ErrorKind::NotFound.into()),
        };
        let faults = read(request).err().unwrap_or_default();
        faults.iter().map(|fault| format!("{}: {}", &text[fault.span.clone()], fault.message)).collect()
    }

    #[test]
    fn a_cast_that_gives_no_value_of_a_declared_column_is_told() {
        let wrong = "`day` is a date, which cannot become an integer";
        assert_eq!(told("expression: CAST(day AS INTEGER) > 0"), [format!("CAST(day AS INTEGER) > 0: {wrong}")]);
        assert_eq!(
            told("not_null: {column: n, where: abs(CAST(day AS INTEGER)) > 0}"),
            [format!("abs(CAST(day AS INTEGER)) > 0: {wrong}")]
        );
        assert_eq!(told("expression: CAST(n AS DECIMAL) > CAST(day AS TIMESTAMP)"), Vec::<String>::new());
        assert_eq!(told("expression: CAST(other AS INTEGER) > 0"), Vec::<String>::new());
    }

    #[test]
    fn a_share_lies_between_none_and_all() {
        assert_eq!(told("null_share: {column: n, max: 100%}"), Vec::<String>::new());
        assert_eq!(told("null_share: {column: n, max: 2}"), ["2: `2` is no share of a whole in `null_share`"]);
        assert_eq!(told("null_share: {column: n, max: 101%}"), ["101%: `101%` is no share of a whole in `null_share`"]);
        assert_eq!(told("null_share: {column: n, min: -1%}"), ["-1%: `-1%` is no share of a whole in `null_share`"]);
        assert_eq!(
            told("between: {column: n, min: 50, max: 4}"),
            ["4: `max` leaves no value: the lower bound is not below it"]
        );
    }
}
