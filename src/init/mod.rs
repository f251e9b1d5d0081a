//! A first suite for data that have none: what `tamiz init` writes.
//!
//! The line is `profile` (what is there), `key` (what identifies a row and what refers to what), `propose` (facts to rules
//! that may hold), `verify` (the suite run on its own data; what does not hold becomes a remark) and `write`. It measures
//! through the same reader, engine and run as any suite, prints nothing, and takes the clock as a value.

mod almost;
mod draft;
mod key;
mod name;
mod pii;
mod probe;
mod profile;
mod propose;
mod range;
mod verify;
mod write;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::answer::SchemaColumn;
use crate::engine::Progress;
use crate::error::Error;
use crate::init::probe::Probe;
use crate::ir::{Predicate, Type};
use crate::lang::Lang;
use crate::mask::Key;
use crate::outcome::Fault;
use crate::suite::quote;

/// What a suite is made of.
pub struct Request<'a> {
    /// The data files, absolute.
    pub data: &'a [PathBuf],
    /// Where the suite will stand, absolute; sources are written relative to its folder.
    pub suite: &'a Path,
    /// Its id; from the names of the files if unsaid.
    pub name: Option<&'a str>,
    /// The language of its comments.
    pub lang: Lang,
    /// The time, in microseconds since 1970 UTC. It only decides whether dates have come already.
    pub now: i64,
    /// Told how far the reading has come.
    pub progress: Arc<Progress>,
}

/// A suite that holds on its own data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its text.
    pub text: String,
    /// How many datasets it has.
    pub datasets: usize,
    /// How many rules it has, declared types among them.
    pub rules: usize,
    /// How many remarks say that something was left out.
    pub remarks: usize,
}

/// Why there is no suite.
#[derive(Debug)]
pub enum Failure {
    /// The command asks for something that cannot be.
    Usage(Error),
    /// Data that cannot be read.
    Data(Fault),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Usage(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Data(fault)
    }
}

/// Looks at files and makes a suite that holds on them.
///
/// The same files give the same text, byte for byte, as long as the dates in them have come or not.
///
/// # Errors
/// Files that cannot be read, or cannot be named in a suite.
pub fn init(request: &Request<'_>) -> Result<Proposal, Failure> {
    let (path, progress) = (request.suite, &request.progress);
    let sources = sources(request);
    let places = probe::places(&sources);
    let tables = profile::profile(sources, path, progress)??; //                 files -> what is there
    let keys = key::keys(&tables, path, progress)??; //                          what identifies a row
    let references = key::references(&tables, &keys, path, progress)??; //       what refers to what
    let facts =
        propose::Facts { tables: &tables, keys: &keys, references: &references, now: request.now, lang: request.lang };
    let draft = facts.draft(suite_name(request)); //                             facts -> rules that may hold
    let verification = verify::Verification {
        path,
        sources: &places,
        now: request.now,
        lang: request.lang,
        progress,
        key: Arc::new(Key::of_one_run(&[])),
    };
    let (text, draft) = verification.settle(draft).map_err(|still| {
        let message = format!("no suite holds on these data: {still}");
        Fault { code: "not_settled".to_owned(), message, caused_by: None }
    })?; //                                                                      rules -> those that hold
    let columns = || draft.datasets.iter().flat_map(|dataset| &dataset.columns);
    let of_columns: usize = columns().map(|column| column.rules.len() + usize::from(column.kind.is_some())).sum();
    let of_tables: usize = draft.datasets.iter().map(|dataset| dataset.rules.len()).sum();
    let remarks: usize = columns().map(|column| column.remarks.len()).sum();
    Ok(Proposal {
        text,
        datasets: draft.datasets.len(),
        rules: of_columns + of_tables,
        remarks: remarks + draft.datasets.iter().map(|dataset| dataset.remarks.len()).sum::<usize>(),
    })
}

/// Looks at the columns of a data file: their names, and their types as they are stored or found in the values. A column of
/// text without a value has no type.
///
/// # Errors
/// A file that cannot be read, or cannot be named in a suite.
pub fn columns(data: &Path) -> Result<Vec<(String, Option<Type>)>, Failure> {
    let progress = Arc::new(Progress::default());
    let source = probe::Source {
        name: "data".to_owned(),
        place: data.to_string_lossy().into_owned(),
        path: data.to_owned(),
        null_values: Vec::new(),
        comma: false,
        typed: Vec::new(),
    };
    let open =
        |needed: HashMap<String, Vec<String>>| Probe::open(std::slice::from_ref(&source), &needed, data, &progress);
    let names = open(HashMap::new())?.schema("data")?.columns.iter().map(|column| column.name.clone()).collect();
    let mut probe = open(HashMap::from([("data".to_owned(), names)]))?;
    let columns = probe.schema("data")?.columns.clone();
    // Nothing is said of commas here, and without that such a number is text.
    let kind = |column: &SchemaColumn| {
        column.reading.as_ref().map(|reading| if reading.marks.are_plain() { reading.kind } else { Type::String })
    };
    let values = |column: &SchemaColumn| probe::rows(Predicate::is_null(&column.name).negate());
    let texts = columns.iter().filter(|column| kind(column) == Some(Type::String));
    let asked: Vec<_> = texts.map(|column| ("data".to_owned(), values(column))).collect();
    let found = probe.measure(&asked)?;
    let is_empty = |column: &SchemaColumn| found.count("data", &values(column)) == Some(0);
    Ok(columns.iter().map(|column| (column.name.clone(), kind(column).filter(|_| !is_empty(column)))).collect())
}

/// The id that a suite of these files gets: the name of the one file, or of the folder that holds all of them.
#[must_use]
pub fn suite_name_of(data: &[PathBuf]) -> String {
    let stem = match data {
        [one] => one.file_stem(),
        [first, ..] => first.parent().and_then(Path::file_name),
        [] => None,
    };
    quote::dataset_name(&stem.unwrap_or_default().to_string_lossy(), &[])
}

fn suite_name(request: &Request<'_>) -> String {
    request.name.map_or_else(|| suite_name_of(request.data), str::to_owned)
}

/// A dataset for each file, named after it.
fn sources(request: &Request<'_>) -> Vec<probe::Source> {
    let folder = request.suite.parent().unwrap_or(Path::new(""));
    let mut names: Vec<String> = Vec::new();
    request
        .data
        .iter()
        .map(|path| {
            let stem = path.file_name().unwrap_or_default().to_string_lossy();
            let name = quote::dataset_name(stem.split('.').find(|part| !part.is_empty()).unwrap_or_default(), &names);
            names.push(name.clone());
            let source = relative(folder, path);
            let path = path.clone();
            probe::Source { name, place: source, path, null_values: Vec::new(), comma: false, typed: Vec::new() }
        })
        .collect()
}

/// Returns the way from a folder to a file, both absolute; the file itself where there is none.
#[must_use]
pub fn relative(folder: &Path, file: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let plain = from[shared..].iter().all(|part| matches!(part, Component::Normal(_)));
    if shared == 0 || !plain {
        return file.to_string_lossy().replace('\\', "/");
    }
    let mut way = PathBuf::new();
    from[shared..].iter().for_each(|_| way.push(".."));
    to[shared..].iter().for_each(|part| way.push(part));
    let way = way.to_string_lossy().replace('\\', "/");
    // A file that is called `-` is not standard input.
    if way.starts_with('-') { format!("./{way}") } else { way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_from_the_folder_of_the_suite() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(way("/a/rules", "/a/data/x.csv"), "../data/x.csv");
        assert_eq!(way("/a", "/a/x.csv"), "x.csv");
        assert_eq!(way("/a", "/a/-"), "./-");
        assert_eq!(way("/a/b/c", "/x.csv"), "../../../x.csv");
    }

    #[test]
    fn a_suite_is_named_after_its_file_or_folder() {
        assert_eq!(suite_name_of(&["/a/Ventas 2024.csv".into()]), "ventas_2024");
        assert_eq!(suite_name_of(&["/a/data/x.csv".into(), "/a/data/y.csv".into()]), "data");
    }
}
