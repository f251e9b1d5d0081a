//! Columns of text of which nearly all values read as one type, and what the rest of them look like.
//!
//! A few bad cells make a column of numbers text. A person would still call it numbers: the type is declared with a share
//! that may not read. It looks only at columns that are text to the reader, and leaves out those whose digits are codes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::answer::Number;
use crate::engine::Progress;
use crate::error::Error;
use crate::init::name;
use crate::init::probe::{Numbers, Probe, Source, Typed, rows, sound};
use crate::init::profile::{PATTERNS, values_of};
use crate::ir::parseable::Parseable;
use crate::ir::time::Pattern;
use crate::ir::{Measure, Predicate, Regex, Scalar, Type, Value};
use crate::outcome::Fault;

/// A column by its dataset and name.
pub(super) type Of = (String, String);

/// What the text of a column nearly is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Almost {
    /// So many values read as a type that it can be declared.
    Reads {
        /// How the values read.
        reading: Reading,
        /// How many do not.
        unread: u64,
        /// Some that do not, the most frequent first.
        examples: Vec<String>,
    },
    /// Many read as a type, too few to declare it.
    Partly {
        /// The type.
        kind: Type,
        /// How many values read.
        reads: u64,
        /// Of how many.
        of: u64,
    },
    /// Two patterns read as many values, and nobody can tell which is meant.
    Ambiguous(&'static str, &'static str),
}

/// A way to read text: a type and the patterns of its dates; none for how ISO writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) kind: Type,
    pub(super) patterns: Vec<&'static str>,
}

/// Types that need no pattern, the narrower before the wider.
const PLAIN: [Type; 6] = [Type::Boolean, Type::Integer, Type::Decimal, Type::Float, Type::Date, Type::Timestamp];
/// The pattern of ISO, which must be said beside another.
const ISO: &str = "%Y-%m-%d";
/// The fewest values of which a share says anything.
const ENOUGH: u64 = 20;
/// How many values that do not read are shown.
const SHOWN: usize = 3;

/// How text of numbers, dates and booleans begins.
const BEGINNING: &str = r"^[+-]?\.?[0-9]|^[A-Za-z]{3,9} [0-9]|^(?i:true|false)$";
/// Numbers that would not be the same without their zeros.
const ZEROS: &str = r"^[+-]?0[0-9]+(\.[0-9]*)?$";

/// Looks at columns of text, each with its dataset.
///
/// # Errors
/// A file that cannot be read is a [`Fault`] inside; a path that no suite can name is an error of the command line.
pub(super) fn almost(
    sources: &[Source],
    texts: &[Of],
    path: &Path,
    progress: &Arc<Progress>,
) -> Result<Result<BTreeMap<Of, Almost>, Fault>, Error> {
    if texts.is_empty() {
        return Ok(Ok(BTreeMap::new()));
    }
    let with = |typed: &dyn Fn(&Of) -> Reading| -> Vec<Source> {
        let own = |source: &Source| texts.iter().filter(|of| of.0 == source.name).map(typed_as(typed)).collect();
        sources.iter().map(|source| Source { typed: own(source), ..source.clone() }).collect()
    };
    let plain = with(&|_| Reading { kind: Type::String, patterns: Vec::new() });
    let mut probe = Probe::open(&plain, &HashMap::new(), path, progress)?;
    let counted = match count(&mut probe, texts) {
        Ok(counted) => counted,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut found: BTreeMap<Of, Almost> = BTreeMap::new();
    let mut chosen: BTreeMap<Of, (Reading, u64)> = BTreeMap::new();
    for (of, counts) in counted {
        match counts.choose() {
            Some(Choice::Reading(reading)) => drop(chosen.insert(of, (reading, counts.filled))),
            Some(Choice::Ambiguous(one, other)) => drop(found.insert(of, Almost::Ambiguous(one, other))),
            None => {}
        }
    }
    if chosen.is_empty() {
        return Ok(Ok(found));
    }
    // The reader has the last word on what reads: it may hold to the types that a file stores.
    let declared = with(&|of| match chosen.get(of) {
        Some((reading, _)) => reading.clone(),
        None => Reading { kind: Type::String, patterns: Vec::new() },
    });
    let asked: Vec<_> = chosen.keys().map(|of| (of.0.clone(), unread(of))).collect();
    let unreads = match Probe::open(&declared, &HashMap::new(), path, progress)?.measure(&asked) {
        Ok(numbers) => numbers,
        Err(fault) => return Ok(Err(fault)),
    };
    for (of, (reading, filled)) in chosen {
        let Some(unread) = unreads.count(&of.0, &unread(&of)) else { continue };
        let reads = filled.saturating_sub(unread);
        if is_nearly_all(reads, filled) && !name::is_of_kinds(&of.1) {
            found.insert(of, Almost::Reads { reading, unread, examples: Vec::new() });
        } else if reads * 2 >= filled {
            found.insert(of, Almost::Partly { kind: reading.kind, reads, of: filled });
        }
    }
    match show(&mut probe, &mut found) {
        Ok(()) => Ok(Ok(found)),
        Err(fault) => Ok(Err(fault)),
    }
}

/// The share that may not read, at least half as many again as do not today.
pub(super) fn allowance(unread: u64, of: u64) -> &'static str {
    const SHARES: [(u64, &str); 3] = [(1, "1%"), (2, "2%"), (5, "5%")];
    let wide = |(percent, _): &&(u64, &str)| u128::from(unread) * 300 <= u128::from(*percent) * u128::from(of) * 2;
    SHARES.iter().find(wide).map_or("10%", |(_, share)| share)
}

fn typed_as(typed: &dyn Fn(&Of) -> Reading) -> impl Fn(&Of) -> Typed {
    |of| {
        let reading = typed(of);
        (of.1.clone(), reading.kind, reading.patterns.iter().map(|pattern| (*pattern).to_owned()).collect())
    }
}

/// How many values of a column read, by each way to read them.
#[derive(Clone, Debug)]
struct Counts {
    filled: u64,
    /// Whether digits are written with zeros before them.
    zeros: bool,
    ways: Vec<(Reading, u64)>,
}

/// What counts come to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    Reading(Reading),
    Ambiguous(&'static str, &'static str),
}

impl Counts {
    /// The way that most values read, or the narrowest of those that come close to it.
    fn choose(&self) -> Option<Choice> {
        let reads = |kind: Type| !(self.zeros && kind.is_number());
        let ways = || self.ways.iter().filter(|(way, _)| reads(way.kind));
        let most = ways().map(|(_, count)| *count).max()?;
        let (first, count) = ways().find(|(_, count)| (most - *count) * 100 <= self.filled && *count > 0)?;
        // A column whose values begin as dates of two kinds has neither for most of them.
        if *count * 3 < self.filled {
            return None;
        }
        if !matches!(first.kind, Type::Date | Type::Timestamp) {
            return Some(Choice::Reading(first.clone()));
        }
        if let Some(choice) = self.turned(first, *count) {
            return Some(choice);
        }
        // Others that read what the first does not.
        let room = self.filled - count;
        let other = ways()
            .filter(|(way, _)| way.kind == first.kind && way != first && way.patterns != [ISO])
            .filter(|(way, count)| *count <= room && *count * 100 >= self.filled && !is_turned(first, way))
            .max_by_key(|(way, count)| (*count, Reverse(way.patterns.clone())));
        let Some((second, count)) = other else { return Some(Choice::Reading(first.clone())) };
        if let Some(choice) = self.turned(second, *count) {
            return Some(choice);
        }
        let said = |way: &Reading| way.patterns.first().copied().or((way.kind == Type::Date).then_some(ISO));
        match (said(first), said(second)) {
            (Some(one), Some(two)) => Some(Choice::Reading(Reading { kind: first.kind, patterns: vec![one, two] })),
            _ => Some(Choice::Reading(first.clone())),
        }
    }

    /// Whether the same with day and month in the other order reads as many.
    fn turned(&self, way: &Reading, count: u64) -> Option<Choice> {
        let (other, _) = self.ways.iter().find(|(other, found)| is_turned(way, other) && *found == count)?;
        Some(Choice::Ambiguous(way.patterns.first()?, other.patterns.first()?))
    }
}

/// Whether two ways differ only in the order of day and month.
fn is_turned(one: &Reading, other: &Reading) -> bool {
    let turned = |pattern: &str| pattern.replace("%d", "\0").replace("%m", "%d").replace('\0', "%m");
    matches!((one.patterns.as_slice(), other.patterns.as_slice()), ([one], [other]) if one != other && turned(one) == **other)
}

/// Whether at least 95 of 100 read.
fn is_nearly_all(reads: u64, of: u64) -> bool {
    u128::from(reads) * 100 >= u128::from(of) * 95
}

/// Counts what reads in the columns that look as if something did.
fn count(probe: &mut Probe, texts: &[Of]) -> Result<Vec<(Of, Counts)>, Fault> {
    let filled = |of: &Of| rows(Predicate::is_null(&of.1).negate());
    let begins = |of: &Of| rows(fits(&of.1, BEGINNING));
    let zeros = |of: &Of| rows(fits(&of.1, ZEROS));
    let asked: Vec<_> =
        texts.iter().flat_map(|of| [filled(of), begins(of), zeros(of)].map(|it| (of.0.clone(), it))).collect();
    let numbers = probe.measure(&asked)?;
    let get = |numbers: &Numbers, of: &Of, measure: &Measure| numbers.count(&of.0, measure).unwrap_or(0);
    let hopeful: Vec<&Of> = texts
        .iter()
        .filter(|of| {
            let filled = get(&numbers, of, &filled(of));
            filled >= ENOUGH && get(&numbers, of, &begins(of)) * 2 >= filled
        })
        .collect();
    let ways = ways();
    let asked: Vec<_> =
        hopeful.iter().flat_map(|of| ways.iter().map(|way| (of.0.clone(), rows(reads(&of.1, way))))).collect();
    let read = probe.measure(&asked)?;
    let counts = |of: &&Of| {
        let ways = ways.iter().map(|way| (way.clone(), get(&read, of, &rows(reads(&of.1, way))))).collect();
        let counts = Counts { filled: get(&numbers, of, &filled(of)), zeros: get(&numbers, of, &zeros(of)) > 0, ways };
        ((*of).clone(), counts)
    };
    Ok(hopeful.iter().map(counts).collect())
}

/// Every way to read text, the narrower before the wider.
fn ways() -> Vec<Reading> {
    let plain = PLAIN.into_iter().map(|kind| Reading { kind, patterns: Vec::new() });
    let patterns = PATTERNS.into_iter().map(|(pattern, kind)| Reading { kind, patterns: vec![pattern] });
    plain.chain(patterns).collect()
}

/// Puts the values that do not read to what was found.
fn show(probe: &mut Probe, found: &mut BTreeMap<Of, Almost>) -> Result<(), Fault> {
    let bad = |of: &Of, reading: &Reading| {
        values_of(&of.1, Predicate::all([Predicate::is_null(&of.1).negate(), reads(&of.1, reading).not_true()]))
    };
    let mut asked = Vec::new();
    for (of, almost) in found.iter() {
        if let Almost::Reads { reading, unread: 1.., .. } = almost {
            asked.push((of.0.clone(), bad(of, reading)));
        }
    }
    let numbers = probe.measure(&asked)?;
    for (of, almost) in found {
        let Almost::Reads { reading, examples, .. } = almost else { continue };
        if let Some(Number::Values(values)) = numbers.get(&of.0, &bad(of, reading)) {
            *examples = most_frequent(values);
        }
    }
    Ok(())
}

fn most_frequent(values: &[(Value, u64)]) -> Vec<String> {
    let mut values: Vec<&(Value, u64)> = values.iter().collect();
    values.sort_by_key(|(_, count)| Reverse(*count));
    values.iter().take(SHOWN).map(|(value, _)| value.to_string()).collect()
}

fn unread(of: &Of) -> Measure {
    Measure::Rows(sound(Predicate::Unparsed(of.1.clone())))
}

fn fits(name: &str, pattern: &str) -> Predicate {
    Predicate::Matches(Scalar::column(name), Regex { pattern: pattern.to_owned(), full: false, ignore_case: false })
}

/// The text of a column reads in a way.
fn reads(name: &str, way: &Reading) -> Predicate {
    let text = Scalar::column(name);
    let patterns: Vec<Pattern> = way.patterns.iter().filter_map(|pattern| Pattern::new(pattern).ok()).collect();
    if patterns.is_empty() {
        Predicate::IsNull(Scalar::Cast(Box::new(text), way.kind)).negate()
    } else {
        Predicate::Parses(Parseable::By(patterns), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(kind: Type, pattern: Option<&'static str>) -> Reading {
        Reading { kind, patterns: pattern.into_iter().collect() }
    }

    fn chosen(zeros: bool, counts: &[(Type, Option<&'static str>, u64)]) -> Option<Choice> {
        let ways = counts.iter().map(|(kind, pattern, count)| (way(*kind, *pattern), *count)).collect();
        Counts { filled: 1000, zeros, ways }.choose()
    }

    fn reading(kind: Type, patterns: &[&'static str]) -> Choice {
        Choice::Reading(Reading { kind, patterns: patterns.to_vec() })
    }

    #[test]
    fn the_narrowest_type_that_comes_close_is_chosen() {
        let numbers =
            |integers| [(Type::Integer, None, integers), (Type::Decimal, None, 995), (Type::Float, None, 996)];
        assert_eq!(chosen(false, &numbers(990)), Some(reading(Type::Integer, &[])));
        assert_eq!(chosen(false, &numbers(960)), Some(reading(Type::Decimal, &[])));
    }

    #[test]
    fn digits_after_zeros_are_codes() {
        assert_eq!(chosen(true, &[(Type::Integer, None, 990)]), None);
    }

    #[test]
    fn dates_may_have_two_patterns() {
        let (day, month) = (Some("%d/%m/%Y"), Some("%m/%d/%Y"));
        let mixed = [(Type::Date, None, 600), (Type::Date, day, 380), (Type::Date, month, 150)];
        assert_eq!(chosen(false, &mixed), Some(reading(Type::Date, &["%Y-%m-%d", "%d/%m/%Y"])));
        let strays = [(Type::Date, None, 985), (Type::Date, day, 8), (Type::Date, month, 3)];
        assert_eq!(chosen(false, &strays), Some(reading(Type::Date, &[])));
        let one = [(Type::Date, None, 0), (Type::Date, day, 700), (Type::Date, month, 300)];
        assert_eq!(chosen(false, &one), Some(reading(Type::Date, &["%d/%m/%Y"])));
    }

    #[test]
    fn day_and_month_that_nobody_can_tell_apart_are_ambiguous() {
        let (day, month) = (Some("%d/%m/%Y"), Some("%m/%d/%Y"));
        let either = Some(Choice::Ambiguous("%d/%m/%Y", "%m/%d/%Y"));
        assert_eq!(chosen(false, &[(Type::Date, day, 980), (Type::Date, month, 980)]), either);
        assert_eq!(chosen(false, &[(Type::Date, None, 600), (Type::Date, day, 380), (Type::Date, month, 380)]), either);
    }

    #[test]
    fn the_share_that_may_not_read_is_wider_than_today() {
        let shares = [0, 60, 67, 134, 333, 334, 500].map(|unread| allowance(unread, 10_000));
        assert_eq!(shares, ["1%", "1%", "2%", "5%", "5%", "10%", "10%"]);
    }
}
