//! SQLite databases: a table, a view or a query as batches, and what the database says of its structure.
//!
//! A database is opened to be read only, and all that is read of it is of one state: a read transaction lasts as long as it
//! is open. The SELECT of a suite is held to reading by SQLite's own authorizer, for a suite may come with a pull request.
//! `connection` opens, `structure` asks what there is, `kind` names types, `rows` holds the cells of some rows; a `session`
//! answers statements.

mod connection;
mod kind;
mod rows;
mod session;
mod structure;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::column::{self, Records};
use super::infer::Guess;
use super::{Batch, Lines, Place};
use crate::answer::Structure;
use crate::dataset::Part;
use crate::engine::{Progress, Stop};
use crate::ir::name::nfc;
use crate::ir::{Reading, Type, Value};
use connection::Opener;
pub(in crate::engine) use kind::family;
use rows::Rows;
pub(in crate::engine) use rows::{text_of, value_of};
pub(in crate::engine) use session::Session;

/// The bytes that a database begins with.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// How many rows a batch has at most.
const BATCH: usize = 16_384;

/// How many bytes of text the rows of a batch have at most, or little more.
const HEAVY: usize = 16 << 20;

/// How many rows a table may have, by its row ids, and be read by one connection.
const FEW: i128 = 100_000;

/// How many connections read one table at most.
const CONNECTIONS: usize = 4;

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read, or is none.
    #[error("cannot read the database `{}`: {message}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// It has no such table.
    #[error("the database `{}` has no table or view `{name}`", path.display())]
    NoTable {
        /// The file.
        path: PathBuf,
        /// The table.
        name: String,
        /// Those that it has.
        tables: Vec<String>,
    },
    /// The query cannot be run.
    #[error("the query of the source does not run: {0}")]
    Query(String),
    /// The run was stopped.
    #[error("the run was stopped")]
    Stopped(Stop),
}

/// A column of a database: its name, the family of its declared type, and that type, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in Unicode NFC.
    pub name: String,
    /// The family of its declared type, if that is one of ours.
    pub family: Option<Type>,
    /// Its declared type as the database says it.
    pub declared: Option<String>,
}

/// Which cells of a column read as a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Those stored as the type says.
    OfItsType,
    /// All but blobs, by their text.
    AsText,
    /// All, to be shown.
    Shown,
}

/// A column asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where it stands.
    pub place: Place,
    /// How its values read.
    pub reading: Reading,
    /// Which of its cells do.
    pub taken: Taken,
}

/// Consecutive rows of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The row ids from the first to the last; all rows if they have none.
    ids: Option<(i64, i64)>,
}

/// A part of a database, opened.
pub struct File {
    index: usize,
    opener: Opener,
    origin: Origin,
    /// Whether a query of a suite is what is read.
    is_query: bool,
    /// The names of its columns, as the database knows them.
    names: Vec<String>,
    columns: Vec<Column>,
    structure: Structure,
    /// The least and the greatest row id.
    ids: Option<(i64, i64)>,
    /// Connections that see one state, and that nobody is reading by.
    idle: Mutex<Vec<Connection>>,
}

/// What rows are asked of.
enum Origin {
    /// A table, with the name that its row ids go by, or what puts its rows in order.
    Table { name: String, rowid: Option<&'static str>, order: Vec<String> },
    /// A SELECT, with the values of its variables; always the same, so that its rows come in the same order.
    Select(String, Vec<(String, Value)>),
    /// Nothing.
    Nothing,
}

impl File {
    /// Opens a part of a database.
    ///
    /// `index` is the number of the file in its dataset, which batches carry.
    ///
    /// # Errors
    /// It is no database, has no such table, or cannot run the query.
    pub fn open(path: &Path, index: usize, part: &Part, progress: &Arc<Progress>) -> Result<Self, Error> {
        let opener = Opener::new(path, progress);
        let (mut first, further) = opener.open(|connection| rows_by_ids(connection, part))?;
        let wrong = |error: rusqlite::Error| opener.wrong(&error);
        let (tables, mut keys) = (structure::tables(&first).map_err(wrong)?, None);
        let (mut names, mut columns, mut ids) = (Vec::new(), Vec::new(), None);
        let origin = match part {
            Part::Nothing => Origin::Nothing,
            Part::Query(sql, values) => {
                connection::guard(&mut first, true).map_err(wrong)?;
                let found = connection::query_columns(&first, sql, values).map_err(|error| opener.query(&error))?;
                for (name, declared) in found {
                    let again = names.iter().any(|known: &String| nfc(known) == nfc(&name));
                    if again {
                        return Err(Error::Query(format!("it returns two columns called `{name}`; say `AS` of one")));
                    }
                    columns.push(column(&name, declared));
                    names.push(name);
                }
                Origin::Select(sql.clone(), values.clone())
            }
            Part::Table(name) => {
                let Some(table) = tables.iter().find(|table| table.name == *name) else {
                    let tables = tables.into_iter().map(|table| table.name).collect();
                    return Err(Error::NoTable { path: path.to_owned(), name: name.clone(), tables });
                };
                let own = structure::columns(&first, name).map_err(wrong)?;
                keys = Some(structure::keys(&first, name, &own, &tables).map_err(wrong)?);
                let rowid = table.rowid(&own);
                if let Some(rowid) = rowid {
                    ids = structure::ids(&first, name, rowid).map_err(wrong)?;
                }
                let order = structure::primary_key(&own);
                names.extend(own.iter().map(|column| column.name.clone()));
                columns.extend(own.into_iter().map(|own| column(&own.name, Some(own.declared))));
                if rowid.is_some() || table.is_plain() {
                    Origin::Table { name: name.clone(), rowid, order }
                } else {
                    // Which columns are asked for may change the order in which a view gives its rows.
                    let listed: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                    Origin::Select(format!("SELECT {} FROM {}", listed.join(", "), quoted(name)), Vec::new())
                }
            }
        };
        let mut idle = vec![first];
        idle.extend(further);
        if !matches!(part, Part::Query(..)) {
            idle.iter_mut().try_for_each(|connection| connection::guard(connection, false)).map_err(wrong)?;
        }
        let structure = Structure { tables: tables.into_iter().map(|table| table.name).collect(), keys };
        let is_query = matches!(part, Part::Query(..));
        Ok(Self { index, opener, origin, is_query, names, columns, structure, ids, idle: Mutex::new(idle) })
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What the database says of itself.
    #[must_use]
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// Where the row ids stand, if a name means them and no column.
    #[must_use]
    pub fn row_ids(&self, name: &str) -> Option<Place> {
        let Origin::Table { rowid: Some(_), .. } = &self.origin else { return None };
        let place = Place { column: usize::MAX, fields: Vec::new(), as_text: false };
        name.eq_ignore_ascii_case("rowid").then_some(place)
    }

    /// Its rows in pieces, in their order: as many as may be read at once and some more.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        let (Some((least, most)), connections @ 2..) = (self.ids, self.idle().len()) else {
            return vec![Piece { ids: None }];
        };
        let width = i128::from(most) - i128::from(least) + 1;
        let step = (width / (4 * connections as i128)).max(BATCH as i128);
        let mut pieces = Vec::new();
        let mut from = i128::from(least);
        while from <= i128::from(most) {
            let to = (from + step - 1).min(i128::from(most));
            let id = |id: i128| i64::try_from(id).unwrap_or(i64::MAX);
            pieces.push(Piece { ids: Some((id(from), id(to))) });
            from = to + 1;
        }
        pieces
    }

    /// Reads the columns of a piece, batch by batch.
    ///
    /// The first row of a batch is told by a number that rises from row to row; it may leave some out.
    ///
    /// # Errors
    /// What `visit` says, or that the database is broken.
    pub fn read<E: From<Error>>(
        &self,
        piece: Piece,
        request: &[Wanted],
        visit: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let connection = self.take()?;
        let read = self.read_by(&connection, piece, request, visit);
        self.idle().push(connection);
        read?;
        Ok(self.opener.still()?)
    }

    /// Whether all cells of some columns are stored as their types say.
    ///
    /// # Errors
    /// The database is broken.
    pub fn are_of(&self, fields: &[(Place, Reading)]) -> Result<Vec<bool>, Error> {
        let wanted = |(place, reading): &(Place, Reading)| Wanted {
            place: place.clone(),
            reading: reading.clone(),
            taken: Taken::OfItsType,
        };
        let request: Vec<Wanted> = fields.iter().map(wanted).collect();
        let mut are = vec![true; fields.len()];
        for piece in self.pieces() {
            self.read::<Error>(piece, &request, |batch| {
                for (are, unparsed) in are.iter_mut().zip(&batch.unparsed) {
                    *are &= unparsed.is_none();
                }
                Ok(())
            })?;
        }
        Ok(are)
    }

    /// Guesses the types of some columns from the texts of all cells.
    ///
    /// # Errors
    /// The database is broken.
    pub fn guesses(&self, fields: &[(Place, Reading)]) -> Result<Vec<Guess>, Error> {
        let wanted = |(place, reading): &(Place, Reading)| Wanted {
            place: place.clone(),
            reading: Reading { kind: Type::Json, trim: false, missing: None, ..reading.clone() },
            taken: Taken::AsText,
        };
        let request: Vec<Wanted> = fields.iter().map(wanted).collect();
        let mut guesses: Vec<Guess> = fields.iter().map(|(_, like)| Guess::new(like)).collect();
        for piece in self.pieces() {
            self.read::<Error>(piece, &request, |batch| {
                for (guess, column) in guesses.iter_mut().zip(&batch.columns) {
                    let texts = arrow::array::AsArray::as_string_view(column).iter().flatten();
                    texts.for_each(|text| guess.add(text));
                }
                Ok(())
            })?;
        }
        Ok(guesses)
    }

    fn read_by<E: From<Error>>(
        &self,
        connection: &Connection,
        piece: Piece,
        request: &[Wanted],
        mut visit: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let wrong = |error: rusqlite::Error| E::from(self.opener.wrong(&error));
        let Some((sql, cells)) = self.select(piece, request) else { return Ok(()) };
        let mut statement = connection.prepare(&sql).map_err(wrong)?;
        if let Origin::Select(_, values) = &self.origin {
            connection::bind(&mut statement, values).map_err(|error| E::from(self.opener.query(&error)))?;
        }
        let mut found = statement.raw_query();
        let (least, _) = self.ids.unwrap_or_default();
        let first = piece.ids.map_or(0, |(from, _)| from.abs_diff(least));
        let mut before = 0;
        let mut rows = Rows::new(request.len());
        while let Some(row) = found.next().map_err(wrong)? {
            for (field, cell) in cells.iter().enumerate() {
                rows.add(field, row.get_ref(*cell).map_err(wrong)?);
            }
            rows.end_row();
            if rows.len() == BATCH || rows.bytes() > HEAVY {
                self.batches(first + before, &rows, request, &mut visit)?;
                before += rows.len() as u64;
                rows.clear();
            }
        }
        self.batches(first + before, &rows, request, &mut visit)
    }

    fn batches<E>(
        &self,
        first_row: u64,
        rows: &Rows,
        request: &[Wanted],
        visit: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        if rows.len() == 0 {
            return Ok(());
        }
        let columns: Vec<column::Column> =
            request.iter().enumerate().map(|(field, wanted)| rows.column(field, wanted)).collect();
        let lines = Lines::Consecutive { first: 0 };
        let records = Records { file: self.index, first_row, rows: rows.len(), malformed: None, lines: &lines };
        column::batches(&records, &columns).into_iter().try_for_each(|batch| visit(Batch { lines: None, ..batch }))
    }

    /// What is asked of the database, and where each column asked for stands in the answer; none if there are no rows.
    fn select(&self, piece: Piece, request: &[Wanted]) -> Option<(String, Vec<usize>)> {
        let (name, rowid, order) = match &self.origin {
            Origin::Nothing => return None,
            Origin::Select(sql, _) => {
                return Some((sql.clone(), request.iter().map(|wanted| wanted.place.column).collect()));
            }
            Origin::Table { name, rowid, order } => (name, rowid, order),
        };
        let mut places: Vec<usize> = request.iter().map(|wanted| wanted.place.column).collect();
        places.sort_unstable();
        places.dedup();
        let listed = places.iter().map(|place| match (self.names.get(*place), rowid) {
            (Some(name), _) => quoted(name),
            (None, Some(rowid)) => (*rowid).to_owned(),
            (None, None) => "NULL".to_owned(),
        });
        let mut listed: Vec<String> = listed.collect();
        if listed.is_empty() {
            listed.push("NULL".to_owned());
        }
        let mut sql = format!("SELECT {} FROM {}", listed.join(", "), quoted(name));
        if let (Some(rowid), Some((from, to))) = (rowid, piece.ids) {
            sql += &format!(" WHERE {rowid} BETWEEN {from} AND {to}");
        }
        let order = match rowid {
            Some(rowid) => vec![(*rowid).to_owned()],
            None => order.iter().map(|column| quoted(column)).collect(),
        };
        if !order.is_empty() {
            sql += &format!(" ORDER BY {}", order.join(", "));
        }
        let cells = request.iter().map(|wanted| places.binary_search(&wanted.place.column).unwrap_or(0)).collect();
        Some((sql, cells))
    }

    /// A connection to read by.
    fn take(&self) -> Result<Connection, Error> {
        let idle = self.idle().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => {
                let mut connection = self.opener.begin()?;
                connection::guard(&mut connection, self.is_query).map_err(|error| self.opener.wrong(&error))?;
                Ok(connection)
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names of the tables and views of a database.
///
/// # Errors
/// It is no database, or cannot be read.
pub fn tables(path: &Path, progress: &Arc<Progress>) -> Result<Vec<String>, Error> {
    let opener = Opener::new(path, progress);
    let tables = structure::tables(&opener.begin()?).map_err(|error| opener.wrong(&error))?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

/// How many connections a part is worth: several for a table of many rows, by its row ids.
fn rows_by_ids(connection: &Connection, part: &Part) -> rusqlite::Result<usize> {
    let Part::Table(name) = part else { return Ok(1) };
    let tables = structure::tables(connection)?;
    let Some(table) = tables.iter().find(|table| table.name == *name) else { return Ok(1) };
    let Some(rowid) = table.rowid(&structure::columns(connection, name)?) else { return Ok(1) };
    let many =
        structure::ids(connection, name, rowid)?.is_some_and(|(from, to)| i128::from(to) - i128::from(from) > FEW);
    Ok(if many { rayon::current_num_threads().clamp(1, CONNECTIONS) } else { 1 })
}

fn column(name: &str, declared: Option<String>) -> Column {
    let declared = declared.filter(|declared| !declared.trim().is_empty());
    Column { name: nfc(name), family: declared.as_deref().and_then(kind::family), declared }
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
