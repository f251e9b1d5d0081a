//! What a suite says of personal data: which columns hold some, and how much of a value may be shown.
//!
//! Only what was said. What it comes to, with what is found by name and by value, is the matter of `mask`.

/// What a suite says of personal data in all of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Whether columns are looked through for personal data, by their names and by the values about to be shown.
    pub detect: bool,
    /// How a value is shown where its column does not say; as the project says if unsaid.
    pub style: Option<Style>,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { detect: true, style: None }
    }
}

/// What a suite says of personal data in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pii {
    /// There is none; nor is it looked for.
    None,
    /// There is some.
    Some {
        /// How a value is shown; as the suite says for all columns if unsaid.
        style: Option<Style>,
        /// What the values are; by the name of the column if unsaid.
        kind: Option<Kind>,
    },
}

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// Nothing, not even that there is one.
    Drop,
    /// That there is one: `***`.
    #[default]
    Redact,
    /// A small part, by which people who know the value tell it: `j***@e***.com`, `***4242`.
    Partial,
    /// A keyed digest: equal values look equal, and nothing else is told.
    Hash,
    /// Letters as `a` and `A`, digits as `9`, all else as it is: `Aaa-999`.
    Shape,
}

/// What a value of personal data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The name of a person.
    Name,
    /// A postal address.
    Address,
    /// The number of a person: of a country, a tax office, a passport.
    Identity,
    /// The number of a bank account.
    Account,
    /// The number of a payment card.
    Card,
    /// When or where a person was born.
    Birth,
    /// The address of a machine on a network.
    Ip,
    /// What lets in whoever knows it: a password, a token, a key.
    Secret,
}

impl Style {
    /// Every style, from nothing shown on.
    pub const ALL: [Self; 5] = [Self::Drop, Self::Redact, Self::Partial, Self::Hash, Self::Shape];

    /// The word suites and reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Redact => "redact",
            Self::Partial => "partial",
            Self::Hash => "hash",
            Self::Shape => "shape",
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Phone,
        Self::Name,
        Self::Address,
        Self::Identity,
        Self::Account,
        Self::Card,
        Self::Birth,
        Self::Ip,
        Self::Secret,
    ];

    /// The word suites and reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Name => "name",
            Self::Address => "address",
            Self::Identity => "identity",
            Self::Account => "account",
            Self::Card => "card",
            Self::Birth => "birth",
            Self::Ip => "ip",
            Self::Secret => "secret",
        }
    }
}
