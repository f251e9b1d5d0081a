//! The files of a dataset: which there are, of what kind, and what the names of their folders say.
//!
//! A folder means the data files in it and in its folders, but for those whose names start with `_` or `.`; of a pattern, `*`
//! stands for no name that starts with a dot. In a folder or pattern, a folder called `key=value` (as the source writes it, or below) gives a column: percent-decoded, null for
//! `__HIVE_DEFAULT_PARTITION__` and for no value.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::dataset::{Dataset, Kind, Location, Pick, STDIN, tidy};
use crate::engine::Progress;
use crate::engine::local::open::{fault, unreadable};
use crate::engine::remote::{self, Connections};
use crate::engine::source::bytes::{self, Codec};
use crate::engine::source::input::Input;
use crate::engine::source::{archive, avro, ipc, sqlite};
use crate::ir::name::nfc;
use crate::outcome::Fault;

/// What a folder is called for a value that is null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// How deep folders may stand inside each other.
const DEEPEST: usize = 64;

/// A file of a dataset.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) input: Input,
    /// Its path for people.
    pub(super) shown: String,
    pub(super) is_stdin: bool,
    /// What the names of its folders say, in their order.
    pub(super) folders: Vec<(String, Option<String>)>,
}

/// Finds the files of a dataset, in the order given, those of one folder or pattern by name.
pub(super) fn files(dataset: &Dataset, connections: &Arc<Connections>) -> Result<Vec<Found>, Fault> {
    if let (Some(_), Some(Location::File(path)), Some(spelled)) =
        (&dataset.source.database, dataset.source.places.first(), dataset.source.spelled.first())
    {
        if path.is_dir() {
            return Err(fault("source_unreadable", &format!("`{spelled}` is a folder, and no database of SQLite")));
        }
        if path.exists() {
            return Ok(vec![Found {
                input: path.as_path().into(),
                shown: shown(path),
                is_stdin: false,
                folders: Vec::new(),
            }]);
        }
    }
    let mut found = Vec::new();
    for (place, spelled) in dataset.source.places.iter().zip(&dataset.source.spelled) {
        let path = match place {
            Location::File(path) => path,
            Location::Url(url) => {
                found.extend(objects(place, url, connections)?);
                continue;
            }
        };
        if spelled == STDIN {
            found.push(Found {
                input: path.as_path().into(),
                shown: "standard input".to_owned(),
                is_stdin: true,
                folders: Vec::new(),
            });
            continue;
        }
        // What stands before the spelling is the folder of the suite, whose name says nothing of the data.
        let before = path.components().count().saturating_sub(Path::new(spelled).components().count());
        let mut inside = Vec::new();
        if path.is_dir() {
            walk(path, &mut Vec::new(), &mut inside)?;
            if inside.is_empty() {
                return Err(missing(&format!("the folder `{spelled}` holds no data file")));
            }
        } else if path.exists() {
            found.push(Found {
                input: path.as_path().into(),
                shown: shown(path),
                is_stdin: false,
                folders: Vec::new(),
            });
            continue;
        } else if spelled.contains(['*', '?', '[']) {
            let pattern = path.to_string_lossy();
            // As in a shell, `*` stands for no name that starts with a dot.
            let how = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
            let matches = glob::glob_with(&pattern, how)
                .map_err(|error| missing(&format!("`{spelled}` is no pattern of paths: {error}")))?;
            for entry in matches {
                let path = entry.map_err(|error| unreadable(&error.path().display(), error.error()))?;
                if !path.is_dir() {
                    inside.push(path);
                }
            }
            if inside.is_empty() {
                return Err(missing(&format!("no file matches `{spelled}`")));
            }
        } else {
            return Err(missing(&format!("`{spelled}` is not there (looked for `{}`)", path.display())));
        }
        inside.sort();
        found.extend(inside.into_iter().map(|path| Found {
            shown: shown(&path),
            is_stdin: false,
            folders: folders(&path, before),
            input: path.as_path().into(),
        }));
    }
    match dataset.source.pick {
        None => Ok(found),
        Some(Pick::Newest) => newest(found),
    }
}

/// The files of a dataset that lie on this machine, as far as they are found: to learn whether they changed.
#[must_use]
pub fn files_here(dataset: &Dataset, progress: &Arc<Progress>) -> Vec<PathBuf> {
    let mut here = dataset.clone();
    let places = dataset.source.places.iter().zip(&dataset.source.spelled).filter(|(place, _)| place.file().is_some());
    (here.source.places, here.source.spelled) = places.map(|(place, spelled)| (place.clone(), spelled.clone())).unzip();
    let connections = Arc::new(Connections::new(remote::Settings::default(), Arc::clone(progress)));
    let Ok(found) = files(&here, &connections) else {
        // One that is missing may come.
        return here.source.places.iter().filter_map(|place| place.file().map(Path::to_owned)).collect();
    };
    found.iter().filter_map(|found| found.input.file().map(Path::to_owned)).collect()
}

/// What tells whether a file or an object changed: its size, when it was written, the version that a store gives.
pub type Stamp = (u64, Option<SystemTime>, Option<String>);

/// The objects of buckets that a dataset means, by their URLs for people, each with what tells whether it changed. Of an address of the web nobody tells that without handing it out.
///
/// # Errors
/// A bucket that cannot be listed; one in which there is nothing yet is listed.
pub fn objects_elsewhere(dataset: &Dataset, connections: &Arc<Connections>) -> Result<Vec<(String, Stamp)>, Fault> {
    let mut found = Vec::new();
    for place in &dataset.source.places {
        let Location::Url(url) = place else { continue };
        if url.starts_with("http://") || url.starts_with("https://") {
            continue;
        }
        match remote::find(connections, url, &|key| by_extension(key).is_some()) {
            Ok((objects, _)) => found.extend(objects.iter().map(|object| {
                let version = object.version().map(str::to_owned);
                (object.shown().to_owned(), (object.size(), object.modified(), version))
            })),
            Err(error) if error.kind() == remote::ErrorKind::Missing => {}
            Err(error) => return Err(unreadable(place, &error.into())),
        }
    }
    Ok(found)
}

/// The objects that a URL means.
fn objects(place: &Location, url: &str, connections: &Arc<Connections>) -> Result<Vec<Found>, Fault> {
    let is_data = |key: &Path| by_extension(key).is_some();
    let (objects, is_one) =
        remote::find(connections, url, &is_data).map_err(|error| unreadable(place, &error.into()))?;
    let found = objects.into_iter().map(|object| Found {
        shown: object.shown().to_owned(),
        is_stdin: false,
        folders: if is_one { Vec::new() } else { folders(object.path(), 0) },
        input: object.into(),
    });
    Ok(found.collect())
}

/// Whether a file is read as a database: where the suite says so of it, or holds one where it said so of another.
pub(super) fn is_database(dataset: &Dataset, found: &Found) -> Result<bool, Fault> {
    match &dataset.source.database {
        Some(database) if database.replaced => {
            let head = bytes::head(&found.input, 16).map_err(|error| unreadable(&found.input, &error))?;
            Ok(head.starts_with(sqlite::MAGIC))
        }
        database => Ok(database.is_some()),
    }
}

/// When a file was last modified; of a database in WAL mode, when its WAL was, if that is later.
pub(super) fn modified(dataset: &Dataset, input: &Input, own: Option<SystemTime>) -> Option<SystemTime> {
    let path = dataset.source.database.as_ref().and_then(|_| input.file());
    let wal = path.and_then(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(name).and_then(|facts| facts.modified()).ok()
    });
    own.max(wal)
}

/// The kind of a file: by its extension, inside that of its compression, then by its first bytes.
pub(super) fn kind_of(found: &Found) -> Result<Kind, Fault> {
    let cannot = |error: std::io::Error| unreadable(&found.input, &error);
    let own = by_extension(found.input.path()).filter(|_| !found.is_stdin);
    if (own.is_none() || is_named_zip(found.input.path()))
        && bytes::Bytes::codec_of(&found.input).map_err(cannot)? == Some(Codec::Zip)
    {
        if own.is_none() && found.input.handle().and_then(archive::is_workbook).map_err(cannot)? {
            return Ok(Kind::Excel);
        }
        let inside = found.input.handle().and_then(archive::only_name).map_err(cannot)?;
        if let Some(kind) = by_extension(Path::new(&inside)) {
            return Ok(kind);
        }
    }
    match own {
        Some(kind) => Ok(kind),
        None => bytes::head(&found.input, 4096).map(|head| by_content(&head)).map_err(cannot),
    }
}

/// Refuses a file that is compressed as a whole and of a kind that compresses what it holds.
pub(super) fn refuse_compressed(found: &Found, kind: Kind) -> Result<(), Fault> {
    if kind.is_text() || kind == Kind::Sqlite {
        return Ok(());
    }
    let by = match bytes::Bytes::codec_of(&found.input).map_err(|error| unreadable(&found.input, &error))? {
        None => return Ok(()),
        // A workbook is an archive itself; what is in one of another name is looked at when it is opened.
        Some(Codec::Zip) if kind == Kind::Excel && !is_named_zip(found.input.path()) => return Ok(()),
        Some(codec) => codec.name(),
    };
    let message = format!(
        "`{}` is compressed with {by} as a whole; {} is read only as it is, compressed inside",
        found.shown,
        kind.name()
    );
    Err(fault("source_unreadable", &message))
}

fn by_extension(path: &Path) -> Option<Kind> {
    bytes::inner_name(path).extension().and_then(|extension| extension.to_str()).and_then(Kind::of_extension)
}

fn is_named_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

fn by_content(head: &[u8]) -> Kind {
    if head.starts_with(b"PAR1") {
        return Kind::Parquet;
    }
    if head.starts_with(avro::MAGIC) {
        return Kind::Avro;
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Kind::Excel;
    }
    if head.starts_with(ipc::MAGIC) || head.starts_with(b"FEA1") || head.starts_with(&[0xff; 4]) {
        return Kind::Ipc;
    }
    if head.starts_with(sqlite::MAGIC) {
        return Kind::Sqlite;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let follows = |starts: &[u8]| text[1..].trim_ascii_start().first().is_none_or(|byte| starts.contains(byte));
    match text.first() {
        Some(b'{') if follows(b"\"}") => Kind::Json,
        Some(b'[') if follows(b"{]") => Kind::Json,
        _ => Kind::Csv,
    }
}

/// The data files below a folder.
fn walk(folder: &Path, above: &mut Vec<PathBuf>, into: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let itself = folder.canonicalize().map_err(|error| unreadable(&folder.display(), &error))?;
    // A link to a folder that it stands in leads nowhere new.
    if above.contains(&itself) {
        return Ok(());
    }
    if above.len() == DEEPEST {
        let message = format!("`{}` lies more than {DEEPEST} folders deep", folder.display());
        return Err(fault("source_unreadable", &message));
    }
    above.push(itself);
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(&folder.display(), &error))? {
        let path = entry.map_err(|error| unreadable(&folder.display(), &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['_', '.']) {
            continue;
        }
        if path.is_dir() {
            walk(&path, above, into)?;
        } else if by_extension(&path).is_some() {
            into.push(path);
        }
    }
    above.pop();
    Ok(())
}

fn newest(found: Vec<Found>) -> Result<Vec<Found>, Fault> {
    let mut dated = Vec::with_capacity(found.len());
    for found in found {
        let facts = found.input.facts().map_err(|error| unreadable(&found.input, &error))?;
        dated.push((facts.modified, found));
    }
    let last = dated
        .into_iter()
        .max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.input.path().cmp(other.input.path())));
    Ok(last.into_iter().map(|(_, found)| found).collect())
}

/// What the folders of a path say, after so many of its parts.
fn folders(path: &Path, before: usize) -> Vec<(String, Option<String>)> {
    let mut said: Vec<(String, Option<String>)> = Vec::new();
    for part in path.parent().into_iter().flat_map(Path::components).skip(before) {
        let Component::Normal(name) = part else { continue };
        let name = name.to_string_lossy();
        let Some((key, value)) = name.split_once('=').filter(|(key, _)| !key.is_empty()) else { continue };
        let key = nfc(&decoded(key));
        let value = decoded(value);
        // The folder further inside says it more exactly.
        said.retain(|(known, _)| *known != key);
        said.push((key, Some(value).filter(|value| !value.is_empty() && value != NULL)));
    }
    said
}

/// Text in which `%20` and the like stand for bytes; as it is if these are no text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let decoded = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *byte == b'%');
        if let Some(decoded) = decoded {
            bytes.push(decoded);
            rest = &after[2..];
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A path for people.
fn shown(path: &Path) -> String {
    tidy(path).to_string_lossy().replace('\\', "/")
}

fn missing(message: &str) -> Fault {
    fault("source_missing", &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_columns_and_their_values() {
        let said = |path: &str, before| {
            let said = folders(Path::new(path), before).into_iter();
            said.map(|(key, value)| format!("{key}:{}", value.unwrap_or("∅".to_owned()))).collect::<Vec<_>>()
        };
        assert_eq!(said("a/dt=2024-01-01/b=x%20y%2Fz/f.csv", 0), ["dt:2024-01-01", "b:x y/z"]);
        assert_eq!(said("a=1/dt=2/f=3.csv", 1), ["dt:2"]);
        assert_eq!(said("a=__HIVE_DEFAULT_PARTITION__/b=/=c/d=1=2/f.csv", 0), ["a:∅", "b:∅", "d:1=2"]);
        assert_eq!(said("a=1/b=2/a=3/f.csv", 0), ["b:2", "a:3"]);
        assert_eq!(said("a=%ff/b=5%/c=%zz/f.csv", 0), ["a:%ff", "b:5%", "c:%zz"]);
    }

    #[test]
    fn a_kind_is_told_by_the_first_bytes() {
        let kinds: [(&[u8], Kind); 11] = [
            (b"PAR1", Kind::Parquet),
            (b"SQLite format 3\0", Kind::Sqlite),
            (b"Obj\x01\x04", Kind::Avro),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Excel),
            (b"ARROW1\0\0", Kind::Ipc),
            (b"\xff\xff\xff\xff\x70\0\0\0", Kind::Ipc),
            (b"\xef\xbb\xbf [\n {\"a\":1}]", Kind::Json),
            (b"{\"a\":1}\n", Kind::Json),
            (b"[id],[name]\n", Kind::Csv),
            (b"{id},x\n", Kind::Csv),
            (b"", Kind::Csv),
        ];
        for (head, kind) in kinds {
            assert_eq!(by_content(head), kind, "{head:?}");
        }
    }
}
