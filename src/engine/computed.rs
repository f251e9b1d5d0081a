//! Columns that are expressions over others: what they need, and what they are beside those that data have.

use crate::answer::{Computed, Schema, SchemaColumn};
use crate::dataset::Dataset;
#[cfg(feature = "polars")]
use crate::ir::Selector;
use crate::ir::bind::{Scope, Unbound};
use crate::ir::time::Zone;
use crate::ir::{Reading, Type, computed};
use crate::outcome::Fault;

/// The columns that rules need, with those that needed columns are computed from.
#[cfg(feature = "polars")]
pub(super) fn sources(dataset: &Dataset, needed: &[Selector]) -> Vec<Selector> {
    let mut all = needed.to_vec();
    for column in &dataset.columns {
        if let Some(of) = &column.sql
            && needed.iter().any(|selector| selector.means(&column.name))
        {
            of.columns(&mut |name| all.push(Selector::Name(name.to_owned())));
        }
    }
    all
}

/// Adds the computed columns of a dataset to the columns of its files, whose types are known.
pub(super) fn add(dataset: &Dataset, zone: Zone, schema: &mut Schema) {
    let mut added = Vec::new();
    for column in &dataset.columns {
        let Some(of) = &column.sql else { continue };
        let reading = |name: &str| {
            let column = schema.column(name).filter(|column| column.is_stored())?;
            Some(column.reading.clone().unwrap_or_else(|| Reading::plain(Type::String)))
        };
        let scope = Scope { column: &reading, as_of: None, zone };
        let unfit =
            |code: &str, message: String| Computed::Unfit(Fault { code: code.to_owned(), message, caused_by: None });
        let (reading, computed) = match computed::computed(of, column.reading.as_ref(), &scope) {
            _ if schema.column(&column.name).is_some() => {
                let message =
                    format!("the data has a column `{}` of its own; give the computed one another name", column.name);
                (None, unfit("column_conflict", message))
            }
            Ok((of, reading)) => (Some(reading), Computed::Value(of)),
            Err(Unbound::Column(source)) => (None, Computed::Lacks(source)),
            Err(Unbound::AsOf) => {
                (None, unfit("type_mismatch", format!("`{}` hangs on the moment of the run", column.name)))
            }
            Err(Unbound::Types(message)) => (None, unfit("type_mismatch", format!("`{}`: {message}", column.name))),
        };
        added.push(SchemaColumn {
            name: column.name.clone(),
            reading,
            inferred: false,
            stored: None,
            family: None,
            missing_in: None,
            computed: Some(computed),
        });
    }
    for column in added {
        match schema.columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.computed = column.computed,
            None => schema.columns.push(column),
        }
    }
}
