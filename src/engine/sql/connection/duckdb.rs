//! DuckDB, in this process, by its driver of ADBC.
//!
//! A file is opened for reading, which keeps others from writing meanwhile: so all statements see one state, without a
//! transaction, which one that fails would end for the others. What an author asks is taken for one SELECT before it is part of
//! a statement, and a few functions that do more than read are looked for in its plan.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::answer::{Index, Keys, Structure};
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::adbc::{Adbc, Library, Wrong};
use crate::engine::sql::connection::address::{Address, PATH};
use crate::engine::sql::connection::{self, Batch, Connection, Link, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::ir::Reference;
use crate::outcome::Fault;

const LIBRARY: Library<'_> = Library {
    name: "duckdb",
    entry: b"duckdb_adbc_init",
    advice: "get `libduckdb` from duckdb.org/install, and say where it is: TAMIZ_DRIVER_DUCKDB=/path/libduckdb.so",
};

/// What may be said of a database beside its path.
const OPTIONS: [&str; 2] = ["memory_limit", "threads"];

/// That nothing but reading is done, no code is loaded, and what statements hang on is as they mean it.
const SETTINGS: [(&str, &str); 15] = [
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
    ("allow_community_extensions", "false"),
    ("allow_unsigned_extensions", "false"),
    ("allow_persistent_secrets", "false"),
    ("default_null_order", "NULLS_LAST"),
    ("default_order", "ASCENDING"),
    ("integer_division", "false"),
    ("ieee_floating_point_ops", "true"),
    ("old_implicit_casting", "false"),
    ("scalar_subquery_error_on_multiple_rows", "true"),
    ("errors_as_json", "false"),
    ("arrow_lossless_conversion", "false"),
    ("arrow_output_list_view", "false"),
    ("produce_arrow_string_view", "false"),
];

/// What is said last; without the calendars of ICU there are no zones to be set.
const SESSION: [&str; 3] = ["SET TimeZone = 'UTC'", "SET Calendar = 'gregorian'", "SET lock_configuration = true"];

/// How the names of functions begin, or end, that do more than read, whatever the settings say.
const BEGIN: [&str; 4] = ["ENABLE_", "DISABLE_", "TRUNCATE_", "JSON_EXECUTE_"];
const END: &str = "CHECKPOINT";

/// A database that is open.
pub(super) struct DuckDb {
    name: String,
    adbc: Adbc,
    /// Where it keeps what memory does not hold.
    _spill: TempDir,
}

impl DuckDb {
    /// Opens a database, or one in memory where no path is said.
    ///
    /// # Errors
    /// What keeps it from being opened.
    pub(super) fn open(name: &str, address: &Address, link: &Link, progress: &Arc<Progress>) -> Result<Self, Fault> {
        let wrong = |message: &str| fault("source_unreadable", format!("the connection `{name}`: {}", brief(message)));
        progress.go_on()?;
        let spill = tempfile::Builder::new().prefix("tamiz-").tempdir().map_err(|error| wrong(&error.to_string()))?;
        let mut options: Vec<(String, String)> = Vec::new();
        for (key, value) in &address.options {
            match key.as_str() {
                PATH if value == ":memory:" => {}
                PATH => {
                    if let Err(error) = Path::new(value).metadata() {
                        return Err(wrong(&format!("`{value}` is not there: {error}")));
                    }
                    options.push((PATH.to_owned(), value.clone()));
                    options.push(("access_mode".to_owned(), "READ_ONLY".to_owned()));
                }
                key if OPTIONS.contains(&key) => options.push((key.to_owned(), value.clone())),
                key => {
                    let known = OPTIONS.join("` and `");
                    return Err(wrong(&format!(
                        "`{key}` is no option of DuckDB that is taken; there is `{PATH}`, `{known}`"
                    )));
                }
            }
        }
        options.push(("temp_directory".to_owned(), spill.path().display().to_string()));
        options.extend(SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let adbc = Adbc::open(&LIBRARY, options, link, progress).map_err(|said| wrong(&said))?;
        let opened = Self { name: name.to_owned(), adbc, _spill: spill };
        for setting in SESSION {
            match opened.adbc.run(setting, &mut |_| Ok(())) {
                Err(Wrong::Said(said)) if !said.contains("unrecognized configuration parameter") => {
                    return Err(wrong(&said));
                }
                Err(Wrong::Ended(why)) => return Err(why),
                _ => {}
            }
        }
        Ok(opened)
    }

    /// What an error of a statement comes to.
    fn wrong(&self, wrong: Wrong) -> Fault {
        let said = match wrong {
            Wrong::Ended(fault) => return fault,
            Wrong::Said(said) => said,
        };
        let message = format!("DuckDB: {}", brief(&said));
        let begins = |kinds: &[&str]| kinds.iter().any(|kind| said.starts_with(kind));
        if said.contains("No files found that match the pattern") {
            fault("source_missing", message)
        } else if begins(&["IO Error", "HTTP Error", "Permission Error", "Connection Error"]) {
            fault("source_unreadable", format!("the connection `{}`: {}", self.name, brief(&said)))
        } else if begins(&["Out of Memory Error", "FATAL Error", "INTERNAL Error", "INTERRUPT Error"]) {
            fault("engine_failed", message)
        } else {
            fault("not_computable", message)
        }
    }

    fn rows(&self, sql: &str) -> Result<Vec<Row>, Fault> {
        Ok(connection::rows(self, sql, 1_000_000)?.0)
    }

    fn missing(&self, named: &str) -> Fault {
        connection::no_table(&self.name, named, &self.tables().unwrap_or_default())
    }

    fn tables(&self) -> Result<Vec<String>, Fault> {
        let sql = "SELECT table_name FROM information_schema.tables
            WHERE table_catalog = current_database() AND table_schema = current_schema() ORDER BY 1";
        Ok(self.rows(sql)?.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    }

    /// The keys and indexes of a table.
    fn keys(&self, named: &str) -> Result<Keys, Fault> {
        let text = |text: &str| self.dialect().text(text).map_err(|cannot| fault("internal", cannot.0));
        let mut parts: Vec<&str> = named.split('.').rev().collect();
        parts.resize(3, "");
        let [table, schema, database] = [text(parts[0])?, text(parts[1])?, text(parts[2])?];
        let here = format!(
            "WHERE lower(table_name) = lower({table})
               AND lower(schema_name) = lower(COALESCE(NULLIF({schema}, ''), current_schema()))
               AND lower(database_name) = lower(COALESCE(NULLIF({database}, ''), current_database()))"
        );
        let list = |cell: &Option<String>| -> Vec<String> {
            cell.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let sql = format!(
            "SELECT constraint_type, constraint_name, constraint_column_names, referenced_table, referenced_column_names
             FROM duckdb_constraints() {here} ORDER BY constraint_index"
        );
        let mut keys = Keys::default();
        for row in self.rows(&sql)? {
            let columns = list(&row[2]);
            match row[0].as_deref() {
                Some("FOREIGN KEY") => keys.foreign_keys.push(Reference {
                    columns,
                    table: row[3].clone().unwrap_or_default(),
                    to: list(&row[4]),
                }),
                Some(kind @ ("PRIMARY KEY" | "UNIQUE")) => {
                    let of_primary_key = kind == "PRIMARY KEY";
                    if of_primary_key {
                        keys.primary_key.clone_from(&columns);
                    }
                    let name = row[1].clone().unwrap_or_default();
                    keys.indexes.push(Index { name, columns, unique: true, whole: true, of_primary_key });
                }
                _ => {}
            }
        }
        let sql = format!(
            "SELECT index_name, is_unique, is_primary, to_json(expressions::VARCHAR[]) FROM duckdb_indexes() {here} ORDER BY 1"
        );
        for row in self.rows(&sql)? {
            let flag = |place: usize| row[place].as_deref() == Some("true");
            let parts = list(&row[3]);
            let names: Option<Vec<String>> = parts.iter().map(|part| column(part)).collect();
            keys.indexes.push(Index {
                name: row[0].clone().unwrap_or_default(),
                whole: names.is_some(),
                columns: names.unwrap_or_default(),
                unique: flag(1),
                of_primary_key: flag(2),
            });
        }
        Ok(keys)
    }

    /// Refuses what does more than read, as the plan of it says.
    fn reads(&self, relation: &str) -> Result<(), Fault> {
        let plan = self.rows(&format!("EXPLAIN (FORMAT json) SELECT * FROM {relation} AS t"))?;
        let plan: String = plan.into_iter().filter_map(|row| row.into_iter().next_back().flatten()).collect();
        let plan: Json = serde_json::from_str(&plan).map_err(|error| {
            fault("engine_failed", format!("DuckDB tells its plan in another way than is known: {error}"))
        })?;
        match function(&plan) {
            Some(name) => {
                let message = format!("a query reads and does nothing else; `{}` does", name.to_lowercase());
                Err(fault("not_computable", message))
            }
            None => Ok(()),
        }
    }
}

/// The function of a plan that does more than read.
fn function(plan: &Json) -> Option<&str> {
    match plan {
        Json::Array(parts) => parts.iter().find_map(function),
        Json::Object(parts) => parts.iter().find_map(|(key, part)| match part {
            Json::String(name) if key == "name" || key == "Function" => {
                let does = BEGIN.iter().any(|begin| name.starts_with(begin)) || name.ends_with(END);
                does.then_some(name.as_str())
            }
            part => function(part),
        }),
        _ => None,
    }
}

/// The column that a part of an index is, if it is one alone.
fn column(part: &str) -> Option<String> {
    if let Some(quoted) = part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Some(quoted.replace("\"\"", "\""));
    }
    let is_name = part.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    is_name.then(|| part.to_owned())
}

/// What an error says, without the statement that it repeats.
fn brief(said: &str) -> String {
    let said = said.split("\nLINE ").next().unwrap_or(said);
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Connection for DuckDb {
    fn dialect(&self) -> &dyn Dialect {
        &dialect::DuckDb
    }

    fn word(&self) -> &'static str {
        "duckdb"
    }

    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        // By itself, as a text, so that it is one SELECT before it is part of a statement.
        let alone = if named.is_some() { format!("SELECT * FROM {relation}") } else { relation.to_owned() };
        let text = self.dialect().text(&alone).map_err(|cannot| fault("not_computable", cannot.0))?;
        let mut told: Vec<Row> = Vec::new();
        let asked = self.adbc.run(&format!("DESCRIBE SELECT * FROM query({text})"), &mut |rows| {
            told.extend(rows);
            Ok(())
        });
        match (asked, named) {
            (Err(Wrong::Said(said)), Some(named)) if said.starts_with("Catalog Error: Table with name") => {
                return Err(self.missing(named));
            }
            (asked, _) => asked.map_err(|wrong| self.wrong(wrong))?,
        };
        self.reads(relation)?;
        let cells = told.into_iter().map(|row| {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        });
        Ok(cells.collect())
    }

    fn structure(&self, named: Option<&str>) -> Result<Option<Structure>, Fault> {
        let keys = named.map(|named| self.keys(named)).transpose()?;
        Ok(Some(Structure { tables: self.tables()?, keys }))
    }

    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        let rows = self.adbc.run(sql, see).map_err(|wrong| self.wrong(wrong))?;
        Ok(Told { rows, id: None })
    }

    fn stream(&self, sql: &str, see: &mut dyn FnMut(Batch) -> Result<(), Fault>) -> Result<Told, Fault> {
        let asked = self.adbc.batches(sql, &mut |batch| see(Batch::Columns(batch)).map_err(Wrong::Ended));
        Ok(Told { rows: asked.map_err(|wrong| self.wrong(wrong))?, id: None })
    }
}
