//! Sources that are a database: `{sqlite: ventas.db, table: ventas}`, `{connection: dwh, table: ventas}`, or a `query`.
//!
//! What the query says is the matter of the database, which holds it to reading when it is opened. Here its variables are
//! found and valued, and what is plainly no SELECT is told at its place.

use std::ops::Range;

use crate::dataset::{Connection, Part, STDIN, Source};
use crate::diagnostic::{Code, nearest};
use crate::ir::{Literal, Value, select};
use crate::suite::AsOf;
use crate::suite::condition::LONGEST;
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::Node;

/// What a table put in place by the command line ends with, if its rows may be fetched for what its engine cannot say.
const FALLBACK: &str = "?fallback=local";

impl Reader<'_> {
    /// Which rows of a database a source reads.
    pub(super) fn part(&mut self, source: &Node) -> Option<Part> {
        match source.get("connection") {
            Some(_) => self.check_keys(source, keys::CONNECTION, "a source of a connection"),
            None => self.check_keys(source, keys::SQLITE, "a source of SQLite"),
        }
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

    /// The connection that a source is read over.
    pub(super) fn connection(&mut self, source: &Node) -> Option<Source> {
        let name = source.get("connection")?;
        let name = self.text(name).filter(|text| !text.is_empty()).or_else(|| {
            self.error(Code::BadValue, name.span.clone(), "a connection has a name").help =
                Some("where it leads stands in tamiz.yaml: `connections: {dwh: postgres://…}`".to_owned());
            None
        })?;
        if name.contains("://") {
            let message = "a connection is named here; where it leads is not the matter of a suite";
            let span = source.get("connection").map_or_else(|| source.span.clone(), |node| node.span.clone());
            self.error(Code::BadValue, span, message).help = Some(
                "write `connections: {dwh: …}` in tamiz.yaml, and `source: {connection: dwh, table: …}` here"
                    .to_owned(),
            );
            return None;
        }
        let fallback = source.get("fallback").map(|node| self.one_of(node, &["local"]));
        let local = match fallback {
            Some(word) => word.is_some(),
            None => false,
        };
        let part = self.part(source)?;
        Some(Source { connection: Some(Connection { name: name.clone(), local }), ..Source::of_database(name, part) })
    }

    /// The source that a command line puts in place: `connection://dwh/ventas`, or `connection://dwh/ventas?fallback=local`.
    pub(super) fn connection_named(&mut self, text: &str, node: &Node) -> Option<Source> {
        let (place, asked) = text.strip_suffix(FALLBACK).map_or((text, false), |place| (place, true));
        let Some((name, table)) = place.split_once('/').filter(|(name, table)| !name.is_empty() && !table.is_empty())
        else {
            self.error(
                Code::BadValue,
                node.span.clone(),
                format!("`--source`: `connection://{text}` names no table"),
            )
            .help = Some("write `--source NAME=connection://dwh/ventas`".to_owned());
            return None;
        };
        let local = asked || node.get("source").and_then(|source| source.get("fallback")).is_some();
        let connection = Some(Connection { name: name.to_owned(), local });
        Some(Source { connection, ..Source::of_database(name.to_owned(), Part::Table(table.to_owned())) })
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

    /// Reports keys of a dataset that say nothing of a database, or nothing of one without a table; of one that is put in
    /// the place of files, what is said of those is no mistake.
    pub(super) fn refuse_what_databases_lack(&mut self, source: &Source, node: &Node, replaced: bool) {
        if let Some(format) = node.get("format").filter(|_| !replaced) {
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
        match select::read(&sql) {
            Err(wrong) => {
                let span = self.inside(node, &wrong.range);
                self.error(Code::BadValue, span, wrong.message).help = Some(wrong.help.to_owned());
                None
            }
            Ok(select::Select { named, .. }) => {
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

#[cfg(test)]
mod tests {
    use crate::suite::read::mistakes;

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
