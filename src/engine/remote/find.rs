//! The objects that a URL means: one, those of a folder, or those that match a pattern.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use crate::engine::remote::address::{Address, Place, is_pattern};
use crate::engine::remote::object::{About, Body};
use crate::engine::remote::{Connections, Error, ErrorKind, Object, web};

/// Finds the objects that a URL means, those of a folder or pattern by name; whether it names one is told beside them.
///
/// A folder means the objects below it that `is_data` says hold data, but for those below or of a name that starts with
/// `_` or `.`. A pattern matches whole keys, as those of paths do: `*` within one part, `**` across.
///
/// # Errors
/// If there is none, or the server does not tell.
pub fn find(
    connections: &Arc<Connections>,
    url: &str,
    is_data: &dyn Fn(&Path) -> bool,
) -> Result<(Vec<Object>, bool), Error> {
    let (place, key) = match Address::parse(url, &connections.settings)? {
        Address::Web(url) => return Ok((vec![web::open(connections, &url)?], true)),
        Address::Objects(place, key) => (place, key),
    };
    let bucket = Bucket { connections, store: connections.bucket(&place)?, place };
    if is_pattern(&key) {
        return bucket.matching(&key);
    }
    if !key.is_empty() && !key.ends_with('/') {
        match bucket.head(&key) {
            Ok(object) => return Ok((vec![object], true)),
            Err(error) if error.kind() == ErrorKind::Missing => {}
            Err(error) => return Err(error),
        }
    }
    bucket.below(&key, is_data)
}

struct Bucket<'c> {
    connections: &'c Arc<Connections>,
    store: Arc<dyn ObjectStore>,
    place: Place,
}

impl Bucket<'_> {
    fn head(&self, key: &str) -> Result<Object, Error> {
        let path = self.key(key)?;
        let about = self.connections.wait(async {
            let told = |error: object_store::Error| Error::store(&error, self.place.service);
            match self.store.head(&path).await {
                Ok(about) => Ok(about),
                Err(error @ object_store::Error::NotFound { .. }) => Err(told(error)),
                // An answer to `HEAD` has no body that would say why.
                Err(error) => match self.store.get_range(&path, 0..1).await {
                    Ok(_) => Err(told(error)),
                    Err(error) => Err(told(error)),
                },
            }
        })?;
        Ok(self.object(about))
    }

    /// The data below a folder.
    fn below(&self, folder: &str, is_data: &dyn Fn(&Path) -> bool) -> Result<(Vec<Object>, bool), Error> {
        let folder = folder.trim_end_matches('/');
        let mut found = self.list(folder)?;
        let is_there = !found.is_empty();
        found.retain(|about| {
            let key = about.location.as_ref();
            let inside = key.strip_prefix(folder).unwrap_or(key).trim_start_matches('/');
            !inside.split('/').any(|name| name.starts_with(['_', '.'])) && is_data(Path::new(key))
        });
        match (found.is_empty(), is_there || folder.is_empty()) {
            (false, _) => Ok((self.objects(found), false)),
            (true, true) => Err(Error::new(ErrorKind::Missing, "it holds no data file")),
            (true, false) => Err(Error::missing()),
        }
    }

    /// The objects whose keys match a pattern; one whose key is the pattern is meant by it alone.
    fn matching(&self, pattern: &str) -> Result<(Vec<Object>, bool), Error> {
        let glob = glob::Pattern::new(pattern)
            .map_err(|error| Error::new(ErrorKind::Missing, &format!("it is no pattern of keys: {error}")))?;
        // As of paths: within one part of the key, and no name that starts with a dot.
        let how = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let literal = pattern.find(['*', '?', '[']).map_or(pattern, |end| &pattern[..end]);
        let folder = literal.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = self.list(folder)?;
        if let Some(exact) = found.iter().find(|about| about.location.as_ref() == pattern) {
            return Ok((vec![self.object(exact.clone())], true));
        }
        found.retain(|about| glob.matches_with(about.location.as_ref(), how));
        if found.is_empty() {
            return Err(Error::new(ErrorKind::Missing, "no object matches it"));
        }
        Ok((self.objects(found), false))
    }

    fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, Error> {
        let folder = if folder.is_empty() { None } else { Some(self.key(folder)?) };
        self.connections.wait(async {
            let listed: Result<Vec<ObjectMeta>, _> = self.store.list(folder.as_ref()).try_collect().await;
            listed.map_err(|error| Error::store(&error, self.place.service))
        })
    }

    fn key(&self, key: &str) -> Result<Key, Error> {
        Key::parse(key).map_err(|source| Error::store(&object_store::Error::InvalidPath { source }, self.place.service))
    }

    fn objects(&self, mut found: Vec<ObjectMeta>) -> Vec<Object> {
        // As paths are sorted: part by part.
        found.sort_by(|one, other| Path::new(one.location.as_ref()).cmp(Path::new(other.location.as_ref())));
        found.into_iter().map(|about| self.object(about)).collect()
    }

    fn object(&self, about: ObjectMeta) -> Object {
        let key = about.location.as_ref();
        let told = About {
            shown: self.place.url(key),
            path: PathBuf::from(key),
            size: about.size,
            modified: Some(about.last_modified.into()),
        };
        let body = Body::Bucket {
            store: Arc::clone(&self.store),
            key: about.location,
            etag: about.e_tag,
            service: self.place.service,
        };
        Object::new(self.connections, told, body)
    }
}
