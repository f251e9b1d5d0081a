//! Short phrases about a rule, a dataset or a row, for outputs made of lines. All of them are harmless text.

use indexmap::IndexMap;
use serde_json::Value;

use super::value;
use crate::lang::Lang;
use crate::outcome::{Dataset, Outcome, Sample};

/// What was found against what was expected: `93 of 5,500 (1.69 %), expected at most 2%; 12 missing left out`.
pub(super) fn found(outcome: &Outcome, lang: Lang) -> String {
    let observed = match (outcome.violations, outcome.evaluated) {
        (Some(violations), Some(evaluated)) => Some(format!(
            "{} {} {} ({})",
            lang.count(violations),
            lang.pick("of", "de"),
            lang.count(evaluated),
            lang.share(violations, evaluated)
        )),
        (Some(violations), None) => Some(lang.count(violations)),
        (None, _) => outcome.observed.as_ref().map(|observed| value::show(observed, 120)),
    };
    let expected = outcome
        .expected
        .as_ref()
        .map(|expected| format!("{} {}", lang.pick("expected", "esperado"), value::cut(&value::line(expected), 200)));
    let against: Vec<String> = observed.into_iter().chain(expected).collect();
    let left_out = [
        (outcome.missing, ("missing", "sin valor"), ("missing", "sin valor")),
        (outcome.unparsed, ("unparsed", "ilegible"), ("unparsed", "ilegibles")),
    ];
    let left_out = left_out.into_iter().filter_map(|(count, one, many)| {
        let count = count.filter(|&count| count > 0)?;
        Some(format!("{} {} {}", lang.count(count), lang.plural(count, one, many), lang.pick("left out", "aparte")))
    });
    let mut parts = vec![against.join(", ")];
    parts.extend(left_out);
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
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
    parts.join(", ")
}

/// The pieces that say where a row stands and what it holds.
pub(super) fn row(sample: &Sample) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(file) = &sample.file {
        let file = value::line(file);
        parts.push(match (sample.line, sample.row_index) {
            (Some(line), _) => format!("{file}:{line}"),
            (None, Some(index)) => format!("{file}[{index}]"),
            (None, None) => file.into_owned(),
        });
    }
    let values = sample.values.iter().filter(|(name, _)| !sample.key.contains_key(*name));
    parts.extend(sample.key.iter().chain(values).map(pair));
    parts
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
    use crate::report::sample;

    #[test]
    fn what_was_found_stands_beside_what_was_expected() {
        let report = sample::report();
        let said = |id: &str, lang| found(report.results.iter().find(|rule| rule.id == id).unwrap(), lang);
        assert_eq!(
            said("ventas.producto_id.foreign_key", Lang::En),
            "524 of 5,407 (9.69 %), expected 0; 93 unparsed left out"
        );
        assert_eq!(said("inventario.stock.mean", Lang::Es), "3.25, esperado between 10 and 500; 100 ilegibles aparte");
        assert_eq!(said("clientes.pais.not_null", Lang::En), "");
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
    }
}
