//! Conditions on one row, evaluated one value at a time.
//!
//! Slow and plain: it settles `when`, and tests hold the engine to it. Takes bound conditions only; a literal that is
//! still spelled counts as text.

use crate::ir::{Literal, Op, Predicate, Scalar, Type, Value, cast};

/// One row of data.
pub trait Row {
    /// The value of a column; null where there is none or the cell did not read as its type.
    fn value(&self, column: &str) -> Value;
    /// Whether the cell did not read as its type.
    fn unparsed(&self, column: &str) -> bool;
    /// Whether the record could not be taken apart.
    fn malformed(&self) -> bool;
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
        Predicate::IsNull(of) => Some(scalar(of, row)?.is_null()),
        Predicate::Compare(left, op, right) => compare(&scalar(left, row)?, *op, &scalar(right, row)?),
        Predicate::In(of, list) => {
            let value = scalar(of, row)?;
            (!value.is_null()).then(|| list.iter().any(|literal| literal_value(literal) == value))
        }
        Predicate::Matches(of, regex) => {
            let compiled = regex::Regex::new(&regex.compiled_text()).map_err(|error| error.to_string())?;
            text(&scalar(of, row)?).map(|text| compiled.is_match(&text))
        }
        Predicate::Like(of, like) => {
            let compiled = regex::Regex::new(&like.to_regex().compiled_text()).map_err(|error| error.to_string())?;
            text(&scalar(of, row)?).map(|text| compiled.is_match(&text))
        }
        Predicate::Test(format, of) => text(&scalar(of, row)?).map(|text| format.holds(&text)),
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
        Scalar::Condition(inner) => predicate(inner, row)?.map_or(Value::Null, Value::Boolean),
    })
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
