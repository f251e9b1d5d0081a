//! Moments as people read them: the same in every language, always with their timezone.

use chrono::{DateTime, Timelike};
use chrono_tz::Tz;

/// Says an RFC 3339 moment in a timezone, to the second: `2026-11-22 10:15:03 UTC`.
///
/// Seconds that are zero are left out. A timezone nobody knows reads as UTC; text that is no moment comes back as it is.
pub(super) fn say(moment: &str, timezone: &str) -> String {
    let Ok(instant) = DateTime::parse_from_rfc3339(moment) else { return moment.to_owned() };
    let local = instant.with_timezone(&timezone.parse::<Tz>().unwrap_or(Tz::UTC));
    let pattern = if local.second() == 0 { "%Y-%m-%d %H:%M %Z" } else { "%Y-%m-%d %H:%M:%S %Z" };
    local.format(pattern).to_string()
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
}
