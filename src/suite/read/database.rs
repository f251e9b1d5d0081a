//! Sources that are a database of SQLite: `{sqlite: ventas.db, table: ventas}`, or a `query`.
//!
//! What the query says is the matter of the database, which holds it to reading when it is opened. Here its variables are
//! found and valued, and what is plainly no SELECT is told at its place.

use std::ops::Range;

use crate::dataset::{Part, STDIN, Source};
use crate::diagnostic::{Code, nearest};
use crate::ir::{Literal, Value};
use crate::suite::AsOf;
use crate::suite::condition::LONGEST;
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::Node;

impl Reader<'_> {
    /// Which rows of a database a source reads.
    pub(super) fn part(&mut self, source: &Node) -> Option<Part> {
        self.check_keys(source, keys::SQLITE, "a source of SQLite");
        match (source.get("table"), source.get("query")) {
            (Some(_), Some(query)) => {
                let message = "`query` does not go with `table`";
                self.error(Code::Conflict, query.span.clone(), message).help =
                    Some("a query names its tables itself".to_owned());
                None
            }
            (Some(table), None) => self.text(table).map(Part::Table),
            (None, Some(query)) => self.part_of_query(query),
            (None, None) => Some(Part::Nothing),
        }
    }

    /// The node of the one path of a database.
    pub(super) fn one_path<'n>(&mut self, source: &'n Node) -> Option<&'n Node> {
        let path = source.get("sqlite")?;
        let text = self.text(path)?;
        if text == STDIN {
            self.error(Code::BadValue, path.span.clone(), "a database is not read from standard input").help =
                Some("write it to a file first".to_owned());
            return None;
        }
        Some(path)
    }

    /// Reports keys of a dataset that say nothing of a database, or nothing of one without a table.
    pub(super) fn refuse_what_databases_lack(&mut self, source: &Source, node: &Node) {
        if let Some(format) = node.get("format") {
            self.error(Code::Conflict, format.span.clone(), "`format` is about files, and a database has none").help =
                Some("what stands for no value is said by `missing` of a column".to_owned());
        }
        let without = source.database.as_ref().is_some_and(|database| database.part == Part::Nothing);
        for key in ["columns", "key", "where"].into_iter().filter(|_| without) {
            if let Some(given) = node.get(key) {
                let message = format!("`{key}` is about rows, and the source names no table");
                self.error(Code::Conflict, given.span.clone(), message).help =
                    Some("write `source: {sqlite: …, table: …}`; `tables` needs none".to_owned());
            }
        }
    }

    fn part_of_query(&mut self, node: &Node) -> Option<Part> {
        let sql = self.text(node)?;
        if sql.len() > LONGEST {
            self.error(Code::BadValue, node.span.clone(), "the query is too long").help =
                Some("64 KB is the most".to_owned());
            return None;
        }
        match read(&sql) {
            Err(wrong) => {
                let span = self.inside(node, &wrong.range);
                self.error(Code::BadValue, span, wrong.message).help = Some(wrong.help.to_owned());
                None
            }
            Ok(named) => {
                let mut values: Vec<(String, Value)> = Vec::new();
                for (name, range) in named {
                    if values.iter().all(|(known, _)| *known != name) {
                        let value = self.value_named(&name, &range, node)?;
                        values.push((name, value));
                    }
                }
                Some(Part::Query(sql, values))
            }
        }
    }

    /// The value of a variable that a query names.
    fn value_named(&mut self, name: &str, range: &Range<usize>, node: &Node) -> Option<Value> {
        let span = self.inside(node, range);
        let later = || format!("`:{name}` hangs on the newest value of the data, and a source is settled before");
        if name == "as_of" {
            if let AsOf::At(now) = self.now {
                return Some(Value::Timestamp(now));
            }
            self.error(Code::BadVariable, span, later());
            return None;
        }
        let variables = self.variables.all();
        match variables.iter().find(|(known, _)| known == name) {
            Some((_, Literal::Value(Value::Null))) => {
                self.error(Code::BadVariable, span, format!("the variable `{name}` has no value"));
            }
            Some((_, Literal::Value(value))) => return Some(value.clone()),
            Some(_) => {
                self.error(Code::BadVariable, span, later());
            }
            None => {
                let names = variables.iter().map(|(known, _)| known.as_str()).chain(["as_of"]);
                let help = match nearest(name, names) {
                    Some(near) => format!("did you mean `:{near}`?"),
                    None => format!("declare it: `vars: {{{name}: …}}`"),
                };
                self.error(Code::BadVariable, span, format!("unknown variable `:{name}`")).help = Some(help);
            }
        }
        None
    }
}

/// What is wrong with a query.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    range: Range<usize>,
    message: String,
    help: &'static str,
}

/// The variables that a query names, with their places, if it looks like one SELECT.
///
/// Takes text apart as SQLite does: comments, text and names in quotes hold no variables.
fn read(sql: &str) -> Result<Vec<(String, Range<usize>)>, Wrong> {
    let wrong = |range: Range<usize>, message: String, help| Err(Wrong { range, message, help });
    let mut named = Vec::new();
    let mut first = None;
    let mut ended = false;
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = match c {
            c if c.is_ascii_whitespace() => 1,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            ';' => {
                ended = true;
                1
            }
            _ if ended => {
                return wrong(at..sql.len(), "there are several statements".to_owned(), "write one SELECT");
            }
            '\'' | '"' | '`' => in_quotes(rest, c),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            ':' if word(&rest[1..]) > 0 => {
                let length = 1 + word(&rest[1..]);
                named.push((rest[1..length].to_owned(), at..at + length));
                length
            }
            '?' | '@' | '$' | ':' => {
                let length = 1 + word(&rest[1..]);
                let message = format!("`{}` is no variable", &rest[..length]);
                return wrong(at..at + length, message, "write a variable as `:name`");
            }
            c if c.is_alphanumeric() || c == '_' => {
                let length = word(rest);
                first.get_or_insert((rest[..length].to_owned(), at..at + length));
                length
            }
            c => c.len_utf8(),
        };
        at += length;
    }
    match first {
        Some((word, _)) if ["select", "with"].iter().any(|known| word.eq_ignore_ascii_case(known)) => Ok(named),
        Some((_, range)) => wrong(range, "only a SELECT reads data and changes nothing".to_owned(), "write one SELECT"),
        None => wrong(0..sql.len(), "there is no query".to_owned(), "write one SELECT"),
    }
}

/// How many bytes of letters, digits, `_` and `$` text begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}

/// How long text in quotes is that begins here; a quote in it stands twice.
fn in_quotes(text: &str, quote: char) -> usize {
    let mut quotes = text.match_indices(quote).map(|(place, _)| place).skip(1).peekable();
    while let Some(place) = quotes.next() {
        if quotes.peek() == Some(&(place + 1)) {
            quotes.next();
        } else {
            return place + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::read::mistakes;

    fn names(sql: &str) -> Vec<String> {
        read(sql).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn variables_stand_where_a_value_may() {
        assert_eq!(names("SELECT a FROM t WHERE b = :pais AND c>:días"), ["pais", "días"]);
        let hidden = "SELECT ':a', \":b\", [:c], `:d`, 'it''s :e' -- :f\n /* :g */ FROM t;";
        assert_eq!(names(hidden), [""; 0]);
        assert_eq!(names("with t as (select 1) select * from t; -- the end"), [""; 0]);
        let places = read("SELECT :a").unwrap();
        assert_eq!(places, [("a".to_owned(), 7..9)]);
    }

    #[test]
    fn what_is_no_select_is_told_at_its_place() {
        for (sql, at) in [
            ("DELETE FROM t", "DELETE"),
            ("/* x */ PRAGMA user_version", "PRAGMA"),
            ("ATTACH 'x' AS y", "ATTACH"),
            ("SELECT 1; SELECT 2", "SELECT 2"),
            ("SELECT ?1", "?1"),
            ("SELECT @a", "@a"),
            ("SELECT $a", "$a"),
            (" -- nothing", " -- nothing"),
        ] {
            assert_eq!(read(sql).map_err(|wrong| &sql[wrong.range]), Err(at), "{sql}");
        }
    }

    #[test]
    fn a_source_of_sqlite_is_told_its_mistakes() {
        let told = |source: &str, more: &str| {
            let suite = format!(
                "tamiz: 1\nsuite: s\nvars: {{pais: ES}}\ndatasets:\n  d:\n    source: {source}\n    may_be_empty: true\n{more}"
            );
            mistakes(&[("s.yaml", &suite)]).into_iter().map(|(_, _, message)| message).collect::<Vec<_>>()
        };
        assert_eq!(told("{sqlite: a.db, table: t}", ""), [""; 0]);
        assert_eq!(told("{sqlite: '${pais}.db'}", "    expect: [tables: [t]]\n"), [""; 0]);
        assert_eq!(told("{sqlite: a.db, query: 'SELECT a FROM t WHERE b = :pais'}", ""), [""; 0]);
        for (source, more, wanted) in [
            ("{sqlite: a.db, table: t, query: SELECT 1}", "", "`query` does not go with `table`"),
            ("{sqlite: a.db, tabel: t}", "", "`tabel`"),
            ("{sqlite: '-', table: t}", "", "standard input"),
            ("{sqlite: a.db, query: 'SELECT :paus'}", "", "unknown variable `:paus`"),
            ("{sqlite: a.db, query: 'SELECT ${pais}'}", "", "`${…}` cannot stand in `query`"),
            ("{sqlite: a.db, table: t}", "    format: csv\n", "`format` is about files"),
            ("{sqlite: a.db}", "    key: a\n", "`key` is about rows"),
            ("{sqlite: a.db}", "    expect: [row_count: 3]\n", "names no table"),
            ("a.csv", "    expect: [tables: [t]]\n", "is a file"),
        ] {
            let told = told(source, more);
            assert!(told.iter().any(|message| message.contains(wanted)), "{source}: {told:?}");
        }
    }
}
