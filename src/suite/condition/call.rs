//! The functions of conditions.

use std::ops::Range;

use sqlparser::ast::{CeilFloorKind, DateTimeField, Expr, Function as SqlFunction, FunctionArg, FunctionArgExpr};
use sqlparser::ast::{FunctionArguments, ObjectNamePart, Spanned};

use super::{Reader, refusal};
use crate::diagnostic::nearest;
use crate::ir::function::{Function, Part};
use crate::ir::{Literal, Predicate, Regex, Scalar, Type, Value};

impl Reader<'_> {
    /// Reads a call of a function.
    pub(super) fn call(&mut self, expression: &Expr) -> Option<Scalar> {
        let range = self.range(expression);
        match expression {
            Expr::Function(function) => self.function(function),
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.applied(Function::Ceil, &[expr], range)
            }
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.applied(Function::Floor, &[expr], range)
            }
            Expr::Ceil { .. } | Expr::Floor { .. } => {
                let help = Some("`round(x, 2)` rounds to so many decimals".to_owned());
                self.mistake(range, "floor and ceil take one value", help)
            }
            Expr::Trim { expr, trim_where: None, trim_what: None, trim_characters: None } => {
                self.applied(Function::Trim, &[expr], range)
            }
            Expr::Trim { .. } => {
                let help =
                    Some("`trim(x)` takes the spaces on both sides off; `replace` takes out other text".to_owned());
                self.mistake(range, "trim takes one value", help)
            }
            Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let mut arguments = vec![expr.as_ref(), from];
                arguments.extend(substring_for.as_deref());
                self.applied(Function::Substr, &arguments, range)
            }
            Expr::Substring { .. } => self.mistake(range, "substr takes 2 or 3 values, not 1", None),
            Expr::Extract { field, expr, .. } => {
                let name = match field {
                    DateTimeField::DayOfWeek => Part::DayOfWeek.name().to_owned(),
                    DateTimeField::IsoWeek => Part::Week.name().to_owned(),
                    other => other.to_string(),
                };
                self.part(&name, range.clone()).and_then(|part| self.applied(Function::Extract(part), &[expr], range))
            }
            _ => self.refused(expression),
        }
    }

    fn function(&mut self, function: &SqlFunction) -> Option<Scalar> {
        let name_range = self.text.range(function.name.span());
        let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
            return self.mistake(name_range, format!("unknown function `{}`", function.name), None);
        };
        let lower = name.value.to_lowercase();
        let known = match lower.as_str() {
            "abs" => Function::Abs,
            "round" => Function::Round,
            "floor" => Function::Floor,
            "ceil" | "ceiling" => Function::Ceil,
            "least" => Function::Least,
            "greatest" => Function::Greatest,
            "length" => Function::Length,
            "lower" => Function::Lower,
            "upper" => Function::Upper,
            "replace" => Function::Replace,
            "coalesce" => Function::Coalesce,
            "nullif" => Function::NullIf,
            "date_trunc" => Function::Truncate(Part::Day),
            "regexp_like" => return self.arguments(function).and_then(|given| self.regexp_like(&given, name_range)),
            _ => {
                let (message, help) = refusal::function(&name.value);
                return self.mistake(name_range, message, help);
            }
        };
        let given = self.arguments(function)?;
        match (known, given.as_slice()) {
            (Function::Truncate(_), [part, value]) => {
                let text = self.constant_text(part, "the first value of date_trunc")?;
                let part = self.part(&text, self.range(part))?;
                self.applied(Function::Truncate(part), &[value], name_range)
            }
            (Function::Truncate(_), _) => {
                let help = Some("write `date_trunc('month', x)`".to_owned());
                self.mistake(name_range, format!("date_trunc takes 2 values, not {}", given.len()), help)
            }
            _ => self.applied(known, &given, name_range),
        }
    }

    /// The plain arguments of a call; anything else about it is a mistake.
    fn arguments<'e>(&mut self, function: &'e SqlFunction) -> Option<Vec<&'e Expr>> {
        let range = self.text.range(function.name.span());
        let bare = function.over.is_none()
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.within_group.is_empty()
            && function.parameters == FunctionArguments::None;
        let FunctionArguments::List(list) = &function.args else {
            return self.mistake(range, format!("`{}` takes values in parentheses", function.name), None);
        };
        let plain = list.args.iter().map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
            _ => None,
        });
        match plain.collect::<Option<Vec<_>>>() {
            Some(given) if bare && list.duplicate_treatment.is_none() && list.clauses.is_empty() => Some(given),
            _ => self.mistake(range, format!("`{}` takes plain values only", function.name), None),
        }
    }

    fn applied(&mut self, function: Function, given: &[&Expr], range: Range<usize>) -> Option<Scalar> {
        let arguments: Vec<_> = given.iter().map(|argument| self.scalar(argument)).collect();
        let arguments = arguments.into_iter().collect::<Option<Vec<_>>>()?;
        let kinds: Vec<_> = arguments.iter().map(known_type).collect();
        if let Err(message) = function.kind(&kinds) {
            return self.mistake(range, message, None);
        }
        if let (Function::Substr, [_, _, Scalar::Literal(Literal::Value(Value::Integer(..0)))]) =
            (function, arguments.as_slice())
        {
            return self.mistake(range, "substr cannot take fewer than no characters", None);
        }
        Some(Scalar::Call(function, arguments))
    }

    fn regexp_like(&mut self, given: &[&Expr], range: Range<usize>) -> Option<Scalar> {
        let (value, pattern, flags) = match given {
            [value, pattern] => (value, pattern, None),
            [value, pattern, flags] => (value, pattern, Some(flags)),
            _ => {
                let help = Some("write `regexp_like(x, 'pattern')`".to_owned());
                return self.mistake(range, format!("regexp_like takes 2 or 3 values, not {}", given.len()), help);
            }
        };
        let value = self.scalar(value);
        let text = self.constant_text(pattern, "the pattern of regexp_like")?;
        let ignore_case = match flags {
            None => false,
            Some(flags) => match self.constant_text(flags, "the third value of regexp_like")?.as_str() {
                "i" => true,
                "c" => false,
                _ => {
                    let help = Some("`'i'` puts case aside".to_owned());
                    return self.mistake(self.range(flags), "regexp_like knows the options `i` and `c`", help);
                }
            },
        };
        if let Err(error) = regex::Regex::new(&text) {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            return self.mistake(self.range(pattern), format!("the pattern cannot be read: {why}"), None);
        }
        let regex = Regex { pattern: text, full: false, ignore_case };
        Some(Scalar::Condition(Box::new(Predicate::Matches(value?, regex))))
    }

    fn part(&mut self, name: &str, range: Range<usize>) -> Option<Part> {
        if let Some(part) = Part::named(name) {
            return Some(part);
        }
        let names = Part::ALL.map(Part::name);
        let help = match nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the parts are {}", names.join(", ")),
        };
        self.mistake(range, format!("unknown part of a date `{}`", name.to_lowercase()), Some(help))
    }
}

/// The type that an argument has before columns are known.
fn known_type(scalar: &Scalar) -> Option<Type> {
    match scalar {
        Scalar::Literal(Literal::Value(value)) => value.kind(),
        Scalar::Cast(_, kind) => Some(*kind),
        Scalar::Condition(_) => Some(Type::Boolean),
        _ => None,
    }
}
