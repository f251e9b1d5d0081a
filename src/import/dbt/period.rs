//! Lengths of time as dbt writes them, a part of a date and a number, to those of suites.

use serde_json::Value as Json;

use crate::import::dbt::python;

/// So many of a part of a date: `day` and 3 is `3d`.
///
/// # Errors
/// A part or a number that no length has.
pub(super) fn length(part: &str, number: &Json) -> Result<String, String> {
    let number = python::text(number);
    let count: u64 = number.parse().map_err(|_| format!("`{number}` is no whole number of {part}s"))?;
    let lower = part.trim().trim_matches('\'').to_lowercase();
    Ok(match lower.trim_end_matches('s') {
        "second" => format!("{count}s"),
        "minute" => format!("{count}m"),
        "hour" => format!("{count}h"),
        "day" => format!("{count}d"),
        "week" => format!("{count}w"),
        "month" => format!("{count}mo"),
        "quarter" => format!("{}mo", count * 3),
        "year" => format!("{count}y"),
        _ => return Err(format!("`{part}` is no part of a date that lengths of time are made of")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_units() {
        assert_eq!(length("day", &Json::from(3)), Ok("3d".to_owned()));
        assert_eq!(length("quarter", &Json::from(2)), Ok("6mo".to_owned()));
        assert!(length("fortnight", &Json::from(2)).is_err());
        assert!(length("day", &Json::from(1.5)).is_err());
    }
}
