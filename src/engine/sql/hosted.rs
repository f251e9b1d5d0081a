//! Functions of ours that an engine calls for what its own SQL cannot say, where it runs beside us: SQLite.
//!
//! A program is a piece of a condition or an expression, or how a cell reads; it is evaluated by the same code that settles
//! `when`, so that it means what it means everywhere. Programs go by names that people can read in a statement. How values
//! pass from an engine and back is the matter of its connection.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use crate::answer::SchemaColumn;
use crate::engine::source::sqlite::Taken;
use crate::engine::sql::expression::{Cannot, Writer, Written, reading_of};
use crate::ir::evaluate::{self, Row};
use crate::ir::function::Function;
use crate::ir::predicate::Piece;
use crate::ir::{Literal, Predicate, Reading, Scalar, Type, Value};

/// The function that runs programs, by their names.
pub(super) const FUNCTION: &str = "tamiz";

/// What a function of ours does with its arguments.
#[derive(Clone, Debug)]
pub(super) enum Program {
    /// The value of a cell as a column reads it.
    Cell(Reading, Taken),
    /// Whether a cell is no value of its column.
    Unread(Reading, Taken),
    /// The value of an expression over columns of these types, as a value of a type.
    Value(Scalar, Vec<(String, Type)>, Type),
    /// Whether a condition over such columns holds.
    Condition(Predicate, Vec<(String, Type)>),
}

/// The programs of an engine.
#[derive(Default)]
pub(super) struct Hosted {
    /// Each with how it is spelled: values that are equal may be spelled otherwise, as `1.1` and `1.10` are.
    programs: Mutex<IndexMap<String, (Arc<Program>, String)>>,
}

impl Hosted {
    /// The name of a program, which begins as is said: one that means the same has the same.
    pub(super) fn named(&self, said: &str, program: Program) -> String {
        let said: String = said.chars().filter(|c| !c.is_control()).take(80).collect();
        let spelled = format!("{program:?}");
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = said.clone();
        let mut times = 1;
        while let Some(known) = programs.get(&name) {
            if known.1 == spelled {
                return name;
            }
            times += 1;
            name = format!("{said} #{times}");
        }
        programs.insert(name.clone(), (Arc::new(program), spelled));
        name
    }

    /// The program of a name.
    pub(super) fn program(&self, name: &str) -> Option<Arc<Program>> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner).get(name).map(|(program, _)| Arc::clone(program))
    }
}

/// The columns that a piece looks at, and their types.
type Columns = Vec<(String, Type)>;

/// The values of columns, in the order of a program's arguments.
struct Given<'a>(&'a [(String, Type)], &'a [Value]);

impl Row for Given<'_> {
    fn value(&self, column: &str) -> Value {
        let place = self.0.iter().position(|(name, _)| name == column);
        place.and_then(|place| self.1.get(place)).cloned().unwrap_or(Value::Null)
    }
    fn unparsed(&self, _: &str) -> bool {
        false
    }
    fn malformed(&self) -> bool {
        false
    }
}

/// The value of an expression over the values of its columns.
///
/// # Errors
/// Why it cannot be computed.
pub(super) fn value(of: &Scalar, columns: &[(String, Type)], values: &[Value]) -> Result<Value, String> {
    evaluate::scalar(of, &Given(columns, values))
}

/// Whether a condition holds for the values of its columns, or null.
///
/// # Errors
/// Why it cannot be computed.
pub(super) fn condition(of: &Predicate, columns: &[(String, Type)], values: &[Value]) -> Result<Value, String> {
    Ok(evaluate::predicate(of, &Given(columns, values))?.map_or(Value::Null, Value::Boolean))
}

impl Writer<'_> {
    /// A condition that the engine cannot say by itself, as a call of a function of ours; none if it can, or calls none.
    ///
    /// # Errors
    /// What cannot be evaluated with the values of columns alone.
    pub(super) fn hosted_condition(&self, condition: &Predicate) -> Result<Option<String>, Cannot> {
        let Some(hosted) = self.dialect.hosted() else { return Ok(None) };
        let said = match condition {
            Predicate::Compare(left, op, right) => {
                let (one, other) = (self.kind(left)?, self.kind(right)?);
                if one == other || one.is_none() || other.is_none() {
                    return Ok(None);
                }
                op.sign().to_owned()
            }
            Predicate::In(of, list) => {
                let kind = self.kind(of)?;
                let is_alike = |literal: &Literal| matches!(literal, Literal::Value(value) if value.kind() == kind);
                if list.iter().all(is_alike) {
                    return Ok(None);
                }
                "is one of".to_owned()
            }
            Predicate::Matches(_, regex) => format!("matches {}", regex.pattern),
            Predicate::Like(..) => "is like".to_owned(),
            Predicate::Test(test, _) => test.to_string(),
            Predicate::Parses(what, _) => format!("reads as {what}"),
            Predicate::Multiple(_, unit) => format!("is a multiple of {}", unit.to_plain_string()),
            _ => return Ok(None),
        };
        let mut pieces = Vec::new();
        condition.pieces(&mut |piece| pieces.push(piece));
        let (columns, arguments) = self.arguments(&pieces)?;
        let name = hosted.named(&said, Program::Condition(condition.clone(), columns));
        self.called(&name, &arguments).map(Some)
    }

    /// An expression that the engine cannot say by itself; none as above.
    ///
    /// # Errors
    /// As above.
    pub(super) fn hosted_value(&self, of: &Scalar) -> Result<Option<Written>, Cannot> {
        let Some(hosted) = self.dialect.hosted() else { return Ok(None) };
        let said = match of {
            Scalar::Column(_) | Scalar::Literal(_) | Scalar::Condition(_) | Scalar::Measured(..) => return Ok(None),
            Scalar::Arithmetic(_, sign, _) => sign.sign().to_owned(),
            Scalar::Case(..) => "case".to_owned(),
            Scalar::Cast(_, kind) => format!("as {kind}"),
            Scalar::Call(function, _) => function.name().to_owned(),
        };
        let Some(kind) = self.kind(of)? else { return Ok(Some(("NULL".to_owned(), None))) };
        let mut pieces = Vec::new();
        of.pieces(&mut |piece| pieces.push(piece));
        let (columns, arguments) = self.arguments(&pieces)?;
        let name = hosted.named(&said, Program::Value(of.clone(), columns, kind));
        Ok(Some((self.called(&name, &arguments)?, Some(kind))))
    }

    /// The value of a column whose cells may be of any type; none of an engine whose cells are of one.
    ///
    /// # Errors
    /// If the engine cannot hold the name of the program.
    pub(super) fn cell(&self, column: &SchemaColumn) -> Result<Option<Written>, Cannot> {
        let Some(hosted) = self.dialect.hosted() else { return Ok(None) };
        let (reading, taken, stored) = self.taken(column);
        let kind = reading.kind;
        let written = match self.dialect.cell(&stored, &reading, taken) {
            Some(written) => format!("({written})"),
            None => {
                let name = hosted.named(kind.name(), Program::Cell(reading, taken));
                self.called(&name, &[stored])?
            }
        };
        Ok(Some((written, Some(kind))))
    }

    /// Whether a cell is no value of its column; none as above.
    ///
    /// # Errors
    /// As above.
    pub(super) fn unread(&self, column: &SchemaColumn) -> Result<Option<String>, Cannot> {
        let Some(hosted) = self.dialect.hosted().filter(|_| column.computed.is_none()) else { return Ok(None) };
        let (reading, taken, stored) = self.taken(column);
        let name = hosted.named(&format!("no {}", reading.kind), Program::Unread(reading, taken));
        self.called(&name, &[stored]).map(Some)
    }

    fn taken(&self, column: &SchemaColumn) -> (Reading, Taken, String) {
        let taken = if column.inferred { Taken::AsText } else { Taken::OfItsType };
        (reading_of(column), taken, self.stored(&column.name))
    }

    /// A call of a program.
    fn called(&self, name: &str, arguments: &[String]) -> Result<String, Cannot> {
        let name = self.dialect.text(name)?;
        let all = std::iter::once(name).chain(arguments.iter().cloned()).collect::<Vec<_>>();
        Ok(format!("{FUNCTION}({})", all.join(", ")))
    }

    /// The columns of pieces, with what says their values.
    fn arguments(&self, pieces: &[Piece<'_>]) -> Result<(Columns, Vec<String>), Cannot> {
        let (mut columns, mut arguments) = (Vec::new(), Vec::new());
        for piece in pieces {
            let name = match piece {
                Piece::Value(Scalar::Column(name)) => name,
                Piece::Condition(Predicate::Unparsed(_) | Predicate::Malformed | Predicate::OfType(..)) => {
                    return Err(Cannot("whether a cell reads, within an expression".to_owned()));
                }
                Piece::Condition(Predicate::Leads(..)) => return Err(Cannot("a look at files".to_owned())),
                Piece::Value(Scalar::Literal(Literal::Value(_))) => continue,
                Piece::Value(Scalar::Literal(literal)) => {
                    return Err(Cannot(format!("`{literal}`, which has no type yet")));
                }
                Piece::Value(Scalar::Measured(measure, _)) => {
                    return Err(Cannot(format!("the {measure}, which is not known yet")));
                }
                Piece::Value(_) | Piece::Condition(_) => continue,
            };
            if columns.iter().any(|(known, _)| known == name) {
                continue;
            }
            let (written, kind) = self.value(&Scalar::column(name))?;
            columns.push((name.clone(), kind.unwrap_or(Type::String)));
            arguments.push(written);
        }
        Ok((columns, arguments))
    }

    /// The type of the values of an expression; none of a null.
    fn kind(&self, of: &Scalar) -> Result<Option<Type>, Cannot> {
        Ok(match of {
            Scalar::Column(_) => self.value(of)?.1,
            Scalar::Literal(Literal::Value(value)) => value.kind(),
            Scalar::Literal(literal) => return Err(Cannot(format!("`{literal}`, which has no type yet"))),
            Scalar::Arithmetic(left, sign, right) => sign.kind(self.kind(left)?, self.kind(right)?).map_err(Cannot)?,
            Scalar::Case(branches, otherwise) => {
                let all = branches.iter().map(|(_, then)| then).chain(std::iter::once(otherwise.as_ref()));
                let kinds = all.map(|value| self.kind(value)).collect::<Result<Vec<_>, _>>()?;
                Function::Coalesce.kind(&kinds).map_err(Cannot)?
            }
            Scalar::Cast(_, kind) => Some(*kind),
            Scalar::Call(function, arguments) => {
                let kinds = arguments.iter().map(|value| self.kind(value)).collect::<Result<Vec<_>, _>>()?;
                function.kind(&kinds).map_err(Cannot)?
            }
            Scalar::Measured(measure, _) => return Err(Cannot(format!("the {measure}, which is not known yet"))),
            Scalar::Condition(_) => Some(Type::Boolean),
        })
    }
}
