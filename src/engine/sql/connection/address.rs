//! The URLs of databases, and of those that are reached by a driver: `duckdb:lake.duckdb`, `adbc:duckdb?path=lake.duckdb&threads=2`.
//!
//! A driver is named and never a file, which would be code: a name has no letter that a path is made of.

use std::borrow::Cow;
use std::path::Path;

use url::{Url, form_urlencoded};

/// The option that says where the file of a database is.
pub(super) const PATH: &str = "path";

/// A driver, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Its name.
    pub(super) driver: String,
    /// Its options, as they are written.
    pub(super) options: Vec<(String, String)>,
}

impl Address {
    /// The address that a URL is; none if it is of another kind.
    pub(super) fn parse(url: &str) -> Option<Result<Self, String>> {
        if let Some(path) = url.strip_prefix("duckdb:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let options = if path.is_empty() { Vec::new() } else { vec![(PATH.to_owned(), path.to_owned())] };
            return Some(Ok(Self { driver: "duckdb".to_owned(), options }));
        }
        let rest = url.strip_prefix("adbc:")?;
        let (driver, options) = rest.split_once('?').unwrap_or((rest, ""));
        let is_name = driver.starts_with(|first: char| first.is_ascii_alphabetic())
            && driver.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if !is_name {
            return Some(Err("a driver is named by letters: `adbc:duckdb?path=lake.duckdb`".to_owned()));
        }
        let options = form_urlencoded::parse(options.as_bytes()).into_owned().collect();
        Some(Ok(Self { driver: driver.to_ascii_lowercase(), options }))
    }
}

/// A URL with the path of a file as one more parameter; as it is if there is no file, or if it is none.
pub(super) fn with_parameter<'u>(url: &'u str, name: &str, file: Option<&Path>) -> Cow<'u, str> {
    match (file, Url::parse(url)) {
        (Some(file), Ok(mut longer)) => {
            longer.query_pairs_mut().append_pair(name, &file.to_string_lossy());
            Cow::Owned(longer.into())
        }
        _ => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_driver_and_what_it_is_told() {
        let read = |url: &str| Address::parse(url).unwrap().unwrap();
        let of = |options: &[(&str, &str)]| Address {
            driver: "duckdb".to_owned(),
            options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        assert_eq!(read("duckdb:"), of(&[]));
        assert_eq!(read("duckdb:a?b.duckdb"), of(&[("path", "a?b.duckdb")]));
        assert_eq!(read("duckdb:///tmp/a.duckdb"), of(&[("path", "/tmp/a.duckdb")]));
        assert_eq!(read("adbc:DuckDB?path=a%20b&threads=2"), of(&[("path", "a b"), ("threads", "2")]));
        assert_eq!(Address::parse("postgres://h/d"), None);
    }

    #[test]
    fn a_file_is_no_name_of_a_driver() {
        for url in ["adbc:/tmp/x.so", "adbc:./x", "adbc:x.so?path=a", "adbc:..", "adbc:", "adbc:a/b"] {
            assert!(Address::parse(url).unwrap().is_err(), "{url}");
        }
    }
}
