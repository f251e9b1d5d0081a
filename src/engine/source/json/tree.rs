//! The fields of records that are looked for, and what kinds of values stand in them.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::scan::Token;
use crate::engine::source::cell;
use crate::ir::{Missing, Type};

/// How many different keys the records of a file may have between them.
pub(super) const MOST: usize = 10_000;

/// Fields inside fields, by name. The first of them is the record itself.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) fields: Vec<Field>,
    /// The fields that were found to have values, in the order of the file.
    pub(super) order: Vec<usize>,
    /// Whether keys of the record that are not known yet are taken in.
    open: bool,
}

/// One field.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) inside: IndexMap<String, usize>,
    /// Whether its values are looked at.
    pub(super) wanted: bool,
    /// The columns that it is, where values are read.
    pub(super) columns: Vec<usize>,
    /// The columns that stand further inside it, so that it should be an object.
    pub(super) above: Vec<usize>,
    /// What its values were, where they are surveyed.
    pub(super) kinds: Kinds,
    /// What stands for no value in it, where it is surveyed.
    pub(super) missing: Option<Arc<Missing>>,
}

/// The kinds of values that a field was found to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u16);

impl Tree {
    /// The fields that values are read from.
    pub(super) fn reading<'p>(paths: impl Iterator<Item = &'p [String]>) -> Self {
        let mut tree = Self { fields: vec![Field::default()], order: Vec::new(), open: false };
        for (column, path) in paths.enumerate() {
            let mut field = 0;
            for (step, name) in path.iter().enumerate() {
                field = tree.inside(field, name);
                tree.fields[field].wanted = true;
                if step + 1 < path.len() {
                    tree.fields[field].above.push(column);
                }
            }
            tree.fields[field].wanted = true;
            tree.fields[field].columns.push(column);
        }
        tree
    }

    /// All fields of records, and some inside them, whose values are surveyed; those of `missing` are null where they stand
    /// for no value.
    pub(super) fn survey<'p>(
        paths: impl Iterator<Item = &'p [String]>,
        missing: &[(Vec<String>, Arc<Missing>)],
    ) -> Self {
        let mut tree = Self { fields: vec![Field::default()], order: Vec::new(), open: true };
        for path in paths {
            tree.add(path);
        }
        for (path, missing) in missing {
            let field = tree.add(path);
            tree.fields[field].missing = Some(Arc::clone(missing));
        }
        tree.fields.iter_mut().for_each(|field| field.wanted = true);
        tree
    }

    /// The field of a path, made if need be.
    fn add(&mut self, path: &[String]) -> usize {
        path.iter().fold(0, |field, step| self.inside(field, step))
    }

    fn inside(&mut self, field: usize, name: &str) -> usize {
        if let Some(known) = self.fields[field].inside.get(name) {
            return *known;
        }
        let new = self.fields.len();
        self.fields[field].inside.insert(name.to_owned(), new);
        self.fields.push(Field { wanted: self.open, ..Field::default() });
        new
    }

    /// The field of a name inside another, if it is looked for; `next` is the place where it is likely to stand.
    pub(super) fn look(&mut self, field: usize, name: &str, next: &mut usize) -> Option<usize> {
        let inside = &self.fields[field].inside;
        if let Some((known, found)) = inside.get_index(*next)
            && known == name
        {
            *next += 1;
            return Some(*found);
        }
        if let Some((place, _, found)) = inside.get_full(name) {
            *next = place + 1;
            return Some(*found);
        }
        (self.open && field == 0 && inside.len() <= MOST).then(|| self.inside(0, name))
    }

    /// The kinds of the field of a path; none if there is no such field.
    pub(super) fn kinds(&self, path: &[String]) -> Kinds {
        let field = path.iter().try_fold(0, |field: usize, step| self.fields[field].inside.get(step).copied());
        field.map_or(Kinds::default(), |field| self.fields[field].kinds)
    }

    /// Notes a value of a field.
    pub(super) fn note(&mut self, field: usize, kinds: Kinds) {
        let known = &mut self.fields[field].kinds;
        if !known.occurs() && kinds.occurs() {
            self.order.push(field);
        }
        *known = known.and(kinds);
    }

    /// The keys of records that occur, in the order in which they first do, with the kinds of their values.
    pub(super) fn columns(&self) -> Vec<(String, Kinds)> {
        let names: HashMap<usize, &String> = self.fields[0].inside.iter().map(|(name, field)| (*field, name)).collect();
        let top = self.order.iter().filter_map(|field| Some(((*names.get(field)?).clone(), self.fields[*field].kinds)));
        top.collect()
    }

    /// Takes in what a later survey found.
    pub(super) fn merge(&mut self, later: &Self) {
        let mut own = vec![0; later.fields.len()];
        self.match_fields(0, later, 0, &mut own);
        for field in &later.order {
            self.note(own[*field], later.fields[*field].kinds);
        }
    }

    /// Finds, or makes, the own field for each of another tree.
    fn match_fields(&mut self, here: usize, other: &Self, there: usize, own: &mut [usize]) {
        own[there] = here;
        for (name, field) in &other.fields[there].inside {
            let inside = self.inside(here, name);
            self.match_fields(inside, other, *field, own);
        }
    }
}

impl Kinds {
    const NULL: u16 = 1;
    const BOOLEAN: u16 = 2;
    /// A whole number that fits 64 bits.
    const INTEGER: u16 = 4;
    /// An exact number of up to 38 digits.
    const DECIMAL: u16 = 8;
    /// Any other number.
    const FLOAT: u16 = 16;
    const TEXT: u16 = 32;
    const OBJECT: u16 = 64;
    const LIST: u16 = 128;

    /// What one value is.
    pub(super) fn of(token: Token, text: &str) -> Self {
        let exact = || if cell::decimal(text).is_some() { Self::DECIMAL } else { Self::FLOAT };
        Self(match token {
            Token::Null => Self::NULL,
            Token::Boolean => Self::BOOLEAN,
            Token::Integer if cell::integer(text).is_some() => Self::INTEGER,
            Token::Integer | Token::Fraction => exact(),
            Token::Exponent => Self::FLOAT,
            Token::Text | Token::Escaped => Self::TEXT,
            Token::Object => Self::OBJECT,
            Token::List => Self::LIST,
        })
    }

    /// The kinds as a number.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The kinds of such a number; none of another one.
    #[must_use]
    pub fn of_bits(bits: u16) -> Option<Self> {
        (bits < 2 * Self::LIST).then_some(Self(bits))
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the field occurs, be it null everywhere.
    #[must_use]
    pub const fn occurs(self) -> bool {
        self.0 != 0
    }

    /// The type that all values have: integer, decimal or float for numbers by how they are written, string for a mixture
    /// and for a field that is always null.
    #[must_use]
    pub const fn kind(self) -> Type {
        const UP_TO_DECIMAL: u16 = Kinds::INTEGER | Kinds::DECIMAL;
        const NUMBERS: u16 = UP_TO_DECIMAL | Kinds::FLOAT;
        match self.0 & !Self::NULL {
            0 => Type::String,
            Self::BOOLEAN => Type::Boolean,
            Self::OBJECT => Type::Object,
            Self::LIST => Type::List,
            Self::INTEGER => Type::Integer,
            numbers if numbers & !UP_TO_DECIMAL == 0 => Type::Decimal,
            numbers if numbers & !NUMBERS == 0 => Type::Float,
            _ => Type::String,
        }
    }
}
