//! URLs: which server, which bucket, which key.
//!
//! After the bucket of `s3://`, `gs://`, `az://` and `abfss://` stands the key as it is: a `%20`, `#` or `?` in it is a part of
//! the name, as the vendors' tools have it. An `http(s)://` URL is percent-encoded, as everywhere on the web.

use std::fmt;

use url::Url;

use crate::dataset::SCHEMES;
use crate::engine::remote::{Error, Settings};

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// Objects of a bucket: the key of one, or what those of several begin with or match.
    Objects(Place, String),
    /// A file of a web server.
    Web(Url),
}

/// A bucket, wherever it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) service: Service,
    /// The account of Azure, if the URL says it.
    pub(super) account: Option<String>,
    pub(super) bucket: String,
    /// What the URL says before the key, the slash included.
    before: String,
    /// Whether keys are percent-encoded in the URL.
    encoded: bool,
}

/// Who keeps a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Service {
    S3,
    Google,
    Azure,
}

impl Place {
    /// The URL of an object, for people.
    pub(super) fn url(&self, key: &str) -> String {
        let Ok(mut url) = Url::parse(&self.before) else { return format!("{}{key}", self.before) };
        if !self.encoded {
            return format!("{}{key}", self.before);
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(key.split('/'));
        }
        url.into()
    }
}

/// For people.
impl fmt::Display for Place {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str(self.before.trim_end_matches('/'))
    }
}

impl Address {
    /// Understands a URL; one of Azure's servers is that of a web server unless the environment or the URL asks for more.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str, settings: &Settings) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Error::wrong("it is no URL"));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" => Self::objects(Service::S3, scheme, rest),
            "gs" | "gcs" => Self::objects(Service::Google, scheme, rest),
            "az" | "azure" => Self::objects(Service::Azure, scheme, rest),
            "abfs" | "abfss" => Self::file_system(scheme, rest),
            "http" | "https" => Self::web(text, settings),
            _ => Err(Error::wrong(&format!(
                "`{scheme}://` is not read; there are {}, and paths",
                SCHEMES.map(|known| format!("{known}://")).join(" ")
            ))),
        }
    }

    fn objects(service: Service, scheme: &str, rest: &str) -> Result<Self, Error> {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Error::wrong(&format!("it names no bucket: `{scheme}://BUCKET/KEY`")));
        }
        let before = format!("{scheme}://{bucket}/");
        let place = Place { service, account: None, bucket: bucket.to_owned(), before, encoded: false };
        Ok(Self::Objects(place, key.to_owned()))
    }

    /// `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH`, or `abfss://CONTAINER/PATH`.
    fn file_system(scheme: &str, rest: &str) -> Result<Self, Error> {
        let Self::Objects(mut place, key) = Self::objects(Service::Azure, scheme, rest)? else {
            return Err(Error::wrong("it is no URL of objects"));
        };
        if let Some((container, host)) = place.bucket.clone().split_once('@') {
            place.account = host.split('.').next().map(str::to_owned);
            container.clone_into(&mut place.bucket);
        }
        Ok(Self::Objects(place, key))
    }

    fn web(text: &str, settings: &Settings) -> Result<Self, Error> {
        let mut url = Url::parse(text).map_err(|error| Error::wrong(&format!("it is no URL: {error}")))?;
        url.set_fragment(None);
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let account = [".blob.core.windows.net", ".dfs.core.windows.net"].iter().find_map(|end| host.strip_suffix(end));
        let Some(account) = account.filter(|_| url.query().is_none()) else { return Ok(Self::Web(url)) };
        let path = decoded(url.path().trim_start_matches('/'))?;
        let (container, key) = path.split_once('/').unwrap_or((&path, ""));
        let several = key.is_empty() || key.ends_with('/') || is_pattern(key);
        let is_known = settings.environment.keys().any(|name| name.starts_with("AZURE_"));
        if container.is_empty() || !(several || is_known) {
            return Ok(Self::Web(url));
        }
        let place = Place {
            service: Service::Azure,
            account: Some(account.to_owned()),
            bucket: container.to_owned(),
            before: format!("{}://{host}/{container}/", url.scheme()),
            encoded: true,
        };
        Ok(Self::Objects(place, key.to_owned()))
    }
}

/// Whether a key is a pattern of keys.
pub(super) fn is_pattern(key: &str) -> bool {
    key.contains(['*', '?', '['])
}

/// Text in which `%20` and the like stand for bytes.
pub(super) fn decoded(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).filter(|_| *byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::wrong("its percent-encoding is no text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        let settings = Settings::default();
        match Address::parse(url, &settings) {
            Ok(Address::Objects(place, key)) => {
                let account = place.account.as_deref().unwrap_or("-");
                format!("{:?} {account} {} | {key} | {}", place.service, place.bucket, place.url(&key))
            }
            Ok(Address::Web(url)) => format!("web {url}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_names_a_bucket_and_a_key() {
        assert_eq!(told("s3://b/a/x y%20#+?.csv"), "S3 - b | a/x y%20#+?.csv | s3://b/a/x y%20#+?.csv");
        assert_eq!(told("s3://b"), "S3 - b |  | s3://b/");
        assert_eq!(told("gs://b/a/"), "Google - b | a/ | gs://b/a/");
        assert_eq!(told("az://c/a.csv"), "Azure - c | a.csv | az://c/a.csv");
        let shown = "abfss://c@acc.dfs.core.windows.net/a.csv";
        assert_eq!(told(shown), format!("Azure acc c | a.csv | {shown}"));
        let listed = "https://acc.blob.core.windows.net/c/a%20b/*.csv";
        assert_eq!(told(listed), format!("Azure acc c | a b/*.csv | {listed}"));
    }

    #[test]
    fn the_rest_is_the_web_or_is_refused() {
        assert_eq!(told("http://h:81/a%20b.csv?x=1#f"), "web http://h:81/a%20b.csv?x=1");
        let public = "https://acc.blob.core.windows.net/c/a.csv";
        assert_eq!(told(public), format!("web {public}"));
        let signed = format!("{public}?sig=x");
        assert_eq!(told(&signed), format!("web {signed}"));
        assert!(told("ftp://h/a").starts_with("`ftp://` is not read"));
        assert!(told("s3:///a").starts_with("it names no bucket"));
        assert!(told("https://").starts_with("it is no URL"));
    }
}
