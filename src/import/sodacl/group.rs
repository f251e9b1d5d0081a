//! `group by` checks: a query that gives a row for each group, and checks of its columns.
//!
//! A query of plain aggregates becomes the rule of each with `group_by`; of any other, the groups that do not pass are a
//! `query` that returns no row.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Select, SelectItem, SetExpr, Statement,
    TableFactor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::check::{self, Check};
use crate::import::sodacl::levels::{Levels, graded};
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::options::Options;
use crate::import::sodacl::scan::grouped;
use crate::import::sodacl::section::check_of;
use crate::import::sodacl::threshold::{Domain, Pass};
use crate::import::sodacl::validity::Validity;
use crate::import::sodacl::{aggregate, sql};
use crate::suite::yaml::Node;

/// A check of each group.
pub(super) struct Member {
    /// The check, on one line.
    pub(super) check: String,
    /// What it is called.
    pub(super) name: Option<String>,
    /// What it becomes.
    pub(super) made: Result<Made, String>,
}

/// Makes what each check of a group becomes.
///
/// # Errors
/// If there is no query that can be read.
pub(super) fn make(book: &mut Book<'_>, subject: &Subject<'_>) -> Result<Vec<Member>, String> {
    let options = subject.options;
    options.only(&["query", "fields", "checks"])?;
    let query = options.rest("query").and_then(Node::text).ok_or("it has no query")?;
    let query = book.select(query)?;
    let items = options.rest("checks").map(Node::as_list).unwrap_or_default();
    if items.is_empty() {
        return Err("it has no checks".to_owned());
    }
    let each = items.iter().filter_map(check_of).map(|(text, keys)| {
        let options = Options::read(keys);
        Member { check: text.to_owned(), made: one(subject, &query, text, &options), name: options.name }
    });
    Ok(each.collect())
}

fn one(subject: &Subject<'_>, query: &str, text: &str, options: &Options<'_>) -> Result<Made, String> {
    let (name, pass) = match check::parse(text)? {
        Check::Metric { name, arguments, pass } if arguments.is_empty() => (name, pass),
        Check::Foreign(reason) => return Err(reason),
        _ => return Err("a check of a group is about a column of its query".to_owned()),
    };
    options.only(&[])?;
    let levels = Levels::read(pass.as_ref(), options, Domain::Value)?;
    Ok(match plain(subject, query, &name, pass.as_ref(), options) {
        Some(made) => made,
        None => failing_groups(query, &name, &levels),
    })
}

/// The groups that do not pass, level by level.
fn failing_groups(query: &str, name: &str, levels: &Levels) -> Made {
    let mut made = Made::default();
    for (level, pass) in &levels.each {
        let failing = format!("SELECT * FROM ({query}) AS by_group WHERE NOT ({})", pass.sql(&sql::column(name)));
        let rule = Rule::new("query").with("sql", Value::Raw(failing));
        made.rules.push((None, graded(rule, *level)));
    }
    made
}

/// The rule of a plain aggregate, by group.
fn plain(subject: &Subject<'_>, query: &str, name: &str, pass: Option<&Pass>, options: &Options<'_>) -> Option<Made> {
    let found = Grouped::read(query, name)?;
    let within = Subject {
        dataset: subject.dataset.clone(),
        options,
        validity: Validity::default(),
        filter: found.filter.clone(),
    };
    // A query names its own table.
    if found.table != subject.dataset {
        return None;
    }
    let (column, rule) = match found.column {
        None => {
            let levels = Levels::read(pass, options, Domain::Count).ok()?;
            (None, levels.bounding(Rule::new("row_count"))?)
        }
        Some(column) => {
            let levels = Levels::read(pass, options, Domain::Value).ok()?;
            let made = aggregate::make(&within, &found.function, &[column], &levels).ok()?;
            let (column, rule) = made.rules.into_iter().next()?;
            let rule = Rule { keys: rule.keys.into_iter().filter(|(key, _)| key != "where").collect(), ..rule };
            (column, rule)
        }
    };
    let is_aggregate = !matches!(rule.expectation.as_str(), "scalar" | "length");
    is_aggregate.then(|| Made::one(column.as_deref(), grouped(within.filtered(rule), &found.fields)))
}

/// A query of aggregates by groups.
struct Grouped {
    table: String,
    filter: Option<String>,
    fields: Vec<String>,
    function: String,
    /// The column of the aggregate; none if it counts rows.
    column: Option<String>,
}

impl Grouped {
    /// The aggregate that a query calls by a name.
    fn read(query: &str, name: &str) -> Option<Self> {
        let statements = Parser::parse_sql(&GenericDialect {}, query).ok()?;
        let [Statement::Query(query)] = statements.as_slice() else { return None };
        let SetExpr::Select(select) = query.body.as_ref() else { return None };
        if query.with.is_some() || select.having.is_some() || select.distinct.is_some() {
            return None;
        }
        let [from] = select.from.as_slice() else { return None };
        let TableFactor::Table { name: table, alias: None, .. } = &from.relation else { return None };
        if !from.joins.is_empty() {
            return None;
        }
        let (function, column) = aggregate_of(select, name)?;
        let GroupByExpr::Expressions(fields, _) = &select.group_by else { return None };
        let fields = fields.iter().map(column_of).collect::<Option<Vec<_>>>()?;
        let filter = select.selection.as_ref().map(ToString::to_string);
        (!fields.is_empty()).then(|| Self { table: table.to_string(), filter, fields, function, column })
    }
}

/// The function and column that a SELECT calls by a name.
fn aggregate_of(select: &Select, name: &str) -> Option<(String, Option<String>)> {
    let expression = select.projection.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(name) => Some(expr),
        _ => None,
    })?;
    let Expr::Function(function) = expression else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    if list.duplicate_treatment.is_some() || function.over.is_some() || function.filter.is_some() {
        return None;
    }
    let called = function.name.to_string().to_lowercase();
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] if called == "count" => Some((called, None)),
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] if called != "count" => {
            Some((called, Some(column_of(argument)?)))
        }
        _ => None,
    }
}

fn column_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(name) => Some(name.value.clone()),
        _ => None,
    }
}
