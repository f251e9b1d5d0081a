//! The parts of a condition that have a value.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, ExactNumberInfo, Expr, Ident, TimezoneInfo, UnaryOperator,
};
use sqlparser::ast::{TypedString, Value as SqlValue};

use super::literal::quoted_text;
use super::predicate::is_condition;
use super::{Reader, peel, refusal};
use crate::diagnostic::nearest;
use crate::ir::function::Function;
use crate::ir::name::nfc;
use crate::ir::{Arithmetic, Op, Predicate, Scalar, Type, Value};

/// Words of conditions that are a column only in double quotes.
const RESERVED: [&str; 22] = [
    "and", "or", "not", "in", "is", "like", "ilike", "between", "escape", "case", "when", "then", "else", "end",
    "null", "true", "false", "as", "distinct", "select", "where", "from",
];

impl Reader<'_> {
    /// Reads what has a value.
    pub(super) fn scalar(&mut self, expression: &Expr) -> Option<Scalar> {
        self.deeper(expression, |reader| reader.value(peel(expression)))
    }

    fn value(&mut self, expression: &Expr) -> Option<Scalar> {
        if is_condition(expression) {
            return self.condition(expression).map(|condition| Scalar::Condition(Box::new(condition)));
        }
        match expression {
            Expr::Identifier(name) => self.column(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(path) => self.column(path),
            Expr::Value(value) => self.literal(&value.value, self.range(expression)),
            Expr::TypedString(TypedString { data_type, value, .. }) => match &value.value {
                SqlValue::SingleQuotedString(text) => self.typed_text(data_type, text, self.range(expression)),
                _ => self.refused(expression),
            },
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.negative(expr),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.scalar(expr),
            Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => self.concat(left, right),
            Expr::BinaryOp { left, op, right } => match arithmetic(op) {
                Some(sign) => self.reckoned(left, sign, right),
                None => self.unknown_operator(expression, op),
            },
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Cast { kind: CastKind::Cast, expr, data_type, format: None } => {
                let kind = self.cast_type(data_type, expression);
                let value = self.scalar(expr);
                Some(Scalar::Cast(Box::new(value?), kind?))
            }
            Expr::Cast { .. } => {
                let help = Some("write `CAST(x AS type)`; it is null where x does not read as the type".to_owned());
                self.mistake(self.range(expression), "this way to cast is not part of conditions", help)
            }
            _ => self.call(expression),
        }
    }

    /// Notes that an expression has no place in a condition.
    pub(super) fn refused<T>(&mut self, expression: &Expr) -> Option<T> {
        let (message, help) = refusal::expression(expression);
        self.mistake(self.range(expression), message, help)
    }

    fn unknown_operator(&mut self, expression: &Expr, op: &BinaryOperator) -> Option<Scalar> {
        self.mistake(self.range(expression), format!("`{op}` is not part of conditions"), None)
    }

    fn column(&mut self, path: &[Ident]) -> Option<Scalar> {
        let mut steps = Vec::with_capacity(path.len());
        for (place, step) in path.iter().enumerate() {
            if step.quote_style.is_some_and(|quote| quote != '"') {
                let help = Some("a name goes in double quotes".to_owned());
                return self.mistake(self.text.range(step.span), "text in single quotes is no name", help);
            }
            let reserved = RESERVED.iter().any(|word| step.value.eq_ignore_ascii_case(word));
            if place == 0 && step.quote_style.is_none() && reserved {
                let help = Some(format!("a column of this name goes in double quotes: \"{}\"", step.value));
                let message = format!("expected a value, not `{}`", step.value);
                return self.mistake(self.text.range(step.span), message, help);
            }
            let name = nfc(&step.value);
            let must_be_quoted = path.len() > 1 && name.contains(['.', '"']);
            steps.push(if must_be_quoted { format!("\"{}\"", name.replace('"', "\"\"")) } else { name });
        }
        Some(Scalar::Column(steps.join(".")))
    }

    fn concat(&mut self, left: &Expr, right: &Expr) -> Option<Scalar> {
        let (left, right) = (self.scalar(left), self.scalar(right));
        let mut parts = match left? {
            Scalar::Call(Function::Concat, parts) => parts,
            other => vec![other],
        };
        parts.push(right?);
        Some(Scalar::Call(Function::Concat, parts))
    }

    fn reckoned(&mut self, left: &Expr, sign: Arithmetic, right: &Expr) -> Option<Scalar> {
        match (peel(left), sign, peel(right)) {
            (_, Arithmetic::Add | Arithmetic::Subtract, Expr::Interval(interval)) => {
                self.moved(left, interval, sign == Arithmetic::Subtract, self.range(right))
            }
            (Expr::Interval(interval), Arithmetic::Add, _) => self.moved(right, interval, false, self.range(left)),
            _ => {
                for side in [left, right] {
                    if quoted_text(side).is_some() {
                        let help = Some("write the number without quotes, or a date as DATE '…'".to_owned());
                        return self.mistake(
                            self.range(side),
                            format!("`{}` takes numbers, not text", sign.sign()),
                            help,
                        );
                    }
                }
                let (first, second) = (self.scalar(left), self.scalar(right));
                Some(Scalar::Arithmetic(Box::new(first?), sign, Box::new(second?)))
            }
        }
    }

    fn negative(&mut self, of: &Expr) -> Option<Scalar> {
        if let Expr::Value(value) = peel(of)
            && let SqlValue::Number(digits, false) = &value.value
        {
            return self.number(&format!("-{digits}"), self.range(of));
        }
        let value = self.scalar(of)?;
        Some(Scalar::Arithmetic(Box::new(Scalar::value(Value::Integer(0))), Arithmetic::Subtract, Box::new(value)))
    }

    fn case(&mut self, of: Option<&Expr>, branches: &[CaseWhen], otherwise: Option<&Expr>) -> Option<Scalar> {
        let value = match of {
            Some(of) => Some((of, self.copied(branches.len(), of, |reader| reader.scalar(of))?)),
            None => None,
        };
        let mut read = Vec::with_capacity(branches.len());
        for CaseWhen { condition, result } in branches {
            let condition = match &value {
                Some((of, value)) => self.branch(of, value, condition),
                None => self.predicate(condition),
            };
            read.push(condition.zip(self.scalar(result)));
        }
        let otherwise = match otherwise {
            Some(otherwise) => self.scalar(otherwise),
            None => Some(Scalar::value(Value::Null)),
        };
        let read = read.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Scalar::Case(read, Box::new(otherwise?)))
    }

    fn branch(&mut self, of: &Expr, value: &Scalar, when: &Expr) -> Option<Predicate> {
        let candidate = self.scalar(when)?;
        if candidate == Scalar::value(Value::Null) {
            let help = Some("write `CASE WHEN x IS NULL THEN …`".to_owned());
            return self.mistake(self.range(when), "NULL is equal to nothing", help);
        }
        let (left, right) = self.settled(of, value.clone(), when, candidate)?;
        Some(Predicate::Compare(left, Op::Eq, right))
    }

    fn cast_type(&mut self, named: &DataType, at: &Expr) -> Option<Type> {
        if let Some(kind) = cast_type(named) {
            return Some(kind);
        }
        let name = named.to_string().to_lowercase();
        let (base, sized) = name.split_once('(').map_or((name.as_str(), false), |(base, _)| (base, true));
        let castable = Type::ALL.into_iter().filter(|kind| !matches!(kind, Type::Object | Type::List));
        let types: Vec<_> = castable.map(Type::name).collect();
        let help = if sized && base.contains("char") {
            "leave the length out; `substr` cuts text".to_owned()
        } else if sized {
            "leave the size out; `round(x, 2)` rounds a number".to_owned()
        } else {
            let near = nearest(base, types.iter().copied());
            near.map_or_else(|| format!("the types are {}", types.join(", ")), |near| format!("did you mean `{near}`?"))
        };
        self.mistake(self.range(at), format!("CAST does not take the type `{name}`"), Some(help))
    }
}

const fn arithmetic(op: &BinaryOperator) -> Option<Arithmetic> {
    Some(match op {
        BinaryOperator::Plus => Arithmetic::Add,
        BinaryOperator::Minus => Arithmetic::Subtract,
        BinaryOperator::Multiply => Arithmetic::Multiply,
        BinaryOperator::Divide => Arithmetic::Divide,
        BinaryOperator::Modulo => Arithmetic::Remainder,
        _ => return None,
    })
}

/// Our type for a type of SQL, where it has no size: ours have none, and a size would change values.
fn cast_type(named: &DataType) -> Option<Type> {
    use DataType as Sql;
    Some(match named {
        Sql::String(None) | Sql::Text | Sql::Varchar(None) | Sql::CharacterVarying(None) | Sql::CharVarying(None) => {
            Type::String
        }
        Sql::Integer(None) | Sql::Int(None) | Sql::BigInt(None) | Sql::Int8(None) | Sql::Int64 => Type::Integer,
        Sql::Decimal(ExactNumberInfo::None) | Sql::Numeric(ExactNumberInfo::None) | Sql::Dec(ExactNumberInfo::None) => {
            Type::Decimal
        }
        Sql::Float(ExactNumberInfo::None)
        | Sql::Double(ExactNumberInfo::None)
        | Sql::DoublePrecision
        | Sql::Float8
        | Sql::Float64 => Type::Float,
        Sql::Boolean | Sql::Bool => Type::Boolean,
        Sql::Date => Type::Date,
        Sql::Timestamp(None, TimezoneInfo::None | TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
        | Sql::Datetime(None) => Type::Timestamp,
        Sql::Time(None, TimezoneInfo::None) => Type::Time,
        Sql::JSON => Type::Json,
        _ => return None,
    })
}
