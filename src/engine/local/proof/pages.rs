//! What the index of its pages proves of a row group that its footer leaves undecided: in which stretches of rows nothing is
//! left open, so that they need not be read.
//!
//! A stretch is what lies between two borders of pages of any column that is asked for. Only counts of rows are narrowed,
//! and only where all that a row group is read for are counts.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use indexmap::IndexSet;
use rayon::prelude::*;

use crate::engine::local::open::{OpenFile, Opened};
use crate::engine::local::proof::chunk::{self, Chunk};
use crate::engine::local::proof::{Amount, Group, Metadata, Preset, Question, Questions};
use crate::engine::local::tally::Work;
use crate::engine::prove::Known;
use crate::engine::source::parquet::Part;

/// How many measures are asked of stretches altogether; reading all rows costs less than more of them.
const ASKED: usize = 50_000;

/// In how many pieces the rows of a row group are read at most.
const PIECES: usize = 8;

/// Rows of a row group that need not be read.
pub(in crate::engine::local) struct Narrowed {
    /// The rows that are read, in order.
    pub(in crate::engine::local) read: Vec<Range<u64>>,
    /// How many are not.
    pub(in crate::engine::local) skipped: u64,
    /// What each measure comes to in those that are not, by its number; none of one that is decided otherwise.
    pub(in crate::engine::local) counts: Vec<Option<u64>>,
}

/// A row group with what the index says of it.
struct Indexed<'q> {
    chunks: HashMap<&'q str, Chunk>,
    pages: HashMap<&'q str, Vec<(Range<u64>, Known)>>,
}

/// Rows between two borders, and what each open measure comes to in them; nothing where one is left open.
struct Stretch {
    rows: Range<u64>,
    counts: Option<Vec<u64>>,
}

impl Questions<'_> {
    /// Narrows what is read of the row groups of a file, as far as its index proves what it is.
    pub(in crate::engine::local) fn narrow(&self, opened: &Opened, file: &OpenFile, groups: &mut [Group]) {
        // What comes over the network is fetched by the row group, and is not held to what is said of it.
        if file.input.is_remote() {
            return;
        }
        let narrowed = groups.par_iter().enumerate().map(|(row_group, group)| {
            let open: Vec<usize> = (0..group.decided.len()).filter(|task| group.decided[*task].is_none()).collect();
            let open = open.into_iter().map(|task| Some((task, self.questions[task].as_ref()?.counts()?)));
            let open: Vec<(usize, &Question<'_>)> = open.collect::<Option<_>>()?;
            let indexed = Indexed::new((opened, file), &open, (row_group, group.rows))?;
            let narrowed = indexed.narrow(file, &open, (row_group, group))?;
            Some((indexed, narrowed))
        });
        let narrowed: Vec<Option<(Indexed<'_>, Narrowed)>> = narrowed.collect();
        let believed: Vec<usize> = (0..narrowed.len()).filter(|row_group| narrowed[*row_group].is_some()).collect();
        if let Some(row_group) = believed.get(believed.len() / 2)
            && let Some((indexed, narrowed)) = &narrowed[*row_group]
            && !indexed.holds(file, (*row_group, groups[*row_group].rows), narrowed)
        {
            tracing::warn!(file = %file.shown, row_group, "the index of its pages says what they do not hold, so all are read");
            return;
        }
        for (group, narrowed) in groups.iter_mut().zip(narrowed) {
            group.narrowed = narrowed.map(|(_, narrowed)| narrowed);
        }
    }
}

impl Question<'_> {
    /// Itself, if it comes to a count in any rows.
    fn counts(&self) -> Option<&Self> {
        matches!(self.work, Work::Count | Work::Orphans { .. }).then_some(self)
    }

    /// How many of some rows it counts, if it is known.
    fn counted(&self, metadata: &Metadata<'_>) -> Option<u64> {
        let amounts: Vec<Amount> = self.clauses.iter().map(|clause| metadata.satisfying(clause)).collect();
        match self.number(&amounts, metadata)? {
            Preset::Count(count) => Some(count),
            Preset::Ends(_) => None,
        }
    }
}

impl<'q> Indexed<'q> {
    /// What the index says of the columns of some measures; none if it says nothing.
    fn new(
        (opened, file): (&Opened, &OpenFile),
        open: &[(usize, &'q Question<'_>)],
        (row_group, rows): (usize, u64),
    ) -> Option<Self> {
        let columns: IndexSet<&str> =
            open.iter().flat_map(|(_, question)| &question.columns).map(String::as_str).collect();
        let mut indexed = Self { chunks: HashMap::new(), pages: HashMap::new() };
        for name in columns {
            let chunk = Chunk::new((opened, file), name, (row_group, rows))?;
            indexed.pages.insert(name, chunk.pages(file, (row_group, rows)));
            indexed.chunks.insert(name, chunk);
        }
        indexed.pages.values().any(|pages| pages.len() > 1).then_some(indexed)
    }

    fn narrow(
        &self,
        file: &OpenFile,
        open: &[(usize, &Question<'_>)],
        (row_group, group): (usize, &Group),
    ) -> Option<Narrowed> {
        let borders: BTreeSet<u64> =
            self.pages.values().flatten().flat_map(|(rows, _)| [rows.start, rows.end]).collect();
        let borders: Vec<u64> = borders.into_iter().collect();
        if borders.len() * open.len() > ASKED {
            return None;
        }
        let stretch = |ends: &[u64]| {
            let rows = ends[0]..ends[1];
            let chunks = self.known_of(&rows);
            let metadata = Metadata { file, row_group, rows: rows.end - rows.start, chunks: &chunks };
            let counts = open.iter().map(|(_, question)| question.counted(&metadata)).collect();
            Stretch { rows, counts }
        };
        let mut stretches: Vec<Stretch> = borders.windows(2).map(stretch).collect();
        let read = pieces(&mut stretches);
        let length = |rows: &Range<u64>| rows.end - rows.start;
        let skipped = group.rows - read.iter().map(length).sum::<u64>();
        // Less than that is not worth that pages are passed over.
        if skipped < group.rows / 2 || skipped == 0 {
            return None;
        }
        let mut counts: Vec<Option<u64>> = group.decided.iter().map(|_| None).collect();
        for (place, (task, _)) in open.iter().enumerate() {
            counts[*task] = Some(stretches.iter().filter_map(|stretch| Some(stretch.counts.as_ref()?[place])).sum());
        }
        Some(Narrowed { read, skipped, counts })
    }

    /// What is known of the columns in some rows that lie in one page of each.
    fn known_of(&self, rows: &Range<u64>) -> HashMap<&'q str, Chunk> {
        let known = |pages: &Vec<(Range<u64>, Known)>| {
            let page = pages.partition_point(|(of, _)| of.end <= rows.start);
            pages.get(page).map_or_else(Known::default, |(of, known)| {
                let nulls = known.nulls.and_then(|nulls| match nulls {
                    0 => Some(0),
                    all if all == of.end - of.start => Some(rows.end - rows.start),
                    some => (of == rows).then_some(some),
                });
                Known { nulls, range: known.range.clone() }
            })
        };
        self.pages.iter().map(|(name, pages)| (*name, Chunk::knowing(known(pages)))).collect()
    }

    /// Whether the first rows of the longest stretch that is not read are as is believed of them.
    fn holds(&self, file: &OpenFile, (row_group, rows): (usize, u64), narrowed: &Narrowed) -> bool {
        let ends = [0].into_iter().chain(narrowed.read.iter().map(|rows| rows.end));
        let starts = narrowed.read.iter().map(|rows| rows.start).chain([rows]);
        let Some(skipped) = ends.zip(starts).map(|(start, end)| start..end).max_by_key(|rows| rows.end - rows.start)
        else {
            return true;
        };
        let borders = self.pages.values().flatten().map(|(rows, _)| rows.end);
        let end = borders.filter(|border| *border > skipped.start).min().unwrap_or(skipped.end);
        let believed = self.known_of(&(skipped.start..end));
        let part = Part { row_group, skipped: skipped.start, rows: end - skipped.start };
        chunk::hold(file, part, believed.iter().map(|(name, chunk)| (&chunk.known, &self.chunks[name])))
    }
}

/// The rows that are read: those of stretches where something is left open, and what lies between them where it is short.
fn pieces(stretches: &mut [Stretch]) -> Vec<Range<u64>> {
    let mut read: Vec<Range<u64>> = Vec::new();
    for stretch in stretches.iter().filter(|stretch| stretch.counts.is_none()) {
        match read.last_mut() {
            Some(last) if last.end == stretch.rows.start => last.end = stretch.rows.end,
            _ => read.push(stretch.rows.clone()),
        }
    }
    while read.len() > PIECES {
        let gap = |place: &usize| read[place + 1].start - read[*place].end;
        let Some(place) = (0..read.len() - 1).min_by_key(gap) else { break };
        let later = read.remove(place + 1);
        read[place].end = later.end;
    }
    for stretch in stretches.iter_mut() {
        if read.iter().any(|rows| rows.start <= stretch.rows.start && stretch.rows.end <= rows.end) {
            stretch.counts = None;
        }
    }
    read
}
