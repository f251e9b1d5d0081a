//! The files of a dataset as the system tells of them: where, how large, from when, and of which bytes.
//!
//! Asked of the source itself, so that it is known of files that nothing can read.

use std::io::Read;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use crate::answer::FileFacts;
use crate::dataset::Dataset;
use crate::engine::Progress;
use crate::engine::local::find;
use crate::engine::local::open::unreadable;
use crate::engine::remote::Connections;
use crate::engine::source::input::Input;
use crate::outcome::Fault;

/// What is known of the files of a dataset; with `digest` also of their bytes.
///
/// # Errors
/// No file is there, one cannot be read, or the run is to end.
pub(super) fn facts_of_files(
    dataset: &Dataset,
    digest: bool,
    progress: &Progress,
    connections: &Arc<Connections>,
) -> Result<Vec<FileFacts>, Fault> {
    // Standard input that was cut off has a size that means nothing.
    progress.go_on()?;
    let facts = find::files(dataset, connections)?.into_iter().map(|found| {
        let input = found.input;
        let about = input.facts().map_err(|error| unreadable(&input, &error))?;
        let modified = find::modified(dataset, &input, about.modified).filter(|_| !found.is_stdin);
        let since = modified.map(|time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
        });
        Ok(FileFacts {
            path: found.shown,
            bytes: about.bytes,
            modified: since,
            sha256: if digest { Some(sha256(&input, progress)?) } else { None },
        })
    });
    facts.collect()
}

fn sha256(input: &Input, progress: &Progress) -> Result<String, Fault> {
    let wrong = |error: std::io::Error| unreadable(input, &error);
    let (mut file, _) = input.stream(0).map_err(wrong)?;
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        progress.go_on()?;
        let read = file.read(&mut block).map_err(wrong)?;
        if read == 0 {
            break;
        }
        digest.update(&block[..read]);
    }
    Ok(digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
