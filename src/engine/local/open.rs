//! A dataset opened: its files found, their columns known, the types of text found in the values where nobody declared them.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rayon::prelude::*;

use crate::answer::{Schema, SchemaColumn};
use crate::dataset::{Dataset, Kind};
use crate::engine::Progress;
use crate::engine::local::computed;
use crate::engine::source::{Batch, Findings, csv, infer, parquet};
use crate::ir::time::Zone;
use crate::ir::{Reading, Selector, Type};
use crate::outcome::Fault;

/// How many rows propose the types of undeclared columns before all rows are asked.
const SAMPLE: usize = 2_000;

/// A dataset whose files are found and understood.
pub(super) struct Opened {
    pub(super) kind: Kind,
    pub(super) files: Vec<OpenFile>,
    pub(super) schema: Schema,
    pub(super) progress: Arc<Progress>,
}

/// One file of a dataset.
pub(super) struct OpenFile {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) bytes: u64,
    pub(super) modified: Option<SystemTime>,
    pub(super) content: Content,
    /// The place of each column of the schema in this file.
    places: Vec<Option<usize>>,
}

pub(super) enum Content {
    Csv(csv::File),
    Parquet(parquet::File),
}

impl Opened {
    /// Opens a dataset; `needed` are the columns that rules look at.
    ///
    /// # Errors
    /// A source that is not there or cannot be read.
    pub(super) fn new(
        dataset: &Dataset,
        needed: &[Selector],
        zone: Zone,
        progress: Arc<Progress>,
    ) -> Result<Self, Fault> {
        in_time(&progress)?;
        let paths = find(dataset)?;
        let kind = match dataset.format.kind {
            Some(kind) => kind,
            None => kind_of(&paths[0])?,
        };
        let files = paths.into_par_iter().enumerate().map(|(index, path)| open_file(dataset, kind, index, path));
        let mut files = files.collect::<Result<Vec<OpenFile>, Fault>>()?;
        let schema = schema(dataset, &mut files, needed, zone)?;
        Ok(Self { kind, files, schema, progress })
    }

    /// What to ask a file for, to get some columns with their readings; `None` where the file has no such column.
    pub(super) fn request(&self, file: usize, columns: &[(usize, Reading)]) -> Vec<Option<(usize, Reading)>> {
        columns
            .iter()
            .map(|(column, reading)| self.files[file].places[*column].map(|place| (place, reading.clone())))
            .collect()
    }

    /// Visits every batch of some columns on all threads, one state for each piece, the states in the order of the rows.
    ///
    /// # Errors
    /// A file that cannot be read to its end, or what `visit` says.
    pub(super) fn scan<S: Send>(
        &self,
        columns: &[(usize, Reading)],
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Batch, Option<&Findings>) -> Result<(), Fault> + Sync,
    ) -> Result<Vec<S>, Fault> {
        let visit = |state: &mut S, batch: &Batch, findings: Option<&Findings>| {
            in_time(&self.progress)?;
            visit(state, batch, findings)
        };
        in_time(&self.progress)?;
        let mut pieces: Vec<((usize, usize), S)> = Vec::new();
        self.progress.expect(self.files.iter().map(|file| file.bytes).sum());
        for (index, file) in self.files.iter().enumerate() {
            let request = self.request(index, columns);
            match &file.content {
                Content::Csv(csv) => {
                    let asked = csv::Request { columns: request.into_iter().flatten().collect() };
                    let found = csv.blocks().enumerate().par_bridge().map(|(number, block)| {
                        let block = block.map_err(|error| unreadable(&file.path, &error))?;
                        let mut state = state();
                        self.progress.advance(block.bytes() as u64);
                        let parsed = block.parse(&asked);
                        for (index, batch) in parsed.batches.iter().enumerate() {
                            visit(&mut state, batch, (index == 0).then_some(&parsed.findings))?;
                        }
                        Ok(((index, number), state))
                    });
                    pieces.extend(found.collect::<Result<Vec<_>, Fault>>()?);
                }
                Content::Parquet(parquet) => {
                    let asked: Vec<(usize, Reading)> = request.into_iter().flatten().collect();
                    let parts = parquet.parts(rayon::current_num_threads());
                    let share = file.bytes / parts.len().max(1) as u64;
                    let found = parts.into_par_iter().enumerate().map(|(number, part)| {
                        let mut state = state();
                        parquet.read::<ReadFault>(part, &asked, |batch| {
                            visit(&mut state, &batch, None).map_err(ReadFault)
                        })?;
                        self.progress.advance(share);
                        Ok(((index, number), state))
                    });
                    let found = found.collect::<Result<Vec<_>, ReadFault>>().map_err(|fault| fault.0)?;
                    pieces.extend(found);
                }
            }
        }
        pieces.sort_by_key(|(place, _)| *place);
        Ok(pieces.into_iter().map(|(_, state)| state).collect())
    }
}

/// Goes on unless the time of the run is spent.
pub(super) fn in_time(progress: &Progress) -> Result<(), Fault> {
    if progress.is_spent() {
        return Err(fault("timeout", &"the time of `--timeout` was spent before this was read to its end"));
    }
    Ok(())
}

struct ReadFault(Fault);

impl From<parquet::Error> for ReadFault {
    fn from(error: parquet::Error) -> Self {
        Self(parquet_fault(&error))
    }
}

/// Finds the files of a dataset, in the order given, those of one pattern by name.
pub(super) fn find(dataset: &Dataset) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    for (path, spelled) in dataset.source.paths.iter().zip(&dataset.source.spelled) {
        let pattern = path.to_string_lossy();
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
            let mut inside = Vec::new();
            for entry in entries {
                let path = entry.map_err(|error| unreadable(path, &error))?.path();
                if path.is_file() && by_extension(&path).is_some() {
                    inside.push(path);
                }
            }
            inside.sort();
            if inside.is_empty() {
                return Err(missing(&format!("the folder `{spelled}` holds no data file")));
            }
            found.extend(inside);
        } else if path.exists() {
            found.push(path.clone());
        } else if spelled.contains(['*', '?', '[']) {
            let matches = glob::glob(&pattern)
                .map_err(|error| missing(&format!("`{spelled}` is no pattern of paths: {error}")))?;
            let mut inside = Vec::new();
            for entry in matches {
                let path = entry.map_err(|error| unreadable(error.path(), error.error()))?;
                if path.is_file() {
                    inside.push(path);
                }
            }
            inside.sort();
            if inside.is_empty() {
                return Err(missing(&format!("no file matches `{spelled}`")));
            }
            found.extend(inside);
        } else {
            return Err(missing(&format!("`{spelled}` is not there (looked for `{pattern}`)")));
        }
    }
    Ok(found)
}

fn by_extension(path: &Path) -> Option<Kind> {
    path.extension().and_then(|extension| extension.to_str()).and_then(Kind::of_extension)
}

/// The kind of a file: by extension, then by its first bytes.
fn kind_of(path: &Path) -> Result<Kind, Fault> {
    if let Some(kind) = by_extension(path) {
        return Ok(kind);
    }
    let mut first = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut first));
    let read = read.map_err(|error| unreadable(path, &error))?;
    Ok(if &first[..read] == b"PAR1" { Kind::Parquet } else { Kind::Csv })
}

fn open_file(dataset: &Dataset, kind: Kind, index: usize, path: PathBuf) -> Result<OpenFile, Fault> {
    let facts = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
    let shown = tidy(&path).to_string_lossy().replace('\\', "/");
    let content = match kind {
        Kind::Csv => {
            let header = match (&dataset.format.header, &dataset.format.columns) {
                (Some(false), Some(names)) => csv::Header::Names(names.clone()),
                (Some(false), None) => csv::Header::None,
                _ => csv::Header::First,
            };
            let options = csv::Options {
                delimiter: dataset.format.delimiter,
                quote: Some(dataset.format.quote.unwrap_or(b'"')),
                header,
                null_values: dataset.null_values.clone().unwrap_or_default(),
                quoted_empty_is_text: dataset.quoted_empty_is_text,
            };
            Content::Csv(csv::File::open(&path, index, &options).map_err(|error| fault("source_unreadable", &error))?)
        }
        Kind::Parquet => Content::Parquet(parquet::File::open(&path, index).map_err(|error| parquet_fault(&error))?),
    };
    Ok(OpenFile { path, shown, bytes: facts.len(), modified: facts.modified().ok(), content, places: Vec::new() })
}

/// A column of a file: its name, the family of its stored type, and that type as the file calls it.
type Stored = (String, Option<Type>, Option<String>);

/// The columns of all files together, with how their values read.
fn schema(dataset: &Dataset, files: &mut [OpenFile], needed: &[Selector], zone: Zone) -> Result<Schema, Fault> {
    let names: Vec<Vec<Stored>> = files
        .iter()
        .map(|file| match &file.content {
            Content::Csv(csv) => csv.columns().iter().map(|name| (nfc(name), None, None)).collect(),
            Content::Parquet(parquet) => {
                parquet.columns().into_iter().map(|(name, kind, stored)| (nfc(&name), kind, Some(stored))).collect()
            }
        })
        .collect();
    let mut schema = Schema::default();
    for (name, stored, label) in names.iter().flatten() {
        if schema.column(name).is_none() {
            let family = *stored;
            let stored = stored.map(|kind| Reading { zone, ..Reading::plain(kind) });
            let declared = dataset.column(name).and_then(|column| column.reading.clone());
            let reading = declared.or(stored);
            schema.columns.push(SchemaColumn {
                name: name.clone(),
                reading,
                inferred: false,
                stored: label.clone(),
                family,
                missing_in: None,
                computed: None,
            });
        }
    }
    // A file of no bytes has no header; what is declared is taken as there, without a row.
    let blank =
        |file: &OpenFile, names: &[_]| names.is_empty() && matches!(file.content, Content::Csv(_)) && file.bytes == 0;
    if schema.columns.is_empty() && files.iter().zip(&names).all(|(file, names)| blank(file, names)) {
        for column in dataset.columns.iter().filter(|column| column.sql.is_none()) {
            let reading = column.reading.clone().or_else(|| Some(Reading::plain(Type::String)));
            schema.columns.push(SchemaColumn {
                name: column.name.clone(),
                reading,
                inferred: false,
                stored: None,
                family: None,
                missing_in: None,
                computed: None,
            });
        }
    }
    for (file, names) in files.iter_mut().zip(&names) {
        let place = |column: &SchemaColumn| names.iter().position(|(name, ..)| *name == column.name);
        file.places = schema.columns.iter().map(place).collect();
        if !(names.is_empty() && file.bytes == 0) {
            for (column, place) in schema.columns.iter_mut().zip(&file.places) {
                if place.is_none() && column.missing_in.is_none() {
                    column.missing_in = Some(file.shown.clone());
                }
            }
        }
    }
    infer_types(dataset, files, &computed::sources(dataset, needed), zone, &mut schema)?;
    computed::add(dataset, zone, &mut schema);
    Ok(schema)
}

/// Finds the types of undeclared text columns that rules look at, from all of their values.
fn infer_types(
    dataset: &Dataset,
    files: &[OpenFile],
    needed: &[Selector],
    zone: Zone,
    schema: &mut Schema,
) -> Result<(), Fault> {
    let spellings = dataset.columns.iter().find_map(|column| column.reading.clone());
    let like = Reading {
        zone,
        true_values: spellings.as_ref().map(|reading| reading.true_values.clone()).unwrap_or_default(),
        false_values: spellings.map(|reading| reading.false_values).unwrap_or_default(),
        ..Reading::plain(Type::String)
    };
    let open: Vec<usize> = (0..schema.columns.len())
        .filter(|index| {
            let column = &schema.columns[*index];
            column.reading.is_none() && needed.iter().any(|selector| selector.means(&column.name))
        })
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut guesses: Vec<infer::Guess> = open.iter().map(|_| infer::Guess::new(&like)).collect();
    for whole in [false, true] {
        for file in files {
            let Content::Csv(csv) = &file.content else { continue };
            let asked: Vec<(usize, (usize, Reading))> = open
                .iter()
                .enumerate()
                .filter(|(guess, _)| !guesses[*guess].is_settled())
                .filter_map(|(guess, column)| Some((guess, (file.places[*column]?, like.clone()))))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let fields: Vec<(usize, Reading)> = asked.iter().map(|(_, field)| field.clone()).collect();
            let found = if whole { infer::whole_file(csv, &fields) } else { infer::first_rows(csv, &fields, SAMPLE) };
            let found = found.map_err(|error| unreadable(&file.path, &error))?;
            for ((guess, _), more) in asked.iter().zip(&found) {
                guesses[*guess].merge(more);
            }
        }
    }
    for (index, guess) in open.into_iter().zip(guesses) {
        schema.columns[index].reading = Some(Reading { kind: guess.kind(), ..like.clone() });
        schema.columns[index].inferred = true;
    }
    Ok(())
}

/// A path without steps that go down and up again, for people; files are opened by the path as given.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

fn nfc(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.nfc().collect()
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    let code = if error.kind() == std::io::ErrorKind::NotFound { "source_missing" } else { "source_unreadable" };
    fault(code, &format!("cannot read `{}`: {error}", path.display()))
}

fn missing(message: &str) -> Fault {
    fault("source_missing", &message)
}

fn parquet_fault(error: &parquet::Error) -> Fault {
    fault("source_unreadable", error)
}

pub(super) fn fault(code: &str, message: &dyn std::fmt::Display) -> Fault {
    Fault { code: code.to_owned(), message: message.to_string(), caused_by: None }
}
