//! Runs carried from one history to another: `push` and `pull`.
//!
//! Of each run its folder goes first and its lines last, so that what is listed is there. Runs that are being written have no
//! line yet and stay. Nothing is ever taken away from either side.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::history::merge::{Group, Key, groups, text, union};
use crate::history::place::{Place, is_plain};
use crate::history::{book_of, breaker_book};

/// How often a history file is merged again because somebody else wrote it meanwhile.
const ATTEMPTS: usize = 100;

/// What was carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Runs that were not there before.
    pub runs: u64,
    /// Runs of them whose record came along.
    pub records: u64,
    /// Files of those.
    pub files: u64,
    /// Bytes of those and of history files.
    pub bytes: u64,
    /// The suites whose newest run is one of them.
    pub newest: Vec<String>,
}

/// Carries to a history what it does not have; the records of so many of the newest runs of each suite, or of all.
///
/// # Errors
/// What cannot be read or written. What was carried until then is whole, and the rest can be carried by doing it again.
pub fn carry(from: &dyn Place, into: &dyn Place, records: Option<usize>) -> Result<Carried, Error> {
    let mut suites: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for book in from.history_files()? {
        if let Some((suite, _)) = book_of(&book).filter(|_| is_plain(&book)) {
            suites.entry(suite.to_owned()).or_default().push(book.clone());
        }
    }
    let mut carried = Carried::default();
    for (suite, mut books) in suites {
        // The newest first if only their records are asked for; else the oldest, so that the others know what came last.
        books.sort();
        if records.is_some() {
            books.reverse();
        }
        let newest_there = newest(into, &suite)?;
        let mut left = records.unwrap_or(usize::MAX);
        let mut newest_here = None;
        for book in books {
            let Some((bytes, _)) = from.read(&format!("history/{book}"))? else { continue };
            let theirs = groups(&bytes);
            let wanted: BTreeSet<Key> = theirs.iter().rev().take(left).map(|group| group.key.clone()).collect();
            left = left.saturating_sub(theirs.len());
            newest_here = newest_here.max(theirs.iter().map(|group| group.key.clone()).max());
            merge_book(from, into, &book, &theirs, &wanted, &mut carried)?;
        }
        merge_breaker(from, into, &suite, &mut carried)?;
        if let Some(newest) = newest_here.filter(|newest| newest_there.as_ref().is_none_or(|there| there < newest)) {
            show_newest(from, into, &suite, &newest)?;
            carried.newest.push(suite);
        }
    }
    Ok(carried)
}

/// The newest run of a suite.
fn newest(place: &dyn Place, suite: &str) -> Result<Option<Key>, Error> {
    let is_of = |book: &String| book_of(book).is_some_and(|(known, _)| known == suite);
    let mut books: Vec<String> = place.history_files()?.into_iter().filter(is_of).collect();
    books.sort();
    for book in books.into_iter().rev() {
        let text = place.read(&format!("history/{book}"))?.map(|(bytes, _)| bytes).unwrap_or_default();
        if let Some(newest) = groups(&text).into_iter().map(|group| group.key).max() {
            return Ok(Some(newest));
        }
    }
    Ok(None)
}

fn merge_book(
    from: &dyn Place,
    into: &dyn Place,
    book: &str,
    theirs: &[Group],
    wanted: &BTreeSet<Key>,
    carried: &mut Carried,
) -> Result<(), Error> {
    let path = format!("history/{book}");
    let mut there: BTreeSet<String> = BTreeSet::new();
    for _ in 0..ATTEMPTS {
        let (bytes, version) = into.read(&path)?.unzip();
        let ours = groups(&bytes.unwrap_or_default());
        let known: BTreeSet<&str> = ours.iter().map(|group| group.key.id.as_str()).collect();
        let new: Vec<&Key> = theirs.iter().map(|group| &group.key).filter(|key| !known.contains(&*key.id)).collect();
        for key in theirs.iter().map(|group| &group.key).filter(|key| wanted.contains(key)) {
            if there.insert(key.folder.clone()) {
                carry_folder(from, into, key, carried)?;
            }
        }
        let runs = new.len() as u64;
        let both = union(ours.clone(), theirs.to_vec());
        if both == ours {
            return Ok(());
        }
        let bytes = text(&both);
        if into.replace(book, version.as_ref(), &bytes)? {
            carried.runs += runs;
            carried.bytes += bytes.len() as u64;
            return Ok(());
        }
    }
    let source = std::io::Error::new(std::io::ErrorKind::TimedOut, "others write it all the time; try again");
    Err(Error::Write { path: path.into(), source })
}

/// Adds the changes of the breaker of a suite that are not there.
fn merge_breaker(from: &dyn Place, into: &dyn Place, suite: &str, carried: &mut Carried) -> Result<(), Error> {
    let book = breaker_book(suite);
    let path = format!("history/{book}");
    let Some((theirs, _)) = from.read(&path)? else { return Ok(()) };
    for _ in 0..ATTEMPTS {
        let (ours, version) = into.read(&path)?.unzip();
        let ours = ours.unwrap_or_default();
        let both = united(&ours, &theirs);
        if both == ours {
            return Ok(());
        }
        if into.replace(&book, version.as_ref(), &both)? {
            carried.bytes += both.len() as u64;
            return Ok(());
        }
    }
    let source = std::io::Error::new(std::io::ErrorKind::TimedOut, "others write it all the time; try again");
    Err(Error::Write { path: path.into(), source })
}

/// The whole lines of both, each once, in the order of the time that they say; lines of one side stay in their order.
pub(super) fn united(ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).map(<[u8]>::to_vec).collect()
    };
    let at = |line: &[u8]| {
        let line: Option<serde_json::Value> = serde_json::from_slice(line).ok();
        line.and_then(|line| Some(line.get("at")?.as_str()?.to_owned())).unwrap_or_default()
    };
    let ours = lines(ours);
    let known: BTreeSet<&Vec<u8>> = ours.iter().collect();
    let mut new = lines(theirs).into_iter().filter(|line| !known.contains(line)).peekable();
    let mut both = Vec::new();
    for line in &ours {
        while let Some(earlier) = new.next_if(|new| at(new) < at(line)) {
            both.extend(earlier);
        }
        both.extend_from_slice(line);
    }
    new.for_each(|line| both.extend(line));
    both
}

/// Carries the files of a run that are not there; the record last, for it says that the rest is.
fn carry_folder(from: &dyn Place, into: &dyn Place, key: &Key, carried: &mut Carried) -> Result<(), Error> {
    let there: BTreeSet<String> = into.files(&key.folder)?.into_iter().collect();
    if there.contains(RECORD) {
        return Ok(());
    }
    let mut names = from.files(&key.folder)?;
    if !names.iter().any(|name| name == RECORD) {
        return Ok(());
    }
    names.sort_by_key(|name| name == RECORD);
    for name in names.iter().filter(|name| !there.contains(*name) && is_plain(name)) {
        let path = format!("runs/{}/{name}", key.folder);
        // What is gone meanwhile was pruned.
        let Some((bytes, _)) = from.read(&path)? else { continue };
        into.write(&path, &bytes)?;
        carried.files += 1;
        carried.bytes += bytes.len() as u64;
    }
    carried.records += 1;
    Ok(())
}

/// Shows a run under the names of the newest one of its suite.
pub(super) fn show_newest(from: &dyn Place, into: &dyn Place, suite: &str, newest: &Key) -> Result<(), Error> {
    for (name, end) in [(RECORD, "json"), ("report.html", "html")] {
        if let Some((bytes, _)) = from.read(&format!("runs/{}/{name}", newest.folder))? {
            into.write(&format!("latest/{suite}.{end}"), &bytes)?;
        }
    }
    Ok(())
}

/// The record of a run.
const RECORD: &str = "report.json";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::history::append::month_of;
    use crate::history::{Filter, History, folder_of, sample};

    /// A history with these runs, each with its record.
    fn history(folder: &Path, runs: &[u32]) -> History {
        let history = History::new(folder);
        for number in runs {
            let run = sample::run("s", *number, false);
            let book = history.book("s", month_of(&run.started_at));
            fs::create_dir_all(folder_of(&book)).unwrap();
            let text = [fs::read(&book).unwrap_or_default(), sample::group("s", *number, 2, |_| false)].concat();
            fs::write(&book, text).unwrap();
            for name in ["report.json", "report.html", "deep/page.html", ".tamiz-left"] {
                let path = folder.join("runs").join(&run.folder).join(name);
                fs::create_dir_all(folder_of(&path)).unwrap();
                fs::write(path, format!("{name} {number}")).unwrap();
            }
        }
        history
    }

    fn ids(history: &History) -> Vec<String> {
        history.runs().unwrap().into_iter().map(|run| run.id).collect()
    }

    #[test]
    fn runs_are_carried_once_with_all_that_belongs_to_them() {
        let place = tempfile::tempdir().unwrap();
        let one = history(&place.path().join("one"), &[1, 2, 900]);
        let two = history(&place.path().join("two"), &[2, 3]);
        let carried = carry(&one, &two, None).unwrap();
        assert_eq!((carried.runs, carried.records, carried.files), (2, 2, 6));
        assert_eq!(carried.newest, ["s"]);
        assert_eq!(ids(&two), [1, 2, 3, 900].map(sample::id));
        assert_eq!(fs::read_to_string(place.path().join("two/latest/s.html")).unwrap(), "report.html 900");
        let folder = place.path().join("two/runs").join(sample::run("s", 900, false).folder);
        assert!(folder.join("deep/page.html").exists() && !folder.join(".tamiz-left").exists());
        assert_eq!(carry(&one, &two, None).unwrap(), Carried::default());
        let back = carry(&two, &one, None).unwrap();
        assert_eq!((back.runs, back.newest.len()), (1, 0));
        assert_eq!(ids(&one), ids(&two));
        let book = |name: &str| fs::read(place.path().join(name).join("history/s-2024-01.ndjson")).unwrap();
        assert_eq!(book("one"), book("two"));
    }

    #[test]
    fn only_the_newest_records_come_along_if_that_is_asked_for() {
        let place = tempfile::tempdir().unwrap();
        let one = history(&place.path().join("one"), &[1, 2, 3, 900, 901]);
        let two = History::new(&place.path().join("two"));
        let carried = carry(&one, &two, Some(3)).unwrap();
        assert_eq!((carried.runs, carried.records), (5, 3));
        assert_eq!(fs::read_dir(place.path().join("two/runs")).unwrap().count(), 3);
        assert_eq!(two.past("s", 9).unwrap().runs.iter().map(|run| run.rules.len()).sum::<usize>(), 10);
        let rest = carry(&one, &two, None).unwrap();
        assert_eq!((rest.runs, rest.records), (0, 2));
    }

    #[test]
    fn what_is_being_written_or_was_torn_stays() {
        let place = tempfile::tempdir().unwrap();
        let one = history(&place.path().join("one"), &[1]);
        let book = place.path().join("one/history/s-2024-01.ndjson");
        let torn = [fs::read(&book).unwrap(), b"{\"line\":\"rule\",\"run\":\"x\"}\n{\"line\":\"run\",\"id\":".to_vec()];
        fs::write(&book, torn.concat()).unwrap();
        fs::create_dir_all(place.path().join("one/runs/on-its-way")).unwrap();
        fs::write(place.path().join("one/runs/on-its-way/report.json"), "{}").unwrap();
        let two = History::new(&place.path().join("two"));
        assert_eq!(carry(&one, &two, None).unwrap().runs, 1);
        assert_eq!(fs::read_dir(place.path().join("two/runs")).unwrap().count(), 1);
        let text = fs::read(place.path().join("two/history/s-2024-01.ndjson")).unwrap();
        assert_eq!(groups(&text).len(), 1);
        assert!(text.ends_with(b"}\n"));
    }

    #[test]
    fn several_that_carry_at_the_same_time_lose_nothing() {
        let place = tempfile::tempdir().unwrap();
        let into = place.path().join("into");
        std::thread::scope(|scope| {
            for worker in 0..4_u32 {
                let (place, into) = (place.path(), &into);
                scope.spawn(move || {
                    for turn in 0..5 {
                        let from = history(&place.join(format!("{worker}-{turn}")), &[worker * 5 + turn, 100]);
                        carry(&from, &History::new(into), None).unwrap();
                    }
                });
            }
        });
        let into = History::new(&into);
        assert_eq!(into.select(&Filter::default(), false).unwrap().len(), 21);
        assert_eq!(ids(&into), (0..20).chain([100]).map(sample::id).collect::<Vec<_>>());
    }

    #[test]
    fn a_history_of_somebody_else_writes_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        let one = history(&place.path().join("one"), &[1]);
        let book = place.path().join("one/history/s-2024-01.ndjson");
        let text = fs::read_to_string(&book).unwrap().replace(&sample::run("s", 1, false).folder, "../../stray");
        fs::write(&book, text).unwrap();
        assert!(carry(&one, &History::new(&place.path().join("two")), None).is_err());
        assert!(!place.path().join("stray").exists() && !place.path().join("two/history").exists());
    }
}
