//! How a database differs from what is expected of it, in words and for the record.

use serde_json::{Value as Json, json};

use crate::answer::Index;
use crate::expectation::parameter::quoted;
use crate::ir::Reference;
use crate::judge::{ColumnDifferences, KeyDifference};
use crate::lang::Lang;

/// How the tables of a database differ from those expected.
pub(super) fn tables(differences: &ColumnDifferences, lang: Lang) -> String {
    let mut parts = Vec::new();
    if !differences.missing.is_empty() {
        let word = lang.plural(differences.missing.len() as u64, ("missing", "falta"), ("missing", "faltan"));
        parts.push(format!("{word} {}", lang.list(&quoted(&differences.missing))));
    }
    if !differences.unexpected.is_empty() {
        let names = lang.list(&quoted(&differences.unexpected));
        parts.push(format!("{} {names}", lang.pick("not expected", "no se esperaba")));
    }
    if parts.is_empty() {
        return lang.pick("The tables are as expected", "Las tablas son las esperadas").to_owned();
    }
    let found = if differences.found.is_empty() {
        lang.pick("there is none", "no hay ninguna").to_owned()
    } else {
        format!("{} {}", lang.pick("found", "hay"), lang.list(&quoted(&differences.found)))
    };
    format!("{}: {}; {found}", lang.pick("Tables", "Tablas"), parts.join("; "))
}

/// A key or index that is not as expected.
pub(super) fn key(difference: &KeyDifference, lang: Lang) -> String {
    let names = |names: &[String]| quoted(names).join(", ");
    match difference {
        KeyDifference::PrimaryKey { found, wanted } => {
            let key = |columns: &[String]| match columns {
                [] => lang.pick("none", "ninguna").to_owned(),
                columns => names(columns),
            };
            let (is, not) = lang.pick(("the primary key is", "not"), ("la clave primaria es", "no"));
            format!("{is} {}, {not} {}", key(found), key(wanted))
        }
        KeyDifference::NoReference(of) => {
            format!("{} {}", lang.pick("the reference is missing:", "falta la referencia"), reference(of))
        }
        KeyDifference::FurtherReference(of) => {
            format!(
                "{} {}",
                lang.pick("the reference was not expected:", "no se esperaba la referencia"),
                reference(of)
            )
        }
        KeyDifference::NoIndex(of) => {
            let unique = if of.unique == Some(true) {
                lang.pick("unique index", "índice único")
            } else {
                lang.pick("index", "índice")
            };
            match lang {
                Lang::En => format!("the {unique} on {} is missing", names(&of.columns)),
                Lang::Es => format!("falta el {unique} sobre {}", names(&of.columns)),
            }
        }
        KeyDifference::OtherIndex(_, found) => {
            let (name, columns) = (&found.name, names(&found.columns));
            match (lang, found.unique) {
                (Lang::En, true) => format!("the index `{name}` on {columns} is unique"),
                (Lang::En, false) => format!("the index `{name}` on {columns} is not unique"),
                (Lang::Es, true) => format!("el índice `{name}` sobre {columns} es único"),
                (Lang::Es, false) => format!("el índice `{name}` sobre {columns} no es único"),
            }
        }
        KeyDifference::FurtherIndex(found) => {
            let partial = if found.whole {
                ""
            } else {
                lang.pick(" (of some rows or of an expression)", " (de algunas filas o de una expresión)")
            };
            let (word, on) = lang.pick(("the index was not expected:", "on"), ("no se esperaba el índice", "sobre"));
            format!("{word} `{}` {on} {}{partial}", found.name, names(&found.columns))
        }
    }
}

fn reference(of: &Reference) -> String {
    format!("{} → `{}` ({})", quoted(&of.columns).join(", "), of.table, of.to.join(", "))
}

/// The same for the record.
pub(super) fn details(differences: &[KeyDifference]) -> Vec<Json> {
    let reference = |of: &Reference| json!({"columns": of.columns, "table": of.table, "to": of.to});
    let index = |of: &Index| json!({"name": of.name, "columns": of.columns, "unique": of.unique});
    let detail = |difference: &KeyDifference| match difference {
        KeyDifference::PrimaryKey { found, wanted } => {
            json!({"what": "primary_key", "found": found, "expected": wanted})
        }
        KeyDifference::NoReference(of) => json!({"what": "foreign_key_missing", "expected": reference(of)}),
        KeyDifference::FurtherReference(of) => json!({"what": "foreign_key_unexpected", "found": reference(of)}),
        KeyDifference::NoIndex(of) => {
            json!({"what": "index_missing", "expected": {"columns": of.columns, "unique": of.unique}})
        }
        KeyDifference::OtherIndex(of, found) => {
            let expected = json!({"columns": of.columns, "unique": of.unique});
            json!({"what": "index_unique", "expected": expected, "found": index(found)})
        }
        KeyDifference::FurtherIndex(found) => json!({"what": "index_unexpected", "found": index(found)}),
    };
    differences.iter().map(detail).collect()
}
