//! A copy of data beside the place where they are to go, put there in one step.
//!
//! The copy lies in a folder of its own that others cannot enter, whose name starts with a dot, so that who reads the folder
//! around it sees nothing. It keeps modes and times of modification. It goes when it is dropped, and what a killed process
//! left is swept when somebody publishes there again.

use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::cli::stop::Watch;
use crate::history::{IN_USE, TEMPORARY, folder_of, sweep, sync_folder};

/// How much is copied before somebody looks whether the command is to end.
const PIECE: u64 = 16 << 20;

/// How deep folders may stand inside each other.
const DEEPEST: usize = 64;

/// A file or folder copied, and what it was when it was copied.
pub(super) struct Stage {
    /// Removed when it is dropped.
    _folder: TempDir,
    /// Locked as long as somebody works in the folder.
    _in_use: File,
    copy: PathBuf,
    source: Vec<Entry>,
    copied: Vec<Entry>,
}

/// A file or folder, so far as one sees without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Its path below the whole.
    path: PathBuf,
    is_folder: bool,
    bytes: u64,
    /// Of files.
    modified: Option<SystemTime>,
}

impl Entry {
    /// Its path, in a whole that lies somewhere; a file may be the whole itself.
    fn of(&self, whole: &Path) -> PathBuf {
        if self.path.as_os_str().is_empty() { whole.to_owned() } else { whole.join(&self.path) }
    }
}

impl Stage {
    /// Copies a file or folder to where it can be put in its place at once; what others left there before a moment is swept.
    ///
    /// # Errors
    /// What cannot be read or written, a link to a folder, something that is neither file nor folder, and a source that
    /// changes while it is copied.
    pub(super) fn copy(source: &Path, destination: &Path, before: SystemTime, watch: &Watch) -> io::Result<Self> {
        let around = folder_of(destination);
        fs::create_dir_all(around)?;
        sweep(around, before);
        let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(around)?;
        let in_use = File::create(folder.path().join(IN_USE))?;
        // Where the file system knows no locks, nothing is swept either.
        let _ = in_use.try_lock();
        // The names of its folders may say something of the data, such as `day=2026-11-22`.
        let names = source.components().filter(|part| matches!(part, Component::Normal(_)));
        let copy = folder.path().join("copy").join(names.collect::<PathBuf>());
        fs::create_dir_all(folder_of(&copy))?;
        let entries = listing(source)?;
        for entry in &entries {
            copy_entry(&entry.of(source), &entry.of(&copy), entry, watch)?;
        }
        if entries != listing(source)? {
            return Err(io::Error::other("it changed while it was copied"));
        }
        // A folder takes the mode of its original when all is in it.
        for entry in entries.iter().rev().filter(|entry| entry.is_folder) {
            let to = entry.of(&copy);
            sync_folder(&to)?;
            fs::set_permissions(&to, fs::metadata(entry.of(source))?.permissions())?;
        }
        let copied = listing(&copy)?;
        Ok(Self { _folder: folder, _in_use: in_use, copy, source: entries, copied })
    }

    /// Where the copy lies.
    pub(super) fn path(&self) -> &Path {
        &self.copy
    }

    /// How many files it has.
    pub(super) fn files(&self) -> u64 {
        self.copied.iter().filter(|entry| !entry.is_folder).count() as u64
    }

    /// How many bytes they have together.
    pub(super) fn bytes(&self) -> u64 {
        self.copied.iter().map(|entry| entry.bytes).sum()
    }

    /// Puts the copy in its place. What is there is replaced: a file at once, a folder by putting it aside first, and back if
    /// the copy cannot take its name; `keep` replaces nothing.
    ///
    /// # Errors
    /// What the system says, something that is there where nothing may be, and a copy that is not what was copied.
    pub(super) fn put(&self, destination: &Path, keep: bool) -> io::Result<()> {
        if listing(&self.copy)? != self.copied {
            return Err(io::Error::other("the copy that was checked has been changed"));
        }
        let around = folder_of(destination);
        let _turn = turn(around);
        restore(destination)?;
        let there = fs::symlink_metadata(destination).is_ok();
        if there && keep {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if there && self.copy.is_dir() {
            let aside = aside(destination);
            fs::rename(destination, &aside)?;
            if let Err(error) = fs::rename(&self.copy, destination) {
                fs::rename(&aside, destination)?;
                return Err(error);
            }
            sync_folder(around)?;
            return fs::remove_dir_all(&aside);
        }
        fs::rename(&self.copy, destination)?;
        sync_folder(around)
    }

    /// Removes what was copied from where it was.
    ///
    /// # Errors
    /// What the system says, and a source that is no longer what was copied.
    pub(super) fn remove_source(&self, source: &Path) -> io::Result<()> {
        if listing(source)? != self.source {
            return Err(io::Error::other("it is no longer what was published, and stays"));
        }
        if source.is_dir() { fs::remove_dir_all(source) } else { fs::remove_file(source) }
    }
}

/// Waits until nobody else puts something into a folder, as far as the system knows locks of folders.
fn turn(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Puts a folder back that was put aside by a process that was killed before the new one had its name.
fn restore(destination: &Path) -> io::Result<()> {
    let aside = aside(destination);
    if fs::symlink_metadata(&aside).is_err() {
        return Ok(());
    }
    if fs::symlink_metadata(destination).is_ok() { fs::remove_dir_all(&aside) } else { fs::rename(&aside, destination) }
}

/// The name of a folder that is about to be replaced.
fn aside(destination: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(destination.file_name().unwrap_or_default());
    name.push(".tamiz-previous");
    destination.with_file_name(name)
}

/// A file or folder and all that is in it, folders before what they hold, by name.
fn listing(path: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    list(path, PathBuf::new(), &mut entries, 0)?;
    Ok(entries)
}

fn list(path: &Path, below: PathBuf, into: &mut Vec<Entry>, depth: usize) -> io::Result<()> {
    let facts = fs::metadata(path)?;
    if facts.is_file() {
        into.push(Entry { path: below, is_folder: false, bytes: facts.len(), modified: facts.modified().ok() });
        return Ok(());
    }
    let refuse = |what: &str| Err(io::Error::other(format!("`{}` is {what}", path.display())));
    if !facts.is_dir() {
        return refuse("neither a file nor a folder");
    }
    if depth > 0 && fs::symlink_metadata(path)?.is_symlink() {
        return refuse("a link to a folder, which is not followed");
    }
    if depth > DEEPEST {
        return refuse("too deep inside other folders");
    }
    let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    into.push(Entry { path: below.clone(), is_folder: true, bytes: 0, modified: None });
    for name in names {
        list(&path.join(&name), below.join(&name), into, depth + 1)?;
    }
    Ok(())
}

fn copy_entry(from: &Path, to: &Path, entry: &Entry, watch: &Watch) -> io::Result<()> {
    if entry.is_folder {
        return fs::create_dir(to);
    }
    let from = File::open(from)?;
    let mut file = File::create_new(to)?;
    loop {
        // Who stops the command finds nothing read of a part of the copy.
        if watch.stopped().is_some() || io::copy(&mut (&from).take(PIECE), &mut file)? == 0 {
            break;
        }
    }
    if let Some(modified) = entry.modified {
        file.set_times(FileTimes::new().set_modified(modified))?;
    }
    file.set_permissions(from.metadata()?.permissions())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn watch() -> Watch {
        Watch::begin(None, Lang::En)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_takes_the_place_of_another_and_leaves_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let (source, destination) = (place.path().join("a"), place.path().join("out/b"));
        fs::create_dir_all(source.join("inner")).unwrap();
        fs::create_dir_all(&destination).unwrap();
        fs::write(source.join("inner/x.csv"), "new").unwrap();
        fs::write(destination.join("old.csv"), "old").unwrap();
        let stage = Stage::copy(&source, &destination, SystemTime::UNIX_EPOCH, &watch()).unwrap();
        assert_eq!((stage.files(), stage.bytes()), (1, 3));
        assert_eq!(stage.put(&destination, true).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        stage.put(&destination, false).unwrap();
        stage.remove_source(&source).unwrap();
        drop(stage);
        assert_eq!(fs::read_to_string(destination.join("inner/x.csv")).unwrap(), "new");
        assert_eq!(
            (names(&place.path().join("out")), names(place.path())),
            (vec!["b".to_owned()], vec!["out".to_owned()])
        );
    }

    #[test]
    fn a_folder_that_was_put_aside_by_a_killed_process_comes_back() {
        let place = tempfile::tempdir().unwrap();
        let (destination, aside) = (place.path().join("b"), place.path().join(".b.tamiz-previous"));
        fs::create_dir(&aside).unwrap();
        restore(&destination).unwrap();
        assert!(destination.exists() && !aside.exists());
        fs::create_dir(&aside).unwrap();
        restore(&destination).unwrap();
        assert!(destination.exists() && !aside.exists());
    }

    #[test]
    fn a_copy_or_a_source_that_was_changed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let (source, destination) = (place.path().join("a.csv"), place.path().join("b.csv"));
        fs::write(&source, "1").unwrap();
        let stage = Stage::copy(&source, &destination, SystemTime::UNIX_EPOCH, &watch()).unwrap();
        fs::write(&source, "12").unwrap();
        assert!(stage.remove_source(&source).is_err() && source.exists());
        fs::write(stage.path(), "123").unwrap();
        assert!(stage.put(&destination, false).is_err() && !destination.exists());
    }
}
