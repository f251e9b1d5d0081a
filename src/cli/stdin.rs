//! Standard input as a dataset: written to a file once, for a run may read it more than once.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::cli::stop::Watch;
use crate::dataset::STDIN;
use crate::error::Error;
use crate::suite::Suite;

/// Writes standard input to a file, if a suite reads it, and points all that read it there. The file goes when it is
/// dropped. If the command is to end before the input does, the file holds a part of it; nothing is read after that.
pub(super) fn spool(suites: &mut [Suite], watch: &Watch) -> Result<Option<NamedTempFile>, Error> {
    if !suites.iter().flat_map(|suite| &suite.datasets).any(|dataset| dataset.data.source.is_stdin()) {
        return Ok(None);
    }
    if io::stdin().is_terminal() {
        let message = "a dataset is read from standard input, and nothing is sent there: `… | tamiz check`";
        return Err(Error::Usage(message.to_owned()));
    }
    let failed = |source| Error::Read { path: PathBuf::from("standard input"), source };
    let file = NamedTempFile::new().map_err(failed)?;
    let mut to = file.reopen().map_err(failed)?;
    // Who sends may never close it.
    let read = watch.wait(Duration::ZERO, move || io::copy(&mut io::stdin().lock(), &mut to)).map_err(failed)?;
    read.transpose().map_err(failed)?;
    // Who sends may have been ended by the same Ctrl-C, and its end is not that of the data.
    let _ = watch.stopped();
    for dataset in suites.iter_mut().flat_map(|suite| &mut suite.datasets) {
        let source = &mut dataset.data.source;
        for (place, spelled) in source.places.iter_mut().zip(&source.spelled) {
            if spelled == STDIN {
                *place = file.path().into();
            }
        }
    }
    Ok(Some(file))
}
