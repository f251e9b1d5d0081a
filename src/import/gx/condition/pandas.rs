//! Queries of `DataFrame.query`: comparisons, `and or not`, `& | ~`, `in`, lists, a few methods, arithmetic.
//!
//! In the dialect `pandas`, `&` and `|` bind as loosely as `and` and `or`; in `python` they bind tighter than comparisons, as
//! the language has it, and need parentheses there.

use super::token::{Token, tokens};
use super::tree::{Condition, Op, Term, TextTest};

/// How signs bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Pandas,
    Python,
}

/// Reads a query.
///
/// # Errors
/// What is not understood, as a fragment.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Condition, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, dialect };
    let found = reader.any()?;
    match reader.tokens.get(reader.at) {
        None => found.condition(),
        Some(token) => Err(format!("it goes on with {token:?} where it should end")),
    }
}

/// Something read: a condition, a value, or a list of values.
enum Piece {
    Condition(Condition),
    Term(Term),
    List(Vec<Term>),
}

impl Piece {
    /// As a condition: a column alone is one of booleans.
    fn condition(self) -> Result<Condition, String> {
        match self {
            Self::Condition(condition) => Ok(condition),
            Self::Term(Term::Column(name)) => Ok(Condition::Holds(name)),
            Self::Term(_) | Self::List(_) => Err("a value stands where a condition should".to_owned()),
        }
    }

    fn term(self) -> Result<Term, String> {
        match self {
            Self::Term(term) => Ok(term),
            Self::Condition(_) => Err("a condition stands where a value should".to_owned()),
            Self::List(_) => Err("a list stands where a value should".to_owned()),
        }
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    dialect: Dialect,
}

impl Reader {
    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Name(word)) if word == wanted);
        self.at += usize::from(found);
        found
    }

    /// A sign that joins conditions loosely, as words do.
    fn loose(&mut self, wanted: &str) -> bool {
        self.dialect == Dialect::Pandas && self.sign(wanted)
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(format!("`{sign}` is missing")) }
    }

    fn any(&mut self) -> Result<Piece, String> {
        let first = self.all()?;
        if !(self.word("or") || self.loose("|")) {
            return Ok(first);
        }
        let mut parts = vec![first.condition()?];
        loop {
            parts.push(self.all()?.condition()?);
            if !(self.word("or") || self.loose("|")) {
                return Ok(Piece::Condition(Condition::Any(parts)));
            }
        }
    }

    fn all(&mut self) -> Result<Piece, String> {
        let first = self.not()?;
        if !(self.word("and") || self.loose("&")) {
            return Ok(first);
        }
        let mut parts = vec![first.condition()?];
        loop {
            parts.push(self.not()?.condition()?);
            if !(self.word("and") || self.loose("&")) {
                return Ok(Piece::Condition(Condition::All(parts)));
            }
        }
    }

    fn not(&mut self) -> Result<Piece, String> {
        if self.word("not") {
            let inner = self.not()?.condition()?;
            return Ok(Piece::Condition(Condition::Not(Box::new(inner))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Piece, String> {
        let left = self.tight()?;
        let mut found = Vec::new();
        let mut last = left;
        while let Some((op, negated)) = self.operator() {
            let right = self.tight()?;
            let condition = match (op, right) {
                (Operator::In, Piece::List(values)) => (Condition::In(last.term()?, values), Piece::List(Vec::new())),
                (Operator::In, _) => return Err("`in` takes a list".to_owned()),
                // Beside a list, equal means one of it.
                (Operator::Order(op @ (Op::Eq | Op::Ne)), Piece::List(values)) => {
                    let within = Condition::In(last.term()?, values);
                    let within = if op == Op::Ne { Condition::Not(Box::new(within)) } else { within };
                    (within, Piece::List(Vec::new()))
                }
                (Operator::Order(op), right) => {
                    let (left, right) = (last.term()?, right.term()?);
                    (ordered(left, op, right.clone()), Piece::Term(right))
                }
            };
            found.push(if negated { Condition::Not(Box::new(condition.0)) } else { condition.0 });
            last = condition.1;
        }
        match found.len() {
            0 => Ok(last),
            1 => Ok(Piece::Condition(found.swap_remove(0))),
            _ => Ok(Piece::Condition(Condition::All(found))),
        }
    }

    fn operator(&mut self) -> Option<(Operator, bool)> {
        if let Some(Token::Sign(sign)) = self.tokens.get(self.at)
            && let Some(op) = Op::of(sign)
        {
            self.at += 1;
            return Some((Operator::Order(op), false));
        }
        if self.word("in") {
            return Some((Operator::In, false));
        }
        let start = self.at;
        if self.word("not") && self.word("in") {
            return Some((Operator::In, true));
        }
        self.at = start;
        None
    }

    /// What stands between comparisons: in Python also conditions joined by `&` and `|`.
    fn tight(&mut self) -> Result<Piece, String> {
        if self.dialect == Dialect::Pandas {
            return self.sum();
        }
        let first = self.tight_all()?;
        if !self.sign("|") {
            return Ok(first);
        }
        let mut parts = vec![first.condition()?, self.tight_all()?.condition()?];
        while self.sign("|") {
            parts.push(self.tight_all()?.condition()?);
        }
        Ok(Piece::Condition(Condition::Any(parts)))
    }

    fn tight_all(&mut self) -> Result<Piece, String> {
        let first = self.sum()?;
        if !self.sign("&") {
            return Ok(first);
        }
        let mut parts = vec![first.condition()?, self.sum()?.condition()?];
        while self.sign("&") {
            parts.push(self.sum()?.condition()?);
        }
        Ok(Piece::Condition(Condition::All(parts)))
    }

    fn sum(&mut self) -> Result<Piece, String> {
        let mut left = self.product()?;
        while let Some(sign) = self.one_of(&["+", "-"]) {
            let right = self.product()?.term()?;
            left = Piece::Term(Term::Reckoned(Box::new(left.term()?), sign, Box::new(right)));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Piece, String> {
        let mut left = self.factor()?;
        while let Some(sign) = self.one_of(&["*", "/", "%"]) {
            let right = self.factor()?.term()?;
            left = Piece::Term(Term::Reckoned(Box::new(left.term()?), sign, Box::new(right)));
        }
        Ok(left)
    }

    fn one_of(&mut self, signs: &[&str]) -> Option<char> {
        signs.iter().find(|sign| self.sign(sign)).and_then(|sign| sign.chars().next())
    }

    fn factor(&mut self) -> Result<Piece, String> {
        if self.sign("~") {
            let inner = self.factor()?.condition()?;
            return Ok(Piece::Condition(Condition::Not(Box::new(inner))));
        }
        if self.sign("-") {
            return match self.factor()?.term()? {
                Term::Number(number) => Ok(Piece::Term(Term::Number(format!("-{number}")))),
                other => {
                    let nought = Box::new(Term::Number("0".to_owned()));
                    Ok(Piece::Term(Term::Reckoned(nought, '-', Box::new(other))))
                }
            };
        }
        if self.sign("(") {
            let inner = self.any()?;
            if matches!(self.tokens.get(self.at), Some(Token::Sign(","))) {
                return self.list(vec![inner.term()?], ")");
            }
            self.expect(")")?;
            return self.methods(inner);
        }
        if self.sign("[") {
            if self.sign("]") {
                return Ok(Piece::List(Vec::new()));
            }
            let first = self.sum()?.term()?;
            return self.list(vec![first], "]");
        }
        let token = self.tokens.get(self.at).cloned().ok_or("it ends where a value should follow")?;
        self.at += 1;
        let term = match token {
            Token::Number(number) => Term::Number(number),
            Token::Text(text) => Term::Text(text),
            Token::Quoted(name) => Term::Column(name),
            Token::Name(word) => match word.as_str() {
                "True" | "true" => Term::Boolean(true),
                "False" | "false" => Term::Boolean(false),
                "None" | "nan" | "NaN" => Term::Nothing,
                "and" | "or" | "not" | "in" | "if" | "else" | "lambda" => {
                    return Err(format!("`{word}` stands where a value should"));
                }
                "index" => return Err("it asks for the index, which files do not have".to_owned()),
                _ => Term::Column(word),
            },
            Token::Sign(sign) => return Err(format!("`{sign}` stands where a value should")),
        };
        self.methods(Piece::Term(term))
    }

    fn list(&mut self, mut values: Vec<Term>, end: &str) -> Result<Piece, String> {
        while self.sign(",") {
            if self.sign(end) {
                return Ok(Piece::List(values));
            }
            values.push(self.sum()?.term()?);
        }
        self.expect(end)?;
        Ok(Piece::List(values))
    }

    /// Methods of a column after its name.
    fn methods(&mut self, of: Piece) -> Result<Piece, String> {
        if !self.sign(".") {
            return if self.sign("(") { Err("it calls a function".to_owned()) } else { Ok(of) };
        }
        let column = of.term()?;
        let mut name = self.name()?;
        if name == "str" {
            self.expect(".")?;
            name = format!("str.{}", self.name()?);
        }
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.sign(")") {
            arguments.push(self.sum()?);
            if !self.sign(",") {
                self.expect(")")?;
                break;
            }
        }
        let text =
            |test: TextTest, arguments: Vec<Piece>| match arguments.into_iter().map(Piece::term).collect::<Vec<_>>() {
                found if found.len() == 1 => match found.into_iter().next() {
                    Some(Ok(Term::Text(text))) => Ok(Condition::Text(column.clone(), test, text)),
                    _ => Err(format!("`{name}` takes a text")),
                },
                _ => Err(format!("`{name}` with several arguments is not understood")),
            };
        let condition = match (name.as_str(), arguments.len()) {
            ("isnull" | "isna", 0) => Condition::Null(column),
            ("notnull" | "notna", 0) => Condition::Not(Box::new(Condition::Null(column))),
            ("str.startswith", _) => text(TextTest::StartsWith, arguments)?,
            ("str.endswith", _) => text(TextTest::EndsWith, arguments)?,
            ("str.contains", _) => text(TextTest::Matches, arguments)?,
            ("isin", 1) => match arguments.swap_remove(0) {
                Piece::List(values) => Condition::In(column, values),
                _ => return Err("`isin` takes a list".to_owned()),
            },
            ("between", 2) => {
                let high = arguments.swap_remove(1).term()?;
                let low = arguments.swap_remove(0).term()?;
                Condition::All(vec![
                    Condition::Compare(column.clone(), Op::Ge, low),
                    Condition::Compare(column, Op::Le, high),
                ])
            }
            _ => return Err(format!("the method `{name}` is not understood")),
        };
        Ok(Piece::Condition(condition))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(name.clone())
            }
            _ => Err("a method has no name".to_owned()),
        }
    }
}

enum Operator {
    Order(Op),
    In,
}

/// A comparison with its column on the left.
fn ordered(left: Term, op: Op, right: Term) -> Condition {
    let is_value = |term: &Term| !matches!(term, Term::Column(_) | Term::Reckoned(..));
    if is_value(&left) && !is_value(&right) {
        Condition::Compare(right, op.flipped(), left)
    } else {
        Condition::Compare(left, op, right)
    }
}
