//! What is said of a breaker, in both languages.

use crate::breaker::state::{Cause, Change, State, What};
use crate::lang::{Lang, to_the_minute};
use crate::outcome::{Breaker, RunStatus, Text};

/// The breaker of a suite as records show it; it trips after so many runs, if the suite wants that.
#[must_use]
pub fn shown(suite: &str, state: &State, after: Option<u64>) -> Breaker {
    Breaker {
        tripped: state.tripped.is_some(),
        failures: state.failures,
        after,
        since: state.tripped.as_ref().map(|tripped| tripped.since.clone()),
        held: state.tripped.as_ref().is_some_and(|tripped| tripped.held),
        reason: state.tripped.as_ref().map(|tripped| Text::of(|lang| why(&tripped.cause, lang))),
        sentence: Text::of(|lang| sentence(suite, state, after, lang)),
    }
}

/// Says a change in one line.
#[must_use]
pub fn change(change: &Change) -> Text {
    Text::of(|lang| match &change.what {
        What::Failed { status: RunStatus::Failed, reason, .. } => {
            format!("{}: {}", lang.pick("a run failed", "una ejecución falla"), reason.get(lang))
        }
        What::Failed { reason, .. } => {
            let head = lang.pick("a run could not be evaluated", "una ejecución no se pudo evaluar");
            format!("{head}: {}", reason.get(lang))
        }
        What::Passed { .. } => lang.pick("a run passed", "una ejecución pasa").to_owned(),
        What::Tripped { reason, by, hold: false } => {
            format!("{}: {reason}", named(lang.pick("tripped", "disparado"), by.as_deref(), lang))
        }
        What::Tripped { reason, by, hold: true } => {
            let word = lang.pick("tripped and held", "disparado y retenido");
            format!("{}: {reason}", named(word, by.as_deref(), lang))
        }
        What::Reset { reason, by } => {
            format!("{}: {reason}", named(lang.pick("reset", "rearmado"), by.as_deref(), lang))
        }
    })
}

fn sentence(suite: &str, state: &State, after: Option<u64>, lang: Lang) -> String {
    let Some(tripped) = &state.tripped else { return closed(state.failures, after, lang) };
    let (since, why) = (to_the_minute(&tripped.since), why(&tripped.cause, lang));
    let why = why.trim_end_matches('.');
    let command = format!("`tamiz breaker reset {suite} --reason …`");
    match (lang, tripped.held) {
        (Lang::En, false) => {
            format!("The breaker is tripped since {since}: {why}. A run that passes closes it, or {command}.")
        }
        (Lang::En, true) => {
            format!("The breaker is tripped since {since}, and held: {why}. Only {command} closes it.")
        }
        (Lang::Es, false) => format!(
            "El interruptor está disparado desde {since}: {why}. Lo rearma una ejecución que pase, o {command}."
        ),
        (Lang::Es, true) => {
            format!("El interruptor está disparado desde {since}, y retenido: {why}. Solo lo rearma {command}.")
        }
    }
}

fn closed(failures: u64, after: Option<u64>, lang: Lang) -> String {
    let closed = lang.pick("The breaker is closed", "El interruptor está cerrado");
    let runs = |count| lang.plural(count, ("run", "ejecución"), ("runs", "ejecuciones"));
    let row = match failures {
        0 => String::new(),
        1 => lang.pick("; the last run did not pass", "; la última ejecución no pasa").to_owned(),
        many => match lang {
            Lang::En => format!("; the last {many} runs did not pass"),
            Lang::Es => format!("; las últimas {many} ejecuciones no pasan"),
        },
    };
    let trips = match (after, lang) {
        (Some(after), Lang::En) => format!("; it trips after {after} {} in a row", runs(after)),
        (Some(after), Lang::Es) => format!("; se dispara tras {after} {} seguidas", runs(after)),
        (None, _) => String::new(),
    };
    format!("{closed}{row}{trips}.")
}

fn why(cause: &Cause, lang: Lang) -> String {
    match (cause, lang) {
        (Cause::Runs { failures: 1, reason }, _) => {
            format!("{}: {}", lang.pick("a run did not pass", "una ejecución no pasa"), reason.get(lang))
        }
        (Cause::Runs { failures, reason }, Lang::En) => {
            format!("{failures} runs in a row did not pass, the last one: {}", reason.get(lang))
        }
        (Cause::Runs { failures, reason }, Lang::Es) => {
            format!("{failures} ejecuciones seguidas no pasan, la última: {}", reason.get(lang))
        }
        (Cause::Hand { reason, by }, _) => {
            format!("{}: {reason}", named(lang.pick("tripped by hand", "disparado a mano"), by.as_deref(), lang))
        }
    }
}

fn named(word: &str, by: Option<&str>, lang: Lang) -> String {
    match by {
        Some(by) => format!("{word} {} {by}", lang.pick("by", "por")),
        None => word.to_owned(),
    }
}
