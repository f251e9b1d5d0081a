//! A history in a bucket.

use std::sync::Arc;

use crate::engine::remote::{self, Connections, Folder};
use crate::error::Error;
use crate::history::place::{Place, Version};

/// A folder of a bucket that keeps a history.
pub(super) struct Bucket(Folder);

impl Bucket {
    /// The folder that a URL means.
    pub(super) fn open(connections: &Arc<Connections>, url: &str) -> Result<Self, Error> {
        Folder::open(connections, url).map(Self).map_err(|error| Error::Usage(format!("`{url}`: {error}")))
    }

    fn unreadable(&self, path: &str) -> impl Fn(remote::Error) -> Error {
        let place = self.0.url(path);
        move |error| Error::Unreachable { place: place.clone(), message: error.to_string() }
    }

    fn unwritable(&self, path: &str) -> impl Fn(remote::Error) -> Error {
        let path = self.0.url(path);
        move |error| Error::Write { path: path.clone().into(), source: error.into() }
    }
}

impl Place for Bucket {
    fn history_files(&self) -> Result<Vec<String>, Error> {
        self.0.list("history").map_err(self.unreadable("history"))
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, Error> {
        let path = format!("runs/{folder}");
        self.0.list(&path).map_err(self.unreadable(&path))
    }

    fn read(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, Error> {
        let found = self.0.read(path).map_err(self.unreadable(path))?;
        Ok(found.map(|(bytes, version)| (bytes, Version(version))))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.0.write(path, bytes).map_err(self.unwritable(path))
    }

    fn replace(&self, book: &str, version: Option<&Version>, bytes: &[u8]) -> Result<bool, Error> {
        let path = format!("history/{book}");
        self.0.replace(&path, version.map(|version| version.0.as_str()), bytes).map_err(self.unwritable(&path))
    }
}
