//! The columns of a dataset: those of all its files together, with how their values read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::answer::{Schema, SchemaColumn};
use crate::dataset::Dataset;
use crate::engine::computed;
use crate::engine::local::open::{Content, OpenFile, fault, of_database, unreadable};
use crate::engine::local::read::Origin;
use crate::engine::local::states::{Digest, Surveys};
use crate::engine::source::{Place, infer, json, sqlite};
use crate::ir::name::{document, nfc, steps};
use crate::ir::time::Zone;
use crate::ir::{Missing, Reading, Selector, Type};
use crate::outcome::Fault;

/// How many rows propose the types of undeclared columns before all rows are asked.
const SAMPLE: usize = 2_000;

/// A column of a file.
struct Stored {
    name: String,
    origin: Origin,
    /// The family of its stored type, and that type as the file calls it.
    kind: Option<Type>,
    label: Option<String>,
}

/// The names that suites may use for fields inside structures, out of those that are looked for.
pub(super) fn paths(names: &[String]) -> Vec<Vec<String>> {
    names.iter().map(|name| steps(name)).filter(|steps| steps.len() > 1).collect()
}

/// Finds the columns of all files and where each stands in each; `names` are looked for, `needed` need a type, and `surveys`
/// know those of the values of files that have not changed.
pub(super) fn schema(
    dataset: &Dataset,
    files: &mut [OpenFile],
    names: &[String],
    needed: &[Selector],
    (zone, surveys): (Zone, Option<Surveys<'_>>),
) -> Result<Schema, Fault> {
    let stored: Vec<Vec<Stored>> = files.iter().map(columns_of).collect();
    let kinds = Kinds::of(files);
    let read = |name: &str, kind: Option<Type>| {
        let declared = dataset.column(name).and_then(|column| column.reading.clone());
        let reading = declared.or_else(|| kind.map(|kind| Reading { zone, ..Reading::plain(kind) }));
        reading.map(|reading| Reading { missing: missing_in(dataset, name), ..reading })
    };
    let mut schema = Schema::default();
    let mut known: HashSet<&str> = HashSet::new();
    for column in stored.iter().flatten() {
        if known.insert(&column.name) {
            let surveyed = kinds.column(&column.name);
            schema.columns.push(SchemaColumn {
                name: column.name.clone(),
                reading: read(&column.name, column.kind.or(surveyed)),
                inferred: surveyed.is_some() && column.kind.is_none() && read(&column.name, None).is_none(),
                stored: column.label.clone(),
                family: column.kind,
                missing_in: None,
                computed: None,
            });
        }
    }
    // Files without a record have no columns to speak of; what is declared is taken as there, without a row.
    if files.iter().all(OpenFile::is_blank) {
        for column in dataset.columns.iter().filter(|column| column.sql.is_none()) {
            if !known.contains(column.name.as_str()) {
                let name = column.name.clone();
                schema.columns.push(SchemaColumn {
                    reading: read(&name, Some(Type::String)),
                    name,
                    inferred: false,
                    stored: None,
                    family: None,
                    missing_in: None,
                    computed: None,
                });
            }
        }
    }
    for (file, stored) in files.iter_mut().zip(&stored) {
        let places: HashMap<&str, &Stored> = stored.iter().rev().map(|column| (column.name.as_str(), column)).collect();
        for column in &mut schema.columns {
            let origin = places.get(column.name.as_str()).map(|stored| stored.origin.clone());
            let origin = origin.or_else(|| file.need_not_have().then_some(Origin::Same(None)));
            if origin.is_none() && column.missing_in.is_none() {
                column.missing_in = Some(file.shown.clone());
            }
            file.origins.push(origin);
        }
    }
    for name in names {
        if schema.column(name).is_none() {
            nested(name, files, &kinds, &read, &mut schema);
        }
    }
    doubt_declared_types(dataset, files, needed, &mut schema)?;
    infer_types(dataset, files, needed, (zone, surveys), &mut schema)?;
    schema.structure = files.iter().find_map(|file| match &file.content {
        Content::Sqlite(database) => Some(database.structure().clone()),
        _ => None,
    });
    documents(files, &mut schema);
    refuse_envelopes(files, names, &schema)?;
    let stored = schema.columns.len();
    computed::add(dataset, zone, &mut schema);
    let added = schema.columns.len() - stored;
    for file in files {
        file.origins.splice(stored..stored, std::iter::repeat_n(None, added));
    }
    Ok(schema)
}

/// What stands for no value in a column, if that is said.
fn missing_in(dataset: &Dataset, column: &str) -> Option<Arc<Missing>> {
    dataset.column(column).and_then(|column| column.missing.clone())
}

/// The columns of a file, those that its folders name after its own, and in place of its own of the same name.
fn columns_of(file: &OpenFile) -> Vec<Stored> {
    let column = |(number, name): (usize, &String)| Stored {
        name: nfc(name),
        origin: Origin::Stored(Place { column: number, fields: Vec::new(), as_text: false }),
        kind: None,
        label: None,
    };
    let typed = |columns: Vec<(String, Option<Type>, String)>| {
        let columns = columns.into_iter().enumerate();
        columns
            .map(|(number, (name, kind, label))| Stored { kind, label: Some(label), ..column((number, &name)) })
            .collect::<Vec<_>>()
    };
    let mut columns: Vec<Stored> = match &file.content {
        Content::Csv(csv) => csv.columns().iter().enumerate().map(column).collect(),
        Content::Json(json) => json.columns().iter().map(|(name, _)| name).enumerate().map(column).collect(),
        Content::Parquet(parquet) => typed(parquet.columns()),
        Content::Ipc(ipc) => typed(ipc.columns()),
        Content::Sqlite(database) => {
            let columns = database.columns().iter().enumerate();
            let stored = columns.map(|(number, own)| Stored {
                kind: own.family,
                label: own.declared.clone(),
                ..column((number, &own.name))
            });
            stored.collect()
        }
        Content::Avro(avro) => typed(avro.columns()),
        Content::Excel(sheet) => sheet.columns().iter().enumerate().map(column).collect(),
    };
    for (name, value) in &file.folders {
        let said = Stored { name: name.clone(), origin: Origin::Same(value.clone()), kind: None, label: None };
        match columns.iter_mut().find(|column| column.name == *name) {
            Some(own) => *own = said,
            None => columns.push(said),
        }
    }
    columns
}

/// The kinds of values that the JSON of a dataset has, over all files; those of folders are none.
struct Kinds {
    columns: HashMap<String, json::Kinds>,
    fields: HashMap<Vec<String>, json::Kinds>,
}

impl Kinds {
    fn of(files: &[OpenFile]) -> Self {
        let mut kinds = Self { columns: HashMap::new(), fields: HashMap::new() };
        for file in files {
            let Content::Json(json) = &file.content else { continue };
            for (name, found) in json.columns() {
                let known = kinds.columns.entry(name.clone()).or_default();
                *known = known.and(*found);
            }
            for (path, found) in json.fields() {
                let known = kinds.fields.entry(path.clone()).or_default();
                *known = known.and(*found);
            }
        }
        for (name, _) in files.iter().flat_map(|file| &file.folders) {
            kinds.columns.remove(name);
        }
        kinds
    }

    fn column(&self, name: &str) -> Option<Type> {
        self.columns.get(name).map(|kinds| kinds.kind())
    }

    fn field(&self, steps: &[String]) -> Option<Type> {
        match steps {
            [name] => self.column(name),
            path => self.fields.get(path).filter(|kinds| kinds.occurs()).map(|kinds| kinds.kind()),
        }
    }
}

/// Finds the field inside a structure that a name leads to.
fn nested(
    name: &str,
    files: &mut [OpenFile],
    kinds: &Kinds,
    read: &impl Fn(&str, Option<Type>) -> Option<Reading>,
    schema: &mut Schema,
) {
    let steps = steps(name);
    let plain = |column: usize| Place { column, fields: steps[1..].to_vec(), as_text: false };
    let mut stored = None;
    let found: Vec<Option<Place>> = files
        .iter()
        .map(|file| {
            let typed = match &file.content {
                Content::Csv(_) | Content::Excel(_) if steps.len() > 1 => return None,
                Content::Csv(csv) => {
                    return csv.columns().iter().position(|column| nfc(column) == steps[0]).map(plain);
                }
                Content::Excel(sheet) => {
                    return sheet.columns().iter().position(|column| nfc(column) == steps[0]).map(plain);
                }
                Content::Json(json) => {
                    let column = json.columns().iter().position(|(column, _)| *column == steps[0])?;
                    return (steps.len() == 1 || json.field(&steps).is_some()).then(|| plain(column));
                }
                Content::Parquet(parquet) => parquet.find(&steps),
                Content::Ipc(ipc) => ipc.find(&steps),
                Content::Sqlite(database) => {
                    let place = database.row_ids(name)?;
                    Some((place, (name.to_owned(), Some(Type::Integer), Type::Integer.name().to_owned())))
                }
                Content::Avro(avro) => avro.find(&steps),
            };
            let (place, (_, kind, label)) = typed?;
            stored.get_or_insert((kind, label));
            Some(place)
        })
        .collect();
    if found.iter().all(Option::is_none) {
        return;
    }
    let mut missing_in = None;
    for (file, place) in files.iter_mut().zip(found) {
        let origin = place.map(Origin::Stored).or_else(|| file.need_not_have().then_some(Origin::Same(None)));
        if origin.is_none() && missing_in.is_none() {
            missing_in = Some(file.shown.clone());
        }
        file.origins.push(origin);
    }
    let (kind, label) = stored.map_or((None, None), |(kind, label)| (kind, Some(label)));
    schema.nested.push(SchemaColumn {
        name: name.to_owned(),
        reading: read(name, kind.or_else(|| kinds.field(&steps))),
        inferred: label.is_none() && read(name, None).is_none(),
        stored: label,
        family: kind,
        missing_in,
        computed: None,
    });
}

/// Adds the texts of objects and lists, and of whole records where all files are JSON, under the names of documents.
fn documents(files: &mut [OpenFile], schema: &mut Schema) {
    let is_nested = |column: &SchemaColumn| {
        column.reading.as_ref().is_some_and(|reading| matches!(reading.kind, Type::Object | Type::List))
    };
    let columns = schema.columns.iter().chain(&schema.nested).enumerate();
    let mut found: Vec<(SchemaColumn, Vec<Option<Origin>>)> = Vec::new();
    for (number, column) in columns.filter(|(_, column)| is_nested(column)) {
        let origins = files.iter().map(|file| match file.origins.get(number).cloned().flatten() {
            Some(Origin::Stored(place)) => Some(Origin::Stored(Place { as_text: true, ..place })),
            other => other,
        });
        found.push((SchemaColumn { name: document(&column.name), ..column.clone() }, origins.collect()));
    }
    if !files.is_empty() && files.iter().all(|file| matches!(file.content, Content::Json(_))) {
        let record = Place { column: usize::MAX, fields: Vec::new(), as_text: true };
        let column = SchemaColumn {
            name: document(""),
            reading: None,
            inferred: false,
            stored: None,
            family: None,
            missing_in: None,
            computed: None,
        };
        found.push((column, files.iter().map(|_| Some(Origin::Stored(record.clone()))).collect()));
    }
    for (column, origins) in found {
        files.iter_mut().zip(origins).for_each(|(file, origin)| file.origins.push(origin));
        let reading = Some(Reading::plain(Type::Json));
        schema.nested.push(SchemaColumn { reading, inferred: false, ..column });
    }
}

/// Forgets the types that a database declares and the suite does not, of columns that rules look at, where not all cells are
/// stored so: a database lets any cell be anything, and nobody has said that this would be wrong.
fn doubt_declared_types(
    dataset: &Dataset,
    files: &[OpenFile],
    needed: &[Selector],
    schema: &mut Schema,
) -> Result<(), Fault> {
    for file in files {
        let Content::Sqlite(database) = &file.content else { continue };
        let asked: Vec<(usize, (Place, Reading))> = schema
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| needed.iter().any(|selector| selector.means(&column.name)))
            .filter(|(_, column)| dataset.column(&column.name).is_none_or(|declared| declared.reading.is_none()))
            .filter_map(|(index, column)| match (&file.origins[index], &column.reading) {
                (Some(Origin::Stored(place)), Some(reading)) if reading.kind != Type::String => {
                    Some((index, (place.clone(), reading.clone())))
                }
                _ => None,
            })
            .collect();
        if asked.is_empty() {
            continue;
        }
        let fields: Vec<(Place, Reading)> = asked.iter().map(|(_, field)| field.clone()).collect();
        let are = database.are_of(&fields).map_err(|error| of_database(&error))?;
        for ((index, _), are) in asked.iter().zip(are) {
            if !are {
                schema.columns[*index].reading = None;
            }
        }
    }
    Ok(())
}

/// Finds the types of undeclared text columns that rules look at, from all of their values.
fn infer_types(
    dataset: &Dataset,
    files: &[OpenFile],
    needed: &[Selector],
    (zone, surveys): (Zone, Option<Surveys<'_>>),
    schema: &mut Schema,
) -> Result<(), Fault> {
    let spellings = dataset.columns.iter().find_map(|column| column.reading.clone());
    let like = Reading {
        zone,
        true_values: spellings.as_ref().map(|reading| reading.true_values.clone()).unwrap_or_default(),
        false_values: spellings.map(|reading| reading.false_values).unwrap_or_default(),
        marks: dataset.format.marks.unwrap_or_default(),
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
    let readings: Vec<Reading> = open
        .iter()
        .map(|column| Reading { missing: missing_in(dataset, &schema.columns[*column].name), ..like.clone() })
        .collect();
    let blank = |like: &Reading| infer::Guess::new(like).with_commas();
    let mut guesses: Vec<infer::Guess> = readings.iter().map(blank).collect();
    for (guess, column) in guesses.iter_mut().zip(&open) {
        for file in files {
            if let Some(Origin::Same(Some(text))) = &file.origins[*column] {
                guess.add(text);
            }
        }
    }
    let mut known: HashSet<(usize, usize)> = HashSet::new();
    let mut questions: HashMap<(usize, usize), Digest> = HashMap::new();
    if let Some(surveys) = surveys {
        for (place, file) in files.iter().enumerate() {
            let Content::Csv(csv) = &file.content else { continue };
            for (guess, column) in open.iter().enumerate() {
                let Some(Origin::Stored(stored)) = &file.origins[*column] else { continue };
                let like = &readings[guess];
                let question = questions.entry((guess, stored.column));
                let question = question.or_insert_with(|| surveys.of_guess(&(stored.column, like.clone())));
                if let Some(found) = surveys.guess(file, csv, like, *question) {
                    guesses[guess].merge(&found);
                    known.insert((place, guess));
                }
            }
        }
    }
    for whole in [false, true] {
        for (place, file) in files.iter().enumerate() {
            if let Content::Sqlite(database) = &file.content {
                if whole {
                    guess_cells(database, file, &open, &readings, &mut guesses)?;
                }
                continue;
            }
            let asked: Vec<(usize, (usize, Reading))> = open
                .iter()
                .enumerate()
                .filter(|(guess, _)| !guesses[*guess].is_settled() && !known.contains(&(place, *guess)))
                .filter_map(|(guess, column)| match &file.origins[*column] {
                    Some(Origin::Stored(stored)) => Some((guess, (stored.column, readings[guess].clone()))),
                    _ => None,
                })
                .collect();
            if asked.is_empty() {
                continue;
            }
            let fields: Vec<(usize, Reading)> = asked.iter().map(|(_, field)| field.clone()).collect();
            let found = match &file.content {
                Content::Csv(csv) if whole => infer::whole_file(csv, &fields),
                Content::Csv(csv) => infer::first_rows(csv, &fields, SAMPLE),
                Content::Excel(sheet) if whole => Ok(infer::sheet(sheet, &fields)),
                _ => continue,
            };
            let found = found.map_err(|error| unreadable(&file.input, &error))?;
            if let (Some(surveys), Content::Csv(csv), true) = (surveys, &file.content, whole) {
                let asked = asked.iter().zip(&found);
                let answers = asked.filter_map(|((guess, (column, like)), found)| {
                    Some((*questions.get(&(*guess, *column))?, like, found))
                });
                let answers: Vec<_> = answers.collect();
                surveys.keep_guesses(file, csv, &answers);
            }
            for ((guess, _), more) in asked.iter().zip(&found) {
                guesses[*guess].merge(more);
            }
        }
    }
    for ((index, guess), like) in open.into_iter().zip(guesses).zip(readings) {
        schema.columns[index].reading = Some(Reading { kind: guess.kind(), marks: guess.marks(), ..like });
        schema.columns[index].inferred = true;
    }
    Ok(())
}

/// Takes the cells of a database into guesses.
fn guess_cells(
    database: &sqlite::File,
    file: &OpenFile,
    open: &[usize],
    readings: &[Reading],
    guesses: &mut [infer::Guess],
) -> Result<(), Fault> {
    let asked: Vec<(usize, (Place, Reading))> = open
        .iter()
        .enumerate()
        .filter_map(|(guess, column)| match &file.origins[*column] {
            Some(Origin::Stored(place)) => Some((guess, (place.clone(), readings[guess].clone()))),
            _ => None,
        })
        .collect();
    let fields: Vec<(Place, Reading)> = asked.iter().map(|(_, field)| field.clone()).collect();
    let found = database.guesses(&fields).map_err(|error| of_database(&error))?;
    for ((guess, _), more) in asked.iter().zip(&found) {
        guesses[*guess].merge(more);
    }
    Ok(())
}

/// Refuses a document that is one object where nothing that is looked for stands in it: its records lie further inside.
fn refuse_envelopes(files: &[OpenFile], names: &[String], schema: &Schema) -> Result<(), Fault> {
    if names.is_empty() || names.iter().any(|name| schema.column(name).is_some()) {
        return Ok(());
    }
    for file in files {
        let Content::Json(json) = &file.content else { continue };
        let list = json.columns().iter().find(|(_, kinds)| kinds.kind() == Type::List);
        if let Some((list, _)) = list.filter(|_| json.is_one_record()) {
            let message = format!(
                "`{}` is one object, and its columns are not those of the suite; if its records stand in `{list}`, say \
                 `format: {{type: json, records: {list}}}`",
                file.shown
            );
            return Err(fault("source_unreadable", &message));
        }
    }
    Ok(())
}
