//! A draft as the text of a suite, and which rule stands where in it.
//!
//! Short columns are one line, long ones a block. What was seen and what is not asserted stands in comments.

use std::ops::Range;

use crate::init::draft::{Column, Dataset, Draft, Rule};
use crate::init::probe::{self, list};
use crate::lang::Lang;
use crate::suite::quote::{remark, scalar, value};

/// The text of a suite.
pub(super) struct Written {
    pub(super) text: String,
    /// The bytes of everything that may have to go, what holds others before what it holds.
    pub(super) places: Vec<(Range<usize>, Place)>,
}

/// What stands somewhere, by its places in the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A column.
    Column(usize, usize),
    /// A rule of a column.
    OfColumn(usize, usize, usize),
    /// A rule of a dataset.
    OfTable(usize, usize),
}

/// How long a line may be.
const WIDTH: usize = 110;

/// Writes a draft.
pub(super) fn write(draft: &Draft, lang: Lang) -> Written {
    let mut writer = Writer { text: String::new(), places: Vec::new(), lang };
    writer.suite(draft);
    Written { text: writer.text, places: writer.places }
}

struct Writer {
    text: String,
    places: Vec<(Range<usize>, Place)>,
    lang: Lang,
}

impl Writer {
    fn suite(&mut self, draft: &Draft) {
        let lines: [&str; 4] = self.lang.pick(
            [
                "Written by `tamiz init`: a first proposal, to be read, changed and kept.",
                "Every rule held on the data it was made from; bounds are wider than what was seen.",
                "What was seen stands in comments; \"not asserted\" says what was left out, and why.",
                "`tamiz check` evaluates it; `tamiz explain NAME` tells what a rule means.",
            ],
            [
                "Escrito por `tamiz init`: una primera propuesta, para leerla, cambiarla y guardarla.",
                "Cada regla se cumplía en los datos de los que salió; los límites son más amplios que lo visto.",
                "Lo visto está en comentarios; «sin comprobar» dice qué quedó fuera y por qué.",
                "`tamiz check` la evalúa; `tamiz explain NOMBRE` dice qué significa una regla.",
            ],
        );
        for line in lines {
            self.remark(0, line);
        }
        self.text.push_str(&format!("tamiz: 1\nsuite: {}\n\ndatasets:\n", scalar(&draft.name)));
        for (index, dataset) in draft.datasets.iter().enumerate() {
            if index > 0 {
                self.text.push('\n');
            }
            self.dataset(index, dataset);
        }
    }

    fn dataset(&mut self, place: usize, dataset: &Dataset) {
        self.remark(2, &dataset.facts);
        self.line(2, &format!("{}:", scalar(&dataset.name)));
        self.line(4, &format!("source: {}", value(&dataset.source)));
        if let Some(format) = probe::format(dataset.comma, &dataset.null_values) {
            self.line(4, &format!("format: {format}"));
        }
        if !dataset.key.is_empty() {
            self.line(4, &format!("key: {}", list(&dataset.key)));
        }
        if dataset.may_be_empty {
            self.line(4, "may_be_empty: true");
        }
        if dataset.columns.iter().any(|column| column.left_out.is_none()) {
            self.line(4, "columns:");
        }
        for (index, column) in dataset.columns.iter().enumerate() {
            match &column.left_out {
                Some(why) => {
                    let what = self.lang.pick("not declared", "sin declarar");
                    self.remark(6, &format!("{what}: {} ({why})", scalar(&column.name)));
                }
                None => self.column(place, index, column),
            }
        }
        if !dataset.rules.is_empty() {
            self.line(4, "expect:");
        }
        for (index, rule) in dataset.rules.iter().enumerate() {
            self.text.push_str("      - ");
            self.rule(rule, Place::OfTable(place, index));
            self.text.push('\n');
        }
        for said in &dataset.remarks {
            self.remark(4, said);
        }
    }

    fn column(&mut self, dataset: usize, place: usize, column: &Column) {
        let start = self.text.len();
        let own = self.places.len();
        self.places.push((start..start, Place::Column(dataset, place)));
        let facts = if column.facts.is_empty() { String::new() } else { format!("  # {}", remark(&column.facts)) };
        let rules: usize = column.rules.iter().map(|rule| rule.text.chars().count() + 2).sum();
        let (key, described) = (scalar(&column.name), description(column));
        let around = 6 + key.chars().count() + described.chars().count() + 14;
        let short = around + rules + facts.chars().count() <= WIDTH;
        if described.is_empty() && column.rules.is_empty() {
            self.line(6, &format!("{key}:{facts}"));
        } else if short && column.remarks.is_empty() {
            self.text.push_str(&format!("      {key}: {{{described}"));
            if !column.rules.is_empty() {
                self.text.push_str(if described.is_empty() { "expect: " } else { ", expect: " });
                self.list(dataset, place, &column.rules);
            }
            self.text.push_str(&format!("}}{facts}\n"));
        } else {
            self.line(6, &format!("{key}:{facts}"));
            self.block(dataset, place, column);
        }
        for said in &column.remarks {
            self.remark(8, said);
        }
        self.places[own].0.end = self.text.len();
    }

    fn block(&mut self, dataset: usize, place: usize, column: &Column) {
        for line in described(column) {
            self.line(8, &line);
        }
        let rules: usize = column.rules.iter().map(|rule| rule.text.chars().count() + 2).sum();
        if column.rules.is_empty() {
        } else if rules + 18 <= WIDTH {
            self.text.push_str("        expect: ");
            self.list(dataset, place, &column.rules);
            self.text.push('\n');
        } else {
            self.line(8, "expect:");
            for (index, rule) in column.rules.iter().enumerate() {
                self.text.push_str("          - ");
                self.rule(rule, Place::OfColumn(dataset, place, index));
                self.text.push('\n');
            }
        }
    }

    fn list(&mut self, dataset: usize, place: usize, rules: &[Rule]) {
        self.text.push('[');
        for (index, rule) in rules.iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.rule(rule, Place::OfColumn(dataset, place, index));
        }
        self.text.push(']');
    }

    fn rule(&mut self, rule: &Rule, place: Place) {
        let start = self.text.len();
        let line = self.text.rfind('\n').map_or(0, |newline| newline + 1);
        let before = self.text[line..].chars().count();
        self.text.push_str(&wrapped(&rule.text, before));
        self.places.push((start..self.text.len(), place));
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&format!("{:indent$}{text}\n", ""));
    }

    /// A comment, on as many lines as it needs.
    fn remark(&mut self, indent: usize, text: &str) {
        let mut line = String::new();
        for word in remark(text).split(' ') {
            if !line.is_empty() && indent + line.chars().count() + word.chars().count() + 3 > WIDTH {
                self.text.push_str(&format!("{:indent$}#{line}\n", ""));
                // What goes on is set in, so that the next remark is told from it.
                line = String::from("  ");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.text.push_str(&format!("{:indent$}#{line}\n", ""));
    }
}

/// A rule on as many lines as it needs, broken after commas that are not part of a value.
fn wrapped(text: &str, before: usize) -> String {
    let mut lines = String::new();
    let (mut piece, mut width, mut quote, mut escape) = (String::new(), before, None, false);
    for c in text.chars() {
        match quote {
            Some(_) if escape => {}
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        escape = quote == Some('"') && c == '\\' && !escape;
        piece.push(c);
        if piece.ends_with(", ") && quote.is_none() {
            put(&mut lines, &mut width, &piece);
            piece.clear();
        }
    }
    put(&mut lines, &mut width, &piece);
    lines
}

fn put(lines: &mut String, width: &mut usize, piece: &str) {
    const INDENT: usize = 16;
    let length = piece.trim_end().chars().count();
    if *width + length > WIDTH && *width > INDENT {
        lines.truncate(lines.trim_end().len());
        lines.push_str(&format!("\n{:INDENT$}", ""));
        *width = INDENT;
    }
    lines.push_str(piece);
    *width += piece.chars().count();
}

/// The type of a column, and how its dates read, in a map of one line.
fn description(column: &Column) -> String {
    described(column).collect::<Vec<_>>().join(", ")
}

/// The keys that say what a column is.
fn described(column: &Column) -> impl Iterator<Item = String> {
    let pii = column.pii.then(|| "pii: true".to_owned());
    kind(column).into_iter().chain(parse(column)).chain(pii)
}

fn kind(column: &Column) -> Option<String> {
    let kind = column.kind?;
    Some(match column.allow {
        Some(share) => format!("type: {{is: {kind}, allow: {share}}}"),
        None => format!("type: {kind}"),
    })
}

fn parse(column: &Column) -> Option<String> {
    match column.parse.as_slice() {
        [] => None,
        [one] => Some(format!("parse: {}", value(one))),
        several => Some(format!("parse: {}", list(several))),
    }
}

impl Written {
    /// What stands at a byte: the innermost.
    pub(super) fn at(&self, byte: usize) -> Option<Place> {
        self.places.iter().rev().find(|(range, _)| range.contains(&byte)).map(|(_, place)| *place)
    }
}
