//! What was found, in words: one sentence a rule, one for the run.

use bigdecimal::num_bigint::Sign;
use serde_json::{Value as Json, json};

use crate::answer::json_of;
use crate::expectation::moment::length;
use crate::expectation::parameter::{capped, quoted};
use crate::ir::value::read_decimal;
use crate::ir::{Limit, Metric, OnEmpty, Severity, Value, ValuesWanted};
use crate::judge::{ColumnDifferences, Groups, Judgement};
use crate::lang::Lang;
use crate::outcome::{Baseline, Counts, Fault, Text};
use crate::record::{distribution, facts, trend};
use crate::suite::{Builtin, Rule};

/// How many values that differ are listed in the record.
const LISTED: usize = 100;

/// How many periods without a value are named in a message.
const PERIODS: usize = 5;

/// What was found of a rule.
pub(super) fn said(rule: &Rule, judgement: &Judgement, level: Option<Severity>, rows_read: u64) -> Text {
    Text::of(|lang| {
        let found = found(rule, judgement, level, rows_read, lang);
        match &judgement.baseline {
            Some(baseline) => format!("{found}; {}", known(baseline, lang)),
            None => found,
        }
    })
}

/// How many violations a baseline knows, or why it is not used.
fn known(baseline: &Baseline, lang: Lang) -> String {
    if let Some(reason) = &baseline.unused {
        let unused = lang.pick("the baseline is not used", "no se aplica la línea base");
        return format!("{unused}: {}", reason.get(lang));
    }
    let part = |count, one, many| format!("{} {}", lang.count(count), lang.plural(count, one, many));
    let mut parts = vec![
        part(baseline.known, ("known", "conocido"), ("known", "conocidos")),
        part(baseline.new, ("new", "nuevo"), ("new", "nuevos")),
    ];
    if baseline.gone > 0 {
        parts.push(part(baseline.gone, ("gone", "resuelto"), ("gone", "resueltos")));
    }
    parts.join(", ")
}

fn found(rule: &Rule, judgement: &Judgement, level: Option<Severity>, rows_read: u64, lang: Lang) -> String {
    if rule.builtin == Some(Builtin::NotEmpty) {
        return not_empty(rows_read, lang);
    }
    if judgement.emptied == OnEmpty::Fail {
        return lang
            .pick("No row was evaluated, and one must be", "No se evaluó ninguna fila, y debe haber alguna")
            .to_owned();
    }
    if let Some(found) = &judgement.groups {
        return groups(rule, found, judgement, lang);
    }
    if let Some(said) = judgement.past.as_deref().and_then(|past| trend::said(past, judgement, level, lang)) {
        return said;
    }
    match &rule.metric {
        Metric::Columns(_) => columns(judgement, lang),
        Metric::Findings(_) => findings(judgement, lang),
        Metric::Values { .. } if judgement.most_common.is_some() => most_common(rule, judgement, level, lang),
        Metric::Values { .. } => values(judgement, lang),
        Metric::Gaps { .. } => gaps(judgement, lang),
        Metric::Age { .. } | Metric::FileAge { .. } => age(rule, judgement, level, lang),
        Metric::SameRows { .. }
        | Metric::SameAggregate { .. }
        | Metric::Pairs { .. }
        | Metric::Schema(_)
        | Metric::Tables(_)
        | Metric::File(_) => facts::said(judgement, lang),
        Metric::Query { .. } => returned(rule, judgement, lang),
        metric if metric.counts_violations() => violations(rule, judgement, level, lang),
        _ => value(rule, judgement, level, lang),
    }
}

/// What is said of a rule that could not be evaluated. In Spanish what the code means goes before the message, which is English.
pub(super) fn said_of_fault(fault: &Fault) -> Text {
    let means = fault.sentence().map(|text| text.es + " ").unwrap_or_default();
    Text {
        en: format!("Could not be evaluated: {}", fault.message),
        es: format!("No se pudo evaluar: {means}{}", fault.message),
    }
}

/// A number with as many digits as people read, and all of them where fewer would make it another one of those expected.
pub(super) fn readable(found: &Value, expected: Option<&str>) -> String {
    const DIGITS: u64 = 10;
    let whole = found.to_string();
    let Some(exact) = found.exact().filter(|_| matches!(found, Value::Decimal(_) | Value::Float(_))) else {
        return whole;
    };
    if exact.digits() <= DIGITS || exact.is_integer() {
        return whole;
    }
    let short = exact.abs().with_prec(DIGITS).normalized();
    let short = if exact.sign() == Sign::Minus { -short } else { short };
    let is_expected = |word: &str| read_decimal(word).is_some_and(|number| number == short);
    if expected.is_some_and(|words| words.split_whitespace().any(is_expected)) {
        whole
    } else {
        short.to_plain_string()
    }
}

/// How many groups fail, and what was found in the worst one.
fn groups(rule: &Rule, found: &Groups, judgement: &Judgement, lang: Lang) -> String {
    let word = lang.plural(found.evaluated, ("group", "grupo"), ("groups", "grupos"));
    let total = lang.count(found.evaluated);
    let Some(worst) = found.worst.first() else {
        return lang.pick("There is no group", "No hay ningún grupo").to_owned();
    };
    if found.failed == 0 {
        let evaluated = lang.count(judgement.evaluated.unwrap_or(0));
        let what = match &rule.metric {
            Metric::Gaps { .. } => lang.pick("periods", "periodos"),
            _ => lang.pick("rows", "filas"),
        };
        return match lang {
            Lang::En => format!("It holds in {total} {word} ({evaluated} {what})"),
            Lang::Es => format!("Se cumple en {total} {word} ({evaluated} {what})"),
        };
    }
    let name: Vec<String> =
        found.by.iter().zip(&worst.values).map(|(column, value)| format!("`{column}` = {value}")).collect();
    let own = said(rule, &worst.judgement, worst.judgement.level, 0);
    let verb = lang.plural(found.failed, ("fails", "no cumple"), ("fail", "no cumplen"));
    format!(
        "{} {} {total} {word} {verb}; {} {}: {}",
        lang.count(found.failed),
        lang.pick("of", "de"),
        lang.pick("the worst is", "el peor es"),
        name.join(", "),
        own.get(lang)
    )
}

fn violations(rule: &Rule, judgement: &Judgement, level: Option<Severity>, lang: Lang) -> String {
    let found = judgement.violations.unwrap_or(0);
    let evaluated = judgement.evaluated.unwrap_or(0);
    if evaluated == 0 {
        return lang.pick("No row was evaluated", "No se evaluó ninguna fila").to_owned();
    }
    let unit = match &rule.metric {
        Metric::Repeats { count: crate::ir::Count::Distinct, .. } => {
            lang.plural(found, ("repeated value", "valor repetido"), ("repeated values", "valores repetidos"))
        }
        _ => "",
    };
    let of = lang.pick("of", "de");
    let rows = lang.plural(evaluated, ("row", "fila"), ("rows", "filas"));
    let total = lang.count(evaluated);
    let mut text = if found == 0 {
        match lang {
            Lang::En => format!("All {total} {rows} hold"),
            Lang::Es => format!("Se cumple en {total} {rows}"),
        }
    } else if unit.is_empty() {
        let verb = lang.plural(found, ("breaks it", "no cumple"), ("break it", "no cumplen"));
        format!("{} {of} {total} {rows} ({}) {verb}", lang.count(found), lang.share(found, evaluated))
    } else {
        format!("{} {unit} {} {total} {rows}", lang.count(found), lang.pick("in", "en"))
    };
    if let Some((low, high)) = judgement.range.as_ref().filter(|_| found > 0) {
        let [low, high] = [low, high].map(|end| readable(end, None));
        text += &match lang {
            Lang::En => format!("; the range is {low} to {high}"),
            Lang::Es => format!("; el rango es de {low} a {high}"),
        };
    }
    let tolerated = rule.limits.iter().zip(&rule.thresholds).rfind(|((severity, limit), _)| {
        !matches!(limit, Limit::Count(0)) && level.is_none_or(|level| *severity > level)
    });
    // What is tolerated is so of new violations, which are told of beside.
    if found > 0
        && judgement.baseline.is_none()
        && let Some((_, (severity, limit))) = tolerated
    {
        let several = rule.limits.len() > 1;
        text += &match (lang, several) {
            (Lang::En, false) => format!(", within the tolerated {limit}"),
            (Lang::Es, false) => format!(", dentro de lo tolerado ({limit})"),
            (Lang::En, true) => format!("; {} above {limit}", severity.name()),
            (Lang::Es, true) => format!("; {} por encima de {limit}", severity.name()),
        };
    }
    text
}

fn value(rule: &Rule, judgement: &Judgement, level: Option<Severity>, lang: Lang) -> String {
    let found = match &judgement.observed {
        Some(value) if !value.is_null() => value,
        Some(value) if judgement.distribution.as_ref().is_some_and(|it| it.infinite) => value,
        _ => return lang.pick("There is no value to measure", "No hay ningún valor que medir").to_owned(),
    };
    let expected = expected(rule, level, lang);
    let found = match &judgement.distribution {
        Some(distribution) => distribution::found(found, distribution, expected.as_deref(), lang),
        None => readable(found, expected.as_deref()),
    };
    match (level, expected) {
        (Some(_), Some(expected)) => match lang {
            Lang::En => format!("Found {found}, expected {expected}"),
            Lang::Es => format!("Se encontró {found}, se esperaba {expected}"),
        },
        _ => format!("{} {found}", lang.pick("Found", "Se encontró")),
    }
}

/// What was expected at the level that a rule failed at.
fn expected(rule: &Rule, level: Option<Severity>, lang: Lang) -> Option<String> {
    let expected = rule.expected.as_ref().map(|expected| expected.get(lang).to_owned());
    expected.filter(|_| rule.limits.len() == 1).or_else(|| {
        rule.thresholds.iter().find(|(severity, _)| Some(*severity) == level).map(|(_, limit)| limit.clone())
    })
}

fn columns(judgement: &Judgement, lang: Lang) -> String {
    let Some(differences) = &judgement.columns else { return String::new() };
    column_differences(differences, Vec::new(), lang)
}

/// How columns differ, and further differences after that.
pub(super) fn column_differences(differences: &ColumnDifferences, further: Vec<String>, lang: Lang) -> String {
    let mut parts = Vec::new();
    if !differences.missing.is_empty() {
        let word = lang.plural(differences.missing.len() as u64, ("missing", "falta"), ("missing", "faltan"));
        parts.push(format!("{word} {}", lang.list(&quoted(&differences.missing))));
    }
    if !differences.unexpected.is_empty() {
        parts.push(format!(
            "{} {}",
            lang.pick("not expected", "no se esperaba"),
            lang.list(&quoted(&differences.unexpected))
        ));
    }
    if differences.reordered {
        parts.push(lang.pick("in another order", "en otro orden").to_owned());
    }
    parts.extend(further);
    if parts.is_empty() {
        return lang.pick("The columns are as expected", "Las columnas son las esperadas").to_owned();
    }
    let found = lang.list(&quoted(&differences.found));
    format!("{}: {}; {} {found}", lang.pick("Columns", "Columnas"), parts.join("; "), lang.pick("found", "hay"))
}

/// How many periods have no value, and the first of them.
fn gaps(judgement: &Judgement, lang: Lang) -> String {
    let Some(gaps) = &judgement.gaps else { return String::new() };
    let Some((from, to)) = &gaps.span else {
        return lang.pick("No period was expected", "No se esperaba ningún periodo").to_owned();
    };
    let (expected, missing) = (lang.count(gaps.expected), lang.count(gaps.missing));
    let word = lang.plural(gaps.expected, ("period", "periodo"), ("periods", "periodos"));
    if gaps.missing == 0 {
        return match lang {
            Lang::En => format!("All {expected} {word} from {from} to {to} have a value"),
            Lang::Es => format!("Hay valores en {expected} {word} de {from} a {to}"),
        };
    }
    let shown: Vec<String> = gaps.first.iter().take(PERIODS).map(ToString::to_string).collect();
    let more = gaps.missing.saturating_sub(shown.len() as u64);
    let first = match more {
        0 => shown.join(", "),
        more => {
            format!("{} {} {} {}", shown.join(", "), lang.pick("and", "y"), lang.count(more), lang.pick("more", "más"))
        }
    };
    match lang {
        Lang::En => {
            let verb = if gaps.missing == 1 { "has" } else { "have" };
            format!("{missing} of {expected} {word} from {from} to {to} {verb} no value: {first}")
        }
        Lang::Es => {
            let verb = if gaps.missing == 1 { "no tiene" } else { "no tienen" };
            format!("{missing} de {expected} {word} de {from} a {to} {verb} ningún valor: {first}")
        }
    }
}

/// How old the newest value is, and how old it may be.
fn age(rule: &Rule, judgement: &Judgement, level: Option<Severity>, lang: Lang) -> String {
    let file = matches!(rule.metric, Metric::FileAge { .. });
    let Some(age) = &judgement.age else {
        let said = if file {
            lang.pick("No file says when it was written", "Ningún archivo dice cuándo se escribió")
        } else {
            lang.pick("There is no value to measure", "No hay ningún valor que medir")
        };
        return said.to_owned();
    };
    let newest = if file {
        lang.pick("The newest file was written at", "El archivo más reciente se escribió en")
    } else {
        lang.pick("The newest value is", "El valor más reciente es")
    };
    let words = length(age.length(), lang);
    let mut text = match (age.is_future(), lang) {
        (false, Lang::En) => format!("{newest} {}, {words} before the run", age.newest),
        (false, Lang::Es) => format!("{newest} {}, {words} antes de la ejecución", age.newest),
        (true, Lang::En) => format!("{newest} {}, {words} after the run, in the future", age.newest),
        (true, Lang::Es) => format!("{newest} {}, {words} después de la ejecución, en el futuro", age.newest),
    };
    if level.is_some()
        && let Some(expected) = expected(rule, level, lang)
    {
        text += &format!("; {} {expected}", lang.pick("expected", "se esperaba"));
    }
    text
}

/// What a query returned.
fn returned(rule: &Rule, judgement: &Judgement, lang: Lang) -> String {
    let found = judgement.violations.unwrap_or(0);
    if found == 0 {
        return lang.pick("The query returned no row", "La consulta no devolvió ninguna fila").to_owned();
    }
    let word = lang.plural(found, ("row", "fila"), ("rows", "filas"));
    let evaluated = lang.count(judgement.evaluated.unwrap_or(0));
    let count = lang.count(found);
    match lang {
        Lang::En => format!("The query returned {count} {word}; `{}` has {evaluated} in scope", rule.dataset),
        Lang::Es => format!("La consulta devolvió {count} {word}; `{}` tiene {evaluated} en su ámbito", rule.dataset),
    }
}

fn values(judgement: &Judgement, lang: Lang) -> String {
    let Some(differences) = &judgement.values else { return String::new() };
    let quote = |values: &mut dyn Iterator<Item = &Value>| {
        let words: Vec<String> = values.map(|value| format!("`{value}`")).collect();
        capped(&words)
    };
    let mut parts = Vec::new();
    if !differences.missing.is_empty() {
        let word = lang.plural(differences.missing.len() as u64, ("missing", "falta"), ("missing", "faltan"));
        parts.push(format!("{word} {}", quote(&mut differences.missing.iter())));
    }
    if !differences.unexpected.is_empty() {
        let unexpected = quote(&mut differences.unexpected.iter().map(|(value, _)| value));
        parts.push(format!("{} {unexpected}", lang.pick("not expected", "no se esperaba")));
    }
    let found = differences.found;
    let word = lang.plural(found, ("different value", "valor distinto"), ("different values", "valores distintos"));
    let found = format!("{} {word}", lang.count(found));
    if parts.is_empty() {
        return match lang {
            Lang::En => format!("The values are as expected: {found}"),
            Lang::Es => format!("Los valores son los esperados: {found}"),
        };
    }
    format!("{}: {}; {} {found}", lang.pick("Values", "Valores"), parts.join("; "), lang.pick("found", "hay"))
}

fn most_common(rule: &Rule, judgement: &Judgement, level: Option<Severity>, lang: Lang) -> String {
    let Some(found) = judgement.most_common.as_ref().filter(|found| !found.values.is_empty()) else {
        return lang.pick("There is no value to measure", "No hay ningún valor que medir").to_owned();
    };
    let names: Vec<String> = found.values.iter().map(|value| format!("`{value}`")).collect();
    let rows = lang.plural(found.rows, ("row", "fila"), ("rows", "filas"));
    let count = lang.count(found.rows);
    if let [name] = names.as_slice() {
        return match lang {
            Lang::En => format!("The most common value is {name} ({count} {rows})"),
            Lang::Es => format!("El valor más frecuente es {name} ({count} {rows})"),
        };
    }
    let several = lang.count(names.len() as u64);
    let names = capped(&names);
    let unsettled = matches!(&rule.metric, Metric::Values { wanted: ValuesWanted::MostCommon { ties: false, .. }, .. });
    let why = match (level, unsettled) {
        (Some(_), true) => lang.pick("; there must be only one", "; tiene que haber uno solo"),
        _ => "",
    };
    match lang {
        Lang::En => format!("{several} values are the most common ({count} {rows} each): {names}{why}"),
        Lang::Es => format!("{several} valores son los más frecuentes ({count} {rows} cada uno): {names}{why}"),
    }
}

fn findings(judgement: &Judgement, lang: Lang) -> String {
    let Some(faults) = &judgement.findings else { return String::new() };
    let Some(first) = faults.first.first() else {
        return lang.pick("No structural fault", "Sin defectos de estructura").to_owned();
    };
    let word = lang.plural(
        faults.total,
        ("structural fault", "defecto de estructura"),
        ("structural faults", "defectos de estructura"),
    );
    let kinds: Vec<String> =
        faults.by_kind.iter().map(|(kind, count)| format!("{} {kind}", lang.count(*count))).collect();
    let text = first.text.get(lang);
    let text = text.strip_suffix('.').unwrap_or(text);
    let column = first.column.map(|column| format!(":{column}")).unwrap_or_default();
    format!(
        "{} {word} ({}); {} {}:{}{column}: {text}",
        lang.count(faults.total),
        kinds.join(", "),
        lang.pick("the first at", "el primero en"),
        first.file,
        first.line
    )
}

fn not_empty(rows_read: u64, lang: Lang) -> String {
    match (rows_read, lang) {
        (0, Lang::En) => "No row was read".to_owned(),
        (0, Lang::Es) => "No se leyó ninguna fila".to_owned(),
        (rows, Lang::En) => format!("None of the {} rows read is in scope", lang.count(rows)),
        (rows, Lang::Es) => format!("Ninguna de las {} filas leídas está en el ámbito", lang.count(rows)),
    }
}

/// The number or value found, for the record: of different values, of the most common ones and of columns the list.
pub(super) fn observed(rule: &Rule, judgement: &Judgement) -> Option<Json> {
    if let Some(found) = &judgement.most_common {
        let values = &found.values;
        return Some(if values.is_empty() { Json::Null } else { values.iter().take(LISTED).map(json_of).collect() });
    }
    if let Some(found) = &judgement.values {
        return Some(found.values.iter().map(json_of).collect());
    }
    if let (Some(found), Metric::Columns(expected), "columns") = (&judgement.columns, &rule.metric, rule.expectation) {
        let mut names = found.found.clone();
        if !expected.ordered {
            names.sort();
        }
        return Some(names.into());
    }
    judgement.observed.as_ref().map(json_of)
}

/// More of what was found, for the record.
pub(super) fn details(judgement: &Judgement) -> Option<Json> {
    if let Some(details) = judgement.past.as_deref().and_then(|past| trend::details(past, judgement)) {
        return Some(details);
    }
    if let Some(differences) = &judgement.columns {
        return Some(json!({
            "missing": differences.missing,
            "unexpected": differences.unexpected,
            "reordered": differences.reordered,
            "found": differences.found,
        }));
    }
    if let Some(differences) = &judgement.values {
        let unexpected = differences.unexpected.iter().take(LISTED);
        return Some(json!({
            "missing": differences.missing.iter().take(LISTED).map(json_of).collect::<Vec<_>>(),
            "missing_count": differences.missing.len(),
            "unexpected": unexpected.map(|(value, rows)| json!({"value": json_of(value), "rows": rows})).collect::<Vec<_>>(),
            "unexpected_count": differences.unexpected.len(),
            "found_count": differences.found,
        }));
    }
    if let Some(gaps) = &judgement.gaps {
        let span = gaps.span.as_ref();
        return Some(json!({
            "expected": gaps.expected,
            "present": gaps.expected - gaps.missing,
            "missing": gaps.first.iter().map(json_of).collect::<Vec<_>>(),
            "missing_count": gaps.missing,
            "from": span.map(|(from, _)| json_of(from)),
            "to": span.map(|(_, to)| json_of(to)),
        }));
    }
    if let Some(age) = &judgement.age {
        return Some(json!({
            "newest": json_of(&age.newest),
            "age": age.spelled(),
            "age_seconds": age.micros / 1_000_000,
        }));
    }
    if let Some(found) = &judgement.most_common {
        let values: Vec<Json> = found.values.iter().take(LISTED).map(json_of).collect();
        return Some(json!({ "most_common": values, "most_common_count": found.values.len(), "rows": found.rows }));
    }
    if let Some((low, high)) = &judgement.range {
        return Some(json!({ "low": json_of(low), "high": json_of(high) }));
    }
    if let Some(found) = &judgement.distribution {
        return Some(distribution::details(found));
    }
    if let Some(found) = &judgement.facts {
        return Some(facts::details(found));
    }
    let faults = judgement.findings.as_ref()?;
    let by_kind: serde_json::Map<String, Json> =
        faults.by_kind.iter().map(|(kind, count)| (kind.clone(), json!(count))).collect();
    let first: Vec<Json> = faults
        .first
        .iter()
        .map(|fault| json!({"file": fault.file, "line": fault.line, "column": fault.column, "kind": fault.kind, "message": {"en": fault.text.en, "es": fault.text.es}}))
        .collect();
    Some(json!({ "total": faults.total, "by_kind": by_kind, "first": first }))
}

/// The same sentence of a run whose rows were to be written, and were not.
pub(super) fn reason_and_not_written(reason: &Text, lang: Lang) -> String {
    let more = lang.pick("its rows were not written to the quarantine", "sus filas no se escribieron en la cuarentena");
    format!("{}; {more}", reason.get(lang))
}

/// What a run came to, in one sentence.
pub(super) fn reason(counts: &Counts, nothing: bool, signal: Option<&str>, lang: Lang) -> String {
    if let Some(signal) = signal {
        let so_far = reason(counts, false, None, lang);
        return format!("{} {signal}; {so_far}", lang.pick("Stopped by", "Interrumpido por"));
    }
    let known = match counts.known {
        0 => String::new(),
        known => format!(
            "; {} {}",
            lang.count(known),
            lang.plural(
                known,
                ("known violation remains", "incumplimiento conocido sigue ahí"),
                ("known violations remain", "incumplimientos conocidos siguen ahí")
            )
        ),
    };
    if nothing {
        return lang.pick("No rule was evaluated", "No se evaluó ninguna regla").to_owned();
    }
    let warned = counts.failed - counts.gating;
    let found = [
        (counts.gating, ("fails the gate", "cierra el paso"), ("fail the gate", "cierran el paso")),
        (
            counts.error,
            ("could not be evaluated", "no se pudo evaluar"),
            ("could not be evaluated", "no se pudieron evaluar"),
        ),
        (warned, ("warned", "con aviso"), ("warned", "con aviso")),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (count, one, many) in found.into_iter().filter(|(count, ..)| *count > 0) {
        let said = lang.plural(count, one, many);
        parts.push(match (parts.is_empty(), lang) {
            (true, Lang::En) => format!("{} of {} rules {said}", lang.count(count), lang.count(counts.rules)),
            (true, Lang::Es) => format!("{} de {} reglas {said}", lang.count(count), lang.count(counts.rules)),
            (false, _) => format!("{} {said}", lang.count(count)),
        });
    }
    if parts.is_empty() {
        let word = lang.plural(counts.passed, ("rule holds", "regla se cumple"), ("rules hold", "reglas se cumplen"));
        return format!("{} {word}{known}", lang.count(counts.passed));
    }
    let muted = match counts.muted {
        0 => String::new(),
        muted => format!(
            ", {} {} {}",
            lang.count(muted),
            lang.pick("of them", "de ellas"),
            lang.plural(muted, ("muted", "silenciada"), ("muted", "silenciadas"))
        ),
    };
    // What warned is told last, and the muted are among it.
    lang.list(&parts) + &muted + &known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_as_many_digits_as_tell_it_from_what_was_expected() {
        let shown = |number: &str, expected| readable(&Value::Decimal(number.parse().unwrap()), expected);
        assert_eq!(shown("78.91866666666666", Some("at most 61")), "78.91866667");
        assert_eq!(shown("61.00000000001", Some("at most 61")), "61.00000000001");
        assert_eq!(shown("0.00000000012345678912", None), "0.0000000001234567891");
        assert_eq!(shown("12345678901234", None), "12345678901234");
        assert_eq!(shown("99.5", None), "99.5");
        assert_eq!(shown("-0.3273268353539885", None), "-0.3273268354");
    }
}
