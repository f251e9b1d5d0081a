//! Fields inside documents: each masked by itself, by its path and by its name.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::ir::name::steps;
use crate::mask::{Masks, REDACTED, value};

impl Masks {
    /// A value of a column as it may be shown, each field of a document by itself; none if nothing of it is shown.
    #[must_use]
    pub fn show(&self, dataset: &str, column: &str, value: &Json) -> Option<Json> {
        match self.of(dataset, column) {
            Some(mask) => mask.show(value),
            None => self.inside(self.root(dataset), &mut steps(column.trim_end_matches('\0')), value),
        }
    }

    fn inside(&self, root: &str, steps: &mut Vec<String>, value: &Json) -> Option<Json> {
        match value {
            Json::Object(entries) => {
                let own = |key: &String| [steps.as_slice(), std::slice::from_ref(key)].concat();
                let people = entries.keys().any(|key| self.is_of_people(self.of_steps(root, &own(key))));
                let mut shown = serde_json::Map::new();
                for (key, value) in entries {
                    steps.push(key.clone());
                    let mask = self.of_steps(root, steps).or_else(|| self.of_bare_name(root, steps, people));
                    let found = mask.map_or_else(|| self.inside(root, steps, value), |mask| mask.show(value));
                    steps.pop();
                    shown.extend(found.map(|value| (self.text(root, key), value)));
                }
                Some(Json::Object(shown))
            }
            Json::Array(items) => {
                Some(Json::Array(items.iter().filter_map(|item| self.inside(root, steps, item)).collect()))
            }
            Json::String(text) if is_document(value) => {
                let Ok(inner) = serde_json::from_str::<Json>(text) else {
                    // What cannot be taken apart may hold what is masked.
                    let masks = self.by_kind.is_some() || self.masks_any(root);
                    return Some(if masks && !self.is_free(root, steps) { REDACTED.into() } else { value.clone() });
                };
                let shown = self.inside(root, steps, &inner)?;
                Some(if shown == inner { value.clone() } else { shown.to_string().into() })
            }
            Json::String(_) | Json::Number(_) if !self.is_free(root, steps) => {
                match value::of(value).and_then(|kind| self.of_kind(kind)) {
                    Some((_, mask)) => mask.show(value),
                    None => Some(value.clone()),
                }
            }
            other => Some(other.clone()),
        }
    }

    /// Whether the suite says that there is no personal data in a column.
    fn is_free(&self, root: &str, steps: &[String]) -> bool {
        matches!(self.said(root, steps), Some(None))
    }
}

/// Whether a text is a document of JSON, or begins like one.
pub(super) fn is_document(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.trim_start().starts_with(['{', '[']))
}

/// The texts and numbers of a value, those inside documents too.
pub(super) fn leaves(value: &Json, into: &mut HashSet<String>) {
    match value {
        Json::Object(entries) => entries.values().for_each(|value| leaves(value, into)),
        Json::Array(items) => items.iter().for_each(|value| leaves(value, into)),
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(inner) if is_document(value) => leaves(&inner, into),
            _ => drop(into.insert(text.clone())),
        },
        other => drop(into.insert(other.to_string())),
    }
}
