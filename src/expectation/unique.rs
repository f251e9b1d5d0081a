use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::Count;

/// No value occurs twice, or no combination of values of several columns does.
///
/// Every row of a duplicated group is a violation; `count: distinct` counts each repeated value once and `count: surplus`
/// the rows beyond the first. On one column nulls are left out. On several a row is left out only when all of them are
/// null, and a null equals a null; `nulls: pass` lets every row with a null hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unique {
    /// The column to test.
    column: Option<String>,
    /// The columns that make the key together.
    columns: Option<Vec<String>>,
    /// What is counted as a violation.
    #[serde(default)]
    count: Counted,
}

/// What is counted as a violation.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Counted {
    /// Every row of a duplicated group.
    #[default]
    Rows,
    /// Every duplicated value once.
    Distinct,
    /// The rows beyond the first of each group.
    Surplus,
}

impl Counted {
    pub(super) const fn count(self) -> Count {
        match self {
            Self::Rows => Count::Rows,
            Self::Distinct => Count::Distinct,
            Self::Surplus => Count::Surplus,
        }
    }
}

impl Expectation for Unique {
    const NAME: &'static str = "unique";
    const EXAMPLE: &'static str = "columns: [order_id, line]";
    const MAIN: Option<&'static str> = Some("columns");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Uniqueness;

    fn columns(&self) -> Vec<String> {
        key(self.column.as_ref(), self.columns.as_ref()).unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = quoted(&Expectation::columns(self));
        match names.as_slice() {
            [one] => format!("{one} {}", said.lang.pick("has no duplicates", "no tiene duplicados")),
            names => format!(
                "{} {}",
                said.lang.pick("no two rows share", "no hay dos filas con los mismos"),
                said.lang.list(names)
            ),
        }
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(Lowered::NoRepeats { keys: key(self.column.as_ref(), self.columns.as_ref())?, count: self.count.count() })
    }
}
