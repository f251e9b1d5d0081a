//! The stable codes of mistakes and findings, each with what it means.

use std::str::FromStr;

/// The stable codes of mistakes and findings.
///
/// `T01…` are mistakes, which stop a run; `T02…` are findings, about what is legal and worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file is not YAML, or not the YAML of suites.
    Syntax,
    /// A key that nobody knows.
    UnknownKey,
    /// An expectation that nobody knows.
    UnknownExpectation,
    /// A value that does not fit its place.
    BadValue,
    /// A key that is needed and not there.
    MissingKey,
    /// A key or name given twice.
    Duplicate,
    /// A name that nothing has.
    UnknownName,
    /// A condition that cannot be read.
    BadCondition,
    /// A variable that is not declared, not given or not of its type.
    BadVariable,
    /// Things that do not go together.
    Conflict,
    /// Something that is to come in a later version.
    NotYet,
    /// A file that cannot be read.
    Unreadable,
    /// Plain text that other YAML tools read otherwise.
    Ambiguous,
    /// Something that is legal and probably not meant.
    Doubtful,
    /// Two rules that cannot both hold.
    Contradiction,
    /// A rule that holds whatever the data are.
    NeverFails,
    /// A rule that no value satisfies.
    NeverPasses,
    /// A rule that says the same as another.
    Repeated,
    /// A rule that cannot fail unless another does.
    Implied,
    /// A value of a set that another rule refuses.
    Refused,
    /// A condition that leaves no row.
    NoRow,
    /// A column that is not declared and looks like one that is.
    Misnamed,
    /// A mute whose last day has passed.
    MuteEnded,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 23] = [
        Self::Syntax,
        Self::UnknownKey,
        Self::UnknownExpectation,
        Self::BadValue,
        Self::MissingKey,
        Self::Duplicate,
        Self::UnknownName,
        Self::BadCondition,
        Self::BadVariable,
        Self::Conflict,
        Self::NotYet,
        Self::Unreadable,
        Self::Ambiguous,
        Self::Doubtful,
        Self::Contradiction,
        Self::NeverFails,
        Self::NeverPasses,
        Self::Repeated,
        Self::Implied,
        Self::Refused,
        Self::NoRow,
        Self::Misnamed,
        Self::MuteEnded,
    ];

    /// The code as printed and searched for.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Syntax => "T0100",
            Self::UnknownKey => "T0101",
            Self::UnknownExpectation => "T0102",
            Self::BadValue => "T0103",
            Self::MissingKey => "T0104",
            Self::Duplicate => "T0105",
            Self::UnknownName => "T0106",
            Self::BadCondition => "T0107",
            Self::BadVariable => "T0108",
            Self::Conflict => "T0109",
            Self::NotYet => "T0110",
            Self::Unreadable => "T0111",
            Self::Ambiguous => "T0201",
            Self::Doubtful => "T0202",
            Self::Contradiction => "T0203",
            Self::NeverFails => "T0204",
            Self::NeverPasses => "T0205",
            Self::Repeated => "T0206",
            Self::Implied => "T0207",
            Self::Refused => "T0208",
            Self::NoRow => "T0209",
            Self::Misnamed => "T0210",
            Self::MuteEnded => "T0211",
        }
    }

    /// What it is about, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Syntax => "The file is not YAML, or not the YAML of suites",
            Self::UnknownKey => "A key that nobody knows",
            Self::UnknownExpectation => "An expectation that nobody knows",
            Self::BadValue => "A value that does not fit its place",
            Self::MissingKey => "A key that is needed and not there",
            Self::Duplicate => "A key or name given twice",
            Self::UnknownName => "A name that nothing has",
            Self::BadCondition => "A condition that cannot be read",
            Self::BadVariable => "A variable that is not declared, not given or not of its type",
            Self::Conflict => "Things that do not go together",
            Self::NotYet => "Something that is to come in a later version",
            Self::Unreadable => "A file that cannot be read",
            Self::Ambiguous => "Plain text that other YAML tools read otherwise",
            Self::Doubtful => "Something that is legal and probably not meant",
            Self::Contradiction => "Two rules that cannot both hold",
            Self::NeverFails => "A rule that holds whatever the data are",
            Self::NeverPasses => "A rule that no value satisfies",
            Self::Repeated => "A rule that says the same as another",
            Self::Implied => "A rule that cannot fail unless another does",
            Self::Refused => "A value of a set that another rule refuses",
            Self::NoRow => "A condition that leaves no row",
            Self::Misnamed => "A column that is not declared and looks like one that is",
            Self::MuteEnded => "A mute whose last day has passed",
        }
    }

    /// When it is told, and what to do.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Syntax => "A suite is one UTF-8 document of YAML 1.2; the help names the usual cause.",
            Self::UnknownKey => "Keys without effect are refused; a near one is suggested.",
            Self::UnknownExpectation => "`tamiz explain` lists the expectations; a near one is suggested.",
            Self::BadValue => "The value has another type or form than its key asks for.",
            Self::MissingKey => "Without the key the rest has no meaning.",
            Self::Duplicate => "Only one of the two could count.",
            Self::UnknownName => "A dataset, template or file is named that the suite does not have.",
            Self::BadCondition => "SQL in `where`, `when`, `expression`, `query` or `scalar` does not read.",
            Self::BadVariable => "Declare it under `vars`, and give it with `--var NAME=VALUE`.",
            Self::Conflict => "The help says which of them to keep.",
            Self::NotYet => "It would be silently without effect, so it is refused.",
            Self::Unreadable => "A file that the suite names is not there or is not text.",
            Self::Ambiguous => {
                "YAML 1.1 makes booleans, numbers, dates or times of some plain text that is text here. Put it in quotes."
            }
            Self::Doubtful => {
                "A variable or template that nothing uses, or a derived id that shifts when a rule is put before it."
            }
            Self::Contradiction => {
                "Every row that both evaluate, or every number that both judge, breaks one of the two. Rules with a tolerance \
                 are passed over, and so are rules whose `where` may keep them apart."
            }
            Self::NeverFails => {
                "The condition is true of every value of the type, the tolerance is all rows, or the bounds leave nothing out."
            }
            Self::NeverPasses => {
                "The condition is false of every value of the type, or the bounds leave nothing in. A row rule still holds of \
                 nulls where it leaves them out."
            }
            Self::Repeated => {
                "Dataset, columns, parameters, rows and limits are the same; only the id or words differ."
            }
            Self::Implied => {
                "Whenever this rule fails, the other fails too, at the same level or a worse one, so that this one adds \
                 nothing. Severity, tolerance, `where`, nulls, groups and mutes are taken into account."
            }
            Self::Refused => {
                "The set lists a value that a rule of the same column, at least as severe, always refuses."
            }
            Self::NoRow => {
                "The `where` is true of no row, so that the rule, or every rule of the dataset, evaluates nothing."
            }
            Self::Misnamed => {
                "A rule names a column that the dataset does not declare, although it declares one of nearly that name, or \
                 asks for exactly its columns."
            }
            Self::MuteEnded => {
                "The rule gates again. Remove the mute, or give it a later day and a reason that still holds."
            }
        }
    }

    /// Whether it is about what is legal.
    #[must_use]
    pub fn is_finding(self) -> bool {
        self >= Self::Ambiguous
    }
}

impl FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|code| code.text().eq_ignore_ascii_case(text)).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_and_stand_in_order() {
        let texts: Vec<&str> = Code::ALL.iter().map(|code| code.text()).collect();
        assert!(texts.is_sorted() && texts.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(Code::ALL.is_sorted());
        assert_eq!("t0203".parse(), Ok(Code::Contradiction));
        assert!(Code::ALL.iter().all(|code| code.is_finding() == code.text().starts_with("T02")));
    }
}
