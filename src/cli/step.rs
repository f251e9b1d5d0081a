//! What a step of GitHub Actions leaves behind: its job summary, and outputs that later steps read.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::cli::world;
use crate::error::Error;
use crate::lang::Lang;
use crate::outcome::{Report, RunStatus};
use crate::report::markdown;

/// How much the summary of a step may hold: a little less than the mebibyte beyond which nothing of it is shown.
const SUMMARY: usize = 900_000;

/// Adds runs to the summary and the outputs of the step, where there are such.
pub(super) fn tell(reports: &[&Report], lang: Lang) -> Result<(), Error> {
    if let Some(path) = world::env("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        let path = Path::new(&path);
        let there = std::fs::metadata(path).map_or(0, |about| about.len());
        let limit = SUMMARY.saturating_sub(usize::try_from(there).unwrap_or(SUMMARY));
        let text = markdown::render(reports, markdown::Options { lang, limit });
        if text.len() <= limit {
            append(path, &text)?;
        }
    }
    match world::env("GITHUB_OUTPUT").filter(|path| !path.is_empty()) {
        Some(path) => append(Path::new(&path), &outputs(reports)),
        None => Ok(()),
    }
}

/// Lines `name=value`; only words and numbers of ours, so that no text of a suite or of data begins another one.
fn outputs(reports: &[&Report]) -> String {
    let any = |status| reports.iter().any(|report| report.verdict.status == status);
    let worst = [(RunStatus::Aborted, "aborted"), (RunStatus::Failed, "failed"), (RunStatus::Error, "error")];
    let status = worst.into_iter().find(|(status, _)| any(*status)).map_or("passed", |(_, word)| word);
    let sum = |count: fn(&Report) -> u64| reports.iter().map(|report| count(report)).sum::<u64>();
    format!(
        "status={status}\nfailed={}\nwarned={}\nerrors={}\n",
        sum(|report| report.counts.gating),
        sum(|report| report.verdict.warnings),
        sum(|report| report.counts.error),
    )
}

fn append(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}
