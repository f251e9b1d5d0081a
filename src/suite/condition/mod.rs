//! Conditions: one boolean expression of SQL, as in `where`, `when` and `expression`, to a [`Predicate`].
//!
//! `sqlparser` reads the text; this module says which of it has a meaning here, the same on every engine, and names the
//! rest at its place. It knows no dataset: whether a column exists and types fit is settled where conditions are bound.
//!
//! | file | answers for |
//! |---|---|
//! | `token` | names, signs and what is refused before parsing |
//! | `place` | where an expression stands |
//! | `predicate` | what is true or false |
//! | `scalar` | what has a value |
//! | `literal` | numbers, text, dates, intervals, variables |
//! | `call` | functions |
//! | `refusal` | the words for what is not part of conditions |

mod call;
mod literal;
mod place;
mod predicate;
mod refusal;
mod scalar;
pub(in crate::suite) mod token;

use std::ops::Range;
use std::thread;

use sqlparser::ast::Expr;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use crate::ir::time::Zone;
use crate::ir::{Literal, Predicate, Scalar};
use token::{Dialect, Text};

/// The longest text of a condition, in bytes.
pub(in crate::suite) const LONGEST: usize = 64 * 1024;

/// How deep parentheses, functions and signs may stand inside each other.
const DEEPEST_PARSED: usize = 50;

/// How deep expressions may stand inside each other, counting each sign of `a + b + c` as a level.
const DEEPEST: usize = 64;

/// The stack to read a condition on, in bytes: a level of the parser takes up to 100 KB of it.
pub(in crate::suite) const STACK: usize = 16 * 1024 * 1024;

/// How often a part of a condition may be said again, as in `a BETWEEN 1 AND 2`, which is `a >= 1 AND a <= 2`.
const COPIES: usize = 100;

/// What a condition may name beside columns, and how it reads times.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The declared variables with their values; none is null.
    pub variables: &'a [(String, Literal)],
    /// The zone of timestamps that name none.
    pub zone: Zone,
}

/// One mistake in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the text it is about.
    pub range: Range<usize>,
    /// What is wrong, as a lowercase fragment without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Reads a condition to its end.
///
/// A name of several steps, `a.b`, is the column `a.b`; a quoted step keeps its quotes there only where it holds a dot.
/// Text beside something with a type is [`Literal::Spelled`] and takes that type when bound.
///
/// # Errors
/// Every mistake found, in the order of the text.
pub fn parse(sql: &str, context: Context<'_>) -> Result<Predicate, Vec<Mistake>> {
    on_a_stack(sql, || read(&Text::new(sql), context, predicate_of))
}

/// Reads an expression with a value to its end, with the same columns and literals as a condition.
///
/// # Errors
/// Every mistake found, in the order of the text.
pub fn parse_value(sql: &str, context: Context<'_>) -> Result<Scalar, Vec<Mistake>> {
    on_a_stack(sql, || read(&Text::new(sql), context, scalar_of))
}

/// Reads on a stack that is deep enough for the parser.
fn on_a_stack<T: Send>(sql: &str, read: impl FnOnce() -> Result<T, Vec<Mistake>> + Send) -> Result<T, Vec<Mistake>> {
    let result = thread::scope(|scope| {
        let reading = thread::Builder::new().name("condition".to_owned()).stack_size(STACK);
        match reading.spawn_scoped(scope, read) {
            Ok(reading) => reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => {
                let message = format!("no thread to read the condition on: {error}");
                Err(vec![Mistake { range: 0..sql.len(), message, help: None }])
            }
        }
    });
    result.map_err(|mut mistakes| {
        mistakes.sort_by_key(|mistake| mistake.range.start);
        mistakes
    })
}

/// The names of the variables that a text asks for as `:name`.
#[must_use]
pub fn variables_in(sql: &str) -> Vec<String> {
    let text = Text::new(sql);
    let Ok(tokens) = text.tokens() else { return Vec::new() };
    let named = tokens.windows(2).filter_map(|pair| match (&pair[0].token, &pair[1].token) {
        (Token::Colon, Token::Word(word)) => Some(word.value.clone()),
        _ => None,
    });
    let placed = tokens.iter().filter_map(|token| match &token.token {
        Token::Placeholder(name) => name.strip_prefix(':').map(str::to_owned),
        _ => None,
    });
    named.chain(placed).collect()
}

/// The names in double quotes, with their places: where no such column exists, text was probably meant.
#[must_use]
pub fn double_quoted(sql: &str) -> Vec<(String, Range<usize>)> {
    let text = Text::new(sql);
    let Ok(tokens) = text.tokens() else { return Vec::new() };
    let quoted = tokens.into_iter().filter_map(|token| match token.token {
        Token::Word(word) if word.quote_style.is_some() => Some((word.value, text.range(token.span))),
        _ => None,
    });
    quoted.collect()
}

fn read<T>(
    text: &Text<'_>,
    context: Context<'_>,
    of: impl FnOnce(&mut Reader<'_>, &Expr) -> Option<T>,
) -> Result<T, Vec<Mistake>> {
    let expression = expression(text)?;
    let mut reader = Reader { text, context, mistakes: Vec::new(), depth: 0, copies: 1 };
    match of(&mut reader, &expression) {
        Some(found) if reader.mistakes.is_empty() => Ok(found),
        _ => Err(reader.mistakes),
    }
}

fn predicate_of(reader: &mut Reader<'_>, expression: &Expr) -> Option<Predicate> {
    reader.predicate(expression)
}

fn scalar_of(reader: &mut Reader<'_>, expression: &Expr) -> Option<Scalar> {
    reader.scalar(expression)
}

fn expression(text: &Text<'_>) -> Result<Expr, Vec<Mistake>> {
    if text.sql.len() > LONGEST {
        let message = format!("a condition of {} bytes is longer than {LONGEST}", text.sql.len());
        return Err(vec![Mistake { range: text.all(), message, help: None }]);
    }
    if text.sql.trim().is_empty() {
        return Err(vec![Mistake { range: text.all(), message: "the condition is empty".to_owned(), help: None }]);
    }
    let tokens = text.tokens().map_err(|mistake| vec![mistake])?;
    let refused = text.refused(&tokens);
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut parser = Parser::new(&Dialect).with_recursion_limit(DEEPEST_PARSED).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| vec![syntax(text, &error)])?;
    let left_over = parser.peek_token_ref();
    if left_over.token == Token::EOF { Ok(expression) } else { Err(vec![text.left_over(left_over)]) }
}

/// Says a mistake of the parser in our words; its place stands at the end of its message.
fn syntax(text: &Text<'_>, error: &ParserError) -> Mistake {
    let said = match error {
        ParserError::RecursionLimitExceeded => return too_deep(text.all()),
        ParserError::ParserError(said) | ParserError::TokenizerError(said) => said,
    };
    let (what, range) = text.cut_place(said);
    let message = match what.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((wanted, "EOF")) => {
            let message = format!("the condition ends where {} should follow", in_our_words(wanted));
            return Mistake { range: text.last_character(), message, help: None };
        }
        Some((wanted, found)) => format!("expected {}, not `{found}`", in_our_words(wanted)),
        None => format!("the condition cannot be read: {what}"),
    };
    Mistake { range, message, help: None }
}

/// What the parser expected, without the parts of SQL that conditions do not have.
fn in_our_words(wanted: &str) -> String {
    if wanted.ends_with("after IS") {
        "NULL, TRUE, FALSE or DISTINCT FROM after IS".to_owned()
    } else if wanted.chars().all(char::is_alphanumeric) || wanted.chars().count() == 1 {
        format!("`{wanted}`")
    } else {
        wanted.to_owned()
    }
}

fn too_deep(range: Range<usize>) -> Mistake {
    let help = Some("name a part of it in a column of its own, or use IN for a long list".to_owned());
    Mistake { range, message: "the condition is nested too deeply".to_owned(), help }
}

/// Turns an expression of the parser into ours, collecting mistakes.
struct Reader<'a> {
    text: &'a Text<'a>,
    context: Context<'a>,
    mistakes: Vec<Mistake>,
    depth: usize,
    copies: usize,
}

impl Reader<'_> {
    /// Notes a mistake; always none, so that it can be returned.
    fn mistake<T>(&mut self, range: Range<usize>, message: impl Into<String>, help: Option<String>) -> Option<T> {
        self.mistakes.push(Mistake { range, message: message.into(), help });
        None
    }

    fn range(&self, expression: &Expr) -> Range<usize> {
        self.text.range(place::span(expression))
    }

    /// Reads something one level down, unless that is too deep.
    fn deeper<T>(&mut self, at: &Expr, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= DEEPEST {
            let mistake = too_deep(self.range(at));
            return self.mistake(mistake.range, mistake.message, mistake.help);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads something that the result will hold several times, unless that makes it grow out of bounds.
    fn copied<T>(&mut self, times: usize, of: &Expr, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if is_small(of) {
            return read(self);
        }
        let before = self.copies;
        self.copies = before.saturating_mul(times);
        let result = if self.copies > COPIES {
            let mistake = too_deep(self.range(of));
            self.mistake(mistake.range, mistake.message, mistake.help)
        } else {
            read(self)
        };
        self.copies = before;
        result
    }
}

/// The expression inside any parentheses.
fn peel(mut expression: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expression {
        expression = inner;
    }
    expression
}

fn is_small(expression: &Expr) -> bool {
    matches!(peel(expression), Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_))
}

#[cfg(test)]
mod tests;
