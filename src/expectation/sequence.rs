//! The parameters that `increasing` and `decreasing` share, what they mean, and `order_by`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, quoted, repeated};
use crate::expectation::{Lowered, Mistake, Said};
use crate::ir::{Follow, Order, Scalar};

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
        format!("`{}` {verb}{}", self.column, in_order_of(self.order_by.as_ref(), said))
    }

    pub(super) fn lower(&self, falling: bool) -> Result<Lowered, Mistake> {
        let by = order_by(self.order_by.as_ref())?;
        if by.contains(&self.column) {
            return Err(Mistake::at("order_by", format!("names `{}`, which is the column to test", self.column))
                .help("sorted by itself, a column always rises"));
        }
        let strict = self.strict;
        let follow = if falling { Follow::Falling { strict } } else { Follow::Rising { strict } };
        Ok(Lowered::InOrder(Order { of: Scalar::column(&self.column), follow, by }))
    }
}

/// The columns that put the rows in sequence.
///
/// # Errors
/// There is none of them, or one twice.
pub(super) fn order_by(given: Option<&Texts>) -> Result<Vec<String>, Mistake> {
    let Some(given) = given else { return Ok(Vec::new()) };
    match repeated(given.all()) {
        _ if given.all().is_empty() => Err(Mistake::at("order_by", "names no column")),
        Some(twice) => Err(Mistake::at("order_by", format!("names `{twice}` twice"))),
        None => Ok(given.all().to_vec()),
    }
}

/// The end of a sentence about rows in the order of some columns.
pub(super) fn in_order_of(given: Option<&Texts>, said: &Said<'_>) -> String {
    given.map_or_else(String::new, |by| {
        format!(", {} {}", said.lang.pick("in the order of", "en el orden de"), said.lang.list(&quoted(by.all())))
    })
}
