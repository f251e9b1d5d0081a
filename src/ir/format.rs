//! The named formats of text.
//!
//! One line of the table and one function is a format. They look at the text alone: an address may have the form of one
//! and belong to nobody.

use crate::ir::time;

/// A named format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// An e-mail address.
    Email,
    /// A UUID.
    Uuid,
    /// A day as `2024-01-31`.
    IsoDate,
}

/// What there is to know of a format.
struct Row {
    format: Format,
    name: &'static str,
    example: &'static str,
    counterexample: &'static str,
    holds: fn(&str) -> bool,
}

#[rustfmt::skip]
static TABLE: [Row; 3] = [
    Row { format: Format::Email, name: "email", example: "ana.ruiz@example.com", counterexample: "ana@localhost", holds: email },
    Row { format: Format::Uuid, name: "uuid", example: "018f4e1c-7a3b-7c21-9d0e-5b6a7c8d9e0f", counterexample: "018f4e1c", holds: uuid },
    Row { format: Format::IsoDate, name: "iso_date", example: "2024-01-31", counterexample: "31/01/2024", holds: iso_date },
];

impl Format {
    /// Every format, in the order of the manual.
    pub const ALL: [Self; 3] = [Self::Email, Self::Uuid, Self::IsoDate];

    /// The word suites use.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.format)
    }

    /// A text that has this format.
    #[must_use]
    pub fn example(self) -> &'static str {
        self.row().example
    }

    /// A text that looks like it and does not have this format.
    #[must_use]
    pub fn counterexample(self) -> &'static str {
        self.row().counterexample
    }

    /// Whether a text has this format, from its first character to its last.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        (self.row().holds)(text)
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

/// A mailbox of RFC 5321 as people have them: unquoted, at a host name with a dot.
///
/// Letters and digits of any script may stand on both sides (RFC 6531). Quoted local parts, comments and addresses of
/// numbers in brackets are valid mail and refused here: in data they are mistakes.
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |part: &str| !part.is_empty() && part.chars().all(is_atom_character);
    text.len() <= 254 && local.len() <= 64 && local.split('.').all(atom) && host(domain)
}

fn is_atom_character(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character) || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

/// At least two labels between dots, the last of which is no number.
fn host(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || is_mark(c) || c == '-')
    };
    let top_is_no_number = domain.rsplit('.').next().is_some_and(|top| !top.chars().all(char::is_numeric));
    domain.contains('.') && domain.split('.').all(label) && top_is_no_number
}

/// An accent or vowel sign that belongs to the letter before it.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// Thirty-two hexadecimal digits in groups of 8, 4, 4, 4 and 12, in any case and of any version.
fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn iso_date(text: &str) -> bool {
    time::iso_date(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_formats() {
        assert_eq!(TABLE.len(), Format::ALL.len());
        for (format, row) in Format::ALL.into_iter().zip(&TABLE) {
            assert_eq!(format.row().format, format);
            assert_eq!(row.format, format);
            assert_eq!(Format::named(format.name()), Some(format));
        }
        assert_eq!(Format::named("e-mail"), None);
    }

    #[test]
    fn every_example_holds_and_no_counterexample_does() {
        for format in Format::ALL {
            assert!(format.holds(format.example()), "{}", format.name());
            assert!(!format.holds(format.counterexample()), "{}", format.name());
            assert!(!format.holds(""), "{}", format.name());
            assert!(!format.holds(&format!("{}\n", format.example())), "{}", format.name());
        }
    }

    #[test]
    fn an_email_is_a_mailbox_at_a_host() {
        let long = format!("{}@example.com", "a".repeat(65));
        let label = format!("a@{}.com", "b".repeat(64));
        let all = format!("{}@{}com", "a".repeat(64), "b.".repeat(100));
        let holds = [
            "a@b.co",
            "a+b_c'd@sub.example.co.uk",
            "josé@correo.españa",
            "用户@例子.中国",
            "a@xn--p1ai.xn--p1ai",
            "1@2.c3",
        ];
        let breaks = [
            "a",
            "@b.co",
            "a@",
            "a@b",
            "a@b..co",
            "a@.co",
            "a@b.co.",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a b@c.co",
            " a@b.co",
            "a@b.co ",
            "a@b@c.co",
            "a@-b.co",
            "a@b-.co",
            "a@b_c.co",
            "a@1.2.3.4",
            "\"a b\"@c.co",
            "a,b@c.co",
            &long,
            &label,
            &all,
        ];
        assert_eq!(holds.map(|text| Format::Email.holds(text)), [true; 6]);
        assert_eq!(breaks.map(|text| Format::Email.holds(text)), [false; 23]);
    }

    #[test]
    fn a_uuid_has_its_hyphens_in_place() {
        assert!(Format::Uuid.holds("00000000-0000-0000-0000-000000000000"));
        assert!(Format::Uuid.holds("F47AC10B-58cc-4372-A567-0E02B2C3D479"));
        assert!(!Format::Uuid.holds("f47ac10b58cc4372a5670e02b2c3d479"));
        assert!(!Format::Uuid.holds("{f47ac10b-58cc-4372-a567-0e02b2c3d479}"));
        assert!(!Format::Uuid.holds("g47ac10b-58cc-4372-a567-0e02b2c3d479"));
        assert!(!Format::Uuid.holds("f47ac10b-58cc-4372-a567-0e02b2c3d47ñ"));
    }

    #[test]
    fn an_iso_date_is_a_day_of_the_calendar() {
        assert!(Format::IsoDate.holds("2024-02-29"));
        assert!(!Format::IsoDate.holds("2023-02-29"));
        assert!(!Format::IsoDate.holds("2024-2-9"));
        assert!(!Format::IsoDate.holds("20240229"));
        assert!(!Format::IsoDate.holds("2024-02-29T00:00:00Z"));
    }
}
