//! Dates as people write them, in the breadth of Python's `dateutil`.
//!
//! It tells whether a text is a date or a time of day, not which: `01/02/2024` is one, whatever it means.

use crate::ir::time::{self, MONTHS, Zone};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Words that may stand between the parts of a date.
const FILLING: [&str; 9] = ["of", "and", "at", "on", "the", "st", "nd", "rd", "th"];

/// What a text has been found to name so far.
#[derive(Default)]
struct Parts {
    /// Numbers that may be days, months or years, with how many digits each has.
    numbers: Vec<(u32, usize)>,
    /// What else, each once.
    named: Vec<Named>,
}

/// What a date may name once beside its numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Month,
    Weekday,
    Time,
    HalfOfDay,
    /// The letter before a time.
    T,
}

/// Whether a text reads as a date, or as a time of day, in one of the usual orders: numbers between `-`, `/`, `.` or spaces,
/// names of months and days of the week in English, whole or of three letters, a time with or without seconds, `am` or
/// `pm`, and an offset or the name of a zone.
pub(super) fn holds(text: &str) -> bool {
    let iso = text.trim();
    if time::iso_date(iso.as_bytes()).is_some() || time::iso_timestamp(iso.as_bytes(), Zone::UTC).is_some() {
        return true;
    }
    let mut parts = Parts::default();
    let mut rest = iso;
    while !rest.is_empty() {
        match step(rest, &mut parts) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    parts.are_a_moment()
}

/// Takes one piece off a text; none if it is no piece of a date.
fn step<'t>(rest: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let first = rest.chars().next()?;
    if parts.has(Named::Time) && matches!(first, '+' | '-') {
        return offset(&rest[1..]);
    }
    if first.is_ascii_digit() {
        return number(rest, parts);
    }
    if first.is_alphabetic() {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        return parts.word(&rest[..end]).then_some(&rest[end..]);
    }
    (first.is_whitespace() || matches!(first, ',' | '-' | '/' | '.' | ';' | '\'')).then(|| &rest[first.len_utf8()..])
}

/// Takes a number off a text, or a time of day.
fn number<'t>(rest: &'t str, parts: &mut Parts) -> Option<&'t str> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    if after.starts_with(':') {
        return clock(rest, parts);
    }
    let half = after
        .trim_start()
        .get(..2)
        .is_some_and(|word| word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm"));
    match digits.len() {
        4 | 6 if parts.has(Named::T) && parts.name(Named::Time) => is_clock(digits).then_some(after),
        1 | 2 if half && parts.name(Named::Time) => {
            digits.parse().is_ok_and(|hour: u32| (1..=12).contains(&hour)).then_some(after)
        }
        1 | 2 | 4 => {
            parts.numbers.push((digits.parse().ok()?, digits.len()));
            Some(after)
        }
        // Together: year, month, day, and perhaps hours, minutes and seconds.
        6 | 8 | 12 | 14 if parts.numbers.is_empty() => {
            let year = if digits.len() == 6 { 2 } else { 4 };
            for (at, width) in [(0, year), (year, 2), (year + 2, 2)] {
                parts.numbers.push((digits[at..at + width].parse().ok()?, width));
            }
            let time = digits.get(8..).filter(|time| !time.is_empty());
            time.is_none_or(|time| parts.name(Named::Time) && is_clock(time)).then_some(after)
        }
        _ => None,
    }
}

/// Whether digits are hours, minutes and perhaps seconds, of two each.
fn is_clock(digits: &str) -> bool {
    let within =
        |at: usize, most: u32| digits.get(at..at + 2).is_none_or(|two| two.parse().is_ok_and(|it: u32| it <= most));
    within(0, 23) && within(2, 59) && within(4, 59)
}

/// Takes hours, minutes and perhaps seconds off a text.
fn clock<'t>(rest: &'t str, parts: &mut Parts) -> Option<&'t str> {
    if !parts.name(Named::Time) {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let fields: Vec<&str> = rest[..end].split(':').collect();
    let within = |text: &str, most: u32| (1..=2).contains(&text.len()) && text.parse().is_ok_and(|it: u32| it <= most);
    let second = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        within(whole, 59) && !fraction.is_empty() && !fraction.contains('.')
    };
    let fits = match fields.as_slice() {
        [hour, minute] => within(hour, 23) && within(minute, 59),
        [hour, minute, seconds] => within(hour, 23) && within(minute, 59) && second(seconds),
        _ => false,
    };
    fits.then_some(&rest[end..])
}

/// Takes an offset from UTC off a text, after its sign.
fn offset(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':')).unwrap_or(rest.len());
    let digits = rest[..end].replacen(':', "", 1);
    (matches!(digits.len(), 2 | 4)
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits[..2].parse().is_ok_and(|hours: u32| hours < 24))
    .then_some(&rest[end..])
}

impl Parts {
    /// Notes that something is named; false if it was before.
    fn name(&mut self, what: Named) -> bool {
        let first = !self.has(what);
        self.named.push(what);
        first
    }

    fn has(&self, what: Named) -> bool {
        self.named.contains(&what)
    }

    /// Takes a word in, if it is one of a date.
    fn word(&mut self, word: &str) -> bool {
        let word = word.to_lowercase();
        let is = |name: &str| word == name || (word == "sept" && name == "september") || word == name[..3];
        if MONTHS.iter().any(|name| is(name)) {
            return self.name(Named::Month);
        }
        if DAYS.iter().any(|name| is(name)) {
            return self.name(Named::Weekday);
        }
        match word.as_str() {
            "am" | "pm" => self.has(Named::Time) && self.name(Named::HalfOfDay),
            "t" => self.name(Named::T),
            "z" | "utc" | "gmt" => true,
            other => FILLING.contains(&other),
        }
    }

    /// Whether what was found is a date, or a time of day.
    fn are_a_moment(&self) -> bool {
        let day = |(number, digits): &(u32, usize)| *digits <= 2 && (1..=31).contains(number);
        let month = |(number, digits): &(u32, usize)| *digits <= 2 && (1..=12).contains(number);
        let year = |(number, digits): &(u32, usize)| *digits != 1 && (*digits == 2 || *number > 0);
        let found = self.numbers.as_slice();
        match (self.has(Named::Month), found) {
            (false, []) => self.has(Named::Time) || self.has(Named::Weekday),
            (true, []) => true,
            (_, [one]) => day(one) || year(one),
            (true, [one, other]) => day(one) && year(other) || year(one) && day(other),
            (false, [one, other]) => {
                month(one) && (day(other) || year(other)) || month(other) && (day(one) || year(one))
            }
            (false, [a, b, c]) => {
                year(a) && (month(b) && day(c) || day(b) && month(c))
                    || year(c) && (month(a) && day(b) || day(a) && month(b))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_may_be_written_in_many_ways() {
        for text in [
            "2019-04-01",
            "01/01/2010",
            "31/12/2024",
            "12/31/24",
            "1.2.2024",
            "2024/1/31",
            "20240131",
            "20240131T100000Z",
            "Jan 5, 2024",
            "5 January 2024",
            "5th of March 2024",
            "Mon, 05 Jan 2024 10:00:00 +0000",
            "Thursday, September 25, 2003",
            "2024-01-31 10:00:00.123 +02:00",
            "10:36 am",
            "10pm",
            "March 2024",
            "Sept 3",
            "2024",
            " 2024-01-31 ",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn what_names_no_moment_is_none() {
        for text in [
            "",
            "abc",
            "cat",
            "32/13/2024",
            "2024-13-45",
            "hello 2024",
            "1/2/3/4",
            "Jan Feb 2024",
            "25:00",
            "10:61",
            "123456789",
            "am",
            "2024-01-31 10:00 10:00",
            "-",
            "maybe",
            "5.5.5.5",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
