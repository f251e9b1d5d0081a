//! The parameters that `increasing` and `decreasing` share, and what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, quoted, repeated};
use crate::expectation::{Lowered, Mistake, Said};
use crate::ir::{Order, Scalar};

/// A column whose values follow an order from row to row.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sequence {
    /// The column to test.
    column: String,
    /// Whether two neighbours may not be equal.
    #[serde(default)]
    strict: bool,
    /// The columns that put the rows in sequence, instead of the order of the files.
    order_by: Option<Texts>,
}

impl Sequence {
    pub(super) fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    /// The sentence of an expectation that values fall, or rise.
    pub(super) fn sentence(&self, falling: bool, said: &Said<'_>) -> String {
        let verb = match (falling, self.strict) {
            (false, false) => {
                said.lang.pick("never falls from one row to the next", "nunca baja de una fila a la siguiente")
            }
            (false, true) => said.lang.pick("rises with every row", "sube en cada fila"),
            (true, false) => {
                said.lang.pick("never rises from one row to the next", "nunca sube de una fila a la siguiente")
            }
            (true, true) => said.lang.pick("falls with every row", "baja en cada fila"),
        };
        let by = match self.by() {
            [] => String::new(),
            by => format!(", {} {}", said.lang.pick("in the order of", "en el orden de"), said.lang.list(&quoted(by))),
        };
        format!("`{}` {verb}{by}", self.column)
    }

    pub(super) fn lower(&self, falling: bool) -> Result<Lowered, Mistake> {
        let by = self.by();
        if self.order_by.is_some() && by.is_empty() {
            return Err(Mistake::at("order_by", "names no column"));
        }
        if let Some(twice) = repeated(by) {
            return Err(Mistake::at("order_by", format!("names `{twice}` twice")));
        }
        if by.contains(&self.column) {
            return Err(Mistake::at("order_by", format!("names `{}`, which is the column to test", self.column))
                .help("sorted by itself, a column always rises"));
        }
        let of = Scalar::column(&self.column);
        Ok(Lowered::InOrder(Order { of, falling, strict: self.strict, by: by.to_vec() }))
    }

    fn by(&self) -> &[String] {
        self.order_by.as_ref().map(Texts::all).unwrap_or_default()
    }
}
