//! An engine that nobody reaches: for the statements alone.
//!
//! Its tables have the columns that suites declare, of the types that the engine has for theirs.

use crate::answer::Structure;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::{Connection, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::outcome::Fault;

/// An engine by its dialect alone.
pub(super) struct Dry {
    word: &'static str,
    dialect: Box<dyn Dialect>,
}

impl Dry {
    /// The engine of a name, if one is called so.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (word, dialect): (_, Box<dyn Dialect>) = match name {
            "duckdb" => ("duckdb", Box::new(dialect::DuckDb)),
            "mariadb" => ("mariadb", Box::new(dialect::MariaDb)),
            "postgres" => ("postgres", Box::new(dialect::Postgres)),
            "spark" => ("spark", Box::new(dialect::Spark)),
            "sqlite" => ("sqlite", Box::new(dialect::Sqlite::default())),
            _ => return None,
        };
        Some(Self { word, dialect })
    }
}

impl Connection for Dry {
    fn dialect(&self) -> &dyn Dialect {
        self.dialect.as_ref()
    }

    fn word(&self) -> &'static str {
        self.word
    }

    fn is_dry(&self) -> bool {
        true
    }

    fn columns(&self, _: &str, _: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        Ok(Vec::new())
    }

    fn structure(&self, _: Option<&str>) -> Result<Option<Structure>, Fault> {
        Ok(None)
    }

    fn ask(&self, _: &str, _: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        Err(fault("internal", "a bug in tamiz: an engine that nobody reaches was asked".to_owned()))
    }
}
