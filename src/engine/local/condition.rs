//! Conditions evaluated on a batch, each part once.
//!
//! All conditions of a dataset are taken apart into one list of parts; a batch evaluates the parts it needs and remembers
//! them, so that conditions which share a part share its work. What a batch shows at a glance (no nulls, no bad cell, the
//! least and the greatest number, a few texts) folds conditions away.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use polars::prelude::{BooleanChunked, ChunkCompareEq, ChunkCompareIneq, StringChunked};

use crate::answer::Number;
use crate::engine::local::assets::Assets;
use crate::engine::local::column::Column;
use crate::engine::local::glance::Glance;
use crate::engine::local::groups::Parting;
use crate::engine::local::mask::{self, Mask};
use crate::engine::local::number;
use crate::engine::local::pattern::Pattern;
use crate::ir::asset::Asset;
use crate::ir::evaluate::{self, Row};
use crate::ir::function::Function;
use crate::ir::predicate::Piece;
use crate::ir::value::order_of_rows;
use crate::ir::{End, Literal, Measure, Op, Predicate, Scalar, Value};

/// A set of more members is made ready once, not for every batch.
const FEW: usize = 64;

/// Conditions on the rows of one dataset, taken apart.
#[derive(Default)]
pub(super) struct Conditions {
    earlier: Arc<Earlier>,
    parts: Vec<Part>,
    known: HashMap<Predicate, usize>,
}

/// The numbers of earlier rounds that conditions may hang on.
pub(super) type Earlier = HashMap<Measure, Number>;

enum Part {
    Not(usize),
    Unknown(usize),
    And(Vec<usize>),
    Or(Vec<usize>),
    Leaf(Predicate),
    Pattern(Scalar, Pattern),
    /// A column of text, and the many texts that its values are looked up in.
    Members(String, HashSet<String>),
}

/// A batch that conditions are evaluated on.
pub(super) struct Frame<'a> {
    /// The number of rows.
    pub(super) rows: usize,
    /// The columns by name.
    pub(super) columns: &'a HashMap<String, Column>,
    /// The cells that do not read as their type, by column.
    pub(super) unparsed: &'a HashMap<String, BooleanChunked>,
    /// The records that could not be taken apart.
    pub(super) malformed: Option<&'a BooleanChunked>,
    /// The files that values name, where they may be looked at.
    pub(super) assets: Option<&'a Assets>,
}

/// The parts of some conditions that a batch has already evaluated.
pub(super) struct Evaluation<'a> {
    conditions: &'a Conditions,
    frame: &'a Frame<'a>,
    glances: HashMap<&'a str, Glance>,
    done: Vec<Option<Mask>>,
}

impl Conditions {
    /// Conditions that may hang on numbers of earlier rounds.
    pub(super) fn knowing(earlier: &Arc<Earlier>) -> Self {
        Self { earlier: Arc::clone(earlier), ..Self::default() }
    }

    /// Takes in the condition of a measure, whose numbers of earlier rounds are those of its groups, if it has any.
    pub(super) fn add_in(&mut self, by: &[String], condition: &Predicate) -> Result<usize, String> {
        let mut unknown = None;
        condition.pieces(&mut |piece| {
            if let Piece::Value(Scalar::Measured(measure, _)) = piece
                && !self.earlier.contains_key(&grouped(by, measure))
            {
                unknown = Some(format!("the {measure} is not known yet"));
            }
        });
        if let Some(unknown) = unknown {
            return Err(unknown);
        }
        let filled = condition.filled(&|measure, end| match self.earlier.get(measure).filter(|_| by.is_empty()) {
            Some(number) => Scalar::value(end_of(number, end)),
            None => Scalar::Measured(Box::new(grouped(by, measure)), end),
        });
        self.add(&filled)
    }

    /// Takes a bound condition in, and gives the handle to evaluate it by.
    pub(super) fn add(&mut self, condition: &Predicate) -> Result<usize, String> {
        if let Some(known) = self.known.get(condition) {
            return Ok(*known);
        }
        let regex =
            |of: &Scalar, regex: &crate::ir::Regex| Ok::<_, String>(Part::Pattern(of.clone(), Pattern::new(regex)?));
        let part = match condition {
            Predicate::Not(inner) => Part::Not(self.add(inner)?),
            Predicate::Unknown(inner) => Part::Unknown(self.add(inner)?),
            Predicate::And(parts) => Part::And(parts.iter().map(|part| self.add(part)).collect::<Result<_, _>>()?),
            Predicate::Or(parts) => Part::Or(parts.iter().map(|part| self.add(part)).collect::<Result<_, _>>()?),
            Predicate::Matches(of @ Scalar::Column(_), pattern) => regex(of, pattern)?,
            Predicate::Like(of @ Scalar::Column(_), like) => regex(of, &like.to_regex())?,
            Predicate::In(Scalar::Column(name), list) if list.len() > FEW => match texts(list) {
                Some(texts) => Part::Members(name.clone(), texts),
                None => Part::Leaf(condition.clone()),
            },
            leaf => Part::Leaf(leaf.clone()),
        };
        self.parts.push(part);
        let handle = self.parts.len() - 1;
        self.known.insert(condition.clone(), handle);
        Ok(handle)
    }
}

impl Conditions {
    /// What a part asks of files, and whether it holds where they are so, if that is all it asks.
    fn looks_at_files(&self, handle: usize) -> Option<(&Asset, &Scalar, bool)> {
        match &self.parts[handle] {
            Part::Leaf(Predicate::Leads(asset, of)) => Some((asset, of, true)),
            Part::Not(inner) => self.looks_at_files(*inner).map(|(asset, of, wanted)| (asset, of, !wanted)),
            _ => None,
        }
    }
}

impl<'a> Evaluation<'a> {
    /// Prepares to evaluate conditions on a batch.
    pub(super) fn new(conditions: &'a Conditions, frame: &'a Frame<'a>) -> Self {
        let glances = frame.columns.keys().map(|name| (name.as_str(), Glance::default())).collect();
        Self { conditions, frame, glances, done: vec![None; conditions.parts.len()] }
    }

    /// Evaluates a condition.
    ///
    /// # Errors
    /// Why a value in it cannot be computed.
    pub(super) fn mask(&mut self, handle: usize) -> Result<Mask, String> {
        if let Some(mask) = &self.done[handle] {
            return Ok(mask.clone());
        }
        let conditions = self.conditions;
        let mask = match &conditions.parts[handle] {
            Part::Not(inner) => self.mask(*inner)?.not(),
            Part::Unknown(inner) => self.mask(*inner)?.is_unknown(),
            Part::And(parts) => self.joined(parts, false)?,
            Part::Or(parts) => self.joined(parts, true)?,
            Part::Pattern(of, pattern) => self.matches(of, pattern)?,
            Part::Members(name, texts) => match self.column(name)? {
                (Column::Text(column), glance) => each_text(column, glance, |text| texts.contains(text)),
                _ => return Err(format!("the column `{name}` is not text")),
            },
            Part::Leaf(leaf) => self.leaf(leaf)?,
        };
        self.done[handle] = Some(mask.clone());
        Ok(mask)
    }

    /// The number of rows of the batch.
    pub(super) const fn rows(&self) -> usize {
        self.frame.rows
    }

    /// The rows with a cell in one of some columns that does not read; none if there is no such cell.
    pub(super) fn unparsed(&self, columns: &[String]) -> Option<BooleanChunked> {
        let bad = columns.iter().filter_map(|column| self.frame.unparsed.get(column));
        bad.fold(None, |all: Option<BooleanChunked>, bad| Some(all.map_or_else(|| bad.clone(), |all| &all | bad)))
    }

    /// The values of a bound expression, one a row.
    ///
    /// # Errors
    /// Why a value cannot be computed.
    pub(super) fn values(&self, of: &Scalar) -> Result<Column, String> {
        if let Some(column) = self.fast(of)? {
            return Ok(column);
        }
        let values = (0..self.frame.rows).map(|index| evaluate::scalar(of, &FrameRow { frame: self.frame, index }));
        Column::collect(&values.collect::<Result<Vec<Value>, String>>()?)
    }

    /// `AND` is decided by a false part, `OR` by a true one.
    fn joined(&mut self, parts: &[usize], decides: bool) -> Result<Mask, String> {
        let mut joined = Mask::All(!decides);
        for part in parts {
            let mask = match self.conditions.looks_at_files(*part) {
                // Files of rows that are left out already are not looked at.
                Some((asset, of, wanted)) if !decides => {
                    let mask = self.leads(asset, of, &joined)?;
                    if wanted { mask } else { mask.not() }
                }
                _ => self.mask(*part)?,
            };
            joined = match (joined, mask) {
                (Mask::All(flag), _) | (_, Mask::All(flag)) if flag == decides => return Ok(Mask::All(decides)),
                (Mask::All(_), mask) | (mask, Mask::All(_)) => mask,
                (Mask::Unknown, Mask::Unknown) => Mask::Unknown,
                (left, right) => {
                    let (left, right) = (left.into_rows(self.frame.rows), right.into_rows(self.frame.rows));
                    Mask::Rows(if decides { &left | &right } else { &left & &right })
                }
            };
        }
        Ok(joined)
    }

    fn column(&self, name: &str) -> Result<(&'a Column, &Glance), String> {
        let column = self.frame.columns.get(name).zip(self.glances.get(name));
        column.ok_or_else(|| format!("the column `{name}` was not read"))
    }

    fn leaf(&self, leaf: &Predicate) -> Result<Mask, String> {
        match leaf {
            Predicate::Constant(flag) => Ok(Mask::All(*flag)),
            Predicate::Malformed => Ok(self.frame.malformed.map_or(Mask::All(false), |mask| Mask::Rows(mask.clone()))),
            Predicate::Unparsed(name) => {
                Ok(self.frame.unparsed.get(name).map_or(Mask::All(false), |mask| Mask::Rows(mask.clone())))
            }
            Predicate::IsNull(Scalar::Column(name)) => {
                let (column, _) = self.column(name)?;
                Ok(match column.null_count() {
                    0 => Mask::All(false),
                    nulls if nulls == self.frame.rows => Mask::All(true),
                    _ => Mask::Rows(column.is_null()),
                })
            }
            Predicate::Holds(Scalar::Column(name)) => match self.column(name)? {
                (Column::Boolean(column), _) => Ok(Mask::Rows(column.clone())),
                _ => Err(format!("the column `{name}` is not boolean")),
            },
            Predicate::In(Scalar::Column(name), list) => {
                let values: Vec<&Value> = list.iter().filter_map(literal).collect();
                match self.column(name)? {
                    (Column::Text(column), glance) => {
                        let texts = number::texts(&values);
                        Ok(each_text(column, glance, |text| texts.contains(text)))
                    }
                    (column, glance) => Ok(number::is_in(column, glance, &values)),
                }
            }
            Predicate::Test(test, Scalar::Column(name)) => match self.column(name)? {
                (Column::Text(column), glance) => Ok(each_text(column, glance, |text| test.holds(text))),
                _ => self.row_by_row(leaf),
            },
            Predicate::Parses(wanted, Scalar::Column(name)) => match self.column(name)? {
                (Column::Text(column), glance) => Ok(each_text(column, glance, |text| wanted.holds(text))),
                _ => self.row_by_row(leaf),
            },
            Predicate::Multiple(Scalar::Column(name), unit) => {
                number::multiples(self.column(name)?.0, unit).map_or_else(|| self.row_by_row(leaf), Ok)
            }
            Predicate::Compare(left, op, right) => self.compare(leaf, left, *op, right),
            Predicate::Leads(asset, of) => self.leads(asset, of, &Mask::All(true)),
            _ => self.row_by_row(leaf),
        }
    }

    /// Which paths lead to what is wanted, among some rows; of the others it is unknown.
    fn leads(&self, asset: &Asset, of: &Scalar, among: &Mask) -> Result<Mask, String> {
        let assets = self.frame.assets.ok_or("files are not looked at here")?;
        assets.lead_to(asset, &self.values(of)?, among)
    }

    fn matches(&self, of: &Scalar, pattern: &Pattern) -> Result<Mask, String> {
        let pattern = pattern.here().ok_or("a pattern without a regular expression")?;
        match of {
            Scalar::Column(name) => match self.column(name)? {
                (Column::Text(column), glance) => Ok(each_text(column, glance, |text| pattern.is_match(text))),
                (other, _) => {
                    let texts = (0..self.frame.rows).map(|row| match other.value(row) {
                        Value::Null => None,
                        value => Some(pattern.is_match(&value.to_string())),
                    });
                    Ok(Mask::Rows(texts.collect()))
                }
            },
            _ => Err("a pattern on what is no column".to_owned()),
        }
    }

    fn compare(&self, leaf: &Predicate, left: &Scalar, op: Op, right: &Scalar) -> Result<Mask, String> {
        if let Scalar::Literal(found) = right {
            let Some(value) = literal(found).filter(|value| !value.is_null()) else { return Ok(Mask::Unknown) };
            if let Some(mask) = self.compare_length(left, op, value)? {
                return Ok(mask);
            }
            let mask = match (left, self.fast(left)?) {
                (Scalar::Column(name), Some(column)) => {
                    number::compare_literal(&column, self.column(name)?.1, op, value)
                }
                (_, Some(column)) => number::compare_literal(&column, &Glance::default(), op, value),
                (_, None) => None,
            };
            return mask.map_or_else(|| self.row_by_row(leaf), Ok);
        }
        if let (Scalar::Measured(measure, end), Some(left)) = (right, self.fast(left)?) {
            return self.compare_measured(&left, op, measure, *end);
        }
        let Some(left) = self.fast(left)? else { return self.row_by_row(leaf) };
        let Some(right) = self.fast(right)? else { return self.row_by_row(leaf) };
        Ok(Mask::Rows(match (&left, &right) {
            (Column::Text(a), Column::Text(b)) => ordered(a, op, b),
            (Column::Integer(a), Column::Integer(b))
            | (Column::Timestamp(a), Column::Timestamp(b))
            | (Column::Time(a), Column::Time(b)) => ordered(a, op, b),
            (Column::Decimal(a, s), Column::Decimal(b, t)) if s == t => ordered(a, op, b),
            (Column::Date(a), Column::Date(b)) => ordered(a, op, b),
            (Column::Float(a), Column::Float(b)) => ordered(a, op, b),
            (left, right) => {
                let orders = (0..self.frame.rows)
                    .map(|row| left.value(row).compare(&right.value(row)).map(|order| op.holds(order)));
                orders.collect()
            }
        }))
    }

    /// Holds the lengths of a column of text to a limit, where a text can tell without being counted whole.
    fn compare_length(&self, left: &Scalar, op: Op, limit: &Value) -> Result<Option<Mask>, String> {
        let (Scalar::Call(Function::Length, arguments), Value::Integer(limit)) = (left, limit) else { return Ok(None) };
        let [Scalar::Column(name)] = arguments.as_slice() else { return Ok(None) };
        let (Column::Text(column), glance) = self.column(name)? else { return Ok(None) };
        let (Ok(limit), beyond) = (usize::try_from(*limit), usize::try_from(limit.saturating_add(1))) else {
            return Ok(None);
        };
        let beyond = beyond.unwrap_or(usize::MAX);
        Ok(match op {
            Op::Lt => Some(each_text(column, glance, |text| number::is_shorter(text, limit))),
            Op::Ge => Some(each_text(column, glance, |text| !number::is_shorter(text, limit))),
            Op::Le => Some(each_text(column, glance, |text| number::is_shorter(text, beyond))),
            Op::Gt => Some(each_text(column, glance, |text| !number::is_shorter(text, beyond))),
            Op::Eq | Op::Ne => None,
        })
    }

    /// Compares each value with the number of its group.
    fn compare_measured(&self, left: &Column, op: Op, measure: &Measure, end: End) -> Result<Mask, String> {
        let unknown = || format!("the {measure} is not known yet");
        let Measure::Grouped(by, _) = measure else { return Err(unknown()) };
        let Some(Number::Groups(groups)) = self.conditions.earlier.get(measure) else { return Err(unknown()) };
        let columns = by.iter().map(|name| Ok(self.column(name)?.0)).collect::<Result<Vec<_>, String>>()?;
        let parting = Parting::new(&columns, self.frame.rows);
        // A group none of whose rows has a value has no number.
        let ends: Vec<Value> = parting
            .groups()
            .map(|values| {
                let place = groups.binary_search_by(|(other, _)| order_of_rows(other, values));
                place.map_or(Value::Null, |place| end_of(&groups[place].1, end))
            })
            .collect();
        let orders = (0..self.frame.rows).map(|row| {
            let end = ends.get(parting.place(row))?;
            left.value(row).compare(end).map(|order| op.holds(order))
        });
        Ok(Mask::Rows(orders.collect()))
    }

    /// The values of an expression, where there is a way that looks at columns as wholes.
    fn fast(&self, of: &Scalar) -> Result<Option<Column>, String> {
        Ok(match of {
            Scalar::Column(name) => Some(self.column(name)?.0.clone()),
            Scalar::Arithmetic(left, sign, right) => {
                let constant = |side: &Scalar| match side {
                    Scalar::Literal(found) => literal(found).and_then(|value| number::repeated(value, self.frame.rows)),
                    _ => None,
                };
                let left = match constant(left) {
                    Some(column) => Some(column),
                    None => self.fast(left)?,
                };
                let right = match constant(right) {
                    Some(column) => Some(column),
                    None => self.fast(right)?,
                };
                match (left, right) {
                    (Some(left), Some(right)) => number::arithmetic(&left, *sign, &right)?,
                    _ => None,
                }
            }
            Scalar::Call(Function::Length, arguments) => match arguments.as_slice() {
                [Scalar::Column(name)] => match self.column(name)?.0 {
                    Column::Text(column) => Some(Column::Integer(number::lengths(column))),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
    }

    /// Evaluates a condition one row at a time, where no way over whole columns is known.
    fn row_by_row(&self, leaf: &Predicate) -> Result<Mask, String> {
        let answer = |index| evaluate::predicate(leaf, &FrameRow { frame: self.frame, index });
        if let Some((column, glance)) = self.one_text(leaf)
            && let Some(few) = glance.few(column)
        {
            return few.mask(answer);
        }
        let rows = (0..self.frame.rows).map(answer).collect::<Result<BooleanChunked, String>>()?;
        Ok(Mask::Rows(rows))
    }

    /// The one column of text that a condition depends on, if it depends on nothing else.
    fn one_text(&self, leaf: &Predicate) -> Option<(&'a StringChunked, &Glance)> {
        let mut names: Vec<String> = Vec::new();
        leaf.columns(&mut |name| names.push(name.to_owned()));
        names.dedup();
        let [name] = names.as_slice() else { return None };
        if self.frame.malformed.is_some() || self.frame.unparsed.contains_key(name) {
            return None;
        }
        match self.column(name).ok()? {
            (Column::Text(column), glance) => Some((column, glance)),
            _ => None,
        }
    }
}

impl Frame<'_> {
    /// What is wrong with a row that breaks a condition, where a test in it has more to say than that.
    pub(super) fn why(&self, condition: &Predicate, index: usize) -> Option<String> {
        let text = |of: &Scalar| match evaluate::scalar(of, &FrameRow { frame: self, index }) {
            Ok(Value::Null) | Err(_) => None,
            Ok(value) => Some(value.to_string()),
        };
        let mut why = None;
        condition.pieces(&mut |piece| {
            if why.is_none() {
                why = match piece {
                    Piece::Condition(Predicate::Test(test, of)) => text(of).and_then(|text| test.why_not(&text)),
                    Piece::Condition(Predicate::Leads(asset, of)) => text(of).and_then(|path| {
                        let wrong = self.assets?.look(asset, HashSet::from([path.clone()])).ok()?;
                        wrong.get(&path).cloned().flatten()
                    }),
                    _ => None,
                };
            }
        });
        why
    }
}

struct FrameRow<'a> {
    frame: &'a Frame<'a>,
    index: usize,
}

impl Row for FrameRow<'_> {
    fn value(&self, column: &str) -> Value {
        self.frame.columns.get(column).map_or(Value::Null, |column| column.value(self.index))
    }
    fn unparsed(&self, column: &str) -> bool {
        self.frame.unparsed.get(column).is_some_and(|mask| mask.get(self.index) == Some(true))
    }
    fn malformed(&self) -> bool {
        self.frame.malformed.is_some_and(|mask| mask.get(self.index) == Some(true))
    }
}

/// A measure, for each group if there are groups.
fn grouped(by: &[String], measure: &Measure) -> Measure {
    match by {
        [] => measure.clone(),
        by => Measure::Grouped(by.to_vec(), Box::new(measure.clone())),
    }
}

/// One end of a range.
fn end_of(number: &Number, end: End) -> Value {
    match (number, end) {
        (Number::Range(low, _), End::Low) => low.clone(),
        (Number::Range(_, high), End::High) => high.clone(),
        _ => Value::Null,
    }
}

fn literal(found: &Literal) -> Option<&Value> {
    match found {
        Literal::Value(value) => Some(value),
        Literal::Spelled(_) | Literal::Relative(_) => None,
    }
}

/// The members of a set of texts; none if it has others.
fn texts(list: &[Literal]) -> Option<HashSet<String>> {
    let text = |found: &Literal| match literal(found) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    list.iter().map(text).collect()
}

/// Tests each text that is there; each different one once, if they are few.
fn each_text(column: &StringChunked, glance: &Glance, test: impl Fn(&str) -> bool) -> Mask {
    if let Some(few) = glance.few(column) {
        let Ok(mask) = few.mask(|row| Ok::<_, std::convert::Infallible>(column.get(row).map(&test)));
        return mask;
    }
    match column.downcast_iter().next().filter(|chunk| chunk.len() == column.len()) {
        Some(chunk) => {
            let answers = mask::pack(chunk.len(), |row| chunk.get(row).is_some_and(&test));
            Mask::bits(answers, mask::validity(column))
        }
        None => Mask::Rows(column.iter().map(|text| text.map(&test)).collect()),
    }
}

/// Compares two columns of one physical type.
pub(super) fn ordered<'a, T>(left: &'a T, op: Op, right: &'a T) -> BooleanChunked
where
    T: ChunkCompareEq<&'a T, Item = BooleanChunked> + ChunkCompareIneq<&'a T, Item = BooleanChunked>,
{
    match op {
        Op::Eq => left.equal(right),
        Op::Ne => left.not_equal(right),
        Op::Lt => left.lt(right),
        Op::Le => left.lt_eq(right),
        Op::Gt => left.gt(right),
        Op::Ge => left.gt_eq(right),
    }
}
