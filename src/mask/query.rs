//! Which columns of what a query returns are masked: by the columns that the SELECT makes them of.
//!
//! Where that cannot be told, as behind a SELECT in FROM, every column is masked if the query looks at a masked one.

use serde_json::Value as Json;

use crate::answer::Evidence;
use crate::ir::{Output, Query};
use crate::mask::{Mask, Masks, value};
use crate::outcome::Sample;

impl Masks {
    /// The rows that a query returned, as they may be shown.
    pub(super) fn returned(&self, query: &Query, evidence: Evidence) -> Evidence {
        let mut evidence = evidence;
        let Some(names) = evidence.samples.first().map(|sample| sample.values.keys().cloned().collect::<Vec<_>>())
        else {
            return evidence;
        };
        let columns: Vec<Option<&Mask>> = names
            .iter()
            .enumerate()
            .map(|(place, name)| {
                self.of_output(query, place, (name, names.len())).or_else(|| self.by_look(name, &evidence.samples))
            })
            .collect();
        for sample in &mut evidence.samples {
            let shown =
                std::mem::take(&mut sample.values).into_iter().zip(&columns).filter_map(|((name, value), mask)| {
                    let shown = match mask {
                        Some(mask) => mask.show(&value),
                        None => self.show("", &name, &value),
                    };
                    Some((name, shown?))
                });
            sample.values = shown.collect();
        }
        evidence
    }

    /// The mask of the one value that a query returns.
    pub(super) fn of_value(&self, query: &Query) -> Option<&Mask> {
        match query.outputs.as_deref() {
            Some([only]) => self.of_words(query, only),
            _ => self.of_any(query),
        }
    }

    fn of_output(&self, query: &Query, place: usize, (name, width): (&str, usize)) -> Option<&Mask> {
        let Some(outputs) = query.outputs.as_deref() else { return self.of_any(query) };
        let stars = outputs.iter().any(Output::is_star);
        if !stars && outputs.len() == width {
            return self.of_words(query, &outputs[place]);
        }
        if let Some(named) = outputs.iter().find(|output| output.name.as_deref() == Some(name)) {
            return self.of_words(query, named);
        }
        // A name that two tables have carries that of its table after a colon.
        let bare = name.split(':').next().unwrap_or(name);
        let is_column = |column: &str| {
            query
                .tables
                .iter()
                .any(|table| table.columns.as_ref().is_some_and(|own| own.iter().any(|own| own == column)))
        };
        if is_column(bare) {
            return query.tables.iter().find_map(|table| self.own(&table.dataset, bare));
        }
        self.of_any(query)
    }

    /// The mask of a masked column that an output names.
    fn of_words(&self, query: &Query, output: &Output) -> Option<&Mask> {
        output.of.iter().find_map(|word| query.tables.iter().find_map(|table| self.own(&table.dataset, word)))
    }

    /// The mask of a masked column that a query can look at.
    fn of_any(&self, query: &Query) -> Option<&Mask> {
        query.tables.iter().find_map(|table| {
            table.columns.as_ref().and_then(|own| own.iter().find_map(|column| self.own(&table.dataset, column)))
        })
    }

    /// The mask of a column of which some value looks like personal data.
    fn by_look(&self, name: &str, samples: &[Sample]) -> Option<&Mask> {
        let mut values = samples.iter().filter_map(|sample| sample.values.get(name));
        let kind = values.find_map(|value: &Json| value::of(value))?;
        self.of_kind(kind).map(|(_, valued)| valued)
    }
}
