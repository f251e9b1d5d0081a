//! Numbers of rows that are known between two ends.

/// How many rows there are, at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// At least.
    pub least: u64,
    /// At most.
    pub most: u64,
}

impl Amount {
    /// So many.
    #[must_use]
    pub const fn exactly(rows: u64) -> Self {
        Self { least: rows, most: rows }
    }

    /// Any number up to all.
    #[must_use]
    pub const fn any(rows: u64) -> Self {
        Self { least: 0, most: rows }
    }

    /// The number, if it is known.
    #[must_use]
    pub const fn exact(self) -> Option<u64> {
        if self.least == self.most { Some(self.least) } else { None }
    }

    /// Those that are left of so many.
    #[must_use]
    pub const fn rest(self, rows: u64) -> Self {
        Self { least: rows.saturating_sub(self.most), most: rows.saturating_sub(self.least) }
    }

    /// What two things that are both true of a number say of it.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.min(other.most) }
    }

    /// The rows that are in one of two sets, or in both, of so many.
    #[must_use]
    pub fn union(self, other: Self, rows: u64) -> Self {
        let most = self.most.saturating_add(other.most).min(rows);
        Self { least: self.least.max(other.least), most }
    }

    /// The rows that are in both of two sets, of so many.
    #[must_use]
    pub fn intersection(self, other: Self, rows: u64) -> Self {
        self.rest(rows).union(other.rest(rows), rows).rest(rows)
    }
}

/// Of how many rows a condition is true, false, and unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// True.
    pub yes: Amount,
    /// False.
    pub no: Amount,
    /// Neither.
    pub unknown: Amount,
}

impl Verdict {
    /// The same for all rows; none is unknown.
    #[must_use]
    pub const fn all(rows: u64, answer: Option<bool>) -> Self {
        let (none, all) = (Amount::exactly(0), Amount::exactly(rows));
        match answer {
            Some(true) => Self { yes: all, no: none, unknown: none },
            Some(false) => Self { yes: none, no: all, unknown: none },
            None => Self { yes: none, no: none, unknown: all },
        }
    }

    /// True or false of each row, and nobody knows which.
    #[must_use]
    pub const fn told(rows: u64) -> Self {
        Self { yes: Amount::any(rows), no: Amount::any(rows), unknown: Amount::exactly(0) }
    }

    /// True of some rows and false of the others.
    #[must_use]
    pub const fn split(rows: u64, yes: Amount) -> Self {
        Self { yes, no: yes.rest(rows), unknown: Amount::exactly(0) }
    }

    /// Unknown of some rows, and of the others the same, if that is known.
    #[must_use]
    pub const fn of_values(rows: u64, nulls: Amount, answer: Option<bool>) -> Self {
        let there = nulls.rest(rows);
        let (none, some) = (Amount::exactly(0), Amount::any(there.most));
        match answer {
            Some(true) => Self { yes: there, no: none, unknown: nulls },
            Some(false) => Self { yes: none, no: there, unknown: nulls },
            None => Self { yes: some, no: some, unknown: nulls },
        }
    }

    /// The opposite.
    #[must_use]
    pub const fn not(self) -> Self {
        Self { yes: self.no, no: self.yes, unknown: self.unknown }
    }

    /// Whether it is unknown.
    #[must_use]
    pub const fn is_unknown(self, rows: u64) -> Self {
        Self::split(rows, self.unknown)
    }

    /// Both, of so many rows: false wins over unknown.
    #[must_use]
    pub fn and(self, other: Self, rows: u64) -> Self {
        let yes = self.yes.intersection(other.yes, rows);
        let no = self.no.union(other.no, rows);
        let unknown = Amount {
            least: rows.saturating_sub(yes.most).saturating_sub(no.most),
            most: rows
                .saturating_sub(yes.least)
                .saturating_sub(no.least)
                .min(self.unknown.union(other.unknown, rows).most),
        };
        Self { yes, no, unknown }
    }
}
