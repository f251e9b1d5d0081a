//! The lines of a run added to its month file, in one write, behind the last run that is there whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::Error;
use crate::history::backwards::Backwards;
use crate::history::line::{Line, RuleLine, RunLine};
use crate::history::merge::{Group, groups};
use crate::history::{History, folder_of, sync_folder};
use crate::outcome::Report;

impl History {
    /// Adds the lines of a run. Who calls has the lock of the books.
    pub(super) fn append(&self, report: &Report) -> Result<(), Error> {
        let rules: Vec<RuleLine> = report.results.iter().map(|outcome| RuleLine::of(report, outcome)).collect();
        self.append_lines(&RunLine::of(report, Self::folder(report)), &rules)
    }

    /// Adds a run with its rules.
    pub(super) fn append_lines(&self, run: &RunLine, rules: &[RuleLine]) -> Result<(), Error> {
        let mut streaks = self.streaks(&run.suite)?;
        let text = text_of(run.clone(), rules)?;
        let path = self.book(&run.suite, month_of(&run.started_at));
        let wrong = |source| Error::Write { path: path.clone(), source };
        std::fs::create_dir_all(folder_of(&path)).map_err(wrong)?;
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(wrong)?;
        let newest = end_of_last_run(&mut file).map_err(wrong)?;
        let is_newest = match &newest {
            Some((last, _)) => last.order() < run.order(),
            None => self.walk(&run.suite)?.next_line()?.is_none_or(|last| last.order() < run.order()),
        };
        match newest {
            // Two runs at the same time, where the file system knows no locks: lines stay in the order of time.
            Some((last, _)) if last.order() >= run.order() => {
                drop(file);
                self.add_to_book(&run.suite, month_of(&run.started_at), groups(text.as_bytes()))?;
            }
            newest => {
                write_behind(&path, &mut file, newest.map_or(0, |(_, end)| end), text.as_bytes()).map_err(wrong)?;
            }
        }
        if is_newest {
            streaks.push(run, rules);
            return self.keep_streaks(&run.suite, &streaks);
        }
        self.forget_streaks(&run.suite)
    }

    /// Adds runs in the order of time behind those of a history file, if all of them are later; says whether they are. Who calls
    /// has the lock of the books.
    pub(super) fn append_groups(&self, suite: &str, month: &str, groups: &[Group]) -> Result<bool, Error> {
        let path = self.book(suite, month);
        let wrong = |source| Error::Write { path: path.clone(), source };
        std::fs::create_dir_all(folder_of(&path)).map_err(wrong)?;
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(wrong)?;
        let newest = end_of_last_run(&mut file).map_err(wrong)?;
        let (last, end) = newest.as_ref().map_or((None, 0), |(run, end)| (Some(run.order()), *end));
        let first = groups.first().map(|group| (group.key.started_at.as_str(), group.key.id.as_str()));
        if first <= last {
            return Ok(false);
        }
        self.forget_streaks(suite)?;
        let text: Vec<u8> = groups.iter().flat_map(|group| group.text.iter().copied()).collect();
        write_behind(&path, &mut file, end, &text).map_err(wrong)?;
        Ok(true)
    }
}

/// Writes lines behind the last run that is whole; what follows that was torn.
fn write_behind(path: &Path, file: &mut File, end: u64, text: &[u8]) -> io::Result<()> {
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    file.write_all(text)?;
    file.sync_all()?;
    if end == 0 { sync_folder(folder_of(path)) } else { Ok(()) }
}

/// The month of a moment in RFC 3339: `2026-11`.
pub(super) fn month_of(moment: &str) -> &str {
    moment.get(..7).unwrap_or(moment)
}

/// The lines of a run, its own last.
pub(super) fn text_of(run: RunLine, rules: &[RuleLine]) -> Result<String, Error> {
    let wrong = |error: serde_json::Error| Error::Render(error.to_string());
    let mut text = String::new();
    for rule in rules {
        text += &serde_json::to_string(&Line::Rule(Box::new(rule.clone()))).map_err(wrong)?;
        text.push('\n');
    }
    let run = RunLine { rules_bytes: text.len() as u64, ..run };
    text += &serde_json::to_string(&Line::Run(Box::new(run))).map_err(wrong)?;
    text.push('\n');
    Ok(text)
}

/// The last run in a history file that was written whole, and where it ends. What follows was torn by the end of a process.
fn end_of_last_run(file: &mut File) -> io::Result<Option<(RunLine, u64)>> {
    Ok(Backwards::new(file)?.run()?.map(|found| (found.run, found.end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    const RULE_LINE: &str = "{\"line\":\"rule\",\"run\":\"1\"}\n";

    fn end(text: &str) -> usize {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        end_of_last_run(&mut file).unwrap().map_or(0, |(_, end)| usize::try_from(end).unwrap())
    }

    #[test]
    fn what_follows_the_last_whole_run_was_torn() {
        let whole = String::from_utf8(sample::group("s", 1, 2, |_| false)).unwrap();
        assert_eq!(end(""), 0);
        assert_eq!(end(&whole), whole.len());
        for torn in [
            RULE_LINE,
            &RULE_LINE[..9],
            "{\"line\":\"run\",\"id\":",
            whole.lines().last().unwrap(),
            "\n",
            "{\"line\":\"rule\",\"id\":\"\u{f1}",
        ] {
            assert_eq!(end(&format!("{whole}{torn}")), whole.len(), "{torn}");
            assert_eq!(end(torn), 0, "{torn}");
        }
        let many = format!("{whole}{}", RULE_LINE.repeat(20_000));
        assert_eq!(end(&many), whole.len());
    }
}
