//! Whether a person would take a text for a date: the rules of Python's dateutil, month before day where both could be.
//!
//! `January 5, 2020`, `5/1/20`, `20200105T1030`, `Thu Sep 25 10:36:28 2003`, `10 am`. Parts that are not there do not matter,
//! so that a lone `10` is a day. Only whether a text reads is answered, never as what: what is as vague as this is not to be
//! computed with.

use chrono::NaiveDate;

const MONTHS: [(&str, &str); 12] = [
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may", "may"),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
];
const WEEKDAYS: [&str; 14] = [
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// Words and signs between the parts.
const BETWEEN: [&str; 18] =
    [" ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"];
const UNITS: [(&str, Unit); 9] = [
    ("h", Unit::Hour),
    ("hour", Unit::Hour),
    ("hours", Unit::Hour),
    ("m", Unit::Minute),
    ("minute", Unit::Minute),
    ("minutes", Unit::Minute),
    ("s", Unit::Second),
    ("second", Unit::Second),
    ("seconds", Unit::Second),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hour,
    Minute,
    Second,
}

/// Whether a text reads as a date or a time of day.
#[must_use]
pub(super) fn holds(text: &str) -> bool {
    let mut reader = Reader { tokens: tokens(text), ..Reader::default() };
    reader.read().is_some() && reader.is_a_moment()
}

/// Numbers, words, and single signs; blanks become one space each.
fn tokens(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().filter(|c| *c != '\0').collect();
    let mut tokens: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(first) = letters.get(at) {
        let start = at;
        at += 1;
        if first.is_whitespace() {
            tokens.push(" ".to_owned());
        } else if first.is_alphabetic() {
            while letters.get(at).is_some_and(|c| c.is_alphabetic() || *c == '.') {
                at += 1;
            }
            // A point after a word, or in it, stands by itself.
            parts(&letters[start..at], &mut tokens);
        } else if first.is_ascii_digit() {
            while let Some(c) = letters.get(at) {
                let comma = *c == ',' && at - start >= 2 && letters.get(at + 1).is_some_and(char::is_ascii_digit);
                if !(c.is_ascii_digit() || *c == '.' || comma) {
                    break;
                }
                at += 1;
            }
            let token: String = letters[start..at].iter().collect();
            if token.matches('.').count() > 1 || token.ends_with('.') {
                parts(&letters[start..at], &mut tokens);
            } else if token.contains('.') {
                tokens.extend(token.split_inclusive(',').map(str::to_owned));
            } else {
                tokens.push(token.replace(',', "."));
            }
        } else {
            tokens.push(first.to_string());
        }
    }
    tokens
}

/// What stands between points, and the points.
fn parts(letters: &[char], tokens: &mut Vec<String>) {
    let mut part = String::new();
    for c in letters {
        if *c == '.' {
            if !part.is_empty() {
                tokens.push(std::mem::take(&mut part));
            }
            tokens.push(".".to_owned());
        } else {
            part.push(*c);
        }
    }
    if !part.is_empty() {
        tokens.push(part);
    }
}

#[derive(Default)]
struct Reader {
    tokens: Vec<String>,
    /// Parts of the date in their order, with the place of a month in words and of a year of four digits.
    date: Vec<u32>,
    month_at: Option<usize>,
    year_at: Option<usize>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    weekday: bool,
    half: bool,
    zone: bool,
}

impl Reader {
    fn token(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).map(String::as_str)
    }

    /// Reads all tokens; none where one has no meaning.
    fn read(&mut self) -> Option<()> {
        let mut at = 0;
        while let Some(token) = self.token(at).map(str::to_owned) {
            let word = token.to_lowercase();
            if token.starts_with(|c: char| c.is_ascii_digit()) {
                at = self.number(at, &token)?;
            } else if WEEKDAYS.contains(&word.as_str()) {
                self.weekday = true;
            } else if let Some(month) = month(&word) {
                at = self.month(at, month)?;
            } else if half(&word) {
                self.half_day(&word)?;
            } else if self.is_zone(&token) {
                self.zone = true;
                // Beside GMT+3 the sign goes with the name.
            } else if matches!(token.as_str(), "+" | "-") && self.hour.is_some() {
                at = self.offset(at)?;
            } else if !BETWEEN.contains(&word.as_str()) {
                return None;
            }
            at += 1;
        }
        Some(())
    }

    fn add(&mut self, text: &str) -> Option<()> {
        let value: u32 = text
            .parse::<f64>()
            .ok()
            .filter(|number| number.fract() == 0.0)
            .and(text.split('.').next()?.parse().ok())?;
        if (text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_digit())) || value > 100 {
            if self.year_at.is_some() {
                return None;
            }
            self.year_at = Some(self.date.len());
        }
        self.date.push(value);
        (self.date.len() <= 3).then_some(())
    }

    fn add_month(&mut self, month: u32) -> Option<()> {
        if self.month_at.is_some() {
            return None;
        }
        self.month_at = Some(self.date.len());
        self.date.push(month);
        (self.date.len() <= 3).then_some(())
    }

    /// A month in words, and what hangs on it: `Jan-20`, `Jan of 99`.
    fn month(&mut self, at: usize, month: u32) -> Option<usize> {
        self.add_month(month)?;
        match self.token(at + 1) {
            Some(sign @ ("-" | "/")) => {
                let sign = sign.to_owned();
                let Some(next) = self.token(at + 2).map(str::to_owned) else { return Some(at) };
                self.add(&next)?;
                if self.token(at + 3) == Some(&sign)
                    && let Some(next) = self.token(at + 4).map(str::to_owned)
                {
                    self.add(&next)?;
                    return Some(at + 4);
                }
                Some(at + 2)
            }
            _ => Some(at),
        }
    }

    fn number(&mut self, at: usize, token: &str) -> Option<usize> {
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        let part = |range: std::ops::Range<usize>| token.get(range).and_then(|text| text.parse::<u32>().ok());
        let next = self.token(at + 1).map(str::to_owned);
        let ends = next.as_deref().is_none_or(|next| next == " ");
        if self.date.len() == 3
            && matches!(token.len(), 2 | 4)
            && digits
            && self.hour.is_none()
            && (ends || next.as_deref().is_some_and(half))
        {
            self.hour = part(0..2);
            self.minute = if token.len() == 4 { part(2..4) } else { self.minute };
            return Some(at);
        }
        if token.len() == 6 || (token.len() > 6 && token.find('.') == Some(6)) {
            if self.date.is_empty() && digits {
                for range in [0..2, 2..4, 4..6] {
                    self.add(&token[range])?;
                }
            } else {
                (self.hour, self.minute, self.second) = (part(0..2), part(2..4), part(4..6));
                self.hour?;
            }
            return Some(at);
        }
        if digits && matches!(token.len(), 8 | 12 | 14) {
            self.add(&token[0..4])?;
            self.add(&token[4..6])?;
            self.add(&token[6..8])?;
            if token.len() > 8 {
                (self.hour, self.minute) = (part(8..10), part(10..12));
            }
            if token.len() > 12 {
                self.second = part(12..14);
            }
            return Some(at);
        }
        if let Some((unit, place)) = self.unit(at) {
            self.measured(token, unit)?;
            return Some(place.max(at));
        }
        let value: f64 = token.parse().ok()?;
        match next.as_deref() {
            Some(":") if self.token(at + 2).is_some() => self.clock(at, value),
            Some(sign @ ("-" | "/" | ".")) => self.signs(at, token, sign),
            None => self.add(token).map(|()| at),
            Some(next) if BETWEEN.contains(&next.to_lowercase().as_str()) => {
                if self.token(at + 2).is_some_and(half) {
                    self.hour = whole(value);
                    return Some(at + 1);
                }
                self.add(token)?;
                Some(at + 1)
            }
            Some(next) if half(next) && value < 24.0 => {
                self.hour = whole(value);
                Some(at)
            }
            Some(_) => {
                let could_be_day = (1.0..=31.0).contains(&value) && self.date.len() < 3;
                if could_be_day { self.add(token).map(|()| at) } else { None }
            }
        }
    }

    /// `10:36[:28[.5]]`.
    fn clock(&mut self, at: usize, hour: f64) -> Option<usize> {
        self.hour = Some(whole(hour)?);
        let minute: f64 = self.token(at + 2)?.parse().ok()?;
        self.minute = whole(minute.trunc());
        if self.token(at + 3) == Some(":")
            && let Some(second) = self.token(at + 4)
        {
            self.second = Some(whole(second.parse::<f64>().ok()?.trunc())?);
            return Some(at + 4);
        }
        Some(at + 2)
    }

    /// `1-2[-3]`, `1/Jan/3`, `1.2.3`.
    fn signs(&mut self, at: usize, token: &str, sign: &str) -> Option<usize> {
        self.add(token)?;
        let Some(second) = self.token(at + 2).map(str::to_owned) else { return Some(at + 1) };
        if BETWEEN.contains(&second.to_lowercase().as_str()) {
            return Some(at + 1);
        }
        if second.bytes().all(|byte| byte.is_ascii_digit()) {
            self.add(&second)?;
        } else {
            self.add_month(month(&second.to_lowercase())?)?;
        }
        if self.token(at + 3) != Some(sign) {
            return Some(at + 2);
        }
        let third = self.token(at + 4)?.to_owned();
        match month(&third.to_lowercase()) {
            Some(month) => self.add_month(month)?,
            None => self.add(&third)?,
        }
        Some(at + 4)
    }

    /// The unit of time that a number has, and where it stands.
    fn unit(&self, at: usize) -> Option<(Unit, usize)> {
        let unit = |at: usize| {
            let word = self.token(at)?.to_lowercase();
            UNITS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit)
        };
        if let Some(found) = unit(at + 1) {
            return Some((found, at + 1));
        }
        if self.token(at + 1) == Some(" ")
            && let Some(found) = unit(at + 2)
        {
            return Some((found, at + 2));
        }
        // A number after one with a unit has the next smaller one: 10h36.
        let smaller = |found: Unit| match found {
            Unit::Hour => Unit::Minute,
            Unit::Minute | Unit::Second => Unit::Second,
        };
        at.checked_sub(1).and_then(unit).map(|found| (smaller(found), at))
    }

    fn measured(&mut self, token: &str, unit: Unit) -> Option<()> {
        let value = whole(token.parse::<f64>().ok()?.trunc())?;
        match unit {
            Unit::Hour => self.hour = Some(value),
            Unit::Minute => self.minute = Some(value),
            Unit::Second => self.second = Some(value),
        }
        Some(())
    }

    /// `am`, `pm`: of an hour of twelve.
    fn half_day(&mut self, word: &str) -> Option<()> {
        let hour = self.hour?;
        if self.half || hour > 12 {
            return None;
        }
        self.half = true;
        let afternoon = word.starts_with('p');
        self.hour = Some(match (afternoon, hour) {
            (true, hour) if hour < 12 => hour + 12,
            (false, 12) => 0,
            (_, hour) => hour,
        });
        Some(())
    }

    /// A name of a timezone: up to five capital letters after a time.
    fn is_zone(&self, token: &str) -> bool {
        let capitals = token.len() <= 5 && token.bytes().all(|byte| byte.is_ascii_uppercase());
        self.hour.is_some() && !self.zone && !token.is_empty() && (capitals || matches!(token, "z" | "utc" | "gmt"))
    }

    /// `+03:00`, `-0300`, `+3`, and a name in brackets after it.
    fn offset(&mut self, at: usize) -> Option<usize> {
        let digits = self.token(at + 1)?.to_owned();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.zone = true;
        match digits.len() {
            4 => Some(at + 1),
            1 | 2 if self.token(at + 2) == Some(":") => {
                self.token(at + 3)?.parse::<u32>().ok()?;
                Some(at + 3)
            }
            1 | 2 => Some(at + 1),
            _ => None,
        }
    }

    /// Whether what was read is something, and there is such a day and time.
    fn is_a_moment(&self) -> bool {
        let any = !self.date.is_empty() || self.hour.is_some() || self.minute.is_some() || self.second.is_some();
        if !any && !self.weekday {
            return false;
        }
        let clock = [(self.hour, 24), (self.minute, 60), (self.second, 60)];
        clock.into_iter().all(|(part, end)| part.is_none_or(|part| part < end)) && self.is_a_day()
    }

    fn is_a_day(&self) -> bool {
        let d = &self.date;
        let (year, month, day) = match (d.as_slice(), self.month_at) {
            ([], _) => return true,
            ([_], Some(_)) => return true,
            ([one], None) if *one > 31 || self.year_at == Some(0) => (Some(*one), None, None),
            ([one], None) => (None, None, Some(*one)),
            ([one, other], Some(at)) => {
                let (month, other) = if at == 0 { (*one, *other) } else { (*other, *one) };
                if other > 31 { (Some(other), Some(month), None) } else { (None, Some(month), Some(other)) }
            }
            ([one, other], None) if *one > 31 => (Some(*one), Some(*other), None),
            ([one, other], None) if *other > 31 => (Some(*other), Some(*one), None),
            ([one, other], None) => (None, Some(*one), Some(*other)),
            ([one, two, three], at) => {
                let [year, month, day] = match at {
                    Some(0) if *two > 31 => [two, one, three],
                    Some(0) => [three, one, two],
                    Some(1) if *one > 31 => [one, two, three],
                    Some(1) => [three, two, one],
                    Some(_) if *two > 31 => [two, three, one],
                    Some(_) => [one, three, two],
                    None if *one > 31 || self.year_at == Some(0) => [one, two, three],
                    None if *one > 12 => [three, two, one],
                    None => [three, one, two],
                };
                (Some(*year), Some(*month), Some(*day))
            }
            _ => return false,
        };
        // A leap year stands for one that is not said; two digits are one of our time.
        let year = year.map_or(2024, |year| if year < 100 && self.year_at.is_none() { 2000 + year } else { year });
        let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year));
        year.and_then(|year| NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))).is_some()
    }
}

fn month(word: &str) -> Option<u32> {
    let place = MONTHS.iter().position(|(short, long)| word == *short || word == *long);
    place.or_else(|| (word == "sept").then_some(8)).and_then(|place| u32::try_from(place + 1).ok())
}

fn half(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "am" | "pm" | "a" | "p")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only small whole numbers pass")]
fn whole(value: f64) -> Option<u32> {
    (value.fract() == 0.0 && (0.0..10_000.0).contains(&value)).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_reads_as_a_date() {
        for text in [
            "2019-04-01",
            "01/01/2010",
            "1/13/2010",
            "13/1/2010",
            "Jan 5, 2020",
            "5 January 2020",
            "January 5th, 2020",
            "Thu Sep 25 10:36:28 2003",
            "Thu, 25 Sep 2003 10:49:41 -0300",
            "20200105T1030",
            "20200105",
            "10:36",
            "10 am",
            "10am",
            "2020-01-05T10:30:00Z",
            "2020-01-05 10:30:00.123+02:00",
            "01.02.2003",
            "25-Sep-2003",
            "Sep 2003",
            "2003",
            "10",
            "monday",
            "10h36m28.5s",
            "Sat Oct 11 17:13:46 UTC 2003",
            "99-01-31",
            "3rd of May 2001",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn other_text_does_not() {
        for text in [
            "",
            " ",
            "abc",
            "cat",
            "2020-13-45",
            "31/02/2020",
            "hello 2020",
            "25:99",
            "1/2/3/4",
            "1977-05-55",
            "13pm x",
            "-",
            "nan",
            "12 34 56 78",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
