//! Structural faults of a file: what is wrong with it before any rule is asked.
//!
//! The kinds carry Frictionless' words where it has one. Counts are always exact; only so many places are remembered.

use crate::lang::Lang;

/// One structural fault, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The index of the file in its dataset.
    pub file: usize,
    /// The physical line, from 1.
    pub line: u64,
    /// The number of the character in that line, from 1, if the fault stands somewhere in it.
    pub column: Option<u64>,
    /// The number of the field concerned, from 1.
    pub field: Option<u64>,
    /// The index of the row within its file, from 0, if the fault is of a row.
    pub row: Option<u64>,
    /// How many fields a record has, if that is the fault; or the number of the character, from 1, that is no JSON.
    pub found: Option<u64>,
    /// How many fields it should have, if that is the fault.
    pub expected: Option<u64>,
    /// The name of the column concerned, if a header is at fault; or the line ends that are mixed.
    pub label: Option<String>,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// The header names no column at all.
    BlankHeader,
    /// A column has no name.
    BlankLabel,
    /// Two columns have one name.
    DuplicateLabel,
    /// A line holds nothing, in a file of several columns.
    BlankRow,
    /// A record has more fields than the file has columns.
    ExtraCell,
    /// A record has fewer fields than the file has columns.
    MissingCell,
    /// Bytes that are no characters of the encoding.
    EncodingError,
    /// A quote that opens a field and is never closed.
    OpenQuote,
    /// Text between a closing quote and the end of its field.
    TextAfterQuote,
    /// A record longer than any that is read.
    LongRecord,
    /// A byte that is zero, which no text holds.
    NulByte,
    /// A file that ends within a record: in quotes, or before its last field.
    TruncatedFile,
    /// A line that ends in another way than the first of its file; told once of a file, where it first happens.
    MixedLineEnds,
    /// A record that is not JSON.
    NotJson,
    /// A record of JSON that is not an object.
    NotAnObject,
    /// An object of JSON in which a key occurs twice.
    DuplicateKey,
    /// A record whose objects and lists stand too deep inside each other.
    TooDeep,
}

/// How many findings of each kind there are, and where the first of them lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kept: Vec<Finding>,
    /// Where each file first has what is told once of a file.
    once: Vec<(FindingKind, usize, u64)>,
    counts: [u64; FindingKind::ALL.len()],
}

impl Finding {
    /// A fault at a line, with nothing more known of it.
    #[must_use]
    pub const fn at(kind: FindingKind, file: usize, line: u64) -> Self {
        Self { kind, file, line, column: None, field: None, row: None, found: None, expected: None, label: None }
    }

    /// One sentence that says what is wrong, without the place.
    #[must_use]
    pub fn describe(&self, lang: Lang) -> String {
        let field = self.field.unwrap_or(0);
        let (found, expected) = (self.found.unwrap_or(0), self.expected.unwrap_or(0));
        let label = self.label.as_deref().unwrap_or_default();
        let fields = |count: u64| lang.plural(count, ("field", "campo"), ("fields", "campos"));
        let columns = lang.plural(expected, ("column", "columna"), ("columns", "columnas"));
        match (self.kind, lang) {
            (FindingKind::BlankHeader, Lang::En) => "The header names no column.".to_owned(),
            (FindingKind::BlankHeader, Lang::Es) => "La cabecera no nombra ninguna columna.".to_owned(),
            (FindingKind::BlankLabel, Lang::En) => {
                format!("Field {field} of the header has no name; it is called `{label}`.")
            }
            (FindingKind::BlankLabel, Lang::Es) => {
                format!("El campo {field} de la cabecera no tiene nombre; se le llama `{label}`.")
            }
            (FindingKind::DuplicateLabel, Lang::En) => {
                format!("Field {field} of the header repeats an earlier name; it is called `{label}`.")
            }
            (FindingKind::DuplicateLabel, Lang::Es) => {
                format!("El campo {field} de la cabecera repite un nombre anterior; se le llama `{label}`.")
            }
            (FindingKind::BlankRow, Lang::En) => "The line is blank.".to_owned(),
            (FindingKind::BlankRow, Lang::Es) => "La línea está en blanco.".to_owned(),
            (FindingKind::ExtraCell | FindingKind::MissingCell, Lang::En) => {
                format!("The record has {found} {}, the file {expected} {columns}.", fields(found))
            }
            (FindingKind::ExtraCell | FindingKind::MissingCell, Lang::Es) => {
                format!("El registro tiene {found} {}, el fichero {expected} {columns}.", fields(found))
            }
            (FindingKind::EncodingError, _) if self.field.is_none() => lang
                .pick(
                    "The record holds bytes that are no characters.",
                    "El registro contiene bytes que no son caracteres.",
                )
                .to_owned(),
            (FindingKind::EncodingError, Lang::En) => {
                format!("Field {field} holds bytes that are no characters of the encoding.")
            }
            (FindingKind::EncodingError, Lang::Es) => {
                format!("El campo {field} contiene bytes que no son caracteres de la codificación.")
            }
            (FindingKind::OpenQuote, Lang::En) => format!("Field {field} opens a quote that is never closed."),
            (FindingKind::OpenQuote, Lang::Es) => format!("El campo {field} abre unas comillas que nunca se cierran."),
            (FindingKind::TextAfterQuote, Lang::En) => format!("Field {field} goes on after its closing quote."),
            (FindingKind::TextAfterQuote, Lang::Es) => format!("El campo {field} sigue tras cerrar sus comillas."),
            (FindingKind::LongRecord, Lang::En) => "The record is too long to be read.".to_owned(),
            (FindingKind::LongRecord, Lang::Es) => "El registro es demasiado largo para leerse.".to_owned(),
            (FindingKind::NulByte, Lang::En) => format!("Field {field} holds a NUL, which is no text."),
            (FindingKind::NulByte, Lang::Es) => format!("El campo {field} contiene un NUL, que no es texto."),
            (FindingKind::TruncatedFile, Lang::En) => {
                format!("The file ends within the record, in field {field} of {expected}.")
            }
            (FindingKind::TruncatedFile, Lang::Es) => {
                format!("El fichero termina a mitad del registro, en el campo {field} de {expected}.")
            }
            (FindingKind::MixedLineEnds, Lang::En) => format!("Line ends are mixed: {label}."),
            (FindingKind::MixedLineEnds, Lang::Es) => format!("Los finales de línea se mezclan: {label}."),
            (FindingKind::NotJson, Lang::En) => format!("The record is not JSON, from its character {found} on."),
            (FindingKind::NotJson, Lang::Es) => format!("El registro no es JSON, a partir de su carácter {found}."),
            (FindingKind::NotAnObject, Lang::En) => "The record is JSON, but not an object.".to_owned(),
            (FindingKind::NotAnObject, Lang::Es) => "El registro es JSON, pero no un objeto.".to_owned(),
            (FindingKind::DuplicateKey, Lang::En) => format!("The key `{label}` occurs twice in one object."),
            (FindingKind::DuplicateKey, Lang::Es) => format!("La clave `{label}` aparece dos veces en un objeto."),
            (FindingKind::TooDeep, Lang::En) => "The record is nested too deeply to be read.".to_owned(),
            (FindingKind::TooDeep, Lang::Es) => {
                "El registro está anidado a demasiada profundidad para leerse.".to_owned()
            }
        }
    }
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::BlankHeader,
        Self::BlankLabel,
        Self::DuplicateLabel,
        Self::BlankRow,
        Self::ExtraCell,
        Self::MissingCell,
        Self::EncodingError,
        Self::OpenQuote,
        Self::TextAfterQuote,
        Self::LongRecord,
        Self::NulByte,
        Self::TruncatedFile,
        Self::MixedLineEnds,
        Self::NotJson,
        Self::NotAnObject,
        Self::DuplicateKey,
        Self::TooDeep,
    ];

    /// The stable word of machine-readable output: Frictionless' where it has one, and spelled as those are.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BlankHeader => "blank-header",
            Self::BlankLabel => "blank-label",
            Self::DuplicateLabel => "duplicate-label",
            Self::BlankRow => "blank-row",
            Self::ExtraCell => "extra-cell",
            Self::MissingCell => "missing-cell",
            Self::EncodingError => "encoding-error",
            Self::OpenQuote => "open-quote",
            Self::TextAfterQuote => "text-after-quote",
            Self::LongRecord => "long-record",
            Self::NulByte => "nul-byte",
            Self::TruncatedFile => "truncated-file",
            Self::MixedLineEnds => "mixed-line-ends",
            Self::NotJson => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::DuplicateKey => "duplicate-key",
            Self::TooDeep => "too-deep",
        }
    }
}

impl Findings {
    /// How many places are remembered.
    pub const KEPT: usize = 1000;

    /// Counts a finding, and remembers it if there is room.
    pub fn add(&mut self, finding: Finding) {
        if !self.is_first(&finding) {
            return;
        }
        self.counts[finding.kind as usize] += 1;
        if self.kept.len() < Self::KEPT {
            self.kept.push(finding);
        }
    }

    /// Whether a finding is to be told: what is told once of a file only where it first happens.
    fn is_first(&mut self, finding: &Finding) -> bool {
        if finding.kind != FindingKind::MixedLineEnds {
            return true;
        }
        let same = |(kind, file, _): &&mut (FindingKind, usize, u64)| *kind == finding.kind && *file == finding.file;
        if let Some((kind, file, line)) = self.once.iter_mut().find(same) {
            if *line <= finding.line {
                return false;
            }
            *line = finding.line;
            let (kind, file) = (*kind, *file);
            self.counts[kind as usize] -= 1;
            self.kept.retain(|kept| (kept.kind, kept.file) != (kind, file));
        } else {
            self.once.push((finding.kind, finding.file, finding.line));
        }
        true
    }

    /// Takes in the findings of a later part, or of another file.
    pub fn merge(&mut self, mut later: Self) {
        if later.total() == 0 {
            return;
        }
        for (kind, file, line) in std::mem::take(&mut later.once) {
            let known = later.kept.iter().find(|kept| (kept.kind, kept.file) == (kind, file)).cloned();
            let finding = known.unwrap_or_else(|| Finding::at(kind, file, line));
            later.counts[kind as usize] -= 1;
            later.kept.retain(|kept| (kept.kind, kept.file) != (kind, file));
            self.add(finding);
        }
        for (count, more) in self.counts.iter_mut().zip(later.counts) {
            *count += more;
        }
        self.kept.extend(later.kept);
        self.kept.sort_by_key(|finding| (finding.file, finding.line, finding.column, finding.field, finding.kind));
        self.kept.truncate(Self::KEPT);
    }

    /// The remembered findings.
    #[must_use]
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// How many there are of a kind.
    #[must_use]
    pub const fn count(&self, kind: FindingKind) -> u64 {
        self.counts[kind as usize]
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_listed_in_the_order_of_their_counts() {
        for (index, kind) in FindingKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index, "{}", kind.name());
        }
    }

    #[test]
    fn counts_stay_exact_when_places_are_forgotten() {
        let mut findings = Findings::default();
        for line in 0..2500 {
            findings.add(Finding::at(FindingKind::BlankRow, 0, 5000 - line));
        }
        let mut earlier = Findings::default();
        earlier.add(Finding::at(FindingKind::OpenQuote, 0, 1));
        findings.merge(earlier);
        assert_eq!(findings.count(FindingKind::BlankRow), 2500);
        assert_eq!(findings.total(), 2501);
        assert_eq!(findings.kept().len(), Findings::KEPT);
        assert_eq!(findings.kept()[0].kind, FindingKind::OpenQuote);
    }

    #[test]
    fn mixed_line_ends_are_told_once_of_a_file_where_they_begin() {
        let at = |file, line| {
            let mut findings = Findings::default();
            findings.add(Finding::at(FindingKind::MixedLineEnds, file, line));
            findings.add(Finding::at(FindingKind::BlankRow, file, line));
            findings
        };
        let mut all = at(0, 7);
        for later in [at(0, 9), at(1, 3), at(0, 5), at(0, 6), at(1, 4)] {
            all.merge(later);
        }
        assert_eq!(all.count(FindingKind::MixedLineEnds), 2);
        assert_eq!(all.count(FindingKind::BlankRow), 6);
        let mixed = all.kept().iter().filter(|finding| finding.kind == FindingKind::MixedLineEnds);
        assert_eq!(mixed.map(|finding| (finding.file, finding.line)).collect::<Vec<_>>(), [(0, 5), (1, 3)]);
    }

    #[test]
    fn a_finding_says_its_fields_in_both_languages() {
        let finding = Finding { found: Some(1), expected: Some(3), ..Finding::at(FindingKind::MissingCell, 0, 7) };
        assert_eq!(finding.describe(Lang::En), "The record has 1 field, the file 3 columns.");
        assert_eq!(finding.describe(Lang::Es), "El registro tiene 1 campo, el fichero 3 columnas.");
    }
}
