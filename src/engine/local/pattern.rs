//! Patterns that texts are held to.
//!
//! A pattern that is a line of character classes, each so and so often, as those of codes, numbers and names are, is walked
//! along the bytes of a text with a table for each class. All others, and texts beyond ASCII where a class asks for more than
//! that, are left to the regular expression. Both say the same of every text.

use std::ops::RangeInclusive;

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::ir;

/// A pattern made ready.
pub(super) struct Pattern {
    line: Option<Line>,
    /// Once for every thread: threads that share one wait for its scratch space.
    regexes: Vec<regex::Regex>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Why it is none, or is too large.
    pub(super) fn new(pattern: &ir::Regex) -> Result<Self, String> {
        let written = pattern.compiled_text();
        let compiled = regex::RegexBuilder::new(&written).size_limit(50 << 20).build();
        let compiled = compiled.map_err(|error| error.to_string())?;
        let line = regex_syntax::parse(&written).ok().and_then(|hir| Line::of(&hir));
        Ok(Self { line, regexes: vec![compiled; rayon::current_num_threads() + 1] })
    }

    /// The pattern as the thread that asks is to use it.
    pub(super) fn here(&self) -> Option<Here<'_>> {
        // The last is for threads outside the pool.
        let own = rayon::current_thread_index().and_then(|thread| self.regexes.get(thread));
        own.or(self.regexes.last()).map(|regex| Here { line: self.line.as_ref(), regex })
    }
}

/// A pattern in the hands of one thread.
#[derive(Clone, Copy)]
pub(super) struct Here<'p> {
    line: Option<&'p Line>,
    regex: &'p regex::Regex,
}

impl Here<'_> {
    /// Whether a text fits.
    pub(super) fn is_match(self, text: &str) -> bool {
        match self.line {
            Some(line) if !line.ascii || text.is_ascii() => line.is_match(text.as_bytes()),
            _ => self.regex.is_match(text),
        }
    }
}

/// A pattern that begins at the start of a text and has one way to be walked.
struct Line {
    steps: Vec<Step>,
    /// Whether the text must end where the steps do.
    ends: bool,
    /// Whether only texts of ASCII are told.
    ascii: bool,
}

/// Bytes of one class, so many of them.
#[derive(Clone)]
struct Step {
    class: Box<[bool; 256]>,
    least: usize,
    most: usize,
}

/// How many steps a line may have; a longer one is left to the regular expression.
const LONGEST: usize = 64;

impl Line {
    fn of(hir: &Hir) -> Option<Self> {
        let mut parts = match hir.kind() {
            HirKind::Concat(parts) => parts.iter().collect(),
            _ => vec![hir],
        };
        if !matches!(parts.first()?.kind(), HirKind::Look(Look::Start)) {
            return None;
        }
        parts.remove(0);
        let ends = parts.last().is_some_and(|last| matches!(last.kind(), HirKind::Look(Look::End)));
        if ends {
            parts.pop();
        }
        let mut line = Self { steps: Vec::new(), ends, ascii: false };
        parts.into_iter().try_for_each(|part| line.add(part))?;
        line.has_one_way().then_some(line)
    }

    /// Adds what one part of a pattern asks for; none if steps cannot say it.
    fn add(&mut self, part: &Hir) -> Option<()> {
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                let steps = literal.0.iter().map(|byte| Step::of([*byte..=*byte], 1, 1));
                self.steps.extend(steps.take(LONGEST + 1));
            }
            HirKind::Class(class) => {
                let class = self.class(class)?;
                self.steps.push(Step { class, least: 1, most: 1 });
            }
            HirKind::Capture(capture) => self.add(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part))?,
            HirKind::Repetition(repetition) => self.repeat(repetition)?,
            HirKind::Look(_) | HirKind::Alternation(_) => return None,
        }
        (self.steps.len() <= LONGEST).then_some(())
    }

    fn repeat(&mut self, Repetition { min, max, sub, .. }: &Repetition) -> Option<()> {
        let before = self.steps.len();
        self.add(sub)?;
        let (least, most) = (usize::try_from(*min).ok()?, max.map_or(Some(usize::MAX), |max| max.try_into().ok())?);
        match &mut self.steps[before..] {
            [] => {}
            [Step { least: 1, most: 1, .. }] => {
                let step = self.steps.last_mut()?;
                (step.least, step.most) = (least, most);
            }
            group if least == most && group.len().saturating_mul(least) <= LONGEST => {
                let group = group.to_vec();
                self.steps.truncate(before);
                (0..least).for_each(|_| self.steps.extend_from_slice(&group));
            }
            _ => return None,
        }
        Some(())
    }

    fn class(&mut self, class: &Class) -> Option<Box<[bool; 256]>> {
        let Class::Unicode(class) = class else { return None };
        self.ascii |= class.ranges().iter().any(|range| !range.end().is_ascii());
        let byte = |end: char| u8::try_from(end).unwrap_or(u8::MAX).min(0x7f);
        let ranges = class.ranges().iter().filter(|range| range.start().is_ascii());
        Some(Step::of(ranges.map(|range| byte(range.start())..=byte(range.end())), 1, 1).class)
    }

    /// Whether a step that takes all it can never takes what a later one needs.
    fn has_one_way(&self) -> bool {
        self.steps.iter().enumerate().filter(|(_, step)| step.least < step.most).all(|(place, step)| {
            let later = &self.steps[place + 1..];
            let needed = later.iter().position(|later| later.least > 0).map_or(later.len(), |needed| needed + 1);
            later[..needed].iter().all(|later| !step.shares(later))
        })
    }

    fn is_match(&self, text: &[u8]) -> bool {
        let mut rest = text;
        for step in &self.steps {
            let taken = step.take(rest);
            if taken < step.least {
                return false;
            }
            rest = &rest[taken..];
        }
        !self.ends || rest.is_empty()
    }
}

impl Step {
    fn of(ranges: impl IntoIterator<Item = RangeInclusive<u8>>, least: usize, most: usize) -> Self {
        let mut class = Box::new([false; 256]);
        ranges.into_iter().flatten().for_each(|byte| class[usize::from(byte)] = true);
        Self { class, least, most }
    }

    fn shares(&self, other: &Self) -> bool {
        self.class.iter().zip(other.class.iter()).any(|(one, other)| *one && *other)
    }

    /// How many bytes at the start of a text are of the class, up to the most it may take.
    fn take(&self, text: &[u8]) -> usize {
        let text = &text[..text.len().min(self.most)];
        let of_class = |byte: &u8| self.class[usize::from(*byte)];
        let whole = text
            .chunks_exact(8)
            .take_while(|eight| eight.iter().map(|byte| u32::from(of_class(byte))).sum::<u32>() == 8);
        let whole = whole.count() * 8;
        whole + text[whole..].iter().take_while(|byte| of_class(byte)).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(pattern: &str) -> Option<Line> {
        Line::of(&regex_syntax::parse(pattern).unwrap())
    }

    #[test]
    fn codes_numbers_and_names_are_lines() {
        for pattern in [
            "^[a-zA-Z ,.;:?!'-]+$",
            "^[1-3][0-9]-[1-9][0-9]{2}$",
            "^Clerk#[0-9]{9}$",
            "^[a-z]+( [a-z]+){4}$",
            r"^\d{4}-\d{2}",
            "^(?:[A-Z]{2})?$",
            "^ñ+$",
            "^$",
        ] {
            let expected = pattern != "^(?:[A-Z]{2})?$" && pattern != "^ñ+$";
            assert_eq!(line(pattern).is_some(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_can_be_walked_in_several_ways_is_left_to_the_regular_expression() {
        for pattern in
            ["[a-z]+", "^[a-z]+a$", "^[a-z]*[0-9]*[a-z]$", "^(a|bc)$", "^a|b$", r"^\bword$", "^(ab)+$", "(?m)^a$"]
        {
            assert!(line(pattern).is_none(), "{pattern}");
        }
        assert!(line(&format!("^a{{{}}}b{{99}}c$", 1000)).is_some());
        assert!(line(&format!("^{}$", "ab".repeat(99))).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_line_says_what_the_regular_expression_says(
            items in prop::collection::vec(
                (
                    prop::sample::select(vec!["a", "[ab]", "[^a]", r"\d", "[0-9]", "-", " ", "ñ", "[^0-9]", r"\w", "(?i:k)", "(?:ab)"]),
                    prop::sample::select(vec!["", "+", "*", "?", "{2}", "{1,3}", "{0}", "{2,}", "+?"]),
                ),
                0..5,
            ),
            ends in any::<bool>(),
            texts in prop::collection::vec("[abñk0-9 \u{212a}-]{0,12}", 1..20),
        ) {
            let middle = items.iter().flat_map(|(class, often)| [*class, *often]).collect::<String>();
            let pattern = format!("^{middle}{}", if ends { "$" } else { "" });
            let ready = Pattern::new(&ir::Regex { pattern: pattern.clone(), full: false, ignore_case: false }).unwrap();
            let regex = regex::Regex::new(&pattern).unwrap();
            for text in &texts {
                prop_assert_eq!(ready.here().unwrap().is_match(text), regex.is_match(text), "{} on {:?}", pattern, text);
            }
        }
    }
}
