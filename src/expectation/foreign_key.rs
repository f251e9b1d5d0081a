use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{key, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// Every value occurs in a column of another dataset.
///
/// `to: products.product_id` is one column of another dataset (the first dot ends its name); `to: products` with several
/// `columns` means columns of the same names; `to: {dataset: products, columns: [id, region]}` means others, in order. Only
/// rows that the other dataset's `where` keeps count as partners. A row with a null in its key is left out; `nulls: fail`
/// makes it a violation, `nulls: value` lets a null find a null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignKey {
    /// The column to test.
    column: Option<String>,
    /// The columns that make the key together.
    columns: Option<Vec<String>>,
    /// The dataset and columns to look in.
    to: Target,
}

/// A dataset and the columns of its key.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Target {
    /// `dataset.column`, or `dataset` for columns of the same names.
    Short(String),
    /// A dataset and its columns, in the order of the tested ones.
    Long(LongTarget),
}

/// A dataset and its columns.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LongTarget {
    /// The dataset.
    dataset: String,
    /// Its columns, in the order of the tested ones.
    columns: Vec<String>,
}

impl Target {
    /// The dataset and its columns, for a key of these columns.
    ///
    /// # Errors
    /// If there are not as many columns on both sides.
    pub(super) fn resolve(&self, keys: &[String]) -> Result<(String, Vec<String>), Mistake> {
        let (dataset, columns) = match self {
            Self::Short(text) => match text.split_once('.') {
                Some((dataset, column)) => (dataset.to_owned(), vec![column.to_owned()]),
                None => (text.clone(), keys.to_vec()),
            },
            Self::Long(long) => (long.dataset.clone(), long.columns.clone()),
        };
        if columns.len() != keys.len() {
            return Err(Mistake::at("to", format!("names {} columns for a key of {}", columns.len(), keys.len()))
                .help("write `to: {dataset: name, columns: [...]}` with one column for each tested one"));
        }
        Ok((dataset, columns))
    }

    /// The target as a sentence shows it.
    #[must_use]
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Short(text) => format!("`{text}`"),
            Self::Long(long) => format!("`{}` ({})", long.dataset, quoted(&long.columns).join(", ")),
        }
    }
}

impl Expectation for ForeignKey {
    const NAME: &'static str = "foreign_key";
    const EXAMPLE: &'static str = "{column: product_id, to: products.product_id}";
    const MAIN: Option<&'static str> = Some("to");
    const PLACE: Place = Place::Columns;
    const DIMENSION: Dimension = Dimension::Integrity;

    fn columns(&self) -> Vec<String> {
        key(self.column.as_ref(), self.columns.as_ref()).unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = quoted(&Expectation::columns(self));
        let found = match names.len() {
            0 | 1 => said.lang.pick("is found in", "está en"),
            _ => said.lang.pick("are found together in", "están en la misma fila de"),
        };
        format!("{} {found} {}", said.lang.list(&names), self.to.shown())
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let keys = key(self.column.as_ref(), self.columns.as_ref())?;
        let (parent, parent_keys) = self.to.resolve(&keys)?;
        Ok(Lowered::Partners { keys, parent, parent_keys, wanted: true })
    }
}
