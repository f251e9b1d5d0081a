//! The one clause of `condition_parser: great_expectations`: `col("x") > 5`, `col("x").notnull()`.

use super::token::{Token, tokens};
use super::tree::{Condition, Op, Term};

/// Reads a clause.
///
/// # Errors
/// What is not understood, as a fragment.
pub(super) fn read(text: &str) -> Result<Condition, String> {
    let tokens = tokens(text)?;
    let not_understood = || format!("`{text}` is no clause of the form col(\"x\") > 5");
    let [Token::Name(col), Token::Sign("("), Token::Text(name), Token::Sign(")"), rest @ ..] = tokens.as_slice() else {
        return Err(not_understood());
    };
    if col != "col" {
        return Err(not_understood());
    }
    let column = Term::Column(name.clone());
    match rest {
        [Token::Sign("."), Token::Name(test), Token::Sign("("), Token::Sign(")")] => {
            match test.to_ascii_lowercase().as_str() {
                "notnull" | "notna" => Ok(Condition::Not(Box::new(Condition::Null(column)))),
                "isnull" | "isna" => Ok(Condition::Null(column)),
                _ => Err(not_understood()),
            }
        }
        [Token::Sign(sign), value @ ..] => {
            let op = Op::of(sign).ok_or_else(not_understood)?;
            let value = match value {
                [Token::Number(number)] => Term::Number(number.clone()),
                [Token::Sign("-"), Token::Number(number)] => Term::Number(format!("-{number}")),
                [Token::Text(text)] => Term::Text(text.clone()),
                [Token::Name(word)] if word == "True" || word == "False" => Term::Boolean(word == "True"),
                [Token::Name(date), Token::Sign("("), Token::Text(day), Token::Sign(")")] if date == "date" => {
                    Term::Moment(day.clone())
                }
                _ => return Err(not_understood()),
            };
            Ok(Condition::Compare(column, op, value))
        }
        _ => Err(not_understood()),
    }
}
