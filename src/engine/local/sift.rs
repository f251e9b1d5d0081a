//! The rows of a dataset told apart, in the order of the files: those that break no rule, those that break one, and those
//! that the dataset does not mean.
//!
//! One more pass after the rules have been measured. A batch is read with the columns that the rules look at, every column
//! once more as the file has it, and, where asked, as it reads; conditions are evaluated on all threads, and what is made of
//! a batch is taken in order. It judges no rule and writes no file: `quarantine` does.
//!
//! Rows that declared repairs cure are valid, with the cells that these changed: `cure` says which.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{cast, kernels::zip::zip};
use arrow::datatypes::DataType;

use crate::dataset::Kind;
use crate::engine::local::column::Column;
use crate::engine::local::condition::{Conditions, Evaluation, Frame};
use crate::engine::local::cure::{Remedy, Standing};
use crate::engine::local::look::{self, Look};
use crate::engine::local::mask::Mask;
use crate::engine::local::open::{Content, Opened, fault};
use crate::engine::local::read::Origin;
use crate::engine::local::repair::Mender;
use crate::engine::local::scan::Needed;
use crate::engine::local::{Ask, Local, guarded};
use crate::engine::source::{Batch, Findings, Lines, RECORD};
use crate::ir::{Predicate, Reading, Type};
use crate::outcome::{Fault, Text};

/// What the rows of a dataset are told apart by.
#[derive(Clone, Copy)]
pub struct Sieve<'a> {
    /// The dataset that is read.
    pub dataset: &'a str,
    /// The rows that it means; the others are left out. Bound.
    pub scope: &'a Predicate,
    /// The rules, by the measures that count their violations.
    pub rules: &'a [Ask],
    /// Further rules that rows can be held to, none of which a repaired row may break that held before.
    pub others: &'a [Ask],
    /// The columns that are wanted, in the order of the files, and no text of records; all of both if it does not say.
    pub only: Option<&'a [String]>,
    /// Whether columns are wanted as they read, beside as the file has them.
    pub typed: bool,
    /// What is done to rows that break a rule.
    pub remedy: Option<&'a Remedy<'a>>,
}

/// A dataset as its files have it.
pub struct Original {
    /// The kind of its files.
    pub kind: Kind,
    /// Its columns in the order of the files; none that is computed.
    pub columns: Vec<OriginalColumn>,
    /// The paths of its files, as they are shown.
    pub files: Vec<String>,
    /// The byte between the fields of delimited text.
    pub delimiter: Option<u8>,
}

/// A column as the files have it.
#[derive(Clone, Debug)]
pub struct OriginalColumn {
    /// Its name.
    pub name: String,
    /// How its values read, where that is known.
    pub reading: Option<Reading>,
    /// The type in which each file stores it; none where it is text, or has none.
    pub stored: Vec<Option<DataType>>,
    /// For each file, whether the column is not in it but in the name of a folder, or nowhere.
    pub beside: Vec<bool>,
}

/// Some rows that follow each other, told apart.
pub struct Sifted {
    /// The file, as a place among [`Original::files`].
    pub file: usize,
    /// The index of the first row in its file, from 0.
    pub first_row: u64,
    /// How many rows there are.
    pub rows: usize,
    /// The lines on which they start, in files that have lines.
    pub lines: Option<Lines>,
    /// The rows that break no rule.
    pub valid: Vec<usize>,
    /// The rows that break one.
    pub invalid: Vec<Invalid>,
    /// How many rows the dataset does not mean.
    pub excluded: u64,
    /// Each column that is wanted as the file has it: text, JSON as it is spelled, or the stored type.
    pub stored: Vec<ArrayRef>,
    /// Each column as it reads, with the cells null that do not; none if not asked for, or if its type is not known.
    pub typed: Vec<Option<ArrayRef>>,
    /// The cells of these that do not read; none if there are none.
    pub unparsed: Vec<Option<BooleanBuffer>>,
    /// The text of each record as it was read, in files of text.
    pub records: Option<ArrayRef>,
    /// The rows in which repairs changed a cell; none if there are none.
    pub repaired: Option<BooleanBuffer>,
    /// What was repaired of valid rows, in the order of the rows.
    pub changes: Vec<Change>,
}

/// A row that breaks rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The row of the batch, from 0.
    pub row: usize,
    /// The rules that it breaks, as places among [`Sieve::rules`].
    pub rules: Vec<usize>,
    /// What is wrong with its record, if that could not be taken apart.
    pub malformed: Option<Text>,
}

/// A cell that repairs changed, or a row that a `dedupe` kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row of the batch, from 0.
    pub row: usize,
    /// The column; none of a row that was kept.
    pub column: Option<String>,
    /// The repairs, in order.
    pub repairs: Vec<&'static str>,
    /// The text before; none where there was no value.
    pub before: Option<String>,
    /// The text after; none where there is no value.
    pub after: Option<String>,
}

impl Local {
    /// What a dataset is as its files have it.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub fn original(&self, dataset: &str) -> Result<Original, Fault> {
        let opened = self.opened(dataset)?;
        let columns = stored_columns(opened).map(|place| {
            let column = &opened.schema.columns[place];
            let origin = |file: usize| opened.files[file].origins.get(place).and_then(Option::as_ref);
            let files = 0..opened.files.len();
            OriginalColumn {
                name: column.name.clone(),
                reading: column.reading.clone(),
                stored: files.clone().map(|file| stored_type(opened, file, origin(file)?)).collect(),
                beside: files.map(|file| !matches!(origin(file), Some(Origin::Stored(_)))).collect(),
            }
        });
        let delimiter = opened.files.iter().find_map(|file| match &file.content {
            Content::Csv(csv) => Some(csv.delimiter()),
            _ => None,
        });
        Ok(Original {
            kind: opened.kind,
            columns: columns.collect(),
            files: opened.files.iter().map(|file| file.shown.clone()).collect(),
            delimiter,
        })
    }

    /// Tells the rows of a dataset apart, in the order of its files; `work` is done on all threads, `take` in order.
    ///
    /// # Errors
    /// Rows that cannot be found again, a file that cannot be read to its end, or what `work` and `take` say.
    pub fn sift<T: Send>(
        &self,
        sieve: &Sieve<'_>,
        work: impl Fn(Sifted) -> Result<T, Fault> + Sync,
        take: impl FnMut(T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        guarded(|| {
            let opened = self.opened(sieve.dataset)?;
            // A rule that looks at nothing that repairs change is not broken by them.
            let touched = |ask: &&Ask| sieve.remedy.is_some_and(|remedy| remedy.touches(opened, &ask.measure));
            let asks = sieve.rules.iter().chain(sieve.others.iter().filter(touched));
            let looks = asks.map(|rule| look::every(rule, self)).collect::<Result<Vec<_>, Fault>>()?;
            let mut sifting = Sifting::new(opened, sieve, looks, Conditions::knowing(&self.earlier_of(sieve.dataset)))?;
            sifting.standing = sifting.stand(&self.budget)?;
            let columns = sifting.columns.clone();
            opened.in_order(&columns, |batch, findings| work(sifting.sifted(batch, findings)?), take)?;
            sifting.standing.as_ref().map_or(Ok(()), Standing::check)?;
            sifting.looks.iter().try_for_each(Look::check)
        })
    }

    /// The text of every cell that makes a column of numbers wide: for each column asked for, the most digits before and
    /// after the point, and whether some cell does not read.
    ///
    /// With repairs, cells are as wide as what these would make of them, too.
    ///
    /// # Errors
    /// A file that cannot be read to its end.
    pub fn widths(
        &self,
        dataset: &str,
        columns: &[(usize, Reading)],
        cells: Option<&Mender<'_>>,
    ) -> Result<Vec<Width>, Fault> {
        guarded(|| {
            let opened = self.opened(dataset)?;
            let as_stored = columns.iter().map(|(place, _)| (*place, Reading::as_stored()));
            let read: Vec<_> = columns.iter().cloned().chain(as_stored.filter(|_| cells.is_some())).collect();
            let states = opened.scan(
                &read,
                || vec![Width::default(); columns.len()],
                |widths, batch, _| {
                    for (width, (array, bad)) in widths.iter_mut().zip(batch.columns.iter().zip(&batch.unparsed)) {
                        width.unparsed |= bad.is_some();
                        width.take(array);
                    }
                    let all: Vec<usize> = (0..batch.rows).collect();
                    if let Some(cells) = cells
                        && let Some(repaired) = cells.repaired(batch, &read, &all)?
                    {
                        let arrays = &repaired.batch.columns;
                        widths.iter_mut().zip(arrays).for_each(|(width, array)| width.take(array));
                    }
                    Ok(())
                },
            )?;
            let mut total = vec![Width::default(); columns.len()];
            for state in states {
                total.iter_mut().zip(state).for_each(|(total, more)| total.join(more));
            }
            Ok(total)
        })
    }
}

/// How wide the values of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Width {
    /// The most digits before the point, of decimals.
    pub whole: u8,
    /// The most digits after the point, of decimals.
    pub scale: u8,
    /// Whether a cell does not read.
    pub unparsed: bool,
}

impl Width {
    fn take(&mut self, array: &ArrayRef) {
        let (Some(numbers), DataType::Decimal128(_, scale)) =
            (array.as_primitive_opt::<arrow::datatypes::Decimal128Type>(), array.data_type())
        else {
            return;
        };
        let scale = u8::try_from(*scale).unwrap_or(0);
        let most = numbers.iter().flatten().map(i128::unsigned_abs).max();
        let digits = most.and_then(u128::checked_ilog10).map_or(0, |log| log + 1);
        let digits = u8::try_from(digits).unwrap_or(u8::MAX);
        self.scale = self.scale.max(scale);
        self.whole = self.whole.max(digits.saturating_sub(scale));
    }

    fn join(&mut self, other: Self) {
        self.whole = self.whole.max(other.whole);
        self.scale = self.scale.max(other.scale);
        self.unparsed |= other.unparsed;
    }
}

/// The columns of the table that stand in files or in the names of folders.
fn stored_columns(opened: &Opened) -> impl Iterator<Item = usize> {
    let columns = opened.schema.columns.iter().enumerate();
    columns.filter(|(_, column)| column.computed.is_none()).map(|(place, _)| place)
}

fn stored_type(opened: &Opened, file: usize, origin: &Origin) -> Option<DataType> {
    let Origin::Stored(place) = origin else { return None };
    let fields = match &opened.files[file].content {
        Content::Parquet(parquet) => parquet.fields(),
        Content::Ipc(ipc) => ipc.fields(),
        Content::Avro(avro) => avro.fields(),
        Content::Csv(_) | Content::Json(_) | Content::Excel(_) | Content::Sqlite(_) => return None,
    };
    fields.get(place.column).map(|field| field.data_type().clone())
}

/// The sifting of one dataset.
pub(super) struct Sifting<'a> {
    pub(super) opened: &'a Opened,
    pub(super) sieve: &'a Sieve<'a>,
    conditions: Conditions,
    scope: usize,
    /// What finds the rows that break each rule, and then each of the others.
    pub(super) looks: Vec<Look<'a>>,
    handles: Vec<usize>,
    needed: Needed,
    /// What is read: what rules need, each column as the file has it, each as it reads, and whole records.
    pub(super) columns: Vec<(usize, Reading)>,
    /// The keys as they stand once rows are repaired, where that matters.
    pub(super) standing: Option<Standing<'a>>,
    /// Where in a batch stand the columns as the file has them.
    stored: std::ops::Range<usize>,
    /// Where those as they read do.
    typed: Vec<Option<usize>>,
    record: Option<usize>,
}

/// The rows of a batch, told apart.
#[derive(Default)]
pub(super) struct Told {
    valid: Vec<usize>,
    pub(super) invalid: Vec<Invalid>,
    excluded: u64,
}

/// What rules say of a batch, in the order of the looks.
pub(super) struct Seen {
    pub(super) columns: HashMap<String, Column>,
    /// The rows that each is about.
    pub(super) masks: Vec<Mask>,
    /// Those of them that break it.
    pub(super) violating: Vec<Mask>,
    /// For each row, whether the dataset means it.
    pub(super) meant: Vec<bool>,
}

impl<'a> Sifting<'a> {
    fn new(
        opened: &'a Opened,
        sieve: &'a Sieve<'a>,
        looks: Vec<Look<'a>>,
        mut conditions: Conditions,
    ) -> Result<Self, Fault> {
        let not_computed = |error: String| fault("not_computable", &error);
        let scope = conditions.add(sieve.scope).map_err(not_computed)?;
        let mut handles = Vec::with_capacity(looks.len());
        for look in &looks {
            let groups = if let crate::ir::Measure::Grouped(by, _) = &look.ask.measure { by.as_slice() } else { &[] };
            handles.push(conditions.add_in(groups, look.rows).map_err(not_computed)?);
        }
        let needed = Needed::new(opened, |see| {
            looks.iter().for_each(|look| look.ask.measure.columns(see));
            sieve.scope.columns(&mut |column| see(column));
            let dedupe = sieve.remedy.map_or(&[][..], |remedy| remedy.dedupe);
            dedupe.iter().filter_map(|dedupe| dedupe.by.as_ref()).for_each(|by| see(by));
        })?;
        let mut columns = needed.columns.clone();
        let start = columns.len();
        let wanted: Vec<usize> = stored_columns(opened)
            .filter(|place| sieve.only.is_none_or(|only| only.contains(&opened.schema.columns[*place].name)))
            .collect();
        columns.extend(wanted.iter().map(|place| (*place, Reading::as_stored())));
        let stored = start..columns.len();
        let mut typed = Vec::with_capacity(stored.len());
        for place in wanted {
            let reading = opened.schema.columns[place].reading.clone();
            let reading = reading.filter(|reading| sieve.typed && !matches!(reading.kind, Type::Object | Type::List));
            typed.push(reading.map(|reading| {
                columns.push((place, reading));
                columns.len() - 1
            }));
        }
        let record = (opened.kind.is_text() && sieve.only.is_none()).then(|| {
            columns.push((RECORD, Reading::as_stored()));
            columns.len() - 1
        });
        Ok(Self {
            opened,
            sieve,
            conditions,
            scope,
            looks,
            handles,
            needed,
            columns,
            standing: None,
            stored,
            typed,
            record,
        })
    }

    /// Tells the rows of a batch apart, and what they hold.
    fn sifted(&self, batch: &Batch, findings: Option<&Findings>) -> Result<Sifted, Fault> {
        let seen = self.see(batch)?;
        let mut told = self.told(batch, &seen);
        Self::name_faults(batch, findings, &mut told);
        let mut changes = Vec::new();
        let mut repaired = None;
        if let Some(cure) = self.cure(batch, &seen, &told)? {
            told.invalid.retain(|invalid| !cure.cured[invalid.row]);
            told.valid.extend((0..batch.rows).filter(|row| cure.cured[*row]));
            told.valid.sort_unstable();
            changes = cure.changes;
            repaired = cure.batch.map(|batch| (batch, BooleanArray::from(cure.cured)));
        }
        let column = |place: usize| match &repaired {
            Some((other, cured)) => either(cured, &other.columns[place], &batch.columns[place]),
            None => Ok(Arc::clone(&batch.columns[place])),
        };
        Ok(Sifted {
            file: batch.file,
            first_row: batch.first_row,
            rows: batch.rows,
            lines: batch.lines.clone(),
            valid: told.valid,
            invalid: told.invalid,
            excluded: told.excluded,
            stored: self.stored.clone().map(column).collect::<Result<_, Fault>>()?,
            typed: self.typed.iter().map(|place| place.map(column).transpose()).collect::<Result<_, Fault>>()?,
            unparsed: self.typed.iter().map(|place| unparsed(batch, repaired.as_ref(), (*place)?)).collect(),
            records: self.record.map(|place| Arc::clone(&batch.columns[place])),
            repaired: repaired.as_ref().map(|(_, cured)| cured.values().clone()),
            changes,
        })
    }

    /// What rules say of a batch.
    pub(super) fn see(&self, batch: &Batch) -> Result<Seen, Fault> {
        let not_computed = |error: String| fault("not_computable", &error);
        let (columns, unparsed, malformed) = self.needed.frame(self.opened, batch)?;
        let frame = Frame {
            rows: batch.rows,
            columns: &columns,
            unparsed: &unparsed,
            malformed: malformed.as_ref(),
            assets: Some(&self.opened.assets),
        };
        let mut evaluation = Evaluation::new(&self.conditions, &frame);
        let mut masks = Vec::with_capacity(self.looks.len());
        let mut violating = Vec::with_capacity(self.looks.len());
        for (look, handle) in self.looks.iter().zip(&self.handles) {
            let mask = evaluation.mask(*handle).map_err(not_computed)?;
            violating.push(match mask.count(batch.rows) {
                0 => Mask::All(false),
                _ => look.violating(batch, &columns, mask.clone()),
            });
            masks.push(mask);
        }
        let mut meant = vec![false; batch.rows];
        evaluation.mask(self.scope).map_err(not_computed)?.each(batch.rows, |row| meant[row] = true);
        drop(evaluation);
        Ok(Seen { columns, masks, violating, meant })
    }

    /// Tells the rows of a batch apart.
    pub(super) fn told(&self, batch: &Batch, seen: &Seen) -> Told {
        let mut broken: HashMap<usize, Vec<usize>> = HashMap::new();
        for (rule, violating) in seen.violating.iter().take(self.sieve.rules.len()).enumerate() {
            violating.each(batch.rows, |row| broken.entry(row).or_default().push(rule));
        }
        let mut told = Told::default();
        for (row, meant) in seen.meant.iter().enumerate() {
            let is_malformed = batch.malformed.as_ref().is_some_and(|malformed| malformed.value(row));
            let rules = broken.remove(&row).unwrap_or_default();
            if is_malformed || !rules.is_empty() {
                let malformed = is_malformed.then(|| Text {
                    en: "The record could not be taken apart.".to_owned(),
                    es: "El registro no se pudo descomponer.".to_owned(),
                });
                told.invalid.push(Invalid { row, rules, malformed });
            } else if *meant {
                told.valid.push(row);
            } else {
                told.excluded += 1;
            }
        }
        told
    }

    /// Says what is wrong with each record that could not be taken apart, as far as that was remembered.
    fn name_faults(batch: &Batch, findings: Option<&Findings>, told: &mut Told) {
        let of_rows = findings.into_iter().flat_map(Findings::kept).filter_map(|finding| {
            let row = usize::try_from(finding.row?.checked_sub(batch.first_row)?).ok()?;
            Some((row, finding))
        });
        let by_row: HashMap<usize, _> = of_rows.collect();
        for invalid in &mut told.invalid {
            if let (Some(said), Some(finding)) = (&mut invalid.malformed, by_row.get(&invalid.row)) {
                *said = Text::of(|lang| finding.describe(lang));
            }
        }
    }
}

/// The cells of a column that do not read, those of cured rows as they were repaired.
fn unparsed(batch: &Batch, repaired: Option<&(Batch, BooleanArray)>, place: usize) -> Option<BooleanBuffer> {
    let own = batch.unparsed[place].clone();
    let Some((other, cured)) = repaired else { return own };
    let own = own.map(|own| &own & &!cured.values());
    match (own, other.unparsed[place].as_ref().map(|other| other & cured.values())) {
        (Some(own), Some(other)) => Some(&own | &other),
        (own, other) => own.or(other),
    }
}

/// The cells of one column where a row is marked, else those of another.
fn either(marked: &BooleanArray, one: &ArrayRef, other: &ArrayRef) -> Result<ArrayRef, Fault> {
    let joined = if one.data_type() == other.data_type() {
        zip(marked, one, other)
    } else {
        let wanted = wider(one.data_type(), other.data_type());
        cast(one, &wanted).and_then(|one| zip(marked, &one, &cast(other, &wanted)?))
    };
    joined.map_err(|error| fault("internal", &error))
}

/// The type that holds the values of two: of decimals the finer one.
fn wider(one: &DataType, other: &DataType) -> DataType {
    match (one, other) {
        (DataType::Decimal128(_, a), DataType::Decimal128(_, b)) => DataType::Decimal128(38, *a.max(b)),
        _ => other.clone(),
    }
}
