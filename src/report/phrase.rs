//! Short phrases about a rule, a dataset or a row, for outputs made of lines. All of them are harmless text.

use indexmap::IndexMap;
use serde_json::Value;

use super::value;
use crate::lang::Lang;
use crate::outcome::{Dataset, Dialect, KnownBy, Outcome, RepairCount, Sample};

/// What was found, with the rows left out: `93 of 5,500 rows (1.69 %) break it; 12 missing left out`.
pub(super) fn found(outcome: &Outcome, lang: Lang) -> String {
    let left_out = [
        (outcome.missing, ("missing", "sin valor"), ("missing", "sin valor")),
        (outcome.unparsed, ("unparsed", "ilegible"), ("unparsed", "ilegibles")),
    ];
    let left_out = left_out.into_iter().filter_map(|(count, one, many)| {
        let count = count.filter(|&count| count > 0)?;
        Some(format!("{} {} {}", lang.count(count), lang.plural(count, one, many), lang.pick("left out", "aparte")))
    });
    let mut parts = vec![outcome.message.get(lang).trim_end_matches('.').to_owned()];
    parts.extend(left_out);
    parts.join("; ")
}

/// Until when a rule does not gate, and why; none if it is not muted.
pub(super) fn muted(outcome: &Outcome, lang: Lang) -> Option<String> {
    let muted = outcome.muted.as_ref()?;
    Some(format!("{} {}: {}", lang.pick("until", "hasta el"), value::line(&muted.until), value::line(&muted.reason)))
}

/// What is to know of a dataset beside its rows.
pub(super) fn about(dataset: &Dataset, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(rows) = dataset.rows_in_scope.filter(|&rows| Some(rows) != dataset.rows) {
        parts.push(format!("{} {}", lang.count(rows), lang.pick("in scope", "en alcance")));
    }
    if let Some(rows) = dataset.rows_unparsed.filter(|&rows| rows > 0) {
        let word = lang.plural(rows, ("unparsed", "ilegible"), ("unparsed", "ilegibles"));
        parts.push(format!("{} {word}", lang.count(rows)));
    }
    if let Some(rows) = dataset.rows_malformed.filter(|&rows| rows > 0) {
        let word = lang.plural(rows, ("malformed", "mal formada"), ("malformed", "mal formadas"));
        parts.push(format!("{} {word}", lang.count(rows)));
    }
    match dataset.files.as_slice() {
        [file] => parts.push(value::line(&file.path).into_owned()),
        [] => parts.push(value::line(&dataset.source).into_owned()),
        many => parts.push(format!(
            "{} {} {}",
            lang.count(many.len() as u64),
            lang.pick("files of", "archivos de"),
            value::line(&dataset.source)
        )),
    }
    parts.extend(masked(dataset, lang));
    parts.join(", ")
}

/// How a file of separated text is written, and how that is known; what is so wherever nothing is said is left out.
pub(super) fn dialect(dialect: &Dialect, lang: Lang) -> String {
    let encoding = if dialect.byte_order_mark {
        format!("{} {}", dialect.encoding.value, lang.pick("with mark", "con marca"))
    } else {
        dialect.encoding.value.clone()
    };
    let quote = match &dialect.quote.value {
        Some(quote) => format!("{} {quote}", lang.pick("quote", "comillas")),
        None => lang.pick("no quotes", "sin comillas").to_owned(),
    };
    let header = if dialect.header.value { ("header", "con cabecera") } else { ("no header", "sin cabecera") };
    let delimiter = if dialect.delimiter.value == "\t" { "tab" } else { &dialect.delimiter.value };
    let thousands = dialect.thousands.as_ref();
    let thousands = thousands.map(|mark| format!("{} {mark}", lang.pick("thousands", "millares")));
    let settings = [
        (dialect.encoding.by, Some(encoding)),
        (dialect.delimiter.by, Some(format!("{} {delimiter}", lang.pick("delimiter", "separador")))),
        (dialect.quote.by, Some(quote)),
        (dialect.header.by, Some(lang.pick(header.0, header.1).to_owned())),
        (KnownBy::Detected, dialect.line_ends.clone()),
        (dialect.decimal.by, Some(format!("{} {}", lang.pick("decimal", "decimal"), dialect.decimal.value))),
        (KnownBy::Declared, thousands),
    ];
    let words = [(KnownBy::Detected, ("detected", "detectado")), (KnownBy::Declared, ("declared", "declarado"))];
    let told = words.into_iter().filter_map(|(by, word)| {
        let of_it = settings.iter().filter(|(known, _)| *known == by).filter_map(|(_, said)| said.as_deref());
        let said: Vec<_> = of_it.map(value::line).collect();
        (!said.is_empty()).then(|| format!("{}: {}", lang.pick(word.0, word.1), said.join(", ")))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// What became of the rows of a dataset that were to be told apart; none if they were not.
pub(super) fn quarantine(dataset: &Dataset, lang: Lang) -> Option<String> {
    let told = dataset.quarantine.as_ref()?;
    let (Some(valid), Some(invalid), Some(excluded)) = (told.valid, told.invalid, told.excluded) else {
        let why = told.error.as_ref().map(|fault| value::line(&fault.message).into_owned()).unwrap_or_default();
        return Some(format!("{}: {why}", lang.pick("rows not written", "filas sin escribir")));
    };
    let word = |count, one, many| format!("{} {}", lang.count(count), lang.plural(count, one, many));
    let mut parts = vec![
        word(valid, ("valid", "válida"), ("valid", "válidas")),
        word(invalid, ("invalid", "inválida"), ("invalid", "inválidas")),
        word(excluded, ("excluded", "excluida"), ("excluded", "excluidas")),
    ];
    if told.repaired > 0 {
        parts.push(word(told.repaired, ("repaired", "reparada"), ("repaired", "reparadas")));
    }
    let folder = told.folder.as_deref().map(value::line).unwrap_or_default();
    Some(format!("{} → {folder}", parts.join(" · ")))
}

/// A repair and how often it was done: `price trim 1,200`.
pub(super) fn repair(repair: &RepairCount, lang: Lang) -> String {
    let count = lang.count(repair.count);
    match &repair.column {
        Some(column) => format!("{} {} {count}", value::line(column), repair.repair),
        None => format!("{} {count}", repair.repair),
    }
}

/// Which columns of a dataset are masked.
fn masked(dataset: &Dataset, lang: Lang) -> Option<String> {
    const NAMED: usize = 6;
    let masked: Vec<_> =
        dataset.columns.iter().filter_map(|column| Some((&column.name, column.masked.as_ref()?))).collect();
    if masked.iter().any(|(_, masked)| masked.why == "no_samples") {
        return Some(lang.pick("no value is shown", "no se muestra ningún valor").to_owned());
    }
    let mut names: Vec<String> = masked.iter().take(NAMED).map(|(name, _)| value::line(name).into_owned()).collect();
    if masked.len() > NAMED {
        names.push(format!("+{}", masked.len() - NAMED));
    }
    let word = lang.plural(masked.len() as u64, ("masked", "enmascarada"), ("masked", "enmascaradas"));
    (!names.is_empty()).then(|| format!("{word}: {}", names.join(" ")))
}

/// How many characters of a reason are shown.
const REASON: usize = 160;

/// The pieces that say where a row stands, what it holds and what is wrong with it if that was found, and then where the row
/// stands that it does not go with, and what that holds.
pub(super) fn row(sample: &Sample) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(sample.file.as_ref().map(|file| place(file, sample.line, sample.row_index)));
    let values = sample.values.iter().filter(|(name, _)| !sample.key.contains_key(*name));
    parts.extend(sample.key.iter().chain(values).map(pair));
    parts.extend(sample.reason.as_ref().map(|reason| value::show(&Value::from(reason.as_str()), REASON)));
    if let Some(other) = &sample.other {
        parts.push("↔".to_owned());
        parts.extend(other.file.as_ref().map(|file| place(file, other.line, other.row_index)));
        parts.extend(other.values.iter().map(pair));
    }
    parts
}

/// Where a row stands.
fn place(file: &str, line: Option<u64>, index: Option<u64>) -> String {
    let file = value::line(file);
    match (line, index) {
        (Some(line), _) => format!("{file}:{line}"),
        (None, Some(index)) => format!("{file}[{index}]"),
        (None, None) => file.into_owned(),
    }
}

/// The cells of a value: alone if it is one, else with their names.
pub(super) fn pairs_or_value(values: &IndexMap<String, Value>) -> String {
    match values.first() {
        Some((_, only)) if values.len() == 1 => value::show(only, 40),
        _ => values.iter().map(pair).collect::<Vec<_>>().join(" "),
    }
}

/// Where the suite says a rule.
pub(super) fn place_of_rule(outcome: &Outcome) -> String {
    format!("{}:{}", value::line(&outcome.location.file), outcome.location.line)
}

/// A name and its cell.
fn pair((name, cell): (&String, &Value)) -> String {
    format!("{}={}", value::line(name), value::show(cell, 40))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Counterpart;
    use crate::report::sample;

    #[test]
    fn what_was_found_says_which_rows_were_left_out() {
        let report = sample::report();
        let said = |id: &str, lang| found(report.results.iter().find(|rule| rule.id == id).unwrap(), lang);
        assert!(said("ventas.producto_id.foreign_key", Lang::En).ends_with("; 93 unparsed left out"));
        assert!(said("inventario.stock.mean", Lang::Es).ends_with("; 100 ilegibles aparte"));
    }

    #[test]
    fn a_row_says_its_line_or_its_index() {
        let mut outcome = sample::report().results.into_iter().find(|rule| rule.samples.len() == 10).unwrap();
        let sample = &mut outcome.samples[0];
        assert_eq!(row(sample), ["examples/ventas/data/ventas.csv:17", "venta_id=16", "producto_id=11"]);
        sample.line = None;
        assert_eq!(row(sample)[0], "examples/ventas/data/ventas.csv[16]");
        sample.file = None;
        assert_eq!(row(sample), ["venta_id=16", "producto_id=11"]);
        let values = sample.values.clone();
        let file = Some("b.csv".to_owned());
        sample.other = Some(Counterpart { dataset: None, file, line: Some(3), row_index: Some(1), values });
        assert_eq!(row(sample)[2..], ["↔", "b.csv:3", "producto_id=11"]);
    }
}
