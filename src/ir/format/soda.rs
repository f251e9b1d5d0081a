//! The named formats of `SodaCL`, for suites that come from there: `soda.` and Soda's name, with underscores for its spaces.
//!
//! They are as wide as Soda's own: it takes any four numbers of three digits for an address, and knows no check digits. Where
//! its patterns and its documentation disagree (it takes the first number of `date us` for a day, and ISO dates of October and
//! times after noon for none) the documentation holds. Numbers, dates and times may have spaces around them, the others not.

use crate::ir::format::Row;
use crate::ir::format::address::ipv6;
use crate::ir::format::code::uuid;

/// A row of the table, its counterexample near to its example.
const fn row(name: &'static str, example: &'static str, counterexample: &'static str, holds: fn(&str) -> bool) -> Row {
    Row { name, example, counterexample, holds }
}

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    row("soda.integer", "-12", "1.5", |text| number(text, Sign::Any, whole, "")),
    row("soda.positive_integer", "+12", "-12", |text| number(text, Sign::Plus, whole, "")),
    row("soda.negative_integer", "-12", "12", |text| number(text, Sign::Minus, whole, "")),
    row("soda.decimal", "1,5", "1.000,5", |text| number(text, Sign::Any, decimal, "")),
    row("soda.positive_decimal", "1.5", "-1.5", |text| number(text, Sign::Plus, decimal, "")),
    row("soda.negative_decimal", "-1.5", "1.5", |text| number(text, Sign::Minus, decimal, "")),
    row("soda.decimal_point", "-1.5", "1,5", |text| number(text, Sign::Any, point, "")),
    row("soda.positive_decimal_point", "1.5", "-1.5", |text| number(text, Sign::Plus, point, "")),
    row("soda.negative_decimal_point", "-1.5", "1.5", |text| number(text, Sign::Minus, point, "")),
    row("soda.decimal_comma", "-1,5", "1.5", |text| number(text, Sign::Any, comma, "")),
    row("soda.positive_decimal_comma", "1,5", "-1,5", |text| number(text, Sign::Plus, comma, "")),
    row("soda.negative_decimal_comma", "-1,5", "1,5", |text| number(text, Sign::Minus, comma, "")),
    row("soda.percentage", "1.5 %", "1.5", |text| number(text, Sign::Any, decimal, "%")),
    row("soda.positive_percentage", "+1,5%", "-1,5%", |text| number(text, Sign::Plus, decimal, "%")),
    row("soda.negative_percentage", "-1.5%", "1.5%", |text| number(text, Sign::Minus, decimal, "%")),
    row("soda.percentage_point", "-1.5%", "1,5%", |text| number(text, Sign::Any, point, "%")),
    row("soda.positive_percentage_point", "1.5%", "-1.5%", |text| number(text, Sign::Plus, point, "%")),
    row("soda.negative_percentage_point", "-1.5%", "1.5%", |text| number(text, Sign::Minus, point, "%")),
    row("soda.percentage_comma", "-1,5%", "1.5%", |text| number(text, Sign::Any, comma, "%")),
    row("soda.positive_percentage_comma", "1,5%", "-1,5%", |text| number(text, Sign::Plus, comma, "%")),
    row("soda.negative_percentage_comma", "-1,5%", "1,5%", |text| number(text, Sign::Minus, comma, "%")),
    row("soda.money", "1.5 EUR", "1.5", |text| money(text, decimal)),
    row("soda.money_point", "1,234.50 USD", "1.234,50 USD", |text| money(text, |text| thousands(text, ',', '.'))),
    row("soda.money_comma", "1.234,50 EUR", "1,234.50 EUR", |text| money(text, |text| thousands(text, '.', ','))),
    row("soda.date_us", "12/31/2024", "31/12/2024", |text| date(text, [Part::Month, Part::Day, Part::Year])),
    row("soda.date_eu", "31/12/2024", "12/31/2024", |text| date(text, [Part::Day, Part::Month, Part::Year])),
    row("soda.date_inverse", "2024/12/31", "31/12/2024", |text| date(text, [Part::Year, Part::Month, Part::Day])),
    row("soda.date_iso_8601", "2024-12-31T10:00:00Z", "31/12/2024", date_iso),
    row("soda.time_24h", "23:59:59", "24:00", |text| time(text, 0..=23, &[2, 3])),
    row("soda.time_24h_nosec", "23:59", "23:59:59", |text| time(text, 0..=23, &[2])),
    row("soda.time_12h", "12:59:59", "13:00", |text| time(text, 0..=12, &[2, 3])),
    row("soda.time_12h_nosec", "12:59", "12:59:59", |text| time(text, 0..=12, &[2])),
    row("soda.timestamp_24h", "23:59:59", "23:59", |text| time(text, 0..=23, &[3])),
    row("soda.timestamp_12h", "12:59:59", "13:59:59", |text| time(text, 0..=12, &[3])),
    row("soda.uuid", "018f4e1c-7a3b-7c21-9d0e-5b6a7c8d9e0f", "018f4e1c", uuid),
    row("soda.ip_address", "192.168.0.256", "192.168.0", ipv4),
    row("soda.ipv4_address", "192.168.0.256", "192.168.0.1000", ipv4),
    row("soda.ipv6_address", "2001:db8::1", "2001:db8:::1", ipv6),
    row("soda.email", "ana@example.com", "ana@example.museum", email),
    row("soda.phone_number", "+1 555-123-4567", "5551234567", phone),
    row("soda.credit_card_number", "4111-1111-1111-1112", "4111-1111", credit_card),
];

/// The signs that a number may have.
#[derive(Clone, Copy)]
enum Sign {
    Any,
    /// A plus or none.
    Plus,
    /// A minus, which nought may lack.
    Minus,
}

/// A number with its sign and its unit; spaces may stand around each of them.
fn number(text: &str, sign: Sign, is_number: impl Fn(&str) -> bool, unit: &str) -> bool {
    let Some(text) = text.trim_matches(' ').strip_suffix(unit) else { return false };
    let text = text.trim_end_matches(' ');
    let (plus, minus) = (text.strip_prefix('+'), text.strip_prefix('-'));
    let is_nought = !text.contains(|digit: char| ('1'..='9').contains(&digit));
    let unsigned = match sign {
        Sign::Any => plus.or(minus).unwrap_or(text),
        Sign::Plus => plus.unwrap_or(text),
        Sign::Minus => match minus {
            Some(unsigned) => unsigned,
            None if is_nought => text,
            None => return false,
        },
    };
    is_number(unsigned.trim_start_matches(' '))
}

fn whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn decimal(text: &str) -> bool {
    point(text) || comma(text)
}

fn point(text: &str) -> bool {
    fraction(text, '.', whole)
}

fn comma(text: &str) -> bool {
    fraction(text, ',', whole)
}

/// A number with a fraction or without one, or a fraction alone.
fn fraction(text: &str, mark: char, is_whole: impl Fn(&str) -> bool) -> bool {
    match text.split_once(mark) {
        Some((before, after)) => (before.is_empty() || is_whole(before)) && whole(after),
        None => is_whole(text),
    }
}

/// A number in groups of three digits, with a fraction or without one.
fn thousands(text: &str, separator: char, mark: char) -> bool {
    let grouped = |text: &str| {
        let mut groups = text.split(separator);
        groups.next().is_some_and(|first| whole(first) && first.len() <= 3)
            && groups.all(|group| whole(group) && group.len() == 3)
    };
    !text.starts_with(mark) && fraction(text, mark, grouped)
}

/// A number with a currency of three letters, all capitals or none.
fn money(text: &str, is_number: impl Fn(&str) -> bool) -> bool {
    let text = text.trim_matches(' ');
    let Some((amount, unit)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)) else { return false };
    let of_one_case =
        unit.bytes().all(|byte| byte.is_ascii_uppercase()) || unit.bytes().all(|byte| byte.is_ascii_lowercase());
    of_one_case && number(amount, Sign::Any, is_number, "")
}

/// A part of a date.
#[derive(Clone, Copy)]
enum Part {
    Year,
    Month,
    Day,
}

/// Three numbers between `-`, `/` or `.`: years of two digits or of four that begin with 19 or 20. Whether the month has the
/// day is not asked.
fn date(text: &str, parts: [Part; 3]) -> bool {
    let found: Vec<&str> = text.trim_matches(' ').split(['-', '/', '.']).collect();
    let fits = |(part, text): (Part, &&str)| match part {
        Part::Year => {
            whole(text) && (text.len() == 2 || text.len() == 4 && text.starts_with(['1', '2']) && is_century(text))
        }
        Part::Month => within(text, 1..=2, 1..=12),
        Part::Day => within(text, 1..=2, 1..=31),
    };
    found.len() == 3 && parts.into_iter().zip(&found).all(fits)
}

fn is_century(text: &str) -> bool {
    text.starts_with("19") || text.starts_with("20")
}

/// Whether digits of some width come to a number within bounds.
fn within(text: &str, width: std::ops::RangeInclusive<usize>, bounds: std::ops::RangeInclusive<u32>) -> bool {
    width.contains(&text.len()) && whole(text) && text.parse().is_ok_and(|number: u32| bounds.contains(&number))
}

/// A date of ISO 8601 (calendar, week or ordinal, with hyphens or without), perhaps with a time after `T` or a space, and
/// after that an offset.
fn date_iso(text: &str) -> bool {
    let text = text.trim_matches(' ');
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let Some((year, rest)) = date.split_at_checked(4) else { return false };
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let two = |text: &str, bounds| within(text, 2..=2, bounds);
    let calendar = |rest: &str| {
        rest.split_at_checked(2)
            .is_some_and(|(month, day)| two(month, 1..=12) && two(day.strip_prefix('-').unwrap_or(day), 1..=31))
    };
    let week = |rest: &str| {
        rest.strip_prefix('W').and_then(|rest| rest.split_at_checked(2)).is_some_and(|(week, day)| {
            two(week, 1..=53) && (day.is_empty() || within(day.strip_prefix('-').unwrap_or(day), 1..=1, 1..=7))
        })
    };
    let ordinal = |rest: &str| within(rest, 3..=3, 1..=366);
    whole(year) && is_century(year) && (calendar(rest) || week(rest) || ordinal(rest)) && time.is_none_or(time_iso)
}

/// A time of day with an offset or none.
fn time_iso(text: &str) -> bool {
    let two = |text: &str, bounds| within(text, 2..=2, bounds);
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let offset_fits = match offset.strip_prefix(['+', '-']) {
        Some(offset) => {
            let plain = offset.replacen(':', "", 1);
            plain.split_at_checked(2).is_some_and(|(hour, minute)| two(hour, 0..=23) && two(minute, 0..=59))
        }
        None => matches!(offset, "" | "Z"),
    };
    let (clock, fraction) = match clock.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let plain = clock.replace(':', "");
    let parts: Vec<&str> = [plain.get(..2), plain.get(2..4), plain.get(4..)].into_iter().flatten().collect();
    let fits = match parts.as_slice() {
        [hour, rest] => two(hour, 0..=23) && rest.is_empty(),
        [hour, minute, ""] => two(hour, 0..=23) && two(minute, 0..=59),
        [hour, minute, second] => two(hour, 0..=23) && two(minute, 0..=59) && two(second, 0..=59),
        _ => two(&plain, 0..=23),
    };
    fits && offset_fits && fraction.is_none_or(|fraction| whole(fraction) && plain.len() == 6)
}

/// Hours, minutes and perhaps seconds of one digit or two, between colons; seconds may have a fraction. A mark of the half of
/// the day is not asked, and not taken.
fn time(text: &str, hours: std::ops::RangeInclusive<u32>, counts: &[usize]) -> bool {
    let parts: Vec<&str> = text.trim_matches(' ').split(':').collect();
    let second = |text: &str| {
        let (second, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
        within(second, 1..=2, 0..=59) && whole(fraction)
    };
    counts.contains(&parts.len())
        && within(parts[0], 1..=2, hours)
        && within(parts[1], 1..=2, 0..=59)
        && parts.get(2).is_none_or(|text| second(text))
}

/// Four numbers of up to three digits between dots, of any size.
fn ipv4(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| whole(part) && part.len() <= 3)
}

/// Letters of Latin scripts, digits and `.-_%` on both sides of an `@`, and a last label of two to four ASCII letters.
fn email(text: &str) -> bool {
    let plain = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-_%".contains(c) || ('\u{c0}'..='\u{233}').contains(&c);
        !part.is_empty() && part.chars().all(fits)
    };
    let Some((local, (domain, top))) =
        text.split_once('@').and_then(|(local, host)| Some((local, host.rsplit_once('.')?)))
    else {
        return false;
    };
    plain(local) && plain(domain) && (2..=4).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Seven digits as `123-4567`, before them perhaps an area as `(555) `, and before that a country as `+1 `; between them a
/// blank, a dot or a hyphen.
fn phone(text: &str) -> bool {
    let separated = |c: char| matches!(c, '.' | '-') || c.is_whitespace();
    let digits = |text: &str, width| whole(text) && text.len() == width;
    let (rest, country) = match text.strip_prefix('+') {
        Some(rest) => match rest.split_once(char::is_whitespace) {
            Some((country, rest)) => (rest, Some(country)),
            None => return false,
        },
        None => (text, None),
    };
    let parts: Vec<&str> = rest.split(separated).collect();
    let area = |text: &str| {
        let text = text.strip_prefix('(').unwrap_or(text);
        digits(text.strip_suffix(')').unwrap_or(text), 3)
    };
    match (parts.as_slice(), country) {
        ([first, last], None) => digits(first, 3) && digits(last, 4),
        ([code, first, last], country) => {
            let country = country.is_none_or(|country| whole(country) && country.len() <= 2);
            country && area(code) && digits(first, 3) && digits(last, 4)
        }
        _ => false,
    }
}

/// Fourteen to nineteen digits, or four times four between hyphens or between spaces; no check digit.
fn credit_card(text: &str) -> bool {
    let groups = |separator: char| {
        text.split(separator).count() == 4 && text.split(separator).all(|group| whole(group) && group.len() == 4)
    };
    (whole(text) && (14..=19).contains(&text.len())) || groups('-') || groups(' ')
}

#[cfg(test)]
mod tests {
    use crate::ir::format::Format;

    /// Whether each text has the format.
    fn has<const N: usize>(name: &str, texts: [&str; N]) -> [bool; N] {
        let format = Format::named(&format!("soda.{name}")).unwrap();
        texts.map(|text| format.holds(text))
    }

    #[test]
    fn there_are_as_many_as_soda_has() {
        assert_eq!(super::FORMATS.len(), 41);
    }

    #[test]
    fn a_sign_is_as_its_name_says() {
        assert_eq!(has("integer", ["7", "+7", " - 7 ", "007"]), [true; 4]);
        assert_eq!(has("integer", ["7.0", "--7", "", "-", "1 2"]), [false; 5]);
        assert_eq!(has("positive_integer", ["7", "+ 7", "0", "-7"]), [true, true, true, false]);
        assert_eq!(has("negative_integer", ["-7", "- 7", "00", "7", "+0"]), [true, true, true, false, false]);
        assert_eq!(has("negative_decimal", ["-,5", "0.00", ".0", "0.01"]), [true, true, true, false]);
    }

    #[test]
    fn a_mark_of_decimals_is_as_its_name_says() {
        assert_eq!(has("decimal", ["1", "1.5", "1,5", ".5", ",5"]), [true; 5]);
        assert_eq!(has("decimal", ["1.", "1.5.2", "1,000.5", "1e3"]), [false; 4]);
        assert_eq!(has("decimal_point", ["1.5", "1,5", "1"]), [true, false, true]);
        assert_eq!(has("decimal_comma", ["1.5", "1,5", "1"]), [false, true, true]);
        assert_eq!(has("percentage", ["5%", " +5,5 % ", "5", "%"]), [true, true, false, false]);
    }

    #[test]
    fn money_has_a_currency_behind_it() {
        assert_eq!(
            has("money", ["5EUR", "-5.5 usd", "5 Eur", "EUR 5", "5 €", "EUR"]),
            [true, true, false, false, false, false]
        );
        assert_eq!(
            has("money_point", ["1,234,567.8 USD", "999 USD", "1234 USD", "12,34 USD"]),
            [true, true, false, false]
        );
        assert_eq!(
            has("money_comma", ["1.234.567,8 EUR", "999 EUR", "1234 EUR", "1,234.5 EUR"]),
            [true, true, false, false]
        );
    }

    #[test]
    fn a_date_has_its_parts_in_order() {
        assert_eq!(
            has("date_us", ["1/2/24", "12-31-1999", "13/1/2024", "1/2/1824", "1/2"]),
            [true, true, false, false, false]
        );
        assert_eq!(has("date_eu", ["31.12.2024", "31-12-24", "12/31/2024"]), [true, true, false]);
        assert_eq!(has("date_inverse", ["2024/1/2", "24.12.31", "2024/13/1"]), [true, true, false]);
        let iso = [
            "2024-10-31",
            "20241031",
            "2024-W05",
            "2024W057",
            "2024-366",
            "2024-01-31T23:59",
            "2024-01-31 10:00:00.5+02:00",
        ];
        assert_eq!(has("date_iso_8601", iso), [true; 7]);
        let wrong = [
            "2024",
            "2024-13-01",
            "2024-W54",
            "2024-01-31T24:00",
            "2024-01-31T10:00:00+2",
            "2024-01-31T1",
            "1824-01-01",
        ];
        assert_eq!(has("date_iso_8601", wrong), [false; 7]);
    }

    #[test]
    fn a_time_has_the_hours_of_its_day() {
        assert_eq!(has("time_24h", ["0:00", "23:59:59.5", "24:00", "1", "10:60"]), [true, true, false, false, false]);
        assert_eq!(has("time_12h", ["12:00", "13:00", "1:00 PM"]), [true, false, false]);
        assert_eq!(has("timestamp_24h", ["10:00:00", "10:00"]), [true, false]);
    }

    #[test]
    fn addresses_and_numbers_are_as_wide_as_sodas() {
        assert_eq!(
            has("ipv4_address", ["999.999.999.999", "1.2.3", "1.2.3.a", "1234.1.1.1"]),
            [true, false, false, false]
        );
        assert_eq!(
            has("email", ["josé@a.es", "a@b.info", "a@b", "a@b.museum", "a+b@c.es"]),
            [true, true, false, false, false]
        );
        let phones = ["555-2368", "123 123 1234", "(123) 123-1234", "+12 123 123-1234", "123.123.1234"];
        assert_eq!(has("phone_number", phones), [true; 5]);
        assert_eq!(has("phone_number", ["5552368", "+34 600123456", "+123 123 123 1234", "+1 555-2368"]), [false; 4]);
        assert_eq!(
            has("credit_card_number", ["41111111111111", "4111 1111 1111 1111", "4111-1111 1111-1111"]),
            [true, true, false]
        );
    }
}
