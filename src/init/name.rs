//! What names suggest: of files for datasets, of columns for what they hold.
//!
//! A suggestion only decides what is looked for and which of several facts is worth a rule; the data decide whether it
//! holds. English and Spanish words.

use crate::ir::Type;

/// What the name of a column says of the numbers in it, whatever they are today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: &'static str,
    pub(super) max: &'static str,
}

/// The words of a name: `orderDate`, `order_date` and `Order Date` are two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts = (c.is_uppercase() && before.is_lowercase()) || c.is_ascii_digit() != before.is_ascii_digit();
        if !c.is_alphanumeric() || (starts && !word.is_empty()) {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// How much a name sounds like that of a key; 0 if not at all.
pub(super) fn key_score(name: &str) -> u32 {
    const KEYS: [&str; 20] = [
        "id", "ids", "key", "code", "codigo", "cod", "uuid", "guid", "pk", "sku", "isbn", "ean", "iata", "icao", "faa",
        "symbol", "ticker", "email", "number", "clave",
    ];
    let words = words(name);
    match words.as_slice() {
        [one] if one == "id" => 6,
        [.., last] if last == "id" || last == "uuid" || last == "key" => 5,
        [.., last] if KEYS.contains(&last.as_str()) => 4,
        [first, ..] if first == "id" => 4,
        [one] if one.ends_with("id") || one.ends_with("num") || one.ends_with("code") => 3,
        _ => 0,
    }
}

/// Whether whole numbers of that name stand for kinds rather than amounts.
pub(super) fn is_of_kinds(name: &str) -> bool {
    const KINDS: [&str; 24] = [
        "code",
        "codigo",
        "type",
        "tipo",
        "kind",
        "class",
        "clase",
        "status",
        "estado",
        "state",
        "flag",
        "category",
        "categoria",
        "level",
        "nivel",
        "group",
        "grupo",
        "segment",
        "gender",
        "sex",
        "sexo",
        "channel",
        "canal",
        "origin",
    ];
    words(name).iter().any(|word| KINDS.contains(&word.as_str()))
}

/// Whether whole numbers of that name are years.
pub(super) fn is_year(name: &str) -> bool {
    words(name).iter().any(|word| matches!(word.as_str(), "year" | "yr" | "anio" | "año" | "ano" | "ejercicio"))
}

/// Whether numbers of that name may be on either side of zero, wherever they are today.
pub(super) fn is_signed(name: &str) -> bool {
    const SIGNED: [&str; 22] = [
        "temp",
        "temperature",
        "temperatura",
        "dew",
        "dewp",
        "delta",
        "change",
        "cambio",
        "diff",
        "difference",
        "diferencia",
        "balance",
        "saldo",
        "delay",
        "net",
        "neto",
        "profit",
        "margin",
        "margen",
        "offset",
        "tz",
        "min",
    ];
    words(name).iter().any(|word| SIGNED.contains(&word.as_str()))
}

/// Whether a column is called as its table: `flight` in `flights`.
pub(super) fn is_named_as(column: &str, table: &str) -> bool {
    singular(&words(column)) == singular(&words(table))
}

/// The range that a name stands for.
pub(super) fn range(name: &str) -> Option<Range> {
    let words = words(name);
    let last = words.last()?.as_str();
    let (min, max) = match last {
        "month" | "mes" => ("1", "12"),
        "day" | "dia" | "día" => ("1", "31"),
        "hour" | "hora" => ("0", "24"),
        "minute" | "minuto" | "second" | "segundo" => ("0", "60"),
        "lat" | "latitude" | "latitud" => ("-90", "90"),
        "lon" | "lng" | "long" | "longitude" | "longitud" => ("-180", "180"),
        "percent" | "percentage" | "pct" | "porcentaje" | "humid" | "humidity" | "humedad" => ("0", "100"),
        "age" | "edad" => ("0", "130"),
        _ => return None,
    };
    Some(Range { min, max })
}

/// Whether a column of that name begins what the other ends: `start_date` and `end_date`, `temp_min` and `temp_max`.
pub(super) fn is_before(one: &str, other: &str) -> bool {
    const PAIRS: [(&str, &str); 34] = [
        ("start", "end"),
        ("start", "finish"),
        ("start", "stop"),
        ("begin", "end"),
        ("from", "to"),
        ("from", "until"),
        ("since", "until"),
        ("first", "last"),
        ("open", "close"),
        ("opened", "closed"),
        ("created", "updated"),
        ("created", "closed"),
        ("created", "modified"),
        ("created", "deleted"),
        ("order", "ship"),
        ("order", "delivery"),
        ("ordered", "shipped"),
        ("ordered", "delivered"),
        ("shipped", "delivered"),
        ("birth", "death"),
        ("born", "died"),
        ("hire", "leave"),
        ("min", "max"),
        ("low", "high"),
        ("lower", "upper"),
        ("departure", "arrival"),
        ("issue", "due"),
        ("inicio", "fin"),
        ("desde", "hasta"),
        ("alta", "baja"),
        ("apertura", "cierre"),
        ("salida", "llegada"),
        ("nacimiento", "defuncion"),
        ("creado", "actualizado"),
    ];
    let (one, other) = (words(one), words(other));
    let rest = |words: &[String], word: &str| -> Vec<String> {
        words.iter().filter(|known| *known != word).cloned().collect()
    };
    PAIRS.into_iter().any(|(first, last)| {
        let (without_first, without_last) = (rest(&one, first), rest(&other, last));
        without_first.len() < one.len() && without_last.len() < other.len() && without_first == without_last
    })
}

/// The role that a number plays in `total = quantity * price`, if its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Quantity,
    Price,
    Total,
}

/// The role of a column of numbers.
pub(super) fn role(name: &str) -> Option<Role> {
    let words = words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    if has(&["total", "amount", "importe", "subtotal", "extended", "monto"]) {
        Some(Role::Total)
    } else if has(&["quantity", "qty", "cantidad", "units", "unidades", "count"]) {
        Some(Role::Quantity)
    } else if has(&["price", "precio", "rate", "tarifa", "cost", "coste", "unit"]) {
        Some(Role::Price)
    } else {
        None
    }
}

/// Whether a column sounds like a reference to the key of a table: `producto_id` to `productos.id` or `productos.producto_id`.
pub(super) fn refers(column: &str, table: &str, key: &str) -> bool {
    let (column, table, key) = (singular(&words(column)), singular(&words(table)), singular(&words(key)));
    let joined = |words: &[String]| words.concat();
    let with_table = [table.clone(), key.clone()].concat();
    joined(&column) == joined(&key) && !is_bare(&key)
        || joined(&column) == joined(&with_table)
        || joined(&column) == joined(&table)
        || (column.len() > with_table.len() && column.ends_with(&with_table))
        || (!is_bare(&key) && column.len() > key.len() && column.ends_with(&key))
}

/// Whether the name of a key says nothing of the table.
fn is_bare(key: &[String]) -> bool {
    matches!(key, [one] if matches!(one.as_str(), "id" | "key" | "code" | "name" | "number" | "year" | "date" | "nombre" | "codigo"))
}

fn singular(words: &[String]) -> Vec<String> {
    let one = |word: &String| match word.strip_suffix("ies") {
        Some(stem) if stem.len() > 1 => format!("{stem}y"),
        _ => word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word).to_owned(),
    };
    words.iter().map(one).collect()
}

/// The named formats of text that say enough to be worth a rule, and whether the name of the column must agree.
pub(super) fn formats(column: &str) -> Vec<&'static str> {
    let words = words(column);
    let says = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let mut formats =
        vec!["email", "uuid", "ulid", "url", "ipv4", "ipv6", "mac", "iban", "phone_e164", "iso_date", "iso_datetime"];
    if says(&["country", "pais", "país", "nation", "nationality", "iso"]) {
        formats.push("iso_country");
    }
    if says(&["currency", "moneda", "divisa"]) {
        formats.push("iso_currency");
    }
    if says(&["language", "lang", "idioma", "locale"]) {
        formats.push("iso_language");
    }
    formats
}

/// Whether values of a type can be the key of a table or refer to one.
pub(super) fn may_refer(kind: Type) -> bool {
    matches!(kind, Type::String | Type::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_its_words() {
        for name in ["orderDate", "order_date", "Order Date", "order.date"] {
            assert_eq!(words(name), ["order", "date"]);
        }
        assert_eq!(words("Delta 15 N (o/oo)"), ["delta", "15", "n", "o", "oo"]);
    }

    #[test]
    fn a_reference_sounds_like_one() {
        assert!(refers("producto_id", "productos", "producto_id"));
        assert!(refers("producto_id", "productos", "id"));
        assert!(refers("customer", "customers", "id"));
        assert!(refers("origin_airport_id", "airports", "id"));
        assert!(refers("carrier", "airlines", "carrier"));
        assert!(!refers("id", "products", "id"));
        assert!(!refers("year", "planes", "tailnum"));
        assert!(!refers("name", "airlines", "name"));
    }

    #[test]
    fn what_begins_comes_before_what_ends() {
        assert!(is_before("start_date", "end_date"));
        assert!(is_before("temp_min", "temp_max"));
        assert!(is_before("createdAt", "updatedAt"));
        assert!(!is_before("start_date", "end_time"));
        assert!(!is_before("end", "start"));
    }
}
