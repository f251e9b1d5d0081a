use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use crate::expectation::parameter::{capped, quoted, repeated};
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
/// and everything is `string`.
///
/// Files have no keys and no indexes: for those there are `unique`, `not_null` and `foreign_key`.
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
    /// The key of a table in a database.
    primary_key: Option<Json>,
    /// The references of a table in a database.
    foreign_keys: Option<Json>,
    /// The indexes of a table in a database.
    indexes: Option<Json>,
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
        let what = match (&self.columns, &self.file) {
            (Some(columns), _) => {
                let words = columns.iter().map(|(name, kind)| match kind {
                    Some(kind) => format!("`{name}` {kind}"),
                    None => format!("`{name}`"),
                });
                format!("{} {}", said.lang.pick("the columns", "las columnas"), capped(&words.collect::<Vec<_>>()))
            }
            (None, file) => {
                let file = quoted(&[file.clone().unwrap_or_default()]).join("");
                format!("{} {file}", said.lang.pick("the columns and types of", "las columnas y los tipos de"))
            }
        };
        let exact = if self.exact { said.lang.pick(" and no others", " y ninguna más") } else { "" };
        let ordered = if self.ordered { said.lang.pick(", in that order", ", en ese orden") } else { "" };
        format!("`{}` {} {what}{exact}{ordered}", said.dataset, said.lang.pick("has", "tiene"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        self.refuse_what_files_do_not_say()?;
        let (parameter, wanted) = match (&self.file, &self.columns) {
            (None, Some(columns)) => {
                let wanted = columns.iter().map(|(name, kind)| Ok((name.clone(), kind_of(kind.as_deref(), &[])?)));
                ("columns", wanted.collect::<Result<Vec<Wanted>, String>>())
            }
            (Some(file), None) => ("file", of_file(&(on.file)(file)?)),
            (Some(_), Some(_)) => return Err(Mistake::at("columns", "goes with no `file`: one of them lists the columns")),
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
        Ok(Lowered::Schema { names, types, exact: self.exact, ordered: self.ordered })
    }
}

impl Schema {
    fn refuse_what_files_do_not_say(&self) -> Result<(), Mistake> {
        let asked = [
            ("primary_key", &self.primary_key, "put `unique` and `not_null` on the columns of the key"),
            ("foreign_keys", &self.foreign_keys, "use `foreign_key` on the columns that refer"),
            ("indexes", &self.indexes, "leave it out: only a table in a database has indexes"),
        ];
        match asked.into_iter().find(|(_, given, _)| given.is_some()) {
            Some((name, _, help)) => Err(Mistake::at(name, "is kept by databases; a file does not say it").help(help)),
            None => Ok(()),
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
