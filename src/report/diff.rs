//! What differs between two runs, for a terminal: what got worse first.

use anstyle::{AnsiColor, Style};

use super::lines::Lines;
use super::{moment, value};
use crate::diff::{ColumnChange, DatasetChange, Diff, Part, RuleChange, RuleSide, Side, Transition};
use crate::lang::Lang;
use crate::report::reading::{rule_word, run_word};

/// How a comparison is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The language.
    pub lang: Lang,
    /// Whether to use colours.
    pub color: bool,
    /// The width of the terminal, in characters.
    pub width: usize,
}

/// Renders a comparison.
#[must_use]
pub fn render(diff: &Diff, options: Options) -> String {
    let mut text = Text { lang: options.lang, lines: Lines::new(options.color, options.width) };
    text.heading(diff);
    for transition in TOLD {
        text.rules(diff, transition);
    }
    text.changed(diff);
    text.redefined(diff);
    text.lines.gap();
    diff.datasets.iter().for_each(|dataset| text.dataset(dataset));
    text.lines.gap();
    text.totals(diff);
    text.lines.finish()
}

/// What is listed rule by rule, the worst first.
const TOLD: [Transition; 10] = [
    Transition::NewlyFailing,
    Transition::NewlyInError,
    Transition::StillFailing,
    Transition::StillInError,
    Transition::NowSkipped,
    Transition::Fixed,
    Transition::EvaluatedAgain,
    Transition::NowAccepted,
    Transition::New,
    Transition::Removed,
];

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

struct Text {
    lang: Lang,
    lines: Lines,
}

impl Text {
    fn heading(&mut self, diff: &Diff) {
        let (before, after) = (&diff.before, &diff.after);
        let name = if before.suite == after.suite {
            value::line(&after.suite).into_owned()
        } else {
            format!("{} → {}", value::line(&before.suite), value::line(&after.suite))
        };
        let name = match &after.title {
            Some(title) => format!("{name} · {}", value::line(title)),
            None => name,
        };
        let heading = self.lines.paint(BOLD, &name);
        self.lines.put(&heading);
        for (word, side) in [(self.lang.pick("before", "antes"), before), (self.lang.pick("after", "después"), after)]
        {
            self.side(word, side);
        }
        if before.suite != after.suite {
            let words = "These are runs of two suites; rules are compared by their ids.";
            let es = "Son ejecuciones de dos suites; las reglas se comparan por su id.";
            self.lines.put(self.lang.pick(words, es));
        } else if !diff.same_suite_file {
            let es = "El archivo de la suite no es el mismo.";
            self.lines.put(self.lang.pick("The suite file is not the same.", es));
        }
        if diff.is_empty() {
            self.lines.gap();
            self.lines.put(self.lang.pick("Both found the same.", "Ambas hallaron lo mismo."));
        }
    }

    fn side(&mut self, word: &str, side: &Side) {
        let lead = format!("  {word:<8}");
        let place = [side.branch.clone(), side.commit.as_ref().map(|commit| commit.chars().take(7).collect())];
        let place: Vec<String> = place.into_iter().flatten().map(|text| value::line(&text).into_owned()).collect();
        let words = [
            value::line(&moment::say(&side.started_at, "UTC")).into_owned(),
            place.join("@"),
            format!("{}: {}", run_word(side.status, self.lang), value::line(side.reason.get(self.lang))),
        ];
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        self.lines.hang(&lead, lead.chars().count(), &words.join("  "));
    }

    fn rules(&mut self, diff: &Diff, transition: Transition) {
        let count = diff.count(transition);
        if count == 0 {
            return;
        }
        self.title(transition_word(transition, self.lang), count, color(transition));
        for change in diff.rules(transition) {
            self.rule(change);
        }
    }

    fn title(&mut self, words: &str, count: u64, color: AnsiColor) {
        self.lines.gap();
        let line = self.lines.paint(color.on_default().bold(), &format!("{words} ({})", self.lang.count(count)));
        self.lines.put(&line);
    }

    fn rule(&mut self, change: &RuleChange) {
        let side = change.after.as_ref().or(change.before.as_ref());
        let numbers = self.numbers(change);
        let id = value::line(&change.id);
        let says_more = |side: &&RuleSide| side.status != crate::outcome::Status::Passed || side.known.unwrap_or(0) > 0;
        let told = side.filter(says_more);
        let state = match change.transition {
            Transition::New | Transition::Removed => side.map(|side| rule_word(side.status, self.lang)),
            _ => None,
        };
        let words: Vec<String> = [state.map(str::to_owned), numbers].into_iter().flatten().collect();
        let words = if words.is_empty() { String::new() } else { format!("  {}", words.join("  ")) };
        self.lines.hang("  ", 2, &format!("{id}{words}"));
        if let Some(side) = told.filter(|_| change.transition != Transition::Removed) {
            let message = value::cut(&value::line(side.message.get(self.lang)), 300);
            let message = self.lines.paint(DIM, &message);
            self.lines.hang("    ", 4, &message);
        }
    }

    /// `3 → 12 of 5,500 (+9)`, or the numbers found where no rows are counted.
    fn numbers(&self, change: &RuleChange) -> Option<String> {
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        let violations = |side: Option<&RuleSide>| side.and_then(|side| side.violations);
        match (violations(before), violations(after), change.violations_delta) {
            (Some(old), Some(new), Some(delta)) => {
                let of = self.lang.pick("rows break it", "filas la incumplen");
                Some(match delta {
                    0 => format!("{} {of}", self.lang.count(new)),
                    _ => format!("{} → {} {of} ({})", self.lang.count(old), self.lang.count(new), self.signed(delta)),
                })
            }
            _ => {
                let found = |side: Option<&RuleSide>| {
                    let observed = side?.observed.as_ref().filter(|value| !value.is_null())?;
                    Some(self.lang.decimal(&value::show(observed, 40)))
                };
                match (found(before), found(after)) {
                    (Some(old), Some(new)) if old != new => Some(format!("{old} → {new}")),
                    (_, Some(new)) => Some(new),
                    _ => None,
                }
            }
        }
    }

    /// Rules that hold in both with other numbers.
    fn changed(&mut self, diff: &Diff) {
        let is_other = |change: &&RuleChange| match (&change.before, &change.after) {
            (Some(before), Some(after)) => before.violations != after.violations || before.observed != after.observed,
            _ => false,
        };
        let both = diff.rules(Transition::StillPassing).chain(diff.rules(Transition::StillAccepted));
        let changed: Vec<&RuleChange> = both.filter(is_other).collect();
        if !changed.is_empty() {
            let words = self.lang.pick("holds, with another number", "se cumple, con otro número");
            self.title(words, changed.len() as u64, AnsiColor::Cyan);
            changed.into_iter().for_each(|change| self.rule(change));
        }
    }

    fn redefined(&mut self, diff: &Diff) {
        let redefined: Vec<&RuleChange> =
            diff.rules.iter().filter(|change| !change.definition_changed.is_empty()).collect();
        if redefined.is_empty() {
            return;
        }
        let words = self.lang.pick("definition changed", "definición cambiada");
        self.title(words, redefined.len() as u64, AnsiColor::Cyan);
        for change in redefined {
            let parts: Vec<String> =
                change.definition_changed.iter().map(|part| part_word(*part, self.lang).to_owned()).collect();
            self.lines.hang("  ", 2, &format!("{}  {}", value::line(&change.id), self.lang.list(&parts)));
        }
    }

    fn dataset(&mut self, change: &DatasetChange) {
        let name = value::line(&change.name);
        let rows = |side: Option<&crate::diff::DatasetSide>| side.and_then(|side| side.rows);
        let (before, after) = (rows(change.before.as_ref()), rows(change.after.as_ref()));
        let count = |rows: Option<u64>| rows.map_or_else(|| "?".to_owned(), |rows| self.lang.count(rows));
        let word = self.lang.pick("rows", "filas");
        let words = match (&change.before, &change.after) {
            (None, _) => format!("{} {word}  {}", count(after), self.lang.pick("new dataset", "conjunto nuevo")),
            (_, None) => self.lang.pick("no longer in the suite", "ya no está en la suite").to_owned(),
            _ => match change.rows_delta {
                Some(0) => format!("{} {word}", count(after)),
                Some(delta) => format!("{} → {} {word} ({})", count(before), count(after), self.signed(delta)),
                None => format!("{} → {} {word}", count(before), count(after)),
            },
        };
        let lead = self.lines.paint(BOLD, &name);
        self.lines.hang(&format!("{lead}  "), name.chars().count() + 2, &words);
        for column in &change.columns {
            let said = self.column(column);
            self.lines.hang("    ", 4, &said);
        }
        if change.reordered {
            self.lines.put(self.lang.pick("    columns in another order", "    columnas en otro orden"));
        }
        for nulls in &change.nulls {
            let delta = i64::try_from(i128::from(nulls.after) - i128::from(nulls.before)).unwrap_or(i64::MAX);
            let said = format!(
                "{} {}: {} → {} ({})",
                self.lang.pick("nulls of", "nulos de"),
                value::line(&nulls.column),
                self.lang.count(nulls.before),
                self.lang.count(nulls.after),
                self.signed(delta)
            );
            self.lines.hang("    ", 4, &said);
        }
    }

    fn column(&self, change: &ColumnChange) -> String {
        let typed = |column: &str, kind: &Option<String>| match kind {
            Some(kind) => format!("{} ({})", value::line(column), value::line(kind)),
            None => value::line(column).into_owned(),
        };
        match change {
            ColumnChange::Added { column, kind } => {
                format!("+ {} {}", self.lang.pick("column", "columna"), typed(column, kind))
            }
            ColumnChange::Removed { column, kind } => {
                format!("- {} {}", self.lang.pick("column", "columna"), typed(column, kind))
            }
            ColumnChange::Retyped { column, before, after } => format!(
                "~ {} {}: {} → {}",
                self.lang.pick("column", "columna"),
                value::line(column),
                value::line(before),
                value::line(after)
            ),
        }
    }

    fn totals(&mut self, diff: &Diff) {
        let (before, after) = (&diff.before, &diff.after);
        let took = self.lang.pick("took", "duró");
        let times = format!("{} → {}", self.lang.duration(before.duration_ms), self.lang.duration(after.duration_ms));
        self.lines.put(&format!("{took} {times}"));
        let quiet = [
            (Transition::StillPassing, self.lang.pick("hold in both", "se cumplen en ambas")),
            (Transition::StillAccepted, self.lang.pick("in the baseline in both", "en la línea base en ambas")),
            (Transition::StillSkipped, self.lang.pick("skipped in both", "omitidas en ambas")),
            (Transition::LeftOut, self.lang.pick("not asked for in one of them", "no pedidas en una de ellas")),
        ];
        let quiet: Vec<String> = quiet
            .into_iter()
            .filter(|(transition, _)| diff.count(*transition) > 0)
            .map(|(transition, words)| format!("{} {words}", self.lang.count(diff.count(transition))))
            .collect();
        if !quiet.is_empty() {
            self.lines.put(&format!("{}: {}", self.lang.pick("other rules", "otras reglas"), quiet.join(", ")));
        }
    }

    fn signed(&self, delta: i64) -> String {
        format!("{}{}", if delta < 0 { "-" } else { "+" }, self.lang.count(delta.unsigned_abs()))
    }
}

/// What became of a rule, in words with their mark.
#[must_use]
pub fn transition_word(transition: Transition, lang: Lang) -> &'static str {
    match transition {
        Transition::NewlyFailing => lang.pick("✗ newly failing", "✗ empieza a fallar"),
        Transition::NewlyInError => lang.pick("! newly in error", "! empieza a dar error"),
        Transition::StillFailing => lang.pick("✗ still failing", "✗ sigue fallando"),
        Transition::StillInError => lang.pick("! still in error", "! sigue dando error"),
        Transition::NowSkipped => lang.pick("– now skipped", "– ahora omitida"),
        Transition::Fixed => lang.pick("✓ fixed", "✓ corregida"),
        Transition::EvaluatedAgain => lang.pick("✓ evaluated again, and holds", "✓ se evalúa de nuevo y se cumple"),
        Transition::NowAccepted => lang.pick(
            "≈ now in the baseline: no violations but known ones",
            "≈ ahora en la línea base: solo incumplimientos conocidos",
        ),
        Transition::StillAccepted => lang.pick("≈ still in the baseline", "≈ sigue en la línea base"),
        Transition::New => lang.pick("+ new rule", "+ regla nueva"),
        Transition::Removed => lang.pick("- removed rule", "- regla quitada"),
        Transition::LeftOut => lang.pick("not asked for in one of them", "no pedida en una de ellas"),
        Transition::StillPassing => lang.pick("holds in both", "se cumple en ambas"),
        Transition::StillSkipped => lang.pick("skipped in both", "omitida en ambas"),
    }
}

fn color(transition: Transition) -> AnsiColor {
    match transition {
        Transition::NewlyFailing | Transition::StillFailing => AnsiColor::Red,
        Transition::NewlyInError | Transition::StillInError => AnsiColor::Magenta,
        Transition::Fixed | Transition::EvaluatedAgain => AnsiColor::Green,
        _ => AnsiColor::Cyan,
    }
}

fn part_word(part: Part, lang: Lang) -> &'static str {
    match part {
        Part::Expectation => lang.pick("expectation", "expectativa"),
        Part::Dataset => lang.pick("dataset", "conjunto de datos"),
        Part::Columns => lang.pick("columns", "columnas"),
        Part::Params => lang.pick("parameters", "parámetros"),
        Part::Where => lang.pick("where", "condición"),
        Part::Threshold => lang.pick("threshold", "umbral"),
        Part::Severity => lang.pick("severity", "gravedad"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Report, RunStatus, Status};
    use crate::report::sample;

    /// The sample run, and one before it in which some things were otherwise.
    fn pair() -> (Report, Report) {
        let mut after = sample::report();
        after.run.selection = None;
        let mut before = after.clone();
        before.run.started_at = "2026-11-20T10:15:03.250Z".to_owned();
        before.run.suite_sha256 = "another".to_owned();
        before.run.duration_ms = 1_250;
        before.verdict.status = RunStatus::Passed;
        for (at, outcome) in before.results.iter_mut().enumerate() {
            match at % 5 {
                _ if outcome.id == "ventas.producto_id.foreign_key" => {
                    outcome.status = Status::Passed;
                    outcome.violations = Some(0);
                }
                1 => {
                    outcome.status = Status::Failed;
                    outcome.violations = outcome.violations.map(|count| count + 1_204);
                }
                2 => outcome.severity = "info".to_owned(),
                3 => outcome.id += "_old",
                _ => {}
            }
        }
        for dataset in &mut before.datasets {
            dataset.rows = dataset.rows.map(|rows| rows.saturating_sub(30));
            if let Some(column) = dataset.columns.first_mut() {
                column.kind = Some("json".to_owned());
                column.nulls = Some(7);
            }
        }
        (before, after)
    }

    fn text(lang: Lang) -> String {
        let (before, after) = pair();
        render(&crate::diff::of(&before, &after), Options { lang, color: false, width: 100 })
    }

    #[test]
    fn it_reads_in_english() {
        insta::assert_snapshot!(text(Lang::En));
    }

    #[test]
    fn it_reads_in_spanish() {
        insta::assert_snapshot!(text(Lang::Es));
    }

    #[test]
    fn nothing_in_a_record_does_harm() {
        for hostile in sample::hostile() {
            let (before, after) = (sample::all_text_is(&hostile), sample::report());
            for diff in [crate::diff::of(&before, &after), crate::diff::of(&after, &before)] {
                let text = render(&diff, Options { lang: Lang::En, color: false, width: 100 });
                assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("##vso["), "{text}");
                assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
            }
        }
    }

    #[test]
    fn two_runs_that_found_the_same_say_so() {
        let report = sample::report();
        let diff = crate::diff::of(&report, &report);
        assert!(render(&diff, Options { lang: Lang::En, color: false, width: 100 }).contains("Both found the same."));
    }
}
