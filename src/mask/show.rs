//! One value as its mask shows it.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::mask::Why;
use crate::suite::pii::{Kind, Style};

/// What stands for a value of which nothing is shown.
pub const REDACTED: &str = "***";

/// How many hexadecimal digits of a digest are shown.
const DIGITS: usize = 12;

/// How many characters of a shape are shown.
const LONGEST: usize = 64;

/// The key of digests.
#[derive(PartialEq, Eq)]
pub struct Key {
    bytes: Vec<u8>,
    given: bool,
}

impl Key {
    /// A key that somebody keeps: digests are the same in every run that has it.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), given: true }
    }

    /// A key of one run, of bytes that nobody can guess: digests go together within that run only.
    #[must_use]
    pub fn of_one_run(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), given: false }
    }

    /// Whether digests are the same in every run that has this key.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.given
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

/// How the values of a column are shown, and why they are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    style: Style,
    kind: Option<Kind>,
    why: Why,
    key: Arc<Key>,
}

impl Mask {
    pub(super) fn new(style: Style, kind: Option<Kind>, why: Why, key: &Arc<Key>) -> Self {
        Self { style, kind, why, key: Arc::clone(key) }
    }

    /// How much is shown.
    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }

    /// What the values are, if that is known.
    #[must_use]
    pub const fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Why.
    #[must_use]
    pub const fn why(&self) -> Why {
        self.why
    }

    /// Whether its digests can be joined with those of other runs.
    #[must_use]
    pub fn is_joinable(&self) -> bool {
        self.style == Style::Hash && self.key.is_given()
    }

    /// A value as it may be shown; none if not even that there is one is shown. No value is shown as it is.
    #[must_use]
    pub fn show(&self, value: &Json) -> Option<Json> {
        if self.style == Style::Drop {
            return None;
        }
        let text = match value {
            Json::Null => return Some(Json::Null),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let whole = matches!(value, Json::Array(_) | Json::Object(_));
        Some(Json::String(match self.style {
            Style::Hash => self.digest(&text),
            Style::Partial if !whole => partial(&text, self.kind),
            Style::Shape if !whole => shape(&text),
            _ => REDACTED.to_owned(),
        }))
    }

    /// The same as text that stands in a sentence, where something must stand.
    pub(super) fn word(&self, value: &Json) -> String {
        match self.show(value) {
            Some(Json::String(text)) => text,
            _ => REDACTED.to_owned(),
        }
    }

    /// The first digits of the HMAC-SHA256 (RFC 2104) of a text; no two columns have digests of their own, so that they join.
    fn digest(&self, text: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key.bytes) else { return REDACTED.to_owned() };
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut shown = digest.iter().take(DIGITS.div_ceil(2)).fold("#".to_owned(), |mut shown, byte| {
            let _ = write!(shown, "{byte:02x}");
            shown
        });
        shown.truncate(DIGITS + 1);
        shown
    }
}

/// A small part of a text: of an e-mail address the first letters and the top domain, of a number its end, else the first letter.
fn partial(text: &str, kind: Option<Kind>) -> String {
    if let Some(shown) = of_email(text) {
        return shown;
    }
    let characters: Vec<char> = text.chars().collect();
    let digits = characters.iter().filter(|c| c.is_ascii_digit()).count();
    let is_number = matches!(kind, Some(Kind::Phone | Kind::Card | Kind::Account | Kind::Identity))
        || digits * 2 > characters.len();
    if is_number {
        // Never more than a third, and never more than four.
        let shown = (characters.len() / 3).min(4);
        let end: String = characters[characters.len() - shown..].iter().collect();
        return format!("{REDACTED}{end}");
    }
    match characters.first() {
        Some(first) if characters.len() > 3 => format!("{first}{REDACTED}"),
        _ => REDACTED.to_owned(),
    }
}

/// The part of an e-mail address: `j***@e***.com`.
fn of_email(text: &str) -> Option<String> {
    let (local, host) = text.trim().rsplit_once('@')?;
    let (domain, top) = host.rsplit_once('.')?;
    let first =
        |part: &str| part.chars().next().filter(|_| part.chars().count() > 2).map(String::from).unwrap_or_default();
    let top = if top.chars().count() > 4 { REDACTED } else { top };
    Some(format!("{}{REDACTED}@{}{REDACTED}.{top}", first(local), first(domain)))
}

/// Letters and digits as one of each class, all else as it is.
fn shape(text: &str) -> String {
    let class = |c: char| match c {
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_numeric() => '9',
        c => c,
    };
    let mut shown: String = text.chars().take(LONGEST).map(class).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn mask(style: Style, kind: Option<Kind>) -> Mask {
        Mask::new(style, kind, Why::Declared, &Arc::new(Key::given("a key")))
    }

    #[test]
    fn each_style_shows_what_it_says() {
        let show =
            |style, kind, value: Json| mask(style, kind).show(&value).map(|shown| shown.as_str().map(str::to_owned));
        for (kind, value, shown) in [
            (Some(Kind::Email), json!("jane@example.com"), "j***@e***.com"),
            (None, json!("jo@x.museum"), "***@***.***"),
            (Some(Kind::Card), json!("4111111111111111"), "***1111"),
            (Some(Kind::Phone), json!("600123456"), "***456"),
            (Some(Kind::Phone), json!("12"), "***"),
            (Some(Kind::Name), json!("Ana María"), "A***"),
            (Some(Kind::Name), json!("Ana"), "***"),
            (None, json!(4_111_111_111_111_111_i64), "***1111"),
            (None, json!({"a": "Ana María"}), "***"),
            (None, json!(""), "***"),
        ] {
            assert_eq!(show(Style::Partial, kind, value.clone()), Some(Some(shown.to_owned())), "{value}");
        }
        assert_eq!(show(Style::Shape, None, json!("Ñu-12 €٣x")), Some(Some("Aa-99 €9a".to_owned())));
        assert_eq!(show(Style::Redact, None, json!("jane")), Some(Some("***".to_owned())));
        assert_eq!(show(Style::Redact, None, Json::Null), Some(None));
        assert_eq!(show(Style::Drop, None, json!("jane")), None);
        assert_eq!(show(Style::Drop, None, Json::Null), None);
    }

    #[test]
    fn a_digest_goes_by_the_text_and_the_key() {
        let hash = mask(Style::Hash, None);
        let shown = hash.show(&json!("jane@example.com")).unwrap();
        assert_eq!(shown.as_str().unwrap().len(), DIGITS + 1);
        assert_eq!(hash.show(&json!("jane@example.com")).unwrap(), shown);
        assert_eq!(hash.show(&json!(5)), hash.show(&json!("5")));
        assert_ne!(hash.show(&json!("john@example.com")).unwrap(), shown);
        let other = Mask::new(Style::Hash, None, Why::Declared, &Arc::new(Key::of_one_run(b"another")));
        assert_ne!(other.show(&json!("jane@example.com")).unwrap(), shown);
        // The HMAC-SHA256 of RFC 4231, test case 2.
        let known = Mask::new(Style::Hash, None, Why::Declared, &Arc::new(Key::given("Jefe")));
        assert_eq!(known.show(&json!("what do ya want for nothing?")), Some(json!("#5bdcc146bf60")));
        assert_eq!(format!("{:?}", Key::given("a key")), "Key(***)");
    }

    proptest! {
        #[test]
        fn no_mask_shows_a_long_part_of_a_value(
            text in "[a-zA-Z0-9 ñé]{6,40}|[a-z0-9.]{1,12}@[a-z0-9]{1,12}\\.[a-z]{2,8}|\\+?[0-9 ]{6,20}",
            style in 0..Style::ALL.len(),
            kind in 0..Kind::ALL.len(),
        ) {
            let style = Style::ALL[style];
            let Some(Json::String(shown)) = mask(style, Some(Kind::ALL[kind])).show(&json!(text)) else {
                prop_assert_eq!(style, Style::Drop);
                return Ok(());
            };
            let characters: Vec<char> = text.chars().collect();
            // A shape has letters of its own, which the value may have too.
            let plain = |part: &&[char]| style != Style::Shape || part.iter().any(|c| c.is_alphanumeric() && !matches!(c, 'a' | 'A' | '9'));
            for part in characters.windows(6).filter(plain) {
                let part: String = part.iter().collect();
                prop_assert!(part.trim().len() < 6 || !shown.contains(&part), "{} shows {} of {}", shown, part, text);
            }
        }
    }
}
