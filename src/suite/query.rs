//! The SELECT of `query` and `scalar`: parsed, held to what it may do, its variables bound in the tree.
//!
//! A suite may come with a pull request, so nothing here is taken on trust: one SELECT, FROM names datasets of the suite and
//! its own `WITH`, and no function stands there, for SQL engines have some that read files. What else the engine cannot do
//! is an error of the rule when it runs.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::thread;

use sqlparser::ast::{
    DataType, Expr, Ident, ObjectName, ObjectNamePart, Query as Tree, Select, SelectItem, SetExpr, Spanned, Statement,
    TableFactor, TimezoneInfo, TypedString, Value as SqlValue, ValueWithSpan, VisitMut, VisitorMut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Span, Token, Tokenizer};

use crate::diagnostic::nearest;
use crate::expectation::Rows;
use crate::ir::name::nfc;
use crate::ir::{Literal, Output, Predicate, Query, Table, Value, instant};
use crate::suite::condition::token::Text;
use crate::suite::condition::{LONGEST, Mistake, STACK};

/// How deep parentheses may stand inside each other.
const DEEPEST: usize = 24;

/// Stands in the text where the run's "now" goes in; no query may hold it.
const NOW: char = '\u{E000}';

/// Reads a SELECT over the datasets of a suite.
///
/// # Errors
/// The first mistake in it.
pub(super) fn parse(
    sql: &str,
    variables: &[(String, Literal)],
    rows: &HashMap<String, Rows>,
) -> Result<Query, Mistake> {
    let text = Text::new(sql);
    let words = words(&text, sql)?;
    let mut tree = tree(&text, sql)?;
    let mut reader = Reader { text: &text, variables, rows, named: Vec::new(), tables: Vec::new(), all: false };
    if let ControlFlow::Break(mistake) = tree.visit(&mut reader) {
        return Err(mistake);
    }
    if reader.tables.is_empty() {
        let help = Some("name a dataset after FROM".to_owned());
        return Err(Mistake {
            range: text.all(),
            message: "the query reads no dataset of this suite".to_owned(),
            help,
        });
    }
    let other = |word: &&str| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    let all = reader.all || ["natural", "columns"].iter().any(other);
    let tables = reader.tables.iter().filter_map(|name| {
        let Rows { dataset, condition } = rows.get(name)?.clone();
        let scope = Predicate::all([Predicate::Malformed.negate(), condition]);
        Some(Table { name: name.clone(), dataset, scope, columns: (!all).then(|| words.clone()) })
    });
    let tables = tables.collect();
    let pieces = tree.to_string().split(NOW).map(str::to_owned).collect();
    Ok(Query { pieces, tables, is_value: false, is_ordered: tree.order_by.is_some(), outputs: outputs(&tree) })
}

/// Every name in the text, and the mistakes that are seen before it is parsed.
fn words(text: &Text<'_>, sql: &str) -> Result<Vec<String>, Mistake> {
    let mistake = |range: Range<usize>, message: &str, help: &str| Mistake {
        range,
        message: message.to_owned(),
        help: Some(help.to_owned()),
    };
    if sql.len() > LONGEST {
        return Err(mistake(text.all(), "the query is too long", "64 KB is the most"));
    }
    if let Some(start) = sql.find("${") {
        let end = sql[start..].find('}').map_or(sql.len(), |end| start + end + 1);
        return Err(mistake(
            start..end,
            "`${…}` is not put into SQL",
            "write a variable as `:name`; it keeps its type",
        ));
    }
    if let Some(start) = sql.find(NOW) {
        return Err(mistake(start..start + NOW.len_utf8(), "a character of no meaning", "leave it out"));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().map_err(|error| {
        mistake(text.all(), &format!("the query cannot be read: {error}"), "look for an open quote")
    })?;
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for token in &tokens {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Word(word) => {
                let name = nfc(&word.value);
                if !words.contains(&name) {
                    words.push(name);
                }
            }
            _ => {}
        }
        if depth > DEEPEST {
            return Err(mistake(text.range(token.span), "the query is nested too deeply", "name a part of it in WITH"));
        }
    }
    Ok(words)
}

/// The tree of the one SELECT.
fn tree(text: &Text<'_>, sql: &str) -> Result<Tree, Mistake> {
    let parsed = thread::scope(|scope| {
        let reading = thread::Builder::new().name("query".to_owned()).stack_size(STACK);
        let reading = reading.spawn_scoped(scope, || Parser::parse_sql(&GenericDialect {}, sql));
        reading.map(|reading| reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let statements = match parsed {
        Ok(Ok(statements)) => statements,
        Ok(Err(error)) => {
            let said = error.to_string();
            let (what, range) = text.cut_place(said.strip_prefix("sql parser error: ").unwrap_or(&said));
            return Err(Mistake { range, message: format!("the query cannot be read: {what}"), help: None });
        }
        Err(error) => {
            let message = format!("no thread to read the query on: {error}");
            return Err(Mistake { range: text.all(), message, help: None });
        }
    };
    let help = Some("write one SELECT".to_owned());
    match <[Statement; 1]>::try_from(statements) {
        Ok([Statement::Query(tree)]) => Ok(*tree),
        Ok([_]) => {
            Err(Mistake { range: text.all(), message: "only a SELECT reads data and changes nothing".to_owned(), help })
        }
        Err(several) => {
            Err(Mistake { range: text.all(), message: format!("there are {} statements", several.len()), help })
        }
    }
}

/// What the columns of the rows are made of; none where rows come from a SELECT inside, or from two.
fn outputs(tree: &Tree) -> Option<Vec<Output>> {
    let (None, SetExpr::Select(select)) = (&tree.with, tree.body.as_ref()) else { return None };
    let plain = |factor: &TableFactor| matches!(factor, TableFactor::Table { .. });
    let from =
        select.from.iter().all(|from| plain(&from.relation) && from.joins.iter().all(|join| plain(&join.relation)));
    if !from {
        return None;
    }
    let output = |item: &SelectItem| {
        let (expression, name) = match item {
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => return Some(named(nfc(&name.value))),
            SelectItem::UnnamedExpr(expression) => (expression, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(nfc(&alias.value))),
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                return Some(Output { name: Some("*".to_owned()), of: Vec::new() });
            }
            SelectItem::ExprWithAliases { .. } => return None,
        };
        // How many there are is no value of theirs.
        let counts = matches!(expression, Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("count"));
        let of = if counts { Vec::new() } else { names_in(&expression.to_string())? };
        Some(Output { name, of })
    };
    select.projection.iter().map(output).collect()
}

fn named(column: String) -> Output {
    Output { of: vec![column.clone()], name: Some(column) }
}

/// Every name in an expression.
fn names_in(sql: &str) -> Option<Vec<String>> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().ok()?;
    let name = |token: Token| if let Token::Word(word) = token { Some(nfc(&word.value)) } else { None };
    Some(tokens.into_iter().filter_map(name).collect())
}

struct Reader<'a> {
    text: &'a Text<'a>,
    variables: &'a [(String, Literal)],
    rows: &'a HashMap<String, Rows>,
    /// What `WITH` names.
    named: Vec<String>,
    /// The datasets named.
    tables: Vec<String>,
    /// Whether a `*` asks for every column.
    all: bool,
}

type Flow = ControlFlow<Mistake>;

impl Reader<'_> {
    fn wrong(&self, at: Span, message: impl Into<String>, help: &str) -> Flow {
        let range = self.text.range(at);
        ControlFlow::Break(Mistake { range, message: message.into(), help: Some(help.to_owned()) })
    }

    /// A name that would hide a dataset.
    fn hides(&self, name: &Ident) -> Flow {
        if self.rows.contains_key(&name.value) {
            return self.wrong(name.span, format!("`{name}` is a dataset of this suite"), "give it a name of its own");
        }
        ControlFlow::Continue(())
    }

    fn literal(&self, name: &str, at: &ValueWithSpan) -> Result<Expr, Mistake> {
        let mistake =
            |message: String, help: String| Mistake { range: self.text.range(at.span), message, help: Some(help) };
        let value = |value| Expr::Value(ValueWithSpan { value, span: at.span });
        let Some(name) = name.strip_prefix(':') else {
            return Err(mistake(format!("`{name}` is no variable"), "write a variable as `:name`".to_owned()));
        };
        if name == "as_of" {
            return Ok(value(SqlValue::Placeholder(NOW.to_string())));
        }
        let Some((_, found)) = self.variables.iter().find(|(known, _)| known == name) else {
            let names = self.variables.iter().map(|(known, _)| known.as_str()).chain(["as_of"]);
            let help = match nearest(name, names) {
                Some(near) => format!("did you mean `:{near}`?"),
                None => format!("declare it: `vars: {{{name}: …}}`"),
            };
            return Err(mistake(format!("unknown variable `:{name}`"), help));
        };
        let typed = |data_type, text: String| {
            let value = ValueWithSpan { value: SqlValue::SingleQuotedString(text), span: at.span };
            Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
        };
        let Literal::Value(found) = found else {
            let message = format!("`{name}` hangs on the newest value of the data, which is not known yet");
            return Err(mistake(message, "write `:as_of` and an INTERVAL".to_owned()));
        };
        Ok(match found {
            Value::Null => {
                return Err(mistake(format!("the variable `{name}` has no value"), "give it one".to_owned()));
            }
            Value::Boolean(flag) => value(SqlValue::Boolean(*flag)),
            Value::Integer(number) => value(SqlValue::Number(number.to_string(), false)),
            Value::Decimal(number) => value(SqlValue::Number(number.to_plain_string(), false)),
            Value::Float(number) => value(SqlValue::Number(number.to_string(), false)),
            Value::Date(_) => typed(DataType::Date, found.to_string()),
            Value::Timestamp(micros) => typed(DataType::Timestamp(None, TimezoneInfo::None), instant(*micros)),
            other => value(SqlValue::SingleQuotedString(other.to_string())),
        })
    }
}

impl VisitorMut for Reader<'_> {
    type Break = Mistake;

    fn pre_visit_query(&mut self, query: &mut Tree) -> Flow {
        if let Some(with) = &query.with {
            if with.recursive {
                return self.wrong(
                    with.span(),
                    "WITH RECURSIVE has no bound here",
                    "write a WITH that does not name itself",
                );
            }
            for named in &with.cte_tables {
                self.hides(&named.alias.name)?;
                self.named.push(named.alias.name.value.clone());
            }
        }
        match query.body.as_ref() {
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::SetOperation { .. } => ControlFlow::Continue(()),
            _ => self.wrong(query.span(), "only SELECT reads data and changes nothing", "write one SELECT"),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Flow {
        if select.into.is_some() {
            return self.wrong(select.span(), "INTO would make a table", "leave it out");
        }
        let star = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        self.all |= select.projection.iter().any(star);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Flow {
        let alias = match factor {
            TableFactor::Table { name, args: Some(_), .. } => {
                let message = format!("the function `{name}` does not stand after FROM");
                return self.wrong(name.span(), message, "FROM names datasets of this suite, and nothing else is read");
            }
            TableFactor::Table { name, alias, .. } => {
                // A dataset may be called by its own name.
                let own = |alias: &&mut sqlparser::ast::TableAlias| name.to_string() != alias.name.value;
                alias.as_mut().filter(own)
            }
            TableFactor::Derived { lateral: false, alias, .. } | TableFactor::NestedJoin { alias, .. } => {
                alias.as_mut()
            }
            other => {
                let message = "this does not stand after FROM";
                return self.wrong(
                    other.span(),
                    message,
                    "FROM names datasets of this suite, and nothing else is read",
                );
            }
        };
        match alias {
            Some(alias) => self.hides(&alias.name),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> Flow {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice() {
            let only = &only.value;
            if self.rows.contains_key(only) {
                if !self.tables.contains(only) {
                    self.tables.push(only.clone());
                }
                return ControlFlow::Continue(());
            }
            if self.named.contains(only) {
                return ControlFlow::Continue(());
            }
        }
        let near = nearest(&name.to_string(), self.rows.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "datasets are named under `datasets`".to_owned(),
        };
        self.wrong(name.span(), format!("this suite has no dataset `{name}`"), &help)
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> Flow {
        if let Expr::Value(value) = expression
            && let SqlValue::Placeholder(name) = &value.value
        {
            match self.literal(name, value) {
                Ok(literal) => *expression = literal,
                Err(mistake) => return ControlFlow::Break(mistake),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> Flow {
        let now = NOW.to_string();
        if let SqlValue::Placeholder(name) = &value.value
            && *name != now
        {
            let range = self.text.range(value.span);
            let help = Some("a variable stands where a value may".to_owned());
            return ControlFlow::Break(Mistake { range, message: format!("`{name}` has no place here"), help });
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Result<Query, String> {
        let of = |dataset: &str| Rows { dataset: dataset.to_owned(), condition: Predicate::TRUE };
        let rows = [("ventas", "ventas"), ("hoy", "ventas"), ("productos", "productos")];
        let rows = rows.map(|(name, root)| (name.to_owned(), of(root))).into();
        let variables = [
            ("pais".to_owned(), Literal::Value(Value::Text("L'Hospitalet".to_owned()))),
            ("dia".to_owned(), Literal::Value(Value::Date("2025-06-30".parse().unwrap()))),
        ];
        parse(sql, &variables, &rows).map_err(|mistake| format!("{}: {}", &sql[mistake.range.clone()], mistake.message))
    }

    #[test]
    fn tables_are_datasets_of_the_suite() {
        let query = read("SELECT v.a FROM ventas v JOIN hoy ON v.a = hoy.a").unwrap();
        let names: Vec<(&str, &str)> =
            query.tables.iter().map(|table| (table.name.as_str(), table.dataset.as_str())).collect();
        assert_eq!(names, [("ventas", "ventas"), ("hoy", "ventas")]);
        assert!(query.tables[0].columns.as_ref().is_some_and(|words| words.contains(&"a".to_owned())));
        assert_eq!(read("SELECT * FROM ventas").unwrap().tables[0].columns, None);
        assert!(read("SELECT count(*) FROM ventas").unwrap().tables[0].columns.is_some());
        assert!(read("WITH t AS (SELECT a FROM ventas) SELECT a FROM t").is_ok());
        assert!(read("SELECT a FROM ventas WHERE a IN (SELECT b FROM productos)").unwrap().tables.len() == 2);
    }

    #[test]
    fn nothing_but_datasets_is_read() {
        for (sql, at) in [
            ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
            ("SELECT * FROM ventas, read_parquet('x')", "read_parquet"),
            ("SELECT a FROM ventas WHERE a IN (SELECT * FROM READ_CSV('x'))", "READ_CSV"),
            // The parser keeps no place of a name in single quotes.
            ("SELECT * FROM '/etc/passwd'", "SELECT * FROM '/etc/passwd'"),
            ("SELECT * FROM vantas", "vantas"),
            ("SELECT * FROM other.ventas", "other.ventas"),
            ("WITH ventas AS (SELECT 1) SELECT * FROM ventas", "ventas"),
            ("SELECT * FROM ventas AS productos", "productos"),
        ] {
            let said = read(sql).unwrap_err();
            assert!(said.starts_with(at), "{sql}: {said}");
        }
        for sql in ["SELECT 1", "SELECT * FROM UNNEST([1]) AS t(a)", "VALUES (1)", "TABLE ventas"] {
            assert!(read(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn there_is_one_select() {
        for sql in [
            "",
            "SELECT a FROM ventas; SELECT a FROM ventas",
            "DROP TABLE ventas",
            "DELETE FROM ventas",
            "CREATE TABLE x AS SELECT a FROM ventas",
            "SELECT a INTO x FROM ventas",
            "EXPLAIN SELECT a FROM ventas",
            "WITH RECURSIVE t AS (SELECT a FROM ventas UNION ALL SELECT a FROM t) SELECT a FROM t",
            "SELECT a FROM",
            "SELECT 'a FROM ventas",
        ] {
            assert!(read(sql).is_err(), "{sql}");
        }
        assert!(read("SELECT a FROM ventas;").is_ok());
        assert!(read("SELECT a FROM ventas UNION ALL SELECT b FROM productos").is_ok());
        let deep = format!("SELECT {}1{} FROM ventas", "(".repeat(200), ")".repeat(200));
        assert!(read(&deep).is_err());
    }

    #[test]
    fn variables_are_bound_in_the_tree() {
        let query = read("SELECT a FROM ventas WHERE b = :pais AND c < :dia AND d > :as_of").unwrap();
        let text = query.text("NOW");
        assert!(text.contains("b = 'L''Hospitalet' AND c < DATE '2025-06-30' AND d > NOW"), "{text}");
        for sql in ["SELECT ':pais' FROM ventas", "SELECT ':as_of' FROM ventas"] {
            assert_eq!(read(sql).unwrap().text("NOW"), sql);
        }
        for (sql, at) in [
            ("SELECT a FROM ventas WHERE b = :paus", ":paus: unknown variable"),
            ("SELECT ${a} FROM ventas", "${a}: "),
            ("SELECT a FROM ventas WHERE b = $1", "$1: "),
        ] {
            let said = read(sql).unwrap_err();
            assert!(said.starts_with(at), "{sql}: {said}");
        }
    }
}
