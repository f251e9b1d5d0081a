//! Moments as people read them, always with their timezone: the same in every language, or in the words of one.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use crate::lang::Lang;

/// Says an RFC 3339 moment in a timezone, to the second: `2026-11-22 10:15:03 UTC`.
///
/// Seconds that are zero are left out. A timezone nobody knows reads as UTC; text that is no moment comes back as it is.
pub(super) fn say(moment: &str, timezone: &str) -> String {
    let Ok(instant) = DateTime::parse_from_rfc3339(moment) else { return moment.to_owned() };
    let local = instant.with_timezone(&timezone.parse::<Tz>().unwrap_or(Tz::UTC));
    let pattern = if local.second() == 0 { "%Y-%m-%d %H:%M %Z" } else { "%Y-%m-%d %H:%M:%S %Z" };
    local.format(pattern).to_string()
}

/// Says an RFC 3339 moment in words, to the minute: `22 Nov 2026, 10:15 UTC`; none of text that is no moment.
pub(super) fn in_words(moment: &str, timezone: &str, lang: Lang) -> Option<String> {
    const MONTHS: [(&str, &str); 12] = [
        ("Jan", "ene"),
        ("Feb", "feb"),
        ("Mar", "mar"),
        ("Apr", "abr"),
        ("May", "may"),
        ("Jun", "jun"),
        ("Jul", "jul"),
        ("Aug", "ago"),
        ("Sep", "sep"),
        ("Oct", "oct"),
        ("Nov", "nov"),
        ("Dec", "dic"),
    ];
    let local = DateTime::parse_from_rfc3339(moment).ok()?.with_timezone(&timezone.parse::<Tz>().unwrap_or(Tz::UTC));
    let (en, es) = MONTHS.get(local.month0() as usize)?;
    let (day, year) = (local.day(), local.year());
    Some(format!("{day} {} {year}, {}", lang.pick(en, es), local.format("%H:%M %Z")))
}

/// How long before another moment one was, in whole hours or days; none if either is no moment or it was later.
pub(super) fn age(moment: &str, now: &str) -> Option<Age> {
    let (then, now) = (DateTime::parse_from_rfc3339(moment).ok()?, DateTime::parse_from_rfc3339(now).ok()?);
    let hours = u64::try_from((now - then).num_hours()).ok()?;
    Some(if hours < 48 { Age::Hours(hours) } else { Age::Days(hours / 24) })
}

/// The seconds between two moments; none if either is no moment or the second is earlier.
pub(super) fn between(moment: &str, later: &str) -> Option<u64> {
    let (one, other) = (DateTime::parse_from_rfc3339(moment).ok()?, DateTime::parse_from_rfc3339(later).ok()?);
    u64::try_from((other - one).num_seconds()).ok()
}

/// A length of time of so many seconds, roughly and the same in every language: `45 s`, `90 min`, `36 h`, `3 d`.
pub(super) fn span(seconds: u64) -> String {
    let (minute, hour, day) = (60, 3_600, 86_400);
    let (unit, name) = match seconds {
        0..120 => (1, "s"),
        120..7_200 => (minute, "min"),
        7_200..172_800 => (hour, "h"),
        _ => (day, "d"),
    };
    format!("{} {name}", (seconds + unit / 2) / unit)
}

/// A length of time, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Less than two days.
    Hours(u64),
    /// More.
    Days(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_in_its_timezone() {
        assert_eq!(say("2026-11-22T10:15:03.250Z", "UTC"), "2026-11-22 10:15:03 UTC");
        assert_eq!(say("2025-06-29T22:00:00Z", "Europe/Madrid"), "2025-06-30 00:00 CEST");
        assert_eq!(say("2025-06-29T22:00:00Z", "Nowhere/At_All"), "2025-06-29 22:00 UTC");
        assert_eq!(say("soon", "UTC"), "soon");
    }

    #[test]
    fn a_moment_is_said_in_words() {
        assert_eq!(in_words("2026-01-02T10:15:03Z", "UTC", Lang::En).as_deref(), Some("2 Jan 2026, 10:15 UTC"));
        assert_eq!(
            in_words("2025-06-29T22:00:00Z", "Europe/Madrid", Lang::Es).as_deref(),
            Some("30 jun 2025, 00:00 CEST")
        );
        assert_eq!(in_words("soon", "UTC", Lang::En), None);
    }

    #[test]
    fn a_length_of_time_is_told_roughly() {
        let said = [0, 119, 120, 7_199, 7_200, 90_000, 172_799, 172_800, 250_000].map(span);
        assert_eq!(said, ["0 s", "119 s", "2 min", "120 min", "2 h", "25 h", "48 h", "2 d", "3 d"]);
        assert_eq!(between("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:30"), Some(1_800));
        assert_eq!(between("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), None);
    }

    #[test]
    fn an_age_is_told_roughly() {
        assert_eq!(age("2026-01-01T00:00:00Z", "2026-01-02T23:59:00Z"), Some(Age::Hours(47)));
        assert_eq!(age("2026-01-01T00:00:00Z", "2026-01-04T23:59:00Z"), Some(Age::Days(3)));
        assert_eq!(age("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), None);
    }
}
