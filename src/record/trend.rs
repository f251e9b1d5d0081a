//! What earlier runs gave for a rule, in words and for the record.

use bigdecimal::BigDecimal;
use serde_json::{Value as Json, json};

use crate::answer::json_of;
use crate::ir::trend::{Against, Method};
use crate::ir::{Bound, Bounds, Literal, Severity, Value};
use crate::judge::Judgement;
use crate::judge::trend::{Band, Past, Reference};
use crate::lang::Lang;
use crate::outcome::Text;
use crate::record::message::readable;

/// Why a rule is skipped, if that is what earlier runs come to.
pub(super) fn reason(past: &Past) -> Option<Text> {
    let said = |lang: Lang| match past {
        Past::Band(_) | Past::Columns(_) => String::new(),
        Past::Unknown => lang
            .pick(
                "it needs earlier runs, and no history is kept",
                "necesita ejecuciones anteriores, y no se guarda historial",
            )
            .to_owned(),
        Past::TooFew { needed, found } => {
            let runs = lang.plural(
                *needed as u64,
                ("run with an earlier `as_of`", "ejecución con un `as_of` anterior"),
                ("runs with an earlier `as_of`", "ejecuciones con un `as_of` anterior"),
            );
            match lang {
                Lang::En => format!("it needs {needed} {runs}, and has {found}"),
                Lang::Es => format!("necesita {needed} {runs}, y hay {found}"),
            }
        }
    };
    matches!(past, Past::Unknown | Past::TooFew { .. }).then(|| Text::of(said))
}

/// What was expected of a number at the level that it failed at, or else at the mildest.
pub(super) fn expected(past: &Past, level: Option<Severity>, lang: Lang) -> Option<String> {
    let Past::Band(band) = past else { return None };
    let (_, bounds) = band.levels.iter().find(|(own, _)| Some(*own) == level).or_else(|| band.levels.first())?;
    phrase(bounds, lang)
}

/// What was found of a number.
pub(super) fn said(past: &Past, judgement: &Judgement, level: Option<Severity>, lang: Lang) -> Option<String> {
    let Past::Band(band) = past else { return None };
    let found = judgement.observed.as_ref().filter(|value| !value.is_null())?;
    let expected = expected(past, level, lang);
    let found = readable(found, expected.as_deref());
    let reference = reference(band, lang);
    Some(match (expected, lang) {
        (Some(expected), Lang::En) => format!("Found {found}, expected {expected}; {reference}"),
        (Some(expected), Lang::Es) => format!("Se encontró {found}, se esperaba {expected}; {reference}"),
        (None, _) => format!("{} {found}; {reference}", lang.pick("Found", "Se encontró")),
    })
}

/// What a number is held against.
fn reference(band: &Band, lang: Lang) -> String {
    let (number, runs) = (shown(&band.reference), lang.count(band.runs as u64));
    let words = lang.plural(band.runs as u64, ("run", "ejecución"), ("runs", "ejecuciones"));
    let (en, es) = match band.of {
        Reference::Was(Against::Previous) => {
            return format!("{} {number}", lang.pick("the previous run had", "la ejecución anterior tenía"));
        }
        Reference::Was(Against::Avg) => ("on average", "de media"),
        Reference::Was(Against::Min) => ("at least", "como mínimo"),
        Reference::Was(Against::Max) => ("at most", "como máximo"),
        Reference::Expected(_) => {
            return match lang {
                Lang::En => format!("{runs} earlier {words} let expect {number}"),
                Lang::Es => format!("{runs} {words} anteriores hacen esperar {number}"),
            };
        }
    };
    match lang {
        Lang::En => format!("the last {runs} {words} had {number} {en}"),
        Lang::Es => format!("las últimas {runs} {words} tenían {number} {es}"),
    }
}

/// Bounds in words.
fn phrase(bounds: &Bounds, lang: Lang) -> Option<String> {
    let end = |bound: &Option<Bound>| match bound {
        Some(Bound { value: Literal::Value(value), strict }) => Some((shown(&value.exact()?), *strict)),
        _ => None,
    };
    let low = |strict| if strict { lang.pick("more than", "más de") } else { lang.pick("at least", "al menos") };
    let high = |strict| if strict { lang.pick("less than", "menos de") } else { lang.pick("at most", "como máximo") };
    match (end(&bounds.min), end(&bounds.max)) {
        (None, None) => None,
        (Some((min, false)), Some((max, false))) if min == max => {
            Some(format!("{} {min}", lang.pick("exactly", "exactamente")))
        }
        (Some((min, false)), Some((max, false))) => Some(match lang {
            Lang::En => format!("between {min} and {max}"),
            Lang::Es => format!("entre {min} y {max}"),
        }),
        (Some((min, strict)), None) => Some(format!("{} {min}", low(strict))),
        (None, Some((max, strict))) => Some(format!("{} {max}", high(strict))),
        (Some((min, below)), Some((max, above))) => {
            Some(format!("{} {min} {} {} {max}", low(below), lang.pick("and", "y"), high(above)))
        }
    }
}

/// A number with as many digits as people read.
fn shown(number: &BigDecimal) -> String {
    readable(&Value::Decimal(number.normalized()), None)
}

/// The same for the record.
pub(super) fn details(past: &Past, judgement: &Judgement) -> Option<Json> {
    let Past::Band(band) = past else { return None };
    let end = |bound: &Option<Bound>| match bound {
        Some(Bound { value: Literal::Value(value), strict }) => json!({ "value": json_of(value), "strict": strict }),
        _ => Json::Null,
    };
    let decimal = |number: BigDecimal| json_of(&Value::Decimal(number.normalized()));
    let change = judgement.observed.as_ref().and_then(Value::exact).map(|now| decimal(now - &band.reference));
    let levels: serde_json::Map<String, Json> = band
        .levels
        .iter()
        .map(|(level, bounds)| (level.name().to_owned(), json!({ "min": end(&bounds.min), "max": end(&bounds.max) })))
        .collect();
    Some(json!({
        "against": word(band.of),
        "reference": decimal(band.reference.clone()),
        "change": change,
        "runs": band.runs,
        "expected": levels,
    }))
}

/// The word of the suite for what a number is held against.
const fn word(of: Reference) -> &'static str {
    match of {
        Reference::Was(Against::Previous) => "previous",
        Reference::Was(Against::Avg) => "avg",
        Reference::Was(Against::Min) => "min",
        Reference::Was(Against::Max) => "max",
        Reference::Expected(Method::ZScore) => "z_score",
        Reference::Expected(Method::RateOfChange) => "rate_of_change",
        Reference::Expected(Method::OnlineNormal) => "online_normal",
        Reference::Expected(Method::HoltWinters) => "holt_winters",
    }
}
