//! The names of rows: digests of their keys.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::baseline::{Baseline, Digest};

/// How many bytes the salt of a file has.
pub(super) const SALT: usize = 16;

/// What somebody keeps, so that nobody else can guess the keys from their digests.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret; none of empty text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

/// Names the rows of one file.
///
/// A name is the start of the HMAC-SHA256 (RFC 2104) of the dataset and the cells of the key, as the file spells them. It is
/// keyed with the salt, and with the secret if there is one: without a secret, who has the file can try out keys.
#[derive(Clone)]
pub struct Names {
    salt: String,
    key: Vec<u8>,
    has_secret: bool,
}

impl Names {
    /// The names of a new file, from bytes that nobody can guess.
    #[must_use]
    pub fn new(random: &[u8], secret: Option<&Secret>) -> Self {
        let seed = mac(random, b"salt");
        let salt = seed.iter().take(SALT).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self::salted(salt, secret)
    }

    /// The names of a file that is there.
    ///
    /// # Errors
    /// That its digests need a secret, and this is not it.
    pub fn of(baseline: &Baseline, secret: Option<&Secret>) -> Result<Self, &'static str> {
        let names = Self::salted(baseline.salt.clone(), secret.filter(|_| baseline.secret.is_some()));
        match baseline.secret {
            Some(_) if secret.is_none() => Err("it was made with a secret, and there is none now"),
            known if known != names.check() => Err("it was made with another secret"),
            _ => Ok(names),
        }
    }

    fn salted(salt: String, secret: Option<&Secret>) -> Self {
        let mut key = salt.as_bytes().to_vec();
        if let Some(Secret(secret)) = secret {
            key = mac(secret.as_bytes(), &key).to_vec();
        }
        Self { salt, key, has_secret: secret.is_some() }
    }

    pub(super) fn salt(&self) -> &str {
        &self.salt
    }

    /// What tells a secret from another one.
    pub(super) fn check(&self) -> Option<Digest> {
        self.has_secret.then(|| first(&mac(&self.key, b"check")))
    }

    /// The name of a row by the cells of its key.
    pub fn row<'c>(&self, dataset: &str, cells: impl IntoIterator<Item = Option<&'c str>>) -> Digest {
        let mut told = Vec::new();
        // Each part says how long it is, so that no two lists of parts are the same bytes.
        let mut part = |text: Option<&str>| match text {
            None => told.push(0),
            Some(text) => {
                told.push(1);
                told.extend((text.len() as u64).to_le_bytes());
                told.extend(text.as_bytes());
            }
        };
        part(Some("row"));
        part(Some(dataset));
        cells.into_iter().for_each(part);
        first(&mac(&self.key, &told))
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // A key of any length will do for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn first(bytes: &[u8; 32]) -> Digest {
    Digest(bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_its_key_the_dataset_and_the_salt() {
        let names = Names::new(b"anything", None);
        let name = names.row("d", [Some("1"), None]);
        assert_eq!(names.row("d", [Some("1"), None]), name);
        let other = Names::new(b"anything else", None);
        for another in [
            names.row("d", [Some("1"), Some("")]),
            names.row("d", [Some("1")]),
            names.row("d", [None, Some("1")]),
            names.row("e", [Some("1"), None]),
            other.row("d", [Some("1"), None]),
        ] {
            assert_ne!(another, name);
        }
        assert_ne!(names.row("d", [Some("ab"), Some("c")]), names.row("d", [Some("a"), Some("bc")]));
    }

    #[test]
    fn a_secret_is_needed_where_it_was_used_and_only_there() {
        let secret = Secret::new("hush").unwrap();
        let with = Names::new(b"x", Some(&secret));
        let without = Names::new(b"x", None);
        assert_ne!(with.row("d", [Some("1")]), without.row("d", [Some("1")]));
        let closed = Baseline::new("s", &with, Vec::new());
        let open = Baseline::new("s", &without, Vec::new());
        assert!(Names::of(&closed, None).is_err() && Names::of(&closed, Secret::new("loud").as_ref()).is_err());
        let found = Names::of(&closed, Some(&secret)).ok().unwrap();
        assert_eq!(found.row("d", [Some("1")]), with.row("d", [Some("1")]));
        let found = Names::of(&open, Some(&secret)).ok().unwrap();
        assert_eq!(found.row("d", [Some("1")]), without.row("d", [Some("1")]));
        assert!(Secret::new("").is_none());
    }
}
