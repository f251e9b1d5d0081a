//! The days of half a year, a week a column from Monday down: a cell a day, told apart by colour and by shape.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, Weekday};

use super::place;
use crate::history::Day;
use crate::report::reading::State;

/// The side of a day with the room around it.
const STEP: f64 = 11.0;
/// The room above the days, for the months.
const HEAD: f64 = 14.0;

/// How large it is drawn where there is room.
const SCALE: f64 = 1.5;

/// Draws days on which a suite ran, the oldest first. A day that did not pass has its date and what its runs came to.
#[expect(clippy::cast_precision_loss, reason = "at most some tens of weeks")]
pub(in crate::report::html) fn of(days: &[(NaiveDate, Day)]) -> Option<String> {
    let (first, last) = (days.first()?.0, days.last()?.0);
    let monday = first.week(Weekday::Mon).checked_first_day()?;
    let column = |date: NaiveDate| date.signed_duration_since(monday).num_days() / 7;
    let place_of = |date: NaiveDate| {
        let row = date.weekday().num_days_from_monday();
        (place(column(date) as f64 * STEP + 5.0), f64::from(row) * STEP + HEAD)
    };
    let (mut good, mut none, mut bad, mut months) = (String::new(), String::new(), String::new(), String::new());
    let mut known = days.iter().peekable();
    for date in monday.iter_days().take_while(|date| *date <= last) {
        let (x, y) = place_of(date);
        if date.day() <= 7 && date.weekday() == Weekday::Mon {
            let _ = write!(
                months,
                "<text x=\"{}\" y=\"9\">{}</text>",
                place(column(date) as f64 * STEP),
                date.format("%Y-%m")
            );
        }
        let Some((_, day)) = known.next_if(|(known, _)| *known == date) else {
            if date >= first {
                let _ = write!(none, "M{x} {}v1", place(y + 4.0));
            }
            continue;
        };
        let state = State::of_run(day.worst());
        let shape = match state {
            State::Failed => format!("M{x} {}v9", place(y)),
            State::Error => format!("M{x} {}v3m0 3v3", place(y)),
            _ => {
                let _ = write!(good, "M{x} {}v4", place(y + 2.5));
                continue;
            }
        };
        let signs = [(State::Failed, day.failed), (State::Error, day.error), (State::Passed, day.passed)];
        let signs = signs.into_iter().filter(|(_, runs)| *runs > 0);
        let signs: Vec<String> = signs.map(|(state, runs)| format!("{} {runs}", state.icon())).collect();
        let (class, signs) = (state.name(), signs.join(" · "));
        let _ = write!(bad, "<path class=\"{class}\" d=\"{shape}\"><title>{date}: {signs}</title></path>");
    }
    let (width, height) = (((column(last) + 1) as f64 * STEP).max(STEP * 4.0), HEAD + 7.0 * STEP);
    let [wide, high] = [width, height].map(|length| place(length * SCALE));
    let (width, height) = (place(width), place(height));
    Some(format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" width=\"{wide}\" height=\"{high}\" stroke-width=\"9\" aria-hidden=\"true\">\
         <g font-size=\"9\" fill=\"currentColor\" stroke=\"none\">{months}</g>\
         <path class=\"miss\" d=\"{none}\"/><path class=\"passed\" d=\"{good}\"/>{bad}</svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_stands_in_the_row_of_its_weekday_and_the_column_of_its_week() {
        let day = |failed, error| Day { passed: 2, failed, error };
        // A Wednesday, the Friday after it, and the Monday of the next week.
        let days = [(date("2026-09-30"), day(0, 0)), (date("2026-10-02"), day(1, 0)), (date("2026-10-05"), day(0, 1))];
        let svg = of(&days).unwrap();
        assert!(svg.contains("<path class=\"passed\" d=\"M5 38.5v4\"/>"), "{svg}");
        assert!(
            svg.contains("<path class=\"failed\" d=\"M5 58v9\"><title>2026-10-02: ✗ 1 · ✓ 2</title></path>"),
            "{svg}"
        );
        assert!(svg.contains("<path class=\"error\" d=\"M16 14v3m0 3v3\"><title>2026-10-05: ? 1 · ✓ 2</title></path>"));
        assert!(svg.contains("<path class=\"miss\" d=\"M5 51v1M5 73v1M5 84v1\"/>"), "{svg}");
        assert!(svg.contains("<text x=\"11\" y=\"9\">2026-10</text>"), "{svg}");
        assert_eq!(of(&[]), None);
    }
}
