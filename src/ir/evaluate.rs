//! Conditions on one row, evaluated one value at a time.
//!
//! Slow and plain: it settles `when`, and tests hold the engine to it. Takes bound conditions only; a literal that is
//! still spelled counts as text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::str::FromStr;
use std::thread::LocalKey;

use bigdecimal::{BigDecimal, Zero};

use crate::ir::{self, End, Literal, Measure, Op, Predicate, Scalar, Type, Value, cast};

/// One row of data.
pub trait Row {
    /// The value of a column; null where there is none or the cell did not read as its type.
    fn value(&self, column: &str) -> Value;
    /// Whether the cell did not read as its type.
    fn unparsed(&self, column: &str) -> bool;
    /// Whether the record could not be taken apart.
    fn malformed(&self) -> bool;
    /// The end of a range that was measured earlier.
    ///
    /// # Errors
    /// It is not known here.
    fn measured(&self, measure: &Measure, _: End) -> Result<Value, String> {
        Err(format!("the {measure} is not known yet"))
    }
}

/// A row without columns.
pub struct NoColumns;

impl Row for NoColumns {
    fn value(&self, _: &str) -> Value {
        Value::Null
    }
    fn unparsed(&self, _: &str) -> bool {
        false
    }
    fn malformed(&self) -> bool {
        false
    }
}

/// Whether a condition is true of a row; `None` is unknown.
///
/// # Errors
/// Why a value cannot be computed (overflow).
pub fn predicate(condition: &Predicate, row: &dyn Row) -> Result<Option<bool>, String> {
    Ok(match condition {
        Predicate::Constant(flag) => Some(*flag),
        Predicate::Malformed => Some(row.malformed()),
        Predicate::Unparsed(column) => Some(row.unparsed(column)),
        Predicate::OfType(of, types) => scalar(of, row)?.kind().map(|kind| types.contains(&kind)),
        Predicate::IsNull(of) => Some(scalar(of, row)?.is_null()),
        Predicate::Compare(left, op, right) => compare(&scalar(left, row)?, *op, &scalar(right, row)?),
        Predicate::In(of, list) => {
            let value = scalar(of, row)?;
            (!value.is_null()).then(|| list.iter().any(|literal| literal_value(literal) == value))
        }
        Predicate::Matches(of, regex) => match text(&scalar(of, row)?) {
            Some(text) => Some(is_match(&REGEXES, regex, ir::Regex::compiled_text, &text)?),
            None => None,
        },
        Predicate::Like(of, like) => match text(&scalar(of, row)?) {
            Some(text) => Some(is_match(&LIKES, like, |like| like.to_regex().compiled_text(), &text)?),
            None => None,
        },
        Predicate::Test(test, of) => text(&scalar(of, row)?).map(|text| test.holds(&text)),
        Predicate::Leads(..) => {
            return Err("whether a path leads to a file is told where files are looked at".to_owned());
        }
        Predicate::Parses(wanted, of) => text(&scalar(of, row)?).map(|text| wanted.holds(&text)),
        Predicate::Multiple(of, unit) => multiple(&scalar(of, row)?, unit),
        Predicate::Holds(of) => match scalar(of, row)? {
            Value::Boolean(flag) => Some(flag),
            _ => None,
        },
        Predicate::Unknown(inner) => Some(predicate(inner, row)?.is_none()),
        Predicate::Not(inner) => predicate(inner, row)?.map(|flag| !flag),
        Predicate::And(parts) => all(parts, row, false)?,
        Predicate::Or(parts) => all(parts, row, true)?,
    })
}

/// `AND` is decided by a false part, `OR` by a true one; else an unknown part makes the whole unknown.
fn all(parts: &[Predicate], row: &dyn Row, decides: bool) -> Result<Option<bool>, String> {
    let mut answer = Some(!decides);
    for part in parts {
        match predicate(part, row)? {
            Some(flag) if flag == decides => answer = Some(decides),
            None if answer != Some(decides) => answer = None,
            _ => {}
        }
    }
    Ok(answer)
}

fn compare(left: &Value, op: Op, right: &Value) -> Option<bool> {
    left.compare(right).map(|order| op.holds(order))
}

/// The value of an expression on a row.
///
/// # Errors
/// Why it cannot be computed (overflow).
pub fn scalar(of: &Scalar, row: &dyn Row) -> Result<Value, String> {
    Ok(match of {
        Scalar::Column(name) => row.value(name),
        Scalar::Literal(literal) => literal_value(literal),
        Scalar::Arithmetic(left, sign, right) => sign.apply(&scalar(left, row)?, &scalar(right, row)?)?,
        Scalar::Case(branches, otherwise) => {
            for (condition, then) in branches {
                if predicate(condition, row)? == Some(true) {
                    return scalar(then, row);
                }
            }
            scalar(otherwise, row)?
        }
        Scalar::Cast(inner, kind) => cast::cast(&scalar(inner, row)?, *kind),
        Scalar::Call(function, arguments) => {
            let values = arguments.iter().map(|argument| scalar(argument, row)).collect::<Result<Vec<_>, _>>()?;
            function.apply(&values)?
        }
        Scalar::Measured(measure, end) => row.measured(measure, *end)?,
        Scalar::Condition(inner) => predicate(inner, row)?.map_or(Value::Null, Value::Boolean),
    })
}

/// Compiled patterns by what they are compiled from.
type Compiled<K> = RefCell<HashMap<K, regex::Regex>>;

thread_local! {
    static REGEXES: Compiled<ir::Regex> = RefCell::default();
    static LIKES: Compiled<ir::Like> = RefCell::default();
}

/// Whether a text fits a pattern, which a thread compiles once and not for every row.
fn is_match<K: Hash + Eq + Clone>(
    known: &'static LocalKey<Compiled<K>>,
    pattern: &K,
    written: impl FnOnce(&K) -> String,
    text: &str,
) -> Result<bool, String> {
    /// More patterns than a suite has; a program that runs many suites begins again.
    const MOST: usize = 256;
    known.with_borrow_mut(|known| {
        if let Some(compiled) = known.get(pattern) {
            return Ok(compiled.is_match(text));
        }
        let compiled = regex::Regex::new(&written(pattern)).map_err(|error| error.to_string())?;
        let fits = compiled.is_match(text);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(pattern.clone(), compiled);
        Ok(fits)
    })
}

/// Whether a number is a whole multiple of another; a float as it is spelled shortest.
fn multiple(number: &Value, unit: &BigDecimal) -> Option<bool> {
    let exact = match number {
        Value::Float(float) if float.is_infinite() => return Some(false),
        Value::Float(float) => BigDecimal::from_str(&float.to_string()).ok()?,
        other => other.exact()?,
    };
    Some((exact % unit).is_zero())
}

fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Value(value) => value.clone(),
        Literal::Spelled(text) => Value::Text(text.clone()),
        Literal::Relative(_) => Value::Null,
    }
}

fn text(value: &Value) -> Option<String> {
    match cast::cast(value, Type::String) {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
