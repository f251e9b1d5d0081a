//! What a database says of itself: tables, columns, keys, indexes.
//!
//! Asked of SQLite's own catalogue. Names come out as the tables they name are called, whatever the case in which a key spells
//! them, for SQLite minds none.

use rusqlite::{Connection, Result};

use crate::answer::{Index, Keys};
use crate::ir::Reference;

/// A table or view.
pub(super) struct Table {
    pub(super) name: String,
    /// What it is: `table`, `view` or `virtual`.
    what: String,
    without_rowid: bool,
}

/// A column of a table.
pub(super) struct Own {
    pub(super) name: String,
    pub(super) declared: String,
    /// Its place in the primary key from 1, or 0.
    key: i64,
}

impl Table {
    /// The name that the row ids go by, if it has some and not all their names are those of columns.
    pub(super) fn rowid(&self, columns: &[Own]) -> Option<&'static str> {
        let taken = |name: &&str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| !taken(name))
            .filter(|_| self.is_plain() && !self.without_rowid)
    }

    /// Whether rows are stored in it.
    pub(super) fn is_plain(&self) -> bool {
        self.what == "table"
    }
}

/// The tables and views, by name; not those that SQLite keeps for itself.
pub(super) fn tables(connection: &Connection) -> Result<Vec<Table>> {
    let mut statement = connection.prepare(
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') \
         AND substr(lower(name), 1, 7) <> 'sqlite_' ORDER BY name",
    )?;
    let table = |row: &rusqlite::Row<'_>| {
        Ok(Table { name: row.get(0)?, what: row.get(1)?, without_rowid: row.get::<_, i64>(2)? != 0 })
    };
    statement.query_map([], table)?.collect()
}

/// The columns of a table that can be read, generated ones too.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<Own>> {
    let mut statement = connection
        .prepare("SELECT name, coalesce(type, ''), pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid")?;
    let own = |row: &rusqlite::Row<'_>| Ok(Own { name: row.get(0)?, declared: row.get(1)?, key: row.get(2)? });
    statement.query_map([table], own)?.collect()
}

/// The columns of the primary key, in its order.
pub(super) fn primary_key(columns: &[Own]) -> Vec<String> {
    let mut key: Vec<&Own> = columns.iter().filter(|column| column.key > 0).collect();
    key.sort_by_key(|column| column.key);
    key.into_iter().map(|column| column.name.clone()).collect()
}

/// The keys and indexes of a table.
pub(super) fn keys(connection: &Connection, table: &str, own: &[Own], tables: &[Table]) -> Result<Keys> {
    Ok(Keys {
        primary_key: primary_key(own),
        foreign_keys: foreign_keys(connection, table, own, tables)?,
        indexes: indexes(connection, table)?,
    })
}

/// The least and the greatest row id; none without rows.
pub(super) fn ids(connection: &Connection, table: &str, rowid: &str) -> Result<Option<(i64, i64)>> {
    let table = super::quoted(table);
    // Each by itself goes to one end of the tree.
    let sql = format!("SELECT (SELECT min({rowid}) FROM {table}), (SELECT max({rowid}) FROM {table})");
    let ends = connection.query_row(&sql, [], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)));
    ends.map(|(least, most)| least.zip(most))
}

fn foreign_keys(connection: &Connection, table: &str, own: &[Own], tables: &[Table]) -> Result<Vec<Reference>> {
    let mut statement = connection
        .prepare("SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq")?;
    let mut found: Vec<(i64, Reference, Vec<Option<String>>)> = Vec::new();
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (id, to): (i64, String) = (row.get(0)?, row.get(1)?);
        let column = named(&row.get::<_, String>(2)?, own.iter().map(|own| own.name.as_str()));
        let there: Option<String> = row.get(3)?;
        match found.last_mut().filter(|(known, ..)| *known == id) {
            Some((_, reference, theirs)) => {
                reference.columns.push(column);
                theirs.push(there);
            }
            None => {
                let table = named(&to, tables.iter().map(|table| table.name.as_str()));
                found.push((id, Reference { columns: vec![column], table, to: Vec::new() }, vec![there]));
            }
        }
    }
    let mut references = Vec::with_capacity(found.len());
    for (_, reference, theirs) in found {
        let parent = columns(connection, &reference.table)?;
        let to = match theirs.into_iter().collect::<Option<Vec<String>>>() {
            Some(theirs) => theirs.iter().map(|name| named(name, parent.iter().map(|own| own.name.as_str()))).collect(),
            // Columns that are not said are those of the other table's primary key.
            None => primary_key(&parent),
        };
        references.push(Reference { to, ..reference });
    }
    references.sort_by(|one, other| (&one.columns, &one.table).cmp(&(&other.columns, &other.table)));
    Ok(references)
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<Index>> {
    let mut statement =
        connection.prepare("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1) ORDER BY name")?;
    let mut indexes = statement
        .query_map([table], |row| {
            Ok(Index {
                name: row.get(0)?,
                columns: Vec::new(),
                unique: row.get::<_, i64>(1)? != 0,
                whole: row.get::<_, i64>(3)? == 0,
                of_primary_key: row.get::<_, String>(2)? == "pk",
            })
        })?
        .collect::<Result<Vec<Index>>>()?;
    let mut statement = connection.prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")?;
    for index in &mut indexes {
        let columns = statement.query_map([&index.name], |row| row.get::<_, Option<String>>(0))?;
        for column in columns {
            // An expression has no name.
            match column? {
                Some(name) => index.columns.push(name),
                None => index.whole = false,
            }
        }
    }
    Ok(indexes)
}

/// A name as what it names is called.
fn named<'n>(name: &str, mut known: impl Iterator<Item = &'n str>) -> String {
    known.find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name).to_owned()
}
