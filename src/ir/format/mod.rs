//! The named formats of text.
//!
//! One line of the table and one function is a format. They look at the text alone: an address may have the form of one
//! and belong to nobody.

mod address;
mod code;

use crate::ir::time;
use address::{email, hostname, ipv4, ipv6, phone_e164, url};
use code::{credit_card, iban, iso_country, iso_currency, uuid};

/// A named format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// An e-mail address.
    Email,
    /// A URL with a host.
    Url,
    /// The name of a host.
    Hostname,
    /// An address of IP version 4.
    Ipv4,
    /// An address of IP version 6.
    Ipv6,
    /// A telephone number with its country code.
    PhoneE164,
    /// A UUID.
    Uuid,
    /// A bank account number.
    Iban,
    /// The number of a payment card.
    CreditCard,
    /// A day as `2024-01-31`.
    IsoDate,
    /// A day and a time of day as `2024-01-31T10:00:00Z`.
    IsoDatetime,
    /// A country as two letters.
    IsoCountry,
    /// A currency as three letters.
    IsoCurrency,
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
static TABLE: [Row; 13] = [
    Row { format: Format::Email, name: "email", example: "ana.ruiz@example.com", counterexample: "ana@localhost", holds: email },
    Row { format: Format::Url, name: "url", example: "https://example.com/a?b=1#c", counterexample: "www.example.com", holds: url },
    Row { format: Format::Hostname, name: "hostname", example: "api.example.com", counterexample: "api_1.example.com", holds: hostname },
    Row { format: Format::Ipv4, name: "ipv4", example: "192.168.0.1", counterexample: "192.168.0.256", holds: ipv4 },
    Row { format: Format::Ipv6, name: "ipv6", example: "2001:db8::1", counterexample: "2001:db8:::1", holds: ipv6 },
    Row { format: Format::PhoneE164, name: "phone_e164", example: "+34600123456", counterexample: "600 123 456", holds: phone_e164 },
    Row { format: Format::Uuid, name: "uuid", example: "018f4e1c-7a3b-7c21-9d0e-5b6a7c8d9e0f", counterexample: "018f4e1c", holds: uuid },
    Row { format: Format::Iban, name: "iban", example: "ES91 2100 0418 4502 0005 1332", counterexample: "ES91 2100 0418 4502 0005 1333", holds: iban },
    Row { format: Format::CreditCard, name: "credit_card", example: "4111 1111 1111 1111", counterexample: "4111 1111 1111 1112", holds: credit_card },
    Row { format: Format::IsoDate, name: "iso_date", example: "2024-01-31", counterexample: "31/01/2024", holds: iso_date },
    Row { format: Format::IsoDatetime, name: "iso_datetime", example: "2024-01-31T10:00:00Z", counterexample: "31/01/2024 10:00", holds: iso_datetime },
    Row { format: Format::IsoCountry, name: "iso_country", example: "ES", counterexample: "UK", holds: iso_country },
    Row { format: Format::IsoCurrency, name: "iso_currency", example: "EUR", counterexample: "euro", holds: iso_currency },
];

impl Format {
    /// Every format, in the order of the manual.
    pub const ALL: [Self; 13] = [
        Self::Email,
        Self::Url,
        Self::Hostname,
        Self::Ipv4,
        Self::Ipv6,
        Self::PhoneE164,
        Self::Uuid,
        Self::Iban,
        Self::CreditCard,
        Self::IsoDate,
        Self::IsoDatetime,
        Self::IsoCountry,
        Self::IsoCurrency,
    ];

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

/// A day of the calendar in the extended form of ISO 8601.
fn iso_date(text: &str) -> bool {
    time::iso_date(text.as_bytes()).is_some()
}

/// A day and a time of day in the extended form of ISO 8601, as in RFC 3339: a `T` between them, minutes at least, and an
/// offset or none. The space that RFC 3339 lets stand for the `T` is refused, and so are leap seconds and hour 24.
fn iso_datetime(text: &str) -> bool {
    let separated = text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't'));
    separated && time::iso_timestamp(text.as_bytes(), time::Zone::UTC).is_some()
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
    fn an_iso_date_is_a_day_of_the_calendar() {
        assert!(Format::IsoDate.holds("2024-02-29"));
        assert!(!Format::IsoDate.holds("2023-02-29"));
        assert!(!Format::IsoDate.holds("2024-2-9"));
        assert!(!Format::IsoDate.holds("20240229"));
        assert!(!Format::IsoDate.holds("2024-02-29T00:00:00Z"));
    }
    #[test]
    fn an_iso_datetime_is_a_moment_with_or_without_an_offset() {
        for text in
            ["2024-01-31T10:00", "2024-01-31T10:00:05.123456789", "2024-01-31T10:00:00+02:00", "2024-01-31t10:00:00z"]
        {
            assert!(Format::IsoDatetime.holds(text), "{text}");
        }
        for text in [
            "2024-01-31",
            "2024-01-31 10:00:00",
            "2024-01-31T10",
            "2024-01-31T24:00:00",
            "2024-01-31T10:60:00Z",
            "2024-02-30T10:00:00Z",
            "2024-01-31T10:00:00+25:00",
            "2024-01-31T10:00:00 Z",
            "20240131T100000Z",
        ] {
            assert!(!Format::IsoDatetime.holds(text), "{text}");
        }
    }
}
