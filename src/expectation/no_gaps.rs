use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::{Moment, RelativeDate, length};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::calendar::{DAY_MICROS, Part};
use crate::ir::duration::Duration;
use crate::ir::period::Every;
use crate::ir::{Periods, Type, bind};
use crate::lang::Lang;

/// Every period has a value.
///
/// `every` is `hour`, `day`, `week` (Monday to Sunday), `month` or `year` of the timezone of the suite, or a length under a
/// day that divides one evenly, such as `15m` or `6h`. Expected are the periods that lie whole between `from` and `to`,
/// `to` not included; without `from` they begin with the period of the least value, without `to` they end with that of the
/// greatest. Lengths are counted from `from`, else from the first moment of 1970 in the timezone. `calendar: weekdays`
/// leaves out what falls on a Saturday or Sunday.
///
/// Missing periods are the violations, so `allow` and `mostly` count periods, and `evaluated` is how many are expected; the
/// details list the first that are missing. Nulls are left out. Where there is no value, and `from` or `to` is left to the
/// values, no period is expected and the rule holds. More than a million periods are an error.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoGaps {
    /// The column of dates or timestamps.
    column: String,
    /// The period: `hour`, `day`, `week`, `month`, `year`, or a length under a day.
    every: String,
    /// The moment that periods begin at or after: a date, an instant, or `{as_of: -1w, floor: week}`.
    from: Option<Moment>,
    /// The moment that periods end at or before, written alike.
    to: Option<Moment>,
    /// Which periods count: `all`, or those that begin on `weekdays`, Monday to Friday.
    #[serde(default)]
    calendar: Calendar,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Calendar {
    #[default]
    All,
    Weekdays,
}

impl NoGaps {
    fn every(&self, on: &Source<'_>) -> Result<Every, Mistake> {
        let parts = [Part::Hour, Part::Day, Part::Week, Part::Month, Part::Year];
        if let Some(part) = parts.into_iter().find(|part| part.name() == self.every) {
            return Ok(Every::Part(part));
        }
        let wrong = |why: &str| {
            Mistake::at("every", format!("{why}: `{}`", self.every))
                .help("write hour, day, week, month, year, or a length under a day such as `15m` or `6h`")
        };
        let span = Duration::parse(&self.every).map_err(|_| wrong("is no period"))?;
        if span.months > 0 || span.days > 0 {
            return Err(wrong("is a length of days or more"));
        }
        if span.clock == 0 || DAY_MICROS % span.clock != 0 {
            return Err(wrong("does not divide a day evenly"));
        }
        let origin = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).map_or(0, |day| on.zone.start_of(day));
        Ok(Every::Step { micros: span.clock, origin })
    }

    fn words(&self, lang: Lang) -> String {
        let weekdays = self.calendar == Calendar::Weekdays;
        let (en, es) = match self.every.as_str() {
            "hour" if weekdays => ("every hour of a weekday", "cada hora de lunes a viernes"),
            "day" if weekdays => ("every weekday", "cada día de lunes a viernes"),
            "hour" => ("every hour", "cada hora"),
            "day" => ("every day", "cada día"),
            "week" => ("every week", "cada semana"),
            "month" => ("every month", "cada mes"),
            "year" => ("every year", "cada año"),
            other => {
                let span = length(Duration::parse(other).unwrap_or_default(), lang);
                let weekdays = if weekdays { lang.pick(" of weekdays", " de lunes a viernes") } else { "" };
                return format!("{} {span}{weekdays}", lang.pick("every", "cada"));
            }
        };
        lang.pick(en, es).to_owned()
    }

    /// Refuses a bound that is no value of the declared type.
    fn bound(&self, key: &str, moment: Option<&Moment>, on: &Source<'_>) -> Result<(), Mistake> {
        let Some(reading) = on.reading(&self.column) else { return Ok(()) };
        let kind = bind::article(reading.kind);
        if !matches!(reading.kind, Type::Date | Type::Timestamp) {
            return Err(Mistake::new(format!("`{}` is declared as {kind}, which has no periods", self.column)));
        }
        match moment {
            Some(Moment::Spelled(text)) if bind::spelled(text, reading, on.zone).is_none() => {
                Err(Mistake::at(key, format!("is `{text}`, which is not {kind}")))
            }
            _ => Ok(()),
        }
    }
}

impl Expectation for NoGaps {
    const NAME: &'static str = "no_gaps";
    const EXAMPLE: &'static str = "{column: day, every: day, from: {as_of: -1w, floor: week}, to: {as_of: 0d, floor: week}}";
    const MAIN: Option<&'static str> = Some("every");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Completeness;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let mut text =
            format!("`{}` {} {}", self.column, lang.pick("has a value for", "tiene un valor para"), self.words(lang));
        for (moment, en, es) in [(&self.from, "from", "desde"), (&self.to, "until", "hasta")] {
            if let Some(moment) = moment {
                text += &format!(" {} {}", lang.pick(en, es), moment.words(lang));
            }
        }
        text
    }

    fn dates(&self) -> Vec<RelativeDate> {
        self.from.iter().chain(&self.to).filter_map(Moment::relative).collect()
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let every = self.every(on)?;
        let weekdays = self.calendar == Calendar::Weekdays;
        if weekdays && matches!(every, Every::Part(Part::Week | Part::Month | Part::Year)) {
            return Err(Mistake::at("calendar", format!("`weekdays` says nothing of every {}", self.every)));
        }
        if let (Every::Part(Part::Hour) | Every::Step { .. }, Some(reading)) = (every, on.reading(&self.column))
            && reading.kind == Type::Date
        {
            return Err(Mistake::at("every", "is shorter than a day, and the column is declared as a date"));
        }
        self.bound("from", self.from.as_ref(), on)?;
        self.bound("to", self.to.as_ref(), on)?;
        let (from, to) = (self.from.as_ref().map(Moment::literal), self.to.as_ref().map(Moment::literal));
        let periods = Periods { every, from, to, weekdays, zone: on.zone };
        Ok(Lowered::NoGaps { column: self.column.clone(), periods })
    }
}
