//! Where an expression of the parser begins and ends.
//!
//! The parser can say so itself, level by level; a chain of a thousand signs would take the whole stack. This walks.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Spanned};
use sqlparser::tokenizer::Span;

/// The span from the first to the last word known of an expression; empty if none is.
pub(super) fn span(expression: &Expr) -> Span {
    let (first, last) = (first(expression), last(expression));
    if first == Span::empty() || last == Span::empty() { Span::empty() } else { first.union(&last) }
}

fn first(mut expression: &Expr) -> Span {
    loop {
        expression = match expression {
            Expr::BinaryOp { left, .. }
            | Expr::AnyOp { left, .. }
            | Expr::AllOp { left, .. }
            | Expr::IsDistinctFrom(left, _)
            | Expr::IsNotDistinctFrom(left, _) => left,
            Expr::Trim { trim_what: Some(what), .. } => what,
            Expr::Tuple(parts) => match parts.first() {
                Some(part) => part,
                None => return Span::empty(),
            },
            Expr::Case { case_token, .. } => return case_token.0.span,
            Expr::CompoundIdentifier(path) => return path.first().map_or_else(Span::empty, |step| step.span),
            Expr::Function(function) => return name(&function.name),
            other => match inner(other) {
                Some(inner) => inner,
                None => return leaf(other),
            },
        }
    }
}

fn last(mut expression: &Expr) -> Span {
    loop {
        expression = match expression {
            Expr::BinaryOp { right, .. }
            | Expr::AnyOp { right, .. }
            | Expr::AllOp { right, .. }
            | Expr::IsDistinctFrom(_, right)
            | Expr::IsNotDistinctFrom(_, right) => right,
            Expr::InList { list, expr, .. } => list.last().unwrap_or(expr),
            Expr::Between { high, .. } => high,
            Expr::Like { pattern, .. }
            | Expr::ILike { pattern, .. }
            | Expr::SimilarTo { pattern, .. }
            | Expr::RLike { pattern, .. } => pattern,
            Expr::Substring { substring_for: Some(part), .. } | Expr::Substring { substring_from: Some(part), .. } => {
                part
            }
            Expr::Collate { collation, .. } => return name(collation),
            Expr::Tuple(parts) => match parts.last() {
                Some(part) => part,
                None => return Span::empty(),
            },
            Expr::Case { end_token, .. } => return end_token.0.span,
            Expr::CompoundIdentifier(path) => return path.last().map_or_else(Span::empty, |step: &Ident| step.span),
            Expr::Function(function) => match &function.args {
                FunctionArguments::List(list) => match list.args.last() {
                    Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) => argument,
                    _ => return name(&function.name),
                },
                _ => return name(&function.name),
            },
            other => match inner(other) {
                Some(inner) => inner,
                None => return leaf(other),
            },
        }
    }
}

/// The expression that another one is mostly made of.
fn inner(expression: &Expr) -> Option<&Expr> {
    Some(match expression {
        Expr::Nested(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner) => inner,
        Expr::InList { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::Like { expr, .. }
        | Expr::ILike { expr, .. }
        | Expr::SimilarTo { expr, .. }
        | Expr::RLike { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::UnaryOp { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Extract { expr, .. }
        | Expr::Ceil { expr, .. }
        | Expr::Floor { expr, .. }
        | Expr::Trim { expr, .. }
        | Expr::Substring { expr, .. } => expr,
        Expr::AtTimeZone { timestamp, .. } => timestamp,
        Expr::Interval(interval) => &interval.value,
        _ => return None,
    })
}

fn leaf(expression: &Expr) -> Span {
    match expression {
        Expr::Identifier(name) => name.span,
        Expr::Value(value) => value.span,
        Expr::TypedString(text) => text.value.span,
        _ => Span::empty(),
    }
}

fn name(name: &ObjectName) -> Span {
    name.span()
}
