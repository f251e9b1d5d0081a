//! Conditions and expressions as the SQL of an engine, of the same meaning or not at all.
//!
//! What hangs on how an engine rounds, sorts or folds letters is refused unless it can be written so that it does not. It
//! knows columns by what their table says of them, and reads nothing.

use std::collections::HashMap;
use std::fmt;

use indexmap::IndexSet;

use crate::answer::{Computed, Schema, SchemaColumn};
use crate::engine::sql::dialect::Dialect;
use crate::engine::sql::pattern;
use crate::ir::{Arithmetic, Literal, Op, Predicate, Reading, Regex, Scalar, Type, Value};

/// What is always true, and what never is.
pub(super) const TRUE: &str = "TRUE";
pub(super) const FALSE: &str = "FALSE";

/// What an engine cannot say, in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cannot(pub(super) String);

impl fmt::Display for Cannot {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str(&self.0)
    }
}

/// Writes what is said of the rows of one table.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) dialect: &'a dyn Dialect,
    pub(super) schema: &'a Schema,
    /// The columns that the engine spells otherwise than rules do: what is composed there, or not.
    pub(super) spelled: &'a HashMap<String, String>,
    /// The name of the table in the statement.
    pub(super) alias: &'a str,
}

/// An expression, and the type of its values; none of a null.
pub(super) type Written = (String, Option<Type>);

impl Writer<'_> {
    /// A condition.
    ///
    /// # Errors
    /// What the engine cannot say.
    pub(super) fn condition(&self, condition: &Predicate) -> Result<String, Cannot> {
        if let Some(hosted) = self.hosted_condition(condition)? {
            return Ok(hosted);
        }
        Ok(match condition {
            Predicate::Constant(flag) => if *flag { TRUE } else { FALSE }.to_owned(),
            // The rows of a table are whole, and their columns of one type each.
            Predicate::Malformed => FALSE.to_owned(),
            Predicate::Unparsed(name) => self.unparsed(name)?,
            Predicate::IsNull(of) => self.is_null(of)?,
            Predicate::Compare(left, op, right) => self.compare(left, *op, right)?,
            Predicate::In(of, list) => self.within(of, list)?,
            Predicate::Matches(of, regex) => self.matches(of, regex)?,
            Predicate::Like(of, like) => self.matches(of, &like.to_regex())?,
            Predicate::Multiple(of, unit) => match self.value(of)? {
                (of, Some(kind @ (Type::Integer | Type::Decimal))) => {
                    let of = self.dialect.wide(&of, kind);
                    let unit = self.dialect.value(&Value::Decimal(unit.clone()))?;
                    format!("({} = 0)", self.dialect.remainder(&of, &unit, Type::Decimal))
                }
                _ => return Err(Cannot("a multiple of a float".to_owned())),
            },
            Predicate::Holds(of) => format!("({})", self.value(of)?.0),
            Predicate::Unknown(inner) => match self.condition(inner)?.as_str() {
                TRUE | FALSE => FALSE.to_owned(),
                inner => format!("(({inner}) IS NULL)"),
            },
            Predicate::Not(inner) => match self.condition(inner)?.as_str() {
                TRUE => FALSE.to_owned(),
                FALSE => TRUE.to_owned(),
                inner => format!("(NOT {inner})"),
            },
            Predicate::And(parts) => self.joined(parts, (" AND ", TRUE, FALSE))?,
            Predicate::Or(parts) => self.joined(parts, (" OR ", FALSE, TRUE))?,
            Predicate::OfType(..) => return Err(Cannot("the types of single values".to_owned())),
            Predicate::Test(test, _) => return Err(Cannot(format!("the test `{test}`"))),
            Predicate::Leads(..) => return Err(Cannot("a look at files".to_owned())),
            Predicate::Parses(what, _) => return Err(Cannot(format!("whether a text reads as {what}"))),
        })
    }

    /// Parts joined; one that changes nothing is left out, and one that decides is all there is.
    fn joined(&self, parts: &[Predicate], (with, idle, decides): (&str, &str, &str)) -> Result<String, Cannot> {
        let mut written: IndexSet<String> = IndexSet::new();
        for part in parts {
            written.insert(self.condition(part)?);
        }
        written.shift_remove(idle);
        if written.contains(decides) {
            return Ok(decides.to_owned());
        }
        let mut written: Vec<String> = written.into_iter().collect();
        match written.len() {
            0 => Ok(idle.to_owned()),
            1 => Ok(written.swap_remove(0)),
            _ => Ok(format!("({})", written.join(with))),
        }
    }

    /// An expression.
    ///
    /// # Errors
    /// What the engine cannot say.
    pub(super) fn value(&self, of: &Scalar) -> Result<Written, Cannot> {
        if let Some(hosted) = self.hosted_value(of)? {
            return Ok(hosted);
        }
        match of {
            Scalar::Column(name) => self.column(name),
            Scalar::Literal(Literal::Value(value)) => Ok((self.dialect.value(value)?, value.kind())),
            Scalar::Literal(literal) => Err(Cannot(format!("`{literal}`, which has no type yet"))),
            Scalar::Arithmetic(left, sign, right) => self.arithmetic(left, *sign, right),
            Scalar::Case(branches, otherwise) => self.case(branches, otherwise),
            Scalar::Cast(of, kind) => self.cast(of, *kind),
            Scalar::Call(function, arguments) => self.call(*function, arguments),
            Scalar::Condition(inner) => Ok((self.condition(inner)?, Some(Type::Boolean))),
            Scalar::Measured(measure, _) => Err(Cannot(format!("the {measure}, which is not known yet"))),
        }
    }

    /// The column of a name as it stands in its table.
    pub(super) fn known(&self, name: &str) -> Result<&SchemaColumn, Cannot> {
        self.schema.column(name).ok_or_else(|| Cannot(format!("`{name}`, which is no column of the table")))
    }

    fn is_null(&self, of: &Scalar) -> Result<String, Cannot> {
        let bare = if let Scalar::Column(name) = of { self.lacks(name) } else { None };
        bare.map_or_else(|| Ok(format!("({} IS NULL)", self.value(of)?.0)), Ok)
    }

    /// Whether a column has no value, where that can be told without its value.
    fn lacks(&self, name: &str) -> Option<String> {
        let column = self.schema.column(name)?;
        let reading = reading_of(column);
        let family = column.family.filter(|family| reading.kind.admits(*family))?;
        let is_bare = column.computed.is_none() && reading.missing.is_none();
        self.dialect.lacks(&self.stored(name), family).filter(|_| is_bare)
    }

    /// A column as it is stored.
    pub(super) fn stored(&self, name: &str) -> String {
        let spelled = self.spelled.get(name).map_or(name, String::as_str);
        format!("{}.{}", self.alias, self.dialect.quoted(spelled))
    }

    fn column(&self, name: &str) -> Result<Written, Cannot> {
        let column = self.known(name)?;
        if let Some(computed) = &column.computed {
            return match computed {
                Computed::Value(of) => {
                    let (of, kind) = self.value(of)?;
                    Ok((format!("({of})"), kind))
                }
                Computed::Lacks(source) => Err(Cannot(format!("`{source}`, which is no column of the table"))),
                Computed::Unfit(fault) => Err(Cannot(fault.message.clone())),
            };
        }
        if let Some(cell) = self.cell(column)? {
            return Ok(cell);
        }
        let reading = reading_of(column);
        let Some(family) = column.family.filter(|family| reading.kind.admits(*family)) else {
            // A column of another family has no value that reads.
            return Ok((self.dialect.cast("NULL", reading.kind), Some(reading.kind)));
        };
        let stored = column.stored.as_deref().unwrap_or_default();
        let quoted = self.stored(name);
        let mut written = self.dialect.column(&quoted, stored, family, reading.zone)?;
        if family != reading.kind && reading.kind.is_number() {
            written = self.dialect.cast(&written, reading.kind);
        }
        if reading.trim && reading.kind.is_text() {
            return Err(Cannot(format!("`trim` of `{name}`")));
        }
        Ok((self.without_missing(written, &reading)?, Some(reading.kind)))
    }

    /// A value, or null where it stands for none.
    fn without_missing(&self, written: String, reading: &Reading) -> Result<String, Cannot> {
        let Some(missing) = &reading.missing else { return Ok(written) };
        let mut gone = Vec::new();
        let values: Vec<Value> = reading.missing_values();
        if !values.is_empty() {
            let values = values.iter().map(|value| self.dialect.value(value)).collect::<Result<Vec<_>, _>>()?;
            gone.push(format!("{written} IN ({})", values.join(", ")));
        }
        if let Some(blank) = missing.pattern.as_ref().filter(|_| reading.kind.is_text()) {
            let regex = Regex { pattern: blank.0.as_str().to_owned(), full: false, ignore_case: false };
            gone.push(self.dialect.matches(&written, &pattern::written(&regex, self.dialect.pattern())?)?);
        }
        Ok(match gone.as_slice() {
            [] => written,
            gone => format!("CASE WHEN {} THEN NULL ELSE {written} END", gone.join(" OR ")),
        })
    }

    /// Whether a cell is there and of another family than declared.
    fn unparsed(&self, name: &str) -> Result<String, Cannot> {
        let column = self.known(name)?;
        if let Some(unread) = self.unread(column)? {
            return Ok(unread);
        }
        let reading = reading_of(column);
        if column.computed.is_some() || column.family.is_some_and(|family| reading.kind.admits(family)) {
            return Ok(FALSE.to_owned());
        }
        if reading.missing.is_some() {
            return Err(Cannot(format!("`missing` of `{name}`, whose stored type is another")));
        }
        Ok(format!("({} IS NOT NULL)", self.stored(name)))
    }

    fn compare(&self, left: &Scalar, op: Op, right: &Scalar) -> Result<String, Cannot> {
        let ((left, one), (right, other)) = self.alike(left, right)?;
        if one.is_none() || other.is_none() {
            return Ok(self.dialect.cast("NULL", Type::Boolean));
        }
        Ok(format!("({left} {} {right})", op.sign()))
    }

    /// Two values that compare as they are.
    fn alike(&self, left: &Scalar, right: &Scalar) -> Result<(Written, Written), Cannot> {
        let (one, other) = (self.value(left)?, self.value(right)?);
        match (one.1, other.1) {
            (Some(Type::Float), Some(Type::Integer | Type::Decimal)) => Ok((one, self.as_float(right)?)),
            (Some(Type::Integer | Type::Decimal), Some(Type::Float)) => Ok((self.as_float(left)?, other)),
            (Some(Type::Date), Some(Type::Timestamp)) => {
                Ok(((self.dialect.cast(&one.0, Type::Timestamp), Some(Type::Timestamp)), other))
            }
            (Some(Type::Timestamp), Some(Type::Date)) => {
                Ok((one, (self.dialect.cast(&other.0, Type::Timestamp), Some(Type::Timestamp))))
            }
            _ => Ok((one, other)),
        }
    }

    /// A number as the float that it is exactly.
    fn as_float(&self, of: &Scalar) -> Result<Written, Cannot> {
        if let Scalar::Literal(Literal::Value(value)) = of {
            let float = value
                .to_f64()
                .map(Value::float)
                .filter(|float| float.compare(value) == Some(std::cmp::Ordering::Equal));
            if let Some(float) = float {
                return Ok((self.dialect.value(&float)?, Some(Type::Float)));
            }
        }
        Err(Cannot("floats beside exact numbers, which compare by value".to_owned()))
    }

    fn within(&self, of: &Scalar, list: &[Literal]) -> Result<String, Cannot> {
        let (written, kind) = self.value(of)?;
        let mut members = Vec::with_capacity(list.len());
        for literal in list {
            let member = Scalar::Literal(literal.clone());
            members.push(match (kind, self.value(&member)?) {
                (Some(Type::Float), (_, Some(Type::Integer | Type::Decimal))) => self.as_float(&member)?.0,
                (Some(Type::Integer | Type::Decimal), (_, Some(Type::Float))) => {
                    return self.as_float(of).map(|(of, _)| of);
                }
                (_, (member, _)) => member,
            });
        }
        Ok(match members.as_slice() {
            // False where there is a value, unknown where there is none.
            [] => format!("({written} <> {written})"),
            members => format!("({written} IN ({}))", members.join(", ")),
        })
    }

    fn matches(&self, of: &Scalar, regex: &Regex) -> Result<String, Cannot> {
        let (written, kind) = self.value(of)?;
        match kind {
            Some(kind) if kind.is_text() => {
                self.dialect.matches(&written, &pattern::written(regex, self.dialect.pattern())?)
            }
            Some(Type::Integer) => {
                let text = self.dialect.cast(&written, Type::String);
                self.dialect.matches(&text, &pattern::written(regex, self.dialect.pattern())?)
            }
            _ => Err(Cannot("a pattern on what is no text".to_owned())),
        }
    }

    fn arithmetic(&self, left: &Scalar, sign: Arithmetic, right: &Scalar) -> Result<Written, Cannot> {
        let ((left, one), (right, other)) = (self.value(left)?, self.value(right)?);
        let kind = match (one, other) {
            (None, kind) | (kind, None) => return Ok((self.dialect.cast("NULL", kind.unwrap_or(Type::Integer)), kind)),
            (Some(one), Some(other)) if one.is_number() && other.is_number() => one.max(other),
            _ => return Err(Cannot("arithmetic on what are no numbers".to_owned())),
        };
        let (left, right) = (self.widened(left, one, kind), self.widened(right, other, kind));
        Ok(match (sign, kind) {
            (Arithmetic::Divide, _) => (self.dialect.quotient(&left, &right, kind), Some(Type::Float)),
            (Arithmetic::Remainder, Type::Float) => return Err(Cannot("the remainder of floats".to_owned())),
            (Arithmetic::Remainder, kind) => {
                (self.dialect.remainder(&left, &format!("NULLIF({right}, 0)"), kind), Some(kind))
            }
            (sign, kind) => (self.dialect.combined(&left, sign.sign(), &right, kind)?, Some(kind)),
        })
    }

    fn widened(&self, written: String, from: Option<Type>, to: Type) -> String {
        if from == Some(to) { written } else { self.dialect.cast(&written, to) }
    }

    fn case(&self, branches: &[(Predicate, Scalar)], otherwise: &Scalar) -> Result<Written, Cannot> {
        let mut values = Vec::with_capacity(branches.len() + 1);
        for (_, then) in branches {
            values.push(self.value(then)?);
        }
        values.push(self.value(otherwise)?);
        let (values, kind) = self.of_one_type(values)?;
        let mut written = "(CASE".to_owned();
        let all = values.clone();
        let mut values = values.into_iter();
        for (condition, _) in branches {
            let then = values.next().unwrap_or_default();
            written += &format!(" WHEN {} THEN {then}", self.condition(condition)?);
        }
        written += &format!(" ELSE {} END)", values.next().unwrap_or_default());
        Ok((self.chosen(written, &all, kind), kind))
    }

    pub(super) fn chosen(&self, whole: String, of: &[String], kind: Option<Type>) -> String {
        if let Some(kind) = kind { self.dialect.chosen(whole, of, kind) } else { whole }
    }

    /// Values as those of their one type.
    pub(super) fn of_one_type(&self, values: Vec<Written>) -> Result<(Vec<String>, Option<Type>), Cannot> {
        let kind = Self::common(&values)?;
        let fit = |(written, own): Written| match kind {
            Some(kind) if own != Some(kind) => self.dialect.cast(&written, kind),
            _ => written,
        };
        Ok((values.into_iter().map(fit).collect(), kind))
    }

    /// The one type of some values; numbers widen.
    fn common(values: &[Written]) -> Result<Option<Type>, Cannot> {
        let mut kinds = values.iter().filter_map(|(_, kind)| *kind);
        let Some(first) = kinds.next() else { return Ok(None) };
        kinds
            .try_fold(first, |common, kind| match (common, kind) {
                (common, kind) if common == kind => Some(common),
                (Type::Float, other) | (other, Type::Float) if other.is_number() => None,
                (common, kind) if common.is_number() && kind.is_number() => Some(common.max(kind)),
                (common, kind) if common.is_text() && kind.is_text() => Some(Type::String),
                _ => None,
            })
            .map(Some)
            .ok_or_else(|| Cannot("one value of several types".to_owned()))
    }
}

/// How the values of a column read; text where nothing is known of them.
pub(super) fn reading_of(column: &SchemaColumn) -> Reading {
    column.reading.clone().unwrap_or_else(|| Reading::plain(Type::String))
}
