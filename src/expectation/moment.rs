//! Lengths of time, and moments that hang on the run: as parameters, and in words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use crate::ir::calendar::Part;
use crate::ir::duration::Duration;
use crate::ir::relative::FLOORS;
use crate::ir::{Literal, Relative, Type};
use crate::lang::Lang;

/// A length of time: `90s`, `30m`, `24h`, `21d`, `3w`, `6mo`, `18y`, or a sum as `1d12h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Duration);

/// A date that hangs on the moment of the run: `{as_of: -1w, floor: week}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelativeDate(pub Relative);

/// A date or timestamp as spelled, or one that hangs on the moment of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// As spelled.
    Spelled(String),
    /// Relative to the run.
    Relative(RelativeDate),
}

impl Length {
    /// The length in words: `1 day 12 hours`.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        length(self.0, lang)
    }
}

impl RelativeDate {
    /// The same in words: `the start of the week 1 week before the run`.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let Self(moment) = self;
        let back = moment.months < 0 || moment.days < 0 || moment.clock < 0;
        let span = Duration {
            months: moment.months.saturating_abs(),
            days: moment.days.saturating_abs(),
            clock: moment.clock.saturating_abs(),
        };
        let run = lang.pick("the run", "la ejecución");
        let far = match (span == Duration::default(), back) {
            (true, _) => None,
            (false, true) => Some(format!("{} {} {run}", length(span, lang), lang.pick("before", "antes de"))),
            (false, false) => Some(format!("{} {} {run}", length(span, lang), lang.pick("after", "después de"))),
        };
        let Some(part) = moment.floor else {
            return far.unwrap_or_else(|| lang.pick("the moment of the run", "el momento de la ejecución").to_owned());
        };
        let (en, es) = match part {
            Part::Hour => ("the start of the hour", "el inicio de la hora"),
            Part::Day => ("the start of the day", "el inicio del día"),
            Part::Week => ("the start of the week", "el inicio de la semana"),
            Part::Month => ("the start of the month", "el inicio del mes"),
            _ => ("the start of the year", "el inicio del año"),
        };
        match far {
            Some(far) => format!("{} {far}", lang.pick(en, es)),
            None => format!("{} {} {run}", lang.pick(en, es), lang.pick("of", "de")),
        }
    }

    /// What it is once the run has a moment, where it stands for values of a type.
    #[must_use]
    pub const fn of_kind(self, kind: Option<Type>) -> Self {
        match kind {
            Some(Type::Date) => Self(Relative { kind: Type::Date, ..self.0 }),
            _ => self,
        }
    }

    /// The schema of the map.
    #[must_use]
    pub fn schema() -> Json {
        let floors: Vec<&str> = FLOORS.iter().map(|part| part.name()).collect();
        json!({
            "type": "object",
            "properties": {
                "as_of": {
                    "type": "string",
                    "x-spelled": "relative",
                    "description": "How far from the moment of the run: `-1w`, `0d`, `+12h`."
                },
                "floor": {
                    "type": "string",
                    "enum": floors,
                    "description": "The period whose start it is cut to; a week begins on Monday."
                }
            },
            "required": ["as_of"],
            "additionalProperties": false
        })
    }
}

impl Moment {
    /// The literal it is.
    #[must_use]
    pub fn literal(&self) -> Literal {
        match self {
            Self::Spelled(text) => Literal::Spelled(text.clone()),
            Self::Relative(RelativeDate(moment)) => Literal::Relative(*moment),
        }
    }

    /// How it is said in a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Spelled(text) => text.clone(),
            Self::Relative(date) => date.words(lang),
        }
    }

    /// The date that hangs on the run, if it is one.
    #[must_use]
    pub const fn relative(&self) -> Option<RelativeDate> {
        match self {
            Self::Spelled(_) => None,
            Self::Relative(date) => Some(*date),
        }
    }
}

/// A length of time in words: `1 day 12 hours`; parts of a second are left out.
#[must_use]
pub fn length(span: Duration, lang: Lang) -> String {
    let units = span.units();
    if units.is_empty() {
        return lang.pick("0 seconds", "0 segundos").to_owned();
    }
    let words = units.into_iter().map(|(unit, count)| {
        let (one, many) = match unit {
            "y" => (("year", "año"), ("years", "años")),
            "mo" => (("month", "mes"), ("months", "meses")),
            "w" => (("week", "semana"), ("weeks", "semanas")),
            "d" => (("day", "día"), ("days", "días")),
            "h" => (("hour", "hora"), ("hours", "horas")),
            "m" => (("minute", "minuto"), ("minutes", "minutos")),
            _ => (("second", "segundo"), ("seconds", "segundos")),
        };
        format!("{} {}", lang.count(count), lang.plural(count, one, many))
    });
    words.collect::<Vec<_>>().join(" ")
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Duration::parse(&String::deserialize(deserializer)?).map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Length {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-spelled": "length" })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    as_of: String,
    floor: Option<String>,
}

impl<'de> Deserialize<'de> for RelativeDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let parts = Parts::deserialize(deserializer)?;
        let floor = match parts.floor.as_deref() {
            None => None,
            Some(word) => match FLOORS.into_iter().find(|part| part.name() == word) {
                Some(part) => Some(part),
                None => return Err(D::Error::custom(format!("`floor` cannot be `{word}`"))),
            },
        };
        Relative::parse(&parts.as_of).map(|moment| Self(moment.cut(floor))).map_err(D::Error::custom)
    }
}

impl JsonSchema for RelativeDate {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "RelativeDate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Self::schema().try_into().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Json::deserialize(deserializer)? {
            Json::String(text) => Ok(Self::Spelled(text)),
            map @ Json::Object(_) => serde_json::from_value(map).map(Self::Relative).map_err(D::Error::custom),
            _ => Err(D::Error::custom("a date or {as_of: …} is wanted")),
        }
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string", "x-spelled": "value" }, RelativeDate::schema()] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(as_of: &str, floor: Option<&str>) -> (String, String) {
        let date: RelativeDate = serde_json::from_value(json!({ "as_of": as_of, "floor": floor })).unwrap();
        (date.words(Lang::En), date.words(Lang::Es))
    }

    #[test]
    fn a_relative_date_is_said_in_words() {
        let pair = |en: &str, es: &str| (en.to_owned(), es.to_owned());
        assert_eq!(words("0d", None), pair("the moment of the run", "el momento de la ejecución"));
        assert_eq!(words("-21d", None), pair("3 weeks before the run", "3 semanas antes de la ejecución"));
        assert_eq!(
            words("+1d12h", None),
            pair("1 day 12 hours after the run", "1 día 12 horas después de la ejecución")
        );
        assert_eq!(
            words("-1w", Some("week")),
            pair(
                "the start of the week 1 week before the run",
                "el inicio de la semana 1 semana antes de la ejecución"
            )
        );
        assert_eq!(
            words("0d", Some("month")),
            pair("the start of the month of the run", "el inicio del mes de la ejecución")
        );
    }

    #[test]
    fn what_is_no_relative_date_is_refused() {
        for wrong in [
            json!({"as_of": "-1"}),
            json!({"as_of": "-1w", "floor": "weak"}),
            json!({"floor": "week"}),
            json!({"as_of": "0d", "flor": "day"}),
        ] {
            assert!(serde_json::from_value::<RelativeDate>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
