use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Texts, capped, key, quoted, repeated};
use crate::expectation::tolerance::Apart;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The dataset has the same rows as another one.
///
/// With `key` the rows of both are brought together by its columns, and the others are compared: those of `columns`, else all
/// columns of the files of this dataset, which the other one must have by the same names. A row that only one side has is a
/// violation, and so is one that differs, once, however many values do; `evaluated` is how many rows there are on either side,
/// those of both counted once. With `tolerance` numbers may lie so far apart: `0.01`, or `1%` of the other one. A key that
/// occurs several times brings together rows that are equal first, then the others in the order of their values, each with
/// one at most; what is left over only one side has.
///
/// Without `key` rows are compared as wholes, in any order, each with as many equal ones as there are: `evaluated` is the
/// number of rows of the larger side, and the violations are those of it that have no equal one on the other, or of the
/// smaller one if that is more.
///
/// Null equals null, in the key too. Numbers of different types compare by value. A row whose key does not read is left out
/// on its side; one with another value that does not read is left out on both. `where` of the rule narrows this side only.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SameRows {
    /// The dataset to compare with.
    to: String,
    /// The columns that tell which rows belong together, in both datasets.
    key: Option<Texts>,
    /// The columns that are compared; all of the files if left out.
    columns: Option<Vec<String>>,
    /// How far apart two numbers may lie: a number, or a share of the other one such as `1%`.
    tolerance: Option<Apart>,
}

impl SameRows {
    fn key(&self) -> &[String] {
        self.key.as_ref().map(Texts::all).unwrap_or_default()
    }
}

impl Expectation for SameRows {
    const NAME: &'static str = "same_rows";
    const EXAMPLE: &'static str = "{to: warehouse_orders, key: order_id, columns: [status, total], tolerance: 0.01}";
    const MAIN: Option<&'static str> = Some("to");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;

    fn columns(&self) -> Vec<String> {
        self.key().iter().chain(self.columns.iter().flatten()).cloned().collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (has, by, inside) = said.lang.pick(
            ("has the same rows as", "matched by", "comparing"),
            ("tiene las mismas filas que", "emparejadas por", "comparando"),
        );
        let mut text = format!("`{}` {has} `{}`", said.dataset, self.to);
        if !self.key().is_empty() {
            text += &format!(", {by} {}", said.lang.list(&quoted(self.key())));
        }
        if let Some(columns) = &self.columns {
            let names = quoted(columns);
            let names = if names.len() > 8 { capped(&names) } else { said.lang.list(&names) };
            text += &format!(", {inside} {names}");
        }
        if let Some(apart) = &self.tolerance {
            text += &format!(" ± {}", apart.spelled);
        }
        text
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let own = self.key();
        if self.key.is_some() && own.is_empty() {
            return Err(Mistake::at("key", "names no column"));
        }
        if let Some(twice) = repeated(own) {
            return Err(Mistake::at("key", format!("names `{twice}` twice")));
        }
        if self.tolerance.is_some() && own.is_empty() {
            return Err(Mistake::at("tolerance", "goes with `key`: without it a row equals another one or does not"));
        }
        let columns = match &self.columns {
            None => Vec::new(),
            Some(columns) => key(None, Some(columns))?,
        };
        if let Some(both) = columns.iter().find(|column| own.contains(column)) {
            return Err(Mistake::at("columns", format!("names `{both}`, which is of the key and so the same")));
        }
        Ok(Lowered::SamePairs {
            key: own.to_vec(),
            columns,
            tolerance: self.tolerance.as_ref().map(|apart| apart.width.clone()),
            other: self.to.clone(),
        })
    }
}
