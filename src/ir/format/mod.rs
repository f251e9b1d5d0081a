//! The named formats of text.
//!
//! One line of a table and one function is a format. They look at the text alone: an address may have the form of one and
//! belong to nobody, and a number that agrees with its check digits may have been given to nobody.

mod address;
mod america;
mod article;
mod checksum;
mod code;
mod notation;
#[cfg(test)]
mod property;
mod soda;
mod spain;

use std::fmt;
use std::hash::{Hash, Hasher};

/// A named format.
#[derive(Clone, Copy)]
pub struct Format(&'static Row);

/// What there is to know of a format.
struct Row {
    name: &'static str,
    example: &'static str,
    counterexample: &'static str,
    holds: fn(&str) -> bool,
}

/// The formats by kind, in the order of the manual.
static TABLES: [&[Row]; 7] = [
    address::FORMATS,
    code::FORMATS,
    article::FORMATS,
    notation::FORMATS,
    spain::FORMATS,
    america::FORMATS,
    soda::FORMATS,
];

impl Format {
    /// Every format, in the order of the manual.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.iter().flat_map(|table| table.iter()).map(Self)
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// A text that has this format.
    #[must_use]
    pub const fn example(self) -> &'static str {
        self.0.example
    }

    /// A text that looks like it and does not have this format.
    #[must_use]
    pub const fn counterexample(self) -> &'static str {
        self.0.counterexample
    }

    /// Whether a text has this format, from its first character to its last.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        (self.0.holds)(text)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl Hash for Format {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name_which_no_other_has() {
        for format in Format::all() {
            assert_eq!(Format::named(format.name()), Some(format));
            assert_eq!(Format::all().filter(|other| other.name() == format.name()).count(), 1, "{}", format.name());
        }
        assert_eq!(Format::named("e-mail"), None);
    }

    #[test]
    fn every_example_holds_and_no_counterexample_does() {
        for format in Format::all() {
            assert!(format.holds(format.example()), "{}", format.name());
            assert!(!format.holds(format.counterexample()), "{}", format.name());
            assert!(!format.holds(""), "{}", format.name());
            // JSON may end with a blank.
            assert_eq!(format.holds(&format!("{}\n", format.example())), format.name() == "json", "{}", format.name());
        }
    }

    #[test]
    fn no_format_stumbles_over_any_text() {
        for text in ["ñ", "€€€€€€€€", "1é345678Z", "X1234567ñ", "٤٥٦٧٨٩٠١", "\u{1f600}", "-", "--", "%", ":", "0", " "]
        {
            for format in Format::all() {
                let _ = format.holds(text);
            }
        }
    }
}
