//! `$PARAMETER` expressions: what a value that Great Expectations computes at the run is here.
//!
//! Numbers, `+ - * / ^`, `PI`, `E` and a few functions are computed here and now; `datetime(…)` is a moment, and `now()`
//! with `timedelta(…)` a date relative to the run. A name alone is a variable of the suite. A name inside arithmetic is
//! replaced by the value the suite gives it, for variables here are put in as they are.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Map, Value as Json};

const SECOND: f64 = 1_000_000.0;

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Computed {
    /// A number, known now.
    Number(f64),
    /// A moment, known now.
    Moment(NaiveDateTime),
    /// The moment of the run, moved by so many microseconds.
    Relative(i64),
    /// A name alone: the parameter itself.
    Name(String),
}

/// Computes an expression; `known` are the values the suite gives its parameters.
///
/// # Errors
/// Why it has no value here, as a fragment.
pub(super) fn compute(expression: &str, known: &Map<String, Json>) -> Result<Computed, String> {
    if expression.trim_start().starts_with("urn:") {
        return Err("it is a metric of another validation, which is not kept here".to_owned());
    }
    let tokens = tokens(expression)?;
    if let [Token::Name(name)] = tokens.as_slice()
        && !matches!(name.as_str(), "PI" | "E")
    {
        return Ok(Computed::Name(name.clone()));
    }
    let mut reader = Reader { tokens, at: 0, known };
    let value = reader.sum()?;
    if reader.at < reader.tokens.len() {
        return Err(format!("`{expression}` cannot be read to its end"));
    }
    match value {
        Value::Number(number) if number.is_finite() => Ok(Computed::Number(number)),
        Value::Number(_) => Err(format!("`{expression}` is no number")),
        Value::Moment(moment) => Ok(Computed::Moment(moment)),
        Value::Relative(micros) => Ok(Computed::Relative(whole(micros)?)),
        Value::Span(_) => Err("a length of time alone is no value".to_owned()),
    }
}

/// How far a moment lies from the run, as suites write it: `-52w`, `0d`, `+12h`.
pub(super) fn relative(micros: i64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)];
    let mut rest = micros.unsigned_abs();
    // Weeks only where they come out even: 8 days are `8d`, not `1w1d`.
    let units = if rest.is_multiple_of(UNITS[0].1) { &UNITS[..] } else { &UNITS[1..] };
    let mut text = String::new();
    for (name, size) in units {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
    }
    match (text.is_empty(), micros < 0) {
        (true, _) => "0d".to_owned(),
        (false, true) => format!("-{text}"),
        (false, false) => format!("+{text}"),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            let number = rest[..length].parse().map_err(|_| format!("`{}` is no number", &rest[..length]))?;
            tokens.push(Token::Number(number));
            length
        } else if first.is_alphabetic() || first == '_' || first == '$' {
            let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
            let length = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..length].to_owned()));
            length
        } else if "+-*/^(),=".contains(first) {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        } else {
            return Err(format!("`{first}` has no meaning in it"));
        };
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
}

/// The length of a number at the front: digits, a point, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let whole = digits(0);
    let exponent = bytes.get(whole).is_some_and(|byte| matches!(byte, b'e' | b'E'));
    let sign = usize::from(bytes.get(whole + 1).is_some_and(|byte| matches!(byte, b'+' | b'-')));
    match exponent.then(|| digits((whole + 1 + sign).min(bytes.len()))) {
        Some(more) if more > 0 => whole + 1 + sign + more,
        _ => whole,
    }
}

#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    Moment(NaiveDateTime),
    /// The moment of the run and so many microseconds.
    Relative(f64),
    /// So many microseconds.
    Span(f64),
}

/// A parser by precedence: sums of products of powers.
struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    known: &'a Map<String, Json>,
}

impl Reader<'_> {
    fn take(&mut self, signs: &[char]) -> Option<char> {
        match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                self.at += 1;
                Some(*sign)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Result<Value, String> {
        let mut left = self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            left = added(left, self.product()?, if sign == '-' { -1.0 } else { 1.0 })?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Value, String> {
        let mut left = self.power()?;
        while let Some(sign) = self.take(&['*', '/']) {
            let right = self.power()?;
            left = match (left, right, sign) {
                (Value::Number(one), Value::Number(other), '*') => Value::Number(one * other),
                (Value::Number(one), Value::Number(other), _) => Value::Number(one / other),
                (Value::Span(span), Value::Number(times), '*') | (Value::Number(times), Value::Span(span), '*') => {
                    Value::Span(span * times)
                }
                (Value::Span(span), Value::Number(parts), _) => Value::Span(span / parts),
                _ => return Err("only numbers and lengths of time can be multiplied".to_owned()),
            };
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Value, String> {
        let base = self.factor()?;
        if self.take(&['^']).is_none() {
            return Ok(base);
        }
        match (base, self.power()?) {
            (Value::Number(base), Value::Number(exponent)) => Ok(Value::Number(base.powf(exponent))),
            _ => Err("only numbers have powers".to_owned()),
        }
    }

    fn factor(&mut self) -> Result<Value, String> {
        if self.take(&['-']).is_some() {
            return match self.factor()? {
                Value::Number(number) => Ok(Value::Number(-number)),
                Value::Span(span) => Ok(Value::Span(-span)),
                _ => Err("a moment has no opposite".to_owned()),
            };
        }
        if self.take(&['(']).is_some() {
            let inner = self.sum()?;
            return self.take(&[')']).map(|_| inner).ok_or_else(|| "a parenthesis is not closed".to_owned());
        }
        match self.tokens.get(self.at).cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Value::Number(number))
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                if self.take(&['(']).is_some() { self.call(&name) } else { self.named(&name) }
            }
            Some(Token::Sign(sign)) => Err(format!("`{sign}` stands where a value should")),
            None => Err("it ends where a value should follow".to_owned()),
        }
    }

    fn named(&self, name: &str) -> Result<Value, String> {
        match name {
            "PI" => return Ok(Value::Number(std::f64::consts::PI)),
            "E" => return Ok(Value::Number(std::f64::consts::E)),
            _ => {}
        }
        match self.known.get(name) {
            Some(Json::Number(number)) => {
                number.as_f64().map(Value::Number).ok_or_else(|| "it is no number".to_owned())
            }
            Some(Json::String(text)) => {
                moment(text).map(Value::Moment).ok_or_else(|| format!("`{name}` is text, and it is computed with"))
            }
            Some(_) => Err(format!("`{name}` is neither a number nor a moment")),
            None => Err(format!("it is computed from `{name}`, which the suite gives no value")),
        }
    }

    fn call(&mut self, name: &str) -> Result<Value, String> {
        let (mut plain, mut named): (Vec<Value>, Vec<(String, Value)>) = (Vec::new(), Vec::new());
        while self.take(&[')']).is_none() {
            let key = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
                (Some(Token::Name(key)), Some(Token::Sign('='))) => Some(key.clone()),
                _ => None,
            };
            if let Some(key) = key {
                self.at += 2;
                named.push((key, self.sum()?));
            } else {
                plain.push(self.sum()?);
            }
            if self.take(&[',']).is_none() && self.tokens.get(self.at) != Some(&Token::Sign(')')) {
                return Err("a parenthesis is not closed".to_owned());
            }
        }
        let numbers = plain
            .iter()
            .map(|value| match value {
                Value::Number(number) => Ok(*number),
                _ => Err(format!("{name}() takes numbers")),
            })
            .collect::<Result<Vec<f64>, String>>()?;
        match (name, numbers.as_slice()) {
            ("now", []) if named.is_empty() => Ok(Value::Relative(0.0)),
            ("datetime", numbers) => datetime(numbers, &named),
            ("timedelta", numbers) => timedelta(numbers, &named),
            ("sin", [x]) => Ok(Value::Number(x.sin())),
            ("cos", [x]) => Ok(Value::Number(x.cos())),
            ("tan", [x]) => Ok(Value::Number(x.tan())),
            ("exp", [x]) => Ok(Value::Number(x.exp())),
            ("abs", [x]) => Ok(Value::Number(x.abs())),
            ("trunc", [x]) => Ok(Value::Number(x.trunc())),
            // As in Python: half-way goes to the even one.
            ("round", [x]) => Ok(Value::Number(x.round_ties_even())),
            ("sgn", [x]) => Ok(Value::Number(if *x == 0.0 { 0.0 } else { x.signum() })),
            _ => Err(format!("the function `{name}` is not known")),
        }
    }
}

fn added(left: Value, right: Value, sign: f64) -> Result<Value, String> {
    Ok(match (left, right) {
        (Value::Number(one), Value::Number(other)) => Value::Number(one + sign * other),
        (Value::Span(one), Value::Span(other)) => Value::Span(one + sign * other),
        (Value::Relative(far), Value::Span(span)) => Value::Relative(far + sign * span),
        (Value::Span(span), Value::Relative(far)) if sign > 0.0 => Value::Relative(far + span),
        (Value::Moment(moment), Value::Span(span)) => {
            let moved = moment.checked_add_signed(TimeDelta::microseconds(whole(sign * span)?));
            Value::Moment(moved.ok_or_else(|| "it is out of range".to_owned())?)
        }
        _ => return Err("these do not add up: a moment takes a length of time, and numbers take numbers".to_owned()),
    })
}

fn datetime(numbers: &[f64], named: &[(String, Value)]) -> Result<Value, String> {
    const PARTS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
    let mut parts = [0_u32, 0, 0, 0, 0, 0];
    let given = numbers.iter().enumerate().map(|(place, number)| (PARTS.get(place).copied(), *number));
    let given = given.chain(named.iter().map(|(key, value)| match value {
        Value::Number(number) => (PARTS.into_iter().find(|part| part == key), *number),
        _ => (None, 0.0),
    }));
    for (part, number) in given {
        let place = part.and_then(|part| PARTS.iter().position(|name| *name == part));
        let place = place.ok_or("datetime() takes year, month, day, hour, minute and second")?;
        parts[place] = u32::try_from(whole(number)?).map_err(|_| "datetime() takes whole numbers")?;
    }
    let [year, month, day, hour, minute, second] = parts;
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .and_then(|day| day.and_hms_opt(hour, minute, second))
        .map(Value::Moment)
        .ok_or_else(|| "there is no such moment".to_owned())
}

fn timedelta(numbers: &[f64], named: &[(String, Value)]) -> Result<Value, String> {
    // The order of Python's arguments.
    const UNITS: [(&str, f64); 7] = [
        ("days", 86_400.0 * SECOND),
        ("seconds", SECOND),
        ("microseconds", 1.0),
        ("milliseconds", 1_000.0),
        ("minutes", 60.0 * SECOND),
        ("hours", 3_600.0 * SECOND),
        ("weeks", 604_800.0 * SECOND),
    ];
    let mut span = 0.0;
    for (place, number) in numbers.iter().enumerate() {
        span += number * UNITS.get(place).ok_or("timedelta() takes seven lengths")?.1;
    }
    for (key, value) in named {
        let unit = UNITS.iter().find(|(name, _)| name == key).ok_or_else(|| format!("timedelta() has no `{key}`"))?;
        let Value::Number(number) = value else { return Err("timedelta() takes numbers".to_owned()) };
        span += number * unit.1;
    }
    Ok(Value::Span(span))
}

/// Reads a moment as JSON holds it.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|moment| moment.naive_utc());
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    zoned
        .ok()
        .or_else(|| forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()))
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

#[expect(clippy::cast_possible_truncation, reason = "what lies beyond is refused first")]
fn whole(number: f64) -> Result<i64, String> {
    if number.abs() < 9e18 { Ok(number.round() as i64) } else { Err("it is out of range".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computed(expression: &str) -> Result<Computed, String> {
        compute(expression, serde_json::json!({"rows": 200, "start": "2024-01-31T10:00:00"}).as_object().unwrap())
    }

    #[test]
    fn arithmetic_on_numbers_is_computed() {
        for (expression, wanted) in
            [("1 + 2 * 3", 7.0), ("-(2 ^ 3) / 4", -2.0), ("round(2.5) + trunc(-1.9)", 1.0), ("rows * 0.9", 180.0)]
        {
            assert_eq!(computed(expression), Ok(Computed::Number(wanted)), "{expression}");
        }
    }

    #[test]
    fn now_with_a_length_of_time_is_relative_to_the_run() {
        let far = |expression: &str| match computed(expression) {
            Ok(Computed::Relative(micros)) => relative(micros),
            other => panic!("{expression}: {other:?}"),
        };
        assert_eq!(far("now()"), "0d");
        assert_eq!(far("now() - timedelta(weeks=52*100)"), "-5200w");
        assert_eq!(far("timedelta(days=1, hours=12) + now()"), "+1d12h");
        assert_eq!(far("now() - timedelta(8)"), "-8d");
    }

    #[test]
    fn a_moment_is_known_now() {
        let day = |day| NaiveDate::from_ymd_opt(2024, 1, day).unwrap();
        assert_eq!(computed("datetime(2024, 1, 2, 3)"), Ok(Computed::Moment(day(2).and_hms_opt(3, 0, 0).unwrap())));
        assert_eq!(computed("start - timedelta(days=1)"), Ok(Computed::Moment(day(30).and_hms_opt(10, 0, 0).unwrap())));
    }

    #[test]
    fn a_name_alone_is_a_parameter_and_others_need_a_value() {
        assert_eq!(computed("rows"), Ok(Computed::Name("rows".to_owned())));
        assert!(computed("other * 2").unwrap_err().contains("`other`"));
        assert!(computed("urn:great_expectations:validations:s:e.result.observed_value").is_err());
        assert!(computed("now() * 2").is_err() && computed("1 +").is_err() && computed("f(1)").is_err());
    }
}
