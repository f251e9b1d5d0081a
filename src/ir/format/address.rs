//! The formats of addresses: of people, of machines, of telephones.
//!
//! Nothing is looked up: an address of the right form may belong to nobody.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::ir::format::Row;

#[rustfmt::skip]
pub(super) const FORMATS: &[Row] = &[
    Row { name: "email", example: "ana.ruiz@example.com", counterexample: "ana@localhost", holds: email },
    Row { name: "url", example: "https://example.com/a?b=1#c", counterexample: "www.example.com", holds: url },
    Row { name: "uri", example: "urn:isbn:9788437604947", counterexample: "/a/b?c=1", holds: uri },
    Row { name: "hostname", example: "api.example.com", counterexample: "api_1.example.com", holds: hostname },
    Row { name: "ipv4", example: "192.168.0.1", counterexample: "192.168.0.256", holds: ipv4 },
    Row { name: "ipv6", example: "2001:db8::1", counterexample: "2001:db8:::1", holds: ipv6 },
    Row { name: "mac", example: "00:1b:63:84:45:e6", counterexample: "00:1b:63:84:45", holds: mac },
    Row { name: "phone_e164", example: "+34600123456", counterexample: "600 123 456", holds: phone_e164 },
];

/// A mailbox of RFC 5321 as people have them: unquoted, at a host name with a dot.
///
/// Letters and digits of any script may stand on both sides (RFC 6531). Quoted local parts, comments and addresses of
/// numbers in brackets are valid mail and refused here: in data they are mistakes.
pub(super) fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |part: &str| !part.is_empty() && part.chars().all(is_atom_character);
    text.len() <= 254 && local.len() <= 64 && local.split('.').all(atom) && host(domain)
}

fn is_atom_character(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character) || "!#$%&'*+-/=?^_`{|}~".contains(character)
}

/// At least two labels.
fn host(domain: &str) -> bool {
    domain.contains('.') && labelled(domain)
}

/// Labels between dots, the last of which is no number.
fn labelled(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || is_mark(c) || c == '-')
    };
    let top_is_no_number = domain.rsplit('.').next().is_some_and(|top| !top.chars().all(char::is_numeric));
    domain.split('.').all(label) && top_is_no_number
}

/// An accent or vowel sign that belongs to the letter before it.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// An absolute URL with a host, as RFC 3986 writes it: a scheme, `://`, and what belongs to it.
///
/// The scheme may be any (`https`, `s3`, `postgres`); the host may be in any script, as browsers take it. Blanks and
/// backslashes, which browsers repair, are refused, and so are `mailto:` and `file:///`, which have no host.
pub(super) fn url(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let plain = |character: char| !character.is_whitespace() && !character.is_control() && character != '\\';
    !rest.starts_with('/')
        && text.chars().all(plain)
        && ::url::Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

/// A URI of RFC 3986: a scheme, a colon and something after it, in the characters that the standard allows.
///
/// Relative references are refused, and so is any character beyond ASCII that is not percent-encoded.
pub(super) fn uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let begins = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (hierarchy, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match hierarchy.strip_prefix("//") {
        Some(after) => after.split_at(after.find('/').unwrap_or(after.len())),
        None => ("", hierarchy),
    };
    begins
        && scheme.chars().all(of_scheme)
        && text.len() > scheme.len() + 1
        && is_authority(authority)
        && in_uri(path, "/:@")
        && in_uri(query, "/?:@")
        && in_uri(fragment, "/?:@")
}

/// The part of a URI between `//` and the path (RFC 3986, 3.2): perhaps a user, a host, perhaps a port.
fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    let (host, port) = match host.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, after)) if ipv6(address) => ("", after.strip_prefix(':').unwrap_or(after)),
        _ => host.split_once(':').unwrap_or((host, "")),
    };
    in_uri(user, ":") && in_uri(host, "") && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text holds only characters that stand unencoded in a URI (RFC 3986, 2.2 and 2.3), percent-encoded bytes, and
/// some others.
fn in_uri(text: &str, others: &str) -> bool {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let fine = match character {
            '%' => {
                rest.next().is_some_and(|c| c.is_ascii_hexdigit()) && rest.next().is_some_and(|c| c.is_ascii_hexdigit())
            }
            c => c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c) || others.contains(c),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// An address of 48 bits (IEEE 802, EUI-48): six pairs of hexadecimal digits between colons or between hyphens, or three
/// groups of four between dots; in any case.
pub(super) fn mac(text: &str) -> bool {
    let groups = |separator: char, count: usize, width: usize| {
        text.split(separator).count() == count
            && text.split(separator).all(|group| group.len() == width && group.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    groups(':', 6, 2) || groups('-', 6, 2) || groups('.', 3, 4)
}

/// A host name of RFC 1123: labels of ASCII letters, digits and hyphens between dots, at most 253 characters in all.
///
/// One label is enough (`localhost`). A name in another script has to be in its `xn--` form. Underscores, a dot at the end
/// and addresses of numbers are refused.
pub(super) fn hostname(text: &str) -> bool {
    text.is_ascii() && text.len() <= 253 && labelled(text)
}

/// Four numbers from 0 to 255 between dots, without leading zeros (RFC 6943, 3.1.1).
pub(super) fn ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// The text of an address by RFC 4291, 2.2, with or without `::`; without a zone, brackets or prefix length.
pub(super) fn ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// A number of ITU-T E.164: a plus sign, a country code that begins with no zero, and at most 15 digits in all.
///
/// Without spaces, hyphens and brackets: those are how it is printed.
pub(super) fn phone_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(holds.map(email), [true; 6]);
        assert_eq!(breaks.map(email), [false; 23]);
    }

    #[test]
    fn a_url_is_absolute_and_has_a_host() {
        for text in [
            "http://localhost:8080",
            "HTTPS://Example.com",
            "https://user:key@example.com:443/p/%C3%B1?q=a+b#top",
            "https://españa.es/año",
            "http://[2001:db8::1]/",
            "s3://bucket/key",
            "http://192.168.0.1/a",
        ] {
            assert!(url(text), "{text}");
        }
        for text in [
            "example.com/a",
            "//example.com",
            "https:example.com",
            "https:///example.com",
            "https://",
            "https://?q",
            "mailto:ana@example.com",
            "file:///tmp/a",
            " https://example.com",
            "https://example.com/a b",
            "https://exa mple.com",
            "https:\\\\example.com",
            "https://example.com:99999",
            "http://[2001:db8::1",
            "1http://example.com",
        ] {
            assert!(!url(text), "{text}");
        }
    }

    #[test]
    fn a_uri_has_a_scheme_and_the_characters_of_the_standard() {
        for text in [
            "https://user@example.com:443/p/%C3%B1?q=a+b#top",
            "mailto:ana@example.com",
            "file:///tmp/a",
            "tel:+34-600-123456",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "http://[2001:db8::1]:80/",
            "data:,a%20b",
        ] {
            assert!(uri(text), "{text}");
        }
        for text in [
            "example.com/a",
            "//example.com",
            "#top",
            "a:",
            "1a:b",
            ":a",
            "http://example.com/a b",
            "http://example.com/ñ",
            "http://example.com/%C3%",
            "http://example.com/%zz",
            "http://example.com:a/",
            "http://[2001:db8:::1]/",
            "http://exam[ple.com",
            "a:b#c#d",
        ] {
            assert!(!uri(text), "{text}");
        }
    }

    #[test]
    fn a_mac_is_six_bytes_with_one_kind_of_separator() {
        for text in ["00:1B:63:84:45:E6", "00-1b-63-84-45-e6", "001b.6384.45e6"] {
            assert!(mac(text), "{text}");
        }
        for text in [
            "001b638445e6",
            "00:1b:63:84:45",
            "00:1b:63:84:45:e6:00",
            "00:1b:63-84-45:e6",
            "0:1b:63:84:45:e6",
            "00:1g:63:84:45:e6",
            "00:1b:63:84:45:eé",
        ] {
            assert!(!mac(text), "{text}");
        }
    }

    #[test]
    fn a_hostname_has_labels_of_letters_digits_and_hyphens() {
        let (label, long) = ("a".repeat(63), format!("{}a", "a.".repeat(126)));
        for text in ["localhost", "a-1.example.com", "xn--bcher-kva.example", "3com.com", &label, &long] {
            assert!(hostname(text), "{text}");
        }
        for text in [
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "a.com.",
            "a_b.com",
            "bücher.example",
            "1.2.3.4",
            "12",
            "a b",
            &format!("{label}a"),
            &format!("{long}.a"),
        ] {
            assert!(!hostname(text), "{text}");
        }
    }

    #[test]
    fn addresses_of_machines_are_numbers_in_their_usual_text() {
        for text in ["0.0.0.0", "255.255.255.255"] {
            assert!(ipv4(text), "{text}");
        }
        for text in ["1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.-4", "1.2.3.4/24", " 1.2.3.4"] {
            assert!(!ipv4(text), "{text}");
        }
        for text in ["::", "::1", "2001:DB8:0:0:8:800:200C:417A", "::ffff:192.0.2.1"] {
            assert!(ipv6(text), "{text}");
        }
        for text in ["1::2::3", "[::1]", "fe80::1%eth0", "::/0", "12345::", "1:2:3:4:5:6:7", "192.0.2.1"] {
            assert!(!ipv6(text), "{text}");
        }
    }

    #[test]
    fn a_telephone_number_has_its_country_and_no_spaces() {
        for text in ["+12", "+123456789012345"] {
            assert!(phone_e164(text), "{text}");
        }
        for text in ["+1", "+1234567890123456", "34600123456", "0034600123456", "+034600", "+34 600", "+34٦٠٠"] {
            assert!(!phone_e164(text), "{text}");
        }
    }
}
