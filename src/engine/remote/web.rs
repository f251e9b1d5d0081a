//! Files of web servers: by ranges where the server gives them and says which version they are of; else written once to a
//! temporary file, so that all that is read is of one version.
//!
//! It asks with `GET` only, for a signed URL allows nothing else. A server that says `Retry-After` is believed.

use std::io::{self, Seek, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{StreamExt, TryStreamExt};
use object_store::HeaderValue;
use object_store::client::{HttpRequest, HttpRequestBody, HttpResponse};
use tempfile::NamedTempFile;
use url::Url;

use crate::dataset::masked;
use crate::engine::remote::address::decoded;
use crate::engine::remote::object::{About, Body, Incoming, PATIENCE, next};
use crate::engine::remote::retry::Attempts;
use crate::engine::remote::{Connections, Error, Object};

/// How much is asked for to learn what a file is.
const FIRST: u64 = 256 << 10;

/// The largest file that is written to a temporary one.
const LARGEST: u64 = 64 << 30;

/// What to do where a web server refuses.
const HINT: &str = "check the URL; one that lets its holder in is passed by `--source`, not written in a suite";

/// A file of a server that gives ranges.
pub(super) struct File {
    url: Url,
    version: Version,
}

/// What tells one version of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    etag: Option<String>,
    modified: Option<String>,
}

/// How a server answered a first request.
enum First {
    Ranges { version: Version, size: u64, modified: Option<SystemTime>, bytes: Bytes },
    Whole { file: NamedTempFile, size: u64, modified: Option<SystemTime> },
}

/// Finds a file of a web server.
///
/// # Errors
/// If it is not there or cannot be read.
pub(super) fn open(connections: &Arc<Connections>, url: &Url) -> Result<Object, Error> {
    let first = connections.wait(async {
        let mut attempts = Attempts::new(connections.settings.retries);
        loop {
            match first(connections, url).await {
                Ok(first) => return Ok(first),
                Err(failure) => attempts.after(failure).await?,
            }
        }
    })?;
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let path = PathBuf::from(decoded(name)?);
    let about = |size, modified| About { shown: masked(url.as_str()), path, size, modified };
    Ok(match first {
        First::Ranges { version, size, modified, bytes } => {
            let body = Body::Web(File { url: url.clone(), version });
            let object = Object::new(connections, about(size, modified), body);
            object.know(0, bytes);
            object
        }
        First::Whole { file, size, modified } => Object::new(connections, about(size, modified), Body::Kept(file)),
    })
}

async fn first(connections: &Connections, url: &Url) -> Result<First, Error> {
    let answer = ask(connections, url, Some(0..FIRST), None).await?;
    let version = Version::of(&answer);
    let modified = version.modified.as_deref().and_then(moment);
    let size = content_range(&answer).map(|(_, size)| size);
    match (answer.status().as_u16(), size) {
        (206, Some(size)) if version.is_known() => {
            let mut bytes = BytesMut::new();
            let mut body = incoming(answer);
            while let Some(more) = next(&mut body).await? {
                bytes.extend_from_slice(&more);
            }
            if bytes.len() as u64 != size.min(FIRST) {
                return Err(Error::passing("the connection broke off in the middle of the data"));
            }
            Ok(First::Ranges { version, size, modified, bytes: bytes.freeze() })
        }
        (200, _) => keep(answer, modified).await,
        // The file is empty, or the server does not say which version its ranges are of.
        (206 | 416, _) => {
            let answer = ask(connections, url, None, None).await?;
            match answer.status().as_u16() {
                200 => keep(answer, modified).await,
                status => Err(refused(status, &answer)),
            }
        }
        (status, _) => Err(refused(status, &answer)),
    }
}

/// Writes an answer to a temporary file.
async fn keep(answer: HttpResponse, modified: Option<SystemTime>) -> Result<First, Error> {
    let told = header(&answer, "content-length").and_then(|length| length.parse::<u64>().ok());
    let wrong = |error: io::Error| Error::wrong(&format!("it cannot be written to a temporary file: {error}"));
    let mut file = NamedTempFile::new().map_err(wrong)?;
    let mut body = incoming(answer);
    let mut size = 0;
    while let Some(bytes) = next(&mut body).await? {
        size += bytes.len() as u64;
        if size > LARGEST {
            return Err(Error::wrong("its server gives no ranges, and it is too large to be kept in a temporary file"));
        }
        file.write_all(&bytes).map_err(wrong)?;
    }
    if told.is_some_and(|told| told != size) {
        return Err(Error::passing("the connection broke off in the middle of the data"));
    }
    file.flush().and_then(|()| file.rewind()).map_err(wrong)?;
    Ok(First::Whole { file, size, modified })
}

impl File {
    /// Asks for a range of the version that was found.
    pub(super) async fn get(&self, connections: &Connections, range: Range<u64>, size: u64) -> Result<Incoming, Error> {
        let answer = ask(connections, &self.url, Some(range.clone()), Some(&self.version)).await?;
        match answer.status().as_u16() {
            206 if Version::of(&answer) == self.version && content_range(&answer) == Some((range.start, size)) => {
                Ok(incoming(answer))
            }
            200 | 206 | 412 | 416 => Err(Error::changed()),
            status => Err(refused(status, &answer)),
        }
    }
}

impl Version {
    fn of(answer: &HttpResponse) -> Self {
        let text = |name| header(answer, name).map(str::to_owned);
        Self { etag: text("etag"), modified: text("last-modified") }
    }

    fn is_known(&self) -> bool {
        self.etag.is_some() || self.modified.is_some()
    }
}

async fn ask(
    connections: &Connections,
    url: &Url,
    range: Option<Range<u64>>,
    version: Option<&Version>,
) -> Result<HttpResponse, Error> {
    let wrong = || Error::wrong("it is no URL that can be asked for");
    let mut plain = url.clone();
    let (_, _) = (plain.set_username(""), plain.set_password(None));
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = plain.as_str().parse().map_err(|_| wrong())?;
    let mut says = vec![("accept", "*/*".to_owned()), ("accept-encoding", "identity".to_owned())];
    says.extend(range.map(|range| ("range", format!("bytes={}-{}", range.start, range.end - 1))));
    // A weak tag never matches by the rules; it is compared in the answer.
    let etag = version.and_then(|version| version.etag.as_deref()).filter(|etag| !etag.starts_with("W/"));
    says.extend(etag.map(|etag| ("if-match", etag.to_owned())));
    if !url.username().is_empty() || url.password().is_some() {
        let who = format!("{}:{}", decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
        says.push(("authorization", format!("Basic {}", base64(who.as_bytes()))));
    }
    for (name, value) in says {
        request.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(|_| wrong())?);
    }
    match tokio::time::timeout(PATIENCE, connections.web()?.execute(request)).await {
        Ok(answer) => answer.map_err(|error| Error::connection(&error)),
        Err(_) => Err(Error::passing("the server does not answer in time")),
    }
}

fn refused(status: u16, answer: &HttpResponse) -> Error {
    let asked = header(answer, "retry-after").and_then(|seconds| seconds.trim().parse().ok());
    Error::status(status, None, HINT).asking(asked.map(Duration::from_secs))
}

fn incoming(answer: HttpResponse) -> Incoming {
    answer.into_body().bytes_stream().map_err(|error| Error::connection(&error)).boxed()
}

fn header<'a>(answer: &'a HttpResponse, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Where the bytes of an answer begin, and how many the file has: `bytes 0-9/100`.
fn content_range(answer: &HttpResponse) -> Option<(u64, u64)> {
    let (range, size) = header(answer, "content-range")?.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, size.trim().parse().ok()?))
}

/// A moment as HTTP writes it.
fn moment(text: &str) -> Option<SystemTime> {
    chrono::DateTime::parse_from_rfc2822(text).ok().map(Into::into)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let letter = |place: usize| char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]);
        (0..4).map(move |place| if place <= three.len() { letter(place) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), coded);
        }
        assert_eq!(base64(b"\xff\xfe\xfd"), "//79");
    }

    #[test]
    fn a_moment_of_http_is_read() {
        let moment = moment("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(moment.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 784_111_777);
    }
}
