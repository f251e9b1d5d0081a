use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Predicate;

/// A condition in SQL is true of every row.
///
/// One boolean expression over the columns of the dataset, with the meaning of SQL on every engine: a comparison with null
/// is unknown. A row for which it is unknown is left out; `nulls: fail` makes it a violation and `nulls: pass` lets it hold.
/// A row with a cell that does not read as its declared type, in a column that the expression names, is left out as well.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Expression {
    /// The condition.
    sql: String,
}

impl Expectation for Expression {
    const NAME: &'static str = "expression";
    const EXAMPLE: &'static str = "sql: total = quantity * price";
    const MAIN: Option<&'static str> = Some("sql");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    /// None: which columns it names is known once its SQL is read.
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        const MOST: usize = 160;
        let mut sql = self.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((cut, _)) = sql.char_indices().nth(MOST) {
            sql.truncate(cut);
            sql.push('…');
        }
        format!("{} `{sql}`", said.lang.pick("every row satisfies", "todas las filas cumplen"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let holds = (on.sql)(&self.sql).map_err(|mistake| Mistake {
            parameter: mistake.parameter.or_else(|| Some("sql".to_owned())),
            ..mistake
        })?;
        let mut tested: Vec<String> = Vec::new();
        holds.columns(&mut |name| {
            if !tested.iter().any(|seen| seen == name) {
                tested.push(name.to_owned());
            }
        });
        Ok(Lowered::NoRowOf {
            missing: Predicate::Unknown(Box::new(holds.clone())),
            bad: holds.negate(),
            tested,
            malformed_too: false,
        })
    }
}
