//! Text to conditions and back to text, in tables.

mod bounds;
mod reads;
mod refuses;

use super::*;
use crate::ir::function::Function;
use crate::ir::value::{Reading, Type, read_decimal};
use crate::ir::{Relative, Scalar, Value};

fn variables() -> Vec<(String, Literal)> {
    let value = |name: &str, value| (name.to_owned(), Literal::Value(value));
    let week = Relative { days: -7, ..Relative::NOW }.cut(Some(crate::ir::calendar::Part::Week));
    vec![
        value("entorno", Value::Text("prod".to_owned())),
        value("tolerancia", Value::Decimal(read_decimal("0.01").unwrap())),
        value("dia", Reading::plain(Type::Date).read("2024-01-31").unwrap()),
        value("activo", Value::Boolean(true)),
        value("nada", Value::Null),
        ("semana".to_owned(), Literal::Relative(week)),
    ]
}

fn read(sql: &str) -> Result<Predicate, Vec<Mistake>> {
    parse(sql, Context { variables: &variables(), zone: Zone(chrono_tz::Europe::Madrid) })
}

/// Each mistake as `what it is about: what is wrong (what to do)`.
fn mistakes(sql: &str) -> Vec<String> {
    let said = |mistake: Mistake| {
        let help = mistake.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}: {}{help}", &sql[mistake.range], mistake.message)
    };
    read(sql).err().unwrap_or_default().into_iter().map(said).collect()
}

fn shown(sql: &str) -> String {
    read(sql).map_or_else(|_| mistakes(sql).join("; "), |predicate| show(&predicate))
}

/// A condition in short: prefix form, columns bare, values with the first letter of their type.
fn show(predicate: &Predicate) -> String {
    let all = |parts: &[Predicate]| parts.iter().map(show).collect::<Vec<_>>().join(" ");
    match predicate {
        Predicate::Constant(flag) => flag.to_string(),
        Predicate::IsNull(of) => format!("(null {})", value(of)),
        Predicate::Compare(left, op, right) => format!("({} {} {})", op.sign(), value(left), value(right)),
        Predicate::In(of, list) => {
            format!("(in {} {})", value(of), list.iter().map(literal).collect::<Vec<_>>().join(" "))
        }
        Predicate::Matches(of, regex) => format!("(matches {} {} {})", value(of), regex.pattern, regex.ignore_case),
        Predicate::Like(of, like) => {
            format!("(like {} {} {:?} {})", value(of), like.pattern, like.escape, like.ignore_case)
        }
        Predicate::Holds(of) => format!("(holds {})", value(of)),
        Predicate::Unknown(inner) => format!("(unknown {})", show(inner)),
        Predicate::Not(inner) => format!("(not {})", show(inner)),
        Predicate::And(parts) => format!("(and {})", all(parts)),
        Predicate::Or(parts) => format!("(or {})", all(parts)),
        other => format!("{other:?}"),
    }
}

fn value(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Column(name) => name.clone(),
        Scalar::Literal(of) => literal(of),
        Scalar::Arithmetic(left, sign, right) => format!("({} {} {})", sign.sign(), value(left), value(right)),
        Scalar::Case(branches, otherwise) => {
            let branches: Vec<_> =
                branches.iter().map(|(when, then)| format!("{} {}", show(when), value(then))).collect();
            format!("(case {} {})", branches.join(" "), value(otherwise))
        }
        Scalar::Cast(of, kind) => format!("(cast {} {kind})", value(of)),
        Scalar::Call(function, given) => {
            let name = match function {
                Function::Extract(part) | Function::Truncate(part) => format!("{} {}", function.name(), part.name()),
                Function::Shift { months, micros } => format!("shift {months}mo {micros}us"),
                other => other.name().to_owned(),
            };
            format!("({name} {})", given.iter().map(value).collect::<Vec<_>>().join(" "))
        }
        Scalar::Condition(inner) => format!("?{}", show(inner)),
        Scalar::Measured(measure, _) => measure.to_string(),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Spelled(text) => format!("'{text}'"),
        Literal::Relative(moment) => moment.to_string(),
        Literal::Value(Value::Null) => "null".to_owned(),
        Literal::Value(given) => format!("{}:{given}", &given.kind().map_or("", Type::name)[..1]),
    }
}
