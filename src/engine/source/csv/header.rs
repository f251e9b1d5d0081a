//! The names of the columns: read from the header, made distinct, or made up.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::split::Dialect;
use crate::engine::source::{Finding, FindingKind, Findings};

/// The fields of one record without their quotes, and where each starts; whatever is wrong with it, some fields.
pub(super) fn split(record: &[u8], dialect: &Dialect) -> Vec<(usize, Vec<u8>)> {
    let record = record.strip_suffix(&[dialect.line_end]).unwrap_or(record);
    let record = if dialect.line_end == b'\n' { record.strip_suffix(b"\r").unwrap_or(record) } else { record };
    let mut fields = vec![(0, Vec::new())];
    let (mut open, mut start) = (false, true);
    let mut bytes = record.iter().copied().enumerate().peekable();
    while let Some((place, byte)) = bytes.next() {
        let is_quote = dialect.quote == Some(byte);
        if is_quote && open {
            if bytes.next_if(|(_, next)| *next == byte).is_none() {
                open = false;
                continue;
            }
        } else if is_quote && start {
            (open, start) = (true, false);
            continue;
        } else if byte == dialect.delimiter && !open {
            fields.push((place + 1, Vec::new()));
            start = true;
            continue;
        }
        start = false;
        if let Some((_, field)) = fields.last_mut() {
            field.push(byte);
        }
    }
    fields
}

/// The names of the columns as they are in the file, no two of them the same and none empty.
///
/// A blank one is called `column_N`; one that repeats an earlier name gets `_2`, `_3`, … Both are findings, and `at` is one
/// with the place of a label.
pub(in crate::engine::source) fn names(
    labels: &[(usize, Vec<u8>)],
    at: impl Fn(FindingKind, usize) -> Finding,
    findings: &mut Findings,
) -> Vec<String> {
    let places: Vec<usize> = labels.iter().map(|(place, _)| *place).collect();
    let labels: Vec<String> = labels.iter().map(|(_, label)| String::from_utf8_lossy(label).into_owned()).collect();
    let blank = |label: &str| label.trim().is_empty();
    let all_blank = labels.iter().all(|label| blank(label));
    if all_blank {
        findings.add(at(FindingKind::BlankHeader, 0));
    }
    let in_file: HashSet<&str> = labels.iter().map(String::as_str).collect();
    let mut names: IndexSet<String> = IndexSet::new();
    let mut repeats: HashMap<String, u64> = HashMap::new();
    for (index, label) in labels.iter().enumerate() {
        if !blank(label) && names.insert(label.clone()) {
            continue;
        }
        let wanted = if blank(label) { made_up(index) } else { label.clone() };
        let mut name = wanted.clone();
        let repeat = repeats.entry(wanted.clone()).or_insert(1);
        // No made-up name takes one that the file gives to another column.
        while names.contains(&name) || in_file.contains(name.as_str()) {
            *repeat += 1;
            name = format!("{wanted}_{repeat}");
        }
        if !all_blank {
            let kind = if blank(label) { FindingKind::BlankLabel } else { FindingKind::DuplicateLabel };
            let field = Some(index as u64 + 1);
            findings.add(Finding { field, label: Some(name.clone()), ..at(kind, places[index]) });
        }
        names.insert(name);
    }
    names.into_iter().collect()
}

/// The name of a column that has none, by its index from 0.
pub(in crate::engine::source) fn made_up(index: usize) -> String {
    format!("column_{}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(labels: &[&str]) -> (Vec<String>, Vec<(FindingKind, u64)>) {
        let labels: Vec<(usize, Vec<u8>)> = labels.iter().map(|label| (0, label.as_bytes().to_vec())).collect();
        let mut findings = Findings::default();
        let names = names(&labels, |kind, _| Finding::at(kind, 0, 1), &mut findings);
        (names, findings.kept().iter().map(|finding| (finding.kind, finding.field.unwrap_or(0))).collect())
    }

    #[test]
    fn no_column_shadows_another() {
        let (names, findings) = named(&["a", "", "a", "a_2", "column_2", " ", "a"]);
        assert_eq!(names, ["a", "column_2_2", "a_3", "a_2", "column_2", "column_6", "a_4"]);
        assert_eq!(
            findings,
            [
                (FindingKind::BlankLabel, 2),
                (FindingKind::DuplicateLabel, 3),
                (FindingKind::BlankLabel, 6),
                (FindingKind::DuplicateLabel, 7),
            ]
        );
    }

    #[test]
    fn a_header_without_any_name_is_one_finding() {
        let (names, findings) = named(&["", " "]);
        assert_eq!(names, ["column_1", "column_2"]);
        assert_eq!(findings, [(FindingKind::BlankHeader, 0)]);
    }
}
