//! One rule of a record, explained in a terminal: what it asks, what was found, how, and what to do.
//!
//! It says only what the record says; what must not be shown is masked in it already.

use anstyle::{AnsiColor, Style};

use super::lines::Lines;
use super::reading::{State, unseen};
use super::{moment, phrase, value};
use crate::lang::Lang;
use crate::outcome::{DecidedBy, Outcome, Report};

/// How a rule is to be explained.
#[derive(Clone, Debug)]
pub struct Options {
    /// The language.
    pub lang: Lang,
    /// Whether to use colours.
    pub color: bool,
    /// The width of the terminal, in characters.
    pub width: usize,
    /// What its kind of expectation means, from the manual.
    pub meaning: Option<String>,
}

/// Explains a rule of a run.
#[must_use]
pub fn render(report: &Report, outcome: &Outcome, options: &Options) -> String {
    let lines = Lines::new(options.color, options.width);
    let mut page = Page { report, outcome, lang: options.lang, lines };
    page.asked();
    page.gap();
    page.found();
    page.gap();
    page.what_to_do();
    page.gap();
    page.meaning(options.meaning.as_deref());
    page.lines.finish()
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// The width of the labels.
const LABEL: usize = 12;

struct Page<'a> {
    report: &'a Report,
    outcome: &'a Outcome,
    lang: Lang,
    lines: Lines,
}

impl Page<'_> {
    /// What the rule asks, and where it stands.
    fn asked(&mut self) {
        let (outcome, lang) = (self.outcome, self.lang);
        let state = State::of(outcome);
        let mark = self.lines.paint(style(state).bold(), &format!("{} {}", state.icon(), state.word(lang)));
        let name = self.lines.paint(BOLD, &value::line(&outcome.id));
        let level = outcome.level.as_ref().map(|level| format!(" ({})", value::line(level))).unwrap_or_default();
        self.lines.put(&format!("{mark}  {name}{level}"));
        self.body(outcome.sentence.get(lang));
        if let Some(description) = &outcome.description {
            self.body(description.get(lang));
        }
        self.gap();
        if let Some(condition) = &outcome.condition {
            self.field(lang.pick("where", "donde"), condition);
        }
        if let Some(expected) = &outcome.expected {
            self.field(lang.pick("expected", "esperado"), expected);
        }
        for threshold in &outcome.threshold {
            let limit = format!("{}: {}", threshold.level, threshold.limit);
            self.field(lang.pick("limit", "límite"), &limit);
        }
        self.field(lang.pick("stands in", "está en"), &phrase::place_of_rule(outcome));
        self.field(lang.pick("dataset", "datos"), &outcome.dataset);
    }

    /// What was found, the rows that show it, and how it was decided.
    fn found(&mut self) {
        let (outcome, lang) = (self.outcome, self.lang);
        let run = &self.report.run;
        let when = moment::say(&run.as_of, &run.timezone);
        self.field(lang.pick("run", "ejecución"), &format!("{} {when}", lang.pick("as of", "a fecha de")));
        if let Some(fault) = &outcome.error {
            self.field(lang.pick("error", "error"), &format!("{} ({})", fault.message, fault.code));
            if let Some(by) = &fault.caused_by {
                self.field(lang.pick("cause", "causa"), by);
            }
        } else if let Some(reason) = &outcome.reason {
            self.field(lang.pick("skipped", "omitida"), reason);
        } else {
            self.field(lang.pick("found", "hallado"), &phrase::found(outcome, lang));
        }
        if let Some(evaluated) = outcome.evaluated {
            self.field(lang.pick("evaluated", "evaluado"), &lang.count(evaluated));
        }
        if let (Some(violations), Some(evaluated)) = (outcome.violations, outcome.evaluated) {
            let share = lang.share(violations, evaluated);
            self.field(lang.pick("violations", "infracciones"), &format!("{} ({share})", lang.count(violations)));
        }
        if let Some(observed) = &outcome.observed {
            self.field(lang.pick("observed", "observado"), &value::show(observed, 80));
        }
        let mut label = lang.pick("groups", "grupos");
        for group in &outcome.groups {
            let said = format!("{}: {}", phrase::pairs_or_value(&group.values), group.message.get(lang));
            self.field(label, &said);
            label = "";
        }
        let mut label = lang.pick("rows", "filas");
        for sample in &outcome.samples {
            let lead = self.lead(label);
            self.lines.hang_pieces(&lead, 2 + LABEL, phrase::row(sample).iter().map(String::as_str), "  ");
            label = "";
        }
        if let Some(rest) = unseen(outcome, outcome.samples.len()).filter(|&rest| rest > 0 && label.is_empty()) {
            let more = format!("… {} {} {}", lang.pick("and", "y"), lang.count(rest), lang.pick("more", "más"));
            self.field("", &more);
        }
        let mut label = lang.pick("values", "valores");
        for top in &outcome.top_values {
            self.field(label, &format!("{} × {}", phrase::pairs_or_value(&top.values), lang.count(top.count)));
            label = "";
        }
        if let Some(step) = outcome.decided_by {
            let engine = outcome.engine.as_ref().map(|engine| format!(" ({engine})")).unwrap_or_default();
            self.field(lang.pick("decided by", "decidido por"), &format!("{}{engine}", decided(step, lang)));
        }
        if let Some(statement) = &outcome.statement {
            self.field(lang.pick("statement", "sentencia"), &statement.sql);
        }
        if let Some(impact) = &outcome.impact
            && let Some(loss) = &impact.loss
        {
            let currency = impact.currency.as_deref().unwrap_or_default();
            self.field(lang.pick("impact", "impacto"), &format!("{} {currency}", lang.decimal(loss)));
        }
    }

    /// Who to ask and where to read on.
    fn what_to_do(&mut self) {
        let (outcome, lang) = (self.outcome, self.lang);
        let gates = match State::of(outcome) {
            State::Failed => lang.pick("it made the gate fail", "hizo fallar la puerta de calidad"),
            State::Warned => lang.pick("it does not make the gate fail", "no hace fallar la puerta de calidad"),
            State::Error => lang.pick(
                "nothing is known of the data: mend the cause and run again",
                "nada se sabe de los datos: corrija la causa y repita",
            ),
            State::Passed | State::Skipped => lang.pick("nothing to do", "nada que hacer"),
        };
        self.field(lang.pick("so", "por tanto"), gates);
        if let Some(owner) = &outcome.owner {
            self.field(lang.pick("owner", "responsable"), owner);
        }
        if let Some(runbook) = &outcome.runbook {
            self.field(lang.pick("runbook", "guía"), runbook);
        }
        if !outcome.tags.is_empty() {
            self.field(lang.pick("tags", "etiquetas"), &outcome.tags.join(", "));
        }
    }

    /// What its kind of expectation means; the manual is in English.
    fn meaning(&mut self, meaning: Option<&str>) {
        let lang = self.lang;
        if let Some(meaning) = meaning {
            self.field(&self.outcome.expectation.clone(), meaning);
        }
        let manual = format!("tamiz explain {}", self.outcome.expectation);
        self.field(lang.pick("manual", "manual"), &manual);
    }

    fn body(&mut self, words: &str) {
        self.lines.hang("  ", 2, &value::line(words));
    }

    fn field(&mut self, label: &str, words: &str) {
        let lead = self.lead(label);
        self.lines.hang(&lead, 2 + room(label), &value::line(words));
    }

    fn lead(&self, label: &str) -> String {
        let room = room(label);
        format!("  {}", self.lines.paint(DIM, &format!("{:room$}", value::line(label))))
    }

    fn gap(&mut self) {
        self.lines.gap();
    }
}

/// The width that a label takes, with its space.
fn room(label: &str) -> usize {
    LABEL.max(value::line(label).chars().count() + 1)
}

fn decided(step: DecidedBy, lang: Lang) -> &'static str {
    match step {
        DecidedBy::Facts => lang.pick("names, types and files", "nombres, tipos y ficheros"),
        DecidedBy::Footer => lang.pick("the metadata of the file", "los metadatos del fichero"),
        DecidedBy::Dictionary => lang.pick("the dictionary of the column", "el diccionario de la columna"),
        DecidedBy::State => lang.pick("what an earlier run kept", "lo que guardó una ejecución anterior"),
        DecidedBy::Keys => lang.pick("the key columns", "las columnas de la clave"),
        DecidedBy::Scan => lang.pick("a read of the rows", "una lectura de las filas"),
        DecidedBy::Engine => lang.pick("a database", "una base de datos"),
    }
}

fn style(state: State) -> Style {
    let color = match state {
        State::Failed => AnsiColor::Red,
        State::Error => AnsiColor::Magenta,
        State::Warned => AnsiColor::Yellow,
        State::Passed => AnsiColor::Green,
        State::Skipped => return DIM,
    };
    color.on_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn explained(id: &str, lang: Lang) -> String {
        let report = sample::report();
        let outcome = report.results.iter().find(|outcome| outcome.id == id).unwrap();
        let meaning = Some("Every value occurs in a column of another dataset.".to_owned());
        render(&report, outcome, &Options { lang, color: false, width: 100, meaning })
    }

    #[test]
    fn it_says_what_was_asked_and_found_and_where_to_read_on() {
        let english = explained("ventas.producto_id.foreign_key", Lang::En);
        for said in ["ventas.producto_id.foreign_key", "violations", "Every value occurs", "tamiz explain foreign_key"]
        {
            assert!(english.contains(said), "`{said}` is not in\n{english}");
        }
        let spanish = explained("ventas.producto_id.foreign_key", Lang::Es);
        assert!(spanish.contains("infracciones") && spanish.contains("hallado"), "{spanish}");
    }

    #[test]
    fn no_text_of_the_record_acts_on_the_terminal() {
        for report in sample::hostile().map(|text| sample::all_text_is(&text)) {
            for (outcome, lang) in report.results.iter().flat_map(|outcome| Lang::ALL.map(|lang| (outcome, lang))) {
                let text = render(&report, outcome, &Options { lang, color: false, width: 80, meaning: None });
                assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2066}', '\r']), "{text}");
                assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
            }
        }
    }

    #[test]
    fn every_state_is_explained() {
        let report = sample::report();
        for outcome in &report.results {
            let text = render(&report, outcome, &Options { lang: Lang::En, color: false, width: 80, meaning: None });
            assert!(text.contains(&outcome.id) && text.contains("so "), "{text}");
        }
    }
}
