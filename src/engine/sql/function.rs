//! Casts and calls of functions as the SQL of an engine.

use crate::engine::sql::expression::{Cannot, Writer, Written};
use crate::ir::function::Function;
use crate::ir::period::Every;
use crate::ir::time::Zone;
use crate::ir::{Literal, Scalar, Type, Value};

impl Writer<'_> {
    /// A value as another type.
    pub(super) fn cast(&self, of: &Scalar, kind: Type) -> Result<Written, Cannot> {
        let (written, from) = self.value(of)?;
        let Some(from) = from else { return Ok((self.dialect.cast("NULL", kind), Some(kind))) };
        let written = match (from, kind) {
            (from, kind) if from == kind => written,
            (Type::String | Type::Json, Type::String | Type::Json) => written,
            (Type::Integer, Type::Decimal | Type::String)
            | (Type::Date, Type::Timestamp | Type::String)
            | (Type::Timestamp, Type::Date) => self.dialect.cast(&written, kind),
            (Type::Boolean, Type::Integer) => {
                format!("(CASE WHEN {written} THEN 1 WHEN NOT {written} THEN 0 END)")
            }
            (Type::Integer, Type::Boolean) => format!("({written} <> 0)"),
            (from, kind) => return Err(Cannot(format!("a cast of {from} to {kind}"))),
        };
        Ok((written, Some(kind)))
    }

    /// What a function makes of its arguments.
    pub(super) fn call(&self, function: Function, arguments: &[Scalar]) -> Result<Written, Cannot> {
        let dialect = self.dialect;
        let written = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        let kinds: Vec<Option<Type>> = written.iter().map(|(_, kind)| *kind).collect();
        let kind = function.kind(&kinds).map_err(Cannot)?;
        let first = kinds.first().copied().flatten();
        let texts: Vec<String> = written.iter().map(|(text, _)| text.clone()).collect();
        let cannot = || Err(Cannot(format!("`{}` of these values", function.name())));
        if first.is_none() && !matches!(function, Function::Coalesce | Function::Least | Function::Greatest) {
            return Ok((dialect.cast("NULL", kind.unwrap_or(Type::String)), kind));
        }
        let is_text = first.is_some_and(Type::is_text);
        let said = match (function, texts.as_slice()) {
            (Function::Abs, [of]) => format!("ABS({of})"),
            (Function::Floor | Function::Ceil, [of]) if first == Some(Type::Integer) => of.clone(),
            (Function::Floor | Function::Ceil, [_]) if first == Some(Type::Float) && !dialect.floors_floats() => {
                return cannot();
            }
            (Function::Floor, [of]) => format!("FLOOR({of})"),
            (Function::Ceil, [of]) => format!("CEILING({of})"),
            (Function::Round, [of]) if matches!(first, Some(Type::Integer)) => of.clone(),
            (Function::Round, [of, rest @ ..]) if first == Some(Type::Decimal) => {
                let decimals = match (rest, arguments.get(1)) {
                    ([], _) => 0,
                    (_, Some(Scalar::Literal(Literal::Value(Value::Integer(decimals)))))
                        if (0..=30).contains(decimals) =>
                    {
                        *decimals
                    }
                    _ => return cannot(),
                };
                format!("ROUND({of}, {decimals})")
            }
            (Function::Least | Function::Greatest, _) => {
                let (of, kind) = self.of_one_type(written)?;
                self.chosen(dialect.extreme(function == Function::Least, &of)?, &of, kind)
            }
            (Function::Coalesce, _) => {
                let (of, kind) = self.of_one_type(written)?;
                self.chosen(format!("COALESCE({})", of.join(", ")), &of, kind)
            }
            (Function::NullIf, [one, other]) if kinds[0] == kinds[1] => format!("NULLIF({one}, {other})"),
            (Function::Length, [of]) if is_text => dialect.length(of),
            (Function::Length, [of]) if first == Some(Type::Integer) => dialect.length(&dialect.cast(of, Type::String)),
            (Function::Trim, [of]) => dialect.trimmed(of),
            (Function::Replace, [of, from, to]) => {
                format!("(CASE WHEN {from} = '' THEN {of} ELSE REPLACE({of}, {from}, {to}) END)")
            }
            (Function::Concat, parts) if kinds.iter().all(|kind| kind.is_some_and(Type::is_text)) => {
                format!("({})", parts.join(" || "))
            }
            (Function::Extract(part), [of]) => dialect.part(part, of)?,
            (Function::Truncate(part), [of]) => dialect.start(part, of, first.unwrap_or(Type::Timestamp))?,
            // Where days begin elsewhere than in UTC, the clocks of a zone decide.
            (Function::StartOf(Every::Part(part), zone), [of]) if zone == Zone::UTC || first == Some(Type::Date) => {
                dialect.start(part, of, first.unwrap_or(Type::Timestamp))?
            }
            (Function::Substr, [of, places @ ..]) => {
                let whole = |place: usize| match arguments.get(place) {
                    Some(Scalar::Literal(Literal::Value(Value::Integer(number))))
                        if (0..=1_000_000).contains(number) =>
                    {
                        Ok(Some(*number))
                    }
                    None => Ok(None),
                    _ => Err(Cannot("`substr` by places that are no small constants".to_owned())),
                };
                let (from, length) = (whole(1)?.unwrap_or(1), if places.len() > 1 { whole(2)? } else { None });
                // Characters before the first count.
                let length = length.map(|length| (from + length - from.max(1)).max(0));
                dialect.substring(of, from.max(1), length)
            }
            (Function::Shift { months, micros }, [of]) => {
                dialect.shifted(of, months, micros, first.unwrap_or(Type::Timestamp))?
            }
            // The letters of lower and upper hang on the version of Unicode that an engine was built with.
            _ => return cannot(),
        };
        Ok((said, kind))
    }
}
