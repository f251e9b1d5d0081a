//! What stands for no value: in Soda a matter of each check, here of the column.
//!
//! Where every check of a column that minds says the same, and no other check looks at it, the column declares it
//! (`missing: [N/A]`); else each rule says it in SQL.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::Book;
use crate::import::sodacl::check::{self, Check};
use crate::import::sodacl::options::Options;
use crate::import::sodacl::scan::Task;
use crate::import::sodacl::section::{Sections, check_of};
use crate::import::sodacl::validity::{Missing, Validity};
use crate::suite::yaml::{Content, Node};

/// A column that declares what stands for no value.
pub(super) struct Common {
    /// The dataset of theirs, in small letters.
    theirs: String,
    /// The column, in small letters.
    column: String,
    /// The dataset and column of ours, and the key.
    ours: (String, String, Value),
}

/// What is missing and valid in the column of a check: the keys of its dataset, then its own.
///
/// # Errors
/// A key that is not known.
pub(super) fn validity(
    sections: &Sections<'_>,
    dataset: &str,
    column: Option<&String>,
    options: &Options<'_>,
    common: &[Common],
) -> Result<Validity, String> {
    let Some(column) = column else { return Validity::read(&options.validity) };
    let place = (dataset.to_lowercase(), column.clone());
    let mut keys = sections.columns.get(&place).cloned().unwrap_or_default();
    keys.extend(options.validity.iter().cloned());
    let mut found = Validity::read(&keys)?;
    if common.iter().any(|it| it.theirs == place.0 && it.column == column.to_lowercase()) {
        found.missing = Missing::default();
    }
    Ok(found)
}

/// Writes on the columns what stands for no value in them.
pub(super) fn write(book: &mut Book<'_>, common: Vec<Common>) {
    for Common { ours: (dataset, column, missing), .. } in common {
        book.draft.dataset(&dataset).column(&column).set("missing", missing);
    }
}

/// Finds the columns whose checks agree on what stands for no value.
pub(super) fn agreed(book: &mut Book<'_>, sections: &Sections<'_>, tasks: &[Task]) -> Vec<Common> {
    let mut uses: Vec<Use> = Vec::new();
    for task in tasks.iter().filter(|task| task.foreign_free()) {
        let (Some(dataset), Some((text, keys))) = (&task.dataset, check_of(&task.item)) else { continue };
        let Ok(Check::Metric { name, arguments, .. }) = check::parse(text) else { continue };
        let Some(column) = arguments.first().filter(|_| minds(&name)) else { continue };
        let missing = validity(sections, dataset, Some(column), &Options::read(keys), &[]);
        let missing = missing.map(|it| it.missing).unwrap_or_default();
        match uses.iter_mut().find(|it| it.dataset.eq_ignore_ascii_case(dataset) && it.column == *column) {
            Some(known) => known.agree &= known.missing == missing,
            None => uses.push(Use { dataset: dataset.clone(), column: column.clone(), missing, agree: true }),
        }
    }
    let mut common = Vec::new();
    for Use { dataset, column, missing, agree } in uses {
        if !agree || missing.is_empty() || is_seen_elsewhere(sections, tasks, &dataset, &column) {
            continue;
        }
        let ours = book.dataset(&dataset);
        let name = book.column(&ours, &column);
        book.draft.dataset(&ours).column(&name).set("missing", missing.key());
        let is_sound = book.sound(&ours, Some(&name), &Rule::new("not_null")).is_ok();
        // It is written when the rules are there, so that columns stand in the order of the checks.
        book.draft.dataset(&ours).columns.shift_remove(&name);
        if is_sound {
            let (theirs, column) = (dataset.to_lowercase(), column.to_lowercase());
            common.push(Common { theirs, column, ours: (ours, name, missing.key()) });
        }
    }
    common
}

struct Use {
    dataset: String,
    column: String,
    missing: Missing,
    agree: bool,
}

/// Whether a metric minds what is missing; duplicates do not.
fn minds(name: &str) -> bool {
    !name.starts_with("duplicate_") && name != "distribution_difference"
}

/// Whether a check that does not mind what is missing looks at a column, or SQL does.
fn is_seen_elsewhere(sections: &Sections<'_>, tasks: &[Task], dataset: &str, column: &str) -> bool {
    let of_it = |task: &&Task| task.dataset.as_ref().is_none_or(|known| known.eq_ignore_ascii_case(dataset));
    let in_filter =
        sections.filters.iter().any(|(of, _, node)| of.eq_ignore_ascii_case(dataset) && names(node, column));
    let in_checks = tasks.iter().filter(of_it).any(|task| {
        let Some((text, keys)) = check_of(&task.item) else { return false };
        let in_keys = keys.iter().filter(|entry| !is_prose(&entry.key)).any(|entry| names(&entry.value, column));
        let plain = match check::parse(text) {
            Ok(Check::Metric { name, .. }) => !minds(&name) && has_word(text, column),
            Ok(_) => has_word(text, column),
            Err(_) => false,
        };
        in_keys || plain
    });
    in_filter || in_checks
}

/// Keys whose text names no column.
fn is_prose(key: &str) -> bool {
    matches!(key, "name" | "identity" | "attributes" | "warn" | "fail")
        || crate::import::sodacl::options::is_about_values(key)
}

fn names(node: &Node, column: &str) -> bool {
    match &node.content {
        Content::Null(_) => false,
        Content::Scalar(scalar) => has_word(&scalar.text, column),
        Content::List(items) => items.iter().any(|item| names(item, column)),
        Content::Map(entries) => entries.iter().any(|entry| names(&entry.value, column)),
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&word)
        .any(|(at, _)| !text[..at].ends_with(part_of_name) && !text[at + word.len()..].starts_with(part_of_name))
}
