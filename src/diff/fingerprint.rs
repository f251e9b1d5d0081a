//! Short texts that are the same as long as a rule means the same, or a dataset has the same columns.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::diff::dataset::stored;
use crate::outcome::{Column, Outcome};

/// The fingerprint of what a rule means: sixteen hexadecimal digits.
///
/// It covers the expectation, dataset, columns, parameters, `where`, thresholds and severity; neither words, place, owner
/// and tags, nor the order of parameters.
#[must_use]
pub fn definition(outcome: &Outcome) -> String {
    let params = sorted(&Value::Object(outcome.params.clone()));
    of(&json!([
        outcome.expectation,
        outcome.dataset,
        outcome.columns,
        params,
        outcome.condition,
        outcome.threshold,
        outcome.severity
    ]))
}

/// The fingerprint of the number that a rule with the parameter `of` measures, whatever it is held against.
#[must_use]
pub fn measure(dataset: &str, columns: &[String], of_what: &Value, condition: Option<&str>) -> String {
    of(&json!([dataset, columns, sorted(of_what), condition]))
}

/// The fingerprint of the columns that data hold, with their order and types; none where there are no columns.
///
/// Two that differ may yet be the same schema, where a type is known in one of them alone: see [`crate::diff::columns`].
#[must_use]
pub fn schema(columns: &[Column]) -> Option<String> {
    let stored = stored(columns);
    let told: Vec<Value> = stored.iter().map(|column| json!([column.name, column.kind])).collect();
    (!told.is_empty()).then(|| of(&Value::Array(told)))
}

/// A value whose maps have their keys in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            Value::Object(fields.into_iter().map(|(name, field)| (name.clone(), sorted(field))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn of(told: &Value) -> String {
    let digest = Sha256::digest(told.to_string().as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}
