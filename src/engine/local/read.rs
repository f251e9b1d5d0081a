//! The batches of a dataset, visited on all threads.

use arrow::array::ArrayRef;
use rayon::prelude::*;

use crate::engine::local::open::{Content, OpenFile, Opened, fault, in_time, unreadable};
use crate::engine::source::{Batch, Findings, Parsed, Place, csv, ipc, json, parquet, same};
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

/// What one file is asked for.
struct Asked {
    stored: Vec<(Place, Reading)>,
    /// How JSON gives the values of each of these.
    taken: Vec<(json::Taken, json::Misplaced)>,
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
        in_time(&self.progress)?;
        self.progress.expect(self.files.iter().map(|file| file.bytes).sum());
        let mut states = Vec::new();
        for file in &self.files {
            let asked = self.asked(file, columns);
            let see = |state: &mut S, batch: Batch, findings: Option<&Findings>| {
                in_time(&self.progress)?;
                visit(state, &asked.complete(batch), findings)
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
                Content::Parquet(parquet) => {
                    let parts = parquet.parts(rayon::current_num_threads());
                    let share = file.bytes / parts.len().max(1) as u64;
                    let found = parts.into_par_iter().map(|part| {
                        let mut state = state();
                        parquet.read::<ReadFault>(part, &asked.stored, |batch| {
                            see(&mut state, batch, None).map_err(ReadFault)
                        })?;
                        self.progress.advance(share);
                        Ok(state)
                    });
                    found.collect::<Result<Vec<_>, ReadFault>>().map_err(|fault| fault.0)?
                }
                Content::Ipc(ipc) => {
                    let found = self.ipc(file, ipc, &asked, |batch| {
                        let mut state = state();
                        see(&mut state, batch, None).map_err(ReadFault)?;
                        Ok(state)
                    });
                    found.map_err(|fault| fault.0)?
                }
            };
            states.extend(found);
        }
        Ok(states)
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
            if file.codec.is_none() {
                self.progress.advance(bytes(&block) as u64);
            }
            work(block).map(|state| (number, state))
        });
        let mut found = found.collect::<Result<Vec<_>, Fault>>()?;
        if file.codec.is_some() {
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

    fn asked(&self, file: &OpenFile, columns: &[(usize, Reading)]) -> Asked {
        let mut asked = Asked { stored: Vec::new(), taken: Vec::new(), same: Vec::new() };
        for (index, (column, reading)) in columns.iter().enumerate() {
            match file.origins.get(*column).and_then(Option::as_ref) {
                Some(Origin::Stored(place)) => {
                    asked.stored.push((place.clone(), reading.clone()));
                    asked.taken.push((self.taken(*column, reading.kind), self.misplaced(*column, reading.kind)));
                }
                Some(Origin::Same(text)) => asked.same.push((index, text.clone(), reading.clone())),
                None => {}
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

impl Asked {
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

struct ReadFault(Fault);

impl From<parquet::Error> for ReadFault {
    fn from(error: parquet::Error) -> Self {
        Self(fault("source_unreadable", &error))
    }
}

impl From<ipc::Error> for ReadFault {
    fn from(error: ipc::Error) -> Self {
        Self(fault("source_unreadable", &error))
    }
}
