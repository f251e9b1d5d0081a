//! A condition as SQL that means the same, missing values included.

use super::tree::{Condition, Op, Term, TextTest};
use crate::import::gx::types::Types;
use crate::ir::Type;
use crate::suite::quote;

/// How many truths there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logic {
    /// As in pandas: a comparison with a missing value is false, and `!=` is true.
    Two,
    /// As in SQL: a comparison with a missing value is unknown.
    Three,
}

/// Writes a condition, and says what is worth a remark.
///
/// # Errors
/// What SQL here does not have, as a fragment.
pub(super) fn write(condition: &Condition, logic: Logic, types: &Types) -> Result<(String, Option<String>), String> {
    let mut writer = Writer { logic, types, remark: None };
    let sql = match writer.said(condition, false)? {
        Said::Sql(sql, _) => sql,
        Said::Always(holds) => if holds { "TRUE" } else { "FALSE" }.to_owned(),
    };
    Ok((sql, writer.remark))
}

struct Writer<'a> {
    logic: Logic,
    types: &'a Types,
    remark: Option<String>,
}

/// SQL with how tight it binds, or what holds for every row alike.
enum Said {
    Sql(String, Binds),
    Always(bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Binds {
    Or,
    And,
    Tight,
}

impl Writer<'_> {
    fn said(&mut self, condition: &Condition, negated: bool) -> Result<Said, String> {
        match condition {
            Condition::Not(inner) => self.said(inner, !negated),
            Condition::All(parts) => self.joined(parts, negated, !negated),
            Condition::Any(parts) => self.joined(parts, negated, negated),
            Condition::Holds(name) => {
                if self.types.of_column(name).is_some_and(|kind| kind != Type::Boolean) {
                    return Err(format!("`{name}` alone is no condition"));
                }
                let column = quote::sql_name(name);
                Ok(match negated {
                    false => tight(column),
                    true if self.logic == Logic::Two => either(format!("NOT {column} OR {column} IS NULL")),
                    true => tight(format!("NOT {column}")),
                })
            }
            Condition::Null(term) => {
                Ok(tight(format!("{} IS {}NULL", Self::term(term)?, if negated { "NOT " } else { "" })))
            }
            Condition::Text(term, test, text) => {
                let value = Self::term(term)?;
                let not = if negated { "NOT " } else { "" };
                let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                let escape = if escaped == *text { "" } else { " ESCAPE '\\'" };
                let sql = match test {
                    TextTest::StartsWith => {
                        format!("{value} {not}LIKE {}{escape}", quote::sql_text(&format!("{escaped}%")))
                    }
                    TextTest::EndsWith => {
                        format!("{value} {not}LIKE {}{escape}", quote::sql_text(&format!("%{escaped}")))
                    }
                    TextTest::Matches => format!("{not}regexp_like({value}, {})", quote::sql_text(text)),
                };
                Ok(self.or_missing(sql, negated, &[term]))
            }
            Condition::In(term, values) => self.within(term, values, negated),
            Condition::Compare(left, op, right) => {
                self.compared(left, if negated { op.opposite() } else { *op }, right, negated)
            }
            Condition::Raw(_) => Err("a filter in the language of the engine stands inside of it".to_owned()),
        }
    }

    fn joined(&mut self, parts: &[Condition], negated: bool, all: bool) -> Result<Said, String> {
        let mut said = Vec::new();
        for part in parts {
            match self.said(part, negated)? {
                Said::Always(holds) if holds == all => {}
                Said::Always(holds) => return Ok(Said::Always(holds)),
                Said::Sql(sql, binds) => said.push((sql, binds)),
            }
        }
        let (own, word) = if all { (Binds::And, " AND ") } else { (Binds::Or, " OR ") };
        Ok(match said.len() {
            0 => Said::Always(all),
            1 => said.pop().map_or(Said::Always(all), |(sql, binds)| Said::Sql(sql, binds)),
            _ => {
                let parts =
                    said.into_iter().map(|(sql, binds)| if binds == Binds::Tight { sql } else { format!("({sql})") });
                Said::Sql(parts.collect::<Vec<_>>().join(word), own)
            }
        })
    }

    fn compared(&mut self, left: &Term, op: Op, right: &Term, negated: bool) -> Result<Said, String> {
        let kind = self.kind(left);
        match (kind, right) {
            (_, Term::Nothing) => {
                return match (self.logic, op) {
                    (Logic::Two, Op::Ne) => Ok(Said::Always(true)),
                    (Logic::Two, _) => Ok(Said::Always(negated)),
                    (Logic::Three, _) => Err("a comparison with nothing is never known".to_owned()),
                };
            }
            // To pandas a number never equals a text, and the two have no order.
            (Some(kind), Term::Text(text)) if kind.is_number() && self.logic == Logic::Two => {
                return match op {
                    Op::Eq | Op::Ne => {
                        let holds = if op == Op::Eq { "no row" } else { "every row" };
                        self.note(format!("{} holds numbers, and so its row_condition holds for {holds}", bare(left)));
                        Ok(Said::Always(op == Op::Ne))
                    }
                    _ => Ok(tight(format!(
                        "{} {} CAST({} AS VARCHAR)",
                        Self::term(left)?,
                        op.sign(),
                        quote::sql_text(text)
                    ))),
                };
            }
            _ => {}
        }
        let value = Self::beside(kind, right, op)?;
        let column = Self::term(left)?;
        let constant = !matches!(right, Term::Column(_) | Term::Reckoned(..));
        if op == Op::Ne && self.logic == Logic::Two && constant {
            return Ok(tight(format!("{column} IS DISTINCT FROM {value}")));
        }
        let missing_too = negated || (op == Op::Ne && self.logic == Logic::Two);
        Ok(self.or_missing(format!("{column} {} {value}", op.sign()), missing_too && op != Op::Eq, &[left, right]))
    }

    fn within(&mut self, term: &Term, values: &[Term], negated: bool) -> Result<Said, String> {
        let kind = self.kind(term);
        let mut list = Vec::new();
        for value in values {
            let never = matches!(value, Term::Nothing)
                || (self.logic == Logic::Two && kind.is_some_and(Type::is_number) && matches!(value, Term::Text(_)));
            if !never {
                list.push(Self::beside(kind, value, Op::Eq)?);
            }
        }
        if list.is_empty() {
            return Ok(Said::Always(negated));
        }
        let not = if negated { "NOT " } else { "" };
        let sql = format!("{} {not}IN ({})", Self::term(term)?, list.join(", "));
        Ok(self.or_missing(sql, negated, &[term]))
    }

    /// A negative condition, which pandas holds true of a missing value.
    fn or_missing(&self, sql: String, negative: bool, of: &[&Term]) -> Said {
        if !negative || self.logic == Logic::Three {
            return tight(sql);
        }
        let mut columns = Vec::new();
        of.iter().for_each(|term| term.columns(&mut columns));
        let missing = columns.iter().map(|name| format!(" OR {} IS NULL", quote::sql_name(name)));
        either(format!("{sql}{}", missing.collect::<String>()))
    }

    /// A value beside a column of a type.
    fn beside(kind: Option<Type>, value: &Term, op: Op) -> Result<String, String> {
        match (kind, value) {
            // Numbers among text are kept as text: a column of mixed values is stored so.
            (Some(kind), Term::Number(number)) if kind.is_text() && matches!(op, Op::Eq | Op::Ne) => {
                Ok(quote::sql_text(number))
            }
            (Some(Type::Boolean), Term::Number(number)) if matches!(number.as_str(), "0" | "1") => {
                Ok(if number == "1" { "TRUE" } else { "FALSE" }.to_owned())
            }
            _ => Self::term(value),
        }
    }

    fn term(term: &Term) -> Result<String, String> {
        Ok(match term {
            Term::Column(name) => quote::sql_name(name),
            Term::Number(number) => number.clone(),
            Term::Text(text) => quote::sql_text(text),
            Term::Boolean(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
            Term::Moment(text) if text.trim().len() == 10 => format!("DATE {}", quote::sql_text(text.trim())),
            Term::Moment(text) => format!("TIMESTAMP {}", quote::sql_text(text.trim())),
            Term::Nothing => return Err("nothing is no value to compute with".to_owned()),
            Term::Reckoned(left, sign, right) => {
                let side = |side: &Term, tight: bool| {
                    let sql = Self::term(side)?;
                    let loose = matches!(side, Term::Reckoned(_, '+' | '-', _)) && matches!(sign, '*' | '/' | '%');
                    let nested = tight && matches!(side, Term::Reckoned(..));
                    Ok::<_, String>(if loose || (nested && matches!(sign, '-' | '/' | '%')) {
                        format!("({sql})")
                    } else {
                        sql
                    })
                };
                format!("{} {sign} {}", side(left, false)?, side(right, true)?)
            }
        })
    }

    fn kind(&self, term: &Term) -> Option<Type> {
        match term {
            Term::Column(name) => self.types.of_column(name),
            _ => None,
        }
    }

    fn note(&mut self, remark: String) {
        self.remark.get_or_insert(remark);
    }
}

fn tight(sql: String) -> Said {
    Said::Sql(sql, Binds::Tight)
}

fn either(sql: String) -> Said {
    Said::Sql(sql, Binds::Or)
}

fn bare(term: &Term) -> String {
    match term {
        Term::Column(name) => format!("`{name}`"),
        _ => "the value".to_owned(),
    }
}
