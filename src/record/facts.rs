//! What was found of datasets as wholes, in words and for the record.

use serde_json::{Value as Json, json};

use crate::ir::Type;
use crate::judge::{ColumnDifferences, Facts, Judgement, WrongFile};
use crate::lang::Lang;
use crate::record::message::column_differences;
use crate::record::{relation, structure};

/// What was found.
pub(super) fn said(judgement: &Judgement, lang: Lang) -> String {
    match judgement.facts.as_deref() {
        Some(Facts::Rows(others)) => rows(judgement.evaluated.unwrap_or(0), others, lang),
        Some(Facts::Value(name, theirs)) => relation::value(judgement.observed.as_ref(), name, theirs, lang),
        Some(Facts::Pairs(name, counts)) => relation::pairs(name, counts, lang),
        Some(Facts::Tables(differences)) => structure::tables(differences, lang),
        Some(Facts::Types(columns, types, keys)) => {
            let further = types.iter().map(|wrong| {
                let found = type_name(wrong.found, lang);
                let not = lang.pick("not", "no");
                format!("`{}` {} {found}, {not} {}", wrong.column, lang.pick("is", "es"), wrong.wanted)
            });
            let further: Vec<String> = further.collect();
            let said: Option<Vec<String>> =
                keys.as_ref().map(|keys| keys.iter().map(|key| structure::key(key, lang)).collect());
            match said {
                Some(keys) if further.is_empty() && *columns == unchanged(columns) => of_keys(&keys, lang),
                keys => {
                    let further = further.into_iter().chain(keys.into_iter().flatten()).collect();
                    column_differences(columns, further, lang)
                }
            }
        }
        Some(Facts::Files(found, wrong)) => files(found.len() as u64, wrong, lang),
        None => String::new(),
    }
}

/// The same columns without a difference.
fn unchanged(columns: &ColumnDifferences) -> ColumnDifferences {
    ColumnDifferences { found: columns.found.clone(), ..ColumnDifferences::default() }
}

/// What is found of keys alone, the columns being as expected.
fn of_keys(keys: &[String], lang: Lang) -> String {
    match keys {
        [] => lang.pick("The structure is as expected", "La estructura es la esperada").to_owned(),
        keys => format!("{}: {}", lang.pick("Keys", "Claves"), keys.join("; ")),
    }
}

fn type_name(kind: Option<Type>, lang: Lang) -> &'static str {
    kind.map_or(lang.pick("of no known type", "de tipo desconocido"), Type::name)
}

fn rows(own: u64, others: &[(String, u64)], lang: Lang) -> String {
    let word = |count| lang.plural(count, ("row", "fila"), ("rows", "filas"));
    let different: Vec<String> = others
        .iter()
        .filter(|(_, count)| *count != own)
        .map(|(name, count)| format!("`{name}` {} {}", lang.pick("has", "tiene"), lang.count(*count)))
        .collect();
    let found = format!("{} {}", lang.count(own), word(own));
    if different.is_empty() {
        return format!("{} {found}", lang.pick("All have", "Todos tienen"));
    }
    format!("{} {found}; {}", lang.pick("Found", "Se encontraron"), lang.list(&different))
}

fn files(found: u64, wrong: &[WrongFile], lang: Lang) -> String {
    let word = lang.plural(found, ("file", "fichero"), ("files", "ficheros"));
    let Some(first) = wrong.first() else {
        return match found {
            0 => lang.pick("There is no file", "No hay ningún fichero").to_owned(),
            _ => format!("{} {word} {}", lang.count(found), lang.pick("as expected", "según lo esperado")),
        };
    };
    let Some(path) = &first.path else { return first.found.clone() };
    let what = match first.what {
        "exists" => lang.pick("is there", "está"),
        "modified_today" | "max_age" => lang.pick("was modified at", "se modificó en"),
        "sha256" => lang.pick("has the SHA-256", "tiene el SHA-256"),
        _ => lang.pick("has", "tiene"),
    };
    let more = wrong.len() as u64 - 1;
    let more = match (more, lang) {
        (0, _) => String::new(),
        (more, Lang::En) => format!("; {} more of {} {word}", lang.count(more), lang.count(found)),
        (more, Lang::Es) => format!("; {} más de {} {word}", lang.count(more), lang.count(found)),
    };
    format!("`{path}` {what} {} ({}){more}", first.found, first.what)
}

/// The same for the record.
pub(super) fn details(facts: &Facts) -> Json {
    match facts {
        Facts::Rows(others) => {
            let rows: serde_json::Map<String, Json> =
                others.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
            json!({ "rows": rows })
        }
        Facts::Value(name, theirs) => relation::other(name, theirs),
        Facts::Pairs(name, counts) => relation::counts(name, counts),
        Facts::Tables(differences) => json!({
            "missing": differences.missing,
            "unexpected": differences.unexpected,
            "found": differences.found,
        }),
        Facts::Types(columns, types, keys) => json!({
            "missing": columns.missing,
            "unexpected": columns.unexpected,
            "reordered": columns.reordered,
            "found": columns.found,
            "types": types
                .iter()
                .map(|wrong| json!({
                    "column": wrong.column,
                    "found": wrong.found.map(Type::name),
                    "expected": wrong.wanted.name(),
                }))
                .collect::<Vec<_>>(),
            "keys": keys.as_deref().map(structure::details),
        }),
        Facts::Files(found, wrong) => json!({
            "files": found
                .iter()
                .map(|file| json!({
                    "path": file.path,
                    "bytes": file.bytes,
                    "modified_at": file.modified.map(crate::ir::time::format_timestamp),
                    "sha256": file.sha256,
                }))
                .collect::<Vec<_>>(),
            "wrong": wrong
                .iter()
                .map(|wrong| json!({ "path": wrong.path, "what": wrong.what, "found": wrong.found }))
                .collect::<Vec<_>>(),
        }),
    }
}
