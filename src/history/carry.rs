//! Runs carried from one history to another: `push` and `pull`.
//!
//! Of each run its folder goes first and its lines last, so that what is listed is there. Runs that are being written have no
//! line yet and stay. Nothing is ever taken away from either side.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::history::book_of;
use crate::history::merge::{Group, Key, groups, text, union};
use crate::history::place::{Place, is_plain};

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
    for book in from.books()? {
        if let Some((suite, _)) = book_of(&book).filter(|_| is_plain(&book)) {
            suites.entry(suite.to_owned()).or_default().push(book.clone());
        }
    }
    let mut carried = Carried::default();
    for (suite, mut books) in suites {
        // The newest first: their records are those asked for.
        books.sort();
        books.reverse();
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
    let mut books: Vec<String> = place.books()?.into_iter().filter(is_of).collect();
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
fn show_newest(from: &dyn Place, into: &dyn Place, suite: &str, newest: &Key) -> Result<(), Error> {
    for (name, end) in [(RECORD, "json"), ("report.html", "html")] {
        if let Some((bytes, _)) = from.read(&format!("runs/{}/{name}", newest.folder))? {
            into.write(&format!("latest/{suite}.{end}"), &bytes)?;
        }
    }
    Ok(())
}

/// The record of a run.
const RECORD: &str = "report.json";
