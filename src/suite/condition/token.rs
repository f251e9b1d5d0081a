//! Names, signs and places of a condition, and the signs that are refused before it is parsed.

use std::any::TypeId;
use std::ops::Range;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::{Mistake, refusal};

/// The most words and signs that join other parts; each may stand one level deeper than the last.
const MOST_JOINTS: usize = 1000;

/// Our SQL: names are letters, digits and `_`, or anything in double quotes.
#[derive(Debug)]
pub(super) struct Dialect;

impl sqlparser::dialect::Dialect for Dialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<Self>()
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        character == '"'
    }

    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }

    fn is_identifier_part(&self, character: char) -> bool {
        // An accent may be a character of its own, after the letter it belongs to.
        character.is_alphanumeric() || character == '_' || unicode_normalization::char::is_combining_mark(character)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        matches!(keyword, Keyword::CASE | Keyword::NOT | Keyword::NULL)
    }
}

/// The text of a condition, which knows where its characters and lines begin.
#[derive(Debug)]
pub(in crate::suite) struct Text<'a> {
    pub(super) sql: &'a str,
    /// The byte of each character, and of the end.
    characters: Vec<usize>,
    /// The character that each line begins with.
    lines: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(in crate::suite) fn new(sql: &'a str) -> Self {
        let after_breaks =
            sql.chars().enumerate().filter(|(_, character)| *character == '\n').map(|(place, _)| place + 1);
        let lines = std::iter::once(0).chain(after_breaks).collect();
        Self { sql, characters: sql.char_indices().map(|(byte, _)| byte).chain([sql.len()]).collect(), lines }
    }

    pub(in crate::suite) fn all(&self) -> Range<usize> {
        0..self.sql.len()
    }

    pub(super) fn last_character(&self) -> Range<usize> {
        let end = self.sql.trim_end().len();
        self.sql[..end].char_indices().next_back().map_or_else(|| self.all(), |(start, _)| start..end)
    }

    /// The bytes of a span; the whole text if the parser does not know.
    pub(in crate::suite) fn range(&self, span: Span) -> Range<usize> {
        match (self.byte(span.start), self.byte(span.end)) {
            (Some(start), Some(end)) if start < end => start..end,
            _ => self.all(),
        }
    }

    pub(super) fn tokens(&self) -> Result<Vec<TokenWithSpan>, Mistake> {
        Tokenizer::new(&Dialect, self.sql).tokenize_with_location().map_err(|error| {
            let start = self.byte(error.location).unwrap_or(0);
            let help = match self.sql[start..].chars().next() {
                Some('"') => Some("close the name with `\"`; a `\"` inside it is doubled".to_owned()),
                Some('\'') => Some("close the text with `'`; a `'` inside it is doubled".to_owned()),
                _ => None,
            };
            let message = if help.is_some() { "the quote is not closed".to_owned() } else { error.message };
            Mistake { range: start..self.sql.len(), message: lowercase_first(&message), help }
        })
    }

    /// The mistakes that are seen from the tokens alone.
    pub(super) fn refused(&self, tokens: &[TokenWithSpan]) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut solid = tokens.iter().filter(|token| !is_blank(&token.token)).peekable();
        let mut first = true;
        while let Some(token) = solid.next() {
            let next = solid.peek().map(|next| &next.token);
            if let Some((message, help)) = refusal::token(&token.token, next, first) {
                mistakes.push(Mistake { range: self.range(token.span), message, help });
            }
            first = false;
        }
        if tokens.iter().filter(|token| is_joint(&token.token)).count() > MOST_JOINTS {
            mistakes.push(Mistake {
                range: self.all(),
                message: format!("the condition has more than {MOST_JOINTS} operators"),
                help: Some("use IN for a long list, or several expectations".to_owned()),
            });
        }
        mistakes
    }

    /// The mistake of going on after the end.
    pub(super) fn left_over(&self, token: &TokenWithSpan) -> Mistake {
        let help = match &token.token {
            Token::Word(word) if word.keyword == Keyword::NoKeyword => {
                "join conditions with AND or OR; a name with spaces or signs goes in double quotes"
            }
            Token::SingleQuotedString(_) => "a `'` inside text is doubled",
            _ => "a condition is one expression",
        };
        Mistake {
            range: self.range(token.span),
            message: format!("the condition is complete before `{}`", token.token),
            help: Some(help.to_owned()),
        }
    }

    /// Takes the place off the end of a message of the parser.
    pub(in crate::suite) fn cut_place<'m>(&self, message: &'m str) -> (&'m str, Range<usize>) {
        let Some((what, place)) = message.rsplit_once(" at Line: ") else { return (message, self.all()) };
        let place = place.split_once(", Column: ");
        let place = place.and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
        let start = place.and_then(|(line, column)| self.byte(Location { line, column }));
        match start {
            Some(start) => (what, start..self.end_of_word(start)),
            None => (what, self.all()),
        }
    }

    fn end_of_word(&self, start: usize) -> usize {
        let rest = &self.sql[start..];
        let end = rest.char_indices().skip(1).find(|(_, c)| !c.is_alphanumeric() && *c != '_');
        start + end.map_or(rest.len(), |(end, _)| end)
    }

    /// The byte of a line and column, both from 1; none for the place of nothing.
    fn byte(&self, place: Location) -> Option<usize> {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let character = self.lines.get(line)?.checked_add(column)?;
        Some(self.characters.get(character).copied().unwrap_or(self.sql.len()))
    }
}

fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab))
}

/// Whether a token can put what stands before it one level deeper.
fn is_joint(token: &Token) -> bool {
    let flat = matches!(
        token,
        Token::Whitespace(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Comma
            | Token::LParen
            | Token::RParen
            | Token::Colon
    );
    !flat && !matches!(token, Token::Word(word) if word.keyword == Keyword::NoKeyword)
}

fn lowercase_first(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
