//! The rules that nobody writes, and that appear only when they do not hold.

use serde_json::Map;

use crate::expectation;
use crate::ir::{ColumnsExpected, Evaluated, Limit, Metric, OnEmpty, Predicate, Severity};
use crate::outcome::Text;
use crate::suite::rule::id::derived_id;
use crate::suite::rule::{Context, Drafted};
use crate::suite::{About, Builtin, Rule};

/// The rules that nobody writes: declared columns are there, the dataset has rows, records could be taken apart.
///
/// Where a rule that is evaluated says the same, a run leaves the built-in one out.
pub(super) fn builtin(context: &Context<'_, '_, '_>, written: &[Rule], rules: &mut Vec<Drafted>) {
    let draft = context.draft;
    let name = &draft.data.name;
    // A rule that is switched off asks for nothing, so it takes no built-in one's place.
    let written = || written.iter().filter(|rule| rule.skip.is_none());
    let mut add = |expectation: &'static str,
                   column: Option<&str>,
                   metric: Metric,
                   limit: Limit,
                   builtin: Builtin,
                   sentence: Text| {
        let span = column.and_then(|column| draft.column_spans.get(column)).unwrap_or(&draft.span).clone();
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
                common: Map::new(),
                where_text: None,
                severity: Severity::Error,
                metric,
                group_by: Vec::new(),
                limits: vec![(Severity::Error, limit)],
                thresholds: Vec::new(),
                sentence,
                expected: None,
                dates: Vec::new(),
                about: About {
                    owner: dataset.owner.clone().or_else(|| suite.owner.clone()),
                    runbook: dataset.runbook.clone().or_else(|| suite.runbook.clone()),
                    ..About::default()
                },
                dimension: definition.map_or("validity", |definition| definition.dimension.name()),
                on_empty: OnEmpty::Natural,
                samples: None,
                mute: None,
                skip: context.skip.map(str::to_owned),
                location: context.reader.location(&span),
                place: context.reader.place(&span),
                varies: false,
                builtin: Some(builtin),
                selected: None,
            },
            id_span: None,
            span,
        });
    };
    // What is read is the matter of the dataset that is read.
    for column in &draft.data.columns[draft.inherited..] {
        let explicit = written().any(|rule| rule.expectation == "column_exists" && rule.columns.contains(&column.name));
        if explicit || draft.optional.contains(&column.name) || column.sql.is_some() {
            continue;
        }
        let names = vec![column.name.clone()];
        let expected =
            ColumnsExpected { dataset: draft.root().to_owned(), names, exact: false, ordered: false, position: None };
        let sentence = Text {
            en: format!("`{}` is a column of `{name}`", column.name),
            es: format!("`{}` es una columna de `{name}`", column.name),
        };
        let limit = Limit::Count(0);
        add("column_exists", Some(&column.name), Metric::Columns(expected), limit, Builtin::ColumnExists, sentence);
    }
    if !draft.may_be_empty {
        let scope = Predicate::all([Predicate::Malformed.negate(), draft.condition.clone()]);
        let nowhere = Predicate::Constant(false);
        let evaluated =
            Evaluated { dataset: draft.root().to_owned(), scope, unparsed: nowhere.clone(), missing: nowhere };
        let sentence = Text { en: format!("`{name}` has rows"), es: format!("`{name}` tiene filas") };
        add("row_count", None, Metric::RowCount { evaluated }, Limit::Count(0), Builtin::NotEmpty, sentence);
    }
    if draft.from.is_none() {
        let sentence = Text {
            en: format!("The files of `{name}` read as their format says"),
            es: format!("Los archivos de `{name}` se leen como dice su formato"),
        };
        add("well_formed", None, Metric::Findings(name.clone()), Limit::Count(0), Builtin::WellFormed, sentence);
    }
}
