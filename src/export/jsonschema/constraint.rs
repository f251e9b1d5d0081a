//! What breaks a row to the keywords that forbid it.

use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};
use serde_json::{Map, Value as Json, json};

use crate::export::jsonschema::{Property, one, pattern};
use crate::ir::function::Function;
use crate::ir::test::Test;
use crate::ir::time::Zone;
use crate::ir::{Literal, Op, Predicate, Reading, Regex, Scalar, Type, Value, bind};

/// A constraint, and what of the rule it does not say.
pub(super) struct Said {
    pub(super) constraint: Constraint,
    pub(super) note: Option<String>,
}

/// What one column must satisfy.
pub(super) enum Constraint {
    /// There is a value.
    Required,
    /// There is none.
    Null,
    /// It is one of these, or null.
    OneOf(Vec<Json>),
    /// It satisfies keywords that null satisfies too.
    Keywords(Map<String, Json>),
    /// Nothing: no JSON breaks it.
    Nothing,
}

type Told = Result<Vec<Said>, String>;

/// The constraints that a condition comes to which no row may satisfy, or why there are none.
pub(super) fn of(bad: &Predicate, column: &str, reading: Option<&Reading>) -> Told {
    let scope = bind::Scope {
        column: &|name| if name == column { reading.cloned() } else { None },
        as_of: None,
        zone: Zone::UTC,
    };
    // Nulls and form are the same of every type; of values the type must be known.
    let bound = match reading {
        Some(_) => match bind::predicate(bad, &scope) {
            Ok(bound) => bound,
            Err(bind::Unbound::AsOf) => return Err("it hangs on the day of the run".to_owned()),
            Err(_) => return Err("its values are none of the type of the column".to_owned()),
        },
        None => bad.clone(),
    };
    let on = On {
        column,
        kind: reading.map(|reading| reading.kind),
        respelled: reading.is_some_and(|reading| !reading.parse.is_empty()),
    };
    let parts = match bound {
        Predicate::Or(parts) => parts,
        other => vec![other],
    };
    let mut said = Vec::new();
    for part in &parts {
        said.extend(on.forbid(part)?);
    }
    Ok(said)
}

impl Constraint {
    /// Puts it on the field of a column.
    pub(super) fn put(self, root: &mut Property, column: &str) {
        match self {
            Self::Required => root.require(column),
            Self::Null => root.at(column).always_null = true,
            Self::OneOf(values) => root.at(column).sets.push(values),
            Self::Keywords(keywords) => root.at(column).keywords.push(keywords),
            Self::Nothing => {}
        }
    }
}

/// The column that a condition is about.
struct On<'a> {
    column: &'a str,
    kind: Option<Type>,
    /// Whether the suite says how dates are spelled.
    respelled: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "one of the answers to what may be refused")]
fn exact(constraint: Constraint) -> Told {
    Ok(vec![Said { constraint, note: None }])
}

fn keyword(key: &str, value: Json) -> Told {
    exact(Constraint::Keywords(one(key, value)))
}

fn refused() -> Told {
    Err("JSON Schema has no keyword for it".to_owned())
}

impl On<'_> {
    /// What forbids a condition.
    fn forbid(&self, bad: &Predicate) -> Told {
        match bad {
            Predicate::IsNull(of) if self.is_column(of) => exact(Constraint::Required),
            Predicate::And(parts) if self.is_null_and_parsed(parts) => exact(Constraint::Required),
            Predicate::Not(inner) => match inner.as_ref() {
                Predicate::IsNull(of) if self.is_column(of) => exact(Constraint::Null),
                Predicate::Or(all) => self.patterns(all, "anyOf"),
                Predicate::And(all) => self.patterns(all, "allOf"),
                other => self.ask(other),
            },
            Predicate::Compare(of, op, Scalar::Literal(Literal::Value(value))) => self.compare(of, *op, value),
            Predicate::In(of, list) if self.is_column(of) => keyword("not", json!({ "enum": self.listed(list)? })),
            Predicate::Matches(of, regex) if self.is_text(of) => Self::no_match(regex),
            Predicate::And(all) => {
                let texts: Option<Vec<&Regex>> = all.iter().map(|one| self.regex(one)).collect();
                match texts {
                    Some(texts) => {
                        let all = texts.into_iter().map(pattern_of).collect::<Result<Vec<_>, _>>()?;
                        let all: Vec<Json> = all.into_iter().map(|text| json!({ "pattern": text })).collect();
                        keyword("not", json!({ "type": "string", "allOf": all }))
                    }
                    None => refused(),
                }
            }
            Predicate::Constant(false) => exact(Constraint::Nothing),
            _ => refused(),
        }
    }

    /// What asks for a condition about values.
    fn ask(&self, good: &Predicate) -> Told {
        match good {
            Predicate::In(of, list) if self.is_column(of) => exact(Constraint::OneOf(self.listed(list)?)),
            Predicate::Matches(of, regex) if self.is_text(of) => {
                let note = pattern::note(&regex.pattern);
                let constraint = Constraint::Keywords(one("pattern", pattern_of(regex)?.into()));
                Ok(vec![Said { constraint, note }])
            }
            Predicate::Test(Test::Format(format), of) if self.is_text(of) => named(format.name()),
            Predicate::Multiple(of, unit) if self.is_column(of) => {
                let note = (self.kind != Some(Type::Integer) || !unit.is_integer())
                    .then(|| "validators that divide as floats may differ on fractions".to_owned());
                let constraint = Constraint::Keywords(one("multipleOf", number(unit)?));
                Ok(vec![Said { constraint, note }])
            }
            _ => refused(),
        }
    }

    fn compare(&self, of: &Scalar, op: Op, value: &Value) -> Told {
        if matches!(of, Scalar::Call(Function::Length, arguments) if arguments.iter().all(|of| self.is_text(of))) {
            return Self::length(op, value);
        }
        if !self.is_column(of) {
            return refused();
        }
        if value.to_f64().is_some_and(f64::is_infinite) && op == Op::Eq {
            // JSON has no infinity.
            return exact(Constraint::Nothing);
        }
        match (op, self.kind) {
            (_, None) => Err("the type of the column is not declared".to_owned()),
            (Op::Ne, _) => exact(Constraint::OneOf(vec![self.json(value)?])),
            (Op::Eq, _) => keyword("not", json!({ "const": self.json(value)? })),
            (_, Some(kind)) if !kind.is_number() => Err("JSON Schema has bounds for numbers only".to_owned()),
            (op, _) => {
                let key = match op {
                    Op::Lt => "minimum",
                    Op::Le => "exclusiveMinimum",
                    Op::Gt => "maximum",
                    _ => "exclusiveMaximum",
                };
                keyword(key, self.json(value)?)
            }
        }
    }

    fn length(op: Op, value: &Value) -> Told {
        let Some(bound) = value.exact() else { return refused() };
        let (up, down) = (RoundingMode::Ceiling, RoundingMode::Floor);
        let whole = |mode| bound.with_scale_round(0, mode).to_i64();
        let least = |least: Option<i64>| -> Told {
            match least {
                Some(least) if least <= 0 => exact(Constraint::Nothing),
                Some(least) => keyword("minLength", least.into()),
                None => refused(),
            }
        };
        let most = |most: Option<i64>| -> Told {
            match most {
                Some(most) if most >= 0 => keyword("maxLength", most.into()),
                _ => Err("no text is so short".to_owned()),
            }
        };
        match op {
            Op::Lt => least(whole(up)),
            Op::Le => least(whole(down).map(|whole| whole + 1)),
            Op::Gt => most(whole(down)),
            Op::Ge => most(whole(up).map(|whole| whole - 1)),
            Op::Ne if bound.is_integer() => {
                let mut both = least(whole(up))?;
                both.extend(most(whole(down))?);
                Ok(both)
            }
            Op::Ne | Op::Eq => refused(),
        }
    }

    /// Several patterns of which one, or all, must be found.
    fn patterns(&self, all: &[Predicate], key: &str) -> Told {
        let regexes: Option<Vec<&Regex>> = all.iter().map(|one| self.regex(one)).collect();
        let Some(regexes) = regexes else { return refused() };
        let mut note = None;
        let mut texts = Vec::new();
        for regex in regexes {
            texts.push(json!({ "pattern": pattern_of(regex)? }));
            note = note.or_else(|| pattern::note(&regex.pattern));
        }
        Ok(vec![Said { constraint: Constraint::Keywords(one(key, texts.into())), note }])
    }

    fn no_match(regex: &Regex) -> Told {
        // What `not_blank` asks for.
        let inner = if regex.full && regex.pattern == r"\s*" && !regex.ignore_case {
            return Ok(vec![Said {
                constraint: Constraint::Keywords(one("pattern", r"\S".into())),
                note: pattern::note(r"\s"),
            }]);
        } else {
            json!({ "type": "string", "pattern": pattern_of(regex)? })
        };
        Ok(vec![Said { constraint: Constraint::Keywords(one("not", inner)), note: pattern::note(&regex.pattern) }])
    }

    fn regex<'p>(&self, one: &'p Predicate) -> Option<&'p Regex> {
        match one {
            Predicate::Matches(of, regex) if self.is_text(of) => Some(regex),
            _ => None,
        }
    }

    fn listed(&self, list: &[Literal]) -> Result<Vec<Json>, String> {
        if self.kind.is_none() {
            return Err("the type of the column is not declared".to_owned());
        }
        let value = |literal: &Literal| match literal {
            Literal::Value(value) => self.json(value),
            Literal::Spelled(_) | Literal::Relative(_) => Err("it hangs on the day of the run".to_owned()),
        };
        list.iter().map(value).collect()
    }

    /// A value as a record holds it.
    fn json(&self, value: &Value) -> Result<Json, String> {
        match (value, self.kind) {
            (Value::Text(text), _) => Ok(text.clone().into()),
            (Value::Boolean(flag), _) => Ok((*flag).into()),
            (Value::Integer(whole), _) => Ok((*whole).into()),
            (Value::Decimal(exact), _) => number(exact),
            (Value::Float(float), _) => {
                serde_json::Number::from_f64(*float).map(Json::Number).ok_or_else(|| "JSON has no infinity".to_owned())
            }
            (Value::Date(day), Some(Type::Date)) if !self.respelled => Ok(day.to_string().into()),
            _ => Err("its values may be spelled in several ways".to_owned()),
        }
    }

    fn is_column(&self, of: &Scalar) -> bool {
        matches!(of, Scalar::Column(name) if name == self.column)
    }

    /// Whether it is the text of a column of text.
    fn is_text(&self, of: &Scalar) -> bool {
        self.is_column(of) && self.kind.is_some_and(Type::is_text)
    }

    fn is_null_and_parsed(&self, parts: &[Predicate]) -> bool {
        let null = |part: &Predicate| matches!(part, Predicate::IsNull(of) if self.is_column(of));
        let parsed = |part: &Predicate| *part == Predicate::Unparsed(self.column.to_owned()).negate();
        matches!(parts, [one, other] if null(one) && parsed(other))
    }
}

/// The keyword of a named format.
fn named(format: &str) -> Told {
    let (name, note) = match format {
        "uuid" => ("uuid", None),
        "ipv4" => ("ipv4", None),
        "ipv6" => ("ipv6", None),
        "iso_date" => ("date", None),
        "hostname" => ("hostname", Some("that the last label is no number")),
        "email" => ("idn-email", Some("that the host has a dot")),
        "url" => ("iri", Some("that there is a host")),
        _ => return Err(format!("JSON Schema has no format `{format}`")),
    };
    let constraint = Constraint::Keywords(one("format", name.into()));
    Ok(vec![Said { constraint, note: note.map(str::to_owned) }])
}

fn pattern_of(regex: &Regex) -> Result<String, String> {
    if regex.ignore_case {
        return Err("patterns of JSON Schema cannot ignore case".to_owned());
    }
    let text = pattern::translated(&regex.pattern)?;
    Ok(if regex.full { format!("^(?:{text})$") } else { text })
}

/// A number as JSON writes it, if that keeps all digits.
fn number(exact: &BigDecimal) -> Result<Json, String> {
    let text = exact.normalized().to_plain_string();
    let json: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let kept = BigDecimal::from_str(&json.to_string()).is_ok_and(|kept| kept == *exact);
    if kept { Ok(json) } else { Err(format!("JSON numbers do not keep the digits of {text}")) }
}
