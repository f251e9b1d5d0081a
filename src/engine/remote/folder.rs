//! A folder of a bucket, which is read and written file by file.
//!
//! Objects are written whole or not at all. One that others may write at the same time is written only if it still is what it
//! was; a store that cannot promise that is not trusted with it.

use std::sync::Arc;

use futures_util::stream::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use crate::engine::remote::address::{Address, Place};
use crate::engine::remote::{Connections, Error, ErrorKind};

/// A folder of a bucket.
pub struct Folder {
    connections: Arc<Connections>,
    store: Arc<dyn ObjectStore>,
    place: Place,
    /// The key, without slashes around it; empty for the whole bucket.
    key: String,
}

impl Folder {
    /// The folder that a URL means; nothing is asked of the server yet.
    ///
    /// # Errors
    /// If the URL means no folder of a bucket, or the environment does not say enough.
    pub fn open(connections: &Arc<Connections>, url: &str) -> Result<Self, Error> {
        match Address::parse(url, &connections.settings)? {
            Address::Objects(place, key) => {
                let store = connections.bucket(&place)?;
                let key = key.trim_matches('/').to_owned();
                Ok(Self { connections: Arc::clone(connections), store, place, key })
            }
            Address::Web(_) => {
                Err(Error::wrong("a web server keeps no history; there are folders, s3://, gs:// and az://"))
            }
        }
    }

    /// The URL of a file, for people.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.place.url(&self.below(path))
    }

    /// The paths of the files below a folder of it, relative to that, in order.
    ///
    /// # Errors
    /// If the server does not tell.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, Error> {
        let below = self.below(folder);
        let key = if below.is_empty() { None } else { Some(self.key(&below)?) };
        let mut found: Vec<String> = self.connections.wait(async {
            let listed: Result<Vec<_>, _> = self.store.list(key.as_ref()).try_collect().await;
            listed.map_err(|error| Error::store(&error, self.place.service)).map(|listed| {
                let inside = |about: &object_store::ObjectMeta| {
                    Some(about.location.as_ref().strip_prefix(&below)?.trim_start_matches('/').to_owned())
                };
                listed.iter().filter_map(inside).collect()
            })
        })?;
        found.sort();
        Ok(found)
    }

    /// A file with its version; none if it is not there.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<(Vec<u8>, String)>, Error> {
        let key = self.key(&self.below(path))?;
        let read = self.connections.wait(async {
            let told = |error: object_store::Error| Error::store(&error, self.place.service);
            let found = match self.store.get(&key).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                found => found.map_err(told)?,
            };
            let version = found.meta.e_tag.clone().unwrap_or_default();
            Ok(Some((found.bytes().await.map_err(told)?.to_vec(), version)))
        });
        match read {
            // A bucket that is not there is another matter than a file.
            Ok(None) => self.list("").map(|_| None),
            read => read,
        }
    }

    /// Writes a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.put(path, bytes, PutMode::Overwrite).map(|_| ())
    }

    /// Writes a file if it still is of a version, or still is not there; says whether it was.
    ///
    /// # Errors
    /// If it cannot be written, or the store cannot keep two writers apart.
    pub fn replace(&self, path: &str, version: Option<&str>, bytes: &[u8]) -> Result<bool, Error> {
        let mode = match version {
            None => PutMode::Create,
            Some("") => return Err(apart()),
            Some(version) => PutMode::Update(UpdateVersion { e_tag: Some(version.to_owned()), version: None }),
        };
        self.put(path, bytes, mode)
    }

    fn put(&self, path: &str, bytes: &[u8], mode: PutMode) -> Result<bool, Error> {
        let key = self.key(&self.below(path))?;
        let options = PutOptions { mode, ..PutOptions::default() };
        self.connections.wait(async {
            match self.store.put_opts(&key, PutPayload::from(bytes.to_vec()), options).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(false),
                Err(object_store::Error::NotImplemented { .. }) => Err(apart()),
                Err(error) => Err(Error::store(&error, self.place.service)),
            }
        })
    }

    fn below(&self, path: &str) -> String {
        match (self.key.as_str(), path) {
            ("", path) => path.to_owned(),
            (key, "") => key.to_owned(),
            (key, path) => format!("{key}/{path}"),
        }
    }

    fn key(&self, key: &str) -> Result<Key, Error> {
        Key::parse(key).map_err(|source| Error::store(&object_store::Error::InvalidPath { source }, self.place.service))
    }
}

fn apart() -> Error {
    Error::new(ErrorKind::Wrong, "the store cannot keep two writers apart (no conditional writes)")
}
