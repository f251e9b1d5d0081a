//! Names and spelled literals to columns and typed values.
//!
//! Binding gives every literal the type of what it is compared with, puts the run's "now" in, and finds what cannot be
//! compared. A literal that cannot take the type makes equality false and an order an error. It asks only for types; it
//! never sees data.

use bigdecimal::Zero;

use crate::ir::cast::castable;
use crate::ir::function::Function;
use crate::ir::name::document;
use crate::ir::parseable::Parseable;
use crate::ir::period::Every;
use crate::ir::predicate::Piece;
use crate::ir::test::Test;
use crate::ir::time::Zone;
use crate::ir::value::{read_decimal, read_float, read_integer};
use crate::ir::{
    Arithmetic, Bound, Bounds, Fold, Follow, Interpolation, Literal, Measure, Op, Order, Periods, Predicate, Reading,
    Relative, Scalar, Type, Value, ValuesWanted,
};

/// What names mean where something is bound.
pub struct Scope<'a> {
    /// How the values of a column read, if there is such a column.
    pub column: &'a dyn Fn(&str) -> Option<Reading>,
    /// The "now" of the run, in microseconds since 1970 UTC; none where it is not known.
    pub as_of: Option<i64>,
    /// The zone in which days begin.
    pub zone: Zone,
}

/// Why something cannot be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// There is no such column.
    Column(String),
    /// Types that do not go together, in words.
    Types(String),
    /// It hangs on the "now" of the run, which is not known.
    AsOf,
}

type Bound_<T> = Result<T, Unbound>;

/// Binds a condition.
///
/// # Errors
/// A column that is not there, or types that do not go together.
pub fn predicate(condition: &Predicate, scope: &Scope<'_>) -> Result<Predicate, Unbound> {
    let again = |inner: &Predicate| predicate(inner, scope);
    Ok(match condition {
        Predicate::Constant(_) | Predicate::Malformed => condition.clone(),
        Predicate::Unparsed(column) => {
            scope.reading(column)?;
            condition.clone()
        }
        // A column of one type, so that one answer serves all its rows.
        Predicate::OfType(of, types) => {
            Predicate::Constant(scalar(of, None, scope)?.1.is_some_and(|reading| types.contains(&reading.kind)))
        }
        Predicate::IsNull(of) => Predicate::IsNull(scalar(of, None, scope)?.0),
        Predicate::Compare(left, op, right) => compare(left, *op, right, scope)?,
        Predicate::In(of, list) => {
            let (of, kind) = scalar(of, None, scope)?;
            let mut values = Vec::with_capacity(list.len());
            for literal in list {
                match literal_as(literal, kind.as_ref(), scope)? {
                    Some(Value::Null) => {}
                    Some(value) => values.push(Literal::Value(value)),
                    // A moment is meant to be found; in a column without moments it never would be.
                    None if matches!(literal, Literal::Relative(_)) => {
                        return Err(not_of(literal, kind.map_or(Type::String, |reading| reading.kind)));
                    }
                    None => {}
                }
            }
            Predicate::In(of, values)
        }
        Predicate::Matches(of, regex) => Predicate::Matches(as_text(of, scope)?, regex.clone()),
        Predicate::Like(of, like) => Predicate::Like(as_text(of, scope)?, like.clone()),
        Predicate::Test(test @ Test::Conforms(_), Scalar::Column(name)) => {
            if *name == document("") && (scope.column)(name).is_none() {
                let message = "only records of JSON are documents; name the `column` that holds them";
                return Err(Unbound::Types(message.to_owned()));
            }
            let nested = matches!(scope.reading(name)?.kind, Type::Object | Type::List);
            let of = if nested { Scalar::Column(document(name)) } else { as_text(&Scalar::column(name), scope)? };
            Predicate::Test(test.clone(), of)
        }
        Predicate::Test(test, of) => Predicate::Test(test.clone(), as_text(of, scope)?),
        Predicate::Leads(asset, of) => Predicate::Leads(asset.clone(), as_text(of, scope)?),
        Predicate::Parses(wanted, of) => {
            if let (Parseable::By(_), Some(reading)) = (wanted, scalar(of, None, scope)?.1) {
                check_pattern(of, &reading)?;
            }
            Predicate::Parses(wanted.clone(), as_text(of, scope)?)
        }
        Predicate::Multiple(of, unit) => {
            let (of, kind) = scalar(of, None, scope)?;
            match kind {
                Some(reading) if !reading.kind.is_number() => {
                    let kind = article(reading.kind);
                    return Err(Unbound::Types(format!("{} is {kind}, and only numbers are multiples", said(&of))));
                }
                _ => Predicate::Multiple(of, unit.clone()),
            }
        }
        Predicate::Holds(of) => {
            let (of, kind) = scalar(of, Some(&Reading::plain(Type::Boolean)), scope)?;
            match kind {
                None => Predicate::Holds(of),
                Some(reading) if reading.kind == Type::Boolean => Predicate::Holds(of),
                Some(reading) => {
                    return Err(Unbound::Types(format!(
                        "{} is {}, not true or false",
                        said(&of),
                        article(reading.kind)
                    )));
                }
            }
        }
        Predicate::Unknown(inner) => Predicate::Unknown(Box::new(again(inner)?)),
        Predicate::Not(inner) => Predicate::Not(Box::new(again(inner)?)),
        Predicate::And(parts) => Predicate::And(parts.iter().map(again).collect::<Bound_<_>>()?),
        Predicate::Or(parts) => Predicate::Or(parts.iter().map(again).collect::<Bound_<_>>()?),
    })
}

/// Binds what is folded, and says its type.
///
/// # Errors
/// A column that is not there, or a function that its type does not have.
pub fn folded(fold: &Fold, of: &Scalar, scope: &Scope<'_>) -> Result<(Scalar, Reading), Unbound> {
    let (of, reading) = value(of, scope)?;
    let kind = reading.kind;
    let between = |how| matches!(how, Interpolation::Linear | Interpolation::Midpoint);
    let word = match fold {
        Fold::Min => "least value",
        Fold::Max => "greatest value",
        Fold::Sum => "sum",
        Fold::Mean => "mean",
        Fold::Variance => "variance",
        Fold::Stddev => "standard deviation",
        Fold::Quantile(_, how) if between(*how) && kind.is_ordered() && !kind.is_text() => {
            "value half-way; take a quantile of interpolation nearest, lower or higher"
        }
        Fold::Quantile(..) => "quantile",
        Fold::Skewness => "skewness",
        Fold::Kurtosis => "kurtosis",
        Fold::Range(..) => "outliers",
    };
    let fits = match fold {
        Fold::Min | Fold::Max => kind.is_ordered(),
        Fold::Sum | Fold::Mean | Fold::Variance | Fold::Stddev | Fold::Skewness | Fold::Kurtosis | Fold::Range(..) => {
            kind.is_number()
        }
        Fold::Quantile(_, how) => kind.is_number() || (!between(*how) && kind.is_ordered() && !kind.is_text()),
    };
    if fits {
        return Ok((of, reading));
    }
    Err(Unbound::Types(format!("{} is {}, which has no {word}", said(&of), article(kind))))
}

/// Binds the order of a sequence.
///
/// # Errors
/// A column that is not there, or values that have no order.
pub fn order(order: &Order, scope: &Scope<'_>) -> Result<Order, Unbound> {
    let (of, reading) = value(&order.of, scope)?;
    let mut kinds = vec![(said(&of), reading.kind)];
    for column in &order.by {
        kinds.push((format!("`{column}`"), scope.reading(column)?.kind));
    }
    if let Follow::Apart(_) = &order.follow {
        // What only tells intervals apart needs no order.
        kinds.truncate(1);
    }
    if let Some((said, kind)) = kinds.into_iter().find(|(_, kind)| !kind.is_ordered()) {
        return Err(Unbound::Types(format!("{said} is {}, which has no order", article(kind))));
    }
    let by = order.by.clone();
    Ok(match &order.follow {
        Follow::Step(Scalar::Literal(step)) => {
            let next = next(&of, step, &reading, scope.zone).map_err(Unbound::Types)?;
            Order { of, follow: Follow::Step(next), by }
        }
        Follow::Apart(end) => {
            let (end, other) = value(end, scope)?;
            let exact = |kind| matches!(kind, Type::Integer | Type::Decimal);
            let as_decimal = |of: Scalar, kind| match kind {
                Type::Integer => Scalar::Cast(Box::new(of), Type::Decimal),
                _ => of,
            };
            match (reading.kind, other.kind) {
                (one, same) if one == same => Order { of, follow: Follow::Apart(end), by },
                (one, same) if exact(one) && exact(same) => {
                    Order { of: as_decimal(of, one), follow: Follow::Apart(as_decimal(end, same)), by }
                }
                (one, other) => {
                    let (one, other) = (article(one), article(other));
                    let message =
                        format!("{} is {one} and {} is {other}, and an interval has one type", said(&of), said(&end));
                    return Err(Unbound::Types(message));
                }
            }
        }
        follow => Order { of, follow: follow.clone(), by },
    })
}

/// What comes a step after a value of a type.
///
/// The step is a number for numbers, a length of time for dates and timestamps; either may be below zero.
///
/// # Errors
/// Why there is no such step, in words.
pub fn next(of: &Scalar, step: &Literal, reading: &Reading, zone: Zone) -> Result<Scalar, String> {
    let kind = reading.kind;
    let spelled = match step {
        Literal::Spelled(text) => text.clone(),
        Literal::Value(Value::Integer(1)) if kind == Type::Date => "1d".to_owned(),
        Literal::Value(_) if kind == Type::Timestamp => {
            return Err(format!("{} is a timestamp, which needs a `step` such as `1h`", said(of)));
        }
        other => other.to_string(),
    };
    let none = |wanted: &str| format!("`{spelled}` is no step of {}: write {wanted}", article(kind));
    let plus = |number| Scalar::Arithmetic(Box::new(of.clone()), Arithmetic::Add, Box::new(Scalar::value(number)));
    match kind {
        Type::Integer => {
            let number = read_integer(&spelled).filter(|number| *number != 0);
            number.map(|number| plus(Value::Integer(number))).ok_or_else(|| none("a whole number, not zero"))
        }
        Type::Decimal => {
            let number = read_decimal(&spelled).filter(|number| !number.is_zero());
            number.map(|number| plus(Value::Decimal(number))).ok_or_else(|| none("a number, not zero"))
        }
        Type::Date | Type::Timestamp => {
            let way = Relative::parse(&spelled).ok();
            let way = way.filter(|way| (way.months, way.days, way.clock) != (0, 0, 0));
            let way = way.filter(|way| kind == Type::Timestamp || way.clock == 0);
            let wanted = if kind == Type::Date {
                "days or more, as `1d`, `-1w`, `1mo`"
            } else {
                "a length of time, as `15m`, `1d`"
            };
            way.map(|way| Scalar::Call(Function::Later(way, zone), vec![of.clone()])).ok_or_else(|| none(wanted))
        }
        Type::Float => Err(format!("{} is a float, whose steps are not exact; cast it to a decimal", said(of))),
        kind => Err(format!("{} is {}, which has no steps", said(of), article(kind))),
    }
}

/// Binds an expression whose values are looked at, and says its type.
///
/// # Errors
/// A column that is not there, types that do not go together, or nothing but null.
pub fn value(of: &Scalar, scope: &Scope<'_>) -> Result<(Scalar, Reading), Unbound> {
    let (of, reading) = scalar(of, None, scope)?;
    let reading = reading.ok_or_else(|| Unbound::Types("there is nothing but null".to_owned()))?;
    Ok((of, reading))
}

/// Binds the values that are wanted; one that cannot be of the type is kept as text, which no value equals.
///
/// # Errors
/// A moment among values that are none, or the "now" of the run is not known.
pub fn values_wanted(wanted: &ValuesWanted, reading: &Reading, scope: &Scope<'_>) -> Result<ValuesWanted, Unbound> {
    let all = |list: &[Literal]| -> Bound_<Vec<Literal>> {
        let bound = |literal: &Literal| match literal_as(literal, Some(reading), scope)? {
            Some(value) => Ok(Literal::Value(value)),
            None if matches!(literal, Literal::Relative(_)) => Err(not_of(literal, reading.kind)),
            None => Ok(literal.clone()),
        };
        list.iter().map(bound).collect()
    };
    Ok(match wanted {
        ValuesWanted::In(list) => ValuesWanted::In(all(list)?),
        ValuesWanted::Contain(list) => ValuesWanted::Contain(all(list)?),
        ValuesWanted::Equal(list) => ValuesWanted::Equal(all(list)?),
        ValuesWanted::MostCommon { values, ties } => ValuesWanted::MostCommon { values: all(values)?, ties: *ties },
    })
}

/// Binds dates or timestamps, and says which of the two they are.
///
/// # Errors
/// A column that is not there, or values that are neither.
pub fn moments(of: &Scalar, scope: &Scope<'_>) -> Result<(Scalar, Reading), Unbound> {
    let (of, reading) = value(of, scope)?;
    if matches!(reading.kind, Type::Date | Type::Timestamp) {
        return Ok((of, reading));
    }
    Err(Unbound::Types(format!("{} is {}, not a date or timestamp", said(&of), article(reading.kind))))
}

/// Binds a moment to values of a type.
///
/// # Errors
/// The "now" of the run is not known, or the moment is no such value.
pub fn moment(literal: &Literal, reading: &Reading, scope: &Scope<'_>) -> Result<Literal, Unbound> {
    literal_as(literal, Some(reading), scope)?.map(Literal::Value).ok_or_else(|| not_of(literal, reading.kind))
}

/// Binds how old values of a type may be: the earliest that they may be.
///
/// A date goes by whole days before the day of the run.
///
/// # Errors
/// The "now" of the run is not known, or the bound is out of range.
pub fn ages(limits: &Bounds, reading: &Reading, scope: &Scope<'_>) -> Result<Bounds, Unbound> {
    let Some(Bound { value: Literal::Relative(moment), strict }) = &limits.min else {
        return bounds(limits, reading, scope);
    };
    if reading.kind != Type::Date {
        return bounds(limits, reading, scope);
    }
    let today = scope.zone.day(scope.as_of.ok_or(Unbound::AsOf)?);
    let day = moment.from_day(today).ok_or_else(|| Unbound::Types(format!("`{moment}` is out of range")))?;
    Ok(Bounds { min: Some(Bound { value: Literal::Value(Value::Date(day)), strict: *strict }), max: None })
}

/// Binds periods to values of a type, and the values to the starts of their periods.
///
/// # Errors
/// A bound that is no such value, bounds that leave no time between them, or periods that a date does not have.
pub fn periods(
    of: Scalar,
    periods: &Periods,
    reading: &Reading,
    scope: &Scope<'_>,
) -> Result<(Scalar, Periods), Unbound> {
    let bind = |literal: &Option<Literal>| match literal {
        None => Ok(None),
        Some(literal) => {
            literal_as(literal, Some(reading), scope)?.map(Some).ok_or_else(|| not_of(literal, reading.kind))
        }
    };
    let (from, to) = (bind(&periods.from)?, bind(&periods.to)?);
    if let (Some(from), Some(to)) = (&from, &to)
        && from.compare(to).is_some_and(std::cmp::Ordering::is_gt)
    {
        return Err(Unbound::Types(format!("`from` is {from}, which lies after `to`, {to}")));
    }
    let every = match (periods.every, &from) {
        (Every::Step { micros, .. }, Some(Value::Timestamp(from))) => Every::Step { micros, origin: *from },
        (every, _) => every,
    };
    let start = Function::StartOf(every, periods.zone);
    start.kind(&[Some(reading.kind)]).map_err(Unbound::Types)?;
    let (from, to) = (from.map(Literal::Value), to.map(Literal::Value));
    Ok((Scalar::Call(start, vec![of]), Periods { every, from, to, ..periods.clone() }))
}

/// Binds bounds on a value of a type.
///
/// # Errors
/// A bound that is no value of it.
pub fn bounds(bounds: &Bounds, reading: &Reading, scope: &Scope<'_>) -> Result<Bounds, Unbound> {
    let bind = |bound: &Option<Bound>| match bound {
        None => Ok(None),
        Some(bound) => match literal_as(&bound.value, Some(reading), scope)? {
            Some(value) => Ok(Some(Bound { value: Literal::Value(value), strict: bound.strict })),
            None => Err(not_of(&bound.value, reading.kind)),
        },
    };
    Ok(Bounds { min: bind(&bounds.min)?, max: bind(&bounds.max)? })
}

/// Finds spelled values that are none of the type of the column they are compared with, each with what is wrong.
///
/// Columns without a known type are passed over. Binding itself takes such a value as false where it is compared for
/// equality; in a suite that declares the type it is a mistake.
pub fn misfits(condition: &Predicate, scope: &Scope<'_>, found: &mut Vec<(String, String)>) {
    let mut look = |column: &str, literal: &Literal| {
        let Some(reading) = (scope.column)(column) else { return };
        let declared = format!("which `{column}` is declared to be");
        match literal {
            Literal::Spelled(text) if spelled(text, &reading, scope.zone).is_none() => {
                found.push((text.clone(), format!("{}, {declared}", no(text, reading.kind))));
            }
            Literal::Relative(_) if !matches!(reading.kind, Type::Date | Type::Timestamp) => {
                let message = format!("a date relative to the run is not {}, {declared}", article(reading.kind));
                found.push(("as_of".to_owned(), message));
            }
            _ => {}
        }
    };
    match condition {
        Predicate::Compare(Scalar::Column(column), _, Scalar::Literal(literal))
        | Predicate::Compare(Scalar::Literal(literal), _, Scalar::Column(column)) => look(column, literal),
        Predicate::In(Scalar::Column(column), list) => list.iter().for_each(|literal| look(column, literal)),
        Predicate::Not(inner) | Predicate::Unknown(inner) => misfits(inner, scope, found),
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().for_each(|part| misfits(part, scope, found)),
        _ => {}
    }
}

/// Finds casts that can give no value of a column, each with what is wrong. Columns without a known type are passed over.
pub fn miscasts(condition: &Predicate, scope: &Scope<'_>, found: &mut Vec<String>) {
    condition.pieces(&mut |piece| {
        if let Piece::Value(Scalar::Cast(of, to)) = piece
            && let Scalar::Column(column) = of.as_ref()
            && let Err(Unbound::Types(wrong)) = check_castable(of, (scope.column)(column).as_ref(), *to)
        {
            found.push(wrong);
        }
    });
}

/// Binds an expression; `want` is the reading that a literal in its place would take.
fn scalar(of: &Scalar, want: Option<&Reading>, scope: &Scope<'_>) -> Bound_<(Scalar, Option<Reading>)> {
    Ok(match of {
        Scalar::Column(name) => (of.clone(), Some(scope.reading(name)?)),
        Scalar::Literal(literal) => {
            let text = Reading::plain(Type::String);
            let value = match (literal, want) {
                // By itself a moment is what it is, not text.
                (Literal::Relative(moment), None) => literal_as(literal, Some(&Reading::plain(moment.kind)), scope)?,
                _ => literal_as(literal, want.or(Some(&text)), scope)?,
            };
            let value = value.ok_or_else(|| not_of(literal, want.map_or(Type::String, |reading| reading.kind)))?;
            let kind = value.kind().map(Reading::plain);
            (Scalar::value(value), kind)
        }
        Scalar::Arithmetic(left, sign, right) => {
            let number = Reading::plain(Type::Decimal);
            let (left, left_kind) = scalar(left, Some(&number), scope)?;
            let (right, right_kind) = scalar(right, Some(&number), scope)?;
            let kinds = [left_kind, right_kind].map(|reading| reading.map(|reading| reading.kind));
            let kind = sign.kind(kinds[0], kinds[1]).map_err(|wrong| {
                let side = if kinds[0].is_none_or(Type::is_number) { &right } else { &left };
                Unbound::Types(format!("{}: {wrong}", said(side)))
            })?;
            (Scalar::Arithmetic(Box::new(left), *sign, Box::new(right)), kind.map(Reading::plain))
        }
        Scalar::Case(branches, otherwise) => {
            let mut kind: Option<Type> = None;
            let mut bound = Vec::with_capacity(branches.len());
            for (condition, then) in branches {
                let (then, then_kind) = scalar(then, want, scope)?;
                kind = unify(kind, then_kind.map(|reading| reading.kind))?;
                bound.push((predicate(condition, scope)?, then));
            }
            let (otherwise, last) = scalar(otherwise, want, scope)?;
            kind = unify(kind, last.map(|reading| reading.kind))?;
            (Scalar::Case(bound, Box::new(otherwise)), kind.map(Reading::plain))
        }
        Scalar::Cast(inner, kind) => {
            let (inner, from) = scalar(inner, None, scope)?;
            check_castable(&inner, from.as_ref(), *kind)?;
            (Scalar::Cast(Box::new(inner), *kind), Some(Reading { zone: scope.zone, ..Reading::plain(*kind) }))
        }
        Scalar::Call(function, arguments) => {
            // Literals among arguments of one type take that type: coalesce(fecha, '2024-01-01').
            let peer = match function {
                Function::Coalesce | Function::Least | Function::Greatest | Function::NullIf => {
                    arguments.iter().find_map(|argument| match argument {
                        Scalar::Literal(_) => None,
                        other => scalar(other, None, scope).ok().and_then(|(_, reading)| reading),
                    })
                }
                _ => None,
            };
            let mut bound = Vec::with_capacity(arguments.len());
            let mut kinds = Vec::with_capacity(arguments.len());
            for argument in arguments {
                let (argument, kind) = scalar(argument, peer.as_ref(), scope)?;
                bound.push(argument);
                kinds.push(kind.map(|reading| reading.kind));
            }
            let kind = function.kind(&kinds).map_err(Unbound::Types)?;
            (Scalar::Call(*function, bound), kind.map(|kind| Reading { zone: scope.zone, ..Reading::plain(kind) }))
        }
        Scalar::Measured(measure, end) => {
            let Measure::Fold(fold, of, rows) = measure.as_ref() else {
                return Err(Unbound::Types(format!("{measure} has no ends")));
            };
            let (of, reading) = folded(fold, of, scope)?;
            let measure = Measure::Fold(fold.clone(), of, predicate(rows, scope)?);
            (Scalar::Measured(Box::new(measure), *end), Some(reading))
        }
        Scalar::Condition(inner) => {
            (Scalar::Condition(Box::new(predicate(inner, scope)?)), Some(Reading::plain(Type::Boolean)))
        }
    })
}

fn compare(left: &Scalar, op: Op, right: &Scalar, scope: &Scope<'_>) -> Bound_<Predicate> {
    // The side that is no literal is bound first, for a literal takes its type.
    if matches!(left, Scalar::Literal(_)) && !matches!(right, Scalar::Literal(_)) {
        return compare(right, op.flipped(), left, scope);
    }
    let (left, reading) = match left {
        Scalar::Literal(Literal::Spelled(_)) => {
            let peer = scalar(right, None, scope)?.1;
            scalar(left, peer.as_ref(), scope)?
        }
        _ => scalar(left, None, scope)?,
    };
    if let Scalar::Literal(literal) = right {
        let Some(value) = literal_as(literal, reading.as_ref(), scope)? else {
            let kind = reading.map_or(Type::String, |reading| reading.kind);
            return match op {
                // A moment is meant to be met; beside what has none it is a mistake.
                _ if matches!(literal, Literal::Relative(_)) => Err(not_of(literal, kind)),
                // False where there is a value, unknown where there is none.
                Op::Eq => Ok(Predicate::Compare(left.clone(), Op::Ne, left)),
                Op::Ne => Ok(Predicate::Compare(left.clone(), Op::Eq, left)),
                _ => Err(not_of(literal, kind)),
            };
        };
        check_comparable(&left, reading.as_ref().map(|reading| reading.kind), op, value.kind())?;
        return Ok(Predicate::Compare(left, op, Scalar::value(value)));
    }
    let (right, other) = scalar(right, reading.as_ref(), scope)?;
    check_comparable(&left, reading.map(|reading| reading.kind), op, other.map(|reading| reading.kind))?;
    Ok(Predicate::Compare(left, op, right))
}

fn check_comparable(left: &Scalar, kind: Option<Type>, op: Op, other: Option<Type>) -> Bound_<()> {
    let (Some(kind), Some(other)) = (kind, other) else { return Ok(()) };
    if !kind.comparable(other) {
        return Err(Unbound::Types(format!(
            "{} is {}, which does not compare with {}",
            said(left),
            article(kind),
            article(other)
        )));
    }
    if !matches!(op, Op::Eq | Op::Ne) && !kind.is_ordered() {
        return Err(Unbound::Types(format!("{} is {}, which has no order", said(left), article(kind))));
    }
    Ok(())
}

/// A literal as a value of a type; none if it cannot be one.
fn literal_as(literal: &Literal, reading: Option<&Reading>, scope: &Scope<'_>) -> Bound_<Option<Value>> {
    let kind = reading.map(|reading| reading.kind);
    Ok(match literal {
        Literal::Relative(moment) => match kind.unwrap_or(moment.kind) {
            kind @ (Type::Date | Type::Timestamp) => {
                let as_of = scope.as_of.ok_or(Unbound::AsOf)?;
                let value = moment.value(as_of, scope.zone, kind);
                Some(value.ok_or_else(|| Unbound::Types(format!("`{literal}` is out of range")))?)
            }
            _ => None,
        },
        // A tenth has no float: what a float column holds for it is the nearest one, and that is what is meant.
        Literal::Value(number @ (Value::Integer(_) | Value::Decimal(_))) if kind == Some(Type::Float) => {
            number.to_f64().map(Value::float)
        }
        // A day among instants is its first one, where days begin.
        Literal::Value(Value::Date(day)) if kind == Some(Type::Timestamp) => {
            Some(Value::Timestamp(scope.zone.start_of(*day)))
        }
        Literal::Value(value) => Some(value.clone()),
        Literal::Spelled(text) => match reading {
            Some(reading) => spelled(text, reading, scope.zone),
            None => Some(Value::Text(text.clone())),
        },
    })
}

/// Reads a value of a suite by the type of its column; none if it cannot be one.
///
/// Numbers of a wider type are numbers still: they compare by value. Days and instants may always be written as ISO.
#[must_use]
pub fn spelled(text: &str, reading: &Reading, zone: Zone) -> Option<Value> {
    match reading.kind {
        Type::String | Type::Json => Some(Value::Text(text.to_owned())),
        Type::Integer => reading.read(text).or_else(|| read_decimal(text).map(Value::Decimal)),
        Type::Decimal => reading.read(text).or_else(|| read_float(text).map(Value::float)),
        Type::Float => read_float(text).map(Value::float),
        Type::Time => Reading::plain(Type::Time).read(text).or_else(|| reading.read(text)),
        Type::Date => Reading::plain(Type::Date).read(text).or_else(|| reading.read(text)),
        Type::Timestamp => {
            let iso = Reading { zone, ..Reading::plain(Type::Timestamp) };
            let day = || iso.read_date(text).map(|day| Value::Timestamp(zone.start_of(day)));
            iso.read(text).or_else(|| reading.read(text)).or_else(day)
        }
        _ => reading.read(text),
    }
}

fn as_text(of: &Scalar, scope: &Scope<'_>) -> Bound_<Scalar> {
    let (of, kind) = scalar(of, Some(&Reading::plain(Type::String)), scope)?;
    check_castable(&of, kind.as_ref(), Type::String)?;
    Ok(match kind {
        Some(reading) if !reading.kind.is_text() => Scalar::Cast(Box::new(of), Type::String),
        _ => of,
    })
}

fn check_castable(of: &Scalar, from: Option<&Reading>, to: Type) -> Bound_<()> {
    match from {
        Some(reading) if !castable(reading.kind, to) => Err(Unbound::Types(format!(
            "{} is {}, which cannot become {}",
            said(of),
            article(reading.kind),
            article(to)
        ))),
        _ => Ok(()),
    }
}

/// A pattern of dates is held to text. A whole number stands for its digits, and a day that was read without a pattern for
/// its ISO form; of other values the writing is not kept.
fn check_pattern(of: &Scalar, reading: &Reading) -> Bound_<()> {
    match reading.kind {
        Type::String | Type::Json | Type::Integer => Ok(()),
        Type::Date if reading.parse.is_empty() => Ok(()),
        kind => Err(Unbound::Types(format!(
            "{} is {}, and how it was written is not kept; declare it a string to test that",
            said(of),
            article(kind)
        ))),
    }
}

/// The type of either of two values; integer, decimal, float widen in this order.
fn unify(one: Option<Type>, other: Option<Type>) -> Bound_<Option<Type>> {
    Ok(match (one, other) {
        (None, kind) | (kind, None) => kind,
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(one), Some(other)) if one.is_number() && other.is_number() => Some(one.max(other)),
        (Some(one), Some(other)) => {
            return Err(Unbound::Types(format!("{} and {} are branches of one CASE", article(one), article(other))));
        }
    })
}

fn not_of(literal: &Literal, kind: Type) -> Unbound {
    let text = match literal {
        Literal::Spelled(text) => text.clone(),
        Literal::Value(value) => value.to_string(),
        Literal::Relative(moment) => moment.to_string(),
    };
    Unbound::Types(no(&text, kind))
}

fn no(text: &str, kind: Type) -> String {
    format!("`{text}` is not {}", article(kind))
}

fn said(of: &Scalar) -> String {
    match of {
        Scalar::Column(name) => format!("`{name}`"),
        other => format!("`{other}`"),
    }
}

/// A type with its article, for messages.
#[must_use]
pub fn article(kind: Type) -> String {
    match kind {
        Type::Integer | Type::Object => format!("an {kind}"),
        Type::Json => "a JSON text".to_owned(),
        _ => format!("a {kind}"),
    }
}

impl Scope<'_> {
    fn reading(&self, column: &str) -> Bound_<Reading> {
        (self.column)(column).ok_or_else(|| Unbound::Column(column.to_owned()))
    }
}
