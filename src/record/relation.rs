//! How a dataset differs from another one, in words.

use serde_json::{Map, Value as Json, json};

use crate::answer::{PairCounts, json_of};
use crate::ir::Value;
use crate::lang::Lang;

/// The value found here and the other one.
pub(super) fn value(found: Option<&Value>, name: &str, theirs: &Value, lang: Lang) -> String {
    let said = |value: &Value| match value {
        Value::Null => lang.pick("no value", "ningún valor").to_owned(),
        value => value.to_string(),
    };
    let found = said(found.unwrap_or(&Value::Null));
    match lang {
        Lang::En => format!("Found {found}, and {} in `{name}`", said(theirs)),
        Lang::Es => format!("Se encontró {found}, y {} en `{name}`", said(theirs)),
    }
}

/// How many rows go together, and how many do not.
pub(super) fn pairs(name: &str, counts: &PairCounts, lang: Lang) -> String {
    let rows = |count: u64| format!("{} {}", lang.count(count), lang.plural(count, ("row", "fila"), ("rows", "filas")));
    let mut parts: Vec<String> = Vec::new();
    if counts.differing > 0 {
        let verb = lang.plural(counts.differing, ("differs", "difiere"), ("differ", "difieren"));
        let columns: Vec<String> =
            counts.columns.iter().map(|(column, count)| format!("`{column}` {} ×", lang.count(*count))).collect();
        let columns = columns.join(", ");
        parts.push(format!("{} {verb} ({columns})", rows(counts.differing)));
    }
    if counts.only_here > 0 {
        let missing = lang.plural(counts.only_here, ("is missing in", "falta en"), ("are missing in", "faltan en"));
        parts.push(format!("{} {missing} `{name}`", rows(counts.only_here)));
    }
    if counts.only_there > 0 {
        let only = lang.plural(counts.only_there, ("is only in", "está solo en"), ("are only in", "están solo en"));
        parts.push(format!("{} {only} `{name}`", rows(counts.only_there)));
    }
    let matched = rows(counts.matched);
    if parts.is_empty() {
        return match (counts.matched, lang) {
            (0, _) => {
                lang.pick("There is no row on either side", "No hay filas en ninguno de los dos lados").to_owned()
            }
            (_, Lang::En) => format!("{matched} here and in `{name}`, all the same"),
            (_, Lang::Es) => format!("{matched} aquí y en `{name}`, todas iguales"),
        };
    }
    let same = lang.plural(counts.matched, ("is the same", "es igual"), ("are the same", "son iguales"));
    format!("{}; {matched} {same}", lang.list(&parts))
}

/// The counts for the record.
pub(super) fn counts(name: &str, counts: &PairCounts) -> Json {
    let columns: Map<String, Json> =
        counts.columns.iter().map(|(column, count)| (column.clone(), json!(count))).collect();
    json!({
        "dataset": name,
        "matched": counts.matched,
        "differing": counts.differing,
        "only_here": counts.only_here,
        "only_there": counts.only_there,
        "columns": columns,
    })
}

/// The other value for the record.
pub(super) fn other(name: &str, theirs: &Value) -> Json {
    json!({ "dataset": name, "value": json_of(theirs) })
}
