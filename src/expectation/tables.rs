use schemars::JsonSchema;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::expectation::parameter::{capped, quoted, repeated};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The database has certain tables.
///
/// It is about the whole database that the dataset is a part of, so the source need name no table: `source: {sqlite:
/// sales.db}`. A view counts as a table; the tables that SQLite keeps for itself do not. Others may be there too, unless
/// `exact` is set. Names are compared exactly, case included. An empty list asks for no table, and holds unless `exact` is
/// set. No row is read. Of a dataset that is a file it is a mistake of the suite; where `--source` puts a file in the place
/// of the database, it is an error of the rule.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    /// The names of tables and views.
    names: Vec<String>,
    /// Whether no other one may be there.
    #[serde(default)]
    exact: bool,
}

impl Expectation for Tables {
    const NAME: &'static str = "tables";
    const EXAMPLE: &'static str = "{names: [sales, customers], exact: true}";
    const MAIN: Option<&'static str> = Some("names");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let names = match self.names.as_slice() {
            [] => lang.pick("any tables", "cualquier tabla").to_owned(),
            [name] => format!("{} `{name}`", lang.pick("the table", "la tabla")),
            names => format!("{} {}", lang.pick("the tables", "las tablas"), capped(&quoted(names))),
        };
        let exact = if self.exact { lang.pick(" and no others", " y ninguna más") } else { "" };
        format!("{} `{}` {} {names}{exact}", lang.pick("the database of", "la base de datos de"), said.dataset, lang.pick("has", "tiene"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if !on.is_database {
            return Err(Mistake::new(format!("is about a database, and `{}` is a file", on.dataset))
                .help("put it under a dataset with `source: {sqlite: file.db}`"));
        }
        let names: Vec<String> = self.names.iter().map(|name| name.nfc().collect()).collect();
        if let Some(twice) = repeated(&names) {
            return Err(Mistake::at("names", format!("names `{twice}` twice")));
        }
        Ok(Lowered::Tables { names, exact: self.exact })
    }
}
