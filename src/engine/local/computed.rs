//! Columns that are expressions over others: their values in a batch.
//!
//! A cell that does not parse makes every column computed from it unparsed in that row.

use std::collections::HashMap;

use polars::prelude::BooleanChunked;

use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::open::fault;
use crate::ir::{Scalar, Type};
use crate::outcome::Fault;

/// The values of a computed column in a batch, and its cells that do not parse.
///
/// # Errors
/// Why a value cannot be computed.
pub(super) fn values(
    (name, of, kind): (&str, &Scalar, Type),
    rows: usize,
    columns: &HashMap<String, Column>,
    unparsed: &HashMap<String, BooleanChunked>,
) -> Result<(Column, Option<BooleanChunked>), Fault> {
    let conditions = Conditions::default();
    let frame = Frame { rows, columns, unparsed, malformed: None, assets: None };
    let values = Evaluation::new(&conditions, &frame).values(of);
    let values = values.map_err(|error| fault("not_computable", &format!("`{name}`: {error}")))?;
    let mut bad: Option<BooleanChunked> = None;
    of.columns(&mut |source| {
        if let Some(mask) = unparsed.get(source) {
            bad = Some(bad.take().map_or_else(|| mask.clone(), |known| &known | mask));
        }
    });
    // A batch without any value does not tell its type.
    let values = if matches!(values, Column::Nested(_)) { Column::nulls(kind, rows) } else { values };
    Ok((values, bad))
}
