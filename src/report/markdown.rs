//! Runs as Markdown of GitHub's dialect: for a job summary, a comment, a wiki.
//!
//! What must be acted on comes first; what passed is folded away. A document that would grow beyond a limit leaves the last
//! rows out and says how many.

use super::escape::markdown::{code, sentence};
use super::reading::{Cause, Omission, Reading, State, run_word, unseen};
use super::{moment, phrase};
use crate::lang::Lang;
use crate::outcome::{Dataset, Outcome, Report};

/// How a document is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The language.
    pub lang: Lang,
    /// How many bytes it may have; below a few hundred nothing but that is said.
    pub limit: usize,
}

/// Writes runs as one document.
#[must_use]
pub fn render(reports: &[&Report], options: Options) -> String {
    let mut page = Page { text: String::new(), lang: options.lang, limit: options.limit, left_out: 0 };
    for report in reports {
        page.run(report);
    }
    page.finish()
}

/// The longest sentence of a cell.
const WORDS: usize = 600;

/// The longest name.
const NAME: usize = 200;

/// How many rows are shown of a rule.
const ROWS: usize = 3;

/// What is kept free for the end of a table and of the document.
const RESERVE: usize = 300;

struct Page {
    text: String,
    lang: Lang,
    limit: usize,
    left_out: u64,
}

impl Page {
    fn run(&mut self, report: &Report) {
        let lang = self.lang;
        let reading = Reading::of(report);
        if !self.add(&self.head(report, &reading)) {
            return;
        }
        let words = [("rule", "regla"), ("what was found", "qué se halló"), ("where", "dónde")];
        let mut attention: Vec<String> = reading.failed.iter().map(|rule| self.finding(rule)).collect();
        attention.extend(reading.errors.iter().map(|cause| self.cause(cause)));
        attention.extend(reading.warned.iter().map(|rule| self.finding(rule)));
        if !attention.is_empty() {
            self.table(&[("", ""), words[0], words[1], words[2]], attention);
        }
        let datasets = report.datasets.iter().map(|dataset| self.dataset(dataset, report)).collect();
        let title = format!(
            "{} {}",
            report.datasets.len(),
            lang.plural(
                report.datasets.len() as u64,
                ("dataset", "conjunto de datos"),
                ("datasets", "conjuntos de datos"),
            )
        );
        self.folded(&title, &[("", ""), ("dataset", "datos"), ("rows", "filas"), ("source", "origen")], datasets);
        let skipped = reading.skipped.iter().map(|omission| self.omission(omission)).collect();
        let title = self.counted(State::Skipped, &reading);
        self.folded(&title, &[words[0], ("reason", "motivo")], skipped);
        let passed = reading
            .passed
            .iter()
            .map(|rule| format!("{} | {}", code(&rule.id, NAME), sentence(rule.sentence.get(lang), WORDS)));
        let title = self.counted(State::Passed, &reading);
        self.folded(&title, &[words[0], ("expectation", "expectativa")], passed.collect());
    }

    /// The verdict and the totals.
    fn head(&self, report: &Report, reading: &Reading<'_>) -> String {
        let (lang, run, verdict) = (self.lang, &report.run, &report.verdict);
        let state = State::of_run(verdict.status);
        let title = run.title.as_deref().filter(|title| *title != run.suite);
        let title = title.map(|title| format!(" · {}", sentence(title, NAME))).unwrap_or_default();
        let mut totals: Vec<String> = State::ALL
            .into_iter()
            .filter(|state| reading.count(*state) > 0)
            .map(|state| self.counted(state, reading))
            .collect();
        let rows = report.counts.rows_read;
        let read = lang.plural(rows, ("row read", "fila leída"), ("rows read", "filas leídas"));
        totals.push(format!("{} {read}", lang.count(rows)));
        totals.push(lang.duration(run.duration_ms));
        let as_of = sentence(&moment::say(&run.as_of, &run.timezone), NAME);
        totals.push(format!("{} {as_of}", lang.pick("as of", "a fecha de")));
        totals.push(format!("{} {}", lang.pick("exit code", "código"), verdict.exit_code));
        if verdict.retryable {
            totals.push(lang.pick("a retry may help", "reintentar puede servir").to_owned());
        }
        format!(
            "## {} {}{title}\n\n**{}**: {}\n\n{}\n\n",
            state.icon(),
            code(&run.suite, NAME),
            run_word(verdict.status, lang),
            sentence(verdict.reason.get(lang), WORDS),
            totals.join(" · "),
        )
    }

    /// A rule that does not hold.
    fn finding(&self, rule: &Outcome) -> String {
        let lang = self.lang;
        let state = State::of(rule);
        let level = rule.level.as_deref().map(|level| format!("<br>{}", sentence(level, NAME))).unwrap_or_default();
        let mut found = vec![
            sentence(rule.sentence.get(lang), WORDS),
            format!("**{}**", sentence(&phrase::found(rule, lang), WORDS)),
        ];
        found.extend(
            phrase::muted(rule, lang)
                .map(|muted| format!("{} {}", lang.pick("muted", "silenciada"), sentence(&muted, WORDS))),
        );
        let rows = rule.samples.iter().take(ROWS);
        let shown = rows.len();
        found.extend(rows.map(|sample| code(&phrase::row(sample).join("  "), WORDS)));
        if let Some(rest) = unseen(rule, shown).filter(|&rest| rest > 0 && shown > 0) {
            let (and, more) = (lang.pick("and", "y"), lang.pick("more", "más"));
            found.push(format!("… {and} {} {more}", lang.count(rest)));
        }
        let place = code(&phrase::place_of_rule(rule), NAME);
        format!(
            "{} {} | {}{level} | {} | {place}",
            state.icon(),
            state.word(lang),
            code(&rule.id, NAME),
            found.join("<br>")
        )
    }

    /// Rules that could not be evaluated, for one cause.
    fn cause(&self, cause: &Cause<'_>) -> String {
        let lang = self.lang;
        let fault = cause.fault.map(|fault| {
            // What happened is said in English alone.
            let means = fault.sentence().filter(|_| lang == Lang::Es).map(|means| means.es + " ").unwrap_or_default();
            format!("{means}{} ({})", sentence(&fault.message, WORDS), code(&fault.code, NAME))
        });
        let fault = fault.unwrap_or_else(|| lang.pick("no cause is given", "sin causa indicada").to_owned());
        let place = cause.rules.first().map(|rule| code(&phrase::place_of_rule(rule), NAME)).unwrap_or_default();
        format!(
            "{} {} | {} | {fault} | {place}",
            State::Error.icon(),
            State::Error.word(lang),
            self.names(&cause.rules)
        )
    }

    fn dataset(&self, dataset: &Dataset, report: &Report) -> String {
        let lang = self.lang;
        let state = State::of_dataset(dataset, &report.results);
        let rows = match dataset.rows {
            Some(rows) => lang.count(rows),
            None => lang.pick("not read", "sin leer").to_owned(),
        };
        format!(
            "{} {} | {} | {rows} | {}",
            state.icon(),
            state.word(lang),
            code(&dataset.name, NAME),
            sentence(&phrase::about(dataset, lang), WORDS)
        )
    }

    fn omission(&self, omission: &Omission<'_>) -> String {
        let none = self.lang.pick("no reason is given", "sin motivo indicado");
        format!("{} | {}", self.names(&omission.rules), sentence(omission.reason.unwrap_or(none), WORDS))
    }

    fn names(&self, rules: &[&Outcome]) -> String {
        const NAMED: usize = 8;
        let mut names: Vec<String> = rules.iter().take(NAMED).map(|rule| code(&rule.id, NAME)).collect();
        if let Some(rest) = rules.len().checked_sub(NAMED).filter(|&rest| rest > 0) {
            names.push(format!("… {} {}", self.lang.count(rest as u64), self.lang.pick("more", "más")));
        }
        names.join("<br>")
    }

    fn counted(&self, state: State, reading: &Reading<'_>) -> String {
        let count = reading.count(state);
        format!("{} {}", self.lang.count(count), state.plural(count, self.lang))
    }

    fn table(&mut self, columns: &[(&str, &str)], rows: Vec<String>) {
        let heads: Vec<&str> = columns.iter().map(|(en, es)| self.lang.pick(*en, *es)).collect();
        let head = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(columns.len()));
        if self.left_out > 0 || !self.fits(&head) {
            self.left_out += rows.len() as u64;
            return;
        }
        self.text += &head;
        for row in rows {
            self.add(&format!("| {row} |\n"));
        }
        self.text.push('\n');
    }

    /// A table that opens when it is clicked on.
    fn folded(&mut self, title: &str, columns: &[(&str, &str)], rows: Vec<String>) {
        let head = format!("<details><summary>{title}</summary>\n\n");
        if rows.is_empty() {
            return;
        }
        if self.left_out > 0 || !self.fits(&head) {
            self.left_out += rows.len() as u64;
            return;
        }
        self.text += &head;
        self.table(columns, rows);
        self.text += "</details>\n\n";
    }

    fn fits(&self, piece: &str) -> bool {
        self.text.len() + piece.len() + RESERVE <= self.limit
    }

    /// Adds what may be left out, once nothing was left out before.
    fn add(&mut self, piece: &str) -> bool {
        let fits = self.left_out == 0 && self.fits(piece);
        if fits {
            self.text += piece;
        } else {
            self.left_out += 1;
        }
        fits
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            let rest = self.lang.count(self.left_out);
            let said = self.lang.pick(
                "more rows do not fit here; the report has them all",
                "filas más no caben aquí; el informe las tiene todas",
            );
            self.text += &format!("… {rest} {said}.\n");
        }
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    const WHOLE: usize = usize::MAX;

    #[test]
    fn it_reads_in_english() {
        insta::assert_snapshot!(render(&[&sample::report()], Options { lang: Lang::En, limit: WHOLE }));
    }

    #[test]
    fn it_reads_in_spanish() {
        insta::assert_snapshot!(render(&[&sample::report()], Options { lang: Lang::Es, limit: WHOLE }));
    }

    #[test]
    fn it_stays_within_its_limit_and_says_what_is_missing() {
        let mut report = sample::report();
        report.results = report.results.iter().cycle().take(2_000).cloned().collect();
        let reports = [&report, &report];
        let whole = render(&reports, Options { lang: Lang::En, limit: WHOLE });
        for limit in [1_000, 2_000, 10_000, 100_000] {
            let text = render(&reports, Options { lang: Lang::En, limit });
            assert!(text.len() <= limit && text.len() + 3_000 > limit, "{limit}: {}", text.len());
            assert!(text.contains("more rows do not fit here"), "{text}");
            assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        }
        assert!(!whole.contains("do not fit"));
    }
}
