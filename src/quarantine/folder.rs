//! The folder of a quarantine: whole under its name, or not there.
//!
//! Files are written in a temporary folder beside it, made durable, and renamed together at the end. Whatever stops a run
//! before that leaves nothing under the final name; what a killed run leaves under the temporary one can be told by its lock,
//! as that of every temporary folder, and is swept by a later run. Folders are 0700 and files 0600, where the system has such
//! modes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::history::{IN_USE, TEMPORARY};
use crate::outcome::{Fault, QuarantineFile};

/// A folder on its way; what is temporary of it is removed when it is dropped.
pub(super) struct Folder {
    last: PathBuf,
    temporary: PathBuf,
    /// What will have the final name, inside the temporary folder.
    current: PathBuf,
    _in_use: File,
}

/// A file of the folder, hashed as it is written.
pub(super) struct HashedFile {
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
    name: String,
}

/// Whether nothing stands under a name that is to be written.
///
/// # Errors
/// What stands in the way.
pub(super) fn free(path: &Path) -> Result<(), Fault> {
    if path.symlink_metadata().is_ok() {
        let message = format!("`{}` is there already, and a quarantine is never written over", path.display());
        return Err(unwritable(&message));
    }
    for above in path.ancestors().skip(1) {
        match fs::metadata(above) {
            Ok(found) if found.is_dir() => return Ok(()),
            Ok(_) => return Err(unwritable(&format!("`{}` is no folder", above.display()))),
            // Below what is no folder there is nothing; that itself comes further up.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(cannot_write(above, &error)),
        }
    }
    Ok(())
}

impl Folder {
    /// Begins a folder that will have a path.
    ///
    /// # Errors
    /// If something is there, or it cannot be made.
    pub(super) fn begin(last: &Path) -> Result<Self, Fault> {
        free(last)?;
        let name = last.file_name().unwrap_or_default().to_string_lossy();
        let temporary = last.with_file_name(format!("{TEMPORARY}{name}"));
        let current = temporary.join("rows");
        let wrong = |error| cannot_write(&temporary, &error);
        last.parent().map_or(Ok(()), |above| folders().recursive(true).create(above)).map_err(wrong)?;
        folders().create(&temporary).map_err(wrong)?;
        let in_use = files().open(temporary.join(IN_USE)).map_err(wrong)?;
        // Where the file system knows no locks, nothing is swept either.
        let _ = in_use.try_lock();
        folders().create(&current).map_err(wrong)?;
        Ok(Self { last: last.to_owned(), temporary, current, _in_use: in_use })
    }

    /// Begins a file.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn file(&self, name: &str) -> Result<HashedFile, Fault> {
        let path = self.current.join(name);
        let file = files().open(&path).map_err(|error| cannot_write(&path, &error))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(HashedFile { file, digest: Sha256::new(), bytes: 0, name: name.to_owned() })
    }

    /// Makes the folder durable and gives it its name.
    ///
    /// # Errors
    /// If that cannot be done.
    pub(super) fn publish(self) -> Result<(), Fault> {
        free(&self.last)?;
        let done = sync(&self.current).and_then(|()| fs::rename(&self.current, &self.last));
        done.map_err(|error| cannot_write(&self.last, &error))?;
        self.last.parent().map_or(Ok(()), sync).map_err(|error| cannot_write(&self.last, &error))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stands under no final name.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

impl HashedFile {
    /// Makes the file durable, and says what it is.
    ///
    /// # Errors
    /// If it cannot be written to its end.
    pub(super) fn finish(self, rows: u64) -> Result<QuarantineFile, Fault> {
        let Self { file, digest, bytes, name } = self;
        let done = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        done.map_err(|error| cannot_write(Path::new(&name), &error))?;
        let sha256 = digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok(QuarantineFile { name, rows, bytes, sha256 })
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The fault of what could not be written.
pub(super) fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> Fault {
    unwritable(&format!("cannot write `{}`: {error}", path.display()))
}

fn unwritable(message: &str) -> Fault {
    Fault { code: super::UNWRITABLE.to_owned(), message: message.to_owned(), caused_by: None }
}

fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened to be made durable.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn folders() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn folders() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(unix)]
fn files() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn files() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Folder, name: &str, text: &str) -> QuarantineFile {
        let mut file = folder.file(name).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.finish(1).unwrap()
    }

    #[test]
    fn a_folder_is_there_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let last = root.path().join("a/b");
        let folder = Folder::begin(&last).unwrap();
        let file = write(&folder, "x", "abc");
        assert_eq!((file.bytes, &file.sha256[..8]), (3, "ba7816bf"));
        assert!(!last.exists());
        drop(folder);
        assert_eq!(fs::read_dir(root.path().join("a")).unwrap().count(), 0);
        let folder = Folder::begin(&last).unwrap();
        write(&folder, "x", "abc");
        folder.publish().unwrap();
        assert_eq!(fs::read_to_string(last.join("x")).unwrap(), "abc");
        assert!(Folder::begin(&last).is_err_and(|fault| fault.message.contains("never written over")));
        assert!(free(&last.join("x/y")).is_err_and(|fault| fault.message.contains("no folder")));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_what_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::begin(&root.path().join("a/b")).unwrap();
        write(&folder, "x", "abc");
        folder.publish().unwrap();
        let mode = |path: &str| fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("a"), mode("a/b"), mode("a/b/x")], [0o700, 0o700, 0o600]);
    }
}
