//! What stands in a cell of a sheet, and how it reads as a value.
//!
//! A sheet holds numbers, text, flags, dates and errors. A date is a number that is shown as one: days since 1900, where
//! Excel has a 29 February 1900 that never was, or since 1904; less than a day is a time. Its moment is rounded to the
//! millisecond, which is what the number can hold.

use calamine::{Data, ExcelDateTime};

use crate::engine::source::column::Given;
use crate::ir::time::{self, Zone};
use crate::ir::{Reading, Type};

const DAY: i64 = 86_400_000_000;

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(Box<str>),
    Number(f64),
    Flag(bool),
    /// Microseconds since 1970, by the clock on the wall.
    Moment(i64),
    /// Microseconds: a time of day, or a length of time.
    Span(i64),
    /// What Excel shows where a formula failed, such as `#N/A`.
    Error(Box<str>),
}

impl Cell {
    /// The cell that some data are; none if it is empty, which text of no letter is too.
    pub(super) fn of(data: Data, is_1904: bool) -> Option<Self> {
        Some(match data {
            Data::Empty => return None,
            Data::String(text) if text.is_empty() => return None,
            Data::String(text) => Self::Text(text.into()),
            #[expect(clippy::cast_precision_loss, reason = "a number of Excel has 53 bits")]
            Data::Int(number) => Self::Number(number as f64),
            Data::Float(number) => Self::Number(number),
            Data::Bool(flag) => Self::Flag(flag),
            Data::DateTime(serial) => Self::serial(&serial, is_1904),
            Data::DateTimeIso(text) => iso_moment(&text).unwrap_or_else(|| Self::Text(text.into())),
            Data::DurationIso(text) => iso_span(&text).map_or_else(|| Self::Text(text.into()), Self::Span),
            Data::Error(error) => Self::Error(error.to_string().into()),
        })
    }

    /// A number that is shown as a date.
    fn serial(serial: &ExcelDateTime, is_1904: bool) -> Self {
        let days = serial.as_f64();
        // No date lies before the first day or after the year 9999; a sheet then shows the number or nothing at all.
        if !(0.0..2_958_466.0).contains(&days) {
            return Self::Number(days);
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        let micros = (days * 86_400_000.0).round() as i64 * 1000;
        if serial.is_duration() || (micros < DAY && !(is_1904 && micros == 0)) {
            return Self::Span(micros);
        }
        // Days from the first of the system to 1970.
        let epoch = match micros.div_euclid(DAY) {
            _ if is_1904 => 24_107,
            60 => return Self::Text("1900-02-29".into()),
            ..60 => 25_568,
            _ => 25_569,
        };
        Self::Moment(micros - epoch * DAY)
    }

    /// What a reader of the type is given; `timed` shows a day as the moment it begins.
    pub(super) fn give(&self, reading: &Reading, null_values: &[String], mut take: impl FnMut(Given<'_>)) {
        let text;
        if reading.as_stored {
            return take(Given::Text(&self.text(true, false)));
        }
        let spelled = match self {
            Self::Text(text) if reading.trim => text.trim(),
            Self::Text(text) => text,
            other => {
                text = other.text(matches!(reading.kind, Type::String | Type::Json), false);
                &text
            }
        };
        if spelled.is_empty() || null_values.iter().any(|word| word == spelled) || reading.is_missing(spelled) {
            return take(Given::Nothing);
        }
        take(match (self, reading.kind) {
            // As a document it is asked for to be shown.
            (Self::Error(_), kind) if kind != Type::Json => Given::Other,
            (Self::Moment(micros), Type::Date) if micros % DAY == 0 => Given::Unit(micros / DAY),
            (Self::Moment(_), Type::Date) => Given::Other,
            (Self::Moment(micros), Type::Timestamp) => instant(*micros, reading.zone).map_or(Given::Other, Given::Unit),
            (Self::Span(micros), Type::Time) if (0..DAY).contains(micros) => Given::Unit(*micros),
            (Self::Moment(_) | Self::Span(_), kind) if kind != Type::String && kind != Type::Json => Given::Other,
            _ => Given::Text(spelled),
        });
    }

    /// Its text: a number in as few digits as say it, a date as ISO writes it.
    ///
    /// `shown` is as Excel shows flags, and very large numbers with an exponent; `timed` gives a day its midnight.
    pub(super) fn text(&self, shown: bool, timed: bool) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.to_string(),
            Self::Number(number) if shown && *number != 0.0 && !(1e-7..1e21).contains(&number.abs()) => {
                format!("{number:e}")
            }
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) if shown => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Moment(micros) => match chrono::DateTime::from_timestamp_micros(*micros) {
                Some(moment) if micros % DAY == 0 && !timed => moment.format("%Y-%m-%d").to_string(),
                Some(moment) => moment.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
                None => micros.to_string(),
            },
            Self::Span(micros) if (0..DAY).contains(micros) => time::format_time(*micros),
            Self::Span(micros) => {
                let (sign, micros) = (if *micros < 0 { "-" } else { "" }, micros.unsigned_abs());
                let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
                let rest = if rest == 0 { String::new() } else { format!(".{:03}", rest / 1000) };
                format!("{sign}{:02}:{:02}:{:02}{rest}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            }
        }
    }

    /// Whether it is a moment within a day.
    pub(super) fn is_timed(&self) -> bool {
        matches!(self, Self::Moment(micros) if micros % DAY != 0)
    }
}

/// The instant of a moment on the wall of a zone.
fn instant(micros: i64, zone: Zone) -> Option<i64> {
    chrono::DateTime::from_timestamp_micros(micros).map(|moment| zone.instant(moment.naive_utc()))
}

/// A day, or a moment without a zone, in the words of ISO 8601.
fn iso_moment(text: &str) -> Option<Cell> {
    let day = time::iso_date(text.as_bytes()).map(time::midnight);
    day.or_else(|| time::iso_timestamp(text.as_bytes(), Zone::UTC)).map(Cell::Moment)
}

/// A length of time in the words of ISO 8601, of hours, minutes and seconds: `PT10H30M00.5S`.
fn iso_span(text: &str) -> Option<i64> {
    let mut micros = 0.0;
    let mut number = String::new();
    for letter in text.strip_prefix("PT")?.chars() {
        let unit = match letter {
            'H' => 3600e6,
            'M' => 60e6,
            'S' => 1e6,
            _ => {
                number.push(letter);
                continue;
            }
        };
        micros += number.parse::<f64>().ok().filter(|number| (0.0..1e6).contains(number))? * unit;
        number.clear();
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    number.is_empty().then_some(micros.round() as i64)
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    fn date(days: f64, is_1904: bool) -> String {
        let serial = ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904);
        Cell::of(Data::DateTime(serial), is_1904).unwrap().text(true, false)
    }

    #[test]
    fn days_count_from_1900_or_1904_and_one_of_them_never_was() {
        assert_eq!(date(1.0, false), "1900-01-01");
        assert_eq!(date(59.0, false), "1900-02-28");
        assert_eq!(date(60.0, false), "1900-02-29");
        assert_eq!(date(61.0, false), "1900-03-01");
        assert_eq!(date(45_292.0, false), "2024-01-01");
        assert_eq!(date(2_958_465.0, false), "9999-12-31");
        assert_eq!(date(2_958_466.0, false), "2958466");
        assert_eq!(date(-1.0, false), "-1");
        assert_eq!(date(0.0, true), "1904-01-01");
        assert_eq!(date(43_830.0, true), "2024-01-01");
        assert_eq!(date(45_292.75, false), "2024-01-01 18:00:00");
        assert_eq!(date(0.4375, false), "10:30:00");
        assert_eq!(date(0.0, false), "00:00:00");
    }

    #[test]
    fn a_cell_reads_by_what_it_is() {
        let given = |cell: &Cell, kind: Type| {
            let mut said = String::new();
            cell.give(&Reading::plain(kind), &[], |given| said = format!("{given:?}"));
            said
        };
        assert_eq!(given(&Cell::Number(5.0), Type::Integer), r#"Text("5")"#);
        assert_eq!(given(&Cell::Number(0.1), Type::String), r#"Text("0.1")"#);
        assert_eq!(given(&Cell::Number(1e300), Type::String), r#"Text("1e300")"#);
        assert_eq!(given(&Cell::Flag(true), Type::String), r#"Text("TRUE")"#);
        assert_eq!(given(&Cell::Flag(true), Type::Boolean), r#"Text("true")"#);
        assert_eq!(given(&Cell::Moment(2 * DAY), Type::Date), "Unit(2)");
        assert_eq!(given(&Cell::Moment(2 * DAY + 1), Type::Date), "Other");
        assert_eq!(given(&Cell::Moment(DAY), Type::Timestamp), format!("Unit({DAY})"));
        assert_eq!(given(&Cell::Moment(DAY), Type::Integer), "Other");
        assert_eq!(given(&Cell::Span(DAY + 3_600_000_000), Type::String), r#"Text("25:00:00")"#);
        assert_eq!(given(&Cell::Error("#N/A".into()), Type::String), "Other");
        assert_eq!(given(&Cell::Error("#N/A".into()), Type::Json), r##"Text("#N/A")"##);
        let mut said = None;
        Cell::Error("#N/A".into()).give(&Reading::plain(Type::Integer), &["#N/A".to_owned()], |given| {
            said = Some(given == Given::Nothing);
        });
        assert_eq!(said, Some(true), "an error is no value if the suite says so");
    }

    #[test]
    fn what_libreoffice_writes_is_the_same() {
        let cell = |text: &str| Cell::of(Data::DateTimeIso(text.to_owned()), false).unwrap().text(true, false);
        assert_eq!(cell("2024-01-31"), "2024-01-31");
        assert_eq!(cell("2024-01-31T10:30:00"), "2024-01-31 10:30:00");
        assert_eq!(cell("soon"), "soon");
        assert_eq!(iso_span("PT10H30M00S"), Some(37_800_000_000));
        assert_eq!(iso_span("PT0.5S"), Some(500_000));
        assert_eq!([iso_span("P1D"), iso_span("PT5"), iso_span("PTxS")], [None; 3]);
    }
}
