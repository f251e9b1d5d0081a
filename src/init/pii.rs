//! Columns of personal data in a draft: declared as such, and without any value of theirs in rules or comments.

use crate::answer::json_of;
use crate::init::almost::Almost;
use crate::init::draft::{Column, Rule};
use crate::init::profile::{self, Table};
use crate::ir::Type;
use crate::mask::{by_look, by_name};

/// Rules that hold no value of a column.
const WITHOUT_VALUES: [&str; 7] =
    ["not_null", "not_blank", "unique", "format", "foreign_key", "length", "not_in_future"];

/// Named formats that only personal data have.
const FORMATS: [&str; 8] = ["email", "iban", "credit_card", "nif", "nie", "curp", "cpf", "phone_e164"];

/// Declares columns of personal data, and takes out of them what quotes a value.
pub(super) fn keep_quiet(table: &Table, drafts: &mut [Column]) {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    for (column, draft) in table.columns.iter().zip(drafts) {
        if by_name(&column.name, &names).is_none() && !looks_personal(column, draft) {
            continue;
        }
        draft.pii = true;
        draft.rules.retain(|rule| WITHOUT_VALUES.contains(&first_word(rule)));
        // Those of other types say the least and the greatest value.
        if column.kind != Type::String {
            draft.facts.clear();
        }
        draft.remarks.clear();
    }
}

/// Whether some value that was seen of a column, or the format that fits all, is that of personal data.
fn looks_personal(column: &profile::Column, draft: &Column) -> bool {
    let ends = column.extent.iter().flat_map(|(least, greatest)| [least, greatest]);
    let listed = column.values.iter().flatten().map(|(value, _)| value);
    let examples = match &column.almost {
        Some(Almost::Reads { examples, .. }) => examples.as_slice(),
        _ => &[],
    };
    let format = |rule: &Rule| FORMATS.iter().any(|name| rule.text == format!("format: {name}"));
    ends.chain(listed).any(|value| by_look(&json_of(value)).is_some())
        || examples.iter().any(|text| by_look(&text.as_str().into()).is_some())
        || draft.rules.iter().any(format)
}

fn first_word(rule: &Rule) -> &str {
    rule.text.split(':').next().unwrap_or_default().trim()
}
