//! The batches of a dataset, visited on all threads.

use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};

use arrow::array::ArrayRef;
use rayon::prelude::*;

use crate::engine::local::open::{Content, OpenFile, Opened, fault, of_database, unreadable};
use crate::engine::source::{Batch, Findings, Parsed, Place, RECORD, avro, csv, ipc, json, parquet, same, sqlite};
use crate::ir::{Reading, Type};
use crate::outcome::Fault;

/// Where the values of a column come from in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the file.
    Stored(Place),
    /// From the name of a folder, the same for all rows; null too where the file has no such field and need not have one.
    Same(Option<String>),
}

/// What is read of a row group.
pub(super) struct Wanted<'w, W> {
    pub(super) columns: &'w [(usize, Reading)],
    /// The rows, in order; none if it is all of them.
    pub(super) rows: Option<&'w [Range<u64>]>,
    /// What they are read for.
    pub(super) what: &'w W,
}

/// What one file is asked for.
struct Asked {
    stored: Vec<(Place, Reading)>,
    /// How JSON gives the values of each of these.
    taken: Vec<(json::Taken, json::Misplaced)>,
    /// Which cells of a database each of these takes.
    cells: Vec<sqlite::Taken>,
    /// Where among the columns of a batch stand those that are the same in all rows.
    same: Vec<(usize, Option<String>, Reading)>,
}

impl Opened {
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
        let all = |_, _| Some(Wanted { columns, rows: None, what: &() });
        self.scan_some(all, state, |state, (), batch, findings| visit(state, batch, findings))
    }

    /// Visits the batches of some row groups, of each what `wanted` gives for the numbers of its file and of the row group;
    /// a file that has no row groups is all of the first one.
    ///
    /// # Errors
    /// A file that cannot be read to its end, or what `visit` says.
    pub(super) fn scan_some<'w, W: Sync + 'w, S: Send>(
        &self,
        wanted: impl Fn(usize, usize) -> Option<Wanted<'w, W>> + Sync,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &'w W, &Batch, Option<&Findings>) -> Result<(), Fault> + Sync,
    ) -> Result<Vec<S>, Fault> {
        self.progress.go_on()?;
        let is_read = |(number, file): &(usize, &OpenFile)| {
            let parts = if let Content::Parquet(parquet) = &file.content { parquet.row_groups().len() } else { 1 };
            (0..parts).any(|part| wanted(*number, part).is_some())
        };
        let read = self.files.iter().enumerate().filter(is_read);
        self.progress.expect(read.map(|(_, file)| file.bytes).sum());
        let mut states = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            if let Content::Parquet(parquet) = &file.content {
                states.extend(self.row_groups((number, file, parquet), &wanted, &state, &visit)?);
                continue;
            }
            let Some(Wanted { columns, what, .. }) = wanted(number, 0) else { continue };
            let asked = self.asked(file, columns);
            let see = |state: &mut S, batch: Batch, findings: Option<&Findings>| {
                self.progress.go_on()?;
                visit(state, what, &asked.complete(batch), findings)
            };
            let parsed = |parsed: Parsed| {
                let mut state = state();
                for (index, batch) in parsed.batches.into_iter().enumerate() {
                    see(&mut state, batch, (index == 0).then_some(&parsed.findings))?;
                }
                Ok(state)
            };
            let found = match &file.content {
                Content::Csv(csv) => {
                    let columns = asked.stored.iter().map(|(place, reading)| (place.column, reading.clone())).collect();
                    let request = csv::Request { columns };
                    self.blocks(file, csv.blocks(), csv::Block::bytes, |block| parsed(block.parse(&request)))?
                }
                Content::Json(json) => {
                    let wanted = asked.wanted(json);
                    self.blocks(file, json.blocks(), json::Block::bytes, |block| parsed(block.parse(&wanted)))?
                }
                Content::Parquet(_) => Vec::new(),
                Content::Ipc(ipc) => {
                    let found = self.ipc(file, ipc, &asked, |batch| {
                        let mut state = state();
                        see(&mut state, batch, None).map_err(ReadFault)?;
                        Ok(state)
                    });
                    found.map_err(|fault| fault.0)?
                }
                Content::Sqlite(database) => {
                    let (pieces, request) = (database.pieces(), asked.of_database());
                    let share = file.bytes / pieces.len().max(1) as u64;
                    let found = pieces.into_par_iter().map(|piece| {
                        let mut state = state();
                        database.read::<ReadFault>(piece, &request, |batch| {
                            see(&mut state, batch, None).map_err(ReadFault)
                        })?;
                        self.progress.advance(share);
                        Ok(state)
                    });
                    found.collect::<Result<Vec<_>, ReadFault>>().map_err(|fault| fault.0)?
                }
                Content::Avro(avro) => {
                    let found = self.avro(avro, &asked, |batch| {
                        let mut state = state();
                        see(&mut state, batch, None).map_err(ReadFault)?;
                        Ok(state)
                    });
                    found.map_err(|fault| fault.0)?
                }
                Content::Excel(sheet) => {
                    let wanted = asked.of_sheet();
                    let pieces = sheet.pieces();
                    let share = file.bytes / pieces.len().max(1) as u64;
                    let found = pieces.into_par_iter().map(|piece| {
                        self.progress.advance(share);
                        parsed(sheet.parse(&piece, &wanted))
                    });
                    found.collect::<Result<Vec<_>, Fault>>()?
                }
            };
            states.extend(found);
        }
        Ok(states)
    }

    /// Visits the row groups of a Parquet file, each for what is wanted of it.
    fn row_groups<'w, W: Sync + 'w, S: Send>(
        &self,
        (number, file, parquet): (usize, &OpenFile, &parquet::File),
        wanted: &(impl Fn(usize, usize) -> Option<Wanted<'w, W>> + Sync),
        state: &(impl Fn() -> S + Sync),
        visit: &(impl Fn(&mut S, &'w W, &Batch, Option<&Findings>) -> Result<(), Fault> + Sync),
    ) -> Result<Vec<S>, Fault> {
        let all = parquet.row_groups().len();
        let read: Vec<usize> = (0..all).filter(|row_group| wanted(number, *row_group).is_some()).collect();
        if read.is_empty() {
            return Ok(Vec::new());
        }
        let of = |part: parquet::Part| wanted(number, part.row_group).map_or_else(Vec::new, |it| part.within(it.rows));
        let parts: Vec<_> = parquet.parts(&read, rayon::current_num_threads()).into_iter().flat_map(of).collect();
        let unread = file.bytes / all.max(1) as u64 * (all - read.len()) as u64;
        let share = (file.bytes - unread) / parts.len().max(1) as u64;
        self.progress.advance(if parts.is_empty() { file.bytes } else { unread });
        let found = parts.into_par_iter().map(|part| {
            let mut state = state();
            let Some(Wanted { columns, what, .. }) = wanted(number, part.row_group) else { return Ok(state) };
            let asked = self.asked(file, columns);
            parquet.read::<ReadFault>(part, &asked.stored, |batch| {
                self.progress.go_on().map_err(ReadFault)?;
                visit(&mut state, what, &asked.complete(batch), None).map_err(ReadFault)
            })?;
            self.progress.advance(share);
            Ok(state)
        });
        found.collect::<Result<Vec<_>, ReadFault>>().map_err(|fault| fault.0)
    }

    /// Visits every batch of some columns in the order of the rows: `work` on all threads and a few batches ahead, `take`
    /// one after the other. What is read and not yet taken is a few batches, however large the files are.
    ///
    /// # Errors
    /// A file that cannot be read to its end, or what `work` and `take` say.
    pub(super) fn in_order<T: Send>(
        &self,
        columns: &[(usize, Reading)],
        work: impl Fn(&Batch, Option<&Findings>) -> Result<T, Fault> + Sync,
        mut take: impl FnMut(T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let ahead = 2 * rayon::current_num_threads();
        for file in &self.files {
            self.progress.go_on()?;
            let asked = self.asked(file, columns);
            let done = |piece: Result<Piece, Fault>| {
                let parsed = piece?.decode(file, &asked)?;
                let batches = parsed.batches.into_iter().enumerate();
                let found = batches
                    .map(|(index, batch)| work(&asked.complete(batch), (index == 0).then_some(&parsed.findings)));
                found.collect::<Result<Vec<T>, Fault>>()
            };
            std::thread::scope(|threads| {
                let (give, pieces) = sync_channel(ahead);
                threads.spawn(|| {
                    let give = give;
                    Piece::each(file, &asked, &give);
                });
                while let Ok(first) = pieces.recv() {
                    self.progress.go_on()?;
                    let some: Vec<_> = std::iter::once(first).chain(pieces.try_iter().take(ahead - 1)).collect();
                    for found in some.into_par_iter().map(done).collect::<Vec<_>>() {
                        found?.into_iter().try_for_each(&mut take)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Works on the blocks of a file of text.
    fn blocks<B: Send, S: Send>(
        &self,
        file: &OpenFile,
        blocks: impl Iterator<Item = std::io::Result<B>> + Send,
        bytes: impl Fn(&B) -> usize + Sync,
        work: impl Fn(B) -> Result<S, Fault> + Sync,
    ) -> Result<Vec<S>, Fault> {
        let found = blocks.enumerate().par_bridge().map(|(number, block)| {
            let block = block.map_err(|error| unreadable(&file.input, &error))?;
            if file.is_as_stored() {
                self.progress.advance(bytes(&block) as u64);
            }
            work(block).map(|state| (number, state))
        });
        let mut found = found.collect::<Result<Vec<_>, Fault>>()?;
        if !file.is_as_stored() {
            self.progress.advance(file.bytes);
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, state)| state).collect())
    }

    /// Works on the batches of an Arrow file.
    fn ipc<S: Send>(
        &self,
        file: &OpenFile,
        ipc: &ipc::File,
        asked: &Asked,
        work: impl Fn(Batch) -> Result<S, ReadFault> + Sync,
    ) -> Result<Vec<S>, ReadFault> {
        let pieces = |decoded: &ipc::Decoded| {
            let parts = ipc::File::parts(decoded).into_par_iter();
            parts.map(|part| work(ipc.batch(decoded, part, &asked.stored)?)).collect::<Result<Vec<S>, ReadFault>>()
        };
        let mut found: Vec<(usize, Vec<S>)> = if let Some(batches) = ipc.batches() {
            let share = file.bytes / batches.max(1) as u64;
            let found = (0..batches).into_par_iter().map(|batch| {
                let found = pieces(&ipc.decode(batch, &asked.stored)?)?;
                self.progress.advance(share);
                Ok((batch, found))
            });
            found.collect::<Result<_, ReadFault>>()?
        } else {
            let stream = ipc.stream(&asked.stored)?.enumerate().par_bridge();
            let found = stream.map(|(batch, decoded)| Ok((batch, pieces(&decoded?)?)));
            found.collect::<Result<_, ReadFault>>()?
        };
        found.sort_by_key(|(batch, _)| *batch);
        Ok(found.into_iter().flat_map(|(_, states)| states).collect())
    }

    /// Works on the batches of an Avro file.
    fn avro<S: Send>(
        &self,
        avro: &avro::File,
        asked: &Asked,
        work: impl Fn(Batch) -> Result<S, ReadFault> + Sync,
    ) -> Result<Vec<S>, ReadFault> {
        let found = avro.chunks()?.enumerate().par_bridge().map(|(number, chunk)| {
            let chunk = chunk?;
            let bytes = chunk.bytes() as u64;
            let mut states = Vec::new();
            avro.parse::<ReadFault>(chunk, &asked.stored, |batch| {
                states.push(work(batch)?);
                Ok(())
            })?;
            self.progress.advance(bytes);
            Ok((number, states))
        });
        let mut found = found.collect::<Result<Vec<(usize, Vec<S>)>, ReadFault>>()?;
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().flat_map(|(_, states)| states).collect())
    }

    fn asked(&self, file: &OpenFile, columns: &[(usize, Reading)]) -> Asked {
        let mut asked = Asked { stored: Vec::new(), taken: Vec::new(), cells: Vec::new(), same: Vec::new() };
        for (index, (column, reading)) in columns.iter().enumerate() {
            if reading.as_stored {
                asked.as_stored((index, *column), file, reading);
                continue;
            }
            match file.origins.get(*column).and_then(Option::as_ref) {
                Some(Origin::Stored(place)) => {
                    asked.stored.push((place.clone(), reading.clone()));
                    asked.taken.push((self.taken(*column, reading.kind), self.misplaced(*column, reading.kind)));
                    asked.cells.push(self.cells(*column, reading.kind));
                }
                Some(Origin::Same(text)) => asked.same.push((index, text.clone(), reading.clone())),
                // Nobody evaluates what is not there; its place among the columns is kept.
                None => asked.same.push((index, None, reading.clone())),
            }
        }
        asked
    }

    /// What becomes of a value that stands where the object should that holds a column, when it is read as a type.
    ///
    /// To declare a field is to declare the objects around it. As another type it is asked for to be shown.
    fn misplaced(&self, column: usize, asked: Type) -> json::Misplaced {
        match self.schema.at(column) {
            Some(column) if !column.inferred => match &column.reading {
                Some(own) if own.kind != asked => json::Misplaced::Shown,
                _ => json::Misplaced::Fault,
            },
            _ => json::Misplaced::Null,
        }
    }

    /// Which values of JSON a column takes when it is read as a type.
    ///
    /// A column whose type was found in its values takes all of them. One asked for as a document of JSON without being
    /// declared so is asked for its text, to be shown: in quotes where a string is not what was expected.
    fn taken(&self, column: usize, asked: Type) -> json::Taken {
        let Some(column) = self.schema.at(column) else { return json::Taken::OfItsType };
        let own = column.reading.as_ref().map_or(Type::String, |reading| reading.kind);
        match asked {
            Type::Json if own != Type::Json && json::takes_strings(own) => json::Taken::AsText,
            Type::Json if own != Type::Json => json::Taken::AsSpelled,
            Type::Json => json::Taken::AsText,
            Type::String if column.inferred || own != Type::String => json::Taken::AsText,
            _ => json::Taken::OfItsType,
        }
    }
}

impl Opened {
    /// Which cells of a database a column takes when it is read as a type: all where that was found in them, and where it is
    /// asked for as a document without being one, to be shown.
    fn cells(&self, column: usize, asked: Type) -> sqlite::Taken {
        let Some(column) = self.schema.at(column) else { return sqlite::Taken::OfItsType };
        let own = column.reading.as_ref().map_or(Type::String, |reading| reading.kind);
        match asked {
            Type::Json if own != Type::Json => sqlite::Taken::Shown,
            asked if column.inferred || asked != own => sqlite::Taken::AsText,
            _ => sqlite::Taken::OfItsType,
        }
    }
}

impl Asked {
    /// Asks for a column as the file has it, null where the file has none.
    fn as_stored(&mut self, (index, column): (usize, usize), file: &OpenFile, reading: &Reading) {
        let record = (column == RECORD && file.is_text())
            .then(|| Origin::Stored(Place { column: RECORD, fields: Vec::new(), as_text: false }));
        match record.or_else(|| file.origins.get(column).cloned().flatten()) {
            Some(Origin::Stored(place)) => {
                self.stored.push((place, reading.clone()));
                self.taken.push((json::Taken::AsSpelled, json::Misplaced::Shown));
                self.cells.push(sqlite::Taken::Shown);
            }
            Some(Origin::Same(text)) => self.same.push((index, text, reading.clone())),
            None => self.same.push((index, None, reading.clone())),
        }
    }

    fn of_sheet(&self) -> Vec<(usize, Reading)> {
        self.stored.iter().map(|(place, reading)| (place.column, reading.clone())).collect()
    }

    fn wanted(&self, file: &json::File) -> Vec<json::Wanted> {
        self.stored
            .iter()
            .zip(&self.taken)
            .map(|((place, reading), (taken, misplaced))| json::Wanted {
                path: file.path_of(place),
                reading: reading.clone(),
                taken: *taken,
                misplaced: *misplaced,
            })
            .collect()
    }

    fn of_database(&self) -> Vec<sqlite::Wanted> {
        let stored = self.stored.iter().zip(&self.cells);
        let wanted = stored.map(|((place, reading), taken)| sqlite::Wanted {
            place: place.clone(),
            reading: reading.clone(),
            taken: *taken,
        });
        wanted.collect()
    }

    /// Puts the columns that are the same in all rows in their places.
    fn complete(&self, mut batch: Batch) -> Batch {
        for (index, text, reading) in &self.same {
            let (array, bad): (ArrayRef, _) = same::column(text.as_deref(), reading, batch.rows);
            let index = (*index).min(batch.columns.len());
            batch.columns.insert(index, array);
            batch.unparsed.insert(index, bad);
        }
        batch
    }
}

/// Rows of a file that follow each other, perhaps not decoded yet.
enum Piece {
    Csv(csv::Block),
    Json(json::Block),
    Ipc(ipc::Decoded),
    Batch(Batch),
}

impl Piece {
    /// Gives the pieces of a file in the order of its rows, until nobody takes them or one cannot be read.
    fn each(file: &OpenFile, asked: &Asked, give: &SyncSender<Result<Self, Fault>>) {
        let gave = match &file.content {
            Content::Csv(csv) => csv.blocks().try_for_each(|block| {
                let block = block.map_err(|error| unreadable(&file.input, &error));
                give.send(block.map(Self::Csv)).map_err(|_| None)
            }),
            Content::Json(json) => json.blocks().try_for_each(|block| {
                let block = block.map_err(|error| unreadable(&file.input, &error));
                give.send(block.map(Self::Json)).map_err(|_| None)
            }),
            Content::Parquet(parquet) => parquet.all_parts().into_iter().try_for_each(|part| {
                let read = parquet.read::<Stopped>(part, &asked.stored, |batch| {
                    give.send(Ok(Self::Batch(batch))).map_err(|_| Stopped(None))
                });
                read.map_err(|stopped| stopped.0)
            }),
            Content::Sqlite(database) => database.pieces().into_iter().try_for_each(|piece| {
                let read = database.read::<Stopped>(piece, &asked.of_database(), |batch| {
                    give.send(Ok(Self::Batch(batch))).map_err(|_| Stopped(None))
                });
                read.map_err(|stopped| stopped.0)
            }),
            Content::Avro(avro) => {
                avro.chunks().map_err(|error| Some(ReadFault::from(error).0)).and_then(|mut chunks| {
                    chunks.try_for_each(|chunk| {
                        let chunk = chunk.map_err(|error| Some(ReadFault::from(error).0))?;
                        let read = avro.parse::<Stopped>(chunk, &asked.stored, |batch| {
                            give.send(Ok(Self::Batch(batch))).map_err(|_| Stopped(None))
                        });
                        read.map_err(|stopped| stopped.0)
                    })
                })
            }
            Content::Excel(sheet) => sheet.pieces().into_iter().try_for_each(|piece| {
                let batches = sheet.parse(&piece, &asked.of_sheet()).batches.into_iter();
                batches.map(|batch| Ok(Self::Batch(batch))).try_for_each(|batch| give.send(batch).map_err(|_| None))
            }),
            Content::Ipc(ipc) => match ipc.batches() {
                Some(batches) => (0..batches).try_for_each(|batch| {
                    let decoded = ipc.decode(batch, &asked.stored).map_err(|error| Some(ReadFault::from(error).0))?;
                    give.send(Ok(Self::Ipc(decoded))).map_err(|_| None)
                }),
                None => {
                    ipc.stream(&asked.stored).map_err(|error| Some(ReadFault::from(error).0)).and_then(|mut stream| {
                        stream.try_for_each(|decoded| {
                            let decoded = decoded.map_err(|error| Some(ReadFault::from(error).0))?;
                            give.send(Ok(Self::Ipc(decoded))).map_err(|_| None)
                        })
                    })
                }
            },
        };
        if let Err(Some(fault)) = gave {
            // Whoever stopped listening has a fault of their own.
            let _ = give.send(Err(fault));
        }
    }

    fn decode(self, file: &OpenFile, asked: &Asked) -> Result<Parsed, Fault> {
        let batches = match (self, &file.content) {
            (Self::Csv(block), _) => {
                let columns = asked.stored.iter().map(|(place, reading)| (place.column, reading.clone())).collect();
                return Ok(block.parse(&csv::Request { columns }));
            }
            (Self::Json(block), Content::Json(json)) => return Ok(block.parse(&asked.wanted(json))),
            (Self::Ipc(decoded), Content::Ipc(ipc)) => {
                let parts = ipc::File::parts(&decoded).into_iter();
                let batches = parts.map(|part| ipc.batch(&decoded, part, &asked.stored).map_err(ReadFault::from));
                batches.collect::<Result<Vec<Batch>, ReadFault>>().map_err(|fault| fault.0)?
            }
            (Self::Batch(batch), _) => vec![batch],
            (Self::Json(_) | Self::Ipc(_), _) => {
                return Err(fault("internal", &"a piece of a file is of another kind than the file"));
            }
        };
        Ok(Parsed { batches, findings: Findings::default() })
    }
}

/// A read that stopped: by a fault, or because nobody listens.
struct Stopped(Option<Fault>);

impl From<sqlite::Error> for Stopped {
    fn from(error: sqlite::Error) -> Self {
        Self(Some(ReadFault::from(error).0))
    }
}

impl From<avro::Error> for Stopped {
    fn from(error: avro::Error) -> Self {
        Self(Some(ReadFault::from(error).0))
    }
}

impl From<parquet::Error> for Stopped {
    fn from(error: parquet::Error) -> Self {
        Self(Some(ReadFault::from(error).0))
    }
}

struct ReadFault(Fault);

impl From<parquet::Error> for ReadFault {
    fn from(error: parquet::Error) -> Self {
        Self(fault("source_unreadable", &error))
    }
}

impl From<sqlite::Error> for ReadFault {
    fn from(error: sqlite::Error) -> Self {
        Self(of_database(&error))
    }
}

impl From<ipc::Error> for ReadFault {
    fn from(error: ipc::Error) -> Self {
        Self(fault("source_unreadable", &error))
    }
}

impl From<avro::Error> for ReadFault {
    fn from(error: avro::Error) -> Self {
        Self(fault("source_unreadable", &error))
    }
}
