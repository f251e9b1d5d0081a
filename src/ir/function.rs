//! The named functions that expressions may call.

use crate::ir::value::{Type, Value};

/// A function of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// The distance from zero.
    Abs,
    /// Rounded half away from zero, to so many decimals (0 if unsaid).
    Round,
    /// The greatest whole number not above.
    Floor,
    /// The least whole number not below.
    Ceil,
    /// The least of the values that are not null.
    Least,
    /// The greatest of the values that are not null.
    Greatest,
    /// The number of characters of a text.
    Length,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without the spaces around.
    Trim,
    /// A part of a text: from a character (counted from 1), so many of them.
    Substr,
    /// With every occurrence of a text replaced by another.
    Replace,
    /// The first value that is not null.
    Coalesce,
    /// Null if the two values are equal, else the first.
    NullIf,
    /// The texts one after the other; null if any is.
    Concat,
    /// A part of a date or timestamp, as an integer.
    Extract(Part),
    /// A date or timestamp cut to the start of its year, month, day …
    Truncate(Part),
    /// A date or timestamp moved by a calendar interval.
    Shift {
        /// Whole months, cut to the last day of a shorter month.
        months: i32,
        /// Microseconds, added after the months; whole days for a date.
        micros: i64,
    },
}

/// A part of a date or timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The year.
    Year,
    /// The quarter, 1 to 4.
    Quarter,
    /// The month, 1 to 12.
    Month,
    /// The ISO week, 1 to 53; cuts to Monday.
    Week,
    /// The day of the month.
    Day,
    /// The day of the week, 0 is Sunday, as in PostgreSQL.
    DayOfWeek,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The whole second.
    Second,
}

impl Function {
    /// The value for some arguments; `Err` says why there cannot be one (overflow).
    ///
    /// # Errors
    /// A sentence fragment.
    pub fn apply(self, _arguments: &[Value]) -> Result<Value, String> {
        Err("unfinished".to_owned())
    }

    /// The type of the result for arguments of these types (`None` is a literal null), or why they do not fit.
    ///
    /// # Errors
    /// A sentence fragment.
    pub fn kind(self, _arguments: &[Option<Type>]) -> Result<Option<Type>, String> {
        Err("unfinished".to_owned())
    }
}
