//! What was seen of a file whatever was asked: its rows, and what is wrong with it.

use crate::engine::local::states::ink::{Ink, Page};
use crate::engine::source::{Finding, FindingKind, Findings};

/// How many structural faults of a file are kept with their places.
const FAULTS: usize = 200;

/// What was seen of a file whatever was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::local) struct Seen {
    /// Its rows.
    pub(in crate::engine::local) rows: u64,
    /// Records that could not be taken apart.
    pub(in crate::engine::local) malformed: u64,
    /// Its structural faults.
    pub(in crate::engine::local) findings: Findings,
}

impl Seen {
    /// What comes after, of the same file or of another one.
    pub(in crate::engine::local) fn merge(&mut self, later: Self) {
        self.rows += later.rows;
        self.malformed += later.malformed;
        self.findings.merge(later.findings);
    }

    /// Writes it for a later run; none if there are more faults than are kept with their places, or the words of one are `secret`.
    pub(super) fn write(&self, secret: &dyn Fn(&str) -> bool) -> Option<Vec<u8>> {
        let kept = self.findings.kept();
        let gives_away = kept.iter().filter_map(|finding| finding.label.as_deref()).any(secret);
        if gives_away || kept.len() > FAULTS || self.findings.total() != kept.len() as u64 {
            return None;
        }
        let open = |_: &serde_json::Value| false;
        let mut ink = Ink::new(&open);
        ink.count(self.rows);
        ink.count(self.malformed);
        ink.count(kept.len() as u64);
        for finding in kept {
            let Finding { kind, file: _, line, column, field, row, found, expected, label } = finding;
            ink.byte(u8::try_from(FindingKind::ALL.iter().position(|known| known == kind)?).ok()?);
            ink.count(*line);
            for number in [column, field, row, found, expected] {
                ink.flag(number.is_some());
                ink.count(number.unwrap_or(0));
            }
            ink.flag(label.is_some());
            ink.blob(label.as_deref().unwrap_or_default().as_bytes());
        }
        ink.finish().ok()
    }

    /// What was written of a file, which has some place among the files now.
    pub(super) fn read(page: &mut Page<'_>, file: usize) -> Option<Self> {
        let (rows, malformed) = (page.count()?, page.count()?);
        let mut findings = Findings::default();
        for _ in 0..page.length()? {
            let kind = *FindingKind::ALL.get(usize::from(page.byte()?))?;
            let line = page.count()?;
            let mut numbers = [None; 5];
            for number in &mut numbers {
                let there = page.flag()?;
                *number = Some(page.count()?).filter(|_| there);
            }
            let [column, field, row, found, expected] = numbers;
            let there = page.flag()?;
            let label = Some(page.text()?.to_owned()).filter(|_| there);
            findings.add(Finding { kind, file, line, column, field, row, found, expected, label });
        }
        Some(Self { rows, malformed, findings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_of_a_file_comes_back_with_its_faults_in_another_place() {
        let mut seen = Seen { rows: 7, malformed: 2, findings: Findings::default() };
        let fault = Finding { found: Some(1), expected: Some(3), ..Finding::at(FindingKind::MissingCell, 4, 9) };
        seen.findings.add(fault.clone());
        let mixed = Finding { label: Some("LF, CRLF".to_owned()), ..Finding::at(FindingKind::MixedLineEnds, 4, 2) };
        seen.findings.add(mixed);
        let bytes = seen.write(&|_| false).unwrap();
        let again = Seen::read(&mut Page::new(&bytes), 4).unwrap();
        assert_eq!(again, seen);
        let moved = Seen::read(&mut Page::new(&bytes), 1).unwrap();
        assert_eq!(moved.findings.kept()[0], Finding { file: 1, ..fault });
        for end in 0..bytes.len() {
            assert_eq!(Seen::read(&mut Page::new(&bytes[..end]), 4), None);
        }
    }

    #[test]
    fn a_fault_whose_words_give_somebody_away_is_not_kept() {
        let mut seen = Seen { rows: 1, ..Seen::default() };
        let label = Some("ana@example.com".to_owned());
        seen.findings.add(Finding { label, ..Finding::at(FindingKind::DuplicateKey, 0, 1) });
        assert_eq!(seen.write(&|label| label.contains('@')), None);
    }

    #[test]
    fn a_file_with_more_faults_than_are_kept_is_read_again() {
        let mut findings = Findings::default();
        (0..=FAULTS as u64).for_each(|line| findings.add(Finding::at(FindingKind::BlankRow, 0, line)));
        assert_eq!(Seen { rows: 1, malformed: 0, findings }.write(&|_| false), None);
    }
}
