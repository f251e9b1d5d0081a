//! The parts of a condition that are true or false.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value as SqlValue};

use super::literal::quoted_text;
use super::{Reader, peel};
use crate::ir::function::Function;
use crate::ir::{Like, Literal, Op, Predicate, Scalar, Type, Value};

/// Whether an expression is true or false by its form.
pub(super) fn is_condition(expression: &Expr) -> bool {
    match peel(expression) {
        Expr::BinaryOp { op, .. } => is_join(op) || comparison(op).is_some(),
        Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
        other => matches!(
            other,
            Expr::IsNull(_)
                | Expr::IsNotNull(_)
                | Expr::IsTrue(_)
                | Expr::IsNotTrue(_)
                | Expr::IsFalse(_)
                | Expr::IsNotFalse(_)
                | Expr::IsDistinctFrom(..)
                | Expr::IsNotDistinctFrom(..)
                | Expr::InList { .. }
                | Expr::Between { .. }
                | Expr::Like { .. }
                | Expr::ILike { .. }
        ),
    }
}

fn is_join(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::And | BinaryOperator::Or)
}

fn comparison(op: &BinaryOperator) -> Option<Op> {
    Some(match op {
        BinaryOperator::Eq => Op::Eq,
        BinaryOperator::NotEq => Op::Ne,
        BinaryOperator::Lt => Op::Lt,
        BinaryOperator::LtEq => Op::Le,
        BinaryOperator::Gt => Op::Gt,
        BinaryOperator::GtEq => Op::Ge,
        _ => return None,
    })
}

fn is_null(expression: &Expr) -> bool {
    matches!(peel(expression), Expr::Value(value) if value.value == SqlValue::Null)
}

impl Reader<'_> {
    /// Reads what must be true or false.
    pub(super) fn predicate(&mut self, expression: &Expr) -> Option<Predicate> {
        if is_condition(expression) {
            return self.deeper(expression, |reader| reader.condition(peel(expression)));
        }
        match self.scalar(expression)? {
            Scalar::Condition(inner) => Some(*inner),
            Scalar::Literal(Literal::Value(Value::Boolean(flag))) => Some(Predicate::Constant(flag)),
            value @ (Scalar::Column(_)
            | Scalar::Case(..)
            | Scalar::Cast(_, Type::Boolean)
            | Scalar::Literal(Literal::Value(Value::Null))
            | Scalar::Call(Function::Coalesce | Function::NullIf | Function::Least | Function::Greatest, _)) => {
                Some(Predicate::Holds(value))
            }
            _ => {
                let help = Some("compare it with something, as in `… > 0`".to_owned());
                self.mistake(self.range(expression), "this is a value, not a condition", help)
            }
        }
    }

    /// Reads what is true or false by its form.
    pub(super) fn condition(&mut self, expression: &Expr) -> Option<Predicate> {
        match expression {
            Expr::BinaryOp { op, .. } if is_join(op) => self.joined(expression, op),
            Expr::BinaryOp { left, op, right } => self.compared(left, comparison(op)?, right),
            Expr::UnaryOp { expr, .. } => self.predicate(expr).map(Predicate::negate),
            Expr::IsNull(of) => self.null(of),
            Expr::IsNotNull(of) => self.null(of).map(Predicate::negate),
            Expr::IsTrue(of) => self.copied(2, of, |reader| reader.predicate(of)).map(is_true),
            Expr::IsNotTrue(of) => self.copied(2, of, |reader| reader.predicate(of)).map(Predicate::not_true),
            Expr::IsFalse(of) => self.copied(2, of, |reader| reader.predicate(of)).map(Predicate::negate).map(is_true),
            Expr::IsNotFalse(of) => {
                let inner = self.copied(2, of, |reader| reader.predicate(of))?;
                Some(inner.negate().not_true())
            }
            Expr::IsDistinctFrom(left, right) => self.same(left, right).map(Predicate::negate),
            Expr::IsNotDistinctFrom(left, right) => self.same(left, right),
            Expr::InList { expr, list, negated } => self.listed(expr, list).map(|inside| negate_if(*negated, inside)),
            Expr::Between { expr, negated, low, high } => {
                self.between(expr, low, high).map(|inside| negate_if(*negated, inside))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let like = self.like(expr, pattern, escape_char.as_deref(), false);
                like.map(|like| negate_if(*negated, like))
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                let like = self.like(expr, pattern, escape_char.as_deref(), true);
                like.map(|like| negate_if(*negated, like))
            }
            other => self.refused(other),
        }
    }

    /// Reads a chain of AND or of OR, however long, as one list.
    fn joined(&mut self, expression: &Expr, join: &BinaryOperator) -> Option<Predicate> {
        let mut parts = Vec::new();
        let mut rest = expression;
        while let Expr::BinaryOp { left, op, right } = rest
            && op == join
        {
            parts.push(right.as_ref());
            rest = left;
        }
        parts.push(rest);
        let read: Vec<_> = parts.into_iter().rev().map(|part| self.predicate(part)).collect();
        let read = read.into_iter().collect::<Option<Vec<_>>>()?;
        Some(if *join == BinaryOperator::And { Predicate::all(read) } else { Predicate::any(read) })
    }

    fn compared(&mut self, left: &Expr, op: Op, right: &Expr) -> Option<Predicate> {
        if let Some(null) = [left, right].into_iter().find(|side| is_null(side)) {
            let instead = if op == Op::Ne { "IS NOT NULL" } else { "IS NULL" };
            let message = format!("`{} NULL` is never true", op.sign());
            return self.mistake(self.range(null), message, Some(format!("write `{instead}`")));
        }
        let (left, right) = self.pair(left, right)?;
        Some(Predicate::Compare(left, op, right))
    }

    /// Reads two values that are compared; text takes the type of the other one.
    fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Scalar, Scalar)> {
        let (first, second) = (self.scalar(left), self.scalar(right));
        self.settled(left, first?, right, second?)
    }

    /// Gives the text of either side the type of the other.
    pub(super) fn settled(
        &mut self,
        left: &Expr,
        first: Scalar,
        right: &Expr,
        second: Scalar,
    ) -> Option<(Scalar, Scalar)> {
        match (quoted_text(left), quoted_text(right)) {
            (Some(text), None) => Some((self.text_beside(text, left, &second)?, second)),
            (None, Some(text)) => {
                let second = self.text_beside(text, right, &first)?;
                Some((first, second))
            }
            _ => Some((first, second)),
        }
    }

    fn null(&mut self, of: &Expr) -> Option<Predicate> {
        Some(match self.scalar(of)? {
            Scalar::Condition(inner) => Predicate::Unknown(inner),
            value => Predicate::IsNull(value),
        })
    }

    fn same(&mut self, left: &Expr, right: &Expr) -> Option<Predicate> {
        match (is_null(left), is_null(right)) {
            (true, _) => return self.null(right),
            (_, true) => return self.null(left),
            _ => {}
        }
        let first = self.copied(3, left, |reader| reader.scalar(left));
        let second = self.copied(3, right, |reader| reader.scalar(right));
        let (first, second) = self.settled(left, first?, right, second?)?;
        let equal = |first: Scalar, second| Predicate::Compare(first, Op::Eq, second);
        Some(match (&first, &second) {
            (_, Scalar::Literal(_)) => {
                Predicate::all([Predicate::IsNull(first.clone()).negate(), equal(first, second)])
            }
            (Scalar::Literal(_), _) => {
                Predicate::all([Predicate::IsNull(second.clone()).negate(), equal(first, second)])
            }
            _ => Predicate::same(first, second),
        })
    }

    fn listed(&mut self, of: &Expr, list: &[Expr]) -> Option<Predicate> {
        let value = self.copied(list.len(), of, |reader| reader.scalar(of));
        let items: Vec<_> = list.iter().map(|item| self.item(item)).collect();
        let (value, items) = (value?, items.into_iter().collect::<Option<Vec<_>>>()?);
        let mut literals = Vec::new();
        let mut others = Vec::new();
        for (item, read) in list.iter().zip(items) {
            match self.settled(of, value.clone(), item, read)? {
                (left, Scalar::Literal(literal)) if left == value => literals.push(literal),
                (left, right) => others.push(Predicate::Compare(left, Op::Eq, right)),
            }
        }
        if !literals.is_empty() {
            others.insert(0, Predicate::In(value, literals));
        }
        Some(Predicate::any(others))
    }

    fn item(&mut self, item: &Expr) -> Option<Scalar> {
        if is_null(item) {
            let help = Some("leave it out, and add `OR … IS NULL` if a null may be there".to_owned());
            return self.mistake(self.range(item), "NULL in a list is equal to nothing", help);
        }
        self.scalar(item)
    }

    fn between(&mut self, of: &Expr, low: &Expr, high: &Expr) -> Option<Predicate> {
        let value = self.copied(2, of, |reader| reader.scalar(of));
        let (low_value, high_value) = (self.end(low), self.end(high));
        let (value, low_value, high_value) = (value?, low_value?, high_value?);
        let (left, low) = self.settled(of, value.clone(), low, low_value)?;
        let (right, high) = self.settled(of, value, high, high_value)?;
        Some(Predicate::all([Predicate::Compare(left, Op::Ge, low), Predicate::Compare(right, Op::Le, high)]))
    }

    fn end(&mut self, end: &Expr) -> Option<Scalar> {
        if is_null(end) {
            let help = Some("write `>=` or `<=` for one end alone".to_owned());
            return self.mistake(self.range(end), "no value lies between NULL and another", help);
        }
        self.scalar(end)
    }

    fn like(&mut self, of: &Expr, pattern: &Expr, escape: Option<&Expr>, ignore_case: bool) -> Option<Predicate> {
        let value = self.scalar(of);
        let text = self.constant_text(pattern, "the pattern of LIKE");
        let escape = match escape {
            Some(escape) => Some(self.escape(escape)?),
            None => None,
        };
        let (value, text) = (value?, text?);
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if Some(character) == escape
                && !characters.next().is_some_and(|c| c == '%' || c == '_' || Some(c) == escape)
            {
                let message = format!("`{character}` escapes only `%`, `_` and itself");
                return self.mistake(self.range(pattern), message, None);
            }
        }
        Some(Predicate::Like(value, Like { pattern: text, escape, ignore_case }))
    }

    fn escape(&mut self, escape: &Expr) -> Option<char> {
        let text = self.constant_text(escape, "the character of ESCAPE")?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => Some(only),
            _ => self.mistake(self.range(escape), "ESCAPE takes one character", None),
        }
    }
}

fn negate_if(negated: bool, predicate: Predicate) -> Predicate {
    if negated { predicate.negate() } else { predicate }
}

/// True where a condition is; false where it is false or unknown.
fn is_true(predicate: Predicate) -> Predicate {
    Predicate::all([predicate.clone(), Predicate::Unknown(Box::new(predicate)).negate()])
}
