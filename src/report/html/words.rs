//! Words of the record that the page says in both languages.

use crate::outcome::{DecidedBy, Text};

/// Names a dimension of quality; one nobody knows keeps its name.
pub(super) fn dimension(name: &str) -> Text {
    let es = match name {
        "completeness" => "completitud",
        "uniqueness" => "unicidad",
        "validity" => "validez",
        "consistency" => "coherencia",
        "timeliness" => "actualidad",
        "volume" => "volumen",
        "integrity" => "integridad",
        other => other,
    };
    Text { en: name.to_owned(), es: es.to_owned() }
}

/// Says which step gave the answer.
pub(super) fn decided_by(step: DecidedBy) -> Text {
    let (en, es) = match step {
        DecidedBy::Facts => ("names and types alone", "solo nombres y tipos"),
        DecidedBy::Footer => ("the metadata of the file", "los metadatos del archivo"),
        DecidedBy::Dictionary => ("the dictionary pages", "las páginas de diccionario"),
        DecidedBy::State => ("an earlier run", "una ejecución anterior"),
        DecidedBy::Keys => ("the key columns", "las columnas clave"),
        DecidedBy::Scan => ("reading the rows", "la lectura de las filas"),
        DecidedBy::Engine => ("the database", "la base de datos"),
    };
    Text { en: en.to_owned(), es: es.to_owned() }
}
