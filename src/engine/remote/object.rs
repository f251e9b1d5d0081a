//! One object, read by ranges; a connection that breaks is taken up again at the byte that was reached.
//!
//! Every answer must be of the same version as the first one, by its `ETag` or date, so that an object that is written
//! meanwhile is an error and never a mixture.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectStore};
use tempfile::NamedTempFile;

use crate::engine::remote::address::Service;
use crate::engine::remote::retry::Attempts;
use crate::engine::remote::{Connections, Error, web};

/// The most bytes that one request asks for; larger ranges are asked for in parallel.
const PIECE: u64 = 8 << 20;

/// How many requests go out together for one range.
const TOGETHER: usize = 4;

/// Ranges closer than this are read as one.
const GAP: u64 = 128 << 10;

/// How long the next bytes may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// An object that was there when it was looked for; copies are cheap.
#[derive(Clone)]
pub struct Object(Arc<Inner>);

struct Inner {
    /// Its number, for the cache.
    number: u64,
    connections: Arc<Connections>,
    shown: String,
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    body: Body,
}

/// Where its bytes come from.
pub(super) enum Body {
    /// A bucket.
    Bucket { store: Arc<dyn ObjectStore>, key: object_store::path::Path, etag: Option<String>, service: Service },
    /// A web server that gives ranges.
    Web(web::File),
    /// A file on this machine that it was written to, because its server gives it whole or not at all.
    Kept(NamedTempFile),
}

/// The bytes of an answer as they come.
pub(super) type Incoming = BoxStream<'static, Result<Bytes, Error>>;

/// What is known of an object before it is read.
pub(super) struct About {
    /// Its URL for people.
    pub(super) shown: String,
    /// Its key, or the last part of its URL.
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Object {
    pub(super) fn new(connections: &Arc<Connections>, about: About, body: Body) -> Self {
        let number = connections.cache().object();
        let About { shown, path, size, modified } = about;
        Self(Arc::new(Inner { number, connections: Arc::clone(connections), shown, path, size, modified, body }))
    }

    /// Its URL for people: nothing in it is secret.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.0.shown
    }

    /// Its key, or the last part of the path of its URL; its end names the kind of file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// When it was last written, if the server tells.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        self.0.modified
    }

    /// The `ETag` of an object of a bucket, if the store gives one that tells versions apart.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        match &self.0.body {
            Body::Bucket { etag, .. } => etag.as_deref().filter(|etag| !etag.starts_with("W/")),
            Body::Web(_) | Body::Kept(_) => None,
        }
    }

    /// The file on this machine that holds it, if it was written to one.
    #[must_use]
    pub fn kept(&self) -> Option<&Path> {
        match &self.0.body {
            Body::Kept(file) => Some(file.path()),
            Body::Bucket { .. } | Body::Web(_) => None,
        }
    }

    /// Reads a range.
    ///
    /// # Errors
    /// If it cannot be read, or the object has changed.
    pub fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        Ok(self.connections().wait(self.bytes(range))?)
    }

    /// Reads some ranges, in their order; those that lie close together with one request.
    ///
    /// # Errors
    /// If one cannot be read, or the object has changed.
    pub fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let read = |range| {
            let object = self.clone();
            async move { object.bytes(range).await }
        };
        Ok(self.connections().wait(object_store::coalesce_ranges(ranges, read, GAP))?)
    }

    /// Keeps bytes that are known already.
    pub(super) fn know(&self, start: u64, bytes: Bytes) {
        self.connections().cache().put(self.0.number, start, bytes);
    }

    pub(super) fn connections(&self) -> &Arc<Connections> {
        &self.0.connections
    }

    /// A range that may be asked for again: from the cache, or read and kept there.
    pub(super) async fn block(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let start = range.start;
        let bytes = self.bytes(range).await?;
        self.know(start, bytes.clone());
        Ok(bytes)
    }

    async fn bytes(&self, range: Range<u64>) -> Result<Bytes, Error> {
        if range.end <= range.start {
            return Ok(Bytes::new());
        }
        if range.end > self.0.size {
            return Err(Error::wrong("it ends too early"));
        }
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let known = self.connections().cache().get(self.0.number, range.start);
        if let Some(known) = known.filter(|known| known.len() >= length) {
            return Ok(known.slice(..length));
        }
        if range.end - range.start <= PIECE {
            return self.piece(range).await;
        }
        let pieces = (range.start..range.end).step_by(usize::try_from(PIECE).unwrap_or(usize::MAX));
        let pieces: Vec<Range<u64>> = pieces.map(|start| start..(start + PIECE).min(range.end)).collect();
        let object = self.clone();
        let read = move |piece| {
            let object = object.clone();
            async move { object.piece(piece).await }
        };
        let read: Vec<Bytes> = stream::iter(pieces).map(read).buffered(TOGETHER).try_collect().await?;
        let mut whole = BytesMut::with_capacity(read.iter().map(Bytes::len).sum());
        read.iter().for_each(|piece| whole.extend_from_slice(piece));
        Ok(whole.freeze())
    }

    /// Reads a range with one request, and as many more as it takes.
    async fn piece(&self, range: Range<u64>) -> Result<Bytes, Error> {
        let wanted = range.end - range.start;
        let mut got = BytesMut::new();
        let mut attempts = Attempts::new(self.connections().settings.retries);
        loop {
            let before = got.len();
            let failure = match self.get(range.start + before as u64..range.end).await {
                Ok(mut body) => match take(&mut body, &mut got, wanted).await {
                    Ok(()) => return Ok(got.freeze()),
                    Err(failure) => failure,
                },
                // A store has tried again by itself.
                Err(failure) if matches!(self.0.body, Body::Bucket { .. }) => return Err(failure),
                Err(failure) => failure,
            };
            if got.len() > before {
                attempts.progressed();
            }
            attempts.after(failure).await?;
        }
    }

    async fn get(&self, range: Range<u64>) -> Result<Incoming, Error> {
        match &self.0.body {
            Body::Bucket { store, key, etag, service } => {
                let options = GetOptions {
                    range: Some(GetRange::Bounded(range)),
                    if_match: etag.clone().filter(|etag| !etag.starts_with("W/")),
                    ..GetOptions::default()
                };
                let service = *service;
                let failed = move |error: object_store::Error| Error::store(&error, service);
                let got = store.get_opts(key, options).await.map_err(failed)?;
                if etag.is_some() && got.meta.e_tag.is_some() && got.meta.e_tag != *etag {
                    return Err(Error::changed());
                }
                Ok(got.into_stream().map_err(failed).boxed())
            }
            Body::Web(file) => file.get(self.connections(), range, self.0.size).await,
            Body::Kept(_) => Err(Error::wrong("it lies on this machine")),
        }
    }
}

/// Takes the bytes of an answer until there are as many as wanted.
async fn take(body: &mut Incoming, into: &mut BytesMut, wanted: u64) -> Result<(), Error> {
    while (into.len() as u64) < wanted {
        match next(body).await? {
            Some(bytes) => into.extend_from_slice(&bytes),
            None => return Err(Error::passing("the connection broke off in the middle of the data")),
        }
    }
    if into.len() as u64 > wanted { Err(Error::wrong("the server gives more than it was asked for")) } else { Ok(()) }
}

/// The next bytes of an answer; an error if they take too long.
pub(super) async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Error> {
    match tokio::time::timeout(PATIENCE, body.next()).await {
        Ok(next) => next.transpose(),
        Err(_) => Err(Error::passing("the server does not go on")),
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_tuple("Object").field(&self.0.shown).finish()
    }
}
