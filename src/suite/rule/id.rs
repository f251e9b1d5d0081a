//! Ids of rules: written, or derived from where a rule stands, and made unique.

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Code, Level};
use crate::expectation::{Definition, Place};
use crate::suite::read::Reader;
use crate::suite::rule::{Context, Drafted};
use crate::suite::yaml::Node;

/// Makes ids unique: derived ones get `.2`, `.3` in file order, written ones must differ.
pub(in crate::suite) fn settle_ids(reader: &mut Reader<'_>, rules: &mut [Drafted]) {
    let mut seen: HashMap<String, Range<usize>> = HashMap::new();
    for drafted in rules.iter().filter(|drafted| drafted.id_span.is_some()) {
        let span = drafted.id_span.clone().unwrap_or_default();
        if let Some(other) = seen.insert(drafted.rule.id.clone(), span.clone()) {
            let help = if other == span {
                "several columns use this template; leave the `id` out, and each rule derives its own"
            } else {
                "ids name rules in reports and history; give each its own"
            };
            reader.error(Code::Duplicate, span, format!("the id `{}` is given twice", drafted.rule.id)).help =
                Some(help.to_owned());
        }
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for drafted in rules.iter_mut().filter(|drafted| drafted.id_span.is_none()) {
        let base = drafted.rule.id.clone();
        let count = counts.entry(base.clone()).or_insert(0);
        loop {
            *count += 1;
            let id = if *count == 1 { base.clone() } else { format!("{base}.{count}") };
            if seen.insert(id.clone(), drafted.span.clone()).is_none() {
                if *count > 1 && drafted.rule.builtin.is_none() {
                    reader
                        .report(
                            Level::Note,
                            Code::Doubtful,
                            drafted.span.clone(),
                            format!("this rule has the derived id `{id}`, which shifts when a rule is put before it"),
                        )
                        .help = Some("give it an `id`".to_owned());
                }
                drafted.rule.id = id;
                break;
            }
        }
    }
}

impl Context<'_, '_, '_> {
    /// Reads an id that is written.
    pub(super) fn id(&mut self, node: &Node) -> Option<String> {
        let id = self.reader.text(node)?;
        let sound = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !id.is_empty() && id.chars().all(sound) {
            return Some(id);
        }
        self.reader.error(Code::BadValue, node.span.clone(), format!("`{id}` is no id")).help =
            Some("letters, digits, `_`, `-` and `.`".to_owned());
        None
    }
}

/// The one column that names a rule of a dataset's list.
pub(super) fn single<'c>(columns: &'c [String], definition: &Definition) -> Option<&'c str> {
    match columns {
        [one] if definition.place != Place::Table => Some(one),
        _ => None,
    }
}

/// The id of a rule that has none of its own.
pub(in crate::suite) fn derived_id(dataset: &str, column: Option<&str>, name: &str) -> String {
    match column {
        Some(column) => format!("{}.{name}", of_column(dataset, column)),
        None => format!("{dataset}.{name}"),
    }
}

/// An id with a column put after it, characters that ids do not have as `_`.
pub(in crate::suite) fn of_column(id: &str, column: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    format!("{id}.{}", column.chars().map(safe).collect::<String>())
}
