//! Texts that never print: addresses that let their holder in, keys, passwords.
//!
//! A secret says where it comes from and nothing else. One that is not there is no mistake of the file, which lies on machines
//! that need not have it: who wants to use it is told.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// A text that never prints.
#[derive(Clone)]
pub struct Secret {
    /// Where it comes from.
    pub origin: Origin,
    value: Option<SecretString>,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the file itself; such texts are no secrets.
    Text(String),
    /// A variable of the environment.
    Env(String),
    /// A file.
    File(PathBuf),
}

impl Secret {
    /// A text of an origin; none, or an empty one, is not there.
    #[must_use]
    pub fn new(origin: Origin, value: Option<String>) -> Self {
        let value = value.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()).filter(|text| !text.is_empty());
        Self { origin, value: value.map(SecretString::from) }
    }

    /// A text that stands in the file.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(Origin::Text(text.to_owned()), Some(text.to_owned()))
    }

    /// The text itself, for who sends it.
    ///
    /// # Errors
    /// Where it was looked for in vain.
    pub fn expose(&self) -> Result<&str, String> {
        self.value.as_ref().map(ExposeSecret::expose_secret).ok_or_else(|| match &self.origin {
            Origin::Text(_) => "it is empty".to_owned(),
            Origin::Env(name) => format!("the variable `{name}` is not set"),
            Origin::File(path) => format!("`{}` cannot be read or is empty", path.display()),
        })
    }

    /// Whether it must not be shown.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        !matches!(self.origin, Origin::Text(_))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_tuple("Secret").field(&self.origin).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_where_it_comes_from_and_not_what_it_is() {
        let secret = Secret::new(Origin::Env("HOOK".to_owned()), Some("canary-7\n".to_owned()));
        assert_eq!(secret.expose().unwrap(), "canary-7");
        assert_eq!(format!("{secret:?}"), "Secret(Env(\"HOOK\"))");
        assert!(secret.is_hidden() && !Secret::text("a").is_hidden());
    }

    #[test]
    fn one_that_is_not_there_says_where_it_was_looked_for() {
        let missing = Secret::new(Origin::Env("HOOK".to_owned()), Some(String::new()));
        assert_eq!(missing.expose().unwrap_err(), "the variable `HOOK` is not set");
    }
}
