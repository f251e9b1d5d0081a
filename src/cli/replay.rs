//! `--replay`: the invalid rows of quarantines in place of the sources of their datasets.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::dataset::{Format, Kind, Location, Quote, Source};
use crate::error::Error;
use crate::ir::Encoding;
use crate::quarantine::replay;
use crate::suite::Suite;

/// Points the datasets of some suites at invalid rows, written to a temporary folder. That goes when it is dropped.
pub(super) fn spool(folder: &Path, suites: &mut [Suite]) -> Result<TempDir, Error> {
    let found = replay::find(folder).map_err(|message| Error::Usage(format!("--replay: {message}")))?;
    let failed = |source| Error::Read { path: PathBuf::from("a temporary folder"), source };
    let spool = tempfile::tempdir().map_err(failed)?;
    for quarantines in found.chunk_by(|a, b| a.manifest.dataset == b.manifest.dataset) {
        let name = &quarantines[0].manifest.dataset;
        let mut sources = Vec::with_capacity(quarantines.len());
        for (place, quarantine) in quarantines.iter().enumerate() {
            let into = spool.path().join(name).join(place.to_string());
            std::fs::create_dir_all(&into).map_err(failed)?;
            let source = quarantine.source(&into).map_err(|message| Error::Usage(format!("--replay: {message}")))?;
            sources.push((quarantine.invalid().to_string_lossy().replace('\\', "/"), source));
        }
        let all = suites.iter_mut().flat_map(|suite| &mut suite.datasets);
        let datasets: Vec<_> = all.filter(|dataset| dataset.root() == name).collect();
        if datasets.is_empty() {
            let message = format!("--replay: no suite has the dataset `{name}` of `{}`", folder.display());
            return Err(Error::Usage(message));
        }
        for dataset in datasets {
            let (spelled, places) =
                sources.iter().map(|(spelled, source)| (spelled.clone(), Location::File(source.path.clone()))).unzip();
            dataset.data.source = Source::new(spelled, places);
            if let Some((_, source)) = sources.first() {
                dataset.data.format = Format {
                    kind: Some(source.kind),
                    delimiter: source.delimiter,
                    quote: source.quote.map_or(Quote::Unsaid, Quote::Byte),
                    header: source.header,
                    encoding: (source.kind == Kind::Csv).then_some(Encoding::UTF_8),
                    marks: dataset.data.format.marks.filter(|_| source.kind == Kind::Csv),
                    columns: dataset.data.format.columns.take().filter(|_| source.header == Some(false)),
                    ..Format::default()
                };
            }
        }
    }
    Ok(spool)
}
