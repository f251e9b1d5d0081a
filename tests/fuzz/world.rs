//! What the targets share: a file that holds the input, and columns to bind names to.

use std::path::PathBuf;
use std::{env, fs, io, process, thread};

use tamiz::ir::{Reading, Type};

/// A file of this thread, in memory where the system has that.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Holds some bytes.
    ///
    /// # Panics
    /// If they cannot be written, which is no fault of the input.
    pub(crate) fn holding(bytes: &[u8]) -> Self {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { env::temp_dir() };
        let path = folder.join(format!("tamiz-fuzz-{}-{:?}", process::id(), thread::current().id()));
        let written: io::Result<()> = fs::write(&path, bytes);
        written.unwrap_or_else(|error| panic!("cannot write `{}`: {error}", path.display()));
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Columns of every type, and how their values read.
pub(crate) fn column(name: &str) -> Option<Reading> {
    let kind = match name {
        "a" | "id" | "n" => Type::Integer,
        "b" | "name" | "s" => Type::String,
        "c" | "price" => Type::Decimal,
        "d" | "day" => Type::Date,
        "e" | "at" => Type::Timestamp,
        "f" | "share" => Type::Float,
        "g" | "flag" => Type::Boolean,
        "h" | "time" => Type::Time,
        "j" | "data" => Type::Json,
        "o" => Type::Object,
        "l" => Type::List,
        _ => return None,
    };
    Some(Reading::plain(kind))
}
