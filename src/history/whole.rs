//! Files that are there whole or not at all.
//!
//! A file is written to a temporary name beside its own, `.tamiz-…`, and renamed. The writer holds a lock on the temporary
//! file, which the operating system lets go when the process dies: so what a killed process left can be told from what is
//! being written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::error::Error;

/// How the names of temporary files and folders begin.
pub const TEMPORARY: &str = ".tamiz-";

/// The file inside a temporary folder whose lock says that somebody still works in it.
pub const IN_USE: &str = ".in-use";

/// Writes a file to a temporary name beside it and renames it; with `sync` it outlives a loss of power.
///
/// A device or a pipe, such as `/dev/null`, is written to and stays what it is.
///
/// # Errors
/// If it cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8], sync: bool) -> Result<(), Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    if fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir()) {
        return OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(wrong);
    }
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(wrong)?;
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(wrong)?;
    // Where the file system knows no locks, nothing is swept either.
    let _ = file.as_file().try_lock();
    file.write_all(bytes).map_err(wrong)?;
    if sync {
        file.as_file().sync_all().map_err(wrong)?;
    }
    open_to_readers(file.as_file()).map_err(wrong)?;
    file.persist(path).map_err(|error| wrong(error.error))?;
    if sync { sync_folder(folder).map_err(wrong) } else { Ok(()) }
}

/// The folder that a path lies in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a folder outlive a loss of power, where the system needs to be asked.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes the names in a folder outlive a loss of power, where the system needs to be asked.
///
/// # Errors
/// None: there is nothing to ask here.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes what killed processes left in a folder: temporary files and folders, not touched since a moment, whose lock nobody
/// holds. What cannot be removed stays: it is in nobody's way.
pub fn sweep(folder: &Path, before: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_temporary =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(TEMPORARY));
        if is_temporary && is_older(&path, before) {
            let _ = remove_if_left(&path);
        }
    }
}

/// Whether a file or folder was last changed before a moment.
pub(super) fn is_older(path: &Path, before: SystemTime) -> bool {
    fs::symlink_metadata(path).and_then(|facts| facts.modified()).is_ok_and(|modified| modified < before)
}

fn remove_if_left(path: &Path) -> io::Result<()> {
    let is_folder = fs::symlink_metadata(path)?.is_dir();
    let lock = File::open(if is_folder { path.join(IN_USE) } else { path.to_owned() })?;
    lock.try_lock()?;
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Temporary files are private; reports are for everyone who may read the folder.
#[cfg(unix)]
fn open_to_readers(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_readers(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_to_and_stays_one() {
        use std::os::unix::fs::FileTypeExt;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read_to_string(path).unwrap()
        });
        write_whole(&path, b"x", true).unwrap();
        assert_eq!(reader.join().unwrap(), "x");
        assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    }

    #[test]
    fn what_a_dead_process_left_is_swept_and_what_is_in_use_stays() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        for name in [".tamiz-left", ".tamiz-used", "kept"] {
            fs::write(path(name), "x").unwrap();
        }
        for name in [".tamiz-folder", ".tamiz-used-folder", ".tamiz-strange"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path(".tamiz-folder/.in-use"), "").unwrap();
        fs::write(path(".tamiz-used-folder/.in-use"), "").unwrap();
        let used = [".tamiz-used", ".tamiz-used-folder/.in-use"].map(|name| File::open(path(name)).unwrap());
        used.iter().for_each(|file| file.lock().unwrap());
        let facts = fs::metadata(path("kept")).unwrap();
        sweep(place.path(), facts.modified().unwrap() - Duration::from_mins(1));
        assert!(path(".tamiz-left").exists(), "it is too young");
        sweep(place.path(), facts.modified().unwrap() + Duration::from_mins(1));
        let left = |name: &str| path(name).exists();
        assert!(!left(".tamiz-left") && !left(".tamiz-folder"));
        assert!(left(".tamiz-used") && left(".tamiz-used-folder") && left("kept"));
        assert!(left(".tamiz-strange"), "nobody said who made it");
    }
}
