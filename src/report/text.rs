//! The summary in the terminal: what must be acted on first, one sentence each.
//!
//! It is a string; whether there is a terminal, how wide it is and whether it has colours is for the caller to find out.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::lines::Lines;
use super::reading::{Cause, Omission, Reading, State, run_word, unseen};
use super::{moment, phrase, value};
use crate::lang::Lang;
use crate::outcome::{Dataset, Outcome, Report, Status};

/// How a summary is to be written.
#[derive(Clone, Debug)]
pub struct Options {
    /// The language.
    pub lang: Lang,
    /// Whether to use colours. Every state has its icon and word without them.
    pub color: bool,
    /// The width of the terminal, in characters.
    pub width: usize,
    /// How much to say.
    pub verbosity: Verbosity,
    /// The path of the page of this run, if one was written; it becomes the last line.
    pub page: Option<String>,
    /// How many violating rows to show of each rule.
    pub samples: usize,
}

impl Options {
    /// For a file: no colours, a line of a hundred characters.
    #[must_use]
    pub fn plain() -> Self {
        let verbosity = Verbosity::Normal;
        Self { lang: Lang::En, color: false, width: 100, verbosity, page: None, samples: 3 }
    }
}

/// How much a summary says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// The verdict, and one line for each rule that failed or could not be evaluated.
    Quiet,
    /// All that needs attention, the data and the verdict.
    #[default]
    Normal,
    /// Every rule.
    Verbose,
}

/// Renders the summary of a run.
#[must_use]
pub fn render(report: &Report, options: &Options) -> String {
    let reading = Reading::of(report);
    let lines = Lines::new(options.color, options.width);
    let mut summary = Summary { report, options, lang: options.lang, lines };
    if options.verbosity == Verbosity::Quiet {
        summary.quiet(&reading);
    } else {
        summary.whole(&reading);
    }
    summary.lines.finish()
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Where the text of a rule starts.
const INDENT: usize = 2;
/// The width of the longest label and its space.
const LABEL: usize = 10;

struct Summary<'a> {
    report: &'a Report,
    options: &'a Options,
    lang: Lang,
    lines: Lines,
}

impl Summary<'_> {
    fn quiet(&mut self, reading: &Reading) {
        let errors = reading.errors.iter().flat_map(|cause| &cause.rules);
        for outcome in reading.failed.iter().chain(errors) {
            let said = match &outcome.error {
                Some(fault) if self.lang == Lang::En => fault.message.clone(),
                Some(fault) => fault.sentence().map(|text| text.es + " ").unwrap_or_default() + &fault.message,
                None => outcome.message.get(self.lang).to_owned(),
            };
            let mark = self.mark(State::of(outcome));
            let said = value::cut(&value::line(&said), 300);
            self.lines.put(&format!(
                "{mark}  {}: {said} ({})",
                value::line(&outcome.id),
                phrase::place_of_rule(outcome)
            ));
        }
        self.verdict();
        self.breaker();
    }

    fn whole(&mut self, reading: &Reading) {
        self.heading();
        for outcome in &reading.failed {
            self.finding(outcome);
        }
        for cause in &reading.errors {
            self.cause(cause);
        }
        for outcome in &reading.warned {
            self.finding(outcome);
        }
        for omission in &reading.skipped {
            self.omission(omission);
        }
        self.passed(reading);
        self.lines.gap();
        self.datasets();
        self.lines.gap();
        self.verdict();
        self.breaker();
        self.totals(reading);
        if let Some(page) = &self.options.page {
            self.lines.put(&value::line(page));
        }
    }

    fn heading(&mut self) {
        let run = &self.report.run;
        let mut name = value::line(&run.suite).into_owned();
        if let Some(title) = &run.title {
            let _ = write!(name, " · {}", value::line(title));
        }
        let as_of = moment::say(&run.as_of, &run.timezone);
        let as_of = format!("{} {}", self.lang.pick("as of", "a fecha de"), value::line(&as_of));
        let line = format!("{}  {}", self.lines.paint(BOLD, &name), self.lines.paint(DIM, &as_of));
        self.lines.put(&line);
        self.lines.gap();
    }

    /// A rule that does not hold.
    fn finding(&mut self, outcome: &Outcome) {
        let lang = self.lang;
        self.title(State::of(outcome), &outcome.id, outcome.level.as_deref());
        self.body(outcome.sentence.get(lang));
        self.body(&phrase::found(outcome, lang));
        if self.options.verbosity == Verbosity::Verbose
            && let Some(condition) = &outcome.condition
        {
            self.field(lang.pick("where", "donde"), condition);
        }
        if let Some(said) = phrase::muted(outcome, lang) {
            self.field(lang.pick("muted", "silencio"), &said);
        }
        self.groups(outcome);
        self.samples(outcome);
        self.top_values(outcome);
        if self.options.verbosity == Verbosity::Verbose {
            if let Some(owner) = &outcome.owner {
                self.field(lang.pick("owner", "responsable"), owner);
            }
            if let Some(runbook) = &outcome.runbook {
                self.field(lang.pick("runbook", "guía"), runbook);
            }
        }
        self.field(lang.pick("rule", "regla"), &phrase::place_of_rule(outcome));
        self.lines.gap();
    }

    fn cause(&mut self, cause: &Cause) {
        let lang = self.lang;
        let code = cause.fault.map(|fault| fault.code.as_str());
        match cause.rules.as_slice() {
            [only] => self.title(State::Error, &only.id, code),
            many => {
                let count = many.len() as u64;
                let rules = format!("{} {}", lang.count(count), lang.pick("rules", "reglas"));
                self.title(State::Error, &rules, code);
            }
        }
        if let Some(fault) = cause.fault {
            // What happened is said in English alone.
            if let Some(means) = fault.sentence().filter(|_| lang == Lang::Es) {
                self.body(&means.es);
            }
            self.body(&fault.message);
            if let Some(by) = &fault.caused_by {
                self.field(lang.pick("cause", "causa"), by);
            }
        }
        match cause.rules.as_slice() {
            [only] => self.field(lang.pick("rule", "regla"), &phrase::place_of_rule(only)),
            many => self.field(lang.pick("rules", "reglas"), &self.names(many)),
        }
        self.lines.gap();
    }

    fn omission(&mut self, omission: &Omission) {
        let lang = self.lang;
        match omission.rules.as_slice() {
            [only] => self.title(State::Skipped, &only.id, None),
            many => {
                let count = many.len() as u64;
                self.title(State::Skipped, &format!("{} {}", lang.count(count), lang.pick("rules", "reglas")), None);
            }
        }
        self.body(omission.reason.unwrap_or(lang.pick("no reason is given", "sin motivo indicado")));
        if omission.rules.len() > 1 {
            self.field(lang.pick("rules", "reglas"), &self.names(&omission.rules));
        }
        self.lines.gap();
    }

    fn passed(&mut self, reading: &Reading) {
        let lang = self.lang;
        if self.options.verbosity == Verbosity::Verbose {
            for outcome in &reading.passed {
                self.title(State::Passed, &outcome.id, None);
                self.body(outcome.sentence.get(lang));
            }
        } else if let Some(count) = Some(reading.count(State::Passed)).filter(|&count| count > 0) {
            let rules = lang.plural(count, ("rule", "regla"), ("rules", "reglas"));
            let hint = self.lines.paint(DIM, lang.pick("(-v lists them)", "(-v las enumera)"));
            let line = format!("{}  {} {rules} {hint}", self.mark(State::Passed), lang.count(count));
            self.lines.put(&line);
        }
    }

    fn datasets(&mut self) {
        let datasets = &self.report.datasets;
        let names: Vec<_> = datasets.iter().map(|dataset| value::line(&dataset.name)).collect();
        let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let said: Vec<String> = datasets.iter().map(|dataset| self.rows(dataset)).collect();
        let rows_width = said.iter().map(|rows| rows.chars().count()).max().unwrap_or(0);
        for ((dataset, name), rows) in datasets.iter().zip(names).zip(said) {
            let state = State::of_dataset(dataset, &self.report.results);
            let icon = self.lines.paint(style(state), state.icon());
            let lead = format!("{icon} {name:name_width$}  {rows:>rows_width$}  ");
            let lead_width = name_width + rows_width + 6;
            self.lines.hang(&lead, lead_width, &phrase::about(dataset, self.lang));
            if self.options.verbosity == Verbosity::Verbose {
                self.written(dataset);
            }
            if let Some(said) = phrase::quarantine(dataset, self.lang) {
                let lead = " ".repeat(name_width + 4);
                self.lines.hang(&lead, lead.len(), &said);
                self.repairs(dataset);
                self.not_attributable(dataset);
            }
        }
    }

    /// How the files of a dataset are written, each with its name if there are several.
    fn written(&mut self, dataset: &Dataset) {
        for file in &dataset.files {
            let Some(dialect) = &file.dialect else { continue };
            let said = phrase::dialect(dialect, self.lang);
            let said = if dataset.files.len() > 1 { format!("{}: {said}", value::line(&file.path)) } else { said };
            self.lines.hang("  ", INDENT, &said);
        }
    }

    /// What was repaired, how often: cells of columns, and rows that were kept of equal ones.
    fn repairs(&mut self, dataset: &Dataset) {
        let told = dataset.quarantine.iter().flat_map(|told| &told.repairs);
        let repairs: Vec<String> = told.map(|repair| phrase::repair(repair, self.lang)).collect();
        if !repairs.is_empty() {
            self.field(self.lang.pick("repairs", "reparos"), &repairs.join(", "));
        }
    }

    /// The failed rules that no row is held to account for.
    fn not_attributable(&mut self, dataset: &Dataset) {
        let told = dataset.quarantine.iter().flat_map(|told| &told.not_attributable);
        let rules: Vec<String> = told.map(|rule| value::line(&rule.rule).into_owned()).collect();
        if !rules.is_empty() {
            let said = self.lang.pick("of no row", "de ninguna fila");
            self.field(said, &rules.join(", "));
        }
    }

    fn rows(&self, dataset: &Dataset) -> String {
        match dataset.rows {
            Some(rows) => {
                format!("{} {}", self.lang.count(rows), self.lang.plural(rows, ("row", "fila"), ("rows", "filas")))
            }
            None => self.lang.pick("not read", "sin leer").to_owned(),
        }
    }

    fn verdict(&mut self) {
        let verdict = &self.report.verdict;
        let state = State::of_run(verdict.status);
        let mark = format!("{} {}", state.icon(), run_word(verdict.status, self.lang));
        let lead = self.lines.paint(style(state).bold(), &mark);
        let reason = value::line(verdict.reason.get(self.lang)).into_owned();
        self.lines.hang(&format!("{lead}  "), mark.chars().count() + 2, &reason);
    }

    /// The breaker of the suite, if there is something to know of it.
    fn breaker(&mut self) {
        let Some(breaker) = &self.report.breaker else { return };
        if breaker.tripped || (breaker.failures > 0 && self.options.verbosity != Verbosity::Quiet) {
            let state = if breaker.tripped { State::Failed } else { State::Warned };
            let mark = self.lines.paint(style(state).bold(), state.icon());
            let sentence = value::line(breaker.sentence.get(self.lang)).into_owned();
            self.lines.hang(&format!("{mark}  "), 3, &sentence);
        }
    }

    fn totals(&mut self, reading: &Reading) {
        let lang = self.lang;
        let mut parts = Vec::new();
        for state in State::ALL {
            let count = reading.count(state);
            if count > 0 {
                parts.push(format!("{} {}", lang.count(count), state.plural(count, lang)));
            }
        }
        let (counts, run) = (&self.report.counts, &self.report.run);
        let read = lang.plural(counts.rows_read, ("row read", "fila leída"), ("rows read", "filas leídas"));
        parts.push(format!("{} {read}", lang.count(counts.rows_read)));
        parts.push(lang.duration(run.duration_ms));
        parts.push(format!("{} {}", lang.pick("exit code", "código"), self.report.verdict.exit_code));
        if self.report.verdict.retryable {
            parts.push(lang.pick("a retry may help", "reintentar puede servir").to_owned());
        }
        self.lines.hang("", 0, &parts.join(" · "));
    }

    fn samples(&mut self, outcome: &Outcome) {
        let lang = self.lang;
        let mut label = lang.pick("rows", "filas");
        let shown = outcome.samples.iter().take(self.options.samples);
        for sample in shown.clone() {
            let lead = self.lead(label);
            self.lines.hang_pieces(&lead, INDENT + LABEL, phrase::row(sample).iter().map(String::as_str), "  ");
            label = "";
        }
        let shown = shown.len();
        if let Some(rest) = unseen(outcome, shown).filter(|&rest| rest > 0 && shown > 0) {
            let lead = self.lead(label);
            let more = format!("{} {}", lang.count(rest), lang.pick("more", "más"));
            let line = format!("{lead}{}", self.lines.paint(DIM, &format!("… {} {more}", lang.pick("and", "y"))));
            self.lines.put(&line);
        }
    }

    /// The worst groups that fail, beyond the one that the message tells of.
    fn groups(&mut self, outcome: &Outcome) {
        let failed = outcome.groups.iter().filter(|group| group.status == Status::Failed).skip(1);
        let said: Vec<String> = failed
            .take(3)
            .map(|group| format!("{}: {}", phrase::pairs_or_value(&group.values), group.message.get(self.lang)))
            .collect();
        if !said.is_empty() {
            self.field(self.lang.pick("groups", "grupos"), &said.join(" · "));
        }
    }

    fn top_values(&mut self, outcome: &Outcome) {
        let said: Vec<String> = outcome
            .top_values
            .iter()
            .take(3)
            .map(|top| format!("{} × {}", phrase::pairs_or_value(&top.values), self.lang.count(top.count)))
            .collect();
        if !said.is_empty() && self.options.samples > 0 {
            self.field(self.lang.pick("values", "valores"), &said.join(" · "));
        }
    }

    fn title(&mut self, state: State, name: &str, note: Option<&str>) {
        let name = self.lines.paint(BOLD, &value::line(name));
        let note = note.map(|note| self.lines.paint(DIM, &format!(" ({})", value::line(note)))).unwrap_or_default();
        let line = format!("{}  {name}{note}", self.mark(state));
        self.lines.put(&line);
    }

    fn body(&mut self, words: &str) {
        self.lines.hang(&" ".repeat(INDENT), INDENT, &value::line(words));
    }

    fn field(&mut self, label: &str, words: &str) {
        let lead = self.lead(label);
        self.lines.hang(&lead, INDENT + LABEL.max(label.chars().count() + 1), &value::line(words));
    }

    fn lead(&self, label: &str) -> String {
        let room = LABEL.max(label.chars().count() + 1);
        format!("{}{}", " ".repeat(INDENT), self.lines.paint(DIM, &format!("{label:room$}")))
    }

    fn mark(&self, state: State) -> String {
        self.lines.paint(style(state).bold(), &format!("{} {}", state.icon(), state.word(self.lang)))
    }

    fn names(&self, rules: &[&Outcome]) -> String {
        let most = if self.options.verbosity == Verbosity::Verbose { usize::MAX } else { 8 };
        let mut names: Vec<String> = rules.iter().take(most).map(|rule| value::line(&rule.id).into_owned()).collect();
        if let Some(rest) = rules.len().checked_sub(most).filter(|&rest| rest > 0) {
            names.push(format!("… {} {}", self.lang.count(rest as u64), self.lang.pick("more", "más")));
        }
        names.join(", ")
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

    fn options(lang: Lang, verbosity: Verbosity) -> Options {
        let page = Some("reports/runs/2026-11-21T101503Z_ventas_1f0c9a/report.html".to_owned());
        Options { lang, color: false, width: 100, verbosity, page, samples: 3 }
    }

    #[test]
    fn it_reads_in_english() {
        insta::assert_snapshot!(render(&sample::report(), &options(Lang::En, Verbosity::Normal)));
    }

    #[test]
    fn it_reads_in_spanish() {
        insta::assert_snapshot!(render(&sample::report(), &options(Lang::Es, Verbosity::Normal)));
    }

    #[test]
    fn quiet_is_one_line_a_failure() {
        insta::assert_snapshot!(render(&sample::report(), &options(Lang::En, Verbosity::Quiet)));
    }

    #[test]
    fn verbose_lists_what_passed() {
        insta::assert_snapshot!(render(&sample::report(), &options(Lang::En, Verbosity::Verbose)));
    }

    #[test]
    fn a_run_without_failures_is_short() {
        let mut report = sample::report();
        report.results.retain(|outcome| State::of(outcome) == State::Passed);
        report.verdict.status = crate::outcome::RunStatus::Passed;
        report.verdict.exit_code = 0;
        let text = render(&report, &options(Lang::En, Verbosity::Normal));
        assert!(text.contains("✓ passed  6 rules"));
        assert!(!text.contains("failed  "));
    }

    #[test]
    fn no_text_of_the_record_acts_on_the_terminal() {
        let hostile = sample::hostile().map(|text| sample::all_text_is(&text));
        for report in hostile.into_iter().chain([sample::report()]) {
            for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
                let text = render(&report, &Options { samples: 10, ..options(Lang::En, verbosity) });
                assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2066}', '\r']));
                assert!(!text.contains("##vso["));
                assert!(text.lines().all(|line| !line.trim_start().starts_with("::")));
            }
        }
    }

    #[test]
    fn an_overlong_cell_is_cut() {
        let text = render(&sample::report(), &Options { samples: 10, ..options(Lang::En, Verbosity::Normal) });
        assert!(text.contains("xxx…"));
        assert!(!text.contains(&"x".repeat(41)));
    }

    #[test]
    fn colour_changes_no_word() {
        let plain = render(&sample::report(), &options(Lang::En, Verbosity::Normal));
        let colored = render(&sample::report(), &Options { color: true, ..options(Lang::En, Verbosity::Normal) });
        assert_ne!(plain, colored);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }

    #[test]
    fn a_mute_is_told_with_its_day_and_reason() {
        let mut report = sample::report();
        let warned = report.results.iter_mut().find(|outcome| State::of(outcome) == State::Warned).unwrap();
        warned.muted =
            Some(crate::outcome::Muted { until: "2026-12-31".to_owned(), reason: "known ::error".to_owned() });
        let en = render(&report, &options(Lang::En, Verbosity::Normal));
        assert!(en.contains("muted     until 2026-12-31: known"), "{en}");
        assert!(
            render(&report, &options(Lang::Es, Verbosity::Normal)).contains("silencio  hasta el 2026-12-31: known")
        );
    }

    #[test]
    fn the_last_line_is_the_page() {
        let text = render(&sample::report(), &options(Lang::En, Verbosity::Normal));
        assert!(text.ends_with("_1f0c9a/report.html\n"));
    }
}
