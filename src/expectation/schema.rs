use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use crate::expectation::parameter::{capped, quoted, repeated};
use crate::expectation::structure::{Asked, ForeignKey, IndexOf, Names};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Type;

/// The dataset has certain columns, of certain types.
///
/// They are given under `columns`, or in a `file` of YAML or JSON beside the suite: a map with `columns`, each a name and its
/// type, or a list of maps with `name` and `type`. A Table Schema of Frictionless, with its `fields`, is such a file; what
/// else stands in it is left alone.
///
/// Others may be there too, unless `exact` is set; with `ordered` they must stand in this order. Types are compared by
/// family: `integer` is any width. A file that stores types is asked for them. Text is what the suite declares it to be, else
/// the narrowest type that all its values read as, which satisfies a wider one: whole numbers are `decimal` and `float` too,
/// and everything is `string`. A column of a database has the type that it is declared with there, where that names one.
///
/// Of a table in a database the keys and indexes may be asked for too, with the columns or alone. `primary_key` names its
/// columns, in any order, or none where there should be no key. `foreign_keys` are a list of `columns`, and `to` which they
/// refer: `table.column`, `table` for columns of the same names, or `{table: name, columns: [...]}`. `indexes` are a list of
/// `columns` in their order, with `unique` where that matters; an index of some rows or of an expression is none of its
/// columns, and a primary key is a unique index of its own. Others may be there too, unless `exact` is set: then each list
/// that is given is the whole list. Whether the values obey a key is another question: databases do not always enforce them,
/// so put `unique`, `not_null` and `foreign_key` beside it.
///
/// Files have no keys and no indexes: to ask for them there is a mistake of the suite, and where `--source` puts a file in
/// the place of the database, an error of the rule. A view has columns and no keys; the rows of a query have none to ask for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Schema {
    /// A file that lists the columns; relative to the suite.
    file: Option<String>,
    /// The columns and their types.
    columns: Option<IndexMap<String, Option<String>>>,
    /// Whether no other column may be there.
    #[serde(default)]
    exact: bool,
    /// Whether they must stand in this order.
    #[serde(default)]
    ordered: bool,
    /// The columns of the primary key of a table in a database.
    primary_key: Option<Names>,
    /// The references of a table in a database to others.
    foreign_keys: Option<Vec<ForeignKey>>,
    /// The indexes of a table in a database.
    indexes: Option<Vec<IndexOf>>,
}

/// Words of a Table Schema that differ from ours.
const FRICTIONLESS: [(&str, Option<Type>); 4] =
    [("number", Some(Type::Decimal)), ("datetime", Some(Type::Timestamp)), ("array", Some(Type::List)), ("any", None)];

/// A column and its type; none where any will do.
type Wanted = (String, Option<Type>);

impl Expectation for Schema {
    const NAME: &'static str = "schema";
    const EXAMPLE: &'static str = "{columns: {order_id: integer, amount: decimal}, exact: true}";
    const MAIN: Option<&'static str> = Some("file");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    /// Those that are written in the suite.
    fn columns(&self) -> Vec<String> {
        self.columns.iter().flat_map(IndexMap::keys).map(|name| name.nfc().collect()).collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let mut what: Vec<String> = Vec::new();
        match (&self.columns, &self.file) {
            (Some(columns), _) => {
                let words = columns.iter().map(|(name, kind)| match kind {
                    Some(kind) => format!("`{name}` {kind}"),
                    None => format!("`{name}`"),
                });
                let columns = said.lang.pick("the columns", "las columnas");
                what.push(format!("{columns} {}", capped(&words.collect::<Vec<_>>())));
            }
            (None, Some(file)) => {
                let file = quoted(std::slice::from_ref(file)).join("");
                let columns = said.lang.pick("the columns and types of", "las columnas y los tipos de");
                what.push(format!("{columns} {file}"));
            }
            (None, None) => {}
        }
        what.extend(self.asked().words(said));
        let what = what.join("; ");
        let exact = if self.exact { said.lang.pick(" and no others", " y ninguna más") } else { "" };
        let ordered = if self.ordered { said.lang.pick(", in that order", ", en ese orden") } else { "" };
        format!("`{}` {} {what}{exact}{ordered}", said.dataset, said.lang.pick("has", "tiene"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let asked = self.asked();
        if !asked.is_empty() && !on.is_database {
            let help = match asked.first() {
                "primary_key" => "put `unique` and `not_null` on the columns of the key",
                "foreign_keys" => "use `foreign_key` on the columns that refer",
                _ => "leave it out: only a table in a database has indexes",
            };
            return Err(Mistake::at(asked.first(), "is kept by databases; a file does not say it").help(help));
        }
        let keys = if asked.is_empty() { None } else { Some(asked.keys()?) };
        let (parameter, wanted) = match (&self.file, &self.columns) {
            (None, Some(columns)) => {
                let wanted = columns.iter().map(|(name, kind)| Ok((name.clone(), kind_of(kind.as_deref(), &[])?)));
                ("columns", wanted.collect::<Result<Vec<Wanted>, String>>())
            }
            (Some(file), None) => ("file", of_file(&(on.file)(file)?)),
            (Some(_), Some(_)) => return Err(Mistake::at("columns", "goes with no `file`: one of them lists the columns")),
            (None, None) if keys.is_some() && self.ordered => {
                return Err(Mistake::at("ordered", "is about the columns, and none are given"));
            }
            (None, None) if keys.is_some() => {
                let (names, types) = (Vec::new(), Vec::new());
                return Ok(Lowered::Schema { names, types, exact: false, ordered: false, keys });
            }
            (None, None) => return Err(Mistake::new("needs `file`, or `columns` with their types")),
        };
        let wanted = wanted.map_err(|wrong| Mistake::at(parameter, wrong))?;
        let (names, types): (Vec<String>, Vec<Option<Type>>) =
            wanted.into_iter().map(|(name, kind)| (name.nfc().collect::<String>(), kind)).unzip();
        if names.is_empty() {
            return Err(Mistake::at(parameter, "names no column"));
        }
        if let Some(twice) = repeated(&names) {
            return Err(Mistake::at(parameter, format!("names `{twice}` twice")));
        }
        Ok(Lowered::Schema { names, types, exact: self.exact, ordered: self.ordered, keys })
    }
}

impl Schema {
    fn asked(&self) -> Asked<'_> {
        Asked {
            primary_key: self.primary_key.as_ref(),
            foreign_keys: self.foreign_keys.as_deref(),
            indexes: self.indexes.as_deref(),
            exact: self.exact,
        }
    }
}

/// The columns that a file lists, or what is wrong with it.
fn of_file(file: &Json) -> Result<Vec<Wanted>, String> {
    let listed = file.get("columns").or_else(|| file.get("fields")).unwrap_or(file);
    let text = |node: &Json| node.as_str().map(str::to_owned);
    match listed {
        Json::Object(columns) if !std::ptr::eq(listed, file) => {
            let wanted = columns.iter().map(|(name, column)| {
                let kind = if column.is_object() { column.get("type").and_then(text) } else { text(column) };
                Ok((name.clone(), kind_of(kind.as_deref(), &FRICTIONLESS)?))
            });
            wanted.collect()
        }
        Json::Array(columns) => {
            let wanted = columns.iter().map(|column| {
                let name = column.get("name").and_then(text).or_else(|| text(column));
                let name = name.ok_or("lists a column without a `name`")?;
                let kind = column.get("type").and_then(text);
                Ok((name, kind_of(kind.as_deref(), &FRICTIONLESS)?))
            });
            wanted.collect()
        }
        _ => Err("has no `columns`: write `columns: {name: type}`, or a list of maps with `name` and `type`".to_owned()),
    }
}

/// The type of a word; `others` are words that are known beside ours.
fn kind_of(word: Option<&str>, others: &[(&str, Option<Type>)]) -> Result<Option<Type>, String> {
    let Some(word) = word else { return Ok(None) };
    if let Some((_, kind)) = others.iter().find(|(other, _)| *other == word) {
        return Ok(*kind);
    }
    match word.parse() {
        Ok(kind) => Ok(Some(kind)),
        Err(()) => {
            Err(format!("has the type `{word}`, which is none of {}", Type::ALL.map(Type::name).join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_lists_columns_as_a_map_or_as_a_list() {
        let wanted = Ok(vec![("a".to_owned(), Some(Type::Integer)), ("b".to_owned(), None)]);
        assert_eq!(of_file(&json!({"columns": {"a": "integer", "b": null}})), wanted);
        assert_eq!(of_file(&json!({"columns": {"a": {"type": "integer"}, "b": {}}})), wanted);
        assert_eq!(of_file(&json!({"columns": [{"name": "a", "type": "integer"}, "b"]})), wanted);
        assert_eq!(of_file(&json!([{"name": "a", "type": "integer"}, {"name": "b"}])), wanted);
    }

    #[test]
    fn a_table_schema_is_such_a_file() {
        let file = json!({"fields": [{"name": "a", "type": "number"}, {"name": "b", "type": "datetime"}]});
        let wanted = vec![("a".to_owned(), Some(Type::Decimal)), ("b".to_owned(), Some(Type::Timestamp))];
        assert_eq!(of_file(&file), Ok(wanted));
    }

    #[test]
    fn another_file_is_refused() {
        for file in [json!("x"), json!({"a": "integer"}), json!({"columns": {"a": "int"}}), json!([{"type": "date"}])] {
            assert!(of_file(&file).is_err(), "{file}");
        }
    }
}
