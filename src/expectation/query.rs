use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// A query returns no row.
///
/// One SELECT; each row that it returns is a violation, and its columns are the sample. FROM names datasets of this suite,
/// with their types and `where`. A cell that does not read as its declared type is null there, and records that could not
/// be taken apart are left out. `:name` is a variable and `:as_of` the run's "now", an instant in UTC without a zone, as
/// timestamps are. A name with a dot stands in double quotes, `"event.position"`, and `*` has no columns that hold lists or
/// structures.
///
/// On files it runs in Polars SQL, in memory with the columns it names. `evaluated` is the rows in scope of the dataset it
/// stands under, so `allow: 1%` is a share of those.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// The SELECT.
    sql: String,
}

impl Expectation for Query {
    const NAME: &'static str = "query";
    const EXAMPLE: &'static str = "sql: SELECT customer FROM orders GROUP BY customer HAVING count(*) > 100";
    const MAIN: Option<&'static str> = Some("sql");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const FILTERED: bool = false;

    /// None: a query names columns of several datasets.
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        format!("{} `{}`", said.lang.pick("no row is returned by", "no devuelve ninguna fila"), shown(&self.sql))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::Query((on.query)(&self.sql)?))
    }
}

/// SQL on one line, cut where it gets long.
pub(super) fn shown(sql: &str) -> String {
    const MOST: usize = 160;
    let mut sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = sql.char_indices().nth(MOST) {
        sql.truncate(cut);
        sql.push('…');
    }
    sql
}
